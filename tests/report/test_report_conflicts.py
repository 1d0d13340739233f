"""The picture of a conflict draws what can be compared, and nothing that only looks like a fall."""

from __future__ import annotations

from puente.report.pictures_conflicts import points_of


def rows(first: int, last: int) -> list[dict[str, object]]:
    """Return twenty years of months: one register tells from 2006-12 on, the other always."""
    return [
        {
            "month": f"{year}-{month:02}",
            "figure_a": 10.0 if (year, month) >= (2006, 12) else None,
            "figure_b": 7.0,
        }
        for year in range(first, last + 1)
        for month in range(1, 13)
    ]


def test_a_year_of_which_one_register_tells_a_month_does_not_cut_the_other_to_that_month() -> None:
    points = {point.period: point for point in points_of(rows(2000, 2012))}
    assert (points["2005"].left, points["2005"].right) == (None, 84.0)
    assert (points["2006"].left, points["2006"].right) == (None, 84.0), "not 10 and 7"
    assert (points["2007"].left, points["2007"].right) == (120.0, 84.0)


def test_a_year_is_compared_over_the_months_that_both_tell() -> None:
    held = rows(2007, 2012)
    for row in held[-4:]:
        row["figure_a"] = None
    last = points_of(held)[-1]
    assert (last.left, last.right, last.months) == (80.0, 56.0, 8)
