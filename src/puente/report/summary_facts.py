"""What the report says, read from a View: every figure by one query, none from memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from puente.model.provenance import strictest
from puente.model.schema import all_schemata
from puente.report.pictures_sources import SourceCoverage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.guard.view import View

Row = dict[str, Any]

DRUG_PROGRAMS = ("SDNT", "SDNTK", "ILLICIT-DRUGS-EO14059", "TCO")
"""Programs against drug trafficking and transnational crime. Source: OFAC program tags."""

LAKE = (
    "statements", "counts", "population", "places", "areas", "incidents", "events", "indicators",
    "crossings",
)  # fmt: skip
_DATES: Mapping[str, tuple[str, str]] = {
    "statements": ("date", "date <> ''"),
    "counts": ("month", "month <> ''"),
    "incidents": ("date", "date <> ''"),
    "events": ('left("at", 10)', "\"at\" <> ''"),
    "indicators": ("period", "period <> ''"),
    "crossings": ("month", "month <> ''"),
    "population": ("CAST(year AS VARCHAR)", "year IS NOT NULL"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """How records were joined: entities, clusters, and how sure each join is."""

    entities: int
    clusters: int
    joined: int
    biggest: tuple[Row, ...]
    sure: tuple[Row, ...]
    kinds: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenFacts:
    """What screening found: counts by list and verdict, and the strongest alerts."""

    counts: tuple[Row, ...]
    alerts: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """Who stands how far from a listed entity, and by which kind of link the nearest do."""

    counts: Mapping[int, int]
    unreached: int
    kinds: tuple[Row, ...]
    focus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """Results of the 50 percent rule, those on the lists themselves apart.

    Attributes:
        listed: on a property-blocking list themselves.
        counts: by status, of all others.
        results: the first of those blocked or possibly blocked by ownership.
        names: caption of every owner that their arithmetic names.
    """

    listed: int
    counts: Mapping[str, int]
    results: tuple[Row, ...]
    names: Mapping[str, str]


def read_sources(view: View) -> list[SourceCoverage]:
    """Return what each source brought, and for which time, by name."""
    about, spans, grades = _holders(view), _spans(view), _grades(view)
    loads = view.sql(
        "SELECT source, max(published) AS published,"
        " list(DISTINCT published ORDER BY published) AS deliveries,"
        " sum(rows)::BIGINT AS rows, sum(loaded)::BIGINT AS loaded,"
        " sum(rejected)::BIGINT AS rejected FROM loads GROUP BY source ORDER BY source"
    ).to_pylist()
    found = []
    for row in loads:
        agencies, markings = about.get(row["source"], (set(), set()))
        dates = spans.get(row["source"], [])
        found.append(
            SourceCoverage(
                name=row["source"],
                agency=", ".join(sorted(agencies - {""})),
                grade=grades.get(row["source"], ""),
                first=min(dates, default=""),
                last=max(dates, default=""),
                published=row["published"] or "",
                deliveries=tuple(row["deliveries"]),
                rows=row["rows"],
                loaded=row["loaded"],
                rejected=row["rejected"],
                marking=strictest(markings),
            )
        )
    return found


def _holders(view: View) -> dict[str, tuple[set[str], set[str]]]:
    """Return the agencies and the markings of each source's records."""
    about: dict[str, tuple[set[str], set[str]]] = {}
    for name in LAKE:
        if not view.has(name):
            continue
        for row in view.sql(f"SELECT DISTINCT source, agency, marking FROM {name}").to_pylist():
            agencies, markings = about.setdefault(row["source"], (set(), set()))
            agencies.add(row["agency"])
            markings.add(row["marking"])
    return about


def _spans(view: View) -> dict[str, list[str]]:
    """Return the first and last date of each source's records, of every table that has dates."""
    spans: dict[str, list[str]] = {}
    for name, (column, where) in _DATES.items():
        if not view.has(name):
            continue
        for row in view.sql(
            f"SELECT source, min({column}) AS first, max({column}) AS last FROM {name}"
            f" WHERE {where} GROUP BY source"
        ).to_pylist():
            spans.setdefault(row["source"], []).extend([row["first"], row["last"]])
    return spans


def _grades(view: View) -> dict[str, str]:
    """Return each source's Admiralty grade, "" where its records bear several."""
    rows = view.sql(
        "SELECT source, CASE WHEN count(DISTINCT reliability || credibility) = 1"
        " THEN min(reliability || credibility) ELSE '' END AS grade"
        " FROM statements GROUP BY source"
    ).to_pylist()
    return {row["source"]: row["grade"] for row in rows}


def read_snapshot(view: View) -> tuple[str, int]:
    """Return the hash of the snapshot, and over how many files it is.

    SHA-256 over the sorted lines `source, part, SHA-256 of the file, published`: two builds of
    the same files share it, and anyone who has the files can compute it.
    """
    rows = view.sql(
        "SELECT source, part, sha256, published FROM loads ORDER BY source, part, sha256, published"
    ).to_pylist()
    lines = [f"{r['source']}\t{r['part']}\t{r['sha256']}\t{r['published']}\n" for r in rows]
    return sha256("".join(lines).encode()).hexdigest(), len(rows)


def read_links(view: View, *, biggest: int) -> LinkFacts:
    """Return how records were joined, with the `biggest` clusters."""
    whole = one(
        view.sql(
            "SELECT count(*) AS clusters, coalesce(sum(n), 0)::BIGINT AS entities,"
            " count(*) FILTER (WHERE n > 1) AS joined"
            " FROM (SELECT cluster_id, count(*) AS n FROM clusters GROUP BY cluster_id)"
        ).to_pylist()
    )
    big = view.sql(
        "SELECT n.caption, n.schema, c.records, n.sources, n.marking, c.cluster_id"
        " FROM (SELECT cluster_id, count(*) AS records FROM clusters GROUP BY cluster_id"
        " HAVING count(*) > 1) c JOIN nodes n USING (cluster_id)"
        " ORDER BY c.records DESC, c.cluster_id LIMIT ?",
        (biggest,),
    ).to_pylist()
    sure = view.sql(
        "SELECT reason, CASE WHEN reason <> 'model' THEN '' WHEN probability >= 0.99 THEN '0.99'"
        " WHEN probability >= 0.95 THEN '0.95' WHEN probability >= 0.9 THEN '0.90' ELSE '0.00' END"
        " AS band, count(*) AS n FROM links GROUP BY 1, 2 ORDER BY 1, 2 DESC"
    ).to_pylist()
    kinds = view.sql(
        "SELECT schema, count(*) AS n, count(*) FILTER (WHERE listed) AS listed"
        " FROM nodes GROUP BY schema ORDER BY n DESC, schema"
    ).to_pylist()
    return LinkFacts(
        entities=whole["entities"],
        clusters=whole["clusters"],
        joined=whole["joined"],
        biggest=tuple(big),
        sure=tuple(sure),
        kinds=tuple(kinds),
    )


def read_screening(view: View, *, alerts: int) -> ScreenFacts:
    """Return what screening found, with the strongest `alerts`."""
    counts = view.sql(
        "SELECT list, verdict, count(*) AS n FROM hits GROUP BY 1, 2 ORDER BY 1, 2"
    ).to_pylist()
    best = view.sql(
        "SELECT n.caption, n.schema, n.sources, n.marking, h.name, h.list, h.listed_id,"
        " h.programs, h.score, h.verdict, h.why"
        " FROM hits h JOIN nodes n ON n.cluster_id = h.entity_id"
        " WHERE h.verdict IN ('same', 'possible')"
        " ORDER BY h.verdict = 'same' DESC, h.score DESC, h.entity_id, h.listed_id LIMIT ?",
        (alerts,),
    ).to_pylist()
    total = sum(row["n"] for row in counts if row["verdict"] in {"same", "possible"})
    return ScreenFacts(counts=tuple(counts), alerts=tuple(best), total=total)


def read_steps(view: View) -> StepFacts:
    """Return who stands how far, and the listed entity with most neighbours for the picture."""
    counts = {
        int(row["steps"]): int(row["n"])
        for row in view.sql(
            "SELECT steps, count(*) AS n FROM steps GROUP BY steps ORDER BY steps"
        ).to_pylist()
    }
    whole = one(view.sql("SELECT count(*) AS n FROM nodes").to_pylist())["n"]
    kinds = view.sql(
        "SELECT kind, count(*) AS n FROM steps WHERE steps = 1 GROUP BY kind ORDER BY n DESC, kind"
    ).to_pylist()
    # Listed for drugs first, then on a property-blocking list, then most people and firms near.
    focus = view.sql(
        "WITH ends AS (SELECT source_id AS id, target_id AS other FROM edges"
        " UNION SELECT target_id, source_id FROM edges)"
        " SELECT n.cluster_id FROM ends e JOIN nodes n ON n.cluster_id = e.id"
        " JOIN nodes m ON m.cluster_id = e.other AND m.schema IN (SELECT unnest(?))"
        " WHERE n.listed AND e.id <> e.other GROUP BY n.cluster_id, n.blocked_list, n.programs"
        " ORDER BY list_has_any(n.programs, ?) DESC, n.blocked_list DESC, count(*) DESC,"
        " n.cluster_id LIMIT 1",
        (
            sorted(s.name for s in all_schemata().values() if s.is_a("LegalEntity")),
            list(DRUG_PROGRAMS),
        ),
    ).to_pylist()
    return StepFacts(
        counts=counts,
        unreached=max(0, whole - sum(counts.values())),
        kinds=tuple(kinds),
        focus=focus[0]["cluster_id"] if focus else "",
    )


def read_ownership(view: View, *, results: int) -> OwnFacts:
    """Return the results of the 50 percent rule, with the first `results` blocked or possibly."""
    joined = "ownership o LEFT JOIN nodes n ON n.cluster_id = o.entity"
    counted = view.sql(
        f"SELECT o.status, coalesce(n.blocked_list, false) AS listed, count(*) AS n FROM {joined}"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    ).to_pylist()
    rows = view.sql(
        "SELECT coalesce(n.caption, o.entity) AS caption, o.entity, o.status, o.low, o.high,"
        f" o.because, coalesce(n.marking, '') AS marking FROM {joined}"
        " WHERE o.status IN ('blocked', 'possibly') AND NOT coalesce(n.blocked_list, false)"
        " ORDER BY o.status, o.low DESC, o.entity LIMIT ?",
        (results,),
    ).to_pylist()
    for row in rows:
        row["because"] = lines_of(row["because"])
    # A line of arithmetic begins with the owner's id: `ofac-123 (listed) holds 40 %`.
    owners = sorted({line.split(" ", 1)[0] for row in rows for line in row["because"]})
    names = (
        view.sql(
            "SELECT cluster_id, caption FROM nodes WHERE list_contains(?, cluster_id)", (owners,)
        ).to_pylist()
        if owners
        else []
    )
    return OwnFacts(
        listed=sum(row["n"] for row in counted if row["listed"]),
        counts={row["status"]: row["n"] for row in counted if not row["listed"]},
        results=tuple(rows),
        names={row["cluster_id"]: row["caption"] for row in names},
    )


def lines_of(text: str | list[str] | None) -> list[str]:
    """Return lines stored as a JSON list (or as a list already)."""
    if text is None:
        return []
    found = json.loads(text) if isinstance(text, str) else text
    return [str(line) for line in found] if isinstance(found, list) else [str(found)]


def read_rejects(view: View, *, reasons: int) -> tuple[list[Row], int]:
    """Return the commonest reasons for rejecting a row, with an example line; and their number."""
    rows = view.sql(
        "SELECT source, reason, count(*) AS n, min_by(file || ':' || line, line) AS example"
        " FROM rejects GROUP BY source, reason ORDER BY n DESC, source, reason"
    ).to_pylist()
    return rows[:reasons], len(rows)


def one(rows: list[Row]) -> Row:
    """Return the one row of an aggregate."""
    return rows[0]
