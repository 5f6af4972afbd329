"""How long a test waits for what must come, on two cores that other tests keep busy. Nothing waits so long to pass."""

from __future__ import annotations

__all__ = ["PATIENCE_SECONDS"]

PATIENCE_SECONDS = 120.0
