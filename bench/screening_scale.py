"""What screening costs as the list grows: 23,900 names to a million, and a customer file in blocks.

The names are made up. Words come as they do in a real list: a new one ever more rarely (the
vocabulary grows as the 0.69th power of the words written, which gives the SDN list's 19,000 words
at its 62,000 and 250,000 at a million names), else one used before, the oftener used the likelier;
a new word is made letter by letter as the listed ones are. Prints CPU seconds per 1,000 questions
with reasons, of which half are damaged listed names, the build, the size of the files, how long
opening them takes, and the memory.

    PUENTE_DATA=../shared/data python bench/screening_scale.py [--names N] [--customers N]
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from screening import CLASSES, DATA, words

from puente.screen.batch import Options, screen_files
from puente.screen.entry import ListEntry, Query
from puente.screen.index_files import ListIndex, open_index, write_index
from puente.screen.lists import read_lists
from puente.screen.match import Screener

if TYPE_CHECKING:
    from collections.abc import Iterator

GROWTH, FIRST = 0.31, 6.5
NAMES_AN_ENTRY = (1, 1, 2, 2, 3, 4)


class Coiner:
    """Makes words letter by letter, as likely as their three letters before make them."""

    def __init__(self, models: list[str]) -> None:
        self.after: dict[str, list[str]] = defaultdict(list)
        for word in models:
            text = f"^^{word}$"
            for at in range(2, len(text)):
                self.after[text[at - 2 : at]].append(text[at])

    def word(self, rng: random.Random) -> str:
        while True:
            text = "^^"
            while not text.endswith("$") and len(text) < 18:
                text += rng.choice(self.after[text[-2:]])
            if len(text.strip("^$")) > 2:
                return text.strip("^$")


def made_up(count: int, entries: list[ListEntry], seed: int) -> list[ListEntry]:
    """Entries that bear `count` names in all."""
    rng = random.Random(seed)
    coiner = Coiner(sorted({w for e in entries for n in e.names for w in words(n.upper())}))
    used: list[str] = []
    found: list[ListEntry] = []
    held = 0
    while held < count:
        names = []
        for _name in range(min(rng.choice(NAMES_AN_ENTRY), count - held)):
            own = []
            for _word in range(rng.choice((2, 2, 3, 3, 3, 4))):
                new = rng.random() < FIRST * (len(used) + 1) ** -GROWTH
                own.append(coiner.word(rng) if new or not used else rng.choice(used))
                used.append(own[-1])
            names.append(" ".join(own).title())
        held += len(names)
        found.append(
            ListEntry(
                entity_id=f"made-up-{len(found):07d}", list="made_up", schema="Person",
                names=tuple(names), birth_dates=(str(rng.randrange(1940, 2005)),),
            )
        )  # fmt: skip
    return found


def questions(entries: list[ListEntry], count: int, seed: int) -> list[Query]:
    """Half damaged listed names, half people who are not listed."""
    rng = random.Random(seed)
    kinds = sorted(CLASSES)
    asked = []
    for number in range(count // 2):
        name = rng.choice(rng.choice(entries).names)
        fits = len(words(name)) > 1
        asked.append(CLASSES[kinds[number % len(kinds)]](name, rng) if fits else name)
    with (DATA / "names/unlisted_people_global.csv").open(encoding="utf-8") as handle:
        asked += [r["full_name"] for r in rng.sample(list(csv.DictReader(handle)), count // 2)]
    return [Query(id=str(n), names=(name,)) for n, name in enumerate(asked)]


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def timed(entries: list[ListEntry], asked: list[Query], folder: Path) -> float:
    """Print what a list costs; return CPU seconds per 1,000 questions."""
    began = time.process_time()
    built = ListIndex.of(entries)
    spent = time.process_time() - began
    names, vocabulary = len(built.names.entity), len(built.names.words)
    began = time.process_time()
    path = write_index(built, folder)
    wrote = time.process_time() - began
    size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
    del built
    began = time.process_time()
    screener = Screener(open_index(path))
    opened = time.process_time() - began
    screener.match(asked[:20])
    began = time.process_time()
    answers = screener.match(asked)
    cost = (time.process_time() - began) / len(asked) * 1_000
    began = time.process_time()
    screener.match(asked)
    warm = (time.process_time() - began) / len(asked) * 1_000
    hits = sum(bool(a) for a in answers)
    print(
        f"{names:>9,} names, {vocabulary:,} words: built {spent:.2f}, written {wrote:.2f}"
        f" ({size:.0f} MB), opened {opened:.2f} CPU-s; {cost:.3f} CPU-s per 1,000 questions"
        f" (the words known: {warm:.3f}), {hits} with hits; peak {peak_mb()} MB",
        flush=True,
    )
    return cost


def customer_rows(count: int, entries: list[ListEntry], seed: int) -> Iterator[list[str]]:
    rng = random.Random(seed)
    with (DATA / "names/unlisted_people_global.csv").open(encoding="utf-8") as handle:
        people = list(csv.DictReader(handle))
    first = [p["first_name"] for p in people if p["first_name"]]
    last = [p["last_name"] for p in people if p["last_name"]]
    for number in range(count):
        if rng.random() < 0.001:
            name = rng.choice(rng.choice(entries).names)
        else:
            name = f"{rng.choice(first)} {rng.choice(last)} {rng.choice(last)}"
        yield [f"c{number}", name, "Person", f"{rng.randrange(1940, 2005)}"]


def file_of_customers(count: int, entries: list[ListEntry], folder: Path) -> None:
    """Screen a made-up customer file; print time and memory."""
    path = folder / "customers.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", "name", "schema", "birth_date"])
        writer.writerows(customer_rows(count, entries, 3))
    seen: list[int] = []

    def at(done: int) -> None:
        if done * 10 // count > len(seen):
            seen.append(peak_mb())

    began = time.process_time()
    lists = [DATA / "ofac/2022-01-31"]
    report = screen_files(lists, path, folder / "answers.jsonl", Options(), at)
    spent = time.process_time() - began
    print(
        f"{report.asked:,} customers ({path.stat().st_size / 1e6:.0f} MB) against"
        f" {report.entries:,} entries: {spent:.0f} CPU-s, {report.alerts:,} alerts; peak MB after"
        f" each tenth: {seen}"
    )


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--names", type=int, default=1_000_000)
    ask.add_argument("--customers", type=int, default=0)
    ask.add_argument("--seed", type=int, default=1)
    chosen = ask.parse_args()
    real = list(read_lists([DATA / "ofac/2022-01-31"]))
    with tempfile.TemporaryDirectory(prefix="puente-bench-") as name:
        folder = Path(name)
        if chosen.customers:
            file_of_customers(chosen.customers, real, folder)
            return
        people = [e for e in real if e.schema == "Person" and e.names]
        print("the SDN list of 31 January 2022")
        timed(real, questions(people, 1_000, chosen.seed), folder)
        print("made-up lists")
        costs = []
        for count in sorted({23_900, 100_000, chosen.names}):
            entries = made_up(count, people, chosen.seed)
            costs.append(timed(entries, questions(entries, 1_000, chosen.seed), folder))
        print(f"{chosen.names:,} names cost {costs[-1] / costs[0]:.1f} times 23,900")


if __name__ == "__main__":
    main()
