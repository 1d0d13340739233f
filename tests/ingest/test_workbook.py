"""A spreadsheet gives every cell that it shows, and a hostile one is refused in words."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.source import Limits
from puente.ingest.workbook import cell_text, open_workbook, read_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_what_is_no_number_is_empty() -> None:
    assert cell_text(float("nan")) == ""


def made(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return path


def fill(book: xlsxwriter.Workbook) -> None:
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    clock = book.add_format({"num_format": "hh:mm"})
    span = book.add_format({"num_format": "[h]:mm"})
    sheet = book.add_worksheet("Datos")
    sheet.write_row(2, 2, ["clave", "00123", 4.0, 0.25, True])
    sheet.write_datetime(3, 2, datetime.fromisoformat("2025-03-01"), day)
    sheet.write_datetime(3, 3, datetime.fromisoformat("2025-03-01T14:05:09"), moment)
    sheet.write_datetime(3, 4, datetime.fromisoformat("1899-12-31T14:05"), clock)
    sheet.write_number(3, 5, 1.5, span)
    sheet.write_formula(4, 2, "=1+1", None, 2)
    sheet.write_formula(4, 3, "=NA()", None, "#N/A")
    sheet.write_formula(4, 4, "=1/0", None, "#DIV/0!")
    hidden = book.add_worksheet("Oculta")
    hidden.hide()
    hidden.write(0, 0, "  a\nb ")
    book.add_worksheet("Vacía")


def test_every_kind_of_cell_keeps_what_it_shows(tmp_path: Path) -> None:
    path = made(tmp_path / "x.xlsx", fill)
    assert list(read_sheet(path, "", Limits())) == [
        ["", "", "", "", "", "", ""],
        ["", "", "", "", "", "", ""],
        ["", "", "clave", "00123", "4", "0.25", "true"],
        ["", "", "2025-03-01", "2025-03-01T14:05:09", "14:05:00", "36:00:00", ""],
        ["", "", "2", "#N/A", "#DIV/0!", "", ""],
    ]


def test_sheets_are_found_by_name_and_hidden_ones_are_not_passed_over(tmp_path: Path) -> None:
    with open_workbook(made(tmp_path / "x.xlsx", fill), Limits()) as book:
        assert book.sheets == ("Datos", "Oculta", "Vacía")
        assert list(book.texts(" oculta")) == [["  a\nb "]]
        assert list(book.texts("Vacía")) == []
        with pytest.raises(InvalidData, match="no sheet is called 'Otra'; there are Datos, Oculta"):
            list(book.texts("Otra"))


def test_a_cell_becomes_text_without_digits_that_were_not_there() -> None:
    for cell, text in (
        (5.0, "5"), (-0.0, "0"), (1e-7, "0.0000001"),
        (12345678901234567.0, "1.2345678901234568e+16"),
        (False, "false"), (date(2025, 1, 2), "2025-01-02"), (time(1, 2, 3), "01:02:03"),
        (timedelta(days=2, seconds=5), "48:00:05"), (-timedelta(hours=1), "-01:00:00"), ("x", "x"),
    ):  # fmt: skip
        assert cell_text(cell) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_the_same_number(value: float) -> None:
    assert float(cell_text(value)) == value


def test_a_span_of_time_beyond_all_bounds_names_its_row(tmp_path: Path) -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "horas")
        sheet.write_number(1, 0, 1e15, book.add_format({"num_format": "[h]:mm"}))

    path = made(tmp_path / "x.xlsx", write)
    with pytest.raises(InvalidData, match="line 2: a span of time"):
        list(read_sheet(path, "", Limits()))


def test_colours_are_given_by_row_and_column(tmp_path: Path) -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        orange = book.add_format({"bg_color": "#FF5400"})
        book.add_worksheet("Otra").write(0, 0, 1, orange)
        sheet = book.add_worksheet("Datos")
        sheet.write(2, 1, 5, orange)
        sheet.write(3, 27, 5, book.add_format({"bg_color": "#FFEA00", "num_format": "0.0"}))
        sheet.write(4, 0, 5)

    with open_workbook(made(tmp_path / "x.xlsx", write), Limits()) as book:
        assert book.fills("Datos") == {(2, 1): "FF5400", (3, 27): "FFEA00"}
    with open_workbook(made(tmp_path / "y.xlsx", fill), Limits()) as book:
        assert book.fills("Datos") == {}


def test_entities_in_a_part_are_refused(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        declared = b'<!DOCTYPE a [<!ENTITY e "e">]><styleSheet'
        parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b"<styleSheet", declared)

    path = repacked(made(tmp_path / "x.xlsx", fill), change)
    with open_workbook(path, Limits()) as book, pytest.raises(InvalidData, match="damaged"):
        book.fills("Datos")


def repacked(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "stray",
    [
        b'<row r="9"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='9'><c  r = 'XFD1048576' x=\"/>\" ><v>1</v></c></row>",
    ],
)
def test_one_stray_cell_does_not_ask_for_all_memory(tmp_path: Path, stray: bytes) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", stray + b"</sheetData>")

    path = repacked(made(tmp_path / "x.xlsx", fill), change)
    with pytest.raises(InvalidData, match="1048576 rows and 16384 columns"):
        list(read_sheet(path, "Datos", Limits()))


def test_a_stray_style_without_a_value_is_no_cell(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        stray = b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", stray)

    path = repacked(made(tmp_path / "x.xlsx", fill), change)
    assert len(list(read_sheet(path, "Datos", Limits()))) == 5


def test_a_workbook_that_unpacks_past_its_bounds_is_refused(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts[SHEET] = parts[SHEET].replace(b"<sheetData>", b"<sheetData>" + b"<row/>" * (7 << 20))

    path = repacked(made(tmp_path / "x.xlsx", fill), change)
    with pytest.raises(InvalidData, match=r"more than \d+ MB"):
        list(read_sheet(path, "Datos", Limits()))


def test_what_is_no_workbook_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("datos.csv", "a,b\n")
    for content, reason in (
        (b"a,b\n1,2\n", "not a workbook of the .xlsx kind"),
        (held.getvalue(), "not a workbook of the .xlsx kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password-protected"),
        (b"", "empty"),
    ):
        path.write_bytes(content)
        with pytest.raises(InvalidData, match=reason):
            list(read_sheet(path, "", Limits()))


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_workbook_never_ends_in_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "x.xlsx"
    if not (tmp_path / "whole.xlsx").exists():
        made(tmp_path / "whole.xlsx", fill)
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    content = parts[data.draw(st.sampled_from(sorted(parts)))]
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    with zipfile.ZipFile(path, "w") as archive:
        for name, changed in parts.items():
            archive.writestr(name, bytes(changed))
    with suppress(InvalidData), open_workbook(path, Limits()) as book:
        for name in book.sheets:
            list(book.texts(name))
