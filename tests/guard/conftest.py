"""A made-up node: records of every class and marking, two countries, two agencies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from puente.guard.audit import AuditLog
from puente.guard.policy import Policy
from puente.guard.seal import Sealer
from puente.model.entity import Statement
from puente.model.provenance import APART
from puente.settings import Settings
from puente.store.cells import Cell
from puente.store.lake import Origin
from puente.store.ledger import open_ledger
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

CELLS = (
    Cell(source="ofac", record_class="sanctions", marking="TLP:CLEAR", agency="OFAC"),
    Cell(source="sat69b", record_class="public_list", marking="TLP:GREEN", agency="SAT"),
    Cell(source="court", record_class="court", marking="TLP:CLEAR", agency="USDC"),
    Cell(source="arrests", record_class="fact", marking="TLP:AMBER", agency="FGR"),
    Cell(source="counts", record_class="fact", marking="TLP:GREEN", agency="SESNSP"),
    Cell(source="seizures", record_class="fact", marking="TLP:AMBER//REL US", agency="CBP"),
    Cell(source="tips", record_class="tip", marking="TLP:AMBER+STRICT", agency="FGR"),
    Cell(source="cases", record_class="criminal_intelligence", marking="TLP:RED", agency="FGR"),
)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def claim_of(cell: Cell, entity: str, prop: str, value: str) -> Statement:
    return Statement(
        entity_id=entity,
        schema="Person",
        prop=prop,
        value=value,
        original=value,
        source=cell.source,
        row="made_up.csv:1",
        agency=cell.agency,
        date="",
        first_seen="2026-01-01",
        last_seen="2026-01-01",
        reliability="A",
        credibility="2",
        marking=cell.marking,
        record_class=cell.record_class,
    )


def event_of(cell: Cell) -> dict[str, object]:
    texts = dict.fromkeys(("to_id", "category", "unit", "authority"), "")
    return {
        **texts, "event_id": f"{cell.source}-e", "kind": "plate_read", "at": "2026-01-01T10:00",
        "place": "01001", "from_id": f"{cell.source}-1", "amount": None, "latitude": None,
        "longitude": None,
    }  # fmt: skip


def indicator_of(cell: Cell) -> dict[str, object]:
    return {
        "place": "01000", "period": "2025", "record": cell.source, "measure": "cifra_negra_pct",
        "value": 92.9, "low": None, "high": None, "unit": "percent",
    }  # fmt: skip


def crossing_of(cell: Cell) -> dict[str, object]:
    return {
        "port": "9101", "port_name": cell.source, "state": "ZZ", "border": "us-mx",
        "month": "2026-01", "measure": "trucks", "count": 1, "latitude": None, "longitude": None,
    }  # fmt: skip


def load_cell(
    workspace: Workspace, cell: Cell, claims: list[Statement], published: str = "2026-01-01"
) -> None:
    origin = Origin(
        source=cell.source,
        path=f"{cell.source}.csv",
        sha256=f"{len(claims):064x}",
        published=published,
        agency=cell.agency,
        marking=cell.marking,
        record_class=cell.record_class,
    )
    with workspace.lake.begin_load(origin) as writer:
        writer.statements(claims)
        writer.rows(
            "counts", [{"place": "01001", "month": "2026-01", "record": cell.source, "count": 1}]
        )
        writer.rows("events", [event_of(cell)])
        writer.rows("indicators", [indicator_of(cell)])
        writer.rows("crossings", [crossing_of(cell)])
        writer.reject(9, "made up", cell.source)
        writer.publish(rows=len(claims) + 2, loaded=len(claims) + 1, rejected=1)


def fill(workspace: Workspace) -> None:
    """One record per cell; the record of `ofac` and that of `tips` are the same person."""
    for cell in CELLS:
        load_cell(
            workspace,
            cell,
            [
                claim_of(cell, f"{cell.source}-1", "name", f"NAME IN {cell.source}"),
                claim_of(cell, f"{cell.source}-1", "notes", "same in all"),
            ],
        )
    with workspace.lake.begin_build() as build:
        shared = [cell for cell in CELLS if cell.record_class not in APART]
        ids = [f"{cell.source}-1" for cell in shared]
        build.write(
            "clusters",
            pa.table(
                {
                    "entity_id": ids,
                    "cluster_id": ["tips-1" if name == "ofac-1" else name for name in ids],
                    "kind": ["Person"] * len(ids),
                }
            ),
            cells=shared,
        )
        view = workspace.system_view(build.path)
        view.sql("SELECT * FROM population")
        build.write("from_nothing", pa.table({"x": [1]}), cells=view.lineage)
        lists = [cell for cell in build.cells if cell.source == "ofac"]
        build.write("from_list", pa.table({"x": [1]}), cells=lists)
        build.publish()


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy.packaged()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, ledger_url: str) -> Iterator[Engine]:
    engine = open_ledger(Settings(workspace=tmp_path / "ws", ledger_url=ledger_url))
    yield engine
    engine.dispose()


@pytest.fixture
def log(ledger: Engine, clock: Clock) -> Iterator[AuditLog]:
    held = AuditLog(ledger, Sealer(b"a made-up secret of 32 bytes. ok"), clock=clock)
    yield held
    held.close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, module_ledger_url: str) -> Iterator[Workspace]:
    """A filled node that a module's tests share: they only read it."""
    folder = tmp_path_factory.mktemp("node") / "ws"
    settings = Settings(workspace=folder, ledger_url=module_ledger_url)
    with Workspace.open(settings) as workspace:
        fill(workspace)
        yield workspace


@pytest.fixture
def empty_node(tmp_path: Path, clock: Clock, ledger_url: str) -> Iterator[Workspace]:
    settings = Settings(workspace=tmp_path / "ws", ledger_url=ledger_url)
    with Workspace.open(settings, clock=clock) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def cells() -> tuple[Cell, ...]:
    return CELLS


@pytest.fixture
def claim() -> Callable[..., Statement]:
    return claim_of


@pytest.fixture
def load() -> Callable[..., None]:
    return load_cell
