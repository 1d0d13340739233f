"""Clusters kept up to date: a batch is scored once against what stands, and only what it touches
is clustered again.

The state holds every pair that was compared and its weight. What is decided in one connected group
has no bearing on another, so that the groups which a batch, a record delivered anew or a judgement
touches are decided anew, in the order of record keys, and all others stay as they are. In whatever
order batches come, the clusters are those of one run over all of them, under one saved model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.resolve.clusters import Judged, cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Scored pairs of records, by number; each pair once, at equal lengths.

    Attributes:
        left, right: record numbers.
        weight: log2 odds.
    """

    left: Ints
    right: Ints
    weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """New records, or records delivered anew, with all pairs that they are in.

    Attributes:
        keys: record keys, each once.
        identities: for each sort of identifier a number a record, -1 for none; one number means
            one value in every batch.
        pairs: of which one record at least is in the batch; `ClusterState.numbered` tells the
            numbers. Pairs among the records that stood before are not scored again.
    """

    keys: Sequence[str]
    identities: tuple[Ints, ...]
    pairs: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterState:
    """Records, compared pairs, judgements, and the clusters that follow.

    Attributes:
        keys: record keys by number, as they came.
        identities: as of `Batch`, for every record.
        pairs: all that was compared.
        least: weight from which a pair is a link.
        homes: for each record the number of the record of its cluster with the smallest key.
        groups: for each record the number of one record of its connected group.
        same, apart: judged pairs of record keys, each in order.
    """

    keys: pa.Array
    identities: tuple[Ints, ...]
    pairs: Pairs
    least: float
    homes: Ints
    groups: Ints
    same: frozenset[tuple[str, str]] = frozenset()
    apart: frozenset[tuple[str, str]] = frozenset()

    def clusters(self) -> list[frozenset[str]]:
        """Return the clusters as sets of record keys, by their smallest key."""
        held: dict[int, list[str]] = {}
        for key, home in zip(self.keys.to_pylist(), self.homes.tolist(), strict=True):
            held.setdefault(home, []).append(key)
        return sorted((frozenset(keys) for keys in held.values()), key=min)

    def numbered(self, keys: Sequence[str]) -> Ints:
        """Return the number of each record key; those not yet held are numbered on, in order."""
        import numpy as np

        found = _places(self.keys, keys)
        new = found < 0
        found[new] = len(self.keys) + np.arange(int(new.sum()))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A state brought up to date.

    Attributes:
        touched: numbers of the records whose groups were decided anew, ascending.
    """

    state: ClusterState
    touched: Ints


def empty_state(*, sorts: int, least: float) -> ClusterState:
    """Return a state without records.

    Args:
        sorts: how many sorts of identifiers there are; one at least.
        least: weight from which a pair is a link.
    """
    import numpy as np
    import pyarrow as pa

    none = np.empty(0, dtype=np.int64)
    return ClusterState(
        keys=pa.array([], pa.string()), identities=(none,) * sorts,
        pairs=Pairs(left=none, right=none, weight=np.empty(0)), least=least,
        homes=none, groups=none,
    )  # fmt: skip


def add_batch(state: ClusterState, batch: Batch) -> Update:
    """Return the state with a batch taken in.

    Raises: InvalidData: a pair of the batch names no record of it, or a key stands twice.
    Cost: linear in columns in what stands; what is touched is clustered again.
    """
    import numpy as np
    import pyarrow as pa

    numbers = state.numbered(batch.keys)
    before, after = len(state.keys), max(len(state.keys), int(numbers.max(initial=-1)) + 1)
    fresh = np.zeros(after, dtype=bool)
    fresh[numbers] = True
    pairs = batch.pairs
    if len(np.unique(numbers)) != len(batch.keys) or not bool(
        (fresh[pairs.left] | fresh[pairs.right]).all()
    ):
        raise InvalidData(_("a batch holds each record once, and only pairs of its own records"))
    dropped = fresh[state.pairs.left] | fresh[state.pairs.right]
    touched = np.zeros(after, dtype=bool)
    touched[numbers] = True
    new = numbers >= before
    order = np.argsort(numbers[new])
    identities = tuple(
        _with(held, numbers, given, after)
        for held, given in zip(state.identities, batch.identities, strict=True)
    )
    kept = ~dropped
    joined = Pairs(
        left=np.concatenate((state.pairs.left[kept], pairs.left)),
        right=np.concatenate((state.pairs.right[kept], pairs.right)),
        weight=np.concatenate((state.pairs.weight[kept], pairs.weight)),
    )
    added = np.flatnonzero(new)[order]
    grown = replace(
        state,
        keys=pa.concat_arrays(
            [state.keys, pa.array([batch.keys[place] for place in added], pa.string())]
        ),
        identities=identities,
        pairs=joined,
        homes=np.concatenate((state.homes, np.arange(before, after))),
        groups=np.concatenate((state.groups, np.arange(before, after))),
    )
    # A pair that is no link joins no groups; within one it counts once that is decided anew.
    links = pairs.weight >= state.least
    touched[pairs.left[links]] = touched[pairs.right[links]] = True
    return _decide(grown, touched)


def judge(
    state: ClusterState, same: Iterable[tuple[str, str]], apart: Iterable[tuple[str, str]]
) -> Update:
    """Return the state under these judgements, in the place of those that stood.

    Judgements on records that have not come yet wait for them.

    Args:
        same, apart: pairs of record keys that contradict each other nowhere.
    """
    import numpy as np

    new_same, new_apart = (
        frozenset((min(pair), max(pair)) for pair in pairs) for pairs in (same, apart)
    )
    changed = (new_same ^ state.same) | (new_apart ^ state.apart)
    places = _places(state.keys, [key for pair in sorted(changed) for key in pair])
    touched = np.zeros(len(state.keys), dtype=bool)
    touched[places[places >= 0]] = True
    return _decide(replace(state, same=new_same, apart=new_apart), touched)


def _decide(state: ClusterState, seeds: Flags) -> Update:
    """Return the state with every group clustered again that holds a seed."""
    import numpy as np
    import pyarrow as pa

    reached = np.zeros(len(state.groups), dtype=bool)
    reached[state.groups[seeds]] = True
    wanted = reached[state.groups]
    wanted |= _waiting(state, wanted)
    records = np.flatnonzero(wanted)
    if not len(records):
        return Update(state=state, touched=records)
    keys = state.keys.take(pa.array(records)).to_pylist()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    records = records[order]
    place = np.full(len(state.groups), -1, dtype=np.int64)
    place[records] = np.arange(len(records))
    inside = np.flatnonzero(wanted[state.pairs.left] & wanted[state.pairs.right])
    left, right = place[state.pairs.left[inside]], place[state.pairs.right[inside]]
    found = cluster(
        np.minimum(left, right), np.maximum(left, right), state.pairs.weight[inside],
        [numbers[records] for numbers in state.identities], state.least,
        _judged_among(state, {keys[at]: number for number, at in enumerate(order)}),
    )  # fmt: skip
    homes, groups = state.homes.copy(), state.groups.copy()
    homes[records], groups[records] = records[found.labels], records[found.groups]
    return Update(state=replace(state, homes=homes, groups=groups), touched=np.sort(records))


def _waiting(state: ClusterState, wanted: Flags) -> Flags:
    """Return the groups that judgements join to those that are wanted."""
    import numpy as np

    pairs = sorted(state.same | state.apart)
    places = _places(state.keys, [key for pair in pairs for key in pair]).reshape(-1, 2)
    places = places[(places >= 0).all(axis=1)]
    found = np.zeros(len(wanted), dtype=bool)
    while True:
        reached = np.zeros(len(wanted), dtype=bool)
        now = wanted | found
        reached[state.groups[places[now[places].any(axis=1)]]] = True
        grown = reached[state.groups]
        if bool((grown <= now).all()):
            return found
        found |= grown


def _judged_among(state: ClusterState, number: dict[str, int]) -> Judged:
    def here(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
        return tuple(
            (number[one], number[other])
            for one, other in sorted(pairs)
            if one in number and other in number
        )

    return Judged(same=here(state.same), apart=here(state.apart))


def _places(keys: pa.Array, wanted: Sequence[str]) -> Ints:
    """Return where each key stands, -1 where it does not."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = pa.array(wanted, pa.string())
    # The few are hashed, not the many: keys that stand are gone through once.
    hits = pc.index_in(keys, value_set=asked)
    rows = np.flatnonzero(np.asarray(pc.is_valid(hits)))
    found = np.full(len(wanted), -1, dtype=np.int64)
    found[hits.take(pa.array(rows)).to_numpy()] = rows
    if len(pc.unique(asked)) != len(asked):
        first = pc.index_in(asked, value_set=asked).to_numpy()
        found = found[first]
    return found


def _with(held: Ints, numbers: Ints, given: Ints, length: int) -> Ints:
    import numpy as np

    found = np.full(length, -1, dtype=np.int64)
    found[: len(held)] = held
    found[numbers] = given
    return found
