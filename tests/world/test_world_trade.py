"""Trade, land, calls, money and victims: what is planted can be found, and tells on nobody else."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import load_workbook

from puente.world.agencies.accounts import BANKS, clabe
from puente.world.agencies.customs import MASKS
from puente.world.agencies.money import REPORTED_FROM_MXN
from puente.world.agencies.victims import CRIMES, MONTH_NAMES
from puente.world.make import Extras, agencies, rows_of, set_scene
from puente.world.sheets import Row

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MadeWorld  # type: ignore[import-not-found]

Cells = dict[str, str]


def path_of(world: MadeWorld, pattern: str) -> Path:
    found: Path = next(p for p in world.folder.rglob(pattern) if "truth" not in p.parts)
    return found


def bad_lines(world: MadeWorld, path: Path) -> set[int]:
    return {int(row["line"]) for row in world.truth("rejects") if row["file"] == path.name}


def rows_in(
    world: MadeWorld, pattern: str, delimiter: str = ",", encoding: str = "utf-8"
) -> list[Cells]:
    """Return the good rows of a delimited file."""
    path = path_of(world, pattern)
    with path.open(encoding=encoding, newline="") as handle:
        rows = enumerate(csv.DictReader(handle, delimiter=delimiter), start=2)
        return [row for line, row in rows if line not in bad_lines(world, path)]


def sheet_in(world: MadeWorld, pattern: str, sheet: str) -> list[dict[str, Any]]:
    """Return the good rows of a workbook."""
    path = path_of(world, pattern)
    header, *rows = load_workbook(path).get_sheet_by_name(sheet).to_python()
    return [
        dict(zip(map(str, header), row, strict=True))
        for line, row in enumerate(rows, start=2)
        if line not in bad_lines(world, path)
    ]


def hidden(world: MadeWorld, kind: str) -> dict[str, Cells]:
    """Return what the truth says of the records of a kind, by their number."""
    return {row["record"]: row for row in world.truth("hidden") if row["kind"] == kind}


def roles(world: MadeWorld) -> dict[str, str]:
    return {row["node"]: row["role"] for row in world.truth("network")}


def us_day(text: str) -> date:
    month, day, year = (int(part) for part in text.split("/"))
    return date(year, month, day)


def mx_day(text: str) -> date:
    day, month, year = (int(part) for part in text.split("/"))
    return date(year, month, day)


# --- cargo ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exports(world: MadeWorld) -> list[Cells]:
    return rows_in(world, "cbp_export_filings*")


@pytest.fixture(scope="module")
def pedimentos(world: MadeWorld) -> list[Cells]:
    return rows_in(world, "anam_pedimentos*", "|", "latin-1")


def test_what_is_hidden_travels_among_the_lots_of_others_as_metal_parts(
    world: MadeWorld, exports: list[Cells]
) -> None:
    lots = {row["ITN"]: row for row in exports}
    by_trailer: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in exports:
        by_trailer[row["Equipment Number"], row["Export Date"]].add(row["Ultimate Consignee"])
    planted = hidden(world, "cargo")
    assert len(planted) >= 5
    masks = {goods.schedule_b for goods in MASKS}
    for number, row in planted.items():
        lot = lots[number]
        assert lot["Schedule B"] in masks
        assert len(by_trailer[lot["Equipment Number"], lot["Export Date"]]) >= 3, "alone"
        assert row["node"] in roles(world), "the consignee is no firm of the network"
    others = {row["Schedule B"] for row in exports if row["ITN"] not in planted}
    assert masks < others, "the tariff number alone gives it away"


def test_whoever_drives_a_planted_trailer_is_no_part_of_the_network_and_drives_it_openly(
    world: MadeWorld, exports: list[Cells], pedimentos: list[Cells]
) -> None:
    planted = hidden(world, "cargo")
    trailers = {row["Equipment Number"] for row in exports if row["ITN"] in planted}
    driven = {row["CAJA"] for row in pedimentos if row["CURP_TRANSPORTISTA"]}
    seen = {row["CAJA"] for row in pedimentos}
    assert trailers & seen <= driven
    assert len(driven - trailers) > len(trailers), "only the planted ones are owner-drivers"
    carriers = {node for node, role in roles(world).items() if role == "carrier"}
    named = {r["person"] for r in world.truth("people") if r["entity_id"].startswith("anam-tra-")}
    assert len(carriers & named) >= 3
    assert all(row["innocent"] == "true" for row in world.truth("network")
               if row["node"] in named & roles(world).keys())  # fmt: skip


def test_both_customs_speak_of_one_trailer_and_weigh_alike_save_what_is_hidden(
    world: MadeWorld, exports: list[Cells], pedimentos: list[Cells]
) -> None:
    declared = {
        (row["CAJA"], row["IMPORTADOR"].replace("Ñ", "N"), row["FRACCION"][:7]): row
        for row in pedimentos
    }
    planted = hidden(world, "cargo")
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for row in exports:
        key = (row["Equipment Number"], row["Ultimate Consignee"], row["Schedule B"][:7])
        if key in declared:
            kg = float(declared[key]["PESO_KG"]) / float(row["Shipping Weight KG"])
            ratios[row["ITN"] in planted].append(kg)
            assert mx_day(declared[key]["FECHA_PAGO"]) == us_day(row["Export Date"])
            assert declared[key]["PLACAS"] == row["Truck Plate"]
    assert len(ratios[False]) > 0.8 * len(exports)
    assert all(0.94 < ratio < 1.06 for ratio in sorted(ratios[False])[4:-4])
    assert ratios[True]
    assert all(ratio < 0.9 for ratio in ratios[True])


# --- parcels -------------------------------------------------------------------------------------


def test_a_split_consignment_comes_in_a_week_to_one_address_for_two_who_know_each_other(
    world: MadeWorld,
) -> None:
    path = path_of(world, "anam_paqueteria*")
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    parcels = {p["guia"]: p for n, line in lines if n not in bad_lines(world, path)
               for p in [json.loads(line)]}  # fmt: skip
    planted = hidden(world, "parcel")
    by_address: dict[str, list[str]] = defaultdict(list)
    for number in planted:
        by_address[parcels[number]["destinatario"]["domicilio"]].append(number)
    assert len(by_address) >= 3
    ties = {frozenset((row["one"], row["other"])) for row in world.truth("ties")}
    for numbers in by_address.values():
        days = [mx_day(parcels[number]["fecha"]) for number in numbers]
        assert len(numbers) >= 4
        assert (max(days) - min(days)).days <= 7
        assert frozenset(planted[number]["node"] for number in numbers) in ties
        assert len({parcels[n]["remitente"]["domicilio"] for n in numbers}) == len(numbers)
    usual = Counter(p["destinatario"]["domicilio"] for n, p in parcels.items() if n not in planted)
    assert max(usual.values()) < 4, "others get as many"


# --- land ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def titles(world: MadeWorld) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sheet_in(world, "rpp_inmuebles*", "Inmuebles"):
        found[row["FOLIO_REAL"]].append(row)
    return found


def test_a_parcel_is_held_whole_at_any_time(titles: dict[str, list[dict[str, Any]]]) -> None:
    shared = sold = 0
    for rows in titles.values():
        now = [row for row in rows if not row["FECHA_TRANSMISION"]]
        then = [row for row in rows if row["FECHA_TRANSMISION"]]
        if len(rows) == 1 and then:
            continue  # the other title was the damaged row
        assert sum(float(row["PORCENTAJE"].rstrip("%")) for row in now) in {100.0, 50.0}
        shared += len(now) == 2
        sold += bool(then)
        for row in then:
            assert all(row["FECHA_TRANSMISION"] < other["FECHA_ADQUISICION"] for other in now)
    assert shared >= 3
    assert sold >= 2


def test_land_of_the_listed_and_of_their_firms_is_blocked_and_that_of_front_men_is_not(
    world: MadeWorld, titles: dict[str, list[dict[str, Any]]]
) -> None:
    said = {row["entity_id"]: row["status"] for row in world.truth("blocked")}
    by_role: dict[str, set[str]] = defaultdict(set)
    for entity, row in hidden(world, "land").items():
        by_role[roles(world)[row["node"]]].add(said.get(entity, "none"))
        assert len(titles[entity.removeprefix("rpp-inm-")]) <= 1
    assert by_role["boss"] == {"blocked"}
    assert by_role["front"] == {"none"}, "a nominee's land is not the principal's by this rule"
    assert "blocked" in by_role["front_firm"]
    assert len(titles) > 2 * len(hidden(world, "land"))


# --- calls ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def calls(world: MadeWorld) -> list[Cells]:
    return rows_in(world, "fgr_registros_llamadas*", ";", "cp1252")


def test_every_call_is_of_a_line_under_the_order_that_it_names_and_within_its_term(
    calls: list[Cells],
) -> None:
    lines: dict[str, set[str]] = defaultdict(set)
    months: dict[str, set[str]] = defaultdict(set)
    for row in calls:
        assert row["ORDEN_JUDICIAL"].startswith("TC-")
        assert "OBJETO" in {row["CALIDAD_ORIGEN"], row["CALIDAD_DESTINO"]}
        for end in ("ORIGEN", "DESTINO"):
            if row[f"CALIDAD_{end}"] == "OBJETO":
                lines[row["ORDEN_JUDICIAL"]].add(row[f"LINEA_{end}"])
        months[row["ORDEN_JUDICIAL"]].add(row["FECHA"][3:])
        assert row["LINEA_ORIGEN"] != row["LINEA_DESTINO"]
    assert len(lines) >= 15
    assert all(len(found) == 1 for found in lines.values())
    assert max(map(len, months.values())) <= 3


def test_a_lawyers_line_is_marked_wherever_it_stands_and_others_call_a_pizzeria_too(
    world: MadeWorld, calls: list[Cells]
) -> None:
    of_lawyers = {
        row["record"] for row in world.truth("hidden")
        if row["kind"] == "line" and "lawyer" in row["what"]
    }  # fmt: skip
    standing: dict[str, set[str]] = defaultdict(set)
    called_by: dict[str, set[str]] = defaultdict(set)
    for row in calls:
        for end in ("ORIGEN", "DESTINO"):
            standing[row[f"LINEA_{end}"]].add(row[f"CALIDAD_{end}"])
            called_by[row[f"LINEA_{end}"]].add(row["ORDEN_JUDICIAL"])
    assert of_lawyers
    for line in of_lawyers & standing.keys():
        assert standing[line] == {"DEFENSOR"}
    assert of_lawyers & standing.keys()
    assert {"FAMILIAR"} in standing.values()
    assert sum(len(orders) >= 4 for orders in called_by.values()) >= 3, "nobody orders pizza"


def test_a_line_of_the_network_is_given_in_another_agencys_file(
    world: MadeWorld, calls: list[Cells]
) -> None:
    """A number that only the operator knows would join nobody."""
    lines = {row["LINEA_ORIGEN"] for row in calls if row["CALIDAD_ORIGEN"] == "OBJETO"}
    told = {"".join(c for c in row["Phone"] if c.isdigit())[-10:]
            for row in rows_in(world, "hsi_case_subjects*", "\t", "cp1252")}  # fmt: skip
    assert len(lines & told) >= 3


# --- money ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def movements(world: MadeWorld) -> dict[str, dict[str, Any]]:
    path = path_of(world, "uif_movimientos*")
    rows = json.loads(path.read_text(encoding="utf-8"))["operaciones"]
    return {
        row["clave_rastreo"]: row for number, row in enumerate(rows, start=1)
        if number not in bad_lines(world, path)
    }  # fmt: skip


def test_structured_cash_stays_below_the_line_and_comes_within_days(
    world: MadeWorld, movements: dict[str, dict[str, Any]]
) -> None:
    planted = hidden(world, "structuring")
    assert len(planted) >= 60
    days: dict[str, set[str]] = defaultdict(set)
    for number, row in planted.items():
        held = movements[number]
        assert held["tipo"] == "EFECTIVO"
        assert REPORTED_FROM_MXN - 25_000 < float(held["monto"]) < REPORTED_FROM_MXN
        days[row["node"]].add(held["fecha_hora"][:10])
        assert roles(world)[row["node"]] in {"launderer", "front_firm"}
    assert len(days) >= 8
    cash = [m for number, m in movements.items()
            if m["tipo"] == "EFECTIVO" and number not in planted]  # fmt: skip
    assert len(cash) > 10, "all cash is planted"


def test_layers_follow_ties_that_stand_anyway(
    world: MadeWorld, movements: dict[str, dict[str, Any]]
) -> None:
    ties = {frozenset((row["one"], row["other"])) for row in world.truth("ties")}
    scene = set_scene(world.summary.people, world.summary.seed)
    whose = {person.rfc(): f"p{number}" for number, person in scene.plan.people.items()}
    whose |= {firm.rfc(): f"f{number}" for number, firm in scene.plan.firms.items()}
    planted = hidden(world, "layering")
    assert len(planted) >= 10
    for number, row in planted.items():
        assert frozenset((whose[movements[number]["ordenante"]["rfc"]], row["node"])) in ties


def test_nothing_leaves_an_account_while_it_is_frozen(
    world: MadeWorld, movements: dict[str, dict[str, Any]]
) -> None:
    frozen = {
        row["CLABE"]: (str(row["FECHA_ACUERDO"])[:10], str(row["FECHA_FIN"])[:10])
        for row in sheet_in(world, "uif_acuerdos_bloqueo*", "Acuerdos")
    }
    for movement in movements.values():
        start, end = frozen.get(movement.get("ordenante", {}).get("clabe"), ("", ""))
        day = movement["fecha_hora"][:10]
        assert not start or day < start or (end and day > end)


def test_some_freezes_end_and_some_hit_a_namesake(world: MadeWorld) -> None:
    rows = sheet_in(world, "uif_acuerdos_bloqueo*", "Acuerdos")
    states = Counter(row["ESTADO"] for row in rows)
    assert states["VIGENTE"] >= 5
    assert states["ELIMINADO"] >= 2
    assert all(bool(row["FECHA_FIN"]) == (row["ESTADO"] != "VIGENTE") for row in rows)
    people = {row["entity_id"]: row["person"] for row in world.truth("people")}
    struck = {people.get(f"uif-blq-{row['NUM_ACUERDO']}", "") for row in rows}
    assert "namesake" in {roles(world).get(node) for node in struck}


def test_account_numbers_bear_their_check_digit_and_are_of_no_bank(
    movements: dict[str, dict[str, Any]],
) -> None:
    assert clabe("032", 180, 11835971) == "032180000118359719"  # the usual worked example
    for movement in movements.values():
        number = movement["beneficiario"]["clabe"]
        assert clabe(number[:3], int(number[3:6]), int(number[6:17])) == number
        assert number[:3] in {code for code, _name in BANKS}


def test_a_currency_report_is_made_above_ten_thousand_dollars(world: MadeWorld) -> None:
    rows = rows_in(world, "fincen_currency_reports*")
    assert len(rows) >= 15
    for row in rows:
        assert bool(row["Cash In"]) != bool(row["Cash Out"])
        amount = (row["Cash In"] or row["Cash Out"]).replace(",", "").lstrip("$")
        assert float(amount) > 10_000


def test_lines_under_an_order_and_what_banks_find_unusual_are_sent_only_where_asked_for() -> None:
    def rows(*, closed: bool) -> dict[str, list[Row]]:
        scene = set_scene(1_500, 2, extras=Extras(events=0, closed=closed))
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows_of(scene, agencies(scene)):
            if isinstance(row, Row):
                found[row.sheet].append(row)
        return found

    usual, all_of_it = rows(closed=False), rows(closed=True)
    more = all_of_it.keys() - usual.keys()
    assert more == {
        "fgr_registros_llamadas_2025-12-31",
        "fincen_suspicious_reports_2025-12-31",
        "uif_reportes_inusuales_2025-12-31",
    }
    assert all(all_of_it[sheet] == found for sheet, found in usual.items()), "other files change"
    reported = all_of_it["uif_reportes_inusuales_2025-12-31"]
    planted = {number for row in reported for _entity, number in row.people} & set(
        set_scene(1_500, 2).plan.people
    )
    assert 0 < len(planted) < len(reported), "banks report the guilty alone, or none of them"


# --- victims -------------------------------------------------------------------------------------


def test_there_are_as_many_victims_as_case_files_or_more_and_minors_among_them(
    world: MadeWorld,
) -> None:
    rows = rows_in(world, "fge_altamar_victimas*", ",", "latin-1")
    spoiled = {(r["Cve. Municipio"], r["Año"]) for r in rows} - {
        key for key, count in Counter((r["Cve. Municipio"], r["Año"]) for r in rows).items()
        if count == 4 * len(CRIMES)
    }  # fmt: skip
    assert not spoiled, "a combination of sex and age is missing"
    victims: Counter[tuple[str, str, str]] = Counter()
    minors = 0
    for row in rows:
        for month, name in enumerate(MONTH_NAMES, start=1):
            key = row["Cve. Municipio"], f"{row['Año']}-{month:02d}", row["Subtipo de delito"]
            victims[key] += int(row[name])
            minors += int(row[name]) * ("Menores" in row["Rango de edad"])
    said = {crime: names[2] for crime, *names in CRIMES}
    files: Counter[tuple[str, str, str]] = Counter()
    for case in rows_in(world, "fge_altamar_carpetas*", ",", "latin-1"):
        crime = case["DELITO"].lower().replace(" ", "_")
        if crime in said:
            day = mx_day(case["FECHA_HECHO"])
            files[case["CVE_MUN"], f"{day:%Y-%m}", said[crime]] += 1
    assert sum(files.values()) > 200
    assert all(victims[key] >= count for key, count in files.items())
    assert sum(victims[key] > count for key, count in files.items()) >= 5
    assert sum(files.values()) < sum(victims.values()) < 1.4 * sum(files.values())
    assert 0 < minors < sum(victims.values()) / 5
