"""The tree against the known answers of RFC 6962's test entries, a naive reading of the RFC, and itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.ledger import tree as tree_module
from appliance.ledger.tree import EMPTY_ROOT, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion
from tests.faults.mutants import caught_by, changed_module

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/ledger/tree.json").read_text(encoding="utf-8"))
ENTRIES = [bytes.fromhex(entry) for entry in VECTORS["entries"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]


def grown(leaves: list[bytes], module: Any = tree_module) -> Tree:
    tree: Tree = module.Tree(lambda start, end: leaves[start:end])
    for leaf in leaves:
        tree.append(leaf)
    return tree


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def check_known_answers(module: Any) -> None:
    leaves = [module.leaf_hash(entry) for entry in ENTRIES]
    tree = module.Tree(lambda start, end: leaves[start:end])
    assert tree.root() == ROOTS[0]
    for size, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        assert tree.root() == tree.root(size) == ROOTS[size]
    for case in VECTORS["inclusion"]:
        proof = [bytes.fromhex(part) for part in case["proof"]]
        if case["verifies"]:
            assert tree.inclusion(case["index"], case["size"]) == proof, case
        assert (
            module.verify_inclusion(leaves[case["leaf"]], case["index"], case["size"], proof, ROOTS[case["root"]])
            is case["verifies"]
        ), case
    first, *rest = tree.inclusion(0)
    shifted = leaves[0][:-1], [leaves[0][-1:] + first, *rest]
    assert not module.verify_inclusion(shifted[0], 0, 8, shifted[1], ROOTS[8])
    for case in VECTORS["consistency"]:
        proof = [bytes.fromhex(part) for part in case["proof"]]
        if case["verifies"]:
            assert tree.consistency(case["old"], case["new"]) == proof, case
        roots = ROOTS[case["old_root"]], ROOTS[case["new_root"]]
        assert module.verify_consistency(case["old"], case["new"], *roots, proof) is case["verifies"], case


def check_sizes(module: Any) -> None:
    """Around every border where whole tiles are used instead of leaves."""
    leaves = [module.leaf_hash(str(number).encode()) for number in range(1300)]
    tree = grown(leaves, module)
    for size in (1, 2, 255, 256, 257, 511, 512, 513, 767, 768, 769, 1023, 1024, 1025, 1299, 1300):
        root = naive_root(leaves[:size])
        assert tree.root(size) == root == grown(leaves[:size], module).root(), size
        for index in {0, size // 3, size - 1, max(0, size - 256)}:
            assert module.verify_inclusion(leaves[index], index, size, tree.inclusion(index, size), root), (index, size)
        for old in {1, size // 2 or 1, max(1, size - 1), size, max(1, size - size % 256)}:
            proof = tree.consistency(old, size)
            assert module.verify_consistency(old, size, naive_root(leaves[:old]), root, proof), (old, size)


CHECKS = (check_known_answers, check_sizes)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_tree(check: Any) -> None:
    check(tree_module)


@settings(deadline=None)
@given(st.integers(1, 700), st.data())
def test_every_proof_verifies_and_no_other_does(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    tree = grown(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    included, consistent = tree.inclusion(index), tree.consistency(old)
    assert verify_inclusion(leaves[index], index, size, included, tree.root())
    assert verify_consistency(old, size, tree.root(old), tree.root(), consistent)
    other = data.draw(st.integers(0, size + 1).filter(lambda number: number != index))
    assert not verify_inclusion(leaves[index], other, size, included, tree.root())
    older = data.draw(st.integers(1, size).filter(lambda number: number != old) if size > 1 else st.just(size + 1))
    assert not verify_consistency(older, size, tree.root(old), tree.root(), consistent)
    for proof in (included, consistent):
        if proof:
            place = data.draw(st.integers(0, len(proof) - 1))
            proof[place] = bytes([proof[place][0] ^ 1]) + proof[place][1:]
            assert not (
                verify_inclusion(leaves[index], index, size, proof, tree.root())
                if proof is included
                else verify_consistency(old, size, tree.root(old), tree.root(), proof)
            )


def test_what_is_not_there_cannot_be_proved() -> None:
    tree = grown([leaf_hash(b"a"), leaf_hash(b"b")])
    for call in (
        lambda: tree.inclusion(2),
        lambda: tree.inclusion(-1),
        lambda: tree.inclusion(0, 3),
        lambda: tree.consistency(0),
        lambda: tree.consistency(3),
        lambda: tree.consistency(2, 1),
        lambda: tree.root(3),
        lambda: tree.root(-1),
    ):
        with pytest.raises(ValueError, match=r"entr"):
            call()


def test_little_of_the_past_is_asked_for() -> None:
    asked: list[int] = []
    leaves = [leaf_hash(str(number).encode()) for number in range(3000)]

    def give(start: int, end: int) -> list[bytes]:
        asked.append(end - start)
        return leaves[start:end]

    tree = Tree(give)
    for leaf in leaves:
        tree.append(leaf)
    tree.root()
    assert not asked
    tree.inclusion(1234)
    tree.consistency(777)
    assert max(asked) <= 255
    assert sum(asked) < 1024


MUTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "leaves without their prefix": (("leaf_hash", "return hashlib.sha256(entry).digest()"),),
    "nodes without their prefix": (("node_hash", "return hashlib.sha256(left + right).digest()"),),
    "the split is not the largest power of two": (("_split", "return (size + 1) // 2"),),
    "an odd node is paired with itself": (("_root_of", "put last node_hash(last, last)"),),
    "the empty old tree is accepted": (
        ("verify_consistency", "force old_root old_root==new_root or not old"),
        ("verify_consistency", "force old 0<=old<=new 1"),
        ("verify_consistency", "force old old in (0, new) 2"),
    ),
    "index beyond the size": (("verify_inclusion", "force index 0<=index<=size"),),
    "bytes may move from the leaf into the proof": (("verify_inclusion", "force HASH_BYTES len(root)!=HASH_BYTES"),),
    "a proof may be too short": (("verify_inclusion", "force last True 3"),),
    "the old root is not compared": (("verify_consistency", "force found_old True"),),
    "the new root is not compared": (("verify_consistency", "force found_new True"),),
    "tiles are counted from the wrong place": (("Tree._range", "put first 0"),),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_caught(name: str) -> None:
    assert caught_by(CHECKS, changed_module(tree_module, *MUTANTS[name]))
