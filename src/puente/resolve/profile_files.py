"""The files of a profile, read into one table of raw columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.guess_sample import read_sample
from puente.ingest.reading import check_file, choose_encoding
from puente.ingest.source import Limits
from puente.ingest.workbook import read_sheet
from puente.resolve.profile_spec import ROLES, ROW_ID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from puente.resolve.profile_spec import Profile

_ENCODINGS = {"utf-8": "utf-8", "latin-1": "latin-1"}
_DELIMITERS = (",", ";", "\t", "|", "^", "~")
_WORKBOOKS = (".xlsx", ".xlsm")
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
    if path.suffix.lower() in _WORKBOOKS:
        return _open_sheet(con, path, table, max_file_mb)
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


def _open_sheet(
    con: duckdb.DuckDBPyConnection, path: Path, table: str, max_file_mb: int
) -> list[RejectedRow]:
    """Create `table` of the sheet that holds a table; title lines before its header are passed."""
    import pyarrow as pa

    limits = Limits(max_file_mb=max_file_mb)
    sample = read_sample(path, limits)
    titles = int(str(sample.layout.get("title_lines", 0)))
    rows = list(read_sheet(path, str(sample.layout["sheet"]), limits))
    names = _named_once([cell.strip() for cell in sample.header], path)
    rejects, kept = [], []
    for line, row in enumerate(rows[titles + 1 :], start=titles + 2):
        if any(cell.strip() for cell in row[len(names) :]):
            reason = f"{len(row)} cells, the header has {len(names)}"
            rejects.append(RejectedRow(file=path.name, line=line, reason=reason))
        elif any(cell.strip() for cell in row):
            kept.append([*row[: len(names)], *[""] * (len(names) - len(row))])
    columns = {
        name: pa.array([row[place] for row in kept], pa.string())
        for place, name in enumerate(names)
    }
    con.register("sheet_read", pa.table(columns))
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM sheet_read")
    con.unregister("sheet_read")
    return rejects


def _columns(header: str, delimiter: str, path: Path) -> str:
    """Return DuckDB's column list for a header line; names are trimmed.

    Raises: InvalidData: a name that stands twice.
    """
    cells = header.strip("\ufeff\r\n").split(delimiter)
    names = _named_once([cell.strip().strip('"').strip() for cell in cells], path)
    return "{" + ", ".join(f"'{_text(name)}': 'VARCHAR'" for name in names) + "}"


def _named_once(names: list[str], path: Path) -> list[str]:
    for name in names:
        if names.count(name) > 1:
            message = _("the header names {name!r} twice").format(name=name)
            raise InvalidData(message, file=path, line=1)
    return names


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
    if profile.id == ROW_ID:
        return
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

    key = "lpad(row_number() OVER ()::VARCHAR, 9, '0')"
    if profile.id != ROW_ID:
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
