"""The seal: valid for independent readers, over the whole file, without permitted changes, by an external
key."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, sign_pdf
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from chalicelib.documents import SealInvalid, SealRefused
from chalicelib.documents.agreement import FILE
from chalicelib.documents.certificate import SELF_SIGNED, certificate, licensed, seal_name
from chalicelib.documents.seal_marks import fingerprint
from chalicelib.documents.sealing import _Key, seal, sealed_data
from chalicelib.web.routes.verify import COMMANDS
from tests.documents.agreements import IN_FORCE, Text, agreement, messy
from tests.documents.conftest import MADE, Key
from tests.documents.reader import attached, poppler_output, words

Made = Callable[[Text], bytes]


def validated(pdf: bytes, *roots: bytes) -> PdfSignatureStatus:
    """Return pyHanko's status of the only signature, at the moment of sealing, with these certificates
    trusted."""
    [signature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    trusted = ValidationContext(trust_roots=[asn1.Certificate.load(root) for root in roots], moment=IN_FORCE)
    return validate_pdf_signature(signature, trusted)


@pytest.fixture
def authority(key: Key) -> tuple[Key, bytes]:
    """Return a licensed authority and the certificates that it issued for our key."""
    root = Key()
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "某某电子认证服务有限公司")])

    def issue(subject: str, public: object, ca: bool) -> bytes:
        made = (
            x509.CertificateBuilder()
            .issuer_name(issuer)
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        )
        made = made.public_key(public).serial_number(x509.random_serial_number())  # type: ignore[arg-type]
        made = (
            made.not_valid_before(MADE)
            .not_valid_after(MADE + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca, None), True)
        )
        made = made.add_extension(
            x509.KeyUsage(True, not ca, False, False, False, ca, ca, False, False), True
        )
        return made.sign(root.secret, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    root.certificate = issue("某某电子认证服务有限公司", root.secret.public_key(), True)
    return root, issue("某某客户权益中心", key.secret.public_key(), False) + root.certificate


def test_an_independent_reader_finds_the_seal_valid(sealed: Made) -> None:
    """The program pdfsig finds the seal valid, of PAdES type, over the whole file, at the time when the
    agreement came into force."""
    said = poppler_output("pdfsig", sealed(agreement()))
    for told_ in (
        "Signature is Valid.",
        "Total document signed",
        "ETSI.CAdES.detached",
        "Signing Hash Algorithm: SHA-256",
        SELF_SIGNED,
        "Signing Time: Dec 02 2026",
    ):
        assert told_ in said
    assert said.count("Signature #") == 1


def read_by_commands(pdf: bytes) -> str:
    """Return the fingerprint that the two commands of the verification page print."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "agreement.pdf").write_bytes(pdf)
        printed = [
            subprocess.run(command, shell=True, cwd=folder, capture_output=True, check=True)
            for command in COMMANDS
        ]
        return printed[-1].stdout.decode().split()[-1]


def test_anybody_tells_our_seal_from_one_made_in_our_name(
    made: Made, sealed: Made, key: Key, other: Key
) -> None:
    """The printed fingerprint equals the one that the commands of the verification page read. A seal under
    our name by another key gives another fingerprint."""
    assert fingerprint(key.public) in words(sealed(agreement()))
    ours, theirs = (seal(made(agreement()), one.sign, (one.certificate,), IN_FORCE) for one in (key, other))
    assert (
        read_by_commands(ours)
        == fingerprint(key.public)
        != read_by_commands(theirs)
        == fingerprint(other.public)
    )


def test_the_seal_is_intact_trusted_and_allows_nothing(sealed: Made, key: Key) -> None:
    """The validator pyHanko finds the seal intact, valid and trusted, over the whole file, with no changes
    permitted."""
    for text in (agreement(), messy()):
        status = validated(sealed(text), key.certificate)
        assert (status.bottom_line, status.intact, status.valid, status.trusted) == (True, True, True, True)
        assert status.coverage.name == "ENTIRE_FILE"
        assert status.signer_reported_dt == IN_FORCE
        [signature] = PdfFileReader(BytesIO(sealed(text))).embedded_signatures
        assert (signature.sig_object["/Type"], signature.docmdp_level) == ("/Sig", MDPPerm.NO_CHANGES)


def test_sealing_only_appends_and_is_the_same_every_time(made: Made, key: Key) -> None:
    """Sealing only appends to the document, and the same input gives identical bytes."""
    pdf = made(agreement())
    first = seal(pdf, key.sign, (key.certificate,), IN_FORCE)
    assert first.startswith(pdf)
    assert seal(pdf, key.sign, (key.certificate,), IN_FORCE) == first
    assert attached(first) == attached(pdf)
    assert re.search(r"Tagged: +yes", poppler_output("pdfinfo", first))
    assert seal(pdf, key.sign, (key.certificate,), IN_FORCE + timedelta(seconds=1)) != first


def test_one_changed_byte_breaks_it(sealed: Made) -> None:
    """A changed byte makes the seal invalid for independent readers."""
    pdf = sealed(agreement())
    at = pdf.index(b"stream\n") + 300
    broken = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]
    assert "Signature is Valid" not in poppler_output("pdfsig", broken)


def test_sealed_data_returns_what_was_sealed(made: Made, sealed: Made, key: Key, other: Key) -> None:
    """The attached file is returned unchanged if any published key made the seal."""
    for text in (agreement(), messy()):
        data = sealed_data(sealed(text), FILE, (other.public, key.public))
        assert json.loads(data)["text"] == text


def test_sealed_data_accepts_an_authority_s_certificate(
    made: Made, key: Key, authority: tuple[Key, bytes]
) -> None:
    """A certificate of an authority for the same key is accepted with its chain. Trust and expiry do not
    affect integrity."""
    pdf = seal(made(agreement()), key.sign, licensed(authority[1], key.public), IN_FORCE)
    assert json.loads(sealed_data(pdf, FILE, (key.public,)))["text"] == agreement()


def _twice(pdf: bytes, key: Key) -> bytes:
    return seal(pdf, key.sign, (key.certificate,), IN_FORCE)


def _by_a_false_certificate(pdf: bytes, key: Key) -> bytes:
    false = certificate(key.public, lambda data: key.sign(b"other data"), "某某", MADE)
    return seal(pdf, key.sign, (false,), IN_FORCE)


def _with_changes_allowed(pdf: bytes, key: Key) -> bytes:
    signer = _Key(key.sign, (key.certificate,))
    meta = PdfSignatureMetadata(
        field_name="Seal",
        certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS,
        subfilter=SigSeedSubFilter.PADES,
    )
    return bytes(sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), meta, signer).getvalue())


BAD: dict[str, tuple[str | None, Callable[[bytes, bytes, Key, Key], bytes]]] = {
    "no seal": ("ValueError", lambda bare, sealed, key, other: bare),
    "nothing": (None, lambda bare, sealed, key, other: b""),
    "no PDF": (None, lambda bare, sealed, key, other: b"%PDF-1.7\n%%EOF"),
    "a byte": (None, lambda bare, sealed, key, other: sealed.replace(b"/Keywords", b"/keywords", 1)),
    "a byte of a stream": ("intact", lambda bare, sealed, key, other: _flipped(sealed)),
    "appended": (None, lambda bare, sealed, key, other: sealed + b"\n%"),
    "cut": (None, lambda bare, sealed, key, other: sealed[:-20]),
    "another signature": (
        "intact",
        lambda bare, sealed, key, other: seal(bare, lambda _: key.sign(b"?"), (key.certificate,), IN_FORCE),
    ),
    "no signature": (
        "intact",
        lambda bare, sealed, key, other: seal(bare, lambda _: bytes(256), (key.certificate,), IN_FORCE),
    ),
    "another key": ("key", lambda bare, sealed, key, other: _twice(bare, other)),
    "a false certificate": (
        "certificate",
        lambda bare, sealed, key, other: _by_a_false_certificate(bare, key),
    ),
    "changes allowed": ("no changes", lambda bare, sealed, key, other: _with_changes_allowed(bare, key)),
    "sealed again": (
        None,
        lambda bare, sealed, key, other: _signed_again(_with_changes_allowed(bare, key), key),
    ),
}
"""Documents without a valid seal: the expected error text, or None if it varies, and the function that
makes them."""


def _flipped(pdf: bytes) -> bytes:
    at = pdf.index(b"stream\n") + 300
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def _signed_again(pdf: bytes, key: Key) -> bytes:
    """Add a second signature after the seal."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    return bytes(
        sign_pdf(writer, PdfSignatureMetadata("More"), _Key(key.sign, (key.certificate,))).getvalue()
    )


@pytest.mark.parametrize("what", BAD)
def test_sealed_data_refuses_an_invalid_seal(made: Made, key: Key, other: Key, what: str) -> None:
    """Every invalid seal raises SealInvalid, and the error quotes nothing of the text."""
    bare = made(agreement())
    said, make = BAD[what]
    pdf = make(bare, seal(bare, key.sign, (key.certificate,), IN_FORCE), key, other)
    with pytest.raises(SealInvalid, match=said) as error:
        sealed_data(pdf, FILE, (key.public,))
    assert "王芳" not in str(error.value)


def test_sealed_data_refuses_a_document_without_the_file(sealed: Made, key: Key) -> None:
    """A sealed document without the agreement data raises SealInvalid."""
    with pytest.raises(SealInvalid):
        sealed_data(sealed(agreement()), "other.json", (key.public,))


def test_the_self_signed_certificate_says_what_it_is(key: Key) -> None:
    """The certificate states in its subject, in Chinese, that it is self-signed and proves integrity, not
    identity. Its bytes are always the same."""
    made = x509.load_der_x509_certificate(key.certificate)
    assert made.subject == made.issuer
    assert (
        made.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)[0].value
        == "自签名，证明完整性，不证明身份"
    )
    assert made.not_valid_before_utc == MADE
    assert made.not_valid_after_utc > datetime(2050, 1, 1, tzinfo=UTC)
    assert certificate(key.public, key.sign, "某某客户权益中心", MADE) == key.certificate
    assert seal_name(key.certificate) == f"某某客户权益中心电子签章（{SELF_SIGNED}）"
    made.verify_directly_issued_by(made)


def test_an_authority_s_certificate_over_the_same_key_is_taken(
    made: Made, key: Key, authority: tuple[Key, bytes]
) -> None:
    """The authority's chain is part of the seal, so that trust in the authority covers the seal."""
    _, pem = authority
    chain = licensed(pem, key.public)
    pdf = seal(made(agreement()), key.sign, chain, IN_FORCE)
    assert len(chain) == 2
    assert seal_name(chain[0]) == "某某客户权益中心（某某电子认证服务有限公司）"
    assert validated(pdf, chain[1]).bottom_line
    assert "Signature is Valid." in poppler_output("pdfsig", pdf)


def test_a_certificate_over_another_key_is_refused(
    key: Key, other: Key, authority: tuple[Key, bytes]
) -> None:
    """A certificate for another key, and a file that is no certificate, raise SealRefused."""
    with pytest.raises(SealRefused, match="another key"):
        licensed(authority[1], other.public)
    with pytest.raises(SealRefused, match="another key"):
        licensed(other.certificate, key.public)
    for nothing in (b"nothing", b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(SealRefused, match="not a certificate"):
            licensed(nothing, key.public)


def test_a_key_service_hashes_no_more_than_it_can(key: Key) -> None:
    """Data over 4,096 bytes, the limit of the key service, is refused before it is sent."""
    with pytest.raises(SealRefused, match="4096"):
        certificate(key.public, key.sign, "名" * 2000, MADE)
