"""The Merkle tree of RFC 6962 section 2.1: growing it, proving from it, checking proofs. Pure.

A place is ``(level, index)``: the root of the complete subtree over the 2^level leaves that start
at ``index * 2^level``. Level 0 is the leaves. A complete subtree never changes, so a place's hash
is written once; whatever a proof needs is folded from a few of them.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence

Place = tuple[int, int]
Range = tuple[int, int]
Reader = Callable[[Collection[Place]], Mapping[Place, bytes]]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees a log of ``size`` leaves consists of, largest first:
    all that is needed to append to it and to know its root.
    """

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        """``roots`` stand in the order of ``range_places(0, size)``."""
        if len(roots) != size.bit_count():
            raise ValueError(f"{size} leaves have {size.bit_count()} roots, not {len(roots)}")
        self.size = size
        self._roots = list(roots)

    def append(self, leaf: bytes) -> list[tuple[Place, bytes]]:
        """Add a leaf hash; returns the subtrees it completes, from level 1 upwards."""
        completed = []
        level, index, current = 0, self.size, leaf
        while index & 1:
            level, index = level + 1, index >> 1
            current = node_hash(self._roots.pop(), current)
            completed.append(((level, index), current))
        self._roots.append(current)
        self.size += 1
        return completed

    def root(self) -> bytes:
        return _fold(self._roots) if self._roots else EMPTY_ROOT


def range_places(first: int, end: int) -> list[Place]:
    """The complete subtrees that leaves ``first`` to ``end - 1`` consist of, from the left.

    ``first`` must be a multiple of the largest of them, as it is in every range of a proof.
    """
    places = []
    while first < end:
        level = (end - first).bit_length() - 1
        places.append((level, first >> level))
        first += 1 << level
    return places


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962 section 2.1.1, from the leaf's sibling upwards."""
    return _hash_ranges(_inclusion_ranges(index, size), read)


def inclusion_places(index: int, size: int) -> list[Place]:
    """What the proof is folded from, for those who read for many proofs at once."""
    return [place for part in _inclusion_ranges(index, size) for place in range_places(*part)]


def consistency_proof(old: int, new: int, read: Reader) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962 section 2.1.2; empty when the sizes are equal."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof leads from {old} to {new} leaves")
    ranges: list[Range] = []
    first, end = 0, new
    while end != old:
        middle = first + _split(end - first)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    if first:
        ranges.append((first, end))
    return _hash_ranges(ranges[::-1], read)


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """RFC 9162 section 2.1.3.2: does ``root`` over ``size`` leaves hold ``leaf`` at ``index``?"""
    if not 0 <= index < size:
        return False
    climbed = _climb(index, size - 1, leaf, path)
    return climbed is not None and climbed[1] == root


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """RFC 9162 section 2.1.4.2: is the log of ``old`` leaves the beginning of that of ``new``?"""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    hashes = [old_root, *path] if old.bit_count() == 1 else path
    if not hashes:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    return _climb(node, last, hashes[0], hashes[1:]) == (old_root, new_root)


def _climb(node: int, last: int, seed: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """From place ``node`` of a row that ends at ``last`` up to the root: the hash over what lies
    at and left of the seed, and the hash over everything. None when the path's length is wrong.
    """
    left = whole = seed
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            left, whole = node_hash(sibling, left), node_hash(sibling, whole)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            whole = node_hash(whole, sibling)
        node, last = node >> 1, last >> 1
    return (left, whole) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two smaller than ``size`` (RFC 6962 section 2.1)."""
    return 1 << (size - 1).bit_length() - 1


def _fold(roots: Sequence[bytes]) -> bytes:
    current = roots[-1]
    for left in reversed(roots[:-1]):
        current = node_hash(left, current)
    return current


def _inclusion_ranges(index: int, size: int) -> list[Range]:
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    ranges: list[Range] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((first, middle))
            first = middle
    return ranges[::-1]


def _hash_ranges(ranges: Sequence[Range], read: Reader) -> list[bytes]:
    parts = [range_places(first, end) for first, end in ranges]
    found = read([place for places in parts for place in places])
    return [_fold([found[place] for place in places]) for places in parts]
