"""The workbench: the contrary side first, errors by line, and nothing of a case file kept."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from puente.web.law_visit import MAX_TEXT_BYTES
from puente.web.reads.law import EXAMPLES, example
from puente.web.reads.law_assess import example_case, read_bench

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CASE = example("case-fto")
DAYS = {"law": "2019-12-31", "other": "2025-02-20", "facts": ""}


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def send(browser: Any, text: str, **more: Any) -> Any:
    """Send a case file as a browser does: as one form of parts."""
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/law/assess").text)
    assert token is not None
    parts = {"csrf": token[1], "case": text, **DAYS}
    files = {name: (None, value) for name, value in parts.items()} | more
    return browser.send("POST", "/law/assess", files=files)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_on_the_pages_are_those_of_the_documents(name: str) -> None:
    document = (ROOT / "docs/examples" / f"{name}.yaml").read_text(encoding="utf-8")
    assert example(name) == document


def test_one_case_file_under_two_days_and_two_readings_gives_the_four_cells() -> None:
    """With the facts fixed the date changes nothing, and the reading does."""
    words = {}
    for day in (date(2019, 12, 31), date(2025, 2, 20)):
        bench = read_bench(example_case("case-fto"), day, None)
        for name, result in zip(bench.readings, bench.run.results, strict=True):
            words[day.year, name.split(" ")[1]] = result.status.word.value
    assert words == {
        (2019, "paper"): "rebutted", (2025, "paper"): "rebutted",
        (2019, "disjunctive"): "supported", (2025, "disjunctive"): "supported",
    }  # fmt: skip


def test_the_page_names_the_pivot_and_the_limb_that_carries_it(
    signed_in: Callable[..., Any],
) -> None:
    path = "/law/assess?example=case-fto&law=2019-12&other=2025-02-20"
    text = words_of(signed_in().get(path).text)
    assert "With the facts fixed, the date alone changed no result." in text
    assert "At issue: The violence was politically motivated (22 USC 2656f(d)(2))" in text
    assert "Terrorist activity in the sense of 8 USC 1182(a)(3)(B)(iii)" in text


def test_what_stands_against_it_comes_before_what_stands_for_it_and_is_open(
    signed_in: Callable[..., Any],
) -> None:
    html = signed_in().get("/law/assess?example=case-fto").text
    con, pro, results = (html.index(f'id="{name}"') for name in ("con", "pro", "results"))
    assert con < pro < results
    assert html.index('id="item-e11"') < pro
    before = html[con : html.index('id="item-e11"')]
    assert before.count("<details") == before.count("</details")
    assert "not answered" in html[con:pro]


def test_an_item_against_an_exception_stands_on_the_side_of_the_whole() -> None:
    bench = read_bench(example_case("case-fto"), date(2019, 12, 31), None)
    con, pro = ({one.item.id for one in side} for side in (bench.con, bench.pro))
    assert "e15" in pro
    assert "e16" in con
    assert con | pro == {item.id for item in bench.run.case.evidence}
    assert not con & pro


def test_every_named_node_is_a_row_once_and_only_readings_change_what_is_asked() -> None:
    bench = read_bench(example_case("case-fto"), date(2019, 12, 31), None)
    ids = [row.node.id for row in bench.rows]
    assert len(ids) == len(set(ids))
    assert ids.index("gain_mixed") == ids.index("gain_alone") - 1 or (
        ids.index("gain_mixed") == ids.index("gain_alone") + 1
    )
    for row in bench.rows:
        if row.is_element:
            assert len({status for status in row.statuses if status}) == 1


def test_an_instrument_that_did_not_stand_supports_nothing(signed_in: Callable[..., Any]) -> None:
    answer = signed_in().get("/law/assess?example=case-fto&law=1990-01-01")
    assert answer.status_code == 200
    assert "The instrument was not in force on that day" in words_of(answer.text)


def test_a_pasted_case_gives_the_same_as_the_example(signed_in: Callable[..., Any]) -> None:
    answer = send(signed_in(), CASE.replace("\n", "\r\n"))
    assert answer.status_code == 200
    text = words_of(answer.text)
    assert "supported on this record" in text
    assert "rebutted on this record" in text
    assert "TLP:GREEN" in answer.text[: answer.text.index("<main")]


def test_a_file_outweighs_the_text(signed_in: Callable[..., Any]) -> None:
    file = ("case.yaml", CASE.replace("example-fto", "from-a-file").encode(), "text/yaml")
    answer = send(signed_in(), "no: case", file=file)
    assert answer.status_code == 200
    assert "from-a-file" in answer.text


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (("grade: B", "grade: Z"), "grade: Z", "grade"),
        (("element: threat", "element: nothing"), "", "nothing"),
        (("schema: Organization", "schema: Person"), "schema: Person", "never a person"),
        (("as_of_facts: 2019-12-31", "as_of_facts: [2019"), "", "YAML"),
        (("side: pro", "sides: pro"), "sides: pro", "unknown key"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(
    signed_in: Callable[..., Any], change: tuple[str, str], line: str, reason: str
) -> None:
    answer = send(signed_in(), CASE.replace(*change, 1))
    assert answer.status_code == 422
    shown = words_of(answer.text[answer.text.index("notice-refused") :])
    assert re.search(r"line \d+", shown)
    assert reason in shown
    assert line in shown
    assert "example-fto" in answer.text, "the text that was sent is lost"


def test_markup_in_a_case_file_stays_text(signed_in: Callable[..., Any]) -> None:
    attack = '"</textarea><script>alert(1)</script>"'
    for text in (CASE.replace('"Finding of fact."', attack, 1), f"id: {attack}"):
        html = send(signed_in(), text).text
        assert "<script>alert" not in html
        assert html.count("</textarea>") == 1


@pytest.mark.parametrize("text", ["", "   \n", "\x00", "- a\n- b", "&a [*a, *a]", "[" * 500])
def test_what_is_no_case_file_is_refused(signed_in: Callable[..., Any], text: str) -> None:
    answer = send(signed_in(), text)
    assert answer.status_code == 422
    assert "fault of ours" not in answer.text


def test_a_text_that_is_too_long_or_no_text_is_refused(signed_in: Callable[..., Any]) -> None:
    assert send(signed_in(), CASE + "# x\n" * (MAX_TEXT_BYTES // 4)).status_code == 422
    assert send(signed_in(), CASE + "# x\n" * MAX_TEXT_BYTES).status_code == 413
    file = ("case.yaml", b"\xff\xfe\x00", "text/yaml")
    assert send(signed_in(), "", file=file).status_code == 422


def test_a_form_without_its_token_is_refused(signed_in: Callable[..., Any]) -> None:
    parts = {"csrf": (None, "x"), "case": (None, CASE)}
    assert signed_in().send("POST", "/law/assess", files=parts).status_code == 403


def test_nothing_of_a_pasted_case_is_kept_anywhere(
    signed_in: Callable[..., Any], workspace: Workspace
) -> None:
    secret = "an-organisation-nobody-may-learn-of"
    answer = send(signed_in(), CASE.replace("Grupo Llanos Altos (made up)", secret))
    assert secret in answer.text
    assert secret not in signed_in().get("/law/assess").text
    workspace.audit.flush()
    assert workspace.audit.newest(1)[0].ids in {("law:assess",), ("law:assess:us-8usc1189",)}
    for path in Path(workspace.settings.workspace).rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


# --- The same for machines ------------------------------------------------------------------------


def test_the_interface_gives_instruments_penalties_and_the_matrix(
    signed_in: Callable[..., Any],
) -> None:
    browser = signed_in()
    listed = browser.get("/api/law/instruments?date=2019-12-31").json()
    assert {"id", "title", "state", "marks"} <= listed[0].keys()
    one = browser.get("/api/law/instruments/us-8usc1189?date=2019-12-31").json()
    assert one["elements"]["all"][0]["citation"]["cite"] == "8 USC 1189(a)(1)(A)"
    assert one["title"]["es"].startswith("Designación")
    penalty = browser.get("/api/law/penalty/kingpin-civil?date=2019-12-19").json()[0]
    assert penalty["maximum"] == 1_503_470
    assert penalty["stale"][0]["value"] == 1_075_000
    matrix = browser.get("/api/law/matrix?date=2025-02-20").json()
    assert len(matrix["cells"]) == 7 * (8 + 9)
    assert all(cell["citations"] for cell in matrix["cells"])


def test_the_interface_assesses_a_case_and_keeps_to_its_own_host(
    signed_in: Callable[..., Any],
) -> None:
    sent = {"case": CASE, "as_of_law": "2019-12"}
    answer = signed_in().send("POST", "/api/law/assess", json=sent)
    assert answer.status_code == 200
    assert {b["status"] for b in answer.json()["branches"]} == {"supported", "rebutted"}
    other = signed_in().send(
        "POST", "/api/law/assess", json=sent, headers={"origin": "https://evil.example"}
    )
    assert other.status_code == 403
    wrong = signed_in().send("POST", "/api/law/assess", json={"case": "id: x"})
    assert wrong.status_code == 422
    assert wrong.json()["error"]["code"] == "invalid_data"


def test_the_interface_is_closed_to_whoever_is_not_signed_in(browser: Any) -> None:
    for path in ("/api/law/instruments", "/api/law/matrix", "/api/law/penalty/kingpin-civil"):
        assert browser.get(path).status_code == 401
    assert browser.send("POST", "/api/law/assess", json={"case": CASE}).status_code == 401
