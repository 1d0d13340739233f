"""The law as JSON, for machines: instruments, penalties, the gap matrix, and an assessment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from puente.law.instrument import get_instrument
from puente.law.runs import run_json
from puente.web import security
from puente.web.law_visit import MAX_LAW_BODY, CurrentLawVisit, check_size
from puente.web.pages_law import ListForm, PenaltyForm, penalties
from puente.web.pages_law_assess import AssessForm, read_benches
from puente.web.pages_law_matrix import matrix_on
from puente.web.reads.law import list_instruments, parse_day
from puente.web.reads.law_assess import read_case_text
from puente.web.reads.law_json import instrument_json, matrix_json

if TYPE_CHECKING:
    from fastapi import FastAPI

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class CaseSent:
    """A case file to assess.

    Attributes:
        case: its YAML.
        as_of_law: day of the law, `YYYY-MM-DD` or `YYYY-MM`; "" is today.
        as_of_facts: day of the facts; "" is the case's own.
    """

    case: str
    as_of_law: str = ""
    as_of_facts: str = ""


def declare(app: FastAPI) -> None:
    """Add the law to the JSON interface of the app."""
    app.get("/api/law/instruments", tags=["law"], summary="Instruments on a day")(instruments)
    app.get("/api/law/instruments/{id}", tags=["law"], summary="One instrument, whole")(instrument)
    app.get("/api/law/penalty/{name}", tags=["law"], summary="The maximum on a day")(penalty)
    app.get("/api/law/matrix", tags=["law"], summary="Who is reached by what on a day")(matrix)
    app.post(
        "/api/law/assess",
        tags=["law"],
        summary="What a case file supports; nothing of it is stored",
        max_body_size=MAX_LAW_BODY,
    )(assess)


def instruments(visit: CurrentLawVisit, form: Annotated[ListForm, Depends()]) -> list[Json]:
    """Instruments that hold every word asked for, as they stand on a day."""
    day = parse_day(form.date, visit.today)
    visit.look("list", **({"query": form.q} if form.q.strip() else {}))
    return [
        {
            "id": one.instrument.id,
            "title": {"en": one.instrument.title.en, "es": one.instrument.title.es},
            "short": one.instrument.short,
            "jurisdiction": one.instrument.jurisdiction,
            "kind": one.instrument.kind,
            "authority": one.instrument.authority,
            "state": one.state,
            "marks": dict(one.marks),
            "holds": dict(one.holds),
        }
        for one in list_instruments(
            day, query=form.q, jurisdiction=form.jurisdiction, kind=form.kind
        )
    ]


def instrument(visit: CurrentLawVisit, id: str, date: str = "") -> Json:  # noqa: A002 - the path's name
    """One instrument by its id or short name, and its state on a day."""
    found = get_instrument(id)
    visit.look(found.id)
    return instrument_json(found, parse_day(date, visit.today))


def penalty(
    visit: CurrentLawVisit, name: str, form: Annotated[PenaltyForm, Depends()]
) -> list[Json]:
    """The maxima that a name stands for, on a day of assessment."""
    answers = penalties(form, name, parse_day(form.date, visit.today))
    visit.look(f"penalty:{name}")
    return [answer.as_json() for _instrument, _parameter, answer in answers]


def matrix(visit: CurrentLawVisit, date: str = "") -> Json:
    """Roles by authorities on a day: facilitators, and those whom the law should leave alone."""
    visit.look("matrix")
    return matrix_json(matrix_on(parse_day(date, visit.today)))


def assess(request: Request, visit: CurrentLawVisit, sent: CaseSent) -> Json:
    """What a case file supports, reading by reading."""
    security.check_same_origin(request)
    check_size(sent.case)
    form = AssessForm(law=sent.as_of_law, facts=sent.as_of_facts)
    (bench,) = read_benches(read_case_text(sent.case), form, visit.today)
    visit.look(f"assess:{bench.run.instrument.id}")
    return run_json(bench.run)
