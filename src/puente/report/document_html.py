"""A report as one page: no script, nothing fetched, printable, light and dark."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from puente.report import palette
from puente.report.document import Document, handling

if TYPE_CHECKING:
    from jinja2 import Environment


def render_html(document: Document) -> str:
    """Return `document` as a self-contained page.

    Everything is escaped except the pictures, which `report.svg` made and escaped itself. The
    page carries its own content security policy: its one style sheet by hash, and nothing else.
    """
    from markupsafe import Markup

    banner, colour = handling(document.marking)
    return (
        _environment()
        .get_template("document.html")
        .render(
            document=document,
            banner=banner,
            tlp=_tlp_class(colour),
            style=Markup(stylesheet()),  # noqa: S704 - our own file
            style_source=style_source(),
            svg=lambda picture: Markup(picture.svg),  # noqa: S704 - escaped where it was drawn
            kind=lambda block: type(block).__name__,
        )
    )


def _tlp_class(colour: str) -> str:
    return {"#FF2B2B": "red", "#FFC000": "amber", "#33FF00": "green"}.get(colour, "clear")


@cache
def stylesheet() -> str:
    """Return the style sheet of report pages: the palette, then the page's own rules."""
    own = files("puente.report").joinpath("templates", "document.css").read_text(encoding="utf-8")
    short = re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", own, flags=re.DOTALL)).strip()
    return palette.css() + short + "\n"


def style_source() -> str:
    """Return the CSP source of the style sheet, e.g. `'sha256-…'`, for a server's own header."""
    return f"'sha256-{b64encode(sha256(stylesheet().encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("puente.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
