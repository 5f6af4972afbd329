"""What a page of cameras says of a form that the keeper, or a field of its own, refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.core.errors import RecorderError, UsageError

__all__ = ["refusal_of"]


def refusal_of(error: RecorderError | None, wrong: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The page's status and what ``refusal`` of its template shows. ``wrong``: what cannot be read, by field."""
    details: Mapping[str, Any] = getattr(error, "details", {}) or {}
    return {
        "status": 400 if wrong or isinstance(error, UsageError) else 403 if error else 200,
        "wrong": wrong or {},
        "why": str(details.get("why", "")),
        "missing": [str(each) for each in details.get("missing", ())],
        "detail": error or "",
        "code": error.code if error else "",
    }
