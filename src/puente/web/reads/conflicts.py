"""Record conflicts that a reader may see: by kind and state, and one of them with its rows."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.places.conflicts import open_conflicts
from puente.places.conflicts_found import certainty_label, explanations, kind_label, say
from puente.places.conflicts_laws import KINDS
from puente.places.conflicts_rows import ONE_SERIES, rows_under
from puente.places.coverage import SMALLEST_CELL, cells_to_suppress
from puente.web.reads.quality import place_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from puente.guard.view import View

Row = dict[str, Any]

CONFLICTS_PAGE = 25
FIRST = 5
"""Findings of a kind that are shown before one is chosen."""

_KEY = (
    *("kind", "level", "place", "first", "last", "source_a", "records_a", "source_b"),
    "records_b",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideShown:
    """What one register says.

    Attributes:
        figure: cases; None where it says nothing, or (`few`) too few to be shown.
        published, loads: of the deliveries that the figure stands in.
    """

    source: str
    records: tuple[str, ...]
    figure: float | None
    few: bool
    published: tuple[str, ...]
    loads: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictShown:
    """One conflict, ready to show.

    Attributes:
        key: what its page is called by.
        apart, ratio, usual: how far apart the two are; None where one is not shown.
        one_register: the second figure is what was to be expected, and no register's.
        few: a figure is too small to be shown.
        row: of the artefact.
    """

    key: str
    kind: str
    kind_text: str
    certainty: str
    certainty_text: str
    level: str
    place: str
    place_name: str
    first: str
    last: str
    left: SideShown
    right: SideShown
    apart: float | None
    ratio: float | None
    usual: float | None
    p: float | None
    q: float | None
    looks: int
    text: str
    explanations: tuple[str, ...]
    one_register: bool
    few: bool
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class KindShown:
    """The conflicts of one kind: those shown, of all there are."""

    kind: str
    text: str
    total: int
    rows: tuple[ConflictShown, ...]
    explanations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictsPage:
    """A page of conflicts.

    Attributes:
        groups: by kind, in the order of `KINDS`; one alone where a kind was chosen.
        total: of all that was chosen, on all pages.
        kinds, states: what may be chosen: key, words and how many there are.
        first, page, pages: of the kind that was chosen.
    """

    groups: tuple[KindShown, ...]
    total: int
    every: int
    kinds: tuple[tuple[str, str, int], ...]
    states: tuple[tuple[str, str, int], ...]
    first: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthShown:
    """What both sides say of a month; a figure is None where it is not told, or (`few`) not shown.

    Attributes:
        load_a, load_b: the deliveries.
    """

    month: str
    figure_a: float | None
    few_a: bool
    load_a: str
    figure_b: float | None
    few_b: bool
    load_b: str


def read_conflicts(view: View) -> tuple[Row, ...]:
    """Return every conflict open to a reader, surest first; each with its `key`.

    Cost: some 3 CPU seconds for two million figures, where the build's are closed to the reader.
    """
    return tuple({**row, "key": _key(row)} for row in open_conflicts(view).to_pylist())


def _key(row: Row) -> str:
    told = "\x1f".join(str(row[name]) for name in _KEY)
    return blake2b(told.encode(), digest_size=6).hexdigest()


def page_of(
    view: View, conflicts: Sequence[Row], *, kind: str = "", state: str = "", page: int = 1
) -> ConflictsPage:
    """Return a page of conflicts by kind.

    Args:
        kind: one of `KINDS`; "" shows the first few of each.
        state: two digits, `00` the nation's own; "" is every one.

    Raises: InvalidData: a page below 1, or no such kind or state.
    """
    if page < 1:
        raise InvalidData(_("pages are counted from 1"))
    if kind not in {"", *KINDS} or (state and not (state.isdecimal() and len(state) == 2)):
        raise InvalidData(_("no conflict is of that kind"))
    chosen = [row for row in conflicts if kind in {"", row["kind"]} and state in {"", row["state"]}]
    pages = max(1, -(-len(chosen) // CONFLICTS_PAGE)) if kind else 1
    page = min(page, pages)
    begin = (page - 1) * CONFLICTS_PAGE
    held: list[tuple[str, list[Row], int]] = []
    for name in KINDS:
        own = [row for row in chosen if row["kind"] == name]
        if own:
            shown = own[begin : begin + CONFLICTS_PAGE] if kind else own[:FIRST]
            held.append((name, shown, len(own)))
    places = {row["place"] for _name, rows, _total in held for row in rows}
    states = sorted({row["state"] for row in conflicts})
    names = place_names(view, [*places, *(f"{code}000" for code in states)])
    return ConflictsPage(
        groups=tuple(
            KindShown(
                kind=name, text=kind_label(name), total=total, explanations=explanations(name),
                rows=tuple(shown_of(row, names) for row in rows),
            )
            for name, rows, total in held
        ),
        total=len(chosen),
        every=len(conflicts),
        kinds=tuple(
            (name, kind_label(name), count)
            for name in KINDS
            if (count := sum(row["kind"] == name for row in conflicts))
        ),
        states=tuple(
            (code, names.get(f"{code}000", code), sum(row["state"] == code for row in conflicts))
            for code in states
        ),
        first=begin + 1 if chosen else 0,
        page=page,
        pages=pages,
    )  # fmt: skip


def find_conflict(view: View, conflicts: Iterable[Row], key: str) -> ConflictShown:
    """Return one conflict.

    Raises: NotFound: none of that key is open to this reader.
    """
    row = next((row for row in conflicts if row["key"] == key), None)
    if row is None:
        raise NotFound(_("there is no such conflict among the figures that you may see"), key=key)
    return shown_of(row, place_names(view, [row["place"]]))


def shown_of(row: Row, names: Mapping[str, str]) -> ConflictShown:
    """Return a conflict ready to show; a municipality's figures of 1 to 4 are not."""
    hidden = [is_few(row["figure_a"], row), is_few(row["figure_b"], row)]
    few = any(hidden)
    sides = [
        SideShown(
            source=row[f"source_{letter}"],
            records=tuple(part for part in row[f"records_{letter}"].split("+") if part),
            figure=None if hide else row[f"figure_{letter}"],
            few=hide,
            published=tuple(row[f"published_{letter}"].split()),
            loads=tuple(row[f"deliveries_{letter}"].split()),
        )
        for letter, hide in zip("ab", hidden, strict=True)
    ]
    return ConflictShown(
        **{name: row[name] for name in (
            "key", "kind", "certainty", "level", "place", "first", "last", "looks")},
        kind_text=kind_label(row["kind"]),
        certainty_text=certainty_label(row["certainty"]),
        place_name=names.get(row["place"], ""),
        left=sides[0],
        right=sides[1],
        # How far apart, and how likely, would give the hidden figure away.
        apart=None if few else row["apart"],
        ratio=None if few or row["kind"] in {"reclassified", *ONE_SERIES} else row["ratio"],
        usual=row["usual_ratio"],
        p=None if few else row["p"],
        q=None if few else row["q"],
        text=_("One of the two figures is of so few cases that it is not shown.")
        if few
        else say(row["text"]),
        explanations=explanations(row["kind"]),
        one_register=row["kind"] in ONE_SERIES,
        few=few,
        row=row,
    )  # fmt: skip


def is_few(figure: float | None, row: Row) -> bool:
    """Return True if a municipality's count of cases is too small to be shown."""
    counted = row["level"] == "municipality" and row["kind"] != "reclassified"
    return counted and figure is not None and 0 < figure < SMALLEST_CELL


def read_months(view: View, conflict: ConflictShown) -> tuple[MonthShown, ...]:
    """Return the months under a conflict; in a municipality, without what few cases would tell.

    A month is also withheld where the year's total would give another one away.
    """
    rows: list[Row] = rows_under(view, conflict.row).to_pylist()
    hidden = {}
    for letter in "ab":
        # A count below zero is a fault of its own and hides nobody.
        counts = [
            None if (figure := row[f"figure_{letter}"]) is None or figure < 0 else int(figure)
            for row in rows
        ]
        few = [False] * len(rows)
        if conflict.level == "municipality":
            few = cells_to_suppress(counts, [row["month"][:4] for row in rows])
        hidden[letter] = few
    return tuple(
        MonthShown(
            month=row["month"],
            figure_a=None if hidden["a"][at] else row["figure_a"],
            few_a=hidden["a"][at],
            load_a=row["load_a"] or "",
            figure_b=None if hidden["b"][at] else row["figure_b"],
            few_b=hidden["b"][at],
            load_b=row["load_b"] or "",
        )
        for at, row in enumerate(rows)
    )
