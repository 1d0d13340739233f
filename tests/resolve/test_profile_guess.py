"""A profile is guessed from headers and from values, says why, and is never used unseen."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from typer.testing import CliRunner

from puente.cli.app import build_app
from puente.errors import InvalidData
from puente.ingest.source import Limits
from puente.resolve.profile_guess import GuessedProfile, guess_profile
from puente.resolve.profile_spec import read_profile

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = ("JUAN", "MARIA", "LUIS", "ANA", "PEDRO", "ROSA")
SURNAMES = ("GARCIA", "LOPEZ", "HERNANDEZ", "TORRES", "CRUZ", "REYES")


def uses(found: GuessedProfile) -> dict[str, str]:
    return {one.column: one.use for one in found.columns}


def people(header: str, delimiter: str, rows: int = 80) -> str:
    """Return made-up people under a header of eight columns."""
    rng = random.Random(4)
    lines = [header]
    for number in range(rows):
        cells = [
            f"K{number:05d}", rng.choice(GIVEN), rng.choice(SURNAMES), rng.choice(SURNAMES),
            f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(1940, 2005)}",
            rng.choice("HM"), f"664 {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
            f"u{number % 60}@correo.example",
        ]  # fmt: skip
        lines.append(delimiter.join(cells))
    return "\n".join(lines) + "\n"


ROLES = {
    "columns.given_name", "columns.paternal_surname", "columns.maternal_surname",
    "columns.birth_date", "columns.sex", "columns.phone", "columns.email", "id",
}  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "c1;c2;c3;c4;c5;c6;c7;c8",
        "folio;nombres;apellido paterno;apellido materno;fecha de nacimiento;sexo;tel;correo",
        "rec_id;first_name;surname;second_surname;dob;gender;phone;email",
    ],
)
def test_people_are_known_by_headers_or_by_values_alone(header: str, tmp_path: Path) -> None:
    path = tmp_path / "gente.csv"
    path.write_bytes(people(header, ";").encode("latin-1"))
    found = guess_profile([path], Limits())
    assert found.kind == "Person"
    assert set(uses(found).values()) == ROLES


def test_the_guess_is_a_profile_that_is_read_back_with_a_reason_on_every_line(
    tmp_path: Path,
) -> None:
    path = tmp_path / "p.tsv"
    path.write_text(people("id\tn\ta\tb\tf\ts\tt\tm", "\t"), encoding="utf-8")
    found = guess_profile([path], Limits())
    (tmp_path / "p.yaml").write_text(found.as_yaml(), encoding="utf-8")
    profile = read_profile(tmp_path / "p.yaml")
    assert profile.columns["birth_date"] == "f"
    said = [line for line in found.as_yaml().splitlines() if line.startswith("  ")]
    assert said
    assert all("# " in line and "%" in line for line in said)


def test_vehicles_without_headers_are_known_by_their_plates(tmp_path: Path) -> None:
    rng = random.Random(2)
    lines = ["a,b,c"]
    for number in range(60):
        letters = "".join(rng.choice("ABCDEFGH") for _n in range(3))
        lines.append(f"{number},{letters}-{rng.randint(0, 999):03d}-A,{rng.choice(SURNAMES)}")
    (tmp_path / "v.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = guess_profile([tmp_path / "v.csv"], Limits())
    assert found.kind == "Vehicle"
    assert uses(found)["b"] == "columns.plate"


def test_firms_in_a_workbook_are_known_and_linked(tmp_path: Path) -> None:
    path = tmp_path / "firmas.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Razón social", "Teléfono", "Domicilio fiscal"])
        for number in range(30):
            sheet.write_row(number + 1, 0, [f"Transportes {SURNAMES[number % 6]} S.A. de C.V.",
                                            f"55{12345678 + number * 7919}",
                                            f"Calle {GIVEN[number % 6]} {number}"])  # fmt: skip
    found = guess_profile([path], Limits())
    assert found.kind == "Company"
    assert uses(found)["Razón social"] == "columns.company_name"
    home = tmp_path / "p.yaml"
    home.write_text(found.as_yaml(), encoding="utf-8")
    args = ["resolve", str(path), "--profile", str(home), "--out", str(tmp_path / "o.parquet")]
    done = CliRunner().invoke(build_app(), [*args, "--json"])
    assert done.exit_code == 0, done.output
    assert '"records": 30' in done.output


def test_the_answer_is_measured_with_and_never_linked_by(tmp_path: Path) -> None:
    lines = ["id,title,cluster", *(f"{n},word{n % 40} other,{n % 40}" for n in range(80))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert uses(guess_profile([tmp_path / "t.csv"], Limits()))["cluster"] == "truth"


def test_files_without_a_shared_column_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("p,q\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="no column to compare"):
        guess_profile([tmp_path / "a.csv", tmp_path / "b.csv"], Limits())


def test_a_guess_is_not_used_where_nobody_can_confirm_it(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text(people("c1;c2;c3;c4;c5;c6;c7;c8", ";"), encoding="utf-8")
    asked = ["resolve", str(path), "--out", str(tmp_path / "o.parquet")]
    done = CliRunner().invoke(build_app(), asked)
    assert done.exit_code == 2
    assert not (tmp_path / "o.parquet").exists()
    kept = CliRunner().invoke(build_app(), ["resolve", str(path), "--guess", "--json"])
    assert kept.exit_code == 0
    home = tmp_path / "g.profile.yaml"
    home.write_text(home.read_text(encoding="utf-8") + "# corrected\n", encoding="utf-8")
    again = CliRunner().invoke(build_app(), ["resolve", str(path), "--guess", "--json"])
    assert again.exit_code == 3
    assert home.read_text(encoding="utf-8").endswith("# corrected\n")
