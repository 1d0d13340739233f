"""One spelling for one look: the Unicode fold that every comparison of names starts from."""

from __future__ import annotations

import re
import unicodedata

from puente.resolve.names.latin import in_latin

_LATIN = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "SS",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "TH",
        "ħ": "h",
        "Ħ": "H",
        "ı": "i",
        "ĸ": "k",
        "ŋ": "n",
        "Ŋ": "N",
        "ŧ": "t",
        "Ŧ": "T",
        "ə": "e",
        "Ə": "E",
        "ɑ": "a",
        "ɡ": "g",
        "ɢ": "G",
        "ɪ": "i",
        "ɴ": "N",
        "ʀ": "R",
        "ʏ": "Y",
        "ʙ": "B",
        "ʜ": "H",
        "ʟ": "L",
        "ᴀ": "A",
        "ᴄ": "C",
        "ᴅ": "D",
        "ᴇ": "E",
        "ᴊ": "J",
        "ᴋ": "K",
        "ᴍ": "M",
        "ᴏ": "O",
        "ᴘ": "P",
        "ᴛ": "T",
        "ᴜ": "U",
        "ᴠ": "V",
        "ᴡ": "W",
        "ᴢ": "Z",
        "ɩ": "i",
        "ƀ": "b",
        "ɓ": "b",
        "ƈ": "c",
        "ɗ": "d",
        "ɖ": "d",
        "ɠ": "g",
        "ǥ": "g",
        "ɨ": "i",
        "ɉ": "j",
        "ƙ": "k",
        "ɵ": "o",
        "ƥ": "p",
        "ɍ": "r",
        "ƫ": "t",
        "ƭ": "t",
        "ʉ": "u",
        "ʋ": "v",
        "ƴ": "y",
        "ɏ": "y",
        "ƶ": "z",
        "ȥ": "z",
        "ɫ": "l",
        "ƚ": "l",
        "Ƀ": "B",
        "Ɓ": "B",
        "Ƈ": "C",
        "Ɗ": "D",
        "Ǥ": "G",
        "Ɨ": "I",
        "Ɉ": "J",
        "Ƙ": "K",
        "Ƚ": "L",
        "Ɵ": "O",
        "Ƥ": "P",
        "Ɍ": "R",
        "Ƭ": "T",
        "Ʉ": "U",
        "Ɏ": "Y",
        "Ƶ": "Z",
        "Ⱥ": "A",
        "ⱥ": "a",
        "Ȼ": "C",
        "ȼ": "c",
        "Ɇ": "E",
        "ɇ": "e",
    }
)
"""Latin letters that Unicode does not decompose, small capitals, and signs used as letters."""

_LOOKALIKE_LOWER = {
    "а": "a",
    "е": "e",
    "о": "o",
    "р": "p",
    "с": "c",
    "у": "y",
    "х": "x",
    "і": "i",
    "ј": "j",
    "ѕ": "s",
    "ԁ": "d",
    "ԛ": "q",
    "ԝ": "w",
    "һ": "h",
    "ӏ": "l",
    "п": "n",
    "г": "r",
    "ѵ": "v",
    "к": "k",
    "м": "m",
    "т": "t",
    "н": "h",
    "ԍ": "g",
    "ο": "o",
    "α": "a",
    "ν": "v",
    "ρ": "p",
    "ι": "i",
    "κ": "k",
    "υ": "u",
    "χ": "x",
    "γ": "y",
    "ϲ": "c",
    "ϳ": "j",
    "η": "n",
    "τ": "t",
    "ω": "w",
    "ε": "e",
    "ѡ": "w",
    "օ": "o",
    "ս": "u",
    "ո": "n",
    "հ": "h",
    "ց": "g",
    "զ": "q",
}
_LOOKALIKE_UPPER = {
    "А": "A",
    "В": "B",
    "Е": "E",
    "Н": "H",
    "К": "K",
    "М": "M",
    "О": "O",
    "Р": "P",
    "С": "C",
    "Т": "T",
    "У": "Y",
    "Х": "X",
    "І": "I",
    "Ј": "J",
    "Ѕ": "S",
    "Ԁ": "D",
    "Ԛ": "Q",
    "Ԝ": "W",
    "Һ": "H",
    "Ӏ": "I",
    "Ѵ": "V",
    "Ԍ": "G",
    "Α": "A",
    "Β": "B",
    "Ε": "E",
    "Ζ": "Z",
    "Η": "H",
    "Ι": "I",
    "Κ": "K",
    "Μ": "M",
    "Ν": "N",
    "Ο": "O",
    "Ρ": "P",
    "Τ": "T",
    "Υ": "Y",
    "Χ": "X",
    "Ϲ": "C",
    "Ϳ": "J",
    "Օ": "O",
    "Տ": "S",
    "Լ": "L",
}
"""Cyrillic, Greek and Armenian letters that read as Latin ones.

Source: Unicode TR 39 confusables (the pairs between these scripts and Basic Latin).
"""

_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf\u0152-\u2122]")
_LOST_ENYE = re.compile("(?<=[AEIOUaeiou])[#?¥¤\ufffd](?=[AEIOUaeiou])")
_LOST_LETTER = re.compile("(?<=[^\\W\\d_])[#?¥¤\ufffd](?=[^\\W\\d_])")
_VANISHING = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f'’‘ʼʻʹ´`ʾʿ′＇\u115f\u1160]")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return `text` as upper-case words parted by single spaces, alike for all that looks alike.

    Accents, zero-width characters, full-width and styled letters, apostrophes and punctuation go;
    letters of other scripts that pose as Latin ones become Latin where the word, or every letter
    of it beside Latin words, allows that reading; a text wholly in another script stays in it.
    An Ñ lost to an old code page between vowels (`PE#A`, `PE¥A`, `PEÃ‘A`) becomes N.

    Args:
        text: any text, NUL bytes and lone surrogates included.

    Source: Unicode TR 15 (NFKD) and TR 39 (confusables).
    """
    if text.isascii():
        text = _LOST_LETTER.sub("", _LOST_ENYE.sub("N", _VANISHING.sub("", text)))
        return _NOT_WORD.sub(" ", text.upper()).strip()
    return _fold_unicode(text)


def tokens(text: str) -> tuple[str, ...]:
    """Return the folded words of `text` in Latin letters, in their order; see `in_latin`."""
    words = fold(text)
    if words.isascii():
        return tuple(words.split())
    return tuple(part for word in words.split() for part in in_latin(word))


def _fold_unicode(text: str) -> str:
    if _MOJIBAKE.search(text):
        text = _unscramble(text)
    text = _LOST_LETTER.sub("", _LOST_ENYE.sub("N", _strip(text)))
    words = "".join(char if _is_word(char) else " " for char in text).split()
    if any(_has_latin(word) for word in words):
        words = [_unmask(word) for word in words]
    # Upper case may bring back marks that decompose (ǰ, ΐ), so what it gives is stripped again.
    upper = _strip(" ".join(words).upper())
    return unicodedata.normalize("NFC", " ".join(upper.split()))


def _unscramble(text: str) -> str:
    """Return `text` with UTF-8 that was once read as Windows-1252 read again as UTF-8."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def _strip(text: str) -> str:
    """Return the compatibility form of `text` without accents and without invisible characters."""
    kept = []
    for char in unicodedata.normalize("NFKD", text.translate(_LATIN)).translate(_LATIN):
        if char.isascii():
            kept.append(char)
        elif char.isdecimal():
            kept.append(str(unicodedata.decimal(char)))
        elif not _is_accent(char) and unicodedata.category(char) != "Cf":
            kept.append(char)
    return _VANISHING.sub("", "".join(kept))


_ACCENT_BLOCKS = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE2F),
    (0xE0100, 0xE01EF),
)
"""Marks that may be left out without changing the word. Vowel signs of Indic scripts are kept."""


def _is_accent(char: str) -> bool:
    point = ord(char)
    return any(first <= point <= last for first, last in _ACCENT_BLOCKS)


def _is_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def _has_latin(word: str) -> bool:
    return any("a" <= char <= "z" or "A" <= char <= "Z" for char in word)


def _unmask(word: str) -> str:
    """Return `word` in Latin letters if it mixes scripts or if each of its letters could be one."""
    if word.isascii():
        return word
    plain = [_LOOKALIKE_LOWER.get(c) or _LOOKALIKE_UPPER.get(c.upper()) or c for c in word]
    if _has_latin(word) or all(char.isascii() for char in plain):
        return "".join(plain)
    return word
