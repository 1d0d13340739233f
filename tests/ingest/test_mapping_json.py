"""A delivery of a million reports must load in little memory, and no report may slip out of it."""

from __future__ import annotations

import io
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest import mapping_json
from puente.ingest.json_values import Broken, ObjectReader, json_lines
from puente.ingest.mapping_json import objects_in

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = Path("made_up.json")
NAMES = st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
LISTS = st.lists(VALUES, max_size=5)


def read(text: str, steps: Sequence[str] = (), most: int = 100_000) -> list[object]:
    return list(objects_in(io.StringIO(text), PATH, steps, most))


def written(value: object) -> object:
    """A value with its numbers as text, as the reader hands them over."""
    if isinstance(value, dict):
        return {key: written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [written(inner) for inner in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.fixture(params=[1, 3, 1 << 18], ids=lambda size: f"window{size}")
def window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read so many characters at a time: what is cut at a window's edge must not be lost."""
    monkeypatch.setattr(mapping_json, "_CHUNK", request.param)
    return int(request.param)


@given(LISTS, VALUES, st.sampled_from([None, 0, 2]), st.sampled_from([1, 5, 1000]))
def test_a_list_is_read_as_it_was_written_wherever_it_stands(
    items: list[object], beside: object, indent: int | None, size: int
) -> None:
    whole, mapping_json._CHUNK = mapping_json._CHUNK, size
    try:
        text = json.dumps(items, indent=indent)
        assert read(text) == written(items)
        deep = {"before": beside, "data": {"x": beside, "items": items, "y": 1}, "after": beside}
        assert read(json.dumps(deep, indent=indent), ["data", "items"]) == written(items)
    finally:
        mapping_json._CHUNK = whole


@given(LISTS, st.data())
def test_a_file_that_is_cut_is_refused_and_not_taken_for_a_short_one(
    items: list[object], data: st.DataObject
) -> None:
    text = json.dumps({"items": items, "z": [1, "two"]})
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(InvalidData):
        read(text[:cut], ["items"])


@pytest.mark.usefixtures("window")
def test_what_is_wrong_is_said_with_line_and_record() -> None:
    for text, reason in (
        ('[{"a": 1},\n{"a" 2}]', "line 2: not JSON: record 2:"),
        ('[{"a": 1}\n{"a": 2}]', "line 2: not JSON: record 1: ',' is missing"),
        ("[1, 2", "the file ends too soon"),
        ("[1] tail", "text after the end"),
        ('{"a": 1}', "no list of records"),
        ("", "no list of records"),
        ("[1,]", "a record is missing"),
        ("[" * 20_000, "nested too deep"),
    ):
        with pytest.raises(InvalidData) as caught:
            read(text)
        assert reason in caught.value.message
        assert "made_up.json" in caught.value.message


def test_a_list_that_stands_twice_is_refused_since_one_of_the_two_would_be_lost() -> None:
    with pytest.raises(InvalidData, match="stands twice"):
        read('{"items": [1], "items": [2]}', ["items"])


@pytest.mark.usefixtures("window")
def test_a_key_that_stands_twice_breaks_its_record_only() -> None:
    broken, sound = read('[{"p": {"name": "Ana", "name": "Eva"}}, {"p": {"name": "Ana"}}]')
    assert isinstance(broken, Broken)
    assert broken.reason == "the key 'name' stands twice in an object"
    assert sound == {"p": {"name": "Ana"}}


@pytest.mark.usefixtures("window")
def test_a_record_that_is_too_long_or_too_deep_is_passed_over_and_the_next_is_read() -> None:
    long = json.dumps({"a": 'x\\"]}' * 40})
    first, second = read(f'[{long}, {{"b": 2}}]', most=100)
    assert isinstance(first, Broken)
    assert first.reason == "the record is longer than 100 characters"
    assert second == {"b": "2"}
    deep, last = read("[" + "[" * 5000 + "]" * 5000 + ', {"b": 2}]')
    # How deep is too deep is the interpreter's to say.
    assert not isinstance(deep, Broken) or deep.reason == "nested too deep"
    assert last == {"b": "2"}


def test_a_list_without_end_is_read_as_far_as_one_asks() -> None:
    class Endless(io.TextIOBase):
        given = 0

        def read(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
            self.given += 1
            start = '{"data": [{}' if self.given == 1 else ""
            return start + ', {"folio": 12, "personas": [{"nombre": "Ana"}]}' * 20

    handle = Endless()
    found = list(islice(objects_in(handle, PATH, ["data"], 1000), 5000))
    assert len(found) == 5000
    assert handle.given < 300


def test_numbers_keep_their_digits() -> None:
    text = '{"clabe": 012, "x": 1}'
    with pytest.raises(ValueError, match="delimiter"):
        ObjectReader().decode(text)
    found, _ = ObjectReader().decode(
        '{"account": 123456789012345678901234567890, "sum": 0.10, "e": 1.5e3, "odd": NaN,'
        ' "far": 1e999999999}'
    )
    assert found == {
        "account": "123456789012345678901234567890",
        "sum": "0.10",
        "e": "1500",
        "odd": "NaN",
        "far": "1e999999999",
    }


@pytest.mark.parametrize(
    "half", ['"\\ud800"', '"x\\uDFFFy"', '{"\\udc00": 1}', '[[{"a": "\\ude00\\ud83d"}]]']
)
def test_half_a_character_costs_its_record_and_not_the_load(half: str) -> None:
    found = read(f'[{{"a": {half}}}, {{"a": "\\ud83d\\ude00 \\u00e1"}}]')
    assert isinstance(found[0], Broken)
    assert found[0].reason == "half of a character stands in a text"
    assert found[0].raw == f'{{"a": {half}}}'
    assert found[1] == {"a": "\U0001f600 á"}


@given(st.lists(VALUES, max_size=4), st.integers(20, 60))
def test_lines_are_read_as_they_were_written_or_kept_as_broken(
    tmp_path_factory: pytest.TempPathFactory, items: list[object], most: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x.jsonl"
    lines = [json.dumps(item) for item in items]
    path.write_text("\ufeff" + "\n\n".join(lines), encoding="utf-8")
    found = list(json_lines(path, most))
    assert [number for number, _item, _raw in found] == [1 + 2 * n for n in range(len(lines))]
    for (_number, item, raw), line, given_item in zip(found, lines, items, strict=True):
        if len(line) < most - 5:
            assert (item, raw) == (written(given_item), line)
        elif len(line) > most + 1:
            assert isinstance(item, Broken)
