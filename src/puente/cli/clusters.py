"""Commands on clusters: judge, second, undo, judged, history, show, worst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli import clusters_review, clusters_why
from puente.cli.asked import CaseOption, PurposeOption, UserOption, WorkspaceOption
from puente.cli.clusters_review import at_bench
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.resolve.bridges import Hold
    from puente.resolve.judgements_kept import Pair

RecordArgument = Annotated[str, typer.Argument(help=_("Key of a record, e.g. fgr-det-77."))]
ClusterArgument = Annotated[str, typer.Argument(help=_("Id of a cluster, or of a record."))]
ReasonsOption = Annotated[str, typer.Option(help=_("Why; kept with the judgement."))]

_ASKED = '--user ana --purpose investigation --reasons "same CURP on both forms"'


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    group = typer.Typer(
        help=_("Which records speak of one thing: judge, undo, look back, review."),
        no_args_is_help=True,
    )
    add_command(
        group,
        "judge",
        judge,
        text=_("Judge two records: same, not or unsure. No model overrules it."),
        example=f"puente clusters judge fgr-det-77 reg-socio-5 same {_ASKED}",
    )
    add_command(
        group,
        "second",
        second,
        text=_("Agree, as the second person, with a judgement that waits, or do not."),
        example=f"puente clusters second fgr-det-77 ofac-9001 agree {_ASKED}",
    )
    add_command(
        group,
        "undo",
        undo,
        text=_("Undo the last judgement of two records; the one before it stands again."),
        example=f"puente clusters undo fgr-det-77 reg-socio-5 {_ASKED}",
    )
    _declare_reading(group)
    clusters_why.declare(group)
    clusters_review.declare(group)
    app.add_typer(group, name="clusters")


def _declare_reading(group: typer.Typer) -> None:
    asked = "--user ana --purpose investigation"
    add_command(
        group,
        "judged",
        judged,
        text=_("Show what was judged, by whom, when and why; also what was undone."),
        example=f"puente clusters judged {asked}",
    )
    add_command(
        group,
        "history",
        history,
        text=_("Show what became of a cluster's id, what it was on a day, where it leads now."),
        example=f"puente clusters history fgr-det-77 --on 2026-03-01 {asked}",
    )
    add_command(
        group,
        "show",
        show,
        text=_("Show the links of a cluster, and which of them hold it together."),
        example=f"puente clusters show fgr-det-77 {asked}",
    )
    add_command(
        group,
        "worst",
        worst,
        text=_("Show the clusters to look at first: conflicting identifiers, weak bridges."),
        example=f"puente clusters worst {asked}",
    )


def judge(
    one: RecordArgument,
    other: RecordArgument,
    outcome: Annotated[str, typer.Argument(help=_("same, not or unsure."))],
    reasons: ReasonsOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters judge`."""
    with at_bench(workspace, user, purpose, case) as bench:
        _tell_pair(bench.judge(one, other, outcome, reasons), json_output=json_output)


def second(
    one: RecordArgument,
    other: RecordArgument,
    answer: Annotated[str, typer.Argument(help=_("agree or refuse."))],
    reasons: ReasonsOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters second`."""
    if answer not in {"agree", "refuse"}:
        raise typer.BadParameter(_("agree or refuse"))
    with at_bench(workspace, user, purpose, case) as bench:
        pair = bench.second(one, other, agrees=answer == "agree", reasons=reasons)
        _tell_pair(pair, json_output=json_output)


def undo(
    one: Annotated[str, typer.Argument(help=_("Key of a record, e.g. fgr-det-77."))],
    other: RecordArgument,
    reasons: ReasonsOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters undo`."""
    with at_bench(workspace, user, purpose, case) as bench:
        _tell_pair(bench.undo(one, other, reasons), json_output=json_output)


def judged(
    record: Annotated[str, typer.Option("--id", help=_("Only pairs of this record."))] = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters judged`."""
    from puente.resolve.judgements import OUTCOMES

    with at_bench(workspace, user, purpose, case) as bench:
        pairs = bench.pairs([record] if record else None)
    if json_output:
        print_json({"pairs": [pair.as_json() for pair in pairs]})
        return
    rows = [
        [pair.left, pair.right, _(OUTCOMES[one.outcome]), one.state, one.by, one.at, one.reasons]
        for pair in pairs
        for one in pair.given
    ]
    headers = [_("Record"), _("Record"), _("Judged"), _("State"), _("By"), _("When"), _("Why")]
    print_table(_("Judged pairs"), headers, rows)


def history(
    cluster: ClusterArgument,
    on: Annotated[str, typer.Option("--on", help=_("Day, YYYY-MM-DD: what the id was."))] = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters history`."""
    from puente.cli.asked import day
    from puente.resolve.history_read import life
    from puente.resolve.history_rows import WHAT

    with at_bench(workspace, user, purpose, case) as bench:
        bench.view.record("look", ids=(cluster,))
        found = life(bench.view, cluster)
        then = found.on(day(on).isoformat()) if on else None
    if json_output:
        asked = {} if then is None else {"on": on, "records_then": list(then)}
        print_json({**found.as_json(), **asked})
        return
    if then is not None:
        print_table(_("Records on {day}").format(day=on), [_("Record")], [[key] for key in then])
    rows = [
        [
            change["at"],
            _(WHAT[change["what"]]),
            ", ".join(change["came_from"]),
            ", ".join(change["went_to"]),
        ]
        for change in found.changes
    ]
    print_table(_("History"), [_("When"), _("What"), _("From"), _("To")], rows)
    leads = [[name, count] for name, count in found.leads_to.items()]
    print_table(_("Its records are now in"), [_("Cluster"), _("Records")], leads)


def show(
    cluster: Annotated[str, typer.Argument(help=_("Id of a cluster, or of a record."))],
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters show`."""
    from puente.resolve.history_read import leads_to
    from puente.resolve.quality import holds, links_of

    with at_bench(workspace, user, purpose, case) as bench:
        home = next(iter(leads_to(bench.view, cluster)), cluster)
        bench.view.record("look", ids=(home,))
        links = links_of(bench.view, [home]).get(home, [])
        held = holds(bench.view, home) if links else ()
    if json_output:
        told = [{"left": left, "right": right, "weight": w} for left, right, w in links]
        print_json({"cluster": home, "links": told, "holds": [_hold_json(one) for one in held]})
        return
    headers = [_("Record"), _("Record"), _("Weight, bits")]
    print_table(_("Links of {id}").format(id=home), headers, [list(link) for link in links])
    rows = [
        [", ".join(f"{left} – {right}" for left, right, _weight in one.links), one.weight,
         ", ".join(one.smaller), len(one.larger)]
        for one in held
    ]  # fmt: skip
    headers = [_("Links"), _("Weight, bits"), _("Would split off"), _("From records")]
    print_table(_("What holds it together"), headers, rows)


def worst(
    most: Annotated[int, typer.Option(min=1, max=1000, help=_("How many."))] = 20,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters worst`."""
    from dataclasses import asdict

    from puente.resolve.quality import worst_clusters

    with at_bench(workspace, user, purpose, case) as bench:
        found = worst_clusters(bench.view, most)
        bench.view.record("look", ids=[one.id for one in found])
    if json_output:
        print_json({"clusters": [asdict(one) for one in found]})
        return
    headers = [_("Cluster"), _("Records"), _("Links"), _("Density"), _("Weakest link, bits"),
               _("Weak bridges"), _("Conflicting identifiers")]  # fmt: skip
    rows = [
        [one.id, one.records, one.links, one.density, one.weakest or 0.0, one.weak_bridges,
         ", ".join(one.conflicts)]
        for one in found
    ]  # fmt: skip
    print_table(_("Clusters to look at first"), headers, rows)


def _tell_pair(pair: Pair, *, json_output: bool) -> None:
    if json_output:
        print_json(pair.as_json())
        return
    stands, waiting = pair.standing, pair.waiting
    if waiting:
        say(_("It waits for a second person; nothing changes until then."))
    elif stands:
        say(_("It stands, and the next `puente build` goes by it."))
    else:
        say(_("Nothing stands of this pair; the next `puente build` goes by the records alone."))


def _hold_json(hold: Hold) -> dict[str, object]:
    return {
        "links": [{"left": left, "right": right, "weight": w} for left, right, w in hold.links],
        "weight": hold.weight,
        "is_bridge": hold.is_bridge,
        "splits_off": list(hold.smaller),
        "from_records": len(hold.larger),
    }
