"""May this actor do this, to these records, for this purpose? Cedar decides, by named rules.

What no rule permits is refused. The rules stand in `policies.cedar` and are checked against
`schema.cedarschema` before the first question is answered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import cedarpy

from puente.errors import InvalidData, NotAllowed
from puente.guard.actors import BUILD, PIPELINE, PURPOSES, ROLES, Actor, Purpose
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.model.provenance import TLP_ORDER, Marking

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from puente.store.cells import Cell

__all__ = [
    "ACTIONS",
    "BUILD",
    "PIPELINE",
    "PURPOSES",
    "ROLES",
    "RULES",
    "Actor",
    "Decision",
    "Policy",
    "Purpose",
]

CASE_ACTIONS = ("read_case", "write_case", "determine", "sign", "export_case")
ALERT_ACTIONS = ("judge_alert", "second_alert", "read_register", "keep_register")
LINK_ACTIONS = ("judge_link", "judge_link_alone", "second_link")
CELL_ACTIONS = (
    "look", "search", "export", "build", *CASE_ACTIONS, *ALERT_ACTIONS, *LINK_ACTIONS,
)  # fmt: skip
HOUSE_ACTIONS = ("claim", "load", "administer", "read_audit", "build")

ACTIONS: Mapping[str, str] = {
    "look": N_("Looking at records"),
    "search": N_("Searching records"),
    "export": N_("Exporting records"),
    "build": N_("Building from records"),
    "read_case": N_("Reading case files"),
    "write_case": N_("Adding to case files"),
    "determine": N_("Determining an element"),
    "sign": N_("Signing a determination"),
    "export_case": N_("Writing a memo of a case file"),
    "judge_alert": N_("Deciding on an alert"),
    "second_alert": N_("Being the second person on an alert"),
    "read_register": N_("Reading the register of blocked property"),
    "keep_register": N_("Keeping the register of blocked property"),
    "judge_link": N_("Judging whether two records speak of one thing"),
    "judge_link_alone": N_("Judging so without a second person"),
    "second_link": N_("Being the second person on such a judgement"),
    "claim": N_("Stating a purpose"),
    "load": N_("Loading files"),
    "administer": N_("Administering"),
    "read_audit": N_("Reading the log"),
}
"""Every action that the policy is asked about, with its label."""

DEFAULT_DENY = "no-rule-permits"

RULES: Mapping[str, str] = {
    DEFAULT_DENY: N_("No rule permits this"),
    "purpose-belongs-to-the-role": N_("This role may not claim this purpose"),
    "purpose-may-be-stated": N_("This role may claim this purpose"),
    "lists-are-open-to-those-who-act-on-them": N_(
        "Sanctions and public lists are open to every role that works with records"
    ),
    "press-sees-public-lists": N_("Journalists see lists that are marked TLP:CLEAR"),
    "court-records-for-investigation-and-compliance": N_(
        "Court records are open to analysts and compliance officers"
    ),
    "facts-for-the-analyst": N_("Fact records are open to analysts"),
    "facts-for-crime-analysis": N_("Fact records are open to crime analysts for crime analysis"),
    "facts-for-the-port": N_("Fact records are open to port directors"),
    "published-facts-are-open": N_(
        "Registers and statistics that are marked TLP:CLEAR are open to every role"
    ),
    "intelligence-needs-an-analyst-an-investigation-and-a-case": N_(
        "Criminal intelligence and tips are open to analysts who investigate a named case"
    ),
    "case-files-for-the-analyst": N_("Case files are open to analysts who investigate"),
    "case-files-for-policy-staff": N_(
        "Case files that are marked TLP:CLEAR or TLP:GREEN are open to policy staff"
    ),
    "alerts-are-judged-by-those-who-screen": N_(
        "Alerts are judged by analysts and compliance officers"
    ),
    "customers-for-their-own-compliance": N_(
        "An agency's customers are open to its own compliance officers"
    ),
    "register-is-kept-by-its-agency": N_(
        "The register is kept and read by analysts and compliance officers of the agency"
    ),
    "what-an-agency-keeps-stays-with-it": N_(
        "The customers and the register of an agency stay with that agency"
    ),
    "links-are-judged-by-those-who-see-the-records": N_(
        "Links are judged by analysts and compliance officers who may see both records"
    ),
    "a-second-person-where-a-link-weighs-on-somebody": N_(
        "One person judges alone where no listing, court record or restricted marking is involved"
    ),
    "release-is-limited-to-named-countries": N_(
        "The owner releases these records to named countries only, and yours is not one of them"
    ),
    "red-stays-with-its-agency": N_("TLP:RED records stay with the agency that holds them"),
    "strict-and-red-do-not-leave": N_("TLP:AMBER+STRICT and TLP:RED records cannot be exported"),
    "administrator-keeps-the-house": N_("Administrators keep accounts, settings and loads"),
    "auditor-reads-the-log": N_("Auditors read the audit log"),
    "intelligence-enters-nothing-that-is-shared": N_(
        "Criminal intelligence enters nothing that is linked, counted or compared for all"
    ),
    "pipeline-builds": N_("The pipeline merges and links every other record"),
}
"""What each rule says to people. A test holds the names against `policies.cedar`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the policy said, and by which rules.

    Attributes:
        allowed: whether the deed is allowed.
        rules: names of the rules that decided, sorted; where none did, `no-rule-permits`.
        policy_hash: SHA-256 of the policy and its schema, hexadecimal.
    """

    allowed: bool
    rules: tuple[str, ...]
    policy_hash: str

    @property
    def rule(self) -> str:
        """Return the first of the rules that decided."""
        return self.rules[0]

    @property
    def reason(self) -> str:
        """Return what the rules say, in the current language."""
        return "; ".join(_(RULES.get(rule, rule)) for rule in self.rules)


class Policy:
    """A set of rules. Answers are kept: the same question is put to Cedar once."""

    def __init__(self, rules: str, schema: str) -> None:
        """Read and check the rules.

        Args:
            rules: Cedar policies; every one bears an `@id` of its own.
            schema: Cedar schema.

        Raises: InvalidData: rules that Cedar cannot read, that the schema does not know the
            words of, or two of which share a name.
        """
        self.text, self.schema_text = rules, schema
        self.hash = sha256(f"{schema}\x1f{rules}".encode()).hexdigest()
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            self._rules = cedarpy.PolicySet.from_str(rules)
            self.rules = _names(rules)
        except ValueError as error:
            raise InvalidData(_("the policy cannot be read: {error}").format(error=error)) from None
        outcome = cedarpy.validate_policies(rules, self._schema)
        if not outcome.validation_passed:
            raise InvalidData(
                _("the policy does not fit its schema: {errors}").format(
                    errors="; ".join(str(error) for error in outcome.errors)
                )
            )
        self._known: dict[tuple[Actor, str, str, str, Cell | None], Decision] = {}

    @classmethod
    def packaged(cls) -> Policy:
        """Return the rules that Puente ships."""
        folder = files("puente.guard")
        return cls(
            folder.joinpath("policies.cedar").read_text(encoding="utf-8"),
            folder.joinpath("schema.cedarschema").read_text(encoding="utf-8"),
        )

    def decide(
        self, actor: Actor, purpose: Purpose, action: str, cell: Cell | None = None
    ) -> Decision:
        """Return whether `actor` may do `action`, to the records of `cell` or to the house."""
        if cell is not None:
            return self.decide_cells(actor, purpose, action, [cell])[cell]
        return self._ask(actor, purpose, action, [None])[None]

    def decide_cells(
        self, actor: Actor, purpose: Purpose, action: str, cells: Iterable[Cell]
    ) -> dict[Cell, Decision]:
        """Return the decision on each of `cells`."""
        answers = self._ask(actor, purpose, action, list(cells))
        return {cell: answer for cell, answer in answers.items() if cell is not None}

    def require(self, actor: Actor, purpose: Purpose, action: str) -> Decision:
        """Return the decision on a deed of the house, if it is allowed.

        Raises: NotAllowed: it is not.
        """
        decision = self.decide(actor, purpose, action)
        if not decision.allowed:
            raise refusal(decision, actor, purpose, action)
        return decision

    def purposes(self, actor: Actor) -> tuple[str, ...]:
        """Return the purposes that `actor` may claim."""
        return tuple(
            name for name in PURPOSES if self.decide(actor, Purpose(name=name), "claim").allowed
        )

    def _ask(
        self, actor: Actor, purpose: Purpose, action: str, cells: list[Cell | None]
    ) -> dict[Cell | None, Decision]:
        known = {
            cell: self._known[key]
            for cell in cells
            if (key := (actor, purpose.name, purpose.case, action, cell)) in self._known
        }
        open_ = [cell for cell in dict.fromkeys(cells) if cell not in known]
        if open_:
            self._check_action(action, open_)
            for cell, decision in self._evaluate(actor, purpose, action, open_):
                known[cell] = decision
                self._known[actor, purpose.name, purpose.case, action, cell] = decision
        return known

    @staticmethod
    def _check_action(action: str, cells: list[Cell | None]) -> None:
        known = HOUSE_ACTIONS if None in cells else CELL_ACTIONS
        if action not in known:
            raise InvalidData(
                _("unknown action {action!r}; one of {known}").format(
                    action=action, known=", ".join(known)
                )
            )

    def _evaluate(
        self, actor: Actor, purpose: Purpose, action: str, cells: list[Cell | None]
    ) -> list[tuple[Cell | None, Decision]]:
        if len(self._known) > _KEPT:
            self._known.clear()
        uids = [_uid(number, cell) for number, cell in enumerate(cells)]
        entities = cedarpy.Entities.from_json_str(
            json.dumps([*_actor_entities(actor), *map(_entity, uids, cells)]), self._schema
        )
        context = {"purpose": purpose.name, "case": purpose.case}
        requests = [
            {
                "principal": {"type": "Actor", "id": actor.name},
                "action": {"type": "Action", "id": action},
                "resource": uid,
                "context": context,
            }
            for uid in uids
        ]
        results = cedarpy.is_authorized_batch(requests, self._rules, entities, self._schema)
        return [(cell, self._decision(result)) for cell, result in zip(cells, results, strict=True)]

    def _decision(self, result: cedarpy.AuthzResult) -> Decision:
        if result.diagnostics.errors:
            # A rule that failed to evaluate is left out by Cedar; a left-out forbid would permit.
            raise InvalidData(
                _("the policy could not decide: {errors}").format(
                    errors="; ".join(result.diagnostics.errors)
                )
            )
        ids = result.diagnostics.id_annotations_by_reason
        rules = tuple(sorted(ids[reason] for reason in result.diagnostics.reasons))
        return Decision(
            allowed=result.allowed, rules=rules or (DEFAULT_DENY,), policy_hash=self.hash
        )


_KEPT = 50_000


def refusal(
    decision: Decision, actor: Actor, purpose: Purpose, action: str, what: str = ""
) -> NotAllowed:
    """Return the error that tells `actor` what was refused and by which rule."""
    deed = _(ACTIONS[action])
    message = _("{deed} is refused to {roles} for {purpose}: {reason}").format(
        deed=f"{deed} ({what})" if what else deed,
        roles=", ".join(_(ROLES[role]) for role in sorted(actor.roles)) or _("nobody"),
        purpose=_(PURPOSES[purpose.name]),
        reason=decision.reason,
    )
    return NotAllowed(message, rule=decision.rule, decision=decision)


def _names(rules: str) -> tuple[str, ...]:
    parsed = json.loads(cedarpy.policies_to_json_str(rules))["staticPolicies"]
    names = [policy.get("annotations", {}).get("id", "") for policy in parsed.values()]
    if len(set(names)) != len(names) or "" in names:
        raise InvalidData(_("every rule of the policy needs an @id of its own"))
    return tuple(names)


def _uid(number: int, cell: Cell | None) -> dict[str, str]:
    if cell is None:
        return {"type": "House", "id": "house"}
    return {"type": "Cell", "id": str(number)}


def _actor_entities(actor: Actor) -> list[dict[str, object]]:
    roles = [{"type": "Role", "id": role} for role in sorted(actor.roles)]
    held: list[dict[str, object]] = [{"uid": role, "attrs": {}, "parents": []} for role in roles]
    return [
        {
            "uid": {"type": "Actor", "id": actor.name},
            "attrs": {"country": actor.country, "agency": actor.agency},
            "parents": roles,
        },
        *held,
    ]


def _entity(uid: dict[str, str], cell: Cell | None) -> dict[str, object]:
    if cell is None:
        return {"uid": uid, "attrs": {}, "parents": []}
    marking = Marking.parse(cell.marking)
    attrs: dict[str, object] = {
        "source": cell.source,
        "record_class": cell.record_class,
        "tlp": TLP_ORDER.index(marking.tlp),
        "agency": cell.agency,
    }
    if marking.releasable_to is not None:
        attrs["releasable_to"] = sorted(marking.releasable_to)
    return {"uid": uid, "attrs": attrs, "parents": []}
