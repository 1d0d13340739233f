"""A load holds what a file said, all of it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from puente.errors import Conflict, InvalidData
from puente.store.lake import load_id
from puente.store.loads import load_folder, number_within_day, read_load
from puente.store.tables import LOAD_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.model.entity import Statement
    from puente.store.lake import Lake, LoadInfo, Origin

COUNT = {"place": "01001", "month": "2026-01", "record": "homicidio_doloso", "count": 3}


def test_a_load_keeps_statements_rows_and_rejects_with_their_origin(
    lake: Lake, make_origin: Callable[..., Origin], make_claim: Callable[..., Statement]
) -> None:
    with lake.begin_load(make_origin(marking="TLP:GREEN")) as writer:
        writer.statement(make_claim("list-1", "ANA PEREZ", marking="TLP:GREEN"))
        writer.rows("counts", [COUNT])
        writer.reject(7, "no date", "x" * 900)
        info = writer.publish(rows=3, loaded=2, rejected=1, facts={"orphans": 4})
    assert (info.rows, info.loaded, info.rejected) == (3, 2, 1)
    assert info.facts == {"orphans": 4}
    assert info.tables == {"statements": 1, "counts": 1, "rejects": 1}
    (count,) = pq.read_table(info.folder / "counts.parquet").to_pylist()
    assert count == {
        **COUNT,
        "source": "list",
        "load": info.load,
        "agency": "AGENCY",
        "marking": "TLP:GREEN",
        "record_class": "fact",
    }
    (reject,) = pq.read_table(info.folder / "rejects.parquet").to_pylist()
    assert (reject["line"], reject["reason"], len(reject["raw"])) == (7, "no date", 500)
    assert lake.loads() == [info]
    assert lake.find_load(info.load, "list") == info


def test_the_same_file_again_is_the_same_load(
    lake: Lake, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> None:
    first = give(lake, make_origin(), [("list-1", "ANA")])
    assert first.load == load_id("list", make_origin().sha256, "2026-01-01")
    with pytest.raises(Conflict, match="stands already"):
        lake.begin_load(make_origin())
    assert lake.loads() == [first]


def test_an_unpublished_load_leaves_nothing(
    lake: Lake, make_origin: Callable[..., Origin], make_claim: Callable[..., Statement]
) -> None:
    with lake.begin_load(make_origin()) as writer:
        writer.statement(make_claim("list-1", "ANA"))
        writer.rows("counts", [COUNT])
    assert lake.loads() == []
    assert [path for path in (lake.root / "loads").rglob("*") if path.is_file()] == []


def test_a_record_that_vanished_stops_the_load(
    lake: Lake, make_origin: Callable[..., Origin]
) -> None:
    with (
        pytest.raises(InvalidData, match="10 records read, but 8 loaded and 1 rejected"),
        lake.begin_load(make_origin()) as writer,
    ):
        writer.publish(rows=10, loaded=8, rejected=1)
    assert lake.loads() == []


@pytest.mark.parametrize(
    ("table", "rows", "complaint"),
    [
        ("counts", [{**COUNT, "cuont": 3}], "unknown columns cuont"),
        ("counts", [{**COUNT, "count": "three"}], "column count"),
        ("counts", [{**COUNT, "count": 2**70}], "column count"),
        ("counts", [{key: COUNT[key] for key in ("place", "month", "count")}], "record is missing"),
        ("counts", [{**COUNT, "place": None}], "place is missing in 1 rows"),
        ("counts", [{**COUNT, "marking": "SECRET"}], "unknown marking"),
        ("counts", [{**COUNT, "record_class": "gossip"}], "unknown record class"),
        ("counts", [{**COUNT, "source": "another"}], "cannot hold rows of another"),
        ("count", [COUNT], "unknown table"),
        ("population", [{"place": "01001", "year": 2020, "population": 1.5}], "column population"),
    ],
)
def test_rows_that_do_not_fit_their_table_are_refused(
    lake: Lake,
    make_origin: Callable[..., Origin],
    table: str,
    rows: list[dict[str, object]],
    complaint: str,
) -> None:
    with pytest.raises(InvalidData, match=complaint), lake.begin_load(make_origin()) as writer:
        writer.rows(table, rows)
    assert lake.loads() == []


def test_a_batch_is_held_to_the_same_rules_as_rows(
    lake: Lake, make_origin: Callable[..., Origin]
) -> None:
    good = pa.RecordBatch.from_pylist([COUNT, {**COUNT, "count": None}])
    with lake.begin_load(make_origin()) as writer:
        writer.rows("counts", good)
        info = writer.publish(rows=2, loaded=2, rejected=0)
    written = pq.read_table(info.folder / "counts.parquet")
    assert written.schema.equals(LOAD_TABLES["counts"])
    assert written.column("count").to_pylist() == [3, None]
    for bad in ([{**COUNT, "x": 1}], [{"place": "01001"}], [{**COUNT, "count": "three"}]):
        with (
            pytest.raises(InvalidData),
            lake.begin_load(make_origin(content="b")) as writer,
        ):
            writer.rows("counts", pa.RecordBatch.from_pylist(bad))


def test_a_statement_of_another_source_is_refused(
    lake: Lake, make_origin: Callable[..., Origin], make_claim: Callable[..., Statement]
) -> None:
    with lake.begin_load(make_origin()) as writer:
        writer.statement(make_claim("other-1", "ANA", source="other"))
        with pytest.raises(InvalidData, match="cannot hold rows of other"):
            writer.publish(rows=1, loaded=1, rejected=0)
    assert lake.loads() == []


def test_more_rows_than_fit_one_batch_are_all_kept(
    lake: Lake, make_origin: Callable[..., Origin], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("puente.store.loads.FLUSH_ROWS", 10)
    rows = [{**COUNT, "count": number} for number in range(35)]
    with lake.begin_load(make_origin()) as writer:
        writer.rows("counts", rows)
        for number in range(25):
            writer.reject(number, "why")
        info = writer.publish(rows=60, loaded=35, rejected=25)
    counts = pq.read_table(info.folder / "counts.parquet").column("count").to_pylist()
    assert counts == list(range(35))
    assert pq.read_metadata(info.folder / "rejects.parquet").num_rows == 25


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a\\"])
def test_a_source_cannot_be_named_out_of_its_folder(
    make_origin: Callable[..., Origin], name: str
) -> None:
    with pytest.raises(InvalidData, match="cannot name a source"):
        make_origin(name)


def test_a_damaged_manifest_is_named(
    new_lake: Callable[[], Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
) -> None:
    lake = new_lake()
    info = give(lake, make_origin(), [("list-1", "ANA")])
    (info.folder / "manifest.json").write_text("{")
    with pytest.raises(InvalidData, match=r"manifest\.json"):
        lake.loads()


@pytest.mark.parametrize(
    "change", [{"load": "../../../escaped"}, {"source": "../up"}, {"source": 3}, {"load": "0" * 16}]
)
def test_a_manifest_that_speaks_of_another_load_is_refused(
    lake: Lake,
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    change: dict[str, object],
) -> None:
    """What it names is fetched and written on this machine: it must not lead out of the cache."""
    info = give(lake, make_origin(), [("list-1", "ANA")])
    said = lake.place.manifest(load_folder(info.source, info.load))
    with pytest.raises(InvalidData, match="names another load"):
        read_load(lake.place, load_folder(info.source, info.load), {**(said or {}), **change})


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("files/list/2026-02-27/a.csv", 1),
        ("2026-02-27_2/a.csv", 2),
        ("C:\\files\\2026-02-27_12\\a.zip\\b.csv", 12),
        ("2026-02-27/2026-02-27_3/a.csv", 3),
        ("files/2026-02-28_2/a.csv", None),
        ("files/x2026-02-27_2/a.csv", None),
        ("files/2026-02-27_02/a.csv", None),
        ("files/2026-02-27_2.csv", None),
        ("a.csv", None),
    ],
)
def test_the_folder_says_which_delivery_of_the_day_a_file_is(path: str, number: int | None) -> None:
    assert number_within_day(path, "2026-02-27") == number
    assert number_within_day(path, "") is None
