"""The register: three states of property apart, days by the law, nothing overwritten, no minors.

Nobody here exists.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.guard.actors import Actor, Purpose
from puente.i18n import use_language
from puente.report.register_report import register_report, render
from puente.screen.register import Register
from puente.screen.register_batch import add_file
from puente.screen.register_clocks import dues
from puente.screen.register_items import totals
from puente.screen.tables import ENTRIES
from puente.settings import Settings
from puente.store.ledger import writing
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from puente.screen.register_clocks import Due
    from puente.screen.register_items import Item

COMPLIANCE = Purpose(name="compliance")


def person(name: str, agency: str = "BANK") -> Actor:
    return Actor(name=name, roles=frozenset({"compliance"}), country="US", agency=agency)


PROPERTY = {
    "day": "2026-02-27", "measure": "blocked", "sort": "account", "description": "account 1",
    "holder": "Banco Inventado, 1 Made-up Street", "place": "Laredo, Texas",
    "owner": "Evaristo Quiroz Inventado", "basis": "listed", "entry": "ofac-901",
    "programs": "SDNTK", "authority": "21 USC 1904(b)", "nexus": "us_person",
    "value": "100.00", "currency": "USD",
}  # fmt: skip
REJECTED = {
    "day": "2026-06-26", "description": "a wire", "payer": "A", "payee": "B", "programs": "SDGT",
    "authority": "31 CFR 594.201", "nexus": "in_us", "value": "9.50", "currency": "USD",
    "reasons": "goods for the listed; no interest of theirs in the funds",
}  # fmt: skip
TRAFFICKER = {
    "day": "2026-07-01", "case": "C-1", "name": "Evaristo Quiroz Inventado",
    "birth_date": "1974-03-19", "nationality": "Mexico", "ground": "trafficker",
    "post": "Consulate General, Monterrey", "source": "FGR", "grade": "B2",
    "facts": "detained with 40 kg, judgment of 2025",
}  # fmt: skip
FAMILY = {
    **TRAFFICKER, "name": "Zenaida Tamez Luna", "birth_date": "1980-01-01", "ground": "family",
    "relation": "spouse", "benefit_day": "2024-05-01", "benefit": "a house bought from proceeds",
    "knew": "signed the deed and a statement on the funds",
}  # fmt: skip


@dataclass
class Book:
    workspace: Workspace
    clock: list[datetime]

    def of(self, name: str = "carla", agency: str = "BANK") -> Register:
        guard = self.workspace.guard
        return Register(guard=guard, actor=person(name, agency), purpose=COMPLIANCE)

    def due(self) -> dict[tuple[str, str], Due]:
        register = self.of()
        found = dues(register.threads(), register.today)
        return {(due.clock, due.year): due for due in found}

    def agreed(self, item: Item, number: int) -> Item:
        return self.of("cleo").confirm(item.id, number, "I read the papers.", agrees=True)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    clock = [datetime(2026, 7, 6, 12, tzinfo=UTC)]
    workspace = Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: clock[0])
    yield Book(workspace, clock)
    workspace.close()


def test_ten_business_days_pass_over_weekends_and_federal_holidays(book: Book) -> None:
    book.of().add("rejected", REJECTED)
    due = book.due()["ofac-reject-report", ""]
    # 26 June 2026 is a Friday; 3 July is closed for the Fourth, which falls on a Saturday.
    assert due.last == date(2026, 7, 13)
    assert any(day == date(2026, 7, 3) for day, _why in due.deadline.skipped)
    assert due.state == "due"
    book.clock[0] += timedelta(days=8)
    assert book.due()["ofac-reject-report", ""].state == "overdue"


def test_a_report_that_was_filed_late_stays_late(book: Book) -> None:
    register = book.of()
    item = register.add("property", PROPERTY)
    assert book.due()["ofac-blocking-report", ""].state == "overdue"
    filed = {"day": "2026-07-06", "report": "blocking", "reference": "ORS-1"}
    register.add("reported", filed, on=item.id)
    due = book.due()["ofac-blocking-report", ""]
    assert (due.state, due.filed) == ("late", "2026-07-06")


def test_the_annual_report_holds_what_was_held_on_the_thirtieth_of_june(book: Book) -> None:
    register = book.of()
    kept = register.add("property", PROPERTY)
    gone = register.add("property", {**PROPERTY, "description": "account 2"})
    register.add("property", {**PROPERTY, "day": "2026-07-01"})
    register.add("property", {**PROPERTY, "measure": "seized"})
    register.add("property", {**PROPERTY, "nexus": "none"})
    register.add("valued", {"day": "2026-06-29", "value": "250", "currency": "USD"}, on=kept.id)
    register.add("valued", {"day": "2026-07-02", "value": "999", "currency": "USD"}, on=kept.id)
    out = {"day": "2026-06-30", "under": "court", "reasons": "order 7 of the court"}
    register.add("released", out, on=gone.id)
    book.agreed(gone, 2)
    report = register_report(
        register.threads(), "annual", as_of=register.today, made=book.clock[0], by="carla"
    )
    assert report.as_of == date(2026, 6, 30)
    assert [(item.id, item.value) for item in report.items] == [(kept.id, Decimal(250))]
    assert [(due.item, due.last.isoformat()) for due in report.dues] == [(kept.id, "2026-09-30")]


def test_blocked_seized_and_forfeited_and_two_currencies_are_never_added(book: Book) -> None:
    register = book.of()
    two = {**PROPERTY, "programs": "SDNTK; SDGT"}
    register.add("property", two)
    register.add("property", {**two, "value": "50", "currency": "MXN"})
    register.add("property", {**PROPERTY, "value": "", "currency": ""})
    forfeited = register.add("property", PROPERTY)
    judged = {"day": "2026-03-01", "measure": "forfeited", "authority": "judgment 3"}
    register.add("measured", judged, on=forfeited.id)
    items = register.items()
    told = {(t.program, t.measure, t.currency): (t.items, t.value) for t in totals(items)}
    assert told == {
        ("SDGT", "blocked", "USD"): (1, Decimal(100)),
        ("SDGT", "blocked", "MXN"): (1, Decimal(50)),
        ("SDNTK", "blocked", "USD"): (1, Decimal(100)),
        ("SDNTK", "blocked", "MXN"): (1, Decimal(50)),
        ("SDNTK", "blocked", ""): (1, None),
        ("SDNTK", "forfeited", "USD"): (1, Decimal(100)),
    }
    assert sum(t.items for t in totals(items, by_program=False)) == 4
    # As it stood the day before, it was still blocked.
    earlier = {t.measure for t in totals(register.items(date(2026, 2, 28)))}
    assert earlier == {"blocked"}


def test_an_unblocking_counts_once_a_second_and_different_person_agrees(book: Book) -> None:
    register = book.of()
    item = register.add("property", PROPERTY)
    out = {"day": "2026-07-02", "under": "error", "reasons": "another person of that name"}
    held = register.add("released", out, on=item.id)
    assert (held.standing, held.waiting) == ("held", (2,))
    with pytest.raises(NotAllowed) as refused:
        register.confirm(item.id, 2, "I agree with myself.", agrees=True)
    assert refused.value.rule == "the-register-asks-for-two-persons"
    with pytest.raises(Conflict):
        register.add("released", out, on=item.id)
    assert book.agreed(item, 2).standing == "released"
    assert book.due()["ofac-unblocking-records", ""].last.year == 2036
    with pytest.raises(Conflict):
        register.add("valued", {"day": "2026-07-03", "value": "1", "currency": "USD"}, on=item.id)


def test_a_mistake_is_withdrawn_by_two_persons_and_never_counted(book: Book) -> None:
    register = book.of()
    item = register.add("property", PROPERTY)
    register.add("withdrawn", {"reasons": "entered twice"}, on=item.id)
    assert totals(register.items())
    assert book.agreed(item, 2).standing == "mistake"
    assert totals(register.items()) == ()
    assert book.due() == {}
    assert len(register.item(item.id).entries) == 3


def test_a_part_that_is_unblocked_lowers_the_value(book: Book) -> None:
    register = book.of()
    item = register.add("property", PROPERTY)
    part = {"day": "2026-07-02", "under": "court", "reasons": "legal fees", "currency": "USD"}
    for value in ("100", "200", "0"):
        with pytest.raises(InvalidData):
            register.add("released", {**part, "value": value}, on=item.id)
    register.add("released", {**part, "value": "30.25"}, on=item.id)
    assert book.agreed(item, 2).value == Decimal("69.75")


def test_a_licence_is_used_within_its_days_alone(book: Book) -> None:
    register = book.of()
    item = register.add("property", PROPERTY)
    licence = register.add("licence", {
        "number": "MX-2026-1", "sort": "specific", "issuer": "OFAC", "day": "2026-05-01",
        "expires": "2026-06-30", "terms": "legal fees up to 50 dollars",
    })  # fmt: skip
    assert licence.standing == "expired"
    use = {"licence": licence.id, "what": "legal fees"}
    register.add("licensed", {**use, "day": "2026-06-30"}, on=item.id)
    for day in ("2026-04-30", "2026-07-01"):
        with pytest.raises(InvalidData):
            register.add("licensed", {**use, "day": day}, on=item.id)
    with pytest.raises(NotFound):
        register.add("licensed", {**use, "day": "2026-06-01", "licence": "L-2026-0099"}, on=item.id)


# --- visa referrals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "birth", ["2008-07-02", "2009", "2008", "2020-01-01"]
)  # of 2008 some were minors on 1 July 2026
def test_a_minor_is_never_referred_nor_one_who_may_be(book: Book, birth: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        book.of().add("referral", {**TRAFFICKER, "birth_date": birth})
    assert refused.value.rule == "no-minor-is-referred"
    assert book.workspace.audit.find({"rule": "no-minor-is-referred"}).total == 1


def test_nobody_is_referred_for_being_a_relative(book: Book) -> None:
    register = book.of()
    first = register.add("referral", TRAFFICKER)
    assert first.standing == "pending"
    family = {**FAMILY, "principal": first.id}
    with pytest.raises(InvalidData):  # the trafficker's referral does not stand yet
        register.add("referral", family)
    book.agreed(first, 1)
    for lacking in ("principal", "relation", "benefit_day", "benefit", "knew"):
        with pytest.raises(InvalidData):
            register.add("referral", {**family, lacking: ""})
    for wrong in (
        {"benefit_day": "2021-06-30"}, {"benefit_day": "2026-07-02"}, {"relation": "cousin"},
        {"nationality": "US"}, {"name": "Zenaida Tamez; Benigna Tamez"}, {"grade": "Z9"},
    ):  # fmt: skip
        with pytest.raises(InvalidData):
            register.add("referral", {**family, **wrong})
    with pytest.raises(NotAllowed):  # of age now, a minor when the benefit came
        register.add("referral", {**family, "birth_date": "2007-01-01"})
    made = register.add("referral", family)
    listed = [item.brief() for item in register.items()]
    assert "Zenaida" not in str(listed)
    assert "Zenaida" in str(register.item(made.id).as_json())


def test_after_a_refusal_the_year_to_ask_again_runs(book: Book) -> None:
    register = book.of()
    item = register.add("referral", TRAFFICKER)
    with pytest.raises(Conflict):
        register.add("answered", {"day": "2026-07-02", "result": "refused"}, on=item.id)
    book.agreed(item, 1)
    register.add("answered", {"day": "2026-07-02", "result": "refused"}, on=item.id)
    due = book.due()["us-visa-reconsideration", ""]
    assert (due.state, due.deadline.due) == ("runs", date(2027, 7, 2))


# --- whose it is, and what is wrong with it -------------------------------------------------------


def test_a_register_is_its_agencys_own(book: Book) -> None:
    item = book.of().add("property", PROPERTY)
    other = book.of("otis", "CARRIER")
    assert other.items() == ()
    for ask in (lambda: other.item(item.id), lambda: other.add("withdrawn", {"reasons": "x"},
                                                               on=item.id)):  # fmt: skip
        with pytest.raises(NotFound):
            ask()
    journalist = Actor(name="j", roles=frozenset({"journalist"}), agency="BANK")
    with pytest.raises(NotAllowed):
        Register(guard=book.workspace.guard, actor=journalist,
                 purpose=Purpose(name="oversight")).items()  # fmt: skip


def test_an_item_that_was_altered_counts_nowhere_and_is_named(book: Book) -> None:
    register = book.of()
    item = register.add("property", PROPERTY)
    with writing(book.workspace.ledger) as connection:
        row = connection.execute(ENTRIES.select()).one()
        text = row.content.replace("100.00", "900.00")
        connection.execute(update(ENTRIES).values(content=text))
    assert register.items() == ()
    assert [t.altered for t in register.threads()] == [1]
    with pytest.raises(Conflict):
        register.item(item.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "2026-02-30"}, {"day": "2026-07-07"}, {"day": ""}, {"measure": "taken"},
        {"value": "-1"}, {"value": "1,5"}, {"value": "NaN"}, {"value": "1e9"},
        {"currency": "dollars"}, {"currency": ""}, {"owner": "a\x00b"}, {"owner": "x" * 400},
        {"programs": ""}, {"entry": ""}, {"colour": "red"},
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_read_is_named_and_nothing_is_kept(
    book: Book, wrong: dict[str, str]
) -> None:
    with pytest.raises(InvalidData):
        book.of().add("property", {**PROPERTY, **wrong})
    assert book.of().items() == ()


# --- batches and reports --------------------------------------------------------------------------


def rows(write: Callable[[list[list[str]]], None]) -> None:
    head = list(PROPERTY)
    good = [PROPERTY[name] for name in head]
    bad = [("31/02/2026" if name == "day" else PROPERTY[name]) for name in head]
    write([head, good, bad, good])


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_row_at_fault_is_a_reject_with_its_line_and_stops_no_other(
    book: Book, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"blocked.{suffix}"

    def write(lines: list[list[str]]) -> None:
        if suffix == "csv":
            import csv

            with path.open("w", encoding="utf-8", newline="") as handle:
                csv.writer(handle).writerows(lines)
            return
        from xlsxwriter import Workbook

        with Workbook(str(path)) as made:
            sheet = made.add_worksheet()
            for at, cells in enumerate(lines):
                for column, cell in enumerate(cells):
                    sheet.write_string(at, column, cell)

    rows(write)
    taken = add_file(book.of(), "property", path)
    assert len(taken.items) == 2
    assert [reject.line for reject in taken.rejects] == [3]
    assert "31/02/2026" in taken.rejects[0].reason


def test_a_report_is_the_same_bytes_and_no_cell_is_run_as_a_formula(book: Book) -> None:
    from python_calamine import CalamineWorkbook

    register = book.of()
    attack = '=HYPERLINK("http://made.up")'
    register.add("property", {**PROPERTY, "description": attack, "value": "12345678901234567.89"})
    report = register_report(
        register.threads(), "whole", as_of=register.today, made=book.clock[0], by="carla"
    )
    for form in ("csv", "xlsx", "pdf"):
        assert render(report, form) == render(report, form)
    assert f"'{attack[:10]}" in render(report, "csv").decode("utf-8-sig").replace('"', "")
    cells = CalamineWorkbook.from_filelike(io.BytesIO(render(report, "xlsx")))
    first = cells.get_sheet_by_index(0).to_python()
    assert attack in first[1]
    # More figures than a spreadsheet's number keeps: as text, and whole.
    assert "12345678901234567.89" in first[1]
    with use_language("es"):
        assert render(report, "pdf").startswith(b"%PDF")


@given(st.lists(st.tuples(st.sampled_from(("USD", "MXN")), st.integers(0, 10**12)), max_size=8))
@settings(max_examples=25, deadline=None)
def test_totals_are_exact_whatever_the_amounts(amounts: list[tuple[str, int]]) -> None:
    from puente.screen.register_items import Item

    items = [
        Item(
            id=f"P-{n}", kind="property", standing="held", agency="", by="", said=PROPERTY,
            measure="blocked", value=Decimal(cents) / 100, currency=currency, released="",
            expires="", reports={}, entries=(), waiting=(), refused=(),
        )
        for n, (currency, cents) in enumerate(amounts)
    ]  # fmt: skip
    told = {t.currency: t.value for t in totals(items)}
    for currency in {c for c, _n in amounts}:
        cents = sum(n for c, n in amounts if c == currency)
        assert told[currency] == Decimal(cents) / 100
