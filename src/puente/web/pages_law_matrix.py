"""The gap matrix on a day, cell by cell; and what a draft amendment would do, and to whom."""

# ruff: noqa: TC002 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from puente.errors import InvalidData
from puente.i18n import format_date
from puente.i18n import gettext as _
from puente.law.amend import Amendment, amend, read_amendment
from puente.law.instrument import Instrument, instruments
from puente.law.matrix import Cell, Matrix, gap_matrix
from puente.law.reach import ReachChange, compare_reach
from puente.law.references import CONFIDENCE_WORDS
from puente.law.roles import ANSWER_WORDS, FACILITATOR, INNOCENT, KINDS, role_book
from puente.web import words_law
from puente.web.law_visit import (
    MAX_LAW_BODY,
    MAX_TEXT_BYTES,
    CurrentLawVisit,
    LawForm,
    LawVisit,
    sent_text,
)
from puente.web.pages_law import DayForm, slide_at
from puente.web.reads.law import common_changes, example, parse_day

if TYPE_CHECKING:
    from datetime import date

    from fastapi import FastAPI

EXAMPLE = "amend-kingpin-facilitators"
_KEPT_MATRICES = 64


@dataclass(slots=True, kw_only=True)
class MatrixForm(DayForm):
    """The fields that choose a day and a cell, or an example of a draft."""

    cell: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft amendment, the instrument as it would have it, and whom that reaches."""

    amendment: Amendment
    before: Instrument
    after: Instrument
    change: ReachChange


def declare(app: FastAPI) -> None:
    """Add this module's pages to the app."""
    app.get("/law/matrix", include_in_schema=False)(show_matrix)
    app.post("/law/matrix", include_in_schema=False, max_body_size=MAX_LAW_BODY)(amend_sent)


def show_matrix(
    request: Request, visit: CurrentLawVisit, form: Annotated[MatrixForm, Depends()]
) -> Response:
    """Roles by authorities on a day, one cell in detail, the innocents below."""
    return _page(request, visit, form, example(form.example) if form.example else "")


def amend_sent(request: Request, visit: CurrentLawVisit, sent: LawForm) -> Response:
    """What a draft amendment that was pasted or chosen would do."""
    form = MatrixForm(date=sent.get("date", ""))
    try:
        text = sent_text(sent, "draft")
    except InvalidData as error:
        return _page(request, visit, form, sent.get("draft", "")[:MAX_TEXT_BYTES], error)
    return _page(request, visit, form, text)


@lru_cache(maxsize=_KEPT_MATRICES)
def matrix_on(day: date) -> Matrix:
    """Return the gap matrix of the shipped instruments and roles, innocents too; kept by day."""
    return gap_matrix(instruments(), day, kinds=KINDS)


def read_draft(text: str) -> Draft:
    """Return a draft amendment and what it would do.

    Raises: InvalidData: anything wrong with it, with the line.
    """
    amendment = read_amendment(text, _("draft"))
    before = instruments().get(amendment.target)
    if before is None:
        message = _("there is no instrument {name!r}").format(name=amendment.target)
        raise InvalidData(message, file=amendment.origin)
    after = amend(before, amendment)
    change = compare_reach(before, after, instruments())
    return Draft(amendment=amendment, before=before, after=after, change=change)


def _page(
    request: Request,
    visit: LawVisit,
    form: MatrixForm,
    text: str,
    fault: InvalidData | None = None,
) -> Response:
    day = parse_day(form.chosen, visit.today)
    matrix = matrix_on(day)
    draft: Draft | None = None
    if text and fault is None:
        try:
            draft = read_draft(text)
        except InvalidData as error:
            fault = error
    chosen = _chosen(matrix, form.cell)
    visit.look(f"amend:{draft.before.id}" if draft else "matrix")
    columns = {authority.instrument for authority in matrix.authorities}
    listing = {fact.listed_by for fact in role_book().facts.values() if fact.listed_by}
    used = [instruments()[name] for name in sorted(columns | listing)]

    def cell_link(cell: Cell) -> str:
        asked = {"date": day.isoformat(), "cell": f"{cell.role.id}:{cell.authority}"}
        return f"/law/matrix?{urlencode(asked)}#cell"

    return visit.desk.page(
        request,
        "law_matrix.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        matrix=matrix,
        day=day,
        day_text=format_date(day),
        slide=slide_at(common_changes(used, visit.today), day),
        parts=[
            (kind, [role for role in matrix.roles if role.kind == kind])
            for kind in (FACILITATOR, INNOCENT)
        ],
        chosen=chosen,
        cell_link=cell_link,
        text=text,
        fault=fault,
        draft=draft,
        most_kb=MAX_TEXT_BYTES // 1024,
        instruments=instruments(),
        reaches=words_law.reach_marks(),
        answer_words=ANSWER_WORDS,
        confidence_words=CONFIDENCE_WORDS,
    )


def _chosen(matrix: Matrix, name: str) -> Cell | None:
    """Return the cell called `ROLE:AUTHORITY`; None where none is asked for.

    Raises: NotFound: there is none of that name.
    """
    if not name:
        return None
    role, _colon, authority = name.partition(":")
    return matrix.cell(role[:80], authority[:80])
