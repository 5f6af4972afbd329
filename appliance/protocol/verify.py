"""Verifying everything, as the command line asks the keeper for it."""

from __future__ import annotations

from appliance.protocol.endpoint import Done, Endpoint, Request

__all__ = ["VERIFY"]

VERIFY = Endpoint("verify", Request, Done, callers=frozenset({"console"}))
"""Behind the answer comes a stream of JSON objects: ``{done, whole, what}`` as it goes and ``{found}`` at the end, the
verdict and counts."""
