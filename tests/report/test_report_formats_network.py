"""The network leaves for Gephi, i2, a threat platform and a spreadsheet, and loses no marking."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from puente.report.formats import export
from puente.report.formats_anx import CREDIBILITY, RELIABILITY
from puente.report.formats_xml import attribute, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from puente.guard.view import View

BANNER = "TLP:AMBER//REL MX US"
GEXF = "{http://gexf.net/1.3}"


@pytest.fixture
def send(open_for: Callable[..., View], now: datetime, tmp_path: Path) -> Callable[..., Path]:
    """Export the small build; return the folder."""

    def run(name: str) -> Path:
        export(open_for("export"), name, tmp_path / name, now=now)
        return tmp_path / name

    return run


def graphml_ids(send: Callable[..., Path]) -> set[str]:
    root = ElementTree.parse(send("graphml") / "network.graphml").getroot()
    return {one.text or "" for one in root.iter() if one.get("key") == "n_cluster_id"}


# -- GEXF -------------------------------------------------------------------------------------


def test_gephi_gets_every_node_and_edge_with_declared_attributes(send: Callable[..., Path]) -> None:
    root = ElementTree.parse(send("gexf") / "network.gexf").getroot()
    assert root.get("version") == "1.3"
    assert BANNER in (root.findtext(f"{GEXF}meta/{GEXF}description") or "")
    declared = {
        (kind.get("class"), one.get("id"))
        for kind in root.iter(f"{GEXF}attributes")
        for one in kind
    }
    nodes = {node.get("id") for node in root.iter(f"{GEXF}node")}
    edges = list(root.iter(f"{GEXF}edge"))
    assert (len(nodes), len(edges)) == (10, 9)
    assert nodes == graphml_ids(send)
    for kind in ("node", "edge"):
        for part in root.iter(f"{GEXF}{kind}"):
            told = {value.get("for"): value.get("value") for value in part.iter(f"{GEXF}attvalue")}
            assert {(kind, name) for name in told} <= declared
            assert told["marking"], "everything says who may have it"
    for edge in edges:
        assert {edge.get("source"), edge.get("target")} <= nodes
        for bound in ("start", "end"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", edge.get(bound) or "2000-01-01")


# -- i2 ---------------------------------------------------------------------------------------


def test_a_chart_has_a_place_a_grade_and_a_card_for_everyone(
    send: Callable[..., Path], nasty: tuple[str, ...]
) -> None:
    root = ElementTree.parse(send("anx") / "network.anx").getroot()
    items = root.findall("ChartItemCollection/ChartItem")
    entities = {item.find("End/Entity"): item for item in items if item.find("End") is not None}
    links = [item for item in items if item.find("Link") is not None]
    assert (len(entities), len(links)) == (10, 9)
    ids = {entity.get("EntityId") for entity in entities if entity is not None}
    assert ids == graphml_ids(send)
    types = {one.get("Name") for one in root.findall("EntityTypeCollection/EntityType")}
    spots = set()
    for entity, item in entities.items():
        assert entity is not None
        style, end = entity.find("Icon/IconStyle"), item.find("End")
        assert style is not None
        assert end is not None
        assert style.get("Type") in types
        spots.add((end.get("X"), end.get("Y")))
    assert len(spots) == len(entities), "no two lie on one spot"
    kept = {name.replace("\x00", "\ufffd") for name in nasty}
    assert kept <= {item.get("Label") for item in items}
    strengths = {one.get("Id") for one in root.findall("StrengthCollection/Strength")}
    for item in links:
        link = item.find("Link")
        assert link is not None
        assert {link.get("End1Id"), link.get("End2Id")} <= ids
        style = link.find("LinkStyle")
        assert style is not None
        assert style.get("Strength") in strengths


def test_grades_are_those_of_the_source_and_of_the_item(send: Callable[..., Path]) -> None:
    root = ElementTree.parse(send("anx") / "network.anx").getroot()
    letters = [one.get("Text") for one in root.findall("GradeOne/StringCollection/String")]
    figures = [one.get("Text") for one in root.findall("GradeTwo/StringCollection/String")]
    assert letters[1:] == list(RELIABILITY[1:])
    assert figures[1:] == list(CREDIBILITY[1:])
    owned = next(
        item
        for item in root.iter("ChartItem")
        if item.get("Label") == "Ownership" and item.find("Link") is not None
    )
    assert letters[int(owned.get("GradeOneIndex") or 0)] == "B"
    assert figures[int(owned.get("GradeTwoIndex") or 0)] == "2"
    (card,) = owned.findall("Link/CardCollection/Card")
    assert card.get("SourceReference") == "fgr_detenidos"
    said = {a.get("AttributeClass"): a.get("Value") for a in owned.iter("Attribute")}
    assert said == {"marking": BANNER, "share": "60 %"}


# -- STIX -------------------------------------------------------------------------------------


def bundle(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "network.stix.json").read_text(encoding="utf-8"))
    return found


def test_a_bundle_is_whole_and_every_object_carries_its_marking(send: Callable[..., Path]) -> None:
    held = bundle(send("stix"))
    objects = {one["id"]: one for one in held["objects"]}
    assert len(objects) == len(held["objects"]), "no id twice"
    fixed = re.compile(r"marking-definition--(613f2e26|34098fce|f88d31f6|5e57c739)-")
    for one in objects.values():
        assert one["spec_version"] == "2.1"
        assert one["id"].startswith(f"{one['type']}--")
        refs = one.get("object_marking_refs", [])
        assert all(ref in objects or fixed.match(ref) for ref in refs)
        if one["type"] != "marking-definition":
            assert len(refs) == 2
        for end in ("source_ref", "target_ref"):
            assert one.get(end, next(iter(objects))) in objects
        if "stop_time" in one and "start_time" in one:
            assert one["stop_time"] > one["start_time"]
    said = {one["name"] for one in objects.values() if one["type"] == "marking-definition"}
    assert BANNER in said


def test_what_stix_has_no_object_for_is_counted(send: Callable[..., Path]) -> None:
    folder = send("stix")
    objects = bundle(folder)["objects"]
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("left_out", {})
    kept = sum(one["type"] in {"identity", "location"} for one in objects)
    links = sum(one["type"] == "relationship" for one in objects)
    without = sum(count for why, count in told.items() if why.endswith("no object"))
    assert kept + without == 10
    assert links + told.get("links to what has no object in STIX", 0) == 9


def test_the_standards_own_validator_passes_it(send: Callable[..., Path]) -> None:
    validator = pytest.importorskip("stix2validator", reason="the oracle is not installed")
    found = validator.validate_file(str(send("stix") / "network.stix.json"))
    assert found.is_valid, found


# -- Workbook ---------------------------------------------------------------------------------


def test_a_workbook_holds_all_as_text_and_runs_nothing(
    send: Callable[..., Path], nasty: tuple[str, ...]
) -> None:
    path = send("xlsx") / "network.xlsx"
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["nodes", "edges", "hits", "about"]
    head, *rows = book.get_sheet_by_name("nodes").to_python()
    captions = {row[head.index("caption")] for row in rows}
    assert set(nasty) <= captions, "to the letter, and not as formulas"
    assert len(book.get_sheet_by_name("edges").to_python()) == 1 + 9
    assert BANNER in str(book.get_sheet_by_name("about").to_python()[0][0])


# -- XML --------------------------------------------------------------------------------------


@given(st.text(max_size=12))
def test_any_text_comes_back_from_xml_or_is_marked_as_lost(value: str) -> None:
    root = ElementTree.fromstring(f"<a b={attribute(value)}>{text(value)}</a>")
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", value)
    assert root.get("b") == kept
    assert (root.text or "") == kept
