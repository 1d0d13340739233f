"""What each column is taken for: what its header says, weighed against what its values look like.

A column is taken for something only where its header says so and its values do not speak against
it, or where its values alone can hardly be anything else. What is left in doubt stays unmapped:
a wrong guess is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.i18n import gettext as _
from puente.ingest.guess_words import heading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from puente.ingest.guess_values import Profile
    from puente.ingest.guess_words import Heading, Reading

SURE = 0.6
"""From here on a column is taken for something."""

SAME_FIT = 0.06
"""Two readings of a header's words that differ by less fit them alike."""

FEW = 5
"""Values below which nothing is concluded from them."""

UNKNOWN_ROLE = "?"
THINGS = frozenset({"vehicle", "weapon"})
OFFICER = "officer"

DATES = frozenset(
    {"date", "event_date", "record_date", "start_date", "birth_date", "incorporation_date"}
    | {"from_date", "to_date"}
)
PERSONAL = frozenset(
    {"name", "given", "middle", "paternal", "maternal", "surnames", "alias", "birth_date", "sex"}
    | {"age", "curp", "rfc", "ine", "passport", "phone", "email", "nationality", "occupation"}
    | {"marital", "home_municipality", "home_state", "birth_state", "birth_place", "home_cvegeo"}
    | {"address", "position"}
)
"""Fields of which it matters whose they are."""
PLACES = frozenset(
    {"state", "state_code", "municipality", "municipality_code", "cvegeo", "city", "county"}
    | {"locality", "colonia", "street", "location", "latitude", "longitude", "postcode"}
)
OF_VEHICLES = frozenset(
    {"plate", "plate_state", "vin", "engine", "make", "model", "model_year", "color"}
    | {"vehicle_type", "vehicle_status"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What the values of a field look like.

    Attributes:
        tests: of `guess_values.TESTS`; one of them must be passed by `least` of the values.
        least: share, above 0 up to 1.
        what: in words, for the evidence.
    """

    tests: tuple[str, ...]
    least: float
    what: str


_A_DATE = Expect(
    tests=("day", "two_digit_year", "serial_day", "month"), least=0.7, what=N_("dates")
)
EXPECTED: Mapping[str, Expect] = {
    **dict.fromkeys(DATES, _A_DATE),
    "birth_date": replace(_A_DATE, tests=(*_A_DATE.tests, "year")),
    "time": Expect(tests=("bare_time",), least=0.7, what=N_("times of day")),
    "month": Expect(tests=("month_number", "month_name", "month"), least=0.8, what=N_("months")),
    "year": Expect(tests=("year",), least=0.8, what=N_("years")),
    "model_year": Expect(tests=("year",), least=0.7, what=N_("years")),
    "curp": Expect(tests=("curp",), least=0.4, what="CURP"),
    "rfc": Expect(tests=("rfc",), least=0.4, what="RFC"),
    "vin": Expect(tests=("vin",), least=0.4, what=N_("vehicle identification numbers")),
    "plate": Expect(tests=("plate", "any_plate"), least=0.5, what=N_("number plates")),
    "phone": Expect(tests=("phone",), least=0.5, what=N_("telephone numbers")),
    "number_from": Expect(tests=("phone",), least=0.5, what=N_("telephone numbers")),
    "number_to": Expect(tests=("phone",), least=0.5, what=N_("telephone numbers")),
    "email": Expect(tests=("email",), least=0.5, what=N_("e-mail addresses")),
    "state": Expect(tests=("state",), least=0.7, what=N_("states of Mexico")),
    "home_state": Expect(tests=("state",), least=0.7, what=N_("states of Mexico")),
    "state_code": Expect(tests=("state_number",), least=0.8, what=N_("numbers of states")),
    "municipality_code": Expect(
        tests=("cvegeo", "municipality_number"), least=0.8, what=N_("codes of municipalities")
    ),
    "cvegeo": Expect(tests=("cvegeo",), least=0.8, what=N_("codes of municipalities")),
    "municipality": Expect(tests=("municipality",), least=0.4, what=N_("known municipalities")),
    "latitude": Expect(tests=("latitude",), least=0.6, what=N_("degrees of latitude")),
    "longitude": Expect(tests=("longitude",), least=0.6, what=N_("degrees of longitude")),
    "violence": Expect(tests=("yes_no",), least=0.7, what=N_("yes or no")),
    "sex": Expect(tests=("sex",), least=0.7, what=N_("sexes")),
    "age": Expect(tests=("age",), least=0.8, what=N_("ages")),
    "percent": Expect(tests=("percent", "decimal_comma"), least=0.8, what=N_("percentages")),
    "shares": Expect(tests=("number",), least=0.8, what=N_("numbers")),
    "quantity": Expect(tests=("number", "money"), least=0.7, what=N_("numbers")),
    "amount": Expect(tests=("number", "money"), least=0.7, what=N_("amounts")),
    "duration": Expect(tests=("number", "time"), least=0.7, what=N_("durations")),
    "count": Expect(tests=("count",), least=0.9, what=N_("counts")),
    "currency": Expect(tests=("currency",), least=0.7, what=N_("currencies")),
    "caliber": Expect(tests=("caliber",), least=0.5, what=N_("calibres")),
    "standing": Expect(tests=("standing",), least=0.5, what=N_("roles of people")),
    "person_kind": Expect(tests=("person_kind",), least=0.8, what=N_("kinds of person")),
    "name": Expect(tests=("person", "name_part", "firm"), least=0.6, what=N_("names")),
    "given": Expect(tests=("name_part", "person"), least=0.7, what=N_("names")),
    "middle": Expect(tests=("name_part",), least=0.7, what=N_("names")),
    "paternal": Expect(tests=("name_part",), least=0.7, what=N_("names")),
    "maternal": Expect(tests=("name_part",), least=0.7, what=N_("names")),
    "surnames": Expect(tests=("name_part", "person"), least=0.7, what=N_("names")),
    "postcode": Expect(tests=("postcode",), least=0.7, what=N_("postcodes")),
    "color": Expect(tests=("color", "name_part"), least=0.5, what=N_("colours")),
    "registration": Expect(tests=("digit",), least=0.8, what=N_("numbers of records")),
    "record_id": Expect(tests=("digit",), least=0.8, what=N_("numbers of records")),
    "record_line": Expect(tests=("count",), least=0.95, what=N_("running numbers")),
    "some_id": Expect(tests=("digit",), least=0.8, what=N_("numbers of records")),
    "home_cvegeo": Expect(tests=("cvegeo",), least=0.8, what=N_("codes of municipalities")),
}
"""What the values must look like, where there is a look to them."""

WITH_LETTERS = frozenset(
    {"category", "modality", "firm_name", "nationality", "occupation", "make", "goods", "sector"}
    | {"unit", "colonia", "address", "location", "weapon_type", "role", "birth_place"}
    | {"county", "city", "locality", "home_municipality", "alias", "agency", "position"}
    | {"status", "street", "outcome", "legal_form"}
)
"""Fields of which most values have a letter."""

ALONE: tuple[tuple[str, str, float, float], ...] = (
    ("curp", "curp", 0.6, 0.85),
    ("email", "email", 0.8, 0.85),
    ("vin", "vin", 0.7, 0.8),
    ("rfc", "rfc", 0.8, 0.75),
    ("account", "clabe", 0.8, 0.8),
)
"""Fields that values alone can tell: field, test, share from which, and how sure it is then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one column is taken for.

    Attributes:
        name: its header.
        field: what it is taken for; "" for nothing.
        role: whose it is; "" where the header does not say, `?` where it says what no one knows.
        sure: 0 to 1.
        why: the evidence, or why it is taken for nothing.
    """

    name: str
    field: str = ""
    role: str = ""
    sure: float = 0.0
    why: tuple[str, ...] = ()


def read_columns(profiles: Sequence[Profile]) -> list[Column]:
    """Return what each column is taken for, by itself; a position goes by pairs."""
    found = [read_column(one) for one in profiles]
    taken = {column.field for column in found}
    for field, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if field in taken:
            continue
        fitting = [
            at
            for at, one in enumerate(profiles)
            if not found[at].field and one.filled >= FEW and one.share(field) >= 0.95
        ]
        there = other in taken or any(one.share(other) >= 0.95 for one in profiles)
        if len(fitting) == 1 and there:
            at = fitting[0]
            found[at] = Column(
                name=profiles[at].column, field=field, sure=0.8, why=(_looks(profiles[at], field),)
            )
    return found


def read_column(one: Profile) -> Column:
    """Return what a column is taken for by its header and its values."""
    told = heading(one.column)
    if OFFICER in told.roles:
        reason = _("names an officer: not read")
        return Column(name=one.column, field=OFFICER, role=OFFICER, sure=0.9, why=(reason,))
    best = _by_header(told, one)
    if best.sure >= SURE:
        return best
    for field, test, least, sure in ALONE:
        if one.filled >= FEW and one.share(test) >= least:
            role = told.roles[0] if told.roles else ""
            return Column(
                name=one.column, field=field, role=role, sure=sure, why=(_looks(one, field),)
            )
    why = best.why or (_("the header says nothing that is known"),)
    if not one.filled:
        why = (_("the column is empty"),)
    return Column(name=one.column, why=why)


def _by_header(told: Heading, one: Profile) -> Column:
    """Return what the header says, where the values let it: the best fit of its words first.

    Among readings that fit its words alike the values decide (`serie` of a car or of a gun).
    """
    best = Column(name=one.column)
    for reading in told.fields:
        if best.sure >= SURE and reading.fit < told_fit(told, best.field) - SAME_FIT:
            break
        column = _weighed(reading, told, one)
        if column.sure > best.sure or not best.why:
            best = column
    return best


def told_fit(told: Heading, field: str) -> float:
    """Return how well a header's words fit a field, 0 where they do not."""
    return next((reading.fit for reading in told.fields if reading.field == field), 0.0)


def _weighed(reading: Reading, told: Heading, one: Profile) -> Column:
    """Return a column taken for one thing that its header may mean, as far as its values let."""
    field = reading.field
    header = _("the header says: {words}").format(words=" ".join(told.words))
    role = _role(field, told, reading)
    spec = EXPECTED.get(field)
    speaks_against = spec and not any(one.share(test) for test in spec.tests)
    if one.filled < FEW and not (one.filled and speaks_against):
        sure = reading.fit * (0.75 if spec else 0.85)
        return Column(name=one.column, field=field, role=role, sure=sure, why=(header,))
    if field == "municipality" and not one.known.municipalities:
        spec = None
    if spec is not None:
        share = max(one.share(test) for test in spec.tests)
        looks = _("{share} % look like {what}").format(share=round(100 * share), what=_(spec.what))
        if share < spec.least:
            doubt = _("but only {looks}").format(looks=looks)
            return Column(name=one.column, why=(header, doubt))
        sure = round(0.55 + 0.45 * reading.fit, 2)
        return Column(name=one.column, field=field, role=role, sure=sure, why=(header, looks))
    if field in WITH_LETTERS and one.share("letters") < 0.6:
        return Column(name=one.column, why=(header, _("but most values have no letter")))
    sure = round(0.9 * reading.fit, 2)
    return Column(name=one.column, field=field, role=role, sure=sure, why=(header,))


def _role(field: str, told: Heading, reading: Reading) -> str:
    things = [role for role in told.roles if role in THINGS]
    others = [role for role in told.roles if role not in THINGS]
    if field in OF_VEHICLES or field in {"serial", "caliber", "weapon_type"}:
        return things[0] if things else ""
    if others:
        return others[0]
    if reading.strange and (field in PERSONAL or field in PLACES or field in DATES):
        # A date, a name or a place of something that no word here is known for.
        return UNKNOWN_ROLE
    return "" if field in PERSONAL else (things[0] if things else "")


def _looks(one: Profile, field: str) -> str:
    tests = {"latitude": "latitude", "longitude": "longitude"} | {a[0]: a[1] for a in ALONE}
    share = round(100 * one.share(tests[field]))
    what = _(EXPECTED[field].what) if field in EXPECTED else "CLABE"
    return _("the values alone: {share} % look like {what}").format(share=share, what=what)
