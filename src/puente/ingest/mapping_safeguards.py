"""Who of a row is no suspect, who is a minor, and what criminal intelligence rests on.

Source: 28 CFR 23.20(a) (criminal intelligence on an individual or organisation only where there is
reasonable suspicion of involvement in criminal conduct or activity) and 23.20(h) (review, and
retention of at most five years without it); Ley Nacional del Sistema Integral de Justicia Penal
para Adolescentes (DOF 16 June 2016) art. 8 (in doubt, a person is taken to be an adolescent);
18 USC 5031 (under 18).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.ingest.mapping_emit import compile_prop, text_getter
from puente.ingest.mapping_items import NON_SUSPECT, EntitySpec, Minor, RowSpec
from puente.ingest.mapping_values import Value, compile_text
from puente.model.dates import parse_date
from puente.model.schema import get_schema
from puente.model.values import parse_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from puente.ingest.mapping_emit import Emit, Row, Setting

    Shields = Callable[[list[str], Row], bool]

ADULT = 18
"""Years of age from which a person is no minor."""

LONGEST_YEARS = 5
"""Years after which criminal intelligence must have been reviewed. Source: 28 CFR 23.20(h)."""

_PROPS = (
    ("basis", "basis"),
    ("crime", "crime"),
    ("assessed_by", "assessedBy"),
    ("assessed_on", "assessedOn"),
    ("review_by", "reviewBy"),
)


def compile_label(entity: EntitySpec, suspicion: RowSpec | None, setting: Setting) -> Emit | None:
    """Return what labels an entity of a row: no suspect, or a subject with its suspicion.

    None where there is nothing to say. A suspicion is made only of who bears no other label.
    """
    schema = entity.schema.name
    if entity.standing:

        def shield(cells: list[str], row: Row) -> None:  # noqa: ARG001 - one signature for all
            row.about(row.entity_id, schema).add("standing", NON_SUSPECT, "")

        return shield
    by_role = _role(entity.role, setting, schema) if entity.role else None
    by_age = _minor(entity.minor, setting, schema) if entity.minor else None
    suspect = _suspicion(suspicion, setting) if suspicion else None
    if not (by_role or by_age or suspect):
        return None

    def label(cells: list[str], row: Row) -> None:
        # Both are asked: a minor with a role that shields is counted among the minors too.
        shielded = bool(by_role and by_role(cells, row))
        shielded = bool(by_age and by_age(cells, row)) or shielded
        if suspect and not shielded:
            suspect(cells, row)

    return label


def _role(value: Value, setting: Setting, schema: str) -> Shields:
    get, mapped = compile_text(value.parts, setting.index), value.mapped

    def shields(cells: list[str], row: Row) -> bool:
        text = get(cells)
        # An empty role must stand in the map as well: no one's label is guessed.
        if text not in mapped and "*" not in mapped:
            raise InvalidData(f"standing: {text[:40]!r} is not in the map")
        standing = str(mapped.get(text, mapped.get("*")))
        if standing:
            row.about(row.entity_id, schema).add("standing", standing, text)
        return bool(standing)

    return shields


def _minor(minor: Minor, setting: Setting, schema: str) -> Shields:
    index, context = setting.index, setting.context
    born_at, age_at, on_at = (
        index[column] if column else -1 for column in (minor.born, minor.age, minor.date)
    )

    def shields(cells: list[str], row: Row) -> bool:
        age = cells[age_at] if age_at >= 0 else ""
        born = cells[born_at] if born_at >= 0 else ""
        on = cells[on_at] if on_at >= 0 else row.date
        if not ((age and _young(age)) or (born and _can_be_minor(born, on, setting))):
            return False
        context.fact("minors entered as non-suspects")
        row.about(row.entity_id, schema).add("standing", NON_SUSPECT, "")
        return True

    return shields


def _young(age: str) -> bool:
    try:
        years = parse_count(age)
    except InvalidData as error:
        raise InvalidData(f"minor: age: {error.reason}: {age[:40]!r}") from None
    return years is not None and years < ADULT


def _can_be_minor(born: str, on: str, setting: Setting) -> bool:
    """Return True if who was born then can be under 18 on a day: in doubt, they are."""
    if not on:
        raise InvalidData("minor: no date on which to reckon the age")
    try:
        birth = parse_date(born, day_first=setting.day_first).end
        day = parse_date(on, day_first=setting.day_first).start
    except InvalidData as error:
        raise InvalidData(f"minor: {error.reason}: {f'{born} {on}'[:40]!r}") from None
    return day < _years_after(birth, ADULT, leap_day=1)


def _years_after(day: date, years: int, *, leap_day: int) -> date:
    """Return the day some years on; 29 February where there is none moves by -1 or 1 day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28) if leap_day < 0 else date(day.year + years, 3, 1)


# --- criminal intelligence ---------------------------------------------------------------------


def _suspicion(spec: RowSpec, setting: Setting) -> Emit:
    schema = get_schema("Suspicion")
    must = {"basis", "crime", "assessed_on"}
    emits = [
        compile_prop(schema, prop, replace(value, required=name in must), setting)
        for name, prop in _PROPS
        if (value := spec.values.get(name)) is not None
    ]
    get_assessed = text_getter("assessedOn", spec.values["assessed_on"], "date", setting)
    review = spec.values.get("review_by")
    get_review = text_getter("reviewBy", review, "date", setting) if review else None
    context = setting.context

    def suspect(cells: list[str], row: Row) -> None:
        subject = row.entity_id
        row.about(f"{subject}-suspicion", schema.name).add("subject", subject, "")
        try:
            for emit in emits:
                emit(cells, row)
            assessed = _day("assessedOn", get_assessed(cells))
            given = get_review(cells) if get_review else ""
            latest = _years_after(assessed, LONGEST_YEARS, leap_day=-1)
            review_by = _day("reviewBy", given) if given else latest
            _check_days(assessed, review_by, latest, context.today)
        except InvalidData as error:
            raise InvalidData(f"suspicion: {error.reason}") from None
        if not given:
            row.add("reviewBy", review_by.isoformat(), "")
        if review_by < context.today:
            context.fact("suspicions past their review")

    return suspect


def _day(prop: str, iso: str) -> date:
    if len(iso) != 10:
        raise InvalidData(f"{prop}: not an exact day: {iso!r}")
    return date.fromisoformat(iso)


def _check_days(assessed: date, review_by: date, latest: date, today: date) -> None:
    if assessed > today:
        raise InvalidData("assessedOn: a day to come")
    if review_by < assessed:
        raise InvalidData("reviewBy: before the assessment")
    if review_by > latest:
        raise InvalidData("reviewBy: more than five years after the assessment (28 CFR 23.20(h))")
