"""What the keeper says to its log."""

from __future__ import annotations

import sys

__all__ = ["say"]


def say(line: str) -> None:
    """One line for the log, on standard error; never a secret, never a name."""
    print(f"keeper: {line}", file=sys.stderr, flush=True)
