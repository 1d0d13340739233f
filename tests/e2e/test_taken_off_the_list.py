"""Two published lists, one removal between them: what it did to what was found before.

In August 2021 OFAC's list holds Rafael Márquez Álvarez and links him to an organisation to which it
links Raúl Flores Hernández too; in January 2022 it no longer holds him.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from puente.cli.app import build_app

if TYPE_CHECKING:
    from pathlib import Path

REMOVED, SEED, ORGANISATION = "ofac-21644", "ofac-21024", "ofac-21023"
DAYS = ("2021-08-18", "2022-01-31")
PASSWORD = "a-password-of-the-tests"
SOME = {"210", "216"}
"""With what the numbers begin of the entries that the quick run takes, of one program."""
HISTORY = {"statements", "clusters", "nodes", "links", "undecided", "cells", "loads", "rejects"}
"""What keeps what was: all else in a build is derived from what stands."""


class Node:
    """A workspace, worked by commands as a user would."""

    def __init__(self, root: Path, lists: Path, *, some_only: bool) -> None:
        self.root, self.workspace = root, root / "ws"
        self.data = {day: self._vintage(lists, day, some_only) for day in DAYS}

    def _vintage(self, lists: Path, day: str, some_only: bool) -> Path:
        folder = self.root / "data" / day
        folder.mkdir(parents=True)
        rows = (lists / day / "sdn.csv").read_text("latin-1").splitlines(keepends=True)
        kept = [row for row in rows if not some_only or (row[:3] in SOME and "SDNTK" in row)]
        (folder / "sdn.csv").write_text("".join(kept), encoding="latin-1")
        return folder

    def run(self, *words: object, code: int = 0) -> Any:
        given = [str(word) for word in (*words, "--json")]
        done = CliRunner().invoke(build_app(), given, env={"PUENTE_PASSWORD": PASSWORD})
        assert done.exit_code == code, (given, done.stdout[-500:], done.stderr[-2000:])
        return json.loads(done.stdout) if code in {0, 1} else None

    def add_user(self, name: str, role: str) -> None:
        given = ["user", "add", name, "--role", role, "--workspace", str(self.workspace)]
        done = CliRunner().invoke(build_app(), given, env={"PUENTE_PASSWORD": PASSWORD})
        assert done.exit_code == 0, done.stderr

    def here(self, *words: object, user: str = "ana", code: int = 0) -> Any:
        purpose = {"ana": "investigation", "eva": "audit"}[user]
        who = ("--user", user, "--purpose", purpose, "--workspace", self.workspace)
        return self.run(*words, *who, code=code)

    def build(self, day: str) -> str:
        told = self.run("build", "--data", self.data[day], "--workspace", self.workspace)
        return str(told["build"])

    def steps_from_seed(self, exported: Path) -> dict[str, dict[str, str]]:
        """Steps from the one seed over the edges of an export, by entity."""
        out = exported / "steps.csv"
        edges, seeds = exported / "e.csv", exported / "s.csv"
        with (exported / "edges.csv").open(encoding="utf-8-sig") as handle:
            rows = [(r["source_id"], r["target_id"], r["kind"]) for r in csv.DictReader(handle)]
        with edges.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([("source", "target", "kind"), *rows])
        seeds.write_text(f"id\n{SEED}\n", encoding="utf-8")
        self.run("network", "steps", "--edges", edges, "--seeds", seeds, "--out", out)
        with out.open(encoding="utf-8") as handle:
            return {row["id"]: row for row in csv.DictReader(handle)}

    def derived(self, build: str) -> dict[str, str]:
        """The text of each artefact that a build derived from what stands."""
        folder = self.workspace / "lake" / "builds" / build
        return {
            path.stem: json.dumps(pq.read_table(path).to_pylist(), default=str)
            for path in folder.glob("[!.]*.parquet")
            if path.stem not in HISTORY
        }


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(True, id="some"),
        pytest.param(False, id="whole", marks=pytest.mark.deep),
    ],
)
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, puente_data: Path
) -> Node:
    root = tmp_path_factory.mktemp("removal")
    return Node(root, puente_data / "ofac", some_only=request.param)


def test_who_is_no_longer_listed_is_listed_nowhere_and_the_earlier_finding_says_so(
    node: Node,
) -> None:
    first = node.build(DAYS[0])
    for name, role in (("ana", "analyst"), ("eva", "auditor")):
        node.add_user(name, role)
    earlier = node.root / "earlier"
    node.here("export", "csv", "--out", earlier)
    found = node.steps_from_seed(earlier)[REMOVED]
    assert (found["steps"], found["via"]) == ("2", ORGANISATION)
    assert REMOVED in node.derived(first)["steps"]
    assert node.here("lists", "relief", "notices")["notices"] == []

    second = node.build(DAYS[1])
    listed = {day: node.here("lists", "at", day, "--id", REMOVED)["listed"] for day in DAYS}
    assert listed == {DAYS[0]: True, DAYS[1]: False}
    derived = node.derived(second)
    assert {"steps", "edges", "hits", "ownership"} <= derived.keys()
    assert [name for name, text in derived.items() if f'"{REMOVED}"' in text] == []
    later = node.root / "later"
    node.here("export", "csv", "--out", later)
    assert REMOVED not in node.steps_from_seed(later)
    assert ORGANISATION in node.steps_from_seed(later)

    check_notices(node, first, earlier)


def check_notices(node: Node, first: str, earlier: Path) -> None:
    told = node.here("lists", "relief", "notices", "--id", REMOVED)
    (change,) = told["changes"]
    assert (change["what"], change["day"], change["last_listed"]) == ("removed", DAYS[1], DAYS[0])
    held = {(n["finding"], n["subject"]) for n in told["notices"]}
    assert {("listing", REMOVED), ("link", ORGANISATION)} <= held
    assert {n["ref"] for n in told["notices"]} == {f"build:{first}"}
    (on_organisation,) = (
        n
        for n in node.here("lists", "relief", "notices", "--on", ORGANISATION)["notices"]
        if n["entity_id"] == REMOVED
    )
    assert on_organisation["said"]["kind"] == "LinkedTo"
    # The dossier of that day: the file itself, and the log's row of who took it away.
    checked = node.run(
        "lists", "relief", "check", earlier / "steps.csv", "--workspace", node.workspace, code=1
    )
    assert REMOVED in {found["entity_id"] for found in checked["found"]}
    exports = node.here("lists", "relief", "notices", "--id", REMOVED, user="eva")["notices"]
    assert [(n["finding"], n["said"]["everything"]) for n in exports] == [("export", True)]
    (reader,) = node.here("lists", "relief", "told", REMOVED, user="eva")["told"]
    assert (reader["who"], reader["action"], reader["times"]) == ("ana", "export", 1)
    letter = node.root / "correction.pdf"
    node.here("lists", "relief", "correction", REMOVED, "--out", letter, user="eva")
    assert letter.read_bytes().startswith(b"%PDF")
    refused = node.root / "refused.pdf"
    node.here("lists", "relief", "correction", REMOVED, "--out", refused, code=4)
    assert not refused.exists()
