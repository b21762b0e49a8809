"""The seal's certificate: self-signed with a key that never leaves the key service, or from a licensed
authority for the same key. It contains no random value and no clock time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from typing import Any

from asn1crypto import pem, x509

from chalicelib.documents import SealRefused

Sign = Callable[[bytes], bytes]
"""Signs at most `MOST` bytes with RSASSA_PKCS1_V1_5_SHA_256; the key stays in its service."""
MOST = 4096
"""The maximum number of bytes that KMS hashes itself (message type RAW)."""
SELF_SIGNED = "自签名，证明完整性，不证明身份"
"""The statement of a self-signed certificate about itself, next to the name."""
LASTS = timedelta(days=30 * 365)
"""The validity of the self-signed certificate, longer than any retention of documents."""


def certificate(public_key: bytes, sign: Sign, name: str, when: datetime) -> bytes:
    """Return the self-signed certificate (DER) for a public key (DER), with this name, valid from `when`. The
    same input gives the same bytes."""
    key = x509.PublicKeyInfo.load(public_key)
    issuer = x509.Name.build(
        {
            "country_name": "CN",
            "organization_name": name,
            "organizational_unit_name": SELF_SIGNED,
            "common_name": f"{name}电子签章",
        }
    )
    constraints: list[Any] = [
        {"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": False}},
        {
            "extn_id": "key_usage",
            "critical": True,
            "extn_value": x509.KeyUsage({"digital_signature", "non_repudiation"}),
        },
        {
            "extn_id": "key_identifier",
            "critical": False,
            "extn_value": sha1(bytes(key["public_key"])).digest(),
        },
    ]
    serial = int.from_bytes(sha256(public_key).digest()[:16], "big") >> 1
    algorithm = {"algorithm": "sha256_rsa"}
    made = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": algorithm,
            "issuer": issuer,
            "subject": issuer,
            "subject_public_key_info": key,
            "extensions": constraints,
            "validity": {
                "not_before": x509.Time({"general_time" if when.year > 2049 else "utc_time": when}),
                "not_after": x509.Time({"general_time": when + LASTS}),
            },
        }
    )
    signed = {
        "tbs_certificate": made,
        "signature_algorithm": algorithm,
        "signature_value": bounded(sign, made.dump()),
    }
    return bytes(x509.Certificate(signed).dump())


def licensed(given: bytes, public_key: bytes) -> tuple[bytes, ...]:
    """Return an authority's certificate with its chain (PEM or DER) as DER. Raises SealRefused if it is for
    another key, or no certificate."""
    try:
        found = [der for _, _, der in pem.unarmor(given, multiple=True)] if pem.detect(given) else [given]
        own = x509.Certificate.load(found[0]).public_key.dump()
    except (ValueError, TypeError, IndexError):
        raise SealRefused("not a certificate") from None
    if own != public_key:
        raise SealRefused("the certificate is over another key")
    return tuple(found)


def seal_name(certificate: bytes) -> str:
    """Return the seal's printed name: its owner, and the authority that vouches for it."""
    found = x509.Certificate.load(certificate)
    subject, issuer = found.subject.native, found.issuer.native
    vouches = SELF_SIGNED if subject.get("organizational_unit_name") == SELF_SIGNED else issuer["common_name"]
    return f"{subject['common_name']}（{vouches}）"


def bounded(sign: Sign, data: bytes) -> bytes:
    """Return a signature of data; the key service takes them whole. Raises SealRefused for more than `MOST`
    bytes."""
    if len(data) > MOST:
        raise SealRefused(f"{len(data)} bytes to sign, more than {MOST}")
    return sign(data)
