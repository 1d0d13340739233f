"""The year, place and crime of a row of SESNSP's tables, each looked up once for each spelling."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from puente.errors import InvalidData
from puente.ingest.sources.sesnsp_layout import METHOD_OF_2026, record_of, year_of
from puente.model.places import place_code
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from puente.ingest.source import LoadContext
    from puente.ingest.sources.sesnsp_layout import Columns, WideLayout

    Whole = NDArray[np.int64]

ABROAD = "00999"
"""Place of what happened in no state: federal crimes begun in another country."""

_ABROAD_NAMES = frozenset({"extranjero", "en el extranjero"})
_SHIFT = 1 << 20

_Key = TypeVar("_Key")

Found = int | str
"""A number that stands for a text, or the reason why a text is refused."""


@dataclass(slots=True)
class Numbers:
    """Gives each text a number, in the order in which they come."""

    texts: list[str] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)

    def of(self, text: str) -> int:
        """Return the number of a text."""
        number = self._known.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number


@dataclass(slots=True)
class Keys:
    """Reads the keys of rows, and remembers what stood on the rows before.

    Attributes:
        places: codes as the table writes them, `01998` for "other municipalities" too.
        crimes: records' names.
        lost: codes that the gazetteer does not know, with the names that the table gives them.
    """

    layout: WideLayout
    columns: Columns
    context: LoadContext
    places: Numbers = field(default_factory=Numbers)
    crimes: Numbers = field(default_factory=Numbers)
    lost: dict[str, str] = field(default_factory=dict)
    _years: dict[str, Found] = field(default_factory=dict)
    _places: dict[tuple[str, ...], Found] = field(default_factory=dict)
    _crimes: dict[tuple[str, ...], Found] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def read(self, cells: Sequence[Sequence[str]]) -> tuple[list[Found], list[Found], list[Found]]:
        """Return year, place and crime of each row.

        Args:
            cells: the table's columns, a text for each row.
        """
        columns = self.columns
        where = list(zip(*(cells[at] for at in columns.places), strict=True))
        what = list(zip(*(cells[at] for at in columns.crime), strict=True))
        return (
            _look_up(self._years, cells[columns.year], self._year),
            _look_up(self._places, where, self._place),
            _look_up(self._crimes, what, self._crime),
        )

    def repeated(self, year: Whole, place: Whole, crime: Whole) -> list[int]:
        """Return which rows have the year, place and crime of a row before them."""
        numbers: list[int] = ((year * _SHIFT + place) * _SHIFT + crime).tolist()
        fresh = set(numbers)
        if len(fresh) == len(numbers) and self._seen.isdisjoint(fresh):
            self._seen |= fresh
            return []
        found = []
        for at, number in enumerate(numbers):
            if number in self._seen:
                found.append(at)
            self._seen.add(number)
        return found

    def _year(self, text: str) -> int:
        year = year_of(text)
        if year is None:
            raise InvalidData(f"not a year: {text[:40]!r}")
        first, last = self.layout.first_year, self.layout.last_year
        if not first <= year <= last:
            late = year >= METHOD_OF_2026 > first
            why = "counted by the method of 2026" if late else f"not a year from {first} to {last}"
            raise InvalidData(f"{year} is {why}: it is no part of this series")
        return year

    def _place(self, cells: tuple[str, ...]) -> int:
        number, name = (cell.strip() for cell in cells[:2])
        if not number and fold(name) in _ABROAD_NAMES:
            return self.places.of(ABROAD)
        state = _state(number, name, self.context)
        if not self.layout.municipality:
            return self.places.of(f"{state}000")
        code = _municipality(cells[2].strip(), state)
        if not is_loose(code) and code not in self.context.gazetteer:
            self.lost.setdefault(code, f"{cells[-1].strip()}, {name}")
        return self.places.of(code)

    def _crime(self, cells: tuple[str, ...]) -> int:
        return self.crimes.of(record_of(cells, self.layout.prefix))


def is_loose(code: str) -> bool:
    """Return True for a code that stands for no one municipality: not specified, or the others."""
    return code.endswith(("998", "999")) and code != ABROAD


def _look_up(
    known: dict[_Key, Found], keys: Sequence[_Key], find: Callable[[_Key], int]
) -> list[Found]:
    try:
        return [known[key] for key in keys]
    except KeyError:
        pass
    for key in dict.fromkeys(keys):
        if key not in known:
            try:
                known[key] = find(key)
            except InvalidData as error:
                known[key] = error.reason
    return [known[key] for key in keys]


def _state(number: str, name: str, context: LoadContext) -> str:
    """Return the code of a state from its number.

    Raises: InvalidData: no state, or the number of one and the name of another.
    """
    try:
        state = place_code(f"{number.removesuffix('.0')}000")[:2]
    except InvalidData:
        raise InvalidData(f"no state: {number[:40]!r}") from None
    named = context.gazetteer.state_code(name)
    if named and named != state:
        raise InvalidData(f"state {number} is not {name[:60]!r}")
    return state


def _municipality(text: str, state: str) -> str:
    """Return the code that a table gives a municipality, whole or without its state's digits.

    Raises: InvalidData: no code, that of another state, or a whole state's.
    """
    digits = text.removesuffix(".0")
    if digits.isascii() and digits.isdigit() and len(digits) <= 3:
        digits = f"{state}{digits.zfill(3)}"
    try:
        code = place_code(digits)
    except InvalidData:
        raise InvalidData(f"no municipality code: {text[:40]!r}") from None
    if code[:2] != state:
        raise InvalidData(f"the municipality {text} is not of state {state}")
    if code[2:] == "000":
        raise InvalidData(f"the code {text} is a whole state's and not a municipality's")
    return code
