"""A mapping for a file that nobody has described: proposed, with its evidence, and confirmed.

    read_sample     what the file is written in, and its first rows
    table_of        what each column is taken for, by its header and its values
    shape_of        what a row is
    _MAKERS         the mapping's items for such a row
    parse_mapping   the mapping, checked like any other

A wrong guess is worse than none: a column that is not sure stays unmapped, and is named.

Limits: it reads what stands in the file. Whether the records may be held, and how they came about,
    only their holder knows, and is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.guess_columns import OFFICER
from puente.ingest.guess_dates import date_order
from puente.ingest.guess_draft import Draft, row_id
from puente.ingest.guess_events import event
from puente.ingest.guess_figures import bulk, counts
from puente.ingest.guess_places import known_places, placed
from puente.ingest.guess_registers import firms, holdings, officers, people, vehicles
from puente.ingest.guess_sample import read_sample
from puente.ingest.guess_shape import shape_of
from puente.ingest.guess_table import table_of
from puente.ingest.guess_values import profile
from puente.ingest.mapping import parse_mapping
from puente.ingest.mapping_spec import Spec
from puente.model.provenance import RecordClass
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_dates import DateOrder
    from puente.ingest.guess_shape import Shape
    from puente.ingest.mapping import MappedSource
    from puente.ingest.source import Limits
    from puente.model.places import Gazetteer

_EVENTS = ("incident", "theft", "weapons", "seizure", "inspection", "detention")
_COUNTS = ("counts", "counts_by_month", "counts_by_record")
_BULK = ("payment", "phone_call", "plate_read", "emergency_call")
_MAKERS: dict[str, Callable[[Draft], None]] = {
    **dict.fromkeys(_EVENTS, event),
    **dict.fromkeys(_COUNTS, counts),
    **dict.fromkeys(_BULK, bulk),
    "shareholders": holdings,
    "officers": officers,
    "firms": firms,
    "people": people,
    "vehicles": vehicles,
}
_PARTS = ("entities", "edges", "incidents", "counts", "events")
EXAMPLES = 3


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice: people read and mend the file."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is fixed
        """Return True: no anchors."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a user says of a file, since the file cannot.

    Attributes:
        source: name of the source; "" makes one of the file's name.
        agency, country: who holds the records, and that agency's country.
        record_class: of the records; never guessed.
        legal_basis, obtained: the law under which they are held, and how they came about.
        state: name of the state of the whole file; "" where the rows say it.
        day_first: how dates like 03/04/2024 are read; None where the file shall tell.
    """

    source: str = ""
    agency: str = ""
    country: str = "mx"
    record_class: str = "fact"
    legal_basis: str = ""
    obtained: str = ""
    state: str = ""
    day_first: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedColumn:
    """One column: what it is taken for, how sure (0 to 1), why, what it is used for, examples."""

    name: str
    field: str
    sure: float
    why: tuple[str, ...]
    used_for: tuple[str, ...]
    examples: tuple[str, ...]

    def as_json(self, *, show: bool = False) -> dict[str, object]:
        """Return the column; its examples masked unless they shall be shown."""
        return {
            "name": self.name,
            "field": self.field,
            "sure": round(self.sure, 2),
            "why": list(self.why),
            "used_for": list(self.used_for),
            "examples": [text if show else masked(text) for text in self.examples],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a file is taken for, and the mapping that would read it so.

    Attributes:
        source: the mapped source; None where the file lacks what a mapping needs.
        text: the mapping as YAML.
        shape: what a row is.
        columns: every column of the file, in its order.
        order: how its dates are read.
        place: how rows are placed, in words.
        row: how rows are told apart, in words.
        notes: what a user should know.
        lacking: what the file does not say and the mapping would need.
    """

    source: MappedSource | None
    text: str
    shape: Shape
    columns: tuple[GuessedColumn, ...]
    order: DateOrder
    place: str
    row: str
    notes: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Return the columns that the mapping does not read."""
        return tuple(column.name for column in self.columns if not column.used_for)

    def as_json(self, *, show: bool = False) -> dict[str, object]:
        """Return the guess as `puente ingest --guess --json` prints it."""
        return {
            "rows_are": self.shape.kind,
            "why": self.shape.why,
            "columns": [column.as_json(show=show) for column in self.columns],
            "unmapped": list(self.unmapped),
            "day_first": self.order.day_first,
            "dates": self.order.why,
            "place": self.place,
            "row": self.row,
            "notes": list(self.notes),
            "lacking": list(self.lacking),
            "mapping": self.text,
        }


def guess_mapping(path: Path, told: Told, gazetteer: Gazetteer, limits: Limits) -> Guess:
    """Return what a file is taken for.

    Args:
        path: a CSV, XLSX or Parquet file, packed or not.
        told: what only its holder knows.
        gazetteer: municipalities that have been loaded; may be empty.
        limits: what a file may cost.

    Raises: InvalidData: no such file, another kind, no table in it.
    Cost: one pass over a text file for its encoding, then its head and a few pieces further on are
        looked at; a workbook is read whole, an archive unpacked, of Parquet its first rows read.
    """
    sample = read_sample(path, limits)
    known = known_places(gazetteer)
    profiles = [profile(name, sample.cells(at), known) for at, name in enumerate(sample.header)]
    table = table_of(profiles, (path.stem, str(sample.layout.get("sheet", "")), *sample.titles))
    shape = shape_of(table)
    table.kind = shape.kind
    order = date_order(table, sample, told=told.day_first)
    for column in [c for c in table.columns if c.name in order.mixed]:
        table.drop(column, _("days and months stand both ways in it"))
    draft = Draft(
        name=told.source or source_name(path),
        table=table,
        sample=sample,
        row=row_id(table, sample),
        place=placed(table, gazetteer, told.state),
    )
    if shape.kind:
        _MAKERS[shape.kind](draft)
    else:
        draft.lacking.append(shape.why)
    if order.open and told.day_first is None:
        columns = ", ".join(order.open)
        draft.lacking.append(
            _("how the dates in {columns} are read: --day-first or --month-first").format(
                columns=columns
            )
        )
    if told.record_class == RecordClass.CRIMINAL_INTELLIGENCE:
        draft.lacking.append(
            _("a reasonable suspicion for each person (28 CFR 23.20): such a mapping is written by"
              " hand")
        )  # fmt: skip
    if not told.agency:
        draft.lacking.append(_("who holds the records: --agency"))
    if told.record_class not in {"public_list", "sanctions"}:
        if not told.legal_basis:
            draft.lacking.append(_("the law under which the records are held: --legal-basis"))
        if not told.obtained:
            draft.lacking.append(_("how the records came about: --obtained"))
    return _guess(path, draft, told, order, shape)


def _guess(path: Path, draft: Draft, told: Told, order: DateOrder, shape: Shape) -> Guess:
    spec = _spec(path, draft, told, order)
    text = yaml.dump(spec, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100)
    made = any(getattr(draft, part) for part in _PARTS)
    read = Spec(spec).columns() if made else set()
    source = parse_mapping(text, path.name) if made and not draft.lacking else None
    return Guess(
        source=source,
        text=text if made else "",
        shape=shape,
        columns=tuple(
            _column(column, draft, read) for column in draft.table.columns if column.name
        ),
        order=order,
        place=draft.place.why,
        row=draft.row.why,
        notes=tuple(dict.fromkeys([*draft.sample.notes, *draft.notes])),
        lacking=tuple(dict.fromkeys(draft.lacking)),
    )


def _spec(path: Path, draft: Draft, told: Told, order: DateOrder) -> dict[str, object]:
    file: dict[str, object] = {"pattern": pattern_of(path), **draft.sample.layout}
    if order.day_first is not None:
        file["day_first"] = order.day_first
    nothing = sorted(set().union(*(one.nothing for one in draft.table.profiles)))
    if nothing:
        file["empty"] = nothing
    spec: dict[str, object] = {
        "name": draft.name,
        "title": path.stem,
        "agency": told.agency,
        "country": told.country,
        "record_class": told.record_class,
    }
    for name in ("legal_basis", "obtained"):
        if value := getattr(told, name):
            spec[name] = value
    spec["file"] = file
    if draft.day:
        spec["date"] = {"column": draft.day}
    return spec | {part: held for part in _PARTS if (held := getattr(draft, part))}


def _column(column: Column, draft: Draft, read: set[str]) -> GuessedColumn:
    """Return what is told of a column; it is used only where the mapping reads it."""
    values = draft.table.profile(column).values
    used = tuple(draft.taken.get(column.name, ())) if column.name in read else ()
    why = column.why
    if column.field and not used and column.field != OFFICER:
        why = (*why, _("nothing is made of it in a row of this kind"))
    return GuessedColumn(
        name=column.name,
        field=f"{column.field} ({column.role})" if column.role else column.field,
        sure=column.sure,
        why=why,
        used_for=used,
        examples=tuple(text for text, _count in values.most_common(EXAMPLES)),
    )


def masked(text: str) -> str:
    """Return the shape of a text: letters as `a` and `A`, digits as `9`, the rest as it is."""
    plain = "".join(
        "9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in text
    )
    return plain if len(plain) <= 40 else plain[:39] + "…"


def source_name(path: Path) -> str:
    """Return a name for the source of a file: its words, without dates and numbers.

    Raises: InvalidData: no word is in the name.
    """
    stem = path.name.split(".")[0]
    words = [word for word in fold(stem).split() if not word.isdigit()]
    name = re.sub(r"[^a-z0-9_]+", "", "_".join(words)).strip("_")
    name = re.sub(r"^[^a-z]+", "", name)
    if not name:
        raise InvalidData(_("the file's name holds no word; name the source (--source)"), file=path)
    return name[:60]


def pattern_of(path: Path) -> str:
    """Return the pattern that later deliveries of a file fit: numbers beside words may change."""
    safe = re.sub(r"([*?\[])", "[\\1]", path.name)
    stem, dot, ending = safe.partition(".")
    named = re.sub(r"\d[\d_-]*", "*", stem)
    # A name of numbers alone would claim every file of its kind from then on.
    return named + dot + ending if any(c.isalnum() for c in named) else safe
