"""The words for coded things: kinds, properties, grades, markings, verdicts, purposes.

One home, so that a verdict or a grade reads the same on every page and in every answer; what the
report has words for is taken from there. The names of kinds and properties stand in the schemata's
YAML; `_SCHEMA_LABELS` lists them for translation.
"""

from __future__ import annotations

from dataclasses import dataclass

from puente.guard.actors import PURPOSES, ROLES
from puente.guard.policy import ACTIONS, RULES
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.model.provenance import TLP_ORDER
from puente.model.schema import all_schemata
from puente.report.pictures_network import kind_label, strength_label
from puente.report.summary_places_section import record_label as report_record_label

__all__ = [
    "DEEDS", "Verdict", "action_label", "blocked_label", "gender_label", "grade_meaning",
    "kind_icon", "kind_label", "link_reason_label", "marking_span", "property_label",
    "purpose_label", "record_class_label", "record_label", "role_label", "rule_label",
    "strength_label", "tlp_class", "verdict",
]  # fmt: skip

_SCHEMA_LABELS: tuple[str, ...] = (
    N_("Account"), N_("Account freeze"), N_("Account number"), N_("Address"), N_("Agency"),
    N_("Agent"), N_("Aircraft"), N_("Amount"), N_("Area"), N_("Article"), N_("Assessed"),
    N_("Assessed by"), N_("Asset"), N_("Associate"), N_("Author"), N_("Authority"), N_("Bank"),
    N_("Bank account"), N_("Beneficiary"), N_("Beneficiary's account"), N_("CURP"),
    N_("Cadastral code"), N_("Calibre"), N_("Call"), N_("Call sign"), N_("Caller"),
    N_("Caller's number"), N_("Carrier"), N_("Case number"), N_("Case party"), N_("Category"),
    N_("Checksum"), N_("Citizenship"), N_("City"), N_("Classification"), N_("Client"), N_("Closed"),
    N_("Collateral"), N_("Colour"), N_("Company"), N_("Complainant"), N_("Consignee"),
    N_("Constituency"), N_("Contract"), N_("Contract award"), N_("Control"), N_("Controlled"),
    N_("Controller"), N_("Country"), N_("Country of birth"), N_("Court"), N_("Court case"),
    N_("Creditor"), N_("Crime"), N_("Crypto wallet"), N_("Currency"), N_("Date"),
    N_("Date of birth"), N_("Date of death"), N_("Debt"), N_("Debtor"), N_("Declared"),
    N_("Declared value"), N_("Designation"), N_("Designee"), N_("Detained"), N_("Detention"),
    N_("Direction"), N_("Director"), N_("Directorship"), N_("Dissolved"), N_("Document"),
    N_("Documentation"), N_("Driver"), N_("Duration"), N_("E-mail"), N_("E-mail message"),
    N_("Employee"), N_("Employer"), N_("Employment"), N_("Entity"), N_("Event"), N_("FIGI"),
    N_("Facts that the suspicion rests on"), N_("Family"), N_("File name"), N_("Filed"),
    N_("Firearm"), N_("Firearm trace"), N_("Flag"), N_("Folder"), N_("Folio"), N_("From"),
    N_("Full address"), N_("Gender"), N_("Given name"), N_("Goods"), N_("Gross registered tonnage"),
    N_("Holder"), N_("IMO number"), N_("ISIN"), N_("Identity document"), N_("Identity number"),
    N_("Image"), N_("Incident"), N_("Incorporated"), N_("Inspection"), N_("Interest"),
    N_("Involved"), N_("Issued"), N_("Issuer"), N_("Jurisdiction"), N_("Kind of control"),
    N_("Kind of holding"), N_("Kind of land"), N_("LEI"), N_("Language"), N_("Legal basis"),
    N_("Legal entity"), N_("Legal form"), N_("Licence"), N_("Link"), N_("Listed"), N_("Location"),
    N_("MMSI"), N_("Main country"), N_("Make"), N_("Maternal surname"), N_("Matures"), N_("Member"),
    N_("Membership"), N_("Model"), N_("Municipality"), N_("Name"), N_("Nationality"), N_("Notes"),
    N_("Number"), N_("Object"), N_("Offence"), N_("Organisation"), N_("Organiser"),
    N_("Other name"), N_("Outcome"), N_("Owner"), N_("Ownership"), N_("Pages"), N_("Participant"),
    N_("Party"), N_("Passport"), N_("Paternal surname"), N_("Payer"), N_("Payer's account"),
    N_("Payment"), N_("Percent held"), N_("Percent held at most"), N_("Person"), N_("Phone"),
    N_("Place of birth"), N_("Plate"), N_("Political group"), N_("Port"), N_("Position"),
    N_("Position held"), N_("Postcode"), N_("Predecessor"), N_("Previous name"), N_("Programme"),
    N_("Project"), N_("Project participant"), N_("Public body"), N_("Published"), N_("Purchaser"),
    N_("Purpose"), N_("Quantity"), N_("RFC"), N_("Real estate"), N_("Reason"), N_("Receiver"),
    N_("Receiver's number"), N_("Record"), N_("Recovered at"), N_("Region"),
    N_("Registration number"), N_("Relationship"), N_("Relative"), N_("Remarks"),
    N_("Representation"), N_("Role"), N_("Sanction"), N_("Seats"), N_("Sector"), N_("Security"),
    N_("Seizure"), N_("Sender"), N_("Serial number"), N_("Shares"), N_("Shipment"), N_("Shipper"),
    N_("Size"), N_("Social security number"), N_("Source link"), N_("Standing"), N_("State"),
    N_("Status"), N_("Street"), N_("Strength"), N_("Subject"), N_("Succession"), N_("Successor"),
    N_("Summary"), N_("Supplier"), N_("Surname"), N_("Suspect"), N_("Suspicion"), N_("Table"),
    N_("Tariff code"), N_("Tax number"), N_("Text"), N_("Text file"), N_("Theft report"),
    N_("Thing"), N_("Ticker"), N_("Title"), N_("To be reviewed by"), N_("Tonnage"), N_("Topics"),
    N_("Type"), N_("Unit"), N_("Until"), N_("VIN"), N_("Vehicle"), N_("Vessel"), N_("Victim"),
    N_("Weak alias"), N_("Web page"), N_("Web site"), N_("Weight in kg"), N_("With violence"),
    N_("Written"), N_("Year"),
)  # fmt: skip

_ICONS: tuple[tuple[str, str], ...] = (
    ("Vessel", "vessel"), ("Airplane", "airplane"), ("Vehicle", "vehicle"), ("Person", "person"),
    ("Company", "company"), ("Organization", "organization"), ("LegalEntity", "organization"),
    ("Address", "address"), ("BankAccount", "account"), ("CryptoWallet", "account"),
    ("Event", "event"), ("Interest", "link"),
)  # fmt: skip
"""Icon of a kind: the first row that it is a kind of."""

_RELIABILITY = {
    "A": N_("source completely reliable"),
    "B": N_("source usually reliable"),
    "C": N_("source fairly reliable"),
    "D": N_("source not usually reliable"),
    "E": N_("source unreliable"),
    "F": N_("reliability of the source cannot be judged"),
}
_CREDIBILITY = {
    "1": N_("item confirmed by other sources"),
    "2": N_("item probably true"),
    "3": N_("item possibly true"),
    "4": N_("item doubtful"),
    "5": N_("item improbable"),
    "6": N_("truth of the item cannot be judged"),
}
_RECORD_CLASSES = {
    "fact": N_("fact"),
    "tip": N_("tip"),
    "criminal_intelligence": N_("criminal intelligence"),
    "sanctions": N_("sanctions list"),
    "court": N_("court record"),
    "public_list": N_("public list"),
}
_BLOCKED = {
    "listed": N_("on a property-blocking list itself"),
    "blocked": N_("blocked by the 50 percent rule"),
    "possibly": N_("possibly blocked: the shares known leave it open"),
    "not": N_("not blocked by the shares known"),
}
DEEDS = {
    **ACTIONS,
    "account_added": N_("Account added"),
    "account_closed": N_("Account closed"),
    "case_entry": N_("Entry in a case"),
    "key_added": N_("Key of a program made"),
    "key_revoked": N_("Key of a program revoked"),
    "password_set": N_("Password set"),
    "purge": N_("Sealed values destroyed"),
    "relief": N_("Notices given of what was taken off a list"),
    "report": N_("Report written"),
    "session_closed": N_("Session closed"),
    "session_opened": N_("Session opened"),
    "sign_in_failed": N_("Sign-in failed"),
    "sign_in_refused": N_("Sign-in refused"),
    "signed_in": N_("Sign-in"),
}
"""Every deed that the log knows, with its label: those that the policy decides, and the others."""

_LINK_REASONS = {"identifier": N_("shared identifier"), "model": N_("comparison model")}
_GENDERS = {"male": N_("male"), "female": N_("female"), "other": N_("other")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a comparison with a list came out: word, what it means, badge and glyph."""

    code: str
    word: str
    meaning: str
    badge: str
    glyph: str


_VERDICTS = {
    "same": (N_("same on identifiers"), "solid", "full",
             N_("An identifier and the name agree. Not judged by a person.")),
    "possible": (N_("possible match, not judged"), "attention", "half",
                 N_("Enough agrees to look closer. Not judged by a person.")),
    "kin": (N_("perhaps a relative, not the same"), "open", "ring",
            N_("Surnames agree and what tells people apart does not.")),
    "not": (N_("not the same"), "open", "bar",
            N_("What tells the two apart outweighs what agrees.")),
}  # fmt: skip


def verdict(code: str) -> Verdict:
    """Return what to show for a verdict; an unknown one is shown as it is."""
    word, badge, glyph, meaning = _VERDICTS.get(code, (code, "open", "ring", ""))
    return Verdict(code=code, word=_(word), meaning=_(meaning), badge=badge, glyph=glyph)


def kind_icon(schema: str) -> str:
    """Return the name of the icon for a kind of thing."""
    known = all_schemata().get(schema)
    if known is None:
        return "thing"
    return next((icon for name, icon in _ICONS if known.is_a(name)), "thing")


def property_label(schema: str, prop: str) -> str:
    """Return the word for a property of a kind; unknown ones as they are."""
    known = all_schemata().get(schema)
    held = known.props.get(prop) if known is not None else None
    return _(held.label) if held is not None else prop


def grade_meaning(reliability: str, credibility: str) -> str:
    """Return an Admiralty grade in words. Source: STANAG 2511."""
    first = _(_RELIABILITY.get(reliability, N_("source not graded")))
    second = _(_CREDIBILITY.get(credibility, N_("item not graded")))
    return f"{first}; {second}"


def record_class_label(name: str) -> str:
    """Return the word for a record class."""
    return _(_RECORD_CLASSES.get(name, name))


def blocked_label(status: str) -> str:
    """Return the words for an outcome of the 50 percent rule."""
    return _(_BLOCKED.get(status, status))


def purpose_label(name: str) -> str:
    """Return the word for a purpose."""
    return _(PURPOSES.get(name, name))


def role_label(name: str) -> str:
    """Return the word for a role."""
    return _(ROLES.get(name, name))


def action_label(name: str) -> str:
    """Return the words for a deed in the log."""
    return _(DEEDS.get(name, name))


def rule_label(name: str) -> str:
    """Return what a rule of the policy says to people; one that is gone is shown by its name."""
    return _(RULES.get(name, name))


def link_reason_label(name: str) -> str:
    """Return the words for why two records were linked."""
    return _(_LINK_REASONS.get(name, name))


def gender_label(name: str) -> str:
    """Return the word for a gender as records state it."""
    return _(_GENDERS.get(name, name))


def record_label(code: str) -> str:
    """Return what to call a count; its official Spanish name stands in it."""
    text = report_record_label(code)
    return text[:1].upper() + text[1:]


def marking_span(labels: tuple[str, ...]) -> str:
    """Return in words which handling markings are open: none, one, or all up to one."""
    if not labels:
        return _("closed")
    if labels == TLP_ORDER[:1]:
        return _("{marking} only").format(marking=labels[0])
    if labels == TLP_ORDER[: len(labels)]:
        return _("up to {marking}").format(marking=labels[-1])
    return ", ".join(labels)


def tlp_class(marking: str) -> str:
    """Return the style class of a handling marking's Traffic Light Protocol colour."""
    label = marking.partition("//")[0].removeprefix("TLP:").partition("+")[0].lower()
    return f"tlp-{label}" if label in {"clear", "green", "amber", "red"} else "tlp-red"
