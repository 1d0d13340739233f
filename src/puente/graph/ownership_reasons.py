"""The arithmetic of the 50 percent rule in words, owner by owner, for all entities at once."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.ownership_fixpoint import HALF_OF
from puente.graph.ownership_kinds import (
    INDIRECT,
    KINDS,
    NOMINEE,
    OWNS,
    PRINCIPAL,
    RIGHTS,
    SAME,
    SPOUSE,
    TRUST,
    UNCLEAR,
)
from puente.graph.ownership_shares import TIE_KINDS
from puente.i18n import N_
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.graph.ownership_ruling import Ruling
    from puente.graph.ownership_shares import Integers, Shares

OWNER_LINES: Mapping[str, str] = {
    OWNS: N_("{owner} ({why}) holds {share}"),
    INDIRECT: N_("{owner} ({why}) holds {share}, indirectly: through whom is not told"),
    NOMINEE: N_("{owner} ({why}) holds {share}, as or through a nominee"),
    TRUST: N_("{owner} ({why}) holds {share}, by a trust"),
    RIGHTS: N_("{owner} ({why}) holds {share}, in rights that are no shares"),
    UNCLEAR: N_("{owner} ({why}) holds {share}, in an interest of a kind not told"),
    SAME: N_("{owner} ({why}) may be the same: which of them was not decided"),
    SPOUSE: N_("{owner} ({why}) is the spouse: what one holds may be the other's in common"),
    PRINCIPAL: N_("{owner} ({why}) is whom this one holds for: what it holds may be theirs"),
}
"""How each kind of holding is told; each begins with the owner's id."""
CLASS_LINE = N_("{owner} ({why}) holds {share} of class {share_class}")
WHYS: Mapping[str, str] = {
    "listed": N_("listed"),
    "rule": N_("blocked by the 50 percent rule"),
    "possibly": N_("possibly blocked"),
    "tie": N_("not blocked, but what it holds may be a blocked person's"),
}
"""Why the holdings of an owner count or may count, and how that is told."""
CONTROL_LINE = N_(
    "{owner} ({why}) controls or is linked to it ({how}): control is not ownership and"
    " blocks nothing by itself; no dealing through them (FAQ 398, 400)"
)
SUM_LINES: Mapping[str, str] = {
    "blocked": N_("together {total}: at least 50 %, blocked"),
    "possibly": N_("together {total}: may reach 50 %, possibly blocked"),
    "not": N_("together {total}: below 50 %, not blocked by ownership"),
}


def reasons(ruling: Ruling) -> pa.Array:
    """Return, per entity, the lines of its arithmetic; entities untouched by blocking have none.

    What puts the record in doubt comes first, then one line per owner that is or may be blocked, by
    id, then the sum, then who controls it by other means; all in the current language.

    Source: OFAC FAQ 399 and 401, whose examples add up the same way; FAQ 398 on control.
    Cost: about 3 s per million holdings of blocked owners.
    """
    shares = ruling.shares
    names = shares.ids
    rows, parts = _owner_lines(ruling)
    entity = shares.entity
    touched = np.unique(shares.asset[rows[~_tied(shares, rows)]])
    lines = [
        *_notes(ruling, np.unique(entity[touched])),
        (np.flatnonzero(ruling.listed), _said(_("on a property-blocking list itself"))),
        *parts,
        *_sum_lines(ruling, touched),
        *_control_lines(ruling),
    ]
    where = [np.asarray(nodes, np.int64) for nodes, _texts in lines]
    texts = [
        text if len(text) == len(nodes) else pa.repeat(text[0], len(nodes))
        for (_n, text), nodes in zip(lines, where, strict=True)
    ]
    flat = np.concatenate(where)
    order = np.argsort(flat, kind="stable")
    counts = np.bincount(flat, minlength=len(names))
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    joined = pa.concat_arrays([pa.array([], pa.string()), *(_flat(t) for t in texts)])
    return pa.ListArray.from_arrays(pa.array(offsets), joined.take(pa.array(order)))


def why_of(ruling: Ruling, nodes: Integers) -> Integers:
    """Return the position in `WHYS` of why the holdings of each node count or may count.

    Source: see `reasons`.
    """
    found = ruling.found
    states = [ruling.listed[nodes], found.sure[nodes], found.possible[nodes]]
    return np.select(states, [0, 1, 2], default=3)


def span(shares: Shares, low: int, high: int) -> str:
    """Return a share in words: one percentage, or from the least to the most.

    Source: see `reasons`.
    """
    least, most = shares.percent(low), shares.percent(high)
    if least == most:
        return f"{least:f} %"
    return _("{least} % to {most} %").format(least=f"{least:f}", most=f"{most:f}")


def percent_texts(shares: Shares, units: Integers) -> pa.Array:
    """Return units as text in percent, each distinct one written once.

    Source: see `reasons`.
    """
    kept, inverse = np.unique(units, return_inverse=True)
    texts = pa.array([f"{shares.percent(value):f}" for value in kept.tolist()], pa.string())
    return texts.take(pa.array(inverse.ravel()))


def _spans(shares: Shares, low: Integers, high: Integers) -> pa.Array:
    least, most = percent_texts(shares, low), percent_texts(shares, high)
    one = filled("{least} %", least=least)
    two = filled(_("{least} % to {most} %"), least=least, most=most)
    return pc.if_else(pa.array(low == high), one, two)


def filled(template: str, **columns: pa.Array) -> pa.Array:
    """Return `template` filled in for every row of the columns it names; once if it names none.

    Source: not a rule: `str.format` over columns.
    """
    parts: list[object] = []
    for literal, field, _spec, _conversion in Formatter().parse(template):
        parts.append(pa.scalar(literal))
        if field is not None:
            parts.append(columns[field])
    text = pc.binary_join_element_wise(*parts, pa.scalar(""))
    return _said(text.as_py()) if isinstance(text, pa.Scalar) else _flat(text)


def _flat(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _said(text: str) -> pa.Array:
    return pa.array([text], pa.string())


def _tied(shares: Shares, rows: Integers) -> Integers:
    return np.zeros(len(rows), bool) if shares.kind is None else TIE_KINDS[shares.kind[rows]]


Lines = tuple["Integers", pa.Array]


def _owner_lines(ruling: Ruling) -> tuple[Integers, list[Lines]]:
    """Return the holdings that count or may count, and a line for each."""
    shares = ruling.shares
    rows = np.flatnonzero(ruling.found.passing[shares.owner] & (shares.high > 0))
    rows = rows[np.lexsort((shares.owner[rows], shares.asset[rows]))]
    whys = pa.array([_(why) for why in WHYS.values()])
    columns = {
        "owner": shares.ids.take(pa.array(shares.owner[rows])),
        "why": whys.take(pa.array(why_of(ruling, shares.owner[rows]))),
        "share": _spans(shares, shares.low[rows], shares.high[rows]),
    }
    entity = shares.entity[shares.asset[rows]]
    lines = filled(_(OWNER_LINES[OWNS]), **columns)
    if shares.kind is not None:
        codes = shares.kind[rows]
        for code in np.unique(codes[codes > 0]).tolist():
            told = filled(_(OWNER_LINES[KINDS[code]]), **columns)
            lines = pc.if_else(pa.array(codes == code), told, lines)
    if shares.class_names:
        slots = shares.asset[rows] - len(shares.ids)
        names = pa.array(shares.class_names).take(pa.array(np.maximum(slots, 0)))
        told = filled(_(CLASS_LINE), **columns, share_class=names)
        plain = slots >= 0 if shares.kind is None else (slots >= 0) & (shares.kind[rows] == 0)
        lines = pc.if_else(pa.array(plain), told, lines)
    return rows, [(entity, lines)]


def _sum_lines(ruling: Ruling, slots: Integers) -> list[Lines]:
    """Return the sums of the slots that a blocked owner has or may have something of."""
    shares, found = ruling.shares, ruling.found
    size, half = len(shares.ids), shares.whole // HALF_OF
    several = slots[slots >= size]
    totals = _spans(shares, found.slot_low[several], found.slot_high[several])
    lines: list[Lines] = []
    if len(several):
        names = pa.array(shares.class_names).take(pa.array(several - size))
        text = filled(_("class {share_class}: together {total}"), share_class=names, total=totals)
        lines.append((shares.class_of[several - size], text))
    for whole, nodes in (
        (False, slots[slots < size]),
        (True, np.unique(shares.class_of[several - size])),
    ):
        total = _spans(shares, found.low[nodes], found.high[nodes])
        sure, maybe = found.low[nodes] >= half, found.high[nodes] >= half
        for those, text in (
            (sure, _sum_text("blocked", classes=whole)),
            (maybe & ~sure, _sum_text("possibly", classes=whole)),
            (~maybe, _sum_text("not", classes=whole)),
        ):
            if those.any():
                lines.append((nodes[those], filled(text, total=total.filter(pa.array(those)))))
    return lines


def _sum_text(status: str, *, classes: bool) -> str:
    if classes:
        return {
            "blocked": _("in every class at least 50 %: blocked"),
            "possibly": _(
                "in some class at least 50 %, or it may be: which class counts is not"
                " settled, possibly blocked"
            ),
            "not": _("in every class below 50 %, not blocked by ownership"),
        }[status]
    return _(SUM_LINES[status])


def _notes(ruling: Ruling, touched: Integers) -> list[Lines]:
    """Return what puts the record of an entity in doubt, where blocked owners are in it."""
    shares = ruling.shares
    over = np.intersect1d(shares.contradicted, touched)
    twice = np.intersect1d(shares.repeated, touched)
    own = np.flatnonzero((shares.entity[shares.asset] == shares.owner) & (shares.high > 0))
    if shares.kind is not None:
        own = own[shares.kind[own] == 0]
    own = np.intersect1d(shares.owner[own], touched)
    return [
        (over, _said(_(
            "the record contradicts itself: the shares held add up to more than 100 percent"
        ))),
        (twice, _said(_("a holding is recorded several times alike: it counts once for sure"))),
        (own, _said(_(
            "it holds shares in itself: where the law leaves these out, the others weigh more"
        ))),
    ]  # fmt: skip


def _control_lines(ruling: Ruling) -> list[Lines]:
    control, ids = ruling.control, ruling.shares.ids
    if not len(control.owner):
        return []
    whys = pa.array([_(why) for why in WHYS.values()])
    text = filled(
        _(CONTROL_LINE),
        owner=ids.take(pa.array(control.owner)),
        why=whys.take(pa.array(why_of(ruling, control.owner))),
        how=pa.array([word or _("not told how") for word in control.how], pa.string()),
    )
    return [(control.asset, text)]
