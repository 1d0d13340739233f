"""A run of the assessment as JSON: all that is shown, and all that a later comparison needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.law.elements import AnyOf, Element, Node, Unless, walk
from puente.law.evidence import Side
from puente.law.fingerprints import fingerprint
from puente.law.record import best_of_groups
from puente.law.sentences import pivot_sentence, statement

if TYPE_CHECKING:
    from puente.law.antichains import Antichain
    from puente.law.assess import Assessment, BranchResult
    from puente.law.branching import Pivot
    from puente.law.explain import Explanation, LoadBearing
    from puente.law.record import OnRecord
    from puente.law.texts import Text

FORMAT = "puente-assessment-1"


def run_json(run: Assessment) -> dict[str, object]:
    """Return a run as JSON. Texts of the law and of the case are in both languages.

    Source: Puente's own format (docs/decisions/0009).
    """
    return {
        "format": FORMAT,
        "instrument": {
            "id": run.instrument.id,
            "short": run.instrument.short,
            "title": _text(run.instrument.title),
            "fingerprint": run.instrument_fingerprint,
            "in_force": run.in_force,
        },
        "case": {
            "id": run.case.id,
            "title": _text(run.case.title),
            "organisation": run.case.organisation.name,
            "fingerprint": run.case.fingerprint,
        },
        "as_of_law": run.as_of_law.isoformat(),
        "as_of_facts": run.as_of_facts.isoformat(),
        "marking": run.marking,
        "base": fingerprint(_tree(run.instrument.elements) if run.instrument.elements else None),
        "elements": {name: _element(on) for name, on in run.record.items()},
        "groups": _groups(run),
        "branches": [_branch(result) for result in run.results],
        "left_out": list(run.left_out),
        "pivots": [
            {**_pivot(pivot), "sentence": pivot_sentence(run, pivot)} for pivot in run.pivots
        ],
        "idle_questions": list(run.idle_questions),
        "set_aside": {
            "later": list(run.set_aside.later),
            "memory": list(run.set_aside.memory),
            "unchecked": list(run.set_aside.unchecked),
            "lapsed": list(run.set_aside.lapsed),
            "unused": list(run.set_aside.unused),
        },
        "con_not_searched": list(run.con_not_searched),
        "judgments": _judgments(run),
        "designations": [
            {
                "organisation": one.organisation,
                "effective": one.effective.iso,
                "cite": one.citation.cite,
                "confidence": one.citation.confidence,
            }
            for one in run.designations
        ],
    }


def _text(text: Text) -> dict[str, str]:
    return {"en": text.en, "es": text.es}


def _tree(node: Node) -> object:
    """Return a tree as JSON: an element is its id, a group one key beside its own id."""
    if isinstance(node, Element):
        return node.id
    named: dict[str, object] = {"id": node.id} if node.id else {}
    if isinstance(node, Unless):
        return {**named, "unless": [_tree(node.main), _tree(node.exception)]}
    kind = "any" if isinstance(node, AnyOf) else "all"
    return {**named, kind: [_tree(child) for child in node.nodes]}


def _element(on: OnRecord) -> dict[str, object]:
    element = on.element
    note = element.citation.to_check
    return {
        "text": _text(element.text),
        "cite": element.cite,
        "kind": element.kind,
        "burden_on": element.burden_on,
        "standard": on.standard.value,
        "confidence": element.confidence,
        "to_check": _text(note) if note else None,
        "instrument": element.instrument,
        "feeds": on.feeds,
        "status": on.status().word.value,
        "searched": on.searched,
        # What is filed also where `feeds` is false: a comparison works another law out on it.
        "pro": _weights(on, Side.PRO),
        "con": _weights(on, Side.CON),
        "items": {item.id: fingerprint(item) for item in on.filed},
    }


def _weights(on: OnRecord, side: Side) -> dict[str, str]:
    best = best_of_groups(item for item in on.filed if item.side is side)
    return {group: weight.name.lower() for group, weight in sorted(best.items())}


def _groups(run: Assessment) -> dict[str, object]:
    """Return the texts of every group that has an id, in any branch."""
    found: dict[str, object] = {}
    for result in run.results:
        for node in walk(result.branch.tree):
            if node.id and not isinstance(node, Element):
                text = _text(node.text) if node.text else None
                found[node.id] = {"text": text, "cite": node.cite}
    return found


def _branch(result: BranchResult) -> dict[str, object]:
    return {
        "id": result.branch.id,
        "options": {option.question: option.id for option in result.branch.options},
        "contested": [o.id for o in result.branch.options if o.citation.is_marked],
        "status": result.status.word.value,
        "statement": statement(result),
        "nodes": {name: status.word.value for name, status in result.nodes.items()},
        "tree": _tree(result.branch.tree),
        "explanation": _explanation(result.explanation),
    }


def _explanation(why: Explanation) -> dict[str, object]:
    return {
        "sufficient": {
            side.value: {"sets": [sorted(one) for one in found.sets], "more": found.cut}
            for side, found in why.sufficient.items()
        },
        "missing": {side.value: _needs(found) for side, found in why.missing.items()},
        "wanting": [
            {
                "element": name,
                "side": side.value,
                "any_of": [
                    {least.name.lower(): count for least, count in one.groups.items()}
                    for one in ways
                ],
            }
            for (name, side), ways in why.wanting.items()
        ],
        "load_bearing_items": _bearing(why.bearing_items),
        "load_bearing_groups": _bearing(why.bearing_groups),
        "unanswered": list(why.unanswered),
    }


def _needs(found: Antichain[tuple[str, Side]]) -> dict[str, object]:
    sets = [
        [{"element": name, "side": side.value} for name, side in sorted(one)] for one in found.sets
    ]
    return {"sets": sets, "more": found.cut}


def _bearing(items: tuple[LoadBearing, ...]) -> list[dict[str, str]]:
    return [{"name": item.name, "side": item.side.value} for item in items]


def _pivot(pivot: Pivot) -> dict[str, object]:
    return {
        "question": pivot.question,
        "carried_under": pivot.options[0],
        "lacking_under": pivot.options[1],
        "elements": list(pivot.elements),
        "sets": [list(one) for one in pivot.sets],
        "within": pivot.within,
        "carried_by": list(pivot.carried_by),
        "pairs": [list(pair) for pair in pivot.pairs],
    }


def _judgments(run: Assessment) -> list[dict[str, object]]:
    return [
        {
            "element": one.element.id,
            "kind": one.element.kind,
            "determinations": [
                {
                    "analyst": held.analyst,
                    "status": held.status.value,
                    "reasons": held.reasons,
                    "dissents": [
                        {"analyst": d.analyst, "status": d.status.value, "reasons": d.reasons}
                        for d in held.dissents
                    ],
                }
                for held in one.determinations
            ],
        }
        for one in run.judgments
    ]
