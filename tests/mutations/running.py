"""Runs tests over a changed copy of the product. Every process that a test starts runs the copy, too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mutations.changes import Change, NotThere, changed, changed_script
from tests.mutations.outcomes import ASSERTION, ERROR, PASSED, SKIPPED, VARIABLE
from tests.mutations.table import ROOT, Mutation

__all__ = ["CAUGHT", "NOT_HERE", "Copy", "check", "sound"]

CAUGHT = "caught"
NOT_HERE = "not shown here: this machine lacks what the tests need"
_LINKED = (".venv", "var")
_LEFT_OUT = (".git", *_LINKED)
_PATIENCE_SECONDS = 600
_AT_ONCE = 40
"""So many tests are given that long together."""


class Copy:
    """A copy of the repository's tree, with one change at a time. ``directory`` is made."""

    def __init__(self, directory: Path) -> None:
        self.root, self.said = directory, ""
        directory.mkdir(parents=True)
        for each in ROOT.iterdir():
            if each.name in _LINKED:
                (directory / each.name).symlink_to(each)
            elif each.is_dir() and each.name not in _LEFT_OUT:
                shutil.copytree(each, directory / each.name, symlinks=True)
            elif each.is_file():
                shutil.copy2(each, directory / each.name)
        self._file: Path | None = None

    def apply(self, change: Change) -> None:
        """Raises NotThere."""
        self.restore()
        path = change.module if change.is_of_a_script else f"{change.module.replace('.', '/')}.py"
        file = self.root / path
        if not file.exists() and not change.is_of_a_script:
            file = file.with_suffix("") / "__init__.py"
        if not file.exists():
            raise NotThere(f"{change}: there is no such module")
        source = file.read_text(encoding="utf-8")
        text = (changed_script if change.is_of_a_script else changed)(source, change)
        file.unlink()
        file.write_text(text, encoding="utf-8")
        self._file = file

    def restore(self) -> None:
        """The product is as it is, again."""
        if self._file is not None:
            self._file.unlink()
            shutil.copy2(ROOT / self._file.relative_to(self.root), self._file)
            self._file = None

    def starts(self, change: Change) -> str:
        """What keeps the product from starting; empty if nothing does. A script starts in the browser of its test."""
        module = "appliance" if change.is_of_a_script else change.module
        done = self._python(f"import {module}, appliance.cli, appliance.keeper, appliance.web")
        return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""

    def spoken(self, words: str) -> str:
        """What a Python process of its own prints over the changed product."""
        return self._python(words).stdout

    def _python(self, words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", words], cwd="/", env=self._environment(), capture_output=True, text=True, check=False
        )

    def run(self, tests: Iterable[str]) -> Mapping[str, str]:
        """How each test came out, its parameters left out: the worst of them, where an assertion is the worst. What
        they write lies at a short path of its own: that of a socket of theirs may have 107 bytes."""
        with tempfile.TemporaryDirectory(prefix="m-", ignore_cleanup_errors=True) as base:
            return self._outcomes(tests, base)

    def _outcomes(self, tests: Iterable[str], base: str) -> Mapping[str, str]:
        told = self.root / "outcomes.json"
        told.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
            "-p", "tests.mutations.outcomes", f"--basetemp={base}/b", *tests,
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=self.root, env=self._environment(told), capture_output=True, text=True, check=False,
            timeout=_PATIENCE_SECONDS,
        )  # fmt: skip
        if not told.exists():
            raise RuntimeError(f"pytest ended without a word: {(done.stdout + done.stderr)[-2000:]}")
        self.said = done.stdout + done.stderr
        found: dict[str, str] = {}
        for test, outcome in json.loads(told.read_text(encoding="utf-8")).items():
            name = test.partition("[")[0]
            found[name] = max(found.get(name, outcome), outcome, key=_badness)
        return found

    def _environment(self, told: Path | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "RECORDER_TESTS"))}
        return {**kept, "PYTHONPATH": str(self.root), VARIABLE: str(told)}


def _badness(outcome: str) -> int:
    return (SKIPPED, PASSED, ERROR, ASSERTION).index(outcome)


def sound(copy: Copy, mutations: Iterable[Mutation]) -> list[str]:
    """Which of the tests that the mutations name do not pass over the product as it is."""
    copy.restore()
    tests = sorted({test for each in mutations for test in (each.test, each.neighbour)})
    found: dict[str, str] = {}
    for at in range(0, len(tests), _AT_ONCE):
        found |= copy.run(tests[at : at + _AT_ONCE])
    return [f"{test}: {found.get(test, 'not found')}" for test in tests if found.get(test) != PASSED]


def check(copy: Copy, mutation: Mutation) -> str:
    """``CAUGHT``: the changed product starts, an assertion of the rule's test fails, and the neighbour passes.
    ``NOT_HERE``: one of the two is skipped on this machine. Else what came instead."""
    try:
        copy.apply(mutation.change)
        if why := copy.starts(mutation.change):
            return f"does not start: {why}"
        found = copy.run((mutation.test, mutation.neighbour))
        if ERROR in found.values():  # a process that did not come up says nothing of the rule: once more
            found = copy.run((mutation.test, mutation.neighbour))
    except NotThere as error:
        return str(error)
    except subprocess.TimeoutExpired:
        return f"the tests did not end in {_PATIENCE_SECONDS} s"
    finally:
        copy.restore()
    outcome, beside = found.get(mutation.test, "not found"), found.get(mutation.neighbour, "not found")
    if SKIPPED in (outcome, beside):
        return NOT_HERE
    if outcome == PASSED:
        return "survived"
    if outcome != ASSERTION:
        return f"no assertion failed: {outcome}\n{copy.said[-2000:]}"
    return CAUGHT if beside == PASSED else f"the neighbour came out as {beside}"
