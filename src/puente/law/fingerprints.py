"""The SHA-256 of what was read, so that a stored run names exactly what it ran on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from puente.errors import InvalidData


def fingerprint(value: object) -> str:
    """Return the SHA-256 (hex) of a value's content.

    Equal values have equal fingerprints: fields that are no part of equality (the line in a file,
    its name) are left out, and a mapping's order does not count.

    Args:
        value: dataclasses, mappings with text keys, sequences, sets of texts, texts, numbers,
            days, enums, None, within each other.

    Source: FIPS 180-4 (SHA-256); RFC 8785 for the idea of one JSON form.

    Raises: InvalidData: something else is in it.
    """
    plain = json.dumps(_plain(value), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(str(_plain(item)) for item in value)
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        # The name tells an ALL of the same parts from an ANY.
        named = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.compare}
        return {"": type(value).__name__, **named}
    raise InvalidData(f"no fingerprint of a {type(value).__name__}")
