"""What a source should hold by its own history, the gazetteer and the catalogue, and does not.

Source: SESNSP, notes to the monthly publication: what was not sent is not zero; CNSP/38/15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.ingest.counting import NATION
from puente.ingest.quality_catalogue import beside, lacking
from puente.ingest.quality_findings import Finding, span_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.quality_cells import Figures

WHOLE_COUNTRY = 0.5
"""Share of the gazetteer's municipalities from which a source means to cover the country."""

UNEVEN = 0.98
"""Share of the places and months of the fullest record that every other record should reach.

A table writes a row for every crime of a place, with zeros, or for none.
"""

THIN = 0.5
"""Share of its usual places below which a month of a state is told: half of them are absent."""

_BLANK = """
WITH monthly AS (
  SELECT source, crime, m, sum(told) AS told FROM area WHERE place = '00000' GROUP BY ALL),
  ends AS (
    SELECT source, crime, max(m) FILTER (told > 0) AS last FROM monthly
    GROUP BY ALL)
SELECT e.source::VARCHAR AS source, e.last + 1 AS from_m, s.written AS to_m,
  s.last AS source_last, count(*) AS records, list(e.crime::VARCHAR ORDER BY e.crime) AS names
FROM ends e JOIN span s USING (source) WHERE e.last < s.written
GROUP BY ALL ORDER BY ALL"""


def blank_ends(figures: Figures) -> Iterator[Finding]:
    """Yield the months at the end of a table that are written and blank: missing, not zero.

    A note where the whole table is blank from then on, as one is whose year is not over; a warning
    where only some records end before the others.
    """
    for row in figures.rows(_BLANK):
        ends_alone = row["from_m"] <= row["source_last"]
        yield Finding(
            source=row["source"],
            check="months_absent" if ends_alone else "months_blank",
            severity="warning" if ends_alone else "note",
            text=N_("Records that end before the others do: {n}.")
            if ends_alone
            else N_(
                "Months written and left blank at the end: {months}. They are missing, not zero."
            ),
            values={"n": row["records"], "months": row["to_m"] - row["from_m"] + 1},
            place=NATION,
            record=row["names"][0] if row["records"] == 1 else "",
            period=span_text(row["from_m"], row["source_last"] if ends_alone else row["to_m"]),
            figure=0.0,
            expected=float(row["to_m"] - row["from_m"] + 1),
            unit="months",
            rows="; ".join(row["names"]),
        )


_PLACES = """
WITH held AS (SELECT DISTINCT source, place FROM placed WHERE level = 'municipality'),
  wide AS (
    SELECT source FROM held JOIN town USING (place) GROUP BY source
    HAVING count(*) >= {whole} * (SELECT count(*) FROM town)),
  newest AS (SELECT place, arg_max(people, year) AS people FROM people GROUP BY place)
SELECT w.source::VARCHAR AS source, t.place, left(t.place, 2) AS state, t.name, n.people
FROM wide w CROSS JOIN town t LEFT JOIN newest n USING (place)
ANTI JOIN held h ON h.source = w.source AND h.place = t.place
ORDER BY source, n.people DESC NULLS LAST, t.place"""

_TOWN_SIZE = 100_000
"""People from which the absence of a municipality is told on its own."""


def places_absent(figures: Figures) -> Iterator[Finding]:
    """Yield the municipalities of the gazetteer that a source of the whole country never names."""
    towns = figures.rows("SELECT count(*) AS n FROM town")[0]["n"]
    absent: dict[str, list[dict[str, object]]] = {}
    for row in figures.rows(_PLACES.format(whole=WHOLE_COUNTRY)):
        absent.setdefault(row["source"], []).append(row)
    states = {
        (row["source"], row["state"])
        for row in figures.rows(
            "SELECT DISTINCT source::VARCHAR AS source, state FROM placed"
            " WHERE level = 'municipality'"
        )
    }
    for source, rows in absent.items():
        for state in sorted({str(row["state"]) for row in rows}):
            if (source, state) not in states:
                yield _state_absent(source, state)
        people = sum(int(str(row["people"] or 0)) for row in rows)
        yield Finding(
            source=source,
            check="places_absent",
            severity="warning" if len(rows) > 0.02 * towns else "note",
            text=N_("Municipalities never named: {n} of {towns}, where {people} people live."),
            values={"n": len(rows), "towns": towns, "people": people},
            figure=float(towns - len(rows)),
            expected=float(towns),
            unit="municipalities",
            rows="; ".join(str(row["place"]) for row in rows),
        )
        for row in rows:
            named = (source, row["state"]) in states
            if named and int(str(row["people"] or 0)) >= _TOWN_SIZE:
                yield Finding(
                    source=source,
                    check="places_absent",
                    severity="warning",
                    text=N_("A municipality of {people} people is never named."),
                    values={"people": row["people"]},
                    place=str(row["place"]),
                    figure=0.0,
                    expected=1.0,
                    unit="municipalities",
                )


def _state_absent(source: str, state: str) -> Finding:
    return Finding(
        source=source,
        check="places_absent",
        severity="fault",
        text=N_("The whole state is never named."),
        place=f"{state}000",
        figure=0.0,
        expected=1.0,
        unit="places",
    )


_THIN = """
WITH monthly AS (
  SELECT source, state, m, count(DISTINCT place) FILTER (told > 0) AS places
  FROM placed WHERE level IN ('municipality', 'state') GROUP BY ALL),
  usual AS (SELECT source, state, max(places) AS most FROM monthly GROUP BY ALL),
  months AS (
    SELECT s.source, unnest(range(s.first, s.last + 1)) AS m FROM span s),
  grid AS (SELECT u.source, u.state, u.most, m.m FROM usual u JOIN months m USING (source)),
  thin AS (
    SELECT g.source, g.state, g.m, g.most, coalesce(x.places, 0) AS places
    FROM grid g LEFT JOIN monthly x USING (source, state, m)
    WHERE coalesce(x.places, 0) < {thin} * g.most),
  runs AS (
    SELECT *, m - row_number() OVER (PARTITION BY source, state ORDER BY m) AS run FROM thin),
  silent AS (
    SELECT source, m FROM grid LEFT JOIN monthly x USING (source, state, m)
    GROUP BY source, m HAVING coalesce(sum(x.places), 0) = 0)
SELECT source::VARCHAR AS source, state, min(m) AS from_m, max(m) AS to_m, count(*) AS months,
  max(places) AS places, any_value(most) AS most
FROM runs ANTI JOIN silent USING (source, m)
GROUP BY source, state, run ORDER BY ALL"""


def states_absent(figures: Figures) -> Iterator[Finding]:
    """Yield the months in which half of a state's places, or the state itself, told nothing."""
    for row in figures.rows(_THIN.format(thin=THIN)):
        few = row["most"] < 3 and row["months"] < 3
        yield Finding(
            source=row["source"],
            check="places_absent",
            severity="note" if few else "fault" if row["places"] == 0 else "warning",
            text=N_(
                "Of {most} places of the state {places} told anything; months like that: {months}."
            ),
            values={key: row[key] for key in ("places", "most", "months")},
            place=f"{row['state']}000",
            period=span_text(row["from_m"], row["to_m"]),
            figure=float(row["places"]),
            expected=float(row["most"]),
            unit="places",
        )


_UNEVEN = """
WITH each AS (
  SELECT source, record, count(n) AS told, min(m) AS first, max(m) AS last
  FROM cell WHERE n IS NOT NULL GROUP BY ALL),
  most AS (SELECT source, max(told) AS most, max(last) - min(first) + 1 AS months
    FROM each GROUP BY source)
SELECT e.source::VARCHAR AS source, e.record::VARCHAR AS record, e.told, e.first, e.last,
  m.most * (e.last - e.first + 1) / m.months AS most
FROM each e JOIN most m USING (source)
WHERE e.told < {uneven} * m.most * (e.last - e.first + 1) / m.months ORDER BY ALL"""


def cells_absent(figures: Figures) -> Iterator[Finding]:
    """Yield the records that fewer places and months tell than the source's fullest record."""
    for row in figures.rows(_UNEVEN.format(uneven=UNEVEN)):
        share = row["told"] / row["most"]
        yield Finding(
            source=row["source"],
            check="cells_absent",
            severity="fault" if share < 0.75 else "warning",
            text=N_(
                "{told} figures, against {most} over these months of the record that the source "
                "tells most of: {share} percent."
            ),
            values={"told": row["told"], "most": round(row["most"]), "share": round(100 * share)},
            record=row["record"],
            period=span_text(row["first"], row["last"]),
            figure=float(row["told"]),
            expected=round(row["most"]),
            unit="figures",
        )


_RECORDS = """
SELECT h.source::VARCHAR AS source, h.record::VARCHAR AS record, h.load::VARCHAR AS load,
  min(m) AS first, max(m) AS last, sum(n)::DOUBLE AS n
FROM held h WHERE m IS NOT NULL GROUP BY ALL ORDER BY ALL"""

TELLING = 0.01
"""Share of all cases of a source that tells a crime from which its absence is told on its own."""


def records_absent(figures: Figures) -> Iterator[Finding]:
    """Yield the crimes that a source lacks by the catalogue, or by its own earlier deliveries."""
    by_source: dict[str, dict[str, dict[str, float]]] = {}
    for row in figures.rows(_RECORDS):
        loads = by_source.setdefault(row["source"], {})
        loads.setdefault(row["load"], {})[row["record"]] = row["n"] or 0.0
    cases = _yearly_cases(figures)
    for source, loads in by_source.items():
        newest = max(loads, key=lambda load: (figures.newest_of(load), load))
        yield from _dropped(source, loads, newest, figures)
        held = frozenset(record for records in loads.values() for record in records)
        expected = lacking(held)
        if expected is None:
            left = beside(held)
            if left:
                text = N_("A choice of crimes; of the same legal goods it leaves out types: {n}.")
                yield _absent(source, left, {}, text, "note")
            continue
        others = {crime: n for crime, (n, by) in cases.items() if source not in by}
        yield from _of_catalogue(source, (*expected.types, *expected.crimes), others)
        if expected.parts:
            yield _absent(
                source, expected.parts, others, N_("Parts of crimes that are absent: {n}.")
            )
        yield from _untold(source, expected.untold, others)


def _yearly_cases(figures: Figures) -> dict[str, tuple[float, frozenset[str]]]:
    """Return for each crime and type the cases a year where most are told, and who tells it."""
    found: dict[str, tuple[float, frozenset[str]]] = {}
    for row in figures.rows(
        "SELECT name, max(n) AS n, list(DISTINCT source::VARCHAR) AS sources FROM ("
        " SELECT source, crime::VARCHAR AS name, sum(n) * 12 / count(DISTINCT m) AS n FROM area"
        " WHERE place = '00000' AND told > 0 GROUP BY ALL UNION ALL"
        " SELECT source, type AS name, sum(n) * 12 / count(DISTINCT m) AS n"
        " FROM area JOIN kind ON kind.crime = area.crime::VARCHAR"
        " WHERE place = '00000' AND told > 0 GROUP BY ALL) GROUP BY name ORDER BY name"
    ):
        found[row["name"]] = (row["n"] or 0.0, frozenset(row["sources"]))
    return found


def _of_catalogue(
    source: str, names: tuple[str, ...], others: dict[str, float]
) -> Iterator[Finding]:
    """Yield one finding for each absent crime that others tell much of, one for all the rest."""
    total = sum(others.get(name, 0.0) for name in others) or 1.0
    large = [name for name in names if others.get(name, 0.0) >= TELLING / 2 * total]
    for name in large:
        yield _absent(
            source, (name,), others, N_("The crime is absent; elsewhere it counts {cases} a year.")
        )
    rest = tuple(name for name in names if name not in large)
    if rest:
        yield _absent(source, rest, others, N_("Crimes of the catalogue that are absent: {n}."))


def _untold(source: str, names: tuple[str, ...], others: dict[str, float]) -> Iterator[Finding]:
    """Yield what stands only within a total: a large one on its own."""
    total = sum(others.values()) or 1.0
    large = [name for name in names if others.get(name, 0.0) >= TELLING / 2 * total]
    for name in large:
        yield _absent(
            source,
            (name,),
            others,
            N_("No record tells this crime, {cases} cases a year elsewhere; it can stand only "
               "within the total of its type."),
            "warning",
        )  # fmt: skip
    rest = tuple(name for name in names if name not in large)
    if rest:
        text = N_("Crimes that can stand only within the totals of their types: {n}.")
        yield _absent(source, rest, others, text, "note")


def _absent(
    source: str,
    names: tuple[str, ...],
    others: dict[str, float],
    text: str,
    severity: str = "fault",
) -> Finding:
    cases = sum(others.get(name, 0.0) for name in names)
    known = bool(others)
    return Finding(
        source=source,
        check="records_absent",
        severity="warning" if severity == "fault" and known and cases < 1 else severity,
        text=text,
        values={"n": len(names), "cases": round(cases)},
        record=names[0] if len(names) == 1 else "",
        figure=0.0,
        expected=float(len(names)),
        unit="records",
        rows="; ".join(names),
    )


def _dropped(
    source: str, loads: dict[str, dict[str, float]], newest: str, figures: Figures
) -> Iterator[Finding]:
    """Yield the records that an earlier delivery held and the newest one, though longer, lacks."""
    now = loads[newest]
    earlier = {record for load, records in loads.items() if load != newest for record in records}
    gone = sorted(earlier - set(now))
    # Deliveries that are each a part of the whole (a year, a crime) are no successors.
    if not gone or len(gone) > len(earlier) / 2:
        return
    yield Finding(
        source=source,
        check="records_absent",
        severity="fault",
        text=N_("Records of earlier deliveries that the newest lacks: {n}."),
        values={"n": len(gone)},
        record=gone[0] if len(gone) == 1 else "",
        period=figures.newest_of(newest),
        figure=float(len(now)),
        expected=float(len(set(now) | earlier)),
        unit="records",
        rows="; ".join(gone),
        load=newest,
    )


_NULLS = """
SELECT source::VARCHAR AS source, count(*) AS cells, count(n) AS told FROM cell
JOIN span USING (source) WHERE m <= last GROUP BY source HAVING count(n) < count(*)
ORDER BY source"""


def nulls(figures: Figures) -> Iterator[Finding]:
    """Yield the share of figures that are written and blank before a source's last month."""
    for row in figures.rows(_NULLS):
        share = 1 - row["told"] / row["cells"]
        yield Finding(
            source=row["source"],
            check="cells_absent",
            severity="warning" if share > 0.05 else "note",
            text=N_("{blank} of {cells} figures are written and blank: not reported."),
            values={"blank": row["cells"] - row["told"], "cells": row["cells"]},
            figure=float(row["told"]),
            expected=float(row["cells"]),
            unit="figures",
        )
