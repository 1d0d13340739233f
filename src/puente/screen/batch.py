"""A file of questions answered line by line, in order and in bounded memory.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on batch screening and on keeping
    what was asked, answered and by which method.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.source import Reject
from puente.screen.answer_files import answers_to, written
from puente.screen.answering import AT_ONCE, Line, Options, answer_lines
from puente.screen.index_files import opened
from puente.screen.lists import read_list_files
from puente.screen.match import Screener
from puente.screen.questions import read_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from puente.screen.entry import ListEntry
    from puente.screen.questions import Values

__all__ = ["BatchReport", "Options", "screen_files"]

AT_ONCE_SPARK = 100_000
"""Questions handed to Spark at once: what the driver holds."""


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
    """Answer the questions of a file against list files, one answer each, in the file's order.

    A line that is no question (no id, no name, broken) is kept in `<out>.rejects.jsonl` with its
    line and reason. A particular that cannot be read is left out of the comparison and told in the
    answer's `notes`, since a question left unanswered would be worse.

    Args:
        lists: list files, or folders in a published layout.
        queries: CSV, XLSX or Parquet; see `puente.screen.questions.read_questions`.
        out: what to write: JSON lines, or a row a hit where it ends in .csv or .xlsx.
        progress: told how many questions are answered.

    Raises:
        InvalidData: no list, or a file of questions that cannot be read at all.
        SourceFailed: Spark is not installed or not reached.
    Source: see the module.
    Cost: about 0.5 ms a question against 25,000 names; memory does not grow with the questions.
    """
    chosen = options or Options()
    if not 0 <= chosen.cutoff <= 1:
        raise InvalidData(_("the cutoff is a number from 0 to 1"))
    reading = read_list_files(lists, chosen.as_of)
    rejects = out.with_name(f"{out.name}.rejects.jsonl")
    rejects.unlink(missing_ok=True)
    counts = {"asked": 0, "alerts": 0, "rejected": 0, "noted": 0}
    at_once = AT_ONCE_SPARK if chosen.master else AT_ONCE
    with (
        answering(reading.entries, chosen) as answer,
        answers_to(out) as write,
        written(rejects) as refused,
    ):
        for part in _chunks(read_questions(queries), refused, counts, at_once):
            for line in answer(part):
                counts["alerts"] += line.alert
                counts["noted"] += line.noted
                write(line.text)
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


@contextmanager
def answering(
    entries: Sequence[ListEntry], options: Options
) -> Iterator[Callable[[Sequence[Values]], Sequence[Line]]]:
    """Give what answers questions, in this process or by Spark; either gives the same lines.

    Raises: SourceFailed: Spark is not installed or not reached.
    Source: see the module.
    """
    if not options.master:
        kept = opened(entries, options.index) if options.index else None
        screener = Screener(kept or entries)
        yield lambda part: answer_lines(screener, part, options)
        return
    from puente.screen.spark import spark_answers

    with ExitStack() as held:
        folder = options.index or Path(held.enter_context(tempfile.TemporaryDirectory()))
        index = opened(entries, folder)
        yield held.enter_context(spark_answers(index, options))


def _chunks(
    questions: Iterator[Values | Reject], refused: TextIO, counts: dict[str, int], at_once: int
) -> Iterator[list[Values]]:
    part: list[Values] = []
    for item in questions:
        if isinstance(item, Reject):
            counts["rejected"] += 1
            row = {"line": item.line, "reason": item.reason, "raw": item.raw}
            refused.write(json.dumps(row, ensure_ascii=False) + "\n")
            continue
        part.append(item)
        if len(part) == at_once:
            yield part
            part = []
    if part:
        yield part
