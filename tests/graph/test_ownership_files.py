"""The rule on files: every answer has its row, every bad row its line, and nothing is guessed."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from puente.errors import InvalidData, NotFound
from puente.graph.ownership_files import OwnFiles, OwnReport, own_report

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2024, 5, 3)


def applied(
    folder: Path, holdings: str, seeds: str = "id\nX\n", **asked: Any
) -> tuple[dict[str, dict[str, str]], OwnReport]:
    """Return the rows written, by entity, and what was reported."""
    (folder / "h.csv").write_text(holdings)
    (folder / "b.csv").write_text(seeds)
    files = OwnFiles(
        holdings=folder / "h.csv", seeds=folder / "b.csv", out=folder / "r.csv",
        derivation=folder / "d.jsonl" if asked.pop("derivation", False) else None,
    )  # fmt: skip
    report = own_report(files, as_of=asked.pop("as_of", DAY), **asked)
    with (folder / "r.csv").open(encoding="utf-8", newline="") as handle:
        return {row["entity"]: row for row in csv.DictReader(handle)}, report


def status(rows: dict[str, dict[str, str]]) -> dict[str, str]:
    return {entity: row["status"] for entity, row in rows.items()}


def test_the_answer_on_files_has_a_row_for_every_entity(tmp_path: Path) -> None:
    _rows, report = applied(
        tmp_path,
        "owner,asset,percent,percent_max,from,to\nX,A,50,,2020-01-01,\nA,B,,49,,\nQ,B,51,,,\n",
    )
    assert report.counts == {"blocked": 2, "possibly": 0, "not": 2}
    assert (tmp_path / "r.csv").read_text().splitlines() == [
        "entity,status,low,high,because",
        'A,blocked,50,50,"X (listed) holds 50 %; together 50 %: at least 50 %, blocked"',
        (
            'B,not,0,49,"A (blocked by the 50 percent rule) holds 0 % to 49 %;'
            ' together 0 % to 49 %: below 50 %, not blocked by ownership"'
        ),
        "Q,not,0,0,",
        "X,blocked,0,0,on a property-blocking list itself",
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("X,A,fifty,,,,", "percent is no number"),
        ('X,A,"50,5",,,,', "percent is no number"),
        ("X,A,50%,,,,", "percent is no number"),
        ("X,A,nan,,,,", "percent is no number"),
        ("X,A,101,,,,", "outside 0 to 100"),
        ("X,A,-1,,,,", "outside 0 to 100"),
        ("X,A,1000,,,,", "percent is no number from 0 to 100"),
        ("X,A,1e300,,,,", "percent is no number from 0 to 100"),
        ("X,A,0.0000000000000000000000000000001,,,,", "percent is no number"),
        ("X,A,40,30,,,", "below the least"),
        ("X,A,40,101,,,", "outside 0 to 100"),
        ("X,A,40,,2020-13,,", "start is no ISO date"),
        ("X,A,40,,2023-02-29,,", "start is no ISO date"),
        ("X,A,40,,,3/5/2024,", "end is no ISO date"),
        ("X,A,40,,2020,2019,", "ends before it begins"),
        ("X,A,40,,,,friendship", "unknown kind of holding 'friendship'"),
        (",A,40,,,,", "no owner"),
        ("X,,40,,,,", "no asset"),
    ],
)
def test_a_bad_holding_is_refused_with_file_line_and_reason(
    tmp_path: Path, row: str, reason: str
) -> None:
    with pytest.raises(InvalidData, match=reason) as caught:
        applied(tmp_path, f"owner,asset,percent,percent_max,from,to,kind\nX,B,10,,,,\n\n{row}\n")
    assert (caught.value.file, caught.value.line) == (tmp_path / "h.csv", 4)
    assert not (tmp_path / "r.csv").exists()


def test_a_share_written_as_a_binary_fraction_prints_is_read_to_its_last_place(
    tmp_path: Path,
) -> None:
    """A spreadsheet writes 1.1000000000000001; refused, no file from one could be read."""
    rows, _report = applied(
        tmp_path, "owner,asset,percent\nX,A,1.1000000000000001\nX,A,48.8999999999999999\n"
        "X,B,49.99999999999999999999\nX,C,5e1\nX,D,050.00\n",
    )  # fmt: skip
    assert (rows["A"]["status"], rows["A"]["low"]) == ("blocked", "50")
    assert (rows["B"]["status"], rows["B"]["low"]) == ("not", "49.99999999999999999999")
    assert (rows["C"]["low"], rows["D"]["low"]) == ("50", "50")


def test_the_words_of_registers_for_kinds_of_interest_are_understood(tmp_path: Path) -> None:
    rows, report = applied(
        tmp_path, "owner,asset,percent,kind\n"
        "X,A,60,Ownership\nX,B,60,shareholding\nX,C,60,votingRights\nX,D,,boardMember\n"
        "X,E,60,trustee\nX,F,60,Prestanombre\nX,G,60,indirect\nX,H,,unknownInterest\n"
        "X,S,,cónyuge\nS,I,60,\nX,P,,principal\nP,J,60,\nX,K,,Linked To\n",
    )  # fmt: skip
    assert status(rows) == {
        "A": "blocked", "B": "blocked", "C": "not", "D": "not", "E": "possibly", "F": "possibly",
        "G": "possibly", "H": "possibly", "I": "possibly", "J": "possibly", "K": "not", "P": "not",
        "S": "not", "X": "blocked",
    }  # fmt: skip
    assert report.controlled == 3
    assert "control is not ownership" in rows["D"]["because"]
    assert "boardMember" in rows["D"]["because"]


def test_who_is_on_a_list_that_blocks_nothing_is_no_seed_unless_that_list_is_named(
    tmp_path: Path,
) -> None:
    """Firms of a taxpayer on the 69-B list would be refused as if US law blocked them."""
    held = "owner,asset,percent\nT,A,100\nX,B,100\n"
    seeds = "id,list\nT,sat_69b\nX,ofac_sdn\n"
    rows, report = applied(tmp_path, held, seeds)
    assert (rows["A"]["status"], rows["B"]["status"]) == ("not", "blocked")
    assert rows["T"]["status"] == "not"
    assert any("sat_69b" in notice for notice in report.notices)
    rows, report = applied(tmp_path, held, seeds, also=["SAT_69B"])
    assert (rows["A"]["status"], report.notices) == ("blocked", ())
    rows, report = applied(tmp_path, "owner,asset,percent\nsat69b-AAA,A,100\n", "id\nsat69b-AAA\n")
    assert rows["A"]["status"] == "blocked"
    assert any("blocks no property" in notice for notice in report.notices)


def test_a_seed_counts_only_while_it_is_listed(tmp_path: Path) -> None:
    held, seeds = "owner,asset,percent\nX,A,100\n", "id,from,to\nX,2015-06-01,2021-12-20\n"
    days = {"2015-05-31": "not", "2015-06-01": "blocked", "2021-12-20": "blocked",
            "2021-12-21": "not"}  # fmt: skip
    for day, want in days.items():
        rows, _report = applied(tmp_path, held, seeds, as_of=date.fromisoformat(day))
        assert rows["A"]["status"] == want, day
    with pytest.raises(InvalidData, match="no date") as caught:
        applied(tmp_path, held, "id,from\nY,\nX,soon\n")
    assert caught.value.line == 3


def test_shares_that_contradict_each_other_leave_the_entity_open_and_are_counted(
    tmp_path: Path,
) -> None:
    """Refusing a register of a million rows for one such entity would leave all unanswered."""
    rows, report = applied(
        tmp_path,
        "owner,asset,percent\nX,A,60.3\nY,A,40.3\nX,B,60.25\nY,B,40.25\nX,C,100\nA,D,100\n",
    )
    assert status(rows) == {
        "A": "possibly", "B": "blocked", "C": "blocked", "D": "possibly", "X": "blocked",
        "Y": "not",
    }  # fmt: skip
    assert (rows["A"]["low"], rows["A"]["high"], report.contradicted) == ("0", "60.3", 1)
    assert rows["A"]["because"].startswith("the record contradicts itself")


def test_a_row_that_stands_twice_counts_once_for_sure(tmp_path: Path) -> None:
    """A register joined to itself doubles its rows; added up, 30 percent would block a firm."""
    rows, report = applied(
        tmp_path, "owner,asset,percent,from\nX,A,30,2020\nX,A,30,2020\nX,B,30,2020\nX,B,30,2021\n"
    )
    assert (rows["A"]["status"], rows["A"]["low"], rows["A"]["high"]) == ("possibly", "30", "60")
    assert (rows["B"]["status"], rows["B"]["low"]) == ("blocked", "60")
    assert report.repeated == 1


def test_shares_of_one_that_add_up_to_one_are_pointed_out_as_fractions(tmp_path: Path) -> None:
    rows, report = applied(tmp_path, "owner,asset,percent\nX,A,0.6\nY,A,0.4\n")
    assert rows["A"]["status"] == "not"
    assert any("fractions" in notice for notice in report.notices)
    assert applied(tmp_path, "owner,asset,percent\nX,A,0.6\nY,A,40\n")[1].notices == ()


def test_a_derivation_leads_from_the_listed_to_the_entity_in_steps_that_can_be_checked(
    tmp_path: Path,
) -> None:
    _rows, report = applied(
        tmp_path,
        "owner,asset,percent,from\nX,A,50,2019\nX,B,50,\nA,C,25,\nB,C,25,\nC,A,30,\n",
        explain=["C"],
    )
    (found,) = report.derivations
    assert (found.status, found.basis, found.low) == ("blocked", "ownership", 50)
    assert [step.entity for step in found.chain] == ["A", "B", "C"]
    assert [owner.owner for owner in found.chain[0].owners] == ["X"]  # what C holds proves nothing
    assert {owner.date_from for owner in found.chain[0].owners} == {"2019"}
    for step in found.chain:
        assert sum(owner.low for owner in step.owners) == step.low >= 50
    with pytest.raises(NotFound):
        applied(tmp_path, "owner,asset,percent\nX,A,50\n", explain=["Z"])


def test_the_derivations_file_has_a_line_for_all_that_blocking_touches(tmp_path: Path) -> None:
    applied(
        tmp_path,
        "owner,asset,percent,kind\nX,A,50,\nA,B,40,\nQ,R,100,\nX,D,,director\n",
        derivation=True,
    )
    lines = (tmp_path / "d.jsonl").read_text(encoding="utf-8").splitlines()
    told = {line["entity"]: line for line in map(json.loads, lines)}
    assert {entity: line["basis"] for entity, line in told.items()} == {
        "A": "ownership", "B": "none", "D": "control", "X": "listed",
    }  # fmt: skip
    assert told["B"]["high"] == "40"
    assert told["D"]["controlled_by"] == [
        {"entity": "X", "how": "director", "why": "listed", "sure": True}
    ]
    assert "21 USC 1904(b)(3)" in told["D"]["text"][0]
    assert "no designation needed" in told["A"]["text"][0]
