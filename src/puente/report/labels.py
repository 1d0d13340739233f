"""Names beside their symbols: none over another, as far as there is room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.report.svg import clip, printable, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from puente.report.ego import Ego

SIZE = 11.0
LEADING = 12.5
_WIDEST = 112.0
_LINES = 3
_GAP = 15.0

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One name and where it stands: its lines, and the baseline of the first."""

    id: str
    lines: tuple[str, ...]
    x: float
    y: float
    anchor: str


def place_labels(
    ego: Ego, places: Mapping[str, Place], size: tuple[float, float]
) -> tuple[list[Label], int]:
    """Return the names that find room, and how many do not.

    The focus is placed first, then by rank. Of sixteen places around its symbol a name takes the
    one that covers no symbol, no name and no edge of the picture, and is crossed by fewest links.
    """
    symbols: dict[str, Box] = {
        node: (x - 12, y - 12, x + 12, y + 12) for node, (x, y) in places.items()
    }
    links = [(places[link.source], places[link.target]) for link in ego.links]
    taken: list[Box] = []
    labels: list[Label] = []
    for node in ego.nodes:
        lines = wrap(node.caption, _WIDEST)
        others = [box for other, box in symbols.items() if other != node.id]
        best: tuple[int, int] | None = None
        found: tuple[Label, Box] | None = None
        for rank, (label, box) in enumerate(_candidates(node.id, lines, places[node.id])):
            inside = box[0] >= 0 and box[1] >= 24 and box[2] <= size[0] and box[3] <= size[1]
            if not inside or any(_overlap(box, other) for other in (*taken, *others)):
                continue
            cost = (sum(_crosses(box, line) for line in links), rank)
            if best is None or cost < best:
                best, found = cost, (label, box)
        if found is not None:
            labels.append(found[0])
            taken.append(found[1])
    return labels, len(ego.nodes) - len(labels)


def wrap(text: str, width: float) -> tuple[str, ...]:
    """Return `text` in at most three lines of `width` pixels; what is longer is cut."""
    lines = [""]
    for word in printable(text).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, SIZE) > width and len(lines) < _LINES:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(clip(line, SIZE, width) for line in lines)


def _candidates(identity: str, lines: tuple[str, ...], at: Place) -> Sequence[tuple[Label, Box]]:
    x, y = at
    wide = max(text_width(line, SIZE) for line in lines)
    more = (len(lines) - 1) * LEADING
    found = []
    for dx, dy, anchor in (
        (_GAP, 4.0 - more / 2, "start"),
        (-_GAP, 4.0 - more / 2, "end"),
        (0.0, 25.0, "middle"),
        (0.0, -17.0 - more, "middle"),
        (11.0, 18.0, "start"),
        (-11.0, 18.0, "end"),
        (11.0, -11.0 - more, "start"),
        (-11.0, -11.0 - more, "end"),
        (_GAP, 4.0 - more, "start"),
        (-_GAP, 4.0 - more, "end"),
        (_GAP, 4.0, "start"),
        (-_GAP, 4.0, "end"),
        (wide / 4, 25.0, "middle"),
        (-wide / 4, 25.0, "middle"),
        (wide / 4, -17.0 - more, "middle"),
        (-wide / 4, -17.0 - more, "middle"),
    ):
        left = x + dx - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        box = (left, y + dy - SIZE, left + wide, y + dy + more + 3)
        found.append((Label(id=identity, lines=lines, x=x + dx, y=y + dy, anchor=anchor), box))
    return found


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _crosses(box: Box, line: tuple[Place, Place]) -> bool:
    """Return True if the straight line passes through the box (Liang and Barsky's clipping)."""
    (x1, y1), (x2, y2) = line
    low, high = 0.0, 1.0
    for start, step, least, most in ((x1, x2 - x1, box[0], box[2]), (y1, y2 - y1, box[1], box[3])):
        if step == 0:
            if not least <= start <= most:
                return False
            continue
        enter, leave = sorted(((least - start) / step, (most - start) / step))
        low, high = max(low, enter), min(high, leave)
    return low <= high
