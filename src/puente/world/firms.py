"""Firms with their shareholders and officers, each a function of the seed and a number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from puente.world import identity
from puente.world.chance import chance
from puente.world.people import street_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from puente.world.people import Population

PEOPLE_PER_FIRM = 12
NOTARIES = 24
_TRADES = (
    "Comercializadora", "Transportes", "Constructora", "Inmobiliaria", "Agropecuaria", "Grupo",
    "Servicios Integrales", "Distribuidora", "Autopartes", "Materiales", "Abarrotes", "Logística",
    "Ganadera", "Empacadora", "Gasolinera", "Operadora", "Consultoría", "Textiles", "Refacciones",
    "Importadora", "Exportadora", "Minera", "Plásticos", "Hotelera",
)  # fmt: skip
_FORMS = ("S.A. de C.V.", "S.A. de C.V.", "S.A. de C.V.", "S. de R.L. de C.V.", "S.P.R. de R.L.",
          "S.A.P.I. de C.V.", "S.C.")  # fmt: skip
_WORDS = ("Norte", "Sol", "Valle", "Sierra", "Costa", "Laguna", "Cumbre", "Pacífico", "Oro",
            "Luna", "Real", "Río", "Monte", "Estrella", "Faro", "Cedro", "Halcón", "Nogal",
            "Aurora", "Prisma")  # fmt: skip
_HEADS = ("Al", "Bro", "Cor", "Dan", "Fex", "Gar", "Hel", "Mar", "Nox", "Tri", "Var", "Zel", "Pol",
          "Qui", "Sur", "Tam", "Ur", "Yur", "Lim", "Jal", "Ick", "Ebro")  # fmt: skip
_TAILS = ("mex", "sa", "tec", "nor", "vía", "bal", "dex", "cor", "lux", "pac", "gas", "mar", "ter",
          "sol", "pran", "zul", "quim", "fer", "lan", "des")  # fmt: skip
_MADE = len(_HEADS) * len(_TAILS)
_PAIRS = len(_WORDS) * (len(_WORDS) - 1)
_STRIDE = 7_919
"""A prime that divides no number of names, so that neighbours in number are none in name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One share in a firm, in hundredths of a percent.

    Attributes:
        owner: person number, or firm number where `is_firm`.
        is_firm: whether the owner is a firm.
        least, most: hundredths of a percent, 0 to 10,000; -1 in both where not known.
        start: day of acquisition.
        end: last day it was held; None where it still is.
    """

    owner: int
    is_firm: bool
    least: int
    most: int
    start: date
    end: date | None = None

    @property
    def is_known(self) -> bool:
        """Return True if the register says how much it is."""
        return self.least >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """One firm as the register ought to have it.

    Attributes:
        number: which firm; the truth calls them `f` and this number.
        name: without the legal form.
        legal_form: e.g. `S.A. de C.V.`.
        founded: day of incorporation.
        place: number of the place of its seat.
        address: street and number.
        phone: ten digits.
        notary: number of the notary before whom it was founded, 0 to `NOTARIES` - 1.
        holdings: who holds it.
        officers: person number and office.
    """

    number: int
    name: str
    legal_form: str
    founded: date
    place: int
    address: str
    phone: str
    notary: int
    holdings: tuple[Holding, ...] = field(default=())
    officers: tuple[tuple[int, str], ...] = field(default=())

    @property
    def whole_name(self) -> str:
        """Return name and legal form."""
        return f"{self.name}, {self.legal_form}"

    def rfc(self) -> str:
        """Return the firm's RFC."""
        return identity.rfc_firm(self.whole_name, self.founded)


class Register:
    """All firms of the world by number.

    Args:
        seed: of the world.
        population: who may hold and run firms.
    """

    def __init__(self, seed: int, population: Population) -> None:
        self._seed = seed
        self._population = population
        self.size = max(60, population.size // PEOPLE_PER_FIRM)
        self._planted: Mapping[int, Firm] = {}
        self._barred: frozenset[int] = frozenset()

    def plant(self, firms: Mapping[int, Firm], barred: frozenset[int]) -> None:
        """Put `firms` in place of theirs; nobody in `barred` holds or runs any other."""
        self._planted = firms
        self._barred = barred

    def firm(self, number: int) -> Firm:
        """Return the firm with that number, 0 to `size` - 1."""
        return self._planted[number] if number in self._planted else self.plain(number)

    def plain(self, number: int) -> Firm:
        """Return the firm that stands at a number where nothing is planted."""
        rng = chance(self._seed, "firm", number)
        place = self._population.place_of(self._population.somebody(rng))
        founded = date(1995 + int(30 * rng.random()), 1 + rng.randrange(12), 1 + rng.randrange(28))
        partners = self._partners(rng)
        holdings = self._holdings(rng, number, partners, founded)
        officers = [(partners[0], "ADMINISTRADOR ÚNICO" if rng.random() < 0.5 else "PRESIDENTE")]
        if rng.random() < 0.5:
            officers.append((self._somebody(rng), "COMISARIO"))
        return Firm(
            number=number, name=firm_name(number), legal_form=rng.choice(_FORMS), founded=founded,
            place=place, address=street_address(rng), phone=identity.mexican_phone(rng),
            notary=int(rng.random() * rng.random() * NOTARIES), holdings=holdings,
            officers=tuple(officers),
        )  # fmt: skip

    def _somebody(self, rng: Random) -> int:
        while True:
            number = self._population.somebody(rng)
            if number not in self._barred:
                return number

    def _partners(self, rng: Random) -> list[int]:
        """Return who founds a firm: alone, with their household, or with others."""
        first = self._somebody(rng)
        kin = [n for n in self._population.household_of(first) if n not in self._barred]
        if len(kin) > 1 and rng.random() < 0.45:
            return [first, *(n for n in kin if n != first)][: 2 + rng.randrange(2)]
        others = [self._somebody(rng) for _n in range(rng.randrange(4))]
        return list(dict.fromkeys([first, *others]))

    def _holdings(
        self, rng: Random, number: int, partners: list[int], founded: date
    ) -> tuple[Holding, ...]:
        owners = [(partner, False) for partner in partners]
        other = rng.randrange(number) if number and rng.random() < 0.08 else -1
        if other >= 0 and other not in self._planted:
            owners.append((other, True))
        return tuple(
            Holding(owner=owner, is_firm=is_firm, least=share, most=share, start=founded)
            for (owner, is_firm), share in zip(owners, shares(rng, len(owners)), strict=True)
        )


def firm_name(number: int) -> str:
    """Return the name of the firm with that number, without the legal form; no two are alike.

    Of twenty firms eight are called like `Gasolinera Trisa`, seven like `Grupo Sol y Faro`, five
    like `Minera Nordex Valle`; where one kind is used up the last takes over.

    Source: Reglamento para la Autorización de Uso de Denominaciones y Razones Sociales (DOF 14
        September 2012), art. 3: no two firms may be registered under one name.
    Limits: distinct up to 210,000 firms (2.5 million people).
    """
    turn, at = divmod(number, 20)
    if at < 8 and (rank := 8 * turn + at) < len(_TRADES) * _MADE:
        trade, made = divmod(rank * _STRIDE % (len(_TRADES) * _MADE), _MADE)
        return f"{_TRADES[trade]} {_made(made)}"
    if 8 <= at < 15 and (rank := 7 * turn + at - 8) < len(_TRADES) * _PAIRS:
        trade, pair = divmod(rank * _STRIDE % (len(_TRADES) * _PAIRS), _PAIRS)
        first, second = divmod(pair, len(_WORDS) - 1)
        return f"{_TRADES[trade]} {_WORDS[first]} y {_WORDS[second + (second >= first)]}"
    whole = number * _STRIDE % (len(_TRADES) * _MADE * len(_WORDS))
    rest, word = divmod(whole, len(_WORDS))
    trade, made = divmod(rest, _MADE)
    return f"{_TRADES[trade]} {_made(made)} {_WORDS[word]}"


def _made(number: int) -> str:
    head, tail = divmod(number, len(_TAILS))
    return _HEADS[head] + _TAILS[tail]


def shares(rng: Random, count: int) -> list[int]:
    """Return `count` shares in hundredths of a percent that add up to 10,000."""
    if count == 1:
        return [10_000]
    if count == 2 and rng.random() < 0.6:
        first = rng.choice((5_000, 9_900, 5_100, 6_000, 7_500, 9_000))
        return [first, 10_000 - first]
    ends = [0, *sorted(100 * cut for cut in rng.sample(range(1, 100), count - 1)), 10_000]
    return [b - a for a, b in pairwise(ends)]
