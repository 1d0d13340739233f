"""The tree of elements that an instrument asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.law.fields import Fields
from puente.law.references import (
    CITED_KEYS,
    Citation,
    Reference,
    cite,
    read_citation,
    read_reference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from puente.law.texts import Text
    from puente.model.strict_yaml import Path

KINDS = ("fact", "characterisation", "policy_judgment")
BURDENS = ("government", "claimant", "defendant")
STANDARDS = (
    "scintilla",
    "reasonable_grounds",
    "substantial_support",
    "preponderance",
    "clear_and_convincing",
    "beyond_reasonable_doubt",
)
"""From the lowest to the highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing that must be shown.

    Attributes:
        id: name, one of its kind in the instrument.
        text: what must be shown, in the drafter's words.
        kind: one of `KINDS`.
        burden_on: who must show it; one of `BURDENS`.
        standard: how strongly; one of `STANDARDS`.
        citation: where the law says so.
        fact: the fact of a role that fills it in the gap matrix; "" where none does.
        instrument: id of the instrument that it comes from.

    Source: Gordon, Prakken and Walton (2007), Carneades: burden and standard per statement.
    """

    id: str
    text: Text
    kind: str
    burden_on: str
    standard: str
    citation: Citation
    fact: str = ""
    instrument: str = ""

    @property
    def confidence(self) -> str:
        """Return how sure the drafter is that the law asks for it."""
        return self.citation.confidence

    @property
    def cite(self) -> str:
        """Return the citation of the element."""
        return self.citation.cite


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    id: str = ""
    text: Text | None = None
    reference: Reference | None = None
    pinpoint: str = ""

    @property
    def cite(self) -> str:
        """Return the citation of the group; "" where it has none of its own."""
        return cite(self.reference, self.pinpoint) if self.reference else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class All(_Group):
    """Every one of `nodes` must be shown.

    Source: Puente's own format.
    """

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(_Group):
    """One of `nodes` is enough.

    Source: Puente's own format.
    """

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unless(_Group):
    """`main` must be shown, and `exception` must not.

    Source: Puente's own format; default logic with exceptions as in Catala.
    """

    main: Node
    exception: Node


Node = All | AnyOf | Unless | Element


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly under `node`.

    Source: Puente's own format.
    """
    if isinstance(node, Element):
        return ()
    return (node.main, node.exception) if isinstance(node, Unless) else node.nodes


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and every node under it, in the order of the text.

    Source: Puente's own format.
    """
    yield node
    for child in children(node):
        yield from walk(child)


def leaves(node: Node) -> tuple[Element, ...]:
    """Return the elements under `node`, each once, in the order of the text.

    Source: Puente's own format.
    """
    found = {item.id: item for item in walk(node) if isinstance(item, Element)}
    return tuple(found.values())


def find(node: Node, id: str) -> Node | None:  # noqa: A002 - the field's own name
    """Return the first node called `id` in the tree, or None.

    Source: Puente's own format.
    """
    return next((item for item in walk(node) if id and item.id == id), None)


def replace_node(node: Node, id: str, new: Node | None) -> Node | None:  # noqa: A002
    """Return the tree with `new` wherever the node called `id` stood.

    Args:
        new: the node to stand there; None takes the place away.

    Returns: None where nothing is left: a group without members, an exception without its rule.

    Source: Puente's own format.
    """
    if id and node.id == id:
        return new
    if isinstance(node, Element):
        return node
    if isinstance(node, Unless):
        main = replace_node(node.main, id, new)
        exception = replace_node(node.exception, id, new)
        if main is None or exception is None:
            return main
        return replace(node, main=main, exception=exception)
    kept = [replace_node(child, id, new) for child in node.nodes]
    members = tuple(child for child in kept if child is not None)
    return replace(node, nodes=members) if members else None


_GROUP_KEYS = ("id", "text", "ref", "pinpoint")
_ELEMENT_KEYS = ("id", "text", "kind", "burden_on", "standard", "fact", *CITED_KEYS)
_SHAPES: dict[str, tuple[str, ...]] = {
    "all": ("all", *_GROUP_KEYS),
    "any": ("any", *_GROUP_KEYS),
    "unless": ("unless", *_GROUP_KEYS),
    "use": ("use", "node"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeReader:
    """Reads the trees of one instrument.

    Attributes:
        instrument: its id.
        references: its references.
        borrow: gives the tree of another instrument, or a part of it, where a `use:` asks.
        places: where each node that has an id stands in the file; filled while reading.
        borrowed: the nodes of other instruments by id; filled while reading. The same node may
            stand in two places, two nodes of one id may not.

    Source: Puente's own format.
    """

    instrument: str
    references: Mapping[str, Reference]
    borrow: Callable[[Fields], Node]
    places: dict[str, Path]
    borrowed: dict[str, Node]

    def read(self, parent: Fields, value: object, at: Path) -> Node:
        """Return the node that `value` describes."""
        shape = next((key for key in _SHAPES if isinstance(value, dict) and key in value), "")
        fields = Fields(value, at, parent.page, _SHAPES.get(shape, _ELEMENT_KEYS))
        if shape == "use":
            return self._borrowed(fields)
        if not shape:
            return self._element(fields)
        id_, text = (fields.id("id") if fields.has("id") else ""), fields.maybe_text("text")
        self._note(id_, fields)
        reference = read_reference(fields, self.references) if fields.has("ref") else None
        pinpoint = fields.string("pinpoint", "")
        if pinpoint and reference is None:
            raise fields.wrong("pinpoint", "a pinpoint needs its ref")
        if shape == "unless":
            both = fields.child("unless", ("main", "exception"))
            main, exception = (
                self.read(both, both.value(key), (*both.at, key)) for key in ("main", "exception")
            )
            return Unless(
                id=id_,
                text=text,
                reference=reference,
                pinpoint=pinpoint,
                main=main,
                exception=exception,
            )
        nodes = tuple(self.read(fields, item, place) for item, place in fields.items(shape))
        if not nodes:
            raise fields.wrong(shape, f"{shape!r} has no members")
        group = All if shape == "all" else AnyOf
        return group(id=id_, text=text, reference=reference, pinpoint=pinpoint, nodes=nodes)

    def _element(self, fields: Fields) -> Element:
        id_ = fields.id("id")
        self._note(id_, fields)
        return Element(
            id=id_,
            text=fields.text("text"),
            kind=fields.choice("kind", KINDS),
            burden_on=fields.choice("burden_on", BURDENS),
            standard=fields.choice("standard", STANDARDS),
            citation=read_citation(fields, self.references),
            fact=fields.string("fact", ""),
            instrument=self.instrument,
        )

    def _note(self, id_: str, fields: Fields) -> None:
        if id_ and id_ in self.places:
            raise fields.wrong("id", f"the id {id_!r} stands twice")
        if id_:
            self.places[id_] = fields.at

    def _borrowed(self, fields: Fields) -> Node:
        tree = self.borrow(fields)
        for node in walk(tree):
            if not node.id:
                continue
            if node.id in self.places and self.borrowed.get(node.id) != node:
                raise fields.wrong("use", f"the id {node.id!r} stands in both instruments")
            self.borrowed[node.id] = node
            self.places.setdefault(node.id, fields.at)
        return tree
