"""Classes of a map: where one colour ends and the next begins."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Literal

from puente.errors import InvalidData

if TYPE_CHECKING:
    from collections.abc import Sequence

Method = Literal["quantile", "fisher"]


def class_breaks(
    values: Sequence[float], *, classes: int, method: Method, digits: int
) -> tuple[float, ...]:
    """Return the upper bound of each class, ascending; the last is at least the greatest value.

    Bounds are rounded up to `digits` decimals *before* anything is classed by them, so that the
    legend says exactly what the map does. Fewer classes come back where values tie.

    Args:
        values: positive numbers, at least one.
        classes: how many classes at most.
        method: `quantile` puts about as many areas in each; `fisher` puts the breaks where the
            values part (least squared deviation within classes).
        digits: decimals of the bounds.

    Raises: InvalidData: no value, or one that is not positive and finite.

    Source: Fisher, On grouping for maximum homogeneity, JASA 53 (1958), for `fisher`.

    Cost: `fisher` O(classes n log n) in the number of distinct values.
    """
    if not values or any(not (math.isfinite(value) and value > 0) for value in values):
        raise InvalidData("classes need at least one value, all positive and finite")
    ordered = sorted(values)
    bounds = _fisher(ordered, classes) if method == "fisher" else _quantiles(ordered, classes)
    step = 10.0**digits
    # 1e-9: 2.3 * 10 is 22.999..., and must not be rounded up to 2.4.
    return tuple(sorted({math.ceil(bound * step - 1e-9) / step for bound in bounds}))


def class_of(value: float, bounds: Sequence[float]) -> int:
    """Return the class of `value`, 0 for the lowest."""
    return min(bisect_left(bounds, value - 1e-9), len(bounds) - 1)


def _quantiles(ordered: list[float], classes: int) -> list[float]:
    count = len(ordered)
    return [ordered[max(0, math.ceil(count * k / classes) - 1)] for k in range(1, classes + 1)]


def _fisher(ordered: list[float], classes: int) -> list[float]:
    """Return class maxima of least total squared deviation, by dynamic programming.

    The best start of the last class never moves left as values are added, which lets each layer
    be filled by divide and conquer.
    """
    distinct = sorted(set(ordered))
    count = len(distinct)
    if count <= classes:
        return distinct
    weight, total, square = [0.0], [0.0], [0.0]
    tally: dict[float, int] = {}
    for value in ordered:
        tally[value] = tally.get(value, 0) + 1
    for value in distinct:
        times = tally[value]
        weight.append(weight[-1] + times)
        total.append(total[-1] + times * value)
        square.append(square[-1] + times * value * value)

    def spread(first: int, last: int) -> float:
        mass = weight[last] - weight[first]
        mean_part = total[last] - total[first]
        return square[last] - square[first] - mean_part * mean_part / mass

    best = [0.0] + [spread(0, end) for end in range(1, count + 1)]
    starts: list[list[int]] = []
    for layer in range(1, classes):
        best, start = _next_layer(best, layer, count, spread)
        starts.append(start)
    bounds, end = [distinct[-1]], count
    for start in reversed(starts):
        end = start[end]
        bounds.append(distinct[end - 1])
    return bounds[::-1]


def _next_layer(
    best: list[float], layer: int, count: int, spread: _Spread
) -> tuple[list[float], list[int]]:
    """Return the least spread with one class more, and where that class starts, for each end."""
    result = [math.inf] * (count + 1)
    start = [0] * (count + 1)
    todo = [(layer + 1, count, layer, count - 1)]
    while todo:
        low, high, first, last = todo.pop()
        if low > high:
            continue
        middle = (low + high) // 2
        for cut in range(max(first, layer), min(last, middle - 1) + 1):
            value = best[cut] + spread(cut, middle)
            if value < result[middle]:
                result[middle], start[middle] = value, cut
        todo += [(low, middle - 1, first, start[middle]), (middle + 1, high, start[middle], last)]
    return result, start


if TYPE_CHECKING:
    from collections.abc import Callable

    _Spread = Callable[[int, int], float]
