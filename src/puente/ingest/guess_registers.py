"""What a register states in a row: a person, a firm, a vehicle, a holding, a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_people import (
    contacts_of_firm,
    day_of,
    firm,
    number,
    person,
    standing_of,
    vehicle,
)

if TYPE_CHECKING:
    from puente.ingest.guess_draft import Draft
    from puente.ingest.guess_people import Item


def people(draft: Draft) -> None:
    """Make a person of each row."""
    if not draft.row.template:
        draft.lacking.append(draft.row.why)
        return
    roles = [r for r in sorted({c.role for c in draft.table.columns}) if r not in {"", "?"}]
    main = "" if draft.table.find("name") or draft.table.find("given") else next(
        (r for r in roles if draft.table.find("name", r) or draft.table.find("given", r)), ""
    )  # fmt: skip
    day = day_of(draft)
    draft.day = draft.use(day, _("day")) if day else ""
    found = person(draft, main, "person", draft.id("per"), minor_on=draft.day)
    if found is None:
        draft.lacking.append(_("a name: no column gives one"))
        return
    props = found["props"]
    if isinstance(props, dict) and draft.place.value is not None:
        props["place"] = draft.place.value
        for name in draft.place.columns:
            draft.use(name, _("place"))
    standing = draft.table.find("standing", None)
    if standing:
        mapped = {text: standing_of(text) for text in draft.table.profile(standing).values}
        found["standing"] = {"column": draft.use(standing, _("role")), "map": mapped}
    draft.entities.append(found)


def firms(draft: Draft) -> None:
    """Make a firm of each row."""
    entity_id = _firm_id(draft)
    if not entity_id:
        return
    found = firm(draft, "", "firm", entity_id)
    if found is None:
        draft.lacking.append(_("a firm's name: no column gives one"))
        return
    props = found["props"]
    if isinstance(props, dict):
        contacts_of_firm(draft, props)
        if draft.place.value is not None:
            props["place"] = draft.place.value
            for name in draft.place.columns:
                draft.use(name, _("place"))
    draft.entities.append(found)


def _firm_id(draft: Draft) -> str:
    """Return the id of a row's firm: by the number that other files of the register name it by."""
    table = draft.table
    for name in ("record_id", "registration", "rfc"):
        for column in table.all(name, None):
            if column.role in {"", "firm"} and draft.filled(column):
                return f"{draft.name}-emp-{{{draft.use(column, 'id')}|alnum}}"
    named = table.find("firm_name", None)
    if named and named.role in {"", "firm"} and draft.filled(named):
        draft.notes.append(_("firms are told apart by their names alone"))
        return f"{draft.name}-emp-{{{draft.use(named, 'id')}|hash}}"
    draft.lacking.append(_("a firm's number or name in every row"))
    return ""


def vehicles(draft: Draft) -> None:
    """Make a vehicle of each row, with its owner where one is named."""
    if not draft.row.template:
        draft.lacking.append(draft.row.why)
        return
    owner = person(draft, "owner", "owner", draft.id("own")) or firm(
        draft, "owner", "owner", draft.id("own")
    )
    found = vehicle(draft, "vehicle", draft.id("veh"))
    if owner:
        draft.entities.append(owner)
    if found:
        props = found["props"]
        if owner and isinstance(props, dict):
            props["owner"] = {"entity": "owner"}
        draft.entities.append(found)


def holdings(draft: Draft) -> None:
    """Make of each row a holder, the firm that is held, and the holding between them."""
    asset = _firm_id(draft)
    if not asset or not draft.row.template:
        draft.lacking += [] if draft.row.template else [draft.row.why]
        return
    role = "holder" if any(c.role == "holder" for c in draft.table.columns) else ""
    holder = _holder(draft, role)
    held = firm(draft, "", "firm", asset)
    if held:
        draft.entities.append(held)
    if holder is None:
        draft.lacking.append(_("who holds: no column names anyone"))
        return
    draft.entities += holder
    for item in holder:
        draft.edges.append(_holding(draft, item, asset, held))


def _holder(draft: Draft, role: str) -> list[Item] | None:
    """Return the holder of a row; a person and a firm where rows name now one, now the other."""
    table = draft.table
    named_role = role if table.find("name", role) or table.find("given", role) else ""
    human = person(draft, named_role, "holder", draft.id("soc"))
    corporate = firm(draft, "holder", "firm_holder", draft.id("soc"))
    kind = table.find("person_kind", None)
    if human and corporate:
        name = table.find("firm_name", "holder")
        given = table.find("given", named_role) or table.find("name", named_role)
        if name and given:
            human["when"] = {given.name: "*"}
            corporate["when"] = {name.name: "*", given.name: ""}
    elif human:
        one = table.find("name", named_role)
        numbers = table.find("rfc", role) or table.find("rfc")
        firms_too = bool(numbers) and table.profile(numbers).share("rfc_firm") > 0.02  # type: ignore[arg-type]
        if one and (kind or firms_too or table.profile(one).share("firm") > 0.02):
            # Whether a holder is a person or a firm is not told apart: what is true of both.
            human["schema"] = "LegalEntity"
            props = human["props"]
            if isinstance(props, dict):
                for name_of in ("birthDate", "gender", "position", "birthPlace"):
                    props.pop(name_of, None)
    found = [item for item in (human, corporate) if item]
    return found or None


def _holding(draft: Draft, holder: Item, asset: str, held: Item | None) -> Item:
    table = draft.table
    props: Item = {
        "owner": {"entity": holder["key"]},
        "asset": {"entity": "firm"} if held else {"ref": asset},
    }
    for field, prop in (("percent", "percentage"), ("percent_max", "percentageMax"),
                        ("shares", "sharesCount")):  # fmt: skip
        column = table.find(field, None)
        if column:
            props[prop] = number(draft, column, _("share held"))
    since = table.find("from_date") or table.find("start_date") or table.find("event_date")
    until = table.find("to_date")
    if since:
        props["startDate"] = {"column": draft.use(since, _("held from"))}
    if until:
        props["endDate"] = {"column": draft.use(until, _("held until"))}
    key = f"{holder['key']}_holds"
    item: Item = {"key": key, "schema": "Ownership", "id": draft.id("ten")}
    if "when" in holder:
        item["when"] = holder["when"]
    item["props"] = props
    return item


def officers(draft: Draft) -> None:
    """Make of each row a director, the firm, and the post between them."""
    asset = _firm_id(draft)
    if not asset or not draft.row.template:
        draft.lacking += [] if draft.row.template else [draft.row.why]
        return
    role = "director" if draft.table.find("name", "director") or draft.table.find(
        "given", "director"
    ) else ""  # fmt: skip
    found = person(draft, role, "director", draft.id("adm"))
    held = firm(draft, "", "firm", asset)
    if found is None:
        draft.lacking.append(_("a name: no column gives one"))
        return
    draft.entities += [item for item in (found, held) if item]
    props: Item = {
        "director": {"entity": "director"},
        "organization": {"entity": "firm"} if held else {"ref": asset},
    }
    post = draft.table.find("position", None) or draft.table.find("role", None)
    if post:
        props["role"] = draft.text(post, _("post"))
    since = draft.table.find("from_date") or draft.table.find("event_date")
    if since:
        props["startDate"] = {"column": draft.use(since, _("from"))}
    until = draft.table.find("to_date")
    if until:
        props["endDate"] = {"column": draft.use(until, _("until"))}
    draft.edges.append(
        {"key": "directs", "schema": "Directorship", "id": draft.id("dir"), "props": props}
    )
