"""The mapping as it is written: which columns it takes, for what, and what tells one row apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_values import says_nothing
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_places import Placed
    from puente.ingest.guess_sample import Sample
    from puente.ingest.guess_table import Table

Item = dict[str, object]
"""One thing that a row names, in the words of the mapping language."""

FILLED = 0.98
"""Share of rows that must have a number for it to number the rows; the rest are damaged rows."""

ALIKE = 0.8
"""Share of equal cells from which two rows of one number are a row and its copy."""

IDENTIFYING = frozenset(
    {"name", "given", "middle", "paternal", "maternal", "surnames", "curp", "rfc", "birth_date"}
    | {"plate", "vin", "serial", "firm_name", "account", "account_from", "account_to"}
)
"""Fields of which another value is another person, vehicle, firm or account: no copy then."""

FEWEST_GROUPS = 0.2
"""Numbers of events among the rows, as a share; fewer are a class and no event."""

TELLING = (
    ("event_date", ""), ("record_date", ""), ("time", ""), ("cvegeo", ""), ("municipality", ""),
    ("category", ""), ("plate", None), ("vin", None), ("serial", None), ("curp", None),
    ("rfc", None), ("name", None), ("given", None), ("paternal", None), ("maternal", None),
    ("firm_name", None), ("number_from", None), ("number_to", None), ("account_from", None),
    ("account_to", None), ("amount", None), ("latitude", ""), ("longitude", ""), ("camera", ""),
    ("location", ""),
)  # fmt: skip
"""Fields that can tell rows apart where no column numbers them, and of whose roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowId:
    """What tells rows apart.

    Attributes:
        template: what stands in ids, e.g. `{folio}`; "" where nothing tells rows apart.
        columns: that it takes.
        repeats: the column that numbers records of which some stand in several rows, where no
            column numbers the rows; "" if none.
        group: such a column beside one that numbers the rows; "" if none.
        why: in words.
    """

    template: str
    columns: tuple[str, ...] = ()
    repeats: str = ""
    group: str = ""
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Draft:
    """A mapping that is being written.

    Attributes:
        name: of the source; stands before every id.
        table, sample: what was found in the file.
        row: what tells rows apart.
        place: where rows are.
        entities, edges, incidents, counts, events: items of the mapping.
        taken: what each column was used for, in words.
        notes: what a user should know.
        lacking: what the file does not say and the mapping would need.
    """

    name: str
    table: Table
    sample: Sample
    row: RowId
    place: Placed
    entities: list[dict[str, object]] = field(default_factory=list)
    edges: list[dict[str, object]] = field(default_factory=list)
    incidents: list[dict[str, object]] = field(default_factory=list)
    counts: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    taken: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    day: str = ""

    def use(self, column: Column | str, what: str) -> str:
        """Return a column's name, and note what it is used for."""
        name = column if isinstance(column, str) else column.name
        held = self.taken.setdefault(name, [])
        if what not in held:
            held.append(what)
        return name

    def text(self, column: Column, what: str, transform: str = "") -> str:
        """Return the template of one column."""
        return "{" + self.use(column, what) + (f"|{transform}" if transform else "") + "}"

    def id(self, tag: str, more: str = "") -> str:
        """Return the id of something that each row has one of."""
        for column in self.row.columns:
            self.use(column, "id")
        return f"{self.name}-{tag}-{self.row.template}{more}"

    def filled(self, column: Column, least: float = 1.0) -> bool:
        """Return True if every row of the sample (or `least` of them) has a value in a column."""
        one = self.table.profile(column)
        return bool(one.rows) and one.filled >= least * one.rows


def row_id(table: Table, sample: Sample) -> RowId:
    """Return what tells the rows of a table apart."""
    candidates = [c for c in table.columns if c.field in {"record_id", "some_id"} and c.name]
    numbered = [c for c in candidates if _filled_share(table, c) >= FILLED]
    for column in sorted(numbered, key=lambda c: (bool(c.role), -c.sure)):
        if _tell_apart([column], table, sample):
            why = _("{column} numbers the rows").format(column=column.name)
            group = _group(table, [c for c in numbered if c is not column])
            return RowId(
                template=f"{{{column.name}}}", columns=(column.name,), group=group, why=why
            )
    repeated = next((c for c in numbered if not c.role and c.field == "record_id"), None)
    repeats = repeated.name if repeated else ""
    # All that can tell rows apart, since what the sample's rows differ in others may share.
    telling = list(_telling(table, [repeated] if repeated else []))
    if telling and _tell_apart(telling, table, sample):
        names = tuple(c.name for c in telling)
        template = "-".join(_piece(c, repeated) for c in telling)
        why = _("rows are told apart by {columns}").format(columns=", ".join(names))
        return RowId(template=template, columns=names, repeats=repeats, why=why)
    why = _("no column numbers the rows, and some are alike")
    return RowId(template="", repeats=repeats, why=why)


def _group(table: Table, others: Sequence[Column]) -> str:
    """Return the column that numbers events of which some stand in several rows."""
    for column in others:
        if column.field == "record_id" and not column.role and _some_repeat(table, column):
            return column.name
    return ""


def _some_repeat(table: Table, column: Column) -> bool:
    return FEWEST_GROUPS < table.profile(column).distinct_share < 1


def _filled_share(table: Table, column: Column) -> float:
    one = table.profile(column)
    return one.filled / one.rows if one.rows else 0.0


def _telling(table: Table, first: Iterable[Column]) -> Iterable[Column]:
    seen = []
    for column in first:
        seen.append(column.name)
        yield column
    for name, role in TELLING:
        for column in table.all(name, role):
            if column.name not in seen and _filled_share(table, column) >= FILLED:
                seen.append(column.name)
                yield column


def _piece(column: Column, number: Column | None) -> str:
    # A number stands as it is; what may be a person's name or day stands in no id.
    return f"{{{column.name}}}" if column is number else f"{{{column.name}|hash}}"


def _tell_apart(chosen: Sequence[Column], table: Table, sample: Sample) -> bool:
    """Return True if rows that share these columns are copies of one row."""
    at = [table.columns.index(column) for column in chosen]
    who = [n for n, column in enumerate(table.columns) if column.field in IDENTIFYING]
    first: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in sample.rows:
        key = tuple(row[n] for n in at)
        if not all(key):
            continue
        held = first.setdefault(key, row)
        if held is row or held == row:
            continue
        if not _alike(held, row) or any(_another(held[n], row[n]) for n in who):
            return False
    return True


def _another(one: str, other: str) -> bool:
    """Return True if both texts name someone and neither is the other cut short."""
    if says_nothing(one) or says_nothing(other):
        return False
    first, second = fold(one), fold(other)
    return not (first.startswith(second) or second.startswith(first))


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return True if one row is a copy of the other, damaged or cut short perhaps."""
    least, most = sorted((one, other), key=lambda row: sum(map(bool, row)))
    filled = [(a, b) for a, b in zip(least, most, strict=True) if a]
    return sum(1 for a, b in filled if a == b) >= ALIKE * len(filled)
