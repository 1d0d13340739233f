"""Commands on case files: law assess, law compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import last_day, read_text
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.law.assess import Assessment
    from puente.law.compare import Comparison
    from puente.law.evidence import CaseFile
    from puente.law.stored import Run


def declare(group: typer.Typer) -> None:
    """Add this module's commands to the `law` group."""
    add_command(
        group,
        "assess",
        assess,
        text=_("Say what a case file supports under its instrument, reading by reading, and why."),
        example="puente law assess docs/examples/case-fto.yaml --as-of 2019-12",
    )
    add_command(
        group,
        "compare",
        compare,
        text=_(
            "Say what changed between two stored runs, or between two days of one case file, and"
            " whether the law, the facts or a reading changed it."
        ),
        example="puente law compare docs/examples/case-fto.yaml --as-of 2019-12 --as-of 2025-02-20",
    )


def assess(
    case: Annotated[Path, typer.Argument(help=_("Case file (YAML)."))],
    as_of: Annotated[
        str, typer.Option(help=_("Day whose law applies, YYYY-MM-DD or YYYY-MM; today."))
    ] = "",
    facts_as_of: Annotated[
        str, typer.Option(help=_("Day of the facts: later items are left out; the case's own."))
    ] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente law assess`."""
    run = _assessed(_case(case), as_of, facts_as_of)
    if json_output:
        from puente.law.runs import run_json

        print_json(run_json(run))
        return
    _print_run(run)


def compare(
    before: Annotated[
        Path, typer.Argument(help=_("Stored run (`law assess --json`), or a case file (YAML)."))
    ],
    after: Annotated[
        Path | None, typer.Argument(help=_("The later run; left out with a case file."))
    ] = None,
    as_of: Annotated[
        list[str] | None, typer.Option(help=_("With a case file, give it twice: days of the law."))
    ] = None,
    facts_as_of: Annotated[
        list[str] | None,
        typer.Option(help=_("With a case file: days of the facts, one for both or two.")),
    ] = None,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente law compare`."""
    from puente.law.compare import compare as compare_runs

    law_days, fact_days = as_of or [], facts_as_of or []
    if after is not None:
        if law_days or fact_days:
            raise typer.BadParameter(_("stored runs have their days: give none"))
        runs = _stored(before), _stored(after)
    else:
        if len(law_days) != 2 or len(fact_days) > 2:
            raise typer.BadParameter(_("give two stored runs, or a case file and --as-of twice"))
        facts = [*fact_days, *fact_days][:2] if fact_days else ["", ""]
        case = _case(before)
        runs = _run_of(case, law_days[0], facts[0]), _run_of(case, law_days[1], facts[-1])
    found = compare_runs(*runs)
    if json_output:
        print_json(found.as_json())
        return
    _print_comparison(found)


def _case(path: Path) -> CaseFile:
    from puente.law.casefile import read_case

    return read_case(read_text(path), str(path))


def _stored(path: Path) -> Run:
    from puente.law.stored import read_run

    return read_run(read_text(path), str(path))


def _run_of(case: CaseFile, as_of: str, facts_as_of: str) -> Run:
    import json

    from puente.law.runs import run_json
    from puente.law.stored import read_run

    run = run_json(_assessed(case, as_of, facts_as_of))
    return read_run(json.dumps(run), case.origin)


def _assessed(case: CaseFile, as_of: str, facts_as_of: str) -> Assessment:
    from puente.law.assess import assess as assess_case
    from puente.law.instrument import get_instrument

    facts = last_day(facts_as_of) if facts_as_of else None
    return assess_case(get_instrument(case.instrument), case, last_day(as_of), facts)


# --- for people --------------------------------------------------------------------------------


def print_readings(run: Assessment) -> None:
    """Print what each reading makes of the record, and on what the difference turns."""
    from puente.law.sentences import pivot_sentence, statement

    if not run.in_force:
        say(_("The instrument was not in force on that day: nothing is supported under it."))
        return
    rows = [[result.branch.id, statement(result)] for result in run.results]
    print_table(_("By reading"), [_("Reading"), _("On this record")], rows)
    for pivot in run.pivots:
        say(_("Pivot: {text}").format(text=pivot_sentence(run, pivot)))


def _print_run(run: Assessment) -> None:
    from puente.law.sentences import set_aside_sentences

    title = _("{organisation}: {instrument}, law of {law}, facts to {facts} ({marking})")
    say(
        title.format(
            organisation=run.case.organisation.name,
            instrument=run.instrument.short,
            law=run.as_of_law.isoformat(),
            facts=run.as_of_facts.isoformat(),
            marking=run.marking,
        ),
        style="bold",
    )
    print_readings(run)
    if not run.in_force:
        return
    if run.idle_questions:
        names = ", ".join(run.idle_questions)
        say(_("Changes no result on this record: {questions}").format(questions=names))
    _print_elements(run)
    _print_reasons(run)
    for line in set_aside_sentences(run):
        say(line)
    _print_judgments(run)


def _print_elements(run: Assessment) -> None:
    from puente.law.evidence import Side
    from puente.law.sentences import elements_shown, mark
    from puente.law.standards import STANDARD_TEXT, Standard

    rows = []
    for element in elements_shown(run):
        on = run.record[element.id]
        rows.append(
            [
                element.id,
                element.cite,
                _(STANDARD_TEXT[Standard(element.standard)]),
                on.status().text,
                ", ".join(item.id for item in on.on(Side.PRO)) or "-",
                ", ".join(item.id for item in on.on(Side.CON)) or "-",
                mark(element) or "-",
            ]
        )
    headers = [_("Element"), _("Law"), _("Standard"), _("Status"), _("For"), _("Against")]
    print_table(_("By element"), [*headers, _("Mark")], rows)
    if run.con_not_searched:
        names = ", ".join(run.con_not_searched)
        say(_("No search for what speaks against is logged for: {names}").format(names=names))


def _print_reasons(run: Assessment) -> None:
    from puente.law.sentences import explanation_sentences

    for result in run.results:
        say(_("Why, under {reading}:").format(reading=result.branch.id), style="bold")
        for line in explanation_sentences(result.explanation):
            say(f"  {line}")
    for name in run.left_out:
        say(_("Left out, since a reading of it stands from memory: {reading}").format(reading=name))


def _print_judgments(run: Assessment) -> None:
    from puente.law.references import CONFIDENCE_WORDS
    from puente.law.status import word_text

    rows: list[list[object]] = []
    for one in run.judgments:
        if not one.determinations:
            rows.append([one.element.id, "-", _("not determined yet"), "-"])
        for held in one.determinations:
            said = [(held.analyst, held.status, held.reasons)]
            said += [(voice.analyst, voice.status, voice.reasons) for voice in held.dissents]
            rows += [[one.element.id, who, word_text(word), why] for who, word, why in said]
    headers = [_("Element"), _("Analyst"), _("Determination"), _("Reasons")]
    print_table(_("What a person determines, dissents beside it"), headers, rows)
    for listed in run.designations:
        text = _(
            "{organisation} is on the instrument's list since {day} ({mark}); this fed nothing"
        )
        mark = _(CONFIDENCE_WORDS[listed.citation.confidence])
        day_text = listed.effective.iso
        say(text.format(organisation=listed.organisation, day=day_text, mark=mark))


def _print_comparison(found: Comparison) -> None:
    from puente.law.compare import CAUSE_TEXT
    from puente.law.status import word_text

    if found.is_same:
        say(_("No result changed."), style="bold")
    if found.branches:
        rows: Sequence[Sequence[object]] = [
            [
                one.branch,
                word_text(one.before),
                word_text(one.after),
                _(CAUSE_TEXT[one.cause]),
                ", ".join(one.elements) or "-",
            ]
            for one in found.branches
        ]
        headers = [_("Reading"), _("Before"), _("After"), _("Because of"), _("Elements")]
        print_table(_("What changed"), headers, rows)
    for names, text in (
        (found.changed, _("Went in differently: {names}")),
        (found.gone, _("Readings gone: {names}")),
        (found.come, _("Readings come: {names}")),
        (found.designated, _("On the instrument's list now and not before: {names}")),
    ):
        if names:
            say(text.format(names=", ".join(names)))
    for one in found.elements:
        moved = [f"+{i}" for i in one.added] + [f"-{i}" for i in one.removed]
        moved += [f"~{i}" for i in one.regraded]
        if one.law:
            moved.append(_("what the law says of it"))
        say(_("{element}: {changes}").format(element=one.element, changes=", ".join(moved)))
