"""What speaks against a finding, looked up on record, whatever the pattern."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from puente.graph.patterns.finding import Finding, Pattern, Sign
from puente.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from puente.graph.patterns.terrain import Terrain

CLOSE = 2
"""Steps of contact up to which a tie to a designated person counts."""

_PROFESSIONS = {
    "lawyer": N_("is on record as a lawyer: acting for a client is no sign by itself"),
    "notary": N_("is on record as a notary: certifying acts is no sign by itself"),
    "accountant": N_("is on record as an accountant or statutory auditor"),
    "carrier": N_("is on record as a carrier: carrying goods is no sign by itself"),
}


def make_finding(
    pattern: Pattern,
    terrain: Terrain,
    subjects: Sequence[str],
    signs: Sequence[Sign],
    principals: Iterable[str],
    *,
    against: Sequence[Sign] = (),
) -> Finding:
    """Return a finding with all that is on record against it, and the statements of its signs.

    Args:
        subjects: the one that it is about first.
        against: what the pattern itself found against it.
    """
    first = subjects[0]
    edges = [edge for sign in signs for edge in sign.edges]
    found = [*against, *_by_profession(terrain, first), *_by_edges(terrain, edges)]
    if not terrain.near(first, CLOSE):
        text = N_("no contact with a designated person is on record, beyond the registers")
        found.append(Sign(text=text))
    if first not in terrain.listed:
        found.append(Sign(text=N_("is on no blocking list: no authority has found it so")))
    return Finding(
        pattern=pattern,
        subjects=tuple(subjects),
        principals=tuple(sorted(principals)),
        signs=tuple(_with_statements(terrain, sign) for sign in signs),
        against=tuple(_with_statements(terrain, sign) for sign in found),
    )


def _with_statements(terrain: Terrain, sign: Sign) -> Sign:
    if sign.statements or not sign.edges:
        return sign
    return replace(sign, statements=terrain.statements(sign.edges))


def _by_profession(terrain: Terrain, who: str) -> list[Sign]:
    return [
        Sign(text=_PROFESSIONS[name], statements=(statement,))
        for name, statement in terrain.professions(who)
    ]


def _by_edges(terrain: Terrain, edges: Sequence[int]) -> list[Sign]:
    """Return what the edges themselves say against it: one source alone, weak, or gone."""
    if not edges:
        return []
    rows = terrain.edges.take(list(edges)).to_pylist()
    found = []
    sources = {source for row in rows for source in row["sources"]}
    if len(sources) == 1:
        text = N_("all of it comes from one source, {source}")
        found.append(Sign(text=text, about={"source": sources.pop()}))
    if all(row["date_to"] for row in rows):
        last = max(row["date_to"] for row in rows)
        found.append(
            Sign(
                text=N_("none of it stands any more; the last ended on {day}"), about={"day": last}
            )
        )
    if all(row["strength"] == "possible" for row in rows):
        found.append(Sign(text=N_("none of it is more than possible")))
    return found
