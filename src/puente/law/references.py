"""Where a claim of law stands, and how sure its drafter is of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.law.fields import Fields
    from puente.law.texts import Text

VERIFIED, ARITHMETIC, MEMORY, CONTESTED = "verified", "arithmetic", "memory", "contested"
CONFIDENCES = (VERIFIED, ARITHMETIC, CONTESTED, MEMORY)
"""From surest to least sure."""

CONFIDENCE_WORDS: dict[str, str] = {
    VERIFIED: N_("verified"),
    ARITHMETIC: N_("worked out from verified figures"),
    CONTESTED: N_("contested"),
    MEMORY: N_("from memory, to check"),
}

_UNCHECKED = "verified needs checked_against and checked_on, here or at the reference"

CITED_KEYS = (
    "ref",
    "pinpoint",
    "confidence",
    "to_check",
    "worked_from",
    "checked_against",
    "checked_on",
)
"""Keys that every cited thing may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A text that can be looked up.

    Attributes:
        key: its name in the instrument.
        title: title as published.
        address: web address; "" where none is known.
        pinpoint: citation, e.g. `8 USC 1189(a)(1)`.
        accessed: day on which the drafter read it there; None where it was not read.
        checked_against, checked_on: for a text that was not read itself, the copy or the work that
            was, and when.

    Source: the instrument's `references`.
    """

    key: str
    title: str
    pinpoint: str
    address: str = ""
    accessed: date | None = None
    checked_against: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The place that a claim rests on, and how sure the drafter is.

    Attributes:
        reference: the text cited.
        pinpoint: the place in it; "" where the reference's own pinpoint says it.
        confidence: one of `CONFIDENCES`.
        to_check: what to look up before the claim is relied on.
        worked_from: for `arithmetic`, the figures and the sum.
        checked_against, checked_on: what the claim was compared with, and when.

    Source: PolicyEngine parameter metadata (dated values with references); the four marks are ours.
    """

    reference: Reference
    pinpoint: str = ""
    confidence: str = VERIFIED
    to_check: Text | None = None
    worked_from: Text | None = None
    checked_against: str = ""
    checked_on: date | None = None

    @property
    def is_marked(self) -> bool:
        """Return True if the claim must be marked wherever it is shown."""
        return self.confidence in {MEMORY, CONTESTED}

    @property
    def feeds(self) -> bool:
        """Return True if an assessment or a penalty may rest on the claim."""
        return self.confidence != MEMORY

    @property
    def cite(self) -> str:
        """Return the citation as a lawyer writes it, e.g. `8 USC 1189(a)(1)(A)`."""
        return cite(self.reference, self.pinpoint)


def cite(reference: Reference, pinpoint: str = "") -> str:
    """Return a citation: a pinpoint of subdivisions continues, or replaces the end of, the
    reference's own.

    `(c)(3)` in `8 USC 1189(a)(1)` is `8 USC 1189(c)(3)`; `(iv)` in `8 USC 1182(a)(3)(B)(iii)` is
    `8 USC 1182(a)(3)(B)(iv)`.

    Source: The Bluebook, rule 3.3 (subdivisions follow the section).
    """
    whole = reference.pinpoint
    if not pinpoint.startswith("("):
        return pinpoint or whole
    ending = _SUBDIVISIONS.search(whole)
    section = whole[: ending.start()] if ending else whole
    parts = _PART.findall(ending.group()) if ending else []
    first = _PART.findall(pinpoint)[:1]
    same = [place for place, part in enumerate(parts) if [part] == first]
    alike = [
        place for place, part in enumerate(parts) if first and _level(part) == _level(first[0])
    ]
    kept = parts[: (same or alike or [len(parts)])[0]]
    return section + "".join(f"({part})" for part in kept) + pinpoint


_SUBDIVISIONS = re.compile(r"(?:\([A-Za-z0-9]+\))+$")
_PART = re.compile(r"\(([A-Za-z0-9]+)\)")


def _level(part: str) -> str:
    """Return the kind of numbering: figures, letters or Roman figures, small or capital."""
    if part.isdecimal():
        return "figure"
    case = "small" if part.islower() else "capital"
    return f"{case} {'Roman' if set(part.upper()) <= set('IVX') else 'letter'}"


_REFERENCE_KEYS = ("title", "address", "pinpoint", "accessed", "checked_against", "checked_on")


def read_references(fields: Fields) -> dict[str, Reference]:
    """Return the references of an instrument by key.

    Source: Puente's own format.
    """
    keys = fields.value("references")
    if not isinstance(keys, dict) or not keys:
        raise fields.wrong("references", "names no reference")
    listed = fields.child("references", keys)
    found: dict[str, Reference] = {}
    for key in keys:
        one = listed.child(key, _REFERENCE_KEYS)
        against, on = one.string("checked_against", ""), one.maybe_day("checked_on")
        if bool(against) != bool(on):
            raise one.wrong("", "checked_against and checked_on go together")
        found[key] = Reference(
            key=key,
            title=one.string("title"),
            pinpoint=one.string("pinpoint"),
            address=one.string("address", ""),
            accessed=one.maybe_day("accessed"),
            checked_against=against,
            checked_on=on,
        )
    return found


def read_reference(fields: Fields, references: Mapping[str, Reference]) -> Reference:
    """Return the reference that `ref` names.

    Source: Puente's own format.

    Raises: InvalidData: there is none of that name.
    """
    key = fields.string("ref")
    if key not in references:
        raise fields.wrong("ref", f"ref {key!r} is none of the references")
    return references[key]


def read_citation(
    fields: Fields, references: Mapping[str, Reference], *, is_dated_value: bool = False
) -> Citation:
    """Return what a claim rests on.

    Args:
        is_dated_value: a dated figure must itself say what it was checked against; any other claim
            may lean on a reference that was read or checked.

    Source: Puente's own format.

    Raises: InvalidData: no such reference; memory without `to_check`, arithmetic without
        `worked_from`, verified without what it was checked against and when.
    """
    reference = read_reference(fields, references)
    confidence = fields.choice("confidence", CONFIDENCES)
    citation = Citation(
        reference=reference,
        pinpoint=fields.string("pinpoint", ""),
        confidence=confidence,
        to_check=fields.maybe_text("to_check"),
        worked_from=fields.maybe_text("worked_from"),
        checked_against=fields.string("checked_against", ""),
        checked_on=fields.maybe_day("checked_on"),
    )
    if confidence == MEMORY and citation.to_check is None:
        raise fields.wrong("confidence", "what stands from memory needs to_check: what to look up")
    if confidence == ARITHMETIC and citation.worked_from is None:
        raise fields.wrong("confidence", "arithmetic needs worked_from: from which figures")
    if bool(citation.checked_against) != bool(citation.checked_on):
        raise fields.wrong("confidence", "checked_against and checked_on go together")
    leans = bool(reference.accessed or reference.checked_on) and not is_dated_value
    if confidence == VERIFIED and not (citation.checked_on or leans):
        raise fields.wrong("confidence", _UNCHECKED)
    return citation
