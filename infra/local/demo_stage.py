"""The tools with which the demo plays a complaint. They send requests to the running stack over HTTP, take
moves as the people of the complaint, and wait for the clock."""

import contextlib
import json
import os
import re
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.calendar import SHANGHAI, instant, stamp
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.reference import shown
from chalicelib.locale.formats import label
from infra import deploy
from infra.local import run, seed
from infra.local.demo_story import Run, Story, done, follow, letter, story_lines

Json = dict[str, Any]
LOOK_EVERY, SAY_EVERY = 2.0, 20.0
"""Numbers of seconds while the demo waits. It looks at the case again after `LOOK_EVERY`, and prints a line
again after `SAY_EVERY`."""
TICK, GRACE = timedelta(minutes=1), timedelta(seconds=90)
"""`TICK`: how often the clock of the stack looks for what is due. `GRACE`: how long after the next tick a
step may still be missing before the demo fails."""
SPEAKING = threading.Lock()
CODE = re.compile(r"(?:code is: |验证码是：)(\d{6})")
"""The pattern of a one-time code in the text of the letter that brings it."""
RUN = f"{datetime.now(SHANGHAI):%H%M%S}"
"""The part of e-mail addresses that is unique to this run of the demo: the time of day at which it began."""
CONSENTS = {"truthful": True, "data_use": True}


class Trouble(Exception):
    """A step of the demo went wrong, or could not be tried. The message is printed to the user."""


class Abandoned(Trouble):
    """A demo complaint was stopped, because another one has gone wrong."""


def say(life: str, words: str) -> None:
    """Print a line of progress: the time, the name of the demo complaint (`life`), and the words."""
    with SPEAKING:
        print(f"{datetime.now():%H:%M:%S}  {life:8}  {words}", flush=True)


@dataclass(frozen=True)
class Stack:
    """The running stack. `outputs`: the outputs of the stack. `staff`: the staff by account. `over`: is set
    when a demo complaint has gone wrong, so that the others stop. `tokens`: for each account the time of its
    last sign-in and the ID token."""

    outputs: dict[str, str]
    staff: dict[str, seed.Account]
    over: threading.Event
    tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    def token(self, account: str) -> str:
        """Return an ID token of a staff account. A token lasts five minutes, so it is replaced after four."""
        at, token = self.tokens.get(account, (0.0, ""))
        if not token or time.monotonic() - at > 240:
            token = seed.token(self.outputs, self.staff[account])
            self.tokens[account] = time.monotonic(), token
        return token

    def call(
        self, who: str, token: str, method: str, path: str, body: Json | None = None, **more: str
    ) -> Json:
        """Send a request to the interface, and return the decoded answer. `who` is the name that messages
        give to the sender. `token` is the sender's token, or "". `more` are further headers. Raises Trouble
        with the text of the answer if the request is refused."""
        if self.over.is_set():
            raise Abandoned("It was left.")
        signed_in = {"Authorization": f"Bearer {token}"} if token else {}
        headers = {"Content-Type": "application/json", "Accept-Language": "en", **signed_in, **more}
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(run.SITE + path, data, headers, method=method), timeout=60
            ) as answer:
                said: Json = json.load(answer)
                return said
        except urllib.error.HTTPError as error:
            raise Trouble(
                f"{who}: {method} {path} was answered {error.code}: "
                f"{error.read().decode(errors='replace')[:1500]}"
            ) from None
        except OSError as error:
            raise Trouble(f"{who}: {method} {path} was not answered: {error}") from None

    def letters(self, number: str) -> list[Json]:
        """Return the mails with the number of this complaint in their subject or text, the oldest first. They
        are read from the emulator, which captures sent mail."""
        with urllib.request.urlopen(f"{run.EMULATOR}/_ministack/ses/messages", timeout=30) as answer:
            accounts: dict[str, list[Json]] = json.load(answer)["messages"]
        mails = [mail for messages in accounts.values() for mail in messages]
        about = (number, shown(number))
        return [mail for mail in mails if any(name in mail["Subject"] + mail["BodyText"] for name in about)]


class Browser:
    """A browser in which a staff account is signed in at the desk, through the sign-in provider's page."""

    def __init__(self, stack: Stack, account: str) -> None:
        # Sign-in cookies are for HTTPS only, so they are allowed over HTTP here, which the local run uses.
        jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._opened = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        with self._opened.open(f"{run.SITE}/desk/sign-in", timeout=60) as page:
            asked = dict(parse_qsl(urlsplit(page.url).query))
        person = stack.staff[account]
        asked |= {"username": person["email"], "password": person["password"]}
        self._opened.open(f"{run.EMULATOR}/login", urlencode(asked).encode(), timeout=60).close()

    def open(self, path: str, language: str = "zh", posted: bytes | None = None) -> tuple[str, bytes]:
        """Open a page in a language; with `posted`, post this form to the page. Return the address after all
        redirects, and the content."""
        asked = urllib.request.Request(
            urljoin(run.SITE, path), posted, {"Accept-Language": language, "Origin": run.SITE}
        )
        with self._opened.open(asked, timeout=60) as page:
            return page.url, page.read()


def stack() -> Stack:
    """Return the stack of `make run`, with all staff signed in. Raises Trouble if no stack is up, or if its
    policy does not count in minutes."""
    up = (
        f"Start it in another terminal: make run POLICY=demo PORT={run.PORT} "
        f"EMULATOR_PORT={run.EMULATOR_PORT}"
    )
    kept = run.DATA / "accounts.json"
    os.environ |= {"AWS_ENDPOINT_URL": run.EMULATOR, "AWS_DEFAULT_REGION": "us-east-1"} | dict.fromkeys(
        run.KEYS, "test"
    )
    os.environ.pop("AWS_PROFILE", None)
    try:
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"{run.SITE}/", timeout=30).close()
        found = deploy.client("cloudformation").describe_stacks(StackName=run.STACK)["Stacks"][0]
    except (OSError, BotoCoreError, ClientError):
        raise Trouble(f"No stack is up at {run.SITE}/ with its emulator at {run.EMULATOR}. {up}") from None
    if not kept.exists():
        raise Trouble(
            f"{kept} is missing: the stack at {run.SITE}/ was started from another folder, or with "
            f"another DATA=."
        )
    policy = next(
        (one["ParameterValue"] for one in found["Parameters"] if one["ParameterKey"] == "Policy"), ""
    )
    if policy != "demo-1":
        raise Trouble(
            f"The stack at {run.SITE}/ does not count in minutes (its policy is {policy}). Stop it. {up}"
        )
    staff: dict[str, seed.Account] = json.loads(kept.read_text(encoding="utf-8"))["staff"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    up_there = Stack(outputs, staff, threading.Event())
    try:
        for account in staff:
            up_there.token(account)
        return up_there
    except ClientError as error:
        raise Trouble(
            f"The staff of {kept} cannot sign in at {run.SITE}/, so it belongs to another stack: {error}"
        ) from None


@dataclass
class Complaint:
    """A complaint that the demo plays, or an improvement action, which has no parties.

    `life`: the name under which progress is printed. `number`: the number of the complaint. `tokens`: the
    access tokens of its people by name. `names`: these names by party (p1, p2). `runs`: the deadlines that
    the demo has seen so far. `read`: the letters that staff read aloud, by the id of the call task."""

    stack: Stack
    life: str
    number: str
    tokens: dict[str, str]
    names: dict[str, str]
    runs: list[Run] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)

    def ask(self, who: str, method: str, path: str = "", body: Json | None = None, **more: str) -> Json:
        """Send a request about this case to the interface, and return the answer. `who` is a staff account,
        or the name of a person with an access token. `path` is the part of the path after the case."""
        token = self.tokens.get(who) or self.stack.token(who)
        whole = f"/v1/cases/{self.number}{path}"
        return self.stack.call(self.called(who), token, method, whole, body, **more)

    def called(self, who: str) -> str:
        """Return the name of a person as messages show it: with the role of a staff account, or with "by
        link"."""
        if who in self.tokens:
            return f"{who} (by link)"
        return f"{self.stack.staff[who]['name']} ({label('en', seed.role_of(who), 'role')})"

    def do(self, who: str, move: str, **facts: Any) -> Json:
        """Take a move, print its timeline entry, and return the case. `who` is a staff account or a person's
        name. `facts` are those of the move."""
        before = len(self.entries())
        code = self.code(who, move, facts) if who in self.tokens else {}
        self.ask(who, "POST", f"/moves/{move}", facts, **code)
        # The entry is searched for, because the clock may have written another one meanwhile.
        entry = next(entry for entry in self.entries()[before:] if entry["move"] == move)
        say(self.life, done("en", self.people, self.read, entry))
        return self.look()

    def code(self, who: str, move: str, facts: Json) -> dict[str, str]:
        """Return the header with a one-time code, for a move by which a person gives something up. The
        person's code is requested here, and read from the mail. Return {} if the move needs no code."""
        gives_up = MOVES[move].gives_up
        if not (gives_up and gives_up(facts)):
            return {}
        self.confirm(who)
        sent = len(self.codes())
        self.ask(who, "POST", "/codes", {"move": move, "said": facts})
        self.wait(f"the letter with a code to {who}", lambda: len(self.codes()) > sent, datetime.now(UTC))
        return {"Confirmation-Code": self.codes()[-1]}

    def codes(self) -> list[str]:
        """Return the one-time codes in the mails about this case, the oldest first."""
        texts = (mail["BodyText"] for mail in self.stack.letters(self.number))
        return [found[1] for text in texts if (found := CODE.search(text))]

    def confirm(self, who: str) -> None:
        """Confirm a person's mailbox, unless it is confirmed already. This presses the button on a page to
        which only a letter to the mailbox leads."""
        party = next(party for party in self.look()["parties"] if self.names.get(party["id"]) == who)
        opens = f"/address/{self.number}/{party['id']}-"
        if party["confirmed"]:
            return
        text = next(mail["BodyText"] for mail in self.stack.letters(self.number) if opens in mail["BodyText"])
        path = opens + text.partition(opens)[2].split()[0]
        with urllib.request.urlopen(urllib.request.Request(run.SITE + path, b"", method="POST"), timeout=60):
            say(self.life, f"{self.called(who)} confirms their mailbox")

    def refused(self, who: str, move: str, **facts: Any) -> None:
        """Try a move that must be refused, and print the refusal. `who` and `facts` are as for `do`. Raises
        Trouble if the move is accepted."""
        try:
            self.ask(who, "POST", f"/moves/{move}", facts)
        except Abandoned:
            raise
        except Trouble as trouble:
            say(self.life, f"✓ refused: {trouble}")
            return
        raise Trouble(f"{self.called(who)} could take “{label('en', move, 'move')}”, and should not.")

    def approve(self, who: str) -> Json:
        """Approve the case's last request for approval as the staff account `who`, who must be a second
        person. Return the case."""
        return self.do(who, "approve", approval=self.look()["approvals"][-1]["id"])

    def tell(self, who: str) -> None:
        """Let a staff account read aloud every letter of the case that waits for a call on the phone."""
        for telling in self.look()["tellings"]:
            self.do(
                who,
                "record_telling",
                telling=telling["id"],
                how="phone",
                told=True,
                said="逐字念完，对方表示听清楚了。",
            )

    def show(self, who: str, shows: str, picture: bytes) -> None:
        """Add a photo as evidence. It is declared, uploaded straight to the store, checked and kept. `who` is
        a staff account or a person's name. `shows` says what the photo shows. `picture` is its content
        (JPEG)."""
        declared = self.ask(
            who,
            "POST",
            "/files",
            {"shows": shows, "type": "image/jpeg", "size": len(picture), "name": "photo.jpg"},
        )
        form = declared["upload"]
        say(
            self.life,
            f"{self.called(who)} uploads a photo of {len(picture) // 1024} KB straight to the store",
        )
        post(form["url"], form["fields"], picture)

        def scanned() -> bool:
            state: str = self.ask(who, "GET", f"/files/{declared['id']}")["state"]
            if state in ("infected", "refused"):
                raise Trouble(f"The photo was not kept: {state}.")
            return state == "kept" and any(
                piece.get("file") == declared["id"] for piece in self.look()["evidence"]
            )

        self.wait("the photo to be checked and kept", scanned, datetime.now(UTC) + timedelta(seconds=30))

    def lines_in(self, language: str) -> Iterator[str]:
        """Yield in a language the lines that tell what happened on the complaint."""
        return story_lines(language, self.story())

    def story(self) -> Story:
        """Return the data from which `lines_in` tells what happened on the complaint."""
        head = self.look()
        return Story(
            head,
            self.entries(),
            self.runs,
            self.stack.letters(self.number),
            self.people,
            self.read,
            stamp(datetime.now(UTC)),
        )

    @property
    def people(self) -> dict[str, str]:
        """The names of everybody who can act on the case. The key is their id in the timeline."""
        return (
            {member["id"]: member["name"] for member in self.stack.staff.values()}
            | {"consumer": self.names.get("p1", "")}
            | self.names
        )

    def entries(self) -> list[Json]:
        """Return all entries of the timeline as the supervisor sees them, the oldest first."""
        page = self.ask("supervisor", "GET", "/timeline?limit=100")
        items: list[Json] = page["items"]
        while page["next"]:
            page = self.ask("supervisor", "GET", f"/timeline?limit=100&cursor={page['next']}")
            items += page["items"]
        return items[::-1]

    def look(self) -> Json:
        """Return the case as the supervisor sees it. Also record in `runs` which deadlines run now, and in
        `read` which letters wait for a call."""
        case = self.ask("supervisor", "GET")
        follow(self.runs, case["deadlines"], self.entries()[case["etag"] - 1]["at"])
        self.read |= {telling["id"]: telling["letter"] for telling in case["tellings"]}
        return case

    def due(self, deadline: str) -> datetime:
        """Return when a running deadline ends. Raises Trouble if the deadline does not run."""
        found = [
            item["due"] for item in self.look()["deadlines"] if item["deadline"] == deadline and item["due"]
        ]
        if not found:
            raise Trouble(
                f"No “{label('en', deadline, 'deadline')}” runs on {shown(self.number)}, though it should."
            )
        return instant(min(found))

    def wait_for_step(self, deadline: str, who: str, due: datetime) -> None:
        """Wait until the clock has notified the staff account `who` about a deadline. `due` is when this
        should happen. Raises Trouble if it does not happen in time."""
        person = self.stack.staff[who]["id"]

        def step_taken() -> bool:
            steps = [entry["facts"] for entry in self.entries() if entry["move"] == "take_step"]
            return any(
                step["deadline"] == deadline and person in (step.get("to"), *step.get("also", ()))
                for step in steps
            )

        self.wait(
            f"the clock to tell {self.called(who)} that “{label('en', deadline, 'deadline')}” runs out "
            f"or is over",
            step_taken,
            due,
        )

    def wait_for_stage(self, stage: str, due: datetime) -> None:
        """Wait until the clock has brought the case to a stage. `due` is when this should happen. Raises
        Trouble if it does not happen in time."""
        self.wait(
            f"the clock to bring the case to “{label('en', stage, 'stage')}”",
            lambda: self.look()["stage"] == stage,
            due,
        )

    def wait_for_letter(self, name: str, to: str, language: str, due: datetime) -> None:
        """Wait until a letter of the case has been sent. `name` is the letter, and `to` the receiver as
        messages show them. `language` is that of the letter. `due` is when it should be sent. Raises Trouble
        if it is not sent in time."""
        named = label(language, name, "letter").lower()
        self.wait(
            f"the letter “{letter('en', name)}” to {to}",
            lambda: any(named in mail["Subject"].lower() for mail in self.stack.letters(self.number)),
            due,
        )

    def wait(self, what: str, true: Callable[[], object], due: datetime) -> None:
        """Wait until the function `true` returns a true value. `what` says in messages what is awaited. `due`
        is when it should happen. Raises Trouble if the value is still false some time after `due`."""
        latest = max(due, datetime.now(UTC)) + TICK
        said = 0.0
        while not true():
            now = datetime.now(UTC)
            if now > latest + GRACE:
                raise Trouble(f"Waited in vain for {what}: it was due at {stamp(due)}.")
            if time.monotonic() - said > SAY_EVERY:
                left = int((latest - now).total_seconds())
                say(
                    self.life,
                    f"… waits for {what}: " + (f"{left} s left at most" if left > 0 else "it is late"),
                )
                said = time.monotonic()
            self.stack.over.wait(LOOK_EVERY)
            self.look()
        say(self.life, f"✓ {what}")


def file(stack: Stack, life: str, name: str, said: Json, by: str = "") -> Complaint:
    """File a complaint and return it. `name` is the name of the complainant, and `said` the body of the
    request. `by` is the staff account that records a phone call; "" if the complainant files it
    themselves."""
    told = stack.call(by or name, stack.token(by) if by else "", "POST", "/v1/complaints", said)
    filed = Complaint(stack, life, told["number"], {} if by else {name: told["token"]}, {"p1": name})
    say(
        life,
        (f"{filed.called(by)} records the complaint of {name}" if by else f"{name} complains")
        + f": {shown(filed.number)}",
    )
    filed.look()
    return filed


def link(case: Complaint, to: str) -> str:
    """Wait for the letter to the address `to` with an access link, and return the token in the link."""
    opens = f"/case/{case.number}/"

    def got() -> list[str]:
        texts = [mail["BodyText"] for mail in case.stack.letters(case.number) if to in mail["To"]]
        return [text.partition(opens)[2].split()[0] for text in texts if opens in text]

    case.wait(f"the letter to {to} with their link", got, datetime.now(UTC))
    return got()[-1]


def mailbox(whose: str, where: str = "mail") -> str:
    """Return an e-mail address that only this run of the demo uses. `whose` is its first part, and `where`
    part of its domain. A new address is needed because the letters to an address on a day are limited, and
    letters of an earlier run would count."""
    return f"{whose}.{RUN}@{where}.example"


def yuan(amount: str) -> Json:
    """Return an amount of money in yuan, in the form that the interface takes."""
    return {"amount": amount, "currency": "CNY"}


def today(later: int = 0) -> str:
    """Return the local date `later` days from today (ISO)."""
    return (datetime.now(SHANGHAI) + timedelta(days=later)).date().isoformat()


def post(url: str, fields: Json, content: bytes) -> None:
    """Upload a file to the store at `url`, as a browser posts a form. `fields` are the fields of the form.
    Raises Trouble if the store refuses the file or does not answer."""
    edge = uuid.uuid4().hex
    parts = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head = (
        f'{parts}--{edge}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    request = urllib.request.Request(url, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        raise Trouble(
            f"The store did not take the photo: {error.code} {error.read().decode(errors='replace')[:500]}"
        ) from None
    except OSError as error:
        raise Trouble(f"The store does not answer at {url}: {error}") from None


def picture() -> bytes:
    """Return random noise as a photo (JPEG)."""
    from PIL import Image

    kept = BytesIO()
    Image.effect_noise((800, 600), 60).convert("RGB").save(kept, "JPEG")
    return kept.getvalue()
