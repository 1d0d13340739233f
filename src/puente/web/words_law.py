"""What pages call the parts of an instrument of law, a status, and a cell of the gap matrix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from puente.i18n import N_, current_language, format_date, format_number, ngettext
from puente.i18n import gettext as _
from puente.law.elements import AnyOf, Element, Unless
from puente.law.instrument import instruments
from puente.law.matrix import REACH_WORDS, Reach
from puente.law.procedure import BUSINESS, NEXT, OPENS, STANDS
from puente.law.references import ARITHMETIC, CONFIDENCE_WORDS, CONTESTED, MEMORY, VERIFIED
from puente.law.standards import STANDARD_TEXT, Standard
from puente.law.status import Word, word_text
from puente.law.texts import Text
from puente.report.law_memo_words import short_status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from puente.law.elements import Node
    from puente.law.instrument import Instrument
    from puente.law.procedure import Clock, Designation
    from puente.law.readings import Effect

KINDS: Mapping[str, str] = {
    "statute": N_("statute"),
    "regulation": N_("regulation"),
    "order": N_("executive order"),
    "guidance": N_("guidance"),
    "case_law": N_("case law"),
}
JURISDICTIONS: Mapping[str, str] = {"US": N_("United States"), "MX": N_("Mexico")}
STATES: Mapping[str, str] = {
    "in_force": N_("in force"),
    "not_yet": N_("not yet in force"),
    "ended": N_("no longer in force"),
}
ELEMENT_KINDS: Mapping[str, str] = {
    "fact": N_("fact"),
    "characterisation": N_("characterisation: a person judges it"),
    "policy_judgment": N_("policy judgment: left to whoever decides"),
}
BURDENS: Mapping[str, str] = {
    "government": N_("the government"),
    "claimant": N_("the claimant"),
    "defendant": N_("the defendant"),
}
GROUPS: Mapping[str, str] = {
    "all": N_("all of"),
    "any": N_("any one of"),
    "unless": N_("unless"),
    "element": N_("element"),
}
EFFECTS: Mapping[str, str] = {
    "require": N_("asks also for {other} at {node}"),
    "drop": N_("leaves {node} out"),
    "exempt": N_("exempts {node} where {other} is shown"),
    "replace": N_("puts {other} in the place of {node}"),
}
UNITS: Mapping[str, str] = {
    "USD": N_("US dollars"),
    "years": N_("years"),
    "days": N_("days"),
    "percent": N_("percent"),
    "text": N_("in words"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How something stands: its word, what the word means, and the badge and glyph beside it.

    Attributes:
        short: the word where its table's caption says the rest; "" where there is no shorter one.
    """

    code: str
    word: str
    meaning: str
    badge: str
    glyph: str
    short: str = ""


_CONFIDENCES = {
    VERIFIED: ("", "full",
               N_("Read in the source named, or in the copy it was checked against.")),
    ARITHMETIC: ("", "half", N_("Read nowhere: the sum and the figures it starts from are shown.")),
    CONTESTED: ("attention", "bar",
                N_("Held by some and denied by others, or its outcome is not known.")),
    MEMORY: ("attention", "ring",
             N_("Nobody has looked it up. It is shown, and no assessment and no penalty rests on"
                " it.")),
}  # fmt: skip
_STATUSES = {
    Word.SUPPORTED: ("river", "full", N_("Enough stands for it and not enough against it.")),
    Word.UNSUPPORTED: ("open", "ring", N_("Someone has looked; enough stands on neither side.")),
    Word.REBUTTED: ("refused", "bar", N_("Enough stands against it and not enough for it.")),
    Word.CONTESTED: ("attention", "half", N_("Enough stands for it, and enough against it.")),
    Word.NOT_ASSESSED: ("open", "dots", N_("Nobody has looked, or its text may not be relied on.")),
}
_REACHES = {
    Reach.REACHED: ("solid", "full", N_("Every element that its words ask for holds.")),
    Reach.MISSING: ("open", "bar", N_("At least one element fails.")),
    Reach.DEPENDS: ("attention", "half", N_("On a fact left open, a rival reading, or a text from"
                                            " memory.")),
    Reach.NOT_IN_FORCE: ("open", "dots", N_("The instrument did not stand on that day.")),
}  # fmt: skip


def confidence_mark(confidence: str) -> Mark:
    """Return how to show how sure a drafter is."""
    badge, glyph, meaning = _CONFIDENCES[confidence]
    word = _(CONFIDENCE_WORDS[confidence])
    return Mark(code=confidence, word=word, meaning=_(meaning), badge=badge, glyph=glyph)


def confidence_marks() -> tuple[Mark, ...]:
    """Return the legend of the marks, surest first."""
    return tuple(confidence_mark(name) for name in _CONFIDENCES)


def status_mark(word: Word) -> Mark:
    """Return how to show a status."""
    badge, glyph, meaning = _STATUSES[word]
    return Mark(
        code=word.value, word=word_text(word), meaning=_(meaning), badge=badge, glyph=glyph,
        short=short_status(word),
    )  # fmt: skip


def status_marks() -> tuple[Mark, ...]:
    """Return the legend of the statuses."""
    return tuple(status_mark(word) for word in _STATUSES)


def reach_mark(reach: Reach) -> Mark:
    """Return how to show a cell of the gap matrix."""
    badge, glyph, meaning = _REACHES[reach]
    return Mark(
        code=reach.value, word=_(REACH_WORDS[reach]), meaning=_(meaning), badge=badge, glyph=glyph
    )


def reach_marks() -> tuple[Mark, ...]:
    """Return the legend of the gap matrix."""
    return tuple(reach_mark(reach) for reach in _REACHES)


def group_kind(node: Node) -> str:
    """Return `all`, `any`, `unless` or `element`."""
    if isinstance(node, Element):
        return "element"
    if isinstance(node, Unless):
        return "unless"
    return "any" if isinstance(node, AnyOf) else "all"


def node_label(node: Node) -> str:
    """Return what a node says; a group without words is called by its members' number."""
    if node.text is not None:
        return str(node.text)
    return _(GROUPS[group_kind(node)])


def law_word(table: Mapping[str, str], code: str) -> str:
    """Return the word of a code in one of the tables above; an unknown one as it is."""
    return _(table.get(code, code))


def show_amount(value: Decimal | Text | None, unit: str) -> str:
    """Return a figure of law with its unit; a text as it stands."""
    if value is None:
        return "–"
    if isinstance(value, Text):
        return str(value)
    if unit == "USD":
        return f"${format_number(value)}"
    if unit == "percent":
        return f"{format_number(value)} %"
    if unit == "years":
        return ngettext("{n} year", "{n} years", int(value)).format(n=format_number(value))
    if unit == "days":
        return ngettext("{n} day", "{n} days", int(value)).format(n=format_number(value))
    return format_number(value)


def clock_text(clock: Clock, instrument: Instrument) -> str:
    """Return how a time limit is counted, in words."""
    event = str(clock.after)
    if clock.each_year is not None:
        text = _("each year on {day}").format(day=_month_day(clock.each_year))
        if clock.as_of is not None:
            text = _("{text}, as of {day}").format(text=text, day=_month_day(clock.as_of))
        return text
    if clock.years_from:
        named = instrument.parameter(clock.years_from)
        span = _("the years of «{parameter}»").format(parameter=named.text)
    else:
        span = _span(clock)
    if clock.is_backwards:
        return _("{span} before {event}").format(span=span, event=event)
    if clock.role == OPENS:
        return _("opens {span} after {event}").format(span=span, event=event)
    return _("within {span} of {event}").format(span=span, event=event)


def closed_day_text(clock: Clock) -> str:
    """Return what happens where the last day is closed; "" where business days are counted."""
    if clock.kind == BUSINESS or clock.role == OPENS or clock.each_year is not None:
        return ""
    rule = clock.closed_day.rule
    if rule == NEXT:
        cited = clock.closed_day.citation
        text = _("a closed last day moves to the next business day")
        return f"{text} ({cited.cite})" if cited else text
    if rule == STANDS:
        return _("a closed last day stands")
    return _("what a closed last day does is not in the data")


def _span(clock: Clock) -> str:
    amount = clock.amount or 0
    if clock.kind == BUSINESS:
        text = ngettext("{n} business day", "{n} business days", amount).format(n=amount)
        where = law_word(JURISDICTIONS, clock.calendar)
        return _("{span} ({country})").format(span=text, country=where)
    if clock.unit == "years":
        return ngettext("{n} year", "{n} years", amount).format(n=amount)
    if clock.unit == "months":
        return ngettext("{n} month", "{n} months", amount).format(n=amount)
    return ngettext("{n} day", "{n} days", amount).format(n=amount)


def _month_day(month_day: tuple[int, int]) -> str:
    """Return a day that comes round each year, without its year."""
    from babel.dates import format_skeleton

    leap = date(2024, *month_day)
    return format_skeleton("MMMMd", leap, locale=current_language())


def show_partial(iso: str) -> str:
    """Return a day as the reader writes it; a month or year says that the day is not known."""
    if len(iso) == len("2026-01-31"):
        return format_date(iso)
    return _("{period}, day not known").format(period=format_date(iso))


def state_of(instrument: Instrument, day: date) -> str:
    """Return `in_force`, `not_yet` or `ended`."""
    if instrument.is_in_force(day):
        return "in_force"
    return "not_yet" if day < instrument.in_force.start else "ended"


def state_mark(state: str) -> Mark:
    """Return how to show whether an instrument applies."""
    badge, glyph = {"in_force": ("river", "full"), "not_yet": ("open", "ring")}.get(
        state, ("open", "bar")
    )
    return Mark(code=state, word=_(STATES[state]), meaning="", badge=badge, glyph=glyph)


_DESIGNATED = {
    "in_force": (N_("designated"), "river", "full"),
    "unknown": (N_("day not known"), "attention", "half"),
    "not_yet": (N_("not yet"), "open", "ring"),
    "ended": (N_("no longer"), "open", "bar"),
}


def designation_state(designation: Designation, day: date) -> str:
    """Return whether an organisation was designated on a day."""
    if designation.stands_on(day):
        return "in_force"
    if designation.ended is not None and designation.ended.start <= day:
        return "ended"
    return "unknown" if designation.effective.start <= day else "not_yet"


def designation_mark(state: str) -> Mark:
    """Return how to show whether an organisation was designated."""
    word, badge, glyph = _DESIGNATED[state]
    return Mark(code=state, word=_(word), meaning="", badge=badge, glyph=glyph)


def standard_label(name: str) -> str:
    """Return the words for a standard."""
    return _(STANDARD_TEXT[Standard(name)])


def short_of(id: str) -> str:  # noqa: A002 - the field's own name
    """Return what the trade calls a shipped instrument; an id that is none as it is."""
    found = instruments().get(id)
    return found.short if found else id


def effect_text(effect: Effect) -> str:
    """Return what a reading does to the elements."""
    text = _(EFFECTS[effect.kind])
    return text.format(node=effect.node, other=effect.with_node)
