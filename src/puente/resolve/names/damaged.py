"""What is left of a folded word when vowels go, a scanner misreads it or a form cuts it.

Pure text in, text out; `puente.screen.similar` says how much each is worth.
"""

from __future__ import annotations

import re

from puente.resolve.names.words import roles

VOWELS = "AEIOU"
_NO_VOWELS = str.maketrans("", "", VOWELS)
_DIGITS = str.maketrans("012345678", "OLZEASGTB")
_SHAPES = (("RN", "M"), ("M", "RN"), ("CL", "D"), ("D", "CL"), ("VV", "W"), ("W", "VV"))
"""Letters that a scanner takes for each other; the ways back from what it wrote."""
_ARTICLES = ("AL", "EL", "UL", "DE", "DEL", "DELA", "DELOS", "DELAS")
_LEAST_AFTER_ARTICLE = 4
_UNWRITTEN = str.maketrans(
    {"C": "K", "Q": "K", "P": "B", **dict.fromkeys("VWYAEIOU", "")}
)  # fmt: skip
_PAIRS = (("KH", "X"), ("GH", "G"), ("SH", "1"), ("CH", "1"))
_SEAM = re.compile("(?<=[A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ])|(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
FIELD = 18
"""Letters from which a name may have been cut by a form: fields of 20 are common."""


def skeletons(word: str) -> tuple[str, ...]:
    """Return the word without its inner vowels, without all but the first letter, without any.

    LOERA gives LRA and LR; AHMAD gives AHMD and HMD. A word that stays as it is gives nothing.

    Source: the vowel_drop class of sanctions-screening-benchmark 0.1.0; consular short forms.
    """
    if len(word) < 3:
        return ()
    bare = word[1:].translate(_NO_VOWELS)
    kept = word[-1] if word[-1] in VOWELS else ""
    found = (word[0] + bare + kept, word[0] + bare, bare if word[0] in VOWELS else "")
    return tuple(dict.fromkeys(f for f in found if f != word and len(f) > 1))


def without_vowels(word: str) -> str:
    """Return the word without any vowel."""
    return word.translate(_NO_VOWELS)


def consonants(word: str) -> str:
    """Return the consonants by which a word in Arabic letters and its Latin forms are alike.

    MUHAMMAD, MOHAMED and MHMD give MHMD, HUSSEIN and HSYN give HSN: short vowels and doubled
    letters are not written in Arabic; W, Y and a last H come and go between romanisations.
    """
    for pair, letter in _PAIRS:
        word = word.replace(pair, letter)
    found = ""
    for char in word.rstrip("H").translate(_UNWRITTEN):
        if char != found[-1:]:
            found += char
    return found


def unvowelled(word: str) -> str:
    """Return the `consonants` of a word that seems to come from Arabic letters, else "".

    Such a word has no vowel but A at its ends.
    """
    if len(word) < 3 or any(char in "EIOU" for char in word) or "A" in word[1:-1]:
        return ""
    key = consonants(word)
    return key if len(key) > 1 else ""


def without_article(word: str) -> tuple[str, ...]:
    """Return what follows an article or particle that a word was joined to: ALMADANI, DELACRUZ."""
    return tuple(
        word[len(article) :]
        for article in _ARTICLES
        if word.startswith(article)
        and len(word) - len(article) >= _LEAST_AFTER_ARTICLE - (article == "AL")
    )


def misread(word: str) -> set[str]:
    """Return what `word` may have been before a scanner or a hasty hand wrote it.

    Digits stand for the letters they look like; RN for M; two neighbouring letters change places.

    Source: classes ocr and transpose of sanctions-screening-benchmark 0.1.0.
    """
    found = set()
    if any(c.isdigit() for c in word) and any(c.isalpha() for c in word):
        found.add(word.translate(_DIGITS))
        found.add(word.translate(str.maketrans("1", "I")).translate(_DIGITS))
    for seen, meant in _SHAPES:
        at = word.find(seen)
        if at >= 0:
            found.add(word[:at] + meant + word[at + len(seen) :])
    for at in range(len(word) - 1):
        found.add(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    return found - {word}


def ways_to_read(name: str) -> tuple[str, ...]:
    """Return a name as written, parted where a capital follows inside a word, and without the stump
    that a form's last column left of its last word.

    `KIMSu Il` gives `KIM Su Il` too; `DIAZ TORO, Diana Lo` gives `DIAZ TORO, Diana`.

    Source: classes punctuation and truncate of sanctions-screening-benchmark 0.1.0.
    """
    found = [name]
    if not name.isupper() and _SEAM.search(name):
        found.append(_SEAM.sub(" ", name))
    head, _space, last = name.rstrip(" .").rpartition(" ")
    stump = last[3:] if last[:3].upper() in {"AL-", "EL-"} else last
    # MONTES DE OCA ends in a whole word; a form does not cut after a particle alone.
    led = head.rpartition(" ")[2].upper() in roles().small_words
    if len(name) >= FIELD and " " in head and 1 < len(stump) <= 3 and not led:
        found.append(head)
    return tuple(found)
