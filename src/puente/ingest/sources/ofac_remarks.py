"""The Remarks column of OFAC's legacy files, read piece by piece into typed values.

The legacy format has no column for birth dates, identity papers, weak aliases or links: they stand
in one text, parted by `; `. Every piece becomes a typed value or a note; none is lost, and how
many were understood is counted.

Source: OFAC, SDN data formats (legacy CSV, `dat_spec.txt`); FAQ 122 and 123 (weak aliases).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.sources.ofac_papers import paper_of
from puente.model.countries import NOT_A_COUNTRY, country_code, country_in
from puente.model.dates import parse_date
from puente.model.schema import get_schema
from puente.model.text import clean_text, fold
from puente.model.values import parse_email, parse_gender, parse_name, parse_phone, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable

REMARK_LENGTH = 1000
"""Characters after which OFAC cuts a remark; the rest stands in the comments file."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One piece of the Remarks column.

    Attributes:
        kind: `prop` (a property of the entity), `link` (to a named entity), `wallet` (a crypto
            address), `sanction` (a property of the listing) or `note` (text only).
        prop: the property; for `link` the role, for `wallet` the currency.
        value: the value.
        text: the piece as published.
        understood: False where the piece is kept as text because no rule reads it.
    """

    kind: str
    prop: str
    value: str
    text: str
    understood: bool = True


def split_remarks(text: str) -> list[str]:
    """Return the pieces of a remark. A quoted alias that holds `; ` itself stays whole."""
    text = text.strip()
    # The sentence's full stop, but not that of an initial or abbreviation.
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1]
    pieces: list[str] = []
    for piece in re.split(r";\s*", text):
        if pieces and _open_quote(pieces[-1]):
            pieces[-1] += "; " + piece
        elif piece.strip():
            pieces.append(piece.strip())
    return pieces


_QUOTED = re.compile(r"(?:a\.k\.a\.|f\.k\.a\.|n\.k\.a\.) '")


def _open_quote(piece: str) -> bool:
    return bool(_QUOTED.match(piece)) and not piece.endswith("'") and piece.count("'") % 2 == 1


def parse_remarks(text: str, schema: str) -> list[Remark]:
    """Return every piece of a remark of an entity of a kind, in order."""
    return [remark for piece in split_remarks(text) for remark in parse_piece(piece, schema)]


_FIRST_WORD = re.compile(r"[^\s:]+")


def parse_piece(piece: str, schema: str) -> tuple[Remark, ...]:
    """Return what one piece says: usually one value; a place of birth also gives its country."""
    bare = piece[5:] if piece[:5].lower() == "alt. " else piece
    word = _FIRST_WORD.match(bare)
    for rule in _RULES.get(word[0].lower() if word else "", ()):
        found = rule(bare, piece, schema)
        if found:
            return found
    for rule in _ANY:
        found = rule(bare, piece, schema)
        if found:
            return found
    return (Remark("note", "", piece, piece, understood=False),)


# --- values with a rule of their own -----------------------------------------------------------

Found = tuple[Remark, ...]


def _prop(prop: str, value: str, piece: str, schema: str) -> Found:
    """Return the value as a property where the kind has it, else as a note that says the same."""
    if prop in get_schema(schema).props:
        return (Remark("prop", prop, value, piece),)
    return (Remark("note", "", piece, piece),)


def _dates(bare: str, piece: str, schema: str) -> Found:
    for start, prop in _DATES:
        if bare.startswith(start):
            try:
                day = parse_date(bare[len(start) :].strip(" :").replace(" or ", " to "))
            except InvalidData:
                return ()
            return _prop(prop, day.iso, piece, schema)
    return ()


_DATES = (
    ("DOB", "birthDate"),
    ("Organization Established Date", "incorporationDate"),
    ("Aircraft Manufacture Date", "buildDate"),
    ("Vessel Year of Build", "buildDate"),
)


def _birth_place(bare: str, piece: str, schema: str) -> Found:
    place = clean_text(bare.removeprefix("POB").strip(" :"))
    if not place:
        return ()
    found = _prop("birthPlace", place, piece, schema)
    country = country_in(place)
    return (*found, *_prop("birthCountry", country, piece, schema)) if country else found


def _country(bare: str, piece: str, schema: str) -> Found:
    for start, prop in _COUNTRIES:
        if bare.startswith(start):
            name = bare[len(start) :].strip(" :")
            if fold(name) in NOT_A_COUNTRY:
                return (Remark("note", "", piece, piece),)
            try:
                return _prop(prop, country_code(name), piece, schema)
            except InvalidData:
                return ()
    return ()


_COUNTRIES = (
    ("nationality", "nationality"),
    ("citizen", "citizenship"),
    ("Nationality of Registration", "jurisdiction"),
    ("Vessel Flag", "flag"),
)


def _gender(bare: str, piece: str, schema: str) -> Found:
    try:
        return _prop("gender", parse_gender(bare.removeprefix("Gender").strip(" :")), piece, schema)
    except InvalidData:
        return ()


def _alias(bare: str, piece: str, schema: str) -> Found:
    match = re.fullmatch(r"(a\.k\.a|f\.k\.a|n\.k\.a|d\.b\.a)\.,? '(.+)'", bare)
    if not match:
        return ()
    prop = "previousName" if match[1] == "f.k.a" else "weakAlias"
    try:
        return _prop(prop, parse_name(match[2]), piece, schema)
    except InvalidData:
        return ()


def _link(bare: str, piece: str, schema: str) -> Found:  # noqa: ARG001 - one signature for all
    for start, role in (("Linked To:", "Linked To"), ("Aircraft Operator", "operator")):
        if bare.startswith(start):
            name = clean_text(bare[len(start) :])
            return (Remark("link", role, name, piece),) if name else ()
    return ()


def _wallet(bare: str, piece: str, schema: str) -> Found:  # noqa: ARG001 - one signature for all
    match = re.fullmatch(r"Digital Currency Address - (\w+) (\S{10,})", bare)
    return (Remark("wallet", match[1], match[2], piece),) if match else ()


def _contact(bare: str, piece: str, schema: str) -> Found:
    match = re.fullmatch(
        r"((?:Mobile )?Phone|Telephone|Fax|Email|E-mail|Website)"
        r"(?: (?:Number|No\.|Address))?:?\s*(.+)",
        bare,
        re.IGNORECASE,
    )
    if not match:
        return ()
    kind, text = match[1].lower(), match[2]
    try:
        if kind in {"email", "e-mail"}:
            return _prop("email", parse_email(text), piece, schema)
        if kind == "website":
            return _prop("website", parse_url(text.replace("\\", "/")), piece, schema)
        return _prop("phone", parse_phone(text), piece, schema)
    except InvalidData:
        return ()


def _listing(bare: str, piece: str, schema: str) -> Found:  # noqa: ARG001 - one signature for all
    match = re.fullmatch(r"(Listing|Effective) Date \((.+?)\):? (.+)", bare)
    if match:
        prop = "listingDate" if match[1] == "Listing" else "startDate"
        try:
            return (Remark("sanction", prop, parse_date(match[3]).iso, piece),)
        except InvalidData:
            return ()
    if _REASON.match(bare):
        return (Remark("sanction", "reason", bare, piece),)
    return ()


_REASON = re.compile(
    r"Additional Sanctions Information|Secondary sanctions risk|CAATSA Section|IFCA Determination"
    r"|Executive Order \d+|Transactions Prohibited For Persons|PEESA Information|Section \d+"
    r"|Directive Determination|Subject to Directive|Purchase/Sales For Divestment Date",
    re.IGNORECASE,
)


def _vessel(bare: str, piece: str, schema: str) -> Found:
    match = re.fullmatch(r"Vessel Registration Identification (.+)", bare)
    if match:
        imo = re.fullmatch(r"IMO (\d{7})", match[1])
        return _prop(
            "imoNumber" if imo else "registrationNumber", imo[1] if imo else match[1], piece, schema
        )
    for start, prop in _VEHICLE:
        if bare.startswith(start):
            return _prop(prop, clean_text(bare[len(start) :].strip(" :")), piece, schema)
    return ()


_VEHICLE = (
    ("MMSI", "mmsi"),
    ("Vessel Call Sign", "callSign"),
    ("Vessel Type", "type"),
    ("Aircraft Model", "model"),
    ("Aircraft Manufacturer's Serial Number (MSN)", "serialNumber"),
    ("Aircraft Construction Number (also called L/N or S/N or F/N)", "serialNumber"),
    ("Aircraft Tail Number", "registrationNumber"),
)


def _kind_of_organisation(bare: str, piece: str, schema: str) -> Found:
    match = re.fullmatch(r"(Organization Type: |Target Type )(.+)", bare)
    return _prop("sector", match[2], piece, schema) if match else ()


# --- papers ------------------------------------------------------------------------------------


def _paper(bare: str, piece: str, schema: str) -> Found:
    found = paper_of(bare, schema)
    if found is None:
        return ()
    prop, value = found
    return (Remark("prop", prop, value, piece),) if prop else (Remark("note", "", piece, piece),)


# --- plain text that is understood -------------------------------------------------------------

_NOTES = re.compile(
    r"(?:all|and all)(?: other)? (?:offices|locations|branches)|For more information"
    r"|(?:Former|Other|Previous) Vessel (?:Flag|Type)|Previous Aircraft|Aircraft Mode S"
    r"|Chinese Commercial Code|ICTY indictee|arrested \d|Member ETA|member ETA|Tribe:|Vessel Owner"
    r"|(?:wife|son|daughter|brother|sister|father|mother|half-brother|husband|child|cousin)"
    r"(?:-in-law)? of |currently (?:incarcerated|in |detained)|Height|Weight|ethnicity|Other Vessel"
    r"|Flag|Physical Description|Individual's (?:height|hair|eyes)|Operations in|Also operations"
    r"|height|weight|<|named in UNSC|United Nations|UN Ref",
    re.IGNORECASE,
)
_POSITION = re.compile(
    r"(?:(?:Current|Former|Deputy|First|Second|Vice|Acting|Assistant|Major|Brigadier|Lieutenant|Lt\.?"
    r"|Rear|Senior|Ex-?\w*|Co-|Executive|Managing|General|Chief|Principal|State|Prime|Supreme|a|the"
    r"|Alternate|Syrian|IRGC|Syrian Air Force|or)[ -]+)*"
    r"(?:Member|Minister|President|Director|Chief|Head|Commander|General|Colonel|Chair\w*|Secretary"
    r"|Represent\w+|Governor|Judge|Ambassador|Speaker|Admiral|Captain|Officer|Advis[eo]r|Aide|Mayor"
    r"|Magistrate|Rector|Prosecutor|Justice|Manager|Owner|Founder|Leader|Senator|Deput\w+|Official"
    r"|Commissioner|Inspector|Constituent|Superintendent|Chancellor|Coordinator|Partner|Vice-\w+"
    r"|Sheikh|Shaykh|Maulana|Maulawi|Mullah|Haji|Hojjatoleslam|Ayatollah|Ustad|Doctor|Dr\.?"
    r"|Businessman|Businesswoman|Lawyer|Accountant|Engineer|Professor|Attorney|Associate|Supervisor)\b",
    re.IGNORECASE,
)


def _position(bare: str, piece: str, schema: str) -> Found:
    if schema != "Person":
        return ()
    if _POSITION.match(bare) or re.search(
        r"\b(?:official|representative|general|colonel|chairm[ae]n|chairperson|director|employee"
        r"|member|commander|minister|president|manager|secretary|chief of staff)$",
        bare,
        re.IGNORECASE,
    ):
        return _prop("position", clean_text(bare), piece, schema)
    return ()


def _note(bare: str, piece: str, schema: str) -> Found:  # noqa: ARG001 - one signature for all
    return (Remark("note", "", piece, piece),) if _NOTES.match(bare) else ()


def _bare_address(bare: str, piece: str, schema: str) -> Found:
    """Read an e-mail or web address that stands without a word before it."""
    text = re.sub(r"\s*\((?:website|email)\)\.?$", "", bare)
    try:
        if "@" in text:
            return _prop("email", parse_email(text), piece, schema)
        if text.startswith(("www.", "http://", "https://")):
            return _prop("website", parse_url(text), piece, schema)
    except InvalidData:
        pass
    return ()


_RULES: dict[str, tuple[Callable[[str, str, str], Found], ...]] = {
    "dob": (_dates,),
    "pob": (_birth_place,),
    "nationality": (_country,),
    "citizen": (_country,),
    "gender": (_gender,),
    "a.k.a.": (_alias,), "f.k.a.": (_alias,), "n.k.a.": (_alias,), "d.b.a.": (_alias,),
    "linked": (_link,),
    "digital": (_wallet,),
    "organization": (_dates, _kind_of_organisation, _paper),
    "target": (_kind_of_organisation,),
    "vessel": (_dates, _country, _vessel),
    "aircraft": (_dates, _link, _vessel),
    "mmsi": (_vessel,),
    "phone": (_contact,), "telephone": (_contact,), "fax": (_contact,), "mobile": (_contact,),
    "email": (_contact,), "e-mail": (_contact,), "website": (_contact,),
}  # fmt: skip
_ANY: tuple[Callable[[str, str, str], Found], ...] = (
    _listing, _paper, _note, _bare_address, _position,
)  # fmt: skip
