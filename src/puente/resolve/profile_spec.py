"""The profile of files to link: which column is what. Read strictly; every fault names its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Literal

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.schema import all_schemata, get_schema
from puente.model.strict_yaml import strict_yaml, yaml_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ROLES: Mapping[str, str] = {
    "name": "name", "given_name": "given", "paternal_surname": "paternal",
    "maternal_surname": "maternal", "birth_date": "birth_date", "sex": "sex", "curp": "curp",
    "rfc": "rfc", "phone": "phone", "email": "email", "address": "address",
    "postcode": "postcode", "birth_place": "place", "occupation": "occupation", "plate": "plate",
    "vin": "vin", "company_name": "name", "make": "make", "model": "model", "color": "color",
    "year": "year", "serial_number": "serial", "caliber": "caliber", "importer": "importer",
    "weapon_type": "type", "street": "street", "street_number": "number", "unit": "unit",
    "neighbourhood": "colonia", "city": "place", "state": "state", "country": "country",
    "legal_form": "legal_form",
}  # fmt: skip
"""What a column can be, and the raw column it fills."""

ROLES_OF: Mapping[str, frozenset[str]] = {
    "Person": frozenset(
        {"name", "given_name", "paternal_surname", "maternal_surname", "birth_date", "sex", "curp"}
        | {"rfc", "phone", "email", "address", "postcode", "birth_place", "occupation"}
    ),
    "Company": frozenset(
        {"name", "company_name", "rfc", "phone", "email", "address", "postcode", "birth_place"}
        | {"city", "country", "legal_form"}
    ),
    "Vehicle": frozenset({"plate", "vin", "make", "model", "color", "year"}),
    "Address": frozenset(
        {"address", "street", "street_number", "unit", "neighbourhood", "postcode", "city", "state"}
    ),
    "Firearm": frozenset({"serial_number", "make", "model", "caliber", "importer", "weapon_type"}),
    "Phone": frozenset({"phone", "name", "city"}),
    "Thing": frozenset(),
}
"""Which of them each kind has. Any other kind has columns under `other` only."""

PHONE = "Phone"
"""A kind of record that is no schema of FollowTheMoney: a telephone number with what is said of it.
"""

ROW_ID = "#row"
"""Stands for the number of the row, where a file has no column of ids."""

SORTS = ("exact", "fuzzy", "number", "date")
Sort = Literal["exact", "fuzzy", "number", "date"]
LINKS = ("dedupe", "between", "both")


class Key(StrEnum):
    """The keys of a profile."""

    KIND = auto()
    ID = auto()
    COLUMNS = auto()
    OTHER = auto()
    LINK = auto()
    TRUTH = auto()
    TRUTH_REGEX = auto()


_KEYS = tuple(Key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Which column of the files is what.

    Attributes:
        kind: one of `ROLES_OF`; `Thing` for what has no roles.
        schema: the schema as the profile names it.
        id: column of the record's id, or `#row`.
        columns: role to column.
        other: column to how its values are compared.
        link: within each file, between files, or both.
        truth: column of the true identity; "" if none. Never used for linking.
        truth_regex: pattern on the id whose first group is the true identity; "" if none.
    """

    kind: str
    schema: str
    id: str
    columns: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, Sort] = field(default_factory=dict)
    link: str = "dedupe"
    truth: str = ""
    truth_regex: str = ""

    @property
    def used(self) -> tuple[str, ...]:
        """Return every column that the files must have."""
        key = "" if self.id == ROW_ID else self.id
        named = (key, *self.columns.values(), *self.other, self.truth)
        return tuple(dict.fromkeys(column for column in named if column))


def read_profile(path: Path) -> Profile:
    """Return the profile that a YAML file holds.

    Raises: InvalidData: no such file, no YAML, an unknown or missing key, a role that the kind
        does not have, a value that is not one of those allowed; names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidData(error.strerror or _("cannot be read"), file=path) from None
    except UnicodeDecodeError:
        raise InvalidData(_("the profile is not UTF-8 text"), file=path) from None
    content = strict_yaml(text, str(path))
    if not isinstance(content, dict):
        raise InvalidData(_("the profile is no mapping of keys to values"), file=path, line=1)
    lines = {".".join(map(str, at)): line for at, line in yaml_lines(text).items()}
    return _Reader(path, content, lines).profile()


class _Reader:
    """Checks one profile's content; keeps its path and lines for what it has to say."""

    def __init__(self, path: Path, content: dict[object, object], lines: Mapping[str, int]) -> None:
        self._path = path
        self._content = content
        self._line_of = lines

    def profile(self) -> Profile:
        """Return the profile, every key checked."""
        for key in self._content:
            if key not in _KEYS:
                self._fail(str(key), _("unknown key {key!r}; one of {known}"), known=_KEYS)
        schema = self._text(Key.KIND, needed=True)
        if schema != PHONE and schema not in all_schemata():
            self._fail(Key.KIND, _("unknown kind {value!r}"), value=schema)
        kind = _kind_of(schema)
        columns = self._columns(kind)
        other = self._others()
        if not columns and not other:
            self._fail(Key.COLUMNS, _("no column to compare: name some under columns or other"))
        link = self._text(Key.LINK) or "dedupe"
        if link not in LINKS:
            self._fail(
                Key.LINK, _("link is {value!r}, not one of {known}"), value=link, known=LINKS
            )
        pattern = self._text(Key.TRUTH_REGEX)
        if pattern:
            self._check_pattern(pattern)
            if self._text(Key.TRUTH):
                self._fail(Key.TRUTH_REGEX, _("give truth or truth_regex, not both"))
        return Profile(
            kind=kind, schema=schema, id=self._text(Key.ID, needed=True), columns=columns,
            other=other, link=link, truth=self._text(Key.TRUTH), truth_regex=pattern,
        )  # fmt: skip

    def _columns(self, kind: str) -> dict[str, str]:
        columns = self._mapping(Key.COLUMNS)
        for role in columns:
            if role not in ROLES:
                self._fail(
                    f"columns.{role}", _("unknown role {key!r}; one of {known}"), known=tuple(ROLES)
                )
            if role not in ROLES_OF[kind]:
                self._fail(f"columns.{role}", _("a {kind} has no {key!r}"), kind=kind)
        filled: dict[str, str] = {}
        for role in columns:
            if ROLES[role] in filled:
                self._fail(
                    f"columns.{role}",
                    _("{key!r} says the same as {value!r}"),
                    value=filled[ROLES[role]],
                )
            filled[ROLES[role]] = role
        return columns

    def _others(self) -> dict[str, Sort]:
        others = self._mapping(Key.OTHER)
        found: dict[str, Sort] = {}
        for column, sort in others.items():
            if sort not in SORTS:
                self._fail(
                    f"other.{column}", _("{value!r} is not one of {known}"), value=sort, known=SORTS
                )
            found[column] = sort  # type: ignore[assignment]  # checked in the line above
        return found

    def _mapping(self, key: str) -> dict[str, str]:
        value = self._content.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._fault(key, _("{key!r} must be a mapping"))
        for name, text in value.items():
            if not isinstance(name, str) or not isinstance(text, str) or not text.strip():
                self._fail(f"{key}.{name}", _("{key!r} must name a column"))
        return {str(name): str(text).strip() for name, text in value.items()}

    def _text(self, key: str, *, needed: bool = False) -> str:
        value = self._content.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip():
            self._fail(key, _("{key!r} is missing or no text"))
        return str(value).strip()

    def _check_pattern(self, pattern: str) -> None:
        try:
            re.compile(pattern)
        except re.error as error:
            self._fail(Key.TRUTH_REGEX, _("no regular expression: {value}"), value=str(error))

    def _fail(self, key: str, message: str, **detail: object) -> None:
        raise self._fault(key, message, **detail)

    def _fault(self, key: str, message: str, **detail: object) -> InvalidData:
        known = detail.pop("known", ())
        listed = ", ".join(known) if isinstance(known, tuple) else str(known)
        name = str(key).rpartition(".")[2]
        said = message.format(key=name, known=listed, **detail)
        return InvalidData(said, file=self._path, line=self._line_of.get(str(key)))


def _kind_of(schema: str) -> str:
    if schema == PHONE:
        return PHONE
    found = get_schema(schema)
    if found.is_a("Person"):
        return "Person"
    if found.is_a("Organization") or schema == "LegalEntity":
        return "Company"
    return schema if schema in ROLES_OF else "Thing"
