"""Claims as rows of the `statements` table."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from puente.ingest.source import Claim, SourceFile, SourceInfo


def columns_of(claims: Sequence[Claim], info: SourceInfo, file: SourceFile) -> pa.RecordBatch:
    """Return claims as rows of the `statements` table, with the source's defaults.

    Cost: about 1 microsecond a claim, against 4 for a `Statement` each.
    """
    import pyarrow as pa

    entity_ids, schemata, props, values, originals, lines, dates = zip(*claims, strict=True)
    columns = (entity_ids, schemata, props, values, originals, dates)
    arrays = [pa.array(column, pa.string()) for column in columns]
    return statement_batch(arrays, pa.array(lines, pa.int64()), info, file)


def statement_batch(
    columns: Sequence[pa.Array], lines: pa.Array, info: SourceInfo, file: SourceFile
) -> pa.RecordBatch:
    """Return claims held by column as rows of the `statements` table, with the source's defaults.

    Args:
        columns: entity id, schema, property, value, original, date.
        lines: the line of each claim.
        info, file: whose claims they are.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    entity_id, schema, prop, value, original, date = columns
    text, size = pa.string(), len(lines)
    keys = pc.binary_join_element_wise(info.name, entity_id, prop, value, "\x1f")
    # As `Statement.id` is made.
    digests = b"".join(
        blake2b(key, digest_size=12).digest() for key in keys.cast(pa.binary()).to_pylist()
    )
    fixed = {
        "source": info.name,
        "agency": info.agency,
        "first_seen": file.published,
        "last_seen": file.published,
        "reliability": info.reliability,
        "credibility": info.credibility,
        "marking": info.marking,
        "record_class": info.record_class,
    }
    return pa.RecordBatch.from_pydict(
        {
            "id": _fixed_texts(digests.hex(), size),
            "entity_id": entity_id,
            "schema": schema,
            "prop": prop,
            "value": value,
            "original": original,
            "row": pc.binary_join_element_wise(f"{file.path.name}:", lines.cast(text), ""),
            "date": date,
            **{name: pa.repeat(pa.scalar(value, text), size) for name, value in fixed.items()},
        }
    )


def _fixed_texts(text: str, size: int) -> pa.Array:
    """Return `size` texts of the same length that stand one after the other in `text`."""
    import numpy as np
    import pyarrow as pa

    length = len(text) // size if size else 0
    offsets = (np.arange(size + 1) * length).astype(np.int32)
    return pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(text.encode()))
