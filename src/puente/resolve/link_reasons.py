"""Links as they are kept: two records, what the pair weighs, and what speaks for it and against."""

from __future__ import annotations

import json
from math import log2
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.resolve.scoring import CERTAIN, weighed_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    import pyarrow as pa

    from puente.resolve.scoring import Shares
    from puente.resolve.training import Model

_BEFORE = N_("before anything is compared")
_RIVALS = N_("other reasons to agree: relatives, namesakes, sister firms")
_IDENTIFIED = N_("an equal valid identifier")
_JUDGED = N_("judged the same by a person")

NEAR = -6.0
"""Log2 odds from which a pair that is no link is kept for review: one in 64 would be a true one."""


def links_schema() -> pa.Schema:
    """Return the columns of a links table."""
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("left_id", "right_id", "kind")]
    numbers = [(name, pa.float64()) for name in ("probability", "weight")]
    return pa.schema([*texts, *numbers, ("reason", pa.string()), ("why", pa.string())])


def explained(
    con: duckdb.DuckDBPyConnection, table: str, model: Model, shares: Shares, least: float
) -> tuple[pa.Table, pa.Table]:
    """Return the links within clusters and the near pairs, each with what speaks for and against.

    Args:
        least: weight from which a pair is a link.
    """
    import pyarrow.compute as pc

    con.execute(
        "CREATE OR REPLACE TEMP TABLE chosen AS SELECT s.*, h.home = k.home AS together"
        " FROM scored s JOIN homes h ON h.rid = s.l JOIN homes k ON k.rid = s.r"
        f" WHERE weight >= CASE WHEN h.home = k.home THEN {least} ELSE {NEAR} END"
    )
    prior = round(log2(shares.prior / (1 - shares.prior)), 4)
    entries = [_entry("'prior'", "''", "''", f"'{_BEFORE}'", str(prior))]
    for field in model.kind.fields:
        last = len(field.levels) - 1
        labels = " ".join(
            f"WHEN {last - place} THEN '{_quoted(level.label)}'"
            for place, level in enumerate(field.levels)
        )
        entry = _entry(
            f"'{field.name}'", f'"{field.show}_l"::VARCHAR', f'"{field.show}_r"::VARCHAR',
            f"CASE g_{field.name} {labels} END", f"round(w_{field.name}, 4)",
        )  # fmt: skip
        entries.append(f"CASE WHEN g_{field.name} >= 0 THEN {entry} END")
    rest = "round(weight - chance, 4)"
    rival = _entry("'rivals'", "''", "''", f"'{_RIVALS}'", rest)
    if model.kind.rivals:
        entries.append(f"CASE WHEN NOT identified THEN {rival} END")
    identified = _entry("'identifier'", "''", "''", f"'{_IDENTIFIED}'", rest)
    entries.append(f"CASE WHEN identified THEN {identified} END")
    found = con.execute(
        "SELECT entity_id_l AS left_id, entity_id_r AS right_id,"
        f" '{model.kind.name}' AS kind, round(1 / (1 + pow(2, -weight)), 6) AS probability,"
        " weight, CASE WHEN identified THEN 'identifier' ELSE 'model' END AS reason,"
        f" to_json(list_filter([{', '.join(entries)}], lambda e: e IS NOT NULL))::VARCHAR AS why,"
        f" together FROM ({weighed_sql(con, table, 'chosen', model)}) ORDER BY left_id, right_id"
    ).to_arrow_table()
    links = found.filter(found["together"]).drop_columns(["together"]).cast(links_schema())
    near = found.filter(pc.invert(found["together"])).select(near_schema().names)
    return links, near.cast(near_schema())


def with_judged(links: pa.Table, pairs: Sequence[tuple[str, str]], kind: str) -> pa.Table:
    """Return the links with those that people judged, in the place of what was reckoned of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = [pc.binary_join_element_wise(links[n], links[m], "\x1f")
           for n, m in (("left_id", "right_id"), ("right_id", "left_id"))]  # fmt: skip
    told = pa.array([f"{left}\x1f{right}" for left, right in pairs], pa.string())
    known = pc.or_(pc.is_in(ids[0], value_set=told), pc.is_in(ids[1], value_set=told))
    why = [{"field": "judgement", "left": "", "right": "", "level": _JUDGED, "weight": CERTAIN}]
    rows = [
        {"left_id": left, "right_id": right, "kind": kind, "probability": 1.0, "weight": CERTAIN,
         "reason": "judgement", "why": json.dumps(why)}
        for left, right in sorted({(min(pair), max(pair)) for pair in pairs})
    ]  # fmt: skip
    judged = pa.Table.from_pylist(rows, schema=links_schema())
    found = pa.concat_tables([links.filter(pc.invert(known)), judged])
    return found.sort_by([("left_id", "ascending"), ("right_id", "ascending")])


def near_schema() -> pa.Schema:
    """Return the columns of `near`: the two records, their kind, weight (log2 odds), and why."""
    import pyarrow as pa

    texts = [(name, pa.string()) for name in ("left_id", "right_id", "kind")]
    return pa.schema([*texts, ("weight", pa.float64()), ("why", pa.string())])


def _entry(field: str, left: str, right: str, level: str, weight: str) -> str:
    return (
        f"{{'field': {field}, 'left': {left}, 'right': {right}, 'level': {level},"
        f" 'weight': ({weight})::DOUBLE}}"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
