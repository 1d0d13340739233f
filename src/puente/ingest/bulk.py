"""Flat files read through a mapping by the block: the same outcome, several times as fast.

Each part of a mapping is worked out once for every text that its columns hold in a block, by the
function that reads a row. A row in which any part does not parse is in doubt; it goes through the
ordinary `Plan`, which says why it is rejected. So there is one way to read a value and one way to
reject a row, and tables, rejects and facts are those of the rows read one by one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from puente.ingest.bulk_claims import Claims, Entity, claim_columns
from puente.ingest.bulk_columns import Columns, Rows, Worked
from puente.ingest.bulk_once import Asked, claims_once
from puente.ingest.bulk_rows import Counts, Events, Incidents, Making, Tables
from puente.ingest.claims import statement_batch
from puente.ingest.mapping_emit import text_getter
from puente.ingest.source import Batch, Reject
from puente.store.tables import LOAD_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from puente.ingest.bulk_blocks import Block
    from puente.ingest.bulk_columns import Found
    from puente.ingest.mapping_apply import Applied
    from puente.ingest.mapping_emit import Row as Made
    from puente.ingest.mapping_rows import Plan
    from puente.ingest.mapping_spec import Spec
    from puente.ingest.source import Handed

    Numbers = np.ndarray[Any, Any]


class Bulk:
    """A mapping compiled for the blocks of one file.

    Args:
        spec: what the mapping says of rows; it has no suspicions.
        plan: the same, compiled for rows one by one.
        applied: the plan at work.
    """

    def __init__(self, spec: Spec, plan: Plan, applied: Applied) -> None:
        context = plan.setting.context
        setting = replace(plan.setting, context=replace(context, facts={}))
        making = Making(setting=setting, width=1 + max(setting.index.values()))
        self._context, self._applied = context, applied
        self._date: Worked | None = None
        if spec.date is not None:
            get = text_getter("date", spec.date, "date", setting)
            self._date = making.worked(get, spec.date.columns())
        self._entities = [Entity(entity, spec.date, making) for entity in spec.entities]
        self._makers: list[Incidents | Counts | Events] = [
            *(Incidents(item, making) for item in spec.incidents),
            *(Counts(item, making) for item in spec.counts),
            *(Events(item, making) for item in spec.events),
        ]

    def apply(self, block: Block) -> Iterator[Handed]:
        """Yield what the rows of a block say."""
        rows = Rows(Columns(block.columns, self._applied.plan.empty))
        dates = rows.find(self._date) if self._date else None
        made = {entity.key: entity.ids(rows) for entity in self._entities}
        claims = [claim for entity in self._entities for claim in entity.claims(rows, made)]
        tables = [maker.make(rows, made) for maker in self._makers]
        rows.count(self._context)
        others: list[tuple[int, Made]] = []
        for at, item in self._one_by_one(block, rows.doubt):
            if isinstance(item, Reject):
                yield item
            else:
                others.append((at, item))
        asked = Asked(certain=~rows.doubt, lines=block.lines, dates=dates)
        yield from self._statements(claims, others, asked)
        for table in dict.fromkeys([*(t.table for t in tables), *_named(others)]):
            yield from _batch(table, tables, others, asked.certain)

    def _one_by_one(self, block: Block, doubt: Numbers) -> Iterator[tuple[int, Made | Reject]]:
        """Yield what comes of the rows that are not certain, and what sorts them."""
        single = [(2 * at, item) for at, item in block.strays]
        single += [(2 * at + 1, block.row(at)) for at in np.flatnonzero(doubt).tolist()]
        single.sort(key=lambda pair: pair[0])
        for at, item in single:
            yield at, item if isinstance(item, Reject) else self._applied.row(item)

    def _statements(
        self, claims: Sequence[Claims], others: Sequence[tuple[int, Made]], asked: Asked
    ) -> Iterator[Handed]:
        once = self._applied.once
        if once is not None:
            yield claims_once(claims, [(at, -1, row.held) for at, row in others], asked, once)
            return
        parts = [part for claim in claims for part in claim_columns(claim, asked.certain)]
        places = [2 * rows + 1 for rows, _columns in parts]
        lines = [asked.lines[rows] for rows, _columns in parts]
        dates = [_dates(asked.dates, rows) for rows, _columns in parts]
        columns = [columns for _rows, columns in parts]
        held = [(at, claim) for at, row in others for claim in row.held]
        if held:
            entity, schema, prop, value, original, line, date = zip(
                *(claim for _at, claim in held), strict=True
            )
            places.append(np.array([at for at, _claim in held]))
            lines.append(np.array(line))
            dates.append(pa.array(date, pa.string()))
            texts = (entity, schema, prop, value, original)
            columns.append([pa.array(text, pa.string()) for text in texts])
        if not places:
            return
        order = pa.array(np.argsort(np.concatenate(places), kind="stable"))
        whole = [pa.concat_arrays(column) for column in zip(*columns, strict=True)]
        whole.append(pa.concat_arrays(dates))
        ordered = [column.take(order) for column in whole]
        line = pa.array(np.concatenate(lines)).take(order)
        if len(line):
            yield Batch(
                table="statements",
                rows=statement_batch(ordered, line, self._context.info, self._context.file),
            )


def _dates(dates: Found | None, rows: Numbers) -> pa.Array:
    if dates is None:
        return pa.repeat(pa.scalar("", pa.string()), len(rows))
    return dates.texts().take(pa.array(rows))


def _named(others: Sequence[tuple[int, Made]]) -> list[str]:
    return [name for _at, row in others for name, _made in row.rows]


def _batch(
    table: str, tables: Sequence[Tables], others: Sequence[tuple[int, Made]], certain: Numbers
) -> Iterator[Batch]:
    """Yield the rows of one table that a block makes, in the order of its rows."""
    batches, places = [], []
    for part in tables:
        if part.table == table:
            rows = np.flatnonzero(part.where & certain)
            whole = len(rows) == len(certain)
            for columns in part.columns:
                batch = pa.RecordBatch.from_pydict(columns)
                batches.append(batch if whole else batch.take(pa.array(rows)))
                places.append(2 * rows + 1)
    held = [(at, made) for at, row in others for name, made in row.rows if name == table]
    if held:
        names = list(held[0][1])
        schema = pa.schema([LOAD_TABLES[table].field(name) for name in names])
        batches.append(pa.RecordBatch.from_pylist([made for _at, made in held], schema=schema))
        places.append(np.array([at for at, _made in held]))
    if len(batches) == 1:
        (rows_made,) = batches
    else:
        names = batches[0].schema.names
        order = pa.array(np.argsort(np.concatenate(places), kind="stable"))
        rows_made = pa.RecordBatch.from_arrays(
            [
                pa.concat_arrays([batch.column(name) for batch in batches]).take(order)
                for name in names
            ],
            names=names,
        )
    if len(rows_made):
        yield Batch(table=table, rows=rows_made)
