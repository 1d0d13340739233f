"""Official files arrive as published, stand by their day, and are never written over."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puente.errors import Conflict, InvalidData
from puente.ingest.fetch_checks import name_of
from puente.ingest.fetch_shelf import Item, Shelf, note_of
from puente.ingest.load import load_folder
from puente.ingest.source import all_files, find_all
from puente.ingest.sources import all_sources
from puente.store.disk import FolderLock
from puente.store.lake import Lake
from puente.store.loads import number_within_day

from .server_with_faults import (
    LATER,
    NOW,
    Authority,
    Desk,
    Publisher,
    address,
    cut,
    listing,
    status,
    to,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from puente.ingest.fetch_addresses import Listing

LIST = b'1,"A"\r\n2,"B"\r\n'
NEXT = b'1,"A"\r\n3,"C"\r\n'
TRIO = {"sdn.csv": b'1,"A"\r\n', "add.csv": b'1,1,"X"\r\n', "alt.csv": b'1,1,"aka","B"\r\n'}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def publisher(authority: Authority) -> Iterator[Publisher]:
    with Publisher(authority.server_file) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, authority: Authority) -> Desk:
    return Desk(folder=tmp_path / "files", ca_file=authority.ca_file)


@pytest.fixture
def trio(publisher: Publisher) -> Listing:
    """A list in three files, as OFAC publishes it."""
    for name, content in TRIO.items():
        publisher.publish(f"/{name}", content)
    files = [address(name, publisher.url(f"/{name}")) for name in TRIO]
    return listing(*files, source="ofac_sdn", together=True)


# --- arriving ----------------------------------------------------------------------------------


def test_real_files_arrive_as_published_and_a_build_dates_them_by_their_folder(
    desk: Desk, publisher: Publisher, puente_data: Path
) -> None:
    real = puente_data / "ofac" / "2022-01-31"
    for name in TRIO:
        publisher.publish(f"/{name}", (real / name).read_bytes())
    publisher.publish("/un", (puente_data / "un/consolidated_2026-02-27.xml").read_bytes())
    publisher.publish("/sat", (puente_data / "sat_69b/2024-10-28.csv").read_bytes(), modified=LATER)
    sat = "Listado_completo_69-B.csv"
    outcomes = desk.fetch(
        listing(
            *(address(name, publisher.url(f"/{name}")) for name in TRIO),
            source="ofac_sdn",
            together=True,
        ),
        listing(address("consolidated.xml", publisher.url("/un"), kind="xml"), source="un"),
        listing(address(sat, publisher.url("/sat")), source="sat_69b"),
    )
    assert {outcome.state for outcome in outcomes} == {"new"}
    assert desk.standing()["ofac_sdn/2026-02-27/sdn.csv"] == (real / "sdn.csv").read_bytes()
    found, _others = find_all(desk.folder, all_sources())
    dated = {file.path.name: (file.source, file.published) for file in found}
    assert dated["sdn.csv"] == ("ofac_sdn", "2026-02-27")
    assert dated["add.csv"] == ("ofac_add", "2026-02-27")
    assert dated[sat] == ("sat_69b", "2026-02-28")


def test_beside_each_file_stands_where_it_came_from_and_no_build_takes_that_for_a_file(
    desk: Desk, publisher: Publisher
) -> None:
    target = publisher.url("/list.csv?X-Amz-Signature=secret")
    publisher.publish("/here", b"", faults=[to(target)])
    publisher.publish("/list.csv", LIST, headers={"x-amz-meta-publication-id": "969"})
    outcome = desk.one(publisher.url("/here"))
    (path,) = all_files(desk.folder)
    note = json.loads(note_of(path).read_text("utf-8"))
    assert str(path) == outcome.path
    assert note["url"] == publisher.url("/here")
    assert note["redirects"] == [note["final_url"]] == [publisher.url("/list.csv")]
    assert note["sha256"] == hashlib.sha256(LIST).hexdigest() == outcome.sha256
    assert (note["bytes"], note["status"], note["attempts"]) == (len(LIST), 200, 1)
    assert note["last_modified"] == "Fri, 27 Feb 2026 14:01:44 GMT"
    assert note["fetched_at"] == "2026-03-01T12:00:00+00:00"
    assert note["publisher_headers"] == {"x-amz-meta-publication-id": "969"}
    assert "secret" not in json.dumps(note)


def test_the_publisher_knows_who_asks_and_is_not_hurried(desk: Desk, publisher: Publisher) -> None:
    """OFAC's firewall also refuses names that do not begin like this or are shorter than 40."""
    for name in ("a.csv", "b.csv"):
        publisher.publish(f"/{name}", LIST)
    desk.fetch(listing(*(address(n, publisher.url(f"/{n}")) for n in ("a.csv", "b.csv"))))
    agents = {headers["user-agent"] for _path, headers in publisher.asked}
    (agent,) = agents
    assert agent.startswith("Mozilla/5")
    assert "Puente/" in agent
    assert len(agent) >= 40
    assert desk.waits == [1.0]
    desk.one(publisher.url("/a.csv"), fetch_user_agent="An agency of the tests")
    assert publisher.asked[-1][1]["user-agent"] == "An agency of the tests"


# --- the same, and another, file -----------------------------------------------------------------


def test_a_file_that_has_not_changed_is_not_sent_and_not_written_again(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.publish("/list.csv", LIST)
    first = desk.one(publisher.url("/list.csv"))
    before = desk.standing()
    again = desk.one(publisher.url("/list.csv"))
    assert (first.state, again.state) == ("new", "unchanged")
    assert (again.path, again.sha256, again.published) == (
        first.path,
        first.sha256,
        first.published,
    )
    assert desk.standing() == before
    assert publisher.asked[-1][1]["if-none-match"] == publisher.files["/list.csv"].etag


@pytest.mark.parametrize("modified", ["", LATER])
def test_a_server_that_sends_the_same_again_brings_nothing_new(
    desk: Desk, publisher: Publisher, modified: str
) -> None:
    publisher.publish("/list.csv", LIST)
    desk.one(publisher.url("/list.csv"))
    publisher.publish("/list.csv", LIST, etag='"another"', modified=modified)
    assert desk.one(publisher.url("/list.csv")).state == "unchanged"
    assert list(desk.standing()) == ["made_up/2026-02-27/list.csv"]


def test_a_changed_file_stands_beside_the_old_one(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/list.csv", LIST)
    desk.one(publisher.url("/list.csv"))
    publisher.publish("/list.csv", NEXT, modified=LATER)
    assert desk.one(publisher.url("/list.csv")).published == "2026-02-28"
    assert desk.standing() == {
        "made_up/2026-02-27/list.csv": LIST,
        "made_up/2026-02-28/list.csv": NEXT,
    }


def test_two_files_of_one_day_both_stand_and_both_are_of_that_day(
    desk: Desk, publisher: Publisher
) -> None:
    """A list that goes back to what it said is news: of the day's lists the last one counts."""
    wanted = listing(address("sdn.csv", publisher.url("/sdn.csv")), source="ofac_sdn")
    for content in (LIST, NEXT, LIST):
        publisher.publish("/sdn.csv", content)
        assert desk.fetch(wanted)[0].state == "new"
        assert desk.fetch(wanted)[0].state == "unchanged"
    assert desk.standing() == {
        "ofac_sdn/2026-02-27/sdn.csv": LIST,
        "ofac_sdn/2026-02-27_2/sdn.csv": NEXT,
        "ofac_sdn/2026-02-27_3/sdn.csv": LIST,
    }
    found, _others = find_all(desk.folder, all_sources())
    assert [file.published for file in found] == ["2026-02-27"] * 3
    numbers = [number_within_day(str(file.path), file.published) for file in found]
    assert numbers == [1, 2, 3]


def test_a_name_that_was_delisted_within_the_day_is_not_current_in_a_build(
    desk: Desk, publisher: Publisher, tmp_path: Path
) -> None:
    row = '{n},"{name}","individual","SDNT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    both = row.format(n=1, name="MADE UP, Ana") + row.format(n=2, name="MADE UP, Eva")
    lake = Lake(tmp_path / "lake")
    wanted = listing(address("sdn.csv", publisher.url("/sdn.csv")), source="ofac_sdn")
    standing = []
    for content in (both, row.format(n=2, name="MADE UP, Eva"), both):
        publisher.publish("/sdn.csv", content.encode())
        desk.fetch(wanted)
        load_folder(desk.folder, lake, now=NOW)
        with lake.begin_build() as build:
            rows = pq.read_table(build.publish().file("statements")).to_pylist()
        standing.append(len({row["entity_id"] for row in rows if row["current"]}))
    assert standing[0] > standing[1]
    assert standing[0] == standing[2]


def test_an_address_is_known_again_but_its_query_is_kept_nowhere(
    desk: Desk, publisher: Publisher
) -> None:
    """A query may be a key: whoever reads the folder would hold it."""
    url = publisher.url("/list.csv?token=SECRET")
    publisher.publish("/list.csv", LIST)
    outcomes = [desk.one(url), desk.one(url)]
    publisher.publish("/list.csv", NEXT * 1000, faults=[cut(5000)])
    outcomes.append(desk.one(url, fetch_retries=0))
    assert [outcome.state for outcome in outcomes] == ["new", "unchanged", "failed"]
    left = [path.read_text("utf-8") for path in desk.folder.rglob("*") if path.is_file()]
    assert len(left) >= 4
    assert "SECRET" not in "".join([*left, *(str(outcome.as_json()) for outcome in outcomes)])
    assert desk.one(url).resumed_at > 0
    other = desk.one(publisher.url("/list.csv?token=another"))
    assert "if-none-match" not in publisher.asked[-1][1]
    assert (other.state, other.url) == ("unchanged", publisher.url("/list.csv"))


def test_a_note_from_before_queries_were_left_out_still_counts(
    desk: Desk, publisher: Publisher
) -> None:
    url = publisher.url("/list.csv?token=1")
    publisher.publish("/list.csv", LIST)
    note = note_of(Path(desk.one(url).path))
    held = json.loads(note.read_text("utf-8"))
    del held["url_sha256"]
    note.write_text(json.dumps({**held, "url": url}))
    again = desk.one(url)
    assert "if-none-match" in publisher.asked[-1][1]
    assert (again.state, again.url) == ("unchanged", publisher.url("/list.csv"))


def test_a_file_that_someone_changed_here_is_left_alone_and_fetched_again(
    desk: Desk, publisher: Publisher
) -> None:
    """Else the publisher would be asked about a file that it never published."""
    publisher.publish("/list.csv", LIST)
    Path(desk.one(publisher.url("/list.csv")).path).write_bytes(b"edited by hand\n")
    outcome = desk.one(publisher.url("/list.csv"))
    assert outcome.state == "new"
    assert "if-none-match" not in publisher.asked[-1][1]
    assert desk.standing() == {
        "made_up/2026-02-27/list.csv": b"edited by hand\n",
        "made_up/2026-02-27_2/list.csv": LIST,
    }


def test_a_file_named_by_its_publisher_is_known_again(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/latest", b"", faults=[to("/archive/2026-02-27_delta.xml")] * 2)
    publisher.publish("/archive/2026-02-27_delta.xml", b"<d></d>")
    wanted = listing(address("", publisher.url("/latest"), kind="xml"), source="ofac_delta")
    states = [desk.fetch(wanted)[0].state for _run in range(2)]
    publisher.publish("/latest", b"", faults=[to("/archive/2026-02-28_delta.xml")])
    publisher.publish("/archive/2026-02-28_delta.xml", b"<d>e</d>", modified=LATER)
    states.append(desk.fetch(wanted)[0].state)
    assert states == ["new", "unchanged", "new"]
    assert list(desk.standing()) == [
        "ofac_delta/2026-02-27/2026-02-27_delta.xml",
        "ofac_delta/2026-02-28/2026-02-28_delta.xml",
    ]


# --- deliveries of several files -----------------------------------------------------------------


def test_a_delivery_appears_whole_or_not_at_all(
    desk: Desk, publisher: Publisher, trio: Listing
) -> None:
    """Entries without the comments of their day would lose part of their remarks."""
    publisher.files["/alt.csv"].faults = [status(403)]
    states = {outcome.name: outcome.state for outcome in desk.fetch(trio)}
    assert states == {"sdn.csv": "waiting", "add.csv": "waiting", "alt.csv": "failed"}
    assert desk.standing() == {}
    publisher.asked.clear()
    assert {outcome.state for outcome in desk.fetch(trio)} == {"new"}
    assert sorted(desk.standing()) == [f"ofac_sdn/2026-02-27/{name}" for name in sorted(TRIO)]
    ranges = {path: headers.get("range") for path, headers in publisher.asked}
    assert ranges == {"/sdn.csv": "bytes=7-", "/add.csv": "bytes=9-", "/alt.csv": None}


def test_the_unchanged_parts_of_a_new_delivery_stand_in_its_folder_too(
    desk: Desk, publisher: Publisher, trio: Listing
) -> None:
    desk.fetch(trio)
    publisher.publish("/sdn.csv", NEXT, modified=LATER)
    outcomes = {outcome.name: outcome for outcome in desk.fetch(trio)}
    assert {name: outcome.state for name, outcome in outcomes.items()} == {
        "sdn.csv": "new",
        "add.csv": "unchanged",
        "alt.csv": "unchanged",
    }
    assert {outcome.published for outcome in outcomes.values()} == {"2026-02-28"}
    standing = desk.standing()
    assert standing["ofac_sdn/2026-02-28/alt.csv"] == TRIO["alt.csv"]
    assert len(standing) == 6
    assert [outcome.state for outcome in desk.fetch(trio)] == ["unchanged"] * 3
    assert desk.standing() == standing


def test_parts_of_two_publications_are_not_put_together(
    desk: Desk, publisher: Publisher, trio: Listing
) -> None:
    for n, name in enumerate(TRIO):
        publisher.files[f"/{name}"].headers = {"x-amz-meta-publication-id": str(968 + n // 2)}
    outcomes = desk.fetch(trio)
    assert {outcome.state for outcome in outcomes} == {"failed"}
    assert "published anew" in outcomes[0].reason
    assert desk.standing() == {}


@pytest.mark.parametrize("content", [None, b"", b"\x1a\r\n"])
def test_a_part_that_need_not_be_there_holds_up_nothing(
    desk: Desk, publisher: Publisher, content: bytes | None
) -> None:
    publisher.publish("/cons_prim.csv", LIST)
    if content is not None:
        publisher.publish("/cons_comments.csv", content)
    wanted = listing(
        address("cons_prim.csv", publisher.url("/cons_prim.csv")),
        address("cons_comments.csv", publisher.url("/cons_comments.csv"), optional=True),
        source="ofac_cons",
        together=True,
    )
    for expected in ("new", "unchanged"):
        first, second = desk.fetch(wanted)
        assert (first.state, second.state, second.bad) == (expected, "not published", False)
    assert list(desk.standing()) == ["ofac_cons/2026-02-27/cons_prim.csv"]


# --- other addresses, checksums ------------------------------------------------------------------


def test_another_address_of_the_same_file_helps_out_and_says_so(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.publish("/new", LIST, faults=[status(403)])
    publisher.publish("/old", LIST)
    outcome = desk.one(publisher.url("/new"), publisher.url("/old"))
    assert (outcome.state, outcome.url) == ("new", publisher.url("/old"))
    assert "answered 403" in outcome.reason
    publisher.files["/new"].faults = publisher.files["/old"].faults = [status(404)] * 2
    assert desk.one(publisher.url("/new"), publisher.url("/old")).state == "failed"


@pytest.mark.parametrize(
    "form", ["{sha256}  other.csv\n{sha256}  list.csv\n", "MD5 (list.csv) = {md5}\n", "{sha256}\n"]
)
def test_a_published_checksum_file_is_held_against_what_came(
    desk: Desk, publisher: Publisher, form: str
) -> None:
    right = {"sha256": hashlib.sha256(LIST).hexdigest(), "md5": hashlib.md5(LIST).hexdigest()}
    publisher.publish("/list.csv", LIST)
    wanted = listing(
        address("list.csv", publisher.url("/list.csv"), checksum=publisher.url("/sums"))
    )
    wrong = {name: "0" * len(digest) for name, digest in right.items()}
    for digests, state in ((wrong, "failed"), (right, "new")):
        publisher.publish("/sums", form.format(**digests).encode(), faults=[status(503)])
        assert desk.fetch(wanted)[0].state == state
    assert list(desk.standing()) == ["made_up/2026-02-27/list.csv"]


def test_a_checksum_file_that_does_not_know_the_file_is_no_proof(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.publish("/list.csv", LIST)
    publisher.publish("/sums", b"0" * 64 + b"  other.csv\n" + b"1" * 64 + b"  third.csv\n")
    wanted = address("list.csv", publisher.url("/list.csv"), checksum=publisher.url("/sums"))
    (outcome,) = desk.fetch(listing(wanted))
    assert "gives none for list.csv" in outcome.reason


def test_a_file_far_smaller_than_usual_is_kept_and_remarked_upon(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.publish("/list.csv", LIST)
    (outcome,) = desk.fetch(listing(address("a.csv", publisher.url("/list.csv"), typical_mb=5.7)))
    assert (outcome.state, outcome.bad) == ("new", False)
    assert "much smaller than usual" in outcome.reason


# --- the folder ----------------------------------------------------------------------------------


def test_one_failing_source_stops_none_of_the_others(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/list.csv", LIST)
    good = address("list.csv", publisher.url("/list.csv"))
    outcomes = desk.fetch(
        listing(good, source="first"),
        listing(address("x.csv", publisher.url("/none")), source="second"),
        listing(source="third", page="https://example.org/page"),
        listing(good, source="fourth"),
    )
    assert [o.state for o in outcomes] == ["new", "failed", "no address", "new"]
    assert "https://example.org/page" in outcomes[2].reason


def test_a_folder_that_cannot_be_is_said_in_a_sentence(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/list.csv", LIST)
    desk.folder.write_text("a file stands here")
    with pytest.raises(InvalidData, match="files"):
        desk.one(publisher.url("/list.csv"))


def test_a_source_folder_that_cannot_be_written_fails_that_source_only(
    desk: Desk, publisher: Publisher
) -> None:
    publisher.publish("/list.csv", LIST)
    desk.folder.mkdir()
    (desk.folder / "blocked").write_text("a file stands here")
    good = address("list.csv", publisher.url("/list.csv"))
    blocked, fine = desk.fetch(listing(good, source="blocked"), listing(good, source="fine"))
    assert (blocked.state, fine.state) == ("failed", "new")
    assert "blocked" in blocked.reason


def test_two_at_once_do_not_meet(desk: Desk, publisher: Publisher) -> None:
    publisher.publish("/list.csv", LIST)
    (desk.folder / ".fetching").mkdir(parents=True)
    with FolderLock(desk.folder / ".fetching" / "lock"), pytest.raises(Conflict, match="process"):
        desk.one(publisher.url("/list.csv"))
    assert desk.one(publisher.url("/list.csv")).state == "new"


def test_a_kill_while_a_delivery_is_put_in_place_leaves_no_half_of_it(tmp_path: Path) -> None:
    """What a killed run left aside is swept away by the next one, and nothing of it was seen."""
    shelf = Shelf(folder=tmp_path)
    left = shelf.staging / "made_up.new"
    left.mkdir(parents=True)
    (left / "sdn.csv").write_bytes(LIST)
    assert all_files(tmp_path) == []
    fresh = shelf.staging / "alt.part"
    fresh.write_bytes(NEXT)
    shelf.place("made_up", "2026-02-27", [Item(path=fresh, name="alt.csv", sha256="")])
    assert [path.name for path in all_files(tmp_path)] == ["alt.csv"]


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b'{"url": 3}', b"\xff\xfe", b"null"])
def test_a_spoilt_note_of_a_part_costs_only_the_part(
    desk: Desk, publisher: Publisher, note: bytes
) -> None:
    publisher.publish("/list.csv", LIST, faults=[cut(5)])
    desk.one(publisher.url("/list.csv"), fetch_retries=0)
    (kept,) = (desk.folder / ".fetching").glob("*.json")
    kept.write_bytes(note)
    outcome = desk.one(publisher.url("/list.csv"))
    assert (outcome.state, outcome.resumed_at) == ("new", 0)
    assert list(desk.standing().values()) == [LIST]


@pytest.mark.parametrize(
    ("given", "path", "name"),
    [
        ('attachment; filename="SDN.CSV"', "/x", "SDN.CSV"),
        ("attachment; filename=a.csv; size=3", "/x", "a.csv"),
        (
            "attachment; filename=\"a.csv\"; filename*=UTF-8''V%C3%ADctimas.csv",
            "/x",
            "Víctimas.csv",
        ),
        ('attachment; filename="../../etc/passwd"', "/x", "passwd"),
        ('attachment; filename="C:\\\\temp\\\\.hidden"', "/x", "hidden"),
        ("", "/a/Listado%20Completo.csv", "Listado Completo.csv"),
        ("", "/a/%2e%2e%2fb", "b"),
    ],
)
def test_a_publishers_name_is_taken_and_made_safe(given: str, path: str, name: str) -> None:
    assert name_of({"content-disposition": given}, path) == name


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_no_name_leaves_its_folder_or_hides(given: str, path: str) -> None:
    try:
        name = name_of({"content-disposition": f'attachment; filename="{given}"'}, path)
    except InvalidData:
        return
    assert name == name.strip()
    assert not set(name) & set('/\\\0\n:"*?<>|')
    assert not name.startswith(".")
