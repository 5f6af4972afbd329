"""The rules of the house that a program can check, on every module of the package."""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
from pathlib import Path

import pytest

import appliance
from appliance.core import errors

PACKAGE = Path(appliance.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
CLOCK_CALLS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
VAGUE = {"utils", "helpers", "common", "manager", "info", "misc"}
MAX_LINES = 450
"""Above it a file has a second subject, as far as was ever seen; 400 is where to look for one."""


def _name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def _trees() -> list[tuple[Path, ast.Module]]:
    return [(file, ast.parse(file.read_text(encoding="utf-8"))) for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_a_file_says_what_lives_there_and_stays_short(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{file}: no module docstring"
    assert text.count("\n") <= MAX_LINES, f"{file}: longer than {MAX_LINES} lines: two subjects?"
    assert file.stem not in VAGUE


def test_exports_are_true() -> None:
    for found in pkgutil.walk_packages([str(PACKAGE)], "appliance."):
        if found.name == "appliance.__main__":
            continue
        module = importlib.import_module(found.name)
        exported = getattr(module, "__all__", None)
        if found.ispkg and exported is None:
            continue
        assert exported is not None, f"{found.name}: no __all__"
        assert len(set(exported)) == len(exported)
        for name in exported:
            assert hasattr(module, name), f"{found.name}: __all__ names {name}, which is not there"


def test_no_assert_guards_anything_in_the_package() -> None:
    found = [
        f"{file}:{node.lineno}" for file, tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Assert)
    ]
    assert not found, "python -O drops asserts; raise an error of the tree instead"


def test_only_the_clock_module_reads_time() -> None:
    found = []
    for file, tree in _trees():
        if file == PACKAGE / "core/clock.py" or "plugins" in file.parts:
            continue
        found += [
            f"{file}:{node.lineno} {ast.unparse(node.func)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCK_CALLS
        ]
    assert not found


def test_nothing_is_swallowed() -> None:
    found = []
    for file, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                bare = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
                empty = all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
                if node.type is None or (bare and empty):
                    found.append(f"{file}:{node.lineno}")
    assert not found


def test_error_codes_are_unique_and_the_drawn_tree_is_the_real_one() -> None:
    def walk(kind: type[errors.RecorderError]) -> list[type[errors.RecorderError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in walk(child))]

    kinds = [kind for kind in walk(errors.RecorderError) if kind.__module__ == errors.__name__]
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.__name__ in (errors.__doc__ or "")
        assert type(errors.from_map({"code": kind.code, "message": "x"})) is kind


def test_only_the_registry_names_a_plugin() -> None:
    found = [
        str(file)
        for file, tree in _trees()
        if "plugins" not in file.parts and file.name != "registry.py"
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("appliance.plugins."))
        or (isinstance(node, ast.Import) and any(name.name.startswith("appliance.plugins.") for name in node.names))
    ]
    assert not found


def test_a_plugin_imports_the_api_and_nothing_else_of_ours() -> None:
    for file, tree in _trees():
        if "plugins" not in file.parts:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("appliance"):
                assert node.module == "appliance.api" or node.module.startswith("appliance.plugins"), (
                    f"{file}: {node.module}"
                )
