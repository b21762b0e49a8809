"""The certificate of the seal. It is self-signed, or a licensed authority has issued it for the same key. The
private key never leaves the key service.

A self-signed certificate holds no random value and no clock time, so each process makes the same one."""

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
"""The remark beside the name in a self-signed certificate. It says: self-signed, proves integrity, does not
prove identity."""
LASTS = timedelta(days=30 * 365)
"""How long the self-signed certificate is valid, which is longer than we keep any document."""


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
    """Return a certificate from an authority and the certificates of its chain, each as DER. `given` is the
    content of the certificate's file: PEM with the chain, or DER without a chain. Raises SealRefused if
    `given` is no certificate, or if the certificate is for another key than `public_key` (DER)."""
    try:
        found = [der for _, _, der in pem.unarmor(given, multiple=True)] if pem.detect(given) else [given]
        own = x509.Certificate.load(found[0]).public_key.dump()
    except (ValueError, TypeError, IndexError):
        raise SealRefused("not a certificate") from None
    if own != public_key:
        raise SealRefused("the certificate is over another key")
    return tuple(found)


def seal_name(certificate: bytes) -> str:
    """Return the name of the seal as documents print it, from its certificate (DER): the owner of the
    certificate, and in brackets the authority that issued it. For a self-signed certificate the brackets hold
    `SELF_SIGNED`."""
    found = x509.Certificate.load(certificate)
    subject, issuer = found.subject.native, found.issuer.native
    vouches = SELF_SIGNED if subject.get("organizational_unit_name") == SELF_SIGNED else issuer["common_name"]
    return f"{subject['common_name']}（{vouches}）"


def sign_bounded(sign: Sign, data: bytes) -> bytes:
    """Return the signature of `data`, made by the function `sign`. Raises SealRefused if `data` has more than
    `MOST` bytes, because the key service cannot sign more at once."""
    if len(data) > MOST:
        raise SealRefused(f"{len(data)} bytes to sign, more than {MOST}")
    return sign(data)
