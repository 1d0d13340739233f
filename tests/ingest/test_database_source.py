"""A table of a database is loaded like a file, read only, and its password is known to nobody."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData, NotFound, PuenteError, SourceFailed
from puente.ingest.database import columns_of, spooled, table_source
from puente.ingest.database_cells import cell_text
from puente.ingest.load import Loading, LoadReport
from puente.ingest.mapping import parse_mapping
from puente.ingest.source import Limits
from puente.store.lake import Lake

from .conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = parse_mapping(
    """
name: custody
title: Custody (made up)
agency: POLICE
country: mx
record_class: fact
legal_basis: a made-up law
obtained: reported by officers
file: {pattern: "unused*.csv", encoding: latin-1, delimiter: ";", empty: ["N/D"]}
date: {column: booked}
entities:
  - key: person
    schema: Person
    id: "cus-{id}"
    props: {name: "{name}", birthDate: "{born}", phone: "{phone}"}
""",
    "custody.yaml",
)
TABLE = """
CREATE TABLE custody (id INTEGER PRIMARY KEY, name TEXT, born DATE, booked TIMESTAMP, phone TEXT,
  photo {bytes})
"""
ROWS = [
    (3, "Ana Ruiz", "1980-02-01", "2024-05-01 13:30:00", "N/D", None),
    (1, 'Two\nlines, "quoted"; José', "1990-12-31", "2024-05-02 00:00:00", None, b"\x00\x01"),
    (2, "No date", None, None, "6671234567", None),
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", clock=lambda: NOW)


def sqlite_url(folder: Path) -> str:
    path = folder / "made up.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(TABLE.format(bytes="BLOB"))
        connection.executemany("INSERT INTO custody VALUES (?,?,?,?,?,?)", ROWS)
        connection.execute("CREATE VIEW young AS SELECT * FROM custody WHERE born > '1985-01-01'")
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Any) -> Iterator[str]:
    from sqlalchemy import create_engine, text

    url = str(postgres.empty_database())
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA police"))
        connection.execute(
            text(TABLE.format(bytes="BYTEA").replace("TABLE custody", "TABLE police.custody"))
        )
        for row in ROWS:
            connection.execute(
                text("INSERT INTO police.custody VALUES (:a,:b,:c,:d,:e,:f)"),
                dict(zip("abcdef", row, strict=True)),
            )
    engine.dispose()
    yield url
    postgres.drop(url)


def load(url: str, name: str, lake: Lake, folder: Path) -> LoadReport:
    with spooled(url, name, folder, Limits(), columns_of(MAPPING)) as held:
        source = table_source(MAPPING, held)
        (file,) = source.find(folder)
        return Loading(lake=lake, now=NOW).load(source, file)


def statements(lake: Lake) -> set[tuple[str, str, str, str]]:
    rows: list[dict[str, str]] = []
    for held in lake.loads():
        rows += pq.read_table(held.folder / "statements.parquet").to_pylist()
    return {(r["entity_id"], r["prop"], r["value"], r["original"]) for r in rows}


EXPECTED = {
    ("cus-1", "name", 'Two lines, "quoted"; José', 'Two\nlines, "quoted"; José'),
    ("cus-1", "birthDate", "1990-12-31", "1990-12-31"),
    ("cus-2", "name", "No date", "No date"),
    ("cus-2", "phone", "+526671234567", "6671234567"),
    ("cus-3", "name", "Ana Ruiz", "Ana Ruiz"),
    ("cus-3", "birthDate", "1980-02-01", "1980-02-01"),
}


def test_a_table_of_a_sqlite_file_is_loaded_once_and_its_copy_is_gone(
    tmp_path: Path, lake: Lake
) -> None:
    url = sqlite_url(tmp_path)
    report = load(url, "custody", lake, tmp_path / "spool")
    assert (report.rows, report.loaded, report.rejected) == (3, 3, 0)
    assert statements(lake) == EXPECTED
    assert report.path.endswith("made%20up.sqlite?table=custody")
    assert load(url, "custody", lake, tmp_path / "spool").unchanged
    assert list((tmp_path / "spool").iterdir()) == []
    assert not list(tmp_path.glob("made up.sqlite-*"))


def test_a_table_of_postgresql_gives_the_same(
    tmp_path: Path, lake: Lake, postgres_url: str
) -> None:
    report = load(postgres_url, "police.custody", lake, tmp_path / "spool")
    assert (report.rows, report.rejected) == (3, 0)
    assert statements(lake) == EXPECTED
    assert load(postgres_url, "police.custody", lake, tmp_path / "spool").unchanged


def test_a_view_is_a_table_too(tmp_path: Path, lake: Lake) -> None:
    assert load(sqlite_url(tmp_path), "young", lake, tmp_path / "spool").rows == 1


def test_a_changed_row_is_another_load(tmp_path: Path, lake: Lake) -> None:
    url = sqlite_url(tmp_path)
    first = load(url, "custody", lake, tmp_path / "spool")
    with sqlite3.connect(tmp_path / "made up.sqlite") as connection:
        connection.execute("UPDATE custody SET name = 'Ana Ruiz Mora' WHERE id = 3")
    second = load(url, "custody", lake, tmp_path / "spool")
    assert (second.unchanged, second.load == first.load) == (False, False)


def test_bytes_in_a_row_reject_that_row_with_its_number(tmp_path: Path, lake: Lake) -> None:
    url = sqlite_url(tmp_path)
    with sqlite3.connect(tmp_path / "made up.sqlite") as connection:
        connection.execute("UPDATE custody SET name = x'00ff' WHERE id = 2")
    report = load(url, "custody", lake, tmp_path / "spool")
    assert (report.rows, report.loaded, report.rejected) == (3, 2, 1)
    assert report.reasons == {"column 'name' holds bytes, which are no text": 1}


@pytest.mark.parametrize("value", [bytearray(b"x"), memoryview(b"x"), [b"x"], {"a": [b"x"]}])
def test_bytes_anywhere_in_a_value_reject_its_row_alone(value: object) -> None:
    from puente.ingest.database import _texts

    bad: dict[int, str] = {}
    assert _texts(7, ("a", value), ("id", "note"), bad) == [None, None]
    assert bad == {7: "column 'note' holds bytes, which are no text"}


def test_spaces_in_a_columns_name_are_one_as_in_any_file(tmp_path: Path, lake: Lake) -> None:
    with sqlite3.connect(tmp_path / "x.sqlite") as connection:
        connection.execute(
            'CREATE TABLE t (id INT, " name " TEXT, born DATE, "booked" DATE, phone TEXT)'
        )
        connection.execute("INSERT INTO t VALUES (1, 'Ana Ruiz', NULL, NULL, NULL)")
    load(f"sqlite:///{tmp_path / 'x.sqlite'}", "t", lake, tmp_path / "spool")
    assert statements(lake) == {("cus-1", "name", "Ana Ruiz", "Ana Ruiz")}


def test_an_error_names_the_table_and_not_the_copy_that_is_gone(tmp_path: Path, lake: Lake) -> None:
    with spooled(
        sqlite_url(tmp_path), "custody", tmp_path / "spool", Limits(), columns_of(MAPPING)
    ) as held:
        source = table_source(MAPPING, held)
        (file,) = source.find(tmp_path)
        loading = Loading(lake=lake, now=NOW, limits=Limits(max_file_mb=0))
        with pytest.raises(InvalidData) as caught:
            loading.load(source, file)
    assert caught.value.message.startswith(held.shown)
    assert "spool" not in caught.value.message


def test_a_column_of_bytes_is_refused_where_it_is_needed_and_left_out_where_not(
    tmp_path: Path,
) -> None:
    url = sqlite_url(tmp_path)
    with (
        pytest.raises(InvalidData, match="'photo' holds BLOB"),
        spooled(url, "custody", tmp_path / "spool", Limits(), ["id", "photo"]),
    ):
        pass
    with spooled(url, "custody", tmp_path / "spool", Limits()) as held:
        assert held.columns == ("id", "name", "born", "booked", "phone")
        mode = stat.S_IMODE(held.path.parent.stat().st_mode)
        assert mode == 0o700


@pytest.mark.parametrize(
    ("url", "name", "error", "said"),
    [
        ("no address", "t", InvalidData, "not the address of a database"),
        ("oracle+nosuch://u:hush@h/db", "t", InvalidData, "no driver for oracle"),
        ("mysql+pymysql://u:hush@h/db", "t", InvalidData, "no driver for mysql"),
        ("sqlite:////nowhere/at/all.sqlite", "t", NotFound, "no such file"),
        ("sqlite://", "t", NotFound, "no such file"),
        ("postgresql+psycopg://u:hush@127.0.0.1:1/db", "t", SourceFailed, "cannot be read"),
    ],
)
def test_what_cannot_be_opened_is_said_in_words_without_the_password(
    tmp_path: Path, url: str, name: str, error: type[PuenteError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught, spooled(url, name, tmp_path / "s", Limits()):
        pass
    assert "hush" not in caught.value.message
    assert caught.value.__cause__ is None


def test_a_table_or_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    with pytest.raises(NotFound, match="custody"), spooled(url, "custdy", tmp_path, Limits()):
        pass
    with (
        pytest.raises(InvalidData, match="no column 'weight'"),
        spooled(url, "custody", tmp_path, Limits(), ["weight"]),
    ):
        pass
    with pytest.raises(NotFound), spooled(url, "custody; DROP TABLE custody", tmp_path, Limits()):
        pass


def test_a_file_that_is_no_database_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("id,name\n" * 1_000)
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    with pytest.raises(SourceFailed, match="not a database"), spooled(url, "t", tmp_path, Limits()):
        pass


def test_a_password_is_never_stored_logged_or_shown(
    tmp_path: Path, lake: Lake, postgres: Any, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import make_url

    secret = "s3cr3t/of@tests"
    postgres.run(f"CREATE ROLE custody_reader LOGIN PASSWORD '{secret}'")
    try:
        owner = make_url(postgres_url)
        grants = ("GRANT USAGE ON SCHEMA police TO custody_reader",
                  "GRANT SELECT ON police.custody TO custody_reader")  # fmt: skip
        type(postgres)(url=postgres_url).run(";".join(grants))
        url = owner.set(username="custody_reader", password=secret)
        with caplog.at_level(logging.DEBUG):
            report = load(
                url.render_as_string(hide_password=False), "police.custody", lake, tmp_path / "s"
            )
        assert report.rows == 3
        assert f"/{owner.database}?table=police.custody" in report.path
        written = b"".join(p.read_bytes() for p in lake.root.rglob("*") if p.is_file())
        for text in (caplog.text, repr(report), written.decode("latin-1")):
            assert secret not in text
            assert "custody_reader" not in text
    finally:
        type(postgres)(url=postgres_url).run("DROP OWNED BY custody_reader")
        postgres.run("DROP ROLE custody_reader")


def test_the_database_cannot_be_written_through_the_reader(postgres_url: str) -> None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError

    from puente.ingest.database import _read_only

    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE SEQUENCE police.numbers"))
    with engine.connect() as plain:
        with pytest.raises(DBAPIError, match="read-only"):
            _read_only(plain).execute(text("SELECT nextval('police.numbers')"))
        plain.rollback()
    engine.dispose()


def test_a_table_too_large_is_refused_before_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "big.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * 2_000)
    limits = Limits(max_file_mb=1)
    with (
        pytest.raises(InvalidData, match="larger than 1 MB"),
        spooled(f"sqlite:///{path}", "t", tmp_path / "s", limits),
    ):
        pass
    assert list((tmp_path / "s").iterdir()) == []


def test_what_a_killed_process_left_behind_is_removed(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    code = (
        "import os, sys, pathlib; from puente.ingest.database import spooled;"
        "from puente.ingest.source import Limits\n"
        "with spooled(sys.argv[1], 'custody', pathlib.Path(sys.argv[2]), Limits()):\n"
        "    os.kill(os.getpid(), 9)"
    )
    spool = tmp_path / "spool"
    done = subprocess.run([sys.executable, "-c", code, url, str(spool)], check=False)
    assert done.returncode == -9
    left = [path for path in spool.rglob("*") if path.is_file()]
    assert len(left) == 1
    with spooled(url, "custody", spool, Limits()):
        assert not left[0].exists()
        assert len(list(spool.iterdir())) == 1
        assert next(spool.iterdir()).name.startswith(f"{os.getpid()}-")


# -- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (10**30, "1" + "0" * 30),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (Decimal("NaN"), ""),
        (0.1, "0.1"),
        (float("nan"), ""),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 13, 5, 1, tzinfo=UTC), "2024-02-29T13:05:01+00:00"),
        (time(7, 5), "07:05:00"),
        (timedelta(days=1, seconds=3, microseconds=500_000), "P1DT3.5S"),
        (-timedelta(seconds=90), "-P0DT90S"),
        (["a", None, 2], "a;;2"),
        ({"b": [1], "á": None}, '{"b": [1], "á": null}'),
    ],
)
def test_every_type_becomes_text_without_loss(value: object, text: str) -> None:
    assert cell_text(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_comes_back_exact(number: Decimal) -> None:
    assert Decimal(cell_text(number)) == number


@given(st.floats(allow_nan=False))
def test_a_float_comes_back_exact(number: float) -> None:
    assert float(cell_text(number)) == number


def test_types_of_postgresql_become_text(tmp_path: Path, postgres: Any) -> None:
    url = postgres.empty_database()
    type(postgres)(url=url).run(
        "CREATE TABLE kinds AS SELECT '7f0c0000-0000-4000-8000-000000000001'::uuid AS a,"
        " 1234567890123456.7890::numeric(20,4) AS b, ARRAY['x','y'] AS c,"
        " '{\"k\": [1, null]}'::jsonb AS d, interval '1 day 2 seconds' AS e,"
        " '10.0.0.1'::inet AS f, true AS g, NULL::text AS h"
    )
    with spooled(url, "kinds", tmp_path, Limits()) as held:
        (row,) = pq.read_table(held.path).to_pylist()
    assert row == {
        "a": "7f0c0000-0000-4000-8000-000000000001",
        "b": "1234567890123456.7890",
        "c": "x;y",
        "d": '{"k": [1, null]}',
        "e": "P1DT2S",
        "f": "10.0.0.1",
        "g": "true",
        "h": None,
    }
