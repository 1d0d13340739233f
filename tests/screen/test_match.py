"""What screening answers: damaged names found, kin and namesakes told apart, no name alone enough.

All entries are made up; the identifiers carry check digits computed for names nobody bears.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.model.ids import curp_check_digit, rfc_check_digit
from puente.screen.entry import ListEntry, Query
from puente.screen.match import Screener, is_alert

CURP = "PEXR710203HSLXYN0"
CURP += curp_check_digit(CURP)
TWIN_CURP = "PEXR710203HSLXYN1"
TWIN_CURP += curp_check_digit(TWIN_CURP)
OTHER_CURP = "PEXR650914HJCXYN0"
OTHER_CURP += curp_check_digit(OTHER_CURP)
RFC = "AZU100101AB"
RFC += rfc_check_digit(RFC + "0")


def person(number: int, *names: str, **more: object) -> ListEntry:
    return ListEntry(
        entity_id=f"p{number}",
        list="made_up",
        schema="Person",
        names=names,
        programs=("TAG",),
        **more,
    )  # type: ignore[arg-type]


ENTRIES = [
    person(1, "PEÑA XOCHIHUA, Renato", "PENA, El Renacuajo", birth_dates=("1971-02-03",),
           countries=("mx",), genders=("male",), curps=(CURP,), weak_names=("EL ALACRAN",)),
    person(2, "HERNANDEZ QUIÑONEZ, Jesus Alberto", birth_dates=("1980",), countries=("mx",)),
    person(3, "DE LA CRUZ ZEVALLOS, Maria Guadalupe", genders=("female",)),
    person(4, "LOPEZ ARANDA, Jose Luis"),
    person(5, "AL-RASHIDI, Yusuf Hamdan"),
    ListEntry(entity_id="c1", list="made_up", schema="Company",
              names=("TRANSPORTES ZULOAGA DEL NORTE, S.A. DE C.V.",), rfcs=(RFC,)),
    ListEntry(entity_id="c2", list="made_up", schema="Organization", names=("GRUPO ALMENARA 3",)),
    ListEntry(entity_id="v1", list="made_up", schema="Vessel", names=("SEA ALMENARA",)),
]  # fmt: skip


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(ENTRIES)


def ask(screener: Screener, name: str, *, weak: bool = False, **more: object) -> dict[str, str]:
    query = Query(id="q", names=(name,), **more)  # type: ignore[arg-type]
    return {hit.entity_id: hit.verdict for hit in screener.match([query], weak=weak)[0]}


@pytest.mark.parametrize(
    "name",
    [
        "Renato Peña Xochihua", "PENA XOCHIHUA RENATO", "xochihua, renato peña",
        "Ing. Renato Peña Xochihua Jr.", "R. Peña Xochihua", "Renato Pena", "Rentao Peña Xochihua",
        "Renato Pe\u200bña Xochihua", "Rеnаtо Реñа Хосhihuа", "RENATO PE#A XOCHIHUA",
        "Renato PeñaXochihua", "Re nato Peña Xochi hua", "Rnto Pñ Xchhua", "R3nat0 Peña X0chihua",
        "Renato Peña Xochih", "Renatto Penia Xochiua", "Renato Xochihua",
        "Jesus A. Hernandez Quinonez", "Chuy Hernandez Quinones", "JESUS ALBERTO HDEZ. QUINONEZ",
        "Beto Ernandes Kinones", "Ma. Gpe. de la Cruz Zevallos", "Lupita Delacruz Ceballos",
        "Yousuf al Rashidi", "ALRASHIDI Yusuf H.",
    ],
)  # fmt: skip
def test_a_listed_person_is_found_however_the_name_is_damaged(
    screener: Screener, name: str
) -> None:
    assert "possible" in ask(screener, name).values()


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("Renato Xochihua Peña", "p1"),
        ("XOCHIHUA PEÑA, Renato", "p1"),
        ("Jesus Alberto Quiñonez Hernandez", "p2"),
        ("Maria Guadalupe Zevallos de la Cruz", "p3"),
    ],
)
def test_exchanged_surnames_are_another_person(screener: Screener, name: str, entry: str) -> None:
    assert ask(screener, name, schema="Person") == {entry: "not"}


def test_surnames_exchanged_in_a_name_written_backwards_are_only_doubted(
    screener: Screener,
) -> None:
    assert ask(screener, "XOCHIHUA PEÑA RENATO") == {"p1": "possible"}


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("Marcela Hernandez Quiñonez", "p2"),
        ("HERNANDEZ QUIÑONEZ, Ramiro", "p2"),
        ("Rosa Elena de la Cruz Zevallos", "p3"),
        ("Jose Antonio Lopez Aranda", "p4"),
        ("LOPEZ ARANDA JOSE ANTONIO", "p4"),
        ("Josue Lopez Aranda", "p4"),
    ],
)
def test_same_two_surnames_and_another_given_name_are_kin(
    screener: Screener, name: str, entry: str
) -> None:
    found = screener.match([Query(id="q", names=(name,))], cutoff=0.3)[0]
    assert {h.verdict for h in found if h.entity_id == entry} == {"kin"}
    assert not is_alert([h for h in found if h.entity_id == entry], 0.3)


def test_part_of_a_compound_given_name_is_no_kin(screener: Screener) -> None:
    assert ask(screener, "Luis Lopez Aranda") == {"p4": "possible"}
    assert ask(screener, "Jose Lopez Aranda") == {"p4": "possible"}


# --- particulars -------------------------------------------------------------------------------


def test_a_birth_date_to_the_day_makes_a_name_the_same(screener: Screener) -> None:
    assert ask(screener, "Renato Peña Xochihua", birth_dates=("1971-02-03",)) == {"p1": "same"}


def test_a_birth_year_alone_does_not(screener: Screener) -> None:
    assert ask(screener, "Renato Peña Xochihua", birth_dates=("1971",)) == {"p1": "possible"}
    assert ask(screener, "Jesus Alberto Hernandez Quiñonez", birth_dates=("1980-05-06",)) == {
        "p2": "possible"
    }


def test_another_birth_date_rules_a_namesake_out(screener: Screener) -> None:
    assert (
        "possible"
        not in ask(screener, "Renato Peña Xochihua", birth_dates=("1990-07-20",)).values()
    )


def test_a_slip_in_the_birth_date_leaves_it_possible(screener: Screener) -> None:
    assert ask(screener, "Renato Peña Xochihua", birth_dates=("1971-03-02",)) == {"p1": "possible"}


def test_a_birth_date_does_not_make_another_name_the_same(screener: Screener) -> None:
    assert "same" not in ask(screener, "Renato Soto", birth_dates=("1971-02-03",)).values()


def test_a_shared_curp_decides_and_finds_a_name_that_nobody_would(screener: Screener) -> None:
    assert ask(screener, "Renato Pena", curps=(CURP,)) == {"p1": "same"}
    assert ask(screener, "Zacarias Urrutia", curps=(CURP,)) == {"p1": "possible"}


def test_another_curp_rules_a_namesake_out(screener: Screener) -> None:
    assert "possible" not in ask(screener, "Renato Peña Xochihua", curps=(OTHER_CURP,)).values()


def test_a_curp_that_differs_only_in_the_sign_for_namesakes_leaves_it_possible(
    screener: Screener,
) -> None:
    assert ask(screener, "Renato Peña Xochihua", curps=(TWIN_CURP,)) == {"p1": "possible"}


def test_the_birth_date_and_sex_inside_a_curp_count() -> None:
    entry = person(9, "SOTO ZARCO, Renata", birth_dates=("1971-02-03",), genders=("female",))
    hits = Screener([entry]).match([Query(id="q", names=("Renata Soto Zarco",), curps=(CURP,))])[0]
    told = {part["part"]: part["effect"] for part in hits[0].why}
    assert told["date of birth in the CURP"] == "same day"
    assert told["sex in the CURP"] == "speaks against"
    assert hits[0].verdict != "same"


def test_a_shared_rfc_is_the_same_firm_under_any_name(screener: Screener) -> None:
    assert ask(screener, "Fletes Urrutia", schema="Company", rfcs=(RFC,)) == {"c1": "same"}


def test_what_is_not_known_is_held_against_nobody(screener: Screener) -> None:
    bare = screener.match([Query(id="q", names=("Maria Guadalupe de la Cruz Zevallos",))])[0][0]
    more = screener.match(
        [
            Query(
                id="q",
                names=("Maria Guadalupe de la Cruz Zevallos",),
                birth_dates=("1990-01-01",),
                countries=("mx",),
                curps=(CURP.replace("H", "M"),),
            )
        ]
    )[0][0]
    assert (bare.verdict, more.verdict) == ("possible", "possible")
    assert more.score == bare.score


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_name_alone_never_yields_same(data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(ENTRIES))
    name = data.draw(st.sampled_from(entry.names + entry.weak_names))
    cut = data.draw(st.integers(0, 4))
    schema = data.draw(st.sampled_from(["", entry.schema]))
    screener = Screener(ENTRIES)
    hits = screener.match(
        [Query(id="q", names=(name[cut:],), schema=schema, countries=entry.countries,
               genders=entry.genders)],
        cutoff=0.0, weak=True,
    )[0]  # fmt: skip
    assert "same" not in {hit.verdict for hit in hits}
    assert all(0 <= hit.score <= 1 for hit in hits)


# --- firms, things, aliases --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("Transportes Zuloaga del Norte", "possible"),
        ("TRANSPORTES ZULOAGA DEL NORTE SA CV", "possible"),
        ("Transportes Zuluaga del Norte, S. de R.L.", "possible"),
        ("Zuloaga del Norte Transportes", "possible"),
        ("Transportes Urrutia del Norte, S.A. de C.V.", None),
    ],
)
def test_a_firm_is_found_by_its_distinctive_words(
    screener: Screener, name: str, verdict: str | None
) -> None:
    for schema in ("", "Company"):
        found = ask(screener, name, schema=schema)
        assert found.get("c1") in ({verdict} if verdict else {None, "not"})


def test_firms_that_differ_in_a_number_are_siblings(screener: Screener) -> None:
    assert ask(screener, "Grupo Almenara 3", schema="Company") == {"c2": "possible"}
    assert ask(screener, "Grupo Almenara 7", schema="Company").get("c2") != "possible"


def test_a_firm_is_never_answered_with_a_ship_or_a_person(screener: Screener) -> None:
    assert set(ask(screener, "Sea Almenara", schema="Vessel")) == {"v1"}
    assert "v1" not in ask(screener, "Almenara", schema="Company")


def test_weak_aliases_are_looked_at_only_when_asked_for(screener: Screener) -> None:
    assert ask(screener, "El Alacrán") == {}
    hits = screener.match([Query(id="q", names=("El Alacrán",))], weak=True)[0]
    assert [(h.entity_id, h.verdict) for h in hits] == [("p1", "possible")]
    assert hits[0].why[0]["part"] == "weak alias"


def test_entries_removed_from_a_list_and_ones_own_are_not_answered() -> None:
    gone = person(1, "PEÑA XOCHIHUA, Renato", current=False)
    assert Screener([gone]).match([Query(id="q", names=("Renato Peña Xochihua",))]) == [[]]
    own = Query(id="q", names=("Renato Peña Xochihua",), not_ids=frozenset({"p1"}))
    assert Screener(ENTRIES).match([own]) == [[]]
    listed = Query(id="q", names=("Renato Peña Xochihua",), not_lists=frozenset({"made_up"}))
    assert Screener(ENTRIES).match([listed]) == [[]]


# --- the answer --------------------------------------------------------------------------------


def test_every_hit_says_what_was_compared_and_with_what_effect(screener: Screener) -> None:
    query = Query(id="q", names=("Renato Pena",), birth_dates=("1971",), countries=("mx",))
    hit = screener.match([query])[0][0]
    told = {part["part"]: (part["asked"], part["listed"], part["effect"]) for part in hit.why}
    assert told["given name"] == ("RENATO", "RENATO", "supports")
    assert told["paternal surname"] == ("PENA", "PENA", "supports")
    assert told["maternal surname"] == ("", "XOCHIHUA", "not given")
    assert told["date of birth"] == ("1971", "1971-02-03", "agrees as far as it goes")
    assert told["country"] == ("mx", "mx", "supports")
    assert set(hit.as_json()) == {
        "entity_id",
        "score",
        "name",
        "list",
        "programs",
        "verdict",
        "why",
        "likeness",
        "ofac_score",
        "method",
    }


def test_answers_do_not_depend_on_company_or_order(screener: Screener) -> None:
    queries = [
        Query(id=str(n), names=(name,))
        for n, name in enumerate(
            ["Renato Pena", "Jose Lopez", "Zuloaga del Norte", "Nadie Conocido", "Chuy Hernandez"]
        )
    ]
    together = screener.match(queries)
    assert [screener.match([q])[0] for q in queries] == together
    assert Screener(ENTRIES[::-1]).match(queries) == together


HOSTILE = [
    "", " ", "\0", "\x1b[31m", "'; DROP TABLE entries; --", "{{7*7}}", "%s%n", "🙂🙂🙂",
    "\u202eodnaced", "A" * 20_000, " ".join(["Juan"] * 3_000), "\ud800", "٠١٢٣", "田中太郎", "محمد",
    "ﷺ", "...", "-0-",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_answered_with_nothing_and_breaks_nothing(
    screener: Screener, name: str
) -> None:
    assert ask(screener, name, weak=True) == {}


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_asked_for(name: str) -> None:
    Screener(ENTRIES[:2]).match([Query(id="q", names=(name,))], weak=True)


def test_no_list_and_no_question_are_no_error() -> None:
    assert Screener([]).match([Query(id="q", names=("Renato Pena",))]) == [[]]
    assert Screener(ENTRIES).match([]) == []
    assert Screener(ENTRIES).match([Query(id="q", names=())]) == [[]]
