"""The values of a YAML mapping: read from the YAML, checked, and turned into fast getters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.text import fold, hashed, slug

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Getter = Callable[[list[str]], str]
    Test = Callable[[list[str]], bool]

_AMOUNT = re.compile(
    r"(?:[^\d.,(-]|\.(?!\d))*"
    r"(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|-?\.\d+)"
    r"(?:\s*[^\d\s,-][^\d,]*)?"
)
"""One number among words and signs. Two numbers, a decimal comma, a minus behind it or brackets
around it (which accountants write for one) are none that can be told."""
_PLACEHOLDER = re.compile(r"\{([^{}|]+)(?:\|(\w+))?\}")
_OPTIONS = frozenset({"type", "map", "split", "when", "required", "day_first"})
_FORMS = ("column", "template", "value", "entity", "ref", "state", "year")


TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "digits": lambda text: re.sub(r"\D", "", text),
    "alnum": lambda text: fold(text).replace(" ", "").upper(),
    "hash": lambda text: hashed(text) if text else "",
    "slug": slug,
    "pad2": lambda text: text.zfill(2) if text else "",
    "pad3": lambda text: text.zfill(3) if text else "",
    "amount": lambda text: (
        found[1].replace(",", "") if (found := _AMOUNT.fullmatch(text)) else text
    ),
}
"""What `{column|name}` may do to a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a template: the text before a column, the column, and what is done to it."""

    before: str
    column: str = ""
    transform: str = ""


def parts_of(template: str) -> tuple[Part, ...]:
    """Return the pieces of a template.

    Raises: InvalidData: an unknown transform or a brace that is not closed.
    """
    parts: list[Part] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        column, transform = match[1].strip(), match[2] or ""
        if transform and transform not in TRANSFORMS:
            raise InvalidData(f"{template!r}: unknown transform {transform!r}")
        parts.append(Part(before=template[end : match.start()], column=column, transform=transform))
        end = match.end()
    rest = template[end:]
    if any(brace in part.before for part in parts for brace in "{}") or set(rest) & {"{", "}"}:
        raise InvalidData(f"{template!r}: a brace is not closed")
    if rest:
        parts.append(Part(before=rest))
    return tuple(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a mapping, as the YAML says it.

    Attributes:
        form: `text`, `value`, `entity`, `ref`, `place` or `month`.
        parts: template, for `text`, `ref` and a place by code.
        fixed: for `value`, the text (or a boolean); for `place`, a state that no column names.
        entity: for `entity`, the key.
        pair: for `place` the columns of state and municipality, for `month` of year and month.
        time: for `text` that is a moment, the column of its time of day; "" where there is none.
        type, mapped, split, when, required, day_first: the options.
    """

    form: str
    parts: tuple[Part, ...] = ()
    fixed: object = ""
    entity: str = ""
    pair: tuple[str, str] = ("", "")
    time: str = ""
    type: str = ""
    mapped: Mapping[str, object] = field(default_factory=dict)
    split: str = ""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: bool = False
    day_first: bool | None = None

    def columns(self) -> set[str]:
        """Return the names of the columns that the value needs."""
        named = {part.column for part in self.parts} | set(self.pair) | set(self.when) | {self.time}
        return named - {""}

    def options(self) -> set[str]:
        """Return the names of the options that the value was given."""
        given = {
            "type": self.type,
            "map": self.mapped,
            "split": self.split,
            "when": self.when,
            "required": self.required,
        }
        held = {name for name, option in given.items() if option}
        return held if self.day_first is None else held | {"day_first"}


def value_of(raw: object, where: str) -> Value:
    """Return the value that a piece of YAML describes.

    Raises: InvalidData: none, naming `where` it stands.
    """
    if isinstance(raw, dict):
        return _value_of_mapping({str(k): v for k, v in raw.items()}, where)
    if isinstance(raw, bool):
        return Value(form="value", fixed=raw)
    if isinstance(raw, str | int | float):
        text = str(raw)
        parts = parts_of(text)
        if not any(part.column for part in parts):
            return Value(form="value", fixed=text)
        return Value(form="text", parts=parts)
    raise InvalidData(f"{where}: {raw!r} is no value")


def moment_of(raw: object, where: str) -> Value:
    """Return the value of a moment: a day that may have a `time` column of its own beside it.

    Raises: InvalidData: none, naming `where` it stands.
    """
    if isinstance(raw, dict) and "time" in raw:
        if "column" not in raw:
            raise InvalidData(f"{where}: time stands beside column")
        day = {key: value for key, value in raw.items() if key != "time"}
        return replace(value_of(day, where), time=str(raw["time"]))
    return value_of(raw, where)


def _value_of_mapping(raw: dict[str, object], where: str) -> Value:
    form = next((name for name in _FORMS if name in raw), None)
    allowed = _OPTIONS | {form} | ({"municipality"} if form == "state" else set())
    allowed |= {"month"} if form == "year" else set()
    if form is None or set(raw) - allowed:
        raise InvalidData(f"{where}: unknown keys {sorted(set(raw) - allowed)}; see the docs")
    day_first = raw.get("day_first")
    mapped = raw.get("map", {})
    if not isinstance(mapped, dict) or not isinstance(day_first, bool | None):
        raise InvalidData(f"{where}: map is a mapping, day_first is true or false")
    options = Value(
        form="text",
        type=str(raw.get("type", "")),
        # YAML reads an unquoted `SI`/`NO` as it likes; keys are compared as text
        mapped={_yaml_text(key): value for key, value in mapped.items()},
        split=str(raw.get("split", "")),
        when=when_of(raw.get("when"), where),
        required=bool(raw.get("required", False)),
        day_first=day_first,
    )
    return _with_form(options, form, raw, where)


def _with_form(options: Value, form: str, raw: dict[str, object], where: str) -> Value:
    if form == "value":
        return replace(options, form="value", fixed=raw["value"])
    if form == "entity":
        return replace(options, form="entity", entity=str(raw["entity"]))
    if form == "state":
        return _with_place(options, raw, where)
    if form == "year":
        if "month" not in raw:
            raise InvalidData(f"{where}: {form!r} needs 'month'")
        return replace(options, form="month", pair=(str(raw["year"]), str(raw["month"])))
    if form == "column":
        parts: tuple[Part, ...] = (Part(before="", column=str(raw["column"])),)
    else:
        parts = parts_of(str(raw[form]))
    return replace(options, form="ref" if form == "ref" else "text", parts=parts)


def _with_place(options: Value, raw: dict[str, object], where: str) -> Value:
    """Return a place by name: a municipality of a state, or a state as a whole."""
    state, municipality = raw["state"], str(raw.get("municipality", ""))
    if not isinstance(state, dict):
        return replace(options, form="place", pair=(str(state), municipality))
    if set(state) != {"value"} or not municipality:
        raise InvalidData(f"{where}: a state is a column, or value: and a municipality beside it")
    return replace(options, form="place", pair=("", municipality), fixed=str(state["value"]))


def _yaml_text(key: object) -> str:
    if isinstance(key, bool):
        raise InvalidData("map: put YES, NO, ON, OFF in quotes; YAML takes them for true and false")
    return str(key)


def when_of(raw: object, where: str) -> dict[str, tuple[str, ...]]:
    """Return the columns of a `when` with the texts that each may have.

    Raises: InvalidData: not a mapping.
    """
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise InvalidData(f"{where}: when is a mapping of columns to texts")
    return {
        str(column): tuple(
            _yaml_text(text) for text in (texts if isinstance(texts, list) else [texts])
        )
        for column, texts in raw.items()
    }


# --- compiled to getters -----------------------------------------------------------------------


def compile_test(when: Mapping[str, tuple[str, ...]], index: Mapping[str, int]) -> Test | None:
    """Return a test of a row's cells, or None where there is nothing to test."""
    if not when:
        return None
    tests = [(index[column], frozenset(texts)) for column, texts in when.items()]

    def test(cells: list[str]) -> bool:
        for at, texts in tests:
            cell = cells[at]
            if cell not in texts and not (cell and "*" in texts):
                return False
        return True

    return test


def compile_id(parts: tuple[Part, ...], index: Mapping[str, int]) -> Getter:
    """Return a getter of an id: "" where any of its columns is empty."""
    pieces = [
        (p.before, index[p.column] if p.column else -1, TRANSFORMS.get(p.transform)) for p in parts
    ]
    if len(pieces) == 1 and pieces[0][1] >= 0 and pieces[0][2] is None:
        before, at, _ = pieces[0]
        return lambda cells: before + cells[at] if cells[at] else ""

    def get(cells: list[str]) -> str:
        out: list[str] = []
        for before, at, transform in pieces:
            out.append(before)
            if at >= 0:
                text = transform(cells[at]) if transform else cells[at]
                if not text:
                    return ""
                out.append(text)
        return "".join(out)

    return get


def compile_text(parts: tuple[Part, ...], index: Mapping[str, int]) -> Getter:
    """Return a getter of a text: what stands before an empty column falls away with it."""
    pieces = [
        (p.before, index[p.column] if p.column else -1, TRANSFORMS.get(p.transform)) for p in parts
    ]
    if len(pieces) == 1 and not pieces[0][0] and pieces[0][2] is None:
        at = pieces[0][1]
        return lambda cells: cells[at]

    def get(cells: list[str]) -> str:
        out: list[str] = []
        for number, (before, at, transform) in enumerate(pieces):
            if at < 0:
                if out:
                    out.append(before)
                continue
            text = transform(cells[at]) if transform else cells[at]
            if text:
                if out or number == 0:
                    out.append(before)
                out.append(text)
        return "".join(out)

    return get
