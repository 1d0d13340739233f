"""The ledger is brought up to date once, by one process, and never taken back."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from puente.errors import Conflict, InvalidData
from puente.settings import Settings
from puente.store.ledger import heads, migration_config, open_ledger, writing

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import MetaData


def test_opening_makes_the_tables_that_the_code_uses(
    tmp_path: Path, room_tables: list[MetaData]
) -> None:
    engine = open_ledger(Settings(workspace=tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = [
            difference
            for difference in compare_metadata(context, room_tables)
            if getattr(difference[1], "name", "") != "alembic_version"
        ]
    assert differences == []
    assert (tmp_path / "ledger.sqlite").stat().st_mode & 0o077 == 0
    engine.dispose()


def test_the_newest_revisions_read_from_file_names_are_those_that_alembic_finds() -> None:
    script = ScriptDirectory.from_config(migration_config())
    assert heads() == frozenset(script.get_heads())
    for revision in script.walk_revisions():
        assert revision.path.rpartition("/")[2].startswith(f"{revision.revision}_")


def test_a_ledger_that_is_current_is_opened_without_alembic(tmp_path: Path) -> None:
    open_ledger(Settings(workspace=tmp_path)).dispose()
    code = (
        "import sys; from pathlib import Path; from puente.settings import Settings;"
        "from puente.store.ledger import open_ledger;"
        "open_ledger(Settings(workspace=Path(sys.argv[1])));"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_foreign_keys_hold_and_commits_survive_a_power_cut(tmp_path: Path) -> None:
    engine = open_ledger(Settings(workspace=tmp_path))
    with engine.connect() as connection:
        set_to = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("foreign_keys", "journal_mode", "synchronous", "secure_delete")
        }
    assert set_to == {
        "foreign_keys": 1,
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
    }
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text("INSERT INTO audit_key (seq, salt) VALUES (99, x'00')"))
    engine.dispose()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    engine = open_ledger(Settings(workspace=tmp_path))
    with pytest.raises(IntegrityError), writing(engine) as connection:  # noqa: PT012
        connection.execute(text("UPDATE audit_log SET size = 7"))
        connection.execute(text("INSERT INTO audit_log (id, size) VALUES (1, 8)"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT size FROM audit_log")).scalar() == 0
    engine.dispose()


LATER = "UPDATE alembic_version SET version_num = 'guard_9999' WHERE version_num LIKE 'guard_%'"


def test_a_ledger_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    engine = open_ledger(Settings(workspace=tmp_path))
    with writing(engine) as connection:
        connection.execute(text(LATER))
    engine.dispose()
    with pytest.raises(Conflict, match="another version"):
        open_ledger(Settings(workspace=tmp_path))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"no database, only a file that looks like one\n" * 99)
    with pytest.raises(InvalidData, match=r"ledger\.sqlite"):
        open_ledger(Settings(workspace=tmp_path))


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "oracle9://x/y",
        "mystery://x",
        "postgresql://user:SECRET@host:port/db",
        "postgresql://user@host:SECRET/db",
        "SECRET",
    ],
)
def test_a_url_that_names_no_database_is_refused_and_not_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidData, match="ledger_url") as refused:
        open_ledger(Settings(workspace=tmp_path, ledger_url=url))
    assert "SECRET" not in str(refused.value)


def test_two_processes_that_open_a_new_ledger_at_once_both_get_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from puente.settings import Settings;"
        "from puente.store.ledger import open_ledger;"
        "open_ledger(Settings(workspace=Path(sys.argv[1])))"
    )
    pair = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in pair:
        _out, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint.decode()
    engine = open_ledger(Settings(workspace=tmp_path))
    assert "audit_row" in inspect(engine).get_table_names()
    engine.dispose()
