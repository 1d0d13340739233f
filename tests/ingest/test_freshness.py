"""A source that has fallen behind is called late, one that keeps its pace is not."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

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


def test_a_file_that_no_date_is_known_of_is_not_called_fresh(tmp_path: Path) -> None:
    from puente.ingest.load import Loading
    from puente.ingest.mapping import parse_mapping
    from puente.store.lake import Lake

    text = (
        "name: made_up\ntitle: Made up\nagency: NOBODY\ncountry: mx\nrecord_class: fact\n"
        "legal_basis: made up\nobtained: made up\ncadence: monthly\nfile: {pattern: 'x*.csv'}\n"
        "entities: [{key: p, schema: Person, id: 'p-{id}', props: {name: '{name}'}}]\n"
    )
    node = tmp_path / "node"
    (node / "mappings").mkdir(parents=True)
    (node / "mappings" / "made_up.yaml").write_text(text)
    now = datetime.now(UTC)
    loading = Loading(lake=Lake(node / "lake", clock=lambda: now), now=now)
    source, paces = parse_mapping(text, "x"), []
    for name in ("x.csv", f"x_{now.date().isoformat()}.csv"):
        (tmp_path / name).write_text(f"id,name\n1,Ana {name}\n")
        (file,) = source.find(tmp_path / name)
        loading.load(source, file)
        done = subprocess.run(
            [str(Path(sys.executable).with_name("puente")), "sources", "--json",
             "--workspace", str(node)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        (row,) = [r for r in json.loads(done.stdout)["sources"] if r["name"] == "made_up"]
        paces.append((row["pace"], row["age_days"]))
    assert paces[0] == ("unknown", None)
    assert paces[1] == ("in time", 0)


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
