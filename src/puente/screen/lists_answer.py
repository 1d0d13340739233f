"""What a question would have been answered with the lists of another day.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on look-backs.
Limits: the lists are those of the day; the method is the present one, and is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.screen.entry import Query
from puente.screen.match import METHOD, Screener, is_alert

if TYPE_CHECKING:
    from puente.screen.match import Hit
    from puente.screen.standing import ListsOn


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one name.

    Attributes:
        method: version of the method that gave it.
        hits: best first.

    Source: see the module.
    """

    name: str
    method: str
    alert: bool
    hits: tuple[Hit, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "name": self.name,
            "method": self.method,
            "alert": self.alert,
            "hits": [hit.as_json() for hit in self.hits],
        }


def answer_on(lists: ListsOn, name: str, *, weak: bool = False) -> Answer:
    """Return the answer to a name with the lists of a day and the present method.

    Args:
        weak: whether weak aliases are looked at.

    Source: see the module.
    """
    hits = Screener(lists.screened()).match([Query(id=name, names=(name,))], weak=weak)[0]
    return Answer(name=name, method=METHOD, alert=is_alert(hits), hits=tuple(hits))
