"""Conflicts between registers: found where they were planted and in the real files, seldom else."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from puente.places.conflicts import find_conflicts
from puente.places.conflicts_found import (
    SCHEMA,
    certainty_label,
    discoveries,
    explanations,
    kind_label,
    say,
)
from puente.places.conflicts_laws import CERTAINTIES, EXPLANATIONS, KINDS
from puente.places.conflicts_pairs import chance_above

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = dict[str, Any]
Count = tuple[str, str, str, str, int | None]
"""Source, place, month, record, count."""


class Lake:
    """Answers `.sql` over counts held in memory, as a View does over a build."""

    def __init__(
        self, counts: Iterable[Count], people: dict[str, int] | None = None, *, years: range
    ) -> None:
        self._db = duckdb.connect(config={"threads": 1})
        held = list(counts)
        sources = sorted({row[0] for row in held})
        self._give(
            "counts",
            source=[r[0] for r in held],
            load=[f"load-{r[0]}" for r in held],
            place=[r[1] for r in held],
            record=[r[3] for r in held],
            month=[r[2] for r in held],
            count=pa.array([r[4] for r in held], pa.int64()),
            current=[True] * len(held),
        )
        towns = [(p, n, y) for p, n in (people or {}).items() for y in years]
        self._give(
            "population",
            place=pa.array([t[0] for t in towns], pa.string()),
            year=pa.array([t[2] for t in towns], pa.int32()),
            population=pa.array([t[1] for t in towns], pa.int64()),
            current=pa.array([True] * len(towns), pa.bool_()),
        )
        codes = pa.array(list(people or {}), pa.string())
        blank = pa.array([""] * len(codes), pa.string())
        self._give(
            "places", place=codes, name=codes, valid_from=blank, valid_to=blank, crosswalk=blank,
            current=pa.array([True] * len(codes), pa.bool_()),
        )  # fmt: skip
        self._give(
            "loads",
            **{name: [""] * len(sources) for name in ("part", "path", "facts", "agency")},
            source=sources,
            load=[f"load-{name}" for name in sources],
            published=["2024-01-20"] * len(sources),
            rows=[1] * len(sources),
            loaded=[1] * len(sources),
            rejected=[0] * len(sources),
            dated=[True] * len(sources),
        )

    def _give(self, table: str, /, **columns: Any) -> None:
        self._db.register(table, pa.table(columns))

    def sql(self, query: str, params: Any = ()) -> pa.Table:
        return self._db.execute(query, params or None).to_arrow_table()


def months(first: int, last: int) -> list[str]:
    return [f"{year}-{month:02d}" for year in range(first, last + 1) for month in range(1, 13)]


def spread(source: str, place: str, record: str, by_year: dict[int, int]) -> list[Count]:
    """A year's cases, dealt out to its months."""
    return [
        (source, place, f"{year}-{month + 1:02d}", record, total // 12 + (month < total % 12))
        for year, total in by_year.items()
        for month in range(12)
    ]


def found(counts: Iterable[Count], people: dict[str, int] | None = None) -> list[Row]:
    rows: list[Row] = find_conflicts(
        Lake(counts, people, years=range(2000, 2027))  # type: ignore[arg-type]
    ).to_pylist()
    return rows


def places_of(rows: list[Row], kind: str) -> set[tuple[str, str, str]]:
    return {(r["place"], r["first"], r["last"]) for r in rows if r["kind"] == kind}


def test_a_part_above_its_whole_is_impossible_and_each_year_of_the_run_is_told() -> None:
    whole = {2006: 300, 2007: 397, 2008: 820, 2009: 900}
    part = {2006: 100, 2007: 426, 2008: 1084, 2009: 500}
    rows = found([
        *spread("registry", "25000", "defunciones_por_homicidio", whole),
        *spread("rivals", "25000", "muertes_por_rivalidad", part),
    ])  # fmt: skip
    assert [(r["first"], r["figure_a"], r["figure_b"], r["certainty"]) for r in rows] == [
        ("2007-01", 426, 397, "impossible"),
        ("2008-01", 1084, 820, "impossible"),
    ]
    assert "426" in say(rows[0]["text"])
    assert "1,510 against 1,217" in say(rows[0]["text"])
    assert rows[0]["deliveries_a"] == "load-rivals"
    assert rows[0]["published_b"] == "2024-01-20"
    assert rows[0]["apart"] == 29


def test_what_three_more_months_of_registration_explain_is_not_impossible() -> None:
    whole = spread("registry", "25000", "defunciones_por_homicidio", {2007: 120, 2008: 1200})
    part = spread("rivals", "25000", "muertes_por_rivalidad", {2007: 240})
    (row,) = found([*whole, *part])
    assert row["certainty"] == "improbable"


def test_one_more_death_than_the_registry_has_is_chance() -> None:
    whole = spread("registry", "25000", "defunciones_por_homicidio", {2007: 40})
    assert not found([*whole, *spread("rivals", "25000", "muertes_por_rivalidad", {2007: 41})])


def test_a_month_that_the_registry_does_not_tell_is_not_held_against_it() -> None:
    whole = [
        (s, p, m, r, None if m >= "2007-03" else n)
        for s, p, m, r, n in spread("reg", "25000", "defunciones_por_homicidio", {2007: 600})
    ]
    part = spread("rivals", "25000", "muertes_por_rivalidad", {2007: 300})
    assert not found([*whole, *part])


def _states(source: str, record: str, totals: dict[int, int]) -> list[Count]:
    return [
        row
        for state, total in totals.items()
        for row in spread(source, f"{state:02d}000", record, {2015: total})
    ]


def test_files_far_below_what_is_usual_and_files_above_deaths_are_told() -> None:
    deaths = dict.fromkeys(range(1, 13), 400)
    files = {**dict.fromkeys(range(1, 13), 320), 5: 100, 7: 620}
    rows = found([
        *_states("registry", "defunciones_por_homicidio", deaths),
        *_states("prosecutors", "homicidio_doloso", files),
    ])  # fmt: skip
    assert places_of(rows, "files_against_deaths") == {
        ("05000", "2015-01", "2015-12"),
        ("07000", "2015-01", "2015-12"),
    }
    low = next(r for r in rows if r["place"] == "05000")
    assert low["usual_ratio"] == pytest.approx(0.8)
    assert "25 percent" in say(low["text"])
    assert "80 percent is usual" in say(low["text"])


def test_a_femicide_is_a_homicide_to_the_civil_registry() -> None:
    deaths = dict.fromkeys(range(1, 13), 400)
    files = dict.fromkeys(range(1, 13), 320)
    rows = found([
        *_states("registry", "defunciones_por_homicidio", deaths),
        *_states("prosecutors", "homicidio_doloso", {**files, 5: 120}),
        *_states("prosecutors", "feminicidio", {**dict.fromkeys(files, 0), 5: 200}),
    ])  # fmt: skip
    assert not places_of(rows, "files_against_deaths")


def test_a_choice_of_places_is_not_taken_for_the_whole_state() -> None:
    people = {f"01{n:03d}": 90_000 for n in range(1, 21)}
    deaths = spread("registry", "01000", "defunciones_por_homicidio", {2015: 50})
    files = spread("chosen", "01001", "cieisp_homicidio_doloso", {2015: 200})
    rows = found([*deaths, *files], people)
    assert not [r for r in rows if r["level"] == "state"]


def test_more_files_than_victims_is_told_of_crimes_that_have_a_victim_each() -> None:
    rows = found([
        *spread("files", "05000", "homicidio_doloso", {2016: 300}),
        *spread("victims", "05000", "victimas_homicidio_doloso.hombre", {2016: 100}),
        *spread("victims", "05000", "victimas_homicidio_doloso.mujer", {2016: 80}),
        *spread("files", "05000", "robo_de_vehiculo", {2016: 300}),
        *spread("victims", "05000", "victimas_robo_de_vehiculo", {2016: 100}),
    ])  # fmt: skip
    assert [(r["kind"], r["figure_a"], r["figure_b"]) for r in rows] == [
        ("files_above_victims", 300, 180)
    ]


def test_the_method_of_2026_is_never_held_against_the_one_before() -> None:
    rows = found([
        *spread("files", "05000", "rnid_homicidio_doloso", {2026: 900}),
        *spread("victims", "05000", "victimas_homicidio_doloso", {2026: 100}),
        *spread("registry", "05000", "defunciones_por_homicidio", {2025: 900}),
    ])  # fmt: skip
    assert rows == []


def test_two_tables_of_one_count_that_differ_in_one_year_are_told() -> None:
    one = {2011: 646, 2012: 300, 2013: 240}
    people = {f"25{n:03d}": 90_000 for n in range(1, 19)}
    rows = found([
        *spread("first", "25006", "cieisp_homicidio_doloso", one),
        *spread("second", "25006", "cieisp_homicidio_doloso", {**one, 2011: 527}),
    ], people)  # fmt: skip
    assert places_of(rows, "two_tables") == {("25006", "2011-01", "2011-12")}
    assert rows[0]["p"] is None, "two copies of one count differ by no chance"


def test_negligent_that_rises_as_intentional_falls_is_a_hint() -> None:
    rows = found([
        *spread("files", "27000", "homicidio_doloso", {2020: 509, 2021: 390}),
        *spread("files", "27000", "homicidio_culposo", {2020: 323, 2021: 447}),
    ])  # fmt: skip
    (row,) = rows
    assert (row["kind"], row["certainty"], row["figure_a"], row["figure_b"]) == (
        "reclassified", "hint", -119, 124,
    )  # fmt: skip


@pytest.mark.parametrize("after", [(390, 323), (509, 447), (390, 900), (600, 250)])
def test_one_change_alone_or_of_another_size_or_the_other_way_is_no_reclassification(
    after: tuple[int, int],
) -> None:
    rows = found([
        *spread("files", "27000", "homicidio_doloso", {2020: 509, 2021: after[0]}),
        *spread("files", "27000", "homicidio_culposo", {2020: 323, 2021: after[1]}),
    ])  # fmt: skip
    assert rows == []


def _towns(silent: int | None, *, missing: bool = False) -> tuple[list[Count], dict[str, int]]:
    people = {f"01{n:03d}": 200_000 for n in range(1, 31)}
    counts: list[Count] = []
    drawn = np.random.default_rng(3).poisson(5, (31, 48))
    for town, place in enumerate(people, start=1):
        for at, month in enumerate(months(2016, 2019)):
            quiet = town == silent and "2017" <= month[:4] <= "2018"
            usual = int(drawn[town, at])
            count = (None if missing else 0) if quiet else usual
            counts.append(("files", place, month, "robo", count))
    return counts, people


def test_two_silent_years_in_a_large_municipality_are_told_with_what_was_expected() -> None:
    (row,) = found(*_towns(4))
    assert (row["kind"], row["place"], row["first"], row["last"]) == (
        "silent_years", "01004", "2017-01", "2018-12",
    )  # fmt: skip
    assert row["figure_a"] == 0
    assert 95 < row["figure_b"] < 120, "the quietest tenth lies below the five a month of all"


def test_what_is_not_told_is_coverage_and_no_silence() -> None:
    assert found(*_towns(4, missing=True)) == []


def test_a_small_place_may_be_quiet_for_two_years() -> None:
    counts, people = _towns(4)
    assert found(counts, {**people, "01004": 20_000}) == []


def test_repeated_months_and_sums_are_taken_over_from_the_checks_of_quality() -> None:
    rng = np.random.default_rng(5)
    places = [f"01{n:03d}" for n in range(1, 31)]
    counts: list[Count] = []
    held = {month: rng.poisson(20, len(places)) for month in months(2018, 2018)}
    held["2018-07"] = held["2018-06"]
    for month, drawn in held.items():
        counts += [
            ("files", place, month, "robo", int(n)) for place, n in zip(places, drawn, strict=True)
        ]
    lost = int(sum(int(n) for n in held["2018-01"]) * 0.5)
    totals = {m: int(n.sum()) - (lost if m == "2018-01" else 0) for m, n in held.items()}
    counts += [("files", "01000", month, "robo", total) for month, total in totals.items()]
    rows = found(counts)
    kinds = {r["kind"]: r for r in rows}
    assert (kinds["repeated"]["first"], kinds["repeated"]["last"]) == ("2018-06", "2018-07")
    assert kinds["sum"]["place"] == "01000"


def test_every_kind_and_certainty_has_a_word_and_an_innocent_explanation() -> None:
    assert set(EXPLANATIONS) == set(KINDS)
    assert all(explanations(kind) and kind_label(kind) for kind in KINDS)
    assert all(certainty_label(name) for name in CERTAINTIES)


def test_a_build_without_a_figure_has_no_conflicts() -> None:
    blank: list[Count] = [("files", "01001", "2020-01", "robo", None)]
    table = find_conflicts(Lake(blank, years=range(2000, 2001)))  # type: ignore[arg-type]
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)


def test_q_is_that_of_benjamini_and_hochberg_among_all_looks() -> None:
    p = np.array([0.01, 0.0001, 0.04])
    assert discoveries(p, 3) == pytest.approx([0.015, 0.0003, 0.04])
    assert discoveries(p, 300) == pytest.approx([1.0, 0.03, 1.0])


def test_the_chance_of_a_count_above_another_is_the_binomial_one() -> None:
    assert chance_above(1, 0, 1.0) == 0.5
    assert chance_above(3, 0, 1.0) == pytest.approx(1 / 8)
    assert chance_above(0, 5, 1.0) == 1.0
    assert chance_above(1, 0, 0.25) == pytest.approx(0.2)


class Consistent:
    """A made-up country whose registers agree but for the chance of counts."""

    def __init__(self, seed: int, *, ratio: float = 0.8) -> None:
        rng = np.random.default_rng(seed)
        self.people: dict[str, int] = {}
        self.counts: list[Count] = []
        for state in range(1, 13):
            for town in range(1, 16):
                place = f"{state:02d}{town:03d}"
                self.people[place] = int(np.exp(rng.normal(10.3, 1.2)))
        for place, people in self.people.items():
            rate = 2e-5 * np.exp(rng.normal(0, 0.7))
            for month in months(2012, 2016):
                mean = people * rate
                whole = int(rng.poisson(mean))
                self._add("registry", place, month, "defunciones_por_homicidio", whole)
                part = int(rng.binomial(whole, 0.6))
                self._add("rivals", place, month, "muertes_por_rivalidad", part)
                files = int(rng.poisson(ratio * mean))
                self._add("files", place, month, "homicidio_doloso", files)
                self._add("other", place, month, "homicidio_doloso", int(rng.poisson(ratio * mean)))
                self._add("files", place, month, "homicidio_culposo", int(rng.poisson(mean)))
                victims = files + int(rng.poisson(0.1 * mean))
                self._add("victims", place, month, "victimas_homicidio_doloso", victims)

    def _add(self, source: str, place: str, month: str, record: str, n: int) -> None:
        self.counts.append((source, place, month, record, n))


@pytest.mark.parametrize(("seed", "ratio"), [(11, 0.8), (12, 1.0)])
def test_registers_that_agree_conflict_in_at_most_one_place_year_of_a_hundred(
    seed: int, ratio: float
) -> None:
    world = Consistent(seed, ratio=ratio)
    rows = find_conflicts(
        Lake(world.counts, world.people, years=range(2010, 2018))  # type: ignore[arg-type]
    ).to_pylist()
    place_years = 5 * (len(world.people) + 12)
    for kind, count in Counter(r["kind"] for r in rows).items():
        assert count <= 0.01 * place_years, kind


def _read(source: Any, files: Iterable[Any], gazetteer: Any) -> tuple[list[Count], list[Row]]:
    from datetime import date

    from puente.ingest.source import Batch, LoadContext

    counts: list[Count] = []
    places: list[Row] = []
    for file in files:
        context = LoadContext(
            info=source.info, file=file, today=date(2026, 3, 1), gazetteer=gazetteer
        )
        for item in source.read(file, context):
            if isinstance(item, Batch) and item.table in {"counts", "places"}:
                rows = item.rows.to_pylist() if hasattr(item.rows, "to_pylist") else item.rows
                places += rows if item.table == "places" else []
                if item.table == "counts":
                    name = source.info.name
                    counts += [
                        (name, r["place"], r["month"], r["record"], r["count"]) for r in rows
                    ]
    return counts, places


def test_sinaloa_of_2007_and_2008_comes_out_of_the_real_files(puente_data: Path) -> None:
    from puente.ingest.sources.inegi_homicide import SOURCES as REGISTRY
    from puente.ingest.sources.population import SOURCES as PEOPLE
    from puente.ingest.sources.rivalry_deaths import SOURCES as RIVALS
    from puente.model.places import Gazetteer

    _none, places = _read(PEOPLE[0], PEOPLE[0].find(puente_data / "places"), Gazetteer())
    gazetteer = Gazetteer(places)
    years = [f for f in REGISTRY[0].find(puente_data) if "2006" <= f.published <= "2009"]
    whole, _places = _read(REGISTRY[0], years, gazetteer)
    part, _places = _read(RIVALS[0], RIVALS[0].find(puente_data), gazetteer)
    rows = found([*whole, *part], {row["place"]: 1000 for row in places})
    told = {
        (r["place"], r["first"][:4]): (r["figure_a"], r["figure_b"], r["certainty"])
        for r in rows
        if r["kind"] == "part_above_whole" and r["level"] == "state"
    }
    assert told == {
        ("25000", "2007"): (426, 397, "impossible"),
        ("25000", "2008"): (1084, 820, "impossible"),
    }
