"""`puente fetch` as it is typed: what it prints, how it ends, and what a kill costs."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .server_with_faults import Authority, Publisher, status, trickle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUENTE = Path(sys.executable).with_name("puente")
LIST = b'1,"A"\r\n2,"B"\r\n'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def publisher(authority: Authority) -> Iterator[Publisher]:
    with Publisher(authority.server_file) as running:
        yield running


@pytest.fixture
def environment(tmp_path: Path, authority: Authority, publisher: Publisher) -> dict[str, str]:
    """Three made-up sources of the publisher's, laid over the shipped addresses."""
    own = tmp_path / "addresses.yaml"
    entry = "{name}: {{publisher: TEST, page: https://example.org, files: [{{name: {name}.csv, "
    entry += "url: '{url}', type: csv}}]}}\n"
    names = ("first", "second", "third")
    own.write_text("".join(entry.format(name=n, url=publisher.url(f"/{n}.csv")) for n in names))
    publisher.files.clear()
    publisher.asked.clear()
    return {
        **os.environ,
        "PUENTE_FETCH_ADDRESSES": str(own),
        "PUENTE_FETCH_CA_FILE": str(authority.ca_file),
        "PUENTE_FETCH_PROXY": "none",
        "PUENTE_FETCH_RETRIES": "0",
        "PUENTE_LANGUAGE": "en",
    }


def puente(
    *words: object, environment: dict[str, str], before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(PUENTE), "fetch", *map(str, words)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=before,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr[-2000:]
    return done


def test_each_file_is_one_json_line_and_one_that_fails_stops_none_of_the_others(
    tmp_path: Path, publisher: Publisher, environment: dict[str, str]
) -> None:
    publisher.publish("/first.csv", LIST)
    publisher.publish("/second.csv", LIST, faults=[status(403)])
    publisher.publish("/third.csv", LIST)
    done = puente("test", "--workspace", tmp_path / "ws", "--json", environment=environment)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(line["source"], line["state"]) for line in lines] == [
        ("first", "new"),
        ("second", "failed"),
        ("third", "new"),
    ]
    assert "403" in lines[1]["reason"]
    assert (tmp_path / "ws/files/third/2026-02-27/third.csv").read_bytes() == LIST
    again = puente("second", "--to", tmp_path / "ws/files", environment=environment)
    assert again.returncode == 0
    assert "second.csv" in again.stdout


def test_an_address_given_by_hand_goes_to_the_source_that_is_named(
    tmp_path: Path, publisher: Publisher, environment: dict[str, str]
) -> None:
    """SESNSP's addresses change every month: the analyst pastes this month's."""
    publisher.publish("/share", LIST, headers={"Content-Disposition": "filename=ago2026.csv"})
    url = publisher.url("/share?share=token")
    done = puente(
        "sesnsp_municipal_2026", "--url", url, "--to", tmp_path, "--json", environment=environment
    )
    assert done.returncode == 0
    assert "token" not in done.stdout + done.stderr
    assert json.loads(done.stdout)["path"] == str(
        tmp_path / "sesnsp_municipal_2026/2026-02-27/ago2026.csv"
    )


def test_a_workspace_that_begins_with_a_download_is_its_owners_alone(
    tmp_path: Path, publisher: Publisher, environment: dict[str, str]
) -> None:
    """The node's key and records will lie there."""
    publisher.publish("/first.csv", LIST)
    for folder, more in (("one", []), ("two", ["--to", tmp_path / "two" / "files"])):
        done = puente("first", "--workspace", tmp_path / folder, *more, environment=environment)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / folder).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["nobody"], 3, "no official address is known of 'nobody'"),
        (["--url", "https://user:word@example.org/a"], 3, "no password"),
        (["--url", "http://example.org/a.csv"], 3, "not over TLS"),
        (["first", "second", "--url", "https://example.org/a"], 3, "for one source"),
        ([], 2, "name a source"),
    ],
)
def test_bad_input_is_said_and_nothing_is_fetched(
    tmp_path: Path,
    environment: dict[str, str],
    words: list[str],
    code: int,
    complaint: str,
) -> None:
    done = puente(*words, "--to", tmp_path / "files", environment=environment)
    assert done.returncode == code
    assert complaint in " ".join((done.stdout + done.stderr).split())


def test_the_list_says_which_addresses_were_not_verified(environment: dict[str, str]) -> None:
    done = puente("--list", "--json", environment=environment)
    rows = {(r["source"], r["name"]): r for r in map(json.loads, done.stdout.splitlines())}
    assert rows["ofac_sdn", "sdn.csv"]["verified"] > "2026"
    assert rows["ofac_sdn", "alt.csv"]["verified"] == "no"
    assert rows["sesnsp_municipal_2026", ""]["note"]
    shown = puente("--list", "un", environment=environment)
    assert "https://scsanctions.un.org/resources/xml/en/consolidated.xml\n" in shown.stdout


def test_a_killed_fetch_goes_on_where_it_was(
    tmp_path: Path, publisher: Publisher, environment: dict[str, str]
) -> None:
    files = tmp_path / "files"
    content = bytes(range(1, 256)) * 20_000
    slow = publisher.publish("/first.csv", content, faults=[trickle(size=40_000, pause=0.02)])
    words = [str(PUENTE), "fetch", "first", "--to", str(files), "--json"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            parts = list((files / ".fetching").glob("*.part"))
            if parts and parts[0].stat().st_size > 200_000:
                break
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    (part,) = (files / ".fetching").glob("*.part")
    came = part.stat().st_size
    assert 200_000 < came < len(content)
    assert [path.name for path in files.iterdir()] == [".fetching"]
    done = puente("first", "--to", files, "--json", environment=environment)
    outcome = json.loads(done.stdout)
    assert (outcome["state"], outcome["resumed_at"]) == ("new", came)
    assert Path(outcome["path"]).read_bytes() == content
    assert publisher.asked[-1][1]["range"] == f"bytes={came}-"
    assert publisher.asked[-1][1]["if-range"] == slow.etag


def test_a_full_disk_is_a_sentence_and_leaves_no_file(
    tmp_path: Path, publisher: Publisher, environment: dict[str, str]
) -> None:
    publisher.publish("/first.csv", LIST * 100_000)

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    done = puente("first", "--to", tmp_path, "--json", environment=environment, before=little_room)
    outcome = json.loads(done.stdout)
    assert (done.returncode, outcome["state"]) == (1, "failed")
    assert "File too large" in outcome["reason"]
    assert not (tmp_path / "first").exists()
    done = puente("first", "--to", tmp_path, "--json", environment=environment)
    assert json.loads(done.stdout)["resumed_at"] == 300_000
