"""Commands that explain and warn: clusters why, clusters twins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import (
    CaseOption,
    PurposeOption,
    UserOption,
    WorkspaceOption,
    open_workspace,
    signed_in,
)
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.errors import NotFound
from puente.i18n import format_number, format_percent
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.resolve.judgements_kept import Pair
    from puente.resolve.twins import Row
    from puente.resolve.waterfall import Waterfall


def declare(group: typer.Typer) -> None:
    """Add this module's commands to the group `clusters`."""
    add_command(
        group,
        "why",
        why,
        text=_("Show why two records are, or are not, one thing: every field's part, and the sum."),
        example="puente clusters why fgr-det-77 reg-socio-5 --user ana --purpose investigation",
    )
    add_command(
        group,
        "twins",
        twins,
        text=_("Show plates and VINs that two vehicles may bear, with both rows, and what else"
               " would explain it."),
        example="puente clusters twins --user ana --purpose investigation",
    )  # fmt: skip


def why(
    one: Annotated[str, typer.Argument(help=_("Key of a record, e.g. fgr-det-77."))],
    other: Annotated[str, typer.Argument(help=_("Key of a record, e.g. fgr-det-77."))],
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters why`."""
    from puente.guard.actors import Purpose
    from puente.resolve.judgements_bench import Bench
    from puente.resolve.waterfall import explain

    with open_workspace(workspace) as held:
        actor, reason = signed_in(held, user), Purpose(name=purpose, case=case)
        build = held.lake.current()
        if build is None:
            raise NotFound(_("nothing has been built yet"))
        with held.view(actor, reason) as view:
            bench = Bench(guard=held.guard, actor=actor, purpose=reason, view=view)
            bench.require_pair(one, other)
            found = explain(view, build.summary().get("link", {}), one, other, held.settings)
            judged = [
                pair for pair in bench.pairs([one]) if {pair.left, pair.right} == {one, other}
            ]
    judgement = judged[0] if judged else None
    if json_output:
        print_json({**found.as_json(), "judgement": judgement.as_json() if judgement else None})
        return
    _tell(found, judgement)


def _tell(found: Waterfall, judgement: Pair | None) -> None:
    from puente.resolve.judgements import OUTCOMES

    headers = [_("Field"), _("One record"), _("Other record"), _("Agreement"),
               _("Of true pairs"), _("Of unrelated pairs"), _("For a rare value"),
               _("Weight, bits"), _("Sum so far")]  # fmt: skip
    rows = [
        [_(one.title), one.left, one.right, _(one.level),
         "" if one.m is None else format_percent(one.m, 2),
         "" if one.u is None else format_percent(one.u, 6),
         format_number(one.term, 2) if one.term else "", format_number(one.weight, 2),
         format_number(one.total, 2)]
        for one in found.steps
    ]  # fmt: skip
    print_table(_("Why {one} and {other}").format(one=found.left, other=found.right), headers, rows)
    say(_("{weight} bits: probability {probability}. Linked from {threshold} bits.").format(
        weight=format_number(found.weight, 2), probability=format_percent(found.probability, 2),
        threshold=format_number(found.threshold, 1)))  # fmt: skip
    if judgement and judgement.standing:
        say(_("A person judged: {outcome}. That overrules the sum.").format(
            outcome=_(OUTCOMES[judgement.standing.outcome])))  # fmt: skip
    if found.linked:
        say(_("The build links them directly."))
    elif found.path:
        say(_("They share a cluster without a link of their own. What holds them together:"))
        headers = [_("Record"), _("Record"), _("Weight, bits")]
        print_table(_("The strongest way between them"), headers, [list(s) for s in found.path])
    elif not found.one_cluster:
        say(_("The build has them in two clusters."))


def twins(
    fastest: Annotated[
        float, typer.Option(min=1, help=_("Speed that no vehicle keeps, km/h."))
    ] = 180.0,
    slack: Annotated[
        float, typer.Option(min=0, help=_("How far two clocks may be apart, minutes."))
    ] = 10.0,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente clusters twins`."""
    from puente.cli.clusters_review import at_bench
    from puente.resolve.twins import KINDS_OF_TWIN, find_twins

    with at_bench(workspace, user, purpose, case) as bench:
        bench.require_house()
        found = find_twins(bench.view, fastest_kmh=fastest, slack_minutes=slack)
    if json_output:
        print_json({"twins": [one.as_json() for one in found]})
        return
    headers = [_("Plate or VIN"), _("What was found"), _("Days"), _("One row"), _("Other row"),
               _("What else would explain it")]  # fmt: skip
    rows = [
        [one.mark, _(KINDS_OF_TWIN[one.kind]), one.days, *(_told(row) for row in one.rows),
         "; ".join(_(text) for text in one.explanations)]
        for one in found
    ]  # fmt: skip
    print_table(_("To be looked at: no verdict"), headers, rows)


def _told(row: Row) -> str:
    said = ", ".join(f"{_(title)} {value}" for title, value in row.told)
    return f"{row.source} {row.record}: {said}"
