"""Addresses, telephones, firearms and vehicles are read as clerks write them, and told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
import pytest

from puente.resolve.address_words import AddressParts, parse_address
from puente.resolve.firearm_kind import plain_caliber, plain_make, plain_serial
from puente.resolve.phone_kind import dialled
from puente.resolve.profile import resolve_files

if TYPE_CHECKING:
    from pathlib import Path

    from puente.settings import Settings

ADDRESSES = [
    (
        "Av. Insurgentes Sur No. 1234, Int. 5, Col. Del Valle, C.P. 03100",
        AddressParts(street="INSURGENTES SUR", kind="AVENIDA", number="1234", unit="5",
                     colonia="VALLE", postcode="03100"),
    ),
    ("C. Juárez s/n, Barrio San Juan",
     AddressParts(street="JUAREZ", kind="CALLE", number="S/N", colonia="SAN JUAN")),
    ("Calle 5 de Mayo 120-B", AddressParts(street="5 MAYO", kind="CALLE", number="120B")),
    ("1200 N Main St #4, El Paso, TX 79901-1234",
     AddressParts(street="MAIN NORTE", kind="CALLE", number="1200", unit="4", postcode="79901")),
    ("Carr. Tijuana-Ensenada Km 22.5",
     AddressParts(street="ENSENADA TIJUANA", kind="CARRETERA", number="KM22.5")),
    ("Mz 3 Lt 12, Fracc. Las Palmas", AddressParts(number="M3L12", colonia="PALMAS")),
    ("Calle 16 Núm. 33", AddressParts(street="16", kind="CALLE", number="33")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), ADDRESSES)
def test_an_address_is_taken_apart_as_it_is_meant(text: str, parts: AddressParts) -> None:
    assert parse_address(text) == parts


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+52 1 664 123 4567", "6641234567"), ("044 664 123 45 67", "6641234567"),
        ("6641234567 ext 12", "6641234567"), ("+1 (619) 555-0123", "6195550123"),
        ("123-4567", "1234567"), ("0000000000", None),
    ],
)  # fmt: skip
def test_a_telephone_is_read_without_its_prefixes(written: str, read: str | None) -> None:
    found = duckdb.execute(f"SELECT {dialled('p')} FROM (SELECT ? AS p)", [written]).fetchone()
    assert found == (read,)


def test_a_serial_number_that_was_removed_agrees_with_nothing() -> None:
    assert plain_serial("BORRADO") == ("", True)
    assert plain_serial("limado, visible AB123") == ("AB123", True)
    assert plain_serial("S/N") == ("", False)
    assert plain_serial("A12*45") == ("A12?45", False)


def test_a_calibre_and_a_maker_have_one_form() -> None:
    assert {plain_caliber(text) for text in ("9 mm", "9MM Luger", "9x19", "9 mm Parabellum")} == {
        "9X19"
    }
    assert plain_caliber("Cal. .45") == plain_caliber("45 ACP") == "45"
    assert plain_caliber(".38 Super") != plain_caliber(".38 Spl")
    assert plain_make("S&W") == plain_make("Smith & Wesson")
    assert plain_make("Sin marca") == ""


FIREARMS = """id,s,m,c
1,ABC-12345,Glock,9 mm
2,ABC1234S,GLOCK GMBH,9X19
3,ABC12345,Colt,.45
4,borrado,Colt,.45
5,borrado,Colt,45 ACP
"""
PHONES = """id,p,n
1,+52 1 664 123 4567,Ana Paz
2,044 664 123 45 67,ANA PAZ RUIZ
3,6641234568,Otro Nombre
"""
HOUSES = """id,a
1,"Av. Insurgentes Sur No. 1234, Col. Del Valle, C.P. 03100"
2,"Avenida Insurgentes Sur #1234, Colonia del Valle, 03100"
3,"Av. Insurgentes Sur 88, Col. Roma, C.P. 06700"
"""
VEHICLES = """id,p,v,m
1,ABC-123-D,1M8GDM9AXKP042788,Nissan
2,A8C-123-D,1M8GDM9AXKPO42788,NISSAN
3,XYZ-999-A,,Ford
"""
FIRMS = """id,n,p
1,Grupo Garcia 1 S.A. de C.V.,5512345678
2,GRUPO GARCIA 1 SA DE CV,
3,Grupo Garcia 11 S.A. de C.V.,5587654321
4,Transportes Zavala SC,
5,Mieles del Norte SPR,
6,Aceros Quiroz SA,
7,Acme Holdings LLC,
8,Ferretera Trejo SA,
"""
FILES = {
    "Company": ("{company_name: n, phone: p}", FIRMS, "11345678"),
    "Firearm": ("{serial_number: s, make: m, caliber: c}", FIREARMS, "11345"),
    "Phone": ("{phone: p, name: n}", PHONES, "113"),
    "Address": ("{address: a}", HOUSES, "113"),
    "Vehicle": ("{plate: p, vin: v, make: m}", VEHICLES, "113"),
}
"""Roles, file, and the cluster of each record in order."""


@pytest.mark.parametrize("kind", FILES)
def test_records_of_one_thing_meet_and_those_of_two_do_not(
    kind: str, tmp_path: Path, settings: Settings
) -> None:
    columns, text, wanted = FILES[kind]
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    (tmp_path / "p.yaml").write_text(
        f"kind: {kind}\nid: id\ncolumns: {columns}\n", encoding="utf-8"
    )
    resolve_files(
        [tmp_path / "f.csv"], tmp_path / "p.yaml", tmp_path / "o.parquet", settings=settings,
        progress=lambda _done, _total: None,
    )  # fmt: skip
    table = pq.read_table(tmp_path / "o.parquet")
    assert "".join(table["cluster_id"].to_pylist()) == wanted
