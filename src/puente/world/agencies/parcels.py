"""Parcels that a courier declares to Mexican customs: a record a line, with the recipient's CURP.

The sender is known by the address of the counter alone; the recipient shows papers. Most parcels
are what they say. In a few weeks several small ones come from different towns to one address, for
two people who know each other: parts that make one weapon when they lie on one table.

Source: Ley Aduanera, art. 88, and Reglas Generales de Comercio Exterior, 3.7.3 (simplified
declaration of couriers, with the recipient's RFC or CURP); keys and numbers made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.world.agencies.federal import turned
from puente.world.chance import poisson
from puente.world.crime import MONTHS
from puente.world.mistakes import Habits, write_down
from puente.world.network import GUILTY_ROLES
from puente.world.people import street_address
from puente.world.sheets import Row, Sheet, Spoil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.people import Person
    from puente.world.scene import Scene

PARCELS = Sheet(
    name="anam_paqueteria_2025-12-31", agency="anam", form="jsonl", id_column="guia",
    date_column="fecha",
    spoils=(Spoil(after=25, fault="no weight", column="peso_kg", text="LIGERO"),),
)  # fmt: skip
HABITS = Habits(
    mishear=0.01, slip=0.01, shorten=0.01, short_form=0.0, drop_second=0.06, drop_maternal=0.02,
    swap=0.0, married=0.0, no_birth=0.1, year_only=0.0, year_off=0.01, no_curp=0.12,
    part_curp=0.01, slip_curp=0.01, no_phone=0.5, no_sex=1.0, no_address=0.0,
)  # fmt: skip
PARCELS_PER_PERSON = 0.012
SPLIT = 6
"""Consignments that are split, in a world whose network has its full size."""
PIECES = (4, 5, 6)
_TOWNS = (("Port Calder", "TX"), ("Arroyo Seco", "AZ"), ("Mesa Verde Springs", "CA"),
          ("Cottonwood Flat", "NM"), ("Laguna Bridge", "TX"))  # fmt: skip
_CONTENTS = (("Ropa", 1.4, 60), ("Calzado", 1.8, 90), ("Refacciones", 2.6, 120),
             ("Juguetes", 1.2, 40), ("Electrónica", 0.9, 220), ("Cosméticos", 0.6, 50),
             ("Herramienta", 3.0, 110), ("Documentos", 0.2, 1))  # fmt: skip
_COVERS = (("Refacciones", 2.6, 120), ("Herramienta", 3.0, 110))
_PIECES = ("RIFLE LOWER RECEIVER", "RIFLE BARREL", "BOLT CARRIER GROUP", "TRIGGER ASSEMBLY",
           "MAGAZINES, 30 ROUNDS", "STOCK AND BUFFER TUBE")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """A consignment that is split: two recipients, their common address, the days it takes."""

    recipients: tuple[int, int]
    address: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    day: date
    recipient: Person
    address: str
    said: tuple[str, float, int]
    truth: str = ""


class ParcelDeclarations:
    """Writes parcels, month by month.

    Attributes:
        hidden: kind, number of the parcel, what it is in truth, and for whom, as written so far.
    """

    sheets = (PARCELS,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.hidden: list[tuple[str, str, str, str]] = []
        self._sent = 0
        self._due = _splits(scene)

    def month(self, month: int) -> Iterator[Row]:
        """Yield the parcels of month 0 to 35, in the order of their days."""
        scene = self._scene
        rng = scene.chance("parcels", month)
        count = poisson(rng, scene.population.size * PARCELS_PER_PERSON / MONTHS)
        parcels = [self._usual(rng, scene.day(rng, month)) for _n in range(count)]
        for split in self._due.get(month, ()):
            parcels += self._pieces(rng, month, split)
        for parcel in sorted(parcels, key=lambda parcel: parcel.day):
            yield self._row(rng, parcel)

    def _usual(self, rng: Random, day: date) -> _Parcel:
        scene = self._scene
        person = scene.adult(rng, scene.population.somebody(rng), day)
        said = _CONTENTS[int(rng.random() * len(_CONTENTS))]
        return _Parcel(day=day, recipient=person, address=person.address, said=said)

    def _pieces(self, rng: Random, month: int, split: _Split) -> Iterator[_Parcel]:
        """Yield the parcels of a split consignment: a week, two names, one address."""
        start = self._scene.day(rng, month)
        start = start.replace(day=min(start.day, 21))
        for at in range(split.pieces):
            number = split.recipients[at % 2]
            yield _Parcel(
                day=start.replace(day=start.day + int(rng.random() * 7)),
                recipient=self._scene.population.person(number), address=split.address,
                said=_COVERS[int(rng.random() * len(_COVERS))], truth=_PIECES[at % len(_PIECES)],
            )  # fmt: skip

    def _row(self, rng: Random, parcel: _Parcel) -> Row:
        self._sent += 1
        number = f"MX{self._sent:09d}US"
        person = parcel.recipient
        if parcel.truth:
            self.hidden.append(("parcel", number, parcel.truth, f"p{person.number}"))
        mention = write_down(person, HABITS, rng)
        contents, kg, usd = parcel.said
        town, state = _TOWNS[int(rng.random() * len(_TOWNS))]
        receives = {
            "nombre": mention.given, "primer_apellido": mention.paternal,
            "segundo_apellido": mention.maternal, "curp": mention.curp,
            "nacimiento": turned(mention.birth), "telefono": mention.phone,
            "domicilio": parcel.address,
            "cve_mun": self._scene.place(max(person.place, 0)).code,
        }  # fmt: skip
        record: dict[str, Any] = {
            "guia": number, "fecha": f"{parcel.day:%d/%m/%Y}",
            "remitente": {"domicilio": street_address(rng, english=True), "ciudad": town,
                          "estado": state},
            "destinatario": {key: text for key, text in receives.items() if text},
            "contenido": contents, "peso_kg": f"{kg * rng.lognormvariate(0, 0.35):.2f}",
            "valor_usd": f"{usd * rng.lognormvariate(0, 0.4):.2f}",
        }  # fmt: skip
        return Row(
            sheet=PARCELS.name, record=record, people=((f"anam-paq-{number}", person.number),)
        )  # fmt: skip


def _splits(scene: Scene) -> dict[int, list[_Split]]:
    """Return by month the consignments to split: each between two people whom a tie joins."""
    rng = scene.chance("split parcels", 0)
    roles = scene.plan.roles
    pairs = [
        (tie.one[1], tie.other[1]) for tie in scene.plan.ties
        if tie.one[0] == tie.other[0] == "p" and roles[tie.one] in GUILTY_ROLES
        and roles[tie.other] in {"lieutenant", "outer", "associate"}
    ]  # fmt: skip
    found: dict[int, list[_Split]] = {}
    for pair in rng.sample(pairs, min(SPLIT, len(pairs) // 4)):
        split = _Split(recipients=pair, address=street_address(rng), pieces=rng.choice(PIECES))
        found.setdefault(rng.randrange(MONTHS), []).append(split)
    return found
