"""Who stands behind, and paths, on pages: with what speaks against, closed to whom it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from puente.graph.patterns.find import PATTERNS, Patterns
from puente.graph.patterns.finding import Finding, Sign
from puente.graph.patterns.terrain import Terrain
from puente.web.reads.network import FIRST, page_of

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_path_between_two_opens_each_entity_on_it(signed_in: Callable[..., Any]) -> None:
    page = signed_in().get("/network/paths?left=reg-socio-5&right=reg-emp-2")
    assert page.status_code == 200, page.text
    for entity in ("reg-emp-1", "reg-emp-2"):
        assert f"/entities/{entity}" in page.text
    assert "weakest link" in page.text


def test_an_unknown_entity_is_named_and_is_no_fault_of_ours(
    signed_in: Callable[..., Any],
) -> None:
    answer = signed_in().get("/network/paths?left=nobody&right=reg-emp-2")
    assert answer.status_code == 404
    assert "nobody" in answer.text
    assert signed_in().get("/network?pattern=zzz").status_code == 422


@pytest.mark.parametrize("path", ["/network", "/network/paths?left=reg-socio-5&right=reg-emp-2"])
def test_the_network_is_closed_to_the_press_and_the_rule_is_told(
    signed_in: Callable[..., Any], path: str
) -> None:
    press = signed_in("juan", "oversight")
    answer = press.get(path)
    assert answer.status_code == 403
    assert "/entities/reg-emp-1" not in answer.text
    assert 'href="/network"' not in press.get("/").text, "no door leads where nothing opens"


def test_the_way_around_leads_to_the_network_where_it_is_open(
    signed_in: Callable[..., Any],
) -> None:
    assert 'href="/network"' in signed_in().get("/").text


def patterns(*subjects: str) -> Patterns:
    terrain = Terrain(
        edges=pa.table({"source_id": pa.array([], pa.string())}),
        names={"p0": "Name of p0"},
        schemas={},
        listed=frozenset(),
        blocked=frozenset(),
        barred=frozenset(),
    )
    findings = [
        Finding(
            pattern=PATTERNS[0],
            subjects=(subject,),
            principals=("boss",),
            signs=(Sign(text="{who} holds or runs both", about={"who": subject}),),
            against=(Sign(text="none of it is more than possible"),),
        )
        for subject in subjects
    ]
    return Patterns(findings=tuple(findings), terrain=terrain)


def test_no_finding_is_lost_between_the_first_few_and_the_pages() -> None:
    everyone = [f"p{number:02}" for number in range(45)]
    found = patterns(*everyone)
    (group,) = page_of(found).groups
    assert (len(group.findings), group.total) == (FIRST, 45)
    seen = [
        one.subject.id
        for page in (1, 2, 3)
        for shown in page_of(found, pattern=PATTERNS[0].id, page=page).groups
        for one in shown.findings
    ]
    assert seen == everyone


def test_a_sign_is_told_by_names_and_with_what_speaks_against_it() -> None:
    ((one,),) = [group.findings for group in page_of(patterns("p0"), subject="p0").groups]
    assert one.signs[0].text == "Name of p0 holds or runs both"
    assert one.against
