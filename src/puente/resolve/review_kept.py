"""Reviews as the ledger keeps them: a sample as it was drawn, and what each reviewer said.

A reviewer sees the two records and no score until having judged the pair; goes on where they left
off; may take the last answer back. An answer measures the links. It changes none: that a judgement
does (`puente.resolve.judgements_bench`).
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC
from itertools import combinations
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _
from puente.resolve.judgements import OUTCOMES, UNSURE
from puente.resolve.judgements_bench import JUDGE
from puente.resolve.ledger_tables import ANSWERS, REVIEWS
from puente.resolve.review import Candidate, Drawn, Estimate, draw, kappa, precision, recall
from puente.store.ledger import reading, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.resolve.judgements_bench import Bench

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")

_CANDIDATES = """
SELECT left_id, right_id, weight, true AS linked FROM links
WHERE kind = $kind AND reason <> 'judgement'
UNION ALL SELECT left_id, right_id, weight, false FROM near_pairs WHERE kind = $kind"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A sample that was drawn.

    Attributes:
        kind: Person, Company or Vehicle.
        build: from which it was drawn.
    """

    id: str
    kind: str
    build: str
    begun: str
    by: str
    sample: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a review has found so far.

    Attributes:
        precision, recall: of pairs on which no two reviewers differ; None where none is judged.
        kappa: for every two reviewers, Cohen's kappa over the pairs that both judged.
        answered: pairs that each reviewer has judged.
        differ: places in the sample on which reviewers differ.
    """

    precision: Estimate | None
    recall: Estimate | None
    kappa: Mapping[tuple[str, str], float | None]
    answered: Mapping[str, int]
    differ: tuple[int, ...]


def begin_review(bench: Bench, name: str, kind: str, *, size: int, seed: int) -> Review:
    """Draw a sample of the current build and keep it under a name.

    Raises:
        InvalidData: no name that can be one, or nothing to draw from.
        Conflict: there is a review of that name.
    """
    import numpy as np

    if not _NAME.fullmatch(name):
        raise InvalidData(_("a review's name is of small letters, digits and hyphens"))
    bench.require_house()
    rows = bench.view.sql(_CANDIDATES, {"kind": kind}).to_pylist()
    candidates = [
        Candidate(left=r["left_id"], right=r["right_id"], weight=r["weight"], linked=r["linked"])
        for r in rows
    ]
    sample = draw(candidates, size, np.random.default_rng(seed))
    content = {"kind": kind, "build": bench.view.snapshot.id, "seed": seed,
               "sample": [asdict(one) for one in sample]}  # fmt: skip
    row = {"id": name, "begun": _now(bench), "by": bench.actor.name}
    try:
        with writing(bench.guard.audit.engine) as connection:
            connection.execute(insert(REVIEWS).values(content=json.dumps(content), **row))
    except IntegrityError:
        raise Conflict(_("there is a review {name} already").format(name=name)) from None
    bench.guard.audit.record(bench.actor, bench.purpose, JUDGE, ids=(f"review:{name}",))
    bench.guard.audit.flush()
    return read_review(bench, name)


def read_review(bench: Bench, name: str) -> Review:
    """Return a review. Raises: NotFound: there is none of that name."""
    with reading(bench.guard.audit.engine) as connection:
        row = connection.execute(select(REVIEWS).where(REVIEWS.c.id == name)).one_or_none()
    if row is None:
        raise NotFound(_("there is no review {name}").format(name=name), entity=name)
    held = json.loads(row.content)
    sample = tuple(Drawn(**one) for one in held["sample"])
    return Review(
        id=name, kind=held["kind"], build=held["build"], begun=row.begun, by=row.by, sample=sample
    )


def reviews(bench: Bench) -> tuple[str, ...]:
    """Return the names of all reviews, oldest first."""
    with reading(bench.guard.audit.engine) as connection:
        rows = connection.execute(select(REVIEWS.c.id).order_by(REVIEWS.c.begun, REVIEWS.c.id))
        return tuple(row.id for row in rows)


def answers(bench: Bench, name: str) -> dict[str, dict[int, str]]:
    """Return what each reviewer said, by place in the sample."""
    query = select(ANSWERS).where(ANSWERS.c.review == name)
    found: dict[str, dict[int, str]] = {}
    with reading(bench.guard.audit.engine) as connection:
        for row in connection.execute(query.order_by(ANSWERS.c.reviewer, ANSWERS.c.number)):
            found.setdefault(row.reviewer, {})[row.number] = row.outcome
    return found


def next_place(bench: Bench, review: Review) -> int | None:
    """Return the first pair that this person has not judged yet; None where all are."""
    mine = answers(bench, review.id).get(bench.actor.name, {})
    return next((place for place in range(len(review.sample)) if place not in mine), None)


def answer(bench: Bench, review: Review, place: int, outcome: str) -> None:
    """Keep what this person says of a pair.

    Raises:
        InvalidData: no such outcome or pair.
        Conflict: this person has judged it already.
        NotAllowed, NotFound: this person may not judge these records.
    """
    if outcome not in OUTCOMES or not 0 <= place < len(review.sample):
        raise InvalidData(_("there is no such answer"))
    drawn = review.sample[place]
    bench.require_pair(drawn.left, drawn.right)
    row = {"review": review.id, "reviewer": bench.actor.name, "number": place}
    try:
        with writing(bench.guard.audit.engine) as connection:
            connection.execute(insert(ANSWERS).values(outcome=outcome, at=_now(bench), **row))
    except IntegrityError:
        raise Conflict(_("you have judged this pair already")) from None


def take_back(bench: Bench, review: Review) -> int:
    """Take this person's last answer back; return the place of its pair.

    Raises: NotFound: there is none.
    """
    mine = (ANSWERS.c.review == review.id) & (ANSWERS.c.reviewer == bench.actor.name)
    with writing(bench.guard.audit.engine) as connection:
        last = connection.execute(select(func.max(ANSWERS.c.number)).where(mine)).scalar()
        if last is None:
            raise NotFound(_("there is no answer of yours to take back"))
        connection.execute(delete(ANSWERS).where(mine & (ANSWERS.c.number == last)))
    return int(last)


def findings(bench: Bench, review: Review) -> Findings:
    """Return what a review has found so far."""
    by_person = answers(bench, review.id)
    told: dict[int, set[str]] = {}
    for said in by_person.values():
        for place, outcome in said.items():
            told.setdefault(place, set()).add(outcome)
    agreed = {
        place: next(iter(outcomes)) if len(outcomes) == 1 else UNSURE
        for place, outcomes in told.items()
    }
    return Findings(
        precision=precision(review.sample, agreed),
        recall=recall(review.sample, agreed),
        kappa={
            (one, other): kappa(by_person[one], by_person[other])
            for one, other in combinations(sorted(by_person), 2)
        },
        answered={name: len(said) for name, said in sorted(by_person.items())},
        differ=tuple(sorted(place for place, outcomes in told.items() if len(outcomes) > 1)),
    )


def _now(bench: Bench) -> str:
    return bench.guard.audit.clock().astimezone(UTC).isoformat(timespec="seconds")
