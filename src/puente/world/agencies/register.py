"""The federal register of companies: firms, their shareholders, their officers, in three files.

A firm is filed under its folio; a shareholder that is itself a firm is given by folio where the
register knows it, else by name alone. Shares are in percent; a blank is "not stated", and some
entries give a band. Each firm names the notary before whom it was founded.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from puente.world.agencies.federal import turned
from puente.world.crime import MONTHS
from puente.world.firms import NOTARIES
from puente.world.mistakes import Habits, write_down
from puente.world.sheets import Row, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.firms import Firm, Holding
    from puente.world.people import Person
    from puente.world.scene import Scene

FIRMS = Sheet(
    name="rpc_sociedades_2025-12-31", agency="rpc", delimiter=";",
    columns=("FOLIO", "DENOMINACION", "RFC", "FECHA_CONSTITUCION", "CVE_MUNICIPIO", "DOMICILIO",
             "TELEFONO", "ESTATUS", "NUM_NOTARIA", "NOTARIO"),
    id_column="FOLIO", date_column="FECHA_CONSTITUCION",
)  # fmt: skip
HOLDERS = Sheet(
    name="rpc_socios_2025-12-31", agency="rpc", delimiter=";",
    columns=("ID_SOCIO", "FOLIO", "TIPO", "NOMBRE", "APELLIDO_PATERNO", "APELLIDO_MATERNO",
             "FECHA_NACIMIENTO", "RFC", "CURP", "FOLIO_SOCIO", "DENOMINACION_SOCIO", "PORCENTAJE",
             "PORCENTAJE_MAX", "FECHA_ALTA", "FECHA_BAJA"),
    id_column="ID_SOCIO", date_column="FECHA_ALTA",
)  # fmt: skip
OFFICERS = Sheet(
    name="rpc_administradores_2025-12-31", agency="rpc", delimiter=";",
    columns=("ID_CARGO", "FOLIO", "CARGO", "NOMBRE", "APELLIDO_PATERNO", "APELLIDO_MATERNO", "RFC",
             "CURP", "TELEFONO", "FECHA_NOMBRAMIENTO"),
    id_column="ID_CARGO", date_column="FECHA_NOMBRAMIENTO",
)  # fmt: skip
HABITS = Habits(
    mishear=0.02, slip=0.015, shorten=0.02, short_form=0.0, drop_second=0.05, drop_maternal=0.03,
    swap=0.006, married=0.03, no_birth=0.12, year_off=0.015, no_curp=0.40, part_curp=0.02,
    slip_curp=0.02, no_rfc=0.4, no_phone=0.6, no_sex=1.0,
)  # fmt: skip
NOTARIES_OF_AGE = date(2000, 1, 1)
FOLIO_KNOWN = 0.75
"""Share of shareholding firms that are given by folio."""


class CompanyRegister:
    """Writes firms in the order of their folios, a slice each month until all are written."""

    sheets = (FIRMS, HOLDERS, OFFICERS)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._holder = self._office = 0
        self._notaries = [_notary(scene, number) for number in range(NOTARIES)]

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of one slice of the register; the files are one delivery."""
        register = self._scene.register
        rng = self._scene.chance("rpc", month)
        first, last = (register.size * edge // MONTHS for edge in (month, month + 1))
        for number in range(first, last):
            firm = register.firm(number)
            yield self._firm(rng, firm)
            for holding in firm.holdings:
                yield self._held(rng, firm, holding)
            for person, office in firm.officers:
                yield self._run(rng, firm, self._scene.population.person(person), office)

    def _firm(self, rng: Random, firm: Firm) -> Row:
        notary = self._notaries[firm.notary]
        notary_name = f"{notary.given} {notary.paternal} {notary.maternal}"
        folio = folio_of(firm.number)
        cells = (
            folio, firm.whole_name, firm.rfc() if rng.random() < 0.85 else "",
            _day(firm.founded), self._scene.place(firm.place).code, firm.address,
            firm.phone if rng.random() < 0.5 else "", "ACTIVA" if rng.random() < 0.93 else "BAJA",
            str(firm.notary + 1), notary_name,
        )  # fmt: skip
        return Row(
            sheet=FIRMS.name, cells=cells, firms=((f"rpc-emp-{folio}", firm.number),),
            officials=((f"rpc-not-{firm.notary + 1}", notary.number),),
        )  # fmt: skip

    def _held(self, rng: Random, firm: Firm, holding: Holding) -> Row:
        self._holder += 1
        number = f"{self._holder:07d}"
        shares = ("", "")
        if holding.is_known:
            most = percent(holding.most) if holding.most != holding.least else ""
            shares = (percent(holding.least), most)
        dates = (_day(holding.start), _day(holding.end) if holding.end else "")
        if holding.is_firm:
            owner = self._scene.register.firm(holding.owner)
            known = rng.random() < FOLIO_KNOWN
            folio = folio_of(owner.number) if known else ""
            rfc = owner.rfc() if not known or rng.random() < 0.5 else ""
            cells = (number, folio_of(firm.number), "MORAL", "", "", "", "", rfc, "", folio,
                     owner.whole_name, *shares, *dates)  # fmt: skip
            firms = () if known else ((f"rpc-soc-{number}", owner.number),)
            return Row(sheet=HOLDERS.name, cells=cells, firms=firms)
        person = self._scene.population.person(holding.owner)
        mention = write_down(person, HABITS, rng)
        cells = (
            number, folio_of(firm.number), "FISICA", mention.given, mention.paternal,
            mention.maternal, turned(mention.birth), mention.rfc, mention.curp, "", "", *shares,
            *dates,
        )  # fmt: skip
        return Row(sheet=HOLDERS.name, cells=cells, people=((f"rpc-soc-{number}", person.number),))

    def _run(self, rng: Random, firm: Firm, person: Person, office: str) -> Row:
        self._office += 1
        number = f"{self._office:07d}"
        mention = write_down(person, HABITS, rng)
        cells = (
            number, folio_of(firm.number), office, mention.given, mention.paternal,
            mention.maternal, mention.rfc, mention.curp, mention.phone, _day(firm.founded),
        )  # fmt: skip
        return Row(sheet=OFFICERS.name, cells=cells, people=((f"rpc-adm-{number}", person.number),))


def folio_of(firm: int) -> str:
    """Return a firm's folio in the register."""
    return f"N{2_000_000 + firm:07d}"


def percent(hundredths: int) -> str:
    """Return hundredths of a percent as the register writes them: `49.90`."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _notary(scene: Scene, number: int) -> Person:
    """Return the notary with that number: somebody from anywhere, always the same."""
    rng = scene.chance("notary", number)
    return scene.adult(rng, scene.population.somebody(rng), NOTARIES_OF_AGE)
