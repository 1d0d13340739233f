"""Builders of made-up elements, items, trees and records."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from puente.law.elements import All, AnyOf, Element, Node, Unless, leaves
from puente.law.evidence import CaseFile, Evidence, Organisation, Provenance, Side
from puente.law.record import OnRecord
from puente.law.references import Citation, Reference
from puente.law.texts import Text
from puente.model.dates import PartialDate
from puente.model.provenance import Credibility, Reliability

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

REFERENCE = Reference(key="code", title="made up", pinpoint="1 MADE UP 1")
DAY = date(2018, 1, 1)


def text(words: str) -> Text:
    return Text(en=words, es=words)


def element(name: str, standard: str = "substantial_support", *, memory: bool = False) -> Element:
    check = {"confidence": "memory", "to_check": text("look it up")} if memory else {}
    return Element(
        id=name,
        text=text(name),
        kind="fact",
        burden_on="government",
        standard=standard,
        citation=Citation(reference=REFERENCE, **check),  # type: ignore[arg-type]
    )


def item(
    name: str,
    of: str,
    side: str = "pro",
    grade: str = "B2",
    group: str = "",
    *,
    day: date = DAY,
    answers: tuple[str, ...] = (),
) -> Evidence:
    return Evidence(
        id=name,
        element=of,
        side=Side(side),
        grade=Reliability(grade[0]),
        credibility=Credibility(grade[1]),
        group=group or f"group-of-{name}",
        date=PartialDate(start=day, end=day),
        marking="TLP:CLEAR",
        provenance=Provenance(source="made up", locator=name),
        text=text(name),
        analyst="analyst",
        rationale="made up",
        answers=answers,
    )


def case(items: Iterable[Evidence], instrument: str = "us-8usc1189") -> CaseFile:
    return CaseFile(
        id="made-up",
        title=text("made up"),
        instrument=instrument,
        organisation=Organisation(name="Made up", schema="Organization"),
        as_of_facts=date(2019, 12, 31),
        evidence=tuple(items),
        con_searches=(),
        characterisations=(),
        fingerprint="",
    )


def record_of(tree: Node, items: Iterable[Evidence]) -> dict[str, OnRecord]:
    """Return the record on a tree: every element of it has been looked at."""
    listed = list(items)
    return {
        e.id: OnRecord(
            element=e, filed=tuple(i for i in listed if i.element == e.id), searched=True
        )
        for e in leaves(tree)
    }


def random_tree(rng: random.Random, size: int, *, names: int = 0) -> Node:
    """Return a tree with `size` leaves; with `names`, leaves repeat among that many elements."""
    if size == 1:
        return element(f"e{rng.randrange(names or 1_000_000)}")
    parts: list[Node] = []
    if rng.random() < 0.2:
        cut = rng.randrange(1, size)
        parts = [random_tree(rng, cut, names=names), random_tree(rng, size - cut, names=names)]
        return Unless(main=parts[0], exception=parts[1])
    while size:
        share = rng.randrange(1, max(2, size))
        parts.append(random_tree(rng, share, names=names))
        size -= share
    return (All if rng.random() < 0.5 else AnyOf)(nodes=tuple(parts))


NAMES = tuple(f"e{n}" for n in range(5))
GRADES = ("A1", "A2", "B2", "B3", "C3", "C4", "D4", "E2", "F6", "A5")
STANDARDS = ("scintilla", "reasonable_grounds", "substantial_support", "preponderance")


@st.composite
def trees(draw: st.DrawFn, standard: str = "") -> Node:
    """Trees of at most nine leaves over five elements, so that some elements stand twice."""
    standards = {n: standard or draw(st.sampled_from(STANDARDS)) for n in NAMES}
    leaf = st.sampled_from(NAMES).map(lambda n: element(n, standards[n]))

    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        many = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.one_of(
            many.map(lambda nodes: All(nodes=nodes)),
            many.map(lambda nodes: AnyOf(nodes=nodes)),
            st.tuples(inner, inner).map(lambda two: Unless(main=two[0], exception=two[1])),
        )

    return draw(st.recursive(leaf, grow, max_leaves=9))


@st.composite
def evidence(draw: st.DrawFn, most: int = 8, prefix: str = "i") -> list[Evidence]:
    """At most `most` items on the five elements, in groups that overlap."""
    count = draw(st.integers(0, most))
    return [
        item(
            f"{prefix}{number}",
            draw(st.sampled_from(NAMES)),
            draw(st.sampled_from(["pro", "con"])),
            draw(st.sampled_from(GRADES)),
            draw(st.sampled_from(["g0", "g1", "g2", "g3"])),
        )
        for number in range(count)
    ]
