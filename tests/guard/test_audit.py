"""The log keeps every look, shows any alteration, and can forget a value without losing a row."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, text, update

from puente.errors import InvalidData, NotFound
from puente.guard.actors import Actor, Purpose
from puente.guard.audit import AuditLog
from puente.guard.leaf import head_message
from puente.guard.merkle import leaf_hash, verify_consistency, verify_inclusion
from puente.guard.policy import Decision
from puente.guard.purges import purged_rows
from puente.guard.seal import Sealer, canonical_json, open_secret
from puente.guard.tables import HEADS, KEYS, LOG, NODES, ROWS
from puente.guard.verify import verify_log
from puente.store.ledger import open_ledger, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

ANA = Actor(name="ana", roles=frozenset({"analyst"}), country="MX")
CASE = Purpose(name="investigation", case="C-1", reason="a made-up reason")
YES = Decision(allowed=True, rules=("facts-for-the-analyst",), policy_hash="ab" * 32)
SECRET = b"a made-up secret of 32 bytes. ok"


def look(log: AuditLog, count: int, **sealed: object) -> None:
    for number in range(count):
        log.record(ANA, CASE, "look", ids=[f"ofac-{number}"], decision=YES, sealed=sealed)


def test_a_row_says_who_looked_at_what_for_what_and_by_which_rule(log: AuditLog) -> None:
    log.record(ANA, CASE, "look", ids=["ofac-1", "un-2"], decision=YES, sealed={"query": "Peña"})
    log.flush()
    (row,) = log.rows()
    assert (row.seq, row.actor, row.roles, row.purpose, row.case) == (
        0,
        "ana",
        ("analyst",),
        "investigation",
        "C-1",
    )
    assert (row.action, row.ids, row.allowed, row.rule, row.policy) == (
        "look",
        ("ofac-1", "un-2"),
        True,
        "facts-for-the-analyst",
        "ab" * 32,
    )
    assert row.at == "2026-03-01T12:00:00.000+00:00"
    assert log.unseal(0) == {"query": "Peña", "reason": "a made-up reason"}


def kept(ledger: Engine) -> bytes:
    """Return all that a thief of the database's files would hold, but for its write-ahead log."""
    if ledger.dialect.name == "sqlite":
        folder = Path(str(ledger.url.database)).parent
        return b"".join(path.read_bytes() for path in folder.iterdir())
    with ledger.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("CHECKPOINT")
        names = (
            "SELECT pg_relation_filepath(c.oid) FROM pg_class c WHERE relkind IN ('r', 'i', 't')"
        )
        files = connection.exec_driver_sql(f"{names} AND relnamespace <> 11").scalars().all()
        read = text("SELECT pg_read_binary_file(:file)")
        return b"".join(connection.execute(read, {"file": f}).scalar_one() for f in files if f)


def test_search_text_and_reasons_are_nowhere_in_clear(log: AuditLog, ledger: Engine) -> None:
    look(log, 3, query="JOAQUIN ARCHIVALDO")
    log.close()
    held = kept(ledger)
    assert b"ofac-1" in held
    assert b"JOAQUIN" not in held
    assert b"made-up reason" not in held


def test_rows_are_numbered_without_gaps_over_groups_and_threads(log: AuditLog) -> None:
    threads = [threading.Thread(target=look, args=(log, 150)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.flush()
    rows = log.rows(0, 1000)
    assert [row.seq for row in rows] == list(range(600))
    assert log.verify().ok


def test_a_flush_returns_only_when_rows_that_another_thread_took_are_on_disk(
    log: AuditLog,
) -> None:
    def one() -> None:
        log.record(ANA, CASE, "look", ids=[threading.current_thread().name])
        log.flush()
        names = {name for row in log.rows(0, 1000) for name in row.ids}
        seen.append(threading.current_thread().name in names)

    seen: list[bool] = []
    threads = [threading.Thread(target=one, name=f"reader-{n}") for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 16


CROWD = """
import os, sys
from pathlib import Path
from puente.guard.actors import Actor, Purpose
from puente.guard.audit import AuditLog
from puente.guard.seal import Sealer
from puente.settings import Settings
from puente.store.ledger import open_ledger

def write(name):
    settings = Settings(workspace=Path(sys.argv[1]), ledger_url=sys.argv[2])
    log = AuditLog(open_ledger(settings), Sealer(sys.argv[3].encode()))
    actor, purpose = Actor(name=name, roles={"analyst"}), Purpose(name="investigation")
    for number in range(100):
        log.record(actor, purpose, "look", ids=[str(number)], sealed={"q": name})
        if number % 7 == 0:
            log.flush()
    # No close: what is gathered must be written at a normal end all the same.

children = []
for name in "abcdefgh":
    child = os.fork()
    if child == 0:
        write(name)
        sys.exit(0)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copied")
def test_eight_processes_that_write_at_once_neither_lose_nor_reorder_a_row(
    log: AuditLog, tmp_path: Path, ledger_url: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CROWD, str(tmp_path / "ws"), ledger_url, SECRET.decode()],
        stderr=subprocess.PIPE,
    ) as crowd:
        look(log, 50)
        _out, complaint = crowd.communicate(timeout=120)
        assert crowd.returncode == 0, complaint.decode()
    log.flush()
    rows = log.rows(0, 10_000)
    assert [row.seq for row in rows] == list(range(850))
    for name in "abcdefgh":
        assert [row.ids[0] for row in rows if row.actor == name] == [str(n) for n in range(100)]
    assert log.verify().ok


def test_a_row_that_could_not_be_written_is_kept_and_the_error_is_raised(
    log: AuditLog, ledger: Engine
) -> None:
    look(log, 2)
    log.flush()

    def refuse(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO audit_node"):
            raise OSError("disk full")

    event.listen(ledger, "before_cursor_execute", refuse)
    look(log, 3)
    with pytest.raises(OSError, match="disk full"):
        log.flush()
    event.remove(ledger, "before_cursor_execute", refuse)
    assert log.size() == 2
    look(log, 1)
    log.flush()
    assert log.size() == 6
    assert log.verify().ok


def test_a_purged_value_is_gone_and_the_log_still_holds(log: AuditLog, ledger: Engine) -> None:
    look(log, 4, query="JUAN")
    log.flush()
    with log.engine.connect() as connection:
        salt = connection.execute(select(KEYS.c.salt).where(KEYS.c.seq == 2)).scalar_one()
    assert bytes(salt) in kept(ledger)
    assert log.purge([2], ANA, CASE) == 1
    assert log.unseal(2) is None
    assert log.unseal(1) == {"query": "JUAN", "reason": "a made-up reason"}
    report = log.verify()
    assert (report.ok, report.purged, report.rows) == (True, 1, 5)
    assert log.newest(1)[0].action == "purge"
    assert bytes(salt) not in kept(ledger), "the destroyed key still lies in a file"


def test_a_purge_that_names_what_is_no_row_neither_hides_nor_stops_anything(
    log: AuditLog,
) -> None:
    """The verification and the list of purges read the same rows out of it."""
    look(log, 2)
    log.flush()
    names = ["audit:1", "audit:x", "audit:-1", "audit:", f"audit:{'9' * 5000}", "audit:²"]
    log.record(ANA, CASE, "purge", ids=names, decision=YES)
    log.flush()
    assert log.verify().ok
    assert [item.row for item in purged_rows(log.engine)] == [1]


def test_a_key_that_vanished_without_a_purge_is_found(log: AuditLog, ledger: Engine) -> None:
    look(log, 4, query="JUAN")
    log.flush()
    with writing(ledger) as connection:
        connection.execute(delete(KEYS).where(KEYS.c.seq == 2))
    report = log.verify()
    assert report.first is not None
    assert (report.first.kind, report.first.seq) == ("key", 2)


def test_the_proof_of_a_row_can_be_checked_by_a_stranger(log: AuditLog) -> None:
    look(log, 37)
    proof = log.prove(20)
    root = bytes.fromhex(str(proof["root"]))
    path = [bytes.fromhex(step) for step in proof["path"]]  # type: ignore[attr-defined]
    leaf = leaf_hash(str(proof["leaf"]).encode())
    assert verify_inclusion(leaf, 20, 37, path, root)
    assert not verify_inclusion(leaf_hash(b"another"), 20, 37, path, root)
    message = head_message(37, root, str(proof["at"]))
    assert Sealer(SECRET).signed(message, bytes.fromhex(str(proof["signature"])))
    assert not Sealer(b"another secret").signed(message, bytes.fromhex(str(proof["signature"])))
    for row in (-1, 37):
        with pytest.raises(NotFound):
            log.prove(row)


def test_a_log_proves_that_it_only_grew(log: AuditLog) -> None:
    look(log, 10)
    before = log.head()
    assert before is not None
    look(log, 23)
    proof = log.consistency(before.size)
    roots = (bytes.fromhex(before.root), bytes.fromhex(str(proof["root"])))
    path = [bytes.fromhex(step) for step in proof["path"]]  # type: ignore[attr-defined]
    assert verify_consistency(10, 33, path, roots)
    with pytest.raises(NotFound):
        log.consistency(34)


def test_a_head_is_kept_for_every_day(log: AuditLog, clock: Any) -> None:
    for _ in range(3):
        look(log, 5)
        log.flush()
        look(log, 5)
        log.flush()
        clock.advance(days=1)
    report = log.verify()
    assert (report.ok, report.heads, report.rows) == (True, 3, 30)


def test_an_empty_log_is_whole_and_has_no_head(log: AuditLog) -> None:
    assert log.verify().ok
    assert log.head() is None


TAMPERINGS = {
    "a row's text is changed": (
        "changed",
        5,
        lambda c: c.execute(
            update(ROWS).where(ROWS.c.seq == 5).values(leaf=ROWS.c.leaf.concat(" "))
        ),
    ),
    "a row is taken out": (
        "missing",
        5,
        lambda c: [
            c.execute(delete(t).where(k == 5)) for t, k in ((KEYS, KEYS.c.seq), (ROWS, ROWS.c.seq))
        ],
    ),
    "the last rows are cut off": (
        "missing",
        18,
        lambda c: [
            c.execute(delete(KEYS).where(KEYS.c.seq >= 18)),
            c.execute(delete(ROWS).where(ROWS.c.seq >= 18)),
        ],
    ),
    "two rows are swapped": ("inserted", 5, lambda c: _swap(c, 5, 9)),
    "a row is put in behind": (
        "inserted",
        20,
        lambda c: c.execute(insert(ROWS).values(seq=20, leaf=_leaf(c, 3))),
    ),
    "a stored hash is changed": (
        "hash",
        7,
        lambda c: c.execute(
            update(NODES).where(NODES.c.last == 7, NODES.c.level == 3).values(hash=b"x" * 32)
        ),
    ),
    "the count is changed": ("size", 20, lambda c: c.execute(update(LOG).values(size=19))),
    "the head is given another root": (
        "signature",
        20,
        lambda c: c.execute(update(HEADS).values(root=b"x" * 32)),
    ),
    "the head's time is changed": (
        "signature",
        20,
        lambda c: c.execute(update(HEADS).values(at="2026-03-01T13:00:00.000+00:00")),
    ),
    "the head is taken away": ("inserted", 0, lambda c: c.execute(delete(HEADS))),
    "a key is changed": (
        "sealed",
        4,
        lambda c: c.execute(update(KEYS).where(KEYS.c.seq == 4).values(salt=b"x" * 16)),
    ),
    "a row before the first is put in": (
        "inserted",
        -1,
        lambda c: c.execute(insert(ROWS).values(seq=-1, leaf="{}")),
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_the_first_row_that_was_tampered_with_is_named(
    log: AuditLog, ledger: Engine, what: str
) -> None:
    kind, seq, tamper = TAMPERINGS[what]
    look(log, 20, query="made up")
    log.flush()
    assert log.verify().ok
    with ledger.connect() as connection:
        if ledger.dialect.name == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tamper(connection)
        connection.commit()
    report = verify_log(ledger, log.sealer)
    assert not report.ok
    assert report.first is not None
    assert (report.first.kind, report.first.seq) == (kind, seq)
    assert str(seq) in str(report.first) or kind == "size"
    assert report.as_json()["ok"] is False


def test_a_log_rewritten_from_the_start_does_not_fit_its_signed_head(
    log: AuditLog, ledger: Engine, tmp_path: Path
) -> None:
    """An intruder who can write the database, and recompute every hash, has not the key."""
    look(log, 20)
    log.flush()
    forged_ledger = open_ledger_at(tmp_path / "forged")
    forged = AuditLog(forged_ledger, Sealer(b"the intruder's own key"))
    look(forged, 20)
    forged.close()
    with forged_ledger.connect() as other, writing(ledger) as connection:
        for table in (KEYS, NODES, ROWS):
            connection.execute(delete(table))
        for table in (ROWS, NODES):
            rows = [dict(row._mapping) for row in other.execute(select(table))]
            connection.execute(insert(table), rows)
    forged_ledger.dispose()
    report = log.verify()
    assert not report.ok


def open_ledger_at(folder: Path) -> Engine:
    from puente.settings import Settings

    return open_ledger(Settings(workspace=folder))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Sealer]:
    engine = open_ledger_at(tmp_path_factory.mktemp("bytes"))
    sealer = Sealer(SECRET)
    log = AuditLog(engine, sealer, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    look(log, 11, query="made up")
    log.flush()
    log.purge([3], ANA, CASE)
    log.close()
    assert verify_log(engine, sealer).ok
    return engine, sealer


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_one_changed_byte_anywhere_is_found(
    written: tuple[Engine, Sealer], data: st.DataObject
) -> None:
    engine, sealer = written
    table, column = data.draw(
        st.sampled_from(
            [
                (ROWS, "leaf"),
                (NODES, "hash"),
                (KEYS, "salt"),
                (HEADS, "root"),
                (HEADS, "signature"),
                (HEADS, "at"),
                (HEADS, "day"),
                (HEADS, "size"),
                (LOG, "size"),
            ]
        )
    )
    with engine.connect() as connection:
        rows = connection.execute(select(table)).all()
        row = data.draw(st.sampled_from(rows))
        connection.execute(_altered(table, row, column, data))
        report = _Peek(connection, sealer).run()
        connection.rollback()
    assert not report.ok, (table.name, column)
    assert verify_log(engine, sealer).ok, "the change was to be undone"


def _altered(table: Any, row: Any, column: str, data: st.DataObject) -> Any:
    value = getattr(row, column)
    if isinstance(value, int):
        new: object = value + data.draw(st.sampled_from([-1, 1, 7]))
    else:
        held = bytearray(value.encode() if isinstance(value, str) else value)
        place = data.draw(st.integers(0, len(held) - 1))
        held[place] ^= data.draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64]))
        new = held.decode() if isinstance(value, str) else bytes(held)
    where = [key == getattr(row, key.name) for key in table.primary_key.columns]
    return update(table).where(*where).values({column: new})


def _Peek(connection: Connection, sealer: Sealer) -> Any:  # noqa: N802
    """Verify within a transaction that is not committed."""
    from puente.guard.verify import _Check

    return _Check(connection, sealer)


def _swap(connection: Connection, left: int, right: int) -> None:
    first, second = _leaf(connection, left), _leaf(connection, right)
    for seq, leaf in ((left, second), (right, first)):
        connection.execute(update(ROWS).where(ROWS.c.seq == seq).values(leaf=leaf))


def _leaf(connection: Connection, seq: int) -> str:
    return str(connection.execute(select(ROWS.c.leaf).where(ROWS.c.seq == seq)).scalar_one())


def test_odd_text_is_kept_exactly(log: AuditLog) -> None:
    odd = ["\ud800 half a pair", "nul \x00", "ñ á 漢", "\u2028", '"\\', ""]
    log.record(ANA, Purpose(name="investigation"), "look", ids=odd, sealed={"q": odd})
    log.flush()
    assert list(log.rows()[0].ids) == odd
    assert log.unseal(0) == {"q": odd}
    assert log.verify().ok


def test_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical_json({"b": 1, "a": "ñ"}) == canonical_json({"a": "ñ", "b": 1})
    assert canonical_json({"a": "ñ"}) == rb'{"a":"\u00f1"}'


def test_there_is_nothing_to_unseal_where_nothing_was_sealed(log: AuditLog) -> None:
    log.record(ANA, None, "signed_in")
    log.flush()
    assert log.unseal(0) == {}
    with pytest.raises(NotFound):
        log.unseal(1)
    with log.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_key")).scalar() == 0


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    path = tmp_path / "key"
    secret = open_secret(path)
    assert open_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(InvalidData, match="others may read"):
        open_secret(path)
    path.chmod(0o600)
    path.write_text("not hexadecimal")
    with pytest.raises(InvalidData, match="not the key"):
        open_secret(path)


KILLED = """
import sys
from pathlib import Path
from puente.guard.actors import Actor, Purpose
from puente.guard.audit import AuditLog
from puente.guard.seal import Sealer
from puente.settings import Settings
from puente.store.ledger import open_ledger
settings = Settings(workspace=Path(sys.argv[1]), ledger_url=sys.argv[2])
log = AuditLog(open_ledger(settings), Sealer(sys.argv[3].encode()))
while True:
    for number in range(20):
        log.record(Actor(name="k", roles={"analyst"}), Purpose(name="investigation"), "look",
                   ids=[str(number)], sealed={"q": "x"})
    log.flush()
    print(log.size(), flush=True)
"""


def test_a_writer_killed_at_any_moment_loses_no_row_that_was_flushed(
    log: AuditLog, tmp_path: Path, ledger_url: str
) -> None:
    for delay in (0.0, 0.013, 0.031):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "ws"), ledger_url, SECRET.decode()],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            promised = int(writer.stdout.readline())
            time.sleep(delay)
            writer.kill()
            promised = max([promised, *(int(line) for line in writer.stdout if line.strip())])
        report = log.verify()
        assert report.ok
        assert report.rows >= promised
        assert report.rows % 20 == 0, "a group is written whole or not at all"
