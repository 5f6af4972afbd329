"""The medium of an agency's copy: what the keeper and the medium's service say to each other (``medium.sock``).

One connection is one child of the service and at most one stick. Requests and answers are messages of
``protocol/transport.py``; what takes long answers with ``more`` and how far it is, until its last message.

========= ================================================================= =====================================
verb      asks                                                              answer
========= ================================================================= =====================================
list      nothing                                                           ``sticks``: :class:`Stick`, each
open      ``serial``, ``write``                                             ``stick``: :class:`Stick`
prepare   ``whole``, ``label``, ``disk_serial``, ``volume_serial``          ``more``…, :class:`Prepared`
write     ``name``, ``at_ns``: its time; then blocks                        ``size``
finish    nothing                                                           nothing; on the medium on return
read      nothing                                                           ``more``…, :class:`MediumContents`
release   nothing                                                           nothing; it may be pulled out on return
========= ================================================================= =====================================

A block is its length (:data:`BLOCK_LENGTH`) and so many bytes, so that they are read right into what is written; one of
no bytes ends the file, and then comes the answer. A failure is answered as soon as it is known.

``list`` and ``open`` may come first; after ``open`` the child has the stick and nothing else. An error ends the work:
what was written is of no use then, and the connection is closed.
"""

from __future__ import annotations

import struct

import msgspec

from appliance.core.messages import CodedMessage

__all__ = ["BLOCK_LENGTH", "MOST_BLOCK_BYTES", "MediumContents", "MediumFile", "Prepared", "Stick"]

MOST_BLOCK_BYTES = 1 << 20
"""Of one block of a file."""
BLOCK_LENGTH = struct.Struct(">I")


class Stick(msgspec.Struct, frozen=True, kw_only=True):
    """A USB stick that is plugged in. ``serial``: what its maker wrote into it, which the register of media has.
    ``seq``: another number each time that it is plugged in, and for each disk. ``protected``: it cannot be written.
    ``refused``: why it may not be used; None where it may."""

    serial: str
    maker: str = ""
    model: str = ""
    bytes: int = 0
    seq: int = 0
    protected: bool = False
    refused: CodedMessage | None = None


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """``wiped_bytes``: so many were overwritten with zeros; ``wiped``: the same in words for the register, with what it
    does not promise. ``free_bytes``: for files."""

    wiped_bytes: int
    free_bytes: int
    wiped: CodedMessage


class MediumFile(msgspec.Struct, frozen=True):
    """``sha256``: hexadecimal, of what the medium gave back."""

    name: str
    size: int
    sha256: str


class MediumContents(msgspec.Struct, frozen=True):
    """``others``: names of what this recorder did not write."""

    files: tuple[MediumFile, ...]
    others: tuple[str, ...] = ()
