"""The cross of the evaluation is balanced: a part of it says of every fault, codec, size and strength as much."""

from __future__ import annotations

from collections import Counter

from tests.evaluation.evaluate import CODECS, KINDS, SIZES, STRENGTHS, Case, strength_of


def test_in_each_half_a_fault_meets_half_of_the_codecs_of_every_camera_s_size() -> None:
    for number in range(4):
        for size in SIZES:
            for kind in KINDS:
                halves = Counter(strength_of(Case("table", number), size, codec, kind)[1] for codec in CODECS)
                assert halves == {0: 2, 1: 2}


def test_every_fault_has_every_strength_with_each_codec_and_size_equally_often() -> None:
    met = Counter(
        (kind, codec, size, strength_of(Case("table", number), size, codec, kind)[0])
        for number in range(8)
        for size in SIZES
        for codec in CODECS
        for kind in KINDS
    )
    assert len(met) == len(KINDS) * len(CODECS) * len(SIZES) * len(set(STRENGTHS))
    assert {count for (*_, strength), count in met.items() if strength == 1.0} == {4}
    assert {count for (*_, strength), count in met.items() if strength != 1.0} == {2}
