"""GEXF 1.3: the network for Gephi, with dates, so that its timeline works.

Source: GEXF 1.3 (gexf.net, schema gexf.xsd): attributes are declared by class before nodes and
    edges; in a dynamic graph `start` and `end` bound an element in time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from puente.report.formats_csv import edge_rows, node_rows
from puente.report.formats_xml import attribute, description, is_directed
from puente.report.selection import FileWriter

if TYPE_CHECKING:
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Selection, Written

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'

NODE_KEYS: dict[str, str] = {
    "schema": "string",
    "countries": "string",
    "programs": "string",
    "sources": "string",
    "grades": "string",
    "places": "string",
    "statements": "integer",
    "listed": "boolean",
    "blocked_list": "boolean",
    "standing": "string",
    "first_seen": "string",
    "last_seen": "string",
    "marking": "string",
}
EDGE_KEYS: dict[str, str] = {
    "strength": "string",
    "date_from": "string",
    "date_to": "string",
    "percent": "double",
    "percent_max": "double",
    "sources": "string",
    "grades": "string",
    "marking": "string",
}
"""Attributes and their GEXF types. Lists are joined by `; `."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def write_gexf(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write `network.gexf`: entities as nodes, links as edges with their time.

    The handling marking stands in the description and on every node and edge.
    """
    with FileWriter(folder / "network.gexf") as file:
        file.write(_HEAD)
        file.write(f"<meta><description>{_content(view)}</description></meta>\n")
        file.write('<graph defaultedgetype="directed" mode="dynamic" timeformat="date">\n')
        for kind, keys in (("node", NODE_KEYS), ("edge", EDGE_KEYS)):
            file.write(f'<attributes class="{kind}">\n')
            for name, form in keys.items():
                file.write(f'<attribute id="{name}" title="{name}" type="{form}"/>\n')
            file.write("</attributes>\n")
        file.write("<nodes>\n")
        nodes = links = 0
        for row in node_rows(view, selection):
            told = f"id={attribute(str(row['cluster_id']))} label={attribute(str(row['caption']))}"
            file.row(f"<node {told}>{_values(NODE_KEYS, row)}</node>\n", (str(row["marking"]),))
            nodes += 1
        file.write("</nodes>\n<edges>\n")
        for row in edge_rows(view, selection):
            told = (
                f'id="{links}" source={attribute(str(row["source_id"]))}'
                f" target={attribute(str(row['target_id']))} kind={attribute(str(row['kind']))}"
                f" label={attribute(str(row['kind']))}"
                f' type="{"directed" if is_directed(str(row["kind"])) else "undirected"}"'
                f"{_bounds(row)}"
            )
            file.row(f"<edge {told}>{_values(EDGE_KEYS, row)}</edge>\n", (str(row["marking"]),))
            links += 1
        file.write("</edges>\n</graph>\n</gexf>\n")
        note = "in network.gexf only whole days bound an edge in time; other dates are attributes"
        what = f"{nodes} nodes and {links} edges"
        return [file.done(what, left_out=selection.left_out, notes=(note,))]


def _content(view: View) -> str:
    return attribute(description(view))[1:-1]


def _bounds(row: dict[str, Any]) -> str:
    bounds = (("start", row["date_from"]), ("end", row["date_to"]))
    return "".join(f' {name}="{day}"' for name, day in bounds if day and _DAY.fullmatch(str(day)))


def _values(keys: dict[str, str], row: dict[str, Any]) -> str:
    parts = []
    for name in keys:
        value = row.get(name)
        if value is None or value in ("", []):
            continue
        shown = str(value)
        if isinstance(value, bool):
            shown = "true" if value else "false"
        elif isinstance(value, list):
            shown = "; ".join(str(item) for item in value)
        parts.append(f'<attvalue for="{name}" value={attribute(shown)}/>')
    return f"<attvalues>{''.join(parts)}</attvalues>"
