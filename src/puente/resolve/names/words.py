"""The word lists of names, read once: given names, surnames, short forms, everyday forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from puente.errors import InvalidData


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Words that play a part in a person's name; `data/roles.txt` says which and why."""

    particles: frozenset[str]
    small_words: frozenset[str]
    own_when_first: frozenset[str]
    placeholders: frozenset[str]
    surname_leaning: frozenset[str]
    titles: frozenset[str]
    suffixes: frozenset[str]
    devotions: frozenset[str]
    compound_first: frozenset[str]
    son_of: frozenset[str]
    numerals: frozenset[str]
    compound_surnames: frozenset[tuple[str, str]]


@cache
def roles() -> Roles:
    """Return the words that play a part in a person's name."""
    found: dict[str, list[str]] = {}
    for line in _read("roles.txt"):
        if line.startswith("["):
            found[line.strip("[]")] = []
        else:
            found[next(reversed(found))].append(line)
    pairs = (line.split() for line in found.pop("compound_surnames"))
    compound = frozenset((first, last) for first, last in pairs)
    words = {part: frozenset(" ".join(lines).split()) for part, lines in found.items()}
    return Roles(compound_surnames=compound, **words)


@cache
def given_names() -> frozenset[str]:
    """Return the given names, of men and of women."""
    return _words("given_men.txt") | _words("given_women.txt")


@cache
def surnames() -> frozenset[str]:
    """Return the common surnames."""
    return _words("surnames.txt")


def expand_given(token: str) -> str:
    """Return a folded word of a given name written out: `FCO` is FRANCISCO, else as it is."""
    return _abbreviations()["given"].get(token, token)


def expand_surname(token: str) -> str:
    """Return a folded word of a surname written out: `HDEZ` is HERNANDEZ, else as it is."""
    return _abbreviations()["surname"].get(token, token)


def given_roots(token: str) -> frozenset[str]:
    """Return the names that a folded given name can stand for, itself included.

    `CHUY` gives JESUS; `BETO` gives ALBERTO, ROBERTO and others; `MIKE` gives MICHAEL, MIGUEL.
    Two given names that share a root can be one person's.
    """
    token = expand_given(token)
    found = {token}
    todo = [token]
    while todo:
        name = todo.pop()
        fresh = set(_nicknames().get(name, ())) - found
        if not fresh and name not in given_names():
            fresh = _diminutive(name) - found
        found |= fresh
        todo.extend(fresh)
    return frozenset(found)


def given_keys(token: str) -> frozenset[str]:
    """Return the formal names at the end of every chain from a folded given name.

    `MIKE`, `MICHAEL` and `MIGUEL` all give MIGUEL; `BETO` gives all that he can be called.
    """
    roots = given_roots(token)
    ends = {name for name in roots if not set(_nicknames().get(name, ())) - {name}}
    full = expand_given(token)
    if full not in given_names():
        ends -= {full}
    return frozenset(ends or roots)


def tongues(token: str) -> tuple[str, ...]:
    """Return the other forms that a folded word of a name has in other tongues and spellings.

    `MOHAMED` gives MUHAMMAD, MEHMET and others; `LEE` gives LI and RI. A word without any gives
    nothing. They help to find; they do not tell that two people are one.
    """
    return _other_tongues().get(token, ())


@cache
def _other_tongues() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for line in _read("other_tongues.txt"):
        if not line.startswith("["):
            for word in line.split():
                found.setdefault(word, set()).update(line.split())
    return {word: tuple(sorted(forms - {word})) for word, forms in found.items()}


def _diminutive(token: str) -> set[str]:
    """Return the known given names of which `token` is the diminutive in -ITO, -ITA."""
    for ending, last in (("CITO", ""), ("CITA", ""), ("ITO", "O"), ("ITA", "A")):
        if token.endswith(ending) and len(token) > len(ending) + 2:
            stem = token[: -len(ending)]
            found = {name for name in (stem + last, stem) if name in given_names()}
            if found:
                return found
    return set()


@cache
def _nicknames() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for pairs in _sections("nicknames.txt").values():
        for short, full in pairs:
            names = (*found.get(short, ()), *full.split())
            found[short] = tuple(dict.fromkeys(name for name in names if name != short))
    return found


@cache
def _abbreviations() -> dict[str, dict[str, str]]:
    return {name: dict(pairs) for name, pairs in _sections("abbreviations.txt").items()}


@cache
def legal_forms() -> dict[str, tuple[str, ...]]:
    """Return each canonical legal form with the ways it is written."""
    pairs = _sections("legal_forms.txt")["forms"]
    return {form: tuple(text.strip() for text in spelled.split(",")) for form, spelled in pairs}


@cache
def trade_words() -> frozenset[str]:
    """Return the words of trade and habit that alone tell no firm from another."""
    return _words("trade_words.txt")


@cache
def trade_linkers() -> frozenset[str]:
    """Return the little words that join others in a firm's name (`DE`, `Y`, `AND`)."""
    return _words("trade_linkers.txt")


@cache
def trade_short() -> dict[str, str]:
    """Return how trade words are written short, each with the word it stands for."""
    return dict(_sections("trade_short.txt")["short"])


def _read(name: str) -> list[str]:
    text = files("puente.resolve.names").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _words(name: str) -> frozenset[str]:
    return frozenset(word for line in _read(name) for word in line.split())


def _sections(name: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    section = ""
    for line in _read(name):
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = []
            continue
        short, equals, full = (part.strip() for part in line.partition("="))
        if not equals or not short or not full or not section:
            raise InvalidData(f"{line!r} is not `SHORT = FULL`", file=name)
        found[section].append((short, full))
    return found
