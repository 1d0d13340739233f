"""Files of any shape are linked at the defaults: texts, numbers with units, empty columns."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.resolve.profile import ResolveReport, resolve_files
from puente.resolve.profile_values import comma_is_decimal, iso_of, number_of

if TYPE_CHECKING:
    from pathlib import Path

    from puente.settings import Settings


def link(folder: Path, settings: Settings, profile: str, *texts: str) -> ResolveReport:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"f{number}.csv")
        files[-1].write_text(text, encoding="utf-8")
    (folder / "p.yaml").write_text(profile, encoding="utf-8")
    return resolve_files(
        files, folder / "p.yaml", folder / "o.parquet", settings=settings,
        progress=lambda _done, _total: None,
    )  # fmt: skip


def words(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    parts = ["ba", "co", "di", "fe", "gu", "la", "mo", "ni", "pu", "ro", "ster", "tion", "xe"]
    found: set[str] = set()
    while len(found) < count:
        found.add("".join(rng.choice(parts) for _n in range(rng.randint(2, 4))))
    return sorted(found)


def test_titles_whose_words_were_moved_dropped_or_cut_are_found(
    tmp_path: Path, settings: Settings
) -> None:
    rng, known = random.Random(3), words(900)
    lines = ["id,title,year,t"]
    for number in range(250):
        title = [rng.choice(known) for _n in range(rng.randint(4, 9))]
        year = rng.randint(1990, 2020)
        lines.append(f"a{number},{' '.join(title)},{year},{number}")
        rng.shuffle(title)
        lines.append(f"b{number},{' '.join(title[: max(3, len(title) - 1)])},{year},{number}")
    profile = "kind: Thing\nid: id\nother: {title: fuzzy, year: number}\ntruth: t\n"
    report = link(tmp_path, settings, profile, "\n".join(lines) + "\n")
    assert report.quality is not None
    assert report.quality.f1 >= 0.95


MANY = range(250)
SHAPES = {
    "no row": ("a: fuzzy", ["id,a"]),
    "one row": ("a: fuzzy", ["id,a", "1,x"]),
    "empty columns": ("a: fuzzy, b: date", ["id,a,b", *(f"{n},," for n in MANY)]),
    "one value": ("a: fuzzy, b: exact", ["id,a,b", *(f"{n},same,same" for n in MANY)]),
    "hardly filled": (
        "a: exact, b: number",
        ["id,a,b", *(f"{n},{'x' * (n < 2)}," for n in MANY)],
    ),
    "odd headers": (
        'select: fuzzy, año: number, "2020": exact',
        ["id,select,año,2020", *(f"{n},w{n % 9},{n % 30},k{n % 7}" for n in MANY)],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_that_tells_little_is_linked_without_a_fault(
    shape: str, tmp_path: Path, settings: Settings
) -> None:
    other, lines = SHAPES[shape]
    report = link(
        tmp_path, settings, f"kind: Thing\nid: id\nother: {{{other}}}\n", "\n".join(lines) + "\n"
    )
    assert report.counts["records"] == len(lines) - 1


def test_thirty_columns_are_compared_without_running_out_of_keys(
    tmp_path: Path, settings: Settings
) -> None:
    rng, known = random.Random(5), words(80)
    names = [f"c{n}" for n in range(30)]
    lines = ["id," + ",".join(names)]
    lines += [f"{n}," + ",".join(rng.choice(known) for _c in names) for n in range(60)]
    other = ", ".join(f"{name}: fuzzy" for name in names)
    report = link(
        tmp_path, settings, f"kind: Thing\nid: id\nother: {{{other}}}\n", "\n".join(lines) + "\n"
    )
    assert report.counts["records"] == 60


def test_one_column_alone_links_what_is_written_alike_and_not_what_begins_alike(
    tmp_path: Path, settings: Settings
) -> None:
    lines = ["id,n,t"]
    for number, word in enumerate(words(120)):
        lines += [f"{side}{number},Иванов Иван {word},{number}" for side in "ab"]
    report = link(
        tmp_path, settings, "kind: Thing\nid: id\nother: {n: fuzzy}\ntruth: t\n",
        "\n".join(lines) + "\n",
    )  # fmt: skip
    assert report.quality is not None
    assert (report.quality.precision, report.quality.recall) == (1.0, 1.0)


def test_what_cannot_be_read_is_counted_and_not_taken_for_empty(
    tmp_path: Path, settings: Settings
) -> None:
    text = "id,d,n\n1,31/12/2020,5\n2,the day after,6\n3,01/02/2021,a lot\n"
    report = link(tmp_path, settings, "kind: Thing\nid: id\nother: {d: date, n: number}\n", text)
    assert report.as_json()["unread"] == {"d": 1, "n": 1}


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [("$1,234.50", False, 1234.5), ("1.234,56 €", True, 1234.56), ("3 kg", False, 3.0),
     ("(120.00)", False, -120.0), ("−5", False, -5.0), ("none", False, None)],
)  # fmt: skip
def test_a_number_is_read_beside_its_currency_or_unit(
    text: str, comma: bool, value: float | None
) -> None:
    assert number_of(text, comma_decimal=comma) == value
    assert comma_is_decimal(["1.234,56", "12,5"])
    assert not comma_is_decimal(["1,234.56", "1,234"])


@given(st.integers(min_value=-(10**9), max_value=10**9), st.sampled_from(["", " kg", " MXN", "%"]))
def test_a_whole_number_is_itself_whatever_stands_after_it(value: int, unit: str) -> None:
    assert number_of(f"{value:,}{unit}", comma_decimal=False) == value


def test_a_date_without_its_leading_zero_is_read() -> None:
    assert iso_of("3041980", day_first=True) == "1980-04-03"
