"""Mail through SES. Each letter has one attempt, because retries inside the client could send it
three times."""

import re
from collections.abc import Callable
from email.utils import formataddr, getaddresses
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.domain.model.codes import Undelivered
from chalicelib.letters import Rendered

OF_THE_ADDRESS = {"MessageRejected", "InvalidParameterValue", "BadRequestException"}
"""The SES errors that concern one letter or address. All others concern our account and hold for every
letter."""
OF_OUR_ACCOUNT = re.compile(r"not verified|sandbox|paused|suspended|configuration set", re.IGNORECASE)
"""Words in a rejection that concerns our own account. SES rejects every message in the sandbox, or from a
sender that is not verified."""


class Ses:
    """The mail provider."""

    def __init__(self, client: Callable[[], Any], sender: str, configuration_set: str) -> None:
        self._client, self._sender, self._set = client, sender, configuration_set

    @cached_property
    def _ses(self) -> Any:
        """The client, made with the first letter, because most workers have none to send."""
        return self._client()

    def send(self, to: str, letter: Rendered, ref: str, id: str) -> str:
        """Send one letter and return the provider's id. Raises Unreachable or Standstill."""
        content = (
            {"Raw": {"Data": _message(self._sender, to, letter)}}
            if letter.attachments
            else {"Simple": _simple(letter)}
        )
        try:
            sent = self._ses.send_email(
                FromEmailAddress=formataddr((letter.company, self._sender)),
                Destination={"ToAddresses": [to]},
                ConfigurationSetName=self._set,
                Content=content,
                EmailTags=[
                    {"Name": "ref", "Value": _tag(ref)},
                    {"Name": "letter", "Value": id.replace(".", "_")},
                ],
            )
        except ClientError as error:
            code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code in OF_THE_ADDRESS and not OF_OUR_ACCOUNT.search(said):
                raise Unreachable(Undelivered.BOUNCE) from error
            raise Standstill(code) from error
        except ParamValidationError:  # a message that SES cannot read is our own fault
            raise
        # After a time-out the letter may have been sent; its *send* event then says so.
        except BotoCoreError as error:
            raise Standstill(type(error).__name__) from error
        return str(sent["MessageId"])


def _tag(ref: str) -> str:
    """Return a case's number as a tag. The reference of a letter without a case is encoded in the few
    characters that a tag may have."""
    return ref if ref.isdecimal() else f"-{ref.encode().hex()}"


def _untag(tag: str) -> str:
    return bytes.fromhex(tag[1:]).decode() if tag.startswith("-") else tag


def _simple(letter: Rendered) -> dict[str, Any]:
    body = {
        "Text": {"Data": letter.text, "Charset": "UTF-8"},
        "Html": {"Data": letter.html, "Charset": "UTF-8"},
    }
    return {"Subject": {"Data": letter.subject, "Charset": "UTF-8"}, "Body": body}


def _message(sender: str, to: str, letter: Rendered) -> bytes:
    """Return a letter with its attachments as one MIME message in ASCII.

    An invitation is in it twice, as calendar services send theirs. Mail programs that show Accept and Decline
    look beside text and html. Programs that only list files need it as a file. SES's own attachments offer
    only the second.
    """
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(SMTP.clone(cte_type="7bit"))
    try:
        message["From"] = Address(letter.company, addr_spec=sender)
        message["To"], message["Subject"] = to, letter.subject
    except ValueError as error:  # the address or the subject is invalid in a header
        raise Unreachable(Undelivered.BOUNCE) from error
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    calendar = [
        attachment for attachment in letter.attachments if attachment.media_type.startswith("text/calendar")
    ]
    for invitation in calendar:
        method = str(SMTP.header_factory("Content-Type", invitation.media_type).params["method"])
        message.add_alternative(
            invitation.content.decode(), subtype="calendar", cte="base64", params={"method": method}
        )
    for attachment in letter.attachments:
        main, _, sub = (
            "application/ics" if attachment in calendar else attachment.media_type.partition(";")[0]
        ).partition("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return message.as_bytes()


RECIPIENTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients"}


def events(message: dict[str, Any]) -> tuple[str, str, str, str, bool, list[str]]:
    """Return an event of SES in either of its two formats: (kind, message id, ref, letter id, permanent,
    addresses). A spam complaint is permanent, unless it takes an earlier one back."""
    kind = str(message.get("eventType") or message.get("notificationType") or "").lower()
    mail = message.get("mail", {})
    tags = mail.get("tags", {})
    ref, letter = (tags.get(name, [""])[0] for name in ("ref", "letter"))
    about = message.get(kind) or {}
    permanent = {
        "reject": True,
        "bounce": about.get("bounceType") == "Permanent",
        "complaint": about.get("complaintFeedbackType") != "not-spam",
    }.get(kind, False)
    found = [one.get("emailAddress", "") for one in about.get(RECIPIENTS.get(kind, ""), ())] or mail.get(
        "destination", ()
    )
    addresses = [address for _, address in getaddresses(found) if address]
    return kind, str(mail.get("messageId", "")), _untag(ref), letter.replace("_", "."), permanent, addresses
