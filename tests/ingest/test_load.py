"""A file is loaded once, whole, and the same whatever came before it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from puente.errors import InvalidData, NotFound
from puente.ingest.load import Loading, columns_of, load_file, load_folder
from puente.ingest.mapping import parse_mapping
from puente.ingest.source import Batch, LoadContext, SourceFile, date_in_name, find_all
from puente.ingest.sources import ALL, all_sources, get_source
from puente.model.entity import STATEMENT_FIELDS
from puente.store.lake import Lake

from .conftest import INFO, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.ingest.source import Handed

YAML = """
name: people
title: People
agency: NOBODY
country: mx
record_class: fact
legal_basis: a made-up law
obtained: made up
file: {pattern: "people*.csv"}
entities:
  - {key: p, schema: Person, id: "p-{id}", props: {name: "{name}", birthDate: "{born}"}}
"""
SOURCE = parse_mapping(YAML, "people.yaml")
OLD = "id,name,born\n1,Ana,1980\n2,Berta,soon\n3,Carla,1990-02\n"
NEW = "id,name,born\n1,Ana,1980\n3,Carla María,1990-02\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "people_2024-01-01.csv").write_text(OLD)
    (tmp_path / "data" / "people_2024-02-01.csv").write_text(NEW)
    (tmp_path / "data" / "notes.txt").write_text("x")
    return tmp_path / "data"


def content(lake: Lake) -> dict[str, list[dict[str, object]]]:
    tables: dict[str, list[dict[str, object]]] = {}
    for load in lake.loads():
        for path in sorted(load.folder.glob("*.parquet")):
            tables.setdefault(f"{load.load}/{path.stem}", []).extend(
                pq.read_table(path).to_pylist()
            )
    return tables


def test_rows_are_loaded_or_rejected_and_never_lost(folder: Path, lake: Lake) -> None:
    reports, others = load_folder(folder, lake, now=NOW, sources=[SOURCE])
    assert [(r.published, r.rows, r.loaded, r.rejected) for r in reports] == [
        ("2024-01-01", 3, 2, 1),
        ("2024-02-01", 2, 2, 0),
    ]
    assert [path.name for path in others] == ["notes.txt"]
    rejects = [
        row for name, rows in content(lake).items() if name.endswith("rejects") for row in rows
    ]
    assert [(r["line"], r["reason"], r["raw"]) for r in rejects] == [
        (3, "birthDate: not a date: 'soon'", "2,Berta,soon")
    ]
    assert reports[0].as_json()["rows"] == 3


def test_the_same_file_again_changes_nothing(folder: Path, lake: Lake) -> None:
    first, _ = load_folder(folder, lake, now=NOW, sources=[SOURCE])
    before = content(lake)
    again, _ = load_folder(folder, lake, now=NOW, sources=[SOURCE])
    assert [r.unchanged for r in first] == [False, False]
    assert [r.unchanged for r in again] == [True, True]
    assert [r.load for r in again] == [r.load for r in first]
    assert [r.facts for r in again] == [r.facts for r in first]
    assert content(lake) == before


def test_the_order_of_loading_changes_nothing(folder: Path, tmp_path: Path) -> None:
    files = SOURCE.find(folder)
    lakes = [Lake(tmp_path / name, clock=lambda: NOW) for name in ("one", "other")]
    for lake, order in zip(lakes, (files, files[::-1]), strict=True):
        for file in order:
            load_file(SOURCE, file, lake, now=NOW)
    assert content(lakes[0]) == content(lakes[1])


def test_a_newer_delivery_keeps_the_history_of_the_older(folder: Path, lake: Lake) -> None:
    reports, _ = load_folder(folder, lake, now=NOW, sources=[SOURCE])
    with lake.begin_build(loads=[r.load for r in reports], now=NOW) as build:
        table = pq.read_table(build.path / "statements.parquet").to_pylist()
    names = {
        row["value"]: (row["first_seen"], row["last_seen"], row["current"])
        for row in table
        if row["prop"] == "name"
    }
    assert names == {
        "Ana": ("2024-01-01", "2024-02-01", True),
        "Carla": ("2024-01-01", "2024-01-01", False),
        "Carla María": ("2024-02-01", "2024-02-01", True),
    }


def test_a_file_that_cannot_be_read_leaves_no_trace(folder: Path, lake: Lake) -> None:
    (folder / "people_2024-03-01.csv").write_text("<html>busy</html>")
    with pytest.raises(InvalidData, match="web page") as caught:
        load_folder(folder, lake, now=NOW, sources=[SOURCE])
    assert "people_2024-03-01.csv" in caught.value.message
    assert [load.published for load in lake.loads()] == ["2024-01-01", "2024-02-01"]


def test_claims_in_columns_are_the_statements_they_stand_for(folder: Path) -> None:
    (file, *_) = SOURCE.find(folder)
    context = LoadContext(info=SOURCE.info, file=file, today=NOW.date())
    claims = [c for item in SOURCE.read(file, context) if isinstance(item, list) for c in item]
    rows = columns_of(claims, SOURCE.info, file).to_pylist()
    for row, statement in zip(rows, map(context.statement, claims), strict=True):
        assert row["id"] == statement.id
        assert {f: row[f] for f in STATEMENT_FIELDS} == {
            f: getattr(statement, f) for f in STATEMENT_FIELDS
        }
    assert rows[0]["row"] == "people_2024-01-01.csv:2"


class Plain:
    """A source that yields full statements and rows of a table, as a hand-written one may."""

    info = INFO

    def find(self, root: Path) -> list[SourceFile]:
        return [SourceFile(path=root / "a.txt", source=INFO.name, published="2024")]

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:  # noqa: ARG002
        context.row()
        yield context.statement(("x-1", "Person", "name", "Ana", "ANA", 1, ""))
        context.row()
        yield Batch(
            table="counts",
            rows=[{"place": "01001", "month": "2024-01", "record": "r", "count": None}],
        )
        context.fact("seen", 2)


def test_statements_and_tables_of_a_hand_written_source_are_loaded(
    tmp_path: Path, lake: Lake
) -> None:
    (tmp_path / "a.txt").write_text("x")
    reports, _ = load_folder(tmp_path / "a.txt", lake, now=NOW, sources=[]), None
    assert reports == ([], [tmp_path / "a.txt"])
    source = Plain()
    report = load_file(source, source.find(tmp_path)[0], lake, now=NOW)
    assert (report.rows, report.loaded, dict(report.facts)) == (2, 2, {"seen": 2})
    tables = content(lake)
    assert len(tables[f"{report.load}/statements"]) == len(tables[f"{report.load}/counts"]) == 1


def test_later_files_know_the_entities_and_places_loaded_before(folder: Path, lake: Lake) -> None:
    loading = Loading(lake=lake, now=NOW)
    assert loading.known("people") == frozenset()
    for file in SOURCE.find(folder):
        loading.load(SOURCE, file)
    assert loading.known("people") == {"p-1", "p-3"}
    (folder / "municipality_names.csv").write_text(
        "cve_geo,nombre_municipio\n01001,Aguascalientes\n"
    )
    names = get_source("places_names")
    assert len(loading.gazetteer()) == 0
    loading.load(names, names.find(folder)[0])
    assert "01001" in loading.gazetteer()


def test_every_shipped_source_is_named_once_and_finds_nothing_in_an_empty_folder(
    tmp_path: Path,
) -> None:
    sources = all_sources()
    names = [source.info.name for source in sources]
    assert len(set(names)) == len(names)
    assert len(sources) > len(ALL)
    assert find_all(tmp_path, sources) == ([], [])
    with pytest.raises(NotFound):
        get_source("nobody")
    with pytest.raises(InvalidData):
        find_all(tmp_path / "missing", sources)


def test_a_folder_of_own_mappings_adds_sources(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(YAML)
    assert "people" in {source.info.name for source in all_sources(tmp_path)}


@pytest.mark.parametrize(
    ("name", "day"),
    [("fgr_2024-03-01", "2024-03-01"), ("x_2024-03", "2024-03"), ("2025-12", "2025-12"),
     ("a_2024_2025", "2025"), ("BACRIM2020_Nodes", "2020"), ("no-date-12345", "")],
)  # fmt: skip
def test_dates_of_deliveries_are_read_from_names(name: str, day: str) -> None:
    assert date_in_name(name) == day


MAPPING = """
name: tips
title: Made-up register
agency: X
country: mx
record_class: fact
legal_basis: a made-up law
obtained: made up
file: {pattern: "tips*.csv"}
entities:
  - key: person
    schema: Person
    id: "tip-{folio}"
    props: {name: "{PROP}"}
"""


def test_a_mended_mapping_reads_the_file_again_and_the_older_reading_stands_no_more(
    tmp_path: Path,
) -> None:
    """A wrong first mapping must not leave its claims beside the right ones for ever."""
    file = tmp_path / "tips_2026-01-01.csv"
    file.write_text("folio,nombre,apodo\n1,ANA RUIZ,LA FLACA\n", encoding="utf-8")
    lake = Lake(tmp_path / "lake")
    for column in ("apodo", "nombre", "nombre"):
        source = parse_mapping(MAPPING.replace("PROP", column), "tips.yaml")
        reports, _others = load_folder(file, lake, now=NOW, sources=[source])
    assert reports[0].unchanged
    assert len(lake.loads()) == 1
    with lake.begin_build() as build:
        rows = pq.read_table(build.path / "statements.parquet").to_pylist()
    assert [row["value"] for row in rows if row["prop"] == "name"] == ["ANA RUIZ"]


def test_a_load_says_why_rows_were_rejected(tmp_path: Path) -> None:
    file = tmp_path / "tips_2026-01-01.csv"
    file.write_text("folio,nombre\n1,ANA\n,EVA\n,LUZ\n", encoding="utf-8")
    source = parse_mapping(MAPPING.replace("PROP", "nombre"), "tips.yaml")
    lake = Lake(tmp_path / "lake")
    reports, _others = load_folder(file, lake, now=NOW, sources=[source])
    assert dict(reports[0].reasons) == {"person: a column of its id is empty": 2}


def test_an_undated_file_copied_anew_is_the_same_delivery(tmp_path: Path) -> None:
    """A copy has another time of its own; that must not make two deliveries of one file."""
    source = parse_mapping(MAPPING.replace("PROP", "nombre"), "tips.yaml")
    lake = Lake(tmp_path / "lake")
    file = tmp_path / "in" / "tips.csv"
    file.parent.mkdir()
    seen = []
    for stamp in (1_700_000_000, 1_750_000_000):
        file.write_text("folio,nombre\n1,ANA\n", encoding="utf-8")
        os.utime(file, (stamp, stamp))
        reports, _others = load_folder(file, lake, now=NOW, sources=[source])
        seen.append((reports[0].unchanged, reports[0].published))
    assert seen == [(False, "2023-11-14"), (True, "2023-11-14")]
    assert len(lake.loads()) == 1
