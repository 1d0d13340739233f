"""Every coded thing has its word, and every word that comes from the schemata can be translated."""

from __future__ import annotations

from puente.model.provenance import Credibility, RecordClass, Reliability
from puente.model.schema import all_schemata
from puente.web import words


def test_every_label_of_the_schemata_is_listed_for_translation() -> None:
    labels = {schema.label for schema in all_schemata().values()}
    labels |= {prop.label for schema in all_schemata().values() for prop in schema.props.values()}
    assert labels - set(words._SCHEMA_LABELS) == set()


def test_every_grade_and_class_has_words() -> None:
    for reliability in Reliability:
        for credibility in Credibility:
            assert "not graded" not in words.grade_meaning(reliability, credibility)
    for name in RecordClass:
        assert words.record_class_label(name) != name or name in {"fact", "tip"}


def test_no_verdict_convicts() -> None:
    for code in ("same", "possible", "kin", "not"):
        held = words.verdict(code)
        assert held.word
        assert held.meaning
        assert "match" not in held.word or "not judged" in held.word


def test_an_unknown_marking_is_shown_as_the_strictest() -> None:
    assert words.tlp_class("TLP:AMBER+STRICT//REL MX US") == "tlp-amber"
    assert words.tlp_class("SECRET") == "tlp-red"
