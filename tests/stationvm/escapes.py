"""What somebody at a viewing station tries, with keyboard and mouse, to reach anything but the recorder's pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.stationvm.machine import Machine

__all__ = ["ATTEMPTS", "Attempt"]

_PASSWD, _SETTINGS, _SOURCE = "file:///etc/passwd", "chrome://settings", "view-source:https://recorder.office.example/"


@dataclass(frozen=True)
class Attempt:
    """``do`` tries it; ``undo`` takes away what the browser may show of it within its own window; ``ends``: it may end
    the browser, which must come back."""

    name: str
    do: Callable[[Machine], None]
    undo: tuple[str, ...] = ()
    ends: bool = False


def _keys(name: str, *chords: str, undo: tuple[str, ...] = ("esc",), ends: bool = False) -> Attempt:
    return Attempt(name, lambda machine: machine.keys(*chords), undo, ends)


def _address(address: str, *before: str) -> Callable[[Machine], None]:
    def do(machine: Machine) -> None:
        machine.keys(*before)
        machine.type(f"{address}\n")

    return do


def _drag(machine: Machine) -> None:
    """A selection out of the page's text to its edge, then that dragged into an empty place: an address or a file there
    would open."""
    machine.point(0.31, 0.315)
    machine.button(True)
    machine.point(0.46, 0.37)
    machine.button(False)
    machine.point(0.35, 0.315)
    machine.button(True)
    for step in range(1, 6):
        machine.point(0.35 + step * 0.1, 0.315 + step * 0.1)
    machine.button(False)


def _menu(machine: Machine) -> None:
    machine.click(0.1, 0.6, "right")


def _menu_item(number: int) -> Callable[[Machine], None]:
    """The item of the menu behind the right button, counted from its top."""

    def do(machine: Machine) -> None:
        _menu(machine)
        machine.keys(*["down"] * number, "ret")

    return do


_LINKS = tuple((x / 100, y / 100) for y in (3, 6, 9) for x in (4, 10, 18, 26))
"""Places in the page's head, where its links are."""


def _links(button: str, *held: str) -> Callable[[Machine], None]:
    """Presses a button over each link, with keys held down meanwhile."""

    def do(machine: Machine) -> None:
        for x, y in _LINKS:
            machine.point(x, y)
            with machine.held(*held):
                machine.button(True, button)
                machine.button(False, button)

    return do


def _drag_link(machine: Machine) -> None:
    """A link out of the head into the empty page, and to the screen's edge: a window or a tab of it would open."""
    for to in ((0.5, 0.9), (0.999, 0.001)):
        for x, y in _LINKS[::3]:
            machine.point(x, y)
            machine.button(True)
            for step in range(1, 5):
                machine.point(x + (to[0] - x) * step / 4, y + (to[1] - y) * step / 4)
            machine.button(False)


ATTEMPTS: tuple[Attempt, ...] = (
    # consoles and the kernel
    *(_keys(f"console {number}", f"ctrl-alt-f{number}") for number in range(1, 8)),
    _keys("next console", "alt-right", "alt-left"),
    _keys("sysrq terminates all", "alt-sysrq-e"),
    _keys("sysrq restarts", "alt-sysrq-b"),
    _keys("ctrl-alt-del", "ctrl-alt-delete"),
    _keys("ctrl-alt-del eight times", *["ctrl-alt-delete"] * 8),
    _keys("ctrl-alt-backspace", "ctrl-alt-backspace"),
    # the compositor
    _keys("alt-tab", "alt-tab"),
    _keys("super", "meta_l", "meta_l-d", "meta_l-l", "meta_l-ret"),
    _keys("alt-esc", "alt-esc"),
    _keys("a terminal's keys", "ctrl-alt-t"),
    _keys("print screen", "print", "shift-print"),
    _keys("window menu", "alt-spc"),
    # other windows and tabs
    _keys("new window", "ctrl-n"),
    _keys("new private window", "ctrl-shift-n"),
    _keys("new tab", "ctrl-t"),
    _keys("closed tab", "ctrl-shift-t"),
    _keys("search of tabs", "ctrl-shift-a"),
    # files and paper
    _keys("open a file", "ctrl-o"),
    _keys("save the page", "ctrl-s"),
    _keys("print", "ctrl-p"),
    _keys("print by the system", "ctrl-shift-p"),
    # tools
    _keys("developer tools F12", "f12"),
    _keys("developer tools", "ctrl-shift-i"),
    _keys("developer console", "ctrl-shift-j"),
    _keys("developer inspector", "ctrl-shift-c"),
    _keys("source", "ctrl-u"),
    _keys("task manager", "shift-esc"),
    _keys("help", "f1"),
    _keys("history", "ctrl-h"),
    _keys("downloads", "ctrl-j"),
    _keys("bookmark", "ctrl-d"),
    _keys("bookmarks", "ctrl-shift-o"),
    _keys("bookmark bar", "ctrl-shift-b"),
    _keys("clear the data", "ctrl-shift-delete"),
    _keys("profiles", "ctrl-shift-m"),
    _keys("browser's menu", "alt-f", "alt-e", "f10"),
    _keys("caret browsing", "f7"),
    _keys("full screen", "f11"),
    _keys("find", "ctrl-f"),
    # addresses
    Attempt("a file's address", _address(_PASSWD, "ctrl-l"), ("esc",)),
    Attempt("a file's address by F6", _address(_PASSWD, "f6"), ("esc",)),
    Attempt("settings", _address(_SETTINGS, "alt-d"), ("esc",)),
    Attempt("source of a page", _address(_SOURCE, "ctrl-l"), ("esc",)),
    Attempt("a file in a new tab", _address(_PASSWD, "ctrl-t"), ("esc",)),
    Attempt("search", _address("passwd", "ctrl-k"), ("esc",)),
    _keys("home page", "alt-home"),
    _keys("back", "alt-left"),
    # the mouse
    Attempt("menu of the right button", _menu, ("esc",)),
    *(Attempt(f"item {number} of that menu", _menu_item(number), ("esc", "esc")) for number in range(1, 9)),
    Attempt("drag and drop", _drag, ("esc",)),
    Attempt("middle button", lambda machine: machine.click(0.1, 0.6, "middle")),
    # further windows by links and forms
    Attempt("shift and a link", _links("left", "shift"), ("esc",)),
    Attempt("ctrl and a link", _links("left", "ctrl"), ("esc",)),
    Attempt("middle button on a link", _links("middle"), ("esc",)),
    Attempt("menu of a link", _links("right"), ("esc",)),
    Attempt("side button", lambda machine: machine.click(0.5, 0.9, "side"), ("esc",)),
    Attempt("extra button", lambda machine: machine.click(0.5, 0.9, "extra"), ("esc",)),
    Attempt("a link is dragged", _drag_link, ("esc",)),
    _keys("shift and enter on links", *["tab", "shift-ret"] * 6),
    _keys("shift-f10", "shift-f10", "menu"),
    # addresses that are no place
    Attempt("a script's address", _address("javascript:1", "ctrl-l"), ("esc",)),
    Attempt("an address of data", _address("data:text/html,here", "ctrl-l"), ("esc",)),
    # its end
    _keys("close the window", "alt-f4", ends=True),
    _keys("close the tab", "ctrl-w", ends=True),
    _keys("close the tab F4", "ctrl-f4", ends=True),
    _keys("close all tabs", "ctrl-shift-w", ends=True),
    _keys("quit", "ctrl-shift-q", ends=True),
    _keys("quit q", "ctrl-q", ends=True),
)
