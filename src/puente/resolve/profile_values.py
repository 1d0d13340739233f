"""Dates, numbers and sex as files write them, brought to one form a column at a time.

What cannot be read says nothing and is counted: a column read wrong must not look like an empty
one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from puente.resolve.profile_spec import Profile

_MALE = ("H", "HOMBRE", "MALE", "MASCULINO", "MASC", "VARON", "VARÓN", "1")
_FEMALE = ("F", "FEMALE", "FEMENINO", "FEM", "MUJER", "W", "WOMAN", "2")
_UNITS: Mapping[str, float] = {
    "kg": 1000, "kgs": 1000, "kilos": 1000, "g": 1, "gr": 1, "grs": 1, "mg": 0.001, "lb": 453.592,
    "lbs": 453.592, "oz": 28.3495, "t": 1e6, "ton": 1e6, "km": 1000, "m": 1, "mts": 1, "cm": 0.01,
    "mm": 0.001, "mi": 1609.344, "ft": 0.3048, "in": 0.0254, "l": 1, "lt": 1, "lts": 1, "ml": 0.001,
    "gal": 3.785412,
}  # fmt: skip
"""Units in grams, metres and litres. A column is one of them: it measures one sort of thing.

Source: NIST Special Publication 811 (2008), appendix B.8.
"""

_NUMBER = re.compile(r"^\D*?([-+−]?\d[\d.,'  ]*)(.*)$")
_SLASHED = re.compile(r"\s*(\d{1,2})\s?[/.\- ]\s?(\d{1,2})\s?[/.\- ]\s?(\d{2}|\d{4})\b")


def tidy(con: duckdb.DuckDBPyConnection, profile: Profile) -> dict[str, int]:
    """Bring the dates, numbers and sexes of table `raw` to one form.

    Returns: for each column how many of its values could not be read, where any could not.
    """
    lost: dict[str, int] = {}
    dated = {"birth_date": profile.columns["birth_date"]} if "birth_date" in profile.columns else {}
    numbers: dict[str, str] = {}
    for place, (column, sort) in enumerate(profile.other.items()):
        if sort == "date":
            dated[f"x{place}"] = column
        elif sort == "number":
            numbers[f"x{place}"] = column
    for column, title in dated.items():
        _rewrite(con, column, title, _dates, lost)
    for column, title in numbers.items():
        _rewrite(con, column, title, _numbers, lost)
    if "sex" in profile.columns:
        _tidy_sex(con, profile.columns["sex"], lost)
    return lost


def _rewrite(
    con: duckdb.DuckDBPyConnection, column: str, title: str,
    read: Callable[[Sequence[str]], list[str | None]], lost: dict[str, int],
) -> None:  # fmt: skip
    """Replace each distinct text of a column of `raw` by what `read` makes of it."""
    import pyarrow as pa

    texts = [
        row[0]
        for row in con.execute(
            f"SELECT DISTINCT {column} FROM raw WHERE {column} IS NOT NULL ORDER BY 1"
        ).fetchall()
    ]
    pairs = pa.table(
        {"said": pa.array(texts, pa.string()), "made": pa.array(read(texts), pa.string())}
    )
    con.register("pairs_made", pairs)
    count = con.execute(
        f"SELECT count(*) FROM raw JOIN pairs_made ON {column} = said WHERE made IS NULL"
    ).fetchone()
    con.execute(f"UPDATE raw SET {column} = made FROM pairs_made WHERE raw.{column} = said")
    con.unregister("pairs_made")
    if count and count[0]:
        lost[title] = int(count[0])


def _dates(texts: Sequence[str]) -> list[str | None]:
    day_first = is_day_first(texts)
    return [iso_of(text, day_first=day_first) for text in texts]


def is_day_first(texts: Sequence[str]) -> bool:
    """Return False if more dates of the column can only be read month first than day first."""
    month_first = 0
    for text in texts:
        match = _SLASHED.match(text)
        if match:
            month_first += (int(match[2]) > 12) - (int(match[1]) > 12)
    return month_first <= 0


def iso_of(text: str, *, day_first: bool) -> str | None:
    """Return a date as ISO text, with what is known of it; None if it is none."""
    digits = text.strip()
    if re.fullmatch(r"\d{7}", digits):
        # A leading zero lost to a spreadsheet: 3041980 is 03/04/1980.
        digits = "0" + digits
        day, month = (digits[:2], digits[2:4]) if day_first else (digits[2:4], digits[:2])
        digits = f"{digits[4:]}-{month}-{day}"
    try:
        return parse_date(digits, day_first=day_first).iso
    except InvalidData:
        return None


def _numbers(texts: Sequence[str]) -> list[str | None]:
    comma = comma_is_decimal(texts)
    found = [number_of(text, comma_decimal=comma) for text in texts]
    units = [_unit_of(text) for text in texts]
    if len({unit for unit in units if unit}) > 1:
        # Only a column that mixes units is brought to one: alone, a unit changes no comparison.
        found = [
            None if value is None else value * _UNITS.get(unit, 1.0)
            for value, unit in zip(found, units, strict=True)
        ]
    return [None if value is None else f"{value:.10g}" for value in found]


def comma_is_decimal(texts: Sequence[str]) -> bool:
    """Return True if the column writes 1.234,56: more of its numbers say so than the contrary."""
    votes = 0
    for text in texts:
        match = _NUMBER.match(text)
        if not match:
            continue
        core = match[1]
        if "," in core and "." in core:
            votes += 1 if core.rfind(",") > core.rfind(".") else -1
        elif core.count(",") == 1 and len(core.rstrip().rpartition(",")[2]) != 3:
            votes += 1
        elif core.count(",") >= 1 or core.count(".") == 1:
            votes -= 1
    return votes > 0


def number_of(text: str, *, comma_decimal: bool) -> float | None:
    """Return the number that a text gives, its currency and unit left off; None if it is none."""
    match = _NUMBER.match(text)
    if not match:
        return None
    core = re.sub(r"['  ]", "", match[1]).replace("−", "-").rstrip(".,")
    core = core.replace(".", "").replace(",", ".") if comma_decimal else core.replace(",", "")
    try:
        value = float(core)
    except ValueError:
        return None
    # Accountants write a negative amount in brackets.
    return -value if re.fullmatch(r"\s*\(.*\)\s*", text) else value


def _unit_of(text: str) -> str:
    match = _NUMBER.match(text)
    word = re.match(r"\s*([a-zA-Z]+)", match[2]) if match else None
    unit = word[1].lower() if word else ""
    return unit if unit in _UNITS else ""


def _tidy_sex(con: duckdb.DuckDBPyConnection, title: str, lost: dict[str, int]) -> None:
    """Bring sex to `male`, `female`. `M` is *mujer* in a column that writes H for men."""
    known = {row[0] for row in con.execute("SELECT DISTINCT upper(trim(sex)) FROM raw").fetchall()}
    spanish = bool(known & {"H", "HOMBRE", "MUJER"})
    male = (*_MALE, *(() if spanish else ("M",)))
    female = (*_FEMALE, *(("M",) if spanish else ()))
    count = con.execute(
        f"SELECT count(*) FROM raw WHERE sex IS NOT NULL AND upper(trim(sex)) NOT IN"
        f" {(*male, *female)}"
    ).fetchone()
    if count and count[0]:
        lost[title] = int(count[0])
    con.execute(
        f"UPDATE raw SET sex = CASE WHEN upper(trim(sex)) IN {male} THEN 'male'"
        f" WHEN upper(trim(sex)) IN {female} THEN 'female' END"
    )
