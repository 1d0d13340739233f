"""A YAML mapping turns rows into entities, says what is wrong with itself, and loses no row."""

from __future__ import annotations

import bz2
import gzip
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.mapping import mapped_sources, parse_mapping
from puente.ingest.source import Reject
from puente.model.places import Gazetteer
from puente.model.schema import get_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Read

    Table = Callable[..., Read]

HEAD = """
name: made_up
title: Made up
agency: NOBODY
country: mx
record_class: fact
legal_basis: a made-up law
obtained: made up
"""
REGISTER = (
    HEAD
    + """
file: {pattern: "register*.csv", day_first: true, empty: ["N/D"]}
date: {column: fecha}
entities:
  - key: firm
    schema: Company
    id: "reg-{folio}"
    props: {name: "{razon}", rfcCode: "{rfc}", place: {state: estado, municipality: mun}}
  - key: person
    schema: Person
    id: "reg-p-{nombre|hash}"
    when: {nombre: "*"}
    props:
      name: "{nombre} {paterno} {materno}"
      gender: {column: sexo, map: {H: male, M: female}}
      birthDate: {column: nac}
      alias: {column: alias, split: ";"}
      address: "{calle}, {colonia}, C.P. {cp}"
      nationality: {value: mx}
  - key: victim
    schema: Person
    id: "reg-v-{folio}"
    when: {papel: [victima, testigo]}
    standing: non_suspect
    props: {name: "{nombre}"}
edges:
  - key: owns
    schema: Ownership
    id: "reg-o-{folio}"
    props: {owner: {entity: person}, asset: {entity: firm}, percentage: "{pct}"}
"""
)
ROW = {
    "folio": "7",
    "razon": "TRANSPORTES  DEL NORTE SA",
    "rfc": "EKU-900317-3C9",
    "estado": "Sinaloa",
    "mun": "CULIACAN",
    "nombre": "Ana",
    "paterno": "Peña",
    "materno": "",
    "sexo": "M",
    "nac": "03/04/1980",
    "alias": "La Güera; Anita ;",
    "calle": "Obregón 5",
    "colonia": "",
    "cp": "80000",
    "papel": "socio",
    "pct": "50.0",
    "fecha": "01/02/2024",
}
COLUMNS = tuple(ROW)
PLACES = Gazetteer([{"place": "25006", "name": "Culiacán"}])


@pytest.fixture
def table(tmp_path: Path, read: type[Read]) -> Table:
    """Read rows of the register through its mapping."""

    def run(
        *rows: dict[str, str], yaml: str = REGISTER, name: str = "register_2024-03-01.csv"
    ) -> Read:
        import csv

        source = parse_mapping(yaml, "made_up.yaml")
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, COLUMNS)
            writer.writeheader()
            writer.writerows([{**ROW, **row} for row in rows])
        (file,) = source.find(tmp_path)
        return read(source, file, PLACES)

    return run


def test_a_row_becomes_entities_and_an_edge(table: Table) -> None:
    found = table({})
    firm, owns = found.of("reg-7"), found.of("reg-o-7")
    assert firm == {
        "name": ["TRANSPORTES DEL NORTE SA"],
        "rfcCode": ["EKU9003173C9"],
        "place": ["25006"],
    }
    (person,) = owns["owner"]
    assert owns == {"owner": [person], "asset": ["reg-7"], "percentage": ["50"]}
    assert found.of(person) == {
        "name": ["Ana Peña"],
        "gender": ["female"],
        "birthDate": ["1980-04-03"],
        "alias": ["La Güera", "Anita"],
        "address": ["Obregón 5, C.P. 80000"],
        "nationality": ["mx"],
    }
    assert "Ana" not in person
    assert {claim[6] for claim in found.claims} == {"2024-02-01"}
    assert {claim[5] for claim in found.claims} == {2}


def test_an_entity_that_is_not_in_the_row_takes_its_edge_with_it(table: Table) -> None:
    found = table({"nombre": "N/D"})
    assert found.of("reg-7")
    assert not found.of("reg-o-7")
    assert found.rows == 1


def test_a_victim_carries_the_standing_that_shields_them(table: Table) -> None:
    assert table({"papel": "victima"}).of("reg-v-7")["standing"] == ["non_suspect"]
    assert not table({"papel": "socio"}).of("reg-v-7")


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"folio": ""}, "firm: a column of its id is empty"), ({"nac": "31/02/1980"}, "birthDate:"),
     ({"sexo": "?"}, "gender: '?' is not in the map"),
     ({"pct": "half"}, "percentage: not a number"),
     ({"fecha": "soon"}, "date: not a date: 'soon'")],
)  # fmt: skip
def test_a_value_that_does_not_parse_rejects_its_row_only(
    table: Table, change: dict[str, str], reason: str
) -> None:
    found = table({"folio": "1"}, {"folio": "2", **change}, {"folio": "3"})
    assert found.rows == 3
    assert [(r.line, r.reason.startswith(reason)) for r in found.rejects] == [(3, True)]
    assert found.of("reg-1")
    assert found.of("reg-3")
    assert not found.of("reg-2")


def test_a_bad_identifier_is_kept_and_counted(table: Table) -> None:
    found = table({"rfc": "EKU900317"}, {"rfc": "EKU9003173C8", "folio": "8"})
    assert found.of("reg-7")["rfcCode"] == ["EKU900317"]
    assert found.of("reg-8")["rfcCode"] == ["EKU9003173C8"]
    assert found.facts == {"rfcCode incomplete": 1, "rfcCode not valid": 1}


def test_a_place_without_a_code_is_kept_as_a_note(table: Table) -> None:
    found = table({"mun": "Atlantis"})
    assert found.of("reg-7")["notes"] == ["place without a code: Atlantis, Sinaloa"]
    assert found.facts["place without a code: Atlantis, Sinaloa"] == 1


def test_the_date_of_a_delivery_is_in_its_name(tmp_path: Path) -> None:
    source = parse_mapping(REGISTER, "x")
    for name in (
        "register_2024.csv",
        "REGISTER_2023-05.CSV",
        "register_2024-03-01.csv",
        "other.csv",
    ):
        (tmp_path / name).write_text("x")
    assert [f.published for f in source.find(tmp_path)] == ["2023-05", "2024", "2024-03-01"]


COUNTS = (
    HEAD
    + """
file: {pattern: "c*.csv"}
counts:
  place: {column: cve}
  month: {year: anio, month: mes}
  records: {homicidio_doloso: "Hom", feminicidio: "Fem"}
incidents:
  id: "i-{cve}-{mes}"
  date: "{anio}"
  place: {state: edo, municipality: mun}
  category: {value: homicide}
  violent: {column: v, map: {"SI": true, "NO": false}}
"""
)


def test_counts_and_incidents_keep_blank_apart_from_zero(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "c_2024.csv").write_text(
        "cve,anio,mes,Hom,Fem,edo,mun,v\n"
        "1001,2024,Enero,4.0,,Sinaloa,Culiacán,SI\n"
        "01002,2024,2,0,1,Sinaloa,Atlantis,\n"
        "00001,2024,2,0,1,Sinaloa,Culiacán,NO\n"
        "01002,2024,2,4.5,1,Sinaloa,Culiacán,NO\n",
        "utf-8",
    )
    source = parse_mapping(COUNTS, "x")
    found = read(source, source.find(tmp_path)[0], PLACES)
    assert [tuple(row.values()) for row in found.tables["counts"]] == [
        ("01001", "2024-01", "homicidio_doloso", 4),
        ("01001", "2024-01", "feminicidio", None),
        ("01002", "2024-02", "homicidio_doloso", 0),
        ("01002", "2024-02", "feminicidio", 1),
    ]
    assert [(r["place"], r["violent"]) for r in found.tables["incidents"]] == [
        ("25006", True),
        ("25999", None),
    ]
    assert [r.line for r in found.rejects] == [4, 5]


JSON = (
    HEAD
    + """
file: {pattern: "*.json", format: json, records: data.items}
entities:
  - key: p
    schema: Person
    id: "j-{id}"
    props: {name: "{name.full}", alias: {column: aka, split: ";"}}
"""
)


def test_json_is_read_with_nested_fields_and_bad_items_rejected(
    tmp_path: Path, read: type[Read]
) -> None:
    items = [{"id": 1, "name": {"full": "Ana"}, "aka": ["A", "B"]}, "text", {"id": None}]
    (tmp_path / "x.json").write_text(json.dumps({"data": {"items": items}}))
    source = parse_mapping(JSON, "x")
    found = read(source, source.find(tmp_path)[0])
    assert found.of("j-1") == {"name": ["Ana"], "alias": ["A", "B"]}
    assert (found.rows, [r.line for r in found.rejects]) == (3, [2, 3])
    for broken in ("{", "[1", '{"data": 3}', "[" * 100_000):
        (tmp_path / "x.json").write_text(broken)
        with pytest.raises(InvalidData):
            read(source, source.find(tmp_path)[0])


def test_a_json_list_may_be_in_another_encoding_and_hold_a_key_twice(
    tmp_path: Path, read: type[Read]
) -> None:
    yaml = JSON.replace("format: json", "format: json, encoding: [utf-8, cp1252]")
    text = '{"data": {"items": [{"id": 1, "name": {"full": "Peña"}}, {"id": 2, "id": 3}]}}'
    (tmp_path / "x.json").write_text(text, "cp1252")
    source = parse_mapping(yaml, "x")
    found = read(source, source.find(tmp_path)[0])
    assert found.of("j-1") == {"name": ["Peña"]}
    assert [(r.line, r.reason) for r in found.rejects] == [
        (2, "the key 'id' stands twice in an object")
    ]


def test_a_column_that_no_json_record_has_is_told(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "x.json").write_text('{"data": {"items": [{"id": 1, "name": null, "aka": null}]}}')
    source = parse_mapping(JSON, "x")
    found = read(source, source.find(tmp_path)[0])
    assert found.facts == {"column in no record: name.full": 1}
    strict = JSON.replace("format: json", "format: json, header: [sex]")
    with pytest.raises(InvalidData, match="no column 'sex'"):
        read(parse_mapping(strict, "x"), source.find(tmp_path)[0])


def test_json_lines_are_read_one_by_one(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "x.json").write_bytes(b'{"id": 1, "name": {"full": "Ana"}}\n\n{oops\n\xff\xfe{}\n')
    yaml = JSON.replace("format: json", "format: jsonl").replace(", records: data.items", "")
    source = parse_mapping(yaml, "x")
    found = read(source, source.find(tmp_path)[0])
    assert found.of("j-1")["name"] == ["Ana"]
    assert (found.rows, [r.line for r in found.rejects]) == (3, [3, 4])


# --- other formats -----------------------------------------------------------------------------

HEADER = ["folio", "nombre", "fecha", "pct"]
SHARES = (
    HEAD
    + """
file: {pattern: "shares*", day_first: true}
entities:
  - {key: p, schema: Person, id: "p-{folio}", props: {name: "{nombre}"}}
  - {key: f, schema: Company, id: "f-{folio}", props: {name: "Firma {folio}"}}
edges:
  - key: o
    schema: Ownership
    id: "o-{folio}"
    props: {owner: {entity: p}, asset: {entity: f}, percentage: "{pct}", date: {column: fecha}}
"""
)


def shares(form: str, tmp_path: Path, read: type[Read]) -> Read:
    source = parse_mapping(SHARES.replace("{pattern", f"{{{form}, pattern"), "x")
    return read(source, source.find(tmp_path)[0])


def test_a_sheet_of_a_workbook_is_read_below_its_titles(tmp_path: Path, read: type[Read]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "shares.xlsx") as book:
        book.add_worksheet("Portada").write(0, 0, "no table")
        sheet = book.add_worksheet("Socios")
        rows = [["Registro"], [], HEADER, [7, "Ana Peña", "01/02/2024", 12.5], [], [8, "Eva"]]
        for number, row in enumerate([*rows, [9, "", "x", 1]]):
            sheet.write_row(number, 0, row)
        sheet.write_datetime(5, 2, datetime(2024, 2, 3), book.add_format({"num_format": "d/m/y"}))  # noqa: DTZ001
    found = shares("format: xlsx, sheet: Socios, title_lines: 3", tmp_path, read)
    assert found.of("o-7") == {
        "owner": ["p-7"],
        "asset": ["f-7"],
        "percentage": ["12.5"],
        "date": ["2024-02-01"],
    }
    assert found.of("o-8")["date"] == ["2024-02-03"]
    assert (found.rows, [r.line for r in found.rejects]) == (3, [7])
    with pytest.raises(InvalidData, match="there are Portada, Socios"):
        shares("format: xlsx, sheet: Otra", tmp_path, read)


def test_a_parquet_file_is_read_without_rounding(tmp_path: Path, read: type[Read]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = {
        "folio": pa.array([7, 8, None]),
        "nombre": pa.array(["Ana", "Eva", "Luz"]).dictionary_encode(),
        "fecha": pa.array([datetime(2024, 2, 1, 14, 5), None, None], pa.timestamp("ns")),  # noqa: DTZ001
        "pct": pa.array([Decimal("12.50"), None, None], pa.decimal128(20, 2)),
        "photo": pa.array([b"x", None, None]),
    }
    pq.write_table(pa.table(table), tmp_path / "shares.parquet")
    found = shares("format: parquet", tmp_path, read)
    assert found.of("o-7")["percentage"] == ["12.5"]
    assert found.of("o-7")["date"] == ["2024-02-01"]
    assert found.of("p-8") == {"name": ["Eva"]}
    assert (found.rows, [r.line for r in found.rejects]) == (3, [3])
    for bad in (table["photo"], pa.array([[1], [2], [3]])):
        pq.write_table(pa.table({**table, "nombre": bad}), tmp_path / "shares.parquet")
        with pytest.raises(InvalidData, match="column 'nombre' holds"):
            shares("format: parquet", tmp_path, read)
    damaged = bytearray((tmp_path / "shares.parquet").read_bytes())
    (tmp_path / "shares.parquet").write_bytes(damaged[: len(damaged) // 2])
    with pytest.raises(InvalidData, match="damaged"):
        shares("format: parquet", tmp_path, read)


def test_cells_of_a_parquet_file_are_text_that_hides_nothing() -> None:
    import pyarrow as pa

    from puente.ingest.mapping_parquet import column_text

    moment = datetime(2025, 3, 1, 14, 5, 9, 500000)  # noqa: DTZ001
    for column, texts in (
        (pa.array([5.0, 0.1, 1e-7, float("nan"), 123456789012.0, 2.0**53, None]),
         ["5", "0.1", "0.0000001", "", "123456789012", "9.007199254740992e+15", ""]),
        (pa.array([0.1, 2.5e7], pa.float32()), ["0.1", "25000000"]),
        (pa.array([2**64 - 1, None], pa.uint64()), ["18446744073709551615", ""]),
        (pa.array([moment], pa.timestamp("us")), ["2025-03-01T14:05:09.5"]),
        (pa.array([moment], pa.timestamp("us", tz="-06:00")), ["2025-03-01T08:05:09.5-06:00"]),
        (pa.array([moment.replace(microsecond=0)], pa.timestamp("ns", tz="UTC")),
         ["2025-03-01T14:05:09Z"]),
        (pa.array([moment.time(), None]), ["14:05:09.5", ""]),
        (pa.array([moment.date(), None]), ["2025-03-01", ""]),
        (pa.array([Decimal("1.10"), Decimal("0.00000001")]), ["1.10000000", "0.00000001"]),
        (pa.array([True, None]), ["true", ""]),
        (pa.nulls(1), [""]),
    ):  # fmt: skip
        assert column_text(column) == texts, column.type


@pytest.mark.parametrize("packed", ["gz", "bz2", "zip"])
def test_a_packed_file_is_read_like_the_one_within_and_named_itself(
    tmp_path: Path, read: type[Read], packed: str
) -> None:
    plain = b"folio;nombre;fecha;pct\n7;Ana;01/02/2024;12.5\n8;Eva;soon;1\n"
    path = tmp_path / f"shares.csv.{packed}"

    def pack(content: bytes) -> None:
        if packed == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("anything.csv", content)
        else:
            path.write_bytes({"gz": gzip, "bz2": bz2}[packed].compress(content))

    pack(plain)
    form = f'compression: {packed}, delimiter: ";"'
    found = shares(form, tmp_path, read)
    assert found.of("o-7")["percentage"] == ["12.5"]
    assert (found.rows, [r.line for r in found.rejects]) == (2, [3])
    for content, reason in ((b"folio;nombre\n7;Ana\n", "no column"), (b"", "empty")):
        pack(content)
        with pytest.raises(InvalidData, match=reason) as caught:
            shares(form, tmp_path, read)
        assert str(path) in caught.value.message
        assert "member" not in caught.value.message


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("format: ods", "the format is one of"),
        ("sheet: Hoja1", "unknown keys ['sheet'] for csv"),
        ("format: parquet, delimiter: x", "unknown keys ['delimiter'] for parquet"),
        ("compression: rar", "the compression is one of"),
        ("encoding: [utf-8, klingon]", "unknown encoding 'klingon'"),
        ('delimiter: ", "', "the delimiter is one character"),
        ("title_lines: two", "title_lines is a number of lines"),
        ("quoted: maybe", "quoted is true or false"),
    ],
)
def test_a_layout_that_its_format_cannot_have_is_refused(form: str, reason: str) -> None:
    with pytest.raises(InvalidData) as caught:
        parse_mapping(SHARES.replace("{pattern", f"{{{form}, pattern"), "x")
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("schema: Company", "schema: Firm", "unknown schema 'Firm'"),
        ("rfcCode:", "rfc:", "a Company has no property 'rfc'"),
        ("{entity: firm}", "{entity: shop}", "there is no entity 'shop'"),
        ("{entity: firm}", '"{folio}"', "an entity is named with entity"),
        ('id: "reg-{folio}"', 'id: "reg"', "all rows would be one thing"),
        ("{folio}", "{folio|rot13}", "unknown transform"),
        ("standing: non_suspect", "standing: guilty", "standing is one of"),
        ("owner: {entity: person}, ", "", "needs ['asset', 'owner']"),
        ("record_class: fact", "record_class: gossip", "is none of"),
        ("country: mx", "country: mx\ncolour: red", "unknown keys ['colour']"),
        ("day_first: true", "day_frist: true", "unknown keys ['day_frist']"),
        ("title: Made up\n", "", "missing keys ['title']"),
        ("map: {H", "mapp: {H", "unknown keys ['mapp']"),
        ("key: victim", "key: firm", "entity keys ['firm'] stand twice"),
        ("entities:", "entities: [", "not YAML"),
        ("title: Made up", "title: 2025-02-30", "line 3: not YAML: '2025-02-30'"),
        ("title: Made up", f"title: {'9' * 5000}", "line 3: not YAML"),
        ("title: Made up", "title: !!bool perhaps", "line 3: not YAML: 'perhaps'"),
        ("title: Made up", f"title: {'[' * 3000}", "not YAML: nested too deep"),
        ("date: {column: fecha}", "entities: []", "the keys ['entities'] stand twice"),
        ("legal_basis: a made-up law\n", "", "missing keys ['legal_basis']"),
        ("obtained: made up", "obtained:", "missing keys ['obtained']"),
    ],
)
def test_a_mapping_at_fault_says_what_is_wrong_with_it(old: str, new: str, reason: str) -> None:
    with pytest.raises(InvalidData) as caught:
        parse_mapping(REGISTER.replace(old, new, 1), "made_up.yaml")
    assert "made_up.yaml" in caught.value.message
    assert reason in caught.value.message


def test_a_published_list_needs_no_legal_basis() -> None:
    for kind in ("public_list", "sanctions"):
        yaml = REGISTER.replace("record_class: fact", f"record_class: {kind}")
        plain = yaml.replace("legal_basis: a made-up law\n", "").replace("obtained: made up\n", "")
        assert parse_mapping(plain, "x").info.legal_basis == ""
    info = parse_mapping(REGISTER, "x").info
    assert (info.legal_basis, info.obtained) == ("a made-up law", "made up")


def test_a_file_without_a_mapped_column_is_refused(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "register_2024.csv").write_text("folio,razon\n1,x\n")
    source = parse_mapping(REGISTER, "x")
    with pytest.raises(InvalidData, match="no column 'alias'"):
        read(source, source.find(tmp_path)[0])


def test_every_shipped_mapping_stands_and_names_its_licence() -> None:
    sources = mapped_sources()
    names = [source.info.name for source in sources]
    assert len(set(names)) == len(names)
    for source in sources:
        for part in ("entities", "edges"):
            for entity in source.spec.get(part) or []:  # type: ignore[union-attr]
                get_schema(entity["schema"])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={c: st.text(max_size=10) for c in COLUMNS}), max_size=4
    )
)
def test_no_cell_breaks_a_mapping_and_every_row_is_loaded_or_rejected(
    table: Table, rows: list[dict[str, str]]
) -> None:
    found = table(*rows)
    lines = {claim[5] for claim in found.claims}
    rejected = [r.line for r in found.rejects if isinstance(r, Reject)]
    assert found.rows >= len(rejected)
    assert not lines & set(rejected)
    assert all(value for _, _, _, value, *_ in found.claims)
