r"""Sources that are data only: a YAML file says how the rows of a file become entities.

One YAML file is one source. Its keys:

    name: fgr_detenidos              # key of the source; a-z, 0-9, _
    title: Registro de detenidos     # shown to users
    agency: FGR
    country: mx                      # the agency's country; also reads telephone numbers
    record_class: fact               # fact tip criminal_intelligence sanctions court public_list
    reliability: B                   # A..F   (default B)
    credibility: "2"                 # 1..6   (default 3)
    marking: "TLP:AMBER//REL MX US"  # default TLP:AMBER
    stage: 2                         # 0 reference, 1 lists, 2 records (default 2)
    url: ...    licence: ...    cadence: ...             # optional
    part: ""                         # optional: series of files within the source

    file:
      pattern: "fgr_detenidos*.csv"  # or a list; against the file's name, upper or lower case
      format: csv                    # csv (default), json (a list of objects), jsonl
      encoding: utf-8                # or a list to try in order, e.g. [utf-8, cp1252]
      delimiter: ","                 # one character; a tab is "\t"
      title_lines: 0                 # lines that may stand before the header
      day_first: true                # how 01/06/2018 is read; left out: refused if ambiguous
      header: [expediente, nombre]   # columns that must be there, besides those named below
      columns: [a, b, c]             # names of the columns of a file WITHOUT a header
      records: data.items            # json: where the list stands; left out: the top
      empty: ["N/D", "-0-"]          # texts that mean "no value"
      quoted: true                   # false: a quote is a letter like any other

`published` is the date in the file's name (`_YYYY-MM-DD`, `_YYYY-MM`, `_YYYY`), else in its
folder's name, else the file's own date. Nested JSON objects are columns with dots
(`address.city`); a JSON list of plain values is one text joined with `;` (use `split: ";"`).

    date: {column: fecha}            # optional: the date that every claim of the row bears

    entities:
      - key: person                  # name within this file, for `entity:` below
        schema: Person
        id: "fgr-det-{expediente}"   # template; a row with an empty column in it is rejected
        when: {clave: "*"}           # optional, see below; else no such entity in this row
        standing: non_suspect        # optional: victims, witnesses, minors, relatives
        props:
          name: "{nombre} {paterno} {materno}"
          birthDate: {column: fecha_nac}
          gender: {column: sexo, map: {H: male, M: female}}
          alias: {column: alias, split: ";"}
          nationality: {value: mx}
          phone: [{column: tel_1}, {column: tel_2}]
          place: {state: entidad, municipality: municipio}
    edges:                           # the same shape; their props may point at entities
      - key: owns
        schema: Ownership
        id: "rpp-own-{folio}-{socio}"
        props: {owner: {entity: person}, asset: {entity: firm}, percentage: "{pct}"}
    incidents:                       # one mapping, or a list
      id: "ssp-{folio}"
      date: {column: fecha}
      place: {state: entidad, municipality: municipio}
      category: {column: delito}
      violent: {column: violencia, map: {"SI": true, "NO": false}}   # no value: not known
      entity: event                  # optional: key of the event's entity in this row
      when: {...}
    counts:                          # one mapping, or a list
      place: {column: cve_mun}
      month: {column: mes}           # or {year: anio, month: mes}; month a number or a name
      record: {column: delito}       # or fixed: {value: homicidio_doloso}
      count: {column: casos}         # blank is "not reported", not zero
      # instead of record and count, one column a record:
      records: {homicidio_doloso: "Homicidio doloso", feminicidio: "Feminicidio"}

A value is one of:

    "text with {columns}"            template; texts between empty columns fall away at the edges
    {column: name}                   one column
    {template: "..."}                a template with options
    {value: text}                    always the same
    {entity: key}                    the id of another entity of this row
    {ref: "other-{column}"}          the id of an entity of another row or file
    {state: c, municipality: c}      for a place: by name; {column: c} by code (leading zeros kept)
    a list of these                  several values

with options: `type` (default: the property's type in the vocabulary), `map` (text to value; a text
that is not in it rejects the row, unless the map has a `"*"`), `split` (a separator: several
values), `when`, `required: true` (no value rejects the row), `day_first`.

In a template `{column|upper}`, `|lower`, `|digits`, `|alnum` (letters and digits, upper case, no
accents), `|hash` (16 characters that stand for the text: for ids made of names, so that no name
stands in an id).

`when: {column: text}`, `{column: [text, text]}`, `{column: "*"}` (not empty), `{column: ""}`
(empty); several columns must all hold. An edge is not made where an entity that it points at was
not made in the row; other entities simply lack that property.

A value that does not parse rejects the whole row with file, line and reason. CURP, RFC, VIN, LEI
and IMO numbers are normalised and kept whatever their state, and counted as facts. A municipality
without a code is kept as a note on an entity, becomes `SS999` (not specified) on an incident, and
rejects a count, since a figure must not move to another place.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING

import yaml

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.mapping_rows import Plan, Spec, as_list, compile_plan, mapping_of
from puente.ingest.reading import Layout, check_file, read_table
from puente.ingest.source import (
    Batch,
    Handed,
    LoadContext,
    Reject,
    Row,
    SourceFile,
    SourceInfo,
    files_below,
    published_on,
)
from puente.model.provenance import Credibility, Marking, RecordClass, Reliability

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_BATCH = 10_000
_TOP = frozenset({"file", "entities", "edges", "incidents", "counts", "date", "part"})
_FILE = frozenset(
    {"pattern", "format", "encoding", "delimiter", "title_lines", "day_first", "header"}
    | {"columns", "records", "empty", "quoted"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedSource:
    """A source whose reading is described by a YAML mapping."""

    info: SourceInfo
    spec: Mapping[str, object]
    origin: str

    def find(self, root: Path) -> list[SourceFile]:
        """Return the files at or below `root` whose name fits the pattern, oldest first."""
        patterns = as_list(_file(self.spec)["pattern"])
        found = [
            SourceFile(
                path=path,
                source=self.info.name,
                published=published_on(path),
                part=str(self.spec.get("part", "")),
            )
            for path in files_below(root, *patterns)
        ]
        return sorted(found, key=lambda file: (file.published, str(file.path)))

    def read(self, file: SourceFile, context: LoadContext) -> Iterator[Handed]:
        """Yield what the file says.

        Raises: InvalidData: the file lacks a column that the mapping names, or is no such file.
        """
        try:
            header, rows = self._rows(context)
            plan = compile_plan(self.spec, header, context)
        except InvalidData as error:
            if error.file is None:
                raise InvalidData(error.message, file=file.path) from None
            raise
        yield from _mapped(rows, plan)

    def _rows(self, context: LoadContext) -> tuple[tuple[str, ...], Iterator[Row | Reject]]:
        layout = _file(self.spec)
        needed = sorted(Spec(self.spec).columns() | set(as_list(layout.get("header"))))
        if layout.get("format", "csv") in {"json", "jsonl"}:
            return tuple(needed), _json_rows(context, layout, needed)
        named = tuple(as_list(layout.get("columns")))
        table = read_table(
            context,
            Layout(
                columns=len(named),
                header=() if named else tuple(needed),
                encodings=tuple(as_list(layout.get("encoding", "utf-8"))),
                delimiter=str(layout.get("delimiter", ",")),
                title_lines=int(str(layout.get("title_lines", 0))),
                quoted=bool(layout.get("quoted", True)),
            ),
        )
        lacking = [column for column in needed if column not in (named or table.header)]
        if lacking:
            names = ", ".join(map(repr, lacking))
            raise InvalidData(_("no column {names}").format(names=names))
        return named or table.header, table.rows


def _mapped(rows: Iterator[Row | Reject], plan: Plan) -> Iterator[Handed]:
    tables: dict[str, list[dict[str, object]]] = {"incidents": [], "counts": []}
    for item in rows:
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        try:
            claims, incidents, counts = plan.apply(line, cells)
        except InvalidData as error:
            yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])
            continue
        yield claims
        if incidents:
            tables["incidents"].extend(incidents)
        if counts:
            tables["counts"].extend(counts)
        for name, held in tables.items():
            if len(held) >= _BATCH:
                yield Batch(table=name, rows=held)
                tables[name] = []
    for name, held in tables.items():
        if held:
            yield Batch(table=name, rows=held)


# --- JSON --------------------------------------------------------------------------------------


def _json_rows(
    context: LoadContext, layout: Mapping[str, object], columns: list[str]
) -> Iterator[Row | Reject]:
    path = context.file.path
    check_file(path, context.limits.max_file_mb)
    if layout.get("format") == "jsonl":
        return _json_lines(context, columns)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidData(_("the file is not UTF-8"), file=path) from None
    except (json.JSONDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        reason = _("not JSON: {reason}").format(reason=getattr(error, "msg", error))
        raise InvalidData(reason, file=path, line=line) from None
    for step in filter(None, str(layout.get("records", "")).split(".")):
        content = content.get(step) if isinstance(content, dict) else None
    if not isinstance(content, list):
        message = _("the JSON holds no list of records where one is expected")
        raise InvalidData(message, file=path)
    return _objects(context, enumerate(content, start=1), columns)


def _json_lines(context: LoadContext, columns: list[str]) -> Iterator[Row | Reject]:
    most = context.limits.max_line_bytes
    with context.file.path.open("rb") as handle:
        number = 0
        while data := handle.readline(most + 2):
            number += 1
            if len(data) > most and not data.endswith(b"\n"):
                while data and not data.endswith(b"\n"):
                    data = handle.readline(1 << 20)
                context.rows += 1
                yield Reject(line=number, reason=f"the line is longer than {most} bytes", raw="")
            elif data.strip():
                yield from _objects(context, [(number, _json(data))], columns)


def _json(data: bytes) -> object:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return data[:500].decode("utf-8", "replace")


def _objects(
    context: LoadContext,
    items: Iterator[tuple[int, object]] | list[tuple[int, object]],
    columns: list[str],
) -> Iterator[Row | Reject]:
    for number, item in items:
        context.rows += 1
        if isinstance(item, dict):
            flat = dict(_flat("", item))
            yield number, [flat.get(column, "") for column in columns]
        else:
            yield Reject(line=number, reason="not a JSON object", raw=str(item)[:500])


def _flat(prefix: str, item: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in item.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}.", value)
        elif isinstance(value, list):
            yield prefix + key, ";".join(_scalar(part) for part in value)
        else:
            yield prefix + key, _scalar(value)


def _scalar(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- loading mappings --------------------------------------------------------------------------


def mapped_sources(folder: Path | None = None) -> tuple[MappedSource, ...]:
    """Return the sources that the shipped mappings describe, and those in `folder`, by file name.

    Raises: InvalidData: a mapping that cannot be; names the file and what is wrong.
    """
    shipped = files("puente.ingest").joinpath("mappings").iterdir()
    entries = [(e.name, e.read_text("utf-8")) for e in shipped if e.name.endswith(".yaml")]
    if folder is not None:
        entries += [(str(path), path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml"))]
    return tuple(parse_mapping(text, origin) for origin, text in sorted(entries))


def parse_mapping(text: str, origin: str) -> MappedSource:
    """Return the source that a mapping describes, checked against the vocabulary.

    Args:
        text: the YAML.
        origin: what to call it in errors.

    Raises: InvalidData: unknown keys, kinds, properties or options, or what they cannot be.
    """
    try:
        spec = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise InvalidData("not YAML", file=origin, line=line) from None
    try:
        spec = mapping_of(spec, "a mapping")
        # A mended mapping reads the same file otherwise, so the file must be loaded again.
        info = replace(_info(spec), reading=sha256(text.encode()).hexdigest()[:12])
        file = _file(spec)
        unknown = set(file) - _FILE
        if unknown or "pattern" not in file:
            raise InvalidData(f"file: needs a pattern; unknown keys {sorted(unknown)}")
        if file.get("format", "csv") not in {"csv", "json", "jsonl"}:
            raise InvalidData("file: the format is csv, json or jsonl")
        Spec(spec).check()
    except InvalidData as error:
        raise InvalidData(error.message, file=origin) from None
    return MappedSource(info=info, spec=spec, origin=origin)


def _file(spec: Mapping[str, object]) -> Mapping[str, object]:
    return mapping_of(spec.get("file"), "file")


def _info(spec: Mapping[str, object]) -> SourceInfo:
    names = {field.name for field in fields(SourceInfo)} - {"reading"}
    unknown = set(spec) - names - _TOP
    if unknown:
        raise InvalidData(f"unknown keys {sorted(map(str, unknown))}")
    lacking = {"name", "title", "agency", "country", "record_class", "file"} - set(spec)
    if lacking:
        raise InvalidData(f"missing keys {sorted(lacking)}")
    given = {name: str(value) for name, value in spec.items() if name in names and name != "stage"}
    if not re.fullmatch(r"[a-z][a-z0-9_]*", given["name"]):
        raise InvalidData(f"{given['name']!r} cannot name a source")
    for name, kinds in (
        ("record_class", RecordClass),
        ("reliability", Reliability),
        ("credibility", Credibility),
    ):
        if name in given and given[name] not in {kind.value for kind in islice(kinds, None)}:
            raise InvalidData(f"{name} {given[name]!r} is none of {[k.value for k in kinds]}")
    Marking.parse(given.get("marking", "TLP:AMBER"))
    stage = spec.get("stage", 2)
    if stage not in (0, 1, 2) or isinstance(stage, bool):
        raise InvalidData("stage is 0, 1 or 2")
    return SourceInfo(**given, stage=int(str(stage)))
