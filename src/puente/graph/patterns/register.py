"""What the records say of every firm: what two may share, when they were founded and listed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.resolve.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.view import View

Trait = tuple[str, str]
"""Kind (address, phone, name) and folded value."""

LONG_WORD = 4
"""Letters from which the first word of a name is taken to tell firms apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The firms that a View shows.

    Attributes:
        traits: what firms may share, by firm, with a statement that says so.
        founded, listed: ISO dates by firm.
    """

    traits: Mapping[str, Mapping[Trait, str]]
    founded: Mapping[str, str]
    listed: Mapping[str, str]

    @classmethod
    def of(cls, view: View) -> Register:
        """Return what the records say now."""
        rows = view.sql(
            "SELECT c.cluster_id, s.prop, s.value, min(s.id) AS id, min(s.first_seen) AS seen,"
            " bool_or(n.blocked_list AND s.prop = 'program') AS listing"
            " FROM statements s JOIN clusters c USING (entity_id) JOIN nodes n USING (cluster_id)"
            " WHERE s.current AND n.schema IN ('Company', 'Organization')"
            " AND s.prop IN ('address', 'phone', 'name', 'incorporationDate', 'program')"
            " GROUP BY ALL ORDER BY ALL"
        )
        traits: dict[str, dict[Trait, str]] = defaultdict(dict)
        founded: dict[str, str] = {}
        listed: dict[str, str] = {}
        for row in rows.to_pylist():
            firm, prop, value = row["cluster_id"], row["prop"], row["value"]
            if prop == "incorporationDate":
                founded[firm] = min(founded.get(firm, value), value)
            elif prop == "program":
                if row["listing"] and row["seen"]:
                    listed[firm] = min(listed.get(firm, row["seen"]), row["seen"])
            elif prop == "name":
                words = [word for word in fold(value).split() if len(word) >= LONG_WORD]
                traits[firm].update({("name", word): row["id"] for word in words[:1]})
            else:
                traits[firm].setdefault((prop, fold(value)), row["id"])
        return cls(traits=dict(traits), founded=founded, listed=listed)

    def alike(self, firm: str) -> list[str]:
        """Return the firms that share anything with this one, sorted."""
        own = set(self.traits.get(firm, ()))
        return sorted(
            other for other, held in self.traits.items() if other != firm and own & set(held)
        )
