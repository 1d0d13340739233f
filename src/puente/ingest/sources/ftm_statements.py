"""FollowTheMoney statements: a CSV file with one claim a row, columns in any order.

An entity is called by its `canonical_id`, since that is what the values of links name. Rows that
Puente itself exported keep the record's own id, kind, property, grades and marking.

Source: FollowTheMoney (`followthemoney/statement/serialize.py`); OpenSanctions, "Statement-based
data".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import gettext as _
from puente.ingest.reading import Layout, read_table
from puente.ingest.source import LoadContext, Reject, iso_day
from puente.ingest.sources.exchange import Bearing, checked_id
from puente.ingest.sources.ftm_values import teller
from puente.model.provenance import Credibility, Marking, RecordClass, Reliability
from puente.model.schema import common_schema, get_schema
from puente.model.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from puente.ingest.source import Handed
    from puente.model.schema import Schema

NEEDED = ("prop", "schema", "value")
_TRUE = frozenset({"t", "true", "1", "yes"})
_FALSE = frozenset({"f", "false", "0", "no"})
_OWN = ("puente_schema", "puente_prop", "marking", "record_class", "reliability", "credibility")

UNCONFIRMED = Credibility.CANNOT_BE_JUDGED.value
"""Credibility of a statement marked `external`: a likely match that nobody has confirmed."""


def read_statements(context: LoadContext) -> Iterator[Handed]:
    """Yield the statements of the context's file.

    Raises: InvalidData: the header names no entity, property or value.
    """
    table = read_table(context, Layout(header=NEEDED))
    if not {"canonical_id", "entity_id"} & set(table.header):
        raise InvalidData(_("no column {names}").format(names="'entity_id'"), line=1)
    reader = _Reader(context, table.header)
    for item in table.rows:
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        try:
            yield from reader.row(line, cells)
        except InvalidData as error:
            yield Reject(line=line, reason=error.reason, raw=",".join(cells)[:500])


@dataclass(slots=True)
class _Reader:
    """Turns rows into statements; knows of what kind each entity has been so far."""

    context: LoadContext
    header: Sequence[str]
    kinds: dict[str, str] = field(default_factory=dict)
    index: dict[str, int] = field(init=False)
    own: bool = field(init=False)

    def __post_init__(self) -> None:
        self.index = {name: at for at, name in enumerate(self.header)}
        self.own = all(name in self.index for name in _OWN)

    def row(self, line: int, cells: list[str]) -> Iterator[Handed]:
        """Yield the statements of one row: one, or one and a note.

        Raises: InvalidData: no entity, of no known kind, of another kind than before; a claim that
            its source has withdrawn; a grade or marking that is none.
        """

        def get(name: str) -> str:
            at = self.index.get(name)
            return "" if at is None else cells[at]

        if get("current").lower() in _FALSE:
            # To load it would make it stand again.
            raise InvalidData("the claim has been withdrawn by its source")
        ids = ("entity_id", "canonical_id") if self.own else ("canonical_id", "entity_id")
        entity_id = checked_id(get(ids[0]) or get(ids[1]))
        prop = get("puente_prop") if self.own else get("prop")
        if prop == "id":
            # FollowTheMoney's checksum of the entity; it says nothing of the thing.
            self.context.fact("checksums of entities")
            return
        if not get("value"):
            raise InvalidData("no value")
        schema = self._kind(entity_id, get("puente_schema") if self.own else get("schema"))
        bearing = self._own_bearing(get) if self.own else self._bearing(get)
        origin = f" ({get('dataset')} {get('row')})" if self.own and get("row") else ""
        told = teller(self.context, line, bearing, origin)
        written = get("original_value") if self.own else get("original_value") or get("value")
        told.tell(entity_id, schema, prop, get("value"), written)
        yield from told.held

    def _kind(self, entity_id: str, name: str) -> Schema:
        schema = get_schema(name)
        before = self.kinds.get(entity_id)
        # A firm is an asset too, in FollowTheMoney; here a claim made of the asset is the firm's.
        if before is not None and name == "Asset" and get_schema(before).is_a("LegalEntity"):
            return get_schema(before)
        if before is None or before != name:
            self.kinds[entity_id] = name if before is None else common_schema(before, name)
        return schema

    def _bearing(self, get: Getter) -> Bearing:
        bearing = replace(Bearing.of(self.context), date=iso_day(get("first_seen")))
        if get("dataset"):
            bearing = replace(bearing, agency=get("dataset"))
        if get("external").lower() in _TRUE:
            self.context.fact("external statements, confirmed by nobody")
            bearing = replace(bearing, credibility=UNCONFIRMED)
        return bearing

    def _own_bearing(self, get: Getter) -> Bearing:
        for name, kinds in (
            ("record_class", RecordClass),
            ("reliability", Reliability),
            ("credibility", Credibility),
        ):
            if get(name) not in {kind.value for kind in kinds}:
                raise InvalidData(f"{name} {get(name)[:40]!r} is none")
        Marking.parse(get("marking"))
        return Bearing(
            agency=clean_text(get("agency")),
            date=iso_day(get("date")),
            reliability=get("reliability"),
            credibility=get("credibility"),
            marking=get("marking"),
            record_class=get("record_class"),
        )


if TYPE_CHECKING:
    from collections.abc import Callable

    Getter = Callable[[str], str]
