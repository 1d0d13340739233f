"""The JSON interface: what the pages show, for machines; and whether the node is alive."""

# ruff: noqa: TC001 - FastAPI reads these annotations when the app is made

from __future__ import annotations

from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text

from puente.ingest.quality_standing import QUALITY, AsOf, Standing
from puente.web.desk import AtDesk, CurrentVisit, Desk, Visit
from puente.web.pages_entity import read_apart_of, read_mentions_of, read_near_of
from puente.web.pages_records import SearchForm
from puente.web.pages_sources import FindingsForm, source_states
from puente.web.reads.apart import Apart
from puente.web.reads.entity import Facts, cluster_of, read_facts
from puente.web.reads.mentions import Mentions
from puente.web.reads.near import Near
from puente.web.reads.quality import FindingsPage, page_of
from puente.web.reads.search import Found, search
from puente.web.reads.sources import SourceState, find_source
from puente.web.reads.summary import Summary, read_summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityAnswer:
    """An entity: its own side, and what surrounds it; the snapshot that says so.

    Where the network is closed to the session, `mentions` has the open records that name it.
    Where it shows criminal intelligence, `apart` has the suspicion and who shares an identifier.
    """

    snapshot: str
    facts: Facts
    near: Near
    mentions: Mentions
    apart: Apart | None
    as_of: AsOf | None
    sources: tuple[Standing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryAnswer(Summary):
    """The summary; as of when, from whom and how sure. `sources` is how many there are."""

    as_of: AsOf | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAnswer(Found):
    """A page of entities; as of when, and how each of their sources stands."""

    as_of: AsOf | None
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnswer(SourceState):
    """A source, and how it stands: late or not, what it covers, findings by severity."""

    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether a part of the node works."""

    status: str


def declare(app: FastAPI) -> None:
    """Add the JSON interface to the app."""
    app.get("/api/summary", tags=["records"], summary="What the current build holds")(summary)
    app.get("/api/search", tags=["records"], summary="Entities by name or identifier")(find)
    app.get("/api/entities/{entity_id:path}", tags=["records"], summary="One entity")(entity)
    app.get("/api/sources", tags=["records"], summary="Sources and deliveries")(sources)
    app.get("/api/sources/{name}/findings", tags=["records"], summary="What is odd in its figures")(
        findings
    )
    app.get("/healthz", tags=["node"], summary="The process answers")(health)
    app.get("/readyz", tags=["node"], summary="Ledger and a build can be read")(ready)


def summary(desk: AtDesk, visit: CurrentVisit) -> SummaryAnswer:
    """What the current build holds, as far as it is open to the session."""
    held = read_summary(visit.view)
    return SummaryAnswer(**_fields(held), as_of=desk.as_of(visit.view))


def find(desk: AtDesk, visit: CurrentVisit, form: Annotated[SearchForm, Depends()]) -> FoundAnswer:
    """A page of entities; `next` and `previous` are the cursors for `after` and `before`."""
    found = search(visit.view, form.query)
    names = [facet.value for facet in found.sources]
    return FoundAnswer(
        **_fields(found),
        as_of=desk.as_of(visit.view, names),
        standings=_standings(desk, visit, names),
    )


def entity(desk: AtDesk, visit: CurrentVisit, entity_id: str) -> EntityAnswer:
    """One entity by its own id or that of one of its records."""
    facts = read_facts(visit.view, cluster_of(visit.view, entity_id))
    return EntityAnswer(
        snapshot=visit.view.snapshot.id,
        facts=facts,
        near=read_near_of(visit, facts),
        mentions=read_mentions_of(visit, facts),
        apart=read_apart_of(visit, facts),
        as_of=desk.as_of(visit.view, facts.sources),
        sources=_standings(desk, visit, facts.sources),
    )


def sources(desk: AtDesk, visit: CurrentVisit) -> tuple[SourceAnswer, ...]:
    """Every source that is open to the session, with its deliveries and how it stands."""
    held = {item.source: item for item in desk.standings(visit.view)}
    return tuple(
        SourceAnswer(**_fields(state), standing=held[state.name])
        for state in source_states(desk, visit)
    )


def findings(
    desk: AtDesk, visit: CurrentVisit, name: str, form: Annotated[FindingsForm, Depends()]
) -> FindingsPage:
    """A page of what was found in the figures of one source, gravest first."""
    find_source(source_states(desk, visit), name)
    held = desk.findings(visit.view)
    if held:
        visit.view.record("look", ids=(f"artefact:{QUALITY}",))
    return page_of(visit.view, held, name, severity=form.severity, check=form.check, page=form.page)


def _standings(desk: Desk, visit: Visit, names: Iterable[str]) -> tuple[Standing, ...]:
    wanted = set(names)
    return tuple(item for item in desk.standings(visit.view) if item.source in wanted)


def _fields(held: Summary | Found | SourceState) -> dict[str, Any]:
    return {spec.name: getattr(held, spec.name) for spec in fields(held)}


def health() -> Health:
    """Says that the process answers; looks at nothing else."""
    return Health(status="ok")


def ready(desk: AtDesk) -> Response:
    """Says whether the ledger can be read and a build stands."""
    with desk.workspace.ledger.connect() as connection:
        connection.execute(text("SELECT 1"))
    stands = desk.workspace.lake.current() is not None
    status = HTTPStatus.OK if stands else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"status": "ok" if stands else "nothing built yet"}, status_code=status)
