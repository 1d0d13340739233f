"""What a ladder of association says, rung by rung, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.places.associate_rungs import TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Figures = Mapping[str, Any]
"""Figures of a rung, as `associate.as_json` gives them."""


def ladder_rows(found: Figures) -> list[tuple[str, str]]:
    """Return name and words of every rung, in order; those without data say why.

    Args:
        found: as `associate.as_json`.
    """
    rows = []
    for rung in found["rungs"]:
        name = str(rung["rung"])
        if rung["available"]:
            said = "\n".join(_SAYERS[name](rung["figures"]))
        else:
            said = _("not available: {reason}").format(reason=rung["reason"])
        rows.append((_(TITLES[name]), said))
    return rows


def verdict_text(found: Figures) -> str:
    """Return the verdict, with its strength where it has one.

    Args:
        found: as `associate.as_json`.
    """
    text = _("Verdict: {verdict}").format(verdict=_(str(found["verdict"])))
    return f"{text} ({_(str(found['strength']))})" if found["strength"] else text


def estimate_text(found: Figures) -> str:
    """Return an estimate, its error and p, its interval, and what could have been found.

    Args:
        found: as `associate_rungs.numbers`.
    """
    text = _("{estimate} (SE {se}), p {p}, 95 % {low} to {high}; smallest detectable {least}")
    return text.format(
        estimate=_n(found["estimate"]),
        se=_n(found["se"]),
        p=_p(found["p"]),
        low=_n(found["low"]),
        high=_n(found["high"]),
        least=_n(found["smallest_detectable"]),
    )


def role_text(role: str) -> str:
    """Return the name of a role: exposure, outcome, control, recording."""
    names = {
        "exposure": _("exposure"),
        "outcome": _("outcome"),
        "control": _("control"),
        "recording": _("recording"),
        "within": _("outcome"),
        "difference": _("difference"),
    }
    return names.get(role, role)


def _n(value: float) -> str:
    return format_number(float(value), 3)


def _p(value: float) -> str:
    least = 0.0001
    return f"< {format_number(least, 4)}" if value < least else format_number(float(value), 4)


def _raw(found: Figures) -> list[str]:
    lines = []
    for role in ("exposure", "outcome", "control", "recording"):
        if role in found:
            text = _("{role}: {total} events, {zeros} zeros, {missing} not reported")
            one = found[role]
            lines.append(
                text.format(
                    role=role_text(role),
                    total=format_number(one["total"]),
                    zeros=format_number(one["zeros"]),
                    missing=format_number(one["missing"]),
                )
            )
    for role in ("outcome", "control"):
        one = found.get(f"spearman_{role}")
        if one:
            text = _("Spearman with {role} {r}; naive p {p}, not to be quoted")
            lines.append(text.format(role=role_text(role), r=_n(one["r"]), p=_p(one["p_naive"])))
    return lines


def _lee(found: Figures) -> list[str]:
    text = _("L {value}, p {p}; places called: {places}")
    places = ", ".join(f"{name} {count}" for name, count in found["places_called"].items())
    return [text.format(value=_n(found["L"]), p=_p(found["p"]), places=places)]


def _spectral(found: Figures) -> list[str]:
    text = _("r {r}, p {p}; as good as {n} independent places of {all}")
    return [
        text.format(
            r=_n(found["r"]),
            p=_p(found["p"]),
            n=format_number(found["effective_n"], 0),
            all=found["areas"],
        )
    ]


def _partial(found: Figures) -> list[str]:
    lines = _spectral(found["map"]) if "map" in found else []
    if "no_map" in found:
        lines.append(_("map not available: {reason}").format(reason=found["no_map"]))
    return lines + _named(found, ("within", "difference"))


def _control(found: Figures) -> list[str]:
    lines = _named(found, ("within", "control", "difference"))
    if "no_control" in found:
        lines.append(_("no control: {reason}").format(reason=found["no_control"]))
    equal = found.get("equivalence")
    if equal:
        text = (
            _("smaller than the margin of {margin} (p {p})")
            if equal["equivalent"]
            else _("not shown to be smaller than the margin of {margin} (p {p})")
        )
        lines.append(text.format(margin=_n(equal["margin"]), p=_p(equal["p"])))
    return lines


def _named(found: Figures, names: Sequence[str]) -> list[str]:
    return [f"{role_text(name)}: {estimate_text(found[name])}" for name in names if name in found]


def _shifts(found: Figures) -> list[str]:
    order = found["order"]
    text = _("{reading}; lags {lags}, leads {leads}")
    none = _("none")
    return [
        text.format(
            reading=_(order["reading"]),
            lags=", ".join(map(str, order["lags"])) or none,
            leads=", ".join(map(str, order["leads"])) or none,
        )
    ]


def _wild(found: Figures) -> list[str]:
    text = _("{clusters} clusters: p {within} for the outcome, {difference} for the difference")
    gap = found["p_difference"]
    return [
        text.format(
            clusters=found["clusters"],
            within=_p(found["p_within"]),
            difference=_("none") if gap is None else _p(gap),
        )
    ]


def _neighbours(found: Figures) -> list[str]:
    own, theirs = estimate_text(found["own"]), estimate_text(found["neighbours"])
    return [_("own {own}").format(own=own), _("neighbours' {theirs}").format(theirs=theirs)]


def _reporting(found: Figures) -> list[str]:
    text = _(
        "{role}: recording {ratio} times as complete in months of high exposure would erase it;"
        " E-value {value}"
    )
    return [
        text.format(
            role=role_text(name),
            ratio=format_number(found[name]["ratio"], 2),
            value=format_number(found[name]["e_value"], 2),
        )
        for name in ("within", "difference")
        if name in found
    ]


def _multiple(found: Figures) -> list[str]:
    text = _("{tests} tests here, {pairs} pairs planned: {all} in all; called: {called}")
    return [
        text.format(
            tests=found["tests"],
            pairs=found["pairs_planned"],
            all=found["tests_in_all"],
            called=", ".join(found["called"]) or _("none"),
        )
    ]


def _stability(found: Figures) -> list[str]:
    lines = [
        _("{part}: outcome {within}, difference {gap}").format(
            part=half["part"],
            within=_n(half["within"]),
            gap=_("none") if half["difference"] is None else _n(half["difference"]),
        )
        for half in found["halves"]
    ]
    low, high = found["within_range"]
    lines.append(_("without one state: outcome {low} to {high}").format(low=_n(low), high=_n(high)))
    if found["difference_range"]:
        low, high = found["difference_range"]
        lines.append(
            _("without one state: difference {low} to {high}").format(low=_n(low), high=_n(high))
        )
    return lines


def _plan(found: Figures) -> list[str]:
    margin = found["margin"]
    text = _("margin {margin}, level {level}, hash {hash}")
    return [
        text.format(
            margin=_("none fixed") if margin is None else _n(margin),
            level=format_number(found["level"], 2),
            hash=str(found["hash"])[:16],
        )
    ]


_SAYERS: Mapping[str, Callable[[Figures], list[str]]] = {
    "raw": _raw,
    "lee": _lee,
    "spectral": _spectral,
    "partial": _partial,
    "control": _control,
    "shifts": _shifts,
    "wild": _wild,
    "neighbours": _neighbours,
    "reporting": _reporting,
    "multiple": _multiple,
    "stability": _stability,
    "plan": _plan,
}
