"""What a register states in a row: a person, a firm, a vehicle, a holding, a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_draft import FILLED
from puente.ingest.guess_people import (
    contacts_of_firm,
    day_of,
    firm,
    number,
    person,
    vehicle,
)
from puente.ingest.guess_standing import label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.ingest.guess_draft import Draft, Item


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
    label(draft, found)
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
    chief = person(draft, "director", "director", entity_id.replace("-emp-", "-rep-"))
    if chief:
        draft.entities.append(chief)
        ends = {"director": {"entity": "director"}, "organization": {"entity": "firm"}}
        own = entity_id.replace("-emp-", "-dir-")
        draft.edges.append({"key": "directs", "schema": "Directorship", "id": own, "props": ends})


def _firm_id(draft: Draft) -> str:
    """Return the id of a row's firm: by the number that other files of the register name it by."""
    table = draft.table
    numbers = [
        column
        for name in ("record_id", "registration", "rfc")
        for column in sorted(table.all(name, None), key=lambda c: -c.sure)
        if column.role in {"", "firm"} and draft.filled(column, FILLED)
    ]
    if table.kind != "firms":
        # What numbers the rows of a list of holders or officers numbers no firms.
        numbers = [column for column in numbers if (column.name,) != draft.row.columns]
    if numbers:
        return f"{draft.name}-emp-{{{draft.use(numbers[0], 'id')}|alnum}}"
    named = table.find("firm_name", None)
    if named and named.role in {"", "firm"} and draft.filled(named, FILLED):
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
    found = vehicle(draft, "vehicle", draft.id("veh"), owner="owner" if owner else "")
    draft.entities += [item for item in (owner, found) if item]


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
    _filed_holder(draft, asset, held)
    if held is None:
        draft.notes.append(_named_elsewhere(asset))


def _holder(draft: Draft, role: str) -> list[Item] | None:
    """Return the holder of a row; a person and a firm where rows name now one, now the other."""
    table = draft.table
    named_role = role if table.find("name", role) or table.find("given", role) else ""
    human = person(draft, named_role, "holder", draft.id("soc"))
    corporate = firm(draft, "holder", "firm_holder", draft.id("soc"))
    if human and corporate:
        name = table.find("firm_name", "holder")
        given = table.find("given", named_role) or table.find("name", named_role)
        if name and given:
            human["when"] = {given.name: "*"}
            corporate["when"] = {name.name: "*", given.name: ""}
    found = [item for item in (human, corporate) if item]
    return found or None


def _filed_holder(draft: Draft, asset: str, held: Item | None) -> None:
    """Add the holdings of firms that are named by their number in the same register."""
    table = draft.table
    number_of = next((c for c in table.all("record_id") if f"{{{c.name}|" in asset), None)
    if number_of is None:
        return
    forms = _forms(table.profile(number_of).values)
    numbers = [c for c in table.all("record_id", "holder") if not draft.filled(c, 0.9)]
    column = next((c for c in numbers if _forms(table.profile(c).values) <= forms), None)
    if column is None or not table.profile(column).filled:
        return
    for item in (*draft.entities, *draft.edges):
        if item["key"] in {"firm_holder", "firm_holder_holds"} and isinstance(item["when"], dict):
            item["when"][column.name] = ""
    owner = asset.replace(f"{{{number_of.name}|", f"{{{column.name}|")
    draft.use(column, _("firm that holds"))
    item = _holding(draft, {"key": "filed_firm", "when": {column.name: "*"}}, asset, held)
    item["props"] = {**_props(item), "owner": {"ref": owner}}
    draft.edges.append(item)


def _forms(values: Iterable[str]) -> set[str]:
    """Return the forms of texts: digits as 9, letters as A."""
    return {"".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in v) for v in values}


def _props(item: Item) -> Item:
    props = item["props"]
    return props if isinstance(props, dict) else {}


def _named_elsewhere(asset: str) -> str:
    return _("firms are named by their number alone, as {id}: a file that describes them must use"
             " the same ids").format(id=asset)  # fmt: skip


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
    since = table.find("from_date") or table.find("start_date")
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
    if held is None:
        draft.notes.append(_named_elsewhere(asset))
    post = draft.table.find("position", None) or draft.table.find("role", None)
    if post:
        props["role"] = draft.text(post, _("post"))
    since = draft.table.find("from_date") or draft.table.find("start_date")
    if since:
        props["startDate"] = {"column": draft.use(since, _("from"))}
    until = draft.table.find("to_date")
    if until:
        props["endDate"] = {"column": draft.use(until, _("until"))}
    draft.edges.append(
        {"key": "directs", "schema": "Directorship", "id": draft.id("dir"), "props": props}
    )
