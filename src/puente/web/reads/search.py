"""Search: entities by name or identifier, narrowed by facets, a page at a time, none dropped.

One statement over the `nodes` artefact finds, ranks and counts. A page starts after the last row
of the one before (keyset), so that page 400 costs what page 1 does. A reader to whom the merged
picture is closed searches the single records that are open to them, by the same statement.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.graph.nodes import IDENTIFIER_PROPS, NAME_PROPS
from puente.i18n import gettext as _
from puente.model.provenance import strictest
from puente.resolve.names import fold
from puente.web.reads import search_sql
from puente.web.reads.apart import NOT_FOUND, ApartFound, find_apart
from puente.web.reads.scope import is_open, relations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from puente.guard.view import View

PAGE = 25
MAX_TEXT = 200
MAX_WORDS = 8
SIMILAR_FROM = 0.88
"""Jaro-Winkler similarity from which a spelling is offered where no name has the words.

Limits: an aid to find, never a match; the screening room compares names.
"""

IDENTIFIER, NAME, START, WORDS, BEGINNINGS, SIMILAR, ALL = range(7)
"""Why a row is there, best first; also its rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked: text, facets chosen, and where the page starts.

    Attributes:
        text: name or identifier; "" for all.
        kind, source, listing, match, steps: facet values; "" for any. `match` is the best
            verdict of a comparison with a list; `alert` stands for same or possible.
        after, before: cursor of the row that the page starts after, or ends before; "" for none.
    """

    text: str = ""
    kind: str = ""
    source: str = ""
    listing: str = ""
    match: str = ""
    steps: str = ""
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One entity that was found, with why.

    Attributes:
        id: cluster id.
        rank: one of `IDENTIFIER` to `ALL`.
        matched: the name or identifier that matched; "" where nothing was asked.
        verdict, hit_list: best comparison with a list; "" for none.
        steps: links from a listed entity; None where none was reached.
    """

    id: str
    schema: str
    caption: str
    rank: int
    matched: str
    countries: tuple[str, ...]
    sources: tuple[str, ...]
    programs: tuple[str, ...]
    records: int
    statements: int
    listed: bool
    standing: str
    verdict: str
    hit_list: str
    steps: int | None
    marking: str
    first_seen: str
    last_seen: str
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One way to narrow: a value and how many entities have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of results and how it stands among all of them.

    Attributes:
        query: what was asked.
        words: folded words of the text.
        total: how many entities match text and facets.
        first: 1-based place of the first row shown; 0 where none is.
        similar: True where no name has the words and like spellings are shown.
        merged: False where the results are single records, for the merged picture is closed.
        next, previous: cursors; "" where there is no such page.
        apart: records of criminal intelligence that the text names, where they are open and the
            results are merged entities: they are in none of these.
    """

    query: Query
    words: tuple[str, ...]
    total: int
    first: int
    similar: bool
    merged: bool
    results: tuple[Result, ...]
    kinds: tuple[Facet, ...]
    sources: tuple[Facet, ...]
    listings: tuple[Facet, ...]
    matches: tuple[Facet, ...]
    steps: tuple[Facet, ...]
    next: str
    previous: str
    apart: ApartFound = NOT_FOUND


def search(view: View, query: Query) -> Found:
    """Return the page of entities that `query` asks for.

    Raises: InvalidData: text too long, or a cursor that no search gave.

    Cost: one scan of `nodes`; linear in the entities.
    """
    if len(query.text) > MAX_TEXT:
        raise InvalidData(
            _("the search text has {count} characters; at most {most}").format(
                count=len(query.text), most=MAX_TEXT
            )
        )
    asked = _Asked.of(query, merged=is_open(view, "nodes", "clusters", "hits", "steps"))
    if query.text.strip() and not asked.words:
        return _found(query, asked, [], {})
    rows, counts = _run(view, query, asked)
    if asked.words and not counts.get(("total", "")) and not _narrowed(query):
        asked = replace(asked, similar=True)
        rows, counts = _run(view, query, asked)
    found = _found(query, asked, rows, counts)
    if not asked.merged or _narrowed(query) or query.after or query.before:
        return found
    return replace(found, apart=find_apart(view, query.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A text made ready to compare: folded words, and the same as an identifier."""

    folded: str
    words: tuple[str, ...]
    code: str
    merged: bool
    similar: bool = False

    @classmethod
    def of(cls, query: Query, *, merged: bool) -> _Asked:
        words = tuple(fold(query.text).split()[:MAX_WORDS])
        code = "".join(char for char in query.text.upper() if char.isalnum())
        is_code = len(code) >= _SHORTEST_CODE and any(char.isdigit() for char in code)
        code = code if is_code else ""
        return cls(folded=" ".join(words), words=words, code=code, merged=merged)


FACETS = ("kind", "source", "listing", "match", "steps")
_SHORTEST_CODE = 4


def _narrowed(query: Query) -> bool:
    return bool(query.kind or query.source or query.listing or query.match or query.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """SQL that says which rows to look at, and how well a row answers (NULL: not at all)."""

    likely: str
    rank: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, asked: _Asked) -> _Match:
        if not asked.words:
            return cls(likely="true", rank=str(ALL), values={})
        if asked.similar:
            values: dict[str, object] = {"folded": asked.folded, "near": SIMILAR_FROM}
            return cls(likely="true", rank=search_sql.SIMILAR, values=values)
        values = {"folded": asked.folded}
        held, whole, start = [], [], []
        for place, word in enumerate(asked.words):
            values[f"w{place}"] = word
            held.append(f"contains(fold, $w{place})")
            whole.append(f"contains(' ' || fold || ' ', ' ' || $w{place} || ' ')")
            start.append(f"contains(' ' || fold, ' ' || $w{place})")
        likely, code = f"({' AND '.join(held)})", "false"
        if asked.code:
            values["code"] = asked.code
            code = search_sql.CODE
            likely = f"({likely} OR {code})"
        rank = search_sql.RANK.format(
            code=code, words=" AND ".join(whole), beginnings=" AND ".join(start)
        )
        return cls(likely=likely, rank=rank, values=values)


_ORDER = ("rank", "unlisted", "fold", "cluster_id")
_KEYS = ("rank", "unlisted", "fold", "id")


def _run(
    view: View, query: Query, asked: _Asked
) -> tuple[list[dict[str, object]], dict[tuple[str, str], int]]:
    match = _Match.of(asked)
    values = {**match.values}
    values |= {name: getattr(query, name) for name in FACETS}
    values["relations"] = list(relations())
    records = ""
    if not asked.merged:
        records = search_sql.RECORDS
        values |= {"names": list(NAME_PROPS), "ids": list(IDENTIFIER_PROPS)}
    matched = search_sql.MATCHED.format(rank=match.rank, likely=match.likely, records=records)
    back = bool(query.before)
    cursor = _Cursor.parse(query.before or query.after)
    keyset, bound = "", {}
    if cursor is not None:
        sign = "<" if back else ">"
        keyset = f"AND ({', '.join(_ORDER)}) {sign} ($k0, $k1, $k2, $k3)"
        bound = {f"k{place}": key for place, key in enumerate(cursor.key)}
    order = ", ".join(f"{name} {'DESC' if back else 'ASC'}" for name in _ORDER)
    page = search_sql.PAGE.format(keyset=keyset, order=order, limit=PAGE)
    told = view.sql(matched + page + search_sql.COUNTS, {**values, **bound}).to_pylist()
    counts = {(row["facet"], row["value"]): row["n"] for row in told if row["facet"] != "page"}
    rows = [row for row in told if row["facet"] == "page"]
    rows.sort(key=lambda row: tuple(row[name] for name in _KEYS))
    return rows, counts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    """Where a row stands in the order of a search, and its 1-based place when it was shown."""

    key: tuple[int, bool, str, str]
    place: int

    @classmethod
    def parse(cls, text: str) -> _Cursor | None:
        if not text:
            return None
        try:
            rank, unlisted, folded, cluster, place = json.loads(
                base64.urlsafe_b64decode(text.encode("ascii"))
            )
            key = (int(rank), bool(unlisted), str(folded), str(cluster))
            held = cls(key=key, place=int(place))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise InvalidData(_("no search gave this place to go on from")) from None
        if not 0 <= held.key[0] <= ALL or not 0 < held.place < _MOST:
            raise InvalidData(_("no search gave this place to go on from"))
        return held

    def __str__(self) -> str:
        text = json.dumps([*self.key, self.place], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode("ascii")


_MOST = 10**9


def _found(
    query: Query,
    asked: _Asked,
    rows: list[dict[str, object]],
    counts: Mapping[tuple[str, str], int],
) -> Found:
    total = counts.get(("total", ""), 0)
    cursor = _Cursor.parse(query.before or query.after)
    first = min(1, len(rows))
    if cursor is not None and rows:
        first = max(1, cursor.place - len(rows) if query.before else cursor.place + 1)
    results = tuple(_result(row, asked, first + n) for n, row in enumerate(rows))

    def facet(name: str) -> tuple[Facet, ...]:
        held = [Facet(value=v, count=n) for (kind, v), n in counts.items() if kind == name]
        return tuple(sorted(held, key=lambda f: (-f.count, f.value)))

    return Found(
        query=query,
        words=asked.words,
        total=total,
        first=first,
        similar=asked.similar,
        merged=asked.merged,
        results=results,
        kinds=facet("kind"),
        sources=facet("source"),
        listings=facet("listing"),
        matches=facet("match"),
        steps=tuple(sorted(facet("steps"), key=lambda f: int(f.value))),
        next=results[-1].cursor if rows and first - 1 + len(rows) < total else "",
        previous=results[0].cursor if rows and first > 1 else "",
    )


def _result(row: dict[str, Any], asked: _Asked, place: int) -> Result:
    key = (row["rank"], row["unlisted"], row.pop("fold"), row["id"])
    cursor = str(_Cursor(key=key, place=place))
    for name in ("unlisted", "facet", "value", "n"):
        row.pop(name)
    matched = _matched(row["rank"], row.pop("names"), row.pop("identifiers"), asked)
    held: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
    }
    if not asked.merged:
        held["marking"] = strictest(held["marking"])
    return Result(**held, matched=matched, cursor=cursor)


def _matched(rank: int, names: Sequence[str], identifiers: Sequence[str], asked: _Asked) -> str:
    """Return the name or identifier that made a row match; "" if none did alone."""
    if rank == ALL:
        return ""
    if rank == IDENTIFIER:
        return next((value for value in identifiers if _code(value) == asked.code), "")
    folds = {name: fold(name) for name in names}
    if rank == SIMILAR:
        from rapidfuzz.distance import JaroWinkler

        return max(names, key=lambda n: JaroWinkler.similarity(folds[n], asked.folded), default="")
    tests: tuple[Callable[[str], bool], ...] = (
        lambda held: held == asked.folded,
        lambda held: held.startswith(asked.folded),
        lambda held: all(f" {word}" in f" {held}" for word in asked.words),
    )
    return next((name for test in tests for name in names if test(folds[name])), "")


def _code(text: str) -> str:
    return "".join(char for char in text.upper() if char not in "-. /+()")
