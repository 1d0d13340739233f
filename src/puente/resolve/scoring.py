"""Pairs scored by the model: how much speaks for one thing, against chance and against kinship.

Splink adds up the weight of each field against chance. Beside chance stand the kind's rivals: a
pair that agrees because it is brother and sister. The weight that counts is the odds of one thing
against all the other explanations together, so that what relatives share says nothing and what
they do not share says all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

from puente.resolve.training import open_linker, splink_settings

if TYPE_CHECKING:
    import duckdb

    from puente.resolve.spec import Field, Kind, Level
    from puente.resolve.training import Model

CERTAIN = 60.0
"""Weights are cut at this much either way: beyond it floating point tells nothing apart."""

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
    con: duckdb.DuckDBPyConnection, table: str, pairs: str, model: Model, least: float, out: str
) -> Shares:
    """Create table `out`: each pair of `pairs` that is not out of the question, with its levels.

    Columns: `l`, `r`, `weight` (log2 odds, rivals counted), `chance` (log2 odds against chance
    alone), and for each field `g_<name>` (level that holds, -1 nothing to compare) and `w_<name>`.

    Args:
        table: standardised records with `rid`.
        pairs: table with `l`, `r`.
        least: pairs of which chance alone makes less than this are left out.
    """
    model = replace(model, kind=told_apart(model.kind))
    linker = open_linker(con, table, splink_settings(model, retain=True))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE blocked AS SELECT l AS join_key_l, r AS join_key_r,"
        f" '0' AS match_key FROM {pairs}"
    )
    api = linker._db_api  # noqa: SLF001 - the linker's own connection, made in `open_linker`
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
    scored = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
    have = {row[0] for row in con.execute(f"DESCRIBE {scored.physical_name}").fetchall()}
    shown = []
    for field in model.kind.fields:
        extra = f"mw_tf_adj_{field.name}"
        term = f" + {extra}" if extra in have else ""
        shown += [
            f"{_level_held(field)}::TINYINT AS g_{field.name}",
            f"round(mw_{field.name}{term}, 4) AS w_{field.name}",
        ]
    against = "".join(
        f", ({' + '.join(_rival_weight(field, place) for field in model.kind.fields)}) AS d_{place}"
        for place in range(len(model.kind.rivals))
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE told AS SELECT *{against} FROM (SELECT rid_l AS l,"
        f" rid_r AS r, match_weight AS w, {', '.join(shown)} FROM {scored.physical_name})"
        " ORDER BY l, r"
    )
    con.execute(f"DROP TABLE {scored.physical_name}")
    shares = _fit_shares(con, model)
    names = [f"{letter}_{field.name}" for field in model.kind.fields for letter in "gw"]
    con.execute(
        f"CREATE OR REPLACE TABLE {out} AS SELECT l, r, round({_against_all(model, shares)}, 4)"
        f" AS weight, round(w + {_shift(model, shares)}, 4) AS chance, {', '.join(names)} FROM told"
    )
    con.execute("DROP TABLE told")
    return shares


def told_apart(kind: Kind) -> Kind:
    """Return the kind with no two levels of a field at one weight, nor any at nought.

    Splink hands back the weight of the level that held, not the level; so the weight must tell it.
    """
    fields = []
    for field in kind.fields:
        taken, levels = {0.0}, []
        for level in field.levels:
            while log2(level.m / level.u) in taken:
                level = replace(level, m=level.m * (1 - 1e-7))
            taken.add(log2(level.m / level.u))
            levels.append(level)
        fields.append(replace(field, levels=tuple(levels)))
    return replace(kind, fields=tuple(fields))


def _level_held(field: Field) -> str:
    """Return SQL for the number of the level that held, told by its weight; -1 for none."""
    last = len(field.levels) - 1
    cases = " ".join(
        f"WHEN CAST({log2(level.m / level.u)} AS DOUBLE) THEN {last - place}"
        for place, level in enumerate(field.levels)
    )
    return f"CASE mw_{field.name} {cases} ELSE -1 END"


def _fit_shares(con: duckdb.DuckDBPyConnection, model: Model) -> Shares:
    """Return the shares of true pairs and of each rival that make the scored pairs likeliest.

    What each sort of pair looks like is given; how many there are of each is found by expectation
    maximisation, with the stated odds as a weak guide, so that a file without families is not
    judged as if it were full of brothers.
    """
    import numpy as np

    stated = [rival.odds for rival in model.kind.rivals]
    total = model.records * (model.records - 1) / 2
    found = con.execute("SELECT count(*) FROM told").fetchone()
    step = max(1, int(found[0] if found else 0) // _FIT_PAIRS)
    columns = "".join(f", d_{place}" for place in range(len(stated)))
    got = con.execute(f"SELECT w{columns} FROM told WHERE hash(l, r) % {step} = 0").fetchnumpy()
    if not len(got["w"]):
        return Shares(prior=model.prior, odds=tuple(stated))
    # Likelihood of each sort of pair over that of an unrelated one.
    true = np.exp2(np.clip(got["w"] - log2(model.prior / (1 - model.prior)), -CERTAIN, CERTAIN))
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


def _shift(model: Model, shares: Shares) -> float:
    """Return what the fitted prior adds to weights reckoned with the model's."""
    return log2(shares.prior / (1 - shares.prior)) - log2(model.prior / (1 - model.prior))


def _against_all(model: Model, shares: Shares) -> str:
    """Return SQL for log2 odds of one thing against chance and every rival together."""
    terms = [f"pow(2, -greatest(least(w + {_shift(model, shares)}, {CERTAIN}), -{CERTAIN}))"]
    terms += [
        f"pow(2, -greatest(least(d_{place} - {log2(odds)}, {CERTAIN}), -{CERTAIN}))"
        for place, odds in enumerate(shares.odds)
    ]
    return f"(-log2({' + '.join(terms)}))"


def _rival_weight(field: Field, place: int) -> str:
    """Return SQL for log2 of true pairs' to the rival's share at the level that holds."""
    last = len(field.levels) - 1
    cases = " ".join(
        f"WHEN {last - number} THEN {log2(level.m / _share(level, place)):.6f}"
        for number, level in enumerate(field.levels)
    )
    return f"CASE g_{field.name} {cases} ELSE 0 END::DOUBLE"


def _share(level: Level, place: int) -> float:
    return level.rival[place] if place < len(level.rival) else level.u
