"""Fixed effects taken out: what is left of columns once the means of places and months are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.places.stats.arrays import Floats, Ints

_TIGHT = 1e-13
_MOST = 20_000


class Within:
    """The projection off one or two sets of effects, under any weights.

    Two sets are taken out by alternating projections, quickened by conjugate gradients on the
    second set: where the weights are nearly a product of a place's and a month's, two rounds do.

    Source: Guimaraes and Portugal, Stata Journal 10 (2010) 628-649; Correia, A feasible estimator
        for linear models with multi-way fixed effects (2016).
    Limits: rows must be in order of the first effect.
    Cost: linear in rows for each round.
    """

    def __init__(self, first: Ints, second: Ints | None) -> None:
        self.first, self.second = first, second
        count = np.bincount(first)
        self._begin = np.concatenate(([0], np.cumsum(count)))
        self._count = count
        if second is not None:
            n, months = len(first), int(second.max()) + 1
            self._shape = (len(count), months)
            self._by_second = sp.csc_array(
                (np.ones(n), second, np.arange(n + 1)), shape=(months, n)
            ).tocsr()

    def out_of(self, columns: Floats, weights: Floats) -> Floats:
        """Return `columns` (n x m) less the effects that fit them best under `weights` (n, > 0).

        Raises: InvalidData: the rounds do not settle.
        Source: see the class.
        """
        weighted = columns * weights[:, None]
        total = np.add.reduceat(weights, self._begin[:-1])
        sums = np.add.reduceat(weighted, self._begin[:-1], axis=0)
        if self.second is None:
            left: Floats = columns - np.repeat(sums / total[:, None], self._count, axis=0)
            return left
        cross = sp.csr_array((weights, self.second, self._begin), shape=self._shape)
        across = cross.T.tocsr()
        own = np.asarray(self._by_second @ weights)
        right = np.asarray(self._by_second @ weighted) - across @ (sums / total[:, None])

        def apply(effect: Floats) -> Floats:
            moved = across @ ((cross @ effect) / total[:, None])
            return np.asarray(own[:, None] * effect - moved)

        month = _conjugate(apply, right, own)
        place = (sums - cross @ month) / total[:, None]
        both: Floats = columns - np.repeat(place, self._count, axis=0) - month[self.second]
        return both


def _conjugate(apply: Callable[[Floats], Floats], right: Floats, own: Floats) -> Floats:
    """Return what `apply` turns into `right`, column by column at once."""
    found = np.zeros_like(right)
    scale = np.sqrt((right * right / own[:, None]).sum(axis=0))
    rest = right.copy()
    step = rest / own[:, None]
    size = (rest * step).sum(axis=0)
    for _round in range(_MOST):
        # A column that is settled stays: its step would be noise divided by noise.
        open_ones = size > (_TIGHT * scale) ** 2
        if not open_ones.any():
            return found
        moved = apply(step)
        curve = (step * moved).sum(axis=0)
        go = np.where(open_ones & (curve > 0), size / np.where(curve > 0, curve, 1.0), 0.0)
        found += go * step
        rest -= go * moved
        near = rest / own[:, None]
        fresh = (rest * near).sum(axis=0)
        turn = np.divide(fresh, size, out=np.zeros_like(size), where=open_ones & (size > 0))
        step = near + turn * step
        size = np.where(open_ones, fresh, size)
        if not go.any():
            return found
    raise InvalidData(_("the effects of places and times cannot be told apart in these rows"))
