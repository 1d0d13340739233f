"""The evaluator against another reasoner: the same trees in answer set programming, by clingo.

The encoding knows nothing of three-valued tables. An unassessed element is a free choice between
all four values, and what holds under every choice, or under some, is found by search.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from law_trees import random_tree

from puente.law.elements import All, AnyOf, Element, Node, Unless, children, leaves
from puente.law.record import evaluate
from puente.law.status import CONTESTED, NOT_ASSESSED, REBUTTED, SUPPORTED, UNSUPPORTED, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

clingo = pytest.importorskip("clingo")

RULES = """
pro(N) :- all(N), pro(C) : part(N, C).      con(N) :- all(N), part(N, C), con(C).
pro(N) :- any(N), part(N, C), pro(C).       con(N) :- any(N), con(C) : part(N, C).
pro(N) :- unless(N, M, E), pro(M), con(E).  con(N) :- unless(N, M, E), con(M).
                                            con(N) :- unless(N, M, E), pro(E).
{ pro(N) } :- open(N).                      { con(N) } :- open(N).
shown(N, pro) :- root(N), pro(N).           shown(N, con) :- root(N), con(N).
#show shown/2.
"""
VALUES = (UNSUPPORTED, SUPPORTED, REBUTTED, CONTESTED)


def facts(tree: Node, statuses: dict[str, Status], prefix: str) -> Iterator[str]:
    """Yield the tree as facts; each place is a name, an element that stands twice has one."""
    numbers: dict[int, str] = {}

    def name(node: Node) -> str:
        if isinstance(node, Element):
            return f"{prefix}{node.id}"
        return numbers.setdefault(id(node), f"{prefix}n{len(numbers)}")

    stack = [tree]
    yield f"root({name(tree)})."
    while stack:
        node = stack.pop()
        if isinstance(node, Element):
            status = statuses[node.id]
            if status is NOT_ASSESSED:
                yield f"open({name(node)})."
            if status.pro:
                yield f"pro({name(node)})."
            if status.con:
                yield f"con({name(node)})."
            continue
        stack += children(node)
        if isinstance(node, Unless):
            yield f"unless({name(node)},{name(node.main)},{name(node.exception)})."
            continue
        yield f"{'all' if isinstance(node, All) else 'any'}({name(node)})."
        for child in node.nodes:
            yield f"part({name(node)},{name(child)})."


def consequences(program: str, mode: str) -> set[str]:
    """Return what is shown under every choice (`cautious`) or under some (`brave`)."""
    control = clingo.Control(["--enum-mode", mode, "0"], logger=lambda *_said: None)
    control.add("base", [], RULES + program)
    control.ground([("base", [])])
    last: set[str] = set()
    with control.solve(yield_=True) as handle:
        for model in handle:
            last = {str(symbol) for symbol in model.symbols(shown=True)}
    return last


def by_clingo(cases: list[tuple[Node, dict[str, Status]]]) -> list[Status]:
    program = "\n".join(
        fact for n, (tree, found) in enumerate(cases) for fact in facts(tree, found, f"t{n}_")
    )
    always, sometimes = (consequences(program, mode) for mode in ("cautious", "brave"))

    def bit(root: str, side: str) -> bool | None:
        atom = f"shown({root},{side})"
        return True if atom in always else None if atom in sometimes else False

    roots = [next(facts(tree, found, f"t{n}_"))[5:-2] for n, (tree, found) in enumerate(cases)]
    return [Status(pro=bit(root, "pro"), con=bit(root, "con")) for root in roots]


def random_cases(seed: int, count: int) -> list[tuple[Node, dict[str, Status]]]:
    rng = random.Random(seed)
    found = []
    for _n in range(count):
        size = rng.randrange(1, 14)
        tree = random_tree(rng, size, names=rng.choice([0, max(2, size // 2)]))
        share = rng.choice([0.0, 0.2, 0.5])
        statuses = {
            e.id: NOT_ASSESSED if rng.random() < share else rng.choice(VALUES) for e in leaves(tree)
        }
        found.append((tree, statuses))
    return found


def differences(seed: int, count: int, batch: int = 100) -> list[str]:
    cases = random_cases(seed, count)
    wrong = []
    for start in range(0, count, batch):
        part = cases[start : start + batch]
        for (tree, statuses), other in zip(part, by_clingo(part), strict=True):
            own = evaluate(tree, statuses)
            if own != other:
                wrong.append(f"{own} is not {other}: {tree} on {statuses}")
    return wrong


def test_five_hundred_random_trees_have_the_status_that_clingo_finds() -> None:
    assert differences(seed=1, count=500) == []


@pytest.mark.deep
def test_ten_thousand_random_trees_have_the_status_that_clingo_finds() -> None:
    assert differences(seed=2, count=10_000) == []


def test_the_random_trees_reach_every_status() -> None:
    words = {evaluate(tree, found).word for tree, found in random_cases(1, 500)}
    assert len(words) == 5


def test_the_two_would_differ_if_one_were_wrong() -> None:
    """The comparison has teeth: an ALL taken for an ANY is seen."""
    cases = [(tree, found) for tree, found in random_cases(3, 100) if isinstance(tree, All)]
    mistaken = [evaluate(AnyOf(nodes=tree.nodes), found) for tree, found in cases]
    assert by_clingo(cases) != mistaken
