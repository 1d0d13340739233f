"""Local Moran from files to a file: what `puente places lisa` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from puente.errors import InvalidData
from puente.graph.delimited import write_table
from puente.i18n import gettext as _
from puente.places.stats.areas import read_adjacency, read_values
from puente.places.stats.arrays import Draws, at_least
from puente.places.stats.discovery import benjamini_hochberg
from puente.places.stats.local import QUADRANTS, Local, local_moran
from puente.places.stats.moran import moran

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from puente.places.stats.arrays import Flags, Floats

NO_DATA = "no data"
"""The quadrant of an area whose value is not known: it is nobody's neighbour either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LisaFiles:
    """What to read and where to write.

    Attributes:
        values: CSV `id,value`; an empty value is an area without data.
        adjacency: CSV of pairs of neighbours.
        out: CSV to write.
        directed: a pair holds one way only.

    Source: see `lisa_report`.
    """

    values: Path
    adjacency: Path
    out: Path
    directed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LisaReport:
    """What was read and found.

    Attributes:
        areas, islands, no_data: areas of the file; those without neighbours; without a value.
        links: rows of the adjacency that link two areas.
        unknown: ids of the adjacency that have no row among the values.
        moran_i, moran_p: of the whole map, two-sided.
        called: areas by quadrant with a false discovery rate of at most 5 percent.
        permutations, seed: as asked.

    Source: see `lisa_report`.
    """

    areas: int
    islands: int
    no_data: int
    links: int
    unknown: tuple[str, ...]
    moran_i: float
    moran_p: float
    called: Mapping[str, int]
    permutations: int
    seed: int


def lisa_report(files: LisaFiles, *, permutations: int, seed: int) -> LisaReport:
    """Write local Moran's I of each area, and return what was found.

    Columns written, a row for each row of the values, in their order: id, i, p (the smaller tail,
    as esda and GeoDa print it), quadrant (HH, LH, LL, HL, `island`, `no data`), p_two_sided, q
    (false discovery rate over all areas tested, from p_two_sided). Figures are empty where nothing
    can be said.

    Args:
        files: see `LisaFiles`.
        permutations: 99 or more.
        seed: 0 or more; the same seed gives the same file.

    Raises: InvalidData: bad files, fewer than 99 permutations, fewer than 3 areas with a value, or
        all values alike.
    Source: Anselin, Geographical Analysis 27 (1995) 93-115; Benjamini and Hochberg (1995).
    Limits: p is one-sided with the side chosen after looking: .05 there is a test at 10 percent.
    Cost: 0.1 CPU-s for 2,469 areas and 9,999 permutations.
    """
    at_least(permutations, 99, "permutations")
    at_least(seed, 0, "seed")
    read = read_values(files.values)
    near = read_adjacency(files.adjacency, read.ids, directed=files.directed)
    missing = np.isnan(read.values)
    if int((~missing).sum()) < 3:
        raise InvalidData(_("fewer than three areas have a value"), file=files.values)
    weights = near.weights.without(missing)
    if not weights.links.nnz:
        raise InvalidData(_("no two areas that have a value are neighbours"), file=files.adjacency)
    known = read.values[~missing]
    streams = np.random.default_rng(seed).spawn(2)
    found = local_moran(weights, known, Draws(permutations=permutations, rng=streams[0]))
    whole = moran(weights, known, Draws(permutations=permutations, rng=streams[1]))
    q = benjamini_hochberg(found.p_two_sided)
    write_table(_table(read.ids, missing, found, q), files.out)
    quadrant = np.array(found.quadrant)
    return LisaReport(
        areas=len(read.ids),
        islands=len(weights.islands),
        no_data=int(missing.sum()),
        links=near.links,
        unknown=near.unknown,
        moran_i=whole.statistic,
        moran_p=whole.p_two_sided,
        called={name: int((q[quadrant == name] <= 0.05).sum()) for name in QUADRANTS},
        permutations=permutations,
        seed=seed,
    )


def _table(ids: tuple[str, ...], missing: Flags, found: Local, q: Floats) -> pa.Table:
    quadrant = np.full(len(ids), NO_DATA, object)
    quadrant[~missing] = found.quadrant

    def column(values: Floats) -> pa.Array:
        spread = np.full(len(ids), np.nan)
        spread[~missing] = values
        return pa.array(spread, pa.float64(), from_pandas=True)

    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "i": column(found.statistic),
            "p": column(found.p_one_sided),
            "quadrant": pa.array(quadrant.tolist(), pa.string()),
            "p_two_sided": column(found.p_two_sided),
            "q": column(q),
        }
    )
