"""People are whole, related, alike as real ones are, and cost no memory until asked for."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from itertools import islice
from random import Random
from types import GeneratorType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.model.ids import curp_birth_date, parse_curp, parse_rfc, parse_vin
from puente.world.identity import curp, vin
from puente.world.make import agencies, rows_of, set_scene
from puente.world.mistakes import Habits, glued, misheard, slipped, write_down
from puente.world.names import name_book, rare_surnames
from puente.world.people import Population

if TYPE_CHECKING:
    from puente.world.people import Person


@pytest.fixture(scope="module")
def population() -> Population:
    return Population(5, 12_000, [3, 1, 2, 50, 4], name_book())


@pytest.fixture(scope="module")
def people(population: Population) -> list[Person]:
    return [population.person(number) for number in range(population.size)]


# --- memory --------------------------------------------------------------------------------------


def test_rows_are_made_as_they_are_asked_for() -> None:
    scene = set_scene(2_000, 1)
    rows = rows_of(scene, agencies(scene))
    assert isinstance(rows, GeneratorType)
    first = list(islice(rows, 50))
    assert len(first) == 50
    assert scene.tallies, "the first month is drawn"
    assert sum(isinstance(row, int) for row in rows) == 36, "a mark ends every month"


def test_a_million_people_take_no_more_memory_than_a_thousand() -> None:
    tracemalloc.start()
    try:
        scene = set_scene(1_000_000, 1)
        rng = Random(1)
        for _draw in range(300):
            scene.population.person(rng.randrange(scene.population.size))
        rows = sum(1 for _row in islice(rows_of(scene, agencies(scene)), 300))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows == 300
    assert peak < 40 * 1024 * 1024, f"{peak} bytes for what a million people need before any row"


def test_a_person_is_the_same_however_often_and_in_whatever_order_they_are_asked_for(
    population: Population,
) -> None:
    numbers = [11_000, 5, 700, 5, 11_000]
    found = [population.person(number) for number in numbers]
    assert found[0] == found[4]
    assert found[1] == found[3]


# --- who they are --------------------------------------------------------------------------------


def test_every_curp_and_rfc_is_valid_and_says_what_the_person_is(people: list[Person]) -> None:
    for person in (p for p in people[:3_000] if p.is_mexican):
        found = parse_curp(person.curp())
        assert found.valid, found
        assert curp_birth_date(found.value) == person.birth
        assert found.value[10:13] == f"{person.sex}NE"
        assert parse_rfc(person.rfc()).valid


def test_a_curp_names_one_person_save_for_the_odd_pair_that_chance_makes(
    people: list[Person],
) -> None:
    """RENAPO looks up who has a code already; people made by number cannot. A few pairs remain."""
    curps = Counter(person.curp() for person in people if person.is_mexican)
    assert sum(n for n in curps.values() if n > 1) <= 2 * len(people) / 10_000


def test_the_official_example_of_a_curp_comes_out() -> None:
    """RENAPO's own example, but for the state, which is always NE here."""
    from datetime import date

    made = curp(("Concepción", "Salgado", "Briseño"), date(1956, 6, 26), "M")
    assert (made[:11], made[11:13], made[13:17]) == ("SABC560626M", "NE", "LRN0")


@given(st.integers(0, 10_000), st.integers(1990, 2025))
def test_every_vin_has_a_check_digit_that_fits(seed: int, year: int) -> None:
    found = parse_vin(vin(Random(seed), year))
    assert (found.valid, found.note) == (True, "")


def test_brothers_and_sisters_share_both_surnames_and_bear_their_parents_first_ones(
    people: list[Person],
) -> None:
    households: dict[int, list[Person]] = {}
    for person in people:
        if person.is_mexican:
            households.setdefault(person.household, []).append(person)
    checked = 0
    for family in households.values():
        parents = {person.part: person for person in family if person.part in "fm"}
        children = [person for person in family if person.part == "c"]
        if len(parents) == 2 and len(children) > 1:
            same = sum(
                (c.paternal, c.maternal) == (parents["f"].paternal, parents["m"].paternal)
                for c in children
            )
            checked += same == len(children)
    assert checked > 500


def test_people_share_whole_names_and_birth_years_as_often_as_real_ones(
    people: list[Person],
) -> None:
    alike = Counter((p.given, p.paternal, p.maternal, p.birth.year) for p in people)
    share = sum(n for n in alike.values() if n > 1) / len(people)
    assert 0.01 < share < 0.10
    born = Counter((p.given, p.paternal, p.maternal, p.birth) for p in people)
    assert sum(n for n in born.values() if n > 1) < share * len(people) / 4


def test_surnames_are_many_and_unevenly_borne(people: list[Person]) -> None:
    assert len({*name_book().surnames.things}) >= 5_000
    assert len(set(rare_surnames())) == 5_000
    borne = Counter(person.paternal for person in people if person.is_mexican)
    first = sum(count for _name, count in borne.most_common(100)) / sum(borne.values())
    assert 0.45 < first < 0.75
    assert borne["Hernández"] / sum(borne.values()) > 0.02


# --- how they are written down -------------------------------------------------------------------


def test_a_careful_clerk_writes_what_is_so(people: list[Person]) -> None:
    careful = Habits(**dict.fromkeys(Habits.__dataclass_fields__, 0.0))
    for person in people[:200]:
        mention = write_down(person, careful, Random(1))
        assert (mention.given, mention.paternal, mention.maternal) == (
            person.given, person.paternal, person.maternal
        )  # fmt: skip
        assert (mention.birth, mention.sex) == (person.birth.isoformat(), person.sex)
        assert (mention.curp, mention.phone) == (person.curp(), person.phone)


def test_each_kind_of_mistake_happens_about_as_often_as_the_habit_says(
    people: list[Person],
) -> None:
    habits = Habits(drop_maternal=0.2, no_birth=0.3, no_curp=0.5, no_phone=0.4, wrong_sex=0.05)
    rng = Random(9)
    those = [p for p in people if p.is_mexican][:4_000]
    mentions = [write_down(person, habits, rng) for person in those]

    def share(field: str) -> float:
        return sum(not getattr(mention, field) for mention in mentions) / len(mentions)

    assert share("maternal") == pytest.approx(0.2, abs=0.03)
    assert share("birth") == pytest.approx(0.3, abs=0.03)
    assert share("curp") == pytest.approx(0.5, abs=0.03)
    assert share("phone") == pytest.approx(0.4, abs=0.03)
    wrong = sum(bool(m.sex) and m.sex != p.sex for m, p in zip(mentions, those, strict=True))
    assert wrong / len(mentions) == pytest.approx(0.05, abs=0.02)


def test_names_are_glued_together_and_fall_apart_as_clerks_do_it() -> None:
    assert glued("de la Cruz") == "Delacruz"
    assert glued("Juan Carlos") == "Juancarlos"
    assert glued("Villarreal") == "Villa Real"
    assert glued("Villaseñor") == "Villa Señor"
    assert glued("Pérez") == "Pérez"


@given(st.sampled_from(name_book().surnames.things[:400]), st.integers(0, 1_000))
def test_a_mistake_changes_a_word_and_keeps_it_a_word(word: str, seed: int) -> None:
    last = word.split()[-1]
    for mistaken in (misheard(last, Random(seed)), slipped(last, Random(seed))):
        assert mistaken
        assert mistaken.isalpha()
        assert mistaken[0].isupper()
        assert abs(len(mistaken) - len(last)) <= 2
