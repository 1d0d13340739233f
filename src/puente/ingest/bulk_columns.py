"""The columns of a block, and parts of a mapping worked out once for each text that they hold.

A column of a million rows holds few texts: the same function that reads one row reads each of them,
and the rows take what came of it. So speed costs no second reading of dates, places or numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.errors import InvalidData
from puente.ingest.mapping_values import TRANSFORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from puente.ingest.mapping_values import Part
    from puente.ingest.source import LoadContext

    Numbers = np.ndarray[Any, Any]
    Key = str | tuple[str, ...]

KEPT = 100_000
"""Texts of one part whose values are held from block to block."""


class Bad:
    """Stands for a value that does not parse: the row is read as ever, and says why."""


BAD = Bad()
_NEW = Bad()


class Columns:
    """The plain rows of a block, by column, cleaned as `Plan` cleans them."""

    def __init__(self, table: pa.Table, empty: frozenset[str] = frozenset()) -> None:
        self.size = len(table)
        self._table = table
        self._empty = empty
        self._arrays: dict[int, pa.Array] = {}
        self._coded: dict[tuple[int, ...], tuple[Numbers, list[Any]]] = {}

    def array(self, at: int) -> pa.Array:
        """Return a column's texts."""
        if at not in self._arrays:
            column = self._table.column(str(at)).combine_chunks()
            whole = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
            if self._empty or _may_have_spaces(whole):
                coded = whole.dictionary_encode()
                texts = [self._cleaned(text) for text in coded.dictionary.to_pylist()]
                whole = pa.array(texts, pa.string()).take(coded.indices)
            self._arrays[at] = whole
        return self._arrays[at]

    def _cleaned(self, text: str) -> str:
        text = text.strip()
        return "" if text in self._empty else text

    def keys(self, ats: tuple[int, ...]) -> tuple[Numbers, list[Any]]:
        """Return which of the texts that columns hold together stands in each row, and these.

        The texts are plain where there is one column, tuples where there are several or none.
        """
        if ats not in self._coded:
            if not ats:
                self._coded[ats] = np.zeros(self.size, np.int64), [()] if self.size else []
            elif len(ats) == 1:
                coded = self.array(ats[0]).dictionary_encode()
                self._coded[ats] = coded.indices.to_numpy(), coded.dictionary.to_pylist()
            else:
                self._coded[ats] = self._together(ats)
        return self._coded[ats]

    def _together(self, ats: tuple[int, ...]) -> tuple[Numbers, list[Any]]:
        codes, texts = self.keys(ats[:1])
        keys: list[tuple[str, ...]] = [(text,) for text in texts]
        for at in ats[1:]:
            more, texts = self.keys((at,))
            size = max(1, len(texts))
            coded = pa.array(codes.astype(np.int64) * size + more).dictionary_encode()
            pairs = coded.dictionary.to_pylist()
            keys = [(*keys[pair // size], texts[pair % size]) for pair in pairs]
            codes = coded.indices.to_numpy()
        return codes, keys


def _may_have_spaces(column: pa.Array) -> bool:
    """Return False where no text of a column begins or ends with white space, for certain."""
    if not len(column):
        return False
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset :][: len(column) + 1]
    filled = offsets[1:] > offsets[:-1]
    if not filled.any():
        return False
    data = np.frombuffer(column.buffers()[2], np.uint8)
    edges = np.concatenate((data[offsets[:-1][filled]], data[offsets[1:][filled] - 1]))
    # White space beyond ASCII begins and ends with bytes from 128 on.
    return bool(((edges <= 32) | (edges >= 128)).any())


# --- parts of a mapping ------------------------------------------------------------------------


@dataclass(slots=True)
class Found:
    """What came of a part for the rows of a block.

    Attributes:
        codes: which of `values` each row has.
        values: of each of the texts; `BAD` where it does not parse.
        told: facts to be counted for every row that has a text.
    """

    codes: Numbers
    values: list[Any]
    told: list[tuple[int, Mapping[str, int]]] = field(default_factory=list)

    def texts(self) -> pa.Array:
        """Return the value of each row as text, "" where it is bad."""
        values = ["" if value is BAD else value for value in self.values]
        return pa.array(values, pa.string()).take(pa.array(self.codes))

    def array(self, kind: pa.DataType) -> pa.Array:
        """Return the value of each row, null where it is bad."""
        values = [None if value is BAD else value for value in self.values]
        return pa.array(values, kind).take(pa.array(self.codes))

    def truth(self) -> Numbers:
        """Return in which rows there is a value that is neither bad nor empty."""
        values = [value is not BAD and bool(value) for value in self.values]
        return np.array(values, bool)[self.codes]


class Worked:
    """Values of one part of a mapping by the texts of its columns.

    Args:
        get: reads the part from a row's cells.
        ats: positions of the columns that it reads.
        width: columns of a row.
        shadow: the context that `get` counts its facts on; it counts for nothing else.
    """

    def __init__(
        self,
        get: Callable[[list[str]], object],
        ats: Iterable[int],
        width: int,
        shadow: LoadContext,
    ) -> None:
        self.ats = tuple(sorted(set(ats)))
        self._get = get
        self._cells = [""] * width
        self._shadow = shadow
        self._held: dict[Any, object] = {}
        self._told: dict[Any, Mapping[str, int]] = {}

    def _value(self, key: Key) -> object:
        """Return the value of texts; it is worked out where they were not met before."""
        value = self._held.get(key, _NEW)
        if value is not _NEW:
            return value
        texts = (key,) if isinstance(key, str) else key
        for at, text in zip(self.ats, texts, strict=True):
            self._cells[at] = text
        try:
            value = self._get(self._cells)
        except InvalidData:
            value = BAD
        if self._shadow.facts:
            if value is not BAD:
                self._told[key] = self._shadow.facts
            self._shadow.facts = {}
        self._held[key] = value
        return value

    def found(self, columns: Columns) -> Found:
        """Return the part's values for the rows of a block."""
        codes, keys = columns.keys(self.ats)
        values = [self._value(key) for key in keys]
        told = self._told
        facts = [(n, told[key]) for n, key in enumerate(keys) if key in told] if told else []
        if len(self._held) > KEPT or 2 * len(keys) > columns.size:
            self._held.clear()
            self._told.clear()
        return Found(codes, values, facts)


class Rows:
    """What is known of the rows of a block: which cannot be taken for certain, and facts."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.doubt = np.zeros(columns.size, bool)
        self._facts: list[tuple[Found, Numbers | None]] = []
        self._told: list[tuple[str, Numbers]] = []

    def find(
        self, part: Worked, where: Numbers | None = None, columns: Columns | None = None
    ) -> Found:
        """Return a part's values; rows in which it is bad are in doubt.

        Args:
            part: what to work out.
            where: the rows in which it is asked for; None is all.
            columns: what it reads, where these are not the block's.
        """
        found = part.found(columns or self.columns)
        bad = np.array([value is BAD for value in found.values], bool)
        if bad.any():
            self.doubtful(bad[found.codes], where)
        if found.told:
            self._facts.append((found, where))
        return found

    def doubtful(self, rows: Numbers, where: Numbers | None = None) -> None:
        """Let rows be in doubt."""
        self.doubt |= rows if where is None else rows & where

    def tell(self, fact: str, rows: Numbers) -> None:
        """Let a fact be counted for some rows."""
        self._told.append((fact, rows))

    def count(self, context: LoadContext) -> None:
        """Count the facts of those rows that are certain."""
        certain = ~self.doubt
        for fact, told in self._told:
            if n := int((told & certain).sum()):
                context.fact(fact, n)
        for found, where in self._facts:
            asked = certain if where is None else certain & where
            times = np.bincount(found.codes[asked], minlength=len(found.values))
            for number, facts in found.told:
                for fact, n in facts.items():
                    if times[number]:
                        context.fact(fact, n * int(times[number]))


class Template:
    """A template filled in by column: "" in rows where any of its columns is empty."""

    def __init__(self, parts: Sequence[Part], index: Mapping[str, int]) -> None:
        self._parts = [
            (part.before, index[part.column] if part.column else -1, part.transform)
            for part in parts
        ]
        self._worked: list[dict[str, str]] = [{} for _part in parts]

    def texts(self, columns: Columns) -> pa.Array:
        """Return the text of each row."""
        pieces: list[Any] = []
        lacking = np.zeros(columns.size, bool)
        for number, (before, at, transform) in enumerate(self._parts):
            if before:
                pieces.append(before)
            if at >= 0:
                piece = self._piece(number, at, transform, columns)
                empty = pc.equal(piece, "").to_numpy(zero_copy_only=False)
                lacking |= empty
                pieces.append(piece)
        if len(pieces) == 1:
            return pieces[0]
        whole = pc.binary_join_element_wise(*pieces, "")
        return pc.if_else(pa.array(lacking), "", whole) if lacking.any() else whole

    def _piece(self, number: int, at: int, transform: str, columns: Columns) -> pa.Array:
        if not transform:
            return columns.array(at)
        codes, texts = columns.keys((at,))
        worked, change = self._worked[number], TRANSFORMS[transform]
        for text in texts:
            if text not in worked:
                worked[text] = change(text)
        changed = pa.array([worked[text] for text in texts], pa.string())
        if len(worked) > KEPT:
            worked.clear()
        return changed.take(pa.array(codes))
