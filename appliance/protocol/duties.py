"""The duty board: what pages ask of the keeper about it. The records are those of ``rules.duties``."""

from __future__ import annotations

from appliance.protocol.endpoint import Endpoint, SessionRequest
from appliance.rules.duties import Duties, Waiting

__all__ = ["DUTIES", "DUTIES_COUNT"]

DUTIES = Endpoint("duties", SessionRequest, Duties, reads=True)
DUTIES_COUNT = Endpoint("duties.count", SessionRequest, Waiting, reads=True)
"""For the head of every page. It keeps nobody logged in, whatever the request says."""
