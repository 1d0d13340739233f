"""What one row of the log says, and what a signed head says of the whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from puente.errors import InvalidData
from puente.guard.seal import canonical_json
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEAF_VERSION = 1

_ROW = re.compile(r"audit:([0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row of the log.

    Attributes:
        seq: number, from 0, without gaps.
        at: ISO time, UTC.
        actor, roles, purpose, case: who looked, and what for.
        action: what was done.
        ids: what it was done to.
        allowed, rule, policy: what the policy said, by which rule, and the policy's hash.
        sealed: the sealed values; "" where there were none.
    """

    seq: int
    at: str
    actor: str
    roles: tuple[str, ...]
    purpose: str
    case: str
    action: str
    ids: tuple[str, ...]
    allowed: bool
    rule: str
    policy: str
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """What the log was at one moment, signed. `root` and `signature` in hexadecimal."""

    size: int
    root: str
    at: str
    signature: str

    def message(self) -> bytes:
        """Return what is signed."""
        return head_message(self.size, bytes.fromhex(self.root), self.at)


def head_message(size: int, root: bytes, at: str) -> bytes:
    """Return the bytes that are signed of a head."""
    return canonical_json({"puente": "audit head", "size": size, "root": root.hex(), "at": at})


def read_leaf(leaf: str) -> AuditRow:
    """Return the row that a leaf writes.

    Raises: InvalidData: the text is no leaf of ours.
    """
    try:
        content: dict[str, Any] = json.loads(leaf)
        if content.pop("v") != LEAF_VERSION:
            raise InvalidData(_("the log holds a row of a later version"))
        roles, ids = tuple(content.pop("roles")), tuple(content.pop("ids"))
        return AuditRow(roles=roles, ids=ids, **content)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InvalidData(_("the log holds a row that is no row")) from None


def numbers_of(ids: Iterable[str]) -> Iterator[int]:
    """Yield the rows of the log that the ids of a purge name."""
    for name in ids:
        found = _ROW.fullmatch(name)
        if found:
            yield int(found.group(1))
