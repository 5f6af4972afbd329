"""Broken variants of our own modules: a crash test that no broken variant fails proves nothing."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable

import pytest

from tests.mutations.changes import Change, changed

__all__ = ["caught_by", "changed_module"]


def changed_module(module: types.ModuleType, *changes: tuple[str, str]) -> types.ModuleType:
    """A copy of ``module`` with changes by name, each what is changed and how, as in ``tests/mutations/changes.py``."""
    source = inspect.getsource(module)
    for name, what in changes:
        source = changed(source, Change(f"{module.__name__}:{name}", what))
    return _made(module, source)


def _made(module: types.ModuleType, source: str) -> types.ModuleType:
    made = types.ModuleType(f"{module.__name__}_mutant")
    made.__dict__.update(__package__=module.__package__, __file__=module.__file__)
    sys.modules[made.__name__] = made  # dataclasses look their module up while they are made
    try:
        exec(compile(source, f"<mutant of {module.__name__}>", "exec"), made.__dict__)
    finally:
        del sys.modules[made.__name__]
    return made


def caught_by(checks: Callable[..., None] | tuple[Callable[..., None], ...], *arguments: object) -> list[str]:
    """The names of the checks that fail when called with ``arguments``. A mutant that cannot run at all is an error."""
    failed = []
    for check in checks if isinstance(checks, tuple) else (checks,):
        try:
            check(*arguments)
        except (NameError, ImportError):
            raise
        except (Exception, pytest.fail.Exception):
            failed.append(check.__name__)
    return failed
