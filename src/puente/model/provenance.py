"""Where a claim comes from, how far to trust it, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from puente.errors import InvalidData

if TYPE_CHECKING:
    from collections.abc import Iterable


class RecordClass(StrEnum):
    """What kind of record a claim stands in. Each class has its own retention clock.

    Source: 28 CFR 23.3(b)(3) sets criminal intelligence apart from other records.
    """

    FACT = "fact"
    TIP = "tip"
    CRIMINAL_INTELLIGENCE = "criminal_intelligence"
    SANCTIONS = "sanctions"
    COURT = "court"
    PUBLIC_LIST = "public_list"


APART: frozenset[str] = frozenset({RecordClass.CRIMINAL_INTELLIGENCE.value})
"""Classes whose records enter nothing that is derived and shared: each stands for itself alone.

Source: 28 CFR 23.20(e), (g): only who has need and right to know may learn of such a record, also
by what was made from it.
"""


class Reliability(StrEnum):
    """How far the source has proved reliable, A (completely) to F (cannot be judged).

    Source: Admiralty (NATO) system, STANAG 2511.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class Credibility(StrEnum):
    """How credible the item itself is, 1 (confirmed by others) to 6 (cannot be judged).

    Source: Admiralty (NATO) system, STANAG 2511.
    """

    CONFIRMED = "1"
    PROBABLY_TRUE = "2"
    POSSIBLY_TRUE = "3"
    DOUBTFUL = "4"
    IMPROBABLE = "5"
    CANNOT_BE_JUDGED = "6"


TLP_ORDER = ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")
"""Traffic Light Protocol labels, loosest first. Source: FIRST, TLP 2.0 (2022)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Who may see a claim: a TLP label and, where set, the only countries it may go to.

    `releasable_to` empty means "no limit by country". Written `TLP:AMBER//REL MX US`.
    """

    tlp: str = "TLP:AMBER"
    releasable_to: frozenset[str] | None = None

    @classmethod
    def parse(cls, text: str) -> Marking:
        """Return the marking that `text` writes.

        Raises: InvalidData: an unknown TLP label or country code.
        """
        label, _, release = text.partition("//")
        if label not in TLP_ORDER:
            raise InvalidData(f"unknown marking {label!r}; one of {', '.join(TLP_ORDER)}")
        if not release:
            return cls(tlp=label)
        word, *countries = release.split()
        if word != "REL" or any(len(code) != 2 or not code.isupper() for code in countries):
            raise InvalidData(f"unknown release limit {release!r}; expected 'REL MX US'")
        return cls(tlp=label, releasable_to=frozenset(countries))

    def __str__(self) -> str:
        if self.releasable_to is None:
            return self.tlp
        return " ".join([f"{self.tlp}//REL", *sorted(self.releasable_to)])

    def join(self, other: Marking) -> Marking:
        """Return the strictest of both: the higher TLP label, the countries that both allow."""
        if self.releasable_to is None or other.releasable_to is None:
            release = self.releasable_to if other.releasable_to is None else other.releasable_to
        else:
            release = self.releasable_to & other.releasable_to
        tlp = max(self.tlp, other.tlp, key=TLP_ORDER.index)
        return Marking(tlp=tlp, releasable_to=release)

    def covers(self, other: Marking) -> bool:
        """Return True if this marking is at least as strict as `other` in every respect."""
        return self.join(other) == self


def strictest(markings: Iterable[str]) -> str:
    """Return the marking of something derived from records that carry `markings`.

    An empty input is public: nothing was used.
    """
    result = Marking(tlp=TLP_ORDER[0])
    for text in markings:
        result = result.join(Marking.parse(text))
    return str(result)
