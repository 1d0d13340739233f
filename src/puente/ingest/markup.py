"""XML read safely: bounded memory, true line numbers, and none of XML's ways to do harm.

A document type, entities and external references are refused, since no official list needs them
and all known attacks do: entities that multiply, files of this machine or addresses of its network
drawn in. Elements are handed over one record at a time, each under its local name, since OFAC
publishes one layout under several namespaces; what lies outside the records is walked through and
not kept.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import XMLParser  # type: ignore[import-untyped]

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import check_file
from puente.ingest.source import Limits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

MAX_DEPTH = 64
"""Elements inside each other. The deepest official list, OFAC's advanced one, has 11."""

MAX_ELEMENTS = 200_000
"""Elements of one record. The largest official one, OFAC's reference values, has some 10,000."""

PEEK_BYTES = 16 << 20
"""How far `peek` looks for a record before it gives up."""

_CHUNK = 1 << 17
_RAW = 500


@dataclass(slots=True)
class Node:
    """One element of a record.

    Attributes:
        name: local name, without its namespace.
        line: 1-based line on which it begins.
        attributes: by local name.
        children: elements in it, in order.
        text: all text directly in it, as it stands.
    """

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def get(self, attribute: str) -> str:
        """Return an attribute without surrounding space, "" where there is none."""
        return self.attributes.get(attribute, "").strip()

    def every(self, *path: str) -> Iterator[Node]:
        """Yield every element that a path of names leads to, in order."""
        first, *rest = path
        for child in self.children:
            if child.name == first:
                if rest:
                    yield from child.every(*rest)
                else:
                    yield child

    def first(self, *path: str) -> Node | None:
        """Return the first element that a path of names leads to, or None."""
        return next(self.every(*path), None)

    def value(self, *path: str) -> str:
        """Return the text that a path leads to, in NFC, its runs of space collapsed, or ""."""
        found = self.first(*path) if path else self
        text = "" if found is None else " ".join(found.text.split())
        return text if text.isascii() else unicodedata.normalize("NFC", text)

    def values(self, *path: str) -> list[str]:
        """Return every text that a path leads to, empty ones left out."""
        return [text for node in self.every(*path) if (text := node.value())]

    def outline(self) -> str:
        """Return the element as text, cut to what a reject keeps."""
        pieces: list[str] = []
        nodes = [self]
        size = 0
        while nodes and size < _RAW:
            node = nodes.pop()
            held = "".join(f' {key}="{value}"' for key, value in node.attributes.items())
            pieces.append(f"<{node.name}{held}>{node.value()}")
            size += len(pieces[-1])
            nodes.extend(reversed(node.children))
        return "".join(pieces)[:_RAW]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How a file begins.

    Attributes:
        root: the root element, without what is in it.
        namespace: that of the root, "" where it has none.
        record: the first record asked for, or None.
    """

    root: Node
    namespace: str
    record: Node | None


def read_records(path: Path, names: Collection[str], limits: Limits) -> Iterator[Node]:
    """Yield every outermost element that bears one of `names`, as soon as it is complete.

    Args:
        path: the file.
        names: local names of the records.
        limits: `max_file_mb` of the file, `max_line_bytes` of one text, tag or attribute.

    Raises: InvalidData: no file, an empty or too large one; no XML, or cut off; a document type or
        entities; elements nested too deep, a record of too many, or a text too long.
    Cost: one pass; memory holds the records of 128 KiB, and the largest one.
    """
    check_file(path, limits.max_file_mb)
    reader = _Reader(path, names, limits)
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            yield from reader.feed(chunk)
        yield from reader.feed(b"", final=True)


def peek(path: Path, names: Collection[str]) -> Head | None:
    """Return the root of a file and its first record among `names`; None where it is no XML.

    A file that is damaged further on, or holds what is refused, has a root all the same if that
    can be read: it is the reading of the whole that must say what is wrong with it.
    """
    reader = _Reader(path, names, Limits())
    record = None
    try:
        with path.open("rb") as handle:
            read = 0
            while record is None and read < PEEK_BYTES and (chunk := handle.read(_CHUNK)):
                read += len(chunk)
                record = next(reader.feed(chunk), None)
                if reader.root is not None and not names:
                    break
    except (InvalidData, OSError):
        pass
    if reader.root is None:
        return None
    return Head(root=reader.root, namespace=reader.namespace, record=record)


class _Reader:
    """Feeds a guarded parser and collects the records."""

    def __init__(self, path: Path, names: Collection[str], limits: Limits) -> None:
        self.root: Node | None = None
        self.namespace = ""
        self._path = path
        self._names = frozenset(names)
        self._longest = limits.max_line_bytes
        self._fed = 0
        self._open: list[str] = []
        self._held: list[Node] = []
        self._elements = 0
        self._done: list[Node] = []
        # Its handlers of document types and entities stand; those of elements are replaced, since
        # a tree of the whole document is just what must not be built.
        parser: Any = XMLParser(forbid_dtd=True).parser
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.ordered_attributes = False
        parser.DefaultHandlerExpand = None
        parser.CommentHandler = None
        parser.ProcessingInstructionHandler = None
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def feed(self, data: bytes, *, final: bool = False) -> Iterator[Node]:
        """Yield the records that `data` completes."""
        try:
            self._parser.Parse(data, final)
        except DefusedXmlException:
            self._refuse(_("it declares a document type or entities; no list needs them"))
        except ExpatError as error:
            self._not_xml(error, final=final)
        except (LookupError, ValueError):
            # So the parser answers to an encoding that nobody knows, or of several bytes.
            self._refuse(_("it names an encoding that cannot be read; save it as UTF-8"))
        self._fed += len(data)
        if not final and self._fed - self._parser.CurrentByteIndex > self._longest + _CHUNK:
            self._refuse(_("a tag or comment is longer than {limit}").format(limit=self._longest))
        done, self._done = self._done, []
        yield from done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(_("elements are nested deeper than {limit}").format(limit=MAX_DEPTH))
        namespace, _brace, name = tag.rpartition("}")
        self._open.append(name)
        if not (self._held or name in self._names or self.root is None):
            return
        given = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        if sum(map(len, given.values())) > self._longest:
            self._too_long(name)
        node = Node(name, self._parser.CurrentLineNumber, given)
        if self.root is None:
            self.root, self.namespace = Node(name, node.line, given), namespace
            if name not in self._names:
                return
        if self._held:
            self._held[-1].children.append(node)
        self._held.append(node)
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            message = _("<{name}> holds more than {limit} elements")
            self._refuse(message.format(name=self._held[0].name, limit=MAX_ELEMENTS))

    def _text(self, text: str) -> None:
        if self._held:
            node = self._held[-1]
            node.text += text
            if len(node.text) > self._longest:
                self._too_long(node.name)

    def _end(self, _tag: str) -> None:
        self._open.pop()
        if self._held:
            node = self._held.pop()
            if not self._held:
                self._done.append(node)
                self._elements = 0

    def _too_long(self, name: str) -> NoReturn:
        message = _("a text in <{name}> is longer than {limit}")
        self._refuse(message.format(name=name, limit=self._longest))

    def _refuse(self, message: str) -> NoReturn:
        raise InvalidData(message, file=self._path, line=self._parser.CurrentLineNumber)

    def _not_xml(self, error: ExpatError, *, final: bool) -> NoReturn:
        if final and self._open:
            message = _("the file ends inside <{name}>: it is cut off").format(name=self._open[-1])
        else:
            reason = str(error).partition(": line")[0]
            message = _("this is no well-formed XML: {reason}").format(reason=reason)
        raise InvalidData(message, file=self._path, line=error.lineno) from None
