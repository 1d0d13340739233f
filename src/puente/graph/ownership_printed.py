"""A derivation of the 50 percent rule in words, for a person who has to check it.

Source: OFAC guidance of 13 August 2014; FAQ 398 to 402.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from puente.graph.ownership_kinds import OWNS, TIES
from puente.graph.ownership_reasons import CLASS_LINE, CONTROL_LINE, OWNER_LINES, SUM_LINES, WHYS
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from puente.graph.ownership_derivation import Derivation, Owner, Step

HALF = Decimal(50)


def printed(found: Derivation) -> tuple[str, ...]:
    """Return a derivation in words, step by step, in the current language.

    Source: see the module.
    """
    return (_verdict(found), *_steps(found.chain), *_beside(found))


def _verdict(found: Derivation) -> str:
    words = {
        "listed": _("{entity}: blocked; it is on a property-blocking list itself"),
        "ownership": _("{entity}: blocked by ownership, though not listed; no designation needed"),
        "possibly": _("{entity}: possibly blocked; the record leaves it open"),
        "control": _(
            "{entity}: not blocked by ownership; control alone needs a designation"
            " (e.g. 21 USC 1904(b)(3))"
        ),
        "none": _("{entity}: not blocked by ownership"),
    }
    day = _("as of {day}").format(day=found.as_of.isoformat())
    return f"{words[found.basis].format(entity=found.entity)} ({day})"


def _steps(chain: Collection[Step]) -> Iterable[str]:
    for number, step in enumerate(chain, start=1):
        yield f"  {number}. {step.entity}"
        for owner in step.owners:
            yield "     " + _owner_text(owner)
        total = _percents(step.low, step.high if not step.surely else step.low)
        reach = "blocked" if step.surely else "possibly" if step.high >= HALF else "not"
        if not step.owners:
            yield "     " + _("no blocked person is recorded to hold any of it")
        elif any(owner.kind not in TIES for owner in step.owners):
            yield "     " + _(SUM_LINES[reach]).format(total=total)


def _owner_text(owner: Owner) -> str:
    line = CLASS_LINE if owner.share_class and owner.kind == OWNS else OWNER_LINES[owner.kind]
    text = _(line).format(
        owner=owner.owner, why=_(WHYS[owner.why]), share=_percents(owner.low, owner.high),
        share_class=owner.share_class,
    )  # fmt: skip
    if owner.date_from and owner.date_to:
        days = _("from {start} to {end}").format(start=owner.date_from, end=owner.date_to)
    elif owner.date_from:
        days = _("since {day}").format(day=owner.date_from)
    elif owner.date_to:
        days = _("until {day}").format(day=owner.date_to)
    else:
        return text
    return f"{text} ({days})"


def _percents(low: Decimal, high: Decimal) -> str:
    if low == high:
        return f"{low:f} %"
    return _("{least} % to {most} %").format(least=f"{low:f}", most=f"{high:f}")


def _beside(found: Derivation) -> Iterable[str]:
    """Give what is not part of the sum: gaps, control, circles, the past and the other test."""
    by_class = any(owner.share_class for step in found.chain[-1:] for owner in step.owners)
    if found.chain and found.recorded < 100 and not by_class:
        yield _("Recorded holders: {known} %; nobody is named for sure for {rest} %").format(
            known=f"{found.recorded:f}", rest=f"{100 - found.recorded:f}"
        )
    for tie in found.controlled_by:
        yield _(CONTROL_LINE).format(
            owner=tie.entity, why=_(WHYS[tie.why]), how=tie.how or _("not told how")
        )
    if found.self_supporting:
        yield _(
            "It passes 50 % only if it, or others with it, are taken as blocked beforehand: they"
            " hold each other's shares. The rule starts from blocked persons (FAQ 401)"
        )
    if found.blocked_until is not None:
        yield _(
            "Holdings since ended blocked it until {day}: what was blocked then stays blocked until"
            " it is licensed or released; a sale within US jurisdiction does not count (FAQ 402)"
        ).format(day=found.blocked_until.isoformat())
    if found.basis == "listed":
        return
    share = _percents(found.look_low, found.look_high)
    if found.status == "blocked" and found.look_high < HALF:
        text = _("Look-through, another test: {share} is listed persons' in the end, below 50 %;"
                 " the rule blocks it all the same")  # fmt: skip
    elif found.status == "not" and found.look_high >= HALF:
        text = _("Look-through, another test: {share} is listed persons' in the end, 50 % or more"
                 " or possibly so; the rule does not block it for that")  # fmt: skip
    else:
        text = _("Look-through, another test, not OFAC's: {share} is listed persons' in the end")
    yield text.format(share=share)
