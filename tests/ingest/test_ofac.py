"""OFAC's rows as published, and what an investigator would lose if they were read otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.ingest.source import SourceFile, find_all
from puente.ingest.sources.ofac import SOURCES
from puente.ingest.sources.ofac_parts import schema_of
from puente.ingest.sources.ofac_remarks import parse_remarks, split_remarks
from puente.model.places import Gazetteer
from puente.model.schema import get_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Read

# Public rows of the SDN list of 3 May 2024, shortened only by leaving rows out.
SDN = """\
17671,"CARTEL DE JALISCO NUEVA GENERACION",-0- ,"SDNTK] [ILLICIT-DRUGS-EO14059",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r
7226,"ZAMBADA GARCIA, Ismael","individual","SDNTK] [ILLICIT-DRUGS-EO14059",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1948; POB Sinaloa, Mexico; nationality Mexico; Gender Male; a.k.a. 'El Mayo'; a.k.a. 'Mayo'."\r
20113,"GONZALEZ VALENCIA, Elvis","individual","SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 12 Oct 1980; alt. DOB 18 Mar 1979; POB Aguililla, Michoacan de Ocampo, Mexico; C.U.R.P. GOVE801012HMNNLL03 (Mexico); alt. C.U.R.P. TACA790318HJCPSL08 (Mexico); I.F.E. TPCSAL79031814H401 (Mexico); Linked To: CARTEL DE JALISCO NUEVA GENERACION; Linked To: LOS CUINIS."\r
7163,"AGUILAR AMAO, Miguel","individual","SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 29 Sep 1953; POB Santa Agueda,Baja California Sur,Mexico; R.F.C. AUAM-530929 (Mexico); Credencial electoral 101924629544 (Mexico)."\r
7156,"DISTRIBUIDORA IMPERIAL DE BAJA CALIFORNIA, S.A. DE C.V.",-0- ,"SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"R.F.C. DIB-771110-HQ1 (Mexico)."\r
15036,"ARTAVIL","vessel","IRAN",-0- ,"T2EU4","Crude/Oil Products Tanker","99,144","56,068","Iran",-0- ,"Former Vessel Flag Malta; alt. Former Vessel Flag Tuvalu; alt. Former Vessel Flag None Identified; alt. Former Vessel Flag Tanzania; Additional Sanctions Information - Subject to Secondary Sanctions; Vessel Registration Identification IMO 9187629; MMSI 572469210; f.k.a. 'ALPHA'; Linked To: NATIONAL IRANIAN TANKER COMPANY."\r
31164,"ASSOCIATION FOR FREE RESEARCH AND INTERNATIONAL COOPERATION",-0- ,"UKRAINE-EO13661] [CYBER2] [ELECTION-EO13848",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Email Address Africonline@protonmail.com; Secondary sanctions risk: Ukraine-/Russia-Related Sanctions Regulations, 31 CFR 589.201 and/or 589.209; Digital Currency Address - ZEC t1MMXtBrSp1XG38Lx9cePcNUCJj5vdWfUWL; Digital Currency Address - DASH XyARKoupuArYtToA2S6yMdnoquDCDaBsaT; a.k.a. 'AFRIC'; Linked To: PRIGOZHIN, Yevgeniy Viktorovich."\r
\x1a\r
"""  # noqa: E501
ALT = """\
17671,1,"aka","CJNG",-0- \r
17671,2,"fka","LOS MATA ZETAS",-0- \r
99001,3,"aka","NEWER",-0- \r
"""
ADD = (
    '17671,1,-0- ,"Guadalajara, Jalisco","Mexico",-0- \r\n'
    '7226,2,"Calle 5 No. 1","Culiacan, Sinaloa 80200","Mexico",-0- \r\n'
    '20113,3,-0- ,"Jalisco","Mexico",-0- \r\n7163,4,-0- ,-0- ,-0- ,-0- \r\n'
    '99001,5,"1 Main St","Laredo, TX","United States",-0- \r\n'
    '7156,6,-0- ,-0- ,"undetermined",-0- \r\n'
)
PLACES = Gazetteer(
    [{"place": "14039", "name": "Guadalajara"}, {"place": "25006", "name": "Culiacán"}]
)


@pytest.fixture
def delivery(tmp_path: Path) -> Callable[..., Path]:
    def write(folder: str = "2024-05-03", **files: str) -> Path:
        for name, text in ({"sdn": SDN, "alt": ALT, "add": ADD} | files).items():
            (tmp_path / folder).mkdir(exist_ok=True)
            if text:
                (tmp_path / folder / f"{name}.csv").write_text(text, newline="")
        return tmp_path

    return write


def loaded(read: type[Read], root: Path, name: str, at: int = 0) -> Read:
    (source,) = (s for s in SOURCES if s.info.name == name)
    return read(source, source.find(root)[at], PLACES)


def test_an_entry_keeps_its_programmes_as_published(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    found = loaded(read, delivery(), "ofac_sdn")
    assert found.of("ofac-7226")["program"] == ["SDNTK", "ILLICIT-DRUGS-EO14059"]
    assert found.facts["program SDNTK"] == 5
    assert found.facts["program ILLICIT-DRUGS-EO14059"] == 2
    assert (found.rows, found.facts["entries"], found.facts["Control-Z lines"]) == (7, 7, 1)


def test_weak_aliases_stand_only_in_the_remarks_and_are_found_there(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    mayo = loaded(read, delivery(), "ofac_sdn").of("ofac-7226")
    assert mayo["weakAlias"] == ["El Mayo", "Mayo"]
    assert mayo["name"] == ["ZAMBADA GARCIA, Ismael"]
    assert (mayo["lastName"], mayo["firstName"]) == (["ZAMBADA GARCIA"], ["Ismael"])
    assert (mayo["birthDate"], mayo["birthPlace"], mayo["birthCountry"]) == (
        ["1948"],
        ["Sinaloa, Mexico"],
        ["mx"],
    )
    assert (mayo["nationality"], mayo["gender"]) == (["mx"], ["male"])


def test_papers_become_typed_values_and_keep_their_text(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    found = loaded(read, delivery(), "ofac_sdn")
    elvis = found.of("ofac-20113")
    assert elvis["birthDate"] == ["1980-10-12", "1979-03-18"]
    assert elvis["curpCode"] == ["GOVE801012HMNNLL03", "TACA790318HJCPSL08"]
    assert elvis["idNumber"] == ["TPCSAL79031814H401"]
    assert found.of("ofac-7163")["rfcCode"] == ["AUAM530929"]
    assert found.facts["rfcCode incomplete"] == 1
    originals = {claim[4] for claim in found.claims if claim[2] == "rfcCode"}
    assert "R.F.C. AUAM-530929 (Mexico)" in originals


def test_a_link_reaches_the_entry_it_names_or_stays_as_text(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    found = loaded(read, delivery(), "ofac_sdn")
    assert found.of("ofac-link-20113-17671") == {
        "subject": ["ofac-20113"],
        "object": ["ofac-17671"],
        "role": ["Linked To"],
    }
    assert found.of("ofac-20113")["notes"] == ["Linked To: LOS CUINIS"]
    assert found.facts["links found by name"] == 1
    assert found.facts["links not found: none"] == 3
    assert found.facts["rows with Linked To"] == 3


def test_a_link_may_name_an_alias_of_the_same_delivery(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    row = (
        '1,"X, Y","individual","SDNTK",' + "-0- ," * 7 + '"Linked To: CJNG; Linked To: EL MAYO."\n'
    )
    found = loaded(read, delivery(sdn=SDN + row), "ofac_sdn")
    assert found.of("ofac-link-1-17671")
    assert found.of("ofac-link-1-7226")
    assert found.facts["links found by alias"] == 2


def test_an_ambiguous_link_is_not_guessed(delivery: Callable[..., Path], read: type[Read]) -> None:
    twin = '1,"CARTEL DE JALISCO NUEVA GENERACION",-0- ,"SDNTK",' + "-0- ," * 7 + "-0- \n"
    found = loaded(read, delivery(sdn=SDN + twin), "ofac_sdn")
    assert found.facts["links not found: ambiguous"] == 1
    assert not found.of("ofac-link-20113-17671")


def test_a_vessel_keeps_flag_tonnage_and_former_flags(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    found = loaded(read, delivery(), "ofac_sdn")
    ship = found.of("ofac-15036")
    assert found.schema("ofac-15036") == {"Vessel"}
    assert (ship["imoNumber"], ship["mmsi"], ship["callSign"], ship["flag"]) == (
        ["9187629"],
        ["572469210"],
        ["T2EU4"],
        ["ir"],
    )
    assert (ship["tonnage"], ship["grossRegisteredTonnage"]) == (["99144"], ["56068"])
    assert ship["previousName"] == ["ALPHA"]
    assert "alt. Former Vessel Flag Tuvalu" in ship["notes"]
    assert found.of("ofac-sanction-15036")["reason"] == [
        "Additional Sanctions Information - Subject to Secondary Sanctions"
    ]


def test_crypto_addresses_are_things_of_their_own_that_the_entry_holds(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    found = loaded(read, delivery(), "ofac_sdn")
    wallet = found.of("ofac-wallet-ZEC-t1MMXtBrSp1XG38Lx9cePcNUCJj5vdWfUWL")
    assert wallet == {
        "publicKey": ["t1MMXtBrSp1XG38Lx9cePcNUCJj5vdWfUWL"],
        "currency": ["ZEC"],
        "holder": ["ofac-31164"],
    }
    assert found.of("ofac-31164")["email"] == ["Africonline@protonmail.com"]


def test_two_entries_under_one_number_are_two_things(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    # The list of 31 January 2022 gives 2677 to a man and to a firm.
    rows = '2677,"A, B","individual","SDGT",' + "-0- ," * 7 + "-0- \n"
    rows += '2677,"HAMER AND NAIL CONSTRUCTION LIMITED",-0- ,"SDGT",' + "-0- ," * 7 + "-0- \n"
    found = loaded(read, delivery(sdn=rows), "ofac_sdn")
    assert found.schema("ofac-2677") == {"Person"}
    assert found.schema("ofac-2677-2") == {"Company"}
    assert found.facts["numbers given twice"] == 1


def test_aliases_and_addresses_of_unlisted_numbers_are_kept_and_counted(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    root = delivery()
    aliases, addresses = loaded(read, root, "ofac_alt"), loaded(read, root, "ofac_add")
    assert aliases.of("ofac-17671") == {"alias": ["CJNG"], "previousName": ["LOS MATA ZETAS"]}
    assert aliases.of("ofac-99001") == {"alias": ["NEWER"]}
    assert (aliases.facts["orphan rows"], aliases.facts["orphan entries"]) == (1, 1)
    assert addresses.of("ofac-99001") == {
        "address": ["1 Main St, Laredo, TX, United States"],
        "country": ["us"],
    }
    assert addresses.facts["orphan rows"] == 1
    assert addresses.facts["addresses without content"] == 1
    assert addresses.of("ofac-7156")["notes"] == ["country: undetermined"]


def test_a_mexican_address_finds_its_municipality_or_its_state(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    found = loaded(read, delivery(), "ofac_add")
    places = {key: found.of(f"ofac-{key}").get("place") for key in (17671, 7226, 20113)}
    assert places == {17671: ["14039"], 7226: ["25006"], 20113: ["14999"]}


def test_orphans_are_counted_against_the_latest_list_before_them(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    delivery("2021-08-18", sdn=SDN.splitlines()[0] + "\n", alt="", add="")
    delivery("2024-05-03", alt="", add="")
    root = delivery("2025-12", sdn="")
    found = loaded(read, root, "ofac_alt")
    assert found.context.file.published == "2025-12"
    assert found.context.file.siblings["earlier"].parent.name == "2024-05-03"
    assert found.facts["orphan rows"] == 1
    assert found.schema("ofac-17671") == {"Organization"}


CUT = '5,"A, B","individual","SDNTK",' + "-0- ," * 7 + '"DOB 1970; Cedula No. 123"\n'


def test_an_overflow_joins_the_piece_that_was_cut(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    root = delivery(sdn=CUT, sdn_comments='5,"45 (Colombia); Gender Male."\n')
    entry, rest = loaded(read, root, "ofac_sdn"), loaded(read, root, "ofac_comments")
    assert entry.of("ofac-5")["birthDate"] == ["1970"]
    assert "idNumber" not in entry.of("ofac-5")
    assert rest.of("ofac-5") == {"idNumber": ["12345"], "gender": ["male"]}


def test_an_overflow_alone_keeps_its_half_piece_as_a_note(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    root = delivery(sdn="", alt="", add="", sdn_comments='5,"45 (Colombia); Gender Male."\n')
    rest = loaded(read, root, "ofac_comments")
    assert rest.of("ofac-5")["notes"][0] == "45 (Colombia)"
    assert rest.facts["orphan rows"] == 1


def test_a_remark_cut_without_its_overflow_keeps_half_a_number_out(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    text = f"DOB 1970; POB {'x' * 969}; Cedula No. 1234"
    assert len(text) == 1000
    row = '5,"A, B","individual","SDNTK",' + "-0- ," * 7 + f'"{text}"\n'
    found = loaded(read, delivery(sdn=row), "ofac_sdn")
    assert found.facts["remarks cut"] == 1
    assert "idNumber" not in found.of("ofac-5")


def test_bad_rows_are_kept_with_their_lines(
    delivery: Callable[..., Path], read: type[Read]
) -> None:
    rows = SDN.splitlines(keepends=True)
    broken = rows[0] + "x,y\r\n" + rows[1].replace("7226", "abc") + rows[2]
    found = loaded(read, delivery(sdn=broken), "ofac_sdn")
    assert [r.line for r in found.rejects] == [2, 3]
    assert found.rows == 4


def test_every_file_of_a_delivery_is_recognised_and_no_other(delivery: Callable[..., Path]) -> None:
    root = delivery(sdn_comments='5,"x"\n')
    (root / "2024-05-03" / "readme.txt").write_text("x")
    files, others = find_all(root, SOURCES)
    assert [f.source for f in files] == ["ofac_sdn", "ofac_comments", "ofac_add", "ofac_alt"]
    assert [path.name for path in others] == ["readme.txt"]


def test_firms_are_told_from_other_bodies_by_their_legal_form() -> None:
    for name in (
        "LANDMATICS SARL",
        "ACME S.A. DE C.V.",
        "X TRADING CO., LTD.",
        "OOO ROGA",
        "J & P ADVERTISING, S.A. DE C.V.",
        "TEMPBANK PJSC",
    ):
        assert schema_of("-0- ", name) == "Company"
    assert schema_of("-0- ", "LOS CUINIS") == "Organization"
    assert schema_of("individual", "COMPANY, Ltd") == "Person"


@pytest.mark.parametrize(
    ("piece", "kind", "prop", "value"),
    [
        ("DOB circa 1951", "prop", "birthDate", "1951"),
        ("DOB 1971 to 1973", "prop", "birthDate", "1971/1973"),
        ("alt. nationality Korea, North", "prop", "nationality", "kp"),
        ("Passport G025057 (Mexico) issued 23 Jun 1999 expires 05 Feb 2004", "prop",
         "passportNumber", "G025057"),
        ("SSN 523-33-8386 (United States)", "prop", "socialSecurityNumber", "523-33-8386"),
        ("Tax ID No. EKU9003173C9 (Mexico)", "prop", "rfcCode", "EKU9003173C9"),
        ("NIT # 800146749-7 (Colombia)", "prop", "taxNumber", "800146749-7"),
        ("Folio Mercantil No. 343997 (Mexico) issued 14 Dec 2005", "prop", "registrationNumber",
         "343997"),
        ("Legal Entity Number 253400WSS48YWMBUA688", "prop", "leiCode", "253400WSS48YWMBUA688"),
        ("Phone Number 982188526300", "prop", "phone", "982188526300"),
        ("Website www.hib.uk.com", "prop", "website", "http://www.hib.uk.com"),
        ("Organization Established Date 21 Mar 2017", "prop", "incorporationDate", "2017-03-21"),
        ("Listing Date (EO 14024 Directive 2): 24 Feb 2022", "sanction", "listingDate",
         "2022-02-24"),
        ("Quantum Widget 77 of the realm", "note", "", ""),
    ],
)  # fmt: skip
def test_pieces_of_remarks(piece: str, kind: str, prop: str, value: str) -> None:
    (found, *_) = parse_remarks(piece, "Person")
    assert found.kind == kind
    assert found.text == piece
    if prop:
        assert (found.prop, found.value) == (prop, value)


@given(st.text(max_size=80), st.sampled_from(["Person", "Company", "Vessel", "Airplane"]))
def test_no_remark_breaks_the_reader_or_loses_a_piece(text: str, schema: str) -> None:
    found = parse_remarks(text, schema)
    assert {remark.text for remark in found} == set(split_remarks(text))
    for remark in found:
        if remark.kind == "prop":
            assert remark.prop in get_schema(schema).props
            assert remark.value


@given(
    st.lists(
        st.sampled_from(
            [
                "DOB 1 Jan 1970",
                "a.k.a. 'X",
                "; ",
                "Y'",
                "POB ",
                "Passport ",
                "Linked To: ",
                "alt. ",
                "(Mexico)",
                ".",
                "C.U.R.P. ",
                "IMO 1",
            ]
        ),
        max_size=8,
    ).map("".join)
)
def test_no_mix_of_known_pieces_breaks_the_reader(text: str) -> None:
    assert {r.text for r in parse_remarks(text, "Person")} == set(split_remarks(text))


def test_a_file_named_by_hand_is_found_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "SDN.CSV"
    path.write_text(SDN, newline="")
    (file,) = SOURCES[0].find(path)
    assert isinstance(file, SourceFile)
    assert file.path == path
