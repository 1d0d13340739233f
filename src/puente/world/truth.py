"""The truth of the world, written apart. No room but this one may name its folder."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TextIO

from puente.world.agencies.register import folio_of, percent
from puente.world.agencies.victims import RECORDS as VICTIMS
from puente.world.crime import FIRST_YEAR, MONTHS, RECORD_TYPES
from puente.world.network_firms import blocked_firms
from puente.world.scene import LAST_DAY
from puente.world.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from puente.world.agencies.land import Parcel
    from puente.world.network import Node
    from puente.world.network_firms import Held
    from puente.world.scene import Scene
    from puente.world.sheets import Fault, Lines, Row

FOLDER = "truth"
_HEADERS = {
    "people": ("entity_id", "person", "file", "line"),
    "subjects": ("entity_id", "person", "file", "line"),
    "companies": ("entity_id", "firm", "file", "line"),
    "vehicles": ("entity_id", "vehicle", "file", "line"),
}


@dataclass(slots=True, kw_only=True)
class Truth:
    """Writes who is who while the files are written (as a context manager), and then the rest.

    Attributes:
        folder: the folder of the truth.
        scene: the world.
        mentions: rows written so far, by kind.
    """

    folder: Path
    scene: Scene
    mentions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_HEADERS, 0))
    _handles: dict[str, TextIO] = field(default_factory=dict)
    _writers: dict[str, Any] = field(default_factory=dict)
    _officials: set[str] = field(default_factory=set)
    _members: dict[Node, list[str]] = field(default_factory=dict)
    _recorded: list[int] = field(default_factory=list)
    _listed: set[Node] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        for name, header in _HEADERS.items():
            handle = (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="")
            self._handles[name] = handle
            self._writers[name] = csv.writer(handle, lineterminator="\n")
            self._writers[name].writerow(header)
        self._recorded = [0] * len(self.scene.country.places)
        return self

    def __exit__(self, *_error: object) -> None:
        for handle in self._handles.values():
            handle.close()

    def note(self, row: Row, file: str, line: int) -> None:
        """Write whom and what a row speaks of."""
        for entity_id, number in row.people:
            self._note("people", entity_id, ("p", number), f"{file},{line}")
        for entity_id, number in row.subjects:
            # No member of the network: a job that held back such records can reach none of them.
            self._write("subjects", entity_id, f"p{number}", f"{file},{line}")
        for entity_id, number in row.officials:
            if entity_id not in self._officials:
                self._officials.add(entity_id)
                self._note("people", entity_id, ("p", number), f"{file},{line}")
        for entity_id, number in row.firms:
            self._note("companies", entity_id, ("f", number), f"{file},{line}")
        for entity_id, number in row.dealers:
            if entity_id not in self._officials:
                self._officials.add(entity_id)
                self._note("companies", entity_id, ("d", number), f"{file},{line}")
        for entity_id, key in row.vehicles:
            self._vehicle(entity_id, key, file, line)

    def note_lines(self, lines: Lines, file: str, first: int) -> None:
        """Write which vehicles some lines speak of for the first time; `first` is their line."""
        for entity_id, key, offset in lines.vehicles:
            self._vehicle(entity_id, key, file, first + offset)

    def note_listed(self, entity_id: str, node: Node, line: int) -> None:
        """Write whom an entry of the sanctions list speaks of."""
        self._listed.add(node)
        self._note("people" if node[0] == "p" else "companies", entity_id, node, f"sdn.csv,{line}")

    def count_month(self, tallies: Mapping[str, Sequence[int]]) -> None:
        """Add a month's complaints to what each place has on paper."""
        for kind in RECORD_TYPES:
            if not kind.hard:
                for place, count in enumerate(tallies[kind.name]):
                    self._recorded[place] += count

    def write_rest(self, faults: Iterable[Fault], silent: Mapping[tuple[str, int], int]) -> None:
        """Write the network, the places, and what is damaged."""
        self._table("network", _NETWORK, self._network())
        self._table("ties", ("one", "other", "kind", "month"), self._ties())
        self._table("places", _PLACES, self._places())
        self._table("records", ("record", "channel", "publisher", "law_enforcement"), _records())
        damaged = ((fault.file, fault.line, fault.fault) for fault in faults)
        self._table("rejects", ("file", "line", "fault"), damaged)
        self._table("silent", ("publisher", "place", "first_month", "months"), self._silent(silent))
        (self.folder / "README.md").write_text(shipped("truth_readme.md"), encoding="utf-8")

    def write_blocked(self, land: Mapping[str, Parcel]) -> None:
        """Write what the 50 percent rule says of firms, and of `land` by entity id."""
        header = ("entity_id", "firm", "status", "low", "high")
        self._table("blocked", header, self._blocked(land))

    def write_hidden(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Write which records are not what they say: kind, number, what in truth, and whose."""
        self._table("hidden", ("kind", "record", "what", "node"), rows)

    def write_twins(self, twins: Iterable[tuple[str, str, int]]) -> None:
        """Write which plates two vehicles bear: plate, the true one, since when."""
        rows = ((plate, key, _month(month)) for plate, key, month in twins)
        self._table("twin_plates", ("plate", "vehicle", "since"), rows)

    # --- tables ---

    def _note(self, name: str, entity_id: str, node: Node, where: str) -> None:
        self._write(name, entity_id, f"{node[0]}{node[1]}", where)
        if node in self.scene.plan.roles:
            self._members.setdefault(node, []).append(entity_id)

    def _vehicle(self, entity_id: str, key: str, file: str, line: int) -> None:
        self._write("vehicles", entity_id, key, f"{file},{line}")

    def _write(self, name: str, entity_id: str, key: str, where: str) -> None:
        file, line = where.rsplit(",", 1)
        self._writers[name].writerow((entity_id, key, file, line))
        self.mentions[name] += 1

    def _table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    def _network(self) -> Iterator[Sequence[object]]:
        plan = self.scene.plan
        listed = set(plan.listed)
        for node, role in plan.roles.items():
            steps = plan.steps.get(node, "")
            innocent = "true" if plan.is_innocent(node) else "false"
            for entity_id in self._members.get(node, []):
                yield (entity_id, f"{node[0]}{node[1]}", role, steps, innocent,
                       "true" if node in listed else "false")  # fmt: skip

    def _ties(self) -> Iterator[Sequence[object]]:
        for tie in self.scene.plan.ties:
            one, other = (f"{kind}{number}" for kind, number in (tie.one, tie.other))
            yield one, other, tie.kind, _month(tie.month)

    def _blocked(self, land: Mapping[str, Parcel]) -> Iterator[Sequence[object]]:
        # Everybody on the list counts, also who is there for something else and by chance owns.
        people = frozenset(n for kind, n in self._listed if kind == "p")
        listed = frozenset(n for kind, n in self._listed if kind == "f")
        register = self.scene.register
        held: dict[int, Held] = {number: register.firm(number) for number in range(register.size)}
        names = {number: (f"rpc-emp-{folio_of(number)}", f"f{number}") for number in held}
        # A parcel holds nothing, so any number that no firm has will do.
        for number, (entity_id, parcel) in enumerate(land.items(), start=register.size):
            held[number], names[number] = parcel, (entity_id, f"r{parcel.folio}")
        for number, result in blocked_firms(held, people, listed, LAST_DAY).items():
            if number not in listed and (result.high or number in self.scene.plan.firms):
                yield (*names[number], result.status, percent(result.low), percent(result.high))

    def _places(self) -> Iterator[Sequence[object]]:
        places = self.scene.country.places
        rates = [100_000 * n / p.population for n, p in zip(self._recorded, places, strict=True)]
        middle = sorted(rates)[len(rates) // 2]
        for place, hidden, rate in zip(places, self.scene.hidden, rates, strict=True):
            controlled = hidden.control_from >= 0
            yield (
                place.code, place.name, place.population, f"{hidden.intensity:.4f}",
                f"{hidden.culture:.4f}", f"{hidden.mobility:.4f}", str(controlled).lower(),
                _month(hidden.control_from) if controlled else "", f"{rate:.1f}",
                str(rate < middle).lower(),
            )  # fmt: skip

    def _silent(self, silent: Mapping[tuple[str, int], int]) -> Iterator[Sequence[object]]:
        from puente.world.agencies.statistics import SILENT_MONTHS

        for (publisher, place), start in sorted(silent.items()):
            code = self.scene.country.places[place].code
            yield publisher, code, _month(start), min(SILENT_MONTHS, MONTHS - start)


_NETWORK = ("entity_id", "node", "role", "steps", "innocent", "listed")
_PLACES = ("place", "name", "population", "intensity", "culture", "mobility", "controlled",
           "control_from", "recorded_per_100k", "quiet_on_paper")  # fmt: skip


def _records() -> Iterator[Sequence[object]]:
    for kind in RECORD_TYPES:
        channel = "hard" if kind.hard else "suppressible"
        yield kind.name, channel, kind.publisher, str(kind.law_enforcement).lower()
    # Whoever does not complain is no victim on paper either.
    for record in VICTIMS:
        yield record, "suppressible", "prosecutors", "true"


def _month(number: int) -> str:
    return f"{FIRST_YEAR + number // 12}-{number % 12 + 1:02d}"
