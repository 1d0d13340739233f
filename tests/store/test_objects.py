"""A lake in an object store: every machine reads it, and no fault of a network shows half of it."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import socket
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from puente.errors import Conflict, InvalidData, NotFound, SourceFailed
from puente.guard.actors import Actor, Purpose
from puente.settings import Settings
from puente.store.cache import IN_USE_SECONDS, Cache
from puente.store.lake import Lake, open_lake
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from puente.store.lake import LoadInfo, Origin

ANA = Actor(name="ana", roles=frozenset({"analyst"}))
COUNT = {"place": "01001", "month": "2026-01", "record": "homicidio_doloso", "count": 3}


@pytest.fixture
def wire(object_store: Any, wire_to: Callable[..., Any]) -> Any:
    """A wire to the object store, which can be cut."""
    return wire_to(lambda: socket.create_connection(("127.0.0.1", object_store.port)))


def over(wire: Any) -> str:
    return f"http://127.0.0.1:{wire.port}"


def publish(lake: Lake, number: int = 1) -> str:
    with lake.begin_build() as build:
        build.write("derived", pa.table({"x": [number]}))
        return build.publish().id


def values(lake: Lake) -> list[str]:
    snapshot = lake.current()
    assert snapshot is not None
    return pq.read_table(snapshot.file("statements")).column("value").to_pylist()


def raw(lake: Lake) -> fs.FileSystem:
    store: fs.FileSystem = lake.place._store  # type: ignore[attr-defined]
    return store


def object_names(lake: Lake) -> list[str]:
    prefix = lake.place._prefix  # type: ignore[attr-defined]
    found = raw(lake).get_file_info(fs.FileSelector(prefix, recursive=True))
    return [i.path.removeprefix(f"{prefix}/") for i in found if i.type == fs.FileType.File]


def write_object(lake: Lake, name: str, content: bytes) -> None:
    full = lake.place._full(name)  # type: ignore[attr-defined]
    with raw(lake).open_output_stream(full) as stream:
        stream.write(content)


def read_object(lake: Lake, name: str) -> bytes:
    full = lake.place._full(name)  # type: ignore[attr-defined]
    with raw(lake).open_input_stream(full) as stream:
        return bytes(stream.read())


def test_what_one_machine_writes_another_reads(
    objects_lake: Callable[..., Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
) -> None:
    writer, reader = objects_lake(), objects_lake()
    assert reader.current() is None
    given = give(writer, make_origin(), [("p1", "ANA")], counts=[COUNT])
    made = publish(writer)
    reader = objects_lake()
    assert reader.loads() == [given]
    (load,) = reader.loads()
    assert load.folder.is_relative_to(reader.root)
    assert pq.read_table(load.folder / "counts.parquet").num_rows == 1
    snapshot = reader.current()
    assert snapshot is not None
    assert (snapshot.id, snapshot.manifest()["loads"]) == (made, [given.load])
    assert snapshot.names() == writer.snapshot(made).names()
    for name in snapshot.names():
        assert snapshot.file(name).read_bytes() == writer.snapshot(made).file(name).read_bytes()
    with reader.begin_build() as build:
        again = build.publish()
    assert objects_lake().current() is not None
    assert again.id > made


def test_files_that_two_builds_share_are_fetched_once(
    objects_lake: Callable[..., Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    wire: Any,
) -> None:
    fetched: list[str] = []

    def listen(sent: bytes) -> str:
        if sent.startswith(b"GET ") and b".parquet " in sent[:400]:
            fetched.append(sent[:400].split(b" ")[1].rpartition(b"/")[2].decode())
        return "pass"

    writer = objects_lake()
    give(writer, make_origin(), [("p1", "ANA")])
    publish(writer, 1)
    wire.fate = listen
    reader = objects_lake(endpoint=over(wire), folder="reader")
    assert reader.current() is not None
    assert "statements.parquet" in fetched
    fetched.clear()
    publish(writer, 2)
    reader = objects_lake(endpoint=over(wire), folder="reader")
    assert reader.current() is not None
    assert fetched == ["derived.parquet"]


def test_older_builds_are_removed_from_the_store_and_from_the_copies(
    objects_lake: Callable[..., Lake],
) -> None:
    writer = objects_lake()
    made = []
    for number in range(5):
        made.append(publish(writer, number))
        objects_lake(folder="reader").current()
    assert writer.place.standing("builds") == [f"builds/{build}" for build in made[-3:]]
    held = {name.split("/")[1] for name in object_names(writer) if name.startswith("builds/")}
    assert held == set(made[-3:])
    reader = objects_lake(folder="reader")
    assert {path.name for path in (reader.root / "builds").iterdir()} == set(made[-3:])
    with pytest.raises(NotFound):
        objects_lake().snapshot(made[0])


DAMAGES = {
    "shorter": lambda content: content[:-7],
    "longer": lambda content: content + b"x",
    "another": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_an_object_that_is_not_what_was_stored_is_named_and_never_read(
    objects_lake: Callable[..., Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    what: str,
) -> None:
    writer = objects_lake()
    give(writer, make_origin(), [("p1", "ANA")])
    old = publish(writer, 1)
    reader = objects_lake(folder="reader")
    assert values(reader) == ["ANA"]
    give(writer, make_origin(published="2026-02-01", content="2"), [("p1", "EVA")])
    new = publish(writer, 2)
    name = f"builds/{new}/statements.parquet"
    right = read_object(writer, name)
    write_object(writer, name, DAMAGES[what](right))
    reader = objects_lake(folder="reader")
    with pytest.raises(SourceFailed, match=r"statements\.parquet"):
        reader.current()
    assert reader.snapshot(old).file("statements").is_file()
    write_object(writer, name, right)
    assert sorted(values(objects_lake(folder="reader"))) == ["ANA", "EVA"]


def test_an_object_that_is_gone_is_named(objects_lake: Callable[..., Lake]) -> None:
    writer = objects_lake()
    made = publish(writer)
    raw(writer).delete_file(writer.place._full(f"builds/{made}/cells.parquet"))  # type: ignore[attr-defined]
    with pytest.raises(SourceFailed, match=r"cells\.parquet.*is not there"):
        objects_lake().current()


@pytest.mark.parametrize(
    ("fault", "at"),
    [
        ("cut", "loads/.*/statements.parquet"),
        ("no answer", "loads/.*/manifest.json"),
        ("500", "builds/.*/places.parquet"),
        ("cut", "builds/.*/manifest.json"),
        ("cut", "CURRENT"),
        ("no answer", "CURRENT"),
    ],
)
def test_a_store_that_fails_midway_leaves_a_whole_build_standing(
    objects_lake: Callable[..., Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    wire: Any,
    fault: str,
    at: str,
) -> None:
    """From one upload on the store fails, for as long as it is asked."""
    direct = objects_lake()
    give(direct, make_origin(), [("p1", "ANA")])
    old = publish(direct)
    lake = objects_lake(endpoint=over(wire), folder="writer")
    failing = []

    def fail_from(sent: bytes) -> str:
        if re.match(f"PUT [^ ]*{at}".encode(), sent):
            failing.append(at)
        return fault if failing else "pass"

    wire.fate = fail_from
    second = make_origin(published="2026-02-01", content="2")
    with pytest.raises(SourceFailed, match="the object store"):  # noqa: PT012
        give(lake, second, [("p1", "EVA")])
        publish(lake)
    current = objects_lake().current()
    assert current is not None
    if (fault, at) == ("no answer", "CURRENT"):
        assert sorted(values(objects_lake())) == ["ANA", "EVA"]
    else:
        assert (current.id, values(objects_lake())) == (old, ["ANA"])
    wire.fate = lambda _sent: "pass"
    lake = objects_lake(endpoint=over(wire), folder="writer")
    if lake.find_load(second.load, second.source) is None:
        give(lake, second, [("p1", "EVA")])
    new = publish(lake)
    reader = objects_lake()
    assert sorted(values(reader)) == ["ANA", "EVA"]
    assert reader.current().id == new  # type: ignore[union-attr]
    # Nothing that does not stand is left, here or there.
    standing = {*reader.place.standing("loads"), *reader.place.standing("builds")}
    assert {n.rpartition("/")[0] for n in object_names(reader) if n != "CURRENT"} == standing
    assert not lake.place.has_leftovers()


def test_an_answer_cut_in_half_is_no_answer(objects_lake: Callable[..., Lake], wire: Any) -> None:
    publish(objects_lake())
    reader = objects_lake(endpoint=over(wire))
    wire.fate = lambda sent: "half an answer" if b".parquet " in sent[:400] else "pass"
    with pytest.raises(SourceFailed):
        reader.current()
    wire.fate = lambda _sent: "pass"
    assert reader.current() is not None


def test_a_store_that_is_not_there_is_said_in_words(
    objects_lake: Callable[..., Lake], wire: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.fate = lambda _sent: "cut"
    with pytest.raises(SourceFailed, match="the object store fails") as failed:
        objects_lake(endpoint=over(wire))
    said = f"{failed.value} {failed.value.as_json()} {caplog.text}"
    assert "made-up" not in said, "credentials are shown to nobody"


def test_a_bucket_that_is_not_there_is_no_empty_lake(object_store: Any, tmp_path: Path) -> None:
    settings = Settings(
        workspace=tmp_path, lake_url="s3://no-such-bucket/x", lake_endpoint=object_store.endpoint
    )
    with pytest.raises(InvalidData, match="there is no bucket 'no-such-bucket'"):
        open_lake(settings, lambda: pytest.fail("no ledger"), clock=lambda: pytest.fail("no time"))


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("lake_url", "s3://key:SECRET@bucket/prefix"),
        ("lake_url", "https://bucket/SECRET"),
        ("lake_url", "s3://bucket/../SECRET"),
        ("lake_url", "s3:///SECRET"),
        ("lake_url", "s3://bucket/p?key=SECRET"),
        ("lake_url", "s3://[SECRET"),
        ("lake_endpoint", "https://key:SECRET@host"),
        ("lake_endpoint", "https://host/SECRET"),
        ("lake_endpoint", "SECRET"),
        ("lake_endpoint", "https://host:SECRET"),
        ("lake_endpoint", "https://host:9000#SECRET"),
    ],
)
def test_an_address_of_another_form_is_refused_and_not_shown(
    tmp_path: Path, name: str, address: str
) -> None:
    settings = Settings(workspace=tmp_path, **{"lake_url": "s3://bucket/p", name: address})
    with pytest.raises(InvalidData, match=name) as refused:
        open_lake(settings, lambda: pytest.fail("no ledger"), clock=lambda: pytest.fail("no time"))
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("name", ["../../escaped", "/escaped", ".hidden", "a/b", "manifest.json"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(
    objects_lake: Callable[..., Lake], name: str
) -> None:
    writer = objects_lake()
    made = publish(writer)
    path = f"builds/{made}/manifest.json"
    manifest = json.loads(read_object(writer, path))
    manifest["files"][name] = manifest["files"]["cells.parquet"]
    write_object(writer, path, json.dumps(manifest).encode())
    with pytest.raises(InvalidData, match=r"manifest is damaged"):
        objects_lake().current()


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"files": {"a": {}}}', b"\xff"])
def test_a_damaged_manifest_in_the_store_is_named(
    objects_lake: Callable[..., Lake], content: bytes
) -> None:
    lake = objects_lake()
    write_object(lake, "loads/list/0123/manifest.json", content)
    with pytest.raises(InvalidData, match=r"loads/list/0123/manifest\.json"):
        lake.loads()


def test_a_pointer_to_nothing_in_the_store_is_reported(objects_lake: Callable[..., Lake]) -> None:
    lake = objects_lake()
    write_object(lake, "CURRENT", b"20260101T000000000000-abc\n")
    with pytest.raises(InvalidData, match="CURRENT"):
        lake.current()


def test_a_load_that_another_machine_made_meanwhile_is_not_made_twice(
    objects_lake: Callable[..., Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
) -> None:
    one, other = objects_lake(), objects_lake()
    with one.begin_load(make_origin()) as writer:
        give(other, make_origin(), [("p1", "ANA")])
        writer.rows("counts", [COUNT])
        with pytest.raises(Conflict, match="stands already"):
            writer.publish(rows=1, loaded=1, rejected=0)
    assert [load.tables for load in objects_lake().loads()] == [{"statements": 1}]


def digest_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_a_build_is_published_though_no_room_can_be_made_among_the_copies(
    objects_lake: Callable[..., Lake], caplog: pytest.LogCaptureFixture
) -> None:
    lake = objects_lake()
    blobs = lake.root / "blobs"
    build = lake.begin_build()
    shutil.rmtree(blobs)
    blobs.write_text("no folder any more")
    made = build.publish()
    assert objects_lake().place.current() == made.id
    assert "no room made" in caplog.text


@pytest.fixture
def clock() -> list[float]:
    return [1_000_000_000.0]


def test_copies_that_are_not_used_make_room_and_those_in_use_stay(
    objects_lake: Callable[..., Lake],
    make_origin: Callable[..., Origin],
    give: Callable[..., LoadInfo],
    tmp_path: Path,
    clock: list[float],
) -> None:
    writer = objects_lake()
    for number in range(3):
        give(writer, make_origin(f"s{number}"), [("p1", f"NAME {number}")])
    current = publish(writer)
    reader = objects_lake()
    cache = Cache(tmp_path / "small", most_mb=0, now=lambda: clock[0])
    reader.place.root, reader.place._cache = cache.root, cache  # type: ignore[misc, attr-defined]

    def held() -> list[str]:
        found = cache.root.glob("*/**/manifest.json")
        return sorted(path.parent.relative_to(cache.root).as_posix() for path in found)

    folders = reader.place.standing("loads")
    for folder in folders:
        reader.place.hold(folder)
        clock[0] += 60
    assert held() == folders, "what was used within the hour is in use"
    clock[0] += IN_USE_SECONDS
    reader.place.hold(folders[1])
    reader.place.hold(f"builds/{current}")
    assert held() == [f"builds/{current}", folders[1]]
    blobs = {path.stat().st_nlink for path in (cache.root / "blobs").iterdir()}
    assert 1 not in blobs, "a file that no folder needs is removed"
    for path in (cache.root / "blobs").iterdir():
        # As a backup on the same disk does.
        os.link(path, tmp_path / path.name)
    clock[0] += 2 * IN_USE_SECONDS
    reader.place.hold(folders[0])
    assert held() == [folders[0]]
    left = {path.name for path in (cache.root / "blobs").iterdir()}
    assert left == {digest_of(path) for path in (cache.root / folders[0]).glob("*.parquet")}


def test_writers_on_two_machines_share_the_lock_of_their_ledger(
    object_store: Any, postgres: Any, tmp_path: Path
) -> None:
    url, bucket = postgres.ready_database(), object_store.new_bucket()
    nodes = [
        Workspace.open(
            Settings(
                workspace=tmp_path / name,
                ledger_url=url,
                lake_url=f"s3://{bucket}/lake{end}",
                lake_endpoint=object_store.endpoint,
            )
        )
        # Written in two ways, it is one lake.
        for name, end in (("one", ""), ("other", "/"))
    ]
    with nodes[0] as one, nodes[1] as other:
        one.audit.record(ANA, None, "signed_in")
        one.audit.flush()
        with pytest.raises(Conflict, match="the key of the node"):
            assert other.audit.size() == 0
        shutil.copy(tmp_path / "one" / "key", tmp_path / "other" / "key")
        with one.lake.begin_build() as build:
            with pytest.raises(Conflict, match="process"):
                other.lake.begin_build()
            made = build.publish()
        view = other.view(ANA, Purpose(name="investigation"))
        assert view.snapshot.id == made.id
        assert view.sql("SELECT count(*) AS n FROM statements").to_pylist() == [{"n": 0}]
        with other.lake.begin_build() as build:
            assert len(other.system_view(build.path).sql("SELECT * FROM counts")) == 0
        other.audit.flush()
        assert one.audit.verify().ok
        assert one.audit.size() > 1
    postgres.drop(url)
