"""What `puente places smooth` does: a map of rates, smoothed, to a file and a picture.

Source: see `smooth`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.cube import cube_of
from puente.places.panel_asked import Asked
from puente.places.panel_files import panel_from_csv
from puente.places.panel_hidden import published
from puente.places.panel_read import panel
from puente.places.smooth import Rates, neighbours, outlines, rates_table, smooth_cube
from puente.places.stats.areas import read_adjacency
from puente.places.stats.car import Smoothing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from puente.guard.view import View
    from puente.places.panel_read import Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which map is to be smoothed.

    Attributes:
        record: name of the count; "" is the panel's only one.
        first, last: months, "" the first and last there are; together the period of the rate.
        sources: keeps to these registers.
        level: `municipality` or `state`.
        draws, seed: of the posterior; the same seed gives the same file.
        threshold: of the relative risk whose exceedance is reported.

    Source: see the module.
    """

    record: str = ""
    first: str = ""
    last: str = ""
    sources: tuple[str, ...] = ()
    level: str = "municipality"
    draws: int = 1000
    seed: int = 0
    threshold: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothed:
    """A smoothed map, ready to be written.

    Attributes:
        record: that was smoothed.
        rates, table: see `smooth`.
        names: of the places.
        areas: code and outline of each place; empty where none is known.
        source: registers and snapshot, or the file.

    Source: see the module.
    """

    record: str
    rates: Rates
    table: pa.Table
    names: Mapping[str, str] = field(default_factory=dict)
    areas: Sequence[tuple[str, str]] = ()
    source: str = ""


def smooth_view(view: View, asked: Question) -> Smoothed:
    """Return the smoothed map of a workspace, with neighbours from the outlines.

    Raises: InvalidData: no such record or months, or too few places.
    Source: see the module.
    Cost: 3 CPU-s for 2,469 places and a year.
    """
    if not asked.record:
        raise InvalidData(_("say which record: --record NAME"))
    found = panel(
        view,
        Asked(
            records=(asked.record,), level=asked.level, first=asked.first, last=asked.last,
            sources=asked.sources,
        ),
    )  # fmt: skip
    cube = cube_of(found, asked.record)
    areas = outlines(view, asked.level)
    rates = smooth_cube(cube, neighbours(areas, cube.places), _smoothing(asked))
    names = place_names(view)
    return Smoothed(
        record=asked.record,
        rates=rates,
        table=rates_table(rates, names, published=_is_published(view, found, asked.record)),
        names=names,
        areas=areas,
        source=found.source,
    )


def smooth_files(panel_file: Path, population: Path, adjacency: Path, asked: Question) -> Smoothed:
    """Return the smoothed map of a panel's file.

    Args:
        panel_file: CSV `place,month,record,count`.
        population: CSV `place,population[,year]`.
        adjacency: CSV of pairs of neighbours.
        asked: see `Question`.

    Raises: InvalidData: bad files, several records and none named, or too few places.
    Source: see the module.
    """
    read = panel_from_csv(panel_file, population)
    held = sorted(read.table["record"].unique().to_pylist())
    if not asked.record and len(held) > 1:
        text = _("say which record: one of {known}")
        raise InvalidData(text.format(known=", ".join(held)), file=panel_file)
    record = asked.record or held[0]
    cube = cube_of(read, record).months_between(asked.first, asked.last)
    near = read_adjacency(adjacency, cube.places)
    rates = smooth_cube(cube, near.weights, _smoothing(asked))
    return Smoothed(
        record=record, rates=rates, table=rates_table(rates, published=True), source=read.source
    )


def _smoothing(asked: Question) -> Smoothing:
    rng = np.random.default_rng(asked.seed)
    return Smoothing(rng=rng, draws=asked.draws, threshold=asked.threshold)


def _is_published(view: View, found: Panel, record: str) -> bool:
    open_series = published(view)
    crime = record.partition(".")[0]
    sources = found.table["source"].unique().to_pylist()
    return all((source, crime) in open_series for source in sources)


_NAMES = """
SELECT place, first(name ORDER BY valid_to = '' DESC, valid_from DESC, crosswalk) AS name
FROM places WHERE current GROUP BY place ORDER BY place
"""


def place_names(view: View) -> dict[str, str]:
    """Return the name of every place that a View shows; of a state, its own.

    Source: INEGI, Catálogo Único de Claves.
    """
    from puente.model.places import STATE_NAMES

    table = view.sql(_NAMES)
    columns = (table[name].to_pylist() for name in ("place", "name"))
    named = {f"{code}000": name for code, name in STATE_NAMES.items()}
    return named | {str(place): str(name) for place, name in zip(*columns, strict=True)}
