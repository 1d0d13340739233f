"""Who may see what, for which purpose: the rules as the law has them."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData, NotAllowed
from puente.guard.actors import BUILD, PIPELINE, PURPOSES, ROLES, Actor, Purpose
from puente.guard.policy import ACTIONS, CELL_ACTIONS, DEFAULT_DENY, HOUSE_ACTIONS, RULES, Policy
from puente.i18n import use_language
from puente.model.provenance import APART, RecordClass
from puente.store.cells import Cell

if TYPE_CHECKING:
    from puente.guard.policy import Decision

RULE_TEXT = files("puente.guard").joinpath("policies.cedar").read_text("utf-8")
SCHEMA_TEXT = files("puente.guard").joinpath("schema.cedarschema").read_text("utf-8")
PACKAGED = Policy.packaged()


def actor(*roles: str, country: str = "MX", agency: str = "FGR") -> Actor:
    return Actor(name="someone", roles=frozenset(roles), country=country, agency=agency)


def cell(record_class: str, marking: str = "TLP:GREEN", agency: str = "FGR") -> Cell:
    return Cell(source="s", record_class=record_class, marking=marking, agency=agency)


def looks(
    who: Actor, purpose: str, what: Cell, *, case: str = "", action: str = "look"
) -> Decision:
    return PACKAGED.decide(who, Purpose(name=purpose, case=case), action, what)


SEES = {
    # role, purpose, case: the classes it sees under TLP:GREEN
    ("analyst", "investigation", "C-1"): {
        "fact",
        "tip",
        "criminal_intelligence",
        "sanctions",
        "court",
        "public_list",
    },
    ("analyst", "investigation", ""): {"fact", "sanctions", "court", "public_list"},
    ("analyst", "screening", "C-1"): {"fact", "sanctions", "court", "public_list"},
    ("compliance", "compliance", "C-1"): {"sanctions", "court", "public_list"},
    ("compliance", "screening", ""): {"sanctions", "court", "public_list"},
    ("crime_analyst", "crime_analysis", "C-1"): {"fact", "sanctions", "public_list"},
    ("port_director", "screening", ""): {"fact", "sanctions", "public_list"},
    ("port_director", "crime_analysis", ""): {"fact", "sanctions", "public_list"},
    ("policy_staff", "oversight", ""): {"sanctions", "public_list"},
    ("journalist", "oversight", ""): set(),
    ("auditor", "audit", "C-1"): set(),
    ("administrator", "build", "C-1"): set(),
}


@pytest.mark.parametrize("who", SEES, ids=str)
def test_each_role_sees_its_classes_and_no_others(who: tuple[str, str, str]) -> None:
    role, purpose, case = who
    seen = {
        name.value
        for name in RecordClass
        if looks(actor(role), purpose, cell(name.value), case=case).allowed
    }
    assert seen == SEES[who]


def test_no_role_sees_anything_for_a_purpose_that_is_not_its_own() -> None:
    own = {(role, purpose) for role, purpose, _case in SEES}
    for role in set(ROLES) - {"pipeline"}:
        for purpose in PURPOSES:
            if (role, purpose) in own:
                continue
            for name in RecordClass:
                decision = looks(actor(role), purpose, cell(name.value, "TLP:CLEAR"), case="C-1")
                assert decision.rules == ("purpose-belongs-to-the-role",), (role, purpose, name)


def test_a_second_role_lends_no_contents_to_the_purpose_of_the_first() -> None:
    """An auditor who is also an analyst sees no records while auditing."""
    both = actor("auditor", "administrator", "analyst")
    for purpose in ("audit", "build"):
        for name in RecordClass:
            assert not looks(both, purpose, cell(name.value, "TLP:CLEAR"), case="C-1").allowed
    assert looks(both, "investigation", cell("tip"), case="C-1").allowed


def test_intelligence_without_a_case_is_refused_and_the_rule_is_named_with_one() -> None:
    what = cell("criminal_intelligence")
    assert looks(actor("analyst"), "investigation", what).rules == (DEFAULT_DENY,)
    assert looks(actor("analyst"), "investigation", what, case="  ").allowed is False
    allowed = looks(actor("analyst"), "investigation", what, case="FED/1/2026")
    assert allowed.rule == "intelligence-needs-an-analyst-an-investigation-and-a-case"
    assert "28 CFR 23.20(e)" in _law(allowed.rule)


def test_journalists_see_lists_and_registers_that_are_clear_and_nothing_else() -> None:
    for name in RecordClass:
        for marking in ("TLP:CLEAR", "TLP:GREEN"):
            decision = looks(actor("journalist"), "oversight", cell(name.value, marking))
            open_classes = {"sanctions", "public_list", "fact"}
            expected = name.value in open_classes and marking == "TLP:CLEAR"
            assert decision.allowed == expected, (name, marking)


def test_a_release_limit_binds_every_country_it_does_not_name() -> None:
    what = cell("fact", "TLP:AMBER//REL US")
    for country, allowed in (("US", True), ("MX", False), ("", False)):
        decision = looks(actor("analyst", country=country), "investigation", what)
        assert decision.allowed is allowed
    assert decision.rules == ("release-is-limited-to-named-countries",)
    nobody = cell("fact", "TLP:CLEAR//REL")
    assert not looks(actor("analyst", country="US"), "investigation", nobody).allowed


def test_red_stays_with_its_agency_and_strict_does_not_leave() -> None:
    red = cell("fact", "TLP:RED", agency="FGR")
    assert looks(actor("analyst", agency="FGR"), "investigation", red).allowed
    for agency in ("DEA", ""):
        refused = looks(actor("analyst", agency=agency), "investigation", red)
        assert refused.rules == ("red-stays-with-its-agency",)
    nameless = cell("fact", "TLP:RED", agency="")
    assert not looks(actor("analyst", agency=""), "investigation", nameless).allowed
    for marking, leaves in (("TLP:AMBER", True), ("TLP:AMBER+STRICT", False), ("TLP:RED", False)):
        what = cell("fact", marking)
        assert looks(actor("analyst"), "investigation", what).allowed
        assert looks(actor("analyst"), "investigation", what, action="export").allowed is leaves


def test_the_pipeline_builds_from_all_but_intelligence_and_looks_at_nothing() -> None:
    """The store and the View keep apart the very classes that the policy does."""
    for name in RecordClass:
        what = cell(name.value, "TLP:RED//REL US", agency="DEA")
        decision = PACKAGED.decide(PIPELINE, BUILD, "build", what)
        assert decision.allowed is (name not in APART)
        if name in APART:
            assert decision.rule == "intelligence-enters-nothing-that-is-shared"
        for action in ("look", "search", "export"):
            assert not PACKAGED.decide(PIPELINE, BUILD, action, what).allowed


def test_the_house_is_kept_by_administrators_and_its_log_read_by_auditors() -> None:
    may = {
        (role, action)
        for role in ROLES
        for action in ("administer", "load", "read_audit", "build")
        for purpose in PURPOSES
        if PACKAGED.decide(actor(role), Purpose(name=purpose, case="C-1"), action).allowed
    }
    assert may == {
        ("administrator", "administer"),
        ("administrator", "load"),
        ("auditor", "read_audit"),
        ("pipeline", "build"),
        ("pipeline", "load"),
    }
    with pytest.raises(NotAllowed, match="Administrator") as refused:
        PACKAGED.require(actor("administrator"), Purpose(name="build"), "read_audit")
    assert refused.value.rule == DEFAULT_DENY
    assert refused.value.decision is not None


def test_the_purposes_that_a_person_may_claim_are_listed() -> None:
    assert PACKAGED.purposes(actor("analyst")) == ("investigation", "screening")
    assert PACKAGED.purposes(actor("auditor", "compliance")) == (
        "screening",
        "compliance",
        "audit",
    )


def test_every_rule_has_a_name_a_law_and_a_text_for_people() -> None:
    assert set(PACKAGED.rules) | {DEFAULT_DENY} == set(RULES)
    for rule in PACKAGED.rules:
        assert len(_law(rule)) > 5, rule
    decision = looks(actor("auditor"), "audit", cell("fact"))
    assert decision.reason == "No rule permits this"
    with use_language("es"):
        assert decision.reason


def _law(rule: str) -> str:
    match = re.search(rf'@id\("{rule}"\)\s*@law\("([^"]+)"\)', RULE_TEXT)
    assert match, rule
    return match.group(1)


def test_a_decision_names_the_policy_it_was_made_under() -> None:
    decision = looks(actor("analyst"), "investigation", cell("fact"))
    assert decision.policy_hash == PACKAGED.hash
    other = Policy(RULE_TEXT + "\n", SCHEMA_TEXT)
    assert other.hash != PACKAGED.hash


def test_the_rules_fit_the_schema() -> None:
    assert cedarpy.validate_policies(RULE_TEXT, SCHEMA_TEXT).validation_passed


@pytest.mark.parametrize(
    ("addition", "complaint"),
    [
        ("permit (principal", "cannot be read"),
        ("permit (principal, action, resource);", "@id"),
        ('@id("facts-for-the-port") permit (principal, action, resource);', "@id"),
        (
            '@id("x") permit (principal, action, resource) when { resource.colour == 1 };',
            "does not fit its schema",
        ),
        (
            '@id("x") permit (principal, action == Action::"fly", resource);',
            "does not fit its schema",
        ),
    ],
)
def test_a_policy_with_a_fault_is_not_taken_up(addition: str, complaint: str) -> None:
    with pytest.raises(InvalidData, match=complaint):
        Policy(RULE_TEXT + addition, SCHEMA_TEXT)


def test_a_rule_that_cannot_be_evaluated_refuses_rather_than_drops_out() -> None:
    """Cedar leaves out a rule that errs; if that were a forbid, its absence would permit."""
    rules = (
        '@id("a") permit (principal, action == Action::"look", resource);'
        '@id("b") forbid (principal, action == Action::"look", resource)'
        " when { 9223372036854775807 + resource.tlp > 0 };"
    )
    policy = Policy(rules, SCHEMA_TEXT)
    with pytest.raises(InvalidData, match="could not decide"):
        policy.decide(
            actor("analyst"), Purpose(name="investigation"), "look", cell("fact", "TLP:RED")
        )


def test_every_action_has_a_label() -> None:
    assert set(ACTIONS) == {*CELL_ACTIONS, *HOUSE_ACTIONS}


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(InvalidData, match="unknown action"):
        PACKAGED.decide(actor("analyst"), Purpose(name="investigation"), "peek", cell("fact"))
    with pytest.raises(InvalidData, match="unknown action"):
        PACKAGED.decide(actor("analyst"), Purpose(name="investigation"), "look")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Actor(name="x", roles=frozenset({"king"})),
        lambda: Actor(name="", roles=frozenset({"analyst"})),
        lambda: Actor(name="x", roles=frozenset({"analyst"}), country="Mexico"),
        lambda: Purpose(name="curiosity"),
    ],
)
def test_actors_and_purposes_that_there_are_not_are_refused(make: object) -> None:
    with pytest.raises(InvalidData):
        make()  # type: ignore[operator]


def test_one_role_given_as_text_is_one_role() -> None:
    assert Actor(name="x", roles="analyst").roles == {"analyst"}  # type: ignore[arg-type]


actors = st.builds(
    Actor,
    name=st.sampled_from(["ana", "luis"]),
    roles=st.frozensets(st.sampled_from(sorted(ROLES)), max_size=3),
    country=st.sampled_from(["MX", "US", ""]),
    agency=st.sampled_from(["FGR", "DEA", ""]),
)
purposes = st.builds(
    Purpose, name=st.sampled_from(sorted(PURPOSES)), case=st.sampled_from(["", "C-1"])
)
cells = st.builds(
    Cell,
    source=st.sampled_from(["a", "b"]),
    record_class=st.sampled_from(sorted(RecordClass)),
    marking=st.sampled_from(
        [
            "TLP:CLEAR",
            "TLP:GREEN",
            "TLP:AMBER//REL MX US",
            "TLP:AMBER//REL US",
            "TLP:CLEAR//REL",
            "TLP:AMBER+STRICT",
            "TLP:RED",
            "TLP:RED//REL MX",
        ]
    ),
    agency=st.sampled_from(["FGR", "DEA", ""]),
)


@settings(max_examples=150, deadline=None)
@given(actors, purposes, cells, st.sampled_from(["look", "search", "export"]))
def test_the_rules_say_what_the_law_says_written_out_in_python(
    who: Actor, purpose: Purpose, what: Cell, action: str
) -> None:
    assert PACKAGED.decide(who, purpose, action, what).allowed == _by_hand(
        who, purpose, what, action
    )


@settings(max_examples=40, deadline=None)
@given(actors, purposes, st.lists(cells, max_size=6))
def test_deciding_together_is_deciding_one_by_one(
    who: Actor, purpose: Purpose, several: list[Cell]
) -> None:
    together = Policy.packaged().decide_cells(who, purpose, "look", several)
    alone = Policy.packaged()
    assert together == {one: alone.decide(who, purpose, "look", one) for one in several}


CLAIMS = {
    "analyst": {"investigation", "screening"},
    "compliance": {"compliance", "screening"},
    "crime_analyst": {"crime_analysis"},
    "port_director": {"crime_analysis", "screening"},
    "policy_staff": {"oversight"},
    "journalist": {"oversight"},
    "auditor": {"audit"},
    "administrator": {"build"},
    "pipeline": {"build"},
}


def _by_hand(who: Actor, purpose: Purpose, what: Cell, action: str) -> bool:
    """Return the answer by a second writing of the rules, role by role."""
    tlp, _, release = what.marking.partition("//")
    if release and who.country not in release.split()[1:]:
        return False
    if tlp == "TLP:RED" and (not what.agency or what.agency != who.agency):
        return False
    if action == "export" and tlp in {"TLP:RED", "TLP:AMBER+STRICT"}:
        return False
    if not any(purpose.name in CLAIMS[role] for role in who.roles):
        return False
    lists = {"sanctions", "public_list"}
    at_work = who.roles & WORKING and purpose.name not in {"audit", "build"}
    if what.record_class in lists and at_work:
        return True
    published = {"fact"} if tlp == "TLP:CLEAR" else set()
    open_to = {
        "analyst": {"court", "fact"}
        | (
            {"tip", "criminal_intelligence"}
            if purpose.name == "investigation" and purpose.case
            else set()
        ),
        "compliance": {"court"} | published,
        "crime_analyst": {"fact"},
        "port_director": {"fact"},
        "policy_staff": published,
        "journalist": lists | published if tlp == "TLP:CLEAR" else set(),
    }
    return any(
        purpose.name in CLAIMS[role] and what.record_class in open_to.get(role, set())
        for role in who.roles
    )


WORKING = {"analyst", "compliance", "crime_analyst", "port_director", "policy_staff"}
