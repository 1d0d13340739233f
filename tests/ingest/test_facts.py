"""The real files, and the figures that each is known for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from puente.ingest.load import Loading, LoadReport
from puente.ingest.source import find_all
from puente.ingest.sources import all_sources
from puente.model.places import Gazetteer
from puente.model.schema import get_schema
from puente.store.lake import Lake

from .conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

Loaded = tuple[Loading, dict[str, LoadReport]]
"""What the files were loaded with, and the reports by folder and file name."""


@pytest.fixture(scope="module")
def loaded(puente_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """All real files, loaded once; reports by folder and file name."""
    sources = {source.info.name: source for source in all_sources()}
    files, _ = find_all(puente_data, sources.values())
    lake = Lake(tmp_path_factory.mktemp("facts") / "lake", clock=lambda: NOW)
    loading = Loading(lake=lake, now=NOW, only=set())
    return loading, {
        f"{file.path.parent.name}/{file.path.name}": loading.load(sources[file.source], file)
        for file in files
    }


EXPECTED: dict[str, tuple[int, dict[str, int]]] = {
    "2021-08-18/sdn.csv": (9083, {"entries": 9083, "Control-Z lines": 1}),
    "2022-01-31/sdn.csv": (9044, {"entries": 9044, "numbers given twice": 1}),
    "2022-01-31/add.csv": (13625, {"orphan rows": 1}),
    "2022-01-31/alt.csv": (12408, {"orphan rows": 0}),
    "2024-05-03/sdn.csv": (14965, {
        "entries": 14965, "program SDNTK": 1439, "program ILLICIT-DRUGS-EO14059": 293,
        "rows with Linked To": 5824, "individuals": 6854, "rows with C.U.R.P.": 416,
        "rows with R.F.C.": 306, "Control-Z lines": 1}),
    "2025-12/add.csv": (24244, {"orphan rows": 4893, "orphan entries": 4253}),
    "2025-12/alt.csv": (20107, {"orphan rows": 2460, "orphan entries": 1567}),
    "2025-12/sdn_comments.csv": (28, {}),
    "sat_69b/2021-05-18.csv": (9838, {"distinct RFC": 9784}),
    "sat_69b/2024-10-28.csv": (9979, {
        "distinct RFC": 9900, "status Definitivo": 8379, "status Sentencia Favorable": 1198,
        "status Desvirtuado": 301, "status Presunto": 101}),
    "sesnsp/municipal_lethal_violence_2024_2025.csv": (44748, {
        "municipalities joined": 2478, "municipalities without a code": 0}),
    "cartel/BACRIM2020_Nodes.csv": (150, {"groups": 150}),
    "cartel/BACRIM2020_Alliances.csv": (130, {"ally pairs": 91}),
    "cartel/BACRIM2020_Rivals.csv": (127, {"rival pairs": 92}),
    "places/mxmunicipio.topojson": (2469, {"polygons": 2469}),
    "places/mxstate.topojson": (32, {"polygons": 32}),
    "places/municipal_population_1990_2040.csv": (2475, {"municipalities": 2475}),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_each_file_shows_the_figures_it_is_known_for(loaded: Loaded, name: str) -> None:
    report = loaded[1][name]
    rows, facts = EXPECTED[name]
    assert (report.rows, report.loaded, report.rejected) == (rows, rows, 0)
    assert {key: report.facts.get(key) for key in facts} == facts


def test_nearly_every_piece_of_a_remark_is_understood(loaded: Loaded) -> None:
    for name, report in loaded[1].items():
        if name.endswith("/sdn.csv"):
            pieces = report.facts["remark pieces"]
            assert report.facts["remark pieces understood"] / pieces > 0.99, name


def test_nearly_every_link_of_the_list_reaches_its_other_end(loaded: Loaded) -> None:
    facts = loaded[1]["2024-05-03/sdn.csv"].facts
    lost = sum(n for key, n in facts.items() if key.startswith("links not found"))
    assert facts["links found by name"] > 6300
    assert lost < 15


def test_every_claim_is_of_a_property_that_its_kind_has(loaded: Loaded) -> None:
    lake = loaded[0].lake
    for load in lake.loads():
        if "statements" not in load.tables:
            continue
        table = pq.read_table(load.folder / "statements.parquet", columns=["schema", "prop"])
        pairs = Counter(zip(*(c.to_pylist() for c in table.columns), strict=True))
        for schema, prop in pairs:
            assert prop in get_schema(schema).props, f"{load.source}: {schema}.{prop}"


def test_a_known_cartel_record_reads_as_an_investigator_needs_it(loaded: Loaded) -> None:
    lake = loaded[0].lake
    (load,) = [x for x in lake.loads() if x.source == "ofac_sdn" and x.published == "2024-05-03"]
    table = pq.read_table(
        load.folder / "statements.parquet",
        filters=[("entity_id", "=", "ofac-20113")],
        columns=["prop", "value"],
    )
    values = set(zip(*(c.to_pylist() for c in table.columns), strict=True))
    assert ("curpCode", "GOVE801012HMNNLL03") in values
    assert ("birthDate", "1980-10-12") in values
    assert ("birthCountry", "mx") in values
    linked = pq.read_table(
        load.folder / "statements.parquet",
        columns=["value"],
        filters=[("entity_id", "=", "ofac-link-20113-17671"), ("prop", "=", "object")],
    )
    assert linked.column("value").to_pylist() == ["ofac-17671"]


def test_three_crosswalks_join_all_but_the_three_youngest_municipalities(
    loaded: Loaded, puente_data: Path
) -> None:
    lake = loaded[0].lake
    rows = [
        row
        for load in lake.loads()
        if "places" in load.tables
        for row in pq.read_table(load.folder / "places.parquet").to_pylist()
    ]
    lethal = puente_data / "sesnsp" / "municipal_lethal_violence_2024_2025.csv"
    with lethal.open(encoding="utf-8") as handle:
        names = {tuple(line.split('","')[:2]) for line in list(handle)[1:]}
    real = {(s.strip('"'), m) for s, m in names if not m.startswith(("No Esp", "Otros"))}
    assert len(real) == 2478
    three = Gazetteer(row for row in rows if row["source"] != "places_names_alt")
    lost = {m for s, m in real if not three.by_name(s, m).code}
    assert lost == {"Villa de Pozos", "Eldorado", "Juan José Ríos"}
    assert 1 - len(lost) / len(real) > 0.996
    whole = Gazetteer(rows)
    assert all(whole.by_name(s, m).code for s, m in real)
