"""``docs/rules.md`` is what its command makes; every article, rule and test has its place there."""

from __future__ import annotations

import pytest

from appliance.rules.packs.shipped import shipped_pack
from tests.house.rulespage import KINDS, PAGE, Rule, all_tests, named_after, page, rules, source

RULES = rules()
MAKE = "run `python -m tests.house.rulespage`"


def test_the_page_is_what_its_command_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), MAKE


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_has_its_tests_or_says_what_will_bring_them(rule: Rule) -> None:
    assert rule.says
    assert rule.tests or rule.later, f"{rule.id}: name a test after it, or say in docs/rules.toml what will bring one"
    missing = set(rule.tests) - set(all_tests())
    assert not missing, f"docs/rules.toml: {rule.id} names tests that are not there"


def test_no_rule_is_left_out() -> None:
    """All that the office's rules were worked out to: 74 tests of acceptance, 24 invariants, 90 traps."""
    invariants = (*range(1, 17), *range(20, 28))
    wanted = {f"AT-{number:02d}" for number in range(1, 75)} | {f"T-{number:02d}" for number in range(1, 91)}
    wanted |= {f"INV-{number:02d}" for number in invariants}
    assert wanted <= set(RULES)
    assert {rule.partition("-")[0] for rule in RULES} == set(KINDS)


def test_a_test_is_named_after_rules_that_there_are() -> None:
    assert set(named_after()) <= set(RULES), "say in docs/rules.toml what the rule asks"
    for rule, told in source()["rules"].items():
        twice = set(told.get("besides", ())) & set(named_after().get(rule, ()))
        assert not twice, f"docs/rules.toml: these tests are named after {rule} and stand there anyway"


def test_every_article_that_asks_something_has_its_rules() -> None:
    told = source()["articles"]
    numbers = {article.number for article in shipped_pack().rules.articles}
    assert {rule for mine in told.values() for rule in mine} <= set(RULES)
    assert set(told) <= numbers | {f"附件{number}" for number in range(1, 5)}
    headings = {each for each in numbers if any(other != each and other.startswith(each) for other in numbers)}
    assert numbers - headings <= set(told), "an article without a rule"


def test_AT_62_nine_stands_on_the_page_as_missing() -> None:
    (line,) = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| 九 |")]
    assert "**原文缺**" in line
    assert "[AT-62](#at-62)" in line
