"""What an instrument's file must be; every way of getting it wrong is answered with its line."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData, NotFound
from puente.law.elements import All, AnyOf, Element, Unless, find, leaves, replace_node, walk
from puente.law.instrument import (
    Instrument,
    get_instrument,
    instruments,
    read_instrument,
    read_instruments,
)
from puente.law.readings import AS_WRITTEN, branches
from puente.law.references import Reference, cite
from puente.law.shown import citations

HEAD = """\
id: us-made-up
title: {en: "Made-up Act", es: "Ley inventada"}
short: MUA
jurisdiction: US
kind: statute
authority: binding
in_force: {from: 2001-02-03}
references:
  code: {title: "Made-up Code", pinpoint: "1 MU 1(a)", accessed: 2026-11-24}
"""


def element(name: str) -> str:
    return (
        f"{{id: {name}, text: {{en: {name}, es: {name}}}, ref: code, kind: fact,"
        " burden_on: government, standard: preponderance, confidence: verified}"
    )


TREE = f"""\
elements:
  id: whole
  all:
    - {element("first")}
    - id: limbs
      any:
        - {element("left")}
        - {element("right")}
"""
WAITING = f"""\
elements_in_waiting:
  - {element("motive")}
  - {element("duress")}
"""


def readings(*effects: str, question: str = "q") -> str:
    lines = [
        "readings:",
        f"  - question: {question}",
        "    text: {en: q, es: q}",
        "    options:",
    ]
    for number, effect in enumerate(effects):
        lines += [
            f"      - id: option{number}",
            "        text: {en: o, es: o}",
            "        proponent: {en: p, es: p}",
            "        ref: code",
            "        confidence: contested",
            f"        effect: [{effect}]",
        ]
    return "\n".join(lines) + "\n"


def read(text: str, **others: Instrument) -> Instrument:
    return read_instrument(text, "made-up.yaml", {one.id: one for one in others.values()})


def parameter(*values: str, unit: str = "USD") -> str:
    lines = [
        "parameters:",
        "  - id: most",
        "    text: {en: most, es: tope}",
        f"    unit: {unit}",
        "    values:",
    ]
    return "\n".join([*lines, *(f"      - {{{value}}}" for value in values)]) + "\n"


SEEN = "ref: code, confidence: verified, checked_against: made up, checked_on: 2026-11-24"

WRONG: dict[str, tuple[str, int, str]] = {
    "no yaml": (HEAD + "notes: [", 10, "not YAML"),
    "a list": ("- 1\n", 1, "expected keys and values"),
    "nothing": ("", 1, "expected keys and values"),
    "unknown key": (HEAD + "elments: {}\n", 10, "unknown key 'elments'"),
    "key twice": (HEAD + "id: us-other\n", 1, "stand twice"),
    "alias": (HEAD + "notes: &a []\ntimeline: *a\n", 10, "anchors"),
    "tag": (HEAD + "notes: !!python/object:os.system {}\n", 10, "not YAML"),
    "octal": (HEAD.replace("2001-02-03", "017"), 7, "write the number plainly"),
    "no such day": (HEAD.replace("2001-02-03", "2001-02-30"), 7, "is no day"),
    "title in one language": (HEAD.replace(', es: "Ley inventada"', ""), 2, "'es' is missing"),
    "no such kind": (HEAD.replace("statute", "treaty"), 5, "kind 'treaty' is none of"),
    "id with spaces": (HEAD.replace("us-made-up", "us made up"), 1, "is no id"),
    "ends before it begins": (
        HEAD.replace("{from: 2001-02-03}", "{from: 2001-02-03, to: 2001-02-02}"),
        7,
        "before it begins",
    ),
    "in force from a year": (HEAD.replace("2001-02-03", "2001"), 7, "must be a day"),
    "no references": (HEAD.split("references:")[0] + "references: {}\n", 8, "no reference"),
    "dangling ref": (HEAD + TREE.replace("ref: code", "ref: cod", 1), 13, "none of the references"),
    "element twice": (HEAD + TREE.replace("right", "left"), 17, "stands twice"),
    "waiting and in the tree": (HEAD + TREE + WAITING.replace("motive", "left"), 19, "twice"),
    "empty group": (HEAD + "elements: {any: []}\n", 10, "no members"),
    "unless without exception": (
        HEAD + f"elements:\n  unless:\n    main: {element('a')}\n",
        11,
        "'exception' is missing",
    ),
    "no such standard": (HEAD + TREE.replace("preponderance", "likely", 1), 13, "standard"),
    "group and element at once": (HEAD + "elements: {all: [], kind: fact}\n", 10, "unknown key"),
    "memory without to_check": (
        HEAD + TREE.replace("confidence: verified", "confidence: memory", 1),
        13,
        "needs to_check",
    ),
    "arithmetic from nothing": (
        HEAD + TREE.replace("confidence: verified", "confidence: arithmetic", 1),
        13,
        "needs worked_from",
    ),
    "verified by nobody": (
        HEAD.replace(", accessed: 2026-11-24", "") + TREE,
        13,
        "needs checked_against",
    ),
    "checked against, no day": (
        HEAD + TREE.replace("confidence: verified", "confidence: verified, checked_against: x", 1),
        13,
        "go together",
    ),
    "use of nothing": (HEAD + "elements: {use: us-nothing}\n", 10, "no instrument 'us-nothing'"),
    "use of itself": (HEAD + "elements: {use: us-made-up}\n", 10, "circle"),
    "one reading only": (HEAD + TREE + readings(""), 21, "at least two"),
    "question twice": (
        HEAD + TREE + readings("", "") + readings("", "").split("\n", 1)[1],
        34,
        "question 'q' stands twice",
    ),
    "option twice": (
        HEAD + TREE + readings("", "").replace("option1", "option0"),
        28,
        "option 'option0' stands twice",
    ),
    "effect on nothing": (HEAD + TREE + readings("", "{drop: middle}"), 28, "no node 'middle'"),
    "effect brings nothing": (
        HEAD + TREE + readings("", "{require: motive, at: left}"),
        28,
        "no node 'motive'",
    ),
    "effect leaves nothing": (HEAD + TREE + readings("", "{drop: whole}"), 28, "nothing is left"),
    "two effects in one": (
        HEAD + TREE + WAITING + readings("", "{drop: left, exempt: left, by: duress}"),
        36,
        "an effect is one of",
    ),
    "effect with a word too many": (
        HEAD + TREE + WAITING + readings("", "{require: motive, at: left, by: duress}"),
        36,
        "takes no 'by'",
    ),
    "effect on itself": (
        HEAD + TREE + readings("", "{replace: left, by: left}"),
        33,
        "cannot act on itself",
    ),
    "drops what it needs": (
        HEAD + TREE + WAITING + readings("", "{require: motive, at: left}, {drop: left}"),
        36,
        "contradicts",
    ),
    "requires and drops": (
        HEAD + TREE + WAITING + readings("", "{require: motive, at: left}, {drop: motive}"),
        36,
        "contradicts",
    ),
    "same effect twice": (
        HEAD + TREE + readings("", "{drop: left}, {drop: left}"),
        33,
        "contradicts",
    ),
    "readings of no tree": (HEAD + readings("", ""), 10, "no tree"),
    "parameter without values": (HEAD + parameter(), 14, "needs a dated value"),
    "undated value": (HEAD + parameter(f"value: 1, {SEEN}"), 15, "'effective' is missing"),
    "two values for one day": (
        HEAD
        + parameter(
            f"effective: 2001-01-01, value: 1, {SEEN}", f"effective: 2001-01-01, value: 2, {SEEN}"
        ),
        16,
        "two values for 2001-01-01",
    ),
    "values out of order": (
        HEAD
        + parameter(f"effective: 2001, value: 1, {SEEN}", f"effective: 2000, value: 2, {SEEN}"),
        16,
        "out of order",
    ),
    "a day in a year already given": (
        HEAD
        + parameter(
            f"effective: 2001, value: 1, {SEEN}", f"effective: 2001-05-01, value: 2, {SEEN}"
        ),
        16,
        "out of order",
    ),
    "negative value": (
        HEAD + parameter(f"effective: 2001, value: -1, {SEEN}"),
        15,
        "0 or more",
    ),
    "value that is no number": (
        HEAD + parameter(f"effective: 2001, value: .nan, {SEEN}"),
        15,
        "0 or more",
    ),
    "half a year": (
        HEAD + parameter(f"effective: 2001, value: 1.5, {SEEN}", unit="years"),
        15,
        "are whole",
    ),
    "value verified by its reference alone": (
        HEAD + parameter("effective: 2001, value: 1, ref: code, confidence: verified"),
        15,
        "needs checked_against",
    ),
    "month 13": (
        HEAD + parameter(f"effective: 2001-13, value: 1, {SEEN}"),
        15,
        "no such month",
    ),
    "clock without amount": (
        HEAD
        + "procedure:\n  - {id: s, text: {en: s, es: s}, ref: code, confidence: verified,"
        + " clock: {after: {en: e, es: e}}}\n",
        11,
        "a clock has one of",
    ),
    "clock in business years": (
        HEAD
        + "procedure:\n  - {id: s, text: {en: s, es: s}, ref: code, confidence: verified,"
        + " clock: {years: 1, kind: business, after: {en: e, es: e}}}\n",
        11,
        "only days",
    ),
    "30 February each year": (
        HEAD
        + "procedure:\n  - {id: s, text: {en: s, es: s}, ref: code, confidence: verified,"
        + ' clock: {each_year: "02-30", after: {en: e, es: e}}}\n',
        11,
        "a month and a day",
    ),
    "events out of order": (
        HEAD
        + "timeline:\n"
        + "  - {date: 2005, text: {en: a, es: a}, ref: code, confidence: verified}\n"
        + "  - {date: 2004, text: {en: a, es: a}, ref: code, confidence: verified}\n",
        12,
        "out of order",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_its_line_and_the_reason(name: str) -> None:
    text, line, reason = WRONG[name]
    with pytest.raises(InvalidData) as caught:
        read(text)
    assert caught.value.file == "made-up.yaml"
    assert reason in caught.value.reason
    assert caught.value.line == line


def test_the_file_that_the_wrong_ones_are_made_from_is_right() -> None:
    found = read(HEAD + TREE + WAITING + readings("", "{require: motive, at: left}"))
    assert [branch.id for branch in branches(found)] == ["q=option0", "q=option1"]
    assert found.is_in_force(date(2001, 2, 3))
    assert not found.is_in_force(date(2001, 2, 2))


def test_a_file_that_is_too_large_or_too_deep_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidData, match="larger than"):
        read(HEAD + "# " + "x" * 1_000_000)
    with pytest.raises(InvalidData, match="nested deeper"):
        read(HEAD + "elements: " + "{all: [" * 5000)
    with pytest.raises(InvalidData):
        read(HEAD + "notes: [" + "9" * 5000 + "]\n")


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(0, 1), data=st.data())
def test_a_damaged_file_is_read_or_refused_and_never_breaks(cut: int, data: st.DataObject) -> None:
    whole = HEAD + TREE + WAITING + readings("", "{require: motive, at: left}")
    place = data.draw(st.integers(0, len(whole)))
    junk = data.draw(st.text(max_size=6))
    damaged = whole[:place] + junk + whole[place + cut * 7 :]
    with contextlib.suppress(InvalidData):
        assert isinstance(read(damaged), Instrument)


def named(name: str, body: str) -> str:
    return HEAD.replace("us-made-up", name) + body


def test_instruments_that_use_each_other_in_a_circle_are_refused_by_name() -> None:
    files = {
        "us-a.yaml": named("us-a", "elements: {use: us-b}\n"),
        "us-b.yaml": named("us-b", "elements: {use: us-c}\n"),
        "us-c.yaml": named("us-c", "elements: {use: us-a}\n"),
    }
    with pytest.raises(InvalidData, match="us-a -> us-b -> us-c -> us-a") as caught:
        read_instruments(files)
    assert (caught.value.file, caught.value.line) == ("us-c.yaml", 10)


def test_an_amended_copy_that_uses_what_uses_it_is_a_circle_too() -> None:
    lower = read(named("us-lower", TREE))
    upper = read(named("us-upper", "elements: {use: us-lower}\n"), lower=lower)
    assert upper.uses == {"us-lower"}
    with pytest.raises(InvalidData, match="circle"):
        read(named("us-lower", "elements: {use: us-upper}\n"), upper=upper)


def test_what_is_persuasive_only_fills_no_element() -> None:
    aid = read(named("us-aid", TREE).replace("binding", "persuasive_only"))
    with pytest.raises(InvalidData, match="persuasive only"):
        read(HEAD + "elements: {use: us-aid}\n", aid=aid)


def test_a_file_is_called_by_the_id_of_its_instrument() -> None:
    with pytest.raises(InvalidData, match=re.escape("must be called us-made-up.yaml")):
        read_instruments({"us-other.yaml": HEAD})


def test_two_elements_of_one_name_in_two_instruments_are_refused_but_one_may_stand_twice() -> None:
    lower = read(named("us-lower", TREE))
    clash = f"elements:\n  all:\n    - {element('left')}\n    - use: us-lower\n"
    with pytest.raises(InvalidData, match="stands in both"):
        read(HEAD + clash, lower=lower)
    twice = "elements:\n  any:\n    - {use: us-lower}\n    - {use: us-lower, node: limbs}\n"
    found = read(HEAD + twice, lower=lower)
    assert [leaf.id for leaf in leaves(found.elements)] == ["first", "left", "right"]  # type: ignore[arg-type]


def test_open_questions_come_with_a_borrowed_tree_unless_they_are_answered_or_left_behind() -> None:
    body = TREE + WAITING + readings("", "{require: motive, at: left}", question="motive")
    lower = read(named("us-lower", body))
    whole = read(HEAD + "elements: {id: top, all: [{use: us-lower}]}\n", lower=lower)
    assert [question.id for question in whole.readings] == ["motive"]
    assert "motive" in {leaf.id for leaf in leaves(branches(whole)[1].tree)}
    part = read(HEAD + "elements: {use: us-lower, node: first}\n", lower=lower)
    assert part.readings == ()
    own = readings("", "{drop: left}", question="motive")
    answered = read(HEAD + "elements: {id: top, all: [{use: us-lower}]}\n" + own, lower=lower)
    assert [len(question.options) for question in answered.readings] == [2]
    assert "left" not in {leaf.id for leaf in leaves(branches(answered)[1].tree)}


def test_the_four_effects_do_what_they_say() -> None:
    effects = (
        "{require: motive, at: limbs}",
        "{exempt: limbs, by: duress}",
        "{drop: left}",
        "{replace: limbs, by: motive}",
    )
    require, exempt, drop, swap = branches(read(HEAD + TREE + WAITING + readings(*effects)))
    asked = require.tree.nodes[1]  # type: ignore[union-attr]
    assert isinstance(asked, All)
    assert [node.id for node in asked.nodes] == ["limbs", "motive"]
    excepted = exempt.tree.nodes[1]  # type: ignore[union-attr]
    assert isinstance(excepted, Unless)
    assert (excepted.main.id, excepted.exception.id) == ("limbs", "duress")
    assert [leaf.id for leaf in leaves(drop.tree)] == ["first", "right"]
    assert [leaf.id for leaf in leaves(swap.tree)] == ["first", "motive"]


def test_too_many_combinations_of_readings_are_refused() -> None:
    many = "".join(
        readings("", "", question=f"q{n}").split("\n", 1)[1] if n else readings("", "")
        for n in range(9)
    )
    with pytest.raises(InvalidData, match="more than 256"):
        read(HEAD + TREE + many)


def test_an_instrument_without_open_questions_has_one_branch() -> None:
    assert [branch.id for branch in branches(read(HEAD + TREE))] == [AS_WRITTEN]
    assert branches(read(HEAD)) == []


def test_taking_the_exception_away_leaves_the_rule_and_taking_the_rule_leaves_nothing() -> None:
    tree = read(HEAD + TREE).elements
    left, right = (find(tree, name) for name in ("left", "right"))  # type: ignore[arg-type]
    both = Unless(main=left, exception=right)  # type: ignore[arg-type]
    assert replace_node(both, "right", None) == left
    assert replace_node(both, "left", None) is None
    assert replace_node(AnyOf(nodes=(left,)), "left", None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("whole", "part", "wanted"),
    [
        ("8 USC 1189(a)(1)", "", "8 USC 1189(a)(1)"),
        ("8 USC 1189(a)(1)", "(a)(1)(A)", "8 USC 1189(a)(1)(A)"),
        ("8 USC 1189(a)(1)", "(c)(3)(D)", "8 USC 1189(c)(3)(D)"),
        ("8 USC 1189(a)(1)", "(B)", "8 USC 1189(a)(1)(B)"),
        ("8 USC 1182(a)(3)(B)(iii)", "(iv)(VI)", "8 USC 1182(a)(3)(B)(iv)(VI)"),
        ("8 USC 1182(a)(3)(B)(iii)", "(V)(b)", "8 USC 1182(a)(3)(B)(iii)(V)(b)"),
        ("31 CFR 598.314", "(c)", "31 CFR 598.314(c)"),
        ("21 USC 1901-1908", "21 USC 1906", "21 USC 1906"),
    ],
)
def test_a_pinpoint_continues_the_section_that_its_reference_names(
    whole: str, part: str, wanted: str
) -> None:
    assert cite(Reference(key="k", title="t", pinpoint=whole), part) == wanted


def test_every_shipped_instrument_is_read_and_its_branches_fit() -> None:
    shipped = instruments()
    assert len(shipped) >= 20
    for instrument in shipped.values():
        for branch in branches(instrument):
            assert leaves(branch.tree), instrument.id


def test_every_shipped_claim_has_its_place_and_memory_says_what_to_look_up() -> None:
    for instrument in instruments().values():
        for citation in citations(instrument):
            assert citation.cite.strip(), instrument.id
            if not citation.feeds:
                assert citation.to_check is not None, instrument.id
            if citation.checked_on:
                assert citation.checked_on <= date(2026, 11, 24)


def test_an_element_knows_the_instrument_that_it_comes_from() -> None:
    tree = get_instrument("us-8usc1189").elements
    homes = {node.instrument for node in walk(tree) if isinstance(node, Element)}  # type: ignore[arg-type]
    assert {"us-8usc1189", "us-8usc1182-a3b", "us-22usc2656f"} <= homes


def test_instruments_answer_to_the_name_that_the_trade_uses() -> None:
    assert get_instrument("kingpin act").id == "us-kingpin"
    with pytest.raises(NotFound, match="law list"):
        get_instrument("us-nothing")
    with pytest.raises(NotFound, match="no parameter"):
        get_instrument("us-kingpin").parameter("nothing")


def test_a_changed_copy_is_another_value_and_the_shipped_one_stays() -> None:
    shipped = get_instrument("us-kingpin")
    changed = replace(shipped, short="X")
    assert (changed.short, get_instrument("us-kingpin").short) == ("X", shipped.short)
