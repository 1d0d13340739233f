"""The panel as asked for: missing is not zero, methods are not joined, small cells stay hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from puente.errors import InvalidData
from puente.places.crosswalk import TOO_EARLY, UNNAMED, lives, origin_unknown, units, unknown
from puente.places.cube import cube_of
from puente.places.denominators import ENVIPE_OF, reporting_rates
from puente.places.panel_asked import Asked
from puente.places.panel_files import panel_from_csv, write_panel
from puente.places.panel_hidden import suppressed
from puente.places.panel_read import Panel, described, method_of, panel, revisions

if TYPE_CHECKING:
    from pathlib import Path

    from puente.guard.view import View

Row = dict[str, Any]
CLEAR = {"marking": "TLP:CLEAR", "record_class": "fact"}
TABLES: dict[str, dict[str, pa.DataType]] = {
    "counts": {
        "place": pa.string(), "month": pa.string(), "record": pa.string(), "count": pa.int64(),
        "source": pa.string(), "load": pa.string(), "current": pa.bool_(),
        "marking": pa.string(), "record_class": pa.string(),
    },
    "incidents": {
        "incident_id": pa.string(), "date": pa.string(), "place": pa.string(),
        "category": pa.string(), "source": pa.string(), "current": pa.bool_(),
    },
    "population": {
        "place": pa.string(), "year": pa.int32(), "population": pa.int64(), "source": pa.string(),
        "current": pa.bool_(),
    },
    "places": {"place": pa.string(), "current": pa.bool_()},
    "loads": {
        "source": pa.string(), "load": pa.string(), "published": pa.string(), "dated": pa.bool_(),
    },
    "indicators": {
        "place": pa.string(), "period": pa.string(), "record": pa.string(),
        "measure": pa.string(), "value": pa.float64(), "low": pa.float64(), "high": pa.float64(),
        "source": pa.string(), "current": pa.bool_(),
    },
}  # fmt: skip


class Held:
    """Answers `.sql` over tables held in memory, as a View does over a build."""

    class snapshot:  # noqa: N801 - stands where a View has its snapshot
        id = "a-build"

    def __init__(self, **tables: list[Row]) -> None:
        self._db = duckdb.connect(config={"threads": 1})
        defaults = {"current": True, "source": "s", "load": "l1", "dated": True, **CLEAR}
        tables.setdefault("loads", [{"load": "l1", "published": "2024-01-20"}])
        for name, columns in TABLES.items():
            rows = [{**defaults, **row} for row in tables.get(name, [])]
            self._db.register(
                name,
                pa.table({c: pa.array([r.get(c) for r in rows], k) for c, k in columns.items()}),
            )

    def sql(self, query: str, params: Any = ()) -> pa.Table:
        return self._db.execute(query, params or None).to_arrow_table()


def view_of(**tables: list[Row]) -> View:
    return Held(**tables)  # type: ignore[return-value]


def told(place: str, months: str, counts: list[int | None], **more: Any) -> list[Row]:
    """Counts of a place in the months that follow the first one."""
    year, month = int(months[:4]), int(months[5:])
    made = []
    for at, count in enumerate(counts):
        number = year * 12 + month - 1 + at
        made.append({
            "place": place, "month": f"{number // 12}-{number % 12 + 1:02d}", "count": count,
            "record": "homicidio_doloso", **more,
        })  # fmt: skip
    return made


def people(*places: tuple[str, int], year: int = 2024) -> list[Row]:
    return [{"place": place, "year": year, "population": n} for place, n in places]


def cells(made: Panel) -> dict[tuple[str, str], tuple[int | None, str]]:
    rows = made.table.to_pylist()
    return {(row["place"], row["month"]): (row["count"], row["status"]) for row in rows}


def test_none_reported_and_not_reported_are_told_apart() -> None:
    rows = told("01001", "2024-01", [0, None, 3])
    made = panel(view_of(counts=rows), Asked(records=("homicidio_doloso",)))
    assert [cells(made)["01001", f"2024-0{n}"] for n in (1, 2, 3)] == [
        (0, "zero"), (None, "missing"), (3, "count"),
    ]  # fmt: skip


def test_a_state_is_the_sum_of_its_municipalities_only_where_none_of_them_is_missing() -> None:
    view = view_of(
        counts=told("01001", "2024-01", [4, 5]) + told("01002", "2024-01", [1, None]),
        population=people(("01001", 500), ("01002", 500)),
    )
    made = cells(panel(view, Asked(level="state")))
    assert made == {("01000", "2024-01"): (5, "count"), ("01000", "2024-02"): (None, "missing")}


def test_a_register_of_a_choice_of_cities_makes_no_state() -> None:
    view = view_of(
        counts=told("01001", "2024-01", [4]),
        population=people(("01001", 500), ("01002", 500)),
    )
    with pytest.raises(InvalidData):
        panel(view, Asked(level="state"))


def test_before_its_founding_a_municipality_is_not_missing_from_its_state() -> None:
    """San Quintín was taken from Ensenada in 2020: until it reports, Ensenada counts for it."""
    view = view_of(
        counts=told("02001", "2019-12", [4, 5, 6]) + told("02006", "2020-02", [2]),
        population=people(("02001", 900), ("02006", 100), year=2020),
    )
    made = cells(panel(view, Asked(level="state")))
    assert [made["02000", month][0] for month in ("2019-12", "2020-01", "2020-02")] == [4, 5, 8]


def test_boundaries_of_a_day_count_the_child_with_its_parent() -> None:
    view = view_of(counts=told("02001", "2019-12", [4, 5, 6]) + told("02006", "2020-02", [2]))
    made = panel(view, Asked(boundaries="2015-01-01"))
    assert [row["count"] for row in made.table.to_pylist()] == [4, 5, 8]
    assert set(made.table["place"].to_pylist()) == {"02001"}
    later = panel(view, Asked(boundaries="2021-01-01"))
    assert set(later.table["place"].to_pylist()) == {"02001", "02006"}


def test_a_unit_of_which_a_parent_is_not_covered_is_missing_and_not_small() -> None:
    view = view_of(counts=told("02006", "2021-01", [2]))
    made = panel(view, Asked(boundaries="2015-01-01"))
    assert cells(made)["02001", "2021-01"] == (None, "missing")


def test_a_founding_in_the_middle_of_a_series_is_told() -> None:
    view = view_of(counts=told("02001", "2019-12", [4]) + told("02006", "2020-03", [1]))
    assert set(panel(view, Asked()).founded) == {"02006"}


def test_as_of_a_day_the_panel_is_what_was_out_by_then() -> None:
    rows = told("01000", "2020-01", [5], load="old", current=False)
    rows += told("01000", "2020-01", [9], load="new")
    loads = [
        {"load": "old", "published": "2020-10"}, {"load": "new", "published": "2024-11"},
    ]  # fmt: skip
    view = view_of(counts=rows, loads=loads)
    state = Asked(level="state")
    assert cells(panel(view, state))["01000", "2020-01"][0] == 9
    before = Asked(level="state", as_of="2024-10-31")
    assert cells(panel(view, before))["01000", "2020-01"][0] == 5
    with pytest.raises(InvalidData):
        # What names a month as its date may be out at the end of it only.
        panel(view, Asked(level="state", as_of="2020-10-15"))
    (first, second) = revisions(view).to_pylist()
    assert (first["change"], second["change"], second["published"]) == (None, 4, "2024-11")


def test_two_registers_are_not_patched_together_but_one_may_be_asked_for() -> None:
    rows = told("01001", "2024-01", [1, 1, 1], source="long") + told(
        "01001", "2024-03", [7, 7], source="short"
    )
    view = view_of(counts=rows)
    assert len(cells(panel(view, Asked()))) == 3
    short = panel(view, Asked(sources=("short",)))
    assert [row["count"] for row in short.table.to_pylist()] == [7, 7]


@pytest.mark.parametrize(
    ("record", "month", "method"),
    [
        ("homicidio_doloso", "2024-05", "cnsp_38_15"),
        ("homicidio_doloso.con_arma_blanca", "2024-05", "cnsp_38_15"),
        ("victimas_homicidio_doloso", "2024-05", "cnsp_38_15"),
        ("cieisp_homicidio_doloso", "2016-05", "cieisp"),
        ("homicidio_doloso", "2014-12", "cieisp"),
        ("rnid_homicidio_doloso", "2026-01", "rnid"),
        ("homicidio_doloso", "2026-01", "rnid"),
        ("defunciones_por_homicidio", "2012-01", ""),
    ],
)
def test_the_method_of_a_count_is_that_of_its_time(record: str, month: str, method: str) -> None:
    assert method_of(record, month) == method


def test_months_of_two_methods_are_not_joined_into_one_series() -> None:
    made = panel(view_of(counts=told("01001", "2025-11", [1, 2, 3, 4])), Asked())
    assert made.method_breaks == (("2026-01", "cnsp_38_15", "rnid"),)
    with pytest.raises(InvalidData, match="2026-01"):
        cube_of(made, "homicidio_doloso")
    one = panel(view_of(counts=told("01001", "2025-11", [1, 2, 3, 4])), Asked(last="2025-12"))
    assert cube_of(one, "homicidio_doloso").counts.tolist() == [[[1.0], [2.0]]]


def test_a_year_that_lacks_a_month_has_no_sum() -> None:
    whole = told("01001", "2023-01", [1] * 24) + told("01002", "2023-01", [1] * 23 + [None])
    cube = cube_of(panel(view_of(counts=whole), Asked()), "homicidio_doloso").yearly()
    assert cube.months == ("2023", "2024")
    assert cube.counts[0, :, 0].tolist() == [12.0, 12.0]
    assert cube.counts[1, 0, 0] == 12.0
    assert np.isnan(cube.counts[1, 1, 0])


def test_vehicles_are_given_where_a_source_gives_them() -> None:
    rows = [
        {"place": "01001", "period": "2023", "measure": "vehiculos_registrados", "value": 250.0}
    ]
    made = panel(view_of(counts=told("01001", "2024-01", [1]), indicators=rows), Asked())
    (row,) = made.table.to_pylist()
    assert (row["vehicles"], row["vehicles_year"], row["population"]) == (250, 2023, None)


def test_codes_that_no_register_names_or_that_come_too_early_are_told() -> None:
    years = {"01001": (2015, 2020), "01077": (2015, 2015), "23011": (2014, 2020), "01999": (1, 2)}
    found = unknown(years, {"01001", "23011"})
    assert found == {"01077": UNNAMED, "23011": TOO_EARLY}


def test_every_parent_lies_in_the_same_state_and_was_there_before() -> None:
    for code, life in lives().items():
        for parent in life.parents:
            assert parent[:2] == code[:2]
            assert parent not in lives() or lives()[parent].founded < life.founded


def test_a_municipality_of_several_parents_makes_one_unit_of_them_all() -> None:
    found = units(["04004", "04006", "04010", "04012", "04001"], "1990-01-01")
    assert len({found[code] for code in ("04004", "04006", "04010", "04012")}) == 1
    assert found["04001"] == "04001"
    assert found["04010"] in {"04004", "04006"}
    assert units(["23009"], "1990-01-01")["23009"] == "23001"
    assert origin_unknown(["29045", "29049"], "1990-01-01") == ("29045",)


# ---- Files -----------------------------------------------------------------------------------


def test_a_panel_comes_from_a_csv_file_and_goes_back_into_one(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "place,month,record,count\n1001,2024-01,robo,0\n01001,2024-03,robo,2\n01002,2024-02,robo,\n"
    )
    who = tmp_path / "n.csv"
    who.write_text("place,state,population\n01001,01,1000\n")
    made = panel_from_csv(path, who)
    assert cells(made)["01001", "2024-02"] == (None, "missing")
    assert cells(made)["01001", "2024-01"] == (0, "zero")
    assert cells(made)["01002", "2024-02"] == (None, "missing")
    row = next(r for r in made.table.to_pylist() if r["status"] == "count")
    assert (row["population"], row["rate_per_100k"]) == (1000, 200.0)
    for ending in (".csv", ".parquet", ".json"):
        write_panel(made, tmp_path / f"o{ending}")
        assert (tmp_path / f"o{ending}").stat().st_size
    assert "01001,2024-01,robo,0,zero" in (tmp_path / "o.csv").read_text()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("01001,2024-13,robo,1", "2024-13"),
        ("77001,2024-01,robo,1", "municipality code"),
        ("01001,2024-01,robo,-1", "-1"),
        ("01001,2024-01,robo,1.5", "1.5"),
        ("01001,2024-01,,1", "record"),
    ],
)
def test_a_bad_row_is_refused_by_its_line(tmp_path: Path, row: str, why: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f"place,month,record,count\n01001,2023-01,robo,1\n{row}\n")
    with pytest.raises(InvalidData, match=why) as caught:
        panel_from_csv(path)
    assert "3" in str(caught.value)


# ---- Reporting -------------------------------------------------------------------------------


def _survey(measure: str, value: float | None, low: float | None, high: float | None) -> Row:
    return {
        "place": "01000", "period": "2020", "record": "all", "source": "envipe",
        "measure": measure, "value": value, "low": low, "high": high,
    }  # fmt: skip


def test_what_was_reported_has_the_interval_of_its_coefficient_of_variation() -> None:
    rows = [_survey("cifra_negra_pct", 90.0, None, None),
            _survey("cifra_negra_pct_cv", None, 0.0, 5.0),
            _survey("denuncia_pct", 12.0, None, None)]  # fmt: skip
    (row,) = reporting_rates(view_of(indicators=rows)).to_pylist()
    assert row["reported_pct"] == pytest.approx(10.0)
    assert row["low_pct"] == pytest.approx(10 - 1.6449 * 4.5)
    assert row["high_pct"] == pytest.approx(10 + 1.6449 * 4.5)
    assert (row["told_pct"], row["cv_high"]) == (12.0, 5.0)


def test_an_estimate_of_unknown_precision_has_no_interval() -> None:
    rows = [_survey("cifra_negra_pct", 90.0, None, None),
            _survey("cifra_negra_pct_cv", None, 30.0, None)]  # fmt: skip
    (row,) = reporting_rates(view_of(indicators=rows)).to_pylist()
    assert (row["low_pct"], row["high_pct"], row["cv_low"]) == (None, None, 30.0)


def test_a_crime_of_the_survey_stands_behind_the_commonest_property_crimes() -> None:
    assert ENVIPE_OF["robo_de_vehiculo_automotor"] == "robo_total_de_vehiculo"
    assert "homicidio_doloso" not in ENVIPE_OF


# ---- Suppression -----------------------------------------------------------------------------


def _panel_of(counts: dict[tuple[str, str], int]) -> Panel:
    rows = [
        {"place": place, "month": "2024-01", "record": record, "count": count,
         "status": "count" if count else "zero", "rate_per_100k": 1.0, "method": "",
         "source": "counted", "state": place[:2], "level": "municipality"}
        for (place, record), count in sorted(counts.items())
    ]  # fmt: skip
    return described(pa.Table.from_pylist(rows), source="made up")


def _ranges(counts: dict[tuple[str, str], int], hidden: list[tuple[str, str]]) -> dict[Any, float]:
    """How far each hidden count can move while all that is printed, totals too, stays the same."""
    at = {cell: number for number, cell in enumerate(hidden)}
    parts = sorted({record for _place, record in counts})
    lines = [[cell for cell in counts if cell[1] == record] for record in parts]
    rows, sums = [], []
    for line in lines:
        rows.append([1.0 if cell in line else 0.0 for cell in at])
        sums.append(float(sum(counts[cell] for cell in line if cell in at)))
    for place in {place for place, _record in counts}:
        # The whole of a place is the sum of its parts.
        row, total = [0.0] * len(at), 0.0
        for cell in counts:
            if cell[0] == place and (len(parts) > 1):
                sign = -1.0 if cell[1] == "robo" else 1.0
                if cell in at:
                    row[at[cell]] = sign
                else:
                    total -= sign * counts[cell]
        rows.append(row)
        sums.append(total)
    found = {}
    for cell, number in at.items():
        cost = np.zeros(len(at))
        cost[number] = 1.0
        ends = [
            linprog(sign * cost, A_eq=rows, b_eq=sums, bounds=(0, None)).fun * sign
            for sign in (1, -1)
        ]
        found[cell] = ends[1] - ends[0]
    return found


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 4)), min_size=2,
             max_size=6),
    st.booleans(),
)  # fmt: skip
def test_no_hidden_count_can_be_worked_out_from_what_is_printed(
    places: list[tuple[int, int, int]], broken: bool
) -> None:
    counts: dict[tuple[str, str], int] = {}
    for number, parts in enumerate(places):
        place = f"01{number + 1:03d}"
        counts[place, "robo"] = sum(parts)
        if broken:
            counts |= {(place, f"robo.{name}"): n for name, n in zip("abc", parts, strict=True)}
    shown = suppressed(_panel_of(counts))
    hidden = [
        (row["place"], row["record"])
        for row in shown.table.to_pylist()
        if row["status"] == "suppressed"
    ]
    assert {cell for cell, count in counts.items() if 0 < count < 5} <= set(hidden)
    moved = _ranges(counts, hidden)
    small = {cell: moved[cell] for cell in hidden if 0 < counts[cell] < 5}
    assert all(room > 0.99 for room in small.values()), small


def test_figures_that_a_register_publishes_stay_as_published() -> None:
    rows = told("01001", "2024-01", [2]) + told("01002", "2024-01", [9])
    view = view_of(counts=rows)
    made = panel(view, Asked())
    assert suppressed(made, view).table["count"].to_pylist() == [2, 9]
    assert suppressed(made).table["count"].to_pylist() == [None, None]
    rows = [{**row, "marking": "TLP:AMBER"} for row in rows]
    held = view_of(counts=rows)
    assert suppressed(panel(held, Asked()), held).table["status"].to_pylist() == ["suppressed"] * 2


def test_a_series_of_which_one_row_is_closed_is_not_taken_for_published() -> None:
    rows = told("01001", "2024-01", [2]) + told("01002", "2024-01", [9], marking="TLP:AMBER")
    view = view_of(counts=rows)
    shown = suppressed(panel(view, Asked()), view)
    assert shown.table["status"].to_pylist() == ["suppressed", "suppressed"]


def test_a_suppressed_panel_is_not_counted_with() -> None:
    with pytest.raises(InvalidData, match="suppressed"):
        cube_of(suppressed(_panel_of({("01001", "robo"): 2, ("01002", "robo"): 9})), "robo")
