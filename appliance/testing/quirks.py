"""What a kind of camera makes of cameras that do one thing oddly, as a suite that anyone's plugin can run.

Under pytest, subclass it; ``appliance plugin test NAME`` runs the same checks on each kind that takes ``rtsp://`` or
``http://``::

    from appliance.testing.quirks import QuirkContract

    class TestQuirks(QuirkContract):
        plugin = "lighthouse"
        kind_name = "lighthouse"
        speaks = "rtsp"                            # or mjpeg, or jpeg: see scripted_camera.SPEAKS
"""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from appliance.api import CameraLost, Packet, SourceKind, Streams, SystemClock, UsageError, length_size, split_nals
from appliance.api.registry import checked_settings, load_plugins
from appliance.testing import Seen, check_packet, watch
from appliance.testing.scripted_camera import QUIRKS, SIZES, ScriptedCamera

__all__ = ["QuirkContract", "quirks_of"]

_SECONDS = 4.0
"""How long a camera is watched that sends 15 pictures a second."""
_LATE_SECONDS = 14.0
_LOST_SECONDS = 45.0
"""So long a camera may be silent before it must be lost: it is opened again then, and its gap has its cause."""
_SIGN_SECONDS = 1.0


def _require(condition: object, message: str) -> None:
    if not condition:
        raise AssertionError(message)


class QuirkContract:
    """Subclass it and name what is tested; see the module's docstring. Every ``test_`` method is one check.

    ``settings`` are those besides the address. A kind for which ``speaks`` is not given is tried by its scheme, and its
    checks are skipped if it cannot read even a camera without a quirk.
    """

    plugin: ClassVar[str] = ""
    kind_name: ClassVar[str] = ""
    speaks: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any]] = {}

    @property
    def kind(self) -> SourceKind:
        return load_plugins([self.plugin]).source(self.kind_name)

    def settings_for(self, url: str) -> Mapping[str, Any]:
        """The settings by which the camera at ``url`` is opened; overridden where an address alone does not do."""
        return {**self.settings, self.kind.address_setting: url}

    def _speaks(self) -> str:
        guessed = {"rtsp": "rtsp", "http": "mjpeg"}
        found = self.speaks or next((guessed[each] for each in self.kind.schemes if each in guessed), "")
        if not found:
            raise unittest.SkipTest("this kind takes neither rtsp:// nor http://; name what it speaks, if it does")
        return found

    def _needs_stream(self) -> None:
        if self._speaks() == "jpeg":
            raise unittest.SkipTest("a camera of single pictures has no stream")

    def _watched(self, quirk: str, seconds: float = _SECONDS) -> tuple[Seen, list[bytes]]:
        """What came of a camera with a quirk, and what it sent. Each item is sound, each picture one that was sent."""
        with self._open(quirk) as (camera, source):
            seen = watch(source, seconds)
            sent = list(camera.sent)
        _check_items(seen, sent)
        return seen, sent

    @contextlib.contextmanager
    def _open(self, quirk: str) -> Iterator[tuple[ScriptedCamera, Any]]:
        speaks = self._speaks()
        if not self.speaks:
            self._read_plain(speaks)
        kind = self.kind
        with ScriptedCamera(speaks, quirk) as camera:
            try:
                source = kind.open(checked_settings(kind, self.settings_for(camera.url)))
            except CameraLost as error:
                raise AssertionError(f"a camera that {QUIRKS[quirk]} cannot be opened: {error}") from error
            try:
                yield camera, source
            finally:
                source.close()

    def _read_plain(self, speaks: str) -> None:
        kind = self.kind
        with ScriptedCamera(speaks) as camera:
            try:
                source = kind.open(checked_settings(kind, self.settings_for(camera.url)))
            except (CameraLost, UsageError) as error:
                raise unittest.SkipTest(f"it does not open a camera that speaks {speaks} ({error})") from error
            try:
                seen = watch(source, _SECONDS, until=6)
            finally:
                source.close()
        if not seen.packets(0):
            raise unittest.SkipTest(f"it reads no picture of a camera that speaks {speaks} ({seen.lost})")

    # The checks.

    def test_a_plain_camera_is_recorded(self) -> None:
        seen, sent = self._watched("")
        _require(seen.lost is None, f"the camera was lost: {seen.lost}")
        _whole(seen, sent)

    def test_a_silent_camera_is_lost_and_signs_of_life_are_given_meanwhile(self) -> None:
        self._needs_stream()
        clock = SystemClock()
        with self._open("silent") as (camera, source):
            start_ns = clock.boot_ns()
            seen = watch(source, _LOST_SECONDS)
            ended = (clock.boot_ns() - start_ns) / 1e9
            _check_items(seen, list(camera.sent))
        _require(seen.lost is not None, f"it sent nothing for {_LOST_SECONDS:g} s and was not lost")
        waited = max(seen.longest_wait, ended - (seen.at[-1] if seen.at else 0.0))
        _require(waited <= _SIGN_SECONDS, f"nothing, not even None, for {waited:.1f} s while the camera was silent")

    def test_a_stream_that_ends_is_a_loss(self) -> None:
        self._needs_stream()
        seen, sent = self._watched("ends", _LOST_SECONDS)
        _require(seen.lost is not None, "the camera ended the connection and was not lost")
        came = len(seen.packets(0))
        _require(came >= len(sent) - 2, f"of {len(sent)} pictures that it sent before it ended, {came} came out")

    def test_another_size_midway_is_described_before_its_first_picture(self) -> None:
        seen, sent = self._watched("another-size")
        _require(seen.lost is None, f"the camera was lost: {seen.lost}")
        _whole(seen, sent)
        described = [(each.streams[0].width, each.streams[0].height) for each in seen.descriptions]
        _require(described[:1] == [SIZES[0]] and described[-1] == SIZES[1], f"sizes that were described: {described}")

    def test_time_stamps_that_jump_do_not_go_back(self) -> None:
        """That they do not is what every item is checked for; a camera whose time cannot be followed may be lost."""
        self._needs_stream()
        seen, sent = self._watched("time-jumps")
        if seen.lost is None:
            _whole(seen, sent)
        _require(len(seen.packets(0)) >= 15, "nothing came, though all was well before the jump")

    def test_stray_bytes_are_never_handed_on(self) -> None:
        """That each picture is one that was sent is checked for every item; passing over them is better than a loss."""
        self._needs_stream()
        seen, sent = self._watched("stray-bytes")
        if seen.lost is None:
            _whole(seen, sent)
        _require(seen.items, "neither a picture nor a sign of life")

    def test_a_late_first_picture_is_waited_for(self) -> None:
        self._needs_stream()
        seen, _ = self._watched("late-first-picture", _LATE_SECONDS)
        _require(seen.packets(0), f"the first picture came after 5.5 s; the camera was lost before: {seen.lost}")


def _check_items(seen: Seen, sent: list[bytes]) -> None:
    known = {_units(picture, 0) for picture in sent}
    streams: Streams | None = None
    last_dts: dict[int, int] = {}
    for item in seen.items:
        if isinstance(item, Streams):
            streams = item
        elif isinstance(item, Packet):
            _require(streams, "a packet came before any description")
            if streams is None:
                return
            check_packet(item, streams, last_dts)
            if item.stream == 0:
                video = streams.streams[0]
                units = _units(item.data, length_size(video.codec, video.extradata))
                _require(item.is_corrupt or units in known, "a picture came out that the camera did not send")


def _units(picture: bytes, length_bytes: int) -> tuple[bytes, ...]:
    """What makes the picture: of H.264 its slices, however parameter sets and delimiters travel; else all of it."""
    if picture.startswith(b"\xff\xd8"):
        return (picture,)
    return tuple(unit for unit in split_nals(picture, length_bytes) if unit[0] & 0x1F in (1, 5))


def _whole(seen: Seen, sent: list[bytes]) -> None:
    came, least = len(seen.packets(0)), max(15, len(sent) - 20)
    _require(came >= least, f"of {len(sent)} pictures that it sent, {came} came out")


def quirks_of(plugin: str, kind: str, settings: Mapping[str, Any] | None = None) -> QuirkContract:
    """The suite for one kind of an installed plugin, outside pytest. ``settings``: besides the address."""
    attributes = {"plugin": plugin, "kind_name": kind, "settings": settings or {}}
    made: type[QuirkContract] = type(f"Quirks_{kind}", (QuirkContract,), attributes)
    return made()
