"""TLS: the office's own certificate authority and the certificate that browsers on the LAN see.

The authority is made once at set-up, for this box's names and private addresses only (critical name constraints), so
importing it into the office's PCs lets nobody vouch for any other site, not even with its key. ``web.md`` measured
what browsers accept; RFC 5280 §4.2.1.10 has the constraints.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.core.clock import local_time
from appliance.core.errors import Damaged, UsageError

__all__ = [
    "AUTHORITY_DAYS",
    "BACKDATED",
    "LEAF_DAYS",
    "PRIVATE_RANGES",
    "RENEW_DAYS",
    "Authority",
    "SiteCertificate",
    "certificate_names",
    "fingerprint",
    "instant",
    "is_due",
    "issue",
    "key_of",
    "key_usage",
    "make_authority",
    "serial_number",
]

AUTHORITY_DAYS = 3653
LEAF_DAYS = 397
"""The longest that browsers accept anywhere."""

RENEW_DAYS = 60
BACKDATED = timedelta(days=1)
"""A certificate counts from so long before it is made, for a machine whose clock is behind."""

PRIVATE_RANGES = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Authority(NamedTuple):
    """The authority: its certificate (PEM), which everybody may have, and its key (DER), which only the keeper has."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"<authority {fingerprint(self.certificate)}>"


class SiteCertificate(NamedTuple):
    """What the web process serves with: certificate chain and key, PEM."""

    chain: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"<leaf {fingerprint(self.chain)}>"


def certificate_names(hosts: Sequence[str]) -> list[x509.DNSName | x509.IPAddress]:
    """Host names and addresses as certificate names, localhost among them. Raises UsageError."""
    names: list[x509.DNSName | x509.IPAddress] = []
    for host in dict.fromkeys((*(host.lower().rstrip(".") for host in hosts), "localhost", "127.0.0.1", "::1")):
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
                raise UsageError(f"host name {host!r}: letters, digits and hyphens between dots only") from None
            names.append(x509.DNSName(host))
            continue
        if not any(address in network for network in PRIVATE_RANGES):
            raise UsageError(f"address {host}: it is public; this recorder is made for an office's own network")
        names.append(x509.IPAddress(address))
    return names


def make_authority(office_name: str, hosts: Sequence[str], now_ns: int, random: Callable[[int], bytes]) -> Authority:
    """A new authority for these names, valid 10 years. Raises UsageError for a name that cannot stand in one."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{office_name} recorder CA"[:64])])
    now = instant(now_ns)
    permitted: list[x509.GeneralName] = [name for name in certificate_names(hosts) if isinstance(name, x509.DNSName)]
    permitted += [x509.IPAddress(network) for network in PRIVATE_RANGES]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(serial_number(random))
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    )


def issue(authority: Authority, hosts: Sequence[str], now_ns: int, random: Callable[[int], bytes]) -> SiteCertificate:
    """A new certificate with a new key for these names, valid 397 days or as long as the authority.

    Raises UsageError for a name that the authority may not vouch for: that needs a new authority on every PC.
    """
    signer = key_of(authority)
    parent = x509.load_pem_x509_certificate(authority.certificate)
    names = certificate_names(hosts)
    constraints = parent.extensions.get_extension_for_class(x509.NameConstraints).value
    allowed = {name.value for name in constraints.permitted_subtrees or () if isinstance(name, x509.DNSName)}
    for name in names:
        if isinstance(name, x509.DNSName) and not any(
            name.value == suffix or name.value.endswith("." + suffix) for suffix in allowed
        ):
            raise UsageError(
                f"host name {name.value}: this office's authority was made for {', '.join(sorted(allowed))}; "
                "another name needs a new authority, imported on every PC"
            )
    key = ec.generate_private_key(ec.SECP256R1())
    now = instant(now_ns)
    first = next(name for name in names if isinstance(name, x509.DNSName))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, first.value[:64])]))
        .issuer_name(parent.subject)
        .public_key(key.public_key())
        .serial_number(serial_number(random))
        .not_valid_before(max(now - BACKDATED, parent.not_valid_before_utc))
        .not_valid_after(min(now + timedelta(days=LEAF_DAYS) - BACKDATED, parent.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return SiteCertificate(
        certificate.public_bytes(Encoding.PEM) + authority.certificate,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def is_due(chain: bytes, now_ns: int) -> bool:
    """Whether the leaf should be issued anew: less than 60 days left, or not yet valid by this clock."""
    leaf = x509.load_pem_x509_certificates(chain)[0]
    now = instant(now_ns)
    return now < leaf.not_valid_before_utc or leaf.not_valid_after_utc - now < timedelta(days=RENEW_DAYS)


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of the certificate's DER as browsers show it: ``AB:CD:…``, 32 pairs."""
    digest = x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def key_of(authority: Authority) -> ec.EllipticCurvePrivateKey:
    """Raises Damaged."""
    key = load_der_private_key(authority.key, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Damaged("certificate authority: its key is of another kind; restore box.sealed from the backup")
    return key


def key_usage(*, authority: bool) -> x509.KeyUsage:
    """Of the authority, which signs certificates and lists, or of whoever it signs for."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def serial_number(random: Callable[[int], bytes]) -> int:
    """159 random bits, positive (RFC 5280 §4.1.2.2)."""
    return int.from_bytes(random(20), "big") >> 1 | 1


def instant(wall_ns: int) -> datetime:
    """To the second, as certificates have it."""
    return local_time(wall_ns).replace(microsecond=0)
