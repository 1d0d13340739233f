"""The weights of a kind: learnt from the records by Splink, or as stated where there are too few.

The chance agreement of unrelated records (u) is counted on a fixed sample of pairs, all fields in
one pass; the agreement of true pairs (m) is found by Splink's expectation maximisation, blocked in
several ways so that each field is trained where it is not itself the block. Training runs on one
thread over records in the order of their ids: the same records give the same weights.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.resolve.terms import SMALLEST, count_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    from splink import Linker
    from splink.internals.comparison_level import ComparisonLevel

    from puente.resolve.spec import Field, Kind, Level
    from puente.resolve.terms import Terms

FEWEST_RECORDS = 200
"""Below this the stated weights are used: training on a handful learns the accidents of it."""

_SAMPLE_PAIRS = 300_000
_TRAINING_PAIRS = 200_000
_FEWEST_SEEN = 5
_FEWEST_TRAINING_PAIRS = 50
_ENOUGH_TRAINING_PAIRS = 500
_FEWEST_TRUE = 0.02
_SMALLEST_SHARE = 0.001
_UNSEEN_SHARE = 0.002
_STATED_PAIRS = 1_000_000
_STATED_TRUE = 20
_ROUNDS = 25
_FEWEST_ROUNDS = 3
_SPLINK_LOG = logging.getLogger("splink")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A kind with the weights that count, and how they were come by.

    Attributes:
        kind: the kind, its levels with the weights in use.
        prior: probability that two records taken at random speak of one thing, 0..1.
        trained: True if learnt from these records.
        records: how many there are.
        notes: what a reader should know: levels that stayed as stated, and why.
        terms: column to how common its values are.
    """

    kind: Kind
    prior: float
    trained: bool
    records: int
    notes: tuple[str, ...]
    terms: Mapping[str, Terms]


def train(
    con: duckdb.DuckDBPyConnection, table: str, kind: Kind, records: int, among: str = "true"
) -> Model:
    """Return the kind with the weights that its records in `table` teach.

    Args:
        table: standardised records with `rid`.
        records: how many there are; below `FEWEST_RECORDS` the stated weights stay.
        among: condition over `a` and `b` that pairs to be linked must meet.
    """
    allowed = re.sub(r"\bb\.", "r.", re.sub(r"\ba\.", "l.", among))
    if among != "true":
        kind = replace(
            kind,
            training=tuple(f"{rule} AND {allowed}" for rule in kind.training),
            certain=f"{kind.certain} AND {allowed}",
        )
    filled = _with_something_to_say(con, table, kind)
    if not filled.fields:
        note = "no field that two records fill: nothing can be linked"
        return _stated(filled, 1e-6, records, note)
    pairs = records * (records - 1) / 2
    if records < FEWEST_RECORDS:
        prior = min(0.01, 1 / max(2.0, records))
        note = f"{records} records are too few to learn from: the stated weights are used"
        return _stated(filled, prior, records, note)
    before = con.execute("SELECT current_setting('threads')").fetchone()
    con.execute("SET threads = 1")
    try:
        prior = _prior(con, table, filled, pairs)
        chance, notes = _count_chance(con, table, filled, records, prior)
        learnt, more = _maximise(con, table, chance, prior)
    finally:
        con.execute(f"SET threads = {before[0] if before else 1}")
    return Model(
        kind=learnt, prior=prior, trained=True, records=records, notes=(*notes, *more),
        terms=count_terms(con, table, learnt),
    )  # fmt: skip


def _stated(kind: Kind, prior: float, records: int, note: str) -> Model:
    return Model(
        kind=kind, prior=prior, trained=False, records=records, notes=(note,), terms={}
    )  # fmt: skip


def splink_settings(model: Model, *, retain: bool) -> dict[str, object]:
    """Return the model as Splink's own settings.

    Args:
        retain: keep each field's weight in what is scored.
    """
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "rid",
        "probability_two_random_records_match": model.prior,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": retain,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [
            _comparison(field, use_terms=bool(model.terms)) for field in model.kind.fields
        ],
    }


def level_sql(field: Field) -> str:
    """Return SQL for the number of the level that holds: -1 nothing to say, 0 no agreement."""
    cases = " ".join(
        f"WHEN {level.sql} THEN {len(field.levels) - 1 - place}"
        for place, level in enumerate(field.levels[:-1])
    )
    return f"CASE WHEN {field.null} THEN -1 {cases} ELSE 0 END"


def open_linker(
    con: duckdb.DuckDBPyConnection, table: str, settings: Mapping[str, object]
) -> Linker:
    """Return a Splink linker over `table`; what Splink has to say is kept off the terminal."""
    from splink import DuckDBAPI, Linker

    _SPLINK_LOG.setLevel(logging.CRITICAL)
    database = DuckDBAPI(connection=con)
    return Linker(database.register(table), dict(settings), log_level=None, validate_settings=False)


def _comparison(field: Field, *, use_terms: bool) -> dict[str, object]:
    nothing = "nothing to compare"
    levels: list[dict[str, object]] = [
        {"sql_condition": field.null, "label_for_charts": nothing, "is_null_level": True}
    ]
    for level in field.levels:
        entry: dict[str, object] = {
            "sql_condition": level.sql,
            "label_for_charts": level.label,
            "m_probability": level.m,
            "u_probability": level.u,
            "fix_m_probability": level.fixed,
            "fix_u_probability": True,
        }
        if level.tf and use_terms:
            entry["tf_adjustment_column"] = level.tf
            entry["tf_minimum_u_value"] = SMALLEST
            entry["disable_tf_exact_match_detection"] = True
        levels.append(entry)
    return {"output_column_name": field.name, "comparison_levels": levels}


def _with_something_to_say(con: duckdb.DuckDBPyConnection, table: str, kind: Kind) -> Kind:
    """Return the kind without the fields that at most one record fills."""
    counts = ", ".join(f'count("{field.show}")' for field in kind.fields)
    row = con.execute(f"SELECT {counts} FROM {table}").fetchone() or ()
    kept = tuple(field for field, count in zip(kind.fields, row, strict=True) if count > 1)
    return replace(kind, fields=kept)


def _count_chance(
    con: duckdb.DuckDBPyConnection, table: str, kind: Kind, records: int, prior: float
) -> tuple[Kind, list[str]]:
    """Return the kind with each level's share among unrelated pairs, counted on a fixed sample.

    Every record is paired with as many others at fixed distances as make up the sample, so that a
    common surname weighs in the sample as it does in the records. The true pairs that the sample
    must hold by `prior` are taken off: in a small file they are most of those that agree.
    """
    steps = min(records - 1, max(1, round(_SAMPLE_PAIRS / records)))
    stride = max(1, records // (steps + 1))
    columns = sorted({name for (name, *_rest) in con.execute(f"DESCRIBE {table}").fetchall()})
    sides = ", ".join(f'l."{c}" AS "{c}_l", r."{c}" AS "{c}_r"' for c in columns)
    levels = ", ".join(f'{level_sql(field)} AS "{field.name}"' for field in kind.fields)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE drawn AS SELECT l.rid AS a, ((l.rid + k.range * {stride}"
        f" + hash(l.rid, k.range) % {stride}) % {records})::INTEGER AS b"
        f" FROM {table} l, range(1, {steps + 1}) k"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE chance AS SELECT {levels} FROM (SELECT {sides} FROM drawn"
        f" JOIN {table} l ON l.rid = a JOIN {table} r ON r.rid = b WHERE a <> b)"
    )
    fields, notes = [], []
    for field in kind.fields:
        rows = con.execute(
            f'SELECT "{field.name}", count(*) FROM chance WHERE "{field.name}" >= 0 GROUP BY 1'
        ).fetchall()
        distinct = con.execute(f'SELECT count(DISTINCT "{field.show}") FROM {table}').fetchone()
        learnt, unseen = _chance_levels(field, dict(rows), distinct[0] if distinct else 1, prior)
        fields.append(_proved(con, table, kind, learnt))
        notes += unseen
    return replace(kind, fields=tuple(fields)), notes


def _proved(con: duckdb.DuckDBPyConnection, table: str, kind: Kind, field: Field) -> Field:
    """Return the field with u counted, where a level asks for it, on pairs known to be two things.

    Two records whose valid identifiers differ are two things; how often such pairs still agree is
    no guess.
    """
    if not any(level.proof for level in field.levels) or not kind.identifiers:
        return field
    column = kind.identifiers[0].column
    row = con.execute(f"SELECT count(DISTINCT {column}) FROM {table}").fetchone()
    bearers = int(row[0]) if row else 0
    levels = []
    for level in field.levels:
        if level.proof and bearers >= FEWEST_RECORDS:
            found = con.execute(
                f"SELECT count(*) FROM (SELECT DISTINCT l.{column}, r.{column} FROM {table} l"
                f" JOIN {table} r ON {level.proof} AND l.{column} < r.{column})"
            ).fetchone()
            agree = int(found[0]) if found else 0
            pairs = bearers * (bearers - 1) / 2
            share = (agree + level.u * _STATED_PAIRS) / (pairs + _STATED_PAIRS)
            level = replace(level, u=share, u_from="training")
        levels.append(level)
    return replace(field, levels=tuple(levels))


def _chance_levels(
    field: Field, seen: Mapping[int, int], distinct: int, prior: float
) -> tuple[Field, list[str]]:
    total = sum(seen.values())
    levels: list[Level] = []
    notes = []
    last = len(field.levels) - 1
    for place, level in enumerate(field.levels):
        count = seen.get(last - place, 0) - total * prior * level.m
        if level.fixed:
            levels.append(level)
        elif count >= _FEWEST_SEEN:
            levels.append(replace(level, u=count / total, u_from="training"))
        else:
            # Too rare to count in the sample: as stated, at most one value in as many as there are.
            chance = min(level.u, 1 / max(distinct, 2)) if place == 0 else level.u
            if not level.rival and total:
                # Where no relatives are reckoned with, what was hardly seen is hardly there.
                chance = min(chance, _FEWEST_SEEN / total)
            levels.append(replace(level, u=chance))
            notes.append(f"{field.name}, {level.label}: chance agreement too rare to count")
    return replace(field, levels=tuple(levels)), notes


def _prior(con: duckdb.DuckDBPyConnection, table: str, kind: Kind, pairs: float) -> float:
    """Return the probability that two records taken at random speak of one thing.

    Counted from the pairs that meet the kind's `certain` condition, which some six in ten true
    pairs meet where records are as incomplete as agencies' are.
    """
    row = con.execute(
        f"SELECT count(*) FROM {table} l JOIN {table} r ON {kind.certain} AND l.rid < r.rid"
    ).fetchone()
    found = max(1, int(row[0]) if row else 1)
    return min(0.5, found / 0.6 / max(pairs, 1.0))


def _maximise(
    con: duckdb.DuckDBPyConnection, table: str, kind: Kind, prior: float, rounds: int = _ROUNDS
) -> tuple[Kind, list[str]]:
    """Return the kind with each level's share among true pairs as Splink finds it.

    Splink gives up where a share falls below 1e-300, as it may where a condition picks true pairs
    alone; fewer rounds stop short of that.
    """
    from splink.internals.exceptions import EMTrainingException, SplinkException

    start = Model(kind=kind, prior=prior, trained=False, records=0, notes=(), terms={})
    settings = {**splink_settings(start, retain=False), "max_iterations": rounds}
    linker = open_linker(con, table, settings)
    notes: list[str] = []
    sure: dict[str, int] = {}
    for rule, count in _by_worth(con, table, kind.training):
        if count < _FEWEST_TRAINING_PAIRS:
            notes.append(f"{count} pairs meet `{rule}`: too few to train on")
            continue
        if all(_is_trained(linker, field, sure) for field in kind.fields):
            break
        try:
            session = linker.training.estimate_parameters_using_expectation_maximisation(
                rule,
                estimate_without_term_frequencies=True,
                max_pairs=_TRAINING_PAIRS if count > _TRAINING_PAIRS else None,
            )
        except (EMTrainingException, SplinkException, ValueError) as error:
            if isinstance(error, ValueError) and rounds >= _FEWEST_ROUNDS:
                return _maximise(con, table, kind, prior, _FEWEST_ROUNDS - 1)
            # A session that fails leaves the linker without some of its comparisons.
            rest = tuple(other for other in kind.training if other != rule)
            rest = () if isinstance(error, ValueError) else rest
            learnt, more = _maximise(con, table, replace(kind, training=rest), prior, rounds)
            note = f"training on `{rule}` failed: {str(error).splitlines()[0]}"
            return replace(learnt, training=kind.training), [note, *more]
        share = session.core_model_settings.probability_two_random_records_match
        if share >= _FEWEST_TRUE:
            sure[rule] = count
        else:
            notes.append(f"of the pairs that meet `{rule}` too few are true to train on")
    return _learnt(linker, kind, sure, notes), notes


def _by_worth(
    con: duckdb.DuckDBPyConnection, table: str, rules: Sequence[str]
) -> list[tuple[str, int]]:
    """Return the training conditions with their pairs, those with enough of them first."""
    counted = []
    for rule in rules:
        row = con.execute(
            f"SELECT count(*) FROM {table} l JOIN {table} r ON {rule} AND l.rid < r.rid"
        ).fetchone()
        counted.append((rule, int(row[0]) if row else 0))
    return sorted(counted, key=lambda each: each[1] < _ENOUGH_TRAINING_PAIRS)


def _levels_of(linker: Linker, field: Field) -> list[ComparisonLevel]:
    settings = linker._settings_obj  # noqa: SLF001 - Splink keeps what it learnt nowhere else
    comparison = settings._get_comparison_by_output_column_name(field.name)  # noqa: SLF001
    return list(comparison._comparison_levels_excluding_null)  # noqa: SLF001


def _is_trained(linker: Linker, field: Field, sure: Mapping[str, int]) -> bool:
    pairs = zip(field.levels, _levels_of(linker, field), strict=True)
    return all(level.fixed for level in field.levels) or any(
        _first_found(level, own, sure) is not None for level, own in pairs
    )


def _learnt(linker: Linker, kind: Kind, sure: Mapping[str, int], notes: list[str]) -> Kind:
    """Return the kind with the m that training found.

    Args:
        sure: training conditions whose pairs were true often enough, with how many pairs they
            had; a field takes the first.
        notes: is told which levels stay as stated.
    """
    fields = []
    for field in kind.fields:
        given = _levels_of(linker, field)
        found = [
            _first_found(level, own, sure) for level, own in zip(field.levels, given, strict=True)
        ]
        unmet = [
            level.label
            for level, m in zip(field.levels, found, strict=True)
            if m is None and not level.fixed
        ]
        if unmet:
            notes.append(f"{field.name}: as stated for {', '.join(unmet)}")
        levels = tuple(
            level
            if m is None
            else replace(level, m=min(max(m, _SMALLEST_SHARE), level.most), m_from="training")
            for level, m in zip(field.levels, found, strict=True)
        )
        fields.append(replace(field, levels=levels))
    return replace(kind, fields=tuple(fields))


def _first_found(level: Level, given: ComparisonLevel, sure: Mapping[str, int]) -> float | None:
    """Return the m that the surest training condition found, None if none could.

    A level that no pair of it reached is rare among true pairs, however it was stated. What was
    stated counts for some pairs: a hundred that never differ do not show that none does.
    """
    if level.fixed:
        return None
    for session in given._trained_m_probabilities:  # noqa: SLF001
        pairs = [n for rule, n in sure.items() if session["description"].endswith(rule)]
        if not pairs:
            continue
        found = session["probability"]
        unseen = max(_UNSEEN_SHARE, 1 / pairs[0])
        share = float(found) if isinstance(found, float) else min(level.m, unseen)
        return (share * pairs[0] + level.m * _STATED_TRUE) / (pairs[0] + _STATED_TRUE)
    return None
