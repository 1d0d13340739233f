"""People, firms, vehicles and weapons of a row, as items of the mapping language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.guess_columns import UNKNOWN_ROLE
from puente.ingest.guess_standing import NON_SUSPECT
from puente.model.countries import country_code
from puente.model.schema import get_schema
from puente.model.text import fold
from puente.model.values import parse_gender, parse_phone, parse_value

if TYPE_CHECKING:
    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_draft import Draft, Item

SHIELDED = frozenset({"victim", "witness", "complainant", "relative", "counsel"})
"""Roles under which nobody is a suspect. Source: 28 CFR 23.20; the house's safeguards."""

EVENTS = frozenset({"incident", "theft", "detention", "seizure", "weapons", "inspection"})
"""Kinds of row that happen somewhere, on a day."""

NAMES = ("name", "given", "paternal", "maternal", "surnames")

_VEHICLE = (
    ("plate", "registrationNumber"), ("vin", "vin"), ("make", "make"), ("model", "model"),
    ("color", "color"), ("vehicle_type", "type"),
)  # fmt: skip

FEW_FIRMS = 0.02
"""Share of names that may look like a firm's while the column is still one of people."""

_OF_BOTH = frozenset(get_schema("LegalEntity").props)


def person(draft: Draft, role: str, key: str, entity_id: str, *, minor_on: str = "") -> Item | None:
    """Return the entity of a person of a role, None where no column names one.

    Args:
        role: role of the columns; "" for those of no role.
        key: key of the entity.
        entity_id: template of its id.
        minor_on: column of the day on which minors are told by their age; "" for nobody.
    """
    names = _names(draft, role)
    if not names and not draft.table.find("curp", role):
        return None
    props: Item = {**names}
    _birth_and_sex(draft, role, props)
    for field, prop in (("curp", "curpCode"), ("rfc", "rfcCode"), ("passport", "passportNumber"),
                        ("ine", "idNumber"), ("occupation", "position"),
                        ("birth_place", "birthPlace")):  # fmt: skip
        column = draft.table.find(field, role)
        if column:
            props[prop] = draft.text(column, f"{_of(role)}: {prop}")
    _contacts(draft, role, props)
    _countries(draft, role, props)
    _home(draft, role, props)
    if _mixed(draft, role):
        # Whether each is a person or a firm is not told: what is true of both is kept.
        props = {name: value for name, value in props.items() if name in _OF_BOTH}
    schema = "LegalEntity" if _mixed(draft, role) else "Person"
    item: Item = {"key": key, "schema": schema, "id": entity_id}
    _when(draft, role, item)
    if role in SHIELDED:
        item["standing"] = NON_SUSPECT
    elif minor_on and schema == "Person":
        _minor(draft, role, item, minor_on)
    item["props"] = props
    return item


def _mixed(draft: Draft, role: str) -> bool:
    """Return True if the names of a role are now of people, now of firms."""
    table = draft.table
    name, numbers = table.find("name", role), table.find("rfc", role)
    if name is None:
        return False
    firms = table.profile(name).share("firm")
    firms = max(firms, table.profile(numbers).share("rfc_firm") if numbers else 0.0)
    return firms > FEW_FIRMS or (role == "holder" and bool(table.find("person_kind", None)))


def _of(role: str) -> str:
    return role or _("person")


def _names(draft: Draft, role: str) -> Item:
    table = draft.table
    held = {field: table.find(field, role) for field in NAMES}
    whole, given, surnames = held["name"], held["given"], held["surnames"]
    what = _of(role)
    if whole and not given:
        return {"name": draft.text(whole, f"{what}: name")}
    parts = [
        (held[field], prop)
        for field, prop in (("given", "firstName"), ("paternal", "fatherName"),
                            ("maternal", "motherName"))
        if held[field]
    ]  # fmt: skip
    if surnames and not held["paternal"]:
        parts = [pair for pair in ((given, "firstName"), (surnames, "lastName")) if pair[0]]
    if not parts or not (given or surnames or held["paternal"]):
        return {}
    props: Item = {"name": " ".join(f"{{{column.name}}}" for column, _prop in parts if column)}
    for column, prop in parts:
        if column:
            props[prop] = draft.text(column, f"{what}: {prop}")
    return props


def _when(draft: Draft, role: str, item: Item) -> None:
    """Make the entity only where the row names someone."""
    naming = [draft.table.find(field, role) for field in ("name", "given", "paternal", "surnames")]
    first = next((column for column in naming if column), None)
    if first and not draft.filled(first):
        item["when"] = {first.name: "*"}


def _birth_and_sex(draft: Draft, role: str, props: Item) -> None:
    born = draft.table.find("birth_date", role)
    if born:
        props["birthDate"] = {"column": draft.use(born, f"{_of(role)}: birthDate")}
    sex = draft.table.find("sex", role)
    if sex is None:
        return
    mapped, reason = _sexes(draft, sex)
    if reason:
        draft.notes.append(reason)
        return
    value: Item = {"column": draft.use(sex, f"{_of(role)}: gender")}
    if mapped:
        value["map"] = mapped
    props["gender"] = value


def _sexes(draft: Draft, column: Column) -> tuple[dict[str, str], str]:
    """Return what each text of a column of sexes means, or why that cannot be told."""
    texts = draft.table.profile(column).values
    plain = {fold(text) for text in texts}
    mapped: dict[str, str] = {}
    unknown = 0
    for text in texts:
        if fold(text) == "m":
            # Hombre and mujer, or male and female: the other letter tells.
            if "h" in plain:
                mapped[text] = "female"
            elif "f" in plain:
                mapped[text] = "male"
            else:
                return {}, _("{column}: M alone is a man or a woman").format(column=column.name)
            continue
        try:
            mapped[text] = parse_gender(text)
        except InvalidData:
            unknown += 1
    if unknown:
        reason = _("{column}: {count} texts name no sex that is known")
        return {}, reason.format(column=column.name, count=unknown)
    return dict(sorted(mapped.items())), ""


def _contacts(draft: Draft, role: str, props: Item) -> None:
    phones = draft.table.all("phone", role)
    if phones:
        values = [_phone(draft, column, role) for column in phones]
        props["phone"] = values[0] if len(values) == 1 else values
    emails = draft.table.all("email", role)
    for column in emails[:1]:
        loose = not _all_parse(draft, column, "email")
        value: Item = {"column": draft.use(column, f"{_of(role)}: email")}
        props["email"] = {**value, "type": "text"} if loose else value
    for column in draft.table.all("alias", role)[:1]:
        props["alias"] = draft.text(column, f"{_of(role)}: alias")
    address = _address(draft, role)
    if address:
        props["address"] = address


def _phone(draft: Draft, column: Column, role: str) -> Item:
    value: Item = {"column": draft.use(column, f"{_of(role)}: phone")}
    for text in draft.table.profile(column).values:
        try:
            parse_phone(text)
        except InvalidData:
            # A row is not lost for a telephone: what does not parse is kept as it stands.
            return {**value, "type": "text"}
    return value


def _all_parse(draft: Draft, column: Column, kind: str) -> bool:
    for text in draft.table.profile(column).values:
        try:
            parse_value(kind, text)
        except InvalidData:
            return False
    return True


def _address(draft: Draft, role: str) -> str:
    """Return the template of an address: street, neighbourhood, postcode, as far as there are."""
    # In an event a street that nobody is named with is where it happened, and no one's home.
    home = bool(role) or draft.table.kind not in EVENTS
    parts = [
        column
        for field in (("address", "street", "colonia", "postcode") if home else ("address",))
        for column in draft.table.all(field, role)
    ]
    if not any(column.field in {"address", "street"} for column in parts):
        return ""
    return ", ".join(draft.text(column, f"{_of(role)}: address") for column in parts)


def _countries(draft: Draft, role: str, props: Item) -> None:
    column = draft.table.find("nationality", role)
    if column is None:
        return
    unknown = [text for text in draft.table.profile(column).values if not _is_country(text)]
    if unknown:
        draft.notes.append(
            _("{column}: {count} texts name no country that is known").format(
                column=column.name, count=len(unknown)
            )
        )
        return
    props["nationality"] = {"column": draft.use(column, f"{_of(role)}: nationality")}


def _home(draft: Draft, role: str, props: Item) -> None:
    """Add the municipality that a person lives in, by code or by names."""
    table = draft.table
    code = table.find("home_cvegeo", role)
    named, state = table.find("home_municipality", role), table.find("home_state", role)
    if code:
        props["place"] = {"column": draft.use(code, f"{_of(role)}: place")}
    elif named and state:
        places = {"state": draft.use(state, f"{_of(role)}: place"),
                  "municipality": draft.use(named, f"{_of(role)}: place")}  # fmt: skip
        props["place"] = places


def _is_country(text: str) -> bool:
    try:
        return bool(country_code(text))
    except InvalidData:
        return False


def _minor(draft: Draft, role: str, item: Item, on: str) -> None:
    born, age = draft.table.find("birth_date", role), draft.table.find("age", role)
    if born:
        item["minor"] = {"born": born.name, "date": on}
    elif age:
        item["minor"] = {"age": draft.use(age, _("{role}: minor or not").format(role=_of(role)))}


# --- firms, vehicles, weapons ------------------------------------------------------------------


def firm(draft: Draft, role: str, key: str, entity_id: str) -> Item | None:
    """Return the entity of a firm, None where no column names one."""
    table = draft.table
    name = table.find("firm_name", role)
    if name is None:
        return None
    props: Item = {"name": draft.text(name, _("firm: name"))}
    own = {"", "firm"} if not role else {role}
    for field, prop in (("rfc", "rfcCode"), ("registration", "registrationNumber"),
                        ("sector", "sector"), ("legal_form", "legalForm")):  # fmt: skip
        column = next((c for c in table.columns if c.field == field and c.role in own), None)
        if column:
            props[prop] = draft.text(column, _("firm: {prop}").format(prop=prop))
    founded = table.find("incorporation_date", role)
    if founded:
        props["incorporationDate"] = {"column": draft.use(founded, _("firm: incorporated"))}
    item: Item = {"key": key, "schema": "Company", "id": entity_id}
    if not draft.filled(name):
        item["when"] = {name.name: "*"}
    item["props"] = props
    return item


def contacts_of_firm(draft: Draft, props: Item) -> None:
    """Add address, telephone and status of a register's firms, which have no role of their own."""
    _contacts(draft, "", props)
    status = draft.table.find("status", "")
    if status:
        props["status"] = draft.text(status, _("firm: status"))


def vehicle(draft: Draft, key: str, entity_id: str, *, owner: str = "") -> Item | None:
    """Return the entity of a vehicle, None where no column tells one.

    Args:
        owner: key of the entity that owns it; "" for none.
    """
    table = draft.table
    plate, vin = table.find("plate", None), table.find("vin", None)
    telling = plate or vin
    if telling is None:
        return None
    props: Item = {}
    for field, prop in _VEHICLE:
        column = table.find(field, None)
        if column and column.role != "weapon":
            props[prop] = draft.text(column, _("vehicle: {prop}").format(prop=prop))
    year = table.find("model_year", None)
    if year:
        props["buildDate"] = {"column": draft.use(year, _("vehicle: year"))}
    if owner:
        props["owner"] = {"entity": owner}
    item: Item = {"key": key, "schema": "Vehicle", "id": entity_id}
    if not draft.filled(telling):
        other = vin if plate and vin and not draft.filled(plate) and draft.filled(vin) else telling
        if not draft.filled(other):
            item["when"] = {other.name: "*"}
    item["props"] = props
    return item


def weapon(draft: Draft, key: str, entity_id: str) -> Item | None:
    """Return the entity of a firearm, None where no column tells one."""
    table = draft.table
    props: Item = {}
    for field, prop in (("serial", "serialNumber"), ("weapon_type", "type"), ("make", "make"),
                        ("model", "model"), ("caliber", "caliber")):  # fmt: skip
        column = table.find(field, "weapon") or table.find(field)
        if column:
            props[prop] = draft.text(column, _("firearm: {prop}").format(prop=prop))
    if not props:
        return None
    return {"key": key, "schema": "Firearm", "id": entity_id, "props": props}


# --- what several kinds need ---------------------------------------------------------------------


def day_of(draft: Draft, *fields: str) -> Column | None:
    """Return the column of the day of a row: the first of some fields that there is.

    Where there is none, the only date of which the header says what no one knows.
    """
    for name in fields or ("event_date", "record_date", "start_date"):
        column = draft.table.find(name)
        if column:
            return column
    undecided = draft.table.all("date", UNKNOWN_ROLE)
    if len(undecided) != 1:
        return None
    note = _("{column} is the only date: it is taken for the day")
    draft.notes.append(note.format(column=undecided[0].name))
    return undecided[0]


def number(draft: Draft, column: Column, what: str) -> object:
    """Return the value of a column of numbers, freed of signs and units where it has any."""
    plain = all(text.replace(",", "").replace(".", "", 1).lstrip("-").isdigit()
                for text in draft.table.profile(column).values)  # fmt: skip
    return draft.text(column, what, "" if plain else "amount")
