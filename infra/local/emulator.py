"""The AWS emulator of the local run: MiniStack, in a virtual environment of its own, with additions.

The additions: items survive a kill, and captured mail survives a stop. State is saved while the emulator
runs. Sent mail has delivery events, and shows its attachments. All workers share one copy of the code. A
function that takes too much memory is ended. All output is in the log. A path may answer any method, and the
site has a short address.

`infra.local.run` starts the emulator, and requests the path KEEP once everything is up. All state is saved
only after this request, so an interrupted deployment leaves the last complete state. Items and objects are
saved before it too. If the request has a query, as after a deployment, all state is saved at once.

The emulator stops when its parent process is gone."""

import asyncio
import base64
import copy
import gzip
import json
import logging
import os
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import botocore.session
import ministack.app
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.core import lambda_runtime, persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import apigateway_v1, dynamodb, lambda_svc, ses, ses_v2

from infra.local.journal import Change, Journal

PORT, SITE_PORT, SITE_NAME = (
    int(os.environ["GATEWAY_PORT"]),
    int(os.environ["SITE_PORT"]),
    os.environ["SITE_NAME"],
)
COMPRESSED_FROM = int(os.environ["COMPRESSED_FROM"])
SAVE_EVERY = 2.0  # seconds; a kill may lose the mail and queued messages of that time
RARE = {"lambda", "cloudwatch_logs"}  # services with large state, which is saved only after a deployment
KEEP = os.environ["KEEP"]  # the path of the request after which state is saved
MAIL = "/_local/mail"  # the path to which the mailbox page posts mails
RECOVERY_LAG = 300  # seconds; a table can be restored to a moment before these
WEIGH_EVERY = 0.02  # seconds between two looks at the memory of functions
PAGE = os.sysconf("SC_PAGE_SIZE")

touched, up, saving = threading.Event(), threading.Event(), threading.Lock()
changed: ContextVar[list[Change] | None] = ContextVar("changed", default=None)
"""The changes to items that the present request has made. The value is None in the thread that removes
expired items. The changes of this thread are not kept, because such items expire again."""


def save(services: dict[str, Callable[[], Any]], rare: bool = False) -> None:
    """Save the state of `services`: functions that return the state, by the name of the service. The services
    in `RARE` are left out unless `rare`. Only one call runs at a time, because two calls would write the same
    temporary files."""
    with saving:
        if up.is_set():
            persistence.save_all(
                {name: state for name, state in services.items() if rare or name not in RARE}
            )


def keep_saving(parent: int) -> None:
    """Save all state whenever requests have changed it, until the process with the id `parent` is gone; then
    end this process. Each change is saved twice, because a service that changes during a save is skipped."""
    owed = 0
    while os.getppid() == parent:
        time.sleep(SAVE_EVERY)
        owed = 2 if touched.is_set() else owed
        touched.clear()
        if owed:
            owed -= 1
            save(ministack.app._build_persistence_save_dict())
    os.kill(os.getpid(), signal.SIGTERM)


def keep(everything: bool) -> None:
    """Save changes from now on. If `everything`, first save all state including the services in `RARE`. This
    is done twice, because a service that changes during a save is skipped."""
    up.set()
    for _ in range(2 if everything else 0):
        save(ministack.app._build_persistence_save_dict(), rare=True)


def keep_items(journal: Journal) -> None:
    """Make items survive a kill: each item that a request changed is written to `journal` before the request
    is answered. When tables are restored, their items are read from the journal.

    Other state of the database, such as the list of tables, is saved with the other services. Objects need no
    journal, because the emulated S3 writes each object to a file of its own before it answers."""
    put, remove, replace, handle, restore = (
        dynamodb._set_item,
        dynamodb._remove_item,
        dynamodb._items_replaced,
        dynamodb.handle_request,
        dynamodb.load_persisted_state,
    )

    def noted(table: Any, partition: str, sort: str, item: Any) -> None:
        if (changes := changed.get()) is not None:
            changes.append((table["TableArn"], partition, sort, item))

    def was_put(table: Any, partition: str, sort: str, item: Any) -> Any:
        noted(table, partition, sort, item)
        return put(table, partition, sort, item)

    def was_removed(table: Any, partition: str, sort: str) -> Any:
        noted(table, partition, sort, None)
        return remove(table, partition, sort)

    def were_replaced(table: Any) -> None:  # by a restore to a moment, for instance
        replace(table)
        for partition, sorts in table["items"].items():
            for sort, item in sorts.items():
                noted(table, partition, sort, item)

    async def handled(*request: Any) -> Any:
        changes: list[Change] = []
        changed.set(changes)
        answer = await handle(*request)
        if changes:
            journal.write(changes)
            if journal.full:
                with dynamodb._lock:
                    journal.rewrite(items())
        return answer

    def items() -> Iterator[Change]:
        for table in dynamodb._tables.all_values():
            for partition, sorts in table["items"].items():
                for sort, item in sorts.items():
                    yield table["TableArn"], partition, sort, item

    def state() -> dict[str, Any]:
        tables = AccountRegionScopedDict()
        for key, table in dynamodb._tables.all_items():
            tables.set_scoped(*key, {**table, "items": {}, dynamodb._INDEX_MEMBERS: None})
        rest = {
            name: copy.deepcopy(getattr(dynamodb, f"_{name}"))
            for name in ("tags", "ttl_settings", "pitr_settings")
        }
        return {"tables": tables, **rest}

    def load(data: dict[str, Any]) -> None:
        restore(data)
        tables = {table["TableArn"]: table for table in dynamodb._tables.all_values()}
        for name, partition, sort, item in journal.read():
            if table := tables.get(name):
                if item is None:
                    remove(table, partition, sort)
                else:
                    put(table, partition, sort, item)
        for table in tables.values():
            replace(table)
        journal.rewrite(items())

    dynamodb._set_item, dynamodb._remove_item, dynamodb.handle_request = was_put, was_removed, handled
    dynamodb._items_replaced = were_replaced
    dynamodb.get_state, dynamodb.load_persisted_state = state, load


def begin_reading() -> None:
    """Make MiniStack read queues and streams only after everything is up, so that waiting messages do not
    delay the start. The streams of tables are not kept, so each stream is read from its beginning."""
    restore, poll = lambda_svc.load_persisted_state, lambda_svc._poll_loop

    def polled() -> None:
        up.wait()
        poll()

    def load(data: dict[str, Any]) -> None:
        for reader in (positions := data.get("dynamodb_stream_positions", {})):
            positions[reader] = 0
        restore(data)

    lambda_svc.load_persisted_state, lambda_svc._poll_loop = load, polled


def share_code(folder: Path) -> None:
    """Unpack each version of the code only once, below `folder`. All workers and all later starts use this
    copy, because a copy for each worker would cost seconds and 160 MB."""
    unpacking, whole = threading.Lock(), set[Path]()

    def is_whole(place: Path, entries: list[zipfile.ZipInfo]) -> bool:
        """Return whether the folder `place` has each file of the zip in its full size. `entries` are those of
        the zip. Files may be empty after a loss of power."""
        return all(
            (file := place / entry.filename).exists()
            and (entry.is_dir() or file.stat().st_size == entry.file_size)
            for entry in entries
        )

    class Shared(zipfile.ZipFile):
        def extractall(self, path: Any = None, *_: Any) -> None:
            """Make the folder `path` a link to the unpacked code. The code is unpacked first if it is new."""
            entries = self.infolist()
            place = (
                folder / sha256(repr([(entry.filename, entry.CRC) for entry in entries]).encode()).hexdigest()
            )
            with unpacking:
                if place not in whole:
                    if not is_whole(place, entries):
                        shutil.rmtree(place, ignore_errors=True)
                        super().extractall(new := place.with_suffix(".new"))
                        new.rename(place)
                    whole.add(place)
            os.rmdir(path)
            os.symlink(place, path)
            os.unlink(cast(str, self.filename))

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": Shared})


def limit_functions() -> None:
    """End a function that takes more memory than the template gives it, as Lambda does. All processes that
    the function started are ended too. MiniStack itself ends a function that takes too long, but leaves the
    processes that the function started.

    The function's memory is the resident memory of all its processes. A limit of the address space would also
    count memory that DuckDB and typst reserve but do not use, and would raise an error inside the function.
    Without /proc (macOS) no memory is limited."""

    class InGroup(subprocess.Popen[Any]):
        """The process of a function. It is the first of a group of processes, so that all of them can be
        ended together."""

        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named, process_group=0)

        def terminate(self) -> None:
            self.kill()

        def kill(self) -> None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    log = logging.getLogger("limits")

    def weigh() -> None:
        while True:
            time.sleep(WEIGH_EVERY)
            with lambda_runtime._lock:
                busy = [worker for workers in lambda_runtime._workers.values() for worker in workers]
            for worker in busy:
                process = worker._proc if worker.in_use else None
                most = worker.config.get("MemorySize", 128)
                if process and (taken := resident(process.pid) / 1024**2) > most:
                    process.kill()
                    log.warning("%s was ended: %.0f MB of %d", worker.func_name, taken, most)

    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": InGroup})
    threading.Thread(target=weigh, daemon=True).start()


def resident(process: int) -> int:
    """Return the resident memory, in bytes, of the process with the id `process` and of all its descendants.
    Return 0 if the process no longer exists."""
    total = 0
    with suppress(FileNotFoundError, ProcessLookupError):
        total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
        for thread in Path(f"/proc/{process}/task").iterdir():
            total += sum(map(resident, map(int, (thread / "children").read_text().split())))
    return total


def keep_mail() -> None:
    """Save captured mail together with the other state of the mail service, and restore it."""
    state, restore = ses.get_state, ses.load_persisted_state

    def load(data: dict[str, Any]) -> None:
        restore(data)
        ses._restore_regional_store(ses._sent_emails, data.get("_sent_emails", {}))

    ses.get_state = lambda: {**state(), "_sent_emails": copy.deepcopy(ses._sent_emails)}
    ses.load_persisted_state = load


def keep_attachments() -> None:
    """Capture the attachments of a mail and its address for replies, and list them with the mail, because
    MiniStack leaves them out."""
    handle, show = ses_v2.handle_request, ministack.app._handle_ses_messages_request

    async def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = await handle(method, path, headers, body, query)
        if method == "POST" and path.endswith("/outbound-emails") and answer[0] == 200:
            said, kept = json.loads(body), ses._sent_emails_list()[-1]
            kept["ReplyTo"] = "".join(said.get("ReplyToAddresses", [])[:1])
            if raw := said["Content"].get("Raw"):
                mail = message_from_bytes(base64.b64decode(raw["Data"]), policy=policy.default)
                kept["ReplyTo"] = str(mail["Reply-To"] or "")
                kept["Attachments"] = [
                    {
                        "Name": str(file.get_filename()),
                        "Type": file.get_content_type(),
                        "Content": base64.b64encode(cast(bytes, file.get_payload(decode=True))).decode(),
                    }
                    for file in mail.iter_attachments()
                ]
        return answer

    async def shown(*asked: Any) -> Any:
        answer = await show(*asked)
        if answer and answer[0] == 200:
            kept = {
                mail["MessageId"]: mail for mails in ses._sent_emails.to_dict().values() for mail in mails
            }
            said = json.loads(answer[2])
            for mail in (mail for mails in said["messages"].values() for mail in mails):
                mail["Attachments"] = kept[mail["MessageId"]].get("Attachments", [])
                mail["ReplyTo"] = kept[mail["MessageId"]].get("ReplyTo", "")
            answer = answer[0], answer[1], json.dumps(said).encode()
        return answer

    ses_v2.handle_request, ministack.app._handle_ses_messages_request = handled, shown


def tell_of_mail(topic: str) -> None:
    """Publish the events of each sent mail to the topic `topic`, as SES does with a configuration set. Mail
    is delivered. Mail to an address of SES's mailbox simulator is not: it bounces or draws a complaint, as
    the address says."""
    handle = ses_v2.handle_request

    async def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = await handle(method, path, headers, body, query)
        if method == "POST" and path.endswith("/outbound-emails") and answer[0] == 200:
            sent, at = json.loads(body), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            tags = {tag["Name"]: [tag["Value"]] for tag in sent.get("EmailTags", [])}
            mail = {
                "timestamp": at,
                "messageId": json.loads(answer[2])["MessageId"],
                "source": sent["FromEmailAddress"],
                "tags": tags,
            }
            for address in sent["Destination"].get("ToAddresses", []):
                name, _, domain = address.partition("@")
                simulated = ses._SIMULATOR_OUTCOMES.get(name) if domain == ses._SIMULATOR_DOMAIN else None
                ses._publish_notification(topic, {"eventType": "Send", "mail": mail, "send": {}})
                for kind, more in simulated or (("Delivery", None),):
                    ses._publish_notification(
                        topic,
                        {
                            "eventType": kind,
                            "mail": mail,
                            **ses._notification_detail(kind, address, at, more),
                        },
                    )
        return answer

    ses_v2.handle_request = handled


def take_any_method() -> None:
    """Make MiniStack read the method of a path that takes all other methods
    (`x-amazon-apigateway-any-method`), because MiniStack ignores this key of the template."""
    take = apigateway_v1._import_path_item
    apigateway_v1._OPENAPI_HTTP_METHODS = {*apigateway_v1._OPENAPI_HTTP_METHODS, "any"}

    def taken(api: str, path: str, methods: dict[str, Any], *more: Any) -> None:
        other = methods.get("x-amazon-apigateway-any-method")
        take(api, path, {**methods, "any": other} if other else methods, *more)

    apigateway_v1._import_path_item = taken


def tell_of_recovery() -> None:
    """Say of a table that it can be restored from its creation until five minutes ago, as DynamoDB does.
    MiniStack says until now, and since now."""
    describe = dynamodb._describe_continuous_backups

    def described(data: dict[str, Any]) -> Any:
        status, headers, body = describe(data)
        said = json.loads(body)
        recovery = said.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
        if "LatestRestorableDateTime" in recovery:
            table = dynamodb._tables[dynamodb._normalize_table_name(data["TableName"])]
            recovery["EarliestRestorableDateTime"] = table["CreationDateTime"]
            recovery["LatestRestorableDateTime"] = time.time() - RECOVERY_LAG
        return status, headers, json.dumps(said).encode()

    dynamodb._describe_continuous_backups = described


def show_output() -> None:
    """Log what a function prints for a request or a schedule. MiniStack itself logs only what a function
    prints for a queue."""
    execute = lambda_svc._execute_function_with_config_scope

    def logged(function: Any, event: Any) -> Any:
        result = execute(function, event)
        if "httpMethod" in event or event.get("source") == "aws.events":
            logging.getLogger("output").info("%s", result.get("log", ""))
        return result

    lambda_svc._execute_function_with_config_scope = logged


def take_mail(kind: str, body: bytes) -> None:
    """Put a mail that the mailbox page posts where SES puts a mail that has arrived. The form has the type
    `kind`; it holds a whole mail as a file, or the answer to a letter. As a mail server does, this writes its
    own lines above what the sender wrote. It vouches only for the answer, since the page stands for the
    mailbox of its sender."""
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=policy.default)
    said = {
        str(part.get_param("name", header="content-disposition")): cast(bytes, part.get_payload(decode=True))
        for part in form.iter_parts()
    }
    at = format_datetime(datetime.now(UTC))
    if raw := said.get("mail"):
        above = (
            f"Received: from elsewhere by mailbox.local; {at}\r\nAuthentication-Results: mailbox.local; none"
        )
        raw = above.encode() + b"\r\n" + raw
    else:
        sender, to = (said[name].decode().strip() for name in ("sender", "to"))
        domain = sender.rpartition("@")[2]
        mail = EmailMessage(policy.SMTP)
        mail["Received"] = f"from mailbox.local by mailbox.local for <{to}>; {at}"
        mail["Authentication-Results"] = f"mailbox.local; dmarc=pass header.from={domain}"
        mail["From"], mail["To"], mail["Date"] = sender, to, at
        mail["Subject"] = " ".join(said["subject"].decode().split())
        mail["Message-ID"] = make_msgid(domain="mailbox.local")
        mail.set_content(said["text"].decode(), cte="base64")
        raw = mail.as_bytes()
    s3 = botocore.session.get_session().create_client(
        "s3",
        "us-east-1",
        endpoint_url=f"http://127.0.0.1:{PORT}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    bucket = next(one["Name"] for one in s3.list_buckets()["Buckets"] if "evidence" in one["Name"])
    s3.put_object(Bucket=bucket, Key=f"mails/{sha256(raw).hexdigest()[:32]}", Body=raw)


def compressing(send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """Return a function that sends an answer with gzip compression through `send`, as API Gateway does.
    Answers smaller than `COMPRESSED_FROM` bytes are not compressed. This is needed because MiniStack does not
    compress."""
    start: dict[str, Any] = {}
    body = bytearray()

    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        headers, packed = start["headers"], bytes(body)
        if len(packed) >= COMPRESSED_FROM:
            packed = gzip.compress(packed, mtime=0)
            headers = [header for header in headers if header[0].lower() != b"content-length"]
            headers += [(b"content-encoding", b"gzip"), (b"content-length", str(len(packed)).encode())]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": packed})

    return sent


async def application(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Pass a request on to MiniStack; the arguments are those of ASGI. A request at the site's port gets the
    site's domain name as its host. Requests for the paths KEEP and MAIL are answered here."""
    if scope["type"] == "http":
        touched.set()
        if scope["path"] == KEEP:
            await asyncio.to_thread(keep, bool(scope["query_string"]))
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
            return
        if scope["path"] == MAIL and scope["method"] == "POST":
            body, more = b"", True
            while more:
                part = await receive()
                body, more = body + part.get("body", b""), part.get("more_body", False)
            asked = {name: value.decode() for name, value in scope["headers"]}
            await asyncio.to_thread(take_mail, asked[b"content-type"], body)
            back = f"http://127.0.0.1:{SITE_PORT}/mailbox".encode()
            await send({"type": "http.response.start", "status": 303, "headers": [(b"location", back)]})
            await send({"type": "http.response.body"})
            return
        if scope["server"][1] == SITE_PORT:
            own = (b"host", b"x-forwarded-host", b"x-forwarded-for", b"x-forwarded-proto")
            asked = dict(scope["headers"]).get(b"host", b"")
            headers = [header for header in scope["headers"] if header[0] not in own]
            headers += [
                (b"host", SITE_NAME.encode()),
                (b"x-forwarded-host", asked),
                (b"x-forwarded-for", scope["client"][0].encode()),
            ]
            scope = {**scope, "headers": [*headers, (b"x-forwarded-proto", b"http")]}
            send = compressing(send) if b"gzip" in dict(headers).get(b"accept-encoding", b"") else send
    await ministack.app.app(scope, receive, send)


def main() -> None:
    """Run the emulator until it is stopped. MiniStack then saves all state once more."""
    # Silenced, because this log has a line for each service at each save, even for a skipped one.
    logging.getLogger("persistence").setLevel(logging.CRITICAL)
    keep_items(Journal(Path(os.environ["STATE_DIR"]) / "items"))
    begin_reading()
    share_code(Path(os.environ["CODE_DIR"]))
    limit_functions()
    keep_mail()
    keep_attachments()
    take_any_method()
    tell_of_recovery()
    show_output()
    tell_of_mail(os.environ["MAIL_TOPIC"])
    ministack.app.save_all = save
    threading.Thread(target=keep_saving, args=(os.getppid(),), daemon=True).start()
    config = Config()
    config.bind = [f"127.0.0.1:{PORT}", f"127.0.0.1:{SITE_PORT}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main()
