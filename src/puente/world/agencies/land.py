"""Two states' register of real property: who holds which parcel, since when, and what it cost.

A row is a title: of a parcel that two hold together there are two, of one that was sold one more.
Front men and firms of the network hold ranches, warehouses and houses that others live in; two
parcels stand in a listed person's own name. The register is public and its deeds were drawn up
before notaries, so whoever holds much is written down without mistakes.

Source: Código Civil Federal, arts. 3001 and 3042 (what the register shows and to whom), 938 (shares
of co-owners); layout made up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from puente.world.agencies.federal import turned
from puente.world.agencies.prosecutors import states_served
from puente.world.agencies.register import percent
from puente.world.crime import MONTHS
from puente.world.firms import Holding
from puente.world.mistakes import Habits, capitals, write_down
from puente.world.people import street_address
from puente.world.scene import LAST_DAY
from puente.world.sheets import Row, Sheet, Spoil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.mistakes import Mention
    from puente.world.people import Person
    from puente.world.scene import Scene

TITLES = Sheet(
    name="rpp_inmuebles_2025-12-31", agency="rpp", form="xlsx", records="Inmuebles",
    columns=("NUM_INSCRIPCION", "FOLIO_REAL", "CLAVE_CATASTRAL", "CVE_MUN", "UBICACION", "TIPO",
             "SUPERFICIE_M2", "TIPO_TITULAR", "NOMBRE", "PRIMER_APELLIDO", "SEGUNDO_APELLIDO",
             "RAZON_SOCIAL", "RFC", "CURP", "FECHA_NACIMIENTO", "PORCENTAJE", "FECHA_ADQUISICION",
             "FECHA_TRANSMISION", "VALOR_MXN"),
    dated=("FECHA_ADQUISICION", "FECHA_TRANSMISION"), id_column="NUM_INSCRIPCION",
    date_column="FECHA_ADQUISICION",
    spoils=(Spoil(after=15, fault="a share in words", column="PORCENTAJE", text="LA MITAD"),),
)  # fmt: skip
HABITS = Habits(
    mishear=0.015, slip=0.01, shorten=0.02, short_form=0.0, drop_second=0.04, drop_maternal=0.02,
    swap=0.0, married=0.02, no_birth=0.1, year_only=0.0, day_month=0.0, year_off=0.01,
    no_curp=0.25, part_curp=0.0, slip_curp=0.01, no_rfc=0.3, no_phone=1.0, no_sex=1.0,
)  # fmt: skip
EXACT = Habits(
    mishear=0.0, slip=0.0, shorten=0.0, short_form=0.0, drop_second=0.0, reverse_given=0.0,
    drop_maternal=0.0, swap=0.0, drop_particles=0.0, glue=0.0, cut=0.0, no_birth=0.0,
    year_only=0.0, day_month=0.0, year_off=0.0, no_curp=0.0, part_curp=0.0, slip_curp=0.0,
    no_rfc=0.0, no_phone=1.0, no_sex=1.0,
)  # fmt: skip
"""How a notary writes down who holds for somebody else: the tie hangs on it."""
PARCELS_PER_PERSON = 0.012
BY_FIRM, BY_TWO, SOLD = 0.15, 0.25, 0.12
LISTED_HOLD = 2
FRONT_FIRMS_HOLD = 0.35
"""Share of the network's firms, and of its front men, that hold a parcel."""
_KINDS = (("CASA HABITACION", 180, 1_600_000), ("TERRENO URBANO", 300, 900_000),
          ("DEPARTAMENTO", 85, 1_300_000), ("LOCAL COMERCIAL", 120, 2_400_000),
          ("PARCELA RUSTICA", 40_000, 700_000))  # fmt: skip
_HIDDEN_KINDS = (("RANCHO", 600_000, 9_500_000), ("BODEGA", 1_500, 6_000_000),
                 ("CASA HABITACION", 650, 8_000_000))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel of land and who holds it, in the order of their titles; `kind` as the file says."""

    folio: str
    place: int
    kind: tuple[str, int, int]
    holdings: tuple[Holding, ...]
    planted: bool = False


class LandRegister:
    """Writes titles in the order of the folios, a slice each month until all are written.

    Attributes:
        parcels: those written so far, by entity id.
        hidden: kind, entity id, what stands behind it, and in whose name, as written so far.
    """

    sheets = (TITLES,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.parcels: dict[str, Parcel] = {}
        self.hidden: list[tuple[str, str, str, str]] = []
        self._titles = self._folios = 0
        served = states_served(scene)
        self._places = [p.number for p in scene.country.places if p.state in served]
        self._due = self._planted()

    def month(self, month: int) -> Iterator[Row]:
        """Yield the titles of one slice of the register; the file is one delivery."""
        scene = self._scene
        rng = scene.chance("rpp", month)
        size = round(scene.population.size * PARCELS_PER_PERSON)
        usual = size * (month + 1) // MONTHS - size * month // MONTHS
        found = [self._usual(rng) for _n in range(usual)]
        found += [replace(parcel, folio=self._folio()) for parcel in self._due.get(month, ())]
        for parcel in found:
            entity = f"rpp-inm-{parcel.folio}"
            self.parcels[entity] = parcel
            if parcel.planted:
                holder = parcel.holdings[0]
                node = f"{'f' if holder.is_firm else 'p'}{holder.owner}"
                self.hidden.append(("land", entity, f"{parcel.kind[0]} held for others", node))
            yield from self._rows(rng, parcel)

    # --- drawing ---

    def _folio(self) -> str:
        self._folios += 1
        return f"{300_000 + self._folios:07d}"

    def _usual(self, rng: Random) -> Parcel:
        scene = self._scene
        since = date(2001 + int(rng.random() * 23), 1 + rng.randrange(12), 1 + rng.randrange(28))
        place = self._places[int(rng.random() * len(self._places))]
        whole = Holding(owner=0, is_firm=False, least=10_000, most=10_000, start=since)
        holdings: tuple[Holding, ...]
        if rng.random() < BY_FIRM:
            number = int(rng.random() * scene.register.size)
            while number in scene.plan.firms:
                number = int(rng.random() * scene.register.size)
            since = max(since, scene.register.firm(number).founded)
            holdings = (replace(whole, owner=number, is_firm=True, start=since),)
        else:
            one = self._owner(rng, place, since)
            holdings = (replace(whole, owner=one),)
            if rng.random() < BY_TWO:
                other = self._owner(rng, place, since)
                half = replace(whole, owner=one, least=5_000, most=5_000)
                holdings = (half, replace(half, owner=other)) if other != one else holdings
        if len(holdings) == 1 and rng.random() < SOLD:
            sold = since + timedelta(days=int(rng.random() * max(1, (LAST_DAY - since).days)))
            buyer = self._owner(rng, place, sold)
            if not holdings[0].is_firm and buyer != holdings[0].owner:
                holdings = (
                    replace(holdings[0], end=sold),
                    replace(whole, owner=buyer, start=sold + timedelta(days=1)),
                )
        kind = _KINDS[int(rng.random() * len(_KINDS))]
        return Parcel(folio=self._folio(), place=place, kind=kind, holdings=holdings)

    def _owner(self, rng: Random, place: int, day: date) -> int:
        """Return an adult of the place or, where it has few, of any: without a rare surname.

        Whoever is on the list by chance bears one, and must hold nothing that a clerk's mistake
        could hide.
        """
        scene = self._scene
        person = scene.resident(rng, place, day)
        while not person.is_mexican or person.maternal in scene.population.rare_surnames:
            person = scene.adult(rng, scene.population.somebody(rng), day)
        return person.number

    def _planted(self) -> dict[int, list[Parcel]]:
        """Return by month what the network holds: through front men, firms, and openly."""
        scene = self._scene
        rng = scene.chance("rpp network", 0)
        heads = scene.plan.members("boss", "money_man")
        fronts = [n for n in scene.plan.members("front") if rng.random() < FRONT_FIRMS_HOLD]
        firms = [n for n in sorted(scene.plan.firms) if rng.random() < FRONT_FIRMS_HOLD]
        owners = [(n, False) for n in [*heads[:LISTED_HOLD], *fronts]]
        owners += [(n, True) for n in firms]
        found: dict[int, list[Parcel]] = {}
        for owner, is_firm in owners:
            since = date(2022 + int(rng.random() * 3), 1 + rng.randrange(12), 10)
            holding = Holding(
                owner=owner, is_firm=is_firm, least=10_000, most=10_000, start=since
            )  # fmt: skip
            parcel = Parcel(
                folio="", place=self._places[int(rng.random() * len(self._places))],
                kind=_HIDDEN_KINDS[int(rng.random() * len(_HIDDEN_KINDS))], holdings=(holding,),
                planted=True,
            )  # fmt: skip
            found.setdefault(rng.randrange(MONTHS), []).append(parcel)
        return found

    # --- writing ---

    def _rows(self, rng: Random, parcel: Parcel) -> Iterator[Row]:
        name, square_metres, price = parcel.kind
        place = self._scene.place(parcel.place)
        area = square_metres * rng.lognormvariate(0, 0.3)
        value = price * rng.lognormvariate(0, 0.4)
        spot = (
            parcel.folio, f"{place.code}-{rng.randrange(10**6):06d}", place.code,
            capitals(street_address(rng)), name, f"{area:.1f}",
        )  # fmt: skip
        for holding in parcel.holdings:
            self._titles += 1
            number = f"{self._titles:06d}"
            holder, people, firms = self._holder(rng, number, holding, parcel)
            cells = (
                number, *spot, *holder, f"{percent(holding.least)}%",
                f"{holding.start}T00:00:00", f"{holding.end}T00:00:00" if holding.end else "",
                f"$ {value:,.2f}",
            )  # fmt: skip
            yield Row(sheet=TITLES.name, cells=cells, people=people, firms=firms)

    def _holder(
        self, rng: Random, number: str, holding: Holding, parcel: Parcel
    ) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
        """Return the cells of who holds, and whom they speak of."""
        entity = f"rpp-tit-{number}"
        if holding.is_firm:
            firm = self._scene.register.firm(holding.owner)
            cells = ("MORAL", "", "", "", firm.whole_name.upper(), firm.rfc(), "", "")
            return cells, (), ((entity, firm.number),)
        person: Person = self._scene.population.person(holding.owner)
        mention: Mention = write_down(person, EXACT if parcel.planted else HABITS, rng)
        cells = (
            "FISICA", capitals(mention.given), capitals(mention.paternal),
            capitals(mention.maternal), "", mention.rfc, mention.curp, turned(mention.birth),
        )  # fmt: skip
        return cells, ((entity, person.number),), ()
