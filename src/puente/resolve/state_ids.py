"""Lasting ids of a cluster state: only what an update touched is looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.resolve.history import Moment, Past, carry
from puente.resolve.history_changes import flat

if TYPE_CHECKING:
    import pyarrow as pa

    from puente.resolve.state import ClusterState, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingIds:
    """The cluster id of each record of a state, by its number, and the history of the ids."""

    ids: pa.Array
    history: pa.Table


def first_ids(state: ClusterState, moment: Moment) -> LastingIds:
    """Return the ids with which a history begins: each cluster's smallest record key."""
    import pyarrow as pa

    carried = carry(None, state.keys, state.keys.take(pa.array(state.homes)), moment)
    return LastingIds(ids=carried.ids, history=carried.history)


def updated_ids(before: LastingIds, update: Update, moment: Moment) -> LastingIds:
    """Return the ids after an update, by the rule of `puente.resolve.history`.

    Clusters lie within connected groups, and an update touches whole groups: what it did not touch
    shares no record with what it did.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    state, touched = update.state, update.touched
    held = touched[touched < len(before.ids)]
    clusters = pa.table(
        {
            "entity_id": state.keys.take(pa.array(held)),
            "cluster_id": before.ids.take(pa.array(held)),
        }
    )
    carried = carry(
        Past(clusters=clusters, history=before.history),
        state.keys.take(pa.array(touched)),
        state.keys.take(pa.array(state.homes[touched])),
        moment,
    )
    new = pa.nulls(len(state.keys) - len(before.ids), pa.string())
    here = np.zeros(len(state.keys), dtype=bool)
    here[touched] = True
    ids = pc.replace_with_mask(pa.concat_arrays([before.ids, new]), pa.array(here), carried.ids)
    return LastingIds(ids=flat(ids), history=carried.history)
