"""For authors of plugins: writes a working package to start from, and runs the contract suite on a plugin.

``appliance plugin new KIND NAME`` and ``appliance plugin test NAME`` are these two functions.
"""

from __future__ import annotations

import os
import re
import unittest
from collections.abc import Mapping
from importlib import resources
from typing import Any

from appliance import __version__
from appliance.api.registry import BUILT_IN, load_plugins
from appliance.core.errors import UsageError
from appliance.testing import SourceContract, contract_of
from appliance.testing.checks import CheckContract, check_contract_of
from appliance.testing.quirks import QuirkContract, quirks_of

__all__ = ["KINDS", "new_plugin", "test_plugin"]

KINDS = ("source", "check")
"""What a plugin can be; one for each hook."""

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")


def new_plugin(kind: str, name: str, directory: str) -> list[str]:
    """Writes a package that works as it stands into ``directory``/office-recorder-NAME; returns the files' paths.

    Raises UsageError for a name that cannot be used and for a directory that exists.
    """
    if kind not in KINDS:
        raise UsageError(f"plugin kind {kind!r}: there is none; there are: {', '.join(KINDS)}")
    if not _NAME.fullmatch(name) or name in BUILT_IN:
        raise UsageError(
            f"plugin name {name!r}: use 2 to 31 small letters, digits and _, and no built-in plugin's name"
        )
    root = os.path.join(directory, f"office-recorder-{name.replace('_', '-')}")
    if os.path.exists(root):
        raise UsageError(f"{root}: exists already; choose another name or directory")
    module = f"office_recorder_{name}"
    words = {"NAME": name, "DIST": os.path.basename(root), "MODULE": module, "CLASS": _class_name(name)}
    words |= {"VERSION": __version__, "CODE": name.replace("_", "-")}
    written = []
    for template in sorted(_TEMPLATES):
        path = os.path.join(root, _fill(template, words))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        text = (
            resources.files("appliance.testing")
            .joinpath("skeletons", f"{kind}_{_TEMPLATES[template]}")
            .read_text("utf-8")
        )
        with open(path, "x", encoding="utf-8") as file:
            file.write(_fill(text, words))
        written.append(path)
    return written


_TEMPLATES = {
    "pyproject.toml": "pyproject.txt",
    "README.md": "readme.txt",
    "@MODULE@.py": "module.txt",
    "tests/test_@NAME@.py": "test.txt",
}


def _fill(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"@([A-Z]+)@", lambda match: words[match[1]], text)


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def test_plugin(name: str, settings: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:  # noqa: PT028
    """Runs the contract suite on every kind and check that the plugin ``name`` has, and on a kind that takes ``rtsp://``
    or ``http://`` that of the quirks too. Blocks for some 20 seconds a kind, and 60 more for the quirks.

    ``settings`` are those of a camera that works here, by kind; for a kind without, its example is tried. Returns
    ``{"name", "ok", "checks": [{"kind", "name", "ok", "skipped", "what"}]}``; a skipped check does not count against
    the plugin, but was not made either, and ``what`` says why. Raises UsageError when the plugin cannot be loaded.
    """
    loaded = load_plugins([name])
    given = settings or {}
    suites: list[tuple[str, SourceContract | QuirkContract | CheckContract]] = [
        *((kind, contract_of(name, kind, given.get(kind))) for kind in loaded.sources),
        *(
            (kind, quirks_of(name, kind, given.get(kind)))
            for kind in loaded.sources
            if {"rtsp", "http"} & set(loaded.source(kind).schemes)
        ),
        *((check, check_contract_of(name, check)) for check in loaded.checks),
    ]
    checks: list[dict[str, Any]] = []
    for kind, suite in suites:
        for check in dir(suite):
            if check.startswith("test_"):
                words = f"{kind}: {check.removeprefix('test_').replace('_', ' ')}"
                checks.append({"kind": kind, "name": words, **_outcome(suite, check)})
    return {"name": name, "ok": all(check["ok"] for check in checks), "checks": checks}


test_plugin.__test__ = False  # type: ignore[attr-defined]  # for pytest this is no test, whatever its name


def _outcome(suite: SourceContract | QuirkContract | CheckContract, check: str) -> dict[str, Any]:
    try:
        getattr(suite, check)()
    except unittest.SkipTest as skip:
        return {"ok": True, "skipped": True, "what": f"not made: {skip}"}
    except Exception as error:  # a stranger's plugin may raise anything, and this report is where it belongs
        what = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        return {"ok": False, "skipped": False, "what": what}
    return {"ok": True, "skipped": False, "what": ""}
