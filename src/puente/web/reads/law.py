"""What the law pages show of instruments: how they stand on a day, and when something changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.law.elements import leaves, walk
from puente.law.instrument import Instrument, get_instrument, instruments
from puente.law.references import CONFIDENCES
from puente.model.text import fold
from puente.web.words_law import state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from puente.law.references import Citation
    from puente.law.texts import Text

EXAMPLES = ("case-fto", "amend-kingpin-facilitators")
LAST_DAY = date(2100, 12, 31)
FIRST_DAY = date(1900, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An instrument in the list.

    Attributes:
        state: `in_force`, `not_yet` or `ended` on the day asked for.
        marks: how many of its claims bear each mark, surest first.
        holds: how many elements, open questions, dated figures, time limits and designations.
    """

    instrument: Instrument
    state: str
    marks: tuple[tuple[str, int], ...]
    holds: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A day on which something of an instrument changed, and what."""

    day: date
    what: tuple[str, ...]


def parse_day(text: str, default: date) -> date:
    """Return the day that a field holds; of a month its last day, of an empty field the default.

    Raises: InvalidData: it is no day between 1900 and 2100.
    """
    from puente.model.dates import parse_date

    written = text.strip()
    if not written:
        return default
    try:
        found = parse_date(written).end if len(written) == 7 else date.fromisoformat(written)
    except (ValueError, InvalidData):
        found = None
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        message = _("{value!r} is no day such as 2026-01-31, between 1900 and 2100")
        raise InvalidData(message.format(value=written[:40]))
    return found


def list_instruments(
    day: date, *, query: str = "", jurisdiction: str = "", kind: str = ""
) -> tuple[Listed, ...]:
    """Return the shipped instruments that hold every word of a query, by country and kind."""
    words = fold(query).split()
    chosen = [
        one
        for one in instruments().values()
        if (not jurisdiction or one.jurisdiction == jurisdiction)
        and (not kind or one.kind == kind)
        and all(word in _haystack(one.id) for word in words)
    ]
    chosen.sort(key=lambda one: (one.jurisdiction != "US", one.kind != "statute", one.kind, one.id))
    return tuple(
        Listed(instrument=one, state=state_of(one, day), marks=marks_of(one.id), holds=_holds(one))
        for one in chosen
    )


@cache
def marks_of(id: str) -> tuple[tuple[str, int], ...]:  # noqa: A002 - the field's own name
    """Return how many claims of a shipped instrument bear each mark, surest first."""
    counted = Counter(citation.confidence for citation in citations(get_instrument(id)))
    return tuple((name, counted[name]) for name in CONFIDENCES if counted[name])


def citations(instrument: Instrument) -> Iterator[Citation]:
    """Yield what each claim of an instrument rests on, borrowed trees left out."""
    if instrument.in_force.citation:
        yield instrument.in_force.citation
    trees = (instrument.elements, *instrument.elements_in_waiting)
    for tree in trees:
        for element in leaves(tree) if tree else ():
            if element.instrument == instrument.id:
                yield element.citation
    yield from (one.citation for one in instrument.definitions)
    yield from (one.citation for one in instrument.notes)
    yield from (one.citation for one in instrument.procedure)
    yield from (one.citation for one in instrument.designations)
    yield from (one.citation for one in instrument.timeline)
    yield from (one.citation for question in instrument.readings for one in question.options)
    for parameter in instrument.parameters:
        yield from (value.citation for value in parameter.values)
        if parameter.rule:
            yield parameter.rule.citation


def changes_of(instrument: Instrument, today: date) -> tuple[Change, ...]:
    """Return every day on which something of an instrument changed, oldest first, and today.

    Of a figure whose day is not known, the first day of its month or year stands, as it does when a
    penalty is asked for.
    """
    found: dict[date, list[str]] = {}

    def add(day: date, what: str) -> None:
        held = found.setdefault(day, [])
        if what not in held:
            held.append(what)

    add(instrument.in_force.start, _("in force"))
    if instrument.in_force.end is not None and instrument.in_force.end < LAST_DAY:
        add(instrument.in_force.end, _("last day in force"))
    for name in sorted(instrument.uses):
        add(instruments()[name].in_force.start, instruments()[name].short)
    for parameter in instrument.parameters:
        for value in parameter.values:
            add(value.effective.start, str(parameter.text))
    for one in instrument.designations:
        # In between, the day of a designation is not known.
        add(one.effective.start, _("designations"))
        add(one.effective.end, _("designations"))
        if one.ended is not None:
            add(one.ended.start, _("designations"))
    for event in instrument.timeline:
        add(event.when.start, _("decision or amendment"))
    add(today, _("today"))
    return tuple(Change(day=day, what=tuple(found[day])) for day in sorted(found))


def common_changes(chosen: Iterable[Instrument], today: date) -> tuple[Change, ...]:
    """Return the days on which one of many instruments came or went or its designations changed."""
    found: dict[date, list[str]] = {today: [_("today")]}
    for one in chosen:
        days = [one.in_force.start, *(held.effective.end for held in one.designations)]
        if one.in_force.end is not None and one.in_force.end < LAST_DAY:
            days.append(one.in_force.end + timedelta(days=1))
        days += [held.ended.start for held in one.designations if held.ended is not None]
        for day in days:
            held_here = found.setdefault(day, [])
            if one.short not in held_here:
                held_here.append(one.short)
    return tuple(Change(day=day, what=tuple(found[day])) for day in sorted(found))


@cache
def example(name: str) -> str:
    """Return the text of a shipped example.

    Raises: InvalidData: there is none of that name.
    """
    if name not in EXAMPLES:
        raise InvalidData(_("there is no example {name!r}").format(name=name[:40]))
    entry = files("puente.web").joinpath("examples", f"{name}.yaml")
    return entry.read_text(encoding="utf-8")


@cache
def _haystack(id: str) -> str:  # noqa: A002 - the field's own name
    """Return all words of a shipped instrument, folded, in both languages."""
    instrument = get_instrument(id)
    texts: list[Text] = [instrument.title]
    plain = [instrument.id, instrument.short]
    for tree in (instrument.elements, *instrument.elements_in_waiting):
        for node in walk(tree) if tree else ():
            texts += [node.text] if node.text else []
            plain += [node.id, node.cite]
    texts += [one.text for one in instrument.notes]
    texts += [text for one in instrument.definitions for text in (one.term, one.text)]
    texts += [one.text for one in instrument.procedure]
    texts += [one.text for one in instrument.timeline]
    texts += [one.text for one in instrument.parameters]
    plain += [name for one in instrument.designations for name in (one.organisation, *one.aliases)]
    plain += [part for one in instrument.references.values() for part in (one.title, one.pinpoint)]
    return fold(" ".join([*plain, *(text.en for text in texts), *(text.es for text in texts)]))


def _holds(instrument: Instrument) -> dict[str, int]:
    return {
        "elements": len(leaves(instrument.elements)) if instrument.elements else 0,
        "readings": len(instrument.readings),
        "parameters": len(instrument.parameters),
        "clocks": sum(1 for step in instrument.procedure if step.clock),
        "designations": len(instrument.designations),
    }
