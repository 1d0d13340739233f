"""The error tree. Every failure that a user can cause or meet is one of these.

    PuenteError
    ├── InvalidData    input that cannot be read; names file, line and reason
    ├── NotFound       no such entity, source, place or build
    ├── NotAllowed     the policy refused; carries the decision and its rule
    ├── SourceFailed   a publisher could not be reached or sent half a file
    └── Conflict       two things that cannot both be so (a locked workspace, a taken name)

An error says *what* went wrong. Which exit code or HTTP status that means is decided at the two
edges only: `puente.cli.app` and `puente.web.app`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class PuenteError(Exception):
    """Root of every error that Puente raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail: Mapping[str, object] = detail

    def as_json(self) -> dict[str, object]:
        """Return the one JSON shape of an error: `{"error": {"code", "message", "detail"}}`."""
        detail = {key: str(value) for key, value in self.detail.items() if value is not None}
        return {"error": {"code": self.code, "message": self.message, "detail": detail}}


class InvalidData(PuenteError):
    """Input that cannot be read as what it claims to be."""

    code = "invalid_data"

    def __init__(
        self,
        message: str,
        *,
        file: object = None,
        line: int | None = None,
        reason: str | None = None,
    ) -> None:
        where = "" if file is None else f"{file}"
        if line is not None:
            where += f", line {line}"
        super().__init__(f"{where}: {message}" if where else message, file=file, line=line)
        self.file = file
        self.line = line
        self.reason = reason or message


class NotFound(PuenteError):
    """No such entity, source, place or build."""

    code = "not_found"


class NotAllowed(PuenteError):
    """The policy refused. `decision` says which rule decided, for the user and the audit log."""

    code = "not_allowed"

    def __init__(self, message: str, *, rule: str, decision: object = None) -> None:
        super().__init__(message, rule=rule)
        self.rule = rule
        self.decision = decision


class SourceFailed(PuenteError):
    """A publisher could not be reached, or sent less than it announced."""

    code = "source_failed"


class Conflict(PuenteError):
    """Two things that cannot both be so: a locked workspace, a name that is taken."""

    code = "conflict"
