"""The picture of a status by reading and by day: shape, word and colour together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.i18n import gettext as _
from puente.law.status import Word, word_text
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, clip, document, tag, text_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROW, _HEAD, _GAP = 46.0, 30.0, 6.0
_GROUNDS = {
    Word.SUPPORTED: "accent-soft",
    Word.REBUTTED: "bad-soft",
    Word.CONTESTED: "warn-soft",
    Word.UNSUPPORTED: "paper",
    Word.NOT_ASSESSED: "paper",
}
_EDGES = {Word.SUPPORTED: "accent", Word.REBUTTED: "bad", Word.CONTESTED: "warn"}


def status_matrix_picture(
    rows: Sequence[str],
    columns: Sequence[str],
    statuses: Mapping[tuple[int, int], Word],
    *,
    title: str,
    width: int = 860,
    theme: str = "light",
) -> Picture:
    """Return a cell for each reading and day, with the shape and the word of the status.

    Args:
        rows: what each row is, e.g. a reading; in the order in which the law file has them.
        columns: what each column is, e.g. a day.
        statuses: by row and column from 0; a pair that is left out stays empty.
        title: what it shows.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    left = min(max([text_width(row, 12.5) for row in rows], default=80.0) + 16, width * 0.45)
    wide = (width - left - _GAP * (len(columns) - 1)) / max(len(columns), 1)
    top = 30.0
    parts = [pen.text(0, 17, clip(title, 15, width), size=15, bold=True)]
    for column, name in enumerate(columns):
        x = left + column * (wide + _GAP)
        parts.append(pen.text(x, top + 18, clip(name, 12.5, wide), size=12.5, bold=True))
    for row, name in enumerate(rows):
        y = top + _HEAD + row * (_ROW + _GAP)
        shown = clip(name, 12.5, left - 12)
        parts.append(pen.text(0, y + _ROW / 2 + 4, shown, size=12.5))
        for column in range(len(columns)):
            word = statuses.get((row, column))
            if word is not None:
                parts += _cell(pen, word, (left + column * (wide + _GAP), y), wide)
    size = (float(width), top + _HEAD + len(rows) * (_ROW + _GAP) + 2)
    alt = _describe(rows, columns, statuses)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title, alt=alt, width=size[0], height=size[1],
        table=status_matrix_table(rows, columns, statuses),
    )  # fmt: skip


def status_matrix_table(
    rows: Sequence[str], columns: Sequence[str], statuses: Mapping[tuple[int, int], Word]
) -> Table:
    """Return the same as headings and rows."""
    body = [
        [name, *(_word(statuses.get((row, column))) for column in range(len(columns)))]
        for row, name in enumerate(rows)
    ]
    return [_("Reading"), *columns], body


def _word(word: Word | None) -> str:
    return word_text(word) if word is not None else "–"


def _cell(pen: Pen, word: Word, at: tuple[float, float], wide: float) -> list[str]:
    x, y = at
    paint = pen.both(_GROUNDS[word], _EDGES.get(word, "strong-line"), 1.2)
    dash = "5 4" if word in {Word.UNSUPPORTED, Word.NOT_ASSESSED} else None
    box = {"x": x + 0.6, "y": y, "width": wide - 1.2, "height": _ROW, "rx": 4}
    return [
        tag("rect", {**box, **paint, "stroke-dasharray": dash}),
        _shape(pen, word, x + 20, y + _ROW / 2, 7.0),
        pen.text(x + 36, y + _ROW / 2 + 4, clip(word_text(word), 12.5, wide - 44), size=12.5,
                 bold=True),
    ]  # fmt: skip


def _shape(pen: Pen, word: Word, x: float, y: float, r: float) -> str:
    """Return the shape of a status: full, ring, struck ring, half, or dotted ring."""
    role = {Word.REBUTTED: "bad", Word.CONTESTED: "warn"}.get(word, "accent")
    ring = {"cx": x, "cy": y, "r": r}
    if word is Word.SUPPORTED:
        return tag("circle", {**ring, **pen.both(role, role, 1.5)})
    if word is Word.NOT_ASSESSED:
        return tag("circle", {**ring, **pen.both("paper", "strong-line", 1.5),
                              "stroke-dasharray": "1.5 2.5"})  # fmt: skip
    if word is Word.UNSUPPORTED:
        return tag("circle", {**ring, **pen.both("paper", "strong-line", 1.5)})
    outline = tag("circle", {**ring, **pen.both("paper", role, 1.5)})
    if word is Word.CONTESTED:
        half = f"M{x:.1f} {y - r:.1f}a{r} {r} 0 0 1 0 {2 * r}z"
        return outline + tag("path", {"d": half, **pen.fill(role)})
    reach = r * 0.7
    bar = f"M{x - reach:.1f} {y + reach:.1f}L{x + reach:.1f} {y - reach:.1f}"
    return outline + tag("path", {"d": bar, **pen.stroke(role, 1.5)})


def _describe(
    rows: Sequence[str], columns: Sequence[str], statuses: Mapping[tuple[int, int], Word]
) -> str:
    said = [
        f"{name}, {columns[column]}: {_word(statuses.get((row, column)))}"
        for row, name in enumerate(rows)
        for column in range(len(columns))
    ]
    return _("By reading and day, on this record: {cells}.").format(cells="; ".join(said))
