"""Arrays as the statistics take them, checked once at the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How to permute.

    Attributes:
        permutations: random relabellings, 1 or more; 9,999 for a figure that is published.
        rng: where they come from; the same state gives the same figures.
        groups: one label per area (e.g. its state) within which values change places; None for
            anywhere.

    Source: Anselin, Geographical Analysis 27 (1995) 93-115, section 3 (conditional permutation).
    """

    permutations: int = 999
    rng: np.random.Generator
    groups: Sequence[str] | Ints | None = None


def vector(values: npt.ArrayLike, n: int, name: str) -> Floats:
    """Return `values` as `n` finite numbers.

    Raises: InvalidData: another length, or a value that is missing, infinite or no number.
    Source: none of its own; a sum over a missing value would be a silent guess.
    """
    try:
        found: Floats = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidData(_("{name} holds what is no number").format(name=name)) from error
    if found.shape != (n,):
        text = _("{name} has the shape {shape} where {n} values are needed")
        raise InvalidData(text.format(name=name, shape=found.shape, n=n))
    if not np.isfinite(found).all():
        text = _("{name} is missing or infinite for {count} of {n}")
        bad = int((~np.isfinite(found)).sum())
        raise InvalidData(text.format(name=name, count=bad, n=n))
    return found


def varying(values: npt.ArrayLike, n: int, name: str) -> Floats:
    """Return `values` less their mean.

    Raises: InvalidData: see `vector`; or all are the same, so that nothing can go with them.
    Source: as `vector`.
    """
    found = vector(values, n, name)
    centred: Floats = found - found.mean()
    scale = np.abs(found).max(initial=0.0)
    if np.abs(centred).max(initial=0.0) <= 1e-13 * scale or scale == 0:
        raise InvalidData(_("{name} is the same everywhere").format(name=name))
    return centred


def codes(labels: Sequence[str] | npt.ArrayLike, n: int, name: str) -> Ints:
    """Return labels as numbers from 0, in sorted order.

    Raises: InvalidData: another number of labels than `n`.
    Source: none of its own.
    """
    found = np.asarray(labels)
    if found.shape != (n,):
        text = _("{name} has the shape {shape} where {n} values are needed")
        raise InvalidData(text.format(name=name, shape=found.shape, n=n))
    _levels, numbers = np.unique(found, return_inverse=True)
    return numbers.astype(np.int64)


def at_least(number: float, least: float, name: str) -> None:
    """Raise if `number` is below `least`.

    Raises: InvalidData: it is, or it is no number.
    Source: none of its own.
    """
    if not number >= least:
        raise InvalidData(_("{name} must be at least {least}").format(name=name, least=least))


def share(number: float, name: str) -> None:
    """Raise if `number` does not lie between 0 and 1, both left out.

    Raises: InvalidData: it does not.
    Source: none of its own.
    """
    if not 0 < number < 1:
        raise InvalidData(_("{name} must lie between 0 and 1").format(name=name))
