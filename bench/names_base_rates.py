"""What screening costs the unlisted: alerts per 100,000 residents, and error rates by group.

100,000 made-up residents, named as often as the made-up world names people, some of them namesakes
of a listed person born in the same year, are screened against the SDN list of 31 January 2022 and
2,000 made-up listed people. From the share of them that raise an alert and the share of damaged
records of listed people that are found follows the predictive value of an alert where 1, 10 and
100 residents of a million are listed.

Groups (sex, one surname, foreign, no CURP) are compared on whole records. Exit code 1 where a
group's rate is more than twice the others' and chance (Fisher, 1 in 100) does not explain it.

    PUENTE_DATA=../shared/data python bench/names_base_rates.py [--people 100000] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from scipy.stats import fisher_exact

from puente.screen.calibration import at_share
from puente.screen.entry import ListEntry, Query
from puente.screen.lists import read_lists
from puente.screen.match import CUTOFF, Screener, is_alert
from puente.world.identity import curp
from puente.world.names import NameBook, name_book

DATA = Path(os.environ.get("PUENTE_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
NAMESAKES = 0.0005
"""Share of residents who bear a listed person's whole name and were born in the same year."""
FOREIGN, ONE_SURNAME, NO_CURP = 0.05, 0.03, 0.15
WIDEST, CHANCE = 2.0, 0.01
FIRST_DAY, DAYS = date(1940, 1, 1), 24_000
PER_MILLION = (1, 10, 100)


@dataclass(frozen=True)
class Resident:
    given: str
    paternal: str
    maternal: str
    sex: str
    birth: date
    foreign: bool
    curp: str

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.given, self.paternal, self.maternal) if part)

    @property
    def gender(self) -> str:
        return "male" if self.sex == "H" else "female"


def resident(rng: random.Random, book: NameBook) -> Resident:
    sex = rng.choice("HM")
    birth = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
    if rng.random() < FOREIGN:
        given, paternal = book.english(rng, sex)
        return Resident(given, paternal, "", sex, birth, True, "")
    given, paternal = book.given(rng, sex), book.surname(rng)
    maternal = "" if rng.random() < ONE_SURNAME else book.surname(rng)
    return registered(Resident(given, paternal, maternal, sex, birth, False, ""), rng)


def registered(one: Resident, rng: random.Random) -> Resident:
    if one.foreign or rng.random() < NO_CURP:
        return replace(one, curp="")
    mark = str(rng.randrange(10)) if one.birth.year < 2000 else rng.choice("ABCDEFGHIJ")
    names = (one.given, one.paternal, one.maternal)
    return replace(one, curp=curp(names, one.birth, one.sex, mark))


def entry(number: int, one: Resident) -> ListEntry:
    family = " ".join(part for part in (one.paternal, one.maternal) if part).upper()
    return ListEntry(
        entity_id=f"made-{number}",
        list="made_up",
        schema="Person",
        names=(f"{family}, {one.given}",),
        birth_dates=(one.birth.isoformat(),),
        genders=(one.gender,),
        curps=(one.curp,) if one.curp else (),
    )


def namesake(one: Resident, rng: random.Random) -> Resident:
    day = date(one.birth.year, 1, 1) + timedelta(days=rng.randrange(365))
    return registered(replace(one, birth=day), rng)


def mistaken(day: date, rng: random.Random) -> date:
    """A date as registers get it wrong: a digit, day and month exchanged, the year, New Year."""
    slip = rng.randrange(4)
    if slip == 0:
        return day + timedelta(days=rng.choice((-1, 1)))
    if slip == 1 and day.day <= 12:
        return date(day.year, day.day, day.month)
    if slip == 2:
        leap = (day.month, day.day) == (2, 29)
        return day.replace(year=day.year + rng.choice((-1, 1)), day=28 if leap else day.day)
    return date(day.year, 1, 1)


def damaged(one: Resident, rng: random.Random) -> Resident:
    """The record of a listed person as another register has it: a slip, a name left out."""
    words = one.given.split()
    if len(words) > 1 and rng.random() < 0.4:
        words = words[:1]
    paternal, maternal = one.paternal, one.maternal
    if maternal and rng.random() < 0.15:
        maternal = ""
    if rng.random() < 0.3:
        at = rng.randrange(len(paternal) - 1)
        paternal = paternal[:at] + paternal[at + 1] + paternal[at] + paternal[at + 2 :]
    birth = mistaken(one.birth, rng) if rng.random() < 0.1 else one.birth
    code = one.curp if rng.random() < 0.7 else ""
    return replace(
        one, given=" ".join(words), paternal=paternal, maternal=maternal, birth=birth, curp=code
    )


Told = Callable[[int, Resident], Query]


def by_name(number: int, one: Resident) -> Query:
    return Query(id=str(number), names=(one.name,), schema="Person")


def with_year(number: int, one: Resident) -> Query:
    return replace(by_name(number, one), birth_dates=(str(one.birth.year),), genders=(one.gender,))


def with_day(number: int, one: Resident) -> Query:
    days = (one.birth.isoformat(),)
    return replace(by_name(number, one), birth_dates=days, genders=(one.gender,))


def whole(number: int, one: Resident) -> Query:
    return replace(with_day(number, one), curps=(one.curp,) if one.curp else ())


TOLD: dict[str, Told] = {
    "name alone": by_name,
    "and birth year, sex": with_year,
    "and birth date, sex": with_day,
    "and CURP": whole,
}


def alerts(screener: Screener, people: Sequence[Resident], told: Told) -> list[float]:
    """Best score of an alert of each; 0 without one."""
    found: list[float] = []
    for start in range(0, len(people), 5_000):
        part = people[start : start + 5_000]
        queries = [told(start + n, one) for n, one in enumerate(part)]
        for hits in screener.match(queries):
            raised = is_alert(hits)
            found.append(max((h.score for h in hits if is_alert([h])), default=0) if raised else 0)
    return found


def found_shares(screener: Screener, listed: Sequence[Resident], told: Told) -> list[bool]:
    queries = [told(n, one) for n, one in enumerate(listed)]
    return [
        is_alert([hit for hit in hits if hit.entity_id == f"made-{n}"])
        for n, hits in enumerate(screener.match(queries))
    ]


GROUPS: dict[str, tuple[Callable[[Resident], bool], Callable[[Resident], bool]]] = {
    "women / men": (lambda p: p.sex == "M", lambda p: p.sex == "H"),
    "one surname / two": (
        lambda p: not p.maternal and not p.foreign, lambda p: bool(p.maternal)
    ),
    "foreign / Mexican": (lambda p: p.foreign, lambda p: not p.foreign),
    "no CURP / CURP": (lambda p: not p.curp and not p.foreign, lambda p: bool(p.curp)),
}  # fmt: skip


def compared(name: str, people: Sequence[Resident], wrong: Sequence[bool]) -> bool:
    """Print the error rates of each pair of groups; return whether no gap is too wide."""
    good = True
    for groups, (first, second) in GROUPS.items():
        counts = []
        for inside in (first, second):
            own = [bad for one, bad in zip(people, wrong, strict=True) if inside(one)]
            counts.append((sum(own), len(own)))
        (a, n), (b, m) = counts
        p = float(fisher_exact([[a, n - a], [b, m - b]]).pvalue)
        rates = sorted((a / max(n, 1), b / max(m, 1)))
        wide = rates[1] > WIDEST * rates[0] and p < CHANCE
        good &= not wide
        print(
            f"  {name}, {groups}: {a} of {n} ({a / max(n, 1):.5f}) and {b} of {m}"
            f" ({b / max(m, 1):.5f}), p {p:.3f}{'  MORE THAN TWICE' if wide else ''}"
        )
    return good


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--people", type=int, default=100_000)
    ask.add_argument("--listed", type=int, default=2_000)
    chosen = ask.parse_args()
    rng, book = random.Random(chosen.seed), name_book()
    listed = [resident(rng, book) for _n in range(chosen.listed)]
    entries = [*read_lists([DATA / "ofac/2022-01-31"]), *map(entry, range(chosen.listed), listed)]
    screener = Screener(entries)
    people = [
        namesake(rng.choice(listed), rng) if rng.random() < NAMESAKES else resident(rng, book)
        for _n in range(chosen.people)
    ]
    records = [damaged(one, rng) for one in listed]
    print(f"{chosen.people} residents, {len(screener.entries)} entries, cutoff {CUTOFF}")
    good = True
    for name, told in TOLD.items():
        began = time.process_time()
        scores = alerts(screener, people, told)
        spent = time.process_time() - began
        false = sum(score > 0 for score in scores)
        recall = sum(found_shares(screener, records, told)) / len(records)
        rate = false / len(people)
        values = [
            recall * share / (recall * share + rate * (1 - share))
            for share in (count / 1e6 for count in PER_MILLION)
        ]
        if told is by_name:
            # Told for what it is: names are all there is to go by, and nothing can make them even.
            compared("name alone, not held to the bar", people, [score > 0 for score in scores])
        told_values = ", ".join(
            f"{value:.4f} at {count}" for value, count in zip(values, PER_MILLION, strict=True)
        )
        print(
            f"{name}: {rate * 100_000:.0f} alerts per 100,000, {recall:.3f} of listed found;"
            f" predictive value {told_values} per million; {spent:.1f} CPU-s"
        )
    best = max(scores, default=0.0)
    print(f"best false score {best:.3f}, at 10 listed per million {at_share(best, 10):.5f}")
    good &= compared("false alerts", people, [score > 0 for score in scores])
    missed = [not hit for hit in found_shares(screener, records, whole)]
    good &= compared("missed", records, missed)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
