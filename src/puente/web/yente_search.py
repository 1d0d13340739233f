"""Search in the lists by words of a name or an identifier, narrowed and in pages.

Limits: an aid for people who look; whether a name is on a list is asked by `/match`.
Source: yente 5, `/search`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.countries import country_name
from puente.model.schema import all_schemata, get_schema
from puente.resolve.names import fold
from puente.screen.entry import Query
from puente.web.yente_lists import TOPICS, schema_excluded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from puente.screen.entry import ListEntry
    from puente.web.yente_lists import Shelf

LIMIT, LIMIT_MOST = 10, 500
OFFSET_MOST = 9_499
FACETS = ("countries", "topics", "datasets", "schema")
LIKE_FROM = 0.01
"""Score from which a like name is found where the words themselves are not asked for exactly."""

_MOST_WORDS = 8
_FIELDS: Mapping[str, Callable[[ListEntry], tuple[str, ...]]] = {
    "birthDate": lambda e: e.birth_dates,
    "country": lambda e: e.countries,
    "nationality": lambda e: e.countries,
    "gender": lambda e: e.genders,
    "program": lambda e: e.programs,
    "curpCode": lambda e: e.curps,
    "rfcCode": lambda e: e.rfcs,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerms:
    """What is looked for.

    Attributes:
        text: words of a name, or an identifier; "" for all.
        lists: names of the lists that are searched.
        schema: kind, children included; "" for any.
        exclude_schema, countries, topics, filters, changed_since: narrow the entries; `filters`
            are `property:value`.
        fuzzy: whether like spellings count.
        sort: `field`, or `field:desc`.
    """

    text: str
    lists: frozenset[str]
    schema: str = ""
    exclude_schema: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    filters: tuple[str, ...] = ()
    changed_since: str = ""
    fuzzy: bool = False
    sort: tuple[str, ...] = ()


def search(shelf: Shelf, terms: SearchTerms) -> list[str]:
    """Return the ids of all entries that fit, best first.

    Raises: InvalidData: a schema, filter or sort field that there is not.
    Cost: linear in the names; about 5 ms for 40,000.
    """
    if terms.schema and terms.schema not in all_schemata():
        raise InvalidData(_("there is no schema {name!r}").format(name=terms.schema))
    filters = [_filter(text) for text in terms.filters]

    def keep(entity_id: str) -> bool:
        entry = shelf.entries[entity_id]
        return (
            entry.list in terms.lists
            and not (terms.schema and not get_schema(entry.schema).is_a(terms.schema))
            and not schema_excluded(entry.schema, terms.exclude_schema)
            and not (terms.countries and not terms.countries & set(entry.countries))
            and not (terms.topics and not terms.topics & shelf.topics(entity_id))
            and not (terms.changed_since and shelf.last_change(entity_id) < terms.changed_since)
            and all(value in take(entry) for take, value in filters)
        )

    found = [entity_id for entity_id in _named(shelf, terms) if keep(entity_id)]
    return _sorted(shelf, found, terms.sort)


def begins(shelf: Shelf, text: str, most: int) -> list[str]:
    """Return the ids of entries one of whose names has words that begin so, in order."""
    words = fold(text).split()[:_MOST_WORDS]
    return _holding(shelf, words)[:most] if words else []


def facets(shelf: Shelf, ids: Sequence[str], wanted: Iterable[str]) -> dict[str, object]:
    """Return how many of `ids` have each value of the facets wanted."""
    labels = {"countries": _("Countries"), "topics": _("Topics"), "datasets": _("Lists"),
              "schema": _("Kinds")}  # fmt: skip
    told: dict[str, object] = {}
    for name in wanted:
        counted: dict[str, int] = {}
        for entity_id in ids:
            for value in _facet(shelf, entity_id, name):
                counted[value] = counted.get(value, 0) + 1
        order = sorted(counted, key=lambda value: (-counted[value], value))
        told[name] = {
            "label": labels[name],
            "values": [
                {"name": v, "label": _facet_label(shelf, name, v), "count": counted[v]}
                for v in order
            ],
        }
    return told


def _facet(shelf: Shelf, entity_id: str, name: str) -> Iterable[str]:
    entry = shelf.entries[entity_id]
    if name == "countries":
        return dict.fromkeys(entry.countries)
    if name == "topics":
        return shelf.topics(entity_id)
    return (entry.list,) if name == "datasets" else (entry.schema,)


def _facet_label(shelf: Shelf, name: str, value: str) -> str:
    if name == "countries":
        try:
            return country_name(value)
        except InvalidData:
            return value
    if name == "datasets":
        return next((facts.title for facts in shelf.lists if facts.name == value), value)
    if name == "schema":
        return _(get_schema(value).label)
    return _("sanctioned") if value == TOPICS["sanctions"] else value


def _named(shelf: Shelf, terms: SearchTerms) -> Iterable[str]:
    """Return the ids of the entries that the text names, best first."""
    text = terms.text.strip()
    if not text or text == "*":
        return shelf.ids
    if text in shelf.entries:
        return (text,)
    code = "".join(char for char in text.upper() if char.isalnum())
    if any(char.isdigit() for char in code):
        known = [
            e.entity_id
            for e in shelf.entries.values()
            if any(_code(v) == code for v in (*e.curps, *e.rfcs, *e.other_ids))
        ]
        if known:
            return known
    words = fold(text).split()[:_MOST_WORDS]
    if not words:
        return ()
    found = _holding(shelf, words)
    if terms.fuzzy:
        like = shelf.whole.match(
            [Query(id="", names=(text,), not_lists=frozenset(shelf.names) - terms.lists)],
            cutoff=LIKE_FROM, top=LIMIT_MOST, weak=True,
        )[0]  # fmt: skip
        held = set(found)
        found += [hit.entity_id for hit in like if hit.entity_id not in held]
    return found


def _holding(shelf: Shelf, words: Sequence[str]) -> list[str]:
    """Return the ids of entries one of whose names has all words, whole ones first."""
    fits = None
    for word in words:
        mask = pc.match_substring(shelf.folded, f" {word}")
        fits = mask if fits is None else pc.and_(fits, mask)
    whole: list[str] = []
    begun: list[str] = []
    for place in pc.indices_nonzero(fits).to_pylist():
        for name in shelf.folded[place].as_py().split("|"):
            if all(f" {word}" in name for word in words):
                exact = all(f" {word} " in name for word in words)
                (whole if exact else begun).append(shelf.ids[place])
                break
    return whole + begun


def _filter(text: str) -> tuple[Callable[[ListEntry], tuple[str, ...]], str]:
    name, _colon, value = text.partition(":")
    take = _FIELDS.get(name.removeprefix("properties."))
    if take is None or not value:
        raise InvalidData(
            _("{text!r} is no filter; write property:value, with one of {known}").format(
                text=text, known=", ".join(_FIELDS)
            )
        )
    return take, value


def _sorted(shelf: Shelf, ids: list[str], sort: Sequence[str]) -> list[str]:
    keys: Mapping[str, Callable[[str], str]] = {
        "id": lambda entity_id: entity_id,
        "caption": lambda entity_id: fold((*shelf.entries[entity_id].names, "")[0]),
        "schema": lambda entity_id: shelf.entries[entity_id].schema,
        "last_change": shelf.last_change,
    }
    for text in reversed(sort):
        name, _colon, way = text.partition(":")
        if name not in keys or way not in {"", "asc", "desc"}:
            raise InvalidData(
                _("cannot sort by {text!r}; one of {known}").format(
                    text=text, known=", ".join(keys)
                )
            )
        ids = sorted(ids, key=keys[name], reverse=way == "desc")
    return ids


def _code(text: str) -> str:
    return "".join(char for char in text.upper() if char.isalnum())
