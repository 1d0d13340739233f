"""Identifiers checked by the column get the verdict that `model.ids` gives them one by one."""

from __future__ import annotations

import random

import duckdb

from puente.model import ids
from puente.resolve import identifiers

CURP_STEMS = ("GUZJ570404HSLZRQ0", "LOMA010203MDFPRN", "XEXX800101HNERXN0", "PEPJ991332HJCRRN0")
RFC_STEMS = ("GUZJ570404AB", "CNU130416UJ", "ABC991332XX", "Ñ&A010203Z9", "XAXX01010100")
VINS = ("1HGCM82633A004352", "3VWFE21C04M000001", "WVWZZZ1JZ3W386752", "1HGCM82633A00435")


def _spoiled(texts: tuple[str, ...], digits: str, count: int) -> list[str]:
    """Return the texts with every last character, and `count` random one-character spoilings."""
    rng = random.Random(7)
    whole = [text + digit for text in texts for digit in digits]
    found = [*texts, *whole]
    for _turn in range(count):
        text = rng.choice(whole)
        place = rng.randrange(len(text))
        found.append(text[:place] + rng.choice("0123456789ABCXÑ&-") + text[place + 1 :])
    return found


def _verdicts(texts: list[str], sql: str) -> list[bool]:
    con = duckdb.connect()
    con.execute("CREATE TABLE t (n INTEGER, v VARCHAR)")
    con.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(texts)))
    compact = identifiers.compacted("v")
    return [
        row[0]
        for row in con.execute(
            f"SELECT {sql} FROM (SELECT n, {compact} AS v FROM t) ORDER BY n"
        ).fetchall()
    ]


def test_a_curp_is_judged_as_the_model_judges_it() -> None:
    texts = _spoiled(CURP_STEMS, "0123456789", 400)
    expected = [ids.parse_curp(text).valid for text in texts]
    assert any(expected)
    assert _verdicts(texts, identifiers.curp_is_valid("v")) == expected


def test_an_rfc_is_judged_as_the_model_judges_it() -> None:
    texts = _spoiled(RFC_STEMS, "0123456789A", 400)
    expected = [ids.parse_rfc(text).valid for text in texts]
    assert any(expected)
    assert _verdicts(texts, identifiers.rfc_is_valid("v")) == expected


def test_a_vin_is_judged_as_the_model_judges_it() -> None:
    texts = _spoiled(VINS, "0123456789X", 400)
    expected = [ids.parse_vin(text).valid for text in texts]
    assert any(expected)
    assert _verdicts(texts, identifiers.vin_is_valid("v")) == expected
