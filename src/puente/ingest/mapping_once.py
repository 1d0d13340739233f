"""What rows of bulk records say of things is kept once: a plate read 4,000 times is one vehicle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from puente.ingest.source import Claim

MOST = 250_000
"""Claims that are remembered; past them claims are kept as often as they are made, which the merge
of the loads puts right at its own cost. They take about 100 MB."""


class Once:
    """Claims that a file has made; they are the same but for their line."""

    def __init__(self, most: int = MOST) -> None:
        self._seen: set[tuple[str, ...]] = set()
        self._most = most

    @property
    def is_full(self) -> bool:
        """Return True where no more claims can be remembered."""
        return len(self._seen) >= self._most

    def is_new(self, claim: Claim) -> bool:
        """Return whether a claim was not met before; remember it while there is room."""
        entity_id, schema, prop, value, original, _line, day = claim
        key = (entity_id, schema, prop, value, original, day)
        if key in self._seen:
            return False
        if not self.is_full:
            self._seen.add(key)
        return True

    def new(self, claims: Iterable[Claim]) -> list[Claim]:
        """Return those claims that were not met before."""
        return [claim for claim in claims if self.is_new(claim)]
