"""Two records side by side, and what else of another kind speaks for or against them.

Evidence of another kind (a firm, a vehicle, a telephone that both have to do with) is shown as a
line to be weighed. It has no weight of its own and is no vote: families share all of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from puente.guard.view import View

MOST_LINES = 40
"""Lines of evidence that are returned at most."""

_VALUES = """
SELECT entity_id, prop, list(DISTINCT value ORDER BY value) AS held FROM statements
WHERE entity_id IN (?, ?) AND current GROUP BY entity_id, prop"""

_SHARED = """
WITH homes AS (
  SELECT entity_id, cluster_id FROM clusters WHERE entity_id IN ($left, $right)),
near AS (
  SELECT h.entity_id AS record, e.kind, e.target_id AS other FROM edges e
  JOIN homes h ON h.cluster_id = e.source_id
  UNION ALL
  SELECT h.entity_id, e.kind, e.source_id FROM edges e JOIN homes h ON h.cluster_id = e.target_id)
SELECT a.kind AS left_kind, b.kind AS right_kind, a.other, n.schema, n.caption
FROM (SELECT DISTINCT * FROM near WHERE record = $left) a
JOIN (SELECT DISTINCT * FROM near WHERE record = $right) b USING (other)
JOIN nodes n ON n.cluster_id = a.other
WHERE a.other NOT IN (SELECT cluster_id FROM homes)
ORDER BY n.schema, a.other, left_kind, right_kind LIMIT $most"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One property of two records; `equal` is True where they share a value."""

    prop: str
    left: tuple[str, ...]
    right: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Return True if the two share a value."""
        return not set(self.left).isdisjoint(self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Something of another kind that both have to do with.

    Attributes:
        other: its id; `schema` and `caption` say what it is.
        left_kind, right_kind: kinds of edge by which each side has to do with it.
    """

    other: str
    schema: str
    caption: str
    left_kind: str
    right_kind: str


def schemata_of(view: View, left: str, right: str) -> tuple[str, ...]:
    """Return the schemata that two records have, sorted."""
    query = "SELECT DISTINCT schema FROM statements WHERE entity_id IN (?, ?) ORDER BY schema"
    return tuple(view.sql(query, (left, right))["schema"].to_pylist())


def side_by_side(view: View, left: str, right: str) -> tuple[Line, ...]:
    """Return what two records say, property by property; one look in the log."""
    held: dict[str, dict[str, tuple[str, ...]]] = {left: {}, right: {}}
    for row in view.sql(_VALUES, (left, right)).to_pylist():
        held[row["entity_id"]][row["prop"]] = tuple(row["held"])
    return tuple(
        Line(prop=prop, left=held[left].get(prop, ()), right=held[right].get(prop, ()))
        for prop in sorted({*held[left], *held[right]})
    )


def shared_things(view: View, left: str, right: str) -> tuple[Shared, ...]:
    """Return the firms, vehicles and others that both records' clusters have to do with.

    None where the two stand in one cluster, or the network is not open to this person.
    """
    if not all(view.may(name) for name in ("clusters", "edges", "nodes")):
        return ()
    rows = view.sql(_SHARED, {"left": left, "right": right, "most": MOST_LINES}).to_pylist()
    return tuple(Shared(**row) for row in rows)
