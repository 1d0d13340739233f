"""Criminal groups of Mexico in 2020, their alliances and rivalries, as press research found them.

Source: R. Prieto-Curiel, G. M. Campedelli, A. Hope, "Reducing cartel recruitment is the only way
to lower violence in Mexico", Science 381 (2023) 1312-1316, from the CIDE-PPD press monitor.
Limits: what the press wrote, by research: a pair that is not there may be unknown. One state a
group says where it was reported, never that it controls the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.reading import Layout, read_table
from puente.ingest.source import (
    Claims,
    Handed,
    LoadContext,
    Reject,
    Row,
    SourceFile,
    SourceInfo,
    date_in_name,
    each_row,
    files_below,
)
from puente.model.places import state_code
from puente.model.values import parse_count, parse_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from puente.ingest.source import Claim

INFO = SourceInfo(
    name="bacrim",
    title="BACRIM 2020: criminal groups, alliances and rivalries",
    agency="CIDE-PPD",
    country="mx",
    record_class="public_list",
    reliability="C",
    credibility="3",
    marking="TLP:CLEAR",
    stage=1,
    url="https://doi.org/10.1126/science.adh2888",
    licence="cite Prieto-Curiel et al. (2023) and CIDE-PPD",
    cadence="once",
)
_PARTS = {"nodes": "groups", "alliances": "ally", "rivals": "rival"}


@dataclass(frozen=True, slots=True)
class Bacrim:
    """Reads the three tables: groups, alliances, rivalries. Pairs stand in both directions."""

    info: SourceInfo = INFO

    def find(self, root: Path) -> list[SourceFile]:
        """Return the tables at or below `root`, groups before pairs."""
        return [
            SourceFile(path=path, source=INFO.name, published=date_in_name(path.stem), part=part)
            for part in _PARTS
            for path in files_below(root, f"bacrim*_{part}.csv")
        ]

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield the groups as organisations, or the pairs as links between them.

        Raises: InvalidData: not one of the tables.
        """
        if file.part == "nodes":
            yield from _groups(context)
        else:
            yield from _pairs(context, _PARTS[file.part])


def _id(node: str) -> str:
    if not node.strip().isalnum():
        raise InvalidData("the group has no number")
    return f"bacrim-{node.strip()}"


def _groups(context: LoadContext) -> Iterator[Handed]:
    table = read_table(context, Layout(header=("Node", "Group", "State", "ShortName")))
    node, group, state, short = (
        table.index(column) for column in ("Node", "Group", "State", "ShortName")
    )

    def convert(line: int, cells: list[str]) -> list[Claim]:
        claims = Claims(line).about(_id(cells[node]), "Organization")
        name = parse_name(cells[group])
        claims.add("name", name, cells[group])
        if cells[short].strip() and parse_name(cells[short]) != name:
            claims.add("alias", parse_name(cells[short]), cells[short])
        claims.add("country", "mx", "")
        claims.add("topics", "crime", "")
        code = state_code(cells[state])
        if code:
            claims.add("place", f"{code}000", cells[state])
        elif cells[state].strip():
            context.fact("states without a code")
            claims.add("notes", f"state: {cells[state].strip()}", cells[state])
        context.fact("groups")
        return claims.held

    yield from each_row(table.rows, convert)


def _pairs(context: LoadContext, role: str) -> Iterator[Handed]:
    table = read_table(context, Layout(header=("Edge", "Node", "RNode", "weight")))
    node, other, weight = (table.index(column) for column in ("Node", "RNode", "weight"))
    pairs: dict[tuple[str, str], list[str]] = {}
    rows: list[Row] = []
    for item in table.rows:
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        try:
            ends = sorted((_id(cells[node]), _id(cells[other])))
            count = parse_count(cells[weight])
            if ends[0] == ends[1]:
                raise InvalidData("a group is paired with itself")
        except InvalidData as error:
            yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
            continue
        pair = (ends[0], ends[1])
        if pair not in pairs:
            pairs[pair] = []
            rows.append((line, [*pair]))
        pairs[pair].append("" if count is None else str(count))
    for line, (left, right) in rows:
        yield _link(line, (left, right), role, pairs[left, right])
    context.fact(f"{role} pairs", len(pairs))


def _link(line: int, pair: tuple[str, str], role: str, weights: list[str]) -> list[Claim]:
    left, right = pair
    name = f"bacrim-{role}-{left.removeprefix('bacrim-')}-{right.removeprefix('bacrim-')}"
    claims = Claims(line).about(name, "UnknownLink")
    claims.add("subject", left, "")
    claims.add("object", right, "")
    claims.add("role", role, role)
    for weight in sorted(set(weights) - {""}):
        claims.add("summary", f"weight {weight}", weight)
    return claims.held


SOURCES = (Bacrim(),)
