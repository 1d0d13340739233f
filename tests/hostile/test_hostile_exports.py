"""What leaves Puente runs in no spreadsheet, and what comes back is what left."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.graph.delimited import read_columns, write_table
from puente.model.cells import plain_cell, safe_cell

if TYPE_CHECKING:
    from pathlib import Path

RUNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
MEAN = st.text(st.sampled_from(RUNS + "'\"a1,.\u00a0"), max_size=8) | st.text(max_size=12)


@given(MEAN)
def test_no_cell_runs_and_each_gives_its_text_back(text: str) -> None:
    cell = safe_cell(text)
    assert plain_cell(cell) == text
    assert not cell or cell[0] not in RUNS


@given(st.lists(MEAN, min_size=1, max_size=20))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_that_is_written_and_read_again_is_the_same(
    tmp_path: Path, texts: list[str]
) -> None:
    # A table of ids: no ids are blank or have space around, and none spans lines.
    ids = [text for t in texts if (text := "".join(t.split()).replace("\0", "")).isprintable()]
    path = tmp_path / "ids.csv"
    write_table(
        pa.table({"id": pa.array([*ids, "x"], pa.string()), "n": [-1] * (len(ids) + 1)}), path
    )
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))[1:]
    assert all(cell[:1] not in tuple(RUNS) for cell, _number in rows)
    assert {number for _cell, number in rows} == {"-1"}
    kept = [text for text in ids if text]
    assert [t for t in read_columns(path, ("id",))["id"].to_pylist() if t] == [*kept, "x"]
