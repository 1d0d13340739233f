"""Letters of relief as tagged PDF: a delisting packet, a false match, a correction to those told.

Source: the facts of `puente.screen.relief_packet`; 31 CFR 501.807; 28 CFR 23.20(h).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import LANGUAGES, current_language, format_date, ngettext, use_language
from puente.i18n import gettext as _
from puente.report.document import Bullets, Callout, Document, Grid, Paragraph, Section
from puente.report.document_pdf import render_pdf
from puente.screen.deltas import kind_of_change, prop_label
from puente.screen.lists_life import EVENTS
from puente.screen.lists_programs import authority_of
from puente.screen.relief import WHAT
from puente.store.disk import write_whole

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable
    from pathlib import Path

    from puente.report.document import Block
    from puente.screen.lists_life import Life
    from puente.screen.relief_packet import Correction, FalseMatch, Packet, Point
    from puente.screen.standing import Listed

BOTH = "both"
NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterAsked:
    """How a letter is asked for.

    Attributes:
        language: `en`, `es` or `both`; of both, the current language comes first.
        now: the time of the letter, with time zone.
        by: who writes it; "" where nobody is signed in.
        purpose, case: for what; "" where none.
    """

    language: str
    now: datetime.datetime
    by: str = ""
    purpose: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as it was set.

    Attributes:
        content: the PDF.
        sha256: of it, hexadecimal.
    """

    content: bytes
    marking: str

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the PDF, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def write(self, out: Path) -> None:
        """Write the PDF, whole or not at all."""
        write_whole(out, self.content, mode=0o666)


def delisting_packet(packet: Packet, asked: LetterAsked) -> Letter:
    """Return the packet for a petition to be taken off a list.

    Raises: InvalidData: an unknown language, a clock without time zone.
    """
    return _set(asked, "TLP:CLEAR", lambda: _packet(packet))


def false_match_letter(match: FalseMatch, asked: LetterAsked) -> Letter:
    """Return the letter that tells somebody that they are not the entry they were taken for.

    Raises: InvalidData: an unknown language, a clock without time zone.
    """
    return _set(asked, match.marking, lambda: _false_match(match, asked))


def correction_letter(correction: Correction, asked: LetterAsked) -> Letter:
    """Return the correction to those who were told of an entry that was taken off its list.

    Raises: InvalidData: an unknown language, a clock without time zone.
    """
    return _set(asked, "TLP:AMBER", lambda: _correction(correction))


_Parts = tuple[str, str, str, tuple[tuple[str, str], ...], tuple[Section, ...]]


def _set(asked: LetterAsked, marking: str, parts: Callable[[], _Parts]) -> Letter:
    if asked.now.tzinfo is None:
        raise InvalidData("a letter's clock needs a time zone")
    if asked.language not in (*LANGUAGES, BOTH):
        raise InvalidData(f"unknown language {asked.language!r}; en, es or {BOTH}")
    first = current_language()
    others = [one for one in LANGUAGES if one != first]
    languages = [first, *others] if asked.language == BOTH else [asked.language]
    documents = []
    for language in languages:
        with use_language(language):
            title, subtitle, closing, about, sections = parts()
            documents.append(
                Document(
                    title=title,
                    subtitle=subtitle,
                    language=language,
                    marking=marking,
                    about=(*about, *_about(asked, marking)),
                    sections=sections,
                    made=asked.now.isoformat(timespec="seconds"),
                    closing=closing,
                    labels={
                        "contents": _("Contents"),
                        "as_table": _("The same data as a table"),
                        "top": _("Back to the top"),
                        "page": _("Page {page} of {pages}"),
                    },
                )
            )
    return Letter(content=render_pdf(*documents), marking=marking)


def _about(asked: LetterAsked, marking: str) -> tuple[tuple[str, str], ...]:
    made = f"{format_date(asked.now.date(), 'long')}, {asked.now.strftime('%H:%M %Z').strip()}"
    told = ((_("Made by"), asked.by), (_("Case"), asked.case))
    return (*((k, v) for k, v in told if v), (_("Made at"), made), (_("Handling"), marking))


# --- the delisting packet -------------------------------------------------------------------------


def _packet(packet: Packet) -> _Parts:
    entry = _entry_of(packet.life)
    use = Callout(
        title=_("Facts for a petition, not the petition"),
        text=_(
            "These pages hold what the list says and what a petition has to hold. The reasons are"
            " the petitioner's to give; nothing here judges them."
        ),
    )
    sections = (
        Section(key="use", title=_("What this is for"), blocks=(use,)),
        _entry_section(entry),
        _life_section(packet.life),
        _points_section("contents", _("What a petition has to hold"), packet.contents),
        _points_section("grounds", _("On what it may rest"), packet.grounds),
        Section(
            key="steps",
            title=_("What happens then"),
            blocks=(
                Bullets(
                    items=(
                        str(packet.send_to.text),
                        *(f"{step.text} [{step.citation.cite}]" for step in packet.steps),
                    )
                ),
            ),
        ),
        _references_section(packet.references),
    )
    about = ((_("Entry"), entry.entity_id), (_("List"), ", ".join(entry.lists)))
    title = _("Delisting packet: facts for a petition")
    return title, entry.name, f"Puente · {entry.entity_id}", about, sections


def _entry_of(life: Life) -> Listed:
    if life.last is None:
        raise InvalidData(_("no delivery held names {entry}").format(entry=life.entity_id))
    return life.last


def _entry_section(entry: Listed) -> Section:
    stated = ", ".join(entry.listed_on) or _("not stated")
    tags = tuple((tag, authority_of(tag).cite or _("not known here"), stated) for tag in entry.tags)
    props = dict.fromkeys(prop for prop, _by in entry.said if kind_of_change(prop) != "program")
    told = tuple((prop_label(entry.schema, p), "; ".join(entry.values(p))) for p in props)
    blocks: tuple[Block, ...] = (
        Grid(
            headers=(_("Tag"), _("Law"), _("Listed on, as the list states")),
            rows=tags,
            caption=_("Tag, law and day of listing, each apart"),
            wide=((1, 1),),
        ),
        Grid(
            headers=(_("Property"), _("As listed")),
            rows=told,
            caption=_("What the list says"),
            wide=((1, 1),),
        ),
    )
    return Section(key="entry", title=_("The entry as it stands"), blocks=blocks)


def _life_section(life: Life) -> Section:
    rows = []
    for event in life.events:
        changes = event.delta.changes if event.delta else ()
        text = "; ".join(
            f"{prop_label(event.delta.schema, c.prop)}: {', '.join(c.shown[0]) or NOTHING} →"
            f" {', '.join(c.shown[1]) or NOTHING}"
            for c in changes
            if event.delta
        )
        rows.append((event.day, _(EVENTS[event.what]), text or NOTHING))
    note = ngettext(
        "By {n} delivery held; what lies between two is dated by the later one.",
        "By {n} deliveries held; what lies between two is dated by the later one.",
        len(life.days),
    ).format(n=len(life.days))
    grid = Grid(
        headers=(_("Delivery"), _("What"), _("Changes")),
        rows=tuple(rows),
        caption=_("The entry through time"),
        wide=((2, 1),),
        note=note,
    )
    return Section(key="life", title=_("The entry through time"), blocks=(grid,))


def _points_section(key: str, title: str, points: tuple[Point, ...]) -> Section:
    grid = Grid(
        headers=(_("What"), _("What the record says of it"), _("Where it stands")),
        rows=tuple(
            (
                str(point.text),
                "; ".join(point.on_record) or _("for the petitioner to say"),
                point.source,
            )
            for point in points
        ),
        caption=title,
        wide=((0, 2), (1, 2), (2, 1)),
    )
    return Section(key=key, title=title, blocks=(grid,))


def _references_section(references: tuple[tuple[str, str], ...]) -> Section:
    items = tuple(f"{title}: {address}" for title, address in references)
    return Section(key="references", title=_("References"), blocks=(Bullets(items=items),))


# --- the false match ------------------------------------------------------------------------------


def _false_match(match: FalseMatch, asked: LetterAsked) -> _Parts:
    differs = Grid(
        headers=(_("Compared"), _("On your record"), _("On the list"), _("Effect")),
        rows=tuple((_(p), a or NOTHING, b or NOTHING, _(e)) for p, a, b, e in match.parts),
        caption=_("What was compared"),
        wide=((1, 1), (2, 1)),
        note=_("Method {method}, build {build}.").format(method=match.method, build=match.build),
    )
    said = _(
        "{name} resembled the entry {entry} ({entry_name}) of the list {list}. A person has looked"
        " at both and decided that they are not the same."
    ).format(
        name=match.entity_name, entry=match.entry, entry_name=match.entry_name, list=match.list
    )
    limits = (
        _("It tells what was decided here. Others who screen may ask again; showing it may help."),
        _("It is no finding on the listed one, and none on anybody else."),
        _("If a particular on your record is wrong, ask for its correction."),
    )
    sections = (
        Section(
            key="decision",
            title=_("You are not the listed one"),
            blocks=(
                Paragraph(text=said, tone="lead"),
                Callout(title=_("Why"), text=match.reasons),
            ),
        ),
        Section(key="compared", title=_("What was compared"), blocks=(differs,)),
        Section(
            key="limits",
            title=_("What this letter is and is not"),
            blocks=(Bullets(items=limits),),
        ),
    )
    about = (
        (_("Record"), match.entity),
        (_("Entry"), f"{match.entry} ({', '.join(match.programs)})"),
        (_("Decided by"), asked.by or NOTHING),
    )
    title = _("A false match with a list")
    return title, match.entity_name, f"Puente · {match.entity} · {match.entry}", about, sections


# --- the correction -------------------------------------------------------------------------------


def _correction(correction: Correction) -> _Parts:
    change = correction.change
    said = "; ".join(f"{k}: {', '.join(map(str, v))}" for k, v in sorted(change.said.items()))
    text = _(
        "{entry}, list {list}: {what}, by {day}. The last delivery that held it is of {last}"
        " ({said}). What was found on the strength of that listing carries this notice."
    ).format(
        entry=change.entity_id,
        what=_(WHAT[change.what]),
        list=change.list,
        day=format_date(change.day, "long"),
        last=format_date(change.last_listed, "long"),
        said=said,
    )
    ask = (
        _("Do not treat this entry as listed; check against the list of the day."),
        _("Correct what you hold, and tell whoever you passed it on to."),
        _("What was found of others only by way of this entry rests on nothing now."),
    )
    told = Grid(
        headers=(_("Who"), _("Agency"), _("Purpose"), _("How"), _("First"), _("Last"), _("Times")),
        rows=tuple(
            (
                one.who,
                one.agency or NOTHING,
                f"{one.purpose} {one.case}".strip(),
                f"{one.action} *" if one.whole else one.action,
                one.first[:10],
                one.last[:10],
                str(one.times),
            )
            for one in correction.told
        ),
        caption=_("Who was told, by the log of this node"),
        numeric=(6,),
        note=_("* an export of everything. Searches are sealed: the log does not tell which names"
               " they showed."),
    )  # fmt: skip
    sections = (
        Section(
            key="what",
            title=_("What has changed"),
            blocks=(Paragraph(text=text, tone="lead"), Bullets(items=ask)),
        ),
        Section(key="told", title=_("Who was told"), blocks=(told,)),
    )
    about = ((_("Entry"), change.entity_id), (_("List"), change.list))
    title = _("Correction to those who were told")
    return title, change.entity_id, f"Puente · {change.id}", about, sections
