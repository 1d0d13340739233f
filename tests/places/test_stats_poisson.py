"""Fixed-effects Poisson: the field's figures, what has no estimate, and few clusters."""

from __future__ import annotations

import csv
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from puente.errors import InvalidData
from puente.places.stats.contrast import difference, wild_difference_p, wild_p
from puente.places.stats.estimate import (
    Estimate,
    e_value,
    equivalence,
    reporting_needed,
    share_recorded_needed,
)
from puente.places.stats.fepois import Design, fepois
from puente.places.stats.leads import complete, month_number, shifted

if TYPE_CHECKING:
    from pathlib import Path

PLACE, TIME = (part.ravel() for part in np.indices((12, 10)))
K = np.arange(120)
TERMS = {"x": np.sin(K * 1.7), "z": np.cos(K * 0.37 * (1 + PLACE % 3))}
COUNT = ((K * 29) % 11 + PLACE + (K % 7 == 0) * 5) % 13
MONTHS = (
    *("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio"),
    *("Julio", "Agosto", "Septiembre", "Octubre", "Noviembre", "Diciembre"),
)
YEARS = range(2015, 2022)


def made(**given: object) -> Design:
    whole: dict[str, object] = {
        "outcome": COUNT,
        "terms": TERMS,
        "effects": (PLACE, TIME),
        "clusters": PLACE,
        **given,
    }
    return Design(**whole)  # type: ignore[arg-type]


def test_coefficients_and_errors_equal_those_of_pyfixest_0_60() -> None:
    both = fepois(made())
    np.testing.assert_allclose(both.estimates, [-0.06307754, -0.09318446], atol=1e-6)
    errors = [both.term(name).se for name in both.names]
    np.testing.assert_allclose(errors, [0.07594524, 0.06967675], atol=1e-6)
    one = fepois(made(effects=(PLACE,)))
    np.testing.assert_allclose(one.estimates, [-0.06559161, -0.09100788], atol=1e-6)
    errors = [one.term(name).se for name in one.names]
    np.testing.assert_allclose(errors, [0.07776261, 0.06905879], atol=1e-6)


def test_the_order_of_rows_does_not_matter() -> None:
    mixed = np.random.default_rng(1).permutation(120)
    terms = {name: term[mixed] for name, term in TERMS.items()}
    other = fepois(
        Design(
            outcome=COUNT[mixed],
            terms=terms,
            effects=(PLACE[mixed], TIME[mixed]),
            clusters=PLACE[mixed],
        )
    )
    found = fepois(made())
    np.testing.assert_allclose(other.covariance, found.covariance, rtol=1e-8)
    np.testing.assert_allclose(other.mean, found.mean[mixed], rtol=1e-8)


def test_effects_written_out_as_columns_give_the_same_fit() -> None:
    """The projection is exact: dummies in the model and effects taken out are one estimator."""
    months = {f"m{t}": (t == TIME).astype(float) for t in range(1, 10)}
    written = fepois(made(effects=(PLACE,), terms={**TERMS, **months}))
    np.testing.assert_allclose(written.estimates[:2], fepois(made()).estimates, atol=1e-9)


def test_a_place_without_a_single_count_is_left_out_and_counted() -> None:
    silent = np.where(PLACE == 3, 0, COUNT)
    fit = fepois(made(outcome=silent))
    assert (fit.separated, fit.n, fit.groups) == (10, 110, 11)
    assert not fit.kept[PLACE == 3].any()
    without = PLACE != 3
    shorter = fepois(
        Design(
            outcome=COUNT[without],
            terms={name: term[without] for name, term in TERMS.items()},
            effects=(PLACE[without], TIME[without]),
            clusters=PLACE[without],
        )
    )
    np.testing.assert_allclose(fit.estimates, shorter.estimates, atol=1e-10)


def test_zeros_that_only_effects_explain_are_found_beyond_empty_places() -> None:
    """Two blocks of places and times that never count together: the zeros between run off."""
    early, late = PLACE < 6, TIME >= 5
    blocks = np.where(early & late, 0, COUNT + 1)
    fit = fepois(made(outcome=blocks))
    assert fit.separated == 0  # late places count in both, which ties all together
    alone = np.where(early != late, COUNT + 1, 0)
    both_ways = fepois(made(outcome=alone))
    assert both_ways.separated == 0  # zeros lead both ways: a finite fit exists
    one_way = alone.astype(float)
    held = early | late
    fit = fepois(
        Design(
            outcome=one_way[held],
            terms={name: term[held] for name, term in TERMS.items()},
            effects=(PLACE[held], TIME[held]),
            clusters=PLACE[held],
        )
    )
    assert fit.separated == int((early & late).sum())


def test_a_term_without_an_estimate_is_refused_by_name() -> None:
    with pytest.raises(InvalidData, match="flat"):
        fepois(made(terms={**TERMS, "flat": PLACE * 2.0}))
    with pytest.raises(InvalidData, match="explained whole"):
        fepois(made(terms={**TERMS, "twin": TERMS["x"] * 3 - TERMS["z"]}))
    rare = ((COUNT == 0) & (K % 2 == 0)).astype(float)
    with pytest.raises(InvalidData, match="rare varies only where the outcome is 0"):
        fepois(made(terms={"rare": rare}))
    with pytest.raises(InvalidData, match="below 0"):
        fepois(made(outcome=COUNT - 1))


def state_file(puente_data: Path) -> dict[str, np.ndarray]:
    counts: dict[str, dict[tuple[int, int, int], float]] = defaultdict(lambda: defaultdict(float))
    path = puente_data / "sesnsp/state_all_crimes_2015_2024.csv"
    with path.open(encoding="latin-1", newline="") as handle:
        for row in csv.DictReader(handle):
            if int(row["Año"]) in YEARS:
                for number, month in enumerate(MONTHS):
                    key = int(row["Clave_Ent"]), int(row["Año"]), number
                    counts[row["Subtipo de delito"]][key] += float(row[month] or 0)
    people: dict[tuple[int, int], float] = defaultdict(float)
    path = puente_data / "places/municipal_population_1990_2040.csv"
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            for year in YEARS:
                people[int(row["CVE"][:2]), year] += float(row[str(year)])
    keys = [(state, year, month) for state in range(1, 33) for year in YEARS for month in range(12)]
    found = {
        name: np.array([counts[name][key] for key in keys])
        for name in ("Homicidio doloso", "Homicidio culposo", "Robo de vehículo automotor")
    }
    found["people"] = np.array([people[state, year] for state, year, _month in keys])
    found["state"] = np.array([state for state, _year, _month in keys])
    found["month"] = np.array([year * 12 + month for _state, year, month in keys])
    return found


def test_vehicle_theft_cannot_be_told_from_a_negative_control(puente_data: Path) -> None:
    """The frozen figures: .335 (.077), .276 (.086), difference .059 (.086), p .49."""
    held = state_file(puente_data)
    theft = np.log((held["Robo de vehículo automotor"] + 0.5) / held["people"] * 1e5)
    designs = [
        Design(
            outcome=held[name],
            terms={"theft": theft, "people": np.log(held["people"])},
            effects=(held["state"], held["month"]),
            clusters=held["state"],
        )
        for name in ("Homicidio doloso", "Homicidio culposo")
    ]
    fits = [fepois(design) for design in designs]
    assert [fit.parameters for fit in fits] == [2 + 84, 2 + 84]
    told = [(round(fit.term("theft").estimate, 3), round(fit.term("theft").se, 3)) for fit in fits]
    assert told == [(0.335, 0.077), (0.276, 0.086)]
    # pyfixest 0.60: 0.33507507 (0.07703733)
    assert fits[0].term("theft").estimate == pytest.approx(0.33507507, abs=1e-6)
    assert fits[0].term("theft").se == pytest.approx(0.07703733, abs=1e-6)
    gap = difference(fits[0], fits[1], "theft")
    assert (round(gap.estimate, 3), round(gap.se, 3), round(gap.p, 2)) == (0.059, 0.086, 0.49)
    assert gap.smallest_detectable == pytest.approx(0.24, abs=0.005)
    assert not equivalence(gap, 0.1).equivalent
    rng = np.random.default_rng(1)
    assert wild_difference_p(designs[0], designs[1], "theft", rng=rng).p > 0.3
    assert wild_p(designs[0], "theft", rng=rng).p < 0.01


def test_one_model_against_itself_differs_by_nothing() -> None:
    fit = fepois(made())
    same = difference(fit, fit, "x")
    assert (same.estimate, round(same.se, 12), same.p) == (0.0, 0.0, 1.0)


def test_the_wild_bootstrap_of_ten_clusters_counts_every_pattern_of_signs() -> None:
    ten = PLACE < 10
    design = Design(
        outcome=COUNT[ten],
        terms={name: term[ten] for name, term in TERMS.items()},
        effects=(PLACE[ten], TIME[ten]),
        clusters=PLACE[ten],
    )
    found = wild_p(design, "x", rng=np.random.default_rng(1))
    assert (found.draws, found.clusters) == (1024, 10)
    assert found.p * 1024 == round(found.p * 1024)
    assert 2 / 1024 <= found.p <= 1


def test_a_lag_never_bridges_a_gap_and_a_lead_looks_ahead() -> None:
    months = [month_number(m) for m in ("2020-11", "2020-12", "2021-01", "2021-03")]
    found = shifted([1.0, 2.0, 3.0, 5.0], ["a"] * 4, months, (1, 2, -1))
    np.testing.assert_array_equal(found[1], [np.nan, 1, 2, np.nan])
    np.testing.assert_array_equal(found[2], [np.nan, np.nan, 1, 3])
    np.testing.assert_array_equal(found[-1], [2, 3, np.nan, np.nan])
    with pytest.raises(InvalidData, match="twice"):
        shifted([1.0, 2.0], ["a", "a"], [5, 5], (1,))
    with pytest.raises(InvalidData, match="no month"):
        month_number("2020-13")
    terms = {"lag": np.where(TIME > 0, TERMS["x"], np.nan)}
    assert len(np.asarray(complete(made(terms=terms)).outcome)) == 108


def test_a_planted_lag_is_found_and_no_lead() -> None:
    rng = np.random.default_rng(3)
    place, month = (part.ravel() for part in np.indices((300, 40)))
    theft = rng.normal(size=place.size)
    moved = shifted(theft, place, month, (2, -2))
    mean = np.exp(1 + rng.normal(0, 0.5, 300)[place] + 0.2 * np.nan_to_num(moved[2]))
    design = Design(
        outcome=rng.poisson(mean),
        terms={"lag": moved[2], "lead": moved[-2]},
        effects=(place, month),
        clusters=place,
    )
    fit = fepois(complete(design))
    assert abs(fit.term("lag").estimate - 0.2) < 4 * fit.term("lag").se
    assert fit.term("lag").p < 1e-6 < 0.001 < fit.term("lead").p


def test_only_a_narrow_interval_counts_as_no_difference() -> None:
    sure = Estimate(estimate=0.01, se=0.02, df=float("inf"))
    unsure = Estimate(estimate=0.01, se=0.2, df=float("inf"))
    assert equivalence(sure, 0.1).equivalent
    assert not equivalence(unsure, 0.1).equivalent
    assert unsure.p > 0.9  # "not significant" is not "no difference"
    with pytest.raises(InvalidData, match="margin"):
        equivalence(sure, 0.0)


def test_recording_that_would_erase_a_finding_is_told_in_shares() -> None:
    found = Estimate(estimate=0.3, se=0.1, df=float("inf"))
    needed = reporting_needed(found, spread=np.log(4))
    assert needed.ratio == pytest.approx(4**0.3)
    assert needed.curve[10] == (0.3, 0.0)
    assert 0 < needed.slope_interval < 0.3
    assert share_recorded_needed(found, np.log(4), 0.5) == pytest.approx(0.5 * 4**0.3)
    assert e_value(2.0) == pytest.approx(2 + np.sqrt(2))
    assert e_value(0.5) == e_value(2.0)
