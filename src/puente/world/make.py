"""Makes the made-up world: read `make_world` for the story."""

from __future__ import annotations

import csv
import json
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData
from puente.i18n import gettext as _
from puente.world.agencies.arms import ArmsTracing
from puente.world.agencies.bank_reports import CurrencyReports, SuspicionReports
from puente.world.agencies.border import CustomsPort
from puente.world.agencies.calls import CallRecords
from puente.world.agencies.customs import CargoDeclarations
from puente.world.agencies.detention_register import DetentionRegister
from puente.world.agencies.emergency import EmergencyCalls
from puente.world.agencies.federal import FederalProsecutor
from puente.world.agencies.intelligence import IntelligenceUnit
from puente.world.agencies.investigations import Investigators
from puente.world.agencies.land import LandRegister
from puente.world.agencies.listed import FOLDER, ListWriter
from puente.world.agencies.money import FinancialUnit
from puente.world.agencies.municipal import MunicipalPolice
from puente.world.agencies.national_reports import FORCES, ReportingPolice
from puente.world.agencies.parcels import ParcelDeclarations
from puente.world.agencies.plate_readers import PlateReaders
from puente.world.agencies.prosecutors import OFFICES, StateProsecutor
from puente.world.agencies.register import CompanyRegister
from puente.world.agencies.statistics import Statistics
from puente.world.agencies.victims import VictimCounts
from puente.world.crime import FIRST_YEAR, MONTHS, Tallies, hide
from puente.world.firms import Register
from puente.world.geography import make_country
from puente.world.names import name_book
from puente.world.network import plan_network
from puente.world.people import Population
from puente.world.scene import Scene
from puente.world.sheet_files import SheetFile, open_sheet
from puente.world.sheets import Lines, quoted_lines
from puente.world.shipped import shipped
from puente.world.truth import FOLDER as TRUTH
from puente.world.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from puente.world.geography import Country
    from puente.world.sheets import Row

FILES = "4"
"""Version of what a world holds; raise it when the same arguments give other files."""
LEAST_PEOPLE = 500
READS_PER_PERSON = 3
"""Plate reads for each person of the world, where nothing else is asked for."""
MARK = "LEEME-README.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a world holds beside the usual.

    Attributes:
        events: plate reads in all, about, 0 or more; None is three a person.
        intelligence: whether an intelligence unit sends its sheets.
        closed: whether the lines under a judge's order and the banks' reports of what they find
            unusual are there. Off as a rule: what is derived from a build that holds court records
            or tips opens to few, and nobody may take it out.
    """

    events: int | None = None
    intelligence: bool = True
    closed: bool = False


USUAL = Extras()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSummary:
    """What was made.

    Attributes:
        folder: where it lies.
        people, seed, places: its size and seed.
        files: rows by file, without headers and planted damage.
        mentions: records of people, companies and vehicles in all files.
        planted: persons, firms, ties and damaged rows that were planted.
    """

    folder: Path
    people: int
    seed: int
    places: int
    files: dict[str, int]
    mentions: dict[str, int]
    planted: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """Return what `puente world --json` prints."""
        return {
            "folder": str(self.folder),
            "people": self.people,
            "seed": self.seed,
            "places": self.places,
            "files": self.files,
            "mentions": self.mentions,
            "planted": self.planted,
        }


def make_world(
    out: Path, *, people: int, seed: int, areas: Path | None = None,
    extras: Extras = USUAL, progress: Callable[[int, int], None] | None = None,
) -> WorldSummary:  # fmt: skip
    """Write the files of a made-up two-country world, and its truth apart.

    The same arguments give the same bytes. The folder appears whole or not at all.

    Args:
        out: folder to write; new, empty, or an earlier made-up world, which is replaced.
        people: number of people, 500 or more.
        seed: 0 or more.
        areas: TopoJSON of municipalities whose `id` has five digits, or None for a made-up grid.
        extras: what it holds beside the usual.
        progress: called with months done and months in all.

    Raises: InvalidData: too few people, a negative seed or number of reads, or `areas` is no such
        file.
        Conflict: `out` holds something else.
    Cost: linear in `people` and plate reads; memory does not grow with either.
    """
    if people < LEAST_PEOPLE or seed < 0:
        raise InvalidData(_("a world needs 500 people or more and a seed of 0 or more"))
    if extras.events is not None and extras.events < 0:
        raise InvalidData(_("the number of plate reads cannot be negative"))
    _check_free(out)
    scene = set_scene(people, seed, areas, extras)
    building = out.with_name(f".{out.name}.new")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        summary = _write(building, scene, out, progress or _unseen)
        _put_in_place(building, out)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return summary


def set_scene(people: int, seed: int, areas: Path | None = None, extras: Extras = USUAL) -> Scene:
    """Return the world before anybody has written a line: map, people, firms, hidden network.

    Raises: InvalidData: `areas` is no TopoJSON of municipalities.
    """
    country = make_country(seed, people, areas)
    population = Population(seed, people, [p.population for p in country.places], name_book())
    register = Register(seed, population)
    return Scene(
        seed=seed, country=country, hidden=hide(seed, country), population=population,
        register=register, plan=plan_network(seed, population, register),
        events=people * READS_PER_PERSON if extras.events is None else extras.events,
        intelligence=extras.intelligence, closed=extras.closed,
    )  # fmt: skip


def agencies(scene: Scene) -> tuple[Agency, ...]:
    """Return everyone who sends files of rows, in the order in which they write."""
    return (
        *(StateProsecutor(scene, office) for office in OFFICES),
        FederalProsecutor(scene),
        MunicipalPolice(scene),
        CustomsPort(scene),
        Investigators(scene),
        *(ReportingPolice(scene, force) for force in FORCES),
        DetentionRegister(scene),
        EmergencyCalls(scene),
        PlateReaders(scene),
        ArmsTracing(scene),
        *((IntelligenceUnit(scene),) if scene.intelligence else ()),
        CargoDeclarations(scene),
        ParcelDeclarations(scene),
        FinancialUnit(scene),
        CurrencyReports(scene),
        *((CallRecords(scene), SuspicionReports(scene)) if scene.closed else ()),
        CompanyRegister(scene),
        LandRegister(scene),
        Statistics(scene),
        VictimCounts(scene),
    )


Agency = (
    StateProsecutor | FederalProsecutor | MunicipalPolice | CustomsPort | Investigators
    | ReportingPolice | DetentionRegister | EmergencyCalls | PlateReaders | ArmsTracing
    | IntelligenceUnit | CargoDeclarations | ParcelDeclarations | CallRecords | FinancialUnit
    | CurrencyReports | SuspicionReports | CompanyRegister | LandRegister | Statistics
    | VictimCounts
)  # fmt: skip
_HIDING = (CargoDeclarations, ParcelDeclarations, CallRecords, FinancialUnit, LandRegister)
"""Agencies some of whose records are not what they say."""


def rows_of(scene: Scene, writers: Sequence[Agency]) -> Iterator[Row | Lines | int]:
    """Yield what the agencies write, and the number of each month when it is done."""
    tallies = Tallies(scene.seed, scene.country, scene.hidden)
    for month in range(MONTHS):
        scene.tallies = tallies.month(month)
        for agency in writers:
            yield from agency.month(month)
        yield month


# --- writing -----------------------------------------------------------------------------------


def _write(
    folder: Path, scene: Scene, out: Path, progress: Callable[[int, int], None]
) -> WorldSummary:
    writers = agencies(scene)
    with ExitStack() as open_files:
        sheets: dict[str, SheetFile] = {
            sheet.name: open_files.enter_context(open_sheet(sheet, folder))
            for agency in writers for sheet in agency.sheets
        }  # fmt: skip
        truth = open_files.enter_context(Truth(folder=folder / TRUTH, scene=scene))
        for row in rows_of(scene, writers):
            if isinstance(row, int):
                truth.count_month(scene.tallies)
                progress(row + 1, MONTHS)
                continue
            sheet = sheets[row.sheet]
            if isinstance(row, Lines):
                truth.note_lines(row, sheet.path.name, sheet.write_lines(row))
            else:
                truth.note(row, sheet.path.name, sheet.write(row))
        files = {sheet.path.name: sheet.rows for sheet in sheets.values()}
        files |= _write_list(folder / FOLDER, scene, truth)
    files |= _write_map(folder / "places", scene.country)
    statistics = next(agency for agency in writers if isinstance(agency, Statistics))
    readers = next(agency for agency in writers if isinstance(agency, PlateReaders))
    faults = [fault for sheet in sheets.values() for fault in sheet.faults]
    truth.write_rest(faults, statistics.silent)
    land = next(agency for agency in writers if isinstance(agency, LandRegister))
    truth.write_blocked(land.parcels)
    truth.write_hidden(row for agency in writers if isinstance(agency, _HIDING)
                       for row in agency.hidden)  # fmt: skip
    truth.write_twins(readers.twins)
    (folder / MARK).write_text(shipped("readme.txt"), encoding="utf-8")
    return WorldSummary(
        folder=out, people=scene.population.size, seed=scene.seed,
        places=len(scene.country.places), files=files, mentions=dict(truth.mentions),
        planted={"people": len(scene.plan.people), "firms": len(scene.plan.firms),
                 "ties": len(scene.plan.ties), "damaged_rows": len(faults)},
    )  # fmt: skip


def _unseen(done: int, total: int) -> None:
    """Take note of progress that nobody asked for."""


def _write_list(folder: Path, scene: Scene, truth: Truth) -> dict[str, int]:
    folder.mkdir(parents=True)
    entries = list(ListWriter(scene).entries())
    for line, entry in enumerate(entries, start=1):
        if entry.node:
            truth.note_listed(f"ofac-{entry.number}", entry.node, line)
    parts = {
        "sdn.csv": [entry.primary for entry in entries],
        "add.csv": [line for entry in entries for line in entry.addresses],
        "alt.csv": [line for entry in entries for line in entry.aliases],
    }
    for name, lines in parts.items():
        text = "".join(quoted_lines(iter(lines))) + "\x1a"
        (folder / name).write_bytes(text.encode("ascii"))
    return {name: len(lines) for name, lines in parts.items()}


def _write_map(folder: Path, country: Country) -> dict[str, int]:
    """Write outlines, names and inhabitants in the layouts of the real files of these names."""
    folder.mkdir(parents=True)
    shapes = {"mxmunicipio.topojson": country.municipalities, "mxstate.topojson": country.states}
    for name, topology in shapes.items():
        if topology:
            (folder / name).write_text(json.dumps(topology) + "\n", encoding="utf-8")
    names = [(p.code, p.state_name, p.state, p.name, p.code[2:]) for p in country.places]
    header = ("cve_geo", "nombre_estado", "cve_ent", "nombre_municipio", "cve_mun")
    _table(folder / "municipality_names.csv", header, names)
    years = range(FIRST_YEAR - 3, FIRST_YEAR + 6)
    sizes = [
        (p.code, p.state_name, p.name,
         *(round(p.population * 1.012 ** (year - FIRST_YEAR)) for year in years))
        for p in country.places
    ]  # fmt: skip
    heading = ("CVE", "Entidad", "Municipio", *map(str, years))
    _table(folder / "municipal_population_2020_2028.csv", heading, sizes)
    return {"municipality_names.csv": len(names), "municipal_population_2020_2028.csv": len(sizes)}


def _table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _check_free(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise Conflict(_("the folder is not empty and holds no made-up world"), folder=out)
    if out.exists() and not out.is_dir():
        raise Conflict(_("there is a file of that name"), folder=out)


def _put_in_place(building: Path, out: Path) -> None:
    if out.exists():
        shutil.rmtree(out)
    building.replace(out)
