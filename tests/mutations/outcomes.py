"""A pytest plugin for runs over a changed product: writes how each test came out, and whether an assertion failed."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

__all__ = ["ASSERTION", "ERROR", "PASSED", "SKIPPED", "VARIABLE"]

VARIABLE = "MUTATION_OUTCOMES"
"""Names the file that the outcomes are written to."""

PASSED, ASSERTION, ERROR, SKIPPED = "passed", "assertion", "error", "skipped"
_found: dict[str, str] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped:
        _found.setdefault(item.nodeid, SKIPPED)
    elif report.failed:
        failed = call.excinfo is not None and isinstance(call.excinfo.value, AssertionError | pytest.fail.Exception)
        if _found.get(item.nodeid) != ASSERTION:  # whatever the end of such a test makes of it
            _found[item.nodeid] = ASSERTION if failed and report.when == "call" else ERROR
    elif report.when == "call":
        _found.setdefault(item.nodeid, PASSED)
    return report


def pytest_sessionfinish() -> None:
    Path(os.environ[VARIABLE]).write_text(json.dumps(_found), encoding="utf-8")
