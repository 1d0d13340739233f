"""What addresses are compared by: street, number, unit, neighbourhood, postcode, town."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.resolve.address_words import NO_NUMBER, parse_address
from puente.resolve.spec import Field, Key, Kind, Level
from puente.resolve.standard import map_texts, number_rows, plain_text

if TYPE_CHECKING:
    import duckdb

ADDRESS_COLUMNS = (
    "address", "street", "number", "unit", "colonia", "postcode", "place", "state",
)  # fmt: skip

_BOTH = '"{0}_l" IS NULL OR "{0}_r" IS NULL'
_SHARED = 'len(list_intersect("words_l", "words_r"))'

STREET = Field(
    name="street", title=N_("Street"), show="street", null=_BOTH.format("street"),
    levels=(
        Level(label=N_("the same"), sql='"street_l" = "street_r"', m=0.75, u=0.003, tf="street"),
        Level(label=N_("a letter or two apart"),
              sql='length("street_l") > 4 AND damerau_levenshtein("street_l", "street_r")'
                  ' <= CASE WHEN length("street_l") > 9 THEN 2 ELSE 1 END', m=0.1, u=0.0005),
        Level(label=N_("one name has more words"),
              sql='list_has_all("words_l", "words_r") OR list_has_all("words_r", "words_l")',
              m=0.07, u=0.002),
        Level(label=N_("share a word, differ in another"), sql=f"{_SHARED} > 0", m=0.05, u=0.03),
        Level(label=N_("different"), sql="ELSE", m=0.03, u=0.96),
    ),
)  # fmt: skip

NUMBER = Field(
    name="street_number", title=N_("Number on the street"), show="number",
    # That a house has no number is said of so many that two such are no agreement.
    null=f"{_BOTH.format('number')} OR (\"number_l\" = '{NO_NUMBER}' AND \"number_r\" ="
         f" '{NO_NUMBER}')",
    levels=(
        Level(label=N_("the same"), sql='"number_l" = "number_r"', m=0.88, u=0.006, tf="number"),
        Level(label=N_("the same but for a letter"), sql='"digits_l" = "digits_r"', m=0.04,
              u=0.001),
        Level(label=N_("one digit apart"),
              sql='length("number_l") > 2 AND damerau_levenshtein("number_l", "number_r") <= 1',
              m=0.04, u=0.01),
        Level(label=N_("different"), sql="ELSE", m=0.02, u=0.98),
    ),
)  # fmt: skip


def _plain(name: str, title: str, column: str, m: float, u: float, near: str = "") -> Field:
    """Return a field that agrees, nearly agrees where `near` says how, or does not."""
    left, right = f'"{column}_l"', f'"{column}_r"'
    middle = Level(label=N_("nearly the same"), sql=near, m=(1 - m) * 0.6, u=u * 2)
    return Field(
        name=name, title=title, show=column, null=f"{left} IS NULL OR {right} IS NULL",
        levels=(
            Level(label=N_("the same"), sql=f"{left} = {right}", m=m, u=u, tf=column),
            *((middle,) if near else ()),
            Level(label=N_("different"), sql="ELSE", m=(1 - m) * (0.4 if near else 1),
                  u=1 - u * (3 if near else 1)),
        ),
    )  # fmt: skip


ADDRESS = Kind(
    name="Address",
    fields=(
        STREET, NUMBER,
        _plain("unit", N_("Flat or office"), "unit", 0.85, 0.05),
        _plain("neighbourhood", N_("Neighbourhood"), "colonia", 0.8, 0.005,
               'jaro_winkler_similarity("colonia_l", "colonia_r") >= 0.9'
               ' OR starts_with("colonia_l", "colonia_r")'
               ' OR starts_with("colonia_r", "colonia_l")'),
        _plain("postcode", N_("Postcode"), "postcode", 0.85, 0.005,
               '"postcode_l"[1:3] = "postcode_r"[1:3]'),
        _plain("city", N_("Municipality"), "place", 0.93, 0.05,
               'jaro_winkler_similarity("place_l", "place_r") >= 0.9'),
        _plain("state", N_("State"), "state", 0.97, 0.15),
        _plain("street_type", N_("Type of street"), "kind", 0.85, 0.35),
    ),
    keys=(
        Key(name=N_("street and number"), ladder=("street || ' ' || digits",
            "street || ' ' || digits || coalesce(postcode, place, '')"), cap=40),
        Key(name=N_("postcode and number"), ladder=("postcode || ' ' || digits",), cap=40),
        Key(name=N_("postcode and a word of the street"),
            ladder=("list_transform(words, lambda w: postcode || ' ' || w[1:4])",), cap=20),
        Key(name=N_("neighbourhood and number"), ladder=("colonia || ' ' || digits",), cap=30),
        Key(name=N_("town, number and a word of the street"),
            ladder=("list_transform(words, lambda w: place || ' ' || digits || ' ' || w[1:3])",),
            cap=30),
        Key(name=N_("street"), ladder=("street", "street || coalesce(place, '')",
            "street || coalesce(postcode, colonia, '')"), cap=20),
    ),
    training=(
        "l.street = r.street AND l.number = r.number",
        "l.postcode = r.postcode AND l.number = r.number",
    ),
    certain="l.street = r.street AND l.number = r.number AND l.postcode = r.postcode",
)  # fmt: skip


def _parts(text: str) -> dict[str, object]:
    found = parse_address(text)
    return {
        "street": found.street, "kind": found.kind, "number": found.number, "unit": found.unit,
        "colonia": found.colonia, "postcode": found.postcode,
    }  # fmt: skip


def standardise_addresses(con: duckdb.DuckDBPyConnection, raw: str, out: str) -> None:
    """Create table `out` with one row per address of table `raw`, numbered by entity id.

    Args:
        raw: name of a table with `entity_id` and any of `ADDRESS_COLUMNS`. A column of its own
            overrules what `address` says.
    """
    number_rows(con, raw, ADDRESS_COLUMNS)
    whole = "coalesce(address, street)"
    map_texts(
        con, "address_map",
        f"SELECT DISTINCT {whole} FROM numbered WHERE {whole} IS NOT NULL", _parts,
    )  # fmt: skip
    map_texts(
        con, "colonia_map", "SELECT DISTINCT colonia FROM numbered WHERE colonia IS NOT NULL",
        lambda text: {"colonia": parse_address(f"COL. {text}").colonia},
    )  # fmt: skip
    number = "upper(replace(trim(n.number), '-', ''))"
    con.execute(
        f"""CREATE OR REPLACE TABLE {out} AS
        WITH told AS (
            SELECT n.rid, n.entity_id, nullif(m.street, '') AS street, nullif(m.kind, '') AS kind,
                coalesce(CASE WHEN regexp_matches({number}, '^S.?N.?$') THEN '{NO_NUMBER}'
                    ELSE nullif({number}, '') END, nullif(m.number, '')) AS number,
                coalesce(upper(n.unit), nullif(m.unit, '')) AS unit,
                coalesce(nullif(c.colonia, ''), nullif(m.colonia, '')) AS colonia,
                coalesce(nullif(lpad(regexp_extract(n.postcode, '\\d{{4,5}}'), 5, '0'), '00000'),
                    nullif(m.postcode, '')) AS postcode,
                {plain_text("n.place")} AS place, {plain_text("n.state")} AS state
            FROM numbered n LEFT JOIN address_map m ON {
            whole.replace("(", "(n.", 1).replace(", ", ", n.")
        } = m.raw LEFT JOIN colonia_map c ON n.colonia = c.raw
        )
        SELECT *, string_split(street, ' ') AS words,
            nullif(regexp_extract(number, '\\d+'), '') AS digits
        FROM told ORDER BY rid"""
    )
