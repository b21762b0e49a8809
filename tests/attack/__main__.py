"""Attacks on the stack that `make run POLICY=demo` has started. The labels S… are those of the security
findings that they play again.

PORT, EMULATOR_PORT and DATA name the stack as for `make run`. Its address is on the loopback interface; no
other is asked. Each attack prints its attempt and the answer. The program exits with 1 when an attack gets
through or cannot be tried."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from hashlib import sha256
from io import BytesIO
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import boto3
from PIL import Image

from chalicelib.aws import rows
from chalicelib.documents.paperwork import agreement_key
from chalicelib.domain.calendar import stamp
from chalicelib.domain.reference import reference
from infra.local import run
from infra.local.demo_agreed import agreed_text, digest, talked
from infra.local.demo_stage import CONSENTS, Stack, Trouble, picture, post, stack
from tests.tampering import DO, Tamperer

Json = dict[str, Any]
T = TypeVar("T")
ATTACKS: dict[str, Callable[[Stack], str]] = {}
SITE = urlsplit(run.SITE)
VICTIM = "victim@mail.example"
SLOW = 10
"""The limit for a request's time, in times of a plain complaint on the same machine in the same minute."""
MISSING_STEP, MISSING_HEAD = "set_severity", "7e57" * 16
"""A step of staff that a restore has undone, and the hash of its entry, which no party reads."""
TRIES = 40
"""The number of guesses or filings at most, enough to reach a ceiling."""


PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


class Through(Exception):
    """Raised by an attack that gets through; the message says how."""


def attack(finding: str) -> Callable[[Callable[[Stack], str]], Callable[[Stack], str]]:
    """Declare an attack. The attack returns the answer that stopped it, or raises Through."""

    def declare(do: Callable[[Stack], str]) -> Callable[[Stack], str]:
        ATTACKS[f"{finding} {' '.join((do.__doc__ or '').split())}"] = do
        return do

    return declare


def ask(
    method: str, path: str, body: object = None, source: str = "127.0.0.1", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send a request over its own connection from a loopback address; return status, headers by lower-case
    name, and body."""
    sent = (
        body
        if isinstance(body, bytes)
        else None
        if body is None
        else json.dumps(body, ensure_ascii=False).encode()
    )
    line = http.client.HTTPConnection(SITE.hostname or "", SITE.port, timeout=60, source_address=(source, 0))
    try:
        line.request(
            method,
            path,
            sent,
            {
                "Content-Type": "application/json",
                "Accept-Language": "en",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        answer = line.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        line.close()


def complaint(**changes: Any) -> Json:
    """Return the body of a plain complaint."""
    return {
        "person": {"name": "张三", "email": f"z{time.time_ns()}@mail.example"},
        "account": {"story": "耳机坏了，商家不退。"},
        "matters": [{"type": "quality", "sub_type": "defect"}],
        "wishes": ["refund"],
        "hurt": "no",
        "consents": CONSENTS,
        **changes,
    }


def filed(**changes: Any) -> Json:
    """File a complaint as a consumer and return its number and token. Raises Trouble where it is refused."""
    status, _, body = ask("POST", "/v1/complaints", complaint(**changes))
    if status != 201:
        raise Trouble(f"a plain complaint was answered {status}: {body[:300]!r}")
    told: Json = json.loads(body)
    return told


def never(status: int, body: bytes, *bad: int) -> str:
    """Return the status. Raises Through for one of the `bad` ones and for any from 500."""
    if status in bad or status >= 500:
        raise Through(f"answered {status}: {body[:200]!r}")
    return str(status)


def table() -> Any:
    """Return a client and the name of the stack's table, for an attacker with write access."""
    client = boto3.client(
        "dynamodb",
        "us-east-1",
        endpoint_url=run.EMULATOR,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return client, run.STACK


def sealed_store() -> tuple[Any, str]:
    """Return a client and the name of the store of sealed documents, for such an attacker."""
    ask = partial(
        boto3.client,
        region_name="us-east-1",
        endpoint_url=run.EMULATOR,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    found = ask("cloudformation").describe_stack_resource(StackName=run.STACK, LogicalResourceId="Sealed")
    return ask("s3"), found["StackResourceDetail"]["PhysicalResourceId"]


@attack("S1, S28")
def headers(on: Stack) -> str:
    """A page lacks HSTS, Permissions-Policy or a content policy, and could be framed or downgraded."""
    status, told, _ = ask("GET", "/")
    lacking = [
        name
        for name in (
            "strict-transport-security",
            "permissions-policy",
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
        )
        if name not in told
    ]
    if lacking:
        raise Through(f"{status} without {', '.join(lacking)}")
    return "all there"


@attack("S1 contacts")
def strangers(on: Stack) -> str:
    """An anonymous consumer changes the contact again and again, so that we write to strangers or send them
    a link to the case."""
    network, mark = elsewhere(), time.time_ns()
    told = filed()
    changed = [change(told, network, email=f"s{mark}-{n}@mail.example")[0] for n in range(60)]
    texted = filed()
    numbers = [f"139{mark % 10**6:06}{n:02}" for n in range(20)]
    changed += [change(texted, network, phone=number, way="sms")[0] for number in numbers]
    for _ in range(12):
        own = filed()
        changed += [
            change(own, network, email=f"s{mark}-{own['number']}-{n}@mail.example")[0] for n in range(3)
        ]
    if set(changed) != {200}:
        raise Through(f"a change was answered {sorted(set(changed))}: it must be saved, and wait")
    time.sleep(20)  # until all mail and texts have left
    mails, texts = mails_to(f"s{mark}-"), texts_to(f"139{mark % 10**6:06}")
    if any("/case/" in json.dumps(one) for one in (*mails, *texts)):
        raise Through("a stranger got a link to a case")
    of_one = [mail for mail in mails if told["number"].replace("-", "") in json.dumps(mail).replace("-", "")]
    if len(of_one) > 3 or len(texts) > 3 or len(mails) + len(texts) > 30:
        raise Through(f"{len(of_one)} mails for one case, {len(texts)} texts, {len(mails)} mails in all")
    if not mails:
        raise Through("nobody got the message that asks to confirm")
    kept = f"{len(of_one)} mails of 60, {len(texts)} texts of 20, {len(mails)} mails in all"
    return f"{len(changed)} changes saved; {kept}"


@attack("S1 numbers")
def dear_numbers(on: Stack) -> str:
    """A premium-rate number is taken as a contact, or gets a short message."""
    told, said = filed(), []
    for phone in ("16896888", "4008001234", "+1 900 555 1234", "+33 899 12 34 56", "+44 7012 345678"):
        for way in ({}, {"way": "sms"}):
            status, body = change(told, elsewhere(), phone=phone, **way)
            if status != 422:
                raise Through(f"{phone} was answered {status}")
            said.append(json.loads(body)["errors"][0]["code"])
    return f"refused as {', '.join(sorted(set(said)))}"


def change(told: Json, network: str, **said: str) -> tuple[int, bytes]:
    """Change the contact of a complaint by its link; return status and body."""
    path = f"/v1/cases/{told['number'].replace('-', '')}/moves/change_contact"
    status, _, body = ask("POST", path, said, network, Authorization=f"Bearer {told['token']}")
    return status, body


def texts_to(number: str) -> list[Any]:
    """Return the short messages that the emulator caught for numbers with these digits."""
    with urllib.request.urlopen(f"{run.EMULATOR}/_ministack/sns/sms-messages", timeout=30) as answer:
        caught = json.load(answer)["sms_messages"]
    return [text for to, texts in caught.items() for text in texts if number in to]


@attack("S2")
def guess_passphrase(on: Stack) -> str:
    """A stranger guesses the passphrase of an anonymous complaint."""
    told = filed(person={"name": ""}, hurt="could_be")
    for n in range(TRIES):
        form = urlencode({"number": told["number"], "phrase": f"{n:012}"}).encode()
        status, headers, _ = ask(
            "POST",
            "/case/find",
            form,
            Content_Type="application/x-www-form-urlencoded",
            Origin=run.SITE,
            Sec_Fetch_Site="same-origin",
        )
        if status == 303:
            raise Through("a guess was right")
        if status == 429:
            return f"429 after {n} guesses, again in {headers.get('retry-after')} s"
    raise Through(f"{TRIES} guesses in a row")


@attack("U22")
def number_without_token(on: Stack) -> str:
    """A stranger opens the address of a case without its token, to learn whether the case exists."""
    there, invented = filed()["number"], reference(secrets.randbelow(10**11))
    pages = []
    for number in (there, invented):
        status, _, body = ask("GET", f"/case/{number}")
        never(status, body, 401, 404)
        pages.append(body.replace(number.encode(), b"-"))
    if pages[0] != pages[1]:
        raise Through("the page of a case that exists differs from that of an invented number")
    return "the same page for both"


def elsewhere() -> str:
    """Return a random loopback address, which most likely sent no request today."""
    return ".".join(["127", *(str(2 + secrets.randbelow(250)) for _ in range(3))])


def mails_to(address: str) -> list[Any]:
    """Return the mails that the emulator caught for an address."""
    with urllib.request.urlopen(f"{run.EMULATOR}/_ministack/ses/messages", timeout=30) as answer:
        caught = json.load(answer)["messages"].values()
    return [mail for each in caught for mail in each if address in str(mail["To"])]


def awaited(look: Callable[[], T], seconds: int = TRIES) -> T:
    """Call `look` each second until it returns a true value or the time is over. Return its last value."""
    found = look()
    for _ in range(seconds):
        if found:
            break
        time.sleep(1)
        found = look()
    return found


@attack("S2 links")
def lock_out_by_links(on: Stack) -> str:
    """A stranger asks for a consumer's link until they are refused, and the consumer is refused too."""
    victim, stranger = f"v{time.time_ns()}@mail.example", elsewhere()
    asked = {"number": filed(person={"name": "张三", "email": victim})["number"], "contact": victim}
    answers = [ask("POST", "/v1/links", asked, stranger)[0] for _ in range(TRIES)]
    if 429 not in answers:
        raise Through(f"{TRIES} links asked for from one network")
    status, _, body = ask("POST", "/v1/links", asked)
    if status != 202:
        raise Through(f"the owner was answered {status}: {body[:200]!r}")
    awaited(lambda: len(mails_to(victim)) >= 2)  # receipt and link; a cold worker is slow
    time.sleep(5)  # until all other mail has left
    mails = mails_to(victim)
    if not 2 <= len(mails) <= 4:
        raise Through(f"{len(mails)} mails to the owner")
    return f"429 after {answers.index(429)}, the owner 202; {len(mails)} mails"


@attack("S2 filings")
def lock_out_by_filings(on: Stack) -> str:
    """A stranger files in a consumer's name until they are refused, and the consumer's own complaint is
    refused or its letters wait."""
    victim, stranger = f"v{time.time_ns()}@mail.example", elsewhere()
    body = complaint(person={"name": "张三", "email": victim})
    answers = [ask("POST", "/v1/complaints", body, stranger)[0] for _ in range(TRIES)]
    if 429 not in answers:
        raise Through(f"{TRIES} filings from one network for one address")
    number = filed(person={"name": "张三", "email": victim})["number"]
    left = awaited(lambda: number in json.dumps(mails_to(victim)).replace("-", ""))
    mails = mails_to(victim)
    if not left:
        raise Through(f"no receipt for the victim's own complaint, {len(mails)} mails")
    return f"429 after {answers.index(429)}; the victim's own receipt left, {len(mails)} mails in all"


@attack("S10")
def retries(on: Stack) -> str:
    """The eleventh retry of one request is refused, or files a second complaint."""
    body, key = complaint(), f"k{time.time_ns()}"
    answers = [ask("POST", "/v1/complaints", body, Idempotency_Key=key)[::2] for _ in range(TRIES // 2)]
    numbers = {json.loads(said).get("number") for _, said in answers}
    if {status for status, _ in answers} != {201} or len(numbers) != 1:
        raise Through(f"answered {sorted({status for status, _ in answers})}, {len(numbers)} numbers")
    return f"{len(answers)} times the same number"


@attack("I1")
def one_telephone_number(on: Stack) -> str:
    """The eleventh complaint of a day that names one telephone number is refused to an officer."""
    body = complaint(person={"name": "张三", "phone": "13800138000"}) | {"channel": "phone"}
    officer = on.token("intake")
    made = [on.call("intake", officer, "POST", "/v1/complaints", body) for _ in range(12)]
    if lacking := [one["number"] for one in made if "acknowledgement" not in json.dumps(one["next"])]:
        raise Through(f"{len(lacking)} without the 24 hours")
    return f"{len(made)} taken in"


@attack("I3")
def forged_texts(on: Stack) -> str:
    """A stranger posts a short message or a report in the name of the gateway."""
    filed(person={"name": "张三", "phone": "13800138000"})
    for key in ("x", "0" * 40, "%2e%2e", "a" * 190):
        for body in ({"mobile": "13800138000", "content": "退订"}, [{"sid": "1", "state": "failed"}]):
            status, _, _ = ask("POST", f"/texts/{key}", body)
            if status not in (403, 404):
                raise Through(f"{key[:9]!r} was answered {status}")
    return "refused, whatever the key"


@attack("I3 mails")
def forged_mails(on: Stack) -> str:
    """Mails in a consumer's name: with a forged sender or verdict, to a guessed address, to another person's
    address, and in a loop."""
    victim = f"v{secrets.token_hex(6)}@mail.example"
    told = filed(person={"name": "张三", "email": victim})
    receipt = awaited(lambda: [mail for mail in mails_to(victim) if mail.get("ReplyTo")])
    if not receipt:
        raise Trouble("no letter asked for a reply")
    to, ref = receipt[0]["ReplyTo"], told["number"].replace("-", "")
    ours = "mailbox.local; dmarc=pass header.from=mail.example"
    arrive(to, victim)
    arrive(to, "eve@evil.example", {"Authentication-Results": ours})
    arrive(to, victim, {"Received": "from a by evil.example; Mon, 1 Jan 2026 00:00:00 +0000"} | forged(ours))
    arrive(to.replace("-p1-", "-p2-"), victim)
    arrive(f"{ref}-p1-1-{'a' * 26}@{to.rpartition('@')[2]}", victim)
    for _ in range(20):
        arrive(to, victim, {"Auto-Submitted": "auto-replied"})
        arrive(to, f"complaints@{run.PARAMETERS['MailFrom'].partition('@')[2]}", {"X-Complaint-Letter": "1"})
    time.sleep(40)  # until all of them are taken, and their answers have left
    bearer = f"Bearer {told['token']}"
    _, _, said = ask("GET", f"/v1/cases/{ref}/timeline?limit=100", Authorization=bearer)
    moves = [entry["move"] for entry in json.loads(said)["items"]]
    if {"message", "give_information", "withdraw"} & {*moves}:
        raise Through(f"a forged mail counted: {moves}")
    if mails_to("eve@evil.example"):
        raise Through("the forger got an answer")
    if moves.count("note_mail") > 3 or len(mails_to(victim)) > 5:
        raise Through(f"{moves.count('note_mail')} mails noted, {len(mails_to(victim))} letters")
    return f"{moves.count('note_mail')} wait for the person, who got {len(mails_to(victim))} letters"


def forged(verdict: str) -> dict[str, str]:
    """Return the verdict of a mail server as a sender can write it."""
    return {"Authentication-Results": verdict}


def arrive(to: str, sender: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
    """Let a mail arrive at the stack."""
    mail = EmailMessage()
    for name, value in {**headers, "From": sender, "To": to, "Subject": "撤回"}.items():
        mail[name] = value
    mail["Message-ID"] = f"<{secrets.token_hex(8)}@evil.example>"
    mail.set_content("我撤回投诉。")
    line = secrets.token_hex(16)
    body = (
        f'--{line}\r\nContent-Disposition: form-data; name="mail"; filename="a.eml"\r\n'
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    ).encode()
    body += mail.as_bytes() + f"\r\n--{line}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={line}"}
    at = urllib.request.Request(f"{run.EMULATOR}/_local/mail", body, kind)
    urllib.request.urlopen(at, timeout=30).close()


@attack("S13")
def own_addresses(on: Stack) -> str:
    """An address of ours, of staff, or a lookalike is taken as a consumer's."""
    ours = f"complaints@{run.PARAMETERS['MailFrom'].partition('@')[2]}"
    staff = on.staff["lead"]["email"]
    for address in (
        ours,
        ours.upper(),
        ours.replace("@", "@mail."),
        ours.replace("e", "е"),
        staff.replace("@", "+1@"),
        f"{staff}.",
    ):
        status, _, body = ask("POST", "/v1/complaints", complaint(person={"name": "张三", "email": address}))
        if status != 422:
            raise Through(f"{address!r} was answered {status}")
        said = json.loads(body)["errors"][0]["code"]
        if said not in ("own_address", "email"):
            raise Through(f"{address!r} was refused as {said}")
    told = filed(person={"name": "张三", "phone": "13800138000", "email": ours}, hurt="could_be")
    return f"refused; a report of danger kept as {told['number']}"


@attack("S16")
def expensive_words(on: Stack) -> str:
    """One anonymous request costs seconds of CPU."""
    began, worst = time.monotonic(), 0.0
    for _ in range(3):
        filed()
    plain = (time.monotonic() - began) / 3
    for body in (
        complaint(account={"story": "a" + "\u0301" * 60_000 + "\u0323" * 60_000}),
        complaint(person={"name": "x", "email": "a" * 200_000 + "@mail.example"}),
        complaint(person={"name": "x", "phone": "1" * 200_000}),
    ):
        began = time.monotonic()
        status, _, said = ask("POST", "/v1/complaints", body)
        never(status, said, 201)
        worst = max(worst, time.monotonic() - began)
    if worst > SLOW * plain:
        raise Through(f"{worst:.1f} s, a plain one {plain:.2f} s")
    return f"refused within {worst:.2f} s, a plain one takes {plain:.2f} s"


@attack("S17")
def edited_head(on: Stack) -> str:
    """An attacker edits the head of a case in the table, and the next decision relies on it."""
    number = filed()["number"].replace("-", "")
    client, name = table()
    key = {"pk": {"S": f"CASE#{number}"}, "sk": {"S": "CASE"}}
    body = json.loads(client.get_item(TableName=name, Key=key)["Item"]["body"]["S"])
    client.update_item(
        TableName=name,
        Key=key,
        UpdateExpression="SET body = :b",
        ExpressionAttributeValues={":b": {"S": json.dumps({**body, "severity": "S4"})}},
    )
    decision = {"grounds": {"1": "not_complaint"}, "reasons": {"1": "无"}, "routes": ["court"]}
    try:
        on.call("lead", on.token("lead"), "POST", f"/v1/cases/{number}/moves/decline", decision)
    except Trouble as trouble:
        if "record_in_doubt" in str(trouble):
            return "record_in_doubt"
        raise
    raise Through("declined on an edited record")


@attack("S17")
def cut_timeline(on: Stack) -> str:
    """An attacker deletes a timeline entry in the table: the check misses it, or the case becomes
    unreadable."""
    told = filed()
    number, own = told["number"].replace("-", ""), f"Bearer {told['token']}"
    for text in ("还要多久？", "还在吗？"):
        ask("POST", f"/v1/cases/{number}/moves/message", {"text": text}, Authorization=own)
    client, name = table()
    client.delete_item(TableName=name, Key={"pk": {"S": f"CASE#{number}"}, "sk": {"S": "ENTRY#000002"}})
    staff = f"Bearer {on.token('supervisor')}"
    found = json.loads(ask("POST", f"/v1/cases/{number}/check", Authorization=staff)[2])["faults"]
    if found != [{"entry": 2, "fault": "entry"}]:
        raise Through(f"the check found {found}")
    read = {
        ask("GET", f"/v1/cases/{number}{part}", Authorization=who)[0]
        for part in ("", "/timeline")
        for who in (own, staff)
    }
    if read != {200}:
        raise Through(f"the case is answered with {read}")
    return "found, and read on"


@attack("S3, S4, S5, S11")
def fourteen_tamperings(on: Stack) -> str:
    """An attacker with write access to the table changes the record of a case in each way of
    tests/tampering.py, and one of them goes unnoticed."""
    client, name = table()
    told = {what: filed() for what in DO}
    numbers = {what: one["number"].replace("-", "") for what, one in told.items()}
    uploaded(told["the digest of a file"], "发票", PDF)
    other = filed()["number"].replace("-", "")
    by = {what: Tamperer(client, name, number, other) for what, number in numbers.items()}
    for text in ("还要多久？", "还在吗？"):
        for what, one in told.items():
            by[what].remember()
            path = f"/v1/cases/{numbers[what]}/moves/message"
            ask("POST", path, {"text": text}, Authorization=f"Bearer {one['token']}")
    letters_left(by["what was sent of a letter"])
    checked()
    for what, do in DO.items():
        do(by[what])
    staff = on.token("intake")
    on.call("intake", staff, "POST", f"/v1/cases/{numbers['the mailbox of a party']}/moves/accept", {})
    checked()
    foreign = "the head of another case"
    unseen = [
        what
        for what, one in by.items()
        if what != foreign and not json.loads(one.head()["body"]["S"])["doubts"]
    ]
    status, _, body = ask(
        "GET", f"/v1/cases/{numbers[foreign]}", Authorization=f"Bearer {told[foreign]['token']}"
    )
    if status != 503:
        raise Through(f"the other case was answered: {status} {body[:200]!r}")
    with urllib.request.urlopen(f"{run.EMULATOR}/_ministack/ses/messages", timeout=30) as answer:
        if "stranger@evil.example" in answer.read().decode():
            raise Through("a letter went to the changed mailbox")
    if unseen:
        raise Through(f"unnoticed: {', '.join(unseen)}")
    return f"{len(DO)} noticed"


def checked() -> None:
    """Have an operator run the hourly check now: compare every shard with the last list, write the next
    list, and check every open case."""
    command = [sys.executable, "-m", "infra.ops", "--stack", run.STACK, "--endpoint", run.EMULATOR]
    done = subprocess.run([*command, "verify", "--now"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"the check ended with {done.returncode}: {done.stderr[-300:]}")


def letters_left(by: Tamperer) -> None:
    """Wait until a letter of the case has left. Raises Trouble after a minute."""

    def left() -> bool:
        return any("sent" in item for item in by.items() if item["sk"]["S"].startswith("LETTER#"))

    if not awaited(left, 60):
        raise Trouble("no letter has left")


@attack("S8")
def forged_letter(on: Stack) -> str:
    """An attacker with write access adds a letter to the table, and the check misses it."""
    number = filed()["number"].replace("-", "")
    client, name = table()
    (written, *_) = client.query(
        TableName=name,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": f"CASE#{number}"}, ":sk": {"S": "LETTER#"}},
    )["Items"]
    client.put_item(TableName=name, Item=written | {"sk": {"S": "LETTER#forged.0"}})
    staff = f"Bearer {on.token('supervisor')}"
    found = json.loads(ask("POST", f"/v1/cases/{number}/check", Authorization=staff)[2])["faults"]
    if found != [{"entry": 1, "fault": "row"}]:
        raise Through(f"the check found {found}")
    return "found"


@attack("S18")
def token_for_staff(on: Stack) -> str:
    """An officer who records a complaint for a consumer gets the consumer's access link."""
    told = on.call(
        "intake", on.token("intake"), "POST", "/v1/complaints", {**complaint(), "channel": "phone"}
    )
    if {"token", "link"} & told.keys():
        raise Through("the answer holds the link")
    return "number only"


@attack("S21")
def relay(on: Stack) -> str:
    """A stranger has us mail their own words to a person who never asked."""
    link, refused = "您的退款请登录 https://evil.example/pay", 0
    for name in (link, "退款\u200b客服", "www.evil.example", "a\u202eb", *["李四"] * (TRIES // 2)):
        status, _, body = ask(
            "POST",
            "/v1/complaints",
            complaint(person={"name": name, "email": VICTIM}, account={"story": f"{link}，紧急！"}),
        )
        refused += status in (422, 429)
        never(status, body)
        if status == 201 and name != "李四":
            raise Through(f"a name that holds {name!r} was taken")
    time.sleep(10)  # until all mail has left: the absence of more cannot be awaited
    mails = mails_to(VICTIM)
    if told := [mail for mail in mails if "evil.example" in json.dumps(mail, ensure_ascii=False)]:
        raise Through(f"{len(told)} mails with the stranger's words")
    return f"{len(mails)} mails, none with the stranger's words; {refused} filings refused"


@attack("S21 quoted")
def quoted_by_staff(on: Stack) -> str:
    """A stranger has staff quote their words to a person who never asked."""
    link, ours = "您的退款请登录 https://evil.example/pay 领取，今天有效", "我们没有查到这样的退款"
    victim = f"v{time.time_ns()}@mail.example"
    told = filed(
        person={"name": "张三", "email": victim}, account={"story": f"{link}！", "product": "红灯笼牌"}
    )
    number = str(told["number"]).replace("-", "")
    why = f"您写道“{link}”，商品是“红灯笼牌”。{ours}。"
    asked = {"items": ["photos"], "why": why}
    on.call("intake", on.token("intake"), "POST", f"/v1/cases/{number}/moves/ask_information", asked)
    time.sleep(10)  # until all mail has left: the absence of more cannot be awaited
    mails = [json.dumps(mail, ensure_ascii=False) for mail in mails_to(victim)]
    if words := [
        word for word in ("evil.example", "红灯笼牌", "今天有效") if any(word in one for one in mails)
    ]:
        raise Through(f"mailed: {', '.join(words)}")
    if not any(ours in mail for mail in mails):
        raise Trouble("the reason of our staff did not arrive")
    return f"{len(mails)} mails, with the words of our staff and none of the stranger's"


@attack("S23")
def broken_inputs(on: Stack) -> str:
    """Nested, endless or foreign input causes a server error."""
    deep, digits = "[" * 50_000 + "]" * 50_000, "9" * 5_000
    staff = on.token("supervisor")
    tried = [
        ask("GET", "/v1/cases/1", Authorization=f"Bearer {deep}"[:8_000]),
        ask("POST", "/v1/complaints", deep.encode()),
        ask("GET", f"/v1/work?cursor={'W10' * 2_000}", Authorization=f"Bearer {staff}"),
        ask("GET", "/v1/work?cursor=eyJhIjoxfQ==", Authorization=f"Bearer {staff}"),
        ask("PUT", "/v1/roster", {}, Authorization=f"Bearer {staff}", If_Match=digits),
        ask("GET", f"/v1/cases/1/timeline?limit={digits}", Authorization=f"Bearer {staff}"),
        ask("POST", "/v1/complaints", b'{"a": 1e999999, "b": "\\ud800"}'),
    ]
    return ", ".join(never(status, body, 200, 201) for status, _, body in tried)


@attack("S25")
def twice(on: Stack) -> str:
    """One Idempotency-Key takes a move twice when the number is written differently."""
    told = filed()
    plain = told["number"].replace("-", "")
    dashed = f"{plain[:4]}-{plain[4:8]}-{plain[8:]}"
    for number in (plain, dashed, f" {plain} ".strip()):
        status, _, body = ask(
            "POST",
            f"/v1/cases/{number}/moves/message",
            {"text": "还要多久？"},
            Authorization=f"Bearer {told['token']}",
            Idempotency_Key="k-1",
        )
        never(status, body, 401, 403)
    page = on.call("supervisor", on.token("supervisor"), "GET", f"/v1/cases/{plain}/timeline?limit=100")
    times = [entry["move"] for entry in page["items"]].count("message")
    if times != 1:
        raise Through(f"taken {times} times")
    return "taken once"


@attack("S8")
def picture_bomb(on: Stack) -> str:
    """Pictures of 59 and 100 megapixels in a few kB end the worker, and delay the file behind them."""
    told, photo = filed(), picture()
    kept = {
        name: uploaded(told, name, content)
        for name, content in (("59", bomb("WEBP", 7700)), ("100", bomb("PNG", 10_000)), ("photo", photo))
    }
    found = {name: (file["state"], file["why"], bool(file["small"])) for name, file in kept.items()}
    plain, without = ("kept", None, True), ("kept", "file_undrawn", False)
    if found != {"59": without, "100": without, "photo": plain}:
        raise Through(f"{found}")
    return "all three are kept, two without a small picture"


@attack("S13")
def report(on: Stack) -> str:
    """A finder of a weakness does not learn where to report it."""
    status, headers, body = ask("GET", "/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in body.decode().splitlines() if ": " in line)
    if status != 200 or not {"Contact", "Expires"} <= fields.keys():
        raise Through(f"{status}: {body[:200]!r}")
    if not headers["content-type"].startswith("text/plain"):
        raise Through(headers["content-type"])
    return f"to {fields['Contact']} until {fields['Expires']}"


def bomb(kind: str, side: int) -> bytes:
    """Return a white picture with so many pixels a side, in a few kB."""
    file = BytesIO()
    Image.new("1", (side, side), "white").save(file, kind, lossless=True)
    return file.getvalue()


def uploaded(told: Json, shows: str, content: bytes, patience: float = 60) -> Json:
    """Upload a file to a complaint and return it once it is checked. Raises Through when that takes too
    long."""
    path, as_party = f"/v1/cases/{told['number']}/files", {"Authorization": f"Bearer {told['token']}"}
    status, _, body = ask("POST", path, {"type": "image/*", "shows": shows}, **as_party)
    if status != 201:
        raise Trouble(f"a file was answered {status}: {body[:300]!r}")
    declared = json.loads(body)
    post(declared["upload"]["url"], declared["upload"]["fields"], content)
    until = time.monotonic() + patience
    while time.monotonic() < until:
        file: Json = json.loads(ask("GET", f"{path}/{declared['id']}", **as_party)[2])
        if file["state"] not in ("expected", "scanning"):
            return file
        time.sleep(0.5)
    raise Through(f"a file was not checked within {patience:g} s")


@attack("S12")
def story_in_disguise(on: Stack) -> str:
    """A published story reveals a person: disguised numbers and names pass the redaction."""
    person = {"name": "王小芳", "phone": "13800138000", "email": f"lanlan.{time.time_ns()}@mail.example"}
    told = filed(person=person, account={"story": "洗衣机坏了。", "order": "TB2026011288765"})
    path, own = f"/v1/cases/{told['number']}", f"Bearer {told['token']}"
    mailbox = person["email"].replace("@", "（艾特）").replace(".", "点")
    disguised = [
        *(
            "138\u20110013\u20118000",
            "①③⑧⓪⓪①③⑧⓪⓪⓪",
            "一三八零零一三八零零零",
            "l38OOl38OOO",
            "138然后0013最后8000",
        ),
        *("王、小、芳", "Wang Xiaofang", "Wаng Xiаоfаng", "xiaofangwang", "陈建国先生", "微信（lanlan_88）"),
        *(mailbox, "TB二零二六零一一二八八七六五"),
    ]
    said = {"agreement": "电话里说好了。", "causes": ["manufacture"], "read_back": True}
    on.call("lead", on.token("lead"), "POST", f"{path}/moves/settle_at_once", said)
    story = {"text": "，".join(["洗衣机花了3299元", *disguised]), "agrees": True}
    status, _, body = ask("POST", f"{path}/moves/consent_story", story, Authorization=own)
    never(status, body, 400, 401, 403, 409, 422)
    reviewer = on.token("supervisor2")
    on.call("supervisor2", reviewer, "POST", f"{path}/moves/release_story", {"story": "S1"})
    public = json.loads(ask("GET", "/v1/stories")[2])["items"][0]["text"]
    ask("POST", f"{path}/moves/withdraw_story", {}, Authorization=own)
    if "3299元" not in public:
        raise Through(f"the newest story is another, or mutilated: {public!r}")
    if passed := [piece for piece in disguised if piece in public]:
        raise Through(f"{passed} passed")
    return f"{len(disguised)} disguises taken out"


@attack("S14")
def text_of_the_talks(on: Stack) -> str:
    """An intake officer reads out a confidential draft from the talks of a joint complaint."""

    def move(by: str, number: str, name: str, **said: Any) -> Json:
        return on.call(by, on.token(by), "POST", f"/v1/cases/{number}/moves/{name}", said)

    def by_phone(name: str) -> str:
        phone = f"138{time.time_ns() // 1000 % 10**8:08}"
        body = {**complaint(person={"name": name, "phone": phone}), "channel": "phone"}
        number = on.call("intake", on.token("intake"), "POST", "/v1/complaints", body)["number"]
        return str(number).replace("-", "")

    one, other = by_phone("张三"), by_phone("李四")
    move("lead", other, "invite_to_join", leading=one)
    move("intake", other, "join_case", own_wish=True)
    move("intake", one, "accept")
    move("lead", one, "assign", to=on.staff["investigator"]["id"])
    about = {"about": "意见不一。", "nature": "amount", "severity": "S4", "agrees": True}
    move("investigator", one, "identify_dispute", **about)
    move("lead", one, "assign_negotiator", to=on.staff["negotiator"]["id"])
    shop = {"name": "秦店长", "phone": "13900139000"}
    move("negotiator", one, "name_business_representative", person=shop)
    clause = {
        "debtor": "business",
        "creditor": "p1",
        "kind": "refund",
        "what": "退还货款。",
        "proof": "payment_record",
        "measure": "interest",
        "amount": {"amount": "800.00"},
        "by": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    }
    text = {"company": "梧桐家电有限公司", "facts": "洗衣机不脱水。", "clauses": [clause]}
    waits = move("negotiator", one, "draft_agreement", **text)["tellings"]
    drafts = [telling for telling in waits if telling["letter"].startswith("draft_agreement@")]
    said = {"how": "phone", "told": True, "said": "念了全文。"}
    for telling in drafts:
        try:
            move("intake", one, "record_telling", telling=telling["id"], **said)
        except Trouble as trouble:
            if "told_in_confidence" not in str(trouble):
                raise
        else:
            raise Through(f"told {telling['letter']}")
    move("negotiator", one, "record_telling", telling=drafts[0]["id"], **said)
    return f"{len(drafts)} refused, and the negotiator tells them"


def operate(*command: str) -> str:
    """Run a command on this stack and return its output: one of `infra.ops`, or `-c` with a program. Raises
    Trouble where it fails."""
    named = ["--stack", run.STACK, "--endpoint", run.EMULATOR]
    asked = command if command[0] == "-c" else ("-m", "infra.ops", *named, *command)
    done = subprocess.run([sys.executable, *asked], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(done.stderr[-300:])
    return done.stdout


@attack("S6")
def lost_time(on: Stack) -> str:
    """The time to answer runs on during an outage of the site, and is not given back."""
    told = filed(wishes=["explanation"])
    path = f"/v1/cases/{told['number']}"
    body = {"items": ["photos"], "why": "看不清。"}
    on.call("intake", on.token("intake"), "POST", f"{path}/moves/ask_information", body)

    def window() -> Json:
        case = on.call("consumer", told["token"], "GET", path)
        return next(run for run in case["deadlines"] if run["deadline"] == "information")

    before = window()
    time.sleep(20)
    until = datetime.now(UTC)
    since = until - timedelta(seconds=15)
    operate("outage", "--of", "site", "--from", since.isoformat(), "--to", until.isoformat(), "--do")
    awaited(lambda: window()["moved"], 90)
    after = window()
    if after["due"] <= before["due"] or not after["moved"]:
        raise Through(f"it ends at {after['due']}, as before")
    return f"the time to answer ends at {after['due']} instead of {after['moved']['planned']}"


@attack("S4 register")
def forged_outage(on: Stack) -> str:
    """An attacker with write access to the table adds an outage of months, or removes a true one, and windows
    move unnoticed."""
    client, name = table()
    told = filed(wishes=["explanation"])
    path = f"/v1/cases/{told['number']}"
    body = {"items": ["photos"], "why": "看不清。"}
    on.call("intake", on.token("intake"), "POST", f"{path}/moves/ask_information", body)

    def settled() -> None:
        """Raise Through unless the register is in doubt, then settle it."""
        if "changed in the table" not in operate("outage"):
            raise Through("nobody noticed the change")
        operate("outage", "--settle", "--do")
        if "changed in the table" in operate("outage"):
            raise Trouble("the register could not be settled")

    now = datetime.now(UTC).replace(microsecond=0)
    until = stamp(now + timedelta(days=90))
    times = {"since": stamp(now - timedelta(days=1)), "until": until, "entered": stamp(now)}
    forged = {"pk": "OUTAGES", "sk": "OUTAGE#20200101T000000Z-site"}
    item = {**forged, "body": json.dumps({"part": "site", "before": [], **times})}
    client.put_item(TableName=name, Item={key: {"S": value} for key, value in item.items()})
    time.sleep(70)  # a process relies on its last read for a minute
    case = on.call("consumer", told["token"], "GET", path)
    if any(run["moved"] and run["due"] > stamp(now + timedelta(days=30)) for run in case["deadlines"]):
        raise Through("the forged outage moved a window")
    settled()
    since, until = (stamp(now - timedelta(seconds=n)) for n in (20 + now.second, 5))
    operate("outage", "--of", "mail", "--from", since, "--to", until, "--do")
    checked()
    found = client.query(
        TableName=name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "OUTAGES"}},
        ConsistentRead=True,
    )["Items"]
    true = next(one for one in found if one["sk"]["S"].endswith("-mail"))
    client.delete_item(TableName=name, Key={"pk": true["pk"], "sk": true["sk"]})
    settled()
    if true["sk"]["S"].partition("#")[2] not in operate("outage"):
        raise Through("the removed outage was not put back")
    return "both noticed; the true one was put back from the signed list"


@attack("S8 staff")
def forged_staff_letter(on: Stack) -> str:
    """An attacker with write access to the table writes a letter of no case, and we send it to staff."""
    client, name = table()
    body: Json = {"id": "forged", "name": "calendar_missing", "to": "staff:x", "way": "email"}
    body |= {"at": stamp(datetime.now(UTC)), "facts": {"year": 2099}}
    item = {"pk": {"S": "HOUSE#x"}, "sk": {"S": "LETTER#forged"}, "state": {"S": "owed"}, "tries": {"N": "0"}}
    item |= {"body": {"S": json.dumps(body)}, "look_at": {"S": stamp(datetime.now(UTC))}}
    client.put_item(TableName=name, Item=item | {"shard": {"N": str(rows.post_shard("HOUSE#x", 0))}})
    for _ in range(180):
        row = client.get_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})["Item"]
        if row["shard"]["N"] == str(rows.PARKED):
            client.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
            return "set aside unsent"
        if row["state"]["S"] not in ("owed", "sending"):
            raise Through(f"it is {row['state']['S']}")
        time.sleep(1)
    raise Through("nobody has set it aside for three minutes")


AHEAD = f"""
from datetime import datetime, timedelta, UTC
from infra import ops
ops.connect_to({run.STACK!r}, {run.EMULATOR!r})
from chalicelib.wiring import product
product.__dict__["now"] = lambda: datetime.now(UTC) + timedelta(days=40)
asked = product.clockwork.tick()
walked = [product.clockwork.walk(shard, lambda: 120_000) for shard in product.index.shards()]
print("took", asked + sum(walked))
"""
"""A program that runs one tick of a clock forty days ahead, and a walk of every shard."""


@attack("S6")
def wrong_clock(on: Stack) -> str:
    """A worker whose clock is forty days ahead ends every window."""
    told = filed()
    said = operate("-c", AHEAD)
    case = on.call("consumer", told["token"], "GET", f"/v1/cases/{told['number']}")
    if "took 0" not in said or '"ClockAstray": 1.0' not in said or case["stage"] != "received":
        raise Through(said[-300:])
    return "it took no step, and its alarm was raised"


@attack("links")
def other_case(on: Stack) -> str:
    """The link of one case opens another."""
    one, other = filed(), filed()
    status, _, body = ask("GET", f"/v1/cases/{other['number']}", Authorization=f"Bearer {one['token']}")
    return never(status, body, 200)


@attack("links")
def joined_by_number(on: Stack) -> str:
    """A complaint with the telephone number of another person is joined to that person's complaint, or a
    decline of it names that complaint."""
    phone = f"138{time.time_ns() // 1000 % 10**8:08}"
    victim, stranger = (filed(person={"name": name, "phone": phone}) for name in ("李雷", "赵丽"))
    intake, path = f"Bearer {on.token('intake')}", f"/v1/cases/{stranger['number']}/moves"
    link = ask("POST", f"{path}/link_duplicate", {"leading": victim["number"]}, Authorization=intake)
    earlier = {
        "grounds": {"1": "repeat"},
        "reasons": {"1": "x"},
        "earlier": {"1": victim["number"]},
        "routes": ["court"],
    }
    tried = [link, ask("POST", f"{path}/decline", earlier, Authorization=intake)]
    said = [never(status, body, 200, 201) for status, _, body in tried]
    token = f"Bearer {stranger['token']}"
    _, _, page = ask("GET", f"/v1/cases/{stranger['number']}", Authorization=token)
    if victim["number"].encode() in page:
        raise Through("the stranger reads the number of the other complaint")
    return ", ".join(said)


@attack("codes")
def without_code(on: Stack) -> str:
    """A move that gives something up is taken with the link alone, or with a guessed code."""
    told = filed()
    path = f"/v1/cases/{told['number']}/moves/withdraw"
    status, _, body = ask(
        "POST", path, {}, Authorization=f"Bearer {told['token']}", Confirmation_Code="000000"
    )
    if status == 200 and not re.search(rb"undo", body):
        raise Through("withdrawn without a code, and it cannot be undone")
    return str(status)


LOSE = f"""
import sys
from datetime import timedelta
from infra import ops
ops.connect_to({run.STACK!r}, {run.EMULATOR!r})
from chalicelib.access.authorization import CLOCK
from chalicelib.aws import rows
from chalicelib.domain.model.case_records import LostCase
from chalicelib.wiring import product
lost, restored = (ref.replace("-", "") for ref in sys.argv[1:])
now = product.now().replace(microsecond=0)
for row in [*rows.Row.query(rows.case(lost))]:
    row.delete()
product.file.keep_lost(lost, LostCase(now, now, now))
undone = (f"{{now:%Y-%m-%dT%H:%M:%SZ}} {MISSING_STEP} intake officer-7",)
facts = {{"moment": now, "heads": ("{MISSING_HEAD}",), "undone": undone, "concerned": ("p1",)}}
product.casework.move("record_restored", restored, CLOCK, facts)
"""
"""A program that does to two complaints what a restore does: the first is lost as a whole, the second lacks
an entry."""


@attack("restore")
def lost_number(on: Stack) -> str:
    """After a restore, a stranger learns that a number is lost, or its reader learns more than that. A party
    of a restored complaint learns which steps of staff are missing, or records a restore themselves."""
    lost, restored, other = filed(), filed(), filed()
    operate("-c", LOSE, lost["number"], restored["number"])
    path, page = f"/v1/cases/{lost['number']}", f"/case/{lost['number'].replace('-', '')}"
    never_was = f"/v1/cases/{''.join(secrets.choice('123456789') for _ in range(12))}"
    tried = [other["token"], f"p1-1-{'a' * 26}", *map(on.token, ("administrator", "department", "mediator"))]
    for token in tried:
        answers = [ask("GET", where, Authorization=f"Bearer {token}") for where in (path, never_was)]
        if {status for status, *_ in answers} != {404}:
            raise Through(f"a stranger was answered {[status for status, *_ in answers]}")
    if (status := ask("GET", f"{page}/{tried[1]}")[0]) != 404:
        raise Through(f"a guessed link was answered {status}")
    for where, headers in (
        (path, {"Authorization": f"Bearer {lost['token']}"}),
        (f"{page}/{lost['token']}", {}),
        (path, {"Authorization": f"Bearer {on.token('intake')}"}),
    ):
        status, _, body = ask("GET", where, **headers)
        if status != 410 or any(words in body.decode() for words in ("张三", "耳机")):
            raise Through(f"{status} {body[:200]!r}")
    answers = []
    for tail in ("", "/timeline"):
        where = f"/v1/cases/{restored['number']}{tail}"
        status, _, body = ask("GET", where, Authorization=f"Bearer {restored['token']}")
        answers.append(never(status, body, 404))
        if told := [words for words in (MISSING_STEP, MISSING_HEAD, "officer-7") if words in body.decode()]:
            raise Through(f"a party reads {told}")
    for token in (restored["token"], on.token("supervisor")):
        status, _, body = ask(
            "POST",
            f"/v1/cases/{restored['number']}/moves/record_restored",
            {"moment": stamp(datetime.now(UTC))},
            Authorization=f"Bearer {token}",
        )
        never(status, body, 200)
    return f"strangers 404 as for a number that never was, its reader 410 and no words, a party {answers}"


@attack("routing")
def routed_by_others(on: Stack) -> str:
    """Somebody who is no administrator sends complaints to another team, by a rule or by naming the team."""
    rule = {"rules": [], "default": "general", "reason": "x"}
    tried = [
        ask("PUT", "/v1/routing", rule, Authorization=f"Bearer {on.token(who)}")
        for who in ("supervisor", "lead")
    ]
    tried.append(ask("PUT", "/v1/routing", rule, Authorization=f"Bearer {filed()['token']}"))
    tried.append(ask("POST", "/v1/complaints", {**complaint(), "team": "repair"}))
    return ", ".join(never(status, body, 200, 201) for status, _, body in tried)


@attack("figures")
def figures_of_people(on: Stack) -> str:
    """Somebody who leads no team reads the load and the times of people; a lead reads another team's."""
    path, tried = "/v1/team-figures/lately", list[str]()
    for token in (on.token("intake"), on.token("administrator"), filed()["token"]):
        status, _, body = ask("GET", path, Authorization=f"Bearer {token}")
        tried.append(never(status, body, 200))
    status, _, body = ask("GET", path, Authorization=f"Bearer {on.token('lead')}")
    if status == 200 and (seen := {row["team"] for row in json.loads(body)["items"]} - {"general"}):
        raise Through(f"the lead read the figures of {seen}")
    return ", ".join((*tried, f"the lead: {status}"))


@attack("question")
def question_only(on: Stack) -> str:
    """The link to a question of a department opens more than this question, or another one, or is forged."""
    number = str(filed()["number"]).replace("-", "")
    for who, move, said in (
        ("intake", "accept", {}),
        ("lead", "assign", {"to": on.staff["investigator"]["id"]}),
        ("investigator", "ask_department", {"department": "repair", "question": "修过几次？"}),
        ("investigator", "ask_department", {"department": "repair", "question": "谁修的？"}),
    ):
        on.call(who, on.token(who), "POST", f"/v1/cases/{number}/moves/{move}", said)

    def links() -> dict[str, str]:
        mails = json.dumps(mails_to(on.staff["department"]["email"]), ensure_ascii=False)
        return {token[:2]: token for token in re.findall(rf"/question/{number}/([\w-]+)", mails)}

    if not awaited(lambda: len(links()) == 2):
        raise Trouble(f"the letters to the department carry {len(links())} links")
    found = links()
    first = found["Q1"]
    kept = "; ".join(f"__Host-{name}={number}.{first}" for name in ("question", "case", "desk"))
    _, _, page = ask("GET", "/question", Cookie=kept)
    if "修过几次".encode() not in page:
        raise Trouble("the link of the letter does not show its question")
    if "谁修的".encode() in page or "耳机".encode() in page:
        raise Through("the page shows more than its question")
    other = str(filed()["number"]).replace("-", "")
    tried = [
        ask("GET", f"/v1/cases/{number}", Authorization=f"Bearer {first}"),
        ask("GET", f"/v1/cases/{number}/files", Authorization=f"Bearer {first}"),
        *(ask("GET", path, Cookie=kept) for path in ("/case", "/case/files", f"/desk/cases/{number}")),
        ask("GET", f"/question/{other}/{first}"),
        ask("GET", f"/question/{number}/{first.replace('Q1', 'Q2')}"),
        ask("GET", f"/question/{number}/{first}x"),
    ]
    for status, headers, _ in tried:
        if status == 303 and headers["location"].endswith("/question"):
            raise Through("a forged link opens a question")
    return ", ".join(never(status, body, 200) for status, _, body in tried)


@attack("teams")
def moved_by_others(on: Stack) -> str:
    """Somebody who may not hand a complaint to another team does so, or says in place of the server that a
    department can take it."""
    told, said = filed(), {"to": "repair", "reason": "x"}
    path = f"/v1/cases/{told['number']}/moves/change_team"
    bearers = [told["token"], *(on.token(who) for who in ("department", "administrator"))]
    tried = [ask("POST", path, said, Authorization=f"Bearer {bearer}") for bearer in bearers]
    lead = on.token("lead")
    tried += [
        ask("POST", path, body, Authorization=f"Bearer {lead}") for body in (said, {**said, "unfit": ""})
    ]
    roster: dict[str, object] = {"teams": {}}
    tried.append(ask("PUT", "/v1/roster", roster, Authorization=f"Bearer {lead}"))
    return ", ".join(never(status, body, 200, 201) for status, _, body in tried)


READS = (
    *("", "/timeline", "/timeline/1", "/deadlines", "/files", "/reads"),
    *(f"/files/{id}" for id in ("1", "E1")),
)
"""The parts of a case that staff read through the interface, as ends of its address. The letters are in the
timeline."""
LISTS = ("mine", "team", "unassigned", "lead", "approvals", "messages", "tellings")
"""The work lists of a person and of their team."""
NORTH: Json = {"region": "110000"}
"""The fields of a complaint for the northern team of the stack."""
HANDLERS = ("lead", "investigator", "intake", "household-lead", "household-investigator")
"""The accounts of people who handle cases in other teams than the northern one."""


def of_another_team(on: Stack, number: str, *accounts: str) -> str:
    """Read a case as people who may not know of it, look for it on their lists, and act on it. Return the
    answers."""
    acts: dict[str, Json] = {
        "take": {},
        "assign": {"to": on.staff["lead"]["id"]},
        "change_team": {"to": "general", "reason": "x"},
        "note": {"text": "x"},
        "set_severity": {"severity": "S4", "why": "x"},
    }
    path, said = f"/v1/cases/{number}", set[str]()
    for account in accounts:
        bearer = f"Bearer {on.token(account)}"
        answers = [ask("GET", path + end, Authorization=bearer) for end in READS]
        answers += [
            ask("POST", f"{path}/moves/{move}", body, Authorization=bearer) for move, body in acts.items()
        ]
        said |= {never(status, body, 200, 201, 303) for status, _, body in answers}
        for queue in LISTS:
            _, _, body = ask("GET", f"/v1/work?queue={queue}", Authorization=bearer)
            _, _, other = ask("GET", f"/v1/work?queue={queue}&team=north", Authorization=bearer)
            if number.encode() in body + other:
                raise Through(f"{account} finds it on the list {queue}")
    return ", ".join(sorted(said))


def in_the_north(on: Stack) -> str:
    """File a complaint that the rules send to the northern team, and return its number."""
    number: str = filed(**NORTH)["number"]
    if on.call("north", on.token("north-lead"), "GET", f"/v1/cases/{number}")["team"] != "north":
        raise Trouble("the complaint is not with the northern team")
    return number


@attack("teams")
def read_by_another_team(on: Stack) -> str:
    """A stranger to a case reads it, its timeline, its files or its lists, or takes, assigns or hands it
    over. Strangers are people and leads of other teams, departments that were not asked, and
    administrators."""
    outside = ("department", "department_head", "administrator")
    return of_another_team(on, in_the_north(on), *HANDLERS, *outside)


@attack("teams")
def read_after_the_hand_over(on: Stack) -> str:
    """People of the team that handed a case over, also the lead, go on reading it or take it back."""
    number, lead = in_the_north(on), on.token("north-lead")
    path = f"/v1/cases/{number}"
    on.call("north", lead, "POST", f"{path}/moves/change_team", {"to": "household", "reason": "x"})
    if on.call("household", on.token("household-lead"), "GET", path)["team"] != "household":
        raise Trouble("the complaint was not handed over")
    return of_another_team(on, number, "north-lead", "north-investigator", "north-intake", "investigator")


@attack("teams")
def moved_in_bulk_by_others(on: Stack) -> str:
    """A lead hands over all cases of a person of another team to themselves, or learns their numbers."""
    number, lead = in_the_north(on), on.token("north-lead")
    held = {"from": on.staff["north-lead"]["id"], "to": on.staff["lead"]["id"], "reason": "x"}
    on.call("north", lead, "POST", f"/v1/cases/{number}/moves/assign", {"to": held["from"]})
    status, _, body = ask("POST", "/v1/hand-overs", held, Authorization=f"Bearer {on.token('lead')}")
    case = on.call("north", lead, "GET", f"/v1/cases/{number}")
    if (case["team"], case["owner"]) != ("north", held["from"]) or number.encode() in body:
        raise Through(f"answered {status}: {body[:200]!r}")
    return f"{status}, and neither moved nor named"


@attack("keys")
def keys_of_others(on: Stack) -> str:
    """Somebody who is no administrator lists, gives or revokes keys, by the interface or by the page. A form
    on another site gives one. A key works after its end was ordered."""
    partner = f"attack-{secrets.token_hex(4)}"
    asked = {"partner": partner, "scopes": ["read"], "days": 1}
    given = on.call("administrator", on.token("administrator"), "POST", "/v1/keys", asked)
    bearers = [given["key"], filed()["token"], *(on.token(who) for who in ("supervisor", "department"))]
    tried = [
        ask(method, "/v1/keys", body, Authorization=f"Bearer {one}")
        for one in bearers
        for method, body in (("GET", None), ("POST", asked), ("DELETE", {"key": given["id"]}))
    ]
    form = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "cross-site"}
    tried += [ask("GET", f"/desk/keys{page}") for page in ("", "/give", f"/revoke?id={given['id']}")]
    tried += [ask("POST", f"/desk/keys/{deed}", b"id=x", **form) for deed in ("give", "revoke")]
    told = {never(status, body, 200, 201) for status, _, body in tried}
    own = f"Bearer {given['key']}"
    if (status := ask("GET", "/v1/changes", Authorization=own)[0]) != 200:
        raise Trouble(f"the key itself: {status}")
    on.call("administrator", on.token("administrator"), "DELETE", "/v1/keys", {"key": given["id"]})
    told.add(never(*ask("GET", "/v1/changes", Authorization=own)[::2], 200))
    return ", ".join(sorted(told))


@attack("limits")
def limits_of_others(on: Stack) -> str:
    """A stranger reads from the headers how many requests others of the same network have made."""
    told = set[str]()
    for method, path, sent in (
        ("POST", "/v1/verify", {"sha256": "0" * 64}),
        ("POST", "/v1/complaints", complaint()),
        ("POST", "/v1/links", {"number": filed()["number"], "contact": "z@mail.example"}),
    ):
        status, headers, body = ask(method, path, sent)
        told.add(never(status, body))
        if "ratelimit" in headers:
            raise Through(f"{path} tells {headers['ratelimit']}")
        if "ratelimit-policy" not in headers:
            raise Trouble(f"{path} tells no limit")
    return ", ".join(sorted(told))


@attack("reads")
def reads_of_others(on: Stack) -> str:
    """A partner reads the complaint of another partner, finds it by the other's own number, or turns the
    pages of its list with the other's cursor. A partner reads words after its person has ended the consent.
    Anybody but a partner states a consent."""
    keys, words = list[str](), "只有同意了才能看的经过。"
    for _ in range(2):
        key = {"partner": f"attack-{secrets.token_hex(4)}", "scopes": ["file", "read"], "days": 1}
        given = on.call("administrator", on.token("administrator"), "POST", "/v1/keys", key)
        keys.append(f"Bearer {given['key']}")
    agreed = {"version": "partner_reads_1", "at": stamp(datetime.now(UTC) - timedelta(minutes=1))}
    said = complaint(external_id="A-1", consent=agreed, account={"story": words})
    numbers = [
        json.loads(ask("POST", "/v1/complaints", body, Authorization=keys[0])[2])["number"]
        for body in (said, complaint(external_id="A-2"))
    ]
    path = f"/v1/cases/{numbers[0]}"
    if words.encode() not in ask("GET", path, Authorization=keys[0])[2]:
        raise Trouble("the partner does not read what its person agreed to")
    cursor = json.loads(ask("GET", "/v1/cases?limit=1", Authorization=keys[0])[2])["next"]
    told = [
        ask("GET", way, Authorization=keys[1])
        for way in (path, f"{path}/timeline", f"/v1/cases?cursor={cursor}")
    ]
    told.append(ask("POST", "/v1/complaints", complaint(consent=agreed)))
    answered = [never(status, body, 200, 201) for status, _, body in told]
    for way in ("/v1/cases?external_id=A-1", "/v1/cases"):
        status, _, body = ask("GET", way, Authorization=keys[1])
        if status != 200 or json.loads(body)["items"]:
            raise Through(f"another partner's list: {status} {body[:200]!r}")
    on.call("intake", on.token("intake"), "POST", f"{path}/moves/end_partner_access", {})
    for way in (path, f"{path}/timeline"):
        status, _, body = ask("GET", way, Authorization=keys[0])
        if status != 200 or words.encode() in body:
            raise Through(f"after the end: {status} {body[:200]!r}")
    return f"refused ({', '.join(answered)}), and no words after the consent ended"


@attack("changes")
def changes_of_others(on: Stack) -> str:
    """A partner reads what changed on the complaints of another partner: with the other's cursor, with one
    that it changed, or with a key that may not read. A consumer or staff read a partner's changes."""
    keys = list[str]()
    for scopes in (["file", "read"], ["file", "read"], ["file"]):
        key = {"partner": f"attack-{secrets.token_hex(4)}", "scopes": scopes, "days": 1}
        given = on.call("administrator", on.token("administrator"), "POST", "/v1/keys", key)
        keys.append(f"Bearer {given['key']}")
    number = json.loads(ask("POST", "/v1/complaints", complaint(), Authorization=keys[0])[2])["number"]
    status, _, body = ask("GET", "/v1/changes", Authorization=keys[0])
    if status != 200 or number.encode() not in body:
        raise Trouble(f"its own changes: {status} {body[:200]!r}")
    cursor = json.loads(body)["next"]
    tried = [ask("GET", f"/v1/changes?after={cursor}", Authorization=keys[1])]
    tried += [ask("GET", f"/v1/changes?after={one}", Authorization=keys[0]) for one in (cursor[:-4], "MQ")]
    others = (keys[2], f"Bearer {filed()['token']}", f"Bearer {on.token('supervisor')}")
    tried += [ask("GET", "/v1/changes", Authorization=one) for one in others]
    status, _, body = ask("GET", "/v1/changes", Authorization=keys[1])
    if status != 200 or json.loads(body)["items"]:
        raise Through(f"another partner's list: {status} {body[:200]!r}")
    return ", ".join(never(status, body, 200, 201) for status, _, body in tried)


@attack("webhooks")
def webhooks_of_others(on: Stack) -> str:
    """A partner has webhooks sent into our network, to another port, or with a password. It reads or changes
    the endpoint of another partner, or gets its secret; so do a key without the scope, a consumer and
    staff."""
    keys = list[str]()
    for scopes in (["hooks"], ["hooks"], ["file", "read"]):
        key = {"partner": f"attack-{secrets.token_hex(4)}", "scopes": scopes, "days": 1}
        given = on.call("administrator", on.token("administrator"), "POST", "/v1/keys", key)
        keys.append(f"Bearer {given['key']}")
    endpoint = {"url": "https://crm.example.com/", "contact": "it@partner.example", "language": "en"}
    inside = (
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[fd00:ec2::254]",
        "0x7f.1",
        "2130706433",
        "a:b@x.example",
    )
    bad = [f"https://{host}/" for host in inside]
    bad += ["https://x.example:22/", "http://x.example/", "https://x.example@10.0.0.1/", "file:///etc/passwd"]
    tried = [ask("POST", "/v1/webhooks", endpoint | {"url": url}, Authorization=keys[0]) for url in bad]
    status, _, body = ask("POST", "/v1/webhooks", endpoint, Authorization=keys[0])
    if status != 201:
        raise Trouble(f"a plain endpoint was answered {status}: {body[:200]!r}")
    made = json.loads(body)
    here = f"/v1/webhooks/{made['id']}"
    others = (*keys[1:], f"Bearer {filed()['token']}", f"Bearer {on.token('supervisor')}")
    for one in others:
        tried += [ask(method, here, endpoint, Authorization=one) for method in ("GET", "PUT", "DELETE")]
        deeds = ("secret", "test", "pause", "replay", "deliveries/msg_1_1")
        tried += [ask("POST", f"{here}/{deed}", {}, Authorization=one) for deed in deeds]
        tried.append(ask("GET", f"{here}/deliveries", Authorization=one))
    form = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "cross-site"}
    tried.append(ask("POST", "/desk/webhooks/rotate", f"id={made['id']}&generation=1".encode(), **form))
    for path in (here, "/v1/webhooks", f"{here}/deliveries"):
        if made["secret"].encode() in (body := ask("GET", path, Authorization=keys[0])[2]):
            raise Through(f"{path} has the secret: {body[:200]!r}")
    ask("DELETE", here, Authorization=keys[0])
    return ", ".join(sorted({never(status, body, 200, 201, 202) for status, _, body in tried}))


@attack("teams")
def moved_by_rules_of_others(on: Stack) -> str:
    """An officer, a lead of another team, a department, an administrator or a partner's key hands over the
    cases of a team that the rules send elsewhere, or learns their numbers."""
    number = in_the_north(on)
    move = {"to": "household", "reason": "x"}
    on.call("north", on.token("north-lead"), "POST", f"/v1/cases/{number}/moves/change_team", move)
    key = {"partner": f"attack-{secrets.token_hex(4)}", "scopes": ["file", "add", "read"], "days": 1}
    given = on.call("administrator", on.token("administrator"), "POST", "/v1/keys", key)
    accounts = ("household-investigator", "household-intake", "lead", "north-lead", "department")
    tried, said = [given["key"], *map(on.token, (*accounts, "administrator"))], set[str]()
    for bearer in tried:
        asked = {"team": "household", "reason": "x"}
        status, _, body = ask("POST", "/v1/hand-overs/by-rules", asked, Authorization=f"Bearer {bearer}")
        said.add(never(status, body, 200, 201))
        if number.encode() in body:
            raise Through(f"the answer {status} names the complaint")
    case = on.call("household", on.token("household-lead"), "GET", f"/v1/cases/{number}")
    if case["team"] != "household":
        raise Through(f"the complaint went to {case['team']}")
    return ", ".join(sorted(said))


@attack("routing")
def rules_of_others(on: Stack) -> str:
    """A consumer or a mediator reads the rules or the roster. Somebody who is no administrator replaces them,
    or opens their pages without having signed in."""
    bearers = [filed()["token"], on.token("mediator")]
    staff = [on.token(who) for who in ("supervisor", "household-lead", "department")]
    rules, roster = {"rules": [], "default": "general", "reason": "x"}, {"teams": {}}
    reads = ("/v1/routing", "/v1/routing/changes", "/v1/roster")
    tried = [ask("GET", path, Authorization=f"Bearer {one}") for one in bearers for path in reads]
    for one in bearers + staff:
        tried.append(ask("PUT", "/v1/routing", rules, Authorization=f"Bearer {one}"))
        tried.append(ask("PUT", "/v1/roster", roster, Authorization=f"Bearer {one}"))
    tried += [ask("GET", f"/desk/{page}") for page in ("routing", "routing/rule", "roster", "roster/team")]
    tried += [
        ask("POST", f"/desk/{page}", {}) for page in ("routing/rule", "roster/team", "roster/team_close")
    ]
    return ", ".join(sorted({never(status, body, 200, 201) for status, _, body in tried}))


@attack("paths")
def wrong_paths(on: Stack) -> str:
    """An unknown path or method is answered other than by a problem document."""
    kinds = {
        ask(method, path)[1].get("content-type", "").partition(";")[0]
        for method, path in (("GET", "/v1/nothing"), ("DELETE", "/v1/complaints"), ("PATCH", "/v1/work"))
    }
    if kinds != {"application/problem+json"}:
        raise Through(f"{kinds}")
    return "problems"


@attack("S7")
def other_document(on: Stack) -> str:
    """A forged document lies under the key of an agreement before the agreement is sealed."""
    case = talked(on, "attack")
    case.do("mediator", "draft_agreement", **agreed_text(case))
    version = case.ask("李䶮", "GET")["agreement"]["version"]
    key, forged = (
        agreement_key(case.number.replace("-", ""), version, digest(case)),
        b"%PDF-1.7 urn:redress:agreement: forged",
    )
    s3, bucket = sealed_store()
    s3.put_object(Bucket=bucket, Key=key, Body=forged, ChecksumAlgorithm="SHA256")
    for who in ("马店长", "李䶮", "mediator"):
        case.do(who, "sign", digest=digest(case))
    time.sleep(20)
    sealed = case.ask("李䶮", "GET")["agreement"]["sealed"]
    verdict = on.call("anybody", "", "POST", "/v1/verify", {"sha256": sha256(forged).hexdigest()})["verdict"]
    if sealed or verdict != "unknown":
        raise Through(f"recorded as {sealed}, and {verdict}")
    s3.delete_object(Bucket=bucket, Key=key)  # a delete marker over it, as the runbook says
    case.do("李䶮", "message", text="请把协议发给我。")
    for _ in range(TRIES):
        time.sleep(3)
        if sealed := case.ask("李䶮", "GET")["agreement"]["sealed"]:
            break
    said = on.call("anybody", "", "POST", "/v1/verify", {"sha256": (sealed or {}).get("sha256", "0" * 64)})
    if said["verdict"] != "authentic":
        raise Through(f"afterwards the agreement is {said['verdict']}")
    return "not recorded, unknown, and sealed well once it was out of the way"


@attack("S9")
def unsettable_story(on: Stack) -> str:
    """A story that the typesetter cannot set keeps the consumer from their copy."""
    stories = (
        "O’N “中" * 1_560,
        "e\u0301" * 20_000,
        "\u00a0" * 20_000,
        "x" * 20_000,
        "👨‍👩‍👧‍👦\u202e" * 2_000,
    )
    answered = []
    for story in stories:
        told = filed(account={"story": "坏了。" + story})
        cookie = {"Cookie": f"__Host-case={told['number'].replace('-', '')}.{told['token']}"}
        form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": run.SITE}
        status, said, body = ask("POST", "/case/copy", b"", **form, Sec_Fetch_Site="same-origin", **cookie)
        if status != 303:
            raise Through(f"asked for a copy: {status} {body[:200]!r}")
        for _ in range(TRIES):
            time.sleep(1)
            status, _, body = ask("GET", urlsplit(said["location"]).path, **cookie)
            if status == 303:
                break
        else:
            raise Through(f"no copy of {story[:8]!a}…: {re.sub(rb'<[^>]+>', b' ', body)[-300:]!r}")
        answered.append(str(status))
    return f"each has its copy: {', '.join(answered)}"


@attack("S2 copies")
def copy_of_another(on: Stack) -> str:
    """Somebody takes a copy of the data of another person: with no link, a wrong one, that of another
    complaint, and from another site."""
    told, other = filed(account={"story": "只有我能看。"}), filed()
    number, form = told["number"].replace("-", ""), {"Content_Type": "application/x-www-form-urlencoded"}
    here = {**form, "Origin": run.SITE, "Sec_Fetch_Site": "same-origin"}
    away = {**form, "Origin": "https://elsewhere.example", "Sec_Fetch_Site": "cross-site"}
    tries = (
        ({}, here),
        ({"Cookie": f"__Host-case={number}.{'x' * 32}"}, here),
        ({"Cookie": f"__Host-case={number}.{other['token']}"}, here),
        ({"Cookie": f"__Host-case={number}.{told['token']}"}, away),
    )
    answered = []
    for cookie, headers in tries:
        status, _, body = ask("POST", "/case/data", b"", **headers, **cookie)
        if status == 200 or "只有我能看".encode() in body:
            raise Through(f"{status}: {body[:200]!r}")
        answered.append(str(status))
    own = {"Cookie": f"__Host-case={number}.{told['token']}"}
    status, _, body = ask("POST", "/case/data", b"", **here, **own)
    if status != 200 or "只有我能看".encode() not in body:
        raise Through(f"the person gets no copy: {status} {body[:200]!r}")
    return f"refused ({', '.join(answered)}), and the person has it"


def main() -> None:
    """Play each attack in turn; `python -m tests.attack S21` plays only those whose label begins so."""
    if SITE.hostname != "127.0.0.1":
        sys.exit("Only a stack on this machine is attacked.")
    try:
        on = stack()
    except Trouble as trouble:
        sys.exit(str(trouble))
    through = 0
    chosen = {name: do for name, do in ATTACKS.items() if name.startswith(tuple(sys.argv[1:]) or "")}
    for n, (name, do) in enumerate(chosen.items(), 1):
        print(f"{n}/{len(chosen)}  {name}", flush=True)
        try:
            print(f"      ✓ held: {do(on)}", flush=True)
        except Through as got:
            through += 1
            print(f"      ✗ THROUGH: {got}", flush=True)
        except (Trouble, OSError) as trouble:
            through += 1
            print(f"      ? could not be tried: {trouble}", flush=True)
    sys.exit(f"{through} of {len(chosen)} got through, or could not be tried." if through else None)


if __name__ == "__main__":
    main()
