"""A question in FollowTheMoney properties, read as the screener takes it; nothing goes unsaid.

Source: FollowTheMoney property names; yente 5, `EntityExample`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.countries import country_code
from puente.model.dates import parse_date
from puente.model.ids import compact, parse_curp, parse_rfc
from puente.model.schema import all_schemata
from puente.screen.entry import Query, kind_of, name_words
from puente.screen.lists import COUNTRIES, NAMES, OTHER_IDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from puente.model.ids import Identifier

_GIVEN = ("firstName", "secondName", "middleName")
_SURNAMES = ("fatherName", "motherName")
_NAME_PARTS = frozenset({*_GIVEN, *_SURNAMES, "lastName"})
_ALSO_NAMES = ("weakAlias", "abbreviation")
_GENDERS = {
    "male": "male", "m": "male", "h": "male", "hombre": "male", "masculino": "male",
    "female": "female", "f": "female", "mujer": "female", "femenino": "female",
}  # fmt: skip
_MOST_NAMES = 12
"""Names of one question that are compared; what is beyond is said not to be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question ready to be asked.

    Attributes:
        query: as the screener takes it; None where nothing in it can be compared.
        properties: what of it is used, as understood.
        not_used: what is not, by property, as sent.
    """

    schema: str
    query: Query | None
    properties: Mapping[str, tuple[str, ...]]
    not_used: Mapping[str, tuple[str, ...]]


def question(
    key: str, schema: str, properties: Mapping[str, object], **limits: frozenset[str]
) -> Question:
    """Return what an example asks.

    Args:
        key: the asker's own.
        schema: FollowTheMoney schema.
        properties: what is known: a value, or a list of them, by property.
        limits: `not_ids` and `not_lists` of the query.

    Raises: InvalidData: a schema that there is not.
    """
    if schema not in all_schemata():
        raise InvalidData(_("there is no schema {name!r}").format(name=schema))
    reading = _Reading({name: _texts(value) for name, value in properties.items()})
    names = reading.names()
    curps, rfcs, others = reading.identifiers()
    query = Query(
        id=key,
        names=names,
        schema=schema if schema != "Thing" else "",
        birth_dates=reading.each("birthDate", parse=lambda text: parse_date(text).iso),
        countries=reading.each(*COUNTRIES, "birthCountry", parse=country_code),
        genders=reading.each("gender", parse=_gender),
        curps=curps,
        rfcs=rfcs,
        other_ids=others,
        **limits,
    )
    kind = kind_of(schema)
    named = any(name_words(name, kind) for name in names)
    return Question(
        schema=schema,
        query=query if named or curps or rfcs or others else None,
        properties={name: tuple(values) for name, values in reading.used.items()},
        not_used={name: tuple(values) for name, values in reading.left.items() if values},
    )


class _Reading:
    """Takes values out of an example; what nobody took is `left`."""

    def __init__(self, sent: Mapping[str, list[str]]) -> None:
        self.left = {name: list(values) for name, values in sent.items()}
        self.used: dict[str, list[str]] = {}

    def each(self, *props: str, parse: Callable[[str], str]) -> tuple[str, ...]:
        """Return the distinct values of `props` that `parse` can read."""
        found: list[str] = []
        for prop in props:
            for text in tuple(self.left.get(prop, ())):
                try:
                    value = parse(text)
                except InvalidData:
                    continue
                self._take(prop, text, value)
                if value not in found:
                    found.append(value)
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        """Return the names; where there is none, the one that its parts make."""
        every = self.each(*NAMES, *_ALSO_NAMES, parse=str.strip)
        found = list(every[:_MOST_NAMES])
        if every[_MOST_NAMES:]:
            self.left.setdefault("name", []).extend(every[_MOST_NAMES:])
        parts = {prop: self.left.get(prop, [])[:1] for prop in _NAME_PARTS}
        surnames = [text for prop in _SURNAMES for text in parts[prop]] or parts["lastName"]
        whole = " ".join([*(text for prop in _GIVEN for text in parts[prop]), *surnames])
        if not found and whole.strip():
            found.append(whole)
            for prop in (*_GIVEN, *_SURNAMES, "lastName"):
                for text in parts[prop]:
                    if text in whole:
                        self._take(prop, text, text)
        return tuple(found)

    def identifiers(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Return CURPs, RFCs and other identifiers, wherever they are written."""
        curps = self.each("curpCode", "idNumber", "taxNumber", parse=_valid(parse_curp))
        rfcs = self.each("rfcCode", "taxNumber", "idNumber", parse=_valid(parse_rfc))
        return curps, rfcs, self.each(*OTHER_IDS, parse=compact)

    def _take(self, prop: str, text: str, value: str) -> None:
        self.left[prop].remove(text)
        held = self.used.setdefault(prop, [])
        if value not in held:
            held.append(value)


def _texts(value: object) -> list[str]:
    values: Sequence[object] = value if isinstance(value, list) else [value]
    return [str(item) for item in values if item is not None and str(item).strip()]


def _gender(text: str) -> str:
    found = _GENDERS.get(text.strip().lower())
    if found is None:
        raise InvalidData(_("not understood"))
    return found


def _valid(parse: Callable[[str], Identifier]) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = parse(text)
        if not found.valid:
            raise InvalidData(found.note)
        return found.value

    return read
