"""Who stands behind designated persons, and the paths between two entities, ready to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData, NotFound
from puente.graph.paths import PathFinder, Ways
from puente.graph.patterns.find import PATTERNS
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from puente.graph.paths import FoundPath
    from puente.graph.patterns.find import Patterns
    from puente.graph.patterns.finding import Finding, Pattern, Sign
    from puente.guard.view import View

FINDINGS_PAGE = 20
FIRST = 4
"""Findings of a pattern that are shown before one is chosen."""

MOST_EDGES = 8
"""Edges that are told under a sign; the statements behind them are on the entities' pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An entity by id and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One entity on a path, and the edge that leads to it; no kinds for the first.

    Attributes:
        outward: the edge runs along the path, not against it.
    """

    entity: Named
    kinds: tuple[str, ...] = ()
    strength: str = ""
    begin: str = ""
    end: str = ""
    outward: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SignShown:
    """What speaks for or against a finding: a sentence, and the edges that say so."""

    text: str
    edges: tuple[tuple[Named, str, Named, str], ...] = ()
    statements: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShown:
    """A finding, ready to show; `others` are its further subjects."""

    subject: Named
    others: tuple[Named, ...]
    principals: tuple[Named, ...]
    signs: tuple[SignShown, ...]
    against: tuple[SignShown, ...]
    steps: tuple[StepShown, ...]
    weakest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternShown:
    """The findings of one pattern: those shown, of all there are."""

    pattern: Pattern
    total: int
    findings: tuple[FindingShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternsPage:
    """A page of findings by pattern; `first`, `page` and `pages` are of the one that was chosen."""

    groups: tuple[PatternShown, ...]
    kinds: tuple[tuple[str, str, int], ...]
    total: int
    first: int
    page: int
    pages: int


def page_of(
    found: Patterns, *, pattern: str = "", subject: str = "", page: int = 1
) -> PatternsPage:
    """Return a page of findings by pattern.

    Args:
        pattern: id of one; "" shows the first few of each.
        subject: cluster id; only findings that name it.

    Raises: InvalidData: a page below 1, or no such pattern.
    """
    if page < 1 or pattern not in {"", *(one.id for one in PATTERNS)}:
        raise InvalidData(_("no finding is of that kind"))
    chosen = [one for one in found.findings if subject in {"", *one.subjects}]
    own = [one for one in chosen if pattern in {"", one.pattern.id}]
    pages = max(1, -(-len(own) // FINDINGS_PAGE)) if pattern else 1
    begin = (min(page, pages) - 1) * FINDINGS_PAGE
    groups = []
    for kind in PATTERNS:
        held = [one for one in own if one.pattern is kind]
        shown = held[: None if subject else FIRST]
        if pattern:
            shown = held[begin : begin + FINDINGS_PAGE]
        if held:
            told = tuple(shown_of(one, found) for one in shown)
            groups.append(PatternShown(pattern=kind, total=len(held), findings=told))
    return PatternsPage(
        groups=tuple(groups),
        kinds=tuple(
            (kind.id, _(kind.name), count)
            for kind in PATTERNS
            if (count := sum(one.pattern is kind for one in chosen))
        ),
        total=len(own),
        first=begin + 1 if own else 0,
        page=min(page, pages),
        pages=pages,
    )


def shown_of(finding: Finding, found: Patterns) -> FindingShown:
    """Return a finding ready to show."""
    names = found.terrain.names
    edges = found.terrain.edges
    first, *others = (_named(one, names) for one in finding.subjects)
    return FindingShown(
        subject=first,
        others=tuple(others),
        principals=tuple(_named(one, names) for one in finding.principals),
        signs=tuple(_sign(sign, edges, names) for sign in finding.signs),
        against=tuple(_sign(sign, edges, names) for sign in finding.against),
        steps=steps_of(finding.path, names) if finding.path else (),
        weakest=finding.path.strength if finding.path else "",
    )


def steps_of(path: FoundPath, names: Mapping[str, str]) -> tuple[StepShown, ...]:
    """Return a path as steps from its first entity on."""
    steps = [StepShown(entity=_named(path.nodes[0], names))]
    for edge, before, after in zip(path.edges, path.nodes, path.nodes[1:], strict=False):
        step = StepShown(
            entity=_named(after, names),
            kinds=edge.kinds,
            strength=edge.strength,
            begin=edge.date_from,
            end=edge.date_to,
            outward=(edge.source, edge.target) == (before, after),
        )
        steps.append(step)
    return tuple(steps)


def path_finder(view: View, ways: Ways) -> PathFinder:
    """Return what finds paths over all edges that a reader may see.

    Whoever is on record only as a bystander is passed by no path and ends none.
    """
    edges = view.sql(
        "SELECT source_id, target_id, kind, strength, date_from, date_to, non_suspect FROM edges"
    )
    barred = view.sql("SELECT cluster_id FROM nodes WHERE standing = 'non_suspect'")
    held = frozenset(barred["cluster_id"].to_pylist())
    told = Ways(
        most=ways.most, at_most=ways.at_most, in_time_order=ways.in_time_order,
        hub=ways.hub, barred=held,
    )  # fmt: skip
    return PathFinder(edges, told)


def names_of(view: View, ids: Sequence[str]) -> dict[str, str]:
    """Return what entities are called, by cluster id."""
    rows = view.sql(
        "SELECT cluster_id, caption FROM nodes WHERE cluster_id IN (SELECT unnest($ids))",
        {"ids": sorted(set(ids))},
    )
    return {row["cluster_id"]: row["caption"] for row in rows.to_pylist()}


def cluster_named(view: View, text: str) -> str:
    """Return the cluster that an id stands for: its own, or that of a record.

    Raises: NotFound: neither.
    """
    rows = view.sql(
        "SELECT cluster_id FROM nodes WHERE cluster_id = $id UNION ALL"
        " SELECT cluster_id FROM clusters WHERE entity_id = $id LIMIT 1",
        {"id": text},
    ).to_pylist()
    if not rows:
        raise NotFound(_("no entity {id} among what you may see").format(id=text))
    return str(rows[0]["cluster_id"])


def _named(entity: str, names: Mapping[str, str]) -> Named:
    return Named(id=entity, name=names.get(entity, entity))


def _sign(sign: Sign, edges: pa.Table, names: Mapping[str, str]) -> SignShown:
    rows = edges.take(list(sign.edges[:MOST_EDGES])).to_pylist() if sign.edges else []
    return SignShown(
        text=sign.told(names),
        edges=tuple(
            (
                _named(row["source_id"], names),
                row["kind"],
                _named(row["target_id"], names),
                row["strength"],
            )
            for row in rows
        ),
        statements=len(sign.statements),
    )
