"""Linking as a build does it: what people judged first, under the ids of the last build."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from puente.resolve.history import Moment, Past, carry
from puente.resolve.history_rows import history_schema
from puente.resolve.judgements import told_by
from puente.resolve.judgements_kept import standing_judgements
from puente.resolve.link import link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from puente.guard.gate import Guard
    from puente.guard.view import View
    from puente.resolve.link import LinkResult
    from puente.settings import Settings

CLUSTERS, HISTORY = "clusters", "cluster_history"
"""The two artefacts that a build hands on to the next."""

NEAR_PAIRS = "near_pairs"
"""The artefact from which reviews draw pairs that are no links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The artefacts that linking makes, by name, and what is told of it."""

    tables: Mapping[str, pa.Table]
    model: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """What the linking of a build works with.

    Attributes:
        progress: told how many of the kinds are done.
        moment: the build that is being made.
    """

    settings: Settings
    guard: Guard
    progress: Callable[[int, int], None]
    moment: Moment

    def run(self, view: View, before: View | None) -> Linked:
        """Return what links the records of a build.

        Args:
            view: of the build that is being made.
            before: of the build that stands; None where there is none.
        """
        audit = self.guard.audit
        judgements, altered = standing_judgements(audit.engine, audit.sealer)
        found = link(view, settings=self.settings, progress=self.progress, judgements=judgements)
        kept = lasting(found, past_in(before) if before else None, self.moment)
        told = {
            "standing": len(judgements),
            "left_out": altered,
            "told_by": told_by(judgements),
        }
        return Linked(
            tables={
                CLUSTERS: kept.result.clusters,
                "links": kept.result.links,
                "undecided": kept.result.undecided,
                HISTORY: kept.history,
                NEAR_PAIRS: kept.result.near,
            },
            model={**kept.result.model, "judgements": told, "ids_changed": kept.changed},
        )


def judged_now(guard: Guard) -> str:
    """Return what tells the judgements that stand from any others."""
    return told_by(standing_judgements(guard.audit.engine, guard.audit.sealer)[0])


def judged_in(summary: Mapping[str, Any]) -> str:
    """Return what tells the judgements that a build was made under, by its summary."""
    told: str = summary["link"].get("judgements", {}).get("told_by", "")
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """What linking found, under ids that last.

    Attributes:
        result: with its cluster ids replaced.
        history: the artefact `cluster_history`.
        changed: ids that came, went, or changed their records.
    """

    result: LinkResult
    history: pa.Table
    changed: int


def past_in(view: View) -> Past | None:
    """Return the clusters and the history of a build; None where it has no history.

    A build made before there was one begins it: its ids are kept.
    """
    if not view.has(CLUSTERS):
        return None
    clusters = view.artefact(CLUSTERS).select(["entity_id", "cluster_id"])
    history = view.artefact(HISTORY) if view.has(HISTORY) else history_schema().empty_table()
    return Past(clusters=clusters, history=history)


def lasting(result: LinkResult, past: Past | None, moment: Moment) -> Lasting:
    """Return the clusters under the ids that they had in the last build."""
    import pyarrow as pa
    import pyarrow.compute as pc

    clusters, undecided = result.clusters, result.undecided
    carried = carry(past, clusters["entity_id"], clusters["cluster_id"], moment)
    # A record that fits two clusters names them by their smallest record.
    place = pc.index_in(undecided["cluster_id"], value_set=clusters["entity_id"].combine_chunks())
    named = carried.ids.take(place.combine_chunks() if undecided.num_rows else place)
    if isinstance(named, pa.ChunkedArray):
        named = named.combine_chunks()
    renamed = replace(
        result,
        clusters=clusters.set_column(1, "cluster_id", carried.ids),
        undecided=undecided.set_column(1, "cluster_id", named),
    )
    return Lasting(result=renamed, history=carried.history, changed=carried.changed)
