"""The panel tells none from not reported; coverage shows where a source is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.places import panel as panel_module
from puente.places.coverage import cells_to_suppress, coverage
from puente.places.panel import build_panel

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = {
    "counts": ("place", "month", "record", "count", "source", "current"),
    "incidents": ("incident_id", "date", "place", "category", "source", "current"),
    "population": ("place", "year", "population", "source", "current"),
}
ROW_TYPES = {
    "count": pa.int64(),
    "year": pa.int32(),
    "population": pa.int64(),
    "current": pa.bool_(),
}


class TablesView:
    """Answers `.sql` over tables held in memory, as `puente.guard.view.View` does over a build."""

    def __init__(self, **rows: list[tuple[object, ...]]) -> None:
        self._db = duckdb.connect()
        for name, columns in COLUMNS.items():
            held = rows.get(name, [])
            self._db.register(
                name,
                pa.table(
                    {
                        c: pa.array([r[i] for r in held], ROW_TYPES.get(c, pa.string()))
                        for i, c in enumerate(columns)
                    }
                ),
            )

    def sql(self, query: str, params: object = None) -> pa.Table:
        return self._db.execute(query, params).to_arrow_table()


Row = dict[str, Any]


def panel(**rows: list[tuple[object, ...]]) -> dict[tuple[str, str, str], Row]:
    table = build_panel(TablesView(**rows))
    return {(r["place"], r["month"], r["record"]): r for r in table.to_pylist()}


def test_a_month_without_a_row_is_not_reported_and_a_zero_is_none() -> None:
    found = panel(
        counts=[
            ("01001", "2024-01", "homicide", 0, "s", True),
            ("01001", "2024-03", "homicide", 2, "s", True),
        ]
    )
    assert [
        (found["01001", m, "homicide"]["count"], found["01001", m, "homicide"]["reported"])
        for m in ("2024-01", "2024-02", "2024-03")
    ] == [(0, True), (None, False), (2, True)]


def test_a_place_that_joins_late_stands_in_every_month_of_the_source() -> None:
    found = panel(
        counts=[
            ("01001", "2023-12", "homicide", 1, "s", True),
            ("01002", "2024-01", "homicide", 4, "s", True),
        ]
    )
    assert found["01002", "2023-12", "homicide"]["count"] is None
    assert found["01001", "2024-01", "homicide"]["count"] is None


def test_a_blank_count_is_not_reported() -> None:
    found = panel(counts=[("01001", "2024-12", "theft", None, "s", True)])
    assert not found["01001", "2024-12", "theft"]["reported"]


def test_the_rate_is_per_100000_people_of_that_month() -> None:
    row = panel(
        counts=[("01001", "2024-01", "homicide", 3, "s", True)],
        population=[("01001", 2024, 200_000, "c", True)],
    )["01001", "2024-01", "homicide"]
    assert (row["population"], row["rate_per_100k"], row["population_year"]) == (200_000, 1.5, 2024)


@pytest.mark.parametrize(("year", "known"), [(2020, True), (2019, True), (2018, False)])
def test_an_older_population_serves_for_five_years_and_says_its_year(
    year: int, known: bool
) -> None:
    row = panel(
        counts=[("01001", "2024-01", "homicide", 3, "s", True)],
        population=[("01001", year, 100, "c", True)],
    )["01001", "2024-01", "homicide"]
    assert (row["population_year"] == year) is known
    assert (row["rate_per_100k"] is not None) is known


def test_a_whole_state_has_the_people_of_its_municipalities_and_the_unplaced_have_none() -> None:
    found = panel(
        counts=[
            ("01000", "2024-01", "theft", 5, "s", True),
            ("01999", "2024-01", "theft", 1, "s", True),
        ],
        population=[
            ("01001", 2024, 600, "c", True),
            ("01002", 2024, 400, "c", True),
            ("02001", 2024, 999, "c", True),
        ],
    )
    assert found["01000", "2024-01", "theft"]["population"] == 1_000
    assert found["01999", "2024-01", "theft"]["population"] is None
    assert found["01999", "2024-01", "theft"]["rate_per_100k"] is None


def test_revised_figures_replace_the_old_ones() -> None:
    found = panel(
        counts=[
            ("01001", "2024-01", "homicide", 9, "s", False),
            ("01001", "2024-01", "homicide", 2, "s", True),
        ]
    )
    assert found["01001", "2024-01", "homicide"]["count"] == 2


def test_two_registers_of_one_crime_are_neither_added_nor_mixed() -> None:
    counts: list[tuple[object, ...]] = [
        ("01001", f"2024-0{m}", "homicide", 3, "sesnsp", True) for m in (1, 2, 3)
    ]
    counts += [("01001", f"2024-0{m}", "homicide", 5, "inegi", True) for m in (3, 4)]
    found = panel(counts=counts)
    assert found["01001", "2024-03", "homicide"]["count"] == 3
    assert found["01001", "2024-03", "homicide"]["sources"] == ["sesnsp"]
    assert ("01001", "2024-04", "homicide") not in found


def test_incidents_are_counted_where_no_count_of_that_record_exists() -> None:
    found = panel(
        counts=[("01001", "2024-01", "homicide", 7, "s", True)],
        incidents=[
            ("1", "2024-01-05", "01001", "theft", "police", True),
            ("2", "2024-01-09", "01001", "theft", "police", True),
            ("3", "2024-01-09", "01001", "homicide", "police", True),
            ("4", "2024-01-09", "01001", "theft", "police", False),
            ("5", "2024", "01001", "theft", "police", True),
        ],
    )
    assert found["01001", "2024-01", "theft"]["count"] == 2
    assert found["01001", "2024-01", "homicide"]["count"] == 7


def test_a_feed_that_falls_silent_says_not_reported_and_a_quiet_place_says_none() -> None:
    found = panel(
        incidents=[
            ("1", "2024-01-05", "01001", "theft", "police", True),
            ("2", "2024-01-05", "01002", "theft", "police", True),
            ("3", "2024-03-05", "01001", "theft", "police", True),
        ]
    )
    assert found["01002", "2024-02", "theft"]["count"] is None
    assert found["01002", "2024-03", "theft"]["count"] == 0


def test_no_records_give_an_empty_panel_with_all_its_columns() -> None:
    table = build_panel(TablesView())
    assert table.num_rows == 0
    assert table.column_names[:9] == [
        "place",
        "month",
        "record",
        "count",
        "population",
        "rate_per_100k",
        "state",
        "reported",
        "sources",
    ]


def test_coverage_names_the_months_without_any_report_and_the_thin_ones() -> None:
    counts: list[tuple[object, ...]] = [
        (f"0100{p}", month, "homicide", p % 2, "s", True)
        for p in range(1, 6)
        for month in ("2024-01", "2024-04")
    ]
    counts.append(("01001", "2024-03", "homicide", 1, "s", True))
    row = coverage(TablesView(counts=counts)).to_pylist()[0]
    assert (row["gaps"], row["thin_months"]) == (["2024-02"], ["2024-03"])
    assert (row["places"], row["months"], row["cells"]) == (5, 4, 20)
    assert (row["reported"], row["zeros"], row["missing"]) == (11, 4, 9)


# --- small cells -------------------------------------------------------------------------------


def test_small_counts_of_people_are_hidden_and_zeros_and_unknowns_are_not() -> None:
    assert cells_to_suppress([0, 1, 4, 5, None, 90]) == [False, True, True, False, False, False]


def test_a_single_hidden_cell_cannot_be_had_from_the_total() -> None:
    assert cells_to_suppress([3, 8, 20], ["a", "a", "a"]) == [True, True, False]
    assert cells_to_suppress([1, 1, 20, 30], ["a"] * 4) == [True, True, True, False]
    assert cells_to_suppress([3, 8], ["a", "b"]) == [True, False]


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=12),
    st.integers(2, 11),
    st.randoms(use_true_random=False),
)
def test_hidden_cells_of_a_group_never_add_up_to_a_small_count_while_more_could_be_hidden(
    counts: list[int | None], k: int, chance: Any
) -> None:
    groups = [chance.choice("ab") for _cell in counts]
    hidden = cells_to_suppress(counts, groups, k=k)
    for group in "ab":
        cells = [i for i, g in enumerate(groups) if g == group]
        held = [counts[i] or 0 for i in cells if hidden[i]]
        shown = [counts[i] for i in cells if not hidden[i] and counts[i]]
        assert all(count >= k for count in shown if count is not None)
        assert not held or not shown or (len(held) > 1 and sum(held) >= k)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: cells_to_suppress([1], k=1),
        lambda: cells_to_suppress([-1]),
        lambda: cells_to_suppress([1, 2], ["a"]),
    ],
)
def test_nonsense_is_refused(ask: Callable[[], object]) -> None:
    with pytest.raises(InvalidData):
        ask()


def test_levels_are_told_apart_so_that_no_state_is_taken_for_a_municipality() -> None:
    places = ("01001", "01999", "01000", "00000", "00999")
    found = panel(
        counts=[(place, "2024-01", "theft", 5, "s", True) for place in places],
        population=[("01001", 2024, 600, "c", True), ("02001", 2024, 400, "c", True)],
    )
    assert [found[place, "2024-01", "theft"]["level"] for place in places] == [
        "municipality", "unplaced", "state", "nation", "unplaced",
    ]  # fmt: skip
    assert [found[place, "2024-01", "theft"]["count"] for place in places] == [5] * 5
    assert found["00000", "2024-01", "theft"]["population"] == 1_000
    assert found["01000", "2024-01", "theft"]["population"] == 600


def test_the_whole_of_a_crime_stands_beside_its_parts() -> None:
    found = panel(
        counts=[
            ("01001", "2024-01", "homicide.gun", 3, "s", True),
            ("01001", "2024-01", "homicide.knife", 1, "s", True),
            ("01001", "2024-01", "homicide", 2, "s", True),
            ("01001", "2024-01", "fraud", 7, "s", True),
            ("01001", "2024-01", "homicide.gun", 99, "s", False),
        ]
    )
    assert {record: row["count"] for (_, _, record), row in found.items()} == {
        "homicide": 6, "homicide.gun": 3, "homicide.knife": 1, "fraud": 7,
    }  # fmt: skip


def test_a_sum_that_lacks_a_part_is_not_reported() -> None:
    found = panel(
        counts=[
            ("01001", "2024-01", "homicide.gun", 3, "s", True),
            ("01001", "2024-01", "homicide.knife", None, "s", True),
            ("01002", "2024-01", "homicide.gun", 4, "s", True),
            ("01002", "2024-01", "homicide.knife", 0, "s", True),
            ("01003", "2024-01", "homicide.gun", 5, "s", True),
            ("01003", "2024-02", "homicide.gun", 5, "s", True),
        ]
    )
    whole = {key[:2]: row["count"] for key, row in found.items() if key[2] == "homicide"}
    assert (whole["01001", "2024-01"], whole["01002", "2024-01"]) == (None, 4)
    assert (whole["01003", "2024-01"], whole["01003", "2024-02"]) == (None, 5)


def test_the_whole_of_a_crime_is_one_register_and_not_another_that_gives_it_whole() -> None:
    found = panel(
        counts=[
            ("01001", "2024-01", "homicide", 9, "files", True),
            ("01001", "2024-01", "homicide.gun", 3, "victims", True),
            ("01001", "2024-02", "homicide.gun", 4, "victims", True),
        ]
    )
    assert found["01001", "2024-01", "homicide"]["count"] == 3
    assert found["01001", "2024-01", "homicide"]["sources"] == ["victims"]


def test_a_panel_laid_out_in_parts_is_the_same_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public files do not fit into memory at once; what is read in parts must not differ."""
    view = TablesView(
        counts=[
            (f"0100{p}", f"2024-0{m}", record, m, source, True)
            for p in (1, 2)
            for m in (1, 2, 4)
            for record, source in (
                ("robo.a", "r"), ("robo.b", "r"), ("robo", "s"), ("fraude", "s"), ("lesiones", "r"),
            )
        ],
        incidents=[
            ("i1", "2024-02-03", "01001", "toma", "q", True),
            ("i2", "2024-04-03", "01002", "robo", "q", True),
        ],
        population=[("01001", 2024, 500, "c", True)],
    )  # fmt: skip
    whole = build_panel(view)
    monkeypatch.setattr(panel_module, "PART_ROWS", 7)
    in_parts = build_panel(view)
    assert in_parts.to_pylist() == whole.to_pylist()
    assert whole.num_rows > 20


def test_of_a_cell_given_twice_the_larger_count_stands_whatever_the_order() -> None:
    cell = ("01001", "2024-01", "theft")
    given = [(*cell, n, "s", True) for n in (3, 5, None, 4)]
    for rows in (given, given[::-1]):
        assert panel(counts=rows)[cell]["count"] == 5
