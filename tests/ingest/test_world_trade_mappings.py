"""The made-up trade, land, call, money and victims' files through the shipped mappings."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from puente.ingest.load import load_folder
from puente.ingest.sources import all_sources
from puente.store.lake import Lake
from puente.world.make import Extras, make_world

from .loaded_world import Loaded

SOURCES = (
    "cbp_export_filings", "anam_pedimentos", "anam_paqueteria", "rpp_inmuebles",
    "fgr_registros_llamadas", "uif_movimientos", "uif_acuerdos_bloqueo",
    "fincen_currency_reports", "fge_altamar_victimas",
)  # fmt: skip
TIPS = ("uif_reportes_inusuales", "fincen_suspicious_reports")
KINDS = {"anam_paqueteria": "parcel", "fgr_registros_llamadas": "phone_call"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("trade") / "world"
    make_world(folder, people=4_000, seed=5, extras=Extras(events=0, closed=True))
    lake = Lake(tmp_path_factory.mktemp("trade-lake"))
    chosen = [
        source for source in all_sources()
        if source.info.name in {*SOURCES, *TIPS} or source.info.stage == 0
    ]  # fmt: skip
    now = datetime(2026, 1, 1, tzinfo=UTC)
    reports, _unknown = load_folder(folder, lake, now=now, sources=chosen)
    return Loaded(folder=folder, lake=lake, reports={r.source: r for r in reports})


@pytest.mark.parametrize("source", [*SOURCES, *TIPS])
def test_every_row_is_loaded_or_was_planted_to_be_rejected(loaded: Loaded, source: str) -> None:
    report = loaded.reports[source]
    assert report.rows == report.loaded + report.rejected > 0
    assert loaded.bad_lines(source) == loaded.planted(source)
    if source != "fincen_suspicious_reports":
        assert loaded.planted(source)


@pytest.mark.parametrize(
    ("source", "fault", "reason"),
    [
        ("fgr_registros_llamadas", "no judge's order", "authority: no value"),
        ("fgr_registros_llamadas", "unknown standing", "standing: 'SIN DATO' is not in the map"),
        ("cbp_export_filings", "no weight", "weight: "),
        ("anam_paqueteria", "no weight", "amount: "),
        ("rpp_inmuebles", "a share in words", "percentage: "),
        ("uif_movimientos", "no amount", "amount: "),
        ("fincen_currency_reports", "no amount", "amount: "),
        ("uif_acuerdos_bloqueo", "unknown state", "status: 'EN TRAMITE' is not in the map"),
        ("uif_reportes_inusuales", "impossible date", "operaciones[1]: at: "),
    ],
)
def test_a_damaged_row_is_rejected_for_what_is_wrong_with_it(
    loaded: Loaded, source: str, fault: str, reason: str
) -> None:
    name = Path(loaded.reports[source].path).name
    told = {row["line"]: row["reason"] for row in loaded.rows("rejects", source)}
    planted = [row for row in loaded.truth("rejects") if row["file"] == name]
    chosen = [int(row["line"]) for row in planted if row["fault"] == fault]
    assert chosen
    for line in chosen:
        assert told[line].startswith(reason), told[line]


# --- cargo ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["cbp_export_filings", "anam_pedimentos"])
def test_who_carries_for_all_joins_nobody_and_who_trades_does(loaded: Loaded, source: str) -> None:
    shipments = loaded.said(source, "Shipment")
    assert len(shipments) == loaded.reports[source].loaded
    shielded = loaded.shielded(source)
    ends = {
        role: {value for said in shipments.values() for value in said.get(role, ())}
        for role in ("shipper", "consignee", "carrier", "vehicle")
    }
    assert all(len(said["shipper"]) == len(said["consignee"]) == 1 for said in shipments.values())
    assert ends["carrier"]
    assert ends["carrier"] | ends["vehicle"] == shielded
    assert not (ends["shipper"] | ends["consignee"]) & shielded


def test_an_owner_driver_stands_under_papers_and_a_hauliers_firm_under_its_code(
    loaded: Loaded,
) -> None:
    people = loaded.said("anam_pedimentos", "Person")
    assert people
    for entity, said in people.items():
        assert len(said["curpCode"][0]) == 18
        assert said["curpCode"][0] not in entity, "a CURP stands in an id"
    firms = loaded.said("anam_pedimentos", "Company")
    assert any("-caat-" in entity for entity in firms)
    assert any("-imp-" in entity and said["rfcCode"] for entity, said in firms.items())


# --- bulk records --------------------------------------------------------------------------------


@pytest.mark.parametrize("source", KINDS)
def test_a_bulk_record_is_one_event_with_both_ends(loaded: Loaded, source: str) -> None:
    events = loaded.rows("events", source)
    assert len(events) == loaded.reports[source].loaded
    assert {row["kind"] for row in events} == {KINDS[source]}
    known = {row["entity_id"] for row in loaded.rows("statements", source)}
    assert all({row["from_id"], row["to_id"]} <= known for row in events)
    assert all(row["amount"] is not None for row in events)


def test_a_parcel_comes_from_a_counter_and_goes_to_a_person(loaded: Loaded) -> None:
    origins = loaded.said("anam_paqueteria", "Address")
    people = loaded.said("anam_paqueteria", "Person")
    for row in loaded.rows("events", "anam_paqueteria"):
        assert row["from_id"] in origins
        assert row["to_id"] in people
        assert row["unit"] == "kg"
    assert all(said["country"] == ["us"] for said in origins.values())


def test_a_call_names_its_order_and_a_number_stands_in_no_id(loaded: Loaded) -> None:
    events = loaded.rows("events", "fgr_registros_llamadas")
    assert all(re.fullmatch(r"TC-\d{3}/20\d\d", row["authority"]) for row in events)
    assert all("T" in row["at"] for row in events)
    lines = loaded.said("fgr_registros_llamadas", "LegalEntity")
    for entity, said in lines.items():
        number = re.sub(r"\D", "", said["phone"][0])
        assert number[-10:] not in entity
        assert "name" not in said, "a number is nobody's name"
    classes = {row["record_class"] for row in loaded.rows("statements", "fgr_registros_llamadas")}
    assert classes == {"court"}


def test_lines_of_a_defender_or_at_home_are_no_suspects_and_that_under_the_order_is_one(
    loaded: Loaded,
) -> None:
    with Path(loaded.reports["fgr_registros_llamadas"].path).open(
        encoding="cp1252", newline=""
    ) as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    by_standing: dict[str, set[str]] = {}
    for row in rows:
        for end in ("ORIGEN", "DESTINO"):
            by_standing.setdefault(row[f"CALIDAD_{end}"], set()).add(row[f"LINEA_{end}"])
    shielded = loaded.shielded("fgr_registros_llamadas")
    lines = loaded.said("fgr_registros_llamadas", "LegalEntity")
    marked = {re.sub(r"\D", "", lines[entity]["phone"][0])[-10:] for entity in shielded}
    assert marked == by_standing["DEFENSOR"] | by_standing["FAMILIAR"]
    assert by_standing["DEFENSOR"]
    assert by_standing["OBJETO"] - marked


# --- land ----------------------------------------------------------------------------------------


def test_a_title_is_a_dated_share_of_a_parcel(loaded: Loaded) -> None:
    parcels = loaded.said("rpp_inmuebles", "RealEstate")
    titles = loaded.said("rpp_inmuebles", "Ownership")
    assert len(titles) == loaded.reports["rpp_inmuebles"].loaded
    owners = loaded.said("rpp_inmuebles", "Person") | loaded.said("rpp_inmuebles", "Company")
    for said in titles.values():
        assert said["asset"][0] in parcels
        assert said["owner"][0] in owners
        assert said["percentage"][0] in {"100", "50"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", said["startDate"][0])
    assert any("endDate" in said for said in titles.values())
    assert all(said["place"][0].startswith(("91", "92")) for said in parcels.values())


# --- money ---------------------------------------------------------------------------------------


def test_money_moves_between_accounts_whose_holders_are_named(loaded: Loaded) -> None:
    accounts = loaded.said("uif_movimientos", "BankAccount")
    holders = loaded.said("uif_movimientos", "Person") | loaded.said("uif_movimientos", "Company")
    for entity, said in accounts.items():
        assert len(said["holder"]) == 1
        assert said["holder"][0] in holders
        assert said["accountNumber"][0] not in entity
    events = loaded.rows("events", "uif_movimientos")
    assert len(events) == loaded.reports["uif_movimientos"].loaded
    for row in events:
        assert row["to_id"] in accounts
        assert (row["from_id"] == "") is row["category"].startswith("EFECTIVO")
        assert row["from_id"] in {"", *accounts}
        assert row["unit"] == "MXN"
        assert row["amount"] > 0
    assert {row["record_class"] for row in loaded.rows("statements", "uif_movimientos")} == {"fact"}


def test_a_freeze_names_account_holder_reason_and_whether_it_stands(loaded: Loaded) -> None:
    freezes = loaded.said("uif_acuerdos_bloqueo", "AccountFreeze")
    assert len(freezes) == loaded.reports["uif_acuerdos_bloqueo"].loaded > 5
    accounts = loaded.said("uif_acuerdos_bloqueo", "BankAccount")
    for said in freezes.values():
        assert accounts[said["account"][0]]["holder"] == said["holder"]
        assert said["reason"]
        assert ("endDate" in said) is (said["status"] != ["Vigente"])
    moved = loaded.said("uif_movimientos", "BankAccount")
    assert accounts.keys() & moved.keys(), "a frozen account is another one in the movements"


def test_a_report_of_cash_is_a_payment_in_or_out_and_speaks_against_nobody(
    loaded: Loaded,
) -> None:
    events = loaded.rows("events", "fincen_currency_reports")
    ways = Counter(row["category"] for row in events)
    assert ways.keys() == {"CASH IN", "CASH OUT"}
    for row in events:
        assert bool(row["to_id"]) is (row["category"] == "CASH IN")
        assert bool(row["from_id"]) is (row["category"] == "CASH OUT")
        assert row["amount"] > 10_000
        assert row["unit"] == "USD"


@pytest.mark.parametrize("source", TIPS)
def test_what_a_bank_finds_unusual_is_a_tip_and_no_suspicion_of_ours(
    loaded: Loaded, source: str
) -> None:
    statements = loaded.rows("statements", source)
    events = loaded.rows("events", source)
    assert {row["record_class"] for row in [*statements, *events]} == {"tip"}
    assert {row["marking"] for row in statements} == {"TLP:AMBER+STRICT//REL MX US"}
    assert not [row for row in statements if row["schema"] == "Suspicion"]
    assert len({row["event_id"] for row in events}) == len(events) > 0


def test_a_reports_deposits_go_to_the_account_that_the_books_have(loaded: Loaded) -> None:
    told = loaded.said("uif_reportes_inusuales", "BankAccount")
    booked = loaded.said("uif_movimientos", "BankAccount")
    assert told.keys() & booked.keys()
    for row in loaded.rows("events", "uif_reportes_inusuales"):
        assert row["to_id"] in told


# --- victims -------------------------------------------------------------------------------------


def test_victims_are_counts_of_their_own_name_and_no_files(loaded: Loaded) -> None:
    counts = loaded.rows("counts", "fge_altamar_victimas")
    assert len(counts) == 12 * loaded.reports["fge_altamar_victimas"].loaded
    assert all(row["record"].startswith("victimas_") for row in counts)
    crimes = {row["record"].split(".")[0] for row in counts}
    assert crimes == {"victimas_homicidio_doloso", "victimas_lesiones_dolosas",
                      "victimas_secuestro"}  # fmt: skip
    assert {row["record"].split(".")[2] for row in counts} == {
        "adultos_18_y_mas", "menores_de_edad_0_17"
    }  # fmt: skip
    assert {row["place"][:2] for row in counts} == {"91"}
    assert not loaded.rows("statements", "fge_altamar_victimas"), "a victim is named"
