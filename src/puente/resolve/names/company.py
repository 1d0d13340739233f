"""A firm's name taken apart: what tells it from others, what says its trade, its legal form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from puente.resolve.names.fold import tokens
from puente.resolve.names.words import legal_forms, trade_linkers, trade_short, trade_words

_DOTTED = re.compile(r"(?<!\w)(\w)\.\s?(?=\w(?!\w))")
_PAIRS = frozenset({"SA", "SC", "AC", "RL", "CV", "NC", "RI"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyName:
    """A firm's name by parts, folded and with short forms written out.

    Attributes:
        core: distinctive words in order; the trade words where there is no other.
        generic: trade words in order (`TRANSPORTES`, `GRUPO`).
        legal_form: canonical legal form such as `SA DE CV`; "" if none is written.
        words: distinctive and trade words in the order of the name.
    """

    core: tuple[str, ...]
    generic: tuple[str, ...]
    legal_form: str
    words: tuple[str, ...] = ()


def company_core(text: str) -> CompanyName:
    """Return the distinctive words, trade words and legal form of a firm's name.

    `TRANSPORTES EL GÜERO DEL NTE., S.A. DE C.V.` gives core `GUERO NORTE`, generic `TRANSPORTES`,
    form `SA DE CV`. Of several forms the first written counts, but any before the bare `CO`.

    Limits: a name that is nothing but a legal form keeps its words as its core.
    """
    words = _join_letters(tokens(_DOTTED.sub(r"\1", text)))
    kept, form = _split_forms(words)
    if not kept:
        return CompanyName(core=words, generic=(), legal_form="", words=words)
    own = [word for word in kept if word not in trade_linkers()] or list(kept)
    full = [trade_short().get(word, word) for word in own]
    core = tuple(word for word in full if word not in trade_words())
    generic = tuple(word for word in full if word in trade_words())
    return CompanyName(core=core or generic, generic=generic, legal_form=form, words=tuple(full))


def _join_letters(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words with letters written apart joined: `S A DE C V` becomes `SA DE CV`.

    A letter of the name itself before them stays apart: `CAJA X S A` becomes `CAJA X SA`.
    """
    joined: list[str] = []
    run = ""
    for word in (*words, "  "):
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if len(run) > 2 and run[-2:] in _PAIRS:
            joined += [run[:-2], run[-2:]]
        elif run:
            joined.append(run)
        run = ""
        joined.append(word)
    return tuple(joined[:-1])


def _split_forms(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the words without legal forms, and the form that counts.

    A form of several words is taken out wherever it stands, one of a single word only at the end.
    """
    kept = list(enumerate(words))
    found: list[tuple[bool, int, str]] = []
    while match := _longest_form([word for _, word in kept]):
        start, size, form = match
        found.append((form == "CO", kept[start][0], form))
        del kept[start : start + size]
    return tuple(word for _, word in kept), min(found)[2] if found else ""


def _longest_form(words: list[str]) -> tuple[int, int, str] | None:
    forms, longest = _forms()
    for size in range(min(len(words), longest), 0, -1):
        first = 0 if size > 1 else len(words) - 1
        for start in range(first, len(words) - size + 1):
            form = forms.get(tuple(words[start : start + size]))
            if form is not None:
                return start, size, form
    return None


@cache
def _forms() -> tuple[dict[tuple[str, ...], str], int]:
    found = {
        tuple(spelling.split()): form
        for form, spellings in legal_forms().items()
        for spelling in spellings
    }
    return found, max(len(words) for words in found)
