"""Suggestions as somebody types, and a few lines on what they point at.

Source: Reconciliation Service API 0.2, sections 5 (suggest) and 6 (preview).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.model.schema import all_schemata, get_schema
from puente.resolve.names import fold
from puente.web.reconcile_answers import described, property_labels, typed
from puente.web.yente_search import begins

if TYPE_CHECKING:
    from puente.web.yente_lists import Shelf

TYPES = ("Person", "Company", "Organization", "LegalEntity", "Vessel", "Airplane")
MOST = 20
CURSOR_MOST = 10_000
_SHOWN = ("alias", "birthDate", "nationality", "country", "program", "address", "position")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestForm:
    """What was typed so far, and how many suggestions were seen."""

    prefix: Annotated[str, Query(max_length=200)] = ""
    cursor: Annotated[int, Query(ge=0, le=CURSOR_MOST)] = 0
    callback: str = ""


def entities(shelf: Shelf, form: SuggestForm) -> list[dict[str, Any]]:
    """Return entries whose names begin as typed."""
    found = begins(shelf, form.prefix, form.cursor + MOST)[form.cursor :]
    return [
        {
            "id": entity_id,
            "name": (*shelf.entries[entity_id].names, *shelf.entries[entity_id].weak_names)[0],
            "description": described(shelf, entity_id),
            "notable": [typed(shelf.entries[entity_id].schema)],
        }
        for entity_id in found
    ]


def types(form: SuggestForm) -> list[dict[str, Any]]:
    """Return the kinds that can be screened, by id or label."""
    found = [
        {
            "id": schema.name,
            "name": _(schema.label),
            "broader": [typed(parent) for parent in schema.extends],
        }
        for schema in all_schemata().values()
        if not schema.own and (schema.is_a("LegalEntity") or schema.is_a("Vehicle"))
    ]
    return _beginning(found, form)


def properties(form: SuggestForm) -> list[dict[str, Any]]:
    """Return properties, by id or label."""
    found = [{"id": name, "name": label} for name, (label, _kind) in property_labels().items()]
    return _beginning(sorted(found, key=lambda one: one["id"]), form)


def proposal(kind: str, limit: int) -> dict[str, Any]:
    """Return the properties that can be fetched for a kind.

    Raises: InvalidData: there is no such kind, or a limit below zero.
    """
    if kind not in all_schemata():
        raise InvalidData(_("there is no schema {name!r}").format(name=kind))
    if limit < 0:
        raise InvalidData(_("a limit is zero or more"))
    props = sorted(get_schema(kind).props.values(), key=lambda prop: prop.name)
    told = [{"id": prop.name, "name": _(prop.label)} for prop in props[:limit]]
    return {"type": kind, "limit": limit, "properties": told}


def lines(shelf: Shelf, entity_id: str) -> str:
    """Return a few lines of HTML on an entry.

    Raises: NotFound: it is on no list that is open to this key.
    """
    if entity_id not in shelf.entries:
        raise NotFound(
            _("there is no record of {entity!r} that you may see").format(entity=entity_id),
            entity=entity_id,
        )
    data: Any = shelf.entity(entity_id)
    labels = property_labels()
    rows = "".join(
        f"<dt>{escape(labels[prop][0])}</dt><dd>{escape('; '.join(values[:5]))}</dd>"
        for prop in _SHOWN
        if (values := [str(v) for v in data["properties"].get(prop, ())])
    )
    head = f"<p><strong>{escape(data['caption'])}</strong> ({escape(entity_id)})</p>"
    return f"{head}<p>{escape(described(shelf, entity_id))}</p><dl>{rows}</dl>"


def page(shelf: Shelf, entity_id: str) -> str:
    """Return the same as a page of its own. Raises: as `lines`."""
    inner = lines(shelf, entity_id)
    title = escape(entity_id)
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return f"<!doctype html><html>{head}<body>{inner}</body></html>"


def _beginning(found: list[dict[str, Any]], form: SuggestForm) -> list[dict[str, Any]]:
    typed_so_far = fold(form.prefix)
    kept = [
        one
        for one in found
        if fold(one["id"]).startswith(typed_so_far) or fold(one["name"]).startswith(typed_so_far)
    ]
    return kept[form.cursor : form.cursor + MOST]
