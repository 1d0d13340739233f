"""The memo of a case under the law, as a tagged PDF in Spanish, English or both.

It says what the record supports, reading by reading, and what persons determined. It decides
nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.casework.determinations import determinations
from puente.errors import Conflict, InvalidData, NotAllowed
from puente.guard.actors import PURPOSES, ROLES
from puente.i18n import LANGUAGES, current_language, format_date, use_language
from puente.i18n import gettext as _
from puente.law.evidence import Side
from puente.law.fingerprints import fingerprint
from puente.law.runs import run_json
from puente.model.provenance import strictest
from puente.report.document import Document
from puente.report.document_pdf import render_pdf
from puente.report.law_memo_law import (
    elements_section,
    instrument_section,
    pivot_section,
    question_section,
    readings_section,
    references_section,
)
from puente.report.law_memo_people import (
    determinations_section,
    limits_section,
    proofs_section,
    searches_section,
)
from puente.report.law_memo_record import (
    change_section,
    load_section,
    record_section,
    table_section,
    unanswered_section,
)
from puente.report.law_memo_words import MemoFacts, day_text
from puente.store.disk import write_whole

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from puente.casework.cases import CaseDesk
    from puente.report.document import Section

BOTH = "both"
NEEDS_SEARCH = "memo-needs-a-search-for-the-contrary-side"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoAsked:
    """Which memo is asked for.

    Attributes:
        case: id of the case.
        language: `en`, `es` or `both`; of both, the current language comes first.
        as_of_law: day whose law applies.
        as_of_facts: day of the facts; the case's own if None.
        now: the time of the memo, with time zone.
    """

    case: str
    language: str
    as_of_law: datetime.date
    as_of_facts: datetime.date | None
    now: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMemo:
    """The memo that was written.

    Attributes:
        size: of the PDF, bytes.
        sha256: of the PDF, hexadecimal.
    """

    file: Path
    marking: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "file": str(self.file),
            "marking": self.marking,
            "bytes": self.size,
            "sha256": self.sha256,
        }


def write_memo(desk: CaseDesk, asked: MemoAsked, out: Path) -> WrittenMemo:
    """Write the memo of a case, whole or not at all. The log is told before the file is there.

    The same case, days, person, purpose and clock give the same bytes.

    Raises:
        NotAllowed: the policy refuses it, or nobody has logged a search for the contrary side.
        NotFound: there is no such case that this person may see.
        Conflict: an entry of the docket was altered or is gone.
        InvalidData: a clock without time zone, an unknown language.
    """
    facts = memo_facts(desk, asked)
    languages = _languages(asked.language)
    first, *others = [build_memo(desk, facts, language, asked.now) for language in languages]
    content = render_pdf(first, *others)
    written = WrittenMemo(
        file=out,
        marking=first.marking,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    audit = desk.guard.audit
    ids = (f"case:{asked.case}", f"sha256:{written.sha256}")
    sealed = {"language": asked.language, "marking": written.marking}
    audit.record(desk.actor, desk.purpose, "report", ids=ids, sealed=sealed)
    audit.flush()
    write_whole(out, content, mode=0o666)
    return written


def memo_facts(desk: CaseDesk, asked: MemoAsked) -> MemoFacts:
    """Return what a memo is made from, if it may be made.

    Raises: as `write_memo`.
    """
    held = desk.open(asked.case, "export_case")
    if held.faults:
        message = _("no memo of a docket that was altered: {fault}")
        raise Conflict(message.format(fault=held.faults[0]))
    if not any(one.side is Side.CON for one in held.searches):
        message = _(
            "nobody has logged a search for what speaks against any element; the contrary side"
            " comes first: puente case search {case} --element ELEMENT --side con --what TEXT"
        )
        refused = NotAllowed(message.format(case=asked.case), rule=NEEDS_SEARCH)
        desk.writer.log_refusal(asked.case, "export_case", refused.rule)
        raise refused
    run = held.assess(asked.as_of_law, asked.as_of_facts)
    with use_language("en"):
        # The sentences in it are of one language, so that both halves bear one fingerprint.
        digest = fingerprint(run_json(run))
    return MemoFacts(
        held=held,
        run=run,
        determinations=determinations(held.docket),
        run_digest=digest,
        public_key=desk.guard.audit.sealer.public_key.hex(),
    )


def build_memo(desk: CaseDesk, facts: MemoFacts, language: str, now: datetime.datetime) -> Document:
    """Return the memo as blocks, in `en` or `es`.

    Raises: InvalidData: a clock without time zone, an unknown language.
    """
    if now.tzinfo is None:
        raise InvalidData("the memo's clock needs a time zone")
    head = facts.held.head
    with use_language(language):
        return Document(
            title=_("Legal memo"),
            subtitle=_("{organisation} under {instrument}").format(
                organisation=facts.run.case.organisation.name,
                instrument=facts.run.instrument.title,
            ),
            language=language,
            marking=strictest([head.marking, facts.run.marking]),
            about=_about(desk, facts, now),
            sections=_sections(facts),
            made=now.isoformat(timespec="seconds"),
            closing=_("Puente · case {case}, version {version}, {digest} · no verdict").format(
                case=head.id, version=head.version, digest=head.fingerprint[:16]
            ),
            labels={
                "contents": _("Contents"),
                "as_table": _("The same data as a table"),
                "top": _("Back to the top"),
                "page": _("Page {page} of {pages}"),
            },
        )


def _sections(facts: MemoFacts) -> tuple[Section, ...]:
    opening = (question_section(facts),)
    if not facts.run.in_force:
        return (
            *opening,
            instrument_section(facts),
            record_section(facts),
            determinations_section(facts),
            searches_section(facts),
            limits_section(),
            proofs_section(facts),
            references_section(facts),
        )
    return (
        *opening,
        instrument_section(facts),
        readings_section(facts),
        elements_section(facts),
        record_section(facts),
        table_section(facts),
        pivot_section(facts),
        change_section(facts),
        load_section(facts),
        unanswered_section(facts),
        determinations_section(facts),
        searches_section(facts),
        limits_section(),
        proofs_section(facts),
        references_section(facts),
    )


def _about(desk: CaseDesk, facts: MemoFacts, now: datetime.datetime) -> tuple[tuple[str, str], ...]:
    head, run = facts.held.head, facts.run
    roles = ", ".join(_(ROLES[role]) for role in sorted(desk.actor.roles))
    versions = _("{case}, version {version}: {title}").format(
        case=head.id, version=head.version, title=run.case.title
    )
    return (
        (_("Case"), versions),
        (_("Law of"), day_text(run.as_of_law.isoformat())),
        (_("Facts to"), day_text(run.as_of_facts.isoformat())),
        (_("Purpose"), _(PURPOSES[desk.purpose.name])),
        (_("Made by"), f"{desk.actor.name} ({roles})"),
        (_("Made at"), f"{format_date(now.date(), 'long')}, {now.strftime('%H:%M %Z').strip()}"),
        (_("Handling"), head.marking),
    )


def _languages(asked: str) -> tuple[str, ...]:
    if asked == BOTH:
        first = current_language()
        return (first, *(one for one in LANGUAGES if one != first))
    if asked not in LANGUAGES:
        raise InvalidData(f"unknown language {asked!r}; en, es or {BOTH}")
    return (asked,)
