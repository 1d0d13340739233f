"""What a PostgreSQL ledger does when the network fails, and what the running node may not do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, make_url, text

from puente.errors import Conflict, InvalidData, NotAllowed, NotFound, SourceFailed
from puente.guard.actors import Actor, Purpose
from puente.guard.audit import AuditLog
from puente.guard.history import keep_policy
from puente.guard.policy import Policy
from puente.guard.seal import Sealer
from puente.guard.users import Users
from puente.settings import Settings
from puente.store.grants import wanted_grants
from puente.store.ledger import heads, open_ledger, writing
from puente.store.locks import LedgerLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine, MetaData

ANA = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")
CASE = Purpose(name="investigation", case="C-1", reason="a made-up reason")
SEALER = Sealer(b"a made-up secret of 32 bytes. ok")


@pytest.fixture
def url(postgres: Any) -> Iterator[str]:
    made = postgres.ready_database()
    yield made
    postgres.drop(made)


@pytest.fixture
def open_at(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    made: list[Engine] = []

    def opened(url: str, **settings: str) -> Engine:
        made.append(open_ledger(Settings(workspace=tmp_path, ledger_url=url, **settings)))
        return made[-1]

    yield opened
    for engine in made:
        engine.dispose()


def through(wire: Any, url: str) -> str:
    """Return the same database, at the other end of a wire."""
    parts = make_url(url)
    parts = parts.difference_update_query(["host"]).set(host="127.0.0.1", port=wire.port)
    return parts.render_as_string(hide_password=False)


def connector(url: str) -> Callable[[], socket.socket]:
    parts = make_url(url)
    host, port = str(parts.query.get("host") or parts.host), parts.port or 5432

    def connect() -> socket.socket:
        if host.startswith("/"):
            plug = socket.socket(socket.AF_UNIX)
            plug.connect(f"{host}/.s.PGSQL.{port}")
            return plug
        return socket.create_connection((host, port))

    return connect


def look(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.record(ANA, CASE, "look", ids=[f"ofac-{number}"])


def test_a_new_database_gets_the_tables_and_an_old_url_is_understood(
    postgres: Any, open_at: Callable[..., Engine]
) -> None:
    empty = postgres.empty_database()
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        engine = open_at(empty.replace("postgresql+psycopg", scheme))
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
            assert set(found) == heads()
    postgres.drop(empty)


OPENS_AT_ONCE = """
import os, sys
from pathlib import Path
from puente.settings import Settings
from puente.store.ledger import open_ledger
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        open_ledger(Settings(workspace=Path(sys.argv[1]), ledger_url=sys.argv[2]))
        os._exit(0)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


def test_processes_that_open_a_new_database_at_once_all_get_it(
    postgres: Any, tmp_path: Path
) -> None:
    empty = postgres.empty_database()
    command = [sys.executable, "-c", OPENS_AT_ONCE, str(tmp_path), empty]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    postgres.drop(empty)


def test_a_connection_cut_in_the_middle_leaves_nothing_half_and_loses_no_row(
    url: str, open_at: Callable[..., Engine], postgres: Any
) -> None:
    engine = open_at(url)
    log = AuditLog(engine, SEALER)
    look(log, 3)
    log.flush()

    def cut(connection: Any, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO audit_node"):
            pid = connection.connection.driver_connection.info.backend_pid
            postgres.run("SELECT pg_terminate_backend(:pid, 5000)", pid=pid)

    event.listen(engine, "before_cursor_execute", cut)
    look(log, 4)
    with pytest.raises(SourceFailed, match="the ledger cannot be reached"):
        log.flush()
    event.remove(engine, "before_cursor_execute", cut)
    assert log.size() == 3
    log.flush()
    assert log.size() == 7
    assert log.verify().ok
    log.close()


@pytest.mark.parametrize("more", [0, 5])
def test_rows_whose_commit_was_never_confirmed_are_written_once(
    url: str,
    open_at: Callable[..., Engine],
    wire_to: Callable[..., Any],
    more: int,
) -> None:
    """The server has committed; the word of it is lost on the way."""
    wire = wire_to(connector(url))
    log = AuditLog(open_at(through(wire, url)), SEALER)
    direct = AuditLog(open_at(url), SEALER)
    look(log, 3)
    wire.fate = lambda sent: "no answer" if b"COMMIT\x00" in sent else "pass"
    with pytest.raises(SourceFailed):
        log.flush()
    wire.fate = lambda _sent: "pass"
    assert direct.size() == 3, "the server took them"
    look(direct, 2)
    direct.flush()
    look(log, more)
    log.flush()
    assert log.size() == 5 + more
    log.purge([0], ANA, CASE)
    assert log.verify().ok
    log.close()
    direct.close()


def test_a_commit_that_never_arrived_is_made_good(
    url: str, open_at: Callable[..., Engine], wire_to: Callable[..., Any]
) -> None:
    wire = wire_to(connector(url))
    log = AuditLog(open_at(through(wire, url)), SEALER)
    look(log, 3)
    wire.fate = lambda sent: "cut" if b"COMMIT\x00" in sent else "pass"
    for _ in range(2):
        with pytest.raises(SourceFailed):
            log.flush()
    wire.fate = lambda _sent: "pass"
    assert log.size() == 0
    look(log, 1)
    log.flush()
    assert [row.ids for row in log.rows()] == [("ofac-0",), ("ofac-1",), ("ofac-2",), ("ofac-0",)]
    assert log.verify().ok
    log.close()


def test_a_server_that_is_not_there_is_said_in_words_without_the_password(
    tmp_path: Path,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://ana:a-made-up-password@127.0.0.1:{port}/puente"
    with pytest.raises(SourceFailed, match="the ledger cannot be reached") as failed:
        open_ledger(Settings(workspace=tmp_path, ledger_url=url))
    assert "a-made-up-password" not in f"{failed.value} {failed.value.as_json()}"


def test_a_transaction_that_waits_too_long_for_another_is_a_conflict(
    url: str, open_at: Callable[..., Engine]
) -> None:
    patient = make_url(url).update_query_dict({"options": "-c lock_timeout=100"})
    engine = open_at(patient.render_as_string(hide_password=False))
    with writing(engine) as first:
        first.execute(text("UPDATE audit_log SET size = size"))
        with pytest.raises(Conflict, match="the ledger is busy"), writing(engine) as second:
            second.execute(text("UPDATE audit_log SET size = size"))


@pytest.mark.parametrize("agency", ["x" * 101, "a\x00b"])
def test_a_value_that_the_database_cannot_hold_is_refused_and_not_shown(
    url: str, open_at: Callable[..., Engine], agency: str
) -> None:
    engine = open_at(url)
    users = Users(engine, AuditLog(engine, SEALER))
    with pytest.raises(InvalidData, match="cannot hold a value") as refused:
        users.add("ana", "una frase larga", roles=("analyst",), agency=agency)
    assert agency not in str(refused.value)
    assert users.all() == []


@pytest.fixture
def app_role(postgres: Any) -> Iterator[str]:
    name = f"puente_app_{os.getpid()}"
    postgres.run(f"CREATE ROLE {name} LOGIN PASSWORD 'made-up'")
    yield name
    postgres.run(f"DROP OWNED BY {name}")
    postgres.run(f"DROP ROLE {name}")


def test_the_running_node_can_do_its_work_and_cannot_rewrite_the_log(
    url: str, open_at: Callable[..., Engine], app_role: str
) -> None:
    owner = open_at(url, ledger_role=app_role)
    app_url = make_url(url).set(username=app_role, password="made-up")
    engine = open_at(app_url.render_as_string(hide_password=False))
    log = AuditLog(engine, SEALER)
    users = Users(engine, log)
    users.add("ana", "una frase larga", roles=("analyst",), country="MX")
    users.close_session(users.open_session(ANA, CASE))
    keep_policy(engine, Policy.packaged(), log.clock())
    assert log.purge([1], ANA, CASE) == 1
    assert log.verify().ok
    for statement in (
        "DELETE FROM audit_row",
        "UPDATE audit_row SET leaf = ''",
        "TRUNCATE audit_row CASCADE",
        "DELETE FROM audit_node",
        "UPDATE audit_node SET hash = ''",
        "UPDATE audit_key SET seq = 9",
        "DELETE FROM audit_head",
        "DELETE FROM audit_log",
        "DELETE FROM guard_policy",
        "UPDATE case_entry SET content = ''",
        "DELETE FROM case_entry",
        "UPDATE case_text SET text = ''",
        "DELETE FROM case_file",
        "DROP TABLE audit_row",
        "CREATE TABLE another (x int)",
        "UPDATE alembic_version SET version_num = 'x'",
    ):
        with pytest.raises(NotAllowed) as refused, writing(engine) as connection:
            connection.execute(text(statement))
        assert refused.value.rule == "ledger-role", statement
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_row")).scalar() == log.size()
    with writing(owner) as connection:
        connection.execute(text(f"DROP OWNED BY {app_role}"))
    log.close()


def test_a_ledger_that_is_behind_is_brought_up_to_date_by_its_owner_alone(
    postgres: Any, open_at: Callable[..., Engine], app_role: str
) -> None:
    empty = postgres.empty_database()
    as_app = make_url(empty).set(username=app_role, password="made-up")
    with pytest.raises(Conflict, match="the role that owns its tables"):
        open_at(as_app.render_as_string(hide_password=False))
    with pytest.raises(NotFound, match="no role 'nobody-of-that-name'"):
        open_at(empty, ledger_role="nobody-of-that-name")
    postgres.drop(empty)


def test_every_table_says_what_the_running_node_may_do_to_it(
    url: str, open_at: Callable[..., Engine]
) -> None:
    assert set(inspect(open_at(url)).get_table_names()) == set(wanted_grants())


def test_the_tables_are_those_that_the_code_uses(
    url: str, open_at: Callable[..., Engine], room_tables: list[MetaData]
) -> None:
    with open_at(url).connect() as connection:
        context = MigrationContext.configure(connection)
        differences = [
            difference
            for difference in compare_metadata(context, room_tables)
            if getattr(difference[1], "name", "") != "alembic_version"
        ]
    assert differences == []


def test_a_writers_lock_keeps_others_out_over_machines_and_says_who_has_it(
    url: str, open_at: Callable[..., Engine]
) -> None:
    one, other = open_at(url), open_at(url)
    first, second = LedgerLock(lambda: one, "lake"), LedgerLock(lambda: other, "lake")
    elsewhere = LedgerLock(lambda: other, "another lake")
    with first, first, elsewhere:
        assert first.held
        assert not second.try_acquire()
        with pytest.raises(Conflict, match=f"process {os.getpid()} on "):
            second.acquire()
    assert not first.held
    with second:
        second.confirm()


def test_a_writer_whose_lock_was_lost_is_told_before_it_publishes(
    url: str, open_at: Callable[..., Engine], postgres: Any
) -> None:
    one, other = open_at(url), open_at(url)
    lock = LedgerLock(lambda: one, "lake")
    with lock:
        postgres.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
        )
        with LedgerLock(lambda: other, "lake"), pytest.raises(Conflict, match="was lost"):
            lock.confirm()
    with lock:
        lock.confirm()


HOLDS = """
import sys, time
from pathlib import Path
from puente.settings import Settings
from puente.store.ledger import open_ledger
from puente.store.locks import LedgerLock
engine = open_ledger(Settings(workspace=Path(sys.argv[1]), ledger_url=sys.argv[2]))
LedgerLock(lambda: engine, "lake").acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_writer_that_is_killed_keeps_nobody_out(
    url: str, open_at: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = open_at(url)
    lock = LedgerLock(lambda: engine, "lake")
    command = [sys.executable, "-c", HOLDS, str(tmp_path), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert not lock.try_acquire()
        holder.send_signal(signal.SIGKILL)
    for _ in range(200):
        if lock.try_acquire():
            break
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(0.02)"))
    assert lock.held, "the dead writer's session goes on"
    lock.release()
