"""What the commands print is what goes into the file of a case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from puente.cli.app import build_app

CASE = Path(__file__).resolve().parents[2] / "docs/examples/case-fto.yaml"


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(build_app(), ["law", *map(str, arguments)])
    return done.exit_code, done.stdout


def run_json(*arguments: object) -> dict[str, object]:
    code, text = run(*arguments, "--json")
    assert code == 0, text
    found: dict[str, object] = json.loads(text)
    return found


def results(found: dict[str, object]) -> dict[str, str]:
    return {b["id"]: b["status"] for b in found["branches"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("day", ["2019-12", "2019-12-31", "2025-02-20"])
def test_the_four_cells_from_the_command_line(day: str) -> None:
    found = run_json("assess", CASE, "--as-of", day)
    assert results(found) == {
        "motive=paper+gain=sole": "rebutted",
        "motive=paper+gain=mixed": "rebutted",
        "motive=disjunctive+gain=sole": "supported",
        "motive=disjunctive+gain=mixed": "supported",
    }
    [pivot] = found["pivots"]  # type: ignore[misc]
    assert pivot["elements"] == ["political_motive"]
    assert (pivot["within"], pivot["carried_by"]) == ("activity", ["terrorist_activity"])


def test_both_days_and_both_fingerprints_are_stored() -> None:
    found = run_json("assess", CASE, "--as-of", "2025-02-20", "--facts-as-of", "2018-12-31")
    assert (found["as_of_law"], found["as_of_facts"]) == ("2025-02-20", "2018-12-31")
    assert len(found["instrument"]["fingerprint"]) == 64  # type: ignore[index]
    assert len(found["case"]["fingerprint"]) == 64  # type: ignore[index]


def test_the_same_run_prints_the_same_bytes() -> None:
    one, other = (run("assess", CASE, "--as-of", "2025-02-20", "--json")[1] for _n in range(2))
    assert one == other


def test_stored_runs_compare_as_the_days_do(tmp_path: Path) -> None:
    paths = []
    for day in ("2019-12-31", "2025-02-20"):
        code, text = run("assess", CASE, "--as-of", day, "--facts-as-of", day, "--json")
        assert code == 0
        paths.append(tmp_path / f"{day}.json")
        paths[-1].write_text(text, encoding="utf-8")
    stored = run_json("compare", *paths)
    days = ("--as-of", "2019-12-31", "--as-of", "2025-02-20")
    facts = ("--facts-as-of", "2019-12-31", "--facts-as-of", "2025-02-20")
    assert stored == run_json("compare", CASE, *days, *facts)
    assert {one["because"] for one in stored["branches"]} == {"facts"}  # type: ignore[attr-defined]
    assert run_json("compare", CASE, *days)["same"] is True


def test_people_get_tables_with_the_dissent_beside_the_determination() -> None:
    code, text = run("assess", CASE, "--as-of", "2025-02-20")
    assert code == 0
    assert "analyst-1" in text
    assert "analyst-2" in text


def test_bad_use_and_bad_input_have_their_own_exit_codes(tmp_path: Path) -> None:
    broken = tmp_path / "case.yaml"
    broken.write_bytes(b"\xff\xfe\x00")
    assert run("assess", broken)[0] == 3
    assert run("assess", tmp_path / "none.yaml")[0] == 3
    assert run("assess", CASE, "--as-of", "yesterday")[0] == 3
    assert run("assess", CASE, "--as-of", "2019-13")[0] == 3
    assert run("compare", CASE)[0] == 2
    assert run("compare", CASE, CASE, "--as-of", "2019-12-31")[0] == 2
    assert run("compare", CASE, CASE)[0] == 3
