"""Short messages through SNS. The client makes one attempt per message, as for mail."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.delivery.correspondence import Standstill, Unreachable
from chalicelib.domain.model.codes import Undelivered

OF_THE_NUMBER = {"InvalidParameter", "InvalidParameterValue", "OptedOut"}
"""The SNS error codes that concern one number. All other errors concern our account, such as its spending
limit, and would come for every number."""
TRANSACTIONAL = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}


class Sns:
    """The SMS gateway of AWS, for regions in which SNS sends short messages."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    @cached_property
    def _sns(self) -> Any:
        return self._client()

    def send(self, to: str, text: str) -> str:
        """Send a text to a phone number (E.164) and return the provider's message id. Raises Unreachable if
        this number cannot be reached, and Standstill if nothing can be sent now."""
        try:
            sent = self._sns.publish(PhoneNumber=to, Message=text, MessageAttributes=TRANSACTIONAL)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in OF_THE_NUMBER:
                raise Unreachable(Undelivered.BOUNCE) from error
            raise Standstill(code) from error
        except BotoCoreError as error:
            raise Standstill(type(error).__name__) from error
        return str(sent["MessageId"])
