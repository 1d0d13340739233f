"""What is written into the register: the fields of each kind of entry, and how they are read.

One description for the command, the spreadsheet and the page.

Source: 31 CFR 501.603(b)(1)(ii) and (2) (what a report of blocked property holds), 501.604(b)
    (rejected transactions), 501.801 (licences); 8 USC 1182(a)(2)(C) (visa referral).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.model.countries import country_code
from puente.model.dates import parse_date
from puente.model.text import clean_text
from puente.model.values import parse_number

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCKED, SEIZED, FORFEITED = "blocked", "seized", "forfeited"
MEASURES: Mapping[str, str] = {
    BLOCKED: N_("blocked: the owner keeps title, nobody may deal in it"),
    SEIZED: N_("seized: taken into custody, title not decided"),
    FORFEITED: N_("forfeited: title has passed to the state"),
}
"""Three states of property that are never added up together.

Source: 31 CFR 598.301 and 598.309 (blocked account and property); 18 USC 981 (seizure, forfeiture).
"""
IN_US, US_PERSON, NO_NEXUS = "in_us", "us_person", "none"
NEXUS: Mapping[str, str] = {
    IN_US: N_("in the United States"),
    US_PERSON: N_("held or controlled by a United States person"),
    NO_NEXUS: N_("none: blocked under the law of another country"),
}
"""What ties property or a transaction to the United States; without it no report to OFAC is due.

Source: 50 USC 1702(a)(1)(B); 21 USC 1904(b).
"""
SORTS: Mapping[str, str] = {
    "account": N_("account"), "cash": N_("cash"), "security": N_("security"),
    "crypto": N_("virtual currency"), "land": N_("land or building"), "vehicle": N_("vehicle"),
    "vessel": N_("vessel"), "aircraft": N_("aircraft"), "firm": N_("interest in a firm"),
    "other": N_("other property"),
}  # fmt: skip
LISTED, OWNED = "listed", "owned"
BASES: Mapping[str, str] = {
    LISTED: N_("the owner is on a list"),
    OWNED: N_("the owner is owned to 50 percent or more by the listed"),
}
LICENCE_KINDS: Mapping[str, str] = {"general": N_("general"), "specific": N_("specific")}
REPORTS: Mapping[str, str] = {
    "blocking": N_("report of blocked property"),
    "annual": N_("annual report of blocked property"),
    "reject": N_("report of a rejected transaction"),
}
RELEASES: Mapping[str, str] = {
    "licence": N_("under a licence"), "delisting": N_("the owner is no longer listed"),
    "court": N_("by order of a court"), "error": N_("it was blocked in error"),
}  # fmt: skip
TRAFFICKER, FAMILY = "trafficker", "family"
GROUNDS: Mapping[str, str] = {
    TRAFFICKER: N_("trafficker in controlled substances"),
    FAMILY: N_("spouse, son or daughter who benefited within five years"),
}
"""Source: 8 USC 1182(a)(2)(C)(i) and (ii)."""
RELATIONS: Mapping[str, str] = {"spouse": N_("spouse"), "child": N_("son or daughter")}
RESULTS: Mapping[str, str] = {
    "refused": N_("visa refused"), "issued": N_("visa issued"), "none": N_("no application"),
}  # fmt: skip

PROPERTY, REJECTED, LICENCE, REFERRAL = "property", "rejected", "licence", "referral"
ITEMS: Mapping[str, str] = {
    PROPERTY: N_("property"),
    REJECTED: N_("rejected transaction"),
    LICENCE: N_("licence"),
    REFERRAL: N_("visa referral"),
}
"""Kinds of items, with their labels."""
PREFIX: Mapping[str, str] = {PROPERTY: "P", REJECTED: "R", LICENCE: "L", REFERRAL: "V"}

TEXT, LONG, DAY, MONEY, CODE, CHOICE, TAGS, COUNTRY, YEAR = (
    "text", "long", "day", "money", "code", "choice", "tags", "country", "year",
)  # fmt: skip
MOST_TEXT, MOST_LONG = 300, 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an entry.

    Attributes:
        label, hint: msgids.
        kind: how it is read: text, long text, day, money, currency code, choice, tags (parted by
            `;`), country or year.
        options: of a choice, values with their labels.

    Source: see the module.
    """

    name: str
    label: str
    kind: str = TEXT
    required: bool = False
    options: Mapping[str, str] | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One kind of entry.

    Attributes:
        title: msgid.
        opens: kind of the item that it opens; "" where it is added to one.
        on: kinds of the items that it may be added to.
        second: whether it counts only once a second person has agreed.

    Source: see the module.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    opens: str = ""
    on: tuple[str, ...] = ()
    second: bool = False


def _f(name: str, label: str, kind: str = TEXT, hint: str = "", **options: str) -> Field:
    return Field(name=name, label=label, kind=kind, required=True, options=options or None,
                 hint=hint)  # fmt: skip


def _o(name: str, label: str, kind: str = TEXT, hint: str = "", **options: str) -> Field:
    return Field(name=name, label=label, kind=kind, options=options or None, hint=hint)


_ENTRY = _o("entry", N_("Id of the listed entry"), hint=N_("for example ofac-21024"))
_TAGS = _o("programs", N_("Program tags"), TAGS, N_("as published, parted by ;"))
_NEXUS = _f("nexus", N_("Tie to the United States"), CHOICE, **NEXUS)
_REASONS = _f("reasons", N_("Reasons"), LONG)
_DAY = _f("day", N_("Day"), DAY)

FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            name=PROPERTY, title=N_("Property was blocked"), opens=PROPERTY,
            fields=(
                _f("day", N_("Day on which it became so"), DAY),
                _f("measure", N_("What was done"), CHOICE, **MEASURES),
                _f("sort", N_("Kind of property"), CHOICE, **SORTS),
                _f("description", N_("Description"), LONG, N_("what it is, with its numbers")),
                _f("holder", N_("Who holds it"), TEXT, N_("name and address")),
                _f("place", N_("Where it is")),
                _f("owner", N_("Whose it is")),
                _f("basis", N_("Why it is blocked"), CHOICE, **BASES),
                _ENTRY, _TAGS,
                _f("authority", N_("Legal authority"), TEXT, N_("law, order or regulation")),
                _NEXUS,
                _o("value", N_("Value on that day"), MONEY, N_("left empty where not known")),
                _o("currency", N_("Currency"), CODE, N_("three letters, for example USD")),
                _o("alert", N_("Decided on alert"), TEXT, N_("id of the alert")),
            ),
        ),
        Form(
            name=REJECTED, title=N_("A transaction was rejected"), opens=REJECTED,
            fields=(
                _f("day", N_("Day of the rejection"), DAY),
                _f("description", N_("Description"), LONG),
                _f("payer", N_("From whom")), _f("payee", N_("To whom")),
                _ENTRY, _TAGS,
                _f("authority", N_("Legal authority"), TEXT, N_("law, order or regulation")),
                _NEXUS,
                _f("value", N_("Amount"), MONEY), _f("currency", N_("Currency"), CODE),
                _f("reasons", N_("Why it is forbidden, and not blocked"), LONG),
            ),
        ),
        Form(
            name=LICENCE, title=N_("A licence is on file"), opens=LICENCE,
            fields=(
                _f("number", N_("Number")), _f("sort", N_("Kind"), CHOICE, **LICENCE_KINDS),
                _f("issuer", N_("Issued by")), _f("day", N_("In force from"), DAY),
                _o("expires", N_("Last day"), DAY, N_("left empty where it has none")),
                _TAGS, _f("terms", N_("What it allows, and on which terms"), LONG),
                _o("value", N_("At most"), MONEY), _o("currency", N_("Currency"), CODE),
            ),
        ),
        Form(
            name=REFERRAL, title=N_("A person is referred to the consular section"),
            opens=REFERRAL, second=True,
            fields=(
                _f("day", N_("Day"), DAY), _f("case", N_("Case number")),
                _f("name", N_("Person"), TEXT, N_("one person a referral")),
                _f("birth_date", N_("Date of birth"), TEXT, N_("a minor is never referred")),
                _f("nationality", N_("Nationality"), COUNTRY),
                _f("ground", N_("Ground"), CHOICE, **GROUNDS),
                _f("post", N_("Consular section")),
                _f("source", N_("Source of the information")),
                _f("grade", N_("Grade"), TEXT, N_("A1 to F6")),
                _f("facts", N_("Facts that give reason to believe it"), LONG),
                _o("principal", N_("Referral of the trafficker"), TEXT, N_("family ground only")),
                _o("relation", N_("Relation"), CHOICE, N_("family ground only"), **RELATIONS),
                _o("benefit_day", N_("Last day of the benefit"), DAY, N_("family ground only")),
                _o("benefit", N_("Which benefit, from which activity"), LONG,
                   N_("family ground only")),
                _o("knew", N_("What shows that the person knew, or should have"), LONG,
                   N_("family ground only")),
            ),
        ),
        Form(
            name="valued", title=N_("It was valued"), on=(PROPERTY,),
            fields=(_DAY, _f("value", N_("Value"), MONEY), _f("currency", N_("Currency"), CODE)),
        ),
        Form(
            name="measured", title=N_("It was seized or forfeited"), on=(PROPERTY,),
            fields=(_DAY, _f("measure", N_("What was done"), CHOICE, **MEASURES),
                    _f("authority", N_("Legal authority"))),
        ),
        Form(
            name="licensed", title=N_("A licence was used"), on=(PROPERTY,),
            fields=(_DAY, _f("licence", N_("Licence on file"), TEXT, N_("for example L-2026-0001")),
                    _f("what", N_("For what"), LONG)),
        ),
        Form(
            name="released", title=N_("It was unblocked"), on=(PROPERTY,), second=True,
            fields=(_DAY, _f("under", N_("On what ground"), CHOICE, **RELEASES),
                    _o("licence", N_("Licence on file")),
                    _o("value", N_("How much of it"), MONEY, N_("left empty where all of it")),
                    _o("currency", N_("Currency"), CODE), _REASONS),
        ),
        Form(
            name="reported", title=N_("A report was filed"), on=(PROPERTY, REJECTED),
            fields=(_DAY, _f("report", N_("Report"), CHOICE, **REPORTS),
                    _o("year", N_("Year"), YEAR, N_("of an annual report")),
                    _f("reference", N_("Reference of the filing"))),
        ),
        Form(
            name="answered", title=N_("The consular section answered"), on=(REFERRAL,),
            fields=(_DAY, _f("result", N_("Answer"), CHOICE, **RESULTS)),
        ),
        Form(
            name="withdrawn", title=N_("The entry was a mistake"), on=tuple(ITEMS), second=True,
            fields=(_REASONS, _o("instead", N_("What stands in its place"))),
        ),
    )
}  # fmt: skip
"""Every kind of entry by name, those that open an item first."""


def read_form(form: Form, given: Mapping[str, str], today: date) -> dict[str, str]:
    """Return the fields of an entry as they are kept; those that were left empty are not in it.

    Args:
        given: texts by field.
        today: no entry tells of a later day.

    Source: see the module.

    Raises: InvalidData: a field that is missing, unknown or cannot be read.
    """
    known = {field.name: field for field in form.fields}
    unknown = sorted(name for name, text in given.items() if name not in known and text.strip())
    if unknown:
        message = _("{name!r} is no field of {form}; its fields: {known}")
        raise InvalidData(message.format(name=unknown[0], form=form.name, known=", ".join(known)))
    found: dict[str, str] = {}
    for field in form.fields:
        text = given.get(field.name, "").strip()
        if not text:
            if field.required:
                raise InvalidData(_("{label} is missing ({name})").format(
                    label=_(field.label), name=field.name))  # fmt: skip
            continue
        try:
            found[field.name] = _read(field, text)
        except InvalidData as error:
            message = _("{label} ({name}): {reason}")
            raise InvalidData(
                message.format(label=_(field.label), name=field.name, reason=error.reason)
            ) from None
    if found.get("day", "") > today.isoformat() and form.name != LICENCE:
        raise InvalidData(_("the day lies ahead: {day}").format(day=found["day"]))
    if ("value" in found) != ("currency" in found):
        raise InvalidData(_("an amount has a currency, and a currency an amount"))
    return found


def _read(field: Field, text: str) -> str:
    if field.kind == DAY:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise InvalidData(_("{text!r} is no day; write YYYY-MM-DD").format(text=text)) from None
    if field.kind == MONEY:
        return _amount(text)
    if field.kind == CODE:
        return _currency(text.upper())
    if field.kind == CHOICE:
        if text not in (field.options or {}):
            message = _("{text!r} is none of {known}")
            raise InvalidData(message.format(text=text, known=", ".join(field.options or {})))
        return text
    if field.kind == TAGS:
        return "; ".join(dict.fromkeys(t.strip() for t in text.split(";") if t.strip()))
    if field.kind == COUNTRY:
        return country_code(text)
    if field.kind == YEAR:
        if not (text.isascii() and text.isdecimal() and len(text) == len("2026")):
            raise InvalidData(_("{text!r} is no year").format(text=text))
        return text
    if field.name == "birth_date":
        return parse_date(text).iso
    return _text(text, MOST_LONG if field.kind == LONG else MOST_TEXT)


def _amount(text: str) -> str:
    amount = parse_number(text)
    if amount < 0 or amount >= Decimal(10) ** 18:
        raise InvalidData(_("an amount is not less than nothing, and has at most 18 figures"))
    return f"{amount:f}"


def _currency(code: str) -> str:
    if not (len(code) == len("USD") and code.isascii() and code.isalpha()):
        raise InvalidData(_("a currency is three letters, for example USD"))
    return code


def _text(text: str, most: int) -> str:
    held = clean_text(text)
    if len(held) > most:
        raise InvalidData(_("longer than {most} characters").format(most=most))
    return held
