"""The queues on SQS. Most tasks are also found by the clock, which looks for due rows each minute. So a
failed send is only logged, except where a method says that it raises Unavailable."""

import json
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.cases.casework import NewComplaint, Unavailable
from chalicelib.logs import log


class Queues:
    """The URLs of the queues. `letters`: letters to be sent now. `clock`: shards of cases with due rows.
    `post`: shards of letters with due rows. `documents`: documents to be made. `record`: shards whose record
    is to be checked."""

    def __init__(self, sqs: Any, letters: str, clock: str, post: str, documents: str, record: str) -> None:
        self._sqs = sqs
        self._letters = letters
        self._clock = clock
        self._post = post
        self._documents = documents
        self._record = record

    def nudge(
        self, ref: str, letters: Iterable[str], posts: Iterable[str] = (), filed: NewComplaint | None = None
    ) -> None:
        """Ask the worker to send the letters with the ids `letters`. `posts` are the ids of letters to
        several recipients: the worker makes a letter for each recipient and sends it.

        With `filed`, the case is a new complaint, and the worker looks for similar ones. If this request
        cannot be sent, no letter about a similar complaint leaves."""
        new = {"filed": filed._asdict()} if filed else {}
        self._send(self._letters, {"ref": ref, "letters": list(letters), "posts": list(posts), **new})

    def find(self, ref: str, known_by: Iterable[str]) -> None:
        """Ask a worker to send the access link of a case again to each party with one of these keyed hashes
        (`known_by`). Raises Unavailable if the request cannot be sent: it is stored nowhere else, so it would
        be lost."""
        if not self._send(self._letters, {"ref": ref, "known_by": list(known_by)}):
            raise Unavailable("queue")

    def opinion(self, ref: str) -> None:
        """Ask a worker to send the survey about the process to the people of a closed complaint. Raises
        Unavailable if the request cannot be sent: it is stored nowhere else, so it would be lost."""
        if not self._send(self._letters, {"ref": ref, "opinion": True}):
            raise Unavailable("queue")

    def document(self, ref: str) -> None:
        """Ask a worker to make the document of the agreement on a case."""
        self._send(self._documents, {"ref": ref})

    def copy(self, ref: str, name: str) -> None:
        """Ask a worker to make a copy of a complaint and to store it under `name`. Raises Unavailable if the
        request cannot be sent: it is stored nowhere else, so it would be lost."""
        if not self._send(self._documents, {"ref": ref, "copy": name}):
            raise Unavailable("queue")

    def walk(self, shard: int) -> None:
        """Ask a worker to handle the due cases of a shard."""
        self._send(self._clock, {"shard": shard})

    def walk_letters(self, shard: int) -> None:
        """Ask a worker to send the due letters of a shard."""
        self._send(self._post, {"shard": shard})

    def check(self, shard: int, rest: bool = False) -> None:
        """Ask a worker to check the record of a shard. `rest`: the worker continues a check that was begun.
        Raises Unavailable if the request cannot be sent, because the next request comes only after an
        hour."""
        if not self._send(self._record, {"shard": shard, "rest": rest}):
            raise Unavailable("queue")

    def _send(self, queue: str, task: dict[str, Any]) -> bool:
        try:
            self._sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(task))
            return True
        except (BotoCoreError, ClientError) as error:
            log.warning("nudge failed; the clock will find it", extra={"error": type(error).__name__})
            return False
