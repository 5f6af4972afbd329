"""Which characters no installed font can draw, asked of fontconfig: what prints as an empty box would pass unseen.

Only the press uses it. Cheap: fontconfig keeps each font's characters in its cache (about 5 ms for a paper).
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterable

from appliance.core.errors import Unavailable

__all__ = ["Fonts", "shown_instead"]

_LIBRARY = "libfontconfig.so.1"
_CHARSET = b"charset"


class _FontSet(ctypes.Structure):
    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.POINTER(ctypes.c_void_p)))


class Fonts:
    """The fonts of this machine. Raises Unavailable when there is no fontconfig or no font at all."""

    def __init__(self) -> None:
        try:
            library = ctypes.CDLL(_LIBRARY)
        except OSError as error:
            raise Unavailable.of("papers-library") from error
        for name in ("FcPatternCreate", "FcObjectSetCreate"):
            getattr(library, name).restype = ctypes.c_void_p
        library.FcFontList.restype = ctypes.POINTER(_FontSet)
        objects = ctypes.c_void_p(library.FcObjectSetCreate())
        library.FcObjectSetAdd(objects, _CHARSET)
        found = library.FcFontList(None, ctypes.c_void_p(library.FcPatternCreate()), objects)
        self._library = library
        self._sets: list[ctypes.c_void_p] = []
        for at in range(found.contents.count if found else 0):
            charset = ctypes.c_void_p()
            font = ctypes.c_void_p(found.contents.fonts[at])
            if library.FcPatternGetCharSet(font, _CHARSET, 0, ctypes.byref(charset)) == 0:
                self._sets.append(charset)
        if not self._sets:
            raise Unavailable.of("papers-font")

    def draws(self, char: str) -> bool:
        return any(self._library.FcCharSetHasChar(each, ctypes.c_uint32(ord(char))) for each in self._sets)

    def missing(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The characters that should leave ink and cannot, in order."""
        return tuple(char for char in sorted(set().union(*texts)) if _leaves_ink(char) and not self.draws(char))


def shown_instead(char: str) -> str:
    """What is printed for a character without a glyph: its number, to be written over by hand."""
    return f"〔U+{ord(char):04X}〕"


def _leaves_ink(char: str) -> bool:
    """Selectors of variants, joiners and spaces have no picture of their own."""
    selector = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
    return not selector and unicodedata.category(char) not in ("Cc", "Cf", "Zs", "Zl", "Zp")
