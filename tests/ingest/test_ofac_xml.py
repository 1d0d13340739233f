"""OFAC's XML formats say what its CSV files say, and more; every person and firm here is made up.

The files are written in the published schemata: ADVANCED_XML (and the United Nations' namespace
that it had before), ENHANCED_XML and DeltaFile 1.0.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.load import load_folder
from puente.ingest.source import LoadContext, SourceFile, find_all
from puente.ingest.sources.ofac import SOURCES
from puente.ingest.sources.ofac_files import is_sdn
from puente.ingest.sources.ofac_xml import Entries, Entry, name_prop, span_iso
from puente.model.places import Gazetteer
from puente.model.schema import get_schema

if TYPE_CHECKING:
    from puente.store.lake import Lake

    from .conftest import Read

NEW = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"
OLD = "http://www.un.org/sanctions/1.0"
ENHANCED = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ENHANCED_XML"
DELTA = "https://www.treasury.gov/ofac/DeltaFile/1.0"
NOW = datetime(2026, 9, 11, 12, tzinfo=UTC)
PLACES = Gazetteer([{"place": "25006", "name": "Culiacán"}])


def values(**sets: dict[str, str]) -> str:
    """Return reference values: `Country={"1": "Mexico"}` is `<CountryValues><Country ID="1">`."""
    return "".join(
        f"<{name}Values>"
        + "".join(f'<{name} ID="{key}">{text}</{name}>' for key, text in held.items())
        + f"</{name}Values>"
        for name, held in sets.items()
    )


REFERENCES = values(
    AliasType={"1400": "A.K.A.", "1401": "F.K.A.", "1402": "N.K.A.", "1403": "Name"},
    Country={"11": "Mexico", "12": "Colombia", "13": "undetermined"},
    DetailReference={"91526": "Male", "92000": "Cargo"},
    EntryEventType={"1": "Created", "2": "Reviewed"},
    FeatureType={
        "3": "Vessel Flag", "2": "VESSEL TYPE", "5": "Vessel Gross Registered Tonnage",
        "8": "Birthdate", "9": "Place of Birth", "10": "Nationality Country", "25": "Location",
        "26": "Title", "224": "Gender", "344": "Digital Currency Address - XBT",
        "504": "Secondary sanctions risk:", "900": "Favourite colour",
    },
    IDRegDocDateType={"1480": "Issue Date", "1481": "Expiration Date"},
    IDRegDocType={"1571": "Passport", "1600": "C.U.R.P.",
                  "1626": "Vessel Registration Identification"},
    LegalBasis={"1": "Executive Order 14059"},
    List={"1550": "SDN List", "91512": "Consolidated List"},
    LocPartType={"1": "Unknown", "1451": "ADDRESS1", "1454": "CITY", "1455": "STATE/PROVINCE",
                 "1456": "POSTAL CODE"},
    NamePartType={"1520": "Last Name", "1521": "First Name", "1525": "Entity Name",
                  "1526": "Vessel Name", "91708": "Patronymic"},
    PartyType={"1": "Individual", "2": "Entity"},
    RelationType={"15003": "Owned or Controlled By", "15002": "Acting for or on behalf of",
                  "15004": "Family member of", "91725": "Leader or official of",
                  "15001": "Providing support to"},
    SanctionsType={"1": "Program", "1705": "Block"},
) + (
    '<PartySubTypeValues><PartySubType ID="1" PartyTypeID="4">Vessel</PartySubType>'
    '<PartySubType ID="3" PartyTypeID="2">Unknown</PartySubType>'
    '<PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>'
)  # fmt: skip


def location(number: int, country: str = "", **parts: str) -> str:
    kinds = {"unknown": 1, "street": 1451, "city": 1454, "state": 1455, "postcode": 1456}
    held = "".join(
        f'<LocationPart LocPartTypeID="{kinds[kind]}"><LocationPartValue Primary="true">'
        f"<Value>{text}</Value></LocationPartValue></LocationPart>"
        for kind, text in parts.items()
    )
    where = f'<LocationCountry CountryID="{country}"/>' if country else ""
    return f'<Location ID="{number}">{where}{held}</Location>'


LOCATIONS = (
    location(1, "11", street="Calle 5 No. 1", city="Culiacan", state="Sinaloa", postcode="80200")
    + location(2, unknown="Mexico")
    + location(3, "13")
)


def name(kind: int, *parts: str, primary: bool = False, weak: bool = False, other: str = "") -> str:
    def documented(*words: str) -> str:
        held = "".join(
            f'<DocumentedNamePart><NamePartValue NamePartGroupID="{kind}{at}">{word}'
            "</NamePartValue></DocumentedNamePart>"
            for at, word in enumerate(words)
        )
        return f"<DocumentedName>{held}</DocumentedName>"

    flags = f'Primary="{str(primary).lower()}" LowQuality="{str(weak).lower()}"'
    script = documented(other) if other else ""
    return f'<Alias AliasTypeID="{kind}" {flags}>{documented(*parts)}{script}</Alias>'


def groups(*types: int) -> str:
    held = "".join(
        f'<MasterNamePartGroup><NamePartGroup ID="{kind}{at}" NamePartTypeID="{part}"/>'
        "</MasterNamePartGroup>"
        for kind in (1400, 1401, 1403)
        for at, part in enumerate(types)
    )
    return f"<NamePartGroups>{held}</NamePartGroups>"


def feature(kind: int, inside: str) -> str:
    return f'<Feature FeatureTypeID="{kind}"><FeatureVersion>{inside}</FeatureVersion></Feature>'


def detail(kind: int, text: str) -> str:
    return feature(kind, f'<VersionDetail DetailTypeID="1432">{text}</VersionDetail>')


def period(first: str, last: str, *, about: bool = False) -> str:
    def point(day: str) -> str:
        year, month, number = day.split("-")
        return f"<Year>{year}</Year><Month>{int(month)}</Month><Day>{int(number)}</Day>"

    start, end = (f"<From>{point(day)}</From><To>{point(day)}</To>" for day in (first, last))
    flag = f'Approximate="{str(about).lower()}"'
    return f"<DatePeriod><Start {flag}>{start}</Start><End {flag}>{end}</End></DatePeriod>"


def party(number: int, sub_type: int, identity: str, features: str = "") -> str:
    return (
        f'<DistinctParty FixedRef="{number}"><Comment/><Profile ID="{number}" '
        f'PartySubTypeID="{sub_type}"><Identity ID="9{number}" Primary="true">{identity}</Identity>'
        f"{features}</Profile></DistinctParty>"
    )


def listing(number: int, *programs: str, on: int = 1550) -> str:
    measures = "".join(
        f'<SanctionsMeasure SanctionsTypeID="1"><Comment>{tag}</Comment></SanctionsMeasure>'
        for tag in programs
    )
    return (
        f'<SanctionsEntry ID="{number}" ProfileID="{number}" ListID="{on}">'
        '<EntryEvent EntryEventTypeID="1" LegalBasisID="1"><Date><Year>2021</Year><Month>12</Month>'
        f'<Day>15</Day></Date></EntryEvent>{measures}<SanctionsMeasure SanctionsTypeID="1705">'
        "<Comment/></SanctionsMeasure></SanctionsEntry>"
    )


def relation(source: int, target: int, kind: int, former: str = "false") -> str:
    return (
        f'<ProfileRelationship From-ProfileID="{source}" To-ProfileID="{target}" '
        f'RelationTypeID="{kind}" Former="{former}"><Comment/></ProfileRelationship>'
    )


BOSS = party(
    101, 4,
    name(1403, "PEÑA XOCHIHUA", "Renato", primary=True, other="Ренато Пенья")
    + name(1400, "PENA", "Rene") + name(1400, "EL ALACRAN", weak=True)
    + name(1401, "SOSA", "Renato", weak=True) + groups(1520, 1521),
    feature(8, period("1971-01-01", "1971-12-31", about=True))
    + feature(8, period("1970-03-02", "1970-03-02"))
    + detail(9, "Culiacan, Sinaloa, Mexico") + feature(10, '<VersionLocation LocationID="2"/>')
    + feature(224, '<VersionDetail DetailReferenceID="91526"/>') + detail(26, "Plaza boss")
    + feature(25, '<VersionLocation LocationID="1"/>')
    + feature(25, '<VersionLocation LocationID="77"/>')
    + detail(344, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT") + detail(900, "teal") + detail(901, "odd"),
)  # fmt: skip
FIRM = party(
    102, 3,
    name(1403, "TRANSPORTES ZULOAGA, S.A. DE C.V.", primary=True)
    + name(1401, "FLETES ZULOAGA") + groups(1525),
    feature(25, '<VersionLocation LocationID="3"/>')
    + detail(504, "section 1(b) of Executive Order 13224"),
)  # fmt: skip
SHIP = party(
    103, 1, name(1403, "MAR DE HUMO", primary=True) + groups(1526),
    detail(3, "Mexico") + feature(2, '<VersionDetail DetailReferenceID="92000"/>')
    + detail(5, "1,234"),
)  # fmt: skip
PAPERS = (
    '<IDRegDocument ID="1" IDRegDocTypeID="1600" IdentityID="9101" IssuedBy-CountryID="11">'
    "<IDRegistrationNo>PEXR700302HSLXCN08</IDRegistrationNo></IDRegDocument>"
    '<IDRegDocument ID="2" IDRegDocTypeID="1571" IdentityID="9101" IssuedBy-CountryID="11">'
    "<Comment>seen once</Comment><IDRegistrationNo>G1234567</IDRegistrationNo>"
    f'<DocumentDate IDRegDocDateTypeID="1481">{period("2030-05-20", "2030-05-20")}</DocumentDate>'
    '</IDRegDocument><IDRegDocument ID="3" IDRegDocTypeID="1626" IdentityID="9103">'
    "<IDRegistrationNo>IMO 9074729</IDRegistrationNo></IDRegDocument>"
)
RELATIONS = (
    relation(102, 101, 15003) + relation(101, 102, 91725) + relation(103, 101, 15001, "true")
)


def advanced(
    parties: str = BOSS + FIRM + SHIP,
    listings: str = listing(101, "SDNTK", "ILLICIT-DRUGS-EO14059") + listing(102, "SDNTK")
    + listing(103, "SDNTK"),
    relations: str = RELATIONS, papers: str = PAPERS, namespace: str = NEW,
) -> str:  # fmt: skip
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<Sanctions xmlns="{namespace}" Version="3">\n<DateOfIssue CalendarTypeID="1">'
        "<Year>2026</Year><Month>9</Month><Day>3</Day></DateOfIssue>\n"
        f"<ReferenceValueSets>{REFERENCES}</ReferenceValueSets>\n<Locations>{LOCATIONS}</Locations>"
        f"\n<IDRegDocuments>{papers}</IDRegDocuments>\n<DistinctParties>\n{parties}\n"
        f"</DistinctParties>\n<ProfileRelationships>{relations}</ProfileRelationships>\n"
        f"<SanctionsEntries>{listings}</SanctionsEntries>\n</Sanctions>\n"
    )


def loaded(read: type[Read], path: Path, text: str = "", source: str = "ofac_sdn") -> Read:
    if text:
        path.write_text(text, encoding="utf-8")
    (own,) = (s for s in SOURCES if s.info.name == source)
    return read(own, own.find(path)[0], PLACES)


def sourced(found: Read) -> set[tuple[str, str, str]]:
    """Return what is claimed, entity, property and value: what makes a statement's id."""
    return {(claim[0], claim[2], claim[3]) for claim in found.claims}


# --- advanced ----------------------------------------------------------------------------------


def test_a_party_has_its_names_by_part_and_weak_ones_stay_weak(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced())
    boss = found.of("ofac-101")
    assert found.schema("ofac-101") == {"Person"}
    assert boss["name"] == ["PEÑA XOCHIHUA, Renato"]
    assert (boss["lastName"], boss["firstName"]) == (["PEÑA XOCHIHUA"], ["Renato"])
    assert boss["alias"] == ["Ренато Пенья", "PENA, Rene"]
    # Weak and formerly known as: it is weak first. A strong former name is one.
    assert boss["weakAlias"] == ["EL ALACRAN", "SOSA, Renato"]
    assert "previousName" not in boss
    assert found.of("ofac-102")["previousName"] == ["FLETES ZULOAGA"]


def test_dates_papers_and_addresses_are_typed_and_programmes_as_published(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced())
    boss = found.of("ofac-101")
    assert boss["birthDate"] == ["1971", "1970-03-02"]
    assert (boss["birthPlace"], boss["birthCountry"]) == (["Culiacan, Sinaloa, Mexico"], ["mx"])
    assert (boss["nationality"], boss["gender"]) == (["mx"], ["male"])
    assert (boss["curpCode"], boss["passportNumber"]) == (["PEXR700302HSLXCN08"], ["G1234567"])
    assert boss["position"] == ["Plaza boss"]
    assert boss["address"] == ["Calle 5 No. 1, Culiacan, Sinaloa 80200, Mexico"]
    assert (boss["country"], boss["place"]) == (["mx"], ["25006"])
    assert boss["program"] == ["SDNTK", "ILLICIT-DRUGS-EO14059"]
    sanction = found.of("ofac-sanction-101")
    assert (sanction["listingDate"], sanction["reason"], sanction["summary"]) == (
        ["2021-12-15"],
        ["Executive Order 14059"],
        ["Block"],
    )
    assert sanction["program"] == ["SDNTK", "ILLICIT-DRUGS-EO14059"]
    originals = {claim[4] for claim in found.claims if claim[2] == "birthDate"}
    assert "DOB circa 1971" in originals


def test_nothing_that_is_not_understood_is_lost(read: type[Read], tmp_path: Path) -> None:
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced())
    notes = found.of("ofac-101")["notes"]
    assert "Favourite colour teal" in notes
    assert "FeatureType 901 odd" in notes
    assert "Location: Location 77" in notes
    assert any(note.endswith("seen once") for note in notes)
    assert found.facts["not understood: Favourite colour"] == 1
    assert found.facts["references to nothing"] == 2
    assert found.facts["features and papers"] == 14
    assert found.facts["features and papers understood"] == 12


def test_a_birthdate_that_cannot_be_and_a_text_beside_a_period_are_notes(
    read: type[Read], tmp_path: Path
) -> None:
    aside = '<VersionDetail DetailTypeID="1432">by his passport</VersionDetail>'
    features = (
        feature(8, period("1971-13-40", "1971-13-40"))
        + feature(8, period("1980-01-01", "1970-01-01"))
        + feature(8, period("1972-02-03", "1972-02-03") + aside)
        + feature(8, period("0000-01-01", "0000-01-01").replace("0000", "²"))
    )
    identity = groups(1520, 1521) + name(1403, "PEÑA", "Renato", primary=True)
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced(party(101, 4, identity, features)))
    held = found.of("ofac-101")
    assert held["birthDate"] == ["1972-02-03"]
    assert "Birthdate: by his passport" in held["notes"]
    kept = [note for note in held["notes"] if note.startswith("Birthdate: <DatePeriod>")]
    assert [("13" in note, "1980" in note, "²" in note) for note in kept] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip


@pytest.mark.parametrize("year", ["²", "9" * 5_000, "0"])
def test_a_list_whose_day_is_none_is_dated_by_its_name(year: str, tmp_path: Path) -> None:
    path = tmp_path / "2026-09-03" / "sdn_advanced.xml"
    path.parent.mkdir()
    path.write_text(advanced().replace("<Year>2026</Year>", f"<Year>{year}</Year>"))
    assert SOURCES[0].find(path)[0].published == "2026-09-03"
    path = path.with_name("sdn_enhanced.xml")
    path.write_text(enhanced().replace("2026-09-03", "2026-09-33"))
    assert SOURCES[0].find(path)[0].published == "2026-09-03"


def test_a_ship_keeps_its_flag_number_and_tonnage(read: type[Read], tmp_path: Path) -> None:
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced())
    ship = found.of("ofac-103")
    assert found.schema("ofac-103") == {"Vessel"}
    assert (ship["flag"], ship["type"]) == (["mx"], ["Cargo"])
    assert (ship["imoNumber"], ship["grossRegisteredTonnage"]) == (["9074729"], ["1234"])


def test_relations_are_edges_of_the_kind_that_is_published(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced())
    assert found.of("ofac-ownership-102-101") == {
        "asset": ["ofac-102"],
        "owner": ["ofac-101"],
        "role": ["Owned or Controlled By"],
    }
    assert found.of("ofac-directorship-101-102")["director"] == ["ofac-101"]
    assert found.schema("ofac-link-103-101") == {"UnknownLink"}
    assert found.of("ofac-link-103-101")["status"] == ["former"]
    assert found.facts["relation Owned or Controlled By"] == 1


def test_a_relation_that_its_ends_cannot_have_is_a_plain_link(
    read: type[Read], tmp_path: Path
) -> None:
    # A firm has no family, and nobody owns a person.
    text = advanced(relations=relation(101, 102, 15004) + relation(101, 102, 15003))
    found = loaded(read, tmp_path / "sdn_advanced.xml", text)
    assert found.schema("ofac-link-101-102") == {"UnknownLink"}
    assert found.of("ofac-link-101-102")["role"] == ["Family member of", "Owned or Controlled By"]


def test_what_points_to_no_party_is_kept_with_its_line_and_reason(
    read: type[Read], tmp_path: Path
) -> None:
    orphan = PAPERS.replace('IdentityID="9103"', 'IdentityID="9999"')
    text = advanced(
        relations=relation(101, 555, 15003),
        papers=orphan,
        listings=listing(101, "SDNTK") + listing(666, "X"),
    )
    found = loaded(read, tmp_path / "sdn_advanced.xml", text)
    assert [r.reason for r in found.rejects] == [
        "relation 'Owned or Controlled By' to a profile that is not there: 555",
        "<IDRegDocument> of no party",
        "<SanctionsEntry> of no party",
    ]
    assert found.rows == 3 + 3
    assert all(r.line > 1 and r.raw for r in found.rejects)


def test_both_namespaces_and_upper_case_names_are_read_alike(
    read: type[Read], tmp_path: Path
) -> None:
    new = loaded(read, tmp_path / "sdn_advanced.xml", advanced())
    old = loaded(read, tmp_path / "SDN_ADVANCED.XML", advanced(namespace=OLD))
    assert new.claims == old.claims
    assert old.context.file.published == "2026-09-03"


def test_an_entry_without_a_name_or_number_is_rejected_and_the_rest_is_read(
    read: type[Read], tmp_path: Path
) -> None:
    bad = party(104, 4, "") + party(105, 4, name(1403, "X", "Y", primary=True)).replace(
        'FixedRef="105"', 'FixedRef="none"'
    )
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced(BOSS + bad + FIRM + SHIP))
    assert [r.reason for r in found.rejects] == ["no name", "the entry's number is none: 'none'"]
    assert (found.rows, found.facts["entries"]) == (5, 3)


def test_a_patronymic_is_a_surname_where_it_is_written_as_one(
    read: type[Read], tmp_path: Path
) -> None:
    parties = party(1, 4, name(1403, "IVANOV", "Oleg", "Petrovich", primary=True)
                    + groups(1520, 1521, 91708))  # fmt: skip
    parties += party(2, 4, name(1403, "PEREZ", "Ana", "RIVAS", primary=True)
                     + groups(1520, 1521, 91708))  # fmt: skip
    found = loaded(read, tmp_path / "sdn_advanced.xml", advanced(parties, "", "", ""))
    assert found.of("ofac-1")["name"] == ["IVANOV, Oleg Petrovich"]
    assert found.of("ofac-2")["name"] == ["PEREZ RIVAS, Ana"]


# --- which list --------------------------------------------------------------------------------


def test_the_lists_name_decides_and_no_other_entry_slips_into_the_blocking_list(
    read: type[Read], tmp_path: Path
) -> None:
    # A sectoral entry loaded as SDN would block every firm that it owns half of.
    text = advanced(
        listings=listing(101, "SDNTK") + listing(102, "CAPTA", on=91512) + listing(103, "X")
    )
    found = loaded(read, tmp_path / "export.xml", text)
    assert found.context.info.name == "ofac_sdn"
    assert [r.reason for r in found.rejects] == [
        "on no list of ofac_sdn but on Consolidated List: load the file as ofac_cons"
    ]
    assert not found.of("ofac-102")
    cons = loaded(read, tmp_path / "cons_advanced.xml", text, "ofac_cons")
    assert cons.of("ofac-102")["program"] == ["CAPTA"]
    assert len(cons.rejects) == 2


def test_a_file_of_one_list_is_that_list_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "sdn_advanced.xml").write_text(advanced().replace("SDN List", "Consolidated List"))
    (tmp_path / "cons_enhanced.xml").write_text(enhanced(lists="SDN List"))
    (tmp_path / "other.xml").write_text("<rss><channel/></rss>")
    files, others = find_all(tmp_path, SOURCES)
    assert {f.path.name: f.source for f in files} == {
        "sdn_advanced.xml": "ofac_cons",
        "cons_enhanced.xml": "ofac_sdn",
    }
    assert [path.name for path in others] == ["other.xml"]


def test_a_damaged_list_is_found_by_its_name_and_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "sdn_advanced.xml"
    for text, reason in (
        ("<!doctype html><html>Sign in</html>", "a web page"),
        (advanced()[:-400], "it is cut off"),
        ("nothing at all", "no well-formed XML"),
    ):
        path.write_text(text)
        (file,) = SOURCES[0].find(path)
        context = LoadContext(info=SOURCES[0].info, file=file, today=date(2026, 9, 3))
        with pytest.raises(InvalidData, match=reason):
            list(SOURCES[0].read(file, context))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SDN List", True),
        ("Specially Designated Nationals List", True),
        ("Consolidated List", False),
        ("Non-SDN Menu-Based Sanctions List", False),
        ("Non-SDN CMIC List", False),
        ("FSE List", False),
    ],
)
def test_only_the_sdn_list_blocks(text: str, expected: bool) -> None:
    assert is_sdn(text) is expected


# --- enhanced ----------------------------------------------------------------------------------


def spelled(full: str, *, primary: bool = True, script: str = "Latin") -> str:
    return (
        f"<translation><isPrimary>{str(primary).lower()}</isPrimary><script>{script}</script>"
        f"<formattedFullName>{full}</formattedFullName></translation>"
    )


def named(
    full: str, kind: str = "", *, weak: bool = False, other: str = "", action: str = ""
) -> str:
    alias = f"<aliasType>{kind}</aliasType>" if kind else ""
    return (
        f"<name{action}><isPrimary>{str(not kind).lower()}</isPrimary>{alias}"
        f"<isLowQuality>{str(weak).lower()}</isLowQuality><translations>"
        f"{spelled(other, primary=False, script='Cyrillic') if other else ''}{spelled(full)}"
        "</translations></name>"
    )


def featured(kind: str, text: str = "", inside: str = "") -> str:
    held = f"<value>{text}</value>" if text else ""
    return f"<feature><type>{kind}</type>{held}{inside}<isPrimary>true</isPrimary></feature>"


def paper(kind: str, number: str, country: str = "", inside: str = "") -> str:
    where = f"<issuingCountry>{country}</issuingCountry>" if country else ""
    return (
        f"<identityDocument><type>{kind}</type><documentNumber>{number}</documentNumber>{where}"
        f"{inside}</identityDocument>"
    )


def dates(first: str, last: str) -> str:
    return (
        f"<fromDateBegin>{first}</fromDateBegin><fromDateEnd>{first}</fromDateEnd><toDateBegin>"
        f"{last}</toDateBegin><toDateEnd>{last}</toDateEnd><isApproximate>false</isApproximate>"
    )


def entity(
    number: int, kind: str, names: str, rest: str = "", *,
    programs: str = "SDNTK", on: str = "SDN List", action: str = "",
) -> str:  # fmt: skip
    tags = "".join(f"<sanctionsProgram>{tag}</sanctionsProgram>" for tag in programs.split())
    listed = f'<sanctionsList datePublished="2021-12-15">{on}</sanctionsList>' if on else ""
    given = f' action="{action}"' if action else ""
    return (
        f'<entity id="{number}"{given}><generalInfo><identityId>9{number}</identityId>'
        f"<entityType>{kind}</entityType></generalInfo><sanctionsLists>{listed}</sanctionsLists>"
        f"<sanctionsPrograms>{tags}</sanctionsPrograms><names>{names}</names>{rest}</entity>"
    )


BOSS_E = entity(
    101, "Individual",
    named("PEÑA XOCHIHUA, Renato", other="Ренато Пенья") + named("PENA, Rene", "A.K.A.")
    + named("EL ALACRAN", "A.K.A.", weak=True) + named("SOSA, Renato", "F.K.A.", weak=True),
    "<addresses><address><country>Mexico</country><translations><translation><isPrimary>true"
    "</isPrimary><addressParts><addressPart><type>ADDRESS1</type><value>Calle 5 No. 1</value>"
    "</addressPart><addressPart><type>CITY</type><value>Culiacan</value></addressPart><addressPart>"
    "<type>STATE/PROVINCE</type><value>Sinaloa</value></addressPart><addressPart><type>POSTAL CODE"
    "</type><value>80200</value></addressPart></addressParts></translation></translations></address>"
    "</addresses><features>"
    + featured("Birthdate", "circa 1971")
    + featured("Birthdate", "", f"<valueDate>{dates('1970-03-02', '1970-03-02')}</valueDate>")
    + featured("Place of Birth", "Culiacan, Sinaloa, Mexico")
    + featured("Nationality Country", "Mexico")
    + featured("Gender", "", "<valueRefId>91526</valueRefId>") + featured("Title", "Plaza boss")
    + featured("Digital Currency Address - XBT", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    + featured("Favourite colour", "teal")
    + "</features><identityDocuments>" + paper("C.U.R.P.", "PEXR700302HSLXCN08", "Mexico")
    + paper("Passport", "G1234567", "Mexico",
            f"<expirationDate>{dates('2030-05-20', '2030-05-20')}</expirationDate>")
    + "</identityDocuments><relationships><relationship><type>Leader or official of</type>"
    '<relatedEntity entityId="102">TRANSPORTES ZULOAGA, S.A. DE C.V.</relatedEntity></relationship>'
    '<relationship><type>Associate Of</type><relatedEntity entityId="7">GONE, Long</relatedEntity>'
    "</relationship></relationships>",
    programs="SDNTK ILLICIT-DRUGS-EO14059",
)  # fmt: skip
FIRM_E = entity(102, "Entity", named("TRANSPORTES ZULOAGA, S.A. DE C.V.")
                + named("FLETES ZULOAGA", "F.K.A."))  # fmt: skip


def enhanced(entities: str = BOSS_E + FIRM_E, lists: str = "SDN List") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<sanctionsData xmlns="{ENHANCED}">\n'
        "<publicationInfo><dataAsOf>2026-09-03T00:00:00</dataAsOf><filters><sanctionsLists>"
        f"<sanctionsList>{lists}</sanctionsList></sanctionsLists></filters></publicationInfo>\n"
        '<referenceValues><referenceValue refId="91526"><type>Gender</type><value>Male</value>'
        f"</referenceValue></referenceValues>\n<entities>\n{entities}\n</entities>\n</sanctionsData>\n"
    )


def test_the_three_formats_make_the_same_statements_of_the_same_facts(
    read: type[Read], tmp_path: Path
) -> None:
    # Else a change of format would make every fact look withdrawn, and made anew.
    csv = (
        '101,"PEÑA XOCHIHUA, Renato","individual","SDNTK] [ILLICIT-DRUGS-EO14059","Plaza boss",'
        + "-0- ," * 6
        + '"DOB circa 1971; alt. DOB 02 Mar 1970; POB Culiacan, Sinaloa, Mexico; '
        "nationality Mexico; Gender Male; C.U.R.P. PEXR700302HSLXCN08 (Mexico); "
        "Passport G1234567 (Mexico) expires 20 May 2030; "
        "Digital Currency Address - XBT 1BoatSLRHtKNngkdXEeobR76b53LETtpyT; "
        "a.k.a. 'EL ALACRAN'.\"\n"
    )
    folder = tmp_path / "2026-09-01"
    folder.mkdir()
    (folder / "sdn.csv").write_text(csv, encoding="utf-8")
    (folder / "alt.csv").write_text('101,1,"aka","PENA, Rene",-0- \n')
    (folder / "add.csv").write_text(
        '101,1,"Calle 5 No. 1","Culiacan, Sinaloa 80200","Mexico",-0- \n'
    )
    legacy = {
        fact
        for source in SOURCES[:4]
        for file in source.find(folder)
        for fact in sourced(read(source, file, PLACES))
    }
    new = sourced(loaded(read, tmp_path / "sdn_advanced.xml", advanced()))
    newer = sourced(loaded(read, tmp_path / "sdn_enhanced.xml", enhanced()))
    assert legacy <= new
    assert legacy <= newer
    assert {fact for fact in newer if fact[0] == "ofac-101"} <= new


def test_an_enhanced_entry_keeps_relations_to_entries_of_another_file(
    read: type[Read], tmp_path: Path
) -> None:
    found = loaded(read, tmp_path / "sdn_enhanced.xml", enhanced())
    assert found.of("ofac-directorship-101-102")["organization"] == ["ofac-102"]
    assert found.of("ofac-associate-101-7")["associate"] == ["ofac-7"]
    assert found.facts["relations to entries that the file does not hold"] == 1
    assert found.context.file.published == "2026-09-03"
    assert (found.rows, found.rejects) == (2, [])
    assert found.of("ofac-sanction-101")["listingDate"] == ["2021-12-15"]


def test_an_unknown_part_of_an_entry_is_a_note_and_counted(
    read: type[Read], tmp_path: Path
) -> None:
    odd = FIRM_E.replace("</entity>", "<omens><omen>a crow</omen></omens></entity>")
    found = loaded(read, tmp_path / "sdn_enhanced.xml", enhanced(BOSS_E + odd))
    assert found.of("ofac-102")["notes"] == ["<omens><omen>a crow"]
    assert found.facts["not understood: <omens>"] == 1


# --- changes -----------------------------------------------------------------------------------


def delta(entities: str, day: str = "2026-09-10") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<sanctionsData xmlns="{DELTA}">\n'
        f"<publicationInfo><datePublished>{day}T00:00:00-04:00</datePublished><publicationType>"
        "Standard Action</publicationType></publicationInfo>\n"
        f"<entities>\n{entities}\n</entities>\n</sanctionsData>\n"
    )


def test_a_removal_says_that_the_listing_ended_and_nothing_else(
    read: type[Read], tmp_path: Path
) -> None:
    gone = entity(101, "Individual", named("PEÑA XOCHIHUA, Renato"), action="remove")
    new = entity(201, "Entity", named("MINERA FICTICIA, S.A. DE C.V."), action="add")
    found = loaded(read, tmp_path / "2026-09-10_delta_2.xml", delta(gone + new))
    assert not found.of("ofac-101")
    ended = found.of("ofac-sanction-101")
    assert (ended["entity"], ended["status"], ended["endDate"]) == (
        ["ofac-101"],
        ["removed"],
        ["2026-09-10"],
    )
    assert found.of("ofac-201")["program"] == ["SDNTK"]
    assert (found.facts["entries removed"], found.facts["entries added"]) == (1, 1)
    assert found.context.file.part == "delta 2026-09-10 02"


def test_a_change_adds_what_is_new_and_notes_what_is_withdrawn(
    read: type[Read], tmp_path: Path
) -> None:
    changed = (
        '<entity id="101"><generalInfo><remarks action="update" oldValue="old words">new words'
        "</remarks></generalInfo><sanctionsPrograms><sanctionsProgram action=\"add\">SDGT"
        "</sanctionsProgram></sanctionsPrograms><names>"
        + named("EL NUEVO", "A.K.A.", weak=True, action=' action="add"')
        + named("PENA, Rene", "A.K.A.", action=' action="remove"')
        + "</names></entity>"
    )  # fmt: skip
    found = loaded(read, tmp_path / "2026-09-10_delta.xml", delta(changed))
    boss = found.of("ofac-101")
    assert (boss["weakAlias"], boss["program"]) == (["EL NUEVO"], ["SDGT"])
    assert "alias" not in boss
    assert [note for note in boss["notes"] if note.startswith("withdrawn on 2026-09-10")]
    assert found.facts["values withdrawn from entries"] == 2
    assert found.facts["entries changed"] == 1


def test_an_entry_that_leaves_the_sdn_list_for_another_is_removed_from_it(
    read: type[Read], tmp_path: Path
) -> None:
    moved = (
        '<entity id="101"><sanctionsLists><sanctionsList action="remove">SDN List</sanctionsList>'
        '<sanctionsList action="add">Non-SDN Menu-Based Sanctions List</sanctionsList>'
        "</sanctionsLists></entity>"
    )
    found = loaded(read, tmp_path / "2026-09-10_delta.xml", delta(moved))
    assert found.of("ofac-sanction-101")["status"] == ["removed"]


def test_an_unknown_action_is_no_change_to_guess(read: type[Read], tmp_path: Path) -> None:
    odd = entity(101, "Individual", named("X, Y"), action="ponder")
    found = loaded(read, tmp_path / "2026-09-10_delta.xml", delta(odd))
    assert [r.reason for r in found.rejects] == ["unknown action 'ponder'"]


def test_changes_to_both_lists_are_loaded_for_each(read: type[Read], tmp_path: Path) -> None:
    both = entity(201, "Entity", named("UNO"), action="add") + entity(
        202, "Entity", named("DOS"), on="Consolidated List", action="add"
    )
    path = tmp_path / "2026-09-10_delta.xml"
    sdn, cons = (loaded(read, path, delta(both), name) for name in ("ofac_sdn", "ofac_cons"))
    assert (bool(sdn.of("ofac-201")), bool(sdn.of("ofac-202"))) == (True, False)
    assert (bool(cons.of("ofac-201")), bool(cons.of("ofac-202"))) == (False, True)


# --- in the lake -------------------------------------------------------------------------------


def test_a_list_in_another_format_follows_on_from_the_one_before(
    tmp_path: Path, lake: Lake
) -> None:
    folder = tmp_path / "files" / "2026-08-01"
    folder.mkdir(parents=True)
    blank = "-0- ," * 7
    (folder / "sdn.csv").write_text(
        f'101,"PEÑA XOCHIHUA, Renato","individual","SDNTK",{blank}"DOB 02 Mar 1970."\n'
        f'9,"BAJA, Dado de","individual","SDNTK",{blank}-0- \n',
        encoding="utf-8",
    )
    (tmp_path / "files" / "sdn_advanced.xml").write_text(advanced(), encoding="utf-8")
    (tmp_path / "files" / "2026-09-10_delta.xml").write_text(
        delta(entity(102, "Entity", named("TRANSPORTES ZULOAGA, S.A. DE C.V."), action="remove"))
    )
    reports, _others = load_folder(tmp_path / "files", lake, now=NOW, sources=SOURCES)
    assert [(r.part, r.published, r.rows, r.loaded, r.rejected) for r in reports] == [
        ("", "2026-08-01", 2, 2, 0),
        ("", "2026-09-03", 3, 3, 0),
        ("delta 2026-09-10 01", "2026-09-10", 1, 1, 0),
    ]
    assert {r.source for r in reports} == {"ofac_sdn"}
    with lake.begin_build(loads=[r.load for r in reports], now=NOW) as build:
        rows = pq.read_table(build.path / "statements.parquet").to_pylist()
    seen = {
        (row["entity_id"], row["value"]): (row["first_seen"], row["last_seen"], row["current"])
        for row in rows
        if row["prop"] in {"name", "birthDate"}
    }
    assert seen["ofac-101", "PEÑA XOCHIHUA, Renato"] == ("2026-08-01", "2026-09-03", True)
    assert seen["ofac-101", "1970-03-02"] == ("2026-08-01", "2026-09-03", True)
    assert seen["ofac-9", "BAJA, Dado de"] == ("2026-08-01", "2026-08-01", False)


# --- laws --------------------------------------------------------------------------------------

DAYS = st.dates().map(lambda day: day.isoformat())


@given(st.sampled_from(["A.K.A.", "F.K.A.", "N.K.A.", "Name", "", "other"]))
def test_a_weak_alias_is_weak_in_every_format(kind: str) -> None:
    assert name_prop(kind, primary=False, weak=True) == "weakAlias"


@given(DAYS, DAYS)
def test_a_span_holds_both_its_ends_or_is_none(first: str, last: str) -> None:
    iso = span_iso(first, last)
    if not iso:
        assert first > last or first < "1000" or last > "2999-12-31"
        return
    start, _slash, end = iso.partition("/")
    assert first.startswith(start)
    assert last.startswith(end or start)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_feature_breaks_a_reader_or_makes_what_its_kind_lacks(kind: str, text: str) -> None:
    file = SourceFile(path=Path("sdn_advanced.xml"), source="ofac_sdn", published="2026-09-03")
    context = LoadContext(info=SOURCES[0].info, file=file, today=date(2026, 9, 3))
    entry = Entry(line=1, number="1", kind="Vessel", names=[("name", "X")], features=[(kind, text)])
    for claim in Entries(context).claims(entry):
        assert claim[2] in get_schema(claim[1]).props
