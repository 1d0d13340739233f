"""Cargo declared to two customs: what leaves the US by truck, and what Mexico lets in.

A load is a trailer on a day. Many are consolidated: lots of several consignees travel together and
know nothing of each other. The US filing names shipper, consignee, carrier and goods; the Mexican
declaration names the importer with the tax number and, of an owner-driver, who drives. Most loads
stand in both, and weights differ by what scales differ. In a few trailers of owner-drivers who know
nothing of it, one lot is parts of firearms under another tariff number: the truth says which.

Source: 15 CFR 30.6 (data elements of the Electronic Export Information); Ley Aduanera, arts. 36 and
36-A, and its annex 22 (fields of the pedimento); layouts, numbers and prices made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from puente.model.text import hashed
from puente.world.agencies.plate_corridors import PORTS
from puente.world.chance import poisson
from puente.world.crime import MONTHS
from puente.world.firms import firm_name
from puente.world.mistakes import ascii_capitals, capitals
from puente.world.names import name_book
from puente.world.scene import LAST_DAY
from puente.world.sheets import Row, Sheet, Spoil
from puente.world.vehicles import truck_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random

    from puente.world.firms import Firm
    from puente.world.people import Person
    from puente.world.scene import Scene
    from puente.world.vehicles import Vehicle

Key = TypeVar("Key", int, str)

EXPORTS = Sheet(
    name="cbp_export_filings_2025-12-31", agency="cbp",
    columns=("ITN", "Export Date", "Port of Export", "USPPI Name", "USPPI EIN", "USPPI City",
             "USPPI State", "Ultimate Consignee", "Consignee City", "Consignee State",
             "Carrier Name", "SCAC", "Equipment Number", "Truck Plate", "Schedule B",
             "Commodity Description", "Shipping Weight KG", "Value USD", "License Code"),
    id_column="ITN", date_column="Export Date", bad_date="02/31/2024",
    spoils=(Spoil(after=20, fault="no weight", column="Shipping Weight KG", text="UNK LBS"),),
)  # fmt: skip
PEDIMENTOS = Sheet(
    name="anam_pedimentos_2025-12-31", agency="anam", encoding="latin-1", delimiter="|",
    columns=("NUM_PEDIMENTO", "FECHA_PAGO", "ADUANA", "IMPORTADOR", "RFC_IMPORTADOR", "PROVEEDOR",
             "TRANSPORTISTA", "CAAT", "CURP_TRANSPORTISTA", "RFC_TRANSPORTISTA", "PLACAS", "CAJA",
             "FRACCION", "MERCANCIA", "PESO_KG", "VALOR_USD"),
    id_column="NUM_PEDIMENTO", date_column="FECHA_PAGO",
)  # fmt: skip

LOADS_PER_PERSON = 0.016
"""Trailers for each person of the world over the 36 months."""
DECLARED_IN_MEXICO = 0.92
PEOPLE_PER_EXPORTER, MOST_EXPORTERS, FIRST_STRAW = 100, 560, 600
"""Usual exporters are numbered from 0; those who exist for the planted loads from `FIRST_STRAW`."""
CUSTOMERS = 3
"""Firms that a usual exporter sells to, at most: who trades, trades with the same again."""
HAULIERS, OWNER_DRIVERS = 14, 8
BY_OWNER_DRIVER = 0.25
OTHER_LOADS = 2
"""Loads of a planted trailer besides the month of its tie."""
_TRUCKS_OF_PEOPLE = 3_000_000
_CUSTOMS = ("240", "300", "800")
_TOWNS = (("PORT CALDER", "TX"), ("ARROYO SECO", "AZ"), ("MESA VERDE SPRINGS", "CA"),
          ("COTTONWOOD FLAT", "NM"), ("LAGUNA BRIDGE", "TX"))  # fmt: skip
_LINES = ("AUTO PARTS", "INDUSTRIAL SUPPLY", "PLASTICS", "TEXTILES", "TOOLS", "PACKAGING",
          "ELECTRONICS", "AGRI EXPORTS")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A kind of goods: tariff number in either country's digits, what it is called, usd a kg."""

    schedule_b: str
    fraction: str
    english: str
    spanish: str
    usd_per_kg: float
    typical_kg: int


GOODS = tuple(
    Goods(schedule_b=b, fraction=f, english=en, spanish=es, usd_per_kg=usd, typical_kg=kg)
    for b, f, en, es, usd, kg in (
        ("8708.99.8175", "8708.99.99", "MOTOR VEHICLE PARTS", "PARTES DE VEHICULOS", 9.5, 900),
        ("7318.15.5061", "7318.15.99", "BOLTS AND SCREWS", "PERNOS Y TORNILLOS", 3.2, 1_200),
        ("8466.93.9885", "8466.93.04", "MACHINE TOOL PARTS", "PARTES DE MAQUINAS", 14.0, 500),
        ("3923.30.0090", "3923.30.02", "PLASTIC CONTAINERS", "ENVASES DE PLASTICO", 2.4, 2_000),
        ("5407.61.9950", "5407.61.99", "POLYESTER FABRIC", "TEJIDO DE POLIESTER", 5.1, 3_000),
        ("8504.40.9550", "8504.40.99", "POWER SUPPLIES", "FUENTES DE PODER", 28.0, 400),
        ("1005.90.2030", "1005.90.04", "YELLOW CORN", "MAIZ AMARILLO", 0.25, 21_000),
        ("4819.10.0040", "4819.10.01", "CORRUGATED CARTONS", "CAJAS DE CARTON", 1.3, 4_000),
    )
)
MASKS = GOODS[:3]
"""What parts of firearms are declared as: metal of about the same size."""
PARTS = ("RIFLE BARRELS AND UPPER RECEIVERS (9305.20)", "PISTOL SLIDES AND FRAMES (9305.10)",
         "MAGAZINES (9305.99)", "RIFLES IN PARTS (9303.30)")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Haulier:
    """Who drives a truck: a firm with codes in both countries, or a person who owns it."""

    truck: Vehicle
    firm: Firm | None = None
    driver: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot of a load; `truth` says what it is where that is not what is declared."""

    exporter: int
    consignee: Firm
    goods: Goods
    kg: int
    usd: int
    truth: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A trailer on a day; `port` is its number among the ports."""

    day: date
    port: int
    haulier: Haulier
    trailer: str
    lots: tuple[Lot, ...]


class CargoDeclarations:
    """Writes both countries' declarations of the same trailers, month by month.

    Attributes:
        hidden: kind, number of the declaration, what it is in truth, and whose, as written so far.
    """

    sheets = (EXPORTS, PEDIMENTOS)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.hidden: list[tuple[str, str, str, str]] = []
        self._filed = self._declared = 0
        self._noted: set[str] = set()
        rng = scene.chance("cargo hauliers", 0)
        self._hauliers = [Haulier(firm=f, truck=truck_of(scene.seed, f.number))
                          for f in _haulage_firms(scene)]  # fmt: skip
        people = {p.number: p for p in (scene.suspect(rng, LAST_DAY.replace(year=2022))
                                        for _n in range(OWNER_DRIVERS))}  # fmt: skip
        self._drivers = [
            Haulier(driver=p, truck=truck_of(scene.seed, _TRUCKS_OF_PEOPLE + p.number))
            for p in people.values()
        ]
        self._planted = _planted_loads(scene, rng)
        self._exporters = exporters_in(scene)
        self._customers: dict[int, list[Firm]] = {}

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of their days."""
        scene = self._scene
        rng = scene.chance("cargo", month)
        count = poisson(rng, scene.population.size * LOADS_PER_PERSON / MONTHS)
        loads = [self._load(rng, month) for _n in range(count)]
        loads += [self._planted_load(rng, month, one) for one in self._planted.get(month, ())]
        for load in sorted(loads, key=lambda load: (load.day, load.trailer)):
            for lot in load.lots:
                yield self._export(load, lot)
                if rng.random() < DECLARED_IN_MEXICO:
                    yield self._pedimento(rng, load, lot)

    # --- drawing ---

    def _load(self, rng: Random, month: int) -> Load:
        own = rng.random() < BY_OWNER_DRIVER
        haulier = rng.choice(self._drivers if own else self._hauliers)
        draw = rng.random()
        lots = 1 if draw < 0.6 else 2 if draw < 0.85 else 3
        return self._trailer(rng, month, haulier, tuple(self._lot(rng) for _n in range(lots)))

    def _planted_load(self, rng: Random, month: int, planted: tuple[int, int, int]) -> Load:
        """Return a load in which one lot is not what it is declared to be."""
        firm, driver, straw = planted
        scene = self._scene
        mask = MASKS[int(rng.random() * len(MASKS))]
        lot = Lot(
            exporter=straw, consignee=scene.register.firm(firm), goods=mask,
            kg=60 + int(rng.random() * 300), usd=4_000 + int(rng.random() * 9_000),
            truth=PARTS[int(rng.random() * len(PARTS))],
        )  # fmt: skip
        # The truck stands in the front firm's name, and the driver believes that it is one like
        # any other.
        haulier = Haulier(
            driver=scene.population.person(driver), truck=truck_of(scene.seed, firm)
        )  # fmt: skip
        others = [self._lot(rng) for _n in range(2 + int(rng.random() * 2))]
        others.insert(int(rng.random() * len(others)), lot)
        return self._trailer(rng, month, haulier, tuple(others))

    def _trailer(self, rng: Random, month: int, haulier: Haulier, lots: tuple[Lot, ...]) -> Load:
        return Load(
            day=self._scene.day(rng, month), port=int(rng.random() * len(PORTS)), haulier=haulier,
            trailer=f"XZQU{rng.randrange(10**7):07d}", lots=lots,
        )  # fmt: skip

    def _lot(self, rng: Random) -> Lot:
        exporter = int(rng.random() * self._exporters)
        customers = self._customers.setdefault(exporter, _customers(self._scene, exporter))
        goods = GOODS[int(rng.random() * len(GOODS))]
        kg = max(5, round(rng.lognormvariate(0, 0.6) * goods.typical_kg))
        usd = max(50, round(kg * goods.usd_per_kg * rng.lognormvariate(0, 0.15)))
        return Lot(
            exporter=exporter, consignee=customers[int(rng.random() * len(customers))],
            goods=goods, kg=kg, usd=usd,
        )  # fmt: skip

    # --- writing ---

    def _export(self, load: Load, lot: Lot) -> Row:
        self._filed += 1
        number = f"X{load.day:%Y%m%d}{self._filed:06d}"
        if lot.truth:
            self.hidden.append(("cargo", number, lot.truth, f"f{lot.consignee.number}"))
        name, ein, town, state = exporter_of(lot.exporter)
        consignee = ascii_capitals(lot.consignee.whole_name)
        home = self._scene.place(lot.consignee.place)
        firm, driver, truck = load.haulier.firm, load.haulier.driver, load.haulier.truck
        carrier = firm.whole_name if firm else _whole(driver)
        scac = scac_of(firm.number) if firm else ""
        cells = (
            number, f"{load.day:%m/%d/%Y}", PORTS[load.port], name, ein, town, state, consignee,
            ascii_capitals(home.name), ascii_capitals(home.state_name), ascii_capitals(carrier),
            scac, load.trailer, truck.plate, lot.goods.schedule_b, lot.goods.english, str(lot.kg),
            str(lot.usd), "C33",
        )  # fmt: skip
        named = [(f"cbp-con-{hashed(consignee)}", lot.consignee.number)]
        named += [(f"cbp-scac-{scac}", firm.number)] if firm else []
        return Row(
            sheet=EXPORTS.name, cells=cells, firms=self._new(named),
            dealers=((f"cbp-exp-{ein.replace('-', '')}", 1_000 + lot.exporter),),
            vehicles=self._new([(f"cbp-cveh-{hashed(truck.plate)}", truck.key)]),
        )  # fmt: skip

    def _pedimento(self, rng: Random, load: Load, lot: Lot) -> Row:
        self._declared += 1
        customs = _CUSTOMS[load.port]
        number = f"{load.day:%y}{customs[:2]}{3_000 + load.port}{self._declared:07d}"
        firm, driver, truck = load.haulier.firm, load.haulier.driver, load.haulier.truck
        importer, supplier = lot.consignee, exporter_of(lot.exporter)[0]
        caat = caat_of(firm.number) if firm else ""
        # Scales differ by a hundredth; a lot that hides something was weighed for the paper only.
        error = 0.15 + 0.2 * rng.random() if lot.truth else rng.gauss(0, 0.01)
        curp = driver.curp() if driver else ""
        cells = (
            number, f"{load.day:%d/%m/%Y}", customs, capitals(importer.whole_name),
            importer.rfc(), supplier, capitals(firm.whole_name if firm else _whole(driver)), caat,
            curp, driver.rfc() if driver else "", truck.plate, load.trailer, lot.goods.fraction,
            lot.goods.spanish, f"{lot.kg * (1 - error):.2f}", f"{lot.usd:.2f}",
        )  # fmt: skip
        named = [(f"anam-imp-{importer.rfc()}", importer.number)]
        named += [(f"anam-caat-{caat}", firm.number)] if firm else []
        return Row(
            sheet=PEDIMENTOS.name, cells=cells, firms=self._new(named),
            officials=((f"anam-tra-{hashed(curp)}", driver.number),) if driver else (),
            dealers=((f"anam-prov-{hashed(supplier)}", 1_000 + lot.exporter),),
            vehicles=self._new([(f"anam-veh-{hashed(truck.plate)}", truck.key)]),
        )  # fmt: skip

    def _new(self, named: list[tuple[str, Key]]) -> tuple[tuple[str, Key], ...]:
        """Return those of `named` that stand in a row for the first time."""
        fresh = tuple(pair for pair in named if pair[0] not in self._noted)
        self._noted.update(entity for entity, _key in fresh)
        return fresh


def exporter_of(number: int) -> tuple[str, str, str, str]:
    """Return name, employer number, town and state of a US exporter: always the same."""
    surnames = name_book().english_surnames.things
    turn, rest = divmod(number, len(surnames))
    name = f"{surnames[rest]} {_LINES[(turn + rest) % len(_LINES)]} LLC".upper()
    # No employer number begins with 00.
    return name, f"00-{7_100_000 + number:07d}", *_TOWNS[number % len(_TOWNS)]


def exporters_in(scene: Scene) -> int:
    """Return how many usual exporters a world has."""
    return min(MOST_EXPORTERS, max(30, scene.population.size // PEOPLE_PER_EXPORTER))


def _customers(scene: Scene, exporter: int) -> list[Firm]:
    rng = scene.chance("customers", exporter)
    found: list[Firm] = []
    while len(found) < CUSTOMERS:
        number = int(rng.random() * scene.register.size)
        if number not in scene.plan.firms:
            found.append(scene.register.firm(number))
    return found


def scac_of(firm: int) -> str:
    """Return a haulier's code in the US: four letters, of which the first is X."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "X" + "".join(letters[firm // 26**n % 26] for n in range(3))


def caat_of(firm: int) -> str:
    """Return a haulier's code in Mexico (Código Alfanumérico Armonizado del Transportista)."""
    return f"{firm:05d}X"


def _whole(person: Person | None) -> str:
    if person is None:
        return ""
    return " ".join(filter(None, (person.given, person.paternal, person.maternal)))


def _haulage_firms(scene: Scene) -> list[Firm]:
    """Return firms of the register that carry goods for others, and others where they are few."""
    free = [n for n in range(scene.register.size) if n not in scene.plan.firms]
    named = [n for n in free if firm_name(n).startswith(("Transportes", "Logística"))]
    return [scene.register.firm(n) for n in [*named, *free][:HAULIERS]]


def _planted_loads(scene: Scene, rng: Random) -> dict[int, list[tuple[int, int, int]]]:
    """Return by month the loads to plant: firm, driver, and the straw exporter of that firm."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    ties = [tie for tie in scene.plan.ties if tie.kind == "truck"]
    for at, tie in enumerate(ties):
        months = {tie.month, *(rng.randrange(MONTHS) for _n in range(OTHER_LOADS))}
        for month in sorted(months):
            found.setdefault(month, []).append((tie.one[1], tie.other[1], FIRST_STRAW + at))
    return found
