"""Why the 50 percent rule says what it says of one entity: every step back to the listed persons.

Source: OFAC guidance of 13 August 2014; FAQ 398 to 402. On what blocks without a designation and
    what needs one: 31 CFR 598.314 (Kingpin Act; owned 50 percent or more, listed or not) against 21
    USC 1904(b)(3) (owned, controlled or directed by: only once the Treasury designates it).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from puente.graph.look_through import look_through
from puente.graph.ownership_controllers import controllers_of
from puente.graph.ownership_fixpoint import self_supporting
from puente.graph.ownership_history import last_blocked
from puente.graph.ownership_kinds import KINDS, OWNS, TIES
from puente.graph.ownership_reasons import WHYS, why_of
from puente.graph.ownership_ruling import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from puente.graph.look_through import LookThrough
    from puente.graph.ownership_controllers import Controller
    from puente.graph.ownership_ruling import Ruling
    from puente.graph.ownership_shares import Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One holding of a blocked owner, or of one that may be.

    Attributes:
        why: one of `puente.graph.ownership_reasons.WHYS`.
        kind: see `puente.graph.ownership_kinds.KINDS`.
        low, high: percent that counts at least and at most; 0 of a tie between people.

    Source: see the module.
    """

    owner: str
    why: str
    kind: str
    share_class: str
    low: Decimal
    high: Decimal
    date_from: str
    date_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entity of a chain, with what its blocked owners hold of it.

    Attributes:
        surely: True where the step blocks it, False where it may or does not.
        low, high: percent held by the owners named here, at least and at most.

    Source: see the module.
    """

    entity: str
    surely: bool
    owners: tuple[Owner, ...]
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What the rule says of an entity, and everything it rests on.

    Attributes:
        basis: `listed`; `ownership` (blocked though not listed: no designation is needed);
            `possibly`; `control` (not blocked: it would need a designation); `none`.
        low, high: percent held by blocked owners, at least and at most.
        recorded: percent that anyone is recorded to hold for sure; the rest nobody is named for.
        chain: steps from the listed persons to the entity, each after those it rests on; the last
            is the entity's own.
        controlled_by: who controls it by other means; never a reason for `status`.
        self_supporting: it would pass one half only if taken as blocked beforehand.
        look_low, look_high: percent that is the listed persons' in the end: another test.
        blocked_until: last day on which holdings since ended blocked it; None if none did.

    Source: see the module.
    """

    entity: str
    as_of: date
    status: str
    basis: str
    low: Decimal
    high: Decimal
    recorded: Decimal
    chain: tuple[Step, ...]
    controlled_by: tuple[Controller, ...]
    self_supporting: bool
    look_low: Decimal
    look_high: Decimal
    blocked_until: date | None

    def as_json(self) -> dict[str, object]:
        """Return the derivation with percentages as exact text, for JSON.

        Source: see the module.
        """
        return {key: _texts(value) for key, value in asdict(self).items()}


def _texts(value: object) -> object:
    if isinstance(value, dict):
        return {key: _texts(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(one) for one in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if hasattr(value, "isoformat") else value


class Deriver:
    """Derives entities of one ruling; what they have in common is worked out once.

    Source: see the module.
    """

    def __init__(self, ruling: Ruling) -> None:
        self._ruling = ruling
        shares, found = ruling.shares, ruling.found
        entity = shares.entity[shares.asset]
        rows = np.flatnonzero(found.passing[shares.owner] & (shares.high > 0))
        self._rows = rows[np.lexsort((shares.owner[rows], shares.asset[rows], entity[rows]))]
        self._entity = entity[self._rows]
        self._look: LookThrough = look_through(shares, ruling.listed)
        self._circular = self_supporting(shares, ruling.listed, found.sure)
        self._until = last_blocked(ruling)
        self._control = controllers_of(ruling)

    def node_of(self, entity: str) -> int | None:
        """Return the node number of an entity, None if neither holdings nor seeds name it.

        Source: see the module.
        """
        return self._ruling.number_of(entity)

    def touched(self) -> list[int]:
        """Return the numbers of the entities there is something to say of, in the order of ids.

        Source: see the module.
        """
        ruling = self._ruling
        told = ruling.listed | ruling.found.passing
        told[self._entity] = True
        told[list(self._control)] = True
        told[[n for n in map(ruling.number_of, self._until) if n is not None]] = True
        return [int(node) for node in np.flatnonzero(told)]

    def derive(self, node: int, *, whole: bool = True) -> Derivation:
        """Return the derivation of the entity with that node number.

        Args:
            whole: False leaves out the steps of the chain before the entity's own.

        Source: see the module.
        Cost: linear in the chain behind the entity.
        """
        ruling = self._ruling
        shares, found = ruling.shares, ruling.found
        name = shares.ids[node].as_py()
        status = STATUSES[ruling.status[node]]
        control = self._control.get(node, ())
        basis = {"blocked": "ownership", "possibly": "possibly"}.get(status, "none")
        if ruling.listed[node]:
            basis = "listed"
        elif basis == "none" and control:
            basis = "control"
        own = np.append(node, len(shares.ids) + np.flatnonzero(shares.class_of == node))
        return Derivation(
            entity=name,
            as_of=ruling.as_of,
            status=status,
            basis=basis,
            low=shares.percent(found.low[node]),
            high=shares.percent(found.high[node]),
            recorded=shares.percent(max(shares.total_low[own])),
            chain=tuple(self._chain(node, whole=whole)),
            controlled_by=control,
            self_supporting=bool(self._circular[node]),
            look_low=_rounded(self._look.low[node]),
            look_high=_rounded(self._look.high[node]),
            blocked_until=None if status == "blocked" else self._until.get(name),
        )

    def _chain(self, node: int, *, whole: bool) -> Iterable[Step]:
        found, listed, owner = self._ruling.found, self._ruling.listed, self._ruling.shares.owner
        if listed[node]:
            return
        behind, open_ones = {node: self._behind(node)}, [node] if whole else []
        while open_ones:
            for one in owner[behind[open_ones.pop()]].tolist():
                if one not in behind and not listed[one]:
                    behind[one] = self._behind(one)
                    open_ones.append(one)
        # What is surely blocked rests on nothing else; what may be can rest on either.
        others = sorted(
            (one for one in behind if one != node),
            key=lambda one: (found.sure_round[one], found.passing_round[one], one),
        )
        for one in (*others, node):
            yield self._step(one, behind[one])

    def _behind(self, node: int) -> Integers:
        """Return the holdings that a step of the chain rests on: of owners reached before it."""
        found, owner = self._ruling.found, self._ruling.shares.owner
        at = slice(*np.searchsorted(self._entity, [node, node + 1]).tolist())
        rows: Integers = self._rows[at]
        if found.sure[node]:
            rows = rows[found.sure_round[owner[rows]] < found.sure_round[node]]
        elif found.passing[node]:
            rows = rows[found.passing_round[owner[rows]] < found.passing_round[node]]
        return rows

    def _step(self, node: int, rows: Integers) -> Step:
        shares, found = self._ruling.shares, self._ruling.found
        whys = why_of(self._ruling, shares.owner[rows])
        owners = tuple(
            self._owner(int(row), tuple(WHYS)[why])
            for row, why in zip(rows, whys.tolist(), strict=True)
        )
        surely = bool(found.sure[node])
        low, high = found.low[node], found.high[node]
        if surely and not (shares.class_of == node).any():
            # What was enough to block it; owners that it blocks in its turn come on top.
            low = shares.low[rows][found.sure[shares.owner[rows]]].sum()
        name = shares.ids[node].as_py()
        return Step(
            entity=name, surely=surely, owners=owners, low=shares.percent(low),
            high=shares.percent(max(low, high)),
        )  # fmt: skip

    def _owner(self, row: int, why: str) -> Owner:
        ruling, shares = self._ruling, self._ruling.shares
        size, slot = len(shares.ids), int(shares.asset[row])
        at = row if shares.row is None else int(shares.row[row])
        kind = OWNS if shares.kind is None else KINDS[shares.kind[row]]
        return Owner(
            owner=shares.ids[int(shares.owner[row])].as_py(),
            why=why,
            kind=kind,
            share_class=shares.class_names[slot - size] if slot >= size else "",
            low=shares.percent(shares.low[row] if why in {"listed", "rule"} else 0),
            high=shares.percent(0 if kind in TIES else shares.high[row]),
            date_from=ruling.table["date_from"][at].as_py(),
            date_to=ruling.table["date_to"][at].as_py(),
        )


def _rounded(share: float) -> Decimal:
    """Return a share as percent to six decimals; it is good to seven."""
    value = Decimal(f"{100 * share:.6f}")
    return value.to_integral() if value == value.to_integral() else value.normalize()
