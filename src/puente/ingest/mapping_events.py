"""Events of a YAML mapping: bulk records of one row each, without statements of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_emit import place_or_state, text_getter
from puente.ingest.mapping_values import Value, compile_id, compile_test, compile_text
from puente.model.dates import parse_datetime
from puente.model.values import parse_number

NO_FIX = "positions 0, 0 taken as not given"
"""The fact that counts them."""

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.ingest.mapping_emit import Row, Setting
    from puente.ingest.mapping_items import RowSpec
    from puente.ingest.mapping_tables import Maker

    Text = Callable[[list[str]], str]
    Number = Callable[[list[str]], float | None]
    Position = Callable[[list[str]], tuple[float | None, float | None]]


def compile_events(spec: RowSpec, setting: Setting) -> Maker:
    """Return what adds the event of a row to it."""
    test = compile_test(spec.when, setting.index)
    get_id = compile_id(spec.values["id"].parts, setting.index)
    get_at = event_moment(spec.values["at"], setting)
    get_kind, get_category, get_unit, get_authority = (
        event_text(spec, name, setting) for name in ("kind", "category", "unit", "authority")
    )
    get_from, get_to = (_end(spec, name, setting) for name in ("from", "to"))
    place = spec.values.get("place")
    get_place = place_or_state(place, setting) if place else _nothing
    get_amount, get_position = event_number(spec, "amount", setting), event_position(spec, setting)

    def make(cells: list[str], row: Row) -> None:
        if test is not None and not test(cells):
            return
        found = get_id(cells)
        if not found:
            raise InvalidData("event: a column of its id is empty")
        kind = get_kind(cells)
        if not kind:
            raise InvalidData("event: no kind")
        latitude, longitude = get_position(cells)
        made: dict[str, object] = {
            "event_id": found,
            "kind": kind,
            "at": get_at(cells),
            "place": get_place(cells),
            "from_id": get_from(cells, row),
            "to_id": get_to(cells, row),
            "category": get_category(cells),
            "amount": get_amount(cells),
            "unit": get_unit(cells),
            "latitude": latitude,
            "longitude": longitude,
            "authority": get_authority(cells),
        }
        row.rows.append(("events", made))

    return make


def _nothing(cells: list[str]) -> str:  # noqa: ARG001 - one signature for all
    return ""


def event_text(spec: RowSpec, name: str, setting: Setting) -> Text:
    """Return what gets a text of an event from a row; "" where it has none."""
    value = spec.values.get(name)
    if value is None:
        return _nothing
    get = text_getter(name, value, "text", setting)
    if not value.required:
        return get

    def get_text(cells: list[str]) -> str:
        text = get(cells)
        if not text:
            raise InvalidData(f"{name}: no value")
        return text

    return get_text


def plain_text(value: Value, setting: Setting) -> Text:
    """Return what gets a text as it stands in a row."""
    if value.parts:
        return compile_text(value.parts, setting.index)
    fixed = str(value.fixed)
    return lambda _: fixed


def _end(spec: RowSpec, name: str, setting: Setting) -> Callable[[list[str], Row], str]:
    value = spec.values.get(name)
    if value is None:
        return lambda _cells, _row: ""
    if value.form == "entity":
        key, required = value.entity, value.required

        def get_made(cells: list[str], row: Row) -> str:  # noqa: ARG001 - one signature for all
            target = row.made.get(key, "")
            if required and not target:
                raise InvalidData(f"{name}: no value")
            return target

        return get_made
    get, required = compile_id(value.parts, setting.index), value.required

    def get_ref(cells: list[str], row: Row) -> str:  # noqa: ARG001 - one signature for all
        target = get(cells)
        if required and not target:
            raise InvalidData(f"{name}: no value")
        return target

    return get_ref


def event_moment(value: Value, setting: Setting) -> Text:
    """Return what gets the moment of an event from a row."""
    get = plain_text(value, setting)
    clock = setting.index[value.time] if value.time else -1
    first = setting.reads_day_first(value)

    def get_moment(cells: list[str]) -> str:
        text = get(cells)
        if not text:
            raise InvalidData("at: no value")
        time = cells[clock] if clock >= 0 else ""
        try:
            return parse_datetime(text, time, day_first=first)
        except InvalidData as error:
            raise InvalidData(f"at: {error.reason}: {f'{text} {time}'[:40]!r}") from None

    return get_moment


def event_number(spec: RowSpec, name: str, setting: Setting) -> Number:
    """Return what gets a number of an event from a row; None where it has none."""
    value = spec.values.get(name)
    if value is None:
        return lambda _: None
    get = plain_text(value, setting)

    def get_number(cells: list[str]) -> float | None:
        text = get(cells)
        if not text:
            if value.required:
                raise InvalidData(f"{name}: no value")
            return None
        try:
            return float(parse_number(text))
        except InvalidData as error:
            raise InvalidData(f"{name}: {error.reason}: {text[:40]!r}") from None

    return get_number


def event_position(spec: RowSpec, setting: Setting) -> Position:
    """Return what gets where an event was, in degrees; None where that is not given."""
    if "latitude" not in spec.values:
        return lambda _: (None, None)
    get_latitude, get_longitude = (
        event_number(spec, name, setting) for name in ("latitude", "longitude")
    )
    context = setting.context

    def get_position(cells: list[str]) -> tuple[float | None, float | None]:
        latitude, longitude = get_latitude(cells), get_longitude(cells)
        if latitude is None and longitude is None:
            return None, None
        if latitude is None or longitude is None:
            raise InvalidData("latitude, longitude: one without the other")
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise InvalidData("latitude, longitude: no place on earth; are they swapped?")
        if not latitude and not longitude:
            # What a device writes that has no fix; a point in the Gulf of Guinea otherwise.
            context.fact(NO_FIX)
            return None, None
        return latitude, longitude

    return get_position
