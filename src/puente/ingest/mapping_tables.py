"""Incidents and counts of a YAML mapping, compiled to functions of a row's cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_emit import (
    Row,
    Setting,
    place_getter,
    place_or_state,
    text_getter,
)
from puente.ingest.mapping_values import Value, compile_id, compile_test, compile_text
from puente.model.dates import parse_date, parse_month
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from puente.ingest.mapping_items import RowSpec

    Maker = Callable[[list[str], Row], None]


def compile_incidents(spec: RowSpec, setting: Setting) -> Maker:
    """Return what adds the incident of a row to it."""
    index, item = setting.index, spec.values
    test = compile_test(spec.when, index)
    get_id = compile_id(item["id"].parts, index)
    get_date = text_getter("date", item["date"], "date", setting)
    get_category = text_getter("category", item["category"], "text", setting)
    get_place = place_or_state(item["place"], setting)
    get_violent = violent_of(item["violent"], index) if "violent" in item else None
    key = str(item["entity"].fixed) if "entity" in item else ""

    def make(cells: list[str], row: Row) -> None:
        if test is not None and not test(cells):
            return
        found = get_id(cells)
        if not found:
            raise InvalidData("incident: a column of its id is empty")
        day = get_date(cells)
        if not day:
            raise InvalidData("incident: no date")
        made: dict[str, object] = {
            "incident_id": found,
            "date": day,
            "place": get_place(cells),
            "category": get_category(cells),
            "violent": get_violent(cells) if get_violent else None,
            "entity_id": row.made.get(key, ""),
        }
        row.rows.append(("incidents", made))

    return make


_YES = frozenset({"true", "yes", "si", "sí", "1", "con violencia", "s", "y"})
_NO = frozenset({"false", "no", "0", "sin violencia", "n"})


def violent_of(value: Value, index: Mapping[str, int]) -> Callable[[list[str]], bool | None]:
    """Return what gets whether there was violence from a row; None where nobody says."""
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


def compile_counts(spec: RowSpec, setting: Setting) -> Maker:
    """Return what adds the counts of a row to it: one, or one for each of its record columns."""
    index, item = setting.index, spec.values
    test = compile_test(spec.when, index)
    get_place = place_getter(item["place"], setting)
    get_month = month_of(item["month"], setting)
    wide = [
        (name.removeprefix("records."), compile_text(value.parts, index))
        for name, value in item.items()
        if name.startswith("records.")
    ]
    get_record = (
        text_getter("record", item["record"], "text", setting) if "record" in item else None
    )
    get_count = compile_text(item["count"].parts, index) if "count" in item else None

    def make(cells: list[str], row: Row) -> None:
        if test is not None and not test(cells):
            return
        place, written = get_place(cells)
        if not place:
            raise InvalidData(f"no municipality code for {written[:80]!r}")
        month = get_month(cells)
        pairs = [(record, get(cells)) for record, get in wide]
        if get_record and get_count:
            pairs.append((get_record(cells), get_count(cells)))
        for record, text in pairs:
            if not record:
                raise InvalidData("count: no record")
            count = count_of(record, text)
            made: dict[str, object] = {"place": place, "month": month, "record": record}
            row.rows.append(("counts", {**made, "count": count}))

    return make


def count_of(record: str, text: str) -> int | None:
    """Return the count that a text writes, None where it is blank.

    Raises: InvalidData: it writes none; names the record.
    """
    try:
        return parse_count(text)
    except InvalidData as error:
        raise InvalidData(f"{record}: {error.reason}: {text[:40]!r}") from None


def month_of(value: Value, setting: Setting) -> Callable[[list[str]], str]:
    """Return what gets a month, `YYYY-MM`, from a row."""
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
