"""Each picture says what it shows, to the eye and to a screen reader, and hides nothing."""

from __future__ import annotations

import datetime
import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from puente.errors import InvalidData, NotFound
from puente.report.pictures import (
    MapLegend,
    Picture,
    SourceCoverage,
    ego_network_picture,
    ego_network_table,
    map_picture,
    map_svg,
    sources_picture,
    steps_picture,
    waterfall_picture,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Row = dict[str, Any]

SVG = "{http://www.w3.org/2000/svg}"
TODAY = datetime.date(2024, 6, 1)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(svg: str) -> str:
    return " ".join("".join(part.itertext()) for part in parsed(svg).iter(f"{SVG}text"))


@pytest.fixture(scope="module")
def grid(make_square: Callable[..., str]) -> list[Row]:
    return [
        {"place": f"0{1 + y}00{x + 1}", "geometry": make_square(x, 20 - y), "level": "municipality"}
        for x in range(3)
        for y in range(2)
    ]


LEGEND = MapLegend(label="Cases per 100,000", names={"01001": "Alfa & Hijos", "01002": "Beta"})
VALUES = {"01001": 12.5, "01002": 0.0, "01003": 3.0, "02001": None}


def group(svg: str, name: str) -> ElementTree.Element:
    found = [
        part for part in parsed(svg).iter(f"{SVG}g") if name in (part.get("class") or "").split()
    ]
    assert len(found) == 1
    return found[0]


def test_an_area_without_data_is_hatched_and_never_coloured_as_a_rate(grid: list[Row]) -> None:
    svg = map_svg(grid, VALUES, title="t", legend=LEGEND)
    hatched = group(svg, "area-nodata")
    assert hatched.get("fill", "").startswith("url(#")
    assert len(hatched) == 3, "one given as None and two not named at all"
    pattern = hatched.get("fill", "")[5:-1]
    assert any(part.get("id") == pattern for part in parsed(svg).iter(f"{SVG}pattern"))


def test_zero_is_told_apart_from_not_reported_and_from_the_lowest_rate(grid: list[Row]) -> None:
    svg = map_svg(grid, VALUES, title="t", legend=LEGEND)
    zero = group(svg, "area-zero")
    assert len(zero) == 1
    assert zero.get("fill") != group(svg, "area-nodata").get("fill")
    assert "none recorded (1)" in texts(svg)
    assert "not reported (3)" in texts(svg)


def test_a_suppressed_value_is_dotted_and_stands_nowhere_in_the_file(grid: list[Row]) -> None:
    legend = MapLegend(
        label="Rate",
        suppressed=frozenset({"01003"}),
        digits=3,
        suppressed_text="1 to 4 cases",
        names={"01003": "Gama"},
    )
    picture = map_picture(grid, {**VALUES, "01003": 777.123}, title="t", legend=legend)
    assert len(group(picture.svg, "area-few")) == 1
    assert "777" not in picture.svg
    assert "777" not in picture.alt
    assert ["01003", "Gama", "1 to 4 cases"] in picture.table[1]


def test_the_legend_names_the_method_the_bounds_and_the_number_of_areas(grid: list[Row]) -> None:
    shown = texts(map_svg(grid, VALUES, title="A title", legend=LEGEND))
    assert "A title" in shown
    assert "Cases per 100,000" in shown
    assert "equal numbers of areas" in shown
    assert re.search(r"0\.1 – 3\.0 \(1\)", shown)
    fisher = MapLegend(label="x", method="fisher")
    assert "Fisher" in texts(map_svg(grid, VALUES, title="t", legend=fisher))


def test_where_one_state_of_many_reports_it_is_the_picture_and_the_others_are_named(
    make_square: Callable[..., str],
) -> None:
    country = [
        {
            "place": f"{1 + x:02d}00{1 + y}",
            "geometry": make_square(x, 20 - y),
            "level": "municipality",
        }
        for x in range(8)
        for y in range(2)
    ]
    city = map_picture(country, {"03001": 4.0}, title="t", legend=LEGEND)
    assert "7 other states report nothing and are not drawn." in texts(city.svg)
    assert city.table is not None
    assert [row[0] for row in city.table[1]] == ["03001", "03002"]
    many = {f"0{n}001": 4.0 for n in range(1, 5)}
    assert "not drawn" not in texts(map_svg(country, many, title="t", legend=LEGEND))


def test_a_value_whose_place_has_no_shape_is_said(grid: list[Row]) -> None:
    picture = map_picture(grid, {**VALUES, "99999": 4.0}, title="t", legend=LEGEND)
    assert "1 place with a value has no shape" in picture.alt


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_map_refuses_what_is_no_rate(grid: list[Row], value: float) -> None:
    with pytest.raises(InvalidData, match="01001"):
        map_svg(grid, {"01001": value}, title="t", legend=LEGEND)


def test_a_map_without_a_single_value_is_drawn_hatched(grid: list[Row]) -> None:
    picture = map_picture(grid, {}, title="t", legend=LEGEND)
    assert len(group(picture.svg, "area-nodata")) == 6


def test_a_map_of_a_level_that_is_not_there_is_refused(grid: list[Row]) -> None:
    with pytest.raises(InvalidData, match="state"):
        map_svg(grid, {}, title="t", legend=LEGEND, level="state")


# -- network ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def star(
    make_node: Callable[..., Row], make_edge: Callable[..., Row], edge_schema: pa.Schema
) -> tuple[pa.Table, pa.Table]:
    nodes = [make_node("hub", "Person", "Hub", listed=True)]
    edges = []
    for i in range(30):
        nodes.append(make_node(f"n{i:02d}", "Company", f"Firm {i:02d}", listed=i == 29))
        strength = "confirmed" if i == 28 else "possible"
        edges.append(make_edge("hub", f"n{i:02d}", "Ownership", strength=strength, percent=50.0))
        nodes.append(make_node(f"m{i:02d}", "Person", f"Far {i:02d}"))
        edges.append(make_edge(f"m{i:02d}", f"n{i:02d}", "Directorship", strength="probable"))
    nodes.append(make_node("alone", "Person", "Alone", standing="non_suspect"))
    edges.append(make_edge("hub", "hub", "Associate"))
    edges.append(make_edge("hub", "gone", "Associate"))
    return pa.Table.from_pylist(nodes), pa.Table.from_pylist(edges, schema=edge_schema)


def test_what_the_limit_leaves_out_is_said_with_the_rank_that_chose(
    star: tuple[pa.Table, pa.Table],
) -> None:
    picture = ego_network_picture(*star, "hub", limit=10)
    said = "Shown 10 of 61 within 2 steps, ranked by steps, on a list, strength of link"
    assert said in texts(picture.svg)
    assert said in picture.alt


def test_all_are_shown_where_there_is_room_and_that_is_said_too(
    star: tuple[pa.Table, pa.Table],
) -> None:
    picture = ego_network_picture(*star, "hub", limit=100)
    assert "All 61 within 2 steps are shown" in texts(picture.svg)
    assert len(picture.table[1]) == 60


def test_the_rank_keeps_the_listed_and_the_strongest_before_the_rest(
    star: tuple[pa.Table, pa.Table],
) -> None:
    _headers, rows = ego_network_table(*star, "hub", limit=3)
    assert {row[2] for row in rows} == {"Firm 29", "Firm 28"}


def test_strength_is_solid_dashed_or_dotted(star: tuple[pa.Table, pa.Table]) -> None:
    picture = ego_network_picture(*star, "hub", limit=100)
    lines = list(group(picture.svg, "links").iter(f"{SVG}path"))
    dashes = {line.get("stroke-dasharray") for line in lines if line.get("stroke")}
    assert len(dashes) == 3
    assert None in dashes


def test_kinds_have_shapes_of_their_own_and_the_listed_a_ring(
    make_node: Callable[..., Row], make_edge: Callable[..., Row], edge_schema: pa.Schema
) -> None:
    kinds = ["Person", "Company", "Vehicle"]
    nodes = [make_node(kind, kind, kind, listed=kind == "Person") for kind in kinds]
    nodes[2]["standing"] = "non_suspect"
    edges = [make_edge("Person", kind, "UnknownLink") for kind in kinds[1:]]
    svg = ego_network_picture(
        pa.Table.from_pylist(nodes), pa.Table.from_pylist(edges, schema=edge_schema), "Person"
    ).svg
    person, firm, car = (
        group(svg, f"kind-{name}") for name in ("person", "organization", "vehicle")
    )
    assert len(person.findall(f"{SVG}circle")) == 3, "ground, person, ring"
    corners = [
        len(part.findall(f"{SVG}polygon")[0].get("points", "").split()) for part in (firm, car)
    ]
    assert corners == [4, 6]
    assert car.findall(f"{SVG}polygon")[0].get("fill") == "#FFFFFF", "not a suspect: hollow"
    assert "on a list" in texts(svg)
    assert "not a suspect" in texts(svg)


def test_an_entity_that_stands_alone_can_be_drawn(star: tuple[pa.Table, pa.Table]) -> None:
    picture = ego_network_picture(*star, "alone")
    assert "All 1 within 2 steps are shown" in texts(picture.svg)


def test_an_unknown_entity_is_not_found(star: tuple[pa.Table, pa.Table]) -> None:
    with pytest.raises(NotFound):
        ego_network_picture(*star, "nobody")
    with pytest.raises(InvalidData):
        ego_network_picture(*star, "hub", limit=0)


def test_the_layout_does_not_depend_on_the_order_of_the_rows(
    star: tuple[pa.Table, pa.Table],
) -> None:
    nodes, edges = star
    back_nodes, back_edges = (t.take(list(range(t.num_rows - 1, -1, -1))) for t in (nodes, edges))
    assert (
        ego_network_picture(nodes, edges, "hub", limit=25).svg
        == ego_network_picture(back_nodes, back_edges, "hub", limit=25).svg
    )


def test_no_two_names_stand_over_each_other(star: tuple[pa.Table, pa.Table]) -> None:
    from puente.report.ego import around, lay_out
    from puente.report.labels import LEADING, SIZE, place_labels
    from puente.report.svg import text_width

    ego = around(*star, "hub", limit=40)
    labels, left_out = place_labels(ego, lay_out(ego, width=960, height=600), (960.0, 600.0))
    assert len(labels) + left_out == 40
    boxes = []
    for label in labels:
        wide = max(text_width(line, SIZE) for line in label.lines)
        left = label.x - {"start": 0, "middle": wide / 2, "end": wide}[label.anchor]
        boxes.append(
            (left, label.y - SIZE, left + wide, label.y + LEADING * (len(label.lines) - 1))
        )
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


# -- charts ----------------------------------------------------------------------------------


def coverage(**more: Any) -> SourceCoverage:
    given: dict[str, Any] = {
        "name": "ofac_sdn",
        "agency": "OFAC",
        "grade": "A1",
        "first": "2015-03-01",
        "last": "2024-05-02",
        "published": "2024-05-03",
        "deliveries": ("2021-08-18", "2024-05-03"),
        "rows": 14_965,
        "loaded": 14_960,
        "rejected": 5,
        "marking": "TLP:CLEAR",
        **more,
    }
    return SourceCoverage(**given)


def test_each_source_shows_rows_rejects_and_age() -> None:
    picture = sources_picture(
        [coverage(), coverage(name="none", first="", last="", rejected=0)], today=TODAY
    )
    shown = texts(picture.svg)
    for part in ("14,965 rows", "5 rejected", "29 days old", "OFAC · A1"):
        assert part in shown
    assert "no dates" in picture.alt
    assert picture.table[1][0][:3] == ["ofac_sdn", "OFAC", "A1"]


def test_one_birth_date_of_1900_does_not_squeeze_the_axis() -> None:
    svg = sources_picture([coverage(first="1900")], today=TODAY).svg
    years = [int(word) for word in texts(svg).split() if re.fullmatch(r"(19|20)\d\d", word)]
    assert min(years) >= 1984


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidData):
        sources_picture([coverage(published="soon")], today=TODAY)


def test_steps_show_every_count_and_those_not_reached() -> None:
    picture = steps_picture({0: 3, 1: 14, 2: 1_500}, unreached=7)
    for part in ("listed", "1 step", "2 steps", "1,500", "not reached", "7"):
        assert part in texts(picture.svg)
    assert picture.table[1][-1] == ["not reached", "7"]
    assert steps_picture({}).table[1] == []


WHY = [
    {"field": "prior", "left": "", "right": "", "level": "one pair in 20,000", "weight": -14.0},
    {"field": "name", "left": "JUAN", "right": "JUAN P", "level": "same tokens", "weight": 13.0},
    {"field": "sex", "left": "male", "right": "male", "level": "same", "weight": 1.0},
]


def test_the_waterfall_adds_up_to_the_weight_and_its_probability() -> None:
    picture = waterfall_picture(json.dumps(WHY))
    assert "Match weight 0.0: probability 50.00%" in texts(picture.svg)
    assert [row[4] for row in picture.table[1]] == ["-14.00", "13.00", "1.00"]


@pytest.mark.parametrize("why", ["{", "[1]", '[{"field": "x"}]', '[{"weight": "much"}]', "null"])
def test_reasons_that_are_none_are_refused(why: str) -> None:
    with pytest.raises(InvalidData):
        waterfall_picture(why)


# -- every picture ---------------------------------------------------------------------------


@pytest.fixture(params=["map", "network", "sources", "steps", "waterfall"])
def drawn(
    request: pytest.FixtureRequest,
    grid: list[Row],
    star: tuple[pa.Table, pa.Table],
    nasty: tuple[str, ...],
    make_node: Callable[..., Row],
) -> Callable[[str], Picture]:
    """Return a drawer of one of the pictures, names in it being the worst there are."""

    def draw(theme: str) -> Picture:
        bad = " ".join(nasty)
        if request.param == "map":
            legend = MapLegend(label=bad, names={"01001": bad}, note=bad, theme=theme)
            return map_picture(grid, VALUES, title=bad, legend=legend)
        if request.param == "network":
            nodes = pa.concat_tables(
                [
                    star[0].filter(pa.compute.not_equal(star[0]["cluster_id"], "hub")),
                    pa.Table.from_pylist([make_node("hub", "Person", bad, listed=True)]),
                ],
                promote_options="permissive",
            )
            return ego_network_picture(nodes, star[1], "hub", theme=theme)
        if request.param == "sources":
            return sources_picture([coverage(name=bad, agency=bad)], today=TODAY, theme=theme)
        if request.param == "steps":
            return steps_picture({0: 1, 1: 5}, theme=theme)
        return waterfall_picture([{**WHY[1], "left": bad, "field": bad}], theme=theme)

    return draw


def test_names_of_any_kind_leave_every_picture_well_formed(drawn: Callable[[str], Picture]) -> None:
    picture = drawn("light")
    root = parsed(picture.svg)
    assert root.tag == f"{SVG}svg"
    assert not list(root.iter(f"{SVG}script"))
    for mark in ("\u202e", "\x00", "\n"):
        assert mark not in picture.svg


def test_a_screen_reader_gets_title_and_description(drawn: Callable[[str], Picture]) -> None:
    picture = drawn("light")
    root = parsed(picture.svg)
    assert root.get("role") == "img"
    named = (root.get("aria-labelledby") or "").split()
    texts_by_id = {part.get("id"): "".join(part.itertext()).strip() for part in root}
    assert len(named) == 2
    assert all(texts_by_id[name] for name in named)
    assert picture.alt
    assert picture.title


def test_every_picture_works_where_inline_style_and_script_are_forbidden(
    drawn: Callable[[str], Picture],
) -> None:
    for part in parsed(drawn("light").svg).iter():
        assert part.tag != f"{SVG}style"
        assert "style" not in part.attrib
        assert not any(name.startswith("on") or "href" in name for name in part.attrib)


def test_the_same_picture_is_the_same_bytes_and_each_theme_its_own(
    drawn: Callable[[str], Picture],
) -> None:
    assert drawn("light").svg == drawn("light").svg
    assert drawn("light").svg != drawn("dark").svg
    assert "#12171D" in drawn("dark").svg


def test_the_table_beside_a_picture_has_as_many_cells_as_headings(
    drawn: Callable[[str], Picture],
) -> None:
    headers, rows = drawn("light").table
    assert rows
    assert all(len(row) == len(headers) for row in rows)


# -- real polygons ---------------------------------------------------------------------------


def decoded(path: Path) -> list[Row]:
    """Decode the municipalities of a TopoJSON file."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append([x * scale[0] + shift[0], y * scale[1] + shift[1]])
        arcs.append(line)

    def ring(uses: list[int]) -> list[list[float]]:
        out: list[list[float]] = []
        for use in uses:
            line = arcs[use] if use >= 0 else arcs[~use][::-1]
            out.extend(line[1:] if out else line)
        return out

    rows = []
    for shape in next(iter(topology["objects"].values()))["geometries"]:
        many = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        geometry = {"type": "MultiPolygon", "coordinates": [[ring(r) for r in p] for p in many]}
        rows.append(
            {
                "place": shape["properties"]["id"],
                "geometry": json.dumps(geometry),
                "level": "municipality",
            }
        )
    return rows


def test_all_municipalities_of_mexico_fit_into_a_page(puente_data: Path) -> None:
    rows = decoded(puente_data / "places" / "mxmunicipio.topojson")
    values = {str(row["place"]): float(i % 97) for i, row in enumerate(rows) if i % 11}
    names = {str(row["place"]): f"Municipality {row['place']}" for row in rows}
    for legend in (LEGEND, MapLegend(label="Rate", names=names)):
        picture = map_picture(rows, values, title="t", legend=legend)
        assert len(picture.svg.encode()) <= 400_000
        drawn = sum(len(group(picture.svg, name)) for name in ("area-nodata", "area-zero"))
        rates = [
            part
            for part in parsed(picture.svg).iter(f"{SVG}g")
            if "area-seq" in (part.get("class") or "")
        ]
        assert drawn + sum(map(len, rates)) == 2_469
