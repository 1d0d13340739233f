"""The commands of the alert queue: list, show, decide, second, reopen, take."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
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
from puente.errors import NotAllowed, NotFound
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from puente.guard.actors import Actor, Purpose
    from puente.screen.alerts import Matter
    from puente.screen.queue import AlertDesk
    from puente.workspace import Workspace

AlertArgument = Annotated[str, typer.Argument(help=_("Id of the alert, e.g. A-1f20..."))]
ReasonsOption = Annotated[str, typer.Option(help=_("Why, in your words; kept."))]
SeenOption = Annotated[
    str, typer.Option(help=_("Fingerprint of what you looked at; refused if it has changed."))
]

SHOWN = 60


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    group = typer.Typer(
        help=_("The alert queue: who may be the listed one, decided by two persons."),
        no_args_is_help=True,
    )
    who = "--user ana --purpose screening"
    add_command(
        group,
        "list",
        show_list,
        text=_("Show the alerts that are open to you, the most pressing first."),
        example=f"puente alerts list --state open {who}",
    )
    add_command(
        group,
        "show",
        show,
        text=_("Show one alert: what was compared, what was decided, what has changed since."),
        example=f"puente alerts show A-0f3a6c1d2e4b5a69 {who}",
    )
    add_command(
        group,
        "decide",
        decide,
        text=_("Decide on an alert; a second person must agree before it counts."),
        example=f"puente alerts decide A-0f3a6c1d2e4b5a69 --outcome other --reasons ... {who}",
    )
    add_command(
        group,
        "second",
        second,
        text=_("Agree with another person's decision, or send the alert back."),
        example=f"puente alerts second A-0f3a6c1d2e4b5a69 --agree --reasons ... {who}",
    )
    add_command(
        group,
        "reopen",
        reopen,
        text=_("Open a decided alert again; what was decided stays on record."),
        example=f"puente alerts reopen A-0f3a6c1d2e4b5a69 --reasons ... {who}",
    )
    add_command(
        group, "take", take,
        text=_("Screen a customer file and bring its alerts up to date; the rest is not kept."),
        example=(
            "puente alerts take --book branch-7 --list sdn.csv --queries customers.csv"
            " --user carla --purpose compliance"
        ),
    )  # fmt: skip
    app.add_typer(group, name="alerts")


def show_list(
    state: Annotated[str, typer.Option(help=_("Only in this state."))] = "",
    book: Annotated[str, typer.Option(help=_("Only of this customer file."))] = "",
    entry: Annotated[str, typer.Option("--id", help=_("Only on this listed entry."))] = "",
    out: Annotated[Path | None, typer.Option(help=_("CSV or XLSX to write."))] = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente alerts list`."""
    from puente.screen.decisions import STATES

    if state and state not in STATES:
        raise typer.BadParameter(_("the state is one of {known}").format(known=", ".join(STATES)))
    with _desk(workspace, user, purpose, case) as desk:
        every = desk.matters(entries=[entry] if entry else None)
        found = [
            m for m in every if state in {"", m.state} and book in {"", m.alert.book}
        ]  # fmt: skip
        desk.log("export" if out else "look", [m.alert for m in found])
    counts = {name: sum(m.state == name for m in found) for name in STATES}
    if out is not None:
        _write(found, out)
        say(_("{file} written: {count} alerts").format(file=out, count=len(found)))
    if json_output:
        print_json({"alerts": [m.as_json() for m in found], "counts": counts})
        return
    if out is None:
        print_table(
            _("Alerts"),
            [_("Alert"), _("State"), _("Verdict"), _("Score"), _("Asked"), _("Listed"), _("List")],
            [
                [m.alert.id, _(STATES[m.state]), m.alert.grounds.verdict, f"{m.alert.score:.2f}",
                 f"{m.alert.name} ({m.alert.subject})",
                 f"{m.alert.listed_name} ({m.alert.entry})", m.alert.list]
                for m in found[:SHOWN]
            ],
        )  # fmt: skip
        if len(found) > SHOWN:
            say(_("... and {count} more; --state, --id or --json").format(count=len(found) - SHOWN))


def show(
    alert: AlertArgument,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente alerts show`."""
    with _desk(workspace, user, purpose, case) as desk:
        _show(desk.matter(alert), json_output=json_output)


def decide(
    alert: AlertArgument,
    outcome: Annotated[str, typer.Option(help=_("same, other, or unclear."))],
    reasons: ReasonsOption,
    rests_on: Annotated[
        list[str] | None,
        typer.Option("--rests-on", help=_("A part that it rests on; repeatable. All.")),
    ] = None,
    seen: SeenOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente alerts decide`."""
    with _desk(workspace, user, purpose, case) as desk:
        held = desk.decide(alert, outcome, reasons, rests_on=rests_on or (), seen=seen)
        _show(held, json_output=json_output)


def second(
    alert: AlertArgument,
    reasons: ReasonsOption,
    agree: Annotated[
        bool | None, typer.Option("--agree/--send-back", help=_("Whether you agree."))
    ] = None,
    seen: SeenOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente alerts second`."""
    if agree is None:
        raise typer.BadParameter(_("say --agree or --send-back"))
    with _desk(workspace, user, purpose, case) as desk:
        _show(desk.second(alert, reasons, agrees=agree, seen=seen), json_output=json_output)


def reopen(
    alert: AlertArgument,
    reasons: Annotated[str, typer.Option(help=_("Why, in your words; kept."))],
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente alerts reopen`."""
    with _desk(workspace, user, purpose, case) as desk:
        _show(desk.reopen(alert, reasons), json_output=json_output)


def take(
    book: Annotated[str, typer.Option(help=_("Name of the customer file."))],
    lists: Annotated[
        list[Path], typer.Option("--list", help=_("A list file, or a folder; repeatable."))
    ],
    queries: Annotated[Path, typer.Option(help=_("Customers, as `puente screen` reads them."))],
    before: Annotated[
        list[Path] | None,
        typer.Option("--before", help=_("The lists of the last time: only whom a change touches.")),
    ] = None,
    before_queries: Annotated[
        Path | None, typer.Option(help=_("The customers of the last time, where others."))
    ] = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente alerts take`."""
    from puente.screen.customer_files import Side, screen_into

    now = Side(lists=tuple(lists), customers=queries)
    last = Side(lists=tuple(before), customers=before_queries or queries) if before else None
    with _opened(workspace, user, purpose, case) as (held, actor, why):
        done = screen_into(held.guard, actor, why, book, now, last)
    if json_output:
        print_json(done.as_json())
        return
    text = _("{touched} of {asked} customers screened: {raised} new alerts, {gone} no longer")
    say(
        text.format(
            touched=done.touched,
            asked=done.customers,
            raised=done.intake.raised,
            gone=done.intake.gone,
        )
    )
    for reject in done.rejects[:SHOWN]:
        say(_("line {line}: {reason}").format(line=reject.line, reason=reject.reason))


# --- what they share ------------------------------------------------------------------------------


@contextmanager
def _opened(
    path: Path, user: str, purpose: str, case: str
) -> Iterator[tuple[Workspace, Actor, Purpose]]:
    from puente.guard.actors import Purpose

    with open_workspace(path) as held:
        actor = signed_in(held, user)
        why = Purpose(name=purpose, case=case)
        held.guard.require(actor, why, "claim")
        yield held, actor, why


@contextmanager
def _desk(path: Path, user: str, purpose: str, case: str) -> Iterator[AlertDesk]:
    from puente.screen.queue import AlertDesk

    with _opened(path, user, purpose, case) as (held, actor, why):
        try:
            view = held.view(actor, why)
        except (NotAllowed, NotFound):
            view = None  # the alerts of one's own customers need no build
        yield AlertDesk(guard=held.guard, actor=actor, purpose=why, view=view)


def _show(held: Matter, *, json_output: bool) -> None:
    from puente.screen.decisions import STATES
    from puente.screen.grounds import CHANGES, OUTCOMES

    if json_output:
        print_json(held.as_json())
        return
    alert, standing = held.alert, held.standing
    say(f"{alert.id}  {_(STATES[held.state])}  {alert.grounds.verdict} {alert.score:.2f}")
    say(f"{alert.name} ({alert.subject})  /  {alert.listed_name} ({alert.entry}, {alert.list})")
    say(_("Fingerprint: {digits}").format(digits=alert.grounds.fingerprint))
    print_table(
        _("What was compared"),
        [_("Part"), _("Asked"), _("Listed"), _("Effect")],
        [[p.label, p.asked or "–", p.listed or "–", _(p.effect)] for p in alert.grounds.parts],
    )
    if standing.changes:
        print_table(
            _("Changed since the decision"),
            [_("What"), _("Change"), _("Then"), _("Now"), _("Opens it again")],
            [
                [c.label, _(CHANGES[c.kind]), c.before, c.after, _("yes") if c.reopens else _("no")]
                for c in standing.changes
            ],
        )
    if standing.history:
        print_table(
            _("Decisions"),
            [_("When"), _("Who"), _("Decided"), _("Reasons"), _("Second person")],
            [
                [d.at[:16], d.by, _(OUTCOMES[d.outcome]), d.reasons,
                 "–" if d.second is None else
                 f"{d.second.by}: {_('agrees') if d.second.agrees else _('sends it back')}"]
                for d in standing.history
            ],
        )  # fmt: skip


COLUMNS = (
    "id", "state", "verdict", "score", "book", "subject", "name", "entity_id", "list",
    "listed_name", "programs", "outcome", "decided_by", "decided_at", "second_by", "changed",
)  # fmt: skip


def _write(found: Sequence[Matter], out: Path) -> None:
    from puente.report.register_report import Rows, csv_of, xlsx_of
    from puente.store.disk import write_whole

    rows = tuple(_row(held) for held in found)
    table = Rows(name=_("Alerts"), headers=COLUMNS, rows=rows)
    if out.suffix.lower() == ".csv":
        write_whole(out, csv_of(table), mode=0o666)
    elif out.suffix.lower() == ".xlsx":
        write_whole(out, xlsx_of((table,)), mode=0o666)
    else:
        raise typer.BadParameter(_("the name ends in .csv or .xlsx"))


def _row(held: Matter) -> tuple[str, ...]:
    alert, decision = held.alert, held.standing.decision
    second = decision.second if decision else None
    return (
        alert.id, held.state, alert.grounds.verdict, f"{alert.score:.4f}", alert.book,
        alert.subject, alert.name, alert.entry, alert.list, alert.listed_name,
        "; ".join(alert.grounds.programs), decision.outcome if decision else "",
        decision.by if decision else "", decision.at if decision else "",
        second.by if second else "", "; ".join(c.part for c in held.standing.changes),
    )  # fmt: skip
