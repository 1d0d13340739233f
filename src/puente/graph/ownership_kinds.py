"""Kinds of interest in an entity, and what each means for the 50 percent rule.

A share counts in full. An interest that may be, or may stand for, a share counts from nothing to
all of it: it can make an entity possibly blocked, never surely. A tie between two people makes what
the one holds possibly the other's, and says nothing of either. Control counts for nothing at all.

Source: OFAC FAQ 398 (ownership, not control), 401 (indirect, through entities themselves owned 50
    percent or more); Open Ownership, BODS 0.4 codelist interestType; FollowTheMoney edge schemata.
Limits: OFAC's guidance says nothing on spouses, trusts, nominees, options or classes of shares;
    that they leave a case open is Puente's reading. Trusts have been blocked by notice where a
    blocked person kept an interest in them, and that is a finding of fact no share can tell.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNS = ""
INDIRECT = "indirect"
NOMINEE = "nominee"
TRUST = "trust"
RIGHTS = "rights"
UNCLEAR = "unclear"
SAME = "same"
SPOUSE = "spouse"
PRINCIPAL = "principal"
CONTROL = "control"

KINDS = (OWNS, INDIRECT, NOMINEE, TRUST, RIGHTS, UNCLEAR, SAME, SPOUSE, PRINCIPAL, CONTROL)
"""All kinds, as the `kind` column of a table of holdings names them:

- `""`: shares; `indirect`: held through others that are not told;
- `nominee`, `trust`, `rights` (to profit or proceeds, options), `unclear` (not specified);
- `same`: two records that may be one party, which was not decided;
- `spouse`, `principal` (the owner is whom the asset holds for): ties between people;
- `control`: votes, offices, contracts, "Linked To".
"""
APART = frozenset({INDIRECT, NOMINEE, TRUST, RIGHTS, UNCLEAR, SAME, SPOUSE, PRINCIPAL})
"""Kinds that count from nothing up, and outside the 100 percent: the same shares may be recorded
under the name of who holds them."""
TIES = frozenset({SPOUSE, PRINCIPAL})
"""Kinds that pass doubt on to what the asset holds but make the asset itself nothing."""

_WRITTEN = {
    OWNS: "owns owner ownership shareholding shareholder shares equity direct beneficial"
    " accionista acciones socio propietario",
    INDIRECT: "indirect indirecta",
    NOMINEE: "nominee nominator prestanombre testaferro front",
    TRUST: "trust trustee settlor protector beneficiaryoflegalarrangement fideicomiso fiduciario"
    " fideicomitente fideicomisario",
    RIGHTS: "rights option convertible pledge usufruct rightstosurplusassetsondissolution"
    " rightstosurplusassets rightstoprofitorincome righttoprofitorincomefromassets"
    " enjoymentanduseofassets conditionalrightsgrantedbycontract usufructo opcion prenda",
    UNCLEAR: "unclear unknown unknowninterest unpublishedinterest",
    SPOUSE: "spouse wife husband marriage conyuge esposa esposo matrimonio sociedadconyugal",
    PRINCIPAL: "principal holdsfor",
    CONTROL: "control controls director directorship board boardmember boardchair manager officer"
    " seniormanagingofficial signatory votes voting votingrights appointmentofboard"
    " otherinfluenceorcontrol influenceorcontrol rightsgrantedbycontract"
    " controlviacompanyrulesorarticles controlbylegalframework linkedto unknownlink"
    " administrador administradora apoderado apoderada gerente comisario votos",
}
WRITTEN: Mapping[str, str] = MappingProxyType(
    {OWNS: OWNS} | {word: kind for kind, words in _WRITTEN.items() for word in words.split()}
)
"""Kind by the word a file may write for it, folded: FtM, BODS, English and Spanish."""


def kind_of(written: str) -> str:
    """Return the kind that a file's word stands for; "" for shares and for no word.

    Raises: InvalidData: no kind is written so.
    Source: see the module.
    """
    folded = _folded(written)
    if folded in WRITTEN:
        return WRITTEN[folded]
    known = ", ".join(("ownership", *sorted(k for k in KINDS if k and k != SAME)))
    raise InvalidData(
        _("unknown kind of holding {kind}; one of {known}").format(
            kind=repr(written[:40]), known=known
        )
    )


def kind_in(words: str) -> str:
    """Return the kind that a free text of a register speaks of; "" where it names none.

    Args:
        words: what a record says of the interest, e.g. "held as nominee", "Owned or Controlled By".

    Source: see the module.
    """
    whole = _folded(words)
    if whole in WRITTEN:
        return WRITTEN[whole]
    parts = set(fold(words).split())
    for kind in (NOMINEE, TRUST, SPOUSE, INDIRECT):
        if parts & set(_WRITTEN[kind].split()):
            return kind
    return UNCLEAR if parts & _OR_CONTROL else OWNS


def kind_of_link(role: str) -> str | None:
    """Return the kind that the role of a bare link stands for; None where it says nothing.

    A link without a share is none, whatever its role: "shareholder" of unknown size is `unclear`.

    Source: see the module; "Linked To" as OFAC's list prints it among its remarks.
    """
    if is_linked_to(role):
        return CONTROL
    kind = WRITTEN.get(_folded(role)) if role.strip() else None
    return UNCLEAR if kind == OWNS else kind if kind not in TIES else None


def is_linked_to(role: str) -> bool:
    """Return True for OFAC's "Linked To", on its own or with the name that follows it.

    Source: SDN list, Remarks: "Linked To: NAME" stands on the entry that NAME is behind.
    """
    return _folded(role).startswith("linkedto")


_OR_CONTROL = frozenset({"controlled", "controls", "control"})


def _folded(text: str) -> str:
    return fold(text).replace(" ", "")
