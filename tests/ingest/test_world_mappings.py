"""The made-up agencies' files through the shipped mappings: what becomes of each, and of whom."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from python_calamine import load_workbook

from puente.ingest.load import load_folder
from puente.store.lake import Lake
from puente.world.make import Extras, make_world

from .loaded_world import Loaded

SOURCES = ("ssp_iph", "gn_iph", "sspc_rnd", "c5_llamadas_911", "gn_lecturas_placas",
           "cbp_plate_reads", "sedena_armas", "atf_traces", "cenapi_fichas")  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("agencies") / "world"
    make_world(folder, people=4_000, seed=5, extras=Extras(intelligence=True))
    lake = Lake(tmp_path_factory.mktemp("agencies-lake"))
    reports, _unknown = load_folder(folder, lake, now=datetime(2026, 1, 1, tzinfo=UTC))
    return Loaded(folder=folder, lake=lake, reports={r.source: r for r in reports})


def test_every_row_of_every_agency_is_loaded_or_was_planted_to_be_rejected(
    loaded: Loaded,
) -> None:
    for source in SOURCES:
        report = loaded.reports[source]
        assert report.rows == report.loaded + report.rejected > 0, source
        assert loaded.bad_lines(source) == loaded.planted(source), source


# --- police reports ------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["ssp_iph", "gn_iph"])
def test_whoever_police_interview_is_no_suspect_and_an_adult_they_detain_is_one(
    loaded: Loaded, source: str
) -> None:
    people = loaded.said(source, "Person")
    interviewed = {entity for entity in people if "-ent-" in entity}
    held = {entity for entity in people if "-det-" in entity}
    shielded = loaded.shielded(source)
    assert interviewed
    assert held
    assert interviewed <= shielded
    assert not held & shielded
    assert all(people[entity]["position"] for entity in interviewed), "the role is lost"


@pytest.mark.parametrize("source", ["ssp_iph", "gn_iph"])
def test_a_report_keeps_who_was_held_together_who_was_harmed_and_what_was_found(
    loaded: Loaded, source: str
) -> None:
    detentions = loaded.said(source, "Detention")
    assert max(len(said["detained"]) for said in detentions.values()) >= 2
    incidents = loaded.said(source, "Incident")
    part = source.removesuffix("_iph")
    victims = {v for said in incidents.values() for v in said.get("victim", ())}
    assert victims
    assert all(victim.startswith(f"{part}-ent-") for victim in victims)
    others = {v for said in incidents.values() for v in said.get("involved", ())}
    assert any("-veh-" in other for other in others)
    assert loaded.said(source, "Seizure")
    assert loaded.said(source, "Firearm")
    forced = loaded.said(source, "Event")
    assert {value for said in forced.values() for value in said["category"]} == {
        "uso_de_la_fuerza"
    }  # fmt: skip


def test_nothing_of_a_report_with_one_bad_annex_is_loaded(loaded: Loaded) -> None:
    """A report of which half is kept would name a detention without those detained."""
    reasons = [row["reason"] for row in loaded.rows("rejects") if "[" in row["reason"]]
    assert any("anexo_a[1]" in reason or "detenciones[1]" in reason for reason in reasons)
    whole = json.loads(loaded.file("ssp_iph").read_text(encoding="utf-8"))["informes"]
    good = sum(
        len(report["anexo_a"]) for number, report in enumerate(whole, start=1)
        if number not in loaded.bad_lines("ssp_iph")
    )  # fmt: skip
    held = [entity for entity in loaded.said("ssp_iph", "Person") if "-det-" in entity]
    assert len(held) == good


# --- the detention register ----------------------------------------------------------------------


def test_an_adolescent_in_the_register_is_no_suspect_by_mark_or_by_date_of_birth(
    loaded: Loaded,
) -> None:
    header, *rows = (
        load_workbook(loaded.file("sspc_rnd")).get_sheet_by_name("Detenciones").to_python()
    )
    young = set()
    for line, row in enumerate(rows, start=2):
        cells = dict(zip(map(str, header), row, strict=True))
        if line in loaded.bad_lines("sspc_rnd"):
            continue
        born = str(cells["FECHA_NACIMIENTO"])
        if cells["GRUPO_EDAD"] == "ADOLESCENTE" or _minor(born, cells["FECHA_HORA"]):
            young.add(f"rnd-det-{cells['NUM_REGISTRO']}")
    assert len(young) >= 5
    assert loaded.shielded("sspc_rnd") == young
    assert len(loaded.said("sspc_rnd", "Person")) > 5 * len(young)


def _minor(born: str, on: Any) -> bool:
    assert isinstance(on, datetime)
    if len(born) == 4:  # in doubt a minor
        return on.date() < date(int(born) + 18, 12, 31)
    if len(born) != 10:
        return False
    day, month, year = (int(part) for part in born.split("/"))
    return (on.year, on.month, on.day) < (year + 18, month, day)


# --- bulk records --------------------------------------------------------------------------------


def test_an_emergency_call_is_one_event_and_names_nobody(loaded: Loaded) -> None:
    events = loaded.rows("events", "c5_llamadas_911")
    assert len(events) == loaded.reports["c5_llamadas_911"].loaded
    assert not loaded.rows("statements", "c5_llamadas_911")
    for event in events:
        assert event["kind"] == "emergency_call"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", event["at"])
        assert event["from_id"] == event["to_id"] == ""
        assert event["place"].startswith("91")
        assert 16 < event["latitude"] < 24
        assert event["amount"] in {1.0, 2.0, 3.0}


def test_a_read_is_of_the_vehicle_that_bears_the_plate_or_of_none_where_the_camera_doubts(
    loaded: Loaded,
) -> None:
    for source, columns, delimiter in (
        ("gn_lecturas_placas", ("ID_LECTURA", "PLACA", "CALIDAD"), ";"),
        ("cbp_plate_reads", ("Read ID", "Plate", "Flag"), ","),
    ):
        number, plate, flag = columns
        vehicles = loaded.said(source, "Vehicle")
        plates = {
            entity: "".join(c for c in said["registrationNumber"][0] if c.isalnum())
            for entity, said in vehicles.items()
        }
        events = {row["event_id"]: row for row in loaded.rows("events", source)}
        rows = loaded.cells(source, delimiter)
        assert len(rows) == len(events)
        doubted = 0
        for row in rows:
            read = events[row[number]]["from_id"]
            if row[flag] == "OK":
                assert plates[read] == row[plate].replace("-", "")
            else:
                doubted += 1
                assert read == ""
        assert 0 < doubted < len(rows) / 50
        written = {row[plate].replace("-", "") for row in rows}
        assert not [e for e in vehicles if any(p in e for p in written)], "a plate stands in an id"


def test_both_countries_clocks_are_read_as_one(loaded: Loaded) -> None:
    """A vehicle that leaves the last US camera is at the first Mexican arch within two hours."""
    mexican = {
        said["registrationNumber"][0]: entity
        for entity, said in loaded.said("gn_lecturas_placas", "Vehicle").items()
    }
    arches: dict[str, list[datetime]] = {}
    for row in loaded.rows("events", "gn_lecturas_placas"):
        if row["category"].startswith("ARCO-F") and "SUR" in row["category"]:
            arches.setdefault(row["from_id"], []).append(datetime.fromisoformat(row["at"]))
    plates = {
        entity: said["registrationNumber"][0]
        for entity, said in loaded.said("cbp_plate_reads", "Vehicle").items()
    }
    followed = left = 0
    for row in loaded.rows("events", "cbp_plate_reads"):
        entity = mexican.get(plates.get(row["from_id"], ""))
        if entity and re.match(r"OB\d2 OUTBOUND", row["category"]):
            left += 1
            gone = datetime.fromisoformat(row["at"])
            followed += any(
                0 < (at - gone).total_seconds() < 2 * 3600 for at in arches.get(entity, ())
            )
    assert left > 100
    assert followed / left > 0.9


# --- arms ----------------------------------------------------------------------------------------


def test_a_recovery_and_its_trace_speak_of_one_firearm(loaded: Loaded) -> None:
    recovered, traced = (
        loaded.said(source, "Firearm") for source in ("sedena_armas", "atf_traces")
    )
    both = recovered.keys() & traced.keys()
    assert len(both) > 0.9 * len(traced) > 20
    for entity in both:
        assert recovered[entity]["serialNumber"] == traced[entity]["serialNumber"]
    unmarked = [e for e in recovered if e.startswith("sedena-arma-")]
    assert unmarked
    assert not [e for e in unmarked if "serialNumber" in recovered[e]], "LIMADA is no number"


def test_a_purchaser_is_no_suspect_by_the_purchase_and_the_record_says_so(loaded: Loaded) -> None:
    purchasers = loaded.said("atf_traces", "Person")
    assert len(purchasers) > 20
    for said in purchasers.values():
        assert "no ground for suspicion" in said["position"][0]
    dealers = loaded.said("atf_traces", "Company")
    assert dealers
    assert set(dealers) <= loaded.shielded("atf_traces"), "a dealer would join all who bought there"
    traces = loaded.said("atf_traces", "FirearmTrace")
    named = {p for said in traces.values() for p in said.get("purchaser", ())}
    assert named == set(purchasers)
    assert any("Time to crime" in said.get("summary", [""])[0] for said in traces.values())


def test_weapons_recovered_are_incidents_that_places_can_count(loaded: Loaded) -> None:
    incidents = loaded.rows("incidents", "sedena_armas")
    assert len(incidents) == loaded.reports["sedena_armas"].loaded
    assert {row["category"] for row in incidents} == {"armas_recuperadas"}
    seized = loaded.said("sedena_armas", "Seizure")
    assert {row["entity_id"] for row in incidents} == set(seized)


# --- criminal intelligence -----------------------------------------------------------------------


def test_every_subject_of_intelligence_bears_a_suspicion_with_facts_crime_and_a_clock(
    loaded: Loaded,
) -> None:
    subjects = set(loaded.said("cenapi_fichas", "Person"))
    suspicions = loaded.said("cenapi_fichas", "Suspicion")
    assert len(subjects) > 20
    assert {f"{subject}-suspicion" for subject in subjects} == set(suspicions)
    rows = loaded.cells("cenapi_fichas", ";", "cp1252")
    cells = {f"cenapi-{row['FICHA']}-suspicion": row for row in rows}
    for entity, said in suspicions.items():
        assert said["basis"] == [cells[entity]["HECHOS"]]
        assert said["crime"] == [cells[entity]["DELITO"]]
        assert said["assessedBy"] == [cells[entity]["UNIDAD"]]
        assessed = date.fromisoformat(said["assessedOn"][0])
        review = date.fromisoformat(said["reviewBy"][0])
        years = (review.year - assessed.year) + (review.month - assessed.month) / 12
        assert 0 < years <= 5
        if not cells[entity]["REVISAR_ANTES_DE"]:
            assert years == 5, "the law's term"


def test_the_associates_whom_a_sheet_names_stand_nowhere(loaded: Loaded) -> None:
    rows = loaded.cells("cenapi_fichas", ";", "cp1252")
    named = {name for row in rows for name in row["ASOCIADOS"].split(", ") if name}
    assert len(named) > 10
    said = [row["value"] for row in loaded.rows("statements", "cenapi_fichas")]
    subjects = {f"{row['NOMBRE']} {row['PRIMER_APELLIDO']}" for row in rows}
    for name in named - subjects:
        assert not [value for value in said if value.startswith(name)], name


def test_intelligence_keeps_its_class_and_marking_on_every_claim_and_reject(
    loaded: Loaded,
) -> None:
    rows = [*loaded.rows("statements", "cenapi_fichas"), *loaded.rows("rejects", "cenapi_fichas")]
    assert {row["record_class"] for row in rows} == {"criminal_intelligence"}
    assert {row["marking"] for row in rows} == {"TLP:AMBER+STRICT//REL MX"}
