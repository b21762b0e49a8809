"""The certificate of the seal: self-signed over a key that never leaves the key service, or a licensed
authority's over the same key. Nothing in it comes from chance or from the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from typing import Any

from asn1crypto import pem, x509

from chalicelib.documents import SealRefused

Sign = Callable[[bytes], bytes]
"""Signs data of at most `MOST` bytes as RSASSA_PKCS1_V1_5_SHA_256; the key stays where it is."""
MOST = 4096
"""How many bytes KMS takes at most to hash by itself (message type RAW)."""
SELF_SIGNED = "自签名，证明完整性，不证明身份"
"""What a self-signed certificate says about itself, beside the name."""
LASTS = timedelta(days=30 * 365)
"""How long the self-signed certificate says it is valid: longer than any document is kept."""


def certificate(public_key: bytes, sign: Sign, name: str, when: datetime) -> bytes:
    """The self-signed certificate (DER) over a public key (DER), in this name, valid from `when`; the same
    bytes every time."""
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
    """A certificate of an authority, with its chain behind it (PEM or DER), as DER; raises SealRefused when
    it is over another key."""
    try:
        found = [der for _, _, der in pem.unarmor(given, multiple=True)] if pem.detect(given) else [given]
        own = x509.Certificate.load(found[0]).public_key.dump()
    except (ValueError, TypeError, IndexError):
        raise SealRefused("not a certificate") from None
    if own != public_key:
        raise SealRefused("the certificate is over another key")
    return tuple(found)


def named(certificate: bytes) -> str:
    """The seal's name as people read it: whose seal it is, and which authority vouches for that."""
    found = x509.Certificate.load(certificate)
    subject, issuer = found.subject.native, found.issuer.native
    vouches = SELF_SIGNED if subject.get("organizational_unit_name") == SELF_SIGNED else issuer["common_name"]
    return f"{subject['common_name']}（{vouches}）"


def bounded(sign: Sign, data: bytes) -> bytes:
    """A signature of data that the key service takes whole; raises SealRefused for more."""
    if len(data) > MOST:
        raise SealRefused(f"{len(data)} bytes to sign, more than {MOST}")
    return sign(data)
