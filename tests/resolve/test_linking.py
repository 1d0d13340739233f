"""Records of one person, firm or vehicle are found to be so; relatives and namesakes are not."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from puente.model.ids import rfc_check_digit
from puente.resolve.link import LinkResult, link
from puente.settings import Settings
from puente.world import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Claim = tuple[str, str, str, str]
"""Entity id, schema, property, value."""


class Statements:
    """A reader over claims held in memory, in the order they were given."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._con = duckdb.connect()
        self._con.execute(
            "CREATE TABLE statements (entity_id VARCHAR, schema VARCHAR, prop VARCHAR,"
            " value VARCHAR, current BOOLEAN)"
        )
        rows = [(*claim, True) for claim in claims]
        if rows:
            self._con.executemany("INSERT INTO statements VALUES (?, ?, ?, ?, ?)", rows)

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        return self._con.execute(query, params).to_arrow_table()


def person(entity_id: str, **props: str) -> list[Claim]:
    """Return the claims of one person; a property left empty is not claimed."""
    names = {
        "given": "firstName", "paternal": "fatherName", "maternal": "motherName",
        "born": "birthDate", "sex": "gender", "curp": "curpCode", "rfc": "rfcCode",
    }  # fmt: skip
    return [(entity_id, "Person", names.get(p, p), v) for p, v in props.items() if v]


GIVEN = {
    "H": ["JUAN", "JOSE", "LUIS", "PEDRO", "MIGUEL", "RAUL", "OSCAR", "HUGO", "IVAN", "SERGIO"],
    "M": ["MARIA", "ROSA", "ANA", "LAURA", "IRMA", "ELENA", "OLGA", "SILVIA", "DELIA", "NORMA"],
}
SURNAMES = [
    "GARCIA",
    "LOPEZ",
    "PEREZ",
    "CRUZ",
    "REYES",
    "MORALES",
    "ORTIZ",
    "SOTO",
    "RIVAS",
    "LUNA",
    "VEGA",
    "CAMPOS",
    "NAVA",
    "OLVERA",
    "PONCE",
    "QUIROZ",
    "ROBLES",
    "SALAS",
    "TREJO",
    "URIBE",
    "VARELA",
    "YANEZ",
    "ZAVALA",
    "ACOSTA",
    "BRAVO",
    "CANO",
    "DURAN",
    "ESPINO",
    "FRIAS",
    "GIL",
]


def town(people: int = 150, seed: int = 3) -> tuple[list[Claim], dict[str, int]]:
    """Return the claims of three agencies about a made-up town, and who each record is."""
    rng = random.Random(seed)
    claims: list[Claim] = []
    truth: dict[str, int] = {}
    for number in range(people):
        sex = rng.choice("HM")
        own = " ".join(rng.sample(GIVEN[sex], 2))
        names = (own, rng.choice(SURNAMES), rng.choice(SURNAMES))
        born = date(1950 + rng.randrange(50), 1 + rng.randrange(12), 1 + rng.randrange(28))
        curp, phone = identity.curp(names, born, sex), f"20{rng.randrange(10**8):08d}"
        for agency in range(3):
            if rng.random() < 0.25:
                continue
            said = own.split()[0] if rng.random() < 0.3 else own
            paternal = names[1]
            if rng.random() < 0.1:
                paternal = paternal[:-1] + rng.choice("AEIOSZ")
            entity = f"a{agency}-{number:04d}"
            truth[entity] = number
            claims += person(
                entity, given=said, paternal=paternal,
                maternal=names[2] if rng.random() < 0.85 else "",
                born=born.isoformat() if rng.random() < 0.8 else "",
                sex={"H": "male", "M": "female"}[sex],
                curp=curp if rng.random() < 0.5 else "", phone=phone if rng.random() < 0.6 else "",
                place=f"910{number % 40:02d}",
            )  # fmt: skip
    return claims, truth


@pytest.fixture(scope="module")
def linked(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[LinkResult, dict[str, int], list[Claim]]:
    claims, truth = town()
    settings = Settings(workspace=tmp_path_factory.mktemp("ws"))
    return link(Statements(claims), settings=settings, progress=lambda _d, _t: None), truth, claims


def run(claims: list[Claim], settings: Settings) -> LinkResult:
    return link(Statements(claims), settings=settings, progress=lambda _done, _total: None)


def homes(result: LinkResult) -> dict[str, str]:
    return dict(
        zip(
            result.clusters["entity_id"].to_pylist(),
            result.clusters["cluster_id"].to_pylist(),
            strict=True,
        )
    )


def as_bytes(result: LinkResult) -> bytes:
    sink = pa.BufferOutputStream()
    for table in (result.clusters, result.links):
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue()) + json.dumps(result.model, sort_keys=True).encode()


def test_a_town_is_linked_with_hardly_an_error(
    linked: tuple[LinkResult, dict[str, int], list[Claim]],
) -> None:
    result, truth, _claims = linked
    home = homes(result)
    entities = sorted(truth)
    true = claimed = both = 0
    for i, one in enumerate(entities):
        for other in entities[i + 1 :]:
            same, said = truth[one] == truth[other], home[one] == home[other]
            true, claimed, both = true + same, claimed + said, both + (same and said)
    assert both / claimed >= 0.98
    assert both / true >= 0.85


def test_the_same_records_in_another_order_give_the_same_bytes(
    linked: tuple[LinkResult, dict[str, int], list[Claim]], settings: Settings
) -> None:
    result, _truth, claims = linked
    shuffled = list(claims)
    random.Random(11).shuffle(shuffled)
    assert as_bytes(run(shuffled, settings)) == as_bytes(result)


def test_every_entity_has_a_cluster_named_by_its_smallest_member(
    linked: tuple[LinkResult, dict[str, int], list[Claim]],
) -> None:
    result, truth, _claims = linked
    home = homes(result)
    assert set(home) == set(truth)
    for entity, cluster_id in home.items():
        assert cluster_id == min(e for e, c in home.items() if c == cluster_id)
        assert cluster_id <= entity


def test_every_link_says_why_and_the_reasons_add_up(
    linked: tuple[LinkResult, dict[str, int], list[Claim]],
) -> None:
    result, _truth, _claims = linked
    home = homes(result)
    assert result.links.num_rows > 50
    for row in result.links.to_pylist():
        reasons = json.loads(row["why"])
        assert {"field", "left", "right", "level", "weight"} == set(reasons[0])
        total = sum(reason["weight"] for reason in reasons)
        assert total == pytest.approx(row["weight"], abs=0.01)
        assert row["probability"] == pytest.approx(1 / (1 + 2 ** -row["weight"]), abs=1e-5)
        assert home[row["left_id"]] == home[row["right_id"]]
        assert row["left_id"] < row["right_id"]


def test_what_was_learnt_and_what_was_not_is_told(
    linked: tuple[LinkResult, dict[str, int], list[Claim]],
) -> None:
    told = linked[0].model["Person"]
    assert isinstance(told, dict)
    assert told["trained"] is True
    assert any("too rare to count" in note for note in told["notes"])
    assert {level["set_by"] for field in told["fields"].values() for level in field} >= {
        "training", "rule",
    }  # fmt: skip
    json.dumps(linked[0].model)


ANA = {"given": "ANA LAURA", "paternal": "ZAVALA", "maternal": "QUIROZ", "born": "1980-04-17"}


def test_two_records_of_one_person_are_linked_without_training(settings: Settings) -> None:
    claims = person("x-1", **ANA, place="91001") + person("y-1", **ANA, place="91001")
    result = run(claims, settings)
    assert homes(result) == {"x-1": "x-1", "y-1": "x-1"}
    told = result.model["Person"]
    assert isinstance(told, dict)
    assert told["trained"] is False
    assert "too few to learn from" in " ".join(told["notes"])


@pytest.mark.parametrize(
    "other",
    [
        {**ANA, "paternal": "QUIROZ", "maternal": "ZAVALA", "born": "1981-09-02"},
        {**ANA, "given": "SILVIA", "born": "1983-01-30"},
        {**ANA, "born": "1980-11-02", "phone": "2055559999", "address": "MINA 71"},
        {**ANA, "maternal": "ROBLES", "born": "2004-06-05"},
    ],
    ids=["surnames exchanged", "sister", "namesake of the same year", "daughter"],
)
def test_who_shares_a_name_is_not_the_same_person(
    other: dict[str, str], settings: Settings
) -> None:
    shared = {"place": "91001", "phone": "2055551234", "address": "HIDALGO 5"}
    claims = person("x-1", **ANA, **shared) + person("y-1", **{**shared, **other})
    assert homes(run(claims, settings))["y-1"] == "y-1"


def test_a_shared_telephone_alone_links_nobody(settings: Settings) -> None:
    claims = person("x-1", given="ANA", paternal="ZAVALA", phone="2055551234")
    claims += person("y-1", given="HUGO", paternal="TREJO", phone="2055551234")
    assert homes(run(claims, settings))["y-1"] == "y-1"


def test_an_everyday_form_of_the_name_is_the_same_person(settings: Settings) -> None:
    one = {"given": "JESUS", "paternal": "ZAVALA", "maternal": "QUIROZ", "born": "1980-04-17"}
    claims = person("x-1", **one) + person("y-1", **{**one, "given": "CHUY", "maternal": ""})
    assert homes(run(claims, settings))["y-1"] == "x-1"


def _curp(names: tuple[str, str, str], turn: str) -> str:
    return identity.curp(names, date(1980, 4, 17), "M", turn)


def test_two_valid_curps_never_share_a_cluster(settings: Settings) -> None:
    names = ("ANA LAURA", "ZAVALA", "QUIROZ")
    first, second = _curp(names, "0"), _curp(names, "1")
    claims = person("x-1", **ANA, curp=first) + person("y-1", **ANA, curp=second)
    claims += person("z-1", **ANA)
    home = homes(run(claims, settings))
    assert home["x-1"] != home["y-1"]
    # What fits both alike is left with neither: one of them would be wronged by the toss of a coin.
    assert home["z-1"] == "z-1"


def test_a_slip_in_each_of_two_given_names_still_finds_the_person(settings: Settings) -> None:
    long = {**ANA, "given": "JOSE FERNANDO"}
    claims = person("x-1", **long) + person("y-1", **{**long, "given": "JASE FERNONDO"})
    assert homes(run(claims, settings))["y-1"] == "x-1"
    claims = person("x-1", **{**long, "given": "JOSE ALBERTO"})
    claims += person("y-1", **{**long, "given": "JOSE ROBERTO", "born": ""})
    assert homes(run(claims, settings))["y-1"] == "y-1"


def test_what_fits_two_people_names_both(settings: Settings) -> None:
    names = ("ANA LAURA", "ZAVALA", "QUIROZ")
    claims = person("x-1", **ANA, curp=_curp(names, "0"))
    claims += person("y-1", **ANA, curp=_curp(names, "1")) + person("z-1", **ANA)
    assert run(claims, settings).undecided.to_pylist() == [
        {"entity_id": "z-1", "cluster_id": "x-1"},
        {"entity_id": "z-1", "cluster_id": "y-1"},
    ]


def test_one_of_the_birth_dates_that_a_list_gives_is_enough(settings: Settings) -> None:
    """OFAC writes `DOB 17 Apr 1980; alt. DOB 01 Jan 1981`; the register has the first in an RFC."""
    claims = [*person("ofac-1", **ANA), ("ofac-1", "Person", "birthDate", "1981-01-01")]
    claims += person("x-1", **{**ANA, "born": ""}, rfc="ZAQA8004173CA")
    assert homes(run(claims, settings))["x-1"] == "ofac-1"


def test_a_year_beside_another_date_is_a_year_and_not_that_date(settings: Settings) -> None:
    claims = person("ofac-1", **{**ANA, "born": "1980"})
    claims += [("ofac-1", "Person", "birthDate", "1981-01-01")]
    claims += person("x-1", **ANA)
    assert homes(run(claims, settings))["x-1"] == "ofac-1"


def test_an_equal_valid_curp_links_what_the_name_alone_would_not(settings: Settings) -> None:
    curp = _curp(("ANA LAURA", "ZAVALA", "QUIROZ"), "0")
    claims = person("x-1", **ANA, curp=curp)
    claims += person("y-1", given="ANITA", paternal="SAVALLA", curp=curp)
    result = run(claims, settings)
    assert homes(result)["y-1"] == "x-1"
    assert result.links["reason"].to_pylist() == ["identifier"]


def test_a_curp_copied_to_somebody_else_proves_nothing(settings: Settings) -> None:
    curp = _curp(("ANA LAURA", "ZAVALA", "QUIROZ"), "0")
    claims = person("x-1", **ANA, curp=curp)
    claims += person("y-1", given="HUGO", paternal="TREJO", born="1951-12-30", curp=curp)
    result = run(claims, settings)
    assert "identifier" not in result.links["reason"].to_pylist()
    assert homes(result)["y-1"] == "y-1"


def firm(entity_id: str, name: str, **props: str) -> list[Claim]:
    keys = {"rfc": "rfcCode"}
    more = [(entity_id, "Company", keys.get(p, p), value) for p, value in props.items()]
    return [(entity_id, "Company", "name", name), *more]


def test_firms_meet_by_one_rfc_and_are_kept_apart_by_two(settings: Settings) -> None:
    claims = firm("ofac-1", "NUJOMA, SOCIEDAD CIVIL", rfc="CNU130416UJ3")
    claims += firm("sat-1", "CONSORCIO NUJOMA, S.C.", rfc="CNU130416UJ3")
    other = "CNU1304169X"
    claims += firm("sat-2", "CONSORCIO NUJOMA, S.C.", rfc=other + rfc_check_digit(other + "0"))
    home = homes(run(claims, settings))
    assert home == {"ofac-1": "ofac-1", "sat-1": "ofac-1", "sat-2": "sat-2"}


def test_a_name_that_two_registered_firms_bear_links_nobody_to_either(settings: Settings) -> None:
    first, other = "CNU130416UJ3", "CNU1304169X"
    claims = firm("a-1", "CONSORCIO NUJOMA, S.C.", rfc=first)
    claims += firm("b-1", "CONSORCIO NUJOMA, S.C.", rfc=other + rfc_check_digit(other + "0"))
    claims += firm("c-1", "CONSORCIO NUJOMA, S.C.")
    assert homes(run(claims, settings))["c-1"] == "c-1"
    claims = [claim for claim in claims if claim[0] != "b-1"]
    assert homes(run(claims, settings))["c-1"] == "a-1"


def test_sister_firms_are_not_one_firm(settings: Settings) -> None:
    shared = {"phone": "2055550000", "address": "REFORMA 100"}
    claims = firm("x-1", "TRANSPORTES DELFIN DEL NORTE, S.A. DE C.V.", **shared)
    claims += firm("y-1", "TRANSPORTES DELFIN DEL SUR, S.A. DE C.V.", **shared)
    claims += firm("z-1", "INMOBILIARIA DELFIN DEL NORTE, S.A. DE C.V.", **shared)
    claims += firm("w-1", "Transportes Delfín del Norte SA de CV")
    home = homes(run(claims, settings))
    assert home["w-1"] == home["x-1"]
    assert len({home["x-1"], home["y-1"], home["z-1"]}) == 3


def test_a_misread_plate_with_the_same_vin_is_one_vehicle(settings: Settings) -> None:
    def car(entity_id: str, plate: str, vin: str) -> list[Claim]:
        props = {"registrationNumber": plate, "vin": vin, "make": "NISSAN", "model": "TSURU"}
        return [(entity_id, "Vehicle", prop, value) for prop, value in props.items() if value]

    vin = "1HGCM82633A004352"
    claims = car("a-1", "ABC123D", vin) + car("b-1", "A8C123D", vin)
    claims += car("c-1", "XYZ987K", "1M8GDM9AXKP042788")
    home = homes(run(claims, settings))
    assert home == {"a-1": "a-1", "b-1": "a-1", "c-1": "c-1"}


def test_what_is_not_linked_stands_alone_and_keeps_its_kind(settings: Settings) -> None:
    claims = [("ev-1", "Detention", "date", "2024-01-02"), ("own-1", "Ownership", "owner", "x-1")]
    claims += person("x-1", **ANA)
    result = run(claims, settings)
    assert homes(result) == {"ev-1": "ev-1", "own-1": "own-1", "x-1": "x-1"}
    assert dict(
        zip(
            result.clusters["entity_id"].to_pylist(), result.clusters["kind"].to_pylist(),
            strict=True,
        )
    ) == {"ev-1": "Detention", "own-1": "Ownership", "x-1": "Person"}  # fmt: skip


def test_nothing_to_link_is_no_error(settings: Settings) -> None:
    result = run([], settings)
    assert result.clusters.num_rows == 0
    assert result.links.num_rows == 0


def test_splink_says_nothing_on_the_terminal(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    run(person("x-1", **ANA) + person("y-1", **ANA), settings)
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == ""
