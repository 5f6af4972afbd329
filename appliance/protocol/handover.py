"""The hand-over of somebody who leaves (交接): what pages ask of the keeper about it."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import Done, Endpoint
from appliance.protocol.people import DocumentedAct, PersonRequest

__all__ = ["HANDOVER", "SIGN_HANDOVER", "Handover", "HandoverItem", "SignHandover", "SignedHandover"]


class HandoverItem(msgspec.Struct, frozen=True, kw_only=True):
    """A thing on a hand-over list. ``takers``: accounts that may take it; ``taker``: on a signed list, who did."""

    sort: str
    key: str
    id: str = ""
    number: str = ""
    what: str = ""
    due: str = ""
    roles: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()
    taker: str = ""


class SignedHandover(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was signed, by entry ``index``. It is empty where its record was erased or does not open."""

    index: int
    at_ns: int
    document: str = ""
    by: str = ""
    by_person: str = ""
    approved_by: str = ""
    approved_person: str = ""
    items: tuple[HandoverItem, ...] = ()


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who leaves hands over. ``keyholders``: how many others open the vault. ``names``: of takers."""

    name: str
    display: str
    post: str = ""
    unit: str = ""
    closed_ns: int = 0
    keyholder: bool = False
    keyholders: int = 0
    lines: tuple[str, ...] = ()
    items: tuple[HandoverItem, ...] = ()
    names: dict[str, str] = {}
    signed: tuple[SignedHandover, ...] = ()


class SignHandover(DocumentedAct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``receivers``: the account that takes each thing, by its id; ``ticked``: of ``rules.handover.LINES``."""

    receivers: dict[str, str]
    ticked: tuple[str, ...]


HANDOVER = Endpoint("handover", PersonRequest, Handover, reads=True)
SIGN_HANDOVER = Endpoint("handover.sign", SignHandover, Done)
"""Signs the list as things stand in this moment, by two others."""
