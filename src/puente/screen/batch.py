"""A file of questions answered line by line, in bounded memory.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on batch screening and on keeping
    what was asked, answered and by which method.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import Layout, read_table
from puente.ingest.source import LoadContext, Reject, SourceFile, SourceInfo
from puente.model.countries import country_code
from puente.model.dates import parse_date
from puente.model.ids import parse_curp, parse_rfc
from puente.model.schema import get_schema
from puente.screen.entry import Query
from puente.screen.lists import read_list_files
from puente.screen.match import CUTOFF, TOP, Screener, is_alert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

AT_ONCE = 1_000
"""Questions answered at once."""
COLUMNS = ("id", "name", "schema", "birth_date", "country", "curp", "rfc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to screen.

    Attributes:
        cutoff: 0..1, score from which a hit is told and a possible one is an alert.
        top: hits a question, at most.
        weak: whether weak aliases are looked at.
        as_of: day of the lists; None is the newest.

    Source: OFAC FAQ 122 to 125 (weak aliases).
    """

    cutoff: float = CUTOFF
    top: int = TOP
    weak: bool = False
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What came of a file of questions.

    Attributes:
        asked, alerts: questions answered, and those with an alert.
        rejected: lines that are no question; they stand in `rejects`.
        noted: questions answered without a particular that could not be read.
        rejects: file of the rejected lines, None if there are none.
        entries: entries screened against.
        list_files: files they come from.
        list_rejects: rows of those files that could not be read.

    Source: see the module.
    """

    asked: int
    alerts: int
    rejected: int
    noted: int
    rejects: Path | None
    entries: int
    list_files: tuple[Path, ...]
    list_rejects: int


def screen_files(
    lists: Sequence[Path],
    queries: Path,
    out: Path,
    options: Options | None = None,
    progress: Callable[[int], None] | None = None,
) -> BatchReport:
    """Answer the questions of a CSV file against list files, one JSON line each.

    A line that is no question (no id, no name, broken) is kept in `<out>.rejects.jsonl` with its
    line and reason. A particular that cannot be read is left out of the comparison and told in the
    answer's `notes`, since a question left unanswered would be worse.

    Args:
        lists: list files, or folders in a published layout.
        queries: CSV `id,name[,schema,birth_date,country,curp,rfc]`, UTF-8.
        out: JSON lines to write: id, alert, hits, and notes where there are any.
        progress: told how many questions are answered.

    Raises: InvalidData: no list, or a file of questions that cannot be read at all.
    Source: see the module.
    """
    chosen = options or Options()
    if not 0 <= chosen.cutoff <= 1:
        raise InvalidData(_("the cutoff is a number from 0 to 1"))
    reading = read_list_files(lists, chosen.as_of)
    screener = Screener(reading.entries)
    rejects = out.with_name(f"{out.name}.rejects.jsonl")
    rejects.unlink(missing_ok=True)
    counts = {"asked": 0, "alerts": 0, "rejected": 0, "noted": 0}
    with _written(out) as answers, _written(rejects) as refused:
        for part in _chunks(_questions(queries), refused, counts):
            found = screener.match(
                [query for query, _notes in part],
                cutoff=chosen.cutoff,
                top=chosen.top,
                weak=chosen.weak,
            )
            for (query, notes), hits in zip(part, found, strict=True):
                alert = is_alert(hits, chosen.cutoff)
                counts["alerts"] += alert
                counts["noted"] += bool(notes)
                line: dict[str, object] = {
                    "id": query.id,
                    "alert": alert,
                    "hits": [hit.as_json() for hit in hits],
                }
                if notes:
                    line["notes"] = notes
                answers.write(json.dumps(line, ensure_ascii=False) + "\n")
            counts["asked"] += len(part)
            if progress is not None:
                progress(counts["asked"])
    if not counts["rejected"]:
        rejects.unlink()
    return BatchReport(
        **counts,
        rejects=rejects if counts["rejected"] else None,
        entries=len(reading.entries),
        list_files=reading.files,
        list_rejects=len(reading.rejects),
    )


Question = tuple[Query, list[str]]


def _chunks(
    questions: Iterator[Question | Reject], refused: TextIO, counts: dict[str, int]
) -> Iterator[list[Question]]:
    part: list[Question] = []
    for item in questions:
        if isinstance(item, Reject):
            counts["rejected"] += 1
            row = {"line": item.line, "reason": item.reason, "raw": item.raw}
            refused.write(json.dumps(row, ensure_ascii=False) + "\n")
            continue
        part.append(item)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _questions(path: Path) -> Iterator[Question | Reject]:
    info = SourceInfo(name="queries", title="", agency="", country="", record_class="fact")
    file = SourceFile(path=path, source="queries", published="")
    context = LoadContext(info=info, file=file, today=date.min)
    table = read_table(context, Layout(header=("id", "name")))
    place = {name: table.index(name) for name in COLUMNS if name in table.header}
    for item in table.rows:
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        values = {name: cells[at].strip() for name, at in place.items()}
        for name in ("id", "name"):
            if not values[name]:
                reason = _("no {column}").format(column=name)
                yield Reject(line=line, reason=reason, raw=",".join(cells)[:500])
                break
        else:
            yield _question(values)


def _question(values: dict[str, str]) -> Question:
    notes: list[str] = []

    def read(name: str, parse: Callable[[str], str]) -> tuple[str, ...]:
        value = values.get(name, "")
        if not value:
            return ()
        try:
            return (parse(value),)
        except InvalidData as error:
            notes.append(_("{column} not read: {reason}").format(column=name, reason=error.reason))
            return ()

    schema = read("schema", lambda text: get_schema(text).name)
    query = Query(
        id=values["id"],
        names=(values["name"],),
        schema=schema[0] if schema else "",
        birth_dates=read("birth_date", lambda text: parse_date(text).iso),
        countries=read("country", country_code),
        curps=read("curp", _valid(parse_curp)),
        rfcs=read("rfc", _valid(parse_rfc)),
    )
    return query, notes


def _valid(parse: Callable[[str], object]) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = parse(text)
        value, note = str(found.value), str(found.note)  # type: ignore[attr-defined]
        if note:
            raise InvalidData(note)
        return value

    return read


@contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """Write a file that appears whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
