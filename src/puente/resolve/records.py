"""What the statements say of people, firms and vehicles, one flat row an entity.

An entity is what one source record speaks of. Where it gives several values of one property, names
keep the fullest, birth dates keep all, and identifiers (CURP, RFC, VIN, plate) keep none: a value
that the record itself doubts must neither join nor part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa


class Reader(Protocol):
    """What linking needs of a View: one SELECT over the permitted rows."""

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """Return what one SELECT gives."""


PERSON, COMPANY, VEHICLE = "Person", "Company", "Vehicle"

SCHEMATA: Mapping[str, tuple[str, ...]] = {
    PERSON: ("Person",),
    COMPANY: ("Company", "Organization", "PublicBody", "LegalEntity"),
    VEHICLE: ("Vehicle",),
}
"""Which schemata each kind takes in. An entity of none of them is linked with nothing."""

_FULLEST = "max_by(value, (length(value), value)) FILTER (prop = '{prop}')"
_SMALLEST = "min(value) FILTER (prop = '{prop}')"
_ONLY = (
    "CASE WHEN min(value) FILTER (prop = '{prop}') = max(value) FILTER (prop = '{prop}')"
    " THEN min(value) FILTER (prop = '{prop}') END"
)

_ALL = "string_agg(DISTINCT value, ' ' ORDER BY value) FILTER (prop = '{prop}')"

_COLUMNS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    PERSON: (
        ("name", "name", _FULLEST), ("given", "firstName", _FULLEST),
        ("paternal", "fatherName", _FULLEST), ("maternal", "motherName", _FULLEST),
        ("surname", "lastName", _FULLEST), ("birth_date", "birthDate", _ALL),
        ("sex", "gender", _ONLY), ("curp", "curpCode", _ONLY), ("rfc", "rfcCode", _ONLY),
        ("phone", "phone", _SMALLEST), ("email", "email", _SMALLEST),
        ("address", "address", _SMALLEST), ("place", "place", _ONLY),
    ),
    COMPANY: (
        ("name", "name", _FULLEST), ("rfc", "rfcCode", _ONLY),
        ("legal_form", "legalForm", _SMALLEST), ("phone", "phone", _SMALLEST),
        ("email", "email", _SMALLEST), ("address", "address", _SMALLEST),
        ("place", "place", _ONLY), ("country", "country", _ONLY),
    ),
    VEHICLE: (
        ("plate", "registrationNumber", _ONLY), ("vin", "vin", _ONLY), ("make", "make", _SMALLEST),
        ("model", "model", _SMALLEST), ("color", "color", _SMALLEST),
        ("year", "buildDate", _ONLY), ("place", "place", _ONLY),
    ),
}  # fmt: skip
"""Column, property and choice among several values, of each kind's raw table."""


def read_kinds(view: Reader) -> pa.Table:
    """Return `entity_id`, `schema` (most specific, if several stand) and `kind` ("" if none).

    Every entity of the View has a row, by entity id.
    """
    cases = " ".join(
        f"WHEN bool_or(schema IN {_listed(schemata)}) THEN '{kind}'"
        for kind, schemata in SCHEMATA.items()
    )
    return view.sql(
        "SELECT entity_id, string_agg(DISTINCT schema, ' ' ORDER BY schema) AS schemata,"
        f" CASE {cases} ELSE '' END AS kind FROM statements GROUP BY entity_id ORDER BY entity_id"
    )


def read_records(view: Reader, kind: str) -> pa.Table:
    """Return one raw row for each entity of a kind: what its standing claims say.

    A claim that its source has withdrawn counts only where the entity has no other left.

    Args:
        kind: a key of `SCHEMATA`.
    """
    columns = ", ".join(
        f"{choice.format(prop=prop)} AS {name}" for name, prop, choice in _COLUMNS[kind]
    )
    props = _listed(tuple(prop for _name, prop, _choice in _COLUMNS[kind]))
    return view.sql(
        "WITH members AS (SELECT entity_id, bool_or(current) AS standing FROM statements"
        f" WHERE schema IN {_listed(SCHEMATA[kind])} GROUP BY entity_id),"
        " claims AS (SELECT s.entity_id, s.prop, s.value FROM statements s JOIN members m"
        f" USING (entity_id) WHERE s.prop IN {props} AND (s.current OR NOT m.standing))"
        f" SELECT m.entity_id, {columns} FROM members m LEFT JOIN claims USING (entity_id)"
        " GROUP BY m.entity_id ORDER BY m.entity_id"
    )


def _listed(texts: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{text}'" for text in texts) + ")"
