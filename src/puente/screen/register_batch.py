"""Many entries of the register at once, from a CSV file or a workbook.

Source: 31 CFR 501.603(b)(2): whoever holds much reports it in a spreadsheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _
from puente.ingest.reading import Layout, read_table, table_of
from puente.ingest.source import Limits, LoadContext, Reject, SourceFile, SourceInfo
from puente.ingest.workbook import read_sheet
from puente.screen.register_forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.screen.register import Register
    from puente.screen.register_items import Item

ON = "on"
"""Column that names the item which an entry is added to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of the rows of a file; each is one or the other.

    Source: see the module.
    """

    items: tuple[Item, ...]
    rejects: tuple[Reject, ...]


def add_file(register: Register, form: str, path: Path) -> Taken:
    """Write an entry for each row of a file; a row at fault is a reject and stops no other.

    Args:
        form: one of `puente.screen.register_forms.FORMS`.
        path: `.csv` or `.xlsx`; its columns are the form's fields, and `on` where the entry is
            added to an item.

    Source: see the module.

    Raises:
        InvalidData: a file that cannot be read at all, or no such form.
        NotAllowed: the policy refuses it; rows before stay written.
    """
    if form not in FORMS:
        message = _("no kind of entry {name!r}; one of {known}")
        raise InvalidData(message.format(name=form, known=", ".join(FORMS)))
    needed = tuple(field.name for field in FORMS[form].fields if field.required)
    items: list[Item] = []
    rejects: list[Reject] = []
    for row in rows_in(path, needed if FORMS[form].opens else (ON, *needed)):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        line, given = row
        try:
            items.append(register.add(form, given, on=given.pop(ON, "").strip()))
        except (InvalidData, NotFound, Conflict) as error:
            reason = error.reason if isinstance(error, InvalidData) else error.message
            rejects.append(Reject(line=line, reason=reason, raw=""))
    return Taken(items=tuple(items), rejects=tuple(rejects))


def rows_in(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]] | Reject]:
    """Yield the rows of a delimited file or of a workbook's first sheet, by column.

    Source: see the module.

    Raises: InvalidData: it cannot be read, or has not the columns that are needed.
    """
    info = SourceInfo(name="entries", title="", agency="", country="", record_class="fact")
    file = SourceFile(path=path, source="entries", published="")
    context = LoadContext(info=info, file=file, today=date.min)
    layout = Layout(header=needed)
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        sheet = enumerate(read_sheet(path, "", Limits()), start=1)
        table = table_of(((line, cells) for line, cells in sheet if any(cells)), layout, context)
    else:
        table = read_table(context, layout)
    for item in table.rows:
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        yield line, dict(zip(table.header, cells, strict=False))
