"""Hostile files: every layout that Puente reads, damaged in every way that fits it, by a seed."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
import re
import stat
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from small_files import zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from small_files import Seed

Damage = "Callable[[Seed, random.Random], bytes]"
DEPTH = 100_000
ZEROS_MB = 64
"""Unpacked size of the bombs: past what 250 times their own size allows, and quick to write."""

MEAN_NAMES = (
    "línea\nnueva", "comi\"llas'", "$(touch hacked)", "`id`;rm -rf x", "😀🇲🇽", " -rf ",
    "%s%n{0}", "[bold red]x", "\u202egpj.exe", "<script>alert(1)<",
)  # fmt: skip
"""Names that a shell, a log, a terminal or a page could take for more than a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A hostile file: its name, its bytes, and how it was damaged."""

    name: str
    data: bytes
    damage: str


def hostile_files(seeds: Sequence[Seed], seed: int, every: int = 1) -> Iterator[Hostile]:
    """Yield the hostile files: each layout with each damage that fits its kind.

    Args:
        seeds: valid files.
        seed: of the random generator.
        every: 1 is all of them; 4 is each fourth, such that every damage meets several layouts
            and every layout several damages.
    """
    number = 0
    for layout, valid in enumerate(seeds):
        for at, (damage, make) in enumerate(damages_of(valid.kind).items()):
            if (layout + at) % every and valid.kind in {"csv", "json"}:
                continue
            number += 1
            data = make(valid, random.Random(f"{seed} {layout} {damage}"))
            yield Hostile(name=valid.name, data=data, damage=f"{valid.kind}: {damage}")
    notes = next(valid for valid in seeds if valid.name.startswith("press_monitor"))
    for mean in MEAN_NAMES:
        name = f"press_monitor_{mean}_2022.csv"
        yield Hostile(name=name, data=notes.data, damage="name: mean")


def damages_of(kind: str) -> dict[str, Callable[[Seed, random.Random], bytes]]:
    """Return the damages that fit a kind of file, by name."""
    own = {
        "csv": _TEXT | _TABLE, "json": _TEXT | _JSON, "xml": _TEXT | _XML, "xlsx": _XLSX | _ZIP,
        "zip": _ZIP, "bz2": _PACKED, "parquet": _PARQUET,
    }  # fmt: skip
    return _ANY | own[kind]


# --- any file -----------------------------------------------------------------------------------


def _cut(low: float, high: float) -> Callable[[Seed, random.Random], bytes]:
    return lambda s, rng: s.data[: rng.randint(int(low * len(s.data)), int(high * len(s.data)))]


def _flipped(s: Seed, rng: random.Random) -> bytes:
    data = bytearray(s.data)
    for _n in range(1 + len(data) // 50):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _twice(s: Seed, _rng: random.Random) -> bytes:
    return s.data + s.data


_PAGE = b"<!DOCTYPE html><html><body><h1>503 Service Unavailable</h1></body></html>\n"
_ANY: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "empty": lambda _s, _rng: b"",
    "one byte": lambda _s, rng: bytes([rng.randrange(256)]),
    "cut early": _cut(0, 0.4),
    "cut late": _cut(0.4, 1),
    "bytes flipped": _flipped,
    "said twice": _twice,
    "random bytes": lambda _s, rng: rng.randbytes(4096),
    "web page": lambda _s, _rng: _PAGE,
    "old or locked workbook": lambda _s, rng: (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rng.randbytes(999)
    ),
    "gzip bomb": lambda _s, _rng: gzip.compress(bytes(ZEROS_MB << 20), 1, mtime=0),
}

# --- text ---------------------------------------------------------------------------------------


def _text(s: Seed) -> str:
    try:
        return s.data.decode()
    except UnicodeDecodeError:
        return s.data.decode("cp1252", "replace")


def _put(what: bytes) -> Callable[[Seed, random.Random], bytes]:
    """Return a damage that puts bytes anywhere past the middle, so that a header stands."""

    def damage(s: Seed, rng: random.Random) -> bytes:
        at = rng.randint(len(s.data) // 2, len(s.data))
        return s.data[:at] + what + s.data[at:]

    return damage


_TEXT: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "UTF-16": lambda s, _rng: _text(s).encode("utf-16"),
    "UTF-16 without mark": lambda s, _rng: _text(s).encode("utf-16-le"),
    "UTF-32": lambda s, _rng: _text(s).encode("utf-32"),
    "cp1252 in UTF-8": _put("Peña".encode("cp1252")),
    "invalid bytes": _put(b"\xff\xfe\xc0\xaf\xf5"),
    "surrogates": _put(b"\xed\xa0\x80\xed\xb0\x80"),
    "NUL bytes": _put(b"\0\0\0"),
    "control bytes": _put(bytes(range(1, 9)) + b"\x0b\x0c\x0e\x1b[2J\x7f\xc2\x85\xe2\x80\xa8"),
    "mark twice": lambda s, _rng: b"\xef\xbb\xbf\xef\xbb\xbf" + s.data,
    "a quote never closed": _put(b'"'),
    "a line of 3 MB": _put(b"x" * 3_000_000),
    "Control-Z in the middle": _put(b"\x1a"),
    "line ends mixed": lambda s, rng: re.sub(
        rb"\r?\n", lambda _m: rng.choice([b"\n", b"\r\n", b"\r", b"\n\n"]), s.data
    ),
    "other line ends": lambda s, _rng: s.data.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
    "only space": lambda _s, _rng: b" \n" * 5000,
}

# --- tables -------------------------------------------------------------------------------------


def _rows(s: Seed) -> list[list[str]]:
    return list(csv.reader(io.StringIO(_text(s)), delimiter=s.delimiter))


def _written(rows: Sequence[Sequence[str]], s: Seed, delimiter: str = "") -> bytes:
    held = io.StringIO()
    csv.writer(held, delimiter=delimiter or s.delimiter, lineterminator="\n").writerows(rows)
    return held.getvalue().encode("utf-8", "surrogatepass")


def _cells(*values: str) -> Callable[[Seed, random.Random], bytes]:
    """Return a damage that puts values into half of the cells below the header."""

    def damage(s: Seed, rng: random.Random) -> bytes:
        head, *rest = _rows(s)
        return _written(
            [head, *([rng.choice([c, rng.choice(values)]) for c in row] for row in rest)], s
        )

    return damage


def _columns(change: Callable[[list[int], random.Random], list[int]]) -> Damage:
    def damage(s: Seed, rng: random.Random) -> bytes:
        rows = _rows(s)
        order = change(list(range(max(map(len, rows)))), rng)
        return _written([[row[at] for at in order if at < len(row)] for row in rows], s)

    return damage


def _shuffled(order: list[int], rng: random.Random) -> list[int]:
    return rng.sample(order, len(order))


def _ragged(s: Seed, rng: random.Random) -> bytes:
    head, *rest = _rows(s)
    return _written([head, *([*row, "x"] if rng.random() < 0.5 else row[:-1] for row in rest)], s)


_TABLE: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "another delimiter": lambda s, _rng: _written(_rows(s), s, "|"),
    "header twice in a row": lambda s, _rng: _written([_rows(s)[0], *_rows(s)], s),
    "a column named twice": _columns(lambda order, _rng: [*order, order[0]]),
    "a column missing": _columns(lambda order, rng: [n for n in order if n != rng.choice(order)]),
    "columns in another order": _columns(_shuffled),
    "header only": lambda s, _rng: _written(_rows(s)[:1], s),
    "no header": lambda s, _rng: _written(_rows(s)[1:], s),
    "rows of other widths": _ragged,
    "formulas": _cells("=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"),
    "huge numbers": _cells("1e999", "-1e999", "9" * 30, "9223372036854775808", "1e-999"),
    "numbers of 5,000 digits": _cells("7" * 5000, "0." + "7" * 5000, "1" + "0" * 4999),
    "no numbers": _cells("NaN", "Infinity", "-inf", "1_000", "٣", "½", "0x10", "1e5", "१२"),
    "negative numbers": _cells("-1", "-0", "-0.5", "−3"),
    "days that are none": _cells("0000-00-00", "9999-99-99", "31/02/2024", "2024-13-01", "0000"),
    "far days": _cells("9999-12-31", "0001-01-01", "12/31/9999 11:59:59 PM", "99999999"),
    "letters to deceive": _cells(
        "\u202eJUAN", "J\u200bUAN", "ЈUАN", "a\u0301" * 50, "\ufeff", "\u2028"
    ),
    "lone surrogates": _cells("\ud800", "a\udfff"),
    "markup": _cells("<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "'; DROP TABLE"),
    "blank cells": _cells("", " ", "\u00a0"),
    "long cells": _cells("x" * 40_000),
    "breaks in cells": _cells("a\nb", "a\r\nb", "\n" * 300),
}

# --- JSON ---------------------------------------------------------------------------------------


def _leaves(*values: object) -> Callable[[Seed, random.Random], bytes]:
    """Return a damage that puts values in place of a third of the leaves and objects."""

    def change(node: object, rng: random.Random) -> object:
        if rng.random() < 0.3:
            return rng.choice(values)
        if isinstance(node, dict):
            return {key: change(value, rng) for key, value in node.items()}
        if isinstance(node, list):
            return [change(value, rng) for value in node]
        return node

    def damage(s: Seed, rng: random.Random) -> bytes:
        # The outermost two levels stand, else nothing would be left to read.
        def outer(node: object, depth: int) -> object:
            if not depth:
                return change(node, rng)
            if isinstance(node, dict):
                return {key: outer(value, depth - 1) for key, value in node.items()}
            return [outer(value, depth - 1) for value in node] if isinstance(node, list) else node

        return b"\n".join(json.dumps(outer(whole, 2)).encode() for whole in _wholes(s)) + b"\n"

    return damage


def _wholes(s: Seed) -> list[object]:
    try:
        return [json.loads(s.data)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in s.data.splitlines()]


def _said_twice(s: Seed, _rng: random.Random) -> bytes:
    return re.sub(rb'\{"(\w+)":', rb'{"\1": 1, "\1":', s.data)


_JSON: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "100,000 lists deep": lambda _s, _rng: b"[" * DEPTH + b"]" * DEPTH,
    "100,000 objects deep": lambda _s, _rng: b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "depth in a record": _put(b'{"a":' * DEPTH),
    "keys twice": _said_twice,
    "leaves of other types": _leaves(None, [], {}, 0, -1, True, "x", [[1]], {"a": {"b": []}}),
    "huge numbers in leaves": _leaves(10**400, -(10**19), 1e308, 2**63),
    "no numbers in leaves": _leaves(float("nan"), float("inf"), float("-inf")),
    "surrogates in leaves": _leaves("\ud800", "a\udfffb", "\x00", "\u202e"),
    "a number of 5,000 digits": lambda s, _rng: re.sub(rb":\s*[\d\"][^,}\]]*", b": " + b"7" * 5000,
                                                      s.data, count=3),
    "a number past all": lambda s, _rng: re.sub(rb":\s*[\d\"][^,}\]]*", b": 1e999",
                                               s.data, count=3),
    "a list of scalars": lambda _s, _rng: b"[1, 2, null, \"x\"]",
    "a scalar": lambda _s, _rng: b"42",
    "null": lambda _s, _rng: b"null",
    "an empty object": lambda _s, _rng: b"{}",
}  # fmt: skip

# --- XML ----------------------------------------------------------------------------------------


def _with_doctype(doctype: str) -> Callable[[Seed, random.Random], bytes]:
    return lambda s, _rng: s.data.replace(b"?>", b"?>" + doctype.encode(), 1).replace(
        b"ZOLTAN", b"&x;"
    )


_LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "<!ENTITY x '&j;'>]>"  # fmt: skip
_XML: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "billion laughs": _with_doctype(_LAUGHS),
    "external entity": _with_doctype("<!DOCTYPE l [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    "external document type": _with_doctype("<!DOCTYPE l SYSTEM 'http://127.0.0.1:9/x.dtd'>"),
    "100,000 elements deep": lambda s, _rng: s.data.replace(b"ZOLTAN", b"<a>" * DEPTH),
    "100,000 attributes": lambda s, _rng: s.data.replace(
        b"<DATAID>", b"<DATAID " + b" ".join(b'a%d="1"' % n for n in range(DEPTH)) + b">"
    ),
    "an attribute of 3 MB": lambda s, _rng: s.data.replace(
        b"<DATAID>", b'<DATAID a="' + b"x" * 3_000_000 + b'">'
    ),
    "an encoding that lies": lambda s, _rng: s.data.replace(b"UTF-8", b"UTF-16"),
    "an encoding that is none": lambda s, _rng: s.data.replace(b"UTF-8", b"X-NONE"),
    "another root": lambda _s, _rng: b"<?xml version='1.0'?><rss><channel/></rss>",
    "no records": lambda s, _rng: re.sub(
        rb"<INDIVIDUAL>.*</INDIVIDUAL>", b"", s.data, flags=re.DOTALL
    ),
    "a character that is none": lambda s, _rng: s.data.replace(b"ZOLTAN", b"&#0;&#xD800;"),
}

# --- archives -----------------------------------------------------------------------------------


def _archive(*names: str, content: bytes = b"a,b\n1,2\n") -> Callable[[Seed, random.Random], bytes]:
    def damage(_s: Seed, _rng: random.Random) -> bytes:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, content)
        return held.getvalue()

    return damage


def _link(_s: Seed, _rng: random.Random) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        entry = zipfile.ZipInfo("passwords.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return held.getvalue()


def _encrypted(s: Seed, rng: random.Random) -> bytes:
    data = bytearray(_archive("a.csv")(s, rng))
    data[6] |= 1
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def _nested(_s: Seed, _rng: random.Random) -> bytes:
    data = bytes(1 << 20)
    for _level in range(5):
        data = zipped(**{f"m{n}": data for n in range(4)})
    return zipped(a=data)


def _larger_than_told(s: Seed, rng: random.Random) -> bytes:
    data = bytearray(_archive("a.csv", content=bytes(1 << 20))(s, rng))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


_PACKED: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "bzip2 cut": lambda s, _rng: s.data[: len(s.data) // 2],
    "bzip2 bomb": lambda _s, _rng: bz2.compress(bytes(ZEROS_MB << 20), 1),
    "rubbish behind": lambda s, rng: s.data + rng.randbytes(500),
}
_ZIP: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "bomb": _archive("a.csv", content=bytes(ZEROS_MB << 20)),
    "nested bomb": _nested,
    "a member that climbs out": _archive("../../etc/passwd"),
    "a member at the root": _archive("/etc/passwd"),
    "a member with a drive": _archive("C:\\x.csv"),
    "a member that is a link": _link,
    "encrypted": _encrypted,
    "two members": _archive("a.csv", "b.csv"),
    "no member": _archive(),
    "larger than its directory says": _larger_than_told,
    "20,000 members": _archive(*(f"{n}.csv" for n in range(20_000)), content=b""),
    "rubbish in front": lambda s, rng: rng.randbytes(100) + s.data,
}

# --- workbooks and Parquet ----------------------------------------------------------------------


def _part(name: str, old: bytes, new: bytes) -> Callable[[Seed, random.Random], bytes]:
    """Return a damage that changes one part of a workbook."""

    def damage(s: Seed, _rng: random.Random) -> bytes:
        held = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(s.data)) as book, zipfile.ZipFile(held, "w") as out:
            for member in book.infolist():
                data = book.read(member)
                changed = data.replace(old, new, 1) if member.filename.endswith(name) else data
                out.writestr(member.filename, changed)
        return held.getvalue()

    return damage


def _book(**cells: object) -> Callable[[Seed, random.Random], bytes]:
    def damage(_s: Seed, _rng: random.Random) -> bytes:
        held = io.BytesIO()
        with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for at, value in cells.items():
                sheet.write(at, value)
        return held.getvalue()

    return damage


_XLSX: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "a cell in the last corner": _book(XFD1048576="x"),
    "formulas and links": _book(A1="=cmd|'/c calc'!A1", A2="=HYPERLINK(\"http://127.0.0.1\")",
                                A3="='[file:///etc/passwd]x'!A1"),
    "an empty sheet": _book(),
    "no sheet": _part("workbook.xml", b"<sheet ", b"<sheat "),
    "billion laughs in a sheet": _part("sheet1.xml", b"?>", b"?>" + _LAUGHS.encode()),
    "a sheet that is no XML": _part("sheet1.xml", b"<sheetData>", b"<sheetData><<<"),
    "a sheet 100,000 deep": _part("sheet1.xml", b"<sheetData>", b"<sheetData>" + b"<a>" * DEPTH),
    "a text index past the end": _part("sheet1.xml", b"<v>0</v>", b"<v>99999999</v>"),
    "a text index below zero": _part("sheet1.xml", b"<v>0</v>", b"<v>-1</v>"),
    "a row past the last": _part("sheet1.xml", b'r="A1"', b'r="A9999999"'),
    "a number past all": _part("sheet1.xml", b"<v>2024</v>", b"<v>1e999</v>"),
}  # fmt: skip


def _table(**columns: object) -> Callable[[Seed, random.Random], bytes]:
    def damage(_s: Seed, _rng: random.Random) -> bytes:
        held = io.BytesIO()
        pq.write_table(pa.table(columns), held)
        return held.getvalue()

    return damage


_DAY = ["2024-01-01"]
_PARQUET: dict[str, Callable[[Seed, random.Random], bytes]] = {
    "another footer": lambda s, _rng: s.data[:-8] + (1 << 30).to_bytes(4, "little") + b"PAR1",
    "no footer": lambda s, _rng: s.data[:-4],
    "other columns": _table(a=["1"], b=["2"]),
    "nested types": _table(id=[{"a": ["1"]}], nombre=[["x", "y"]], fecha=_DAY),
    "other types": _table(id=[1.5], nombre=[b"\xff\xfe"], fecha=[None]),
    "no rows": _table(id=pa.array([], "string"), nombre=pa.array([], "string"),
                      fecha=pa.array([], "string")),
    "numbers that are none": _table(id=[float("nan")], nombre=[float("inf")], fecha=_DAY),
}  # fmt: skip
