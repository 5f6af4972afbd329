"""Sound in RTP: G.711, L16, G.726 and Opus as they are (RFC 3551, 7587), AAC as RFC 3640 and RFC 6416 say."""

from __future__ import annotations

from collections.abc import Iterator

from tests.quirks.script import Part, SoundWay

__all__ = ["aac_hbr", "latm", "plain", "sound_way"]


def sound_way(codec: str) -> SoundWay:
    return aac_hbr if codec == "aac" else plain


def plain(frames: list[bytes], number: int, ticks: int) -> Iterator[Part]:
    yield Part(b"".join(frames), number == 0)


def aac_hbr(frames: list[bytes], number: int, ticks: int) -> Iterator[Part]:
    """AU headers of 13 bits of size and 3 of index."""
    row = b"".join((len(frame) << 3).to_bytes(2, "big") for frame in frames)
    yield Part((len(row) * 8).to_bytes(2, "big") + row + b"".join(frames), True)


def aac_lbr(frames: list[bytes], number: int, ticks: int) -> Iterator[Part]:
    """AU headers of 6 bits of size and 2 of index: frames of up to 63 bytes."""
    row = bytes(len(frame) << 2 & 0xFF for frame in frames)
    yield Part((len(row) * 8).to_bytes(2, "big") + row + b"".join(frames), True)


def aac_spread(frames: list[bytes], number: int, ticks: int) -> Iterator[Part]:
    """One frame over several packets, each with the size of the whole."""
    frame = frames[0]
    head = b"\x00\x10" + (len(frame) << 3).to_bytes(2, "big")
    for at in range(0, len(frame), 100):
        yield Part(head + frame[at : at + 100], at + 100 >= len(frame))


def adts(frames: list[bytes], number: int, ticks: int) -> Iterator[Part]:
    """Frames with ADTS headers of 7 bytes in RFC 3640 packets: 16 kHz, one channel, AAC-LC."""
    whole = []
    for frame in frames:
        size = len(frame) + 7
        whole.append(
            bytes((0xFF, 0xF1, 0x60, 0x40 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC)) + frame
        )
    return aac_hbr(whole, number, ticks)


def latm(frames: list[bytes], number: int, ticks: int) -> Iterator[Part]:
    """AudioMuxElement without its configuration: the length in bytes of 255, then the frame."""
    body = b"".join(b"\xff" * (len(frame) // 255) + bytes((len(frame) % 255,)) + frame for frame in frames)
    yield Part(body, True)
