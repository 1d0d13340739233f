"""A case file is kept in versions, under its marking, for those whom the policy names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.law.evidence import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.casework.cases import CaseDesk
    from puente.workspace import Workspace


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_a_case_comes_back_as_it_was_filed(ana: CaseDesk, case_text: str) -> None:
    held = ana.add(case_text, "case.yaml")
    again = ana.open("example-fto")
    assert again.file == held.file
    assert again.head.version == 1
    assert again.head.marking == "TLP:GREEN", "the strictest of its items"
    assert (again.head.record_class, again.head.agency) == ("fact", "FGR")
    assert again.faults == ()


def test_the_same_content_again_is_no_new_version(ana: CaseDesk, case_text: str) -> None:
    """Comments and layout are not content: people must not be asked to search anew for them."""
    ana.add(case_text, "case.yaml")
    assert ana.add(case_text + "\n# a remark\n", "case.yaml").head.version == 1
    changed = case_text.replace("grade: C", "grade: D", 1)
    assert ana.add(changed, "case.yaml").head.version == 2
    assert ana.open("example-fto").head.version == 2


def test_a_marking_is_never_lowered_by_a_later_version(ana: CaseDesk, case_text: str) -> None:
    """What people wrote under the stricter marking would become open with it."""
    ana.add(case_text, "case.yaml", marking="TLP:AMBER")
    lower = case_text.replace("TLP:GREEN", "TLP:CLEAR")
    assert ana.add(lower, "case.yaml").head.marking == "TLP:AMBER"
    assert ana.add(lower, "case.yaml", marking="TLP:RED").head.marking == "TLP:RED"


def test_a_case_keeps_its_class_and_its_instrument(ana: CaseDesk, case_text: str) -> None:
    ana.add(case_text, "case.yaml", record_class="court")
    assert ana.add(case_text, "case.yaml").head.record_class == "court"
    with pytest.raises(Conflict, match="stands under court, not fact"):
        ana.add(case_text, "case.yaml", record_class="fact")


@pytest.mark.parametrize("name", ["tip", "criminal_intelligence", "gossip"])
def test_what_needs_a_clock_of_review_cannot_be_filed(
    ana: CaseDesk, case_text: str, name: str
) -> None:
    with pytest.raises(InvalidData, match="cannot be of class"):
        ana.add(case_text, "case.yaml", record_class=name)
    assert ana.heads() == ()


def test_a_file_that_does_not_fit_its_instrument_is_not_kept(ana: CaseDesk, case_text: str) -> None:
    with pytest.raises(InvalidData, match=r"case\.yaml, line \d+: 'motives' is no element"):
        ana.add(case_text.replace("element: violence", "element: motives", 1), "case.yaml")
    assert ana.heads() == ()


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_a_case_has_an_id_that_every_ledger_takes(ana: CaseDesk, case_text: str) -> None:
    for length, fits in ((200, True), (201, False)):
        text = case_text.replace("id: example-fto", f"id: {'a' * length}", 1)
        if fits:
            assert len(ana.add(text, "case.yaml").head.id) == length
        else:
            with pytest.raises(InvalidData, match="'id' is longer than 200 characters"):
                ana.add(text, "case.yaml")


REFUSED = [
    ("compliance", "compliance"),
    ("crime_analyst", "crime_analysis"),
    ("journalist", "oversight"),
    ("auditor", "audit"),
    ("administrator", "build"),
    ("analyst", "screening"),
]


@pytest.mark.parametrize(("role", "purpose"), REFUSED)
def test_who_has_no_business_with_cases_learns_of_none(
    ana: CaseDesk,
    desk_of: Callable[..., CaseDesk],
    case_text: str,
    role: str,
    purpose: str,
) -> None:
    ana.add(case_text, "case.yaml")
    desk = desk_of("eva", role, purpose)
    said: list[str] = []
    for deed in (
        lambda: desk.open("example-fto"),
        lambda: desk.open("no-such-case"),
        desk.heads,
        lambda: desk.search("example-fto", "threat", Side.CON, "looked"),
    ):
        with pytest.raises(NotAllowed) as refused:
            deed()
        said.append(str(refused.value))
    assert said[0] == said[1], "a case that is there is refused in the same words"
    with pytest.raises(NotAllowed):
        desk.add(case_text, "case.yaml")


def test_policy_staff_sees_what_may_circulate_and_no_more(
    ana: CaseDesk, desk_of: Callable[..., CaseDesk], case_text: str
) -> None:
    staff = desk_of("eva", "policy_staff", "oversight", agency="")
    ana.add(case_text, "case.yaml")
    assert [head.id for head in staff.heads()] == ["example-fto"]
    ana.add(case_text, "case.yaml", marking="TLP:AMBER")
    assert staff.heads() == ()
    with pytest.raises(NotFound, match="that you may see"):
        staff.open("example-fto")


def test_a_release_limit_and_red_bind_case_files_too(
    desk_of: Callable[..., CaseDesk], case_text: str
) -> None:
    mine = desk_of("ana", country="MX")
    mine.add(case_text, "case.yaml", marking="TLP:AMBER//REL MX")
    with pytest.raises(NotFound):
        desk_of("bob", country="US", agency="DEA").open("example-fto")
    mine.add(case_text, "case.yaml", marking="TLP:RED//REL MX")
    with pytest.raises(NotFound):
        desk_of("eli", country="MX", agency="SEMAR").open("example-fto")
    assert mine.open("example-fto").head.marking == "TLP:RED//REL MX"
    with pytest.raises(NotAllowed) as refused:
        mine.open("example-fto", "export_case")
    assert refused.value.rule == "strict-and-red-do-not-leave"


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_every_look_and_deed_stands_in_the_log(
    node: Workspace, ana: CaseDesk, desk_of: Callable[..., CaseDesk], case_text: str
) -> None:
    ana.add(case_text, "case.yaml")
    ana.open("example-fto")
    ana.search("example-fto", "threat", Side.CON, "trade reports")
    with pytest.raises(NotAllowed):
        desk_of("eva", "journalist", "oversight").open("example-fto")
    page = node.audit.find({"ids": "case:example-fto"}, count=100)
    rows = [row for _seq, row in page.rows if row is not None]
    told = {(row.actor, row.action, row.allowed) for row in rows}
    assert told == {
        ("ana", "read_case", True),
        ("ana", "write_case", True),
        ("ana", "case_entry", True),
        ("eva", "read_case", False),
    }
    assert node.audit.verify().ok


def test_a_search_says_on_which_version_it_was_made(ana: CaseDesk, case_text: str) -> None:
    ana.add(case_text, "case.yaml")
    ana.search("example-fto", "threat", Side.CON, "  trade reports\n")
    ana.add(case_text.replace("grade: C", "grade: D", 1), "case.yaml")
    ana.search("example-fto", "threat", Side.PRO, "consular notices")
    held = ana.open("example-fto")
    assert [(s.side, s.version, s.what) for s in held.searches] == [
        (Side.CON, 1, "trade reports"),
        (Side.PRO, 2, "consular notices"),
    ]


@pytest.mark.parametrize(
    ("element", "what", "complaint"),
    [
        ("threats", "looked", "is no element of us-8usc1189"),
        ("threat", "  ", "it is empty"),
        ("threat", "x" * 20_001, "longer than"),
    ],
)
def test_a_search_for_nothing_is_not_logged(
    ana: CaseDesk, case_text: str, element: str, what: str, complaint: str
) -> None:
    ana.add(case_text, "case.yaml")
    with pytest.raises(InvalidData, match=complaint):
        ana.search("example-fto", element, Side.CON, what)
    assert ana.open("example-fto").searches == ()


@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_a_word_that_no_database_takes_is_kept_all_the_same(ana: CaseDesk, case_text: str) -> None:
    ana.add(case_text, "case.yaml")
    ana.search("example-fto", "threat", Side.CON, "before\x00after \ud800 ñ")
    assert ana.open("example-fto").searches[0].what == "before\x00after \ud800 ñ"
