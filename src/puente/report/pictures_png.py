"""A picture as PNG, for those who cannot use SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import PuenteError
from puente.i18n import gettext as _
from puente.report.svg import number

if TYPE_CHECKING:
    from puente.report.svg import Picture

_SCALE = 2
"""Pixels of the PNG for each pixel of the picture: sharp on paper and on dense screens."""


def png_of(picture: Picture) -> bytes:
    """Return a picture as PNG, the same bytes each time on one machine.

    Raises: PuenteError: the typesetter refused the picture.
    """
    import typst

    wide, high = number(picture.width), number(picture.height)
    # One CSS pixel is set as one point; 72 points to the inch times the scale.
    page = (
        f"#set page(width: {wide}pt, height: {high}pt, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {wide}pt, height: {high}pt)'
    )
    try:
        compiler = typst.Compiler(sys_inputs={"svg": picture.svg})
        done = compiler.compile(input=page.encode(), format="png", ppi=72.0 * _SCALE)
    except typst.TypstError as error:
        raise PuenteError(
            _("the picture could not be drawn: {error}").format(error=error)
        ) from error
    if not isinstance(done, bytes):
        raise PuenteError(
            _("the picture could not be drawn: {error}").format(error=type(done).__name__)
        )
    return done
