"""``docs/rules.md`` out of ``docs/rules.toml``, the names of the tests and the table of mutations.

    python -m tests.house.rulespage                        writes the page anew
    python -m tests.house.rulespage --tests [RULE ...]     prints the tests of these rules, or of all

A test stands under a rule because its name, or the name of its file, has the rule in it
(``test_AT_19_...``, ``test_inv_26.py``), or because the rule names it as one of those ``besides``.
"""

from __future__ import annotations

import argparse
import ast
import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from appliance.rules.packs.pack import Article
from appliance.rules.packs.shipped import shipped_pack
from tests.mutations.table import STRANGER, mutations

__all__ = ["KINDS", "Rule", "all_tests", "named_after", "page", "rules", "tests_of"]

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

Made by `python -m tests.house.rulespage` out of [rules.toml](rules.toml), which says what each rule asks, the names of
the tests, and the [table of mutations](../tests/mutations/table.toml); `tests/house/test_rules_page.py` fails while it
is not what that command makes. A rule is

- **held**: its tests pass whenever `deploy/test` does, and fail without it: there is a mutation, a change of the
  product by name that takes the rule away, at which an assertion of a test of this rule fails while another act passes;
- **in part**: no mutation shows yet that its tests would fail without it, or a part of it is left to a part of the
  product that the page names;
- **later**: nothing of it is there yet, and the page says which part will bring it.

{mutations} mutations show {shown} of the {tested} rules that have tests. `python -m tests.mutations --long` applies
each to a copy of the product and says which were caught; `deploy/test --long` takes all of them, any other run a
sample. A mutation shows that a part of the rule is watched, not that all of it is. The tests of a rule are printed by
`python -m tests.house.rulespage --tests AT-40`.
"""


class Rule(NamedTuple):
    """``says``: what it asks. ``tests``: those that hold it. ``later``: what is left, to which part; "" if nothing.
    ``mutations``: how many changes of the product its tests are shown to notice."""

    id: str
    says: str
    tests: tuple[str, ...]
    later: str
    mutations: int

    @property
    def state(self) -> str:
        return ("in part" if self.later or not self.mutations else "held") if self.tests else "later"


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
    return Rule(rule, told["says"], tuple(tests), told.get("later", ""), len(mutations().get(rule, ())))


def page() -> str:
    found = rules()
    tested = [rule for rule in found.values() if rule.tests]
    head = _HEAD.format(
        mutations=sum(rule.mutations for rule in tested),
        shown=sum(bool(rule.mutations) for rule in tested),
        tested=len(tested),
    )
    parts = [head, _articles(found)]
    parts += [
        _kind(title, [rule for rule in found.values() if rule.id.startswith(f"{kind}-")])
        for kind, title in KINDS.items()
    ]
    parts.append(_stranger())
    parts.append(_left(found.values()))
    parts.append(_unshown(found.values()))
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
        "| rule | asks | state | tests | mutations |",
        "|---|---|---|---|---|",
    ]
    for rule in mine:
        name = f'<a id="{rule.id.lower()}"></a>{rule.id}'
        lines.append(f"| {name} | {rule.says} | {rule.state} | {len(rule.tests) or ''} | {rule.mutations or ''} |")
    return "\n".join(lines) + "\n"


def _stranger() -> str:
    """How the tests did against changes by somebody who had not read them."""
    told = source()["stranger"]
    survived, every = told["survived"], [each for mine in mutations().values() for each in mine]
    share = sum(each.by == STRANGER for each in every)
    text = (
        f"On {told['day']} somebody who had read the rules and the product and no test wrote {told['written']}"
        f" mutations, each of another rule. The rule's tests caught {told['written'] - len(survived)} at once and"
        f" passed over {len(survived)}; what each of these had missed stands below and is mended. {share} of the"
        f" {len(every)} mutations of the table are of that hand."
    )
    lines = [
        "## Written without sight of the tests\n",
        f"{textwrap.fill(text, 120)}\n",
        "| rule | what was missed |",
        "|---|---|",
        *(f"| {rule} | {missed} |" for rule, missed in survived.items()),
    ]
    return "\n".join(lines) + "\n"


def _left(found: Iterable[Rule]) -> str:
    lines = ["## Left to later parts\n", "| rule | state | what is left, and what will bring it |", "|---|---|---|"]
    lines += [f"| {rule.id} | {rule.state} | {rule.later} |" for rule in found if rule.later]
    return "\n".join(lines) + "\n"


def _unshown(found: Iterable[Rule]) -> str:
    names = ", ".join(rule.id for rule in found if rule.tests and not rule.mutations)
    return f"## Tested, and not yet shown by a mutation\n\n{names or 'None.'}\n"


def tests_of(wanted: Iterable[str]) -> str:
    """The tests of these rules, each rule with what it asks."""
    found = rules()
    parts = (
        f"{found[each].id}: {found[each].says}\n" + "".join(f"  {test}\n" for test in found[each].tests)
        for each in wanted
    )
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.house.rulespage")
    parser.add_argument(
        "--tests", nargs="*", metavar="RULE", choices=list(rules()), help="print the tests of these rules"
    )
    wanted = parser.parse_args().tests
    if wanted is None:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(tests_of(wanted or rules()), end="")


if __name__ == "__main__":
    main()
