"""Records brought to one form, a column at a time: what the comparisons read.

Names are read once for each distinct spelling and joined back, so that the cost of knowing Spanish
grows with the vocabulary and not with the records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.resolve import identifiers
from puente.resolve.names import company_core, parse_person, phonetic
from puente.resolve.names.person import (
    first_surname_part,
    given_part,
    second_surname_part,
    surname_core,
    surname_part,
)
from puente.resolve.names.words import given_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import duckdb

PERSON_COLUMNS = (
    "name", "given", "paternal", "maternal", "surname", "birth_date", "sex", "curp", "rfc",
    "phone", "email", "address", "postcode", "place", "occupation",
)  # fmt: skip
COMPANY_COLUMNS = (
    "name",
    "rfc",
    "legal_form",
    "phone",
    "email",
    "address",
    "postcode",
    "place",
    "country",
)
VEHICLE_COLUMNS = ("plate", "vin", "make", "model", "color", "year", "place", "owner")
"""What a raw table of each kind may hold, all text, NULL or "" where nothing is known."""


LOOK_ALIKE = "'ODQILSBZG', '000115826'"
"""What cameras and witnesses take for each other on plates and stampings: 0 O D Q, 1 I L, 5 S..."""


def standardise_people(con: duckdb.DuckDBPyConnection, raw: str, out: str) -> None:
    """Create table `out` with one row per person record of table `raw`, numbered by entity id.

    Args:
        raw: name of a table with `entity_id` and any of `PERSON_COLUMNS`.
    """
    number_rows(con, raw, PERSON_COLUMNS)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE whole AS SELECT *,"
        " coalesce(given, paternal, maternal, surname) IS NULL AS in_one FROM numbered"
    )
    map_texts(
        con, "given_map", "SELECT DISTINCT given FROM whole WHERE given IS NOT NULL", _given_row
    )
    map_texts(
        con,
        "first_map",
        "SELECT DISTINCT coalesce(paternal, surname) FROM whole"
        " WHERE coalesce(paternal, surname) IS NOT NULL",
        _first_row,
    )
    map_texts(
        con,
        "second_map",
        "SELECT DISTINCT maternal FROM whole WHERE maternal IS NOT NULL",
        lambda text: {"second": second_surname_part(text)[0]},
    )
    map_texts(
        con,
        "name_map",
        "SELECT DISTINCT name FROM whole WHERE in_one AND name IS NOT NULL",
        _name_row,
    )
    con.execute(_PERSON_NAMES)
    map_texts(
        con,
        "word_map",
        "SELECT DISTINCT w FROM (SELECT paternal AS w FROM person_names"
        " UNION SELECT maternal FROM person_names) WHERE w <> ''",
        _surname_row,
    )
    map_texts(
        con,
        "key_map",
        "SELECT DISTINCT unnest(string_split(given, ' ')) FROM person_names",
        lambda word: {"keys": sorted({phonetic(key) for key in given_keys(word)})},
    )
    con.execute(f"CREATE OR REPLACE TABLE {out} AS {_PERSON_SQL}")


def standardise_companies(con: duckdb.DuckDBPyConnection, raw: str, out: str) -> None:
    """Create table `out` with one row per firm record of table `raw`, numbered by entity id."""
    number_rows(con, raw, COMPANY_COLUMNS)
    map_texts(
        con, "firm_map", "SELECT DISTINCT name FROM numbered WHERE name IS NOT NULL", _firm_row
    )
    con.execute(f"CREATE OR REPLACE TABLE {out} AS {_COMPANY_SQL}")


def standardise_vehicles(con: duckdb.DuckDBPyConnection, raw: str, out: str) -> None:
    """Create table `out` with one row per vehicle record of table `raw`, numbered by entity id."""
    number_rows(con, raw, VEHICLE_COLUMNS)
    con.execute(f"CREATE OR REPLACE TABLE {out} AS {_VEHICLE_SQL}")


def number_rows(con: duckdb.DuckDBPyConnection, raw: str, columns: tuple[str, ...]) -> None:
    """Create `numbered`: the rows of `raw` by entity id, blanks as NULL, missing columns added."""
    have = {row[0] for row in con.execute(f"DESCRIBE {raw}").fetchall()}
    shown = ", ".join(
        f"nullif(trim({column}), '') AS {column}"
        if column in have
        else f"NULL::VARCHAR AS {column}"
        for column in columns
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE numbered AS SELECT"
        " (row_number() OVER (ORDER BY entity_id) - 1)::INTEGER AS rid,"
        f" entity_id, {shown} FROM {raw} ORDER BY rid"
    )


def map_texts(
    con: duckdb.DuckDBPyConnection, name: str, query: str, read: Callable[[str], dict[str, object]]
) -> None:
    """Create table `name`: each text of `query` as `raw`, beside what `read` makes of it."""
    import pyarrow as pa

    texts = sorted(row[0] for row in con.execute(query).fetchall())
    rows = [read(text) for text in texts]
    columns: dict[str, Iterable[object]] = {"raw": pa.array(texts, pa.string())}
    for key, sample in read("").items():
        kind = pa.list_(pa.string()) if isinstance(sample, list) else pa.string()
        columns[key] = pa.array([row[key] for row in rows], kind)
    made = pa.table(columns)
    con.register("made", made)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM made")
    con.unregister("made")


def _given_row(text: str) -> dict[str, object]:
    return {"given": " ".join(given_part(text)), "suffix": parse_person(given=text).suffix}


def _first_row(text: str) -> dict[str, object]:
    father, mother, _husband = surname_part(text)
    suffix = parse_person(surname=text).suffix
    return {
        "alone": first_surname_part(text), "father": father, "mother": mother, "suffix": suffix
    }  # fmt: skip


def _name_row(text: str) -> dict[str, object]:
    name = parse_person(text)
    return {
        "given": " ".join(name.given), "paternal": name.paternal, "maternal": name.maternal,
        "suffix": name.suffix,
    }  # fmt: skip


def _surname_row(text: str) -> dict[str, object]:
    core = surname_core(text).replace(" ", "")
    return {"core": core, "sound": phonetic(core)}


def _firm_row(text: str) -> dict[str, object]:
    name = company_core(text)
    own = sorted(set(name.core))
    return {
        "core": " ".join(own),
        "joined": "".join(name.core),
        "words": own,
        "sound": " ".join(sorted({phonetic(word) for word in own})),
        "trade": " ".join(sorted(set(name.generic))),
        "form": name.legal_form,
        "whole": " ".join(name.words),
        "own": "yes" if name.core != name.generic else "",
    }


_PERSON_NAMES = """
CREATE OR REPLACE TEMP TABLE person_names AS
SELECT w.rid,
    coalesce(nullif(CASE WHEN in_one THEN n.given ELSE g.given END, ''), '') AS given,
    coalesce(CASE WHEN in_one THEN n.paternal WHEN s.second <> '' THEN f.alone ELSE f.father END,
        '') AS paternal,
    coalesce(CASE WHEN in_one THEN n.maternal WHEN s.second <> '' THEN s.second ELSE f.mother END,
        '') AS maternal,
    nullif(CASE WHEN in_one THEN n.suffix ELSE coalesce(nullif(f.suffix, ''), g.suffix) END, '')
        AS generation
FROM whole w
LEFT JOIN given_map g ON w.given = g.raw
LEFT JOIN first_map f ON coalesce(w.paternal, w.surname) = f.raw
LEFT JOIN second_map s ON w.maternal = s.raw
LEFT JOIN name_map n ON CASE WHEN w.in_one THEN w.name END = n.raw
"""


def plain_text(column: str) -> str:
    """Return SQL for a text in capitals without accents and punctuation, NULL where nothing is."""
    words = f"trim(regexp_replace(upper(strip_accents({column})), '[^A-Z0-9]+', ' ', 'g'))"
    return (
        f"CASE WHEN {words} NOT IN ('', 'NA', 'N A', 'SN', 'S N', 'ND', 'NINGUNO', 'DESCONOCIDO',"
        f" 'CONOCIDO', 'DOMICILIO CONOCIDO', 'UNKNOWN') THEN {words} END"
    )


def _phone(column: str) -> str:
    """Return SQL for the last ten digits of a phone, NULL for a stump or one digit repeated."""
    digits = f"regexp_replace({column}, '\\D', '', 'g')"
    return (
        f"CASE WHEN length({digits}) >= 7 AND len(list_distinct(string_split({digits}, ''))) > 2"
        f" THEN right({digits}, 10) END"
    )


def _number_plate(column: str) -> str:
    """Return SQL for a plate or VIN, NULL where a word stands for "none"."""
    value = identifiers.compacted(column)
    return (
        f"CASE WHEN length({value}) >= 4 AND NOT regexp_matches({value},"
        f" '^(X+|0+|9+|N+A*|S/?N.*|SIN.*|NO.*|PERMISO.*|DESC.*|UNKNOWN)$') THEN {value} END"
    )


_CURP = identifiers.compacted("w.curp")
_RFC = f"nullif(nullif({identifiers.compacted('w.rfc')}, 'XAXX010101000'), 'XEXX010101000')"
_PERSON_SQL = f"""
WITH told AS (
    SELECT w.rid, w.entity_id, w.email, w.address, w.postcode, w.place, w.occupation, w.phone,
        lower(w.sex) AS sex, {_CURP} AS curp, {_RFC} AS rfc,
        list_sort(list_distinct(list_filter(string_split(w.birth_date, ' '),
            lambda day: regexp_matches(day, '^\\d{{4}}(-\\d\\d(-\\d\\d)?)?$')
            AND day NOT IN ('1900-01-01', '1901-01-01')))) AS told_days,
        p.given, p.paternal, p.maternal, p.generation
    FROM whole w JOIN person_names p USING (rid)
), checked AS (
    SELECT *,
        {identifiers.curp_is_valid("curp")} AS curp_ok,
        {identifiers.rfc_is_valid("rfc")} AND length(rfc) = 13 AS rfc_ok,
        list_filter(told_days, lambda day: length(day) = 10
            AND try_cast(day AS DATE) IS NOT NULL) AS full_days,
        list_distinct(list_transform(told_days, lambda day: day[1:4])) AS years,
        CASE WHEN regexp_matches(curp, '^[A-Z]{{4}}\\d{{6}}[HMX][A-Z]{{5}}')
            THEN {identifiers.curp_birth_date("curp")}
            WHEN regexp_matches(coalesce(curp, rfc), '^[A-Z&Ñ]{{4}}\\d{{6}}')
            THEN {identifiers.stem_birth_date("coalesce(curp, rfc)")} END AS registry_day
    FROM told
), dated AS (
    SELECT *,
        CASE WHEN try_cast(registry_day AS DATE) IS NOT NULL THEN registry_day END AS coded,
        CASE WHEN len(years) = 1 THEN years[1] END AS only_year
    FROM checked
), born AS (
    -- A record without a whole birth date has one in its CURP or RFC, unless the two disagree.
    SELECT *,
        -- "1984, or 1 January 1985" is no birth date of 1 January 1985: neither day is sure.
        CASE WHEN len(full_days) = 1 AND len(years) = 1 THEN full_days[1]
            WHEN coalesce(len(full_days), 0) = 0 AND coalesce(coded[1:4] = only_year, true)
            THEN coded END AS dob,
        coalesce(only_year, CASE WHEN coalesce(len(told_days), 0) = 0 THEN coded[1:4] END) AS year
    FROM dated
)
SELECT d.rid, d.entity_id,
    nullif(d.given, '') AS given,
    nullif(split_part(d.given, ' ', 1), '') AS given_first,
    nullif(list_aggregate(k.keys, 'string_agg', ' '), '') AS given_key,
    CASE WHEN d.given <> '' THEN k.keys END AS given_keys,
    NOT contains(d.given, ' ') AS given_one,
    CASE WHEN d.given <> '' THEN k.letters END AS given_letters,
    CASE WHEN d.given <> '' THEN list_sort(list_distinct(list_transform(
        string_split(d.given, ' '), lambda word: word[1]))) END AS initials,
    nullif(d.paternal, '') AS paternal, f.core AS paternal_core, f.sound AS paternal_sound,
    nullif(d.maternal, '') AS maternal, m.core AS maternal_core, m.sound AS maternal_sound,
    d.dob, d.year, d.generation,
    coalesce(d.dob, nullif(array_to_string(d.told_days, ' / '), '')) AS born_told,
    CASE WHEN len(d.full_days) > 0 THEN d.full_days WHEN d.dob IS NOT NULL THEN [d.dob] END
        AS births,
    CASE WHEN len(d.years) > 0 THEN d.years WHEN d.year IS NOT NULL THEN [d.year] END
        AS birth_years,
    CASE WHEN len(d.years) > 1 THEN list_transform(list_filter(d.told_days,
        lambda day: length(day) < 10), lambda day: day[1:4]) END AS loose_years,
    d.dob[1:4]::SMALLINT AS born_y, d.dob[6:7]::SMALLINT AS born_m, d.dob[9:10]::SMALLINT AS born_d,
    d.dob[1:4] || least(d.dob[6:7], d.dob[9:10]) || greatest(d.dob[6:7], d.dob[9:10])
        AS day_key,
    CASE WHEN d.sex IN ('male', 'female') THEN d.sex
        WHEN regexp_matches(d.curp, '^[A-Z]{{4}}\\d{{6}}H') THEN 'male'
        WHEN regexp_matches(d.curp, '^[A-Z]{{4}}\\d{{6}}M') THEN 'female' END AS sex,
    d.curp, CASE WHEN d.curp_ok THEN d.curp END AS curp_valid,
    d.rfc, CASE WHEN d.rfc_ok THEN d.rfc END AS rfc_valid,
    CASE WHEN regexp_matches(d.curp, '^[A-Z]{{4}}\\d{{6}}') THEN d.curp[1:10]
        WHEN regexp_matches(d.rfc, '^[A-Z&Ñ]{{4}}\\d{{6}}') THEN d.rfc[1:10] END AS stem,
    {_phone("d.phone")} AS phone,
    CASE WHEN contains(d.email, '@') THEN lower(d.email) END AS email,
    {plain_text("d.address")} AS address, upper(d.postcode) AS postcode,
    {plain_text("d.place")} AS place, {plain_text("d.occupation")} AS occupation
FROM born d
LEFT JOIN word_map f ON d.paternal = f.raw
LEFT JOIN word_map m ON d.maternal = m.raw
LEFT JOIN (
    SELECT given, list_sort(list_distinct(flatten(list(keys)))) AS keys,
        bit_or(list_aggregate(list_transform(keys, lambda w: 1::INTEGER << (ord(w) % 30)),
            'bit_or')) AS letters
    FROM (SELECT DISTINCT given, unnest(string_split(given, ' ')) AS word FROM person_names)
    JOIN key_map ON word = raw WHERE word <> '' GROUP BY given
) k ON d.given = k.given
ORDER BY d.rid
"""

_COMPANY_SQL = f"""
WITH told AS (
    SELECT n.rid, n.entity_id, {identifiers.compacted("n.rfc")} AS rfc, n.phone, n.email, n.address,
        n.postcode, n.place, n.country, m.own, m.core, m.joined, m.words, m.sound, m.trade,
        coalesce(nullif(m.form, ''), n.legal_form) AS form, m.whole
    FROM numbered n LEFT JOIN firm_map m ON n.name = m.raw
), borne AS (
    -- How many registered firms bear one name in one legal form: one by law, more in fact.
    SELECT whole, form, count(DISTINCT CASE WHEN {identifiers.rfc_is_valid("rfc")} THEN rfc END)
        AS bearers
    FROM told WHERE whole <> '' GROUP BY ALL
)
SELECT rid, entity_id, nullif(core, '') AS core, nullif(joined, '') AS joined, words,
    nullif(sound, '') AS sound, nullif(trade, '') AS trade, nullif(form, '') AS form,
    nullif(whole, '') AS whole, coalesce(own = 'yes', false) AS own, rfc,
    CASE WHEN {identifiers.rfc_is_valid("rfc")} THEN rfc END AS rfc_valid,
    {_phone("phone")} AS phone, CASE WHEN contains(email, '@') THEN lower(email) END AS email,
    {plain_text("address")} AS address, upper(postcode) AS postcode, {plain_text("place")} AS place,
    lower(country) AS country, coalesce(bearers <= 1, false) AS sole
FROM told LEFT JOIN borne USING (whole, form) ORDER BY rid
"""

_VEHICLE_SQL = f"""
WITH told AS (
    SELECT rid, entity_id, {_number_plate("plate")} AS plate, {_number_plate("vin")} AS vin,
        {plain_text("make")} AS make, {plain_text("model")} AS model,
        {plain_text("color")} AS color, left(year, 4) AS year, owner
    FROM numbered
)
SELECT *, CASE WHEN {identifiers.vin_is_valid("vin")} THEN vin END AS vin_valid,
    translate(plate, {LOOK_ALIKE}) AS plate_key,
    translate(vin, {LOOK_ALIKE}) AS vin_key
FROM told ORDER BY rid
"""
