"""A name in another script is read in Latin letters, or no list in Latin letters finds it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.resolve.names import by_signs, in_latin, parse_person, tokens, tongues
from puente.resolve.names.damaged import (
    consonants,
    misread,
    skeletons,
    unvowelled,
    ways_to_read,
    without_article,
)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Юрий Щербаков", ("YURII", "SHCHERBAKOV")),
        ("Γεώργιος Παπάς", ("GEORGIOS", "PAPAS")),
        ("ბარაკ", ("BARAK",)),
        ("習近平", ("XI", "JIN", "PING")),
        ("김정은", ("KIM", "JONG", "UN")),
        ("이 광수", ("RI", "KWANG", "SU")),
        ("محمد", ("MHMD",)),
    ],
)
def test_other_scripts_are_read_in_latin_letters(name: str, read: tuple[str, ...]) -> None:
    assert tokens(name) == read


def test_a_latin_word_is_left_as_it_is() -> None:
    assert in_latin("PENA") == ("PENA",)
    assert tokens("Peña") == ("PENA",)


def test_letters_that_pose_as_latin_are_not_read_by_their_sound() -> None:
    # Cyrillic Р is R by sound and P by look; in a word with Latin letters it is meant as P.
    assert tokens("Рeña Lóрez") == ("PENA", "LOPEZ")


def test_only_names_in_signs_are_told_to_sound_like_many_others() -> None:
    assert by_signs("王伟")
    assert by_signs("김철")
    assert not by_signs("Юрий")
    assert not by_signs("Peña")


def test_roles_are_told_in_another_script_too() -> None:
    name = parse_person("Мария Гарсия")
    assert (name.given, name.paternal) == (("MARIYA",), "GARSIYA")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text_has_words_and_reading_them_again_changes_nothing(text: str) -> None:
    words = tokens(text)
    assert all(words)
    assert tokens(" ".join(words)) == words or not " ".join(words).isascii()


def test_a_name_is_known_in_its_other_spellings() -> None:
    assert {"MUHAMMAD", "MEHMET"} <= set(tongues("MOHAMED"))
    assert "SERHIY" in tongues("SERGEI")
    assert "SERGEI" in tongues("SERHIY")
    assert tongues("XOCHIHUA") == ()


def test_arabic_letters_and_latin_ones_have_their_consonants_in_common() -> None:
    assert consonants("MHMD") == consonants("MUHAMMAD") == consonants("MOHAMED")
    assert consonants("HSYN") == consonants("HUSSEIN")
    assert unvowelled("GARZA") == ""
    assert unvowelled("MHMD") == consonants("MHMD")


def test_what_damage_leaves_of_a_word() -> None:
    assert {"GZMN"} <= set(skeletons("GUZMAN"))
    assert "HMD" in skeletons("AHMAD")
    assert "GONZALEZ" in misread("G0NZALEZ")
    assert without_article("ALMADANI") == ("MADANI",)
    assert without_article("ALBA") == ()


def test_a_name_cut_by_a_form_is_read_without_its_stump() -> None:
    assert "TORO DIAZ Diana" in ways_to_read("TORO DIAZ Diana Lo")
    assert ways_to_read("Li Wu An") == ("Li Wu An",)
    assert "KIM Su Il" in ways_to_read("KIMSu Il")
