"""What is kept safe comes back whole, in either database, or not at all; purged values do not."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from argon2 import PasswordHasher
from sqlalchemy import MetaData, create_engine, insert, select, text
from typer.testing import CliRunner

from puente.backup import Restore, make_backup, restore_backup
from puente.cli.app import build_app
from puente.cli.backup import _purged_in
from puente.errors import Conflict, InvalidData, NotFound, PuenteError
from puente.guard.actors import Actor, Purpose
from puente.guard.purges import purged_rows, read_purges
from puente.guard.seal import Sealer, open_secret
from puente.guard.users import Users
from puente.settings import Settings
from puente.store.archive import Archive
from puente.store.dump import dump_ledger, load_dump
from puente.store.grants import wanted_grants
from puente.store.ledger import (
    _run_migrations,
    fill_ledger,
    heads,
    ledger_engine,
    open_ledger,
    reading,
    writing,
)
from puente.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from puente.store.lake import LoadInfo, Origin

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")
CASE = Purpose(name="investigation", case="C-1", reason="a made-up reason")
PASSWORD = "una frase larga"


def look(node: Workspace, count: int) -> None:
    for number in range(count):
        node.audit.record(ANA, CASE, "look", ids=[f"ofac-{number}"], sealed={"query": "Peña"})
    node.audit.flush()


def cheap(node: Workspace) -> Users:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Users(node.ledger, node.audit, clock=lambda: NOW, hasher=hasher)


@pytest.fixture
def make_node(
    tmp_path: Path, make_origin: Callable[..., Origin], give: Callable[..., LoadInfo]
) -> Iterator[Callable[..., Workspace]]:
    """Return nodes with an account, a session, a log, one purged value, two loads, two builds."""
    made: list[Workspace] = []

    def make(name: str = "old", **settings: str) -> Workspace:
        chosen = Settings(workspace=tmp_path / name, **settings)
        made.append(Workspace.open(chosen, clock=lambda: NOW))
        node = made[-1]
        cheap(node).add("ana", PASSWORD, roles=("analyst",), country="MX", agency="Ñ")
        cheap(node).open_session(ANA, CASE)
        look(node, 20)
        node.audit.purge([3], ANA, CASE)
        give(node.lake, make_origin(), [("p1", "ANA")])
        with node.lake.begin_build() as build:
            build.publish()
        give(node.lake, make_origin("other", content="b"), [("p2", "EVA")])
        with node.lake.begin_build() as build:
            build.write("derived", pa.table({"x": [1]}))
            build.publish()
        (chosen.workspace / "mappings").mkdir()
        (chosen.workspace / "mappings" / "own.yaml").write_text("made: up")
        return node

    yield make
    for node in made:
        node.close()


def save(node: Workspace, folder: Path, **how: bool) -> Any:
    return make_backup(node, folder, now=NOW, **how)


def bring_back(folder: Path, workspace: Path, how: Restore | None = None, **settings: str) -> Any:
    chosen = Settings(workspace=workspace, **settings)
    return restore_backup(folder, chosen, how or Restore(), clock=lambda: NOW)


def rows_of(engine: Engine) -> dict[str, set[tuple[object, ...]]]:
    metadata = MetaData()
    with reading(engine) as connection:
        metadata.reflect(connection)
        return {
            table.name: {tuple(row) for row in connection.execute(select(table))}
            for table in metadata.sorted_tables
        }


def test_a_node_comes_back_the_same_from_one_database_into_the_other_and_back(
    make_node: Callable[..., Workspace], tmp_path: Path, postgres: Any
) -> None:
    old = make_node()
    first = save(old, tmp_path / "one", with_key=True)
    before, root = rows_of(old.ledger), old.audit.verify().root
    assert (first.root, first.rows) == (root, len(before["audit_row"]))
    url = postgres.empty_database()
    report = bring_back(tmp_path / "one", tmp_path / "middle", ledger_url=url)
    assert report.audit.ok
    with Workspace.open(Settings(workspace=tmp_path / "middle", ledger_url=url)) as middle:
        after = rows_of(middle.ledger)
        for table, rows in before.items():
            assert rows <= after[table] or table in {"audit_log", "audit_head"}, table
        assert len(after["audit_row"]) == len(before["audit_row"]) + 1, "the restore is logged"
        assert middle.audit.newest(1)[0].action == "restored"
        assert cheap(middle).authenticate("ana", PASSWORD).agency == "Ñ"
        assert middle.audit.unseal(5) == {"query": "Peña", "reason": "a made-up reason"}
        look(middle, 5)
        assert middle.audit.verify().ok
        second = save(middle, tmp_path / "two", with_key=True)
        ledger = rows_of(middle.ledger)
    report = bring_back(tmp_path / "two", tmp_path / "new")
    assert report.audit.ok
    assert (second.loads, second.builds) == (report.loads, report.builds) == (2, 2)
    with Workspace.open(Settings(workspace=tmp_path / "new")) as new:
        for table, rows in ledger.items():
            assert rows <= rows_of(new.ledger)[table] or table in {"audit_log", "audit_head"}
        assert new.lake.loads() == old.lake.loads()
        assert new.lake.current().manifest() == old.lake.current().manifest()  # type: ignore[union-attr]
        assert len(new.lake.place.standing("builds")) == 2
        found = new.view(ANA, CASE).sql("SELECT value FROM statements ORDER BY value").to_pylist()
        assert found == [{"value": "ANA"}, {"value": "EVA"}]
        assert (tmp_path / "new" / "mappings" / "own.yaml").read_text() == "made: up"
    postgres.drop(url)


def test_a_lake_comes_back_from_an_object_store_into_a_folder_and_the_other_way(
    make_node: Callable[..., Workspace], tmp_path: Path, object_store: Any
) -> None:
    stores = [
        {"lake_url": f"s3://{object_store.new_bucket()}/x", "lake_endpoint": object_store.endpoint}
        for _ in range(2)
    ]
    old = make_node(**stores[0])
    save(old, tmp_path / "one", with_key=True)
    assert bring_back(tmp_path / "one", tmp_path / "folder").audit.ok
    with Workspace.open(Settings(workspace=tmp_path / "folder")) as node:
        assert node.lake.loads() == old.lake.loads()
        save(node, tmp_path / "two", with_key=True)
    assert bring_back(tmp_path / "two", tmp_path / "store", **stores[1]).audit.ok
    with Workspace.open(Settings(workspace=tmp_path / "reader", **stores[1])) as node:
        assert node.lake.loads() == old.lake.loads()
        assert pq.read_table(node.lake.current().file("derived")).num_rows == 1  # type: ignore[union-attr]
    with old.lake.begin_build() as build:
        build.publish()
    with pytest.raises(Conflict, match="the lake holds something already"):
        bring_back(tmp_path / "two", tmp_path / "again", **stores[0])


def test_every_damage_to_a_backup_is_found_before_anything_is_written(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    save(make_node(), folder, with_key=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 40
    for path in files:
        right = path.read_bytes()
        middle = len(right) // 2
        wrongs: list[bytes | None] = [None, right + b"x"]
        if right:
            wrongs += [
                right[:-2],
                right[:middle] + bytes([right[middle] ^ 1]) + right[middle + 1 :],
            ]
        for wrong in wrongs:
            path.unlink()
            if wrong is not None:
                path.write_bytes(wrong)
                path.chmod(0o600)
            with pytest.raises((InvalidData, NotFound)):
                bring_back(folder, tmp_path / "new")
            path.unlink(missing_ok=True)
            path.write_bytes(right)
            path.chmod(0o600)
    assert not (tmp_path / "new").exists()
    assert bring_back(folder, tmp_path / "new").audit.ok


def test_a_manifest_that_was_written_anew_does_not_pass(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    """Whoever alters a table and its hash has not the node's key; nor does any path lead out."""
    folder = tmp_path / "backup"
    save(make_node(), folder, with_key=True)
    path = folder / "backup.json"
    right = path.read_text()
    for change in (
        {"made_at": "2020-01-01"},
        {"signature": "00"},
        {"audit": {}},
        {"format": 2},
        {"files": {"../escaped": {"bytes": 1, "sha256": "0"}}},
        {"files": {"/etc/passwd": {"bytes": 1, "sha256": "0"}}},
        {"files": {"ledger/audit_row.parquet": 7}},
        {"files": []},
    ):
        path.write_text(json.dumps({**json.loads(right), **change}))
        with pytest.raises(InvalidData):
            bring_back(folder, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_that_stands_is_overwritten(
    make_node: Callable[..., Workspace], tmp_path: Path, postgres: Any
) -> None:
    node = make_node()
    save(node, tmp_path / "backup", with_key=True)
    with pytest.raises(Conflict, match="holds a workspace already"):
        bring_back(tmp_path / "backup", tmp_path / "old")
    with pytest.raises(Conflict, match="is not empty"):
        save(node, tmp_path / "backup")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(Conflict, match="is not empty"):
        save(node, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"
    open_secret(tmp_path / "other-key")
    (tmp_path / "keyed").mkdir()
    shutil.copy2(tmp_path / "other-key", tmp_path / "keyed" / "key")
    with pytest.raises(Conflict, match="the key of another node"):
        bring_back(tmp_path / "backup", tmp_path / "keyed")
    url = postgres.ready_database()
    make_node("third", ledger_url=url)
    with pytest.raises(Conflict, match="the ledger holds something already"):
        bring_back(tmp_path / "backup", tmp_path / "fourth", ledger_url=url)
    postgres.drop(url)


def test_an_empty_ledger_of_this_version_can_be_restored_into(
    make_node: Callable[..., Workspace], tmp_path: Path, postgres: Any
) -> None:
    save(make_node(), tmp_path / "backup", with_key=True)
    url = postgres.ready_database()
    assert bring_back(tmp_path / "backup", tmp_path / "new", ledger_url=url).audit.ok
    postgres.drop(url)


def test_a_backup_is_of_one_moment_though_the_node_goes_on_working(
    make_node: Callable[..., Workspace], tmp_path: Path, ledger_url: str
) -> None:
    node = make_node(ledger_url=ledger_url)
    stop = threading.Event()
    trouble: list[PuenteError] = []

    def work() -> None:
        try:
            while not stop.is_set():
                look(node, 7)
                with node.lake.begin_build() as build:
                    build.publish()
        except PuenteError as error:
            trouble.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    reports = [save(node, tmp_path / f"backup-{number}", with_key=True) for number in range(4)]
    stop.set()
    worker.join()
    assert trouble == []
    assert reports[-1].rows > reports[0].rows
    for number, report in enumerate(reports):
        new = tmp_path / f"new-{number}"
        restored = bring_back(tmp_path / f"backup-{number}", new)
        assert restored.audit.ok
        assert restored.audit.rows == report.rows + 1
        with Workspace.open(Settings(workspace=new)) as opened:
            snapshot = opened.lake.current()
            assert snapshot is not None
            assert {*snapshot.manifest()["loads"]} <= {load.load for load in opened.lake.loads()}


def test_the_key_stays_at_home_unless_it_is_asked_for(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    node = make_node()
    secret = (tmp_path / "old" / "key").read_bytes()
    assert not save(node, tmp_path / "without").key
    for path in (tmp_path / "without").rglob("*"):
        if path.is_dir():
            assert path.stat().st_mode & 0o077 == 0, path
        else:
            assert secret.strip() not in path.read_bytes()
    with pytest.raises(InvalidData, match="without the node's key"):
        bring_back(tmp_path / "without", tmp_path / "new")
    another = tmp_path / "another"
    open_secret(another)
    with pytest.raises(InvalidData, match="the key of another node"):
        bring_back(tmp_path / "without", tmp_path / "new", Restore(key=another))
    with pytest.raises(InvalidData, match="no such file"):
        bring_back(tmp_path / "without", tmp_path / "new", Restore(key=tmp_path / "none"))
    key = tmp_path / "old" / "key"
    assert bring_back(tmp_path / "without", tmp_path / "new", Restore(key=key)).audit.ok
    assert (tmp_path / "new" / "key").read_bytes() == secret
    assert (tmp_path / "new" / "key").stat().st_mode & 0o777 == 0o600
    save(node, tmp_path / "with", with_key=True)
    assert (tmp_path / "with" / "key").stat().st_mode & 0o777 == 0o600


def test_a_node_whose_key_is_lost_keeps_its_rows_and_is_told_what_is_gone(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    save(make_node(), tmp_path / "backup")
    report = bring_back(tmp_path / "backup", tmp_path / "new", Restore(without_key=True))
    assert not report.audit.ok
    with Workspace.open(Settings(workspace=tmp_path / "new")) as new:
        assert new.audit.rows(5, 1)[0].ids == ("ofac-3",)
        with pytest.raises(InvalidData):
            new.audit.unseal(5)


def test_what_was_purged_after_the_backup_does_not_come_back(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    node = make_node()
    report = save(node, tmp_path / "backup", with_key=True)
    look(node, 3)
    node.audit.purge([5, 6, report.rows + 1], ANA, CASE)
    lines = [json.dumps(item.as_json()) for item in purged_rows(node.ledger)]
    (tmp_path / "purges.jsonl").write_text("\n".join(lines))
    purges = read_purges(tmp_path / "purges.jsonl")
    assert purges == purged_rows(node.ledger)
    assert [item.row for item in purges] == [3, 5, 6, report.rows + 1]
    restored = bring_back(tmp_path / "backup", tmp_path / "new", Restore(purges=purges))
    assert (restored.purged, restored.audit.ok, restored.audit.purged) == (2, True, 3)
    with Workspace.open(Settings(workspace=tmp_path / "new")) as new:
        assert [new.audit.unseal(row) for row in (3, 5, 6)] == [None] * 3
        assert new.audit.unseal(7) is not None
    forgotten = bring_back(tmp_path / "backup", tmp_path / "careless")
    assert forgotten.purged is None, "nobody said what was purged"


def test_a_list_of_purges_of_another_log_destroys_nothing(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    save(make_node(), tmp_path / "backup", with_key=True)
    other = make_node("other")
    other.audit.purge([6], ANA, CASE)
    purges = purged_rows(other.ledger)
    with pytest.raises(InvalidData, match="of another log: row 3 differs"):
        bring_back(tmp_path / "backup", tmp_path / "new", Restore(purges=purges))
    with pytest.raises(Conflict, match="restored in part"):
        Workspace.open(Settings(workspace=tmp_path / "new"))
    assert bring_back(tmp_path / "backup", tmp_path / "new", Restore(purges=[])).audit.ok


@pytest.mark.parametrize("line", ["3", "{}", '{"row": -1, "leaf": ""}', '{"row": "1", "leaf": ""}'])
def test_a_list_of_purges_with_a_line_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "list").write_text(f'{{"row": 1, "leaf": "ab"}}\n\n{line}\n')
    with pytest.raises(InvalidData, match="list, line 3"):
        read_purges(tmp_path / "list")


def test_a_restore_that_was_cut_off_does_not_open_and_can_be_run_again(
    make_node: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(make_node(), tmp_path / "backup", with_key=True)
    new = tmp_path / "new"

    def stop(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("puente.backup.fill_ledger", stop)
        with pytest.raises(KeyboardInterrupt):
            bring_back(tmp_path / "backup", new)
    assert (new / "lake" / "CURRENT").is_file()
    with pytest.raises(Conflict, match="restored in part"):
        Workspace.open(Settings(workspace=new))
    assert bring_back(tmp_path / "backup", new).audit.ok
    Workspace.open(Settings(workspace=new)).close()


def test_a_lake_that_lost_a_byte_is_found_when_it_is_backed_up(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    node = make_node()
    path = node.lake.loads()[0].folder / "statements.parquet"
    right = path.read_bytes()
    path.write_bytes(right[:-1] + b"?")
    with pytest.raises(InvalidData, match=r"statements\.parquet.*not what it was"):
        save(node, tmp_path / "backup")
    with pytest.raises(NotFound, match="no finished backup"):
        bring_back(tmp_path / "backup", tmp_path / "new")
    path.unlink()
    with pytest.raises(InvalidData, match="lacks a file"):
        save(node, tmp_path / "backup")
    path.write_bytes(right)
    save(node, tmp_path / "backup", with_key=True)
    assert bring_back(tmp_path / "backup", tmp_path / "new").audit.ok


def test_a_backup_without_the_lake_leaves_the_one_that_is_there_alone(
    make_node: Callable[..., Workspace], tmp_path: Path, object_store: Any
) -> None:
    store = {
        "lake_url": f"s3://{object_store.new_bucket()}",
        "lake_endpoint": object_store.endpoint,
    }
    node = make_node(**store)
    report = save(node, tmp_path / "backup", with_lake=False, with_key=True)
    assert (report.loads, report.builds) == (None, None)
    assert bring_back(tmp_path / "backup", tmp_path / "new", **store).audit.ok
    with Workspace.open(Settings(workspace=tmp_path / "new", **store)) as new:
        assert new.lake.loads() == node.lake.loads()


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    metadata = MetaData()
    with engine.begin() as connection:
        _run_migrations(connection, to="guard_0001")
        metadata.reflect(connection)
        user = dict.fromkeys(metadata.tables["guard_user"].columns.keys(), "")
        connection.execute(
            insert(metadata.tables["guard_user"]),
            {**user, "name": "ana", "failures": 2, "disabled": True},
        )
    (tmp_path / "dump").mkdir()
    with engine.connect() as connection:
        counts = dump_ledger(connection, tmp_path / "dump")
    engine.dispose()
    settings = Settings(workspace=tmp_path / "new")
    new = ledger_engine(settings)
    fill_ledger(new, settings, ["guard_0001"], lambda c: load_dump(c, tmp_path / "dump", counts))
    rows = rows_of(new)
    assert {row[0] for row in rows["alembic_version"]} == heads()
    assert [(row[0], row[6], row[8]) for row in rows["guard_user"]] == [("ana", 2, True)]
    new.dispose()
    settings = Settings(workspace=tmp_path / "newer")
    engine = ledger_engine(settings)
    with pytest.raises(Conflict, match="another version"):
        fill_ledger(engine, settings, ["guard_9999"], lambda _connection: None)
    assert rows_of(engine) == {}
    engine.dispose()


def test_numbers_that_the_database_gives_go_on_after_a_restore(
    make_node: Callable[..., Workspace], tmp_path: Path, postgres: Any
) -> None:
    save(make_node(), tmp_path / "backup", with_key=True)
    url = postgres.empty_database()
    bring_back(tmp_path / "backup", tmp_path / "new", ledger_url=url)
    with Workspace.open(Settings(workspace=tmp_path / "new", ledger_url=url)) as new:
        metadata = MetaData()
        with writing(new.ledger) as connection:
            metadata.reflect(connection, only=["audit_log"])
            made = connection.execute(insert(metadata.tables["audit_log"]).values(size=0))
            assert made.inserted_primary_key == (2,)
            connection.rollback()
    postgres.drop(url)


def test_the_commands_say_what_was_done_and_what_is_lost(
    make_node: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = make_node()
    app, runner = build_app(), CliRunner()

    def puente(*words: object) -> Any:
        given = [*map(str, words), "--json"]
        monkeypatch.setattr(sys, "argv", ["puente", *given])
        return runner.invoke(app, given)

    done = puente("backup", "--workspace", tmp_path / "old", "--to", tmp_path / "backup")
    assert done.exit_code == 0, done.output
    held = json.loads(done.stdout)
    assert (held["loads"], held["builds"], held["key"]) == (2, 2, False)
    refused = puente("restore", "--from", tmp_path / "backup", "--workspace", tmp_path / "new")
    assert refused.exit_code == 3
    assert json.loads(refused.stdout)["error"]["code"] == "invalid_data"
    node.audit.purge([5, 6], ANA, CASE)
    node.close()
    key = ("--key", tmp_path / "old" / "key")
    from_backup = ("restore", "--from", tmp_path / "backup", *key)
    done = puente(*from_backup, "--workspace", tmp_path / "new", "--purges", tmp_path / "old")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["audit"]["ok"], said["purged"], said["loads"]) == (True, 2, 2)
    with Workspace.open(Settings(workspace=tmp_path / "new")) as new:
        assert [new.audit.unseal(row) for row in (3, 5, 6)] == [None] * 3
    lost = puente(
        "restore", "--from", tmp_path / "backup", "--workspace", tmp_path / "lost", "--without-key"
    )
    assert lost.exit_code == 1
    assert json.loads(lost.stdout)["audit"]["finding"]
    monkeypatch.setattr(sys, "argv", ["puente"])
    listed = runner.invoke(app, ["audit", "purges", "--workspace", str(tmp_path / "old")])
    assert [json.loads(line)["row"] for line in listed.stdout.splitlines()] == [3, 5, 6]


def test_a_backup_bears_the_signature_of_its_node(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    save(make_node(), tmp_path / "backup")
    manifest = json.loads((tmp_path / "backup" / "backup.json").read_text())
    public = Sealer(open_secret(tmp_path / "old" / "key")).public_key.hex()
    assert manifest["audit"]["public_key"] == public
    assert manifest["revisions"] == sorted(heads())


def test_a_folder_that_is_no_workspace_does_not_pass_for_one_where_nothing_was_purged(
    make_node: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a mistyped folder brings back every value that was destroyed, without a word."""
    save(make_node(), tmp_path / "backup", with_key=True)
    (tmp_path / "empty").mkdir()
    open_ledger(Settings(workspace=tmp_path / "unused")).dispose()
    (tmp_path / "blank").mkdir()
    (tmp_path / "blank" / "ledger.sqlite").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ledger.sqlite").write_bytes(b"no database" * 1000)
    for name in ("empty", "unused", "blank", "broken"):
        words = [
            "restore", "--from", str(tmp_path / "backup"), "--workspace", str(tmp_path / "new"),
            "--purges", str(tmp_path / name), "--json",
        ]  # fmt: skip
        monkeypatch.setattr(sys, "argv", ["puente", *words])
        refused = CliRunner().invoke(build_app(), words)
        assert refused.exit_code == 3, refused.output
        said = json.loads(refused.stdout)["error"]["message"]
        assert "damaged" in said if name == "broken" else f"no ledger in {tmp_path / name}" in said
    assert list((tmp_path / "empty").iterdir()) == []
    assert not (tmp_path / "new").exists()


def test_reading_what_was_purged_leaves_the_old_ledger_as_it_is(
    tmp_path: Path, make_node: Callable[..., Workspace]
) -> None:
    """It may be of an older version, and is not this command's to bring up to date."""
    make_node().close()
    path = tmp_path / "old" / "ledger.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM alembic_version")
        database.execute("INSERT INTO alembic_version VALUES ('guard_0001')")
    database.close()
    assert [item.row for item in _purged_in(tmp_path / "old")] == [3]
    with sqlite3.connect(path) as database:
        assert ("guard_0001",) in database.execute("SELECT * FROM alembic_version").fetchall()
    database.close()


def test_a_table_of_somebody_else_in_the_schema_is_not_the_ledgers(
    make_node: Callable[..., Workspace], tmp_path: Path, postgres: Any
) -> None:
    url = postgres.ready_database()
    node = make_node(ledger_url=url)
    strange = text("CREATE TABLE strange (held jsonb)")
    with writing(node.ledger) as connection:
        connection.execute(strange)
    report = save(node, tmp_path / "backup", with_key=True)
    ours = {*wanted_grants()} - {"alembic_version"}
    assert set(report.tables) == ours, "no table of ours is forgotten, and none is taken in"
    assert bring_back(tmp_path / "backup", tmp_path / "new").audit.ok
    shared = postgres.empty_database()
    engine = create_engine(shared)
    with engine.begin() as connection:
        connection.execute(strange)
        connection.execute(text("INSERT INTO strange VALUES ('[1]')"))
    engine.dispose()
    assert bring_back(tmp_path / "backup", tmp_path / "shared", ledger_url=shared).audit.ok
    node.close()
    for each in (url, shared):
        postgres.drop(each)


def test_a_mapping_that_was_slipped_into_a_backup_is_not_restored(
    make_node: Callable[..., Workspace], tmp_path: Path
) -> None:
    """It would say how records are read, and nobody has signed it."""
    save(make_node(), tmp_path / "backup", with_key=True)
    (tmp_path / "backup" / "mappings" / "slipped_in.yaml").write_text("made: up")
    assert bring_back(tmp_path / "backup", tmp_path / "new").audit.ok
    held = [path.name for path in (tmp_path / "new" / "mappings").iterdir()]
    assert held == ["own.yaml"]


def test_a_build_that_is_removed_while_it_is_copied_is_left_out(
    make_node: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = make_node()
    place = node.lake.place
    oldest = place.standing("builds")[0]
    hold = place.hold

    def pruned_meanwhile(folder: str) -> Path:
        held = hold(folder)
        if folder == oldest:
            place.remove(folder)
        return held

    monkeypatch.setattr(place, "hold", pruned_meanwhile)
    report = save(node, tmp_path / "backup", with_key=True)
    assert (report.builds, report.loads) == (1, 2)
    shared = [path for path in (tmp_path / "backup" / "lake").rglob("*") if path.is_file()]
    assert report.linked == len(shared)
    assert bring_back(tmp_path / "backup", tmp_path / "new").audit.ok


def test_what_was_linked_before_the_rest_was_gone_is_not_counted(
    make_node: Callable[..., Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = make_node()
    place = node.lake.place
    oldest = place.standing("builds")[0]
    link = Archive._link

    def pruned_meanwhile(self: Archive, source: Path, target: Path) -> None:
        link(self, source, target)
        if source.parent == place.root / oldest:
            place.remove(oldest)

    monkeypatch.setattr(Archive, "_link", pruned_meanwhile)
    report = save(node, tmp_path / "backup", with_key=True)
    shared = [path for path in (tmp_path / "backup" / "lake").rglob("*") if path.is_file()]
    assert (report.builds, report.linked) == (1, len(shared))
