"""Edges from a file: what can be used, and what cannot, with its line and reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from puente.graph.delimited import lines_of_rows, read_columns
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from pathlib import Path

STRENGTHS = ("confirmed", "probable", "possible")
"""Strongest first."""

_ISO = r"^(?:\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFile:
    """A file of edges as read.

    Attributes:
        edges: source_id, target_id, kind, strength, date_from, date_to (text, "" where empty).
        rejects: line (1-based) and reason of each row left out, in the order of the file.
        self_loops: rows kept in `edges` that join an entity to itself; they are no step.
        left_out: rows that are no rejects, but were not asked for.
    """

    edges: pa.Table
    rejects: tuple[tuple[int, str], ...]
    self_loops: int
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which edges of a network are looked at.

    Attributes:
        as_of: ISO day; only edges that may have stood then. An edge without a start has stood
            always, one without an end stands still; "2019" alone is any day of that year. "": all.
        kinds: only these; none: all.
        least: a strength; only edges at least so strong. One that states none is below all.
            "": all.
    """

    as_of: str = ""
    kinds: frozenset[str] = frozenset()
    least: str = ""

    def of(self, edges: pa.Table) -> pa.Table:
        """Return the edges that are looked at; a column that is not there leaves none out."""
        names = edges.column_names
        if self.as_of and "date_from" in names:
            begun = pc.less_equal(edges["date_from"], self.as_of)
            ended = pc.less(pc.binary_join_element_wise(edges["date_to"], "~", ""), self.as_of)
            standing = pc.or_(pc.equal(edges["date_to"], ""), pc.invert(ended))
            edges = edges.filter(pc.and_(begun, standing))
        if self.kinds:
            edges = edges.filter(pc.is_in(edges["kind"], pa.array(sorted(self.kinds))))
        if self.least and "strength" in names:
            held = STRENGTHS[: STRENGTHS.index(self.least) + 1]
            edges = edges.filter(pc.is_in(edges["strength"], pa.array(held)))
        return edges


ALL_EDGES = Choice()


def read_edges(path: Path, choice: Choice = ALL_EDGES) -> EdgeFile:
    """Return the edges of a CSV file `source,target,kind[,strength,from,to]`.

    A row without one of its ends, with an unknown strength, or with dates that are none or that
    contradict each other is left out and kept as a reject; the others are used.

    Raises: InvalidData: the file is no such table; names file and line.
    """
    raw = read_columns(path, ("source", "target", "kind"), ("strength", "from", "to"))
    begin, end = raw["from"], raw["to"]
    known = pc.is_in(raw["strength"], pa.array(["", *STRENGTHS]))
    ended = pc.and_(
        pc.not_equal(end, ""), pc.less(pc.binary_join_element_wise(end, "~", ""), begin)
    )
    checks = (
        (pc.equal(raw["source"], ""), _("no source")),
        (pc.equal(raw["target"], ""), _("no target")),
        (pc.invert(known), _("unknown strength; one of confirmed, probable, possible")),
        (pc.invert(pc.match_substring_regex(begin, _ISO)), _("the start is no ISO date")),
        (pc.invert(pc.match_substring_regex(end, _ISO)), _("the end is no ISO date")),
        (ended, _("it ends before it begins")),
    )
    reasons: dict[int, str] = {}
    for mask, reason in checks:
        if pc.any(mask).as_py():
            for row in pc.indices_nonzero(mask).to_pylist():
                reasons.setdefault(row, reason)
    edges = raw.rename_columns(
        ["source_id", "target_id", "kind", "strength", "date_from", "date_to"]
    )
    rejects: tuple[tuple[int, str], ...] = ()
    if reasons:
        lines = lines_of_rows(path, reasons)
        rejects = tuple((lines[row], reasons[row]) for row in sorted(reasons))
        bad = pa.array(sorted(reasons), pa.int64())
        rows = pa.array(range(edges.num_rows), pa.int64())
        edges = edges.filter(pc.invert(pc.is_in(rows, bad)))
    read = edges.num_rows
    edges = choice.of(edges)
    loops = pc.sum(pc.equal(edges["source_id"], edges["target_id"])).as_py() or 0
    return EdgeFile(
        edges=edges, rejects=rejects, self_loops=int(loops), left_out=read - edges.num_rows
    )
