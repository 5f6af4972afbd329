"""The Merkle tree over the ledger's entries (RFC 6962 §2.1, SHA-256): growing, root, proofs and their verification.

Pure: leaf hashes that are needed again for a proof come from a function that is handed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

__all__ = ["EMPTY_ROOT", "Tree", "leaf_hash", "node_hash", "verify_consistency", "verify_inclusion"]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()
_TILE = 256


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree. Appending costs two hashes on average; of the past it keeps one hash for each 256 leaves.

    ``leaves(start, end)`` returns the leaf hashes [start, end), for proofs and old roots; it is asked for at
    most 255 at a time.
    """

    def __init__(self, leaves: Callable[[int, int], Sequence[bytes]]) -> None:
        self._leaves = leaves
        self._tiles: list[bytes] = []
        self._peaks: list[tuple[int, bytes]] = []
        self.size = 0

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        size, peaks = 1, self._peaks
        while peaks and peaks[-1][0] == size:
            leaf = node_hash(peaks.pop()[1], leaf)
            size *= 2
            if size == _TILE:
                self._tiles.append(leaf)
        peaks.append((size, leaf))
        self.size += 1

    def root(self, size: int | None = None) -> bytes:
        """The root over the first ``size`` entries (default: all). ValueError if there are fewer."""
        if size is None or size == self.size:
            peaks = [peak for _, peak in self._peaks]
            root = peaks.pop() if peaks else EMPTY_ROOT
            while peaks:
                root = node_hash(peaks.pop(), root)
            return root
        self._check(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that entry ``index`` is in the tree of ``size`` (RFC 6962 §2.1.1). ValueError if it is not."""
        size = self._check(size)
        if not 0 <= index < size:
            raise ValueError(f"entry {index} is not among the first {size}")
        path: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof that the tree of ``new`` grew from that of ``old`` (RFC 6962 §2.1.2). ValueError unless
        0 < old <= new <= size."""
        new = self._check(new)
        if not 0 < old <= new:
            raise ValueError(f"no consistency proof from {old} to {new} entries")
        path: list[bytes] = []
        start, end = 0, new
        while end != old:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        if start:
            path.append(self._range(start, end))
        return path[::-1]

    def _check(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise ValueError(f"a tree of {size} entries; there are {self.size}")
        return size

    def _range(self, start: int, end: int) -> bytes:
        """The root of the subtree over [start, end), which starts at a multiple of its own size or is a right edge."""
        whole = (end - start) // _TILE
        first = start // _TILE
        nodes = self._tiles[first : first + whole] if whole else []
        tail = _root_of(list(self._leaves(start + whole * _TILE, end))) if (end - start) % _TILE else None
        return _root_of(nodes, tail)


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _root_of(nodes: list[bytes], tail: bytes | None = None) -> bytes:
    """The root over equal subtrees and, after them, an optional smaller one."""
    if not nodes:
        return EMPTY_ROOT if tail is None else tail
    level = nodes
    while len(level) > 1 or tail is not None:
        if len(level) % 2:
            last = level[-1]
            tail = last if tail is None else node_hash(last, tail)
            level = level[:-1]
        if not level:
            break
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0] if tail is None else tail


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows that ``leaf`` is entry ``index`` of the tree of ``size`` with ``root`` (RFC 9162
    §2.1.3.2)."""
    if not 0 <= index < size or any(len(part) != HASH_BYTES for part in (leaf, root, *proof)):
        return False
    at, last, found = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(part, found)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            found = node_hash(found, part)
        at >>= 1
        last >>= 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree of ``new`` grew from that of ``old`` (RFC 9162 §2.1.4.2).

    An empty old tree shows nothing and is refused.
    """
    if not 0 < old <= new or any(len(part) != HASH_BYTES for part in (old_root, new_root, *proof)):
        return False
    if old == new:
        return old_root == new_root and not proof
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not proof or not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    found_old = found_new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            found_old, found_new = node_hash(part, found_old), node_hash(part, found_new)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            found_new = node_hash(found_new, part)
        at >>= 1
        last >>= 1
    return last == 0 and found_old == old_root and found_new == new_root
