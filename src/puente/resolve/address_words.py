"""A Mexican or US address taken apart: street, number, unit, neighbourhood, postcode."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

NO_NUMBER = "S/N"
"""*Sin número*: the house has none, which is said of many houses of a street."""

_TYPES = {
    "AV": "AVENIDA", "AVE": "AVENIDA", "AVDA": "AVENIDA", "AVENUE": "AVENIDA", "AVEN": "AVENIDA",
    "C": "CALLE", "CLL": "CALLE", "ST": "CALLE", "STREET": "CALLE", "STR": "CALLE",
    "BLVD": "BOULEVARD", "BOUL": "BOULEVARD", "BLV": "BOULEVARD", "BULEVAR": "BOULEVARD",
    "CALZ": "CALZADA", "CZDA": "CALZADA", "CARR": "CARRETERA", "HWY": "CARRETERA",
    "HIGHWAY": "CARRETERA", "AUT": "AUTOPISTA", "PRIV": "PRIVADA", "PRV": "PRIVADA",
    "CJON": "CALLEJON", "CDA": "CERRADA", "CERR": "CERRADA", "CTO": "CIRCUITO", "CIR": "CIRCUITO",
    "CIRCLE": "CIRCUITO", "AND": "ANDADOR", "PROL": "PROLONGACION", "PROLONG": "PROLONGACION",
    "PERIF": "PERIFERICO", "RET": "RETORNO", "RTNO": "RETORNO", "PSO": "PASEO", "RD": "ROAD",
    "DR": "DRIVE", "LN": "LANE", "CT": "COURT", "PL": "PLACE", "PKWY": "PARKWAY", "TER": "TERRACE",
    "TERR": "TERRACE", "SQ": "SQUARE", "TRL": "TRAIL", "FWY": "FREEWAY",
}  # fmt: skip
"""Types of street written short. Sources: INEGI, Norma Técnica sobre Domicilios Geográficos (DOF 12
November 2010); USPS Publication 28, appendix C1."""
_KINDS = frozenset(_TYPES.values()) | {"VIADUCTO", "EJE", "CAMINO", "BRECHA", "WAY", "LOOP"}
_WAYS = {
    "NORTH": "NORTE", "N": "NORTE", "NTE": "NORTE", "SOUTH": "SUR", "S": "SUR", "EAST": "ORIENTE",
    "E": "ORIENTE", "OTE": "ORIENTE", "ESTE": "ORIENTE", "WEST": "PONIENTE", "W": "PONIENTE",
    "O": "PONIENTE", "PTE": "PONIENTE", "OESTE": "PONIENTE", "NE": "NORESTE", "NW": "NOROESTE",
    "SE": "SURESTE", "SW": "SUROESTE",
}  # fmt: skip
_LINKS = frozenset({"DE", "DEL", "LA", "LAS", "LOS", "EL", "Y", "THE", "OF"})

_POSTCODE = re.compile(r"\b(?:C\.?\s?P\.?|ZIP|CODIGO POSTAL)[\s:.]*(\d{5})(?:-\d{4})?\b")
_LAST_FIVE = re.compile(r"\b(\d{5})(?:-\d{4})?\b(?!.*\b\d{5}\b)")
_COLONIA = re.compile(
    r"\b(?:COL|COLONIA|FRACC|FRACCIONAMIENTO|BARRIO|BO|EJIDO|U\.? ?H|UNIDAD HABITACIONAL|RESID"
    r"|RESIDENCIAL|RANCHERIA|POBLADO|PARQUE INDUSTRIAL)\b[.:]?\s*([^,;]+)"
)
_UNIT = re.compile(
    r"\b(?:INT(?:ERIOR)?|DEPTO|DPTO|DEPARTAMENTO|APT|APARTMENT|UNIT|STE|SUITE|LOCAL|OFICINA|OF"
    r"|DESPACHO|PISO)\b[.:#]*\s*(?:NO\.?\s*)?([A-Z]?-?\d{1,4}-?[A-Z]?|[A-Z])\b"
)
_NONE = re.compile(r"(?<!\w)(?:S\s?[/.-]\s?N\.?|SN|SIN NUM(?:ERO)?|NO NUMBER)(?!\w)")
_LOT = re.compile(
    r"\bM(?:ZA?|ANZANA)\b[.:]?\s*(\d+[A-Z]?|[A-Z])\W+(?:L(?:TE?|OTE)?)\b[.:]?\s*(\d+[A-Z]?)\b"
)
_KM = re.compile(r"\bK(?:M|ILOMETRO)\b\.?\s*(\d+(?:[.+]\d+)?)")
_EXTERIOR = re.compile(
    r"(?:#|\b(?:NO|NUM|NUMERO|EXT|NUMBER)\b[.:]*)\s*#?\s*(\d{1,6}(?:-?[A-Z])?)\b"
)
_FIRST = re.compile(r"^\s*(\d{1,6}(?:-?[A-Z])?)\s+(?=[A-Z])(?!DE\b)")
_HASH = re.compile(r"#\s*([A-Z]?-?\d{1,4}-?[A-Z]?|[A-Z])\b")
_LAST = re.compile(r"[A-Z.]\s*,?\s+(\d{1,6}(?:-?[A-Z])?)\s*(?:,|$|-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressParts:
    """An address taken apart; "" for what it does not say.

    Attributes:
        street: its words without the type, sorted; Spanish compass words.
        kind: type of street in full, e.g. `AVENIDA`; one word for both languages.
        number: number on the street, lot (`M3L12`), kilometre (`KM12.5`), or `S/N`.
        unit: flat, floor or office.
        colonia: neighbourhood.
        postcode: five digits.
    """

    street: str = ""
    kind: str = ""
    number: str = ""
    unit: str = ""
    colonia: str = ""
    postcode: str = ""


def capitals(text: str) -> str:
    """Return a text in capitals without accents; its punctuation stays."""
    parts = unicodedata.normalize("NFKD", text.replace("º", ".").replace("°", "."))
    return "".join(char for char in parts if not unicodedata.combining(char)).upper()


def parse_address(text: str) -> AddressParts:
    """Return the parts of an address as one line gives it.

    Limits: made for Mexico and the United States. Where the street is a number (`Calle 5 Núm. 12`,
        `5th St`) the number that is marked as such, or else that stands at the edge, is
        the house's.
    """
    rest = re.sub(r"\bN\.(?=\s*\d)", "NO.", capitals(text))
    found: dict[str, str] = {}
    rest = _take(_POSTCODE, rest, found, "postcode")
    rest = _take(_COLONIA, rest, found, "colonia")
    lot = _LOT.search(rest)
    if lot:
        found["number"] = f"M{lot[1]}L{lot[2]}"
        rest = rest.replace(lot[0], " ", 1)
    rest = _take(_UNIT, rest, found, "unit")
    if "number" not in found and _NONE.search(rest):
        found["number"], rest = NO_NUMBER, _NONE.sub(" ", rest)
    if "number" not in found and _KM.search(rest):
        rest = _take(_KM, rest, found, "number")
        found["number"] = "KM" + found["number"].replace("+", ".")
    if "number" not in found and _FIRST.match(rest):
        # The US writes the house first; a # after it is the flat.
        rest = _take(_FIRST, rest, found, "number")
        if "unit" not in found:
            rest = _take(_HASH, rest, found, "unit")
    if "number" not in found:
        rest = _take(_EXTERIOR, rest, found, "number")
    first, *others = rest.removeprefix(" , ").split(",")
    if "number" not in found:
        first = _take(_LAST, first + " ", found, "number").split(",")[0]
    after = ", ".join(others)
    if "postcode" not in found:
        after = _take(_LAST_FIVE, after, found, "postcode")
    kind, street = _street(first)
    return AddressParts(
        street=street, kind=kind, number=found.get("number", "").replace("-", ""),
        unit=found.get("unit", "").replace("-", ""),
        colonia=_words(found.get("colonia", "")), postcode=found.get("postcode", ""),
    )  # fmt: skip


def _take(pattern: re.Pattern[str], text: str, found: dict[str, str], name: str) -> str:
    """Put what a pattern finds under a name, and return the text without it."""
    match = pattern.search(text)
    if not match:
        return text
    found[name] = match[1].strip()
    kept = text[match.start()] if name == "number" and pattern is _LAST else ""
    return text[: match.start()] + kept + " , " + text[match.end() :]


def _street(text: str) -> tuple[str, str]:
    words = [word for word in re.findall(r"[A-Z0-9Ñ]+", text) if word not in _LINKS]
    kind, kept = "", []
    for place, word in enumerate(words):
        full = _TYPES.get(word, word)
        edge = place == 0 or place >= len(words) - 2
        if not kind and full in _KINDS and edge and len(words) > 1:
            kind = full
        else:
            kept.append(_WAYS.get(word, word) if len(words) > 1 else word)
    return kind, " ".join(sorted(set(kept)))


def _words(text: str) -> str:
    return " ".join(word for word in re.findall(r"[A-Z0-9Ñ]+", text) if word not in _LINKS)
