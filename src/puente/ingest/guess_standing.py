"""Who a column says people are: suspects, or victims, witnesses, relatives and minors.

Source: 28 CFR 23.20; the house's safeguards: who is no suspect bears that label and seeds nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.ingest.guess_values import TESTS
from puente.model.text import fold

if TYPE_CHECKING:
    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_draft import Draft, Item

NON_SUSPECT = "non_suspect"

_SUSPECT = re.compile(
    r"\b((imputad|detenid|indiciad|inculpad|acusad|investigad|procesad|sentenciad|denunciad"
    r"|vinculad|arrestad)[oa]s?|sospechos[oa]s?|suspects?|suspected|arrest|arrested|arrestees?"
    r"|subjects?|defendants?|person of interest|(probables?|presunt[oa]s?) responsables?"
    r"|responsables?(?! de))\b"
)
_OTHERS = re.compile(
    r"\b(no|not|non|investigador[ae]?s?|investigators?|tutor[ae]?s?|guardian|testigos?|witness"
    r"|familiar(es)?|relative|padre|madre|defensor[ae]?s?|abogad[oa]s?|counsel|lawyer|attorney)\b"
)
"""Words by which someone named beside a suspect is none: his lawyer, his mother, a mere `no`."""
_VICTIM = re.compile(
    r"\b(victim(as?|s)?|ofendid[oa]s?|agraviad[oa]s?|occis[oa]s?|denunciantes?|complainants?)\b"
)


def standing_of(text: str) -> str:
    """Return `non_suspect`, or "" for what is said of suspects and detained people alone.

    A word that is not known is one of a victim or a bystander: that label harms nobody.
    """
    folded = fold(text)
    return "" if _SUSPECT.search(folded) and not _OTHERS.search(folded) else NON_SUSPECT


def says_who(draft: Draft, column: Column) -> bool:
    """Return True if a value of a column says what people are, beyond how old they are."""
    return any(
        bool(_SUSPECT.search(fold(text)) or _VICTIM.search(fold(text)))
        or (TESTS["standing"](text) and not TESTS["age_group"](text))
        for text in draft.table.profile(column).values
    )


def label(draft: Draft, item: Item) -> None:
    """Let the column that says what people are, where there is one, say who is no suspect.

    A column of age groups says no more than who is a minor. Who is no suspect already stays so.
    """
    column = draft.table.find("standing", None)
    if column is None or item.get("standing") == NON_SUSPECT:
        return
    one, roles = draft.table.profile(column), says_who(draft, column)
    mapped = {
        text: "" if not roles and TESTS["adult"](text) else standing_of(text)
        for text in sorted(one.values)
    }
    if one.filled < one.rows:
        mapped[""] = NON_SUSPECT
    item["standing"] = {"column": draft.use(column, _("suspect or not")), "map": mapped}
