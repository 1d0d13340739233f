"""The pages of the alert queue and of the register, on the made-up build. Nobody here exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from puente.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from fastapi import FastAPI

REASONS = "Eleven years lie between the two births."
PROPERTY = {
    "day": "2026-09-25", "measure": "blocked", "sort": "account", "description": "account <b>1</b>",
    "holder": "Banco Inventado", "place": "Laredo", "owner": "Benigno Quiroz Lara",
    "basis": "listed", "entry": "ofac-9002", "programs": "ILLICIT-DRUGS-EO14059",
    "authority": "31 CFR 599", "nexus": "in_us", "value": "125,000.50", "currency": "USD",
}  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, madeup: ModuleType) -> Iterator[FastAPI]:
    root: Path = tmp_path_factory.mktemp("alerts")
    workspace = madeup.make_workspace(root / "ws")
    workspace.users.add("bea", madeup.PASSWORD, roles=("analyst",), country="MX")
    yield create_app(workspace)
    workspace.close()


@pytest.fixture
def readers(signed_in: Callable[..., Any]) -> tuple[Any, Any]:
    return signed_in("ana", "investigation"), signed_in("bea", "investigation")


def the_alert(reader: Any) -> str:
    found = re.search(r'href="(/alerts/A-[0-9a-f]+)"', reader.get("/alerts").text)
    assert found
    return found[1]


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', text)
    assert found
    return found[1]


def test_two_persons_decide_side_by_side_and_one_alone_cannot(readers: tuple[Any, Any]) -> None:
    ana, bea = readers
    address = the_alert(ana)
    text = ana.get(address).text
    for said in ("BENIGNO QUIROZ LARA", "QUIROZ LARA, Benigno", "1991-07-02", "speaks against"):
        assert said in text
    assert "Is Benigno Quiroz Lara the listed" in text
    fields = {"outcome": "other", "reasons": REASONS, "seen": seen(text)}
    short = ana.submit(f"{address}/decide", {**fields, "reasons": "no"})
    assert short.status_code == 422
    assert "give your reasons" in short.text
    stale = ana.submit(f"{address}/decide", {**fields, "seen": "0" * 16})
    assert stale.status_code == 409
    assert ana.submit(f"{address}/decide", fields).status_code == 303
    waiting = ana.get(address).text
    assert "Waits for another person" in waiting
    agreed = {"agrees": "yes", "reasons": "I compared both papers.", "seen": seen(text)}
    assert ana.submit(f"{address}/second", agreed).status_code == 403
    assert bea.submit(f"{address}/second", {**agreed, "agrees": ""}).status_code == 422
    assert bea.submit(f"{address}/second", agreed).status_code == 303
    decided = bea.get(address).text
    assert "two persons agree" in decided
    assert REASONS in decided
    again = bea.submit(f"{address}/reopen", {"reasons": "A new paper came in."})
    assert again.status_code == 303
    assert "opened again" in ana.get(address).text
    assert ana.get("/alerts", headers={"accept-language": "es"}).status_code == 200


def test_a_form_from_elsewhere_decides_nothing(readers: tuple[Any, Any]) -> None:
    ana, _bea = readers
    address = the_alert(ana)
    sent = ana.send("POST", f"{address}/decide", data={"outcome": "same", "reasons": REASONS})
    assert sent.status_code == 403
    assert REASONS not in ana.get(address).text or "the listed one" in ana.get(address).text


def test_the_register_is_filled_on_the_page_shows_what_is_overdue_and_gives_reports(
    readers: tuple[Any, Any],
) -> None:
    ana, bea = readers
    wrong = ana.submit("/register/new/property", {**PROPERTY, "value": "lots"})
    assert wrong.status_code == 422
    assert "Banco Inventado" in wrong.text
    made = ana.submit("/register/new/property", PROPERTY)
    address = made.headers["location"]
    text = ana.get("/register").text
    assert "125,000.5" in text
    assert "&lt;b&gt;1&lt;/b&gt;" in text
    assert "31 CFR 599" in ana.get(address).text
    assert "2026-10-09" not in text
    assert "overdue" in ana.get("/register?as_of=2026-10-20").text
    out = {"on": address.rpartition("/")[2], "day": "2026-10-01", "under": "court",
           "reasons": "order of the court"}  # fmt: skip
    assert ana.submit("/register/new/released", out).status_code == 303
    assert "waits for a second person" in ana.get(address).text
    sure = {"number": "2", "agrees": "yes", "reasons": "I read the order."}
    assert ana.submit(f"{address}/confirm", sure).status_code == 403
    assert bea.submit(f"{address}/confirm", sure).status_code == 303
    assert "unblocked" in ana.get(address).text
    for form, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        answer = ana.get(f"/register/report/whole.{form}")
        assert answer.content.startswith(start)
        assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/alerts?page=-3", 200), ("/alerts?page=x", 422), ("/alerts?state=%3Cscript%3E", 200),
        ("/alerts?q=nobody", 200), ("/alerts/none", 404), ("/alerts/%00", 404),
        ("/register?as_of=junk", 200), ("/register/P-1", 404), ("/register/new/none", 404),
        ("/register/new/referral", 200), ("/register/report/whole.exe", 404),
        ("/register/report/none.csv", 422), ("/register/report/annual.csv?as_of=x", 422),
        ("/register?as_of=0001-01-01", 200), ("/register?as_of=9999-12-31", 200),
    ],
)  # fmt: skip
def test_whatever_is_asked_gets_an_answer(
    readers: tuple[Any, Any], address: str, status: int
) -> None:
    assert readers[0].get(address).status_code == status


def test_who_may_judge_no_alert_finds_neither_queue_nor_register(
    new_browser: Callable[..., Any],
) -> None:
    cruz = new_browser().sign_in("cruz", "crime_analysis")
    assert 'href="/alerts"' not in cruz.get("/").text
    for address in ("/alerts", "/register", "/register/new/property",
                    "/register/report/whole.csv"):  # fmt: skip
        assert cruz.get(address).status_code == 403
    carla = new_browser()
    carla.submit("/sign-in", {"user": "carla", "password": "a made-up password"})
    carla.submit("/purpose", {"purpose": "compliance", "case": "", "reason": "a test"})
    # What was derived from closed records is not shown to her; her own customers would be.
    assert "BENIGNO" not in carla.get("/alerts").text
    assert carla.get("/register").status_code == 200


def test_the_page_of_a_held_firm_draws_its_owners(readers: tuple[Any, Any]) -> None:
    text = readers[0].get("/entities/reg-emp-2").text
    assert "Who owns Bodegas Puente Alto SA de CV" in text
    assert "Transportes del Arroyo Seco" in text
    assert "Who owns" not in readers[0].get("/entities/rpc-emp-1").text
