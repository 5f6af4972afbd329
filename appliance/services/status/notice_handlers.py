"""What the keeper answers to web where nobody is logged in: findings for notices, notices that fail, lost documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliance.core.messages import Said
from appliance.core.model import Registry
from appliance.protocol.endpoint import Done, Request, Served, serves
from appliance.protocol.notices import (
    DOCUMENTS_LOST,
    NOTICE_FINDINGS,
    NOTICES_FAILING,
    NoticesFailing,
    StandingFinding,
    StandingFindings,
)

__all__ = ["NoticeHandlers"]

_BOX = "storage"


class NoticeHandlers:
    """``findings()``: key, box and begin of each that stands; ``open_finding``, ``set_finding``: as of the keeper's
    findings; ``registry()``: what is recorded."""

    def __init__(
        self,
        *,
        findings: Callable[[], Iterable[tuple[str, str, int]]],
        open_finding: Callable[[str, str, Said], None],
        set_finding: Callable[[str, str, Said], None],
        registry: Callable[[], Registry],
    ) -> None:
        self._findings, self._open, self._set, self._registry = findings, open_finding, set_finding, registry

    def served(self) -> tuple[Served, ...]:
        return (
            serves(NOTICE_FINDINGS, self._standing),
            serves(NOTICES_FAILING, self._failing),
            serves(DOCUMENTS_LOST, self._lost),
        )

    def _standing(self, request: Request) -> StandingFindings:
        cameras = sorted((camera.camera_no for camera in self._registry().cameras), key=len, reverse=True)
        return StandingFindings(
            tuple(
                StandingFinding(
                    key, box, since_ns, next((number for number in cameras if key.endswith(f"-{number}")), "")
                )
                for key, box, since_ns in self._findings()
            )
        )

    def _failing(self, request: NoticesFailing) -> Done:
        text = f"notices do not reach {request.recipients} of their recipients; `appliance notices --test` tries each"
        self._set("notices-failing", _BOX, text if request.recipients > 0 else "")
        return Done()

    def _lost(self, request: Request) -> Done:
        text = "the office's documents were gone or damaged and begun anew; forms not sent yet are lost, nothing else"
        self._open("documents-lost", _BOX, text)
        return Done()
