"""A small snapshot for the report's tests: made-up records, real kinds of trouble."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from puente.guard.actors import Actor, Purpose
from puente.model.entity import Statement
from puente.settings import Settings
from puente.store.lake import Origin
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from puente.guard.view import View
    from puente.store.lake import Lake

NASTY = (
    '=HYPERLINK("http://x","y")',
    '#import "evil": $x$ *bold* _it_ @ref <tag> & \'q\' "d" \\ ` // [c] {d}',
    "محمد \u202eevil\u202c عبد\u00adالله",
    "李小龍 \U0001f600",
    "Line\none\ttwo\x00three",
    "]]> <!-- --> <script>alert(1)</script>",
)


LISTS = {
    "source": "ofac_sdn",
    "agency": "OFAC",
    "reliability": "A",
    "credibility": "1",
    "marking": "TLP:CLEAR",
    "record_class": "sanctions",
    "row": "sdn.csv:1",
}
POLICE = {
    "source": "fgr_detenidos",
    "agency": "FGR",
    "reliability": "B",
    "credibility": "2",
    "marking": "TLP:AMBER//REL MX US",
    "record_class": "fact",
    "row": "d.csv:7",
}


def claim(entity: str, schema: str, prop: str, value: str, **more: str) -> Statement:
    given = {
        "date": "",
        "original": value,
        "first_seen": "2024-01-01",
        "last_seen": "2024-01-01",
        **(more if "source" in more else {**LISTS, **more}),
    }
    return Statement(entity_id=entity, schema=schema, prop=prop, value=value, **given)


def statements() -> list[Statement]:
    rows = [
        claim("ofac-1", "Person", "name", "GUZMAN LOERA, Joaquin"),
        claim("ofac-1", "Person", "birthDate", "1957-04-04", date="2009-12-15"),
        claim("ofac-1", "Person", "program", "SDNTK"),
        claim("fgr-1", "Person", "name", "Joaquín Guzmán Loera", **POLICE),
        claim("fgr-1", "Person", "curpCode", "GULJ570404HSLZRQ09", **POLICE),
        claim("fgr-1", "Person", "phone", "+52 667 000 0000", **POLICE),
        claim("ofac-2", "Company", "name", "TRANSPORTES DEL NORTE, S.A. DE C.V."),
        claim("own-1", "Ownership", "owner", "ofac-1", **POLICE),
        claim("own-1", "Ownership", "asset", "ofac-2", **POLICE),
        claim("own-1", "Ownership", "percentage", "60", **POLICE),
        claim("det-1", "Detention", "date", "2023-05-01", **POLICE, date="2023-05-01"),
        claim("det-1", "Detention", "detained", "fgr-1", **POLICE),
        claim("det-1", "Detention", "offence", "contra la salud", **POLICE),
        claim("vic-1", "Person", "name", "Rosa Ruiz Mora", **POLICE),
        claim("vic-1", "Person", "standing", "non_suspect", **POLICE),
    ]
    for i, name in enumerate(NASTY):
        rows.append(claim(f"x&{i}", "Person", "name", name, **POLICE))
    return rows


CLUSTERS = {
    "fgr-1": "fgr-1",
    "ofac-1": "fgr-1",
    "ofac-2": "ofac-2",
    "own-1": "own-1",
    "det-1": "det-1",
    "vic-1": "vic-1",
}


def node(identity: str, schema: str, caption: str, **more: Any) -> dict[str, Any]:
    return {
        "cluster_id": identity,
        "schema": schema,
        "caption": caption,
        "names": [caption],
        "fold": caption.lower(),
        "countries": ["mx"],
        "programs": [],
        "sources": ["fgr_detenidos"],
        "places": [],
        "statements": 2,
        "listed": False,
        "blocked_list": False,
        "standing": "",
        "first_seen": "2021-08-18",
        "last_seen": "2024-05-03",
        "marking": "TLP:AMBER//REL MX US",
        **more,
    }


def edge(source: str, target: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "source_id": source,
        "target_id": target,
        "kind": kind,
        "strength": "confirmed",
        "date_from": "",
        "date_to": "",
        "percent": None,
        "percent_max": None,
        "statement_ids": [],
        "sources": ["fgr_detenidos"],
        **more,
    }


EDGE_SCHEMA = pa.schema(
    [
        ("source_id", pa.string()),
        ("target_id", pa.string()),
        ("kind", pa.string()),
        ("strength", pa.string()),
        ("date_from", pa.string()),
        ("date_to", pa.string()),
        ("percent", pa.float64()),
        ("percent_max", pa.float64()),
        ("statement_ids", pa.list_(pa.string())),
        ("sources", pa.list_(pa.string())),
    ]
)


def _nodes() -> list[dict[str, Any]]:
    rows = [
        node(
            "fgr-1",
            "Person",
            "Joaquín Guzmán Loera",
            listed=True,
            blocked_list=True,
            programs=["SDNTK"],
            sources=["fgr_detenidos", "ofac_sdn"],
        ),
        node(
            "ofac-2",
            "Company",
            "TRANSPORTES DEL NORTE, S.A. DE C.V.",
            sources=["ofac_sdn"],
            marking="TLP:CLEAR",
        ),
        node("det-1", "Detention", "det-1"),
        node("vic-1", "Person", "Rosa Ruiz Mora", standing="non_suspect"),
    ]
    rows += [node(f"x&{i}", "Person", name) for i, name in enumerate(NASTY)]
    return rows


def _edges() -> list[dict[str, Any]]:
    owned = [row.id for row in statements() if row.entity_id == "own-1"]
    rows = [
        edge(
            "fgr-1",
            "ofac-2",
            "Ownership",
            percent=60.0,
            percent_max=60.0,
            statement_ids=owned,
            date_from="2019-05-01",
        ),
        edge("det-1", "fgr-1", "Detention", strength="probable"),
        edge("vic-1", "det-1", "Incident", strength="possible"),
    ]
    rows += [edge(f"x&{i}", "ofac-2", "Associate", strength="possible") for i in range(len(NASTY))]
    return rows


def square(x: float, y: float, size: float = 1.0) -> str:
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


PLACES = {"01001": "Alfa", "01002": "Beta", "01003": "Gama", "02001": "Delta", "02002": "Épsilon"}


def _panel() -> list[dict[str, Any]]:
    half: list[int | None] = [3, 3, 3, 3, 3, 3, None, None, None, None, None, None]
    cases: dict[str, list[int | None]] = {
        "01001": [4] * 12,
        "01002": [0] * 12,
        "01003": [1, 1, *[0] * 10],
        "02001": half,
        "02002": [2] * 12,
        "01999": [1] * 12,
    }
    return [
        {
            "place": place,
            "month": f"2023-{month + 1:02d}",
            "record": "homicidio_doloso",
            "count": count,
            "population": None if place.endswith("999") else 50_000,
            "rate_per_100k": None,
            "state": place[:2],
            "reported": count is not None,
            "sources": ["sesnsp"],
            "level": "unplaced" if place.endswith("999") else "municipality",
        }
        for place, counts in cases.items()
        for month, count in enumerate(counts)
    ]


def artefacts() -> dict[str, pa.Table]:
    """Return what a build derives, small."""
    hits = [
        {
            "entity_id": "fgr-1",
            "listed_id": "ofac-1",
            "list": "ofac_sdn",
            "score": 0.97,
            "name": "GUZMAN LOERA, Joaquin",
            "verdict": "same",
            "programs": ["SDNTK"],
            "why": json.dumps(
                [{"field": "name", "left": "a", "right": "b", "level": "all tokens"}]
            ),
        },
        {
            "entity_id": "x&1",
            "listed_id": "ofac-1",
            "list": "ofac_sdn",
            "score": 0.81,
            "name": NASTY[1],
            "verdict": "possible",
            "programs": [],
            "why": json.dumps([NASTY[2]]),
        },
        {
            "entity_id": "vic-1",
            "listed_id": "ofac-2",
            "list": "ofac_sdn",
            "score": 0.4,
            "name": "TRANSPORTES",
            "verdict": "not",
            "programs": [],
            "why": "[]",
        },
    ]
    alone = {f"x&{i}": f"x&{i}" for i in range(len(NASTY))}
    return {
        "clusters": pa.Table.from_pylist(
            [
                {"entity_id": e, "cluster_id": c, "kind": "Person"}
                for e, c in (CLUSTERS | alone).items()
            ]
        ),
        "links": pa.Table.from_pylist(
            [
                {
                    "left_id": "fgr-1",
                    "right_id": "ofac-1",
                    "kind": "Person",
                    "probability": 0.993,
                    "weight": 7.1,
                    "reason": "model",
                    "why": "[]",
                }
            ]
        ),
        "nodes": pa.Table.from_pylist(_nodes()),
        "edges": pa.Table.from_pylist(_edges(), schema=EDGE_SCHEMA),
        "hits": pa.Table.from_pylist(hits),
        "steps": pa.Table.from_pylist(
            [
                {"cluster_id": "fgr-1", "steps": 0, "seed_id": "fgr-1", "via": "", "kind": ""},
                {
                    "cluster_id": "ofac-2",
                    "steps": 1,
                    "seed_id": "fgr-1",
                    "via": "fgr-1",
                    "kind": "Ownership",
                },
            ]
        ),
        "ownership": pa.Table.from_pylist(
            [
                {
                    "entity": "fgr-1",
                    "status": "blocked",
                    "low": 100.0,
                    "high": 100.0,
                    "because": json.dumps(["on a property-blocking list itself"]),
                },
                {
                    "entity": "ofac-2",
                    "status": "blocked",
                    "low": 60.0,
                    "high": 60.0,
                    "because": json.dumps(
                        ["fgr-1 (listed) holds 60 %", "together 60 %: at least 50 %, blocked"]
                    ),
                },
            ]
        ),
        "panel": pa.Table.from_pylist(_panel()),
    }


GRID = {"01001": (0, 0), "01002": (1, 0), "01003": (2, 0), "02001": (0, 1), "02002": (1, 1)}


def _lake_tables() -> dict[str, list[dict[str, Any]]]:
    return {
        "counts": [
            {"place": p["place"], "month": p["month"], "record": p["record"], "count": p["count"]}
            for p in _panel()
        ],
        "places": [
            {
                "place": place,
                "name": name,
                "state": place[:2],
                "state_name": {"01": "Norte", "02": "Sur"}[place[:2]],
                "valid_from": "",
                "valid_to": "",
                "latitude": None,
                "longitude": None,
                "crosswalk": "",
            }
            for place, name in PLACES.items()
        ],
        "areas": [
            {"place": place, "geometry": square(-100 + x, 20 - y), "level": "municipality"}
            for place, (x, y) in GRID.items()
        ],
    }


def fill(lake: Lake) -> None:
    """Load three made-up deliveries and publish a build of them."""
    held = statements()
    deliveries = (
        ("ofac_sdn", "OFAC", "2024-05-03", "TLP:CLEAR", "sanctions"),
        ("fgr_detenidos", "FGR", "2024-01", "TLP:AMBER//REL MX US", "fact"),
        ("sesnsp", "SESNSP", "2024-02-20", "TLP:CLEAR", "fact"),
    )
    for source, agency, published, marking, record_class in deliveries:
        origin = Origin(
            source=source,
            path=f"{source}.csv",
            sha256=sha256(source.encode()).hexdigest(),
            published=published,
            agency=agency,
            marking=marking,
            record_class=record_class,
        )
        with lake.begin_load(origin) as writer:
            writer.statements(row for row in held if row.source == source)
            rejects = 2 if source == "fgr_detenidos" else 0
            for line in range(rejects):
                writer.reject(line + 4, "no date <2023-02-30>", NASTY[5], "d.csv")
            if source == "sesnsp":
                for table, rows in _lake_tables().items():
                    writer.rows(table, rows)
            writer.publish(rows=10 + rejects, loaded=10, rejected=rejects)
    with lake.begin_build() as build:
        for name, table in artefacts().items():
            build.write(name, table)
        build.publish()


SUMMARY: dict[str, object] = {
    "build": "20240601T000000-abc",
    "entities": 12,
    "clusters": 11,
    "listed": 1,
    "alerts": 2,
    "steps": {"0": 1, "1": 1},
    "ownership": {"blocked": 2},
    "sources": [],
    "places": {},
}
NOW = datetime(2024, 6, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with one small build."""
    settings = Settings(workspace=tmp_path_factory.mktemp("report"), threads=1)
    with Workspace.open(settings, clock=lambda: NOW) as opened:
        fill(opened.lake)
        yield opened


@pytest.fixture
def empty_view(tmp_path: Path) -> Iterator[View]:
    """The pipeline's View of an unfinished build in which there is nothing."""
    settings = Settings(workspace=tmp_path / "empty", threads=1)
    with Workspace.open(settings, clock=lambda: NOW) as opened, opened.lake.begin_build() as build:
        for name, table in artefacts().items():
            build.write(name, table.slice(0, 0))
        yield opened.system_view(build_path=build.path)


ANALYST = Actor(name="ana", roles=frozenset({"analyst"}), country="MX", agency="FGR")


@pytest.fixture
def open_for(workspace: Workspace) -> Callable[..., View]:
    """Open the small build as an analyst who investigates."""

    def opened(action: str = "look") -> View:
        purpose = Purpose(name="investigation", case="C-1", reason="a test")
        return workspace.view(ANALYST, purpose, action=action)

    return opened


@pytest.fixture
def summary() -> dict[str, object]:
    return dict(SUMMARY)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def nasty() -> tuple[str, ...]:
    return NASTY


@pytest.fixture(scope="session")
def edge_schema() -> pa.Schema:
    return EDGE_SCHEMA


@pytest.fixture(scope="session")
def make_node() -> Callable[..., dict[str, Any]]:
    return node


@pytest.fixture(scope="session")
def make_edge() -> Callable[..., dict[str, Any]]:
    return edge


@pytest.fixture(scope="session")
def make_square() -> Callable[..., str]:
    return square
