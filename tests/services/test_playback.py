"""Playback: every picture of the granted minutes, none outside them, across buckets, gaps and damage."""

from __future__ import annotations

import functools
import io
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.api import NO_PTS, Packet
from appliance.core.errors import NotFound, NotWritable, Refused, Unavailable, UsageError
from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.rules.cases.masks import Mask, Purpose
from appliance.sandbox.protocol import PictureOrder
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.playback import Media
from tests.sandbox.films import FPS, Film, Shown, film, numbers, probe, read
from tests.services.viewing import NOON_NS, LocalDarkroom, LocalViewer, Office
from tests.vault.ringcases import entered, kinds, write_durably

SECOND_NS = 1_000_000_000
FRAME_NS = SECOND_NS // FPS
START_NS = NOON_NS - 10 * SECOND_NS
"""When the films begin: ten seconds before a slot's border."""


def at(seconds: float) -> int:
    """A moment, in seconds since START_NS."""
    return START_NS + round(seconds * SECOND_NS)


@pytest.fixture
def office() -> Office:
    """Thirty seconds with sound, over the border of a slot."""
    office = Office()
    office.record_film(film(30, sound="aac"), START_NS)
    return office


Responses = list[tuple[Media, bytes]]


def responses(office: Office, grant: Grant, start_ns: int, seconds: float = 10, **more: Any) -> Responses:
    """All responses from ``start_ns`` on, as a player asks for them."""
    out = []
    where: int | None = start_ns
    while where is not None:
        media = office.playback.media(grant, "C1", where, seconds, **more)
        out.append((media, b"".join(media.blocks)))
        where = media.next_ns
        assert len(out) < 100, "it goes in circles"
    return out


def shown_in(found: Responses, origin_ns: int) -> list[tuple[float, int]]:
    """(seconds since START_NS, number) of every picture of these responses, in order."""
    offset = (origin_ns - START_NS) / SECOND_NS
    return [
        (round(time + offset, 3), number) for media, mp4 in found if media.mime for time, number in read(mp4).pictures
    ]


# --- within ---


@pytest.mark.parametrize("seconds", [0.7, 1, 2.5, 10])
def test_all_pictures_are_shown_once_at_their_time_across_the_border_of_buckets(office: Office, seconds: float) -> None:
    grant = office.view(at(2), at(28))
    found = responses(office, grant, at(2), seconds)
    pictures = shown_in(found, at(2))
    assert sorted(set(numbers(pictures))) == list(range(20, 280))
    assert [time for time, _ in pictures] == pytest.approx([number / FPS for _, number in pictures], abs=0.002)
    for (media, mp4), (later, _) in itertools.pairwise(found):
        assert media.next_ns == media.end_ns
        assert media.end_ns - media.start_ns <= 11 * SECOND_NS
        assert later.start_ns <= media.end_ns
        assert probe(mp4) == ""
    if seconds >= 1:
        assert numbers(pictures) == list(range(20, 280)), "and none twice"
        assert all(a.end_ns == b.start_ns for (a, _), (b, _) in itertools.pairwise(found))


@pytest.mark.parametrize("gop", [5, FPS, 3 * FPS, 25 * FPS])
def test_a_short_response_ends_at_the_first_key_frame_half_a_second_on_and_the_next_begins_there(gop: int) -> None:
    """A seek decodes and sends no more than that. With key frames too far apart it ends with the time asked for."""
    office = Office()
    office.record_film(film(30, sound="aac", gop=gop), START_NS)
    grant = office.view(at(0), at(28))
    asked = at(4.25)
    media = office.playback.media(grant, "C1", asked, 10, is_short=True)
    keys = [number / FPS for number in range(0, 300, gop) if number / FPS >= 4.75]
    ends = min([*keys, 14.25])
    assert media.end_ns == media.next_ns == pytest.approx(at(ends), abs=2)
    got = numbers(shown_in([(media, b"".join(media.blocks))], at(0)))
    assert got == list(range(42 // gop * gop, round(ends * FPS + 0.4)))
    (entry,) = entered(office.ledger, "footage.released")
    assert (entry["start_ns"], entry["end_ns"]) == (media.start_ns, media.end_ns), "and no more is said to have left"
    rest = responses(office, grant, media.next_ns or 0)
    assert set(range(round(ends * FPS + 0.4), 280)) <= set(numbers(shown_in(rest, at(0))))
    assert all(probe(mp4) == "" for _, mp4 in rest)


def test_short_responses_end_to_end_show_every_picture_once_with_its_sound(office: Office) -> None:
    grant = office.view(at(2), at(28))
    found = responses(office, grant, at(2), is_short=True)
    assert numbers(shown_in(found, at(2))) == list(range(20, 280))
    starts = [time for _, mp4 in found for time in read(mp4).sound]
    assert max(b - a for a, b in itertools.pairwise(starts)) < 0.13


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_is_converted_begins_with_the_picture_that_stands_at_the_moment_asked_for(codec: str) -> None:
    """Those before it are decoded, within what was released, and stay in the darkroom."""
    office = Office()
    office.record_film(film(12, codec=codec, sound="aac", first=0x5500, gop=2 * FPS), START_NS)
    grant = office.view(at(0), at(12))
    if codec == "h264":
        grant.masks = (_covering(5, 7),)
    media = office.playback.media(grant, "C1", at(5.55), 10, is_short=True)
    pictures = shown_in([(media, b"".join(media.blocks))], at(0))
    masked = codec == "h264"
    expected = [(place / FPS, 0x5500 if masked and place < 70 else 0x5500 + place) for place in range(55, 80)]
    assert pictures == [(pytest.approx(time, abs=0.002), number) for time, number in expected]
    assert media.start_ns == at(5.55), "a player does not miss what it did not ask for"
    (entry,) = entered(office.ledger, "footage.released")
    assert entry["start_ns"] == pytest.approx(at(4), abs=2), "what was decoded for it was released, too"
    assert media.next_ns == pytest.approx(at(8), abs=2)


def test_of_what_is_converted_the_first_two_pictures_come_by_themselves() -> None:
    office = Office()
    office.record_film(film(12, first=0x5500, gop=2 * FPS), START_NS)
    grant = office.view(at(0), at(12))
    grant.masks = (_covering(0, 12),)
    blocks = list(office.playback.media(grant, "C1", at(5.55), 10, is_short=True).blocks)
    counts = [len(read(b"".join(blocks[: count + 1])).pictures) for count in range(len(blocks))]
    assert counts[0] == 2, "the newest waits until it is known how long it lasts"
    assert max(later - count for count, later in itertools.pairwise(counts)) <= 4


def test_where_a_browser_left_a_child_is_there_for_its_next_request(office: Office) -> None:
    grant = office.view(at(2), at(28))
    left = office.playback.media(grant, "C1", at(2), 10)
    next(left.blocks)
    left.blocks.close()  # type: ignore[attr-defined]
    del left
    assert office.darkroom.connected == 2, "the one that was left, and another"
    list(office.playback.media(grant, "C1", at(12), 10).blocks)
    assert office.darkroom.connected == 2


def test_the_sound_goes_on_without_a_hole(office: Office) -> None:
    grant = office.view(at(2), at(28))
    starts = [time for _, mp4 in responses(office, grant, at(2), 4) for time in read(mp4).sound]
    assert starts[0] < 0.07
    assert starts[-1] > 25.8
    assert max(b - a for a, b in itertools.pairwise(starts)) < 0.13


@pytest.mark.parametrize("late", [-0.45, 0.0, 0.45])
def test_sound_that_comes_earlier_or_later_than_its_pictures_is_all_there(late: float) -> None:
    """It then lies in the fragment before or after them, beyond where a response is cut."""
    made = film(12, sound="aac")

    def arrival(packet: Packet) -> int:
        return at(made.seconds(packet) + (late if packet.stream == 1 else 0))

    office = Office()
    office.record_items([made.streams, *sorted(made.packets, key=arrival)], arrival)
    grant = office.view(at(0), at(12))
    found = responses(office, grant, at(0), 3)
    fed = sorted(sample.pts_ns for sample in office.darkroom.fed if sample.stream == 1)
    assert fed == pytest.approx([at(made.seconds(p)) for p in made.packets if p.stream == 1], abs=2)
    starts = [time for _, mp4 in found for time in read(mp4).sound]
    assert max(b - a for a, b in itertools.pairwise(starts)) < 0.13


def _covering(first: float, last: float, camera_no: str = "C1") -> Mask:
    """Over the left half: of a film's numbers the lower eight bits."""
    return Mask(
        number=1, camera_no=camera_no, start_ns=at(first), end_ns=at(last), left=0, top=0, right=500, bottom=1000
    )


def test_T_26_no_picture_that_is_masked_leaves_the_darkroom_as_it_was_taken() -> None:
    """Nothing that a browser does matters: what it gets is covered already."""
    office = Office()
    office.record_film(film(30, sound="aac", first=0x5500), START_NS)
    grant = office.view(at(2), at(28))
    grant.masks = (_covering(7, 14), _covering(0, 30, camera_no="C2"))
    pictures = shown_in(responses(office, grant, at(2), 5), at(2))
    assert [number for time, number in pictures if 7 <= time < 14] == [0x5500] * 70
    assert [number for time, number in pictures if not 7 <= time < 14] == [
        0x5500 + place for place in range(20, 280) if not 70 <= place < 140
    ]
    left_halves = {}
    for second in (6, 9, 13, 15):
        jpeg = office.playback.key(grant, "C1", at(second + 0.5)).jpeg
        left_halves[second] = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))[:, :140].max()
    assert {second for second, brightest in left_halves.items() if brightest < 24} == {9, 13}


@pytest.mark.parametrize(("first", "is_covered"), [(8.0, True), (8.015, True), (8.03, False)])
def test_T_26_a_key_picture_may_be_of_two_moments_and_is_covered_by_either(first: float, is_covered: bool) -> None:
    """The second half of an interlaced one was taken 20 ms later; whether it is one only the darkroom sees."""
    office = Office()
    office.record_film(film(30, first=0x5500), START_NS)
    grant = office.view(at(2), at(28))
    grant.masks = (_covering(first, 14),)
    picture = office.playback.key(grant, "C1", at(8.5))
    assert picture.at_ns == at(8)
    left_half = np.asarray(Image.open(io.BytesIO(picture.jpeg)).convert("L"))[:, :140]
    assert (left_half.max() < 24) == is_covered


def test_who_draws_masks_sees_what_lies_under_them() -> None:
    office = Office()
    office.record_film(film(12, first=0x5500), START_NS)
    grant = office.view(at(0), at(12))
    grant.masks, grant.purpose = (_covering(0, 12),), Purpose.MASKING
    assert numbers(shown_in(responses(office, grant, at(0), 5), at(0))) == list(range(0x5500, 0x5500 + 120))
    as_seen = shown_in(responses(office, grant, at(0), 5, drawn=(_covering(4, 8),)), at(0))
    assert [place for place, (_, number) in enumerate(as_seen) if number != 0x5500 + place] == list(range(40, 80))


def test_nothing_before_or_after_the_granted_minutes_leaves(office: Office) -> None:
    """Edges between key frames: the first key frame inside is the beginning, the last picture inside the end."""
    span = Span(at(4.25), at(7.77))
    grant = office.view(span.start_ns, span.end_ns)
    found = responses(office, grant, span.start_ns)
    assert numbers(shown_in(found, span.start_ns)) == list(range(50, 78)), "4.25 to 5 has no key frame to begin with"
    assert found[0][0].start_ns == pytest.approx(at(5), abs=2)
    assert found[-1][0].end_ns == span.end_ns
    assert found[-1][0].next_ns is None
    sound = office.darkroom.fed
    assert all(span.start_ns <= sample.pts_ns < span.end_ns for sample in sound)
    assert all(sample.pts_ns + sample.duration_ns <= span.end_ns for sample in sound if sample.stream == 1)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_whatever_is_granted_and_asked_only_granted_pictures_leave_and_all_of_them_can(data: st.DataObject) -> None:
    office = OFFICE
    start = data.draw(st.integers(-3000, 31000), label="grant from, ms")
    length = data.draw(st.integers(1, 20000), label="grant length, ms")
    span = Span(START_NS + start * 1_000_000, START_NS + (start + length) * 1_000_000)
    grant = office.view(span.start_ns, span.end_ns)
    where = span.start_ns + data.draw(st.integers(0, length * 1_000_000 - 1), label="asked at")
    seconds = data.draw(st.floats(0.3, 10), label="seconds")
    office.darkroom.fed.clear()
    found = responses(office, grant, where, seconds)
    assert all(span.holds(sample.pts_ns) for sample in office.darkroom.fed)
    released = grant.released.get("C1", [])
    assert all(any(part.holds(sample.pts_ns) for part in released) for sample in office.darkroom.fed)
    pictures = set(numbers(shown_in(found, span.start_ns)))
    taken = {number for number in range(300) if span.holds(START_NS + number * FRAME_NS)}
    first_key = min((number for number in taken if number % FPS == 0), default=300)
    expected = {number for number in taken if number >= first_key and START_NS + number * FRAME_NS >= where}
    assert expected <= pictures
    assert pictures <= {number for number in taken if number >= first_key}
    office.grants.end(office.token, grant.grant_id)


OFFICE = Office()
OFFICE.record_film(film(30, sound="aac"), START_NS)


def test_packets_are_the_rings_own_bit_by_bit() -> None:
    office = Office()
    made = film(12, sound="aac")
    taken = office.record_film(made, START_NS)
    grant = office.view(at(0), at(13))
    responses(office, grant, at(0))
    fed = {sample.data for sample in office.darkroom.fed}
    recorded = [packet.data for packets in taken.packets.values() for packet in packets]
    assert recorded == [packet.data for packet in made.packets]
    assert fed == set(recorded)


def test_footage_of_an_open_bucket_is_shown_up_to_what_is_durable() -> None:
    office = Office()
    office.record_film(film(12), NOON_NS, close=False)
    grant = office.view(NOON_NS, NOON_NS + 12 * SECOND_NS)
    assert numbers(shown_in(responses(office, grant, NOON_NS), NOON_NS)) == list(range(120))


# --- gaps, changes, damage ---


def gapped(*films: tuple[Film, float]) -> Office:
    office = Office()
    for made, seconds in films:
        office.record_film(made, at(seconds))
    return office


def test_a_gap_ends_a_response_which_says_where_footage_resumes() -> None:
    office = gapped((film(5), 0), (film(5, first=100), 8))
    grant = office.view(at(0), at(20))
    found = responses(office, grant, at(0))
    assert [(media.start_ns, media.end_ns) for media, _ in found] == [
        (at(0), pytest.approx(at(5), abs=2)),
        (at(8), pytest.approx(at(13), abs=2)),
    ]
    assert [media.next_ns for media, _ in found] == [at(8), None]
    assert numbers(shown_in(found, at(0))) == [*range(50), *range(100, 150)]
    timeline = office.playback.timeline(grant)["C1"]
    assert [span.start_ns for span in timeline.spans] == [at(0), at(8)]
    gap = timeline.gaps[0]
    assert (gap.start_ns, gap.end_ns) == (pytest.approx(at(5), abs=2), at(8))


def test_a_hairline_between_two_segments_is_no_gap() -> None:
    """From the last frame of one to the first of the next may be a moment more than a frame lasts."""
    office = gapped((film(5), 0), (film(5, first=50), 5.3))
    grant = office.view(at(0), at(10.3))
    timeline = office.playback.timeline(grant)["C1"]
    assert timeline.spans == [Span(at(0), at(10.3))]
    assert timeline.gaps == []
    (one,) = responses(office, grant, at(0.0), 10)[:1]
    assert one[0].end_ns > at(9), "and it is played through"
    assert probe(one[1]) == ""


@pytest.mark.parametrize("seconds", [0.375, 0.7, 1.3])
def test_the_last_fragment_before_a_gap_or_the_end_is_shown_whole(seconds: float) -> None:
    """A request may end within it; the rest of it still comes with the next one."""
    office = gapped((film(4.8), 0), (film(4.8, first=80), 8))
    grant = office.view(at(0), at(20))
    pictures = shown_in(responses(office, grant, at(0), seconds), at(0))
    assert sorted(set(numbers(pictures))) == [*range(48), *range(80, 128)]


@pytest.mark.parametrize("asked", [5.5, 7.99])
def test_in_a_gap_nothing_is_released_but_the_way_on_is_said(asked: float) -> None:
    office = gapped((film(5), 0), (film(5), 8))
    grant = office.view(at(0), at(20))
    media = office.playback.media(grant, "C1", at(asked), 0.005)
    assert (media.start_ns, media.end_ns, media.mime, media.next_ns) == (at(asked), at(asked), "", at(8))
    assert list(media.blocks) == []
    assert entered(office.ledger, "footage.released") == []
    media = office.playback.media(grant, "C1", at(asked), 10)
    assert media.start_ns == at(8), "a request that reaches over the gap begins after it"
    assert office.playback.media(grant, "C1", at(14), 5).next_ns is None


def test_other_streams_end_a_response_and_the_next_one_has_its_own_description() -> None:
    office = Office()
    small, large = film(5), film(5, first=50, width=640)
    packets = [packet._replace(pts=packet.pts + 450_000, dts=packet.dts + 450_000) for packet in large.packets]
    described = large.streams.streams[0]._replace(extradata=b"\0\0\0\1\x67 another")
    items = [small.streams, *small.packets, large.streams._replace(streams=(described,)), *packets]
    office.record_items(items, lambda packet: START_NS + packet.pts * 100_000 // 9)
    grant = office.view(at(0), at(10))
    found = responses(office, grant, at(0))
    assert [read(mp4).size for _, mp4 in found] == [(320, 180), (640, 180)]
    assert numbers(shown_in(found, at(0))) == list(range(100))
    assert found[0][0].end_ns == found[1][0].start_ns, "no time is lost between"


def test_a_reconnect_with_the_same_streams_is_crossed_without_a_seam() -> None:
    office = Office()
    made = film(10)
    half = len(made.packets) // 2
    office.record_items(
        [made.streams, *made.packets[:half], made.streams, *made.packets[half:]],
        lambda packet: START_NS + packet.pts * 100_000 // 9,
    )
    grant = office.view(at(0), at(10))
    (one,) = responses(office, grant, at(0))
    assert numbers(shown_in([one], at(0))) == list(range(100))


def test_long_stretches_between_key_frames_are_played_through() -> None:
    """A sparing camera: a key frame in 25 s. Each response goes back to it, within what is granted."""
    office = gapped((film(40, gop=250), 0))
    grant = office.view(at(0), at(40))
    found = responses(office, grant, at(0))
    assert set(numbers(shown_in(found, at(0)))) == set(range(400))
    assert found[1][0].start_ns == at(0)
    assert found[1][0].end_ns == at(20)


def test_a_key_frame_two_minutes_back_and_in_the_bucket_before_is_reached() -> None:
    office = gapped((film(160, gop=5000), 0))
    grant = office.view(at(0), at(160))
    media = office.playback.media(grant, "C1", at(150), 5)
    pictures = shown_in([(media, b"".join(media.blocks))], at(0))
    assert set(range(1500, 1550)) <= set(numbers(pictures))
    assert office.playback.key(grant, "C1", at(150)).at_ns == at(0)


def test_a_picture_each_five_seconds_is_played_as_one() -> None:
    made = film(2, gop=5)
    packets = [packet._replace(pts=packet.pts * 50, dts=packet.dts * 50, duration=0) for packet in made.packets]
    office = Office()
    office.record_items([made.streams, *packets], lambda packet: START_NS + packet.pts * 100_000 // 9)
    grant = office.view(at(0), at(100))
    found = responses(office, grant, at(0))
    assert set(numbers(shown_in(found, at(0)))) == set(range(20))


def test_pictures_out_of_order_survive_every_border() -> None:
    office = gapped((film(30, b_frames=2), 0))
    grant = office.view(at(0), at(30))
    found = responses(office, grant, at(0), 3)
    assert numbers(shown_in(found, at(0))) == list(range(300))
    assert all(probe(mp4) == "" for _, mp4 in found)


def test_missing_time_stamps_are_filled_in() -> None:
    """As an RTSP camera's first packet: no stamp at all; then one without pts, one without dts."""
    office = Office()
    made = film(4)
    packets: list[Packet] = list(made.packets)
    packets[0] = packets[0]._replace(pts=NO_PTS, dts=NO_PTS)
    packets[5] = packets[5]._replace(pts=NO_PTS)
    packets[7] = packets[7]._replace(dts=NO_PTS)
    arrivals = {id(packet): START_NS + index * FRAME_NS for index, packet in enumerate(packets)}
    office.record_items([made.streams, *packets], lambda packet: arrivals[id(packet)])
    grant = office.view(at(-1), at(5))
    pictures = shown_in(responses(office, grant, at(-1)), at(-1))
    assert numbers(pictures) == list(range(40))
    assert [time for time, _ in pictures] == pytest.approx([n / FPS for n in range(40)], abs=0.11)


@pytest.mark.parametrize("codec", ["hevc", "mjpeg"])
def test_what_the_browser_does_not_play_is_converted(codec: str) -> None:
    office = gapped((film(6, codec=codec, sound="pcm_alaw"), 0))
    grant = office.view(at(0), at(6))
    ((media, mp4),) = responses(office, grant, at(0))
    assert media.mime.startswith('video/mp4; codecs="avc1.')
    assert media.mime.endswith('mp4a.40.2"')
    shown = read(mp4)
    assert numbers(shown.pictures) == list(range(60))
    assert shown.sound[-1] > 5.8


def test_a_damaged_fragment_costs_its_pictures_up_to_the_next_key_frame_and_is_told() -> None:
    office = gapped((film(9), 0))
    (stretch,) = office.ring.find("C1", Span(0, 1 << 62))
    path = office.shelves.ring_path(stretch.bucket_id, 0)
    office.fs.flip(path, office.fs.size(path) * 4)  # type: ignore[attr-defined]
    grant = office.view(at(0), at(9))
    found = responses(office, grant, at(0))
    shown = numbers(shown_in(found, at(0)))
    lost = sorted(set(range(90)) - set(shown))
    assert 0 < len(lost) <= FPS
    assert (lost[-1] + 1) % FPS == 0
    assert len(office.damage) == 1
    assert stretch.bucket_id in office.damage[0]
    timeline = office.playback.timeline(grant)["C1"]
    (gap,) = timeline.gaps
    assert gap.cause == "damaged"
    assert (gap.start_ns, gap.end_ns) == pytest.approx((at(lost[0] / FPS), at((lost[-1] + 1) / FPS)), abs=2_000_000)
    assert [gap.start_ns, gap.end_ns] == [timeline.spans[0].end_ns, timeline.spans[1].start_ns]


def test_a_segment_that_is_not_what_was_sealed_is_left_out_and_told() -> None:
    office = gapped((film(5), 0), (film(5), 20))
    stretch = office.ring.find("C1", Span(0, 1 << 62))[0]
    office.fs.flip(office.shelves.ring_path(stretch.bucket_id, 0), 20 * 8)  # type: ignore[attr-defined]
    grant = office.view(at(0), at(30))
    media = office.playback.media(grant, "C1", at(0), 10)
    assert (media.mime, media.next_ns) == ("", at(20))
    assert len(office.damage) == 1
    timeline = office.playback.timeline(grant)["C1"]
    assert [span.start_ns for span in timeline.spans] == [at(20)]
    assert timeline.gaps[0].cause == "damaged"
    assert timeline.gaps[0].start_ns == at(0)


def test_a_segment_that_lost_power_before_its_first_sync_is_no_damage() -> None:
    office = Office()
    taken = office.record_film(film(5), START_NS, close=False)
    write_durably(office.fs, taken.buckets[-1], 1, b"")
    office.recovery.at_hello([], at(30))
    found = responses(office, office.view(at(0), at(20)), at(0))
    assert numbers(shown_in(found, at(0))) == list(range(5 * FPS))
    assert office.damage == []


# --- entries ---


def test_one_second_past_the_approved_end_is_impossible(office: Office) -> None:
    """AT-40, and it is entered."""
    grant = office.view(at(2), at(12))
    for moment in (at(12), at(13), at(1.999), at(500)):
        with pytest.raises(Refused):
            office.playback.media(grant, "C1", moment, 1)
        with pytest.raises(Refused):
            office.playback.key(grant, "C1", moment)
    with pytest.raises(Refused):
        office.playback.media(grant, "C2", at(5), 1)
    assert office.darkroom.fed == []
    assert "footage.released" not in kinds(office.ledger)
    assert [each["start_ns"] for each in entered(office.ledger, "grant.refused")][:2] == [at(12), at(12)]


def test_each_response_is_entered_with_its_exact_span_and_buckets(office: Office) -> None:
    grant = office.view(at(8.5), at(13))
    for seconds in (3, 3, 2):
        media = office.playback.media(grant, "C1", at(9), seconds)
        entry = entered(office.ledger, "footage.released")[-1]
        assert (entry["start_ns"], entry["end_ns"]) == (media.start_ns, media.end_ns)
        assert (entry["grant"], entry["camera_no"], entry["what"]) == (grant.grant_id, "C1", "media")
        assert entry["buckets"] == sorted(grant.keys)
        list(media.blocks)
    assert len(entered(office.ledger, "footage.released")) == 3, "the same span again is an entry again"


def test_no_entry_no_picture(office: Office) -> None:
    grant = office.view(at(2), at(12))
    office.fs.fail(1, lasting=True)  # type: ignore[attr-defined]
    with pytest.raises(NotWritable):
        office.playback.media(grant, "C1", at(2), 5)
    with pytest.raises(NotWritable):
        office.playback.key(grant, "C1", at(2))
    assert office.darkroom.fed == []
    assert office.darkroom.connected == 0


def test_a_grant_that_ends_stops_a_response_under_way(office: Office) -> None:
    grant = office.view(at(0), at(28))
    media = office.playback.media(grant, "C1", at(0), 10)
    next(media.blocks)
    next(media.blocks)
    office.grants.end(office.token, grant.grant_id)
    with pytest.raises(NotFound):
        list(media.blocks)
    for attempt in (
        lambda: office.playback.media(grant, "C1", at(0), 1),
        lambda: office.playback.key(grant, "C1", at(0)),
        lambda: office.playback.timeline(grant),
        lambda: office.playback.shown(grant, [("C1", Span(at(0), at(1)))]),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_darkroom_children_are_used_again_and_go_with_the_grant(office: Office) -> None:
    grant = office.view(at(0), at(28))
    responses(office, grant, at(0), 3)
    office.playback.key(grant, "C1", at(3))
    assert office.darkroom.connected == 1
    media = office.playback.media(grant, "C1", at(0), 10)
    media.blocks.close()  # type: ignore[attr-defined]
    office.playback.key(grant, "C1", at(3))
    assert office.darkroom.connected == 2, "one whose response was broken off is not used again"


class _Interrupted:
    """A darkroom that is ended by its first ``times`` requests, whatever they are."""

    def __init__(self, times: int) -> None:
        self.times, self.local = times, LocalDarkroom()

    def connect(self) -> Any:
        viewer = self.local.connect()
        if self.times > 0:
            self.times -= 1
            viewer.push = functools.partial(self._end, viewer)  # type: ignore[method-assign]
        return viewer

    @staticmethod
    def _end(viewer: Any, samples: object) -> None:
        viewer.lost = viewer.interrupted = True
        raise Unavailable.of("interrupted")


def test_an_interrupted_darkroom_is_tried_once_more_by_itself() -> None:
    office = Office(darkroom=_Interrupted(1))
    office.record_film(film(5), START_NS)
    grant = office.view(at(0), at(5))
    assert numbers(shown_in(responses(office, grant, at(0)), at(0))) == list(range(50))
    assert office.darkroom.local.connected == 2
    assert len(entered(office.ledger, "footage.released")) == 1


def test_a_stretch_that_interrupts_the_darkroom_twice_says_that_and_does_not_blame_the_footage() -> None:
    office = Office(darkroom=_Interrupted(9))
    office.record_film(film(5), START_NS)
    with pytest.raises(Unavailable, match="interrupted over this stretch; ask again"):
        office.playback.media(office.view(at(0), at(5)), "C1", at(0), 5)
    assert office.darkroom.local.connected == 2


@pytest.mark.parametrize("seconds", [0, -1, 10.5, float("nan")])
def test_a_response_covers_at_most_ten_seconds(office: Office, seconds: float) -> None:
    grant = office.view(at(0), at(28))
    with pytest.raises(UsageError):
        office.playback.media(grant, "C1", at(0), seconds)


# --- key pictures ---


def test_a_key_picture_is_the_key_frame_at_or_before(office: Office) -> None:
    grant = office.view(at(2), at(28))
    for moment, number in ((5.0001, 50), (5.99, 50), (2.0, 20), (2.5, 20), (10.0001, 100)):
        picture = office.playback.key(grant, "C1", at(moment), width=160)
        assert (picture.at_ns - START_NS) / FRAME_NS == pytest.approx(number, abs=1e-6)
        with av.open(io.BytesIO(picture.jpeg)) as jpeg:
            (frame,) = jpeg.decode(video=0)
        assert (frame.width, frame.height) == (160, 90)
        grey = frame.to_ndarray(format="gray")[45]
        assert sum(1 << bit for bit in range(16) if grey[bit * 10 + 5] > 125) == number


def test_a_key_picture_never_lies_before_the_granted_minutes(office: Office) -> None:
    grant = office.view(at(4.5), at(28))
    assert office.playback.key(grant, "C1", at(4.6)).at_ns == pytest.approx(at(5), abs=2)
    with pytest.raises(NotFound):
        office.playback.key(office.view(at(4.2), at(4.8)), "C1", at(4.5))


def test_key_pictures_of_what_is_released_need_no_further_entry(office: Office) -> None:
    grant = office.view(at(0.5), at(28))
    for tenth in range(10, 275, 3):
        office.playback.key(grant, "C1", at(tenth / 10))
    found = entered(office.ledger, "footage.released")
    assert [each["what"] for each in found] == ["pictures"] * 3
    assert all(each["end_ns"] - each["start_ns"] <= 10 * SECOND_NS for each in found)
    assert all(each["start_ns"] >= at(0.5) and each["end_ns"] <= at(28) for each in found)
    list(office.playback.media(grant, "C1", at(2), 3).blocks)
    assert entered(office.ledger, "footage.released")[-1]["what"] == "media", "footage is always an entry of its own"


# --- what was shown ---


def test_what_was_shown_is_entered_and_lies_in_what_was_released(office: Office) -> None:
    grant = office.view(at(0), at(28))
    list(office.playback.media(grant, "C1", at(0), 5).blocks)
    list(office.playback.media(grant, "C1", at(5), 5).blocks)
    office.playback.shown(grant, [("C1", Span(at(1), at(9))), ("C1", Span(at(3), at(4)))])
    (entry,) = entered(office.ledger, "footage.shown")
    assert entry["grant"] == grant.grant_id
    assert [(each["start_ns"], each["end_ns"]) for each in entry["spans"]] == [(at(1), at(9)), (at(3), at(4))]
    released_end = grant.released["C1"][0].end_ns
    office.playback.shown(grant, [("C1", Span(at(9), released_end + 50_000_000))])
    assert entered(office.ledger, "footage.shown")[-1]["spans"][0]["end_ns"] == released_end, "a player's rounding"


@pytest.mark.parametrize(
    ("camera_no", "start", "end"), [("C1", 1, 11), ("C1", 12, 13), ("C2", 1, 2), ("C1", 9.8, 10.3), ("C1", 0.5, 2)]
)
def test_a_report_of_more_than_was_released_is_refused_and_entered(
    office: Office, camera_no: str, start: float, end: float
) -> None:
    grant = office.view(at(0), at(28))
    list(office.playback.media(grant, "C1", at(1), 9).blocks)
    with pytest.raises(Refused):
        office.playback.shown(grant, [("C1", Span(at(1), at(2))), (camera_no, Span(at(start), at(end)))])
    assert entered(office.ledger, "footage.shown") == []
    assert entered(office.ledger, "grant.refused")[-1]["why"] == coded("shown-too-much").as_map()


def test_an_empty_or_an_endless_report_is_none(office: Office) -> None:
    grant = office.view(at(0), at(28))
    for spans in ([], [("C1", Span(at(0), at(1)))] * 101):
        with pytest.raises(UsageError):
            office.playback.shown(grant, spans)


def test_several_cameras_are_independent() -> None:
    office = Office()
    office.record_film(film(5), START_NS)
    office.record_film(film(5, first=200), START_NS, camera_no="C2")
    grant = office.view(at(0), at(5), "C1", "C2")
    shown: dict[str, Shown] = {}
    for camera_no in ("C1", "C2"):
        media = office.playback.media(grant, camera_no, at(0), 10)
        shown[camera_no] = read(b"".join(media.blocks))
    assert numbers(shown["C1"].pictures) == list(range(50))
    assert numbers(shown["C2"].pictures) == list(range(200, 250))


class _AllAtOnce(LocalDarkroom):
    """Each picture waits until so many are being drawn. ``viewers``: all that were connected."""

    def __init__(self, many: int) -> None:
        super().__init__()
        self.viewers: list[LocalViewer] = []
        self._barrier = threading.Barrier(many)

    def connect(self) -> LocalViewer:
        viewer = super().connect()
        self.viewers.append(viewer)
        draw = viewer.picture

        def picture(order: PictureOrder, key: bytes) -> bytes:
            self._barrier.wait(timeout=60)
            return draw(order, key)

        viewer.picture = picture  # type: ignore[method-assign]
        return viewer


def test_a_flood_of_previews_keeps_no_more_children_than_a_viewing_has_cameras() -> None:
    """The darkroom has children for all viewings; what one keeps idle, no other gets."""
    many = 40
    darkroom = _AllAtOnce(many)
    office = Office(darkroom=darkroom)
    office.record_film(film(30), START_NS)
    grant = office.view(at(0), at(30))
    with ThreadPoolExecutor(many) as threads:
        pictures = list(threads.map(lambda index: office.playback.key(grant, "C1", at(index % 30)), range(many)))
    assert len(pictures) == len(darkroom.viewers) == many
    assert sum(not viewer.lost for viewer in darkroom.viewers) == 9
    found = entered(office.ledger, "footage.released")
    assert len(found) <= 4, "one entry for ten seconds, however many are asked for"
    office.grants.end(office.token, grant.grant_id)
    assert all(viewer.lost for viewer in darkroom.viewers)
