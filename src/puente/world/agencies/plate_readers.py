"""Plate readers of two countries: the National Guard's arches, and the US port approaches.

Each regular vehicle lives on one corridor, goes out in the morning and back in the evening, and is
read by most devices that it passes; border corridors run through devices of both countries. So no
vehicle is ever read at two far places at once, except the planted twins: plates that a second
vehicle bears too. Cameras misread now and then, and mostly say so themselves.

Millions of reads have to cost little: they are drawn as arrays and written as lines.

Source: layouts made up.
"""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from puente.model.text import hashed
from puente.world.agencies.plate_corridors import corridors_of, passes, uniform
from puente.world.agencies.plate_fleet import make_fleet
from puente.world.crime import FIRST_YEAR, MONTHS
from puente.world.mistakes import misread_code
from puente.world.sheet_files import LINE_END
from puente.world.sheets import Lines, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.agencies.plate_corridors import Corridor, Device, Numbers, Passes
    from puente.world.agencies.plate_fleet import Fleet
    from puente.world.scene import Scene

ARCHES = Sheet(
    name="gn_lecturas_placas_2025-12-31", agency="gn", delimiter=";",
    columns=("ID_LECTURA", "FECHA", "HORA", "DISPOSITIVO", "SENTIDO", "CARRIL", "PLACA",
             "CONFIANZA", "CALIDAD", "CVE_MUN", "LATITUD", "LONGITUD"),
    id_column="ID_LECTURA", date_column="FECHA",
)  # fmt: skip
PORT_READS = Sheet(
    name="cbp_plate_reads_2025-12-31", agency="cbp",
    columns=("Read ID", "Date", "Time", "Camera", "Direction", "Lane", "Plate", "Confidence",
             "Flag", "Port", "Latitude", "Longitude"),
    id_column="Read ID", date_column="Date", bad_date="02/31/2024",
)  # fmt: skip
MISREAD, UNSURE = 0.004, 0.75
"""Share of reads with a wrong letter, and of these that the camera itself doubts."""
FLAGS = (("OK", "REVISAR"), ("OK", "REVIEW"))
AT_ONCE = 100_000
"""Reads that are drawn together, about."""


class PlateReaders:
    """Writes reads of both countries, month by month, in the order of their seconds."""

    sheets = (ARCHES, PORT_READS)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._fleet: Fleet | None = None
        self._corridors: tuple[Corridor, ...] = ()
        self._text: tuple[_SheetText, ...] = ()

    @property
    def twins(self) -> list[tuple[str, str, int]]:
        """Return each plate that two vehicles bear: plate, true vehicle's key, first month."""
        if self._fleet is None:
            return []
        fleet = self._fleet
        return sorted(
            (fleet.vehicles[t.vehicle].plate, fleet.vehicles[t.vehicle].key, t.month)
            for t in fleet.twins
        )

    def month(self, month: int) -> Iterator[Lines]:
        """Yield the reads of month 0 to 35, some days at a time."""
        if self._fleet is None:
            self._corridors = corridors_of(self._scene.country)
            self._fleet = make_fleet(self._scene, self._corridors)
            devices = [d for corridor in self._corridors for d in corridor.devices]
            plates = [vehicle.plate for vehicle in self._fleet.vehicles]
            self._text = tuple(
                _SheetText(sheet, devices, plates, american)
                for american, sheet in enumerate(self.sheets)
            )
        year, number = FIRST_YEAR + month // 12, month % 12 + 1
        days = monthrange(year, number)[1]
        reads = self._scene.events / MONTHS
        step = max(1, min(days, round(AT_ONCE * days / max(1.0, reads))))
        rng = self._scene.chance("plates", month)
        for first in range(0, days, step):
            some = min(step, days - first)
            trips = self._fleet.trips(rng, self._corridors, month, some, reads * some / days)
            found = passes(self._corridors, trips, rng)
            for text in self._text:
                yield from text.lines(rng, found, (year, number, first + 1), self._fleet)


class _SheetText:
    """Turns the reads of one country into the lines of its file."""

    def __init__(
        self, sheet: Sheet, devices: list[Device], plates: list[str], american: int
    ) -> None:
        self._sheet = sheet
        self._american = american
        self._own = np.array([d.american == bool(american) for d in devices])
        self._plates = plates
        self._known = set(plates)
        self._seen = np.zeros(len(plates), bool)
        self._misread: set[str] = set()
        self._written = 0
        cut = sheet.delimiter
        self._device = pa.array([f"{d.code}{cut}{way}" for d in devices for way in d.ways])
        self._spot = pa.array(
            [f"{d.where}{cut}{d.latitude:.5f}{cut}{d.longitude:.5f}" for d in devices]
        )
        self._clock = pa.array([_clock(s, american=bool(american)) for s in range(86_400)])
        self._small = pa.array([str(n) for n in range(100)])

    def lines(
        self, rng: Random, found: Passes, start: tuple[int, int, int], fleet: Fleet
    ) -> Iterator[Lines]:
        """Yield the lines of those reads that are this country's; nothing where there are none.

        Args:
            rng: for lanes, confidence and misreadings.
            found: reads of some days, with seconds from the first of them.
            start: year, month and day of the first.
            fleet: whose plates they are.
        """
        chosen = np.flatnonzero(self._own[found.device])
        count = len(chosen)
        if not count:
            return
        device, second = found.device[chosen], found.second[chosen]
        plate = found.plate[chosen].copy()
        wrong, extra = self._misreadings(rng, plate, fleet)
        doubtful = np.zeros(count, bool)
        doubtful[wrong] = uniform(rng, len(wrong)) < UNSURE
        lane = 1 + (uniform(rng, count) * 3).astype(np.int64)
        sure = 88 + (uniform(rng, count) * 12).astype(np.int64)
        dates = self._dates(start, int(second[-1]) // 86_400 + 1)
        columns = [
            self._numbers(count), dates.take(pa.array(second // 86_400)),
            self._clock.take(pa.array(second % 86_400)),
            self._device.take(pa.array(2 * device + found.way[chosen])),
            self._small.take(pa.array(lane)),
            pa.array([*self._plates, *(text for text, _key in extra)]).take(pa.array(plate)),
            self._small.take(pa.array(np.where(doubtful, sure - 30, sure))),
            pa.array(FLAGS[self._american]).take(pa.array(doubtful.astype(np.int64))),
            self._spot.take(pa.array(device)),
        ]  # fmt: skip
        rows = pc.binary_join_element_wise(*columns, self._sheet.delimiter)
        whole = pc.binary_join(pa.ListArray.from_arrays([0, count], rows), LINE_END)[0].as_py()
        yield Lines(
            sheet=self._sheet.name, text=whole + LINE_END, count=count,
            vehicles=tuple(self._new(plate, doubtful, extra, fleet)),
        )  # fmt: skip

    def _numbers(self, count: int) -> pa.Array:
        numbers = pa.array(np.arange(self._written + 1, self._written + count + 1))
        self._written += count
        return pc.utf8_lpad(numbers.cast(pa.string()), 10, "0")

    def _dates(self, start: tuple[int, int, int], days: int) -> pa.Array:
        year, month, day = start
        write = "{1:02d}/{0:02d}/{2}" if self._american else "{0:02d}/{1:02d}/{2}"
        return pa.array([write.format(day + n, month, year) for n in range(days)])

    def _misreadings(
        self, rng: Random, plate: Numbers, fleet: Fleet
    ) -> tuple[Numbers, list[tuple[str, str]]]:
        """Put misread plates in place of some; return which, and each one's text and true key.

        Args:
            plate: numbers of plates; is changed to numbers past the fleet's.
        """
        wrong, extra = [], []
        for at in np.flatnonzero(uniform(rng, len(plate)) < MISREAD):
            text = misread_code(self._plates[plate[at]], rng, 1.0)
            if text not in self._known:
                wrong.append(at)
                extra.append((text, fleet.vehicles[plate[at]].key))
                plate[at] = len(self._plates) + len(extra) - 1
        return np.array(wrong, np.int64), extra

    def _new(
        self, plate: Numbers, doubtful: Numbers, extra: list[tuple[str, str]], fleet: Fleet
    ) -> Iterator[tuple[str, str, int]]:
        """Yield what a mapping makes of plates read for the first time and not in doubt."""
        certain = np.flatnonzero(~doubtful)
        numbers, first = np.unique(plate[certain], return_index=True)
        prefix = self._sheet.agency
        for number, at in zip(numbers, certain[first], strict=True):
            if number < len(self._plates):
                if self._seen[number]:
                    continue
                self._seen[number] = True
                text, key = self._plates[number], fleet.vehicles[number].key
            else:
                text, key = extra[number - len(self._plates)]
                if text in self._misread:
                    continue
                self._misread.add(text)
            yield f"{prefix}-placa-{hashed(text)}", key, int(at)


def _clock(second: int, *, american: bool) -> str:
    hour, minute, rest = second // 3600, second // 60 % 60, second % 60
    if not american:
        return f"{hour:02d}:{minute:02d}:{rest:02d}"
    return f"{(hour + 11) % 12 + 1}:{minute:02d}:{rest:02d} {'AM' if hour < 12 else 'PM'}"
