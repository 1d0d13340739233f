"""yente's routes: what is sent and read, what each key may see, and OpenSanctions' client."""

from __future__ import annotations

import asyncio
import csv
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from puente.guard.actors import Purpose
from puente.guard.api_keys import KeyTerms
from puente.settings import load_settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

BASE = "/api/yente"
LISTED = {"schema": "Person", "properties": {"name": ["Evaristo Montaño Quiroz"]}}
BORN = {
    "schema": "Person",
    "properties": {"name": ["Evaristo Montano Quiros"], "birthDate": ["1974-03-19"]},
}
UNLISTED = {"schema": "Person", "properties": {"name": ["Zacarías Peñaloza Urrutia"]}}


class Program:
    """A program that asks with a key."""

    def __init__(self, browser: Any, token: str) -> None:
        self._browser = browser
        self.headers = {"Authorization": f"ApiKey {token}"}

    def get(self, path: str, **params: Any) -> httpx.Response:
        answer: httpx.Response = self._browser.send(
            "GET", f"{BASE}{path}", params=params, headers=self.headers
        )
        return answer

    def match(self, queries: dict[str, Any], **params: Any) -> httpx.Response:
        answer: httpx.Response = self._browser.send(
            "POST", f"{BASE}/match/default", params=params, json={"queries": queries},
            headers=self.headers,
        )  # fmt: skip
        return answer

    def results(self, query: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
        answer = self.match({"q": query}, **params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["responses"]["q"]["results"]
        return found


@pytest.fixture(scope="module")
def tokens(workspace: Workspace) -> dict[str, str]:
    made = {
        "ana": Purpose(name="investigation", case="C-1"),
        "carla": Purpose(name="screening"),
        "juan": Purpose(name="oversight"),
        "audi": Purpose(name="audit"),
    }
    terms = {name: KeyTerms(purpose=why, per_second=1_000) for name, why in made.items()}
    return {name: workspace.api_keys.add(name, terms[name])[1] for name in made}


@pytest.fixture
def program(new_browser: Callable[..., Any], tokens: dict[str, str]) -> Callable[..., Program]:
    return lambda name="carla": Program(new_browser(), tokens[name])


def test_a_name_alone_is_possible_and_a_birth_date_makes_it_the_same(
    program: Callable[..., Program],
) -> None:
    alone, born = (program().results(query)[0] for query in (LISTED, BORN))
    assert (alone["id"], alone["verdict"], alone["match"]) == ("ofac-9001", "possible", True)
    assert (born["id"], born["verdict"], born["match"]) == ("ofac-9001", "same", True)
    assert 0 < alone["score"] <= born["score"] <= 1
    assert born["features"]["date_of_birth"] > 0
    assert born["explanations"]["date_of_birth"]["candidate"] == "1974-03-19"
    assert born["properties"]["topics"] == ["sanction"]


def test_the_reasons_are_in_the_readers_language_and_their_names_never_change(
    program: Callable[..., Program],
) -> None:
    asking = program()
    english = asking.results(BORN)[0]["explanations"]
    asking.headers["Accept-Language"] = "es"
    spanish = asking.results(BORN)[0]["explanations"]
    assert english.keys() == spanish.keys()
    assert english["date_of_birth"]["detail"] != spanish["date_of_birth"]["detail"]


def test_what_cannot_be_used_is_said_and_what_cannot_be_compared_is_no_all_clear(
    program: Callable[..., Program],
) -> None:
    bad = {"schema": "Person", "properties": {"name": ["Ana Prueba"], "birthDate": ["pronto"]}}
    empty = {"schema": "Person", "properties": {"name": ["--", " "]}}
    answers = program().match({"bad": bad, "empty": empty}).json()["responses"]
    assert answers["bad"]["not_used"] == {"birthDate": ["pronto"]}
    assert (answers["empty"]["status"], answers["empty"]["results"]) == (422, [])
    assert answers["empty"]["detail"]
    assert program().match({"empty": empty}).status_code == 422


def test_first_name_and_surnames_make_a_name(program: Callable[..., Program]) -> None:
    parts = {"firstName": "Evaristo", "fatherName": "Montaño", "motherName": "Quiroz"}
    assert program().results({"schema": "Person", "properties": parts})[0]["id"] == "ofac-9001"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"limit": 0}, False),
        ({"exclude_entity_ids": "ofac-9001"}, False),
        ({"exclude_dataset": "ofac_sdn"}, False),
        ({"exclude_schema": "LegalEntity"}, False),
        ({"topics": "role.pep"}, False),
        ({"topics": "sanction"}, True),
        ({"changed_since": "2026-10-01"}, True),
        ({"changed_since": "2026-10-02T00:00:00"}, False),
        ({"include_dataset": "ofac_sdn"}, True),
        ({"algorithm": "best"}, True),
    ],
)
def test_a_filter_takes_out_what_it_names_and_nothing_else(
    program: Callable[..., Program], params: dict[str, Any], found: bool
) -> None:
    assert bool(program().results(LISTED, **params)) is found


def test_what_narrows_the_lists_leaves_the_scores_as_they_are(
    program: Callable[..., Program],
) -> None:
    whole, part = program().results(BORN), program().results(BORN, topics="sanction")
    assert part == whole


def test_a_threshold_decides_what_is_matched_and_a_cutoff_what_is_shown(
    program: Callable[..., Program],
) -> None:
    assert program().results(LISTED, threshold=1)[0]["match"] is False
    assert program().results(LISTED, cutoff=1) == []
    assert program().results(UNLISTED) == []


@pytest.mark.parametrize(
    "params",
    [
        {"threshold": 2}, {"threshold": "nan"}, {"limit": -1}, {"algorithm": "logic-v2"},
        {"exclude_schema": "Nobody"}, {"changed_since": "soon"}, {"include_dataset": "no_such"},
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_not_passed_over(
    program: Callable[..., Program], params: dict[str, Any]
) -> None:
    assert program().match({"q": LISTED}, **params).status_code in {404, 422}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b'{"queries": []}', b'{"queries": {}}', b"[" * 60_000,
        b'{"queries": {"q": {"schema": "Person", "properties": {"name": ["\\ud800"]}}}}',
        b'{"queries": {"\\ud800": {"schema": "Person"}}}',
        b'{"queries": {"q": {"schema": "\\ud800"}}}',
        b'{"queries": {"q": {"schema": "Nobody", "properties": {"name": "x"}}}}',
        b'{"queries": {"q": {"schema": "Person", "properties": {"name": {"a": 1}}}}}',
        b'{"queries": {"q": {"schema": "Person", "properties": {"name": ' + b"9" * 5_000 + b"}}}}",
        b'{"queries": {"q": {"schema": "Person", "properties": {"name": "\\u0000"}}}}',
        b'{"queries": {"q": {"schema": "Person"}}, "weights": {"name": 1}}',
        b'{"queries": {' + b",".join(b'"%d":{"schema":"Person"}' % n for n in range(101)) + b"}}",
        b"\xff\xfe",
        b'{"queries": {"q": {"schema": "Person", "id": "' + b"x" * 2_000 + b'"}}}',
    ],
)  # fmt: skip
def test_hostile_bodies_are_refused_in_the_one_shape_of_errors(
    new_browser: Callable[..., Any], tokens: dict[str, str], body: bytes
) -> None:
    headers = {"Authorization": f"ApiKey {tokens['carla']}", "Content-Type": "application/json"}
    answer = new_browser().send("POST", f"{BASE}/match/default", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert {"type", "title", "status", "detail", "error"} <= answer.json().keys()


@pytest.mark.parametrize(
    "name", ["\u202e\u200b" * 50, "🧨" * 200, "a " * 400, "%00'\"--", "ß" * 900]
)
def test_hostile_names_are_answered_or_explained(
    program: Callable[..., Program], name: str
) -> None:
    answer = program().match({"q": {"schema": "Person", "properties": {"name": name}}})
    assert answer.status_code in {200, 422}
    assert answer.status_code == 200 or answer.json()["detail"]


def test_a_request_without_a_key_or_with_a_wrong_one_sees_nothing(
    new_browser: Callable[..., Any], tokens: dict[str, str]
) -> None:
    for header in ({}, {"Authorization": "ApiKey x"}, {"Authorization": f"Basic {tokens['ana']}"}):
        answer = new_browser().send("GET", f"{BASE}/catalog", headers=header)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "ApiKey"
        assert answer.json()["error"]["code"] == "key_needed"
    # A session of the pages opens none of these routes: another site could ride on its cookie.
    assert new_browser().sign_in("ana", "investigation").get(f"{BASE}/catalog").status_code == 401


def test_a_key_sees_what_its_account_and_purpose_may_see(program: Callable[..., Program]) -> None:
    assert program("ana").get("/entities/fgr-det-77").status_code == 200
    assert program("carla").get("/entities/fgr-det-77").status_code == 404
    assert program("juan").get("/entities/ofac-9001").status_code == 200
    refused = program("audi").get("/catalog")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")


def test_each_batch_is_one_row_of_the_log_with_its_count_and_no_name_in_clear(
    program: Callable[..., Program], workspace: Workspace
) -> None:
    program().match({"q": LISTED})
    before = workspace.audit.size()
    program().match({str(n): LISTED for n in range(30)})
    assert workspace.audit.size() == before + 1
    (row,) = workspace.audit.newest(1)
    assert (row.action, row.actor, row.purpose) == ("look", "carla", "screening")
    assert row.ids[0] == "ofac-9001"
    assert row.ids[-1].startswith("key:")
    assert "Evaristo" not in str(row)
    sealed = workspace.audit.unseal(before)
    assert sealed is not None
    assert sealed["count"] == 30


def test_a_key_that_asks_too_often_is_told_to_wait(
    workspace: Workspace, new_browser: Callable[..., Any]
) -> None:
    terms = KeyTerms(purpose=Purpose(name="screening"), per_second=1)
    asking = Program(new_browser(), workspace.api_keys.add("carla", terms)[1])
    hundred = {str(n): UNLISTED for n in range(100)}
    assert asking.match(hundred).status_code == 200
    refused = asking.match(hundred)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["code"] == "too_many_requests"


def test_the_catalogue_has_each_list_and_the_collections_of_them(
    program: Callable[..., Program],
) -> None:
    told = {one["name"]: one for one in program().get("/catalog").json()["datasets"]}
    assert told["default"]["children"] == told["sanctions"]["children"] == ["ofac_sdn"]
    assert told["ofac_sdn"]["entity_count"] == 2
    assert told["ofac_sdn"]["publisher"]["name"]


def test_a_search_finds_words_beginnings_identifiers_and_like_spellings(
    program: Callable[..., Program],
) -> None:
    asking = program()

    def ids(text: str, **params: Any) -> list[str]:
        answer = asking.get("/search/default", q=text, **params)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["results"]]

    assert ids("quiroz evaristo") == ids("Evari") == ids("ofac-9001") == ["ofac-9001"]
    assert set(ids("quiroz")) == {"ofac-9001", "ofac-9002"}
    assert ids("Evaristto Montanno Kiros") == []
    assert ids("Evaristto Montanno Quiros", fuzzy="true") == ["ofac-9001"]
    assert ids("", sort="caption", limit=1, offset=1) == ["ofac-9002"]
    assert ids("", filter="program:SDNTK", countries="mx") == ["ofac-9001"]
    assert ids("", schema="Company") == []
    assert asking.get("/search/default", q="", filter="x").status_code == 422
    assert asking.get("/search/nothing", q="").status_code == 404
    told = asking.get("/search/default", q="", facets="topics").json()
    assert told["facets"]["topics"]["values"][0]["count"] == told["total"]["value"] == 2


def test_an_entity_is_told_with_what_is_joined_to_it_and_who_stands_there(
    program: Callable[..., Program],
) -> None:
    asking = program("ana")
    told = asking.get("/entities/reg-emp-1").json()
    owner = told["properties"]["ownershipAsset"][0]["properties"]["owner"][0]
    assert owner["caption"] == "Evaristo Montaño Quiroz"
    assert (
        "ownershipAsset"
        not in asking.get("/entities/reg-emp-1", nested="false").json()["properties"]
    )
    around = asking.get("/entities/reg-emp-1/adjacent").json()["adjacent"]
    assert (around["ownershipAsset"]["total"]["value"], around["ownershipOwner"]["limit"]) == (
        1,
        50,
    )
    page = asking.get("/entities/reg-emp-1/adjacent/ownershipOwner", limit=1, offset=1).json()
    assert (page["results"], page["total"]["value"]) == ([], 1)
    assert asking.get("/entities/reg-emp-1/adjacent/nothing").status_code == 404
    # By the id of the cluster, all records that were joined; by a record's own id, that record.
    assert set(asking.get("/entities/ofac-9001", nested="false").json()["datasets"]) == {"ofac_sdn"}
    assert len(asking.get("/entities/fgr-det-77", nested="false").json()["referents"]) == 2


def test_the_claims_behind_an_entity_come_with_source_grade_and_day(
    program: Callable[..., Program],
) -> None:
    asking = program("ana")
    told = asking.get("/statements", canonical_id="fgr-det-77", prop="name", sort="dataset").json()
    assert [row["dataset"] for row in told["results"]] == [
        "fgr_detenidos", "ofac_sdn", "registro_empresas",
    ]  # fmt: skip
    assert told["results"][1]["first_seen"] == "2026-10-01T00:00:00"
    one = asking.get("/statements", entity_id="ofac-9001", limit=2, offset=1).json()
    assert (len(one["results"]), one["total"]["value"]) == (2, 9)
    beyond = asking.get("/statements", entity_id="ofac-9001", limit=2, offset=100).json()
    assert (beyond["results"], beyond["total"]["value"]) == ([], 9)
    assert asking.get("/statements", sort="nothing").status_code == 422
    shut = program("carla").get("/statements", entity_id="fgr-det-77").json()
    assert shut["total"]["value"] == 0


def test_a_new_build_answers_after_the_last_one_did_without_a_pause(
    madeup: ModuleType, tmp_path: Path, new_browser: Callable[..., Any]
) -> None:
    from puente.web.app import create_app

    with madeup.make_workspace(tmp_path / "ws") as own:
        app = create_app(own)
        terms = KeyTerms(purpose=Purpose(name="screening"), per_second=1_000)
        asking = Program(new_browser(app), own.api_keys.add("carla", terms)[1])
        first = asking.match({"q": LISTED}).json()["index_version"]
        with own.lake.begin_build() as build:
            madeup._derive(own, build)
            build.publish()
        until = time.monotonic() + 30
        seen = [first]
        while seen[-1] == first and time.monotonic() < until:
            answer = asking.match({"q": LISTED})
            assert answer.status_code == 200
            seen.append(answer.json()["index_version"])
            time.sleep(0.05)
        assert seen[-1] != first


# ---- OpenSanctions' own client, against processes that serve -------------------------------------


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.deep)])
def served(
    request: pytest.FixtureRequest, madeup: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Address and key of a node that one process serves, or two."""
    path = tmp_path_factory.mktemp("served") / "ws"
    madeup.make_workspace(path).close()
    with Workspace.open(load_settings(path)) as own:
        terms = KeyTerms(purpose=Purpose(name="investigation", case="C-1"), per_second=10_000)
        token = own.api_keys.add("ana", terms)[1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["serve", "--workspace", str(path), "--port", str(port)]
    command += ["--workers", str(request.param)]
    server = subprocess.Popen([sys.executable, "-m", "puente.cli.app", *command])
    url = f"http://127.0.0.1:{port}{BASE}"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.1)
    yield url, token
    server.terminate()
    server.wait(timeout=20)


def test_opensanctions_client_works_by_changing_the_address(served: tuple[str, str]) -> None:
    client_of = pytest.importorskip("yente_client")
    url, token = served
    with client_of.Client(base_url=url, api_key=token) as client:
        assert client.healthz().status == client.readyz().status == "ok"
        assert {"default", "ofac_sdn"} <= {one.name for one in client.datasets().datasets}
        assert client.algorithms().best in {one.name for one in client.algorithms().algorithms}
        person = client_of.Person(name="Evaristo Montaño Quiroz", birthDate="1974-03-19")
        best = client.match(person, topics=["sanction"], limit=3).top
        assert (best.id, best.match) == ("ofac-9001", True)
        assert best.contributing_explanations["date_of_birth"].candidate == "1974-03-19"
        assert client.search("evaristo", datasets=["ofac_sdn"]).results[0].id == "ofac-9001"
        assert client.fetch("reg-emp-1").properties["ownershipAsset"][0].schema_ == "Ownership"
        assert client.adjacent("reg-emp-1").adjacent["ownershipOwner"].total.value == 1
        assert client.adjacent("reg-emp-1", prop="ownershipOwner").results
        assert client.statements(canonical_id="ofac-9001", prop="name").total.value == 1
        with pytest.raises(client_of.NotFoundError):
            client.fetch("nobody")
    with (
        client_of.Client(base_url=url, api_key="no") as client,
        pytest.raises(client_of.AuthenticationError),
    ):
        client.datasets()


def test_a_second_node_at_the_same_port_is_refused(served: tuple[str, str]) -> None:
    from puente.errors import InvalidData
    from puente.web import serving

    port = int(served[0].split(":")[2].split("/")[0])
    with pytest.raises(InvalidData, match=str(port)):
        serving._bound("127.0.0.1", port, shared=False)


def test_opensanctions_client_streams_batches_one_after_and_beside_the_other(
    served: tuple[str, str],
) -> None:
    client_of = pytest.importorskip("yente_client")
    url, token = served
    people = [(str(n), client_of.Person(name="Evaristo Montaño Quiroz")) for n in range(40)]
    with client_of.Client(base_url=url, api_key=token) as client:
        answers = dict(client.match_iter(people, workers=8))
    assert {answer.top.id for answer in answers.values()} == {"ofac-9001"}

    async def beside() -> dict[str, Any]:
        async with client_of.AsyncClient(base_url=url, api_key=token) as client:
            return {key: answer async for key, answer in client.match_iter(people)}

    assert asyncio.run(beside()).keys() == answers.keys()


def test_opensanctions_command_screens_a_file(served: tuple[str, str], tmp_path: Path) -> None:
    pytest.importorskip("yente_client")
    url, token = served
    asked, told = tmp_path / "people.csv", tmp_path / "hits.csv"
    asked.write_text("who,born\nEvaristo Montaño Quiroz,1974-03-19\nZacarías Peñaloza,1990\n-,\n")
    command = [sys.executable, "-c", "from yente_client.cli.main import main; main()", "screen"]
    run = subprocess.run(
        [*command, str(asked), str(told), "-s", "Person", "-i", "who=name", "-i", "born=birthDate",
         "--include-empty", "--explanation"],
        env={**os.environ, "YENTE_BASE_URL": url, "OPENSANCTIONS_API_KEY": token},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 5, run.stderr  # done, and one row that cannot be compared
    with told.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert (rows[0]["match_id"], rows[0]["match"], rows[0]["match_topics"]) == (
        "ofac-9001", "true", "sanction",
    )  # fmt: skip
    assert rows[1]["match_id"] == rows[1]["match_error"] == ""
    assert "422" in rows[2]["match_error"]
