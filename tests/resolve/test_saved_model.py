"""A model learnt once links every later batch alike; a file that was altered links nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from puente.errors import InvalidData
from puente.resolve.link import KINDS, LINK_FROM
from puente.resolve.matching import KindResult, connect, link_saved, link_table
from puente.resolve.saved_model import SavedModel, kept, load, save
from puente.settings import Settings
from puente.world.mistakes import Habits, write_down
from puente.world.names import name_book
from puente.world.people import Population

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KIND, STANDARDISE = KINDS["Person"]


def rows(people: int, seed: int) -> list[dict[str, str]]:
    """Return made-up people, each written down by two clerks."""
    from random import Random

    population, rng = Population(seed, people, [1] * 20, name_book()), Random(seed)
    found = []
    for number in range(people):
        for clerk in ("a", "b"):
            said = write_down(population.person(number), Habits(no_curp=0.7), rng)
            found.append(
                {
                    "entity_id": f"{clerk}{seed}-{number:05d}", "given": said.given,
                    "paternal": said.paternal, "maternal": said.maternal, "sex": "",
                    "birth_date": said.birth, "curp": said.curp, "phone": said.phone,
                }
            )  # fmt: skip
    return found


def linked(
    people: Sequence[dict[str, str]], settings: Settings, saved: SavedModel | None = None
) -> tuple[KindResult, SavedModel]:
    con = connect(settings)
    con.register("made_rows", pa.Table.from_pylist(list(people)))
    STANDARDISE(con, "made_rows", "records")
    result = (
        link_saved(con, "records", KIND, saved)
        if saved
        else link_table(con, "records", KIND, least=LINK_FROM)
    )
    assert result.learnt is not None
    return result, kept(con, "records", result.learnt, LINK_FROM)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[KindResult, SavedModel]:
    return linked(rows(400, 5), Settings(workspace=tmp_path_factory.mktemp("ws")))


def test_a_file_gives_back_the_model_that_was_saved(
    first: tuple[KindResult, SavedModel], tmp_path: Path
) -> None:
    save(first[1], tmp_path / "model.json")
    assert load(tmp_path / "model.json") == first[1]


def test_the_same_records_give_the_same_file_whatever_the_threads(
    first: tuple[KindResult, SavedModel], tmp_path: Path
) -> None:
    again = linked(rows(400, 5), Settings(workspace=tmp_path, threads=1))[1]
    digests = {save(model, tmp_path / "m.json") for model in (first[1], again)}
    assert len(digests) == 1


def test_the_records_that_taught_a_model_are_linked_alike_under_it(
    first: tuple[KindResult, SavedModel], settings: Settings
) -> None:
    again = linked(rows(400, 5), settings, first[1])[0]
    assert again.links.equals(first[0].links)
    assert again.homes == first[0].homes


def test_what_a_pair_weighs_does_not_hang_on_what_came_with_it(
    first: tuple[KindResult, SavedModel], settings: Settings
) -> None:
    few = rows(400, 5)[:60]
    weights = {
        (row["left_id"], row["right_id"]): row["weight"] for row in first[0].links.to_pylist()
    }
    found = linked(few, settings, first[1])[0].links.to_pylist()
    assert len(found) > 10
    for row in found:
        assert weights[row["left_id"], row["right_id"]] == row["weight"]


def test_an_altered_model_is_refused(first: tuple[KindResult, SavedModel], tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    save(first[1], path)
    content = json.loads(path.read_text("utf-8"))
    content["least"] = -20.0
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidData, match="altered"):
        load(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 3}', "\x00", "[" * 50_000])
def test_a_file_that_is_no_model_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "foreign.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidData, match=r"foreign\.json"):
        load(path)


def test_a_model_runs_no_condition_of_its_own(first: tuple[KindResult, SavedModel]) -> None:
    """Whoever can write a model file must not be able to have a query run."""
    model = first[1]
    levels = (replace(model.fields[0].levels[0], sql="1 = 1"), *model.fields[0].levels[1:])
    forged = replace(model, fields=(replace(model.fields[0], levels=levels), *model.fields[1:]))
    with pytest.raises(InvalidData, match="another definition"):
        forged.on(KIND)
    keys = (replace(model.keys[0], ladder=("rid",)), *model.keys[1:])
    with pytest.raises(InvalidData, match="another definition"):
        replace(model, keys=keys).on(KIND)


def test_a_model_names_no_value_that_one_record_alone_bears(
    first: tuple[KindResult, SavedModel],
) -> None:
    for terms in first[1].terms.values():
        assert all(share > terms.rest for share in terms.shares.values())
