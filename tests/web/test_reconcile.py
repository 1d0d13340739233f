"""The Reconciliation Service API: answers fit its schemas, and nothing is taken for sure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT7

from puente.guard.actors import Purpose
from puente.guard.api_keys import KeyTerms
from puente.settings import Settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

BASE = "/api/reconcile"
SECURITY = "http://swagger.io/v2/schema.json"
BORN = {
    "query": "Evaristo Montano Quiros",
    "type": "Person",
    "properties": [{"pid": "birthDate", "v": "1974-03-19"}],
}
ALONE = {"query": "Evaristo Montaño Quiroz"}


@pytest.fixture(scope="module")
def fits(puente_data: Path) -> Callable[[str, Any], None]:
    """Checks an answer against one of the published schemas."""
    folder = puente_data / "standards/reconciliation-0.2"
    held = {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    # The manifest's schema names Swagger's, which is not shipped with it: any object will do.
    anything = {"securityDefinitions": {"additionalProperties": {"type": "object"}}}
    named = [(one["$id"], one, DRAFT7) for one in held.values() if "$id" in one]
    named.append((SECURITY, {"definitions": anything}, DRAFT4))
    registry: Registry[Any] = Registry().with_resources(
        [(uri, Resource.from_contents(one, default_specification=k)) for uri, one, k in named]
    )

    def check(name: str, value: Any) -> None:
        validator = Draft4Validator if "$schema" not in held[name] else Draft7Validator
        validator(held[name], registry=registry).validate(value)

    return check


@pytest.fixture(scope="module")
def token(workspace: Workspace) -> str:
    terms = KeyTerms(purpose=Purpose(name="screening"), per_second=1_000)
    return workspace.api_keys.add("carla", terms)[1]


@pytest.fixture
def ask(new_browser: Callable[..., Any], token: str) -> Callable[..., httpx.Response]:
    """Asks with the key in the address, as OpenRefine does."""
    browser = new_browser()

    def asked(path: str = "", **params: Any) -> httpx.Response:
        answer: httpx.Response = browser.get(BASE + path, params={"api_key": token, **params})
        return answer

    return asked


def test_the_manifest_fits_its_schema_and_carries_the_key_where_a_browser_will_need_it(
    ask: Callable[..., httpx.Response], token: str, fits: Callable[[str, Any], None]
) -> None:
    told = ask().json()
    fits("manifest", told)
    assert token in told["preview"]["url"]
    assert token in told["suggest"]["entity"]["flyout_service_path"]
    assert {one["id"] for one in told["defaultTypes"]} >= {"Person", "Company"}


def test_the_manifest_is_read_without_a_key_and_says_that_one_is_needed(
    browser: Any, fits: Callable[[str, Any], None]
) -> None:
    told = browser.get(BASE).json()
    fits("manifest", told)
    assert told["authentication"] == {"type": "apiKey", "name": "api_key", "in": "query"}
    asked = browser.get(BASE, params={"queries": json.dumps({"q": ALONE})})
    assert asked.status_code == 401


def test_no_part_of_an_address_is_put_into_the_manifest_unread(browser: Any) -> None:
    told = browser.get(BASE, params={"api_key": '"><script>&x=1'})
    assert "script" not in told.text


def test_only_what_is_the_same_and_alone_is_a_match_that_tools_take_unasked(
    ask: Callable[..., httpx.Response], fits: Callable[[str, Any], None]
) -> None:
    batch = {"q0": ALONE, "q1": BORN, "q2": {"query": "Zacarías Peñaloza"}, "q3": {"query": "--"}}
    told = ask(queries=json.dumps(batch)).json()
    fits("reconciliation-result-batch", told)
    alone, born = told["q0"]["result"][0], told["q1"]["result"][0]
    assert (alone["id"], alone["match"]) == ("ofac-9001", False)
    assert (born["id"], born["match"]) == ("ofac-9001", True)
    assert 0 < alone["score"] <= born["score"] <= 100
    assert {"id": "verdict_same", "value": True} in born["features"]
    assert told["q2"]["result"] == told["q3"]["result"] == []


def test_every_example_query_of_the_standard_is_read(
    puente_data: Path, ask: Callable[..., httpx.Response], fits: Callable[[str, Any], None]
) -> None:
    folder = puente_data / "standards/reconciliation-0.2/examples/reconciliation-query-batch/valid"
    examples = sorted(folder.glob("*.json"))
    assert examples
    for path in examples:
        batch = json.loads(path.read_text("utf-8"))
        # Their types are those of other services; ours are FollowTheMoney's.
        for query in batch.values():
            if "type" in query:
                query["type"] = "Person" if isinstance(query["type"], str) else ["Person"]
        answer = ask(queries=json.dumps(batch))
        assert answer.status_code == 200, (path.name, answer.text)
        fits("reconciliation-result-batch", answer.json())


def test_a_batch_may_come_as_a_form_and_types_and_limits_hold(browser: Any, token: str) -> None:
    def results(query: dict[str, Any]) -> list[dict[str, Any]]:
        answer = browser.send(
            "POST", BASE, data={"queries": json.dumps({"q": query})},
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["q"]["result"]
        return found

    assert results(ALONE)[0]["type"] == [{"id": "Person", "name": "Person"}]
    assert results({**ALONE, "type": "Company", "type_strict": "all"}) == []
    assert results({**ALONE, "type": ["Company", "Person"], "type_strict": "any"})
    assert results({**ALONE, "limit": 0}) == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"q": 1}', '{"q": {"limit": -1}}', '{"q": {"query": "x", "type": "Nobody"}}',
     "[" * 5_000, '{"q": {"query": "\\ud800"}}', '{"\\ud800": 5}',
     json.dumps({str(n): {"query": "x"} for n in range(101)}),
     json.dumps({"q": {"properties": [{"pid": "name", "v": ["x"] * 100}] * 2}})],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_refused_in_the_one_shape_of_errors(
    ask: Callable[..., httpx.Response], text: str
) -> None:
    answer = ask(queries=text)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["code"] == "invalid_data"


def test_suggestions_fit_their_schemas(
    ask: Callable[..., httpx.Response], fits: Callable[[str, Any], None]
) -> None:
    entities = ask("/suggest/entity", prefix="monta qui").json()
    fits("suggest-entities-response", entities)
    assert [one["id"] for one in entities["result"]] == ["ofac-9001"]
    assert ask("/suggest/entity", prefix="monta", cursor=1).json()["result"] == []
    types = ask("/suggest/type", prefix="pers").json()
    fits("suggest-types-response", types)
    assert [one["id"] for one in types["result"]] == ["Person"]
    properties = ask("/suggest/property", prefix="birth").json()
    fits("suggest-properties-response", properties)
    assert "birthDate" in {one["id"] for one in properties["result"]}


def test_values_of_properties_are_told_with_their_types(
    ask: Callable[..., httpx.Response], fits: Callable[[str, Any], None]
) -> None:
    proposed = ask("/extend/propose", type="Person", limit=3).json()
    fits("data-extension-property-proposal", proposed)
    assert len(proposed["properties"]) == 3
    wanted = {
        "ids": ["ofac-9001", "ofac-9002", "nobody"],
        "properties": [{"id": "birthDate"}, {"id": "alias", "settings": {"limit": "1"}}],
    }
    fits("data-extension-query", wanted)
    told = ask(extend=json.dumps(wanted)).json()
    fits("data-extension-response", told)
    assert told["rows"]["ofac-9001"]["birthDate"] == [{"date": "1974-03-19T00:00:00"}]
    assert told["rows"]["ofac-9002"]["birthDate"] == [{"str": "1980"}]
    assert told["rows"]["nobody"] == {"birthDate": [], "alias": []}


def test_a_preview_may_stand_in_a_frame_and_runs_nothing(
    ask: Callable[..., httpx.Response],
) -> None:
    page = ask("/preview/ofac-9001")
    assert "Montaño" in page.text or "MONTAÑO" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors *" in policy
    assert ask("/flyout/entity", id="ofac-9001").json()["id"] == "ofac-9001"
    assert ask("/preview/<script>").status_code == 404


def test_pages_of_other_hosts_may_ask_with_a_key_and_never_with_a_cookie(browser: Any) -> None:
    answer = browser.get(BASE, headers={"Origin": "http://127.0.0.1:3333"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    before = browser.send("OPTIONS", BASE, headers={"Origin": "http://127.0.0.1:3333"})
    assert (before.status_code, before.headers["access-control-allow-methods"]) == (
        204,
        "GET, POST",
    )
    assert "access-control-allow-origin" not in browser.get("/api/yente/healthz").headers


def test_jsonp_is_off_until_a_node_switches_it_on(
    browser: Any, tmp_path: Path, new_browser: Callable[..., Any]
) -> None:
    from puente.web.app import create_app

    assert browser.get(BASE, params={"callback": "f"}).status_code == 422
    with Workspace.open(Settings(workspace=tmp_path, reconcile_jsonp="on")) as own:
        other = new_browser(create_app(own))
        told = other.get(BASE, params={"callback": "f"})
        assert told.text.startswith("/**/f({")
        assert told.headers["content-type"].startswith("text/javascript")
        assert other.get(BASE, params={"callback": "alert(1)//"}).status_code == 422


def test_a_batch_is_one_look(ask: Callable[..., httpx.Response], workspace: Workspace) -> None:
    ask(queries=json.dumps({"q": ALONE}))
    before = workspace.audit.size()
    ask(queries=json.dumps({str(n): ALONE for n in range(20)}))
    assert workspace.audit.size() == before + 1
    assert workspace.audit.newest(1)[0].ids[0] == "ofac-9001"
