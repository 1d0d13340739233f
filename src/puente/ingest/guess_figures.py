"""Figures of a place and a month, and bulk records: plates read, calls, payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_people import day_of, number
from puente.ingest.guess_shape import figures
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.ingest.guess_draft import Draft
    from puente.ingest.guess_people import Item


def counts(draft: Draft) -> None:
    """Make figures of a place and a month of each row."""
    if draft.place.value is None:
        draft.lacking.append(draft.place.why)
        return
    for name in draft.place.columns:
        draft.use(name, _("place"))
    made = {"counts": _counts, "counts_by_record": _records, "counts_by_month": _months}
    made[draft.table.kind](draft)


def _month(draft: Draft) -> object:
    column, year = draft.table.find("month"), draft.table.find("year")
    if column and year and draft.table.profile(column).share("month") < 0.8:
        return {"year": draft.use(year, _("year")), "month": draft.use(column, _("month"))}
    return {"column": draft.use(column, _("month"))} if column else None


def _counts(draft: Draft) -> None:
    category, count = draft.table.find("category", None), draft.table.find("count", None)
    month = _month(draft)
    if category and count and month:
        draft.counts.append(
            {
                "place": draft.place.value,
                "month": month,
                "record": draft.text(category, _("crime"), "slug"),
                "count": {"column": draft.use(count, _("count"))},
            }
        )


def _records(draft: Draft) -> None:
    month = _month(draft)
    columns = figures(draft.table)
    known = {name for c in draft.table.columns if c.field in {"year", "month"} for name in [c.name]}
    records = {
        fold(name).replace(" ", "_"): draft.use(name, _("count"))
        for name in columns
        if name not in known
    }
    draft.counts.append({"place": draft.place.value, "month": month, "records": records})


def _months(draft: Draft) -> None:
    table = draft.table
    year, crime = table.find("year"), table.find("category", None)
    parts = [c for c in (crime, table.find("modality")) if c]
    if year is None or not parts:
        draft.lacking.append(_("a year and a crime beside the months"))
        return
    # Subtype and modality are one record each: their sum is the subtype's.
    record = ".".join(draft.text(c, _("crime"), "slug") for c in parts)
    for month, column in sorted(table.months().items()):
        draft.counts.append(
            {
                "place": draft.place.value,
                "month": f"{draft.text(year, _('year'))}-{month:02d}",
                "record": record,
                "count": {"column": draft.use(column, _("count"))},
            }
        )


# --- bulk events -------------------------------------------------------------------------------


def bulk(draft: Draft) -> None:
    """Make a bulk record of each row: a plate read, a call, a payment."""
    day = day_of(draft)
    if day is None or not draft.row.template:
        draft.lacking.append(draft.row.why if day else _("a day: no column gives one"))
        return
    at: Item = {"column": draft.use(day, _("day"))}
    clock = draft.table.find("time")
    if clock and draft.table.profile(day).share("day_and_time") < 0.5:
        at["time"] = draft.use(clock, _("time of day"))
    item: Item = {"id": draft.id("ev"), "kind": {"value": draft.table.kind}, "at": at}
    if draft.place.value is not None:
        item["place"] = draft.place.value
        for name in draft.place.columns:
            draft.use(name, _("place"))
    MAKERS[draft.table.kind](draft, item)
    latitude, longitude = draft.table.find("latitude"), draft.table.find("longitude")
    if latitude and longitude:
        item["latitude"] = {"column": draft.use(latitude, "latitude")}
        item["longitude"] = {"column": draft.use(longitude, "longitude")}
    order = draft.table.find("authority")
    if order:
        item["authority"] = {"column": draft.use(order, _("the judge's order"))}
    draft.events.append(item)


def _read_plate(draft: Draft, item: Item) -> None:
    plate = draft.table.find("plate", None)
    if plate is None:
        return
    text = draft.text(plate, _("plate read"))
    draft.entities.append(
        {
            "key": "vehicle",
            "schema": "Vehicle",
            "id": f"{draft.name}-placa-{{{plate.name}|hash}}",
            "when": {plate.name: "*"},
            "props": {"registrationNumber": text},
        }
    )
    item["from"] = {"entity": "vehicle"}
    _category(draft, item, ("camera", "direction", "lane"))


def _emergency(draft: Draft, item: Item) -> None:
    _category(draft, item, ("category",))
    priority = draft.table.find("priority")
    if priority and draft.table.profile(priority).share("number") > 0.95:
        item["amount"] = {"column": draft.use(priority, _("priority"))}
        item["unit"] = {"value": "prioridad"}


def _category(draft: Draft, item: Item, fields: tuple[str, ...]) -> None:
    parts = [column for field in fields for column in draft.table.all(field, None)]
    if parts:
        item["category"] = " ".join(draft.text(column, _("category")) for column in parts)


def _call(draft: Draft, item: Item) -> None:
    for name, end in (("number_from", "from"), ("number_to", "to")):
        column = draft.table.find(name, None)
        if column:
            draft.use(column, _("telephone"))
            item[end] = {"ref": f"{draft.name}-tel-{{{column.name}|digits}}"}
    length = draft.table.find("duration")
    if length and draft.table.profile(length).share("number") > 0.95:
        item["amount"] = {"column": draft.use(length, _("duration"))}
        item["unit"] = {"value": "s"}


def _payment(draft: Draft, item: Item) -> None:
    for name, role, end in (("account_from", "payer", "from"), ("account_to", "payee", "to")):
        column = draft.table.find(name, None) or draft.table.find("account", role)
        if column:
            draft.use(column, _("account"))
            item[end] = {"ref": f"{draft.name}-cta-{{{column.name}|alnum}}"}
    amount, currency = draft.table.find("amount", None), draft.table.find("currency", None)
    if amount:
        value = number(draft, amount, _("amount"))
        item["amount"] = value
    if currency:
        item["unit"] = {"column": draft.use(currency, _("currency"))}


MAKERS: dict[str, Callable[[Draft, Item], None]] = {
    "plate_read": _read_plate,
    "emergency_call": _emergency,
    "phone_call": _call,
    "payment": _payment,
}
