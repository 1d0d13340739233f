"""Figures of a place and a month, and bulk records: plates read, calls, payments."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_people import day_of, firm, number, person
from puente.ingest.guess_shape import figures
from puente.ingest.guess_table import class_rank
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_draft import Draft, Item


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
    count, month = draft.table.find("count", None), _month(draft)
    if count is None or month is None:
        draft.lacking.append(_("a month and a count"))
        return
    times = [c for c in (draft.table.find("year"), draft.table.find("month")) if c]
    record = _record(draft, times)
    if record:
        draft.counts.append(
            {
                "place": draft.place.value,
                "month": month,
                "record": record,
                "count": {"column": draft.use(count, _("count"))},
            }
        )


def _records(draft: Draft) -> None:
    times = {c.name for c in draft.table.columns if c.field in {"year", "month"}}
    records = {
        fold(name).replace(" ", "_"): draft.use(name, _("count"))
        for name in figures(draft.table)
        if name not in times
    }
    draft.counts.append({"place": draft.place.value, "month": _month(draft), "records": records})


def _months(draft: Draft) -> None:
    year = draft.table.find("year")
    record = _record(draft, [year]) if year else ""
    if year is None or not record:
        draft.lacking += [] if year else [_("a year beside the months")]
        return
    for month, column in sorted(draft.table.months().items()):
        draft.counts.append(
            {
                "place": draft.place.value,
                "month": f"{draft.text(year, _('year'))}-{month:02d}",
                "record": record,
                "count": {"column": draft.use(column, _("count"))},
            }
        )


MOST_RECORDS = 400
"""Different texts in a column that says what is counted."""

MOST_CLASSES = 4
"""Columns that say together what is counted."""

FEW_TWICE = 0.01
"""Share of rows that may repeat a place, a month and a crime: slips, not another class."""


def _record(draft: Draft, times: Sequence[Column]) -> str:
    """Return the template of what is counted: as many classes as tell a place's figures apart.

    Two rows of one place, month and record would be two figures for one thing.
    """
    table = draft.table
    rank = {name: at for at, name in enumerate(table.classes)}
    found = [c for c in table.columns if c.name in rank or _may_class(draft, c)]
    found.sort(key=lambda c: (c.name not in rank, class_rank(c), rank.get(c.name, 0)))
    fixed = [c for c in table.columns if c.name in draft.place.columns or c in times]
    crimes = [c for c in found if c.field != "modality"]
    for size in range(1, min(len(found), MOST_CLASSES) + 1):
        for chosen in combinations(found, size):
            if crimes and not set(chosen) & set(crimes):
                continue  # "with violence" alone does not say of which crime
            twice = _twice([*fixed, *chosen], draft)
            if twice <= FEW_TWICE * len(draft.sample.rows):
                if twice:
                    note = _(
                        "{count} rows repeat a place, a month and a crime: of their figures the"
                        " highest counts"
                    )
                    draft.notes.append(note.format(count=twice))
                return _joined(chosen, draft)
    reason = _("what is counted: several rows have the same place and month and differ in nothing")
    draft.lacking.append(reason)
    return ""


def _may_class(draft: Draft, column: Column) -> bool:
    one = draft.table.profile(column)
    text = one.share("letters") >= 0.9 and not one.share("state") and len(one.values) > 1
    free = column.field in {"", "sex", "standing", "status", "violence"} and bool(column.name)
    return free and text and len(one.values) <= MOST_RECORDS


def _twice(columns: Sequence[Column], draft: Draft) -> int:
    """Return how many rows, copies not counted, share these columns with another."""
    at = [draft.table.columns.index(column) for column in columns]
    rows = set(draft.sample.rows)
    return len(rows) - len({tuple(row[n] for n in at) for row in rows})


def _joined(chosen: Sequence[Column], draft: Draft) -> str:
    # A point parts a crime from its kind: the sum over the kinds is the crime's.
    kinds = [c for c in chosen if c.field == "modality"]
    crimes = [c for c in chosen if c not in kinds] or kinds
    parts = ["_".join(draft.text(c, _("crime"), "slug") for c in crimes)]
    parts += [draft.text(c, _("crime"), "slug") for c in kinds if c not in crimes]
    return ".".join(parts)


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
        who = _party(draft, role)
        if column:
            account = _account(draft, role, column, who)
            item[end] = {"entity": account["key"]}
        elif who:
            item[end] = {"entity": who["key"]}
    amount, currency = draft.table.find("amount", None), draft.table.find("currency", None)
    if amount:
        value = number(draft, amount, _("amount"))
        item["amount"] = value
    if currency:
        item["unit"] = {"column": draft.use(currency, _("currency"))}
    elif amount:
        named = {_CURRENCIES[word] for word in fold(amount.name).split() if word in _CURRENCIES}
        if len(named) == 1:
            item["unit"] = {"value": named.pop()}


_CURRENCIES = {"mxn": "MXN", "pesos": "MXN", "usd": "USD", "dolares": "USD", "dollars": "USD"}


def _party(draft: Draft, role: str) -> Item | None:
    """Make the person or firm that pays or is paid; None where no column names one."""
    number_of = draft.table.find("rfc", role)
    entity_id = draft.id(role)
    if number_of and draft.filled(number_of):
        entity_id = f"{draft.name}-rfc-{{{number_of.name}|alnum}}"
    found = person(draft, role, role, entity_id) or firm(draft, role, role, entity_id)
    if found:
        draft.entities.append(found)
    return found


def _account(draft: Draft, role: str, column: Column, who: Item | None) -> Item:
    """Make the account that money goes from or to."""
    props: Item = {"accountNumber": draft.text(column, _("account"))}
    if who:
        props["holder"] = {"entity": who["key"]}
    item: Item = {
        "key": f"account_{role}",
        "schema": "BankAccount",
        "id": f"{draft.name}-cta-{{{column.name}|alnum}}",
        "when": {column.name: "*"},
        "props": props,
    }
    draft.entities.append(item)
    return item


MAKERS: dict[str, Callable[[Draft, Item], None]] = {
    "plate_read": _read_plate,
    "emergency_call": _emergency,
    "phone_call": _call,
    "payment": _payment,
}
