"""A stored run read again, as far as a comparison needs it, and checked against itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from puente.errors import InvalidData
from puente.law.elements import All, AnyOf, Element, Node, Unless, leaves
from puente.law.record import evaluate
from puente.law.references import Citation, Reference
from puente.law.runs import FORMAT
from puente.law.standards import Standard, Weight, meets
from puente.law.status import NOT_ASSESSED, Status, Word
from puente.law.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T", str, bool, dict[str, object], list[object])
MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredElement:
    """One element of a stored run: what the law asked, and what was on record.

    Attributes:
        element: what the law says of it.
        feeds: whether its text could be relied on.
        weights: for pro and con, the weight of each independence group.
        items: the fingerprint of each filed item, by its id; where `feeds` is false none counted.

    Source: Puente's own format.
    """

    element: Element
    feeds: bool
    searched: bool
    weights: tuple[tuple[Weight, ...], tuple[Weight, ...]]
    items: Mapping[str, str]

    def under(self, law: StoredElement) -> Status:
        """Return the status that these facts have under another run's law.

        Source: docs/decisions/0009.
        """
        if not law.feeds or not (self.items or self.searched):
            return NOT_ASSESSED
        standard = Standard(law.element.standard)
        return Status(pro=meets(standard, self.weights[0]), con=meets(standard, self.weights[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stored run.

    Attributes:
        base: fingerprint of the tree before any reading.
        trees: the tree of each branch, by its id.
        designated: what the instrument listed of the organisation, as texts.

    Source: Puente's own format.
    """

    instrument: str
    instrument_fingerprint: str
    in_force: bool
    case: str
    case_fingerprint: str
    as_of_law: str
    as_of_facts: str
    elements: Mapping[str, StoredElement]
    base: str
    trees: Mapping[str, Node]
    designated: tuple[str, ...]

    def status(self, branch: str, facts: Run) -> Status:
        """Return the status of a branch under this run's law on another run's facts.

        Source: docs/decisions/0009.
        """
        tree = self.trees[branch]
        found = {}
        for element in leaves(tree):
            on = facts.elements.get(element.id)
            found[element.id] = on.under(self.elements[element.id]) if on else NOT_ASSESSED
        return evaluate(tree, found)


def read_run(text: str, origin: str) -> Run:
    """Return the run that a JSON text stores.

    Args:
        text: what `puente law assess --json` printed.
        origin: what to call it in errors.

    Source: Puente's own format.

    Raises: InvalidData: no such run, or one whose results are not what its own record gives.
    """
    if len(text) > MAX_BYTES:
        raise InvalidData(f"larger than {MAX_BYTES:,} bytes", file=origin)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidData(f"not JSON: {error.msg}", file=origin, line=error.lineno) from None
    except (ValueError, RecursionError):
        raise InvalidData("not JSON that can be read", file=origin) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InvalidData(f"no stored run: 'format' is not {FORMAT!r}", file=origin)
    try:
        run = _run(value)
        _check(run, value)
    except RecursionError:
        raise InvalidData("nested too deep", file=origin) from None
    except InvalidData as error:
        raise InvalidData(error.reason, file=origin) from None
    return run


def _run(top: dict[str, object]) -> Run:
    instrument = _get(top, "instrument", dict)
    case = _get(top, "case", dict)
    raw = _get(top, "elements", dict)
    elements = {name: _element(name, _get(raw, name, dict)) for name in raw}
    trees: dict[str, Node] = {}
    for branch in _get(top, "branches", list):
        trees[_get(branch, "id", str)] = _tree(_value(branch, "tree"), elements)
    return Run(
        instrument=_get(instrument, "id", str),
        instrument_fingerprint=_get(instrument, "fingerprint", str),
        in_force=_get(instrument, "in_force", bool),
        case=_get(case, "id", str),
        case_fingerprint=_get(case, "fingerprint", str),
        as_of_law=_get(top, "as_of_law", str),
        as_of_facts=_get(top, "as_of_facts", str),
        elements=elements,
        base=_get(top, "base", str),
        trees=trees,
        designated=tuple(
            f"{_get(one, 'organisation', str)} ({_get(one, 'effective', str)})"
            for one in _get(top, "designations", list)
        ),
    )


def _element(name: str, raw: dict[str, object]) -> StoredElement:
    text = _get(raw, "text", dict)
    cite = _get(raw, "cite", str)
    reference = Reference(key="", title=cite, pinpoint=cite)
    standard = _get(raw, "standard", str)
    if standard not in set(Standard):
        raise InvalidData(f"{name}: there is no standard {standard!r}")
    items = _get(raw, "items", dict)
    return StoredElement(
        element=Element(
            id=name,
            text=Text(en=_get(text, "en", str), es=_get(text, "es", str)),
            kind=_get(raw, "kind", str),
            burden_on=_get(raw, "burden_on", str),
            standard=standard,
            citation=Citation(reference=reference, confidence=_get(raw, "confidence", str)),
            instrument=_get(raw, "instrument", str),
        ),
        feeds=_get(raw, "feeds", bool),
        searched=_get(raw, "searched", bool),
        weights=(_weights(_get(raw, "pro", dict)), _weights(_get(raw, "con", dict))),
        items={item: _get(items, item, str) for item in items},
    )


def _weights(raw: dict[str, object]) -> tuple[Weight, ...]:
    names = {weight.name.lower(): weight for weight in Weight}
    found = [str(_value(raw, group)) for group in raw]
    unknown = sorted(set(found) - set(names))
    if unknown:
        raise InvalidData(f"there is no weight {unknown[0]!r}")
    return tuple(names[name] for name in found)


def _tree(raw: object, elements: Mapping[str, StoredElement]) -> Node:
    if isinstance(raw, str):
        if raw not in elements:
            raise InvalidData(f"a tree names {raw!r}, which is none of the elements")
        return elements[raw].element
    if isinstance(raw, dict):
        id_ = str(raw.get("id", ""))
        for kind, make in (("all", All), ("any", AnyOf)):
            if kind in raw:
                nodes = tuple(_tree(part, elements) for part in _get(raw, kind, list))
                return make(id=id_, nodes=nodes)
        if "unless" in raw:
            parts = [_tree(part, elements) for part in _get(raw, "unless", list)]
            if len(parts) == 2:
                return Unless(id=id_, main=parts[0], exception=parts[1])
    raise InvalidData("a tree has a node that is no element and no group")


def _check(run: Run, top: dict[str, object]) -> None:
    """Check that the stored results follow from the stored record: a run is evidence too."""
    for name, on in run.elements.items():
        word = _get(_get(_get(top, "elements", dict), name, dict), "status", str)
        _compare(name, on.under(on).word, word)
    for branch in _get(top, "branches", list):
        name = _get(branch, "id", str)
        _compare(name, run.status(name, run).word, _get(branch, "status", str))


def _compare(name: str, found: Word, stored: str) -> None:
    if found.value != stored:
        raise InvalidData(f"{name}: stored as {stored!r}, but its own record gives {found.value!r}")


def _value(parent: object, key: str) -> object:
    if not isinstance(parent, dict) or parent.get(key) is None:
        raise InvalidData(f"{key!r} is missing")
    found: object = parent[key]
    return found


def _get(parent: object, key: str, kind: type[T]) -> T:
    value = _value(parent, key)
    if not isinstance(value, kind):
        raise InvalidData(f"{key!r} is no {kind.__name__}")
    return value
