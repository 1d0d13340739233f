"""Values of a database as text, without loss."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum


class NotText(Exception):
    """A value that no text can stand for: bytes."""


def cell_text(value: object) -> str:
    """Return a value as the text of a cell.

    Dates and times are ISO 8601, decimals exact and without exponent, truth values `true` and
    `false`, spans of time ISO durations, lists of plain values joined with `;`, other lists and
    objects JSON.

    Raises: NotText: bytes.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return "" if value.is_nan() else format(value, "f")
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise NotText
    if isinstance(value, list | tuple | dict):
        return _nested(value)
    return str(value.value) if isinstance(value, Enum) else str(value)


def _float(value: float) -> str:
    if math.isnan(value):
        return ""
    text = repr(value)
    # Past 2**53 a float has lost digits: its exponent says so.
    return text if abs(value) >= 2.0**53 else format(Decimal(text), "f")


def _duration(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    whole = abs(value)
    seconds = format(Decimal(whole.seconds) + Decimal(whole.microseconds) / 1_000_000, "f")
    if "." in seconds:
        seconds = seconds.rstrip("0").rstrip(".")
    return f"{sign}P{whole.days}DT{seconds}S"


def _nested(value: list[object] | tuple[object, ...] | dict[str, object]) -> str:
    if not isinstance(value, dict) and not any(isinstance(v, list | tuple | dict) for v in value):
        return ";".join("" if v is None else cell_text(v) for v in value)
    return json.dumps(value, ensure_ascii=False, default=cell_text)
