"""Mexican states and municipalities by INEGI code, and how names find them.

A place key is a CVEGEO: two digits of state and three of municipality, leading zeros kept.
`SS000` stands for a whole state, `SS999` for a municipality that the record does not specify.
States 91 to 99 are made up: no office uses them, so no made-up place can be taken for a real one.
Codes are dated: municipalities are founded and renamed, so a name or code may hold only within
its time. States 91 to 99 are no one's: a made-up world may use them, and a gazetteer that has been
given their rows finds them by name.

Source: INEGI, Catálogo Único de Claves de Áreas Geoestadísticas Estatales, Municipales y
Localidades; NTEOG (DOF 4 December 2018) for the form of the code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Code, names in use (the first is the short one), abbreviations, ISO 3166-2, CURP letters.
_STATES = """
01 Aguascalientes|AGS|AGU|AS
02 Baja California|Baja California Norte|BC|B.C.|BCN|B.C.N.
03 Baja California Sur|BCS|B.C.S.|BS
04 Campeche|CAMP|CAM|CC
05 Coahuila|Coahuila de Zaragoza|COAH|COA|CL
06 Colima|COL|CM
07 Chiapas|CHIS|CHPS|CHP|CS
08 Chihuahua|CHIH|CHH|CH
09 Ciudad de México|Distrito Federal|Cd. de México|México, D.F.|Mexico City|CDMX|D.F.|DF|CMX
10 Durango|DGO|DUR|DG
11 Guanajuato|GTO|GUA|GT
12 Guerrero|GRO|GR
13 Hidalgo|HGO|HID|HG
14 Jalisco|JAL|JC
15 México|Estado de México|Edo. de México|Edo. México|Edo. de Mex.|Edo. Mex.|State of Mexico|Edomex
15 México|MEX|MEX.|EM|MC
16 Michoacán|Michoacán de Ocampo|MICH|MIC|MN
17 Morelos|MOR|MS
18 Nayarit|NAY|NT
19 Nuevo León|N.L.|NL|NLE
20 Oaxaca|OAX|OC
21 Puebla|PUE|PL
22 Querétaro|Querétaro de Arteaga|Querétaro Arteaga|QRO|QUE|QT
23 Quintana Roo|Q. Roo|QROO|Q.R.|QR|ROO
24 San Luis Potosí|S.L.P.|SLP|SP
25 Sinaloa|SIN|SL
26 Sonora|SON|SR
27 Tabasco|TAB|TC
28 Tamaulipas|TAMPS|TAM|TAMS|TS
29 Tlaxcala|TLAX|TLA|TL
30 Veracruz|Veracruz de Ignacio de la Llave|Veracruz-Llave|Veracruz Llave|VER|VZ
31 Yucatán|YUC|YN
32 Zacatecas|ZAC|ZS
"""
STATE_NAMES: Mapping[str, str] = {
    line[:2]: line[3:].split("|")[0] for line in _STATES.strip().splitlines()
}
"""The 32 states' INEGI codes and short names."""

_STATE_CODES: Mapping[str, str] = {
    form: line[:2]
    for line in _STATES.strip().splitlines()
    for name in line[3:].split("|")
    for form in (fold(name), fold(name).replace(" ", ""))
}

# Two municipalities of Oaxaca bear each of these names; the former district tells them apart.
# Source: INEGI, Catálogo Único de Claves ("San Juan Mixtepec -Dto. 08 -").
_OAXACA_DISTRICTS: Mapping[tuple[str, str], str] = {
    ("san juan mixtepec", "08"): "20208",
    ("san juan mixtepec", "26"): "20209",
    ("san pedro mixtepec", "22"): "20318",
    ("san pedro mixtepec", "26"): "20319",
}
_DISTRICT = re.compile(r"^(.*?) (?:distrito|dto|dtto)\s*(\d{1,2})$")

_UNSPECIFIED = frozenset(
    {"no especificado", "no especificada", "sin especificar", "no identificado", "otros municipios"}
    | {"otro municipio", "otros", "no disponible", "se ignora", "no especificado municipio", "nd"}
)

# Decrees add these before a name; records use it with them and without.
_HONORIFIC = re.compile(
    r"^(?:(?:h|heroica|heroico) (?:(?:ciudad|cd|villa|puerto) )?(?:de )?"
    r"|(?:ciudad|cd|villa|puerto) de )"
)

_CODE = re.compile(r"(\d{1,2})[ -]?(\d{3})(?:\.0)?")


def place_code(text: str) -> str:
    """Return the CVEGEO that `text` writes, with the leading zeros that spreadsheets lose.

    Raises: InvalidData: no state from 01 to 32 (or made up, 91 to 99) and three digits.
    """
    match = _CODE.fullmatch(text.strip())
    state = int(match[1]) if match else 0
    if not match or not (1 <= state <= 32 or state >= 91):
        raise InvalidData("not a municipality code: two digits of state and three")
    return f"{int(match[1]):02d}{match[2]}"


def state_code(text: str) -> str:
    """Return the INEGI code of the state that `text` names or abbreviates, "" where none.

    Reads official and short names, common and ISO 3166-2 abbreviations, CURP letters, numbers:
    `Coahuila de Zaragoza`, `Edo. Méx.`, `D.F.`, `MX-SIN`, `25` and `9`.
    """
    folded = fold(text).removeprefix("mx ")
    if folded.isascii() and folded.isdigit() and len(folded) <= 2 and 1 <= int(folded) <= 32:
        return f"{int(folded):02d}"
    return _STATE_CODES.get(folded) or _STATE_CODES.get(folded.replace(" ", ""), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One municipality (or state) within a time.

    Attributes:
        code: CVEGEO.
        name, state, state_name: as the crosswalk writes them; `state` is two digits.
        valid_from, valid_to: ISO dates, "" where unknown or open.
        latitude, longitude: degrees, WGS 84; None where unknown.
        crosswalk: which table says so.
    """

    code: str
    name: str
    state: str
    state_name: str
    valid_from: str = ""
    valid_to: str = ""
    latitude: float | None = None
    longitude: float | None = None
    crosswalk: str = ""

    def holds(self, on: str) -> bool:
        """Return True if the row holds on an ISO date (day, month or year); "" is any time."""
        if not on:
            return True
        begun = not self.valid_from or self.valid_from[: len(on)] <= on
        return begun and (not self.valid_to or on[: len(self.valid_to)] <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The municipality that a name was found to mean.

    Attributes:
        code: CVEGEO, `SS999` where the record specifies none, "" where no one bears the name.
        how: `name`; `spacing` (El Dorado, Eldorado); `district` (Oaxaca's twins); `honorific`
            (Heroica Ciudad de ...); `unspecified`; and without a code `state` (no such state),
            `ambiguous` (two bear it), `none`.
    """

    code: str
    how: str


class Gazetteer:
    """Municipalities by code and by name, built from rows of the `places` table.

    Limits: a name is found in its state only, and never by likeness: a figure that is moved to the
    wrong place is worse than one that is reported as lost.
    """

    def __init__(self, rows: Iterable[Mapping[str, object]] = ()) -> None:
        places = sorted((_place(row) for row in rows), key=_preferred)
        self._by_code: dict[str, list[Place]] = {}
        self._exact: dict[tuple[str, str], list[Place]] = {}
        self._spaced: dict[tuple[str, str], list[Place]] = {}
        self._plain: dict[tuple[str, str], list[Place]] = {}
        self._states: dict[str, str] = {}
        for place in places:
            if place.state > "90":
                self._states.setdefault(fold(place.state_name), place.state)
            if place.code[2:] in {"998", "999"}:
                continue
            key = fold(place.name)
            self._by_code.setdefault(place.code, []).append(place)
            self._exact.setdefault((place.state, key), []).append(place)
            self._spaced.setdefault((place.state, key.replace(" ", "")), []).append(place)
            self._plain.setdefault((place.state, _plain(key)), []).append(place)

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def codes(self, on: str = "") -> tuple[str, ...]:
        """Return the codes that hold on an ISO date, sorted; "" is any time."""
        held = self._by_code.items()
        return tuple(sorted(code for code, rows in held if any(r.holds(on) for r in rows)))

    def by_code(self, code: str, on: str | None = None) -> Place | None:
        """Return the place with a code on an ISO date (None: any time), or None."""
        held = self._by_code.get(code, ())
        return next((place for place in held if place.holds(on or "")), None)

    def state_code(self, text: str) -> str:
        """Return the code of a state, a made-up one of the rows too; "" where none is called so."""
        return state_code(text) or self._states.get(fold(text), "")

    def by_name(self, state: str, municipality: str, on: str | None = None) -> Match:
        """Return the municipality that a state's and a municipality's name mean.

        Args:
            state: any form that `state_code` reads, or a made-up state's name in the rows.
            municipality: its name, in any case and with or without accents.
            on: ISO date on which it must hold; None for any time.
        """
        code = self.state_code(state)
        if not code:
            return Match(code="", how="state")
        key = fold(municipality)
        if not key or key in _UNSPECIFIED:
            return Match(code=f"{code}999", how="unspecified")
        district = _DISTRICT.match(key)
        if code == "20" and district:
            found = _OAXACA_DISTRICTS.get((district[1], district[2].zfill(2)), "")
            place = self.by_code(found, on) if found else None
            if place:
                return Match(code=found, how="district")
            key = district[1]
        for how, table, form in (
            ("name", self._exact, key),
            ("spacing", self._spaced, key.replace(" ", "")),
            ("honorific", self._plain, _plain(key)),
        ):
            codes = {place.code for place in table.get((code, form), ()) if place.holds(on or "")}
            if len(codes) == 1:
                return Match(code=codes.pop(), how=how)
            if codes:
                return Match(code="", how="ambiguous")
        return Match(code="", how="none")


def _plain(key: str) -> str:
    return _HONORIFIC.sub("", key) or key


def _preferred(place: Place) -> tuple[bool, str, str, str]:
    # A crosswalk all in capitals has the worse spelling to show.
    return place.name.isupper(), place.crosswalk, place.code, place.name


def _place(row: Mapping[str, object]) -> Place:
    code = place_code(str(row["place"]))
    return Place(
        code=code,
        name=str(row["name"]),
        state=code[:2],
        state_name=str(row.get("state_name") or STATE_NAMES.get(code[:2], "")),
        valid_from=str(row.get("valid_from") or ""),
        valid_to=str(row.get("valid_to") or ""),
        latitude=_degrees(row.get("latitude")),
        longitude=_degrees(row.get("longitude")),
        crosswalk=str(row.get("crosswalk") or ""),
    )


def _degrees(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
