"""Events, incidents and counts of a mapping made for the rows of a block at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.errors import InvalidData
from puente.ingest.bulk_columns import Columns, Rows, Template, Worked
from puente.ingest.mapping_emit import place_getter, place_or_state, text_getter
from puente.ingest.mapping_events import (
    NO_FIX,
    event_moment,
    event_number,
    event_text,
    plain_text,
)
from puente.ingest.mapping_tables import count_of, month_of, violent_of
from puente.ingest.mapping_values import compile_test, compile_text
from puente.model.dates import parse_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from puente.ingest.mapping_emit import Setting
    from puente.ingest.mapping_items import RowSpec
    from puente.ingest.mapping_values import Value

    Numbers = np.ndarray[Any, Any]
    Get = Callable[[list[str]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """The entities that rows make under one key: in which rows, and their ids."""

    made: Numbers
    ids: pa.Array

    def texts(self) -> pa.Array:
        """Return the id in each row, "" where there is none."""
        return self.ids if self.made.all() else pc.if_else(pa.array(self.made), self.ids, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Rows of one table: `times` of them for each row of the block in `where`.

    Attributes:
        table: its name.
        where: rows of the block.
        columns: a list of columns for each time, each as long as the block.
    """

    table: str
    where: Numbers
    columns: list[dict[str, pa.Array]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What parts are compiled with.

    Attributes:
        setting: of the file, with a context that counts facts for `Worked` alone.
        width: columns of a row.
    """

    setting: Setting
    width: int

    def worked(self, get: Get, columns: Iterable[str]) -> Worked:
        """Return a part that reads these columns."""
        index = self.setting.index
        ats = [index[column] for column in columns]
        return Worked(get, ats, self.width, self.setting.context)

    def when(self, when: Mapping[str, tuple[str, ...]]) -> Worked | None:
        """Return the test of a `when`, None where there is none."""
        test = compile_test(when, self.setting.index)
        return None if test is None else self.worked(test, when)


def where_of(test: Worked | None, rows: Rows) -> Numbers:
    """Return in which rows a test holds."""
    if test is None:
        return np.ones(rows.columns.size, bool)
    return rows.find(test).truth()


def _filled(texts: pa.Array, rows: Rows, where: Numbers) -> pa.Array:
    """Return texts that must not be empty; where they are, the row is in doubt."""
    rows.doubtful(pc.equal(texts, "").to_numpy(zero_copy_only=False), where)
    return texts


# --- events ------------------------------------------------------------------------------------


class Events:
    """The events of one item of a mapping."""

    def __init__(self, spec: RowSpec, making: Making) -> None:
        values, setting = spec.values, making.setting
        self._test = making.when(spec.when)
        self._id = Template(values["id"].parts, setting.index)
        self._texts = {
            name: making.worked(event_text(spec, name, setting), _columns(values.get(name)))
            for name in ("kind", "category", "unit", "authority")
        }
        self._at = _Moment(values["at"], making)
        place = values.get("place")
        self._place = (
            making.worked(place_or_state(place, setting), place.columns()) if place else None
        )
        self._ends = {name: values.get(name) for name in ("from", "to")}
        self._refs = {
            name: Template(value.parts, setting.index)
            for name, value in self._ends.items()
            if value is not None and value.form == "ref"
        }
        self._numbers = {
            name: _Number(spec, name, making) for name in ("amount", "latitude", "longitude")
        }

    def make(self, rows: Rows, made: Mapping[str, Ids]) -> Tables:
        """Return the events of a block's rows."""
        where = where_of(self._test, rows)
        texts = {name: rows.find(part, where).texts() for name, part in self._texts.items()}
        amount, latitude, longitude = (part.values(rows, where) for part in self._numbers.values())
        latitude, longitude = _position(latitude, longitude, rows, where)
        columns = {
            "event_id": _filled(self._id.texts(rows.columns), rows, where),
            "kind": _filled(texts["kind"], rows, where),
            "at": self._at.texts(rows, where),
            "place": rows.find(self._place, where).texts() if self._place else _nothing(rows),
            "from_id": self._end("from", rows, made, where),
            "to_id": self._end("to", rows, made, where),
            "category": texts["category"],
            "amount": amount,
            "unit": texts["unit"],
            "latitude": latitude,
            "longitude": longitude,
            "authority": texts["authority"],
        }
        return Tables(table="events", where=where, columns=[columns])

    def _end(self, name: str, rows: Rows, made: Mapping[str, Ids], where: Numbers) -> pa.Array:
        value = self._ends[name]
        if value is None:
            return _nothing(rows)
        if value.form == "entity":
            texts = made[value.entity].texts()
        else:
            texts = self._refs[name].texts(rows.columns)
        return _filled(texts, rows, where) if value.required else texts


def _columns(value: Value | None) -> set[str]:
    return value.columns() if value else set()


def _nothing(rows: Rows) -> pa.Array:
    return pa.repeat(pa.scalar("", pa.string()), rows.columns.size)


_SIMPLE_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"
_SIMPLE_MOMENT = (
    r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4})"
    r"[T ](?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)$"
)
_SOME_DAY = "2000-01-01"
_MANY = 4
"""A column has many texts where there are fewer than so many rows for each."""


def _single(value: Value, making: Making) -> int:
    """Return the position of the one column that a value is as it stands, -1 where it is not."""
    part = value.parts[0] if len(value.parts) == 1 else None
    plain = part is not None and part.column and not (part.before or part.transform)
    return making.setting.index[part.column] if part is not None and plain else -1


def _has_many(column: pa.Array) -> bool:
    return bool(
        _MANY * pc.count_distinct(column.slice(0, 10_000)).as_py() > min(len(column), 10_000)
    )


class _Number:
    """A number of an event."""

    def __init__(self, spec: RowSpec, name: str, making: Making) -> None:
        value = spec.values.get(name)
        self._part = making.worked(event_number(spec, name, making.setting), _columns(value))
        self._at = _single(value, making) if value is not None else -1

    def values(self, rows: Rows, where: Numbers) -> pa.Array:
        """Return the number in each row, null where there is none."""
        if self._at >= 0:
            column = rows.columns.array(self._at)
            # Both this engine and Python round a short decimal to the nearest double.
            if (
                _has_many(column)
                and pc.all(pc.match_substring_regex(column, _SIMPLE_NUMBER)).as_py()
            ):
                return column.cast(pa.float64())
        return rows.find(self._part, where).array(pa.float64())


def _position(
    latitude: pa.Array, longitude: pa.Array, rows: Rows, where: Numbers
) -> tuple[pa.Array, pa.Array]:
    """Return degrees as `event_position` would; rows that it would refuse are in doubt."""
    if latitude.null_count == longitude.null_count == len(latitude):
        return latitude, longitude
    there = latitude.is_valid().to_numpy(zero_copy_only=False)
    rows.doubtful(there != longitude.is_valid().to_numpy(zero_copy_only=False), where)
    north, east = (
        pc.fill_null(column, 1.0).to_numpy(zero_copy_only=False) for column in (latitude, longitude)
    )
    rows.doubtful((np.abs(north) > 90) | (np.abs(east) > 180), where)
    nowhere = (north == 0) & (east == 0)
    if nowhere.any():
        rows.tell(NO_FIX, nowhere & where)
        mask = pa.array(nowhere)
        latitude, longitude = (pc.if_else(mask, None, c) for c in (latitude, longitude))
    return latitude, longitude


class _Moment:
    """The moment of an event: day and time of day are read apart, for there are fewer of each."""

    def __init__(self, value: Value, making: Making) -> None:
        setting = making.setting
        self._first = setting.reads_day_first(value)
        self._whole = making.worked(event_moment(value, setting), value.columns())
        self._at = -1 if value.time else _single(value, making)
        self._apart: tuple[Worked, Worked] | None = None
        if value.time:
            get, clock = plain_text(value, setting), setting.index[value.time]
            days = [column for column in value.columns() if column != value.time]
            if all(part.column != value.time for part in value.parts):
                self._apart = (
                    making.worked(lambda cells: self._day(get(cells)), days),
                    making.worked(lambda cells: _clock(cells[clock]), [value.time]),
                )
        context = setting.context
        self._day_and_clock = (
            Worked(lambda cells: self._day(cells[0]), [0], 2, context),
            Worked(lambda cells: _clock(cells[1]), [1], 2, context),
        )

    def _day(self, text: str) -> str:
        if not text:
            raise InvalidData("at: no value")
        return parse_datetime(text, "00:00:00", day_first=self._first)[: len(_SOME_DAY)]

    def texts(self, rows: Rows, where: Numbers) -> pa.Array:
        """Return the moment in each row."""
        if self._apart:
            day, clock = (rows.find(part, where).texts() for part in self._apart)
            return pc.binary_join_element_wise(day, clock, "")
        if self._at >= 0 and _has_many(rows.columns.array(self._at)):
            parted = pc.extract_regex(rows.columns.array(self._at), _SIMPLE_MOMENT)
            if not parted.null_count:
                columns = Columns(pa.table({"0": parted.field("day"), "1": parted.field("clock")}))
                day, clock = (
                    rows.find(part, where, columns).texts() for part in self._day_and_clock
                )
                return pc.binary_join_element_wise(day, clock, "")
        return rows.find(self._whole, where).texts()


def _clock(text: str) -> str:
    """Return a time of day as it stands behind its day, with the `T`.

    Raises: InvalidData: there is none, or it is one of the next day.
    """
    moment = parse_datetime(_SOME_DAY, text) if text.strip() else ""
    if not moment.startswith(f"{_SOME_DAY}T"):
        raise InvalidData("not a time of that day")
    return moment[len(_SOME_DAY) :]


# --- incidents ---------------------------------------------------------------------------------


class Incidents:
    """The incidents of one item of a mapping."""

    def __init__(self, spec: RowSpec, making: Making) -> None:
        item, setting = spec.values, making.setting
        self._test = making.when(spec.when)
        self._id = Template(item["id"].parts, setting.index)
        self._parts = {
            "date": making.worked(
                text_getter("date", item["date"], "date", setting), item["date"].columns()
            ),
            "place": making.worked(place_or_state(item["place"], setting), item["place"].columns()),
            "category": making.worked(
                text_getter("category", item["category"], "text", setting),
                item["category"].columns(),
            ),
        }
        violent = item.get("violent")
        self._violent = (
            making.worked(violent_of(violent, setting.index), violent.columns())
            if violent
            else None
        )
        self._key = str(item["entity"].fixed) if "entity" in item else ""

    def make(self, rows: Rows, made: Mapping[str, Ids]) -> Tables:
        """Return the incidents of a block's rows."""
        where = where_of(self._test, rows)
        texts = {name: rows.find(part, where).texts() for name, part in self._parts.items()}
        columns = {
            "incident_id": _filled(self._id.texts(rows.columns), rows, where),
            "date": _filled(texts["date"], rows, where),
            "place": texts["place"],
            "category": texts["category"],
            "violent": (
                rows.find(self._violent, where).array(pa.bool_())
                if self._violent
                else pa.nulls(rows.columns.size, pa.bool_())
            ),
            "entity_id": made[self._key].texts() if self._key in made else _nothing(rows),
        }
        return Tables(table="incidents", where=where, columns=[columns])


# --- counts ------------------------------------------------------------------------------------


class Counts:
    """The counts of one item of a mapping: one in a row, or one for each of its columns."""

    def __init__(self, spec: RowSpec, making: Making) -> None:
        item, setting = spec.values, making.setting
        self._test = making.when(spec.when)
        find = place_getter(item["place"], setting)
        self._place = making.worked(lambda cells: find(cells)[0], item["place"].columns())
        self._month = making.worked(month_of(item["month"], setting), item["month"].columns())
        self._wide = [
            (name.removeprefix("records."), _count_part(value, making))
            for name, value in item.items()
            if name.startswith("records.")
        ]
        self._record = self._count = None
        if "record" in item and "count" in item:
            record = item["record"]
            self._record = making.worked(
                text_getter("record", record, "text", setting), record.columns()
            )
            self._count = _count_part(item["count"], making)

    def make(self, rows: Rows, made: Mapping[str, Ids]) -> Tables:  # noqa: ARG002 - one signature for all
        """Return the counts of a block's rows."""
        where = where_of(self._test, rows)
        shared = {
            "place": _filled(rows.find(self._place, where).texts(), rows, where),
            "month": rows.find(self._month, where).texts(),
        }
        columns = []
        for record, part in self._wide:
            same = pa.repeat(pa.scalar(record, pa.string()), rows.columns.size)
            count = rows.find(part, where).array(pa.int64())
            columns.append({**shared, "record": _filled(same, rows, where), "count": count})
        if self._record is not None and self._count is not None:
            record_texts = _filled(rows.find(self._record, where).texts(), rows, where)
            count = rows.find(self._count, where).array(pa.int64())
            columns.append({**shared, "record": record_texts, "count": count})
        return Tables(table="counts", where=where, columns=columns)


def _count_part(value: Value, making: Making) -> Worked:
    get = compile_text(value.parts, making.setting.index)
    return making.worked(lambda cells: count_of("", get(cells)), value.columns())
