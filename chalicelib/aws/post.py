"""Mail through SES. The client makes one attempt per letter: if it retried after a lost answer, a letter
could be sent three times."""

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
"""The SES error codes that concern one letter or its address. All other errors concern our account, and would
come for every letter."""
OF_OUR_ACCOUNT = re.compile(r"not verified|sandbox|paused|suspended|configuration set", re.IGNORECASE)
"""Words in the text of a rejection that show that the rejection concerns our account, although its code
concerns one letter. SES rejects every message while our account is in the sandbox or our sender address is
not verified."""


class Ses:
    """The mail provider. `sender` is our address, `configuration_set` the SES configuration that reports
    events."""

    reports = True

    def __init__(self, client: Callable[[], Any], sender: str, configuration_set: str) -> None:
        self._client, self._sender, self._set = client, sender, configuration_set

    @cached_property
    def _ses(self) -> Any:
        """The SES client, made for the first letter, because most workers send none."""
        return self._client()

    def send(self, to: str, letter: Rendered, ref: str, id: str, name: str) -> str:
        """Send a letter to the address `to` and return the provider's message id. `ref` and `id` are the
        number of the case and the id of the letter, `name` is the name of its declaration. SES returns all
        three with its events. Raises Unreachable if this address cannot be reached,
        and Standstill if no mail can leave."""
        if letter.attachments:
            from chalicelib.delivery.mime import message

            content: dict[str, Any] = {"Raw": {"Data": message(self._sender, to, letter)}}
        else:
            content = {"Simple": _simple(letter)}
        try:
            sent = self._ses.send_email(
                FromEmailAddress=formataddr((letter.company, self._sender)),
                Destination={"ToAddresses": [to]},
                ReplyToAddresses=[letter.reply_to] if letter.reply_to else [],
                ConfigurationSetName=self._set,
                Content=content,
                EmailTags=[
                    {"Name": "ref", "Value": _tag(ref)},
                    {"Name": "letter", "Value": id.replace(".", "_")},
                    {"Name": "name", "Value": name},
                ],
            )
        except ClientError as error:
            code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code in OF_THE_ADDRESS and not OF_OUR_ACCOUNT.search(said):
                raise Unreachable(Undelivered.BOUNCE) from error
            raise Standstill(code) from error
        except ParamValidationError:  # a message that SES cannot read is our own fault
            raise
        # After a time-out the letter may have been sent; SES's event `send` tells later.
        except BotoCoreError as error:
            raise Standstill(type(error).__name__) from error
        return str(sent["MessageId"])

    def quota_used(self) -> float:
        """Return how many percent of the letters that SES lets our account send in 24 hours were sent in the
        last 24 hours."""
        quota = self._ses.get_account()["SendQuota"]
        most = quota["Max24HourSend"]  # -1: any number
        return 100.0 * quota["SentLast24Hours"] / most if most > 0 else 0.0


def _tag(ref: str) -> str:
    """Return a case number as an SES tag. A letter that belongs to no case has a reference instead of a
    number. The reference is hex encoded, because a tag allows few characters."""
    return ref if ref.isdecimal() else f"-{ref.encode().hex()}"


def _untag(tag: str) -> str:
    return bytes.fromhex(tag[1:]).decode() if tag.startswith("-") else tag


def _simple(letter: Rendered) -> dict[str, Any]:
    """Return a letter without files as SES takes it. SES has a place of its own for Reply-To (see `send`)."""
    body = {
        "Text": {"Data": letter.text, "Charset": "UTF-8"},
        "Html": {"Data": letter.html, "Charset": "UTF-8"},
    }
    lines = letter.headers.items() - {("Reply-To", letter.reply_to)}
    headers = [{"Name": name, "Value": value} for name, value in sorted(lines)]
    return {"Subject": {"Data": letter.subject, "Charset": "UTF-8"}, "Body": body, "Headers": headers}


RECIPIENTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients"}


def events(message: dict[str, Any]) -> tuple[str, str, str, str, str, bool, list[str]]:
    """Return seven parts of an SES event, which may have either of two formats: kind, message id, case
    reference, letter id, name of the letter, whether the failure is permanent, and the addresses. A reject is
    always permanent. A bounce is permanent if SES says so. A spam complaint is permanent, unless it
    withdraws an earlier complaint."""
    kind = str(message.get("eventType") or message.get("notificationType") or "").lower()
    mail = message.get("mail", {})
    tags = mail.get("tags", {})
    ref, letter, name = (tags.get(tag, [""])[0] for tag in ("ref", "letter", "name"))
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
    id = letter.replace("_", ".")
    return kind, str(mail.get("messageId", "")), _untag(ref), id, name, permanent, addresses
