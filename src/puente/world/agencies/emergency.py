"""One state's emergency calls (911, C5): what, where, when, how urgent; never who called.

People call where something happens, and less where they are afraid: calls rise with the hidden
intensity and fall under control as complaints do. A fifth turn out to be nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from puente.world.agencies.prosecutors import states_served
from puente.world.chance import Weighted, uneven
from puente.world.geography import CELL
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.geography import Place
    from puente.world.scene import Scene

CALLS = Sheet(
    name="c5_llamadas_911_2025-12-31", agency="c5", encoding="latin-1", delimiter="|",
    columns=("FOLIO", "FECHA", "HORA", "CLAVE MUNICIPIO", "MUNICIPIO", "LATITUD", "LONGITUD",
             "CATEGORIA", "INCIDENTE", "PRIORIDAD", "CIERRE"),
    id_column="FOLIO", date_column="FECHA",
)  # fmt: skip
CALLS_PER_100K = 1_100
"""Calls a year per 100,000 inhabitants in an average place: few, so that the file stays small."""
INTENSITY, MUTED, MOBILITY = 0.35, 0.6, 0.15
"""How far the hidden intensity raises calls, control lowers them, traffic moves them; log scale."""
_INCIDENTS = (
    ("SEGURIDAD", "Persona sospechosa", "2", 0.20), ("SEGURIDAD", "Riña", "2", 0.13),
    ("SEGURIDAD", "Violencia familiar", "1", 0.14),
    ("SEGURIDAD", "Detonaciones de arma de fuego", "1", 0.07),
    ("SEGURIDAD", "Robo de vehículo", "1", 0.06),
    ("SEGURIDAD", "Extorsión telefónica", "3", 0.05), ("MÉDICO", "Persona inconsciente",
     "1", 0.08), ("TRÁNSITO", "Choque con lesionados", "1", 0.09), ("TRÁNSITO",
     "Choque sin lesionados", "3", 0.08), ("PROTECCIÓN CIVIL", "Incendio", "1", 0.05),
    ("ASISTENCIA", "Ruido", "3", 0.05),
)  # fmt: skip
_SAID = {incident: (kind, priority) for kind, incident, priority, _share in _INCIDENTS}
_INCIDENT = Weighted(list(_SAID), [share for *_said, share in _INCIDENTS])


class EmergencyCalls:
    """Writes the calls of one state, month by month."""

    sheets = (CALLS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        state = states_served(scene)[0]
        self._places = [place for place in scene.country.places if place.state == state]
        self._taken = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the calls of month 0 to 35, in the order in which they came."""
        rng = self._scene.chance("c5", month)
        calls = sorted(
            (self._scene.day(rng, month), int(rng.random() * 86_400), place.number)
            for place in self._places
            for _n in range(uneven(rng, self._expected(place, month), 0.15))
        )
        for day, second, number in calls:
            self._taken += 1
            place = self._scene.place(number)
            incident = _INCIDENT.draw(rng)
            kind, priority = _SAID[incident]
            clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            yield Row(
                sheet=CALLS.name,
                cells=(
                    f"{day:%y}{self._taken:07d}", f"{day:%d/%m/%Y}", clock, place.code, place.name,
                    *_somewhere(rng, place), kind, incident, priority,
                    "IMPROCEDENTE" if rng.random() < 0.2 else "ATENDIDO",
                ),
            )  # fmt: skip

    def _expected(self, place: Place, month: int) -> float:
        hidden = self._scene.hidden[place.number]
        log = INTENSITY * hidden.intensity + MOBILITY * hidden.mobility
        if hidden.controlled_in(month):
            log -= MUTED
        return place.population * CALLS_PER_100K / 1_200_000 * math.exp(log)


def _somewhere(rng: Random, place: Place) -> tuple[str, str]:
    """Return latitude and longitude of a spot near the middle of a place."""
    spread = CELL / 4
    return (f"{place.latitude + (rng.random() - 0.5) * spread:.5f}",
            f"{place.longitude + (rng.random() - 0.5) * spread:.5f}")  # fmt: skip
