"""Values of columns without a role: how each sort is brought to one form and compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.resolve.spec import Field, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from puente.resolve.profile_spec import Sort

_READ = 60
"""Letters of a long text that are compared one by one."""

_WORDS_READ = 64
"""Words of a text that are compared, from its beginning."""

_NOTHING = (
    "'', 'NA', 'NAN', 'NULL', 'NONE', 'UNKNOWN', 'DESCONOCIDO', 'SIN DATO', 'SIN DATOS', 'NO DATA',"
    " 'SE DESCONOCE', 'N A', 'N D', 'S D', 'NO APLICA', 'NOT AVAILABLE', 'NO DISPONIBLE'"
)
"""Words by which files say that they know nothing."""

_WORDS = "trim(regexp_replace(upper(strip_accents({x})), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"
_HALF_STEPS = "[floor({x})::VARCHAR, floor({x} + 0.5)::VARCHAR || '+']"
"""Two bands, half a band apart: two values less than half a band apart share one of them."""

_COLUMNS: Mapping[Sort, Mapping[str, tuple[str, str]]] = {
    "exact": {
        "y": (
            "VARCHAR",
            f"CASE WHEN {_WORDS} NOT IN ({_NOTHING}) THEN replace({_WORDS}, ' ', '') END",
        ),
    },
    "fuzzy": {
        "y": ("VARCHAR", f"CASE WHEN {_WORDS} NOT IN ({_NOTHING}) THEN {_WORDS} END"),
        "z": ("VARCHAR", "{y}[1:8]"),
        "t": ("VARCHAR[]", f"list_sort(list_distinct(string_split({{y}}, ' ')[1:{_WORDS_READ}]))"),
        "s": ("VARCHAR", "array_to_string({t}, ' ')"),
    },
    "number": {"y": ("VARCHAR", "try_cast({x} AS DOUBLE)::VARCHAR")},
    "date": {"y": ("VARCHAR", "CASE WHEN length({x}) = 10 THEN {x} END")},
}  # fmt: skip
"""For each sort the columns that its values fill: letter, type, and SQL over the letters before."""


def prepare_others(con: duckdb.DuckDBPyConnection, other: Mapping[str, Sort]) -> None:
    """Fill the columns that the fields of `other` read; each row by itself.

    Table `records` must hold the columns `x0`, `x1`... as text.
    """
    for place, sort in enumerate(other.values()):
        names = {letter: f"{letter}{place}" for letter in "xyzts"}
        for letter, (kind, sql) in _COLUMNS[sort].items():
            con.execute(f"ALTER TABLE records ADD COLUMN {letter}{place} {kind}")
            con.execute(f"UPDATE records SET {letter}{place} = {sql.format(**names)}")


def block_of(sort: Sort, place: int) -> str:
    """Return SQL for what a value is found by beside another column: coarse, a list."""
    y = f"y{place}"
    return {
        "exact": f"[{y}]",
        "fuzzy": f"[{y}[1:4]]",
        "number": _HALF_STEPS.format(x=f"(ln(1 + abs(try_cast({y} AS DOUBLE))) * 8)"),
        "date": _HALF_STEPS.format(x=f"(epoch(try_cast({y} AS DATE)) / 864000)"),
    }[sort]


def ladder_of(sort: Sort, place: int) -> tuple[str, ...]:
    """Return what a value is found by alone, coarse first."""
    return (f"y{place}[1:6]", f"y{place}") if sort == "fuzzy" else (f"y{place}",)


def words_ladder(place: int) -> tuple[str, ...]:
    """Return what a text is found by whatever stands first in it: a word, then two neighbours."""
    words = f"list_filter(t{place}, lambda w: length(w) > 2)"
    pairs = (
        f"CASE WHEN len(t{place}) > 1 THEN list_transform(range(1, len(t{place})),"
        f" lambda n: t{place}[n] || ' ' || t{place}[n + 1]) END"
    )
    return (words, pairs)


def field_of(sort: Sort, name: str, title: str, place: int) -> Field:
    """Return the field by which a column of a sort is compared.

    Args:
        name: of the field, unique in its kind.
        title: the column as the file names it.
        place: of the column in the profile.
    """
    return _FIELDS[sort](name, title, place)


def alone(field: Field) -> Field:
    """Return a field that nothing stands beside: near agreement links, a likeness does not.

    From one field alone no one can learn how many of those that agree are one thing; whoever links
    by one column says that it tells things apart.
    """
    sure = _SURE_ALONE & {level.label for level in field.levels}
    return replace(
        field,
        levels=tuple(
            replace(level, u=1e-9, tf="", fixed=True)
            if level.label in sure
            else replace(level, tf="")
            for level in field.levels
        ),
    )


_SURE_ALONE = frozenset(
    {"the same", "the same words in another order", "most words the same", "the same day"}
    | {"one character apart"}
)


def _exact(name: str, title: str, place: int) -> Field:
    column = f"y{place}"
    left, right = f'"{column}_l"', f'"{column}_r"'
    return Field(
        name=name, title=title, show=column, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=0.85, u=0.01, tf=column),
            Level(label=N_("one character apart"),
                  sql=f"length({left}) > 3 AND abs(length({left}) - length({right})) <= 1"
                      f" AND damerau_levenshtein({left}[1:{_READ}], {right}[1:{_READ}]) <= 1",
                  m=0.08, u=0.01),
            Level(label=N_("different"), sql="ELSE", m=0.07, u=0.98),
        ),
    )  # fmt: skip


def _fuzzy(name: str, title: str, place: int) -> Field:
    column, start, words, sorted_words = (f"{letter}{place}" for letter in "yzts")
    left, right = f'"{column}_l"', f'"{column}_r"'
    alike = f"jaro_winkler_similarity({left}[1:{_READ}], {right}[1:{_READ}])"
    begins = f"starts_with({left}, {right}) OR starts_with({right}, {left})"
    both = f'len(list_intersect("{words}_l", "{words}_r"))'
    shared = f'{both}::DOUBLE / greatest(1, len("{words}_l") + len("{words}_r") - {both})'
    typo = (
        f"abs(length({left}) - length({right})) <= 1 AND length({left}) <= {_READ}"
        f" AND damerau_levenshtein({left}, {right}) <= 1"
    )
    return Field(
        name=name, title=title, show=column, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=0.55, u=0.01, tf=column),
            Level(label=N_("the same words in another order"),
                  sql=f'"{sorted_words}_l" = "{sorted_words}_r"', m=0.03, u=0.0005,
                  tf=sorted_words),
            Level(label=N_("one is the beginning of the other"), sql=begins, m=0.1, u=0.002,
                  tf=start),
            Level(label=N_("most words the same"),
                  sql=f"len(\"{words}_l\") > 2 AND {shared} >= 0.7", m=0.06, u=0.0005),
            Level(label=N_("begin with the same eight letters"),
                  sql=f'"{start}_l" = "{start}_r" AND length("{start}_l") = 8', m=0.08, u=0.001,
                  tf=start),
            Level(label=N_("one character apart"), sql=f"length({left}) > 5 AND {typo}", m=0.04,
                  u=0.001),
            Level(label=N_("nearly the same"),
                  sql=f"{left}[1] = {right}[1] AND {alike} >= 0.92 OR {typo}", m=0.06, u=0.005),
            Level(label=N_("half of the words the same"), sql=f"{shared} >= 0.4", m=0.04, u=0.003),
            Level(label=N_("much alike"), sql=f"{alike} >= 0.82", m=0.03, u=0.02),
            Level(label=N_("some words the same"), sql=f"{shared} >= 0.2", m=0.02, u=0.03),
            Level(label=N_("different"), sql="ELSE", m=0.03, u=0.93),
        ),
    )  # fmt: skip


def _number(name: str, title: str, place: int) -> Field:
    column = f"y{place}"
    left, right = f'try_cast("{column}_l" AS DOUBLE)', f'try_cast("{column}_r" AS DOUBLE)'
    apart = f"abs({left} - {right}) / nullif(greatest(abs({left}), abs({right})), 0)"
    return Field(
        name=name, title=title, show=column,
        null=f'"{column}_l" IS NULL OR "{column}_r" IS NULL',
        levels=(
            Level(label=N_("the same"), sql=f'"{column}_l" = "{column}_r"', m=0.7, u=0.001),
            Level(label=N_("within 1 percent"), sql=f"{apart} <= 0.01", m=0.1, u=0.01),
            Level(label=N_("within 5 percent"), sql=f"{apart} <= 0.05", m=0.1, u=0.04),
            Level(label=N_("within 25 percent"), sql=f"{apart} <= 0.25", m=0.05, u=0.15),
            Level(label=N_("different"), sql="ELSE", m=0.05, u=0.8),
        ),
    )  # fmt: skip


def _date(name: str, title: str, place: int) -> Field:
    column = f"y{place}"
    left, right = f'"{column}_l"', f'"{column}_r"'
    apart = f"abs(date_diff('day', try_cast({left} AS DATE), try_cast({right} AS DATE)))"
    return Field(
        name=name, title=title, show=column, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same day"), sql=f"{left} = {right}", m=0.6, u=0.003),
            Level(label=N_("within 3 days"), sql=f"{apart} <= 3", m=0.15, u=0.01),
            Level(label=N_("within 14 days"), sql=f"{apart} <= 14", m=0.1, u=0.04),
            Level(label=N_("one digit apart"), sql=f"damerau_levenshtein({left}, {right}) <= 1",
                  m=0.05, u=0.01),
            Level(label=N_("different"), sql="ELSE", m=0.1, u=0.93),
        ),
    )  # fmt: skip


_FIELDS: Mapping[Sort, Callable[[str, str, int], Field]] = {
    "exact": _exact, "fuzzy": _fuzzy, "number": _number, "date": _date,
}  # fmt: skip
