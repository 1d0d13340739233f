"""The roles of the gap matrix: eight that help a cartel, nine that the law should leave alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from puente.errors import NotFound
from puente.i18n import N_
from puente.i18n import gettext as _
from puente.law.fields import Fields, open_page
from puente.law.references import (
    CITED_KEYS,
    Citation,
    Reference,
    read_citation,
    read_references,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from puente.law.texts import Text

FACILITATOR, INNOCENT = "facilitator", "innocent"
KINDS = (FACILITATOR, INNOCENT)


class Answer(StrEnum):
    """Whether a fact holds: yes, no, or it depends.

    Source: Kleene (1952), Introduction to Metamathematics, section 64: the strong tables.
    """

    YES = "yes"
    NO = "no"
    DEPENDS = "depends"


ANSWER_WORDS: dict[Answer, str] = {
    Answer.YES: N_("yes"),
    Answer.NO: N_("no"),
    Answer.DEPENDS: N_("depends"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a role answers to a fact, and why.

    Attributes:
        citation: where the law says so; None where the answer only describes the role.

    Source: `law/roles.yaml`.
    """

    value: Answer
    because: Text
    citation: Citation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact of a person, named once; elements of instruments point to it.

    Attributes:
        unless_stated: the answer of a role that gives none of its own.
        listed_by: id of the instrument under which an organisation must be designated for the fact
            to hold; the date decides, not the role. "" for all other facts.

    Source: `law/roles.yaml`.
    """

    id: str
    text: Text
    unless_stated: Stated | None = None
    listed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A kind of person, never a person: what is true of whoever stands in this place.

    Source: `law/roles.yaml`.
    """

    id: str
    kind: str
    name: Text
    text: Text
    facts: Mapping[str, Stated]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A column of the matrix: the tree of an instrument, or one node of it.

    Source: `law/roles.yaml`.
    """

    id: str
    name: Text
    text: Text
    instrument: str
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBook:
    """The vocabulary of facts, the columns and the roles.

    Source: `law/roles.yaml`.
    """

    facts: Mapping[str, Fact]
    authorities: tuple[Authority, ...]
    roles: tuple[Role, ...]
    references: Mapping[str, Reference]

    def role(self, id: str) -> Role:  # noqa: A002 - the field's own name
        """Return one role.

        Raises: NotFound: there is none of that name.
        """
        for role in self.roles:
            if role.id == id:
                return role
        raise NotFound(_("no role {name!r}").format(name=id))


@cache
def role_book() -> RoleBook:
    """Return the shipped roles.

    Source: `law/roles.yaml`, with its references.

    Raises: InvalidData: the file cannot be read.
    """
    entry = files("puente.law").joinpath("roles.yaml")
    return read_roles(entry.read_text(encoding="utf-8"), "roles.yaml")


def read_roles(text: str, origin: str) -> RoleBook:
    """Return the roles that a YAML text describes.

    Args:
        text: the YAML, at most 1 MB.
        origin: what to call it in errors.

    Source: Puente's own format.

    Raises: InvalidData: anything wrong with it, with file, line and reason.
    """
    value, page = open_page(text, origin)
    fields = Fields(value, (), page, ("references", "facts", "authorities", "roles"))
    references = read_references(fields)
    facts = _facts(fields, references)
    return RoleBook(
        facts=facts,
        authorities=_authorities(fields),
        roles=_roles(fields, facts, references),
        references=references,
    )


def _names(fields: Fields, key: str) -> list[str]:
    value = fields.value(key)
    if not isinstance(value, dict):
        raise fields.wrong(key, f"{key!r} must be keys and values")
    return [str(name) for name in value]


def _facts(fields: Fields, references: Mapping[str, Reference]) -> dict[str, Fact]:
    names = _names(fields, "facts")
    listed = fields.child("facts", names)
    found: dict[str, Fact] = {}
    for name in names:
        one = listed.child(name, ("text", "unless_stated", "listed_by"))
        if one.has("unless_stated") and one.has("listed_by"):
            raise one.wrong("listed_by", "a fact that the date decides is stated by nobody")
        found[name] = Fact(
            id=name,
            text=one.text("text"),
            unless_stated=_stated(one, "unless_stated", references)
            if one.has("unless_stated")
            else None,
            listed_by=one.id("listed_by") if one.has("listed_by") else "",
        )
    return found


def _stated(parent: Fields, key: str, references: Mapping[str, Reference]) -> Stated:
    one = parent.child(key, ("value", "because", *CITED_KEYS))
    value = one.value("value")
    # YAML 1.1 reads yes and no as true and false.
    word = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else value
    if word not in set(Answer):
        raise one.wrong("value", "an answer is yes, no or depends")
    return Stated(
        value=Answer(str(word)),
        because=one.text("because"),
        citation=read_citation(one, references) if one.has("ref") else None,
    )


def _authorities(fields: Fields) -> tuple[Authority, ...]:
    found: list[Authority] = []
    for one in fields.each("authorities", ("id", "instrument", "node", "name", "text")):
        authority = Authority(
            id=one.id("id"),
            name=one.text("name"),
            text=one.text("text"),
            instrument=one.id("instrument"),
            node=one.id("node") if one.has("node") else "",
        )
        if any(other.id == authority.id for other in found):
            raise one.wrong("id", f"the authority {authority.id!r} stands twice")
        found.append(authority)
    return tuple(found)


def _roles(
    fields: Fields, facts: Mapping[str, Fact], references: Mapping[str, Reference]
) -> tuple[Role, ...]:
    found: list[Role] = []
    for one in fields.each("roles", ("id", "kind", "name", "text", "facts")):
        role = Role(
            id=one.id("id"),
            kind=one.choice("kind", KINDS),
            name=one.text("name"),
            text=one.text("text"),
            facts=_answers(one, facts, references),
        )
        if any(other.id == role.id for other in found):
            raise one.wrong("id", f"the role {role.id!r} stands twice")
        found.append(role)
    return tuple(found)


def _answers(
    role: Fields, facts: Mapping[str, Fact], references: Mapping[str, Reference]
) -> dict[str, Stated]:
    names = _names(role, "facts")
    stated = role.child("facts", names)
    answers: dict[str, Stated] = {}
    for name in names:
        if name not in facts:
            raise stated.wrong(name, f"{name!r} is no fact of the vocabulary")
        if facts[name].listed_by:
            raise stated.wrong(name, f"{name!r} is decided by the date, not by a role")
        answers[name] = _stated(stated, name, references)
    for fact in facts.values():
        if fact.listed_by or fact.id in answers:
            continue
        if fact.unless_stated is None:
            raise role.wrong("facts", f"{fact.id!r} is not answered")
        answers[fact.id] = fact.unless_stated
    return answers
