"""Bank accounts: each person and firm has one, with a number that no bank has given.

Source: Banco de México, Circular 14/2017 (CLABE: bank, place, account, check digit); the banks'
numbers are ones that no bank of the payment system bears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.model.text import hashed
from puente.world.agencies.federal import turned
from puente.world.agencies.land import EXACT
from puente.world.mistakes import Habits, capitals, write_down

if TYPE_CHECKING:
    from puente.world.network import Node
    from puente.world.scene import Scene

BANKS = (("097", "BANCO DEL FARO"), ("098", "BANCA NORTE REAL"), ("099", "CAJA SIERRA"))
_WEIGHTS = (3, 7, 1)
HABITS = Habits(
    mishear=0.01, slip=0.01, shorten=0.01, short_form=0.0, drop_second=0.05, drop_maternal=0.02,
    swap=0.0, married=0.01, no_birth=0.05, year_only=0.0, day_month=0.01, year_off=0.0,
    no_curp=0.1, part_curp=0.0, slip_curp=0.01, no_rfc=0.1, no_phone=1.0, no_sex=1.0,
)  # fmt: skip
"""A bank has to see papers. Source: LIC art. 115 (to know the customer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account and its holder as the bank wrote them down when it was opened.

    Attributes:
        number: CLABE.
        bank: its name.
        node: who holds it, in truth.
        kind: `FISICA` or `MORAL`.
        name: of the holder, in capitals.
        rfc, curp, birth: of the holder; "" where the bank has none or it is a firm. Day first.
    """

    number: str
    bank: str
    node: Node
    kind: str
    name: str
    rfc: str
    curp: str
    birth: str

    @property
    def key(self) -> str:
        """Return what stands for the number in an id."""
        return hashed(self.number)


def clabe(bank: str, place: int, account: int) -> str:
    """Return a standardised account number with its check digit.

    Args:
        bank: three digits.
        place: 0 to 999.
        account: 0 to 99,999,999,999.
    """
    stem = f"{bank}{place:03d}{account:011d}"
    total = sum(int(digit) * _WEIGHTS[at % 3] % 10 for at, digit in enumerate(stem))
    return f"{stem}{-total % 10}"


def account_of(scene: Scene, node: Node) -> Account:
    """Return the account of a person or firm: always the same."""
    kind, number = node
    rng = scene.chance(f"account {kind}", number)
    code, bank = BANKS[int(rng.random() * len(BANKS))]
    clabe_number = clabe(code, rng.randrange(1000), rng.randrange(10**11))
    if kind == "f":
        firm = scene.register.firm(number)
        return Account(
            number=clabe_number, bank=bank, node=node, kind="MORAL",
            name=capitals(firm.whole_name), rfc=firm.rfc(), curp="", birth="",
        )  # fmt: skip
    person = scene.population.person(number)
    mention = write_down(person, EXACT if number in scene.plan.people else HABITS, rng)
    whole = " ".join(filter(None, (mention.given, mention.paternal, mention.maternal)))
    return Account(
        number=clabe_number, bank=bank, node=node, kind="FISICA", name=capitals(whole),
        rfc=mention.rfc, curp=mention.curp, birth=turned(mention.birth),
    )  # fmt: skip
