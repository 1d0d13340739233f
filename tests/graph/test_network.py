"""Edges: every kind of tie, folded with its evidence; bystanders flagged; hubs capped and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from puente.graph.network import MOST_TOGETHER, build_edges, edge_facts
from puente.graph.steps import steps_from_listed

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
