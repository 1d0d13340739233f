"""The colours of cells, which the reader of workbooks does not hand over.

Source: ECMA-376 Part 1, 18.8.21 (fills), 18.8.10 (cellXfs), 18.3.1.4 (cell), 18.2.19 (sheets).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import IO, TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Element = Any
"""An element of an XML tree: the safe reader of it has no types."""

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"


def fills_of(copy: Path, sheet: str, path: Path) -> dict[tuple[int, int], str]:
    """Return the colour of every filled cell of a sheet, by row and column from 0.

    Args:
        copy: the measured copy of a workbook.
        sheet: the name of a sheet that it holds.
        path: the workbook's own file, for errors.

    Raises: InvalidData: a part is missing or is not XML, or declares entities.
    """
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import ParseError  # type: ignore[import-untyped]

    try:
        with zipfile.ZipFile(copy) as archive:
            colours = _colours(archive)
            if not any(colours):
                return {}
            with archive.open(_part(archive, sheet)) as part:
                return dict(_filled(part, colours))
    except (LookupError, ValueError, ParseError, DefusedXmlException) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        message = _("the workbook is damaged: {reason}").format(reason=reason)
        raise InvalidData(message, file=path) from None


def _elements(part: IO[bytes], *names: str) -> Iterator[Element]:
    """Yield the elements of these local names, whole; each is emptied after it was looked at."""
    from defusedxml.ElementTree import iterparse

    for _event, element in iterparse(part, events=("end",), forbid_dtd=True):
        if element.tag.rpartition("}")[2] in names:
            yield element
            element.clear()


def _colours(archive: zipfile.ZipFile) -> list[str]:
    """Return the colour of each cell style, "" where it is none, white, or one of the theme."""
    fills: list[str] = []
    styles: list[str] = []
    if _STYLES not in archive.namelist():
        return styles
    with archive.open(_STYLES) as part:
        for element in _elements(part, "fills", "cellXfs"):
            if element.tag.endswith("fills"):
                fills = [_colour(fill) for fill in element]
            else:
                indexes = [int(style.get("fillId", "0")) for style in element]
                styles = [fills[at] if at < len(fills) else "" for at in indexes]
    return styles


def _colour(fill: Element) -> str:
    for pattern in fill:
        if pattern.get("patternType") == "solid":
            for colour in pattern:
                if colour.tag.endswith("fgColor"):
                    return (colour.get("rgb") or "")[-6:].upper()
    return ""


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    link = ""
    with archive.open(_BOOK) as part:
        for element in _elements(part, "sheet"):
            if element.get("name") == sheet:
                link = next((v for k, v in element.items() if k.endswith("}id")), "")
    with archive.open(_LINKS) as part:
        for element in _elements(part, "Relationship"):
            if element.get("Id") == link:
                target = element.get("Target", "")
                return (
                    target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
                )
    raise KeyError(sheet)


def _filled(part: IO[bytes], colours: list[str]) -> Iterator[tuple[tuple[int, int], str]]:
    for row in _elements(part, "row"):
        for cell in row:
            style = int(cell.get("s", "0"))
            colour = colours[style] if style < len(colours) else ""
            match = _REFERENCE.fullmatch(cell.get("r", "")) if colour else None
            if match:
                column = 0
                for letter in match[1]:
                    column = column * 26 + ord(letter) - 64
                yield (int(match[2]) - 1, column - 1), colour
