"""What one name says of another: kin, exchanged surnames, sibling firms, scripts, score and method.

All entries are made up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.screen.calibration import (
    METHOD,
    at_share,
    likeness_of,
    moved,
    probability_of,
)
from puente.screen.entry import ListEntry, Query
from puente.screen.match import CUTOFF, Screener, is_alert
from puente.screen.ofac_parity import ofac_score, soundex

if TYPE_CHECKING:
    from puente.screen.judge import Hit


def one(name: str, schema: str = "Person", **more: object) -> Screener:
    entry = ListEntry(entity_id="e", list="made_up", schema=schema, names=(name,), **more)  # type: ignore[arg-type]
    return Screener([entry])


def hit(screener: Screener, name: str, schema: str = "Person", **more: object) -> Hit | None:
    query = Query(id="q", names=(name,), schema=schema, **more)  # type: ignore[arg-type]
    found = screener.match([query])[0]
    return found[0] if found else None


def verdict(listed: str, asked: str, schema: str = "Person") -> str:
    found = hit(one(listed, schema), asked, schema)
    return found.verdict if found else "none"


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("DE LA O XOCHIHUA, Renato", "Renato Xochihua de la O"),
        ("MONTES DE OCA ZULOAGA, Irma", "Irma Zuloaga Montes de Oca"),
        ("DE LOS SANTOS SANTOS, Ramón", "Ramón Santos de los Santos"),
        ("CORTÉS CORTEZ, Jesús", "Cortez Cortés, Jesús"),
        ("ABDULLAH BIN OMAR AL-RASHIDI", "OMAR BIN ABDULLAH AL-RASHIDI"),
    ],
)
def test_exchanged_names_are_another_person(listed: str, asked: str) -> None:
    assert verdict(listed, asked) == "not"


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("SANTOS ZULOAGA, Héctor", "Tito Santos Zuloaga"),
        ("DE LA O XOCHIHUA, Renato", "Renato delaO Xochihua"),
        ("DÍAZ DE LA TORRE, Margarita", "Margarita Díaz"),
        ("AL-MADANI, Yusuf", "Yousef ALMADANI"),
        ("KHALED, Abdulbaqi Mohammed", "KHALED, Abdulbaqi Mo"),
        ("SHCHERBAKOV, Yuri", "Юрий Щербаков"),
        ("HUSSEIN ALSHAMMARI, Muhammad", "محمد حسين الشمري"),
        ("KIM, Jong Chol", "김정철"),
        ("ZULOAGA LOERA, Joaquin", "Хоакин Сулоага Лоэра"),
        ("MUHAMMAD AL-SHAMMARI, Khalid", "Haled Mehmet al Shammari"),
    ],
)
def test_one_person_written_otherwise_is_possible(listed: str, asked: str) -> None:
    assert verdict(listed, asked) == "possible"


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("SOTO XOCHIHUA, Mario", "Martina Soto"),
        ("CASTRO XOCHIHUA, Raúl", "Raúl Castillo Xochihua"),
        ("JOHNSON, Mary Susan", "Shirley Johnson"),
        ("ZULOAGA, Cristiano Ronaldo", "Cristiano Ronaldinho"),
    ],
)
def test_names_that_only_begin_alike_raise_no_alert(listed: str, asked: str) -> None:
    found = one(listed).match([Query(id="q", names=(asked,), schema="Person")])[0]
    assert not is_alert(found)


def test_kin_are_told_with_a_score_that_says_they_are_not_the_one() -> None:
    found = hit(one("XOCHIHUA ZULOAGA, Renato Aurelio"), "Maria Elena Xochihua Zuloaga")
    assert found is not None
    assert found.verdict == "kin"
    assert found.score < CUTOFF


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("FONDO ALMENARA II, S.A. DE C.V.", "Fondo Almenara III SA de CV"),
        ("TRANSPORTES ZULOAGA DEL NORTE", "Transportes Arizpe del Norte"),
    ],
)
def test_sibling_firms_are_told_apart(listed: str, asked: str) -> None:
    assert verdict(listed, asked, "Company") in {"not", "none"}


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("ALMENARA AG", "Almenara Aktiengesellschaft"),
        ("OAO ZULOAGA", "Open Joint Stock Company Zuloaga"),
        ("VALPARK ALMENARA, S.A. DE C.V.", "VALPARK ALMENARA, S.A. DEC.V."),
    ],
)
def test_a_legal_form_written_out_is_no_other_firm(listed: str, asked: str) -> None:
    assert verdict(listed, asked, "Company") == "possible"


def test_a_short_name_is_not_taken_for_a_legal_form() -> None:
    assert verdict("KIM, Song Chol", "KIM SONG MIN") in {"none", "not"}


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "told"),
    [
        ("1971-02-03", "same"),
        ("1971-03-02", "possible"),
        ("1971-02-13", "possible"),
        ("1972-02-03", "possible"),
        ("1971-01-01", "possible"),
        ("1971-10-27", "not"),
        ("1990-10-27", "not"),
    ],
)
def test_a_slip_in_a_date_is_forgiven_and_a_namesakes_birthday_is_not(born: str, told: str) -> None:
    screener = one("PEÑA XOCHIHUA, Renato", birth_dates=("1971-02-03",))
    found = hit(screener, "Renato Peña Xochihua", birth_dates=(born,))
    assert found is not None
    assert found.verdict == told


# --- score --------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_the_likelier_name_never_has_the_lower_probability(one_: float, other: float) -> None:
    low, high = sorted((one_, other))
    assert probability_of(low) <= probability_of(high) + 1e-12
    assert 0 < probability_of(low) < 1


@settings(max_examples=100, deadline=None)
@given(st.floats(0.001, 0.99))
def test_the_likeness_of_a_probability_gives_it_back(probability: float) -> None:
    assert probability_of(likeness_of(probability)) == pytest.approx(probability, abs=1e-6)


def test_particulars_move_the_score_by_their_weight_and_no_weight_leaves_it() -> None:
    assert moved(0.3, 0.0) == 0.3
    assert moved(0.3, 2.0) > 0.3 > moved(0.3, -2.0)


def test_a_score_is_worth_less_where_fewer_are_listed() -> None:
    assert at_share(0.9, 500_000) == pytest.approx(0.9)
    assert at_share(0.9, 10) == pytest.approx(9e-5, rel=0.01)
    assert at_share(0.99, 1_000) > at_share(0.99, 10)


def test_every_answer_names_the_method_the_likeness_and_what_ofac_would_say() -> None:
    found = hit(one("PEÑA XOCHIHUA, Renato"), "Renato Pena Xochihua")
    assert found is not None
    told = found.as_json()
    assert told["method"] == METHOD
    assert told["likeness"] == 1.0
    assert told["ofac_score"] == found.ofac_score > 0.9
    assert found.score >= 0.95


def test_a_name_alone_is_never_the_same() -> None:
    assert verdict("PEÑA XOCHIHUA, Renato", "PEÑA XOCHIHUA, Renato") == "possible"


# --- OFAC's manner ------------------------------------------------------------------------------


def test_soundex_is_the_national_archives() -> None:
    for name, code in (
        ("WASHINGTON", "W252"), ("LEE", "L000"), ("GUTIERREZ", "G362"), ("PFISTER", "P236"),
        ("JACKSON", "J250"), ("TYMCZAK", "T522"), ("ASHCRAFT", "A261"),
    ):  # fmt: skip
        assert soundex(name) == code, name


@pytest.mark.parametrize(
    ("asked", "listed", "shown"),
    [
        ("VLADIMIR PUTIN", "PUTIN, Vladimir", 100),
        ("GEORGE BUSH", "GEORGIOU, Georgios", 86),
        ("GEORGE BUSH", "HASWANI, George", 50),
        ("KIM JONG UN", "KIM, Song Hun", 93),
        ("PUTIN VLADIMIROVICH", "POTANIN, Vladimir Olegovich", 86),
        ("Z", "ALBARRAQ Z", 100),
    ],
)
def test_what_ofacs_own_search_showed_is_met_within_five_points(
    asked: str, listed: str, shown: int
) -> None:
    # Figures of the public tool, as written down in nomenklatura, contrib/ofac2021 (MIT).
    assert abs(100 * ofac_score(asked, listed) - shown) <= 5


def test_ofacs_manner_knows_no_roles_and_ours_does() -> None:
    listed, asked = "PEÑA XOCHIHUA, Renato", "Renato Xochihua Peña"
    assert ofac_score(asked, listed) == 1.0
    assert verdict(listed, asked) == "not"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=25), st.text(max_size=25))
def test_ofacs_score_is_a_share_in_hundredths(left: str, right: str) -> None:
    score = ofac_score(left, right)
    assert 0 <= score <= 1
    assert score == round(score, 2)
