"""The certificate of the seal: self-signed, or issued by a licensed authority for the same key. The private
key never leaves the key service. A self-signed certificate holds no random value and no clock time, so that
each process makes the same one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from typing import Any

from asn1crypto import pem, x509

from chalicelib.documents import SealRefused

Sign = Callable[[bytes], bytes]
"""A function that signs at most `MOST` bytes with RSASSA_PKCS1_V1_5_SHA_256. The key stays in the key
service."""
MOST = 4096
"""The maximum number of bytes that KMS takes to hash and sign (message type RAW)."""
SELF_SIGNED = "自签名，证明完整性，不证明身份"
"""The remark beside the name in a self-signed certificate, that it proves integrity and not identity."""
LASTS = timedelta(days=30 * 365)
"""How long the self-signed certificate is valid; we keep no document that long."""


def certificate(public_key: bytes, sign: Sign, name: str, when: datetime) -> bytes:
    """Return the self-signed certificate (DER) for a public key (DER). `name` is the name of the company; the
    certificate is valid from `when`. The same input gives the same bytes."""
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
        "signature_value": sign_bounded(sign, made.dump()),
    }
    return bytes(x509.Certificate(signed).dump())


def licensed(given: bytes, public_key: bytes) -> tuple[bytes, ...]:
    """Return a certificate from an authority and its chain, each as DER. `given` holds them as PEM, or the
    certificate alone as DER. Raises SealRefused if `given` is no certificate, or if the certificate is for
    another key than `public_key`."""
    try:
        found = [der for _, _, der in pem.unarmor(given, multiple=True)] if pem.detect(given) else [given]
        own = x509.Certificate.load(found[0]).public_key.dump()
    except (ValueError, TypeError, IndexError):
        raise SealRefused("not a certificate") from None
    if own != public_key:
        raise SealRefused("the certificate is over another key")
    return tuple(found)


def seal_name(certificate: bytes) -> str:
    """Return the name of the seal as printed, from its certificate (DER): its owner, and in brackets the
    authority that issued it. A self-signed certificate has `SELF_SIGNED` in brackets."""
    found = x509.Certificate.load(certificate)
    subject, issuer = found.subject.native, found.issuer.native
    vouches = SELF_SIGNED if subject.get("organizational_unit_name") == SELF_SIGNED else issuer["common_name"]
    return f"{subject['common_name']}（{vouches}）"


def sign_bounded(sign: Sign, data: bytes) -> bytes:
    """Return the signature of `data` by `sign`. Raises SealRefused for more than `MOST` bytes, which the key
    service cannot take at once."""
    if len(data) > MOST:
        raise SealRefused(f"{len(data)} bytes to sign, more than {MOST}")
    return sign(data)
