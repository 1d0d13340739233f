"""An instrument of law as data, and the instruments that Puente ships."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.law.elements import TreeReader, find, walk
from puente.law.fields import Fields, open_page
from puente.law.parameters import read_parameters
from puente.law.procedure import (
    read_definitions,
    read_designations,
    read_notes,
    read_procedure,
    read_timeline,
)
from puente.law.readings import apply_option, branches, read_questions
from puente.law.references import CITED_KEYS, Citation, read_citation, read_references

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from puente.law.elements import Node
    from puente.law.parameters import Parameter
    from puente.law.procedure import Definition, Designation, Event, Note, Step
    from puente.law.readings import Question
    from puente.law.references import Reference
    from puente.law.texts import Text

JURISDICTIONS = ("US", "MX")
KINDS = ("statute", "regulation", "order", "guidance", "case_law")
BINDING, PERSUASIVE = "binding", "persuasive_only"
FOLDER = "instruments"


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """From when to when an instrument applies.

    Attributes:
        start: first day.
        end: last day; None where it still applies.
        citation: where the days stand; None where the file does not say.

    Source: the instrument's `in_force`.
    """

    start: date
    end: date | None = None
    citation: Citation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A statute, regulation, order, guidance or line of cases.

    Attributes:
        id: jurisdiction, then the citation: `us-8usc1189`.
        short: what the trade calls it.
        authority: `binding`, or `persuasive_only`: it never fills an element.
        elements: what must be shown; None where the instrument asks for nothing.
        elements_in_waiting: nodes that only a reading or an amendment brings in.
        readings: questions that the text leaves open, own and borrowed with a tree.
        designations_known_from: before this day the file does not say who was designated; None
            where it says so from the first day on.
        uses: ids of the instruments whose trees stand in this one, near and far.

    Source: the file of the same name in `law/instruments`.
    """

    id: str
    title: Text
    short: str
    jurisdiction: str
    kind: str
    authority: str
    in_force: InForce
    references: Mapping[str, Reference]
    definitions: tuple[Definition, ...] = ()
    notes: tuple[Note, ...] = ()
    elements: Node | None = None
    elements_in_waiting: tuple[Node, ...] = ()
    readings: tuple[Question, ...] = ()
    procedure: tuple[Step, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    designations: tuple[Designation, ...] = ()
    designations_known_from: date | None = None
    timeline: tuple[Event, ...] = ()
    uses: frozenset[str] = field(default_factory=frozenset)

    def is_in_force(self, on: date) -> bool:
        """Return True if the instrument applies on a day."""
        return self.in_force.start <= on and (self.in_force.end is None or on <= self.in_force.end)

    def parameter(self, id: str) -> Parameter:  # noqa: A002 - the field's own name
        """Return one dated figure.

        Raises: NotFound: there is none of that name.
        """
        for parameter in self.parameters:
            if parameter.id == id:
                return parameter
        message = _("{instrument} has no parameter {name}")
        raise NotFound(message.format(instrument=self.id, name=id))


def read_instrument(
    text: str, origin: str, others: Mapping[str, Instrument] | None = None
) -> Instrument:
    """Return the instrument that a YAML text describes.

    Args:
        text: the YAML, at most 1 MB.
        origin: what to call it in errors.
        others: the instruments whose trees it may `use`; the shipped ones if None.

    Source: Puente's own format.

    Raises: InvalidData: anything wrong with it, with file, line and reason.
    """

    def find_other(name: str) -> Instrument | None:
        # The shipped ones are read only where one is asked for: most files use none.
        return (instruments() if others is None else others).get(name)

    return _Reader(find_other).read(text, origin)


def read_instruments(texts: Mapping[str, str]) -> dict[str, Instrument]:
    """Return the instruments of many files by id; they may use each other, but not in a circle.

    Args:
        texts: YAML by file name; a file is called by the id of its instrument.

    Source: Puente's own format.

    Raises: InvalidData: anything wrong with one of them, with file, line and reason.
    """
    library = _Library(texts)
    return {name: library.get(name) for name in sorted(library.origins)}


@cache
def instruments() -> Mapping[str, Instrument]:
    """Return the shipped instruments by id.

    Source: the files in `law/instruments`, each with its own references.

    Raises: InvalidData: one of them cannot be read.
    """
    folder = files("puente.law").joinpath(FOLDER)
    entries = (entry for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return read_instruments({entry.name: entry.read_text(encoding="utf-8") for entry in entries})


def get_instrument(id: str) -> Instrument:  # noqa: A002 - the field's own name
    """Return a shipped instrument by its id, or by the short name that the trade uses.

    Source: the files in `law/instruments`.

    Raises: NotFound: there is none.
    """
    known = instruments()
    if id in known:
        return known[id]
    short = [one for one in known.values() if one.short.casefold() == id.casefold()]
    if len(short) == 1:
        return short[0]
    raise NotFound(_("no instrument {name!r}; `puente law list` shows them").format(name=id))


class _Library:
    """Files that may use each other; each is read once, when it is first asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.origins = {origin.removesuffix(".yaml"): origin for origin in texts}
        self._done: dict[str, Instrument] = {}
        self._open: list[str] = []

    def get(self, name: str) -> Instrument:
        if name not in self._done:
            self._open.append(name)
            origin = self.origins[name]
            found = _Reader(self.find).read(self.texts[origin], origin)
            if found.id != name:
                reason = f"the file of {found.id!r} must be called {found.id}.yaml"
                raise InvalidData(reason, file=origin, line=1)
            self._done[name] = found
            self._open.pop()
        return self._done[name]

    def find(self, name: str) -> Instrument | None:
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            raise InvalidData(f"use: goes in a circle: {circle}")
        return self.get(name) if name in self.origins else None


_KEYS = (
    "id",
    "title",
    "short",
    "jurisdiction",
    "kind",
    "authority",
    "in_force",
    "references",
    "definitions",
    "notes",
    "elements",
    "readings",
    "elements_in_waiting",
    "procedure",
    "parameters",
    "designations",
    "designations_known_from",
    "timeline",
)


class _Reader:
    """Reads one file; `find_other` gives another instrument by its id."""

    def __init__(self, find_other: Callable[[str], Instrument | None]) -> None:
        self._find_other = find_other
        self._used: dict[str, Instrument] = {}
        self._id = ""

    def read(self, text: str, origin: str) -> Instrument:
        value, page = open_page(text, origin)
        fields = Fields(value, (), page, _KEYS)
        self._id = fields.id("id")
        references = read_references(fields)
        parameters = read_parameters(fields, references)
        tree, waiting = self._trees(fields, references)
        own = read_questions(fields, references)
        borrowed, brought = self._borrowed_questions(own, tree, waiting)
        instrument = Instrument(
            id=self._id,
            title=fields.text("title"),
            short=fields.string("short"),
            jurisdiction=fields.choice("jurisdiction", JURISDICTIONS),
            kind=fields.choice("kind", KINDS),
            authority=fields.choice("authority", (BINDING, PERSUASIVE)),
            in_force=_in_force(fields, references),
            references=references,
            definitions=read_definitions(fields, references),
            notes=read_notes(fields, references),
            elements=tree,
            elements_in_waiting=(*waiting, *brought),
            readings=(*own, *borrowed),
            procedure=read_procedure(fields, references, parameters),
            parameters=parameters,
            designations=read_designations(fields, references),
            designations_known_from=fields.maybe_day("designations_known_from"),
            timeline=read_timeline(fields, references),
            uses=frozenset(self._used).union(*(one.uses for one in self._used.values())),
        )
        _check_readings(instrument, fields, len(own))
        return instrument

    def _trees(
        self, fields: Fields, references: Mapping[str, Reference]
    ) -> tuple[Node | None, tuple[Node, ...]]:
        reader = TreeReader(
            instrument=self._id, references=references, borrow=self._borrow, places={}, borrowed={}
        )
        tree = None
        if fields.has("elements"):
            tree = reader.read(fields, fields.value("elements"), (*fields.at, "elements"))
        waiting: list[Node] = []
        for item, at in fields.items("elements_in_waiting"):
            node = reader.read(fields, item, at)
            if not node.id:
                raise fields.page.wrong(at, "an element in waiting needs an id")
            waiting.append(node)
        return tree, tuple(waiting)

    def _borrow(self, fields: Fields) -> Node:
        name = fields.id("use")
        if name == self._id:
            raise fields.wrong("use", f"use: goes in a circle: {name} -> {name}")
        try:
            other = self._find_other(name)
        except InvalidData as error:
            if error.file is not None:
                raise
            raise fields.wrong("use", error.message) from None
        if other is None:
            raise fields.wrong("use", f"there is no instrument {name!r}")
        if self._id in other.uses:
            raise fields.wrong("use", f"use: goes in a circle: {self._id} -> {name} -> {self._id}")
        if other.authority == PERSUASIVE:
            raise fields.wrong("use", f"{name} is persuasive only: it fills no element")
        if other.elements is None:
            raise fields.wrong("use", f"{name} has no elements")
        self._used[name] = other
        if not fields.has("node"):
            return other.elements
        node = find(other.elements, fields.id("node"))
        if node is None:
            raise fields.wrong("node", f"{name} has no node {fields.id('node')!r}")
        return node

    def _borrowed_questions(
        self, own: tuple[Question, ...], tree: Node | None, waiting: tuple[Node, ...]
    ) -> tuple[list[Question], list[Node]]:
        """Return the open questions that come with borrowed trees, and what their readings bring.

        A question that the instrument answers itself, or whose readings act on a part that was not
        borrowed, stays behind.
        """
        asked = {question.id for question in own}
        standing = {node.id for root in (tree, *waiting) if root for node in walk(root)}
        questions: list[Question] = []
        brought: dict[str, Node] = {}
        for other in self._used.values():
            kept = {node.id: node for node in other.elements_in_waiting}
            for question in other.readings:
                effects = [effect for option in question.options for effect in option.effects]
                if question.id in asked or not effects:
                    continue
                if not all(effect.node in standing for effect in effects):
                    continue
                asked.add(question.id)
                questions.append(question)
                names = {effect.with_node for effect in effects} - standing
                brought.update({name: kept[name] for name in sorted(names) if name in kept})
        return questions, list(brought.values())


def _in_force(fields: Fields, references: Mapping[str, Reference]) -> InForce:
    one = fields.child("in_force", ("from", "to", *CITED_KEYS))
    start, end = one.day("from"), one.maybe_day("to")
    if end is not None and end < start:
        raise one.wrong("to", f"in_force ends on {end} before it begins on {start}")
    citation = read_citation(one, references) if one.has("ref") else None
    return InForce(start=start, end=end, citation=citation)


def _check_readings(instrument: Instrument, fields: Fields, own: int) -> None:
    """Check that every effect fits, alone and with every combination of the others."""
    if instrument.elements is None:
        if instrument.readings:
            raise fields.wrong("readings", "there is no tree to read in two ways")
        return
    for number, question in enumerate(instrument.readings[:own]):
        for place, option in enumerate(question.options):
            try:
                apply_option(instrument.elements, option, instrument.elements_in_waiting)
            except InvalidData as error:
                at = (*fields.at, "readings", number, "options", place)
                raise fields.page.wrong(at, error.message) from None
    try:
        branches(instrument)
    except InvalidData as error:
        raise fields.wrong("readings", error.message) from None
