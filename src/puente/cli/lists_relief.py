"""Commands of relief: notices, told, check, packet, false-match, correction."""

from __future__ import annotations

import re
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
    open_workspace,
    signed_in,
)
from puente.cli.lists_time import ListOption
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.guard.actors import Actor, Purpose
    from puente.report.relief_letters import Letter, LetterAsked
    from puente.workspace import Workspace

EntryArgument = Annotated[str, typer.Argument(help=_("Id of the entry, e.g. ofac-21644."))]
LanguageOption = Annotated[str, typer.Option(help=_("es, en, or both in one document."))]

SHOWN = 60
_ID = re.compile(r"\b(?:ofac|un|sat69b)-[0-9A-ZÑ&][0-9A-Za-zÑñ&-]*")


def declare(group: typer.Typer) -> None:
    """Add this module's commands to the group `lists`."""
    relief = typer.Typer(
        help=_("What is owed to whoever was taken off a list, or taken for somebody on it."),
        no_args_is_help=True,
    )
    _declare_reading(relief)
    add_command(
        relief,
        "packet",
        packet,
        text=_("Write the facts for a petition to be taken off a list (31 CFR 501.807)."),
        example="puente lists relief packet ofac-21024 --list ofac --out packet.pdf",
    )
    add_command(
        relief,
        "false-match",
        false_match,
        text=_("Write the letter that tells somebody that they are not the listed one."),
        example=(
            "puente lists relief false-match fgr-det-80 ofac-9002 --reasons ..."
            " --out letter.pdf --user ana --purpose investigation"
        ),
    )
    add_command(
        relief,
        "correction",
        correction,
        text=_("Write the correction to everybody who was told of an entry since removed."),
        example=(
            "puente lists relief correction ofac-21644 --out correction.pdf"
            " --user eva --purpose audit"
        ),
    )
    group.add_typer(relief, name="relief")


def _declare_reading(relief: typer.Typer) -> None:
    add_command(
        relief,
        "notices",
        notices,
        text=_("Show the notices on earlier findings whose listing has ended."),
        example="puente lists relief notices --id ofac-21644 --user ana --purpose investigation",
    )
    add_command(
        relief,
        "told",
        told,
        text=_("Show who looked at, exported or reported an entry, by the log; for auditors."),
        example="puente lists relief told ofac-21644 --user eva --purpose audit",
    )
    add_command(
        relief,
        "check",
        check,
        text=_("Find in files of earlier answers the entries that were taken off a list since."),
        example="puente lists relief check hits.jsonl steps.csv",
    )


def notices(
    entry: Annotated[str, typer.Option("--id", help=_("Only of this entry."))] = "",
    subject: Annotated[
        str, typer.Option("--on", help=_("Only on findings about this entity."))
    ] = "",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists relief notices`."""
    from puente.screen.relief import FINDINGS, WHAT, changes_of
    from puente.screen.relief import notices as notices_of

    with _opened(workspace, user, purpose, case) as (held, actor, why):
        held.guard.require(actor, why, "claim")
        found = notices_of(
            held.guard, actor, why, entry=entry, subjects=[subject] if subject else None
        )
        shown = {n.change.entity_id for n in found} | {n.finding.subject for n in found}
        held.audit.record(actor, why, "look", ids=sorted(shown))
        held.audit.flush()
        changes = changes_of(held.ledger, [entry] if entry else None)
    if json_output:
        print_json(
            {
                "changes": [
                    {"entity_id": c.entity_id, "list": c.list, "what": c.what, "day": c.day,
                     "last_listed": c.last_listed, "listed_as": dict(c.said)}
                    for c in changes
                ],
                "notices": [notice.as_json() for notice in found],
            }
        )  # fmt: skip
        return
    print_table(
        _("Notices"),
        [_("Entry"), _("What became of it"), _("Day"), _("On"), _("Earlier finding"), _("Where")],
        [
            [n.change.entity_id, _(WHAT[n.change.what]), n.change.day, n.finding.subject,
             _(FINDINGS[n.finding.kind]), n.finding.ref]
            for n in found[:SHOWN]
        ],
    )  # fmt: skip
    if len(found) > SHOWN:
        say(_("... and {count} more; --id, --on or --json").format(count=len(found) - SHOWN))


def told(
    entry: EntryArgument,
    user: UserOption = "",
    purpose: PurposeOption = "audit",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists relief told`."""
    from puente.screen.relief_told import told_of

    with _opened(workspace, user, purpose, case) as (held, actor, why):
        found = told_of(held.guard, actor, why, entry, _agencies(held))
    if json_output:
        print_json({"entity_id": entry, "told": [one.as_json() for one in found]})
        return
    print_table(
        _("Who was told of {entry}").format(entry=entry),
        [_("Who"), _("Agency"), _("Purpose"), _("How"), _("First"), _("Last"), _("Times")],
        [[t.who, t.agency, t.purpose, t.action, t.first[:10], t.last[:10], t.times] for t in found],
    )


def check(
    files: Annotated[list[Path], typer.Argument(help=_("Files of answers, steps, exports."))],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists relief check`."""
    from puente.screen.relief import REMOVED, RETURNED, WHAT, changes_of

    with open_workspace(workspace) as held:
        changes = changes_of(held.ledger)
    last = {change.entity_id: change for change in changes}
    ended = {entity: c for entity, c in last.items() if c.what != RETURNED}
    found = [
        (path, line, ended[name]) for path in files for line, name in _named(path) if name in ended
    ]
    if json_output:
        print_json(
            {
                "found": [
                    {"file": str(path), "line": line, "entity_id": c.entity_id, "list": c.list,
                     "what": c.what, "day": c.day}
                    for path, line, c in found
                ],
                "removed": sum(c.what == REMOVED for c in ended.values()),
            }
        )  # fmt: skip
    else:
        print_table(
            _("Named there and taken off a list since"),
            [_("File"), _("Line"), _("Entry"), _("What became of it"), _("Day")],
            [[str(p), n, c.entity_id, _(WHAT[c.what]), c.day] for p, n, c in found[:SHOWN]],
        )
    if found:
        raise typer.Exit(1)


def packet(
    entry: EntryArgument,
    out: Annotated[Path, typer.Option(help=_("PDF to write."))],
    lists: ListOption = None,
    language: LanguageOption = "both",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists relief packet`."""
    from puente.report.relief_letters import delisting_packet
    from puente.screen.lists_life import life_in_files, life_in_view
    from puente.screen.relief_packet import packet_of

    if lists:
        letter = delisting_packet(packet_of(life_in_files(lists, entry)), _asked(language))
        _write(letter, out, json_output=json_output)
        return
    with _opened(workspace, user, purpose, case) as (held, actor, why):
        view = held.view(actor, why, action="export")
        facts = packet_of(life_in_view(view, entry))
        letter = delisting_packet(facts, _asked(language, actor.name, why))
        _log(held, actor, why, letter, [entry])
        _write(letter, out, json_output=json_output)


def false_match(
    entity: Annotated[str, typer.Argument(help=_("Id of the entity that is not the listed one."))],
    entry: EntryArgument,
    reasons: Annotated[str, typer.Option(help=_("Why: kept and printed with it."))],
    out: Annotated[Path, typer.Option(help=_("PDF to write."))],
    language: LanguageOption = "both",
    user: UserOption = "",
    purpose: PurposeOption = "",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists relief false-match`."""
    from puente.report.relief_letters import false_match_letter
    from puente.screen.relief_packet import false_match_of

    with _opened(workspace, user, purpose, case) as (held, actor, why):
        view = held.view(actor, why, action="export")
        facts = false_match_of(view, entity, entry, reasons)
        letter = false_match_letter(facts, _asked(language, actor.name, why))
        _log(held, actor, why, letter, [facts.entity, entry])
        _write(letter, out, json_output=json_output)


def correction(
    entry: EntryArgument,
    out: Annotated[Path, typer.Option(help=_("PDF to write."))],
    language: LanguageOption = "both",
    user: UserOption = "",
    purpose: PurposeOption = "audit",
    case: CaseOption = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente lists relief correction`."""
    from puente.report.relief_letters import correction_letter
    from puente.screen.relief import RETURNED, changes_of
    from puente.screen.relief_packet import Correction
    from puente.screen.relief_told import told_of

    with _opened(workspace, user, purpose, case) as (held, actor, why):
        changes = changes_of(held.ledger, [entry])
        if not changes or changes[-1].what == RETURNED:
            message = _("{entry} has not been taken off a list, by the builds of this workspace")
            raise InvalidData(message.format(entry=entry))
        known = told_of(held.guard, actor, why, entry, _agencies(held))
        facts = Correction(change=changes[-1], told=known)
        letter = correction_letter(facts, _asked(language, actor.name, why))
        _log(held, actor, why, letter, [entry])
        _write(letter, out, json_output=json_output)


# --- what they share ------------------------------------------------------------------------------


@contextmanager
def _opened(
    path: Path, user: str, purpose: str, case: str
) -> Iterator[tuple[Workspace, Actor, Purpose]]:
    from puente.guard.actors import Purpose

    with open_workspace(path) as held:
        actor = signed_in(held, user)
        yield held, actor, Purpose(name=purpose, case=case)


def _agencies(held: Workspace) -> dict[str, str]:
    return {user.name: user.agency for user in held.users.all()}


def _named(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and id of each entry that a text file names, each once a line."""
    if not path.is_file():
        raise NotFound(_("no such file: {file}").format(file=path))
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            for name in dict.fromkeys(_ID.findall(line)):
                yield number, name


def _asked(language: str, by: str = "", why: Purpose | None = None) -> LetterAsked:
    from puente.report.relief_letters import LetterAsked

    if language not in {"en", "es", "both"}:
        raise typer.BadParameter(_("the language is en, es or both"))
    return LetterAsked(
        language=language,
        now=datetime.now(UTC),
        by=by,
        purpose=why.name if why else "",
        case=why.case if why else "",
    )


def _log(held: Workspace, actor: Actor, why: Purpose, letter: Letter, ids: list[str]) -> None:
    """What leaves the house stands in the log before it stands on the disk."""
    held.audit.record(actor, why, "report", ids=(*ids, f"sha256:{letter.sha256}"))
    held.audit.flush()


def _write(letter: Letter, out: Path, *, json_output: bool) -> None:
    letter.write(out)
    if json_output:
        print_json(
            {"file": str(out), "marking": letter.marking, "bytes": len(letter.content),
             "sha256": letter.sha256}
        )  # fmt: skip
        return
    say(
        _("{file} written ({marking}, {size} bytes, SHA-256 {digest})").format(
            file=out, marking=letter.marking, size=len(letter.content), digest=letter.sha256
        )
    )
