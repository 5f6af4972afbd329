"""Style sheets, scripts and icons: read once at start, served from memory under a name that holds their hash.

A file's address changes with its content, so browsers may keep it for ever, and no path of a request ever reaches the
disk. Scripts import each other by plain relative names; those are served too, checked for change each time.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from aiohttp import web

from appliance.core.errors import NotFound

__all__ = ["StaticFiles", "read_static_files"]

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class _File(NamedTuple):
    content: bytes
    content_type: str
    tag: str


class StaticFiles:
    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = {
            name: _File(content, _TYPES[name.rsplit(".", 1)[-1]], hashlib.sha256(content).hexdigest()[:16])
            for name, content in files.items()
        }

    def names(self) -> list[str]:
        return sorted(self._files)

    def content(self, name: str) -> bytes:
        return self._files[name].content

    def url(self, name: str) -> str:
        return f"/static/{name}?v={self._files[name].tag}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise NotFound.of("static-none")
        tag = f'"{file.tag}"'
        asked_by_hash = request.query.get("v") == file.tag
        headers = {
            "ETag": tag,
            "Cache-Control": "public, max-age=31536000, immutable" if asked_by_hash else "no-cache",
            "Content-Type": file.content_type,
        }
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.content, headers=headers)


def read_static_files() -> StaticFiles:
    """The files that ship with the package."""
    files: dict[str, bytes] = {}

    def walk(folder: Traversable, prefix: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir():
                walk(entry, f"{prefix}{entry.name}/")
            elif entry.name.rsplit(".", 1)[-1] in _TYPES:
                files[prefix + entry.name] = entry.read_bytes()

    walk(resources.files("appliance.web").joinpath("static"), "")
    return StaticFiles(files)
