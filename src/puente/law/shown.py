"""An instrument as one plain object, for pages, commands and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.law.elements import All, Element, Unless, walk
from puente.law.penalty import plain, stale_json
from puente.law.readings import branches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from puente.law.elements import Node
    from puente.law.instrument import Instrument
    from puente.law.parameters import Parameter, Value
    from puente.law.procedure import Clock, Step
    from puente.law.readings import Effect, Question
    from puente.law.references import Citation


def instrument_json(instrument: Instrument, on: date | None = None) -> dict[str, object]:
    """Return all that an instrument says, texts in the current language.

    Args:
        on: leave out what came after this day: values, designations, events; None leaves out
            nothing.

    Source: the instrument's file.
    """
    force, known_from = instrument.in_force, instrument.designations_known_from
    return {
        **summary_json(instrument),
        "on": on.isoformat() if on else None,
        "applies": instrument.is_in_force(on) if on else None,
        "in_force_reference": citation_json(force.citation) if force.citation else None,
        "uses": sorted(instrument.uses),
        "definitions": [
            {"term": str(item.term), "text": str(item.text), **citation_json(item.citation)}
            for item in instrument.definitions
        ],
        "notes": [
            {"text": str(note.text), **citation_json(note.citation)} for note in instrument.notes
        ],
        "elements": node_json(instrument.elements) if instrument.elements else None,
        "elements_in_waiting": [node_json(node) for node in instrument.elements_in_waiting],
        "readings": [_question_json(question) for question in instrument.readings],
        "branches": [branch.id for branch in branches(instrument)],
        "procedure": [_step_json(step) for step in instrument.procedure],
        "parameters": [parameter_json(item, on) for item in instrument.parameters],
        "designations": [
            {
                "organisation": item.organisation,
                "aliases": list(item.aliases),
                "effective": item.effective.iso,
                "published": item.published.iso if item.published else None,
                "ended": item.ended.iso if item.ended else None,
                **citation_json(item.citation),
            }
            for item in instrument.designations
            if on is None or item.effective.start <= on
        ],
        "designations_known_from": known_from.isoformat() if known_from else None,
        "timeline": [
            {"date": item.when.iso, "text": str(item.text), **citation_json(item.citation)}
            for item in instrument.timeline
            if on is None or item.when.start <= on
        ],
        "references": [
            {
                "key": item.key,
                "title": item.title,
                "pinpoint": item.pinpoint,
                "address": item.address or None,
                "accessed": item.accessed.isoformat() if item.accessed else None,
            }
            for item in instrument.references.values()
        ],
    }


def summary_json(instrument: Instrument) -> dict[str, object]:
    """Return what an instrument is, in one line.

    Source: the instrument's file.
    """
    force = instrument.in_force
    nodes = walk(instrument.elements) if instrument.elements else ()
    return {
        "id": instrument.id,
        "short": instrument.short,
        "title": str(instrument.title),
        "jurisdiction": instrument.jurisdiction,
        "kind": instrument.kind,
        "authority": instrument.authority,
        "from": force.start.isoformat(),
        "to": force.end.isoformat() if force.end else None,
        "elements_count": len({node.id for node in nodes if isinstance(node, Element)}),
        "readings_count": len(instrument.readings),
        "to_check_count": sum(citation.is_marked for citation in citations(instrument)),
    }


def citations(instrument: Instrument) -> Iterator[Citation]:
    """Yield every citation of an instrument.

    Source: the instrument's file.
    """
    if instrument.in_force.citation is not None:
        yield instrument.in_force.citation
    for items in (
        instrument.definitions,
        instrument.notes,
        instrument.procedure,
        instrument.designations,
        instrument.timeline,
    ):
        for item in items:
            yield item.citation
    roots = ([instrument.elements] if instrument.elements else []) + list(
        instrument.elements_in_waiting
    )
    for root in roots:
        for node in walk(root):
            if isinstance(node, Element):
                yield node.citation
    for question in instrument.readings:
        for option in question.options:
            yield option.citation
    for parameter in instrument.parameters:
        if parameter.rule is not None:
            yield parameter.rule.citation
        for value in parameter.values:
            yield value.citation


def citation_json(citation: Citation) -> dict[str, object]:
    """Return where a claim stands and how sure its drafter is.

    Source: the instrument's file.
    """
    return {
        "reference": citation.cite,
        "confidence": citation.confidence,
        "to_check": str(citation.to_check) if citation.to_check else None,
        "worked_from": str(citation.worked_from) if citation.worked_from else None,
        "checked_against": citation.checked_against or citation.reference.checked_against or None,
    }


def node_json(node: Node) -> dict[str, object]:
    """Return a tree of elements as nested objects: `shape` is all, any, unless or element.

    Source: the instrument's file.
    """
    if isinstance(node, Element):
        return {
            "shape": "element",
            "id": node.id,
            "text": str(node.text),
            "kind": node.kind,
            "burden_on": node.burden_on,
            "standard": node.standard,
            "instrument": node.instrument,
            **citation_json(node.citation),
        }
    head = {"id": node.id, "text": str(node.text) if node.text else "", "reference": node.cite}
    if isinstance(node, Unless):
        both = {"main": node_json(node.main), "exception": node_json(node.exception)}
        return {"shape": "unless", **head, **both}
    shape = "all" if isinstance(node, All) else "any"
    return {"shape": shape, **head, "nodes": [node_json(child) for child in node.nodes]}


def parameter_json(parameter: Parameter, on: date | None = None) -> dict[str, object]:
    """Return a dated figure with its values, oldest first; with `on`, that day's value alone.

    Source: the instrument's file.
    """
    values = parameter.values
    if on is not None:
        value = parameter.value_on(on)
        values = (value,) if value else ()
    return {
        "id": parameter.id,
        "name": parameter.short or None,
        "text": str(parameter.text),
        "unit": parameter.unit,
        "rule": str(parameter.rule.text) if parameter.rule else None,
        "twice_transaction": parameter.twice_transaction,
        "known_through": parameter.known_through.isoformat() if parameter.known_through else None,
        "values": [_value_json(value) for value in values],
        "stale": [stale_json(item) for item in parameter.stale],
    }


def _value_json(value: Value) -> dict[str, object]:
    return {
        "effective": value.effective.iso,
        "value": plain(value.value),
        "note": str(value.note) if value.note else None,
        **citation_json(value.citation),
    }


def _question_json(question: Question) -> dict[str, object]:
    return {
        "question": question.id,
        "text": str(question.text),
        "options": [
            {
                "id": option.id,
                "text": str(option.text),
                "proponent": str(option.proponent),
                "effect": [_effect_json(effect) for effect in option.effects],
                **citation_json(option.citation),
            }
            for option in question.options
        ],
    }


def _effect_json(effect: Effect) -> dict[str, object]:
    return {"kind": effect.kind, "node": effect.node, "with": effect.with_node or None}


def _step_json(step: Step) -> dict[str, object]:
    return {
        "id": step.id,
        "name": step.short or None,
        "text": str(step.text),
        "clock": _clock_json(step.clock) if step.clock else None,
        **citation_json(step.citation),
    }


def _clock_json(clock: Clock) -> dict[str, object]:
    each_year = clock.each_year
    return {
        "amount": clock.amount,
        "unit": clock.unit,
        "kind": clock.kind,
        "calendar": clock.calendar,
        "event": str(clock.after),
        "backwards": clock.is_backwards,
        "role": clock.role,
        "years_from": clock.years_from or None,
        "each_year": f"{each_year[0]:02}-{each_year[1]:02}" if each_year else None,
    }
