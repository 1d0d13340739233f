"""Cells of delimited files that a spreadsheet cannot run, and the texts that they stand for.

A cell that a spreadsheet would run as a formula gets an apostrophe in front, so that it stays text.

Source: OWASP, CSV Injection (cells that begin with `=`, `+`, `-`, `@`, tab or carriage return).
"""

from __future__ import annotations

import re

# The wide forms are what some East Asian spreadsheets take for their narrow twins. A cell that
# already looks like a protected one gets one apostrophe more, so that taking one off gives back
# what was there.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")

PROTECTED = r"^'('*[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"
"""The beginning of a protected cell, for RE2; the group is what stays."""


def safe_cell(text: str) -> str:
    """Return `text` so that no spreadsheet runs it: an apostrophe in front where one might.

    Only texts go through here; a number is written as a number. `plain_cell` gives back the text.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def plain_cell(cell: str) -> str:
    """Return the text that `safe_cell` made safe."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
