"""Pictures of the law: the same bytes each time, nothing by colour alone, a table beside each."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from defusedxml.ElementTree import fromstring

from puente.i18n import use_language
from puente.law.instrument import instruments
from puente.law.status import Word, word_text
from puente.report.pictures_law import values_picture
from puente.report.pictures_law_matrix import status_matrix_picture
from puente.report.pictures_law_tree import tree_lines, tree_picture

DAYS = (date(1900, 1, 1), date(2004, 1, 1), date(2019, 12, 19), date(2100, 12, 31))
PARAMETERS = [(one.id, p.id) for one in instruments().values() for p in one.parameters]
TREES = [one.id for one in instruments().values() if one.elements is not None]


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize(("instrument", "parameter"), PARAMETERS)
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_figure_can_be_drawn_on_any_day(
    instrument: str, parameter: str, day: date, language: str
) -> None:
    held = instruments()[instrument].parameter(parameter)
    with use_language(language):
        picture = values_picture(held, day)
        again = values_picture(held, day)
    if picture is None:
        assert not any(isinstance(value.value, Decimal) for value in held.values)
        return
    assert again is not None
    assert picture.svg == again.svg
    fromstring(picture.svg)
    assert len(picture.table[1]) == len(held.values) + len(held.stale)
    for x in re.findall(r'\sc?x="(-?[\d.]+)"', picture.svg):
        assert -1 <= float(x) <= picture.width


def test_the_marker_says_the_value_of_the_day_and_memory_is_not_given() -> None:
    civil = instruments()["us-kingpin"].parameter("civil_maximum")
    shown = {day: values_picture(civil, day) for day in DAYS}
    assert any("1,503,470" in text for text in texts(shown[date(2019, 12, 19)].svg))  # type: ignore[union-attr]
    assert any("not given" in text for text in texts(shown[date(2004, 1, 1)].svg))  # type: ignore[union-attr]
    assert any("no value known" in text for text in texts(shown[date(1900, 1, 1)].svg))  # type: ignore[union-attr]


def test_a_stale_figure_and_a_day_not_known_are_said_in_the_picture() -> None:
    civil = instruments()["us-kingpin"].parameter("civil_maximum")
    picture = values_picture(civil, date(2019, 12, 19))
    assert picture is not None
    words = texts(picture.svg)
    assert "1,075,000" in words
    assert "quoted out of date:" in words
    assert "day not known" in words


def test_without_its_heading_a_picture_is_lower_and_keeps_its_title() -> None:
    civil = instruments()["us-kingpin"].parameter("civil_maximum")
    whole, bare = (values_picture(civil, DAYS[2], heading=shown) for shown in (True, False))
    assert whole is not None
    assert bare is not None
    assert bare.height < whole.height
    assert "<title" in bare.svg
    assert bare.title == whole.title


@pytest.mark.parametrize("name", TREES)
def test_a_tree_has_a_row_for_each_node_and_its_citation(name: str) -> None:
    tree = instruments()[name].elements
    assert tree is not None
    picture = tree_picture(tree, title=name)
    fromstring(picture.svg)
    lines = tree_lines(tree)
    assert len(picture.table[1]) == len(lines)
    assert [row[1] for row in picture.table[1]] == [line.node.cite for line in lines]


def test_each_status_of_the_matrix_differs_in_shape_and_in_word() -> None:
    cells = {(row, 0): word for row, word in enumerate(Word)}
    picture = status_matrix_picture([w.value for w in Word], ["a day"], cells, title="x")
    fromstring(picture.svg)
    assert [row[1] for row in picture.table[1]] == [word_text(word) for word in Word]
    assert {word_text(word) for word in Word} <= set(texts(picture.svg))
    one = [
        status_matrix_picture(["r"], ["c"], {(0, 0): word}, title="x").svg
        for word in (Word.SUPPORTED, Word.REBUTTED, Word.CONTESTED)
    ]
    bare = {re.sub(r'class="[^"]*"|#[0-9A-F]{6}|<text.*|<desc.*?</desc>', "", svg) for svg in one}
    assert len(bare) == 3


def test_an_empty_matrix_and_an_endless_name_do_no_harm() -> None:
    picture = status_matrix_picture([], [], {}, title="")
    fromstring(picture.svg)
    long = status_matrix_picture(["<b>" * 300], ["c" * 500], {(0, 0): Word.SUPPORTED}, title="x")
    fromstring(long.svg)
    assert "<b>" not in long.svg
