"""Templates into pages: everything escaped, every word in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from puente.errors import InvalidData
from puente.i18n import (
    format_date,
    format_number,
    format_percent,
    gettext,
    ngettext,
)
from puente.ingest import quality_standing as standing
from puente.ingest.freshness import cadence_label
from puente.web import words, words_law

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

    from puente.report.svg import Picture
    from puente.web.assets import Asset

_WORDS: tuple[Callable[..., object], ...] = (
    words.action_label, words.blocked_label, words.gender_label, words.grade_meaning,
    words.kind_icon, words.kind_label, words.link_reason_label, words.marking_span,
    words.property_label, words.purpose_label, words.record_class_label, words.record_label,
    words.role_label, words.rule_label, words.strength_label, words.tlp_class, words.verdict,
    standing.cover_text, standing.dates_text, standing.findings_text, standing.pace_label,
    cadence_label,
)  # fmt: skip


def make_environment(assets: Mapping[str, Asset]) -> Environment:
    """Return the templates' environment. An undefined name is an error, not an empty text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("puente.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def static(name: str) -> str:
        return f"/static/{name}?v={assets[name].version}"

    environment.globals.update(
        {
            "_": _text, "ngettext": _plural, "static": static, "svg": _svg, "show_date": show_date,
            "show_clock": show_clock, "show_time": show_time,
            "show_probability": show_probability,
            "short_snapshot": short_snapshot,
            "format_number": format_number, "format_percent": format_percent, "age": age,
            **{word.__name__: word for word in _WORDS},
            "words": words_law, "law_word": words_law.law_word,
            "confidence_mark": words_law.confidence_mark, "show_amount": words_law.show_amount,
            "status_mark": words_law.status_mark, "reach_mark": words_law.reach_mark,
        }
    )  # fmt: skip
    environment.filters["role_label"] = words.role_label
    return environment


def show_date(text: str) -> str:
    """Return an ISO date or time as the reader writes it; what is none, as it stands."""
    if len(text) > len("2026-01-01") and text[10:11] in {"T", " "}:
        text = text[:10]
    try:
        return format_date(text)
    except InvalidData:
        return text


def show_time(text: str) -> str:
    """Return an ISO time, UTC, as date and minute; what is none, as it stands."""
    clock = text[11:16] if text[10:11] in {"T", " "} else ""
    return f"{show_date(text)}, {clock} UTC" if clock else show_date(text)


def show_clock(text: str) -> str:
    """Return the time of day, to the second and in UTC, of an ISO time in UTC; else ""."""
    return f"{text[11:19]} UTC" if text[10:11] == "T" else ""


def short_snapshot(name: str) -> str:
    """Return the id of a build as its date, minute and the digest of its files."""
    moment, _dash, digest = name.partition("-")
    if len(moment) < len("20260101T0000") or not moment[:8].isdecimal():
        return name
    return f"{moment[:4]}-{moment[4:6]}-{moment[6:8]} {moment[9:11]}:{moment[11:13]} {digest}"


def show_probability(value: float) -> str:
    """Return a probability with four decimals; never 0 or 1, which a model cannot know."""
    least = 0.0001
    if value > 1 - least:
        return f"> {format_number(1 - least, 4)}"
    return f"< {format_number(least, 4)}" if value < least else format_number(value, 4)


def age(days: int) -> str:
    """Return how long before the build something was published."""
    if days < 0:
        return gettext("dated after the build")
    if days < 62:
        text = ngettext("{n} day before the build", "{n} days before the build", days)
        return text.format(n=days)
    months = round(days / 30.44)
    text = ngettext("{n} month before the build", "{n} months before the build", months)
    return text.format(n=months)


def _text(msgid: str, **values: object) -> Markup:
    """Return a text in the reader's language; values are escaped, so is the text."""
    return escape(gettext(msgid)) % values


def _plural(singular: str, plural: str, number: int, **values: object) -> Markup:
    """Return the form that fits `number`; `%(num)s` is the number as the reader writes it."""
    return escape(ngettext(singular, plural, number)) % {"num": format_number(number), **values}


def _svg(picture: Picture) -> Markup:
    """Return a picture's markup. `puente.report.svg` has escaped all that came from data."""
    return Markup(picture.svg)  # noqa: S704 - see above
