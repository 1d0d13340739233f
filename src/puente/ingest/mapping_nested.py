"""A JSON object as the cells of a row, and the objects of its lists as rows within it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_items import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One object of a list.

    Attributes:
        where: what to call it in reasons, e.g. `annexes.people[2]`.
        numbers: its number in each list on the way, by the list's name; `2.1` in a list within
            a list.
        cells: the row's cells with those of the object filled in.
    """

    where: str
    numbers: Mapping[str, str]
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """A row with the objects of its lists, by the list's name."""

    line: int
    cells: list[str]
    elements: Mapping[str, list[Element]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """A place within an object: the names and numbers of the lists above it, and its cells."""

    name: str = ""
    where: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, str] = field(default_factory=dict)


class Flattener:
    """Turns objects into rows of the same columns.

    An object within an object is columns with dots, a list of plain values one text joined with
    `;`. A list that is named in `lists` is rows within the row.
    """

    def __init__(self, columns: Sequence[str], lists: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._wanted = frozenset(columns)
        self._lists = tuple(lists)
        # Objects that columns are taken from, and where a list would hide them.
        self._objects = _prefixes(columns) - _prefixes(f"{name}." for name in lists)
        self._seen: set[str] = set()

    def unseen(self) -> list[str]:
        """Return the columns that no object so far had, be it without a value."""
        return sorted(self._wanted - self._seen - {NUMBER})

    def row(self, line: int, item: Mapping[str, object]) -> Nested:
        """Return the row that an object is.

        Raises: InvalidData: a column that holds objects or stands twice, a list that is none, an
            element that is no object (named), text that is no Unicode.
        """
        found: dict[str, str] = {}
        self._flatten("", item, found)
        self._seen.update(found)
        top = _At(found=found)
        return Nested(
            line=line,
            cells=self._cells(found),
            elements={
                name: list(self._elements(item, name.split("."), top)) for name in self._lists
            },
        )

    def _cells(self, found: Mapping[str, str]) -> list[str]:
        return [found.get(column, "") for column in self._columns]

    def _flatten(self, prefix: str, item: Mapping[str, object], found: dict[str, str]) -> None:
        for key, value in item.items():
            name = prefix + key
            if isinstance(value, dict):
                if name in self._lists:
                    continue
                if value and name in self._wanted:
                    raise InvalidData(f"{name} holds an object where a value is expected")
                self._flatten(f"{name}.", value, found)
            elif isinstance(value, list) and value and name in self._objects:
                raise InvalidData(_each(name))
            elif name in self._wanted:
                if name in found:
                    raise InvalidData(f"{name} stands twice")
                found[name] = _text(name, value)

    def _elements(
        self, item: Mapping[str, object], steps: Sequence[str], above: _At
    ) -> Iterator[Element]:
        """Yield the objects that the steps lead to, through every list on the way."""
        value: object = item
        for number, step in enumerate(steps, start=1):
            value = value.get(step) if isinstance(value, dict) else None
            name = ".".join([*filter(None, [above.name]), *steps[:number]])
            where = ".".join([*filter(None, [above.where]), *steps[:number]])
            if value in (None, "", {}):
                return
            # What was XML has one object where it has a list of one.
            if isinstance(value, dict) and name in self._lists:
                value = [value]
            if isinstance(value, list):
                for element in self._of_list(value, above, name, where):
                    inner, at = element
                    if number < len(steps):
                        yield from self._elements(inner, steps[number:], at)
                    else:
                        cells = self._cells({**at.found, NUMBER: at.numbers[name]})
                        yield Element(where=at.where, numbers=at.numbers, cells=cells)
                return
            if not isinstance(value, dict):
                raise InvalidData(f"{where} is no list of objects")

    def _of_list(
        self, items: Sequence[object], above: _At, name: str, where: str
    ) -> Iterator[tuple[Mapping[str, object], _At]]:
        outer = above.numbers.get(above.name, "")
        for number, item in enumerate(items, start=1):
            here = f"{where}[{number}]"
            if not isinstance(item, dict):
                raise InvalidData(f"{here} is no object")
            found = dict(above.found)
            try:
                self._flatten(f"{name}.", item, found)
            except InvalidData as error:
                raise InvalidData(f"{here}: {error.reason}") from None
            self._seen.update(found)
            numbers = {**above.numbers, name: f"{outer}.{number}" if outer else str(number)}
            yield item, _At(name=name, where=here, numbers=numbers, found=found)


def _prefixes(names: Iterable[str]) -> set[str]:
    """Return what stands before a dot of any name, with all that stands before that."""
    steps = [name.split(".") for name in names]
    return {".".join(parts[:end]) for parts in steps for end in range(1, len(parts))}


def _each(name: str) -> str:
    return f"{name} is a list of objects: give what is made of it each: {name}"


def _text(name: str, value: object) -> str:
    if isinstance(value, list):
        if any(isinstance(part, dict | list) for part in value):
            raise InvalidData(_each(name))
        return ";".join(_scalar(name, part) for part in value)
    return _scalar(name, value)


def _scalar(name: str, value: object) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidData(f"{name} holds a NUL, which is no text")
        return value
    if value is None:
        return ""
    return "true" if value else "false"
