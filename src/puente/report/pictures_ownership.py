"""The picture of the 50 percent rule for one entity: from the listed persons down to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.graph.ownership_kinds import TIES
from puente.graph.ownership_reasons import WHYS
from puente.i18n import gettext as _
from puente.report.palette import get_theme
from puente.report.svg import Pen, Picture, Table, clip, document, number, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from puente.graph.ownership_derivation import Derivation, Owner, Step

MOST_LAYERS = 7
MOST_IN_LAYER = 6
"""Boxes beside each other, and layers, that can still be read; the table has them all."""

_TOP, _BOX, _GAP = 40.0, 40.0, 54.0
_ROLES = {"blocked": "status-blocked", "possibly": "status-possibly", "not": "status-not"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What joins an owner to an asset: a holding, a tie, or control beside them."""

    owner: str
    asset: str
    label: str
    role: str
    dashed: bool
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    """What is drawn: who stands in which layer, top first, and the lines between them."""

    layers: tuple[tuple[str, ...], ...]
    status: Mapping[str, str]
    lines: tuple[_Line, ...]
    left_out: int


def ownership_picture(
    found: Derivation,
    *,
    names: Mapping[str, str] | None = None,
    width: int = 720,
    theme: str = "light",
) -> Picture:
    """Return who holds how much of an entity, layer by layer down from the listed persons.

    A full line is a share that counts for sure, a broken one a share that may count, or control,
    which does not; the wider the more. Only owners that a step rests on are drawn.

    Args:
        found: from `puente.graph.ownership_derivation.Deriver`.
        names: what to call entities, by id; the id where it is missing.
        width: CSS pixels.
        theme: `light` or `dark`.
    """
    pen = Pen(theme=get_theme(theme))
    called = dict(names or {})
    title = _("Who owns {entity}, as of {day}").format(
        entity=called.get(found.entity, found.entity), day=found.as_of.isoformat()
    )
    chart = _chart(found)
    places = _places(chart, float(width))
    parts = [pen.text(0, 17, clip(title, 15, width), size=15, bold=True)]
    parts += [_draw_line(pen, line, places) for line in chart.lines]
    parts += [
        _box(pen, place, called.get(name, name), chart.status[name])
        for name, place in places.items()
    ]
    parts += [_label(pen, line, places) for line in chart.lines]
    height = _TOP + len(chart.layers) * (_BOX + _GAP) - _GAP + 12
    if chart.left_out:
        text = _("{count} owners further up or beside are in the table only")
        parts.append(pen.text(0, height + 4, text.format(count=chart.left_out), role="muted"))
        height += 16
    size = (float(width), height)
    alt = _alt(found, called)
    return Picture(
        svg=document(parts, size=size, title=title, alt=alt, theme=theme),
        title=title, alt=alt, width=size[0], height=size[1], table=ownership_rows(found, called),
    )  # fmt: skip


def ownership_rows(found: Derivation, names: Mapping[str, str]) -> Table:
    """Return the holdings of all steps, and control, as headings and rows."""
    whys = {code: _(text) for code, text in WHYS.items()}
    rows = [
        [
            names.get(owner.owner, owner.owner),
            whys[owner.why],
            names.get(step.entity, step.entity),
            _share(owner),
        ]
        for step in found.chain
        for owner in step.owners
    ]
    rows += [
        [names.get(tie.entity, tie.entity), whys[tie.why], names.get(found.entity, found.entity),
         _("control, not a share")]
        for tie in found.controlled_by
    ]  # fmt: skip
    return [_("Owner"), _("Why it counts"), _("Of"), _("Share")], rows


def _share(owner: Owner) -> str:
    if owner.kind in TIES:
        return _("tie")
    share = _percents(owner.low, owner.high)
    return f"{share} ({owner.share_class})" if owner.share_class else share


def _percents(low: Decimal, high: Decimal) -> str:
    return f"{low:f} %" if low == high else f"{low:f}–{high:f} %"


def _chart(found: Derivation) -> _Chart:
    """Return the layers: an entity stands below all that it rests on; what is too much is cut."""
    status = {found.entity: found.status}
    depth: dict[str, int] = {}
    for step in found.chain:
        for owner in step.owners:
            status.setdefault(owner.owner, _status_of(owner))
            depth.setdefault(owner.owner, 0)
        depth[step.entity] = 1 + max((depth[o.owner] for o in step.owners), default=-1)
    for tie in found.controlled_by:
        status.setdefault(tie.entity, "blocked" if tie.why in {"listed", "rule"} else "possibly")
        depth.setdefault(tie.entity, 0)
    depth[found.entity] = max([*depth.values(), 0] if not depth.get(found.entity) else
                              [depth[found.entity]])  # fmt: skip
    if any(d == depth[found.entity] and n != found.entity for n, d in depth.items()):
        depth[found.entity] += 1
    lines = _lines(found)
    first = max(0, depth[found.entity] - MOST_LAYERS + 1)
    layers = []
    for at in range(first, depth[found.entity] + 1):
        layer = [name for name, d in depth.items() if d == at]
        layers.append(tuple(_heaviest(layer, lines)[:MOST_IN_LAYER]))
    layers = _untangled([layer for layer in layers if layer], lines)
    shown = {name for layer in layers for name in layer}
    return _Chart(
        layers=tuple(layers),
        status=status,
        lines=tuple(line for line in lines if line.owner in shown and line.asset in shown),
        left_out=len(depth) - len(shown),
    )


def _status_of(owner: Owner) -> str:
    return {"listed": "blocked", "rule": "blocked", "possibly": "possibly"}.get(owner.why, "not")


def _lines(found: Derivation) -> list[_Line]:
    lines = [_holding(step, owner) for step in found.chain for owner in step.owners]
    return lines + [
        _Line(
            owner=tie.entity, asset=found.entity, label=tie.how or _("control"),
            role="link-control", dashed=True, weight=1.0,
        )
        for tie in found.controlled_by
    ]  # fmt: skip


def _holding(step: Step, owner: Owner) -> _Line:
    is_tie = owner.kind in TIES
    return _Line(
        owner=owner.owner,
        asset=step.entity,
        label=_share(owner),
        role="link-personal" if is_tie else "link-ownership",
        dashed=is_tie or owner.low < owner.high,
        weight=1.0 if is_tie else 1.0 + float(owner.high) / 25,
    )


def _heaviest(layer: list[str], lines: Sequence[_Line]) -> list[str]:
    most: dict[str, float] = defaultdict(float)
    for line in lines:
        most[line.owner] = max(most[line.owner], line.weight)
    return sorted(layer, key=lambda name: (-most[name], name))


def _untangled(layers: list[tuple[str, ...]], lines: Sequence[_Line]) -> list[tuple[str, ...]]:
    """Return the layers with each owner above the middle of what it holds, so that few cross."""
    assets: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        assets[line.owner].append(line.asset)
    at: dict[str, float] = {}
    ordered: list[tuple[str, ...]] = []
    for layer in reversed(layers):

        def middle(name: str, at: dict[str, float] = at) -> tuple[float, str]:
            known = [at[asset] for asset in assets[name] if asset in at]
            return (sum(known) / len(known) if known else 0.5), name

        names = tuple(sorted(layer, key=middle))
        at |= {name: (place + 0.5) / len(names) for place, name in enumerate(names)}
        ordered.append(names)
    return ordered[::-1]


Place = tuple[float, float, float]


def _places(chart: _Chart, width: float) -> dict[str, Place]:
    """Return the middle of each box's top, and its width."""
    places: dict[str, Place] = {}
    for row, layer in enumerate(chart.layers):
        room = width / len(layer)
        wide = min(190.0, room - 10)
        for place, name in enumerate(layer):
            places[name] = ((place + 0.5) * room, _TOP + row * (_BOX + _GAP), wide)
    return places


def _route(line: _Line, places: Mapping[str, Place]) -> tuple[tuple[float, float], ...]:
    """Return where a line starts, its two bends and where it ends; past boxes it goes outside."""
    x, y, wide = places[line.owner]
    to_x, to_y, to_wide = places[line.asset]
    start = x, y + _BOX
    # Lines end side by side on the box they come to, not on one point.
    end = to_x + max(-0.4, min(0.4, (x - to_x) / 400)) * to_wide, to_y - 6
    if to_y - y < 2 * (_BOX + _GAP):
        bend = (end[1] - start[1]) / 2
        return start, (start[0], start[1] + bend), (end[0], end[1] - bend), end
    right = max(place[0] + place[2] / 2 for place in places.values())
    side = 1 if x + to_x >= right else -1
    start = x + side * wide * 0.4, start[1]
    end = to_x + side * to_wide * 0.45, end[1]
    outer = [
        place[0] + side * place[2] / 2 for place in places.values() if y <= place[1] <= to_y
    ]  # fmt: skip
    beyond = (max(outer) if side > 0 else min(outer)) + side * 30
    return start, (beyond, start[1] + _GAP), (beyond, end[1] - _GAP), end


def _draw_line(pen: Pen, line: _Line, places: Mapping[str, Place]) -> str:
    route = _route(line, places)
    start, first, second, end = (f"{number(x)} {number(y)}" for x, y in route)
    stroke = pen.stroke(line.role, round(line.weight, 1), "5 4" if line.dashed else "")
    x, y = route[3]
    head = f"M{number(x - 4)} {number(y - 1)}h8l-4 7z"
    return tag("path", {"d": f"M{start}C{first} {second} {end}", **stroke}) + tag(
        "path", {"d": head, **pen.fill(line.role)}
    )


def _label(pen: Pen, line: _Line, places: Mapping[str, Place]) -> str:
    # Nearer to the owner than to the asset, where the labels of several owners would meet; where
    # the line goes round boxes, below them.
    t = 0.4 if places[line.asset][1] - places[line.owner][1] < 2 * (_BOX + _GAP) else 0.66
    x, y = (
        sum(w * p[axis] for w, p in zip(
            ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3),
            _route(line, places), strict=True,
        ))
        for axis in (0, 1)
    )  # fmt: skip
    return pen.text(x, y + 4, line.label, anchor="middle", halo=True)


def _box(pen: Pen, place: Place, name: str, status: str) -> str:
    x, y, wide = place
    words = {"blocked": _("blocked"), "possibly": _("possibly blocked"), "not": _("not blocked")}
    role = _ROLES[status]
    frame = {"x": x - wide / 2, "y": y, "width": wide, "height": _BOX, "rx": 4}
    bar = {"x": x - wide / 2, "y": y, "width": 5, "height": _BOX, "rx": 2}
    return (
        tag("rect", {**frame, **pen.both("raised", role, 1.4)})
        + tag("rect", {**bar, **pen.fill(role)})
        + pen.text(x, y + 17, clip(name, 12, wide - 20), size=12, bold=True, anchor="middle")
        + pen.text(x, y + 32, words[status], role="muted", anchor="middle")
    )


def _alt(found: Derivation, names: Mapping[str, str]) -> str:
    words = {"blocked": _("blocked"), "possibly": _("possibly blocked"), "not": _("not blocked")}
    share = _percents(found.low, found.high)
    text = _("{entity}: {status}; blocked owners hold {share}.").format(
        entity=names.get(found.entity, found.entity), status=words[found.status], share=share
    )
    if len(found.chain) > 1:
        text += " " + _("Steps behind it: {count}.").format(count=len(found.chain) - 1)
    if found.controlled_by:
        text += " " + _("Who control it otherwise: {count}.").format(count=len(found.controlled_by))
    return text
