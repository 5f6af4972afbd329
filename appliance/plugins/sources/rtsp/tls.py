"""TLS to a camera (RTSPS, RFC 7826 section 19): what of its certificate is checked, and what is said when that fails.

Not a plugin; ``client.py`` connects with it. Blocking until the handshake is over; from then on a :class:`TlsSocket`
answers as a plain socket does.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import re
import socket
import ssl
import warnings
from typing import NamedTuple

from appliance.api import CameraLost, UsageError

__all__ = ["UNCHECKED", "TlsSocket", "Trust", "explain", "secured"]

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")

_EXPIRED = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21, 27})
"""OpenSSL's numbers (x509_vfy.h): not yet valid, expired; host name, address; nobody known signed it."""

_TOO_OLD = frozenset(
    {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW"}
)
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})


class Trust(NamedTuple):
    """By what a camera's certificate is known: the authority that signed it, in a PEM file ``ca_file`` or as PEM text
    ``ca``, and its own SHA-256 ``fingerprint`` in hex. Whatever is given must fit. With none of them the certificate is
    not checked: nobody who merely listens reads along, but who sits between can pose as the camera. ``name``: what
    errors call the camera; it holds no secret.
    """

    name: str = ""
    ca_file: str = ""
    ca: str = ""
    fingerprint: str = ""

    def check(self) -> None:
        """Raises UsageError for what can never fit."""
        if self.fingerprint and not _FINGERPRINT.fullmatch(_plain(self.fingerprint)):
            raise UsageError.of("camera-fingerprint-form", found=len(_plain(self.fingerprint)))
        if self.ca and not _certificates(self.ca):
            raise UsageError.of("camera-ca-form")

    def context(self) -> ssl.SSLContext:
        """What a connection is made with. Raises CameraLost where the authority's certificate cannot be read."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not self.ca_file and not self.ca:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            # An old camera's short key is as good as any where its fingerprint says whose it is; where nothing is
            # checked, old TLS is no worse than new, and a picture is better than none.
            context.set_ciphers("DEFAULT:@SECLEVEL=1" if self.fingerprint else "DEFAULT:@SECLEVEL=0")
            if not self.fingerprint:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    context.minimum_version = ssl.TLSVersion.TLSv1
            return context
        try:
            if self.ca_file:
                context.load_verify_locations(self.ca_file)
            for certificate in _certificates(self.ca):
                context.load_verify_locations(cadata=certificate)
        except (OSError, ValueError) as error:
            raise CameraLost.of("camera-ca-unreadable", url=self.name, why=_reason(error)) from None
        return context


UNCHECKED = Trust()
"""Encrypted, and with whomever."""


class TlsSocket:
    """A socket under TLS with a plain socket's manners: what cannot be done now is a BlockingIOError."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock = sock
        self.fileno, self.close = sock.fileno, sock.close
        self.getpeername, self.getsockname = sock.getpeername, sock.getsockname
        self.settimeout, self.setblocking = sock.settimeout, sock.setblocking

    def recv(self, size: int) -> bytes:
        try:
            return self._sock.recv(size)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def recv_into(self, buffer: memoryview) -> int:
        try:
            return self._sock.recv_into(buffer)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def sendall(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None


def secured(sock: socket.socket, host: str, trust: Trust) -> TlsSocket:
    """The connection ``sock`` under TLS, the camera's certificate checked; its time limit is that of ``sock``. Raises
    CameraLost, after which ``sock`` is closed."""
    try:
        context = trust.context()
    except CameraLost:
        sock.close()
        raise
    try:
        made = context.wrap_socket(sock, server_hostname=host)
        found = hashlib.sha256(made.getpeercert(binary_form=True) or b"").hexdigest()
    except (OSError, ValueError) as error:
        sock.close()
        raise _failed(error, host, trust) from None
    expected = _plain(trust.fingerprint)
    if expected and found != expected:
        made.close()
        raise CameraLost.of(
            "camera-certificate-changed", url=trust.name, expected=_written(expected), found=_written(found)
        )
    return TlsSocket(made)


def explain(host: str, port: int, trust: Trust, seconds: float) -> None:
    """After a library failed that says nothing of why: raises CameraLost where it is TLS or the certificate that fails;
    returns where it is something else."""
    with contextlib.suppress(OSError):
        secured(socket.create_connection((host, port), seconds), host, trust).close()


def _failed(error: Exception, host: str, trust: Trust) -> CameraLost:
    """Why there is no TLS, in the words of the catalogue."""
    url = trust.name
    if isinstance(error, TimeoutError):
        return CameraLost.of("camera-silent", url=url, seconds="0")
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _EXPIRED:
            return CameraLost.of("camera-certificate-date", url=url)
        if error.verify_code in _OTHER_NAME:
            return CameraLost.of("camera-certificate-name", url=url, host=host)
        if error.verify_code in _UNKNOWN_AUTHORITY:
            return CameraLost.of("camera-certificate-authority", url=url)
        return CameraLost.of("camera-certificate-unsound", url=url, why=error.verify_message)
    reason = getattr(error, "reason", None) or ""
    if reason in _TOO_OLD:
        return CameraLost.of("camera-tls-old", url=url)
    hung_up = isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError)  # the second: Python 3.11
    if reason in _NO_TLS or hung_up:
        return CameraLost.of("camera-tls-none", url=url)
    return CameraLost.of("camera-tls-failed", url=url, why=_reason(error))


def _reason(error: Exception) -> str:
    words = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
    return str(words).replace("_", " ").lower()


def _certificates(text: str) -> list[bytes]:
    """The certificates in PEM, each in DER; a text that went through a field of one line has blanks for line ends."""
    try:
        return [base64.b64decode("".join(body.split()), validate=True) for body in _PEM.findall(text)]
    except binascii.Error:
        return []


def _plain(fingerprint: str) -> str:
    """As people write it (``AB:CD``, ``SHA256 Fingerprint=ab cd``) to plain hex."""
    return re.sub(r"[:\s-]", "", fingerprint.rpartition("=")[2]).lower()


def _written(fingerprint: str) -> str:
    """As people compare it: ``AB:CD:…``."""
    return ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper()
