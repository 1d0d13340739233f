"""Rival readings side by side: where their results differ, and on which elements that turns.

Source: OASIS LegalRuleML Core 1.0, alternatives: rival readings stand beside each other. They are
    never averaged, counted or weighed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from puente.law.antichains import Antichain, Ways, smallest
from puente.law.elements import All, AnyOf, Element, Node, Unless, children, leaves
from puente.law.evidence import Side
from puente.law.record import evaluate
from puente.law.status import Bit, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from puente.law.readings import Branch

MOST = 50
"""How many smallest sets of elements of one pivot are kept."""

_PRO_RANK: Mapping[Bit, int] = {False: 0, None: 1, True: 2}
_CON_RANK: Mapping[Bit, int] = {True: 0, None: 1, False: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pivot:
    """What the difference between two readings of one question turns on.

    Attributes:
        question: the question that the text leaves open.
        options: ids of the two options: the one under which more of the whole stands, the other.
        sets: the smallest sets of elements which, were they supported (in an exception: rebutted),
            would bring the other result up to the first. Ids, smallest set first.
        within: id of the node on which the readings disagree; "" for the whole.
        carried_by: ids of the alternatives within it that carry it under the first option; a
            group without an id is named by its elements, joined by `+`.
        pairs: the branches in which this shows, by their ids, the first option first: the other
            questions' options are the same in both.

    Source: Puente's convention (docs/decisions/0009).
    """

    question: str
    options: tuple[str, str]
    sets: tuple[tuple[str, ...], ...]
    within: str
    carried_by: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]

    @property
    def elements(self) -> tuple[str, ...]:
        """Return the elements of the smallest sets."""
        least = min((len(one) for one in self.sets), default=0)
        return tuple(sorted({name for one in self.sets if len(one) == least for name in one}))


def pivots(branches: Sequence[Branch], statuses: Mapping[str, Status]) -> tuple[Pivot, ...]:
    """Return what the differences between branches turn on; none where all agree.

    Any two branches are joined by changes of one question at a time, so where results differ at
    all, two branches that differ in one question differ in result. These are compared.

    Args:
        branches: every combination of one option for each question.
        statuses: of each element by its id.

    Source: Puente's convention (docs/decisions/0009).
    Cost: the pairs of branches that differ in one question, each one recursion over its trees.
    """
    found: dict[tuple[object, ...], Pivot] = {}
    for one, other in combinations(branches, 2):
        question = _only_difference(one, other)
        if question is None:
            continue
        results = evaluate(one.tree, statuses), evaluate(other.tree, statuses)
        if results[0].word is results[1].word:
            continue
        better, worse = (one, other) if _rank(results[0]) >= _rank(results[1]) else (other, one)
        pivot = _pivot(better, worse, statuses, question)
        key = (pivot.question, pivot.options, pivot.sets, pivot.within, pivot.carried_by)
        pairs = (*(found[key].pairs if key in found else ()), *pivot.pairs)
        found[key] = Pivot(
            question=pivot.question,
            options=pivot.options,
            sets=pivot.sets,
            within=pivot.within,
            carried_by=pivot.carried_by,
            pairs=pairs,
        )
    return tuple(found.values())


def _only_difference(one: Branch, other: Branch) -> int | None:
    """Return the place of the only question that two branches answer differently, or None."""
    pairs = zip(one.options, other.options, strict=True)
    places = [place for place, (left, right) in enumerate(pairs) if left.id != right.id]
    return places[0] if len(places) == 1 else None


def _rank(status: Status) -> tuple[int, int]:
    return _PRO_RANK[status.pro], _CON_RANK[status.con]


def _pivot(better: Branch, worse: Branch, statuses: Mapping[str, Status], place: int) -> Pivot:
    ranks = [_rank(evaluate(branch.tree, statuses)) for branch in (better, worse)]
    goal = (max(rank[0] for rank in ranks), max(rank[1] for rank in ranks))
    wants = [raising_sets(branch.tree, statuses, goal) for branch in (better, worse)]
    pairs = (one | other for one in wants[0].sets for other in wants[1].sets)
    sets = smallest(pairs, MOST).sets
    within, place_in_better = _disagreement(better.tree, worse.tree)
    axes = [axis for axis in (0, 1) if ranks[0][axis] != ranks[1][axis]]
    return Pivot(
        question=better.options[place].question,
        options=(better.options[place].id, worse.options[place].id),
        sets=tuple(tuple(sorted(one)) for one in sets),
        within=within,
        carried_by=_carriers(place_in_better, statuses, axes),
        pairs=((better.id, worse.id),),
    )


def raising_sets(
    tree: Node, statuses: Mapping[str, Status], goal: tuple[int, int]
) -> Antichain[str]:
    """Return the smallest sets of elements that would raise a whole to a goal, were they supported.

    In an exception an element raises the whole by being rebutted.

    Args:
        goal: the rank of each side: for, 0 not reached, 1 not known, 2 reached; against, 0
            reached, 1 not known, 2 not reached.

    Returns: the empty set alone where the whole stands there already.

    Source: Puente's convention (docs/decisions/0009).
    Cost: one recursion over the tree for each side.
    """
    for_it = Ways(leaf=_leaf(statuses, goal[0], raises_pro=True), most=MOST).to(tree, Side.PRO)
    off_it = Ways(leaf=_leaf(statuses, goal[1], raises_pro=False), most=MOST).to(tree, Side.PRO)
    pairs = (one | other for one in for_it.sets for other in off_it.sets)
    return smallest(pairs, MOST, cut=for_it.cut or off_it.cut)


def _leaf(
    statuses: Mapping[str, Status], goal: int, *, raises_pro: bool
) -> Callable[[Element, Side], Antichain[str]]:
    """Return the ways to lift one element on one axis.

    That what stands against a whole falls away follows the same tree as that what stands for it
    holds: of an ALL every part must be free of it, of an ANY one.
    """

    def leaf(element: Element, wanted: Side) -> Antichain[str]:
        status = statuses.get(element.id, Status(pro=None, con=None))
        if raises_pro:
            rank = _PRO_RANK[status.pro if wanted is Side.PRO else status.con]
        else:
            rank = _CON_RANK[status.con if wanted is Side.PRO else status.pro]
        return Antichain((frozenset() if rank >= goal else frozenset({element.id}),))

    return leaf


def _disagreement(better: Node, worse: Node) -> tuple[str, Node]:
    """Return the id of the smallest group on which two trees disagree, and that node in `better`.

    A group that a reading put around a node has no id: the node's own id says where it is.
    """
    named, one, other = better.id, better, worse
    while True:
        parts = list(zip(children(one), children(other), strict=False))
        same = type(one) is type(other) and one.id == other.id
        if not same or len(children(one)) != len(children(other)):
            break
        differing = [(left, right) for left, right in parts if left != right]
        if len(differing) != 1:
            break
        one, other = differing[0]
        if one.id and not isinstance(one, Element):
            named = one.id
    for node in (one, other):
        if node.id and not isinstance(node, Element):
            return node.id, one
    return named, one


def _carriers(node: Node, statuses: Mapping[str, Status], axes: Sequence[int]) -> tuple[str, ...]:
    """Return the alternatives under a node that lift it as high as it stands."""
    if isinstance(node, All | Unless):
        under = node.nodes if isinstance(node, All) else (node.main,)
        return tuple(name for child in under for name in _carriers(child, statuses, axes))
    if not isinstance(node, AnyOf):
        return ()
    own = _rank(evaluate(node, statuses))
    reached = {
        child: [axis for axis in axes if _rank(evaluate(child, statuses))[axis] >= own[axis]]
        for child in node.nodes
    }
    most = max((len(found) for found in reached.values()), default=0)
    return tuple(_name(child) for child in node.nodes if most and len(reached[child]) == most)


def _name(node: Node) -> str:
    return node.id or "+".join(element.id for element in leaves(node))
