"""Nobody sees a page without having said why, and no page can be turned against its reader."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from puente.workspace import Workspace

CLOSED = ("/", "/search", "/entities/fgr-det-77", "/sources", "/sources/ofac_sdn", "/rejects",
          "/places", "/design", "/purpose", "/audit")  # fmt: skip
CLOSED_API = ("/api/summary", "/api/search", "/api/entities/fgr-det-77", "/api/sources")


@pytest.mark.parametrize("path", CLOSED)
def test_without_a_session_a_page_leads_to_the_sign_in(browser: Any, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in"
    assert "Evaristo" not in answer.text


@pytest.mark.parametrize("path", CLOSED_API)
def test_without_a_session_the_interface_answers_401_as_a_problem(browser: Any, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["error"]["code"] == "sign_in_needed"


@pytest.mark.parametrize("cookie", ["", "x", "a" * 5000, "\u00e9", "' OR 1=1 --"])
def test_a_forged_session_opens_nothing(browser: Any, cookie: str) -> None:
    headers = {"cookie": f"puente_session={cookie}".encode("utf-8", "surrogateescape")}
    answer = browser.get("/search", headers=headers)
    assert answer.status_code == 303


def test_a_wrong_password_opens_nothing_and_tells_nothing_of_the_account(
    browser: Any, madeup: ModuleType
) -> None:
    texts = []
    for user in ("carla", "nobody"):
        answer = browser.submit("/sign-in", {"user": user, "password": "wrong"})
        assert answer.status_code == 200
        assert "puente_pending" not in answer.headers.get("set-cookie", "")
        texts.append(re.search(r'<div class="notice.*?</div>\s*</div>', answer.text, re.DOTALL)[0])  # type: ignore[index]
    assert texts[0] == texts[1]
    assert madeup.PASSWORD not in "".join(texts)


def test_only_purposes_of_the_role_are_offered_and_no_other_can_be_claimed(
    browser: Any, madeup: ModuleType
) -> None:
    browser.submit("/sign-in", {"user": "juan", "password": madeup.PASSWORD})
    page = browser.get("/purpose").text
    assert re.findall(r'<option value="(\w+)"', page) == ["oversight"]
    answer = browser.submit("/purpose", {"purpose": "investigation", "case": "C-1"})
    assert answer.status_code == 200
    assert "purpose-belongs-to-the-role" in answer.text
    assert browser.get("/").status_code == 303


def test_a_password_alone_opens_no_record(browser: Any, madeup: ModuleType) -> None:
    browser.submit("/sign-in", {"user": "ana", "password": madeup.PASSWORD})
    assert browser.get("/search").status_code == 303


@pytest.mark.parametrize("value", ["YW5h.9999999999.00", "..", "YW5h.0.00", "YW5h.x.y", "é.9.z"])
def test_a_forged_pending_sign_in_opens_no_session(browser: Any, value: str) -> None:
    token = browser.token()
    form = browser.client.cookies["puente_form"]
    answer = browser.send(
        "POST", "/purpose", data={"csrf": token, "purpose": "investigation"},
        headers={"cookie": f"puente_form={form}; puente_pending={value}".encode()},
    )  # fmt: skip
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in"


def test_cookies_are_closed_to_scripts_and_to_other_sites(
    new_browser: Callable[[], Any], madeup: ModuleType
) -> None:
    browser = new_browser()
    kept = []
    first = browser.get("/sign-in")
    kept += first.headers.get_list("set-cookie")
    answer = browser.submit("/sign-in", {"user": "ana", "password": madeup.PASSWORD})
    kept += answer.headers.get_list("set-cookie")
    answer = browser.submit("/purpose", {"purpose": "screening", "case": ""})
    kept += answer.headers.get_list("set-cookie")
    answer = browser.submit("/preferences", {"language": "es"})
    kept += answer.headers.get_list("set-cookie")
    names = {cookie.split("=")[0] for cookie in kept}
    assert names >= {"puente_form", "puente_pending", "puente_session", "puente_language"}
    for cookie in kept:
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/" in cookie


def test_behind_tls_cookies_are_secure_and_the_browser_is_told_to_stay(
    new_browser: Callable[[], Any],
) -> None:
    browser = new_browser()
    answer = browser.get("https://127.0.0.1:8321/sign-in")
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
    assert "max-age=" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize("path", ["/sign-in", "/search", "/nope", "/api/summary", "/healthz"])
def test_every_answer_carries_the_security_headers(
    signed_in: Callable[..., Any], path: str
) -> None:
    headers = signed_in().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_a_static_file_is_kept_by_its_version_and_nothing_else_is_served(
    browser: Any,
) -> None:
    page = browser.get("/sign-in").text
    for address in set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page)):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    for name in ("..%2fapp.py", "%2e%2e/app.py", "tokens.css", "puente.js%00", ".", "puente.css/"):
        assert browser.get(f"/static/{name}").status_code in {303, 307, 404}


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-out", "/purpose", "/preferences", "/audit/verify"]
)
@pytest.mark.parametrize("token", ["", "wrong", "A" * 88, "é"])
def test_a_form_without_its_token_is_refused(
    signed_in: Callable[..., Any], path: str, token: str
) -> None:
    answer = signed_in().send("POST", path, data={"csrf": token, "back": "/"})
    assert answer.status_code == 403
    assert "form-token" in answer.text


def test_a_token_of_another_browser_is_refused(browser: Any, signed_in: Callable[..., Any]) -> None:
    answer = signed_in().send("POST", "/sign-out", data={"csrf": browser.token()})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}],
)
def test_a_form_from_another_site_is_refused(browser: Any, headers: dict[str, str]) -> None:
    answer = browser.submit("/preferences", {"language": "es"}, headers=headers)
    assert answer.status_code == 403
    assert "same-origin" in answer.text


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\x",
     "http:///evil", "/a\r\nset-cookie: x=1"],
)  # fmt: skip
def test_no_form_sends_its_reader_to_another_host(browser: Any, back: str) -> None:
    answer = browser.submit("/preferences", {"language": "es", "back": back})
    assert answer.headers["location"] == "/"


def test_too_large_a_body_is_refused(browser: Any) -> None:
    answer = browser.submit("/sign-in", {"user": "x" * 200_000})
    assert answer.status_code == 413


def test_a_name_that_is_markup_stays_text(
    signed_in: Callable[..., Any], madeup: ModuleType
) -> None:
    for path in (
        "/entities/reg-emp-3", "/search?q=hijos", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/rejects", "/search", "/rejects?reason=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        "/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/entities/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ):  # fmt: skip
        html = signed_in().get(path).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<b>wrong" not in html
    html = signed_in().get("/entities/reg-emp-3").text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; Hijos" in html
    assert madeup.SCRIPT_NAME not in html


def test_an_auditor_who_may_see_no_record_gets_the_rule_that_decided(
    signed_in: Callable[..., Any],
) -> None:
    answer = signed_in("audi", "audit").get("/search")
    assert answer.status_code == 403
    assert "no-rule-permits" in answer.text
    assert "The refusal is on record" in answer.text
    problem = signed_in("audi", "audit").get("/api/summary")
    assert problem.status_code == 403
    assert problem.json()["error"]["detail"]["rule"] == "no-rule-permits"


def test_a_journalist_sees_public_lists_and_the_rule_that_closes_the_rest(
    signed_in: Callable[..., Any],
) -> None:
    browser = signed_in("juan", "oversight")
    html = browser.get("/search").text
    assert "Single records only" in html
    assert "no-rule-permits" in html
    assert "QUIROZ LARA" in html
    for hidden in ("fgr_detenidos", "reg-emp-1", "ssp_vehiculos", "Ruvalcaba"):
        assert hidden not in html
    assert browser.get("/entities/fgr-def-9").status_code == 404


def test_an_analyst_without_a_case_sees_no_tips(
    signed_in: Callable[..., Any],
) -> None:
    browser = signed_in("ana", "investigation", "")
    assert "ssp_vehiculos" not in browser.get("/sources").text
    html = browser.get("/search?q=1M8GDM9AXKP042788").text
    assert "ssp-veh-3" not in html
    assert "intelligence-needs-an-analyst" in browser.get("/search").text or (
        "no-rule-permits" in browser.get("/search").text
    )


def test_signing_out_ends_the_session_at_once(new_browser: Callable[[], Any]) -> None:
    browser = new_browser().sign_in("ana", "screening")
    cookie = browser.client.cookies["puente_session"]
    token = browser.get("/purpose").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', token)[1]  # type: ignore[index]
    assert browser.send("POST", "/sign-out", data={"csrf": csrf}).status_code == 303
    answer = browser.get("/search", headers={"cookie": f"puente_session={cookie}"})
    assert answer.status_code == 303


def test_another_purpose_is_another_session(new_browser: Callable[[], Any]) -> None:
    browser = new_browser().sign_in("ana", "screening")
    before = browser.client.cookies["puente_session"]
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/purpose").text)[1]  # type: ignore[index]
    fields = {"csrf": csrf, "purpose": "investigation", "case": "C-9", "back": "/sources"}
    answer = browser.send("POST", "/purpose", data=fields)
    assert answer.headers["location"] == "/sources"
    assert browser.client.cookies["puente_session"] != before
    old = browser.get("/search", headers={"cookie": f"puente_session={before}"})
    assert old.status_code == 303


def test_every_look_is_on_disk_before_it_is_shown(
    signed_in: Callable[..., Any], workspace: Workspace
) -> None:
    browser = signed_in()
    before = workspace.audit.size()
    browser.get("/entities/reg-emp-1")
    rows = workspace.audit.rows(before, 200)
    looks = [row for row in rows if "reg-emp-1" in row.ids]
    assert looks
    assert looks[0].actor == "ana"
    assert (looks[0].purpose, looks[0].case) == ("investigation", "C-1")
    assert workspace.audit.verify().ok


def test_an_answer_whose_log_cannot_be_written_is_not_shown(
    new_browser: Callable[[], Any], workspace: Workspace
) -> None:
    browser = new_browser().sign_in("ana", "investigation")
    assert browser.get("/entities/reg-emp-1").status_code == 200
    with workspace.ledger.begin() as connection:
        connection.execute(text("ALTER TABLE audit_row RENAME TO audit_row_away"))
    try:
        answer = browser.get("/entities/reg-emp-1")
        assert answer.status_code == 500
        assert "Arroyo" not in answer.text
        assert "Traceback" not in answer.text
        assert re.search(r"[0-9a-f]{12}", answer.text)
    finally:
        with workspace.ledger.begin() as connection:
            connection.execute(text("ALTER TABLE audit_row_away RENAME TO audit_row"))
    assert browser.get("/entities/reg-emp-1").status_code == 200


def test_a_session_that_is_past_its_time_opens_nothing(
    signed_in: Callable[..., Any], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in()
    assert browser.get("/sources").status_code == 200
    now = workspace.users._clock()
    late = now + timedelta(minutes=workspace.settings.session_minutes + 1)
    monkeypatch.setattr(workspace.users, "_clock", lambda: late)
    assert browser.get("/sources").status_code == 303
