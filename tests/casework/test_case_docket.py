"""Whatever is changed in a docket from outside is found and named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from puente.casework.determinations import cosign, determine
from puente.casework.docket import read_docket
from puente.errors import Conflict, InvalidData
from puente.guard.leaf import head_message
from puente.guard.seal import Sealer, is_signed
from puente.law.evidence import Side
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.casework.cases import CaseDesk
    from puente.casework.determinations import Finding
    from puente.workspace import Workspace

CASE = "example-fto"


@pytest.fixture
def worked(
    ana: CaseDesk, luis: CaseDesk, case_text: str, finding: Callable[..., Finding]
) -> CaseDesk:
    """A case with a file (1), a search (2), a determination (3), a signature (4)."""
    ana.add(case_text, "case.yaml")
    ana.search(CASE, "threat", Side.CON, "trade reports")
    determine(ana, CASE, finding())
    cosign(luis, CASE, 3)
    return ana


def change(node: Workspace, statement: str, **values: object) -> None:
    with writing(node.ledger) as connection:
        connection.execute(text(statement), values)


CHANGES = {
    "altered": (
        "UPDATE case_entry SET content = replace(content, 'Nationals', 'Natives') WHERE number = 3",
        {("altered", 3)},
    ),
    "a status": (
        """UPDATE case_entry SET content = replace(content, '"met"', '"not_met"')""",
        {("altered", 3), ("chain", 4)},
    ),
    "taken out of the middle": (
        "DELETE FROM case_entry WHERE number = 2",
        {("chain", 3), ("gone", 2)},
    ),
    "cut at the end": (
        "DELETE FROM case_entry WHERE number = 4",
        {("count", 4), ("gone", 4)},
    ),
    "a signature of another entry": (
        """UPDATE case_entry SET signature =
           (SELECT e.signature FROM case_entry e WHERE e.number = 2) WHERE number = 4""",
        {("altered", 4), ("gone", 4)},
    ),
    "the count": ("UPDATE case_file SET entries = 9", {("count", 9)}),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_a_change_is_found_and_named(node: Workspace, worked: CaseDesk, what: str) -> None:
    assert worked.open(CASE).faults == ()
    statement, expected = CHANGES[what]
    change(node, statement)
    found = {(fault.kind, fault.number) for fault in worked.open(CASE).faults}
    assert expected <= found
    assert all(str(fault) for fault in worked.open(CASE).faults)


def test_a_docket_cut_short_with_its_count_is_found_by_the_log(
    node: Workspace, worked: CaseDesk
) -> None:
    change(node, "DELETE FROM case_entry WHERE number = 4")
    change(node, "UPDATE case_file SET entries = 3")
    faults = worked.open(CASE).faults
    assert [(fault.kind, fault.number) for fault in faults] == [("gone", 4)]


def test_nothing_is_added_to_a_docket_that_was_altered(
    node: Workspace, worked: CaseDesk, finding: Callable[..., Finding]
) -> None:
    change(node, CHANGES["altered"][0])
    with pytest.raises(Conflict, match="entry 3 was altered"):
        worked.search(CASE, "threat", Side.CON, "as if nothing were")
    with pytest.raises(Conflict):
        determine(worked, CASE, finding())


def test_a_file_that_was_altered_is_not_read(node: Workspace, worked: CaseDesk) -> None:
    change(node, "UPDATE case_text SET text = replace(text, 'grade: C', 'grade: A')")
    with pytest.raises(InvalidData, match="the case file of entry 1 was altered"):
        worked.open(CASE)


def test_a_file_whose_marking_was_altered_is_not_read(node: Workspace, worked: CaseDesk) -> None:
    change(node, "UPDATE case_entry SET content = replace(content, 'TLP:GREEN', 'TLP:CLEAR')")
    with pytest.raises(InvalidData, match="docket of case example-fto was altered"):
        worked.open(CASE)


LATER = {
    "altered": (
        """UPDATE case_entry SET content = replace(content, 'TLP:AMBER', 'TLP:CLEAR')
           WHERE number = 5""",
    ),
    "taken out": ("DELETE FROM case_entry WHERE number = 5",),
    "taken out with its text": (
        "DELETE FROM case_entry WHERE number = 5",
        "DELETE FROM case_text WHERE version = 2",
    ),
}


@pytest.mark.parametrize("how", LATER)
@pytest.mark.parametrize("node", ["sqlite", "postgres"], indirect=True)
def test_a_later_version_that_was_altered_does_not_open_the_case_to_who_saw_the_earlier(
    node: Workspace, worked: CaseDesk, desk_of: Callable[..., CaseDesk], case_text: str, how: str
) -> None:
    """The marking of the case would fall to that of the version before."""
    staff = desk_of("eva", "policy_staff", "oversight", agency="")
    assert staff.open(CASE).head.marking == "TLP:GREEN"
    worked.add(case_text, "case.yaml", marking="TLP:AMBER")
    worked.search(CASE, "threat", Side.CON, "written under the stricter marking")
    for statement in LATER[how]:
        change(node, statement)
    for desk in (staff, worked):
        with pytest.raises(InvalidData, match="docket of case example-fto was altered"):
            desk.open(CASE)
    assert staff.heads() == ()


def test_one_docket_that_was_altered_does_not_close_the_list_of_the_others(
    node: Workspace, worked: CaseDesk, case_text: str, caplog: pytest.LogCaptureFixture
) -> None:
    worked.add(case_text.replace("id: example-fto", "id: other", 1), "other.yaml")
    change(
        node,
        "UPDATE case_entry SET content = replace(content, 'TLP:GREEN', 'TLP:CLEAR')"
        " WHERE case_id = 'other'",
    )
    assert [head.id for head in worked.heads()] == [CASE]
    assert "cases left out, their dockets were altered count=1" in caplog.messages


def test_another_text_that_the_node_signed_is_no_entry(node: Workspace, worked: CaseDesk) -> None:
    head = node.audit.head()
    assert head is not None
    content = head_message(head.size, bytes.fromhex(head.root), head.at).decode()
    signature = bytes.fromhex(head.signature)
    change(
        node,
        "UPDATE case_entry SET content = :content, signature = :signature WHERE number = 4",
        content=content,
        signature=signature,
    )
    assert ("altered", 4) in {(f.kind, f.number) for f in worked.open(CASE).faults}


def test_an_entry_of_another_case_does_not_pass(
    node: Workspace, worked: CaseDesk, case_text: str
) -> None:
    other = case_text.replace("id: example-fto", "id: other", 1)
    worked.add(other, "other.yaml")
    change(
        node,
        "INSERT INTO case_entry (case_id, number, content, signature) SELECT 'other', number,"
        " content, signature FROM case_entry WHERE case_id = 'example-fto' AND number = 2",
    )
    change(node, "UPDATE case_file SET entries = 2 WHERE id = 'other'")
    assert ("altered", 2) in {(f.kind, f.number) for f in worked.open("other").faults}


def test_a_third_party_can_check_an_entry_with_the_public_key_alone(worked: CaseDesk) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(worked.guard.audit.sealer.public_key)
    for entry in worked.open(CASE).docket.entries:
        assert is_signed(key, entry.content.encode(), bytes.fromhex(entry.signature))


@pytest.mark.usefixtures("worked")
def test_an_entry_of_another_node_does_not_pass(node: Workspace) -> None:
    stranger = Sealer(b"another made-up secret, 32 bytes")
    with node.ledger.connect() as connection:
        docket = read_docket(connection, CASE, stranger)
    assert docket is not None
    assert docket.entries == ()
    assert len(docket.faults) == 4


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_single_character_can_be_changed_unseen(
    node: Workspace, worked: CaseDesk, data: st.DataObject
) -> None:
    entries = worked.open(CASE).docket.entries
    if not entries:
        return
    entry = data.draw(st.sampled_from(entries))
    place = data.draw(st.integers(0, len(entry.content) - 1))
    letter = data.draw(st.sampled_from('0aZ" ,}').filter(lambda c: c != entry.content[place]))
    altered = entry.content[:place] + letter + entry.content[place + 1 :]
    where = {"n": entry.number, "c": altered}
    change(node, "UPDATE case_entry SET content = :c WHERE number = :n", **where)
    try:
        with node.ledger.connect() as connection:
            docket = read_docket(connection, CASE, node.audit.sealer)
        assert docket is not None
        assert ("altered", entry.number) in {(f.kind, f.number) for f in docket.faults}
    finally:
        where["c"] = entry.content
        change(node, "UPDATE case_entry SET content = :c WHERE number = :n", **where)
