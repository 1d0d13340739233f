"""A YAML mapping turns rows into entities, says what is wrong with itself, and loses no row."""

from __future__ import annotations

import json
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
     ({"fecha": "soon"}, "not a date")],
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


def test_json_lines_are_read_one_by_one(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "x.json").write_bytes(b'{"id": 1, "name": {"full": "Ana"}}\n\n{oops\n\xff\xfe{}\n')
    yaml = JSON.replace("format: json", "format: jsonl").replace(", records: data.items", "")
    source = parse_mapping(yaml, "x")
    found = read(source, source.find(tmp_path)[0])
    assert found.of("j-1")["name"] == ["Ana"]
    assert (found.rows, [r.line for r in found.rejects]) == (3, [3, 4])


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
    ],
)
def test_a_mapping_at_fault_says_what_is_wrong_with_it(old: str, new: str, reason: str) -> None:
    with pytest.raises(InvalidData) as caught:
        parse_mapping(REGISTER.replace(old, new, 1), "made_up.yaml")
    assert "made_up.yaml" in caught.value.message
    assert reason in caught.value.message


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
