"""The rule against the same rule done on paper, with every kind of doubt that records have."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.graph.ownership import blocked, holdings_table
from puente.graph.ownership_fixpoint import self_supporting
from puente.graph.ownership_history import last_blocked
from puente.graph.ownership_holdings import Holding
from puente.graph.ownership_kinds import APART, TIES
from puente.graph.ownership_ruling import rule_on

DAY = date(2024, 5, 3)
ZERO, HALF, WHOLE = Decimal(0), Decimal(50), Decimal(100)
Answers = dict[str, tuple[str, Decimal, Decimal]]


def days(text: str, *, first: bool) -> date:
    """Return the first or the last day that a partial date can be."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    if first:
        return date(parts[0], parts[1] if len(parts) > 1 else 1, 1)
    year, month = (parts[0], parts[1] + 1) if len(parts) > 1 else (parts[0] + 1, 1)
    year, month = (year + 1, 1) if month > 12 else (year, month)
    return date.fromordinal(date(year, month, 1).toordinal() - 1)


def stands(h: Holding) -> str:
    """Return `yes`, `maybe` or `no`."""
    begins = (date.min, date.min)
    ends = (date.max, date.max)
    if h.date_from:
        begins = days(h.date_from, first=True), days(h.date_from, first=False)
    if h.date_to:
        ends = days(h.date_to, first=True), days(h.date_to, first=False)
    if begins[0] > DAY or ends[1] < DAY:
        return "no"
    return "yes" if begins[1] <= DAY <= ends[0] else "maybe"


def naive(holdings: list[Holding], seeds: set[str]) -> Answers:
    """Return the answers by sets and Decimals, until nothing moves."""
    names = {h.owner for h in holdings} | {h.asset for h in holdings} | seeds
    wed = [replace(h, owner=h.asset, asset=h.owner) for h in holdings if h.kind == "spouse"]
    standing = [h for h in [*holdings, *wed] if h.kind != "control" and stands(h) != "no"]
    seen: Counter[Holding] = Counter()
    pots: dict[tuple[str, str], list[tuple[str, Decimal, Decimal, bool]]] = {}
    ties: list[tuple[str, str]] = []
    classes: dict[str, set[str]] = {}
    for h in standing:
        if h.kind not in TIES:
            classes.setdefault(h.asset, set()).add(h.share_class)
    for h in standing:
        if h.kind in TIES:
            ties.append((h.owner, h.asset))
            continue
        apart = h.kind in APART
        most = h.percent_max if h.percent_max is not None else h.percent
        low = ZERO if apart or stands(h) == "maybe" or seen[h] else h.percent or ZERO
        seen[h] += 1
        pot = (h.asset, h.share_class if len(classes[h.asset]) > 1 else "")
        pots.setdefault(pot, []).append((h.owner, low, WHOLE if most is None else most, apart))
    for pot, rows in pots.items():
        if sum(low for _o, low, _h, _a in rows) > Decimal("100.5"):
            pots[pot] = [(o, ZERO, high, apart) for o, _l, high, apart in rows]

    def held(pot: tuple[str, str], inside: set[str]) -> tuple[Decimal, Decimal]:
        rows = pots[pot]
        total = sum((low for _o, low, _h, _a in rows), ZERO)
        mine = sum((low for o, low, _h, _a in rows if o in inside), ZERO)
        most = ZERO
        for owner, low, high, apart in rows:
            if owner in inside and not apart:
                most += max(low, min(high, WHOLE - (total - low)))
        most = max(mine, min(most, WHOLE - (total - mine)))
        beside = sum((high for o, _l, high, apart in rows if o in inside and apart), ZERO)
        return mine, max(most, min(most + beside, WHOLE))

    of = {name: [pot for pot in pots if pot[0] == name] for name in names}
    sure, maybe, tied = set(seeds), set(seeds), set(seeds)
    while True:
        more = {n for n in names if of[n] and min(held(p, sure)[0] for p in of[n]) >= HALF} - sure
        open_ones = {
            n for n in names if of[n] and max(held(p, tied)[1] for p in of[n]) >= HALF
        } - maybe
        through = {asset for owner, asset in ties if owner in tied} - tied
        if not more and not open_ones and not through:
            break
        sure |= more
        maybe |= open_ones
        tied |= maybe | through
    return {
        n: (
            "blocked" if n in sure else "possibly" if n in maybe else "not",
            min((held(p, sure)[0] for p in of[n]), default=ZERO),
            max((held(p, tied)[1] for p in of[n]), default=ZERO),
        )
        for n in names
    }


DATES = ("", "", "", "2020", "2024", "2024-05", "2024-05-03", "2024-05-04", "2019-12-31")
KINDS = ("",) * 12 + ("indirect", "nominee", "trust", "spouse", "principal", "control", "same")


def doubtful(rng: np.random.Generator, nodes: int) -> list[Holding]:
    """Return holdings in circles, with open shares, dates, kinds, classes, repeats and excess."""
    holdings: list[Holding] = []
    for asset in range(nodes):
        left = 11_500 if rng.random() < 0.1 else 10_000
        classed = rng.random() < 0.15
        for owner in rng.choice(nodes, size=rng.integers(0, 5), replace=False):
            part = min(int(rng.choice([5_000, 2_500, 4_999, rng.integers(0, 10_000)])), left)
            left -= part
            share: Decimal | None = Decimal(part) / 100
            begin, end = rng.choice(DATES), rng.choice(DATES)
            if begin and end and end + "~" < begin:
                end = ""
            limit = None
            if rng.random() < 0.1:
                share = None
            elif rng.random() < 0.1:
                limit = min(WHOLE, (share or ZERO) + 20)
            kind = str(rng.choice(KINDS))
            if kind == "same":
                kind = "" if classed else kind
                share, limit = (share, limit) if classed else (None, None)
            one = Holding(
                owner=f"n{owner}", asset=f"n{asset}", percent=share, percent_max=limit,
                date_from=str(begin), date_to=str(end), kind=kind,
                share_class=str(rng.choice(["votes", "value"])) if classed else "",
            )  # fmt: skip
            holdings += [one] * (2 if rng.random() < 0.05 else 1)
    return holdings


def answers(holdings: list[Holding], seeds: set[str]) -> Answers:
    table = holdings_table(holdings)
    return {r.entity: (r.status, r.low, r.high) for r in blocked(table, seeds, as_of=DAY)}


def agree(seed: int, networks: int) -> Counter[str]:
    """Compare on random networks; return how often each thing that could go wrong was there."""
    rng = np.random.default_rng(seed)
    met: Counter[str] = Counter()
    for _network in range(networks):
        holdings = doubtful(rng, nodes=10)
        seeds = {f"n{i}" for i in rng.choice(10, size=2, replace=False)}
        got, want = answers(holdings, seeds), naive(holdings, seeds)
        assert {n: got[n] for n in want} == want, (holdings, seeds)
        pairs = {(h.owner, h.asset) for h in holdings}
        met["circle"] += any((b, a) in pairs for a, b in pairs)
        met["possibly"] += any(status == "possibly" for status, _l, _h in want.values())
        met["half"] += any(low == HALF for _s, low, _h in want.values())
        met["repeat"] += max(Counter(holdings).values(), default=0) > 1
    return met


def test_random_networks_with_every_kind_of_doubt_agree_with_the_rule_on_paper() -> None:
    met = agree(398, networks=400)
    assert min(met.values()) > 40, met


@pytest.mark.deep
def test_ten_thousand_more_agree() -> None:
    agree(402, networks=10_000)


def test_many_decimals_are_added_as_exactly_as_few() -> None:
    """Units beyond 64 bits take another way through the code, and must come to the same."""
    rng = np.random.default_rng(5)
    fine = Decimal("0.00000000000000000000000001")
    for _network in range(40):
        holdings = [
            h if h.percent is None else replace(h, percent=h.percent + fine, percent_max=None)
            for h in doubtful(rng, nodes=8)
        ]
        holdings = [h for h in holdings if h.percent is None or h.percent <= WHOLE]
        got, want = answers(holdings, {"n0"}), naive(holdings, {"n0"})
        assert {n: got[n] for n in want} == want


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), extra=st.integers(0, 9))
def test_one_more_listed_person_never_unblocks_anyone(seed: int, extra: int) -> None:
    holdings = doubtful(np.random.default_rng(seed), nodes=10)
    order = {"not": 0, "possibly": 1, "blocked": 2}
    before, after = answers(holdings, {"n0"}), answers(holdings, {"n0", f"n{extra}"})
    assert all(order[after[n][0]] >= order[status] for n, (status, _l, _h) in before.items())


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), worst=st.booleans())
def test_settling_what_is_open_never_leaves_the_interval(seed: int, worst: bool) -> None:
    """If the truth could fall outside what was said, "not blocked" would not be safe to act on."""
    rng = np.random.default_rng(seed)
    plain = [h for h in doubtful(rng, nodes=8) if not h.kind and not h.share_class]
    holdings = [replace(h, date_from="", date_to="") for h in dict.fromkeys(plain)]
    said = answers(holdings, {"n0", "n1"})
    left: dict[str, Decimal] = {}
    for h in holdings:
        left[h.asset] = left.get(h.asset, WHOLE) - (h.percent or ZERO)
    if min(left.values(), default=ZERO) < 0:
        return
    settled = []
    for h in holdings:
        top = WHOLE if h.percent is None else h.percent_max or h.percent
        room = min(left[h.asset], top - (h.percent or ZERO))
        more = room if worst else Decimal(int(rng.integers(0, int(room) + 1)))
        more = min(more, room)
        left[h.asset] -= more
        settled.append(replace(h, percent=(h.percent or ZERO) + more, percent_max=None))
    for name, (status, low, high) in answers(settled, {"n0", "n1"}).items():
        before = said[name]
        assert before[1] <= low <= high <= before[2]
        assert before[0] in {status, "possibly"}


def greatest(holdings: list[Holding], seeds: set[str]) -> set[str]:
    """Return who is blocked if all are taken as blocked to begin with, on paper."""
    inside = {h.owner for h in holdings} | {h.asset for h in holdings} | seeds
    while True:
        out = {
            n for n in inside - seeds
            if sum((h.percent or ZERO for h in holdings if h.asset == n and h.owner in inside),
                   ZERO) < HALF
        }  # fmt: skip
        if not out:
            return inside
        inside -= out


def test_circles_that_would_block_themselves_are_told_apart_from_those_that_are_blocked() -> None:
    rng = np.random.default_rng(7)
    circular = 0
    for _network in range(300):
        plain = [h for h in doubtful(rng, nodes=10) if not h.kind and not h.share_class]
        holdings = [replace(h, date_from="", date_to="") for h in dict.fromkeys(plain) if h.percent]
        seeds = {"n0"}
        ruling = rule_on(holdings_table(holdings), seeds, as_of=DAY)
        if len(ruling.shares.contradicted) or len(ruling.shares.repeated):
            continue
        found = self_supporting(ruling.shares, ruling.listed, ruling.found.sure)
        sure = {
            n for n, (status, _l, _h) in answers(holdings, seeds).items() if status == "blocked"
        }
        reached, size = set(seeds), 0
        while len(reached) > size:
            size = len(reached)
            reached |= {h.asset for h in holdings if h.owner in reached}
        want = (greatest(holdings, seeds) - sure) & reached
        assert set(ruling.shares.ids.filter(_mask(found)).to_pylist()) == want
        circular += bool(want)
    assert circular > 20


def _mask(found: Any) -> Any:
    import pyarrow as pa

    return pa.array(found)


def test_the_last_day_of_blocking_is_found_among_all_days() -> None:
    """A day too early frees what a bank had to block; one too late keeps what it need not."""
    rng = np.random.default_rng(12)
    told = 0
    for _network in range(25):
        days_2021 = [f"2021-{month:02}-{day:02}" for month in (1, 2) for day in (1, 15, 28)]
        holdings = []
        for asset in range(6):
            for owner in rng.choice(6, size=rng.integers(1, 3), replace=False):
                end = str(rng.choice([*days_2021, "2021-02", ""]))
                share = Decimal(int(rng.choice([50, 30, 20])))
                holdings.append(
                    Holding(owner=f"n{owner}", asset=f"n{asset}", percent=share, date_to=end)
                )
        table, seeds = holdings_table(dict.fromkeys(holdings)), ["n0"]
        want: dict[str, date] = {}
        for ordinal in range(date(2020, 12, 30).toordinal(), date(2021, 3, 2).toordinal()):
            day = date.fromordinal(ordinal)
            for r in blocked(table, seeds, as_of=day):
                if r.status == "blocked":
                    want[r.entity] = day
        now = {r.entity for r in blocked(table, seeds, as_of=DAY) if r.status == "blocked"}
        got = last_blocked(rule_on(table, seeds, as_of=DAY))
        assert got == {entity: day for entity, day in want.items() if entity not in now}
        told += len(got)
    assert told > 20
