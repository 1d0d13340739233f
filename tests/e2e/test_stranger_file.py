"""A file of an unseen layout: mapped, loaded and on the map through the command line alone."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SAID = ("--agency", "SSP", "--legal-basis", "made up", "--obtained", "made up")


def stranger(folder: Path) -> Path:
    path = folder / "partes_novedades_2024-06.csv"
    lines = ["PARTE DE NOVEDADES;;;;", "No. de parte;Fecha del hecho;Cve. Mun.;Suceso;Hora"]
    lines += [
        f"PN-{n:04d};{1 + n % 28:02d}/{1 + n % 6:02d}/2024;0100{1 + n % 3};Robo;08:{n % 60:02d}"
        for n in range(200)
    ]
    lines.append("PN-9999;31/02/2024;01001;Robo a comercio;08:00")
    path.write_text("\r\n".join(lines) + "\r\n", encoding="cp1252")
    return path


def places(folder: Path) -> Path:
    path = folder / "places" / "municipality_names.csv"
    path.parent.mkdir()
    rows = ["cve_geo,nombre_estado,cve_ent,nombre_municipio,cve_mun"]
    rows += [f"0100{n},Altamar,01,Municipio {n},00{n}" for n in (1, 2, 3)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path.parent


def test_a_strangers_file_is_mapped_loaded_and_counted_by_place(
    puente: Callable[..., Any], tmp_path: Path
) -> None:
    path, node = stranger(tmp_path), tmp_path / "node"
    shown = puente("ingest", "--guess", path, *SAID, "--workspace", node, "--json")
    assert shown.code == 0, shown.err
    assert shown.json["loads"] == []  # nothing is loaded before it is confirmed
    assert shown.json["guess"]["rows_are"] == "incident"
    done = puente("ingest", "--guess", path, *SAID, "--workspace", node, "--yes", "--json")
    assert done.code == 0, done.err
    (load,) = done.json["loads"]
    assert (load["rows"], load["loaded"], load["rejected"]) == (201, 200, 1)
    assert (node / "mappings" / "partes_novedades.yaml").is_file()
    again = puente("ingest", "partes_novedades", path, "--workspace", node, "--json")
    assert again.json["loads"][0]["unchanged"] is True
    built = puente("build", "--data", places(tmp_path), "--workspace", node, "--json")
    assert built.code == 0, built.err
    assert built.json["places"]["records"] >= 1
    other = puente("ingest", "--guess", path, *SAID, "--workspace", node, "--yes")
    assert other.code == 1
    assert "choose another name" in other.err


def test_without_the_law_nothing_is_loaded(puente: Callable[..., Any], tmp_path: Path) -> None:
    node = tmp_path / "node"
    done = puente("ingest", "--guess", stranger(tmp_path), "--workspace", node, "--yes")
    assert done.code == 3
    assert "--legal-basis" in done.err
    assert not (node / "mappings").exists()


def test_a_table_of_a_database_is_loaded_by_its_address(
    puente: Callable[..., Any], tmp_path: Path
) -> None:
    base, node = tmp_path / "records.db", tmp_path / "node"
    with sqlite3.connect(base) as held:
        held.execute("CREATE TABLE events (folio TEXT, day TEXT, place TEXT, what TEXT)")
        held.execute("INSERT INTO events VALUES ('A-1', '2024-03-01', '01001', 'robo')")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "name: unit_events\ntitle: made up\nagency: SSP\ncountry: mx\nrecord_class: fact\n"
        "legal_basis: made up\nobtained: made up\nfile: {pattern: '*'}\n"
        "incidents: {id: 'u-{folio}', date: {column: day}, place: {column: place},"
        " category: '{what}'}\n"
    )
    asked = ("--table", "events", "--mapping", mapping, "--workspace", node, "--json")
    done = puente("ingest", "--url", f"sqlite:///{base}", *asked)
    assert done.code == 0, done.err
    assert done.json["loads"][0]["loaded"] == 1
    lost = puente("ingest", "--url", f"sqlite:///{base}.gone", *asked)
    assert lost.code == 3
