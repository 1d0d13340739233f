"""Commands on the law: law list, show, penalty, deadline."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli import law_assess, law_matrix
from puente.cli.asked import day
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.errors import InvalidData
from puente.i18n import format_date
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.law.penalty import Penalty
    from puente.law.procedure import Step


def declare(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    group = typer.Typer(
        help=_("Instruments of law as dated data: what they ask, by when, at most how much."),
        no_args_is_help=True,
    )
    add_command(
        group,
        "list",
        list_instruments,
        text=_("List the instruments, and the names of the penalties and time limits."),
        example="puente law list",
    )
    add_command(
        group,
        "show",
        show,
        text=_("Show one instrument: elements, readings, time limits, figures, sources."),
        example="puente law show us-kingpin --date 2019-12-19",
    )
    add_command(
        group,
        "penalty",
        show_penalty,
        text=_("Say the maximum penalty on a day; exit 1 where none can be given."),
        example="puente law penalty kingpin-civil --date 2026-06-01",
    )
    add_command(
        group,
        "deadline",
        show_deadline,
        text=_("Say the last day of a time limit, and which days were not counted."),
        example="puente law deadline ofac-blocking-report --from 2026-06-30",
    )
    law_assess.declare(group)
    law_matrix.declare(group)
    app.add_typer(group, name="law")


def list_instruments(json_output: JsonFlag = False) -> None:
    """Run `puente law list`."""
    from puente.law.clocks import clock_names
    from puente.law.instrument import instruments
    from puente.law.penalty import penalty_names
    from puente.law.shown import summary_json

    rows = [summary_json(instrument) for instrument in instruments().values()]
    if json_output:
        for row in rows:
            print_json(row)
        return
    print_table(
        _("Instruments"),
        [_("id"), _("known as"), _("what it is"), _("from"), _("to"), _("to check")],
        [
            [row["id"], row["short"], row["title"], row["from"], row["to"] or "", _count(row)]
            for row in rows
        ],
    )
    say(_("Penalties: {names}").format(names=", ".join(penalty_names())))
    say(_("Time limits: {names}").format(names=", ".join(clock_names())))


def _count(row: dict[str, object]) -> object:
    return row["to_check_count"] or ""


def show(
    instrument: Annotated[str, typer.Argument(help=_("Id of the instrument, or its short name."))],
    date: Annotated[
        str, typer.Option(help=_("Show it as of this day, YYYY-MM-DD; else with all its history."))
    ] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente law show us-kingpin`."""
    from puente.law.instrument import get_instrument
    from puente.law.shown import instrument_json

    found = instrument_json(get_instrument(instrument), day(date) if date else None)
    if json_output:
        print_json(found)
        return
    from puente.cli.law_tables import print_instrument

    print_instrument(found)


def show_penalty(
    name: Annotated[str, typer.Argument(help=_("Name of the penalty; `law list` shows them."))],
    date: Annotated[str, typer.Option(help=_("Day of assessment, YYYY-MM-DD; today."))] = "",
    violation: Annotated[str, typer.Option(help=_("Day of the violation, YYYY-MM-DD."))] = "",
    transaction: Annotated[
        str, typer.Option(help=_("Amount of the transaction in US dollars."))
    ] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente law penalty kingpin-civil`."""
    from puente.law.penalty import named_penalties, penalty

    assessed = day(date)
    violated = day(violation) if violation else None
    amount = _amount(transaction) if transaction else None
    found = [
        penalty(
            instrument,
            parameter.id,
            assessed,
            violation=violated,
            # A fine and a prison term may share a name; only the fine can depend on the amount.
            transaction=amount if parameter.unit == "USD" else None,
        )
        for instrument, parameter in named_penalties(name)
    ]
    answers = [{"name": name, **each.as_json()} for each in found]
    if json_output:
        print_json({**answers[0], "also": answers[1:]})
    else:
        for each in found:
            _print_penalty(name, each)
    if any(each.maximum is None for each in found):
        raise typer.Exit(1)


def _amount(text: str) -> Decimal:
    from puente.model.values import parse_number

    try:
        return parse_number(text.strip().removeprefix("$"))
    except InvalidData:
        raise InvalidData(_("{text!r} is no amount").format(text=text)) from None


def _print_penalty(name: str, found: Penalty) -> None:
    from puente.cli.law_tables import amount_words
    from puente.law.references import CONFIDENCE_WORDS

    value, citation = found.value, found.value.citation if found.value else None
    rows = [
        [_("what"), str(found.text)],
        [_("maximum"), _shown(found)],
        [_("applies on"), format_date(found.day)],
    ]
    if value is not None and citation is not None:
        since = format_date(value.effective.iso)
        rows += [
            [_("in effect from"), since if found.is_day_known else _day_unknown(since)],
            [_("source"), f"{citation.cite}: {citation.reference.title}"],
            [_("how sure"), _(CONFIDENCE_WORDS[citation.confidence])],
        ]
        if citation.worked_from is not None:
            rows.append([_("worked out from"), str(citation.worked_from)])
    before = found.otherwise
    if before is not None:
        words = amount_words(before.value, found.unit) if before.citation.feeds else _("not given")
        rows.append([_("otherwise"), f"{words} ({format_date(before.effective.iso)})"])
    rows.append([_("rule"), found.rule])
    rows += [[_("note"), note] for note in found.notes]
    for stale in found.stale:
        quoted = _("{amount}, quoted by {who}. {why}")
        amount = amount_words(stale.value, found.unit)
        rows.append(
            [_("out of date"), quoted.format(amount=amount, who=stale.quoted_by, why=stale.reason)]
        )
    print_table(name, ["", ""], rows)


def _day_unknown(period: str) -> str:
    return _("{period}; the day is not known").format(period=period)


def _shown(found: Penalty) -> str:
    from puente.cli.law_tables import amount_words

    return _("not given") if found.maximum is None else amount_words(found.maximum, found.unit)


def show_deadline(
    name: Annotated[str, typer.Argument(help=_("Name of the time limit; `law list` shows them."))],
    start: Annotated[str, typer.Option("--from", help=_("Day of the event, YYYY-MM-DD."))],
    json_output: JsonFlag = False,
) -> None:
    """Run `puente law deadline ofac-blocking-report`."""
    from puente.law.clocks import deadline, named_clock
    from puente.law.shown import citation_json

    instrument, step = named_clock(name)
    if step.clock is None:  # named_clock gives steps with a clock only
        return
    years = instrument.parameter(step.clock.years_from) if step.clock.years_from else None
    found = deadline(step.clock, day(start), years)
    answer = {
        "name": name,
        "instrument": instrument.id,
        "step": step.id,
        "text": str(step.text),
        "event": str(step.clock.after),
        "kind": step.clock.kind,
        "calendar": step.clock.calendar,
        **found.as_json(),
        **citation_json(step.citation),
    }
    if json_output:
        print_json(answer)
    else:
        due = _("opens on") if found.role == "opens" else _("last day")
        rows = [[_("what"), str(step.text)], [due, format_date(found.due, "long")]]
        if found.safe is not None:
            rows.append([_("safe"), format_date(found.safe, "long")])
        if found.as_of is not None:
            rows.append([_("as of"), format_date(found.as_of, "long")])
        rows += [[_("not counted"), f"{format_date(d)}: {why}"] for d, why in found.skipped]
        rows += [[_("note"), note] for note in found.notes]
        rows.append([_("source"), _source(step)])
        print_table(name, ["", ""], rows)
    if not step.citation.feeds:
        raise typer.Exit(1)


def _source(step: Step) -> str:
    from puente.law.references import CONFIDENCE_WORDS

    words = f"{step.citation.cite} ({_(CONFIDENCE_WORDS[step.citation.confidence])}"
    return words + (f": {step.citation.to_check})" if step.citation.to_check else ")")
