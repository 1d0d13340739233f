"""What came of a file that was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass

NEW = "new"
UNCHANGED = "unchanged"
FAILED = "failed"
WAITING = "waiting"
"""Whole, but kept aside until the rest of its delivery is there."""

NOT_PUBLISHED = "not published"
"""A file that need not be there, and is not, or is empty."""

NO_ADDRESS = "no address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of one file.

    Attributes:
        source, name: the file.
        state: `new`, `unchanged`, `failed`, `waiting`, `not published` or `no address`.
        path: where it stands; "" where it does not.
        url: the address that gave it.
        published: day of its folder, ISO.
        bytes, sha256: of the file.
        attempts: how often it was asked for.
        resumed_at: byte from which an earlier attempt was continued; 0 for none.
        reason: why it failed or waits, or what is odd about it; "" where nothing is.
    """

    source: str
    name: str
    state: str
    path: str = ""
    url: str = ""
    published: str = ""
    bytes: int = 0
    sha256: str = ""
    attempts: int = 0
    resumed_at: int = 0
    reason: str = ""

    @property
    def bad(self) -> bool:
        """Return True where a file that was asked for is not there."""
        return self.state in {FAILED, WAITING}

    def as_json(self) -> dict[str, object]:
        """Return the outcome as `puente fetch --json` prints it."""
        return asdict(self)
