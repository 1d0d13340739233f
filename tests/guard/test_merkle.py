"""The tree of RFC 9162: known roots, and proofs that hold for what is there and nothing else."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puente.guard.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    peaks_of,
    range_hash,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots of the Certificate Transparency reference implementation (RFC 6962), whose tree
# RFC 9162 keeps.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Tree:
    """A tree with all its whole subtrees at hand."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = [leaf_hash(leaf) for leaf in leaves]
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.roots = [EMPTY_ROOT]
        frontier = Frontier()
        for index, leaf in enumerate(self.leaves):
            for level, value in frontier.append(leaf):
                self.nodes[level, index >> level] = value
            self.roots.append(frontier.root())

    def node(self, level: int, number: int) -> bytes:
        return self.nodes[level, number]


def by_definition(leaves: list[bytes]) -> bytes:
    """Return the root straight from the definition. Source: RFC 9162 section 2.1.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(by_definition(leaves[:half]), by_definition(leaves[half:]))


def test_the_roots_are_those_of_the_reference_implementation() -> None:
    assert [root.hex() for root in Tree(LEAVES).roots[1:]] == ROOTS
    assert sha256(b"").hexdigest() == EMPTY_ROOT.hex()


def test_the_proof_paths_are_those_of_the_reference_implementation() -> None:
    tree = Tree(LEAVES)
    # Leaf 6 of 8, and the growth from 6 to 8: paths printed in the reference tests.
    assert [step.hex()[:8] for step in inclusion_proof(5, 8, tree.node)] == [
        "bc1a0643",
        "ca854ea1",
        "d37ee418",
    ]
    assert [step.hex()[:8] for step in consistency_proof(6, 8, tree.node)] == [
        "0ebc5d34",
        "ca854ea1",
        "d37ee418",
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=8), max_size=70))
def test_appending_gives_the_root_of_the_definition(leaves: list[bytes]) -> None:
    tree = Tree(leaves)
    assert tree.roots[-1] == by_definition(leaves)
    size = len(leaves)
    peaks = [tree.node(level, number) for level, number in peaks_of(size)]
    assert Frontier(size, peaks).root() == tree.roots[-1]
    if size:
        assert range_hash(0, size, tree.node) == tree.roots[-1]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.data())
def test_a_proof_shows_the_row_that_is_there_and_no_other(size: int, data: st.DataObject) -> None:
    tree = Tree([str(number).encode() for number in range(size)])
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, tree.node)
    root = tree.roots[size]
    assert verify_inclusion(tree.leaves[index], index, size, proof, root)
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(tree.leaves[other], index, size, proof, root) == (other == index)
    assert not verify_inclusion(tree.leaves[index], index, size, [*proof, root], root)
    assert not verify_inclusion(tree.leaves[index], size, size, proof, root)
    if proof:
        assert not verify_inclusion(tree.leaves[index], index, size, proof[:-1], root)
        broken = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
        assert not verify_inclusion(tree.leaves[index], index, size, broken, root)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.data())
def test_a_log_that_only_grew_proves_it_and_one_that_was_altered_cannot(
    second: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, second))
    tree = Tree([str(number).encode() for number in range(second)])
    proof = consistency_proof(first, second, tree.node)
    roots = (tree.roots[first], tree.roots[second])
    assert verify_consistency(first, second, proof, roots)
    altered = Tree(
        [b"altered" if number == 0 else str(number).encode() for number in range(second)]
    )
    assert not verify_consistency(
        first,
        second,
        consistency_proof(first, second, altered.node),
        (tree.roots[first], altered.roots[second]),
    )
    assert not verify_consistency(first, second, [*proof, roots[0]], roots)
    if first < second:
        assert not verify_consistency(first, second, [], roots)


def test_there_is_no_proof_of_what_is_not_there() -> None:
    tree = Tree(LEAVES)
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(IndexError):
            inclusion_proof(index, size, tree.node)
    for first, second in ((0, 8), (9, 8)):
        with pytest.raises(IndexError):
            consistency_proof(first, second, tree.node)
    with pytest.raises(ValueError, match="peak"):
        Frontier(3, [b""])
