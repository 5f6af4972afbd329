"""What the keeper wants of the recorder, as each of its answers to ``recorder.states`` says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.protocol.recorder import BoxReport, DeviceInquiry, PictureWanted, SelfTestRequest, StatesAnswer
from appliance.rules.pressure import Relief
from appliance.rules.time_trust import TimeTrust

__all__ = ["KeeperOrders", "Listeners"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listeners:
    """Who acts on which part of an answer; each is called in the keeper link's thread and must not wait.

    ``watched``: the cameras at which somebody looks live. ``registry``: the digest of the registry in force.
    ``search``: the number of the newest search of the network. ``reference``: a camera's reference pictures, none when
    it has none any more.
    """

    watched: Callable[[list[str]], None] = lambda cameras: None
    relief: Callable[[Relief], None] = lambda relief: None
    trust: Callable[[TimeTrust], None] = lambda trust: None
    self_test: Callable[[SelfTestRequest], None] = lambda wanted: None
    box: Callable[[BoxReport], None] = lambda box: None
    registry: Callable[[str], None] = lambda digest: None
    pictures: Callable[[list[PictureWanted]], None] = lambda wanted: None
    search: Callable[[int], None] = lambda number: None
    inquiries: Callable[[tuple[DeviceInquiry, ...]], None] = lambda wanted: None
    reference: Callable[[str, tuple[bytes, ...]], None] = lambda camera_no, pictures: None


class KeeperOrders:
    """Passes each answer on. ``fetch`` brings a camera's reference pictures from the keeper."""

    def __init__(self, listeners: Listeners, fetch: Callable[[str], tuple[bytes, ...]]) -> None:
        self._to, self._fetch = listeners, fetch
        self._references: dict[str, str] = {}
        self.box_ns = 0
        """When the newest report of the box was made that was passed on; the keeper sends none again."""

    def take(self, answer: StatesAnswer) -> None:
        """Raises what ``fetch`` raises."""
        to = self._to
        to.registry(answer.registry)
        to.watched(list(answer.watched))
        to.self_test(answer.look)
        to.pictures(list(answer.pictures))
        to.search(answer.search)
        to.inquiries(answer.inquiries)
        if answer.box is not None and answer.box.at_ns not in (0, self.box_ns):
            self.box_ns = answer.box.at_ns
            to.box(answer.box)
        to.trust(answer.trust)
        to.relief(answer.pressure)
        self._refer(answer.references)

    def keeper_away(self) -> None:
        """Nobody looks live through a keeper that is away; one that is back says it again."""
        self._to.watched([])

    def _refer(self, digests: Mapping[str, str]) -> None:
        for camera_no in self._references.keys() - digests.keys():
            del self._references[camera_no]
            self._to.reference(camera_no, ())
        for camera_no, digest in digests.items():
            if self._references.get(camera_no) != digest:
                self._to.reference(camera_no, self._fetch(camera_no))
                self._references[camera_no] = digest
