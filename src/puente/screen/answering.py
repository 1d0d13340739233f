"""How questions are asked and what an answer looks like when written, whoever answers.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on keeping what was asked, answered
    and by which method.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.screen.match import CUTOFF, TOP, is_alert
from puente.screen.questions import Values, question_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from puente.screen.match import Screener

AT_ONCE = 1_000
"""Questions answered at once in one process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to screen.

    Attributes:
        cutoff: 0..1, score from which a hit is told and a possible one is an alert.
        top: hits a question, at most.
        weak: whether weak aliases are looked at.
        as_of: day of the lists; None is the newest.
        index: folder in which the index of the lists is kept for the next time; None keeps none.
        master: address of a Spark master that answers; "" answers in this process.

    Source: OFAC FAQ 122 to 125 (weak aliases).
    """

    cutoff: float = CUTOFF
    top: int = TOP
    weak: bool = False
    as_of: date | None = None
    index: Path | None = None
    master: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answer, written.

    Attributes:
        text: a JSON object: id, alert, hits, and notes where there are any.
        alert: whether a person must look.
        noted: whether a particular could not be read.

    Source: see the module.
    """

    text: str
    alert: bool
    noted: bool


def answer_lines(screener: Screener, part: Sequence[Values], options: Options) -> list[Line]:
    """Return the answers to some questions, in order.

    Source: see the module.
    """
    asked = [question_of(values) for values in part]
    found = screener.match(
        [query for query, _notes in asked],
        cutoff=options.cutoff,
        top=options.top,
        weak=options.weak,
    )
    lines = []
    for (query, notes), hits in zip(asked, found, strict=True):
        alert = is_alert(hits, options.cutoff)
        answer: dict[str, object] = {
            "id": query.id,
            "alert": alert,
            "hits": [hit.as_json() for hit in hits],
        }
        if notes:
            answer["notes"] = notes
        text = json.dumps(answer, ensure_ascii=False)
        lines.append(Line(text=text, alert=alert, noted=bool(notes)))
    return lines
