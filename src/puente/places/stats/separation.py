"""Which coefficients of a Poisson model have no finite estimate, found before it is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.linalg import qr
from scipy.sparse.csgraph import connected_components

from puente.errors import InvalidData

if TYPE_CHECKING:
    from puente.places.stats.arrays import Flags, Floats, Ints
    from puente.places.stats.within import Within

_NOTHING = 1e-10
"""Share of a term's spread that counts as none: below it digits are left of rounding only."""


def separated_rows(outcome: Floats, first: Ints, second: Ints | None) -> Flags:
    """Return which rows the effects alone fit with a mean of exactly 0.

    An effect of place a and of month b with a + b = 0 wherever something was counted, and a + b
    >= 0 wherever nothing was, can run off to minus infinity on the rows where it is above 0. Seen
    as a graph of places and months, with an arrow both ways for each row that counts something and
    from place to month for each zero, those are the zeros that lead from one strong component to
    another. A place or month without a single count is the plainest case.

    Args:
        outcome: n counts, 0 or more.
        first, second: codes from 0 of the effects of each row; None for a single effect.

    Source: the condition is that of Correia, Guimaraes and Zylkin, Verifying the existence of
        maximum likelihood estimates for generalized linear models (2019), proposition 1.
    Limits: effects only; terms are looked at by `refuse_unidentified`.
    Cost: linear.
    """
    zero = outcome == 0
    if second is None:
        counted = np.bincount(first, outcome) > 0
        alone: Flags = ~counted[first]
        return alone
    places, months = int(first.max()) + 1, int(second.max()) + 1
    other = second + places
    begin = np.concatenate((first, other[~zero]))
    end = np.concatenate((other, first[~zero]))
    size = places + months
    arrows = sp.csr_array((np.ones(len(begin), np.int8), (begin, end)), shape=(size, size))
    _number, part = connected_components(arrows, directed=True, connection="strong")
    apart: Flags = zero & (part[first] != part[other])
    return apart


def refuse_unidentified(terms: Floats, within: Within, names: tuple[str, ...], text: str) -> None:
    """Raise if a term has nothing left once effects and other terms are taken out.

    Args:
        terms: n x k.
        within: the effects of the same rows.
        names: of the terms.
        text: of the error, with `{term}`.

    Raises: InvalidData: names the term.
    Source: as `separated_rows`, section 3: a term can separate only along a direction that is flat
        wherever something was counted.
    """
    if not len(names):
        return
    ones = np.ones(len(terms))
    centred = terms - terms.mean(axis=0)
    left = within.out_of(centred, ones)
    spread, rest = (centred**2).sum(axis=0), (left**2).sum(axis=0)
    for name, before, after in zip(names, spread, rest, strict=True):
        if after <= _NOTHING * before or before == 0:
            raise InvalidData(text.format(term=name))
    scaled = left / np.sqrt(rest)
    _q, upper, order = qr(scaled.T @ scaled, pivoting=True)
    flat = np.abs(np.diag(upper)) < _NOTHING
    if flat.any():
        raise InvalidData(text.format(term=names[order[int(np.flatnonzero(flat)[0])]]))
