"""Draft amendments: a change of words that is applied to a copy of an instrument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from puente.errors import InvalidData
from puente.law.elements import (
    KINDS,
    STANDARDS,
    All,
    AnyOf,
    Element,
    TreeReader,
    Unless,
    find,
    replace_node,
    walk,
)
from puente.law.fields import Fields, open_page
from puente.law.instrument import PERSUASIVE, InForce
from puente.law.procedure import Note
from puente.law.readings import branches
from puente.law.references import (
    CITED_KEYS,
    CONTESTED,
    Citation,
    Reference,
    read_citation,
    read_references,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from puente.law.elements import Node
    from puente.law.instrument import Instrument
    from puente.law.texts import Text

ADD, ALTERNATIVE, EXEMPT, DROP, CHANGE = "add", "alternative", "exempt", "drop", "change"
_WITH_NODE = (ADD, ALTERNATIVE, EXEMPT)
_CHANGEABLE = ("text", "kind", "standard", "fact", *CITED_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One change to the tree.

    Attributes:
        kind: `add` (must also be shown), `alternative` (is enough instead), `exempt` (takes out),
            `drop` (no longer asked for) or `change` (other text, kind, standard or fact).
        at: id of the node that it acts on.
        node: what it brings; None for `drop` and `change`.
        changed: the new values of an element's fields, for `change`.
        why: the drafter's reason.
        line: where it stands in the draft.

    Source: Puente's own format.
    """

    kind: str
    at: str
    why: Text
    line: int
    node: Node | None = None
    changed: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A draft that changes one instrument from a day on.

    Attributes:
        target: id of the instrument.
        start: day from which it would apply.
        origin: the file, for errors.

    Source: the draft's own references.
    """

    id: str
    title: Text
    target: str
    start: date
    reasons: Text
    references: Mapping[str, Reference]
    operations: tuple[Operation, ...]
    origin: str


def read_amendment(text: str, origin: str) -> Amendment:
    """Return the draft that a YAML text describes.

    Args:
        text: the YAML, at most 1 MB.
        origin: what to call it in errors.

    Source: Puente's own format.

    Raises: InvalidData: anything wrong with it, with file, line and reason.
    """
    value, page = open_page(text, origin)
    keys = ("id", "title", "target", "from", "reasons", "references", "operations")
    fields = Fields(value, (), page, keys)
    name = fields.id("id")
    references = read_references(fields)
    reader = TreeReader(
        instrument=name, references=references, borrow=_no_borrowing, places={}, borrowed={}
    )
    operations = tuple(
        _operation(one, reader)
        for one in fields.each("operations", (*_WITH_NODE, DROP, CHANGE, "to", "with", "why"))
    )
    if not operations:
        raise fields.wrong("operations", "an amendment changes something")
    return Amendment(
        id=name,
        title=fields.text("title"),
        target=fields.id("target"),
        start=fields.day("from"),
        reasons=fields.text("reasons"),
        references=references,
        operations=operations,
        origin=origin,
    )


def _no_borrowing(fields: Fields) -> Node:
    raise fields.wrong("use", "an amendment writes its elements out")


def _operation(fields: Fields, reader: TreeReader) -> Operation:
    kinds = [kind for kind in (*_WITH_NODE, DROP, CHANGE) if fields.has(kind)]
    if len(kinds) != 1:
        raise fields.wrong("", "an operation is one of add, alternative, exempt, drop, change")
    kind = kinds[0]
    for key, users in (("to", _WITH_NODE), ("with", (CHANGE,))):
        if fields.has(key) and kind not in users:
            raise fields.wrong(key, f"{kind!r} takes no {key!r}")
    node: Node | None = None
    changed: dict[str, object] = {}
    if kind in _WITH_NODE:
        node = reader.read(fields, fields.value(kind), (*fields.at, kind))
    elif kind == CHANGE:
        changed = _changes(fields.child("with", _CHANGEABLE), reader.references)
    return Operation(
        kind=kind,
        at=fields.id("to" if kind in _WITH_NODE else kind),
        why=fields.text("why"),
        line=fields.page.lines.get(fields.at, 1),
        node=node,
        changed=changed,
    )


def _changes(fields: Fields, references: Mapping[str, Reference]) -> dict[str, object]:
    found: dict[str, object] = {}
    if fields.has("text"):
        found["text"] = fields.text("text")
    if fields.has("kind"):
        found["kind"] = fields.choice("kind", KINDS)
    if fields.has("standard"):
        found["standard"] = fields.choice("standard", STANDARDS)
    if fields.has("fact"):
        found["fact"] = fields.id("fact")
    if not found:
        raise fields.wrong("", "changes nothing: give text, kind, standard or fact")
    # The old words no longer carry the element: the draft must say where its own stand.
    found["citation"] = read_citation(fields, references)
    return found


def amend(instrument: Instrument, amendment: Amendment) -> Instrument:
    """Return the instrument as a draft would have it; the one given stays as it is.

    Args:
        instrument: the instrument that the draft names.
        amendment: the draft.

    Returns: a new instrument, in force from the draft's day, called `ID+DRAFT`.

    Source: the draft's own references; its reasons stand in the notes, marked as contested.

    Raises: InvalidData: the draft is for another instrument, acts on what is not there, brings an
        id that is taken, leaves nothing, or breaks a rival reading; with file, line and reason.
    """
    if amendment.target != instrument.id:
        _refuse(amendment, 1, f"the draft amends {amendment.target!r}, not {instrument.id!r}")
    if instrument.authority == PERSUASIVE or instrument.elements is None:
        _refuse(amendment, 1, f"{instrument.id} has no elements that bind")
    if amendment.start < instrument.in_force.start:
        _refuse(amendment, 1, f"begins on {amendment.start}, before {instrument.id} itself")
    tree: Node = instrument.elements
    for operation in amendment.operations:
        tree = _apply(tree, operation, amendment, instrument)
    reasons = Citation(reference=next(iter(amendment.references.values())), confidence=CONTESTED)
    amended = replace(
        instrument,
        id=f"{instrument.id}+{amendment.id}",
        elements=tree,
        in_force=InForce(start=amendment.start, end=instrument.in_force.end),
        references={
            **instrument.references,
            **{f"{amendment.id}:{key}": one for key, one in amendment.references.items()},
        },
        notes=(*instrument.notes, Note(text=amendment.reasons, citation=reasons)),
    )
    try:
        branches(amended)
    except InvalidData as error:
        _refuse(amendment, 1, f"a reading of {instrument.id} no longer fits: {error.message}")
    return amended


def _refuse(amendment: Amendment, line: int, reason: str) -> NoReturn:
    raise InvalidData(reason, file=amendment.origin, line=line)


def _apply(tree: Node, operation: Operation, amendment: Amendment, instrument: Instrument) -> Node:
    old = find(tree, operation.at)
    if old is None:
        reason = f"{operation.kind}: {instrument.id} has no node {operation.at!r}"
        _refuse(amendment, operation.line, reason)
    if operation.node is not None:
        taken = {node.id for root in (tree, *instrument.elements_in_waiting) for node in walk(root)}
        twice = sorted({node.id for node in walk(operation.node) if node.id} & taken)
        if twice:
            _refuse(amendment, operation.line, f"the id {twice[0]!r} is taken")
    changed = replace_node(tree, operation.at, _changed(old, operation, amendment))
    if changed is None:
        reason = f"without {operation.at!r} nothing is left of {instrument.id}"
        _refuse(amendment, operation.line, reason)
    return changed


def _changed(old: Node, operation: Operation, amendment: Amendment) -> Node | None:
    new = operation.node
    if operation.kind == DROP:
        return None
    if new is None:
        if not isinstance(old, Element):
            reason = f"change: {operation.at!r} is a group; its elements are changed one by one"
            _refuse(amendment, operation.line, reason)
        return replace(old, instrument=amendment.id, **operation.changed)  # type: ignore[arg-type]
    if operation.kind == EXEMPT:
        return Unless(main=old, exception=new)
    if operation.kind == ADD:
        if isinstance(old, All):
            return replace(old, nodes=(*old.nodes, new))
        return All(nodes=(old, new))
    if isinstance(old, AnyOf):
        return replace(old, nodes=(*old.nodes, new))
    return AnyOf(nodes=(old, new))
