"""Twins as findings: one plate in two places impossibly fast, one plate or VIN on two vehicles.

A finding is a reason to look, no verdict: each names what else would explain it, and shows both
rows. It seeds no step and no pattern, and a vehicle that stands in the records as a victim's says
so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from puente.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.guard.view import View

FASTEST_KMH = 180.0
"""Speed that no road vehicle keeps between two cameras."""
SLACK_MINUTES = 10.0
"""How far two clocks may be apart, minutes."""
NEAREST_KM = 25.0
"""Distance below which two places are not told apart: a camera's position may be a town's."""
_PLACE_KM = 30.0
_ZONES_MINUTES = 120.0
_MOST_OF_A_MARK = 50

FAST, TRAITS, NUMBERS = "fast", "traits", "numbers"
KINDS_OF_TWIN = {
    FAST: N_("seen in two places too far apart for the time"),
    TRAITS: N_("borne by vehicles that differ"),
    NUMBERS: N_("one number with two others"),
}
EXPLANATIONS = {
    FAST: (
        N_("a camera misread the plate, or it was typed wrong"),
        N_("clocks that differ by more than allowed for"),
        N_("the plate was moved to another vehicle, or replaced, between the two"),
    ),
    TRAITS: (
        N_("one of the two was typed or read wrong"),
        N_("the plate passed to another vehicle, as when one is sold"),
        N_("the vehicle was painted, or its maker is called by two names"),
    ),
    NUMBERS: (
        N_("one of the two was typed or read wrong"),
        N_("replacement plates, or a vehicle that moved to another state"),
    ),
}
ZONE = N_("the two sources may write times of different zones")

_MARKS = """
WITH told AS (
  SELECT entity_id, source, prop,
    regexp_replace(upper(value), '[^A-Z0-9]', '', 'g') AS plain, value
  FROM statements WHERE schema = 'Vehicle' AND current
    AND prop IN ('registrationNumber', 'vin', 'make', 'color', 'standing')),
marks AS (
  SELECT entity_id, any_value(source) AS source,
    min(plain) FILTER (prop = 'registrationNumber') AS plate,
    min(plain) FILTER (prop = 'vin' AND length(plain) = 17) AS vin,
    min(value) FILTER (prop = 'make') AS make, min(value) FILTER (prop = 'color') AS color,
    coalesce(bool_or(prop = 'standing' AND value = 'non_suspect'), false) AS non_suspect
  FROM told GROUP BY entity_id
  HAVING count(DISTINCT plain) FILTER (prop = 'registrationNumber') < 2)"""

_FAST = f"""{_MARKS},
homes AS (
  SELECT place, any_value(latitude) AS latitude, any_value(longitude) AS longitude FROM places
  WHERE latitude IS NOT NULL GROUP BY place),
seen AS (
  SELECT m.plate, m.non_suspect, e.event_id, e.source, e.kind, e.category, e.place, e."at" AS stamp,
    e.amount, e.unit, m.entity_id, try_cast(e."at" AS TIMESTAMP) AS moment,
    coalesce(e.latitude, h.latitude) AS y, coalesce(e.longitude, h.longitude) AS x,
    CASE WHEN e.latitude IS NULL THEN {_PLACE_KM} ELSE 0.5 END AS about_km
  FROM events e JOIN marks m ON m.entity_id = e.from_id LEFT JOIN homes h ON h.place = e.place
  WHERE length(e."at") >= 16 AND length(m.plate) >= 5 AND e.current),
moves AS (
  SELECT *, lag({{{{k: event_id, s: source, c: category, p: place, a: stamp, n: entity_id}}}})
      OVER trip AS earlier,
    date_diff('second', lag(moment) OVER trip, moment) / 60.0 AS minutes,
    12742 * asin(least(1, sqrt(pow(sin(radians(y - lag(y) OVER trip) / 2), 2)
      + cos(radians(y)) * cos(radians(lag(y) OVER trip))
      * pow(sin(radians(x - lag(x) OVER trip) / 2), 2)))) - about_km - lag(about_km) OVER trip
      AS km
  FROM seen WHERE y IS NOT NULL AND x IS NOT NULL AND moment IS NOT NULL
  WINDOW trip AS (PARTITION BY plate ORDER BY moment, event_id))
SELECT plate, count(*) AS times, count(DISTINCT stamp[1:10]) AS days, min(stamp) AS began,
  max(stamp) AS ended, bool_or(non_suspect) AS non_suspect,
  arg_max({{{{k: event_id, s: source, c: category, p: place, a: stamp, n: entity_id, km: km,
    minutes: minutes, b: earlier}}}}, (km, event_id)) AS worst
FROM moves
WHERE km >= $nearest AND km > $fastest * (minutes + $slack) / 60
GROUP BY plate ORDER BY days DESC, times DESC, plate""".replace("{{", "{").replace("}}", "}")

_TRAITS = f"""{_MARKS}
SELECT {{mark}} AS mark, list({{{{n: entity_id, s: source, plate: plate, vin: vin, make: make,
  color: color}}}} ORDER BY entity_id)[1:{_MOST_OF_A_MARK}] AS rows,
  bool_or(non_suspect) AS non_suspect
FROM marks WHERE length({{mark}}) >= 5
GROUP BY 1 HAVING count(DISTINCT upper(make)) > 1 OR count(DISTINCT upper(color)) > 1
  OR count(DISTINCT {{other}}) > 1 ORDER BY 1"""

_COLOURS = {
    "WHITE": "BLANCO", "GRAY": "GRIS", "GREY": "GRIS", "BLACK": "NEGRO", "RED": "ROJO",
    "BLUE": "AZUL", "SILVER": "PLATA", "PLATEADO": "PLATA", "GREEN": "VERDE", "TAN": "ARENA",
    "BEIGE": "ARENA", "BROWN": "CAFE", "YELLOW": "AMARILLO", "GOLD": "DORADO", "MAROON": "VINO",
}  # fmt: skip
_NEAR = frozenset({frozenset({"GRIS", "PLATA"}), frozenset({"ARENA", "DORADO"}),
                   frozenset({"VINO", "ROJO"}), frozenset({"ARENA", "CAFE"})})  # fmt: skip
"""Colours that two people call the same car."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One of the two rows behind a finding.

    Attributes:
        record: key of the vehicle's record.
        source: where it comes from.
        told: what it says, in order: name of the column (English msgid) and value.
    """

    record: str
    source: str
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """One plate or VIN that two vehicles may bear.

    Attributes:
        kind: a key of `KINDS_OF_TWIN`.
        mark: the plate or VIN.
        rows: the two rows that speak for it most.
        times, days: how often it was met, and on how many days; 1 where no time is told.
        first, last: first and last moment, ISO; "" where no time is told.
        km, minutes: between the two rows; None where no time is told.
        explanations: what else would explain it, English msgids.
        non_suspect: True if a record holds the vehicle as a victim's or other non-suspect's.
    """

    kind: str
    mark: str
    rows: tuple[Row, Row]
    times: int = 1
    days: int = 1
    first: str = ""
    last: str = ""
    km: float | None = None
    minutes: float | None = None
    explanations: tuple[str, ...] = ()
    non_suspect: bool = False

    @property
    def kmh(self) -> float | None:
        """Return the speed that it would take; None where no time is told, or none passed."""
        return round(self.km / self.minutes * 60) if self.km and self.minutes else None

    def as_json(self) -> dict[str, object]:
        """Return it JSON-ready."""
        return {
            "kind": self.kind, "mark": self.mark, "times": self.times, "days": self.days,
            "first": self.first, "last": self.last, "km": self.km, "minutes": self.minutes,
            "kmh": self.kmh, "non_suspect": self.non_suspect,
            "rows": [{"record": row.record, "source": row.source, "told": dict(row.told)}
                     for row in self.rows],
            "explanations": list(self.explanations),
        }  # fmt: skip


def find_twins(
    view: View, *, fastest_kmh: float = FASTEST_KMH, slack_minutes: float = SLACK_MINUTES
) -> tuple[Twin, ...]:
    """Return what speaks for two vehicles under one plate or VIN, within what the view permits.

    Sightings are compared each with the one before it, along the great circle; a place that is
    known as a municipality only counts as 30 km wide.

    Args:
        fastest_kmh: speed from which two sightings are no single vehicle's.
        slack_minutes: how far two clocks may be apart.

    Limits: a twin that stays where the true vehicle is, is not seen. Times are compared as written:
        sources of two time zones are named as an explanation, not corrected.

    Cost: n log n in the sightings.
    """
    found = [*_fast(view, fastest_kmh, slack_minutes)]
    for mark, other in (("plate", "vin"), ("vin", "plate")):
        query = _TRAITS.format(mark=mark, other=other)
        for row in view.sql(query).to_pylist():
            twin = _differing(row, other)
            if twin is not None:
                found.append(twin)
    view.record("look", ids=sorted({row.record for twin in found for row in twin.rows}))
    return tuple(found)


def _fast(view: View, fastest_kmh: float, slack_minutes: float) -> Iterable[Twin]:
    if not view.may("events"):
        return
    asked = {"nearest": NEAREST_KM, "fastest": fastest_kmh, "slack": slack_minutes}
    for row in view.sql(_FAST, asked).to_pylist():
        worst, before = row["worst"], row["worst"]["b"]
        zones = worst["s"] != before["s"] and (
            worst["km"] <= fastest_kmh * (worst["minutes"] + _ZONES_MINUTES) / 60
        )
        yield Twin(
            kind=FAST, mark=row["plate"], rows=(_seen(before), _seen(worst)),
            times=row["times"], days=row["days"], first=row["began"], last=row["ended"],
            km=round(worst["km"], 1), minutes=round(worst["minutes"], 1),
            explanations=(*EXPLANATIONS[FAST], *((ZONE,) if zones else ())),
            non_suspect=row["non_suspect"],
        )  # fmt: skip


def _seen(row: dict[str, str]) -> Row:
    told = (
        (N_("when"), row["a"]),
        (N_("where"), row["c"] or row["p"]),
        (N_("number in the source"), row["k"]),
    )
    return Row(record=row["n"], source=row["s"], told=told)


def _differing(row: dict[str, object], other: str) -> Twin | None:
    """Return the two rows of one mark that differ most, None where they differ in nothing real."""
    rows: Sequence[dict[str, str]] = row["rows"]  # type: ignore[assignment]
    best: tuple[int, dict[str, str], dict[str, str]] | None = None
    for one, two in combinations(rows, 2):
        count = sum([_apart(one["make"], two["make"]), _colours_apart(one["color"], two["color"])])
        count += 2 * _numbers_apart(one[other], two[other])
        if count and (best is None or count > best[0]):
            best = (count, one, two)
    if best is None:
        return None
    kind = NUMBERS if _numbers_apart(best[1][other], best[2][other]) else TRAITS
    return Twin(
        kind=kind, mark=str(row["mark"]), rows=(_vehicle(best[1]), _vehicle(best[2])),
        explanations=EXPLANATIONS[kind], non_suspect=bool(row["non_suspect"]),
    )  # fmt: skip


def _vehicle(row: dict[str, str]) -> Row:
    names = ((N_("plate"), "plate"), (N_("VIN"), "vin"), (N_("make"), "make"),
             (N_("colour"), "color"))  # fmt: skip
    told = tuple((title, row[key]) for title, key in names if row[key])
    return Row(record=row["n"], source=row["s"], told=told)


def _plain(text: str | None) -> str:
    from puente.resolve.address_words import capitals

    return "".join(char for char in capitals(text or "") if char.isalnum())


def _apart(one: str | None, two: str | None) -> bool:
    """Return True if two words are two, and not one that was typed wrong or short."""
    from rapidfuzz.distance import JaroWinkler

    first, second = _plain(one), _plain(two)
    if not first or not second or first in second or second in first:
        return False
    return float(JaroWinkler.similarity(first, second)) < 0.85


def _colours_apart(one: str | None, two: str | None) -> bool:
    first, second = (_COLOURS.get(_plain(text), _plain(text)) for text in (one, two))
    return frozenset({first, second}) not in _NEAR and _apart(first, second)


_ALIKE = str.maketrans("ODQILSBZG", "000115826")


def _numbers_apart(one: str | None, two: str | None) -> bool:
    """Return True if two plates or VINs are two, and not one that was read wrong."""
    from rapidfuzz.distance import OSA

    if not one or not two:
        return False
    return OSA.distance(one.translate(_ALIKE), two.translate(_ALIKE)) > 1
