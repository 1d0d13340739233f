"""GraphML: the network for Gephi, yEd, Cytoscape, networkx and igraph. Written as it is read.

Source: GraphML 1.0 (graphml.graphdrawing.org, graphml.xsd): keys first, then one graph; ids are
    XML name tokens.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from puente.report.formats_csv import edge_rows
from puente.report.formats_xml import description, is_directed, text
from puente.report.selection import FileWriter, batches

if TYPE_CHECKING:
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Selection, Written

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
    ' http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)

NODE_KEYS: dict[str, str] = {
    "cluster_id": "string",
    "label": "string",
    "schema": "string",
    "names": "string",
    "countries": "string",
    "programs": "string",
    "sources": "string",
    "places": "string",
    "statements": "int",
    "listed": "boolean",
    "blocked_list": "boolean",
    "standing": "string",
    "first_seen": "string",
    "last_seen": "string",
    "marking": "string",
}
EDGE_KEYS: dict[str, str] = {
    "kind": "string",
    "strength": "string",
    "date_from": "string",
    "date_to": "string",
    "percent": "double",
    "percent_max": "double",
    "sources": "string",
    "grades": "string",
    "marking": "string",
}
"""Attributes and their GraphML types. Lists are joined by `; `."""

# A subset of XML's name characters that needs no table: letters, digits, `.`, `-`, `:`.
_NO_TOKEN = re.compile(r"[^A-Za-z0-9.:\-]")


def write_graphml(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write `network.graphml`: entities as nodes, links as edges, all attributes typed.

    The handling marking stands in the graph's description and on every node and edge.
    """
    with FileWriter(folder / "network.graphml") as file:
        file.write(_HEAD)
        file.write(f"  <desc>{text(description(view))}</desc>\n")
        for prefix, keys, where in (("n", NODE_KEYS, "node"), ("e", EDGE_KEYS, "edge")):
            for name, kind in keys.items():
                file.write(
                    f'  <key id="{prefix}_{name}" for="{where}" attr.name="{name}"'
                    f' attr.type="{kind}"/>\n'
                )
        file.write('  <graph id="network" edgedefault="directed">\n')
        nodes = _write_nodes(file, view, selection)
        links = _write_edges(file, view, selection)
        file.write("  </graph>\n</graphml>\n")
        note = (
            "ids in network.graphml write characters that XML tokens lack as _hex_; the attribute "
            "cluster_id has the id itself"
        )
        what = f"{nodes} nodes and {links} edges"
        return [file.done(what, left_out=selection.left_out, notes=(note,))]


def node_token(identity: str) -> str:
    """Return `identity` as an XML name token; different ids give different tokens."""
    return _NO_TOKEN.sub(lambda found: f"_{ord(found.group()):x}_", identity) or "_"


def _write_nodes(file: FileWriter, view: View, selection: Selection) -> int:
    count = 0
    for part in batches(selection):
        rows = view.sql(
            f"SELECT * FROM nodes WHERE {part.where('cluster_id')} ORDER BY cluster_id",
            part.params,
        ).to_pylist()
        for row in rows:
            data = _data("n", NODE_KEYS, {**row, "label": row["caption"]})
            token = node_token(str(row["cluster_id"]))
            file.row(f'    <node id="{token}">{data}</node>\n', (str(row["marking"]),))
            count += 1
    return count


def _write_edges(file: FileWriter, view: View, selection: Selection) -> int:
    count = 0
    for row in edge_rows(view, selection):
        directed = is_directed(str(row["kind"]))
        data = _data("e", EDGE_KEYS, row)
        file.row(
            f'    <edge id="e{count}" source="{node_token(str(row["source_id"]))}"'
            f' target="{node_token(str(row["target_id"]))}"'
            f' directed="{"true" if directed else "false"}">{data}</edge>\n',
            (str(row["marking"]),),
        )
        count += 1
    return count


def _data(prefix: str, keys: dict[str, str], row: dict[str, Any]) -> str:
    parts = []
    for name in keys:
        value = row.get(name)
        if value is None or value in ("", []):
            continue
        if isinstance(value, bool):
            shown = "true" if value else "false"
        elif isinstance(value, list):
            shown = text("; ".join(str(item) for item in value))
        else:
            shown = text(str(value))
        parts.append(f'<data key="{prefix}_{name}">{shown}</data>')
    return "".join(parts)
