"""A source that libav reads, from the settings of its kind; where the package av is not installed that is said.

Not a plugin.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from appliance.api import CameraLost, SystemClock, UsageError
from appliance.plugins.sources.neighbours import card_at
from appliance.plugins.sources.network_address import split_address
from appliance.plugins.sources.network_settings import describe_url, patience_of
from appliance.plugins.sources.rtsp.tls import Trust, explain

if TYPE_CHECKING:
    from appliance.plugins.sources.libav import LibavSource

__all__ = ["explained", "known_by_card", "opened"]

_ENCRYPTED_PORTS = {"rtsps": 322, "https": 443}


def opened(
    settings: Mapping[str, Any],
    address: str,
    name: str,
    form: str | None,
    options: dict[str, str],
    *,
    pictures: bool = False,
    **more: Any,
) -> LibavSource:
    """The source. ``name`` is what errors call it, ``form`` libav's name of the format, ``pictures``: JPEG pictures
    over HTTP, which come as bytes. Raises UsageError where the package is not there, CameraLost."""
    try:
        import av  # noqa: F401  (that it is there is all that is asked)

        from appliance.plugins.sources.http_pictures import HttpPictures
        from appliance.plugins.sources.libav import LibavSource, Opening
    except ImportError as error:
        raise UsageError(f"{name}: needs the package av, which is not installed ({error})") from error
    kind = HttpPictures if pictures else LibavSource
    return kind(Opening(address, name, form, options, **patience_of(settings), **more), SystemClock())


def known_by_card(source: LibavSource, address: str) -> LibavSource:
    """libav keeps what the camera says of itself; its network card is all that is left to tell it by."""
    card = card_at(split_address(address).hostname or "")
    source.identity = {"mac": card} if card else {}
    return source


@contextlib.contextmanager
def explained(settings: Mapping[str, Any], address: str) -> Iterator[None]:
    """Of an encrypted connection libav says only that it failed; whether TLS or the certificate is why is found out."""
    try:
        yield
    except CameraLost:
        parts = split_address(address)
        if port := _ENCRYPTED_PORTS.get(parts.scheme.lower()):
            trust = Trust(describe_url(settings), settings["ca_file"])
            explain(parts.hostname or "", parts.port or port, trust, settings["open_seconds"])
        raise
