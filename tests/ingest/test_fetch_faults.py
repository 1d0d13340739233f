"""Whatever the network does, a file is there whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData

from .server_with_faults import (
    LATER,
    NOW,
    Authority,
    Desk,
    Published,
    Publisher,
    address,
    careless_ranges,
    cut,
    ignoring_ranges,
    in_chunks,
    listing,
    packed,
    page,
    reset,
    silence,
    status,
    to,
    trickle,
    without_end,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = b"".join(b'%d,"NAME %d","individual"\r\n' % (n, n * n) for n in range(4_000))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def publisher(authority: Authority) -> Iterator[Publisher]:
    with Publisher(authority.server_file) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, authority: Authority) -> Desk:
    return Desk(folder=tmp_path / "files", ca_file=authority.ca_file)


@pytest.fixture
def table(publisher: Publisher) -> Published:
    publisher.asked.clear()
    return publisher.publish("/list.csv", TABLE)


def kept(desk: Desk) -> list[bytes]:
    return list(desk.standing().values())


# --- cut and continued -----------------------------------------------------------------------


WAYS = (
    cut,
    reset,
    lambda upto: packed(upto=upto // 9),
    lambda upto: in_chunks(upto=upto, size=999),
    lambda upto: in_chunks(upto=upto, size=30_000),
)


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, len(TABLE) - 1)), max_size=4))
def test_any_cuts_come_to_the_same_bytes(
    authority: Authority, publisher: Publisher, cuts: list[tuple[object, int]]
) -> None:
    file = publisher.publish("/cut.csv", TABLE)
    file.faults = [way(upto) for way, upto in cuts]  # type: ignore[operator]
    with tempfile.TemporaryDirectory(prefix="puente-fetch-") as folder:
        desk = Desk(folder=Path(folder), ca_file=authority.ca_file)
        outcome = desk.one(publisher.url("/cut.csv"), fetch_retries=8)
        assert (outcome.state, outcome.sha256) == ("new", hashlib.sha256(TABLE).hexdigest())
        assert kept(desk) == [TABLE]


def test_a_cut_file_is_continued_from_its_last_byte(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [cut(50_000), cut(10_000)]
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, outcome.attempts, outcome.resumed_at) == ("new", 3, 60_000)
    ranges = [headers.get("range") for _path, headers in publisher.asked]
    assert ranges == [None, "bytes=50000-", "bytes=60000-"]
    assert all(h.get("if-range") == table.etag for _p, h in publisher.asked[1:])


def test_a_file_cut_in_one_run_is_continued_in_the_next(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [cut(50_000)]
    failed = desk.one(publisher.url("/list.csv"), fetch_retries=0)
    assert (failed.state, kept(desk)) == ("failed", [])
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, outcome.resumed_at, kept(desk)) == ("new", 50_000, [TABLE])


def test_a_packed_transfer_is_continued_too(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [packed(upto=9_000), packed()]
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.resumed_at, kept(desk)) == (9_000, [TABLE])


def test_a_server_that_ignores_ranges_starts_the_file_anew(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [cut(50_000), ignoring_ranges]
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, outcome.resumed_at, kept(desk)) == ("new", 0, [TABLE])


@pytest.mark.parametrize("careful", [True, False])
def test_a_file_that_changes_while_it_is_fetched_is_never_a_mixture(
    desk: Desk, publisher: Publisher, table: Published, careful: bool
) -> None:
    """Half of yesterday's list and half of today's would drop people without a trace."""
    table.faults = [cut(50_000)]
    desk.one(publisher.url("/list.csv"), fetch_retries=0)
    changed = publisher.publish("/list.csv", TABLE.replace(b"NAME", b"ELSE"), modified=LATER)
    changed.faults = [] if careful else [careless_ranges]
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, outcome.resumed_at, kept(desk)) == ("new", 0, [changed.content])


@pytest.mark.parametrize(
    "said",
    [
        {"etag": 'W/"weak"', "modified": ""},
        {"etag": 'W/"weak"', "modified": LATER, "headers": {"Date": LATER}},
    ],
)
def test_a_file_that_nothing_tells_from_another_is_not_continued(
    desk: Desk, publisher: Publisher, said: dict[str, object]
) -> None:
    publisher.asked.clear()
    publisher.publish("/list.csv", TABLE, faults=[cut(50_000)], **said)
    assert desk.one(publisher.url("/list.csv")).resumed_at == 0
    assert "range" not in publisher.asked[-1][1]


# --- half a file -------------------------------------------------------------------------------


def test_a_body_shorter_than_announced_never_becomes_a_file(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.headers = {"Content-Length": str(len(TABLE) + 7)}
    outcome = desk.one(publisher.url("/list.csv"), fetch_retries=1, fetch_timeout_seconds=1)
    assert (outcome.state, kept(desk)) == ("failed", [])


@pytest.mark.parametrize(
    ("kind", "whole"),
    [
        ("xml", b"<?xml version='1.0'?>\n<LIST><A/><B>b</B></LIST>\n<!-- made today -->\n"),
        ("json", b'[{"a": 1}, {"a": 2}]\n'),
        ("zip", None),
    ],
)
def test_a_publisher_that_announces_less_than_there_is_is_found_out(
    desk: Desk, publisher: Publisher, kind: str, whole: bytes | None
) -> None:
    """The transfer looks whole; only the file itself shows that it is not."""
    if whole is None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("a.csv", TABLE)
        whole = archive.getvalue()
    for content, state in ((whole[: len(whole) // 2], "failed"), (whole, "new")):
        publisher.publish("/file", content)
        wanted = listing(address("file", publisher.url("/file"), kind=kind))
        (outcome,) = desk.fetch(wanted)
        assert outcome.state == state, outcome.reason
    assert kept(desk) == [whole]


@pytest.mark.parametrize("upto", [None, 50_000])
def test_a_transfer_that_does_not_show_its_end_is_not_trusted(
    desk: Desk, publisher: Publisher, table: Published, upto: int | None
) -> None:
    table.faults = [without_end(upto)]
    outcome = desk.one(publisher.url("/list.csv"))
    assert outcome.state == "failed"
    assert "may be cut" in outcome.reason


def test_a_digest_shows_the_end_where_the_transfer_does_not(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    digest = base64.b64encode(hashlib.sha256(TABLE).digest()).decode()
    table.headers = {"Repr-Digest": f"sha-256=:{digest}:"}
    table.faults = [without_end(50_000), without_end()]
    assert desk.one(publisher.url("/list.csv")).state == "new"
    assert kept(desk) == [TABLE]


@pytest.mark.parametrize("name", ["Content-MD5", "Digest", "Repr-Digest", "Content-Digest"])
def test_what_does_not_fit_its_digest_never_becomes_a_file(
    desk: Desk, publisher: Publisher, table: Published, name: str
) -> None:
    text = base64.b64encode(hashlib.md5(b"something else").digest()).decode()
    written = {"Content-MD5": text, "Digest": f"MD5={text}"}.get(name, f"md5=:{text}:")
    table.headers = {name: written}
    outcome = desk.one(publisher.url("/list.csv"), fetch_retries=1)
    assert (outcome.state, kept(desk)) == ("failed", [])
    assert "digest" in outcome.reason


# --- waiting -------------------------------------------------------------------------------------


def test_a_busy_publisher_is_given_the_time_it_asks_for(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [
        status(503, Retry_After="17"),
        status(429, Retry_After="Sun, 01 Mar 2026 12:00:42 GMT"),
    ]
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, outcome.attempts, desk.waits) == ("new", 3, [17, 42])


def test_one_who_asks_for_too_long_is_left_alone(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [status(503, Retry_After="3600")]
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, desk.waits, len(publisher.asked)) == ("failed", [], 1)
    assert "60 minutes" in outcome.reason


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_and_each_time_later(
    desk: Desk, publisher: Publisher, table: Published, code: int
) -> None:
    table.faults = [status(code)] * 9
    outcome = desk.one(publisher.url("/list.csv"), fetch_retries=3)
    assert (outcome.state, len(publisher.asked)) == ("failed", 4)
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(desk.waits))
    assert len(desk.waits) == 3
    assert f"{code}" in outcome.reason


@pytest.mark.parametrize("code", [202, 204, 400, 401, 403, 404, 410])
def test_what_does_not_pass_is_asked_once(
    desk: Desk, publisher: Publisher, table: Published, code: int
) -> None:
    table.faults = [status(code)] * 9
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, len(publisher.asked), kept(desk)) == ("failed", 1, [])
    assert f"{code}" in outcome.reason


def test_a_silent_or_trickling_publisher_does_not_hold_us_for_ever(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [silence(2), trickle(size=1, pause=0.05)]
    outcome = desk.one(publisher.url("/list.csv"), fetch_timeout_seconds=1, fetch_retries=1)
    assert outcome.state == "failed"
    assert "trickles" in outcome.reason
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, outcome.resumed_at > 0, kept(desk)) == ("new", True, [TABLE])


# --- who may answer ------------------------------------------------------------------------------


def test_five_redirects_are_followed_and_a_sixth_is_not(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    for n in range(7):
        publisher.publish(f"/hop{n}", b"", faults=[to(f"/hop{n + 1}?sign=secret")] * 2)
    publisher.files["/hop5"] = table
    outcome = desk.one(publisher.url("/hop0"))
    assert (outcome.state, kept(desk)) == ("new", [TABLE])
    publisher.publish("/hop5", b"", faults=[to("/list.csv")])
    assert "more than 5 redirects" in desk.one(publisher.url("/hop0")).reason


def test_a_circle_of_redirects_ends(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/round", b"", faults=[to("/about")])
    publisher.publish("/about", b"", faults=[to("/round")])
    assert "circle" in desk.one(publisher.url("/round")).reason


def test_a_redirect_to_a_host_that_is_not_listed_is_refused(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.publish("/list.csv", TABLE)
    publisher.publish("/away", b"", faults=[to(publisher.url("/list.csv", "127.0.0.1"))] * 2)
    outcome = desk.one(publisher.url("/away"))
    assert outcome.state == "failed"
    assert "redirects to 127.0.0.1, which is no host of this source" in outcome.reason
    wanted = address("list.csv", publisher.url("/away"))
    (outcome,) = desk.fetch(listing(wanted, hosts=("127.0.0.1",)))
    assert (outcome.state, kept(desk)) == ("new", [TABLE])


def test_a_redirect_out_of_tls_is_refused(desk: Desk, publisher: Publisher) -> None:
    with Publisher(None) as plain:
        plain.publish("/list.csv", TABLE)
        publisher.publish("/down", b"", faults=[to(plain.url("/list.csv"))])
        outcome = desk.one(publisher.url("/down"))
    assert (outcome.state, plain.asked) == ("failed", [])
    assert "without TLS" in outcome.reason


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://localhost/x", "http://[", ""])
def test_a_redirect_to_what_is_no_web_address_is_refused(
    desk: Desk, publisher: Publisher, target: str
) -> None:
    publisher.publish("/odd", b"", faults=[to(target)])
    assert desk.one(publisher.url("/odd")).state == "failed"


def test_without_tls_only_this_machine_and_named_hosts_are_asked(desk: Desk) -> None:
    with Publisher(None) as plain:
        plain.publish("/list.csv", TABLE)
        assert desk.one(plain.url("/list.csv")).state == "new"
    with pytest.raises(InvalidData, match="not over TLS"):
        desk.one("http://sat.example/list.csv")
    outcome = desk.one("http://sat.invalid/list.csv", fetch_http_hosts="x.mx, sat.invalid")
    assert "cannot be reached" in outcome.reason


def test_a_proxy_that_is_named_is_the_only_way_out(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/list.csv", TABLE)
    publisher.asked.clear()
    with Publisher(None) as proxy:  # it understands no CONNECT
        way = f"http://127.0.0.1:{proxy.port}"
        outcome = desk.one(publisher.url("/list.csv"), fetch_proxy=way, fetch_retries=1)
    assert (outcome.state, publisher.asked) == ("failed", [])
    assert "cannot be reached" in outcome.reason


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("fetch_proxy", "gopher://x", "the proxy cannot be used"),
        ("fetch_proxy", "http://user:SECRET@host:port", "the proxy cannot be used"),
        ("fetch_proxy", "http://user@host:SECRET", "the proxy cannot be used"),
        ("fetch_ca_file", "none.pem", "no certificates can be read"),
        ("fetch_user_agent", "Agencia Ñ", "plain ASCII"),
        ("fetch_user_agent", "a\nHost: b", "plain ASCII"),
    ],
)
def test_a_setting_that_cannot_be_is_said(
    desk: Desk, setting: str, value: str, complaint: str
) -> None:
    with pytest.raises(InvalidData, match=complaint) as refused:
        desk.one("https://localhost/a.csv", **{setting: value})
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:SECRET@host/a.csv",
        "https://host:SECRET/a.csv",
        "user:SECRET@host/a.csv",
        "https://host:9x/a.csv?token=SECRET",
        "ftp://host/a.csv?token=SECRET",
        "https://ho\x00st/SECRET",
    ],
)
def test_an_address_that_cannot_be_is_refused_for_its_source_and_not_shown(
    desk: Desk, url: str
) -> None:
    """People paste addresses with passwords and signatures, and errors end up in logs."""
    with pytest.raises(InvalidData, match=r"^made_up: .*(no address of the web|no password)") as no:
        desk.one(url)
    assert "SECRET" not in str(no.value)


def test_a_certificate_of_another_name_or_authority_is_refused_at_once(
    tmp_path: Path, authority: Authority, publisher: Publisher, desk: Desk
) -> None:
    with Publisher(authority.stranger_file) as stranger:
        stranger.publish("/list.csv", TABLE)
        outcome = desk.one(stranger.url("/list.csv"))
    assert "its certificate is not trusted" in outcome.reason
    nobody = Desk(folder=tmp_path / "other", ca_file=None)
    outcome = nobody.one(publisher.url("/list.csv"))
    assert "its certificate is not trusted" in outcome.reason
    assert (desk.waits, nobody.waits, stranger.asked) == ([], [], [])


# --- what is not the file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        b"<!DOCTYPE html>\n<html><head><title>Access\n Denied</title></head></html>",
        b"\xef\xbb\xbf  <HTML><HEAD><TITLE>Access Denied</TITLE></HEAD>",
        b"<?xml version='1.0'?><!-- x --><!DOCTYPE html><html><title>Access Denied</title></html>",
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xml", "json", "any"])
def test_a_web_page_in_place_of_the_file_is_refused_with_its_title(
    desk: Desk, publisher: Publisher, text: bytes, kind: str
) -> None:
    publisher.publish("/list.csv", TABLE, faults=[page(text)])
    (outcome,) = desk.fetch(listing(address("a.csv", publisher.url("/list.csv"), kind=kind)))
    assert (outcome.state, kept(desk)) == ("failed", [])
    assert "“Access Denied”" in outcome.reason


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("csv", b"<Error><Code>AccessDenied</Code></Error>"),
        ("csv", b"PK\x03\x04rest"),
        ("csv", b"1,\x00\x00"),
        ("xml", b"1,2,3\n"),
        ("json", b"<a></a>"),
        ("zip", b"1,2,3\n"),
        ("gz", b"1,2,3\n"),
        ("csv", b""),
        ("csv", b"\r\n\x1a"),
    ],
)
def test_another_kind_of_file_is_refused(
    desk: Desk, publisher: Publisher, kind: str, content: bytes
) -> None:
    publisher.publish("/file", content)
    (outcome,) = desk.fetch(listing(address("file", publisher.url("/file"), kind=kind)))
    assert (outcome.state, kept(desk)) == ("failed", [])


def test_an_archive_without_a_workbook_is_no_spreadsheet(desk: Desk, publisher: Publisher) -> None:
    for member, state in (("a.csv", "failed"), ("xl/workbook.xml", "new")):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr(member, "x")
        publisher.publish("/a.xlsx", archive.getvalue())
        wanted = listing(address("a.xlsx", publisher.url("/a.xlsx"), kind="xlsx"))
        assert desk.fetch(wanted)[0].state == state


@pytest.mark.parametrize("kind", ["zip", "xlsx", "gz"])
def test_a_packed_file_with_a_damaged_middle_or_a_missing_end_is_refused(
    desk: Desk, publisher: Publisher, kind: str
) -> None:
    """Its first bytes are right, and a ZIP's list of members too: only reading it all shows it."""
    import gzip

    text = b"".join(b"%d,%d\n" % (n, n * n) for n in range(20_000))
    whole = gzip.compress(text)
    if kind != "gz":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("xl/workbook.xml", text)
        whole = archive.getvalue()
    middle = len(whole) // 2
    damaged = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    wanted = listing(address(f"a.{kind}", publisher.url("/a"), kind=kind))
    for content, state in ((damaged, "failed"), (whole[:-20], "failed"), (whole, "new")):
        publisher.publish("/a", content)
        (outcome,) = desk.fetch(wanted)
        assert outcome.state == state, outcome.reason
    assert kept(desk) == [whole]


def test_a_bomb_is_refused_before_it_fills_the_disk(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/bomb.csv", b"0" * (3 << 20), faults=[packed()])
    outcome = desk.one(publisher.url("/bomb.csv"), fetch_max_mb=1)
    assert (outcome.state, kept(desk)) == ("failed", [])
    assert "larger than 1 MB" in outcome.reason
    left = [path for path in desk.folder.rglob("*") if path.is_file() and path.name != "lock"]
    assert left == []


@pytest.mark.parametrize("way", [None, in_chunks(size=100_000)])
def test_a_file_over_the_limit_is_refused(desk: Desk, publisher: Publisher, way: object) -> None:
    big = publisher.publish("/big.csv", b"1,2\n" * 500_000)
    big.faults = [way] if way else []  # type: ignore[list-item]
    outcome = desk.one(publisher.url("/big.csv"), fetch_max_mb=1)
    assert (outcome.state, kept(desk)) == ("failed", [])
    assert "larger than 1 MB" in outcome.reason


@pytest.mark.parametrize("damage", [lambda b: b[:20], lambda b: b[:-9] + b"x" * 9, lambda _b: b"x"])
def test_broken_packing_is_refused(desk: Desk, publisher: Publisher, damage: object) -> None:
    """A mirror of Mexico's open data answers a request for gzip with 20 bytes of it."""
    import gzip

    body = damage(gzip.compress(TABLE))  # type: ignore[operator]
    publisher.publish("/list.csv", body, headers={"Content-Encoding": "gzip"})
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, kept(desk)) == ("failed", [])
    assert "gzip" in outcome.reason


def test_packing_that_nobody_asked_for_is_undone(
    desk: Desk, publisher: Publisher, table: Published
) -> None:
    table.faults = [packed()]
    assert desk.one(publisher.url("/list.csv")).state == "new"
    assert kept(desk) == [TABLE]
    assert publisher.asked[0][1]["accept-encoding"] == "identity"


def test_a_day_that_cannot_be_is_not_believed(desk: Desk, publisher: Publisher) -> None:
    for n, said in enumerate(
        ("Fri, 27 Feb 2096 14:01:44 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "x")
    ):
        publisher.publish("/list.csv", TABLE + b"%d" % n, modified=said)
        assert desk.one(publisher.url("/list.csv")).published == NOW.date().isoformat()
