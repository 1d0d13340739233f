"""i2 Analyst's Notebook: an exchange chart with layout, grades, cards and dates.

Every entity lies where a layout put it, so that the chart opens ready to read; every source of an
entity or link is a card with its grade, the Admiralty letters and figures as grades one and two,
and the strength as the line's own: whole, dashed or dotted.

Source: the exchange format of i2 Analyst's Notebook, chart schema 7 (elements Chart, ChartItem,
    End, Entity, Icon, Link, Card, and their attributes), as other tools read and write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.report.formats_csv import edge_rows, node_rows
from puente.report.formats_xml import attribute, description, is_directed
from puente.report.selection import FileWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Row, Selection, Written

MOST_LAID_OUT = 3_000
"""Entities up to which a layout by the links is reckoned; beyond, they stand in rows."""

_APART = 130
"""Distance of two neighbours, in the units of a chart (hundredths of an inch)."""

RELIABILITY = ("", "A", "B", "C", "D", "E", "F")
CREDIBILITY = ("", "1", "2", "3", "4", "5", "6")

ICONS = {
    "Person": "Person",
    "Company": "Office",
    "Organization": "Office",
    "LegalEntity": "Person",
    "Vehicle": "Car",
    "Vessel": "Boat",
    "Airplane": "Aeroplane",
    "Address": "House",
    "RealEstate": "House",
    "BankAccount": "Account",
    "Firearm": "Gun",
    "Event": "Event",
    "Detention": "Handcuff",
}
"""Pictures that come with the program; anything else is shown by its general one."""

_LINES = {"confirmed": "DotStyleSolid", "probable": "DotStyleDashed", "possible": "DotStyleDotted"}


def write_anx(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write `network.anx`."""
    nodes = list(node_rows(view, selection))
    links = list(edge_rows(view, selection))
    places = _layout(nodes, links)
    with FileWriter(folder / "network.anx") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write('<Chart Rigorous="false" IdReferenceLinking="false" SchemaVersion="7.0.0.1">\n')
        file.write(f"<Summary><Field Type={_quoted('SummaryFieldComments')}")
        file.write(f" Field={attribute(description(view))}/></Summary>\n")
        _write_strengths(file)
        _write_grades(file)
        _write_types(file, nodes, links)
        file.write("<ChartItemCollection>\n")
        for row in nodes:
            file.row(_entity(row, places[row["cluster_id"]]), (str(row["marking"]),))
        for row in links:
            file.row(_link(row), (str(row["marking"]),))
        file.write("</ChartItemCollection>\n</Chart>\n")
        what = f"{len(nodes)} entities and {len(links)} links"
        return [file.done(what, left_out=selection.left_out)]


def _write_strengths(file: FileWriter) -> None:
    file.write("<StrengthCollection>\n")
    for name, line in _LINES.items():
        file.write(f'<Strength Id="{name}" Name="{name}" DotStyle="{line}"/>\n')
    file.write("</StrengthCollection>\n")


def _write_grades(file: FileWriter) -> None:
    for name, grades in (("GradeOne", RELIABILITY), ("GradeTwo", CREDIBILITY)):
        held = "".join(f"<String Text={_quoted(grade or '-')}/>" for grade in grades)
        file.write(f"<{name}><StringCollection>{held}</StringCollection></{name}>\n")


def _write_types(file: FileWriter, nodes: Iterable[Row], links: Iterable[Row]) -> None:
    file.write("<AttributeClassCollection>\n")
    for name in ("marking", "programs", "standing", "share"):
        file.write(f'<AttributeClass Name="{name}" Type="AttText" ShowValue="true"/>\n')
    file.write("</AttributeClassCollection>\n<EntityTypeCollection>\n")
    for schema in sorted({str(row["schema"]) for row in nodes}):
        icon = ICONS.get(schema, "General")
        file.write(
            f'<EntityType Name={attribute(schema)} Colour="0" IconFile={attribute(icon)}'
            ' PreferredRepresentation="RepresentAsIcon"/>\n'
        )
    file.write("</EntityTypeCollection>\n<LinkTypeCollection>\n")
    for kind in sorted({str(row["kind"]) for row in links}):
        file.write(f'<LinkType Name={attribute(kind)} Colour="0"/>\n')
    file.write("</LinkTypeCollection>\n")


def _entity(row: Row, place: tuple[int, int]) -> str:
    x, y = place
    identity, schema = attribute(str(row["cluster_id"])), attribute(str(row["schema"]))
    said = [("marking", str(row["marking"]))]
    if row["programs"]:
        said.append(("programs", "; ".join(map(str, row["programs"]))))
    if row["standing"] == "non_suspect":
        said.append(("standing", "on record as a bystander only"))
    names = "; ".join(map(str, row["names"] or ()))
    return (
        f"<ChartItem Label={attribute(str(row['caption']))} Description={attribute(names)}"
        f'{_grading(row["grades"])} XPosition="{x}">'
        f'<End X="{x}" Y="{y}" Z="0"><Entity EntityId={identity} Identity={identity}'
        f' LabelIsIdentity="false"><Icon TextX="0" TextY="16"><IconStyle Type={schema}/></Icon>'
        f"{_cards(row['grades'])}</Entity></End>{_attributes(said)}</ChartItem>\n"
    )


def _link(row: Row) -> str:
    kind, begin, end = (str(row[name] or "") for name in ("kind", "date_from", "date_to"))
    time = f' DateSet="true" DateTime="{begin}T00:00:00"' if len(begin) == len("2024-01-31") else ""
    dates = f"{begin or '...'} - {end or '...'}" if begin or end else ""
    said = [("marking", str(row["marking"]))]
    if row["percent"] is not None:
        most = row["percent_max"]
        wider = most is not None and most != row["percent"]
        said.append(("share", f"{row['percent']:g}{f' - {most:g}' if wider else ''} %"))
    arrow = "ArrowOnHead" if is_directed(kind) else "ArrowNone"
    return (
        f"<ChartItem Label={attribute(kind)} Description={attribute(dates)}"
        f"{_grading(row['grades'])}{time}><Link End1Id={attribute(str(row['source_id']))}"
        f" End2Id={attribute(str(row['target_id']))}>"
        f'<LinkStyle Type={attribute(kind)} ArrowStyle="{arrow}"'
        f' Strength={attribute(str(row["strength"]))} MlStyle="MultiplicityMultiple"/>'
        f"{_cards(row['grades'])}</Link>{_attributes(said)}</ChartItem>\n"
    )


def _grading(grades: Sequence[str] | None) -> str:
    """Return the best of some gradings, each a source and a letter and figure, as attributes."""
    codes = sorted(str(grade).rsplit(" ", 1)[-1] for grade in grades or ())
    one, two = (codes[0][:1], codes[0][1:2]) if codes else ("", "")
    at = RELIABILITY.index(one) if one in RELIABILITY else 0
    beside = CREDIBILITY.index(two) if two in CREDIBILITY else 0
    return f' GradeOneIndex="{at}" GradeTwoIndex="{beside}" GradeThreeIndex="0"'


def _cards(grades: Sequence[str] | None) -> str:
    """Return a card for each source, with its own grade."""
    cards = "".join(
        f"<Card Summary={attribute(str(grade))}{_grading([grade])}"
        f" SourceReference={attribute(str(grade).rsplit(' ', 1)[0])}/>"
        for grade in grades or ()
    )
    return f"<CardCollection>{cards}</CardCollection>" if cards else ""


def _attributes(said: Iterable[tuple[str, str]]) -> str:
    held = "".join(
        f"<Attribute AttributeClass={_quoted(name)} Value={attribute(value)}/>"
        for name, value in said
    )
    return f"<AttributeCollection>{held}</AttributeCollection>"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _layout(nodes: Sequence[Row], links: Sequence[Row]) -> dict[str, tuple[int, int]]:
    """Return where each entity lies; the same network always lies the same."""
    import math
    import random

    import igraph

    ids = [str(row["cluster_id"]) for row in nodes]
    number = {entity: at for at, entity in enumerate(ids)}
    side = max(1, math.ceil(math.sqrt(len(ids))))
    if not ids or len(ids) > MOST_LAID_OUT:
        return {entity: (at % side * _APART, at // side * _APART) for at, entity in enumerate(ids)}
    pairs = {
        (number[row["source_id"]], number[row["target_id"]])
        for row in links
        if row["source_id"] in number and row["target_id"] in number
    }
    graph = igraph.Graph(n=len(ids), edges=sorted(pairs))
    igraph.set_random_number_generator(random.Random(0))  # noqa: S311 (no secret)
    try:
        found = graph.layout_fruchterman_reingold(niter=300)
    finally:
        igraph.set_random_number_generator(random)
    spots = [(x * _APART, y * _APART) for x, y in found.coords]
    left, top = min(x for x, _y in spots), min(y for _x, y in spots)
    return {
        entity: (round(x - left), round(y - top)) for entity, (x, y) in zip(ids, spots, strict=True)
    }
