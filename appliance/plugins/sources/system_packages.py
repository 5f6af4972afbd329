"""The packages of the system's Python, for one import that the environment cannot satisfy. Not a plugin.

libcamera's Python module is in no package index: Debian builds it for the system's Python alone. An environment of the
same version can import it from there; its own packages still come first, so none of them is replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["system_packages"]

_DIRECTORY = "/usr/lib/python3/dist-packages"


@contextmanager
def system_packages(directory: str = _DIRECTORY) -> Iterator[None]:
    """While it is open, and for what was imported meanwhile, ``directory`` is looked at last."""
    added = directory not in sys.path
    if added:
        sys.path.append(directory)
    try:
        yield
    except ImportError:
        if added:
            sys.path.remove(directory)
        raise
