"""What people determine: the contrary side first, two persons, dissent of equal standing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from puente.casework.determinations import (
    CONTRARY_FIRST,
    STATUSES,
    TWO_PERSONS,
    cosign,
    determinations,
    determine,
)
from puente.errors import Conflict, InvalidData, NotAllowed
from puente.law.evidence import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.casework.cases import CaseDesk
    from puente.casework.determinations import Determination, Finding
    from puente.workspace import Workspace

CASE = "example-fto"


@pytest.fixture
def filed(ana: CaseDesk, case_text: str) -> CaseDesk:
    """Return the desk of who filed the case, with a search for what speaks against `threat`."""
    ana.add(case_text, "case.yaml")
    ana.search(CASE, "threat", Side.CON, "trade reports of 2018 and 2019")
    return ana


def standing(desk: CaseDesk) -> list[int]:
    every = determinations(desk.open(CASE).docket)
    return [one.number for one in every if one.is_standing]


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_a_determination_names_all_that_it_was_made_over(
    filed: CaseDesk, finding: Callable[..., Finding]
) -> None:
    made = determine(filed, CASE, finding())
    held = filed.open(CASE)
    assert determinations(held.docket) == (made,)
    assert made.case_fingerprint == held.file.fingerprint
    run = held.assess(finding().as_of_law)
    assert made.instrument_fingerprint == run.instrument_fingerprint
    assert (made.as_of_law, made.as_of_facts) == ("2025-02-20", "2019-12-31")
    assert (made.by, made.agency, made.at) == ("ana", "FGR", "2026-03-01T12:00:00+00:00")
    assert (made.status, made.machine_element, made.machine_whole) == (
        "met",
        "supported",
        "rebutted",
    ), "what a person holds and what the machine has are kept apart"
    assert held.faults == ()


CONTRARY = {"met": Side.CON, "not_met": Side.PRO, "contested": Side.CON, "cannot_say": Side.CON}


@pytest.mark.parametrize("status", STATUSES)
def test_the_contrary_side_must_have_been_searched_first(
    ana: CaseDesk,
    luis: CaseDesk,
    case_text: str,
    finding: Callable[..., Finding],
    status: str,
) -> None:
    ana.add(case_text, "case.yaml")
    own = Side.PRO if CONTRARY[status] is Side.CON else Side.CON
    ana.search(CASE, "threat", own, "the side that suits")
    ana.search(CASE, "violence", CONTRARY[status], "another element")
    with pytest.raises(NotAllowed, match="the contrary side comes first") as refused:
        determine(ana, CASE, finding(status=status))
    assert refused.value.rule == CONTRARY_FIRST
    assert standing(ana) == []
    luis.search(CASE, "threat", CONTRARY[status], "whoever searched, it was searched")
    assert determine(ana, CASE, finding(status=status)).status == status


def test_a_new_version_asks_for_a_new_search(
    filed: CaseDesk, case_text: str, finding: Callable[..., Finding]
) -> None:
    filed.add(case_text.replace("grade: C", "grade: D", 1), "case.yaml")
    with pytest.raises(NotAllowed, match="since version 2"):
        determine(filed, CASE, finding())


def test_a_refusal_by_the_house_stands_in_the_log(
    node: Workspace, ana: CaseDesk, case_text: str, finding: Callable[..., Finding]
) -> None:
    ana.add(case_text, "case.yaml")
    with pytest.raises(NotAllowed):
        determine(ana, CASE, finding())
    newest = node.audit.newest(1)[0]
    assert (newest.action, newest.allowed, newest.rule) == ("determine", False, CONTRARY_FIRST)


def test_it_is_signed_once_a_second_person_has_signed(
    filed: CaseDesk, luis: CaseDesk, finding: Callable[..., Finding]
) -> None:
    made = determine(filed, CASE, finding())
    assert not made.is_signed
    with pytest.raises(NotAllowed, match="a second, different person") as refused:
        cosign(filed, CASE, made.number)
    assert refused.value.rule == TWO_PERSONS
    signed = cosign(luis, CASE, made.number)
    assert signed.is_signed
    assert [one.by for one in signed.signatures] == ["luis"]
    with pytest.raises(NotAllowed):
        cosign(luis, CASE, made.number)


def test_a_dissent_has_the_same_fields_and_is_signed_alike(
    filed: CaseDesk,
    luis: CaseDesk,
    desk_of: Callable[..., CaseDesk],
    finding: Callable[..., Finding],
) -> None:
    made = determine(filed, CASE, finding())
    dissent = determine(luis, CASE, finding(status="contested", dissent_of=made.number))
    assert made.as_json().keys() == dissent.as_json().keys()
    assert standing(filed) == [made.number, dissent.number]
    assert cosign(desk_of("eva"), CASE, dissent.number).is_signed
    with pytest.raises(Conflict, match="a determination of their own"):
        cosign(luis, CASE, made.number)


def test_who_disagrees_dissents_and_cannot_take_the_place(
    filed: CaseDesk, luis: CaseDesk, finding: Callable[..., Finding]
) -> None:
    made = determine(filed, CASE, finding())
    with pytest.raises(Conflict, match=f"--dissent-of {made.number}"):
        determine(luis, CASE, finding(status="contested"))
    with pytest.raises(Conflict, match="own determination"):
        determine(filed, CASE, finding(status="contested", dissent_of=made.number))
    assert standing(filed) == [made.number]


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_ones_own_determination_is_superseded_and_never_edited(
    filed: CaseDesk, luis: CaseDesk, finding: Callable[..., Finding]
) -> None:
    first = determine(filed, CASE, finding())
    answer = determine(luis, CASE, finding(status="contested", dissent_of=first.number))
    second = determine(filed, CASE, finding(status="cannot_say", reasons="On reflection."))
    every = {one.number: one for one in determinations(filed.open(CASE).docket)}
    assert every[first.number].reasons == first.reasons
    assert every[first.number].superseded_by == second.number
    assert second.supersedes == (first.number,)
    assert standing(filed) == [answer.number, second.number], "the dissent does not go with it"
    for deed in (
        lambda: cosign(luis, CASE, first.number),
        lambda: determine(luis, CASE, finding(dissent_of=first.number)),
    ):
        with pytest.raises(Conflict, match=f"superseded by {second.number}"):
            deed()


def test_a_determination_over_an_earlier_file_is_not_signed_but_may_be_replaced(
    filed: CaseDesk, luis: CaseDesk, case_text: str, finding: Callable[..., Finding]
) -> None:
    made = determine(filed, CASE, finding())
    filed.add(case_text.replace("grade: C", "grade: D", 1), "case.yaml")
    with pytest.raises(Conflict, match="an earlier version"):
        cosign(luis, CASE, made.number)
    luis.search(CASE, "threat", Side.CON, "again, on the new version")
    later = determine(luis, CASE, finding(status="contested"))
    assert later.supersedes == (made.number,)


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        ({"status": "guilty"}, "unknown status"),
        ({"reasons": "   "}, "it is empty"),
        ({"reading": "motive=paper"}, "is no reading of us-8usc1189; one of motive=paper\\+gain"),
        ({"element": "designation"}, "is no element under"),
        ({"element": "gain_mixed"}, "is no element under"),
        ({"dissent_of": 99}, "no determination 99"),
        ({"dissent_of": 2}, "no determination 2"),
    ],
)
def test_what_cannot_be_determined_is_refused_with_a_reason(
    filed: CaseDesk, finding: Callable[..., Finding], other: dict[str, object], complaint: str
) -> None:
    with pytest.raises(InvalidData, match=complaint):
        determine(filed, CASE, finding(**other))
    assert standing(filed) == []


def test_nothing_is_determined_under_law_that_is_not_in_force(
    filed: CaseDesk, finding: Callable[..., Finding]
) -> None:
    from datetime import date

    with pytest.raises(InvalidData, match="was not in force"):
        determine(filed, CASE, finding(as_of_law=date(1990, 1, 1)))


@pytest.mark.usefixtures("filed")
def test_policy_staff_may_determine_and_who_may_not_read_may_not(
    desk_of: Callable[..., CaseDesk], finding: Callable[..., Finding]
) -> None:
    staff = desk_of("eva", "policy_staff", "oversight", agency="")
    assert isinstance(determine(staff, CASE, finding()).number, int)
    for role, purpose in (("auditor", "audit"), ("journalist", "oversight")):
        with pytest.raises(NotAllowed):
            determine(desk_of("x", role, purpose), CASE, finding())


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_people_who_write_at_once_all_get_a_number_of_their_own(
    filed: CaseDesk, desk_of: Callable[..., CaseDesk]
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def search(number: int) -> int:
        return desk_of(f"p{number}").search(CASE, "threat", Side.CON, f"shelf {number}").number

    with ThreadPoolExecutor(4) as threads:
        numbers = list(threads.map(search, range(8)))
    assert sorted(numbers) == list(range(3, 11))
    assert filed.open(CASE).faults == ()


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_a_person_who_determines_twice_at_once_leaves_one_standing(
    filed: CaseDesk, finding: Callable[..., Finding]
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def one(number: int) -> Determination:
        return determine(filed, CASE, finding(reasons=f"try {number}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, range(4)))
    assert len(standing(filed)) == 1
