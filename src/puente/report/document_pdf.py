"""A report on paper: tagged PDF (PDF/UA-1), the same bytes for the same content and clock."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from puente.errors import PuenteError
from puente.i18n import gettext as _
from puente.model.provenance import strictest
from puente.report.document import Document, Drawing, Grid, handling
from puente.report.palette import LIGHT
from puente.report.svg import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from puente.report.document import Block


_TALL = 330.0
"""Pictures higher than this, in CSS pixels, may move to the next page while the text goes on."""


def render_pdf(document: Document, *others: Document) -> bytes:
    """Return `document` as PDF, and after it others: the same report in another language.

    All bear the strictest marking of them, on every page.

    No text of the report ever becomes Typst source: the template is a fixed file, and everything
    else reaches it as JSON data. Fonts are those that come with the packages, not those of the
    machine, so that every machine writes the same bytes.

    Raises: PuenteError: the typesetter refused the document.
    """
    import typst

    made = datetime.datetime.fromisoformat(document.made)
    try:
        compiler = typst.Compiler(font_paths=_fonts(), sys_inputs={"data": _data(document, others)})
        done = compiler.compile(
            input=files("puente.report").joinpath("templates", "document.typ").read_bytes(),
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=made,
        )
    except typst.TypstError as error:
        raise PuenteError(_("the PDF could not be set: {error}").format(error=error)) from error
    if not isinstance(done, bytes):
        raise PuenteError(_("the PDF could not be set: {error}").format(error=type(done).__name__))
    return done


def _data(document: Document, others: Sequence[Document]) -> str:
    parts = (document, *others)
    banner, colour = handling(strictest(part.marking for part in parts))
    made = datetime.datetime.fromisoformat(document.made)
    whole: dict[str, Any] = {
        "title": " / ".join(dict.fromkeys(part.title for part in parts)),
        "description": " / ".join(dict.fromkeys(part.subtitle for part in parts)),
        "parts": [_part(part) for part in parts],
        "banner": banner,
        "banner_colour": colour,
        "colours": dict(LIGHT.roles),
        "made": [made.year, made.month, made.day],
    }
    return json.dumps(_printable(whole), ensure_ascii=False, sort_keys=True)


def _part(document: Document) -> dict[str, Any]:
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "language": document.language,
        "about": document.about,
        "closing": document.closing,
        "labels": document.labels,
        "sections": [
            {"title": section.title, "blocks": [_block(block) for block in section.blocks]}
            for section in document.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Drawing):
        return {
            "type": "Drawing",
            "svg": _Raw(block.picture.svg),
            "alt": block.picture.alt,
            "note": block.note,
            "tall": block.picture.height > _TALL,
        }
    if isinstance(block, Grid):
        wide = {str(index): weight for index, weight in block.wide}
        return {"type": "Grid", **asdict(block), "wide": wide}
    return {"type": type(block).__name__, **asdict(block)}


class _Raw(str):
    """Markup that is printable already; its line breaks matter not, its bytes do."""

    __slots__ = ()


def _printable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value


@cache
def _fonts() -> Any:  # noqa: ANN401 - typst has no public name for it in type checkers' eyes
    """Return the fonts of the report: Typst's own, and DejaVu and Last Resort, which are shipped.

    Last Resort draws a framed sign for any character that the others lack: a name in an unforeseen
    script shows that something stands there, and never stops the report.
    """
    from importlib.resources import files

    import typst

    folder = str(files("puente.report").joinpath("fonts"))
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])
