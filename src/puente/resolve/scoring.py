"""Pairs scored by the model: how much speaks for one thing, against chance and against kinship.

Splink adds up the weight of each field against chance. Beside chance stand the kind's rivals: a
pair that agrees because it is brother and sister. The weight that counts is the odds of one thing
against all the other explanations together, so that what relatives share says nothing and what
they do not share says all.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

from puente.resolve.training import level_sql

if TYPE_CHECKING:
    import duckdb

    from puente.resolve.spec import Field, Kind, Level
    from puente.resolve.training import Model

CERTAIN = 60.0
"""Weights are cut at this much either way: beyond it floating point tells nothing apart."""

IDENTIFIED = 12.0
"""Least weight of a pair with an equal valid identifier that nothing contradicts."""

_ROUNDS = 40
_FIT_PAIRS = 400_000
_STATED_COUNTS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many pairs of each sort there are, fitted to the scored pairs.

    Attributes:
        prior: probability that two records taken at random speak of one thing, 0..1.
        odds: for each of the kind's rivals its pairs for every true pair.
    """

    prior: float
    odds: tuple[float, ...]


def score_pairs(
    con: duckdb.DuckDBPyConnection, table: str, pairs: str, model: Model, sieve: str, out: str
) -> None:
    """Create table `out`: each pair of `pairs` that passes the sieve, and what it weighs.

    Columns: `l`, `r`, `w` (log2 odds against chance alone, by the model's prior), `d_0`, `d_1`...
    (log2 of true pairs' to each rival's likelihood), `identified` (an equal valid identifier that
    the other fields do not deny). The weights are those that Splink's `predict` gives under
    `splink_settings`; a test holds them to it.

    Args:
        table: standardised records with `rid`, and `tf_<column>` where the model has terms.
        pairs: table with `l`, `r`.
        sieve: condition over `a` and `b`, the two records.
    """
    against = "".join(
        f", {' + '.join(rival_weight(field, place) for field in model.kind.fields)} AS d_{place}"
        for place in range(len(model.kind.rivals))
    )
    total = " + ".join([_exact(_logit(model.prior)), *(f"w_{f.name}" for f in model.kind.fields)])
    con.execute(
        f"CREATE OR REPLACE TABLE {out} AS SELECT l, r, w{against}, {identified_sql(model.kind)}"
        f" AS identified FROM (SELECT *, {total} AS w FROM"
        f" ({weighed_sql(con, table, pairs, model, sieve)}))"
    )


def weighed_sql(
    con: duckdb.DuckDBPyConnection, table: str, pairs: str, model: Model, sieve: str = "true"
) -> str:
    """Return a SELECT over pairs: what each field says of them.

    Columns: those of `pairs` (`l`, `r`, any more), those of the two records as `<column>_l`,
    `<column>_r`, and for each field `g_<name>` (level that holds, -1 nothing to compare) and
    `w_<name>` (log2 weight); `same_<n>` tells whether the n-th identifier is equal.
    """
    names = [name for name, *_rest in con.execute(f"DESCRIBE {table}").fetchall()]
    sides = ", ".join(f'a."{c}" AS "{c}_l", b."{c}" AS "{c}_r"' for c in names)
    told = [f'{level_sql(each)} AS "g_{each.name}"' for each in model.kind.fields]
    told += [
        f'coalesce("{each.column}_l" = "{each.column}_r", false) AS same_{place}'
        for place, each in enumerate(model.kind.identifiers)
    ]
    weights = ", ".join(f'{_weight(each, model)} AS "w_{each.name}"' for each in model.kind.fields)
    return (
        f"SELECT *, {weights} FROM (SELECT *, {', '.join(told)} FROM (SELECT p.*, {sides}"
        f" FROM {pairs} p JOIN {table} a ON a.rid = p.l JOIN {table} b ON b.rid = p.r"
        f" WHERE {sieve}))"
    )


def _weight(field: Field, model: Model) -> str:
    """Return SQL for the log2 weight of the level that holds, scaled by how common the value is."""
    last = len(field.levels) - 1
    cases = []
    for place, level in enumerate(field.levels):
        weight = _exact(log2(level.m / level.u))
        if level.tf in model.terms:
            common = f'greatest("tf_{level.tf}_l", "tf_{level.tf}_r")'
            weight += f" + {_exact(log2(level.u))} - log2({common})"
        cases.append(f"WHEN {last - place} THEN {weight}")
    return f"CASE g_{field.name} {' '.join(cases)} ELSE 0 END::DOUBLE"


def identified_sql(kind: Kind) -> str:
    """Return SQL for an equal valid identifier that no two of the other fields deny."""
    names = {field.name for field in kind.fields}
    tests = []
    for place, identifier in enumerate(kind.identifiers):
        denials = [f"(g_{name} = 0)::INT" for name in identifier.unless if name in names]
        copied = f" AND {' + '.join(denials)} < 2" if denials else ""
        tests.append(f"(same_{place}{copied})")
    return " OR ".join(tests) or "false"


def _exact(number: float) -> str:
    """Return a number as SQL that loses no bit of it."""
    return f"({number!r})::DOUBLE"


def _logit(share: float) -> float:
    return log2(share / (1 - share))


def fit_shares(con: duckdb.DuckDBPyConnection, scored: str, model: Model) -> Shares:
    """Return the shares of true pairs and of each rival that make the scored pairs likeliest.

    What each sort of pair looks like is given; how many there are of each is found by expectation
    maximisation, with the stated odds as a weak guide, so that a file without families is not
    judged as if it were full of brothers.
    """
    import numpy as np

    stated = [rival.odds for rival in model.kind.rivals]
    total = model.records * (model.records - 1) / 2
    found = con.execute(f"SELECT count(*) FROM {scored}").fetchone()
    step = max(1, int(found[0] if found else 0) // _FIT_PAIRS)
    columns = "".join(f", d_{place}" for place in range(len(stated)))
    got = con.execute(
        f"SELECT w{columns} FROM {scored} WHERE hash(l, r) % {step} = 0 ORDER BY l, r"
    ).fetchnumpy()
    if not len(got["w"]):
        return Shares(prior=model.prior, odds=tuple(stated))
    # Likelihood of each sort of pair over that of an unrelated one.
    true = np.exp2(np.clip(got["w"] - _logit(model.prior), -CERTAIN, CERTAIN))
    sorts = [
        true,
        *(
            true * np.exp2(-np.clip(got[f"d_{place}"], -CERTAIN, CERTAIN))
            for place in range(len(stated))
        ),
    ]
    likelihood = np.stack(sorts)
    share = np.array([1.0, *stated]) * model.prior
    guide = np.array([1.0, *stated]) * min(_STATED_COUNTS, model.prior * total)
    for _round in range(_ROUNDS):
        weighted = likelihood * share[:, None]
        counts = (weighted / (1.0 + weighted.sum(axis=0))).sum(axis=1) * step
        share = (counts + guide) / (total + guide.sum())
    odds = tuple(float(value) for value in share[1:] / share[0])
    return Shares(prior=float(min(share[0], 0.5)), odds=odds)


def shift(model: Model, shares: Shares) -> float:
    """Return what the fitted prior adds to weights reckoned with the model's."""
    return _logit(shares.prior) - _logit(model.prior)


def against_all(model: Model, shares: Shares) -> str:
    """Return SQL for log2 odds of one thing against chance and every rival together.

    Over the columns of `score_pairs`; an equal valid identifier weighs `IDENTIFIED` at least.
    """
    terms = [f"pow(2, -greatest(least(w + {shift(model, shares)}, {CERTAIN}), -{CERTAIN}))"]
    terms += [
        f"pow(2, -greatest(least(d_{place} - {log2(odds)}, {CERTAIN}), -{CERTAIN}))"
        for place, odds in enumerate(shares.odds)
    ]
    weight = f"round(-log2({' + '.join(terms)}), 4)"
    return f"CASE WHEN identified THEN greatest({weight}, {IDENTIFIED}) ELSE {weight} END"


def rival_weight(field: Field, place: int) -> str:
    """Return SQL for log2 of true pairs' to the rival's share at the level that holds."""
    last = len(field.levels) - 1
    cases = " ".join(
        f"WHEN {last - number} THEN {log2(level.m / _share(level, place)):.6f}"
        for number, level in enumerate(field.levels)
    )
    return f"CASE g_{field.name} {cases} ELSE 0 END::DOUBLE"


def _share(level: Level, place: int) -> float:
    return level.rival[place] if place < len(level.rival) else level.u
