"""Who asks, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROLES: Mapping[str, str] = {
    "analyst": N_("Analyst"),
    "compliance": N_("Compliance officer"),
    "crime_analyst": N_("Crime analyst"),
    "port_director": N_("Port director"),
    "policy_staff": N_("Policy staff"),
    "auditor": N_("Auditor"),
    "journalist": N_("Journalist"),
    "administrator": N_("Administrator"),
    "pipeline": N_("Pipeline"),
}
"""Every role, with its label."""

PURPOSES: Mapping[str, str] = {
    "investigation": N_("Investigation"),
    "screening": N_("Screening"),
    "compliance": N_("Compliance"),
    "crime_analysis": N_("Crime analysis"),
    "oversight": N_("Oversight"),
    "audit": N_("Audit"),
    "build": N_("Building"),
}
"""Every purpose, with its label. Which role may claim which stands in `policies.cedar`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, or the pipeline, that asks.

    Attributes:
        name: account name.
        roles: one or more of `ROLES`.
        country: ISO 3166-1 alpha-2; "" where not known, which no release limit names.
        agency: as the records name it; "" where none.
    """

    name: str
    roles: frozenset[str]
    country: str = ""
    agency: str = ""

    def __post_init__(self) -> None:
        roles = frozenset(_each(self.roles))
        object.__setattr__(self, "roles", roles)
        unknown = sorted(roles - set(ROLES))
        if unknown:
            raise InvalidData(
                _("unknown role {role!r}; one of {known}").format(
                    role=unknown[0], known=", ".join(ROLES)
                )
            )
        if not self.name:
            raise InvalidData(_("an actor needs a name"))
        if self.country and not (
            len(self.country) == 2 and self.country.isalpha() and self.country.isupper()
        ):
            raise InvalidData(
                _("{value!r} is no country code such as MX").format(value=self.country)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a look is for.

    Attributes:
        name: one of `PURPOSES`.
        case: case number; "" where none.
        reason: in the actor's words; kept sealed in the log.
    """

    name: str
    case: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.name not in PURPOSES:
            raise InvalidData(
                _("unknown purpose {purpose!r}; one of {known}").format(
                    purpose=self.name, known=", ".join(PURPOSES)
                )
            )
        object.__setattr__(self, "case", self.case.strip())


def _each(roles: Iterable[str]) -> Iterable[str]:
    # A single role given as text would otherwise be read letter by letter.
    return (roles,) if isinstance(roles, str) else roles


PIPELINE = Actor(name="pipeline", roles=frozenset({"pipeline"}))
"""The machine itself, when it merges, links and derives."""

BUILD = Purpose(name="build")
