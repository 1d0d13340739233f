"""Registers of beneficial owners are read as they state: who holds what, and whom nobody names."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.graph.ownership import blocked, holdings_table
from puente.graph.ownership_holdings import Holding
from puente.ingest.source import Limits, LoadContext, Reject
from puente.ingest.sources.bods import SOURCES
from puente.ingest.sources.bods_interests import share_of
from puente.model.entity import Entity, Statement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BODS = SOURCES[0]


class Told:
    """What the reader said of one file."""

    def __init__(self, path: Path) -> None:
        (file,) = BODS.find(path)
        self.context = LoadContext(info=BODS.info, file=file, today=date(2026, 3, 1))
        handed = list(BODS.read(file, self.context))
        self.rejects = [item for item in handed if isinstance(item, Reject)]
        self.statements = [item for item in handed if isinstance(item, Statement)]

    @property
    def entities(self) -> dict[str, Entity]:
        ids = {s.entity_id for s in self.statements}
        return {i: Entity.merge(i, (s for s in self.statements if s.entity_id == i)) for i in ids}

    def ending(self, name: str) -> Entity:
        """Return the entity whose id ends in a record's number."""
        (found,) = (e for i, e in self.entities.items() if i.endswith(name))
        return found

    def holdings(self) -> list[Holding]:
        return [
            Holding(
                owner=e.first("owner"),
                asset=e.first("asset"),
                percent=Decimal(e.first("percentage")) if e.first("percentage") else None,
                percent_max=Decimal(e.first("percentageMax")) if e.first("percentageMax") else None,
                date_from=e.first("startDate"),
                date_to=e.first("endDate"),
            )
            for _, e in sorted(self.entities.items())
            if e.schema == "Ownership" and e.first("owner") and e.first("asset")
        ]


PUBLISHER = {"publicationDate": "2026-01-01", "bodsVersion": "0.4", "publisher": {"name": "Reg Á"}}


def record(kind: str, number: str, *, status: str = "new", on: str = "2026-01-01", **details: Any
           ) -> dict[str, Any]:  # fmt: skip
    return {
        "statementId": f"{number}-{status}-{on}",
        "statementDate": on,
        "publicationDetails": PUBLISHER,
        "recordId": number,
        "recordStatus": status,
        "recordType": kind,
        "recordDetails": details,
    }


def firm(name: str, **more: Any) -> dict[str, Any]:
    return record("entity", name, entityType={"type": "registeredEntity"}, name=name, **more)


def holds(owner: str, asset: str, *interests: Any, name: str = "rel", **more: Any
          ) -> dict[str, Any]:  # fmt: skip
    given = {"subject": asset, "interestedParty": owner, "interests": list(interests)}
    if "details" in more:
        given = more.pop("details")
    return record("relationship", name, **more, **given)


def shares(kind: str = "shareholding", **more: Any) -> dict[str, Any]:
    return {"type": kind, "directOrIndirect": "direct", **more}


def told(folder: Path, *items: object) -> Told:
    path = folder / "register.json"
    path.write_text(json.dumps(list(items)), encoding="utf-8")
    return Told(path)


# -- the published fixtures -------------------------------------------------------------------


def test_a_direct_owner_keeps_both_interests_and_the_share(puente_data: Path) -> None:
    read = Told(puente_data / "networks/bods/01-direct-ownership.json")
    assert not read.rejects
    assert read.context.rows == 3
    firm = read.ending("-rec-acme-holdings-ltd")
    jane = read.ending("-rec-jane-smith-1975")
    assert (firm.schema, firm.caption) == ("Company", "Acme Holdings Ltd")
    assert firm.first("registrationNumber") == "10000001"
    assert firm.first("incorporationDate") == "2005-03-15"
    assert firm.first("jurisdiction") == "gb"
    assert (jane.caption, jane.first("birthDate")) == ("Jane Smith", "1975-06-20")
    assert jane.first("nationality") == "gb"
    owning = read.ending("-rec-rel-jane-acme-shareholding")
    voting = read.ending("-rec-rel-jane-acme-votingRights")
    assert (owning.schema, voting.schema) == ("Ownership", "UnknownLink")
    assert (owning.first("owner"), owning.first("asset")) == (jane.id, firm.id)
    assert (voting.first("subject"), voting.first("object")) == (jane.id, firm.id)
    assert owning.first("percentage") == "75"
    assert owning.first("startDate") == "2010-01-01"
    for held in (owning, voting):
        assert "beneficialOwnershipOrControl: true" in held.values("summary")
        assert "75 percent" in held.values("summary")
    assert {s.agency for s in read.statements} == {"bods-fixtures"}
    # Votes are no ownership: what Jane holds is 75 percent, not 150.
    (answer,) = (
        a for a in blocked(holdings_table(read.holdings()), {jane.id}, as_of=date(2026, 3, 1))
        if a.entity == firm.id
    )  # fmt: skip
    assert (answer.status, answer.low, answer.high) == ("blocked", 75, 75)


def test_two_firms_that_own_each_other_end_and_no_share_is_counted_twice(
    puente_data: Path,
) -> None:
    read = Told(puente_data / "networks/bods/10-circular-ownership.json")
    alpha, beta = read.ending("-rec-alpha-corp"), read.ending("-rec-beta-corp")
    assert {(h.owner, h.asset) for h in read.holdings()} == {
        (alpha.id, beta.id),
        (beta.id, alpha.id),
    }
    assert not [e for e in read.entities.values() if e.schema == "Person"]
    table = holdings_table(read.holdings())
    day = date(2026, 5, 1)
    alone = {a.entity: a.status for a in blocked(table, {"nobody"}, as_of=day)}
    assert (alone[alpha.id], alone[beta.id]) == ("not", "not")
    seeded = {a.entity: (a.status, a.low) for a in blocked(table, {alpha.id}, as_of=day)}
    assert seeded[beta.id] == ("blocked", 100)
    assert seeded[alpha.id][1] <= 100


def test_an_owner_whom_nobody_names_is_no_person_and_the_reason_stands(
    puente_data: Path,
) -> None:
    read = Told(puente_data / "networks/bods/11-anonymous-person.json")
    reason = "subjectUnableToConfirmOrIdentifyBeneficialOwner"
    assert {e.schema for e in read.entities.values()} == {"Company", "UnknownLink"}
    link = read.ending("-rec-rel-opaque-no-ubo-unknownInterest")
    opaque = read.ending("-rec-opaque-holdings-sa")
    assert link.first("object") == opaque.id
    assert not link.first("subject")
    for text in (link.first("summary"), opaque.first("notes")):
        assert reason in text
        assert "unable to identify any beneficial owner" in text
    assert read.context.facts[f"interestedParty not named: {reason}"] == 1


# -- records over time ------------------------------------------------------------------------


def test_a_closed_record_ends_the_holding_on_its_day(tmp_path: Path) -> None:
    read = told(
        tmp_path,
        firm("a"),
        firm("b"),
        holds("a", "b", shares(share={"exact": 60}, startDate="2020-01-01")),
        holds("a", "b", status="closed", on="2026-02-01", details={}),
    )
    held = read.ending("-rel-shareholding")
    assert (held.first("startDate"), held.first("endDate")) == ("2020-01-01", "2026-02-01")
    table = holdings_table(read.holdings())
    for day, status in ((date(2026, 1, 31), "blocked"), (date(2026, 2, 2), "not")):
        found = {a.entity: a.status for a in blocked(table, {"bods-reg_a-a"}, as_of=day)}
        assert found["bods-reg_a-b"] == status


def test_of_a_record_stated_twice_the_newest_counts(tmp_path: Path) -> None:
    rows = [
        firm("a"),
        firm("b"),
        holds("a", "b", shares(share={"exact": 60}), on="2026-01-01"),
        holds("a", "b", shares(share={"exact": 30}), status="updated", on="2026-02-01"),
    ]
    for order in (rows, rows[::-1]):
        read = told(tmp_path, *order)
        assert read.ending("-rel-shareholding").values("percentage") == ("30",)
        assert read.context.facts["relationship statements superseded"] == 1
        assert read.context.rows == 4


def old(kind: str, number: str, **more: Any) -> dict[str, Any]:
    return {
        "statementID": number,
        "statementType": kind,
        "statementDate": "2019-05-16",
        "publicationDetails": PUBLISHER,
        **more,
    }


def old_register() -> list[dict[str, Any]]:
    """A register in version 0.2: statements replace others, kinds of interest are hyphenated."""
    return [
        old("entityStatement", "e1", entityType="registeredEntity", name="Old name",
            incorporatedInJurisdiction={"code": "US-DE", "name": "Delaware"}),
        old("entityStatement", "e2", entityType="registeredEntity", name="New name",
            replacesStatements=["e1"], alternateNames=["N. N."]),
        old("personStatement", "p1", personType="knownPerson", hasPepStatus=True,
            names=[{"type": "individual", "fullName": "Ana Made Up"},
                   {"type": "former", "fullName": "Ana Before"}],
            addresses=[{"type": "residence", "address": "Calle 5", "country": "MX"}]),
        old("ownershipOrControlStatement", "o1", subject={"describedByEntityStatement": "e1"},
            interestedParty={"describedByPersonStatement": "p1"},
            interests=[
                {"type": "shareholding", "interestLevel": "direct",
                 "share": {"minimum": 25, "maximum": 50, "exclusiveMinimum": True,
                           "exclusiveMaximum": True}},
                {"type": "appointment-of-board", "interestLevel": "direct"},
                {"type": "senior-managing-official"},
            ]),
        old("ownershipOrControlStatement", "o2", subject={"describedByEntityStatement": "e2"},
            interestedParty={"unspecified": {"reason": "unknown", "description": "Lost"}},
            interests=[{"type": "shareholding", "share": {"exact": 40}}]),
    ]  # fmt: skip


def test_statements_of_the_older_versions_are_read_too(tmp_path: Path) -> None:
    read = told(tmp_path, *old_register())
    assert not read.rejects
    entity, ana = read.ending("-e1"), read.ending("-p1")
    assert entity.values("name") == ("New name",)
    assert ana.first("topics") == "role.pep"
    assert ana.values("previousName") == ("Ana Before",)
    assert ana.first("address") == "Calle 5, MX"
    held = read.ending("-o1-shareholding")
    assert held.first("asset") == entity.id
    assert (held.first("percentage"), held.first("percentageMax")) == ("25", "49.999999")
    assert held.first("summary") == "more than 25, less than 50 percent"
    assert read.ending("-o1-appointmentOfBoard").schema == "UnknownLink"
    assert read.ending("-o1-seniorManagingOfficial").schema == "Directorship"
    unnamed = read.ending("-o2-shareholding")
    assert (unnamed.schema, unnamed.first("percentage")) == ("Ownership", "40")
    assert not unnamed.first("owner")


@pytest.mark.parametrize("form", ["list", "lines", "object", "one line"])
def test_a_list_lines_and_an_object_say_the_same(tmp_path: Path, form: str) -> None:
    rows = old_register()
    text = {
        "list": json.dumps(rows, indent=2),
        "lines": "\n\n".join(json.dumps(row) for row in rows),
        "object": json.dumps({"meta": {"x": [1]}, "statements": rows}, indent=1),
        "one line": json.dumps({"statements": rows}),
    }[form]
    path = tmp_path / "register.json"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    expected = {(s.entity_id, s.prop, s.value) for s in told(tmp_path, *rows).statements}
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert {(s.entity_id, s.prop, s.value) for s in Told(path).statements} == expected


# -- shares -----------------------------------------------------------------------------------


def test_an_indirect_share_never_adds_to_the_chain_it_is_held_by(tmp_path: Path) -> None:
    read = told(
        tmp_path,
        firm("p"),
        firm("c"),
        firm("b"),
        holds("c", "b", shares(share={"exact": 60}), name="r1"),
        holds("p", "c", shares(share={"exact": 60}), name="r2"),
        holds("p", "b", shares(share={"exact": 60}, directOrIndirect="indirect"), name="r3"),
    )
    indirect = read.ending("-r3-shareholding")
    assert (indirect.first("percentage"), indirect.first("percentageMax")) == ("0", "60")
    assert "60 percent" in indirect.values("summary")
    answer = {
        a.entity: a
        for a in blocked(holdings_table(read.holdings()), {"bods-reg_a-p"}, as_of=date(2026, 3, 1))
    }
    assert answer["bods-reg_a-b"].status == "blocked"
    assert answer["bods-reg_a-b"].low == 60


SHARE = st.integers(0, 100)


@given(SHARE, SHARE, st.booleans(), st.booleans())
def test_a_share_between_bounds_lies_between_them(
    one: int, other: int, above: bool, below: bool
) -> None:
    low, high = sorted((one, other))
    flags = {"exclusiveMinimum": above, "exclusiveMaximum": below}
    numbers = {
        "exclusiveMinimum" if above else "minimum": low,
        "exclusiveMaximum" if below else "maximum": high,
    }
    if low == high and below and high:
        with pytest.raises(InvalidData, match="above"):
            share_of({"minimum": low, "maximum": high, **flags})
        return
    first = share_of({"minimum": low, "maximum": high, **flags})
    assert first == share_of(numbers)
    assert first.low == low
    most = first.low if first.high is None else first.high
    assert low <= most <= high
    assert (most < high) == (below and high > 0)


@pytest.mark.parametrize("share", [{"exact": 101}, {"minimum": -1}, {"exact": "half"}])
def test_a_share_that_cannot_be_rejects_the_statement(tmp_path: Path, share: object) -> None:
    read = told(tmp_path, firm("a"), firm("b"), holds("a", "b", shares(share=share)))
    assert [(r.line, r.reason.startswith("share: ")) for r in read.rejects] == [(3, True)]
    assert not read.holdings()


def test_a_bound_alone_leaves_the_other_side_open(tmp_path: Path) -> None:
    assert share_of({"minimum": 75}).high == 100
    assert share_of({"maximum": 10}).low == 0
    assert share_of({}).low is None
    read = told(tmp_path, firm("a"), firm("b"), holds("a", "b", shares()))
    assert read.holdings()[0].percent is None


# -- what cannot be read, and who is who ------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("text", "not a JSON object"),
        (record("wizard", "x"), "unknown kind of statement 'wizard'"),
        (record("entity", ""), "the entity has no id"),
        (record("entity", "x", status="burnt"), "unknown status"),
        (record("relationship", "x", interests=[]), "names neither of its ends"),
    ],
)
def test_a_statement_that_is_none_is_rejected_with_its_reason(
    tmp_path: Path, row: object, reason: str
) -> None:
    read = told(tmp_path, firm("a"), row, firm("b"))
    assert [(r.line, reason in r.reason) for r in read.rejects] == [(2, True)]
    assert read.context.rows == 3
    assert len(read.entities) == 2
    assert json.loads(read.rejects[0].raw) == row


def test_a_statement_with_half_a_character_is_rejected_and_the_rest_is_read(
    tmp_path: Path,
) -> None:
    read = told(tmp_path, firm("a"), {**firm("b"), "note": "\ud800"}, firm("c"))
    assert [(r.line, r.reason) for r in read.rejects] == [
        (2, "half of a character stands in a text")
    ]
    assert read.rejects[0].raw.startswith('{"')
    assert len(read.entities) == 2


def test_a_file_cut_off_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "register.json"
    path.write_text(json.dumps([firm("a"), firm("b")])[:-20])
    with pytest.raises(InvalidData, match=r"register.json, line 1: .*record 2"):
        Told(path)


def test_the_same_number_of_two_registers_is_two_firms(tmp_path: Path) -> None:
    other = firm("1")
    other["publicationDetails"] = {"publisher": {"name": "Another Register"}}
    read = told(tmp_path, firm("1"), other, firm("2"), holds("1", "2", shares()))
    assert {i for i, e in read.entities.items() if e.schema == "Company"} == {
        "bods-reg_a-1",
        "bods-another_register-1",
        "bods-reg_a-2",
    }
    assert read.holdings()[0].owner == "bods-reg_a-1"


def test_a_party_that_the_file_does_not_describe_is_counted(tmp_path: Path) -> None:
    read = told(tmp_path, firm("b"), holds("gone", "b", shares(share={"exact": 50})))
    assert read.context.facts["ends of relationships that the file does not describe"] == 1
    assert read.holdings()[0].owner == "bods-reg_a-gone"


def test_identifiers_go_where_their_scheme_says(tmp_path: Path) -> None:
    ids: Sequence[tuple[str, str]] = (
        ("ESP-PASSPORT", "AA1"), ("USA-TAXID", "T2"), ("MX-CURP", "GULJ570404HSLZRQ09"), ("X", "9"),
    )  # fmt: skip
    person = record(
        "person", "p", personType="unknownPerson",
        identifiers=[{"scheme": scheme, "id": number} for scheme, number in ids],
        unspecifiedPersonDetails={"reason": "interestedPartyHasNotProvidedInformation"},
    )  # fmt: skip
    company = firm("f", identifiers=[{"scheme": "MX-RFC", "id": "CPL211105123"}])
    read = told(tmp_path, person, company)
    held = read.ending("-p")
    assert held.first("passportNumber") == "AA1"
    assert held.first("taxNumber") == "T2"
    assert held.first("curpCode") == "GULJ570404HSLZRQ09"
    assert held.first("idNumber") == "9"
    assert "not named: interestedPartyHasNotProvidedInformation" in held.values("notes")
    assert read.ending("-f").first("rfcCode") == "CPL211105123"


def test_other_json_files_are_left_alone(tmp_path: Path, puente_data: Path) -> None:
    (tmp_path / "x.json").write_text('{"type": "FeatureCollection", "recordType": "entity"}')
    assert BODS.find(tmp_path) == []
    assert {f.path.name[:2] for f in BODS.find(puente_data)} == {"01", "10", "11"}


def test_memory_holds_numbers_and_never_the_file(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "register.jsonl"
    with path.open("w") as handle:
        for number in range(1_500):
            handle.write(json.dumps(firm(f"f{number}", alternateNames=["x" * 4_000])) + "\n")
    (file,) = BODS.find(path)
    context = LoadContext(info=BODS.info, file=file, today=date(2026, 3, 1), limits=Limits())
    tracemalloc.start()
    rows = sum(1 for _ in BODS.read(file, context))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows > 1_500
    assert peak < 2_000_000 < path.stat().st_size
