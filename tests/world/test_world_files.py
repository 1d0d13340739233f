"""The files are what agencies would send, load whole, and agree with each other and the truth."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from puente.errors import Conflict, InvalidData
from puente.world.make import make_world

if TYPE_CHECKING:
    from conftest import LoadedWorld, MadeWorld  # type: ignore[import-not-found]

SMALL = 500


def digest(folder: Path) -> str:
    """Return one hash over the names and bytes of every file below a folder."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return whole.hexdigest()


# --- making --------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_world(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        make_world(tmp_path / name, people=SMALL, seed=seed)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a") != digest(tmp_path / "c")


def test_a_world_cut_off_midway_leaves_the_earlier_one_whole(tmp_path: Path) -> None:
    def cut(done: int, _total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    folder = tmp_path / "world"
    make_world(folder, people=SMALL, seed=1)
    before = digest(folder)
    with pytest.raises(KeyboardInterrupt):
        make_world(folder, people=SMALL, seed=2, progress=cut)
    assert digest(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["world"], "half a world is left behind"


def test_progress_is_told_month_by_month(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_world(tmp_path / "w", people=SMALL, seed=1, progress=lambda *step: told.append(step))
    assert told == [(month, 36) for month in range(1, 37)]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict):
        make_world(tmp_path, people=SMALL, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(("people", "seed"), [(499, 1), (500, -1)])
def test_a_world_that_cannot_be_is_refused(people: int, seed: int, tmp_path: Path) -> None:
    with pytest.raises(InvalidData):
        make_world(tmp_path / "w", people=people, seed=seed)
    assert not (tmp_path / "w").exists()


# --- loading -------------------------------------------------------------------------------------


def test_every_file_is_recognised_and_only_the_planted_damage_is_rejected(
    world: MadeWorld, loaded: LoadedWorld
) -> None:
    read = {Path(report.path).name for report in loaded.reports}
    sent = {
        path.name
        for path in world.folder.rglob("*")
        if path.is_file() and "truth" not in path.parts and path.suffix != ".txt"
    }
    assert read == sent
    planted = {(row["file"], int(row["line"])) for row in world.truth("rejects")}
    rejected = {(Path(str(row["file"])).name, row["line"]) for row in loaded.table("rejects")}
    assert rejected == planted
    assert len(planted) >= 30
    for report in loaded.reports:
        assert report.rows == report.loaded + report.rejected
        name = Path(report.path).name
        if name in world.summary.files:
            assert report.loaded == world.summary.files[name], name


def test_every_person_firm_and_vehicle_on_file_is_in_the_truth_and_nothing_else(
    world: MadeWorld, loaded: LoadedWorld
) -> None:
    on_file: dict[str, dict[str, set[str]]] = {}
    for row in loaded.table("statements"):
        kind = on_file.setdefault(str(row["schema"]), {})
        kind.setdefault(str(row["entity_id"]), set()).add(str(row["row"]))
    # The organisation and the four firms of the list stand there as organisations.
    on_file["Company"] |= {
        entity: rows
        for entity, rows in on_file.get("Organization", {}).items()
        if entity != "ofac-9000001"
    }
    subjects = world.truth("subjects")
    for table, schema in (("people", "Person"), ("companies", "Company"), ("vehicles", "Vehicle")):
        told = world.truth(table) + (subjects if table == "people" else [])
        rows = {row["entity_id"]: row for row in told}
        assert len(rows) == len(told), f"{table}: an id stands twice"
        assert rows.keys() == on_file[schema].keys(), table
        for entity, row in rows.items():
            assert f"{row['file']}:{row['line']}" in on_file[schema][entity], entity


def test_case_files_and_thefts_add_up_to_the_published_counts(loaded: LoadedWorld) -> None:
    written = Counter(
        (row["place"], str(row["date"])[:7], row["category"])
        for row in loaded.table("incidents")
        if str(row["incident_id"]).startswith("fge")
    )
    counted = {
        (row["place"], row["month"], row["record"]): row["count"]
        for row in loaded.table("counts")
        if str(row["source"]) == "incidencia_municipal" and str(row["place"])[:2] in {"91", "92"}
    }
    assert sum(written.values()) > 1_500
    for key, count in counted.items():
        if count is not None:  # a blank is not reported, though the files exist
            assert written[key] == count, key
    assert written.keys() <= counted.keys()


def test_a_blank_month_is_not_reported_and_never_zero(
    world: MadeWorld, loaded: LoadedWorld
) -> None:
    months = {
        (row["source"], row["place"], row["month"]): row["count"] for row in loaded.table("counts")
    }
    sources = {
        "insurers": "aseguradoras_robo_vehiculo", "registry": "registro_civil_defunciones",
        "search": "comision_busqueda_desaparecidos", "prosecutors": "incidencia_municipal",
        "pipelines": "ductos_tomas_clandestinas",
    }  # fmt: skip
    silent = world.truth("silent")
    assert silent
    for row in silent:
        assert months[sources[row["publisher"]], row["place"], row["first_month"]] is None


# --- what the files say --------------------------------------------------------------------------


def test_no_state_of_the_statistical_office_is_used(loaded: LoadedWorld) -> None:
    places = {str(row["place"])[:2] for name in ("places", "counts", "areas", "incidents")
              for row in loaded.table(name)}  # fmt: skip
    assert places == {"91", "92", "93", "94"}
    curps = {str(row["value"]) for row in loaded.table("statements") if row["prop"] == "curpCode"}
    whole = [curp for curp in curps if re.fullmatch(r"[A-Z]{4}\d{6}[HM]NE[A-Z]{3}[0-9A-Z]\d", curp)]
    assert len(whole) > 0.8 * len(curps), "every whole CURP says born abroad"


def test_each_agency_has_a_layout_of_its_own(world: MadeWorld) -> None:
    def first_line(pattern: str, encoding: str) -> str:
        path = next(world.folder.rglob(pattern))
        return path.read_bytes().split(b"\n", 1)[0].decode(encoding)

    assert first_line("fge_altamar_carpetas*", "latin-1").startswith("NUM_CARPETA,FECHA_HECHO")
    assert "Primer apellido víctima|" in first_line("fge_cerro_pardo_carpetas*", "utf-8")
    assert "\t" in first_line("hsi_case_subjects*", "cp1252")
    assert ";" in first_line("rpc_socios*", "utf-8")
    assert "nombre_completo" in json.loads(first_line("ssm_remisiones*", "utf-8"))["persona"]
    day_first = {row["FECHA_DETENCION"][:2] for row in _rows(world, "fgr_detenciones*")}
    month_first = {row["Date"][:2] for row in _rows(world, "cbp_outbound*")}
    assert max(day_first) > "12" >= max(month_first)


def _rows(world: MadeWorld, pattern: str) -> list[dict[str, str]]:
    path = next(world.folder.rglob(pattern))
    bad = {int(row["line"]) for row in world.truth("rejects") if row["file"] == path.name}
    with path.open(encoding="utf-8", newline="") as handle:
        rows = enumerate(csv.DictReader(handle), start=2)
        return [row for line, row in rows if line not in bad]


def test_the_list_is_laid_out_byte_for_byte_as_ofac_lays_it_out(world: MadeWorld) -> None:
    folder = world.folder / "ofac" / "2025-12-31"
    for name, columns in (("sdn.csv", 12), ("add.csv", 6), ("alt.csv", 5)):
        raw = (folder / name).read_bytes()
        assert raw.endswith(b"\r\n\x1a")
        text = raw[:-1].decode("ascii")
        assert text.count("\r\n") == text.count("\n")
        rows = list(csv.reader(text.splitlines()))
        assert {len(row) for row in rows} == {columns}
        assert all(int(row[0]) >= 9_000_001 for row in rows), "clashes with a number OFAC may give"
        assert "-0- " in text
    names = (folder / "sdn.csv").read_text("ascii")
    for piece in ("DOB ", "C.U.R.P. ", "R.F.C. ", "a.k.a. '", "Linked To: ", '"individual"',
                  '"SDNTK"', "ILLICIT-DRUGS-EO14059"):  # fmt: skip
        assert piece in names


def test_no_made_up_listed_person_bears_the_name_of_a_real_one(
    world: MadeWorld, puente_data: Path
) -> None:
    def names(path: Path) -> set[str]:
        text = path.read_text("latin-1").rstrip("\x1a")
        return {row[1].upper() for row in csv.reader(text.splitlines()) if len(row) > 1}

    real = names(puente_data / "ofac" / "2024-05-03" / "sdn.csv")
    made = names(world.folder / "ofac" / "2025-12-31" / "sdn.csv")
    assert len(real) > 14_000
    assert not made & real


def test_the_folder_says_in_both_languages_that_all_is_made_up(world: MadeWorld) -> None:
    text = (world.folder / "LEEME-README.txt").read_text(encoding="utf-8")
    assert "INVENTADO" in text
    assert "MADE UP" in text


# --- places --------------------------------------------------------------------------------------


def test_some_quiet_places_are_quiet_in_truth_and_some_are_not(world: MadeWorld) -> None:
    quiet = [row for row in world.truth("places") if row["quiet_on_paper"] == "true"]
    controlled = [row for row in quiet if row["controlled"] == "true"]
    assert 3 <= len(controlled) < len(quiet) / 4


def test_control_lowers_complaints_and_not_the_records_that_need_none(
    world: MadeWorld, loaded: LoadedWorld
) -> None:
    channel = {row["record"]: row["channel"] for row in world.truth("records")}
    since = {row["place"]: row["control_from"] for row in world.truth("places")}
    total: Counter[tuple[bool, str]] = Counter()
    for row in loaded.table("counts"):
        start = since[str(row["place"])]
        muted = bool(start) and str(row["month"]) >= start
        kind = (
            "placebo"
            if row["record"] in {"fraude", "homicidio_culposo"}
            else channel[str(row["record"])]
        )
        total[muted, kind] += int(str(row["count"] or 0))
    free = total[False, "suppressible"] / total[False, "hard"]
    muted_ratio = total[True, "suppressible"] / total[True, "hard"]
    assert muted_ratio < free / 2


def test_given_outlines_make_the_places_and_bad_ones_are_refused(tmp_path: Path) -> None:
    shapes = [
        {"type": "Polygon", "arcs": [[n]], "properties": {"id": f"{95 + n // 3}{n % 3 + 1:03d}"}}
        for n in range(6)
    ]
    arcs = [[[n * 10, 0], [10, 0], [0, 10], [-10, 0], [0, -10]] for n in range(6)]
    topology = {"type": "Topology", "objects": {"m": {"geometries": shapes}}, "arcs": arcs,
                "transform": {"scale": [0.1, 0.1], "translate": [-120, 10]}}  # fmt: skip
    path = tmp_path / "areas.topojson"
    path.write_text(json.dumps(topology), encoding="utf-8")
    made = make_world(tmp_path / "w", people=SMALL, seed=1, areas=path)
    assert made.places == 6
    with (tmp_path / "w" / "truth" / "places.csv").open(encoding="utf-8") as handle:
        codes = [row["place"] for row in csv.DictReader(handle)]
    assert codes == ["95001", "95002", "95003", "96001", "96002", "96003"]
    path.write_text('{"type": "Topology"}', encoding="utf-8")
    with pytest.raises(InvalidData, match=r"areas\.topojson"):
        make_world(tmp_path / "other", people=SMALL, seed=1, areas=path)
