"""The index in files: the same answers as in memory, refused when damaged, swapped without a pause.

All entries are made up.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.screen import candidates
from puente.screen.entry import ListEntry, Query
from puente.screen.index_files import ListIndex, open_index, opened, prune, updated, write_index
from puente.screen.match import Screener
from puente.screen.rescreen import Answer, Options, rescreen, screen_all

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = ("RENATO", "JESUS", "ALBERTO", "MARIA", "GUADALUPE", "YUSUF", "OLGA", "RAMIRO", "JOSE")
SURNAMES = ("PEÑA", "XOCHIHUA", "HERNANDEZ", "HERNANDES", "QUIÑONEZ", "ZEVALLOS", "DE LA CRUZ",
            "RASHIDI", "IVANOVA", "FERNANDEZ", "ARANDA", "DELACRUZ", "KOVALCHUK")  # fmt: skip


def entry(number: int, rng: random.Random) -> ListEntry:
    names = tuple(
        f"{rng.choice(SURNAMES)} {rng.choice(SURNAMES)}, {rng.choice(GIVEN)} {rng.choice(GIVEN)}"
        for _name in range(rng.randrange(1, 4))
    )
    return ListEntry(
        entity_id=f"e{number:04d}", list=rng.choice(("one", "two")), schema="Person", names=names,
        weak_names=(f"EL {rng.choice(SURNAMES)}",) if number % 5 == 0 else (),
        birth_dates=(str(rng.randrange(1950, 2000)),), programs=("TAG",),
        other_ids=(f"P{number:06d}",) if number % 7 == 0 else (),
    )  # fmt: skip


def people(count: int, seed: int = 1) -> list[ListEntry]:
    rng = random.Random(seed)
    return [entry(number, rng) for number in range(count)]


def questions(count: int, seed: int = 2) -> list[Query]:
    rng = random.Random(seed)
    asked = []
    for number in range(count):
        name = f"{rng.choice(GIVEN)} {rng.choice(SURNAMES)} {rng.choice(SURNAMES)}".title()
        at = rng.randrange(1, len(name))
        if number % 2:
            name = name[:at] + rng.choice("aeiorst") + name[at:]
        numbers = (f"P{rng.randrange(200):06d}",) if number % 9 == 0 else ()
        asked.append(Query(id=f"q{number}", names=(name,), other_ids=numbers))
    return asked


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return write_index(ListIndex.of(people(200)), tmp_path)


# --- files -------------------------------------------------------------------------------------


def test_a_mapped_index_answers_as_one_in_memory(index: Path) -> None:
    asked = questions(150)
    mapped, held = Screener(open_index(index)), Screener(people(200))
    assert mapped.match(asked, weak=True) == held.match(asked, weak=True)
    assert any(mapped.match(asked))
    assert list(mapped.entries) == list(held.entries)


def test_the_same_entries_give_the_same_folder_and_bytes(index: Path, tmp_path: Path) -> None:
    other = write_index(ListIndex.of(people(200)), tmp_path / "other")
    assert other.name == index.name
    for file in index.iterdir():
        assert (other / file.name).read_bytes() == file.read_bytes()
    assert write_index(ListIndex.of(people(201)), tmp_path).name != index.name


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_damaged_index_is_ever_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    index = write_index(ListIndex.of(people(20)), tmp_path_factory.mktemp("index"))
    files = sorted(f for f in index.iterdir() if f.stat().st_size)
    file = data.draw(st.sampled_from(files))
    raw = bytearray(file.read_bytes())
    way = data.draw(st.sampled_from(("flip", "cut", "gone")))
    at = data.draw(st.integers(0, len(raw) - 1))
    if way == "gone":
        file.unlink()
    elif way == "cut":
        file.write_bytes(raw[:at])
    else:
        raw[at] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(raw)
    if file.name != "index.json":
        with pytest.raises(InvalidData, match="damaged"):
            open_index(index)
    # Opened by its entries it is made anew, and answers as it should.
    again = Screener(opened(people(20), index.parent))
    assert again.match(questions(10)) == Screener(people(20)).match(questions(10))


def test_an_index_of_another_version_is_refused_and_made_anew(index: Path) -> None:
    about = json.loads((index / "index.json").read_text())
    for name, value in (("format", "puente-index-0"), ("code", "0" * 16)):
        (index / "index.json").write_text(json.dumps({**about, name: value}))
        with pytest.raises(InvalidData, match="another version"):
            open_index(index)
    assert opened(people(200), index.parent).key == index.name
    assert open_index(index).key == index.name


def test_a_folder_that_is_no_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="no index"):
        open_index(tmp_path)


def test_whoever_has_an_index_open_keeps_it_when_it_is_replaced(index: Path) -> None:
    asked = questions(40)
    reader = Screener(open_index(index))
    new = opened(people(150, seed=9), index.parent)
    assert prune(index.parent, [new.key]) == 1
    assert not index.exists()
    assert reader.match(asked) == Screener(people(200)).match(asked)
    assert Screener(new).match(asked) == Screener(people(150, seed=9)).match(asked)


def test_a_writer_that_is_killed_leaves_no_index_behind(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; sys.path.insert(0, 'tests/screen');"
        "from test_index_files import people; from puente.screen import index_files as f;"
        "f._sha256 = lambda p: (print('here', flush=True), __import__('time').sleep(60));"
        f"f.write_index(f.ListIndex.of(people(30)), pathlib.Path({str(tmp_path)!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        os.kill(process.pid, signal.SIGKILL)
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == []
    assert Screener(opened(people(30), tmp_path)).match(questions(5)) is not None


# --- a large list ------------------------------------------------------------------------------


def test_leaving_common_words_out_on_a_large_list_loses_no_hit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = questions(300, seed=4)
    screener = Screener(people(600, seed=3))
    whole = screener.match(asked, weak=True)
    monkeypatch.setattr(candidates, "LARGE", 1)
    assert screener.match(asked, weak=True) == whole


# --- screened again ----------------------------------------------------------------------------


@given(st.integers(0, 10**9), st.booleans())
@settings(max_examples=25, deadline=None)
def test_screening_again_what_a_delta_may_change_equals_screening_all(
    seed: int, weak: bool
) -> None:
    rng = random.Random(seed)
    old = people(120, seed=seed)
    new = [e for e in old if rng.random() > 0.04]
    new = [replace(e, programs=("OTHER",)) if rng.random() < 0.03 else e for e in new]
    new = [
        replace(e, names=(*e.names, "NOVÁKOVÁ RENATO")) if rng.random() < 0.02 else e for e in new
    ]
    new += [entry(1_000 + n, rng) for n in range(rng.randrange(4))]
    before = Screener(old)
    after = Screener(updated(before.lists, new))
    customers = questions(60, seed=seed)
    options = Options(weak=weak, cutoff=0.5)
    previous = {answer.id: answer for answer in screen_all(customers, before, options)}
    again = rescreen(previous, customers, before, after, options)
    whole = {answer.id: answer for answer in screen_all(customers, after, options)}
    assert {**previous, **again.answers} == whole
    assert again.changed == {n for n in whole if whole[n].hits != previous[n].hits}
    assert not again.whole
    forgotten = {name: Answer(id=name, hits=a.hits) for name, a in previous.items()}
    carried = rescreen(forgotten, customers, before, after, options)
    assert {n: a.hits for n, a in {**forgotten, **carried.answers}.items()} == {
        n: a.hits for n, a in whole.items()
    }
    assert again.touched <= carried.touched


def test_a_delta_that_touches_nobody_screens_nobody() -> None:
    old = people(100)
    strange = ListEntry(
        entity_id="z1", list="one", schema="Person", names=("WOJCIECHOWSKI, Zbigniew",)
    )
    before = Screener(old)
    customers = questions(80)
    previous = {answer.id: answer for answer in screen_all(customers, before)}
    again = rescreen(previous, customers, before, Screener(updated(before.lists, [*old, strange])))
    assert (again.asked, again.touched, again.entries) == (80, frozenset(), {"z1"})


def test_an_index_whose_words_weigh_otherwise_screens_everybody() -> None:
    before, after = Screener(people(100)), Screener(people(90))
    customers = questions(30)
    previous = {answer.id: answer for answer in screen_all(customers, before)}
    again = rescreen(previous, customers, before, after)
    assert again.whole
    assert len(again.touched) == 30


def test_an_answer_does_not_depend_on_who_is_asked_for_beside_it() -> None:
    screener = Screener(people(200))
    asked = questions(60)
    together = screener.match(asked)
    assert [screener.match([one])[0] for one in asked] == together
    assert screener.match(asked[::-1]) == together[::-1]


def test_arrays_are_shared_and_cannot_be_written_to(index: Path) -> None:
    held = open_index(index).names
    with pytest.raises(ValueError, match="read-only"):
        held.weight[0] = 1
    assert isinstance(held.weight.base, np.memmap)
