"""What a row of a file is: an incident, a theft, a detention, a person, a firm, a count..."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.i18n import gettext as _
from puente.ingest.guess_columns import UNKNOWN_ROLE
from puente.ingest.guess_words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.ingest.guess_table import Table

KINDS = {
    "counts_by_month": N_("counts, one column a month"),
    "counts": N_("counts, one row a figure"),
    "counts_by_record": N_("counts, one column a crime"),
    "payment": N_("payments"),
    "phone_call": N_("telephone calls"),
    "plate_read": N_("number plates read"),
    "emergency_call": N_("emergency calls"),
    "shareholders": N_("holdings in firms"),
    "officers": N_("directors and managers of firms"),
    "theft": N_("reports of stolen vehicles"),
    "weapons": N_("firearms"),
    "seizure": N_("things secured"),
    "inspection": N_("inspections"),
    "detention": N_("detentions"),
    "incident": N_("crimes and incidents"),
    "firms": N_("firms"),
    "people": N_("people"),
    "vehicles": N_("vehicles"),
}
"""What a row may be, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a row is taken for, and why; no kind where nothing fits."""

    kind: str
    why: str

    @property
    def label(self) -> str:
        """Return the kind in words."""
        return _(KINDS[self.kind]) if self.kind else _("nothing that is known")


def shape_of(table: Table) -> Shape:
    """Return what a row of the table is: the first kind of which it has what makes one."""
    if "warrants" in table.hints and "detained" not in table.roles():
        return Shape(kind="", why=_("it speaks of warrants, and a warrant is no event of a place"))
    for kind, test in _TESTS:
        why = test(table)
        if why:
            return Shape(kind=kind, why=why)
    return Shape(kind="", why=_("no known mixture of columns"))


def figures(table: Table) -> list[str]:
    """Return the columns that are taken for nothing and hold counts alone."""
    months = {c.name for c in table.months().values()}
    found = [
        c.name
        for c, one in zip(table.columns, table.profiles, strict=True)
        if c.name
        and c.name not in months
        and c.field in {"", "vehicle_type", "category", "count"}
        and one.filled
        and one.share("count") >= 0.95
        and one.share("year") < 0.95
    ]
    # A total beside its parts would count everything twice.
    parts = [name for name in found if "total" not in words_of(name)]
    return parts if len(parts) > 1 else found


def _counts_by_month(table: Table) -> str:
    if len(table.months()) >= 10 and table.has("year"):
        return _("{count} columns are called after months").format(count=len(table.months()))
    return ""


def _timed(table: Table) -> bool:
    column = table.find("month")
    whole = column is not None and table.profile(column).share("month") >= 0.8
    return whole or (table.has("year") and table.has("month"))


def _placed(table: Table) -> bool:
    return table.has("cvegeo", "municipality_code", "municipality", "state_code", "state")


def _counts(table: Table) -> str:
    if _timed(table) and _placed(table) and table.has("count") and table.classes:
        return _("it has a place, a month, a crime and a count")
    return ""


def _counts_by_record(table: Table) -> str:
    single = table.has("name", "given", "curp", "record_id", "time", "latitude", "event_date")
    if _timed(table) and _placed(table) and figures(table) and not single:
        return _("it has a place and a month, and columns of figures")
    return ""


def _payment(table: Table) -> str:
    ends = table.has("account_from", "account_to") or {"payer", "payee"} & table.roles()
    return _("it has an amount and who paid whom") if ends and table.has("amount") else ""


def _phone_call(table: Table) -> str:
    both = table.has("number_from") and table.has("number_to")
    return _("it has two telephone numbers, of who called and who was called") if both else ""


def _dated(table: Table) -> bool:
    undecided = len(table.all("date", UNKNOWN_ROLE)) == 1
    return table.has("event_date", "record_date", "start_date") or undecided


def _plate_read(table: Table) -> str:
    seen = table.has("camera") or (table.has("latitude") and "reads" in table.hints)
    plain = not table.has("make", "name", "given", "category")
    if table.has("plate") and _dated(table) and seen and plain:
        return _("it has a plate, a time and a camera")
    return ""


def _emergency_call(table: Table) -> str:
    called = "calls" in table.hints or table.has("priority")
    if called and table.has("category") and _dated(table) and not table.has("curp", "given"):
        return _("it speaks of calls, with a time and a motive")
    return ""


def _shareholders(table: Table) -> str:
    held = table.has("percent", "shares") or "holder" in table.roles()
    owner = "holder" in table.roles() or table.has("given", "name", "paternal")
    asset = table.has("firm_name", "record_id", "registration")
    return _("it has holders and what they hold") if held and owner and asset else ""


def _officers(table: Table) -> str:
    named = "director" in table.roles() or (
        table.has("position") and table.has("given", "name") and "officers" in table.hints
    )
    firm = table.has("firm_name", "record_id", "registration")
    register = table.has("incorporation_date", "sector") and not table.has("position")
    if named and firm and not register and not _crime(table):
        return _("it has people with a post in a firm")
    return ""


def _crime(table: Table) -> bool:
    return table.has("category", "violence") or bool(
        {"victim", "suspect", "detained"} & table.roles()
    )


def _theft(table: Table) -> str:
    stolen = "theft" in table.hints or "complainant" in table.roles()
    if not stolen:
        for column in table.all("category", None):
            values = table.profile(column).values
            thefts = sum(n for text, n in values.items() if "robo" in text.lower())
            stolen = thefts >= 0.9 * max(values.total(), 1)
    if table.has("plate", "vin") and stolen and _dated(table) and not table.has("caliber", "goods"):
        return _("it has vehicles, a date and speaks of theft")
    return ""


def _weapons(table: Table) -> str:
    armed = table.has("caliber") and (table.find("serial", None) or table.find("make", "weapon"))
    return _("it has calibres and what tells one weapon from another") if armed else ""


def _seizure(table: Table) -> str:
    taken = table.has("goods") and (table.has("quantity") or "seizure" in table.hints)
    return _("it has goods and how much of them") if taken and _dated(table) else ""


def _inspection(table: Table) -> str:
    looked = table.has("port") or "inspection" in table.hints
    if looked and table.has("plate", "vin") and table.has("given", "name", "surnames"):
        return _("it has a port, a vehicle and a person")
    return ""


def _detention(table: Table) -> str:
    held = "detained" in table.roles() or "detention" in table.hints
    named = table.has("name", "given", "surnames", "curp")
    return _("it speaks of people detained") if held and named and _dated(table) else ""


def _incident(table: Table) -> str:
    return _("it has a crime and a date") if table.has("category") and _dated(table) else ""


def _firms(table: Table) -> str:
    more = table.has("rfc", "incorporation_date", "registration", "sector", "address", "legal_form")
    return _("it has firms and what is known of them") if table.has("firm_name") and more else ""


def _people(table: Table) -> str:
    named = table.has("name", "given", "surnames", "curp")
    return _("it has people and nothing that happened") if named else ""


def _vehicles(table: Table) -> str:
    return _("it has vehicles and nothing that happened") if table.has("plate", "vin") else ""


_TESTS: tuple[tuple[str, Callable[[Table], str]], ...] = (
    ("counts_by_month", _counts_by_month),
    ("counts", _counts),
    ("counts_by_record", _counts_by_record),
    ("payment", _payment),
    ("phone_call", _phone_call),
    ("plate_read", _plate_read),
    ("shareholders", _shareholders),
    ("officers", _officers),
    ("theft", _theft),
    ("weapons", _weapons),
    ("seizure", _seizure),
    ("inspection", _inspection),
    ("detention", _detention),
    ("emergency_call", _emergency_call),
    ("incident", _incident),
    ("firms", _firms),
    ("people", _people),
    ("vehicles", _vehicles),
)
