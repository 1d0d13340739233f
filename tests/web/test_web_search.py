"""Search finds by name and identifier, says why, counts honestly, and drops nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from puente.errors import InvalidData
from puente.guard.actors import Actor, Purpose
from puente.web.reads import search as reading
from puente.web.reads.search import Query, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.guard.view import View
    from puente.workspace import Workspace

ANA = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")


@pytest.fixture(scope="module")
def view(workspace: Workspace) -> View:
    return workspace.view(ANA, Purpose(name="investigation", case="C-1"))


@pytest.fixture(scope="module")
def closed_view(workspace: Workspace) -> View:
    """A reader to whom the merged picture is closed."""
    carla = Actor(name="carla", roles=frozenset({"compliance"}), country="US")
    return workspace.view(carla, Purpose(name="compliance"))


def ids(view: View, text: str, **narrowed: str) -> list[str]:
    return [r.id for r in search(view, Query(text=text, **narrowed)).results]


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("Evaristo Montaño Quiroz", reading.NAME),
        ("evaristo montano quiroz", reading.NAME),
        ("Evaristo Mont", reading.START),
        ("quiroz evaristo", reading.WORDS),
        ("evar quir", reading.BEGINNINGS),
        ("EVARISTO MONTANO QUIROSZ", reading.SIMILAR),
    ],
)
def test_a_name_is_found_however_it_is_written_and_says_why(
    view: View, text: str, rank: int
) -> None:
    first = search(view, Query(text=text)).results[0]
    assert first.id == "fgr-det-77"
    assert first.rank == rank
    assert "Evaristo" in first.matched


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TAS010203AB1", "reg-emp-1"),
        ("tas-010203-ab1", "reg-emp-1"),
        ("ZZZ 001 Z", "ssp-veh-3"),
        ("1M8GDM9AXKP042788", "ssp-veh-3"),
        ("55 0000 0077", ""),
        ("+52 55 0000 0077", "fgr-det-77"),
    ],
)
def test_an_identifier_is_found_whole_and_not_in_part(view: View, text: str, found: str) -> None:
    hits = [r for r in search(view, Query(text=text)).results if r.rank == reading.IDENTIFIER]
    assert [r.id for r in hits] == ([found] if found else [])


def test_a_part_of_a_word_is_no_match(view: View) -> None:
    assert "fgr-det-77" not in ids(view, "aristo")


def test_listed_entities_come_first_among_equals(view: View) -> None:
    assert ids(view, "lara") == ["ofac-9002", "fgr-det-80"]


def test_relations_are_links_and_not_results(view: View) -> None:
    found = search(view, Query())
    assert "Ownership" not in {f.value for f in found.kinds}
    assert not {"own-1", "own-2", "rep-1"} & {r.id for r in found.results}


def test_a_facet_counts_what_choosing_it_would_show(view: View) -> None:
    whole = search(view, Query())
    groups = {
        "kind": whole.kinds, "source": whole.sources, "listing": whole.listings,
        "match": whole.matches, "steps": whole.steps,
    }  # fmt: skip
    for name, facets in groups.items():
        assert facets, name
        for facet in facets:
            narrowed = search(view, Query(**{name: facet.value}))
            assert narrowed.total == facet.count, (name, facet)


def test_facets_of_other_values_stay_countable_when_one_is_chosen(view: View) -> None:
    narrowed = search(view, Query(kind="Person"))
    assert {f.value for f in narrowed.kinds} == {f.value for f in search(view, Query()).kinds}


def test_an_alert_is_one_that_is_same_or_possible(view: View) -> None:
    assert ids(view, "", match="alert") == ids(view, "", match="possible") == ["fgr-det-80"]


def test_what_bears_no_name_stands_behind_all_that_does(view: View) -> None:
    """A list of entries without names would otherwise fill the first pages."""
    unlisted = [result for result in search(view, Query()).results if not result.listed]
    named = [result.caption != result.id and result.schema in {"Person", "Company"}
             for result in unlisted]  # fmt: skip
    assert True in named
    assert False in named
    assert named == sorted(named, reverse=True)


def test_the_list_facet_holds_entries_and_resemblances(view: View) -> None:
    assert set(ids(view, "", listing="ofac_sdn")) == {"fgr-det-77", "ofac-9002", "fgr-det-80"}


def test_paging_forward_and_back_shows_each_entity_once(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    seen: list[str] = []
    found = search(view, Query())
    total = found.total
    while True:
        assert found.first == len(seen) + 1
        seen += [r.id for r in found.results]
        if not found.next:
            break
        found = search(view, Query(after=found.next))
    assert len(seen) == len(set(seen)) == total
    back: list[str] = [r.id for r in found.results]
    while found.previous:
        found = search(view, Query(before=found.previous))
        back = [r.id for r in found.results] + back
    assert back == seen
    assert found.first == 1


def test_a_place_to_go_on_from_that_no_search_gave_is_refused(view: View) -> None:
    for cursor in ("x", "W10=", "WzEsMiwzXQ==", "WzksZmFsc2UsIiIsIiIsMV0=", "é", "[]" * 5000):
        with pytest.raises(InvalidData):
            search(view, Query(after=cursor))


def test_too_long_a_text_is_refused_with_the_limit(view: View) -> None:
    with pytest.raises(InvalidData, match="200"):
        search(view, Query(text="x" * 201))


def test_a_text_without_letters_or_digits_finds_nothing_rather_than_everything(
    view: View,
) -> None:
    assert search(view, Query(text="%% __ --")).total == 0


def test_where_the_merged_picture_is_closed_open_records_are_found(closed_view: View) -> None:
    found = search(closed_view, Query(text="quiroz"))
    assert not found.merged
    assert {r.id for r in found.results} == {"ofac-9001", "ofac-9002"}
    assert all(r.sources == ("ofac_sdn",) for r in found.results)
    assert all(r.listed for r in found.results)


def test_the_page_says_n_of_n_and_marks_what_matched(signed_in: Callable[..., Any]) -> None:
    html = signed_in().get("/search?q=quiroz").text
    assert "1–3 of 3" in html
    assert "<mark>Quiroz</mark>" in html


def test_nothing_found_does_not_claim_that_there_is_nothing(
    signed_in: Callable[..., Any],
) -> None:
    html = signed_in().get("/search?q=zzyzx").text
    assert "Nothing found that you may see" in html
    assert "does not mean that no record exists" in html


def test_a_facet_keeps_the_text_and_drops_the_place_in_the_list(
    signed_in: Callable[..., Any],
) -> None:
    html = signed_in().get("/search?q=quiroz&source=ofac_sdn").text
    assert "/search?q=quiroz&amp;kind=Person&amp;source=ofac_sdn" in html
    assert 'href="/search?q=quiroz" aria-current="true"' in html
