"""Entities of a mapping made for the rows of a block at once: their ids and their claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.ingest.bulk_columns import Found, Rows, Template, Worked
from puente.ingest.bulk_rows import Ids, Making, where_of
from puente.ingest.mapping_emit import Row, compile_prop, text_getter
from puente.ingest.mapping_safeguards import compile_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from puente.ingest.mapping_emit import Emit
    from puente.ingest.mapping_items import EntitySpec
    from puente.ingest.mapping_values import Value

    Numbers = np.ndarray[Any, Any]
    Said = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Claims of one property of one entity, for rows of a block.

    Attributes:
        where: the rows.
        ids: of the entity, in every row.
        said: schema, property, value and original of each claim that a row makes.
        target: ids that the property points at, in place of `said`.
        schema, prop: of the claims that point at `target`.
    """

    where: Numbers
    ids: pa.Array
    said: Found | None = None
    target: pa.Array = None
    schema: str = ""
    prop: str = ""


def _said(emit: Emit, columns: set[str], making: Making, day: Value | None = None) -> Worked:
    """Return the part that makes the claims of one property.

    Args:
        emit: adds them to a row.
        columns: that it reads.
        making: of the file.
        day: the row's date, where the claims hang on it.
    """
    get_date = text_getter("date", day, "date", making.setting) if day is not None else None

    def said(cells: list[str]) -> tuple[Said, ...]:
        row = Row(line=0, date=get_date(cells) if get_date else "")
        emit(cells, row)
        return tuple((schema, prop, v, text) for _e, schema, prop, v, text, _l, _d in row.held)

    return making.worked(said, columns | (day.columns() if day is not None else set()))


class Entity:
    """One entity of a mapping."""

    def __init__(self, spec: EntitySpec, day: Value | None, making: Making) -> None:
        setting = making.setting
        self.key = spec.key
        self._schema = spec.schema.name
        self._test = making.when(spec.when)
        self._id = Template(spec.id_parts, setting.index)
        ends = {spec.schema.source_prop, spec.schema.target_prop} - {""}
        self._needs = [v.entity for prop, v in spec.props if prop in ends and v.entity]
        self._props: list[tuple[str, str, Worked | None]] = []
        for prop, value in spec.props:
            if value.form == "entity":
                self._props.append((prop, value.entity, making.when(value.when)))
            else:
                emit = compile_prop(spec.schema, prop, value, setting)
                self._props.append((prop, "", _said(emit, value.columns(), making)))
        label = compile_label(spec, None, setting)
        if label is not None:
            minor, columns = spec.minor, spec.role.columns() if spec.role else set()
            if minor is not None:
                columns |= {minor.born, minor.age, minor.date} - {""}
            by_row = minor is not None and not minor.date
            part = _said(label, columns, making, day if by_row else None)
            self._props.append(("", "", part))

    def ids(self, rows: Rows) -> Ids:
        """Return in which rows there is such an entity, and its id in each."""
        where = where_of(self._test, rows)
        ids = self._id.texts(rows.columns)
        rows.doubtful(pc.equal(ids, "").to_numpy(zero_copy_only=False), where)
        return Ids(made=where, ids=ids)

    def claims(self, rows: Rows, made: Mapping[str, Ids]) -> Iterator[Claims]:
        """Yield the claims of each property."""
        own = made[self.key]
        where = own.made.copy()
        for need in self._needs:
            where &= made[need].made
        for prop, target, part in self._props:
            if part is not None and not target:
                yield Claims(where=where, ids=own.ids, said=rows.find(part, where))
            elif target:
                there = where & made[target].made & where_of(part, rows)
                yield Claims(
                    where=there, ids=own.ids, target=made[target].ids,
                    schema=self._schema, prop=prop,
                )  # fmt: skip


# --- every claim -------------------------------------------------------------------------------


def claim_columns(claims: Claims, certain: Numbers) -> Iterator[tuple[Numbers, list[pa.Array]]]:
    """Yield the rows that make a claim and, for these, the columns of the claim but its date.

    Where a row makes several, each is yielded after the one before it.
    """
    where = claims.where & certain
    if claims.said is None:
        rows = np.flatnonzero(where)
        size = len(rows)
        fixed = [
            pa.repeat(pa.scalar(text, pa.string()), size) for text in (claims.schema, claims.prop)
        ]
        taken = pa.array(rows)
        empty = pa.repeat(pa.scalar("", pa.string()), size)
        yield rows, [claims.ids.take(taken), *fixed, claims.target.take(taken), empty]
        return
    values = [value if isinstance(value, tuple) else () for value in claims.said.values]
    most = max((len(value) for value in values), default=0)
    for number in range(most):
        has = np.array([len(value) > number for value in values], bool)
        rows = np.flatnonzero(where & has[claims.said.codes])
        if not len(rows):
            continue
        codes = pa.array(claims.said.codes[rows])
        said = [value[number] if len(value) > number else ("", "", "", "") for value in values]
        columns = [_taken(list(column), codes) for column in zip(*said, strict=True)]
        yield rows, [claims.ids.take(pa.array(rows)), *columns]


def _taken(texts: list[str], codes: pa.Array) -> pa.Array:
    return pa.array(texts, pa.string()).take(codes)
