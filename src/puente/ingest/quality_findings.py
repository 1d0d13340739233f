"""A finding: one thing that is wrong, or odd, in the figures of a source, with figure and norm."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from puente.i18n import N_, format_number
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SEVERITIES: tuple[str, ...] = ("fault", "warning", "note")
"""Gravest first. A fault: do not use these figures as they stand. A warning: ask before use. A
note: know it while reading."""

CHECKS: Mapping[str, str] = {
    "months_absent": N_("months absent"),
    "places_absent": N_("places absent"),
    "records_absent": N_("records absent"),
    "cells_absent": N_("cells absent"),
    "months_blank": N_("last months blank"),
    "revision": N_("revised"),
    "silence": N_("fallen silent"),
    "late": N_("later than its rhythm"),
    "sum": N_("parts and whole differ"),
    "sister": N_("two sources differ"),
    "break": N_("break in level"),
    "spike": N_("a month out of line"),
    "shifted": N_("months shifted"),
    "swapped": N_("places swapped"),
    "repeated": N_("months repeated"),
    "impossible": N_("impossible value"),
    "future": N_("months to come"),
    "codes": N_("places without a code"),
    "constant": N_("never varies"),
    "heaping": N_("round numbers"),
    "rejects": N_("rows rejected"),
    "reading": N_("told while loading"),
}
"""What is checked, with its label."""

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "agency", "check", "severity", "place")),
        *((name, pa.string()) for name in ("record", "period")),
        ("figure", pa.float64()),
        ("expected", pa.float64()),
        *((name, pa.string()) for name in ("unit", "text", "rows", "load")),
    ]
)
"""Columns of the `quality` artefact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding of one check.

    Attributes:
        source, check, severity: of whom, one of `CHECKS`, one of `SEVERITIES`.
        text: a message of the catalogue, with `{name}` for each of `values`.
        values: numbers and names that the text tells.
        agency: "" is the source's.
        place, record, period: where, of what and when (`2024`, `2024-05`, `2024-05/2024-09`); ""
            where it is about all.
        figure, expected: what stands there, and what should; in `unit`.
        rows: where to look: `file:line`, or what to ask the figures for.
        load: id of the load; "" where it is about several.
    """

    source: str
    check: str
    severity: str
    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    agency: str = ""
    place: str = ""
    record: str = ""
    period: str = ""
    figure: float | None = None
    expected: float | None = None
    unit: str = ""
    rows: str = ""
    load: str = ""

    def row(self) -> dict[str, object]:
        """Return the finding as a row of the artefact."""
        told = {"text": self.text, "values": dict(self.values)}
        held = {name: getattr(self, name) for name in SCHEMA.names}
        return {**held, "text": json.dumps(told, sort_keys=True, ensure_ascii=False)}


def table_of(findings: Iterable[Finding]) -> pa.Table:
    """Return findings as the artefact: by source, gravest first, then by check, place and time."""
    rank = {name: number for number, name in enumerate(SEVERITIES)}

    def order(row: Mapping[str, object]) -> tuple[object, ...]:
        names = ("check", "record", "place", "period", "load", "rows", "text")
        return (row["source"], rank[str(row["severity"])], *(row[name] for name in names))

    return pa.Table.from_pylist(sorted((f.row() for f in findings), key=order), schema=SCHEMA)


def say(text: str) -> str:
    """Return the words of a finding, from its `text` column, in the current language."""
    told = json.loads(text)
    values = {name: _shown(value) for name, value in told["values"].items()}
    if "unit" in values:
        values["unit"] = unit_label(values["unit"])
    return _(told["text"]).format(**values)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return format_number(value, 2)
    if isinstance(value, int):
        return format_number(value)
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    return str(value)


def check_label(name: str) -> str:
    """Return the label of a check in the current language."""
    return _(CHECKS.get(name, name))


def severity_label(name: str) -> str:
    """Return the word for a severity in the current language."""
    return {"fault": _("fault"), "warning": _("warning"), "note": _("note")}.get(name, name)


def month_text(month: int) -> str:
    """Return a month's number (year times 12, January being 0) as `YYYY-MM`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def span_text(first: int, last: int) -> str:
    """Return a run of months as `YYYY-MM` or `YYYY-MM/YYYY-MM`."""
    return month_text(first) if first == last else f"{month_text(first)}/{month_text(last)}"


def unit_label(unit: str) -> str:
    """Return the word for the unit of a finding."""
    return {
        "cases": _("cases"),
        "months": _("months"),
        "places": _("places"),
        "municipalities": _("municipalities"),
        "figures": _("figures"),
        "records": _("records"),
        "rows": _("rows"),
        "days": _("days"),
        "year": _("year"),
        "percent": _("percent"),
        "crossings": _("crossings"),
        "correlation": _("likeness"),
        "mean log ratio": _("mean distance"),
    }.get(unit, unit)
