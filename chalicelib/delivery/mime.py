"""Letters as MIME messages, with their attachments."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from chalicelib.delivery.correspondence import Unreachable
from chalicelib.domain.model.codes import Undelivered
from chalicelib.letters import OURS, Rendered


def message(sender: str, to: str, letter: Rendered, id: str = "") -> bytes:
    """Return a letter with its attachments as one MIME message in ASCII. A report that it cannot be delivered
    has to name `id`.

    A calendar invitation is included twice. One copy is an alternative of the text, so that mail programs
    show Accept and Decline. The other copy is an attached file, for mail programs that only list files. We
    make the message ourselves, because SES's own interface for attachments offers only the attached file.
    """
    made = EmailMessage(SMTP.clone(cte_type="7bit"))
    try:
        made["From"] = Address(letter.company, addr_spec=sender)
        made["To"], made["Subject"] = to, letter.subject
        for name, value in letter.headers.items():
            made[name] = id if id and name == OURS else value
    except ValueError as error:  # address or subject is not allowed in a mail header
        raise Unreachable(Undelivered.BOUNCE) from error
    made.set_content(letter.text, cte="base64")
    made.add_alternative(letter.html, subtype="html", cte="base64")
    calendar = [
        attachment for attachment in letter.attachments if attachment.media_type.startswith("text/calendar")
    ]
    for invitation in calendar:
        method = str(SMTP.header_factory("Content-Type", invitation.media_type).params["method"])
        made.add_alternative(
            invitation.content.decode(), subtype="calendar", cte="base64", params={"method": method}
        )
    for attachment in letter.attachments:
        main, _, sub = (
            "application/ics" if attachment in calendar else attachment.media_type.partition(";")[0]
        ).partition("/")
        made.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return made.as_bytes()
