"""The contract of a kind of camera, as a suite that anyone's plugin can run.

Under pytest, subclass it; ``appliance plugin test NAME`` runs the same checks on an installed plugin::

    from appliance.testing import SourceContract

    class TestLighthouse(SourceContract):
        plugin = "lighthouse"                      # as in the settings file: entry point or built-in module
        kind_name = "lighthouse"
        settings = {"url": "http://127.0.0.1:8080/"}

Checks of the record need no camera. Checks of an open camera use ``settings``; where there are none they try the
record's own example, and are skipped with the reason if that does not open on this machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from appliance.api import (
    AUDIO_CODECS,
    NO_PTS,
    VIDEO_CODECS,
    CameraLost,
    CameraTime,
    Packet,
    Source,
    SourceKind,
    Streams,
    UsageError,
    parameter_sets,
)
from appliance.api.registry import checked_settings, load_plugins
from appliance.core.clock import SystemClock

__all__ = ["HEAVY", "Seen", "SourceContract", "check_packet", "contract_of", "watch"]

HEAVY = ("av", "cv2", "numpy", "picamera2", "gi", "torch")
"""What must not be needed to import a plugin and ask its hooks."""

_SIGN_OF_LIFE_SECONDS = 1.0
_CLOSE_SECONDS = 20.0
_END_SECONDS = 30.0
_PLANTED = "planted-7c1f"
_REFUSING = "127.0.0.1:1/stream"
"""A place where nothing listens."""


def _require(condition: object, message: str) -> None:
    if not condition:
        raise AssertionError(message)


class Seen:
    """What a source gave while it was watched: its items in order, and when they came (seconds)."""

    def __init__(self) -> None:
        self.items: list[Packet | Streams | CameraTime | None] = []
        self.at: list[float] = []
        self.lost: CameraLost | None = None

    @property
    def descriptions(self) -> list[Streams]:
        return [item for item in self.items if isinstance(item, Streams)]

    def packets(self, stream: int) -> list[Packet]:
        return [item for item in self.items if isinstance(item, Packet) and item.stream == stream]

    @property
    def longest_wait(self) -> float:
        return max((after - before for before, after in pairwise([0.0, *self.at])), default=0.0)


def watch(source: Source, seconds: float, *, until: int = 0) -> Seen:
    """Iterates ``source`` for ``seconds`` or until ``until`` items came. A plain end counts as lost, like the core."""
    seen, clock = Seen(), SystemClock()
    start_ns = clock.boot_ns()
    try:
        for item in source:
            seen.items.append(item)
            seen.at.append((clock.boot_ns() - start_ns) / 1e9)
            if seen.at[-1] > seconds or 0 < until <= len(seen.items):
                return seen
    except CameraLost as error:
        seen.lost = error
        return seen
    seen.lost = CameraLost("the iteration ended")
    return seen


class SourceContract:
    """Subclass it and name what is tested; see the module's docstring. Every ``test_`` method is one check.

    ``seconds`` is how long an open camera is watched; it must show a key frame in that time. ``end_camera`` makes a
    camera that was opened go away, if the test can do that.
    """

    plugin: ClassVar[str] = ""
    kind_name: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any] | None] = None
    seconds: ClassVar[float] = 2.0

    def end_camera(self) -> None:
        """Overridden where the test can end the camera it opened."""
        raise unittest.SkipTest("this test has no way to end the camera")

    # What the checks share.

    @property
    def kind(self) -> SourceKind:
        return load_plugins([self.plugin]).source(self.kind_name)

    def open_camera(self) -> Source:
        kind = self.kind
        if self.settings is not None:
            return kind.open(checked_settings(kind, self.settings))
        try:
            return kind.open(checked_settings(kind, kind.example))
        except (CameraLost, UsageError) as error:
            raise unittest.SkipTest(f"its example does not open on this machine ({error})") from error

    @cached_property
    def _watched(self) -> Seen:
        source = self.open_camera()
        try:
            seen = watch(source, self.seconds)
        finally:
            source.close()
        _require(seen.lost is None, f"the camera was lost within {self.seconds} s: {seen.lost}")
        return seen

    def _planted(self, kind: SourceKind) -> list[Mapping[str, Any]]:
        """Settings with recognisable secrets in every place where one can stand, at an address that refuses."""
        base = {**kind.example}
        for setting in kind.settings:
            if setting.secret:
                base[setting.name] = _PLANTED
        out = [base] if any(setting.secret for setting in kind.settings) else []
        for scheme in kind.schemes:
            if scheme != "file":
                plain = {name: value for name, value in kind.example.items() if name not in ("user", "password")}
                address = f"{scheme}://admin:{_PLANTED}@{_REFUSING}?password={_PLANTED}"
                out.append({**base, kind.address_setting: f"{scheme}://{_REFUSING}"})
                out.append({**plain, kind.address_setting: address})
        return [checked_settings(kind, settings) for settings in out]

    # The record.

    def test_it_imports_without_heavy_libraries(self) -> None:
        _require(self.plugin, "name the plugin in the attribute `plugin`")
        blocked = [name for name in HEAVY if name != self.plugin]
        program = (
            f"import sys\nfor name in {blocked!r}: sys.modules[name] = None\n"
            "from appliance.api.registry import load_plugins, checked_settings\n"
            "from appliance.core.errors import CameraLost, UsageError\n"
            f"kind = load_plugins([{self.plugin!r}]).source({self.kind_name!r})\n"
            "try: kind.open(checked_settings(kind, kind.example)).close()\n"
            "except (CameraLost, UsageError) as error: print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        last = done.stderr.strip().splitlines()[-1:] or [""]
        _require(
            done.returncode == 0,
            f"with {', '.join(blocked)} absent, importing, asking the hooks and opening must work or raise UsageError"
            f" or CameraLost; got: {last[0]}",
        )

    def test_its_words_are_sentences(self) -> None:
        kind = self.kind
        for where, text in [(kind.name, kind.summary), *((s.name, s.summary) for s in kind.settings)]:
            _require(text.endswith(".") and len(text) > 10, f"{where}: the summary must be a sentence: {text!r}")
        _require(kind.example or not any(s.required for s in kind.settings), "give an example: a setting is required")

    def test_its_description_holds_no_secret(self) -> None:
        kind = self.kind
        for settings in self._planted(kind):
            _require(_PLANTED not in kind.describe(settings), "describe() repeats a password")
        _require(kind.describe(checked_settings(kind, kind.example)), "describe() says nothing")

    def test_its_errors_hold_no_secret(self) -> None:
        kind = self.kind
        tried = [each for each in self._planted(kind) if _REFUSING in str(each.get(kind.address_setting, ""))]
        if not tried or not kind.network:
            raise unittest.SkipTest("this kind connects to no address")
        for settings in tried:
            try:
                source = kind.open(settings)
            except (CameraLost, UsageError) as error:
                for link in _chain(error):
                    _require(_PLANTED not in str(link), f"an error repeats a password ({type(link).__name__})")
            else:
                source.close()
                raise AssertionError("open() must raise CameraLost where nothing listens")

    # The open camera.

    def test_the_description_comes_first_and_is_sound(self) -> None:
        seen = self._watched
        _require(isinstance(seen.items[0], Streams), f"the first item is {type(seen.items[0]).__name__}, not Streams")
        for description in seen.descriptions:
            _require(description.streams, "a description without a stream")
            for number, stream in enumerate(description.streams):
                known = VIDEO_CODECS if stream.kind == "video" else AUDIO_CODECS
                _require(stream.number == number, f"stream {number} is numbered {stream.number}")
                _require(stream.kind in ("video", "audio"), f"stream kind {stream.kind!r}")
                _require(stream.codec in known, f"codec {stream.codec!r}; known: {', '.join(known)}")
                _require(min(stream.time_base) > 0, f"time base {stream.time_base}")
                _require(isinstance(stream.extradata, bytes), "extradata must be bytes")
            _require(description.streams[0].kind == "video", "stream 0 must be video")

    def test_packets_are_sound(self) -> None:
        seen = self._watched
        streams: Streams | None = None
        last_dts: dict[int, int] = {}
        for item in seen.items:
            if isinstance(item, Streams):
                streams = item
            elif isinstance(item, Packet) and streams:
                check_packet(item, streams, last_dts)
        _require(seen.packets(0), f"no video packet within {self.seconds} s")

    def test_a_key_frame_comes_with_its_parameter_sets(self) -> None:
        seen = self._watched
        video = seen.descriptions[0].streams[0]
        keys = [packet for packet in seen.packets(0) if packet.is_key]
        _require(keys, f"no key frame within {self.seconds} s")
        if video.codec in ("h264", "hevc"):
            _require(
                video.extradata or parameter_sets(video.codec, keys[0].data),
                "neither the description nor the first key frame has parameter sets: nothing could be decoded",
            )

    def test_it_gives_signs_of_life(self) -> None:
        waited = self._watched.longest_wait
        _require(waited <= _SIGN_OF_LIFE_SECONDS, f"nothing, not even None, for {waited:.1f} s; give one every 0.5 s")

    def test_it_can_be_closed_and_opened_again(self) -> None:
        before = set(threading.enumerate())
        clock = SystemClock()
        for _ in range(2):
            source = self.open_camera()
            watch(source, self.seconds, until=3)
            start_ns = clock.boot_ns()
            source.close()
            took = (clock.boot_ns() - start_ns) / 1e9
            _require(took < _CLOSE_SECONDS, f"close() took {took:.0f} s")
        new = [thread for thread in threading.enumerate() if thread not in before]
        for thread in new:
            thread.join(1)  # a peer in this process may need a moment to notice
        left = [thread.name for thread in new if thread.is_alive()]
        _require(not left, f"close() left threads behind: {', '.join(left)}")

    def test_its_end_is_an_error(self) -> None:
        source = self.open_camera()
        try:
            watch(source, self.seconds, until=5)
            self.end_camera()
            seen = watch(source, _END_SECONDS)
        finally:
            source.close()
        _require(seen.lost is not None, f"the camera ended, but the source went on for {_END_SECONDS:g} s")


def check_packet(packet: Packet, streams: Streams, last_dts: dict[int, int]) -> None:
    _require(0 <= packet.stream < len(streams.streams), f"a packet of stream {packet.stream}, which was not described")
    _require(isinstance(packet.data, bytes) and packet.data, "a packet's data must be bytes, and not empty")
    num, den = streams.streams[packet.stream].time_base
    for stamp in (packet.pts, packet.dts, packet.duration):
        _require(type(stamp) is int and NO_PTS <= stamp < -NO_PTS, f"time stamp {stamp!r}")
    if packet.dts != NO_PTS:
        before = last_dts.get(packet.stream, packet.dts)
        _require(packet.dts >= before, f"stream {packet.stream}: dts goes back from {before} to {packet.dts}")
        last_dts[packet.stream] = packet.dts
        if packet.pts != NO_PTS:
            _require(abs(packet.pts - packet.dts) * num < 10 * den, "pts and dts are more than 10 s apart")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def contract_of(plugin: str, kind: str, settings: Mapping[str, Any] | None = None) -> SourceContract:
    """The contract suite for one kind of an installed plugin, outside pytest."""
    name = f"Contract_{kind}"
    made: type[SourceContract] = type(
        name, (SourceContract,), {"plugin": plugin, "kind_name": kind, "settings": settings}
    )
    return made()
