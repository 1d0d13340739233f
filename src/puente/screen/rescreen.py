"""Customers screened again when a list has changed: only those whose answer may be another one.

A customer may be answered otherwise if an earlier hit names an entry that changed, if the two share
an identifier, if a changed name comes among the customer's candidates or did so before, or if a
word new on the list changes how the customer's name is read or how telling its words are. Nobody
else's answer can move, since the words of the list keep their weights (`index_files.updated`).

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on screening of customers when
    lists change.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from puente.screen.align import fits, words_of
from puente.screen.candidates import LARGE, values
from puente.screen.match import CUTOFF, TOP, is_alert
from puente.screen.vocabulary import Likenesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from puente.screen.align import Asked
    from puente.screen.entry import ListEntry, Query
    from puente.screen.index import NameIndex
    from puente.screen.judge import Hit
    from puente.screen.match import Screener

AT_ONCE = 1_000
"""Customers looked at together."""
SLACK = 1e-5
"""Shares of weight that are taken for equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to answer.

    Attributes:
        cutoff: 0..1, score from which a hit is told and a possible one is an alert.
        top: hits a question, at most.
        weak: whether weak aliases are looked at.

    Source: OFAC FAQ 122 to 125 (weak aliases).
    """

    cutoff: float = CUTOFF
    top: int = TOP
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered about one customer.

    Attributes:
        id: of the customer.
        hits: best first.
        reach: see `Screener.reaching`; 0 where it was not kept, which is always right and only
            screens more customers again.

    Source: see the module.
    """

    id: str
    hits: tuple[Hit, ...]
    reach: float = 0.0

    def alert(self, cutoff: float = CUTOFF) -> bool:
        """Return True if a hit calls for a person to look.

        Source: see `is_alert`.
        """
        return is_alert(self.hits, cutoff)

    def as_json(self, cutoff: float = CUTOFF) -> dict[str, object]:
        """Return the answer as `puente screen` writes it.

        Source: see the class.
        """
        hits = [hit.as_json() for hit in self.hits]
        return {"id": self.id, "alert": self.alert(cutoff), "hits": hits}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescreening:
    """What came of screening a customer file again.

    Attributes:
        asked: customers in the file.
        answers: of those that were screened again, by id, in the order of the file; every other
            answer stands as it was.
        changed: customers whose hits are others than before, or that are new.
        entries: ids of the entries that were added, removed or changed.
        whole: True if all were screened again: the weights of words are not those of before.

    Source: see the module.
    """

    asked: int
    answers: Mapping[str, Answer]
    changed: frozenset[str]
    entries: frozenset[str]
    whole: bool

    @property
    def touched(self) -> frozenset[str]:
        """Return the customers that were screened again."""
        return frozenset(self.answers)


def screen_all(
    customers: Iterable[Query], screener: Screener, options: Options | None = None
) -> Iterator[Answer]:
    """Yield the answer about each customer, in order.

    Source: see the module.
    """
    chosen = options or Options()
    waiting = iter(customers)
    while part := list(islice(waiting, AT_ONCE)):
        found = screener.reaching(
            part, cutoff=chosen.cutoff, top=chosen.top, weak=chosen.weak
        )  # fmt: skip
        for query, (hits, reach) in zip(part, found, strict=True):
            yield Answer(id=query.id, hits=tuple(hits), reach=reach)


def rescreen(
    previous: Mapping[str, Answer],
    customers: Iterable[Query],
    before: Screener,
    after: Screener,
    options: Options | None = None,
) -> Rescreening:
    """Screen again those customers whose answer may be another one since the list changed.

    With the answers that stand, the result is what `screen_all` gives against `after`.

    Args:
        previous: answers against `before` with the same options, by customer; of a customer that
            is not among them nothing is known yet.
        before, after: the screeners; `after` stands on `index_files.updated(before.lists, ...)`,
            else everybody is screened again.

    Source: see the module.
    Limits: a customer whose own particulars changed must be left out of `previous`.
    Cost: about a quarter of a whole screening where every word is new; far less where customers
        share their names.
    """
    chosen = options or Options()
    delta = _Delta.between(before, after)
    answers: dict[str, Answer] = {}
    asked = 0
    waiting = iter(customers)
    while part := list(islice(waiting, AT_ONCE)):
        asked += len(part)
        touched = part if delta is None else _touched(part, previous, delta, weak=chosen.weak)
        answers.update((answer.id, answer) for answer in screen_all(touched, after, chosen))
    ids = _changed_entries(before, after)
    changed = {
        name for name, answer in answers.items()
        if name not in previous or previous[name].hits != answer.hits
    }  # fmt: skip
    return Rescreening(
        asked=asked,
        answers=answers,
        changed=frozenset(changed),
        entries=frozenset(ids),
        whole=delta is None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delta:
    """What differs between two states of a list.

    Attributes:
        before, after: the screeners.
        entries: ids of the entries that differ.
        identifiers: CURPs, RFCs and other numbers of these, on either side.
        names: their names on each side, of each index.
        words: likenesses to the words of these names.
        new: likenesses to the words that came on the list.
    """

    before: Screener
    after: Screener
    entries: frozenset[str]
    identifiers: frozenset[str]
    names: tuple[NameIndex, NameIndex]
    words: Likenesses
    new: Likenesses

    @classmethod
    def between(cls, before: Screener, after: Screener) -> _Delta | None:
        """Return the difference; None if no answer can be carried over from one to the other."""
        if not _comparable(before, after):
            return None
        changed = _changed_entries(before, after)
        entries = [e for s in (before, after) for e in s.entries if e.entity_id in changed]
        names = (_part(before, changed), _part(after, changed))
        words = {index.words[n] for index in names for n in np.unique(index.word).tolist()}
        new = sorted(set(after.index.words) - set(before.index.words))
        return cls(
            before=before,
            after=after,
            entries=frozenset(changed),
            identifiers=frozenset(
                value for e in entries for value in (*e.curps, *e.rfcs, *e.other_ids)
            ),
            names=names,
            words=Likenesses.of(sorted(words)),
            new=Likenesses.of(new),
        )


def _comparable(before: Screener, after: Screener) -> bool:
    """Return True if what stands in both lists is compared alike in both."""
    old, new = before.index, after.index
    sizes = (len(old.entity) >= LARGE, len(new.entity) >= LARGE)
    if old.counted != new.counted or sizes[0] != sizes[1]:
        return False
    numbers = {word: n for n, word in enumerate(new.words)}
    places = [numbers.get(word, -1) for word in old.words]
    if min(places, default=0) < 0 or not np.array_equal(new.weight[places], old.weight):
        return False
    # Of two that are equally like, the one that stands first is taken.
    ids = [[entry.entity_id for entry in screener.entries] for screener in (before, after)]
    both = set(ids[0]) & set(ids[1])
    one, other = ([name for name in held if name in both] for held in ids)
    return one == other and all(len(held) == len(set(held)) for held in ids)


def _changed_entries(before: Screener, after: Screener) -> set[str]:
    old: dict[str, ListEntry] = {entry.entity_id: entry for entry in before.entries}
    new: dict[str, ListEntry] = {entry.entity_id: entry for entry in after.entries}
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _part(screener: Screener, ids: set[str]) -> NameIndex:
    """Return the names of the entries `ids` as an index of their own, with the same words."""
    wanted = [entry.entity_id in ids for entry in screener.entries]
    index = screener.index
    kept = np.flatnonzero(np.array(wanted, bool)[index.entity]) if wanted else np.zeros(0, int)
    return index.part(kept)


def _touched(
    part: Sequence[Query], previous: Mapping[str, Answer], delta: _Delta, *, weak: bool
) -> list[Query]:
    """Return those whose answer may be another one, in order."""
    touched = {n for n, query in enumerate(part) if _is_named(query, previous, delta)}
    asked: list[Asked] = []
    for number, query in enumerate(part):
        if number in touched:
            continue
        own = _read(delta.before, number, query)
        if delta.new.words and own != _read(delta.after, number, query):
            touched.add(number)
        else:
            asked += own
    for one, near in ((delta.new, _weighed_anew), (delta.words, None)):
        like = one.to({word for a in asked for word in a.words})
        maybe = {a.question for a in asked if any(len(like[word][0]) for word in a.words)}
        rows = [a for a in asked if a.question in maybe and a.question not in touched]
        if not rows:
            continue
        if near is not None:
            touched |= near(delta, rows)
        else:
            reach = np.array([previous[q.id].reach if q.id in previous else 0.0 for q in part])
            touched |= _within_reach(delta, rows, reach, weak=weak)
    return [query for number, query in enumerate(part) if number in touched]


def _read(screener: Screener, number: int, query: Query) -> list[Asked]:
    return [one for _name, _text, one in screener.asked(number, query)]


def _is_named(query: Query, previous: Mapping[str, Answer], delta: _Delta) -> bool:
    """Return True if a customer is new, or it and a changed entry are already joined."""
    answer = previous.get(query.id)
    if answer is None or any(hit.entity_id in delta.entries for hit in answer.hits):
        return True
    return any(
        value in delta.identifiers for value in (*query.curps, *query.rfcs, *query.other_ids)
    )


def _weighed_anew(delta: _Delta, asked: Sequence[Asked]) -> set[int]:
    """Return the questions of which a word is more or less telling than it was."""
    weights: list[Any] = []
    for screener in (delta.before, delta.after):
        _words, held = words_of(screener.index, screener.likenesses, asked)
        weights.append(held.weight[held.grid])
    rows = np.flatnonzero((weights[0] != weights[1]).any(axis=1)).tolist()
    return {asked[row].question for row in rows}


def _within_reach(
    delta: _Delta, asked: Sequence[Asked], reach: np.ndarray[Any, Any], *, weak: bool
) -> set[int]:
    """Return the questions among whose candidates a changed name is or was."""
    found: set[int] = set()
    question = np.array([one.question for one in asked])
    for screener, names in zip((delta.before, delta.after), delta.names, strict=True):
        if not len(names.entity):
            continue
        _words, held = words_of(screener.index, screener.likenesses, asked)
        usable = np.ones(len(names.entity), bool) if weak else ~names.weak
        chosen = values(names, held, fits(names, asked, usable))
        who = question[chosen.row]
        found |= set(who[chosen.value >= reach[who] - SLACK].tolist())
    return found
