"""How well two names are told to be one: labelled pairs, and Mexican pairs made by rule.

The labelled pairs are cut in two by hash; the half called seen was looked at while the method was
made, the other never. F1 is given at the best threshold of the score.

The Mexican pairs are made from the made-up world's names: each listed name is changed in one way
that leaves it the same person's (everyday form, written short, initial, a surname left out, order,
particles, sound) or another's (surnames exchanged, another given name, another first surname).

    PUENTE_DATA=../shared/data python bench/names_pairs.py [--seed 1] [--people 400]

Exit code 1 where a bar is not met.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import OSA

from puente.resolve.names import fold
from puente.screen.entry import ListEntry, Query
from puente.screen.match import CUTOFF, Screener, is_alert
from puente.world.names import NameBook, name_book

DATA = Path(os.environ.get("PUENTE_DATA", Path(__file__).resolve().parents[2] / "shared/data"))
F1_BAR, RECALL_BAR = 0.83, 0.95
SOUNDS = (
    ("V", "B"), ("B", "V"), ("Z", "S"), ("S", "Z"), ("LL", "Y"), ("CE", "SE"),
    ("CI", "SI"), ("GE", "JE"), ("GI", "JI"), ("QUE", "KE"), ("HE", "E"), ("X", "J"),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    given: str
    paternal: str
    maternal: str
    sex: str

    @property
    def listed(self) -> str:
        return f"{self.paternal.upper()} {self.maternal.upper()}, {self.given}"

    def told(self, given: str = "", paternal: str = "", maternal: str = "") -> str:
        parts = (given or self.given, paternal or self.paternal, maternal or self.maternal)
        return " ".join(part for part in parts if part != "-")


Way = Callable[[Person, random.Random, NameBook], "str | None"]


def everyday(person: Person, rng: random.Random, book: NameBook) -> str | None:
    first, _space, rest = person.given.partition(" ")
    forms = book.short_forms.get(first)
    if not forms:
        return None
    given = rng.choice(forms)
    return person.told(given=f"{given} {rest}".strip() if rng.random() < 0.3 else given)


def written_short(person: Person, rng: random.Random, book: NameBook) -> str | None:
    parts = [person.given, person.paternal, person.maternal]
    found = [
        " ".join(book.abbreviations.get(word, word) for word in part.split()) for part in parts
    ]
    if found == parts:
        return None
    if rng.random() < 0.4:
        return f"{found[1]} {found[2]} {found[0]}".upper()
    return " ".join(found)


def initial(person: Person, _rng: random.Random, _book: NameBook) -> str | None:
    words = person.given.split()
    if len(words) < 2:
        return None
    return person.told(given=f"{words[0]} {words[1][0]}.")


def no_maternal(person: Person, _rng: random.Random, _book: NameBook) -> str | None:
    return person.told(maternal="-")


def surnames_first(person: Person, rng: random.Random, _book: NameBook) -> str | None:
    comma = "," if rng.random() < 0.5 else ""
    return f"{person.paternal} {person.maternal}{comma} {person.given}".upper()


def no_second_given(person: Person, _rng: random.Random, _book: NameBook) -> str | None:
    words = person.given.split()
    return person.told(given=words[0]) if len(words) > 1 else None


def sounding(person: Person, rng: random.Random, _book: NameBook) -> str | None:
    plain = [fold(part) for part in (person.given, person.paternal, person.maternal)]
    place = rng.randrange(3)
    fitting = [pair for pair in SOUNDS if pair[0] in plain[place]]
    if not fitting:
        return None
    plain[place] = plain[place].replace(*rng.choice(fitting), 1)
    return " ".join(plain)


def joined_particle(person: Person, _rng: random.Random, _book: NameBook) -> str | None:
    for name in (person.paternal, person.maternal):
        if " " in name:
            return person.told().replace(name, name.replace(" ", ""))
    return None


def swapped(person: Person, rng: random.Random, _book: NameBook) -> str | None:
    if rng.random() < 0.5:
        return f"{person.maternal} {person.paternal}, {person.given}"
    return person.told(paternal=person.maternal, maternal=person.paternal)


def kin(person: Person, rng: random.Random, book: NameBook) -> str | None:
    from puente.resolve.names import given_roots, phonetic

    other = book.given(rng, rng.choice("HM"))
    mine = [fold(word) for word in person.given.split()]
    roots = {root for word in mine for root in given_roots(word)} | {phonetic(w) for w in mine}
    theirs = fold(other).split()
    if any(given_roots(word) & roots or phonetic(word) in roots for word in theirs):
        return None
    return person.told(given=other)


def other_paternal(person: Person, rng: random.Random, book: NameBook) -> str | None:
    other = book.surname(rng)
    known = [fold(name) for name in (person.paternal, person.maternal)]
    # A letter's difference (HERNANDEZ, FERNANDEZ) may be a slip of the pen: possible, and rightly.
    near = any(OSA.distance(fold(other), name) <= 1 for name in known)
    return None if near else person.told(paternal=other)


TRUE: dict[str, Way] = {
    "everyday form": everyday,
    "written short": written_short,
    "initial": initial,
    "no maternal surname": no_maternal,
    "surnames first": surnames_first,
    "no second given name": no_second_given,
    "by sound": sounding,
    "particle joined": joined_particle,
}
FALSE: dict[str, Way] = {
    "surnames exchanged": swapped,
    "kin": kin,
    "another paternal surname": other_paternal,
}


def people(count: int, rng: random.Random, book: NameBook) -> list[Person]:
    found = []
    while len(found) < count:
        sex = "M" if rng.random() < 0.4 else "H"
        paternal, maternal = book.surname(rng), book.surname(rng)
        if fold(paternal) != fold(maternal):
            found.append(
                Person(
                    given=book.given(rng, sex), paternal=paternal, maternal=maternal, sex=sex
                )
            )  # fmt: skip
    return found


def mexican(count: int, seed: int) -> bool:
    """Print hits by way of change; return whether the bars hold."""
    rng, book = random.Random(seed), name_book()
    everyone = people(count, rng, book)
    entries = [
        ListEntry(entity_id=str(n), list="made_up", schema="Person", names=(one.listed,))
        for n, one in enumerate(everyone)
    ]
    screener = Screener(entries)
    asked: list[tuple[str, str, int]] = []
    for way, change in (*TRUE.items(), *FALSE.items()):
        for number, one in enumerate(everyone):
            text = change(one, rng, book)
            if text is not None:
                asked.append((way, text, number))
    queries = [
        Query(id=str(n), names=(text,), schema="Person") for n, (_w, text, _p) in enumerate(asked)
    ]
    began = time.process_time()
    answers = screener.match(queries, cutoff=CUTOFF)
    spent = time.process_time() - began
    hits: dict[str, list[bool]] = defaultdict(list)
    verdicts: dict[str, set[str]] = defaultdict(set)
    for (way, text, number), found in zip(asked, answers, strict=True):
        own = [hit for hit in found if hit.entity_id == str(number)]
        hits[way].append(is_alert(own))
        verdicts[way] |= {hit.verdict for hit in own}
        if is_alert(own) == (way in FALSE) and os.environ.get("SHOW"):
            print(f"  {way}: {text} | {everyone[number].listed}")
    good = True
    for way, found in hits.items():
        share = sum(found) / len(found)
        bar = share == 0 if way in FALSE else share >= RECALL_BAR
        good &= bar
        print(
            f"{way:26s} {sum(found):4d} of {len(found):4d} raise an alert ({share:.3f}),"
            f" verdicts {', '.join(sorted(verdicts[way])) or 'none'}{'' if bar else '  BAR'}"
        )
    print(f"{len(asked)} pairs made by rule, {spent:.2f} CPU-s")
    return good


def is_seen(row: dict[str, str]) -> bool:
    """Tell the half that was looked at while the method was made."""
    return hashlib.sha256(f"{row['name1']}|{row['name2']}".encode()).digest()[0] % 2 == 0


def best_f1(scored: list[tuple[float, bool]]) -> tuple[float, float]:
    """F1 and the threshold at which it is best."""
    best = (0.0, 0.0)
    for cut in sorted({score for score, _same in scored}):
        right = sum(same for score, same in scored if score >= cut)
        wrong = sum(not same for score, same in scored if score >= cut)
        missed = sum(same for score, same in scored if score < cut)
        best = max(best, (2 * right / max(1, 2 * right + wrong + missed), cut))
    return best


def labelled() -> bool:
    """Print F1 on the labelled pairs; return whether the bar holds."""
    with (DATA / "names/labelled_pairs.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    scored: list[tuple[float, bool]] = []
    began = time.process_time()
    for row in rows:
        entry = ListEntry(
            entity_id="1", list="pairs", schema=row["schema"], names=(row["name2"],)
        )  # fmt: skip
        query = Query(id="1", names=(row["name1"],), schema=row["schema"])
        hits = Screener([entry]).match([query], cutoff=0.0)[0]
        scored.append((hits[0].score if hits else 0.0, row["is_match"] == "true"))
    spent = time.process_time() - began
    whole, cut = best_f1(scored)
    print(f"labelled pairs: {len(rows)}, F1 {whole:.3f} at {cut:.3f}; {spent:.2f} CPU-s")
    for name, seen in (("seen", True), ("not seen", False)):
        part = [pair for pair, row in zip(scored, rows, strict=True) if is_seen(row) == seen]
        print(f"  {name}: {len(part)} pairs, F1 {best_f1(part)[0]:.3f}")
    for schema in ("Person", "Company", "Organization", "Vessel"):
        part = [pair for pair, row in zip(scored, rows, strict=True) if row["schema"] == schema]
        print(f"  {schema}: {len(part)} pairs, F1 {best_f1(part)[0]:.3f}")
    return whole >= F1_BAR


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--people", type=int, default=400)
    chosen = ask.parse_args()
    held = [labelled(), mexican(chosen.people, chosen.seed)]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
