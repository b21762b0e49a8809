"""A restore on the stack that `make run POLICY=demo` has up: `make rehearse` plays it. ONLY=file,accept
chooses what is played; by default it is all of STEPS.

At one moment some complaints are each just before a step: filing, acceptance, draft, signature, seal. The
steps are taken, and then the table is restored to that moment by the operator's command. No letter leaves
twice, no case is in doubt, a lost number says so, and what is done again ends as if nothing had been lost.

The emulator restores a table as it is now. So the table is copied first, under the name that the restore
gives it, and the steps are taken afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.domain.reference import shown
from infra import build, deploy, destroy
from infra.local import demo_agreed, run
from infra.local.demo_stage import CONSENTS, Complaint, Json, Stack, Trouble, file, mailbox, say, stack, yuan
from infra.restore import LATEST, STEPS as RESTORE

STEPS = ("file", "accept", "draft", "sign", "seal")
MEDIATED = STEPS[2:]
LIFE, CONSUMER, SHOP = "rehearse", "李䶮", "马店长"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SLACK = timedelta(seconds=10)
"""How much longer than DynamoDB needs the rehearsal waits until the moment lies far enough back."""


def main() -> None:
    """Play all of it, and end with a message if something is not as it should be."""
    chosen = [step for step in STEPS if step in os.environ.get("ONLY", ",".join(STEPS)).split(",")]
    try:
        rehearsed(stack(), chosen)
        urllib.request.urlopen(f"{run.EMULATOR}{run.KEEP}?all", timeout=60).close()
        say(LIFE, "The restore harmed nobody.")
    except (Trouble, build.Broken) as trouble:
        sys.exit(str(trouble))


def rehearsed(on: Stack, chosen: list[str]) -> None:
    """Play the steps, restore the table to the moment before them, and look at what follows. Raises Trouble
    if somebody is harmed."""
    with ThreadPoolExecutor(len(chosen)) as pool:
        cases = dict(zip(chosen, pool.map(lambda step: prepared(on, step), chosen), strict=True))
    time.sleep(20)  # what is owed leaves
    say(LIFE, operated("verify", "--now"))
    if case := cases.get("seal"):
        case.do("mediator", "sign", digest=demo_agreed.digest(case))
    impossible(on)
    moment = copied()
    before = Counter(mails())
    lost = {step: taken(on, step, cases[step]) for step in chosen}
    time.sleep(20)
    say(LIFE, operated("verify", "--now"))
    since = Counter(mails()) - before
    while datetime.now(UTC) < moment + LATEST + SLACK:
        time.sleep(5)
    restored(on, moment)
    time.sleep(75)  # the clock runs, and what is owed leaves
    again = Counter(mails())
    if twice := [mail for mail in since if again[mail] != before[mail] + since[mail]]:
        raise Trouble(f"Letters have left twice: {twice}")
    say(LIFE, f"✓ none of {since.total()} letters has left twice")
    told(again - before - since, {step: case for step, case in cases.items() if step != "file"})
    said = operated("verify", "--now")
    if said != "All whole.":
        raise Trouble(f"The record is in doubt: {said}")
    say(LIFE, "✓ no case is in doubt")
    for step in chosen:
        done_again(on, step, cases[step], lost[step])


def prepared(on: Stack, step: str) -> Complaint:
    """Return a complaint that is just before a step. For filing it is another complaint."""
    if step not in MEDIATED:
        return filed(on, step)
    case = demo_agreed.talked(on, step)
    if step != "draft":
        case.do("mediator", "draft_agreement", **demo_agreed.agreed_text(case))
    if step == "seal":
        for who in (SHOP, CONSUMER):
            case.do(who, "sign", digest=demo_agreed.digest(case))
    return case


def filed(on: Stack, step: str) -> Complaint:
    """File a complaint."""
    body: Json = {
        "person": {"name": "宋安", "email": mailbox(f"song.an.{step}.{time.monotonic_ns()}")},
        "account": {"story": "新买的风扇不转，店家不理。"},
        "matters": [{"type": "quality", "sub_type": "defect", "amount": yuan("199.00")}],
        "wishes": ["refund"],
        "hurt": "no",
        "consents": CONSENTS,
    }
    return file(on, step, "宋安", body)


def taken(on: Stack, step: str, case: Complaint) -> Any:
    """Take a step. Return what a restore will undo: the new complaint, or the digest of the sealed paper."""
    if step == "file":
        return filed(on, step)
    if step == "accept":
        return case.do("intake", "accept")
    if step == "draft":
        return case.do("mediator", "draft_agreement", **demo_agreed.agreed_text(case))
    if step == "sign":
        signed(case)
    return sealed(case)


def done_again(on: Stack, step: str, case: Complaint, lost: Any) -> None:
    """Look at a complaint after the restore, and take the step again. Raises Trouble if it does not go on."""
    if step == "file":
        return gone(lost)
    if step == "accept":
        case.do("intake", "accept")
        return say(step, "✓ it is accepted again")
    if step == "draft":
        case.do("mediator", "draft_agreement", **demo_agreed.agreed_text(case, amount=yuan("450.00")))
    if step != "seal":
        signed(case)
    paper = sealed(case)
    if (
        step == "sign"
        and on.call("anybody", "", "POST", "/v1/verify", {"sha256": lost})["verdict"] != "unknown"
    ):
        raise Trouble("The paper of the undone signatures still counts.")
    found = on.call("anybody", "", "POST", "/v1/verify", {"sha256": paper})
    if found["verdict"] != "authentic" or found["signatures"] != 3:
        raise Trouble(f"The paper that was sealed after the restore is {found['verdict']}.")
    return say(step, "✓ the paper has what was signed last, and its seal is authentic")


def gone(case: Complaint) -> None:
    """Look at the page of a lost complaint. Raises Trouble if it does not say what happened."""
    address = f"{run.SITE}/case/{case.number}/{case.tokens['宋安']}"
    for language, words in (("zh", "这件投诉的内容已丢失"), ("en", "We have lost this complaint")):
        asked = urllib.request.Request(address, headers={"Accept-Language": language})
        try:
            urllib.request.urlopen(asked, timeout=60).close()
        except urllib.error.HTTPError as answer:
            if answer.code == 410 and words in answer.read().decode():
                continue
        raise Trouble(f"The link of the lost complaint does not say so ({language}).")
    say("file", "✓ the link of the lost number says so in both languages")


def signed(case: Complaint) -> None:
    """Let all three sign."""
    for who in (SHOP, CONSUMER, "mediator"):
        case.do(who, "sign", digest=demo_agreed.digest(case))


def sealed(case: Complaint) -> str:
    """Wait until the agreement is sealed, and return the digest of the paper."""

    def kept() -> Json | None:
        found: Json | None = case.ask(CONSUMER, "GET")["agreement"]["sealed"]
        return found

    case.wait("the document to be sealed", kept, datetime.now(UTC) + timedelta(seconds=60))
    return str((kept() or {})["sha256"])


def copied() -> datetime:
    """Copy the table under the name that a restore to this moment gives it, and return the moment."""
    moment = datetime.now(UTC).replace(microsecond=0)
    table = deploy.outputs(run.STACK)["TableName"]
    deploy.client("dynamodb").restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=f"{run.STACK}-{moment:%Y%m%dT%H%M%SZ}", RestoreDateTime=moment
    )
    say(LIFE, f"the table {table} is copied as of {moment:%H:%M:%S} UTC")
    return moment


def restored(on: Stack, moment: datetime) -> None:
    """Take every step of the restore by the operator's command. Raises Trouble if it does not come to its
    end, or if something can be changed during the hold."""
    command = ("restore", "--at", moment.isoformat(), "--unchecked", "--do")
    for n in range(len(RESTORE) + 10):
        said = operated(*command)
        say(LIFE, said)
        if said.endswith("is finished."):
            return
        if n == 0:
            _held(on)
            refused("Finish it with --at", "restore", "--at", (moment - HOUR).isoformat(), "--unchecked")
            _kept()
    raise Trouble("The restore did not come to its end.")


def impossible(on: Stack) -> None:
    """Ask for a restore to a moment before the stack existed, and to one that is too near. Raises Trouble if
    one is begun, or if something is held then."""
    now = datetime.now(UTC)
    for back, why in ((DAY, "it did not exist before"), (LATEST / 2, "five minutes ago at the latest")):
        refused(why, "restore", "--at", (now - back).isoformat(), "--unchecked", "--do")
    filed(on, "before")


def refused(words: str, *command: str) -> None:
    """Run a command that must be refused with one sentence that has these words. Raises Trouble otherwise."""
    try:
        said = operated(*command)
    except Trouble as trouble:
        if words in str(trouble) and "Traceback" not in str(trouble):
            return say(LIFE, f"✓ refused: {trouble}")
        raise
    raise Trouble(f"It was not refused: {said}")


def _kept() -> None:
    """Try to destroy the stack. Raises Trouble if that is not refused."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            destroy.destroy(
                run.STACK, lambda question: run.STACK, Path(folder) / "adopt.json", lambda _: None
            )
        except build.Broken as broken:
            if "may be in progress" in str(broken):
                return say(LIFE, f"✓ refused: {broken}")
            raise
    raise Trouble("The stack was deleted during a restore.")


def told(new: Counter[tuple[str, str]], cases: dict[str, Complaint]) -> None:
    """Look at the letters about missing entries. Raises Trouble unless the parties of each complaint have got
    one each at most, and some have if a person's step is missing. A seal is a step of the clock."""
    for step, case in cases.items():
        to = [mail for mail in new.elements() if shown(case.number) in mail[1] and "记录缺失" in mail[1]]
        if (not to and step != "seal") or len({*to}) != len(to):
            raise Trouble(f"{step}: letters about missing entries have gone to {to}.")
        say(step, f"✓ {len(to)} people have read that entries are missing")


def _held(on: Stack) -> None:
    try:
        filed(on, "held")
    except Trouble as refused:
        if "503" not in str(refused):
            raise
        urllib.request.urlopen(f"{run.SITE}/complain", timeout=60).close()
        return say(LIFE, "✓ while moves are held, a page opens and a complaint gets 503")
    raise Trouble("A complaint was taken during the hold.")


def mails() -> list[tuple[str, str]]:
    """Return (address, subject) of every mail that left."""
    with urllib.request.urlopen(f"{run.EMULATOR}/_ministack/ses/messages", timeout=30) as answer:
        accounts = json.load(answer)["messages"]
    return [(str(mail["To"]), mail["Subject"]) for sent in accounts.values() for mail in sent]


def operated(*command: str) -> str:
    """Run a command of `infra.ops` on the stack, and return the last line of its output. Raises Trouble if
    it fails."""
    named = ["--stack", run.STACK, "--endpoint", run.EMULATOR]
    done = subprocess.run(
        [sys.executable, "-m", "infra.ops", *named, *command],
        cwd=build.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    print(done.stdout, flush=True)
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
