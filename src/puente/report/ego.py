"""Who stands around one entity: chosen by a stated rank, laid out the same way each time."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

STEPS = 2
"""How far from the entity the picture looks."""

_STRENGTH = {"confirmed": 0, "probable": 1, "possible": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class EgoNode:
    """One entity of the picture."""

    id: str
    caption: str
    schema: str
    listed: bool
    standing: str
    steps: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EgoLink:
    """All links of one kind between two entities, folded; `source` and `target` as published."""

    source: str
    target: str
    kind: str
    strength: str
    percent: float | None
    percent_max: float | None
    date_from: str
    date_to: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ego:
    """An entity and those around it.

    Attributes:
        focus: the entity in the middle.
        nodes: those shown, the focus first, then by rank.
        links: the links among those shown.
        total: how many there are within reach, shown or not, the focus counted.
    """

    focus: EgoNode
    nodes: tuple[EgoNode, ...]
    links: tuple[EgoLink, ...]
    total: int


def around(nodes: pa.Table, edges: pa.Table, focus: str, *, limit: int = 60) -> Ego:
    """Return the entities within two steps of `focus`, at most `limit`, ranked.

    Rank: fewer steps; on a list; stronger link to what is nearer; more links; id. Whoever is
    shown is shown with a link to someone nearer the focus.

    Args:
        nodes: table `nodes` of a build.
        edges: table `edges` of a build.
        focus: cluster id of the entity in the middle.
        limit: most entities to show, the focus counted; at least 1.

    Raises: NotFound: no such entity. InvalidData: a limit below 1.

    Cost: two passes over `edges`, in Arrow.
    """
    import pyarrow.compute as pc

    if limit < 1:
        raise InvalidData(f"at least one entity must be shown, not {limit}")
    near = _near(edges, focus)
    pairs = sorted({(str(r["source_id"]), str(r["target_id"])) for r in near})
    reach = _distances(pairs, focus)
    chosen = nodes.filter(pc.is_in(nodes["cluster_id"], _values([*reach, focus])))
    known = {str(row["cluster_id"]): row for row in chosen.to_pylist()}
    if focus not in known:
        raise NotFound(f"no entity {focus!r}")
    reach = {node: steps for node, steps in reach.items() if node in known}
    shown = _ranked(near, reach, known, limit)
    inside = set(shown)
    return Ego(
        focus=_node(known[focus], 0),
        nodes=tuple(_node(known[node], reach[node]) for node in shown),
        links=_fold(
            row for row in near if row["source_id"] in inside and row["target_id"] in inside
        ),
        total=len(reach),
    )


def _values(ids: Iterable[str]) -> pa.Array:
    import pyarrow as pa

    return pa.array(sorted(set(ids)), pa.string())


def _near(edges: pa.Table, focus: str) -> list[dict[str, object]]:
    """Return the edges that touch the focus or one of its neighbours."""
    import pyarrow.compute as pc

    columns = [
        "source_id",
        "target_id",
        "kind",
        "strength",
        "percent",
        "percent_max",
        "date_from",
        "date_to",
        "sources",
    ]
    table = edges.select(columns)
    frontier = {focus}
    found = table.slice(0, 0)
    for _step in range(STEPS):
        values = _values(frontier)
        touches = pc.or_(pc.is_in(table["source_id"], values), pc.is_in(table["target_id"], values))
        found = table.filter(touches)
        ends = pc.unique(found["source_id"]).to_pylist() + pc.unique(found["target_id"]).to_pylist()
        frontier |= {str(end) for end in ends}
    rows: list[dict[str, object]] = found.to_pylist()
    return [row for row in rows if row["source_id"] != row["target_id"]]


def _distances(pairs: list[tuple[str, str]], focus: str) -> dict[str, int]:
    beside: dict[str, set[str]] = defaultdict(set)
    for left, right in pairs:
        beside[left].add(right)
        beside[right].add(left)
    reach = {focus: 0}
    frontier = [focus]
    for steps in range(1, STEPS + 1):
        found = sorted({other for node in frontier for other in beside[node]} - set(reach))
        reach.update(dict.fromkeys(found, steps))
        frontier = found
    return reach


def _ranked(
    near: list[dict[str, object]],
    reach: Mapping[str, int],
    known: Mapping[str, Mapping[str, object]],
    limit: int,
) -> list[str]:
    """Return the ids to show, best first; nobody before the one that joins them to the focus."""
    degree: dict[str, int] = defaultdict(int)
    parents: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in near:
        ends = (str(row["source_id"]), str(row["target_id"]))
        for here, there in (ends, ends[::-1]):
            degree[here] += 1
            if here in reach and reach.get(there, STEPS + 1) < reach[here]:
                parents[here].append((_STRENGTH.get(str(row["strength"]), 3), there))

    def rank(node: str) -> tuple[int, bool, int, int, str]:
        best = min((strength for strength, _parent in parents[node]), default=0)
        return (reach[node], not known[node]["listed"], best, -degree[node], node)

    shown: list[str] = []
    for node in sorted(reach, key=rank):
        joined = reach[node] == 0 or any(parent in shown for _s, parent in parents[node])
        if joined and len(shown) < limit:
            shown.append(node)
    return shown


def _node(row: Mapping[str, object], steps: int) -> EgoNode:
    sources = row.get("sources")
    return EgoNode(
        id=str(row["cluster_id"]),
        caption=str(row["caption"] or row["cluster_id"]),
        schema=str(row["schema"]),
        listed=bool(row["listed"]),
        standing=str(row.get("standing") or ""),
        steps=steps,
        sources=tuple(map(str, sources)) if isinstance(sources, list) else (),
    )


def _fold(rows: Iterable[Mapping[str, object]]) -> tuple[EgoLink, ...]:
    """Return one link per pair, direction and kind: the strongest, its sources joined."""
    groups: dict[tuple[str, str, str], list[Mapping[str, object]]] = defaultdict(list)
    for row in rows:
        groups[str(row["source_id"]), str(row["target_id"]), str(row["kind"])].append(row)
    links = []
    for (source, target, kind), group in sorted(groups.items()):
        best = min(group, key=lambda row: _STRENGTH.get(str(row["strength"]), 3))
        named = {str(name) for row in group for name in _list(row["sources"])}
        links.append(
            EgoLink(
                source=source,
                target=target,
                kind=kind,
                strength=str(best["strength"]),
                percent=_number(best["percent"]),
                percent_max=_number(best["percent_max"]),
                date_from=str(best["date_from"] or ""),
                date_to=str(best["date_to"] or ""),
                sources=tuple(sorted(named)),
            )
        )
    return tuple(links)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def lay_out(ego: Ego, *, width: float, height: float) -> dict[str, tuple[float, float]]:
    """Return where each entity stands, in CSS pixels within `width` by `height`.

    Kamada and Kawai's springs, started from rings by number of steps: no chance enters, so the
    same network always looks the same.

    Source: Kamada and Kawai, Information Processing Letters 31 (1989).
    """
    import igraph

    ids = [node.id for node in ego.nodes]
    index = {identity: i for i, identity in enumerate(ids)}
    pairs = sorted({tuple(sorted((index[x.source], index[x.target]))) for x in ego.links})
    if len(ids) == 1:
        return {ids[0]: (width / 2, height / 2)}
    graph = igraph.Graph(n=len(ids), edges=pairs)
    start = _rings(ego, index)
    found = graph.layout_kamada_kawai(seed=start, maxiter=100 * len(ids)).coords
    found = _open_middle(found)
    return dict(zip(ids, _spread(_fit(found, width, height), width, height), strict=True))


def _rings(ego: Ego, index: Mapping[str, int]) -> list[tuple[float, float]]:
    """Return starting places: the focus in the middle, the rest on rings, near their parents."""
    beside: dict[str, set[str]] = defaultdict(set)
    for link in ego.links:
        beside[link.source].add(link.target)
        beside[link.target].add(link.source)
    angle = {ego.focus.id: 0.0}
    start = [(0.0, 0.0)] * len(index)
    for steps in range(1, STEPS + 1):
        ring = [node for node in ego.nodes if node.steps == steps]

        def pull(node: EgoNode) -> tuple[float, str]:
            known = [angle[other] for other in sorted(beside[node.id]) if other in angle]
            return (known[0] if known else 0.0, node.id)

        ring.sort(key=pull)
        for place, node in enumerate(ring):
            turn = 2 * math.pi * (place + 0.5 * (steps - 1)) / len(ring)
            angle[node.id] = turn
            start[index[node.id]] = (steps * math.cos(turn), steps * math.sin(turn))
    return start


def _open_middle(points: list[list[float]]) -> list[list[float]]:
    """Return the points with the middle drawn apart: springs crowd those with many links there."""
    x0, y0 = points[0]
    farthest = max(math.hypot(x - x0, y - y0) for x, y in points) or 1.0
    opened = []
    for x, y in points:
        part = math.hypot(x - x0, y - y0) / farthest
        stretch = part**-0.35 if part else 0.0
        opened.append([(x - x0) * stretch, (y - y0) * stretch])
    return opened


def _fit(points: list[list[float]], width: float, height: float) -> list[tuple[float, float]]:
    """Return the points stretched over the picture; the middle of their extent in its middle."""
    margin_x, margin_y = min(110.0, width / 5), 34.0
    fitted: list[list[float]] = []
    for axis, (size, margin) in enumerate(((width, margin_x), (height, margin_y))):
        values = [point[axis] for point in points]
        low, span = min(values), max(values) - min(values)
        room = size - 2 * margin
        fitted.append(
            [size / 2 if span < 1e-6 else margin + (value - low) / span * room for value in values]
        )
    # Rounded, so that the last bit of a different machine's arithmetic moves nothing.
    return [(round(x, 1), round(y, 1)) for x, y in zip(*fitted, strict=True)]


def _spread(
    points: list[tuple[float, float]], width: float, height: float
) -> list[tuple[float, float]]:
    """Return the points pushed apart until no two symbols touch, as far as 60 rounds do that."""
    near_x, near_y = 52.0, 34.0
    now = [list(point) for point in points]
    for _round in range(60):
        moved = False
        for i in range(len(now)):
            for j in range(i):
                dx, dy = now[i][0] - now[j][0], now[i][1] - now[j][1]
                overlap_x, overlap_y = near_x - abs(dx), near_y - abs(dy)
                if overlap_x <= 0 or overlap_y <= 0:
                    continue
                moved = True
                axis = 0 if overlap_x / near_x < overlap_y / near_y else 1
                push = (overlap_x, overlap_y)[axis] / 2 + 0.5
                sign = 1.0 if (dx, dy)[axis] >= 0 else -1.0
                now[i][axis] += sign * push
                now[j][axis] -= sign * push
        for point in now:
            point[0] = min(max(point[0], 20.0), width - 20.0)
            point[1] = min(max(point[1], 18.0), height - 18.0)
        if not moved:
            break
    return [(round(x, 1), round(y, 1)) for x, y in now]
