"""Answers to questions: candidates of the lists with score, verdict and what was compared.

Texts are JSON made by hand from parts: an entity's own text is made once and kept, so that an
answer costs little more than its comparison.

Source: yente 5, `/match`; OFAC FAQ 5 for the order: best verdict first, then the score.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from math import tanh
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import current_language, use_language
from puente.i18n import gettext as _
from puente.screen.firms import SIBLING_FIRM
from puente.screen.match import CUTOFF, METHOD, TOP
from puente.screen.people import FATHER_AND_SON, KIN, OTHER_SURNAME, SWAPPED
from puente.web.yente_asked import Question, question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from puente.screen.judge import Hit
    from puente.web.yente_lists import Part, Shelf
    from puente.web.yente_models import Example

BEST = "best"
WEAK = f"{METHOD}-weak"
ALGORITHMS = (METHOD, WEAK)
LIMIT, LIMIT_MOST = 5, 100
RULED_OUT = frozenset({FATHER_AND_SON, KIN, OTHER_SURNAME, SIBLING_FIRM, SWAPPED})
"""Effects that the roles of names give: they rule out without a weight."""

AT_ONCE = 4
"""Questions that are compared before others get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchTerms:
    """How a batch is to be answered.

    Attributes:
        lists: names of the lists that are asked.
        threshold: score from which a `possible` is matched.
        cutoff: score from which a candidate is shown; None is the shipped one, with kin and those
            that the roles of names rule out below it.
        limit: candidates a question.
        weak: whether aliases that a list calls weak are asked too.
        not_ids: entries that are not to be answered.
        exclude_schema, topics, changed_since: narrow the entries that are asked.
    """

    lists: frozenset[str]
    threshold: float = CUTOFF
    cutoff: float | None = None
    limit: int = LIMIT
    weak: bool = False
    not_ids: frozenset[str] = frozenset()
    exclude_schema: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()
    changed_since: str = ""


@dataclass(slots=True, kw_only=True)
class Answered:
    """The answers to a batch.

    Attributes:
        texts: JSON of each answer, by the asker's key.
        ids: entries that were answered, each once.
        unusable: questions in which nothing can be compared.
    """

    texts: dict[str, str] = field(default_factory=dict)
    ids: dict[str, None] = field(default_factory=dict)
    unusable: int = 0


def is_weak(algorithm: str) -> bool:
    """Return True if an algorithm asks weak aliases too.

    Raises: InvalidData: there is none of that name.
    """
    if algorithm not in {BEST, *ALGORITHMS}:
        raise InvalidData(
            _("there is no algorithm {name!r}; one of {known}").format(
                name=algorithm, known=", ".join((BEST, *ALGORITHMS))
            )
        )
    return algorithm == WEAK


def asked(shelf: Shelf, queries: Mapping[str, Example], terms: MatchTerms) -> dict[str, Question]:
    """Return the questions of a batch.

    Raises: InvalidData: a schema that there is not; none of them can be compared.
    """
    not_lists = frozenset(shelf.names) - terms.lists
    found = {
        key: question(
            key, example.schema_, example.properties, not_ids=terms.not_ids, not_lists=not_lists
        )
        for key, example in queries.items()
    }
    if not any(one.query for one in found.values()):
        raise InvalidData(_("nothing in the question can be compared: no name, no identifier"))
    return found


def part_of(shelf: Shelf, terms: MatchTerms) -> Part:
    """Return the screener over the entries that the terms leave.

    Cost: that of an index over them where the terms are new; else nothing.
    """
    if not (terms.exclude_schema or terms.topics or terms.changed_since):
        return shelf.whole
    from puente.web.yente_lists import schema_excluded

    def keep(entity_id: str) -> bool:
        if schema_excluded(shelf.entries[entity_id].schema, terms.exclude_schema):
            return False
        if terms.topics and not terms.topics & shelf.topics(entity_id):
            return False
        return shelf.last_change(entity_id) >= terms.changed_since

    return shelf.part((terms.exclude_schema, terms.topics, terms.changed_since), keep)


def answer(
    shelf: Shelf, part: Part, questions: Mapping[str, Question], terms: MatchTerms
) -> Answered:
    """Return the answers to `questions`.

    Cost: about 1 ms a question against 40,000 names, its text included.
    """
    done = Answered()
    usable = [(key, one) for key, one in questions.items() if one.query is not None]
    found: dict[str, list[Hit]] = {}
    for start in range(0, len(usable), AT_ONCE):
        some = usable[start : start + AT_ONCE]
        # The parts bear stable English names; their texts are put into the reader's language after.
        with use_language("en"):
            hits = part.match(
                [one.query for _key, one in some if one.query is not None],
                cutoff=min(CUTOFF if terms.cutoff is None else terms.cutoff, terms.threshold),
                top=max(terms.limit, TOP),
                weak=terms.weak,
            )
        found.update({key: held for (key, _one), held in zip(some, hits, strict=True)})
    for key, one in questions.items():
        least = terms.cutoff or 0.0
        kept = [h for h in found.get(key, ()) if h.score >= least or h.verdict == "same"]
        done.unusable += one.query is None
        done.ids.update(dict.fromkeys(hit.entity_id for hit in kept[: terms.limit]))
        done.texts[key] = _answer(shelf, one, kept, terms)
    return done


def is_match(hit: Hit, threshold: float) -> bool:
    """Return True if a hit calls for a person to look: same, or possible from `threshold` up."""
    return hit.verdict == "same" or (hit.verdict == "possible" and hit.score >= threshold)


def explanations(why: Sequence[Mapping[str, str]]) -> dict[str, dict[str, object]]:
    """Return what was compared, by feature, in the current language.

    Args:
        why: of a hit, in English.
    """
    found: dict[str, dict[str, object]] = {}
    for part in why:
        name = base = feature(part["part"])
        number = 1
        while name in found:
            number += 1
            name = f"{base}_{number}"
        effect = part["effect"]
        found[name] = {
            "score": _feature_score(part),
            "detail": f"{_(part['part'])}: {_(effect)}" if effect else _(part["part"]),
            "query": part["asked"],
            "candidate": part["listed"],
        }
    return found


def _feature_score(part: Mapping[str, str]) -> float:
    """Return how like the names are, or how far a part alone would move an even chance, -1 to 1."""
    if "likeness" in part:
        return float(part["likeness"])
    if part["effect"] in RULED_OUT:
        return -1.0
    return round(tanh(float(part.get("weight", 0)) / 2), 4)


@cache
def feature(part: str) -> str:
    """Return the stable name of a comparison: `paternal surname` gives `paternal_surname`."""
    return "_".join(part.lower().split())


def _answer(shelf: Shelf, one: Question, hits: Sequence[Hit], terms: MatchTerms) -> str:
    results = ",".join(_result(shelf, hit, terms.threshold) for hit in hits[: terms.limit])
    beside: dict[str, object] = {
        "total": {"value": len(hits), "relation": "eq"},
        "query": {"schema": one.schema, "properties": one.properties},
        "not_used": one.not_used,
    }
    if one.query is None:
        beside["detail"] = _("nothing in the question can be compared: no name, no identifier")
    status = 422 if one.query is None else 200
    return f'{{"status":{status},"results":[{results}],{_text(beside)[1:]}'


def _result(shelf: Shelf, hit: Hit, threshold: float) -> str:
    told = explanations(hit.why)
    beside = {
        "score": hit.score,
        "match": is_match(hit, threshold),
        "verdict": hit.verdict,
        "likeness": hit.likeness,
        "ofac_score": hit.ofac_score,
        "method": hit.method,
        "features": {name: one["score"] for name, one in told.items()},
        "explanations": told,
    }
    return f"{shelf.text(hit.entity_id)},{_text(beside)[1:]}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def features_text() -> str:
    """Return what each feature is as JSON text, in the current language."""
    return _features_text(current_language())


@cache
def _features_text(_language: str) -> str:
    return _text(features_told())


def features_told() -> dict[str, object]:
    """Return what each feature is, in the current language."""
    from puente.screen.evidence import BIRTH, COUNTRY, CURP, OTHER_ID, RFC, SEX
    from puente.screen.firms import DISTINCTIVE, FORM, NUMBER
    from puente.screen.judge import NAME, WEAK_NAME
    from puente.screen.people import GIVEN, MATERNAL, PATERNAL

    parts = (NAME, WEAK_NAME, GIVEN, PATERNAL, MATERNAL, DISTINCTIVE, NUMBER, FORM, BIRTH, SEX,
             COUNTRY, CURP, RFC, OTHER_ID)  # fmt: skip
    return {
        feature(part): {"description": _(part), "coefficient": 1.0, "url": None} for part in parts
    }
