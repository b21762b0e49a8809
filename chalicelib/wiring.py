"""Builds the application from the environment, once for each container. A part that only some functions need
is imported where it is built, so that the other functions start faster."""

from __future__ import annotations

import json
import os
import secrets
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from random import random, seed
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from ulid import ULID

from chalicelib.access.authorization import CLOCK
from chalicelib.access.links import CalendarAddresses, Links, Lookups, PurposeKeys, ReplyAddresses
from chalicelib.aws import rows
from chalicelib.aws.case_file import DynamoCaseFile
from chalicelib.aws.ceilings import CeilingRows
from chalicelib.aws.changed_rows import ChangedRows
from chalicelib.aws.desk_rows import DeskRows
from chalicelib.aws.draft_rows import DraftRows
from chalicelib.aws.filed_rows import FiledRows
from chalicelib.aws.find_rows import FindRows
from chalicelib.aws.foreword_rows import ForewordRows
from chalicelib.aws.hold_rows import HoldRows
from chalicelib.aws.letter_rows import DigestLines, LetterRows
from chalicelib.aws.macs import Macs
from chalicelib.aws.mail_rows import AddressRows, MailRows
from chalicelib.aws.meters import Emf
from chalicelib.aws.outage_rows import OutageRows
from chalicelib.aws.pool import Pool
from chalicelib.aws.read_rows import ReadRows
from chalicelib.aws.sessions import Sessions
from chalicelib.aws.staff_rows import StaffRows
from chalicelib.aws.suggestion_rows import SuggestionRows
from chalicelib.aws.tasks import Queues
from chalicelib.aws.text_rows import TextRows
from chalicelib.aws.translated import Translated
from chalicelib.cases.casework import Casework, NewComplaint, Newer, Unavailable
from chalicelib.cases.search import Search
from chalicelib.documents.paperwork import (
    Paperwork,
    agreement_key_of,
    application_key,
    paper_key,
    paper_of,
    referrals_of,
)
from chalicelib.domain.calendar import published
from chalicelib.domain.holds import MOVES, stopped
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.referral import mark_of, referred
from chalicelib.domain.moves.signing import record_seal
from chalicelib.domain.policy import Policy, policy
from chalicelib.domain.reference import shown
from chalicelib.figures.causes import Causes
from chalicelib.hooks.disabled import tell_disabled
from chalicelib.logs import log

if TYPE_CHECKING:
    from chalicelib.aws.archive import S3Archive
    from chalicelib.aws.due_index import DueIndex
    from chalicelib.aws.figure_store import S3Shelf
    from chalicelib.aws.hook_rows import HookRows
    from chalicelib.aws.ledger import S3Ledger
    from chalicelib.aws.repairs import Repair, Stuck
    from chalicelib.aws.seal import KmsKey
    from chalicelib.aws.vault import S3Copies, S3Mails, S3Vault
    from chalicelib.aws.word_files import WordFiles
    from chalicelib.delivery.correspondence import Correspondence, MailProvider, Messenger
    from chalicelib.delivery.one_time_code import Codes
    from chalicelib.delivery.sms_gateway import Gateway
    from chalicelib.documents.authenticity import Authenticity
    from chalicelib.evidence.enclosures import Enclosures
    from chalicelib.evidence.uploads import Uploads
    from chalicelib.figures.engines import Engine
    from chalicelib.figures.nightly import Nightly
    from chalicelib.figures.published import Published
    from chalicelib.figures.what_if import Proposals
    from chalicelib.hooks.sending import Sender
    from chalicelib.incoming.replies import Replies
    from chalicelib.incoming.texts import Texts
    from chalicelib.operations.canned_texts import TextKeeper
    from chalicelib.operations.clockwork import Clockwork, DueRow
    from chalicelib.operations.destruction import Destruction
    from chalicelib.operations.integrity import Record
    from chalicelib.operations.restoration import Restoration
    from chalicelib.operations.staffing import Cover
    from chalicelib.operations.word_search import WordSearch
    from chalicelib.operations.word_writer import WordWriter

QUICK = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 1})
"""The settings of a client for which `client` gets no others, such as that of queues. It makes one attempt,
because the clock finds due rows even without a message."""
ONCE = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
"""The settings of the clients for mail, short messages, secrets and the ledger. They make one attempt,
because a second attempt after a lost answer could send a letter twice."""
KEYS_KEPT_S = 300
"""After how many seconds a container reads its keys again. `python -m infra.ops rotate` waits that long when
it replaces a key."""
KEYS_AGAIN_S = 10
"""A row may name a key that this container does not know. Then the keys are read again, if they were read
more than this many seconds ago."""
SMTPS = 465
"""The port of mail by TLS, if the address of a gateway names none."""
ASKED = Config(connect_timeout=1, read_timeout=8, retries={"total_max_attempts": 1})
"""The settings of the client that asks the function of the search. A search lasts ten seconds at most."""
SOUGHT = Path(gettempdir()) / "sought"
"""The folder in which the functions of the search keep copies of the search files."""
EXPORTED = Path(gettempdir()) / "export"
"""The folder in which the worker of the figures keeps the exported data that it has fetched."""
ASKED_AGAIN_S = 30
"""The staff accounts are checked twice a minute. This is the number of seconds between the first check and
the second."""
STORE = Config(
    connect_timeout=2,
    read_timeout=20,
    retries={"total_max_attempts": 3},
    signature_version="s3v4",
    s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
)
"""The settings of the client for files on S3. With them, links and forms contain the region, because the
Content-Security-Policy of the pages allows only such addresses."""


@dataclass
class Product:
    """The parts of the application, each built at first use. Tests replace `now` and `pause` to control the
    time."""

    def now(self) -> datetime:
        """Return the present moment (UTC, whole seconds)."""
        return datetime.now(UTC).replace(microsecond=0)

    def today(self) -> date:
        """Return the present day in China."""
        return published().day_of(self.now())

    def pause(self, seconds: float) -> None:
        """Wait for this many seconds."""
        time.sleep(seconds)

    def restored(self) -> None:
        """Forget what a snapshot of this process may hold: connections, which are dead by now, and what was
        read before, such as roster, keys and staff. Make the pauses of each copy of the process different.

        Lambda calls this in each process that it starts from a snapshot (SnapStart)."""
        self.__dict__.clear()
        rows.Row._connection = rows.Secret._connection = None
        seed()

    def setting(self, name: str, default: str = "") -> str:
        """Return a setting of this deployment from the environment; `default` if it is not set."""
        return os.environ.get(name, default)

    def client(self, service: str, config: Config = QUICK, **more: Any) -> Any:
        """Return a client of the AWS service `service`. It shares the session of the table, so that the data
        of botocore are loaded only once. `more` is passed on to botocore."""
        return rows.connection().session.create_client(service, config=config, **more)

    @property
    def links(self) -> Links:
        """Makes and checks access links, with the present keys. Raises Unavailable."""
        return Links(self._keys(self.setting("LINK_KEY_ARN")))

    @property
    def lookups(self) -> Lookups:
        """Makes the keyed hashes by which people are found, with the present keys. Raises Unavailable."""
        return Lookups(self._keys(self.setting("LOOKUP_KEY_ARN")))

    @cached_property
    def _kept_keys(self) -> dict[str, tuple[float, PurposeKeys]]:
        return {}

    @cached_property
    def macs(self) -> Macs:
        """Makes and checks the MACs of rows. Its methods raise Unavailable if the key cannot be read."""
        arn = self.setting("RECORD_KEY_ARN")
        return Macs(
            lambda: self._keys(arn),
            lambda: self._keys(arn, KEYS_AGAIN_S),
            self.setting("MACS_SINCE"),
            self.setting("OTHER_MACS_SINCE"),
        )

    def _keys(self, arn: str, most_s: float = KEYS_KEPT_S) -> PurposeKeys:
        """Return the keys in the secret with the ARN `arn`. Keys that this process read less than `most_s`
        seconds ago are returned again. Otherwise the secret is read, because an operator may have replaced a
        key. Raises Unavailable."""
        read_at, keys = self._kept_keys.get(arn, (0.0, None))
        if keys and time.monotonic() - read_at < most_s:
            return keys
        keys = PurposeKeys.read(self._secret(arn))
        self._kept_keys[arn] = time.monotonic(), keys
        return keys

    def _secret(self, arn: str) -> str:
        """Return the text of the secret `arn`. Raises Unavailable."""
        vault = self.client("secretsmanager", ONCE, region_name=self.setting("AWS_REGION", "us-east-1"))
        try:
            return str(vault.get_secret_value(SecretId=arn)["SecretString"])
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("secrets") from error

    @cached_property
    def file(self) -> DynamoCaseFile:
        """The store of cases."""
        return DynamoCaseFile(
            lambda: self.now(),
            macs=self.macs,
            changed=lambda ref: self._changed("the head of a case", ref=ref),
            outages=self.outages,
        )

    @cached_property
    def changed_rows(self) -> ChangedRows:
        """The feeds of changes, from which partners learn what changed."""
        return ChangedRows(lambda: self.now(), lambda n: self.pause(random() * 0.05 * 2**n))

    @cached_property
    def outages(self) -> OutageRows:
        """The register of outages."""
        return OutageRows(self.macs, lambda: self._changed("the register of outages"))

    def _changed(self, what: str, **about: str) -> None:
        """Report, by a log line and a metric, that somebody changed a row in the table. `about` tells which
        row."""
        log.error(f"{what} is not the one that was written", extra=about)
        self.meters.count("RecordChanged")

    @cached_property
    def index(self) -> DueIndex:
        """The index of due cases."""
        from chalicelib.aws.due_index import CaseShards, DueIndex

        return DueIndex(CaseShards(), self.macs)

    @cached_property
    def post_index(self) -> DueIndex:
        """The index of due letters."""
        from chalicelib.aws.due_index import DueIndex, PostShards

        return DueIndex(PostShards(), self.macs)

    @cached_property
    def outbox(self) -> LetterRows:
        """The rows of letters and their states."""
        return LetterRows(self.macs)

    @cached_property
    def mail(self) -> MailRows:
        """The outage of all mail, if there is one."""
        return MailRows()

    @cached_property
    def addresses(self) -> AddressRows:
        """Which e-mail addresses refuse our letters, and how many letters each got today."""
        return AddressRows()

    @cached_property
    def sessions(self) -> Sessions:
        """The store of sign-ins, sessions and partners' keys."""
        return Sessions()

    @cached_property
    def staff(self) -> StaffRows:
        """Which members of staff are disabled or signed out everywhere."""
        return StaffRows()

    def watch_accounts(self) -> None:
        """Disable the members of staff whose account in our own user pool was disabled or removed. With any
        other identity provider nothing is checked.

        Dismissed staff must lose access within a minute, and a schedule runs once a minute at most. So each
        run checks the pool twice, because a container still uses for a while what it read before.
        """
        if pool := self.setting("STAFF_POOL"):
            cognito = self.client("cognito-idp", STORE, region_name=self.setting("AWS_REGION", "us-east-1"))
            accounts = Pool(lambda: cognito, pool).accounts
            self.staff.heed(accounts())
            self.pause(ASKED_AGAIN_S)
            self.staff.heed(accounts())
        self.meters.count("AccountsHeartbeat")

    @cached_property
    def ceilings(self) -> CeilingRows:
        """The counts of attempts for the rate limits."""
        return CeilingRows(lambda key: self.lookups.of(key)[0], self.meters, lambda: self.now())

    @cached_property
    def codes(self) -> Codes:
        """Sends and checks the one-time codes with which parties confirm an act."""
        from chalicelib.delivery.one_time_code import Codes

        return Codes(
            self.casework,
            self.sessions,
            lambda *whose: self.links.code(*whose),
            lambda text: self.lookups.of(text)[0],
            lambda to: self.correspondence.unsendable(to, self.now()),
        )

    @cached_property
    def endpoints(self) -> HookRows:
        """The endpoints to which webhooks are sent."""
        from chalicelib.aws.hook_rows import HookRows

        return HookRows()

    @property
    def hook_keys(self) -> PurposeKeys:
        """The keys that the secrets of webhooks are made from. Raises Unavailable."""
        return self._keys(self.setting("HOOK_KEY_ARN"))

    @property
    def loopback(self) -> bool:
        """Whether webhooks may go to this machine. Only the local run sets this; the template does not have
        it."""
        return self.setting("HOOKS_LOOPBACK") == "1"

    @cached_property
    def webhooks(self) -> Sender:
        """Sends webhooks."""
        from chalicelib.hooks.https import Https
        from chalicelib.hooks.sending import Sender

        site = urlsplit(self.setting("PUBLIC_URL")).hostname or ""
        return Sender(
            self.endpoints,
            self.changed_rows,
            lambda: self.hook_keys,
            Https(site, self.loopback),
            self.meters,
            lambda: self.now(),
            lambda: self.held,
        )

    @cached_property
    def reads(self) -> ReadRows:
        """The record of who read which case."""
        return ReadRows(lambda: self.now())

    @cached_property
    def desk(self) -> DeskRows:
        """The store of last openings of cases, and of named filters."""
        return DeskRows(lambda: self.now())

    @cached_property
    def filed(self) -> FiledRows:
        """The lists of the complaints that each partner filed."""
        return FiledRows()

    @cached_property
    def canned_texts(self) -> TextRows:
        """The store of canned texts."""
        return TextRows(lambda: self.now())

    @property
    def text_keeper(self) -> TextKeeper:
        """The service that changes the canned texts."""
        from chalicelib.operations.canned_texts import TextKeeper

        return TextKeeper(self.canned_texts, lambda: self.file.fresh_roster()[0], lambda: self.now())

    @cached_property
    def forewords(self) -> ForewordRows:
        """The store of the forewords of reports."""
        return ForewordRows()

    @cached_property
    def drafts(self) -> DraftRows:
        """The store of the drafts of forms at the desk."""
        return DraftRows(lambda: self.now())

    @cached_property
    def suggestions(self) -> SuggestionRows:
        """The store of the suggestion box."""
        return SuggestionRows(lambda: self.now())

    @cached_property
    def tasks(self) -> Queues:
        """The queues of tasks for workers."""
        return Queues(
            self.client("sqs", region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("LETTERS_QUEUE"),
            self.setting("CLOCK_QUEUE"),
            self.setting("POST_QUEUE"),
            self.setting("DOCUMENTS_QUEUE"),
            self.setting("RECORD_QUEUE"),
        )

    @cached_property
    def meters(self) -> Emf:
        """The metrics for operators."""
        return Emf(self.setting("STACK"), lambda: self.now())

    @cached_property
    def casework(self) -> Casework:
        """The use cases, which read and change cases."""
        return Casework(
            self.file,
            self.tasks,
            self.meters,
            lambda: self.now(),
            lambda: str(ULID()),
            lambda: secrets.randbits(64),
            lambda address: self.lookups.of(address),
            self.policy.name,
            self.addresses,
            self.ceilings,
            lambda attempt: self.pause(random() * 0.05 * 2**attempt),
            Causes(self._causes, lambda: self.policy.sales),
            self.own_domains,
            lambda *telling: self.correspondence.text_to_read(*telling),
        )

    @property
    def policy(self) -> Policy:
        """The policy that new cases get."""
        return policy(self.setting("POLICY", "default-1"))

    @property
    def own_domains(self) -> tuple[str, ...]:
        """The domain of our letters, the domain of replies to them, and the host name of our pages."""
        site = urlsplit(self.setting("PUBLIC_URL")).hostname or ""
        replies = filter(None, [self.setting("REPLY_DOMAIN")])
        return self.setting("MAIL_FROM").rpartition("@")[2], *replies, site

    @cached_property
    def search(self) -> Search:
        """The search for cases by keys."""
        return Search(self.casework, self.file, self.find_rows)

    @cached_property
    def find_rows(self) -> FindRows:
        """The store of the keys by which officers find cases."""
        return FindRows()

    @cached_property
    def word_files(self) -> WordFiles:
        """The search files, with copies of those that were read last. Only the functions of the search can
        use them on AWS."""
        from chalicelib.aws.word_files import WordFiles

        return WordFiles(self.shelf, SOUGHT)

    @cached_property
    def word_writer(self) -> WordWriter:
        """The writer of the search files. It reads cases without their MACs, so that its function needs no
        key by which rows could be forged."""
        from chalicelib.aws.word_rows import WordRows
        from chalicelib.operations.word_writer import WordWriter

        return WordWriter(
            DynamoCaseFile(lambda: self.now()),
            WordRows(),
            self.word_files,
            self.meters,
            lambda: rows.shards()[1],
            lambda: self.now(),
            lambda: str(ULID()),
        )

    @cached_property
    def word_search(self) -> WordSearch:
        """The search for words. On AWS another function reads the files for it."""
        from chalicelib.aws.word_files import RemoteWords, invoked
        from chalicelib.operations.word_search import WordSearch

        name, region = self.setting("SEEK"), self.setting("AWS_REGION", "us-east-1")
        remote = invoked(lambda: self.client("lambda", ASKED, region_name=region), name)
        index = RemoteWords(remote) if name else self.word_files
        return WordSearch(self.file, index, lambda: self.now(), time.monotonic)

    def seek(self, asked: Mapping[str, Any]) -> Any:
        """Answer the site's request to the function of the search."""
        from chalicelib.aws.word_files import answer

        return answer(self.word_files, asked)

    @cached_property
    def cover(self) -> Cover:
        """The service that changes the roster and the register of mediators, and checks both each hour."""
        from chalicelib.operations.staffing import Cover

        return Cover(self.casework, self.file)

    def look_ahead(self) -> None:
        """Report the gaps in the roster that come, and how much of the daily quota of mail is used. Queue the
        letters about endpoints that were disabled."""
        self.cover.watch()
        tell_disabled(self.endpoints, self.file.owe)
        if (used := self.mail_provider.quota_used()) is not None:
            self.meters.count("MailQuotaUsed", used, "Percent")

    @cached_property
    def mail_provider(self) -> MailProvider:
        """The provider that sends our mail."""
        address, arn = urlsplit(self.setting("MAIL_GATEWAY")), self.setting("MAIL_SECRET")
        if address.scheme:
            from chalicelib.delivery.mail_gateway import HttpsMail, SmtpMail

            sender = self.setting("MAIL_FROM")
            if address.scheme == "https":
                body, taken = self.setting("MAIL_BODY"), self.setting("MAIL_TAKEN")
                return HttpsMail(self._gateway(address.geturl(), body, taken, arn), sender)
            port = address.port or SMTPS
            return SmtpMail(
                str(address.hostname), port, lambda: self._content(arn), sender, lambda: str(ULID())
            )
        from chalicelib.aws.post import Ses

        region = self.setting("MAIL_REGION") or self.setting("AWS_REGION", "us-east-1")
        return Ses(
            lambda: self.client("sesv2", ONCE, region_name=region),
            self.setting("MAIL_FROM"),
            self.setting("MAIL_SET"),
        )

    @cached_property
    def correspondence(self) -> Correspondence:
        """The delivery of letters."""
        from chalicelib.delivery.correspondence import Correspondence

        return Correspondence(
            self.casework,
            self.outbox,
            DigestLines(
                self.macs, lambda: self.now(), lambda pk: self._changed("a line of a digest", partition=pk)
            ),
            self.mail,
            self.ledger,
            self.mail_provider,
            lambda: self.links,
            self.setting("PUBLIC_URL"),
            self.setting("MAIL_FROM"),
            {"zh": self.setting("SEAL_NAME"), "en": self.setting("COMPANY_ENGLISH")},
            self.paper,
            self.messenger,
            lambda: self.held,
            lambda ref, party: self.reply_addresses.of(ref, party) if self.setting("REPLY_DOMAIN") else "",
        )

    @property
    def reply_addresses(self) -> ReplyAddresses:
        """Makes and checks the addresses to which people reply, with the present keys. Raises Unavailable."""
        return ReplyAddresses(self._keys(self.setting("LOOKUP_KEY_ARN")), self.setting("REPLY_DOMAIN"))

    @property
    def calendars(self) -> CalendarAddresses:
        """Makes the addresses of calendar feeds, with the present keys. Raises Unavailable."""
        return CalendarAddresses(self._keys(self.setting("LOOKUP_KEY_ARN")))

    @cached_property
    def replies(self) -> Replies:
        """Takes the mails that arrive."""
        from chalicelib.incoming.mail import Receiver
        from chalicelib.incoming.replies import Replies

        servers = tuple(filter(None, self.setting("MAIL_VERDICTS").split(",")))
        ours = self.setting("MAIL_FROM").lower(), f"@{self.setting('REPLY_DOMAIN')}"
        return Replies(
            self.casework,
            self.uploads,
            lambda: self.reply_addresses,
            Receiver(servers, ours),
            self.mails.keep,
            self.setting("PUBLIC_MAIL"),
            lambda id, to, unknown: self.correspondence.returned(id, to, unknown, self.now()),
        )

    @cached_property
    def mails(self) -> S3Mails:
        """The store of mails that arrived."""
        from chalicelib.aws.vault import S3Mails

        return S3Mails(
            lambda: self.client("s3", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("EVIDENCE"),
        )

    def fetch_mails(self, left_ms: Callable[[], int]) -> None:
        """Fetch the mails that wait in the mailbox of this deployment, if it has one. They stay there while
        no case can be changed."""
        self.meters.count("FetchHeartbeat")
        if not (address := self.setting("MAIL_BOX")) or MOVES in self.held:
            return
        from chalicelib.aws.vault import LARGEST_MAIL
        from chalicelib.incoming.fetching import Fetching, Mailbox

        Fetching(
            Mailbox.of(address, self.setting("MAIL_BOX_TAKEN")),
            lambda: self._content(self.setting("MAIL_BOX_SECRET"))["password"],
            self.mails.store,
            LARGEST_MAIL,
        ).run(left_ms)

    def mail_arrived(self, event: Mapping[str, Any]) -> None:
        """Take the mail that an event of the store of files reports."""
        if found := self.mails.read(event["detail"]["object"]["key"]):
            self.replies.arrived(found[0], whole=found[1])

    @property
    def texts(self) -> bool:
        """Whether this deployment can send short messages."""
        return bool(self.setting("SMS_GATEWAY"))

    @property
    def messenger(self) -> Messenger | None:
        """The gateway of short messages; None if the deployment has none."""
        gateway = self.setting("SMS_GATEWAY")
        if gateway == "sns":
            from chalicelib.aws.sms import Sns

            region = self.setting("MAIL_REGION") or self.setting("AWS_REGION", "us-east-1")
            return Sns(lambda: self.client("sns", ONCE, region_name=region))
        if gateway:
            body, taken = self.setting("SMS_BODY"), self.setting("SMS_TAKEN")
            return self._gateway(gateway, body, taken, self.setting("SMS_SECRET"), self.setting("SMS_ID"))
        return None

    @property
    def text_keys(self) -> tuple[str, ...]:
        """The secret part of the address to which the gateway of short messages posts: the present one, and
        those before the key of lookups was changed. Raises Unavailable."""
        return self.lookups.of("the gateway of short messages")

    @property
    def text_arrivals(self) -> Texts:
        """Takes what the gateway of short messages posts."""
        from chalicelib.incoming.texts import Fields, Texts

        return Texts(self.casework, self.correspondence, Fields.of(self.setting("SMS_REPORTS")))

    def _gateway(self, address: str, body: str, taken: str, arn: str, answer_id: str = "") -> Gateway:
        """Return an HTTPS gateway. `arn` is that of the secret with its headers, or "". `answer_id` names the
        id of a message in its answer."""
        from chalicelib.delivery.sms_gateway import Gateway

        return Gateway(address, body, taken, lambda: self._content(arn), lambda: str(ULID()), answer_id)

    def _content(self, arn: str) -> dict[str, str]:
        """Return what the stored JSON with the ARN `arn` holds; nothing without one. Raises Unavailable."""
        return dict(json.loads(self._secret(arn))) if arn else {}

    @cached_property
    def clockwork(self) -> Clockwork:
        """The clock, which finds due cases and letters."""
        from chalicelib.aws.due_index import parked
        from chalicelib.operations.clockwork import Clockwork

        return Clockwork(
            self.casework,
            self.correspondence,
            (self.index, self.post_index),
            lambda: sum(1 for _ in parked()),
            self.outages,
            lambda: self.held,
        )

    @cached_property
    def vault(self) -> S3Vault:
        """The store of evidence files."""
        from chalicelib.aws.vault import S3Vault

        there, copies = self.setting("REPLICA_REGION"), self.setting("EVIDENCE_COPY")
        return S3Vault(
            lambda: self.client("s3", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("EVIDENCE"),
            S3Vault(lambda: self.client("s3", STORE, region_name=there), copies) if there else None,
        )

    @cached_property
    def uploads(self) -> Uploads:
        """The handling of evidence files."""
        from chalicelib.aws.file_rows import DynamoFileRows
        from chalicelib.evidence.pictures import room
        from chalicelib.evidence.uploads import SCANNERS, Uploads

        return Uploads(
            self.casework,
            DynamoFileRows(),
            self.vault,
            SCANNERS[self.setting("SCANNER", "none")],
            lambda left_ms: room(self._megabytes, left_ms, self.setting("LD_LIBRARY_PATH")),
        )

    @property
    def _megabytes(self) -> int:
        """The memory of this Lambda function in megabytes. It is 0 in a local run, where there is no
        function."""
        return int(self.setting("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))

    @cached_property
    def enclosures(self) -> Enclosures:
        """The handling of files that are added to a complaint before it is sent."""
        from chalicelib.aws.vault import S3Drafts
        from chalicelib.evidence.enclosures import Enclosures

        store = S3Drafts(
            lambda: self.client("s3", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("EVIDENCE"),
        )
        return Enclosures(self.uploads, store)

    @cached_property
    def copies(self) -> S3Copies:
        """The store of copies of complaints, which complainants ask for."""
        from chalicelib.aws.vault import S3Copies

        return S3Copies(
            lambda: self.client("s3", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("EVIDENCE"),
        )

    @cached_property
    def authenticity(self) -> Authenticity:
        """Checks whether documents and letters are ours."""
        from chalicelib.aws.vault import S3Drop
        from chalicelib.documents.authenticity import Authenticity

        drop = S3Drop(
            lambda: self.client("s3", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("EVIDENCE"),
        )
        return Authenticity(self.file, drop, self.outbox, lambda: str(ULID()), lambda: self.seal_keys)

    @property
    def seal_keys(self) -> tuple[bytes, ...]:
        """The public keys of our seals (DER), the present one first. Raises Unavailable."""
        return (self.seal_key.public_key, *self.former_seal_keys)

    @cached_property
    def former_seal_keys(self) -> tuple[bytes, ...]:
        """The public keys (DER) with which we sealed before. Papers and lists of then stay valid, even if the
        key service no longer has the key."""
        return tuple(map(b64decode, filter(None, self.setting("FORMER_SEALS").split(","))))

    @cached_property
    def seal_key(self) -> KmsKey:
        """The key in KMS that seals documents."""
        from chalicelib.aws.seal import KmsKey

        return KmsKey(
            lambda: self.client("kms", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("SEAL_KEY"),
            self.meters,
        )

    @cached_property
    def archive(self) -> S3Archive:
        """The archive of sealed documents."""
        from chalicelib.aws.archive import S3Archive

        return S3Archive(
            lambda: self.client("s3", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("SEALED"),
        )

    @cached_property
    def ledger(self) -> S3Ledger:
        """The ledger of letters that left. Its client makes one attempt, so that no letter waits long."""
        from chalicelib.aws.ledger import S3Ledger

        return S3Ledger(
            lambda: self.client("s3", ONCE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("SEALED"),
        )

    @cached_property
    def record(self) -> Record:
        """The check of the record: whether cases match their timelines and the signed lists."""
        from chalicelib.aws.cursors import CursorRows
        from chalicelib.operations.integrity import Record
        from chalicelib.operations.signed_lists import SignedLists

        return Record(
            self.casework,
            self.file,
            self.outages,
            CursorRows(self.macs, self.meters),
            SignedLists(self.archive, self.seal_key, self.meters, self.former_seal_keys),
            lambda: rows.shards()[1],
            lambda: self.held,
        )

    @cached_property
    def restoration(self) -> Restoration:
        """Compares a restored table with lists and ledger. Only operators use it."""
        from chalicelib.aws.former import FormerTable
        from chalicelib.operations.restoration import Restoration

        return Restoration(
            self.casework,
            self.file,
            self.outbox,
            self.record.lists,
            self.ledger,
            self.outages,
            FormerTable(lambda: rows.connection().client, lambda: self.now(), self.macs),
            lambda: rows.shards()[1],
            lambda: self.now(),
        )

    @cached_property
    def destruction(self) -> Destruction:
        """The destruction of personal data."""
        from chalicelib.aws.erasure import ErasureRows
        from chalicelib.operations.destruction import Destruction

        return Destruction(
            self.casework,
            self.file,
            ErasureRows(lambda address: self.lookups.of(address), self.macs),
            self.vault,
            self.ledger,
            self.meters,
            lambda: rows.shards()[1],
            lambda: self.now(),
        )

    @cached_property
    def shelf(self) -> S3Shelf:
        """The store of nightly and published figures."""
        from chalicelib.aws.figure_store import S3Shelf

        return S3Shelf(
            lambda: self.client("s3", STORE, region_name=self.setting("AWS_REGION", "us-east-1")),
            self.setting("FIGURES"),
        )

    @cached_property
    def figures(self) -> Nightly:
        """Computes the nightly figures. Only the worker with DuckDB in its layer can use it."""
        from chalicelib.figures.nightly import Nightly

        return Nightly(
            self.file,
            self.shelf,
            self.meters,
            lambda: rows.shards()[1],
            lambda: self.now(),
            EXPORTED,
            lambda ref: self.tasks.opinion(ref),
            lambda: self.policy.opinion_share,
            lambda: self.policy.sales,
            self.engine,
        )

    @cached_property
    def engine(self) -> Engine | None:
        """Computes the figures of more complaints than DuckDB can hold. None if this deployment has no engine
        for that. The setting names the engine, then its workgroup and database, or its application and
        role."""
        from chalicelib.figures.engines import dialect

        bucket, here = self.setting("FIGURES"), self.setting("AWS_REGION", "us-east-1")
        match self.setting("LARGE_FIGURES").split():
            case ["athena", workgroup, database]:
                from chalicelib.aws.athena import Athena

                return Athena(
                    lambda: self.client("athena", STORE, region_name=here),
                    workgroup,
                    database,
                    bucket,
                    lambda: dialect("athena"),
                    lambda seconds: self.pause(seconds),
                )
            case ["emr", application, role]:
                from chalicelib.aws.emr import EmrServerless

                return EmrServerless(
                    lambda: self.client("emr-serverless", STORE, region_name=here),
                    application,
                    role,
                    self.shelf,
                    bucket,
                    lambda: dialect("spark"),
                    lambda seconds: self.pause(seconds),
                    EXPORTED,
                )
        return None

    @cached_property
    def proposals(self) -> Proposals:
        """The proposals of other lengths of deadlines."""
        from chalicelib.figures.what_if import Proposals

        return Proposals(self.shelf, lambda: self.now())

    def nightly(self, left_ms: Callable[[], int]) -> None:
        """Compute the figures, and replay complaints under the proposals with the time that is left."""
        from chalicelib.figures.what_if import WhatIf

        self.figures.night(left_ms=left_ms)
        WhatIf(self.file, self.proposals, lambda: rows.shards()[1], lambda: self.now()).run(left_ms)

    @cached_property
    def published(self) -> Published:
        """The published figures, read from the store."""
        from chalicelib.figures.published import Published

        return Published(self.shelf, lambda: self.now())

    def _causes(self, key: str) -> Mapping[str, Any] | None:
        """The nightly figures about causes of complaints under a store key, as JSON data. None if they were
        never computed. Raises Unavailable."""
        return json.loads(self.shelf.read(key)) if key in self.shelf.keys(key) else None

    def document(self, case: Case, name: str = "agreement") -> str | None:
        """Return a link that downloads a document of a case for five minutes. `name` says which document: the
        sealed `agreement`, the `application` to the court for its confirmation, or the name of a creditor's
        paper for the court. Return None if the case has no such document. Raises Unavailable if the document
        is not made yet."""
        sealed, passed_on = case.bound and case.bound.sealed, name in referred(case)
        if not passed_on and not (
            sealed and (name == "agreement" or (name == "application" and sealed.application))
        ):
            return None
        # The case does not record whether a creditor's paper was made, so look into the store.
        key = self._kept(case, name)[0] if passed_on else _keys(case, name)[0][0]
        return self.archive.link(key, f"{name}-{shown(case.ref)}.pdf")

    def paper(self, case: Case, name: str) -> bytes:
        """Return the content of a stored document of a case. If it is missing, ask a worker to make it,
        because the first request may have been lost. Then raise Unavailable."""
        return self._kept(case, name)[1]

    def _kept(self, case: Case, name: str) -> tuple[str, bytes]:
        """Return the key and the content of a stored document of a case. If it is missing, ask a worker to
        make it, and raise Unavailable."""
        for key, since in _keys(case, name):
            with suppress(Unavailable):
                return key, self.archive.read(key, since)
        self.tasks.document(case.ref)
        raise Unavailable("file store")

    @cached_property
    def documents(self) -> Paperwork:
        """Makes the documents of agreements. Only the worker with the typesetter and the sealing library in
        its layer can use it."""
        # pyHanko needs a local time zone, and a container may have none.
        os.environ.update(TZ="UTC")
        from chalicelib.documents.office import Office
        from chalicelib.evidence.confined import Room, unused

        given = self.setting("SEAL_CERTIFICATE")
        office = Office(
            self.seal_key,
            self.setting("SEAL_NAME"),
            f"{self.setting('PUBLIC_URL')}/verify",
            (lambda: self.archive.read(given)) if given else None,
            lambda: self.seal_keys,
            lambda seconds: Room(unused(self._megabytes), seconds, self.setting("LD_LIBRARY_PATH")),
        )
        return Paperwork(
            lambda ref: paper_of(self.file.dossier_of(self.casework.sound(self.file.load(ref)))),
            lambda ref: referrals_of(self.file.whole(ref)),
            lambda ref, kept: self.casework.move(record_seal.__name__, ref, CLOCK, kept),
            office,
            self.archive,
            self.copies,
            self.meters,
        )

    def letters_asked(self, task: Mapping[str, Any], left_ms: Callable[[], int]) -> None:
        """Do a task from the queue of letters: send letters, send an access link again, or send the survey
        about the process. After a filing, also look for similar complaints."""
        if "known_by" in task:
            self.casework.send_link(task["ref"], task["known_by"])
        elif "opinion" in task:
            self.casework.ask_opinion(task["ref"])
        else:
            self.correspondence.nudged(task["ref"], task["letters"], task.get("posts", ()), left_ms)
            if "filed" in task:
                with suppress(Newer):  # during a deploy a case may be one that this release cannot read
                    self.casework.tell_similar(task["ref"], NewComplaint(**task["filed"]))

    def store_says(self, event: dict[str, Any], left_ms: Callable[[], int]) -> None:
        """Handle an event of the store of files: a file has arrived, or a scanner has checked it."""
        from chalicelib.aws.vault import arrival

        self.uploads.arrived(arrival(event), left_ms)

    def provider_says(self, message: dict[str, Any]) -> None:
        """Handle the mail provider's report on a letter. The report may be wrapped in a message of SNS."""
        from chalicelib.aws.post import events

        self.correspondence.event(
            *events(json.loads(message["Message"]) if "Message" in message else message), self.now()
        )

    def waiting(self, most: int) -> list[DueRow]:
        """Return at most `most` parked rows, the longest parked first. A parked row is not tried again until
        a person has looked at it."""
        from chalicelib.aws.due_index import parked

        return list(islice(parked(), most))

    def stuck(self, most: int) -> list[Stuck]:
        """Return at most `most` parked rows as the administrator sees them, the longest parked first."""
        from chalicelib.aws.repairs import stuck_rows

        return stuck_rows(most)

    def repairs(self, most: int) -> list[Repair]:
        """Return the newest parked rows that administrators had tried again, at most `most`."""
        from chalicelib.aws.repairs import repairs

        return repairs(most)

    def try_again(self, key: str, who: str, most: int) -> bool:
        """Put the parked row with this key back into the index, and record who did. Return False if it is not
        parked any more."""
        from chalicelib.aws.repairs import try_again

        return try_again(key, who, most, self.now(), self.macs)

    @cached_property
    def holds(self) -> HoldRows:
        """The hold switch of the desk."""
        return HoldRows(lambda: self.now())

    @property
    def held_by_operators(self) -> frozenset[str]:
        """The parts that the parameter Hold of the stack holds. Operators can set it while the site is
        down."""
        return frozenset(filter(None, self.setting("HOLD").split(",")))

    @property
    def held(self) -> frozenset[str]:
        """The parts that are stopped, by the parameter Hold or by the switch. Raises Unavailable."""
        return stopped(self.held_by_operators | self.holds.known())


def _keys(case: Case, name: str) -> list[tuple[str, datetime | None]]:
    """Return the keys under which a document of a case may be stored. Each has the earliest time of storage
    that counts (None: any time).

    An earlier release stored a creditor's paper under a key without the referral's mark. Such a paper counts
    only if it was made after the referral, because an older one belongs to a referral that a restore has
    undone.
    """
    assert case.bound
    if name in ("agreement", "application"):
        key = agreement_key_of(case)
        return [(key if name == "agreement" else application_key(key), None)]
    owed = referred(case)[name]
    mark = mark_of(case.bound.digest, owed)
    return [(paper_key(case.ref, name, mark), None), (paper_key(case.ref, name), owed.since)]


product = Product()
"""The parts of the application in this container. All functions share this value."""
Translated.moves_held = staticmethod(lambda: MOVES in product.held)
