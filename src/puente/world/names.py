"""What people and firms in this world are called, with frequencies as skewed as real ones.

The common names are those that any Mexican or US telephone book begins with; several thousand
rarer surnames are put together from syllables, because a long tail is what makes a surname tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from puente.world.chance import Weighted, chance
from puente.world.shipped import lines_of, sections, words_of

if TYPE_CHECKING:
    from random import Random

RARE_SURNAMES = 5_000
RARE_SHARE = 0.09
"""Share of people who bear a surname of the long tail: a choice, near what registers show."""

_ONSETS = (
    "A", "Aba", "Ara", "Ba", "Be", "Bor", "Ca", "Cha", "Cho", "Cu", "Da", "E", "Eche", "Fo", "Ga",
    "Goi", "Gor", "Hi", "Hue", "I", "Iba", "Ira", "Ja", "La", "Le", "Li", "Lla", "Ma", "Men", "Mi",
    "Na", "O", "Ola", "Pa", "Pe", "Que", "Ra", "Re", "Sa", "So", "Ta", "Te", "Tu", "U", "Urre",
    "Va", "Ve", "Vi", "Xo", "Ya", "Yo", "Za", "Zu",
)  # fmt: skip
_MIDDLES = (
    "", "ba", "be", "ca", "che", "da", "di", "ga", "gue", "la", "le", "ma", "mi", "na", "ne", "ra",
    "ri", "sa", "ta", "ti", "va", "za",
)  # fmt: skip
_ENDINGS = (
    "barren", "beitia", "cal", "cilla", "dal", "doza", "gar", "goa", "güen", "jal", "lano", "let",
    "liz", "lla", "món", "nal", "nedo", "nez", "ño", "quiza", "rain", "rán", "rejo", "rril", "rte",
    "sco", "tal", "tegui", "tón", "valo", "ya", "zabal", "zar",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NameBook:
    """Every name of the world, ready to be drawn."""

    surnames: Weighted
    rare: tuple[str, ...]
    men: Weighted
    women: Weighted
    english_surnames: Weighted
    english_men: Weighted
    english_women: Weighted
    compounds: dict[str, tuple[str, ...]]
    short_forms: dict[str, tuple[str, ...]]
    abbreviations: dict[str, str]

    def surname(self, rng: Random) -> str:
        """Return a Mexican surname, particles included: `de la Cruz`."""
        return self.surnames.draw(rng)

    def given(self, rng: Random, sex: str) -> str:
        """Return the given names of a Mexican man (`H`) or woman (`M`): one, two, rarely three."""
        if rng.random() < 0.17:
            pairs = self.compounds[sex]
            return pairs[int(rng.random() * rng.random() * len(pairs))]
        book = self.men if sex == "H" else self.women
        first = book.draw(rng)
        if rng.random() < 0.42:
            return first
        second = book.draw(rng)
        return first if second == first else f"{first} {second}"

    def english(self, rng: Random, sex: str) -> tuple[str, str]:
        """Return the given names (with a middle name or initial) and surname of a US person."""
        book = self.english_men if sex == "H" else self.english_women
        given, middle = book.draw(rng), book.draw(rng)
        if middle != given and rng.random() < 0.7:
            given = f"{given} {middle if rng.random() < 0.5 else middle[0]}"
        return given, self.english_surnames.draw(rng)


@cache
def name_book() -> NameBook:
    """Return the names of the world, read once; they do not hang on the seed."""
    english = sections("english.txt")
    short = sections("short_forms.txt")
    return NameBook(
        surnames=_surnames(),
        rare=rare_surnames(),
        men=_skewed(words_of("given_male.txt"), offset=4.0, power=1.15),
        women=_skewed(words_of("given_female.txt"), offset=4.0, power=1.15),
        english_surnames=_skewed(" ".join(english["surname"]).split(), offset=6.0, power=1.0),
        english_men=_skewed(" ".join(english["male"]).split(), offset=8.0, power=1.0),
        english_women=_skewed(" ".join(english["female"]).split(), offset=8.0, power=1.0),
        compounds=_compounds(),
        short_forms={key: tuple(v.split(", ")) for key, v in _pairs(short["hypocorism"])},
        abbreviations=dict(_pairs(short["abbreviation"])),
    )


@cache
def rare_surnames() -> tuple[str, ...]:
    """Return the made-up surnames of the long tail, each once, none of them a common one."""
    rng = chance(0, "rare surnames")
    known = set(words_of("surnames.txt"))
    found: list[str] = []
    while len(found) < RARE_SURNAMES:
        name = rng.choice(_ONSETS) + rng.choice(_MIDDLES) + rng.choice(_ENDINGS)
        if len(name) >= 4 and name not in known:
            known.add(name)
            found.append(name)
    return tuple(found)


def _surnames() -> Weighted:
    common = words_of("surnames.txt")
    weights = [1 / (rank + 9.0) ** 1.12 for rank in range(len(common))]
    tail = sum(weights) * RARE_SHARE / (1 - RARE_SHARE) / RARE_SURNAMES
    return Weighted([*common, *rare_surnames()], weights + [tail] * RARE_SURNAMES)


def _skewed(words: list[str], *, offset: float, power: float) -> Weighted:
    return Weighted(words, [1 / (rank + offset) ** power for rank in range(len(words))])


def _pairs(lines: list[str]) -> list[tuple[str, str]]:
    return [(key, value) for key, _colon, value in (line.partition(": ") for line in lines)]


def _compounds() -> dict[str, tuple[str, ...]]:
    return {line[0]: tuple(line[2:].split("|")) for line in lines_of("compounds.txt")}
