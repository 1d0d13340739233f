"""What every XML export shares: texts that XML can hold, attributes, and what is directed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from puente.model.schema import all_schemata

if TYPE_CHECKING:
    from puente.guard.view import View

# What XML 1.0 cannot hold in any form; U+FFFD stands in its place.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def text(value: str) -> str:
    """Return a text as the content of an element."""
    # A bare carriage return would come back as a line feed.
    return escape(_UNWRITABLE.sub("\ufffd", value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """Return a text as a quoted attribute; line ends are kept."""
    kept = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
    return quoteattr(_UNWRITABLE.sub("\ufffd", value), kept)


def description(view: View) -> str:
    """Return what a file says of itself: marking, snapshot, who made it and why."""
    return (
        f"{view.marking}; snapshot {view.snapshot.id}; made by {view.actor.name} for"
        f" {view.purpose.name}; leads, not findings"
    )


def is_directed(kind: str) -> bool:
    """Return True if an edge of this kind runs from its source to its target."""
    schema = all_schemata().get(kind)
    return kind == "LinkedTo" or bool(schema and schema.is_edge and schema.directed)
