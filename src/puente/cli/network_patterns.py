"""The command on those who stand behind: network patterns."""

from __future__ import annotations

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
from puente.cli.output import JsonFlag, add_command, print_json, say
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.graph.patterns.find import Patterns
    from puente.graph.patterns.finding import Finding, Sign


def declare(group: typer.Typer) -> None:
    """Add this module's command to the group `network`."""
    add_command(
        group,
        "patterns",
        patterns,
        text=_("Say who may stand behind designated persons, with what speaks for and against it."),
        example="puente network patterns --user ana --purpose investigation --case C-7",
    )


def patterns(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    case: CaseOption = "",
    pattern: Annotated[str, typer.Option(help=_("Only this pattern, by its id."))] = "",
    subject: Annotated[str, typer.Option(help=_("Only this entity."))] = "",
    date: Annotated[str, typer.Option(help=_("Day of the law, YYYY-MM-DD; today."))] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente network patterns`."""
    from puente.graph.patterns.find import find_patterns

    on = day(date)
    with (
        open_workspace(workspace) as node,
        signed_in_view(node, user=user, purpose=purpose, case=case) as view,
    ):
        found = find_patterns(view, pattern)
        chosen = [one for one in found.findings if subject in {"", *one.subjects}]
        view.record("look", ids=[one.subjects[0] for one in chosen])
    if json_output:
        print_json({"findings": [_told(one, found, on) for one in chosen]})
    else:
        _show(chosen, found)


def _told(finding: Finding, found: Patterns, on: date) -> dict[str, object]:
    from puente.graph.patterns.find import reaching

    names = found.terrain.names
    return {
        "pattern": finding.pattern.id,
        "name": _(finding.pattern.name),
        "text": _(finding.pattern.text),
        "source": finding.pattern.source,
        "subjects": list(finding.subjects),
        "caption": names.get(finding.subjects[0], finding.subjects[0]),
        "principals": list(finding.principals),
        "signs": [_sign_json(sign, found) for sign in finding.signs],
        "against": [_sign_json(sign, found) for sign in finding.against],
        "innocent": [_(text) for text in finding.pattern.innocent],
        "path": finding.path.as_json() if finding.path else None,
        "authorities": [
            {
                "authority": cell.authority,
                "status": cell.status.value,
                "elements": [
                    {"text": str(ground.element.text), "answer": ground.answer.value,
                     "because": ground.because, "cite": ground.element.cite}
                    for ground in cell.grounds
                ],
            }
            for cell in reaching(finding.pattern, on)
        ],
    }  # fmt: skip


def _sign_json(sign: Sign, found: Patterns) -> dict[str, object]:
    edges = found.terrain.edges.take(list(sign.edges)).to_pylist() if sign.edges else []
    kept = ("source_id", "target_id", "kind", "strength", "date_from", "date_to", "sources")
    return {
        "text": sign.told(found.terrain.names),
        "about": sign.about,
        "edges": [{name: edge[name] for name in kept} for edge in edges],
        "statements": list(sign.statements),
    }


def _show(chosen: list[Finding], found: Patterns) -> None:
    names = found.terrain.names
    for finding in chosen:
        first = finding.subjects[0]
        typer.echo(f"{names.get(first, first)} ({first}): {_(finding.pattern.name)}")
        _lines(_("for it"), finding.signs, names)
        _lines(_("against it"), finding.against, names)
        if finding.path:
            way = " - ".join(names.get(node, node) for node in finding.path.nodes)
            typer.echo("  " + _("path: {way}").format(way=way))
    for pattern in dict.fromkeys(finding.pattern.id for finding in chosen):
        one = next(finding.pattern for finding in chosen if finding.pattern.id == pattern)
        say(_("What may explain it innocently ({kind}):").format(kind=_(one.name)))
        for text in one.innocent:
            say(f"  {_(text)}")
    text = _("{count} findings. Each is a reason to look, and none is a finding of guilt.")
    say(text.format(count=len(chosen)))


def _lines(head: str, signs: tuple[Sign, ...], names: Mapping[str, str]) -> None:
    for sign in signs:
        typer.echo(f"  {head}: {sign.told(names)}")
