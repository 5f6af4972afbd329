"""What the camera book asks the rest of the keeper. Functions handed in; no rule is here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from appliance.core.model import Camera
from appliance.rules.cameras.facts import Filing
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.cameras.wiring import Declared

__all__ = ["CameraPorts"]


class CameraPorts(NamedTuple):
    """``holders``: who has each role today; ``holders_on``: on a day that may be over. ``secretary``: whether the
    office's chain has one. ``filing``: what the
    rules in force ask of the police authority. ``short``: why the disk would not hold 40 days with this camera as
    well, "" when it would. ``trusted``: whether time is. ``sources``: the kinds of camera that the recorder has, none
    while it has not said; ``declared``: the settings of each. ``picture_known``: whether a reference picture of this
    SHA-256 was taken of the version, of a drifted one since; ``picture_seen``: whether an account had it open.
    ``identity``: what the device told of itself when that picture was taken. ``view_off``: whether the self-test says
    now that the view moved. ``scans``: which kinds of papers are on file of a version.
    ``told``: what the device of a camera that answered last told of itself. ``stranger``: whether it is another than
    the accepted one, which was not seen since; ``wavers``: what such devices told otherwise at each connection.
    ``letter_word``: with which the numbers of the office's letters begin."""

    holders: Callable[[], Mapping[str, tuple[str, ...]]]
    secretary: Callable[[], bool]
    filing: Callable[[], Filing]
    short: Callable[[Camera], str]
    trusted: Callable[[], bool]
    sources: Callable[[], Collection[str]] = tuple
    declared: Callable[[], Mapping[str, Sequence[Declared]]] = dict
    picture_known: Callable[[CameraVersion, str], bool] = lambda version, sha256: True
    picture_seen: Callable[[CameraVersion, str, str], bool] = lambda version, sha256, account: True
    identity: Callable[[CameraVersion, str], dict[str, str]] = lambda version, sha256: {}
    view_off: Callable[[str], bool] = lambda camera_no: False
    scans: Callable[[CameraVersion], frozenset[str]] = lambda version: frozenset()
    told: Callable[[str], Mapping[str, str]] = lambda camera_no: {}
    stranger: Callable[[str], bool] = lambda camera_no: False
    wavers: Callable[[str], frozenset[str]] = lambda camera_no: frozenset()
    letter_word: Callable[[], str] = lambda: ""
    holders_on: Callable[[date], Mapping[str, tuple[str, ...]]] = lambda day: {}
