"""Which crimes a whole table of crimes counts, and which type each crime belongs to.

Source: SESNSP, Instrumento CNSP/38/15 (2015 to 2025), in `quality_catalogue.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from puente.model.strict_yaml import strict_yaml

_Goods = dict[str, dict[str, dict[str, list[str]]]]
"""Crimes and their parts, by legal good and type of crime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crime:
    """One crime of the catalogue.

    Attributes:
        name: its record, without parts.
        type, good: what it belongs to: a type of crime, a legal good.
        parts: what breaks it down; empty where nothing does.
    """

    name: str
    type: str
    good: str
    parts: tuple[str, ...]


@cache
def catalogue() -> tuple[Crime, ...]:
    """Return the crimes of CNSP/38/15, in its order."""
    text = files("puente.ingest").joinpath("quality_catalogue.yaml").read_text(encoding="utf-8")
    goods = cast("_Goods", strict_yaml(text, "quality_catalogue.yaml"))
    return tuple(
        Crime(name=name, type=kind, good=good, parts=tuple(parts))
        for good, kinds in goods.items()
        for kind, crimes in kinds.items()
        for name, parts in crimes.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a table that holds some records lacks of the catalogue.

    Attributes:
        types: types of crime of which it holds neither the whole nor any crime.
        crimes: crimes that it lacks though it holds others of their type.
        untold: crimes that stand in it only within their type's total.
        parts: parts of crimes (`homicidio_doloso.con_arma_blanca`) that it lacks of those that it
            breaks down.
    """

    types: tuple[str, ...]
    crimes: tuple[str, ...]
    untold: tuple[str, ...]
    parts: tuple[str, ...]


GOODS = 3
"""Legal goods from which a table is one of crimes in general, and not of one kind of crime.

Source: CNSP/38/15 sorts crimes under seven legal goods; extracts (lethal violence, sexual crimes)
keep to one, or to two.
"""

SHARE = 4
"""One in so many of the catalogue's types of crime makes a table of crimes in general; one with
fewer is a choice of crimes, whose maker knows what it leaves out."""


def lacking(records: frozenset[str]) -> Expected | None:
    """Return what a table lacks; None where it is no table of crimes in general."""
    held = {record.partition(".")[0] for record in records}
    known = catalogue()
    whole = {crime.type for crime in known if crime.type in held}
    given = [crime for crime in known if crime.name in held]
    touched = [crime for crime in known if crime.type in whole or crime in given]
    kinds = len({crime.type for crime in touched})
    if len({crime.good for crime in touched}) < GOODS or kinds * SHARE < len(
        {c.type for c in known}
    ):
        return None
    types = {crime.type for crime in known} - whole - {crime.type for crime in given}
    told = {crime.type for crime in given if crime.name != crime.type or crime.type not in whole}
    order = tuple(dict.fromkeys(crime.type for crime in known))
    return Expected(
        types=tuple(name for name in order if name in types),
        crimes=tuple(
            crime.name for crime in known if crime.type in told and crime.name not in held
        ),
        untold=tuple(
            crime.name
            for crime in known
            if crime.type in whole and crime.type not in told and crime.name not in held
        ),
        parts=tuple(
            f"{crime.name}.{part}"
            for crime in given
            for part in crime.parts
            if f"{crime.name}.{part}" not in records
            and any(record.startswith(f"{crime.name}.") for record in records)
        ),
    )


def beside(records: frozenset[str]) -> tuple[str, ...]:
    """Return the types of crime that a choice of crimes leaves out of the legal goods it tells."""
    held = {record.partition(".")[0] for record in records}
    known = catalogue()
    told = {crime.type for crime in known if crime.name in held or crime.type in held}
    goods = {crime.good for crime in known if crime.type in told}
    left = [crime.type for crime in known if crime.good in goods and crime.type not in told]
    return tuple(dict.fromkeys(left))


def types_of() -> dict[str, str]:
    """Return the type of each crime; a type is its own."""
    known = catalogue()
    return {**{crime.name: crime.type for crime in known}, **{c.type: c.type for c in known}}
