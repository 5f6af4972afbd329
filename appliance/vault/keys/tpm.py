"""A TPM 2.0, by the few calls of tpm2-tools that an anchor needs: look for it; define, read, write, undefine an index.

Each call is one process of its own with a time limit. What is secret reaches it in files that exist in memory only,
never in arguments, which every user of the box can read. What the TPM answers becomes one of our errors by its response
code (TPM 2.0 Library, part 2, 6.6).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from appliance.core.errors import Damaged, NotWritable, RecorderError, Refused, Unavailable

__all__ = ["DEVICE", "Area", "Tpm"]

DEVICE = "device:/dev/tpmrm0"
"""The kernel's own TPM, through its resource manager."""

INSTALL = "install them with: apt install tpm2-tools"

_ATTRIBUTES = "authread|authwrite|no_da"
"""Read and written with the index's own secret alone: neither the owner nor the platform reads it, and a wrong secret
locks nobody out."""

_NO_TPM = 4
"""tpm2-tools' exit status when the way to the TPM does not open; some versions give 1 and only say so."""

_CODE = re.compile(r"^ERROR: \w+\(0x([0-9A-Fa-f]+)\)", re.MULTILINE)
_FORMAT_ONE, _NUMBER = 0x080, 0x03F
_SPACE, _DEFINED, _UNINITIALISED, _LOCKED_OUT = 0x14B, 0x14C, 0x14A, 0x921
_LATER = (0x908, 0x920, 0x922, 0x923)
_AUTH_FAIL, _HANDLE, _BAD_AUTH = 0x08E, 0x08B, 0x0A2
_TRIES = 5


class Area(NamedTuple):
    """What anybody may know of an index. ``attributes`` as tpm2-tools writes them, ``size`` in bytes."""

    attributes: frozenset[str]
    size: int

    @property
    def ours(self) -> bool:
        """Whether it was defined as :meth:`Tpm.define` does it."""
        return self.attributes - {"written"} == set(_ATTRIBUTES.split("|"))


class Tpm:
    """The TPM behind ``tcti``, as tpm2-tools name it: ``device:/dev/tpmrm0``, ``swtpm:path=/run/tpm.sock``.

    Blocking; keeps nothing open between two calls. Every call raises Unavailable when no TPM answers within
    ``seconds``, when it is locked out, or when tpm2-tools are missing.
    """

    def __init__(
        self, tcti: str = DEVICE, *, seconds: float = 10.0, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.tcti, self._seconds, self._pause = tcti, seconds, pause

    def why_not(self) -> str:
        """Why there is none to use; "" when one answers."""
        try:
            self.indices()
        except RecorderError as error:
            return str(error)
        return ""

    def virtual(self) -> bool:
        """Whether it calls itself a program (libtpms, as in virtual machines): its cells are a file on some host."""
        said = self._call("tpm2_getcap", "properties-fixed").decode(errors="replace")
        vendor = re.findall(r"TPM2_PT_VENDOR_STRING_\d:\s*raw: 0x([0-9A-Fa-f]+)", said)
        words = b"".join(bytes.fromhex(part.rjust(8, "0")) for part in vendor)
        return words.replace(b"\0", b"").split() == [b"SW", b"TPM"]

    def owner_has_password(self) -> bool:
        """Whether defining an index takes the password of the TPM's owner."""
        said = self._call("tpm2_getcap", "properties-variable").decode(errors="replace")
        return re.search(r"ownerAuthSet:\s*1", said) is not None

    def indices(self) -> list[int]:
        """The indices that are defined, by anybody."""
        said = self._call("tpm2_getcap", "handles-nv-index").decode(errors="replace")
        return [int(number, 16) for number in re.findall(r"0x([0-9A-Fa-f]+)", said)]

    def area(self, index: int) -> Area | None:
        """What the index is, or None where it is not defined."""
        if index not in self.indices():
            return None
        said = self._call("tpm2_nvreadpublic", f"{index:#x}", index=index).decode(errors="replace")
        attributes, size = re.search(r"friendly: ([a-z_|]*\|[a-z_|]*)", said), re.search(r"size: (\d+)", said)
        if attributes is None or size is None:
            raise Unavailable.of("tpm-index", index=f"{index:#x}")
        return Area(frozenset(attributes[1].split("|")), int(size[1]))

    def define(self, index: int, size: int, auth: bytes, owner: bytes = b"") -> None:
        """An index of ``size`` bytes that opens with ``auth`` alone; durable on return. ``owner``: the password of the
        TPM's owner, mostly none.

        Raises Refused for a wrong owner's password and an index that is taken, NotWritable without room.
        """
        with _in_memory(auth) as secret, _in_memory(owner) as password:
            arguments = ["-C", "o", "-s", str(size), "-a", _ATTRIBUTES, "-p", f"file:{_path(secret)}", f"{index:#x}"]
            if owner:
                arguments += ["-P", f"file:{_path(password)}"]
            self._call("tpm2_nvdefine", *arguments, index=index, files=(secret, password))

    def undefine(self, index: int, owner: bytes = b"") -> None:
        """The index and its content are gone."""
        with _in_memory(owner) as password:
            arguments = ["-P", f"file:{_path(password)}"] if owner else []
            self._call("tpm2_nvundefine", "-C", "o", *arguments, f"{index:#x}", index=index, files=(password,))

    def read(self, index: int, size: int, auth: bytes) -> bytes:
        """What the index holds; b"" when it was never written. Raises Damaged when it is not defined or another's."""
        with _in_memory(auth) as secret:
            arguments = ["-C", f"{index:#x}", "-P", f"file:{_path(secret)}", "-s", str(size), f"{index:#x}"]
            return self._call("tpm2_nvread", *arguments, index=index, files=(secret,))

    def write(self, index: int, data: bytes, auth: bytes) -> None:
        """Overwrites the index; durable on return: it is no *orderly* index, which would wait for a shutdown.

        Raises Damaged when it is not defined or another's.
        """
        with _in_memory(auth) as secret, _in_memory(data) as content:
            arguments = ["-C", f"{index:#x}", "-P", f"file:{_path(secret)}", "-i", _path(content), f"{index:#x}"]
            self._call("tpm2_nvwrite", *arguments, index=index, files=(secret, content))

    # --- inside ---

    def _call(self, tool: str, *arguments: str, index: int = 0, files: Sequence[int] = ()) -> bytes:
        """The tool's output. A TPM that asks to wait (it slows writing down to save its cells) is asked again."""
        path = shutil.which(tool)
        if path is None:
            raise Unavailable.of("tpm-tool", tool=tool)
        command = [path, "-T", self.tcti, *arguments]
        for tries in range(1, _TRIES + 1):
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=self._seconds,
                    pass_fds=files,
                    env={"PATH": os.defpath, "LC_ALL": "C", "TSS2_LOG": "all+ERROR"},
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise Unavailable.of("tpm-silent", tcti=self.tcti, seconds=f"{self._seconds:g}") from None
            except OSError as error:
                raise Unavailable.of("tpm-start", tool=tool, why=error.strerror) from error
            said = done.stderr.decode(errors="replace")
            codes = [int(code, 16) for code in _CODE.findall(said)]
            code = codes[0] & 0xFFF if codes else 0
            if done.returncode == 0 or code == _UNINITIALISED:
                return done.stdout if done.returncode == 0 else b""
            if code not in _LATER or tries == _TRIES:
                break
            self._pause(0.1 * 2**tries)
        raise self._error(tool, index, code, done.returncode, said)

    def _error(self, tool: str, index: int, code: int, status: int, said: str) -> RecorderError:
        what = f"TPM index {index:#x}"
        if code == _SPACE:
            return NotWritable.of("tpm-full", what=what)
        if code == _DEFINED:
            return Refused.of("tpm-taken", what=what)
        if code == _LOCKED_OUT:
            return Unavailable.of("tpm-locked")
        if code in _LATER:
            return Unavailable.of("tpm-waits")
        if code & _FORMAT_ONE and code & (_FORMAT_ONE | _NUMBER) in (_AUTH_FAIL, _BAD_AUTH):
            if tool in ("tpm2_nvdefine", "tpm2_nvundefine"):
                return Refused.of("tpm-owner")
            return Damaged(f"{what}: does not open with this office's secret; somebody else has taken it")
        if code & _FORMAT_ONE and code & (_FORMAT_ONE | _NUMBER) == _HANDLE:
            return Damaged(f"{what}: is not there; it was removed, or this is another TPM")
        if status == _NO_TPM or "Could not load tcti" in said:
            return Unavailable.of("tpm-none", tcti=self.tcti)
        last = next((line for line in said.splitlines() if line.startswith("ERROR")), f"exit status {status}")
        return Unavailable.of("tpm-failed", tcti=self.tcti, tool=tool, why=last)


@contextlib.contextmanager
def _in_memory(data: bytes) -> Iterator[int]:
    """A file that has no name and no disk, for a tool that wants to read a file."""
    fd = os.memfd_create("office-recorder", os.MFD_CLOEXEC)
    try:
        os.write(fd, data)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.ftruncate(fd, 0)
        os.close(fd)


def _path(fd: int) -> str:
    return f"/proc/self/fd/{fd}"
