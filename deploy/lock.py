#!/usr/bin/env python3
"""The locks of the libraries: exact versions with hashes, for Python 3.11 to 3.13 on x86_64 and aarch64.

    deploy/lock.py           renews every lock within the bounds of pyproject.toml and says what changed
    deploy/lock.py --check   renews nothing; resolves each lock for each Python and processor, from wheels alone

deploy/run, deploy/test and deploy/bench install what deploy/locks holds and nothing else. uv resolves them: it is
locked like the rest (deploy/locks/uv.txt), runs in an environment that is thrown away, and is not needed to install.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "deploy" / "locks"
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("x86_64-manylinux_2_36", "aarch64-manylinux_2_36")
"""Debian 12 and Raspberry Pi OS of the same age have glibc 2.36."""

FROM_SOURCE = ("mfusepy", "wcag-contrast-ratio")
"""Test libraries, in Python alone, that are published as source only."""


class Lock(NamedTuple):
    """One file of deploy/locks: its name, what it is for, the requirements it comes from, and what uv is told more."""

    name: str
    purpose: str
    declared: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the requirements: the lock carries it, so that one that is out of date is noticed."""
        return hashlib.sha256(json.dumps(sorted(self.declared)).encode()).hexdigest()

    @property
    def path(self) -> Path:
        return LOCKS / f"{self.name}.txt"

    def text(self, resolved: str) -> str:
        return (
            f"# {self.purpose}. Written by deploy/lock.py from pyproject.toml; do not edit.\n"
            f"# declared: sha256 {self.digest}\n{resolved}"
        )


def locks() -> tuple[Lock, ...]:
    """Every lock with its requirements as pyproject.toml declares them; ``run`` has the versions of ``test``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    run = (*project["project"]["dependencies"], *groups["build"])
    test = (*run, *project["project"]["optional-dependencies"]["test"])
    return (
        Lock("test", "What the tests need, with what the recorder needs", test),
        Lock("run", "What the recorder needs", run),
        Lock("moda", "The checker of the national accessibility rules", tuple(groups["moda"])),
        # Their own dependencies are the tests' libraries; ipycam's OpenCV wants the libraries of a desktop besides.
        Lock("foreign", "Cameras that are not ours, for the tests to record", tuple(groups["foreign"]), ("--no-deps",)),
        Lock("uv", "What resolves these locks", tuple(groups["lock"])),
    )


def pinned(text: str) -> dict[str, set[str]]:
    """The versions that a lock holds, by package; several where Python versions differ."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.M):
        found.setdefault(name.lower(), set()).add(version)
    return found


def without_hashes(text: str) -> str:
    """The lines ``name==version ; marker`` of a lock."""
    return re.sub(r" \\\n( +--hash.*\n?)+", "\n", text)


def changes(before: str, after: str) -> list[str]:
    """What a reader wants to know of a renewed lock, a line each."""
    old, new = pinned(before), pinned(after)
    lines = []
    for name in sorted(old.keys() | new.keys()):
        was, now = (" and ".join(sorted(versions.get(name, ()))) for versions in (old, new))
        if was != now:
            lines.append(f"{name}: {was or 'new'} -> {now or 'gone'}")
    return lines


class Resolver:
    """uv, installed from its lock into a folder that is thrown away."""

    def __init__(self, work: Path) -> None:
        self.work = work
        venv.create(work / "uv", with_pip=True)
        python = work / "uv" / "bin" / "python"
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", LOCKS / "uv.txt"], check=True)

    def compile(self, lock: Lock, *options: str | Path) -> str:
        """The resolved requirements of ``lock``. Raises SystemExit with uv's own words when there is no such set."""
        source = self.work / f"{lock.name}.in"
        source.write_text("".join(f"{line}\n" for line in lock.declared), "utf-8")
        done = subprocess.run(
            [
                self.work / "uv" / "bin" / "uv", "pip", "compile", "--quiet", "--no-config", "--no-header",
                "--no-annotate", "--no-python-downloads", "--allow-unsafe", *lock.options, *options, source,
            ],
            capture_output=True, text=True, check=False, env={**os.environ, "UV_CACHE_DIR": str(self.work / "cache")},
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"lock {lock.name}: could not be resolved\n{done.stderr}")
        return done.stdout


def renew(resolver: Resolver) -> None:
    versions = resolver.work / "versions.txt"
    for lock in locks():
        constraints: list[str | Path] = ["-c", versions] if lock.name == "run" else []
        resolved = resolver.compile(
            lock, "--universal", "--python-version", PYTHONS[0], "--generate-hashes", *constraints
        )
        before = lock.path.read_text("utf-8") if lock.path.exists() else ""
        after = lock.text(resolved)
        if lock.name == "test":
            versions.write_text(without_hashes(resolved), "utf-8")
        lock.path.write_text(after, "utf-8")
        lines = changes(before, after)
        print(f"{lock.path.relative_to(ROOT)}: {len(pinned(after))} packages, {len(lines)} changed")
        for line in lines:
            print(f"  {line}")


def check(resolver: Resolver) -> None:
    for lock in locks():
        versions = resolver.work / f"{lock.name}.pins"
        versions.write_text(without_hashes(lock.path.read_text("utf-8")), "utf-8")
        for python in PYTHONS:
            for platform in PLATFORMS:
                wheels = [
                    f"--only-binary={name}" for name in pinned(versions.read_text("utf-8")) if name not in FROM_SOURCE
                ]
                target = ["--python-version", python, "--python-platform", platform]
                found = pinned(resolver.compile(lock, *target, *wheels, "-c", versions))
                built = sorted(found.keys() & set(FROM_SOURCE))
                print(
                    f"{lock.name}, Python {python}, {platform}: {len(found)} packages, each with a wheel"
                    + (f" but {', '.join(built)}" if built else "")
                )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="renew nothing; find each wheel for both processors")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        (check if given.check else renew)(Resolver(Path(work)))


if __name__ == "__main__":
    main(sys.argv[1:])
