"""Who is taken off a list is taken off what was found by it; who was told can be told again.

Nobody here exists. Three builds: before the removals, after them, and after one came back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from puente import pipeline
from puente.errors import InvalidData, NotAllowed, NotFound
from puente.guard.actors import Actor, Purpose
from puente.report.formats import export
from puente.report.relief_letters import (
    LetterAsked,
    correction_letter,
    delisting_packet,
    false_match_letter,
)
from puente.screen.lists_life import life_in_view
from puente.screen.relief import changes_of, notices
from puente.screen.relief_findings import notify, removals
from puente.screen.relief_packet import Correction, false_match_of, packet_of
from puente.screen.relief_tables import NOTICES
from puente.screen.relief_told import told_of
from puente.settings import Settings
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.screen.relief import Notice

NO = "-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- "
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")
EVA = Actor(name="eva", roles=frozenset({"auditor"}), country="MX")
CRUZ = Actor(name="cruz", roles=frozenset({"crime_analyst"}), country="MX")
LOOKING, AUDIT = Purpose(name="investigation"), Purpose(name="audit")


def entry(number: int, name: str, remarks: str = "-0- ", kind: str = "individual") -> str:
    return f'{number},"{name}",{kind},"SDNTK",{NO},"{remarks}"\n'


BAND = entry(101, "BANDA INVENTADA DEL LLANO", kind="-0- ")
PERSON = entry(102, "QUIROZ INVENTADO, Evaristo", "Linked To: BANDA INVENTADA DEL LLANO.")
FIRM = entry(103, "MOLINOS ZUMAYA DEL ARROYO, S.A. DE C.V.", kind="-0- ")
STAYS = entry(104, "LARA INVENTADA, Benigna", "Linked To: BANDA INVENTADA DEL LLANO.")

LIKE_THE_PERSON = entry(202, "QUIROZ INVENTADO, Evaristo", "DOB 1971")
"""Somebody on OFAC's other list, whom only a name likens to the person."""

HEADER = (
    "No,RFC,Nombre del Contribuyente,Situación del contribuyente,"
    + ",".join(
        f"Número y fecha de oficio global de {w} SAT,Publicación página SAT {w},"
        f"Número y fecha de oficio global de {w} DOF,Publicación DOF {w}"
        for w in ("presunción", "contribuyentes que desvirtuaron", "definitivos",
                  "sentencia favorable")
    )
)  # fmt: skip


def sat(*rows: tuple[str, str, str]) -> str:
    lines = [f'{n},{rfc},"{name}",{status}' + "," * 16 for n, (rfc, name, status) in
             enumerate(rows, start=1)]  # fmt: skip
    return "\n".join([HEADER, *lines]) + "\n"


SAME_FIRM = ("MZA010203AB1", "MOLINOS ZUMAYA DEL ARROYO SA DE CV", "Definitivo")
PRESUMED = ("SIA040506CD2", "SERVICIOS INVENTADOS DEL AJUSCO SA DE CV", "Presunto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The workspace after three builds, and how many notices there were after each."""

    workspace: Workspace
    builds: tuple[str, ...]
    counts: tuple[int, ...]

    def seen_by(self, who: Actor, why: Purpose, **asked: object) -> tuple[Notice, ...]:
        return notices(self.workspace.guard, who, why, **asked)  # type: ignore[arg-type]


def deliver(root: Path, day: str, entries: tuple[str, ...], *rows: tuple[str, str, str]) -> Path:
    folder = root / day
    folder.mkdir(parents=True)
    (folder / "cons_prim.csv").write_text(LIKE_THE_PERSON, encoding="latin-1")
    (folder / "sdn.csv").write_text("".join(entries), encoding="latin-1")
    (folder / f"listado_69b_{day}.csv").write_text(sat(*rows), encoding="utf-8")
    return folder


def build(workspace: Workspace, data: Path, now: datetime) -> str:
    told = pipeline.run(
        pipeline.Build(workspace=workspace, data=data, now=now, report_progress=lambda *_said: None)
    )
    return str(told["build"])


def count(workspace: Workspace) -> int:
    with workspace.ledger.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(NOTICES)).scalar_one())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    root = tmp_path_factory.mktemp("relief")
    clock = [NOW]
    workspace = Workspace.open(Settings(workspace=root / "ws"), clock=lambda: clock[0])
    first = deliver(root, "2024-01-01", (BAND, PERSON, FIRM, STAYS), SAME_FIRM, PRESUMED)
    builds = [build(workspace, first, NOW)]
    counts = [count(workspace)]
    with workspace.view(ANA, LOOKING) as view:
        view.entity("ofac-102")
    view = workspace.view(ANA, LOOKING, action="export")
    export(view, "csv", root / "all", now=NOW)
    export(view, "csv", root / "one", now=NOW, ids=["ofac-104"])
    cleared = (*PRESUMED[:2], "Desvirtuado")
    for day, entries in (("2024-06-01", (BAND, STAYS)), ("2025-01-01", (BAND, PERSON, STAYS))):
        clock[0] += timedelta(days=30)
        folder = deliver(root, day, entries, SAME_FIRM, cleared)
        builds.append(build(workspace, folder, clock[0]))
        counts.append(count(workspace))
    yield Case(workspace=workspace, builds=tuple(builds), counts=tuple(counts))
    workspace.close()


def test_every_removal_is_kept_with_its_days_and_what_was_listed(case: Case) -> None:
    told = {(c.entity_id, c.what): c for c in changes_of(case.workspace.ledger)}
    assert set(told) == {
        ("ofac-102", "removed"), ("ofac-102", "returned"), ("ofac-103", "removed"),
        ("sat69b-SIA040506CD2", "cleared"),
    }  # fmt: skip
    person = told["ofac-102", "removed"]
    assert (person.day, person.last_listed) == ("2024-06-01", "2024-01-01")
    assert person.said == {"programs": ["SDNTK"]}
    assert told["sat69b-SIA040506CD2", "cleared"].said["status_now"] == ["Desvirtuado"]


def test_every_earlier_finding_carries_the_notice(case: Case) -> None:
    held = case.seen_by(ANA, LOOKING)
    told = {(n.change.entity_id, n.finding.kind, n.finding.subject) for n in held}
    (hit,) = (n for n in held if n.finding.kind == "hit")
    assert (hit.change.entity_id, hit.finding.subject) == ("ofac-102", "ofac-202")
    assert hit.finding.said["verdict"] == "possible"
    assert ("ofac-103", "listing", "ofac-103") in told
    assert ("ofac-102", "listing", "ofac-102") in told
    assert ("ofac-102", "link", "ofac-101") in told
    assert {n.finding.ref for n in held} == {f"build:{case.builds[0]}"}
    assert not any(subject == "ofac-104" for _e, _k, subject in told)
    on_band = case.seen_by(ANA, LOOKING, subjects=["ofac-101"])
    assert [n.change.entity_id for n in on_band] == ["ofac-102"]


def test_who_came_back_is_said_to_have_come_back_and_the_notice_stays(case: Case) -> None:
    (listing,) = (
        n for n in case.seen_by(ANA, LOOKING, entry="ofac-102") if n.finding.kind == "listing"
    )
    assert listing.returned == "2025-01-01"
    assert case.counts[0] == 0
    assert case.counts[1] == case.counts[2] > 4


def test_the_same_removal_again_changes_nothing(case: Case) -> None:
    workspace = case.workspace
    lake = workspace.lake
    before, after = (
        workspace.view(pipeline_actor(), Purpose(name="build"), lake.snapshot(name))
        for name in case.builds[:2]
    )
    assert len(removals(before, after)) == 2
    assert notify(workspace.guard, before, after, NOW) == 0
    assert count(workspace) == case.counts[-1]


def pipeline_actor() -> Actor:
    from puente.guard.actors import PIPELINE

    return PIPELINE


def test_an_entry_that_is_gone_without_a_newer_delivery_was_removed_by_no_publisher(
    case: Case,
) -> None:
    """A file that was purged or read otherwise must not read as a pardon."""
    workspace = case.workspace
    loads = [load.load for load in workspace.lake.loads() if load.source == "sat_69b"]
    before = workspace.view(
        pipeline_actor(), Purpose(name="build"), workspace.lake.snapshot(case.builds[0])
    )
    with workspace.lake.begin_build(loads=loads) as build:
        after = workspace.system_view(build.path)
        assert removals(before, after) == ()


def test_exports_that_held_the_entry_are_told_to_the_auditor_alone(case: Case) -> None:
    kinds = {n.finding.kind for n in case.seen_by(ANA, LOOKING)}
    assert "export" not in kinds
    held = case.seen_by(EVA, AUDIT)
    assert {n.finding.kind for n in held} == {"export"}
    assert all(n.finding.said["everything"] for n in held)
    assert len({n.finding.subject for n in held}) == 1
    assert case.seen_by(CRUZ, Purpose(name="crime_analysis"), entry="ofac-102")
    assert case.seen_by(EVA, LOOKING) == ()


def test_who_was_told_before_the_removal_is_found_in_the_log(case: Case) -> None:
    guard = case.workspace.guard
    found = told_of(guard, EVA, AUDIT, "ofac-102", {"ana": "FGR"})
    assert [(t.who, t.agency, t.action, t.whole) for t in found] == [
        ("ana", "FGR", "export", True), ("ana", "FGR", "look", False),
    ]  # fmt: skip
    with pytest.raises(NotAllowed):
        told_of(guard, ANA, LOOKING, "ofac-102", {})


def test_letters_are_set_in_both_languages_and_are_the_same_twice(case: Case) -> None:
    asked = LetterAsked(language="both", now=NOW, by="ana", case="C-1")
    view = case.workspace.view(ANA, LOOKING)
    packet = packet_of(life_in_view(view, "ofac-101"))
    match = false_match_of(
        case.workspace.view(
            ANA, LOOKING, case.workspace.lake.snapshot(case.builds[0])
        ),
        "ofac-202", "ofac-102", "Born elsewhere, of other parents.",
    )  # fmt: skip
    (change,) = changes_of(case.workspace.ledger, ["ofac-103"])
    told = told_of(case.workspace.guard, EVA, AUDIT, "ofac-103", {})
    for make in (
        lambda: delisting_packet(packet, asked),
        lambda: false_match_letter(match, asked),
        lambda: correction_letter(Correction(change=change, told=told), asked),
    ):
        letter = make()
        assert letter.content.startswith(b"%PDF")
        assert make().sha256 == letter.sha256


def test_a_packet_holds_what_the_rule_asks_and_what_the_list_says(case: Case) -> None:
    view = case.workspace.view(ANA, LOOKING)
    packet = packet_of(life_in_view(view, "ofac-102"))
    points = {point.id: point for point in packet.contents}
    assert points["who"].on_record == ("QUIROZ INVENTADO, Evaristo",)
    assert points["request"].on_record == ()
    assert "not stated by the list" in points["listing_action"].on_record[0]
    assert {step.id for step in packet.steps} == {"delisting", "delisting_answer"}
    assert {point.source for point in packet.grounds} == {"31 CFR 501.807(a)"}


def test_what_nobody_may_ask_for_is_refused_with_its_reason(case: Case) -> None:
    view = case.workspace.view(ANA, LOOKING)
    with pytest.raises(InvalidData, match="not listed"):
        packet_of(life_in_view(view, "ofac-103"))
    with pytest.raises(InvalidData, match="no delisting procedure"):
        packet_of(life_in_view(view, "sat69b-MZA010203AB1"))
    with pytest.raises(InvalidData, match="say why"):
        false_match_of(view, "ofac-101", "ofac-103", "  ")
    with pytest.raises(NotFound, match="not found to resemble"):
        false_match_of(view, "ofac-101", "ofac-104", "because")
    with pytest.raises(InvalidData, match="time zone"):
        delisting_packet(
            packet_of(life_in_view(view, "ofac-102")),
            LetterAsked(language="en", now=datetime(2026, 1, 1)),  # noqa: DTZ001 - the fault
        )


def test_a_notice_says_in_json_what_became_of_what(case: Case) -> None:
    (told,) = (n.as_json() for n in case.seen_by(ANA, LOOKING, subjects=["ofac-101"]))
    assert json.loads(json.dumps(told)) == {
        "entity_id": "ofac-102", "list": "ofac_sdn", "what": "removed", "day": "2024-06-01",
        "last_listed": "2024-01-01", "listed_as": {"programs": ["SDNTK"]},
        "returned": "2025-01-01", "finding": "link", "subject": "ofac-101",
        "ref": f"build:{case.builds[0]}", "said": {"entry": "ofac-102", "kind": "LinkedTo"},
        "at": told["at"],
    }  # fmt: skip
