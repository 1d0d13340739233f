"""What is owed to whoever is on a list, was on it, or was taken for somebody on it: the facts.

The report room sets them as letters. A packet holds what a petition has to hold and what the list
itself says; the reasons are the petitioner's to give. A false match and a correction rest on what
a person decided or a publisher did, never on a score.

Source: 31 CFR 501.807 (petitions), by `relief_petition.yaml` and the law room; 28 CFR 23.20(h)
    (corrections).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from puente.errors import InvalidData, NotFound
from puente.i18n import gettext as _
from puente.law.instrument import get_instrument
from puente.law.texts import Text
from puente.model.strict_yaml import strict_yaml
from puente.screen.match import METHOD

if TYPE_CHECKING:
    from puente.guard.view import View
    from puente.law.procedure import Step
    from puente.screen.lists_life import Life
    from puente.screen.relief import ListingChange
    from puente.screen.relief_told import Told

_FILE = "relief_petition.yaml"
_IDENTITY = (
    "birthDate", "birthPlace", "nationality", "citizenship", "gender", "curpCode", "rfcCode",
    "passportNumber", "idNumber", "taxNumber", "registrationNumber",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Something that a petition holds, or may rest on.

    Attributes:
        source: citation of where that stands.
        on_record: what the list itself says of it; empty where the petitioner has to say it.

    Source: see the module.
    """

    id: str
    text: Text
    source: str
    on_record: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What a petition to be taken off a list is made from.

    Attributes:
        life: the entry through all deliveries held; `life.last` as it stands.
        send_to: how it is sent.
        contents, grounds: what it has to hold, and on what it may rest.
        steps: what the law says happens.
        references: title and address of each text relied on.

    Source: see the module.
    """

    life: Life
    send_to: Point
    contents: tuple[Point, ...]
    grounds: tuple[Point, ...]
    steps: tuple[Step, ...]
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseMatch:
    """Somebody who was taken for an entry, and is not that entry, as a person decided.

    Attributes:
        entity, entry: ids of both.
        entity_name, entry_name: what each is called.
        verdict, score: what the comparison said.
        parts: what was compared: part, value of either, effect; texts in English, to translate.
        reasons: of whoever decided.
        build: in which the comparison stands.
        method: version of the present method.

    Source: see the module.
    """

    entity: str
    entity_name: str
    entry: str
    entry_name: str
    list: str
    programs: tuple[str, ...]
    verdict: str
    score: float
    parts: tuple[tuple[str, str, str, str], ...]
    reasons: str
    marking: str
    build: str
    method: str = METHOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What those who were told of an entry are to be told now.

    Attributes:
        change: what became of the listing.
        told: who was told, how, when.

    Source: see the module.
    """

    change: ListingChange
    told: tuple[Told, ...]


def packet_of(life: Life) -> Packet:
    """Return what a petition for an entry is made from.

    Raises: InvalidData: the entry does not stand on a list, or on one whose procedure is not held.
    Source: see the module.
    """
    entry = life.last
    if entry is None or not life.standing:
        raise InvalidData(_("{entry} is not listed in the newest delivery held").format(
            entry=life.entity_id
        ))  # fmt: skip
    rule = next((r for r in _procedures() if {*r["lists"]} & {*entry.lists}), None)
    if rule is None:
        raise InvalidData(
            _("no delisting procedure is held for {lists}").format(lists=", ".join(entry.lists))
        )
    record = {
        "names": entry.values("name", "alias", "weakAlias", "previousName"),
        "listing_dates": entry.listed_on or _first_delivery(life),
        "identifiers": tuple(f"{p}: {v}" for p in _IDENTITY for v in entry.values(p)),
    }
    instrument = get_instrument(rule["instrument"])
    references = rule["references"]

    def point(item: dict[str, Any], name: str = "") -> Point:
        return Point(
            id=item.get("id", name),
            text=Text(**item["text"]),
            source=item.get("pinpoint") or references[item["ref"]]["title"],
            on_record=record.get(item.get("from", ""), ()),
        )

    return Packet(
        life=life,
        send_to=point(rule["send_to"], "send_to"),
        contents=tuple(map(point, rule["contents"])),
        grounds=tuple(map(point, rule["grounds"])),
        steps=tuple(s for s in instrument.procedure if s.id in rule["steps"]),
        references=tuple((r["title"], r["address"]) for r in references.values()),
    )


def _first_delivery(life: Life) -> tuple[str, ...]:
    """Return what can be said of the day of listing where the list states none."""
    first = life.events[0]
    if first.since:
        text = _("not stated by the list; after {since} and by {day}, by the deliveries held")
    else:
        text = _("not stated by the list; by {day}, the first delivery held")
    return (text.format(since=first.since, day=first.day),)


def false_match_of(view: View, entity: str, entry: str, reasons: str) -> FalseMatch:
    """Return the facts of a false match; one look in the log.

    Args:
        entity: id of the entity that was taken for the entry.
        entry: id of the entry.
        reasons: why it is not that entry, in the words of whoever decided.

    Raises:
        InvalidData: no reasons are given.
        NotFound: the two were never compared, or not for this reader.
    Source: see the module.
    """
    said = reasons.strip()
    if not said:
        raise InvalidData(_("say why it is not the listed one: --reasons"))
    rows = view.sql(
        "SELECT h.*, n.caption, n.marking FROM hits h JOIN nodes n ON n.cluster_id = h.entity_id"
        " WHERE h.listed_id = $entry AND (h.entity_id = $entity OR h.entity_id IN"
        " (SELECT cluster_id FROM clusters WHERE entity_id = $entity))",
        {"entry": entry, "entity": entity},
    ).to_pylist()
    if not rows:
        message = _("{entity} was not found to resemble {entry}")
        raise NotFound(message.format(entity=entity, entry=entry), entity=entity)
    row = rows[0]
    parts = [part for part in json.loads(row["why"] or "[]") if isinstance(part, dict)]
    return FalseMatch(
        entity=row["entity_id"],
        entity_name=row["caption"],
        entry=entry,
        entry_name=row["name"],
        list=row["list"],
        programs=tuple(row["programs"] or ()),
        verdict=row["verdict"],
        score=row["score"],
        parts=tuple(
            (str(p.get("part", "")), str(p.get("asked", "")), str(p.get("listed", "")),
             str(p.get("effect", "")))
            for p in parts
        ),
        reasons=said,
        marking=row["marking"],
        build=view.snapshot.id,
    )  # fmt: skip


@cache
def _procedures() -> tuple[dict[str, Any], ...]:
    text = files("puente.screen").joinpath(_FILE).read_text(encoding="utf-8")
    read = cast("dict[str, list[dict[str, Any]]]", strict_yaml(text, _FILE))
    return tuple(read["procedures"])
