"""Entity ids as numbers, sorted: the same network gives the same arrays in any row order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Numbers = np.ndarray[Any, np.dtype[np.int32]]


def number(
    columns: Sequence[pa.ChunkedArray], also: Iterable[str] = ()
) -> tuple[pa.StringArray, tuple[Numbers, ...]]:
    """Return all distinct ids, sorted, and each column as int32 positions among them.

    Args:
        columns: text columns of ids, none null.
        also: further ids to number, e.g. seeds that no edge names.

    Cost: 1.6 CPU-s for two columns of 5 M ids of 1 M entities.
    """
    chunks = [chunk for column in columns for chunk in column.chunks]
    chunks.append(pa.array(sorted(set(also)), pa.string()))
    coded = pa.chunked_array([c for c in chunks if len(c)], pa.string()).dictionary_encode()
    if not coded.num_chunks:
        return pa.array([], pa.string()), tuple(np.zeros(0, np.int32) for _column in columns)
    found = coded.chunk(0).dictionary
    order = pc.sort_indices(found).to_numpy()
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    parts = []
    at = 0
    for column in columns:
        held = sum(len(chunk) > 0 for chunk in column.chunks)
        own = coded.chunks[at : at + held]
        at += held
        codes = [chunk.indices.to_numpy() for chunk in own] or [np.zeros(0, np.int32)]
        parts.append(rank[np.concatenate(codes)])
    return found.take(pa.array(order)), tuple(parts)


def positions(ids: pa.StringArray, wanted: Iterable[str]) -> Numbers:
    """Return the sorted positions in `ids` of those `wanted` that are there."""
    asked = pa.array(sorted(set(wanted)), pa.string())
    found = pc.drop_null(pc.index_in(asked, ids))
    numbers: Numbers = np.sort(found.to_numpy())
    return numbers
