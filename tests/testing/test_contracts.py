"""The contract suite itself: a good source passes it, and each kind of bad source fails the check meant for it."""

from __future__ import annotations

import subprocess
import sys
import unittest
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.core.errors import UsageError
from appliance.testing import SourceContract, contract_of
from appliance.testing.skeleton import new_plugin, test_plugin
from tests.api.test_registry import Install, install  # noqa: F401
from tests.peers.install import install as install_package

GOOD = """
import threading
from appliance.api import CameraLost, Pace, Packet, Setting, SourceKind, Stream, Streams, SystemClock, hookimpl

ALIVE = threading.Event()
ALIVE.set()
PICTURE = b"\\xff\\xd8 picture \\xff\\xd9"

class Lamp:
    def __init__(self, settings):
        if settings["url"].startswith("lamp://") and ":1/" in settings["url"]:
            raise CameraLost("lamp: refuses")

    def __iter__(self):
        yield Streams((Stream(0, "video", "mjpeg", (1, 1000), width=8, height=8),))
        pace = Pace(SystemClock())
        number = 0
        while ALIVE.is_set():
            if not pace.reach(number / 10):
                yield None
                continue
            yield Packet(0, PICTURE, number * 100, number * 100, 100, True)
            number += 1
        raise CameraLost("lamp: went out")

    def close(self):
        pass

@hookimpl
def register_sources():
    return [SourceKind(
        name="lamp",
        summary="A lamp for tests.",
        settings=(
            Setting("url", "Where it stands.", str, "lamp://here/"),
            Setting("password", "The word for it.", str, "", secret=True),
        ),
        open=Lamp,
        describe=lambda settings: "a lamp",
        schemes=("lamp",),
        example={"url": "lamp://here/"},
    )]
"""

# For each check: what is changed in GOOD so that this very check must fail.
BAD = {
    "test_it_imports_without_heavy_libraries": ("import threading\n", "import threading, numpy\n"),
    "test_its_words_are_sentences": ("A lamp for tests.", "lamp"),
    "test_its_description_holds_no_secret": ('lambda settings: "a lamp"', "lambda settings: str(dict(settings))"),
    "test_its_errors_hold_no_secret": ('"lamp: refuses"', 'f"{settings}"'),
    "test_the_description_comes_first_and_is_sound": ('"mjpeg", (1, 1000)', '"mpeg", (1, 1000)'),
    "test_packets_are_sound": ("number * 100, number * 100, 100", "0, -number, 100"),
    "test_a_key_frame_comes_with_its_parameter_sets": ("100, True)", "100, False)"),
    "test_it_gives_signs_of_life": (
        "if not pace.reach(number / 10)",
        "while not pace.reach(number * 1.5): pass\n            if False",
    ),
    "test_it_can_be_closed_and_opened_again": (
        "        pass\n",
        "        threading.Thread(target=threading.Event().wait, args=(4,)).start()\n",
    ),
    "test_its_end_is_an_error": ("while ALIVE.is_set():", "while True:"),
}
DESCRIPTION = "test_the_description_comes_first_and_is_sound"
MORE_BAD = [
    ("test_packets_are_sound", ("PICTURE, number", "b'', number")),
    ("test_packets_are_sound", ("Packet(0,", "Packet(1,")),
    ("test_packets_are_sound", ("number * 100, number * 100,", "number * 100 + 90_000, number * 100,")),
    (DESCRIPTION, ("        yield Streams", "        yield None\n        yield Streams")),
    (DESCRIPTION, ("Stream(0,", "Stream(1,")),
    (DESCRIPTION, ('"video", "mjpeg"', '"audio", "aac"')),
    ("test_a_key_frame_comes_with_its_parameter_sets", ('"mjpeg"', '"h264"')),
    (
        "test_it_can_be_closed_and_opened_again",
        ("(self, settings):\n", "(self, settings):\n        ALIVE.first = hasattr(ALIVE, 'first') and 1 / 0\n"),
    ),
    ("test_its_errors_hold_no_secret", ('raise CameraLost("lamp: refuses")', "pass")),
]

Make = Callable[[str], SourceContract]


@pytest.fixture
def lamp(install: Install) -> Make:  # noqa: F811
    def make(code: str) -> SourceContract:
        install("lamp", code)
        suite = contract_of("lamp", "lamp")
        type(suite).seconds = 0.6
        type(suite).end_camera = lambda self: sys.modules["lamp_module"].ALIVE.clear()  # type: ignore[method-assign]
        return suite

    return make


def _checks(suite: SourceContract) -> list[str]:
    return [name for name in dir(suite) if name.startswith("test_")]


def test_a_good_source_passes_every_check(lamp: Make) -> None:
    suite = lamp(GOOD)
    assert set(_checks(suite)) == set(BAD)
    for check in _checks(suite):
        getattr(suite, check)()
        sys.modules["lamp_module"].ALIVE.set()


@pytest.mark.parametrize(("check", "change"), [*BAD.items(), *MORE_BAD], ids=lambda value: str(value)[:60])
def test_each_check_fails_what_it_is_for(
    lamp: Make, check: str, change: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert change[0] in GOOD
    monkeypatch.setattr("appliance.testing._END_SECONDS", 1.0)
    with pytest.raises((AssertionError, ZeroDivisionError)):
        getattr(lamp(GOOD.replace(*change)), check)()


def test_without_a_camera_the_live_checks_are_skipped_with_the_reason(lamp: Make) -> None:
    suite = lamp(GOOD.replace('example={"url": "lamp://here/"}', 'example={"url": "lamp://here:1/"}'))
    with pytest.raises(unittest.SkipTest, match="lamp: refuses"):
        suite.test_packets_are_sound()


def test_the_report_of_a_plugin_lists_every_check(
    install: Install,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SourceContract, "seconds", 0.5)
    install("lamp", GOOD.replace('"video", "mjpeg"', '"video", "vp8"'))
    report = test_plugin("lamp", {"lamp": {"url": "lamp://here/"}})
    found = {check["name"].removeprefix("lamp: ").replace(" ", "_"): check for check in report["checks"]}
    assert {f"test_{name}" for name in found} == set(BAD)
    assert not report["ok"]
    assert "codec 'vp8'" in found["the_description_comes_first_and_is_sound"]["what"]
    assert found["its_words_are_sentences"] == {
        "kind": "lamp", "name": "lamp: its words are sentences", "ok": True, "skipped": False, "what": "",
    }  # fmt: skip
    assert found["its_end_is_an_error"]["skipped"]


def test_a_new_plugin_works_as_it_stands(tmp_path: Path) -> None:
    written = new_plugin("source", "light_house", str(tmp_path))
    root = tmp_path / "office-recorder-light-house"
    assert sorted(Path(path).relative_to(root).as_posix() for path in written) == [
        "README.md", "office_recorder_light_house.py", "pyproject.toml", "tests/test_light_house.py",
    ]  # fmt: skip
    environment = install_package(root, tmp_path / "installed")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(root / "tests")],
        env=environment, capture_output=True, text=True, check=False, timeout=120, cwd=root,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout
    program = "from appliance.testing.skeleton import test_plugin; print(test_plugin('light_house')['ok'])"
    asked = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "True"


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("sink", "lamp", "there are: source, check"),
        ("source", "Lamp", "use 2 to 31"),
        ("source", "source_av", "no built-in"),
    ],
)
def test_a_new_plugin_needs_a_name_that_works(tmp_path: Path, kind: str, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        new_plugin(kind, name, str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_new_plugin_overwrites_nothing(tmp_path: Path) -> None:
    new_plugin("source", "lamp", str(tmp_path))
    with pytest.raises(UsageError, match="exists already"):
        new_plugin("source", "lamp", str(tmp_path))
