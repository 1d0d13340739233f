"""Columns that a profile names without a role: how they are compared, and what pairs they find."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.resolve.spec import Field, Key, Kind, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from puente.resolve.profile_spec import Sort

_CAP = 20
_MOST_TRAINING_PAIRS = 50
_MOST_PAIRS_OF_COLUMNS = 12


def add_others(con: duckdb.DuckDBPyConnection, kind: Kind, other: Mapping[str, Sort]) -> Kind:
    """Return the kind with the other columns compared too; `records` gains what they need.

    `records` must hold the columns `x0`, `x1`... as text.
    """
    fields, keys, blocks = [], [], []
    taken = {field.name for field in kind.fields}
    for place, (column, sort) in enumerate(other.items()):
        name = _free_name(column, taken)
        taken.add(name)
        prepare, block, build = _SORTS[sort]
        con.execute(f"ALTER TABLE records ADD COLUMN y{place} VARCHAR")
        con.execute(f"UPDATE records SET {prepare.format(x=f'x{place}', y=f'y{place}')}")
        if sort == "fuzzy":
            con.execute(f"ALTER TABLE records ADD COLUMN z{place} VARCHAR")
            con.execute(f"UPDATE records SET z{place} = y{place}[1:8]")
        fields.append(build(name, column, f"y{place}"))
        blocks.append((column, block.format(y=f"y{place}")))
        keys.append(Key(name=column, ladder=_WHOLE[sort](f"y{place}"), cap=_CAP))
    for one, two in list(combinations(range(len(blocks)), 2))[:_MOST_PAIRS_OF_COLUMNS]:
        keys.append(_pair_key(blocks, one, two))
    if "given_keys" in {row[0] for row in con.execute("DESCRIBE records").fetchall()}:
        keys += _with_names(blocks)
    return replace(
        kind,
        fields=(*kind.fields, *fields),
        keys=(*kind.keys, *keys),
        training=(*kind.training, *_training(con, fields)),
        certain=kind.certain or _certain(fields),
        sieve="true" if fields else kind.sieve,
    )


def _pair_key(blocks: list[tuple[str, str]], one: int, two: int) -> Key:
    """Return the key of two columns together, blocks too large parted by each other column."""
    both = [blocks[one][1], blocks[two][1]]
    ladder = [_together(both)]
    ladder += [
        _together([*both, block])
        for three, (_column, block) in enumerate(blocks)
        if three not in (one, two)
    ]
    return Key(name=f"{blocks[one][0]}, {blocks[two][0]}", ladder=tuple(ladder[:3]), cap=_CAP)


def _together(lists: list[str]) -> str:
    """Return SQL for every way to take one item of each list, joined."""
    found = lists[0]
    for place, more in enumerate(lists[1:]):
        one, two = f"v{place}", f"w{place}"
        found = (
            f"flatten(list_transform({found}, lambda {one}: list_transform({more},"
            f" lambda {two}: {one} || ' ' || {two})))"
        )
    return found


def _with_names(blocks: list[tuple[str, str]]) -> list[Key]:
    """Return keys of each column together with a given name and with a surname."""
    keys = []
    for column, block in blocks[:_MOST_PAIRS_OF_COLUMNS]:
        given, surname = _together(["given_keys", block]), _together(["[paternal_sound]", block])
        keys.append(Key(name=f"given_name, {column}", ladder=(given,), cap=_CAP))
        keys.append(Key(name=f"paternal_surname, {column}", ladder=(surname,), cap=_CAP))
    return keys


def _training(con: duckdb.DuckDBPyConnection, fields: list[Field]) -> tuple[str, ...]:
    """Return training conditions on the columns that tell records apart well enough."""
    found = []
    for field in fields:
        row = con.execute(
            f"SELECT sum(n * (n - 1)) / 2, sum(n) FROM (SELECT count(*)::DOUBLE AS n FROM records"
            f" WHERE {field.show} IS NOT NULL GROUP BY {field.show})"
        ).fetchone()
        if row and row[1] and row[0] <= _MOST_TRAINING_PAIRS * row[1]:
            found.append(f"l.{field.show} = r.{field.show}")
    return tuple(found)


def _certain(fields: list[Field]) -> str:
    return " AND ".join(f"l.{field.show} = r.{field.show}" for field in fields[:3])


def _free_name(column: str, taken: set[str]) -> str:
    name = re.sub(r"\W+", "_", column).strip("_").lower() or "column"
    while name in taken:
        name += "_"
    return name


def _exact(name: str, title: str, column: str) -> Field:
    left, right = f'"{column}_l"', f'"{column}_r"'
    return Field(
        name=name, title=title, show=column, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=0.85, u=0.01, tf=column),
            Level(label=N_("one character apart"),
                  sql=f"length({left}) > 3 AND damerau_levenshtein({left}, {right}) <= 1",
                  m=0.08, u=0.01),
            Level(label=N_("different"), sql="ELSE", m=0.07, u=0.98),
        ),
    )  # fmt: skip


def _fuzzy(name: str, title: str, column: str) -> Field:
    left, right = f'"{column}_l"', f'"{column}_r"'
    start = column.replace("y", "z")
    alike = f"jaro_winkler_similarity({left}, {right})"
    begins = f"starts_with({left}, {right}) OR starts_with({right}, {left})"
    return Field(
        name=name, title=title, show=column, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=0.6, u=0.01, tf=column),
            Level(label=N_("one is the beginning of the other"), sql=begins, m=0.1, u=0.002,
                  tf=start),
            Level(label=N_("begin with the same eight letters"),
                  sql=f'"{start}_l" = "{start}_r" AND length("{start}_l") = 8', m=0.1, u=0.001,
                  tf=start),
            Level(label=N_("nearly the same"),
                  sql=f"{left}[1] = {right}[1] AND {alike} >= 0.92"
                      f" OR damerau_levenshtein({left}, {right}) <= 1", m=0.1, u=0.005),
            Level(label=N_("much alike"), sql=f"{alike} >= 0.82", m=0.05, u=0.02),
            Level(label=N_("different"), sql="ELSE", m=0.05, u=0.96),
        ),
    )  # fmt: skip


def _number(name: str, title: str, column: str) -> Field:
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


def _date(name: str, title: str, column: str) -> Field:
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


_FOLDED = (
    "{y} = nullif(trim(regexp_replace(upper(strip_accents({x})), '[^A-Z0-9]+', ' ', 'g')), '')"
)
_HALF_STEPS = "[floor({x})::VARCHAR, floor({x} + 0.5)::VARCHAR || '+']"
"""Two bands, half a band apart: two values less than half a band apart share one of them."""

_SORTS: Mapping[str, tuple[str, str, Callable[[str, str, str], Field]]] = {
    "exact": (_FOLDED, "[{y}]", _exact),
    "fuzzy": (_FOLDED, "[{y}[1:4]]", _fuzzy),
    "number": (
        "{y} = try_cast(replace({x}, ',', '') AS DOUBLE)::VARCHAR",
        _HALF_STEPS.format(x="(ln(1 + abs(try_cast({y} AS DOUBLE))) * 8)"),
        _number,
    ),
    "date": (
        "{y} = CASE WHEN length({x}) = 10 THEN {x} END",
        _HALF_STEPS.format(x="(epoch(try_cast({y} AS DATE)) / 864000)"),
        _date,
    ),
}
"""For each sort: how its value is prepared, its coarse keys beside another column's, its field."""

_WHOLE: Mapping[str, Callable[[str], tuple[str, ...]]] = {
    "exact": lambda y: (y,),
    "fuzzy": lambda y: (f"{y}[1:6]", y),
    "number": lambda y: (y,),
    "date": lambda y: (y,),
}
"""For each sort the ladder of its own key."""
