"""The columns of a file seen together: what one is taken for settles what another can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_columns import (
    DATES,
    OFFICER,
    PERSONAL,
    UNKNOWN_ROLE,
    Column,
    read_columns,
)
from puente.ingest.guess_words import hints, words_of
from puente.model.dates import MONTHS
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.ingest.guess_values import Profile

FEW_FILLED = 0.5
"""A second column that is filled this much less than the first is no rival to it."""

MOST_STANDINGS = 30
"""Different texts in a column that says what people are."""

DAY_WORDS = ("hecho", "robo", "delito", "detencion", "aseguramiento", "evento", "incidente")
"""Words of a header that make it the day of what happened among several days, best first."""

SEVERAL = frozenset({"phone", "email", "alias", "address", "record_id", "some_id", "street"})
"""Fields of which a thing may have several columns."""

CATEGORY_WORDS = ("subtipo", "delito", "infraccion", "incidente", "conducta", "motivo", "evento")
"""Words of a header that make it the crime among several classifications, best first."""


@dataclass(slots=True)
class Table:
    """The columns of a file, their values, and what its name and titles hint at.

    Attributes:
        columns, profiles: in the file's order.
        hints: kinds of record that its headers, name and titles speak of.
        kind: what a row is taken for.
        classes: columns whose headers speak of a crime, whichever is taken for it in the end.
    """

    columns: list[Column]
    profiles: Sequence[Profile]
    hints: frozenset[str] = frozenset()
    kind: str = ""
    classes: tuple[str, ...] = ()

    def find(self, name: str, role: str | None = "") -> Column | None:
        """Return the column that is taken for a field of a role (None: of any), if there is one."""
        return next(iter(self.all(name, role)), None)

    def all(self, name: str, role: str | None = "") -> list[Column]:
        """Return every column that is taken for a field of a role (None: of any)."""
        return [c for c in self.columns if c.field == name and role in {None, c.role}]

    def has(self, *names: str) -> bool:
        """Return True if a column is taken for one of the fields, whoever's it is.

        One of whom no word is known does not count: nothing may be concluded from it.
        """
        return any(c.field in names and c.role != UNKNOWN_ROLE for c in self.columns)

    def roles(self) -> frozenset[str]:
        """Return whose the columns are, as far as their headers say."""
        return frozenset(c.role for c in self.columns)

    def profile(self, column: Column) -> Profile:
        """Return the values of a column."""
        return self.profiles[self.columns.index(column)]

    def months(self) -> dict[int, Column]:
        """Return the columns whose header is a month's name, by number of the month."""
        found: dict[int, Column] = {}
        for column, one in zip(self.columns, self.profiles, strict=True):
            number = MONTHS.get(fold(column.name))
            if number and (one.share("count") > 0.9 or not one.filled):
                found[number] = column
        return found

    def change(self, column: Column, **more: object) -> None:
        """Take a column for something else."""
        self.columns[self.columns.index(column)] = replace(column, **more)  # type: ignore[arg-type]

    def drop(self, column: Column, reason: str) -> None:
        """Take a column for nothing, and say why."""
        self.change(column, field="", role="", sure=0.0, why=(*column.why, reason))


def table_of(profiles: Sequence[Profile], titles: Iterable[str] = ()) -> Table:
    """Return what the columns of a file are taken for, seen together.

    Args:
        profiles: of every column, in order.
        titles: the file's name, sheet and title lines.
    """
    table = Table(columns=read_columns(profiles), profiles=profiles)
    table.classes = tuple(c.name for c in table.columns if c.field in {"category", "modality"})
    table.hints = frozenset().union(*(hints(one.column) for one in profiles), *map(hints, titles))
    for settle in (_nameable, _standings, _things, _people, _names, _places, _dates, _quantities,
                   _several):  # fmt: skip
        settle(table)
    return table


# --- one after the other -----------------------------------------------------------------------


def _nameable(table: Table) -> None:
    for column in list(table.columns):
        if column.field and set(column.name) & set("{}|"):
            table.drop(column, _("its name has signs that a mapping cannot write"))


def _standings(table: Table) -> None:
    """Find the column that says what the people of the rows are: victims, suspects, minors.

    It is told by its values whatever its header: to miss it would make suspects of witnesses.
    """
    if table.find("standing", None):
        return
    free = {"", "role", "position", "status", "category", "age"}
    found = [
        (one.share("standing"), -one.share("age_group"), column)
        for column, one in zip(table.columns, table.profiles, strict=True)
        if column.field in free and not column.role and len(one.values) <= MOST_STANDINGS
    ]
    telling = [pair for pair in found if pair[0] >= 0.5]
    if telling:
        # An age group says less than a role, where there are both.
        _share, _ages, column = max(telling, key=lambda pair: (pair[1], pair[0]))
        why = (*column.why, _("its values say what people are: victims, suspects, minors"))
        table.change(column, field="standing", sure=0.8, why=why)


def _things(table: Table) -> None:
    """Tell vehicles from weapons, and a model from its year."""
    armed = table.has("caliber", "weapon_type") or any(c.role == "weapon" for c in table.columns)
    driven = table.has("vin", "color", "model_year", "plate_state")
    for column in list(table.columns):
        one = table.profile(column)
        if column.field == "year" and not table.has("model_year") and _beside_a_make(table, column):
            table.change(column, field="model_year")
        elif column.field == "model" and one.share("year") >= 0.8:
            if table.has("model_year"):
                table.drop(column, _("its values are years"))
            else:
                table.change(column, field="model_year")
        elif column.field == "plate" and armed and not driven and "matricula" in fold(column.name):
            table.change(column, field="serial", role="weapon")
        elif column.field == "vehicle_type" and armed and not driven:
            table.change(column, field="weapon_type", role="weapon")
        elif (column.field in {"make", "model"} and armed and not driven and not column.role) or (
            column.field == "serial" and armed and not column.role
        ):
            table.change(column, role="weapon")


def _beside_a_make(table: Table, column: Column) -> bool:
    at = table.columns.index(column)
    beside = {c.field for c in table.columns[max(0, at - 1) : at + 2]} & {"make", "model", "color"}
    return bool(beside) and table.has("plate", "vin") and not table.has("month")


def _people(table: Table) -> None:
    """Give what no header says whose it is to the only person that the headers name."""
    named = {c.role for c in table.columns if c.field in {"name", "given", "surnames"}}
    if len(named) != 1 or named & {"", "firm", UNKNOWN_ROLE}:
        return
    # Beside a firm, its number, address and telephone are the firm's.
    firms = {"rfc", "phone", "email"} if table.has("firm_name") else {"rfc"}
    for column in list(table.columns):
        if column.field in PERSONAL - {"address"} - firms and not column.role:
            table.change(column, role=next(iter(named)))


def _names(table: Table) -> None:
    """Tell given names from whole ones, and firms from people."""
    for column in table.all("name", None):
        one = table.profile(column)
        parts = any(table.find(part, column.role) for part in ("paternal", "maternal", "surnames"))
        if one.share("firm") >= 0.5:
            table.change(column, field="firm_name")
        elif parts:
            table.change(column, field="given")
        elif one.width < 1.5 and one.share("person") < 0.3:
            table.drop(column, _("one word each: a name or not cannot be told"))
    for column in table.all("firm_name", "firm"):
        table.change(column, role="")


def _places(table: Table) -> None:
    for column in table.all("municipality_code", None):
        if table.profile(column).share("cvegeo") >= 0.8:
            table.change(column, field="cvegeo")
    for column in table.all("city", ""):
        one = table.profile(column)
        if table.find("municipality") is None and one.share("municipality") >= 0.8:
            table.change(column, field="municipality")


def _dates(table: Table) -> None:
    plain = table.all("date")
    if table.find("event_date") is None and len(plain) == 1:
        table.change(plain[0], field="event_date", role="")
        plain = []
    for column in plain:
        table.change(column, field="record_date")
    for column in table.columns:
        if column.field in DATES and table.profile(column).share("two_digit_year") > 0.5:
            table.drop(column, _("years of two digits are not read: which century is not told"))
        elif column.field in DATES and table.profile(column).share("serial_day") > 0.5:
            table.drop(column, _("these are a spreadsheet's numbers of days: save them as dates"))


def _quantities(table: Table) -> None:
    if table.has("goods", "unit"):
        for column in table.all("count", None):
            if "cantidad" in words_of(column.name):
                table.change(column, field="quantity")
    for column in table.all("percent", None):
        one = table.profile(column)
        if one.share("decimal_comma") > 0.2:
            table.drop(column, _("decimal commas are not read"))
        elif one.filled and all(_fraction(text) for text in one.values):
            table.drop(column, _("shares from 0 to 1, where percent are expected"))


def _fraction(text: str) -> bool:
    plain = text.rstrip("%")
    return plain.startswith(("0", "1", ".")) and "%" not in text and float_of(plain) <= 1


def float_of(text: str) -> float:
    """Return a number, infinity for what is none."""
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return float("inf")


def _several(table: Table) -> None:
    """Leave one column for each field of each role."""
    seen: dict[tuple[str, str], list[Column]] = {}
    for column in table.columns:
        if column.field and column.field not in SEVERAL and column.role != OFFICER:
            seen.setdefault((column.field, column.role), []).append(column)
    for (name, role), found in seen.items():
        if len(found) < 2:
            continue
        best = _best_category(found) if name == "category" else _clearly(found, table)
        for column in found:
            if column is best or role == UNKNOWN_ROLE:
                continue
            reason = _("several columns could be it")
            if best:
                reason = _("another column is taken for it: {name}").format(name=best.name)
            table.drop(column, reason)


def _day_rank(column: Column) -> int:
    words = words_of(column.name)
    return next((n for n, word in enumerate(DAY_WORDS) if word in words), 99)


def _best_category(found: Sequence[Column]) -> Column:
    return min(found, key=lambda c: (class_rank(c), len(words_of(c.name)), -c.sure))


def class_rank(column: Column) -> int:
    """Return how far down a column is among those that may say what happened, best 0."""
    words = words_of(column.name)
    return next((n for n, word in enumerate(CATEGORY_WORDS) if word in words), 99)


def _clearly(found: Sequence[Column], table: Table) -> Column | None:
    if found[0].field == "event_date":
        ranks = sorted((_day_rank(column), at) for at, column in enumerate(found))
        if ranks[0][0] < ranks[1][0]:
            return found[ranks[0][1]]
    if found[0].field in DATES:
        # `Occurred date` beside `Occurred date time`: the plainer says as much.
        ranked = sorted(found, key=lambda c: (len(words_of(c.name)), -c.sure))
        if len(words_of(ranked[0].name)) < len(words_of(ranked[1].name)):
            return ranked[0]
    ranked = sorted(found, key=lambda c: (-c.sure, -table.profile(c).filled))
    first, second = ranked[0], ranked[1]
    if first.sure > second.sure + 0.02 or table.profile(second).filled < FEW_FILLED * max(
        table.profile(first).filled, 1
    ):
        return first
    return None
