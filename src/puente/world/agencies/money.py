"""What a financial intelligence unit gets from banks: movements of accounts, and what it freezes.

Movements are facts: transfers and cash as the books have them. In some weeks cash comes in by
amounts that each stay below what a bank must report, to launderers and the firms that they sign
for, and goes on within days from firm to firm along their holdings, a little less each time. A
freeze stops an account: nothing leaves it afterwards. Some freezes hit a namesake or somebody who
wins in court, and end.

Source: Ley de Instituciones de Crédito, arts. 115 and 142; disposiciones de carácter general of
art. 115 (cash of 7,500 dollars or more is a "relevant" operation that is reported); acuerdos of the
Lista de Personas Bloqueadas; jurisprudencia 2a./J. 46/2018 (a freeze stands only on a request from
abroad); layouts made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from puente.world.agencies.accounts import account_of
from puente.world.chance import poisson
from puente.world.crime import FIRST_YEAR, MONTHS
from puente.world.scene import LAST_DAY
from puente.world.sheets import Row, Sheet, Spoil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.agencies.accounts import Account
    from puente.world.network import Node
    from puente.world.scene import Scene

MOVEMENTS = Sheet(
    name="uif_movimientos_2025-12-31", agency="uif", form="json", records="operaciones",
    id_column="clave_rastreo", date_column="fecha_hora", bad_date="2024-02-31T10:00:00",
    spoils=(Spoil(after=35, fault="no amount", column="monto", text="S/D"),),
)  # fmt: skip
FREEZES = Sheet(
    name="uif_acuerdos_bloqueo_2025-12-31", agency="uif", form="xlsx", records="Acuerdos",
    columns=("NUM_ACUERDO", "FECHA_ACUERDO", "CAUSA", "ESTADO", "FECHA_FIN", "TIPO_PERSONA",
             "NOMBRE", "RFC", "CURP", "FECHA_NACIMIENTO", "CLABE", "BANCO", "SALDO", "MONEDA"),
    dated=("FECHA_ACUERDO", "FECHA_FIN"), id_column="NUM_ACUERDO", date_column="FECHA_ACUERDO",
    spoils=(Spoil(after=8, fault="unknown state", column="ESTADO", text="EN TRAMITE"),),
)  # fmt: skip

MOVEMENTS_PER_PERSON = 0.022
REPORTED_FROM_MXN = 122_000
"""Cash from which a bank reports on its own: 7,500 dollars at the lowest rate of these years."""
EPISODES = 2
"""Times that each launderer takes cash in, at most."""
DEPOSITS = (6, 7, 8, 9)
HOPS = 3
"""Firms that the money goes on to, at most."""
HEADS_FROZEN = 0.6
OTHERS_FROZEN = 6
_ABROAD, _OWN = "SOLICITUD DE AUTORIDAD EXTRANJERA", "INVESTIGACION DE LA UIF"
_CONCEPTS = ("PAGO FACTURA", "NOMINA", "RENTA", "HONORARIOS", "PRESTAMO", "COMPRA MERCANCIA",
             "SERVICIOS", "TRASPASO")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that moves: between two accounts, or in cash into one (`payer` is None then).

    Attributes:
        moment: ISO date and time.
        payer, payee: who holds the accounts.
        amount: in pesos.
        concept: as it was written.
        truth: what it is part of, `structuring` or `layering`; "" where it is what it says.
    """

    moment: str
    payer: Node | None
    payee: Node
    amount: float
    concept: str
    truth: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """An account that is frozen, and until when; `end` is None where it still is."""

    node: Node
    day: date
    cause: str
    end: date | None = None
    lifted: str = "ELIMINADO"


class FinancialUnit:
    """Writes movements and freezes, month by month.

    Attributes:
        hidden: kind, number of the movement, what it is part of, and whose, as written so far.
    """

    sheets = (MOVEMENTS, FREEZES)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.hidden: list[tuple[str, str, str, str]] = []
        self._moved = self._frozen = 0
        self._noted: set[str] = set()
        freezes = sorted(_freezes(scene), key=lambda freeze: (freeze.day, freeze.node))
        self._freezes = {freeze.node: freeze for freeze in freezes}
        self._due: dict[int, list[Movement]] = {}
        for movement in laundered(scene):
            year, month = int(movement.moment[:4]), int(movement.moment[5:7])
            self._due.setdefault((year - FIRST_YEAR) * 12 + month - 1, []).append(movement)

    def month(self, month: int) -> Iterator[Row]:
        """Yield the rows of month 0 to 35, in the order of their moments."""
        scene = self._scene
        rng = scene.chance("uif", month)
        count = poisson(rng, scene.population.size * MOVEMENTS_PER_PERSON / MONTHS)
        found = [self._usual(rng, month) for _n in range(count)] + self._due.get(month, [])
        for movement in sorted(found, key=lambda one: (one.moment, one.payee, one.amount)):
            if not self._is_stopped(movement):
                yield self._movement(rng, movement)
        first = date(FIRST_YEAR + month // 12, month % 12 + 1, 1)
        for freeze in self._freezes.values():
            if (freeze.day.year, freeze.day.month) == (first.year, first.month):
                yield self._freeze(rng, freeze)

    # --- movements ---

    def _usual(self, rng: Random, month: int) -> Movement:
        """Return a movement that means nothing: firms pay firms and people, people pay firms."""
        scene = self._scene
        day = scene.day(rng, month)
        draw = rng.random()
        payer: Node | None = self._firm(rng) if draw < 0.6 else self._person(rng, day)
        payee = self._firm(rng) if rng.random() < 0.7 else self._person(rng, day)
        amount = round(rng.lognormvariate(9.2, 1.1), 2)
        if draw > 0.9 or payer == payee:
            payer = None  # cash; now and then a sum that is reported as such
        clock = 8 * 3600 + int(rng.random() * 12 * 3600)
        return Movement(
            moment=_moment(day, clock), payer=payer, payee=payee, amount=amount,
            concept="DEPOSITO EN EFECTIVO" if payer is None else rng.choice(_CONCEPTS),
        )  # fmt: skip

    def _firm(self, rng: Random) -> Node:
        register = self._scene.register
        number = int(rng.random() * rng.random() * register.size)
        while number in self._scene.plan.firms:
            number = int(rng.random() * register.size)
        return "f", number

    def _person(self, rng: Random, day: date) -> Node:
        scene = self._scene
        # Who has an account that is looked at has it for years: one person in twenty.
        number = scene.population.somebody(rng)
        return "p", scene.adult(rng, number - number % 20, day).number

    def _is_stopped(self, movement: Movement) -> bool:
        """Return True if the account that pays is frozen on that day."""
        freeze = self._freezes.get(movement.payer) if movement.payer else None
        if freeze is None:
            return False
        day = date.fromisoformat(movement.moment[:10])
        return freeze.day <= day and (freeze.end is None or day <= freeze.end)

    def _movement(self, rng: Random, movement: Movement) -> Row:
        self._moved += 1
        number = (
            f"{movement.moment[:10].replace('-', '')}{rng.randrange(10**6):06d}{self._moved:06d}"
        )
        if movement.truth:
            kind, owner = movement.payee
            self.hidden.append((movement.truth, number, movement.concept, f"{kind}{owner}"))
        accounts = [account_of(self._scene, node) for node in (movement.payer, movement.payee)
                    if node]  # fmt: skip
        record: dict[str, Any] = {
            "clave_rastreo": number, "fecha_hora": movement.moment,
            "tipo": "SPEI" if movement.payer else "EFECTIVO",
        }  # fmt: skip
        if movement.payer:
            record["ordenante"] = _told(accounts[0])
        record |= {"beneficiario": _told(accounts[-1]), "monto": f"{movement.amount:.2f}",
                   "moneda": "MXN", "concepto": movement.concept}  # fmt: skip
        people, firms = self._named(accounts)
        return Row(sheet=MOVEMENTS.name, record=record, people=people, firms=firms)

    def _named(
        self, accounts: list[Account]
    ) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
        """Return the holders that stand in a row for the first time: people, and firms."""
        fresh = {f"uif-tit-{a.key}": a.node for a in accounts}
        fresh = {entity: node for entity, node in fresh.items() if entity not in self._noted}
        self._noted.update(fresh)
        people, firms = (
            tuple((entity, number) for entity, (kind, number) in fresh.items() if kind == which)
            for which in "pf"
        )
        return people, firms

    # --- freezes ---

    def _freeze(self, rng: Random, freeze: Freeze) -> Row:
        self._frozen += 1
        number = f"UIF-{freeze.day.year}-{self._frozen:04d}"
        account = account_of(self._scene, freeze.node)
        entity, (kind, who) = f"uif-blq-{number}", freeze.node
        cells = (
            number, f"{freeze.day}T00:00:00", freeze.cause,
            freeze.lifted if freeze.end else "VIGENTE",
            f"{freeze.end}T00:00:00" if freeze.end else "", account.kind, account.name,
            account.rfc, account.curp, account.birth, account.number, account.bank,
            f"{rng.lognormvariate(12, 1.5):.2f}", "MXN",
        )  # fmt: skip
        return Row(
            sheet=FREEZES.name, cells=cells,
            people=((entity, who),) if kind == "p" else (),
            firms=((entity, who),) if kind == "f" else (),
        )  # fmt: skip


def _told(account: Account) -> dict[str, str]:
    held = {"clabe": account.number, "banco": account.bank, "tipo": account.kind,
            "nombre": account.name, "rfc": account.rfc, "curp": account.curp,
            "nacimiento": account.birth}  # fmt: skip
    return {key: text for key, text in held.items() if text}


def _moment(day: date, clock: int) -> str:
    return f"{day}T{clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}"


# --- what is planted ---------------------------------------------------------------------------


def laundered(scene: Scene) -> Iterator[Movement]:
    """Yield cash taken in below the line, and how it goes on: along holdings that stand anyway."""
    rng = scene.chance("uif laundering", 0)
    signs = {
        officer: firm.number for firm in scene.plan.firms.values()
        for officer, _office in firm.officers
    }  # fmt: skip
    for launderer in scene.plan.members("launderer"):
        firm = signs.get(launderer)
        for _time in range(1 + int(rng.random() * EPISODES)):
            start = scene.day(rng, 1 + rng.randrange(MONTHS - 2))
            places: list[Node] = [("p", launderer)]
            if firm is not None:
                places.append(("f", firm))
            total = 0.0
            for at in range(rng.choice(DEPOSITS)):
                amount = float(REPORTED_FROM_MXN - 500 * (1 + rng.randrange(48)))
                total += amount
                day = start + timedelta(days=int(rng.random() * 4))
                yield Movement(
                    moment=_moment(day, 9 * 3600 + int(rng.random() * 7 * 3600)), payer=None,
                    payee=places[at % len(places)], amount=amount, truth="structuring",
                    concept="DEPOSITO EN EFECTIVO",
                )  # fmt: skip
            if firm is not None:
                yield from _layers(scene, rng, [("p", launderer), ("f", firm)], start, total)


def _layers(
    scene: Scene, rng: Random, way: list[Node], start: date, total: float
) -> Iterator[Movement]:
    """Yield the transfers of a sum along `way` and on to firms that a holding joins."""
    beside: dict[Node, list[Node]] = {}
    for tie in scene.plan.ties:
        if tie.kind == "ownership" and tie.one[0] == tie.other[0] == "f":
            beside.setdefault(tie.one, []).append(tie.other)
            beside.setdefault(tie.other, []).append(tie.one)
    while len(way) < 2 + HOPS:
        onward = [node for node in beside.get(way[-1], ()) if node not in way]
        if not onward:
            break
        way.append(rng.choice(onward))
    day, amount = start + timedelta(days=4), total
    for payer, payee in pairwise(way):
        day += timedelta(days=int(rng.random() * 3))
        amount = round(amount * (0.97 + 0.02 * rng.random()), 2)
        if day <= LAST_DAY:
            yield Movement(
                moment=_moment(day, 10 * 3600 + int(rng.random() * 6 * 3600)), payer=payer,
                payee=payee, amount=amount, truth="layering", concept=rng.choice(_CONCEPTS),
            )  # fmt: skip


def _freezes(scene: Scene) -> Iterator[Freeze]:
    """Yield freezes: heads, a firm of theirs, launderers for a while, and people hit by mistake."""
    rng = scene.chance("uif freezes", 0)
    plan = scene.plan

    def day() -> date:
        return scene.day(rng, 4 + rng.randrange(MONTHS - 6))

    for node in plan.listed:
        if rng.random() < HEADS_FROZEN:
            yield Freeze(node=node, day=day(), cause=_ABROAD)
    for number in plan.members("launderer")[:3]:
        start = day()
        end = start + timedelta(days=60 + rng.randrange(200))
        yield Freeze(
            node=("p", number), day=start, cause=_OWN, lifted="SUSPENDIDO POR AMPARO",
            end=end if end <= LAST_DAY else None,
        )  # fmt: skip
    wrong = plan.members("namesake")[:2]
    wrong += list({scene.suspect(rng, LAST_DAY.replace(year=2022)).number
                   for _n in range(OTHERS_FROZEN)})  # fmt: skip
    for number in wrong:
        start = day()
        end = start + timedelta(days=20 + rng.randrange(120))
        yield Freeze(
            node=("p", number), day=start, cause=_ABROAD if number in plan.people else _OWN,
            end=end if end <= LAST_DAY else None,
        )  # fmt: skip
