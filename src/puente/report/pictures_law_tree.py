"""The picture of what an instrument asks for: a tree of elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.i18n import N_
from puente.i18n import gettext as _
from puente.law.elements import AnyOf, Element, Unless, children
from puente.law.references import CONFIDENCE_WORDS
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, clip, document, tag, text_width

if TYPE_CHECKING:
    from puente.law.elements import Node

_ROW, _INDENT, _TOP = 24.0, 22.0, 34.0
_GROUPS = {"all": N_("all of"), "any": N_("any one of"), "unless": N_("unless")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the tree: its node, how deep it stands, and whether it is an exception."""

    node: Node
    depth: int
    is_exception: bool = False


def tree_lines(tree: Node) -> list[Line]:
    """Return the nodes of a tree in the order of the text, each with its depth."""
    found: list[Line] = []

    def walk(node: Node, depth: int, *, is_exception: bool) -> None:
        found.append(Line(node=node, depth=depth, is_exception=is_exception))
        for place, child in enumerate(children(node)):
            walk(child, depth + 1, is_exception=isinstance(node, Unless) and place == 1)

    walk(tree, 0, is_exception=False)
    return found


def tree_picture(
    tree: Node,
    *,
    title: str,
    width: int = 860,
    theme: str = "light",
) -> Picture:
    """Return a tree of elements as an outline: groups as pills, elements as squares, citations.

    A square is a fact, a diamond a characterisation, a circle a policy judgment.

    Args:
        tree: the tree.
        title: what it is the tree of.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    lines = tree_lines(tree)
    parts = [pen.text(0, 17, clip(title, 15, width), size=15, bold=True)]
    parts += _connectors(pen, lines)
    for row, line in enumerate(lines):
        parts += _row(pen, line, row, float(width))
    count = sum(isinstance(line.node, Element) for line in lines)
    bottom = _TOP + _ROW * len(lines)
    parts += _key(pen, bottom + 20)
    alt = _("{elements} elements in {groups} groups.").format(
        elements=count, groups=len(lines) - count
    )
    size = (float(width), bottom + 34)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title, alt=alt, width=size[0], height=size[1],
        table=tree_table(tree),
    )  # fmt: skip


def tree_table(tree: Node) -> Table:
    """Return a tree as headings and rows, a dash for each level."""
    rows = []
    for line in tree_lines(tree):
        node = line.node
        mark = _(CONFIDENCE_WORDS[node.confidence]) if isinstance(node, Element) else ""
        words = f"{'– ' * line.depth}{_words(line)}"
        rows.append([words, node.cite, mark])
    return [_("What must be shown"), _("Reference"), _("Mark")], rows


def _words(line: Line) -> str:
    node = line.node
    before = _("exception: ") if line.is_exception else ""
    if isinstance(node, Element):
        return f"{before}{node.text}"
    name = "unless" if isinstance(node, Unless) else "any" if isinstance(node, AnyOf) else "all"
    text = f" {node.text}" if node.text is not None else ""
    return f"{before}[{_(_GROUPS[name])}]{text}"


def _x(depth: int) -> float:
    return 10 + depth * _INDENT


def _y(row: int) -> float:
    return _TOP + row * _ROW + _ROW / 2


def _connectors(pen: Pen, lines: list[Line]) -> list[str]:
    """Return for each node the line from the one it stands under."""
    last: dict[int, int] = {}
    parts: list[str] = []
    for row, line in enumerate(lines):
        last[line.depth] = row
        if line.depth:
            above = last[line.depth - 1]
            x, left = _x(line.depth), _x(line.depth - 1)
            path = f"M{left:.1f} {_y(above) + 9:.1f}V{_y(row):.1f}H{x - 6:.1f}"
            dash = "4 3" if line.is_exception else ""
            parts.append(tag("path", {"d": path, **pen.stroke("strong-line", 1.0, dash)}))
    return parts


def _row(pen: Pen, line: Line, row: int, width: float) -> list[str]:
    node, x, y = line.node, _x(line.depth), _y(row)
    parts: list[str] = []
    right = width
    cite = clip(node.cite, 10.5, 240)
    if cite:
        parts.append(pen.text(right, y + 4, cite, size=10.5, anchor="end", role="muted"))
        right -= text_width(cite, 10.5) + 12
    if isinstance(node, Element):
        parts.append(_kind_shape(pen, node.kind, x, y))
        role = "warn" if node.citation.is_marked else "ink"
        text = clip(_words(line), 11, right - x - 12)
        parts.append(pen.text(x + 12, y + 4, text, role=role))
        return parts
    name = "unless" if isinstance(node, Unless) else "any" if isinstance(node, AnyOf) else "all"
    word = _(_GROUPS[name])
    wide = text_width(word, 10.5) + 14
    pill = {"x": x - 6, "y": y - 9, "width": wide, "height": 18.0, "rx": 9}
    parts.append(tag("rect", {**pill, **pen.both("accent-soft", "accent", 1.0)}))
    parts.append(pen.text(x + 1, y + 3.6, word, size=10.5, bold=True, role="accent"))
    text = _("exception: ") if line.is_exception else ""
    text += str(node.text) if node.text is not None else ""
    if text:
        shown = clip(text, 11, right - x - wide - 6)
        parts.append(pen.text(x + wide, y + 4, shown, bold=True))
    return parts


def _kind_shape(pen: Pen, kind: str, x: float, y: float) -> str:
    paint = pen.both("paper", "accent", 1.5)
    if kind == "characterisation":
        diamond = f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"
        return tag("path", {"d": diamond, **paint})
    if kind == "policy_judgment":
        return tag("circle", {"cx": x, "cy": y, "r": 4.6, **paint})
    return tag("rect", {"x": x - 4.5, "y": y - 4.5, "width": 9.0, "height": 9.0, **paint})


def _key(pen: Pen, y: float) -> list[str]:
    samples = (
        ("fact", _("fact")),
        ("characterisation", _("characterisation")),
        ("policy_judgment", _("policy judgment")),
    )
    x, parts = 10.0, []
    for kind, words in samples:
        parts.append(_kind_shape(pen, kind, x, y - 4))
        parts.append(pen.text(x + 12, y, words, role="muted"))
        x += 12 + text_width(words, 11) + 22
    return parts
