"""Records a camera that only offers single pictures: asks for one every so often."""

from __future__ import annotations

import base64
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from appliance.api import (
    CameraLost,
    Pace,
    Packet,
    Setting,
    SourceKind,
    Stream,
    Streams,
    SystemClock,
    UsageError,
    hookimpl,
    picture_size,
    redact,
    url_secrets,
)

TIME_BASE = (1, 90_000)
MAX_PICTURE_BYTES = 8 << 20


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    return [
        SourceKind(
            name="snapshots",
            summary="A camera that only offers single JPEG pictures over HTTP; no sound.",
            settings=(
                Setting("url", "Address of the picture, `http://` or `https://`.", required=True),
                Setting("user", "User name at the camera.", str, ""),
                Setting("password", "Password at the camera.", str, "", secret=True),
                Setting("every_seconds", "Seconds from one picture to the next, 0.1 to 60.", float, 1.0),
                Setting("timeout_seconds", "A picture that takes longer means the camera is lost.", float, 0.8),
            ),
            open=Snapshots,
            describe=lambda settings: redact(settings["url"].partition("?")[0], url_secrets(settings["url"])),
            example={"url": "http://192.0.2.9/snapshot.jpg"},
        )
    ]


class Snapshots:
    """An open camera. The first picture is fetched at once: what does not answer is not open."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        if not settings["url"].startswith(("http://", "https://")):
            raise UsageError("snapshots: url must begin with http:// or https://")
        if "@" in settings["url"]:
            raise UsageError("snapshots: no user belongs into url; there are settings for user and password")
        if not 0.1 <= settings["every_seconds"] <= 60:
            raise UsageError(f"snapshots: every_seconds is {settings['every_seconds']:g}; give 0.1 to 60")
        self._settings = settings
        self._secrets = (*url_secrets(settings["url"]), settings["password"])
        self._first = self._fetch()

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        size = (0, 0)
        pace = Pace(SystemClock())
        number = 0
        while True:
            if not pace.reach(number * self._settings["every_seconds"]):
                yield None
                continue
            picture = self._fetch() if number else self._first
            if picture_size("mjpeg", picture) != size:
                size = picture_size("mjpeg", picture)
                yield Streams((Stream(0, "video", "mjpeg", TIME_BASE, width=size[0], height=size[1]),))
            stamp = int(pace.now * TIME_BASE[1])
            yield Packet(0, picture, pts=stamp, dts=stamp, duration=0, is_key=True)
            number = max(number + 1, int(pace.now / self._settings["every_seconds"]))

    def close(self) -> None:
        """Nothing stays open between two pictures."""

    def _fetch(self) -> bytes:
        request = urllib.request.Request(self._settings["url"])  # noqa: S310  (the scheme was checked)
        if self._settings["user"]:
            account = f"{self._settings['user']}:{self._settings['password']}"
            request.add_header("Authorization", f"Basic {base64.b64encode(account.encode()).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=self._settings["timeout_seconds"]) as answer:  # noqa: S310
                picture = bytes(answer.read(MAX_PICTURE_BYTES))
        except (OSError, ValueError, urllib.error.URLError, http.client.HTTPException) as error:
            # `from None`: what the library says may repeat the address with its password.
            raise CameraLost(redact(f"snapshots: no picture ({error})", self._secrets)) from None
        if picture_size("mjpeg", picture) == (0, 0):
            raise CameraLost("snapshots: what came is no JPEG picture")
        return picture
