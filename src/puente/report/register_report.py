"""Reports of the register: blocked property, rejected transactions, the annual one, all of it.

As rows for a spreadsheet (CSV, XLSX) or on paper (tagged PDF); the same bytes for the same register
and clock. Amounts of two currencies are never added, nor blocked property to what was seized.

Source: 31 CFR 501.603(b)(1)(ii), (2); 501.604(b).
Limits: the reports are filed by a person through the OFAC Reporting System, not from here.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_, current_language, format_date, format_number
from puente.i18n import gettext as _
from puente.model.cells import safe_cell
from puente.report.document import Callout, Document, Figures, Grid, Paragraph, Section
from puente.report.document_pdf import render_pdf
from puente.screen.register import items_on
from puente.screen.register_clocks import CLOCKS, REJECT, STATES, dues, held_on, overdue
from puente.screen.register_forms import BASES, MEASURES, NEXUS, PROPERTY, REJECTED, SORTS
from puente.screen.register_items import MISTAKE, STANDINGS, totals
from puente.store.disk import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from puente.report.document import Block
    from puente.screen.journal import Thread
    from puente.screen.register_clocks import Due
    from puente.screen.register_items import Item

BLOCKING, REJECTS, ANNUAL, WHOLE = "blocking", "rejected", "annual", "whole"
KINDS: Mapping[str, str] = {
    BLOCKING: N_("Report of blocked property"),
    REJECTS: N_("Report of rejected transactions"),
    ANNUAL: N_("Annual report of blocked property"),
    WHOLE: N_("Register of blocked, seized and forfeited property"),
}
"""Reports, with their titles."""
FORMATS = ("csv", "xlsx", "pdf")
_EXACT = Decimal(10) ** 15
"""From here on a spreadsheet's number is not exact; the amount is written as text."""

Cell = str | Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table of the report: headings, and rows as long as these."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReport:
    """A report of the register on a day.

    Attributes:
        kind: one of `KINDS`.
        as_of: the day as of which it tells.
        items: what it tells of.
        dues: the time limits on these items.
        made: when it was made, with time zone.
        by, agency: who made it, and whose register it is.
    """

    kind: str
    as_of: date
    items: tuple[Item, ...]
    dues: tuple[Due, ...]
    made: datetime
    by: str
    agency: str

    @property
    def title(self) -> str:
        """Return its title, in the current language."""
        return _(KINDS[self.kind])

    def tables(self) -> tuple[Rows, ...]:
        """Return the items, and what is held by program, in the current language."""
        found = [self._rejected() if self.kind == REJECTS else self._property()]
        if self.kind != REJECTS:
            found += [_totals(self.items, by_program=True), _totals(self.items, by_program=False)]
        return (*found, _dues(self.dues))

    def _property(self) -> Rows:
        return Rows(
            name=_("Property"),
            headers=(
                _("Item"), _("Day"), _("State"), _("What was done"), _("Kind of property"),
                _("Description"), _("Who holds it"), _("Where it is"), _("Whose it is"),
                _("Why it is blocked"), _("Listed entry"), _("Program tags"), _("Legal authority"),
                _("Tie to the United States"), _("Value"), _("Currency"), _("Unblocked on"),
            ),
            rows=tuple(
                (
                    item.id, item.day, _(STANDINGS[item.standing]), _(MEASURES[item.measure]),
                    _(SORTS[item.said["sort"]]), item.said["description"], item.said["holder"],
                    item.said["place"], item.said["owner"], _(BASES[item.said["basis"]]),
                    item.said.get("entry", ""), "; ".join(item.programs), item.said["authority"],
                    _(NEXUS[item.said["nexus"]]), _("not known") if item.value is None
                    else item.value, item.currency, item.released,
                )
                for item in self.items
                if item.kind == PROPERTY
            ),
        )  # fmt: skip

    def _rejected(self) -> Rows:
        return Rows(
            name=_("Rejected transactions"),
            headers=(
                _("Item"), _("Day"), _("Description"), _("From whom"), _("To whom"),
                _("Listed entry"), _("Program tags"), _("Legal authority"),
                _("Tie to the United States"), _("Amount"), _("Currency"),
                _("Why it is forbidden, and not blocked"),
            ),
            rows=tuple(
                (
                    item.id, item.day, item.said["description"], item.said["payer"],
                    item.said["payee"], item.said.get("entry", ""), "; ".join(item.programs),
                    item.said["authority"], _(NEXUS[item.said["nexus"]]),
                    item.value if item.value is not None else "", item.currency,
                    item.said["reasons"],
                )
                for item in self.items
            ),
        )  # fmt: skip


def register_report(
    threads: Sequence[Thread], kind: str, *, as_of: date, made: datetime, by: str
) -> RegisterReport:
    """Return a report of the register.

    Args:
        threads: of one agency's register (`puente.screen.register.Register.threads`).
        kind: `blocking` and `rejected` tell what is still to be reported by that day; `annual`
            what was held at the end of the last 30 June; `whole` all there is.
        as_of: the day on which it is asked for.
        made: the clock, with time zone.
        by: who makes it.

    Raises: InvalidData: no such report.
    """
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise InvalidData(_("no report {name!r}; one of {known}").format(name=kind, known=known))
    held = tuple(threads)
    agency = held[0].agency if held else ""
    limits = dues(held, as_of)
    if kind == ANNUAL:
        day = date(as_of.year if as_of >= date(as_of.year, 6, 30) else as_of.year - 1, 6, 30)
        items = held_on(held, day)
        told = tuple(d for d in limits if d.year == str(day.year))
        return RegisterReport(
            kind=kind, as_of=day, items=items, dues=told, made=made, by=by, agency=agency
        )
    items = tuple(i for i in items_on(held, as_of) if i.standing != MISTAKE)
    if kind in {BLOCKING, REJECTS}:
        clock = REJECT if kind == REJECTS else "ofac-blocking-report"
        told = tuple(d for d in limits if d.clock == clock and not d.filed)
        wanted = {due.item for due in told}
        items = tuple(item for item in items if item.id in wanted)
    else:
        items = tuple(item for item in items if item.kind in {PROPERTY, REJECTED})
        told = tuple(d for d in limits if d.item in {item.id for item in items})
    return RegisterReport(
        kind=kind, as_of=as_of, items=items, dues=told, made=made, by=by, agency=agency
    )


def render(report: RegisterReport, form: str) -> bytes:
    """Return the report as CSV (its items), XLSX or PDF, in the current language.

    Raises: InvalidData: another format.
    """
    if form == "csv":
        return csv_of(report.tables()[0])
    if form == "xlsx":
        return xlsx_of(report.tables(), title=report.title, made=report.made)
    if form == "pdf":
        return render_pdf(_document(report))
    raise InvalidData(_("a report is csv, xlsx or pdf"))


def write(report: RegisterReport, out: Path) -> str:
    """Write the report in the format that the name ends in; return its SHA-256, hexadecimal.

    Raises: InvalidData: a name that ends otherwise.
    """
    content = render(report, out.suffix.removeprefix(".").lower())
    write_whole(out, content, mode=0o666)
    return hashlib.sha256(content).hexdigest()


def _totals(items: Sequence[Item], *, by_program: bool) -> Rows:
    program = (_("Program tag"),) if by_program else ()
    return Rows(
        name=_("By program") if by_program else _("In all"),
        headers=(*program, _("What was done"), _("Items"), _("Value"), _("Currency")),
        rows=tuple(
            (
                *((total.program or _("none named"),) if by_program else ()),
                _(MEASURES[total.measure]),
                Decimal(total.items),
                _("not known") if total.value is None else total.value,
                total.currency,
            )
            for total in totals(items, by_program=by_program)
        ),
    )


def _dues(found: Sequence[Due]) -> Rows:
    return Rows(
        name=_("Time limits"),
        headers=(_("Item"), _("What is due"), _("Year"), _("Last day"), _("Filed on"), _("State")),
        rows=tuple(
            (d.item, _(CLOCKS[d.clock]), d.year, d.last.isoformat(), d.filed, _(STATES[d.state]))
            for d in found
        ),
    )


def csv_of(table: Rows) -> bytes:
    """Return a table as CSV; no spreadsheet runs a cell of it."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(table.headers)
    for row in table.rows:
        writer.writerow([c if isinstance(c, Decimal) else safe_cell(c) for c in row])
    # Without the mark spreadsheets misread accents.
    return held.getvalue().encode("utf-8-sig")


def xlsx_of(tables: Sequence[Rows], *, title: str = "", made: datetime | None = None) -> bytes:
    """Return tables as a workbook, a sheet each; texts are texts, whatever they begin with."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    held = io.BytesIO()
    book = Workbook(held, {"in_memory": True, "strings_to_formulas": False})
    # The same tables make the same bytes: the writer would put the clock of the machine.
    created = made.replace(tzinfo=None) if made else datetime(2000, 1, 1)  # noqa: DTZ001
    book.set_properties({"title": title, "created": created})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    money = book.add_format({"num_format": "#,##0.00", "valign": "top"})
    for table in tables:
        sheet = book.add_worksheet(table.name[:31])
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(table.headers) - 1, 18)
        for at, text in enumerate(table.headers):
            sheet.write_string(0, at, text, bold)
        for line, row in enumerate(table.rows, start=1):
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, at, cell, plain)
                elif abs(cell) < _EXACT:
                    counted = table.headers[at] == _("Items")
                    sheet.write_number(line, at, float(cell), plain if counted else money)
                else:
                    sheet.write_string(line, at, f"{cell:f}", plain)
    book.close()
    return held.getvalue()


# --- on paper -------------------------------------------------------------------------------------


def _document(report: RegisterReport) -> Document:
    made = f"{format_date(report.made.date(), 'long')}, {report.made.strftime('%H:%M %Z').strip()}"
    about = (
        (_("Agency"), report.agency or _("not named")),
        (_("As of"), format_date(report.as_of, "long")),
        (_("Made by"), report.by),
        (_("Made at"), made),
        (_("Handling"), "TLP:AMBER"),
    )
    tables = report.tables()
    sections = [_head(report)]
    if report.kind != REJECTS:
        sections.append(_held(tables[1:3]))
    limits = tables[-1]
    if limits.rows:
        grid = _grid(limits, numeric=())
        sections.append(Section(key="due", title=_("Time limits"), blocks=(grid,)))
    sections += _items(tables[0])
    return Document(
        title=report.title,
        subtitle=report.agency,
        language=current_language(),
        marking="TLP:AMBER",
        about=about,
        sections=tuple(sections),
        made=report.made.isoformat(timespec="seconds"),
        closing=f"Puente · {report.title}",
        labels={
            "contents": _("Contents"),
            "as_table": _("The same data as a table"),
            "top": _("Back to the top"),
            "page": _("Page {page} of {pages}"),
        },
    )


def _items(table: Rows) -> list[Section]:
    """Return a part for each item, field by field, as a form has them."""
    return [
        Section(
            key=f"item-{number}",
            title=str(row[0]),
            blocks=(
                Grid(
                    headers=(_("Field"), _("As recorded")),
                    rows=tuple(
                        (name, _shown(cell))
                        for name, cell in zip(table.headers[1:], row[1:], strict=True)
                        if cell != ""
                    ),
                    caption=_("Item {item}").format(item=row[0]),
                    wide=((1, 1),),
                ),
            ),
        )
        for number, row in enumerate(table.rows, start=1)
    ]


def _head(report: RegisterReport) -> Section:
    late = len(overdue(report.dues))
    figures = Figures(
        items=(
            (format_number(len(report.items)), _("items"), ""),
            (format_number(late), _("reports overdue"), ""),
        )
    )
    note = Callout(
        title=_("A draft for the person who files"),
        text=_(
            "Nothing has been filed from here. Reports to OFAC go through its reporting system; the"
            " reference of the filing is then entered into the register."
        ),
    )
    return Section(key="head", title=_("What this is"), blocks=(figures, note))


def _held(tables: Sequence[Rows]) -> Section:
    note = Paragraph(
        text=_(
            "An item under two programs stands under each, so that the programs do not add up to"
            " what there is in all. Amounts are of their own currency; what was seized or"
            " forfeited is not blocked property."
        ),
        tone="muted",
    )
    grids: list[Block] = []
    for table in tables:
        width = len(table.headers)
        if table.rows:
            grids.append(_grid(table, numeric=(width - 3, width - 2)))
    blocks = (*grids, note)
    return Section(key="held", title=_("What is held"), blocks=blocks)


def _grid(table: Rows, *, numeric: tuple[int, ...]) -> Grid:
    return Grid(
        headers=table.headers,
        rows=tuple(tuple(_shown(cell) for cell in row) for row in table.rows),
        caption=table.name,
        numeric=numeric,
    )


def _shown(cell: Cell) -> str:
    return format_number(cell) if isinstance(cell, Decimal) else cell
