"""What happened in a row: an event with the people, firms and things that took part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_people import (
    day_of,
    firm,
    number,
    person,
    vehicle,
    weapon,
)
from puente.ingest.guess_standing import NON_SUSPECT, label, says_who
from puente.model.text import fold

if TYPE_CHECKING:
    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_draft import Draft, Item

PEOPLE_OF = {
    "incident": (("victim", "victim"), ("suspect", "suspect"), ("complainant", "involved")),
    "theft": (("complainant", "complainant"), ("victim", "complainant"), ("owner", "involved")),
    "detention": (("detained", "detained"), ("suspect", "detained")),
    "seizure": (("possessor", "holder"), ("suspect", "holder"), ("detained", "holder")),
    "weapons": (("possessor", "involved"), ("detained", "involved"), ("purchaser", "purchaser")),
    "inspection": (("driver", "driver"), ("passenger", "involved")),
}
"""Roles of people in an event of a kind, and the property that names each."""

MAIN_ROLE = {"theft": "complainant", "detention": "detained", "inspection": "driver"}
"""Role of the people whom the columns of an event name without saying whose they are."""

COUNTED = frozenset({"incident", "theft", "seizure", "weapons"})
"""Kinds of which places count how many there were, each row being one."""

SCHEMA_OF = {
    "incident": "Incident",
    "theft": "TheftReport",
    "detention": "Detention",
    "seizure": "Seizure",
    "weapons": "Seizure",
    "inspection": "Inspection",
}


def event(draft: Draft) -> None:
    """Make an event of a row, with the people, vehicles and things that took part in it."""
    kind = draft.table.kind
    day = day_of(draft)
    if day is None:
        draft.lacking.append(_("a day: no column gives one"))
        return
    if day.field in {"record_date", "start_date"}:
        draft.notes.append(_("the day is that of the record: no column gives the day of the event"))
    if not draft.row.template:
        draft.lacking.append(draft.row.why)
        return
    draft.day = draft.use(day, _("day"))
    props: Item = {}
    _take_part(draft, kind, props)
    _things(draft, kind, props)
    schema = "FirearmTrace" if "purchaser" in props else SCHEMA_OF[kind]
    _described(draft, schema, props, day)
    number = _number_of(draft)
    own = f"{draft.name}-evt-{{{number}}}" if number else draft.id("evt")
    draft.entities.append({"key": "event", "schema": schema, "id": own, "props": props})
    _incident_row(draft, day)


def _number_of(draft: Draft) -> str:
    """Return the column that numbers the events, where several rows can speak of one; else ""."""
    if draft.row.repeats or draft.table.kind in COUNTED:
        return draft.row.repeats
    return draft.row.group


def _take_part(draft: Draft, kind: str, props: Item) -> None:
    for role, prop in PEOPLE_OF[kind]:
        _one_part(draft, role, prop, props)
    main = MAIN_ROLE.get(kind)
    unsaid = any(draft.table.find(name) for name in ("name", "given", "surnames", "curp"))
    if not unsaid:
        return
    if main and not any(item["key"] == main for item in draft.entities):
        found = person(draft, "", main, draft.id(main[:3]), minor_on=_minor_on(draft, main))
        if found:
            if main == "complainant":
                found["standing"] = NON_SUSPECT
                found.pop("minor", None)
            else:
                label(draft, found)
            draft.entities.append(found)
            _point(props, dict(PEOPLE_OF[kind])[main], main)
    elif not main:
        _by_standing(draft, props)


def _minor_on(draft: Draft, role: str) -> str:
    return draft.day if role in {"detained", "suspect", "possessor", "driver", "person"} else ""


def _one_part(draft: Draft, role: str, prop: str, props: Item) -> None:
    found = person(draft, role, role, draft.id(role[:3]), minor_on=_minor_on(draft, role))
    if found is None:
        found = firm(draft, role, role, draft.id(role[:3]))
    if found is None:
        return
    if role == "owner":
        # Whose car it is says nothing of who did anything: as a victim or a mere owner.
        found["standing"] = NON_SUSPECT
    draft.entities.append(found)
    _point(props, prop, role)


def _by_standing(draft: Draft, props: Item) -> None:
    """Make people of whom a column says what they are; leave out those of whom none does."""
    column = draft.table.find("standing", None)
    if column is None or not says_who(draft, column):
        draft.notes.append(
            _("names stand in the rows, and nothing says whether of victims or of suspects")
        )
        return
    found = person(draft, "", "person", draft.id("per"), minor_on=_minor_on(draft, "person"))
    if found is None:
        return
    label(draft, found)
    draft.entities.append(found)
    _point(props, "involved", "person")


def _point(props: Item, prop: str, key: str) -> None:
    value = {"entity": key}
    held = props.get(prop)
    if held is None:
        props[prop] = value
    else:
        props[prop] = [*(held if isinstance(held, list) else [held]), value]


def _things(draft: Draft, kind: str, props: Item) -> None:
    if kind == "weapons":
        armed = weapon(draft, "weapon", draft.id("arm"))
        if armed:
            draft.entities.append(armed)
            _point(props, "involved", "weapon")
        return
    owner = _owner(draft) if kind not in {"theft", "incident"} else ""
    driven = vehicle(draft, "vehicle", draft.id("veh"), owner=owner)
    if driven:
        draft.entities.append(driven)
        named = kind in {"theft", "seizure", "inspection"}
        _point(props, "vehicle" if named else "involved", "vehicle")
    owned = firm(draft, "", "firm", draft.id("emp"))
    if owned:
        draft.entities.append(owned)
        _point(props, "holder" if kind == "seizure" else "involved", "firm")


def _owner(draft: Draft) -> str:
    """Make the owner of a row's vehicle; return its key, "" where no column names one."""
    if draft.table.find("plate", None) is None:
        return ""
    found = person(draft, "owner", "owner", draft.id("own")) or firm(
        draft, "owner", "owner", draft.id("own")
    )
    if found is None:
        return ""
    draft.entities.append(found)
    return "owner"


_DESCRIBED = {
    "Incident": (("category", "category"),),
    "TheftReport": (("category", "category"), ("violence", "violence"), ("modality", "violence")),
    "Detention": (("category", "offence"),),
    "Seizure": (("goods", "goods"), ("unit", "unit"), ("category", "category")),
    "Inspection": (("port", "port"), ("direction", "direction"), ("outcome", "outcome")),
    "FirearmTrace": (("serial", "serialNumber"), ("status", "summary")),
}


def _described(draft: Draft, schema: str, props: Item, day: Column) -> None:
    table = draft.table
    for field, prop in _DESCRIBED[schema]:
        column = table.find(field, None)
        if column and prop not in props and column.role in {"", "weapon"}:
            props[prop] = draft.text(column, prop)
    quantity = table.find("quantity")
    if schema == "Seizure" and quantity:
        props["quantity"] = number(draft, quantity, "quantity")
    props["date"] = {"column": day.name, "required": True}
    if draft.place.value is not None:
        props["place"] = draft.place.value
        for name in draft.place.columns:
            draft.use(name, _("place"))
    spots = [c for f in ("location", "street", "colonia", "locality") for c in table.all(f)]
    if not table.find("name") and not table.find("given"):
        spots += table.all("address")
    if spots and "location" not in props:
        props["location"] = ", ".join(draft.text(c, "location") for c in dict.fromkeys(spots))
    record = next((c for c in draft.row.columns if table_field(draft, c) == "record_id"), "")
    record = _number_of(draft) or record
    if record:
        props["recordId"] = f"{{{draft.use(record, 'recordId')}}}"


def table_field(draft: Draft, name: str) -> str:
    """Return what a column is taken for."""
    return next((c.field for c in draft.table.columns if c.name == name), "")


_CATEGORY = {"theft": "robo_vehiculo", "seizure": "aseguramientos", "weapons": "armas_aseguradas"}


def _incident_row(draft: Draft, day: Column) -> None:
    """Add the row by which a place and month are counted, where each row is one event."""
    kind, table = draft.table.kind, draft.table
    if kind not in COUNTED:
        return
    if draft.row.repeats:
        reason = _("{column} stands in several rows: its events are not counted by place")
        draft.notes.append(reason.format(column=draft.row.repeats))
        return
    if draft.place.value is None or not draft.place.municipal:
        draft.notes.append(_("not counted by place: {why}").format(why=draft.place.why))
        return
    category = table.find("category")
    fixed = _CATEGORY.get(kind)
    item: Item = {
        "id": draft.id("evt"),
        "date": {"column": day.name},
        "place": draft.place.value,
        "category": {"value": fixed} if fixed else draft.text(category, _("crime"), "slug")
        if category else {"value": "delito"},
        "entity": "event",
    }  # fmt: skip
    violent = table.find("violence") or table.find("modality")
    mapped = _violent(draft, violent) if violent else {}
    if violent and mapped:
        item["violent"] = {"column": draft.use(violent, _("violent or not")), "map": mapped}
    draft.incidents.append(item)


def _violent(draft: Draft, column: Column) -> dict[str, bool]:
    """Return which texts of a column say that there was violence; none where one says neither."""
    mapped: dict[str, bool] = {}
    for text in draft.table.profile(column).values:
        folded = fold(text)
        if folded in {"si", "yes", "true", "1", "s", "y", "con", "verdadero"} or folded.startswith(
            ("con violencia", "violent", "with violence")
        ):
            mapped[text] = True
        elif folded in {"no", "false", "0", "n", "sin", "falso"} or folded.startswith(
            ("sin violencia", "non violent", "without violence", "no violent")
        ):
            mapped[text] = False
        else:
            return {}
    return dict(sorted(mapped.items()))
