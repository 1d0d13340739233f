"""Where a row is placed: by code, by names, or by a municipality of a state that is found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_values import Known
from puente.model.text import fold

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from puente.ingest.guess_table import Table
    from puente.model.places import Gazetteer

MOST_OF = 0.95
"""Share of the rows whose municipality one state must have, to be the state of the file."""

NO_OTHER = 0.6
"""Share that any other state must stay below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """How a mapping says where a row is; no value where it cannot.

    Attributes:
        value: as the mapping language writes it; None where the file does not say.
        columns: that it takes.
        municipal: True where it is a municipality, False where it is but a state.
        why: the evidence, or what is missing.
    """

    value: object = None
    columns: tuple[str, ...] = ()
    why: str = ""
    municipal: bool = True


def known_places(gazetteer: Gazetteer) -> Known:
    """Return the names of the municipalities and states that have been loaded."""
    places = [gazetteer.by_code(code) for code in gazetteer.codes()]
    return Known(
        municipalities=frozenset(fold(place.name) for place in places if place),
        states=frozenset(fold(place.state_name) for place in places if place),
    )


def placed(table: Table, gazetteer: Gazetteer, state: str = "") -> Placed:
    """Return how the rows of a table are placed.

    Args:
        table: its columns.
        gazetteer: municipalities that have been loaded; may be empty.
        state: name of the state of the whole file, where a user says so.
    """
    whole = table.find("cvegeo")
    if whole:
        return Placed(value={"column": whole.name}, columns=(whole.name,), why=_("by code"))
    part, of = table.find("municipality_code"), table.find("state_code")
    if part and of:
        return Placed(
            value=f"{{{of.name}|pad2}}{{{part.name}|pad3}}",
            columns=(of.name, part.name),
            why=_("by the codes of state and municipality"),
        )
    named, within = table.find("municipality"), table.find("state")
    if named and within:
        return Placed(
            value={"state": within.name, "municipality": named.name},
            columns=(within.name, named.name),
            why=_("by the names of state and municipality"),
        )
    if named:
        return _in_one_state(named.name, table.profile(named).values, gazetteer, state)
    if of:
        why = _("by the code of the state: no column names the municipality")
        return Placed(value=f"{{{of.name}|pad2}}000", columns=(of.name,), why=why, municipal=False)
    if within and not part:
        why = _("by the name of the state: no column names the municipality")
        return Placed(
            value={"state": within.name}, columns=(within.name,), why=why, municipal=False
        )
    missing = _("no column names a municipality or gives its code")
    if part:
        missing = _("{column} numbers municipalities within a state, and no column gives the state")
        missing = missing.format(column=part.name)
    return Placed(why=missing)


def _in_one_state(column: str, values: Counter[str], gazetteer: Gazetteer, state: str) -> Placed:
    if not state:
        shares = _shares(values, gazetteer)
        ranked = sorted(shares, key=lambda name: -shares[name])
        if (
            ranked
            and shares[ranked[0]] >= MOST_OF
            and all(shares[other] < NO_OTHER for other in ranked[1:])
        ):
            state = ranked[0]
            share = round(100 * shares[state])
            why = _("{share} % of the municipalities are in {state}, and in no other state so many")
            why = why.format(share=share, state=state)
        elif not shares:
            missing = _("no column names the state, and no municipalities are loaded to find it by")
            return Placed(why=missing)
        else:
            missing = _(
                "no column names the state, and the municipalities lie in several (--state)"
            )
            return Placed(why=missing)
    else:
        why = _("as you said, the file is of {state}").format(state=state)
    value = {"state": {"value": state}, "municipality": column}
    return Placed(value=value, columns=(column,), why=why)


def _shares(values: Counter[str], gazetteer: Gazetteer) -> Mapping[str, float]:
    """Return for each state the share of rows whose municipality it has, above nothing."""
    states: dict[str, set[str]] = {}
    for code in gazetteer.codes():
        place = gazetteer.by_code(code)
        if place:
            states.setdefault(place.state_name, set()).add(fold(place.name))
    total = values.total()
    found: dict[str, float] = {}
    for name, municipalities in states.items():
        held = sum(count for text, count in values.items() if fold(text) in municipalities)
        if total and held:
            found[name] = held / total
    return found
