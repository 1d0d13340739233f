"""The command `places associate`: does one record go with another beyond a control?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import CaseOption, PurposeOption, UserOption, WorkspaceOption
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.errors import InvalidData
from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.places.associate import Association
    from puente.places.associate_data import Records
    from puente.places.associate_spec import Spec

_EXAMPLE = (
    "puente places associate --state-file S.csv --population P.csv"
    ' --exposure "Robo de vehículo automotor" --outcome "Homicidio doloso"'
    ' --control "Homicidio culposo" --from 2015-01 --to 2021-12'
)

OutcomeOption = Annotated[str, typer.Option(help=_("Record that is to be explained."))]
ControlOption = Annotated[
    str, typer.Option(help=_("Record that only recording or mobility would move."))
]
FirstOption = Annotated[str, typer.Option("--from", help=_("First month, YYYY-MM."))]
LastOption = Annotated[str, typer.Option("--to", help=_("Last month, YYYY-MM."))]
SpecOption = Annotated[
    Path | None, typer.Option(help=_("YAML plan written beforehand: margin, pairs, lags."))
]
StatesOption = Annotated[
    Path | None,
    typer.Option(
        help=_("State file of SESNSP, a column a month; else the workspace's municipalities.")
    ),
]
PeopleOption = Annotated[
    Path | None, typer.Option(help=_("CONAPO's table, or CSV place,year,population."))
]
NearOption = Annotated[
    Path | None,
    typer.Option(help=_("Neighbouring states: CSV id,neighbour, or outlines (TopoJSON).")),
]
PicturesOption = Annotated[
    Path | None, typer.Option(help=_("Folder for the pictures (SVG) and their tables (CSV)."))
]


def declare(group: typer.Typer) -> None:
    """Add this module's command to the group `places`."""
    add_command(
        group,
        "associate",
        associate,
        text=_(
            "Show what goes with what: the whole ladder, from raw counts to negative controls."
            " Never a cause."
        ),
        example=_EXAMPLE,
    )


def associate(
    exposure: Annotated[str, typer.Option(help=_("Record that may go with the outcome."))] = "",
    outcome: OutcomeOption = "",
    control: ControlOption = "",
    first: FirstOption = "",
    last: LastOption = "",
    spec: SpecOption = None,
    state_file: StatesOption = None,
    population: PeopleOption = None,
    adjacency: NearOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    pictures: PicturesOption = None,
    user: UserOption = "",
    purpose: PurposeOption = "crime_analysis",
    case: CaseOption = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente places associate`."""
    from puente.places.associate import as_json
    from puente.places.associate import associate as answer

    given = {
        "exposure": exposure,
        "outcome": outcome,
        "control": control,
        "first": first,
        "last": last,
    }
    plan = _plan(spec, given)
    if (state_file is None) != (population is None):
        raise InvalidData(_("give --state-file and --population together"))
    if state_file is None or population is None:
        records = _from_workspace(workspace, plan, (user, purpose, case))
    else:
        from puente.places.associate_files import Files, read_files

        files = Files(states=state_file, population=population, adjacency=adjacency)
        records = read_files(files, plan)
    found = answer(records, plan)
    if pictures is not None:
        from puente.report.pictures_association import write_pictures

        for path in write_pictures(as_json(found), pictures):
            say(_("Written: {file}").format(file=path))
    if json_output:
        print_json(as_json(found))
    else:
        _show(found)


def _plan(path: Path | None, given: dict[str, str]) -> Spec:
    from puente.places.associate_spec import Spec, checked, read_spec

    if path is not None:
        return read_spec(path, given)
    return checked(Spec(**given))  # type: ignore[arg-type]


def _from_workspace(path: Path, plan: Spec, asked: tuple[str, str, str]) -> Records:
    from puente.cli.asked import open_workspace, signed_in_view
    from puente.places.associate_view import read_view

    user, purpose, case = asked
    with (
        open_workspace(path) as held,
        signed_in_view(held, user=user, purpose=purpose, case=case) as view,
    ):
        return read_view(view, plan)


def _show(found: Association) -> None:
    from puente.report.association_words import ladder_rows, verdict_text

    say(
        _("{places} places, {months} months; {source}").format(
            places=len(found.records.places),
            months=len(found.records.months),
            source=found.records.source,
        )
    )
    from puente.places.associate import as_json

    held = as_json(found)
    print_table(_("The ladder"), (_("rung"), _("what it says")), ladder_rows(held))
    say(verdict_text(held), style="bold")
    for warning in found.records.warnings:
        say(_("Warning: {text}").format(text=warning), style="yellow")
    say(_("Plan (SHA-256): {hash}").format(hash=found.spec.hash))
    tests = next(rung for rung in found.rungs if rung.rung == "multiple").figures["tests_in_all"]
    text = _("Tests in all: {count}. An association among recorded events, never a cause.")
    say(text.format(count=format_number(int(str(tests)))))
