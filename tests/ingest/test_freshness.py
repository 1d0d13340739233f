"""A source that has fallen behind is called late, one that keeps its pace is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.ingest.freshness import age_days, interval_days, lateness
from puente.ingest.sources import all_sources

TODAY = date(2026, 3, 20)


@pytest.mark.parametrize(
    ("cadence", "published", "pace"),
    [
        ("monthly, on the 20th", "2026-02", "in time"),
        ("monthly", "2025-12", "late"),
        ("weekly", "2026-03-16", "in time"),
        ("weekly", "2026-03-01", "late"),
        ("yearly", "2025", "in time"),
        ("yearly", "2023", "late"),
        ("once", "2011", "once"),
        ("as designations are made", "2026-03-01", "unknown"),
        ("", "2026-03-01", "unknown"),
        ("monthly", "", "unknown"),
        ("monthly", "no date", "unknown"),
    ],
)
def test_a_source_behind_its_pace_is_late(cadence: str, published: str, pace: str) -> None:
    assert lateness(cadence, published, TODAY) == pace


def test_a_month_counts_from_its_end_and_never_from_the_future() -> None:
    assert age_days("2026-02", TODAY) == 20
    assert age_days("2026-03", TODAY) == 0
    assert age_days("2026-03-25", TODAY) == -5


@given(st.integers(0, 4000), st.sampled_from(("daily", "weekly", "monthly", "yearly")))
def test_who_is_late_stays_late_until_something_comes(age: int, cadence: str) -> None:
    published = (TODAY - timedelta(days=age)).isoformat()
    if lateness(cadence, published, TODAY) == "late":
        assert lateness(cadence, published, TODAY + timedelta(days=1)) == "late"


def test_most_sources_that_puente_ships_have_a_pace_that_is_understood() -> None:
    told = [s.info.cadence for s in all_sources() if s.info.cadence]
    known = [c for c in told if interval_days(c) or "once" in c or "as " in c or "irregular" in c]
    assert len(known) / len(told) >= 0.9, sorted(set(told) - set(known))
