"""Links made into clusters: no chain of doubtful links, and never two different identities in one.

What people judged comes first: records judged the same are one from the start, records judged
different are never put together, whatever weights and identifiers say.

Two groups of records become one where the pairs between them speak for it on the average, the pairs
that were compared and speak against it counted too. So a thin record that fits two people does not
make them one: it goes where it fits best. Two complete and valid identifiers of one sort that
differ keep their bearers apart whatever the rest says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        groups: for each record the smallest record number of its connected group: what is decided
            in one group has no bearing on another.
    """

    labels: Ints
    conflicts: int
    bridges: int
    undecided: tuple[tuple[int, int], ...]
    groups: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Pairs of record numbers that people judged; they contradict each other nowhere.

    Attributes:
        same: pairs of records that are one thing.
        apart: pairs of records that are not.
    """

    same: tuple[tuple[int, int], ...] = ()
    apart: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """One connected group, its records numbered from 0.

    Attributes:
        members: record numbers, ascending.
        pairs: what was compared, and the weight.
        identities: for each sort of identifier a number a record, -1 for none.
        same, apart: as in `Judged`.
    """

    members: list[int]
    pairs: Pairs
    identities: list[list[int]]
    least: float
    same: list[tuple[int, int]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)


NOTHING_JUDGED = Judged()


def cluster(
    left: Ints,
    right: Ints,
    weight: Floats,
    identities: Sequence[Ints],
    least: float,
    judged: Judged = NOTHING_JUDGED,
) -> Clustering:
    """Return the clusters of records 0..n-1.

    Args:
        left, right: record numbers of the scored pairs, each pair once.
        weight: their log2 odds; pairs far below `least` may be left out.
        identities: for each sort of identifier a number a record, -1 for none; two records with
            different numbers of one sort are never put together, unless people judged them so.
        least: weight from which a pair is a link, and the average that joins two groups.
        judged: what people judged.

    Cost: linear in the pairs; n log n within a connected group.
    """
    import numpy as np

    records = len(identities[0])
    apart = _differ(left, right, identities)
    conflicts = int(np.sum(apart & (weight >= least)))
    same, barred = (np.array(pairs, dtype=np.int64).reshape(-1, 2)
                    for pairs in (judged.same, judged.apart))  # fmt: skip
    if len(barred):
        low, high = np.minimum(left, right), np.maximum(left, right)
        apart |= np.isin(low * records + high, barred.min(axis=1) * records + barred.max(axis=1))
    linked = (weight >= least) & ~apart
    groups = _components(
        np.concatenate((left[linked], same[:, 0])),
        np.concatenate((right[linked], same[:, 1])), records,
    )  # fmt: skip
    barred = barred[groups[barred[:, 0]] == groups[barred[:, 1]]]
    ruled = np.zeros(records, dtype=bool)
    ruled[groups[same[:, 0]]] = ruled[groups[barred[:, 0]]] = True
    labels = groups.copy()
    undecided: list[tuple[int, int]] = []
    wanted = (np.bincount(groups, minlength=records) > 2) | ruled
    for members, part in _to_decide(left, right, groups, wanted):
        here = groups[members[0]]
        if not ruled[here] and _is_settled(part, weight, apart, len(members), least):
            continue
        group = _Group(
            members=members.tolist(),
            pairs=_numbered(members, left[part], right[part], weight[part]),
            identities=[numbers[members].tolist() for numbers in identities],
            least=least,
            same=_among(members, same, groups) if ruled[here] else [],
            apart=_among(members, barred, groups) if ruled[here] else [],
        )
        found, left_open = _leave_undecided(group, _agglomerate(group))
        labels[members] = members[found]
        undecided += [(int(members[record]), int(members[label])) for record, label in left_open]
    return Clustering(
        labels=labels, conflicts=conflicts, undecided=tuple(sorted(undecided)), groups=groups,
        bridges=int(np.sum(linked & (labels[left] != labels[right]))),
    )  # fmt: skip


def _differ(left: Ints, right: Ints, identities: Sequence[Ints]) -> NDArray[np.bool_]:
    """Return for each pair whether two identifiers of one sort show it to be two things."""
    import numpy as np

    apart = np.zeros(len(left), dtype=bool)
    for numbers in identities:
        one, other = numbers[left], numbers[right]
        apart |= (one >= 0) & (other >= 0) & (one != other)
    return apart


def _to_decide(
    left: Ints, right: Ints, groups: Ints, wanted: NDArray[np.bool_]
) -> Iterable[tuple[Ints, Ints]]:
    """Yield the members, ascending, and the rows of the pairs of each group that is `wanted`."""
    import numpy as np

    held = np.flatnonzero(wanted[groups])
    if not len(held):
        return
    held = held[np.argsort(groups[held], kind="stable")]
    names, starts = np.unique(groups[held], return_index=True)
    rows = np.flatnonzero((groups[left] == groups[right]) & wanted[groups[left]])
    rows = rows[np.lexsort((right[rows], left[rows], groups[left[rows]]))]
    of_row = groups[left[rows]]
    first, last = (np.searchsorted(of_row, names, side) for side in ("left", "right"))
    for members, begin, end in zip(np.split(held, starts[1:]), first, last, strict=True):
        yield members, rows[begin:end]


def _numbered(members: Ints, left: Ints, right: Ints, weight: Floats) -> Pairs:
    """Return the pairs of a group with its records numbered from 0."""
    import numpy as np

    one, other = np.searchsorted(members, left), np.searchsorted(members, right)
    clipped = np.clip(weight, WEAKEST, STRONGEST)
    return list(zip(one.tolist(), other.tolist(), clipped.tolist(), strict=True))


def _among(members: Ints, pairs: Ints, groups: Ints) -> list[tuple[int, int]]:
    """Return the judged pairs within a group, its records numbered from 0."""
    import numpy as np

    here = pairs[groups[pairs[:, 0]] == groups[members[0]]]
    return [(one, other) for one, other in np.searchsorted(members, here).tolist()]


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


def _agglomerate(group: _Group) -> list[int]:
    """Return for each record the smallest of the group that average linkage puts it in."""
    records = range(len(group.members))
    near: list[dict[int, tuple[float, int]]] = [{} for _ in records]
    for one, other, value in group.pairs:
        near[one][other] = near[other][one] = (value, 1)
    size = [1 for _ in records]
    holds = [
        [frozenset({numbers[index]} - {-1}) for numbers in group.identities] for index in records
    ]
    barred = _bars(group)
    home = list(records)

    def join(one: int, other: int) -> None:
        _merge(one, other, near)
        home[other] = one
        size[one] += size[other]
        holds[one] = [a | b for a, b in zip(holds[one], holds[other], strict=True)]
        for third in barred[other]:
            barred[third] = (barred[third] - {other}) | {one}
        barred[one] |= barred[other]

    for pair in group.same:
        one, other = sorted(_root(home, index) for index in pair)
        if one != other:
            join(one, other)
    heap = _worth_joining(near, size, group.least)
    heapify(heap)
    while heap:
        score, one, other = heappop(heap)
        if home[one] != one or home[other] != other or other not in near[one]:
            continue
        if -score != _average(near[one][other], size[one] * size[other]):
            continue
        if other in barred[one] or any(
            a and b and a.isdisjoint(b) for a, b in zip(holds[one], holds[other], strict=True)
        ):
            continue
        join(one, other)
        for third, sums in near[one].items():
            value = _average(sums, size[one] * size[third])
            if value >= group.least:
                heappush(heap, (-value, min(one, third), max(one, third)))
    return [_root(home, index) for index in records]


def _bars(group: _Group) -> list[set[int]]:
    """Return for each record those that people judged to be another."""
    barred: list[set[int]] = [set() for _ in group.members]
    for one, other in group.apart:
        barred[one].add(other)
        barred[other].add(one)
    return barred


def _worth_joining(
    near: list[dict[int, tuple[float, int]]], size: list[int], least: float
) -> list[tuple[float, int, int]]:
    """Return the pairs of groups that fit on the average, as a heap takes them."""
    return [
        (-value, one, other)
        for one, others in enumerate(near)
        for other, sums in others.items()
        if one < other
        for value in [_average(sums, size[one] * size[other])]
        if value >= least
    ]


def _leave_undecided(group: _Group, found: list[int]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the groups after records that fit two different people alike have left both.

    A shareholder's row with a name and nothing else fits the listed man and his namesake alike.
    Whichever it went to, the law would fall on one of them by the toss of a coin. Where nothing
    says that the two groups are different people, the record stays where it fits best; so does
    one that people judged to be the same as another.

    Args:
        group: what was compared, and what was judged.
        found: for each record the smallest of the group that it was put in.

    Returns: the group of each record, and each record that left with the groups it fits.
    """
    met: list[dict[int, list[float]]] = [{} for _ in found]
    weight: dict[tuple[int, int], float] = {}
    for one, other, value in group.pairs:
        met[one].setdefault(found[other], []).append(value)
        met[other].setdefault(found[one], []).append(value)
        weight[one, other] = weight[other, one] = value
    members: dict[int, list[int]] = {}
    for record, label in enumerate(found):
        members.setdefault(label, []).append(record)
    judged = {pair for one, other in group.apart for pair in ((one, other), (other, one))}

    def fit(record: int, label: int) -> float:
        others = len(members[label]) - (found[record] == label)
        values = met[record].get(label, [])
        return (sum(values) + NOT_FOUND * (others - len(values))) / others

    def apart(one: int, other: int) -> bool:
        return (one, other) in judged or any(
            numbers[one] >= 0 and numbers[other] >= 0 and numbers[one] != numbers[other]
            for numbers in group.identities
        )

    def differ(record: int, label: int) -> bool:
        own = [member for member in members[found[record]] if member != record]
        across = [(one, other) for one in own for other in members[label]]
        said = [weight[pair] for pair in across if pair in weight]
        return any(apart(*pair) for pair in across) or (bool(said) and sum(said) < 0)

    settled = {record for pair in group.same for record in pair}
    fits: dict[int, set[int]] = {}
    for record, labels in enumerate(met):
        if len(members[found[record]]) == 1 or record in settled:
            continue
        mine = fit(record, found[record])
        for label in labels:
            if label == found[record] or any((record, other) in judged for other in members[label]):
                continue
            rival = fit(record, label)
            if rival >= group.least and mine - rival < UNDECIDED and differ(record, label):
                fits.setdefault(record, {found[record]}).add(label)
    smallest = {
        label: min((r for r in held if r not in fits), default=held[0])
        for label, held in members.items()
    }
    left_open = [(r, smallest[label]) for r, labels in fits.items() for label in labels]
    return [r if r in fits else smallest[found[r]] for r in range(len(found))], left_open


def _average(sums: tuple[float, int], pairs: int) -> float:
    total, count = sums
    return (total + NOT_FOUND * (pairs - count)) / pairs


def _merge(one: int, other: int, near: list[dict[int, tuple[float, int]]]) -> None:
    """Give `one` all that `other` has with third groups, and forget `other`."""
    near[one].pop(other, None)
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
