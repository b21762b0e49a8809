"""The seal: a certifying PAdES signature (ETSI.CAdES.detached) that permits no change. The private key never
leaves the key service. The signature cannot be seen on a page of the PDF.

The signature contains no random value and no clock time, so that a document made again after a crash has the
same bytes.

Set TZ=UTC before importing this module, because pyHanko reads the local time zone, and a container may have
none."""

import asyncio
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto import algos, x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from chalicelib.documents import SealInvalid
from chalicelib.documents.certificate import Sign, sign_bounded


def seal(pdf: bytes, sign: Sign, certificates: tuple[bytes, ...], at: datetime) -> bytes:
    """Return the PDF with our seal. `sign` is a function that signs with the sealing key. The first of the
    `certificates` (DER) is for this key, and the others are its chain. `at` is the moment of sealing (UTC)
    that the seal names."""
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


def sealed_data(pdf: bytes, file: str, public_keys: tuple[bytes, ...]) -> bytes:
    """Return the content of the attached `file` from a PDF that has a valid seal by one of these keys (DER).
    Raises SealInvalid for any other PDF.

    A valid seal is the only signature, is intact, covers the whole file, and permits no change. Its
    certificate is for one of the keys. The authority that issued the certificate is not checked, because the
    authority proves identity, and this check is about integrity."""
    try:
        reader = PdfFileReader(BytesIO(pdf))
        [seal] = reader.embedded_signatures
        own = seal.signer_cert
        last = [own, *seal.other_embedded_certs][-1]
        status = validate_pdf_signature(seal, ValidationContext(trust_roots=[own, last]))
        checks = {
            "intact": status.intact and status.valid,
            "whole file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
            "no changes": status.docmdp_ok is True and seal.docmdp_level == fields.MDPPerm.NO_CHANGES,
            "key": own.public_key.dump() in public_keys,
            "certificate": own.self_signed == "no" or _signed_by_itself(own),
        }
        [found] = [one.get_object() for one in reader.root["/AF"] if one.get_object()["/UF"] == file]
        content = bytes(found["/EF"]["/F"].data)
    except Exception as error:  # A file that is broken in any way has no valid seal.
        raise SealInvalid(type(error).__name__) from None
    if failed := [name for name, passed in checks.items() if not passed]:
        raise SealInvalid(", ".join(failed))
    return content


def _signed_by_itself(certificate: x509.Certificate) -> bool:
    own = load_der_x509_certificate(certificate.dump())
    try:
        own.verify_directly_issued_by(own)
    except InvalidSignature:
        return False
    return True


class _Key(signers.Signer):
    """A signer for pyHanko whose private key is elsewhere, as in KMS."""

    def __init__(self, sign: Sign, certificates: tuple[bytes, ...]) -> None:
        own, *chain = (x509.Certificate.load(der) for der in certificates)
        super().__init__(
            signing_cert=own,
            cert_registry=SimpleCertificateStore.from_certs(chain),  # type: ignore[no-untyped-call]
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        )
        self._sign, self._length = sign, own.public_key.byte_size

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Return the signature of `data`. If `dry_run`, return zero bytes of the same length.
        `digest_algorithm` is ignored, because `sign` always uses SHA-256."""
        return bytes(self._length) if dry_run else sign_bounded(self._sign, data)


class _At(signers.PdfSigner):
    """A signer that names the given moment as the time of signing, because the present moment would change
    the bytes."""

    def __init__(self, meta: signers.PdfSignatureMetadata, key: _Key, at: datetime) -> None:
        super().__init__(meta, key)
        self._at = at

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
        """Start a signing session at the given moment."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session


class _Writer(IncrementalPdfFileWriter):
    """Writes the seal into a document and changes nothing else. The second half of the file's id becomes a
    digest instead of a random value, so that the same input gives the same bytes."""

    def _update_meta(self) -> None:
        """Do nothing: pyHanko would set the modification date here."""

    @classmethod
    def _handle_id(cls, prev: Any) -> generic.ArrayObject:
        first, _ = super()._handle_id(prev)  # type: ignore[no-untyped-call]
        return generic.ArrayObject([first, generic.ByteStringObject(sha256(first).digest()[:16])])
