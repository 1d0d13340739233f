"""The firms of the network: every way in which half of a firm is, or is not quite, held.

Each listed person gets firms held by exactly half and by a hair less; some pairs add up to half
only together; some hold through a chain, some around a circle. Shares are whole hundredths of a
percent, so that exactly half is exactly half.

Source: OFAC, Revised Guidance on Entities Owned by Persons Whose Property and Interests in
Property Are Blocked (13 August 2014): 50 percent or more in the aggregate, directly or indirectly.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import cycle
from typing import TYPE_CHECKING, Protocol

from puente.world.chance import chance
from puente.world.firms import Holding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from puente.world.firms import Firm, Register

SOLD_ON = date(2024, 6, 30)
UNKNOWN = -1


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A firm being drawn up: its number and who is to hold it."""

    number: int
    role: str = "front_firm"
    holdings: list[Holding] = field(default_factory=list)
    officers: list[tuple[int, str]] = field(default_factory=list)


class _Drawer:
    """Draws up firms one after another, with front men for whatever the listed do not hold."""

    def __init__(self, rng: Random, free: Iterator[int], fronts: Sequence[int]) -> None:
        self.drafts: list[_Draft] = []
        self._rng = rng
        self._free = free
        self._fronts = cycle(fronts)

    def firm(self, *owners: tuple[_Draft | int, int], rest: bool = True) -> _Draft:
        """Return a firm held by `owners`: a person's number or a draft, and the share.

        Args:
            owners: with shares in hundredths of a percent.
            rest: whether a front man holds what is left.
        """
        draft = _Draft(number=next(self._free))
        held = 0
        for owner, share in owners:
            draft.holdings.append(self.share(owner, share, share))
            held += max(share, 0)
        front = next(self._fronts)
        if rest and 0 < held < 10_000:
            draft.holdings.append(self.share(front, 10_000 - held, 10_000 - held))
        draft.officers.append((front, "ADMINISTRADOR ÚNICO"))
        self.drafts.append(draft)
        return draft

    def share(self, owner: _Draft | int, least: int, most: int) -> Holding:
        """Return a holding that began at some time in the years before the files do."""
        start = date(2012 + self._rng.randrange(10), 1 + self._rng.randrange(12), 15)
        if isinstance(owner, _Draft):
            return Holding(owner=owner.number, is_firm=True, least=least, most=most, start=start)
        return Holding(owner=owner, is_firm=False, least=least, most=most, start=start)


def plan_firms(
    seed: int, register: Register, numbers: Mapping[str, Sequence[int]]
) -> tuple[dict[int, Firm], dict[int, str]]:
    """Return the network's firms, and the role of each.

    Args:
        seed: of the world.
        register: whose numbers are taken.
        numbers: person numbers by role.
    """
    rng = chance(seed, "network firms")
    places = rng.sample(range(register.size), register.size)
    drawer = _Drawer(rng, iter(places), numbers["front"])
    heads = [*numbers["boss"], *numbers["money_man"]]
    for group in range(max(1, len(heads) // 4)):
        four = [heads[(group * 4 + n) % len(heads)] for n in range(4)]
        _plain(drawer, four)
        _circles(drawer, four)
        _doubtful(drawer, four)
    _nominees(drawer, numbers)
    firms = {draft.number: _founded(register, draft) for draft in drawer.drafts}
    return firms, {draft.number: draft.role for draft in drawer.drafts}


def _plain(drawer: _Drawer, heads: Sequence[int]) -> None:
    """Draw up holdings that a reader can add: halves, near halves, sums, chains."""
    a, b, c, d = heads
    half = drawer.firm((a, 5_000))
    drawer.firm((b, 4_990))
    drawer.firm((c, 2_500), (d, 2_500))
    drawer.firm((a, 1_667), (b, 1_667), (c, 1_666))
    drawer.firm((d, 3_000), (half, 2_000))
    second = drawer.firm((half, 6_000))
    third = drawer.firm((second, 5_100))
    drawer.firm((third, 4_990))
    listed = drawer.firm((b, 10_000))
    listed.role = "listed_firm"
    drawer.firm((listed, 5_500))


def _circles(drawer: _Drawer, heads: Sequence[int]) -> None:
    """Draw up a circle that a listed person closes, and one that only holds itself up."""
    closed = [drawer.firm((heads[0], 5_000), rest=False) for _n in range(1)]
    closed.append(drawer.firm((closed[0], 6_000)))
    closed.append(drawer.firm((closed[1], 5_000)))
    closed[0].holdings.append(drawer.share(closed[2], 5_000, 5_000))
    open_ = drawer.firm((heads[1], 1_000), rest=False)
    partner = drawer.firm((open_, 5_000))
    open_.holdings.append(drawer.share(partner, 5_000, 5_000))
    open_.holdings.append(drawer.share(open_.officers[0][0], 4_000, 4_000))


def _doubtful(drawer: _Drawer, heads: Sequence[int]) -> None:
    """Draw up holdings whose size the register does not say, or that were sold."""
    unknown = drawer.firm((heads[2], UNKNOWN), rest=False)
    unknown.holdings.append(drawer.share(unknown.officers[0][0], 4_500, 4_500))
    banded = drawer.firm(rest=False)
    banded.holdings.append(drawer.share(heads[3], 3_000, 6_000))
    banded.holdings.append(drawer.share(banded.officers[0][0], 4_000, 4_000))
    drawer.firm((unknown, 6_000))
    sold = drawer.firm(rest=False)
    front = sold.officers[0][0]
    sold.holdings += [
        replace(drawer.share(heads[0], 8_000, 8_000), end=SOLD_ON),
        replace(drawer.share(front, 8_000, 8_000), start=date(2024, 7, 1)),
        drawer.share(front, 2_000, 2_000),
    ]


def _nominees(drawer: _Drawer, numbers: Mapping[str, Sequence[int]]) -> None:
    """Draw up firms in which no listed person appears: the rule does not reach them, people do."""
    fronts, money = numbers["front"], [*numbers["launderer"], *numbers["lieutenant"]]
    for at, front in enumerate(fronts):
        firm = drawer.firm((front, 10_000))
        firm.officers.append((money[at % len(money)], "APODERADO"))
    ring = [drawer.firm((front, 4_000), rest=False) for front in fronts[:3]]
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        other.holdings.append(drawer.share(one, 6_000, 6_000))


def _founded(register: Register, draft: _Draft) -> Firm:
    plain = register.plain(draft.number)
    first = min((h.start for h in draft.holdings), default=plain.founded)
    return replace(
        plain, founded=min(plain.founded, first), holdings=tuple(draft.holdings),
        officers=tuple(draft.officers),
    )  # fmt: skip


# --- which of them the rule blocks -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """What the 50 percent rule says of one firm.

    Attributes:
        status: `blocked`, `possibly` or `not`.
        low, high: hundredths of a percent that blocked owners hold at least and at most.
    """

    status: str
    low: int
    high: int


class Held(Protocol):
    """Something that is held by shares: a firm, a parcel of land."""

    @property
    def holdings(self) -> tuple[Holding, ...]:
        """Return who holds it."""


def blocked_firms(
    firms: Mapping[int, Held], people: frozenset[int], listed_firms: frozenset[int], on: date
) -> dict[int, Blocked]:
    """Return what the rule says of each firm, or other thing that is held by shares, on a day.

    A blocked firm counts as wholly blocked for what it holds in turn. An unknown share counts 0 at
    least, and at most what the others surely leave; `high` counts owners that are only possibly
    blocked too.

    Args:
        firms: all firms that a blocked person or firm has a share in, directly or not.
        people, listed_firms: numbers of those whose property is blocked by listing.
        on: the day.
    """
    bounds = {n: _bounds(firm, on) for n, firm in firms.items()}
    sure = _closure(bounds, people, listed_firms, upper=False)
    maybe = _closure(bounds, people, listed_firms, upper=True)
    found = {}
    for number, holdings in bounds.items():
        low = sum(least for owner, least, _most in holdings if _in(owner, people, sure))
        high = sum(most for owner, _least, most in holdings if _in(owner, people, maybe))
        status = "blocked" if number in sure else "possibly" if number in maybe else "not"
        found[number] = Blocked(status=status, low=low, high=min(high, 10_000))
    return found


Owner = tuple[bool, int]


def _in(owner: Owner, people: frozenset[int], firms: set[int]) -> bool:
    is_firm, number = owner
    return number in (firms if is_firm else people)


def _bounds(firm: Held, on: date) -> list[tuple[Owner, int, int]]:
    standing = [h for h in firm.holdings if h.start <= on and (h.end is None or on <= h.end)]
    surely = sum(max(h.least, 0) for h in standing)
    return [
        (
            (h.is_firm, h.owner),
            max(h.least, 0),
            min(h.most if h.is_known else 10_000, 10_000 - surely + max(h.least, 0)),
        )
        for h in standing
    ]


def _closure(
    bounds: Mapping[int, list[tuple[Owner, int, int]]], people: frozenset[int],
    listed: frozenset[int], *, upper: bool,
) -> set[int]:  # fmt: skip
    """Return the firms that are blocked: the least set that listing and the rule call for."""
    blocked = set(listed)
    while True:
        more = {
            number
            for number, holdings in bounds.items()
            if number not in blocked
            and sum(
                most if upper else least
                for owner, least, most in holdings
                if _in(owner, people, blocked)
            )
            >= 5_000
        }
        if not more:
            return blocked
        blocked |= more
