"""What every book of acts is held to: its life is cut before each step of its disk, each call of it fails once, and
each time what is left is checked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from appliance.core.errors import RecorderError
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut, every_failure

__all__ = ["CHECKS", "BookLife"]


class BookLife(ABC):
    """``more_cuts_than``: fewer would show that it did not live. ``outlives_errors``: some calls may fail unheard."""

    more_cuts_than: ClassVar[int] = 50
    outlives_errors: ClassVar[bool] = False

    @abstractmethod
    def start(self) -> MemoryFs:
        """The disk to begin with."""

    @abstractmethod
    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        """Lives it once, and notes in ``said`` what was answered."""

    @abstractmethod
    def check(self, fs: MemoryFs, said: tuple[Any, ...] | list[Any], where: str) -> None:
        """Opens what is left, and looks whether all that was said is there, once and whole, and goes on."""


def check_every_cut(life: BookLife) -> None:
    cuts = 0
    for cut in every_cut(life, start=life.start(), modes=(*MODES, KILLED)):
        life.check(cut.fs, cut.said, str(cut))
        cuts += 1
    assert cuts > life.more_cuts_than


def check_every_error(life: BookLife) -> None:
    for call, fs, said, raised in every_failure(life, start=life.start(), shorts=(0,)):
        outlived = raised is None and life.outlives_errors
        assert outlived or isinstance(raised, RecorderError), f"{call}: {raised!r}"
        life.check(fs.image("all"), said, f"{call} failed")


CHECKS: tuple[Callable[[BookLife], None], ...] = (check_every_cut, check_every_error)
