"""The network around one entity, drawn as charts of the field draw it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from puente.i18n import format_date, format_number
from puente.i18n import gettext as _
from puente.model.schema import all_schemata
from puente.report.ego import STEPS, Ego, EgoLink, EgoNode, around, lay_out
from puente.report.labels import LEADING, place_labels
from puente.report.palette import DASHES, LINK_FAMILIES, get_theme, kind_role, link_role
from puente.report.svg import (
    Pen,
    Picture,
    Table,
    document,
    escape,
    number,
    printable,
    tag,
    text_width,
)

if TYPE_CHECKING:
    import pyarrow as pa

NON_SUSPECT = "non_suspect"
_RADIUS, _FOCUS_RADIUS = 8.0, 12.0
_ROOM = 11_000.0  # square pixels that a symbol and its name need
Place = tuple[float, float]


def ego_network_svg(
    nodes: pa.Table, edges: pa.Table, focus: str, *, width: int = 960, limit: int = 60
) -> str:
    """Return the network around `focus` as SVG; see `ego_network_picture`."""
    return ego_network_picture(nodes, edges, focus, width=width, limit=limit).svg


def ego_network_picture(
    nodes: pa.Table,
    edges: pa.Table,
    focus: str,
    *,
    width: int = 960,
    limit: int = 60,
    theme: str = "light",
) -> Picture:
    """Return a picture of the entities within two steps of `focus`.

    Shape says the kind of entity; a ring says it is on a list; a hollow shape is someone not
    suspected (victim, witness, minor, relative). Colour says the kind of link, the line its
    strength. What the limit leaves out is said in the picture, with the rank that chose.

    Args:
        nodes: table `nodes` of a build.
        edges: table `edges` of a build.
        focus: cluster id of the entity in the middle.
        width: CSS pixels.
        limit: most entities to show.
        theme: `light` or `dark`.

    Raises: NotFound: no such entity. InvalidData: a limit below 1, an unknown theme.

    Limits: nearness in the picture is not nearness in fact; only links count.
    """
    ego = around(nodes, edges, focus, limit=limit)
    pen = Pen(theme=get_theme(theme))
    height = min(0.9 * width, max(0.4 * width, _ROOM * len(ego.nodes) / width))
    places = lay_out(ego, width=float(width), height=height)
    top = 30.0
    places = {identity: (x, y + top) for identity, (x, y) in places.items()}
    title = _("Network around {name}").format(name=printable(ego.focus.caption))
    labels, unlabelled = place_labels(ego, places, (float(width), top + height))
    parts = [pen.text(0, 17, title, size=15, bold=True)]
    parts += _links(pen, ego, places)
    parts += [_symbol(pen, node, places[node.id], node.id == ego.focus.id) for node in ego.nodes]
    for label in labels:
        for row, line in enumerate(label.lines):
            parts.append(
                pen.text(
                    label.x,
                    label.y + row * LEADING,
                    line,
                    anchor=label.anchor,
                    halo=True,
                    bold=label.id == ego.focus.id,
                )
            )
    below, extra = _legend(pen, ego, (top + height, float(width)), unlabelled)
    alt = _describe(ego)
    size = (float(width), top + height + extra)
    return Picture(
        svg=document([*parts, *below], size=size, title=title, alt=alt, theme=theme),
        title=title,
        alt=alt,
        width=size[0],
        height=size[1],
        table=_table(ego),
    )


def ego_network_table(nodes: pa.Table, edges: pa.Table, focus: str, *, limit: int = 60) -> Table:
    """Return the links that the picture shows, one row each, as headings and rows."""
    return _table(around(nodes, edges, focus, limit=limit))


def kind_label(kind: str) -> str:
    """Return what to call an entity or link of `kind` in the reader's language."""
    ours = {
        "LinkedTo": _("Linked to (as published)"),
        "SharedPhone": _("Shared telephone"),
        "SharedEmail": _("Shared e-mail"),
        "SharedAddress": _("Shared address"),
    }
    schema = all_schemata().get(kind)
    return _(schema.label) if schema is not None else ours.get(kind, kind)


def strength_label(strength: str) -> str:
    """Return what to call the strength of a link in the reader's language."""
    return {
        "confirmed": _("confirmed"),
        "probable": _("probable"),
        "possible": _("possible"),
    }.get(strength, strength)


def _table(ego: Ego) -> Table:
    names = {node.id: node for node in ego.nodes}
    headers = [
        _("From"),
        _("Kind of link"),
        _("To"),
        _("Percent"),
        _("Strength"),
        _("Since"),
        _("Until"),
        _("Sources"),
    ]
    rows = [
        [
            printable(names[link.source].caption),
            kind_label(link.kind),
            printable(names[link.target].caption),
            _percent(link),
            strength_label(link.strength),
            format_date(link.date_from),
            format_date(link.date_to),
            ", ".join(link.sources),
        ]
        for link in sorted(
            ego.links,
            key=lambda x: (
                min(names[x.source].steps, names[x.target].steps),
                names[x.source].caption,
                names[x.target].caption,
                x.kind,
            ),
        )
    ]
    return headers, rows


def _percent(link: EgoLink) -> str:
    if link.percent is None:
        return ""
    low = format_number(link.percent)
    if link.percent_max is None or link.percent_max == link.percent:
        return f"{low} %"
    return f"{low}–{format_number(link.percent_max)} %"


def _links(pen: Pen, ego: Ego, places: dict[str, Place]) -> list[str]:
    """Return the links as lines; several between one pair fan out."""
    between: dict[tuple[str, str], list[EgoLink]] = defaultdict(list)
    for link in ego.links:
        first, second = sorted((link.source, link.target))
        between[first, second].append(link)
    lines: list[tuple[str, str]] = []
    texts: list[str] = []
    room_for_percent = len(ego.links) <= 45  # beyond it the numbers cover the links
    width = 1.5 if len(ego.links) <= 120 else 0.8  # beyond it the lines cover each other
    for (first, _second), group in sorted(between.items()):
        for rank, link in enumerate(group):
            bend = (rank - (len(group) - 1) / 2) * 22.0 * (1 if link.source == first else -1)
            path, middle, head = _curve(
                places[link.source],
                places[link.target],
                bend,
                _FOCUS_RADIUS if ego.focus.id in {link.source, link.target} else _RADIUS,
            )
            role = link_role(link.kind)
            drawn = tag(
                "path",
                {
                    "d": path,
                    **pen.stroke(role, width, DASHES.get(link.strength, "")),
                    "stroke-linecap": "round" if link.strength == "possible" else None,
                },
            )
            if _directed(link.kind):
                drawn += tag("path", {"d": head, **pen.fill(role)})
            lines.append((link.strength, drawn))
            if room_for_percent and link.percent is not None:
                texts.append(
                    pen.text(
                        middle[0],
                        middle[1] + 3.5,
                        _percent(link),
                        size=10,
                        anchor="middle",
                        halo=True,
                    )
                )
    # The surest on top.
    order = {strength: -rank for rank, strength in enumerate(DASHES)}
    above = sorted(lines, key=lambda line: order.get(line[0], -len(order)))
    return [tag("g", {"class": "links"}, *(line for _s, line in above)), *texts] if lines else []


def _directed(kind: str) -> bool:
    schema = all_schemata().get(kind)
    return kind == "LinkedTo" or (schema is not None and schema.is_edge and schema.directed)


def _curve(a: Place, b: Place, bend: float, radius: float) -> tuple[str, Place, str]:
    """Return the path from `a` to `b`, the place of its middle, and the path of an arrow head."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    control = ((a[0] + b[0]) / 2 - uy * bend * 2, (a[1] + b[1]) / 2 + ux * bend * 2)
    # The line ends where the symbol begins, along the curve's own direction at the end.
    tx, ty = b[0] - control[0], b[1] - control[1]
    norm = math.hypot(tx, ty) or 1.0
    tx, ty = tx / norm, ty / norm
    end = (b[0] - tx * (radius + 2), b[1] - ty * (radius + 2))
    base = (end[0] - tx * 8, end[1] - ty * 8)
    start = f"M{number(a[0])} {number(a[1])}"
    if bend:
        bent = " ".join(number(part) for part in (*control, *end))
        path = f"{start}Q{bent}"
    else:
        path = f"{start}L{number(end[0])} {number(end[1])}"
    middle = ((a[0] + b[0]) / 4 + control[0] / 2, (a[1] + b[1]) / 4 + control[1] / 2)
    head = (
        f"M{number(end[0])} {number(end[1])}"
        f"L{number(base[0] - ty * 3.6)} {number(base[1] + tx * 3.6)}"
        f"L{number(base[0] + ty * 3.6)} {number(base[1] - tx * 3.6)}z"
    )
    return path, middle, head


def _shape(family: str, at: Place, r: float, paint: dict[str, object]) -> str:
    x, y = at
    if family == "kind-person":
        return tag("circle", {"cx": x, "cy": y, "r": r, **paint})
    corners = {
        "kind-organization": (4, 45.0),
        "kind-vehicle": (6, 0.0),
        "kind-address": (3, -90.0),
        "kind-account": (4, 0.0),
        "kind-event": (5, -90.0),
    }.get(family, (8, 22.5))
    count, turn = corners
    # A polygon of the same area as the circle looks as large as it.
    big = r * math.sqrt(2 * math.pi / (count * math.sin(2 * math.pi / count)))
    points = " ".join(
        f"{number(x + big * math.cos(math.radians(turn + 360 * i / count)))},"
        f"{number(y + big * math.sin(math.radians(turn + 360 * i / count)))}"
        for i in range(count)
    )
    return tag("polygon", {"points": points, "stroke-linejoin": "round", **paint})


def _symbol(pen: Pen, node: EgoNode, at: Place, is_focus: bool) -> str:  # noqa: FBT001
    family = kind_role(node.schema)
    r = _FOCUS_RADIUS if is_focus else _RADIUS
    if node.standing == NON_SUSPECT:
        paint = pen.both("paper", family, 2.0)
    else:
        paint = pen.both(family, "paper", 1.5)
    parts = [f"<title>{escape(node.caption)}</title>"]
    parts.append(tag("circle", {"cx": at[0], "cy": at[1], "r": r + 3, **pen.fill("paper")}))
    parts.append(_shape(family, at, r, paint))
    if node.listed:
        parts.append(
            tag("circle", {"cx": at[0], "cy": at[1], "r": r + 4.5, **pen.stroke("listed", 2.2)})
        )
    return tag("g", {"class": f"node {family}"}, *parts)


def _legend(
    pen: Pen, ego: Ego, at: tuple[float, float], unlabelled: int
) -> tuple[list[str], float]:
    """Return the legend, wrapped to the width, with what was left out; and how high it is."""
    top, width = at
    entries: list[tuple[str, str]] = []
    samples = {kind_role(node.schema) for node in ego.nodes}
    entries += [
        (_shape(role, (9, 0), 6, pen.both(role, "paper", 1.0)), _family_label(role))
        for role in sorted(samples)
    ]
    if any(node.listed for node in ego.nodes):
        ring = {"cx": 9.0, "cy": 0.0, "r": 7.5, **pen.stroke("listed", 2.2)}
        entries.append((tag("circle", ring), _("on a list")))
    if any(node.standing == NON_SUSPECT for node in ego.nodes):
        hollow = {"cx": 9.0, "cy": 0.0, "r": 6.0, **pen.both("paper", "kind-person", 2.0)}
        entries.append((tag("circle", hollow), _("not a suspect")))
    for role in sorted({link_role(link.kind) for link in ego.links}):
        line = {"x1": 0, "y1": 0, "x2": 22, "y2": 0, **pen.stroke(role, 2.2)}
        entries.append((tag("line", line), _family_label(role)))
    for strength, dash in DASHES.items():
        if any(link.strength == strength for link in ego.links):
            line = {"x1": 0, "y1": 0, "x2": 22, "y2": 0, **pen.stroke("ink", 1.5, dash)}
            entries.append((tag("line", line), strength_label(strength)))
    parts: list[str] = []
    x, y = 0.0, top + 22
    for sample, text in entries:
        need = 28 + text_width(text, 11) + 18
        if x and x + need > width:
            x, y = 0.0, y + 20
        parts.append(tag("g", {"transform": f"translate({number(x)} {number(y)})"}, sample))
        parts.append(pen.text(x + 28, y + 4, text))
        x += need
    for line_of_text in _notes(ego, unlabelled):
        y += 20
        parts.append(pen.text(0, y, line_of_text, role="muted"))
    return parts, y + 10 - top


def _family_label(role: str) -> str:
    return {
        "kind-person": _("person"),
        "kind-organization": _("organisation"),
        "kind-vehicle": _("vehicle, vessel or aircraft"),
        "kind-address": _("address"),
        "kind-account": _("account or wallet"),
        "kind-event": _("event"),
        "kind-other": _("other kind"),
        "link-ownership": _("owns or holds"),
        "link-control": _("directs, works or acts for, belongs to"),
        "link-personal": _("family or associate"),
        "link-listed": _("linked to, as published"),
        "link-other": _("met in a record or shares a detail"),
    }[role]


def _notes(ego: Ego, unlabelled: int) -> list[str]:
    """Return what the picture does not show, and by which rank it chose."""
    shown, total = format_number(len(ego.nodes), 0), format_number(ego.total, 0)
    notes = []
    if len(ego.nodes) < ego.total:
        notes.append(
            _(
                "Shown {shown} of {total} within {steps} steps, ranked by steps, on a list, "
                "strength of link, number of links."
            ).format(shown=shown, total=total, steps=STEPS)
        )
    else:
        notes.append(
            _("All {total} within {steps} steps are shown.").format(total=total, steps=STEPS)
        )
    if unlabelled:
        notes.append(
            _("{n} names left out for want of room; the table has them all.").format(
                n=format_number(unlabelled, 0)
            )
        )
    return notes


def _describe(ego: Ego) -> str:
    """Return the network in words: how many of each kind, how many listed, what is not shown."""
    kinds = Counter(kind_role(node.schema) for node in ego.nodes)
    parts = ", ".join(
        f"{_family_label(role)} {format_number(count, 0)}" for role, count in sorted(kinds.items())
    )
    listed = sum(node.listed for node in ego.nodes)
    families = Counter(LINK_FAMILIES.get(link.kind, "other") for link in ego.links)
    links = ", ".join(
        f"{_family_label('link-' + family)} {format_number(count, 0)}"
        for family, count in sorted(families.items())
    )
    text = [
        _("{name} with those within {steps} steps: {parts}; {listed} on a list.").format(
            name=printable(ego.focus.caption),
            steps=STEPS,
            parts=parts,
            listed=format_number(listed, 0),
        ),
    ]
    if links:
        text.append(_("Links: {links}.").format(links=links))
    return " ".join([*text, _notes(ego, 0)[0]])
