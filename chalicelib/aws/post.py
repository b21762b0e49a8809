"""Mail through SES: one attempt, since a retry inside the client could send a letter three times."""
from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.casework import Unavailable
from chalicelib.correspondence import Rejected, Throttled
from chalicelib.letters import Rendered

THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "LimitExceededException", "SendingPausedException"}
REJECTED = {"MessageRejected", "InvalidParameterValue", "BadRequestException"}


class Ses:
    """The mail provider."""

    def __init__(self, ses: Any, sender: str, configuration_set: str) -> None:
        self._ses, self._sender, self._set = ses, sender, configuration_set

    def send(self, to: str, letter: Rendered, ref: str, id: str) -> str:
        """Send one letter and return the provider's id. Raises Throttled, Rejected or Unavailable."""
        body = {"Text": {"Data": letter.text, "Charset": "UTF-8"}, "Html": {"Data": letter.html, "Charset": "UTF-8"}}
        try:
            sent = self._ses.send_email(
                FromEmailAddress=self._sender, Destination={"ToAddresses": [to]}, ConfigurationSetName=self._set,
                EmailTags=[{"Name": "ref", "Value": ref}, {"Name": "letter", "Value": id.replace(".", "_")}],
                Content={"Simple": {"Subject": {"Data": letter.subject, "Charset": "UTF-8"}, "Body": body}})
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise (Throttled if code in THROTTLED else Rejected if code in REJECTED else Unavailable)(code) from error
        except BotoCoreError as error:
            raise Unavailable("mail") from error
        return str(sent["MessageId"])


def events(message: dict[str, Any]) -> tuple[str, str, str, str, bool]:
    """(kind, message id, ref, letter id, permanent) of what SES tells through its topic, by either of its two shapes."""
    kind = str(message.get("eventType") or message.get("notificationType") or "").lower()
    mail = message.get("mail", {})
    tags = mail.get("tags", {})
    ref, letter = (tags.get(name, [""])[0] for name in ("ref", "letter"))
    permanent = kind == "reject" or message.get("bounce", {}).get("bounceType") == "Permanent"
    return kind, str(mail.get("messageId", "")), ref, letter.replace("_", "."), permanent
