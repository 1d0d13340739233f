"""What a comparison tells: one part each, and what the names say when read by roles.

Source: Fellegi and Sunter (1969), A Theory for Record Linkage: agreement weights add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from puente.i18n import N_

Outcome = Literal["open", "kin", "other", "doubtful"]
"""What roles say: nothing against it; kin; another one; another one unless written backwards."""

SUPPORTS, AGAINST, DECIDES = N_("supports"), N_("speaks against"), N_("decides")
NOT_GIVEN, NOT_LISTED = N_("not given"), N_("not listed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing compared.

    Attributes:
        part: what, e.g. `paternal surname` (a msgid).
        asked, listed: the values; "" where not known.
        effect: what it does to the match (a msgid).
        weight: what it adds to the log-odds of the match; 0 if it only explains.

    Source: see the module.
    """

    part: str
    asked: str
    listed: str
    effect: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NameReading:
    """What two names say when read by roles.

    Attributes:
        outcome: see `Outcome`.
        parts: role by role.

    Source: see the module.
    """

    outcome: Outcome
    parts: tuple[Part, ...]
