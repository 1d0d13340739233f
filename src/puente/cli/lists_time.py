"""Commands on lists over time: lists diff, at, life."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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
    signed_in_view,
)
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.guard.view import View
    from puente.screen.deltas import Delta, EntryDelta
    from puente.screen.lists_answer import Answer
    from puente.screen.lists_life import Life
    from puente.screen.standing import Delivery, Listed, ListsOn

ListOption = Annotated[
    list[Path] | None,
    typer.Option("--list", help=_("A list file, or a folder; repeatable. None: the workspace's.")),
]
SHOWN = 40
"""Entries that the terminal shows; `--out` and `--json` have all."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def declare(group: typer.Typer) -> None:
    """Add this module's commands to the group `lists`."""
    add_command(
        group,
        "diff",
        diff,
        text=_(
            "Show what changed in the lists between two days, or two deliveries: added, removed,"
            " and each value old and new. Tag, law and day of listing stay apart."
        ),
        example="puente lists diff 2021-08-18 2022-01-31 --list ofac",
    )
    add_command(
        group,
        "at",
        at,
        text=_("Show what was listed on a day, and what a question would have been answered."),
        example='puente lists at 2021-12-31 --list ofac --name "Rafael Marquez Alvarez"',
    )
    add_command(
        group,
        "life",
        life,
        text=_("Show one entry through all deliveries: listed, changed, removed."),
        example="puente lists life ofac-11440 --list ofac",
    )


def diff(
    before: Annotated[str, typer.Argument(help=_("A day, or a list file or folder."))],
    after: Annotated[str, typer.Argument(help=_("A day, or a list file or folder."))],
    lists: ListOption = None,
    program: Annotated[str, typer.Option(help=_("Only entries under this program tag."))] = "",
    kind: Annotated[
        str,
        typer.Option(
            help=_(
                "Only added, removed, changed, or one kind of change:"
                " program, name, alias, birth, identifier, country, address, link, listing."
            )
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help=_("JSON lines to write, one entry a line."))
    ] = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists diff`."""
    from puente.screen.deltas import KINDS, WHAT
    from puente.screen.lists_compare import compare

    if kind and kind not in {*WHAT, *KINDS}:
        known = ", ".join((*WHAT, *KINDS))
        raise typer.BadParameter(_("unknown kind; one of {known}").format(known=known))
    with _reader(lists, workspace, {"user": user, "purpose": purpose, "case": case}) as read:
        sides = [read(before), read(after)]
    delta = compare(*sides)
    chosen = [entry for entry in delta.entries if entry.fits(kind=kind, program=program)]
    if out is not None:
        _write_lines(out, [entry.as_json() for entry in chosen])
    if json_output:
        print_json(_delta_json(delta, chosen, sides, with_entries=out is None))
        return
    _show_delta(delta, chosen, sides)


def at(
    on: Annotated[str, typer.Argument(metavar="DAY", help=_("The day, YYYY-MM-DD."))],
    lists: ListOption = None,
    entry: Annotated[str, typer.Option("--id", help=_("Show this entry as it stood."))] = "",
    name: Annotated[
        str, typer.Option("--name", help=_("Screen this name against the lists of that day."))
    ] = "",
    weak: Annotated[
        bool, typer.Option("--weak", help=_("Also look at what the list calls weak aliases."))
    ] = False,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists at`."""
    from puente.screen.lists_answer import answer_on

    with _reader(lists, workspace, {"user": user, "purpose": purpose, "case": case}) as read:
        held = read(day(on).isoformat())
    told = held.entries.get(entry) if entry else None
    found = answer_on(held, name, weak=weak) if name else None
    if json_output:
        asked = {"entry": told.as_json() if told else None, "listed": bool(told)} if entry else {}
        print_json(
            {
                "day": on,
                "deliveries": _deliveries(held.deliveries),
                "undated": [item.file for item in held.undated],
                "entries": len(held.entries),
                "lists": held.counts("lists"),
                "programs": held.counts("tags"),
                **asked,
                **({"answer": found.as_json()} if found else {}),
            }
        )
        return
    _show_deliveries(held)
    print_table(
        _("Entries by list"), [_("List"), _("Entries")], [*map(list, held.counts("lists").items())]
    )
    if entry:
        _show_entry(entry, told)
    if found is not None:
        _show_answer(on, found)


def life(
    entry: Annotated[str, typer.Argument(help=_("Id of the entry, e.g. ofac-21644."))],
    lists: ListOption = None,
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists life`."""
    from puente.screen.lists_life import EVENTS, life_in_files, life_in_view

    if lists:
        told = life_in_files(lists, entry)
    else:
        with open_workspace(workspace) as opened:
            view = signed_in_view(opened, user=user, purpose=purpose, case=case)
            told = life_in_view(view, entry)
    if not told.events:
        raise InvalidData(_("no delivery held names {entry}").format(entry=entry))
    if json_output:
        print_json(_life_json(told))
        return
    print_table(
        told.last.name if told.last else entry,
        [_("Delivery"), _("What"), _("Old"), _("New")],
        [
            [event.day, _(EVENTS[event.what]), *sides]
            for event in told.events
            for sides in (_lines(event.delta) if event.delta else [["", ""]])
        ],
    )


# --- reading -------------------------------------------------------------------------------------


@contextmanager
def _reader(
    lists: list[Path] | None, workspace: Path, who: dict[str, str]
) -> Iterator[Callable[[str], ListsOn]]:
    """Yield what reads the lists of a day, or those of a path; signs in once, where it must."""
    from puente.screen.standing import lists_in_files, lists_in_view

    with ExitStack() as opened:
        views: list[View] = []

        def read(text: str) -> ListsOn:
            if not _DAY.fullmatch(text):
                return lists_in_files([Path(text)])
            if lists:
                return lists_in_files(lists, day(text))
            if not views:
                held = opened.enter_context(open_workspace(workspace))
                views.append(signed_in_view(held, **who))
            return lists_in_view(views[0], day(text))

        yield read


def _write_lines(out: Path, rows: list[dict[str, object]]) -> None:
    from puente.store.disk import write_whole

    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_whole(out, "".join(lines).encode(), mode=0o666)


# --- showing -------------------------------------------------------------------------------------


def _delta_json(
    delta: Delta, chosen: list[EntryDelta], sides: list[ListsOn], *, with_entries: bool
) -> dict[str, object]:
    return {
        "before": _deliveries(delta.before),
        "after": _deliveries(delta.after),
        "undated": sorted({item.file for side in sides for item in side.undated}),
        "not_compared": [{"source": s, "property": p} for s, p in delta.not_compared],
        "counts": delta.counts,
        "programs": [flow.as_json() for flow in delta.flows],
        "moves": [
            {"old": list(old), "new": list(new), "entries": n} for old, new, n in delta.moves()
        ],
        "chosen": len(chosen),
        **({"entries": [entry.as_json() for entry in chosen]} if with_entries else {}),
    }


def _show_delta(delta: Delta, chosen: list[EntryDelta], sides: list[ListsOn]) -> None:
    from puente.screen.deltas import WHAT
    from puente.screen.lists_programs import authority_of

    for side in sides:
        _show_deliveries(side)
    print_table(
        _("Entries"),
        [_("stood on both"), *(_(word) for word in WHAT.values())],
        [[delta.stood, *(len(delta.of(what)) for what in WHAT)]],
    )
    print_table(
        _("By program tag"),
        [_("Tag"), _("Law"), _("before"), _("added"), _("removed"), _("gained"), _("lost"),
         _("after")],
        [
            [f.tag, authority_of(f.tag).cite or _("not known here"), f.before, f.added, f.removed,
             f.gained, f.lost, f.after]
            for f in delta.flows
            if f.added or f.removed or f.gained or f.lost
        ],
    )  # fmt: skip
    rows: list[list[object]] = []
    for entry in chosen[:SHOWN]:
        label = [entry.entity_id, entry.name, _(WHAT[entry.what])]
        told = _lines(entry) or [["", ", ".join(entry.tags)]]
        rows += [[*(label if n == 0 else ["", "", ""]), *line] for n, line in enumerate(told)]
    print_table(_("What changed"), [_("Entry"), _("Name"), _("What"), _("Old"), _("New")], rows)
    if len(chosen) > SHOWN:
        say(_("... and {count} more entries; --out or --json").format(count=len(chosen) - SHOWN))
    if delta.not_compared:
        left = ", ".join(f"{source} {prop}" for source, prop in delta.not_compared)
        say(_("Not compared, since one side does not hold it: {what}").format(what=left))


def _lines(entry: EntryDelta) -> list[list[str]]:
    """Return old and new of each change."""
    from puente.screen.deltas import prop_label

    return [
        [
            f"{prop_label(entry.schema, change.prop)}: {'; '.join(old) or '-'}",
            "; ".join(new) or "-",
        ]
        for change in entry.changes
        for old, new in [change.shown]
    ]


def _show_deliveries(held: ListsOn) -> None:
    told = ", ".join(f"{d.source} {d.published or _('undated')}" for d in held.deliveries)
    say(_("Lists: {deliveries}").format(deliveries=told))
    for item in held.undated:
        say(_("{file} says no day and is left out").format(file=item.file))


def _show_answer(on: str, found: Answer) -> None:
    print_table(
        _("Answer with the lists of {day} and the present method {method}").format(
            day=on, method=found.method
        ),
        [_("Entry"), _("Name"), _("Score"), _("Verdict"), _("Programs")],
        [[h.entity_id, h.name, h.score, h.verdict, ", ".join(h.programs)] for h in found.hits],
    )


def _show_entry(name: str, entry: Listed | None) -> None:
    from puente.screen.lists_programs import authority_of

    if entry is None:
        say(_("{entry} was not listed").format(entry=name))
        return
    print_table(
        f"{entry.entity_id} {entry.name}",
        [_("Tag"), _("Law"), _("Listed on, as the list states")],
        [
            [tag, authority_of(tag).cite or _("not known here"),
             ", ".join(entry.listed_on) or _("not stated")]
            for tag in entry.tags
        ],
    )  # fmt: skip


def _deliveries(items: tuple[Delivery, ...]) -> list[dict[str, str]]:
    return [
        {"source": d.source, "part": d.part, "published": d.published, "file": d.file}
        for d in items
    ]


def _life_json(told: Life) -> dict[str, object]:
    return {
        "entity_id": told.entity_id,
        "standing": told.standing,
        "deliveries": list(told.days),
        "events": [event.as_json() for event in told.events],
        "last": told.last.as_json() if told.last else None,
    }
