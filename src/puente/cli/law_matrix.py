"""Commands on who is reached: law matrix, law amend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puente.cli.asked import day, read_text
from puente.cli.output import JsonFlag, add_command, print_json, print_table, say
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.law.elements import Element
    from puente.law.matrix import Cell, Ground, Matrix
    from puente.law.reach import ReachChange, Shift


def declare(group: typer.Typer) -> None:
    """Add this module's commands to the `law` group."""
    add_command(
        group,
        "matrix",
        matrix,
        text=_("Show which authority reaches which kind of facilitator on a day, and by what."),
        example="puente law matrix --date 2019-12-15 --role lawyer",
    )
    add_command(
        group,
        "amend",
        amend,
        text=_("Say whom a draft amendment would reach, and which innocents would fall in."),
        example="puente law amend docs/examples/amend-kingpin-facilitators.yaml",
    )


def matrix(
    date: Annotated[str, typer.Option(help=_("Day of the law, YYYY-MM-DD; today."))] = "",
    role: Annotated[
        str, typer.Option(help=_("One role only, with the elements behind each cell."))
    ] = "",
    innocents: Annotated[
        bool, typer.Option("--innocents", help=_("Show those the law should leave alone too."))
    ] = False,
    json_output: JsonFlag = False,
) -> None:
    """Run `puente law matrix`."""
    from puente.law.instrument import instruments
    from puente.law.matrix import gap_matrix
    from puente.law.roles import FACILITATOR, INNOCENT, role_book

    kinds = (FACILITATOR, INNOCENT) if innocents else (FACILITATOR,)
    if role:
        kinds = (role_book().role(role).kind,)
    found = gap_matrix(instruments(), day(date), kinds=kinds)
    cells = [cell for cell in found.cells if role in {"", cell.role.id}]
    if json_output:
        print_json(_matrix_json(found, cells))
        return
    _print_matrix(found, role)
    if role:
        for cell in cells:
            _print_cell(found, cell)


def _print_matrix(found: Matrix, role: str) -> None:
    from puente.law.matrix import REACH_WORDS

    rows: list[list[str]] = []
    for one in found.roles:
        if role not in {"", one.id}:
            continue
        cells = (found.cell(one.id, authority.id) for authority in found.authorities)
        words = [_(REACH_WORDS[cell.status]) + ("*" * cell.readings_differ) for cell in cells]
        rows.append([str(one.name), *words])
    title = _("Who is reached on {day}").format(day=found.as_of.isoformat())
    print_table(title, [_("Role"), *(str(one.name) for one in found.authorities)], rows)
    say(_("* rival readings of the text lead to different results"))
    say(_("A role is a made-up place, not a person; nothing here is a finding on anybody."))
    if not role:
        say(_("The elements behind the cells: --role ROLE, or --json."))
    for authority in found.authorities:
        cells = (cell for cell in found.cells if cell.authority == authority.id)
        listed = dict.fromkeys(name for cell in cells for name in cell.listed)
        if listed:
            text = _("{authority}: only for those listed by then: {names}")
            say(text.format(authority=authority.text, names=", ".join(listed)))


def _print_cell(found: Matrix, cell: Cell) -> None:
    from puente.law.matrix import REACH_WORDS, Reach
    from puente.law.references import CONFIDENCE_WORDS
    from puente.law.roles import ANSWER_WORDS

    name = next(str(one.text) for one in found.authorities if one.id == cell.authority)
    title = f"{name}: {_(REACH_WORDS[cell.status])}"
    if cell.status is Reach.NOT_IN_FORCE:
        since = _("in force from {day}; then: {status}")
        title += ", " + since.format(
            day=cell.instrument.in_force.start.isoformat(),
            status=_(REACH_WORDS[cell.if_in_force]),
        )
    if cell.readings_differ:
        title += "; " + "; ".join(
            f"{branch}: {_(REACH_WORDS[status])}" for branch, status in cell.by_branch.items()
        )
    rows = [
        [
            str(ground.element.text),
            _(ANSWER_WORDS[ground.answer]),
            ground.because,
            ground.element.cite,
            _(CONFIDENCE_WORDS[ground.confidence]),
        ]
        for ground in cell.grounds
    ]
    print_table(title, [_("Element"), _("Holds"), _("Why"), _("Citation"), _("Mark")], rows)
    for element in cell.judgements:
        text = _("left to the judgement of whoever holds the authority: {element} ({cite})")
        say(text.format(element=element.text, cite=element.cite))


def _matrix_json(found: Matrix, cells: Sequence[Cell]) -> dict[str, object]:
    return {
        "as_of": found.as_of.isoformat(),
        "authorities": [
            {
                "id": one.id,
                "instrument": one.instrument,
                "name": str(one.name),
                "text": str(one.text),
            }
            for one in found.authorities
        ],
        "roles": [
            {"id": one.id, "kind": one.kind, "name": str(one.name), "text": str(one.text)}
            for one in found.roles
            if any(cell.role.id == one.id for cell in cells)
        ],
        "cells": [_cell_json(cell) for cell in cells],
    }


def _cell_json(cell: Cell) -> dict[str, object]:
    return {
        "role": cell.role.id,
        "authority": cell.authority,
        "instrument": cell.instrument.id,
        "status": cell.status.value,
        "if_in_force": cell.if_in_force.value,
        "in_force_from": cell.instrument.in_force.start.isoformat(),
        "confidence": cell.confidence,
        "readings": {branch: status.value for branch, status in cell.by_branch.items()},
        "listed": list(cell.listed),
        "elements": [_ground_json(ground) for ground in cell.grounds],
        "left_to_judgement": [_element_json(element) for element in cell.judgements],
    }


def _ground_json(ground: Ground) -> dict[str, object]:
    stated = ground.stated.citation if ground.stated else None
    return {
        **_element_json(ground.element),
        "holds": ground.answer.value,
        "decided_by": ground.decided_by.value,
        "because": ground.because,
        "because_cite": stated.cite if stated else "",
        "because_confidence": stated.confidence if stated else "",
    }


def _element_json(element: Element) -> dict[str, object]:
    return {
        "id": element.id,
        "text": str(element.text),
        "instrument": element.instrument,
        "cite": element.cite,
        "reference": element.citation.reference.title,
        "confidence": element.confidence,
        "to_check": str(element.citation.to_check or ""),
    }


def amend(
    patch: Annotated[Path, typer.Argument(help=_("Draft amendment (YAML)."))],
    date: Annotated[
        str, typer.Option(help=_("Day of the designations, YYYY-MM-DD; the draft's first day."))
    ] = "",
    json_output: JsonFlag = False,
) -> None:
    """Run `puente law amend`."""
    from puente.law.amend import amend as apply
    from puente.law.amend import read_amendment
    from puente.law.instrument import get_instrument, instruments
    from puente.law.reach import compare_reach

    draft = read_amendment(read_text(patch), str(patch))
    before = get_instrument(draft.target)
    after = apply(before, draft)
    change = compare_reach(before, after, instruments(), as_of=day(date) if date else draft.start)
    if json_output:
        print_json({"amends": before.id, "from": draft.start.isoformat(), **_change_json(change)})
        return
    say(f"{draft.title}: {before.title}, {_('from {day}').format(day=draft.start.isoformat())}")
    _print_shifts(_("Facilitators who become reachable"), change.becomes_reachable)
    _print_shifts(_("Innocents who fall in"), change.falls_in)
    _print_shifts(_("Roles with which the law does less than before"), change.no_longer)
    for guard in change.safeguards:
        what = _("If this element were dropped, these innocents would fall in: {element}")
        _print_shifts(what.format(element=guard.element.text), guard.falls_in)
    say(_("A role is a made-up place, not a person; nothing here is a finding on anybody."))


def _print_shifts(title: str, shifts: Sequence[Shift]) -> None:
    from puente.law.matrix import REACH_WORDS

    if not shifts:
        say(_("{title}: none").format(title=title))
        return
    rows = [
        [
            str(shift.role.name),
            _(REACH_WORDS[shift.before.if_in_force]),
            _(REACH_WORDS[shift.after.if_in_force]),
            "; ".join(f"{element.text} ({element.cite})" for element in shift.because),
        ]
        for shift in shifts
    ]
    print_table(title, [_("Role"), _("Before"), _("After"), _("By which element")], rows)


def _change_json(change: ReachChange) -> dict[str, object]:
    return {
        "becomes_reachable": [_shift_json(shift) for shift in change.becomes_reachable],
        "falls_in": [_shift_json(shift) for shift in change.falls_in],
        "no_longer": [_shift_json(shift) for shift in change.no_longer],
        "if_dropped": [
            {
                "element": _element_json(guard.element),
                "falls_in": [_shift_json(shift) for shift in guard.falls_in],
            }
            for guard in change.safeguards
        ],
    }


def _shift_json(shift: Shift) -> dict[str, object]:
    return {
        "role": shift.role.id,
        "kind": shift.role.kind,
        "before": shift.before.if_in_force.value,
        "after": shift.after.if_in_force.value,
        "because": [_element_json(element) for element in shift.because],
    }
