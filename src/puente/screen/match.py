"""The screener: questions in, hits with a verdict and its reasons out.

A name alone never yields `same`: it takes an identifier or a birth date to the day as well. What
the roles of the names rule out (kin, exchanged surnames, sibling firms) is answered as such and
raises no alert.

Source: OFAC FAQ 5 (assessing a name match); Wolfsberg Group, Guidance on Sanctions Screening
    (2019).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from puente.resolve.names import by_signs
from puente.resolve.names.damaged import ways_to_read
from puente.screen.align import Asked, rank
from puente.screen.calibration import METHOD, likeness_of
from puente.screen.entry import kind_of, name_words
from puente.screen.evidence import evidence
from puente.screen.index import MOST_WORDS
from puente.screen.index_files import ListIndex
from puente.screen.judge import BARELY_NAMED, NAMED, ORDER, Hit, Likeness, judge
from puente.screen.ofac_parity import ofac_score
from puente.screen.respell import readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.screen.entry import ListEntry, Query
    from puente.screen.index import NameIndex
    from puente.screen.vocabulary import Likenesses

__all__ = ["CUTOFF", "METHOD", "Hit", "Screener", "is_alert"]

CUTOFF = 0.033
"""Score from which a hit is an alert unless its verdict says otherwise: one chance in thirty.

Source: measured on the SDN list of 31 January 2022 (bench/screening.py): 98 percent of damaged
names of listed people found, half a percent of unlisted people raise an alert.
"""
KIN_FLOOR = 0.25
"""Likeness from which a person is looked at and kin are told: two surnames, with two other given
names on either side."""
BY_SIGNS = 0.75
"""What a name asked for in Han, Kana or Hangul keeps of its score: many names sound like it."""
TOP = 10
NAMES_LOOKED_AT = 3
"""Names of one entry, best first, that are read by roles; the one that fits best speaks for it."""
ENTRIES_LOOKED_AT, KIN_LOOKED_AT = 12, 3
"""Entries of one question, best name first, whose particulars are compared; and how many of those
that no particulars could lift to an alert, for kin."""


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

    def __init__(self, entries: Sequence[ListEntry] | ListIndex) -> None:
        """Index `entries`, without those that are no longer current; take an index as it is."""
        self.lists = entries if isinstance(entries, ListIndex) else ListIndex.of(entries)
        self.entries = self.lists.entries
        self.index: NameIndex = self.lists.names
        self.likenesses: Likenesses = self.index.likenesses()
        self._by_identifier = self.lists.identifiers

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
            cutoff: 0..1; hits below it are left out, save kin (from `KIN_FLOOR` up), what is ruled
                out of names as like as that, and those that an identifier makes `same`.
            top: hits a question, at most.
            weak: whether aliases that the list calls weak are looked at too.

        Source: see the module; weak aliases: OFAC FAQ 122 to 125 (not expected of payments).
        Cost: about 0.5 ms a question against 24,000 names.
        """
        return [hits for hits, _reach in self.reaching(queries, cutoff=cutoff, top=top, weak=weak)]

    def reaching(
        self, queries: Sequence[Query], *, cutoff: float, top: int, weak: bool
    ) -> list[tuple[list[Hit], float]]:
        """Return what `match` does, and how far each question reaches.

        A listed name whose share of weight in common with the question is below its reach, 0..1,
        has no part in its answer (`puente.screen.candidates`).

        Source: see `match`.
        """
        asked: list[Asked] = []
        names: list[tuple[str, str]] = []
        for number, query in enumerate(queries):
            for name, text, part in self.asked(number, query):
                asked.append(part)
                names.append((name, text))
        pairs = rank(self.index, self.likenesses, asked, weak=weak)
        found: list[dict[int, list[Likeness]]] = [{} for _query in queries]
        floors = np.array([self._floor(query, cutoff) for query in queries])
        question = np.array([part.question for part in asked], np.int64)
        signs = np.array([by_signs(name) for name, _text in names], bool)
        score = pairs.score * np.where(signs[pairs.asked], np.float32(BY_SIGNS), np.float32(1))
        kept = (score >= floors[question[pairs.asked]]).nonzero()[0]
        listed = pairs.name[kept]
        rows = zip(
            pairs.asked[kept].tolist(),
            score[kept].tolist(),
            self.index.entity[listed].tolist(),
            self.index.place[listed].tolist(),
            strict=True,
        )
        for at, like, entry, place in rows:
            name, text = names[at]
            likeness = Likeness(score=like, asked=name, read=text, place=place)
            found[asked[at].question].setdefault(entry, []).append(likeness)
        reach = np.ones(len(queries), np.float32)
        np.minimum.at(reach, question, pairs.reach)
        return [
            (self._hits(query, likenesses, cutoff, top), far)
            for query, likenesses, far in zip(queries, found, reach.tolist(), strict=True)
        ]

    def _floor(self, query: Query, cutoff: float) -> float:
        """Return the likeness from which an entry is looked at: lower beside an identifier."""
        least = likeness_of(cutoff)
        known = any(
            value in self._by_identifier for value in (*query.curps, *query.rfcs, *query.other_ids)
        )
        if known:
            return min(BARELY_NAMED, least)
        # Firms and ships have no kin, and nothing but an identifier lifts what their names lack.
        return min(KIN_FLOOR, least) if kind_of(query.schema) < 1 else least

    def asked(self, number: int, query: Query) -> Iterable[tuple[str, str, Asked]]:
        """Yield each name asked for, the way it is read and its words.

        Args:
            number: what the question is called in `Asked`.

        Source: see `puente.screen.respell`.
        """
        kind = kind_of(query.schema)
        ways = [(name, way) for name in query.names for way in ways_to_read(name)]
        for name, text in ways:
            words = name_words(text, kind)[:MOST_WORDS]
            found = (
                [(other, kind) for other in readings(words, self.likenesses.holds)] if words else []
            )
            if kind < 0:
                # It may be a firm, whose legal form is no part of its name.
                firm = name_words(text, 1)[:MOST_WORDS]
                if firm and set(firm) != set(words):
                    found += [(other, 1) for other in readings(firm, self.likenesses.holds)]
            for other, fits in found:
                yield (
                    name,
                    text,
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
        cutoff_likeness = likeness_of(cutoff)
        likest = {number: max(like.score for like in likes) for number, likes in found.items()}
        order = sorted(found, key=lambda number: (-likest[number], number))[:ENTRIES_LOOKED_AT]
        named = sum(likest[number] >= min(NAMED, cutoff_likeness) for number in order)
        best = order[: named + KIN_LOOKED_AT]
        for value in (*query.curps, *query.rfcs, *query.other_ids):
            best += [n for n in self._by_identifier.get(value, ()) if n not in best]
        hits = []
        for number in best:
            entry = self.entries[number]
            if entry.entity_id in query.not_ids or entry.list in query.not_lists:
                continue
            hit = self._hit(query, entry, found.get(number, []))
            # What is ruled out is told as long as the names are like enough to be asked about.
            told = hit.verdict == "kin" or (
                hit.verdict == "not" and hit.likeness >= cutoff_likeness
            )
            if hit.score >= cutoff or told or hit.verdict == "same":
                hits.append(hit)
        hits.sort(key=lambda hit: (ORDER[hit.verdict], -hit.score, hit.entity_id))
        return [_as_ofac_would(query, hit) for hit in hits[:top]]

    def _hit(self, query: Query, entry: ListEntry, likenesses: list[Likeness]) -> Hit:
        """Return the hit of the name that fits best once read by roles."""
        particulars = evidence(query, entry)
        name = query.names[0] if query.names else ""
        unnamed = [Likeness(score=0.0, asked=name, read=name, place=0)]
        looked_at = sorted(likenesses, key=lambda like: (-like.score, like.place))
        hits = (
            judge(entry, likeness, particulars)
            for likeness in looked_at[:NAMES_LOOKED_AT] or unnamed
        )
        return min(hits, key=lambda hit: (ORDER[hit.verdict], -hit.score))


def _as_ofac_would(query: Query, hit: Hit) -> Hit:
    """Return the hit with the score that OFAC's own search would about give the name."""
    return replace(
        hit, ofac_score=max((ofac_score(name, hit.name) for name in query.names), default=0.0)
    )
