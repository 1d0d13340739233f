"""The claims of a block's rows, each once in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from puente.ingest.bulk_claims import Claims
    from puente.ingest.bulk_columns import Found
    from puente.ingest.mapping_once import Once
    from puente.ingest.source import Claim

    Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The rows of a block that claims are asked of.

    Attributes:
        certain: which are certain.
        lines: the line of each.
        dates: the date of each; None where rows have none.
    """

    certain: Numbers
    lines: Numbers
    dates: Found | None

    def date(self, row: int) -> str:
        """Return the date of a row."""
        return str(self.dates.values[self.dates.codes[row]]) if self.dates else ""


Placed = tuple[int, int, "list[Claim]"]
"""Claims with what sorts them: twice the number of their row, and one; then their property."""


def claims_once(
    claims: Iterable[Claims], others: Sequence[Placed], asked: Asked, once: Once
) -> list[Claim]:
    """Return the claims that a file has not made before, in the order of its rows.

    Args:
        claims: of the rows that are certain, in the order in which a row makes them.
        others: those of the block's other rows.
        asked: the rows.
        once: what the file has said so far.
    """
    groups = [_Group(item, asked) for item in claims]
    entries: list[tuple[int, int, list[Claim], _Group | None, int]] = [
        (*other, None, 0) for other in others
    ]
    for order, group in enumerate(groups):
        for number, row, found in group.first(asked):
            entries.append((2 * row + 1, order, found, group, number))
    entries.sort(key=lambda entry: entry[:2])
    placed: list[Placed] = []
    for at, order, found, kind, number in entries:
        kept, again = [], []
        for claim in found:
            forgotten = once.is_full
            if once.is_new(claim):
                kept.append(claim)
                if forgotten:
                    again.append(claim)
        placed.append((at, order, kept))
        if again and kind is not None:
            placed += kind.repeated(number, again, order, asked)
    placed.sort(key=lambda entry: entry[:2])
    return [claim for _at, _order, kept in placed for claim in kept]


class _Group:
    """The claims of one property, those that are the same but for their line together."""

    def __init__(self, claims: Claims, asked: Asked) -> None:
        self._claims = claims
        self._rows = np.flatnonzero(claims.where & asked.certain)
        codes = _codes(claims.ids)
        said = claims.said.codes if claims.said is not None else _codes(claims.target)
        for more in (said, asked.dates.codes if asked.dates else None):
            if more is not None:
                codes = codes.astype(np.int64) * (int(more.max(initial=0)) + 1) + more
        coded = pa.array(codes[self._rows]).dictionary_encode()
        self._codes = coded.indices.to_numpy()
        self._first = np.zeros(len(coded.dictionary), np.int64)
        # Of several rows the last that is written stays: the first of the block.
        self._first[self._codes[::-1]] = self._rows[::-1]
        self._order: Numbers | None = None

    def first(self, asked: Asked) -> Iterator[tuple[int, int, list[Claim]]]:
        """Yield each kind of claims: its number, its first row, and the claims of that row."""
        claims = self._claims
        taken = pa.array(self._first)
        ids = claims.ids.take(taken).to_pylist()
        targets = claims.target.take(taken).to_pylist() if claims.said is None else ids
        for number, row in enumerate(self._first.tolist()):
            if claims.said is not None:
                said = claims.said.values[claims.said.codes[row]]
            else:
                said = ((claims.schema, claims.prop, targets[number], ""),)
            line, day = int(asked.lines[row]), asked.date(row)
            found = [(ids[number], *one, line, day) for one in said]
            if found:
                yield number, row, found

    def repeated(
        self, number: int, claims: list[Claim], order: int, asked: Asked
    ) -> Iterator[Placed]:
        """Yield claims once more for every later row of their kind."""
        if self._order is None:
            self._order = np.argsort(self._codes, kind="stable")
        start, end = np.searchsorted(self._codes, [number, number + 1], sorter=self._order)
        for row in self._rows[self._order[start + 1 : end]].tolist():
            line = int(asked.lines[row])
            yield 2 * row + 1, order, [(*claim[:5], line, claim[6]) for claim in claims]


def _codes(texts: pa.Array) -> Numbers:
    return np.asarray(texts.dictionary_encode().indices)
