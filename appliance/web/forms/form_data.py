"""What every form sends: its act id, and whose password it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from appliance.core.errors import UsageError
from appliance.web.forms.body import Form
from appliance.web.http.request_context import SITE, visit_of

__all__ = ["ACT", "act_of", "fresh_act", "seat_of", "texts_of", "version_of"]

ACT = re.compile(r"[0-9a-z]{1,64}")


def fresh_act(request: web.Request) -> str:
    """An act id for a form of this page. Web remembers whose it is, so that the form comes home after a log-in that ran
    out (``resubmission.py``)."""
    site, visit = request.app[SITE], visit_of(request)
    act = site.random(16).hex()
    site.drafts.begin(act, visit.person)
    return act


def act_of(posted: Mapping[str, Any]) -> str:
    """The form's act id: a form that is sent twice does nothing twice. Raises UsageError without one."""
    act = str(posted.get("act", ""))
    if not ACT.fullmatch(act):
        raise UsageError.of("form-no-act")
    return act


def texts_of(posted: Form) -> dict[str, tuple[str, ...]]:
    """All that was typed, by field; no file."""
    return {name: tuple(each for each in posted.getall(name) if isinstance(each, str)) for name in posted}


def version_of(posted: Mapping[str, Any]) -> int:
    """The number of a version, or of an entry. Raises UsageError."""
    text = str(posted.get("version", ""))
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise UsageError.of("form-no-subject")
    return int(text)


def seat_of(posted: Mapping[str, Any]) -> int:
    """The seat whose password was typed. Raises UsageError."""
    text = str(posted.get("seat", ""))
    if text not in ("1", "2"):
        raise UsageError.of("form-whose-password")
    return int(text)
