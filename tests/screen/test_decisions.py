"""Alerts are decided by two persons; a decision lasts while what it rests on lasts.

Nobody here exists.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from puente import pipeline
from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.guard.actors import Actor, Purpose
from puente.i18n import use_language
from puente.screen.customer_files import Side, screen_into
from puente.screen.customers import take
from puente.screen.entry import ListEntry, Query
from puente.screen.grounds import SAME, Ground, Grounds, changes_since, read_grounds
from puente.screen.journal import Pen
from puente.screen.match import Screener
from puente.screen.queue import AlertDesk
from puente.screen.register import Register
from puente.screen.relief import DECISION, notices
from puente.screen.tables import ENTRIES
from puente.settings import Settings
from puente.store.ledger import writing
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COMPLIANCE = Purpose(name="compliance")
CARLA = Actor(name="carla", roles=frozenset({"compliance"}), country="MX", agency="BANK")
CLEO = Actor(name="cleo", roles=frozenset({"compliance"}), country="MX", agency="BANK")
OTHER = Actor(name="otis", roles=frozenset({"compliance"}), country="US", agency="CARRIER")
ANA = Actor(name="ana", roles=frozenset({"analyst"}), country="MX", agency="FGR")

LISTED = ListEntry(
    entity_id="ofac-901", list="ofac_sdn", schema="Person",
    names=("QUIROZ INVENTADO, Evaristo",), birth_dates=("1974-03-19",), countries=("mx",),
    programs=("SDNTK",),
)  # fmt: skip
CUSTOMER = Query(
    id="c-1", names=("Evaristo Quiroz Inventado",), schema="Person", birth_dates=("1974-03-01",)
)
REASONS = "The day of birth is another one."


@dataclass
class Bank:
    workspace: Workspace

    def screen(self, *entries: ListEntry, customers: tuple[Query, ...] = (CUSTOMER,)) -> None:
        with use_language("en"):
            hits = Screener(entries).match(customers)
        found = zip(customers, hits, strict=True)
        take(Pen(guard=self.workspace.guard, actor=CARLA, purpose=COMPLIANCE), "branch-7", found)

    def desk(self, who: Actor = CARLA, why: Purpose = COMPLIANCE) -> AlertDesk:
        return AlertDesk(guard=self.workspace.guard, actor=who, purpose=why, view=None)

    def only(self) -> str:
        return self.desk().matters()[0].alert.id

    def state(self) -> str:
        return self.desk().matters()[0].state

    def decided(self, outcome: str = "other", rests_on: tuple[str, ...] = ()) -> str:
        name = self.only()
        self.desk().decide(name, outcome, REASONS, rests_on=rests_on)
        self.desk(CLEO).second(name, "I compared both papers myself.", agrees=True)
        return name


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    workspace = Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: NOW)
    held = Bank(workspace)
    held.screen(replace(LISTED, birth_dates=("1974",)))
    yield held
    workspace.close()


def test_a_decision_waits_until_a_second_and_different_person_agrees(bank: Bank) -> None:
    name = bank.only()
    assert bank.desk().decide(name, "other", REASONS).state == "waiting"
    with pytest.raises(NotAllowed) as refused:
        bank.desk().second(name, "I agree with myself.", agrees=True)
    assert refused.value.rule == "an-alert-is-decided-by-two-persons"
    assert bank.state() == "waiting"
    held = bank.desk(CLEO).second(name, "I compared both papers.", agrees=True)
    assert held.state == "decided"
    assert (held.standing.decision.by, held.standing.decision.second.by) == ("carla", "cleo")
    refusals = bank.workspace.audit.find({"rule": "an-alert-is-decided-by-two-persons"})
    assert refusals.total == 1
    assert bank.workspace.audit.verify().ok


def test_a_second_person_who_disagrees_sends_the_alert_back(bank: Bank) -> None:
    name = bank.only()
    bank.desk().decide(name, "other", REASONS)
    held = bank.desk(CLEO).second(name, "The year could be a slip.", agrees=False)
    assert held.state == "again"
    assert bank.desk(CLEO).decide(name, "unclear", "Asked for the passport.").state == "open"
    assert bank.desk(CLEO).decide(name, "same", "The passport is his.").state == "waiting"
    assert [d.outcome for d in bank.desk().matter(name).standing.history] == [
        "other", "unclear", "same",
    ]  # fmt: skip


@pytest.mark.parametrize("reasons", ["", "   \n ", "no", "x" * 6000])
def test_reasons_are_compulsory_and_bounded(bank: Bank, reasons: str) -> None:
    with pytest.raises(InvalidData):
        bank.desk().decide(bank.only(), "other", reasons)
    assert bank.state() == "open"


def test_nobody_decides_on_what_they_did_not_see(bank: Bank) -> None:
    name = bank.only()
    seen = bank.desk().matter(name).alert.grounds.fingerprint
    bank.screen(LISTED)
    with pytest.raises(Conflict):
        bank.desk().decide(name, "other", REASONS, seen=seen)


def test_a_decision_is_remembered_when_a_list_comes_anew_or_the_entry_comes_back(
    bank: Bank,
) -> None:
    name = bank.decided()
    listed = replace(LISTED, birth_dates=("1974",))
    another = replace(LISTED, entity_id="ofac-902", names=("ZUMAYA DEL ARROYO, Benigna",))
    bank.screen(listed, another)
    assert bank.state() == "decided"
    bank.screen(replace(listed, programs=("ILLICIT-DRUGS-EO14059",)))
    held = bank.desk().matter(name)
    # Another tag does not bear on who it is; that it changed is told.
    assert held.state == "decided"
    assert [(c.kind, c.reopens) for c in held.standing.changes] == [("program", False)]
    bank.screen(another)
    assert bank.state() == "ended"
    bank.screen(listed)
    assert bank.state() == "decided"


def test_it_opens_again_where_what_it_rests_on_changed_and_says_what(bank: Bank) -> None:
    name = bank.decided()
    bank.screen(LISTED)
    held = bank.desk().matter(name)
    assert held.state == "again"
    (change,) = [c for c in held.standing.changes if c.reopens]
    assert (change.part, change.kind) == ("date of birth", "value")
    assert "/ 1974:" in change.before
    assert "1974-03-19" in change.after
    bank.desk(CLEO).decide(name, "other", "The full date speaks against it as well.")
    assert bank.desk().matter(name).state == "waiting"
    assert len(bank.desk().matter(name).standing.history) == 2


def test_evidence_that_nobody_had_seen_opens_it_whatever_it_rested_on(bank: Bank) -> None:
    name = bank.decided(rests_on=("date of birth",))
    bank.screen(
        replace(LISTED, birth_dates=("1974",)), customers=(replace(CUSTOMER, countries=("mx",)),)
    )
    held = bank.desk().matter(name)
    assert held.state == "again"
    assert [(c.part, c.kind) for c in held.standing.changes] == [("country", "new")]


def test_of_the_listed_one_other_programs_open_it_again(bank: Bank) -> None:
    bank.decided("same")
    bank.screen(replace(LISTED, birth_dates=("1974",), programs=("SDNTK", "FTO")))
    assert bank.state() == "again"


def test_what_was_decided_stays_on_record_when_it_is_opened_by_hand(bank: Bank) -> None:
    name = bank.decided()
    with pytest.raises(Conflict):
        bank.desk().decide(name, "same", REASONS)
    assert bank.desk(CLEO).reopen(name, "A new paper came in.").state == "again"
    held = bank.desk(CLEO).decide(name, "same", "The paper names him.")
    assert held.state == "waiting"
    first = held.standing.history[0]
    assert (first.outcome, first.reopened[0]) == ("other", "cleo")


def test_an_altered_or_shortened_thread_is_found_and_nothing_is_added_to_it(bank: Bank) -> None:
    name = bank.decided()
    engine = bank.workspace.ledger
    with writing(engine) as connection:
        connection.execute(
            update(ENTRIES).where(ENTRIES.c.number == 1).values(content='{"puente": "x"}')
        )
    held = bank.desk().matter(name)
    assert held.threads[0].altered == 1
    with pytest.raises(Conflict):
        bank.desk().reopen(name, "A new paper came in.")
    with writing(engine) as connection:
        connection.execute(delete(ENTRIES))
    assert [m.threads[0].altered for m in bank.desk().matters() if m.threads] == [1]


def test_the_customers_of_an_agency_are_seen_by_nobody_elses(bank: Bank) -> None:
    name = bank.only()
    for who, why in ((OTHER, COMPLIANCE), (ANA, Purpose(name="investigation", case="C-1"))):
        assert bank.desk(who, why).matters() == ()
        with pytest.raises(NotFound):
            bank.desk(who, why).decide(name, "other", REASONS)
    auditor = Actor(name="eva", roles=frozenset({"auditor"}), agency="BANK")
    with pytest.raises(NotAllowed):
        bank.desk(auditor, Purpose(name="audit")).matters()
    with pytest.raises(Conflict):
        take(Pen(guard=bank.workspace.guard, actor=OTHER, purpose=COMPLIANCE), "branch-7", [])


# --- the grounds ----------------------------------------------------------------------------------

PARTS = st.sampled_from(("name", "date of birth", "country", "CURP", "sex"))
VALUES = st.sampled_from(("a", "b"))
SIDES = st.dictionaries(PARTS, st.tuples(VALUES, VALUES, st.sampled_from(("supports", "decides"))))


def side(parts: dict[str, tuple[str, str, str]]) -> Grounds:
    held = [Ground(part=p, asked=a, listed=b, effect=e) for p, (a, b, e) in parts.items()]
    return Grounds(verdict="possible", parts=tuple(held), programs=("SDNTK",))


@given(SIDES, SIDES, st.sets(PARTS))
@settings(max_examples=200, deadline=None)
def test_a_decision_is_opened_by_what_it_rests_on_by_what_is_new_and_by_nothing_else(
    then: dict[str, tuple[str, str, str]], now: dict[str, tuple[str, str, str]], rests: set[str]
) -> None:
    before, after = side(then), side(now)
    assert read_grounds(before.as_json()) == before
    changes = changes_since(before, after, SAME, rests)
    assert (changes == ()) == (then == now)
    for part in {*then, *now}:
        moved = then.get(part) != now.get(part)
        decides = part in then and part in now and moved and now[part][2] == "decides" \
            and then[part][2] != "decides"  # fmt: skip
        opens = moved and (part not in then or part in rests or decides)
        assert any(c.part == part and c.reopens for c in changes) == opens


# --- customer files and lists over time -----------------------------------------------------------

NO = "-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- "
GIVEN = ("Evaristo", "Benigna", "Fulgencio", "Nicanor", "Amalia", "Policarpo", "Zenaida", "Eusebio")
FIRST = ("Quiroz", "Zumaya", "Montano", "Ruvalcaba", "Arizpe", "Tamez", "Ozuna", "Villasana")
SECOND = ("Inventado", "Delarroyo", "Luna", "Sol", "Ajusco", "Llano", "Vado", "Cerro")


def sdn(folder: Path, *rows: tuple[int, str]) -> Path:
    folder.mkdir()
    lines = [f'{n},"{name}",individual,"SDNTK",{NO},"-0- "\n' for n, name in rows]
    (folder / "sdn.csv").write_text("".join(lines), encoding="latin-1")
    return folder


def people(path: Path) -> Path:
    rows = [
        f"{a}{b}{c},{GIVEN[a]} {FIRST[b]} {SECOND[c]}\n"
        for a in range(8) for b in range(8) for c in range(8)
    ]  # fmt: skip
    path.write_text("id,name\n" + "".join(rows), encoding="utf-8")
    return path


def test_a_customer_file_on_a_delta_is_asked_only_where_it_matters_and_ends_up_the_same(
    tmp_path: Path,
) -> None:
    customers = people(tmp_path / "customers.csv")
    stays = [(100 + n, f"{FIRST[n].upper()} {SECOND[7 - n].upper()}, {GIVEN[n]}") for n in range(6)]
    before = Side(lists=(sdn(tmp_path / "a", *stays, (901, "TAMEZ LLANO, Eusebio")),),
                  customers=customers)  # fmt: skip
    after = Side(lists=(sdn(tmp_path / "b", *stays, (902, "OZUNA VADO, Zenaida")),),
                 customers=customers)  # fmt: skip
    books = []
    with Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: NOW) as held:
        for book, last in (("whole", None), ("delta", before)):
            screen_into(held.guard, CARLA, COMPLIANCE, book, before)
            done = screen_into(held.guard, CARLA, COMPLIANCE, book, after, last)
            desk = AlertDesk(guard=held.guard, actor=CARLA, purpose=COMPLIANCE, view=None)
            books.append(
                {
                    (m.alert.subject, m.alert.entry, m.state, m.alert.grounds.fingerprint)
                    for m in desk.matters()
                    if m.alert.book == book
                }
            )
        assert books[0] == books[1]
        assert {entry for _who, entry, _state, _f in books[0]} >= {"ofac-901", "ofac-902"}
        assert done.customers == 512
        assert 0 < done.touched < 512
        with pytest.raises(Conflict):  # the queue stands by `after` now
            screen_into(held.guard, CARLA, COMPLIANCE, "delta", after, before)


def test_who_is_no_customer_any_more_has_no_alert(tmp_path: Path) -> None:
    listed = sdn(tmp_path / "a", (901, "TAMEZ LLANO, Eusebio"))
    first, later = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("id,name\n1,Eusebio Tamez Llano\n2,Eusebio Tamez Llano\n,nobody\n")
    later.write_text("id,name\n2,Eusebio Tamez Llano\n3,Eusebio Tamez Llano\n")
    old, new = (Side(lists=(listed,), customers=path) for path in (first, later))
    with Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: NOW) as held:
        done = screen_into(held.guard, CARLA, COMPLIANCE, "b", old)
        assert [reject.line for reject in done.rejects] == [4]
        done = screen_into(held.guard, CARLA, COMPLIANCE, "b", new, old)
        assert (done.touched, done.intake.raised, done.intake.gone) == (1, 1, 1)


def test_a_removal_gives_notice_on_every_decision_and_on_what_was_blocked(tmp_path: Path) -> None:
    clock = [NOW]
    with Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: clock[0]) as held:

        def build(folder: Path) -> None:
            pipeline.run(pipeline.Build(workspace=held, data=folder, now=clock[0],
                                        report_progress=lambda *_said: None))  # fmt: skip
            clock[0] += timedelta(days=30)

        first = sdn(tmp_path / "2026-01-01", (901, "QUIROZ INVENTADO, Evaristo"),
                    (902, "LARA QUE QUEDA, Benigna"))  # fmt: skip
        build(first)
        bank = Bank(held)
        bank.screen(replace(LISTED, birth_dates=("1974",)))
        name = bank.decided("same")
        register = Register(guard=held.guard, actor=CARLA, purpose=COMPLIANCE)
        item = register.add("property", PROPERTY)
        build(sdn(tmp_path / "2026-02-01", (902, "LARA QUE QUEDA, Benigna")))
        told = [n for n in notices(held.guard, CARLA, COMPLIANCE) if n.finding.kind == DECISION]
        assert {n.finding.subject for n in told} == {name, item.id}
        assert {n.change.entity_id for n in told} == {"ofac-901"}
        assert notices(held.guard, OTHER, COMPLIANCE, subjects=[name, item.id]) == ()
        # A notice undoes nothing: a person does.
        assert register.item(item.id).standing == "held"


PROPERTY = {
    "day": "2026-02-27", "measure": "blocked", "sort": "account", "description": "account 1",
    "holder": "Banco Inventado", "place": "Laredo", "owner": "Evaristo Quiroz Inventado",
    "basis": "listed", "entry": "ofac-901", "programs": "SDNTK", "authority": "21 USC 1904(b)",
    "nexus": "us_person", "value": "100", "currency": "USD",
}  # fmt: skip
