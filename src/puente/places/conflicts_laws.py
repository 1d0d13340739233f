"""What two registers cannot both say: which records are held against which, and what may excuse it.

Source: INEGI, Síntesis metodológica de las estadísticas de defunciones registradas (a death is
    entered by the month of its registration); SESNSP, CNSP/38/15 (a file of homicide has one victim
    or more); Valle-Jones, Sinaloa discrepancy (2012), for deaths of rivalry above all homicides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVEL = 0.01
"""Share of false findings among those of a kind that is put up with (Benjamini and Hochberg).

Chosen so that findings of all eight kinds together hold hardly one that chance made.
"""

KINDS: Mapping[str, str] = {
    "part_above_whole": N_("a part is greater than its whole"),
    "files_against_deaths": N_("case files against death certificates"),
    "files_above_victims": N_("more case files than victims"),
    "two_tables": N_("two tables of one count differ"),
    "reclassified": N_("intentional falls as negligent rises"),
    "silent_years": N_("two silent years in a large municipality"),
    "repeated": N_("months repeated"),
    "sum": N_("parts do not add up to their whole"),
}
"""Kinds of conflict, with their labels."""

CERTAINTIES: Mapping[str, str] = {
    "impossible": N_("cannot both be right"),
    "improbable": N_("can hardly both be right"),
    "hint": N_("worth asking about"),
}
"""How sure a conflict is, surest first."""

LATE = N_("A death is entered when it is registered, which may be in a later month or year.")
ELSEWHERE = N_(
    "The registers place a deed differently: where it happened, where the body was found, where "
    "the file was opened."
)
PRESUMED = N_(
    "The list of rivalry judged deaths at the scene; some may have been certified as accident, "
    "suicide or of unknown intent, and so are not among the homicides."
)
VICTIMS = N_("One file may have several victims, so files are usually fewer than deaths.")
CODED = N_(
    "Deaths certified as accident or of unknown intent are no homicides of the civil registry."
)
ATTEMPTS = N_("Some offices opened files of homicide for attempts, or for deaths of earlier years.")
UNKNOWN_VICTIMS = N_("Files whose victim is not known yet may have been left out of the victims.")
REVISED = N_("The two tables were published on different days, and files are reclassified later.")
UNPLACED = N_("One table may leave out what has no municipality.")
TRAFFIC = N_("Both may be true: fewer murders and more deaths on the road in one year.")
RULES = N_("The office may have changed its rules of what counts as negligent, openly.")
NOT_SPLIT = N_("The office may not tell this crime apart and file it under another.")
NOT_SENT = N_("Nothing may have been sent, and zeros filled in.")
SAME_FILE = N_("The publisher may have copied a month in place of one that was not ready.")
ABROAD = N_("Deaths abroad or without a place may stand in the whole alone.")

EXPLANATIONS: Mapping[str, tuple[str, ...]] = {
    "part_above_whole": (LATE, PRESUMED, ELSEWHERE),
    "files_against_deaths": (VICTIMS, LATE, CODED, ATTEMPTS, ELSEWHERE),
    "files_above_victims": (UNKNOWN_VICTIMS, REVISED),
    "two_tables": (REVISED, UNPLACED),
    "reclassified": (TRAFFIC, RULES),
    "silent_years": (NOT_SPLIT, NOT_SENT),
    "repeated": (SAME_FILE,),
    "sum": (ABROAD, REVISED),
}
"""What could explain a conflict of each kind innocently; read before anyone is blamed."""

AT_MOST, ALIKE = "at_most", "alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What must hold between two records of one place and time.

    Attributes:
        kind: of the conflict where it does not hold.
        left, right: crimes that are added up on either side; the first of each must be told.
        relation: `at_most`: left is no more than right; `alike`: no more, and not far below what is
            usual between the two registers.

    Source: see the module.
    """

    kind: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    relation: str


_DEATHS = ("defunciones_por_homicidio", "defunciones_por_homicidio_ocurrencia")
_VICTIM_CRIMES = ("homicidio_doloso", "homicidio_culposo", "feminicidio", "secuestro")
"""Crimes of which every file has a victim. Source: Código Penal Federal, arts. 302, 325, 366."""

LAWS: tuple[Law, ...] = (
    *(
        Law(kind="part_above_whole", left=("muertes_por_rivalidad",), right=(deaths,),
            relation=AT_MOST)
        for deaths in _DEATHS
    ),
    # A femicide is a death by homicide to the civil registry and a crime of its own to prosecutors.
    *(
        Law(kind="files_against_deaths", left=left, right=(deaths,), relation=ALIKE)
        for deaths in _DEATHS
        for left in (
            ("homicidio_doloso", "feminicidio"),
            ("cieisp_homicidio_doloso",),
            ("rnid_homicidio_doloso", "rnid_feminicidio"),
        )
    ),
    *(
        Law(kind="files_above_victims", left=(f"{method}{crime}",),
            right=(f"{method}victimas_{crime}",), relation=AT_MOST)
        for method in ("", "rnid_")
        for crime in _VICTIM_CRIMES
    ),
)  # fmt: skip
"""Every law between two records of different names. No register is known here by its name."""
