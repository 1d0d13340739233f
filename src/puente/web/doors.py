"""Which pages a purpose opens: the way around, and where one lands. Nothing is looked at for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.store.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.policy import Actor, Policy, Purpose

DOORS: Mapping[str, str] = {
    "/": N_("Summary"),
    "/search": N_("Search"),
    "/places": N_("Places"),
    "/alerts": N_("Alerts"),
    "/links": N_("Links"),
    "/network": N_("Network"),
    "/lists": N_("Lists"),
    "/sources": N_("Sources"),
    "/audit": N_("Audit log"),
    "/law": N_("The law"),
}
"""Address of every page that the way around leads to, with its name."""

_FIGURES = ("counts", "incidents")
_LISTS = ("sanctions", "public_list")
_PUBLISHED = Cell(source="", record_class="sanctions", marking="TLP:CLEAR", agency="")


def doors_of(
    policy: Policy, actor: Actor, purpose: Purpose, held: Mapping[str, tuple[Cell, ...]] | None
) -> tuple[str, ...]:
    """Return the addresses of `DOORS` that are open, in their order; the first is where one lands.

    Args:
        held: cells of each table of the current build; None where nothing has been built.
    """
    # The law is public: whoever may state the purpose may read it. It stands last, so that nobody
    # lands there who has something else to open.
    found = ["/law"] if policy.decide(actor, purpose, "claim").allowed else []
    if policy.decide(actor, purpose, "read_audit").allowed:
        found.append("/audit")
    # Whoever may judge has a queue, and an agency's own customers, whatever has been built.
    if policy.decide(actor, purpose, "judge_alert", _PUBLISHED).allowed:
        found.append("/alerts")
    if held is None:
        # Which records there will be nobody knows; their pages say that nothing is built.
        if "/audit" not in found:
            found += ["/", "/search", "/places", "/lists", "/sources"]
        return tuple(name for name in DOORS if name in found)
    cells = {cell for table in held.values() for cell in table}
    answers = policy.decide_cells(actor, purpose, "look", cells)
    permitted = {cell for cell, answer in answers.items() if answer.allowed}
    if permitted:
        figures = any(cell in permitted for name in _FIGURES for cell in held.get(name, ()))
        lists = any(cell.record_class in _LISTS for cell in permitted)
        found += ["/", "/search", *(["/places"] if figures else [])]
        found += [*(["/lists"] if lists else []), "/sources"]
        if policy.decide(actor, purpose, "judge_link", _PUBLISHED).allowed:
            found.append("/links")
        # The network is made of all statements at once: it is shown whole or not at all.
        if held.get("statements") and permitted.issuperset(held["statements"]):
            found.append("/network")
    return tuple(name for name in DOORS if name in found)
