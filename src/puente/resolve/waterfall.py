"""Why any two records are, or are not, one thing: each field's part, the sum, what overrules it.

The build keeps reasons for the pairs that it linked or nearly did. For any other pair the same
comparison is made here, with the weights that the build learnt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData, NotFound
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.resolve.bridges import holding_path
from puente.resolve.link import KINDS, LINK_FROM
from puente.resolve.matching import connect
from puente.resolve.quality import links_of
from puente.resolve.records import SCHEMATA, read_records
from puente.resolve.scoring import Shares, against_all, identified_sql, weighed_sql
from puente.resolve.scoring import rival_weight as rival_sql
from puente.resolve.terms import add_terms, count_terms
from puente.resolve.training import Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from puente.guard.view import View
    from puente.resolve.bridges import Link
    from puente.resolve.spec import Field, Kind
    from puente.settings import Settings

BEFORE = N_("before anything is compared")
RIVALS = N_("other reasons to agree: relatives, namesakes, sister firms")
IDENTIFIED = N_("an equal valid identifier")
NOTHING = N_("one of them says nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one field adds.

    Attributes:
        field: its name; `prior`, `rivals` and `identifier` stand for no field.
        title: what a reader is told, English msgid.
        left, right: what the two records say.
        level: how far they agree, English msgid.
        m, u: share of true pairs and of unrelated pairs at this level; None for no field.
        term: part of the weight that comes of how common the value is, log2.
        weight: all that the step adds, log2.
        total: sum so far.
    """

    field: str
    title: str
    left: str = ""
    right: str = ""
    level: str = ""
    m: float | None = None
    u: float | None = None
    term: float = 0.0
    weight: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """Why two records are, or are not, one thing.

    Attributes:
        kind: of both.
        steps: prior first; their weights add up to `weight`.
        weight: log2 odds that they are one.
        threshold: log2 odds from which two records are linked.
        one_cluster: True if the build has them in one cluster.
        path: the links that hold them together there, the weakest as strong as can be; () where
            they are linked directly, or not in one cluster.
        linked: True if the build linked them directly.
    """

    kind: str
    left: str
    right: str
    steps: tuple[Step, ...]
    weight: float
    threshold: float = LINK_FROM
    one_cluster: bool = False
    path: tuple[Link, ...] = ()
    linked: bool = False

    @property
    def probability(self) -> float:
        """Return the probability that they are one, by the comparison alone."""
        return float(1 / (1 + 2.0**-self.weight))

    def as_why(self) -> list[dict[str, object]]:
        """Return the steps as `links.why` tells them, for the picture."""
        return [
            {"field": _(one.title), "left": one.left, "right": one.right,
             "level": _(one.level) if one.level else "", "weight": one.weight}
            for one in self.steps if one.weight or one.field == "prior"
        ]  # fmt: skip

    def as_json(self) -> dict[str, object]:
        """Return all of it, JSON-ready."""
        return {
            "left": self.left, "right": self.right, "kind": self.kind,
            "steps": [
                {"field": one.field, "left": one.left, "right": one.right, "level": one.level,
                 "m": one.m, "u": one.u, "term_frequency": one.term, "weight": one.weight,
                 "running_sum": one.total}
                for one in self.steps
            ],
            "weight": self.weight, "probability": round(self.probability, 6),
            "threshold": self.threshold, "linked": self.linked, "one_cluster": self.one_cluster,
            "path": [{"left": left, "right": right, "weight": weight}
                     for left, right, weight in self.path],
        }  # fmt: skip


def explain(
    view: View, learnt: Mapping[str, Any], left: str, right: str, settings: Settings
) -> Waterfall:
    """Return why two records are, or are not, one thing.

    Args:
        learnt: `link` of the build's summary.
        left, right: record keys.

    Raises:
        NotFound: this person sees no such record.
        InvalidData: the two are of different kinds, of none that is linked, or one and the same.

    Limits: how common a value is, is counted in what this person may see.

    Cost: linear in the records of the kind: they are counted anew for the commonness of values.
    """
    if left == right:
        raise InvalidData(_("two records are compared, not one with itself"))
    name = _kind_of(view, left, right)
    if name not in learnt:
        return _placed(view, _kept(view, name, left, right))
    kind, prior, shares, trained = _learnt(KINDS[name][0], learnt[name])
    con = connect(settings)
    try:
        con.register("raw_rows", read_records(view, name))
        KINDS[name][1](con, "raw_rows", "records")
        terms = count_terms(con, "records", kind) if trained else {}
        model = Model(kind=kind, prior=prior, trained=trained, records=0, notes=(), terms=terms)
        steps, weight = _steps(con, model, shares, (left, right))
    finally:
        con.close()
    return _placed(view, Waterfall(kind=name, left=left, right=right, steps=steps, weight=weight))


def _kept(view: View, kind: str, left: str, right: str) -> Waterfall:
    """Return what the build kept of a pair; for a build that tells no weights.

    Raises: NotFound: it kept nothing of it.
    """
    for table in ("links", "near_pairs"):
        if not view.may(table):
            continue
        rows = view.sql(
            f"SELECT weight, why FROM {table} WHERE left_id IN ($1, $2) AND right_id IN ($1, $2)",
            (left, right),
        ).to_pylist()
        if rows:
            steps, total = [], 0.0
            for one in json.loads(rows[0]["why"]):
                total = round(total + one["weight"], 4)
                steps.append(
                    Step(
                        field=one["field"], title=one["field"], left=one["left"] or "",
                        right=one["right"] or "", level=one["level"] or "", weight=one["weight"],
                        total=total,
                    )
                )  # fmt: skip
            return Waterfall(kind=kind, left=left, right=right, steps=tuple(steps),
                             weight=rows[0]["weight"])  # fmt: skip
    raise NotFound(_("the build has learnt nothing of this kind of record"), entity=left)


def _kind_of(view: View, left: str, right: str) -> str:
    rows = view.sql(
        "SELECT entity_id, schema FROM statements WHERE entity_id IN (?, ?)"
        " GROUP BY ALL ORDER BY ALL", (left, right),
    ).to_pylist()  # fmt: skip
    found: dict[str, set[str]] = {}
    for row in rows:
        kinds = {kind for kind, schemata in SCHEMATA.items() if row["schema"] in schemata}
        found.setdefault(row["entity_id"], set()).update(kinds)
    for key in (left, right):
        if key not in found:
            raise NotFound(_("no record {id}").format(id=key), entity=key)
    shared = sorted(found[left] & found[right])
    if not shared:
        raise InvalidData(_("the two are not of one kind that is linked"))
    return shared[0]


def _learnt(kind: Kind, told: Mapping[str, Any]) -> tuple[Kind, float, Shares, bool]:
    """Return the kind with the weights that a build learnt, its prior, and whether it learnt."""
    fields: list[Field] = []
    for one in kind.fields:
        rows = told["fields"].get(one.name)
        if rows is None:
            continue
        if len(rows) != len(one.levels):
            raise InvalidData(_("the build was made by another version: build again"))
        levels = tuple(
            # The weight is kept to more places than u.
            replace(level, m=row["m"], u=row["m"] / 2.0 ** row["weight"])
            for level, row in zip(one.levels, rows, strict=True)
        )
        fields.append(replace(one, levels=levels))
    odds = tuple(float(told["rivals"].get(rival.name, rival.odds)) for rival in kind.rivals)
    prior = float(told["prior"])
    found = replace(kind, fields=tuple(fields))
    return found, prior, Shares(prior=prior, odds=odds), bool(told["trained"])


def _steps(
    con: duckdb.DuckDBPyConnection, model: Model, shares: Shares, ends: tuple[str, str]
) -> tuple[tuple[Step, ...], float]:
    """Return the steps of one pair, and its weight, reckoned as linking reckons it."""
    con.execute("CREATE TABLE counted AS SELECT * FROM records WHERE entity_id IN (?, ?)", ends)
    add_terms(con, "counted", model.terms)
    con.execute(
        "CREATE TEMP TABLE asked AS SELECT a.rid AS l, b.rid AS r FROM counted a, counted b"
        " WHERE a.entity_id = ? AND b.entity_id = ?", ends,
    )  # fmt: skip
    rivals = "".join(
        f", ({' + '.join(rival_sql(field, place) for field in model.kind.fields)}) AS d_{place}"
        for place in range(len(model.kind.rivals))
    )
    start = log2(model.prior / (1 - model.prior))
    whole = " + ".join([repr(start), *(f'"w_{field.name}"' for field in model.kind.fields)])
    con.execute(
        f"CREATE TEMP TABLE told AS SELECT *{rivals}, {identified_sql(model.kind)} AS identified,"
        f" {whole} AS w FROM ({weighed_sql(con, 'counted', 'asked', model)})"
    )
    row = con.execute(f"SELECT *, {against_all(model, shares)} AS weight FROM told")
    names = [each[0] for each in row.description or ()]
    held = dict(zip(names, row.fetchone() or (), strict=True))
    return _summed(model.kind, start, held), round(float(held["weight"]), 4)


def _summed(kind: Kind, start: float, held: Mapping[str, Any]) -> tuple[Step, ...]:
    total = round(start, 4)
    steps = [Step(field="prior", title=N_("Start"), level=BEFORE, weight=total, total=total)]
    for field in kind.fields:
        number = int(held[f"g_{field.name}"])
        values = [str(held[f"{field.show}_{side}"] or "") for side in "lr"]
        if number < 0:
            steps.append(Step(field=field.name, title=field.title, left=values[0],
                              right=values[1], level=NOTHING, total=total))  # fmt: skip
            continue
        level = field.levels[len(field.levels) - 1 - number]
        weight = round(float(held[f"w_{field.name}"]), 4)
        total = round(total + weight, 4)
        steps.append(
            Step(
                field=field.name, title=field.title, left=values[0], right=values[1],
                level=level.label, m=level.m, u=level.u,
                term=round(weight - log2(level.m / level.u), 4), weight=weight, total=total,
            )
        )  # fmt: skip
    rest = round(float(held["weight"]) - total, 4)
    if held["identified"] or kind.rivals:
        whole = round(total + rest, 4)
        last = (
            Step(field="identifier", title=N_("Identifier"), level=IDENTIFIED, weight=rest,
                 total=whole)
            if held["identified"]
            else Step(field="rivals", title=N_("Other reasons"), level=RIVALS, weight=rest,
                      total=whole)
        )  # fmt: skip
        steps.append(last)
    return tuple(steps)


def _placed(view: View, found: Waterfall) -> Waterfall:
    """Return it with what the build made of the pair: one cluster or two, and held by what."""
    if not all(view.may(name) for name in ("clusters", "links")):
        return found
    rows = view.sql(
        "SELECT entity_id, cluster_id FROM clusters WHERE entity_id IN (?, ?)",
        (found.left, found.right),
    ).to_pylist()
    homes = {row["cluster_id"] for row in rows}
    if len(rows) != 2 or len(homes) != 1:
        return found
    links = links_of(view, sorted(homes)).get(next(iter(homes)), [])
    ends = {found.left, found.right}
    linked = any({left, right} == ends for left, right, _weight in links)
    path = () if linked else holding_path(links, found.left, found.right)
    return replace(found, one_cluster=True, linked=linked, path=path)
