"""Who stands behind: found with the evidence, and never for standing near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from puente.graph.network import build_edges
from puente.graph.nodes import build_nodes
from puente.graph.ownership import blocked_in
from puente.graph.patterns.find import PATTERNS, find_patterns, reaching
from puente.graph.patterns.finding import Finding
from puente.graph.steps import steps_from_listed
from puente.law.roles import FACILITATOR, role_book

Claim = Callable[..., list[Any]]
Find = Callable[..., dict[str, list[Finding]]]
DAY = date(2025, 1, 1)


@pytest.fixture
def find(view_of: Callable[..., Any], view_of_tables: type) -> Find:
    """Return what finds the patterns in statements, by the id of the pattern."""

    def run(held: list[Any]) -> dict[str, list[Finding]]:
        base = view_of(held)
        tables = {name: base.sql(f"SELECT * FROM {name}") for name in ("statements", "clusters")}
        empty = pa.table(
            {"entity_id": pa.array([], pa.string()), "cluster_id": pa.array([], pa.string())}
        )
        tables |= {"edges": build_edges(base), "nodes": build_nodes(base), "undecided": empty}
        tables["steps"] = steps_from_listed(view_of_tables(tables))
        tables["ownership"] = blocked_in(view_of_tables(tables), as_of=DAY)
        found: dict[str, list[Finding]] = {}
        for one in find_patterns(view_of_tables(tables)).findings:
            assert one.signs
            assert one.pattern.innocent
            assert one.against, "every finding says what speaks against it"
            found.setdefault(one.pattern.id, []).append(one)
        return found

    return run


@pytest.fixture
def boss(claim: Claim) -> Callable[..., list[Any]]:
    def listed(*names: str, schema: str = "Person") -> list[Any]:
        held: list[Any] = []
        for name in names:
            more = {"name": f"Name of {name}", "program": "SDNTK"}
            held += sanctioned(claim(name, schema, source="ofac_sdn", grade="A1", **more))
        return held

    return listed


def sanctioned(statements: list[Any]) -> list[Any]:
    return [replace(one, record_class="sanctions") for one in statements]


def share(claim: Claim, owner: str, firm: str, percent: str, **more: str) -> list[Any]:
    name = f"own-{owner}-{firm}-{more.get('startDate', '')}"
    return claim(name, "Ownership", owner=owner, asset=firm, percentage=percent, **more)


def office(claim: Claim, who: str, firm: str, role: str, **more: str) -> list[Any]:
    told = {"director": who, "organization": firm, "role": role, **more}
    return claim(f"dir-{who}-{firm}-{role}", "Directorship", **told)


def people(claim: Claim, *names: str, schema: str = "Person") -> list[Any]:
    return [one for name in names for one in claim(name, schema, name=f"Name of {name}")]


def subjects(found: dict[str, list[Finding]], pattern: str) -> set[str]:
    return {one.subjects[0] for one in found.get(pattern, [])}


def test_who_holds_the_rest_and_runs_the_firm_of_a_designated_person_is_told_with_the_path(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    found = find(
        [
            *boss("boss"),
            *people(claim, "front"),
            *people(claim, "firm", schema="Company"),
            *share(claim, "boss", "firm", "49.9"),
            *share(claim, "front", "firm", "50.1"),
            *office(claim, "front", "firm", "ADMINISTRADOR ÚNICO"),
        ]
    )
    (one,) = found["front_owner"]
    assert one.subjects == ("front",)
    assert one.principals == ("boss",)
    assert all(sign.statements for sign in one.signs), "every sign opens its statements"
    assert one.path is not None
    assert one.path.nodes == ("boss", "firm", "front")
    assert any("one source" in sign.text for sign in one.against)
    assert any("no contact" in sign.text for sign in one.against)


def test_a_partner_in_one_firm_alone_is_no_front(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    held = [
        *boss("boss"),
        *people(claim, "partner", "manager"),
        *people(claim, "firm", schema="Company"),
        *share(claim, "boss", "firm", "20"),
        *share(claim, "partner", "firm", "80"),
        *office(claim, "manager", "firm", "COMISARIO"),
    ]
    assert not find(held)


@pytest.mark.parametrize(
    ("begin", "told"),
    [("2024-07-01", True), ("2024-06-30", True), ("2024-06-01", False), ("2028-01-01", False)],
)
def test_who_takes_over_a_designated_persons_share_at_once_is_told(
    claim: Claim, boss: Callable[..., list[Any]], find: Find, begin: str, told: bool
) -> None:
    found = find(
        [
            *boss("boss"),
            *people(claim, "heir"),
            *people(claim, "firm", schema="Company"),
            *share(claim, "boss", "firm", "80", startDate="2015-01-01", endDate="2024-06-30"),
            *share(claim, "heir", "firm", "80", startDate=begin),
        ]
    )
    assert subjects(found, "front_owner") == ({"heir"} if told else set())


def near_and_innocent(claim: Claim) -> list[Any]:
    """Return five people who are near a designated person through no fault of theirs."""
    return [
        *people(claim, "lawyer", "notary", "carrier", "brother", "victim", "client"),
        *people(claim, "firm", "other", schema="Company"),
        *share(claim, "boss", "firm", "60"),
        *share(claim, "boss2", "other", "60"),
        *claim("rep", "Representation", agent="lawyer", client="boss", role="Defensor"),
        *claim("rep2", "Representation", agent="lawyer", client="boss2", role="Defensor"),
        *claim("not", "UnknownLink", subject="notary", object="firm", role="Notario"),
        *claim("not2", "UnknownLink", subject="notary", object="other", role="Notario"),
        *claim("kin", "Family", person="boss", relative="brother", relationship="brother"),
        *claim("ship", "Shipment", shipper="firm", carrier="carrier", consignee="client"),
        *claim("ship2", "Shipment", shipper="other", carrier="carrier", consignee="client"),
        *claim("pay", "Payment", payer="victim", beneficiary="boss", amount="500"),
        *claim("pay2", "Payment", payer="victim", beneficiary="boss2", amount="500"),
    ]


def test_defending_notarising_carrying_kinship_and_paying_flag_nobody(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    found = find([*boss("boss", "boss2"), *near_and_innocent(claim)])
    named = {who for held in found.values() for one in held for who in one.subjects}
    assert not named


def test_a_lawyer_who_holds_powers_for_two_clients_needs_more_to_be_an_enabler(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    held = [
        *boss("boss", "boss2"),
        *near_and_innocent(claim),
        *claim("lawyer", "Person", position="Abogado"),
        *office(claim, "lawyer", "firm", "APODERADO"),
        *office(claim, "lawyer", "other", "APODERADO"),
    ]
    assert not find(held)
    tied = [
        *held,
        *claim("boss", "Person", phone="+526641234567"),
        *claim("lawyer", "Person", phone="+526641234567"),
    ]
    (one,) = find(tied)["enabler"]
    assert one.subjects == ("lawyer",)
    assert any("lawyer" in sign.text for sign in one.against), "what speaks against is told"


def controlled(claim: Claim, role: str = "APODERADO") -> list[Any]:
    return [
        *people(claim, "owner", "hidden", "between"),
        *people(claim, "firm", schema="Company"),
        *share(claim, "owner", "firm", "100"),
        *office(claim, "hidden", "firm", role),
    ]


def test_who_can_act_for_anothers_firm_is_told_only_if_tied_to_a_designated_person(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    held = [*boss("boss"), *controlled(claim)]
    assert not find(held)
    tied = [
        *held,
        *claim("d", "Detention", detained=["boss", "between"], date="2024-02-03"),
        *claim("between", "Person", phone="6641234567"),
        *claim("hidden", "Person", phone="+52 664 123 4567"),
    ]
    found = find(tied)
    assert subjects(found, "hidden_controller") == {"hidden"}
    assert subjects(found, "front_owner") == {"owner"}, "who holds it in name only is told too"
    (one,) = found["hidden_controller"]
    assert one.path is not None
    assert one.path.nodes[0] == "boss"


def test_many_firms_with_nobody_else_in_common_are_a_nominees_pattern(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    firms = [f"f{number}" for number in range(4)]
    held = [
        *boss("boss"),
        *people(claim, "nominee", *(f"p{number}" for number in range(4))),
        *people(claim, *firms, schema="Company"),
        *share(claim, "boss", "f0", "10"),
        *(one for f in firms for one in office(claim, "nominee", f, "ADMINISTRADOR ÚNICO")),
        *(one for n, f in enumerate(firms) for one in share(claim, f"p{n}", f, "60")),
    ]
    assert subjects(find(held), "nominee_across_firms") == {"nominee"}
    related = [*held, *share(claim, "p1", "f2", "10")]
    assert "nominee_across_firms" not in find(related), "p1 is in two of them: only three are apart"


def test_a_circle_of_holdings_is_told_if_a_designated_person_is_part_of_it(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    ring = [
        *people(claim, "a", "b", "c", schema="Company"),
        *share(claim, "a", "b", "60"),
        *share(claim, "b", "c", "60"),
        *share(claim, "c", "a", "60"),
    ]
    assert "circular_holding" not in find([*boss("boss"), *ring])
    found = find([*boss("boss"), *ring, *share(claim, "boss", "a", "10")])
    (one,) = found["circular_holding"]
    assert set(one.subjects) == {"a", "b", "c"}
    assert one.principals == ("boss",)


def test_a_chain_that_the_fifty_percent_rule_does_not_reach_is_told_as_layered(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    held = [
        *boss("boss"),
        *people(claim, "a", "b", "c", schema="Company"),
        *share(claim, "boss", "a", "60"),
        *share(claim, "a", "b", "60"),
        *share(claim, "b", "c", "40"),
    ]
    (one,) = find(held)["layered_holding"]
    assert one.subjects == ("c",)
    assert any("50 percent" in sign.text for sign in one.against)
    assert "layered_holding" not in find([*held, *share(claim, "boss", "c", "20")]), "now blocked"


def at_one_address(claim: Claim, firms: int) -> list[Any]:
    return [
        one
        for number in range(firms)
        for one in claim(
            f"f{number}",
            "Company",
            name=f"Firm {number}",
            address="Calle Sur 12, Centro, Tijuana",
        )
    ]


def test_one_address_of_many_firms_is_told_if_it_joins_designated_persons_who_are_apart(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    heads = [
        *boss("boss", "boss2"),
        *share(claim, "boss", "f0", "20"),
        *share(claim, "boss2", "f1", "20"),
    ]
    (one,) = find([*heads, *at_one_address(claim, 6)])["address_hub"]
    assert one.principals == ("boss", "boss2")
    assert any("4" in dict(sign.about).values() for sign in one.against), "four lead to nobody"
    assert "address_hub" not in find([*heads, *at_one_address(claim, 4)]), "too few"
    together = share(claim, "boss2", "f0", "20")
    assert "address_hub" not in find([*heads, *together, *at_one_address(claim, 6)]), "no surprise"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("Definitivo", True),
        ("Presunto", True),
        ("Desvirtuado", False),
        ("Sentencia Favorable", False),
    ],
)
def test_a_firm_that_disproved_the_presumption_is_no_finding(
    claim: Claim, boss: Callable[..., list[Any]], find: Find, status: str, told: bool
) -> None:
    found = find(
        [
            *boss("boss"),
            *people(claim, "firm", schema="Company"),
            *share(claim, "boss", "firm", "20"),
            *claim("firm", "Company", source="sat_69b", status=status),
        ]
    )
    assert subjects(found, "pass_through") == ({"firm"} if told else set())


def test_a_firm_founded_after_a_listing_that_shares_two_things_is_told_as_successor(
    claim: Claim, boss: Callable[..., list[Any]], find: Find
) -> None:
    def firms(day: str, phone: str) -> list[Any]:
        return [
            *boss("old", schema="Company"),
            *claim("old", "Company", name="Transportes Aguila Roja", phone="6641112233"),
            *claim("new", "Company", name="Aguila Transportes", phone=phone, incorporationDate=day),
            *claim("new", "Company", alias="Transportes del Norte"),
            *people(claim, "runs"),
            *office(claim, "runs", "old", "GERENTE GENERAL"),
            *office(claim, "runs", "new", "GERENTE GENERAL"),
        ]

    found = find(firms("2024-06-01", "6641112233"))
    (one,) = found["successor"]
    assert (one.subjects, one.principals) == (("new",), ("old",))
    assert "successor" not in find(firms("2023-06-01", "6641112233")), "founded before"
    assert "successor" not in find(firms("2024-06-01", "5550001111")), "only the manager is shared"


def test_of_every_pattern_the_law_says_who_could_reach_it_and_what_is_missing() -> None:
    roles = {role.id: role.kind for role in role_book().roles}
    for pattern in PATTERNS:
        assert roles[pattern.role] == FACILITATOR
        cells = reaching(pattern, DAY)
        assert cells
        assert all(cell.grounds for cell in cells)
