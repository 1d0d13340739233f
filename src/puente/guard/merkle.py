"""The Merkle tree of RFC 9162: roots and proofs over an append-only list.

Pure arithmetic over hashes. Where the hashes of whole subtrees are kept is the caller's affair.

Source: RFC 9162 section 2.1 (the same tree as RFC 6962).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf. Source: RFC 9162 section 2.1.1."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children. Source: RFC 9162 section 2.1.1."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The subtrees that a growing tree is made of: all that appending needs.

    Holds at most one whole subtree per level, so appending n leaves takes O(n) hashes in all and a
    root O(log n).
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Take the state up.

        Args:
            size: number of leaves so far.
            peaks: hashes of the whole subtrees, largest first; one per 1-bit of `size`.
        """
        if len(peaks) != size.bit_count():
            raise ValueError("one peak is needed for every whole subtree")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> list[tuple[int, bytes]]:
        """Append a leaf's hash; return the (level, hash) of every subtree that it completes."""
        completed = [(0, leaf)]
        level, rest, current = 0, self.size, leaf
        while rest & 1:
            current = node_hash(self.peaks.pop(), current)
            level, rest = level + 1, rest >> 1
            completed.append((level, current))
        self.peaks.append(current)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the tree's root."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def peaks_of(size: int) -> list[tuple[int, int]]:
    """Return the (level, number) of the whole subtrees that `size` leaves make, largest first.

    Subtree `number` of a level covers the leaves from `number << level` on.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size & (1 << level):
            found.append((level, start >> level))
            start += 1 << level
    return found


def inclusion_proof(index: int, size: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    """Return the proof that leaf `index` stands in the tree of `size` leaves.

    Args:
        index: number of the leaf, from 0.
        size: number of leaves of the tree.
        node: gives the hash of the whole subtree (level, number).

    Raises: IndexError: no such leaf.
    Source: RFC 9162 section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    return _path(index, 0, size, node)


def consistency_proof(first: int, second: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    """Return the proof that the tree of `second` leaves only adds to that of `first`.

    Raises: IndexError: `first` is larger than `second`, or less than 1.
    Source: RFC 9162 section 2.1.4.1.
    """
    if not 1 <= first <= second:
        raise IndexError(first)
    return _subproof(first, (0, second), node, whole=True)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Return True if `proof` shows that the leaf with hash `leaf` stands at `index`.

    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    number, last, current = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            current = node_hash(step, current)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            current = node_hash(current, step)
        number, last = number >> 1, last >> 1
    return last == 0 and current == root


def verify_consistency(
    first: int, second: int, proof: Sequence[bytes], roots: tuple[bytes, bytes]
) -> bool:
    """Return True if `proof` shows that the second tree only adds to the first.

    Args:
        first, second: their sizes.
        proof: as `consistency_proof` gives it.
        roots: their roots, the first tree's first.

    Source: RFC 9162 section 2.1.4.2.
    """
    if first == second:
        return not proof and roots[0] == roots[1]
    if not 1 <= first < second or not proof:
        return False
    path = [roots[0], *proof] if first & (first - 1) == 0 else list(proof)
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, step)
        number, last = number >> 1, last >> 1
    return last == 0 and old == roots[0] and new == roots[1]


def range_hash(start: int, end: int, node: Callable[[int, int], bytes]) -> bytes:
    """Return the hash over the leaves from `start` up to `end`, as the tree splits them."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    split = start + _largest_power_below(size)
    return node_hash(range_hash(start, split, node), range_hash(split, end, node))


def _largest_power_below(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _path(index: int, start: int, end: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    size = end - start
    if size == 1:
        return []
    split = start + _largest_power_below(size)
    if index < split:
        return [*_path(index, start, split, node), range_hash(split, end, node)]
    return [*_path(index, split, end, node), range_hash(start, split, node)]


def _subproof(
    first: int, span: tuple[int, int], node: Callable[[int, int], bytes], *, whole: bool
) -> list[bytes]:
    start, end = span
    size = end - start
    if first == size:
        return [] if whole else [range_hash(start, end, node)]
    half = _largest_power_below(size)
    split = start + half
    if first <= half:
        rest = _subproof(first, (start, split), node, whole=whole)
        return [*rest, range_hash(split, end, node)]
    rest = _subproof(first - half, (split, end), node, whole=False)
    return [*rest, range_hash(start, split, node)]
