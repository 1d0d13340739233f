"""Incidents and counts of a YAML mapping, compiled to functions of a row's cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_emit import Row, Setting, place_getter, text_getter
from puente.ingest.mapping_values import Value, compile_id, compile_test, compile_text
from puente.model.dates import parse_date, parse_month
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Maker = Callable[[list[str], Row], list[dict[str, object]]]


def compile_incidents(item: Mapping[str, Value], setting: Setting) -> Maker:
    """Return what makes the incident of a row."""
    index = setting.index
    test = compile_test(item["when"].when, index) if "when" in item else None
    get_id = compile_id(item["id"].parts, index)
    get_date = text_getter(item["date"], "date", setting)
    get_category = text_getter(item["category"], "text", setting)
    get_place = place_getter(item["place"], setting)
    get_violent = _boolean(item["violent"], index) if "violent" in item else None
    key = str(item["entity"].fixed) if "entity" in item else ""
    state_column = index[item["place"].pair[0]] if item["place"].form == "place" else -1

    def make(cells: list[str], row: Row) -> list[dict[str, object]]:
        if test is not None and not test(cells):
            return []
        found = get_id(cells)
        if not found:
            raise InvalidData("incident: a column of its id is empty")
        day = get_date(cells)
        if not day:
            raise InvalidData("incident: no date")
        place, _ = get_place(cells)
        if not place and state_column >= 0:
            state = setting.context.gazetteer.state_code(cells[state_column])
            place = f"{state}999" if state else ""
        return [
            {
                "incident_id": found,
                "date": day,
                "place": place,
                "category": get_category(cells),
                "violent": get_violent(cells) if get_violent else None,
                "entity_id": row.made.get(key, ""),
            }
        ]

    return make


_YES = frozenset({"true", "yes", "si", "sí", "1", "con violencia", "s", "y"})
_NO = frozenset({"false", "no", "0", "sin violencia", "n"})


def _boolean(value: Value, index: Mapping[str, int]) -> Callable[[list[str]], bool | None]:
    if value.form == "value":
        fixed = bool(value.fixed)
        return lambda _: fixed
    get, mapped = compile_text(value.parts, index), value.mapped

    def get_boolean(cells: list[str]) -> bool | None:
        text = get(cells)
        if mapped:
            if text not in mapped and "*" not in mapped and text:
                raise InvalidData(f"violent: {text[:40]!r} is not in the map")
            chosen = mapped.get(text, mapped.get("*"))
            return None if chosen is None or not text else bool(chosen)
        if not text:
            return None
        if text.lower() in _YES:
            return True
        if text.lower() in _NO:
            return False
        raise InvalidData(f"violent: {text[:40]!r} is neither yes nor no")

    return get_boolean


def compile_counts(item: Mapping[str, Value], setting: Setting) -> Maker:
    """Return what makes the counts of a row: one, or one for each of its record columns."""
    index = setting.index
    test = compile_test(item["when"].when, index) if "when" in item else None
    get_place = place_getter(item["place"], setting)
    get_month = _month(item["month"], setting)
    wide = [
        (name.removeprefix("records."), compile_text(value.parts, index))
        for name, value in item.items()
        if name.startswith("records.")
    ]
    get_record = text_getter(item["record"], "text", setting) if "record" in item else None
    get_count = compile_text(item["count"].parts, index) if "count" in item else None

    def make(cells: list[str], row: Row) -> list[dict[str, object]]:  # noqa: ARG001
        if test is not None and not test(cells):
            return []
        place, written = get_place(cells)
        if not place:
            raise InvalidData(f"no municipality code for {written[:80]!r}")
        month = get_month(cells)
        pairs = [(record, get(cells)) for record, get in wide]
        if get_record and get_count:
            pairs.append((get_record(cells), get_count(cells)))
        rows: list[dict[str, object]] = []
        for record, text in pairs:
            if not record:
                raise InvalidData("count: no record")
            count = _count(record, text)
            rows.append({"place": place, "month": month, "record": record, "count": count})
        return rows

    return make


def _count(record: str, text: str) -> int | None:
    try:
        return parse_count(text)
    except InvalidData as error:
        raise InvalidData(f"{record}: {error.reason}: {text[:40]!r}") from None


def _month(value: Value, setting: Setting) -> Callable[[list[str]], str]:
    index = setting.index
    seen: dict[tuple[str, str], str] = {}
    if value.form == "month":
        year, month = (index[column] for column in value.pair)

        def by_pair(cells: list[str]) -> str:
            pair = (cells[year], cells[month])
            if pair not in seen:
                seen[pair] = parse_month(*pair)
            return seen[pair]

        return by_pair
    get = compile_text(value.parts, index)

    def by_text(cells: list[str]) -> str:
        text = get(cells)
        found = seen.get((text, ""))
        if found is None:
            date = parse_date(text, day_first=setting.reads_day_first(value))
            if date.precision not in {"month", "day"}:
                raise InvalidData(f"month: {text[:40]!r} is no month")
            found = seen[text, ""] = date.iso[:7]
        return found

    return by_text
