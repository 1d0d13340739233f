"""Any file is linked by a profile; a fault in either is named with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from puente.errors import InvalidData
from puente.resolve.profile import ResolveReport, resolve_files
from puente.resolve.profile_spec import read_profile

if TYPE_CHECKING:
    from pathlib import Path

    from puente.settings import Settings

PEOPLE = """id,nombre,paterno,materno,nacimiento,sexo,ciudad,quien
1,José Luis,García,López,17/04/1980,H,Tijuana,a
2,Jose Luis,Garcia,Lopez,17/04/1980,H,TIJUANA,a
3,María,Pérez,Cruz,02/01/1991,M,Ensenada,b
4,Ma.,Perez,Cruz,02/01/1991,M,Ensenada,b
5,Hugo,Trejo,Salas,30/12/1951,H,Tecate,c
"""
PROFILE = """kind: Person
id: id
columns:
  given_name: nombre
  paternal_surname: paterno
  maternal_surname: materno
  birth_date: nacimiento
  sex: sexo
other: {ciudad: fuzzy}
link: dedupe
truth: quien
"""


def run(folder: Path, settings: Settings, *, profile: str = PROFILE, **files: str) -> ResolveReport:
    (folder / "p.yaml").write_text(profile, encoding="utf-8")
    paths = []
    for name, text in (files or {"people": PEOPLE}).items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return resolve_files(
        paths, folder / "p.yaml", folder / "out.parquet", settings=settings,
        progress=lambda _done, _total: None,
    )  # fmt: skip


def written(folder: Path) -> dict[str, str]:
    table = pq.read_table(folder / "out.parquet")
    assert table.column_names[:2] == ["unique_id", "cluster_id"]
    return dict(zip(table["unique_id"].to_pylist(), table["cluster_id"].to_pylist(), strict=True))


def test_records_of_one_person_get_one_cluster(tmp_path: Path, settings: Settings) -> None:
    report = run(tmp_path, settings)
    assert written(tmp_path) == {"1": "1", "2": "1", "3": "3", "4": "3", "5": "5"}
    told = report.as_json()
    assert (told["precision"], told["recall"], told["f1"]) == (1.0, 1.0, 1.0)
    assert told["blocking_recall"] == 1.0
    assert told["records"] == 5


def test_the_truth_is_never_used_for_linking(tmp_path: Path, settings: Settings) -> None:
    lies = PEOPLE.replace(",a\n", ",x\n", 1).replace(",b\n", ",y\n", 1)
    run(tmp_path, settings, people=lies)
    assert written(tmp_path)["2"] == "1"


def test_the_same_files_give_the_same_bytes(tmp_path: Path, settings: Settings) -> None:
    run(tmp_path, settings)
    first = (tmp_path / "out.parquet").read_bytes()
    lines = PEOPLE.splitlines()
    run(tmp_path, settings, people="\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    assert (tmp_path / "out.parquet").read_bytes() == first


def test_a_truth_in_the_id_is_read_by_its_pattern(tmp_path: Path, settings: Settings) -> None:
    text = "rec_id, surname\nrec-7-org, zavala\nrec-7-dup-0, zavala\nrec-8-org, quiroz\n"
    profile = (
        "kind: Person\nid: rec_id\ncolumns: {paternal_surname: surname}\n"
        "truth_regex: 'rec-(\\d+)-'\n"
    )
    report = run(tmp_path, settings, profile=profile, people=text)
    assert report.quality is not None
    assert report.quality.true_pairs == 1


def test_linking_between_files_leaves_each_file_alone(tmp_path: Path, settings: Settings) -> None:
    lines = PEOPLE.splitlines()
    one = "\n".join([lines[0], lines[1], lines[2]]) + "\n"
    two = "\n".join([lines[0], lines[1], lines[3]]) + "\n"
    report = run(
        tmp_path, settings, profile=PROFILE.replace("dedupe", "between"), first=one, second=two
    )
    assert report.counts["pairs"] == 2
    assert pq.read_table(tmp_path / "out.parquet")["file"].to_pylist() == [
        "first.csv", "first.csv", "second.csv", "second.csv",
    ]  # fmt: skip


def test_an_id_in_two_files_is_two_records(tmp_path: Path, settings: Settings) -> None:
    run(tmp_path, settings, profile=PROFILE.replace("dedupe", "both"), one=PEOPLE, two=PEOPLE)
    assert written(tmp_path)["1 #1"] == "1 #0"


def test_parquet_with_dates_and_numbers_is_read_too(tmp_path: Path, settings: Settings) -> None:
    from datetime import date

    table = pa.table(
        {"n": [1, 2, 3], "when": [date(2024, 1, 2), date(2024, 1, 3), date(2023, 7, 7)],
         "amount": [1234.5, 1234.5, 88.0], "memo": ["ZAVALA QUIROZ PAY", "ZAVALA QUIROZ", "OTHER"]}
    )  # fmt: skip
    pq.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "p.yaml").write_text(
        "kind: Thing\nid: n\nother: {memo: fuzzy, when: date, amount: number}\n", encoding="utf-8"
    )
    resolve_files(
        [tmp_path / "t.parquet"], tmp_path / "p.yaml", tmp_path / "out.parquet",
        settings=settings, progress=lambda _done, _total: None,
    )  # fmt: skip
    assert set(written(tmp_path)) == {"1", "2", "3"}


FAULTS = [
    ("kind: Person", "kind: Persona", 1, "unknown kind"),
    ("link: dedupe", "link: everything", 10, "not one of"),
    ("link: dedupe", "links: dedupe", 10, "unknown key 'links'"),
    ("  sex: sexo", "  gender: sexo", 8, "unknown role 'gender'"),
    ("  sex: sexo", "  plate: sexo", 8, "has no 'plate'"),
    ("{ciudad: fuzzy}", "{ciudad: roughly}", 9, "not one of"),
    ("truth: quien", "truth: quien\ntruth_regex: 'a(b'", 12, "regular expression"),
    ("truth: quien", "truth: quien\ntruth_regex: 'a(b)'", 12, "not both"),
    ("id: id\n", "", None, "'id' is missing"),
    ("kind: Person", "kind: [Person", None, "not YAML"),
    ("link: dedupe", "link: dedupe\nlink: both", 1, "stand twice"),
    ("truth: quien", "truth: 2025-02-30", 11, "put it in quotes"),
    ("truth: quien", "truth: &itself [*itself]", 11, "missing or no text"),
]


@pytest.mark.parametrize(("good", "bad", "line", "said"), FAULTS)
def test_a_fault_in_a_profile_is_named_with_its_line(
    good: str, bad: str, line: int | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(PROFILE.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_profile(path)
    assert said in caught.value.message
    assert "p.yaml" in caught.value.message
    if line is not None:
        assert caught.value.line == line


def test_a_column_that_is_not_there_is_named(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(InvalidData, match=r"people\.csv.*no column 'ciudad'"):
        run(tmp_path, settings, people=PEOPLE.replace("ciudad", "town", 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (PEOPLE.replace("2,Jose", "1,Jose"), "'1' stands twice"),
        (PEOPLE.replace("5,Hugo", ",Hugo"), "1 rows have no id"),
        (PEOPLE.replace("sexo", "nombre", 1), "twice"),
        ("PK\x03\x04 zip", "ZIP"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    text: str, said: str, tmp_path: Path, settings: Settings
) -> None:
    with pytest.raises(InvalidData, match=said):
        run(tmp_path, settings, people=text)
    assert not (tmp_path / "out.parquet").exists()


def test_a_row_with_too_few_cells_is_kept_as_a_reject(tmp_path: Path, settings: Settings) -> None:
    report = run(tmp_path, settings, people=PEOPLE + "6,Ana\n")
    assert report.rejected == 1
    assert report.rejects[0]["file"] == "people.csv"
    assert report.rejects[0]["line"] == 7
    assert "6" not in written(tmp_path)


def test_latin_letters_of_an_old_file_are_read(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "p.yaml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "old.csv").write_bytes(PEOPLE.encode("latin-1"))
    resolve_files(
        [tmp_path / "old.csv"], tmp_path / "p.yaml", tmp_path / "out.parquet", settings=settings,
        progress=lambda _done, _total: None,
    )  # fmt: skip
    assert written(tmp_path)["2"] == "1"


def test_a_sex_column_with_h_reads_m_as_woman(tmp_path: Path, settings: Settings) -> None:
    report = run(tmp_path, settings)
    fields = report.model["fields"]
    assert isinstance(fields, dict)
    assert "sex" in fields
    english = PEOPLE.replace(",M,", ",F,").replace(",H,", ",M,")
    run(tmp_path, settings, people=english)
    assert written(tmp_path)["4"] == "3"


FEBRL = """kind: Person
id: rec_id
columns: {given_name: given_name, paternal_surname: surname, birth_date: date_of_birth,
          postcode: postcode, address: address_1}
other: {soc_sec_id: exact, street_number: exact, suburb: fuzzy, state: exact, address_2: fuzzy}
link: dedupe
truth_regex: 'rec-(\\d+)-'
"""
FAKE = """kind: Person
id: unique_id
columns: {given_name: first_name, paternal_surname: surname, birth_date: dob, email: email}
other: {city: fuzzy}
truth: cluster
"""


@pytest.mark.parametrize(
    ("profile", "file", "least"), [(FAKE, "fake_1000.csv", 0.94), (FEBRL, "dataset3.csv", 0.998)]
)
def test_public_test_files_are_linked_well_at_the_defaults(
    profile: str, file: str, least: float, tmp_path: Path, settings: Settings, puente_data: Path
) -> None:
    (tmp_path / "p.yaml").write_text(profile, encoding="utf-8")
    report = resolve_files(
        [puente_data / "linkage" / file], tmp_path / "p.yaml", tmp_path / "out.parquet",
        settings=settings, progress=lambda _done, _total: None,
    )  # fmt: skip
    assert report.quality is not None
    assert report.quality.f1 >= least
