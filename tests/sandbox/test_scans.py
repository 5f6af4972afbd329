"""Scans in a confined child: the good ones are counted and drawn, every bad one is refused in words, and a child that
dies of one harms nobody else."""

from __future__ import annotations

import io
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from PIL import Image

from appliance.core.errors import Broken, Unavailable, UsageError
from appliance.sandbox.client import Viewer
from appliance.sandbox.service import Limits
from tests.sandbox.test_service import Running
from tests.scanfiles import BAD, endless, jpeg, locked, paper, pdf, png, raw_pdf


class Seen(NamedTuple):
    type: str
    pages: int
    first: Image.Image


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = Running(tmp_path_factory.mktemp("darkroom"))
    yield found
    found.stop()


def give(viewer: Viewer, data: bytes) -> None:
    for at in range(0, len(data), 1 << 20):
        viewer.add_scan(data[at : at + (1 << 20)])


def see(running: Running, data: bytes, side: int = 400) -> Seen:
    with running.darkroom.connect() as viewer:
        give(viewer, data)
        kind, pages = viewer.look_at_scan()
        return Seen(kind, pages, Image.open(io.BytesIO(viewer.scan_page(pages, side))))


@pytest.mark.parametrize(
    ("data", "kind", "pages"),
    [
        (pdf(3), "pdf", 3),
        (jpeg(), "jpeg", 1),
        (jpeg(mode="L"), "jpeg", 1),
        (png(), "png", 1),
        (png(mode="1"), "png", 1),
    ],
    ids=["pdf", "jpeg", "grey", "png", "black and white"],
)
def test_a_good_scan_is_known_by_its_content_and_drawn(running: Running, data: bytes, kind: str, pages: int) -> None:
    seen = see(running, data)
    assert (seen.type, seen.pages, seen.first.format) == (kind, pages, "PNG")
    assert max(seen.first.size) == 400
    assert sum(seen.first.convert("L").histogram()[:100]) > 500, "something is written on it"
    assert sum(seen.first.convert("L").histogram()[200:]) > 100_000, "and the paper is white"


def test_sixteen_bits_of_grey_are_not_cut_off_at_eight(running: Running) -> None:
    out = io.BytesIO()
    Image.new("I;16", (100, 100), 40 << 8).save(out, "PNG")
    assert see(running, out.getvalue()).first.getpixel((50, 50)) == 40


def test_a_picture_of_ink_colours_is_drawn_in_light_ones(running: Running) -> None:
    out = io.BytesIO()
    paper().convert("CMYK").save(out, "JPEG")
    assert see(running, out.getvalue()).first.getpixel((5, 5)) == (255, 255, 255)


def test_what_is_shown_carries_pixels_alone(running: Running) -> None:
    out = io.BytesIO()
    hidden = Image.Exif()
    hidden[0x010E] = "24.9,121.5"
    paper().save(out, "JPEG", exif=hidden, comment=b"where it was taken")
    shown = see(running, out.getvalue()).first
    assert not shown.info
    assert not shown.getexif()


def test_a_phone_s_picture_stands_upright(running: Running) -> None:
    out, held = io.BytesIO(), Image.Exif()
    held[0x0112] = 6  # turned a quarter
    paper(size=(877, 620)).save(out, "JPEG", exif=held)
    width, height = see(running, out.getvalue()).first.size
    assert width < height


def test_a_phone_s_second_picture_of_the_same_moment_is_no_bad_thing(running: Running) -> None:
    out = io.BytesIO()
    paper().save(out, "MPO", save_all=True, append_images=[paper("MAP", size=(62, 88))])
    assert see(running, out.getvalue())[:2] == ("jpeg", 1)


def test_what_is_transparent_is_white_as_paper_is(running: Running) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(out, "PNG")
    assert see(running, out.getvalue()).first.getpixel((50, 50)) == (255, 255, 255)


def test_a_link_to_an_address_and_a_text_layer_are_no_harm(running: Running) -> None:
    link = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.org) >> >>"
    text = b"BT /F1 12 Tf 3 Tr 100 700 Td (seen by OCR) Tj ET"
    font = b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text)
    made = raw_pdf(link, stream, page=b"/Annots [10 0 R] /Contents 11 0 R " + font)
    assert see(running, made)[:2] == ("pdf", 1)


@pytest.mark.parametrize("name", BAD)
def test_every_bad_file_is_refused_with_what_is_wrong_and_the_next_step(running: Running, name: str) -> None:
    make, words = BAD[name]
    with running.darkroom.connect() as viewer:
        give(viewer, make())
        with pytest.raises(UsageError, match=words) as refused:
            viewer.look_at_scan()
    assert str(refused.value).startswith("scan: ")
    assert ";" in str(refused.value) or ":" in str(refused.value)[6:], "the next step is missing"


@pytest.mark.parametrize(
    "start", [b"\0a", b"a\0", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\x81", b"a"], ids=lambda start: start.hex()
)
def test_a_pdf_is_known_as_encrypted_by_whatever_codec_its_identifier_is_read(running: Running, start: bytes) -> None:
    """Python loads a codec at its first use; what cannot be loaded in the child left out all that came after it."""
    with running.darkroom.connect() as viewer:
        give(viewer, locked(start.ljust(16, b"a")))
        with pytest.raises(UsageError, match="encrypted"):
            viewer.look_at_scan()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_changed_in_a_file_it_is_drawn_or_refused_in_words(running: Running, seed: int) -> None:
    """A child may end over one, and is then gone alone; it never says anything else."""
    chance = random.Random(seed)
    said: Counter[str] = Counter()
    for good in (pdf(2), jpeg(), png(), raw_pdf(b"<< /A [1 2 (3)] >>")) * 6:
        data = changed(good, chance)
        with running.darkroom.connect() as viewer:
            try:
                give(viewer, data)
                _, pages = viewer.look_at_scan()
                assert viewer.scan_page(pages, 100).startswith(b"\x89PNG")
                said["drawn"] += 1
            except UsageError as error:
                said["refused"] += 1 if str(error).startswith("scan: ") else -99
            except Unavailable:
                assert viewer.lost
                said["ended"] += 1
    assert said["drawn"]
    assert said["refused"] > 0


def changed(good: bytes, chance: random.Random) -> bytes:
    """``good`` with a few bytes overwritten, put in, taken out or copied elsewhere."""
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, how = chance.randrange(len(data)), chance.randrange(4)
        if how == 0:
            data[at] = chance.randrange(256)
        elif how == 1:
            data[at:at] = chance.randbytes(8)
        elif how == 2:
            del data[at : at + chance.randrange(1, 40)]
        else:
            start = chance.randrange(len(data))
            data[at : at + 30] = data[start : start + 30]
    return bytes(data)


def test_no_page_that_there_is_not(running: Running) -> None:
    with running.darkroom.connect() as viewer:
        give(viewer, pdf(2))
        for number in (0, 3, -1):
            with pytest.raises(UsageError, match="there is no page"):
                viewer.scan_page(number, 100)


def test_a_child_takes_no_more_than_a_scan_may_have(running: Running) -> None:
    with running.darkroom.connect() as viewer:
        for _ in range(20):
            viewer.add_scan(bytes(1 << 20))
        with pytest.raises(Broken, match="a scan of over"):
            viewer.add_scan(b"x")


def test_a_child_that_is_killed_over_a_scan_is_alone(running: Running) -> None:
    with running.darkroom.connect() as other:
        give(other, png())
        before = set(running.children())
        with running.darkroom.connect() as viewer:
            give(viewer, pdf())
            (ours,) = set(running.children()) - before
            os.kill(ours, signal.SIGKILL)
            with pytest.raises(Unavailable):
                viewer.look_at_scan()
        assert other.look_at_scan() == ("png", 1)


def test_a_page_that_draws_for_ever_ends_its_child(tmp_path_factory: pytest.TempPathFactory) -> None:
    slow = Running(tmp_path_factory.mktemp("slow"), Limits(request_seconds=5.0))
    try:
        with slow.darkroom.connect() as viewer:
            give(viewer, endless())
            assert viewer.look_at_scan() == ("pdf", 1)
            with pytest.raises(Unavailable):
                viewer.scan_page(1, 400)
            assert viewer.interrupted
    finally:
        slow.stop()
