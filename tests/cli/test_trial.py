"""A trial is made of what was asked for or not at all; a command that asks for another is not taken for it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.cli.trial import ensure_trial
from appliance.core.clock import SystemClock
from appliance.core.errors import UsageError
from appliance.core.model import Registry
from appliance.core.settings import Layout, read_settings
from appliance.keeper.composition import open_keeper
from appliance.storage.boot_files import read_registry
from appliance.storage.files import RealFs


def _trial(directory: Path | str, cameras: Sequence[str] = (), host: str | None = None, port: int | None = None) -> str:
    return ensure_trial(str(directory), cameras, host, port, say=lambda line: None)


@pytest.mark.parametrize("port", ["99999", "0", "-1"])
def test_a_port_that_is_none_is_a_sentence(tmp_path: Path, port: str) -> None:
    done = CliRunner().invoke(main, ["run", "--or-trial", str(tmp_path / "trial"), "--port", port])
    assert done.exit_code == 2
    assert "--port" in done.output
    assert not (tmp_path / "trial").exists()


@pytest.mark.parametrize("place", ["/proc/x", "{}/film.mkv", "{}/film.mkv/trial"])
def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "film.mkv").touch()
    with pytest.raises(UsageError, match="cannot be the folder of a trial"):
        _trial(place.format(tmp_path))


@pytest.mark.parametrize("host", ["bad host", '1"', "203.0.113.250"])
def test_a_host_that_is_not_this_machines_is_a_sentence(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="host"):
        _trial(tmp_path / "trial", host=host)
    assert not (tmp_path / "trial").exists()


def test_a_camera_that_can_never_open_makes_no_office(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--camera, number 2: camera address: ") as wrong:
        _trial(tmp_path / "trial", ["testcard", "rtsp://admin:planted @192.0.2.7/"])
    assert "planted" not in str(wrong.value)
    assert not (tmp_path / "trial").exists()


def test_the_same_command_runs_the_trial_again_and_another_is_told_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = "rtsp://admin:planted@192.0.2.7/live"
    path = _trial(tmp_path / "a trial", [address, "testcard"])
    port = read_settings(path).web.port
    again = _trial(tmp_path / "a trial", [address, "testcard"], "127.0.0.1", port)
    assert again == path == _trial(tmp_path / "a trial")
    assert capsys.readouterr().out.count("TRIAL OFFICE") == 1
    for cameras in ([address], ["testcard", address], ["rtsp://admin:other@192.0.2.7/live", "testcard"]):
        with pytest.raises(UsageError, match=r"its cameras already: 01 rtsp://192\.0\.2\.7/live, 02 ") as wrong:
            _trial(tmp_path / "a trial", cameras)
        assert "another folder" in str(wrong.value)
        assert "planted" not in str(wrong.value)
    with pytest.raises(UsageError, match="has its address and plugins already"):
        _trial(tmp_path / "a trial", port=port + 1)


def test_a_trial_of_another_user_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _trial(tmp_path / "trial")
    monkeypatch.setattr("os.getuid", lambda: os.stat(tmp_path).st_uid + 1)
    with pytest.raises(UsageError, match="belongs to another user; run it as that user"):
        _trial(tmp_path / "trial")


def _registry(directory: Path) -> Registry:
    return read_registry(RealFs(), Layout(str(directory)).boot)


def test_a_film_begins_again_at_its_end_and_a_pipe_cannot(tmp_path: Path) -> None:
    film, pipe = tmp_path / "film.mkv", tmp_path / "pipe"
    film.touch()
    os.mkfifo(pipe)
    path = _trial(tmp_path / "trial", [str(film), str(pipe)])
    first, second = _registry(tmp_path / "trial").cameras
    assert first.settings == {"path": str(film), "loop": True}
    assert second.settings == {"path": str(pipe)}
    assert _trial(tmp_path / "trial", [str(film), str(pipe)]) == path, "the same command runs the same trial"


def test_the_people_of_a_trial_are_enough_for_the_three_kinds_of_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = read_settings(_trial(tmp_path / "trial"))
    with open_keeper(settings, RealFs(), SystemClock(assume_trusted=True)) as keeper:
        today = keeper.people.book.today()
        people = {each.name: (each.on(today), each.unit) for each in keeper.people.book.all()}
        opens = [name for name in people if keeper.keyholders.can_unlock(name)]
    assert people == {
        "officer": (("officer", "manager"), "行政庶務課"),
        "unit_head": (("unit_head", "secretary", "director"), "行政庶務課"),
        "colleague": (("staff",), "戶籍登記課"),
        "section_head": (("section_head",), "戶籍登記課"),
    }
    assert opens == ["officer", "unit_head"], "who only asks opens nothing"
    card = capsys.readouterr().out
    assert all(re.search(rf" {name} +([a-z]{{5}}-){{5}}[a-z]{{5}}$", card, re.MULTILINE) for name in people)
