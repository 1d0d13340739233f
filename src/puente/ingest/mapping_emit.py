"""The claims of one property, compiled to a function of a row's cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_forms import is_plate
from puente.ingest.mapping_values import Value, compile_id, compile_test, compile_text
from puente.ingest.source import Claims, LoadContext
from puente.model.ids import PARSERS, parse_plate
from puente.model.places import Gazetteer, place_code
from puente.model.values import parse_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from puente.model.ids import Identifier
    from puente.model.schema import Schema

_CACHED = 20_000
"""Distinct texts of one column whose parsed values are held; most columns have few."""


@dataclass(slots=True)
class Row(Claims):
    """What is being made of one row.

    Attributes:
        made: ids of its entities, by key.
        rows: rows of other tables than statements, with the table's name.
    """

    made: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[str, dict[str, object]]] = field(default_factory=list)


if TYPE_CHECKING:
    Emit = Callable[[list[str], Row], None]
    Convert = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all values of one file share.

    Attributes:
        index: positions of the columns.
        context: of the load.
        day_first: how the file's dates are read unless a value says otherwise.
    """

    index: Mapping[str, int]
    context: LoadContext
    day_first: bool | None = None

    def reads_day_first(self, value: Value) -> bool | None:
        """Return how a value's dates are read."""
        return self.day_first if value.day_first is None else value.day_first


def compile_prop(schema: Schema, prop: str, value: Value, setting: Setting) -> Emit:
    """Return what adds the claims of one property to a row."""
    emit = _emit(schema, prop, value, setting)
    test = compile_test(value.when, setting.index)
    if test is None:
        return emit

    def emit_when(cells: list[str], row: Row) -> None:
        if test(cells):
            emit(cells, row)

    return emit_when


def _emit(schema: Schema, prop: str, value: Value, setting: Setting) -> Emit:
    index, context = setting.index, setting.context
    kind = value.type or schema.props[prop].type
    if value.form == "value":
        return _fixed(schema.name, prop, str(value.fixed))
    if value.form == "entity":
        return _entity(schema.name, prop, value.entity)
    if value.form == "ref":
        return _ref(schema.name, prop, compile_id(value.parts, index))
    if kind == "place":
        return _place(schema.name, prop, value, setting)
    parser = _identifier_parser(schema, prop, context)
    if parser and not value.type:
        get = compile_text(value.parts, index)
        return _identifier(schema.name, prop, get, parser, context, required=value.required)
    get, convert = compile_text(value.parts, index), converter(value, kind, setting)
    if value.split:
        return _many(schema.name, prop, get, convert, value)
    return _one(schema.name, prop, get, convert, required=value.required)


def _fixed(schema: str, prop: str, text: str) -> Emit:
    def emit(cells: list[str], row: Row) -> None:  # noqa: ARG001 - one signature for all
        row.held.append((row.entity_id, schema, prop, text, text, row.line, row.date))

    return emit


def _entity(schema: str, prop: str, key: str) -> Emit:
    def emit(cells: list[str], row: Row) -> None:  # noqa: ARG001 - one signature for all
        target = row.made.get(key)
        if target:
            row.held.append((row.entity_id, schema, prop, target, "", row.line, row.date))

    return emit


def _ref(schema: str, prop: str, get: Callable[[list[str]], str]) -> Emit:
    def emit(cells: list[str], row: Row) -> None:
        target = get(cells)
        if target:
            row.held.append((row.entity_id, schema, prop, target, "", row.line, row.date))

    return emit


def _one(
    schema: str, prop: str, get: Callable[[list[str]], str], convert: Convert, *, required: bool
) -> Emit:
    seen: dict[str, str] = {}

    def emit(cells: list[str], row: Row) -> None:
        text = get(cells)
        if text:
            value = seen.get(text)
            if value is None:
                try:
                    value = convert(text)
                except InvalidData as error:
                    raise _about(prop, error) from None
                if len(seen) >= _CACHED:
                    seen.clear()
                seen[text] = value
            row.held.append((row.entity_id, schema, prop, value, text, row.line, row.date))
        elif required:
            raise InvalidData(f"{prop}: no value")

    return emit


def _many(
    schema: str, prop: str, get: Callable[[list[str]], str], convert: Convert, value: Value
) -> Emit:
    separator, required = value.split, value.required

    def emit(cells: list[str], row: Row) -> None:
        texts = [text for part in get(cells).split(separator) if (text := part.strip())]
        if required and not texts:
            raise InvalidData(f"{prop}: no value")
        try:
            values = [convert(text) for text in texts]
        except InvalidData as error:
            raise _about(prop, error) from None
        for found, text in zip(values, texts, strict=True):
            row.held.append((row.entity_id, schema, prop, found, text, row.line, row.date))

    return emit


def _about(prop: str, error: InvalidData) -> InvalidData:
    return InvalidData(f"{prop}: {error.reason}")


# --- identifiers and places --------------------------------------------------------------------


def _identifier_parser(
    schema: Schema, prop: str, context: LoadContext
) -> Callable[[str], Identifier] | None:
    if is_plate(schema, prop):
        country = context.info.country
        return lambda text: parse_plate(text, country if country == "us" else "")
    return PARSERS.get(prop)


def _identifier(
    schema: str,
    prop: str,
    get: Callable[[list[str]], str],
    parse: Callable[[str], Identifier],
    context: LoadContext,
    *,
    required: bool,
) -> Emit:
    def emit(cells: list[str], row: Row) -> None:
        text = get(cells)
        if not text:
            if required:
                raise InvalidData(f"{prop}: no value")
            return
        try:
            found = parse(text)
        except InvalidData as error:
            raise _about(prop, error) from None
        if not found.valid:
            state = "not valid" if found.complete else "incomplete"
            context.fact(f"{prop} {state}")
        row.held.append((row.entity_id, schema, prop, found.value, text, row.line, row.date))

    return emit


def _place(schema: str, prop: str, value: Value, setting: Setting) -> Emit:
    find = place_getter(value, setting)

    def emit(cells: list[str], row: Row) -> None:
        try:
            code, text = find(cells)
        except InvalidData as error:
            raise _about(prop, error) from None
        if code:
            row.held.append((row.entity_id, schema, prop, code, text, row.line, row.date))
        elif text:
            note = f"place without a code: {text}"
            row.held.append((row.entity_id, schema, "notes", note, text, row.line, row.date))

    return emit


def place_getter(value: Value, setting: Setting) -> Callable[[list[str]], tuple[str, str]]:
    """Return what finds a row's municipality: its code ("" where none) and how it was written."""
    index, context = setting.index, setting.context
    gazetteer = context.gazetteer
    if value.form != "place":
        get = compile_text(value.parts, index) if value.parts else lambda _: str(value.fixed)
        codes: dict[str, tuple[str, bool]] = {}

        def by_code(cells: list[str]) -> tuple[str, str]:
            text = get(cells)
            if not text:
                return "", ""
            held = codes.get(text)
            if held is None:
                code = place_code(text)
                known = code[2:] in {"000", "999"} or code in gazetteer or not len(gazetteer)
                held = codes[text] = (code, known)
            if not held[1]:
                context.fact("place codes in no table")
            return held[0], text

        return by_code
    get_state = _state_getter(value, setting)
    municipality = index[value.pair[1]] if value.pair[1] else -1
    found: dict[tuple[str, str], str] = {}

    def by_name(cells: list[str]) -> tuple[str, str]:
        pair = (get_state(cells), cells[municipality] if municipality >= 0 else "")
        code = found.get(pair)
        if code is None:
            code = found[pair] = _named_place(gazetteer, *pair, whole=municipality < 0)
        text = ", ".join(part for part in reversed(pair) if part)
        if not code and text:
            context.fact(f"place without a code: {text}")
        return code, text

    return by_name


def _named_place(gazetteer: Gazetteer, state: str, municipality: str, *, whole: bool) -> str:
    if not whole:
        return gazetteer.by_name(state, municipality).code
    code = gazetteer.state_code(state)
    return f"{code}000" if code else ""


def _state_getter(value: Value, setting: Setting) -> Callable[[list[str]], str]:
    """Return what gets the name of a row's state: of a column, or the one of the whole file."""
    if not value.pair[0]:
        fixed = str(value.fixed)
        return lambda _: fixed
    at = setting.index[value.pair[0]]
    return lambda cells: cells[at]


def place_or_state(value: Value, setting: Setting) -> Callable[[list[str]], str]:
    """Return what finds a row's municipality, `SS999` where it has no code and its state has."""
    get_place, gazetteer = place_getter(value, setting), setting.context.gazetteer
    get_state = _state_getter(value, setting) if value.form == "place" else None

    def get(cells: list[str]) -> str:
        place, _ = get_place(cells)
        if not place and get_state is not None:
            state = gazetteer.state_code(get_state(cells))
            place = f"{state}999" if state else ""
        return place

    return get


# --- plain values ------------------------------------------------------------------------------


def converter(value: Value, kind: str, setting: Setting) -> Convert:
    """Return what turns a text of a column into a value."""
    mapped = value.mapped
    country = setting.context.info.country
    first = setting.reads_day_first(value)

    def convert(text: str) -> str:
        plain = text
        if mapped:
            if text not in mapped and "*" not in mapped:
                raise InvalidData(f"{text[:40]!r} is not in the map")
            chosen = mapped.get(text, mapped.get("*"))
            plain = ("true" if chosen else "false") if isinstance(chosen, bool) else str(chosen)
        try:
            return parse_value(kind, plain, country=country, day_first=first)
        except InvalidData as error:
            raise InvalidData(f"{error.reason}: {text[:40]!r}") from None

    return convert


def text_getter(name: str, value: Value, kind: str, setting: Setting) -> Callable[[list[str]], str]:
    """Return what gets one value of a type from a row; "" where there is none.

    Args:
        name: what to call it where it does not parse.
        value: as the mapping says it.
        kind: type of the vocabulary.
        setting: of the file.
    """
    if value.form == "value":
        fixed = str(value.fixed)
        return lambda _: fixed
    get = compile_text(value.parts, setting.index)
    first = setting.reads_day_first(value)
    mapped = value.mapped

    def get_value(cells: list[str]) -> str:
        text = plain = get(cells)
        if not text:
            return ""
        if mapped:
            if text not in mapped and "*" not in mapped:
                raise InvalidData(f"{name}: {text[:40]!r} is not in the map")
            plain = str(mapped.get(text, mapped.get("*")))
        try:
            return parse_value(kind, plain, day_first=first)
        except InvalidData as error:
            raise InvalidData(f"{name}: {error.reason}: {text[:40]!r}") from None

    return get_value
