"""The kinds ``rpicam`` and ``picamera`` as far as a machine that is no Raspberry Pi can show them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from appliance.api import CameraLost, UsageError, split_nals
from appliance.plugins.sources import rpicam
from appliance.plugins.sources.rpicam import Listed, listed
from appliance.plugins.sources.system_packages import system_packages
from appliance.testing import SourceContract, watch
from tests.patience import PATIENCE_SECONDS
from tests.peers import rpicam_vid
from tests.peers.clips import clip
from tests.plugins.conftest import Open

Program = Callable[..., None]
SETTINGS = {"width": 320, "height": 180, "fps": 50, "silence_seconds": 60.0}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """``program("silent", dies=3)`` puts the stand-in where the program is looked for and tells it what to do."""
    wanted = clip("h264")

    def put(*words: str, **told: object) -> None:
        name = tmp_path / "rpicam-vid"
        name.write_text(f'#!/bin/sh\nexec {sys.executable} {rpicam_vid.__file__} "$@"\n')
        name.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        every = {"film": wanted.directory / "video.h264", **told}
        monkeypatch.setenv("RPICAM", " ".join([*words, *(f"{key}={value}" for key, value in every.items())]))

    return put


def test_cameras_are_read_out_of_what_the_program_lists() -> None:
    assert listed(rpicam_vid.CAMERAS) == [
        Listed(0, "imx708_wide", "/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a"),
        Listed(1, "imx219", "/base/axi/pcie@120000/rp1/i2c@80000/imx219@10"),
    ]
    assert listed("No cameras available!\n") == []


@pytest.mark.rtsp
def test_pictures_come_whole_as_the_program_wrote_them(open_source: Open, program: Program) -> None:
    program()
    wanted = clip("h264")
    source = open_source("rpicam", **SETTINGS)
    assert source.identity == {"sensor": "/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a"}  # type: ignore[attr-defined]
    seen = watch(source, PATIENCE_SECONDS, until=40)
    source.close()
    stream = seen.descriptions[0].streams[0]
    assert (stream.codec, stream.width, stream.height, bool(stream.extradata)) == ("h264", 320, 180, True)
    came = [list(split_nals(packet.data)) for packet in seen.packets(0)]
    assert len(came) >= 30
    assert came == [list(split_nals(unit)) for unit in wanted.video[: len(came)]]
    assert [packet.is_key for packet in seen.packets(0)] == [at % 10 == 0 for at in range(len(came))]
    stamps = [packet.pts for packet in seen.packets(0)]
    assert stamps == sorted(set(stamps))
    assert (stamps[-1] - stamps[0]) / 1e6 >= (len(stamps) - 2) / SETTINGS["fps"]


@pytest.mark.rtsp
@pytest.mark.parametrize(("encoder", "more"), [(True, []), (False, ["--libav-format", "h264"])])
def test_the_program_is_asked_for_what_is_set(
    open_source: Open, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: bool, more: list[str]
) -> None:
    monkeypatch.setattr(rpicam, "_BOARD_ENCODER", "/dev/null" if encoder else "/dev/no-such-encoder")
    program(asked=tmp_path / "asked")
    source = open_source("rpicam", camera="imx219", gop_seconds=2.0, bitrate=800_000, **SETTINGS)
    watch(source, PATIENCE_SECONDS, until=2)
    source.close()
    assert source.identity["sensor"].endswith("imx219@10")  # type: ignore[attr-defined]
    words = "--camera 1 --timeout 0 --nopreview --codec h264 --inline --flush --width 320 --height 180 --framerate 50"
    asked = (tmp_path / "asked").read_text().split()
    assert asked == [*words.split(), "--intra", "100", "--bitrate", "800000", *more, "--output", "-"]


@pytest.mark.rtsp
def test_a_program_that_dies_is_a_loss_with_its_own_words(open_source: Open, program: Program) -> None:
    program(dies=12)
    seen = watch(open_source("rpicam", **SETTINGS), PATIENCE_SECONDS)
    assert len(seen.packets(0)) == 12, "the last picture, too, which nothing followed"
    assert "rpicam: the program ended with status 255: ERROR: *** Device timeout detected" in str(seen.lost)


@pytest.mark.rtsp
def test_a_program_that_films_nothing_is_lost_by_silence_and_one_that_does_not_end_is_killed(
    open_source: Open, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("silent")
    source = open_source("rpicam", **{**SETTINGS, "silence_seconds": 0.2})
    assert "rpicam: no picture for 0.2 s" in str(watch(source, PATIENCE_SECONDS).lost)
    source.close()
    monkeypatch.setattr(rpicam, "_END_SECONDS", 0.2)
    program("stubborn")
    source = open_source("rpicam", **SETTINGS)
    watch(source, PATIENCE_SECONDS, until=3)
    source.close()
    assert source._process.returncode == -9  # type: ignore[attr-defined]


@pytest.mark.rtsp
def test_what_is_not_there_is_said_with_what_to_do(
    open_source: Open, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("none")
    with pytest.raises(CameraLost, match="rpicam-vid: no camera at all; it sees: -"):
        open_source("rpicam")
    program()
    with pytest.raises(CameraLost, match=r"no camera ov5647; it sees: /base/.*imx708@1a, /base/.*imx219@10"):
        open_source("rpicam", camera="ov5647")
    monkeypatch.setattr(rpicam, "PROGRAMS", ("no-such-program",))
    with pytest.raises(UsageError, match="apt install rpicam-apps"):
        open_source("rpicam")
    with pytest.raises(UsageError, match="picamera: width is 641"):
        open_source("rpicam", width=641)


@pytest.mark.rtsp
class TestRpicam(SourceContract):
    plugin = "source_picamera"
    kind_name = "rpicam"
    settings: ClassVar[Any] = SETTINGS
    seconds = 2.0
    put: ClassVar[Program]

    @pytest.fixture(autouse=True)
    def _program(self, program: Program) -> None:
        program(dies=150)

    def end_camera(self) -> None:
        """It dies by itself."""


def test_an_import_is_satisfied_by_the_system_s_python_where_the_environment_cannot(tmp_path: Path) -> None:
    (tmp_path / "of_the_system_7531.py").write_text("import of_the_system_too_7531 as more\n")
    (tmp_path / "of_the_system_too_7531.py").write_text("there = True\n")
    (tmp_path / "msgspec.py").write_text("raise AssertionError('the environment has its own')\n")
    before = list(sys.path)
    with pytest.raises(ImportError), system_packages(str(tmp_path)):
        import no_such_module_7531  # type: ignore[import-not-found]  # noqa: F401
    assert sys.path == before
    try:
        with system_packages(str(tmp_path)):
            import msgspec  # noqa: F401
            import of_the_system_7531  # type: ignore[import-not-found]

            assert of_the_system_7531.more.there
        assert sys.path == [*before, str(tmp_path)], "what it imports later is found, too"
    finally:
        sys.path[:] = before
