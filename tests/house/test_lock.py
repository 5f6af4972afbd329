"""The locks and pyproject.toml agree: what is declared is locked, within its bounds, for every supported Python."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NAMES = ("test", "run", "moda", "foreign", "uv")


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("deploy_lock", ROOT / "deploy" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LOCK = _tool()


def _held(text: str, python: str, machine: str) -> dict[str, str]:
    """The version of each package that an installation on such a machine takes from a lock."""
    here = {
        "python_version": python, "python_full_version": f"{python}.4", "platform_machine": machine,
        "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix",
        "implementation_name": "cpython", "platform_python_implementation": "CPython",
    }  # fmt: skip
    held = {}
    for line in re.findall(r"^[A-Za-z0-9].*?(?= \\$|$)", text, re.M):
        requirement, _, marker = line.partition(" ; ")
        if not marker or Marker(marker.removesuffix(" \\")).evaluate(here):
            name, _, version = requirement.removesuffix(" \\").partition("==")
            assert canonicalize_name(name) not in held, f"{name} stands twice for Python {python}"
            held[canonicalize_name(name)] = version
    return held


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("python", LOCK.PYTHONS)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_declared_is_locked_within_its_bounds(name: str, python: str, machine: str) -> None:
    lock = next(lock for lock in LOCK.locks() if lock.name == name)
    held = _held(lock.path.read_text("utf-8"), python, machine)
    for text in lock.declared:
        wanted = Requirement(text)
        version = held.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not in {lock.path.name}; run deploy/lock.py"
        assert wanted.specifier.contains(version), f"{text}, but {lock.path.name} has {version}; run deploy/lock.py"


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_comes_from_what_is_declared_now(name: str) -> None:
    lock = next(lock for lock in LOCK.locks() if lock.name == name)
    said = re.search(r"^# declared: sha256 ([0-9a-f]{64})$", lock.path.read_text("utf-8"), re.M)
    assert said is not None
    assert said[1] == lock.digest, f"pyproject.toml changed after {lock.path.name} was made; run deploy/lock.py"


@pytest.mark.parametrize("name", NAMES)
def test_every_locked_version_has_a_hash(name: str) -> None:
    lock = next(lock for lock in LOCK.locks() if lock.name == name)
    entries = re.split(r"^(?=[A-Za-z0-9])", lock.path.read_text("utf-8"), flags=re.M)[1:]
    assert entries
    for entry in entries:
        assert "==" in entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_recorder_runs_on_the_versions_that_are_tested() -> None:
    texts = {lock.name: lock.path.read_text("utf-8") for lock in LOCK.locks()}
    for python in LOCK.PYTHONS:
        tested = _held(texts["test"], python, "x86_64")
        for package, version in _held(texts["run"], python, "x86_64").items():
            assert tested[package] == version, package


def test_every_library_has_an_upper_bound_and_every_supported_python_a_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    declared = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["test"]]
    for text in declared:
        assert any(each.operator in ("<", "==") for each in Requirement(text).specifier), f"{text} has no upper bound"
    assert project["project"]["requires-python"] == ">=3.11,<3.14"


def test_what_builds_the_package_is_locked_within_its_bounds() -> None:
    """It is installed without build isolation, so that pip does not look at these bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (run,) = (lock for lock in LOCK.locks() if lock.name == "run")
    for python in LOCK.PYTHONS:
        held = _held(run.path.read_text("utf-8"), python, "aarch64")
        for wanted in map(Requirement, project["build-system"]["requires"]):
            assert wanted.specifier.contains(held[canonicalize_name(wanted.name)]), f"{wanted}; run deploy/lock.py"


def test_a_renewal_says_what_changed() -> None:
    before = "one==1.0 \\\n    --hash=sha256:aa\ngone==3 \\\ntwo==2.0 ; python_full_version < '3.12' \\\n"
    after = "one==1.1 \\\n    --hash=sha256:bb\ntwo==2.0 ; python_full_version < '3.12' \\\nthree==3\n"
    assert LOCK.changes(before, after) == ["gone: 3 -> gone", "one: 1.0 -> 1.1", "three: new -> 3"]
