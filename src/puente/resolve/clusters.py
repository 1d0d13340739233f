"""Links made into clusters: no chain of doubtful links, and never two different identities in one.

Two groups of records become one where the pairs between them speak for it on the average, the pairs
that were compared and speak against it counted too. So a thin record that fits two people does not
make them one: it goes where it fits best. Two complete and valid identifiers of one sort that
differ keep their bearers apart whatever the rest says.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Pairs = list[tuple[int, int, float]]

NOT_FOUND = -3.0
"""Weight of a pair that no key found: records that share so little are hardly one thing."""

UNDECIDED = 2.0
"""A record that fits another group within this many bits of its own is left with neither."""

STRONGEST, WEAKEST = 15.0, -15.0
"""A single pair counts no more than this in an average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """Which record belongs where, and what was kept apart.

    Attributes:
        labels: for each record the smallest record number of its cluster.
        conflicts: pairs linked by weight but kept apart by two different identifiers.
        bridges: pairs linked by weight but kept apart by what lies between their groups.
        undecided: record, and the label of a cluster that it fits as well as another; one pair
            for every such cluster.
    """

    labels: Ints
    conflicts: int
    bridges: int
    undecided: tuple[tuple[int, int], ...] = ()


def cluster(
    left: Ints, right: Ints, weight: Floats, identities: Sequence[Ints], least: float
) -> Clustering:
    """Return the clusters of records 0..n-1.

    Args:
        left, right: record numbers of the scored pairs, each pair once.
        weight: their log2 odds; pairs far below `least` may be left out.
        identities: for each sort of identifier a number a record, -1 for none; two records with
            different numbers of one sort are never put together.
        least: weight from which a pair is a link, and the average that joins two groups.

    Cost: linear in the pairs; n log n within a connected group.
    """
    import numpy as np

    records = len(identities[0])
    apart = np.zeros(len(left), dtype=bool)
    for numbers in identities:
        one, other = numbers[left], numbers[right]
        apart |= (one >= 0) & (other >= 0) & (one != other)
    linked = (weight >= least) & ~apart
    labels = _components(left[linked], right[linked], records)
    sizes = np.bincount(labels, minlength=records)
    inside = (labels[left] == labels[right]) & (sizes[labels[left]] > 2)
    bridges = 0
    undecided: list[tuple[int, int]] = []
    groups = labels[left[inside]]
    order = np.lexsort((right[inside], left[inside], groups))
    rows = np.flatnonzero(inside)[order]
    cuts = np.flatnonzero(np.diff(groups[order])) + 1
    for part in np.split(rows, cuts) if len(rows) else []:
        members = np.unique(np.concatenate((left[part], right[part])))
        if _is_settled(part, weight, apart, len(members), least):
            continue
        found = _agglomerate(
            members.tolist(), left[part].tolist(), right[part].tolist(),
            np.clip(weight[part], WEAKEST, STRONGEST).tolist(),
            [numbers[members].tolist() for numbers in identities], least,
        )  # fmt: skip
        found, left_open = _leave_undecided(
            dict(zip(members.tolist(), found, strict=True)),
            list(zip(left[part].tolist(), right[part].tolist(),
                     np.clip(weight[part], WEAKEST, STRONGEST).tolist(), strict=True)),
            least,
            lambda one, other: any(
                numbers[one] >= 0 and numbers[other] >= 0 and numbers[one] != numbers[other]
                for numbers in identities
            ),
        )  # fmt: skip
        labels[members] = found
        undecided += left_open
        bridges += int(np.sum(linked[part] & (labels[left[part]] != labels[right[part]])))
    return Clustering(
        labels=labels, conflicts=int(np.sum(apart & (weight >= least))), bridges=bridges,
        undecided=tuple(sorted(undecided)),
    )  # fmt: skip


def _components(left: Ints, right: Ints, records: int) -> Ints:
    """Return for each record the smallest number in its connected group."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(left), dtype=np.int8)
    graph = coo_array((ones, (left, right)), shape=(records, records))
    _count, group = connected_components(graph, directed=False)
    smallest: Ints = np.full(records, records, dtype=np.int64)
    np.minimum.at(smallest, group, np.arange(records))
    found: Ints = smallest[group]
    return found


def _is_settled(
    part: Ints, weight: Floats, apart: NDArray[np.bool_], members: int, least: float
) -> bool:
    """Return True if every pair of the group was compared and is a link: nothing to decide."""
    whole = len(part) == members * (members - 1) // 2
    return whole and not bool(apart[part].any()) and bool((weight[part] >= least).all())


def _agglomerate(
    members: list[int], left: list[int], right: list[int], weight: list[float],
    identities: list[list[int]], least: float,
) -> list[int]:  # fmt: skip
    """Return for each member the smallest number of the group that average linkage puts it in."""
    place = {number: index for index, number in enumerate(members)}
    near: list[dict[int, tuple[float, int]]] = [{} for _ in members]
    for one, other, value in zip(left, right, weight, strict=True):
        near[place[one]][place[other]] = near[place[other]][place[one]] = (value, 1)
    size = [1] * len(members)
    holds = [[numbers[index] for numbers in identities] for index in range(len(members))]
    home = list(range(len(members)))
    heap = [
        (-value, one, other)
        for one, others in enumerate(near)
        for other, (value, _count) in others.items()
        if one < other and value >= least
    ]
    heapify(heap)
    while heap:
        score, one, other = heappop(heap)
        if home[one] != one or home[other] != other or other not in near[one]:
            continue
        if -score != _average(near[one][other], size[one] * size[other]):
            continue
        if any(a >= 0 and b >= 0 and a != b for a, b in zip(holds[one], holds[other], strict=True)):
            continue
        _merge(one, other, near)
        home[other] = one
        size[one] += size[other]
        holds[one] = [max(a, b) for a, b in zip(holds[one], holds[other], strict=True)]
        for third, sums in near[one].items():
            value = _average(sums, size[one] * size[third])
            if value >= least:
                heappush(heap, (-value, min(one, third), max(one, third)))
    return [members[_root(home, index)] for index in range(len(members))]


def _leave_undecided(
    group: dict[int, int], pairs: Pairs, least: float, apart: Callable[[int, int], bool]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the groups after records that fit two different people alike have left both.

    A shareholder's row with a name and nothing else fits the listed man and his namesake alike.
    Whichever it went to, the law would fall on one of them by the toss of a coin. Where nothing
    says that the two groups are different people, the record stays where it fits best.

    Args:
        group: record to group.
        pairs: the compared pairs and their weights.
        least: average from which a record fits a group.
        apart: whether identifiers say that two records are of different things.

    Returns: the group of each record in order, and each record that left with the groups it fits.
    """
    met: dict[int, dict[int, list[float]]] = {}
    weight: dict[tuple[int, int], float] = {}
    for one, other, value in pairs:
        met.setdefault(one, {}).setdefault(group[other], []).append(value)
        met.setdefault(other, {}).setdefault(group[one], []).append(value)
        weight[one, other] = weight[other, one] = value
    members: dict[int, list[int]] = {}
    for record, label in group.items():
        members.setdefault(label, []).append(record)

    def fit(record: int, label: int) -> float:
        others = len(members[label]) - (group[record] == label)
        found = met.get(record, {}).get(label, [])
        return (sum(found) + NOT_FOUND * (others - len(found))) / others

    def differ(record: int, label: int) -> bool:
        own = [member for member in members[group[record]] if member != record]
        across = [(one, other) for one in own for other in members[label]]
        said = [weight[pair] for pair in across if pair in weight]
        return any(apart(*pair) for pair in across) or (bool(said) and sum(said) < 0)

    fits: dict[int, set[int]] = {}
    for record, labels in met.items():
        if len(members[group[record]]) == 1:
            continue
        mine = fit(record, group[record])
        for label in labels:
            rival = fit(record, label) if label != group[record] else least - 1
            if rival >= least and mine - rival < UNDECIDED and differ(record, label):
                fits.setdefault(record, {group[record]}).add(label)
    smallest = {
        label: min((r for r in held if r not in fits), default=held[0])
        for label, held in members.items()
    }
    found = [r if r in fits else smallest[group[r]] for r in sorted(group)]
    left_open = [(r, smallest[label]) for r, labels in fits.items() for label in labels]
    return found, left_open


def _average(sums: tuple[float, int], pairs: int) -> float:
    total, count = sums
    return (total + NOT_FOUND * (pairs - count)) / pairs


def _merge(one: int, other: int, near: list[dict[int, tuple[float, int]]]) -> None:
    """Give `one` all that `other` has with third groups, and forget `other`."""
    del near[one][other]
    for third, (value, count) in near[other].items():
        if third == one:
            continue
        had_value, had_count = near[one].get(third, (0.0, 0))
        near[one][third] = near[third][one] = (had_value + value, had_count + count)
        del near[third][other]
    near[other] = {}


def _root(home: list[int], index: int) -> int:
    while home[index] != index:
        index = home[index]
    return index
