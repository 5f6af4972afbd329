"""Capabilities (capabilities(7)) given up for good, whoever started a process that handles hostile bytes."""

from __future__ import annotations

import ctypes
import os

from appliance.core.errors import Unavailable

__all__ = ["drop_capabilities", "held_capabilities"]

_PR_CAPBSET_READ, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 23, 24, 47, 4
_VERSION_3 = 0x20080522
_MOST = 64
"""Numbers of capabilities there can be in version 3; the kernel refuses those it does not know."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def drop_capabilities() -> None:
    """None is left in any set that counts: effective, permitted, inheritable and ambient. The bounding set, which
    ``no_new_privs`` makes meaningless, goes too where the process may change it. Raises Unavailable if one is left."""
    libc = ctypes.CDLL(None, use_errno=True)
    for number in range(_MOST):
        if libc.prctl(_PR_CAPBSET_READ, number, 0, 0, 0) == 1:
            libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    if libc.capset(ctypes.byref(_Header(_VERSION_3, 0)), (_Sets * 2)()) != 0 or held_capabilities():
        why = os.strerror(ctypes.get_errno())
        raise Unavailable(f"capabilities: they cannot be given up ({why}); start the recorder by its unit")


def held_capabilities() -> int:
    """The permitted, effective and inheritable sets as one bit mask; 0 = none."""
    sets = (_Sets * 2)()
    if ctypes.CDLL(None, use_errno=True).capget(ctypes.byref(_Header(_VERSION_3, 0)), sets) != 0:
        raise Unavailable(f"capabilities: they cannot be read ({os.strerror(ctypes.get_errno())})")
    low, high = (half.effective | half.permitted | half.inheritable for half in sets)
    return int(low | high << 32)
