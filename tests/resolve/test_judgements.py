"""What people judged of two records stands, contradicts nothing, is seconded and undone by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import Conflict, InvalidData, NotAllowed, NotFound
from puente.guard.actors import BUILD, PIPELINE, Actor, Purpose
from puente.model.entity import STATEMENT_FIELDS, Statement
from puente.resolve.history import Moment
from puente.resolve.history_read import leads_to, life
from puente.resolve.judgements import Judgement, check_fits
from puente.resolve.judgements_bench import Bench
from puente.resolve.judgements_kept import standing_judgements
from puente.resolve.state_build import Linking
from puente.settings import Settings
from puente.store.lake import Origin
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = {
    "reg-1": ("registro", "fact", "TLP:CLEAR", "Evaristo Inventado Quiroz", "1974-03-19"),
    "reg-2": ("registro", "fact", "TLP:CLEAR", "Evaristo Inventado Quiros", "1974-03-19"),
    "reg-3": ("registro", "fact", "TLP:CLEAR", "Benigno Inventado Lara", "1980-01-02"),
    "reg-4": ("registro", "fact", "TLP:CLEAR", "Amalia Inventada Sol", "1991-07-02"),
    "lista-1": ("lista", "sanctions", "TLP:CLEAR", "Evaristo Inventado Quiroz", "1974-03-19"),
}
"""Record, source, class, marking, name, birth date. Nobody here exists."""


@pytest.fixture(scope="module")
def first_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("judged") / "ws"
    with Workspace.open(Settings(workspace=folder), clock=lambda: NOW) as opened:
        for source in ("registro", "lista"):
            rows = [
                dict.fromkeys(STATEMENT_FIELDS, "")
                | {"id": f"{key}-{prop}", "entity_id": key, "schema": "Person", "prop": prop,
                   "value": value, "source": source, "row": f"{source}.csv:1", "agency": source,
                   "first_seen": "2026-01-01", "last_seen": "2026-01-01", "marking": marking,
                   "record_class": kind, "reliability": "B", "credibility": "2"}
                for key, (of, kind, marking, name, born) in PEOPLE.items()
                if of == source
                for prop, value in (("name", name), ("birthDate", born))
            ]  # fmt: skip
            load_rows(opened, source, rows)
        build(opened)
    return folder


@pytest.fixture
def node(first_build: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(first_build, tmp_path / "ws")
    with Workspace.open(Settings(workspace=tmp_path / "ws"), clock=lambda: NOW) as opened:
        yield opened


def load_rows(workspace: Workspace, source: str, rows: list[dict[str, str]]) -> None:
    origin = Origin(
        source=source, path=f"{source}.csv", sha256=sha256(source.encode()).hexdigest(),
        published="2026-01-01", record_class=rows[0]["record_class"],
        marking=rows[0]["marking"], agency=source,
    )  # fmt: skip
    with workspace.lake.begin_load(origin) as writer:
        writer.statements(
            [Statement(**{k: v for k, v in row.items() if k in STATEMENT_FIELDS}) for row in rows]
        )
        writer.publish(rows=len(rows), loaded=len(rows), rejected=0, facts={})


def build(workspace: Workspace) -> dict[str, str]:
    """Link the records as a build does; return the cluster of each."""
    before = workspace.lake.current()
    past = workspace.view(PIPELINE, BUILD, before) if before else None
    with workspace.lake.begin_build(now=NOW) as writer:
        view = workspace.system_view(build_path=writer.path)
        linking = Linking(
            settings=workspace.settings, guard=workspace.guard, progress=lambda _d, _t: None,
            moment=Moment(build=writer.build_id, at=NOW),
        )  # fmt: skip
        found = linking.run(view, past)
        for name, table in found.tables.items():
            writer.write(name, table, cells=view.lineage)
        writer.publish()
    clusters: pa.Table = found.tables["clusters"]
    return dict(zip(*(clusters[c].to_pylist() for c in ("entity_id", "cluster_id")), strict=True))


@pytest.fixture
def bench_of(node: Workspace) -> Callable[..., Bench]:
    def made(name: str, role: str = "analyst", purpose: str = "investigation") -> Bench:
        actor = Actor(name=name, roles=frozenset({role}), agency="FGR")
        why = Purpose(name=purpose, case="C-1")
        return Bench(guard=node.guard, actor=actor, purpose=why, view=node.view(actor, why))

    return made


WHY = "the same signature"


def test_a_judgement_joins_and_parts_in_the_next_build_and_is_undone_byte_for_byte(
    node: Workspace, bench_of: Callable[..., Bench]
) -> None:
    def bytes_now() -> bytes:
        standing = node.lake.current()
        assert standing is not None
        return standing.file("clusters").read_bytes()

    first = build(node)
    assert first["reg-3"] != first["reg-4"]
    before = bytes_now()
    bench_of("ana").judge("reg-3", "reg-4", "same", WHY)
    joined = build(node)
    assert joined["reg-3"] == joined["reg-4"]
    assert bytes_now() != before
    bench_of("ana").undo("reg-4", "reg-3", "another man after all")
    assert build(node) == first
    assert bytes_now() == before


def test_records_judged_apart_stay_apart_whatever_the_model_says(
    node: Workspace, bench_of: Callable[..., Bench]
) -> None:
    assert build(node)["reg-1"] == build(node)["reg-2"]
    bench_of("ana").judge("reg-1", "reg-2", "not", "father and son")
    found = build(node)
    assert found["reg-1"] != found["reg-2"]


def test_a_merged_id_leads_to_what_holds_its_records_and_tells_what_became_of_it(
    node: Workspace, bench_of: Callable[..., Bench]
) -> None:
    bench_of("ana").judge("reg-3", "reg-4", "same", WHY)
    build(node)
    view = bench_of("ana").view
    assert leads_to(view, "reg-4") == ("reg-3",)
    told = life(view, "reg-4")
    assert [change["what"] for change in told.changes] == ["merged"]
    assert life(view, "reg-3").on("2026-03-01") == ("reg-3", "reg-4")
    with pytest.raises(NotFound):
        life(view, "reg-3").on("2025-01-01")


def test_a_judgement_that_contradicts_others_is_refused_with_the_chain(
    bench_of: Callable[..., Bench],
) -> None:
    ana = bench_of("ana")
    ana.judge("reg-1", "reg-2", "same", WHY)
    ana.judge("reg-2", "reg-3", "same", WHY)
    with pytest.raises(Conflict, match="reg-1 = reg-2 = reg-3, but reg-1 ≠ reg-3"):
        ana.judge("reg-3", "reg-1", "not", WHY)
    ana.judge("reg-3", "reg-4", "not", WHY)
    with pytest.raises(Conflict, match="reg-3 = reg-2 = reg-1 = reg-4, but reg-3 ≠ reg-4"):
        ana.judge("reg-1", "reg-4", "same", WHY)
    assert {(p.left, p.right) for p in ana.pairs()} == {
        ("reg-1", "reg-2"), ("reg-2", "reg-3"), ("reg-3", "reg-4"),
    }, "what was refused left nothing behind"  # fmt: skip


def test_an_undoing_that_would_bring_a_contradiction_back_is_refused(
    bench_of: Callable[..., Bench],
) -> None:
    ana = bench_of("ana")
    ana.judge("reg-1", "reg-2", "same", WHY)
    ana.judge("reg-1", "reg-2", "not", "another birth mark")
    ana.judge("reg-1", "reg-3", "same", WHY)
    ana.judge("reg-2", "reg-3", "not", WHY)
    with pytest.raises(Conflict, match="contradicts"):
        ana.undo("reg-1", "reg-2", "back to the first")


def test_a_later_judgement_supersedes_and_undoing_it_brings_the_earlier_back(
    bench_of: Callable[..., Bench],
) -> None:
    ana = bench_of("ana")
    ana.judge("reg-1", "reg-2", "same", WHY)
    pair = ana.judge("reg-2", "reg-1", "unsure", "the photograph is another")
    assert pair.standing is not None
    assert pair.standing.outcome == "unsure"
    pair = ana.undo("reg-1", "reg-2", "it is the same photograph")
    assert pair.standing is not None
    assert pair.standing.outcome == "same"
    assert len(pair.given) == 2, "nothing is deleted"


def test_a_link_to_a_listed_person_takes_two_people(
    node: Workspace, bench_of: Callable[..., Bench]
) -> None:
    ana, luis = bench_of("ana"), bench_of("luis")
    assert ana.judge("reg-3", "lista-1", "same", WHY).waiting is not None
    assert standing_judgements(node.ledger, node.audit.sealer)[0] == ()
    with pytest.raises(NotAllowed, match="the second is another"):
        ana.second("reg-3", "lista-1", agrees=True, reasons=WHY)
    assert luis.second("lista-1", "reg-3", agrees=True, reasons=WHY).waiting is None
    found = build(node)
    assert found["reg-3"] == found["lista-1"]


def test_whoever_may_not_see_both_records_judges_neither(bench_of: Callable[..., Bench]) -> None:
    press = bench_of("eva", role="journalist", purpose="oversight")
    with pytest.raises(NotAllowed):
        press.judge("reg-1", "reg-2", "same", WHY)


@pytest.mark.parametrize(
    ("one", "other", "outcome", "why", "error"),
    [
        ("reg-1", "reg-1", "same", WHY, InvalidData),
        ("reg-1", "reg-9", "same", WHY, NotFound),
        ("reg-1", "reg-2", "maybe", WHY, InvalidData),
        ("reg-1", "reg-2", "same", " ", InvalidData),
    ],
)
def test_a_judgement_names_two_known_records_an_outcome_and_reasons(
    bench_of: Callable[..., Bench], one: str, other: str, outcome: str, why: str,
    error: type[Exception],
) -> None:  # fmt: skip
    with pytest.raises(error):
        bench_of("ana").judge(one, other, outcome, why)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE resolve_entry SET content = replace(content, 'same', 'nots')",
        "UPDATE resolve_pair SET stands = 'not'",
        "UPDATE resolve_pair SET right_id = 'reg-4'",
        "DELETE FROM resolve_entry",
    ],
)
def test_a_judgement_that_was_altered_links_nobody(
    node: Workspace, bench_of: Callable[..., Bench], tampering: str
) -> None:
    bench_of("ana").judge("reg-1", "reg-3", "same", WHY)
    with node.ledger.begin() as connection:
        connection.execute(text(tampering))
    assert standing_judgements(node.ledger, node.audit.sealer) == ((), 1)


def test_the_commands_judge_show_and_undo(node: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    node.users.add("ana", "a made-up password", roles=("analyst",), country="MX")
    node.audit.flush()
    for name, value in (
        ("PASSWORD", "a made-up password"), ("USER", "ana"), ("PURPOSE", "investigation"),
        ("WORKSPACE", str(node.settings.workspace)),
    ):  # fmt: skip
        monkeypatch.setenv(f"PUENTE_{name}", value)

    def said(*words: str) -> dict[str, Any]:
        result = CliRunner().invoke(build_app(), ["clusters", *words, "--json"])
        found: dict[str, Any] = {"exit": result.exit_code, **json.loads(result.stdout)}
        return found

    assert said("judge", "reg-3", "reg-4", "same", "--reasons", WHY)["stands"] == "same"
    build(node)
    assert said("show", "reg-4")["cluster"] == "reg-3"
    assert said("history", "reg-4")["leads_to"] == {"reg-3": 1}
    assert [one["reasons"] for one in said("judged")["pairs"][0]["judgements"]] == [WHY]
    assert said("undo", "reg-3", "reg-4", "--reasons", "a namesake")["stands"] == ""


def brute(standing: list[Judgement]) -> bool:
    """Whether judgements agree, by closing them over and over."""
    same = {(j.left, j.right) for j in standing if j.outcome == "same"}
    while True:
        more = {(b, a) for a, b in same} | {(a, d) for a, b in same for c, d in same if b == c}
        if more <= same:
            break
        same |= more
    return not any((j.left, j.right) in same for j in standing if j.outcome == "not")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcde"), st.sampled_from("abcde"), st.sampled_from(["same", "not"])
        ),
        max_size=12,
    )
)
def test_what_stands_never_contradicts_itself_and_nothing_else_is_refused(
    said: list[tuple[str, str, str]],
) -> None:
    standing: dict[tuple[str, str], Judgement] = {}
    for one, other, outcome in said:
        if one == other:
            continue
        new = Judgement(left=min(one, other), right=max(one, other), outcome=outcome)
        wanted = brute([*(j for k, j in standing.items() if k != (new.left, new.right)), new])
        try:
            check_fits(standing.values(), new)
        except Conflict:
            assert not wanted, (list(standing.values()), new)
        else:
            assert wanted, (list(standing.values()), new)
            standing[new.left, new.right] = replace(new)
