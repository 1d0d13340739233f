"""A question put to a state file of SESNSP and a table of population."""

from __future__ import annotations

import csv
import logging
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.graph.delimited import read_columns
from puente.i18n import gettext as _
from puente.ingest.source import Batch, LoadContext, Reject, SourceFile
from puente.ingest.sources.polygons import Polygons
from puente.ingest.sources.population import Population
from puente.ingest.sources.sesnsp_layout import head_of
from puente.ingest.sources.sesnsp_months import read_wide
from puente.ingest.sources.sesnsp_state import SOURCES
from puente.model.places import STATE_NAMES, place_code, state_code
from puente.places.associate_data import (
    Records,
    crime_named,
    is_part,
    laid_out,
    months_between,
    spread_over,
    with_checks,
)
from puente.places.stats.areas import read_adjacency
from puente.places.stats.weights import queen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from puente.places.associate_spec import Spec
    from puente.places.stats.arrays import Floats
    from puente.places.stats.weights import Weights

log = logging.getLogger(__name__)

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the data are.

    Attributes:
        states: a state file as SESNSP publishes it.
        population: CONAPO's table of municipalities by years, or `place,year,population`.
        adjacency: pairs of neighbouring states, or None.

    Source: none of its own.
    """

    states: Path
    population: Path
    adjacency: Path | None = None


def read_files(files: Files, spec: Spec) -> Records:
    """Return the records of a question from files.

    Raises: InvalidData: no such tables, no record of a name, or nothing in common.
    Source: SESNSP, Incidencia delictiva del fuero común, estatal; CONAPO, Proyecciones de la
        población de los municipios.
    Cost: 2 CPU-s for ten years of 32 states.
    """
    table, warnings = _state_counts(files.states)
    months = months_between(*_period(table, spec, files.states))
    by_record: dict[str, dict[tuple[str, str], float]] = {}
    held = set(months)
    columns = (table[name].to_pylist() for name in ("place", "month", "record", "count"))
    for place, month, record, count in zip(*columns, strict=True):
        if month in held:
            value = np.nan if count is None else float(count)
            by_record.setdefault(record, {})[place, month] = value
    places = sorted({place for cells in by_record.values() for place, _month in cells})
    chosen = _chosen(spec, by_record)
    counts = {
        role: laid_out(_joined(by_record, crimes), places, months)
        for role, crimes in chosen.items()
        if crimes
    }
    people, more = _people(files.population, places, months)
    weights, why = _neighbours(files.adjacency, places)
    records = Records(
        places=tuple(places),
        months=months,
        states=tuple(place[:2] for place in places),
        counts=counts,
        people=people,
        weights=weights,
        no_weights=why,
        warnings=(*warnings, *more),
        source=files.states.name,
    )
    return with_checks(records, spec)


def _state_counts(path: Path) -> tuple[pa.Table, list[str]]:
    """Return place, month, record, count of a state file, and what was rejected."""
    import pyarrow as pa

    if not path.is_file():
        raise InvalidData(_("no such file"), file=path)
    head = head_of(path)
    source = next((one for one in SOURCES if one.layout.fits(head)), None)
    if source is None:
        raise InvalidData(_("no table of states and months as SESNSP publishes it"), file=path)
    file = SourceFile(path=path, source=source.info.name, published="")
    context = LoadContext(info=source.info, file=file, today=date.min)
    batches, rejects = [], 0
    for item in read_wide(context, source.layout):
        if isinstance(item, Reject):
            rejects += 1
        elif isinstance(item, Batch) and not isinstance(item.rows, list):
            batches.append(item.rows.select(["place", "month", "record", "count"]))
    if not batches:
        raise InvalidData(_("no row of counts"), file=path)
    text = pa.string()
    fields = [(name, text) for name in ("place", "month", "record")]
    schema = pa.schema([*fields, ("count", pa.int64())])
    table = pa.concat_tables(pa.Table.from_batches([one]).cast(schema) for one in batches)
    log.info("counts read: %d, rows rejected: %d", table.num_rows, rejects)
    warnings = []
    if rejects:
        warnings.append(_("{file}: {count} rows rejected").format(file=path.name, count=rejects))
    return table, warnings


def _period(table: pa.Table, spec: Spec, path: Path) -> tuple[str, str]:
    import pyarrow.compute as pc

    known = table.filter(pc.is_valid(table["count"]))["month"]
    if not len(known):
        raise InvalidData(_("no month was reported"), file=path)
    ends = pc.min_max(known).as_py()
    return spec.first or ends["min"], spec.last or ends["max"]


def _chosen(spec: Spec, records: dict[str, dict[tuple[str, str], float]]) -> dict[str, list[str]]:
    """Return the records that make up each role."""
    asked = {"exposure": spec.exposure, "outcome": spec.outcome, "control": spec.control}
    crimes = {role: crime_named(name, records) for role, name in asked.items() if name}
    if len(set(crimes.values())) < len(crimes):
        raise InvalidData(_("exposure, outcome and control must be three records"))
    chosen = {
        role: [record for record in records if is_part(record, crime)]
        for role, crime in crimes.items()
    }
    taken = {record for parts in chosen.values() for record in parts}
    basket = [crime_named(name, records) for name in spec.recording]
    chosen["recording"] = [
        record
        for record in records
        if record not in taken and (not basket or any(is_part(record, crime) for crime in basket))
    ]
    return chosen


def _joined(
    records: dict[str, dict[tuple[str, str], float]], crimes: Sequence[str]
) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for crime in crimes:
        for key, value in records[crime].items():
            found.setdefault(key, []).append(value)
    return found


def _people(path: Path, places: Sequence[str], months: Sequence[str]) -> tuple[Floats, list[str]]:
    """Return people of each state and month, those of its municipalities added up by year."""
    if not path.is_file():
        raise InvalidData(_("no such file"), file=path)
    with path.open(encoding="latin-1", newline="") as handle:
        header = [cell.strip().lower() for cell in next(csv.reader(handle), [])]
    warnings: list[str] = []
    rows = _conapo(path, warnings) if "cve" in header else _plain_population(path)
    own: dict[tuple[str, int], float] = {}
    added: dict[tuple[str, int], float] = {}
    for place, year, people in rows:
        if place.endswith("000"):
            own[place, year] = people
        else:
            key = (f"{place[:2]}000", year)
            added[key] = added.get(key, 0.0) + people
    known = added | own
    found = np.array(
        [[known.get((place, int(month[:4])), np.nan) for month in months] for place in places]
    )
    if not np.isfinite(found).any():
        raise InvalidData(_("no population of these states in these years"), file=path)
    holes = int((~np.isfinite(found)).sum())
    if holes:
        text = _("{count} of {all} state-months have no population and are left out")
        warnings.append(text.format(count=holes, all=found.size))
    return found, warnings


def _conapo(path: Path, warnings: list[str]) -> list[tuple[str, int, float]]:
    source = Population()
    file = SourceFile(path=path, source=source.info.name, published="")
    context = LoadContext(info=source.info, file=file, today=date.min)
    rows: list[tuple[str, int, float]] = []
    rejects = 0
    for item in source.read(file, context):
        if isinstance(item, Reject):
            rejects += 1
        elif isinstance(item, Batch) and item.table == "population" and isinstance(item.rows, list):
            rows += [
                (str(row["place"]), int(str(row["year"])), float(str(row["population"])))
                for row in item.rows
            ]
    if rejects:
        warnings.append(_("{file}: {count} rows rejected").format(file=path.name, count=rejects))
    wrong = _other_state(path)
    if wrong:
        text = _(
            "{file}: {count} codes are of another state than the row's name says ({some}): are the"
            " place codes mixed up?"
        )
        some = ", ".join(wrong[:_NAMED])
        warnings.append(text.format(file=path.name, count=len(wrong), some=some))
    return rows


def _other_state(path: Path) -> list[str]:
    """Return the codes whose row names another state."""
    try:
        table = read_columns(path, ("CVE", "Entidad"))
    except InvalidData:
        return []  # Not in UTF-8, or with odd rows: these were read, and rejected, above.
    wrong = []
    for text, name in zip(table["CVE"].to_pylist(), table["Entidad"].to_pylist(), strict=True):
        try:
            code = place_code(text)
        except InvalidData:
            continue
        named = state_code(name)
        if named and named in STATE_NAMES and named != code[:2]:
            wrong.append(code)
    return wrong


def _plain_population(path: Path) -> list[tuple[str, int, float]]:
    table = read_columns(path, ("place", "year", "population"))
    rows = []
    columns = (table[name].to_pylist() for name in ("place", "year", "population"))
    for line, (place, year, people) in enumerate(zip(*columns, strict=True), start=2):
        code = place.zfill(2) + "000" if len(place) <= 2 else place
        try:
            rows.append((place_code(code), int(year), float(people)))
        except (InvalidData, ValueError):
            raise InvalidData(_("no place, year or population"), file=path, line=line) from None
    return rows


def _neighbours(path: Path | None, places: Sequence[str]) -> tuple[Weights | None, str]:
    """Return who is whose neighbour, from pairs or from outlines, or why it is not known."""
    if path is None:
        return None, _("a state file has no outlines: name neighbours with --adjacency")
    if path.suffix.lower() in {".json", ".topojson"}:
        return _outlines(path, places)
    # Neighbours may be named by state (01) or by its code as a place (01000).
    for ids in (places, [place[:2] for place in places]):
        weights = read_adjacency(path, ids).weights
        if weights.links.nnz:
            return replace(weights, ids=tuple(places)), ""
    return None, _("no two places of the counts are neighbours in the file of neighbours")


def _outlines(path: Path, places: Sequence[str]) -> tuple[Weights | None, str]:
    source = Polygons()
    file = SourceFile(path=path, source=source.info.name, published="", part="state")
    context = LoadContext(info=source.info, file=file, today=date.min)
    areas: list[tuple[str, str]] = []
    for item in source.read(file, context):
        if isinstance(item, Batch) and isinstance(item.rows, list):
            areas += [(str(row["place"]), str(row["geometry"])) for row in item.rows]
    wanted = set(places)
    weights = queen([area for area in areas if area[0] in wanted])
    return spread_over(weights, places), ""
