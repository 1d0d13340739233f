"""Exports for other tools. Each is read through a View, and says what it is and who may have it.

An export is a folder: the data files, and `manifest.json` with who exported what, for which
purpose, when, from which snapshot, under which handling marking, and how many rows of each file.
Names of formats: `ftm` (FollowTheMoney entities, JSON lines), `statements` (FollowTheMoney
statements, CSV), `csv` and `xlsx` (entities, links and hits for a spreadsheet), `graphml`, `gexf`
(the network, for Gephi and others), `anx` (for i2 Analyst's Notebook), `stix` (STIX 2.1).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.provenance import strictest
from puente.report.formats_anx import write_anx
from puente.report.formats_csv import write_csv
from puente.report.formats_ftm import write_ftm, write_statements
from puente.report.formats_gexf import write_gexf
from puente.report.formats_graphml import write_graphml
from puente.report.formats_stix import write_stix
from puente.report.formats_xlsx import write_xlsx

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Selection, Written

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written.

    Attributes:
        files: the files, data first, then the manifest.
        rows: rows of each data file, by file name.
        marking: strictest handling marking of anything in them.
    """

    files: tuple[Path, ...]
    rows: Mapping[str, int]
    marking: str


_FORMATS: Mapping[str, Callable[[View, Selection, Path], list[Written]]] = {
    "ftm": write_ftm,
    "statements": write_statements,
    "csv": write_csv,
    "xlsx": write_xlsx,
    "graphml": write_graphml,
    "gexf": write_gexf,
    "anx": write_anx,
    "stix": write_stix,
}

FORMATS: tuple[str, ...] = tuple(_FORMATS)
"""Names of the formats that `export` writes."""


def export(
    view: View,
    format: str,  # noqa: A002 - the word of the trade
    out: Path,
    *,
    now: datetime.datetime,
    ids: Iterable[str] | None = None,
) -> ExportReport:
    """Write the records that `view` shows into the folder `out`; return what was written.

    Files of the same names are replaced, each whole or not at all.

    Args:
        view: a View opened for the action `export`; what it does not show is not written.
        format: one of `FORMATS`.
        out: folder; it is made where there is none.
        now: the time of the export, with time zone.
        ids: only these entities (ids of records or clusters) and what joins two of them; None is
            everything.

    Raises: InvalidData: an unknown format, a clock without time zone. NotAllowed: the policy
        refuses. NotFound: one of `ids` is not there.
    """
    from puente.report.selection import select

    writer = _FORMATS.get(format)
    if writer is None:
        raise InvalidData(
            _("unknown format {name!r}; one of {known}").format(
                name=format, known=", ".join(FORMATS)
            )
        )
    if now.tzinfo is None:
        raise InvalidData(_("the clock needs a time zone"))
    selection = select(view, ids)
    out.mkdir(parents=True, exist_ok=True)
    aside = out / f".{format}-{uuid4().hex[:8]}"
    aside.mkdir(mode=0o700)
    try:
        written = writer(view, selection, aside)
        marking = strictest(mark for part in written for mark in part.markings)
        manifest = _manifest(view, format, selection, written, (now, marking))
        view.record(
            "export",
            ids=selection.asked,
            format=format,
            marking=marking,
            rows={part.name: part.rows for part in written},
        )
        # What leaves the house stands in the log before it stands on the disk.
        view.flush()
        (aside / MANIFEST).write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        names = [part.name for part in written] + [MANIFEST]
        for name in names:
            (aside / name).replace(out / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return ExportReport(
        files=tuple(out / name for name in names),
        rows={part.name: part.rows for part in written},
        marking=marking,
    )


def _manifest(
    view: View,
    name: str,
    selection: Selection,
    written: list[Written],
    made: tuple[datetime.datetime, str],
) -> dict[str, object]:
    now, marking = made
    return {
        "format": name,
        "marking": marking,
        "made_at": now.isoformat(timespec="seconds"),
        "made_by": view.actor.name,
        "roles": sorted(view.actor.roles),
        "purpose": view.purpose.name,
        "case": view.purpose.case,
        "reason": view.purpose.reason,
        "snapshot": view.snapshot.id,
        "selection": "everything" if selection.asked == () else sorted(selection.asked),
        "files": [
            {
                "name": part.name,
                "rows": part.rows,
                "what": part.what,
                "marking": strictest(part.markings),
                "sha256": part.sha256,
            }
            for part in written
        ],
        "left_out": {key: count for part in written for key, count in part.left_out.items()},
        "notes": [note for part in written for note in part.notes],
        "limits": _("Leads for the work of people, not findings; open the record before you act."),
    }
