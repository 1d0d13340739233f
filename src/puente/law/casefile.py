"""A case file's YAML, read strictly: what is wrong is refused with file, line and reason.

    id: case-001
    title: {en: "...", es: "..."}
    instrument: us-8usc1189
    organisation: {name: "...", schema: Organization}   # an organisation, never a person
    as_of_facts: 2019-12-31
    evidence:
      - id: e1
        element: foreign
        side: pro                     # pro | con
        grade: B                      # source, A to F
        credibility: 2                # item, 1 to 6
        group: paper-one              # items that go back to one origin share a group
        date: 2018-05                 # a day, a month or a year
        marking: TLP:CLEAR
        provenance: {source: "...", locator: "...", sha256: "..."}    # sha256 may be left out
        text: {en: "...", es: "..."}
        analyst: a1
        rationale: "why graded and filed so"
        answers: [e2]                 # items of the other side; may be left out
        confidence: memory            # only for an item put down from memory, with to_check:
        to_check: "..."
    con_searches: [{element, what, by, date}]
    characterisations: [{element, analyst, status, reasons, dissents: [{analyst, status, reasons}],
                         answers: [ids]}]

Source: Puente's own format (docs/decisions/0009); grades of NATO AJP-2.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.law.evidence import (
    CaseFile,
    Characterisation,
    ConSearch,
    Dissent,
    Evidence,
    Organisation,
    Provenance,
    Side,
)
from puente.law.fields import Fields, open_page
from puente.law.fingerprints import fingerprint
from puente.law.status import Word
from puente.model.provenance import Credibility, Marking, Reliability
from puente.model.schema import get_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TEXT = 20_000
"""Characters of one text; a case file points to documents and does not hold them."""

_CASE = ("id", "title", "instrument", "organisation", "as_of_facts", "evidence", "con_searches",
         "characterisations")  # fmt: skip
_EVIDENCE = ("id", "element", "side", "grade", "credibility", "group", "date", "marking",
             "provenance", "text", "analyst", "rationale", "answers", "confidence",
             "to_check")  # fmt: skip
_SEARCH = ("element", "what", "by", "date")
# YAML 1.1 takes a key `on` for true, so the day of a search is called its date.
_CHARACTERISATION = ("element", "analyst", "status", "reasons", "dissents", "answers")
_HELD = tuple(word.value for word in Word if word is not Word.NOT_ASSESSED)


def read_case(text: str, origin: str) -> CaseFile:
    """Return the case file that a YAML text writes.

    Args:
        text: the YAML.
        origin: what to call it in errors.

    Source: Puente's own format (docs/decisions/0009).

    Raises: InvalidData: an unknown key, a value that is none of those allowed, an id twice, an
        answer to no item or to its own side, one document in two independence groups, a person
        in the place of the organisation; with file, line and reason.
    """
    raw, page = open_page(text, origin)
    top = Fields(raw, (), page, _CASE)
    case = CaseFile(
        id=top.id("id"),
        title=top.text("title"),
        instrument=top.id("instrument"),
        organisation=_organisation(top),
        as_of_facts=top.day("as_of_facts"),
        evidence=tuple(_evidence(item) for item in top.each("evidence", _EVIDENCE)),
        con_searches=tuple(_search(item) for item in top.each("con_searches", _SEARCH)),
        characterisations=tuple(
            _characterisation(item) for item in top.each("characterisations", _CHARACTERISATION)
        ),
        fingerprint="",
        origin=origin,
    )
    _check_ids(case)
    _check_answers(case)
    _check_groups(case)
    _check_analysts(case)
    return _signed(case)


def _organisation(top: Fields) -> Organisation:
    fields = top.child("organisation", ("name", "schema"))
    schema = fields.string("schema")
    try:
        fits = get_schema(schema).is_a("Organization")
    except InvalidData as error:
        raise fields.wrong("schema", error.reason) from None
    if not fits:
        raise fields.wrong("schema", "a case is about an organisation, never a person")
    return Organisation(name=_short(fields, "name"), schema=schema)


def _evidence(fields: Fields) -> Evidence:
    marking = fields.string("marking")
    try:
        marking = str(Marking.parse(marking))
    except InvalidData as error:
        raise fields.wrong("marking", error.reason) from None
    credibility = str(fields.whole("credibility"))
    if credibility not in {step.value for step in Credibility}:
        raise fields.wrong("credibility", f"credibility {credibility} is none of 1 to 6")
    text = fields.text("text")
    if max(len(text.en), len(text.es)) > MAX_TEXT:
        raise fields.wrong("text", f"'text' is longer than {MAX_TEXT:,} characters")
    return Evidence(
        id=fields.id("id"),
        element=fields.id("element"),
        side=Side(fields.choice("side", [side.value for side in Side])),
        grade=Reliability(fields.choice("grade", [grade.value for grade in Reliability])),
        credibility=Credibility(credibility),
        group=fields.id("group"),
        date=fields.when("date"),
        marking=marking,
        provenance=_provenance(fields),
        text=text,
        analyst=_short(fields, "analyst"),
        rationale=_short(fields, "rationale"),
        answers=fields.strings("answers"),
        to_check=_to_check(fields),
        line=_line(fields),
    )


def _provenance(item: Fields) -> Provenance:
    fields = item.child("provenance", ("source", "locator", "sha256"))
    digest = fields.string("sha256", "").lower()
    if digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        raise fields.wrong("sha256", "'sha256' must be 64 hexadecimal digits")
    return Provenance(
        source=_short(fields, "source"), locator=_short(fields, "locator"), sha256=digest
    )


def _to_check(fields: Fields) -> str:
    """Return what to look up for an item from memory; "" for any other."""
    if fields.has("confidence"):
        fields.choice("confidence", ("memory",))
        return _short(fields, "to_check")
    if fields.has("to_check"):
        raise fields.wrong("to_check", "'to_check' needs `confidence: memory`")
    return ""


def _search(fields: Fields) -> ConSearch:
    return ConSearch(
        element=fields.id("element"),
        what=_short(fields, "what"),
        by=_short(fields, "by"),
        date=fields.day("date"),
        line=_line(fields),
    )


def _characterisation(fields: Fields) -> Characterisation:
    dissents = [
        Dissent(
            analyst=_short(item, "analyst"),
            status=Word(item.choice("status", _HELD)),
            reasons=_short(item, "reasons"),
        )
        for item in fields.each("dissents", ("analyst", "status", "reasons"))
    ]
    return Characterisation(
        element=fields.id("element"),
        analyst=_short(fields, "analyst"),
        status=Word(fields.choice("status", _HELD)),
        reasons=_short(fields, "reasons"),
        dissents=tuple(dissents),
        answers=fields.strings("answers"),
        line=_line(fields),
    )


def _short(fields: Fields, key: str) -> str:
    value = fields.string(key)
    if len(value) > MAX_TEXT:
        raise fields.wrong(key, f"{key!r} is longer than {MAX_TEXT:,} characters")
    return value


def _line(fields: Fields) -> int:
    return fields.page.lines.get(fields.at, 1)


# --- what must fit together --------------------------------------------------------------------


def _check_ids(case: CaseFile) -> None:
    seen: set[str] = set()
    for item in case.evidence:
        if item.id in seen:
            raise _wrong(case, item.line, f"evidence {item.id!r} stands twice")
        seen.add(item.id)


def _check_answers(case: CaseFile) -> None:
    items = {item.id: item for item in case.evidence}
    for held in case.characterisations:
        for name in held.answers:
            if name not in items or items[name].element != held.element:
                reason = f"answers {name!r}, which is no item on {held.element!r}"
                raise _wrong(case, held.line, reason)
    for item in case.evidence:
        for name in item.answers:
            other = items.get(name)
            if other is None or other.element != item.element:
                reason = f"{item.id!r} answers {name!r}, which is no item on {item.element!r}"
                raise _wrong(case, item.line, reason)
            if other.side is item.side:
                reason = f"{item.id!r} answers {name!r}, which stands on its own side"
                raise _wrong(case, item.line, reason)


def _check_groups(case: CaseFile) -> None:
    """Check that no document counts twice: filed under two groups it would back itself up."""
    groups: dict[tuple[str, ...], str] = {}
    for item in case.evidence:
        found = item.provenance
        keys: list[tuple[str, ...]] = [(found.source.casefold(), found.locator.casefold())]
        if found.sha256:
            keys.append((found.sha256,))
        for key in keys:
            group = groups.setdefault(key, item.group)
            if group != item.group:
                reason = f"{item.id!r}: one document stands in the groups {group!r} and"
                raise _wrong(case, item.line, f"{reason} {item.group!r}; it can back itself up")


def _check_analysts(case: CaseFile) -> None:
    seen: set[tuple[str, str]] = set()
    for held in case.characterisations:
        if (held.element, held.analyst) in seen:
            reason = f"{held.analyst!r} determines {held.element!r} twice"
            raise _wrong(case, held.line, reason)
        seen.add((held.element, held.analyst))
        voices = [held.analyst, *(dissent.analyst for dissent in held.dissents)]
        if len(set(voices)) < len(voices):
            reason = f"one analyst stands twice in the determination of {held.element!r}"
            raise _wrong(case, held.line, reason)


def _wrong(case: CaseFile, line: int, reason: str) -> InvalidData:
    return InvalidData(reason, file=case.origin, line=line)


def _signed(case: CaseFile) -> CaseFile:
    """Return the case with its fingerprint, which the order of the file does not change."""
    from dataclasses import replace

    def ordered(items: Iterable[object]) -> list[str]:
        return sorted(fingerprint(item) for item in items)

    head = replace(case, evidence=(), con_searches=(), characterisations=())
    lists = (case.evidence, case.con_searches, case.characterisations)
    return replace(case, fingerprint=fingerprint([head, *(ordered(part) for part in lists)]))
