"""The planted network can be found from the files alone, and the blocked set is what it says."""

from __future__ import annotations

import csv
from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import LoadedWorld, MadeWorld  # type: ignore[import-not-found]

LAST_DAY = "2025-12-31"
EDGE_ENDS = {"Ownership": ("owner", "asset"), "Directorship": ("director", "organization")}
EVENTS = {"Detention", "Event", "Inspection"}


@pytest.fixture(scope="module")
def who(world: MadeWorld) -> dict[str, str]:
    """What each entity id speaks of in truth: `p`, `f`, `v` or `t` and a number."""
    found: dict[str, str] = {}
    for table, column in (("people", "person"), ("companies", "firm"), ("vehicles", "vehicle")):
        found.update({row["entity_id"]: row[column] for row in world.truth(table)})
    return found


@pytest.fixture(scope="module")
def beside(loaded: LoadedWorld, who: dict[str, str]) -> dict[str, set[str]]:
    """Who is tied to whom, built from statements alone: what an analyst could put together."""
    said: dict[str, dict[str, set[str]]] = {}
    schema: dict[str, str] = {}
    for row in loaded.table("statements"):
        entity = str(row["entity_id"])
        schema[entity] = str(row["schema"])
        said.setdefault(entity, {}).setdefault(str(row["prop"]), set()).add(str(row["value"]))
    suspects = {e for e in said if "non_suspect" not in said[e].get("standing", ())}
    groups: dict[Any, set[str]] = {}
    for entity, props in said.items():
        kind = schema[entity]
        if kind in EDGE_ENDS:
            groups[entity] = {end for prop in EDGE_ENDS[kind] for end in props[prop]}
        elif kind in EVENTS:
            near = {v for prop in ("detained", "involved", "driver") for v in props.get(prop, ())}
            groups[entity] = near
            for vehicle in props.get("vehicle", set()) | (near & said.keys()):
                if schema.get(vehicle) == "Vehicle":
                    same = who[vehicle]
                    groups.setdefault(("vehicle", same), set()).update(near - {vehicle})
                    owners = said[vehicle].get("owner", set())
                    groups[("vehicle", same)] |= owners
        elif kind == "Person":
            for prop in ("phone", "address"):
                for value in props.get(prop, ()):
                    groups.setdefault((prop, value), set()).add(entity)
    found: dict[str, set[str]] = {}
    for group in groups.values():
        nodes = {who[e] for e in group if e in suspects and e in who}
        for one in nodes:
            found.setdefault(one, set()).update(nodes - {one})
    return found


def test_every_planted_step_can_be_walked_on_evidence_in_the_files(
    world: MadeWorld, beside: dict[str, set[str]]
) -> None:
    rows = world.truth("network")
    listed = {row["node"] for row in rows if row["listed"] == "true"}
    steps = dict.fromkeys(listed, 0)
    queue = deque(listed)
    while queue:
        node = queue.popleft()
        for near in beside.get(node, ()):
            if near not in steps:
                steps[near] = steps[node] + 1
                queue.append(near)
    wanted = {row["node"]: int(row["steps"]) for row in rows if row["steps"]}
    assert max(wanted.values()) >= 4, "the network is not deep enough to test four steps"
    lost = {n: (k, steps.get(n)) for n, k in wanted.items() if steps.get(n, 99) > k}
    assert not lost, f"planted but not to be found: {lost}"
    closer = {n: (k, steps[n]) for n, k in wanted.items() if steps[n] < k}
    assert not closer, f"evidence that was not planted shortens the way: {closer}"


def test_victims_lawyers_notaries_and_relatives_stand_on_file_as_non_suspects(
    world: MadeWorld, loaded: LoadedWorld
) -> None:
    marked = {
        str(row["entity_id"])
        for row in loaded.table("statements")
        if row["prop"] == "standing" and row["value"] == "non_suspect"
    }
    rows = world.truth("people")
    by_role = ("-vic-", "-den-", "fgr-def-", "rpc-not-")
    apart = [r["entity_id"] for r in rows if any(part in r["entity_id"] for part in by_role)]
    assert len(apart) > 1000
    assert not set(apart) - marked
    # A relative of a listed person never enters as a subject of the case that names both.
    kin = {tie["other"] for tie in world.truth("ties") if tie["kind"] == "kin"}
    named = [r["entity_id"] for r in rows if r["person"] in kin and r["entity_id"] in marked]
    assert len(named) >= len(kin)


def test_everyone_of_the_network_is_on_file_and_the_innocent_are_told_apart(
    world: MadeWorld,
) -> None:
    rows = world.truth("network")
    roles = {row["role"] for row in rows}
    assert roles >= {"boss", "inner", "lieutenant", "launderer", "front", "outer", "front_firm"}
    innocent = {row["role"] for row in rows if row["innocent"] == "true"}
    assert innocent == {"lawyer", "carrier", "extortion_victim", "relative", "namesake"}
    assert {row["role"] for row in rows if row["listed"] == "true"} == {
        "boss", "money_man", "listed_firm"
    }  # fmt: skip


# --- the 50 percent rule, computed again from the register's own rows --------------------------


@pytest.fixture(scope="module")
def register(world: MadeWorld) -> dict[str, list[dict[str, str]]]:
    """The good rows of the shareholders' file, by the folio of the firm that is held."""
    path = next((world.folder / "rpc").glob("rpc_socios_*.csv"))
    bad = {int(row["line"]) for row in world.truth("rejects") if row["file"] == path.name}
    found: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle, delimiter=";"), start=2):
            if line not in bad:
                found.setdefault(row["FOLIO"], []).append(row)
    return found


def iso(day: str) -> str:
    return f"{day[6:]}-{day[3:5]}-{day[:2]}" if day else ""


def standing(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        row
        for row in rows
        if iso(row["FECHA_ALTA"]) <= LAST_DAY
        and (not row["FECHA_BAJA"] or iso(row["FECHA_BAJA"]) >= LAST_DAY)
    ]


def share(row: dict[str, str], others: Fraction, *, upper: bool) -> Fraction:
    least = Fraction(row["PORCENTAJE"] or 0)
    if not upper:
        return least
    most = Fraction(row["PORCENTAJE_MAX"] or row["PORCENTAJE"] or 100)
    return min(most, 100 - others)


@pytest.fixture(scope="module")
def owner_of(world: MadeWorld) -> dict[str, str]:
    """Who holds, by the id of the shareholder's row or of the firm's folio."""
    found = {row["entity_id"]: row["person"] for row in world.truth("people")}
    found.update({row["entity_id"]: row["firm"] for row in world.truth("companies")})
    return found


def naive_rule(
    register: dict[str, list[dict[str, str]]], owner_of: dict[str, str], listed: set[str],
    *, upper: bool,
) -> tuple[set[str], dict[str, Fraction]]:  # fmt: skip
    """Return the blocked firms, and what blocked owners hold of every firm."""
    held: dict[str, list[tuple[str, Fraction]]] = {}
    for folio, all_rows in register.items():
        rows = standing(all_rows)
        whole = sum((Fraction(row["PORCENTAJE"] or 0) for row in rows), Fraction(0))
        for row in rows:
            filed = row["FOLIO_SOCIO"]
            owner = owner_of[f"rpc-emp-{filed}" if filed else f"rpc-soc-{row['ID_SOCIO']}"]
            others = whole - Fraction(row["PORCENTAJE"] or 0)
            held.setdefault(owner_of[f"rpc-emp-{folio}"], []).append(
                (owner, share(row, others, upper=upper))
            )
    blocked = set(listed)
    while True:
        total = {
            asset: sum((part for owner, part in parts if owner in blocked), Fraction(0))
            for asset, parts in held.items()
        }
        more = {asset for asset, part in total.items() if part >= 50} - blocked
        if not more:
            return blocked, total
        blocked |= more


def test_the_blocked_set_is_what_the_register_says_when_computed_anew(
    world: MadeWorld, register: dict[str, list[dict[str, str]]], owner_of: dict[str, str]
) -> None:
    # Everybody on the list counts, also those who are no part of the network.
    listed = {owner for entity_id, owner in owner_of.items() if entity_id.startswith("ofac-")}
    sure, low = naive_rule(register, owner_of, listed, upper=False)
    maybe, high = naive_rule(register, owner_of, listed, upper=True)
    told = {row["firm"]: row for row in world.truth("blocked")}
    assert {row["status"] for row in told.values()} == {"blocked", "possibly", "not"}
    for firm in low.keys() - listed:
        status = "blocked" if firm in sure else "possibly" if firm in maybe else "not"
        if firm not in told:
            assert (status, high[firm]) == ("not", 0), f"{firm} is left out of the truth"
            continue
        row = told[firm]
        shown = (row["status"], Fraction(row["low"]), Fraction(row["high"]))
        assert shown == (status, low[firm], min(high[firm], Fraction(100))), firm


def test_the_register_holds_every_trap_of_the_50_percent_rule(
    world: MadeWorld, register: dict[str, list[dict[str, str]]]
) -> None:
    told = {(row["status"], row["low"]) for row in world.truth("blocked")}
    assert ("blocked", "50.00") in told, "exactly half"
    assert ("not", "49.90") in told, "a hair less"
    assert ("not", "10.00") in told, "a circle that only holds itself up"
    assert ("possibly", "0.00") in told, "a share that is not stated"
    assert ("possibly", "30.00") in told, "a share given as a band"
    assert any(row["FECHA_BAJA"] for rows in register.values() for row in rows), "a share sold"


def test_no_firm_is_held_by_more_than_the_whole(register: dict[str, list[dict[str, str]]]) -> None:
    for folio, rows in register.items():
        stated = sum(Fraction(row["PORCENTAJE"] or 0) for row in standing(rows))
        assert stated <= 100, f"the shares of {folio} add up to {float(stated)}"
