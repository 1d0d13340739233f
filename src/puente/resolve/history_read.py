"""What a cluster id was on a day, what became of it, and where its records are now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.errors import NotFound
from puente.i18n import gettext as _
from puente.resolve.history_rows import FOUNDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from puente.guard.view import View

_BEGINS = 'SELECT min("at") AS begins FROM cluster_history WHERE what = ?'
_ROWS = "SELECT * FROM cluster_history WHERE cluster_id IN (SELECT unnest(?)) ORDER BY number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One cluster id through all builds.

    Attributes:
        id: asked about.
        begins: day from which the history tells, ISO.
        changes: rows of `cluster_history` of this id, oldest first.
        records: that it holds now; none where it stands no longer.
        leads_to: ids that hold now what it held last, and how many of those records each has.
    """

    id: str
    begins: str
    changes: tuple[Mapping[str, Any], ...]
    records: tuple[str, ...]
    leads_to: Mapping[str, int]

    def on(self, day: str) -> tuple[str, ...]:
        """Return the records that stood under the id at the end of a day.

        Args:
            day: ISO date, UTC.

        Raises: NotFound: the history begins later.
        """
        if not self.begins:
            raise NotFound(_("this build has no history of clusters"))
        if day < self.begins:
            raise NotFound(_("the history begins on {day}").format(day=self.begins))
        for change in self.changes:
            if change["at"][:10] > day:
                return tuple(change["before"])
        return self.records

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        hidden = ("digest", "since", "number")
        return {
            "id": self.id,
            "begins": self.begins,
            "records": list(self.records),
            "leads_to": dict(self.leads_to),
            "changes": [{k: v for k, v in c.items() if k not in hidden} for c in self.changes],
        }


def life(view: View, name: str) -> Life:
    """Return what became of a cluster id; an id of a record leads to its cluster.

    Raises: NotFound: it was never an id, nor a record's.
    """
    told = view.has("cluster_history")  # builds made before there was one have none
    changes = view.sql(_ROWS, ([name],)).to_pylist() if told else []
    records = _members(view, name)
    held = records or (changes[-1]["before"] if changes else [])
    lead = Counter(_homes(view, held or [name]).values())
    if not (changes or records or lead):
        raise NotFound(_("{id} was never the id of a cluster").format(id=name), entity=name)
    begins = view.sql(_BEGINS, (FOUNDED,))["begins"][0].as_py() if told else None
    return Life(
        id=name,
        begins=(begins or "")[:10],
        changes=tuple(changes),
        records=tuple(records),
        leads_to=dict(sorted(lead.items(), key=lambda item: (-item[1], item[0]))),
    )


def leads_to(view: View, name: str) -> tuple[str, ...]:
    """Return the clusters that hold now what this id held last, most records first."""
    return tuple(life(view, name).leads_to)


def _members(view: View, name: str) -> list[str]:
    query = "SELECT entity_id FROM clusters WHERE cluster_id = ? ORDER BY entity_id"
    found: list[str] = view.sql(query, (name,))["entity_id"].to_pylist()
    return found


def _homes(view: View, records: Sequence[str]) -> dict[str, str]:
    query = "SELECT entity_id, cluster_id FROM clusters WHERE entity_id IN (SELECT unnest(?))"
    rows = view.sql(query, (list(records),)).to_pylist()
    return {row["entity_id"]: row["cluster_id"] for row in rows}
