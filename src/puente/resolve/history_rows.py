"""The rows of `cluster_history`: what became of a cluster id, build by build."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING

from puente.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

FOUNDED, BORN, SPLIT_OFF, RETURNED = "founded", "born", "split_off", "returned"
GREW, SHRANK, JOINED, PARTED = "grew", "shrank", "joined", "parted"
MERGED, BROKEN_UP, GONE = "merged", "broken_up", "gone"
WHAT: Mapping[str, str] = {
    FOUNDED: N_("the history begins"),
    BORN: N_("born"),
    SPLIT_OFF: N_("split off"),
    RETURNED: N_("stands again as it stood before"),
    GREW: N_("took in new records"),
    SHRANK: N_("lost records that are no longer delivered"),
    JOINED: N_("took in records of another cluster"),
    PARTED: N_("gave up records to another cluster"),
    MERGED: N_("merged into another cluster"),
    BROKEN_UP: N_("broken up"),
    GONE: N_("none of its records is delivered any longer"),
}
"""What may become of an id, with its label."""

ENDS = (MERGED, BROKEN_UP, GONE)
"""What leaves an id without records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The build in which a change is made: its id and its time."""

    build: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Log:
    """Changes of one build as they are found.

    Attributes:
        number: of the build among those that changed something.
        since: for each id the number of its last change.
    """

    moment: Moment
    number: int
    since: Mapping[str, int]
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(
        self,
        name: str,
        what: str,
        came_from: Sequence[str] = (),
        went_to: Sequence[str] = (),
        before: Sequence[str] = (),
    ) -> None:
        """Add one change; `before` are the records that stood under the id until then."""
        self.rows.append(
            {
                "number": self.number,
                "build": self.moment.build,
                "at": self.moment.at.astimezone(UTC).isoformat(timespec="seconds"),
                "cluster_id": name,
                "what": what,
                "came_from": list(came_from),
                "went_to": list(went_to),
                "before": list(before),
                "digest": digest_of(before),
                "since": self.since.get(name, 0),
            }
        )

    def table(self) -> pa.Table:
        """Return the rows, by id."""
        import pyarrow as pa

        rows = sorted(self.rows, key=lambda row: str(row["cluster_id"]))
        return pa.Table.from_pylist(rows, schema=history_schema())


def history_schema() -> pa.Schema:
    """Return the columns of the artefact `cluster_history`, one row for each change of an id.

    `number` counts the builds that changed something, `build` and `at` (ISO, UTC) name the one,
    `what` is one of `WHAT`, `came_from` and `went_to` are ids of other clusters, `before` is the
    records that stood under the id until then, `digest` tells them, and `since` is the number of
    the build from which they had stood so.
    """
    import pyarrow as pa

    texts = pa.list_(pa.string())
    return pa.schema(
        [
            ("number", pa.int32()), ("build", pa.string()), ("at", pa.string()),
            ("cluster_id", pa.string()), ("what", pa.string()), ("came_from", texts),
            ("went_to", texts), ("before", texts), ("digest", pa.int64()), ("since", pa.int32()),
        ]
    )  # fmt: skip


def digest_of(records: Sequence[str]) -> int:
    """Return 63 bits that tell a set of records, given in order."""
    told = sha256("\x1f".join(records).encode()).digest()
    return int.from_bytes(told[:8], "big") >> 1
