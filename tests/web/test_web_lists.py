"""The pages of lists over time, on two made-up deliveries. Nobody here exists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from puente import pipeline
from puente.settings import Settings
from puente.web.app import create_app
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from fastapi import FastAPI

NO = "-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- "
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ATTACK = "<script>alert(1)</script> INVENTADA"


def row(number: int, name: str, programs: str, remarks: str = "-0- ") -> str:
    return f'{number},"{name}",-0- ,"{programs}",{NO},"{remarks}"\n'


DELIVERIES = {
    "2024-01-01": (
        row(901, "CARTEL INVENTADO DEL VALLE", "SDNTK"),
        row(902, "BANDA INVENTADA", "SDNTK", "Linked To: CARTEL INVENTADO DEL VALLE."),
        row(903, "RED QUE QUEDA", "ILLICIT-DRUGS-EO"),
    ),
    "2024-06-01": (
        row(901, "CARTEL INVENTADO DEL VALLE", "SDNTK] [FTO", "a.k.a. 'LOS INVENTADOS'."),
        row(903, "RED QUE QUEDA", "ILLICIT-DRUGS-EO14059"),
        row(904, ATTACK, "SDGT"),
    ),
}


@pytest.fixture(scope="module")
def lists_app(tmp_path_factory: pytest.TempPathFactory, madeup: ModuleType) -> Iterator[FastAPI]:
    root: Path = tmp_path_factory.mktemp("lists")
    clock = [NOW]
    workspace = Workspace.open(Settings(workspace=root / "ws"), clock=lambda: clock[0])
    for day, rows in DELIVERIES.items():
        folder = root / day
        folder.mkdir()
        (folder / "sdn.csv").write_text("".join(rows), encoding="latin-1")
        pipeline.run(
            pipeline.Build(
                workspace=workspace, data=folder, now=clock[0], report_progress=lambda *_said: None
            )
        )
        clock[0] += timedelta(days=30)
    for name, (role, country) in madeup.ACCOUNTS.items():
        workspace.users.add(name, madeup.PASSWORD, roles=(role,), country=country)
    yield create_app(workspace)
    workspace.close()


@pytest.fixture
def reader(lists_app: FastAPI, new_browser: Callable[..., Any]) -> Any:
    return new_browser(lists_app).sign_in("ana", "investigation")


def test_the_page_tells_what_changed_between_two_days_with_old_and_new(reader: Any) -> None:
    text = reader.get("/lists").text
    for said in ("LOS INVENTADOS", "8 USC 1189", "another tag, the same law", "BANDA INVENTADA"):
        assert said in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert 'href="/lists"' in reader.get("/").text
    removed = reader.get("/lists?kind=removed").text
    assert "BANDA INVENTADA" in removed
    assert "LOS INVENTADOS" not in removed
    assert "BANDA INVENTADA" in reader.get("/lists?program=SDNTK&q=banda").text
    assert "No entry fits" in reader.get("/lists?q=nobody").text


def test_the_page_of_an_entry_tells_its_life_and_the_notices_on_it(reader: Any) -> None:
    text = reader.get("/lists/entries/ofac-902").text
    assert "no longer on the list" in text
    assert "was shown as listed" in text
    assert "21 USC 1903" in text
    entity = reader.get("/entities/ofac-901").text
    assert "Something found here earlier rested on a listing that has ended" in entity
    assert "was shown as linked to the entry" in entity
    assert "rested on a listing" not in reader.get("/entities/ofac-903").text
    told = reader.get("/lists", headers={"accept-language": "es"})
    assert told.status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/lists?before=junk", 200), ("/lists?before=2024-13-99&after=9", 200),
        ("/lists?page=-5", 200), ("/lists?page=99999", 200), ("/lists?page=x", 422),
        ("/lists?before=1900-01-01", 422), ("/lists/entries/nobody", 404),
        ("/lists/entries/%00", 404), ("/lists?before=2024-06-01&after=2024-01-01", 200),
        ("/lists?kind=%3Cscript%3E", 200),
    ],
)  # fmt: skip
def test_whatever_is_asked_gets_an_answer(reader: Any, address: str, status: int) -> None:
    assert reader.get(address).status_code == status


def test_who_may_see_no_list_finds_no_page_of_them(
    lists_app: FastAPI, new_browser: Callable[..., Any]
) -> None:
    auditor = new_browser(lists_app)
    password = {"user": "audi", "password": "a made-up password"}
    auditor.submit("/sign-in", password)
    auditor.submit("/purpose", {"purpose": "audit", "case": "", "reason": "a test"})
    assert auditor.get("/lists").status_code == 403
    assert 'href="/lists"' not in auditor.get("/audit").text
