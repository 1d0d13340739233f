"""What is exported opens elsewhere, says who may have it, and runs nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import igraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData, NotFound
from puente.guard.actors import Actor, Purpose
from puente.model.cells import plain_cell, safe_cell
from puente.model.schema import get_schema
from puente.report.formats import FORMATS, export
from puente.report.formats_ftm import (
    OWN_COLUMNS,
    STATEMENT_COLUMNS,
    ftm_prop,
    ftm_schema,
)
from puente.report.formats_graphml import node_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from puente.guard.view import View
    from puente.workspace import Workspace

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
BANNER = "TLP:AMBER//REL MX US"


@pytest.fixture
def send(open_for: Callable[..., View], now: datetime, tmp_path: Path) -> Callable[..., Path]:
    """Export the small build; return the folder."""

    def run(name: str, ids: list[str] | None = None) -> Path:
        export(open_for("export"), name, tmp_path / name, now=now, ids=ids)
        return tmp_path / name

    return run


def ftm(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / "entities.ftm.json").read_text(encoding="utf-8").split("\n")
    found = [json.loads(line) for line in lines if line]
    return {entity["id"]: entity for entity in found}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


# -- FollowTheMoney ---------------------------------------------------------------------------


def test_joined_records_leave_as_one_entity_that_names_them(send: Callable[..., Path]) -> None:
    man = ftm(send("ftm"))["fgr-1"]
    assert man["referents"] == ["ofac-1"]
    assert man["datasets"] == ["fgr_detenidos", "ofac_sdn"]
    assert set(man["properties"]["name"]) == {"GUZMAN LOERA, Joaquin", "Joaquín Guzmán Loera"}


def test_a_relation_points_at_the_joined_entity_not_at_one_of_its_records(
    send: Callable[..., Path],
) -> None:
    held = ftm(send("ftm"))["own-1"]
    assert held["schema"] == "Ownership"
    assert held["properties"]["owner"] == ["fgr-1"]
    assert held["properties"]["asset"] == ["ofac-2"]


def test_a_kind_of_our_own_leaves_as_one_that_followthemoney_has(
    send: Callable[..., Path],
) -> None:
    event = ftm(send("ftm"))["det-1"]
    assert (event["schema"], event["puente_schema"]) == ("Event", "Detention")
    assert event["properties"]["involved"] == ["fgr-1"]
    assert event["properties"]["detained"] == ["fgr-1"]


def test_every_exported_entity_is_valid_by_the_schemata(send: Callable[..., Path]) -> None:
    for entity in ftm(send("ftm")).values():
        assert {"id", "schema", "caption", "properties", "datasets", "referents"} <= set(entity)
        spoken = get_schema(entity["schema"])
        assert not spoken.own
        known = set(spoken.props) | set(get_schema(entity.get("puente_schema", "Thing")).props)
        for prop, values in entity["properties"].items():
            assert prop in known
            assert values
            assert all(isinstance(value, str) and value for value in values)
            assert len(values) == len(set(values))


def test_identifiers_of_mexico_repeat_where_other_tools_look_for_them(
    send: Callable[..., Path],
) -> None:
    properties = ftm(send("ftm"))["fgr-1"]["properties"]
    assert properties["curpCode"] == properties["idNumber"] == ["GULJ570404HSLZRQ09"]


def test_statements_keep_source_grade_and_marking_of_every_claim(
    send: Callable[..., Path],
) -> None:
    folder = send("statements")
    rows = table(folder / "statements.csv")
    assert list(rows[0]) == [*STATEMENT_COLUMNS, *OWN_COLUMNS]
    curp = next(row for row in rows if row["puente_prop"] == "curpCode")
    assert curp["prop"] == "idNumber"
    assert (curp["canonical_id"], curp["entity_id"]) == ("fgr-1", "fgr-1")
    assert (curp["reliability"], curp["credibility"], curp["marking"]) == ("B", "2", BANNER)
    own = table(folder / "statements-own.csv")
    assert {row["prop"] for row in own} == {"standing", "offence"}
    for row in rows:
        assert ftm_prop(row["puente_schema"], row["puente_prop"]) == row["prop"]
        assert row["prop"] in get_schema(row["schema"]).props


def test_values_of_statements_are_what_the_record_says_to_the_letter(
    send: Callable[..., Path], nasty: tuple[str, ...]
) -> None:
    rows = table(send("statements") / "statements.csv")
    assert set(nasty) <= {row["value"] for row in rows}


@pytest.mark.parametrize(
    ("schema", "prop", "said"),
    [
        ("Person", "name", "name"),
        ("Person", "curpCode", "idNumber"),
        ("Vehicle", "vin", ""),
        ("TheftReport", "vehicle", "involved"),
        ("TheftReport", "violence", ""),
        ("Event", "date", "date"),
        ("Ownership", "owner", "owner"),
        ("Family", "role", ""),
        ("Ownership", "percentageMax", ""),
        ("Vehicle", "owner", "owner"),
    ],
)
def test_a_property_becomes_the_nearest_one_that_followthemoney_has(
    schema: str, prop: str, said: str
) -> None:
    assert ftm_prop(schema, prop) == said


def test_followthemoney_itself_reads_both_files(send: Callable[..., Path]) -> None:
    library = pytest.importorskip("followthemoney", reason="the oracle is not installed")
    serialize = pytest.importorskip("followthemoney.statement.serialize")
    for entity in ftm(send("ftm")).values():
        proxy = library.model.get_proxy(entity)
        assert proxy.schema.name == entity["schema"]
        assert proxy.caption
    # The library leaves open what it reads from.
    held = io.BytesIO((send("statements") / "statements.csv").read_bytes())
    assert len(list(serialize.read_csv_statements(held))) == 19


# -- CSV --------------------------------------------------------------------------------------


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n'＝ a1\""), max_size=6))
def test_no_cell_is_run_as_a_formula_and_every_cell_can_be_read_back(text: str) -> None:
    cell = safe_cell(text)
    assert not re.match(r"[=+\-@\t\r\n＝＋－＠]", cell)
    assert plain_cell(cell) == text


def test_formulas_in_names_are_quoted_in_every_table(
    send: Callable[..., Path], nasty: tuple[str, ...]
) -> None:
    folder = send("csv")
    for name in ("nodes.csv", "edges.csv", "hits.csv"):
        assert (folder / name).read_bytes().startswith(b"\xef\xbb\xbf")
        for row in table(folder / name):
            assert not any(value[:1] in tuple("=+-@\t\r") for value in row.values() if value)
    captions = {plain_cell(row["caption"]) for row in table(folder / "nodes.csv")}
    assert set(nasty) <= captions


def test_links_carry_source_grade_and_marking(send: Callable[..., Path]) -> None:
    rows = table(send("csv") / "edges.csv")
    owned = next(row for row in rows if row["kind"] == "Ownership")
    assert owned["grades"] == "fgr_detenidos B2"
    assert owned["percent"] == "60"
    assert owned["marking"] == BANNER
    assert owned["statement_ids"].count(";") == 2


# -- GraphML ----------------------------------------------------------------------------------


def test_the_network_opens_in_igraph_with_types_and_names(
    send: Callable[..., Path], nasty: tuple[str, ...]
) -> None:
    graph = igraph.Graph.Read_GraphML(str(send("graphml") / "network.graphml"))
    assert (graph.vcount(), graph.ecount()) == (10, 9)
    man = graph.vs.find(cluster_id="fgr-1")
    assert man["listed"] is True
    assert man["statements"] == 2
    assert man["programs"] == "SDNTK"
    labels = set(graph.vs["label"])
    assert nasty[1] in labels
    assert nasty[5] in labels
    owned = next(edge for edge in graph.es if edge["kind"] == "Ownership")
    assert owned["percent"] == 60.0
    assert graph.vs[owned.source]["cluster_id"] == "fgr-1"


def test_the_file_has_the_structure_that_the_standard_asks_for(send: Callable[..., Path]) -> None:
    root = ElementTree.parse(send("graphml") / "network.graphml").getroot()
    order = [part.tag.removeprefix(GRAPHML) for part in root]
    assert order == ["desc"] + ["key"] * (len(order) - 2) + ["graph"]
    assert BANNER in (root[0].text or "")
    keys = {(key.get("id"), key.get("for")) for key in root.iter(f"{GRAPHML}key")}
    graph = root.find(f"{GRAPHML}graph")
    assert graph is not None
    nodes = {node.get("id") or "" for node in graph.findall(f"{GRAPHML}node")}
    assert all(re.fullmatch(r"[A-Za-z0-9._:\-]+", node) for node in nodes)
    for kind in ("node", "edge"):
        for part in graph.findall(f"{GRAPHML}{kind}"):
            for data in part.findall(f"{GRAPHML}data"):
                assert (data.get("key"), kind) in keys
    for edge in graph.findall(f"{GRAPHML}edge"):
        assert {edge.get("source"), edge.get("target")} <= nodes


@given(st.lists(st.text(max_size=5), min_size=2, max_size=2, unique=True))
def test_different_ids_never_become_one_node(ids: list[str]) -> None:
    one, other = (node_token(text) for text in ids)
    assert one != other or "" in ids
    assert re.fullmatch(r"[A-Za-z0-9._:\-]+", one)


# -- What every export says, and who may have it ----------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_the_manifest_says_who_why_when_from_what_and_under_which_marking(
    name: str, send: Callable[..., Path]
) -> None:
    folder = send(name)
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (said["made_by"], said["purpose"], said["case"]) == ("ana", "investigation", "C-1")
    assert said["made_at"] == "2024-06-01T12:30:00+00:00"
    assert said["marking"] == BANNER
    assert said["snapshot"]
    on_disk = {path.name for path in folder.iterdir()}
    assert on_disk == {part["name"] for part in said["files"]} | {"manifest.json"}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_export_is_the_same_bytes(name: str, send: Callable[..., Path]) -> None:
    first = {path.name: path.read_bytes() for path in send(name).iterdir()}
    assert first == {path.name: path.read_bytes() for path in send(name).iterdir()}


def test_an_export_of_public_records_alone_is_marked_public(send: Callable[..., Path]) -> None:
    folder = send("ftm", ["ofac-2"])
    assert list(ftm(folder)) == ["ofac-2"]
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert said["marking"] == "TLP:CLEAR"
    assert said["selection"] == ["ofac-2"]


def test_chosen_entities_leave_with_what_joins_two_of_them(send: Callable[..., Path]) -> None:
    assert set(ftm(send("ftm", ["ofac-1", "ofac-2"]))) == {"fgr-1", "ofac-2", "own-1"}
    rows = table(send("csv", ["ofac-1", "ofac-2"]) / "edges.csv")
    assert [(row["source_id"], row["target_id"]) for row in rows] == [("fgr-1", "ofac-2")]


def test_an_unknown_id_or_format_is_refused_and_leaves_nothing(
    send: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="nobody"):
        send("ftm", ["nobody"])
    with pytest.raises(InvalidData, match="ftm"):
        send("xls")
    assert not list(tmp_path.rglob("*.json"))


def test_a_failed_export_leaves_the_earlier_one_as_it_was(
    send: Callable[..., Path], open_for: Callable[..., View]
) -> None:
    folder = send("ftm")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InvalidData, match="time zone"):
        export(open_for("export"), "ftm", folder, now=datetime(2024, 6, 1))  # noqa: DTZ001
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_every_export_stands_in_the_log(send: Callable[..., Path], workspace: Workspace) -> None:
    send("graphml", ["ofac-2"])
    newest = workspace.audit.newest(10)
    assert any(row.action == "export" and "ofac-2" in row.ids for row in newest)


def test_a_reader_of_public_lists_cannot_export_what_was_made_from_other_records(
    workspace: Workspace, now: datetime, tmp_path: Path
) -> None:
    from puente.errors import NotAllowed

    press = Actor(name="pia", roles=frozenset({"journalist"}), country="MX")
    view = workspace.view(press, Purpose(name="oversight", reason="a story"), action="export")
    with pytest.raises(NotAllowed):
        export(view, "graphml", tmp_path / "out", now=now)
    assert not list(tmp_path.rglob("*.graphml"))


def test_every_own_kind_has_a_followthemoney_kind_to_leave_as() -> None:
    from puente.model.schema import all_schemata

    for schema in all_schemata().values():
        assert not get_schema(ftm_schema(schema.name)).own
        assert schema.is_a(ftm_schema(schema.name))
