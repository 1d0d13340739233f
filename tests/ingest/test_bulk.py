"""A file read by the block says what it says row by row: whatever is wrong with it, in whatever
place, and wherever a block ends. A user would else load a file that is nearly the one they have."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest import mapping_once
from puente.ingest.claims import columns_of
from puente.ingest.mapping import parse_mapping
from puente.ingest.source import Batch, Limits, LoadContext, Reject, SourceFile
from puente.model.places import Gazetteer
from puente.store.tables import LOAD_TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.mapping import MappedSource
    from puente.ingest.source import Claim

HEAD = """
name: made_up
title: Made up
agency: NOBODY
country: mx
record_class: fact
legal_basis: a made-up law
obtained: made up
"""
COLUMNS = ("folio", "fecha", "hora", "tipo", "placa", "nombre", "monto", "lat", "lon", "mun", "edo")
READS = (
    HEAD
    + """
file: {pattern: "*.csv", day_first: true, empty: ["N/D"], FILE}
date: {column: fecha}
entities:
  - {key: car, schema: Vehicle, id: "car-{placa|alnum}", when: {placa: "*"},
     props: {registrationNumber: "{placa}"}}
  - {key: who, schema: Person, id: "who-{nombre|hash}", when: {tipo: [A, B]},
     props: {name: {column: nombre, required: true}, alias: {column: edo, split: ";"}}}
events:
  - id: "e-{folio}"
    kind: {column: tipo, map: {A: plate_read, B: payment, "*": parcel}}
    at: {column: fecha, time: hora}
    place: {column: mun}
    from: {entity: car}
    to: {ref: "who-{nombre|hash}"}
    category: "{tipo} {edo}"
    amount: {column: monto}
    latitude: {column: lat}
    longitude: {column: lon}
  - {id: "f-{folio}", kind: {value: parcel}, at: {column: hora}, when: {tipo: C},
     from: {entity: who, required: true}, place: {state: edo, municipality: mun}}
"""
)
PEOPLE = (
    HEAD
    + """
file: {pattern: "*.csv", day_first: true, FILE}
date: {column: fecha}
entities:
  - {key: who, schema: Person, id: "p-{folio}-{placa|lower}", minor: {age: monto},
     standing: {column: tipo, map: {A: non_suspect, "*": ""}},
     props: {name: ["{nombre} {edo}", {column: placa}], birthDate: {column: fecha},
             alias: {column: edo, split: ";"}, place: {state: edo, municipality: mun},
             nationality: {value: mx}}}
  - {key: car, schema: Vehicle, id: "c-{placa}", when: {placa: "*"},
     props: {registrationNumber: "{placa}", owner: {entity: who, when: {tipo: [A, B]}},
             place: {column: mun}}}
edges:
  - {key: owns, schema: Ownership, id: "o-{folio}", when: {tipo: [A, C]},
     props: {owner: {entity: who}, asset: {entity: car}, percentage: "{monto|amount}"}}
incidents:
  - {id: "i-{folio}", date: {column: fecha}, place: {state: edo, municipality: mun},
     category: "{tipo}", entity: who, when: {nombre: "*"}}
  - {id: "v-{folio}", date: {column: fecha}, place: {column: mun}, category: {value: robo},
     violent: {column: hora, map: {"10:00": true, "*": false}}, entity: car}
"""
)
FIGURES = (
    HEAD
    + """
file: {pattern: "*.csv", FILE}
counts:
  - place: {column: mun}
    month: {year: fecha, month: hora}
    records: {homicidio: monto, robo: lat}
  - place: {state: edo, municipality: mun}
    month: {year: fecha, month: hora}
    record: {column: tipo, map: {A: a, B: b, "*": ""}}
    count: {column: lon}
    when: {tipo: [A, B, C]}
"""
)
PLACES = Gazetteer(
    [
        {"place": "25006", "name": "Culiacán", "state_name": "Sinaloa"},
        {"place": "25012", "name": "Mazatlán", "state_name": "Sinaloa"},
    ]
)
_CELLS = {
    "folio": ["1", "2", "", "3", "X-4", " 5", "N/D"],
    "fecha": ["01/03/2025", "2025-03-02", "2025", "31/02/2025", "", "03/2025", "1 mar 2025"],
    "hora": ["10:00", "10:00:59", "24:00", "3", "dic", "", "2:05 p. m.", "01/03/2025 10:00:00",
             "2025-03-01T10:00", "2025-03-02 24:00"],
    "tipo": ["A", "B", "C", "D", "", "N/D", "Á"],
    "placa": ["ABC-123-D", "abc123d", "", "ÑÑ-1", "X", " "],
    "nombre": ["Ana Ruiz", "José\u00a0", "", "..", "Núñez, Ana", "\u2028L"],
    "monto": ["5", "17", "1,200.50", "-3", "", "mil", "0.1", "33.3 %", "99999999999999999999"],
    "lat": ["24.8", "0", "91", "", "7", "x", "-0"],
    "lon": ["-107.4", "0", "181", "", "12", "0.0"],
    "mun": ["25006", "Culiacán", "", "99999", "25999", "6", "Otro"],
    "edo": ["Sinaloa", "sinaloa", "", "Q; R;", "N/D"],
}  # fmt: skip
_GOOD = (
    "1",
    "01/03/2025",
    "10:00",
    "A",
    "ABC-123-D",
    "Ana",
    "5",
    "24.8",
    "-107.4",
    "25006",
    "Sinaloa",
)
_FIGURES = ("1", "2025", "3", "A", "ABC-123-D", "Ana", "5", "24", "10", "25006", "Sinaloa")
_ODD = [
    "",
    " ",
    "\x1a",
    "\ufeff",
    '"',
    '"a""b"',
    'a"b',
    '"open',
    "x,y",
    "\0",
    "\r",
    "\x85",
    "é" * 40,
]

damage = st.sampled_from(_ODD)
cell = st.builds(lambda name, n: (name, n), st.sampled_from(COLUMNS), st.integers(0, 9))


@st.composite
def lines(draw: st.DrawFn, cut: str, plain: tuple[str, ...]) -> bytes:
    """Write one line, good or spoiled in one of many ways."""
    cells = list(plain)
    for name, number in draw(st.lists(cell, max_size=3)):
        cells[COLUMNS.index(name)] = _CELLS[name][number % len(_CELLS[name])]
    cells[0] = cells[0] + draw(st.sampled_from(["", "0", "1", "2"])) if cells[0] else ""
    how = draw(st.integers(0, 11))
    if how == 0:
        cells = cells[: draw(st.integers(0, len(cells)))]
    elif how == 1:
        cells.append("over")
    elif how == 2:
        at = draw(st.integers(0, len(cells) - 1))
        cells[at] = draw(damage)
    elif how == 3:
        at = draw(st.integers(0, len(cells) - 1))
        cells[at] = '"' + cells[at] + draw(st.sampled_from(["", cut, "\n", '""'])) + '"'
    elif how == 4:
        cells = [f'"{one}"' for one in cells]
    text = cut.join(cells)
    if how == 5:
        text = draw(damage)
    raw = text.encode("utf-8" if draw(st.integers(0, 9)) else "latin-1", "replace")
    return raw + draw(st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r\n", b"\r\r\n", b"\n\n"]))


def handed(
    source: MappedSource, path: Path, block_bytes: int
) -> tuple[object, list[Reject], dict[str, list[dict[str, object]]]]:
    """Return what a file says: facts and rows read, rejects, and the rows of each table."""
    file = SourceFile(path=path, source="made_up", published="2025-03-01")
    context = LoadContext(
        info=source.info, file=file, today=date(2026, 3, 1), gazetteer=PLACES,
        limits=Limits(max_line_bytes=400), block_bytes=block_bytes,
    )  # fmt: skip
    rejects: list[Reject] = []
    claims: list[Claim] = []
    tables: dict[str, list[dict[str, object]]] = {}

    def put(table: str, rows: list[dict[str, object]]) -> None:
        tables.setdefault(table, []).extend(rows)

    def flush() -> None:
        if claims:
            put("statements", columns_of(claims, source.info, file).to_pylist())
            claims.clear()

    for item in source.read(file, context):
        if isinstance(item, list):
            claims += item
        elif isinstance(item, Reject):
            rejects.append(item)
        elif isinstance(item, Batch):
            if item.table == "statements":
                flush()
            if isinstance(item.rows, pa.RecordBatch):
                for column in item.rows.schema:
                    assert column.type == LOAD_TABLES[item.table].field(column.name).type
            rows = item.rows if isinstance(item.rows, list) else item.rows.to_pylist()
            put(item.table, rows)
    flush()
    return (context.facts, context.rows), rejects, tables


def same(yaml: str, content: bytes, folder: Path, layout: str, block_bytes: int) -> None:
    source = parse_mapping(yaml.replace("FILE", layout), "made_up.yaml")
    path = folder / "made_up.csv"
    path.write_bytes(content)
    outcomes = []
    for size in (0, block_bytes):
        try:
            outcomes.append(handed(source, path, size))
        except InvalidData as error:
            outcomes.append((str(error), [], {}))
    assert outcomes[0] == outcomes[1]


LAYOUTS = {
    "encoding: utf-8": ",",
    "encoding: latin-1, delimiter: ';'": ";",
    "encoding: [utf-8, cp1252]": ",",
    "quoted: false, delimiter: '|'": "|",
    f"columns: [{', '.join(COLUMNS)}]": ",",
}


KINDS = pytest.mark.parametrize("yaml", [READS, PEOPLE, FIGURES], ids=["reads", "people", "counts"])
TIMELESS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def spoiled(yaml: str, data: st.DataObject, folder: Path) -> None:
    """Compare both ways on a file that is spoiled in any way and cut into blocks of any size."""
    layout = data.draw(st.sampled_from(sorted(LAYOUTS)))
    # A row that keeps its claims has blocks of a fraction of the size.
    size = data.draw(st.integers(1, 300) | st.integers(2000, 9000)) * (5 if yaml == PEOPLE else 1)
    cut = LAYOUTS[layout]
    plain = _FIGURES if yaml == FIGURES else _GOOD
    good = cut.join(plain).encode() + b"\n"
    runs = st.sampled_from([0, 0, 1, 30, 70])
    body = data.draw(st.lists(lines(cut, plain) | runs.map(lambda n: n * good), max_size=12))
    header = b"" if "columns" in layout else cut.join(COLUMNS).encode() + b"\r\n"
    mark = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) if header else b""
    whole = mark + header + b"".join(body)
    end = data.draw(st.sampled_from([0, 1, 2, 9]))
    same(yaml, whole[: len(whole) - end], folder, layout, size)


@KINDS
@settings(max_examples=40, deadline=None, suppress_health_check=TIMELESS)
@given(data=st.data())
def test_a_file_read_by_the_block_says_what_it_says_row_by_row(
    yaml: str, data: st.DataObject, tmp_path: Path
) -> None:
    spoiled(yaml, data, tmp_path)


@pytest.mark.deep
@KINDS
@settings(max_examples=2000, deadline=None, suppress_health_check=TIMELESS)
@given(data=st.data())
def test_thousands_of_spoiled_files_read_by_the_block_say_what_they_say_row_by_row(
    yaml: str, data: st.DataObject, tmp_path: Path
) -> None:
    spoiled(yaml, data, tmp_path)


def table(rows: list[tuple[str, ...]], cut: str = ",") -> bytes:
    return "".join(cut.join(row) + "\n" for row in [COLUMNS, *rows]).encode()


def reads(count: int) -> list[tuple[str, ...]]:
    """Return plates read a second after one another, by a few devices."""
    return [
        (str(n), f"{1 + n // 3600:02d}/03/2025", f"10:{n // 60 % 60:02d}:{n % 60:02d}", "A",
         f"ABC-{n % 50:03d}-D", "Ana", str(n % 7), "24.8", f"-107.{n % 9}", "25006", "Sinaloa")
        for n in range(count)
    ]  # fmt: skip


def test_a_long_clean_file_is_handed_over_by_the_block_and_not_row_by_row(tmp_path: Path) -> None:
    """Else the speed would be gone without any other test to say so."""
    source = parse_mapping(READS.replace("FILE", "delimiter: ','"), "made_up.yaml")
    path = tmp_path / "made_up.csv"
    path.write_bytes(table(reads(2000)))
    file = SourceFile(path=path, source="made_up", published="2025-03-01")
    context = LoadContext(
        info=source.info, file=file, today=date(2026, 3, 1), gazetteer=PLACES, block_bytes=1 << 16
    )
    batches = [item for item in source.read(file, context) if isinstance(item, Batch)]
    by_column = sum(len(item.rows) for item in batches if isinstance(item.rows, pa.RecordBatch))
    assert by_column == 1999  # the first row shows the file's shape
    assert context.rows == 2000


@pytest.mark.parametrize("moment", ["{} {}", "{}T{}"])
@pytest.mark.parametrize("clock", ["10:00:{:02d}", "10:{:02d}", "{:02d}:59", "9:{:02d} p. m."])
def test_moments_in_one_column_are_those_read_row_by_row(
    moment: str, clock: str, tmp_path: Path
) -> None:
    rows = [
        (*row[:1], "", moment.format(day, clock.format(n % 61)), "C", *row[4:])
        for n, row in enumerate(reads(300))
        for day in [
            ["2025-03-01", "01/03/2025", "2024-02-29", "31/02/2025"][n % 4 if n > 200 else 0]
        ]
    ]
    same(READS, table(rows), tmp_path, "encoding: utf-8", 1 << 14)


@pytest.mark.parametrize("odd", ["0,0", "91,1", ",5", "-0,0.00", "1,200.5", "1e3,1", "nan,1"])
def test_positions_and_numbers_of_many_digits_are_those_read_row_by_row(
    odd: str, tmp_path: Path
) -> None:
    rows = [
        (*row[:6], f"{n / 7:.9f}", f"{n / 11:.7f}", f"-{n / 13:.12f}", *row[9:])
        for n, row in enumerate(reads(300), start=1)
    ]
    rows[200:200] = [(*rows[0][:7], *[*odd.split(","), ""][:2], *rows[0][9:])] * 3
    same(READS, table(rows), tmp_path, "encoding: utf-8", 1 << 14)


@pytest.mark.parametrize("most", [0, 1, 30, 10_000])
def test_a_vehicle_read_again_and_again_is_named_once_while_there_is_room(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping_once.Once.__init__, "__defaults__", (most,))
    rows = reads(600)
    rows[77] = (*rows[77][:1], "31/02/2025", *rows[77][2:])
    content = table(rows)
    same(READS, content, tmp_path, "encoding: utf-8", 1 << 13)
    source = parse_mapping(READS.replace("FILE", "encoding: utf-8"), "made_up.yaml")
    _facts, rejects, tables = handed(source, tmp_path / "made_up.csv", 1 << 13)
    plates = [row["value"] for row in tables["statements"] if row["prop"] == "registrationNumber"]
    assert len(rejects) == 1
    assert len(set(plates)) == 50
    assert (len(plates) == 50) == (most == 10_000)
    assert len(tables["events"]) == 599
