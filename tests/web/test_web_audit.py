"""The auditor sees who looked, why, on what and by which rule; no contents; and whether it holds.

Nobody else sees it, and the auditor sees nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from puente.guard.tables import ROWS
from puente.store.ledger import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from puente.workspace import Workspace


def words_of(html: str) -> str:
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def numbers(html: str) -> list[int]:
    return [int(n) for n in re.findall(r'<th scope="row" role="rowheader" class="num"[^>]*>(\d+)<',
                                       html)]  # fmt: skip


@pytest.fixture(scope="module")
def auditor(signed_in: Callable[..., Any]) -> Any:
    """An auditor, after an analyst has looked at a firm, searched, and a journalist was refused."""
    analyst = signed_in("ana", "investigation", "C-77")
    analyst.get("/entities/reg-emp-1")
    analyst.get("/search?q=evaristo")
    assert signed_in("juan", "oversight", "").get("/audit").status_code == 403
    return signed_in("audi", "audit", "")


@pytest.fixture
def own(tmp_path: Any, madeup: ModuleType, new_browser: Callable[..., Any]) -> Iterator[Any]:
    """A node of one's own that may be tampered with, and an auditor who is signed in there."""
    from puente.web.app import create_app

    workspace = madeup.make_workspace(tmp_path / "ws")
    yield workspace, new_browser(create_app(workspace)).sign_in("audi", "audit", "")
    workspace.close()


def test_an_auditor_lands_on_the_log_and_is_led_to_no_record(auditor: Any) -> None:
    answer = auditor.get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/audit"
    html = auditor.get("/audit").text
    nav = html[html.index('class="site-nav"') : html.index("</nav>")]
    # The law is public and holds no record.
    assert re.findall(r'href="([^"]+)"', nav) == ["/audit", "/law"]
    assert 'id="quick"' not in html
    assert 'href="/design"' not in html
    assert 'class="brand" href="/audit"' in html


def test_nobody_else_is_led_to_the_log_or_let_in(signed_in: Callable[..., Any]) -> None:
    for user, purpose in (("ana", "investigation"), ("carla", "compliance"), ("juan", "oversight"),
                          ("cruz", "crime_analysis")):  # fmt: skip
        browser = signed_in(user, purpose)
        assert 'href="/audit"' not in browser.get("/").text
        answer = browser.get("/audit")
        assert answer.status_code == 403
        assert "no-rule-permits" in answer.text
        assert 'id="log-title"' not in answer.text


def test_a_row_says_who_why_on_what_and_by_which_rule(auditor: Any) -> None:
    text = words_of(auditor.get("/audit?touched=reg-emp-1&case=C-77").text)
    assert "1 row as narrowed above" in text
    row = text[text.index("Decision and rule") :]
    assert re.search(
        r"\d+ Oct 5, 2026 12:00:00 UTC ana Analyst Investigation C-77 Looking at records "
        r"reg-emp-1 allowed Fact records are open to analysts facts-for-the-analyst",
        row,
    )
    assert "lists-are-open-to-those-who-act-on-them" in row


def test_a_refusal_is_shown_as_one_with_its_rule(auditor: Any) -> None:
    text = words_of(auditor.get("/audit?user=juan&refused=yes").text)
    assert "Reading the log" in text
    assert "refused No rule permits this no-rule-permits" in text
    assert " allowed " not in text[text.index("Decision and rule") :]


def test_no_contents_no_sealed_value_and_no_way_into_a_record(auditor: Any) -> None:
    html = "".join(
        auditor.get(f"/audit?{query}").text for query in ("user=ana", "touched=reg-emp-1", "")
    )
    assert "evaristo" not in html.lower()
    assert "a test" not in html
    assert "Arroyo" not in html
    assert "/entities/" not in html
    assert "by a query; its text is sealed" in html
    assert "sealed and not shown" in html


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"user": "ana"}, lambda r: r.actor == "ana"),
        ({"purpose": "audit"}, lambda r: r.purpose == "audit"),
        ({"case": "C-77"}, lambda r: r.case == "C-77"),
        ({"action": "session_opened"}, lambda r: r.action == "session_opened"),
        ({"refused": "yes"}, lambda r: not r.allowed),
        ({"user": "ana", "case": "C-77", "action": "look"},
         lambda r: (r.actor, r.case, r.action) == ("ana", "C-77", "look")),
        ({"user": "an"}, lambda _r: False),
        ({"until": "2026-10-04"}, lambda _r: False),
        ({"since": "2026-10-05", "until": "2026-10-05"}, lambda _r: True),
    ],
)  # fmt: skip
def test_the_filters_show_all_that_fits_and_nothing_else(
    auditor: Any, workspace: Workspace, query: dict[str, str], holds: Callable[[Any], bool]
) -> None:
    html = auditor.get(f"/audit?{urlencode(query)}").text
    rows = workspace.audit.rows(0, 10_000)
    fitting = [row.seq for row in rows if holds(row)]
    shown = numbers(html)
    assert shown == fitting[::-1][: len(shown)]
    assert len(shown) == min(50, len(fitting))
    if fitting:
        total = f"{len(fitting):,} row{'s' if len(fitting) > 1 else ''}"
        assert total in words_of(html)
    else:
        assert "No such row" in html


def test_pages_lead_from_the_newest_row_to_the_first_without_gap_or_repeat(
    auditor: Any, workspace: Workspace
) -> None:
    html = auditor.get("/audit").text
    newest = workspace.audit.size() - 1
    seen: list[int] = []
    while True:
        shown = numbers(html)
        seen += shown
        first = newest - shown[0]
        assert re.search(rf"{first + workspace.audit.size() - newest:,}–", words_of(html))
        older = re.search(r'rel="next" href="([^"]+)"', html)
        if older is None:
            break
        html = auditor.get(older[1].replace("&amp;", "&")).text
    assert seen == list(range(newest, -1, -1))
    newer = re.search(r'rel="prev" href="([^"]+)"', html)
    assert newer is not None
    assert numbers(auditor.get(newer[1].replace("&amp;", "&")).text)[-1] == shown[0] + 1


def test_to_read_the_log_is_a_row_of_it_and_what_was_sought_is_sealed(
    auditor: Any, workspace: Workspace
) -> None:
    before = workspace.audit.size()
    auditor.get("/audit?touched=un-4711&older=90")
    (row,) = workspace.audit.rows(before, 9)
    assert (row.actor, row.purpose, row.action) == ("audi", "audit", "read_audit")
    assert row.ids == ("audit:before-90+50",)
    assert row.rule == "auditor-reads-the-log"
    told = workspace.audit.unseal(row.seq)
    assert told is not None
    assert told["sought"] == {"ids": "un-4711", "since": "", "until": ""}


def test_the_card_shows_the_signed_head_and_how_to_prove_a_row(
    auditor: Any, workspace: Workspace
) -> None:
    html = auditor.get("/audit").text
    head = workspace.audit.head()
    assert head is not None
    assert f"Rows in the log {head.size:,} Head signed Oct 5, 2026, 12:00:00 UTC" in words_of(html)
    assert head.root[:16] in html
    assert "puente audit prove N" in html


def test_verifying_recomputes_the_log_and_is_on_record(auditor: Any, workspace: Workspace) -> None:
    page = auditor.get("/audit").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    before = workspace.audit.size()
    answer = auditor.send("POST", "/audit/verify", data={"csrf": token[1]})
    assert answer.status_code == 200
    text = words_of(answer.text)
    assert "The log holds: every row stands as it was written" in text
    assert f"{workspace.audit.size():,} rows were recomputed" in text
    head = workspace.audit.head()
    assert head is not None
    assert f"Root: {head.root}" in text
    rows = workspace.audit.rows(before, 9)
    assert [row.ids for row in rows] == [("audit:all",), ("audit:newest+50",)]


def test_only_an_auditor_can_have_the_log_verified(signed_in: Callable[..., Any]) -> None:
    browser = signed_in()
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/purpose").text)
    assert token is not None
    answer = browser.send("POST", "/audit/verify", data={"csrf": token[1]})
    assert answer.status_code == 403
    assert "no-rule-permits" in answer.text


def test_a_log_that_was_altered_is_said_not_to_hold_and_can_still_be_read(own: Any) -> None:
    workspace, browser = own
    rows = workspace.audit.rows()
    forged = '{"actor":5,"at":7,"ids":["x"],"roles":[],"v":1}'
    kept = {2: forged, 3: "no row at all", 1: None}
    with writing(workspace.ledger) as connection:
        for seq, leaf in kept.items():
            text = leaf or str(
                connection.execute(ROWS.select().where(ROWS.c.seq == seq)).one().leaf
            ).replace('"actor":"', '"actor":"not-')
            connection.execute(update(ROWS).where(ROWS.c.seq == seq).values(leaf=text))
    html = browser.get("/audit").text
    assert len(numbers(html)) == len(rows) + 1
    assert html.count("What stands here is no row of this log") == 2
    token = re.search(r'name="csrf" value="([^"]+)"', html)
    assert token is not None
    text = words_of(browser.send("POST", "/audit/verify", data={"csrf": token[1]}).text)
    assert "The log does not hold" in text
    assert "First fault: row 1 was changed." in text
    assert browser.get("/audit?user=audi").status_code == 200


def test_an_auditor_needs_no_build(
    tmp_path: Any, madeup: ModuleType, new_browser: Callable[..., Any]
) -> None:
    from puente.settings import Settings
    from puente.web.app import create_app
    from puente.workspace import Workspace

    with Workspace.open(Settings(workspace=tmp_path / "ws")) as bare:
        bare.users.add("audi", madeup.PASSWORD, roles=("auditor",), country="MX")
        browser = new_browser(create_app(bare)).sign_in("audi", "audit", "")
        assert browser.get("/").headers["location"] == "/audit"
        assert browser.get("/audit").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["older=-1", "newer=99999999999999999999", "older=x", "since=yesterday", "until=2026-1-1",
     "since=20260101"],
)  # fmt: skip
def test_a_place_or_day_that_is_none_is_refused_in_words(auditor: Any, query: str) -> None:
    answer = auditor.get(f"/audit?{query}")
    assert answer.status_code == 422
    assert 'class="error-page"' in answer.text


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    fields=st.dictionaries(
        st.sampled_from(["user", "purpose", "case", "action", "touched", "since", "until",
                         "refused", "older", "newer"]),
        st.one_of(st.text(max_size=20), st.sampled_from(["\x00", "5", "%", '"', "2026-10-05"])),
        max_size=4,
    )
)  # fmt: skip
def test_no_query_of_the_log_is_a_fault(auditor: Any, fields: dict[str, str]) -> None:
    query = urlencode([(n, v.encode("utf-8", "surrogatepass")) for n, v in fields.items()])
    answer = auditor.get(f"/audit?{query}")
    assert answer.status_code in {200, 422}, fields


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_has_one_heading_labels_captions_and_no_id_twice(
    auditor: Any, language: str
) -> None:
    html = auditor.get("/audit", headers={"accept-language": language}).text
    assert f'<html lang="{language}"' in html
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert len(re.findall(r"<table", html)) == len(re.findall(r"<caption", html))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for found in re.finditer(r'<(?:input|select)(?![^>]*type="hidden")[^>]*>', html):
        identity = re.search(r'\sid="([^"]+)"', found[0])
        assert identity, found[0]
        assert f'for="{identity[1]}"' in html
    assert " style=" not in html
