"""The main job through the command line: what a user would lose if a part of it failed."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

PUENTE = Path(sys.executable).with_name("puente")


if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_every_row_of_every_file_is_loaded_or_rejected(built: Any) -> None:
    assert built.summary["sources"]
    for source in built.summary["sources"]:
        assert source["rows"] == source["loaded"] + source["rejected"], source["path"]


def test_only_the_planted_damage_is_rejected(built: Any) -> None:
    with (built.world / "truth" / "rejects.csv").open(encoding="utf-8", newline="") as handle:
        planted = len(list(csv.DictReader(handle)))
    assert sum(source["rejected"] for source in built.summary["sources"]) == planted > 0


def test_records_of_one_person_are_joined_and_of_two_are_not(scored: dict[str, Any]) -> None:
    assert scored["people"]["precision"] >= 0.98
    assert scored["people"]["recall"] >= 0.93


def test_records_of_one_firm_or_car_are_joined_and_of_two_are_not(scored: dict[str, Any]) -> None:
    for kind in ("companies", "vehicles"):
        assert scored[kind]["precision"] >= 0.99, kind
        assert scored[kind]["recall"] >= 0.85, kind


def test_planted_facilitators_are_reached_on_evidence(scored: dict[str, Any]) -> None:
    steps = scored["steps"]["by_step"]
    planted = sum(row["planted"] for step, row in steps.items() if step != "0")
    reached = sum(row.get("reached", 0) for step, row in steps.items() if step != "0")
    assert steps["0"]["exact"] == steps["0"]["planted"]
    assert reached / planted >= 0.85


def test_nobody_is_reached_by_name_alone(scored: dict[str, Any]) -> None:
    """A namesake of a listed person stands near nobody."""
    assert scored["steps"]["innocent"].get("namesake reached", 0) == 0


def test_who_is_on_record_only_as_victim_lawyer_or_relative_is_never_reached(
    built: Any, scored: dict[str, Any]
) -> None:
    nodes = pq.read_table(built.current / "nodes.parquet", columns=["cluster_id", "standing"])
    barred = {n["cluster_id"] for n in nodes.to_pylist() if n["standing"] == "non_suspect"}
    steps = pq.read_table(built.current / "steps.parquet").to_pylist()
    assert barred
    assert not barred & {row["cluster_id"] for row in steps}
    assert not barred & {row["via"] for row in steps}
    assert scored["steps"]["innocent"].get("lawyer reached", 0) == 0


def test_the_blocked_firms_are_those_that_were_planted(scored: dict[str, Any]) -> None:
    """One firm said free would be paid; one said blocked would lose what is its own.

    `left_open` holds firms with a shareholder's row that fits a listed man and a namesake alike,
    and those that such firms own: the truth knows, the records do not, and the answer says so.
    """
    found = scored["blocked"]
    assert (found["wrong"], found["not_planted"]) == ({}, [])
    assert len(found["undecided"]) <= sum(found["planted"].values()) / 50


def test_building_again_changes_nothing(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    copy = tmp_path / "workspace"
    shutil.copytree(built.workspace, copy)
    again = puente("build", "--data", built.world, "--workspace", copy, "--json")
    assert again.code == 0
    assert all(source["unchanged"] for source in again.json["sources"])
    name = (copy / "lake" / "CURRENT").read_text(encoding="utf-8").strip()
    for table in ("statements", "clusters", "links", "edges", "steps", "ownership", "panel"):
        first = pq.read_table(built.current / f"{table}.parquet")
        second = pq.read_table(copy / "lake" / "builds" / name / f"{table}.parquet")
        assert first.equals(second), table


def test_a_build_killed_at_any_moment_leaves_the_previous_one_readable(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    copy = tmp_path / "workspace"
    shutil.copytree(built.workspace, copy)
    before = (copy / "lake" / "CURRENT").read_text(encoding="utf-8")
    chance = random.Random(5)
    command = [str(PUENTE), "build", "--data", str(built.world), "--workspace", str(copy), "--json"]
    for _ in range(4):
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            time.sleep(chance.uniform(0.8, 7.0))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        name = (copy / "lake" / "CURRENT").read_text(encoding="utf-8")
        build = copy / "lake" / "builds" / name.strip()
        assert json.loads((build / "summary.json").read_text(encoding="utf-8"))["entities"] > 0
        out = tmp_path / f"export-{_}"
        words = ("export", "csv", "--out", out, "--workspace", copy, "--id", "ofac-9000001")
        read = puente(*words, "--user", "ana", "--purpose", "investigation", "--case", "C-1")
        assert read.code == 0, read.err
        if name == before:
            manifest = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
            assert manifest["build"] == before.strip()


def test_a_broken_list_stops_the_build_and_the_previous_one_stands(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    """A build without a list would clear people without saying so."""
    data, copy = tmp_path / "data", tmp_path / "workspace"
    shutil.copytree(built.world, data)
    shutil.copytree(built.workspace, copy)
    before = (copy / "lake" / "CURRENT").read_text(encoding="utf-8")
    broken = next(data.rglob("sdn.csv"))
    broken.write_bytes(broken.read_bytes().replace(b",", b"\t"))
    done = puente("build", "--data", data, "--workspace", copy, "--json")
    assert done.code == 3
    assert done.json["error"]["code"] == "invalid_data"
    assert "sdn.csv" in done.json["error"]["message"]
    assert (copy / "lake" / "CURRENT").read_text(encoding="utf-8") == before


def test_a_folder_without_a_known_file_is_bad_input(
    puente: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("nothing")
    done = puente("build", "--data", tmp_path / "data", "--workspace", tmp_path / "ws", "--json")
    assert done.code == 3
    assert done.json["error"]["code"] == "invalid_data"


def test_an_export_says_who_took_what_and_keeps_the_marking(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    words = ("export", "ftm", "--out", tmp_path, "--workspace", built.workspace, "--json")
    done = puente(*words, "--user", "ana", "--purpose", "investigation", "--case", "C-7")
    assert done.code == 0, done.err
    assert done.json["marking"].startswith("TLP:AMBER")
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert "ana" in json.dumps(manifest)
    assert "C-7" in json.dumps(manifest)
    lines = [json.loads(line) for path in tmp_path.glob("*.json*") if path.name != "manifest.json"
             for line in path.read_text(encoding="utf-8").splitlines()]  # fmt: skip
    assert any(line["schema"] == "Person" for line in lines)


def test_an_auditor_is_refused_contents_with_the_rule_that_refused(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    words = ("export", "csv", "--out", tmp_path, "--workspace", built.workspace, "--json")
    done = puente(*words, "--user", "eva", "--purpose", "audit")
    assert done.code == 4
    assert done.json["error"]["code"] == "not_allowed"
    assert done.json["error"]["detail"]["rule"]
    assert not list(tmp_path.iterdir())


def test_a_wrong_password_opens_nothing(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    words = ("export", "csv", "--out", tmp_path, "--workspace", built.workspace, "--json")
    done = puente(*words, "--user", "ana", "--purpose", "screening", PUENTE_PASSWORD="wrong")
    assert done.code == 4
    assert not list(tmp_path.iterdir())


def test_a_journalist_takes_out_nothing_that_was_made_of_closed_records(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    """Which records were joined is itself made of all of them, the closed ones too."""
    words = ("export", "statements", "--out", tmp_path, "--workspace", built.workspace, "--json")
    done = puente(*words, "--user", "jo", "--purpose", "oversight")
    assert done.code == 4
    assert done.json["error"]["detail"]["rule"] == "no-rule-permits"
    assert not list(tmp_path.iterdir())


def test_a_changed_row_of_the_audit_log_is_found(
    built: Any, puente: Callable[..., Any], tmp_path: Path
) -> None:
    import sqlite3

    copy = tmp_path / "workspace"
    shutil.copytree(built.workspace, copy)
    assert puente("audit", "verify", "--workspace", copy, "--json").json["ok"] is True
    proof = puente("audit", "prove", 0, "--workspace", copy)
    assert proof.code == 0
    assert proof.json
    with sqlite3.connect(copy / "ledger.sqlite") as ledger:
        changed = ledger.execute(
            "UPDATE audit_row SET leaf = replace(leaf, 'ana', 'eva') WHERE leaf LIKE '%ana%'"
        )
        assert changed.rowcount > 0
    found = puente("audit", "verify", "--workspace", copy, "--json")
    assert found.code == 1
    assert found.json["ok"] is False


def test_the_report_is_a_tagged_pdf_and_a_page_in_one_file(built: Any) -> None:
    pdf = (built.current / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"StructTreeRoot" in pdf
    page = (built.current / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_a_second_demonstration_starts_from_the_build_that_stands(
    puente: Callable[..., Any], tmp_path: Path
) -> None:
    words = ("demo", "--workspace", tmp_path, "--people", 600, "--no-serve", "--json")
    first, second = puente(*words), puente(*words)
    assert first.code == second.code == 0, first.err
    assert first.json["build"] == second.json["build"]
    accounts = tmp_path / "demo-accounts.json"
    assert accounts.stat().st_mode & 0o077 == 0


def test_the_demonstration_of_an_earlier_version_is_laid_aside_and_made_anew(
    puente: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is named by a point, which has no name to lay it aside under."""
    words = ("demo", "--people", 600, "--no-serve", "--json", "--workspace")
    assert puente(*words, tmp_path / "demo").code == 0
    mark = tmp_path / "demo" / "world-600-7" / "made.json"
    mark.write_text('{"files": "0"}', encoding="utf-8")
    monkeypatch.chdir(tmp_path / "demo")
    again = puente(*words, ".")
    assert again.code == 0, again.err
    assert mark.read_text(encoding="utf-8") != '{"files": "0"}'
    assert (tmp_path / "demo-before-1" / "world-600-7" / "made.json").is_file()


def test_bad_usage_and_bad_input_end_with_their_codes(
    puente: Callable[..., Any], tmp_path: Path
) -> None:
    assert puente("build").code == 2
    assert puente("world", "--out", tmp_path / "w", "--people", 5).code == 2
    missing = puente(
        "own", "--holdings", "/nowhere.csv", "--blocked", "/nowhere.csv", "--out",
        tmp_path / "o.csv", "--json",
    )  # fmt: skip
    assert missing.code == 3
    assert "/nowhere.csv" in missing.json["error"]["message"]


def test_what_the_network_leaves_out_is_told(built: Any) -> None:
    """Every reference in these files has its other end; one that had none would be counted here."""
    left_out = built.summary["edges_left_out"]
    assert set(left_out) == {
        "missing_ends",
        "within_one_entity",
        "events_too_large",
        "contacts_too_common",
    }
    assert left_out["missing_ends"] == 0


def test_the_places_of_the_summary_are_the_municipalities_of_the_panel(built: Any) -> None:
    panel = pq.read_table(built.current / "panel.parquet", columns=["place", "level"]).to_pylist()
    municipalities = {row["place"] for row in panel if row["level"] == "municipality"}
    assert built.summary["places"]["places"] == len(municipalities)
