"""What the role of the running node may do, where PostgreSQL keeps the ledger.

One role owns the tables and brings them up to date; the node runs as another, which can neither
change nor remove a row of the log. What that one needs, each room says in a file of its own,
`<room>/migrations/grants.toml`.

Source: PostgreSQL documentation, section 5.8 (privileges); MAINTAIN is of version 17.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from puente.errors import NotFound
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_MAINTAIN_SINCE = (17,)


def wanted_grants() -> Mapping[str, tuple[str, ...]]:
    """Return what each room wants for its tables, by table."""
    found: dict[str, tuple[str, ...]] = {}
    package = Path(str(files("puente")))
    for path in sorted(package.glob("*/migrations/grants.toml")):
        rooms = tomllib.loads(path.read_text(encoding="utf-8"))
        found.update({table: tuple(privileges) for table, privileges in rooms.items()})
    return found


def grant(connection: Connection, role: str) -> None:
    """Give `role` what the rooms want and take away whatever else it had on their tables.

    Args:
        connection: of the tables' owner, in a transaction.
        role: name of a role of the database.

    Raises:
        NotFound: there is no such role.
        NotAllowed: the connection is not the owner's.
    """
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": role})
    if known.scalar() is None:
        raise NotFound(_("the database has no role {name!r}").format(name=role))
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    schema = connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {quoted}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {quoted}")
    can_maintain = (connection.dialect.server_version_info or ()) >= _MAINTAIN_SINCE
    for table, wanted in wanted_grants().items():
        privileges = [name for name in wanted if name != "MAINTAIN" or can_maintain]
        connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {quoted}")
        connection.exec_driver_sql(f"GRANT {', '.join(privileges)} ON {table} TO {quoted}")
