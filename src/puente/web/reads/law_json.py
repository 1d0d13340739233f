"""Instruments, penalties and the gap matrix as JSON: texts in both languages, days as ISO."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from puente.law.elements import Element, Node, Unless, children
from puente.law.penalty import plain
from puente.law.references import Citation
from puente.law.texts import Text
from puente.model.dates import PartialDate
from puente.web.words_law import group_kind, state_of

if TYPE_CHECKING:
    from puente.law.instrument import Instrument
    from puente.law.matrix import Cell, Matrix

_SHOWN_APART = frozenset({"elements", "elements_in_waiting", "uses"})


def instrument_json(instrument: Instrument, day: date) -> dict[str, object]:
    """Return an instrument whole; its tree has one key for a group: `all`, `any` or `unless`."""
    plain_fields = {
        spec.name: _plain(getattr(instrument, spec.name))
        for spec in fields(instrument)
        if spec.name not in _SHOWN_APART
    }
    tree = instrument.elements
    return {
        **plain_fields,
        "state": state_of(instrument, day),
        "elements": _tree(tree) if tree is not None else None,
        "elements_in_waiting": [_tree(node) for node in instrument.elements_in_waiting],
        "uses": sorted(instrument.uses),
    }


def matrix_json(matrix: Matrix) -> dict[str, object]:
    """Return the gap matrix: its roles, its authorities, and each cell with its citations."""
    return {
        "as_of": matrix.as_of.isoformat(),
        "authorities": [_plain(one) for one in matrix.authorities],
        "roles": [{"id": r.id, "kind": r.kind, "text": _plain(r.text)} for r in matrix.roles],
        "cells": [_cell(cell) for cell in matrix.cells],
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "role": cell.role.id,
        "authority": cell.authority,
        "instrument": cell.instrument.id,
        "status": cell.status.value,
        "if_in_force": cell.if_in_force.value,
        "confidence": cell.confidence,
        "citations": list(cell.citations),
        "elements": [
            {
                "id": ground.element.id,
                "answer": ground.answer.value,
                "because": _plain(ground.because),
                "cite": ground.element.cite,
            }
            for ground in cell.grounds
        ],
        "judgements": [element.id for element in cell.judgements],
        "by_branch": {name: reach.value for name, reach in cell.by_branch.items()},
        "listed": list(cell.listed),
    }


def _tree(node: Node) -> dict[str, object]:
    if isinstance(node, Element):
        held = _plain(node)
        return held if isinstance(held, dict) else {}
    kind = group_kind(node)
    members = [_tree(child) for child in children(node)]
    named: dict[str, object] = {
        "id": node.id,
        "text": _plain(node.text),
        "cite": node.cite,
    }
    if isinstance(node, Unless):
        return {**named, kind: {"main": members[0], "exception": members[1]}}
    return {**named, kind: members}


def _plain(value: object) -> object:
    """Return a value of the law as JSON can write it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PartialDate):
        return value.iso
    if isinstance(value, Text):
        return {"en": value.en, "es": value.es}
    if isinstance(value, Citation):
        return _citation(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {spec.name: _plain(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_plain(item) for item in value]
    return value


def _citation(citation: Citation) -> dict[str, object]:
    return {
        "cite": citation.cite,
        "reference": citation.reference.key,
        "confidence": citation.confidence,
        "to_check": _plain(citation.to_check),
        "worked_from": _plain(citation.worked_from),
        "checked_against": citation.checked_against,
        "checked_on": _plain(citation.checked_on),
    }
