"""What the current build holds, in numbers, each from the rows that this reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.web.reads.scope import is_open, relations

if TYPE_CHECKING:
    from puente.guard.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One count by a name."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The figures of what was derived: linked, screened, counted off from listed entities.

    Attributes:
        entities: what the records are after linking.
        listed: entities that stand on a sanctions list now.
        alerts: entities with a hit that is same or possible; not judged.
        non_suspects: entities on record only as victim, witness, minor, relative or the like.
        hits: comparisons by verdict.
        kinds: entities by kind; records of a relation are links, not entities.
        edges: links by strength.
        steps: entities by links from a listed one.
        ownership: outcomes of the 50 percent rule; `listed` are on a blocking list themselves.
    """

    entities: int
    listed: int
    alerts: int
    non_suspects: int
    hits: tuple[Tally, ...]
    kinds: tuple[Tally, ...]
    edges: tuple[Tally, ...]
    steps: tuple[Tally, ...]
    ownership: tuple[Tally, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of a build, as far as they are open.

    Attributes:
        build: its id; built_at: when it was made, ISO UTC.
        sources: sources with a load.
        records: source records (one file row may hold several).
        rows, rejected: rows read, and rows kept out.
        picture: what was derived; None where it is closed to this reader.
    """

    build: str
    built_at: str
    sources: int
    rows: int
    rejected: int
    records: int
    statements: int
    picture: Derived | None


def read_summary(view: View) -> Summary:
    """Return the figures of the build that `view` reads."""
    loads = view.sql(
        "SELECT count(DISTINCT source) AS sources, coalesce(sum(rows), 0)::BIGINT AS rows,"
        " coalesce(sum(rejected), 0)::BIGINT AS rejected FROM loads"
    ).to_pylist()[0]
    held = view.sql(
        "SELECT count(*) AS statements, count(DISTINCT entity_id) AS records FROM statements"
    ).to_pylist()[0]
    derived = ("nodes", "hits", "edges", "steps", "ownership")
    return Summary(
        build=view.snapshot.id,
        built_at=str(view.snapshot.manifest().get("made_at", "")),
        **loads,
        **held,
        picture=_picture(view) if is_open(view, *derived) else None,
    )


_THINGS = "schema NOT IN (SELECT unnest($relations))"
"""Records of a relation are links: they are no entities, and listed only with their ends."""


def _picture(view: View) -> Derived:
    known = {"relations": list(relations())}

    def tallies(query: str) -> tuple[Tally, ...]:
        rows = view.sql(query, known if "$relations" in query else {}).to_pylist()
        return tuple(Tally(name=str(row["name"]), count=row["n"]) for row in rows)

    whole = view.sql(
        "SELECT count(*) AS entities, count(*) FILTER (listed) AS listed,"
        " count(*) FILTER (standing = 'non_suspect') AS non_suspects,"
        " (SELECT count(DISTINCT entity_id) FROM hits WHERE verdict IN ('same', 'possible'))"
        f" AS alerts FROM nodes WHERE {_THINGS}",
        known,
    ).to_pylist()[0]
    by_count = "GROUP BY 1 ORDER BY n DESC, name"
    return Derived(
        **whole,
        hits=tallies(
            "SELECT verdict AS name, count(*) AS n FROM hits GROUP BY 1 ORDER BY"
            " CASE verdict WHEN 'same' THEN 0 WHEN 'possible' THEN 1 WHEN 'kin' THEN 2 ELSE 3 END"
        ),
        kinds=tallies(
            f"SELECT schema AS name, count(*) AS n FROM nodes WHERE {_THINGS} {by_count}"
        ),
        edges=tallies(
            "SELECT strength AS name, count(*) AS n FROM edges GROUP BY 1 ORDER BY"
            " CASE strength WHEN 'confirmed' THEN 0 WHEN 'probable' THEN 1 ELSE 2 END"
        ),
        steps=tallies(
            "SELECT steps AS name, count(*) AS n FROM steps JOIN nodes USING (cluster_id)"
            f" WHERE {_THINGS} GROUP BY 1 ORDER BY 1"
        ),
        ownership=tallies(
            "SELECT CASE WHEN n.blocked_list THEN 'listed' ELSE o.status END AS name,"
            " count(*) AS n FROM ownership o JOIN nodes n ON n.cluster_id = o.entity"
            f" WHERE {_THINGS} {by_count}"
        ),
    )
