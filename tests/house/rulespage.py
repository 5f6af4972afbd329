"""``docs/rules.md`` out of ``docs/rules.toml`` and the names of the tests.

    python -m tests.house.rulespage

writes the page anew. A test stands under a rule because its name, or the name of its file, has the rule in it
(``test_AT_19_...``, ``test_inv_26.py``), or because the rule names it as one of those ``besides``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from appliance.rules.packs.pack import Article
from appliance.rules.packs.shipped import shipped_pack

__all__ = ["KINDS", "Rule", "all_tests", "named_after", "page", "rules"]

ROOT = Path(__file__).parents[2]
SOURCE, PAGE = ROOT / "docs/rules.toml", ROOT / "docs/rules.md"
KINDS: Mapping[str, str] = {
    "AT": "What is accepted by a test (AT)",
    "INV": "What always holds (INV)",
    "D": "Decisions where the rules are silent (D)",
    "T": "Traps (T)",
}
_NAMED = re.compile(r"(?:(?<=test_)|(?<=_))(AT|INV|T|D)_(\d\d)(?=_|$)", re.IGNORECASE)
_HEAD = """# The rules of the office, and the tests that hold them

Made by `python -m tests.house.rulespage` out of [rules.toml](rules.toml), which says what each rule asks, and the names
of the tests; `tests/house/test_rules_page.py` fails while it is not what that command makes. A rule is

- **held**: the tests under its name would fail without it, and all of them pass whenever `deploy/test` does;
- **in part**: so is a part of it, and the page says what is left to which part of the product;
- **later**: nothing of it is there yet, and the page says which part will bring it.
"""


class Rule(NamedTuple):
    """``says``: what it asks. ``tests``: those that hold it. ``later``: what is left, to which part; "" if nothing."""

    id: str
    says: str
    tests: tuple[str, ...]
    later: str

    @property
    def state(self) -> str:
        return ("in part" if self.later else "held") if self.tests else "later"


@cache
def all_tests() -> tuple[str, ...]:
    """Every test as ``tests/x/test_y.py::test_z``, in order."""
    return tuple(_tests(sorted((ROOT / "tests").rglob("test_*.py"))))


def _tests(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        for node in _outermost(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield f"{file.relative_to(ROOT)}::{node.name}"


def _outermost(tree: ast.Module) -> Iterator[ast.stmt]:
    """What pytest looks at: a module's statements and, after them, those of its classes."""
    yield from tree.body
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from node.body


@cache
def named_after() -> Mapping[str, tuple[str, ...]]:
    """The tests of each rule whose name, or whose file's name, has it."""
    found: dict[str, list[str]] = {}
    for test in all_tests():
        path, _, name = test.partition("::")
        for rule in dict.fromkeys(_rules_in(Path(path).stem) + _rules_in(name)):
            found.setdefault(rule, []).append(test)
    return {rule: tuple(tests) for rule, tests in found.items()}


def _rules_in(name: str) -> list[str]:
    return [f"{kind.upper()}-{number}" for kind, number in _NAMED.findall(name)]


def source() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


def rules() -> dict[str, Rule]:
    """All rules by id, those of one kind together and in the order of their numbers."""
    told = source()["rules"]
    ids = sorted(told, key=lambda rule: (list(KINDS).index(rule.partition("-")[0]), rule))
    return {rule: _rule(rule, told[rule]) for rule in ids}


def _rule(rule: str, told: Mapping[str, Any]) -> Rule:
    tests = dict.fromkeys((*named_after().get(rule, ()), *told.get("besides", ())))
    return Rule(rule, told["says"], tuple(tests), told.get("later", ""))


def page() -> str:
    found = rules()
    parts = [_HEAD, _articles(found)]
    parts += [
        _kind(title, [rule for rule in found.values() if rule.id.startswith(f"{kind}-")])
        for kind, title in KINDS.items()
    ]
    parts.append(_left(found.values()))
    parts.append(_held_by(found.values()))
    return "\n".join(parts)


def _articles(found: Mapping[str, Rule]) -> str:
    pack, told = shipped_pack(), source()["articles"]
    lines = [
        "## The text, article by article\n",
        f"{pack.rules.title}（{pack.rules.amended}）, as the [policy pack](spec/policypack.md) has it.\n",
        "| article | text | rules | state |",
        "|---|---|---|---|",
    ]
    papers = (pack.papers.annex_1, pack.papers.annex_2, pack.papers.annex_3, pack.papers.annex_4)
    annexes = {f"附件{number}": pack.fill(annex.title) for number, annex in enumerate(papers, 1)}
    for number, text in ({each.number: _text(each) for each in pack.rules.articles} | annexes).items():
        mine = [found[rule] for rule in told.get(number, ())]
        links = " ".join(f"[{rule.id}](#{rule.id.lower()})" for rule in mine)
        lines.append(f"| {number} | {text} | {links} | {_together(mine)} |")
    return "\n".join(lines) + "\n"


def _text(article: Article) -> str:
    return f"**原文缺** {article.remark}" if article.missing else article.text.replace("\n", "").replace("|", "\\|")


def _together(mine: list[Rule]) -> str:
    """The state of an article by its rules; "" for a heading, which asks nothing itself."""
    states = {rule.state for rule in mine}
    return "" if not states else states.pop() if len(states) == 1 else "in part"


def _kind(title: str, mine: list[Rule]) -> str:
    held = sum(rule.state == "held" for rule in mine)
    lines = [
        f"## {title}\n",
        f"{held} of {len(mine)} are held.\n",
        "| rule | asks | state | tests |",
        "|---|---|---|---|",
    ]
    for rule in mine:
        name = f"[{rule.id}](#{rule.id.lower()})" if rule.tests else rule.id
        lines.append(f"| {name} | {rule.says} | {rule.state} | {len(rule.tests) or ''} |")
    return "\n".join(lines) + "\n"


def _left(found: Iterable[Rule]) -> str:
    lines = ["## Left to later parts\n", "| rule | state | what is left, and what will bring it |", "|---|---|---|"]
    lines += [f"| {rule.id} | {rule.state} | {rule.later} |" for rule in found if rule.later]
    return "\n".join(lines) + "\n"


def _held_by(found: Iterable[Rule]) -> str:
    parts = ["## Held by\n"]
    for rule in found:
        if rule.tests:
            parts.append(f"### {rule.id}\n\n{rule.says}\n\n" + "\n".join(f"- `{test}`" for test in rule.tests) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
