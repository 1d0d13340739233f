"""Notes of newspapers on crime and violence, as researchers coded them: silence is not absence.

One row is one note: a day, a municipality, the groups that it names, how many died. A group is
named in 2 to 4 notes of 100; where one is named depends on the newspapers and the population of a
place more than on the groups, so a municipality without a note that names one is a municipality
of which nothing is known. A deed that several newspapers tell of has several notes: adding up
their amounts counts its dead as often.

Source: CIDE, Programa de Política de Drogas, press monitor (2022, 2023).
Limits: a note names a group; nobody has checked that it was there. Persons, texts and links are
not read, whatever columns a file has. Wounded, arrests and bodies are summed as facts only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.counting import FULL, Met
from puente.ingest.reading import Layout, Table, read_table
from puente.ingest.source import (
    Batch,
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    date_in_name,
    files_below,
)
from puente.model.dates import parse_date
from puente.model.places import place_code
from puente.model.text import clean_text, fold, slug
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INFO = SourceInfo(
    name="press_monitor",
    title="Monitor de prensa, Programa de Política de Drogas (silence is not absence)",
    agency="CIDE-PPD",
    country="mx",
    record_class="public_list",
    reliability="C",
    credibility="4",
    marking="TLP:CLEAR",
    stage=2,
    url="https://politicadedrogas.org",
    licence="cite CIDE-PPD",
    cadence="irregular",
    obtained="read in newspapers by researchers; where no note names a group, nothing is known",
)
KIND = "press_note"

_COLUMNS: dict[str, re.Pattern[str]] = {
    "day": re.compile(r"event_date|fecha_de(?:l|_los)?_hechos?"),
    "published": re.compile(r"published|fecha_de_publicacion"),
    "place": re.compile(r"cvegeo"),
    "groups": re.compile(r"groups?\d*|grupos?_?\d*"),
    "alliances": re.compile(r"alliances?\d*|alianzas?_?\d*"),
    "rivals": re.compile(r"rivals?\d*|rivales_?\d*"),
    "deaths": re.compile(r"homicides|homic_total|homicidios(?:_total)?"),
    "wounded": re.compile(r"wounded|heridos(?:_total)?"),
    "arrests": re.compile(r"arrests|detenidos(?:_total)?"),
    "bodies": re.compile(r"bodies|cuerpos_localizados"),
}
"""What is read, by the columns' names; every other column is left where it is."""

_SUMS = {
    "deaths": "homicides told of",
    "wounded": "wounded",
    "arrests": "arrests",
    "bodies": "bodies found",
}
_NO_GROUP = {"", "na", "n a", "ninguno", "ninguna", "none"}
_UNNAMED = {"sin especificar", "no especificado", "no identificado", "sin identificar"}


@dataclass(frozen=True, slots=True)
class PressMonitor:
    """Reads the tables of notes; their columns were renamed over the years."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`, oldest first."""
        found = [
            SourceFile(path=path, source=INFO.name, published=date_in_name(path.stem))
            for path in files_below(root, "press_monitor*.csv", "*monitor*prensa*.csv")
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield an event of kind `press_note` for every note, and never a person.

        Raises: InvalidData: no column of a date, or none of the groups.
        """
        table = read_table(context, Layout(encodings=("utf-8", "cp1252")))
        columns = _columns(table)
        if not (columns["day"] or columns["published"]) or not columns["groups"]:
            message = _("not a press monitor: no column of a date, or none of the groups named")
            raise InvalidData(message, file=file.path, line=1)
        reader = _Reader(context, columns)
        for item in table.rows:
            if isinstance(item, Reject):
                # What a row of another width holds where is not known: it may be a person.
                yield Reject(line=item.line, reason=item.reason, raw="")
                continue
            line, cells = item
            try:
                reader.row(cells)
            except InvalidData as error:
                yield Reject(line=line, reason=error.reason, raw=",".join(reader.kept(cells))[:500])
            if len(reader.events) >= FULL:
                yield reader.batch()
        yield reader.batch()
        reader.state()


def _columns(table: Table) -> dict[str, list[int]]:
    names = [slug(name) for name in table.header]
    return {
        key: [at for at, name in enumerate(names) if pattern.fullmatch(name)]
        for key, pattern in _COLUMNS.items()
    }


@dataclass(slots=True)
class _Reader:
    """Turns notes into events."""

    context: LoadContext
    columns: dict[str, list[int]]
    events: list[dict[str, object]] = field(default_factory=list)
    met: Met = field(init=False)
    notes: int = 0
    named: int = 0
    alike: dict[str, int] = field(default_factory=dict)
    _days: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.met = Met(self.context)

    def kept(self, cells: list[str]) -> list[str]:
        """Return the cells of the columns that are read, and of no other."""
        return [cells[at] for at in sorted(at for held in self.columns.values() for at in held)]

    def row(self, cells: list[str]) -> None:
        """Add the event of one note.

        Raises: InvalidData: no day, or what is no place or count.
        """
        day = self._first("day", cells) or self._first("published", cells)
        at = self._days.get(day) or self._day(day)
        code = self._first("place", cells)
        place = place_code(code) if code else ""
        deaths = self._count("deaths", cells)
        sums = {key: self._count(key, cells) for key in _SUMS if key != "deaths"}
        group = "; ".join(self._named("groups", cells))
        others = [key for key in ("alliances", "rivals") if self._named(key, cells)]
        self.events.append(
            {
                "event_id": self._id(cells),
                "kind": KIND,
                "at": at,
                "place": place,
                "from_id": "",
                "to_id": "",
                "category": group,
                "amount": None if deaths is None else float(deaths),
                "unit": "homicides" if self.columns["deaths"] else "",
                "latitude": None,
                "longitude": None,
                "authority": "",
            }
        )
        self._tally(place, group, others)
        if not self._first("day", cells):
            self.context.fact("notes dated by their publication")
        for key, value in {"deaths": deaths, **sums}.items():
            if self.columns[key]:
                self.context.fact(_SUMS[key], value or 0)
        self.met.months.add(at[:7])

    def batch(self) -> Batch:
        """Return the events as a batch and forget them."""
        rows, self.events = self.events, []
        return Batch(table="events", rows=rows)

    def state(self) -> None:
        """Add to the facts how many notes name a group, the months and the places."""
        context = self.context
        context.fact("notes", self.notes)
        context.fact("notes that name a group", self.named)
        if self.notes:
            context.fact("notes that name a group, in 1,000", round(1000 * self.named / self.notes))
        context.fact("notes that read like another", sum(n - 1 for n in self.alike.values()))
        self.met.state()

    def _tally(self, place: str, group: str, others: list[str]) -> None:
        fact = self.context.fact
        self.notes += 1
        if fold(group) in _UNNAMED:
            fact("notes of a group that is not specified")
        elif group:
            self.named += 1
        for key in others:
            fact(f"notes that name {key}")
        if place:
            self.met.place(place)
        else:
            fact("notes without a place")

    def _id(self, cells: list[str]) -> str:
        text = "\x1f".join(self.kept(cells))
        number = self.alike[text] = self.alike.get(text, 0) + 1
        key = blake2b(f"{text}\x1f{number}".encode(), digest_size=8).hexdigest()
        return f"ppd-{key}"

    def _first(self, key: str, cells: list[str]) -> str:
        return next((text for at in self.columns[key] if (text := cells[at].strip())), "")

    def _named(self, key: str, cells: list[str]) -> list[str]:
        texts = (clean_text(cells[at]) for at in self.columns[key])
        return [text for text in texts if fold(text) not in _NO_GROUP]

    def _count(self, key: str, cells: list[str]) -> int | None:
        text = self._first(key, cells)
        try:
            return parse_count(text)
        except InvalidData as error:
            raise InvalidData(f"{key}: {error.reason}: {text[:40]!r}") from None

    def _day(self, text: str) -> str:
        date = parse_date(text, day_first=True)
        if date.precision != "day":
            raise InvalidData("the note has no day")
        return self._days.setdefault(text, date.iso)


SOURCES = (PressMonitor(),)
