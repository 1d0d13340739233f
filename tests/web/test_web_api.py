"""The JSON interface says what the pages say, and is described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def test_an_entity_is_told_with_claims_links_hits_and_neighbours(
    signed_in: Callable[..., Any],
) -> None:
    held = signed_in().get("/api/entities/ofac-9001").json()
    assert held["snapshot"].startswith("20261005T12")
    facts, near = held["facts"], held["near"]
    assert facts["id"] == "fgr-det-77"
    assert {member["id"] for member in facts["members"]} == {
        "fgr-det-77", "ofac-9001", "reg-socio-5",
    }  # fmt: skip
    values = [value for prop in facts["properties"] for value in prop["values"]]
    claims = [claim for value in values for claim in value["claims"]]
    assert len(claims) == facts["statements"]
    assert all(claim["source"] and claim["row"] and claim["reliability"] for claim in claims)
    assert near["steps"] == 0
    assert {other["kind"] for other in near["neighbours"]} == {"Ownership", "Representation"}


def test_search_and_summary_and_sources_agree_with_one_another(
    signed_in: Callable[..., Any],
) -> None:
    browser = signed_in()
    summary = browser.get("/api/summary").json()
    assert summary["picture"]["entities"] == browser.get("/api/search").json()["total"]
    sources = browser.get("/api/sources").json()
    assert summary["sources"] == len(sources)
    assert summary["rejected"] == sum(source["rejected"] for source in sources)
    for source in sources:
        assert source["rows"] == source["loaded"] + source["rejected"]
        assert all("/" not in delivery["file"] for delivery in source["deliveries"])


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/entities/nobody", 404, "not_found"),
        ("/api/nothing", 404, "not_found"),
        ("/api/search?after=x", 422, "invalid_data"),
    ],
)
def test_a_failure_is_a_problem_of_one_shape(
    signed_in: Callable[..., Any], path: str, status: int, code: str
) -> None:
    answer = signed_in().get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["error"]["code"] == code
    assert body["error"]["message"] == body["detail"]
    assert body["title"]


def test_the_interface_describes_what_it_answers(browser: Any) -> None:
    described = browser.get("/api/openapi.json").json()
    own = {p for p in described["paths"] if not p.startswith(("/api/yente", "/api/reconcile"))}
    assert own == {
        "/api/summary", "/api/search", "/api/entities/{entity_id}", "/api/sources",
        "/api/sources/{name}/findings", "/api/law/instruments", "/api/law/instruments/{id}",
        "/api/law/penalty/{name}", "/api/law/matrix", "/api/law/assess", "/healthz", "/readyz",
    }  # fmt: skip
    assert {"FoundAnswer", "Result", "Facts", "Claim", "Near", "SourceAnswer"} <= set(
        described["components"]["schemas"]
    )


def test_health_needs_no_session_and_names_nothing(browser: Any) -> None:
    assert browser.get("/healthz").json() == {"status": "ok"}
    assert browser.get("/readyz").json() == {"status": "ok"}


def test_a_node_without_a_build_is_not_ready(
    tmp_path_factory: pytest.TempPathFactory, madeup: Any, new_browser: Callable[..., Any]
) -> None:
    from puente.settings import Settings
    from puente.web.app import create_app
    from puente.workspace import Workspace

    with Workspace.open(Settings(workspace=tmp_path_factory.mktemp("bare") / "ws")) as bare:
        bare.users.add("ana", madeup.PASSWORD, roles=("analyst",), country="MX")
        browser = new_browser(create_app(bare))
        assert browser.get("/readyz").status_code == 503
        assert browser.get("/healthz").status_code == 200
        browser.sign_in("ana", "investigation")
        answer = browser.get("/")
        assert answer.status_code == 404
        assert "nothing has been built" in answer.text
