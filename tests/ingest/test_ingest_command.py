"""`puente ingest --guess` as it is typed: what it asks, shows, writes and leaves alone."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PUENTE = Path(sys.executable).with_name("puente")
SAID = ("--agency", "SSP", "--legal-basis", "a made-up law", "--obtained", "made up")
ANSWERS = ("SSP", "fact", "a made-up law", "made up")
SURNAME = "Zavaleta Made-Up"


def puente(
    *words: object, folder: Path, answers: tuple[str, ...] = (), url: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command; with answers, before a terminal at which they are typed."""
    ours = theirs = subprocess.DEVNULL
    if answers:
        ours, theirs = pty.openpty()
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    done = subprocess.run(
        [str(PUENTE), *map(str, words), "--workspace", str(folder)],
        stdin=theirs, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PUENTE_LANGUAGE": "en", "COLUMNS": "200", "PUENTE_INGEST_URL": url},
    )  # fmt: skip
    if answers:
        os.close(ours)
        os.close(theirs)
    assert "Traceback" not in done.stderr
    return done


def strangers_file(folder: Path, days: int = 12) -> Path:
    """Write 60 made-up incidents; up to 12 days, nothing tells day from month."""
    path = folder / "hechos_2024-06.csv"
    lines = ["Folio,Fecha del hecho,Cve. Mun.,Delito,Nombre de la víctima,Edad de la víctima"]
    lines += [
        f"H-{n:03d},{1 + n % days:02d}/{1 + n % 6:02d}/2024,"
        f"{('01001', '01000', '')[n % 3]},Robo,Ana {SURNAME},{20 + n % 40}"
        for n in range(60)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_at_a_terminal_it_asks_what_the_file_cannot_say_and_loads_when_told_yes(
    tmp_path: Path,
) -> None:
    path, node = strangers_file(tmp_path), tmp_path / "node"
    done = puente("ingest", "--guess", path, folder=node, answers=(*ANSWERS, "d", "y"))
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "Nothing tells day from month in Fecha del hecho" in said
    mapping = (node / "mappings" / "hechos.yaml").read_text(encoding="utf-8")
    assert "legal_basis: a made-up law" in mapping
    assert "day_first: true" in mapping
    assert "20 rows in a municipality, 20 in a state alone, 0 by position alone, 20 nowhere" in said
    assert SURNAME not in said  # whoever looks over a shoulder sees patterns, not people
    again = puente("ingest", "hechos", path, "--json", folder=node)
    (load,) = json.loads(again.stdout)["loads"]
    assert (load["rows"], load["loaded"], load["unchanged"]) == (60, 60, True)


def test_what_is_neither_day_nor_month_is_asked_again_and_not_taken_for_month(
    tmp_path: Path,
) -> None:
    path, node = strangers_file(tmp_path), tmp_path / "node"
    done = puente("ingest", "--guess", path, folder=node, answers=(*ANSWERS, "first", "d", "y"))
    assert done.returncode == 0, done.stderr
    assert "day_first: true" in (node / "mappings" / "hechos.yaml").read_text(encoding="utf-8")


def test_told_no_or_not_told_at_all_it_loads_and_keeps_nothing(tmp_path: Path) -> None:
    path, node = strangers_file(tmp_path, days=28), tmp_path / "node"
    for done in (
        puente("ingest", "--guess", path, folder=node, answers=(*ANSWERS, "n")),
        puente("ingest", "--guess", path, *SAID, folder=node),
    ):
        assert done.returncode == 0, done.stderr
        assert not (node / "mappings").exists()
        assert not list((node / "lake").rglob("*.parquet"))
    assert "--yes" in done.stderr + done.stdout


def test_a_mapping_put_aside_to_be_edited_loads_as_a_source_of_its_name(tmp_path: Path) -> None:
    path, node = strangers_file(tmp_path, days=28), tmp_path / "node"
    done = puente("ingest", "--guess", path, folder=node, answers=(*ANSWERS, "e"))
    assert done.returncode == 0, done.stderr
    mapping = node / "mappings" / "hechos.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(text.replace("title: ", "title: Edited, "), encoding="utf-8")
    loaded = puente("ingest", "hechos", path, "--json", folder=node)
    (load,) = json.loads(loaded.stdout)["loads"]
    assert (load["name"], load["loaded"], load["unchanged"]) == ("hechos", 60, False)


def test_out_writes_the_mapping_where_it_is_told_and_loads_nothing(tmp_path: Path) -> None:
    path, node, out = strangers_file(tmp_path), tmp_path / "node", tmp_path / "own" / "m.yaml"
    done = puente(
        "ingest", "--guess", path, *SAID, "--day-first", "--out", out, "--json", folder=node
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["loads"], told["places"]) == ([], {})
    assert out.read_text(encoding="utf-8") == told["guess"]["mapping"]
    assert not (node / "mappings").exists()


def test_intelligence_is_refused_with_the_reason_for_programs_too(tmp_path: Path) -> None:
    path, node = strangers_file(tmp_path), tmp_path / "node"
    words = (*SAID, "--record-class", "criminal_intelligence", "--yes", "--json")
    done = puente("ingest", "--guess", path, *words, folder=node)
    assert done.returncode == 3
    assert "28 CFR 23.20" in json.dumps(json.loads(done.stdout))


def test_a_guess_whose_file_does_not_load_leaves_no_mapping_behind(tmp_path: Path) -> None:
    path, node = tmp_path / "hechos.parquet", tmp_path / "node"
    table = pa.table({
        "folio": [f"H-{n}" for n in range(20_000)],
        "fecha": [f"{1 + n % 28:02d}/03/2024" for n in range(20_000)],
        "cve_mun": ["01001"] * 20_000, "delito": [f"Robo {n % 7}" for n in range(20_000)],
    })  # fmt: skip
    pq.write_table(table, path, row_group_size=10_000, compression="none")
    held = pq.ParquetFile(path).metadata.row_group(1)
    data = bytearray(path.read_bytes())
    start = held.column(0).dictionary_page_offset or held.column(0).data_page_offset
    data[start : start + 400] = b"\xff" * 400
    path.write_bytes(data)
    done = puente("ingest", "--guess", path, *SAID, "--yes", folder=node)
    assert done.returncode == 3, done.stderr
    assert not list(node.glob("mappings/*"))
    assert puente("sources", folder=node).returncode == 0


def test_a_mapping_that_was_edited_loads_its_file_and_is_kept_for_every_later_build(
    tmp_path: Path,
) -> None:
    path, node, mapping = strangers_file(tmp_path), tmp_path / "node", tmp_path / "mine.yaml"
    guessed = puente("ingest", "--guess", path, *SAID, "--day-first", "--out", mapping, folder=node)
    assert guessed.returncode == 0, guessed.stderr
    done = puente("ingest", path, "--mapping", mapping, "--json", folder=node)
    assert done.returncode == 0, done.stderr
    (load,) = json.loads(done.stdout)["loads"]
    assert (load["rows"], load["loaded"]) == (60, 60)
    home = node / "mappings" / "hechos.yaml"
    assert home.read_text(encoding="utf-8") == mapping.read_text(encoding="utf-8")
    again = puente("ingest", path, "--mapping", mapping, "--json", folder=node)
    assert json.loads(again.stdout)["loads"][0]["unchanged"]
    mapping.write_text(home.read_text(encoding="utf-8") + "# other\n", encoding="utf-8")
    taken = puente("ingest", path, "--mapping", mapping, folder=node)
    assert taken.returncode != 0
    assert "called hechos already" in taken.stderr.replace("\n", " ")


def test_an_address_in_the_environment_alone_asks_for_no_table(tmp_path: Path) -> None:
    path, node = strangers_file(tmp_path, days=28), tmp_path / "node"
    url = f"sqlite:///{tmp_path / 'nowhere.sqlite'}"
    done = puente("ingest", "--guess", path, *SAID, "--yes", folder=node, url=url)
    assert done.returncode == 0, done.stderr
    assert puente("ingest", "hechos", path, folder=node, url=url).returncode == 0
    done = puente("ingest", "--table", "t", folder=node, url=url)
    assert done.returncode == 2
    done = puente("ingest", "hechos", path, "--url", url, folder=node)
    assert done.returncode == 2


def test_the_password_of_a_database_that_does_not_answer_is_not_shown(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "name: unit\ntitle: made up\nagency: SSP\ncountry: mx\nrecord_class: fact\n"
        "legal_basis: made up\nobtained: made up\nfile: {pattern: '*'}\n"
        "incidents: {id: '{folio}', date: {column: day}, place: {column: place},"
        " category: {value: x}}\n"
    )
    url = "postgresql+psycopg://reader:s3cret-made-up@127.0.0.1:1/records"
    words = ("--url", url, "--table", "events", "--mapping", mapping)
    done = puente("ingest", *words, folder=tmp_path / "node")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
