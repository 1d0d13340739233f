"""What firearms are compared by: serial number as stamped and misread, make, model, calibre.

A serial number is one maker's: two makers use the same. Only with make, model and importer does it
name one weapon; that is why tracing asks for all of them.

Source: 27 CFR 478.92(a)(1) (marks that every firearm must bear); ATF, Firearms Tracing Guide.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.resolve.address_words import capitals
from puente.resolve.spec import Field, Key, Kind, Level
from puente.resolve.standard import LOOK_ALIKE, map_texts, number_rows, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

FIREARM_COLUMNS = ("serial", "make", "model", "caliber", "importer", "type")

_BOTH = '"{0}_l" IS NULL OR "{0}_r" IS NULL'
_GONE = re.compile(
    r"BORRAD|LIMAD|ERRADICAD|ILEGIBLE|ALTERAD|DEVASTAD|TRONQUELAD|OBLITERAT|ERASED|DEFACED|REMOVED"
    r"|ILLEGIBLE|GROUND|SCRATCHED"
)
_NO_SERIAL = re.compile(r"^(S ?N|SIN.*|NO.*|NA|N A|ND|DESC.*|UNK.*|NONE|X+|0+)$")
_CALIBERS = (
    (r"^(9|9 ?MM|9X19.*|9 ?MM ?(LUGER|PARA.*|NATO)|9 ?LUGER)$", "9X19"),
    (r"^9X17.*$|^\.?380( ?ACP| ?AUTO)?$|^9 ?(MM )?(CORTO|SHORT|KURZ)$", "380"),
    (r"^\.?38 ?SUPER.*$", "38SUPER"), (r"^\.?38( ?SPL| ?SPECIAL| ?ESPECIAL)?$", "38SPL"),
    (r"^\.?357.*$", "357"), (r"^\.?45( ?ACP| ?AUTO)?$", "45"), (r"^\.?40( ?SW| ?S W)?$", "40"),
    (r"^\.?44.*$", "44"), (r"^\.?22.*$", "22"), (r"^\.?25( ?ACP| ?AUTO)?$", "25"),
    (r"^(7 62X39.*|7 62 X 39.*|762X39.*)$", "762X39"),
    (r"^(7 62 ?X ?51.*|\.?308.*|762X51.*)$", "762X51"),
    (r"^(5 56.*|\.?223.*|556X45.*)$", "556X45"), (r"^(5 7.*|5 7X28.*)$", "57X28"),
    (r"^\.?50.*$", "50BMG"), (r"^12( ?GA.*| ?GAUGE)?$", "12GA"), (r"^20( ?GA.*| ?GAUGE)$", "20GA"),
    (r"^\.?30 ?06.*$", "3006"), (r"^\.?410.*$", "410"),
)  # fmt: skip
"""Ways to write a calibre, folded, and the one form they are brought to."""
_MAKES = {
    "S W": "SMITH WESSON", "SW": "SMITH WESSON", "SMITH AND WESSON": "SMITH WESSON",
    "SMITH Y WESSON": "SMITH WESSON", "SMITH WESSON": "SMITH WESSON", "PIETRO BERETTA": "BERETTA",
    "BERETTA USA": "BERETTA", "GLOCK GMBH": "GLOCK", "GLOCK INC": "GLOCK", "COLTS": "COLT",
    "COLT S": "COLT", "ROMARM": "ROMARM CUGIR", "CUGIR": "ROMARM CUGIR",
    "CENTURY ARMS": "CENTURY", "CENTURY ARMS INC": "CENTURY", "CENTURY ARMS INTERNATIONAL":
    "CENTURY", "FN": "FN HERSTAL", "FNH": "FN HERSTAL", "FABRIQUE NATIONALE": "FN HERSTAL",
    "STURM RUGER": "RUGER", "STURM RUGER AND CO": "RUGER", "BARRET": "BARRETT",
    "BARRETT FIREARMS": "BARRETT",
}  # fmt: skip
_NOT_A_MAKE = frozenset({"SIN MARCA", "S M", "SM", "NO VISIBLE", "HECHIZA", "DESCONOCIDA"})


def plain_serial(text: str) -> tuple[str, bool]:
    """Return a serial number's letters, digits and unread places (`?`); whether it was removed.

    `A12*45` and `A12-45` are told apart: a star, a question mark or an underscore stands for a
    character that could not be read.
    """
    folded = capitals(text).strip()
    if _GONE.search(folded):
        rest = " ".join(re.findall(r"\b(?=\w*\d)[A-Z0-9*?_-]{4,}\b", folded))
        return re.sub(r"[^A-Z0-9?]", "", rest.replace("*", "?").replace("_", "?")), True
    if _NO_SERIAL.match(re.sub(r"[^A-Z0-9]+", " ", folded).strip()):
        return "", False
    kept = re.sub(r"[^A-Z0-9?]", "", re.sub(r"[*_]", "?", folded))
    return (kept if len(kept.replace("?", "")) >= 3 else ""), False


def plain_caliber(text: str) -> str:
    """Return a calibre in one form, `9X19` for `9 mm Parabellum`; as written where not known."""
    folded = re.sub(r"[^A-Z0-9.]+", " ", capitals(text))
    folded = re.sub(r"^ *CAL(IBRE|IBER)?[. ]*(?=[.\d])", "", folded).strip()
    spaced = re.sub(r"(?<=\d)[.](?=\d)", " ", folded).strip()
    for pattern, name in _CALIBERS:
        if re.match(pattern, folded) or re.match(pattern, spaced):
            return name
    return spaced.replace(" ", "")


def plain_make(text: str) -> str:
    """Return a maker in one form, "" where it says that there is none."""
    folded = re.sub(r"[^A-Z0-9]+", " ", capitals(text)).strip()
    return "" if folded in _NOT_A_MAKE else _MAKES.get(folded, folded)


_READABLE = (
    'length("serial_l") = length("serial_r") AND list_bool_and(list_transform('
    'range(1, length("serial_l") + 1), lambda n: "serial_l"[n] = "serial_r"[n]'
    " OR \"serial_l\"[n] = '?' OR \"serial_r\"[n] = '?'))"
)
SERIAL = Field(
    name="serial_number", title=N_("Serial number"), show="serial", null=_BOTH.format("serial"),
    levels=(
        Level(label=N_("the same"),
              sql='"serial_l" = "serial_r" AND NOT contains("serial_l", \'?\')', m=0.85,
              u=0.00005, fixed=True),
        Level(label=N_("the same but for letters that look alike (O/0, I/1, S/5, B/8)"),
              sql='"serial_key_l" = "serial_key_r" AND NOT contains("serial_l", \'?\')', m=0.05,
              u=0.00005, fixed=True),
        Level(label=N_("the same as far as it can be read"), sql=_READABLE, m=0.03, u=0.0001,
              fixed=True),
        Level(label=N_("one gives a part of the other"),
              sql='length("serial_l") >= 5 AND length("serial_r") >= 5'
                  ' AND (contains("serial_l", "serial_r") OR contains("serial_r", "serial_l"))',
              m=0.03, u=0.00002, fixed=True),
        Level(label=N_("one character apart"),
              sql='length("serial_l") > 4 AND damerau_levenshtein("serial_l", "serial_r") <= 1',
              m=0.03, u=0.0002, fixed=True),
        Level(label=N_("different"), sql="ELSE", m=0.01, u=0.9997, fixed=True),
    ),
)  # fmt: skip


def _trait(name: str, title: str, column: str, m: float, u: float) -> Field:
    left, right = f'"{column}_l"', f'"{column}_r"'
    return Field(
        name=name, title=title, show=column, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=m, u=u, tf=column),
            Level(label=N_("nearly the same"),
                  sql=f"jaro_winkler_similarity({left}, {right}) >= 0.9"
                      f" OR starts_with({left}, {right}) OR starts_with({right}, {left})",
                  m=(1 - m) * 0.85, u=u / 2),
            Level(label=N_("different"), sql="ELSE", m=(1 - m) * 0.15, u=1 - u * 1.5,
                  most=0.03),
        ),
    )  # fmt: skip


FIREARM = Kind(
    name="Firearm",
    fields=(
        SERIAL,
        _trait("make", N_("Make"), "make", 0.96, 0.08),
        _trait("model", N_("Model"), "model", 0.85, 0.02),
        _trait("caliber", N_("Calibre"), "caliber", 0.93, 0.15),
        _trait("importer", N_("Importer"), "importer", 0.85, 0.1),
        _trait("weapon_type", N_("Type"), "type", 0.85, 0.35),
    ),
    keys=(
        Key(name=N_("serial number"), ladder=("serial_key", "serial_key || coalesce(make, '')"),
            cap=100),
        Key(name=N_("first of the serial number"),
            ladder=("CASE WHEN length(serial) > 5 THEN serial_key[1:5] || coalesce(make, '') END",),
            cap=20),
        Key(name=N_("last of the serial number"),
            ladder=("CASE WHEN length(serial) > 5 THEN right(serial_key, 5) END",), cap=20),
        Key(name=N_("make, model, calibre and last of the serial number"),
            ladder=("make || ' ' || model || ' ' || caliber || right(serial_key, 2)",), cap=15),
    ),
    training=("l.serial_key = r.serial_key AND length(l.serial) > 5",),
    certain="l.serial = r.serial AND l.make = r.make",
)  # fmt: skip


def standardise_firearms(con: duckdb.DuckDBPyConnection, raw: str, out: str) -> None:
    """Create table `out` with one row per record of a firearm in table `raw`, by entity id.

    Args:
        raw: name of a table with `entity_id` and any of `FIREARM_COLUMNS`. A removed serial number
            is kept as `obliterated`: it agrees with nothing.
    """
    number_rows(con, raw, FIREARM_COLUMNS)
    map_texts(con, "serial_map", "SELECT DISTINCT serial FROM numbered WHERE serial IS NOT NULL",
              lambda t: dict(zip(("serial", "gone"), _serial_row(t), strict=True)))  # fmt: skip
    for column, read in (("caliber", plain_caliber), ("make", plain_make)):
        map_texts(
            con, f"{column}_map",
            f"SELECT DISTINCT {column} FROM numbered WHERE {column} IS NOT NULL",
            partial(_in_one_form, read),
        )  # fmt: skip
    con.execute(
        f"""CREATE OR REPLACE TABLE {out} AS
        WITH told AS (SELECT n.rid, n.entity_id, nullif(s.serial, '') AS serial,
            coalesce(s.gone = 'yes', false) AS obliterated, nullif(m.plain, '') AS make,
            replace({plain_text("n.model")}, ' ', '') AS model, nullif(c.plain, '') AS caliber,
            {plain_text("n.importer")} AS importer, {plain_text("n.type")} AS type
        FROM numbered n LEFT JOIN serial_map s ON n.serial = s.raw
        LEFT JOIN make_map m ON n.make = m.raw LEFT JOIN caliber_map c ON n.caliber = c.raw)
        SELECT *, translate(serial, {LOOK_ALIKE}) AS serial_key FROM told ORDER BY rid"""
    )


def _in_one_form(read: Callable[[str], str], text: str) -> dict[str, object]:
    return {"plain": read(text)}


def _serial_row(text: str) -> tuple[str, str]:
    serial, gone = plain_serial(text)
    return serial, "yes" if gone else ""
