"""How sound each cluster is, and which are to be looked at first.

Limits: it tells which clusters hang together badly, not which are wrong: a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import NotFound
from puente.i18n import gettext as _
from puente.resolve.bridges import Hold, bridges, weakest_hold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.guard.view import View
    from puente.resolve.bridges import Link

WEAK = 6.0
"""A bridge below this many bits is weak: 64 to 1, kinship and namesakes counted."""

_QUALITIES = """
WITH sizes AS (
  SELECT cluster_id, any_value(kind) AS kind, count(*) AS records
  FROM clusters GROUP BY cluster_id HAVING count(*) > 1),
held AS (
  SELECT c.cluster_id, count(*) AS links, min(l.weight) AS weakest
  FROM links l JOIN clusters c ON c.entity_id = l.left_id GROUP BY c.cluster_id),
rivals AS (
  SELECT cluster_id, list(prop ORDER BY prop) AS conflicts FROM (
    SELECT c.cluster_id, s.prop FROM statements s JOIN clusters c USING (entity_id)
    JOIN sizes USING (cluster_id)
    WHERE s.current AND ((s.prop = 'curpCode' AND length(s.value) = 18)
      OR (s.prop = 'rfcCode' AND length(s.value) IN (12, 13))
      OR (s.prop = 'vin' AND length(s.value) = 17))
    GROUP BY c.cluster_id, s.prop, length(s.value) HAVING count(DISTINCT s.value) > 1)
  GROUP BY cluster_id)
SELECT s.cluster_id, s.kind, s.records, coalesce(h.links, 0) AS links, h.weakest,
  coalesce(h.links, 0) / (s.records * (s.records - 1) / 2) AS density,
  coalesce(r.conflicts, []) AS conflicts
FROM sizes s LEFT JOIN held h USING (cluster_id) LEFT JOIN rivals r USING (cluster_id)
ORDER BY len(coalesce(r.conflicts, [])) DESC, density * least(coalesce(h.weakest, 0), 20),
  s.records DESC, s.cluster_id"""

_LINKS = """
SELECT left_id, right_id, weight FROM links
WHERE left_id IN (SELECT entity_id FROM clusters WHERE cluster_id IN (SELECT unnest(?)))
ORDER BY left_id, right_id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterQuality:
    """How sound one cluster is.

    Attributes:
        density: links over all pairs of its records, 0..1.
        weakest: weight of its weakest link, log2 odds; None where it has none.
        conflicts: identifiers of which its records give two complete values.
        weak_bridges: single links below `WEAK` that hold two parts together.
    """

    id: str
    kind: str
    records: int
    links: int
    density: float
    weakest: float | None
    conflicts: tuple[str, ...]
    weak_bridges: int


def worst_clusters(view: View, most: int = 50) -> tuple[ClusterQuality, ...]:
    """Return the clusters to look at first: conflicting identifiers, then weakly held ones.

    Args:
        most: how many at most.

    Cost: one pass over clusters, links and identifiers.
    """
    rows = view.sql(f"{_QUALITIES} LIMIT {int(most)}").to_pylist()
    links = links_of(view, [row["cluster_id"] for row in rows])
    return tuple(
        ClusterQuality(
            id=row["cluster_id"], kind=row["kind"], records=row["records"], links=row["links"],
            density=round(row["density"], 4), weakest=row["weakest"],
            conflicts=tuple(row["conflicts"]),
            weak_bridges=sum(
                hold.weight < WEAK for hold in bridges(links.get(row["cluster_id"], []))
            ),
        )
        for row in rows
    )  # fmt: skip


def links_of(view: View, clusters: Sequence[str]) -> dict[str, list[Link]]:
    """Return the links of some clusters, by cluster."""
    rows = view.sql(_LINKS, (list(clusters),)).to_pylist()
    query = "SELECT entity_id, cluster_id FROM clusters WHERE cluster_id IN (SELECT unnest(?))"
    members = view.sql(query, (list(clusters),)).to_pylist()
    home = {row["entity_id"]: row["cluster_id"] for row in members}
    found: dict[str, list[Link]] = {}
    for row in rows:
        link = (row["left_id"], row["right_id"], row["weight"])
        found.setdefault(home[row["left_id"]], []).append(link)
    return found


def holds(view: View, cluster: str) -> tuple[Hold, ...]:
    """Return what holds a cluster together: its bridges, or else its weakest cut.

    Raises: NotFound: no cluster of two records or more bears the id.
    """
    links = links_of(view, [cluster]).get(cluster)
    if not links:
        raise NotFound(
            _("{id} is no cluster of two records or more").format(id=cluster), entity=cluster
        )
    found = bridges(links)
    cut = weakest_hold(links)
    return found or ((cut,) if cut else ())
