"""The memo on the law: the question, the instrument on the day, rival readings, elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.law.sentences import elements_shown
from puente.law.standards import STANDARD_TEXT, Standard
from puente.report.document import Bullets, Callout, Grid, Paragraph, Section
from puente.report.law_memo_words import (
    NOTHING,
    MemoFacts,
    broken,
    confidence_text,
    day_text,
    listed,
    node_text,
    reading_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from puente.law.assess import Assessment
    from puente.law.branching import Pivot
    from puente.law.instrument import Instrument
    from puente.law.references import Citation, Reference
    from puente.report.document import Block


def kind_text(kind: str) -> str:
    """Return the kind of an element in words."""
    return {
        "fact": _("fact"),
        "characterisation": _("characterisation"),
        "policy_judgment": _("policy judgment"),
    }[kind]


def burden_text(burden: str) -> str:
    """Return who must show an element, in words."""
    return {
        "government": _("government"),
        "claimant": _("claimant"),
        "defendant": _("defendant"),
    }[burden]


def question_section(facts: MemoFacts) -> Section:
    """Return what is asked, and what the record supports under each reading."""
    run = facts.run
    asked = _(
        "Does the record on {organisation} support what {short} asks for ({title}), under the law"
        " of {law}, on facts to be had on {facts}?"
    ).format(
        organisation=run.case.organisation.name,
        short=run.instrument.short,
        title=run.instrument.title,
        law=day_text(run.as_of_law.isoformat()),
        facts=day_text(run.as_of_facts.isoformat()),
    )
    blocks: list[Block] = [Paragraph(tone="lead", text=asked)]
    if not run.in_force:
        text = _("The instrument was not in force on that day: nothing is supported under it.")
        blocks.append(Callout(tone="warn", title=_("Not in force"), text=text))
        return Section(key="question", title=_("Question"), blocks=tuple(blocks))
    blocks.append(
        Grid(
            headers=(_("No."), _("Reading"), _("The whole")),
            rows=tuple(
                (facts.short(result), reading_text(result), result.status.text)
                for result in run.results
            ),
            caption=_("The whole under each reading"),
            wide=((1, 2), (2, 2)),
        )
    )
    blocks.append(
        Callout(
            tone="warn",
            title=_("Supported on a record, and no more"),
            text=_(
                "A status says what this record supports under one reading of the law. It says of"
                " nobody that they did anything, weighs no reading against another, and decides"
                " nothing. Persons decide; what they determined stands further down, apart."
            ),
        )
    )
    return Section(key="question", title=_("Question"), blocks=tuple(blocks))


def pivot_section(facts: MemoFacts) -> Section:
    """Return, in words, what the difference between the readings turns on."""
    run = facts.run
    blocks: list[Block] = [
        Paragraph(text=text) for text in (_pivot_text(facts, one) for one in run.pivots)
    ]
    if not run.pivots:
        blocks.append(Paragraph(text=_("All readings come to the same on this record.")))
    if run.idle_questions:
        questions = {question.id: question for question in run.instrument.readings}
        idle = (f"{questions[name].text} ({name})" for name in run.idle_questions)
        blocks.append(Paragraph(text=_("Questions whose answer changes nothing on this record:")))
        blocks.append(Bullets(items=tuple(idle)))
    return Section(key="pivot", title=_("What it turns on"), blocks=tuple(blocks))


def _pivot_text(facts: MemoFacts, pivot: Pivot) -> str:
    run = facts.run
    question = next(one for one in run.instrument.readings if one.id == pivot.question)
    better, other = pivot.options
    said = [
        _("{question} Under {better} the whole is {one}; under {other} it is {two}.").format(
            question=question.text,
            better=f"{pivot.question}={better}",
            other=f"{pivot.question}={other}",
            one=_status_under(facts, pivot.pairs[0][0]),
            two=_status_under(facts, pivot.pairs[0][1]),
        ),
        _("What the two turn on: {elements}.").format(
            elements=_(", or ").join(_joined(run, one) for one in pivot.sets)
        ),
    ]
    if pivot.within:
        said.append(_("They part within: {node}.").format(node=node_text(run, pivot.within)))
    if pivot.carried_by:
        limbs = _("Under {better} it is carried by: {limbs}; under {other} that is not enough.")
        said.append(limbs.format(better=better, other=other, limbs=_joined(run, pivot.carried_by)))
    shown = [f"{facts.short_of(one)}/{facts.short_of(two)}" for one, two in pivot.pairs]
    said.append(_("It shows in the pairs {pairs}.").format(pairs=listed(shown)))
    return " ".join(said)


def _status_under(facts: MemoFacts, branch: str) -> str:
    results = {result.branch.id: result for result in facts.run.results}
    return results[branch].status.text


def _joined(run: Assessment, names: Iterable[str]) -> str:
    return _(" and ").join(node_text(run, name) for name in names)


def instrument_section(facts: MemoFacts) -> Section:
    """Return the instrument, and its state on the day of the law."""
    run, instrument = facts.run, facts.run.instrument
    force = instrument.in_force
    lines = [
        _("{title}, known as {short}; in force from {start}{end}.").format(
            title=instrument.title,
            short=instrument.short,
            start=day_text(force.start.isoformat()),
            end=_(" to {day}").format(day=day_text(force.end.isoformat())) if force.end else "",
        ),
        _listing(facts),
    ]
    blocks: list[Block] = [Paragraph(text=line) for line in lines]
    told = [
        (event.when.iso, str(event.text), event.citation.cite, confidence_text(event.citation))
        for event in instrument.timeline
        if event.when.end <= run.as_of_law
    ]
    if told:
        blocks.append(
            Grid(
                headers=(_("Day"), _("What happened"), _("Where"), _("Mark")),
                rows=tuple(told),
                caption=_("What became of it up to that day"),
                wide=((1, 3), (3, 2)),
            )
        )
    notes = [
        (str(note.text), note.citation.cite, confidence_text(note.citation))
        for note in instrument.notes
    ]
    if notes:
        blocks.append(
            Grid(
                headers=(_("Note"), _("Where"), _("Mark")),
                rows=tuple(notes),
                caption=_("Notes on the instrument"),
                wide=((0, 4), (1, 2), (2, 2)),
            )
        )
    return Section(key="instrument", title=_("The instrument on that day"), blocks=tuple(blocks))


def _listing(facts: MemoFacts) -> str:
    run = facts.run
    standing = [one for one in run.instrument.designations if one.stands_on(run.as_of_law)]
    if not standing:
        text = _("No organisation stands on its list of designations as of that day here.")
    else:
        text = _("Its list of designations holds {count} organisations as of that day here.")
        text = text.format(count=format_number(len(standing), 0))
    silent = silence_text(run.instrument, run.as_of_law)
    text = f"{text} {silent}" if silent else text
    if not run.designations:
        return text + " " + _("None bears the name of the organisation in question.")
    named = [
        _("{organisation}, from {day} ({cite}; {mark})").format(
            organisation=one.organisation,
            day=one.effective.iso,
            cite=one.citation.cite,
            mark=confidence_text(one.citation),
        )
        for one in run.designations
    ]
    said = _("Of the name in question: {names}. This fed nothing below.")
    return text + " " + said.format(names=listed(named))


def silence_text(instrument: Instrument, day: date) -> str:
    """Return that the file does not say who was designated on a day; "" where it does."""
    known_from = instrument.designations_known_from
    if known_from is None or day >= known_from:
        return ""
    text = _("Who was designated before {day} is not in the data.")
    return text.format(day=day_text(known_from.isoformat()))


def readings_section(facts: MemoFacts) -> Section:
    """Return the questions that the text leaves open, and their rival answers at equal size."""
    blocks: list[Block] = []
    for question in facts.run.instrument.readings:
        rows = [
            (
                f"{question.id}={option.id}",
                str(option.text),
                str(option.proponent),
                option.citation.cite,
                confidence_text(option.citation),
            )
            for option in question.options
        ]
        blocks.append(
            Grid(
                headers=(_("Reading"), _("What it says"), _("Who reads it so"), _("Where"),
                         _("Mark")),
                rows=tuple(rows),
                caption=str(question.text),
                wide=((1, 4), (2, 3), (3, 3), (4, 2)),
            )
        )  # fmt: skip
    if not blocks:
        blocks.append(Paragraph(text=_("The text leaves no question open here.")))
    if facts.run.left_out:
        text = _("Left out, since a reading of it stands from memory: {reading}")
        blocks.append(Bullets(items=tuple(text.format(reading=n) for n in facts.run.left_out)))
    return Section(key="readings", title=_("Rival readings"), blocks=tuple(blocks))


def elements_section(facts: MemoFacts) -> Section:
    """Return what must be shown, by whom, how strongly, and how sure the text of it is."""
    rows = [
        (
            f"{element.text} ({broken(element.id)})",
            element.cite,
            kind_text(element.kind),
            f"{burden_text(element.burden_on)}: {_(STANDARD_TEXT[Standard(element.standard)])}",
            confidence_text(element.citation),
        )
        for element in elements_shown(facts.run)
    ]
    headers = (_("What must be shown"), _("Where"), _("Kind"), _("By whom, how strongly"),
               _("Mark"))  # fmt: skip
    grid = Grid(
        headers=headers,
        rows=tuple(rows),
        caption=_("Elements that any reading asks for"),
        wide=((0, 8), (1, 6), (2, 4), (3, 5), (4, 4)),
    )
    note = _(
        "What stands from memory is marked so, is to be checked, and feeds nothing: an element"
        " whose text stands from memory is not assessed."
    )
    return Section(
        key="elements", title=_("Elements"), blocks=(grid, Paragraph(tone="muted", text=note))
    )


def references_section(facts: MemoFacts) -> Section:
    """Return every text that the memo cites, and whether it was read itself."""
    found: dict[tuple[str, str], Reference] = {}
    for reference in _references(facts):
        found.setdefault((reference.title, reference.pinpoint), reference)
    rows = [
        (one.pinpoint, one.title, one.address or NOTHING, _read(one))
        for _key, one in sorted(found.items())
    ]
    grid = Grid(
        headers=(_("Citation"), _("Title"), _("Web address"), _("Read")),
        rows=tuple(rows),
        caption=_("Texts that are cited"),
        wide=((0, 3), (1, 4), (2, 4), (3, 3)),
    )
    return Section(key="references", title=_("References"), blocks=(grid,))


def _references(facts: MemoFacts) -> Iterator[Reference]:
    run = facts.run
    yield from run.instrument.references.values()
    citations: list[Citation] = [element.citation for element in elements_shown(run)]
    for question in run.instrument.readings:
        citations += [option.citation for option in question.options]
    for citation in citations:
        yield citation.reference


def _read(reference: Reference) -> str:
    if reference.accessed:
        return _("read on {day}").format(day=day_text(reference.accessed.isoformat()))
    if reference.checked_on:
        return _("checked against {what} on {day}").format(
            what=reference.checked_against, day=day_text(reference.checked_on.isoformat())
        )
    return _("not read for this")
