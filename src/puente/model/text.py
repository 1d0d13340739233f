"""Text made safe and comparable: trimmed, composed, folded."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from puente.errors import InvalidData

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def clean_text(text: str) -> str:
    """Return `text` trimmed, its runs of space collapsed, in Unicode NFC.

    Raises: InvalidData: a NUL or another control character stands in it.
    """
    if not text.isprintable() and _CONTROL.search(text):
        raise InvalidData("a control character stands in the text")
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Return the form under which two spellings of one place or word are the same.

    Lower case, no accents, punctuation as one space: `Acatlán de  Pérez-Figueroa` becomes
    `acatlan de perez figueroa`.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    kept = "".join(c if c.isalnum() else " " for c in text.casefold())
    return " ".join(kept.split())


def hashed(text: str) -> str:
    """Return 16 characters that stand for a text; the same for spellings that fold alike."""
    return blake2b(fold(text).encode(), digest_size=8).hexdigest()


def slug(text: str) -> str:
    """Return a text as a key or part of one: `Robo de autopartes` is `robo_de_autopartes`."""
    return fold(text).replace(" ", "_")
