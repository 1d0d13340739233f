"""One statement of the Beneficial Ownership Data Standard, of whatever version, in one shape.

Source: Open Ownership, BODS 0.4 `statement.json`; 0.2 and 0.3 `bods-package.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.json_values import Broken
from puente.ingest.source import iso_day
from puente.ingest.sources.exchange import checked_id

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = {
    "entityStatement": "entity",
    "personStatement": "person",
    "ownershipOrControlStatement": "relationship",
    "entity": "entity",
    "person": "person",
    "relationship": "relationship",
}
STATUSES = frozenset({"new", "updated", "closed", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one statement states of one record.

    Attributes:
        kind: `entity`, `person` or `relationship`.
        key: the record's number with its publisher; before 0.4 the statement's own.
        statement: the statement's number.
        status: `new`, `updated`, `closed`; "" before 0.4.
        date: ISO date of the statement, "" where it bears none.
        publisher: who publishes it, "" where nothing says.
        details: what it says of the record.
        replaces: numbers of statements that it stands in the place of (before 0.4).
        source_url: where the publisher has it from.
    """

    kind: str
    key: str
    statement: str
    status: str
    date: str
    publisher: str
    details: Mapping[str, object]
    replaces: tuple[str, ...]
    source_url: str

    @property
    def states(self) -> bool:
        """Return True if it says anything of the record; a closing need not."""
        return bool(set(self.details) - {"isComponent"})


def record_of(item: object) -> Record:
    """Return the record that a statement states.

    Raises: InvalidData: no object, of no known kind, or without a number.
    """
    if isinstance(item, Broken):
        raise InvalidData(item.reason)
    if not isinstance(item, dict):
        raise InvalidData("not a JSON object")
    named = item.get("recordType") or item.get("statementType")
    kind = KINDS.get(named) if isinstance(named, str) else None
    if kind is None:
        raise InvalidData(f"unknown kind of statement {str(named)[:40]!r}")
    statement = item.get("statementId") or item.get("statementID")
    newer = "recordType" in item
    status = text_of(item.get("recordStatus"))
    if status not in STATUSES:
        raise InvalidData(f"unknown status of a record {status[:40]!r}")
    return Record(
        kind=kind,
        key=checked_id(item.get("recordId") if newer else statement),
        statement=checked_id(statement),
        status=status,
        date=iso_day(item.get("statementDate")),
        publisher=text_of(inner(item, "publicationDetails", "publisher", "name")),
        details=object_of(item.get("recordDetails")) if newer else item,
        replaces=tuple(texts_of(item.get("replacesStatements"))),
        source_url=text_of(inner(item, "source", "url")),
    )


def inner(value: object, *path: str) -> object:
    """Return what stands at the end of a path of keys, None where nothing does."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def object_of(value: object) -> dict[str, object]:
    """Return an object as it is, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[dict[str, object]]:
    """Return the objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """Return a text, a number or a truth value as text; "" for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def texts_of(value: object) -> list[str]:
    """Return the texts of a list that are not empty, or of one text."""
    return [
        text for one in (value if isinstance(value, list) else [value]) if (text := text_of(one))
    ]
