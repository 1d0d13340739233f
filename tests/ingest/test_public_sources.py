"""The Mexican sources and the press research, with the quirks of their publishers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from puente.errors import InvalidData
from puente.ingest.sources.bacrim import SOURCES as BACRIM
from puente.ingest.sources.crosswalks import SOURCES as CROSSWALKS
from puente.ingest.sources.polygons import SOURCES as POLYGONS
from puente.ingest.sources.population import SOURCES as POPULATION
from puente.ingest.sources.sat_69b import SOURCES as SAT
from puente.ingest.sources.sesnsp_lethal import SOURCES as LETHAL
from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from pathlib import Path

    from puente.ingest.source import Source, SourceFile

    from .conftest import Read

HEADER = (
    "No,RFC,Nombre del Contribuyente,Situación del contribuyente,"
    "Número y fecha de oficio global de presunción SAT,Publicación página SAT presuntos,"
    "Número y fecha de oficio global de presunción DOF,Publicación DOF presuntos,"
    "Número y fecha de oficio global de contribuyentes que desvirtuaron SAT,"
    "Publicación página SAT desvirtuados,"
    "Número y fecha de oficio global de contribuyentes que desvirtuaron DOF,"
    "Publicación DOF desvirtuados,"
    "Número y fecha de oficio global de definitivos SAT,Publicación página SAT definitivos,"
    "Número y fecha de oficio global de definitivos DOF,Publicación DOF definitivos,"
    "Número y fecha de oficio global de sentencia favorable SAT,"
    "Publicación página SAT sentencia favorable,"
    "Número y fecha de oficio global de sentencia favorable DOF,"
    "Publicación DOF sentencia favorable\r\n"
)
# Public rows of the list of 28 October 2024.
ROWS = (
    '142,AAS110331G59,"ABIRA & SAFFI CORPORATIVO, S. DE R.L. DE C.V. // En cumplimiento a la'
    ' sentencia del 7 de octubre de 2019",Definitivo,500-05-2020-7866 de fecha 10 de marzo de 2020,'
    "10/03/2020,500-05-2020-7866 de fecha 10 de marzo de 2020,31/03/2020,,,,,500-05-2020-13691 de"
    " fecha 19 de junio de 2020,19/06/2020,500-05-2020-13691 de fecha 19 de junio de 2020,"
    "07/07/2020,,,,\r\n"
    '143,AAS110331G59,"ABIRA & SAFFI CORPORATIVO, S. DE R.L. DE C.V.",Sentencia Favorable,'
    "500-05-2017-16140 de fecha 1 de junio de 2017,01/06/2017,500-05-2017-16140,12/06/2017,,,,,"
    "500-05-2017-38731,27/11/2017,500-05-2017-38731,14/12/2017,500-05-2019-40235,20/12/2019,"
    "500-05-2019-40235,27/01/2020\r\n"
)


def sat(tmp_path: Path, rows: str, titles: str = "") -> tuple[Source, SourceFile]:
    path = tmp_path / "listado_69b_2024-10-28.csv"
    path.write_bytes((titles + HEADER + rows).encode("latin-1"))
    (file,) = SAT[0].find(tmp_path)
    assert file.published == "2024-10-28"
    return SAT[0], file


def test_rows_of_one_rfc_are_one_firm_with_both_its_cases(tmp_path: Path, read: type[Read]) -> None:
    titles = "Información actualizada,,,,\r\nListado completo (Artículo 69-B),,,,\r\n"
    found = read(*sat(tmp_path, ROWS, titles))
    firm = found.of("sat69b-AAS110331G59")
    assert set(firm["name"]) == {"ABIRA & SAFFI CORPORATIVO, S. DE R.L. DE C.V."}
    assert firm["status"] == ["Definitivo", "Sentencia Favorable"]
    assert "En cumplimiento a la sentencia del 7 de octubre de 2019" in firm["notes"]
    dates = {claim[3]: claim[6] for claim in found.claims if claim[2] == "status"}
    assert dates == {"Definitivo": "2020-07-07", "Sentencia Favorable": "2020-01-27"}
    assert any(
        note.startswith("Presunto: SAT 2020-03-10 (500-05-2020-7866") and "DOF 2020-03-31" in note
        for note in firm["notes"]
    )
    assert found.facts["distinct RFC"] == 1


def test_odd_dates_of_the_list_are_read_or_kept(tmp_path: Path, read: type[Read]) -> None:
    row = (
        "1,EKU9003173C9,ESCUELA KEMPER,Definitivo,a,13/05/2020 - 25/03/2019,b,44029,,,,,"
        "c,05/09/19 // 08/10/2018,d,pendiente,,,,\r\n"
    )
    found = read(*sat(tmp_path, row))
    notes = "\n".join(found.of("sat69b-EKU9003173C9")["notes"])
    for text in (
        "SAT 2020-05-13, 2019-03-25 (a)",
        "DOF 2020-07-17 (b)",
        "SAT 2019-09-05, 2018-10-08 (c)",
        "DOF pendiente (d)",
    ):
        assert text in notes
    assert found.facts["dates not understood"] == 1


def test_a_masked_rfc_joins_no_two_firms(tmp_path: Path, read: type[Read]) -> None:
    rows = "".join(
        f"{n},XXXXXXXXXXXX,{name},Presunto,a,01/01/2020,b,02/01/2020" + "," * 12 + "\r\n"
        for n, name in enumerate(("UNO SA", "DOS SA", "UNO SA"))
    )
    found = read(*sat(tmp_path, rows))
    assert len({claim[0] for claim in found.claims}) == 3
    assert not any(claim[2] == "rfcCode" for claim in found.claims)
    assert found.facts["RFC masked"] == 3


def test_a_row_without_rfc_name_or_status_is_rejected(tmp_path: Path, read: type[Read]) -> None:
    good = "1,EKU9003173C9,X SA,Presunto" + "," * 16 + "\r\n"
    bad = "".join(good.replace(old, "") for old in ("EKU9003173C9", "X SA", "Presunto"))
    found = read(*sat(tmp_path, good + bad))
    assert [r.line for r in found.rejects] == [3, 4, 5]
    (tmp_path / "listado_69b_2024-10-28.csv").write_text("RFC,x\n1,2\n")
    with pytest.raises(InvalidData, match="no column 'Nombre del Contribuyente'"):
        read(SAT[0], SAT[0].find(tmp_path)[0])


LETHAL_HEAD = (
    '"Entidad","Municipio","Feminicidio","Homicidio culposo","Homicidio doloso","Total",'
    '"Año","Mes","Periodo","Otros delitos que atentan contra la vida y la integridad'
    ' corporal"\n'
)


def lethal(tmp_path: Path, *rows: str) -> tuple[Source, SourceFile]:
    path = tmp_path / "municipal_lethal_violence_2024_2025.csv"
    path.write_text(LETHAL_HEAD + "".join(row + "\n" for row in rows), encoding="utf-8")
    return LETHAL[0], LETHAL[0].find(tmp_path)[0]


def row(state: str, name: str, counts: str = "1.0,4.0,2.0,7.0", month: str = "2024,Enero") -> str:
    return f"{state},{name},{counts},{month},x,0"


PLACES = Gazetteer(
    [
        {"place": "26018", "name": "Cajeme"},
        {"place": "25019", "name": "Eldorado", "valid_from": "2024-02"},
    ]
)


def test_counts_are_joined_by_name_and_the_lost_ones_are_named(
    tmp_path: Path, read: type[Read]
) -> None:
    source, file = lethal(
        tmp_path,
        row("Sonora", "Cajeme"),
        row("Sonora", "Atlantis"),
        row("Sonora", "Cajeme", ",4,,", month="2025,Junio"),
    )
    found = read(source, file, PLACES)
    assert file.published == "2025-06"
    counts = {(r["month"], r["record"]): r["count"] for r in found.tables["counts"]}
    assert counts["2024-01", "homicidio_doloso"] == 2
    assert counts["2024-01", "otros_delitos_vida"] == 0
    assert counts["2025-06", "feminicidio"] is None
    assert [r.line for r in found.rejects] == [3]
    assert found.facts["municipalities joined"] == 1
    assert found.facts["without a code: Atlantis, Sonora"] == 1


def test_two_rows_that_specify_no_municipality_are_one_figure(
    tmp_path: Path, read: type[Read]
) -> None:
    source, file = lethal(
        tmp_path, row("Sonora", "No Especificado"), row("Sonora", "Otros Municipios", ",1,3,4")
    )
    counts = {
        r["record"]: (r["place"], r["count"]) for r in read(source, file, PLACES).tables["counts"]
    }
    assert counts["homicidio_doloso"] == ("26999", 5)
    # What one of them does not report would make the other's figure pass for the whole.
    assert counts["feminicidio"] == ("26999", None)


def test_a_crime_that_a_whole_country_never_had_was_not_filled_in(
    tmp_path: Path, read: type[Read]
) -> None:
    months = ("2024,Enero", "2024,Febrero", "2025,Marzo")
    rows = [row("Sonora", f"Lugar {n}", month=m) for m in months for n in range(400)]
    rows += [row("Sonora", "No Especificado", month=m) for m in months]
    places = Gazetteer([{"place": f"26{n:03d}", "name": f"Lugar {n}"} for n in range(400)])
    record = "otros_delitos_vida"

    def given(*more: str) -> tuple[set[object], int]:
        found = read(*lethal(tmp_path, *rows, *more), places)
        told = [r for r in found.tables["counts"] if r["record"] == record]
        assert len(told) == len(rows) + (1 if more else 0)
        others = {r["count"] for r in found.tables["counts"] if r["record"] == "homicidio_doloso"}
        assert others == {2}
        fact = f"zeros of {record}, which is zero in every row: taken as not reported"
        return {r["count"] for r in told}, found.facts.get(fact, 0)

    assert given() == ({None}, 1_203)
    # One case in the last row, and all the zeros before it were said by someone who counts.
    case = row("Sonora", "Lugar 1", month="2025,Abril").removesuffix("0") + "1"
    assert given(case) == ({0, 1}, 0)


def test_a_total_that_does_not_add_up_and_a_bad_count_are_noticed(
    tmp_path: Path, read: type[Read]
) -> None:
    source, file = lethal(
        tmp_path,
        row("Sonora", "Cajeme", "1,1,1,9"),
        row("Sonora", "Cajeme", "1,1,-1,1", "2024,Mayo"),
    )
    found = read(source, file, PLACES)
    assert found.facts["rows whose total does not add up"] == 1
    assert "homicidio_doloso" in found.rejects[0].reason


def test_without_any_table_of_places_each_row_says_so(tmp_path: Path, read: type[Read]) -> None:
    source, file = lethal(tmp_path, row("Sonora", "Cajeme"))
    assert "load a table of places first" in read(source, file).rejects[0].reason


def test_population_gives_years_and_places(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "municipal_population_1990_2040.csv").write_text(
        "CVE,Entidad,Municipio,1990,1991\n01001,Aguascalientes,Aguascalientes,499839,\n"
        "00001,X,Y,1,1\n01002,Aguascalientes,Asientos,33465.5,1\n"
    )
    found = read(POPULATION[0], POPULATION[0].find(tmp_path)[0])
    assert found.tables["population"] == [{"place": "01001", "year": 1990, "population": 499839}]
    assert found.tables["places"][0]["name"] == "Aguascalientes"
    assert [r.line for r in found.rejects] == [3, 4]


def test_crosswalks_keep_codes_whole_and_leave_out_what_is_no_municipality(
    tmp_path: Path, read: type[Read]
) -> None:
    (tmp_path / "municipality_names_alt.csv").write_bytes(
        '"state_code","mun_code","MUNICIPIO"\n"1","1","AGUASCALIENTES"\n'
        '"24","59 ","VILLA DE POZOS"\n"31",999,"OTROS MUNICIPIOS"\n"19","1","PE\xd1A"\n'.encode(
            "latin-1"
        )
    )
    alt = CROSSWALKS[2]
    found = read(alt, alt.find(tmp_path)[0])
    assert [(r["place"], r["name"]) for r in found.tables["places"]] == [
        ("01001", "AGUASCALIENTES"),
        ("24059", "VILLA DE POZOS"),
        ("19001", "PEÑA"),
    ]
    assert found.facts["codes for no municipality"] == 1


def test_pairs_are_kept_once_with_their_weight(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "BACRIM2020_Alliances.csv").write_bytes(
        b"\xef\xbb\xbfEdge,Node,Group,RNode,RGroup,weight\r\nR1,N10025,A,N10096,B,6\r\n"
        b"R2,N10096,B,N10025,A,6\r\nR3,N10025,A,N10025,A,1\r\n"
    )
    (tmp_path / "BACRIM2020_Nodes.csv").write_text(
        "Node,Group,State,ShortName\nN10025,Cártel X (CX),Ciudad de México,CX\nN2,Y,Gondor,Y\n"
    )
    nodes, pairs = BACRIM[0].find(tmp_path)
    groups, links = read(BACRIM[0], nodes), read(BACRIM[0], pairs)
    assert groups.of("bacrim-N10025") == {
        "name": ["Cártel X (CX)"],
        "alias": ["CX"],
        "country": ["mx"],
        "topics": ["crime"],
        "place": ["09000"],
    }
    assert groups.of("bacrim-N2")["notes"] == ["state: Gondor"]
    assert links.of("bacrim-ally-N10025-N10096") == {
        "subject": ["bacrim-N10025"],
        "object": ["bacrim-N10096"],
        "role": ["ally"],
        "summary": ["weight 6"],
    }
    assert links.facts["ally pairs"] == 1
    assert [r.line for r in links.rejects] == [4]


SQUARE = {"type": "Polygon", "arcs": [[0, ~1]], "properties": {"id": "1001"}}
TOPOLOGY = {
    "type": "Topology", "transform": {"scale": [0.5, 2], "translate": [10, 20]},
    "objects": {"m": {"type": "GeometryCollection", "geometries": [
        SQUARE, {**SQUARE, "type": "MultiPolygon", "arcs": [[[0, ~1]]], "properties": {"id": "2"}},
        {**SQUARE, "arcs": [[0]]}, {**SQUARE, "arcs": [[7]]}, {"type": "Point"}]}},
    "arcs": [[[0, 0], [2, 0], [0, 1]], [[0, 0], [0, 1], [2, 0]]],
}  # fmt: skip


def test_shared_lines_are_decoded_and_turned_round(tmp_path: Path, read: type[Read]) -> None:
    (tmp_path / "mxmunicipio.topojson").write_text(json.dumps(TOPOLOGY))
    found = read(POLYGONS[0], POLYGONS[0].find(tmp_path)[0])
    areas = {r["place"]: json.loads(r["geometry"]) for r in found.tables["areas"]}
    square = [[10.0, 20.0], [11.0, 20.0], [11.0, 22.0], [10.0, 22.0], [10.0, 20.0]]
    assert areas["01001"] == {"type": "Polygon", "coordinates": [square]}
    assert [r.line for r in found.rejects] == [2, 3, 4, 5]


def test_arcs_without_a_transform_are_taken_as_degrees(tmp_path: Path, read: type[Read]) -> None:
    plain = {**TOPOLOGY, "arcs": [[[0, 0], [2, 0], [2, 2]], [[0, 0], [0, 2], [2, 2]]]}
    plain.pop("transform")
    (tmp_path / "mxstate.topojson").write_text(json.dumps(plain))
    found = read(POLYGONS[0], POLYGONS[0].find(tmp_path)[0])
    assert found.tables["areas"][-1]["place"] == "02000"
    assert json.loads(found.tables["areas"][-1]["geometry"])["coordinates"][0][0][2] == [2, 2]
    assert found.tables["areas"][-1]["level"] == "state"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"type": "Topology"}',
        '{"type": "Topology", "arcs": 3, "objects": {"a": {"geometries": [{}]}}}',
        "\x00",
    ],
)
def test_what_is_no_topology_is_refused(tmp_path: Path, read: type[Read], text: str) -> None:
    (tmp_path / "mxstate.topojson").write_text(text)
    with pytest.raises(InvalidData):
        read(POLYGONS[0], POLYGONS[0].find(tmp_path)[0])
