"""A camera led from its draft to being recorded, through the keeper's verbs, by the two people of a test's office."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import msgspec

from appliance.core.model import Camera
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.typed import TAKES
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.scans import CameraPaper, camera_papers
from tests.box import OFFICER, UNIT_HEAD
from tests.rules.cameradesk import draft, typed_for
from tests.scanfiles import png

__all__ = ["HEAD_SEAT", "OFFICER_SEAT", "TO_FORCE", "CameraLife"]

OFFICER_SEAT, HEAD_SEAT = 1, 2
_PASSWORDS = {OFFICER_SEAT: OFFICER.password, HEAD_SEAT: UNIT_HEAD.password}
_HEADS = {
    Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.APPROVE_EXEMPT, Event.CONFIRM_APPROVAL,
    Event.CONFIRM_FILING,
    Event.PUT_IN_FORCE, Event.RECOGNISE, Event.SUSPEND, Event.RESUME, Event.RETIRE, Event.STAMP_REVIEW,
    Event.CONFIRM_FALSE, Event.CONFIRM_EVIDENCE, Event.SIGN_PLAN,
}  # fmt: skip
_DOUBLE = {Event.STAMP_SECRETARY, Event.APPROVE, Event.APPROVE_EXEMPT}
"""Whoever heads the unit of a small office is its director as well, and signs with 兼簽."""

_LOOKS = {Event.PUT_IN_FORCE, Event.CONFIRM_FALSE}
_PAPERS = {
    Event.SUBMIT: (CameraPaper.SKETCH, CameraPaper.PHOTO),
    Event.ENTER_ANSWER: (CameraPaper.ANSWER,),
    Event.REJECT: (CameraPaper.ANSWER,),
    Event.FILE_EVIDENCE: (CameraPaper.ANSWER,),
    Event.RETIRE: (CameraPaper.REMOVAL,),
}
"""What is on file before an event."""
_WITH_PICTURE = {Event.ACCEPT, Event.EXPLAIN, Event.PUT_BACK}

TO_FORCE = (
    Event.SUBMIT, Event.STAMP, Event.STAMP_SECRETARY, Event.APPROVE, Event.SEND, Event.ENTER_ANSWER,
    Event.CONFIRM_APPROVAL, Event.ACCEPT, Event.PUT_IN_FORCE,
)  # fmt: skip


class CameraLife:
    """``call(verb, **arguments)`` asks the keeper; ``session`` has the officer in seat 1, the unit head in seat 2.
    ``refer(camera_no, version)`` takes a reference picture and gives its SHA-256; else recorder and darkroom do.
    ``file(of, kind)`` takes in a scan; else the verbs and the darkroom do."""

    def __init__(
        self,
        call: Callable[..., dict[str, Any]],
        session: str,
        refer: Callable[[str, int], str] | None = None,
        file: Callable[[str, str], None] | None = None,
    ) -> None:
        self.call, self.session = call, session
        self._refer, self._file = refer or self.take_reference, file or self.take_in

    def take_in(self, of: str, kind: str) -> None:
        upload = self.call("scan.begin", session=self.session, of=of, kind=kind, name="", password=OFFICER.password)[
            "upload"
        ]
        self.call("scan.more", body=png(f"{of} {kind}"), session=self.session, upload=upload)
        self.call("scan.put", session=self.session, upload=upload, act=os.urandom(16).hex())

    def take_reference(self, camera_no: str, version: int) -> str:
        taken = self.call(
            "reference.take",
            session=self.session,
            act=os.urandom(16).hex(),
            camera=camera_no,
            version=version,
            password=OFFICER.password,
        )
        return str(taken["sha256"])

    def look(self, camera_no: str, version: int) -> None:
        """The head opens the pictures of the version that are there."""
        for each in self.call("camera", session=self.session, camera=camera_no)["references"]:
            if each["version"] == version and not each["ended_ns"]:
                asked = {"session": self.session, "act": os.urandom(16).hex(), "reference": each["reference"]}
                self.call("reference.show", seat=HEAD_SEAT, password=_PASSWORDS[HEAD_SEAT], **asked)

    def act(self, event: Event, camera_no: str, version: int = 0, **facts: Any) -> dict[str, Any]:
        """One event by whoever does it; ``facts`` in place of what a form would send."""
        seat = HEAD_SEAT if event in _HEADS else OFFICER_SEAT
        empty = CameraVersion(camera_no=camera_no, version=version or 1)
        told = dict(msgspec.to_builtins(typed_for(empty, event)))
        sent = {name: told[name] for name in TAKES[event] if name in told} | facts
        if event in _DOUBLE:
            sent["double"] = True
        if event in _WITH_PICTURE and "acceptance" not in facts:
            sent["acceptance"] |= {"picture": self._refer(camera_no, version)}
        if event in _LOOKS:
            self.look(camera_no, version)
        for kind in _PAPERS.get(event, ()):
            of = camera_papers(camera_no, version)
            there = self.call("scans", session=self.session, of=of)["scans"]
            if kind not in {each["kind"] for each in there if not each["struck_ns"]}:
                self._file(of, kind)
        return self.call(
            "camera-act", session=self.session, act=os.urandom(16).hex(), seat=seat, password=_PASSWORDS[seat],
            camera=camera_no, version=version, event=event, facts=sent,
        )  # fmt: skip

    def draft(self, camera: Camera, origin: str = "new") -> int:
        """Its new version."""
        typed = draft(origin, matters={"area": camera.location, "place": camera.location, "sound": camera.sound})
        wiring = {
            "source": camera.source, "settings": camera.settings, "priority": camera.priority,
            "live_watch": camera.live_watch,
        }  # fmt: skip
        told = dict(msgspec.to_builtins(typed)) | {"wiring": wiring}
        sent = {name: told[name] for name in TAKES[Event.DRAFT] if name in told}
        return int(self.act(Event.DRAFT, camera.camera_no, **sent)["version"])

    def lead(self, camera_no: str, version: int, *events: Event) -> None:
        for event in events:
            self.act(event, camera_no, version)

    def put_in_force(self, camera: Camera, origin: str = "new") -> int:
        """The whole way, by the police authority's approval; the version that is in force then."""
        version = self.draft(camera, origin)
        self.lead(camera.camera_no, version, *TO_FORCE)
        return version
