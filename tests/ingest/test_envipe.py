"""The victim survey: tables are found by what they say, whatever the layout of the year."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.sources.envipe import SOURCES
from puente.ingest.sources.envipe_tables import clean

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.load import Loading
    from puente.ingest.source import SourceFile

    from .conftest import Read

(SOURCE,) = SOURCES
UNREPORTED = ("Delitos ocurridos1", ("Cifra negra2", "Absolutos"), ("Cifra negra2", "Relativos"))
REPORTED = (
    "Delitos ocurridos1, 2", ("Delitos denunciados ", "Absolutos"),
    ("Delitos denunciados ", "Relativos"),
    ("Inició una carpeta de investigación", "Sí", "Absolutos"),
    ("Inició una carpeta de investigación", "Sí", "Relativos"),
)  # fmt: skip
STATES = {
    "Estados Unidos Mexicanos": (1000.0, 930.0, 93.0),
    "Distrito Federal": (400.0, 380.0, 95.0),
    "Veracruz de Ignacio de la Llave": (250.0, "250", "100.0*"),
}


@dataclass
class Layout:
    """One sheet as an edition may lay it out."""

    title: str = "Delitos ocurridos por entidad federativa, según cifra negra"
    stub: str = "Entidad federativa1"
    columns: tuple[object, ...] = UNREPORTED
    rows: dict[str, tuple[object, ...]] = field(default_factory=lambda: dict(STATES))
    year: object = 2024
    top: int = 0
    left: int = 0
    gap: int = 1
    blank_after_nation: bool = False
    low: tuple[str, ...] = ()
    """Rows whose last figure is coloured as of low precision."""


def write(sheet: xlsxwriter.worksheet.Worksheet, layout: Layout, orange: object) -> None:
    row, left = layout.top, layout.left
    sheet.write(row, left, "INEGI. Encuesta Nacional de Victimización 2025 (ENVIPE). Tabulados.")
    sheet.write(row + 2, left, layout.title)
    sheet.write(row + 2, left + 9, "Cuadro 3.1")
    sheet.write(row + 3, left, layout.year)
    head = row + 5
    sheet.write(head, left, layout.stub)
    at = {n: left + 1 + n * (1 + layout.gap) for n in range(len(layout.columns))}
    before: tuple[str, ...] = ()
    for n, labels in enumerate(layout.columns):
        path = labels if isinstance(labels, tuple) else (labels,)
        for depth in range(len(path)):
            if path[: depth + 1] != before[: depth + 1]:
                sheet.write(head + depth, at[n], path[depth])
        before = path
    line = head + 4
    for stub, figures in layout.rows.items():
        sheet.write(line, left, stub)
        for n, figure in enumerate(figures):
            coloured = stub in layout.low and n == len(figures) - 1
            sheet.write(line, at[n], figure, orange if coloured else None)
        line += 1 + (layout.blank_after_nation and stub == "Estados Unidos Mexicanos")
    sheet.write(line + 1, left, "Nota: 28 365 casos en los que no se especificó la entidad.")
    sheet.write(line + 2, left, "         Alto, CV en el rango de (0,15)")
    sheet.write(line + 3, left, "Moderado, CV en el rango de [15,30)")
    sheet.write(line + 4, left, "Bajo, CV de 30% en adelante", orange)
    sheet.write(line + 5, left, "1 Es la suma de los delitos captados por la encuesta.")


def workbook(tmp_path: Path, *layouts: Layout, name: str = "envipe_2025.xlsx") -> SourceFile:
    with xlsxwriter.Workbook(tmp_path / name) as book:
        orange = book.add_format({"bg_color": "#FF5400"})
        book.add_worksheet("Índice").write(0, 0, "3.1 | Delitos ocurridos")
        for number, layout in enumerate(layouts, start=1):
            write(book.add_worksheet(f"3.{number}"), layout, orange)
    (file,) = SOURCE.find(tmp_path)
    return file


def values(found: Read) -> dict[tuple[str, str, str, str], float | None]:
    return {
        (r["place"], r["period"], r["record"], r["measure"]): r["value"]  # type: ignore[misc]
        for r in found.tables["indicators"]
        if not str(r["measure"]).endswith("_cv")
    }


EXPECTED = {
    ("00000", "2024", "all", "cifra_negra_pct"): 93.0,
    ("09000", "2024", "all", "cifra_negra"): 380.0,
    ("30000", "2024", "all", "delitos_estimados"): 250.0,
    ("30000", "2024", "all", "cifra_negra_pct"): 100.0,
}


@given(
    st.integers(0, 6), st.integers(0, 3), st.integers(0, 2), st.booleans(),
    st.sampled_from(["Entidad federativa", "Entidad federativa1", " ENTIDAD  FEDERATIVA 2, 3"]),
    st.sampled_from([2024, "2024"]), st.permutations(UNREPORTED),
)  # fmt: skip
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_shifted_layout_changes_no_figure(
    tmp_path: Path, read: type[Read], top: int, left: int, gap: int, blank: bool, stub: str,
    year: object, order: list[object],
) -> None:  # fmt: skip
    at = [UNREPORTED.index(column) for column in order]  # type: ignore[arg-type]
    layout = Layout(
        stub=stub, year=year, top=top, left=left, gap=gap, blank_after_nation=blank,
        columns=tuple(order),
        rows={name: tuple(figures[n] for n in at) for name, figures in STATES.items()},
    )  # fmt: skip
    found = read(SOURCE, workbook(tmp_path, layout))
    assert EXPECTED.items() <= values(found).items()
    assert len(values(found)) == 9
    assert (found.rows, found.rejects) == (3, [])


def test_colour_says_how_sure_a_figure_is(tmp_path: Path, read: type[Read]) -> None:
    found = read(SOURCE, workbook(tmp_path, Layout(low=("Distrito Federal",))))
    cv = {
        (r["place"], r["measure"]): (r["low"], r["high"])
        for r in found.tables["indicators"]
        if str(r["measure"]).endswith("_cv")
    }
    assert cv["09000", "cifra_negra_pct_cv"] == (30.0, None)
    assert cv["09000", "cifra_negra_cv"] == (0.0, 15.0)
    # A star stands for no case or all of them, of which there is no coefficient.
    assert ("30000", "cifra_negra_pct_cv") not in cv
    assert found.facts["figures of low precision"] == 1


def test_reports_and_investigations_are_shares_of_what_they_are_shares_of(
    tmp_path: Path, read: type[Read]
) -> None:
    rows = {
        "Estados Unidos Mexicanos": (1000.0, 100.0, 10.0, 70.0, 70.0),
        "Robo total de vehículo3": (100.0, 60.0, 60.0, 54.0, 90.0),
        "Robo o asalto en la calle o transporte público4": (300.0, 30.0, 10.0, "ND", ""),
    }
    layout = Layout("Delitos denunciados por tipo de delito", "Tipo de delito", REPORTED, rows)
    found = values(read(SOURCE, workbook(tmp_path, layout)))
    car = ("00000", "2024", "robo_total_de_vehiculo")
    assert found[*car, "denuncia_pct"] == 60.0
    assert found[*car, "delitos_con_carpeta"] == 54.0
    assert found[*car, "carpeta_iniciada_pct"] == 90.0
    street = ("00000", "2024", "robo_o_asalto_en_calle_o_transporte_publico")
    assert found[*street, "delitos_con_carpeta"] is None


def test_a_share_of_something_else_is_not_loaded_under_a_known_name(
    tmp_path: Path, read: type[Read]
) -> None:
    # Until 2014 a table calls each crime's part of all unreported crimes "Relativos" of it too.
    rows = {"Estados Unidos Mexicanos": (1000.0, 930.0, 93.0), "Puebla": (80.0, 70.0, 7.5)}
    other = Layout(title="Cifra negra por entidad y los tres delitos", rows=rows)
    found = read(SOURCE, workbook(tmp_path, Layout(), other))
    assert ("21000", "2024", "all", "cifra_negra_pct") not in values(found)
    assert found.facts["table not loaded: 3.2 Cifra negra por entidad y los tres delitos"] == 1
    assert found.facts["tables loaded"] == 1
    assert found.facts["sheet without a table by state or crime: Índice 3.1 | Delitos ocurridos"]


def test_crimes_stand_under_their_state_and_never_under_the_one_before(
    tmp_path: Path, read: type[Read]
) -> None:
    rows = {
        "Estados Unidos Mexicanos": (1000.0, 930.0, 93.0), "Extorsión": (500.0, 480.0, 96.0),
        "Sonora": (100.0, 90.0, 90.0), "Fraude3": (50.0, 49.0, 98.0),
        "Atlántida": (100.0, 90.0, 90.0), "Lesiones": (50.0, 49.0, 98.0),
    }  # fmt: skip
    layout = Layout(
        "Delitos ocurridos por entidad federativa y los tres delitos con mayor cifra negra",
        "Entidad federativa\nTipo de delito",
        rows=rows,
    )
    found = read(SOURCE, workbook(tmp_path, layout))
    assert values(found)["00000", "2024", "extorsion", "cifra_negra_pct"] == 96.0
    assert values(found)["26000", "2024", "fraude", "cifra_negra_pct"] == 98.0
    assert [reject.reason for reject in found.rejects] == [
        "sheet 3.1: no state is called 'Atlántida'",
        "sheet 3.1: the state above the row is not known",
    ]


def test_a_figure_of_two_tables_is_one_and_a_contradiction_is_rejected(
    tmp_path: Path, read: type[Read]
) -> None:
    other = {**STATES, "Distrito Federal": (500.0, 475.0, 95.0)}
    found = read(SOURCE, workbook(tmp_path, Layout(), Layout(rows=other)))
    assert found.facts["figures said twice"] == 6
    assert [reject.reason for reject in found.rejects] == [
        "sheet 3.2: another table gives 400.0 for delitos_estimados"
    ]


def test_a_figure_that_cannot_be_rejects_its_row(tmp_path: Path, read: type[Read]) -> None:
    rows = {**{f"Robo {n}": (100.0, 90.0, 90.0) for n in "abcdefghijk"}, "Fraude": (100.0, -1, 7)}
    rows |= {"Lesiones": (100.0, 90.0, "x")}
    layout = Layout("Delitos por tipo, según cifra negra", "Tipo de delito", rows=rows)
    reasons = [reject.reason for reject in read(SOURCE, workbook(tmp_path, layout)).rejects]
    assert reasons == [
        "sheet 3.1: cifra_negra: -1.0 cannot be",
        "sheet 3.1: cifra_negra_pct: not a figure: 'x'",
    ]


def test_limits_of_confidence_stand_beside_their_figure(tmp_path: Path, read: type[Read]) -> None:
    columns = (
        *UNREPORTED,
        ("Cifra negra2", "Relativos", "Límite inferior"),
        ("Cifra negra2", "Relativos", "Límite superior"),
    )
    layout = Layout(columns=columns, rows={"Sonora": (100.0, 90.0, 90.0, 88.0, 92.0)}, gap=0)
    found = read(SOURCE, workbook(tmp_path, layout))
    (share,) = [r for r in found.tables["indicators"] if r["measure"] == "cifra_negra_pct"]
    assert (share["value"], share["low"], share["high"]) == (90.0, 88.0, 92.0)


def test_what_holds_no_table_is_refused_and_other_statistics_are_left_alone(
    tmp_path: Path, read: type[Read]
) -> None:
    file = workbook(tmp_path, Layout(stub="Sexo"))
    with pytest.raises(InvalidData, match="no sheet is a table of reported crimes"):
        read(SOURCE, file)
    # A workbook of coefficients of variation has the same tables with other figures.
    cv = workbook(tmp_path, Layout(rows={"Sonora": (2.1, 2.4, 0.9)}))
    with pytest.raises(InvalidData, match="no sheet is a table of reported crimes"):
        read(SOURCE, cv)
    (tmp_path / "III_denuncia_delito_2025_cv.xlsx").write_bytes(cv.path.read_bytes())
    assert [file.path.name for file in SOURCE.find(tmp_path)] == ["envipe_2025.xlsx"]


def test_footnotes_are_no_part_of_a_name() -> None:
    for text, name in (
        ("Robo total de vehículo3", "Robo total de vehículo"),
        ("Delitos ocurridos 2, 3", "Delitos ocurridos"),
        ("Delitos\nno denunciados", "Delitos no denunciados"),
        ("Extorsión", "Extorsión"),
    ):
        assert clean(text) == name


PUBLISHED = {
    "2011": 91.6, "2012": 92.1, "2013": 93.8, "2014": 92.8, "2015": 93.7, "2016": 93.6,
    "2017": 93.2, "2018": 93.2, "2019": 92.4, "2020": 93.3, "2021": 93.2, "2022": 92.4,
    "2023": 92.9, "2024": 93.2,
}  # fmt: skip
"""The nation's cifra negra in percent, as INEGI's press releases give it."""


def test_fourteen_editions_give_the_figures_that_inegi_announced(
    puente_data: Path, read: type[Read]
) -> None:
    shares: dict[str, float] = {}
    for file in SOURCE.find(puente_data / "envipe"):
        found = read(SOURCE, file)
        assert found.rejects == []
        assert found.facts["states"] == 32
        assert found.facts["tables loaded"] >= 4
        assert not [fact for fact in found.facts if fact.startswith("column not understood")]
        for (place, period, record, measure), value in values(found).items():
            if (place, record, measure) == ("00000", "all", "cifra_negra_pct"):
                assert period == str(int(file.published) - 1)
                shares[period] = round(value or 0, 1)
    assert PUBLISHED.items() <= shares.items()


def test_a_later_edition_is_loaded_once_by_its_key(puente_data: Path, loading: Loading) -> None:
    file = SOURCE.find(puente_data / "envipe")[-1]
    report = loading.load(SOURCE, file)
    assert report.rows == report.loaded
    assert loading.load(SOURCE, file).unchanged
