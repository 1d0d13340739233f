"""A checked YAML mapping compiled for the columns of one file: what a row becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_emit import Row, Setting, compile_prop, text_getter
from puente.ingest.mapping_events import compile_events
from puente.ingest.mapping_items import EntitySpec, as_list
from puente.ingest.mapping_safeguards import compile_label
from puente.ingest.mapping_tables import compile_counts, compile_incidents
from puente.ingest.mapping_values import compile_id, compile_test

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from puente.ingest.mapping_emit import Emit
    from puente.ingest.mapping_items import RowSpec
    from puente.ingest.mapping_nested import Nested
    from puente.ingest.mapping_spec import Spec
    from puente.ingest.mapping_tables import Maker
    from puente.ingest.source import LoadContext


@dataclass(slots=True, kw_only=True)
class _Made:
    """One entity compiled for the columns of a file."""

    key: str
    get_id: Callable[[list[str]], str]
    test: Callable[[list[str]], bool] | None
    emits: list[Emit]
    needs: tuple[str, ...]
    label: Emit | None


@dataclass(slots=True, kw_only=True)
class _Scope:
    """What is made of the row as a whole, or of every object of one list."""

    entities: list[_Made]
    makers: list[Maker]

    def apply(self, cells: list[str], row: Row) -> None:
        """Add to `row` what its cells say; `row.made` holds what can be pointed at."""
        made = row.made
        here: list[_Made] = []
        for entity in self.entities:
            if entity.test is None or entity.test(cells):
                found = entity.get_id(cells)
                if not found:
                    raise InvalidData(f"{entity.key}: a column of its id is empty")
                made[entity.key] = found
                here.append(entity)
        for entity in here:
            if not entity.needs or all(need in made for need in entity.needs):
                row.entity_id = made[entity.key]
                for emit in entity.emits:
                    emit(cells, row)
                if entity.label is not None:
                    entity.label(cells, row)
        for make in self.makers:
            make(cells, row)


@dataclass(slots=True, kw_only=True)
class Plan:
    """A mapping compiled for the columns of one file."""

    setting: Setting
    whole: _Scope
    lists: dict[str, _Scope]
    get_date: Callable[[list[str]], str] | None
    empty: frozenset[str]

    def apply(self, line: int, cells: list[str]) -> Row:
        """Return what one row says.

        Raises: InvalidData: a value that does not parse or an id that is not there.
        """
        cells = self._cleaned(cells)
        row = Row(line=line, date=self.get_date(cells) if self.get_date else "")
        self.whole.apply(cells, row)
        return row

    def apply_nested(self, item: Nested) -> Row:
        """Return what one row and the objects of its lists say; the same is said once.

        Raises: InvalidData: as `apply`; names the object at fault, and nothing of the row holds.
        """
        row = self.apply(item.line, item.cells)
        whole = row.made
        made: dict[tuple[str, str], dict[str, str]] = {}
        for name, scope in self.lists.items():
            for element in item.elements[name]:
                row.made = dict(whole)
                for outer, number in element.numbers.items():
                    row.made.update(made.get((outer, number), {}))
                try:
                    scope.apply(self._cleaned(element.cells), row)
                except InvalidData as error:
                    raise InvalidData(f"{element.where}: {error.reason}") from None
                made[name, element.numbers[name]] = row.made
        row.held = list(dict.fromkeys(row.held))
        return row

    def _cleaned(self, cells: list[str]) -> list[str]:
        if self.empty:
            return ["" if (s := cell.strip()) in self.empty else s for cell in cells]
        return [cell.strip() for cell in cells]


def compile_plan(
    spec: Spec, layout: Mapping[str, object], header: tuple[str, ...], context: LoadContext
) -> Plan:
    """Return the plan by which the rows of a file with this header are read.

    Args:
        spec: what the mapping says of rows.
        layout: what it says of its `file`.
        header: the columns that the rows have.
        context: of the load.

    Raises: InvalidData: the mapping is at fault.
    """
    index = {name: at for at, name in reversed(list(enumerate(header)))}
    day_first = layout.get("day_first")
    setting = Setting(
        index=index,
        context=context,
        day_first=day_first if isinstance(day_first, bool) else None,
    )
    return Plan(
        setting=setting,
        whole=_scope(spec, "", setting),
        lists={name: _scope(spec, name, setting) for name in spec.lists},
        get_date=text_getter("date", spec.date, "date", setting) if spec.date else None,
        empty=frozenset(as_list(layout.get("empty"))),
    )


def _scope(spec: Spec, each: str, setting: Setting) -> _Scope:
    suspicions = {str(item.values["of"].fixed): item for item in spec.suspicions}
    makers = [compile_incidents(item, setting) for item in spec.incidents if item.each == each]
    makers += [compile_counts(item, setting) for item in spec.counts if item.each == each]
    makers += [compile_events(item, setting) for item in spec.events if item.each == each]
    return _Scope(
        entities=[
            _made(entity, suspicions.get(entity.key), setting)
            for entity in spec.entities
            if entity.each == each
        ],
        makers=makers,
    )


def _made(entity: EntitySpec, suspicion: RowSpec | None, setting: Setting) -> _Made:
    ends = {entity.schema.source_prop, entity.schema.target_prop} - {""}
    return _Made(
        key=entity.key,
        get_id=compile_id(entity.id_parts, setting.index),
        test=compile_test(entity.when, setting.index),
        emits=[compile_prop(entity.schema, prop, value, setting) for prop, value in entity.props],
        needs=tuple(value.entity for prop, value in entity.props if prop in ends and value.entity),
        label=compile_label(entity, suspicion, setting),
    )
