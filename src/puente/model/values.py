"""Values parse or raise: names, money, numbers, phones, addresses on the net, genders.

Dates have a module of their own, `puente.model.dates`; so have identifiers (`ids`) and countries
(`countries`). `parse_value` is the one door to all of them: it returns what `Statement.value`
holds for a property of a given type.

Nothing here guesses: what cannot be read raises `InvalidData`, and the caller keeps the text as
the publisher wrote it in `Statement.original`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from puente.errors import InvalidData
from puente.model.countries import country_code
from puente.model.dates import PartialDate, parse_date
from puente.model.text import clean_text, fold

__all__ = ["Money", "PartialDate", "clean_text", "fold", "parse_date"]

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def parse_name(text: str) -> str:
    """Return a name as published, only trimmed, spaces collapsed and composed (NFC).

    Raises: InvalidData: empty, without a letter or digit, or with a control character.
    """
    name = clean_text(text)
    if not _LETTER_OR_DIGIT.search(name):
        raise InvalidData("a name needs a letter or a digit")
    return name


# --- numbers and money -------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+")


def parse_number(text: str) -> Decimal:
    """Return the number that `text` writes: `4.0`, `1,234.5`, ` 12 `, `-3`.

    The comma parts thousands, as agencies of both countries write it; a decimal comma (`1,5`) is
    refused, since it cannot be told from a damaged thousand.

    Raises: InvalidData: anything else, or more than 40 characters.
    """
    number = text.strip()
    if len(number) > 40 or not number.isascii() or not _NUMBER.fullmatch(number):
        raise InvalidData("not a number")
    return Decimal(number.replace(",", ""))


def format_number(number: Decimal) -> str:
    """Return the shortest plain decimal text of `number`: `4`, `0.5`, never `4.0` or `1E+3`."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def parse_count(text: str) -> int | None:
    """Return the count that `text` writes, None where it is blank (not reported).

    Raises: InvalidData: negative, not whole (`4.5`), or not a number.
    """
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    if not text.strip():
        return None
    number = parse_number(text)
    if number < 0 or number != number.to_integral_value() or number >= 10**18:
        raise InvalidData("not a count: it must be whole and not negative")
    return int(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in one currency. `str` writes it as `1234.50 MXN`.

    Attributes:
        amount: exact, with the decimals that were written.
        currency: ISO 4217 code, upper case.
    """

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


_CURRENCY = {
    "usd": "USD", "us$": "USD", "dls": "USD", "dolares": "USD", "dollars": "USD",
    "mxn": "MXN", "mx$": "MXN", "m.n.": "MXN", "mn": "MXN", "pesos": "MXN", "mxp": "MXN",
    "eur": "EUR", "€": "EUR", "cad": "CAD", "gbp": "GBP", "£": "GBP", "cop": "COP",
    "gtq": "GTQ", "cny": "CNY", "rub": "RUB", "chf": "CHF", "jpy": "JPY", "brl": "BRL",
}  # fmt: skip
_MONEY = re.compile(r"([^\d.,+-]*)([+-]?[\d.,]+)(.*)", re.DOTALL)


def parse_money(text: str, currency: str = "") -> Money:
    """Return the amount and currency that `text` writes: `MXN 1,200.50`, `1200 USD`, `US$5`.

    Args:
        text: the amount, with the currency before or after it, or without one.
        currency: ISO 4217 code that holds where the text names none; a bare `$` names none, since
            both countries write it.

    Raises: InvalidData: no amount, two currencies, an unknown one, or none at all.
    """
    match = _MONEY.fullmatch(clean_text(text))
    if not match:
        raise InvalidData("not an amount of money")
    before, number, after = (part.strip() for part in match.groups())
    named = {_currency(part) for part in (before, after)} - {""}
    if len(named) > 1:
        raise InvalidData("the amount names two currencies")
    found = named.pop() if named else currency
    if not re.fullmatch(r"[A-Z]{3}", found):
        raise InvalidData("the amount names no currency")
    return Money(amount=parse_number(number), currency=found)


def _currency(text: str) -> str:
    word = text.casefold().strip(" .")
    if word in {"", "$"}:
        return ""
    for form in (text.casefold(), word, fold(word), word.removesuffix("$")):
        if form in _CURRENCY:
            return _CURRENCY[form]
    raise InvalidData("unknown currency")


# --- people and how to reach them --------------------------------------------------------------

_GENDERS = {
    "male": "male", "female": "female", "other": "other",
    "hombre": "male", "mujer": "female", "masculino": "male", "femenino": "female",
    "masc": "male", "fem": "female", "h": "male", "f": "female", "otro": "other",
    "x": "other", "no binario": "other", "non binary": "other",
}  # fmt: skip


def parse_gender(text: str) -> str:
    """Return `male`, `female` or `other` (FollowTheMoney's words).

    `M` alone is refused: it is *male* in English files and *mujer* in Mexican ones, so a source
    must say which it means.

    Raises: InvalidData: any other word.
    """
    try:
        return _GENDERS[fold(text)]
    except KeyError:
        raise InvalidData("not a gender that can be told") from None


_PHONE_TAIL = re.compile(r"\s*(ext|extension|extensión|x)\.?\s*\d+\s*$", re.IGNORECASE)
_NO_DIGIT = re.compile(r"\D")
_PHONE_CHARS = re.compile(r"[\d\s().+/-]+")


def parse_phone(text: str, country: str = "") -> str:
    """Return a telephone number in E.164 form, `+526671234567`, or its bare digits.

    The bare digits stand where the country cannot be told. Old Mexican prefixes (01, 044, 045
    before the number, 1 after 52) are dropped: since August 2019 they are no part of the number.

    Args:
        text: as written; an extension at the end is left out.
        country: `mx` or `us` where the file's country is known; ten digits are then read as
            a number of that country.

    Raises: InvalidData: letters, fewer than 7 digits or more than 15.
    Source: ITU-T E.164; IFT, Plan Nacional de Numeración (2019).
    """
    number = clean_text(text)
    digits = number
    if not (number.isascii() and number.isdigit()):
        number = _PHONE_TAIL.sub("", number)
        if not number.isascii() or not _PHONE_CHARS.fullmatch(number):
            raise InvalidData("not a telephone number")
        digits = _NO_DIGIT.sub("", number)
    international = number.lstrip(" (").startswith("+") or digits.startswith("00")
    digits = digits.lstrip("0") if digits.startswith("00") else digits
    if not 7 <= len(digits) <= 15:
        raise InvalidData("a telephone number has 7 to 15 digits")
    if not international:
        digits, international = _national(digits, country)
    if digits.startswith("521") and len(digits) == 13:
        digits = "52" + digits[3:]
    return f"+{digits}" if international else digits


def _national(digits: str, country: str) -> tuple[str, bool]:
    """Return the digits with a country code where one can be told, and whether it could."""
    for prefix in ("044", "045", "01"):
        if digits.startswith(prefix) and len(digits) == 10 + len(prefix):
            return "52" + digits[len(prefix) :], True
    if len(digits) == 10 and country in {"mx", "us"}:
        return ("52" if country == "mx" else "1") + digits, True
    if (len(digits) == 12 and digits.startswith("52")) or (
        len(digits) == 13 and digits.startswith("521")
    ):
        return digits, True
    if len(digits) == 11 and digits[0] == "1" and digits[1] in "23456789":
        return digits, True
    return digits, False


_EMAIL = re.compile(r"[^\s@<>,;:()]+@([^\s@<>,;.]+\.)+[^\s@<>,;.]{2,}")
_URL = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?([^\s/?#.]+(\.[^\s/?#.]+)+)([/?#]\S*)?", re.IGNORECASE
)


def parse_email(text: str) -> str:
    """Return an e-mail address with its domain in lower case.

    Raises: InvalidData: not of the form `name@domain.tld`.
    """
    address = clean_text(text).removeprefix("mailto:").rstrip(".")
    if not _EMAIL.fullmatch(address):
        raise InvalidData("not an e-mail address")
    name, _, domain = address.rpartition("@")
    return f"{name}@{domain.lower()}"


def parse_url(text: str) -> str:
    """Return a web address with scheme and host in lower case; `http` where none is written.

    Raises: InvalidData: no host, or a scheme that is not http or https.
    """
    match = _URL.fullmatch(clean_text(text).rstrip("."))
    if not match:
        raise InvalidData("not a web address")
    scheme, host, _, rest = match.groups()
    if (scheme or "http").lower() not in {"http", "https"}:
        raise InvalidData("not a web address")
    return f"{(scheme or 'http').lower()}://{host.lower()}{rest or ''}"


# --- the one door ------------------------------------------------------------------------------


def parse_value(kind: str, text: str, *, country: str = "", day_first: bool | None = None) -> str:
    """Return what `Statement.value` holds for a property of type `kind`.

    Args:
        kind: a type of `puente.model.schema.PROPERTY_TYPES`, but not `entity` or `place`.
        text: as published, not empty.
        country: `mx` or `us` where known: reads telephone numbers; for `money` it sets nothing.
        day_first: how `01/06/2018` is read; None refuses what could be read both ways.

    Raises: InvalidData: the text is no value of that type, or the type takes no text.
    """
    if kind in {"text", "address", "topic"}:
        return _some(clean_text(text))
    if kind == "name":
        return parse_name(text)
    if kind == "date":
        return parse_date(text, day_first=day_first).iso
    if kind == "country":
        return country_code(text)
    if kind == "identifier":
        return _some(clean_text(text).upper())
    if kind == "phone":
        return parse_phone(text, country)
    if kind == "number":
        return format_number(parse_number(text))
    simple = {"gender": parse_gender, "email": parse_email, "url": parse_url}
    if kind in simple:
        return simple[kind](text)
    if kind == "money":
        return str(parse_money(text))
    raise InvalidData(f"no text can be a value of type {kind!r}")


def _some(text: str) -> str:
    if not text:
        raise InvalidData("the value is empty")
    return text


def parse_decimal(text: str) -> Decimal:
    """Return an exact decimal from its plain form, as `format_number` writes it.

    Raises: InvalidData: not one.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise InvalidData("not a number") from None
    if not number.is_finite():
        raise InvalidData("not a number")
    return number
