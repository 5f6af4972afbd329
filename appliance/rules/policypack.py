"""規範版本: dated versions of the office's rules and names (一, 十, ``D-22``).

A case keeps the one it was received under. Versions follow each other by the day on which they take effect, with the
簽呈文號 that approved them; none is edited, and no two take effect at once (``AT-63``). Here is the order of versions;
the numbers of retention are ``rules.policy``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from appliance.errors import NotFound, UsageError
from appliance.model import Record

__all__ = ["Pack", "pack_on", "with_pack"]


class Pack(Record, frozen=True, kw_only=True):
    """``version`` as printed (``113-09-27``), its first day in force, its 簽呈文號, the managing unit's name.

    Raises UsageError when one of them is empty.
    """

    version: str
    effective: date
    memo: str
    managing_unit: str

    def __post_init__(self) -> None:
        for name in ("version", "memo", "managing_unit"):
            if not getattr(self, name).strip():
                raise UsageError(f"policy pack {self.version or '?'}: {name} is empty; a pack names all three")


def pack_on(packs: Sequence[Pack], day: date) -> Pack:
    """The pack in force on a day. Raises NotFound where none is: no case may be opened then (``AT-01``)."""
    found = max((pack for pack in packs if pack.effective <= day), key=lambda pack: pack.effective, default=None)
    if found is None:
        raise NotFound(f"policy pack: none is in force on {day}; the director puts one in force first")
    return found


def with_pack(packs: Sequence[Pack], new: Pack) -> tuple[Pack, ...]:
    """The packs with one more, in order of their days. Raises UsageError for a second one of the same day or version,
    and for one that would take effect before a pack that is there: nothing is changed for the past."""
    for pack in packs:
        if pack.effective == new.effective:
            raise UsageError(
                f"policy pack {new.version}: {pack.version} takes effect on {new.effective} as well; choose another day"
            )
        if pack.version == new.version:
            raise UsageError(f"policy pack {new.version}: there is one of that name; versions are never edited")
        if new.effective < pack.effective:
            raise UsageError(f"policy pack {new.version}: {pack.version} is later already; choose a day after it")
    return (*packs, new)
