"""What each agency sends: its layout, what it may not hold, and how its records fit the others'."""

from __future__ import annotations

import csv
import json
import math
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import load_workbook

from puente.errors import InvalidData
from puente.world.crime import FIRST_YEAR
from puente.world.make import Extras, agencies, make_world, rows_of, set_scene
from puente.world.sheets import Lines, Row

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MadeWorld  # type: ignore[import-not-found]

IMPOSSIBLE_KM_PER_HOUR = 300


def file_of(folder: Path, pattern: str) -> Path:
    return next(path for path in folder.rglob(pattern) if "truth" not in path.parts)


def bad_lines(world: MadeWorld, path: Path) -> set[int]:
    return {int(row["line"]) for row in world.truth("rejects") if row["file"] == path.name}


def rows_in(
    world: MadeWorld, pattern: str, delimiter: str = ",", encoding: str = "utf-8"
) -> list[dict[str, str]]:
    """Return the good rows of a delimited file."""
    path = file_of(world.folder, pattern)
    bad = bad_lines(world, path)
    with path.open(encoding=encoding, newline="") as handle:
        rows = enumerate(csv.DictReader(handle, delimiter=delimiter), start=2)
        return [row for line, row in rows if line not in bad]


def reports(world: MadeWorld) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the good reports of the state police and of the National Guard."""
    state = file_of(world.folder, "ssp_iph*")
    bad = bad_lines(world, state)
    whole = json.loads(state.read_text(encoding="utf-8"))["informes"]
    guard = file_of(world.folder, "gn_iph*")
    lines = enumerate(guard.read_text(encoding="utf-8").splitlines(), start=1)
    return (
        [record for number, record in enumerate(whole, start=1) if number not in bad],
        [json.loads(line) for number, line in lines if number not in bad_lines(world, guard)],
    )


def register(world: MadeWorld) -> list[dict[str, Any]]:
    """Return the good rows of the national detention register."""
    path = file_of(world.folder, "sspc_rnd*")
    book = load_workbook(path)
    header, *rows = book.get_sheet_by_name("Detenciones").to_python()
    bad = bad_lines(world, path)
    return [
        dict(zip(map(str, header), row, strict=True))
        for line, row in enumerate(rows, start=2)
        if line not in bad
    ]


# --- police reports and the detention register ---------------------------------------------------


def test_a_police_report_has_the_sections_and_annexes_of_the_national_form(
    world: MadeWorld,
) -> None:
    state, guard = reports(world)
    assert all(
        {"primer_respondiente", "conocimiento", "lugar", "hecho"} < set(report)
        and {f"anexo_{letter}" for letter in "abcdef"} < set(report)
        for report in state
    )
    for annex in ("anexo_a", "anexo_c", "anexo_e"):
        assert any(len(report[annex]) >= 1 for report in state), annex
    assert max(len(report["anexo_a"]) for report in state) >= 2, "nobody is detained together"
    assert any(report["anexo_d"]["armas"] for report in state)
    assert any(report["anexo_b"] for report in state)
    assert any(report["anexo_f"] for report in state)
    kinds = {key for report in guard for key in report["anexos"]}
    assert kinds == {"detenciones", "usoDeLaFuerza", "vehiculos", "armas", "objetos",
                     "entrevistas", "entregaDelLugar"}  # fmt: skip


def test_a_police_report_names_no_officer_and_tells_no_story(world: MadeWorld) -> None:
    state, guard = reports(world)
    for report in state:
        assert set(report["primer_respondiente"]) == {"institucion", "unidad"}
        assert not {"narrativa", "anexo_g"} & set(report)
    for report in guard:
        assert report["unidad"].startswith("GN-")
        assert not {"narrativa", "primerRespondiente"} & set(report)


def test_nearly_every_detention_of_a_report_is_told_to_the_register_and_of_the_same_person(
    world: MadeWorld,
) -> None:
    truth = {row["entity_id"]: row["person"] for row in world.truth("people")}
    state, guard = reports(world)
    told: dict[str, str] = {}
    detained = 0
    for report in state:
        for at, held in enumerate(report["anexo_a"], start=1):
            detained += 1
            if held["rnd"]:
                told[held["rnd"]] = truth[f"ssp-det-{report['numero_referencia']}-{at}"]
    for report in guard:
        for at, held in enumerate(report["anexos"].get("detenciones", ()), start=1):
            detained += 1
            if "registro" in held:
                told[held["registro"]] = truth[f"gn-det-{report['folio']}-{at}"]
    assert len(told) > 200
    assert 0.9 < len(told) / detained < 1
    entered = {row["NUM_REGISTRO"]: truth[f"rnd-det-{row['NUM_REGISTRO']}"]
               for row in register(world)}  # fmt: skip
    spoiled = {number for number in told if number not in entered}
    assert len(spoiled) <= 3, "more is missing than the rows that were damaged"
    assert all(entered[number] == person for number, person in told.items()
               if number not in spoiled)  # fmt: skip
    assert len(entered) > len(told), "forces that send no report detain people too"


def test_the_register_is_a_workbook_with_times_as_times_and_adolescents_in_it(
    world: MadeWorld,
) -> None:
    rows = register(world)
    assert all(isinstance(row["FECHA_HORA"], datetime) for row in rows)
    marked = [row for row in rows if row["GRUPO_EDAD"] == "ADOLESCENTE"]
    wrongly = [
        row for row in rows
        if row["GRUPO_EDAD"] == "ADULTO" and len(row["FECHA_NACIMIENTO"]) == 10
        and _age(row["FECHA_NACIMIENTO"], row["FECHA_HORA"]) < 18
    ]  # fmt: skip
    assert len(marked) >= 5
    assert wrongly, "no clerk marks an adolescent as an adult"


def _age(born: str, on: datetime) -> int:
    day, month, year = (int(part) for part in born.split("/"))
    return on.year - year - ((on.month, on.day) < (month, day))


# --- emergency calls -----------------------------------------------------------------------------


def test_emergency_calls_come_in_order_with_a_spot_and_without_a_caller(world: MadeWorld) -> None:
    rows = rows_in(world, "c5_llamadas*", "|", "latin-1")
    assert not [column for column in rows[0] if {"NOMBRE", "TEL"} & set(column.split("_"))]
    moments = [f"{r['FECHA'][6:]}{r['FECHA'][3:5]}{r['FECHA'][:2]} {r['HORA']}" for r in rows]
    assert moments == sorted(moments)
    assert {row["PRIORIDAD"] for row in rows} == {"1", "2", "3"}
    assert {row["CLAVE MUNICIPIO"][:2] for row in rows} == {"91"}, "it serves one state"


# --- plate readers -------------------------------------------------------------------------------

Read = tuple[float, float, float, str]


@pytest.fixture(scope="module")
def reads(world: MadeWorld) -> dict[str, list[Read]]:
    """Every certain read by plate: seconds, latitude, longitude, country; in order."""
    found: dict[str, list[Read]] = {}
    for row in rows_in(world, "gn_lecturas*", ";"):
        if row["CALIDAD"] == "OK":
            at = datetime.strptime(f"{row['FECHA']} {row['HORA']}", "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007
            spot = (float(row["LATITUD"]), float(row["LONGITUD"]))
            found.setdefault(row["PLACA"], []).append((at.timestamp(), *spot, "mx"))
    for row in rows_in(world, "cbp_plate_reads*"):
        if row["Flag"] == "OK":
            at = datetime.strptime(f"{row['Date']} {row['Time']}", "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007
            spot = (float(row["Latitude"]), float(row["Longitude"]))
            found.setdefault(row["Plate"], []).append((at.timestamp(), *spot, "us"))
    return {plate: sorted(held) for plate, held in found.items()}


def _impossible(held: list[Read]) -> bool:
    for one, other in pairwise(held):
        east = (one[2] - other[2]) * math.cos(math.radians(one[1]))
        km = 111.2 * math.hypot(east, one[1] - other[1])
        if km > 20 and km > IMPOSSIBLE_KM_PER_HOUR * max(1.0, other[0] - one[0]) / 3600:
            return True
    return False


def test_the_plates_read_at_two_far_places_at_once_are_the_planted_twins_and_no_others(
    world: MadeWorld, reads: dict[str, list[Read]]
) -> None:
    twins = {row["plate"] for row in world.truth("twin_plates")}
    assert len(twins) == 6
    assert {plate for plate, held in reads.items() if _impossible(held)} == twins


def test_vehicles_cross_the_border_and_the_networks_cars_are_among_them(
    world: MadeWorld, reads: dict[str, list[Read]]
) -> None:
    both = {plate for plate, held in reads.items() if {read[3] for read in held} == {"mx", "us"}}
    assert len(both) > 100
    guilty = {row["node"] for row in world.truth("network") if row["innocent"] == "false"}
    keys = {row["vehicle"] for row in world.truth("vehicles") if "-placa-" in row["entity_id"]}
    assert sum(f"v{node[1:]}" in keys for node in guilty if node.startswith("p")) > 40


def test_cameras_misread_seldom_and_mostly_say_so(world: MadeWorld) -> None:
    rows = rows_in(world, "gn_lecturas*", ";")
    doubted = [row for row in rows if row["CALIDAD"] == "REVISAR"]
    assert 0.001 < len(doubted) / len(rows) < 0.008
    assert max(int(row["CONFIANZA"]) for row in doubted) < 80


@pytest.mark.parametrize("events", [0, 40_000])
def test_there_are_about_as_many_reads_as_asked_for(events: int, tmp_path: Path) -> None:
    made = make_world(tmp_path / "w", people=500, seed=2, extras=Extras(events=events))
    lines = sum(made.files[name] for name in made.files if "placas" in name or "plate" in name)
    assert lines == pytest.approx(events, rel=0.06)


def test_a_million_reads_are_drawn_as_lines_and_never_as_rows() -> None:
    scene = set_scene(500, 2, extras=Extras(events=1_000_000))
    chunks = [item for item in rows_of(scene, agencies(scene)) if isinstance(item, Lines)]
    assert sum(chunk.count for chunk in chunks) == pytest.approx(1_000_000, rel=0.06)
    assert max(chunk.count for chunk in chunks) < 120_000, "a whole month is held at once"
    for chunk in chunks[::7]:
        assert chunk.text.count("\n") == chunk.count


def test_a_negative_number_of_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData):
        make_world(tmp_path / "w", people=500, seed=1, extras=Extras(events=-1))


# --- arms ----------------------------------------------------------------------------------------


def test_a_trace_follows_a_recovery_and_counts_the_days_from_the_purchase(
    world: MadeWorld,
) -> None:
    recovered = {
        (row["MARCA"], row["MATRICULA"]): row
        for row in rows_in(world, "sedena_armas*", ";", "cp1252")
    }
    traces = rows_in(world, "atf_traces*")
    known = [recovered.get((t["Manufacturer"], t["Serial Number"])) for t in traces]
    assert sum(row is not None for row in known) > 0.9 * len(traces) > 50
    for trace, row in zip(traces, known, strict=True):
        found, done = (_us_day(trace[name]) for name in ("Recovery Date", "Completed Date"))
        assert found < done, "a trace comes back after the weapon was found"
        if row is not None:
            assert row["FECHA"] == f"{found:%d/%m/%Y}"
        if trace["Purchase Date"]:
            days = (found - _us_day(trace["Purchase Date"])).days
            assert days == int(trace["Time To Crime (Days)"]) > 0
            assert trace["Purchaser Last Name"]
            assert trace["FFL Number"]


def test_some_purchasers_buy_for_others_and_most_do_not(world: MadeWorld) -> None:
    bought: dict[str, int] = {}
    for row in world.truth("people"):
        if row["entity_id"].startswith("atf-pur-"):
            bought[row["person"]] = bought.get(row["person"], 0) + 1
    several = [person for person, count in bought.items() if count >= 3]
    assert 2 <= len(several) < len(bought) / 5


def test_weapons_recovered_add_up_to_what_the_truth_counts_by_place_and_month(
    world: MadeWorld,
) -> None:
    scene = set_scene(world.summary.people, world.summary.seed)
    wanted: dict[tuple[str, str], int] = {}
    for month in rows_of(scene, ()):
        assert isinstance(month, int)
        for place, count in zip(
            scene.country.places, scene.tallies["armas_recuperadas"], strict=True
        ):
            if count:
                wanted[place.code, f"{month % 12 + 1:02d}/{FIRST_YEAR + month // 12}"] = count
    found: dict[tuple[str, str], int] = {}
    for row in rows_in(world, "sedena_armas*", ";", "cp1252"):
        key = (row["CVE_MUN"], row["FECHA"][3:])
        found[key] = found.get(key, 0) + 1
    assert found == wanted


def _us_day(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y")  # noqa: DTZ007


# --- criminal intelligence -----------------------------------------------------------------------


def test_intelligence_is_sent_unless_it_is_left_out_and_changes_no_other_file() -> None:
    def sheets(*, intelligence: bool) -> set[str]:
        scene = set_scene(600, 2, extras=Extras(events=0, intelligence=intelligence))
        return {sheet.name for agency in agencies(scene) for sheet in agency.sheets}

    assert sheets(intelligence=True) - sheets(intelligence=False) == {"cenapi_fichas_2025-12-31"}
    assert not sheets(intelligence=False) - sheets(intelligence=True)


def test_every_intelligence_sheet_states_facts_a_crime_and_a_review_within_five_years() -> None:
    scene = set_scene(3_000, 2, extras=Extras(events=0, intelligence=True))
    unit = next(a for a in agencies(scene) if type(a).__name__ == "IntelligenceUnit")
    columns = unit.sheets[0].columns
    guilty = {n for (kind, n) in scene.plan.roles if kind == "p"
              and not scene.plan.is_innocent((kind, n))}  # fmt: skip
    named: set[int] = set()
    rows = [row for month in range(36) for row in unit.month(month) if isinstance(row, Row)]
    for row in rows:
        cells = dict(zip(columns, row.cells, strict=True))
        assert cells["HECHOS"]
        assert cells["DELITO"]
        written = int(cells["FECHA_EVALUACION"][6:])
        review = cells["REVISAR_ANTES_DE"]
        assert not review or written < int(review[6:]) <= written + 4
        named |= {number for _entity, number in row.subjects}
        assert len(row.subjects) == 1, "an associate is counted as a subject"
        assert not row.people, "a linker would be scored on what it is never given"
    assert len(rows) > 20
    assert len(guilty & named) > len(guilty) / 3
    innocent = {n for (kind, n) in scene.plan.roles if kind == "p"} - guilty
    assert not innocent & named


# --- damage --------------------------------------------------------------------------------------


def test_damage_is_planted_in_every_form_of_file(world: MadeWorld) -> None:
    faults: dict[str, set[str]] = {}
    for row in world.truth("rejects"):
        faults.setdefault(row["file"].partition("_2025")[0], set()).add(row["fault"])
    usual = {"no id", "impossible date", "cut short"}
    for name in ("sspc_rnd", "c5_llamadas_911", "gn_lecturas_placas", "cbp_plate_reads",
                 "sedena_armas", "atf_traces"):  # fmt: skip
        assert faults[name] == usual, name
    assert "cut short" not in faults["ssp_iph"], "one record cut would cut the document"
    for name in ("ssp_iph", "gn_iph"):
        assert "impossible date in an annex" in faults[name], name
