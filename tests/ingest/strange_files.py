"""Files as strangers write them: headers, order, encoding, delimiter, dates and form at random.

What each column means is known here and nowhere in the file. Headers are those that agencies of
both countries use in what they publish; values are made up.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.model.places import Gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

STATES = {"91": "Altamar", "92": "Cerro Pardo", "93": "Tierra Honda"}
NAMES = ("Jaraluco", "Coradales", "Yuremingo", "San Varunona", "El Texolán", "Villa Orvela",
         "Puerto Mochita", "Nuevo Almorez")  # fmt: skip
PLACES = tuple(
    (code + f"{at:03d}", state, f"{name} {'Alto' if code == '92' else ''}".strip())
    for code, state in STATES.items()
    for at, name in enumerate(NAMES, start=1)
)
GIVEN = ("María Elena", "José Luis", "Ana Laura", "Pedro", "Hugo", "Rosa Isela", "Iker", "Zoé")
SURNAMES = ("Zavala", "Quiroz", "Trejo", "Uribe", "Varela", "Olvera", "Ponce", "Núñez", "De la O")
CRIMES = ("Robo a casa habitación", "Lesiones dolosas", "Homicidio doloso", "Extorsión", "Fraude",
          "Narcomenudeo", "Robo a negocio")  # fmt: skip
ROWS = 90


def gazetteer() -> Gazetteer:
    """Return the municipalities that the files speak of."""
    return Gazetteer(
        {"place": code, "name": name, "state": code[:2], "state_name": state, "valid_from": "",
         "valid_to": "", "latitude": None, "longitude": None, "crosswalk": "made_up"}
        for code, state, name in PLACES
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one row is about."""

    number: int
    rng: random.Random
    place: tuple[str, str, str]
    form: str

    def day(self, first: int = 2021, last: int = 2024) -> str:
        year, month, day = (
            self.rng.randint(first, last), self.rng.randint(1, 12), self.rng.randint(1, 28)
        )  # fmt: skip
        spanish = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov",
                   "dic")[month - 1]  # fmt: skip
        return self.form.format(y=year, m=month, d=day, mon=spanish)

    def one(self, *texts: str) -> str:
        return self.rng.choice(texts)

    def digits(self, size: int) -> str:
        return "".join(self.rng.choice("0123456789") for _ in range(size))

    def letters(self, size: int) -> str:
        return "".join(self.rng.choice("BCDFGHJKLMNPRSTVWXYZ") for _ in range(size))


def person_code(row: Row, firm: bool = False) -> str:
    born = f"{row.rng.randint(50, 99):02d}{row.rng.randint(1, 12):02d}{row.rng.randint(1, 28):02d}"
    return row.letters(3 if firm else 4) + born + row.letters(1) + row.digits(2)


def curp(row: Row) -> str:
    day = f"{row.rng.randint(50, 99):02d}{row.rng.randint(1, 12):02d}{row.rng.randint(1, 28):02d}"
    return (row.letters(1) + row.one(*"AEIOU") + row.letters(2) + day + row.one("H", "M")
            + row.one("SL", "DF", "JC") + row.letters(3) + row.digits(2))  # fmt: skip


VALUES: Mapping[str, Callable[[Row], str]] = {
    "record_id": lambda r: f"{r.one('A', 'B')}/{r.number:05d}/24",
    "event_date": lambda r: r.day(),
    "record_date": lambda r: r.day(),
    "birth_date": lambda r: r.day(1950, 2003),
    "incorporation_date": lambda r: r.day(1990, 2020),
    "from_date": lambda r: r.day(2000, 2020),
    "to_date": lambda r: r.day(2021, 2024) if r.number % 5 == 0 else "",
    "time": lambda r: f"{r.rng.randint(0, 23):02d}:{r.rng.randint(0, 59):02d}",
    "state": lambda r: r.place[1].upper(),
    "municipality": lambda r: r.place[2],
    "cvegeo": lambda r: r.place[0],
    "category": lambda r: r.one(*CRIMES),
    "violence": lambda r: r.one("SI", "NO"),
    "name": lambda r: f"{r.one(*GIVEN)} {r.one(*SURNAMES)} {r.one(*SURNAMES)}",
    "given": lambda r: r.one(*GIVEN),
    "paternal": lambda r: r.one(*SURNAMES),
    "maternal": lambda r: r.one(*SURNAMES) if r.number % 7 else "",
    "surnames": lambda r: f"{r.one(*SURNAMES)} {r.one(*SURNAMES)}",
    "sex": lambda r: r.one("H", "M"),
    "age": lambda r: str(r.rng.randint(18, 80)),
    "curp": curp,
    "rfc": lambda r: person_code(r),
    "rfc (firm)": lambda r: person_code(r, firm=True),
    "phone": lambda r: f"{r.one('667', '311', '618')} {r.digits(3)} {r.digits(4)}",
    "nationality": lambda r: r.one("MEXICANA", "ESTADOUNIDENSE", "GUATEMALTECA"),
    "plate": lambda r: f"{r.letters(3)}-{r.digits(3)}-{r.letters(1)}",
    "vin": lambda r: "3N" + r.letters(2) + r.digits(1) + r.letters(2) + r.digits(4) + r.digits(6),
    "make": lambda r: r.one("NISSAN", "FORD", "CHEVROLET", "KIA"),
    "model": lambda r: r.one("Versa", "F-150", "Aveo", "Río"),
    "model_year": lambda r: str(r.rng.randint(1998, 2024)),
    "color": lambda r: r.one("BLANCO", "NEGRO", "ROJO", "GRIS"),
    "goods": lambda r: r.one("Metanfetamina", "Cocaína", "Marihuana", "Fentanilo"),
    "quantity": lambda r: f"{r.rng.random() * 90:.2f}",
    "unit": lambda r: r.one("KG", "GRAMOS", "PIEZAS"),
    "caliber": lambda r: r.one("9 mm", ".45", "7.62x39", ".223", "5.56x45"),
    "serial": lambda r: r.letters(2) + r.digits(6),
    "weapon_type": lambda r: r.one("PISTOLA", "FUSIL", "ESCOPETA"),
    "firm_name": lambda r: f"{r.one(*SURNAMES)} {r.letters(3).title()} {r.one('S.A. de C.V.', 'S. de R.L. de C.V.', 'SA DE CV')}",  # noqa: E501
    "registration": lambda r: f"N-{2_000_000 + r.number}",
    "sector": lambda r: r.one("Transporte de carga", "Comercio al por mayor", "Construcción"),
    "percent": lambda r: r.one("50", "25.5", "100", "33.33"),
    "latitude": lambda r: f"{19 + r.rng.random():.5f}",
    "longitude": lambda r: f"-{99 + r.rng.random():.5f}",
    "camera": lambda r: f"CAM-{r.rng.randint(1, 30):03d}",
    "colonia": lambda r: r.one("Centro", "Las Torres", "El Rosario"),
    "narrative": lambda _r: "Se recibe reporte al número de emergencia por hechos del día " * 2,
    "odd": lambda r: r.one("ZX", "QW", "PL"),
    "position": lambda r: r.one("Administrador único", "Presidente", "Comisario"),
}  # fmt: skip

HEADERS: Mapping[str, tuple[str, ...]] = {
    "record_id": (
        "Folio",
        "NUC",
        "No. de expediente",
        "ID_EVENTO",
        "num carpeta",
        "Case Number",
        "folio_reporte",
        "CARPETA DE INVESTIGACIÓN",
        "Report Number",
    ),
    "event_date": (
        "Fecha del hecho",
        "FEC_HECHO",
        "fecha_hechos",
        "FechaHecho",
        "Incident Date",
        "fecha de los hechos",
        "FECHA_EVENTO",
        "Date of occurrence",
        "Fecha ocurrencia",
    ),
    "record_date": (
        "Fecha de denuncia",
        "FEC_REGISTRO",
        "fecha_captura",
        "Date Reported",
        "FechaReporte",
    ),
    "time": ("Hora", "HORA_HECHO", "hora de los hechos", "Time", "hr_evento"),
    "state": ("Entidad", "ESTADO", "Entidad federativa", "edo", "NOM_ENT"),
    "municipality": (
        "Municipio",
        "MPIO",
        "nom_mun",
        "Municipio del hecho",
        "municipality",
        "Alcaldía/Municipio",
    ),
    "cvegeo": ("CVEGEO", "cve_geo", "Clave municipio", "CVE_MUN", "Cve. Municipio", "clave_inegi"),
    "category": (
        "Delito",
        "TIPO_DELITO",
        "Offense",
        "delito principal",
        "Crime Type",
        "Infracción",
        "tipo de incidente",
    ),
    "violence": ("Violencia", "CON_VIOLENCIA", "violence"),
    "colonia": ("Colonia", "COL", "colonia_hecho"),
    "narrative": ("Narrativa", "OBSERVACIONES", "Descripción de los hechos"),
    "odd": ("xq_27", "Campo libre", "ZZ", "cod_interno_b"),
    "latitude": ("Latitud", "LAT", "coord_y", "latitude"),
    "longitude": ("Longitud", "LON", "coord_x", "Longitude", "lng"),
    "camera": ("Cámara", "ARCO", "id_camara", "Camera ID", "dispositivo"),
    "name": ("Nombre completo", "NOMBRE", "Full Name", "nombre y apellidos"),
    "given": ("Nombre(s)", "NOMBRE", "nombres", "First Name", "Nombre de pila"),
    "paternal": ("Apellido paterno", "PATERNO", "primer_apellido", "AP_PATERNO", "apellidoPaterno"),
    "maternal": ("Apellido materno", "MATERNO", "segundo_apellido", "AP_MATERNO"),
    "surnames": ("Apellidos", "Last Name", "surname"),
    "sex": ("Sexo", "SEX", "género", "Gender"),
    "age": ("Edad", "AGE", "edad_años"),
    "birth_date": ("Fecha de nacimiento", "FEC_NAC", "DOB", "fechaNacimiento", "F_NACIMIENTO"),
    "curp": ("CURP", "curp", "C.U.R.P.", "CLAVE_CURP"),
    "rfc": ("RFC", "R.F.C.", "rfc_persona"),
    "rfc (firm)": ("RFC", "R.F.C.", "RFC de la empresa", "rfc_contribuyente"),
    "phone": ("Teléfono", "TEL", "celular", "Phone", "num_telefonico", "Tel. contacto"),
    "nationality": ("Nacionalidad", "NACIONALIDAD", "nationality"),
    "plate": ("Placa", "PLACAS", "placas del vehículo", "License Plate", "NUM_PLACA", "matrícula"),
    "vin": ("NIV", "VIN", "No. de serie", "NUM_SERIE", "serie_niv"),
    "make": ("Marca", "MARCA", "Make", "marca_vehiculo"),
    "model": ("Submarca", "LINEA", "Model", "sub marca"),
    "model_year": ("Modelo", "AÑO_MODELO", "Model Year", "anio modelo"),
    "color": ("Color", "COLOR", "color del vehículo"),
    "goods": ("Sustancia", "TIPO_DROGA", "Droga asegurada", "Drug"),
    "quantity": ("Cantidad", "CANT", "peso", "Quantity"),
    "unit": ("Unidad de medida", "UNIDAD", "Unit"),
    "caliber": ("Calibre", "CALIBRE", "Caliber"),
    "serial": ("Matrícula del arma", "No. de serie del arma", "Serial Number", "SERIE_ARMA"),
    "weapon_type": ("Tipo de arma", "ARMA", "Weapon Type", "clase de arma"),
    "firm_name": (
        "Razón social",
        "DENOMINACION",
        "Empresa",
        "Company Name",
        "nombre_empresa",
        "Denominación o razón social",
    ),
    "registration": ("Folio mercantil", "FME", "folio_mercantil_electronico"),
    "sector": ("Giro", "objeto social", "SECTOR"),
    "incorporation_date": ("Fecha de constitución", "FEC_CONST", "Incorporation Date"),
    "percent": ("Porcentaje", "% participación", "PCT", "porcentaje de acciones", "Share %"),
    "from_date": ("Desde", "Fecha de alta", "FECHA_INGRESO"),
    "to_date": ("Hasta", "Fecha de baja", "FEC_BAJA"),
    "position": ("Cargo", "PUESTO", "Position"),
}

ROLE_WORDS: Mapping[str, tuple[str, ...]] = {
    "victim": ("víctima", "VICTIMA", "de la víctima", "ofendido"),
    "suspect": ("imputado", "IMPUTADO", "del imputado", "probable responsable"),
    "detained": ("detenido", "DETENIDO", "del detenido", "arrestee"),
    "complainant": ("denunciante", "DENUNCIANTE", "del denunciante"),
    "holder": ("socio", "SOCIO", "del socio", "accionista"),
    "director": ("administrador", "ADMINISTRADOR", "representante legal"),
}

PERSON = ("given", "paternal", "maternal", "sex", "birth_date", "curp", "phone")
KINDS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "incident": (("record_id", "event_date", "record_date", "time", "state", "municipality",
                  "category", "violence", "colonia", "narrative", "odd"), "incident"),
    "incident by code": (("record_id", "event_date", "cvegeo", "municipality", "category",
                          "latitude", "longitude", "odd"), "incident"),
    "case with people": (("record_id", "event_date", "cvegeo", "category",
                          *(f"victim:{p}" for p in PERSON), *(f"suspect:{p}" for p in PERSON)),
                         "incident"),
    "detention": (("record_id", "event_date", "state", "municipality", "detained:given",
                   "detained:paternal", "detained:maternal", "detained:birth_date",
                   "detained:sex", "detained:curp", "nationality", "odd"), "detention"),
    "detention, whole names": (("record_id", "event_date", "cvegeo", "detained:name",
                                "detained:age", "detained:sex", "category"), "detention"),
    "theft": (("record_id", "event_date", "cvegeo", "plate", "vin", "make", "model", "model_year",
               "color", "complainant:name", "complainant:phone"), "theft"),
    "seizure": (("record_id", "event_date", "state", "municipality", "goods", "quantity", "unit"),
                "seizure"),
    "weapons": (("record_id", "event_date", "cvegeo", "weapon_type", "caliber", "serial", "make"),
                "weapons"),
    "plates read": (("record_id", "event_date", "time", "plate", "camera", "latitude",
                     "longitude"), "plate_read"),
    "people": (("record_id", "given", "paternal", "maternal", "sex", "birth_date", "curp", "rfc",
                "phone", "nationality"), "people"),
    "firms": (("registration", "firm_name", "rfc (firm)", "incorporation_date", "sector",
               "phone"), "firms"),
    "shareholders": (("registration", "firm_name", "rfc (firm)", "holder:given",
                      "holder:paternal", "holder:maternal", "holder:rfc", "percent", "from_date",
                      "to_date"), "shareholders"),
    "officers": (("registration", "firm_name", "director:name", "director:rfc", "position"),
                 "officers"),
}  # fmt: skip

FORMS = (
    ("{d:02d}/{m:02d}/{y}", True), ("{d}/{m}/{y}", True), ("{d:02d}-{m:02d}-{y}", True),
    ("{m:02d}/{d:02d}/{y}", False), ("{y}-{m:02d}-{d:02d}", None), ("{y}/{m:02d}/{d:02d}", None),
    ("{d:02d}-{mon}-{y}", None), ("{d:02d}/{m:02d}/{y} 00:00", True), ("{y}{m:02d}{d:02d}", None),
    ("{d:02d}.{m:02d}.{y}", True),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """A file, and what only its writer knows of it.

    Attributes:
        path: the file.
        kind: what a row is.
        meaning: header to what the column holds, `field` or `field (role)`.
        day_first: how its dates are to be read; None where no order is needed.
    """

    path: Path
    kind: str
    meaning: Mapping[str, str]
    day_first: bool | None


def strange(folder: Path, kind: str, seed: int) -> Strange:
    """Write a file of a kind, all that can differ chosen by the seed."""
    rng = random.Random(f"{kind} {seed}")
    columns, rows_are = KINDS[kind]
    chosen = list(columns)
    rng.shuffle(chosen)
    headers = _headers(chosen, rng)
    form, day_first = rng.choice(FORMS)
    body = []
    for number in range(ROWS):
        row = Row(number=number, rng=rng, place=rng.choice(PLACES), form=form)
        body.append([VALUES[_plain(column)](row) for column in chosen])
    _leave_gaps(body, chosen, rng)
    path = _write(folder / f"entrega_{seed}", headers, body, rng)
    dated = any("date" in column for column in chosen)
    return Strange(
        path=path,
        kind=rows_are,
        meaning={h: _meaning(c) for h, c in zip(headers, chosen, strict=True)},
        day_first=day_first if dated else None,
    )


def _plain(column: str) -> str:
    return column.rpartition(":")[2]


def _meaning(column: str) -> str:
    role, _, name = column.rpartition(":")
    if name == "rfc (firm)":
        return "rfc (firm)"
    return f"{name} ({role})" if role else name


def _headers(columns: list[str], rng: random.Random) -> list[str]:
    style = rng.choice(("as it is", "upper", "snake", "title"))
    before = rng.random() < 0.5
    words = {role: rng.choice(texts) for role, texts in ROLE_WORDS.items()}
    found: list[str] = []
    for column in columns:
        role, _, name = column.rpartition(":")
        for _try in range(40):
            text = rng.choice(HEADERS[name])
            if role:
                joined = (words[role], text) if before else (text, words[role])
                text = "_".join(joined) if style == "snake" else " ".join(joined)
            text = {
                "upper": text.upper, "snake": lambda t=text: t.lower().replace(" ", "_"),
                "title": text.title, "as it is": lambda t=text: t,
            }[style]()  # fmt: skip
            if text not in found:
                break
        found.append(text)
    return found


def _leave_gaps(body: list[list[str]], columns: list[str], rng: random.Random) -> None:
    """Blank some values, and write in others that nothing is known, as clerks do."""
    nothing = rng.choice(("", "N/D", "S/D", "NO ESPECIFICADO", "-", "NULL"))
    for at, column in enumerate(columns):
        if _plain(column) in {"sex", "curp", "phone", "maternal", "colonia", "color", "vin"}:
            for row in body:
                if rng.random() < 0.15:
                    row[at] = nothing


def _write(stem: Path, headers: list[str], body: list[list[str]], rng: random.Random) -> Path:
    form = rng.choice(("csv", "csv", "csv", "xlsx", "parquet", "gz"))
    titles = rng.choice((0, 0, 1, 3)) if form != "parquet" else 0
    rows = [["Secretaría de Seguridad", *[""] * (len(headers) - 1)]] * titles + [headers, *body]
    if form == "xlsx":
        return _workbook(stem.with_suffix(".xlsx"), rows)
    if form == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = [pa.array(list(c), pa.string()) for c in zip(*body, strict=True)]
        pq.write_table(pa.table(columns, names=headers), stem.with_suffix(".parquet"))
        return stem.with_suffix(".parquet")
    buffer = io.StringIO()
    quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    csv.writer(buffer, delimiter=rng.choice(",;|\t"), quoting=quoting).writerows(rows)
    data = buffer.getvalue().encode(
        rng.choice(("utf-8", "utf-8-sig", "cp1252", "cp850")), "replace"
    )
    if form == "gz":
        path = stem.with_suffix(".csv.gz")
        path.write_bytes(gzip.compress(data, mtime=0))
        return path
    stem.with_suffix(".csv").write_bytes(data)
    return stem.with_suffix(".csv")


def _workbook(path: Path, rows: list[list[str]]) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Portada").write(0, 0, "Solicitud de información")
        sheet = book.add_worksheet("Datos")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
    return path
