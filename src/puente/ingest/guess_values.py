"""What the values of a column look like: shares of them that pass a test, none judged alone.

A test asks whether a text *could* be a thing (a CURP, a municipality, a day); the share of a
column's values that pass is evidence for what the column holds, beside what its header says.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.dates import MONTHS, parse_date
from puente.model.ids import (
    parse_clabe,
    parse_curp,
    parse_plate,
    parse_rfc,
    parse_vin,
    rfc_dates,
)
from puente.model.places import place_code, state_code
from puente.model.text import fold
from puente.model.values import parse_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOTHING = frozenset(
    {"n d", "nd", "s d", "sd", "n a", "na", "no aplica", "no disponible", "sin dato", "sin datos"}
    | {"no especificado", "no especificada", "sin especificar", "no identificado", "se ignora"}
    | {"no identificada", "se desconoce", "desconocido", "desconocida", "null", "none", "nan"}
    | {"sin informacion", "no proporciono", "no proporcionado", "no proporciona", "ninguno"}
    | {"no registrado", "no registra", "no dato", "s n", "unknown", "not available", "unk", ""}
    | {"no specified", "not specified", "not reported", "no reportado", "no cuenta", "no tiene"}
)
"""Texts, folded, by which clerks say that they know nothing."""

_EMPTY_DATE = re.compile(r"0{1,4}[/.-]0{1,2}[/.-]0{1,4}( 00:00.*)?|1900-01-00")
_CLOCK = re.compile(
    r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]\.? ?m\.?)?( ?h(rs?|oras)?\.?)?", re.IGNORECASE
)
_BARE_CLOCK = re.compile(r"([01]\d|2[0-3])[0-5]\d")
_DAY_AND_TIME = re.compile(r"\d[T ]+(?:a las )?\d{1,2}:\d{2}")
_MONEY = re.compile(
    r"(\$|MXN|USD|US\$|M\.?N\.?)? ?(\d{1,3}(,\d{3})+|\d+)(\.\d{1,2})? ?(MXN|USD|M\.?N\.?)?"
)
_FIRM = re.compile(
    r"\b(s ?a( ?p ?i)?( de c ?v)?|s de r ?l( de c ?v)?|s ?c|a ?c|s ?n ?c|inc|llc|ltd|limited|corp"
    r"|corporation|company|co|s ?a ?b|s ?p ?r|sociedad|compania)$"
    r"|\b(s ?a de c ?v|s de r ?l|sapi de cv|s p r de r l)\b"
    r"|^(grupo|transportes|comercializadora|constructora|autotransportes) "
)
_CALIBER = re.compile(
    r"(\.?\d{1,3}(\.\d{1,2})?\s?(mm|\"|”|acp|spl|special|auto|super|magnum|bmg|win|lr|l\.?r\.?)?"
    r"|\d{1,2}([.,]\d{1,2})?\s?x\s?\d{2}(\s?mm)?|\d{1,2}\s?(ga|gauge|gxa))\.?"
)
_ADULTS = {"adult", "adulto", "adulta", "adulto mayor", "adulta mayor", "mayor de edad"}
_MINORS = {"minor", "juvenile", "menor", "menor de edad", "adolescente", "nino", "nina"}
_WORDS = {
    "sex": {"h", "m", "f", "hombre", "mujer", "masculino", "femenino", "male", "female", "masc",
            "fem", "otro", "other", "no binario", "x", "intersexual", "hombres", "mujeres"},
    "yes_no": {"si", "no", "yes", "true", "false", "s", "n", "y", "con violencia", "sin violencia",
               "verdadero", "falso", "con", "sin"},
    "currency": {"mxn", "usd", "m n", "mn", "pesos", "dolares", "dls", "eur", "moneda nacional",
                 "us", "dollars", "peso mexicano", "dolar"},
    "color": {"blanco", "negro", "gris", "rojo", "azul", "plata", "verde", "amarillo", "cafe",
              "dorado", "vino", "arena", "naranja", "beige", "white", "black", "gray", "grey",
              "red", "blue", "silver", "green", "yellow", "brown", "gold", "tan", "maroon"},
    "standing": {"victima", "ofendido", "testigo", "imputado", "detenido", "denunciante",
                 "probable responsable", "indiciado", "inculpado", "suspect", "victim", "witness",
                 "arrestee", "quejoso", "acusado", "sospechoso", "agraviado", "complainant",
                 "subject", "associate", "relative", "informant", "familiar", "ofendida",
                 "imputada", "detenida", "denunciado", "defendant", "vinculado", "investigado",
                 "presunto responsable", "person of interest", "victima directa",
                 "victima indirecta", "conductor", "acompanante"} | _ADULTS | _MINORS,
    "age_group": _ADULTS | _MINORS,
    "adult": _ADULTS,
    "person_kind": {"fisica", "moral", "persona fisica", "persona moral", "pf", "pm", "individual",
                    "entity", "person", "company", "f", "m"},
}  # fmt: skip


def _in(words: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: fold(text) in words


def _number_between(low: float, high: float, decimals: int = 0) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        number = as_number(text)
        exact = len(text.partition(".")[2]) >= decimals
        return number is not None and low <= number <= high and exact

    return test


def as_number(text: str) -> float | None:
    """Return the number that a text writes with a decimal point, None where it writes none."""
    try:
        return float(parse_number(text.strip().removeprefix("$").removesuffix("%")))
    except InvalidData:
        return None


def _whole(low: int, high: int) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        plain = text.removesuffix(".0")
        return plain.isascii() and plain.isdigit() and low <= int(plain[:18]) <= high

    return test


def _day(text: str) -> bool:
    return any(_parsed(text, first) == "day" for first in (True, False))


@lru_cache(maxsize=50_000)
def _parsed(text: str, day_first: bool | None) -> str:  # noqa: FBT001 - a key of the cache
    try:
        return parse_date(text, day_first=day_first).precision
    except InvalidData:
        return ""


def _cvegeo(text: str) -> bool:
    plain = text.removesuffix(".0")
    if not (plain.isdigit() and 4 <= len(plain) <= 5):
        return False
    try:
        return bool(place_code(plain))
    except InvalidData:
        return False


def _plate(text: str) -> bool:
    try:
        found = parse_plate(text, "mx")
    except InvalidData:
        return False
    mixed = bool(re.search(r"[A-Z]", found.value) and re.search(r"\d", found.value))
    return mixed and (found.valid or not found.complete)


def _any_plate(text: str) -> bool:
    plain = re.sub(r"[\s-]", "", text)
    return (
        5 <= len(plain) <= 8
        and plain.isalnum()
        and plain.isascii()
        and any(c.isdigit() for c in plain)
    )


def _curp(text: str) -> bool:
    try:
        found = parse_curp(text)
    except InvalidData:
        return False
    return found.complete and found.note != "not of the form of a CURP"


def _rfc(text: str) -> str:
    """Return a text as an RFC, with or without its homoclave; "" where it is none."""
    try:
        found = parse_rfc(text)
    except InvalidData:
        return ""
    return found.value if rfc_dates(found.value) and len(found.value) <= 13 else ""


def _vin(text: str) -> bool:
    try:
        found = parse_vin(text)
    except InvalidData:
        return False
    return found.complete and found.note != "not of the form of a VIN"


def _clabe(text: str) -> bool:
    try:
        return parse_clabe(text).valid
    except InvalidData:
        return False


def _phone(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return bool(re.fullmatch(r"[\d\s().+/-]+", text)) and 10 <= len(digits) <= 13


def _person(text: str) -> bool:
    folded = " ".join(text.split()).lower()
    words = folded.replace(",", " ").split()
    plain = "".join(c for c in fold(folded) if c.isalpha() or c == " ")
    return 2 <= len(words) <= 8 and plain == fold(folded) and not _FIRM.search(fold(text))


def _name_part(text: str) -> bool:
    folded = fold(text)
    return 1 <= len(folded.split()) <= 4 and folded.replace(" ", "").isalpha() and len(text) > 1


TESTS: Mapping[str, Callable[[str], bool]] = {
    "curp": _curp,
    "rfc": lambda t: bool(_rfc(t)),
    "rfc_firm": lambda t: _rfc(t)[3:4].isdigit(),
    "vin": _vin,
    "plate": _plate,
    "any_plate": _any_plate,
    "clabe": _clabe,
    "phone": _phone,
    "email": lambda t: bool(re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}", t)),
    "day": _day,
    "month": lambda t: any(_parsed(t, first) == "month" for first in (True, False)),
    "day_and_time": lambda t: bool(_DAY_AND_TIME.search(t)) and _day(t),
    "two_digit_year": lambda t: bool(re.fullmatch(r"\d{1,2}([/.-])\d{1,2}\1\d{2}( .*)?", t)),
    "serial_day": _whole(20_000, 60_000),
    "time": lambda t: bool(_CLOCK.fullmatch(t)),
    "bare_time": lambda t: bool(_CLOCK.fullmatch(t) or _BARE_CLOCK.fullmatch(t)),
    "year": _whole(1900, 2100),
    "month_number": _whole(1, 12),
    "month_name": lambda t: fold(t) in MONTHS or fold(t).replace(" ", "") in MONTHS,
    "state": lambda t: not t.strip().isdigit() and bool(state_code(t)),
    "state_number": lambda t: _whole(1, 32)(t) or _whole(91, 99)(t),
    "cvegeo": _cvegeo,
    "municipality_number": _whole(1, 999),
    "latitude": _number_between(12, 50, decimals=2),
    "longitude": _number_between(-180, -30, decimals=2),
    "number": lambda t: as_number(t) is not None,
    "count": lambda t: bool(re.fullmatch(r"(\d{1,3}(,\d{3})+|\d+)(\.0+)?", t)),
    "percent": _number_between(0, 100),
    "percent_sign": lambda t: t.strip().endswith("%"),
    "decimal_comma": lambda t: bool(re.fullmatch(r"-?\d+,\d{1,2}%?", t)),
    "money": lambda t: bool(_MONEY.fullmatch(t.strip())),
    "age": _whole(0, 110),
    "postcode": lambda t: bool(re.fullmatch(r"\d{5}", t)),
    "firm": lambda t: bool(_FIRM.search(fold(t))),
    "person": _person,
    "name_part": _name_part,
    "caliber": lambda t: bool(_CALIBER.fullmatch(t.strip().lower())),
    "letters": lambda t: bool(re.search(r"[^\W\d_]", t)),
    "digit": lambda t: bool(re.search(r"\d", t)),
    **{name: _in(frozenset(words)) for name, words in _WORDS.items()},
}
"""What a text may be tested for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Names of places, folded: municipalities, and states beyond Mexico's own 32."""

    municipalities: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Profile:
    """The values of one column in the sample, and the shares of them that pass each test.

    Attributes:
        column: its header.
        values: how often each value stands there; empty ones and those of `NOTHING` left out.
        nothing: texts of `NOTHING` that stand there, as written.
        rows: rows of the sample.
        known: folded names of municipalities (`municipality`) and of states (`state`) beyond the
            32 that are known; empty where none are.
    """

    column: str
    values: Counter[str]
    nothing: frozenset[str]
    rows: int
    known: Known
    _shares: dict[str, float] = field(default_factory=dict)

    @property
    def filled(self) -> int:
        """Return how many rows have a value."""
        return self.values.total()

    def share(self, test: str) -> float:
        """Return the share of the values that pass a test of `TESTS`, 0 where there is none."""
        if test not in self._shares:
            names = {"municipality": self.known.municipalities, "state": self.known.states}
            more = names.get(test, frozenset())
            check = TESTS.get(test)
            passed = sum(
                count
                for text, count in self.values.items()
                if (check is not None and check(text)) or (more and fold(text) in more)
            )
            self._shares[test] = passed / self.filled if self.filled else 0.0
        return self._shares[test]

    @property
    def distinct_share(self) -> float:
        """Return how many of the values differ, as a share of them."""
        return len(self.values) / self.filled if self.filled else 0.0

    @property
    def width(self) -> float:
        """Return the mean number of words in a value."""
        words = sum(len(text.split()) * count for text, count in self.values.items())
        return words / self.filled if self.filled else 0.0


def profile(column: str, cells: list[str], known: Known | None = None) -> Profile:
    """Return the profile of a column.

    Args:
        column: its header.
        cells: its values in the sample, in order.
        known: names of places.
    """
    kept: Counter[str] = Counter()
    nothing: set[str] = set()
    for cell in cells:
        text = cell.strip()
        if says_nothing(text):
            nothing.add(text)
        else:
            kept[text] += 1
    return Profile(
        column=column, values=kept, nothing=frozenset(nothing - {""}), rows=len(cells),
        known=known or Known(),
    )  # fmt: skip


def says_nothing(text: str) -> bool:
    """Return True if a text is empty or one by which clerks say that nothing is known."""
    if not text or (set(text) <= set("-—–.*?/ xX") and len(text) <= 12):
        return text not in {"X", "x"}
    return bool(_EMPTY_DATE.fullmatch(text)) or fold(text) in NOTHING
