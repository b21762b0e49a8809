"""The queues on SQS. A failed send is logged, and mostly not raised, because the row is due and the clock
finds it."""

import json
import logging
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import Unavailable

log = logging.getLogger("redress")


class Queues:
    """The queues of letters just owed, of walks over cases, of walks over letters, of documents, and of
    shards to be checked."""

    def __init__(self, sqs: Any, letters: str, clock: str, post: str, documents: str, record: str) -> None:
        self._sqs = sqs
        self._letters = letters
        self._clock = clock
        self._post = post
        self._documents = documents
        self._record = record

    def nudge(self, ref: str, letters: Iterable[str], posts: Iterable[str] = ()) -> None:
        """Ask the worker for letters to send these letters, and to make the letters of these posts."""
        self._send(self._letters, {"ref": ref, "letters": list(letters), "posts": list(posts)})

    def find(self, ref: str, known_by: Iterable[str]) -> None:
        """Ask to send the access link of a case again to the people known by these keyed hashes. Raises
        Unavailable, since only the queue holds this request."""
        if not self._send(self._letters, {"ref": ref, "known_by": list(known_by)}):
            raise Unavailable("queue")

    def opinion(self, ref: str) -> None:
        """Ask to send the survey about the process to the people of a closed complaint. Raises Unavailable,
        since only the queue holds this request."""
        if not self._send(self._letters, {"ref": ref, "opinion": True}):
            raise Unavailable("queue")

    def document(self, ref: str) -> None:
        """Ask for the document of the agreement in force on a case."""
        self._send(self._documents, {"ref": ref})

    def copy(self, ref: str, name: str) -> None:
        """Ask for a copy of a complaint under this name. Raises Unavailable, since only the queue holds this
        request."""
        if not self._send(self._documents, {"ref": ref, "copy": name}):
            raise Unavailable("queue")

    def walk(self, shard: int) -> None:
        """Ask for a walk of a shard of cases."""
        self._send(self._clock, {"shard": shard})

    def walk_letters(self, shard: int) -> None:
        """Ask for a walk of a shard of letters."""
        self._send(self._post, {"shard": shard})

    def check(self, shard: int, rest: bool = False) -> None:
        """Ask for a check of a shard, or of the rest of it. Raises Unavailable, since only the next hour
        would ask again."""
        if not self._send(self._record, {"shard": shard, "rest": rest}):
            raise Unavailable("queue")

    def _send(self, queue: str, task: dict[str, Any]) -> bool:
        try:
            self._sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(task))
            return True
        except (BotoCoreError, ClientError) as error:
            log.warning("nudge failed; the clock will find it", extra={"error": type(error).__name__})
            return False
