"""Identifiers checked a column at a time, in SQL, by the rules of `puente.model.ids`.

The row-by-row parsers there are the law; these expressions give the same verdict at some fifty
times the speed, and a test holds them to it.
"""

from __future__ import annotations

from puente.model.ids import CURP_STATES, GENERIC_RFCS

_CURP_ALPHABET = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_RFC_ALPHABET = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def compacted(column: str) -> str:
    """Return SQL for an identifier in upper case without spaces, hyphens, points and slashes."""
    return f"nullif(regexp_replace(upper({column}), '[\\s.\\-‐-―/_]+', '', 'g'), '')"


def curp_is_valid(column: str) -> str:
    """Return SQL that is true for a complete CURP whose form, date, state and digit fit.

    Source: SEGOB, Instructivo normativo para la asignación de la CURP (DOF 18 October 2021).
    """
    states = "|".join([*CURP_STATES, "NE"])
    form = f"^[A-Z][AEIOUX][A-Z]{{2}}\\d{{6}}[HMX]({states})[B-DF-HJ-NP-TV-Z]{{3}}[0-9A-Z]\\d$"
    total = _weighted(column, _CURP_ALPHABET, tuple(range(18, 1, -1)))
    return (
        f"coalesce(regexp_matches({column}, '{form}')"
        f" AND try_cast({curp_birth_date(column)} AS DATE) IS NOT NULL"
        f" AND (10 - ({total}) % 10) % 10 = try_cast(substr({column}, 18, 1) AS INTEGER), false)"
    )


def curp_birth_date(column: str) -> str:
    """Return SQL for the birth date in a CURP as ISO text; the date may be impossible.

    The 17th character tells the century; a CURP cut short before it is read as an RFC is.
    """
    century = (
        f"CASE WHEN length({column}) < 17 THEN CASE WHEN substr({column}, 5, 2) > '25' THEN '19'"
        f" ELSE '20' END WHEN substr({column}, 17, 1) BETWEEN '0' AND '9' THEN '19' ELSE '20' END"
    )
    return (
        f"(({century}) || substr({column}, 5, 2) || '-' || substr({column}, 7, 2)"
        f" || '-' || substr({column}, 9, 2))"
    )


def stem_birth_date(column: str) -> str:
    """Return SQL for the birth date in the first ten characters of a person's CURP or RFC.

    The century is not in them: a year above 25 is taken for the 20th.
    """
    century = f"CASE WHEN substr({column}, 5, 2) > '25' THEN '19' ELSE '20' END"
    return (
        f"(({century}) || substr({column}, 5, 2) || '-' || substr({column}, 7, 2)"
        f" || '-' || substr({column}, 9, 2))"
    )


def rfc_is_valid(column: str) -> str:
    """Return SQL that is true for a complete RFC, of a person or a firm, whose check digit fits.

    Source: SAT, Anexo 20 and the RFC check-digit algorithm.
    """
    padded = f"lpad({column}, 13, ' ')"
    total = _weighted(padded, _RFC_ALPHABET, tuple(range(13, 1, -1)))
    digits = f"substr({padded}, 5, 6)"
    dates = " OR ".join(
        f"try_cast('{century}' || substr({digits}, 1, 2) || '-' || substr({digits}, 3, 2)"
        f" || '-' || substr({digits}, 5, 2) AS DATE) IS NOT NULL"
        for century in ("19", "20")
    )
    digit = (
        f"CASE ({total}) % 11 WHEN 0 THEN '0' WHEN 1 THEN 'A'"
        f" ELSE (11 - ({total}) % 11)::VARCHAR END"
    )
    generic = ", ".join(f"'{value}'" for value in sorted(GENERIC_RFCS))
    return (
        f"coalesce(regexp_matches({column}, '^[A-ZÑ&]{{3,4}}\\d{{6}}[A-Z\\d]{{2}}[A\\d]$')"
        f" AND {column} NOT IN ({generic}) AND ({dates})"
        f" AND {digit} = substr({padded}, 13, 1), false)"
    )


def vin_is_valid(column: str) -> str:
    """Return SQL that is true for a complete VIN; the digit must fit for North American ones.

    Source: 49 CFR 565.15; NOM-001-SSP-2008; ISO 3779.
    """
    terms = " + ".join(
        f"(CASE WHEN substr({column}, {place}, 1) BETWEEN '0' AND '9'"
        f" THEN try_cast(substr({column}, {place}, 1) AS INTEGER)"
        f" ELSE try_cast(translate(substr({column}, {place}, 1), 'ABCDEFGHJKLMNPRSTUVWXYZ',"
        f" '12345678123457923456789') AS INTEGER) END) * {weight}"
        for place, weight in enumerate(_VIN_WEIGHTS, start=1)
        if weight
    )
    digit = f"CASE ({terms}) % 11 WHEN 10 THEN 'X' ELSE (({terms}) % 11)::VARCHAR END"
    return (
        f"coalesce(regexp_matches({column}, '^[A-HJ-NPR-Z0-9]{{17}}$')"
        f" AND (substr({column}, 1, 1) NOT BETWEEN '1' AND '5'"
        f" OR {digit} = substr({column}, 9, 1)), false)"
    )


def _weighted(column: str, alphabet: str, weights: tuple[int, ...]) -> str:
    return " + ".join(
        f"(strpos('{alphabet}', substr({column}, {place}, 1)) - 1) * {weight}"
        for place, weight in enumerate(weights, start=1)
    )
