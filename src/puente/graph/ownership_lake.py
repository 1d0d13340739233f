"""The 50 percent rule over a build: the holdings and ties of its records, the listed of its lists.

Which of a record's words make it what kind of interest:

- `Ownership`: shares, unless its role, type or status speaks of a nominee, a trust, an indirect
  holding or of "owned or controlled": then it leaves the case open;
- `UnknownLink`: by its role, as registers of beneficial owners name it (votes and appointments are
  control, a settlor's or beneficiary's place a trust); OFAC's "Linked To" states neither a share
  nor a way of control, so it is told beside the sum and changes no status;
- `Directorship`: control; `Family`: a tie, where the relationship is a marriage; `Associate` and
  `Representation`: a tie, where they say that one holds for the other; else nothing.

Source: OFAC guidance of 13 August 2014; seeds are entries of property-blocking lists only (31 CFR
    part 501); Open Ownership, BODS 0.4 codelist interestType.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.ownership_derivation import Deriver
from puente.graph.ownership_history import last_blocked
from puente.graph.ownership_holdings import FINE_PERCENT, reversed_dates
from puente.graph.ownership_kinds import (
    CONTROL,
    NOMINEE,
    OWNS,
    PRINCIPAL,
    SAME,
    SPOUSE,
    is_linked_to,
    kind_in,
    kind_of_link,
)
from puente.graph.ownership_ruling import rule_on
from puente.graph.ownership_shares import standing
from puente.graph.ownership_tables import ownership_table
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from puente.graph.ownership_derivation import Derivation
    from puente.graph.ownership_ruling import Ruling
    from puente.guard.view import View

_HOLDINGS = """
WITH told AS (
  SELECT DISTINCT e.owner, e.asset, s.entity_id AS record, s.source, s.prop, s.value
  FROM (SELECT source_id AS owner, target_id AS asset, unnest(statement_ids) AS id
        FROM edges WHERE kind = 'Ownership') e
  JOIN statements s ON s.id = e.id AND s.schema = 'Ownership'),
records AS (
  -- Decimals from the text: 49.9999999 read as a binary fraction could come out as 50.
  SELECT owner, asset, record, list(DISTINCT source ORDER BY source) AS sources,
    min(TRY_CAST(value AS DECIMAL(33, 30))) FILTER (prop = 'percentage') AS percent,
    max(TRY_CAST(value AS DECIMAL(33, 30))) FILTER (prop LIKE 'percentage%') AS greatest,
    coalesce(min(value) FILTER (prop = 'startDate'), min(value) FILTER (prop = 'date'), '')
      AS date_from,
    coalesce(max(value) FILTER (prop = 'endDate'), '') AS date_to,
    coalesce(string_agg(DISTINCT value, ' ' ORDER BY value)
      FILTER (prop IN ('role', 'ownershipType', 'status')), '') AS how
  FROM told GROUP BY owner, asset, record)
SELECT r.owner, r.asset, r.percent,
  CASE WHEN percent IS NULL OR greatest > percent THEN greatest END AS percent_max, date_from,
  date_to, how, record, sources, w.several
FROM records r JOIN (
  SELECT owner, asset, count(DISTINCT sources) > 1 AS several FROM records GROUP BY ALL) w
  USING (owner, asset)
ORDER BY r.owner, r.asset, record"""
_AGREED = """
WITH standing AS (
  SELECT owner, asset, sources, CASE WHEN sure THEN percent ELSE 0 END AS least,
    coalesce(percent_max, percent) AS most
  FROM told WHERE maybe),
summed AS (
  SELECT owner, asset, sources, sum(coalesce(least, 0)) AS least, bool_or(most IS NULL) AS unknown,
    least(100, sum(most)) AS most
  FROM standing GROUP BY ALL)
SELECT owner, asset, least(100, min(least) FILTER (NOT unknown)) AS percent,
  max(most) FILTER (NOT unknown) AS percent_max
FROM summed GROUP BY owner, asset ORDER BY owner, asset"""

_TIES = """
WITH ends AS (SELECT * FROM (VALUES
    ('Directorship', 'director', 'organization', 'role'),
    ('UnknownLink', 'subject', 'object', 'role'),
    ('Family', 'person', 'relative', 'relationship'),
    ('Associate', 'person', 'associate', 'relationship'),
    ('Representation', 'client', 'agent', 'role')) AS t(schema, one, other, word)),
records AS (
  -- By record and source: joining its statements with each other grows with their square.
  SELECT s.entity_id, s.schema, s.source,
    list(DISTINCT s.value) FILTER (s.prop = e.one) AS ones,
    list(DISTINCT s.value) FILTER (s.prop = e.other) AS others
  FROM statements s JOIN ends e USING (schema) WHERE s.current GROUP BY ALL),
said AS (
  SELECT s.entity_id,
    coalesce(min(s.value) FILTER (s.prop = 'startDate'), '') AS date_from,
    coalesce(max(s.value) FILTER (s.prop = 'endDate'), '') AS date_to,
    coalesce(min(s.value) FILTER (s.prop = e.word), '') AS how
  FROM statements s JOIN ends e USING (schema) WHERE s.current GROUP BY s.entity_id),
pairs AS (
  SELECT entity_id, schema, one, unnest(others) AS other
  FROM (SELECT entity_id, schema, others, unnest(ones) AS one FROM records))
SELECT DISTINCT o.cluster_id AS owner, a.cluster_id AS asset, p.schema, t.how, t.date_from,
  t.date_to, o.kind AS owner_kind, a.kind AS asset_kind
FROM pairs p JOIN said t USING (entity_id)
JOIN clusters o ON o.entity_id = p.one
JOIN clusters a ON a.entity_id = p.other
ORDER BY ALL"""
"""Ties within one cluster are left out in `_ties`: asked for here, "not the same" is planned as a
join of every cluster with every other (measured: minutes on 13,000)."""

_FITTING = """
SELECT entity_id AS record, cluster_id AS fits FROM undecided ORDER BY record, fits"""

_LISTED = "SELECT cluster_id FROM nodes WHERE blocked_list"


def blocked_in(view: View, *, as_of: date, seeds: Collection[str] | None = None) -> pa.Table:
    """Return the `ownership` artefact: the rule over the holdings and listed entities of a View.

    Holdings that one source tells apart (two parcels) add up; where sources differ on one holding
    it counts from the least to the most that any of them says. A record that fits a blocked person
    and another alike (`undecided`) is possibly blocked, and surely where all that it fits are
    listed. What leaves a case open is said in the first lines of `because`. Entities that nobody
    blocked holds or controls any of are left out.

    Args:
        seeds: cluster ids of who was on a property-blocking list on `as_of`; None: who is on one.

    Source: see the module.
    """
    ruling, listed, doubt = _ruled(view, as_of, seeds)
    until = last_blocked(ruling)
    answer = _shown(ruling, listed, doubt, until)
    notes = _doubt_notes(ruling, doubt)
    past = _(
        "blocked until {day} by holdings since ended: what was blocked then stays so (FAQ 402)"
    )
    because = []
    for entity, lines in zip(
        answer["entity"].to_pylist(), answer["because"].to_pylist(), strict=True
    ):
        if entity in until:
            lines.append(past.format(day=until[entity].isoformat()))
        because.append(json.dumps([*notes.get(entity, ()), *lines], ensure_ascii=False))
    return pa.table(
        {
            "entity": answer["entity"],
            "status": answer["status"],
            "low": pc.cast(answer["low"], pa.float64()),
            "high": pc.cast(answer["high"], pa.float64()),
            "because": pa.array(because, pa.string()),
        }
    )


def derivation_in(
    view: View, entity: str, *, as_of: date, seeds: Collection[str] | None = None
) -> Derivation | None:
    """Return why the rule says what it says of one cluster; None where no holding names it.

    Args:
        seeds: see `blocked_in`.

    Source: see the module.
    Cost: reads all holdings of the View.
    """
    deriver = Deriver(_ruled(view, as_of, seeds)[0])
    node = deriver.node_of(entity)
    return None if node is None else deriver.derive(node)


def _ruled(
    view: View, as_of: date, seeds: Collection[str] | None
) -> tuple[Ruling, set[str], _Doubt]:
    if seeds is None:
        seeds = view.sql(_LISTED)["cluster_id"].to_pylist()
    listed = set(seeds)
    told = view.sql(_HOLDINGS)
    doubt = _doubt(view.sql(_FITTING).to_pylist(), listed)
    table = pa.concat_tables([_holdings(told, as_of), _ties(view.sql(_TIES)), doubt.holdings])
    return rule_on(table, listed | doubt.surely, as_of=as_of), listed, doubt


def _shown(ruling: Ruling, listed: set[str], doubt: _Doubt, until: Mapping[str, date]) -> pa.Table:
    """Return the answers on entities that blocking touches; a doubtful person is none."""
    answer, ids = ownership_table(ruling), ruling.shares.ids
    firms = set(ruling.table["asset"].filter(_of_kinds(ruling.table, SAME, SPOUSE, PRINCIPAL,
                                                       keep=False)).to_pylist())  # fmt: skip
    not_firms = (doubt.possibly - firms - listed) | (doubt.surely - listed)
    beside = {ids[int(node)].as_py() for node in ruling.control.asset} | set(until)
    touched = pc.or_(
        pc.or_(pc.not_equal(answer["status"], "not"), pc.greater(answer["high"], 0)),
        pc.is_in(answer["entity"], pa.array(sorted(beside), pa.string())),
    )
    hidden = pc.is_in(answer["entity"], pa.array(sorted(not_firms), pa.string()))
    return answer.filter(pc.and_(touched, pc.invert(hidden)))


def _doubt_notes(ruling: Ruling, doubt: _Doubt) -> dict[str, list[str]]:
    """Return what to say of what doubtful records hold that are possibly blocked."""
    found, ids = ruling.found, ruling.shares.ids
    maybe = ids.filter(pa.array(found.passing & ~found.sure))
    open_ones = maybe.filter(pc.is_in(maybe, pa.array(sorted(doubt.possibly), pa.string())))
    holds = pc.and_(
        pc.is_in(ruling.table["owner"], open_ones),
        _of_kinds(ruling.table, SAME, SPOUSE, PRINCIPAL, CONTROL, keep=False),
    )
    either = _("a record fits a blocked person and another alike: which of them was not decided")
    return {asset: [either] for asset in ruling.table["asset"].filter(holds).to_pylist()}


def _of_kinds(table: pa.Table, *kinds: str, keep: bool) -> pa.ChunkedArray:
    among = pc.is_in(table["kind"], pa.array(kinds))
    return among if keep else pc.invert(among)


_COLUMNS = {
    "owner": pa.string(), "asset": pa.string(), "percent": FINE_PERCENT,
    "percent_max": FINE_PERCENT, "date_from": pa.string(), "date_to": pa.string(),
    "kind": pa.string(), "how": pa.string(),
}  # fmt: skip


def _table(columns: Mapping[str, Sequence[object] | pa.ChunkedArray], rows: int) -> pa.Table:
    """Return a table of holdings; what is not given is blank or not known."""
    made = {}
    for name, kind in _COLUMNS.items():
        given = columns.get(name)
        if given is None:
            blank = pa.scalar("" if kind == pa.string() else None, kind)
            made[name] = pa.repeat(blank, rows)
        else:
            made[name] = given.cast(kind) if hasattr(given, "cast") else pa.array(given, kind)
    return pa.table(made)


def _holdings(told: pa.Table, as_of: date) -> pa.Table:
    """Return the holdings that records tell of; where sources differ, from least to most."""
    kinds = {how: kind_in(how) for how in pc.unique(told["how"]).to_pylist()}
    told = _possible(told)
    told = told.append_column("kind", pa.array([kinds[h] for h in told["how"].to_pylist()]))
    shares = pc.equal(told["kind"], OWNS)
    differ = pc.and_(told["several"], shares)
    alone = told.filter(pc.invert(differ))
    names = [name for name in _COLUMNS if name in alone.column_names]
    plain = _table({name: alone[name] for name in names}, alone.num_rows)
    agreed = _agreed(told.filter(differ), as_of)
    return pa.concat_tables([plain, agreed])


def _agreed(told: pa.Table, as_of: date) -> pa.Table:
    import duckdb

    for name, those in zip(("sure", "maybe"), standing(told, as_of), strict=True):
        told = told.append_column(name, pa.array(those))
    with duckdb.connect() as engine:
        engine.register("told", told)
        rows = engine.execute(_AGREED).to_arrow_table()
    return _table({name: rows[name] for name in rows.column_names}, rows.num_rows)


def _possible(table: pa.Table) -> pa.Table:
    """Return the holdings with shares outside 0 to 100 and dates in reverse as not known."""
    low, high = table["percent"], table["percent_max"]
    zero, whole = (pa.scalar(Decimal(n), FINE_PERCENT) for n in (0, 100))
    wrong = pc.fill_null(
        pc.or_kleene(
            pc.or_kleene(pc.less(low, zero), pc.greater(low, whole)), pc.greater(high, whole)
        ),
        fill_value=False,
    )
    nothing = pa.scalar(None, FINE_PERCENT)
    for name in ("percent", "percent_max"):
        at = table.column_names.index(name)
        table = table.set_column(at, name, pc.if_else(wrong, nothing, table[name]))
    begin, end = table["date_from"], table["date_to"]
    back = reversed_dates(begin, end)
    for name in ("date_from", "date_to"):
        at = table.column_names.index(name)
        table = table.set_column(at, name, pc.if_else(back, "", table[name]))
    return table


def _ties(told: pa.Table) -> pa.Table:
    """Return ties and control, as rows of a table of holdings."""
    rows = []
    for row in told.to_pylist():
        if is_linked_to(row["how"]):
            # "Linked To: X" stands on the entry that X is behind, so X is the one to name.
            row |= {"owner": row["asset"], "asset": row["owner"], "asset_kind": row["owner_kind"]}
        kind = _tie_kind(row["schema"], row["how"], row["asset_kind"])
        if kind is not None and row["owner"] != row["asset"]:
            rows.append({**row, "kind": kind, "how": row["how"] or row["schema"]})
    names = ("owner", "asset", "date_from", "date_to", "kind", "how")
    return _possible(_table({name: [row[name] for row in rows] for name in names}, len(rows)))


def _tie_kind(schema: str, how: str, asset_kind: str) -> str | None:
    """Return what kind of tie a record is; None where it says nothing for the rule."""
    if schema == "Directorship":
        return CONTROL
    if schema == "UnknownLink":
        return None if asset_kind == "Person" else kind_of_link(how)
    if schema == "Family":
        return SPOUSE if kind_in(how) == SPOUSE else None
    return PRINCIPAL if kind_in(how) == NOMINEE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """What records that fit two entities alike mean for the rule.

    Attributes:
        holdings: for each such record and what it may be, one "may be the same": so its own
            holdings count once, and possibly, whoever of them is blocked and by whatever chain.
        possibly: records and entities at the far end of one of these.
        surely: records of which all that they fit are listed.
    """

    holdings: pa.Table
    possibly: frozenset[str]
    surely: frozenset[str]


def _doubt(pairs: list[dict[str, str]], listed: Collection[str]) -> _Doubt:
    fits: dict[str, set[str]] = {}
    for pair in pairs:
        fits.setdefault(pair["record"], set()).add(pair["fits"])
    surely = frozenset(r for r, those in fits.items() if those <= set(listed))
    # A listed entry that fits two people alike makes either of them possibly the listed one. The
    # other way round it says nothing: that a record may be either makes neither of them the other.
    ends = sorted(
        (one, record) if record not in listed else (record, one)
        for record, those in fits.items() if record not in surely for one in those
    )  # fmt: skip
    columns = {
        "owner": [owner for owner, _asset in ends],
        "asset": [asset for _owner, asset in ends],
        "kind": [SAME] * len(ends),
    }
    return _Doubt(
        holdings=_table(columns, len(ends)),
        possibly=frozenset(asset for _owner, asset in ends),
        surely=surely,
    )
