"""Why the 50 percent rule says what it says of one entity, and what its owners are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.graph.ownership_lake import derivation_in
from puente.web.reads.claims import captions
from puente.web.reads.quality import built_at
from puente.web.reads.scope import is_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.graph.ownership_derivation import Derivation
    from puente.guard.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the rule says of an entity, and the names of all who stand in it."""

    derivation: Derivation
    names: Mapping[str, str]


def read_held(view: View, cluster: str) -> Held | None:
    """Return why an entity is held as it is on the day of the build; None where nobody holds it.

    Nothing is told of it where what the rule was applied to is not open to this reader as a whole:
    the arithmetic on a part would be another one.

    Cost: reads all holdings.
    """
    if not is_open(view, "ownership", "clusters", "nodes"):
        return None
    found = derivation_in(view, cluster, as_of=built_at(view))
    if found is None or not found.chain:
        return None
    ids = {cluster, *(step.entity for step in found.chain)}
    ids |= {owner.owner for step in found.chain for owner in step.owners}
    named = captions(view, sorted(ids))
    names = {name: caption for name, (_cluster, caption) in named.items()}
    return Held(derivation=found, names=names)
