"""Patterns of persons: front owner, controller without a share, nominee, enabler.

None of them rests on representing, notarising, carrying, being kin or paying extortion: those
edges are not in the terrain.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from puente.graph.patterns.finding import Finding, Pattern, Sign
from puente.graph.patterns.weigh import CLOSE, make_finding
from puente.i18n import N_
from puente.model.dates import parse_date

if TYPE_CHECKING:
    from datetime import date

    from puente.graph.patterns.terrain import Holding, Terrain

TAKEN_OVER_WITHIN = 365
"""Days after a designated person's share ended in which a new holder takes it over."""

WHOLE = 90.0
"""Percent from which one holder has the firm to itself."""

MANY_FIRMS = 4
"""Firms with nobody else in common from which holding or running them is a pattern."""

FRONT_OWNER = Pattern(
    id="front_owner",
    name=N_("Front owner"),
    text=N_("Holds or runs, in his own name, what designated persons hold or held."),
    innocent=(
        N_("A partner who put in his own money and runs the firm for himself."),
        N_("A manager who was hired and knows the owners only on paper."),
        N_("A buyer who paid a fair price after the designated person left."),
        N_("Somebody whose identity was used without his knowledge."),
    ),
    role="front_owner",
    source="FATF and Egmont Group, Concealment of Beneficial Ownership (2018), nominees",
)
CONTROLLER = Pattern(
    id="hidden_controller",
    name=N_("Controller without a share"),
    text=N_("Can act for a firm that is wholly of another, and is tied to designated persons."),
    innocent=(
        N_("A professional who holds powers of attorney for many clients."),
        N_("A relative or employee who signs for an owner who is away or ill."),
        N_("The tie to the designated person may be chance: a building, one arrest together."),
    ),
    role="nominee",
    source="FATF and Egmont Group, Concealment of Beneficial Ownership (2018), informal control",
)
NOMINEE = Pattern(
    id="nominee_across_firms",
    name=N_("Nominee across unrelated firms"),
    text=N_(
        "Holds or runs many firms that have nobody else in common, one of them of a designated"
        " person."
    ),
    innocent=(
        N_("A professional director or a firm that sets up companies for clients."),
        N_("An investor with many small businesses."),
    ),
    role="nominee",
    source="FATF and Egmont Group, Concealment of Beneficial Ownership (2018), nominees",
)
ENABLER = Pattern(
    id="enabler",
    name=N_("Enabler of unconnected designated persons"),
    text=N_(
        "Runs or may act for firms of two or more designated persons who have nothing else in"
        " common."
    ),
    innocent=(
        N_("A professional with many clients, of whom few are designated."),
        N_("The firms were set up before anybody was designated."),
    ),
    role="accountant",
    source="FATF, Professional Money Laundering (2018)",
)


def front_owners(terrain: Terrain) -> list[Finding]:
    """Return who holds or runs in his own name what designated persons hold or held.

    Two firms are asked for, or one that the person both holds and runs, or a share taken over from
    a designated person, or a firm held wholly for somebody who controls it without a share.

    Source: see `FRONT_OWNER`.
    """
    signs: dict[str, list[Sign]] = defaultdict(list)
    firms: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    principals: dict[str, set[str]] = defaultdict(set)
    enough: set[str] = set()
    for firm in terrain.firms:
        heads = [share for share in terrain.shares[firm] if terrain.is_principal(share.who)]
        if not heads:
            continue
        for own in (*terrain.shares[firm], *terrain.offices[firm]):
            if not terrain.may_be_named(own.who) or not (own.runs or not own.role):
                continue
            sign = _beside(own, heads)
            signs[own.who].append(sign)
            firms[own.who][firm].add("runs" if own.role else "holds")
            principals[own.who].update(head.who for head in heads)
            if not own.role and (taken := _taken_over(own, heads)):
                signs[own.who].append(taken)
                enough.add(own.who)
    for own, power in _names_only(terrain):
        signs[own.who].append(_in_name_only(own, power))
        principals[own.who].update(terrain.near(power.who, CLOSE))
        enough.add(own.who)
    for who, held in firms.items():
        if len(held) > 1 or any(len(how) > 1 for how in held.values()):
            enough.add(who)
    return [
        make_finding(FRONT_OWNER, terrain, [who], signs[who], principals[who])
        for who in sorted(enough)
    ]


def hidden_controllers(terrain: Terrain) -> list[Finding]:
    """Return who can act for a firm that another holds wholly, and is tied to designated persons.

    Source: see `CONTROLLER`.
    """
    signs: dict[str, list[Sign]] = defaultdict(list)
    principals: dict[str, set[str]] = defaultdict(set)
    for own, power in _names_only(terrain):
        near = terrain.near(power.who, CLOSE)
        signs[power.who].append(_controls(own, power))
        for head, edges in sorted(near.items()):
            sign = Sign(
                text=N_("is tied to {head} otherwise than on paper"),
                about={"head": head},
                edges=edges,
                statements=terrain.statements(edges),
            )
            if sign not in signs[power.who]:
                signs[power.who].append(sign)
        principals[power.who].update(near)
    return [
        make_finding(CONTROLLER, terrain, [who], signs[who], principals[who])
        for who in sorted(signs)
    ]


def nominees(terrain: Terrain) -> list[Finding]:
    """Return who holds or runs many firms that have nobody else in common.

    Source: see `NOMINEE`.
    """
    found = []
    people = sorted({*terrain.held, *terrain.offices_of})
    for who in (one for one in people if terrain.may_be_named(one)):
        own = {
            holding.firm: holding
            for holding in (*terrain.held.get(who, ()), *terrain.offices_of.get(who, ()))
            if holding.runs or (not holding.role and holding.low >= WHOLE / 2)
        }
        alone = _unrelated(terrain, who, sorted(own))
        heads = {
            share.who
            for firm in alone
            for share in terrain.shares[firm]
            if terrain.is_principal(share.who)
        }
        if len(alone) < MANY_FIRMS or not heads:
            continue
        edges = tuple(own[firm].edge for firm in alone)
        sign = Sign(
            text=N_("holds or runs {count} firms that have nobody else in common"),
            about={"count": str(len(alone))},
            edges=edges,
            statements=terrain.statements(edges),
        )
        found.append(make_finding(NOMINEE, terrain, [who], [sign], heads))
    return found


def enablers(terrain: Terrain) -> list[Finding]:
    """Return who serves the firms of two or more designated persons that are otherwise apart.

    Source: see `ENABLER`.
    """
    found = []
    for who in sorted(terrain.offices_of):
        if not terrain.may_be_named(who):
            continue
        served: dict[str, list[int]] = defaultdict(list)
        for office in terrain.offices_of[who]:
            if not (office.runs or office.is_power):
                continue
            for share in terrain.shares[office.firm]:
                if share.who in terrain.listed:
                    served[share.who] += [office.edge, share.edge]
        apart = [pair for pair in combinations(sorted(served), 2) if not _connected(terrain, *pair)]
        # Acting for clients is a lawyer's and a notary's work: for them it takes more than that.
        acts = {"lawyer", "notary"} & {name for name, _statement in terrain.professions(who)}
        if not apart or (acts and not terrain.near(who, 1)):
            continue
        signs = [
            Sign(
                text=N_("runs or may act for a firm of {head}"),
                about={"head": head},
                edges=tuple(dict.fromkeys(served[head])),
                statements=terrain.statements(tuple(served[head])),
            )
            for head in sorted({head for pair in apart for head in pair})
        ]
        found.append(make_finding(ENABLER, terrain, [who], signs, set(served)))
    return found


def _beside(own: Holding, heads: list[Holding]) -> Sign:
    head = min(heads, key=lambda share: (-share.low, share.who))
    text = (
        N_("runs {firm}, in which {head} holds a share")
        if own.role
        else N_("holds a share of {firm} beside {head}")
    )
    return Sign(text=text, about={"firm": own.firm, "head": head.who}, edges=(own.edge, head.edge))


def _taken_over(own: Holding, heads: list[Holding]) -> Sign | None:
    for head in heads:
        if not head.end or not own.begin:
            continue
        days = (_first_day(own.begin) - parse_date(head.end).end).days
        if 0 <= days <= TAKEN_OVER_WITHIN:
            return Sign(
                text=N_("took over a share of {firm} on {day}; that of {head} had ended on {end}"),
                about={"firm": own.firm, "day": own.begin, "head": head.who, "end": head.end},
                edges=(own.edge, head.edge),
            )
    return None


def _first_day(text: str) -> date:
    return parse_date(text).start


def _names_only(terrain: Terrain) -> list[tuple[Holding, Holding]]:
    """Return shares of a whole firm, each with the power of another who is near the listed."""
    found = []
    for firm in terrain.firms:
        own = [
            share
            for share in terrain.shares[firm]
            if share.low >= WHOLE and terrain.may_be_named(share.who)
        ]
        holders = {share.who for share in terrain.shares[firm]}
        for power in terrain.offices[firm]:
            close = power.is_power and power.who not in holders and terrain.may_be_named(power.who)
            if own and close and terrain.near(power.who, CLOSE):
                found.append((own[0], power))
    return found


def _in_name_only(own: Holding, power: Holding) -> Sign:
    return Sign(
        text=N_("holds all of {firm}, for which {other} can act without a share"),
        about={"firm": own.firm, "other": power.who},
        edges=(own.edge, power.edge),
    )


def _controls(own: Holding, power: Holding) -> Sign:
    return Sign(
        text=N_("can act for {firm} without a share; all of it is held by {other}"),
        about={"firm": own.firm, "other": own.who},
        edges=(power.edge, own.edge),
    )


def _people_of(terrain: Terrain, firm: str) -> set[str]:
    return {one.who for one in (*terrain.shares[firm], *terrain.offices[firm])}


def _unrelated(terrain: Terrain, who: str, firms: list[str]) -> list[str]:
    """Return firms of which no two have anybody but `who` in common, the first ones first."""
    taken: set[str] = set()
    found = []
    for firm in firms:
        others = (_people_of(terrain, firm) | {firm}) - {who}
        if not others & taken:
            taken |= others
            found.append(firm)
    return found


def _connected(terrain: Terrain, one: str, other: str) -> bool:
    """Return True if two designated persons meet, or hold a firm together."""
    shared = {share.firm for share in terrain.held.get(one, ())} & {
        share.firm for share in terrain.held.get(other, ())
    }
    return bool(shared) or any(tie.other == other for tie in terrain.contacts.get(one, ()))
