"""How an office PC comes to trust this recorder: its CA certificate, the fingerprint to compare, the steps."""

from __future__ import annotations

import hashlib

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from appliance.web.http.request_context import SITE, page

__all__ = ["certificate", "fingerprint_lines", "show"]


def fingerprint_lines(pem: bytes) -> list[str]:
    """SHA-256 of the certificate in pairs of digits, eight pairs a line, as browsers and the printed card show it."""
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    digits = hashlib.sha256(der).hexdigest().upper()
    pairs = [digits[at : at + 2] for at in range(0, 64, 2)]
    return [":".join(pairs[at : at + 8]) for at in range(0, 32, 8)]


async def show(request: web.Request) -> web.Response:
    site = request.app[SITE]
    return page(
        request, "login/trust.html", fingerprint=fingerprint_lines(site.authority_pem), address=f"{site.origin}/"
    )


async def certificate(request: web.Request) -> web.Response:
    return web.Response(
        body=request.app[SITE].authority_pem,
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="office-recorder-ca.crt"'},
    )
