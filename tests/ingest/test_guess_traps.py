"""What a stranger's file can mislead a reader with: people taken for one, victims for suspects."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from puente.errors import InvalidData
from puente.ingest.guess import Guess, Told, guess_mapping, pattern_of
from puente.ingest.guess_standing import standing_of
from puente.ingest.guess_words import words_of
from puente.ingest.source import Batch, Limits, LoadContext, Reject
from puente.model.strict_yaml import strict_yaml

from .strange_files import gazetteer

if TYPE_CHECKING:
    from pathlib import Path

TOLD = Told(agency="SSP", legal_basis="a made-up law", obtained="made up")


def guessed(path: Path) -> Guess:
    return guess_mapping(path, TOLD, gazetteer(), Limits())


def table(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def people_of(found: Guess) -> list[dict[str, Any]]:
    assert found.source is not None, found.lacking
    entities: Any = found.source.spec["entities"]
    return [item for item in entities if item["schema"] == "Person"]


def handed(found: Guess, path: Path) -> list[Any]:
    assert found.source is not None, found.lacking
    (file,) = found.source.find(path)
    context = LoadContext(
        info=found.source.info, file=file, today=date(2026, 3, 1), gazetteer=gazetteer()
    )
    return list(found.source.read(file, context))


# -- who is one and the same ------------------------------------------------------------------

DETAINED = "folio,fecha de detención,cve_mun,motivo de la detención,nombre del detenido"


def test_two_people_detained_together_under_one_folio_stay_two(tmp_path: Path) -> None:
    rows = [f"D-{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]}" for n in range(40)]
    rows.append("D-7,08/03/2024,91001,Robo,Luis Made Up")
    path = table(tmp_path / "detenidos.csv", DETAINED, *rows)
    found = guessed(path)
    ids = {c[0] for item in handed(found, path) if isinstance(item, list) for c in item
           if c[1] == "Person"}  # fmt: skip
    assert len(ids) == 41


def test_a_copy_whose_name_is_cut_short_is_no_second_person(tmp_path: Path) -> None:
    rows = [f"D-{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]}" for n in range(40)]
    rows += ["D-7,08/03/2024,91001,Robo,Ana Ru", "D-8,09/03/2024,91001,Robo,"]
    found = guessed(table(tmp_path / "detenidos.csv", DETAINED, *rows))
    assert found.row == "folio numbers the rows"


# -- who is no suspect ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Investigador", "No imputado", "Responsable del menor", "Adulto mayor", "Adulto", "Tutor",
     "Víctima", "Defensor del imputado", "Madre del detenido", "Testigo", "who knows"],
)  # fmt: skip
def test_a_word_within_a_word_makes_nobody_a_suspect(text: str) -> None:
    assert standing_of(text) == "non_suspect"


@pytest.mark.parametrize(
    "text",
    ["IMPUTADO", "Imputada", "Detenidos", "Probable responsable", "probable responsable del delito",
     "Responsable", "SUBJECT", "Person of interest", "Arrestee", "Vinculada a proceso"],
)  # fmt: skip
def test_who_is_called_a_suspect_is_one(text: str) -> None:
    assert standing_of(text) == ""


EVENTS = "folio,fecha,cve_mun,delito,nombre,"


def test_an_age_group_makes_no_suspects_of_those_a_row_names(tmp_path: Path) -> None:
    rows = [
        f"E{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]},"
        f"{('Adulto', 'Menor')[n % 2]}"
        for n in range(40)
    ]
    found = guessed(table(tmp_path / "hechos.csv", EVENTS + "grupo edad", *rows))
    assert people_of(found) == []
    assert any("victims or of suspects" in note for note in found.notes)


def test_a_role_counts_before_an_age_group_wherever_it_stands(tmp_path: Path) -> None:
    rows = [
        f"E{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]},"
        f"{('Adulto', 'Menor')[n % 2]},{('Imputado', 'Víctima', '')[n % 3]}"
        for n in range(40)
    ]
    path = table(tmp_path / "hechos.csv", EVENTS + "grupo edad,x", *rows)
    found = guessed(path)
    (person,) = people_of(found)
    assert person["standing"] == {
        "column": "x",
        "map": {"Imputado": "", "Víctima": "non_suspect", "": "non_suspect"},
    }
    # A role that is blank costs no row.
    assert not [item for item in handed(found, path) if isinstance(item, Reject)]


def test_victims_stay_victims_beside_a_column_of_ages(tmp_path: Path) -> None:
    rows = [f"F-{n},Ana Ruiz {'ABC'[n % 3]},{('Adulto', 'Menor')[n % 2]}" for n in range(40)]
    header = "folio,nombre de la persona desaparecida,grupo edad"
    (person,) = people_of(guessed(table(tmp_path / "busqueda.csv", header, *rows)))
    assert person["standing"] == "non_suspect"


def test_detained_minors_are_shielded_by_their_age_group_and_adults_are_not(
    tmp_path: Path,
) -> None:
    rows = [
        f"D-{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]},"
        f"{('Adulto', 'Menor')[n % 2]}"
        for n in range(40)
    ]
    header = "folio,fecha de detención,cve_mun,delito,nombre,grupo edad"
    (person,) = people_of(guessed(table(tmp_path / "detenciones.csv", header, *rows)))
    assert person["standing"]["map"] == {"Adulto": "", "Menor": "non_suspect"}


def test_a_sex_that_is_not_known_is_left_unread_and_not_made_another(tmp_path: Path) -> None:
    rows = [
        f"D-{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]},"
        f"{'VARON' if n == 9 else ('HOMBRE', 'MUJER')[n % 2]}"
        for n in range(40)
    ]
    found = guessed(table(tmp_path / "detenidos.csv", DETAINED + ",sexo", *rows))
    assert "sexo" in found.unmapped
    assert any("1 texts name no sex" in note for note in found.notes)


def test_what_the_table_calls_used_is_what_the_mapping_reads(tmp_path: Path) -> None:
    rows = [
        f"D-{n},{1 + n % 28:02d}/03/2024,91001,Robo,Ana Ruiz {'ABC'[n % 3]},Eva Sol {'MNOP'[n % 4]}"
        for n in range(40)
    ]
    path = table(tmp_path / "detenidos.csv", DETAINED + ",nombre del defensor", *rows)
    found = guessed(path)
    assert "nombre del defensor" in found.unmapped
    assert "nombre del defensor" not in found.text
    # Without a vehicle's plate nothing is made of its owner.
    path = table(tmp_path / "more.csv", DETAINED + ",nombre del propietario", *rows)
    assert "nombre del propietario" in guessed(path).unmapped


# -- how a file is written --------------------------------------------------------------------


def test_one_damaged_byte_does_not_turn_utf8_into_other_letters(tmp_path: Path) -> None:
    path = tmp_path / "hechos.csv"
    rows = [f"E{n},{1 + n % 28:02d}/03/2024,91001,Lesión número ñ".encode() for n in range(60)]
    rows[30] = rows[30][:-1]
    path.write_bytes(b"\n".join([b"folio,fecha,cve_mun,delito", *rows]) + b"\n")
    found = guessed(path)
    assert found.source is not None
    assert found.source.spec["file"]["encoding"] == "utf-8"  # type: ignore[index]
    items = handed(found, path)
    assert [item.line for item in items if isinstance(item, Reject)] == [32]
    assert any("not UTF-8" in note for note in found.notes)
    # A file of the old code page is still read as one.
    path.write_bytes("\n".join(["folio,fecha,cve_mun,delito", *(
        f"E{n},{1 + n % 28:02d}/03/2024,91001,Lesión número ñ" for n in range(60)
    )]).encode("cp1252"))  # fmt: skip
    assert guessed(path).source.spec["file"]["encoding"] == "cp1252"  # type: ignore[union-attr,index]


def test_empty_lines_of_delimiters_among_the_titles_cost_no_header(tmp_path: Path) -> None:
    rows = [f"E{n};{1 + n % 28:02d}/03/2024;91001;Robo" for n in range(40)]
    titles = ["Reporte de hechos;;;", ";;;", "Corte: marzo;;;", ";;;"]
    path = table(tmp_path / "hechos.csv", titles[0], *titles[1:], "folio;fecha;cve_mun;delito",
                 *rows)  # fmt: skip
    items = handed(guessed(path), path)
    assert sum(len(item.rows) for item in items if isinstance(item, Batch)) == 40


def test_a_name_of_numbers_alone_claims_no_other_file(tmp_path: Path) -> None:
    assert pattern_of(tmp_path / "2024-05.csv") == "2024-05.csv"
    assert pattern_of(tmp_path / "2024 05.csv.gz") == "2024 05.csv.gz"
    assert pattern_of(tmp_path / "partes_2024-05.csv") == "partes_*.csv"


def test_every_word_of_a_header_is_known_by_all_its_spellings() -> None:
    assert words_of("sucedió") == words_of("Novedades") == words_of("SUCESO") == ("suceso",)
    with pytest.raises(InvalidData, match="stand twice"):
        strict_yaml("words:\n  a: b\n  a: c\n", "x.yaml")
