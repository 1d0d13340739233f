"""The workbench: what a case file supports, reading by reading, the contrary side first.

Nothing of a case file that is sent is stored, and nothing of it enters the log.
"""

# ruff: noqa: TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.errors import InvalidData, NotFound
from puente.i18n import format_date
from puente.i18n import gettext as _
from puente.law.compare import CAUSE_TEXT
from puente.law.sentences import mark, need_name, pivot_sentence
from puente.law.status import word_text
from puente.report.pictures_law_matrix import status_matrix_picture
from puente.web import words_law
from puente.web.law_visit import (
    MAX_LAW_BODY,
    MAX_TEXT_BYTES,
    CurrentLawVisit,
    LawForm,
    LawVisit,
    sent_text,
)
from puente.web.reads.law import example, parse_day
from puente.web.reads.law_assess import (
    CHANGED,
    Bench,
    compare_runs,
    example_case,
    pivot_words,
    read_bench,
    read_case_text,
    run_day,
    wanted_in,
)

if TYPE_CHECKING:
    from datetime import date

    from fastapi import FastAPI

    from puente.law.evidence import CaseFile
    from puente.report.svg import Picture

EXAMPLE = "case-fto"


@dataclass(slots=True, kw_only=True)
class AssessForm:
    """The fields of the workbench, but for the case file itself."""

    example: str = ""
    law: str = ""
    other: str = ""
    facts: str = ""


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/law/assess", include_in_schema=False)(show_bench)
    app.post("/law/assess", include_in_schema=False, max_body_size=MAX_LAW_BODY)(assess_sent)


def show_bench(
    request: Request, visit: CurrentLawVisit, form: Annotated[AssessForm, Depends()]
) -> Response:
    """The workbench, empty or with the made-up example."""
    text = example(form.example) if form.example else ""
    return _page(request, visit, form, text)


def assess_sent(request: Request, visit: CurrentLawVisit, sent: LawForm) -> Response:
    """What a case file supports that was pasted or chosen."""
    form = AssessForm(
        law=sent.get("law", ""), other=sent.get("other", ""), facts=sent.get("facts", "")
    )
    try:
        text = sent_text(sent, "case")
    except InvalidData as error:
        return _page(request, visit, form, sent.get("case", "")[:MAX_TEXT_BYTES], error)
    return _page(request, visit, form, text)


def read_benches(case: CaseFile, form: AssessForm, today: date) -> tuple[Bench, ...]:
    """Return the runs of a case file: one for the day of the law, and one for the other day.

    Raises: InvalidData, NotFound: see `read_bench`.
    """
    facts = parse_day(form.facts, case.as_of_facts)
    days = [parse_day(form.law, today)]
    if form.other.strip():
        days.append(parse_day(form.other, today))
    return tuple(read_bench(case, day, facts) for day in days)


def _page(
    request: Request,
    visit: LawVisit,
    form: AssessForm,
    text: str,
    fault: InvalidData | NotFound | None = None,
) -> Response:
    benches: tuple[Bench, ...] = ()
    if text and fault is None:
        try:
            case = example_case(form.example) if form.example else read_case_text(text)
            benches = read_benches(case, form, visit.today)
        except (InvalidData, NotFound) as error:
            fault = error
    visit.look(f"assess:{benches[0].run.instrument.id}" if benches else "assess")
    if benches:
        visit.mark(benches[0].run.marking)
    runs = [bench.run for bench in benches]
    return visit.desk.page(
        request,
        "law_assess.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        form=form,
        text=text,
        is_example=form.example == EXAMPLE,
        fault=fault,
        fault_line=_line_of(text, fault),
        benches=benches,
        bench=benches[0] if benches else None,
        change=compare_runs(*runs) if len(runs) == 2 else None,
        changed_words=CHANGED,
        cause_words=CAUSE_TEXT,
        overview=_overview(benches),
        today=visit.today,
        most_kb=MAX_TEXT_BYTES // 1024,
        pivot_sentence=pivot_sentence,
        pivot_words=pivot_words,
        wanted_in=wanted_in,
        need_name=need_name,
        element_mark=mark,
        run_day=run_day,
        word_text=word_text,
        statuses=words_law.status_marks(),
    )


def _line_of(text: str, fault: InvalidData | NotFound | None) -> str:
    """Return the line of a text that is at fault, cut to what a page can show."""
    line = fault.line if isinstance(fault, InvalidData) else None
    lines = text.splitlines()
    return lines[line - 1].strip()[:200] if line and 0 < line <= len(lines) else ""


def _overview(benches: tuple[Bench, ...]) -> Picture | None:
    """Return the results by reading and by day; None where no reading has one."""
    named = dict.fromkeys(name for bench in benches for name in bench.readings)
    if not named:
        return None
    rows = list(named)
    statuses = {
        (rows.index(name), column): result.status.word
        for column, bench in enumerate(benches)
        for name, result in zip(bench.readings, bench.run.results, strict=True)
    }
    columns = [_("law of {day}").format(day=format_date(b.run.as_of_law)) for b in benches]
    short = benches[0].run.instrument.short
    title = _("{instrument} by reading and day, on this record").format(instrument=short)
    return status_matrix_picture(rows, columns, statuses, title=title)
