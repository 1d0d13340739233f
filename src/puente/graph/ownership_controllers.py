"""Who controls an entity by other means than shares: told beside the 50 percent rule, not in it.

Source: OFAC FAQ 398 (control does not block) and 400 (no dealing through a blocked person who signs
    for an entity that is not blocked).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.graph.ownership_reasons import WHYS, why_of

if TYPE_CHECKING:
    from puente.graph.ownership_ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """A blocked person, or one that may be, who controls an entity by other means than shares.

    Attributes:
        entity: who controls.
        how: the source's own word, e.g. `boardMember`; "" where none is given.
        why: why it is or may be blocked, one of `puente.graph.ownership_reasons.WHYS`.
        sure: False where only the precision of a date leaves it open whether it stands.

    Source: see the module.
    """

    entity: str
    how: str
    why: str
    sure: bool


def controllers_of(ruling: Ruling) -> dict[int, tuple[Controller, ...]]:
    """Return who controls each entity, by node number; entities that nobody controls are left out.

    Source: see the module.
    """
    control, found = ruling.control, dict[int, tuple[Controller, ...]]()
    names, codes = ruling.shares.ids, tuple(WHYS)
    whys = why_of(ruling, control.owner) if len(control.owner) else np.zeros(0, np.int64)
    for owner, asset, how, sure, why in zip(
        control.owner.tolist(), control.asset.tolist(), control.how, control.sure, whys, strict=True
    ):
        one = Controller(entity=names[owner].as_py(), how=how, why=codes[why], sure=bool(sure))
        found[asset] = (*found.get(asset, ()), one)
    return found
