"""Every endpoint of the keeper, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from appliance.protocol import (
    access,
    account,
    archive,
    cameras,
    cases,
    duties,
    handover,
    holds,
    inspection,
    ledger,
    live,
    login,
    notices,
    packs,
    people,
    pictures,
    publication,
    recorder,
    registers,
    rules,
    scans,
    selftests,
    statements,
    status,
    verify,
    viewing,
)
from appliance.protocol.endpoint import Endpoint

__all__ = ["ENDPOINTS"]

_SUBJECTS = (
    access,
    account,
    archive,
    cameras,
    cases,
    duties,
    handover,
    holds,
    inspection,
    ledger,
    live,
    login,
    notices,
    packs,
    people,
    pictures,
    publication,
    recorder,
    registers,
    rules,
    scans,
    selftests,
    statements,
    status,
    verify,
    viewing,
)

ENDPOINTS: Mapping[str, Endpoint[Any, Any]] = MappingProxyType(
    {row.name: row for subject in _SUBJECTS for row in vars(subject).values() if isinstance(row, Endpoint)}
)
