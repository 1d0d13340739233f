"""A small valid file of every layout that Puente reads, made up, as bytes by name.

The layouts of agencies come from the made-up world, cut to their first rows; the others are written
out here. `seeds` returns them in the order of the sources.
"""

from __future__ import annotations

import bz2
import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 12
"""Lines that are kept of a file of the made-up world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A valid file.

    Attributes:
        name: its name, by which its source knows it.
        data: its content.
        kind: `csv`, `json`, `xml`, `xlsx`, `zip`, `bz2` or `parquet`.
        delimiter: of a delimited file.
    """

    name: str
    data: bytes
    kind: str
    delimiter: str = ","


_ZEROS = ",".join("0" * 12)
_MONTHS = "Enero,Febrero,Marzo,Abril,Mayo,Junio,Julio,Agosto,Septiembre,Octubre,Noviembre,Diciembre"
_GUN = "La vida,Homicidio,Homicidio doloso,Con arma de fuego"
_PLACE = "1,Aguascalientes,1001,Aguascalientes"
_STATE_HEAD = "Año,Clave_Ent,Entidad,Bien jurídico afectado,Tipo de delito,Subtipo de delito"
_TOWN_HEAD = (
    "Año,Clave_Ent,Entidad,Cve. Municipio,Municipio,Bien jurídico afectado,Tipo de delito,"
    "Subtipo de delito"
)
_INEGI = (
    '"Defunciones por homicidios"\r\n"Año de registro : 1990"\r\n""\r\n"Consulta de: Defunciones'
    ' por homicidio Por: Ent y mun de ocurrencia Según: Mes de registro"\r\n'
    f'"","","Total",{_MONTHS},""\r\n"","Total","3","3",{",".join(["0"] * 11)}\r\n'
    f'"01","Aguascalientes","3","3",{",".join(["0"] * 11)}\r\n'
    f'"01001","Aguascalientes","3","3",{",".join(["0"] * 11)}\r\n"FUENTE: INEGI."\r\n'
)
_SAT_HEAD = (
    "No,RFC,Nombre del Contribuyente,Situación del contribuyente,"
    "Número y fecha de oficio global de presunción SAT,Publicación página SAT presuntos,"
    "Número y fecha de oficio global de presunción DOF,Publicación DOF presuntos,"
    "Número y fecha de oficio global de contribuyentes que desvirtuaron SAT,"
    "Publicación página SAT desvirtuados,"
    "Número y fecha de oficio global de contribuyentes que desvirtuaron DOF,"
    "Publicación DOF desvirtuados,Número y fecha de oficio global de definitivos SAT,"
    "Publicación página SAT definitivos,Número y fecha de oficio global de definitivos DOF,"
    "Publicación DOF definitivos,Número y fecha de oficio global de sentencia favorable SAT,"
    "Publicación página SAT sentencia favorable,"
    "Número y fecha de oficio global de sentencia favorable DOF,"
    "Publicación DOF sentencia favorable"
)
_SAT = (
    "Información actualizada al 18 de mayo de 2021,,,,,,,,,,,,,,,,,,,\n"
    "Listado completo de contribuyentes (Artículo 69-B del CFF),,,,,,,,,,,,,,,,,,,\n"
    f"{_SAT_HEAD}\n"
    "1,AAA080808HL8,EMPRESA INVENTADA UNO SA,Definitivo,500-01 de fecha 01 de junio de 2018,"
    "01/06/2018,500-01 de fecha 01 de junio de 2018,25/06/2018,,,,,500-02 de fecha 1 de julio de"
    " 2018,01/10/2018,500-02 de fecha 1 de julio de 2018,23/10/2018,,,,\n"
    "2,AAA100303L51,EMPRESA INVENTADA DOS SA,Presunto,500-01 de fecha 01 de junio de 2018,"
    "01/06/2018,500-01 de fecha 01 de junio de 2018,25/06/2018,,,,,,,,,,,,\n"
)
_NONE = ",-0- " * 8
_TEXTS: dict[str, tuple[str, str]] = {
    "municipal_population.csv": (
        ("CVE,Entidad,Municipio,1990,2020\n01001,Aguascalientes,Aguascalientes,10,20\n"
        "01002,Aguascalientes,Asientos,3,4\n"), "utf-8"),
    "df_mxmunicipio_2020.csv": (
        ("state_code,region,state_name,municipio_name,long,lat\n"
        "01,01001,Aguascalientes,Aguascalientes,-102.29,21.87\n"
        "01,01002,Aguascalientes,Asientos,-102.08,22.23\n"), "utf-8"),
    "municipality_names.csv": (
        ("cve_geo,nombre_estado,cve_ent,nombre_municipio,cve_mun\n"
        "01001,Aguascalientes,01,Aguascalientes,001\n01002,Aguascalientes,01,Asientos,002\n"),
        "utf-8"),
    "municipality_names_alt.csv": (
        '"state_code","mun_code","MUNICIPIO"\n"1","1","AGUASCALIENTES"\n"1","4","COSÍO"\n',
        "latin-1"),
    "sdn.csv": (
        (f'36,"EMPRESA INVENTADA",-0- ,"SDNTK"{_NONE}\n'
        f'37,"NADIE, Juan","individual","SDNTK"{_NONE}\n\x1a'), "latin-1"),
    "sdn_comments.csv": ('36,"Tax ID No. 1 (Mexico)."\n37,"DOB 1970."\n', "latin-1"),
    "add.csv": ('36,25,-0- ,"Nowhere","Mexico",-0- \n37,26,"1 Duck St","Laredo","Mexico",-0- \n',
                "latin-1"),
    "alt.csv": ('36,12,"aka","OTRA EMPRESA",-0- \n37,13,"aka","NADIE, J.",-0- \n', "latin-1"),
    "cons_prim.csv": (f'9639,"NADIE, Pedro","individual","NS-PLC"{_NONE}\n', "latin-1"),
    "cons_comments.csv": ('9639,"POB Nowhere."\n', "latin-1"),
    "cons_add.csv": ('9639,12,-0- ,"Nowhere","Mexico",-0- \n', "latin-1"),
    "cons_alt.csv": ('9639,91,"aka","NADIE, P.",-0- \n', "latin-1"),
    "listado_69b.csv": (_SAT, "cp1252"),
    "BACRIM2020_Nodes.csv": (
        "Node,Group,State,ShortName\nN1,Grupo Uno,Sonora,Uno\nN2,Grupo Dos,Colima,Dos\n", "utf-8"),
    "BACRIM2020_Alliances.csv": (
        "Edge,Node,Group,RNode,RGroup,weight\nR1,N1,Uno,N2,Dos,6\nR2,N2,Dos,N1,Uno,6\n", "utf-8"),
    "BACRIM2020_Rivals.csv": (
        "Edge,Node,Group,RNode,RGroup,weight\nE1,N1,Uno,N2,Dos,6\nE2,N2,Dos,N1,Uno,6\n", "utf-8"),
    "municipal_lethal_violence_2024.csv": (
        ('"Entidad","Municipio","Feminicidio","Homicidio culposo","Homicidio doloso","Total","Año",'
        '"Mes","Periodo","Otros delitos que atentan contra la vida y la integridad corporal"\n'
        '"Aguascalientes","Aguascalientes","0.0","4.0","0.0","4.0","2024","Enero","Enero 2024","0"'
        '\n"Aguascalientes","Asientos","1.0","1.0","1.0","3.0","2024","Enero","Enero 2024","0"\n'),
        "utf-8"),
    "IDEFC_NM_nov24.csv": (
        f"{_STATE_HEAD},Modalidad,{_MONTHS}\n2024,1,Aguascalientes,{_GUN},{_ZEROS}\n", "latin-1"),
    "IDVFC_NM_nov24.csv": (
        (f"{_STATE_HEAD},Modalidad,Sexo,Rango de edad,{_MONTHS}\n"
        f"2024,1,Aguascalientes,{_GUN},Hombre,Adultos,{_ZEROS}\n"), "latin-1"),
    "RNID_estatal_ago2026.csv": (
        f"{_STATE_HEAD},Modalidad,{_MONTHS}\n2026,1,Aguascalientes,{_GUN},{_ZEROS}\n", "utf-8"),
    "RNID_victimas_ago2026.csv": (
        (f"{_STATE_HEAD},Modalidad,Sexo,Rango de edad,{_MONTHS}\n"
        f"2026,1,Aguascalientes,{_GUN},Hombre,Adultos,{_ZEROS}\n"), "utf-8"),
    "IDM_NM_nov24.csv": (
        f"{_TOWN_HEAD},Modalidad,{_MONTHS}\n2024,{_PLACE},{_GUN},{_ZEROS}\n", "latin-1"),
    "RNID_municipal_ago2026.csv": (
        f"{_TOWN_HEAD},Modalidad,{_MONTHS}\n2026,{_PLACE},{_GUN},{_ZEROS}\n", "utf-8"),
    "RNID_municipal_victimas_ago2026.csv": (
        (f"{_TOWN_HEAD},Modalidad,Sexo,Rango de edad,{_MONTHS}\n"
        f"2026,{_PLACE},{_GUN},Hombre,Adultos,{_ZEROS}\n"), "utf-8"),
    "federal_2024.csv": (
        (f"AÑO,INEGI,ENTIDAD,LEY,CONCEPTO,TIPO,{_MONTHS.upper()}\n"
        f"2024,1,AGUASCALIENTES,CODIGO PENAL FEDERAL,CONTRA LA SALUD,COMERCIO,{_ZEROS}\n"),
        "latin-1"),
    "municipal_2025_feed.csv": (
        ("Año,EntidadID,Entidad,MunicipioID,Municipio,BienJuridico,Tipo,Ene,Feb,Mar,Abr,May,Jun,Jul,"
        f"Ago,Sep,Oct,Nov,Dic\n2025,{_PLACE},La vida,Homicidio,{_ZEROS}\n"), "utf-8"),
    "1990.csv": (_INEGI, "cp1252"),
    "rivalry_deaths_2010.csv": (
        ("StateCode,MunCode,Date,Total,Executions,Aggressions,Shootouts\n1,1,2010-01-01,3,1,1,1\n"
        "1,NA,2010-02-01,0,0,0,0\n"), "utf-8"),
    "press_monitor_2022.csv": (
        ("event_date,published,cvegeo,groups,alliance,rival,homicides,wounded,arrests\n"
        "2022-06-02,2022-06-06,01001,Grupo Uno,,,1.0,0.0,0\n2022-06-04,2022-06-06,,,,,0.0,0.0,0\n"),
        "utf-8"),
    "monthly_crossings_2025.csv": (
        ("ID,Year,Month,Region,POE,Crossing,Modes,Northbound Crossing\n"
        "2008-01-BRID-Buses,2008,1,El Paso,El Paso,Puente Uno,Buses,1229\n"
        "2008-01-BRID-Trucks,2008,1,El Paso,El Paso,Puente Uno,Trucks,34\n"), "utf-8"),
    "bts_border_crossing_2019.csv": (
        ("Port Name,State,Port Code,Border,Date,Measure,Value,Location\n"
        "El Paso,Texas,2402,US-Mexico Border,03/01/2019 12:00:00 AM,Trucks,12,POINT (-106 31.7)\n"),
        "utf-8"),
    "statements.csv": (
        ("canonical_id,entity_id,prop,schema,value,dataset\n"
        "a,a,name,Person,Juan Nadie,hecho\na,a,country,Person,mx,hecho\n"), "utf-8"),
    "cenapi_fichas_2025-12-31.csv": (
        ("FICHA;NOMBRE;PRIMER_APELLIDO;SEGUNDO_APELLIDO;ALIAS;SEXO;FECHA_NACIMIENTO;CURP;TELEFONO;"
        "CVE_MUN;HECHOS;DELITO;UNIDAD;FECHA_EVALUACION;REVISAR_ANTES_DE;ASOCIADOS\n"
        "1;JUAN;NADIE;NINGUNO;;H;01/02/1980;;;01001;hechos;extorsion;UNIDAD;01/03/2025;01/03/2028;"
        "\n"), "cp1252"),
}  # fmt: skip

_UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:00.000Z"><INDIVIDUALS>
<INDIVIDUAL><DATAID>100001</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>ZOLTAN</FIRST_NAME>
<SECOND_NAME>MADEUP</SECOND_NAME><UN_LIST_TYPE>Freedonia</UN_LIST_TYPE>
<REFERENCE_NUMBER>FRi.001</REFERENCE_NUMBER><LISTED_ON>2015-06-01</LISTED_ON></INDIVIDUAL>
</INDIVIDUALS><ENTITIES></ENTITIES></CONSOLIDATED_LIST>
"""
_TOPOLOGY = {
    "type": "Topology",
    "arcs": [[[0, 0], [0, 1], [1, 1], [0, 0]]],
    "objects": {
        "m": {
            "type": "GeometryCollection",
            "geometries": [{"type": "Polygon", "arcs": [[0]], "properties": {"id": "01001"}}],
        }
    },
}
_BIG = {"hd": [{"date": "2011-01-01", "tipo": "Intentional Homicide",
                "name": "AGUASCALIENTES, AGS", "count": 3, "rate": 1}]}  # fmt: skip
_BODS = [
    {"statementId": "s-1-0000000000000000000000000000", "statementDate": "2026-01-01",
     "declarationSubject": "rec-1", "recordId": "rec-1", "recordStatus": "new",
     "recordType": "entity",
     "publicationDetails": {"publicationDate": "2026-01-01", "bodsVersion": "0.4",
                            "publisher": {"name": "Reg"}},
     "recordDetails": {"isComponent": False, "entityType": {"type": "registeredEntity"},
                       "name": "Inventada SA"}},
]  # fmt: skip
_FTM = {"id": "a", "schema": "Person", "properties": {"name": ["Juan Nadie"], "country": ["mx"]}}

PARQUET_MAPPING = """\
name: hostile_parquet
title: Made-up table in Parquet
agency: TEST
country: mx
record_class: public_list
file: {pattern: "hostile_*.parquet", format: parquet}
date: {column: fecha}
entities:
  - {key: who, schema: Person, id: "p-{id}", props: {name: "{nombre}"}}
"""
"""The one layout that no shipped source has."""


def seeds(world: Path) -> list[Seed]:
    """Return a valid file of every layout.

    Args:
        world: folder of a made-up world.
    """
    found = [
        Seed(name=name, data=text.encode(encoding), kind="csv",
             delimiter=";" if "cenapi" in name else ",")
        for name, (text, encoding) in _TEXTS.items()
    ]  # fmt: skip
    packed = _TEXTS["rivalry_deaths_2010.csv"][0].encode()
    crossings = _TEXTS["bts_border_crossing_2019.csv"][0].encode()
    state = _TEXTS["IDEFC_NM_nov24.csv"][0].encode("latin-1")
    found += [
        Seed(name="rivalry_deaths_2009.csv.bz2", data=bz2.compress(packed), kind="bz2"),
        Seed(name="bts_border_crossing_2018.csv.zip", data=zipped(a=crossings), kind="zip"),
        Seed(name="IDEFC_NM_oct24.zip", data=zipped(a=state), kind="zip"),
        Seed(name="consolidated.xml", data=_UN.encode(), kind="xml"),
        Seed(name="mxmunicipio.topojson", data=_json(_TOPOLOGY), kind="json"),
        Seed(name="municipios_big.json", data=_json(_BIG), kind="json"),
        Seed(name="municipios_big2.json", data=_json(_BIG), kind="json"),
        Seed(name="bods.json", data=_json(_BODS), kind="json"),
        Seed(name="entities.ftm.json", data=_json(_FTM) + b"\n", kind="json"),
        Seed(name="envipe_2025.xlsx", data=_envipe(), kind="xlsx"),
        Seed(name="hostile_a.parquet", data=_parquet(), kind="parquet"),
    ]
    return found + _of_the_world(world, {seed.name for seed in found})


def zipped(**members: bytes) -> bytes:
    """Return a ZIP archive of members."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.csv", data)
    return held.getvalue()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _envipe() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("3.1")
        for row, cells in enumerate((
            ["Delitos ocurridos por entidad federativa, según cifra negra"], [2024], [],
            ["Entidad federativa", "Delitos ocurridos", "Cifra negra Absolutos",
             "Cifra negra Relativos"],
            ["Estados Unidos Mexicanos", 1000, 930, 93], ["Sonora", 400, 380, 95],
        )):  # fmt: skip
            sheet.write_row(row, 0, cells)
    return held.getvalue()


def _parquet() -> bytes:
    held = io.BytesIO()
    columns = {"id": ["1", "2"], "nombre": ["Juan Nadie", "Ana Nadie"], "fecha": ["2024-01-01"] * 2}
    pq.write_table(pa.table(columns), held)
    return held.getvalue()


def _of_the_world(world: Path, taken: set[str]) -> list[Seed]:
    found: list[Seed] = []
    for path in sorted(world.rglob("*")):
        if not path.is_file() or "truth" in path.parts or path.name in taken:
            continue
        data, kind = path.read_bytes(), path.suffix[1:]
        if kind == "csv":
            data = b"".join(data.splitlines(keepends=True)[:ROWS])
            head = data.partition(b"\n")[0]
            delimiter = max(",;|\t", key=lambda sign: head.count(sign.encode()))
            found.append(Seed(name=path.name, data=data, kind="csv", delimiter=delimiter))
        elif kind in {"json", "jsonl"}:
            lines = data.splitlines(keepends=True)[:ROWS] if kind == "jsonl" else [data]
            found.append(Seed(name=path.name, data=b"".join(lines), kind="json"))
        elif kind == "xlsx":
            found.append(Seed(name=path.name, data=data, kind="xlsx"))
    return found
