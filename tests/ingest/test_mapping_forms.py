"""A form or an option that would do nothing is refused when the mapping is read."""

from __future__ import annotations

import pytest
import yaml

from puente.errors import InvalidData
from puente.ingest.mapping import mapped_sources, parse_mapping, read_mapping
from puente.ingest.mapping_values import TRANSFORMS

HEAD = {
    "name": "made_up",
    "title": "Made up",
    "agency": "NOBODY",
    "country": "mx",
    "record_class": "fact",
    "legal_basis": "a made-up law",
    "obtained": "made up",
    "file": {"pattern": "*.csv"},
}
PERSON = {"key": "p", "schema": "Person", "id": "p-{id}", "props": {"name": "{n}"}}
INCIDENT = {"id": "i-{id}", "date": {"column": "d"}, "place": {"column": "m"},
            "category": {"column": "c"}}  # fmt: skip
COUNT = {"place": {"column": "m"}, "month": {"year": "y", "month": "mo"},
         "record": {"value": "x"}, "count": {"column": "n"}}  # fmt: skip
EVENT = {"id": "e-{id}", "kind": {"value": "phone_call"}, "at": {"column": "d"}}


def parse(**more: object) -> None:
    parse_mapping(yaml.safe_dump({**HEAD, **more}), "made_up.yaml")


def of_person(**props: object) -> dict[str, object]:
    return {"entities": [{**PERSON, "props": {**PERSON["props"], **props}}]}  # type: ignore[dict-item]


def test_what_the_tests_below_change_can_be_read() -> None:
    parse(entities=[PERSON], date={"column": "d"}, incidents=INCIDENT, counts=COUNT, events=EVENT)


@pytest.mark.parametrize("option", ["required", "split", "when", "type"])
def test_the_date_of_a_row_takes_no_option_that_it_does_not_heed(option: str) -> None:
    value = {"required": True, "split": ";", "when": {"a": "x"}, "type": "text"}[option]
    with pytest.raises(InvalidData, match=f"date: \\['{option}'\\] can do nothing"):
        parse(entities=[PERSON], date={"column": "d", option: value})


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("incidents", {**INCIDENT, "place": {"entity": "p"}}, "incidents.place: entity: cannot"),
        ("incidents", {**INCIDENT, "category": {"entity": "p"}}, "incidents.category: entity:"),
        ("incidents", {**INCIDENT, "id": "always"}, "incidents.id: value: cannot"),
        ("incidents", {**INCIDENT, "id": {"template": "always"}}, "names no column"),
        ("incidents", {**INCIDENT, "date": {"year": "y", "month": "m"}}, "incidents.date: year"),
        ("incidents", {**INCIDENT, "category": {"value": "x", "map": {"a": "b"}}}, "can do noth"),
        ("events", {**EVENT, "amount": {"entity": "p"}}, "events.amount: entity: cannot"),
        ("events", {**EVENT, "authority": {"value": "x", "required": True}}, "can do nothing"),
        ("events", {**EVENT, "category": {"state": "s"}}, "events.category: state"),
        ("counts", {**COUNT, "count": 5}, "counts.count: value: cannot"),
        ("counts", {**COUNT, "month": "2024-01"}, "counts.month: value: cannot"),
        ("counts", {**COUNT, "place": {"year": "y", "month": "m"}}, "counts.place: year"),
        ("counts", {k: v for k, v in COUNT.items() if k != "count"} | {"records": {"a": "b"}},
         "missing ['count']"),
    ],
)  # fmt: skip
def test_a_form_that_stands_for_nothing_in_a_row_is_refused(
    table: str, row: dict[str, object], reason: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        parse(entities=[PERSON], **{table: row})
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("props", "reason"),
    [
        ({"curpCode": {"column": "c", "split": ";"}}, "p.curpCode: ['split'] can do nothing"),
        ({"rfcCode": {"column": "c", "map": {"a": "b"}}}, "p.rfcCode: ['map'] can do nothing"),
        ({"nationality": {"value": "mx", "map": {"a": "b"}}}, "['map'] can do nothing"),
        ({"birthDate": {"year": "y", "month": "m"}}, "p.birthDate: year and month cannot"),
        ({"position": {"column": "c", "type": "txt"}}, "unknown type 'txt'"),
        ({"position": {"column": "c", "day_first": True}}, "['day_first'] can do nothing"),
        ({"place": {"state": "s", "municipality": "m", "required": True}}, "can do nothing"),
        ({"position": {"template": "always"}}, "names no column"),
    ],
)
def test_a_property_takes_no_option_that_it_does_not_heed(
    props: dict[str, object], reason: str
) -> None:
    with pytest.raises(InvalidData) as caught:
        parse(**of_person(**props))
    assert reason in caught.value.message


def test_options_that_are_heeded_are_taken() -> None:
    parse(**of_person(
        curpCode={"column": "c", "required": True},
        rfcCode={"column": "c", "type": "text", "split": ";"},
        birthDate={"column": "d", "day_first": True, "when": {"a": "*"}},
        place={"state": "s", "municipality": "m", "when": {"a": "*"}},
        alias={"column": "c", "split": ";", "map": {"*": "x"}},
    ))  # fmt: skip


def test_a_mapping_that_is_no_utf8_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("mappings") / "mine.yaml"
    path.write_bytes("name: señas\n".encode("cp1252"))
    for read in (lambda: read_mapping(path), lambda: mapped_sources(path.parent)):
        with pytest.raises(InvalidData, match=r"mine\.yaml: cannot be read"):
            read()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,200.50 MN", "1200.50"), ("33.3 %", "33.3"), ("1,204 casos", "1204"), ("-5 kg", "-5"),
        ("USD .5", ".5"), ("M.N. 1,200", "1200"), ("12", "12"), ("US$1200 dls.", "1200"),
    ],
)  # fmt: skip
def test_an_amount_is_freed_of_signs_and_units(text: str, amount: str) -> None:
    assert TRANSFORMS["amount"](text) == amount


@pytest.mark.parametrize(
    "text",
    ["1.200,50", "33,5 %", "2 kg 500 g", "12-15", "1,20", "1,2345", "(1,200)", "1,200-", "12/05",
     "1.2.3", "", "none"],
)  # fmt: skip
def test_what_is_not_one_number_stays_as_it_is_so_that_the_row_is_rejected(text: str) -> None:
    assert TRANSFORMS["amount"](text) == text
