"""A report as plain blocks: written once, set as a page (HTML) and on paper (PDF)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from puente.i18n import gettext as _
from puente.i18n import use_language
from puente.model.provenance import Marking
from puente.report.palette import TLP_COLOURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.report.svg import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of running text; `tone` is plain, lead (set larger) or muted (set smaller)."""

    text: str
    tone: Literal["plain", "lead", "muted"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    """A boxed remark that no reader may miss."""

    title: str
    text: str
    tone: Literal["note", "warn"] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Key figures: value, what it counts, and a remark (or "")."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list of short remarks."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table.

    Attributes:
        headers, rows: headings, and rows of text as long as the headings.
        caption: what the table shows.
        numeric: indexes of columns set to the right.
        wide: index and weight of the columns that share, on paper, the room that is left over.
        note: a line below, e.g. how many rows are not shown and by which rank.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str
    numeric: tuple[int, ...] = ()
    wide: tuple[tuple[int, int], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture with its note.

    On a page its data stand below it as a table, unless a `Grid` that follows has them all
    (`as_table` False).
    """

    picture: Picture
    note: str = ""
    numeric: tuple[int, ...] = ()
    as_table: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One view of a matter.

    Attributes:
        title: whose view it is.
        facts: label and value.
        text: the reasons, in running text.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Views of one matter side by side: all of one width, in one size of type."""

    caption: str
    cards: tuple[Card, ...]


Block = Paragraph | Callout | Figures | Bullets | Grid | Drawing | Beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A headed part; `key` is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report.

    Attributes:
        title, subtitle: what it is.
        language: `en` or `es`.
        marking: handling marking of everything in it.
        about: label and value of purpose, who, when, snapshot and the like.
        sections: the body.
        made: when, ISO with time zone (the clock is handed in).
        closing: the line at the foot of every page.
    """

    title: str
    subtitle: str
    language: str
    marking: str
    about: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    made: str
    closing: str = ""
    labels: dict[str, str] = field(default_factory=dict)


def handling(marking: str) -> tuple[str, str]:
    """Return the handling banner of `marking` in both languages, and its colour on black.

    The banner is bilingual whatever the language of the report: it binds whoever holds the page.

    Raises: InvalidData: an unknown marking.

    Source: FIRST, TLP 2.0 (2022), definitions.
    """
    parsed = Marking.parse(marking)
    said: list[str] = []
    for language in ("en", "es"):
        with use_language(language):
            said.append(_TLP_SAYS[parsed.tlp]())
    texts = list(dict.fromkeys(said))
    return f"{marking}  ·  {' / '.join(texts)}", TLP_COLOURS[parsed.tlp]


_TLP_SAYS: dict[str, Callable[[], str]] = {
    "TLP:RED": lambda: _("For the named recipients only"),
    "TLP:AMBER+STRICT": lambda: _("Limited to your organisation, need to know"),
    "TLP:AMBER": lambda: _("Limited to your organisation and its clients, need to know"),
    "TLP:GREEN": lambda: _("Limited to the community; not for the public"),
    "TLP:CLEAR": lambda: _("No limit on disclosure"),
}
