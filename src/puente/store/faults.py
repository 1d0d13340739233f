"""What a database says when it fails, in the house's words.

Looked at in one place, for every statement of every room. What a caller settles itself (a key that
is taken, a table that is not there) is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.errors import Conflict, InvalidData, NotAllowed, PuenteError, SourceFailed
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from sqlalchemy.engine import ExceptionContext

# SQLSTATE codes. Source: PostgreSQL documentation, appendix A.
_BUSY = frozenset({"55P03", "40001", "40P01"})
_NOT_PERMITTED = "42501"
_READ_ONLY = "25006"
_NO_ROOM = "53"
_NO_SUCH_VALUE = "22"

# Names of result codes, without what follows the family's. Source: SQLite documentation.
_SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_SQLITE_BROKEN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")


def in_words(context: ExceptionContext) -> PuenteError | None:
    """Return the error that a user should see for a database's, or None to leave it as it is.

    For `event.listen(engine, "handle_error", in_words, retval=True)`.
    """
    error = context.original_exception
    dbapi = context.dialect.loaded_dbapi
    if context.is_pre_ping or not isinstance(error, dbapi.Error):
        return None
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    name = str(getattr(error, "sqlite_errorname", ""))
    if name:
        return _sqlite(name, reason)
    state = str(getattr(error, "sqlstate", None) or "")
    unreachable = context.connection is None and isinstance(error, dbapi.OperationalError)
    if context.is_disconnect or unreachable:
        return SourceFailed(_("the ledger cannot be reached: {reason}").format(reason=reason))
    return _postgresql(state, reason, is_value=isinstance(error, dbapi.DataError))


def _sqlite(name: str, reason: str) -> PuenteError | None:
    if name.startswith(_SQLITE_BUSY):
        return Conflict(_("the ledger is busy: {reason}").format(reason=reason))
    if name.startswith(_SQLITE_BROKEN):
        return SourceFailed(_("the ledger cannot be used: {reason}").format(reason=reason))
    return None


def _postgresql(state: str, reason: str, *, is_value: bool) -> PuenteError | None:
    if state in _BUSY:
        return Conflict(_("the ledger is busy: {reason}").format(reason=reason))
    if state == _NOT_PERMITTED:
        return NotAllowed(
            _("the ledger's role may not do this: {reason}").format(reason=reason),
            rule="ledger-role",
        )
    if state == _READ_ONLY or state.startswith(_NO_ROOM):
        return SourceFailed(_("the ledger cannot be used: {reason}").format(reason=reason))
    if state.startswith(_NO_SUCH_VALUE) or is_value:
        return InvalidData(_("the ledger cannot hold a value: {reason}").format(reason=reason))
    return None
