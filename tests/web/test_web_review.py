"""Links are judged side by side: blind in a review, by two people, undone, several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from puente.errors import Conflict
from puente.graph.network import build_edges
from puente.graph.nodes import build_nodes
from puente.guard.actors import Actor, Purpose
from puente.resolve.history import Moment
from puente.resolve.judgements_bench import Bench
from puente.resolve.review_kept import answer, begin_review, findings
from puente.resolve.state_build import Linking
from puente.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType
    from typing import Any

    from fastapi import FastAPI

    from puente.workspace import Workspace

    Browser = Any

LISTED, HELD = "ofac-9001", "fgr-det-77"
PAIR = f"/links/pair?{urlencode({'left': HELD, 'right': LISTED})}"
CLUSTER = f"/links/clusters/{HELD}"


@pytest.fixture(scope="module")
def node(madeup: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The made-up workspace, linked as a build links it; a second analyst has an account."""
    made: Workspace = madeup.make_workspace(tmp_path_factory.mktemp("review") / "ws")
    made.users.add("luis", madeup.PASSWORD, roles=("analyst",), country="MX")
    with made.lake.begin_build() as build:
        linking = Linking(
            settings=made.settings, guard=made.guard, progress=lambda _d, _t: None,
            moment=Moment(build=build.build_id, at=madeup.NOW),
        )  # fmt: skip
        view = made.system_view(build_path=build.path)
        for name, table in linking.run(view, None).tables.items():
            build.write(name, table, cells=view.lineage)
        for name, derive in (("nodes", build_nodes), ("edges", build_edges)):
            view = made.system_view(build_path=build.path)
            build.write(name, derive(view), cells=view.lineage)
        build.publish()
    yield made
    made.close()


@pytest.fixture(scope="module")
def review_app(node: Workspace) -> FastAPI:
    return create_app(node)


@pytest.fixture
def person(review_app: FastAPI, new_browser: Callable[..., Browser]) -> Callable[[str], Browser]:
    return lambda name: new_browser(review_app).sign_in(name, "investigation")


def test_a_link_to_a_listed_man_waits_for_another_person_and_is_undone(
    person: Callable[[str], Browser],
) -> None:
    ana, luis = person("ana"), person("luis")
    page = ana.get(PAIR)
    assert page.status_code == 200, page.text
    assert 'data-key="y"' in page.text
    assert "1974-03-19" in page.text
    said = ana.submit(PAIR, {"deed": "same", "reasons": "one photograph"}, follow_redirects=True)
    assert "waits for a second person" in said.text
    refused = ana.submit(PAIR, {"deed": "agree", "reasons": "myself"})
    assert refused.status_code == 403
    assert "Agree" in luis.get(PAIR).text
    agreed = luis.submit(PAIR, {"deed": "agree", "reasons": "the same"}, follow_redirects=True)
    assert "stands" in agreed.text
    undone = luis.submit(PAIR, {"deed": "undo", "reasons": "a twin"}, follow_redirects=True)
    assert "Undone by luis" in undone.text


def test_any_pair_tells_why_and_twins_are_shown_as_no_verdict(
    person: Callable[[str], Browser],
) -> None:
    ana = person("ana")
    page = ana.get(PAIR)
    assert "Each field" in page.text
    assert "Sum so far" in page.text
    assert "<svg" in page.text
    twins = ana.get("/links/twins")
    assert twins.status_code == 200, twins.text
    assert "no verdict" in twins.text
    spanish = ana.get("/links/twins", headers={"accept-language": "es"})
    assert spanish.status_code == 200


def test_a_cluster_says_what_holds_it_together_and_several_links_are_judged_at_once(
    person: Callable[[str], Browser],
) -> None:
    ana = person("ana")
    page = ana.get(CLUSTER)
    assert page.status_code == 200, page.text
    assert "Without these it falls apart" in page.text
    fields = {f"pair:{HELD}\x1f{LISTED}": "1", "deed": "unsure", "reasons": "in doubt"}
    answer = ana.submit(CLUSTER, fields, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    assert f"{HELD} – {LISTED}" in ana.get("/links").text
    assert ana.submit(CLUSTER, {"deed": "same", "reasons": "none"}).status_code == 422


def test_a_review_shows_no_score_before_the_answer_goes_on_and_takes_back(
    node: Workspace, person: Callable[[str], Browser]
) -> None:
    actor = Actor(name="ana", roles=frozenset({"analyst"}), agency="", country="MX")
    why = Purpose(name="investigation", case="C-1")
    bench = Bench(guard=node.guard, actor=actor, purpose=why, view=node.view(actor, why))
    review = begin_review(bench, "first", "Person", size=20, seed=1)
    ana, address = person("ana"), "/links/reviews/first"
    for place in range(len(review.sample)):
        page = ana.get(address)
        assert page.status_code == 200, page.text
        assert " bits" not in page.text
        assert f'name="place" value="{place}"' in page.text
        told = ana.submit(address, {"place": f"{place}", "deed": "same"}, follow_redirects=True)
        assert " bits" in told.text
    assert "You have judged every pair" in ana.get(address).text
    twice = ana.submit(address, {"place": "0", "deed": "not"})
    assert twice.status_code == 409
    ana.submit(address, {"deed": "back"})
    assert f'name="place" value="{len(review.sample) - 1}"' in ana.get(address).text


def test_a_second_reviewer_judges_the_same_sample_and_their_agreement_is_told(
    node: Workspace, person: Callable[[str], Browser]
) -> None:
    made = []
    for name in ("ana", "luis"):
        actor = Actor(name=name, roles=frozenset({"analyst"}), agency="", country="MX")
        why = Purpose(name="investigation", case="C-1")
        view = node.view(actor, why)
        made.append(Bench(guard=node.guard, actor=actor, purpose=why, view=view))
    ana, luis = made
    review = begin_review(ana, "second", "Person", size=20, seed=2)
    for place in range(len(review.sample)):
        answer(ana, review, place, "same")
        answer(luis, review, place, "same" if place else "not")
    found = findings(luis, review)
    assert found.differ == (0,)
    assert found.kappa["ana", "luis"] is not None
    assert found.answered == {"ana": len(review.sample), "luis": len(review.sample)}
    page = person("luis").get("/links/reviews/second").text
    assert "kappa" in page
    with pytest.raises(Conflict):
        begin_review(ana, "second", "Person", size=20, seed=2)


def test_whoever_may_not_judge_sees_no_queue(
    review_app: FastAPI, new_browser: Callable[..., Browser]
) -> None:
    press = new_browser(review_app).sign_in("juan", "oversight")
    assert press.get("/links").status_code == 403
    assert press.get(PAIR).status_code in {403, 404}
