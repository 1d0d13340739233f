"""The picture of a conflict draws what can be compared, and nothing that only looks like a fall."""

from __future__ import annotations

from puente.report.conflict_points import IMPOSSIBLE, Legend, points_of


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
    points = {point.period: point for point in points_of(rows(2000, 2012), "2006-12", "2008-12")}
    assert (points["2005"].left, points["2005"].right) == (None, 84.0)
    assert (points["2006"].left, points["2006"].right) == (None, 84.0), "not 10 and 7"
    assert (points["2007"].left, points["2007"].right) == (120.0, 84.0)


def test_a_year_is_compared_over_the_months_that_both_tell() -> None:
    held = rows(2007, 2012)
    for row in held[-4:]:
        row["figure_a"] = None
    last = points_of(held, "2012-01", "2012-12")[-1]
    assert (last.left, last.right, last.months) == (80.0, 56.0, 8)


def test_a_long_series_is_drawn_some_years_around_the_conflict() -> None:
    points = points_of(rows(1990, 2012), "2007-01", "2008-12")
    assert (points[0].period, points[-1].period) == ("2001", "2012")


def test_what_cannot_be_is_shaded_and_what_can_be_is_not() -> None:
    legend = Legend(
        title="", left="a", right="b", first="2007-01", last="2007-12", shaded=IMPOSSIBLE
    )
    assert legend.shades("2007", 426, 397)
    assert not legend.shades("2007", 397, 426), "a part below its whole is no conflict"
