"""The picture of the 50 percent rule shows every step, and what is too much stands in the table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from puente.graph.ownership_derivation import Derivation, Deriver
from puente.graph.ownership_holdings import Holding, holdings_table
from puente.graph.ownership_ruling import rule_on
from puente.report.pictures_ownership import MOST_IN_LAYER, ownership_picture

DAY = date(2024, 5, 3)


def holding(owner: str, asset: str, percent: str | None, kind: str = "") -> Holding:
    exact = None if percent is None else Decimal(percent)
    return Holding(owner=owner, asset=asset, percent=exact, kind=kind, how=kind)


def derived(entity: str, *holdings: Holding) -> Derivation:
    deriver = Deriver(rule_on(holdings_table(holdings), ["X", "Y"], as_of=DAY))
    node = deriver.node_of(entity)
    assert node is not None
    return deriver.derive(node)


CHAIN = (
    holding("X", "A", "50"), holding("Y", "B", "60"), holding("A", "C", "25"),
    holding("B", "C", "25"), holding("X", "C", None, "control"), holding("S", "C", "10"),
)  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_step_is_a_box_and_each_holding_a_line_with_its_share(theme: str) -> None:
    names = {"X": "<Inventado & Hijos>"}
    picture = ownership_picture(derived("C", *CHAIN), names=names, theme=theme)
    root = ElementTree.fromstring(picture.svg)
    texts = [e.text for e in root.iter() if e.tag.endswith("text")]
    for text in ("<Inventado & Hijos>", "Y", "A", "B", "C", "50 %", "60 %"):
        assert text in texts
    assert texts.count("25 %") == 2
    assert "S" not in texts  # holds for nobody blocked, so no step rests on it
    assert len(picture.table[1]) == 5
    assert "blocked owners hold 50 %" in picture.alt


def test_the_same_derivation_gives_the_same_bytes() -> None:
    found = derived("C", *CHAIN)
    assert ownership_picture(found).svg == ownership_picture(found).svg


def test_more_owners_than_can_be_read_are_counted_and_stand_in_the_table() -> None:
    many = [holding("X", f"F{n}", "100") for n in range(12)]
    held = [holding(f"F{n}", "Z", "5") for n in range(12)]
    picture = ownership_picture(derived("Z", *many, *held))
    assert picture.svg.count(">blocked<") <= MOST_IN_LAYER + 2
    assert f"{12 - MOST_IN_LAYER} owners" in picture.svg
    assert len(picture.table[1]) == 24


def test_a_long_chain_shows_its_end_and_a_listed_person_stands_alone() -> None:
    chain = [holding("X", "c00", "50")] + [
        holding(f"c{n:02}", f"c{n + 1:02}", "50") for n in range(30)
    ]
    picture = ownership_picture(derived("c30", *chain))
    assert picture.height < 800
    assert len(picture.table[1]) == 31
    assert ownership_picture(derived("X", *chain)).table[1] == []
