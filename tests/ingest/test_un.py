"""The United Nations' list as published, and what a screen would miss if it were read otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.graph.nodes import BLOCKING_SOURCES
from puente.ingest.source import find_all
from puente.ingest.sources.un import INFO, SOURCES
from puente.ingest.sources.un_text import (
    kind_of_paper,
    names_in,
    names_in_note,
    number_in,
    read_birth,
    un_country,
    without_acronym,
)
from puente.model.schema import get_schema

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Read

# Made-up entries in the published layout, with the faults that the real list has.
PERSON = """
<INDIVIDUAL><DATAID>100001</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>ZOLTAN</FIRST_NAME>
<SECOND_NAME>MADEUP </SECOND_NAME><THIRD_NAME>OF NOWHERE</THIRD_NAME>
<UN_LIST_TYPE>Freedonia</UN_LIST_TYPE><REFERENCE_NUMBER>FRi.001</REFERENCE_NUMBER>
<LISTED_ON>2015-06-01-04:00</LISTED_ON><SUBMITTED_BY>Sylvania</SUBMITTED_BY>
<NAME_ORIGINAL_SCRIPT>Золтан</NAME_ORIGINAL_SCRIPT><GENDER>Male</GENDER>
<COMMENTS1>Photo available for inclusion in the INTERPOL-UN Special Notice.</COMMENTS1>
<TITLE><VALUE>Dr.</VALUE></TITLE><DESIGNATION><VALUE>General</VALUE><VALUE>Minister</VALUE>
</DESIGNATION><NATIONALITY><VALUE>Mexico</VALUE><VALUE>United Republic of Tanzania</VALUE>
<VALUE>na</VALUE><VALUE>Freedonia</VALUE></NATIONALITY>
<LIST_TYPE><VALUE>UN List</VALUE></LIST_TYPE>
<LAST_DAY_UPDATED><VALUE>2016-10-13</VALUE><VALUE>2020-11-02</VALUE><VALUE/></LAST_DAY_UPDATED>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Zolly A; Zolly B</ALIAS_NAME>
<DATE_OF_BIRTH>1979-12-31</DATE_OF_BIRTH><CITY_OF_BIRTH>Culiacan</CITY_OF_BIRTH>
<COUNTRY_OF_BIRTH>Mexico</COUNTRY_OF_BIRTH></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>"El Loco"</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Old Zolly</ALIAS_NAME>
<NOTE>previously listed as</NOTE></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Former Name</ALIAS_NAME>
<NOTE>formerly listed as</NOTE></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ADDRESS><STREET>1 Duck Street</STREET><CITY>Laredo</CITY><ZIP_CODE>78040</ZIP_CODE>
<COUNTRY>United States of America</COUNTRY><NOTE>as of 2016</NOTE></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_ADDRESS><COUNTRY/></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1971-02-03</DATE>
</INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1970</FROM_YEAR>
<TO_YEAR>1973</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_PLACE_OF_BIRTH><CITY>Culiacan</CITY><STATE_PROVINCE>Sinaloa</STATE_PROVINCE>
<COUNTRY>Mexico</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>x 123456</NUMBER>
<ISSUING_COUNTRY>Mexico</ISSUING_COUNTRY><DATE_OF_ISSUE>2010-01-02</DATE_OF_ISSUE>
<NOTE>expires 2020</NOTE></INDIVIDUAL_DOCUMENT>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>National Identification Number</TYPE_OF_DOCUMENT>
<NOTE>issued in 1974</NOTE></INDIVIDUAL_DOCUMENT><INDIVIDUAL_DOCUMENT/>
<SORT_KEY>MADEUP</SORT_KEY><SORT_KEY_LAST_MOD/></INDIVIDUAL>
"""
BODY = """
<ENTITY><DATAID>100002</DATAID><FIRST_NAME>FREEDONIA MADE-UP SHIPPING COMPANY (FMSC)</FIRST_NAME>
<UN_LIST_TYPE>Freedonia</UN_LIST_TYPE><REFERENCE_NUMBER>FRe.001</REFERENCE_NUMBER>
<LISTED_ON>2015-06-01</LISTED_ON>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Nowhere Lines</ALIAS_NAME></ENTITY_ALIAS>
<ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Somewhere Lines</ALIAS_NAME></ENTITY_ALIAS>
<ENTITY_ADDRESS><COUNTRY>Mexico</COUNTRY></ENTITY_ADDRESS></ENTITY>
"""


def listed(*entries: str, generated: str = "2026-02-27T00:00:09.554Z") -> str:
    people = "".join(entry for entry in entries if "<INDIVIDUAL>" in entry)
    bodies = "".join(entry for entry in entries if "<ENTITY>" in entry)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<CONSOLIDATED_LIST dateGenerated="{generated}">'
        f"<INDIVIDUALS>{people}</INDIVIDUALS><ENTITIES>{bodies}</ENTITIES></CONSOLIDATED_LIST>"
    )


def loaded(read: type[Read], path: Path, text: str) -> Read:
    path.write_text(text, encoding="utf-8")
    return read(SOURCES[0], SOURCES[0].find(path)[0])


# --- one entry ---------------------------------------------------------------------------------


def test_names_stand_in_their_order_and_weak_aliases_stay_weak(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "consolidated.xml", listed(PERSON, BODY)).of("un-100001")
    assert found["name"] == ["ZOLTAN MADEUP OF NOWHERE"]
    assert found["alias"] == ["Золтан", "Zolly A", "Zolly B"]
    assert found["weakAlias"] == ["El Loco", "Old Zolly"]
    assert found["previousName"] == ["Former Name"]


def test_a_body_has_its_former_names_and_is_found_without_its_acronym(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "consolidated.xml", listed(PERSON, BODY))
    body = found.of("un-100002")
    assert found.schema("un-100002") == {"Organization"}
    assert body["name"] == ["FREEDONIA MADE-UP SHIPPING COMPANY (FMSC)"]
    assert body["alias"] == ["FREEDONIA MADE-UP SHIPPING COMPANY", "Nowhere Lines"]
    assert (body["weakAlias"], body["previousName"]) == (["FMSC"], ["Somewhere Lines"])
    assert body["country"] == ["mx"]
    assert "address" not in body


def test_dates_places_and_countries_are_typed(read: type[Read], tmp_path: Path) -> None:
    found = loaded(read, tmp_path / "consolidated.xml", listed(PERSON))
    person = found.of("un-100001")
    assert person["birthDate"] == ["1979-12-31", "1971-02-03", "1970/1973"]
    assert person["birthPlace"] == ["Culiacan, Mexico", "Culiacan, Sinaloa, Mexico"]
    assert (person["nationality"], person["gender"]) == (["mx", "tz"], ["male"])
    assert "nationality: Freedonia" in person["notes"]
    assert found.facts["countries not understood"] == 1
    assert person["address"] == ["1 Duck Street, Laredo, 78040, United States of America"]
    assert person["country"] == ["us"]
    assert (person["title"], person["position"]) == (["Dr."], ["General", "Minister"])


def test_papers_are_typed_and_one_without_a_number_is_a_note(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "consolidated.xml", listed(PERSON))
    person = found.of("un-100001")
    assert person["passportNumber"] == ["123456"]
    originals = {claim[4] for claim in found.claims if claim[2] == "passportNumber"}
    assert originals == {"Passport x 123456 (Mexico) issued 2010-01-02 expires 2020"}
    assert "National Identification Number issued in 1974" in person["notes"]
    assert found.facts["documents without a number"] == 1


def test_the_listing_keeps_its_programme_dates_and_reference(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "consolidated.xml", listed(PERSON))
    assert found.of("un-sanction-100001") == {
        "entity": ["un-100001"],
        "authority": ["UN Security Council"],
        "program": ["Freedonia"],
        "recordId": ["FRi.001"],
        "listingDate": ["2015-06-01"],
        "date": ["2016-10-13", "2020-11-02"],
        "summary": ["submitted by: Sylvania", "list: UN List"],
    }
    assert found.of("un-100001")["program"] == ["Freedonia"]
    assert {"sort key MADEUP", "UN reference FRi.001"} <= set(found.of("un-100001")["notes"])
    assert found.facts["entries with a photo"] == 1
    assert found.context.file.published == "2026-02-27"


def test_an_entry_that_cannot_be_read_is_kept_and_the_rest_is_read(
    read: type[Read], tmp_path: Path
) -> None:
    bad = ["<ENTITY><FIRST_NAME>NO NUMBER</FIRST_NAME></ENTITY>",
           "<INDIVIDUAL><DATAID>7</DATAID><FIRST_NAME> - </FIRST_NAME></INDIVIDUAL>"]  # fmt: skip
    found = loaded(read, tmp_path / "consolidated.xml", listed(PERSON, *bad, BODY))
    assert [r.reason for r in found.rejects] == [
        "a name needs a letter or a digit",
        "the entry's number is none: ''",
    ]
    assert (found.rows, found.facts["people"], found.facts["entities"]) == (4, 1, 1)
    assert all(r.line > 0 and "NAME" in r.raw for r in found.rejects)


def test_the_list_is_known_by_what_it_holds_and_by_its_name_when_it_is_damaged(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.xml").write_text(listed(PERSON))
    (tmp_path / "consolidated.xml").write_text("<html>Sign in</html>")
    (tmp_path / "consolidated_2.xml").write_text("not at all")
    files, others = find_all(tmp_path, SOURCES)
    assert [f.path.name for f in files] == ["consolidated_2.xml", "a.xml"]
    assert [path.name for path in others] == ["consolidated.xml"]


@pytest.mark.parametrize("generated", ["2026-02-30T00:00:09Z", "20260227", "soon"])
def test_a_list_whose_day_is_none_is_dated_by_its_name(generated: str, tmp_path: Path) -> None:
    path = tmp_path / "consolidated_2026-02-27.xml"
    path.write_text(listed(generated=generated))
    assert SOURCES[0].find(path)[0].published == "2026-02-27"


def test_the_list_seeds_no_fifty_percent_rule() -> None:
    # OFAC's rule speaks of OFAC's list; another's entry must not make a firm blocked property.
    assert INFO.record_class == "sanctions"
    assert INFO.name not in BLOCKING_SOURCES


# --- texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Azim Adhajani; Azim Agha-Jani", ["Azim Adhajani", "Azim Agha-Jani"]),
        ("Jin Tiesan (金铁三)", ["Jin Tiesan", "金铁三"]),
        ("Abubakar (original script: Абубакар)", ["Abubakar", "Абубакар"]),
        ("حسن غول (Hassan Ghul; Hassan Gul)", ["حسن غول", "Hassan Ghul", "Hassan Gul"]),
        ("A. Sabet b) M. Sabet", ["A. Sabet", "M. Sabet"]),
        ("Lom-ali Butayev (Butaev)", ["Lom-ali Butayev (Butaev)"]),
        ("EL PARA (COMBAT NAME)", ["EL PARA"]),
        ("“Kawa”", ["Kawa"]),
        ("Al-Haq, Amin", ["Al-Haq, Amin"]),
        ("1128", ["1128"]),
        (" - ;", []),
    ],
)
def test_one_field_may_hold_several_names(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_a_note_may_hold_names_but_a_story_is_none() -> None:
    assert names_in_note("original script: Однорукий") == ["Однорукий"]
    assert names_in_note("Yunis al-M; Younis al-M") == ["Yunis al-M", "Younis al-M"]
    for story in ("born in 1976; died", "(A; B) known by this", "In Baghdad: he fled", "initials"):
        assert names_in_note(story) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("OB 0243318", "OB 0243318"),
        ("381110042 (Expired 25 Jan. 2016)", "381110042"),
        ("Afghan passport number SE 012820", "SE 012820"),
        ("CAR diplomatic passport no. D00000898", "D00000898"),
        ("Libya 428720", "428720"),
        ("Tunisian passport number L 191609 issued on 28 Feb. 1996", "L 191609"),
        ("Italian Fiscal Code: DAOMMD74T11Z352Z", "DAOMMD74T11Z352Z"),
        ("issued in 1993, under name X", ""),
        ("R00012098, South Sudan", "R00012098"),
        ("", ""),
    ],
)
def test_a_number_is_found_in_its_sentence(text: str, number: str) -> None:
    assert number_in(text) == number


def test_papers_are_told_apart_in_the_lists_languages() -> None:
    for text in ("Passport", "Numéro de passeport", "Número de pasaporte", "Laissez-passer no."):
        assert kind_of_paper(text) == "passportNumber"
    assert kind_of_paper("", "Social Security Number 1") == "socialSecurityNumber"
    assert kind_of_paper("National Identification Number") == "idNumber"


@pytest.mark.parametrize(
    ("parts", "iso"),
    [
        ({"TYPE_OF_DATE": "EXACT", "YEAR": "1971"}, "1971"),
        ({"TYPE_OF_DATE": "APPROXIMATELY", "YEAR": "1955"}, "1955"),
        ({"TYPE_OF_DATE": "BETWEEN", "FROM_YEAR": "1957", "TO_YEAR": "1962"}, "1957/1962"),
        ({"TYPE_OF_DATE": "EXACT", "NOTE": "Nov. 1973"}, "1973-11"),
        ({"TYPE_OF_DATE": "EXACT", "YEAR": "1958", "NOTE": "Sep."}, "1958-09"),
        ({"TYPE_OF_DATE": "EXACT", "DATE": "1971-02-03", "NOTE": "false passport"}, "1971-02-03"),
        ({"TYPE_OF_DATE": "EXACT", "NOTE": "24/06/1402 (Hijri Calendar)"}, ""),
        ({"TYPE_OF_DATE": "EXACT", "NOTE": "30-35 years old"}, ""),
        ({}, ""),
    ],
)
def test_every_form_of_a_date_of_birth(parts: dict[str, str], iso: str) -> None:
    assert read_birth(parts).iso == iso


def test_an_acronym_is_told_from_a_place_in_brackets() -> None:
    assert without_acronym("HAQQANI NETWORK (HQN)") == ("HAQQANI NETWORK", "HQN")
    assert without_acronym("UGANDA IMPEX (UI) LTD") == ("UGANDA IMPEX LTD", "UI")
    assert without_acronym("AL-HARAMAIN FOUNDATION (PAKISTAN)") == ("", "")


def test_the_united_nations_own_names_of_countries_are_known() -> None:
    for text, code in (
        ("Democratic People's Republic of Korea", "kp"),
        ("Iran (Islamic Republic of)", "ir"),
        ("United Kingdom of Great Britain and Northern Ireland", "gb"),
        ("China, Hong Kong Special Administrative Region", "hk"),
        ("Türkiye", "tr"),
    ):
        assert un_country(text) == code


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert all(name.strip() == name and name for name in names_in(text))
    assert number_in(text).upper() == number_in(text) or not number_in(text).isascii()
    read_birth({"NOTE": text, "YEAR": "1971"})


# --- the real list -----------------------------------------------------------------------------


def test_the_published_list_is_read_whole(puente_data: Path, read: type[Read]) -> None:
    (file,) = SOURCES[0].find(puente_data / "un")
    found = read(SOURCES[0], file)
    assert (found.rows, found.rejects, file.published) == (1_003, [], "2026-02-27")
    facts = found.facts
    assert (facts["people"], facts["entities"]) == (730, 273)
    assert (facts["aliases good"], facts["aliases low"]) == (1_524, 615)
    assert (facts["aliases a.k.a."], facts["aliases f.k.a."]) == (594, 19)
    assert (facts["program Al-Qaida"], facts["program Taliban"]) == (341, 140)
    assert (facts["dates of birth approximate"], facts["dates of birth between"]) == (116, 31)
    assert "countries not understood" not in facts
    ids = {claim[0] for claim in found.claims if claim[0].startswith("un-sanction-")}
    assert len(ids) == 1_003
    assert all(claim[2] in get_schema(claim[1]).props and claim[3] for claim in found.claims)


def test_a_person_of_the_published_list_is_as_the_list_says(
    puente_data: Path, read: type[Read]
) -> None:
    (file,) = SOURCES[0].find(puente_data / "un")
    badege = read(SOURCES[0], file).of("un-6907993")
    assert (badege["name"], badege["birthDate"]) == (["ERIC BADEGE"], ["1971"])
    assert (badege["nationality"], badege["country"]) == (["cd"], ["rw"])
    assert (badege["program"], badege["gender"]) == (["DRC"], ["male"])
