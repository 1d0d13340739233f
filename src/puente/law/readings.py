"""Rival readings of one text: kept side by side as branches, never averaged."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Protocol

from puente.errors import InvalidData
from puente.law.elements import All, Unless, find, replace_node
from puente.law.references import CITED_KEYS, Citation, read_citation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from puente.law.elements import Node
    from puente.law.fields import Fields
    from puente.law.references import Reference
    from puente.law.texts import Text

REQUIRE, DROP, EXEMPT, REPLACE = "require", "drop", "exempt", "replace"
_SECOND = {REQUIRE: "at", DROP: "", EXEMPT: "by", REPLACE: "by"}
AS_WRITTEN = "as_written"
"""Id of the only branch of an instrument without rival readings."""
MAX_BRANCHES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a reading does to the tree.

    Attributes:
        kind: `require` node `with_node` at `node`; `drop` `node`; `exempt` `node` where `with_node`
            is shown; `replace` `node` by `with_node`.
        node: id of the node it acts on.
        with_node: id of the node it brings; "" for `drop`.

    Source: OASIS LegalRuleML Core 1.0, alternatives and defeasibility.
    """

    kind: str
    node: str
    with_node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One reading: who holds it, where, and what it does to the tree.

    Source: OASIS LegalRuleML Core 1.0, alternatives.
    """

    id: str
    question: str
    text: Text
    proponent: Text
    citation: Citation
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that the text leaves open, and its rival answers.

    Source: OASIS LegalRuleML Core 1.0, alternatives.
    """

    id: str
    text: Text
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One answer to every open question, and the tree that follows.

    Attributes:
        id: `question=option` joined by `+`; `as_written` where no question is open.
        options: the answers, in the order of the questions.
        tree: the elements under these answers.

    Source: OASIS LegalRuleML Core 1.0, alternatives.
    """

    id: str
    options: tuple[Option, ...]
    tree: Node


class Readable(Protocol):
    """What can be read in more than one way: an instrument, or a part of one.

    Source: OASIS LegalRuleML Core 1.0, alternatives.
    """

    @property
    def elements(self) -> Node | None:
        """Return the tree as written; None where there is none."""

    @property
    def elements_in_waiting(self) -> tuple[Node, ...]:
        """Return the nodes that only a reading brings in."""

    @property
    def readings(self) -> tuple[Question, ...]:
        """Return the open questions."""


def branches(instrument: Readable) -> list[Branch]:
    """Return every combination of one option per question; none where there are no elements.

    Source: OASIS LegalRuleML Core 1.0, alternatives.

    Raises: InvalidData: an effect that does not fit, or more than `MAX_BRANCHES` combinations.

    Cost: the product of the numbers of options.
    """
    if instrument.elements is None:
        return []
    questions = instrument.readings
    if prod(len(question.options) for question in questions) > MAX_BRANCHES:
        raise InvalidData(f"more than {MAX_BRANCHES} combinations of readings")
    found: list[Branch] = []
    for options in product(*(question.options for question in questions)):
        tree = instrument.elements
        for option in options:
            tree = apply_option(tree, option, instrument.elements_in_waiting)
        name = "+".join(f"{option.question}={option.id}" for option in options)
        found.append(Branch(id=name or AS_WRITTEN, options=options, tree=tree))
    return found


def apply_option(tree: Node, option: Option, waiting: Sequence[Node]) -> Node:
    """Return the tree as one reading has it.

    Source: OASIS LegalRuleML Core 1.0, alternatives.

    Raises: InvalidData: an effect does not fit.
    """
    for effect in option.effects:
        try:
            tree = apply_effect(tree, effect, waiting)
        except InvalidData as error:
            message = f"reading {option.question}={option.id}: {error.message}"
            raise InvalidData(message) from None
    return tree


def apply_effect(tree: Node, effect: Effect, waiting: Sequence[Node]) -> Node:
    """Return the tree after one effect.

    Args:
        waiting: nodes that stand in no tree until a reading brings them in.

    Source: OASIS LegalRuleML Core 1.0, defeasibility.

    Raises: InvalidData: a node is not there, or nothing would be left.
    """
    old = find(tree, effect.node)
    if old is None:
        raise InvalidData(f"{effect.kind}: no node {effect.node!r} stands in the tree")
    new: Node | None = None
    if effect.with_node:
        brought = _named((tree, *waiting), effect.with_node)
        if brought is None:
            raise InvalidData(f"{effect.kind}: there is no node {effect.with_node!r}")
        if effect.kind == REQUIRE:
            new = All(nodes=(old, brought))
        elif effect.kind == EXEMPT:
            new = Unless(main=old, exception=brought)
        else:
            new = brought
    changed = replace_node(tree, effect.node, new)
    if changed is None:
        raise InvalidData(f"{effect.kind}: without {effect.node!r} nothing is left")
    return changed


def _named(trees: Sequence[Node], id_: str) -> Node | None:
    found = (find(tree, id_) for tree in trees)
    return next((node for node in found if node is not None), None)


def read_questions(fields: Fields, references: Mapping[str, Reference]) -> tuple[Question, ...]:
    """Return the rival readings of an instrument.

    Source: Puente's own format.

    Raises: InvalidData: a question or an option that stands twice; effects that contradict.
    """
    questions: list[Question] = []
    for one in fields.each("readings", ("question", "text", "options")):
        name = one.id("question")
        if any(question.id == name for question in questions):
            raise one.wrong("question", f"the question {name!r} stands twice")
        options: list[Option] = []
        for field in one.each("options", ("id", "text", "proponent", "effect", *CITED_KEYS)):
            option = _option(field, name, references)
            if any(other.id == option.id for other in options):
                raise field.wrong("id", f"the option {option.id!r} stands twice")
            options.append(option)
        if len(options) < 2:
            raise one.wrong("options", "a question needs at least two rival readings")
        questions.append(Question(id=name, text=one.text("text"), options=tuple(options)))
    return tuple(questions)


def _option(fields: Fields, question: str, references: Mapping[str, Reference]) -> Option:
    effects: list[Effect] = []
    for one in fields.each("effect", (REQUIRE, DROP, EXEMPT, REPLACE, "at", "by")):
        effect = _effect(one)
        for other in effects:
            if _contradict(effect, other):
                reason = f"{effect.kind} {effect.node!r} contradicts another effect of this reading"
                raise one.wrong("", reason)
        effects.append(effect)
    return Option(
        id=fields.id("id"),
        question=question,
        text=fields.text("text"),
        proponent=fields.text("proponent"),
        citation=read_citation(fields, references),
        effects=tuple(effects),
    )


def _effect(fields: Fields) -> Effect:
    kinds = [kind for kind in _SECOND if fields.has(kind)]
    if len(kinds) != 1:
        raise fields.wrong("", "an effect is one of require, drop, exempt, replace")
    kind = kinds[0]
    second = _SECOND[kind]
    for word in ("at", "by"):
        if word != second and fields.has(word):
            raise fields.wrong(word, f"{kind!r} takes no {word!r}")
    first = fields.id(kind)
    other = fields.id(second) if second else ""
    if first == other:
        raise fields.wrong(kind, f"{kind}: {first!r} cannot act on itself")
    if kind == REQUIRE:
        return Effect(kind=kind, node=other, with_node=first)
    return Effect(kind=kind, node=first, with_node=other)


def _contradict(one: Effect, other: Effect) -> bool:
    """Return True if both cannot be meant: the same twice, or one takes what the other needs."""
    if one == other or (one.kind == other.kind == REPLACE and one.node == other.node):
        return True
    taken = {effect.node for effect in (one, other) if effect.kind in {DROP, REPLACE}}
    if one.kind in {DROP, REPLACE} and other.kind in {DROP, REPLACE}:
        return one.node == other.node
    needed = {
        name
        for effect in (one, other)
        if effect.kind in {REQUIRE, EXEMPT}
        for name in (effect.node, effect.with_node)
    }
    return bool(taken & needed)
