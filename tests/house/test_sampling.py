"""Samples that come in turn: a few seeds take all of it, one of them the same part each time, and ``--long`` all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from appliance.web.i18n.messages import LANGUAGES
from tests.browser.axe import schemes
from tests.sampling import Sample, again, in_turn, sample_of


@pytest.mark.parametrize("of", [1, 2, 4, 8])
def test_as_many_seeds_as_turns_take_each_once(of: int) -> None:
    for number in range(3 * of):
        assert [Sample(seed, whole=False).takes(number, of) for seed in range(7, 7 + of)].count(True) == 1
        assert Sample(7, whole=True).takes(number, of)


def test_a_page_is_looked_at_in_each_run_and_over_four_in_both_colours_of_both_languages() -> None:
    for number in range(5):
        looks = [
            (language, scheme)
            for seed in range(4)
            for language in LANGUAGES
            for scheme in schemes(Sample(seed, whole=False), number, language)
        ]
        assert sorted(looks) == [("en", "dark"), ("en", "light"), ("zh", "dark"), ("zh", "light")]
        assert [schemes(Sample(3, whole=True), number, language) for language in LANGUAGES] == [["light", "dark"]] * 2


def test_where_axe_looks_in_a_language_its_turn_is_that_language_s() -> None:
    for seed in range(4):
        sample = Sample(seed, whole=False)
        for value in in_turn(LANGUAGES):
            (language,), turn = value.values, value.marks[0]
            assert sample.takes(*turn.args) == all(schemes(sample, number, language) for number in range(5))


def _item(*fixtures: str, marked: bool = False, **options: Any) -> Any:
    given = {"--seed": None, "--long": False, **options}
    return SimpleNamespace(
        config=SimpleNamespace(getoption=given.__getitem__),
        nodeid="tests/test_some.py::test_one[zh]",
        fixturenames=fixtures,
        get_closest_marker=lambda name: marked or None,
    )


def test_a_failed_test_of_a_sample_says_how_it_is_taken_again() -> None:
    command = "deploy/test --seed=5 'tests/test_some.py::test_one[zh]'"
    assert again(_item("sample", **{"--seed": 5})) == command
    assert again(_item(marked=True, **{"--seed": 5})) == command
    assert again(_item("tmp_path", **{"--seed": 5})) == ""
    assert again(_item("sample", **{"--long": True})) == ""


def test_the_seed_is_the_commit_s_and_the_same_each_time() -> None:
    config = _item().config
    assert sample_of(config).seed == sample_of(config).seed
    assert sample_of(_item(**{"--seed": 0}).config).seed == 0
