"""Calls, reports with annexes and intelligence sheets: nothing twice, no one labelled by guess."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.mapping import parse_mapping
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from puente.ingest.load import Loading

    from .conftest import Read

    Run = Callable[..., Read]

HEAD = """
name: made_up
title: Made up
agency: NOBODY
country: mx
record_class: {kind}
legal_basis: a made-up law
obtained: made up
"""
FACT = HEAD.format(kind="fact")
INTELLIGENCE = HEAD.format(kind="criminal_intelligence")
PLACES = Gazetteer([{"place": "25006", "name": "Culiacán"}])


@pytest.fixture
def run(tmp_path: Path, read: type[Read]) -> Run:
    """Read a text, or objects as a JSON list, through a mapping."""

    def go(yaml: str, content: object) -> Read:
        source = parse_mapping(yaml, "made_up.yaml")
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "made_up_2025-03-01.txt").write_text(text, "utf-8")
        (file,) = source.find(tmp_path)
        return read(source, file, PLACES)

    return go


# --- events ------------------------------------------------------------------------------------

CALLS = (
    FACT
    + """
file: {pattern: "*.txt", day_first: true}
entities:
  - key: caller
    schema: Person
    id: "p-{de}"
    when: {de: "*"}
    props: {phone: "{de}"}
events:
  id: "call-{id}"
  kind: {value: phone_call}
  at: {column: fecha, time: hora}
  place: {state: edo, municipality: mun}
  from: {entity: caller}
  to: {ref: "tel-{a|digits}"}
  category: {column: tipo, map: {E: entrante, S: saliente}}
  amount: {column: segundos}
  unit: {value: s}
  latitude: {column: lat}
  longitude: {column: lon}
  authority: {column: orden, required: true}
"""
)
COLUMNS = "id,de,a,fecha,hora,edo,mun,tipo,segundos,lat,lon,orden"
CALL = "1,667 123 4567,+52 667 765 4321,01/03/2025,2:05 p. m.,Sinaloa,Culiacán,E,95,24.8,-107.4,O-7"


def test_a_call_becomes_one_event_with_all_that_it_says(run: Run) -> None:
    found = run(CALLS, f"{COLUMNS}\n{CALL}\n")
    assert found.tables["events"] == [
        {
            "event_id": "call-1", "kind": "phone_call", "at": "2025-03-01T14:05:00",
            "place": "25006", "from_id": "p-667 123 4567", "to_id": "tel-526677654321",
            "category": "entrante", "amount": 95.0, "unit": "s", "latitude": 24.8,
            "longitude": -107.4, "authority": "O-7",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",O-7", ",", "authority: no value"),
        ("2:05 p. m.", "99:05", "at: there is no such time of day: '01/03/2025 99:05'"),
        ("01/03/2025", "", "at: no value"),
        (",E,", ",X,", "category: 'X' is not in the map"),
        (",95,", ",a lot,", "amount: not a number: 'a lot'"),
        ("24.8,-107.4", "-107.4,24.8", "latitude, longitude: no place on earth"),
        ("24.8,-107.4", "24.8,", "latitude, longitude: one without the other"),
        ("1,667", ",667", "event: a column of its id is empty"),
    ],
)
def test_an_event_that_cannot_stand_is_rejected_with_its_reason(
    run: Run, old: str, new: str, reason: str
) -> None:
    found = run(CALLS, f"{COLUMNS}\n{CALL.replace(old, new, 1)}\n{CALL.replace('1,', '2,', 1)}\n")
    assert [reject.reason.startswith(reason) for reject in found.rejects] == [True]
    assert [row["event_id"] for row in found.tables["events"]] == ["call-2"]
    assert found.rows == 2


def test_what_an_event_does_not_say_is_not_made_up(run: Run) -> None:
    row = "3,,,01/03/2025,,Sinaloa,Atlantis,,,0,0.0,O-7"
    (event,) = run(CALLS, f"{COLUMNS}\n{row}\n").tables["events"]
    assert event["at"] == "2025-03-01"
    assert event["place"] == "25999"
    assert (event["from_id"], event["to_id"], event["category"]) == ("", "", "")
    assert (event["amount"], event["latitude"], event["longitude"]) == (None, None, None)


def test_events_reach_the_lake_and_the_same_file_again_adds_none(
    tmp_path: Path, loading: Loading
) -> None:
    source = parse_mapping(CALLS, "x")
    (tmp_path / "calls_2025.txt").write_text(f"{COLUMNS}\n{CALL}\n{CALL[:20]}\n", "utf-8")
    (file,) = source.find(tmp_path / "calls_2025.txt")
    first, again = loading.load(source, file), loading.load(source, file)
    assert (first.rows, first.loaded, first.rejected, again.unchanged) == (2, 1, 1, True)
    (held,) = [load for load in loading.lake.loads() if load.load == first.load]
    assert "events" in held.tables


# --- lists within a record ---------------------------------------------------------------------

REPORT = (
    FACT
    + """
file: {pattern: "*.txt", format: json, records: informes}
date: {column: fecha}
entities:
  - key: report
    schema: Detention
    id: "iph-{folio}"
    props: {recordId: "{folio}", date: {column: fecha}}
  - key: person
    schema: Person
    id: "iph-{folio}-{#}"
    each: anexos.personas
    standing:
      column: anexos.personas.rol
      map: {VICTIMA: non_suspect, TESTIGO: non_suspect, DETENIDO: ""}
    props: {name: "{anexos.personas.nombre}", birthDate: {column: anexos.personas.nac}}
  - key: detention
    schema: Detention
    id: "iph-{folio}"
    each: anexos.personas
    when: {anexos.personas.rol: DETENIDO}
    props: {detained: {entity: person}, offence: "{delito}"}
  - key: thing
    schema: Vehicle
    id: "iph-{folio}-thing-{#}"
    each: anexos.personas.cosas
    props: {registrationNumber: "{anexos.personas.cosas.placa}", owner: {entity: person}}
events:
  id: "iph-{folio}-call-{#}"
  kind: {value: emergency_call}
  at: {column: llamadas.hora}
  category: "{delito}"
  each: llamadas
"""
)
ANA = {"nombre": "Ana", "rol": "VICTIMA", "nac": "2010-05-04"}
LUIS = {
    "nombre": "Luis",
    "rol": "DETENIDO",
    "cosas": [{"placa": "VTX123A"}, {"placa": "VTX124A"}],
}
IPH = {
    "folio": "A1",
    "fecha": "2025-03-01",
    "delito": "robo",
    "anexos": {"personas": [ANA, LUIS]},
    "llamadas": [{"hora": "2025-03-01T10:00"}, {"hora": "2025-03-01T10:05"}],
}


def test_every_object_of_a_list_becomes_what_the_mapping_says_once(run: Run) -> None:
    found = run(REPORT, {"informes": [IPH]})
    assert not found.rejects
    assert found.rows == 1
    assert found.of("iph-A1-1")["standing"] == ["non_suspect"]
    assert "standing" not in found.of("iph-A1-2")
    assert found.of("iph-A1")["detained"] == ["iph-A1-2"]
    assert found.of("iph-A1-thing-2.1")["owner"] == ["iph-A1-2"]
    assert found.of("iph-A1-thing-2.2")["registrationNumber"] == ["VTX124A"]
    assert [(e["event_id"], e["at"]) for e in found.tables["events"]] == [
        ("iph-A1-call-1", "2025-03-01T10:00:00"),
        ("iph-A1-call-2", "2025-03-01T10:05:00"),
    ]
    assert len(found.claims) == len(set(found.claims))


@pytest.mark.parametrize("personas", [None, [], "", "missing"])
def test_a_list_that_says_nothing_makes_nothing(run: Run, personas: object) -> None:
    annexes = {} if personas == "missing" else {"personas": personas}
    found = run(REPORT, {"informes": [{**IPH, "anexos": annexes}]})
    assert not found.rejects
    assert {claim[1] for claim in found.claims} == {"Detention"}


def test_one_object_alone_is_a_list_of_one(run: Run) -> None:
    found = run(REPORT, {"informes": [{**IPH, "anexos": {"personas": ANA}}]})
    assert found.of("iph-A1-1")["name"] == ["Ana"]


@pytest.mark.parametrize(
    ("personas", "reason"),
    [
        ([ANA, {**ANA, "nac": "soon"}], "anexos.personas[2]: birthDate: not a date: 'soon'"),
        ([ANA, {**ANA, "rol": "?"}], "anexos.personas[2]: standing: '?' is not in the map"),
        ([{**ANA, "rol": ""}], "anexos.personas[1]: standing: '' is not in the map"),
        ([LUIS, {**LUIS, "cosas": [{}, 7]}], "anexos.personas[2].cosas[2] is no object"),
        ([{**ANA, "nombre": {"a": 1}}], "anexos.personas[1]: anexos.personas.nombre holds an"),
        ([{**ANA, "nombre": [{}]}], "anexos.personas[1]: anexos.personas.nombre is a list of"),
        ([{**ANA, "nombre": "\ud800"}], "half of a character stands in a text"),
        ([{**ANA, "\udc00": 1}], "half of a character stands in a text"),
        ("Ana", "anexos.personas is no list of objects"),
    ],
)
def test_one_bad_object_rejects_its_whole_record_by_name_and_no_other(
    run: Run, personas: object, reason: str
) -> None:
    bad = {**IPH, "anexos": {"personas": personas}}
    found = run(REPORT, {"informes": [{**IPH, "folio": "A0"}, bad, {**IPH, "folio": "A2"}]})
    assert [(r.line, r.reason[: len(reason)]) for r in found.rejects] == [(2, reason)]
    assert not any(claim[0].startswith("iph-A1") for claim in found.claims)
    assert {claim[5] for claim in found.claims} == {1, 3}
    assert len(found.tables["events"]) == 4
    assert found.rows == 3


def test_a_list_that_the_mapping_takes_for_an_object_rejects_the_record(run: Run) -> None:
    yaml = (
        FACT
        + """
file: {pattern: "*.txt", format: jsonl}
entities: [{key: p, schema: Person, id: "p-{id}", props: {name: "{persona.nombre}"}}]
"""
    )
    found = run(yaml, '{"id": 1, "persona": {"nombre": "Ana"}}\n{"id": 2, "persona": [{}, {}]}\n')
    assert found.of("p-1")["name"] == ["Ana"]
    (reject,) = found.rejects
    assert reject.reason.startswith("persona is a list of objects: give what is made of it each:")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"folio": st.sampled_from(["A", "B", ""])},
            optional={
                "anexos": st.dictionaries(
                    st.just("personas"),
                    st.recursive(
                        st.none() | st.text(max_size=3) | st.integers(0, 9),
                        lambda inner: (
                            st.lists(inner, max_size=3)
                            | st.dictionaries(
                                st.sampled_from(["nombre", "rol", "cosas", "placa"]),
                                inner,
                                max_size=3,
                            )
                        ),
                        max_leaves=6,
                    ),
                ),
            },
        ),
        max_size=4,
    )
)
def test_any_record_is_loaded_or_rejected_and_never_half(
    run: Run, records: list[dict[str, object]]
) -> None:
    found = run(REPORT, {"informes": records})
    rejected = {reject.line for reject in found.rejects}
    assert found.rows == len(records)
    assert len(rejected) == len(found.rejects)
    assert not rejected & {claim[5] for claim in found.claims}
    assert {claim[5] for claim in found.claims} == set(range(1, len(records) + 1)) - rejected


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("format: json, records: informes", "format: csv", "only JSON has lists"),
        ('{recordId: "{folio}"', '{recordId: "{anexos.personas.rol}"', "stands in a list"),
        ('id: "iph-{folio}"\n    props: {rec', 'id: "iph-{#}"\n    props: {rec', "numbers the obj"),
        ("-call-{#}", "", "its id names nothing of the list"),
        ("props: {recordId", "props: {detained: {entity: person}, recordId", "made for each of"),
        ("each: llamadas", "each: .llamadas", "each names a list"),
        ("kind: {value: emergency_call}", "kind: {value: party}", "events.kind: one of"),
        ("kind: {value: emergency_call}", "kind: {column: k}", "events.kind: one of"),
        ('category: "{delito}"', 'category: {column: delito, split: ";"}', "can do nothing"),
        ('category: "{delito}"', "latitude: {column: lat}", "stand together"),
        ('category: "{delito}"', "from: {column: delito}", "entity:, ref:"),
        ('category: "{delito}"', "to: {entity: nobody}", "there is no entity 'nobody'"),
        ('category: "{delito}"', "colour: red", "unknown keys ['colour']"),
        ("at: {column: llamadas.hora}", "unit: x", "missing ['at']"),
        ("at: {column: llamadas.hora}", "at: {time: llamadas.hora}", "time stands beside column"),
        ("DETENIDO: \"\"", "DETENIDO: guilty", "the map gives non_suspect"),
        ("events:", "entities:", "the keys ['entities'] stand twice"),
    ],
)  # fmt: skip
def test_a_mapping_that_would_lose_something_is_refused(old: str, new: str, reason: str) -> None:
    assert old in REPORT
    with pytest.raises(InvalidData) as caught:
        parse_mapping(REPORT.replace(old, new, 1), "made_up.yaml")
    assert reason in caught.value.message


# --- minors and suspicion ----------------------------------------------------------------------

PEOPLE = (
    FACT
    + """
file: {pattern: "*.txt", day_first: true}
date: {column: fecha}
entities:
  - key: person
    schema: Person
    id: "p-{id}"
    minor: {born: nac, age: edad}
    props: {name: "{nombre}"}
"""
)


@pytest.mark.parametrize(
    ("born", "age", "on", "minor"),
    [
        ("01/03/2007", "", "28/02/2025", True),
        ("01/03/2007", "", "01/03/2025", False),
        ("29/02/2008", "", "28/02/2026", True),
        ("29/02/2008", "", "01/03/2026", False),
        ("2007", "", "15/06/2025", True),
        ("2006", "", "15/06/2025", False),
        ("", "17", "15/06/2025", True),
        ("", "18", "15/06/2025", False),
        ("01/01/1980", "17", "15/06/2025", True),
        ("", "", "15/06/2025", False),
    ],
)
def test_who_can_be_under_18_on_that_day_is_shielded(
    run: Run, born: str, age: str, on: str, minor: bool
) -> None:
    found = run(PEOPLE, f"id,nombre,nac,edad,fecha\n1,Ana,{born},{age},{on}\n")
    assert not found.rejects
    assert ("standing" in found.of("p-1")) is minor
    assert found.facts.get("minors entered as non-suspects", 0) == int(minor)


def test_an_age_that_cannot_be_reckoned_rejects_the_row(run: Run) -> None:
    rows = "1,Ana,soon,,01/03/2025\n2,Ana,,young,01/03/2025\n3,Ana,2010,,\n"
    found = run(PEOPLE, f"id,nombre,nac,edad,fecha\n{rows}")
    assert [reject.reason for reject in found.rejects] == [
        "minor: not a date: 'soon 2025-03-01'",
        "minor: age: not a number: 'young'",
        "minor: no date on which to reckon the age",
    ]


SHEET = (
    INTELLIGENCE
    + """
file: {pattern: "*.txt"}
entities:
  - key: subject
    schema: Person
    id: "ci-{id}"
    minor: {born: nac, date: valorada}
    props: {name: "{nombre}"}
  - key: contact
    schema: Person
    id: "ci-c-{id}"
    standing: non_suspect
    props: {name: "{contacto}"}
suspicion:
  of: subject
  basis: "{hechos}"
  crime: {column: delito}
  assessed_by: {column: unidad}
  assessed_on: {column: valorada}
  review_by: {column: revisar}
"""
)
SHEET_COLUMNS = "id,nombre,nac,contacto,hechos,delito,unidad,valorada,revisar"
SUSPECT = "1,Luis,1980-01-01,Eva,seen at three stash houses,trafficking,U-4,2024-02-29,"


def test_a_suspicion_stands_beside_its_subject_with_a_day_to_review_it(run: Run) -> None:
    found = run(SHEET, f"{SHEET_COLUMNS}\n{SUSPECT}\n")
    assert found.of("ci-1-suspicion") == {
        "subject": ["ci-1"],
        "basis": ["seen at three stash houses"],
        "crime": ["trafficking"],
        "assessedBy": ["U-4"],
        "assessedOn": ["2024-02-29"],
        "reviewBy": ["2029-02-28"],
    }
    assert found.schema("ci-1-suspicion") == {"Suspicion"}
    assert not found.of("ci-c-1-suspicion")


def test_a_minor_on_a_sheet_is_no_subject(run: Run) -> None:
    found = run(SHEET, f"{SHEET_COLUMNS}\n{SUSPECT.replace('1980', '2010')}\n")
    assert found.of("ci-1")["standing"] == ["non_suspect"]
    assert not found.of("ci-1-suspicion")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("seen at three stash houses", "", "suspicion: basis: no value"),
        ("trafficking", "", "suspicion: crime: no value"),
        ("2024-02-29", "", "minor: no date"),
        ("2024-02-29", "2024-02", "suspicion: assessedOn: not an exact day"),
        ("2024-02-29", "2026-03-02", "suspicion: assessedOn: a day to come"),
        ("2024-02-29,", "2024-02-29,2029-03-01", "suspicion: reviewBy: more than five years"),
        ("2024-02-29,", "2024-02-29,2024-02-28", "suspicion: reviewBy: before the assessment"),
    ],
)
def test_intelligence_without_grounds_or_end_is_rejected(
    run: Run, old: str, new: str, reason: str
) -> None:
    sound = SUSPECT.replace("1,Luis", "2,Luis").replace("2024-02-29,", "2024-02-29,2029-02-28")
    found = run(SHEET, f"{SHEET_COLUMNS}\n{SUSPECT.replace(old, new)}\n{sound}\n")
    assert [reject.reason[: len(reason)] for reject in found.rejects] == [reason]
    assert not found.of("ci-1")
    assert found.of("ci-2-suspicion")["reviewBy"] == ["2029-02-28"]


def test_a_suspicion_past_its_review_is_counted(run: Run) -> None:
    found = run(SHEET, f"{SHEET_COLUMNS}\n{SUSPECT.replace('2024-02-29', '2020-01-31')}\n")
    assert found.facts["suspicions past their review"] == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    standing: non_suspect\n", "", "contact: criminal intelligence on a person"),
        ("of: subject", "of: contact", "subject: criminal intelligence on a person"),
        ("of: subject", "of: nobody", "there is no entity 'nobody'"),
        ("  crime: {column: delito}\n", "", "missing ['crime']"),
        ("record_class: criminal_intelligence", "record_class: fact", "only for record_class"),
        ("schema: Person\n    id: \"ci-{id}\"\n    minor: {born: nac, date: valorada}",
         "schema: Vehicle\n    id: \"ci-{id}\"", "of a person or an organisation"),
        ("minor: {born: nac, date", "minor: {date", "minor: the columns born: or age:"),
        (", date: valorada}", "}", "minor needs date:"),
        ("legal_basis: a made-up law", "legal_basis: ''", "missing keys ['legal_basis']"),
        ("obtained: made up\n", "", "missing keys ['obtained']"),
    ],
)  # fmt: skip
def test_a_mapping_that_breaks_a_safeguard_is_refused(old: str, new: str, reason: str) -> None:
    assert old in SHEET
    with pytest.raises(InvalidData) as caught:
        parse_mapping(SHEET.replace(old, new, 1), "made_up.yaml")
    assert reason in caught.value.message
