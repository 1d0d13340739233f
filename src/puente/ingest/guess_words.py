"""What the words of a header say: whose column it is (the role) and what it holds (the field).

Headers are taken apart into words of one vocabulary, whatever their language, spelling or glue:
`FEC_NAC_VICTIMA`, `fechaNacimientoVictima`, `Victim DOB` all give *victim*, *birth date*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from puente.model.strict_yaml import strict_yaml
from puente.model.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

IDLE = frozenset(
    {"de", "del", "la", "el", "los", "las", "the", "of", "y", "en", "a", "al", "para", "por", "que"}
    | {"o", "e", "and", "se", "su", "s", "es", "in", "at", "on", "to", "with", "con", "un", "una"}
)
"""Words that say nothing in a header."""

LOOSE = frozenset(
    {"numero", "clave", "tipo", "dato", "campo", "hecho", "evento", "incidente", "suceso", "nombre"}
    | {"persona", "descripcion", "registro", "delito", "ocurrencia", "oficial", "general"}
    | {"lugar", "expediente", "folio", "reporte", "completo", "geo", "principal", "federativa"}
    | {"unico", "alfanumerico", "recuperacion", "electronico", "contacto", "robo", "detencion"}
    | {"aseguramiento", "legal", "desaparicion", "percepcion", "intervencion", "fed"}
)
"""Words that, left over beside a known field, take little from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One thing that a header may mean."""

    field: str
    fit: float
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A header taken apart.

    Attributes:
        words: its words in the one vocabulary, in order.
        roles: whose column it is: `victim`, `owner`, `vehicle`...; none where it does not say.
        fields: what it may hold, best first: how well the words fit, above 0 up to 1, and which
            words no one knows in that light.
    """

    words: tuple[str, ...]
    roles: tuple[str, ...]
    fields: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The vocabulary of headers.

    Attributes:
        words: a written word (folded) to the words of the vocabulary that it stands for.
        roles: a word to the role that it names.
        fields: patterns, each a set of words and the field that they name together.
        kinds: a word to the kind of record that it hints at.
    """

    words: Mapping[str, tuple[str, ...]]
    roles: Mapping[str, str]
    fields: tuple[tuple[frozenset[str], str], ...]
    kinds: Mapping[str, str]


@cache
def lexicon() -> Lexicon:
    """Return the vocabulary, read once from `guess_words.yaml`."""
    text = files("puente.ingest").joinpath("guess_words.yaml").read_text(encoding="utf-8")
    raw = cast("dict[str, dict[str, str]]", strict_yaml(text, "guess_words.yaml"))
    words: dict[str, tuple[str, ...]] = {}
    for target, written in raw["words"].items():
        parts = tuple(str(target).split())
        words.update(dict.fromkeys(parts, ()))
        for one in str(written).split(","):
            words[fold(one).replace(" ", "")] = parts
    words = {word: parts or (word,) for word, parts in words.items()}
    fields: list[tuple[frozenset[str], str]] = []
    for field, patterns in raw["fields"].items():
        fields += [(frozenset(one.split()), str(field)) for one in str(patterns).split(",")]
    for pattern, _field in fields:
        for word in pattern:
            words.setdefault(word, (word,))
    roles = {w.strip(): role for role, held in raw["roles"].items() for w in held.split(",")}
    kinds = {w.strip(): kind for kind, held in raw["kinds"].items() for w in held.split(",")}
    for word in (*roles, *kinds):
        words.setdefault(word, (word,))
    return Lexicon(words=words, roles=roles, fields=tuple(fields), kinds=kinds)


def heading(text: str) -> Heading:
    """Return what a header says."""
    held = lexicon()
    words = words_of(text)
    roles = tuple(dict.fromkeys(held.roles[word] for word in words if word in held.roles))
    plain = frozenset(words)
    found: dict[str, Reading] = {}
    for pattern, field in held.fields:
        if pattern <= plain:
            reading = _reading(field, pattern, words, held)
            if field not in found or found[field].fit < reading.fit:
                found[field] = reading
    numbered = set(found) <= {"record_id", "some_id"}
    if numbered and roles and all(word in held.roles or word in LOOSE for word in words):
        # `PROPIETARIO` alone names the owner.
        found["name"] = Reading(field="name", fit=0.8)
    ranked = sorted(found.values(), key=lambda reading: (-reading.fit, reading.field))
    return Heading(words=words, roles=roles, fields=tuple(ranked))


def _reading(field: str, pattern: frozenset[str], words: tuple[str, ...], held: Lexicon) -> Reading:
    """Return how well a pattern accounts for a header's words, and the words it leaves unknown."""
    left = [word for word in words if word not in pattern and word not in held.roles]
    strange = tuple(word for word in left if word not in LOOSE)
    known = len(left) - len(strange)
    # The more words a pattern accounts for, the less it is by chance.
    fit = (1.0 if len(pattern) > 1 else 0.95) * 0.7 ** len(strange) * 0.92**known
    return Reading(field=field, fit=round(fit, 3), strange=strange)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a header in the one vocabulary, without numbers and idle words."""
    apart = _HUMPS.sub(_parted, text)
    apart = re.sub(r"%", " porcentaje ", apart)
    apart = _ACRONYM.sub(lambda match: match[0].replace(".", ""), apart)
    plain = _ENDS.sub(lambda match: match[1] + _OF_ENDS[match[2]], fold(apart))
    plain = _SURNAMES.sub(lambda match: f"apellido {_OF_SURNAMES[match[1]]}", plain)
    tokens = [re.sub(r"\d+", "", token) for token in plain.split()]
    placed = any(token.startswith("coord") for token in tokens)
    found: list[str] = []
    for token in tokens:
        if placed and token in {"x", "y"}:
            found.append(token)
        elif len(token) > 1 and token not in IDLE:
            found += segmented(token)
    return tuple(dict.fromkeys(_phrased(found)))


_ENDS = re.compile(r"\b(numero|num|no|linea|telefono|tel) ([ab])\b")
_OF_ENDS = {"a": " origen", "b": " destino"}
_SURNAMES = re.compile(r"\b(?:ap|ape|apell|apellido) ?([12])\b")
_OF_SURNAMES = {"1": "paterno", "2": "materno"}
_HUMPS = re.compile(r"[A-Za-záéíóúñÁÉÍÓÚÑ]*[a-záéíóúñ][A-ZÁÉÍÓÚÑ][A-Za-záéíóúñÁÉÍÓÚÑ]*")
_ACRONYM = re.compile(r"\b(?:[A-Za-z]\.){2,}")


def _parted(match: re.Match[str]) -> str:
    """Return a word in humps (`FechaHecho`) parted, unless it is one of the vocabulary's."""
    glued = fold(match[0])
    if glued in lexicon().words:
        return glued
    return re.sub(r"(?<=[a-záéíóúñ])(?=[A-ZÁÉÍÓÚÑ])", " ", match[0])


def _phrased(words: list[str]) -> list[str]:
    """Return the words with `probable responsable` and the like as the one word they stand for."""
    if "responsable" in words and {"probable", "imputado"} & set(words):
        rest = [word for word in words if word not in {"responsable", "probable", "imputado"}]
        return [*rest, "imputado"]
    return words


@cache
def segmented(token: str) -> tuple[str, ...]:
    """Return the words that a token is or is glued of; the token itself where they are unknown."""
    words = lexicon().words
    if token in words:
        return words[token]
    if token.endswith("s") and token[:-1] in words:
        return words[token[:-1]]
    if token.endswith("es") and token[:-2] in words:
        return words[token[:-2]]
    best: dict[int, list[str]] = {0: []}
    for end in range(1, len(token) + 1):
        for start in range(max(0, end - 16), end):
            part = token[start:end]
            if start in best and (part in words or part in IDLE) and len(part) >= 2:
                split = [*best[start], part]
                if end not in best or len(split) < len(best[end]):
                    best[end] = split
    parts = best.get(len(token))
    # Two letters glued to two letters say anything.
    if parts and all(len(part) >= 3 or part in IDLE for part in parts):
        return tuple(word for part in parts if part not in IDLE for word in words[part])
    return (token,)


def hints(text: str) -> frozenset[str]:
    """Return the kinds of record that the words of a text (a file's name, a title) hint at."""
    held, words = lexicon(), words_of(text)
    found = {held.kinds[word] for word in words if word in held.kinds}
    if {"orden", "detencion"} <= set(words):
        # An order to arrest is no arrest.
        found = (found - {"detention"}) | {"warrants"}
    return frozenset(found)
