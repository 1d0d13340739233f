"""Who counts as blocked to begin with: persons on lists that block property, on the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from puente.errors import InvalidData
from puente.graph.delimited import lines_of_rows, read_columns
from puente.i18n import gettext as _
from puente.model.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from pathlib import Path

BLOCKING_LISTS = frozenset({"ofac_sdn", "sdn", "ofac"})
"""Names of lists whose entries' property is blocked under US law. Every entry of the SDN list is.
Source: 31 CFR chapter V, appendix A. The lists of sectoral and correspondent-account sanctions, the
UN's and Mexico's tax list (art. 69-B CFF) block nothing under it."""
OTHER_IDS = ("sat69b-", "un-")
"""How ids of lists begin that block no property in the United States."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """The persons a file names as blocked.

    Attributes:
        ids: those who count, sorted.
        left_out: number of rows by list that blocks no property.
        not_then: number of rows whose listing had not begun, or was over, on the day.
        doubtful: ids that count because they are named, though their list blocks no property.

    Source: OFAC guidance of 13 August 2014 speaks of persons whose property is blocked.
    """

    ids: tuple[str, ...]
    left_out: dict[str, int]
    not_then: int
    doubtful: tuple[str, ...]


def read_seeds(path: Path, *, as_of: date, also: Collection[str] = ()) -> Seeds:
    """Return who counts as blocked on `as_of` by a CSV file `id[,list,from,to]`.

    A row without a list counts because it is named. With one, it counts if the list blocks property
    or is one of `also`. A listing dated by year or month counts from its first to its last day.

    Args:
        also: names of further lists whose entries are to count.

    Raises: InvalidData: no such table, an empty id, a date that is none, an end
        before the start; with file and line.
    Source: see `Seeds`; 31 CFR 598.314 and like definitions of each program.
    """
    raw = read_columns(path, ("id",), ("list", "from", "to"))

    def refuse(row: int, reason: str) -> InvalidData:
        return InvalidData(reason, file=path, line=lines_of_rows(path, [row])[row])

    empty = pc.index(raw["id"], "").as_py()
    if empty >= 0:
        raise refuse(empty, _("no id"))
    days = {}
    for name in ("from", "to"):
        for text in pc.unique(raw[name]).to_pylist():
            try:
                days[name, text] = parse_date(text) if text else None
            except InvalidData as error:
                row = pc.index(raw[name], text).as_py()
                raise refuse(row, _("no date: {text}").format(text=repr(text[:40]))) from error
    wanted = BLOCKING_LISTS | {name.casefold() for name in also}
    ids, left_out, not_then = set[str](), dict[str, int](), 0
    for number, row in enumerate(raw.to_pylist()):
        begin, end = days["from", row["from"]], days["to", row["to"]]
        if begin and end and end.end < begin.start:
            raise refuse(number, _("it ends before it begins"))
        if row["list"] and row["list"].casefold() not in wanted:
            left_out[row["list"]] = left_out.get(row["list"], 0) + 1
        elif (begin and begin.start > as_of) or (end and end.end < as_of):
            not_then += 1
        else:
            ids.add(row["id"])
    doubtful = tuple(sorted(one for one in ids if one.startswith(OTHER_IDS)))
    return Seeds(
        ids=tuple(sorted(ids)),
        left_out=dict(sorted(left_out.items())),
        not_then=not_then,
        doubtful=doubtful,
    )
