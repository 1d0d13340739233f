"""The official addresses are whole, say what is not verified, and give way to a node's own."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from puente.errors import InvalidData, NotFound
from puente.ingest.fetch_addresses import Listing, choose, load_listings

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = load_listings()


@pytest.mark.parametrize("listing", SHIPPED, ids=lambda item: item.source)
def test_every_listing_says_who_publishes_it_on_what_terms_and_where(listing: Listing) -> None:
    assert all((listing.publisher, listing.title, listing.licence, listing.cadence))
    assert listing.page.startswith("https://")
    assert listing.files or listing.note, "no address, and no word why"
    for address in listing.files:
        assert address.type != "any"
        for url in address.urls:
            parts = urlsplit(url)
            assert (parts.scheme, parts.username, parts.fragment) == ("https", None, "")
        if address.verified != "no":
            assert date(2020, 1, 1) < date.fromisoformat(address.verified) < date(2027, 1, 1)


def test_the_lists_of_the_trade_are_there() -> None:
    files = {item.source: [address.name for address in item.files] for item in SHIPPED}
    assert files["ofac_sdn"] == ["sdn.csv", "add.csv", "alt.csv", "sdn_comments.csv"]
    assert len(files["ofac_cons"]) == 4
    assert files["ofac_sdn_advanced"] == ["sdn_advanced.xml"]
    assert files["ofac_sdn_enhanced"] == ["sdn_enhanced.xml"]
    assert files["ofac_delta"] == [""]
    assert files["un_consolidated"] == ["consolidated.xml"]
    assert files["sat_69b"] == ["Listado_completo_69-B.csv"]
    assert files["envipe"][-1] == "III_denuncia_delito_2025_est.xlsx"
    assert len(files["envipe"]) == 14
    assert files["sesnsp_municipal_2026"] == []


def test_what_was_not_verified_is_said_to_be_so() -> None:
    states = {address.verified == "no" for item in SHIPPED for address in item.files}
    assert states == {True, False}


def test_the_frozen_copy_of_the_tax_list_is_not_used() -> None:
    """It answers still, with a list that ends in 2025: an old list looks like a good one."""
    assert not any("omawww" in url for s in SHIPPED for a in s.files for url in a.urls)


def test_a_publisher_names_all_its_sources_and_a_source_itself() -> None:
    ofac = [item.source for item in choose(SHIPPED, ["ofac"])]
    assert len(ofac) == 7
    assert all(name.startswith("ofac_") for name in ofac)
    both = [item.source for item in choose(SHIPPED, ["sat_69b", "SAT", "un_consolidated"])]
    assert both == ["sat_69b", "un_consolidated"]
    with pytest.raises(NotFound, match=r"'ofca'.*ofac_sdn"):
        choose(SHIPPED, ["ofca"])


def test_a_node_may_lay_its_own_addresses_over_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "sesnsp_municipal_2026:\n"
        "  files: [{url: 'https://example.org/a.zip', type: zip, verified: 2026-10-01}]\n"
        "registry:\n  page: https://example.org\n  files: [{name: r.csv, url: 'https://example.org/r'}]\n"
    )
    found = {item.source: item for item in load_listings(own)}
    assert found["sesnsp_municipal_2026"].publisher == "SESNSP"
    assert found["sesnsp_municipal_2026"].files[0].verified == "2026-10-01"
    assert found["registry"].files[0].verified == "no"
    assert len(found) == len(SHIPPED) + 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", r"own\.yaml, line \d+: not YAML"),
        ("b: {}\na: {note: 2025-02-30}", r"own\.yaml, line 2: not YAML"),
        ("a: {}\nb: {}\na: {note: x}", r"own\.yaml, line 1: .* stand twice"),
        ("- a", "a mapping of source names"),
        ("a: 3", "a: a mapping is needed"),
        ("A-b: {}", "'A-b' cannot name a source"),
        ("truth/x: {}", "cannot name a source"),
        ("a: {fils: []}", "a: unknown key fils"),
        ("a: {files: {}}", None),
        ("a: {files: 3}", "a: `files` is a list"),
        ("a: {files: [x]}", "a: each file is a mapping"),
        ("a: {files: [{name: x}]}", "a: each file needs a url"),
        ("a: {files: [{url: 'https://x', nam: y}]}", "a: unknown key nam"),
        ("a: {files: [{url: 'https://x', type: pdf}]}", "a: type 'pdf'"),
        ("a: {files: [{url: 'https://x', name: ../y}]}", "a: '../y' cannot name a file"),
        ("a: {files: [{url: 'https://x', name: .y}]}", "a: '.y' cannot name a file"),
        ("a: {files: [{url: 'https://x', name: 'b\\y'}]}", "cannot name a file"),
        ("a: {files: [{url: 7}]}", "a: url: 7 is no text"),
        ("a: {files: [{url: 'https://x', typical_mb: big}]}", "a: `typical_mb`"),
        ("a: {files: [{url: 'https://x', verified: yes}]}", "a: `verified`"),
        ("a: {files: [{url: 'https://x', years: 2012}]}", "a: `years`"),
        ("a: {files: [{url: 'https://x', years: [2025, 2012]}]}", "a: `years`"),
        ("a: {files: [{url: 'https://x', optional: 3}]}", "a: `optional`"),
        ("a: {hosts: x.org}", "a: `hosts` is a list"),
        ("a: {together: maybe}", "a: `together`"),
        ("a: {together: true, files: [{url: 'https://x'}]}", "each need a name"),
        (
            "a: {files: [{name: x, url: 'https://x'}, {name: x, url: 'https://y'}]}",
            "two files are called 'x'",
        ),
    ],
)
def test_an_address_that_cannot_be_is_named(
    tmp_path: Path, text: str, complaint: str | None
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(text)
    if complaint is None:
        assert load_listings(own)[-1].files == ()
        return
    with pytest.raises(InvalidData, match=complaint) as caught:
        load_listings(own)
    assert "own.yaml" in caught.value.message


def test_a_file_of_addresses_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"none\.yaml"):
        load_listings(tmp_path / "none.yaml")
