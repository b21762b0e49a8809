"""A receiver of webhooks on the local machine, by HTTPS with a certificate of the test's own authority."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

TAKES = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
"""An answer that takes a webhook."""
Serve = Callable[[ssl.SSLSocket, bytes], None]


USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
"""The uses of a key that a certificate can name."""


class Certificates(NamedTuple):
    """Settings of TLS: `trusting` for a sender, and `serving` for a receiver with a certificate for a
    name."""

    trusting: ssl.SSLContext
    serving: ssl.SSLContext


@cache
def certificates(name: str) -> Certificates:
    """Return the settings of TLS for a receiver with this name, and for a sender that trusts its issuer."""
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    today, a_day = datetime.now(UTC), timedelta(days=1)

    def issued(key: ec.EllipticCurvePrivateKey, subject: str, ca: bool) -> x509.Certificate:
        made = x509.CertificateBuilder().issuer_name(issuer).serial_number(x509.random_serial_number())
        made = made.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        made = (
            made.not_valid_before(today - a_day).not_valid_after(today + a_day).public_key(key.public_key())
        )
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca, None), True),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False),
        ]
        if ca:
            signs = {"key_cert_sign": True, "crl_sign": True}
            extensions.append((x509.KeyUsage(**dict.fromkeys(USAGES, False) | signs), True))
        else:
            extensions.append((x509.SubjectAlternativeName([x509.DNSName(subject)]), False))
        for extension, critical in extensions:
            made = made.add_extension(extension, critical)
        return made.sign(authority, hashes.SHA256())

    root, leaf = issued(authority, "test authority", True), issued(own, name, False)
    trusting = ssl.create_default_context(cadata=root.public_bytes(Encoding.PEM).decode())
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "receiver.pem"
        key = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(key + leaf.public_bytes(Encoding.PEM))
        serving.load_cert_chain(file)
    return Certificates(trusting, serving)


class Receiver:
    """A receiver that is listening. `got` are the requests that it got, whole."""

    def __init__(self, serve: Serve, serving: ssl.SSLContext) -> None:
        self.got: list[bytes] = []
        self._serve, self._serving = serve, serving
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the receiver."""
        return f"https://localhost:{self.port}/hooks?of=redress"

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                raw, _ = self._listening.accept()
                threading.Thread(target=self._take, args=(raw,), daemon=True).start()

    def _take(self, raw: socket.socket) -> None:
        with suppress(OSError), self._serving.wrap_socket(raw, server_side=True) as line:
            line.settimeout(10)
            request = b""
            while b"\r\n\r\n" not in request:
                if not (part := line.recv(65536)):
                    return
                request += part
            head, _, body = request.partition(b"\r\n\r\n")
            length = next(
                int(one.split(b":")[1])
                for one in head.split(b"\r\n")
                if one.lower().startswith(b"content-length")
            )
            while len(body) < length:
                body += line.recv(65536)
            self.got.append(head + b"\r\n\r\n" + body)
            self._serve(line, head)

    def close(self) -> None:
        """Stop listening."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


def answering(answer: bytes = TAKES) -> Serve:
    """Return a receiver's behaviour: it gives this answer."""
    return lambda line, head: line.sendall(answer)


@contextmanager
def receiving(serve: Serve | None = None, name: str = "localhost") -> Iterator[Receiver]:
    """Run a receiver that behaves as `serve`, with a certificate for `name`."""
    receiver = Receiver(serve or answering(), certificates(name).serving)
    try:
        yield receiver
    finally:
        receiver.close()
