"""`puente ingest`: load a source's file, a database's table, or a file that nobody described."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import WorkspaceOption, open_workspace
from puente.cli.output import (
    JsonFlag,
    add_command,
    print_json,
    print_table,
    progress_bars,
    say,
    wants_json,
)
from puente.errors import Conflict, InvalidData, NotFound
from puente.i18n import gettext as _
from puente.model.provenance import RecordClass
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.ingest.guess import Guess, Told
    from puente.ingest.load import LoadReport
    from puente.ingest.mapping import MappedSource
    from puente.ingest.outcome import Placement
    from puente.ingest.source import Source
    from puente.workspace import Workspace

SURE_BELOW = 0.8
"""A column less sure than this is pointed out."""


SourceArgument = Annotated[str, typer.Argument(help=_("Name of the source; see `puente sources`."))]
PathArgument = Annotated[
    Path | None, typer.Argument(help=_("A file, or a folder with files of it."))
]
GuessOption = Annotated[
    Path | None, typer.Option("--guess", help=_("A CSV, XLSX or Parquet file of any layout."))
]
NameOption = Annotated[str, typer.Option("--source", help=_("Name of the guessed source."))]
AgencyOption = Annotated[str, typer.Option(help=_("Who holds the records."))]
CountryOption = Annotated[str, typer.Option(help=_("The agency's country."))]
ClassOption = Annotated[str, typer.Option(help=_("What kind of records; never guessed."))]
BasisOption = Annotated[str, typer.Option(help=_("The law under which the agency holds them."))]
ObtainedOption = Annotated[str, typer.Option(help=_("How the records came about."))]
StateOption = Annotated[str, typer.Option(help=_("State of the whole file."))]
OrderOption = Annotated[
    bool | None, typer.Option("--day-first/--month-first", help=_("How 03/04/2024 is read."))
]
OutOption = Annotated[
    Path | None, typer.Option(help=_("Write the guessed mapping here and load nothing."))
]
YesFlag = Annotated[bool, typer.Option("--yes", help=_("Take the guess without asking."))]
ShowFlag = Annotated[
    bool, typer.Option("--show", help=_("Show values as they stand, personal ones too."))
]
UrlOption = Annotated[
    str, typer.Option(envvar="PUENTE_INGEST_URL", help=_("Database to read a table of."))
]
MappingOption = Annotated[
    Path | None, typer.Option(help=_("YAML that maps the file or the table."))
]


def declare(app: typer.Typer) -> None:
    """Add this module's command to the command line."""
    add_command(
        app,
        "ingest",
        ingest,
        text=_(
            "Load the files of one source; the same file again changes nothing. With --guess:"
            " find out what a file holds, show it, and load it when confirmed."
        ),
        example="puente ingest ofac_sdn sdn.csv   puente ingest --guess incidentes.csv"
        "   puente ingest incidentes.csv --mapping incidentes.yaml",
    )


def ingest(
    context: typer.Context,
    source: SourceArgument = "",
    path: PathArgument = None,
    guess: GuessOption = None,
    name: NameOption = "",
    agency: AgencyOption = "",
    country: CountryOption = "mx",
    record_class: ClassOption = "fact",
    legal_basis: BasisOption = "",
    obtained: ObtainedOption = "",
    state: StateOption = "",
    day_first: OrderOption = None,
    out: OutOption = None,
    yes: YesFlag = False,
    show: ShowFlag = False,
    url: UrlOption = "",
    table: Annotated[str, typer.Option(help=_("Table or view of the database."))] = "",
    mapping: MappingOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente ingest`."""
    # An address in the environment alone asks for no table.
    origin = context.get_parameter_source("url")
    typed = bool(url) and origin is not None and origin.name != "ENVIRONMENT"
    tabled = typed or bool(table)
    if sum((guess is not None, tabled, bool(source))) != 1:
        raise typer.BadParameter(
            _("give SOURCE and PATH, FILE with --mapping, --guess FILE, or --url with --table")
        )
    with open_workspace(workspace, create=True) as opened:
        if guess is not None:
            from puente.ingest.guess import Told

            told = Told(
                source=name, agency=agency, country=country, record_class=record_class,
                legal_basis=legal_basis, obtained=obtained, state=state, day_first=day_first,
            )  # fmt: skip
            _guessed(opened, guess, told, out=out, yes=yes, show=show)
        elif tabled:
            if not url or not table or mapping is None:
                raise typer.BadParameter(_("--url needs --table and --mapping"))
            _report(_load_table(opened, url, table, mapping), json_output=json_output)
        elif mapping is not None:
            named = (source, path) if path is not None else ("", Path(source))
            _report(_load_mapped(opened, *named, mapping), json_output=json_output)
        else:
            if path is None:
                raise typer.BadParameter(_("give SOURCE and PATH, or --guess FILE, or --url"))
            _report(_load(opened, _source_named(opened, source), path), json_output=json_output)


# --- loading -----------------------------------------------------------------------------------


def _load(opened: Workspace, source: Source, path: Path) -> list[LoadReport]:
    from puente.ingest.load import Loading, limits_of, load_beside

    loading = Loading(lake=opened.lake, now=datetime.now(UTC), limits=limits_of(opened.settings))
    with progress_bars() as progress:
        return load_beside(
            source,
            path,
            loading,
            lambda done, total: progress(_("Load the files"), done, total),
        )


def _load_table(opened: Workspace, url: str, table: str, mapping: Path) -> list[LoadReport]:
    from puente.ingest.database import columns_of, spooled, table_source
    from puente.ingest.load import limits_of
    from puente.ingest.mapping import read_mapping

    mapped = read_mapping(mapping)
    spool = opened.settings.workspace / "spool"
    limits = limits_of(opened.settings)
    with spooled(url, table, spool, limits, columns_of(mapped)) as held:
        return _load(opened, table_source(mapped, held), held.path)


def _load_mapped(opened: Workspace, name: str, path: Path, mapping: Path) -> list[LoadReport]:
    """Load a file by a mapping that the workspace does not know yet, and keep the mapping."""
    from puente.ingest.mapping import read_mapping

    mapped = read_mapping(mapping)
    if name not in {"", mapped.info.name}:
        raise InvalidData(
            _("the mapping is of source {other}, not of {name}").format(
                other=mapped.info.name, name=name
            ),
            file=mapping,
        )
    text, home = mapping.read_text(encoding="utf-8"), _home_of(opened, mapped)
    if not home.is_file() or home.read_text(encoding="utf-8") != text:
        _check_free(opened, mapped)
    reports = _load(opened, mapped, path)
    # Written last: a mapping whose file did not load would take the name, and fail every build.
    _write(home, text)
    return reports


def _source_named(workspace: Workspace, name: str) -> Source:
    for source in workspace.known_sources():
        if source.info.name == name:
            return source
    raise NotFound(_("no source {name!r}; `puente sources` lists them").format(name=name))


def _report(reports: list[LoadReport], *, json_output: bool) -> None:
    if json_output:
        print_json({"loads": [report.as_json() for report in reports]})
        return
    print_table(
        _("Loaded"),
        [_("file"), _("rows"), _("loaded"), _("rejected"), _("state")],
        [
            [Path(r.path).name, r.rows, r.loaded, r.rejected,
             _("unchanged, loaded before") if r.unchanged else _("new")]
            for r in reports
        ],
    )  # fmt: skip
    for report in reports:
        if report.rejected:
            print_table(
                _("Why rows of {file} were rejected").format(file=Path(report.path).name),
                [_("reason"), _("rows")],
                [[reason, count] for reason, count in report.reasons.items()],
            )


# --- guessing ----------------------------------------------------------------------------------


def _guessed(
    opened: Workspace, path: Path, told: Told, *, out: Path | None, yes: bool, show: bool
) -> None:
    from puente.ingest.guess import guess_mapping
    from puente.ingest.load import Loading, limits_of
    from puente.ingest.outcome import placement

    limits = limits_of(opened.settings)
    gazetteer = Loading(lake=opened.lake, now=datetime.now(UTC)).gazetteer()
    asks = not yes and not wants_json() and sys.stdin.isatty()
    if asks:
        told = _asked(told)
    found = guess_mapping(path, told, gazetteer, limits)
    if asks and found.order.open:
        told = replace(told, day_first=_asked_order(found))
        found = guess_mapping(path, told, gazetteer, limits)
    _show(found, told, show=show)
    if found.source is None:
        lacking = "; ".join(found.lacking)
        refused = InvalidData(
            _("no mapping can be made of it: {lacking}").format(lacking=lacking), file=path
        )
        if not wants_json():
            raise refused
        print_json({"guess": found.as_json(show=show), "loads": [], **refused.as_json()})
        raise typer.Exit(3)
    if out is not None:
        _write(out, found.text)
        _done(found, [], show=show)
        return
    if not yes and not (asks and _confirmed(opened, found)):
        if not asks:
            say(_("Nothing was loaded: confirm with --yes, or keep the mapping with --out FILE."))
        _done(found, [], show=show)
        return
    _check_free(opened, found.source)
    reports = _load(opened, found.source, path)
    # Written last: a mapping whose file did not load would take the name, and fail every build.
    _write(_home_of(opened, found.source), found.text)
    where = placement(opened.lake, reports)
    _done(found, reports, show=show, where=where.as_json())
    if not wants_json():
        _report(reports, json_output=False)
        _say_where(where, reports)


def _asked(told: Told) -> Told:
    """Return what the user answers to what the file cannot say."""
    agency = told.agency or typer.prompt(_("Who holds these records"), err=True)
    classes = ", ".join(item.value for item in RecordClass)
    what = _("What kind of records are they: {classes}").format(classes=classes)
    given = typer.prompt(what, default=told.record_class, err=True).strip()
    told = replace(told, record_class=given)
    if told.record_class in {"public_list", "sanctions"}:
        return replace(told, agency=agency)
    basis = told.legal_basis or typer.prompt(_("Under which law are they held"), err=True)
    obtained = told.obtained or typer.prompt(_("How did they come about"), err=True)
    return replace(told, agency=agency, legal_basis=basis, obtained=obtained)


def _asked_order(found: Guess) -> bool:
    """Return True if the user says that the day comes first in dates that nothing decides."""
    columns = ", ".join(found.order.open)
    what = _("Nothing tells day from month in {columns}. Which is first: d (day) or m (month)")
    answer = ""
    while not answer.startswith(("d", "m")):  # another answer is none: it would turn every date
        answer = typer.prompt(what.format(columns=columns), err=True).strip().lower()
    return bool(answer.startswith("d"))


def _show(found: Guess, told: Told, *, show: bool) -> None:
    if wants_json():
        return
    say(
        _("Record class: {name}, which is never guessed (--record-class)").format(
            name=told.record_class
        )
    )
    say(_("Each row: {kind} ({why})").format(kind=found.shape.label, why=found.shape.why))
    print_table(
        _("Columns"),
        [_("column"), _("taken for"), _("sure"), _("used for"), _("why"), _("examples")],
        [
            [column.name, column.field or "-",
             f"{column.sure:.0%}{' ?' if column.field and column.sure < SURE_BELOW else ''}",
             ", ".join(column.used_for) or _("not read"), "; ".join(column.why),
             " | ".join(map(str, column.as_json(show=show)["examples"]))]  # type: ignore[call-overload]
            for column in found.columns
        ],
    )  # fmt: skip
    for label, text in (
        (_("Rows"), found.row), (_("Place"), found.place), (_("Dates"), found.order.why),
    ):  # fmt: skip
        if text:
            say(f"{label}: {text}")
    for note in found.notes:
        say(f"- {note}")


def _confirmed(opened: Workspace, found: Guess) -> bool:
    answer = typer.prompt(_("Load it so? y (yes), n (no), e (edit the mapping)"), err=True)
    if answer.strip().lower().startswith("e") and found.source is not None:
        home = _home_of(opened, found.source)
        _check_free(opened, found.source)
        _write(home, found.text)
        say(
            _("Edit {file}, then: puente ingest {name} FILE").format(
                file=home, name=found.source.info.name
            )
        )
        return False
    return bool(answer.strip().lower().startswith(("y", "s")))


def _home_of(opened: Workspace, source: MappedSource) -> Path:
    return opened.settings.workspace / "mappings" / f"{source.info.name}.yaml"


def _check_free(opened: Workspace, source: MappedSource) -> None:
    """Refuse to take a name that another source has."""
    name, home = source.info.name, _home_of(opened, source)
    if home.exists() or any(name == other.info.name for other in opened.known_sources()):
        raise Conflict(
            _(
                "a source is called {name} already: choose another name (--source), or load the"
                " file as one of it with `puente ingest {name} FILE`"
            ).format(name=name)
        )


def _write(home: Path, text: str) -> None:
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.write_text(text, encoding="utf-8")
    say(_("Written: {file}").format(file=home))


def _done(
    found: Guess,
    reports: list[LoadReport],
    *,
    show: bool,
    where: Mapping[str, int] | None = None,
) -> None:
    if wants_json():
        loads = [report.as_json() for report in reports]
        print_json({"guess": found.as_json(show=show), "loads": loads, "places": where or {}})


def _say_where(where: Placement, reports: list[LoadReport]) -> None:
    lost = sum(
        count
        for report in reports
        for fact, count in report.facts.items()
        if fact.startswith(("place without a code", "place codes in no table"))
    )
    if lost:
        say(_("{count} rows name a place that is in no table of municipalities").format(count=lost))
    if any(where.as_json().values()):
        say(
            _(
                "On the map after the next `puente build`: {municipality} rows in a municipality,"
                " {state} in a state alone, {position} by position alone, {nowhere} nowhere"
            ).format(**where.as_json())
        )
