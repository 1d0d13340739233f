"""What others publish as FollowTheMoney is read whole, and what Puente exports comes back."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.guard.actors import Actor, Purpose
from puente.ingest.load import Loading
from puente.ingest.source import Limits, LoadContext, Reject, SourceFile
from puente.ingest.sources.ftm import SOURCES
from puente.model.entity import Entity, Statement
from puente.model.schema import all_schemata, get_schema
from puente.model.values import parse_value
from puente.settings import Settings
from puente.store.lake import Lake, Origin
from puente.workspace import Workspace

from .conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FTM = SOURCES[0]
MARKED = "TLP:AMBER//REL MX"
HEADER = (
    "id,entity_id,canonical_id,prop,prop_type,schema,value,dataset,lang,original_value,external,"
    "first_seen,last_seen"
)


class Told:
    """What the reader said of one file."""

    def __init__(self, path: Path, **limits: int) -> None:
        found = FTM.find(path)
        assert [file.path for file in found] == [path], "the file was not recognised"
        self.file = found[0]
        self.context = LoadContext(
            info=FTM.info, file=self.file, today=date(2026, 3, 1), limits=Limits(**limits)
        )
        handed = list(FTM.read(self.file, self.context))
        self.rejects = [item for item in handed if isinstance(item, Reject)]
        self.statements = [item for item in handed if isinstance(item, Statement)]
        assert len(self.rejects) + len(self.statements) == len(handed)

    def of(self, entity_id: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for statement in self.statements:
            if statement.entity_id == entity_id:
                found.setdefault(statement.prop, []).append(statement.value)
        return found


def entities(path: Path, *rows: object) -> Told:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Told(path)


def person(name: str = "p1", **properties: Any) -> dict[str, Any]:
    held = {"name": ["Ana Ruiz"], **properties}
    return {"id": name, "schema": "Person", "properties": held, "datasets": ["one_set"]}


def table(path: Path, rows: Iterable[str], header: str = HEADER) -> Told:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return Told(path)


# -- entities ---------------------------------------------------------------------------------


def test_every_value_of_an_entity_is_told_with_the_data_set_that_has_it(tmp_path: Path) -> None:
    row = person(birthDate=["1980-02"], topics=["sanction", "debarment", "crime"], country=["mx"])
    told = entities(tmp_path / "x.ftm.json", {**row, "first_seen": "2023-04-20T10:00:00"})
    assert told.of("ftm-p1") == {
        "birthDate": ["1980-02"],
        "country": ["mx"],
        "name": ["Ana Ruiz"],
        "topics": ["sanction", "debarment", "crime"],
    }
    first = told.statements[0]
    assert (first.agency, first.date, first.source) == ("one_set", "2023-04-20", "ftm")
    assert first.record_class == "fact"
    assert first.row == "x.ftm.json:1"


def test_an_entity_of_several_data_sets_names_them_where_its_row_stands(tmp_path: Path) -> None:
    told = entities(tmp_path / "x.ftm.json", {**person(), "datasets": ["un_sc", "us_ofac"]})
    assert told.statements[0].agency == "FollowTheMoney"
    assert told.statements[0].row == "x.ftm.json:1 (un_sc, us_ofac)"


def test_a_date_that_is_none_is_kept_as_a_note_and_never_as_a_date(tmp_path: Path) -> None:
    told = entities(tmp_path / "x.ftm.json", person(birthDate=["in his fifties"], gender=["M"]))
    held = told.of("ftm-p1")
    assert "birthDate" not in held
    assert set(held["notes"]) == {"birthDate: in his fifties", "gender: M"}
    assert told.context.facts["birthDate not understood"] == 1


def test_a_telephone_or_number_in_a_form_of_its_own_is_kept_as_published(tmp_path: Path) -> None:
    told = entities(
        tmp_path / "x.ftm.json",
        person(phone=["call the bar"], idNumber=["n/a (lost)"], email=["ana at example"]),
    )
    held = told.of("ftm-p1")
    assert held["phone"] == ["call the bar"]
    assert held["idNumber"] == ["N/A (LOST)"]
    assert held["email"] == ["ana at example"]


def test_a_property_that_the_vocabulary_lacks_is_kept_and_counted(tmp_path: Path) -> None:
    told = entities(
        tmp_path / "x.ftm.json", person(wikidataId=["Q1"], description=["A baker"], innCode=["77"])
    )
    held = told.of("ftm-p1")
    assert set(held["notes"]) == {"wikidataId: Q1", "A baker"}
    assert held["taxNumber"] == ["77"]
    original = {s.original for s in told.statements if s.prop == "taxNumber"}
    assert original == {"innCode: 77"}
    assert told.context.facts["no property Person.wikidataId: kept as a note"] == 1


def test_made_up_names_of_properties_do_not_swamp_the_facts(tmp_path: Path) -> None:
    told = entities(tmp_path / "x.ftm.json", person(**{f"x{n}": ["1"] for n in range(500)}))
    assert len(told.context.facts) <= 151
    assert sum(told.context.facts.values()) == 500


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "z", "schema": "Wizard", "properties": {"name": ["X"]}}, "unknown schema 'Wizard'"),
        ({"schema": "Person", "properties": {"name": ["X"]}}, "the entity has no id"),
        ({"id": "z", "schema": "Person"}, "the entity has no properties"),
        ({"id": "z", "schema": "Person", "properties": {}}, "the entity states nothing"),
        ('{"id": "z", "schema": "Person", "prop', "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"id": "z", "id": "p1", "schema": "Person", "properties": {}}', "stands twice"),
        ("[" * 100_000, "nested too deep"),
        ('{"id": "z", "schema": "Person", "properties": {"name": ["\\ud800"]}}', "half of a char"),
        ({"id": "p1", "schema": "Vessel", "properties": {"name": ["X"]}}, "nothing can be a"),
    ],
)
def test_a_line_that_cannot_be_read_is_rejected_with_its_reason(
    tmp_path: Path, row: object, reason: str
) -> None:
    told = entities(tmp_path / "x.ftm.json", person(), row, person("p2"))
    assert [(r.line, reason in r.reason) for r in told.rejects] == [(2, True)]
    assert told.context.rows == 3
    assert {s.entity_id for s in told.statements} == {"ftm-p1", "ftm-p2"}


def test_entities_larger_than_the_node_allows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ftm.json"
    path.write_text((json.dumps(person()) + "\n") * 12_000, encoding="utf-8")
    with pytest.raises(InvalidData, match="larger than"):
        Told(path, max_file_mb=1)


def test_a_day_that_is_none_dates_no_claim(tmp_path: Path) -> None:
    told = entities(tmp_path / "x.ftm.json", {**person(), "first_seen": "2023-02-30T10:00:00"})
    assert {s.date for s in told.statements} == {""}


def test_a_file_cannot_speak_of_records_of_other_sources(tmp_path: Path) -> None:
    told = entities(
        tmp_path / "x.ftm.json",
        {"id": "ofac-36", "schema": "Person", "properties": {"standing": ["non_suspect"]}},
        {
            "id": "own",
            "schema": "Ownership",
            "properties": {"owner": ["ofac-36"], "asset": ["fgr-det-1"], "percentage": ["51 %"]},
        },
    )
    assert {s.entity_id for s in told.statements} == {"ftm-ofac-36", "ftm-own"}
    assert told.of("ftm-own") == {
        "asset": ["ftm-fgr-det-1"],
        "owner": ["ftm-ofac-36"],
        "percentage": ["51"],
    }


def nested_target() -> dict[str, Any]:
    """An entity as OpenSanctions nests it: relations under the names of their reverse."""
    firm = {"id": "c1", "schema": "Company", "properties": {"name": ["Sol SA"]}, "datasets": ["b"]}
    place = {"id": "a1", "schema": "Address", "properties": {"full": ["Calle 5, Tepic"]}}
    return {
        **person("p1"),
        "target": True,
        "properties": {
            "name": ["Ana Ruiz"],
            "addressEntity": [place],
            "sanctions": [
                {
                    "id": "s1",
                    "schema": "Sanction",
                    "properties": {"entity": ["p1"], "authority": ["UN"], "unscId": ["QDi.1"]},
                }
            ],
            "ownershipOwner": [
                {"id": "o1", "schema": "Ownership", "properties": {"asset": [firm]}},
            ],
            "passports": [{"id": "w1", "schema": "Wand", "properties": {"number": ["1"]}}],
        },
    }


def test_nested_entities_stand_apart_and_stay_joined(tmp_path: Path) -> None:
    told = entities(tmp_path / "targets.nested.json", nested_target())
    assert told.of("ftm-p1")["addressEntity"] == ["ftm-a1"]
    assert told.of("ftm-a1") == {"full": ["Calle 5, Tepic"]}
    assert told.of("ftm-s1") == {"authority": ["UN"], "entity": ["ftm-p1"], "recordId": ["QDI.1"]}
    assert told.of("ftm-o1") == {"asset": ["ftm-c1"], "owner": ["ftm-p1"]}
    assert told.of("ftm-c1") == {"name": ["Sol SA"]}
    assert {s.agency for s in told.statements if s.entity_id == "ftm-c1"} == {"b"}
    assert told.of("ftm-p1")["notes"] == ["passports: w1 (unknown schema 'Wand')"]
    assert not told.rejects


def test_entities_nested_without_end_cost_a_note_and_not_the_process(tmp_path: Path) -> None:
    row = person("p0")
    for number in range(1, 60):
        row = person(f"p{number}", associates=[row])
    told = entities(tmp_path / "x.ftm.json", row)
    assert "too deep" in "".join(s.value for s in told.statements if s.prop == "notes")


def test_only_what_is_followthemoney_by_content_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "a.ftm.json").write_text('{"type": "FeatureCollection"}\n')
    (tmp_path / "bank-statements.csv").write_text("date,amount\n2024-01-01,5\n")
    (tmp_path / "manifest.json").write_text("{}")
    assert FTM.find(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("us_ofac_sdn/entities.ftm.json", "us_ofac_sdn/entities"),
        ("un_sc/entities.ftm.json", "un_sc/entities"),
        ("2024-05-01/un_sc.ftm.json", "un_sc"),
        ("un_sc_2024-05-01.ftm.json", "un_sc"),
        ("un_sc_20240501.ftm.json", "un_sc"),
    ],
)
def test_two_data_sets_are_never_taken_for_two_deliveries_of_one(
    tmp_path: Path, name: str, part: str
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    assert entities(tmp_path / name, person()).file.part == part


# -- statements -------------------------------------------------------------------------------


def test_statements_are_read_whatever_the_order_of_their_columns(tmp_path: Path) -> None:
    row = "h1,src-1,NK-1,birthDate,date,Person,1980-02-01,un_sc,,01/02/1980,f,2023-01-02T00:00:00,x"
    names, cells = HEADER.split(","), row.split(",")
    expected = table(tmp_path / "statements.csv", [row]).statements
    assert expected[0].entity_id == "ftm-NK-1"
    assert (expected[0].value, expected[0].original) == ("1980-02-01", "01/02/1980")
    assert (expected[0].agency, expected[0].date) == ("un_sc", "2023-01-02")
    turned = table(
        tmp_path / "statements.csv", [",".join(cells[::-1])], header=",".join(names[::-1])
    )
    assert turned.statements == expected


def test_links_between_joined_entities_meet(tmp_path: Path) -> None:
    told = table(
        tmp_path / "statements.csv",
        [
            "1,src-1,NK-1,name,name,Person,Ana,a,,,f,,",
            "2,src-2,NK-1,name,name,LegalEntity,Ana R,b,,,f,,",
            "3,own,own,owner,entity,Ownership,NK-1,a,,src-1,f,,",
            "4,own,own,asset,entity,Ownership,NK-2,a,,,f,,",
            "5,NK-1,NK-1,id,checksum,Person,abc,a,,,f,,",
        ],
    )
    assert told.of("ftm-own")["owner"] == ["ftm-NK-1"]
    assert told.of("ftm-NK-1") == {"name": ["Ana", "Ana R"]}
    assert told.context.facts == {"checksums of entities": 1}
    assert told.context.rows == 5


def test_what_nobody_has_confirmed_is_graded_so(tmp_path: Path) -> None:
    told = table(tmp_path / "statements.csv", ["1,e,e,name,name,Person,Ana,a,,,t,,"])
    assert told.statements[0].credibility == "6"


def test_a_firm_that_is_called_an_asset_too_stays_a_firm(tmp_path: Path) -> None:
    told = table(
        tmp_path / "statements.csv",
        [
            "1,e,e,name,name,Company,Sol SA,a,,,f,,",
            "2,e,e,country,country,Asset,mx,b,,,f,,",
            "3,e,e,name,name,Person,Sol,b,,,f,,",
        ],
    )
    assert {s.schema for s in told.statements} == {"Company"}
    assert [r.line for r in told.rejects] == [4]


def test_a_withdrawn_claim_does_not_stand_again(tmp_path: Path) -> None:
    told = table(
        tmp_path / "statements.csv",
        ["e,name,Person,Ana,t", "e,alias,Person,Anita,f"],
        header="entity_id,prop,schema,value,current",
    )
    assert told.of("ftm-e") == {"name": ["Ana"]}
    assert told.rejects[0].reason == "the claim has been withdrawn by its source"


# -- there and back ---------------------------------------------------------------------------


def made_up() -> list[Statement]:
    shared = {
        "source": "fgr_detenidos", "agency": "FGR", "reliability": "B", "credibility": "2",
        "marking": MARKED, "record_class": "fact", "row": "d.csv:7",
        "first_seen": "2024-01-01", "last_seen": "2024-01-01",
    }  # fmt: skip

    def claim(entity: str, schema: str, prop: str, value: str, **more: str) -> Statement:
        given: dict[str, str] = {"original": value.lower(), "date": "2023-05", **shared, **more}
        return Statement(entity_id=entity, schema=schema, prop=prop, value=value, **given)

    link = {"original": ""}
    return [
        claim("fgr-1", "Person", "name", "Joaquín Made Up"),
        claim("fgr-1", "Person", "curpCode", "GULJ570404HSLZRQ09"),
        claim("fgr-1", "Person", "phone", "+526670000000"),
        claim("fgr-1", "Person", "place", "25006"),
        claim("fgr-1", "Person", "standing", "non_suspect", date=""),
        claim("det-1", "Detention", "date", "2023-05-01"),
        claim("det-1", "Detention", "detained", "fgr-1", **link),
        claim("det-1", "Detention", "offence", "contra la salud"),
        claim("car-1", "Vehicle", "registrationNumber", "ABC123D"),
        claim("car-1", "Vehicle", "vin", "1HGCM82633A004352", reliability="E"),
        claim("rpc-1", "Company", "name", "SOL, S.A. DE C.V."),
        claim("own-1", "Ownership", "owner", "fgr-1", **link),
        claim("own-1", "Ownership", "asset", "rpc-1", **link),
        claim("own-1", "Ownership", "percentage", "33.333"),
        claim("own-1", "Ownership", "percentageMax", "40"),
    ]


def exported(folder: Path, form: str) -> Path:
    """Export a small build of the made-up claims; return the folder."""
    import pyarrow as pa

    from puente.report.formats import export

    held = made_up()
    now = datetime(2024, 6, 1, tzinfo=UTC)
    with Workspace.open(
        Settings(workspace=folder / "node", threads=1), clock=lambda: now
    ) as opened:
        origin = Origin(
            source="fgr_detenidos", path="d.csv", sha256=sha256(b"d").hexdigest(),
            published="2024-01-01", agency="FGR", marking=MARKED, record_class="fact",
        )  # fmt: skip
        with opened.lake.begin_load(origin) as writer:
            writer.statements(held)
            writer.publish(rows=1, loaded=1, rejected=0)
        with opened.lake.begin_build() as build:
            ids = sorted({statement.entity_id for statement in held})
            kinds = {statement.entity_id: statement.schema for statement in held}
            clusters = [{"entity_id": i, "cluster_id": i, "kind": kinds[i]} for i in ids]
            build.write("clusters", pa.Table.from_pylist(clusters))
            build.publish()
        actor = Actor(name="ana", roles=frozenset({"analyst"}), country="MX", agency="FGR")
        purpose = Purpose(name="investigation", case="C-1", reason="a test")
        view = opened.view(actor, purpose, action="export")
        export(view, form, folder / form, now=now)
    return folder / form


def same(statement: Statement) -> tuple[str, ...]:
    """What must come back: all but where the statement stands and who publishes it."""
    s = statement
    target = get_schema(s.schema).props[s.prop].type == "entity"
    value = s.value.removeprefix("ftm-") if target else s.value
    identity = (s.entity_id.removeprefix("ftm-"), s.schema, s.prop, value)
    return (*identity, s.original, s.agency, s.date, s.reliability, s.credibility, s.marking,
            s.record_class)  # fmt: skip


@pytest.fixture(scope="module")
def statements_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tmp_path_factory.mktemp("statements"), "statements")


def test_exported_statements_come_back_the_same_with_grade_and_marking(
    statements_export: Path,
) -> None:
    told = [Told(statements_export / name) for name in ("statements.csv", "statements-own.csv")]
    assert not any(one.rejects for one in told)
    back = [same(statement) for one in told for statement in one.statements]
    seen = [same(statement) for statement in made_up()]
    assert sorted(back) == sorted(seen)
    assert told[0].statements[0].row.endswith("(fgr_detenidos d.csv:7)")


def test_exported_entities_come_back_with_the_values_and_the_marking_they_left_with(
    tmp_path: Path,
) -> None:
    told = Told(exported(tmp_path, "ftm") / "entities.ftm.json")
    assert {s.marking for s in told.statements} == {MARKED}
    back = {same(s)[:4] for s in told.statements}
    assert back == {same(s)[:4] for s in made_up()}


def test_a_damaged_manifest_never_loosens_the_marking(tmp_path: Path) -> None:
    folder = exported(tmp_path, "ftm")
    (folder / "manifest.json").write_text('{"marking": "TLP:PINK"}')
    with pytest.raises(InvalidData, match="manifest"):
        Told(folder / "entities.ftm.json")


def test_loading_an_export_of_ones_own_twice_changes_nothing(
    tmp_path: Path, statements_export: Path
) -> None:
    lake = Lake(tmp_path / "lake", clock=lambda: NOW)
    (file,) = FTM.find(statements_export / "statements.csv")
    first = Loading(lake=lake, now=NOW).load(FTM, file)
    assert (first.rows, first.rejected, first.unchanged) == (first.loaded, 0, False)
    assert Loading(lake=lake, now=NOW).load(FTM, file).unchanged


KINDS = sorted(name for name, s in all_schemata().items() if not s.own and s.is_a("LegalEntity"))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)


@st.composite
def random_entity(draw: st.DrawFn) -> dict[str, Any]:
    schema = get_schema(draw(st.sampled_from(KINDS)))
    texts = sorted(p.name for p in schema.props.values() if p.type in {"text", "topic", "address"})
    props = draw(st.dictionaries(st.sampled_from(texts), st.lists(WORDS, max_size=3), max_size=4))
    dates = draw(st.lists(st.dates(), max_size=2))
    countries = draw(st.lists(st.sampled_from(["mx", "us", "suhh", "cn"]), max_size=2))
    if dates:
        props["incorporationDate"] = [f"{day:%Y-%m-%d}".zfill(10) for day in dates]
    if countries:
        props["country"] = countries
    return {"id": draw(WORDS.map(str.strip).filter(bool)), "schema": schema.name,
            "properties": props}  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(random_entity())
def test_whatever_an_entity_states_is_read_and_stands_as_it_was_written(
    tmp_path: Path, entity: dict[str, Any]
) -> None:
    path = tmp_path / "r.ftm.json"
    path.write_text(json.dumps(entity, ensure_ascii=False), encoding="utf-8")
    context = LoadContext(
        info=FTM.info,
        file=SourceFile(path=path, source="ftm", published="2026-01-01"),
        today=date(2026, 3, 1),
    )
    handed = list(FTM.read(context.file, context))
    kinds = get_schema(entity["schema"]).props
    expected = set()
    for prop, values in entity["properties"].items():
        for value in values:
            if value.strip():
                try:
                    expected.add((prop, parse_value(kinds[prop].type, value)))
                except InvalidData:
                    expected.add(("notes", value))
    assert context.rows == 1
    if not expected:
        assert [type(item) for item in handed] == [Reject]
        return
    told = [item for item in handed if isinstance(item, Statement)]
    pairs = {(s.prop, s.value) for s in told}
    notes = {value for prop, value in pairs if prop == "notes"}
    missing = {pair for pair in expected - pairs if not any(pair[1] in note for note in notes)}
    assert not missing
    merged = Entity.merge(told[0].entity_id, told)
    assert merged.schema == entity["schema"]


def test_followthemoney_reads_what_we_call_its_kinds_and_properties() -> None:
    library = pytest.importorskip("followthemoney", reason="the oracle is not installed")
    from puente.report.formats_ftm import LACKING, LACKING_IN

    for schema in all_schemata().values():
        theirs = library.model.get(schema.name)
        if schema.own or theirs is None:
            continue
        lacking = set(schema.props) - set(theirs.properties) - LACKING
        assert lacking <= LACKING_IN.get(schema.name, frozenset()) | {"role", "status", "strength"}


def test_the_statement_reader_follows_the_form_that_the_csv_module_writes(tmp_path: Path) -> None:
    path = tmp_path / "statements.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, dialect=csv.unix_dialect)
        writer.writerow(HEADER.split(","))
        value = 'Two\nlines, "quoted"'
        writer.writerow(["1", "e", "e", "notes", "text", "Person", value, "a", "", "", "f", "", ""])
    assert Told(path).of("ftm-e") == {"notes": ['Two lines, "quoted"']}
