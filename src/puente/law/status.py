"""The status of an element or of a whole: what the record carries for it and against it.

A status is a pair: is there enough *for*, is there enough *against*. Four values follow, and none
hides another: a record may carry both sides (contested) or neither (unsupported). A fifth,
not assessed, stands where nobody has looked. These are conventions of Puente, not law
(docs/decisions/0009).

Source: Belnap, "A useful four-valued logic" (1977): the pair, meet, join, negation; Kleene,
"Introduction to Metamathematics" (1952) s. 64: what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

Bit = bool | None
"""One side: True reached, False not reached, None not known since nobody has looked."""


class Word(StrEnum):
    """What a status is called.

    Source: Belnap (1977), the four values; Kleene (1952) for the fifth.
    """

    UNSUPPORTED = "unsupported"
    SUPPORTED = "supported"
    REBUTTED = "rebutted"
    CONTESTED = "contested"
    NOT_ASSESSED = "not_assessed"


_SHOWN = {
    Word.UNSUPPORTED: N_("not supported on this record"),
    Word.SUPPORTED: N_("supported on this record"),
    Word.REBUTTED: N_("rebutted on this record"),
    Word.CONTESTED: N_("contested on this record"),
    Word.NOT_ASSESSED: N_("not assessed"),
}


def word_text(word: Word) -> str:
    """Return what a status is called, in words and in the current language.

    Source: docs/decisions/0009: always on a record, under a reading that is named beside it.
    """
    return _(_SHOWN[word])


@dataclass(frozen=True, slots=True)
class Status:
    """What stands for a thing and what against it, each side by itself.

    Attributes:
        pro: whether enough stands for it; None where that is not known yet.
        con: whether enough stands against it; None where that is not known yet.

    Source: Belnap (1977): told true, told false, each by itself.
    """

    pro: Bit
    con: Bit

    @property
    def word(self) -> Word:
        """Return what the status is called; not assessed where either side is not known."""
        if self.pro is None or self.con is None:
            return Word.NOT_ASSESSED
        return _WORDS[self.pro, self.con]

    @property
    def text(self) -> str:
        """Return what the status is called, in words and in the current language."""
        return word_text(self.word)


_WORDS = {
    (False, False): Word.UNSUPPORTED,
    (True, False): Word.SUPPORTED,
    (False, True): Word.REBUTTED,
    (True, True): Word.CONTESTED,
}

UNSUPPORTED = Status(pro=False, con=False)
SUPPORTED = Status(pro=True, con=False)
REBUTTED = Status(pro=False, con=True)
CONTESTED = Status(pro=True, con=True)
NOT_ASSESSED = Status(pro=None, con=None)
FIVE = (UNSUPPORTED, SUPPORTED, REBUTTED, CONTESTED, NOT_ASSESSED)


def meet(parts: Iterable[Status]) -> Status:
    """Return the status of what needs *all* its parts; of no parts it is supported.

    It is carried where each part is, and countered where any part is.

    Source: Belnap (1977), conjunction; Kleene (1952) s. 64, strong tables, on each side: the
        whole is known as soon as no unknown part could change it.
    """
    listed = list(parts)
    return Status(pro=_every(p.pro for p in listed), con=_some(p.con for p in listed))


def join(parts: Iterable[Status]) -> Status:
    """Return the status of what needs *any* of its parts; of no parts it is rebutted.

    It is carried where any part is, and countered where each part is.

    Source: Belnap (1977), disjunction; Kleene (1952) s. 64, strong tables, on each side.
    """
    listed = list(parts)
    return Status(pro=_some(p.pro for p in listed), con=_every(p.con for p in listed))


def negate(status: Status) -> Status:
    """Return the status of the contrary: what stands for it now stands against it.

    Source: Belnap (1977), negation.
    """
    return Status(pro=status.con, con=status.pro)


def unless(main: Status, exception: Status) -> Status:
    """Return the status of a rule that stands unless its exception does.

    Limits: an exception about which nothing is on record leaves the rule unsupported once someone
        has looked, and not assessed before: silence proves no absence. An exception is out of the
        way only where the record counters it.
    Source: Belnap (1977): meet of the rule and the negation of its exception.
    """
    return meet((main, negate(exception)))


def _every(bits: Iterable[Bit]) -> Bit:
    listed = set(bits)
    if False in listed:
        return False
    return None if None in listed else True


def _some(bits: Iterable[Bit]) -> Bit:
    listed = set(bits)
    if True in listed:
        return True
    return None if None in listed else False
