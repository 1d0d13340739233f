"""Patterns of firms: circles, layers, one address for many, tax-listed, successors."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from puente.graph.patterns.finding import Finding, Pattern, Sign
from puente.graph.patterns.register import Register
from puente.graph.patterns.weigh import CLOSE, make_finding
from puente.i18n import N_
from puente.model.dates import parse_date
from puente.resolve.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.graph.patterns.terrain import Holding, Terrain
    from puente.guard.view import View

LAYERS = 3
"""Firms one below the other from which a chain is told."""

LARGE = 25.0
"""Percent from which a share is a link of a chain or a circle."""

AT_ONE_ADDRESS = 5
"""Firms at one address from which it is looked at; two must lead to unconnected designated ones."""

SUCCEEDS_WITHIN = 730
"""Days after a listing in which a firm that takes over from the listed one is founded."""

_FATF = "FATF and Egmont Group, Concealment of Beneficial Ownership (2018)"

CIRCLE = Pattern(
    id="circular_holding",
    name=N_("Circular holding"),
    text=N_("Firms that hold each other in a circle, so that the register shows no last owner."),
    innocent=(
        N_("Cross-holdings inside a family business or a lawful group."),
        N_("A register that was not updated after a restructuring."),
    ),
    role="front_owner",
    source=f"{_FATF}, complex ownership structures",
)
LAYERED = Pattern(
    id="layered_holding",
    name=N_("Layered holding"),
    text=N_("Three or more firms stand between a designated person and the last firm of a chain."),
    innocent=(
        N_("A holding structure for tax, liability or joint ventures."),
        N_("An investor with a small share who decides nothing."),
    ),
    role="front_owner",
    source=f"{_FATF}, complex ownership structures",
)
ADDRESS_HUB = Pattern(
    id="address_hub",
    name=N_("Address of many firms"),
    text=N_("Many firms at one address, some of designated persons with nothing else in common."),
    innocent=(
        N_("A building of offices, a business centre or a registered agent."),
        N_("The address of an accountant or a law firm that serves many."),
    ),
    role="accountant",
    source=f"{_FATF}, shell companies at mass addresses",
)
PASS_THROUGH = Pattern(
    id="pass_through",
    name=N_("Firm on the tax list, near designated persons"),
    text=N_(
        "The tax authority lists the firm for invoices without real trade, and it leads to"
        " designated persons."
    ),
    innocent=(
        N_("A presumption that the firm may still disprove."),
        N_("Tax evasion without any tie to organised crime."),
    ),
    role="exchange_house",
    source="Código Fiscal de la Federación, art. 69-B",
)
SUCCESSOR = Pattern(
    id="successor",
    name=N_("Successor of a listed firm"),
    text=N_("Founded after a firm was listed, and shares with it what makes a firm the same."),
    innocent=(
        N_("Employees who lost their work and began anew, on their own account."),
        N_("A new tenant or a buyer of the equipment."),
    ),
    role="front_owner",
    source="OFAC, Economic Sanctions Enforcement Guidelines, 31 CFR part 501 appendix A",
)


def circles(terrain: Terrain) -> list[Finding]:
    """Return circles of holdings that a designated person, or somebody tied to one, is part of.

    Source: see `CIRCLE`.
    """
    below = _firms_below(terrain)
    found = []
    for ring in _rings(below):
        inside = set(ring)
        edges = [
            share.edge for firm in ring for share in terrain.shares[firm] if share.who in inside
        ]
        around = {one.who for firm in ring for one in terrain.all_of(firm)} - inside
        heads = {who for who in around if terrain.is_principal(who)} | (inside & terrain.blocked)
        ties = {who: terrain.near(who, CLOSE) for who in sorted(around) if who not in heads}
        signs = [
            Sign(
                text=N_("{count} firms hold each other in a circle"),
                about={"count": str(len(ring))},
                edges=tuple(edges),
            ),
            *_heads_of(terrain, ring, heads),
        ]
        for who, near in ties.items():
            for head, way in sorted(near.items()):
                text = N_("{who}, who holds or runs one of them, is tied to {head}")
                signs.append(Sign(text=text, about={"who": who, "head": head}, edges=way))
        principals = heads | {head for near in ties.values() for head in near}
        if principals:
            found.append(make_finding(CIRCLE, terrain, ring, signs, principals))
    return found


def layers(terrain: Terrain) -> list[Finding]:
    """Return chains of firms below a designated person that the 50 percent rule does not reach.

    Source: see `LAYERED`.
    """
    below = _firms_below(terrain)
    found = []
    for head in sorted(terrain.listed):
        ways: dict[str, tuple[Holding, ...]] = {}
        own = terrain.held.get(head, ())
        waiting: list[tuple[Holding, ...]] = [(one,) for one in own if one.high >= LARGE]
        while waiting:
            way = waiting.pop(0)
            firm = way[-1].firm
            if firm in ways:
                continue
            ways[firm] = way
            passed = {share.firm for share in way}
            waiting += [(*way, share) for share in below.get(firm, ()) if share.firm not in passed]
        for firm, way in sorted(ways.items()):
            if len(way) < LAYERS or terrain.is_principal(firm) or below.get(firm):
                continue
            sign = Sign(
                text=N_(
                    "{count} firms stand between {head} and {firm}, each held by a quarter or more"
                ),
                about={"count": str(len(way) - 1), "head": head, "firm": firm},
                edges=tuple(share.edge for share in way),
            )
            against = [
                Sign(
                    text=N_("the 50 percent rule does not block it: less than half is held"),
                    edges=(way[-1].edge,),
                )
            ]
            finding = make_finding(LAYERED, terrain, [firm], [sign], {head}, against=against)
            found.append(finding)
    return found


def address_hubs(terrain: Terrain, view: View) -> list[Finding]:
    """Return addresses of many firms of which some lead to designated persons who are apart.

    Source: see `ADDRESS_HUB`.
    """
    rows = view.sql(
        "SELECT c.cluster_id, s.value, min(s.id) AS id FROM statements s"
        " JOIN clusters c USING (entity_id) JOIN nodes n USING (cluster_id)"
        " WHERE s.prop = 'address' AND s.current AND n.schema IN ('Company', 'Organization')"
        " AND n.standing <> 'non_suspect' GROUP BY ALL ORDER BY ALL"
    )
    at: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows.to_pylist():
        place = fold(row["value"])
        # A town alone is no address.
        if any(letter.isdigit() for letter in place) and len(place.split()) > 2:
            at[place].setdefault(row["cluster_id"], row["id"])
    found = []
    for place, firms in sorted(at.items()):
        heads = {firm: _heads_near(terrain, firm) for firm in sorted(firms)}
        reached = {head for held in heads.values() for head in held}
        if len(firms) < AT_ONE_ADDRESS or len(reached) < 2 or _all_connected(terrain, reached):
            continue
        led = [firm for firm, held in heads.items() if held]
        signs = [
            Sign(
                text=N_("{count} firms give the address {place}"),
                about={"count": str(len(firms)), "place": place},
                statements=tuple(firms[firm] for firm in sorted(firms)),
            ),
            *_heads_of(terrain, led, reached),
        ]
        against = [
            Sign(
                text=N_("{count} of the firms there lead to nobody who is designated"),
                about={"count": str(len(firms) - len(led))},
            )
        ]
        finding = make_finding(ADDRESS_HUB, terrain, led, signs, reached, against=against)
        found.append(finding)
    return found


def pass_through_firms(terrain: Terrain, view: View) -> list[Finding]:
    """Return firms on the list of article 69-B that lead to designated persons.

    A firm that disproved the presumption, or won in court, is no finding.

    Source: see `PASS_THROUGH`.
    """
    rows = view.sql(
        "SELECT c.cluster_id, s.value, s.id FROM statements s JOIN clusters c USING (entity_id)"
        " WHERE s.prop = 'status' AND s.current AND s.source LIKE 'sat_69b%' ORDER BY ALL"
    )
    by_firm: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows.to_pylist():
        by_firm[row["cluster_id"]].append((fold(row["value"]).casefold(), row["id"]))
    found = []
    for firm, held in sorted(by_firm.items()):
        cleared = any("desvirtu" in status or "favorable" in status for status, _id in held)
        heads = _heads_near(terrain, firm)
        if cleared or not heads:
            continue
        definitive = any("definitiv" in status for status, _id in held)
        text = (
            N_("the tax authority lists it for good for invoices without trade")
            if definitive
            else N_("the tax authority presumes that its invoices are without trade")
        )
        signs = [
            Sign(text=text, statements=tuple(one for _status, one in held)),
            *_heads_of(terrain, [firm], heads),
        ]
        found.append(make_finding(PASS_THROUGH, terrain, [firm], signs, heads))
    return found


def successors(terrain: Terrain, view: View) -> list[Finding]:
    """Return firms founded after another was listed that share two things or more with it.

    Looked at are holders and officers, the address, the telephone and the first word of the name.

    Source: see `SUCCESSOR`.
    """
    register = Register.of(view)
    found = []
    for old in sorted(terrain.listed & set(register.listed)):
        for new in register.alike(old):
            signs = _succession(terrain, register, old, new)
            if new not in terrain.listed and len(signs) > 2:
                found.append(make_finding(SUCCESSOR, terrain, [new], signs, {old}))
    return found


def _succession(terrain: Terrain, register: Register, old: str, new: str) -> list[Sign]:
    """Return when `new` was founded and what it shares with `old`; nothing if not afterwards."""
    since, begun = _day(register.listed[old]), _day(register.founded.get(new, ""))
    if not since or not begun or not since < begun <= since + timedelta(days=SUCCEEDS_WITHIN):
        return []
    own, other = register.traits[old], register.traits[new]
    about = {"day": begun.isoformat(), "firm": old, "since": since.isoformat()}
    text = N_("founded on {day}, after {firm} was listed on {since}")
    signs = [Sign(text=text, about=about)]
    for kind, said in _SHARED.items():
        both = sorted(trait for trait in set(own) & set(other) if trait[0] == kind)
        if both:
            statements = tuple(held[trait] for trait in both for held in (own, other))
            signs.append(Sign(text=said, statements=statements))
    before, after = terrain.all_of(old), terrain.all_of(new)
    for who in sorted({one.who for one in before} & {one.who for one in after}):
        edges = tuple(one.edge for one in (*before, *after) if one.who == who)
        signs.append(Sign(text=N_("{who} holds or runs both"), about={"who": who}, edges=edges))
    return signs


_SHARED = {
    "address": N_("both give the same address"),
    "phone": N_("both give the same telephone"),
    "name": N_("both bear the same distinctive word in their names"),
}


def _day(text: str) -> date | None:
    return parse_date(text[:10]).start if text else None


def _firms_below(terrain: Terrain) -> dict[str, list[Holding]]:
    """Return by firm the large shares that it holds in others."""
    below: dict[str, list[Holding]] = defaultdict(list)
    for firm in terrain.firms:
        for share in terrain.shares[firm]:
            if share.who in terrain.shares and share.high >= LARGE:
                below[share.who].append(share)
    return below


def _rings(below: dict[str, list[Holding]]) -> list[list[str]]:
    """Return the sets of firms that hold each other, each sorted, in the order of the first."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    firms = sorted({*below, *(share.firm for held in below.values() for share in held)})
    if not firms:
        return []
    number = {firm: n for n, firm in enumerate(firms)}
    pairs = [(number[who], number[s.firm]) for who, held in below.items() for s in held]
    left, right = np.array(pairs).T
    graph = csr_matrix((np.ones(len(pairs)), (left, right)), (len(firms), len(firms)))
    _count, labels = connected_components(graph, connection="strong")
    groups: dict[int, list[str]] = defaultdict(list)
    for firm, label in zip(firms, labels.tolist(), strict=True):
        groups[label].append(firm)
    return [group for group in groups.values() if len(group) > 1]


def _heads_near(terrain: Terrain, firm: str) -> set[str]:
    """Return the listed persons who hold or run a firm, or whom those who do so meet."""
    heads: set[str] = {firm} & terrain.listed
    for one in terrain.all_of(firm):
        heads |= {one.who} & terrain.listed or set(terrain.near(one.who, 1))
    return heads


def _heads_of(terrain: Terrain, firms: Iterable[str], heads: set[str]) -> list[Sign]:
    """Return a sign for each designated person who holds or runs one of the firms."""
    signs = []
    for firm in firms:
        for one in terrain.all_of(firm):
            if one.who in heads:
                text = N_("{head} holds or runs {firm}")
                about = {"head": one.who, "firm": firm}
                signs.append(Sign(text=text, about=about, edges=(one.edge,)))
            elif met := {h: w for h, w in terrain.near(one.who, 1).items() if h in heads}:
                for head, way in sorted(met.items()):
                    text = N_("{who}, who holds or runs {firm}, is tied to {head}")
                    about = {"who": one.who, "firm": firm, "head": head}
                    signs.append(Sign(text=text, about=about, edges=(one.edge, *way)))
    return signs


def _all_connected(terrain: Terrain, heads: set[str]) -> bool:
    """Return True if the designated persons all meet each other: then one place is no surprise."""
    first, *others = sorted(heads)
    met = {tie.other for tie in terrain.contacts.get(first, ())}
    firms = {share.firm for share in terrain.held.get(first, ())}
    return all(
        other in met or firms & {share.firm for share in terrain.held.get(other, ())}
        for other in others
    )
