"""Options and fixtures that every test may use. Fixtures of one subject live in that subject's own conftest."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.alone import pytest_runtest_protocol
from tests.sampling import Sample, again, sample_of
from tests.scheduling import LongestFirst, order

__all__ = ["pytest_runtest_protocol"]

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="full counts instead of seeded samples")
    parser.addoption("--seed", type=int, help="of the samples that come in turn, in place of the commit's")


def pytest_report_header(config: pytest.Config) -> str:
    return f"samples: {sample_of(config)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and (command := again(item)):
        report.sections.append(("the same sample again", command))
    return report


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    """Whether this run does the full counts."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def sample(request: pytest.FixtureRequest) -> Sample:
    """What this run takes of what comes in turn."""
    return sample_of(request.config)


MODA_PYTHON = Path(__file__).parents[1] / ".venv" / "moda" / "bin" / "python"
"""Of the environment that has a11y-moda alone."""

FOREIGN = Path(__file__).parents[1] / ".venv" / "foreign"
"""Packages that serve as cameras that are not ours."""

_TOOLS = {
    "root": ("losetup", "mkfs.ext4", "fusermount3", "fsck.exfat", "mount.exfat-fuse", "fls", "sfdisk"),
    "browser": ("chromium",),
    "rtsp": ("ffmpeg",),
    "archives": ("7z",),
    "players": ("cvlc", "mpv", "setpriv", "ffmpeg"),
    "foreign": ("cvlc", "motion", "setpriv", "ffmpeg"),
    "tls": ("openssl", "gnutls-cli"),
    "tpm": ("swtpm", "tpm2_nvread"),
    "moda": (),
    "papers": ("pdfinfo", "pdftotext", "pdfimages", "fc-match", "soffice"),
}


def _missing(mark: str) -> str:
    tools = [tool for tool in _TOOLS[mark] if not shutil.which(tool)]
    if mark == "root" and os.geteuid() != 0:
        return "needs root"
    if mark == "rtsp" and not os.path.exists("/usr/lib/python3/dist-packages/gi"):
        tools.append("python3-gi")
    if mark == "rtsp" and not glob.glob("/usr/lib/*/girepository-1.0/GstRtspServer-1.0.typelib"):
        tools.append("gir1.2-gst-rtsp-server-1.0")
    if mark == "moda" and not os.path.exists(MODA_PYTHON):
        tools.append("a11y-moda in .venv/moda")
    if mark == "foreign" and not (FOREIGN / "ipycam").exists():
        tools.append("aio-rtsp-toolkit and ipycam in .venv/foreign")
    if mark == "papers" and not glob.glob("/usr/share/fonts/truetype/cns11643/TW-Kai-*.ttf"):
        tools.append("fonts-cns11643-kai")
    return f"needs {', '.join(tools)}" if tools else ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what this machine cannot run, with the reason; with ``RECORDER_TESTS=all`` that is a failure instead."""
    order(items)
    sample = sample_of(config)
    for item in items:
        if (turn := item.get_closest_marker("turn")) and not sample.takes(*turn.args):
            item.add_marker(pytest.mark.skip(reason=f"its turn is with another seed than {sample}"))
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="full counts: run with --long"))
        for mark in _TOOLS:
            reason = _missing(mark) if item.get_closest_marker(mark) else ""
            if reason and os.environ.get("RECORDER_TESTS") == "all":
                raise pytest.UsageError(f"{item.nodeid}: {reason}, but every test must run here")
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LongestFirst | None:
    return LongestFirst(config, log) if config.getvalue("dist") == "loadfile" else None
