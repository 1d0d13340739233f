"""What banks tell financial intelligence units: cash above a line, and what they find unusual.

Cash above the line is reported because it is above it, and says nothing of anybody: a fact. That
something looks unusual is a bank's guess, which nobody has checked and which it may not tell the
customer: a tip. Two reports in three are about people who did nothing.

Source: 31 CFR 1010.311 and 1010.313 (currency above 10,000 dollars a day), 31 USC 5324
(structuring), 31 USC 5318(g)(2) (no disclosure); Ley de Instituciones de Crédito, art. 115,
fraction II (operations that "pudiesen" fall under the crimes that it names); layouts made up.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from puente.world.agencies.accounts import account_of
from puente.world.agencies.customs import FIRST_STRAW, exporter_of, exporters_in
from puente.world.agencies.money import laundered
from puente.world.chance import poisson
from puente.world.crime import FIRST_YEAR, MONTHS
from puente.world.sheets import Row, Sheet, Spoil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from puente.world.network import Node
    from puente.world.scene import Scene

CURRENCY = Sheet(
    name="fincen_currency_reports_2025-12-31", agency="fincen",
    columns=("BSA ID", "Transaction Date", "Filing Institution", "Entity Name", "EIN",
             "Account Number", "Cash In", "Cash Out", "City", "State"),
    id_column="BSA ID", date_column="Transaction Date", bad_date="02/31/2024",
    spoils=(Spoil(after=10, fault="no amount", column="Cash In", text="SEE NARRATIVE"),),
)  # fmt: skip
SUSPICIOUS = Sheet(
    name="fincen_suspicious_reports_2025-12-31", agency="fincen", delimiter="\t",
    columns=("BSA ID", "Line", "Filing Date", "Filing Institution", "Entity Name", "EIN",
             "Account Number", "Activity", "Deposit Date", "Amount"),
)  # fmt: skip
UNUSUAL = Sheet(
    name="uif_reportes_inusuales_2025-12-31", agency="uif", form="jsonl",
    spoils=(Spoil(after=3, fault="impossible date", column="operaciones.fecha",
                  text="31/02/2024"),),
)  # fmt: skip
CURRENCY_PER_PERSON = 0.005
UNUSUAL_PER_PERSON = 0.0008
_BANKS = ("FIRST BANK OF PORT CALDER", "MESA COMMUNITY BANK", "RANCHERS TRUST")
_REASONS = ("Depósitos que no corresponden al perfil", "Fraccionamiento de efectivo",
            "Retiro inmediato de lo depositado")  # fmt: skip


def us_account(number: int) -> str:
    """Return the account of a US exporter: routing number of no bank, account; always the same."""
    return f"000{number % 7:06d}-{4_400_000 + number * 37}"


class CurrencyReports:
    """Writes reports of cash above the line, month by month."""

    sheets = (CURRENCY,)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._filed = 0

    def month(self, month: int) -> Iterator[Row]:
        """Yield the reports of month 0 to 35, in the order of their days."""
        scene = self._scene
        rng = scene.chance("currency reports", month)
        count = poisson(rng, scene.population.size * CURRENCY_PER_PERSON / MONTHS)
        for day in sorted(scene.day(rng, month) for _n in range(count)):
            self._filed += 1
            exporter = int(rng.random() * exporters_in(scene))
            name, ein, town, state = exporter_of(exporter)
            cash = f"${10_001 + rng.expovariate(1 / 9_000):,.2f}"
            ways = (cash, "") if rng.random() < 0.7 else ("", cash)
            number = f"3100{self._filed:010d}"
            cells = (number, f"{day:%m/%d/%Y}", _BANKS[exporter % len(_BANKS)], name, ein,
                     us_account(exporter), *ways, town, state)  # fmt: skip
            entity = f"fincen-ent-{ein.replace('-', '')}"
            yield Row(sheet=CURRENCY.name, cells=cells, dealers=((entity, 1_000 + exporter),))


class SuspicionReports:
    """Writes what banks of both countries found unusual, month by month."""

    sheets = (UNUSUAL, SUSPICIOUS)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._reported = self._filed = 0
        self._planted: dict[int, list[tuple[Node, list[tuple[str, float]]]]] = {}
        episodes: dict[tuple[Node, str], list[tuple[str, float]]] = {}
        for movement in laundered(scene):
            if movement.truth == "structuring":
                key = movement.payee, movement.moment[:7]
                episodes.setdefault(key, []).append((movement.moment[:10], movement.amount))
        for (node, month), deposits in episodes.items():
            at = (int(month[:4]) - FIRST_YEAR) * 12 + int(month[5:]) - 1
            self._planted.setdefault(at, []).append((node, sorted(deposits)))

    def month(self, month: int) -> Iterator[Row]:
        """Yield the reports of month 0 to 35."""
        scene = self._scene
        rng = scene.chance("suspicion reports", month)
        found = [pair for pair in self._planted.get(month, ()) if rng.random() < 0.7]
        count = poisson(rng, scene.population.size * UNUSUAL_PER_PERSON / MONTHS)
        found += [self._harmless(rng, month) for _n in range(count)]
        for node, deposits in sorted(found, key=lambda pair: (pair[1], pair[0])):
            yield self._unusual(rng, node, deposits)
        if rng.random() < 0.3:
            straw = rng.random() < 0.35
            exporter = (
                FIRST_STRAW + rng.randrange(5) if straw else rng.randrange(exporters_in(scene))
            )
            yield from self._suspicious(rng, exporter, scene.day(rng, month))

    def _harmless(self, rng: Random, month: int) -> tuple[Node, list[tuple[str, float]]]:
        day = self._scene.day(rng, month)
        person = self._scene.suspect(rng, day)
        deposits = [(day.isoformat(), float(20_000 + 500 * rng.randrange(190)))
                    for _n in range(2 + rng.randrange(3))]  # fmt: skip
        return ("p", person.number), deposits

    def _unusual(self, rng: Random, node: Node, deposits: list[tuple[str, float]]) -> Row:
        self._reported += 1
        number = f"ROI{self._reported:06d}"
        account = account_of(self._scene, node)
        filed = date.fromisoformat(deposits[-1][0]) + timedelta(days=5 + rng.randrange(50))
        subject = {"tipo": account.kind, "nombre": account.name, "rfc": account.rfc,
                   "curp": account.curp, "nacimiento": account.birth}  # fmt: skip
        record: dict[str, Any] = {
            "folio": number, "fecha_reporte": f"{filed:%d/%m/%Y}", "institucion": account.bank,
            "clabe": account.number, "sujeto": {k: text for k, text in subject.items() if text},
            "motivo": _REASONS[rng.randrange(len(_REASONS))],
            "operaciones": [
                {"fecha": f"{day[8:]}/{day[5:7]}/{day[:4]}", "monto": f"{amount:.2f}",
                 "instrumento": "EFECTIVO"}
                for day, amount in deposits
            ],
        }  # fmt: skip
        entity, (kind, who) = f"uif-roi-{number}", node
        return Row(
            sheet=UNUSUAL.name, record=record,
            people=((entity, who),) if kind == "p" else (),
            firms=((entity, who),) if kind == "f" else (),
        )  # fmt: skip

    def _suspicious(self, rng: Random, exporter: int, day: date) -> Iterator[Row]:
        self._filed += 1
        name, ein, *_where = exporter_of(exporter)
        number = f"3900{self._filed:010d}"
        filed = day + timedelta(days=30)
        for line in range(1, 4 + rng.randrange(4)):
            deposited = day + timedelta(days=line - 1)
            cells = (
                number, str(line), f"{filed:%m/%d/%Y}", _BANKS[exporter % len(_BANKS)], name, ein,
                us_account(exporter), "STRUCTURING", f"{deposited:%m/%d/%Y}",
                f"${10_000 - 50 * (1 + rng.randrange(30)):,.2f}",
            )  # fmt: skip
            entity = f"fincen-sub-{ein.replace('-', '')}"
            yield Row(sheet=SUSPICIOUS.name, cells=cells, dealers=((entity, 1_000 + exporter),))
