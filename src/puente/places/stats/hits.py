"""How well a map foretold where deeds happened, always beside "the same as last year"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Floats, share, vector

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRate:
    """A map against what came, at one share of the area.

    Attributes:
        area_share: of the area that was named, 0 to 1 (the last area is taken in part).
        hit_rate: share of the deeds in it.
        pai: hit rate over area share; 1 is no better than chance.
        pei: PAI over the best that any choice of so much area could have reached, 0 to 1.
        area_curve, hit_curve: cumulative shares, best-ranked area first, from (0, 0) to (1, 1).
        area_under: under the curve; 0.5 is no better than chance.

    Source: see `hit_rate`.
    """

    area_share: float
    hit_rate: float
    pai: float
    pei: float
    area_curve: Floats
    hit_curve: Floats
    area_under: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstLastYear:
    """A forecast beside the naive one.

    Attributes:
        forecast, last_year: the two, at the same share of the area.
        gain: hit rate of the forecast less that of last year's map.

    Source: see `against_last_year`.
    """

    forecast: HitRate
    last_year: HitRate
    gain: float


def hit_rate(
    predicted: npt.ArrayLike,
    events: npt.ArrayLike,
    area: npt.ArrayLike,
    *,
    area_share: float = 0.05,
) -> HitRate:
    """Return how much of what happened lay where the map said.

    Areas tied in rank are taken together, each in proportion: no luck of the order.

    Args:
        predicted: n numbers, higher is likelier (per unit of area).
        events: n deeds that came after, 0 or more.
        area: n sizes above 0 (km2, or people).
        area_share: of all area that may be named, between 0 and 1.

    Raises: InvalidData: bad arrays, no deed, no share.
    Source: Chainey, Tompson and Uhlig, Security Journal 21 (2008) 4-28 (PAI); Hunt, dissertation
        (2016) and the NIJ Real-Time Crime Forecasting Challenge (2017) (PEI).
    Limits: recorded deeds; where police look, they find, and a map fed with that praises itself.
    """
    share(area_share, "area_share")
    n = len(np.asarray(predicted))
    rank, came = vector(predicted, n, "predicted"), vector(events, n, "events")
    size = vector(area, n, "area")
    if came.min(initial=0) < 0 or not came.sum() > 0:
        raise InvalidData(_("there is no deed, or a number of deeds is below 0"))
    if not (size > 0).all():
        raise InvalidData(_("an area has no size"))
    land, hits = _curve(rank, came, size)
    best_land, best_hits = _curve(came / size, came, size)
    found = float(np.interp(area_share, land, hits))
    best = float(np.interp(area_share, best_land, best_hits))
    return HitRate(
        area_share=area_share,
        hit_rate=found,
        pai=found / area_share,
        pei=found / best,
        area_curve=land,
        hit_curve=hits,
        area_under=float(np.trapezoid(hits, land)),
    )


def against_last_year(
    predicted: npt.ArrayLike,
    events: npt.ArrayLike,
    last_year: npt.ArrayLike,
    area: npt.ArrayLike,
    *,
    area_share: float = 0.05,
) -> AgainstLastYear:
    """Return a forecast's hit rate beside that of last year's counts per unit of area.

    Args:
        predicted, events, area, area_share: as `hit_rate`.
        last_year: n deeds of the year before.

    Raises: InvalidData: as `hit_rate`.
    Source: as `hit_rate`; the naive map is the one to beat, NIJ challenge (2017).
    """
    size = np.asarray(area, np.float64)
    before = vector(last_year, len(size), "last_year")
    naive = hit_rate(before / size, events, area, area_share=area_share)
    forecast = hit_rate(predicted, events, area, area_share=area_share)
    return AgainstLastYear(
        forecast=forecast, last_year=naive, gain=forecast.hit_rate - naive.hit_rate
    )


def _curve(rank: Floats, came: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Return cumulative shares of area and of deeds, highest rank first, ties in one step."""
    _values, group = np.unique(-rank, return_inverse=True)
    land, hits = np.bincount(group, size), np.bincount(group, came)
    return (
        np.concatenate(([0.0], np.cumsum(land) / land.sum())),
        np.concatenate(([0.0], np.cumsum(hits) / hits.sum())),
    )
