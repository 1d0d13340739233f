"""A record conflict: what two registers say of one place and time that cannot both be right."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from puente.i18n import format_number
from puente.i18n import gettext as _
from puente.ingest.quality_findings import month_text
from puente.places.conflicts_laws import CERTAINTIES, EXPLANATIONS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_SIDE = ("source", "records", "deliveries", "published")

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "certainty", "level", "place", "state")),
        *((name, pa.string()) for name in ("first", "last")),
        *((f"{name}_a", pa.string()) for name in _SIDE),
        ("figure_a", pa.float64()),
        *((f"{name}_b", pa.string()) for name in _SIDE),
        ("figure_b", pa.float64()),
        *((name, pa.float64()) for name in ("apart", "ratio", "usual_ratio", "p", "q")),
        ("looks", pa.int64()),
        ("text", pa.string()),
    ]
)
"""Columns of the `conflicts` artefact. `records_*` are joined by `+`, `deliveries_*` (loads) and
`published_*` by a blank; `p` is of chance alone and `q` after all looks of the kind; null where no
chance is involved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one register says.

    Attributes:
        source: its name.
        records: what is added up.
        figure: cases; None where the register says nothing that compares.
        deliveries: loads that the figure comes from; filled in by `conflicts`.

    Source: see `conflicts_laws`.
    """

    source: str
    records: tuple[str, ...]
    figure: float | None
    deliveries: tuple[str, ...] = ()
    published: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One conflict.

    Attributes:
        kind, certainty: one of `KINDS`, of `CERTAINTIES`.
        level, place: `municipality`, `state` or `nation`, and its code.
        first, last: months, as numbers (year times 12, January being 0).
        left, right: what the two sides say. Of one register, what it says and what it should.
        usual: ratio of left to right that is usual between the two; None where none is.
        p, q: chance of it, alone and after all looks of its family (false discovery rate); None
            where no chance is involved.
        looks: how many there were.
        text: English words with fields, marked for translation; `values` are what stands in them.

    Source: see `conflicts_laws`.
    """

    kind: str
    certainty: str
    level: str
    place: str
    first: int
    last: int
    left: Side
    right: Side
    usual: float | None = None
    p: float | None = None
    q: float | None = None
    looks: int = 0
    text: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def row(self) -> dict[str, object]:
        """Return the conflict as a row of the artefact."""
        told: dict[str, object] = {
            name: getattr(self, name) for name in ("kind", "certainty", "level", "place", "p", "q")
        }
        for letter, side in (("a", self.left), ("b", self.right)):
            told |= {
                f"source_{letter}": side.source,
                f"records_{letter}": "+".join(side.records),
                f"deliveries_{letter}": " ".join(side.deliveries),
                f"published_{letter}": " ".join(side.published),
                f"figure_{letter}": None if side.figure is None else float(side.figure),
            }
        a, b = self.left.figure, self.right.figure
        both = a is not None and b is not None
        return {
            **told,
            "state": self.place[:2],
            "first": month_text(self.first),
            "last": month_text(self.last),
            "apart": float(a - b) if a is not None and b is not None else None,
            "ratio": float(a or 0) / float(b) if both and b else None,
            "usual_ratio": self.usual,
            "looks": self.looks,
            "text": json.dumps(
                {"text": self.text, "values": dict(self.values)}, sort_keys=True, ensure_ascii=False
            ),
        }


def table_of(conflicts: Iterable[Conflict]) -> pa.Table:
    """Return conflicts as the artefact: surest first, then by kind, place and time.

    Source: see `conflicts_laws`.
    """
    rank = {name: number for number, name in enumerate(CERTAINTIES)}
    kinds = {name: number for number, name in enumerate(KINDS)}
    levels = {"nation": 0, "state": 1, "municipality": 2}

    def order(row: Mapping[str, object]) -> tuple[object, ...]:
        names = ("place", "first", "last", "source_a", "source_b", "records_a", "records_b", "text")
        return (
            rank[str(row["certainty"])],
            kinds[str(row["kind"])],
            levels.get(str(row["level"]), 3),
            *(row[name] for name in names),
        )

    return pa.Table.from_pylist(sorted((c.row() for c in conflicts), key=order), schema=SCHEMA)


def discoveries(p: NDArray[np.float64], looks: int) -> NDArray[np.float64]:
    """Return the q-value of each p among `looks`: those not handed in had nothing to show.

    Args:
        p: chances, any length.
        looks: how many were looked at, at least as many.

    Source: Benjamini and Hochberg, JRSS B 57 (1995), 289-300.
    """
    if not len(p):
        return np.empty(0)
    order = np.argsort(p, kind="stable")
    ranked = p[order] * looks / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(1.0, np.minimum.accumulate(ranked[::-1])[::-1])
    return q


def say(text: str) -> str:
    """Return the words of a conflict, from its `text` column, in the current language.

    Source: see `conflicts_laws`.
    """
    told = json.loads(text)
    values = {
        name: format_number(value) if isinstance(value, int | float) else value
        for name, value in told["values"].items()
    }
    return _(told["text"]).format(**values)


def kind_label(kind: str) -> str:
    """Return the label of a kind in the current language.

    Source: see `conflicts_laws`.
    """
    return _(KINDS.get(kind, kind))


def certainty_label(certainty: str) -> str:
    """Return the word for a certainty in the current language.

    Source: see `conflicts_laws`.
    """
    return _(CERTAINTIES.get(certainty, certainty))


def explanations(kind: str) -> tuple[str, ...]:
    """Return what could explain a conflict of a kind innocently, in the current language.

    Source: see `conflicts_laws`.
    """
    return tuple(_(text) for text in EXPLANATIONS.get(kind, ()))
