"""What telephone numbers are compared by: the number as dialled, and who is said to hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.resolve.spec import Field, Key, Kind, Level
from puente.resolve.standard import number_rows, plain_text

if TYPE_CHECKING:
    import duckdb

PHONE_COLUMNS = ("phone", "name", "place")

_BOTH = '"{0}_l" IS NULL OR "{0}_r" IS NULL'

NUMBER = Field(
    name="phone", title=N_("Phone"), show="number", null=_BOTH.format("number"),
    levels=(
        Level(label=N_("the same"), sql='"number_l" = "number_r"', m=0.9, u=0.00001, fixed=True),
        Level(label=N_("the same, one without the area code"),
              sql='(length("number_l") < 10 OR length("number_r") < 10) AND'
                  ' (ends_with("number_l", "number_r") OR ends_with("number_r", "number_l"))',
              m=0.05, u=0.00005, fixed=True),
        # Numbers are given out in rows: a neighbour's differs in one digit too.
        Level(label=N_("one digit apart"),
              sql='length("number_l") = length("number_r")'
                  ' AND damerau_levenshtein("number_l", "number_r") <= 1', m=0.03, u=0.003,
              fixed=True),
        Level(label=N_("different"), sql="ELSE", m=0.02, u=0.9999, fixed=True),
    ),
)  # fmt: skip

NAME = Field(
    name="name", title=N_("Name"), show="name", null=_BOTH.format("name"),
    levels=(
        Level(label=N_("the same"), sql='"sorted_l" = "sorted_r"', m=0.6, u=0.001, tf="sorted"),
        Level(label=N_("one name has more words"),
              sql='list_has_all("words_l", "words_r") OR list_has_all("words_r", "words_l")',
              m=0.15, u=0.002),
        Level(label=N_("nearly the same"),
              sql='jaro_winkler_similarity("sorted_l", "sorted_r") >= 0.92', m=0.1, u=0.001),
        # A line is shared in a house and changes hands: another name is little against it.
        Level(label=N_("different"), sql="ELSE", m=0.15, u=0.996),
    ),
)  # fmt: skip

PLACE = Field(
    name="city", title=N_("Municipality"), show="place", null=_BOTH.format("place"),
    levels=(
        Level(label=N_("the same"), sql='"place_l" = "place_r"', m=0.8, u=0.05, tf="place"),
        Level(label=N_("different"), sql="ELSE", m=0.2, u=0.95),
    ),
)  # fmt: skip

PHONE_LINE = Kind(
    name="Phone",
    fields=(NUMBER, NAME, PLACE),
    keys=(
        Key(name=N_("phone"), ladder=("number",), cap=200),
        Key(name=N_("last seven digits"), ladder=("right(number, 7)",), cap=20),
        Key(name=N_("first eight digits"),
            ladder=("CASE WHEN length(number) = 10 THEN number[1:8] END",), cap=20),
        Key(name=N_("first six digits and name"),
            ladder=("CASE WHEN length(number) = 10 THEN number[1:6] || sorted END",), cap=20),
    ),
    training=("l.number = r.number", "l.sorted = r.sorted AND l.place = r.place"),
    certain="l.number = r.number",
)  # fmt: skip


def dialled(column: str) -> str:
    """Return SQL for the national number: what is dialled at home, without prefixes.

    Prefixes of Mexico before the plan of 2019 (`01`, `044`, `045`, `+52 1`) and those of both
    countries are left off; an extension too. NULL for a stump, or for one digit repeated.

    Source: IFT, Plan Técnico Fundamental de Numeración (DOF 11 May 2018), in force 3 August 2019.
    """
    bare = f"regexp_replace(lower({column}), '(ext|x|extension)[.: ]*\\d+.*$', '')"
    digits = f"regexp_replace({bare}, '\\D', '', 'g')"
    home = (
        f"CASE WHEN length({digits}) > 10 THEN"
        f" regexp_replace({digits}, '^(00)?(521|52|1|01|044|045)(\\d{{10}})$', '\\3')"
        f" ELSE {digits} END"
    )
    return (
        f"CASE WHEN length({home}) BETWEEN 7 AND 15 AND"
        f" len(list_distinct(string_split({home}, ''))) > 2 THEN {home} END"
    )


def standardise_phones(con: duckdb.DuckDBPyConnection, raw: str, out: str) -> None:
    """Create table `out` with one row per record of a telephone in table `raw`, by entity id.

    Args:
        raw: name of a table with `entity_id` and any of `PHONE_COLUMNS`.
    """
    number_rows(con, raw, PHONE_COLUMNS)
    con.execute(
        f"""CREATE OR REPLACE TABLE {out} AS
        WITH told AS (SELECT rid, entity_id, {dialled("phone")} AS number,
            {plain_text("name")} AS name, {plain_text("place")} AS place FROM numbered)
        SELECT *, list_sort(list_distinct(string_split(name, ' '))) AS words,
            array_to_string(list_sort(list_distinct(string_split(name, ' '))), ' ') AS sorted
        FROM told ORDER BY rid"""
    )
