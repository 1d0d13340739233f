"""The files of a discrepancy run: what each place reported, month by month, in each record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.graph.delimited import lines_of_rows, read_columns
from puente.i18n import gettext as _
from puente.places.stats.areas import Adjacency, read_adjacency

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from puente.places.stats.arrays import Flags, Floats, Ints

CHANNELS = ("hard", "suppressible")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A kind of record: its name, channel (`CHANNELS`), who keeps it, and whether police do.

    Source: the file of records, see `read_records`.
    """

    name: str
    channel: str
    source: str
    law_enforcement: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What was read: n places, M months, J records.

    Attributes:
        places, states: codes, n.
        people: n.
        months: M, ascending.
        records: J, hard ones first, each with at least one row.
        counts: n x M x J, NaN where not reported.
        silent: names of records without a row.
        adjacency: among the places.

    Source: see `read_inputs`.
    """

    places: tuple[str, ...]
    states: tuple[str, ...]
    people: Floats
    months: tuple[str, ...]
    records: tuple[Record, ...]
    counts: Floats
    silent: tuple[str, ...]
    adjacency: Adjacency

    @property
    def hard(self) -> Flags:
        """J flags: the record is hard to suppress."""
        return np.array([record.channel == "hard" for record in self.records], bool)

    @property
    def state_numbers(self) -> Ints:
        """The state of each place as a number from 0."""
        return np.unique(self.states, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyFiles:
    """What to read and where to write.

    Attributes:
        panel: CSV `place,month,record,count`; a zero is a row, no row is not reported.
        records: YAML: each record to `{channel: hard | suppressible, source, law_enforcement}`.
        population: CSV `place,state,population`.
        adjacency: CSV `place,neighbour`.
        out: CSV to write.

    Source: see `discrepancy_files.discrepancy_report`.
    """

    panel: Path
    records: Path
    population: Path
    adjacency: Path
    out: Path


def read_inputs(files: DiscrepancyFiles) -> Inputs:
    """Return the files as arrays.

    Raises: InvalidData: a file that is not as told; names file and line.
    Source: RFC 4180 for the tables.
    """
    known = read_records(files.records)
    places, states, people = _people(files.population)
    panel = read_columns(files.panel, ("place", "month", "record", "count"))
    if not panel.num_rows:
        raise InvalidData(_("no row"), file=files.panel, line=1)
    months, found = _months(files.panel, panel), set(panel["record"].to_pylist())
    unknown = sorted(found - set(known))
    if unknown:
        text = _("record {record} is not in the file of records").format(record=unknown[0])
        raise _at(files.panel, panel["record"].to_pylist().index(unknown[0]), text)
    order = sorted(found, key=lambda name: (known[name].channel != "hard", name))
    axes = (places, months, tuple(order))
    return Inputs(
        places=places,
        states=states,
        people=people,
        months=months,
        records=tuple(known[name] for name in order),
        counts=_counts(files.panel, panel, axes),
        silent=tuple(sorted(set(known) - found)),
        adjacency=read_adjacency(files.adjacency, places),
    )


def read_records(path: Path) -> Mapping[str, Record]:
    """Return the records that a YAML file names, by name.

    Raises: InvalidData: no such file, not such a mapping, another channel, no source, or
        `law_enforcement` that is neither true nor false.
    Source: YAML 1.1 as PyYAML's safe loader reads it.
    """
    import yaml

    if not path.is_file():
        raise InvalidData(_("no such file"), file=path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidData(_("not a YAML file"), file=path) from error
    if isinstance(raw, dict) and set(raw) == {"records"}:
        raw = raw["records"]
    if not isinstance(raw, dict) or not raw:
        raise InvalidData(_("not a mapping of records"), file=path)
    found = {}
    for name, told in raw.items():
        about = told if isinstance(told, dict) else {}
        channel, source = about.get("channel"), about.get("source")
        police = about.get("law_enforcement")
        if channel not in CHANNELS or not source or not isinstance(police, bool):
            text = _(
                "record {record} needs channel (hard or suppressible), source, and law_enforcement"
                " (true or false)"
            )
            raise InvalidData(text.format(record=name), file=path)
        found[str(name)] = Record(
            name=str(name), channel=channel, source=str(source), law_enforcement=police
        )
    return found


def _people(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    table = read_columns(path, ("place", "state", "population"))
    places, states = table["place"].to_pylist(), table["state"].to_pylist()
    people = _numbers(path, table["population"].to_pylist(), _("the population is not above 0"))
    for row in np.flatnonzero(~(people > 0)).tolist():
        raise _at(path, row, _("the population is not above 0"))
    seen: set[str] = set()
    for row, place in enumerate(places):
        if not place or not states[row] or place in seen:
            raise _at(path, row, _("a place without code or state, or one that stands twice"))
        seen.add(place)
    if len(places) < 30:
        raise InvalidData(_("fewer than 30 places: too few to learn from"), file=path)
    return tuple(places), tuple(states), people


def _months(path: Path, panel: pa.Table) -> tuple[str, ...]:
    names = panel["month"].to_pylist()
    found = sorted(set(names))
    for month in found:
        fine = len(month) == len("2024-01") and month[4] == "-" and month[:4].isdecimal()
        if not (fine and month[5:].isdecimal() and 1 <= int(month[5:]) <= 12):
            raise _at(path, names.index(month), _("the month is not as in 2024-01"))
    return tuple(found)


def _counts(path: Path, panel: pa.Table, axes: tuple[tuple[str, ...], ...]) -> Floats:
    texts = panel["count"].to_pylist()
    values = _numbers(path, texts, _("the count is no whole number from 0 up"))
    wrong = np.flatnonzero(~((values >= 0) & (values == np.floor(values))))
    for row in wrong.tolist():
        raise _at(path, row, _("the count is no whole number from 0 up"))
    where = []
    for column, axis in zip(("place", "month", "record"), axes, strict=True):
        number = {name: at for at, name in enumerate(axis)}
        at = np.array([number.get(name, -1) for name in panel[column].to_pylist()], np.int64)
        for row in np.flatnonzero(at < 0).tolist():
            raise _at(path, row, _("the place is not in the file of population"))
        where.append(at)
    shape = tuple(len(axis) for axis in axes)
    flat = np.ravel_multi_index(tuple(where), shape)
    order = np.argsort(flat, kind="stable")
    twice = np.flatnonzero(np.diff(flat[order]) == 0)
    for pair in twice.tolist():
        raise _at(path, int(order[pair + 1]), _("place, month and record stand twice"))
    found = np.full(int(np.prod(shape)), np.nan)
    found[flat] = values
    return found.reshape(shape)


def _numbers(path: Path, texts: list[str], reason: str) -> Floats:
    found = np.empty(len(texts))
    for row, text in enumerate(texts):
        try:
            found[row] = float(text)
        except ValueError:
            raise _at(path, row, reason) from None
    for row in np.flatnonzero(~np.isfinite(found)).tolist():
        raise _at(path, row, reason)
    return found


def _at(path: Path, row: int, reason: str) -> InvalidData:
    return InvalidData(reason, file=path, line=lines_of_rows(path, [row])[row])
