"""The memo on what people did: determinations and dissents, searches, limits, fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente import __version__
from puente.casework.determinations import STATUSES
from puente.i18n import gettext as _
from puente.law.evidence import Side
from puente.law.sentences import elements_shown
from puente.law.status import Word, word_text
from puente.report.document import Beside, Bullets, Callout, Card, Grid, Paragraph, Section
from puente.report.law_memo_words import (
    NOTHING,
    SIDES,
    MemoFacts,
    broken,
    day_text,
    listed,
    node_text,
    short_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.casework.determinations import Determination
    from puente.law.evidence import Characterisation
    from puente.report.document import Block


def determinations_section(facts: MemoFacts) -> Section:
    """Return what people determined, each dissent beside what it answers, in one size."""
    blocks: list[Block] = [
        Paragraph(
            text=_(
                "What follows was determined by persons. It stands beside what was worked out from"
                " the record and did not enter it. A dissent is a determination of equal standing."
                " Reasons stand in the words and the language of who wrote them."
            )
        )
    ]
    standing = [one for one in facts.determinations if one.is_standing]
    matters = dict.fromkeys((one.element, one.reading) for one in standing)
    for element, reading in matters:
        caption = _("{element}, under {reading}").format(
            element=node_text(facts.run, element), reading=_reading(facts, reading)
        )
        some = [one for one in standing if (one.element, one.reading) == (element, reading)]
        cards = tuple(_card(facts, one) for one in some)
        blocks.append(Beside(caption=caption, cards=cards))
    if not standing:
        blocks.append(Paragraph(text=_("Nobody has determined anything in this case yet.")))
    blocks += _from_file(facts)
    blocks += _open_elements(facts, {one.element for one in standing})
    blocks += _superseded(facts)
    return Section(key="determinations", title=_("Determinations"), blocks=tuple(blocks))


def _reading(facts: MemoFacts, branch: str) -> str:
    short = facts.short_of(branch)
    return branch if short == branch else f"{short} ({branch})"


def _card(facts: MemoFacts, one: Determination) -> Card:
    head = facts.held.head
    title = _("Determination {number}").format(number=one.number)
    if one.dissent_of is not None:
        title = _("Dissent {number}, answers {other}").format(
            number=one.number, other=one.dissent_of
        )
    signers = listed(f"{who.by}, {day_text(who.at)}" for who in one.signatures)
    over = _("version {version} of the case file; law of {law}, facts to {facts}").format(
        version=one.case_version, law=day_text(one.as_of_law), facts=day_text(one.as_of_facts)
    )
    if one.case_version != head.version:
        over = _("{over}. There is a newer version: {version}").format(
            over=over, version=head.version
        )
    elif one.instrument_fingerprint != facts.run.instrument_fingerprint:
        over = _("{over}. The instrument as read here has changed since").format(over=over)
    return Card(
        title=title,
        text=one.reasons,
        facts=(
            (_("Determined"), _(STATUSES[one.status])),
            (_("The record then"), _machine(one)),
            (_("By"), _who(one)),
            (_("Second signature"), signers if one.is_signed else _("none yet: not signed")),
            (_("Over"), over),
            ("SHA-256", one.digest),
        ),
    )


def _who(one: Determination) -> str:
    where = f" ({one.agency})" if one.agency else ""
    return f"{one.by}{where}, {day_text(one.at)}"


def _machine(one: Determination) -> str:
    return _("element {element}; whole {whole}").format(
        element=short_status(Word(one.machine_element)),
        whole=short_status(Word(one.machine_whole)),
    )


def _from_file(facts: MemoFacts) -> Iterator[Block]:
    """Yield what the case file tells of analysts' views, which nobody signed here."""
    held = facts.run.case.characterisations
    if held:
        text = _("Told in the case file; not signed here by those who are named:")
        yield Paragraph(text=text)
    for one in held:
        yield Beside(caption=node_text(facts.run, one.element), cards=tuple(_told(one)))


def _told(one: Characterisation) -> Iterator[Card]:
    voices = [(one.analyst, one.status, one.reasons)]
    voices += [(view.analyst, view.status, view.reasons) for view in one.dissents]
    for number, (analyst, status, reasons) in enumerate(voices):
        yield Card(
            title=_("Dissent") if number else _("View"),
            text=reasons,
            facts=((_("Held"), word_text(status)), (_("By"), analyst)),
        )


def _open_elements(facts: MemoFacts, determined: set[str]) -> Iterator[Block]:
    open_ = [one.element for one in facts.run.judgments if one.element.id not in determined]
    if open_:
        yield Paragraph(
            text=_("Characterisations and policy judgments that nobody has determined here yet:")
        )
        yield Bullets(items=tuple(node_text(facts.run, element.id) for element in open_))


def _superseded(facts: MemoFacts) -> Iterator[Block]:
    gone = [one for one in facts.determinations if not one.is_standing]
    if gone:
        yield Grid(
            headers=(_("No."), _("Element"), _("Reading"), _("Determined"), _("By"), _("Reasons"),
                     _("Now")),
            rows=tuple(
                (
                    str(one.number),
                    broken(one.element),
                    _reading(facts, one.reading),
                    _(STATUSES[one.status]),
                    _who(one),
                    one.reasons,
                    str(one.superseded_by),
                )
                for one in gone
            ),
            caption=_("Superseded"),
            wide=((1, 2), (2, 2), (4, 2), (5, 4)),
        )  # fmt: skip


def searches_section(facts: MemoFacts) -> Section:
    """Return who looked for the contrary side, where and when, and where nobody has."""
    rows = [
        (
            broken(one.element),
            _(SIDES[one.side]),
            one.what,
            f"{one.by}, {day_text(one.at)}",
            _("logged, version {version}").format(version=one.version),
        )
        for one in facts.held.searches
    ]
    rows += [
        (
            broken(one.element),
            _(SIDES[Side.CON]),
            one.what,
            f"{one.by}, {day_text(one.date.isoformat())}",
            _("told in the case file"),
        )
        for one in facts.run.case.con_searches
    ]
    grid = Grid(
        headers=(_("Element"), _("For what speaks"), _("Where, and what was found"),
                 _("By"), _("How it is known")),
        rows=tuple(rows),
        caption=_("Searches"),
        wide=((0, 5), (1, 3), (2, 9), (3, 5), (4, 4)),
    )  # fmt: skip
    blocks: list[Block] = [grid]
    searched = {one.element for one in facts.held.searches if one.side is Side.CON}
    searched |= {one.element for one in facts.run.case.con_searches}
    never = [e for e in elements_shown(facts.run) if e.id not in searched]
    if never:
        blocks.append(
            Callout(
                tone="warn",
                title=_("Nobody has searched for what speaks against these"),
                text=listed(element.id for element in never),
            )
        )
    return Section(
        key="searches", title=_("What was searched for the contrary side"), blocks=tuple(blocks)
    )


def limits_section() -> Section:
    """Return what the memo cannot say."""
    return Section(
        key="limits",
        title=_("Limits"),
        blocks=(
            Bullets(
                items=(
                    _(
                        "A status is of this record under one reading. Another record, or another"
                        " reading, may come to another."
                    ),
                    _(
                        "How much evidence meets a standard is a convention of Puente, counted in"
                        " independent groups of graded items. Courts count no groups."
                    ),
                    _(
                        "Each side of an element is judged alone. Where both meet the standard, the"
                        " record is contested, and persons weigh it."
                    ),
                    _(
                        "Rival readings stand beside each other. They are not averaged, counted or"
                        " put in an order."
                    ),
                    _("What is not on the record is not here, and silence proves nothing."),
                    _("The memo is about an organisation. It is no finding on any person."),
                    _("The law here is a drafter's restatement. Read the text that is cited."),
                )
            ),
        ),
    )


def proofs_section(facts: MemoFacts) -> Section:
    """Return by what the memo and all that went into it can be recognised."""
    head, run, docket = facts.held.head, facts.run, facts.held.docket
    version = docket.of("version")[-1]
    last = docket.entries[-1]
    rows = (
        (_("Case file, content"), f"{head.id}, {head.version}", head.fingerprint),
        (_("Case file, text"), f"{head.id}, {head.version}", version.body["sha256"]),
        (_("Instrument, as read"), run.instrument.id, run.instrument_fingerprint),
        (_("What was worked out"), f"{run.as_of_law} / {run.as_of_facts}", facts.run_digest),
        (_("Docket, last entry"), str(last.number), last.digest),
        (_("Signature of that entry"), "Ed25519", last.signature),
        (_("Key of this node"), "Ed25519", facts.public_key),
        (_("Software"), f"Puente {__version__}", NOTHING),
    )
    grid = Grid(
        headers=(_("What"), _("Which"), _("Fingerprint")),
        rows=rows,
        caption=_("Fingerprints (SHA-256 where no other is named)"),
        wide=((0, 2), (1, 2), (2, 5)),
    )
    text = _(
        "Each determination and search is an entry of the case's docket: signed by the node, and"
        " bearing the digest of the entry before it. The command puente case show with --verify"
        " checks them all."
    )
    return Section(
        key="proofs", title=_("Fingerprints"), blocks=(grid, Paragraph(tone="muted", text=text))
    )
