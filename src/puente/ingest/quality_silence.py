"""Places that fall silent against their own history.

Source: negative binomial counts, e.g. Cameron and Trivedi, Regression Analysis of Count Data
(2013), ch. 3; the chance that n such months are all zero.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.ingest.quality_findings import Finding, span_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from puente.ingest.quality_cells import Figures

FALSE_ALARMS = 0.001
"""Silences that chance alone would make in all series of a source together, where each is a steady
series of its own mean and spread. A true change of level makes more: see Limits."""

HISTORY = 36
"""Months before and after a silence from which its usual level is taken."""

LEAST_SILENCE = 3
"""Months without a case from which a run is looked at; shorter ones are `spike`s."""

LEAST_FEED = 2
"""The same for agencies that send single records, and for ports."""

GRAVE = 0.25
"""Share of all that a state tells from which the silence of a record is a fault: less than that
may be a crime that is filed under another name from then on, which is asked about and no loss."""

_RUNS = """
WITH last AS (
    SELECT source, crime, min(m) AS first, max(m) AS last FROM {whole}
    WHERE n > 0 GROUP BY ALL),
  heard AS (
    SELECT source, place, crime, m, n FROM {table} WHERE n > 0 AND {where}),
  shape AS (
    SELECT source, place, crime, sum(n) AS total, sum(n * n) AS squares, count(*) AS months
    FROM heard GROUP BY ALL),
  told AS (
    SELECT source, place, crime, count(*) FILTER (told > 0) AS months FROM {table}
    WHERE {where} GROUP BY ALL),
  share AS (
    SELECT source, place, crime,
      total / sum(total) OVER (PARTITION BY source, place) AS share FROM shape),
  looked AS (SELECT source, sum(months)::DOUBLE AS n FROM told GROUP BY source),
  run AS (
    SELECT source, place, crime, m, lead(m) OVER w AS next,
      sum(n) OVER (w RANGE BETWEEN {history} - 1 PRECEDING AND CURRENT ROW) AS before
    FROM heard WINDOW w AS (PARTITION BY source, place, crime ORDER BY m)),
  long AS (
    SELECT r.source, r.place, r.crime, r.m + 1 AS from_m, coalesce(r.next - 1, l.last) AS to_m,
      coalesce(r.next, l.last + 1) - r.m - 1 AS length,
      r.before / least({history}, r.m - l.first + 1) AS usual
    FROM run r JOIN last l USING (source, crime)
    WHERE coalesce(r.next, l.last + 1) - r.m - 1 >= {least} AND r.m - l.first + 1 >= 12),
  seasons AS (
    -- A pass that snow closes each winter is no silence: the same months of the year before count.
    SELECT g.source, g.place, g.crime, g.from_m, coalesce(sum(h.n), 0) AS year_before
    FROM long g LEFT JOIN heard h ON h.source = g.source AND h.place = g.place
      AND h.crime = g.crime AND h.m BETWEEN g.from_m - 12 AND least(g.to_m, g.from_m + 11) - 12
    GROUP BY ALL)
SELECT g.source::VARCHAR AS source, g.place::VARCHAR AS place, g.crime::VARCHAR AS record,
  g.from_m, g.to_m, g.length, h.share, k.n AS looked, s.total / t.months AS mean,
  s.squares / t.months AS square, least(g.usual, y.year_before / least(g.length, 12)) AS usual
FROM long g JOIN seasons y USING (source, place, crime, from_m)
JOIN shape s USING (source, place, crime) JOIN share h USING (source, place, crime)
JOIN told t USING (source, place, crime) JOIN looked k USING (source)
WHERE y.year_before > 0
ORDER BY ALL"""


def silences(figures: Figures) -> Iterator[Finding]:
    """Yield the runs of months without a case that a place's history makes hardly believable.

    Municipalities, states as wholes, agencies that send single records, and ports. The chance of a
    run is that of as many zeros of a negative binomial with the mean of the three years before (or
    of the same months of the year before, if that is less) and the series' own spread. It is told
    where chance would make fewer than `FALSE_ALARMS` in all series of the source.

    Limits: months are taken as independent and the level as steady. Where crime truly falls to
    nothing, or a police force is taken over, a finding is right about the figures and no fault.
    """
    kinds = (
        ("placed", "level = 'municipality'", "area", LEAST_SILENCE),
        ("area", "place <> '00000'", "area", LEAST_SILENCE),
        ("feed", "TRUE", "feed", LEAST_FEED),
    )
    ports = {row["source"] for row in figures.rows("SELECT source FROM ports")}
    for table, where, whole, least in kinds:
        query = _RUNS.format(table=table, where=where, whole=whole, history=HISTORY, least=least)
        for row in figures.rows(query):
            chance = _log_chance(row)
            if chance < math.log(FALSE_ALARMS / row["looked"]):
                port = row["source"] in ports
                agency = table == "feed" and not port
                yield _silence(row, may_be_grave=table != "placed" and not port, agency=agency)


def _log_chance(row: dict[str, Any]) -> float:
    """Return the logarithm of the chance that so many months are all zero."""
    mean, spread = row["mean"], row["square"] - row["mean"] ** 2
    excess = max(spread / mean, 1.0) - 1.0
    month = math.log1p(excess) / excess if excess > 1e-9 else 1.0
    return -float(row["usual"]) * int(row["length"]) * month


def _silence(row: dict[str, Any], *, may_be_grave: bool, agency: bool) -> Finding:
    usual, length = row["usual"], row["length"]
    missing = usual * length
    grave = may_be_grave and row["share"] >= GRAVE
    return Finding(
        source=row["source"],
        check="silence",
        severity="fault" if grave else "warning",
        text=N_(
            "No case in {n} months, where {usual} a month were usual; chance alone would do that "
            "in fewer than one of a thousand builds."
        ),
        values={"n": length, "usual": float(round(usual, 1))},
        agency=row["place"] if agency else "",
        place="" if agency else row["place"],
        record=row["record"],
        period=span_text(row["from_m"], row["to_m"]),
        figure=0.0,
        expected=round(missing, 1),
        unit="cases",
    )
