"""The 50 percent rule: OFAC's own examples, exact halves, cycles, doubt, and a naive reference."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.graph.ownership import blocked, holdings_table
from puente.graph.ownership_holdings import Holding

DAY = date(2024, 5, 3)


def holding(owner: str, asset: str, percent: object = None, **more: object) -> Holding:
    exact = None if percent is None else Decimal(str(percent))
    most = more.pop("most", None)
    limit = None if most is None else Decimal(str(most))
    return Holding(owner=owner, asset=asset, percent=exact, percent_max=limit, **more)  # type: ignore[arg-type]


def statuses(
    *holdings: Holding, seeds: tuple[str, ...] = ("X",), day: date = DAY
) -> dict[str, str]:
    return {r.entity: r.status for r in blocked(holdings_table(holdings), seeds, as_of=day)}


def blocked_ids(*holdings: Holding, seeds: tuple[str, ...] = ("X",)) -> set[str]:
    found = statuses(*holdings, seeds=seeds)
    return {name for name, status in found.items() if status == "blocked"} - set(seeds)


# --- OFAC FAQ 399 and 401, in their order -------------------------------------------------------


def test_two_listed_owners_of_a_quarter_each_block_their_company_together() -> None:
    assert blocked_ids(holding("X", "A", 25), holding("Y", "A", 25), seeds=("X", "Y")) == {"A"}


def test_owner_of_half_through_a_company_owned_to_half_blocks_the_second_company() -> None:
    assert blocked_ids(holding("X", "A", 50), holding("A", "B", 50)) == {"A", "B"}


def test_owner_of_half_through_two_companies_is_blocked() -> None:
    found = blocked_ids(
        holding("X", "A", 50), holding("X", "B", 50), holding("A", "C", 25), holding("B", "C", 25)
    )
    assert found == {"A", "B", "C"}


def test_direct_and_indirect_shares_of_one_person_add_up() -> None:
    found = blocked_ids(holding("X", "A", 50), holding("X", "B", 10), holding("A", "B", 40))
    assert found == {"A", "B"}


def test_a_company_owned_to_a_quarter_passes_nothing_on() -> None:
    found = blocked_ids(
        holding("X", "A", 50), holding("X", "B", 25), holding("A", "C", 25), holding("B", "C", 25)
    )
    assert found == {"A"}


def test_two_companies_owned_to_a_quarter_each_do_not_block_what_they_own_whole() -> None:
    found = blocked_ids(
        holding("X", "A", 25), holding("X", "B", 25), holding("A", "C", 50), holding("B", "C", 50)
    )
    assert found == set()


# --- exactness ---------------------------------------------------------------------------------


def test_exactly_half_blocks_and_a_quadrillionth_less_does_not() -> None:
    assert blocked_ids(holding("X", "A", "33.3"), holding("Y", "A", "16.7"), seeds=("X", "Y")) == {
        "A"
    }
    assert blocked_ids(holding("X", "A", "49.999999999999999")) == set()


def test_sums_that_floating_point_gets_wrong_are_right() -> None:
    tenths = [holding(f"X{i}", "A", "0.1") for i in range(500)]
    seeds = tuple(f"X{i}" for i in range(500))
    assert sum([0.1] * 500) != 50
    assert blocked_ids(*tenths, seeds=seeds) == {"A"}


def test_unknown_shares_of_many_owners_do_not_overflow() -> None:
    many = [holding(f"P{i}", "A", None) for i in range(200)]
    fine = holding("X", "B", "0.000000000000001")
    results = blocked(holdings_table([*many, fine]), ["P0", "X"], as_of=DAY)
    assert {r.entity: r.high for r in results}["A"] == 100


def test_holdings_of_one_asset_above_rounding_are_no_sure_ground() -> None:
    assert statuses(holding("X", "A", "60.3"), holding("Y", "A", "40.3"))["A"] == "possibly"
    assert statuses(holding("X", "A", "60.25"), holding("Y", "A", "40.25"))["A"] == "blocked"


@pytest.mark.parametrize("share", ["-1", "100.01"])
def test_a_share_outside_0_to_100_is_refused_with_owner_and_asset(share: str) -> None:
    with pytest.raises(InvalidData, match="X in A"):
        statuses(holding("X", "A", share))


# --- cycles ------------------------------------------------------------------------------------


def test_companies_that_own_each_other_do_not_block_themselves() -> None:
    assert blocked_ids(holding("A", "B", 100), holding("B", "A", 100)) == set()


def test_a_cycle_is_blocked_from_the_point_where_a_listed_owner_enters() -> None:
    found = blocked_ids(
        holding("A", "B", 60), holding("B", "C", 60), holding("C", "A", 40), holding("X", "A", 50)
    )
    assert found == {"A", "B", "C"}


def test_circular_shares_are_not_counted_twice() -> None:
    results = blocked(
        holdings_table([holding("A", "B", 100), holding("B", "A", 40), holding("X", "A", 60)]),
        ["X"],
        as_of=DAY,
    )
    assert {r.entity: r.high for r in results} == {"A": 100, "B": 100, "X": 0}


def test_a_chain_of_ten_thousand_companies_ends() -> None:
    chain = [holding(f"c{i:05}", f"c{i + 1:05}", 50) for i in range(10_000)]
    assert len(blocked_ids(*chain, seeds=("c00000",))) == 10_000


# --- doubt: unknown shares and partial dates ---------------------------------------------------


def test_an_unknown_share_of_a_listed_owner_gives_possibly_from_0_to_100() -> None:
    result = blocked(holdings_table([holding("X", "A")]), ["X"], as_of=DAY)[0]
    assert (result.status, result.low, result.high) == ("possibly", 0, 100)


def test_an_unknown_share_cannot_exceed_what_others_surely_leave() -> None:
    assert statuses(holding("X", "A"), holding("Q", "A", 60))["A"] == "not"
    assert statuses(holding("X", "A"), holding("Q", "A", 50))["A"] == "possibly"


def test_a_greatest_share_below_half_is_not_even_possibly_blocked() -> None:
    assert statuses(holding("X", "A", 10, most="49.9"))["A"] == "not"
    assert statuses(holding("X", "A", 10, most=50))["A"] == "possibly"


def test_doubt_is_passed_on_but_never_becomes_certainty() -> None:
    found = statuses(holding("X", "A"), holding("A", "B", 100), holding("X", "C", 50))
    assert found == {"A": "possibly", "B": "possibly", "C": "blocked", "X": "blocked"}


def test_a_holding_counts_on_its_first_and_last_day_and_not_outside() -> None:
    dated = holding("X", "A", 100, date_from="2020-03-01", date_to="2022-06-30")
    days = {
        "2020-02-29": "not",
        "2020-03-01": "blocked",
        "2022-06-30": "blocked",
        "2022-07-01": "not",
    }
    for day, status in days.items():
        assert statuses(dated, day=date.fromisoformat(day))["A"] == status, day


def test_a_holding_dated_by_year_alone_is_possible_within_that_year() -> None:
    dated = holding("X", "A", 100, date_from="2020", date_to="2022-06")
    days = {
        "2019-12-31": "not",
        "2020-05-01": "possibly",
        "2021-01-01": "blocked",
        "2022-05-31": "blocked",
        "2022-06-10": "possibly",
        "2022-07-01": "not",
    }
    for day, status in days.items():
        assert statuses(dated, day=date.fromisoformat(day))["A"] == status, day


def test_a_holding_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidData, match="ends before it begins"):
        statuses(holding("X", "A", 5, date_from="2022", date_to="2021-12-31"))


# --- what the reader is told -------------------------------------------------------------------


def test_the_arithmetic_names_every_blocked_owner_and_the_sum() -> None:
    results = blocked(
        holdings_table([holding("X", "A", 50), holding("A", "B", 30), holding("Q", "B", 70)]),
        ["X"],
        as_of=DAY,
    )
    lines = {r.entity: r.because for r in results}
    assert lines["A"] == ("X (listed) holds 50 %", "together 50 %: at least 50 %, blocked")
    assert lines["B"] == (
        "A (blocked by the 50 percent rule) holds 30 %",
        "together 30 %: below 50 %, not blocked by ownership",
    )
    assert lines["Q"] == ()
    assert lines["X"] == ("on a property-blocking list itself",)


def test_a_seed_that_holds_nothing_is_answered_too() -> None:
    result = blocked(holdings_table([]), ["X"], as_of=DAY)[0]
    assert (result.entity, result.status, result.listed) == ("X", "blocked", True)


# --- against a naive reference -----------------------------------------------------------------

HALF, WHOLE = Decimal(50), Decimal(100)


def naive(holdings: list[Holding], seeds: set[str]) -> dict[str, tuple[str, Decimal, Decimal]]:
    """The rule as one would do it on paper: sets and Decimals, until nothing moves."""
    into: dict[str, list[tuple[str, Decimal, Decimal]]] = {}
    for h in holdings:
        low = h.percent or Decimal(0)
        high = h.percent_max if h.percent_max is not None else h.percent
        into.setdefault(h.asset, []).append((h.owner, low, WHOLE if high is None else high))
    cut = {}
    for asset, rows in into.items():
        total = sum(low for _o, low, _h in rows)
        cut[asset] = [(o, low, max(low, min(high, WHOLE - (total - low)))) for o, low, high in rows]

    def bounds(asset: str, sure: set[str], maybe: set[str]) -> tuple[Decimal, Decimal]:
        rows = cut.get(asset, [])
        low = sum((lo for o, lo, _h in rows if o in sure), Decimal(0))
        most = sum((hi for o, _l, hi in rows if o in maybe), Decimal(0))
        least = sum((lo for o, lo, _h in rows if o in maybe), Decimal(0))
        others = sum((lo for o, lo, _h in rows if o not in maybe), Decimal(0))
        return low, max(least, min(most, WHOLE - others))

    names = {h.owner for h in holdings} | {h.asset for h in holdings} | seeds
    sure, maybe = set(seeds), set(seeds)
    while True:
        more = {n for n in names if bounds(n, sure, maybe)[0] >= HALF} - sure
        perhaps = {n for n in names if bounds(n, sure, maybe)[1] >= HALF} - maybe
        if not more and not perhaps:
            break
        sure |= more
        maybe |= perhaps
    return {
        n: (
            "blocked" if n in sure else "possibly" if n in maybe else "not",
            *bounds(n, sure, maybe),
        )
        for n in names
    }


def random_holdings(rng: np.random.Generator, nodes: int) -> list[Holding]:
    """Shares of each asset split among random owners, cycles and self-holdings included."""
    holdings = []
    for asset in range(nodes):
        owners = rng.choice(nodes, size=rng.integers(0, 5), replace=False)
        left = 10_000
        for owner in owners:
            part = int(rng.integers(0, left + 1)) if rng.random() < 0.7 else min(5_000, left)
            left -= part
            share = Decimal(part) / 100
            doubt = rng.random()
            if doubt < 0.1:
                holdings.append(holding(f"n{owner}", f"n{asset}"))
            elif doubt < 0.2:
                holdings.append(
                    holding(f"n{owner}", f"n{asset}", share, most=min(WHOLE, share + 20))
                )
            else:
                holdings.append(holding(f"n{owner}", f"n{asset}", share))
    return holdings


def test_a_thousand_random_cyclic_networks_agree_with_the_naive_reference() -> None:
    rng = np.random.default_rng(398_402)
    cyclic = 0
    for _network in range(1_000):
        holdings = random_holdings(rng, nodes=12)
        seeds = {f"n{i}" for i in rng.choice(12, size=2, replace=False)}
        want = naive(holdings, seeds)
        got = {
            r.entity: (r.status, r.low, r.high)
            for r in blocked(holdings_table(holdings), seeds, as_of=DAY)
        }
        assert got == want
        pairs = {(h.owner, h.asset) for h in holdings}
        cyclic += any((b, a) in pairs for a, b in pairs)
    assert cyclic > 500


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), extra=st.integers(0, 11))
def test_one_more_listed_person_never_unblocks_anyone(seed: int, extra: int) -> None:
    rng = np.random.default_rng(seed)
    table = holdings_table(random_holdings(rng, nodes=12))
    order = {"not": 0, "possibly": 1, "blocked": 2}
    before = {r.entity: order[r.status] for r in blocked(table, ["n0"], as_of=DAY)}
    after = {r.entity: order[r.status] for r in blocked(table, ["n0", f"n{extra}"], as_of=DAY)}
    assert all(after[name] >= status for name, status in before.items())


def test_the_answer_does_not_depend_on_the_order_of_the_rows() -> None:
    rng = np.random.default_rng(7)
    table = holdings_table(random_holdings(rng, nodes=30))
    shuffled = table.take(pa.array(rng.permutation(table.num_rows)))
    assert blocked(table, ["n1", "n2"], as_of=DAY) == blocked(shuffled, ["n2", "n1"], as_of=DAY)
