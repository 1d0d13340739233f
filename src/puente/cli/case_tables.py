"""What `puente case show` prints for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.cli.law_assess import print_readings
from puente.cli.output import print_table, say
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from puente.casework.determinations import Determination
    from puente.casework.held import HeldCase
    from puente.law.assess import Assessment


def print_case(held: HeldCase, run: Assessment) -> None:
    """Print what a case is and what its record supports under each reading."""
    head = held.head
    title = _("{case}, version {version}: {organisation} under {instrument} ({marking})")
    say(
        title.format(
            case=head.id,
            version=head.version,
            organisation=head.organisation,
            instrument=run.instrument.short,
            marking=head.marking,
        ),
        style="bold",
    )
    print_readings(run)


def print_determinations(every: tuple[Determination, ...]) -> None:
    """Print what people determined; a dissent is a row like any other."""
    rows = [[str(one.number), _told(one), one.reasons] for one in every]
    headers = [_("No."), _("Determined"), _("Reasons")]
    print_table(_("Determinations"), headers, rows)


def _told(one: Determination) -> str:
    from puente.casework.determinations import STATUSES
    from puente.law.status import Word, word_text

    told = [
        _("{element} under {reading}: {status} (the record: {machine}), by {name}").format(
            element=one.element,
            reading=one.reading,
            status=_(STATUSES[one.status]),
            machine=word_text(Word(one.machine_element)),
            name=one.by,
        )
    ]
    if one.dissent_of is not None:
        told.append(_("dissent, answers {number}").format(number=one.dissent_of))
    signers = ", ".join(signature.by for signature in one.signatures)
    told.append(_("second signature: {names}").format(names=signers or "-"))
    if one.superseded_by is not None:
        told.append(_("superseded by {number}").format(number=one.superseded_by))
    return "; ".join(told)


def print_searches(held: HeldCase) -> None:
    """Print who searched for what, and on which version of the case file."""
    rows = [
        [str(s.number), s.element, s.side.value, str(s.version), s.what, s.by, s.at[:10]]
        for s in held.searches
    ]
    headers = [_("Number"), _("Element"), _("Side"), _("Version"), _("What"), _("By"), _("Day")]
    print_table(_("Searches"), headers, rows)


def print_faults(held: HeldCase, key: str) -> None:
    """Print what was altered, or that nothing was."""
    for fault in held.faults:
        say(str(fault), style="bold red")
    if not held.faults:
        text = _("All {count} entries stand as they were signed (Ed25519 key {key})")
        say(text.format(count=len(held.docket.entries), key=key))
