"""The seal: a PAdES signature (ETSI.CAdES.detached) that certifies a document and allows no change, made by a
key that never leaves the key service.

The signature is invisible; the signatures page names it. Nothing in it comes from chance or from the clock,
so that a document which is made again after a crash is the same to the byte. A licensed authority's
certificate over the same key may stand in for the self-signed one. pyHanko asks for the local time zone,
which a container need not have: whoever imports this sets TZ=UTC first.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from io import BytesIO
from typing import Any

from asn1crypto import algos, pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

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
        "signature_value": _bounded(sign, made.dump()),
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


def seal(pdf: bytes, sign: Sign, certificates: tuple[bytes, ...], at: datetime) -> bytes:
    """The document with its seal, set at this moment (UTC). The first certificate is over the key that signs;
    the others are its chain."""
    meta = signers.PdfSignatureMetadata(
        field_name="Seal",
        md_algorithm="sha256",
        reason="封存",
        certify=True,
        subfilter=fields.SigSeedSubFilter.PADES,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    sealed = BytesIO()
    asyncio.run(_At(meta, _Key(sign, certificates), at).async_sign_pdf(_Writer(BytesIO(pdf)), output=sealed))
    return sealed.getvalue()


def _bounded(sign: Sign, data: bytes) -> bytes:
    if len(data) > MOST:
        raise SealRefused(f"{len(data)} bytes to sign, more than {MOST}")
    return sign(data)


class _Key(signers.Signer):
    """A key that signs somewhere else, such as in KMS."""

    def __init__(self, sign: Sign, certificates: tuple[bytes, ...]) -> None:
        own, *chain = (x509.Certificate.load(der) for der in certificates)
        super().__init__(
            signing_cert=own,
            cert_registry=SimpleCertificateStore.from_certs(chain),  # type: ignore[no-untyped-call]
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        )
        self._sign, self._length = sign, own.public_key.byte_size

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature of these bytes; a dry run asks for its length only."""
        return bytes(self._length) if dry_run else _bounded(self._sign, data)


class _At(signers.PdfSigner):
    """A signer that is given the moment of signing, instead of asking a clock."""

    def __init__(self, meta: signers.PdfSignatureMetadata, key: _Key, at: datetime) -> None:
        super().__init__(meta, key)
        self._at = at

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
        """Sign at the given moment."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session


class _Writer(IncrementalPdfFileWriter):
    """Adds the seal and nothing else: the metadata stay as they were made, and the second half of the file's
    id is a digest, not chance."""

    def _update_meta(self) -> None:
        """Leave the date of the last change as it was."""

    @classmethod
    def _handle_id(cls, prev: Any) -> generic.ArrayObject:
        first, _ = super()._handle_id(prev)  # type: ignore[no-untyped-call]
        return generic.ArrayObject([first, generic.ByteStringObject(sha256(first).digest()[:16])])
