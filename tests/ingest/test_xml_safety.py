"""A file of XML can cost a bounded amount of memory, and can read nothing but itself."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.markup import MAX_DEPTH, MAX_ELEMENTS, Node, peek, read_records
from puente.ingest.source import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE l [\n <!ENTITY a "ha">\n'
    + "".join(f' <!ENTITY a{n} "{f"&a{n - 1 if n > 1 else str()};" * 10}">\n' for n in range(1, 10))
    + "]>\n<l><e>&a9;</e></l>\n"
)
"""A thousand million laughs."""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "list.xml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def records(path: Path, limits: Limits | None = None) -> list[Node]:
    return list(read_records(path, ("e",), limits or Limits()))


def refused(path: Path, limits: Limits | None = None) -> InvalidData:
    with pytest.raises(InvalidData) as caught:
        records(path, limits)
    assert str(path) in str(caught.value)
    return caught.value


# --- what does harm ----------------------------------------------------------------------------


def test_entities_that_multiply_are_refused_before_any_is_made(
    written: Callable[[str], Path],
) -> None:
    path = written(BOMB)
    tracemalloc.start()
    error = refused(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "document type" in error.reason
    assert error.line == 2
    assert peak < 2_000_000


def test_a_file_of_this_machine_or_its_network_is_never_drawn_in(
    written: Callable[[str], Path], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    for kind in (f'SYSTEM "file://{secret}"', 'SYSTEM "http://127.0.0.1:9/x"', 'PUBLIC "a" "b"'):
        text = f'<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY x {kind}>]>\n<l><e>&x;</e></l>'
        error = refused(written(text))
        assert "document type" in error.reason
        assert "SECRET" not in str(error)


@pytest.mark.parametrize(
    "doctype",
    ["<!DOCTYPE l>", '<!DOCTYPE l SYSTEM "l.dtd">', '<!DOCTYPE l [<!ATTLIST e a CDATA "x">]>',
     '<!DOCTYPE l [<!ENTITY % p "x"> %p;]>'],
)  # fmt: skip
def test_no_document_type_at_all_is_taken(written: Callable[[str], Path], doctype: str) -> None:
    assert "document type" in refused(written(f"{doctype}<l><e/></l>")).reason


def test_an_entity_that_nobody_declared_is_no_text(written: Callable[[str], Path]) -> None:
    error = refused(written("<l>\n<e>&nothing;</e></l>"))
    assert error.reason == "this is no well-formed XML: undefined entity"
    assert error.line == 2


def test_elements_may_be_nested_only_so_deep(written: Callable[[str], Path]) -> None:
    fine = MAX_DEPTH - 1
    assert len(records(written("<l>" + "<e>" * fine + "</e>" * fine + "</l>"))) == 1
    error = refused(written("<l>" + "<e>" * 100_000))
    assert error.reason == f"elements are nested deeper than {MAX_DEPTH}"


def test_a_record_may_hold_only_so_many_elements(written: Callable[[str], Path]) -> None:
    error = refused(written("<l><e>" + "<i/>" * (MAX_ELEMENTS + 1) + "</e></l>"))
    assert error.reason == f"<e> holds more than {MAX_ELEMENTS} elements"


@pytest.mark.parametrize("long", ["<l><e>{}</e></l>", '<l><e a="{}"/></l>', "<l><!--{}--><e/></l>"])
def test_a_text_an_attribute_and_a_comment_may_be_only_so_long(
    written: Callable[[str], Path], long: str
) -> None:
    limits = Limits(max_line_bytes=10_000)
    assert len(records(written(long.format("x" * 9_000)), limits)) == 1
    path = written(long.format("x" * 3_000_000))
    tracemalloc.start()
    error = refused(path, limits)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "longer than 10000" in error.reason
    assert peak < 2_000_000


def test_a_file_past_the_limit_is_not_begun(written: Callable[[str], Path]) -> None:
    path = written("<l>" + "<e>x</e>" * 200_000 + "</l>")
    assert "larger than 1 MB" in refused(path, Limits(max_file_mb=1)).reason


# --- what is damaged ---------------------------------------------------------------------------


def test_a_file_that_is_cut_off_is_never_taken_for_the_whole(
    written: Callable[[str], Path],
) -> None:
    # Half a sanctions list would clear everyone in the other half.
    text = "<l>\n<e>one</e>\n<e>two</e>\n<e>thr"
    error = refused(written(text))
    assert error.reason == "the file ends inside <e>: it is cut off"
    assert error.line == 4
    assert refused(written("<l>\n<e>one</e>\n")).reason == "the file ends inside <l>: it is cut off"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "the file is empty"), (b"<l><e></l>", "mismatched tag"), (b"PK\x03\x04rest", "ZIP"),
     (b"<!DOCTYPE html><html>", "web page"), (b"<l/><l/>", "junk after document element"),
     (b"<l><e>\xff</e></l>", "not well-formed"), (b"a,b\n1,2\n", "syntax error")],
)  # fmt: skip
def test_what_is_no_xml_is_said_to_be_none(
    written: Callable[[bytes], Path], content: bytes, reason: str
) -> None:
    assert reason in refused(written(content)).reason


@given(cut=st.integers(min_value=1, max_value=500))
def test_no_cut_file_passes_for_a_whole_one(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = '<?xml version="1.0"?>\n<l xmlns="urn:x">' + "<e a='1'><b>é</b></e>" * 25 + "</l>"
    path = tmp_path_factory.mktemp("cut") / "list.xml"
    path.write_bytes(text.encode()[:cut])
    with pytest.raises(InvalidData):
        records(path)


# --- what is read ------------------------------------------------------------------------------


def test_a_record_is_read_under_its_local_name_with_its_line(
    written: Callable[[str], Path],
) -> None:
    path = written(
        '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<s:l xmlns:s="urn:one" xmlns:x="urn:two">\n'
        '<s:e x:id=" 7 ">A\n  B<x:b>c</x:b><!-- no --> D<![CDATA[<&]]></s:e>\n<s:e/>\n</s:l>'
    )
    first, second = records(path)
    assert (first.name, first.line, first.get("id")) == ("e", 3, "7")
    assert (first.value(), first.value("b"), first.value("none")) == ("A B D<&", "c", "")
    assert (second.line, second.get("id")) == (5, "")
    head = peek(path, ("e",))
    assert head is not None
    assert (head.root.name, head.namespace) == ("l", "urn:one")


def test_records_inside_a_record_are_a_part_of_it(written: Callable[[str], Path]) -> None:
    (outer,) = records(written("<l><e><e>in</e><e>too</e></e></l>"))
    assert outer.values("e") == ["in", "too"]


def test_peek_reads_the_root_of_what_is_refused_later(written: Callable[[str], Path]) -> None:
    head = peek(written("<l><a/></b>"), ("e",))
    assert head is not None
    assert (head.root.name, head.record) == ("l", None)
    assert peek(written(BOMB), ()) is None
    assert peek(written("x,y"), ()) is None


def test_other_encodings_that_are_declared_are_read(written: Callable[[bytes], Path]) -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><l><e>Peña</e></l>'
    assert records(written(text.encode("latin-1")))[0].value() == "Peña"


def test_a_long_list_streams_in_bounded_memory(written: Callable[[str], Path]) -> None:
    entry = '<e id="1"><name>PEÑA XOCHIHUA, Renato</name><note>' + "x" * 300 + "</note></e>\n"
    path = written("<l>" + entry * 20_000 + "</l>")
    size = path.stat().st_size
    assert size > 6_000_000
    tracemalloc.start()
    count = sum(1 for _ in read_records(path, ("e",), Limits()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000


def test_elements_outside_the_records_are_not_kept(written: Callable[[str], Path]) -> None:
    path = written("<l>" + "<other><deep>text</deep></other>\n" * 100_000 + "<e>1</e></l>")
    tracemalloc.start()
    assert len(records(path)) == 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_500_000
