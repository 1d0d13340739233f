"""Columns that a profile names without a role: what pairs they find, and how they are weighed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from puente.resolve.other_values import (
    alone,
    block_of,
    field_of,
    ladder_of,
    words_ladder,
)
from puente.resolve.spec import Key, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from puente.resolve.profile_spec import Sort
    from puente.resolve.spec import Field

_CAP = 20
_MOST_KEYS = 60
"""Keys of a kind in all: which of them found a pair is kept in one whole number of 64 bits."""
_MOST_PAIRED = 6
"""Columns that keys pair with each other: the most telling ones."""
_MOST_WITH_NAMES = 8
_MOST_TRAINING_PAIRS = 50
_LEAST_TELLING = 0.0005
_CHANCE_AMONG_CERTAIN = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column and how well it tells records apart.

    Attributes:
        filled: share of the records that fill it, 0..1.
        chance: probability that two records that fill it agree, 0..1.
        pairs: pairs that agree.
        few_agree: True if they are not too many to train on.
    """

    name: str
    sort: Sort
    place: int
    field: Field
    filled: float
    chance: float
    pairs: float
    few_agree: bool

    @property
    def worth(self) -> float:
        """Return how well pairs are found by it: filled often, agreeing seldom by chance."""
        return self.filled * (1 - self.chance)


def add_others(con: duckdb.DuckDBPyConnection, kind: Kind, other: Mapping[str, Sort]) -> Kind:
    """Return the kind with the other columns compared too.

    `records` must hold what `prepare_others` makes of them.
    """
    columns = _measured(con, kind, other)
    fields = tuple(column.field for column in columns)
    if not kind.fields and sum(column.filled > 0 for column in columns) == 1:
        fields = tuple(alone(field) for field in fields)
    keys = [*kind.keys, *_keys(con, columns)]
    return replace(
        kind,
        fields=(*kind.fields, *fields),
        keys=tuple(keys[:_MOST_KEYS]),
        training=(*kind.training, *_training(columns)),
        certain=kind.certain or _certain(con, columns),
        sieve="true" if fields else kind.sieve,
    )


def _measured(
    con: duckdb.DuckDBPyConnection, kind: Kind, other: Mapping[str, Sort]
) -> list[_Column]:
    """Return each column with what is counted of it, in the order of the profile."""
    taken = {field.name for field in kind.fields}
    found = []
    for place, (column, sort) in enumerate(other.items()):
        name = _free_name(column, taken)
        taken.add(name)
        row = con.execute(
            f"SELECT coalesce(sum(n * (n - 1)), 0) / 2, coalesce(sum(n), 0),"
            f" (SELECT count(*) FROM records) FROM (SELECT count(*)::DOUBLE AS n FROM records"
            f" WHERE y{place} IS NOT NULL GROUP BY y{place})"
        ).fetchone() or (0.0, 0.0, 0)
        pairs, filled, records = float(row[0]), float(row[1]), max(1, int(row[2]))
        found.append(
            _Column(
                name=column, sort=sort, place=place, field=field_of(sort, name, column, place),
                filled=filled / records, pairs=pairs,
                chance=pairs / max(1.0, filled * (filled - 1) / 2),
                few_agree=pairs <= _MOST_TRAINING_PAIRS * filled,
            )
        )  # fmt: skip
    return found


def _keys(con: duckdb.DuckDBPyConnection, columns: Sequence[_Column]) -> list[Key]:
    """Return what pairs are found by, the most telling columns first.

    A column that all records fill alike finds nobody and is no key of its own.
    """
    telling = sorted(
        (column for column in columns if column.pairs and column.worth > _LEAST_TELLING),
        key=lambda column: (-column.worth, column.place),
    )
    texts = [column for column in columns if column.sort == "fuzzy" and column.filled]
    keys = [
        Key(name=column.name, ladder=ladder_of(column.sort, column.place), cap=_CAP)
        for column in sorted({*telling, *texts}, key=lambda column: (-column.worth, column.place))
    ]
    keys += [
        Key(name=f"{column.name}: words", ladder=words_ladder(column.place), cap=_CAP)
        for column in texts
    ]
    paired = sorted(
        (column for column in columns if column.filled),
        key=lambda column: (-column.worth, column.place),
    )[:_MOST_PAIRED]
    pairs = list(combinations(sorted(paired, key=lambda column: column.place), 2))
    keys += [_pair_key(paired, *pair) for pair in pairs]
    if "given_keys" in {row[0] for row in con.execute("DESCRIBE records").fetchall()}:
        keys += _with_names(paired)
    return keys


def _pair_key(columns: Sequence[_Column], one: _Column, two: _Column) -> Key:
    """Return the key of two columns together, blocks too large parted by each other column."""
    both = [block_of(column.sort, column.place) for column in (one, two)]
    ladder = [_together(both)]
    ladder += [
        _together([*both, block_of(three.sort, three.place)])
        for three in columns
        if three not in (one, two)
    ]
    return Key(name=f"{one.name}, {two.name}", ladder=tuple(ladder[:3]), cap=_CAP)


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


def _with_names(columns: Sequence[_Column]) -> list[Key]:
    """Return keys of each column together with a given name and with a surname."""
    keys = []
    for column in columns[:_MOST_WITH_NAMES]:
        block = block_of(column.sort, column.place)
        given, surname = _together(["given_keys", block]), _together(["[paternal_sound]", block])
        keys.append(Key(name=f"given_name, {column.name}", ladder=(given,), cap=_CAP))
        keys.append(Key(name=f"paternal_surname, {column.name}", ladder=(surname,), cap=_CAP))
    return keys


def _training(columns: Sequence[_Column]) -> tuple[str, ...]:
    """Return training conditions on the columns that tell records apart well enough.

    A long text is seldom written twice alike: the same words, and the same beginning, serve too.
    """
    usable = [column for column in columns if column.filled and column.few_agree]
    rules = [f"l.y{column.place} = r.y{column.place}" for column in usable if column.pairs]
    texts = [column for column in usable if column.sort == "fuzzy"]
    rules += [f"l.s{column.place} = r.s{column.place}" for column in texts]
    rules += [f"l.z{column.place} = r.z{column.place}" for column in texts]
    return tuple(rules)


def _certain(con: duckdb.DuckDBPyConnection, columns: Sequence[_Column]) -> str:
    """Return the condition that most pairs meet of those that chance hardly ever meets.

    Two columns together; their chance agreement is taken for the product of both.
    """
    row = con.execute("SELECT count(*) FROM records").fetchone()
    records = int(row[0]) if row else 0
    whole = records * (records - 1) / 2
    best, most = "", -1.0
    usable = sorted(
        (column for column in columns if column.pairs), key=lambda c: (-c.worth, c.place)
    )[: 2 * _MOST_PAIRED]
    for one, two in combinations(sorted(usable, key=lambda c: c.place), 2):
        rule = " AND ".join(f"l.y{column.place} = r.y{column.place}" for column in (one, two))
        found = con.execute(
            f"SELECT coalesce(sum(n * (n - 1)), 0) / 2 FROM (SELECT count(*)::DOUBLE AS n"
            f" FROM records WHERE y{one.place} IS NOT NULL AND y{two.place} IS NOT NULL"
            f" GROUP BY y{one.place}, y{two.place})"
        ).fetchone()
        met = float(found[0]) if found else 0.0
        chance = whole * one.chance * two.chance * one.filled**2 * two.filled**2
        if met > most and chance <= _CHANCE_AMONG_CERTAIN * met:
            best, most = rule, met
    if best:
        return best
    first = sorted(columns, key=lambda column: (column.chance, column.place))[:2]
    return " AND ".join(f"l.y{column.place} = r.y{column.place}" for column in first)


def _free_name(column: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "column"
    while name in taken:
        name += "_"
    return name
