"""The kind ``rtsp`` against a real RTSP server: what arrives, what changes, and how it ends."""

from __future__ import annotations

import av
import pytest

from appliance.api import NO_PTS, CameraLost, CameraTime, Packet, Streams, UsageError, split_nals
from appliance.core.clock import SystemClock
from appliance.testing import watch
from tests.peers.clips import RECIPES, clip
from tests.peers.rtsp import RtspServer
from tests.plugins.conftest import Open

pytestmark = pytest.mark.rtsp

QUICK = {"open_seconds": 5.0, "silence_seconds": 0.8}


@pytest.mark.parametrize(
    ("name", "transport", "reader"),
    [
        *((name, "tcp", reader) for reader in ("own", "libav") for name in RECIPES if name != "mjpeg_ulaw"),
        *((name, "udp", reader) for reader in ("own", "libav") for name in ("h264_alaw", "hevc_aac")),
    ],
)
def test_what_the_camera_sends_is_what_comes_out(
    rtsp: RtspServer, open_source: Open, name: str, transport: str, reader: str
) -> None:
    wanted = clip(name)
    source = open_source("rtsp", url=rtsp.url(name), transport=transport, reader=reader)
    seen = watch(source, 1.6)
    source.close()
    assert seen.lost is None
    video = seen.descriptions[0].streams[0]
    assert (video.codec, video.width, video.height) == (wanted.recipe.video, wanted.recipe.width, wanted.recipe.height)
    assert video.time_base == (1, 90_000)
    frames = [list(split_nals(packet.data)) for packet in seen.packets(0)]
    sent = [list(split_nals(unit)) for unit in wanted.video]
    assert len(frames) >= 15
    assert frames == sent[: len(frames)]
    assert [packet.is_key for packet in seen.packets(0)] == [at % wanted.recipe.gop == 0 for at in range(len(frames))]
    if wanted.audio:
        sound = seen.descriptions[0].streams[1]
        assert sound.codec == wanted.recipe.audio
        assert sound.channels in (1, 2)  # Opus always says two in a session description (RFC 7587 section 7)
        begin = wanted.audio.index(seen.packets(1)[0].data)
        heard = [packet.data for packet in seen.packets(1)]
        assert heard == list(wanted.audio[begin : begin + len(heard)])
        assert len(heard) > 10


def test_jpeg_over_rtp_arrives_whole(rtsp: RtspServer, open_source: Open) -> None:
    """RFC 2435 sends no JPEG header, libav makes one anew: the pictures are compared as decoded."""
    seen = watch(open_source("rtsp", url=rtsp.url("mjpeg_ulaw")), 1.2)
    video = seen.descriptions[0].streams[0]
    assert (video.codec, video.width, video.height) == ("mjpeg", 320, 176)
    assert all(packet.is_key for packet in seen.packets(0))
    sent = [_decoded(picture) for picture in clip("mjpeg_ulaw").video[:10]]
    assert [_decoded(packet.data) for packet in seen.packets(0)[:10]] == sent
    assert {packet.data for packet in seen.packets(1)} <= set(clip("mjpeg_ulaw").audio)


def _decoded(picture: bytes) -> bytes:
    decoder = av.CodecContext.create("mjpeg", "r")
    (frame,) = [*decoder.decode(av.Packet(picture)), *decoder.decode(None)]
    return bytes(frame.to_ndarray(format="gray").tobytes())


def test_libav_leaves_the_first_key_frame_without_a_time_and_that_is_kept(rtsp: RtspServer, open_source: Open) -> None:
    packets = watch(open_source("rtsp", url=rtsp.url("h264"), reader="libav"), 2, until=5).packets(0)
    assert packets[0].is_key
    assert packets[0].pts == packets[0].dts == NO_PTS
    assert packets[1].pts != NO_PTS


def test_sound_is_not_even_asked_for_when_it_is_off(rtsp: RtspServer, open_source: Open) -> None:
    seen = watch(open_source("rtsp", url=rtsp.url("h264_aac"), sound=False), 0.5)
    assert [stream.kind for stream in seen.descriptions[0].streams] == ["video"]


@pytest.mark.parametrize("reader", ["own", "libav"])
@pytest.mark.parametrize(("first", "second"), [("h264_aac", "h264_large"), ("hevc_aac", "hevc_large")])
def test_a_change_of_resolution_is_described_and_costs_no_packet(
    open_source: Open, first: str, second: str, reader: str
) -> None:
    with RtspServer({"cam": first}) as server:
        source = open_source("rtsp", url=server.url("cam"), reader=reader)
        before, after = clip(first), clip(second)
        server.command("clip", "cam", str(after.directory))
        seen = watch(source, 5.5)
        source.close()
    assert seen.lost is None
    assert len(seen.descriptions) == 2
    assert (seen.descriptions[1].streams[0].width, seen.descriptions[1].streams[0].height) == (
        after.recipe.width,
        after.recipe.height,
    )
    assert seen.descriptions[0].streams[0].extradata != seen.descriptions[1].streams[0].extradata
    assert seen.descriptions[0].streams[1] == seen.descriptions[1].streams[1]
    at = seen.items.index(seen.descriptions[1])
    following = seen.items[at + 1]
    assert isinstance(following, Packet)
    assert following.is_key
    frames = [list(split_nals(packet.data)) for packet in seen.packets(0)]
    sent = [list(split_nals(unit)) for unit in (*before.video, *after.video)]
    assert frames == sent[: len(frames)]
    assert len(frames) > len(before.video)


def test_a_killed_server_loses_the_camera_at_once(open_source: Open) -> None:
    with RtspServer({"cam": "h264_aac"}) as server:
        source = open_source("rtsp", url=server.url("cam"), **QUICK)
        watch(source, 1, until=10)
        server.kill()
        seen = watch(source, 5)
    assert seen.lost
    assert "ended" in str(seen.lost)
    assert seen.at[-1] < 2


@pytest.mark.alone
@pytest.mark.parametrize("reader", ["own", "libav"])
@pytest.mark.parametrize("how", ["stall", "stall-video", "freeze"])
def test_a_silent_camera_is_lost_within_its_silence(open_source: Open, how: str, reader: str) -> None:
    with RtspServer({"cam": "h264_aac"}) as server:
        source = open_source("rtsp", url=server.url("cam"), reader=reader, **QUICK)
        watch(source, 3, until=40)
        if how == "freeze":
            server.freeze()
        else:
            server.command(how, "cam")
        seen = watch(source, 10)
    assert seen.lost
    assert "no picture for 0.8 s" in str(seen.lost) or "in time" in str(seen.lost)
    quiet_from = (
        max(at for at, item in zip(seen.at, seen.items, strict=True) if _is_picture(item))
        if any(_is_picture(item) for item in seen.items)
        else 0.0
    )
    assert seen.at[-1] - quiet_from < 2.5
    assert seen.longest_wait < 1
    if how != "stall-video":
        assert None in seen.items or seen.longest_wait > 0.5, "a thread that is woken late finds it lost already"


def _is_picture(item: object) -> bool:
    return isinstance(item, Packet) and item.stream == 0


@pytest.mark.alone
def test_a_short_pause_loses_nothing_and_nobody(open_source: Open) -> None:
    with RtspServer({"cam": "h264"}) as server:
        source = open_source("rtsp", url=server.url("cam"), silence_seconds=4.0)
        watch(source, 1, until=5)
        server.freeze()
        paused = watch(source, 1.2)
        server.process.send_signal(18)
        seen = watch(source, 1)
    assert paused.lost is None
    assert seen.lost is None
    assert len(seen.packets(0)) > 20


def test_garbage_in_the_stream_is_handed_on_as_it_is(open_source: Open) -> None:
    with RtspServer({"cam": "h264"}) as server:
        source = open_source("rtsp", url=server.url("cam"))
        watch(source, 1, until=5)
        server.command("garbage", "cam", "10")
        seen = watch(source, 2)
    assert seen.lost is None
    good = {tuple(split_nals(unit)) for unit in clip("h264").video}
    bad = [packet for packet in seen.packets(0) if tuple(split_nals(packet.data)) not in good]
    assert 1 <= len(bad) <= 11
    assert len(seen.packets(0)) > 20


def test_clients_that_are_thrown_out_are_lost(open_source: Open) -> None:
    with RtspServer({"cam": "h264"}) as server:
        source = open_source("rtsp", url=server.url("cam"), **QUICK)
        watch(source, 1, until=5)
        server.command("drop", "cam")
        assert watch(source, 5).lost
        again = open_source("rtsp", url=server.url("cam"), **QUICK)
        assert watch(again, 1, until=5).lost is None


def test_a_wrong_path_and_a_closed_port_are_said_in_plain_words(rtsp: RtspServer, open_source: Open) -> None:
    with pytest.raises(CameraLost, match=r"/nothing: has no such path \(404\)"):
        open_source("rtsp", url=rtsp.url("nothing"))
    with pytest.raises(CameraLost, match=r"127\.0\.0\.1:1/x: refuses the connection"):
        open_source("rtsp", url="rtsp://127.0.0.1:1/x")


@pytest.mark.parametrize("password", ["hunter2-planted", "p:a/s@s? w%ö#planted"])
def test_an_account_opens_and_never_shows(open_source: Open, capfd: pytest.CaptureFixture[str], password: str) -> None:
    with RtspServer({"cam": "h264"}, account=f"recorder:{password}") as server:
        source = open_source("rtsp", url=server.url("cam"), user="recorder", password=password)
        assert watch(source, 2, until=5).lost is None
        source.close()
        with pytest.raises(CameraLost, match=r"user name or password \(401\)") as wrong:
            open_source("rtsp", url=server.url("cam"), user="recorder", password=f"{password}x")
        with pytest.raises(CameraLost) as nothing:
            open_source("rtsp", url=f"rtsp://recorder:planted@127.0.0.1:{server.port}/no?password=planted")
    printed = capfd.readouterr()
    for text in (str(wrong.value), str(nothing.value), printed.out, printed.err):
        assert "planted" not in text


def test_the_longest_account_is_sent_whole_and_a_longer_one_refused(open_source: Open) -> None:
    longest = "p" * (127 - len("recorder:"))
    with RtspServer({"cam": "h264"}, account=f"recorder:{longest}") as server:
        source = open_source("rtsp", url=server.url("cam"), user="recorder", password=longest)
        assert watch(source, 2, until=3).lost is None
        with pytest.raises(UsageError, match="128 bytes") as wrong:
            open_source("rtsp", url=server.url("cam"), user="recorder", password=f"{longest}p")
    assert "ppp" not in str(wrong.value)


def test_the_reader_reads_only_when_asked(open_source: Open) -> None:
    """What lets the core read in paces: between two items nobody takes packets out of the socket."""
    with RtspServer({"cam": "h264"}) as server:
        source = open_source("rtsp", url=server.url("cam"), reader="libav")
        iterator = iter(source)
        assert isinstance(next(iterator), Streams)
        while not (isinstance(item := next(iterator), Packet) and item.pts > 0):
            continue
        ahead = len(source._items)  # type: ignore[attr-defined]
        clock = SystemClock()
        until = clock.boot_ns() + 500_000_000
        while clock.boot_ns() < until:
            pass
        assert len(source._items) <= ahead + 1  # type: ignore[attr-defined]


def test_T_17_a_camera_that_tells_its_time_is_heard(rtsp: RtspServer, open_source: Open) -> None:
    """Its sender reports tie its pictures to its clock, which here is the machine's."""
    source, told, began_ns = open_source("rtsp", url=rtsp.url("h264_aac")), None, SystemClock().wall_ns()
    for item in source:
        if isinstance(item, CameraTime):
            told = item
            break
        assert SystemClock().wall_ns() - began_ns < 20_000_000_000, "no report in 20 s"
    source.close()
    assert told is not None
    assert told.stream == 0
    at_ns = began_ns + told.pts * 1_000_000_000 // 90_000
    assert abs(told.at_ns - at_ns) < 5_000_000_000
