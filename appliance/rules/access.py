"""The sorts of access that the log tells apart, in the order in which they are offered. Pure."""

from __future__ import annotations

__all__ = ["SORTS"]

SORTS = (
    "login",
    "failed",
    "page",
    "identifiers",
    "prefill",
    "register",
    "file",
    "pages",
    "original",
    "viewing",
    "masking",
    "copying",
    "picture",
    "live",
)
"""Log-ins that succeeded and failed; a case's page, its identifiers in full, or taken into a new request; 附件4 over
many, a case file; a scan's pages and its file; footage, to be seen and to be masked; single pictures of cameras,
and live looks."""
