r"""Sources that are data only: a YAML file says how the rows of a file become entities.

One YAML file is one source. Its keys:

    name: fgr_detenidos              # key of the source; a-z, 0-9, _
    title: Registro de detenidos     # shown to users
    agency: FGR
    country: mx                      # the agency's country; also reads telephone numbers
    record_class: fact               # fact tip criminal_intelligence sanctions court public_list
    legal_basis: "CNPP art. 113"     # the law under which the agency holds and passes them on
    obtained: reported by the police # how the records came about
    reliability: B                   # A..F   (default B)
    credibility: "2"                 # 1..6   (default 3)
    marking: "TLP:AMBER//REL MX US"  # default TLP:AMBER
    stage: 2                         # 0 reference, 1 lists, 2 records (default 2)
    url: ...    licence: ...    cadence: ...             # optional
    part: ""                         # optional: series of files within the source

`legal_basis` and `obtained` may be left out of a `public_list` and of `sanctions` only.

    file:
      pattern: "fgr_detenidos*.csv"  # or a list; against the file's name, upper or lower case
      format: csv                    # csv (default), json (a list of objects), jsonl, xlsx, parquet
      compression: gz                # gz, bz2 or zip (of one file); left out: none
      encoding: utf-8                # text: or a list to try in order, e.g. [utf-8, cp1252]
      delimiter: ","                 # csv: one character; a tab is "\t"
      quoted: true                   # csv: false: a quote is a letter like any other
      sheet: Hoja1                   # xlsx: its name; left out: the first
      title_lines: 0                 # csv, xlsx: lines that may stand before the header
      columns: [a, b, c]             # csv, xlsx: names of the columns of a file WITHOUT a header
      records: data.items            # json: where the list stands; left out: the top
      header: [expediente, nombre]   # columns that must be there, besides those named below
      day_first: true                # how 01/06/2018 is read; left out: refused if ambiguous
      empty: ["N/D", "-0-"]          # texts that mean "no value"

`published` is the date in the file's name (`_YYYY-MM-DD`, `_YYYY-MM`, `_YYYY`), else in its
folder's name, else the file's own date. Cells of xlsx and parquet are read as text: `5`, `0.25`,
`true`, `2025-03-01`, `2025-03-01T14:05:09`. JSON numbers stay as written. Nested JSON objects are
columns with dots (`address.city`); a JSON list of plain values is one text joined with `;` (use
`split: ";"`); for a list of objects see `each`. The line of a JSON or parquet record is its number.
JSON has no header: a column that no record has is told among the facts of the load.

    date: {column: fecha}            # optional: the date that every claim of the row bears

    entities:
      - key: person                  # name within this file, for `entity:` below
        schema: Person
        id: "fgr-det-{expediente}"   # template; a row with an empty column in it is rejected
        when: {clave: "*"}           # optional, see below; else no such entity in this row
        each: annexes.people         # optional, JSON: one for every object of that list
        standing: non_suspect        # optional: victims, witnesses, minors, relatives
        minor: {born: fecha_nac, date: fecha}  # optional: non_suspect where under 18
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
    incidents:                       # one mapping, or a list; may have when and each
      id: "ssp-{folio}"
      date: {column: fecha}
      place: {state: entidad, municipality: municipio}
      category: {column: delito}
      violent: {column: violencia, map: {"SI": true, "NO": false}}   # no value: not known
      entity: event                  # optional: key of the event's entity in this row
    counts:                          # one mapping, or a list; may have when
      place: {column: cve_mun}
      month: {column: mes}           # or {year: anio, month: mes}; month a number or a name
      record: {column: delito}       # or fixed: {value: homicidio_doloso}
      count: {column: casos}         # blank is "not reported", not zero
      # instead of record and count, one column a record:
      records: {homicidio_doloso: "Homicidio doloso", feminicidio: "Feminicidio"}
    events:                          # one mapping, or a list; may have when and each
      id: "c5-{folio}"
      kind: {value: emergency_call}  # or plate_read phone_call payment parcel press_note
      at: {column: fecha, time: hora}          # or one column with both; a day alone is enough
      # all else is optional:
      place: {column: cve_mun}
      from: {entity: caller}         # or {ref: "tel-{numero|digits}"}
      to: {entity: called}
      category: {column: motivo}
      amount: {column: monto}
      unit: {value: MXN}
      latitude: {column: lat}        # degrees, with longitude; 0, 0 is "not given"
      longitude: {column: lon}
      authority: {column: orden, required: true}         # the judge's order, where one is needed

Events are bulk records, a row each: calls, payments, plates read. The time of day is local, or with
the offset that is written: `14:05`, `14:05:09.5`, `2:05 p. m.`, `1405`, `14:05 hrs.`, `-06:00`.
What the rows of a table with events say of an entity is kept once a file, from the first row that
says it: a plate that is read 4,000 times is one vehicle, and each read is an event.

A value is one of:

    "text with {columns}"            template; texts between empty columns fall away at the edges
    {column: name}                   one column
    {template: "..."}                a template with options
    {value: text}                    always the same
    {entity: key}                    the id of another entity of this row
    {ref: "other-{column}"}          the id of an entity of another row or file
    {state: c, municipality: c}      for a place: by name; {column: c} by code (leading zeros kept)
    {state: {value: Sinaloa}, municipality: c}         where the whole file is of one state
    {state: c}                       the state as a whole (`SS000`), for figures of states
    a list of these                  several values

with options: `type` (default: the property's type in the vocabulary), `map` (text to value; a text
that is not in it rejects the row, unless the map has a `"*"`), `split` (a separator: several
values), `when`, `required: true` (no value rejects the row), `day_first`.

In a template `{column|upper}`, `|lower`, `|digits`, `|alnum` (letters and digits, upper case, no
accents), `|hash` (16 characters that stand for the text: for ids made of names, so that no name
stands in an id), `|slug` (`Homicidio doloso` to `homicidio_doloso`), `|pad2`, `|pad3` (zeros in
front), `|amount` (`$1,200.50 MN` to `1200.50`, `33.3 %` to `33.3`).

`when: {column: text}`, `{column: [text, text]}`, `{column: "*"}` (not empty), `{column: ""}`
(empty); several columns must all hold. An edge is not made where an entity that it points at was
not made in the row; other entities simply lack that property.

`each: annexes.people` makes an entity, edge, incident or event once for every object of that list;
a list that is missing or empty makes none. The object's columns are `annexes.people.name`; those of
the record, and of a list around it, are there too. `{#}` in a template is the object's number, from
1 (`2.1` in a list within a list). An `entity:` points at what is made for the same object, for one
around it, or for the record. One bad object rejects the whole record and is named:
`annexes.people[2]: birthDate: not a date`.

**Safeguards.** `standing` can hang on a column: `{column: rol, map: {VICTIMA: non_suspect,
DETENIDO: ""}}`; a role that is not in the map rejects the row, an empty one too, so that no one's
label is guessed. `minor` names the column of birth (`born`) or of age (`age`), or both, and the day
of the record (`date`; default: the row's). Who can be under 18 on that day is taken to be.

    suspicion:                       # one mapping, or a list: compulsory for criminal_intelligence
      of: person                     # key of a person or an organisation
      basis: "{hechos}"              # the facts that the suspicion rests on
      crime: {column: delito}
      assessed_by: {column: unidad}            # optional
      assessed_on: {column: fecha_valoracion}
      review_by: {column: revisar}             # optional: five years after the assessment

Criminal intelligence on a person or an organisation needs reasonable suspicion of a crime, and
lapses unless it is reviewed within five years (28 CFR 23.20(a), (h)). So every such entity of a
mapping of `criminal_intelligence` must have a suspicion or be `non_suspect`; a row without basis,
crime or day of assessment is rejected, and so is one with a later review. It becomes a `Suspicion`
beside the entity, `<id>-suspicion`. In other classes of record there is none.

A value that does not parse rejects the whole row with file, line and reason. CURP, RFC, VIN, LEI
and IMO numbers are normalised and kept whatever their state, and counted as facts. A municipality
without a code is kept as a note on an entity, becomes `SS999` (not specified) on an incident or an
event, and rejects a count, since a figure must not move to another place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.mapping_apply import Applied
from puente.ingest.mapping_files import check_layout, open_records
from puente.ingest.mapping_items import as_list, mapping_of
from puente.ingest.mapping_nested import Nested
from puente.ingest.mapping_rows import compile_plan
from puente.ingest.mapping_spec import Spec
from puente.ingest.source import (
    Handed,
    LoadContext,
    Reject,
    SourceFile,
    SourceInfo,
    files_below,
    published_on,
)
from puente.model.provenance import Credibility, Marking, RecordClass, Reliability
from puente.model.strict_yaml import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from puente.ingest.bulk import Bulk
    from puente.ingest.mapping_files import Record
    from puente.ingest.mapping_rows import Plan

_TOP = frozenset(
    {"file", "entities", "edges", "incidents", "counts", "events", "suspicion", "date", "part"}
)
_NEEDED = frozenset({"name", "title", "agency", "country", "record_class", "file"})
_PUBLISHED = frozenset({RecordClass.PUBLIC_LIST.value, RecordClass.SANCTIONS.value})
"""Classes of record whose publisher answers for them, so that no legal basis need be named."""


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
        spec, layout = Spec(self.spec), _file(self.spec)
        bulk_records = bool(spec.events) and not spec.nested
        block = 0 if spec.suspicions else context.block_bytes
        if not bulk_records:
            # Every row keeps its claims: ten or twenty rows of text for one of the file.
            block //= 1 + sum(len(entity.props) for entity in spec.entities) // 4
        needed = sorted(spec.columns())
        try:
            with open_records(context, layout, needed, spec.lists, block=block) as found:
                header, rows = found
                plan = compile_plan(spec, layout, header, context)
                applied = Applied(plan, bulk_records=bulk_records)
                yield from _mapped(rows, applied, lambda: _bulk(spec, plan, applied))
        except InvalidData as error:
            if error.file is None:
                raise InvalidData(error.message, file=file.path) from None
            raise


def _bulk(spec: Spec, plan: Plan, applied: Applied) -> Bulk:
    # Arrow and numpy are loaded where a file needs them.
    from puente.ingest.bulk import Bulk

    return Bulk(spec, plan, applied)


def _mapped(
    rows: Iterator[Record], applied: Applied, compiled: Callable[[], Bulk]
) -> Iterator[Handed]:
    bulk: Bulk | None = None
    for item in rows:
        if isinstance(item, tuple | Reject | Nested):
            yield from applied.handed(item)
        else:
            bulk = bulk or compiled()
            yield from applied.rest()
            yield from bulk.apply(item)
    yield from applied.rest()


# --- loading mappings --------------------------------------------------------------------------


def mapped_sources(folder: Path | None = None) -> tuple[MappedSource, ...]:
    """Return the sources that the shipped mappings describe, and those in `folder`, by file name.

    Raises: InvalidData: a mapping that cannot be; names the file and what is wrong.
    """
    shipped = files("puente.ingest").joinpath("mappings").iterdir()
    found = [
        parse_mapping(entry.read_text("utf-8"), entry.name)
        for entry in shipped
        if entry.name.endswith(".yaml")
    ]
    if folder is not None:
        found += [read_mapping(path) for path in folder.glob("*.yaml")]
    return tuple(sorted(found, key=lambda source: source.origin))


def read_mapping(path: Path) -> MappedSource:
    """Return the source that a mapping in a file describes.

    Raises: InvalidData: it cannot be read, is not UTF-8, or cannot be; names the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData(_("cannot be read: {error}").format(error=error), file=path) from None
    return parse_mapping(text, str(path))


def parse_mapping(text: str, origin: str) -> MappedSource:
    """Return the source that a mapping describes, checked against the vocabulary.

    Args:
        text: the YAML.
        origin: what to call it in errors.

    Raises: InvalidData: unknown keys, kinds, properties or options, or what they cannot be.
    """
    read = strict_yaml(text, origin)
    try:
        spec = mapping_of(read, "a mapping")
        # A mended mapping reads the same file otherwise, so the file must be loaded again.
        info = replace(_info(spec), reading=sha256(text.encode()).hexdigest()[:12])
        check_layout(_file(spec))
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
    lacking = _NEEDED - set(spec)
    if str(spec.get("record_class")) not in _PUBLISHED:
        # 28 CFR 23.20(d): nothing may be held that was obtained against the law; who holds it says.
        lacking |= {name for name in ("legal_basis", "obtained") if not spec.get(name)}
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
        if name in given and given[name] not in [kind.value for kind in kinds]:
            raise InvalidData(f"{name} {given[name]!r} is none of {[k.value for k in kinds]}")
    Marking.parse(given.get("marking", "TLP:AMBER"))
    stage = spec.get("stage", 2)
    if stage not in (0, 1, 2) or isinstance(stage, bool):
        raise InvalidData("stage is 0, 1 or 2")
    return SourceInfo(**given, stage=int(str(stage)))
