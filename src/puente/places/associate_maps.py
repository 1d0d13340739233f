"""The rungs of the map: which places have both, and what is left once neighbours are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata, spearmanr

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.places.stats.arrays import Draws
from puente.places.stats.discovery import discoveries
from puente.places.stats.lee import lee, local_lee
from puente.places.stats.spectral import Basis, Spectral, moran_basis, spectral_test

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.places.associate_data import Records
    from puente.places.associate_spec import Spec
    from puente.places.stats.arrays import Floats
    from puente.places.stats.local import Local
    from puente.places.stats.moran import Global
    from puente.places.stats.weights import Weights

LEAST_AREAS = 10
"""Below so many areas no statistic of a map is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Places compared with each other over the whole period.

    Attributes:
        places: those with every rate.
        rates: events per 100,000 people and year of each, by role.
        people: mean of each.
        weights: neighbours among them; None where not known.

    Source: none of its own.
    """

    places: tuple[str, ...]
    rates: Mapping[str, Floats]
    people: Floats
    weights: Weights | None


def between(records: Records) -> Between:
    """Return the rates of the whole period of the places that have all of them.

    A place's rate is its events over its people, in the months in which both are known.

    Raises: InvalidData: fewer than `LEAST_AREAS` places have all rates.
    Source: none of its own.
    """
    rates = {}
    known = np.ones(len(records.places), bool)
    for role, counts in records.counts.items():
        both = np.isfinite(counts) & np.isfinite(records.people)
        people = np.where(both, records.people, 0).sum(axis=1)
        events = np.where(both, counts, 0).sum(axis=1)
        rate = np.divide(
            events * 1_200_000, people, out=np.full(len(people), np.nan), where=people > 0
        )
        known &= np.isfinite(rate)
        rates[role] = rate
    if known.sum() < LEAST_AREAS:
        text = _("fewer than {least} places have every rate")
        raise InvalidData(text.format(least=LEAST_AREAS))
    return Between(
        places=tuple(np.asarray(records.places)[known].tolist()),
        rates={role: rate[known] for role, rate in rates.items()},
        people=np.nanmean(records.people[known], axis=1),
        weights=None if records.weights is None else records.weights.without(~known),
    )


def spearman(one: Floats, other: Floats) -> tuple[float, float]:
    """Return Spearman's correlation and its naive p.

    Raises: InvalidData: a map that is the same everywhere.
    Source: Spearman, American Journal of Psychology 15 (1904) 72-101.
    Limits: the p is that of places drawn apart from one another; on a map it is far too small.
    """
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        raise InvalidData(_("a rate is the same everywhere"))
    found = spearmanr(one, other)
    return float(found.statistic), float(found.pvalue)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeeFound:
    """Lee's L of the map and of its places.

    Attributes:
        scatter: place, its exposure, its neighbours' outcome (ranks, standardised); islands are
            left out.
        whole: of the map; local: of each place; called: places by quadrant after the false
            discovery rate.

    Source: as `lee.lee`.
    """

    whole: Global
    local: Local
    called: Mapping[str, tuple[str, ...]]
    scatter: tuple[tuple[str, float, float], ...]


def lee_of(found: Between, spec: Spec, rng: np.random.Generator) -> LeeFound:
    """Return Lee's L of exposure and outcome, both ranked.

    Raises: InvalidData: no neighbours, or a map that is the same everywhere.
    Source: Lee, Journal of Geographical Systems 3 (2001) 369-385; Benjamini and Hochberg (1995).
    """
    weights = _linked(found)
    x, y = (rankdata(found.rates[role]) for role in ("exposure", "outcome"))
    streams = rng.spawn(2)
    whole = lee(weights, x, y, Draws(permutations=min(spec.draws, 999), rng=streams[0]))
    local = local_lee(weights, x, y, Draws(permutations=spec.draws, rng=streams[1]))
    called = discoveries(local.p_two_sided, spec.level)
    names = np.asarray(found.places)
    quadrant = np.asarray(local.quadrant)
    by_quadrant = {
        name: tuple(names[called & (quadrant == name)].tolist())
        for name in ("HH", "LL", "HL", "LH")
    }
    own, near = _standard(x), weights.lag(_standard(y))
    scatter = tuple(
        (place, round(float(one), 4), round(float(other), 4))
        for place, one, other in zip(found.places, own, near, strict=True)
        if np.isfinite(other)
    )
    return LeeFound(whole=whole, local=local, called=by_quadrant, scatter=scatter)


def _standard(values: Floats) -> Floats:
    found: Floats = (values - values.mean()) / values.std()
    return found


def basis_of(found: Between) -> Basis:
    """Return the waves of the map.

    Raises: InvalidData: no neighbours.
    Source: as `spectral.moran_basis`.
    Cost: cubic in places.
    """
    return moran_basis(_linked(found))


def spectral_of(
    found: Between, basis: Basis, spec: Spec, rng: np.random.Generator, *, given: tuple[str, ...]
) -> Spectral:
    """Return the correlation of ranks with a p that allows for smooth maps.

    Args:
        given: roles whose ranks are taken out, and `people`.

    Raises: InvalidData: see `spectral.spectral_test`.
    Source: Wagner and Dray, Methods in Ecology and Evolution 6 (2015) 1169-1178.
    """
    controls = [
        rankdata(found.people if role == "people" else found.rates[role])
        for role in given
        if role == "people" or role in found.rates
    ]
    x, y = (rankdata(found.rates[role]) for role in ("exposure", "outcome"))
    return spectral_test(basis, x, y, rng=rng, controls=controls, draws=spec.draws)


def _linked(found: Between) -> Weights:
    if found.weights is None or not found.weights.links.nnz:
        raise InvalidData(_("neighbours are not known"))
    return found.weights
