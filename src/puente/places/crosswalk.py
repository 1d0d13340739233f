"""Municipalities founded since 1990: when, and from which others their territory was taken.

A code that begins in the middle of a series would pass for a place that had no crime before, and
the place that it was taken from for one where crime fell.

Source: INEGI, Catálogo Único de Claves de Áreas Geoestadísticas and its yearly changes; the decrees
    of the states that found municipalities.
Limits: dates as exactly as they are known, the year at least. Where it is not established from
    which municipality one was taken, its parents are empty: it is then put together with nobody and
    `origin_unknown` tells it. Changes of boundary without a founding are not held.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from puente.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

# Code, founded, codes of those that it was taken from, name.
_FOUNDED = """
01010|1992|01001|El Llano
01011|1992||San Francisco de los Romo
02005|1995-12|02004|Playas de Rosarito
02006|2020-02-27|02001|San Quintín
02007|2022-01-01|02001 02002|San Felipe
03009|1992|03001|Loreto
04009|1990-07|04003|Escárcega
04010|1996-12-31|04004 04006|Calakmul
04011|1998|04003|Candelaria
04012|2021-01-01|04004|Seybaplaya
04013|2021-01-01|04001|Dzitbalché
07113|1999-07|07026|Aldama
07114|1999-07|07059|Benemérito de las Américas
07115|1999-07|07052|Maravilla Tenejapa
07116|1999-07|07059|Marqués de Comillas
07117|1999-07|07008|Montecristo de Guerrero
07118|1999-07|07081|San Andrés Duraznal
07119|1999-07|07049|Santiago el Pinar
07120|2011-11|07080|Capitán Luis Ángel Vidal
07121|2011-11|07072|Rincón Chamula San Pedro
07122|2011-11|07107|El Parral
07123|2011-11|07002|Emiliano Zapata
07124|2011-11|07092|Mezcalapa
07125|2018|07080|Honduras de la Sierra
12076|1993|12072|Acatepec
12077|2001|12013|Marquelia
12078|2002|12043|Cochoapa el Grande
12079|2002|12028|José Joaquín de Herrera
12080|2004|12013|Juchitán
12081|2005|12041|Iliatenco
12082|2021|12053|Las Vigas
12083|2021|12012|Ñuu Savi
12084|2021|12041|Santa Cruz del Rincón
12085|2021|12023|San Nicolás
14125|2003|14008|San Ignacio Cerro Gordo
15122|1994-11|15025 15029 15039 15070|Valle de Chalco Solidaridad
15123|2002-01-01|15082|Luvianos
15124|2002-01-01|15074|San José del Rincón
15125|2003-07|15044|Tonanitla
17034|2017-12|17015|Coatetelco
17035|2017-12|17017|Xoxocotla
17036|2017-12|17022|Hueyapan
23008|1993-07|23001|Solidaridad
23009|2008-05|23008|Tulum
23010|2011-02|23004|Bacalar
23011|2016-01-06|23005|Puerto Morelos
24057|1994-12|24037|Matlapa
24058|1994-12|24010|El Naranjo
24059|2024|24028|Villa de Pozos
25019|2021|25006|Eldorado
25020|2021|25001 25011|Juan José Ríos
26071|1996-12|26026|Benito Juárez
26072|1996-12|26029|San Ignacio Río Muerto
29045|1995||Benito Juárez
29046|1995||Emiliano Zapata
29047|1995||Lázaro Cárdenas
29048|1995|29010|La Magdalena Tlaltelulco
29049|1995-09-27|29032|San Damián Texóloc
29050|1995||San Francisco Tetlanohcan
29051|1995|29032|San Jerónimo Zacualpan
29052|1995|29038|San José Teacalco
29053|1995||San Juan Huactzinco
29054|1995|29044|San Lorenzo Axocomanitla
29055|1995|29040|San Lucas Tecopilco
29056|1995|29015|Santa Ana Nopalucan
29057|1995|29023|Santa Apolonia Teacalco
29058|1995|29044|Santa Catarina Ayometla
29059|1995||Santa Cruz Quilehtla
29060|1995||Santa Isabel Xiloxoxtla
30208|1996|30045|Carlos A. Carrillo
30209|1997|30104|Tatahuicapan de Juárez
30210|1997|30061 30070 30091 30108|Uxpanapa
30211|2003-12|30102|San Rafael
30212|2003-12|30130|Santiago Sochiapan
32057|2000|32017|Trancoso
32058|2003|32047|Santa María de la Paz
"""

NO_PLACE = frozenset({"000", "998", "999"})
"""Ends of codes that stand for no municipality: a whole state, or one not specified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """When a municipality began.

    Attributes:
        code: CVEGEO.
        name: short name.
        founded: ISO day, month or year in which it began to be counted apart.
        parents: codes that its territory was taken from; empty where not established.

    Source: see the module.
    """

    code: str
    name: str
    founded: str
    parents: tuple[str, ...]


@cache
def lives() -> Mapping[str, Life]:
    """Return the municipalities founded since 1990, by code.

    Source: see the module.
    """
    found = {}
    for line in _FOUNDED.strip().splitlines():
        code, founded, parents, name = line.split("|")
        found[code] = Life(code=code, name=name, founded=founded, parents=tuple(parents.split()))
    return found


def founded_by(code: str, on: str) -> bool:
    """Return True if a municipality stands on an ISO day, or is older than 1990.

    A founding of which the year alone is known counts as that of its last day.

    Source: see the module.
    """
    life = lives().get(code)
    return life is None or life.founded + "-99-99"[: 10 - len(life.founded)] <= on + "-99"


def units(codes: Iterable[str], on: str) -> dict[str, str]:
    """Return for each code, and those it was taken from, its unit under the boundaries of a day.

    A municipality founded after `on` is counted with those that it was taken from. Where it was
    taken from several, all of them become one unit, for nobody can say what fell to which; a unit
    bears the lowest code of those that stood on the day. Any other code is its own unit.

    Args:
        codes: CVEGEO, any level, of all that the figures hold: a founding that they do not hold
            joins nobody.
        on: ISO day.

    Source: see the module.
    Limits: a founding of unknown origin stays its own unit; see `origin_unknown`.
    """
    wanted = sorted(set(codes))
    head: dict[str, str] = {}

    def top(code: str) -> str:
        while head.get(code, code) != code:
            code = head[code]
        return code

    waiting, seen = list(wanted), set(wanted)
    while waiting:
        code = waiting.pop()
        if founded_by(code, on):
            continue
        for parent in lives()[code].parents:
            one, other = top(code), top(parent)
            head[one] = head[other] = min(one, other)
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    standing: dict[str, str] = {}
    for code in sorted(seen):
        if founded_by(code, on):
            standing.setdefault(top(code), code)
    return {code: standing.get(top(code), code) for code in sorted(seen)}


def origin_unknown(codes: Iterable[str], on: str) -> tuple[str, ...]:
    """Return those of `codes` that were founded after a day from nobody knows which others.

    Source: see the module.
    """
    held = lives()
    return tuple(
        sorted(
            code
            for code in set(codes)
            if code in held and not held[code].parents and not founded_by(code, on)
        )
    )


UNNAMED = N_("no register names it")
TOO_EARLY = N_("counted before it was founded")


def unknown(years: Mapping[str, tuple[int, int]], known: Collection[str]) -> dict[str, str]:
    """Return the codes in which no figure should stand, each with why.

    Args:
        years: first and last year in which each code has a figure above zero.
        known: codes that a register of places names.

    Returns: `UNNAMED` or `TOO_EARLY` (in a year before that of the founding) by code; whole states
        and places not specified are left aside.

    Source: see the module.
    """
    found = {}
    for code, (first, _last) in sorted(years.items()):
        if code[2:] in NO_PLACE:
            continue
        life = lives().get(code)
        if code not in known:
            found[code] = UNNAMED
        elif life is not None and first < int(life.founded[:4]):
            found[code] = TOO_EARLY
    return found
