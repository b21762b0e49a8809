"""Runs MiniStack in its own environment, with what it lacks: saving while it runs, mail that survives a stop, news about
sent mail, all output in the log, a short address.

Started by infra.local.run. SIGUSR1 says that code was deployed. Stops when its parent is gone.
"""

import asyncio
import base64
import copy
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any, cast

import ministack.app
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.core import persistence
from ministack.services import lambda_svc, ses, ses_v2

PORT, SITE_PORT, SITE_NAME = int(os.environ["GATEWAY_PORT"]), int(os.environ["SITE_PORT"]), os.environ["SITE_NAME"]
SAVE_EVERY = 2.0  # seconds a crash may lose
RARE = {"lambda", "cloudwatch_logs"}  # large and, between deployments, not worth saving every time

touched, deployed, saving = threading.Event(), threading.Event(), threading.Lock()


def save(services: dict[str, Callable[[], Any]]) -> None:
    """Save these services; one at a time, because a checkpoint and the last save would write the same temporary files."""
    with saving:
        persistence.save_all(services)


def keep_saving(parent: int) -> None:
    """Save what requests changed, twice, since a save that meets a change in progress skips that service."""
    owed = 0
    while os.getppid() == parent:
        time.sleep(SAVE_EVERY)
        owed = 2 if touched.is_set() else owed
        touched.clear()
        if owed:
            owed -= 1
            rare = set() if deployed.is_set() else RARE
            deployed.clear()
            save({name: state for name, state in ministack.app._build_persistence_save_dict().items() if name not in rare})
    os.kill(os.getpid(), signal.SIGTERM)


def keep_mail() -> None:
    """Let captured mail be saved and restored with the rest of the mail service."""
    state, restore = ses.get_state, ses.load_persisted_state

    def load(data: dict[str, Any]) -> None:
        restore(data)
        ses._restore_regional_store(ses._sent_emails, data.get("_sent_emails", {}))

    ses.get_state = lambda: {**state(), "_sent_emails": copy.deepcopy(ses._sent_emails)}
    ses.load_persisted_state = load


def keep_attachments() -> None:
    """Let the capture keep and show the files of a mail, which it leaves out."""
    handle, show = ses_v2.handle_request, ministack.app._handle_ses_messages_request

    async def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = await handle(method, path, headers, body, query)
        if method == "POST" and path.endswith("/outbound-emails") and answer[0] == 200 and (raw := json.loads(body)["Content"].get("Raw")):
            files = message_from_bytes(base64.b64decode(raw["Data"]), policy=policy.default).iter_attachments()
            ses._sent_emails_list()[-1]["Attachments"] = [
                {"Name": str(file.get_filename()), "Type": file.get_content_type(),
                 "Content": base64.b64encode(cast(bytes, file.get_payload(decode=True))).decode()} for file in files]
        return answer

    async def shown(*asked: Any) -> Any:
        answer = await show(*asked)
        if answer and answer[0] == 200:
            kept = {mail["MessageId"]: mail for mails in ses._sent_emails.to_dict().values() for mail in mails}
            said = json.loads(answer[2])
            for mail in (mail for mails in said["messages"].values() for mail in mails):
                mail["Attachments"] = kept[mail["MessageId"]].get("Attachments", [])
            answer = answer[0], answer[1], json.dumps(said).encode()
        return answer

    ses_v2.handle_request, ministack.app._handle_ses_messages_request = handled, shown


def tell_of_mail(topic: str) -> None:
    """Publish what becomes of each mail in the shape of a configuration set's events; the simulator's addresses bounce and complain."""
    handle = ses_v2.handle_request

    async def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = await handle(method, path, headers, body, query)
        if method == "POST" and path.endswith("/outbound-emails") and answer[0] == 200:
            sent, at = json.loads(body), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            tags = {tag["Name"]: [tag["Value"]] for tag in sent.get("EmailTags", [])}
            mail = {"timestamp": at, "messageId": json.loads(answer[2])["MessageId"], "source": sent["FromEmailAddress"], "tags": tags}
            for address in sent["Destination"].get("ToAddresses", []):
                name, _, domain = address.partition("@")
                simulated = ses._SIMULATOR_OUTCOMES.get(name) if domain == ses._SIMULATOR_DOMAIN else None
                ses._publish_notification(topic, {"eventType": "Send", "mail": mail, "send": {}})
                for kind, more in simulated or (("Delivery", None),):
                    ses._publish_notification(topic, {"eventType": kind, "mail": mail, **ses._notification_detail(kind, address, at, more)})
        return answer

    ses_v2.handle_request = handled


def show_output() -> None:
    """Log what is printed for a request or a minute of the clock, as the emulator does for queues."""
    execute = lambda_svc._execute_function_with_config_scope

    def logged(function: Any, event: Any) -> Any:
        result = execute(function, event)
        if "httpMethod" in event or event.get("source") == "aws.events":
            logging.getLogger("output").info("%s", result.get("log", ""))
        return result

    lambda_svc._execute_function_with_config_scope = logged


async def application(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Hand on to MiniStack; what arrives at the site's port is for the domain name that the stack maps to the site."""
    if scope["type"] == "http":
        touched.set()
        if scope["server"][1] == SITE_PORT:
            own = (b"host", b"x-forwarded-host", b"x-forwarded-for", b"x-forwarded-proto")
            asked = dict(scope["headers"]).get(b"host", b"")
            headers = [header for header in scope["headers"] if header[0] not in own]
            headers += [(b"host", SITE_NAME.encode()), (b"x-forwarded-host", asked), (b"x-forwarded-for", scope["client"][0].encode())]
            scope = {**scope, "headers": [*headers, (b"x-forwarded-proto", b"http")]}
    await ministack.app.app(scope, receive, send)


def main() -> None:
    """Serve until told to stop; MiniStack saves everything on its way out."""
    logging.getLogger("persistence").setLevel(logging.CRITICAL)  # a line per service and save, and a save in progress tries again
    keep_mail()
    keep_attachments()
    show_output()
    tell_of_mail(os.environ["MAIL_TOPIC"])
    ministack.app.save_all = save
    signal.signal(signal.SIGUSR1, lambda *_: deployed.set())
    threading.Thread(target=keep_saving, args=(os.getppid(),), daemon=True).start()
    config = Config()
    config.bind = [f"127.0.0.1:{PORT}", f"127.0.0.1:{SITE_PORT}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main()
