"""What a look is ordered with and what comes of it: the records that recorder, darkroom and keeper exchange.

============= =============================================== =====================================================
message       from, to                                        holds
============= =============================================== =====================================================
LookOrder     recorder to a darkroom child, before ``Taken``  what is registered of the camera; whether to prove
BoxOrder      recorder to a darkroom child                    the box's figures; whether to prove
Looked        the darkroom child's answer                     signs, failures, proofs
CameraReport  recorder to keeper                              what stands, what is well, the last measures
BoxReport       keeper to recorder, with its answers            the box's figures, as they were last gathered
PictureWanted keeper to recorder, with its answers            a picture that a person asked for
============= =============================================== =====================================================

What the keeper answers the recorder with lies in ``protocol/recorder.py``.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.api import Registered, Sign
from appliance.core.model import CameraNo, Moment, Record, Text, Word
from appliance.protocol.recorder import BoxReport, PictureWanted, SelfTestRequest
from appliance.selftest.proofs import Proof
from appliance.selftest.runs import Failure

__all__ = [
    "BOX",
    "BoxOrder",
    "BoxReport",
    "CameraReport",
    "PictureWanted",
    "SelfTestOrder",
    "SelfTestReport",
    "SelfTestRequest",
    "StandingFault",
]


_MOST = 1000
"""Faults, measures or proofs of one report."""

BOX = "box"
"""Stands in the place of a camera's number where the box is looked at."""


class BoxOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One look at the box. ``forget``: what the checks keep of it is dropped first."""

    told: BoxReport
    prove: bool = False
    forget: bool = False


class SelfTestOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One look. ``forget``: what the checks learned of this camera is dropped first."""

    registered: Registered
    local_minutes: int
    prove: bool = False
    forget: bool = False


class SelfTestReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a look brought. ``seen``: whether there was a picture to look at."""

    seen: bool
    signs: tuple[Sign, ...] = ()
    failures: tuple[Failure, ...] = ()
    proofs: tuple[Proof, ...] = ()


class StandingFault(Record, frozen=True, kw_only=True):
    """A fault that stands, in the box of the inspection log it belongs to, and in words."""

    fault: Word
    box: Word
    text: Text


class CameraReport(Record, frozen=True, kw_only=True):
    """Of one camera, or of the box. ``asked``: the last order of a person that this look answers. ``wrong`` stands,
    ``well`` is known to be absent; what is in neither stays as it was."""

    camera_no: CameraNo
    at_ns: Moment
    asked: int = 0
    seen: bool = True
    wrong: Annotated[tuple[StandingFault, ...], msgspec.Meta(max_length=_MOST)] = ()
    well: Annotated[tuple[Word, ...], msgspec.Meta(max_length=_MOST)] = ()
    signs: Annotated[tuple[Sign, ...], msgspec.Meta(max_length=_MOST)] = ()
    failures: Annotated[tuple[Failure, ...], msgspec.Meta(max_length=_MOST)] = ()
    proofs: Annotated[tuple[Proof, ...], msgspec.Meta(max_length=_MOST)] = ()
