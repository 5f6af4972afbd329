"""Every endpoint of the keeper, by its name: the rows of all modules beside this one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from appliance import protocol
from appliance.protocol.endpoint import Endpoint

__all__ = ["ENDPOINTS"]


def _rows() -> dict[str, Endpoint[Any, Any]]:
    names = [each.name for each in pkgutil.iter_modules(protocol.__path__) if each.name != "endpoints"]
    modules = [importlib.import_module(f"{protocol.__name__}.{name}") for name in sorted(names)]
    rows = [row for module in modules for row in vars(module).values() if isinstance(row, Endpoint)]
    return {row.name: row for row in rows}


ENDPOINTS: Mapping[str, Endpoint[Any, Any]] = MappingProxyType(_rows())
