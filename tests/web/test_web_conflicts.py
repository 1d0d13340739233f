"""Pages of record conflicts on made-up registers: both sides, their rows, and what is closed."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from puente.places.conflicts import ARTEFACT, find_conflicts
from puente.places.panel import build_panel
from puente.settings import Settings
from puente.store.lake import Origin
from puente.web.app import create_app
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from fastapi import FastAPI

PLACE = "91000"
OPEN = ("registro_civil", "TLP:CLEAR", "defunciones_por_homicidio", (300, 397, 820))
CLOSED = ("rivales", "TLP:AMBER", "muertes_por_rivalidad", (100, 426, 1084))
TOWN = "91001"


def _load(workspace: Workspace, register: tuple[str, str, str, tuple[int, ...]]) -> None:
    source, marking, record, years = register
    origin = Origin(
        source=source, path=f"in/{source}.csv", sha256=sha256(source.encode()).hexdigest(),
        published="2026-09-15", agency="made up", marking=marking, record_class="fact",
    )  # fmt: skip
    rows = [
        {"place": PLACE, "month": f"{2006 + at}-{month + 1:02d}", "record": record,
         "count": total // 12 + (month < total % 12)}
        for at, total in enumerate(years) for month in range(12)
    ]  # fmt: skip
    if marking == "TLP:CLEAR":
        # A part below its whole, but of so few cases that the page must not print them.
        rows += [
            {"place": TOWN, "month": f"2007-{month + 1:02d}", "record": record,
             "count": int(month < 3)} for month in range(12)
        ]  # fmt: skip
    else:
        rows += [
            {"place": TOWN, "month": f"2007-{month + 1:02d}", "record": record, "count": 4}
            for month in range(12)
        ]
    with workspace.lake.begin_load(origin) as writer:
        writer.rows("counts", rows)
        writer.publish(rows=len(rows), loaded=len(rows), rejected=0, facts={})


@pytest.fixture(scope="module")
def node(
    tmp_path_factory: pytest.TempPathFactory, madeup: ModuleType
) -> Iterator[tuple[Workspace, FastAPI]]:
    """A node with two registers that cannot both be right, one of them closed to most."""
    folder = tmp_path_factory.mktemp("conflicts") / "ws"
    workspace = Workspace.open(Settings(workspace=folder), clock=lambda: madeup.NOW)
    for register in (OPEN, CLOSED):
        _load(workspace, register)
    with workspace.lake.begin_build() as build:
        for name, derive in (("panel", build_panel), (ARTEFACT, find_conflicts)):
            view = workspace.system_view(build_path=build.path)
            build.write(name, derive(view), cells=view.lineage or None)
        build.publish()
    for name, (role, country) in madeup.ACCOUNTS.items():
        workspace.users.add(name, madeup.PASSWORD, roles=(role,), country=country)
    yield workspace, create_app(workspace)
    workspace.close()


@pytest.fixture
def reader(
    node: tuple[Workspace, FastAPI], new_browser: Callable[..., Any]
) -> Callable[[str, str], Any]:
    """Returns a browser signed in on that node."""
    return lambda user, purpose: new_browser(node[1]).sign_in(user, purpose)


def words_of(html: str) -> str:
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def keys_of(html: str) -> list[str]:
    return re.findall(r'href="/places/conflicts/([0-9a-f]+)"', html)


def test_both_sides_of_a_conflict_stand_on_the_page_with_their_registers(
    reader: Callable[[str, str], Any],
) -> None:
    browser = reader("ana", "investigation")
    html = browser.get("/places/conflicts").text
    text = words_of(html)
    assert "426" in text
    assert "397" in text
    assert "1,084" in text
    assert "820" in text
    assert "rivales" in text
    assert "registro_civil" in text
    assert "From the sources open to you" not in text
    assert keys_of(html)


def test_one_conflict_shows_its_months_its_picture_and_innocent_explanations(
    reader: Callable[[str, str], Any],
) -> None:
    browser = reader("ana", "investigation")
    page = next(
        text
        for key in keys_of(browser.get("/places/conflicts").text)
        if "426" in (text := browser.get(f"/places/conflicts/{key}").text)
    )
    text = words_of(page)
    assert "What may explain it innocently" in text
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page
    assert "The same as a table" in text
    assert "The rows under it 12 months" in text
    assert re.search(r"Jan 2007 36 [0-9a-f]+ 34 [0-9a-f]+", text), "the months of both"


def test_few_cases_in_a_municipality_are_not_printed(reader: Callable[[str, str], Any]) -> None:
    browser = reader("ana", "investigation")
    keys = keys_of(browser.get("/places/conflicts").text)
    pages = [browser.get(f"/places/conflicts/{key}").text for key in keys]
    towns = [words_of(page) for page in pages if f">{TOWN}<" in page]
    assert towns, "the town's conflict is found"
    for text in towns:
        assert "of so few cases that it is not shown" in text
        assert "1 to 4" in text
        apart = re.search(r"Apart (\S+)", text)
        assert apart is not None
        assert apart[1] == "–", "how far apart would give the figure away"


def test_who_may_not_see_one_register_is_told_of_no_conflict_with_it(
    reader: Callable[[str, str], Any],
) -> None:
    everything = keys_of(reader("ana", "investigation").get("/places/conflicts").text)
    browser = reader("juan", "oversight")
    answer = browser.get("/places/conflicts")
    assert answer.status_code == 200
    text = words_of(answer.text)
    assert "rivales" not in answer.text
    assert "muertes_por_rivalidad" not in answer.text
    assert "426" not in text
    assert "1,084" not in text
    closed = set(everything) - set(keys_of(answer.text))
    assert closed, "what takes both registers is not among what one of them shows"
    for key in closed:
        held = browser.get(f"/places/conflicts/{key}")
        assert held.status_code == 404
        assert "rivales" not in held.text


def test_who_may_see_no_figure_by_place_is_refused(reader: Callable[[str, str], Any]) -> None:
    answer = reader("audi", "audit").get("/places/conflicts")
    assert answer.status_code == 403
    assert "426" not in answer.text


def test_a_look_at_the_conflicts_is_a_row_of_the_log(
    node: tuple[Workspace, FastAPI], reader: Callable[[str, str], Any]
) -> None:
    browser = reader("ana", "investigation")
    before = node[0].audit.size()
    browser.get("/places/conflicts")
    rows = [row for row in node[0].audit.rows(before, 99) if row.action == "look"]
    assert rows
    assert {row.actor for row in rows} == {"ana"}
