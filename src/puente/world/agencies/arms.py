"""Firearms: what the army and the federal prosecutor recover, and what a US trace says of them.

A recovery names the weapon and, in a third of cases, who held it. A trace follows the serial number
from the maker to the licensed dealer and the first person who bought it over a counter; a purchase
is lawful, and most first purchasers had nothing to do with what came after. A few buy again and
again and their weapons turn up within months. Serial numbers are filed off, misread, or not asked
about; a trace comes back weeks later.

Source: layout after ATF's trace results and SEDENA's tables of weapons handed over; shares of the
order of GAO-21-322 (70 percent of traced weapons of US origin, half with a purchaser), and choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from puente.world.agencies import border
from puente.world.agencies.federal import turned
from puente.world.chance import Weighted
from puente.world.crime import FIRST_YEAR
from puente.world.mistakes import Habits, ascii_capitals, capitals, misread_code, write_down
from puente.world.names import name_book
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.people import Person
    from puente.world.scene import Scene

RECOVERIES = Sheet(
    name="sedena_armas_2025-12-31", agency="sedena", encoding="cp1252", delimiter=";",
    columns=("FOLIO", "FECHA", "CVE_MUN", "EVENTO", "CLASE", "MARCA", "MODELO", "CALIBRE",
             "MATRICULA", "PAIS_FABRICACION", "AUTORIDAD", "NUM_POSEEDOR", "POSEEDOR",
             "FECHA_NAC_POSEEDOR", "CURP_POSEEDOR"),
    id_column="FOLIO", date_column="FECHA",
)  # fmt: skip
TRACES = Sheet(
    name="atf_traces_2025-12-31", agency="atf",
    columns=("Trace Number", "Completed Date", "Status", "Serial Number", "Manufacturer", "Model",
             "Caliber", "Weapon Type", "Recovery Date", "Recovery State", "Recovery City",
             "FFL Number", "Dealer Name", "Dealer City", "Dealer State", "Purchase Date",
             "Time To Crime (Days)", "Purchaser Last Name", "Purchaser First Name",
             "Purchaser DOB", "Purchaser Sex", "Purchaser Address"),
    id_column="Trace Number", date_column="Completed Date", bad_date="02/31/2024",
)  # fmt: skip
HABITS = Habits(
    mishear=0.03, slip=0.02, shorten=0.03, drop_second=0.12, drop_maternal=0.09, no_birth=0.3,
    year_off=0.03, no_curp=0.7, no_phone=1.0, no_sex=1.0,
)  # fmt: skip
BUYER_HABITS = Habits(
    mishear=0.01, slip=0.01, shorten=0.0, short_form=0.01, drop_second=0.2, drop_maternal=0.2,
    join=0.6, drop_particles=0.2, no_birth=0.02, no_curp=1.0, no_phone=1.0, no_sex=0.02,
    no_address=0.2,
)  # fmt: skip

FILED_OFF = 0.15
HOLDER_KNOWN = 0.33
ASKED = 0.7
"""Share of recoveries with a serial number that are sent for tracing."""
SEVERAL_BUYERS = 9
"""People who buy for others."""
BOUGHT_FOR_OTHERS = 0.3
"""Share of traced purchases that are theirs."""
OF_AGE = date(2021, 1, 1)
"""Day on which they were all of age."""
DEALERS = 40
_AUTHORITIES = ("SEDENA", "SEMAR", "FGR", "GN")
_STATUSES = Weighted(
    ("PURCHASER IDENTIFIED", "DEALER IDENTIFIED", "RECORDS UNAVAILABLE", "SERIAL NUMBER NOT FOUND"),
    (0.55, 0.15, 0.15, 0.15),
)
_WEAPONS = (
    ("ARMA LARGA", "Colt", "AR-15", ".223", "US"), ("ARMA LARGA", "Romarm", "WASR-10", "7.62x39",
     "RO"), ("ARMA CORTA", "Glock", "19", "9 mm", "AT"), ("ARMA CORTA", "Smith & Wesson", "SD9",
     "9 mm", "US"), ("ARMA CORTA", "Taurus", "G3", "9 mm", "BR"), ("ARMA LARGA", "Barrett", "M82",
     ".50", "US"), ("ARMA CORTA", "Ruger", "P95", "9 mm", "US"), ("ARMA LARGA", "Anderson",
     "AM-15", ".223", "US"), ("ARMA CORTA", "Colt", "Government", ".38 super", "US"),
    ("ARMA LARGA", "Mossberg", "500", "12", "US"),
)  # fmt: skip
_ENGLISH = {"ARMA LARGA": "RIFLE", "ARMA CORTA": "PISTOL"}
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_TOWNS = (("Port Calder", "TX"), ("Arroyo Seco", "AZ"), ("Mesa Verde Springs", "CA"),
          ("Cottonwood Flat", "NM"), ("Laguna Bridge", "TX"))  # fmt: skip
_SHOPS = ("Guns", "Outfitters", "Pawn", "Sporting Goods", "Arms", "Tactical Supply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weapon:
    """One firearm; `kind` as Mexican law divides them, `country` of the maker."""

    kind: str
    make: str
    model: str
    calibre: str
    country: str
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A recovery that was sent for tracing."""

    weapon: Weapon
    day: date
    place: int
    due: int


def some_weapon(rng: Random) -> Weapon:
    """Return a weapon with a made-up serial number."""
    kind, make, model, calibre, country = _WEAPONS[int(rng.random() * len(_WEAPONS))]
    letters = "".join(rng.choice(_LETTERS) for _n in range(2))
    return Weapon(
        kind=kind, make=make, model=model, calibre=calibre, country=country,
        serial=f"{letters}{rng.randrange(10**6):06d}",
    )  # fmt: skip


class ArmsTracing:
    """Writes recoveries month by month, and the traces that were asked for earlier."""

    sheets = (RECOVERIES, TRACES)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._recovered = self._traced = 0
        self._asked: list[_Request] = []

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of their days."""
        scene = self._scene
        rng = scene.chance("arms", month)
        counts = scene.tallies["armas_recuperadas"]
        finds = sorted(
            (scene.day(rng, month), place, some)
            for place, number in enumerate(counts) for some in _in_finds(rng, number)
        )  # fmt: skip
        for day, place, some in finds:
            yield from self._recovery(rng, day, place, some)
        due = [request for request in self._asked if request.due <= month]
        self._asked = [request for request in self._asked if request.due > month]
        for day, request in sorted(
            ((scene.day(rng, month), request) for request in due),
            key=lambda item: (item[0], item[1].day, item[1].weapon.serial),
        ):
            yield self._trace(rng, day, request)

    # --- recoveries ---

    def _recovery(self, rng: Random, day: date, place: int, weapons: int) -> Iterator[Row]:
        """Yield the weapons of one find, held by the same person if by anybody."""
        scene = self._scene
        event = f"{scene.place(place).code}/{day:%y%m%d}/{rng.randrange(10_000):04d}"
        holder = scene.suspect(rng, day) if rng.random() < HOLDER_KNOWN else None
        authority = rng.choice(_AUTHORITIES)
        for _n in range(weapons):
            self._recovered += 1
            weapon = some_weapon(rng)
            marked = rng.random() >= FILED_OFF
            if marked and rng.random() < ASKED:
                self._asked.append(
                    _Request(weapon=weapon, day=day, place=place, due=self._answered(rng, day))
                )
            written = misread_code(weapon.serial, rng, 0.03)
            cells = (
                f"{self._recovered:06d}", f"{day:%d/%m/%Y}", scene.place(place).code, event,
                weapon.kind, weapon.make.upper(), weapon.model.upper(), weapon.calibre.upper(),
                written if marked else "LIMADA", weapon.country, authority,
            )  # fmt: skip
            yield self._held(rng, cells, holder)

    def _held(self, rng: Random, cells: tuple[str, ...], holder: Person | None) -> Row:
        if holder is None:
            return Row(sheet=RECOVERIES.name, cells=(*cells, "", "", "", ""))
        mention = write_down(holder, HABITS, rng)
        whole = " ".join(filter(None, (mention.given, mention.paternal, mention.maternal)))
        folio = cells[0]
        return Row(
            sheet=RECOVERIES.name,
            cells=(*cells, folio, capitals(whole), turned(mention.birth), mention.curp),
            people=((f"sedena-pos-{folio}", holder.number),),
        )

    @staticmethod
    def _answered(rng: Random, day: date) -> int:
        """Return the number of the month in which a trace comes back: 1 to 4 later."""
        return (day.year - FIRST_YEAR) * 12 + day.month + int(rng.random() * 4)

    # --- traces ---

    def _trace(self, rng: Random, day: date, request: _Request) -> Row:
        scene, weapon = self._scene, request.weapon
        self._traced += 1
        number = f"T{self._traced:07d}"
        status = _STATUSES.draw(rng)
        place = scene.place(request.place)
        dealer, who, cells = -1, None, [""] * 7
        if status in {"PURCHASER IDENTIFIED", "DEALER IDENTIFIED"}:
            dealer = int(rng.random() * rng.random() * DEALERS)
        if status == "PURCHASER IDENTIFIED":
            who, bought = self._purchase(rng, request.day)
            mention = write_down(who, BUYER_HABITS, rng)
            cells = [
                f"{bought:%m/%d/%Y}", str((request.day - bought).days),
                *border.english_names(mention), border.turned(mention.birth),
                {"H": "M", "M": "F", "": ""}[mention.sex], ascii_capitals(mention.address),
            ]  # fmt: skip
        shop = _dealer(scene, dealer) if dealer >= 0 else ("", "", "", "")
        row = (
            number, f"{day:%m/%d/%Y}", status, misread_code(weapon.serial, rng, 0.01),
            weapon.make.upper(), weapon.model.upper(), weapon.calibre.upper(),
            _ENGLISH[weapon.kind], f"{request.day:%m/%d/%Y}", ascii_capitals(place.state_name),
            ascii_capitals(place.name), *shop, *cells,
        )  # fmt: skip
        return Row(
            sheet=TRACES.name, cells=row,
            people=((f"atf-pur-{number}", who.number),) if who else (),
            dealers=((f"atf-ffl-{shop[0]}", dealer),) if dealer >= 0 else (),
        )  # fmt: skip

    def _purchase(self, rng: Random, recovered: date) -> tuple[Person, date]:
        """Return who bought the weapon first, of age then, and on which day."""
        scene = self._scene
        if rng.random() < BOUGHT_FOR_OTHERS:
            same = scene.chance("buys for others", int(rng.random() * SEVERAL_BUYERS))
            bought = recovered - timedelta(days=20 + int(rng.random() * 500))
            return scene.northerner(same, OF_AGE), bought
        bought = recovered - timedelta(days=200 + int(rng.expovariate(1 / 2_500)))
        return scene.northerner(rng, bought), bought


def _in_finds(rng: Random, weapons: int) -> Iterator[int]:
    """Yield how many weapons each find of a month in one place holds, mostly one."""
    while weapons:
        some = min(weapons, 1 + int(rng.random() * rng.random() * rng.random() * 5))
        weapons -= some
        yield some


def _dealer(scene: Scene, number: int) -> tuple[str, str, str, str]:
    """Return licence, name, city and state of a licensed dealer: always the same for a number."""
    rng = scene.chance("dealer", number)
    surnames = name_book().english_surnames.things  # no two dealers bear one name
    surname = surnames[number % len(surnames)]
    city, state = rng.choice(_TOWNS)
    licence = f"0-00-{100 + number:03d}-01-0X-{10_000 + number:05d}"
    return licence, f"{surname} {rng.choice(_SHOPS)} LLC".upper(), city.upper(), state
