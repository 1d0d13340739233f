"""Old clusters beside new groups: which are the same records, and which share some.

What stayed the same is told in columns; only what changed is gone through one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.resolve.history_rows import ENDS, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

AGAIN = "~"
"""Stands between a record key and a number where every key of a cluster was an id before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Clusters and history of the last build, or of the part of it that may change.

    Attributes:
        clusters: `entity_id`, `cluster_id`.
        history: as `puente.resolve.history_rows.history_schema`.
    """

    clusters: pa.Table
    history: pa.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Groups and clusters that share records, directly or by others; each in order.

    Attributes:
        groups: numbers of new groups.
        ids: of old clusters.
    """

    groups: list[int]
    ids: list[str]


class Sides:
    """Old clusters and new groups.

    Attributes:
        members: records of each group that changed.
        held: records of each old cluster that changed.
        shared: for each group that changed how many of its records were in which cluster; "" is
            none.
        last: for each id with a past the number of its last change.
        ended: ids that have not stood since that change.
    """

    def __init__(self, past: Past, records: pa.Array, groups: pa.Array) -> None:
        import numpy as np
        import pyarrow.compute as pc

        self._records = records
        self._old_records = flat(past.clusters["entity_id"])
        old = flat(past.clusters["cluster_id"]).dictionary_encode()
        new = flat(groups).dictionary_encode()
        self._old_code, self._code = _whole(old.indices), _whole(new.indices)
        self._old_names, self._names = old.dictionary, new.dictionary
        place = _whole(pc.fill_null(pc.index_in(records, value_set=self._old_records), -1))
        self._was = np.where(place >= 0, self._old_code[place], -1) if len(old) else place
        self.members: dict[int, list[str]] = {}
        self.held: dict[str, list[str]] = {}
        self.shared: dict[int, Counter[str]] = {}
        self._compare()
        self._home = {key: group for group, keys in self.members.items() for key in keys}
        self._remember(past.history)

    def _compare(self) -> None:
        """Fill in what changed."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        groups, olds = len(self._names), len(self._old_names)
        size = np.bincount(self._code, minlength=groups)
        old_size = np.bincount(self._old_code, minlength=olds)
        low, high = np.full(groups, olds), np.full(groups, -1)
        np.minimum.at(low, self._code, self._was)
        np.maximum.at(high, self._code, self._was)
        same = (low == high) & (low >= 0)
        same[same] = size[same] == old_size[low[same]]
        # A record that comes back takes its key from whoever has borne it meanwhile.
        fresh = self._records.take(pa.array(np.flatnonzero(self._was < 0)))
        claimed = pc.index_in(fresh, value_set=self._old_names).drop_null()
        same[same] &= ~np.isin(low[same], _whole(claimed))
        self._same, self._low = same, low
        stays = np.zeros(olds, dtype=bool)
        stays[low[same]] = True
        changed = np.flatnonzero(~same[self._code])
        names = self._old_names.to_pylist() if len(changed) > olds else None
        for key, group, was in zip(
            self._records.take(pa.array(changed)).to_pylist(),
            self._code[changed].tolist(), self._was[changed].tolist(), strict=True,
        ):  # fmt: skip
            self.members.setdefault(group, []).append(key)
            name = "" if was < 0 else names[was] if names else self._old_names[was].as_py()
            self.shared.setdefault(group, Counter())[name] += 1
        lost = np.flatnonzero(~stays[self._old_code])
        for key, code in zip(
            self._old_records.take(pa.array(lost)).to_pylist(),
            self._old_code[lost].tolist(), strict=True,
        ):  # fmt: skip
            self.held.setdefault(self._old_names[code].as_py(), []).append(key)
        for keys in (*self.members.values(), *self.held.values()):
            keys.sort()

    def _remember(self, history: pa.Table) -> None:
        """Read, of the history, what tells of the ids and records that changed."""
        import pyarrow as pa
        import pyarrow.compute as pc

        names = pa.array(sorted({*self.held, *self._home}), pa.string())
        ids = history["cluster_id"]
        wanted = pc.or_(pc.is_in(ids, value_set=names), pc.match_substring(ids, AGAIN))
        self.last: dict[str, int] = {}
        self.ended: set[str] = set()
        for row in history.filter(wanted).select(["cluster_id", "number", "what"]).to_pylist():
            name = row["cluster_id"]
            self.last[name] = row["number"]
            (self.ended.add if row["what"] in ENDS else self.ended.discard)(name)
        told = pa.array(sorted({digest_of(keys) for keys in self.members.values()}), pa.int64())
        self._stood: dict[int, list[tuple[int, int, str, list[str]]]] = {}
        columns = ["digest", "since", "number", "cluster_id", "before"]
        found = history.filter(pc.is_in(history["digest"], value_set=told)).select(columns)
        for row in found.to_pylist():
            stood = (row["since"], row["number"] - 1, row["cluster_id"], row["before"])
            self._stood.setdefault(row["digest"], []).append(stood)

    def changes(self) -> Iterable[Change]:
        """Return what changed, by the smallest record of each change."""
        parent: dict[str | int, str | int] = {}

        def root(node: str | int) -> str | int:
            while parent.setdefault(node, node) != node:
                parent[node] = parent[parent[node]]
                node = parent[node]
            return node

        pairs = [(group, name) for group, names in self.shared.items() for name in names if name]
        pairs += [(self._home[name], name) for name in self.held if name in self._home]
        for group, name in pairs:
            parent[root(name)] = root(group)
        found: dict[str | int, Change] = {}
        for group in sorted(self.members, key=lambda one: self.members[one][0]):
            found.setdefault(root(group), Change(groups=[], ids=[])).groups.append(group)
        for name in sorted(self.held):
            found.setdefault(root(name), Change(groups=[], ids=[])).ids.append(name)
        return found.values()

    def may_bear(self, name: str, group: int) -> bool:
        """Return True unless the id is the key of a record that stands in another group."""
        return self._home.get(name, group) == group

    def is_used(self, name: str) -> bool:
        """Return True if this is or was an id; asked of keys of records that changed."""
        return name in self.last or name in self.held

    def stood(self, group: int) -> list[tuple[int, int, str]]:
        """Return when exactly these records stood together: first and last number, and the id."""
        keys = self.members[group]
        found = self._stood.get(digest_of(keys), ())
        return [(since, until, name) for since, until, name, before in found if before == keys]

    def told(self, named: Mapping[int, str]) -> pa.Array:
        """Return the id of each record's cluster, given those of the groups that changed."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        place = np.where(self._same, self._low, 0)
        place[list(named)] = len(self._old_names) + np.arange(len(named))
        every = pa.concat_arrays([self._old_names, pa.array(list(named.values()), pa.string())])
        return pc.take(every, pa.array(place[self._code]))


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column in one piece."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column


def _whole(numbers: pa.Array) -> Ints:
    import numpy as np

    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)
