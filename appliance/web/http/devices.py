"""What a browser's computer proved itself with: the certificate of a viewing station, read off the connection.

The site's own port asks nobody for one. The station's port takes no connection without one of the office's authority
(``site/app.py``). Nothing that is written into a request is looked at.
"""

from __future__ import annotations

import hashlib

from aiohttp import web

__all__ = ["device_of"]


def device_of(request: web.Request) -> str:
    """SHA-256 of the certificate (DER) of this request's connection; "" where it bears none."""
    tls = None if request.transport is None else request.transport.get_extra_info("ssl_object")
    certificate = None if tls is None else tls.getpeercert(binary_form=True)
    return hashlib.sha256(certificate).hexdigest() if certificate else ""
