"""The screener: questions in, hits with a verdict and its reasons out.

A name alone never yields `same`: it takes an identifier or a birth date to the day as well. What
the roles of the names rule out (kin, exchanged surnames, sibling firms) is answered as such and
raises no alert.

Source: OFAC FAQ 5 (assessing a name match); Wolfsberg Group, Guidance on Sanctions Screening
    (2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from puente.screen.align import Asked, rank
from puente.screen.entry import kind_of, name_words
from puente.screen.evidence import evidence
from puente.screen.index import MOST_WORDS, NameIndex
from puente.screen.judge import BARELY_NAMED, ORDER, Hit, Likeness, judge
from puente.screen.respell import readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.screen.entry import ListEntry, Query
    from puente.screen.similar import Likenesses

__all__ = ["CUTOFF", "METHOD", "Hit", "Screener", "is_alert"]

METHOD = "words-roles-1"
"""Version of the method; stored with every answer, so that it can be given again."""
CUTOFF = 0.70
"""Score from which a hit is an alert unless its verdict says otherwise.

Source: measured on the SDN list of 31 January 2022 (bench/screening.py, four seeds): 98 percent of
damaged names of listed people found, 0.2 to 0.4 percent of 10,000 unlisted people raise an alert.
"""
KIN_FLOOR = 0.60
"""Score from which an entry is looked at and kin are told: two surnames of three names, a little
below an alert. What lies below is not one name (see `puente.screen.judge.NAMED`)."""
TOP = 10
NAMES_LOOKED_AT = 3
"""Names of one entry, best first, that are read by roles; the one that fits best speaks for it."""
ENTRIES_LOOKED_AT = 12
"""Entries of one question, best name first, whose particulars are compared."""


def is_alert(hits: Sequence[Hit], cutoff: float = CUTOFF) -> bool:
    """Return True if a hit calls for a person to look: same or possible, from `cutoff` up.

    Source: OFAC FAQ 5; Wolfsberg (2019) on alert criteria.
    """
    return any(
        hit.verdict == "same" or (hit.verdict == "possible" and hit.score >= cutoff) for hit in hits
    )


class Screener:
    """Answers questions against the entries of one or more lists.

    Source: see the module.
    """

    def __init__(self, entries: Sequence[ListEntry]) -> None:
        """Index `entries`; those that are no longer current are left out."""
        self.entries = [entry for entry in entries if entry.current]
        self.index = NameIndex.of(self.entries)
        self.likenesses: Likenesses = self.index.likenesses()
        self._by_identifier: dict[str, list[int]] = {}
        for number, entry in enumerate(self.entries):
            for value in {*entry.curps, *entry.rfcs, *entry.other_ids}:
                self._by_identifier.setdefault(value, []).append(number)

    def match(
        self,
        queries: Sequence[Query],
        *,
        cutoff: float = CUTOFF,
        top: int = TOP,
        weak: bool = False,
    ) -> list[list[Hit]]:
        """Return, per question, its hits, best first: same, possible, kin, then not.

        Args:
            cutoff: 0..1; hits below it are left out, save kin (from `KIN_FLOOR` up) and those that
                an identifier makes `same`.
            top: hits a question, at most.
            weak: whether aliases that the list calls weak are looked at too.

        Source: see the module; weak aliases: OFAC FAQ 122 to 125 (not expected of payments).
        Cost: about 0.5 ms a question against 24,000 names.
        """
        asked: list[Asked] = []
        names: list[str] = []
        for number, query in enumerate(queries):
            for name, part in self._asked(number, query):
                asked.append(part)
                names.append(name)
        pairs = rank(self.index, self.likenesses, asked, weak=weak)
        found: list[dict[int, list[Likeness]]] = [{} for _query in queries]
        floors = np.array([self._floor(query, cutoff) for query in queries])
        question = np.array([part.question for part in asked], np.int64)
        kept = (pairs.score >= floors[question[pairs.asked]]).nonzero()[0]
        listed = pairs.name[kept]
        rows = zip(
            pairs.asked[kept].tolist(),
            pairs.score[kept].tolist(),
            self.index.entity[listed].tolist(),
            self.index.place[listed].tolist(),
            strict=True,
        )
        for at, score, entry, place in rows:
            likeness = Likeness(score=score, asked=names[at], place=place)
            found[asked[at].question].setdefault(entry, []).append(likeness)
        return [
            self._hits(query, likenesses, cutoff, top)
            for query, likenesses in zip(queries, found, strict=True)
        ]

    def _floor(self, query: Query, cutoff: float) -> float:
        """Return the name score from which an entry is looked at: lower beside an identifier."""
        known = any(
            value in self._by_identifier for value in (*query.curps, *query.rfcs, *query.other_ids)
        )
        if known:
            return min(BARELY_NAMED, cutoff)
        # Firms and ships have no kin.
        return min(KIN_FLOOR, cutoff) if kind_of(query.schema) < 1 else cutoff

    def _asked(self, number: int, query: Query) -> Iterable[tuple[str, Asked]]:
        kind = kind_of(query.schema)
        for name in query.names:
            words = name_words(name, kind)[:MOST_WORDS]
            found = (
                [(other, kind) for other in readings(words, self.likenesses.holds)] if words else []
            )
            if kind < 0:
                # It may be a firm, whose legal form is no part of its name.
                firm = name_words(name, 1)[:MOST_WORDS]
                if firm and set(firm) != set(words):
                    found += [(other, 1) for other in readings(firm, self.likenesses.holds)]
            for other, fits in found:
                yield (
                    name,
                    Asked(
                        question=number,
                        words=other[:MOST_WORDS],
                        kind=fits,
                        not_lists=query.not_lists,
                    ),
                )

    def _hits(
        self, query: Query, found: dict[int, list[Likeness]], cutoff: float, top: int
    ) -> list[Hit]:
        best = sorted(
            found, key=lambda number: (-max(like.score for like in found[number]), number)
        )[:ENTRIES_LOOKED_AT]
        for value in (*query.curps, *query.rfcs, *query.other_ids):
            best += [n for n in self._by_identifier.get(value, ()) if n not in best]
        hits = []
        for number in best:
            entry = self.entries[number]
            if entry.entity_id in query.not_ids or entry.list in query.not_lists:
                continue
            hit = self._hit(query, entry, found.get(number, []))
            kin = hit.verdict == "kin" and hit.score >= KIN_FLOOR
            if hit.score >= cutoff or kin or hit.verdict == "same":
                hits.append(hit)
        hits.sort(key=lambda hit: (ORDER[hit.verdict], -hit.score, hit.entity_id))
        return hits[:top]

    def _hit(self, query: Query, entry: ListEntry, likenesses: list[Likeness]) -> Hit:
        """Return the hit of the name that fits best once read by roles."""
        particulars = evidence(query, entry)
        unnamed = [Likeness(score=0.0, asked=query.names[0] if query.names else "", place=0)]
        looked_at = sorted(likenesses, key=lambda like: (-like.score, like.place))
        hits = (
            judge(entry, likeness, particulars)
            for likeness in looked_at[:NAMES_LOOKED_AT] or unnamed
        )
        return min(hits, key=lambda hit: (ORDER[hit.verdict], -hit.score))
