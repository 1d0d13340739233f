"""Edges: every kind of tie, folded with its evidence; bystanders flagged; hubs capped and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from puente.errors import InvalidData
from puente.graph.network import MOST_TOGETHER, build_edges, edge_facts
from puente.graph.ownership import blocked_in, own_files
from puente.graph.steps import steps_from_listed

if TYPE_CHECKING:
    from pathlib import Path

Claim = Callable[..., list[Any]]
ViewOf = Callable[..., Any]


def rows(table: pa.Table) -> dict[tuple[str, str, str], dict[str, Any]]:
    found = table.to_pylist()
    keyed = {(r["source_id"], r["target_id"], r["kind"]): r for r in found}
    assert len(keyed) == len(found)
    return keyed


def test_a_relation_joins_its_two_ends_and_opens_its_statements(
    claim: Claim, view_of: ViewOf
) -> None:
    held = [
        *claim("p", "Person", name="A"),
        *claim("c", "Company", name="C"),
        *claim("d", "Directorship", director="p", organization="c", startDate="2019-05"),
    ]
    edge = rows(build_edges(view_of(held)))["p", "c", "Directorship"]
    said = {s.id for s in held if s.entity_id == "d"}
    assert set(edge["statement_ids"]) == said
    assert (edge["strength"], edge["date_from"], edge["date_to"]) == ("confirmed", "2019-05", "")
    assert edge["sources"] == ["register"]


def test_linked_to_of_a_sanctions_list_is_its_own_kind_and_has_no_direction(
    claim: Claim, view_of: ViewOf
) -> None:
    held = [
        *claim("z", "Person", name="A"),
        *claim("b", "Organization", name="B"),
        *claim("l", "UnknownLink", subject="z", object="b", role="Linked To"),
    ]
    assert list(rows(build_edges(view_of(held)))) == [("b", "z", "LinkedTo")]


def test_rivals_are_joined_by_a_kind_of_edge_that_is_no_step(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    held = [
        *claim("a", "Organization", name="A"),
        *claim("b", "Organization", name="B"),
        *claim("c", "Organization", name="C"),
        *claim("r", "UnknownLink", subject="a", object="b", role="rival"),
        *claim("y", "UnknownLink", subject="a", object="c", role="ally"),
    ]
    edges = build_edges(view_of(held))
    assert list(rows(edges)) == [("a", "b", "Rivalry"), ("a", "c", "UnknownLink")]
    nodes = pa.table({"cluster_id": ["a"], "blocked_list": [True], "standing": [""]})
    reached = steps_from_listed(view_of_tables({"edges": edges, "nodes": nodes}))
    assert reached["cluster_id"].to_pylist() == ["a", "c"]


def test_records_of_one_linked_person_give_one_edge_with_all_statements(
    claim: Claim, view_of: ViewOf
) -> None:
    held = [
        *claim("p1", "Person", name="A"),
        *claim("p2", "Person", name="A."),
        *claim("c", "Company", name="C"),
        *claim("m1", "Membership", member="p1", organization="c", grade="C3"),
        *claim("m2", "Membership", member="p2", organization="c", grade="C3", source="tax"),
    ]
    edge = rows(build_edges(view_of(held, {"p1": "p1", "p2": "p1"})))["p1", "c", "Membership"]
    assert len(edge["statement_ids"]) == 4
    assert edge["sources"] == ["register", "tax"]
    assert edge["strength"] == "confirmed"  # probable by two agencies


@pytest.mark.parametrize(
    ("grade", "strength"),
    [
        ("A1", "confirmed"),
        ("B2", "confirmed"),
        ("B3", "probable"),
        ("C2", "probable"),
        ("D1", "possible"),
        ("A4", "possible"),
        ("F6", "possible"),
    ],
)
def test_strength_follows_the_grades_of_source_and_item(
    claim: Claim, view_of: ViewOf, grade: str, strength: str
) -> None:
    held = [
        *claim("p", "Person", name="A"),
        *claim("q", "Person", name="B"),
        *claim("f", "Associate", person="p", associate="q", grade=grade),
    ]
    assert build_edges(view_of(held))["strength"].to_pylist() == [strength]


def test_a_record_can_lower_its_own_strength_but_not_raise_it(
    claim: Claim, view_of: ViewOf
) -> None:
    held = [
        *claim("p", "Person", name="A"),
        *claim("q", "Person", name="B"),
        *claim("r", "Person", name="C"),
        *claim("f", "Associate", person="p", associate="q", grade="A1", strength="possible"),
        *claim("g", "Associate", person="p", associate="r", grade="D1", strength="confirmed"),
    ]
    assert build_edges(view_of(held))["strength"].to_pylist() == ["possible", "possible"]


def test_people_detained_together_are_joined_and_each_vehicle_to_its_owner(
    claim: Claim, view_of: ViewOf
) -> None:
    held = [
        *claim("p", "Person", name="A"),
        *claim("q", "Person", name="B"),
        *claim("v", "Vehicle", vin="X", owner="p"),
        *claim("d", "Detention", detained=["p", "q"], date="2024-02-03"),
        *claim("s", "Seizure", holder="q", vehicle="v", goods="arms", date="2024-02-04"),
    ]
    found = rows(build_edges(view_of(held)))
    assert set(found) == {("p", "q", "Detention"), ("p", "v", "Vehicle"), ("q", "v", "Seizure")}
    assert found["p", "q", "Detention"]["date_from"] == "2024-02-03"
    assert found["p", "q", "Detention"]["date_to"] == "2024-02-03"


def test_an_edge_through_a_victim_or_a_non_suspect_record_is_flagged(
    claim: Claim, view_of: ViewOf
) -> None:
    held = [
        *claim("p", "Person", name="A"),
        *claim("v", "Person", name="B", standing="non_suspect"),
        *claim("w", "Person", name="C"),
        *claim("i", "Incident", suspect="p", victim="w"),
        *claim("f", "Family", person="p", relative="v"),
    ]
    flags = {key[2]: r["non_suspect"] for key, r in rows(build_edges(view_of(held))).items()}
    assert flags == {"Incident": True, "Family": True}


def test_one_record_as_a_subject_is_enough_to_make_the_edge_a_step(
    claim: Claim, view_of: ViewOf
) -> None:
    held = [
        *claim("p", "Person", name="A"),
        *claim("w", "Person", name="C"),
        *claim("i", "Incident", suspect="p", victim="w"),
        *claim("j", "Incident", suspect=["p", "w"]),
    ]
    assert build_edges(view_of(held))["non_suspect"].to_pylist() == [False]


def test_a_shared_telephone_joins_and_a_shared_city_does_not(claim: Claim, view_of: ViewOf) -> None:
    held = [
        *claim("p", "Person", phone="+52 (81) 5555-0101", address="Monterrey, Nuevo León"),
        *claim("q", "Person", name="B", phone="8155550101", address="Monterrey, Nuevo León"),
        *claim("c", "Company", name="C", address="Av. Hidalgo #12, Col. Centro"),
        *claim("e", "Company", name="E", address="AV HIDALGO 12 COL. CENTRO"),
    ]
    found = rows(build_edges(view_of(held)))
    assert {k: r["strength"] for k, r in found.items()} == {
        ("p", "q", "SharedPhone"): "probable",
        ("c", "e", "SharedAddress"): "possible",
    }


def test_what_joins_too_many_joins_none_and_is_counted(claim: Claim, view_of: ViewOf) -> None:
    crowd = [f"p{i:03}" for i in range(MOST_TOGETHER + 1)]
    held = [s for p in crowd for s in claim(p, "Person", name=p, phone="5550000000")]
    held += claim("d", "Detention", detained=crowd)
    held += claim("m", "Membership", member="p000", organization="gone")
    table = build_edges(view_of(held))
    facts = edge_facts(table)
    assert table.num_rows == 0
    assert (facts.events_too_large, facts.contacts_too_common, facts.missing_ends) == (1, 1, 1)


def test_withdrawn_records_join_nobody(claim: Claim, view_of: ViewOf) -> None:
    held = [
        *claim("p", "Person", name="A"),
        *claim("q", "Person", name="B"),
        *claim("f", "Associate", person="p", associate="q"),
    ]
    assert build_edges(view_of(held, withdrawn=frozenset({"f"}))).num_rows == 0


def undecided(*pairs: tuple[str, str]) -> pa.Table:
    text = pa.string()
    return pa.table(
        {
            "entity_id": pa.array([one for one, _other in pairs], text),
            "cluster_id": pa.array([other for _one, other in pairs], text),
        }
    )


def owned(claim: Claim, view_of: ViewOf, tables: type, *holdings: dict[str, str]) -> dict[str, Any]:
    held = [*claim("x", "Person", name="X"), *claim("a", "Company", name="A")]
    for i, holding in enumerate(holdings):
        held += claim(f"o{i}", "Ownership", owner="x", asset="a", **holding)
    edges = build_edges(view_of(held))
    nodes = pa.table({"cluster_id": ["x", "a"], "blocked_list": [True, False]})
    view = tables({"edges": edges, "nodes": nodes, "undecided": undecided()})
    answer = blocked_in(view, as_of=date(2024, 5, 3))
    return {r["entity"]: r for r in answer.to_pylist()}


def test_two_registers_that_tell_of_one_holding_do_not_add_up(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    found = owned(
        claim,
        view_of,
        view_of_tables,
        {"percentage": "40"},
        {"percentage": "40", "source": "tax", "startDate": "2019-01-01"},
    )
    assert (found["a"]["status"], found["a"]["low"], found["a"]["high"]) == ("not", 40, 40)


def test_registers_that_differ_on_a_holding_leave_it_open(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    found = owned(
        claim, view_of, view_of_tables, {"percentage": "40"}, {"percentage": "60", "source": "tax"}
    )
    assert (found["a"]["status"], found["a"]["low"], found["a"]["high"]) == ("possibly", 40, 60)


def test_holdings_that_one_register_tells_apart_add_up(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    found = owned(
        claim,
        view_of,
        view_of_tables,
        {"percentage": "30", "startDate": "2019-01-01"},
        {"percentage": "20", "startDate": "2020-01-01"},
        {"percentage": "90", "startDate": "2010-01-01", "endDate": "2018-12-31"},
    )
    assert (found["a"]["status"], found["a"]["low"]) == ("blocked", 50)
    assert json.loads(found["a"]["because"])[-1] == "together 50 %: at least 50 %, blocked"


def test_the_answer_on_files_has_a_row_for_every_entity(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text(
        "owner,asset,percent,percent_max,from,to\nX,A,50,,2020-01-01,\nA,B,,49,,\nQ,B,51,,,\n"
    )
    (tmp_path / "b.csv").write_text("id\nX\n")
    out = tmp_path / "r.csv"
    counts = own_files(tmp_path / "h.csv", tmp_path / "b.csv", out, as_of=date(2024, 5, 3))
    assert counts == {"blocked": 2, "possibly": 0, "not": 2}
    assert out.read_text().splitlines() == [
        "entity,status,low,high,because",
        'A,blocked,50,50,"X (listed) holds 50 %; together 50 %: at least 50 %, blocked"',
        (
            'B,not,0,49,"A (blocked by the 50 percent rule) holds 0 % to 49 %;'
            ' together 0 % to 49 %: below 50 %, not blocked by ownership"'
        ),
        "Q,not,0,0,",
        "X,blocked,0,0,on a property-blocking list itself",
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("X,A,fifty,,,", "percent is no number"),
        ('X,A,"50,5",,,', "percent is no number"),
        ("X,A,101,,,", "outside 0 to 100"),
        ("X,A,-1,,,", "outside 0 to 100"),
        ("X,A,1000,,,", "percent is no number from 0 to 100"),
        ("X,A,0.0000000000000001,,,", "percent is no number"),
        ("X,A,40,30,,", "below the least"),
        ("X,A,40,,2020-13,", "start is no ISO date"),
        ("X,A,40,,2020,2019", "ends before it begins"),
        (",A,40,,,", "no owner"),
        ("X,,40,,,", "no asset"),
    ],
)
def test_a_bad_holding_is_refused_with_file_line_and_reason(
    tmp_path: Path, row: str, reason: str
) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f"owner,asset,percent,percent_max,from,to\nX,B,10,,,\n\n{row}\n")
    (tmp_path / "b.csv").write_text("id\nX\n")
    with pytest.raises(InvalidData, match=reason) as caught:
        own_files(path, tmp_path / "b.csv", tmp_path / "r.csv", as_of=date(2024, 5, 3))
    assert (caught.value.file, caught.value.line) == (path, 4)
    assert not (tmp_path / "r.csv").exists()


def test_shares_that_make_exactly_half_block_whatever_their_binary_fractions(
    view_of_tables: type,
) -> None:
    """16.9 + 16.9 + 16.2 is 50; summed as binary fractions it would fall short, and free a firm."""
    shares = {"a": 16.9, "b": 16.9, "c": 16.2}
    edges = pa.table(
        {
            "source_id": list(shares), "target_id": ["firm"] * 3, "kind": ["Ownership"] * 3,
            "date_from": [""] * 3, "date_to": [""] * 3, "percent": list(shares.values()),
            "percent_max": pa.array([None] * 3, pa.float64()), "sources": [["r"]] * 3,
        }
    )  # fmt: skip
    nodes = pa.table({"cluster_id": list(shares), "blocked_list": [True] * 3})
    view = view_of_tables({"edges": edges, "nodes": nodes, "undecided": undecided()})
    answer = {r["entity"]: r for r in blocked_in(view, as_of=date(2024, 5, 3)).to_pylist()}
    assert (answer["firm"]["status"], answer["firm"]["low"]) == ("blocked", 50.0)


def test_a_shareholder_who_may_be_the_listed_man_or_his_namesake_leaves_the_firm_open(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    """ "Not blocked", and a bank pays out; "blocked", and an innocent namesake loses a firm."""
    held = [
        *claim("listed", "Person", name="X Y"),
        *claim("namesake", "Person", name="X Y"),
        *claim("row", "Person", name="X Y"),
        *claim("firm", "Company", name="A"),
        *claim("below", "Company", name="B"),
        *claim("o1", "Ownership", owner="row", asset="firm", percentage="60"),
        *claim("o2", "Ownership", owner="namesake", asset="firm", percentage="40"),
        *claim("o3", "Ownership", owner="firm", asset="below", percentage="51"),
    ]
    nodes = pa.table(
        {"cluster_id": ["listed", "namesake", "row"], "blocked_list": [True, False, False]}
    )
    both = undecided(("row", "listed"), ("row", "namesake"))
    view = view_of_tables({"edges": build_edges(view_of(held)), "nodes": nodes, "undecided": both})
    found = {r["entity"]: r for r in blocked_in(view, as_of=date(2024, 5, 3)).to_pylist()}
    assert (found["firm"]["status"], found["firm"]["low"], found["firm"]["high"]) == (
        "possibly", 0, 60,
    )  # fmt: skip
    assert found["below"]["status"] == "possibly"
    assert "not decided" in json.loads(found["firm"]["because"])[0]
    assert {"row", "namesake"}.isdisjoint(found)


def test_an_unknown_share_of_a_doubtful_shareholder_stays_unknown(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    held = [
        *claim("listed", "Person", name="X Y"),
        *claim("row", "Person", name="X Y"),
        *claim("firm", "Company", name="A"),
        *claim("o1", "Ownership", owner="row", asset="firm"),
    ]
    nodes = pa.table({"cluster_id": ["listed", "row"], "blocked_list": [True, False]})
    view = view_of_tables(
        {
            "edges": build_edges(view_of(held)),
            "nodes": nodes,
            "undecided": undecided(("row", "listed")),
        }
    )
    found = {r["entity"]: r for r in blocked_in(view, as_of=date(2024, 5, 3)).to_pylist()}
    assert (found["firm"]["status"], found["firm"]["high"]) == ("possibly", 100)


Holding = tuple[str, str, str]


def open_answer(
    claim: Claim,
    view_of: ViewOf,
    tables: type,
    listed: set[str],
    holdings: list[Holding],
    *pairs: tuple[str, str],
) -> dict[str, Any]:
    """Return the rule's answer where some records fit two entities alike."""
    owners = {owner for owner, _asset, _share in holdings} | {end for pair in pairs for end in pair}
    firms = {asset for _owner, asset, _share in holdings}
    held = [s for one in sorted(owners - firms) for s in claim(one, "Person", name=one)]
    held += [s for one in sorted(firms) for s in claim(one, "Company", name=one)]
    for number, (owner, asset, share) in enumerate(holdings):
        held += claim(f"o{number}", "Ownership", owner=owner, asset=asset, percentage=share)
    everyone = sorted(owners | firms)
    nodes = pa.table({"cluster_id": everyone, "blocked_list": [one in listed for one in everyone]})
    view = tables(
        {"edges": build_edges(view_of(held)), "nodes": nodes, "undecided": undecided(*pairs)}
    )
    return {r["entity"]: r for r in blocked_in(view, as_of=date(2024, 5, 3)).to_pylist()}


def test_where_the_listed_entry_itself_fits_two_people_the_firms_of_both_are_left_open(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    found = open_answer(
        claim, view_of, view_of_tables, {"ofac"},
        [("x", "a", "100"), ("y", "b", "100"), ("z", "c", "100")], ("ofac", "x"), ("ofac", "y"),
    )  # fmt: skip
    assert {e: found[e]["status"] for e in ("a", "b")} == {"a": "possibly", "b": "possibly"}
    assert "c" not in found


def test_a_shareholder_who_is_one_of_two_listed_people_is_blocked_and_counts_once(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    found = open_answer(
        claim, view_of, view_of_tables, {"l1", "l2"},
        [("row", "a", "40"), ("row", "b", "60")], ("row", "l1"), ("row", "l2"),
    )  # fmt: skip
    assert (found["a"]["status"], found["a"]["low"], found["a"]["high"]) == ("not", 40, 40)
    assert (found["b"]["status"], found["b"]["low"], found["b"]["high"]) == ("blocked", 60, 60)


def test_an_undecided_share_counts_once_whoever_holds_it(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    found = open_answer(
        claim, view_of, view_of_tables, {"l1", "l2"},
        [("row", "a", "40")], ("row", "l1"), ("row", "l2"), ("row", "n"),
    )  # fmt: skip
    assert (found["a"]["status"], found["a"]["low"], found["a"]["high"]) == ("not", 0, 40)


def test_a_firm_that_may_be_one_blocked_by_the_rule_leaves_open_what_it_holds(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    found = open_answer(
        claim, view_of, view_of_tables, {"l"},
        [("l", "firm", "80"), ("copy", "below", "70")], ("copy", "firm"), ("copy", "other"),
    )  # fmt: skip
    assert found["firm"]["status"] == "blocked"
    assert found["below"]["status"] == "possibly"


def test_that_a_record_may_be_either_makes_neither_of_them_the_other(
    claim: Claim, view_of: ViewOf, view_of_tables: type
) -> None:
    """The namesake's own firm is not touched by the doubt about a third record."""
    found = open_answer(
        claim, view_of, view_of_tables, {"l"},
        [("row", "a", "60"), ("namesake", "b", "100")], ("row", "l"), ("row", "namesake"),
    )  # fmt: skip
    assert found["a"]["status"] == "possibly"
    assert "b" not in found
