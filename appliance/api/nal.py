"""The outside of encoded pictures: NAL units, parameter sets, picture size. Pure; nothing here decodes a picture.

A camera may change its parameter sets in the middle of a stream without saying so anywhere but in the stream itself,
so whoever records looks at them in each key frame. Sources: ITU-T H.264 §7.3, H.265 §7.3, T.81 §B.2 (JPEG).

Everything here is fed by a stranger. A unit that does not make sense gives an empty answer or size (0, 0), never an
exception, and costs time in proportion to its length.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = [
    "START_CODE",
    "begins_decoding",
    "length_size",
    "parameter_sets",
    "picture_size",
    "pixel_format",
    "record_units",
    "refreshes_slowly",
    "split_nals",
]

START_CODE = b"\x00\x00\x00\x01"

_H264_SETS = frozenset({7, 8})
_H264_PICTURE = frozenset(range(1, 6))
_H264_NEEDED, _HEVC_NEEDED = frozenset({7, 8}), frozenset({33, 34})
_HEVC_SETS = frozenset({32, 33, 34})
_HEVC_PICTURE = frozenset(range(32))
_MAX_SETS_BYTES = 1 << 16


def split_nals(data: bytes, length_bytes: int = 0) -> Iterator[bytes]:
    """The NAL units of one packet, without start codes or lengths.

    ``length_bytes`` is 0 for Annex B (start codes) and the size of the length field for MP4's form. A cut last unit is
    given as far as it goes.
    """
    if length_bytes:
        at = 0
        while at + length_bytes <= len(data):
            size = int.from_bytes(data[at : at + length_bytes], "big")
            at += length_bytes
            if unit := data[at : at + size]:
                yield unit
            at += size
        return
    at = data.find(b"\x00\x00\x01")
    while at >= 0:
        end = data.find(b"\x00\x00\x01", at + 3)
        # No unit ends in a zero byte (H.264 §7.4.1): those at its end belong to what follows.
        if unit := data[at + 3 : end if end >= 0 else len(data)].rstrip(b"\x00"):
            yield unit
        at = end


def length_size(codec: str, extradata: bytes) -> int:
    """The size of the length field that ``extradata`` (avcC, hvcC) announces; 0 when packets are in Annex B."""
    if extradata[:1] != b"\x01":
        return 0
    if codec == "h264" and len(extradata) >= 7:
        return (extradata[4] & 3) + 1
    if codec == "hevc" and len(extradata) >= 23:
        return (extradata[21] & 3) + 1
    return 0


def parameter_sets(codec: str, data: bytes, length_bytes: int = 0) -> bytes:
    """The parameter sets ahead of the first picture in ``data``, in Annex B; empty when there are none. In the order in
    which a decoder takes them, whatever the camera's is: a picture's set names one of the sequence.

    For MJPEG, whose every picture stands alone, always empty.
    """
    wanted, picture = (_H264_SETS, _H264_PICTURE) if codec == "h264" else (_HEVC_SETS, _HEVC_PICTURE)
    if codec not in ("h264", "hevc"):
        return b""
    found: list[bytes] = []
    size = 0
    for unit in split_nals(data, length_bytes):
        kind = _nal_type(codec, unit)
        if kind in picture or size > _MAX_SETS_BYTES:
            break
        if kind in wanted:
            found.append(START_CODE + unit)
            size += len(found[-1])
    found.sort(key=lambda each: _nal_type(codec, each[len(START_CODE) :]))
    return b"".join(found)


def refreshes_slowly(codec: str, data: bytes) -> bool:
    """Whether an Annex B picture of H.264 from which decoding may begin shows little yet: it has no slice of an IDR,
    and its recovery point (SEI 6, H.264 §D.1.8) says that the picture is whole only some pictures later."""
    if codec != "h264":
        return False
    for unit in split_nals(data):
        if unit[0] & 0x1F == 5:
            return False
        if unit[0] & 0x1F == 6 and unit[1:2] == b"\x06" and len(unit) > 3:
            return not unit[3] & 0x80  # recovery_frame_cnt is 0 where its first bit is set (9.1)
    return False


def begins_decoding(codec: str, sets: bytes) -> bool:
    """Whether ``sets``, in Annex B, hold what a decoder of H.264 or H.265 needs before its first picture: a sequence
    and a picture parameter set."""
    needed = _H264_NEEDED if codec == "h264" else _HEVC_NEEDED
    return needed <= {_nal_type(codec, unit) for unit in split_nals(sets)}


def picture_size(codec: str, data: bytes) -> tuple[int, int]:
    """Width and height in pixels after cropping.

    ``data`` is a packet or its parameter sets in Annex B, or an avcC or hvcC record; for ``mjpeg`` a picture. (0, 0)
    when it does not say.
    """
    if codec == "mjpeg":
        return _jpeg_size(data)
    if codec not in ("h264", "hevc"):
        return 0, 0
    units = record_units(codec, data) if length_size(codec, data) else split_nals(data)
    for unit in units:
        kind = _nal_type(codec, unit)
        if kind == (7 if codec == "h264" else 33):
            try:
                return (_h264_size if codec == "h264" else _hevc_size)(_Bits(_unescape(unit[:4096])))
            except _NotEnough:
                return 0, 0
        if kind in (_H264_PICTURE if codec == "h264" else _HEVC_PICTURE):
            break
    return 0, 0


def pixel_format(codec: str, sps: bytes) -> tuple[int, int, int]:
    """(chroma_format_idc, bits of luma, bits of chroma) of one sequence parameter set; (1, 8, 8) if it does not say."""
    bits = _Bits(_unescape(sps[:4096]))
    try:
        if codec == "hevc":
            chroma, _, _ = _hevc_picture(bits)
        elif sps[1] not in _HIGH_PROFILES:
            return 1, 8, 8
        else:
            bits.bits(32)
            bits.golomb()
            chroma = bits.golomb()
            if chroma == 3:
                bits.bits(1)
        return chroma, 8 + bits.golomb(), 8 + bits.golomb()
    except (_NotEnough, IndexError):
        return 1, 8, 8


def _nal_type(codec: str, unit: bytes) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def record_units(codec: str, record: bytes) -> Iterator[bytes]:
    """The parameter sets in an avcC (ISO 14496-15 §5.3.3) or hvcC (§8.3.3) record."""
    # Arrays of sets, each after its count: two with a count of 1 byte, or record[22] with a type byte and 2 bytes.
    at, arrays, type_bytes, count_bytes = (5, 2, 0, 1) if codec == "h264" else (23, record[22], 1, 2)
    for array in range(arrays):
        at += type_bytes
        count = int.from_bytes(record[at : at + count_bytes], "big")
        at += count_bytes
        if codec == "h264" and array == 0:
            count &= 0x1F
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            if unit := record[at + 2 : at + 2 + size]:
                yield unit
            elif at >= len(record):
                return
            at += 2 + size


def _unescape(unit: bytes) -> bytes:
    """Without the emulation prevention bytes (H.264 §7.4.1.1)."""
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")


class _NotEnough(Exception):
    """The unit ended inside a field, or a field has a value that no stream has."""


class _Bits:
    """Bits and exponential-Golomb numbers, from the front."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        if count > self._left:
            raise _NotEnough
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 31:
                raise _NotEnough
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed_golomb(self) -> int:
        value = self.golomb()
        return (value + 1) // 2 if value % 2 else -(value // 2)


_HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})


def _h264_size(bits: _Bits) -> tuple[int, int]:
    """seq_parameter_set_data, H.264 §7.3.2.1.1, up to the cropping."""
    bits.bits(8)
    profile = bits.bits(8)
    bits.bits(16)
    bits.golomb()
    chroma = 1
    if profile in _HIGH_PROFILES:
        chroma = bits.golomb()
        separate = bits.bits(1) if chroma == 3 else 0
        bits.golomb()
        bits.golomb()
        bits.bits(1)
        if bits.bits(1):
            for index in range(12 if chroma == 3 else 8):
                if bits.bits(1):
                    _skip_scaling_list(bits, 16 if index < 6 else 64)
        if separate:
            chroma = 0
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.bits(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), 256)):
            bits.golomb()
    bits.golomb()
    bits.bits(1)
    width = (bits.golomb() + 1) * 16
    rows = bits.golomb() + 1
    frames_only = bits.bits(1)
    height = rows * 16 * (2 - frames_only)
    if not frames_only:
        bits.bits(1)
    bits.bits(1)
    if bits.bits(1):
        across = 2 if chroma in (1, 2) else 1
        down = (2 if chroma == 1 else 1) * (2 - frames_only)
        width -= across * (bits.golomb() + bits.golomb())
        height -= down * (bits.golomb() + bits.golomb())
    return _sane(width, height)


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_golomb()) % 256
        last = following or last


def _hevc_size(bits: _Bits) -> tuple[int, int]:
    return _sane(*_hevc_picture(bits)[1:])


def _hevc_picture(bits: _Bits) -> tuple[int, int, int]:
    """(chroma_format_idc, width, height): seq_parameter_set_rbsp, H.265 §7.3.2.2.1, up to the conformance window."""
    bits.bits(16 + 4)
    sub_layers = bits.bits(3)
    bits.bits(1)
    bits.bits(88 + 8)
    present = [(bits.bits(1), bits.bits(1)) for _ in range(sub_layers)]
    if sub_layers:
        bits.bits(2 * (8 - sub_layers))
    for profile, level in present:
        bits.bits(88 * profile + 8 * level)
    bits.golomb()
    chroma = bits.golomb()
    if chroma == 3:
        bits.bits(1)
    width, height = bits.golomb(), bits.golomb()
    if bits.bits(1):
        width -= (2 if chroma in (1, 2) else 1) * (bits.golomb() + bits.golomb())
        height -= (2 if chroma == 1 else 1) * (bits.golomb() + bits.golomb())
    return chroma, width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """The size in the start-of-frame segment (T.81 §B.2.2)."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
            return _sane(width, height)
        if marker == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0, 0


def _sane(width: int, height: int) -> tuple[int, int]:
    return (width, height) if 0 < width <= 65536 and 0 < height <= 65536 else (0, 0)
