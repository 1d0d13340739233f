"""An auditor finds every row that answers, no other, page by page, even in a log that was altered.

Whoever asks "who looked at this, and what for?" must neither miss a look nor be shown a wrong one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from puente.guard.actors import Actor, Purpose
from puente.guard.policy import Decision
from puente.guard.tables import ROWS
from puente.store.ledger import writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from puente.guard.audit import AuditLog

ANA = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")
ANABEL = Actor(name="anabel", roles=frozenset({"analyst"}), country="MX")
INVESTIGATION = Purpose(name="investigation", case="C-1")
SCREENING = Purpose(name="screening")
YES = Decision(allowed=True, rules=("facts-for-the-analyst",), policy_hash="ab" * 32)
NO = Decision(allowed=False, rules=("no-rule-permits",), policy_hash="ab" * 32)
ODD = st.text(
    alphabet=st.one_of(st.sampled_from('"\\,[]{}:ñ%_*?'), st.characters(codec=None)), max_size=8
)


@pytest.fixture
def filled(log: AuditLog) -> AuditLog:
    """Sixty rows: two people, two purposes, every seventh refused."""
    for number in range(60):
        log.record(
            ANA if number % 2 else ANABEL,
            INVESTIGATION if number % 3 else SCREENING,
            "look" if number % 5 else "export",
            ids=[f"ofac-{number % 4}", f"un-{number}"],
            decision=YES if number % 7 else NO,
        )
    log.flush()
    return log


def numbers(log: AuditLog, wanted: dict[str, object], **where: Any) -> list[int]:
    return [seq for seq, _row in log.find(wanted, **where).rows]


def test_pages_go_from_the_newest_row_to_the_first_and_back_and_say_where_they_are(
    filled: AuditLog,
) -> None:
    first = filled.find({}, count=25)
    assert [seq for seq, _row in first.rows] == list(range(59, 34, -1))
    assert (first.total, first.newer) == (60, 0)
    last = filled.find({}, older=10, count=25)
    assert [seq for seq, _row in last.rows] == list(range(9, -1, -1))
    assert (last.total, last.newer) == (60, 50)
    back = filled.find({}, newer=9, count=25)
    assert [seq for seq, _row in back.rows] == list(range(34, 9, -1))
    assert (back.total, back.newer) == (60, 25)


def test_a_page_past_either_end_is_empty_and_still_counts(filled: AuditLog) -> None:
    before = filled.find({}, older=0)
    assert (before.rows, before.total, before.newer) == ((), 60, 60)
    assert filled.find({}, newer=59).rows == ()
    assert filled.find({"actor": "nobody"}).total == 0


def test_a_user_is_found_by_the_whole_name_only(filled: AuditLog) -> None:
    assert numbers(filled, {"actor": "ana"}, count=99) == list(range(59, 0, -2))
    assert numbers(filled, {"actor": "ANA"}) == []
    assert numbers(filled, {"actor": "an"}) == []


def test_what_is_wanted_holds_together(filled: AuditLog) -> None:
    wanted = {"purpose": "screening", "action": "export", "allowed": False}
    assert numbers(filled, wanted) == [0]
    assert numbers(filled, {"allowed": False}, count=3) == [56, 49, 42]
    assert filled.find({"allowed": False}, older=49).newer == 2
    assert numbers(filled, {"case": ""}) == numbers(filled, {"purpose": "screening"})


def test_every_look_at_one_record_is_found_and_none_at_another(filled: AuditLog) -> None:
    assert numbers(filled, {"ids": "ofac-3"}, count=99) == list(range(59, 0, -4))
    assert numbers(filled, {"ids": "un-5"}) == [5]
    assert numbers(filled, {"ids": "un-"}) == []
    assert numbers(filled, {"ids": "analyst"}) == []


def test_the_days_are_counted_in_and_the_rest_left_out(log: AuditLog, clock: Any) -> None:
    for _day in range(4):
        log.record(ANA, INVESTIGATION, "look", decision=YES)
        clock.advance(days=1)
    log.flush()
    assert numbers(log, {}, days=("2026-03-02", "2026-03-03")) == [2, 1]
    assert numbers(log, {}, days=("", "2026-03-01")) == [0]
    assert numbers(log, {}, days=("2026-03-05", "")) == []


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=ODD, ids=st.lists(ODD, max_size=3), asked=ODD)
def test_no_text_passes_for_another(log: AuditLog, case: str, ids: list[str], asked: str) -> None:
    purpose = Purpose(name="investigation", case=case)
    log.record(ANA, purpose, "look", ids=ids, decision=YES)
    log.flush()
    seq = log.size() - 1
    assert (seq in numbers(log, {"ids": asked}, count=999)) == (asked in ids)
    assert (seq in numbers(log, {"case": asked}, count=999)) == (asked == purpose.case)
    for held in ids:
        assert seq in numbers(log, {"ids": held}, count=999)


@pytest.mark.parametrize("leaf", ["", "no JSON", '{"actor":"ana"}', '],"policy":"ids":[', "[1]"])
def test_a_row_that_was_altered_is_shown_as_such_and_stops_no_search(
    filled: AuditLog, ledger: Engine, leaf: str
) -> None:
    with writing(ledger) as connection:
        connection.execute(update(ROWS).where(ROWS.c.seq == 58).values(leaf=leaf))
    page = filled.find({}, count=3)
    assert [(seq, row is None) for seq, row in page.rows] == [(59, False), (58, True), (57, False)]
    assert page.total == 60
    assert 5 in numbers(filled, {"ids": "un-5"}, days=("2026-01-01", "2026-12-31"))
