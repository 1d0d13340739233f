"""Tables of the victim survey found in a sheet: by their headers, wherever they stand.

A table is a header whose first cell names states or types of crime, and the rows under it. What a
column holds is read from the labels above it; that a share is a share of what it is taken for is
then checked on its figures, since two tables call different shares by one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from puente.ingest.workbook import Cell

ESTIMATED = "delitos_estimados"
REPORTED = "delitos_denunciados"

_STUB = re.compile(r"(?:entidad(?:es)? federativas?|tipos? de delitos?)\b|entidad federativa\d")
_FOOTNOTE = re.compile(r"(?<=[^\W\d])[\d,*\s]+$")
_SPARE = re.compile(r"cuadro\b|indice\b|inegi\b|continua\b|tabulado\b")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SEX = re.compile(r"\ba (hombres|mujeres)\b")
_ASKED = re.compile(
    r"segun cifra negra|mayor cifra negra|segun condicion de denuncia"
    r"|segun (?:el )?inicio de (?:una )?(?:averiguacion|carpeta)"
)
_INITIATED = re.compile(r"inici\w+ (?:de )?(?:una )?(?:averiguacion|carpeta)")
_LEGEND = re.compile(r"(?:alt|moderad|baj)[oa]\b.*\bcv\b")
_TOLERANCE = 0.1
"""Points of percent by which a share may differ from its figures: some editions round to 0.1."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a column holds.

    Attributes:
        name: key of the measure, e.g. `cifra_negra_pct`.
        unit: `delitos` or `percent`.
        base: measure of which a share is a share, "" for a number.
        bound: `low` or `high` of a confidence interval, "" for the estimate itself.
    """

    name: str
    unit: str
    base: str = ""
    bound: str = ""


@dataclass(slots=True)
class Table:
    """One table as it stands in its sheet.

    Attributes:
        title: its title and number.
        period: the year that its own line names, "" for none.
        by: `state`, `crime`, or `both` (crimes under each state).
        columns: what each column holds.
        unknown: labels of columns that nothing is known of.
        rows: line, first cell and cells of each row of figures.
    """

    title: str
    period: str
    by: str
    columns: dict[int, Measure]
    unknown: list[str]
    rows: list[tuple[int, str, Sequence[Cell]]]


def find_table(cells: Sequence[Sequence[Cell]]) -> Table | None:
    """Return the table of a sheet, None where no header names states or types of crime."""
    found = next(
        ((row, at) for row, line in enumerate(cells) if (at := _stub_at(line)) is not None), None
    )
    if found is None:
        return None
    head, stub = found
    body = next((n for n in range(head + 1, len(cells)) if _has_figures(cells[n], stub)), None)
    if body is None:
        return None
    titles = [text for row in cells[:head] for cell in row if (text := _text(cell))]
    words = fold(_text(cells[head][stub]))
    states, crimes = "entidad" in words, "delito" in words
    rows = [
        (number + 1, clean(_text(cells[number][stub])), cells[number])
        for number in range(body, len(cells))
        if _has_figures(cells[number], stub)
    ]
    table = Table(
        title=_title(titles),
        period=_period(titles),
        by="both" if states and crimes else "state" if states else "crime",
        columns={},
        unknown=[],
        rows=rows,
    )
    _read_header(table, [cells[n] for n in range(head, body)], stub)
    return table


def title_of(cells: Sequence[Sequence[Cell]]) -> str:
    """Return the title in the first rows of a sheet that holds no table."""
    return _title([text for row in cells[:5] for cell in row if (text := _text(cell))])


def is_asked(table: Table) -> bool:
    """Return True if the table is one of those that are loaded.

    It is where its title says so or all its columns are understood, and it holds the numbers that
    its shares are shares of.
    """
    asked = bool(_ASKED.search(fold(table.title))) or not table.unknown
    held = {measure.name for measure in table.columns.values()}
    whole = any(name.startswith((ESTIMATED, REPORTED)) for name in held)
    return asked and whole and _shares_hold(table)


def clean(text: str) -> str:
    """Return a label without the numbers of its footnotes, on one line."""
    return _FOOTNOTE.sub("", " ".join(text.split())).strip()


def figure(cell: Cell) -> float | None:
    """Return the number of a cell, None where it holds none; `100.0*` is 100."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = _text(cell).rstrip("* ").replace(" ", "").replace(",", "")
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None


# --- header ------------------------------------------------------------------------------------


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _stub_at(row: Sequence[Cell]) -> int | None:
    for at, cell in enumerate(row[:4]):
        if isinstance(cell, str) and cell.strip():
            return at if _STUB.match(fold(cell)) else None
    return None


def _has_figures(row: Sequence[Cell], stub: int) -> bool:
    # A footnote may begin with its number, but nothing stands beside it.
    return any(figure(cell) is not None for cell in row[stub + 1 :])


def _title(texts: Iterable[str]) -> str:
    kept = [text for text in texts if not _SPARE.match(fold(text)) and not _YEAR.fullmatch(text)]
    return " ".join(" ".join(kept).split())


def _period(texts: Sequence[str]) -> str:
    alone = [text for text in texts if _YEAR.fullmatch(text)]
    at_end = [m[0] for text in texts if (m := re.search(r"(?:19|20)\d\d(?=\s*\.?$)", text))]
    return (alone or at_end or [""])[-1]


def _read_header(table: Table, header: Sequence[Sequence[Cell]], stub: int) -> None:
    width = max(len(row) for _line, _name, row in table.rows)
    sex = ""
    for at in range(stub + 1, width):
        if not any(at < len(row) and figure(row[at]) is not None for _n, _s, row in table.rows):
            continue
        labels = _labels(header, at, stub)
        if not labels:
            continue
        measure = _measure(labels)
        # Two columns under one name: the header was not understood, and neither can be trusted.
        if measure is None or measure in table.columns.values():
            table.unknown.append(" / ".join(labels))
            continue
        if match := _SEX.search(labels[0]):
            sex = f"_{match[1]}"
        table.columns[at] = measure
    if sex:
        table.columns = {at: _of_sex(measure, sex) for at, measure in table.columns.items()}


def _labels(header: Sequence[Sequence[Cell]], at: int, stub: int) -> list[str]:
    """Return the labels above a column, from the top; one label may stand over several columns."""
    labels = []
    for number, row in enumerate(header):
        for column in range(at, stub, -1):
            if text := _text(row[column]) if column < len(row) else "":
                labels.append(fold(clean(text)))
                break
            if any(_text(above[column]) for above in header[:number] if column < len(above)):
                break
    return labels


def _of_sex(measure: Measure, sex: str) -> Measure:
    base = f"{measure.base}{sex}" if measure.base else ""
    return Measure(f"{measure.name}{sex}", measure.unit, base, measure.bound)


_INVESTIGATED = {
    "si": ("delitos_con_carpeta", "carpeta_iniciada_pct"),
    "no": ("delitos_sin_carpeta", "carpeta_no_iniciada_pct"),
    "no especificado": ("delitos_carpeta_no_especificada", "carpeta_no_especificada_pct"),
}
"""Names of number and share. An *averiguación previa* (until 2016) and a *carpeta de investigación*
(since) are the same step of the old and of the new procedure."""


def _measure(labels: Sequence[str]) -> Measure | None:
    top, last = labels[0], labels[-1]
    bound = next((key for word, key in (("infer", "low"), ("super", "high")) if word in last), "")
    if bound:
        labels = labels[:-1]
        last = labels[-1] if labels else ""
    share = last.startswith("relativ") or last in {"porcentaje", "por ciento"}
    if re.fullmatch(r"delitos ocurridos(?: a (?:hombres|mujeres))?", top):
        return None if share else Measure(ESTIMATED, "delitos", "", bound)
    base = ESTIMATED
    if top == "delitos denunciados":
        names = (REPORTED, "denuncia_pct")
    elif top == "delitos no denunciados":
        names = ("delitos_no_denunciados", "no_denuncia_pct")
    elif top in {"cifra negra", "cifra negra por delito"}:
        names = ("cifra_negra", "cifra_negra_pct")
    elif _INITIATED.match(top) and len(labels) > 1 and labels[1] in _INVESTIGATED:
        names, base = _INVESTIGATED[labels[1]], REPORTED
    else:
        return None
    if share:
        return Measure(names[1], "percent", base, bound)
    return Measure(names[0], "delitos", "", bound)


# --- checks and precision ----------------------------------------------------------------------

_SHARE_OF = {
    "denuncia_pct": REPORTED,
    "no_denuncia_pct": "delitos_no_denunciados",
    "cifra_negra_pct": "cifra_negra",
    **{share: number for number, share in _INVESTIGATED.values()},
}


def _shares_hold(table: Table) -> bool:
    """Return True if nine of ten shares are what their numbers give."""
    at = {measure.name: n for n, measure in table.columns.items() if not measure.bound}
    checked = right = 0
    for name, column in at.items():
        measure = table.columns[column]
        if not measure.base:
            continue
        sex = name[name.index("_pct") + 4 :]
        number, base = at.get(_SHARE_OF[name.removesuffix(sex)] + sex), at.get(measure.base)
        if number is None or base is None:
            return False
        for _line, _stub, row in table.rows:
            share, part, whole = (figure(row[n]) for n in (column, number, base))
            if share is None or part is None or not whole:
                continue
            checked += 1
            right += abs(100 * part / whole - share) <= _TOLERANCE
    return right >= 0.9 * checked


def classes_of(
    table: Table, cells: Sequence[Sequence[Cell]], fills: Mapping[tuple[int, int], str]
) -> dict[str, tuple[float, float | None]]:
    """Return what the legend under a table says of each colour.

    Args:
        cells: rows of the table's sheet.
        fills: colours of its cells, by row and column from 0.

    Returns: bounds, in percent, of the coefficient of variation, by colour; "" is no colour.
    """
    classes: dict[str, tuple[float, float | None]] = {}
    for number in range(table.rows[0][0], len(cells)):
        text = next((_text(cell) for cell in cells[number] if _text(cell)), "")
        if not _LEGEND.match(fold(text)):
            continue
        bounds = [float(found) for found in re.findall(r"\d+", text)]
        colour = next((fills[number, at] for at in range(4) if (number, at) in fills), "")
        if bounds:
            # Only the first class, the surest, has no colour; another without one has lost its.
            classes.setdefault(colour, (bounds[0], bounds[1] if len(bounds) > 1 else None))
    return classes
