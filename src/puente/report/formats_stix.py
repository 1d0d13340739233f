"""STIX 2.1: persons, organisations and places, and what joins them, for a threat platform.

Persons and organisations leave as identities, addresses as locations, links between them as
relationships `related-to` that say in words what they are. STIX has no object for a vehicle, a
firearm, an account or an event: those are left out and counted. The handling marking goes along as
a statement, and as the nearest TLP of the standard.

Source: OASIS, STIX Version 2.1 (10 June 2021), sections 4.5 identity, 4.7 location, 5.1
    relationship, 7.2.1 data markings; appendix A, Admiralty credibility to confidence.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from puente.model.schema import all_schemata
from puente.report.formats_csv import edge_rows, node_rows
from puente.report.formats_xml import description
from puente.report.selection import FileWriter

if TYPE_CHECKING:
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Row, Selection, Written

Thing = dict[str, Any]

_TLP = {
    "CLEAR": "613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "GREEN": "34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "AMBER": "f88d31f6-486f-44da-b317-01333bde0b82",
    "RED": "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
"""Marking definitions that the standard fixes; it knows WHITE where TLP 2.0 says CLEAR."""

_CONFIDENCE = {"confirmed": 70, "probable": 50, "possible": 30}
"""The least that the grades behind a strength stand for on the Admiralty scale."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def write_stix(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write `network.stix.json`, one bundle."""
    made = _moment(view)
    left_out: dict[str, int] = dict(selection.left_out)
    held: dict[str, str] = {}
    marks: dict[str, list[str]] = {}
    with FileWriter(folder / "network.stix.json") as file:
        bundle = f"bundle--{_uuid(view.snapshot.id, *selection.asked)}"
        file.write(f'{{"type":"bundle","id":"{bundle}","objects":[\n')
        first = True
        for row in node_rows(view, selection):
            thing = _node(row, made)
            if thing is None:
                kind = f"{row['schema']}, for which STIX has no object"
                left_out[kind] = left_out.get(kind, 0) + 1
                continue
            held[row["cluster_id"]] = thing["id"]
            first = _put(file, thing, row, marks, first=first)
        links = 0
        for row in edge_rows(view, selection):
            ends = held.get(row["source_id"]), held.get(row["target_id"])
            if None in ends:
                kind = "links to what has no object in STIX"
                left_out[kind] = left_out.get(kind, 0) + 1
                continue
            thing = _edge(row, (str(ends[0]), str(ends[1])), made)
            first = _put(file, thing, row, marks, first=first)
            links += 1
        for mark in sorted(marks):
            first = _put(file, _marking(mark, made), None, marks, first=first)
        file.write("\n]}\n")
        what = f"{len(held)} identities and locations, {links} relationships"
        note = f"in network.stix.json: {description(view)}"
        return [file.done(what, left_out=left_out, notes=(note,))]


def _put(
    file: FileWriter, thing: Thing, row: Row | None, marks: dict[str, list[str]], *, first: bool
) -> bool:
    """Write one object; return False, for the next is not the first."""
    own: tuple[str, ...] = ()
    if row is not None:
        own = (str(row["marking"]),)
        marks.setdefault(own[0], [])
        thing["object_marking_refs"] = _refs(own[0])
    line = json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
    told = line if first else f",\n{line}"
    if row is None:
        file.write(told)
    else:
        file.row(told, own)
    return False


def _moment(view: View) -> str:
    """Return the time of the snapshot as STIX writes it."""
    found = re.match(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)", view.snapshot.id)
    parts = found.groups() if found else ("2000", "01", "01", "00", "00", "00")
    return "{}-{}-{}T{}:{}:{}.000Z".format(*parts)


def _uuid(*parts: str) -> UUID:
    """Return a UUID of the form that the standard asks for; the same thing has the same one."""
    told = "\x1f".join(("puente", *parts))
    return UUID(bytes=sha256(told.encode("utf-8", "replace")).digest()[:16], version=4)


def _base(kind: str, key: str, made: str) -> Thing:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{_uuid(key)}",
        "created": made,
        "modified": made,
    }


def _node(row: Row, made: str) -> Thing | None:
    schema = all_schemata().get(str(row["schema"]))
    if schema is None:
        return None
    thing = None
    if schema.is_a("LegalEntity"):
        thing = _base("identity", row["cluster_id"], made)
        person = schema.is_a("Person")
        organised = schema.is_a("Organization") or schema.is_a("Company")
        thing["name"] = str(row["caption"])
        thing["identity_class"] = (
            "individual" if person else "organization" if organised else "unspecified"
        )
    elif schema.is_a("Address") and row["countries"]:
        thing = _base("location", row["cluster_id"], made)
        thing["name"] = str(row["caption"])
        thing["country"] = str(row["countries"][0]).upper()
    if thing is None:
        return None
    # The name as published, what it rests on, and how it is known to us.
    said = [
        f"{name}: {'; '.join(map(str, row[name]))}"
        for name in ("names", "programs", "sources", "grades")
        if row[name]
    ]
    if row["standing"] == "non_suspect":
        said.insert(0, "on record as a bystander only: no suspect")
    thing["description"] = "\n".join(said)
    thing["external_references"] = [
        {"source_name": "puente", "external_id": str(row["cluster_id"])}
    ]
    return thing


def _edge(row: Row, ends: tuple[str, str], made: str) -> Thing:
    key = " ".join(
        str(row[name]) for name in ("source_id", "target_id", "kind", "date_from", "date_to")
    )
    thing = _base("relationship", key, made)
    thing["relationship_type"] = "related-to"
    share = f", {row['percent']:g} %" if row["percent"] is not None else ""
    dates = f", {row['date_from'] or '...'} to {row['date_to'] or '...'}"
    told = dates if row["date_from"] or row["date_to"] else ""
    thing["description"] = (
        f"{row['kind']}, {row['strength']}{share}{told}; sources: {'; '.join(row['grades'] or ())}"
    )
    thing["source_ref"], thing["target_ref"] = ends
    thing["confidence"] = _CONFIDENCE.get(str(row["strength"]), 30)
    begin, end = str(row["date_from"] or ""), str(row["date_to"] or "")
    if _DAY.fullmatch(begin):
        thing["start_time"] = f"{begin}T00:00:00.000Z"
    # The standard wants the end after the start; what was on one day has a start alone.
    if _DAY.fullmatch(end) and end > begin:
        thing["stop_time"] = f"{end}T00:00:00.000Z"
    return thing


def _refs(mark: str) -> list[str]:
    """Return the markings of an object: the TLP of the standard, and the banner as it stands."""
    word = re.search(r"TLP:(CLEAR|WHITE|GREEN|AMBER|RED)", mark)
    colour = _TLP["CLEAR" if word and word[1] == "WHITE" else word[1]] if word else _TLP["RED"]
    return [f"marking-definition--{colour}", f"marking-definition--{_uuid(mark)}"]


def _marking(mark: str, made: str) -> Thing:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{_uuid(mark)}",
        "created": made,
        "name": mark,
        "definition_type": "statement",
        "definition": {"statement": mark},
    }
