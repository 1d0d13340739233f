"""A record whose origin in law no one can name can be used in no court."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from puente.ingest.sources import all_sources

if TYPE_CHECKING:
    from puente.ingest.source import Source

PUBLISHED = {"public_list", "sanctions"}
SOURCES = [source for source in all_sources() if source.info.record_class not in PUBLISHED]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.info.name)
def test_every_source_says_by_what_law_it_is_held_and_how_it_came_about(source: Source) -> None:
    info = source.info
    assert info.legal_basis.strip(), f"{info.name} names no legal_basis"
    assert info.obtained.strip(), f"{info.name} does not say how its records were obtained"


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) >= 15
