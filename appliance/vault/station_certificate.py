"""The certificate by which a viewing station (閱覽站) proves itself: signed by the office's own authority, over a key
that the station made and keeps.

The station hands in a request for it (PKCS #10), which proves that it has the key; the key itself never comes here.
What the certificate says decides nothing: it opens the station's port, and the register of stations says by its
fingerprint whether the station may show anything (docs/decisions/2026-12-01-viewing-stations.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.core.errors import UsageError
from appliance.vault.tls import BACKDATED, Authority, instant, key_of, key_usage, serial_number

__all__ = ["MOST_REQUEST_CHARS", "StationRequest", "certify", "read_request"]

MOST_REQUEST_CHARS = 8_000
"""A request with an RSA key of 4096 bits has some 1,700."""
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2_048, 4_096
_CURVES = ("secp256r1", "secp384r1")


class StationRequest(NamedTuple):
    """A request whose signature fits its key. ``key``: SHA-256 of the public key (SubjectPublicKeyInfo), by which two
    people compare it with what the station shows."""

    request: x509.CertificateSigningRequest
    key: str


def read_request(pem: str) -> StationRequest:
    """Raises UsageError for what is no request, is not signed by its own key, or has a key of another kind than a TPM
    or OpenSSL makes: P-256, P-384, or RSA of 2048 to 4096 bits."""
    if len(pem) > MOST_REQUEST_CHARS or not pem.isascii():
        raise UsageError.of("station-request")
    try:
        request = x509.load_pem_x509_csr(pem.encode("ascii"))
        public = request.public_key()
        fits = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError.of("station-request") from error
    if not fits:
        raise UsageError.of("station-request")
    is_ec = isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in _CURVES
    is_rsa = isinstance(public, rsa.RSAPublicKey) and _LEAST_RSA_BITS <= public.key_size <= _MOST_RSA_BITS
    if not (is_ec or is_rsa):
        raise UsageError.of("station-key")
    return StationRequest(
        request, hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    )


def certify(
    authority: Authority, asked: StationRequest, number: int, now_ns: int, random: Callable[[int], bytes]
) -> bytes:
    """The certificate (PEM) for the station of this number, valid as long as the authority: the register ends it."""
    signer = key_of(authority)
    parent = x509.load_pem_x509_certificate(authority.certificate)
    public = asked.request.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"viewing station {number}")]))
        .issuer_name(parent.subject)
        .public_key(public)
        .serial_number(serial_number(random))
        .not_valid_before(max(instant(now_ns) - BACKDATED, parent.not_valid_before_utc))
        .not_valid_after(parent.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)
