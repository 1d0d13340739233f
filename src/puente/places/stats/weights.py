"""Who is whose neighbour: queen contiguity, nearest neighbours, or links as given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from puente.errors import InvalidData, SourceFailed
from puente.i18n import gettext as _
from puente.places.stats.arrays import Flags, Floats, Ints, at_least

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Neighbours of each area.

    Attributes:
        ids: of the areas, n of them, in the order of every array that goes with them.
        links: csr, n x n, float64 above 0 where column is a neighbour of row; the diagonal is 0.

    Source: Anselin, Spatial Econometrics (1988), ch. 3.
    """

    ids: tuple[str, ...]
    links: sp.csr_array

    @property
    def n(self) -> int:
        """The number of areas."""
        return len(self.ids)

    @property
    def cardinality(self) -> Ints:
        """How many neighbours each area has."""
        found: Ints = np.diff(self.links.indptr).astype(np.int64)
        return found

    @property
    def islands(self) -> tuple[str, ...]:
        """The ids of areas without a neighbour."""
        return tuple(self.ids[n] for n in np.flatnonzero(self.cardinality == 0))

    def row_standardised(self) -> sp.csr_array:
        """Return the links scaled so that each row sums to 1; the row of an island stays empty."""
        total = np.asarray(self.links.sum(axis=1)).ravel()
        scale = np.divide(1.0, total, out=np.zeros(self.n), where=total > 0)
        scaled = self.links.copy()
        scaled.data = scaled.data * np.repeat(scale, np.diff(scaled.indptr))
        return scaled

    def symmetric(self) -> sp.csr_array:
        """Return links that hold both ways, with the mean of the two strengths."""
        return sp.csr_array((self.links + self.links.T) * 0.5)

    def lag(self, values: Floats) -> Floats:
        """Return the weighted mean of the neighbours' values (NaN for an island)."""
        means = np.asarray(self.row_standardised() @ values, np.float64)
        means[self.cardinality == 0] = np.nan
        return means

    def without(self, dropped: Flags) -> Weights:
        """Return the weights among the areas that are not `dropped` (n flags)."""
        kept = np.flatnonzero(~dropped)
        links = sp.csr_array(self.links[kept][:, kept])
        return Weights(ids=tuple(self.ids[n] for n in kept), links=links)


def from_links(
    ids: Sequence[str],
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    strength: npt.ArrayLike | None = None,
    *,
    directed: bool = False,
) -> Weights:
    """Return the weights that links make. One given twice counts once; one to itself is no link.

    Args:
        ids: of the areas, all different.
        source, target: positions in `ids`, from 0, of the two ends of each link.
        strength: of each link, above 0; None for 1 each.
        directed: leave a link one-way; otherwise it holds both ways, with the larger strength
            where the two ways differ.

    Raises: InvalidData: an id twice, a position that is none, a strength not above 0.
    Source: Anselin, Spatial Econometrics (1988), ch. 3.
    """
    n = len(ids)
    if len(set(ids)) != n:
        raise InvalidData(_("an area stands twice among the ids"))
    begin, end = np.asarray(source, np.int64), np.asarray(target, np.int64)
    size = np.ones(len(begin)) if strength is None else np.asarray(strength, np.float64)
    if not len(begin) == len(end) == len(size):
        raise InvalidData(_("the links have ends or strengths of different number"))
    if len(begin) and (min(begin.min(), end.min()) < 0 or max(begin.max(), end.max()) >= n):
        raise InvalidData(_("a link leads to an area that is not there"))
    if not (np.isfinite(size) & (size > 0)).all():
        raise InvalidData(_("the strength of a link is not above 0"))
    other = begin != end
    begin, end, size = begin[other], end[other], size[other]
    if not directed:
        begin, end = np.concatenate((begin, end)), np.concatenate((end, begin))
        size = np.concatenate((size, size))
    order = np.lexsort((-size, end, begin))
    begin, end, size = begin[order], end[order], size[order]
    first = np.ones(len(begin), bool)
    first[1:] = (begin[1:] != begin[:-1]) | (end[1:] != end[:-1])
    links = sp.csr_array((size[first], (begin[first], end[first])), shape=(n, n))
    links.sort_indices()
    return Weights(ids=tuple(ids), links=links)


def queen(areas: Iterable[tuple[str, str]], *, gap_degrees: float = 0.0) -> Weights:
    """Return queen contiguity: areas are neighbours where their outlines meet, be it in a point.

    Args:
        areas: id and GeoJSON geometry (Polygon or MultiPolygon) of each.
        gap_degrees: outlines this close count as meeting, 0 or more; for maps whose borders were
            drawn apart (0.001 degrees is about 100 m).

    Raises:
        InvalidData: no area, an id twice, or a geometry that is none.
        SourceFailed: shapely is not installed.

    Source: Anselin, Spatial Econometrics (1988), ch. 3.
    Limits: a river or strait that the map draws as a gap separates; islands have no neighbour.
    Cost: 0.2 CPU-s for the 2,469 municipalities of Mexico.
    """
    try:
        import shapely  # type: ignore[import-untyped]
    except ImportError:
        raise SourceFailed(
            _("neighbours from outlines need shapely: pip install 'puente-platform[maps]'")
        ) from None
    at_least(gap_degrees, 0, "gap_degrees")
    ids, texts = [], []
    for area, geometry in areas:
        ids.append(area)
        texts.append(geometry)
    if not ids:
        raise InvalidData(_("no area"))
    try:
        shapes = shapely.from_geojson(np.array(texts, object))
    except (shapely.errors.ShapelyError, TypeError, json.JSONDecodeError) as error:
        raise InvalidData(_("an outline is no GeoJSON geometry")) from error
    kinds = shapely.get_type_id(shapes)
    flat = np.isin(kinds, (3, 6)) & ~shapely.is_empty(shapes)
    if not flat.all():
        bad = ids[int(np.flatnonzero(~flat)[0])]
        raise InvalidData(_("the outline of {area} is no polygon").format(area=bad))
    valid = shapely.is_valid(shapes)
    shapes[~valid] = shapely.make_valid(shapes[~valid])
    tree = shapely.STRtree(shapes)
    if gap_degrees > 0:
        source, target = tree.query(shapes, predicate="dwithin", distance=gap_degrees)
    else:
        source, target = tree.query(shapes, predicate="intersects")
    return from_links(ids, source, target)


def nearest(ids: Sequence[str], lon_lat: npt.ArrayLike, k: int) -> Weights:
    """Return each area's `k` nearest others, one-way: the nearest of A need not have A among its.

    Args:
        ids: of the areas, n of them.
        lon_lat: n x 2, degrees east and north, of a point for each.
        k: neighbours, from 1 to n - 1. Of points equally far, the one with the lower position.

    Raises: InvalidData: `k` out of range, points of another number, or none on the globe.
    Source: great-circle order is the order of straight distances through the sphere.
    Cost: n log n.
    """
    from scipy.spatial import cKDTree

    points = np.asarray(lon_lat, np.float64)
    n = len(ids)
    if points.shape != (n, 2) or not np.isfinite(points).all():
        raise InvalidData(_("a longitude and a latitude are needed for each area"))
    if (np.abs(points) > (360, 90)).any():
        raise InvalidData(_("a point does not lie on the globe"))
    if not 1 <= k < n:
        raise InvalidData(_("k must lie between 1 and {most}").format(most=n - 1))
    lon, lat = np.radians(points).T
    xyz = np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
    # More than k, so that points equally far are told apart by position and not by the tree.
    asked = min(n, k + 9)
    far, found = cKDTree(xyz).query(xyz, k=asked)
    far = np.round(far, 12)
    far[found == np.arange(n)[:, None]] = np.inf
    order = np.lexsort((found, far), axis=1)[:, :k]
    target = np.take_along_axis(found, order, axis=1)
    return from_links(ids, np.repeat(np.arange(n), k), target.ravel(), directed=True)
