"""FollowTheMoney: entities as JSON lines, statements as CSV.

Every schema name that leaves is FollowTheMoney's own, so that its tools load the file as it is. A
kind of Puente's own (Detention, Seizure...) leaves as the FollowTheMoney kind it extends, with
`puente_schema` beside it; whoever such an event names is `involved` in it. In the JSON, properties
that FollowTheMoney lacks (`vin`...) stay under their names, which its tools pass over; `curpCode`
and `rfcCode` repeat under the nearest one that it has.

Source: FollowTheMoney 4.11 (`followthemoney/proxy.py`, `followthemoney/statement/serialize.py`).
"""

from __future__ import annotations

import csv
import io
import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

from puente.model.entity import STATEMENT_FIELDS, Entity, Statement
from puente.model.schema import all_schemata, get_schema
from puente.report.selection import FileWriter, Row, entity_props, statement_batches

if TYPE_CHECKING:
    from pathlib import Path

    from puente.guard.view import View
    from puente.report.selection import Selection, Written

NEAREST = {"rfcCode": "taxNumber", "curpCode": "idNumber"}
"""Properties of Puente's own, and the FollowTheMoney one that says nearly the same."""

LACKING: frozenset[str] = frozenset(
    {
        "agency",
        "category",
        "color",
        "curpCode",
        "make",
        "percentageMax",
        "place",
        "rfcCode",
        "standing",
        "strength",
        "vin",
    }
)
"""Properties that no FollowTheMoney kind has. Source: FollowTheMoney 4.11, `schema/*.yaml`."""

LACKING_IN: dict[str, frozenset[str]] = {
    "Associate": frozenset({"role", "status"}),
    "BankAccount": frozenset({"holder"}),
    "Family": frozenset({"role", "status"}),
    "RealEstate": frozenset({"owner"}),
    "Sanction": frozenset({"role"}),
}
"""Properties that FollowTheMoney has, but not for these kinds."""

_FTM_TYPE = {"money": "number", "place": "string"}

STATEMENT_COLUMNS = (
    "canonical_id",
    "entity_id",
    "prop",
    "prop_type",
    "schema",
    "value",
    "dataset",
    "origin",
    "lang",
    "original_value",
    "external",
    "first_seen",
    "last_seen",
    "id",
)
"""Columns of FollowTheMoney's statement CSV, in its order."""

OWN_COLUMNS = (
    "puente_schema",
    "puente_prop",
    "row",
    "agency",
    "date",
    "reliability",
    "credibility",
    "marking",
    "record_class",
    "current",
)
"""Columns that Puente adds after them; FollowTheMoney reads by name and passes over these."""


def write_ftm(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write `entities.ftm.json`: one entity a line, relations and events included.

    Ids are canonical (cluster ids); `referents` are the records that were joined. Only claims
    that stand in the newest delivery of their source are written.
    """
    with FileWriter(folder / "entities.ftm.json") as file:
        for batch in statement_batches(view, selection, current=True):
            for cluster, rows in groupby(batch, key=lambda row: str(row["cluster_id"])):
                claims = list(rows)
                text = json.dumps(
                    ftm_entity(cluster, claims), ensure_ascii=False, separators=(",", ":")
                )
                file.row(text + "\n", {str(row["marking"]) for row in claims})
        return [
            file.done(
                "one FollowTheMoney entity a line",
                left_out={"withdrawn": len(selection.clusters) - file.rows},
            )
        ]


def ftm_entity(cluster: str, claims: list[Row]) -> dict[str, Any]:
    """Return one cluster as FollowTheMoney JSON, its links pointing at clusters.

    Args:
        cluster: its id.
        claims: its rows as `selection.statement_batches` yields them.
    """
    statements = [_statement(row) for row in claims]
    entity = Entity.merge(cluster, statements)
    data = entity.to_ftm()
    properties: dict[str, list[str]] = dict(data["properties"])  # type: ignore[call-overload]
    for own, nearest in NEAREST.items():
        for value in properties.get(own, ()):
            properties.setdefault(nearest, [])
            if value not in properties[nearest]:
                properties[nearest].append(value)
    schema = ftm_schema(entity.schema)
    if schema != entity.schema:
        involved = list(
            dict.fromkeys(
                value
                for prop, values in sorted(properties.items())
                if ftm_prop(entity.schema, prop) == "involved"
                for value in values
            )
        )
        if involved:
            properties["involved"] = involved
        data["puente_schema"] = entity.schema
    data |= {
        "schema": schema,
        "properties": dict(sorted(properties.items())),
        "referents": sorted({str(row["entity_id"]) for row in claims} - {cluster}),
    }
    return data


def ftm_schema(name: str) -> str:
    """Return the most specific FollowTheMoney schema that things of kind `name` fit."""
    schema = get_schema(name)
    if not schema.own:
        return name
    fitting = [
        other for other in all_schemata().values() if schema.is_a(other.name) and not other.own
    ]
    return max(fitting, key=lambda other: (len(other.ancestors), other.name)).name


def ftm_prop(schema: str, prop: str) -> str:
    """Return the FollowTheMoney property that says `prop` of a thing of kind `schema`, or "".

    A property of Puente's own becomes its nearest one; an entity that only an own kind of event
    names is `involved`.
    """
    named = NEAREST.get(prop, prop)
    known = get_schema(ftm_schema(schema)).props
    if named in known and named not in LACKING and named not in LACKING_IN.get(schema, ()):
        return named
    return "involved" if prop in entity_props() and "involved" in known else ""


def write_statements(view: View, selection: Selection, folder: Path) -> list[Written]:
    """Write every claim with its source, grade, marking and history.

    `statements.csv` is what FollowTheMoney's tools read; `statements-own.csv` has the same
    columns and the claims for which FollowTheMoney has no property. Claims that their source has
    withdrawn are written too, with `current` false. Values stand exactly as they are, for
    programs: what a spreadsheet would run as a formula is not altered here (it is in the format
    `csv`). The value of a link is the cluster it points at, `original_value` the record.
    """
    with (
        FileWriter(folder / "statements.csv") as common,
        FileWriter(folder / "statements-own.csv") as own,
    ):
        for file in (common, own):
            file.write(_line([*STATEMENT_COLUMNS, *OWN_COLUMNS]))
        for batch in statement_batches(view, selection, current=False):
            for row in batch:
                prop = ftm_prop(str(row["schema"]), str(row["prop"]))
                file = common if prop else own
                file.row(_line(_cells(row, prop)), (str(row["marking"]),))
        note = "the .csv files are for programs: their cells are not protected against formulas"
        return [
            common.done("one FollowTheMoney statement a row", notes=(note,)),
            own.done("one statement a row that FollowTheMoney has no property for"),
        ]


def _cells(row: Row, prop: str) -> list[str]:
    schema, own = str(row["schema"]), str(row["prop"])
    spec = get_schema(schema).props.get(own)
    kind = spec.type if spec else "text"
    first = {
        "canonical_id": row["cluster_id"],
        "prop": prop or own,
        "prop_type": _FTM_TYPE.get(kind, kind),
        "schema": ftm_schema(schema),
        "value": row["target"] or row["value"],
        "dataset": row["source"],
        "origin": "",
        "lang": "",
        "original_value": row["original"],
        "external": "f",
        "puente_schema": schema,
        "puente_prop": own,
        "current": "t" if row["current"] else "f",
    }
    return [str(first.get(name, row.get(name, ""))) for name in STATEMENT_COLUMNS + OWN_COLUMNS]


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()


def _statement(row: Row) -> Statement:
    """Return a row as a statement whose value is the cluster of the entity it names, if any."""
    values = {name: str(row[name]) for name in STATEMENT_FIELDS}
    if row["target"]:
        values["value"] = str(row["target"])
    return Statement(**values)
