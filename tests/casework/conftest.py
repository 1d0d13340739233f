"""A made-up case and the people who work on it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from puente.casework.cases import CaseDesk
from puente.casework.determinations import Finding
from puente.guard.actors import Actor, Purpose
from puente.settings import Settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "case-fto.yaml"
READING = "motive=paper+gain=sole"


@pytest.fixture(scope="session")
def case_text() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """An empty node with its ledger in a file; in PostgreSQL where a test asks for that too."""
    in_postgres = getattr(request, "param", "sqlite") == "postgres"
    server = request.getfixturevalue("postgres") if in_postgres else None
    url = server.ready_database() if server else ""
    settings = Settings(workspace=tmp_path / "ws", ledger_url=url)
    with Workspace.open(settings, clock=lambda: NOW) as opened:
        yield opened
    if server:
        server.drop(url)


@pytest.fixture
def desk_of(node: Workspace) -> Callable[..., CaseDesk]:
    """Return the desk of a person; an analyst who investigates where nothing else is said."""

    def made(
        name: str, role: str = "analyst", purpose: str = "investigation", **more: Any
    ) -> CaseDesk:
        actor = Actor(name=name, roles=frozenset({role}), **{"agency": "FGR", **more})
        return CaseDesk(node.guard, actor, Purpose(name=purpose, case="example-fto"))

    return made


@pytest.fixture
def ana(desk_of: Callable[..., CaseDesk]) -> CaseDesk:
    return desk_of("ana")


@pytest.fixture
def luis(desk_of: Callable[..., CaseDesk]) -> CaseDesk:
    return desk_of("luis")


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """Return what a person is about to determine: that `threat` is met, if nothing else is said."""

    def made(**other: Any) -> Finding:
        given = {
            "element": "threat",
            "reading": READING,
            "status": "met",
            "reasons": "Nationals were held.",
            "as_of_law": date(2025, 2, 20),
        }
        return Finding(**{**given, **other})

    return made
