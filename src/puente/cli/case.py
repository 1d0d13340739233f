"""Commands on case files under the law: add, list, show, search, determine, cosign, memo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import (
    PurposeOption,
    UserOption,
    WorkspaceOption,
    last_day,
    open_workspace,
    read_text,
    signed_in,
)
from puente.cli.case_tables import (
    print_case,
    print_determinations,
    print_faults,
    print_searches,
)
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _
from puente.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from puente.casework.cases import CaseDesk

CaseArgument = Annotated[str, typer.Argument(help=_("The case's id."))]
ElementOption = Annotated[str, typer.Option("--element", help=_("Id of an element."))]
LawDayOption = Annotated[
    str, typer.Option("--as-of", help=_("Day whose law applies, YYYY-MM-DD or YYYY-MM; today."))
]
FactsDayOption = Annotated[
    str,
    typer.Option(
        "--facts-as-of",
        help=_("Day of the facts: later items are left out; the case's own."),
    ),
]


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    group = typer.Typer(
        help=_("Case files under the law: searches, determinations, memos."), no_args_is_help=True
    )
    who = "--user ana --purpose investigation"
    add_command(
        group,
        "add",
        add,
        text=_("File a case (YAML), or its next version, under its marking and record class."),
        example=f"puente case add docs/examples/case-fto.yaml {who}",
    )
    add_command(
        group,
        "list",
        list_cases,
        text=_("List the cases that you may read."),
        example=f"puente case list {who}",
    )
    add_command(
        group,
        "show",
        show,
        text=_(
            "Show a case: what its record supports, what people determined, what was searched."
            " --verify also checks every entry against its signature, its place and the log."
        ),
        example=f"puente case show example-fto --verify {who}",
    )
    add_command(
        group,
        "search",
        search,
        text=_("Log that you looked for what speaks against an element, or for it."),
        example=f'puente case search example-fto --element threat --side con --what "..." {who}',
    )
    _declare_deeds(group, who)
    app.add_typer(group, name="case")


def _declare_deeds(group: typer.Typer, who: str) -> None:
    add_command(
        group,
        "determine",
        determine,
        text=_(
            "Determine an element under a reading, with reasons; or dissent from a determination."
            " The contrary side must have been searched first."
        ),
        example=(
            "puente case determine example-fto --element threat"
            " --reading motive=paper+gain=sole --status met --reasons ..."
            f" {who}"
        ),
    )
    add_command(
        group,
        "cosign",
        cosign,
        text=_("Sign another person's determination: a memo calls it signed only then."),
        example="puente case cosign example-fto 6 --user luis --purpose investigation",
    )
    add_command(
        group,
        "memo",
        memo,
        text=_("Write the memo of a case as PDF (tagged, PDF/UA), in one language or both."),
        example=f"puente case memo example-fto --out memo.pdf --language both {who}",
    )


def add(
    file: Annotated[Path, typer.Argument(help=_("Case file (YAML)."))],
    record_class: Annotated[
        str,
        typer.Option(
            "--class",
            help=_("fact (for a new case), court, sanctions or public_list; kept for good."),
        ),
    ] = "",
    marking: Annotated[
        str, typer.Option(help=_("Least marking; its items may make the case's stricter."))
    ] = "TLP:CLEAR",
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente case add`."""
    text = read_text(file)
    with _desk(workspace, user, purpose, "") as desk:
        held = desk.add(text, str(file), record_class=record_class, marking=marking)
    if json_output:
        print_json(held.head.as_json())
        return
    filed = _("Case {id}, version {version}, {marking}, SHA-256 {fingerprint}")
    head = held.head
    say(
        filed.format(
            id=head.id, version=head.version, marking=head.marking, fingerprint=head.fingerprint
        )
    )


def list_cases(
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente case list`."""
    from puente.i18n import current_language

    with _desk(workspace, user, purpose, "") as desk:
        heads = desk.heads()
    if json_output:
        print_json({"cases": [head.as_json() for head in heads]})
        return
    print_table(
        _("Cases"),
        [_("Case"), _("Version"), _("Title"), _("Instrument"), _("Marking"), _("Filed")],
        [
            [h.id, h.version, h.title[current_language()], h.instrument, h.marking, h.at[:10]]
            for h in heads
        ],
    )


def show(
    case: CaseArgument,
    verify: Annotated[
        bool, typer.Option("--verify", help=_("Fail if an entry was altered, moved or is gone."))
    ] = False,
    as_of: LawDayOption = "",
    facts_as_of: FactsDayOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente case show`."""
    from puente.casework.determinations import determinations

    with _desk(workspace, user, purpose, case) as desk:
        held = desk.open(case)
        key = desk.guard.audit.sealer.public_key.hex()
    run = held.assess(*_days(as_of, facts_as_of))
    every = determinations(held.docket)
    if json_output:
        from puente.law.runs import run_json

        print_json(
            {
                "case": held.head.as_json(),
                "run": run_json(run),
                "determinations": [one.as_json() for one in every],
                "searches": [one.as_json() for one in held.searches],
                "verified": not held.faults,
                "faults": [str(fault) for fault in held.faults],
                "entries": len(held.docket.entries),
                "public_key": key,
            }
        )
    else:
        print_case(held, run)
        print_determinations(every)
        print_searches(held)
        print_faults(held, key)
    if verify and held.faults:
        raise typer.Exit(1)


def search(
    case: CaseArgument,
    element: ElementOption,
    what: Annotated[str, typer.Option(help=_("Where you looked, and what you found."))],
    side: Annotated[
        str, typer.Option(help=_("con: what speaks against the element; pro: for it."))
    ] = "con",
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente case search`."""
    from puente.law.evidence import Side

    if side not in {one.value for one in Side}:
        raise typer.BadParameter(_("the side is con or pro"))
    with _desk(workspace, user, purpose, case) as desk:
        logged = desk.search(case, element, Side(side), what)
    if json_output:
        print_json(logged.as_json())
    else:
        say(_("Search {number} is logged").format(number=logged.number))


def determine(
    case: CaseArgument,
    element: ElementOption,
    reading: Annotated[str, typer.Option(help=_("Id of a reading, as `case show` names it."))],
    status: Annotated[str, typer.Option(help=_("met, not_met, contested or cannot_say."))],
    reasons: Annotated[str, typer.Option(help=_("Why: kept and printed with it."))],
    dissent_of: Annotated[
        int | None, typer.Option(help=_("Number of the determination that this one answers."))
    ] = None,
    as_of: LawDayOption = "",
    facts_as_of: FactsDayOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente case determine`."""
    from puente.casework.determinations import Finding
    from puente.casework.determinations import determine as make_determination

    law, facts = _days(as_of, facts_as_of)
    finding = Finding(
        element=element,
        reading=reading,
        status=status,
        reasons=reasons,
        as_of_law=law,
        as_of_facts=facts,
        dissent_of=dissent_of,
    )
    with _desk(workspace, user, purpose, case) as desk:
        made = make_determination(desk, case, finding)
    if json_output:
        print_json(made.as_json())
    else:
        text = _("Determination {number} is kept; a second person signs it: puente case cosign")
        say(text.format(number=made.number))


def cosign(
    case: CaseArgument,
    determination: Annotated[int, typer.Argument(help=_("Number of the determination."))],
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente case cosign`."""
    from puente.casework.determinations import cosign as put_signature

    with _desk(workspace, user, purpose, case) as desk:
        signed = put_signature(desk, case, determination)
    if json_output:
        print_json(signed.as_json())
    else:
        say(_("Determination {number} is signed by two").format(number=signed.number))


def memo(
    case: CaseArgument,
    out: Annotated[Path, typer.Option(help=_("PDF to write."))],
    language: Annotated[str, typer.Option(help=_("es, en, or both in one document."))] = "both",
    as_of: LawDayOption = "",
    facts_as_of: FactsDayOption = "",
    user: UserOption = "",
    purpose: PurposeOption = "investigation",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente case memo`."""
    from puente.report.law_memo import MemoAsked, write_memo

    if language not in {"en", "es", "both"}:
        raise typer.BadParameter(_("the language is en, es or both"))
    law, facts = _days(as_of, facts_as_of)
    with _desk(workspace, user, purpose, case) as desk:
        asked = MemoAsked(
            case=case, language=language, as_of_law=law, as_of_facts=facts, now=_now()
        )
        written = write_memo(desk, asked, out)
    if json_output:
        print_json(written.as_json())
    else:
        text = _("{file} written ({marking}, {size} bytes, SHA-256 {digest})")
        say(
            text.format(file=out, marking=written.marking, size=written.size, digest=written.sha256)
        )


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _desk(path: Path, user: str, purpose: str, case: str) -> Iterator[CaseDesk]:
    """Yield the signed-in person's desk; what the log gathered is written in the end."""
    from puente.casework.cases import CaseDesk
    from puente.guard.actors import Purpose

    with open_workspace(path) as workspace:
        actor = signed_in(workspace, user)
        yield CaseDesk(workspace.guard, actor, Purpose(name=purpose, case=case))


def _days(as_of: str, facts_as_of: str) -> tuple[date, date | None]:
    return last_day(as_of), last_day(facts_as_of) if facts_as_of else None
