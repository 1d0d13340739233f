"""A panel as arrays: places by months by records.

Source: none of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.associate_data import months_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from puente.places.panel_read import Panel
    from puente.places.stats.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """Counts as an array.

    Attributes:
        places: P codes, ascending; what was not placed is left out.
        months: M, every one from the first to the last; years after `yearly`.
        records: R, as asked for.
        counts: P x M x R, cases; NaN where not reported.
        people: P x M; NaN where not known.
        states: P, two digits.

    Source: none of its own.
    """

    places: tuple[str, ...]
    months: tuple[str, ...]
    records: tuple[str, ...]
    counts: Floats
    people: Floats
    states: tuple[str, ...]

    def months_between(self, first: str, last: str) -> Cube:
        """Return the cube of the months from `first` to `last`; "" is the end there is.

        Raises: InvalidData: no month lies between them.
        """
        kept = [
            at
            for at, month in enumerate(self.months)
            if (not first or month >= first) and (not last or month <= last)
        ]
        if not kept:
            raise InvalidData(_("no month lies in this period"))
        return self._with(kept, self.counts[:, kept], self.people[:, kept])

    def yearly(self) -> Cube:
        """Return the sums of whole years; a year that lacks a month anywhere is NaN there.

        Raises: InvalidData: no year is whole.
        """
        years = sorted({month[:4] for month in self.months})
        whole = [y for y in years if sum(month[:4] == y for month in self.months) == 12]
        if not whole:
            raise InvalidData(_("no year has all its months"))
        at = {y: [n for n, month in enumerate(self.months) if month[:4] == y] for y in whole}
        # A sum that skips a missing month would pass for fewer crimes.
        counts = np.stack([self.counts[:, at[y]].sum(axis=1) for y in whole], axis=1)
        people = np.stack([self.people[:, at[y]].mean(axis=1) for y in whole], axis=1)
        return Cube(
            places=self.places, months=tuple(whole), records=self.records, counts=counts,
            people=people, states=self.states,
        )  # fmt: skip

    def _with(self, kept: Sequence[int], counts: Floats, people: Floats) -> Cube:
        return Cube(
            places=self.places, months=tuple(self.months[at] for at in kept),
            records=self.records, counts=counts, people=people, states=self.states,
        )  # fmt: skip


def cube_of(panel: Panel, records: str | Sequence[str]) -> Cube:
    """Return the counts of some records as arrays.

    Args:
        panel: of one level, not suppressed.
        records: names, one or several.

    Raises: InvalidData: a record that the panel does not have, a panel with suppressed cells, or a
        record that is counted by two methods: months before and after cannot be joined.
    Source: none of its own.
    Cost: memory of 8 bytes x places x months x records.
    """
    import pyarrow.compute as pc

    names = (records,) if isinstance(records, str) else tuple(records)
    table = panel.table
    if pc.any(pc.equal(table["status"], "suppressed")).as_py():
        raise InvalidData(_("a panel with suppressed cells is for output, not for arithmetic"))
    table = table.filter(
        pc.and_(
            pc.is_in(table["record"], value_set=_texts(names)),
            pc.not_equal(table["level"], "unplaced"),
        )
    )
    methods: dict[str, set[str]] = {}
    for row in table.group_by(["record", "method"]).aggregate([]).to_pylist():
        methods.setdefault(row["record"], set()).add(row["method"])
    for name in names:
        if name not in methods:
            raise InvalidData(_("the panel has no {value!r}").format(value=name))
        if len(methods[name]) > 1:
            text = _(
                "{record} is counted by two methods in this period: choose one side of {month}"
            )
            month = panel.method_breaks[0][0] if panel.method_breaks else ""
            raise InvalidData(text.format(record=name, month=month))
    return cube_from(table, names)


def cube_from(table: pa.Table, names: tuple[str, ...]) -> Cube:
    """Return the rows of a table as arrays; it has them of one level, and of no other record.

    Args:
        table: columns place, month, record, count (null: not reported), population.
        names: of the records, in the order wanted.

    Source: none of its own.
    """
    fields = ("place", "month", "record", "count", "population")
    columns = {name: table[name].to_pylist() for name in fields}
    places = tuple(sorted(set(columns["place"])))
    months = months_between(min(columns["month"]), max(columns["month"]))
    row = {place: at for at, place in enumerate(places)}
    when = {month: at for at, month in enumerate(months)}
    which = {name: at for at, name in enumerate(names)}
    counts = np.full((len(places), len(months), len(names)), np.nan)
    people = np.full((len(places), len(months)), np.nan)
    at = (
        np.array([row[place] for place in columns["place"]]),
        np.array([when[month] for month in columns["month"]]),
    )
    record = np.array([which[name] for name in columns["record"]])
    counts[at[0], at[1], record] = np.array(columns["count"], np.float64)
    people[at] = np.array(columns["population"], np.float64)
    return Cube(
        places=places, months=months, records=names, counts=counts, people=people,
        states=tuple(place[:2] for place in places),
    )  # fmt: skip


def _texts(names: Sequence[str]) -> object:
    import pyarrow as pa

    return pa.array(names, pa.string())
