"""The files of a profile, read into one table of raw columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import check_file, choose_encoding
from puente.model.dates import parse_date
from puente.resolve.profile_spec import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from puente.resolve.profile_spec import Profile

_ENCODINGS = {"utf-8": "utf-8", "latin-1": "latin-1"}
_DELIMITERS = (",", ";", "\t", "|")
_MALE = ("H", "HOMBRE", "MALE", "MASCULINO", "MASC", "VARON", "1")
_FEMALE = ("F", "FEMALE", "FEMENINO", "FEM", "MUJER", "W", "WOMAN", "2")
_SHOWN_REJECTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that could not be read, and why."""

    file: str
    line: int
    reason: str


def read_files(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], profile: Profile, max_file_mb: int
) -> list[RejectedRow]:
    """Create table `raw`: `entity_id`, `file`, `unique_id`, the roles' columns, `x0`, `x1`...

    `entity_id` is made so that ids that stand in two files do not meet.

    Returns: rows that could not be read, with file, line and reason.
    Raises: InvalidData: a file that cannot be read, lacks a column, or has an empty or double id.
    """
    rejects: list[RejectedRow] = []
    parts = []
    for number, path in enumerate(files):
        rejects += _open(con, path, f"file{number}", max_file_mb)
        _check_columns(con, path, f"file{number}", profile)
        _check_ids(con, path, f"file{number}", profile)
        parts.append(_select(con, f"file{number}", number, len(files), profile))
    con.execute("CREATE OR REPLACE TABLE raw AS " + " UNION ALL ".join(parts))
    _tidy_dates(con, profile)
    _tidy_sex(con, profile)
    return rejects


def _open(
    con: duckdb.DuckDBPyConnection, path: Path, table: str, max_file_mb: int
) -> list[RejectedRow]:
    import duckdb

    if path.suffix.lower() in (".parquet", ".pq"):
        try:
            con.execute(
                f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_parquet(?)", [str(path)]
            )
        except duckdb.Error as error:
            raise InvalidData(_first_line(error), file=path) from None
        return []
    check_file(path, max_file_mb)
    encoding = choose_encoding(path, tuple(_ENCODINGS))
    with path.open(encoding=encoding) as handle:
        header = handle.readline()
    delimiter = max(_DELIMITERS, key=header.count)
    con.execute("DROP TABLE IF EXISTS reject_errors")
    con.execute("DROP TABLE IF EXISTS reject_scans")
    try:
        con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_csv(?, header = true,"
            " delim = ?, quote = '\"', escape = '\"', all_varchar = true, auto_detect = false,"
            f" encoding = ?, store_rejects = true, columns = {_columns(header, delimiter, path)})",
            [str(path), delimiter, _ENCODINGS[encoding]],
        )
        found = con.execute(
            "SELECT line::BIGINT, min(error_message) FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
    except duckdb.Error as error:
        line = re.search(r"[Ll]ine:? (\d+)", str(error))
        raise InvalidData(
            _first_line(error), file=path, line=int(line[1]) if line else None
        ) from None
    return [
        RejectedRow(file=path.name, line=int(line), reason=str(reason).splitlines()[0])
        for line, reason in found
    ]


def _columns(header: str, delimiter: str, path: Path) -> str:
    """Return DuckDB's column list for a header line; names are trimmed.

    Raises: InvalidData: a name that stands twice.
    """
    cells = header.strip("\ufeff\r\n").split(delimiter)
    names = [cell.strip().strip('"').strip() for cell in cells]
    for name in names:
        if names.count(name) > 1:
            message = _("the header names {name!r} twice").format(name=name)
            raise InvalidData(message, file=path, line=1)
    return "{" + ", ".join(f"'{_text(name)}': 'VARCHAR'" for name in names) + "}"


def _check_columns(
    con: duckdb.DuckDBPyConnection, path: Path, table: str, profile: Profile
) -> None:
    have = [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]
    for column in profile.used:
        if column not in have:
            raise InvalidData(
                _("no column {name!r}; there are {known}").format(
                    name=column, known=", ".join(have)
                ),
                file=path, line=1,
            )  # fmt: skip


def _check_ids(con: duckdb.DuckDBPyConnection, path: Path, table: str, profile: Profile) -> None:
    key = f'trim("{_name(profile.id)}"::VARCHAR)'
    empty = con.execute(f"SELECT count(*) FROM {table} WHERE coalesce({key}, '') = ''").fetchone()
    if empty and empty[0]:
        raise InvalidData(_("{n} rows have no id").format(n=empty[0]), file=path)
    twice = con.execute(
        f"SELECT {key} FROM {table} GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    ).fetchone()
    if twice:
        raise InvalidData(_("the id {name!r} stands twice").format(name=twice[0]), file=path)


def _select(
    con: duckdb.DuckDBPyConnection, table: str, number: int, files: int, profile: Profile
) -> str:
    types = {row[0]: row[1] for row in con.execute(f"DESCRIBE {table}").fetchall()}

    def told(column: str) -> str:
        shown = f'"{_name(column)}"'
        if types[column].startswith(("TIMESTAMP", "DATE")):
            shown = f"strftime({shown}, '%Y-%m-%d')"
        return f"nullif(trim({shown}::VARCHAR), '')"

    key = told(profile.id)
    # With one file the ids are the record's own; with several the file's number parts them.
    entity = key if files == 1 else f"{key} || ' #{number}'"
    columns = [f"{told(column)} AS {ROLES[role]}" for role, column in profile.columns.items()]
    columns += [f"{told(column)} AS x{place}" for place, column in enumerate(profile.other)]
    truth = "NULL::VARCHAR"
    if profile.truth:
        truth = told(profile.truth)
    elif profile.truth_regex:
        group = 1 if re.compile(profile.truth_regex).groups else 0
        truth = f"nullif(regexp_extract({key}, '{_text(profile.truth_regex)}', {group}), '')"
    return (
        f"SELECT {entity} AS entity_id, {number} AS file, {key} AS unique_id, {truth} AS truth"
        f"{''.join(', ' + column for column in columns)} FROM {table}"
    )


def _tidy_dates(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """Bring dates to ISO form; what cannot be read as a date says nothing."""
    import pyarrow as pa

    dated = ["birth_date"] if "birth_date" in profile.columns else []
    dated += [f"x{place}" for place, sort in enumerate(profile.other.values()) if sort == "date"]
    for column in dated:
        texts = [
            row[0]
            for row in con.execute(
                f"SELECT DISTINCT {column} FROM raw WHERE {column} IS NOT NULL ORDER BY 1"
            ).fetchall()
        ]
        day_first = _day_first(texts)
        dates = pa.table(
            {
                "said": pa.array(texts, pa.string()),
                "iso": pa.array([_iso(text, day_first=day_first) for text in texts], pa.string()),
            }
        )
        con.register("dates", dates)
        con.execute(
            f"UPDATE raw SET {column} = dates.iso FROM dates WHERE raw.{column} = dates.said"
        )
        con.unregister("dates")


def _day_first(texts: Sequence[str]) -> bool:
    """Return False if a date of the column can only be read month first, else True."""
    for text in texts:
        match = re.match(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}", text)
        if match and int(match[2]) > 12:
            return False
    return True


def _iso(text: str, *, day_first: bool) -> str | None:
    try:
        return parse_date(text, day_first=day_first).iso
    except InvalidData:
        return None


def _tidy_sex(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """Bring sex to `male`, `female`. `M` is *mujer* in a column that writes H for men."""
    if "sex" not in profile.columns:
        return
    known = {row[0] for row in con.execute("SELECT DISTINCT upper(trim(sex)) FROM raw").fetchall()}
    spanish = bool(known & {"H", "HOMBRE", "MUJER"})
    male = (*_MALE, *(() if spanish else ("M",)))
    female = (*_FEMALE, *(("M",) if spanish else ()))
    con.execute(
        f"UPDATE raw SET sex = CASE WHEN upper(trim(sex)) IN {male} THEN 'male'"
        f" WHEN upper(trim(sex)) IN {female} THEN 'female' END"
    )


def shown_rejects(rejects: Sequence[RejectedRow]) -> list[dict[str, object]]:
    """Return the first rejects as a report shows them."""
    return [
        {"file": row.file, "line": row.line, "reason": row.reason}
        for row in rejects[:_SHOWN_REJECTS]
    ]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _name(text: str) -> str:
    return text.replace('"', '""')


def _text(text: str) -> str:
    return text.replace("'", "''")
