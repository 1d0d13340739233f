"""The commands of the register: add, confirm, list, show, due, fields, report."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import (
    CaseOption,
    PurposeOption,
    UserOption,
    WorkspaceOption,
    day,
    open_workspace,
    signed_in,
)
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.errors import InvalidData
from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from puente.screen.register import Register
    from puente.screen.register_batch import Taken
    from puente.screen.register_items import Item

AsOfOption = Annotated[str, typer.Option("--as-of", help=_("Day, YYYY-MM-DD; today."))]
ItemArgument = Annotated[str, typer.Argument(help=_("Id of the item, e.g. P-2026-0001."))]

SHOWN = 60


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    group = typer.Typer(
        help=_("What was blocked, seized, forfeited, rejected, licensed or referred; what is due."),
        no_args_is_help=True,
    )
    who = "--user carla --purpose compliance"
    add_command(
        group,
        "fields",
        fields,
        text=_("Show the kinds of entries and the fields of one."),
        example="puente register fields property",
    )
    add_command(
        group,
        "add",
        add,
        text=_("Write an entry, or one for each row of a file; a row at fault stops no other."),
        example=f"puente register add property --file blocked.xlsx {who}",
    )
    add_command(
        group,
        "confirm",
        confirm,
        text=_("Say as the second person whether an entry may count."),
        example=f"puente register confirm P-2026-0001 --entry 2 --agree --reasons ... {who}",
    )
    _declare_reading(group, who)
    app.add_typer(group, name="register")


def _declare_reading(group: typer.Typer, who: str) -> None:
    add_command(
        group,
        "list",
        show_list,
        text=_("Show the register as it stood on a day, with totals by program."),
        example=f"puente register list --as-of 2026-06-30 {who}",
    )
    add_command(
        group,
        "show",
        show,
        text=_("Show one item with all of its entries."),
        example=f"puente register show P-2026-0001 {who}",
    )
    add_command(
        group,
        "due",
        due,
        text=_("Show the reports and other days that are due; exit 1 where one is overdue."),
        example=f"puente register due {who}",
    )
    add_command(
        group, "report", report,
        text=_("Write a report: blocking, rejected, annual, or whole; CSV, XLSX or PDF."),
        example=f"puente register report annual --out annual.xlsx {who}",
    )  # fmt: skip


def fields(
    form: Annotated[str, typer.Argument(help=_("Kind of entry."))] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente register fields`."""
    from puente.screen.register_forms import FORMS

    if form and form not in FORMS:
        message = _("no kind of entry {name!r}; one of {known}")
        raise InvalidData(message.format(name=form, known=", ".join(FORMS)))
    shown = [FORMS[form]] if form else list(FORMS.values())
    if json_output:
        print_json(
            {
                "forms": {
                    one.name: {
                        "on": list(one.on),
                        "second_person": one.second,
                        "fields": {
                            f.name: {"required": f.required, "kind": f.kind,
                                     "options": list(f.options or ())}
                            for f in one.fields
                        },
                    }
                    for one in shown
                }
            }
        )  # fmt: skip
        return
    for one in shown:
        print_table(
            f"{one.name}: {_(one.title)}",
            [_("Field"), _("Meaning"), _("Needed"), _("Choices")],
            [
                [f.name, " ".join(filter(None, (_(f.label), f"({_(f.hint)})" if f.hint else ""))),
                 _("yes") if f.required else _("no"), ", ".join(f.options or ())]
                for f in one.fields
            ],
        )  # fmt: skip


def add(
    form: Annotated[str, typer.Argument(help=_("Kind of entry; see `puente register fields`."))],
    on: Annotated[str, typer.Option(help=_("Item that the entry is added to."))] = "",
    field: Annotated[
        list[str] | None, typer.Option("--field", help=_("NAME=VALUE; repeatable."))
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help=_("CSV or XLSX with the fields as columns, and `on`."))
    ] = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente register add`."""
    from puente.screen.register_batch import add_file

    if (file is None) == (not field) or (file is not None and on):
        raise typer.BadParameter(_("give the fields, or a file"))
    with _register(workspace, user, purpose, case) as register:
        if file is not None:
            _show_taken(add_file(register, form, file), json_output=json_output)
            return
        given: dict[str, str] = {}
        for text in field or ():
            name, equals, value = text.partition("=")
            if not equals:
                raise typer.BadParameter(_("{text!r} is not NAME=VALUE").format(text=text))
            given[name.strip()] = value
        _show(register.add(form, given, on=on), json_output=json_output)


def confirm(
    item: ItemArgument,
    entry: Annotated[int, typer.Option(min=1, help=_("Number of the entry."))],
    reasons: Annotated[str, typer.Option(help=_("Why, in your words; kept."))],
    agree: Annotated[
        bool | None, typer.Option("--agree/--refuse", help=_("Whether you agree."))
    ] = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente register confirm`."""
    if agree is None:
        raise typer.BadParameter(_("say --agree or --refuse"))
    with _register(workspace, user, purpose, case) as register:
        _show(register.confirm(item, entry, reasons, agrees=agree), json_output=json_output)


def show_list(
    as_of: AsOfOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente register list`."""
    from puente.screen.register_forms import ITEMS
    from puente.screen.register_items import STANDINGS, totals

    with _register(workspace, user, purpose, case) as register:
        found = register.items(day(as_of) if as_of else None)
    held = totals(found)
    if json_output:
        print_json(
            {
                "items": [item.brief() for item in found],
                "totals": [
                    {"program": t.program or None, "measure": t.measure,
                     "currency": t.currency or None, "items": t.items,
                     "value": None if t.value is None else f"{t.value:f}"}
                    for t in held
                ],
            }
        )  # fmt: skip
        return
    print_table(
        _("Register"),
        [_("Item"), _("Kind"), _("Day"), _("State"), _("What"), _("Whose"), _("Value")],
        [
            [i.id, _(ITEMS[i.kind]), i.day, _(STANDINGS[i.standing]), i.title or "–", i.who,
             _money(i)]
            for i in found[:SHOWN]
        ],
    )  # fmt: skip
    if len(found) > SHOWN:
        say(_("... and {count} more; --json").format(count=len(found) - SHOWN))
    print_table(
        _("Held, by program; an item under two programs stands under each"),
        [_("Program tag"), _("What was done"), _("Items"), _("Value")],
        [
            [t.program or "–", t.measure, str(t.items),
             _("not known") if t.value is None else f"{format_number(t.value)} {t.currency}"]
            for t in held
        ],
    )  # fmt: skip


def show(
    item: ItemArgument,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente register show`."""
    with _register(workspace, user, purpose, case) as register:
        _show(register.item(item), json_output=json_output)


def due(
    as_of: AsOfOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente register due`."""
    from puente.screen.register_clocks import CLOCKS, STATES, dues, overdue

    with _register(workspace, user, purpose, case) as register:
        found = dues(register.threads(), day(as_of) if as_of else register.today)
    late = overdue(found)
    if json_output:
        print_json({"due": [one.as_json() for one in found], "overdue": len(late)})
    else:
        print_table(
            _("Time limits"),
            [_("Item"), _("What is due"), _("Year"), _("Last day"), _("Filed on"), _("State")],
            [
                [d.item, _(CLOCKS[d.clock]), d.year, d.last.isoformat(), d.filed,
                 _(STATES[d.state])]
                for d in found[:SHOWN]
            ],
        )  # fmt: skip
    if late:
        raise typer.Exit(1)


def report(
    kind: Annotated[str, typer.Argument(help=_("blocking, rejected, annual or whole."))],
    out: Annotated[Path, typer.Option(help=_("File to write: .csv, .xlsx or .pdf."))],
    as_of: AsOfOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente register report`."""
    from puente.report.register_report import register_report, write

    with _register(workspace, user, purpose, case) as register:
        made = register_report(
            register.threads("export"),
            kind,
            as_of=day(as_of) if as_of else register.today,
            made=datetime.now(UTC),
            by=register.actor.name,
        )
        digest = write(made, out)
        ids = [f"register:{item.id}" for item in made.items]
        audit = register.guard.audit
        audit.record(register.actor, register.purpose, "report", ids=(*ids, f"sha256:{digest}"))
        audit.flush()
    if json_output:
        print_json(
            {"file": str(out), "kind": kind, "as_of": made.as_of.isoformat(),
             "items": len(made.items), "sha256": digest}
        )  # fmt: skip
        return
    say(
        _("{file} written: {count} items, SHA-256 {digest}").format(
            file=out, count=len(made.items), digest=digest
        )
    )


# --- what they share ------------------------------------------------------------------------------


@contextmanager
def _register(path: Path, user: str, purpose: str, case: str) -> Iterator[Register]:
    from puente.guard.actors import Purpose
    from puente.screen.register import Register

    with open_workspace(path) as held:
        actor = signed_in(held, user)
        yield Register(guard=held.guard, actor=actor, purpose=Purpose(name=purpose, case=case))


def _money(item: Item) -> str:
    return "–" if item.value is None else f"{format_number(item.value)} {item.currency}"


def _show_taken(taken: Taken, *, json_output: bool) -> None:
    if json_output:
        print_json(
            {
                "items": [item.brief() for item in taken.items],
                "rejected": [{"line": r.line, "reason": r.reason} for r in taken.rejects],
            }
        )
    else:
        say(_("{count} entries written").format(count=len(taken.items)))
        for reject in taken.rejects[:SHOWN]:
            say(_("line {line}: {reason}").format(line=reject.line, reason=reject.reason))
    if taken.rejects:
        raise typer.Exit(1)


def _show(item: Item, *, json_output: bool) -> None:
    from puente.screen.register_forms import FORMS
    from puente.screen.register_items import CONFIRMED, STANDINGS

    if json_output:
        print_json(item.as_json())
        return
    say(f"{item.id}  {_(STANDINGS[item.standing])}  {_money(item)}")
    rows: Sequence[Sequence[object]] = [
        [str(e.number), e.at[:16], e.by,
         _("second person") if e.kind == CONFIRMED else _(FORMS[e.kind].title),
         "; ".join(f"{name}: {text}" for name, text in e.body.get("fields", {}).items())
         or str(e.body.get("reasons", ""))]
        for e in item.entries
    ]  # fmt: skip
    heads = [_("Number"), _("When"), _("Who"), _("What"), _("As recorded")]
    print_table(_("Entries"), heads, rows)
