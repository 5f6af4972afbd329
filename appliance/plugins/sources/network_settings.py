"""The settings of a camera that has an address: account, certificate and patience, and what of them cannot be.

Not a plugin. No message repeats any part of an account.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlunsplit

from appliance.api import Setting, UsageError, redact, url_secrets
from appliance.plugins.sources.network_address import split_address
from appliance.plugins.sources.rtsp.tls import Trust

__all__ = [
    "ACCOUNT",
    "CA_FILE",
    "CERTIFICATE",
    "PATIENCE",
    "PATIENCE_OF_ANSWERS",
    "address_of",
    "check_ca_file",
    "check_there",
    "check_trust",
    "describe_url",
    "is_encrypted",
    "one_of",
    "patience_of",
    "secrets_of",
    "tls_options",
]

_MAX_ACCOUNT_BYTES = 127
"""What libav's RTSP client keeps of an account; it would cut a longer one and be refused (rtsp.c, ``auth[128]``)."""

ACCOUNT = (
    Setting("user", "User name at the camera; better here than in `url`.", str, ""),
    Setting("password", "Password at the camera.", str, "", secret=True),
)
_SILENCE = Setting(
    "silence_seconds",
    "No picture for so long means that the camera is lost, 0.1 to 60; one that sends seldom gets longer by itself.",
    float,
    4.0,
)
PATIENCE = (Setting("open_seconds", "How long opening may take, 0.1 to 60.", float, 6.0), _SILENCE)
PATIENCE_OF_ANSWERS = (
    Setting("open_seconds", "How long connecting, and then each answer, may take, 0.1 to 60.", float, 10.0),
    _SILENCE,
)
CA_FILE = Setting(
    "ca_file", "PEM file of the authority that signed the camera's certificate; empty: unchecked.", str, ""
)
CERTIFICATE = (
    Setting(
        "ca_file",
        "With `rtsps`: PEM file of the authority that signed the camera's certificate. Of all three empty: unchecked.",
        str,
        "",
    ),
    Setting("ca", "With `rtsps`: the same authority's certificate as PEM text.", str, ""),
    Setting("fingerprint", "With `rtsps`: SHA-256 of the camera's own certificate, 64 hex digits.", str, ""),
)


def describe_url(settings: Mapping[str, Any]) -> str:
    """Scheme, host, port and path: never user, password or query."""
    parts = split_address(settings["url"])
    host = parts.netloc.rpartition("@")[2]
    return redact(urlunsplit((parts.scheme, host, parts.path, "", "")), secrets_of(settings))


def secrets_of(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What no message may repeat."""
    account = (settings["password"], f"{settings['user']}:{settings['password']}")
    return (*url_secrets(settings["url"]), *(account if settings["password"] else ()))


def address_of(settings: Mapping[str, Any], schemes: tuple[str, ...]) -> str:
    """The URL as libav wants it, with the account in it. Raises UsageError."""
    parts = split_address(settings["url"])
    if parts.scheme.lower() not in schemes:
        raise UsageError(f"url: begins with {parts.scheme}://; this kind of camera has {' or '.join(schemes)}")
    user, password = settings["user"], settings["password"]
    if not user and not password:
        return str(settings["url"])
    if "@" in parts.netloc:
        raise UsageError("url: has a user in it, and so have the settings user and password; give it once")
    if ":" in user:
        raise UsageError("user: must not hold a colon; RFC 7617 section 2")
    account = f"{quote(user, safe='')}:{quote(password, safe='')}"
    if "rtsp" in schemes and len(account) > _MAX_ACCOUNT_BYTES:
        raise UsageError(
            f"password: is too long; user and password together come to {len(account)} bytes as an address writes them,"
            f" and libav sends {_MAX_ACCOUNT_BYTES}"
        )
    return str(urlunsplit(parts._replace(netloc=f"{account}@{parts.netloc}")))


def check_ca_file(settings: Mapping[str, Any]) -> None:
    """Raises UsageError where one is named that is not there."""
    if settings["ca_file"]:
        check_there("ca_file", settings["ca_file"])


def is_encrypted(settings: Mapping[str, Any]) -> bool:
    """Whether it speaks RTSP through TLS."""
    return split_address(settings["url"]).scheme.lower() == "rtsps"


def check_trust(settings: Mapping[str, Any]) -> Trust:
    """By what the camera's certificate is known. What libav cannot check is refused, not left unchecked.
    Raises UsageError."""
    trust = Trust(describe_url(settings), settings["ca_file"], settings["ca"], settings["fingerprint"])
    trust.check()
    if not is_encrypted(settings):
        if settings["ca"] or settings["fingerprint"]:
            raise UsageError.of("camera-certificate-plain")
    elif settings["transport"] == "udp":
        raise UsageError.of("camera-encrypted-udp")
    elif settings["reader"] == "libav" and (settings["ca"] or settings["fingerprint"]):
        raise UsageError.of("camera-certificate-libav")
    return trust


def check_there(name: str, path: str) -> None:
    """Raises UsageError where the setting ``name`` has no file, device or pipe."""
    if os.path.isdir(path) or not os.path.exists(path):
        raise UsageError(f"{name}: {path} is not there or is a folder; give what is there")


def patience_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``open_seconds`` and ``silence_seconds``. Raises UsageError."""
    for name in ("open_seconds", "silence_seconds"):
        if not 0.1 <= settings[name] <= 60:
            raise UsageError(f"{name}: is {settings[name]:g}; give 0.1 to 60")
    return {name: settings[name] for name in ("open_seconds", "silence_seconds")}


def one_of(settings: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    """What the setting ``name`` says. Raises UsageError where that is not ``known``."""
    if settings[name] not in known:
        raise UsageError(f"{name}: is {settings[name]!r}; give {' or '.join(known)}")
    return str(settings[name])


def tls_options(settings: Mapping[str, Any]) -> dict[str, str]:
    """Of libav."""
    return {"tls_verify": "1", "ca_file": settings["ca_file"]} if settings["ca_file"] else {}
