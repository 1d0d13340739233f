"""Identity papers, tax numbers and register numbers in OFAC's remarks.

Source: OFAC, SDN data formats (legacy CSV); the kinds that the lists of 2021 to 2025 name.
"""

from __future__ import annotations

import re

from puente.model.ids import PARSERS, parse_curp, parse_rfc
from puente.model.schema import get_schema
from puente.model.text import clean_text

_PAPER = re.compile(
    r"(?P<number>.*?\d.*?|[A-Z][A-Z0-9 ./-]*?)"
    r"(?:\s*\((?P<country>[^()\d]+)\))*"
    r"(?:\s+issued\s+(?P<issued>.+?))?"
    r"(?:\s+expires\s+(?P<expires>.+?))?"
)
_PAPERS = (
    (
        re.compile(
            r"(?:Diplomatic |Stateless Person |Service |Official |British National Overseas )?"
            r"Passport(?: No\.| Number| #)?:?",
            re.IGNORECASE,
        ),
        "passportNumber",
    ),
    (re.compile(r"C\.U\.R\.P\.(?: #)?|CURP(?: #| No\.)?", re.IGNORECASE), "curpCode"),
    (re.compile(r"R\.F\.C\.(?: #)?|RFC(?: #| No\.)?", re.IGNORECASE), "rfcCode"),
    (re.compile(r"Legal Entity (?:Number|Identifier)", re.IGNORECASE), "leiCode"),
    (re.compile(r"SSN|Social Security (?:Number|No\.)", re.IGNORECASE), "socialSecurityNumber"),
    (
        re.compile(
            r"Tax ID(?: No\.)?|NIT #|RUC #?|RIF #?|V\.A\.T\. Number|US FEIN|C\.U\.I\.T\.|C\.I\.F\."
            r"|(?:Italian )?Fiscal Code:?|RTN|NIP|Numero Unico de Identificacao Tributaria \(NUIT\)"
            r"|Paraguayan tax identification number|Tax Reg(?:istration)? (?:No\.|Number)",
            re.IGNORECASE,
        ),
        "taxNumber",
    ),
    (
        re.compile(
            r"(?:National|Personal|Kenyan|Turkish|Moroccan|Bosnian|Tazkira National"
            r"|National Foreign"
            r"|Afghan)(?: Personal)? (?:ID|Identification)(?: No\.| Number| Card)*"
            r"|Cedula(?: de \w+| No\.)*|Identification Number|D\.N\.I\.|N\.I\.E\.|C\.U\.I\.P?\.?"
            r"|Residency Number|Electoral Registry No\.|Credencial electoral|I\.F\.E\.|I\.N\.E\."
            r"|Driver's License No\.|Birth Certificate Number|Cartilla de Servicio Militar Nacional"
            r"|LE Number|L\.E\. Number|Numero de Identidad|Citizen's Card Number"
            r"|Stateless Person ID Card|Travel Document Number|Refugee ID Card|C\.U\.I\."
            r"|Immigration No\.|SRE Permit No\."
            r"|VisaNumberID|Pilot License Number|Military Registration Number|License|Seafarer's "
            r"Identification Document|Interpol: Red Notice\. File No\.|Permit Number|Maldivian ID",
            re.IGNORECASE,
        ),
        "idNumber",
    ),
    (
        re.compile(
            r"(?:UK |Business |Central |Public |Commercial |Trade )?"
            r"(?:Company|Registration|Registry"
            r"|Register|Business|Enterprise|Organization|License|Licence)(?: System)?"
            r"(?: Document| Certificate)?(?: Number| No\.?| ID| #| Code)+(?: \(RU\))?"
            r"|Matricula Mercantil(?: No\.?)?|Folio Mercantil(?: No\.?)?"
            r"|(?:Romanian )?C\.R\.(?: No\.)?"
            r"|Government Gazette Number|(?:\w+ )?Chamber of Comm(?:erce|\.)(?: Membership)?"
            r"(?: Number| No\.)|D-U-N-S Number|Unified Social Credit Code \(USCC\)|BIK \(RU\)"
            r"|United Social Credit Code Certificate \(USCCC\)|Economic Register Number \(CBLS\)"
            r"|Certificate of Incorporation Number|Registered Charity No\.|Branch Unit Number"
            r"|SWIFT/BIC|SWIFT|ISIN|Issuer Name|File Number|Serial No\.|Dubai Chamber of Commerce "
            r"Membership No\.|Central Registration System Number",
            re.IGNORECASE,
        ),
        "registrationNumber",
    ),
)
_OTHER_PAPER = re.compile(
    r"(?P<kind>[A-Z][\w .,'/()&#:-]{1,60}?(?:No\.|Number|#|ID|Code|Card|Certificate)):?\s+"
    r"(?P<number>[A-Z0-9][\w ./:-]*\d[\w ./:-]*?)(?:\s*\([^()]+\))*(?:\s+(?:issued|expires)\s+.+)*"
)


def paper_of(text: str, schema: str) -> tuple[str, str] | None:
    """Return the property and number of a paper that a piece of a remark names, or None.

    Country, date of issue and expiry stay in the piece, which is kept as the original. A paper of a
    kind that is not known by name, but looks like one, counts as an identity number of a person or
    a register number of anything else. The property is "" where the kind of entity has neither.
    """
    for pattern, prop in _PAPERS:
        start = pattern.match(text)
        if start and text[start.end() : start.end() + 1] in {" ", ""}:
            match = _PAPER.fullmatch(text[start.end() :].strip())
            if match:
                return _numbered(prop, match["number"], match["country"] or "", schema)
    match = _OTHER_PAPER.fullmatch(text)
    return _numbered("", match["number"], "", schema) if match else None


def _numbered(prop: str, number: str, country: str, schema: str) -> tuple[str, str]:
    value = clean_text(number).strip(" ,").upper()
    if country == "Mexico" and prop in {"taxNumber", "idNumber"}:
        # Some Mexican papers are named by their general name only.
        if parse_rfc(value).valid:
            prop = "rfcCode"
        elif parse_curp(value).valid:
            prop = "curpCode"
    if prop == "leiCode" and not PARSERS[prop](value).complete:
        prop = "registrationNumber"
    known = get_schema(schema).props
    if prop not in known:
        first = "idNumber" if schema == "Person" else "registrationNumber"
        prop = next((p for p in (first, "idNumber", "registrationNumber") if p in known), "")
    if prop in PARSERS:
        value = PARSERS[prop](value).value
    return prop, value
