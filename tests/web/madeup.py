"""A small made-up world, written as the lake's tables and the artefacts derived from them.

Nobody here exists. Two agencies hold one man under two spellings; a list names him; he owns a firm
that owns another; his lawyer is marked as no suspect; and one firm's name is an attack.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from puente.graph.network import build_edges
from puente.graph.nodes import build_nodes
from puente.graph.ownership import blocked_in
from puente.graph.steps import steps_from_listed
from puente.model.entity import Statement
from puente.places.panel import build_panel
from puente.settings import Settings
from puente.store.lake import Origin
from puente.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from puente.store.builds import BuildWriter

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)

SCRIPT_NAME = '<script>alert("x")</script> & Hijos'

SOURCES: dict[str, dict[str, str]] = {
    "ofac_sdn": {
        "agency": "OFAC", "record_class": "sanctions", "marking": "TLP:CLEAR",
        "reliability": "A", "credibility": "1", "published": "2026-10-01",
    },
    "fgr_detenidos": {
        "agency": "FGR", "record_class": "fact", "marking": "TLP:AMBER",
        "reliability": "B", "credibility": "2", "published": "2026-09-15",
    },
    "registro_empresas": {
        "agency": "Registro Público de Comercio", "record_class": "fact", "marking": "TLP:GREEN",
        "reliability": "A", "credibility": "2", "published": "2026-08-31",
    },
    "rpc_sociedades": {
        "agency": "SE", "record_class": "fact", "marking": "TLP:CLEAR",
        "reliability": "B", "credibility": "2", "published": "2026-08-30",
    },
    "ssp_vehiculos": {
        "agency": "SSP Estatal", "record_class": "tip",
        "marking": "TLP:AMBER+STRICT", "reliability": "C", "credibility": "3",
        "published": "2026-09-20",
    },
    "sesnsp": {
        "agency": "SESNSP", "record_class": "fact", "marking": "TLP:CLEAR",
        "reliability": "B", "credibility": "2", "published": "2026-09-30",
    },
}  # fmt: skip

# entity, schema, source, line, then property, value, original ("" where it does not differ)
_CLAIMS: tuple[tuple[str, str, str, int, tuple[tuple[str, str, str], ...]], ...] = (
    ("ofac-9001", "Person", "ofac_sdn", 41, (
        ("name", "MONTAÑO QUIROZ, Evaristo", ""),
        ("alias", "EL MAESTRO RURAL", ""),
        ("weakAlias", "PROFE", ""),
        ("birthDate", "1974-03-19", "19 Mar 1974"),
        ("birthPlace", "Valle Inventado, Mexico", ""),
        ("nationality", "mx", "Mexico"),
        ("gender", "male", "Male"),
        ("program", "SDNTK", ""),
        ("topics", "sanction", ""),
    )),
    ("fgr-det-77", "Person", "fgr_detenidos", 12, (
        ("name", "Evaristo Montano Quiros", "EVARISTO MONTANO QUIROS"),
        ("firstName", "Evaristo", "EVARISTO"),
        ("fatherName", "Montano", "MONTANO"),
        ("motherName", "Quiros", "QUIROS"),
        ("birthDate", "1974-03-19", "19/03/1974"),
        ("gender", "male", "H"),
        ("phone", "+525500000077", "55 0000 0077"),
    )),
    ("reg-socio-5", "Person", "registro_empresas", 88, (
        ("name", "Evaristo Montaño Quiroz", ""),
        ("birthDate", "1974", ""),
        ("nationality", "mx", "MEXICANA"),
    )),
    ("reg-emp-1", "Company", "registro_empresas", 88, (
        ("name", "Transportes del Arroyo Seco SA de CV", "TRANSPORTES DEL ARROYO SECO S.A."),
        ("rfcCode", "TAS010203AB1", ""),
        ("incorporationDate", "2001-02-03", "03/02/2001"),
        ("jurisdiction", "mx", "MEXICO"),
        ("place", "99001", ""),
    )),
    ("reg-emp-2", "Company", "registro_empresas", 91, (
        ("name", "Bodegas Puente Alto SA de CV", ""),
        ("rfcCode", "BPA110405CD2", ""),
        ("jurisdiction", "mx", "MEXICO"),
        ("place", "99002", ""),
    )),
    ("reg-emp-3", "Company", "registro_empresas", 97, (
        ("name", SCRIPT_NAME, ""),
        ("rfcCode", "SCR120101EF3", ""),
        ("summary", '"><img src=x onerror=alert(1)>', ""),
    )),
    ("ssp-veh-3", "Vehicle", "ssp_vehiculos", 7, (
        ("registrationNumber", "ZZZ-001-Z", "ZZZ 001 Z"),
        ("vin", "1M8GDM9AXKP042788", ""),
        ("make", "Kenworth", "KENWORTH"),
        ("model", "T680", ""),
        ("buildDate", "2019", ""),
        ("color", "blanco", "BLANCO"),
    )),
    ("fgr-def-9", "Person", "fgr_detenidos", 13, (
        ("name", "Amalia Ruvalcaba Ortega", "AMALIA RUVALCABA ORTEGA"),
        ("standing", "non_suspect", "DEFENSORA"),
        ("position", "defence lawyer", "DEFENSORA"),
    )),
    ("ofac-9002", "Person", "ofac_sdn", 42, (
        ("name", "QUIROZ LARA, Benigno", ""),
        ("birthDate", "1980", "1980"),
        ("program", "ILLICIT-DRUGS-EO14059", ""),
    )),
    ("rpc-emp-1", "Company", "rpc_sociedades", 3, (("name", "Molinos Inventados SA de CV", ""),)),
    ("rpc-soc-1", "Person", "rpc_sociedades", 3, (("name", "Fulgencio Inventado Luna", ""),)),
    ("rpc-not-1", "Person", "rpc_sociedades", 3, (
        ("name", "Nicanor Inventado Sol", ""), ("standing", "non_suspect", "NOTARIO"),
    )),
    ("rpc-own-1", "Ownership", "rpc_sociedades", 3, (
        ("owner", "rpc-soc-1", ""), ("asset", "rpc-emp-1", ""), ("percentage", "40", "40 %"),
        ("startDate", "2020-01-02", "02/01/2020"),
    )),
    ("rpc-acto-1", "UnknownLink", "rpc_sociedades", 3, (
        ("subject", "rpc-not-1", ""), ("object", "rpc-emp-1", ""), ("role", "Notario", ""),
    )),
    ("fgr-det-80", "Person", "fgr_detenidos", 15, (
        ("name", "Benigno Quiroz Lara", "BENIGNO QUIROZ LARA"),
        ("birthDate", "1991-07-02", "02/07/1991"),
    )),
    ("fgr-ev-77", "Detention", "fgr_detenidos", 12, (
        ("date", "2024-05-11", "11/05/2024"),
        ("detained", "fgr-det-77", ""),
        ("offence", "contra la salud", "CONTRA LA SALUD"),
        ("location", "Valle Inventado", ""),
        ("place", "99001", ""),
        ("recordId", "FGR-77/2024", ""),
    )),
    ("ssp-rob-3", "TheftReport", "ssp_vehiculos", 7, (
        ("date", "2025-01", "ENE 2025"),
        ("vehicle", "ssp-veh-3", ""),
        ("violence", "yes", "CON VIOLENCIA"),
        ("place", "99002", ""),
    )),
    ("own-1", "Ownership", "registro_empresas", 88, (
        ("owner", "reg-socio-5", ""), ("asset", "reg-emp-1", ""), ("percentage", "60", "60 %"),
        ("startDate", "2015-06-01", "01/06/2015"),
    )),
    ("own-2", "Ownership", "registro_empresas", 91, (
        ("owner", "reg-emp-1", ""), ("asset", "reg-emp-2", ""), ("percentage", "90", "90 %"),
    )),
    ("rep-1", "Representation", "fgr_detenidos", 13, (
        ("agent", "fgr-def-9", ""), ("client", "fgr-det-77", ""),
    )),
)  # fmt: skip

CLUSTER = {"fgr-det-77": "fgr-det-77", "ofac-9001": "fgr-det-77", "reg-socio-5": "fgr-det-77"}
"""Which record belongs to which cluster, where it is not alone."""

MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 10))
PLACES = {
    "99001": ("Valle Inventado", 120_000),
    "99002": ("Puente Alto", 64_000),
    "99003": ("Cañón Quieto", 8_000),
    "99004": ("Llano Callado", 41_000),
}


def statements() -> list[Statement]:
    """Return every claim of the made-up sources."""
    made = []
    for entity, schema, source, line, claims in _CLAIMS:
        origin = SOURCES[source]
        for prop, value, original in claims:
            made.append(
                Statement(
                    entity_id=entity, schema=schema, prop=prop, value=value,
                    original=original or value, source=source, row=f"{source}.csv:{line}",
                    agency=origin["agency"], date="", first_seen=origin["published"],
                    last_seen=origin["published"], reliability=origin["reliability"],
                    credibility=origin["credibility"], marking=origin["marking"],
                    record_class=origin["record_class"],
                )
            )  # fmt: skip
    return made


def counts() -> list[dict[str, Any]]:
    """Return counts by place and month: one place reports nothing, one has few people."""
    rows = []
    for place in ("99001", "99002", "99003"):
        for number, month in enumerate(MONTHS):
            for record, step in (("homicidio_doloso", 1), ("feminicidio", 4)):
                count: int | None = (number * int(place[-1]) + 3) // step % 17
                if place == "99002" and month == "2026-02":
                    count = None
                if place == "99002" and record == "feminicidio":
                    count = 0
                rows.append({"place": place, "month": month, "record": record, "count": count})
    return rows


INCIDENTS = [
    {"incident_id": f"fgr-{n}", "date": f"2026-0{n}-11", "place": "99001",
     "category": "robo_vehiculo", "violent": True, "entity_id": ""} for n in (3, 4, 5)
]  # fmt: skip
"""What one agency counts and does not publish."""


def areas() -> list[dict[str, str]]:
    """Return the four places as squares on a grid."""
    rows = []
    for number, place in enumerate(PLACES):
        x, y = -100.0 + number % 2, 22.0 + number // 2
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        geometry = json.dumps({"type": "Polygon", "coordinates": [ring]})
        rows.append({"place": place, "geometry": geometry, "level": "municipality"})
    return rows


REJECTS = {
    "fgr_detenidos": ((14, "fecha_nac: '31/02/1990' is no date", "80;BENIGNO;31/02/1990"),
                      (16, "expediente is empty", ";SIN NOMBRE;" + "x" * 300)),
    "ssp_vehiculos": ((8, "vin: <b>wrong</b> length", "8;<script>alert(2)</script>"),),
}  # fmt: skip

ACCOUNTS = {
    "ana": ("analyst", "MX"),
    "carla": ("compliance", "US"),
    "cruz": ("crime_analyst", "MX"),
    "audi": ("auditor", "MX"),
    "juan": ("journalist", "MX"),
}
PASSWORD = "a made-up password"

_WHY = [
    {"field": "prior", "left": "", "right": "", "level": "", "weight": -9.5},
    {"field": "name", "left": "EVARISTO MONTANO QUIROS", "right": "MONTAÑO QUIROZ, Evaristo",
     "level": "same words, one spelled alike", "weight": 10.9},
    {"field": "birth_date", "left": "1974-03-19", "right": "1974-03-19", "level": "same day",
     "weight": 9.2},
    {"field": "birth_place", "left": "", "right": "Valle Inventado", "level": "missing",
     "weight": 0.0},
]  # fmt: skip
_WEAKER = [{**part, "weight": part["weight"] / 2} for part in _WHY]


def links() -> list[dict[str, Any]]:
    """Return why the three records of one man were linked."""
    pair = {"kind": "Person", "probability": 0.99936, "weight": 10.6, "reason": "model"}
    return [
        {**pair, "left_id": "fgr-det-77", "right_id": "ofac-9001", "why": json.dumps(_WHY)},
        {**pair, "left_id": "ofac-9001", "right_id": "reg-socio-5", "probability": 0.9752,
         "weight": 5.3, "why": json.dumps(_WEAKER)},
    ]  # fmt: skip


def hits() -> list[dict[str, Any]]:
    """Return one resemblance that a person should judge, and one that is none."""
    why = [
        {"part": "name", "asked": "BENIGNO QUIROZ LARA", "listed": "QUIROZ LARA, Benigno",
         "effect": "alike", "likeness": "1.00"},
        {"part": "birth date", "asked": "1991-07-02", "listed": "1980",
         "effect": "speaks against"},
    ]  # fmt: skip
    hit = {"list": "ofac_sdn", "programs": ["ILLICIT-DRUGS-EO14059"], "why": json.dumps(why)}
    return [
        {**hit, "entity_id": "fgr-det-80", "listed_id": "ofac-9002", "score": 0.71,
         "name": "QUIROZ LARA, Benigno", "verdict": "possible"},
        {**hit, "entity_id": "fgr-def-9", "listed_id": "ofac-9002", "score": 0.21,
         "name": "QUIROZ LARA, Benigno", "verdict": "not"},
    ]  # fmt: skip


def make_workspace(folder: Path) -> Workspace:
    """Return a workspace with one build of the made-up world and an account for every role."""
    workspace = Workspace.open(Settings(workspace=folder), clock=lambda: NOW)
    for source in SOURCES:
        _load(workspace, source)
    with workspace.lake.begin_build() as build:
        _derive(workspace, build)
        build.publish()
    for name, (role, country) in ACCOUNTS.items():
        workspace.users.add(name, PASSWORD, roles=(role,), country=country)
    return workspace


def _load(workspace: Workspace, source: str) -> None:
    about = SOURCES[source]
    origin = Origin(
        source=source, path=f"in/{source}.csv", sha256=sha256(source.encode()).hexdigest(),
        published=about["published"], agency=about["agency"], marking=about["marking"],
        record_class=about["record_class"],
    )  # fmt: skip
    held = [s for s in statements() if s.source == source]
    with workspace.lake.begin_load(origin) as writer:
        writer.statements(held)
        loaded = len({s.row for s in held})
        if source == "sesnsp":
            writer.rows("counts", counts())
            writer.rows("areas", areas())
            writer.rows("population", [
                {"place": place, "year": 2026, "population": people}
                for place, (_name, people) in PLACES.items()
            ])  # fmt: skip
            writer.rows("places", [
                {"place": place, "name": name, "state": "99", "state_name": "Estado Inventado",
                 "valid_from": "2000-01-01", "valid_to": "", "latitude": 22.0, "longitude": -100.0,
                 "crosswalk": "made up"} for place, (name, _people) in PLACES.items()
            ])  # fmt: skip
            loaded = len(counts())
        if source == "fgr_detenidos":
            writer.rows("incidents", INCIDENTS)
        rejects = REJECTS.get(source, ())
        for line, reason, raw in rejects:
            writer.reject(line, reason, raw, file=f"{source}.csv")
        facts = {"rows": loaded, "Linked To": 2} if source == "ofac_sdn" else {}
        writer.publish(
            rows=loaded + len(rejects), loaded=loaded, rejected=len(rejects), facts=facts
        )


def _derive(workspace: Workspace, build: BuildWriter) -> None:
    things = {s.entity_id: s.schema for s in statements()}
    build.write("clusters", pa.Table.from_pylist([
        {"entity_id": e, "cluster_id": CLUSTER.get(e, e), "kind": kind}
        for e, kind in sorted(things.items())
    ]))  # fmt: skip
    build.write("links", pa.Table.from_pylist(links()))
    none = pa.array([], pa.string())
    build.write("undecided", pa.table({"entity_id": none, "cluster_id": none}))
    for name, derive in (
        ("nodes", build_nodes),
        ("hits", lambda _view: pa.Table.from_pylist(hits())),
        ("edges", build_edges),
        ("steps", steps_from_listed),
        ("ownership", lambda view: blocked_in(view, as_of=NOW.date())),
        ("panel", build_panel),
    ):
        view = workspace.system_view(build_path=build.path)
        table = derive(view)
        build.write(name, table, cells=view.lineage or None)
