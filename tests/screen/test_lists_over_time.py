"""What lists said on a day, what changed between two, and one entry through all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData
from puente.ingest.load import load_folder
from puente.ingest.sources.ofac import SOURCES as OFAC
from puente.law.instrument import get_instrument
from puente.screen.deltas import ADDED, CHANGED, REMOVED, Delta
from puente.screen.lists_answer import answer_on
from puente.screen.lists_compare import compare
from puente.screen.lists_life import life_in_files, life_in_view
from puente.screen.lists_programs import authority_of
from puente.screen.standing import Delivery, Listed, ListsOn, lists_in_files, lists_in_view
from puente.settings import Settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND, THIRD = date(2021, 8, 18), date(2022, 1, 31), date(2024, 5, 3)


@pytest.fixture(scope="module")
def ofac(puente_data: Path) -> dict[date, ListsOn]:
    days = (FIRST, SECOND, THIRD)
    folders = [puente_data / "ofac" / day.isoformat() for day in days]
    return {day: lists_in_files(folders, day) for day in days}


@pytest.fixture(scope="module")
def deltas(ofac: dict[date, ListsOn]) -> dict[tuple[date, date], Delta]:
    pairs = ((FIRST, SECOND), (SECOND, THIRD), (FIRST, THIRD))
    return {pair: compare(ofac[pair[0]], ofac[pair[1]]) for pair in pairs}


def flow(delta: Delta, tag: str) -> tuple[int, ...]:
    held = {f.tag: f for f in delta.flows}[tag]
    return held.before, held.added, held.removed, held.gained, held.lost, held.after


# --- the real lists -------------------------------------------------------------------------------


def test_entries_that_came_and_went_between_the_published_lists(
    deltas: dict[tuple[date, date], Delta],
) -> None:
    told = {
        pair: (delta.stood, len(delta.of(ADDED)), len(delta.of(REMOVED)))
        for pair, delta in deltas.items()
    }
    assert told == {
        (FIRST, SECOND): (8_696, 348, 387),
        (SECOND, THIRD): (8_551, 6_414, 493),
        (FIRST, THIRD): (8_204, 6_761, 879),
    }
    for (before, after), delta in deltas.items():
        sizes = {FIRST: 9_083, SECOND: 9_044, THIRD: 14_965}
        assert delta.stood + len(delta.of(REMOVED)) == sizes[before]
        assert delta.stood + len(delta.of(ADDED)) == sizes[after]


def test_the_move_to_the_new_order_added_a_tag_and_moved_no_one(
    deltas: dict[tuple[date, date], Delta],
) -> None:
    """Nobody left the Kingpin tag for the new order: it was given beside it, or to the new."""
    whole = deltas[FIRST, THIRD]
    assert flow(whole, "ILLICIT-DRUGS-EO14059") == (0, 275, 0, 18, 0, 293)
    assert flow(whole, "SDNTK") == (1_770, 20, 343, 0, 8, 1_439)
    assert flow(deltas[SECOND, THIRD], "SDNTK") == (1_556, 0, 116, 0, 1, 1_439)
    moves = {(old, new): n for old, new, n in whole.moves()}
    both = {
        (("SDNTK",), ("ILLICIT-DRUGS-EO14059", "SDNTK")): 17,
        (("SDNTK", "TCO"), ("ILLICIT-DRUGS-EO14059", "SDNTK", "TCO")): 1,
    }
    new_order = {move: n for move, n in moves.items() if "ILLICIT-DRUGS-EO14059" in move[1]}
    assert new_order == both


def test_a_tag_that_was_renamed_is_another_tag_under_the_same_law(
    deltas: dict[tuple[date, date], Delta],
) -> None:
    renamed = deltas[SECOND, THIRD]
    assert flow(renamed, "ILLICIT-DRUGS-EO") == (25, 0, 0, 0, 25, 0)
    changes = [
        change
        for entry in renamed.of(CHANGED)
        for change in entry.changes
        if change.kind == "program" and "ILLICIT-DRUGS-EO" in change.old
    ]
    assert len(changes) == 25
    assert all("ILLICIT-DRUGS-EO14059" in change.new for change in changes)
    assert all(change.under_one_law for change in changes)
    given = [
        change
        for entry in deltas[FIRST, SECOND].of(CHANGED)
        for change in entry.changes
        if change.kind == "program" and "ILLICIT-DRUGS-EO" in change.come
    ]
    assert len(given) == 17
    assert not any(change.under_one_law for change in given)


def test_five_organisations_lost_one_designation_and_kept_the_other(
    deltas: dict[tuple[date, date], Delta],
) -> None:
    moves = {(old, new): n for old, new, n in deltas[SECOND, THIRD].moves()}
    assert moves[("FTO", "SDGT"), ("SDGT",)] == 5
    assert flow(deltas[SECOND, THIRD], "FTO") == (75, 0, 0, 0, 5, 70)


def test_aliases_that_one_day_does_not_hold_are_named_and_not_told_as_changes(
    deltas: dict[tuple[date, date], Delta],
) -> None:
    """The list of August 2021 came without aliases: 12,000 of them were not added that winter."""
    delta = deltas[FIRST, SECOND]
    assert ("ofac_alt", "alias") in delta.not_compared
    assert ("ofac_add", "address") in delta.not_compared
    assert delta.counts["alias_changed"] == 23
    assert delta.counts["address_changed"] == 0
    sinaloa = next(e for e in delta.entries if e.entity_id == "ofac-11440")
    told = {change.prop: (change.gone, change.come) for change in sinaloa.changes}
    assert told["weakAlias"] == (("ALLIANCE", "FEDERATION"), ())
    assert told["previousName"] == ((), ("GUADALAJARA CARTEL", "MEXICAN FEDERATION"))
    assert told["program"] == ((), ("ILLICIT-DRUGS-EO",))


def test_a_link_that_later_aliases_explain_is_no_change(
    deltas: dict[tuple[date, date], Delta],
) -> None:
    """Links to names that only the later delivery explains stood before just as they do now."""
    assert deltas[FIRST, SECOND].counts["link_changed"] == 12


@pytest.mark.deep
def test_entries_newer_than_the_list_are_told_as_known_by_an_alias_alone(
    puente_data: Path, ofac: dict[date, ListsOn]
) -> None:
    folders = [puente_data / "ofac" / day for day in ("2022-01-31", "2024-05-03", "2025-12")]
    delta = compare(ofac[THIRD], lists_in_files(folders, date(2025, 12, 31)))
    assert [len(delta.of(what)) for what in (ADDED, REMOVED)] == [1_567, 0]
    assert all(entry.alias_only for entry in delta.of(ADDED))
    assert delta.counts["address_only"] == 2_152
    assert [d.published for d in delta.after if d.source == "ofac_sdn"] == ["2024-05-03"]


def test_a_list_that_says_no_day_is_in_no_answer_about_a_day(
    puente_data: Path, tmp_path: Path
) -> None:
    """The undated consolidated list holds a tag of December 2021; nobody bore it that August."""
    undated = puente_data / "ofac/consolidated"
    assert "ILLICIT-DRUGS-EO14059" in lists_in_files([undated]).counts("tags")
    root = deliver(tmp_path / "ofac", FIRST.isoformat(), row(1, "PRIMERA, Uno", "SDNTK"))
    held = lists_in_files([root, undated], FIRST)
    assert {item.source for item in held.undated} >= {"ofac_cons"}
    assert held.counts("tags") == {"SDNTK": 1}


def test_what_was_listed_and_what_would_have_been_answered_on_a_day(
    ofac: dict[date, ListsOn],
) -> None:
    name = "Rafael Marquez Alvarez"
    before, after = (answer_on(kingpins(ofac[day]), name) for day in (FIRST, SECOND))
    assert (before.alert, before.hits[0].entity_id) == (True, "ofac-21644")
    assert before.hits[0].verdict == "possible"
    assert "ofac-21644" not in {hit.entity_id for hit in after.hits}
    assert "ofac-21644" in ofac[FIRST].entries
    assert "ofac-21644" not in ofac[SECOND].entries


def kingpins(held: ListsOn) -> ListsOn:
    """The entries of one program, which are quicker to screen against."""
    return replace(held, entries={k: e for k, e in held.entries.items() if "SDNTK" in e.tags})


# --- made-up lists --------------------------------------------------------------------------------

NO = "-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- "


def row(number: int, name: str, programs: str, remarks: str = "-0- ") -> str:
    return f'{number},"{name}",-0- ,"{programs}",{NO},"{remarks}"\n'


def deliver(root: Path, day: str, *rows: str) -> Path:
    folder = root / day
    folder.mkdir(parents=True)
    (folder / "sdn.csv").write_text("".join(rows), encoding="latin-1")
    return root


ORGANISATIONS = (
    row(901, "CARTEL INVENTADO DEL VALLE", "SDNTK] [TCO"),
    row(902, "BANDA INVENTADA DEL LLANO", "SDNTK"),
    row(903, "RED INVENTADA", "TCO"),
)
"""Made-up organisations before 2025, and below with the tags that such organisations bear since."""

DESIGNATED = (
    row(901, "CARTEL INVENTADO DEL VALLE", "SDNTK] [TCO] [FTO] [SDGT] [ILLICIT-DRUGS-EO14059",
        "Organization Established Date 1990; a.k.a. 'LOS INVENTADOS'."),
    row(902, "BANDA INVENTADA DEL LLANO", "FTO] [SDGT"),
    row(904, "ORGANIZACION NUEVA", "FTO] [SDGT"),
)  # fmt: skip


def test_an_organisation_bears_several_tags_and_each_keeps_its_own_law(tmp_path: Path) -> None:
    root = deliver(tmp_path / "ofac", "2025-02-19", *ORGANISATIONS)
    deliver(root, "2025-02-20", *DESIGNATED)
    delta = compare(
        lists_in_files([root], date(2025, 2, 19)), lists_in_files([root], date(2025, 2, 20))
    )
    told = {entry.entity_id: entry for entry in delta.entries}
    assert {k: e.what for k, e in told.items()} == {
        "ofac-901": CHANGED, "ofac-902": CHANGED, "ofac-903": REMOVED, "ofac-904": ADDED,
    }  # fmt: skip
    program = next(c for c in told["ofac-901"].changes if c.prop == "program").as_json()
    assert program["come"] == ["FTO", "ILLICIT-DRUGS-EO14059", "SDGT"]
    assert program["under_one_law"] is False
    laws = dict(zip(program["new"], program["authority_new"], strict=True))  # type: ignore[call-overload]
    assert laws["FTO"].startswith("8 USC 1189")
    assert laws["SDGT"].startswith("E.O. 13224")
    assert len(set(laws.values())) == 5
    alias = next(c for c in told["ofac-901"].changes if c.kind == "alias")
    assert (alias.old, alias.new) == ((), ("LOS INVENTADOS",))
    assert flow(delta, "FTO") == (0, 1, 0, 2, 0, 3)
    shown = lists_in_files([root]).entries["ofac-901"].as_json()
    assert shown["listed_on"] == []
    assert [p["instrument"] for p in shown["programs"]] == [  # type: ignore[index,union-attr]
        "us-8usc1189", "us-eo14059", "us-eo13224", "us-kingpin", "us-eo13581",
    ]  # fmt: skip


def test_the_law_behind_a_tag_is_one_that_the_law_room_holds_or_is_not_known() -> None:
    for tag in ("SDNTK", "ILLICIT-DRUGS-EO", "ILLICIT-DRUGS-EO14059", "TCO", "SDGT", "FTO"):
        held = authority_of(tag)
        assert get_instrument(held.instrument).id == held.instrument
        assert held.basis
    assert authority_of("BELARUS-EO14038").cite == "E.O. 14038"
    assert authority_of("BELARUS-EO").cite == ""
    assert authority_of("UKRAINE-EO13661").confidence == "verified"


def test_an_entry_that_came_went_and_came_back_has_a_life_of_four_events(tmp_path: Path) -> None:
    root = deliver(tmp_path / "ofac", "2020-01-01", row(1, "PRIMERA, Uno", "SDNTK"))
    both = row(1, "PRIMERA, Uno", "SDNTK"), row(2, "SEGUNDO, Dos", "SDNTK")
    deliver(root, "2021-01-01", *both)
    deliver(root, "2022-01-01", both[0], row(2, "SEGUNDO, Dos", "SDGT"))
    deliver(root, "2023-01-01", both[0])
    deliver(root, "2024-01-01", *both)
    life = life_in_files([root], "ofac-2")
    assert [(e.day[:4], e.what) for e in life.events] == [
        ("2021", "listed"), ("2022", "changed"), ("2023", "removed"), ("2024", "returned"),
    ]  # fmt: skip
    assert life.standing
    assert life.events[2].since == "2022-01-01"
    assert life_in_files([root], "ofac-1").events[0].what == "stood"
    assert life_in_files([root], "ofac-9").events == ()


CHANGES = "https://www.treasury.gov/ofac/DeltaFile/1.0"


def change(path: Path, day: str, action: str, number: int, name: str) -> None:
    """Write a made-up file of changes that puts one entry on the list or takes it off."""
    path.write_text(
        f'<?xml version="1.0"?><sanctionsData xmlns="{CHANGES}"><publicationInfo><datePublished>'
        f'{day}T00:00:00</datePublished></publicationInfo><entities><entity id="{number}"'
        f' action="{action}"><generalInfo><entityType>Individual</entityType></generalInfo>'
        "<sanctionsLists><sanctionsList>SDN List</sanctionsList></sanctionsLists><names><name>"
        "<isPrimary>true</isPrimary><translations><translation><formattedFullName>"
        f"{name}</formattedFullName></translation></translations></name></names></entity>"
        "</entities></sanctionsData>"
    )


def test_a_build_tells_of_every_day_what_its_files_tell(tmp_path: Path) -> None:
    root = deliver(tmp_path / "ofac", "2024-01-01", *ORGANISATIONS)
    alias = '901,1,"aka","LOS DEL VALLE",-0- \n903,2,"aka","LA RED",-0- \n'
    (root / "2024-01-01" / "alt.csv").write_text(alias)
    for day, action in (("2024-03-01", "remove"), ("2024-05-01", "add"), ("2024-07-01", "remove")):
        change(root / f"{day}_delta.xml", day, action, 903, "RED INVENTADA")
    deliver(root, "2025-02-20", *DESIGNATED)
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with Workspace.open(Settings(workspace=tmp_path / "ws")) as workspace:
        load_folder(root, workspace.lake, now=now, sources=OFAC)
        with workspace.lake.begin_build(now=now) as build:
            view = workspace.system_view(build.path)
            for day in ("2024-01-01", "2024-02-29", "2024-03-01", "2024-04-30", "2024-05-01",
                        "2024-06-01", "2024-07-01", "2025-02-20", "2026-01-01"):  # fmt: skip
                of_view = lists_in_view(view, date.fromisoformat(day))
                of_files = lists_in_files([root], date.fromisoformat(day))
                assert of_view.entries == of_files.entries, day
                assert {(d.source, d.published) for d in of_view.deliveries} == {
                    (d.source, d.published) for d in of_files.deliveries
                }
            lives = life_in_view(view, "ofac-903"), life_in_files([root], "ofac-903")
    assert [[(e.day, e.what) for e in life.events] for life in lives] == [
        [("2024-01-01", "stood"), ("2024-03-01", "removed"), ("2024-05-01", "returned"),
         ("2024-07-01", "removed")]
    ] * 2  # fmt: skip


def test_two_lists_that_are_alike_differ_in_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        deliver(tmp_path / name, "2020-01-01", *ORGANISATIONS, *DESIGNATED[2:])
    delta = compare(lists_in_files([tmp_path / "a"]), lists_in_files([tmp_path / "b"]))
    assert (delta.entries, delta.not_compared, delta.stood) == ((), (), 4)


VALUES = st.dictionaries(
    st.sampled_from(["e1", "e2", "e3", "e4"]),
    st.dictionaries(
        st.sampled_from([("name", "l"), ("program", "l"), ("weakAlias", "l")]),
        st.sets(st.sampled_from(["A", "B", "C"]), min_size=1).map(lambda v: tuple(sorted(v))),
    ).map(lambda said: {("name", "l"): ("N",), **said}),
)


def made(entries: dict[str, dict[tuple[str, str], tuple[str, ...]]]) -> ListsOn:
    delivery = Delivery(source="l", agency="L", part="", published="2020", file="l.csv")
    return ListsOn(
        day=None,
        deliveries=(delivery,),
        entries={
            name: Listed(entity_id=name, lists=("l",), schema="Person", said=said)
            for name, said in entries.items()
        },
    )


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES)
def test_a_delta_laid_on_the_earlier_day_gives_the_later_one(
    old: dict[str, dict[tuple[str, str], tuple[str, ...]]],
    new: dict[str, dict[tuple[str, str], tuple[str, ...]]],
) -> None:
    delta = compare(made(old), made(new))
    told = {entry.entity_id: entry for entry in delta.entries}
    assert {k for k, e in told.items() if e.what == ADDED} == new.keys() - old.keys()
    assert {k for k, e in told.items() if e.what == REMOVED} == old.keys() - new.keys()
    for name in old.keys() & new.keys():
        laid = {prop: values for (prop, _by), values in old[name].items()}
        for change in told[name].changes if name in told else ():
            assert laid.get(change.prop, ()) == change.old
            laid[change.prop] = change.new
        held = {prop: values for prop, values in laid.items() if values}
        assert held == {prop: values for (prop, _by), values in new[name].items()}
    for item in delta.flows:
        assert item.before + item.added + item.gained - item.removed - item.lost == item.after


# --- the commands ---------------------------------------------------------------------------------


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(build_app(), [str(word) for word in words])
    return done.exit_code, done.stdout


def test_the_command_tells_old_and_new_of_each_change(tmp_path: Path) -> None:
    root = deliver(tmp_path / "ofac", "2025-02-19", *ORGANISATIONS)
    deliver(root, "2025-02-20", *DESIGNATED)
    code, out = run("lists", "diff", "2025-02-19", "2025-02-20", "--list", root, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["counts"]["added"], told["counts"]["removed"]) == (1, 1)
    assert told["moves"][0]["entries"] == 1
    by_path = run("lists", "diff", root / "2025-02-19", root / "2025-02-20", "--json")[1]
    assert json.loads(by_path)["entries"] == told["entries"]
    lines = tmp_path / "d.jsonl"
    code, out = run(
        "lists", "diff", "2025-02-19", "2025-02-20", "--list", root, "--kind", "program",
        "--out", lines, "--json",
    )  # fmt: skip
    assert json.loads(out)["chosen"] == len(lines.read_text("utf-8").splitlines()) == 2


def test_the_command_says_what_stood_on_a_day_and_refuses_a_day_before_the_first(
    tmp_path: Path,
) -> None:
    root = deliver(tmp_path / "ofac", "2025-02-19", *ORGANISATIONS)
    code, out = run(
        "lists", "at", "2025-06-01", "--list", root, "--id", "ofac-903", "--name", "Red Inventada",
        "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert code == 0
    assert told["listed"]
    assert told["programs"] == {"SDNTK": 2, "TCO": 2}
    assert told["answer"]["hits"][0]["entity_id"] == "ofac-903"
    assert run("lists", "at", "2020-01-01", "--list", root, "--json")[0] == 3
    assert run("lists", "at", "soon", "--list", root, "--json")[0] == 3
    assert run("lists", "life", "ofac-777", "--list", root, "--json")[0] == 3
    with pytest.raises(InvalidData):
        lists_in_files([root], date(2020, 1, 1))
