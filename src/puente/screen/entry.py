"""What is compared: an entry of a list, a question, and the words of their names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from puente.model.schema import all_schemata, get_schema
from puente.resolve.names import company_core, tokens
from puente.resolve.names.words import legal_forms, roles, surnames

HONORIFICS = frozenset(
    {
        *("SHEIKH", "SHAIKH", "SHAYKH", "SHEIK", "HAJJI", "HAJI", "HAJ", "SAYYID", "SAYED", "SYED"),
        *("COL", "GEN", "ENG", "CAPT", "MAJ", "LT", "CDR", "ADM", "BRIG", "MINISTER", "PRESIDENT"),
        *("MULLAH", "MAULAVI", "MAWLAWI", "QARI", "USTAD", "AYATOLLAH"),
    }
)
"""Forms of address and ranks of other languages that come and go before a name.

Source: the title column of the OFAC SDN list and of the UN Security Council list.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One person, firm, ship or aircraft as a list names it.

    Attributes:
        entity_id: `ofac-<ent_num>`, `sat69b-<RFC>`, `un-<DATAID>`.
        list: name of the list, e.g. `ofac_sdn`.
        schema: FollowTheMoney schema.
        names: the name first, then strong aliases, as published.
        weak_names: aliases that the list itself calls weak.
        birth_dates: ISO dates of any precision, or spans `1971/1973`.
        countries: two-letter codes of nationality, citizenship, jurisdiction or address.
        genders: `male`, `female`.
        curps, rfcs, other_ids: identifiers, normalised.
        programs: program tags as published.
        current: False where the entry has been removed from its list.

    Source: OFAC SDN list data specification (ent_num, program, a.k.a. strong and weak); CFF
        art. 69-B; FollowTheMoney property names.
    """

    entity_id: str
    list: str
    schema: str
    names: tuple[str, ...]
    weak_names: tuple[str, ...] = ()
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    curps: tuple[str, ...] = ()
    rfcs: tuple[str, ...] = ()
    other_ids: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    current: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Somebody or something to look for. What is not known is left empty; that is never held
    against anyone.

    Attributes:
        id: the asker's own id.
        names: one or more names of the one asked for.
        schema: `Person`, `Company`, ...; "" if not known.
        birth_dates, countries, genders, curps, rfcs, other_ids: as in `ListEntry`.
        not_ids: entity ids that are not to be answered, such as the asked one's own.
        not_lists: lists that are not to be answered from, such as one that holds the asked one:
            its publisher has told the entries apart.

    Source: Wolfsberg Group, Guidance on Sanctions Screening (2019), section on data relevance.
    """

    id: str
    names: tuple[str, ...]
    schema: str = ""
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    curps: tuple[str, ...] = ()
    rfcs: tuple[str, ...] = ()
    other_ids: tuple[str, ...] = ()
    not_ids: frozenset[str] = frozenset()
    not_lists: frozenset[str] = frozenset()


def is_title(word: str) -> bool:
    """Return True if a folded word is a form of address or rank and no surname (CORONEL is one).

    Source: see `HONORIFICS`.
    """
    return word in HONORIFICS or (word in roles().titles and word not in surnames())


@cache
def form_words() -> frozenset[str]:
    """Return the words that are a legal form by themselves (LTDA, GMBH), or part of a short one.

    `company_core` takes such a word only at the end of a name; in a name written backwards or cut
    off it stands elsewhere, and as a word that no list holds it would weigh most of all.

    Source: the legal forms of `puente.resolve.names`.
    """
    spelled = [text.split() for texts in legal_forms().values() for text in texts]
    alone = {words[0] for words in spelled if len(words) == 1}
    return frozenset(alone | {w for words in spelled for w in words if len(w) in {2, 3}})


KINDS = ("person", "organisation", "thing")
"""What an entry can be; a question of one kind is never answered with another."""


@lru_cache(maxsize=256)
def kind_of(schema: str) -> int:
    """Return the place of a schema in `KINDS`, or -1 where it does not say (LegalEntity, "").

    Source: FollowTheMoney schema tree.
    """
    if schema not in all_schemata():
        return -1
    found = get_schema(schema)
    if found.is_a("Person"):
        return 0
    if found.is_a("Organization"):
        return 1
    return -1 if schema in {"LegalEntity", "Thing"} else 2


@lru_cache(maxsize=200_000)
def name_words(name: str, kind: int) -> tuple[str, ...]:
    """Return the words of a name that are compared: folded, in order, each once.

    Of a person's name titles and ranks go; of a firm's name its legal form and little words.

    Source: OFAC FAQ 249 (name parts); Wolfsberg (2019) on stop words.
    """
    if kind == 1:
        firm = company_core(name)
        words = tuple(dict.fromkeys((*firm.core, *firm.generic)))
        return tuple(w for w in words if w not in form_words()) or words
    found = tokens(name)
    if kind != 2:
        found = tuple(w for w in found if not is_title(w)) or found
    return tuple(dict.fromkeys(found))
