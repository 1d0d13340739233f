"""How clerks write people down: what they leave out, mishear, shorten, swap and mistype.

Each agency has habits of its own. The kinds of mistake are those that Mexican records show:
letters that sound alike (b/v, s/c/z, ll/y, silent h, g/j, x), scanning errors, abbreviations
(Hdez., Ma.), short forms (Pepe), a maternal surname dropped or taken for the last name, married
names, particles lost, days and months swapped, CURP missing or cut short.

Source: kinds from Christen, Data Matching (2012), ch. 2, and INEGI's notes on name matching;
rates are choices, held in check by the hardness gate in `bench/hardness.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from puente.world.identity import plain
from puente.world.names import name_book

if TYPE_CHECKING:
    from datetime import date
    from random import Random

    from puente.world.people import Person

PARTICLES = frozenset({"de", "del", "la", "las", "los", "y"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How often an agency makes each mistake; shares of mentions, 0 to 1, unless said.

    Attributes:
        mishear: per word of a name: a letter that sounds the same.
        slip: per word: a letter swapped, lost, doubled or misread by a scanner.
        shorten: per word that has an abbreviation.
        short_form: the first given name is what people call the person.
        drop_second: the second given name is missing.
        reverse_given: given names the other way round.
        drop_maternal: no maternal surname.
        swap: surnames the other way round.
        maternal_last: the maternal surname stands as the last name, the paternal as middle name.
        join: the surnames stand together in one field.
        married: a married woman under `de` and her husband's surname.
        drop_particles: `de la Cruz` becomes `Cruz`.
        glue: `de la Cruz` becomes `Delacruz`, `Juan Carlos` `Juancarlos`; `Villarreal` falls apart.
        cut: names cut at 12 letters.
        no_birth, year_only, day_month, year_off: of the birth date.
        no_curp, part_curp, slip_curp: of the CURP; the shares of missing and cut ones.
        no_rfc, no_phone, other_phone, slip_phone, no_sex, wrong_sex, no_address: of the rest.
        elsewhere: the place is not where the person lives.
    """

    mishear: float = 0.03
    slip: float = 0.02
    shorten: float = 0.03
    short_form: float = 0.01
    drop_second: float = 0.10
    reverse_given: float = 0.01
    drop_maternal: float = 0.05
    swap: float = 0.01
    maternal_last: float = 0.0
    join: float = 0.0
    married: float = 0.0
    drop_particles: float = 0.15
    glue: float = 0.01
    cut: float = 0.005
    no_birth: float = 0.10
    year_only: float = 0.03
    day_month: float = 0.02
    year_off: float = 0.03
    no_curp: float = 0.6
    part_curp: float = 0.05
    slip_curp: float = 0.03
    no_rfc: float = 0.9
    no_phone: float = 0.5
    other_phone: float = 0.5
    slip_phone: float = 0.02
    no_sex: float = 0.03
    wrong_sex: float = 0.01
    no_address: float = 0.2
    elsewhere: float = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One person as one clerk wrote them down; "" where nothing was written."""

    given: str
    paternal: str
    maternal: str
    sex: str
    birth: str
    curp: str
    rfc: str
    phone: str
    address: str


def write_down(person: Person, habits: Habits, rng: Random) -> Mention:
    """Return how a clerk with these habits writes a person down."""
    given, paternal, maternal = _names(person, habits, rng)
    return Mention(
        given=given, paternal=paternal, maternal=maternal, sex=_sex(person.sex, habits, rng),
        birth=_birth(person.birth, habits, rng), curp=_curp(person, habits, rng),
        rfc=person.rfc() if rng.random() >= habits.no_rfc else "",
        phone=_phone(person, habits, rng),
        address=person.address if rng.random() >= habits.no_address else "",
    )  # fmt: skip


# --- names -------------------------------------------------------------------------------------


def _names(person: Person, habits: Habits, rng: Random) -> tuple[str, str, str]:
    given = _given(person.given, habits, rng)
    paternal, maternal = person.paternal, person.maternal
    if habits.married and person.husband and rng.random() < habits.married:
        maternal = f"de {person.husband}"
    elif maternal and rng.random() < habits.drop_maternal:
        maternal = ""
    if rng.random() < habits.drop_particles:
        paternal, maternal = _without_particles(paternal), _without_particles(maternal)
    paternal, maternal = (_words(name, habits, rng) for name in (paternal, maternal))
    if maternal:
        draw = rng.random()
        if draw < habits.maternal_last:
            given, paternal, maternal = f"{given} {paternal}", maternal, ""
        elif draw < habits.maternal_last + habits.join:
            paternal, maternal = f"{paternal} {maternal}", ""
        elif draw < habits.maternal_last + habits.join + habits.swap:
            paternal, maternal = maternal, paternal
    if rng.random() < habits.cut:
        given, paternal, maternal = given[:12].rstrip(), paternal[:12].rstrip(), maternal[:12]
    return given, paternal, maternal


def _given(given: str, habits: Habits, rng: Random) -> str:
    words = given.split()
    if len(words) == 2:
        draw = rng.random()
        if draw < habits.drop_second:
            # Whoever is called José or María goes by the other name as often as not.
            words = words[1:] if words[0] in {"José", "María"} and rng.random() < 0.5 else words[:1]
        elif draw < habits.drop_second + habits.reverse_given:
            words.reverse()
    if rng.random() < habits.short_form:
        forms = name_book().short_forms.get(words[0])
        if forms:
            words = [rng.choice(forms)]
    return _words(" ".join(words), habits, rng)


def _words(name: str, habits: Habits, rng: Random) -> str:
    if not name:
        return ""
    done = []
    for word in name.split():
        if word in PARTICLES:
            done.append(word)
            continue
        draw = rng.random()
        if draw < habits.mishear:
            word = misheard(word, rng)
        elif draw < habits.mishear + habits.slip:
            word = slipped(word, rng)
        elif draw < habits.mishear + habits.slip + habits.shorten:
            word = name_book().abbreviations.get(word, word)
        done.append(word)
    whole = " ".join(done)
    return glued(whole) if rng.random() < habits.glue else whole


_FALLS_APART = ("Villa", "Monte", "Casa", "Agua", "Campo", "Buen")


def glued(name: str) -> str:
    """Return a name of several words as one, or one that begins with a known word as two."""
    if " " in name:
        return name.replace(" ", "").capitalize()
    for start in _FALLS_APART:
        if name.startswith(start) and len(name) >= len(start) + 3:
            rest = name[len(start) :]
            return f"{start} {rest.removeprefix('r' if rest.startswith('rr') else '').capitalize()}"
    return name


def _without_particles(name: str) -> str:
    kept = [word for word in name.split() if word not in PARTICLES]
    return " ".join(kept)


_SOUNDS_ALIKE = (
    ("b", "v"), ("v", "b"), ("z", "s"), ("s", "z"), ("ce", "se"), ("ci", "si"), ("se", "ce"),
    ("si", "ci"), ("ll", "y"), ("y", "ll"), ("ge", "je"), ("gi", "ji"), ("je", "ge"), ("ji", "gi"),
    ("x", "j"), ("h", ""), ("qu", "k"), ("y", "i"), ("ñ", "n"), ("gue", "ge"), ("nn", "n"),
    ("ph", "f"), ("th", "t"), ("rr", "r"), ("mb", "nv"), ("c", "k"), ("hu", "gu"), ("x", "s"),
    ("tz", "ts"), ("ai", "ay"), ("ie", "e"), ("ei", "ey"), ("mp", "np"),
)  # fmt: skip


def misheard(word: str, rng: Random) -> str:
    """Return `word` spelled as it may sound: one replacement, or a silent h put before a vowel."""
    lower = word.lower()
    can = _alike(lower)
    if not can or (lower[0] in "aeiou" and rng.random() < 0.05):
        return f"H{lower}" if lower[0] in "aeiou" else slipped(word, rng)
    old, new = can[int(rng.random() * len(can))]
    return lower.replace(old, new, 1).capitalize()


@lru_cache(maxsize=20_000)
def _alike(word: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in _SOUNDS_ALIKE if pair[0] in word and word != pair[0])


_MISREAD = (("rn", "m"), ("m", "rn"), ("l", "i"), ("i", "l"), ("e", "c"), ("c", "e"), ("u", "v"),
            ("o", "a"), ("a", "o"), ("n", "u"), ("r", "n"), ("f", "t"), ("g", "q"))  # fmt: skip


def slipped(word: str, rng: Random) -> str:
    """Return `word` with one slip of the finger or scanner; the first letter mostly stays."""
    if len(word) < 3:
        return word
    kind = rng.random()
    at = 1 + int(rng.random() * (len(word) - 2)) if rng.random() < 0.93 else 0
    if kind < 0.25:
        return (word[:at] + word[at + 1] + word[at] + word[at + 2 :]).capitalize()
    if kind < 0.45:
        return (word[:at] + word[at + 1 :]).capitalize()
    if kind < 0.6:
        return word[: at + 1] + word[at:]
    if kind < 0.8:
        other = "abcdefghilmnoprstu"[int(rng.random() * 18)]
        return (word[:at] + other + word[at + 1 :]).capitalize()
    can = [pair for pair in _MISREAD if pair[0] in word[1:]]
    if not can:
        return word[:at] + word[at + 1 :]
    old, new = can[int(rng.random() * len(can))]
    return word[0] + word[1:].replace(old, new, 1)


# --- the other fields --------------------------------------------------------------------------


def _sex(sex: str, habits: Habits, rng: Random) -> str:
    draw = rng.random()
    if draw < habits.no_sex:
        return ""
    if draw < habits.no_sex + habits.wrong_sex:
        return "M" if sex == "H" else "H"
    return sex


def _birth(birth: date, habits: Habits, rng: Random) -> str:
    draw = rng.random()
    if draw < habits.no_birth:
        return ""
    draw -= habits.no_birth
    if draw < habits.year_only:
        return str(birth.year)
    draw -= habits.year_only
    if draw < habits.day_month and birth.day <= 12:
        return f"{birth.year}-{birth.day:02d}-{birth.month:02d}"
    draw -= habits.day_month
    if 0 <= draw < habits.year_off:
        kind = rng.random()
        if kind < 0.4:
            year = birth.year + rng.choice((-1, 1))
            return birth.replace(year=year, day=min(birth.day, 28)).isoformat()
        if kind < 0.7:
            return birth.replace(day=1 + int(rng.random() * 28)).isoformat()
        return birth.replace(month=1 + int(rng.random() * 12), day=min(birth.day, 28)).isoformat()
    return birth.isoformat()


def _curp(person: Person, habits: Habits, rng: Random) -> str:
    draw = rng.random()
    if draw < habits.no_curp:
        return ""
    curp = person.curp()
    draw -= habits.no_curp
    if draw < habits.part_curp:
        return curp[:10] if rng.random() < 0.5 else curp[:16]
    if draw < habits.part_curp + habits.slip_curp and curp:
        at = int(rng.random() * 17)
        return curp[:at] + curp[at + 1] + curp[at] + curp[at + 2 :]
    return curp


def _phone(person: Person, habits: Habits, rng: Random) -> str:
    if rng.random() < habits.no_phone:
        return ""
    phone = person.old_phone if rng.random() < habits.other_phone else person.phone
    return swapped(phone, rng) if rng.random() < habits.slip_phone else phone


def swapped(text: str, rng: Random) -> str:
    """Return `text` with two neighbouring characters the other way round."""
    at = int(rng.random() * max(1, len(text) - 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


_LOOK_ALIKE = {"O": "0", "0": "O", "1": "I", "I": "1", "S": "5", "5": "S", "B": "8", "8": "B"}


def misread_code(code: str, rng: Random, often: float) -> str:
    """Return a plate or VIN, in a share `often` of cases with a letter taken for a digit."""
    if rng.random() >= often:
        return code
    spots = [at for at, c in enumerate(code) if c in _LOOK_ALIKE]
    if not spots or rng.random() < 0.4:
        return swapped(code, rng)
    at = spots[int(rng.random() * len(spots))]
    return code[:at] + _LOOK_ALIKE[code[at]] + code[at + 1 :]


# --- how names look on paper -------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def capitals(text: str) -> str:
    """Return a name in capitals without accents, Ñ kept."""
    return plain(text)


@lru_cache(maxsize=20_000)
def ascii_capitals(text: str) -> str:
    """Return a name as English-language systems hold it: capitals, no accents, no Ñ."""
    return plain(text).replace("Ñ", "N")
