"""An address finds its kind of camera, or says what to do about it; a password in it is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.api.addresses import camera_at
from appliance.api.registry import BUILT_IN, Plugins, load_plugins
from appliance.core.errors import UsageError


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return load_plugins(BUILT_IN)


def test_an_address_finds_its_kind(plugins: Plugins, tmp_path: Path) -> None:
    film = tmp_path / "a b.mkv"
    film.touch()
    assert camera_at(plugins, "rtsp://h/1") == ("rtsp", {"url": "rtsp://h/1"})
    assert camera_at(plugins, "HTTPS://h/1") == ("mjpeg", {"url": "HTTPS://h/1"})
    assert camera_at(plugins, f"file://{tmp_path}/a%20b.mkv") == ("file", {"path": str(film)})
    assert camera_at(plugins, "testcard") == ("testcard", {})
    assert camera_at(plugins, "picamera") == ("picamera", {})


def test_a_path_is_an_address_and_becomes_absolute(
    plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mkv"
    film.touch()
    monkeypatch.chdir(tmp_path)
    for address in (str(film), "film.mkv", "./film.mkv", f"../{tmp_path.name}/film.mkv"):
        assert camera_at(plugins, address) == ("file", {"path": str(film)})


def test_a_device_is_v4l2s_and_no_file(plugins: Plugins) -> None:
    with pytest.raises(UsageError, match="device: /dev/video9999 is not there"):
        camera_at(plugins, "/dev/video9999")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://u:planted@h:0/", "url: is not an address"),
        ("RTSP://u:planted@h /x", "percent-encoded, a space as %20"),
        ("rtsp://u:plantedä@h/x", "percent-encoded"),
        ("rtsp://u:planted#1@192.0.2.7/x", "# as %23"),
        ("rtsp://u:planted/1@192.0.2.7/x", "/ as %2F"),
        ("rtsp://u:1234/planted@192.0.2.7/x", "/ as %2F"),
        ("rtsp://u:1234#planted@192.0.2.7/x", "# as %23"),
        ("http://u:1234?planted@192.0.2.7/x", r"\? as %3F"),
        ("rtsp://", "is not an address"),
        ("rtsp://u:planted@", "is not an address"),
        ("rtsp:///path", "is not an address"),
        ("http://h:x/", "is not an address"),
        ("rtsp://[::1/x", "is not an address"),
        ("file:///nonexist", "path: /nonexist is not there"),
        ("/nonexist", "path: /nonexist is not there"),
        ("/", "path: / is not there or is a folder"),
        ("", "no loaded plugin takes it"),
        ("film.mp4", "no loaded plugin takes it, and it is not the path of a file that is there; give file://"),
    ],
)
def test_an_address_that_can_never_open_is_refused_and_not_repeated(
    plugins: Plugins, address: str, message: str
) -> None:
    with pytest.raises(UsageError, match=rf"^camera address: .*{message}") as caught:
        camera_at(plugins, address)
    assert "planted" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "address", ["rtsp://192.0.2.7:554/user@site/1", "rtsp://h/a@b", "rtsp://[fe80::1]:554/a@b", "rtsp://u:p%23@h/x#1"]
)
def test_what_only_looks_like_a_stray_password_is_taken(plugins: Plugins, address: str) -> None:
    assert camera_at(plugins, address).settings == {"url": address}


def test_the_error_lists_every_form(plugins: Plugins) -> None:
    with pytest.raises(UsageError) as wrong:
        camera_at(plugins, "gopher://a:planted@h/")
    for form in ("rtsp://", "rtsps://", "http://", "https://", "file://", "/dev/video*", "/*", "testcard", "picamera"):
        assert form in str(wrong.value)
    assert "planted" not in str(wrong.value)


def test_a_kind_without_a_check_of_its_own_still_needs_a_host(plugins: Plugins) -> None:
    bare = plugins.source("rtsp").__class__(
        name="bare",
        summary="A bare kind.",
        settings=plugins.source("rtsp").settings,
        open=plugins.source("rtsp").open,
        describe=lambda settings: "bare",
        schemes=("bare",),
    )
    with pytest.raises(UsageError, match="no host or port"):
        camera_at(Plugins({"bare": bare}, {"bare": "a test"}), "bare://u:planted@/x")
