"""Mail without SES, which no China region has: through the HTTPS gateway or the SMTP server of any provider.
Neither tells what becomes of a mail that it has taken. An SMTP server mails a report on one that it cannot
deliver (`incoming/reports.py`)."""

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.error import HTTPError

from chalicelib.cases.casework import Unavailable
from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.delivery.mime import message
from chalicelib.delivery.sms_gateway import WAITS_S, Gateway
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Undelivered
from chalicelib.letters import Rendered
from chalicelib.logs import log

WHOLE = "{message}"
"""The name in a template that is replaced by the whole mail with its files (MIME in base64)."""
LINES = {"reply_to": "Reply-To", "references": "References", "auto_submitted": "Auto-Submitted"}
"""The names in a template that are replaced by header lines of the mail, and the names of these lines."""
FOR_GOOD, CLOSING = 500, 421
"""The first of the answers with which a server refuses for good (RFC 5321, section 4.2.1), and the answer of
a server that takes no mail at all (section 3.8)."""
OF_ONE = frozenset({400, 404, 413, 422})
"""The answers with which an HTTPS gateway refuses one mail, and not our account (RFC 9110, section 15.5)."""


@frozen
class HttpsMail:
    """Mail through an HTTPS gateway. In its template {to}, {subject}, {text} and {html} are replaced by the
    parts of a mail, {reply_to}, {references} and {auto_submitted} by those header lines, and `WHOLE` by all
    of it. `sender` is our address."""

    gateway: Gateway
    sender: str
    reports: bool = False

    def send(self, to: str, letter: Rendered, ref: str, id: str, name: str) -> str:
        """Send a letter to the address `to` and return an id that we make. Raises Standstill if the gateway
        takes no mail, Unavailable if it does not take this one, and Unreachable if the letter has files and
        the template does not."""
        whole = message(self.sender, to, letter)
        if letter.attachments and WHOLE not in self.gateway.body:
            raise Unreachable(Undelivered.NO_ADDRESS)
        parts = {"to": to, "subject": letter.subject, "text": letter.text, "html": letter.html}
        parts |= {part: letter.headers.get(line, "") for part, line in LINES.items()}
        try:
            return self.gateway.post({**parts, "message": b64encode(whole).decode()})
        except Standstill as error:
            if isinstance(error.__cause__, HTTPError) and error.__cause__.code in OF_ONE:
                raise _waits(ref, name, str(error)) from error
            raise

    def quota_used(self) -> None:
        """Return None, because a gateway does not tell."""


@frozen
class SmtpMail:
    """Mail through an SMTP server, by TLS from the first byte. `login` returns the `user` and the `password`,
    and may raise Unavailable. `fresh` returns a new id. `sender` is our address."""

    host: str
    port: int
    login: Callable[[], Mapping[str, str]]
    sender: str
    fresh: Callable[[], str]
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    reports: bool = False

    def send(self, to: str, letter: Rendered, ref: str, id: str, name: str) -> str:
        """Send a letter to the address `to` and return an id that we make. Raises Unreachable if the server
        refuses this address for good, Unavailable if it does not take this mail now, and Standstill if no
        mail can leave.

        A refused text is tried again whatever the answer, because a server may also refuse so all that we
        send."""
        id = self.fresh()
        mail, said = message(self.sender, to, letter, id), self.login()
        try:
            with smtplib.SMTP_SSL(self.host, self.port, timeout=WAITS_S, context=self.context()) as server:
                server.login(said["user"], said["password"])
                server.sendmail(self.sender, [to], mail)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            if code >= FOR_GOOD:
                raise Unreachable(Undelivered.BOUNCE) from error
            raise self._refused(ref, name, code) from error
        except smtplib.SMTPDataError as error:
            raise self._refused(ref, name, error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Standstill(f"{self.host}: {type(error).__name__}") from error
        return id

    def _refused(self, ref: str, name: str, code: int) -> Exception:
        """Return the error for an answer that refuses one mail."""
        why = f"{self.host}: {code}"
        return Standstill(why) if code == CLOSING else _waits(ref, name, why)

    def quota_used(self) -> None:
        """Return None, because a server does not tell."""


def _waits(ref: str, name: str, why: str) -> Unavailable:
    """Log that a letter waits alone, and return the error for it."""
    log.warning("one letter waits", extra={"ref": ref, "letter": name, "why": why})
    return Unavailable(why)
