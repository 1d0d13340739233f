"""A profile guessed for files that nobody has described: proposed with reasons, to be confirmed.

Headers are read as `puente.ingest` reads them; what they do not tell, the values may: a CURP, a
VIN, a plate, a telephone, a date of birth, given names. What is not sure is compared as it stands,
without a role; a wrong role does more harm than none.

Limits: it looks at the first rows and some further on. Whether two columns mean the same in two
    files, only their holder knows; they are taken to where their headers are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.i18n import ngettext
from puente.ingest.guess_sample import read_sample
from puente.ingest.guess_table import table_of
from puente.ingest.guess_values import Profile as Values
from puente.ingest.guess_values import profile as values_of
from puente.resolve.profile_roles import (
    BY_VALUES_ALONE,
    ByValue,
    kind_of,
    role_by_values,
    role_of,
    sort_of,
)
from puente.resolve.profile_spec import ROLES, ROLES_OF, ROW_ID, Key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from puente.ingest.guess_columns import Column
    from puente.ingest.guess_sample import Sample
    from puente.ingest.source import Limits

_TRUTHS = frozenset(
    {
        "cluster",
        "clusterid",
        str(Key.TRUTH),
        "groundtruth",
        "trueid",
        "label",
        "goldstandard",
        "gold",
    }
    | {"trueidentity", "trueentity", "verdad", "identidadreal", "matchid", "duplicateof"}
)
"""Headers of columns that hold the answer; used to measure, never to link."""
_IDS = re.compile(r"(^|_)(id|folio|rec|record|clave|key|uuid|num|numero|no|expediente)(_|$)")
_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedColumn:
    """What a column is taken for.

    Attributes:
        column: its header.
        use: `id`, `columns.<role>`, `other.<sort>`, `truth`, or "" where it is left out.
        why: the reason, for a reader.
        filled: share of the rows looked at that fill it, 0..1.
        distinct: different values over filled ones, 0..1.
    """

    column: str
    use: str
    why: str
    filled: float
    distinct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedProfile:
    """A profile proposed for files.

    Attributes:
        kind: of the records.
        link: `dedupe` for one file, `both` for several.
        columns: what each column is taken for, in the order of the file.
        rows: rows looked at.
        notes: what a user should know.
    """

    kind: str
    link: str
    columns: tuple[GuessedColumn, ...]
    rows: int
    notes: tuple[str, ...] = ()

    def as_yaml(self) -> str:
        """Return the profile as a file to read, correct and keep: a reason on every line."""
        by_use: dict[str, list[GuessedColumn]] = {}
        for one in self.columns:
            by_use.setdefault(one.use.partition(".")[0], []).append(one)
        lines = [f"# {note}" for note in self.notes]
        looked = ngettext(
            "guessed from %(num)s row: read it before you use it",
            "guessed from %(num)s rows: read it before you use it",
            self.rows,
        )
        lines = [f"# {looked % {'num': self.rows}}", *lines, f"kind: {self.kind}"]
        ids = by_use.get("id", [])
        key = _quoted(ids[0].column) if ids else _quoted(ROW_ID)
        reason = _reason(ids[0]) if ids else _("no column has a value of its own in every row")
        lines.append(f"id: {key}  # {reason}")
        for section in ("columns", "other"):
            if section in by_use:
                lines.append(f"{section}:")
                lines += [f"  {_entry(one)}  # {_reason(one)}" for one in by_use[section]]
        lines.append(f"link: {self.link}")
        lines += [
            f"truth: {_quoted(one.column)}  # {_reason(one)}" for one in by_use.get(Key.TRUTH, [])
        ]
        left = by_use.get("", [])
        if left:
            lines.append("# " + _("left out:"))
            lines += [f"#   {_quoted(one.column)}: {_reason(one)}" for one in left]
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, object]:
        """Return the guess, JSON-ready."""
        return {
            "kind": self.kind, "link": self.link, "rows_looked_at": self.rows,
            "columns": [
                {"column": one.column, "use": one.use, "why": one.why, "filled": one.filled,
                 "distinct": one.distinct}
                for one in self.columns
            ],
            "notes": list(self.notes),
        }  # fmt: skip


def guess_profile(files: Sequence[Path], limits: Limits) -> GuessedProfile:
    """Return a profile for files of records; columns that all files have are used.

    Raises: InvalidData: a file that cannot be read, or files that share no column to compare.
    """
    samples = [read_sample(path, limits) for path in files]
    names = [[name.strip() for name in sample.header] for sample in samples]
    shared = [name for name in names[0] if all(name in other for other in names)]
    cells: dict[str, list[str]] = {name: [] for name in shared}
    for sample, header in zip(samples, names, strict=True):
        for name in shared:
            cells[name] += sample.cells(header.index(name))
    values = [values_of(name, cells[name]) for name in shared]
    rows = sum(len(sample.rows) for sample in samples)
    table = table_of(values)
    draft = _drafted(table.columns, values)
    unique = _id_of(samples, names, values, draft)
    draft.pop(unique, None)
    kind = kind_of({name: found.role for name, found in draft.items()}, values)
    columns = _settled(draft, values, kind, unique)
    if not any(one.use.startswith(("columns", "other")) for one in columns):
        raise InvalidData(
            _("no column to compare: name some under columns or other"), file=files[0]
        )
    notes = tuple(note for sample in samples for note in sample.notes)
    lone = sorted({name for header in names for name in header} - set(shared))
    if lone:
        notes += (_("not in every file: {names}").format(names=", ".join(lone)),)
    return GuessedProfile(
        kind=kind, link="dedupe" if len(files) == 1 else "both", columns=columns, rows=rows,
        notes=notes,
    )  # fmt: skip


def _id_of(
    samples: Sequence[Sample], names: Sequence[Sequence[str]], values: Sequence[Values],
    draft: Mapping[str, ByValue],
) -> str:  # fmt: skip
    """Return the column whose value is its own in every row of each file, "" if none is.

    One whose header speaks of a number of records comes before one that only happens to differ.
    """
    fits = []
    for place, one in enumerate(values):
        plain = _plain(one.column)
        whole = one.filled == one.rows and one.rows > 0
        own = all(
            len(set(sample.cells(header.index(one.column)))) == len(sample.rows)
            for sample, header in zip(samples, names, strict=True)
        )
        told = bool(_IDS.search(plain)) or plain.endswith("id")
        says_more = one.column not in draft or draft[one.column].role not in {"", "plate"}
        if whole and own and not says_more and (told or one.width <= 1):
            fits.append((not told, place, one.column))
    return min(fits)[2] if fits else ""


def _drafted(columns: Sequence[Column], values: Sequence[Values]) -> dict[str, ByValue]:
    """Return what each column may be; a role stands once, for the column that is surest of it."""
    found: dict[str, ByValue] = {}
    for column, one in zip(columns, values, strict=True):
        if _plain(one.column).replace("_", "") in _TRUTHS:
            continue
        role = role_of(column, one) or role_by_values(one)
        if (
            role.role == "paternal_surname"
            and role.sure <= BY_VALUES_ALONE
            and any(other.role == "paternal_surname" for other in found.values())
        ):
            # Two columns of surnames, father's first: so names are written.
            role = replace(role, role="maternal_surname")
        found[one.column] = role
    best: dict[str, str] = {}
    for name, draft in found.items():
        raw = ROLES.get(draft.role, "")
        if raw and (raw not in best or draft.sure > found[best[raw]].sure):
            best[raw] = name
    kept = set(best.values())
    return {
        name: draft if name in kept or not draft.role
        else replace(draft, role="", why=_("another column is surer to be its {role}").format(
            role=draft.role))
        for name, draft in found.items()
    }  # fmt: skip


def _settled(
    draft: dict[str, ByValue], values: Sequence[Values], kind: str, unique: str
) -> tuple[GuessedColumn, ...]:
    columns = []
    for one in values:
        filled = one.filled / max(1, one.rows)
        plain = _plain(one.column).replace("_", "")
        use, why = "", _("the column is empty")
        if one.column == unique:
            use, why = "id", _("its value is its own in every row")
        elif plain in _TRUTHS:
            use = Key.TRUTH
            why = _(
                "the header says that it is the answer: it is measured with, and never linked by"
            )
        elif one.filled:
            found = draft[one.column]
            role, why = found.role, found.why
            if kind == "Company" and role == "name":
                role = "company_name"
            if role in ROLES_OF[kind]:
                use = f"columns.{role}"
            else:
                use, why = _other(one, found)
        columns.append(
            GuessedColumn(
                column=one.column, use=use, why=why, filled=round(filled, 3),
                distinct=round(one.distinct_share, 3),
            )
        )  # fmt: skip
    first = next((one for one in columns if one.use == Key.TRUTH), None)
    doubt = _("another column is surer to be its {role}").format(role=Key.TRUTH)
    return tuple(
        replace(one, use="", why=doubt) if one.use == Key.TRUTH and one is not first else one
        for one in columns
    )


def _other(one: Values, found: ByValue) -> tuple[str, str]:
    if len(one.values) == 1 and one.filled > 1:
        return "", _("it says the same in every row")
    sort, why = sort_of(one)
    written = {re.sub(r"\W+", "", text).upper() for text in one.values}
    if sort == "exact" and one.filled > 20 and len(written) == one.filled:
        return "", _("a number that never stands twice finds no two records of one thing")
    return f"other.{sort}", "; ".join(part for part in (found.why, why) if part)


def _entry(one: GuessedColumn) -> str:
    section, _dot, what = one.use.partition(".")
    if section == "columns":
        return f"{what}: {_quoted(one.column)}"
    return f"{_quoted(one.column)}: {what}"


def _reason(one: GuessedColumn) -> str:
    counted = _("filled {filled} %, {distinct} % of the values differ").format(
        filled=round(100 * one.filled), distinct=round(100 * one.distinct)
    )
    return f"{one.why}; {counted}".replace("\n", " ")


def _quoted(text: str) -> str:
    """Return a text as YAML takes it for a text."""
    if re.fullmatch(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ][\wÁÉÍÓÚÜÑáéíóúüñ]*", text) and text.lower() not in {
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "si",
    }:  # fmt: skip
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(header: str) -> str:
    from puente.model.text import fold

    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    return fold(parted).replace(" ", "_")
