"""Files of questions, CSV, XLSX or Parquet, read row by row.

Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), on data relevance.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import Layout, Table, check_columns, read_table, table_of
from puente.ingest.source import LoadContext, Reject, SourceFile, SourceInfo
from puente.model.countries import country_code
from puente.model.dates import parse_date
from puente.model.ids import parse_curp, parse_rfc
from puente.model.schema import get_schema
from puente.screen.entry import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

NEEDED = ("id", "name")
COLUMNS = (*NEEDED, "schema", "birth_date", "country", "curp", "rfc")
RAW = 500
Values = dict[str, str]
"""What a row says, by column; it has an id and a name."""
_LAYOUT = Layout(header=NEEDED)


def read_questions(path: Path) -> Iterator[Values | Reject]:
    """Yield what each row of a file of questions says; a row without id or name is a `Reject`.

    Args:
        path: `id,name[,schema,birth_date,country,curp,rfc]` and any more columns: CSV in UTF-8,
            the first sheet of a workbook (.xlsx, .xlsm), or Parquet.

    Raises: InvalidData: a file that cannot be read at all, or without these columns.
    Source: see the module.
    """
    info = SourceInfo(name="queries", title="", agency="", country="", record_class="fact")
    file = SourceFile(path=path, source="queries", published="")
    context = LoadContext(info=info, file=file, today=date.min)
    kind = path.suffix.casefold()
    if kind in {".xlsx", ".xlsm"}:
        from puente.ingest.workbook import open_workbook

        with open_workbook(path, context.limits) as book:
            yield from _rows(table_of(enumerate(book.texts(), 1), _LAYOUT, context))
    elif kind == ".parquet":
        yield from _rows(_parquet(path, context))
    else:
        yield from _rows(read_table(context, _LAYOUT))


def _parquet(path: Path, context: LoadContext) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from puente.ingest.mapping_parquet import open_parquet

    try:
        held = pq.read_schema(path).names if path.is_file() else []
    except (pa.ArrowException, OSError):
        held = []  # what is wrong with it is told by the reader below
    if held:
        check_columns(NEEDED, held)
    return open_parquet(path, [name for name in COLUMNS if name in held] or NEEDED, context)


def _rows(table: Table) -> Iterator[Values | Reject]:
    place = {name: table.index(name) for name in COLUMNS if name in table.header}
    for item in table.rows:
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        values = {name: cells[at].strip() for name, at in place.items()}
        lacking = next((name for name in NEEDED if not values[name]), None)
        if lacking is None:
            yield values
        else:
            reason = _("no {column}").format(column=lacking)
            yield Reject(line=line, reason=reason, raw=",".join(cells)[:RAW])


def question_of(values: Mapping[str, str]) -> tuple[Query, list[str]]:
    """Return the question that a row asks, and what of the row could not be read.

    Source: see the module.
    """
    notes: list[str] = []

    def read(name: str, parse: Callable[[str], str]) -> tuple[str, ...]:
        value = values.get(name, "")
        if not value:
            return ()
        try:
            return (parse(value),)
        except InvalidData as error:
            notes.append(_("{column} not read: {reason}").format(column=name, reason=error.reason))
            return ()

    schema = read("schema", lambda text: get_schema(text).name)
    query = Query(
        id=values["id"],
        names=(values["name"],),
        schema=schema[0] if schema else "",
        birth_dates=read("birth_date", lambda text: parse_date(text).iso),
        countries=read("country", country_code),
        curps=read("curp", _valid(parse_curp)),
        rfcs=read("rfc", _valid(parse_rfc)),
    )
    return query, notes


def _valid(parse: Callable[[str], object]) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = parse(text)
        value, note = str(found.value), str(found.note)  # type: ignore[attr-defined]
        if note:
            raise InvalidData(note)
        return value

    return read
