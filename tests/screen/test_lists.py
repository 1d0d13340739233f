"""Lists as published, questions from a file, every entity of a build, and likeness of words."""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from puente.errors import InvalidData
from puente.ingest.load import load_folder
from puente.ingest.sources.ofac import SOURCES as OFAC
from puente.screen.batch import Options, screen_files
from puente.screen.entities import screen_entities
from puente.screen.entry import ListEntry, Query
from puente.screen.lists import entries_from_view, read_list_files, read_lists
from puente.screen.match import CUTOFF, Screener, is_alert
from puente.screen.similar import LEAST_LIKENESS, alike
from puente.screen.vocabulary import Likenesses
from puente.settings import Settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

SDN = (
    '101,"PEÑA XOCHIHUA, Renato",individual,"SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    "\"DOB 03 Feb 1971; POB Culiacan, Sinaloa, Mexico; nationality Mexico; a.k.a. 'EL ALACRAN'.\"\n"
    '102,"TRANSPORTES ZULOAGA, S.A. DE C.V.",-0- ,"SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n'
)
"""Two made-up rows in OFAC's layout."""


@pytest.fixture
def sdn(tmp_path: Path) -> Path:
    folder = tmp_path / "ofac" / "2024-05-03"
    folder.mkdir(parents=True)
    (folder / "sdn.csv").write_text(SDN, encoding="latin-1")
    return folder


# --- lists -------------------------------------------------------------------------------------


def test_an_entry_holds_what_the_remarks_say(sdn: Path) -> None:
    entry = read_lists([sdn])[0]
    assert (entry.entity_id, entry.list, entry.schema) == ("ofac-101", "ofac_sdn", "Person")
    assert (entry.names, entry.weak_names) == (("PEÑA XOCHIHUA, Renato",), ("EL ALACRAN",))
    assert (entry.birth_dates, entry.countries) == (("1971-02-03",), ("mx",))
    assert entry.programs == ("SDNTK",)


def test_aliases_older_than_the_list_belong_to_entries_since_removed(sdn: Path) -> None:
    for day in ("2022-01-31", "2025-12-01"):
        folder = sdn.parent / day
        folder.mkdir()
        (folder / "alt.csv").write_text(f'9{day[3]},1,"aka","ALIAS OF {day}",-0- \n')
    root = sdn.parent
    names = {e.entity_id: e.names for e in read_lists([root])}
    assert names["ofac-95"] == ("ALIAS OF 2025-12-01",)
    assert "ofac-92" not in {e.entity_id for e in read_lists([root], date(2024, 6, 1))}


def test_a_folder_without_a_list_and_a_day_before_the_first_are_refused(
    sdn: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidData, match="no list in a layout"):
        read_lists([tmp_path / "other.csv"])
    with pytest.raises(InvalidData, match="no list as old as 2020-01-01"):
        read_lists([sdn], date(2020, 1, 1))


def test_the_published_lists_are_read_whole(puente_data: Path) -> None:
    trio = read_list_files([puente_data / "ofac/2022-01-31"])
    assert len(trio.entries) == 9_044
    assert sum(len(e.names) for e in trio.entries) > 21_000
    assert trio.rejects == ()
    assert len(read_lists([puente_data / "sat_69b"])) == 9_900
    kingpin = next(e for e in trio.entries if e.entity_id == "ofac-6861")
    assert kingpin.programs == ("SDNTK",)
    assert len(kingpin.names) == 19


def test_who_was_removed_is_listed_before_and_not_after(puente_data: Path) -> None:
    folder = puente_data / "ofac"
    before = {e.entity_id for e in read_lists([folder], date(2021, 12, 31))}
    after = {e.entity_id for e in read_lists([folder], date(2022, 2, 1))}
    assert "ofac-21644" in before
    assert "ofac-21644" not in after


def test_damaged_names_of_listed_people_are_found_and_unlisted_people_are_left_alone(
    puente_data: Path,
) -> None:
    people = [e for e in read_lists([puente_data / "ofac/2022-01-31"]) if e.schema == "Person"]
    screener = Screener(people)
    rng = random.Random(20220131)
    found = 0
    asked = [(entry, damaged(rng.choice(entry.names), rng)) for entry in rng.sample(people, 300)]
    answers = screener.match([Query(id=str(n), names=(a,)) for n, (_e, a) in enumerate(asked)])
    for (entry, _name), hits in zip(asked, answers, strict=True):
        mine = [h for h in hits if h.entity_id == entry.entity_id]
        found += is_alert(mine)
    assert found >= 0.95 * 300
    with (puente_data / "names/unlisted_people_global.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    others = [Query(id=str(n), names=(r["full_name"],)) for n, r in enumerate(rows[:1_000])]
    alerts = sum(is_alert(hits) for hits in screener.match(others))
    assert alerts <= 0.01 * len(others)


def damaged(name: str, rng: random.Random) -> str:
    """One of six ways in which a name reaches a clerk."""
    family, comma, given = name.partition(",")
    words = [*given.split(), *family.split()] if comma else name.split()
    way = rng.randrange(6)
    longest = max(range(len(words)), key=lambda n: len(words[n]))
    word = words[longest]
    if way == 0 and len(words) > 2:
        del words[rng.randrange(1, len(words) - 1)]
    elif way == 1 and len(word) > 4:
        at = rng.randrange(1, len(word) - 2)
        words[longest] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif way == 2 and len(word) > 4:
        at = rng.randrange(1, len(word))
        words[longest] = word[:at] + rng.choice("AEIORNST") + word[at + 1 :]
    elif way == 3 and len(words) > 1:
        words[:2] = [words[0] + words[1]]
    elif way == 4:
        words = words[::-1] if not comma or len(family.split()) == 1 else words
    else:
        words = [f"{words[0][0]}.", *words[1:]] if len(words) > 2 else words
    return " ".join(words).lower()


# --- lists in XML, and their changes -----------------------------------------------------------

SERVICE = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ENHANCED_XML"
CHANGES = "https://www.treasury.gov/ofac/DeltaFile/1.0"


def entity(number: int, name: str, action: str = "", on: str = "SDN List", weak: str = "") -> str:
    """One made-up entry in the layout of OFAC's enhanced and change files."""
    alias = (
        f"<name><aliasType>A.K.A.</aliasType><isLowQuality>true</isLowQuality><translations>"
        f"<translation><formattedFullName>{weak}</formattedFullName></translation></translations>"
        "</name>"
    )
    given = f' action="{action}"' if action else ""
    return (
        f'<entity id="{number}"{given}><generalInfo><entityType>Individual</entityType>'
        f"</generalInfo><sanctionsLists><sanctionsList>{on}</sanctionsList></sanctionsLists><sanctionsPrograms>"
        "<sanctionsProgram>SDNTK</sanctionsProgram></sanctionsPrograms><names><name><isPrimary>true"
        f"</isPrimary><translations><translation><formattedFullName>{name}</formattedFullName>"
        f"</translation></translations></name>{alias if weak else ''}</names></entity>"
    )


def export(path: Path, day: str, *entities: str) -> Path:
    """Write a file of changes if it is called so, else the list as a whole."""
    space, element = (CHANGES, "datePublished") if "delta" in path.name else (SERVICE, "dataAsOf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<?xml version="1.0"?><sanctionsData xmlns="{space}"><publicationInfo><{element}>{day}T00:'
        f"00:00</{element}></publicationInfo><entities>{''.join(entities)}</entities></sanctionsData>"
    )
    return path


def names_on(root: Path, day: date | None = None) -> dict[str, tuple[str, ...]]:
    return {entry.entity_id: entry.names for entry in read_lists([root], day)}


def test_weak_aliases_of_a_list_in_xml_are_looked_at_only_when_asked(tmp_path: Path) -> None:
    export(
        tmp_path / "sdn_enhanced.xml", "2026-09-03",
        entity(101, "PEÑA XOCHIHUA, Renato", weak="EL ALACRAN"),
    )  # fmt: skip
    (entry,) = read_lists([tmp_path])
    assert (entry.entity_id, entry.list, entry.schema) == ("ofac-101", "ofac_sdn", "Person")
    assert (entry.names, entry.weak_names) == (("PEÑA XOCHIHUA, Renato",), ("EL ALACRAN",))
    assert entry.programs == ("SDNTK",)


def test_the_newest_list_counts_in_whichever_format_it_came(sdn: Path) -> None:
    export(sdn.parent / "sdn_enhanced.xml", "2026-09-03", entity(301, "NUEVO, Uno"))
    assert set(names_on(sdn.parent)) == {"ofac-301"}
    assert set(names_on(sdn.parent, date(2025, 1, 1))) == {"ofac-101", "ofac-102"}
    export(sdn.parent / "sdn_enhanced.xml", "2024-05-03", entity(301, "NUEVO, Uno"))
    assert set(names_on(sdn.parent)) == {"ofac-101", "ofac-102", "ofac-301"}


def test_who_was_removed_by_a_change_is_listed_before_it_and_not_after(sdn: Path) -> None:
    root = sdn.parent
    (sdn / "alt.csv").write_text('101,1,"aka","PENA, Rene",-0- \n')
    export(
        root / "2024-06-01_delta.xml", "2024-06-01",
        entity(101, "PEÑA XOCHIHUA, Renato", "remove"), entity(201, "ALTA, Nuevo", "add"),
    )  # fmt: skip
    assert set(names_on(root)) == {"ofac-102", "ofac-201"}
    assert set(names_on(root, date(2024, 5, 31))) == {"ofac-101", "ofac-102"}
    screener = Screener(read_lists([root]))
    asked = [Query(id=n, names=(n,)) for n in ("Renato Peña Xochihua", "Rene Pena", "Nuevo Alta")]
    assert [is_alert(hits) for hits in screener.match(asked)] == [False, False, True]


def test_changes_add_up_until_the_list_is_delivered_again(sdn: Path) -> None:
    root = sdn.parent
    export(root / "2024-06-01_delta.xml", "2024-06-01", entity(201, "ALTA, Nuevo", "add"))
    export(root / "2024-06-02_delta.xml", "2024-06-02", entity(202, "OTRA, Nueva", "add"))
    assert {"ofac-201", "ofac-202"} <= set(names_on(root))
    export(
        root / "2024-06-02_delta_2.xml", "2024-06-02",
        entity(201, "ALTA, Nuevo", "remove"), entity(101, "PEÑA XOCHIHUA, Renato", "remove"),
    )  # fmt: skip
    assert set(names_on(root)) == {"ofac-102", "ofac-202"}
    # Listed again later: the newest word counts.
    export(root / "2024-06-09_delta.xml", "2024-06-09", entity(201, "ALTA, Nuevo", "add"))
    assert names_on(root)["ofac-201"] == ("ALTA, Nuevo",)
    export(root / "sdn_enhanced.xml", "2024-07-01", entity(101, "PEÑA XOCHIHUA, Renato"))
    assert set(names_on(root)) == {"ofac-101"}


def test_a_removal_from_one_list_leaves_another_of_the_agency_standing(tmp_path: Path) -> None:
    export(tmp_path / "sdn_enhanced.xml", "2024-05-03", entity(101, "PEÑA, Renato"))
    export(
        tmp_path / "cons_enhanced.xml", "2024-05-03",
        entity(101, "PEÑA, Renato", on="Consolidated List"),
    )  # fmt: skip
    export(tmp_path / "2024-06-01_delta.xml", "2024-06-01", entity(101, "PEÑA, Renato", "remove"))
    (entry,) = read_lists([tmp_path])
    assert (entry.entity_id, entry.list) == ("ofac-101", "ofac_cons")


def test_aliases_newer_than_the_list_stand_beside_changes(sdn: Path) -> None:
    folder = sdn.parent / "2024-05-20"
    folder.mkdir()
    (folder / "alt.csv").write_text('900,1,"aka","SIN ENTRADA",-0- \n')
    export(sdn.parent / "2024-06-01_delta.xml", "2024-06-01", entity(201, "ALTA, Nuevo", "add"))
    assert names_on(sdn.parent)["ofac-900"] == ("SIN ENTRADA",)


def screened_in_a_build(root: Path, folder: Path) -> dict[str, tuple[str, ...]]:
    """The names of entries that a build of OFAC's files below `root` is screened against."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with Workspace.open(Settings(workspace=folder)) as workspace:
        reports, _others = load_folder(root, workspace.lake, now=now, sources=OFAC)
        loads = [report.load for report in reports]
        with workspace.lake.begin_build(loads=loads, now=now) as build:
            entries = entries_from_view(workspace.system_view(build.path))
    return {entry.entity_id: entry.names for entry in entries}


def test_a_build_is_screened_as_its_files_are_when_an_entry_comes_goes_and_comes_back(
    sdn: Path, tmp_path: Path
) -> None:
    """Who is listed again after a removal, and changed since, must not slip past the screen."""
    root = sdn.parent
    (sdn / "alt.csv").write_text('101,1,"aka","PENA, Rene",-0- \n')
    name = "PEÑA XOCHIHUA, Renato"
    listed = {"ofac-102": ("TRANSPORTES ZULOAGA, S.A. DE C.V.",)}
    expected = {
        "": {**listed, "ofac-101": (name, "PENA, Rene")},
        "remove": listed,
        "add": {**listed, "ofac-101": (name,)},
        "modify": {**listed, "ofac-101": (name,)},
    }
    for month, (action, names) in enumerate(expected.items(), start=6):
        if action:
            day = f"2024-{month:02d}-01"
            export(root / f"{day}_delta.xml", day, entity(101, name, action))
        assert names_on(root) == names, action
        assert screened_in_a_build(root, tmp_path / f"ws{month}") == names, action


def test_the_united_nations_list_is_screened_by_its_own_numbers(puente_data: Path) -> None:
    reading = read_list_files([puente_data / "un"])
    assert (len(reading.entries), reading.rejects) == (1_003, ())
    screener = Screener(reading.entries)
    asked = ("Eric Badege", "Azim Agha Jani", "Butembo Airlines", "Rumuli")
    hits = screener.match([Query(id=name, names=(name,)) for name in asked])
    found = [
        [hit.entity_id for hit in mine if hit.verdict in {"same", "possible"}] for mine in hits
    ]
    assert [mine[:1] for mine in found] == [["un-6907993"], ["un-110444"], ["un-6908024"], []]
    (badege,) = (e for e in reading.entries if e.entity_id == "un-6907993")
    assert (badege.list, badege.programs, badege.birth_dates) == (
        "un_consolidated",
        ("DRC",),
        ("1971",),
    )


# --- a file of questions -----------------------------------------------------------------------


def test_each_question_has_its_line_and_bad_lines_are_kept(sdn: Path, tmp_path: Path) -> None:
    queries, out = tmp_path / "q.csv", tmp_path / "r.jsonl"
    queries.write_text(
        "id,name,schema,birth_date,country,curp,rfc\n"
        "1,Renato Peña Xochihua,Person,1971-02-03,MX,,\n"
        "2,Renato Peña Xochihua,,,,,\n"
        "3,Nadie Conocido,Nonsense,31/02/1999,zz,X,Y\n"
        ",Sin Numero,,,,,\n"
        "5,,,,,,\n"
        "6,corta\n",
        encoding="utf-8",
    )
    report = screen_files([sdn], queries, out)
    lines = {row["id"]: row for row in map(json.loads, out.read_text("utf-8").splitlines())}
    assert [lines[k]["alert"] for k in "123"] == [True, True, False]
    assert [lines[k]["hits"][0]["verdict"] for k in "12"] == ["same", "possible"]
    assert lines["1"]["hits"][0]["entity_id"] == "ofac-101"
    assert lines["1"]["hits"][0]["programs"] == ["SDNTK"]
    assert len(lines["3"]["notes"]) == 5
    assert (report.asked, report.alerts, report.rejected, report.noted) == (3, 2, 3, 1)
    assert report.rejects is not None
    kept = [json.loads(line) for line in report.rejects.read_text("utf-8").splitlines()]
    assert [row["line"] for row in kept] == [5, 6, 7]


def test_weak_aliases_cutoff_and_top_are_the_askers(sdn: Path, tmp_path: Path) -> None:
    queries, out = tmp_path / "q.csv", tmp_path / "r.jsonl"
    queries.write_text("id,name\n1,El Alacran\n", encoding="utf-8")
    assert screen_files([sdn], queries, out).alerts == 0
    assert screen_files([sdn], queries, out, Options(weak=True)).alerts == 1
    assert screen_files([sdn], queries, out, Options(weak=True, top=0)).alerts == 0
    with pytest.raises(InvalidData):
        screen_files([sdn], queries, out, Options(cutoff=1.5))


def test_a_file_that_is_no_question_leaves_no_answer(sdn: Path, tmp_path: Path) -> None:
    queries, out = tmp_path / "q.csv", tmp_path / "r.jsonl"
    for raw in (b"", b"who,what\n1,2\n", b"id;name\n1;2\n"):
        queries.write_bytes(raw)
        with pytest.raises(InvalidData):
            screen_files([sdn], queries, out)
        assert list(tmp_path.glob("*r.jsonl*")) == []


def test_the_same_questions_give_the_same_bytes(sdn: Path, tmp_path: Path) -> None:
    queries = tmp_path / "q.csv"
    queries.write_text("id,name\n" + "".join(f"{n},Renato Pena\n" for n in range(2_500)))
    outs = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for out in outs:
        assert screen_files([sdn], queries, out).asked == 2_500
    assert outs[0].read_bytes() == outs[1].read_bytes()


# --- every entity of a build -------------------------------------------------------------------


class TablesView:
    """Answers `.sql` over tables held in memory, as `puente.guard.view.View` does over a build."""

    def __init__(self, rows: list[tuple[str, str, str, str, str]]) -> None:
        self._db = duckdb.connect()
        names = ("entity_id", "schema", "prop", "value", "source")
        held = {n: [r[i] for r in rows] for i, n in enumerate(names)}
        sanctions = ["sanctions" if r[4] == "ofac_sdn" else "fact" for r in rows]
        self._db.register(
            "statements",
            pa.table(
                {
                    **held,
                    "record_class": sanctions,
                    "current": [True] * len(rows),
                    "agency": held["source"],
                    "last_seen": ["2024"] * len(rows),
                    "load": ["one"] * len(rows),
                }
            ),
        )
        self._db.register("loads", pa.table({"load": ["one"], "part": [""]}))
        ids = sorted({r[0] for r in rows})
        self._db.register(
            "clusters",
            pa.table(
                {
                    "entity_id": ids,
                    "cluster_id": ["linked" if i in {"ofac-1", "det-1"} else i for i in ids],
                    "kind": [next(r[1] for r in rows if r[0] == i) for i in ids],
                }
            ),
        )

    def sql(self, query: str, params: object = None) -> pa.Table:
        return self._db.execute(query, params).to_arrow_table()


def test_every_entity_is_compared_with_every_list_but_its_own() -> None:
    rows = [
        ("ofac-1", "Person", "name", "PEÑA XOCHIHUA, Renato", "ofac_sdn"),
        ("ofac-1", "Person", "birthDate", "1971-02-03", "ofac_sdn"),
        ("ofac-1", "Person", "program", "SDNTK", "ofac_sdn"),
        ("det-1", "Person", "name", "Renato Peña Xochihua", "police"),
        ("det-2", "Person", "name", "RENATO PENA XOCHIHUA", "police"),
        ("det-2", "Person", "birthDate", "1971-02-03", "police"),
        ("det-3", "Person", "name", "Marcela Peña Xochihua", "police"),
        ("det-4", "Person", "name", "Renato Xochihua Peña", "police"),
        ("det-5", "Person", "name", "Nadie Conocido", "police"),
    ]
    seen: list[tuple[int, int]] = []
    table = screen_entities(TablesView(rows), progress=lambda *n: seen.append(n))
    found = {r["entity_id"]: r for r in table.to_pylist()}
    assert {k: r["verdict"] for k, r in found.items()} == {"det-2": "same", "det-3": "kin"}
    assert found["det-2"]["listed_id"] == "ofac-1"
    assert found["det-2"]["programs"] == ["SDNTK"]
    assert json.loads(found["det-2"]["why"])[0]["part"] == "name"
    assert seen[-1] == (5, 5)


# --- words -------------------------------------------------------------------------------------

WORDS = st.text("ABCDEFGILMNORSTUZ", min_size=1, max_size=12)


@settings(max_examples=120, deadline=None)
@given(st.sets(WORDS, min_size=1, max_size=60), st.lists(WORDS, min_size=1, max_size=5))
def test_no_likeness_is_lost_to_the_short_cuts(vocabulary: set[str], asked: list[str]) -> None:
    words = tuple(sorted(vocabulary))
    found = Likenesses.of(words).to(asked)
    for word in asked:
        numbers, like = found[word]
        assert (np.diff(numbers) > 0).all()
        near = dict(zip([words[n] for n in numbers.tolist()], like.tolist(), strict=True))
        for other in words:
            near_enough = JaroWinkler.similarity(word, other) >= LEAST_LIKENESS + 1e-6
            if min(len(word), len(other)) > 1 and near_enough and alike(word, other) > 0:
                assert other in near
            if other in near and len(word) > 1 and len(other) > 1:
                assert near[other] == pytest.approx(alike(word, other), abs=0.02)


def test_words_are_alike_by_sound_form_abbreviation_and_missing_vowels() -> None:
    for left, right in (
        ("CEVALLOS", "ZEBALLOS"),
        ("CHUY", "JESUS"),
        ("HDEZ", "HERNANDEZ"),
        ("GZMN", "GUZMAN"),
        ("G0NZALEZ", "GONZALEZ"),
        ("J", "JOAQUIN"),
    ):
        assert alike(left, right) >= 0.8, (left, right)
    for left, right in (("MORALES", "MEDINA"), ("PEREZ", "GOMEZ"), ("LI", "WU"), ("", "A")):
        assert alike(left, right) < 0.8, (left, right)


def test_the_shipped_cutoff_lies_where_it_was_measured() -> None:
    entry = ListEntry(entity_id="p", list="l", schema="Person", names=("PEÑA XOCHIHUA, Renato",))
    found = Screener([entry]).match([Query(id="q", names=("Renato Peña Xochihua",))])[0]
    assert found[0].likeness == 1.0
    assert found[0].score >= 0.98
    assert 0.03 <= CUTOFF <= 0.2
