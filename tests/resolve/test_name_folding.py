"""What looks alike is compared alike; what a listed name is disguised by does not help it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.resolve.names import fold, phonetic, tokens

TEXTS = st.text(max_size=40)
WORDS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  Núñez   Peña ", "NUNEZ PENA"),
        ("O'Brien-Smith", "OBRIEN SMITH"),
        ("S.A. de C.V.", "S A DE C V"),
        ("Ｇｕｚｍáｎ", "GUZMAN"),
        ("Straße", "STRASSE"),
        ("Łukasz Bjørn", "LUKASZ BJORN"),
        ("МАРИЯ", "МАРИЯ"),
        ("علي", "علي"),
        ("रजनी", "रजनी"),
        ("2º", "2O"),
        ("", ""),
        ("\x00", ""),
        ("...", ""),
    ],
)
def test_spellings_of_one_name_fold_to_one(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    "disguised",
    [
        "Guzmа́n Loera",
        "Guz\u200bman Loera",
        "Gu\u00adzman L\u2060oera",
        "GUZΜΑΝ LΟΕRΑ",
        "ＧＵＺＭＡＮ Loera",
    ],
)
def test_letters_of_other_scripts_and_invisible_ones_do_not_hide_a_name(disguised: str) -> None:
    assert fold(disguised) == "GUZMAN LOERA"


@pytest.mark.parametrize("damaged", ["PE#A", "PE¥A", "PE¤A", "PEÃ‘A", "PE\ufffdA", "Peña"])
def test_an_enye_lost_to_an_old_code_page_is_found_again(damaged: str) -> None:
    assert fold(damaged) == "PENA"


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert tokens(text) == tokens(once)
    if once.isascii():
        assert tokens(text) == tuple(once.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CEBALLOS", "ZEVALLOS"), ("HERNANDEZ", "ERNANDES"), ("XIMENEZ", "JIMENES"),
        ("GIMENEZ", "JIMENEZ"), ("QUINTERO", "KINTERO"), ("OSWALDO", "OSVALDO"),
        ("ASCENCIO", "ASENSIO"), ("LLAMAS", "YAMAS"), ("RUBI", "RUBY"), ("STEFANY", "ESTEFANI"),
        ("PHILIPE", "FILIPE"), ("ZANBRANO", "ZAMBRANO"), ("HIERRO", "YERRO"),
    ],
)  # fmt: skip
def test_names_that_sound_alike_in_mexico_have_one_sound(one: str, other: str) -> None:
    assert phonetic(one) == phonetic(other)


@pytest.mark.parametrize(
    ("one", "other"), [("GUERRA", "JERA"), ("CHAVEZ", "SAVEZ"), ("MORA", "MOYA"), ("RUIZ", "LUIS")]
)
def test_names_that_sound_different_keep_their_sounds(one: str, other: str) -> None:
    assert phonetic(one) != phonetic(other)


@given(WORDS)
@settings(max_examples=400, deadline=None)
def test_the_sound_of_a_sound_is_itself_and_never_nothing(word: str) -> None:
    heard = phonetic(word)
    assert heard
    assert phonetic(heard) == heard


def test_a_word_of_another_script_has_no_spanish_sound() -> None:
    assert phonetic("МАРИЯ") == "МАРИЯ"
