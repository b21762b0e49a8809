"""Destroy and adoption on the stack that `make run POLICY=demo` has up: `make adopt` plays them.

A complaint is played until its agreement is sealed. The stack is destroyed, and what stays is adopted by a
new one. There a link, a lookup, a staff account, a seal and the record of before still work, and a new
complaint can be filed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra import build, deploy, destroy
from infra.local import demo_agreed, run, seed
from infra.local.demo_stage import Complaint, Stack, Trouble, file, link, say, stack, yuan

LIFE, CONSUMER = "adopt", "李䶮"
COMPLAINT: dict[str, Any] = {
    "person": {"name": "宋安", "phone": "13900139000"},
    "account": {"story": "新买的风扇不转，店家不理。"},
    "matters": [{"type": "quality", "sub_type": "defect", "amount": yuan("199.00")}],
    "wishes": ["refund"],
    "hurt": "no",
    "consents": {"truthful": True, "data_use": True},
}


def main() -> None:
    """Play all of it, and end with a message if something does not work."""
    try:
        before = stack()
        case = demo_agreed.sealed(before, LIFE)
        stays = stores()
        with tempfile.TemporaryDirectory() as folder:
            ended(Path(folder) / "adopt.json", stays)
            outputs = adopted(Path(folder) / "adopt.json", stays)
        case.stack = Stack(outputs, before.staff, before.over)
        works(case)
        urllib.request.urlopen(f"{run.EMULATOR}{run.KEEP}?all", timeout=60).close()
        say(LIFE, "Everything of before works in the new stack.")
    except (Trouble, build.Broken) as trouble:
        sys.exit(str(trouble))


def stores() -> dict[str, str]:
    """Return the parameters that adopt the stores of the present stack."""
    formation = deploy.client("cloudformation")
    found = deploy.deployed(formation, run.STACK)
    assert found
    made, body = deploy.made(formation, run.STACK), deploy.template_of(formation, run.STACK)
    return destroy.left(found, made, body, deploy.client("secretsmanager"))


def ended(kept: Path, stays: dict[str, str]) -> None:
    """Destroy the stack. A destroy without the name is refused; with the name the stores stay. Raises Trouble
    otherwise."""
    try:
        destroy.destroy(run.STACK, lambda question: "", kept, lambda words: None)
    except build.Broken as refused:
        say(LIFE, f"✓ refused: {refused}")
    else:
        raise Trouble("The stack was deleted without its name.")
    destroy.destroy(run.STACK, lambda question: run.STACK, kept, lambda words: say(LIFE, words))
    if deploy.deployed(deploy.client("cloudformation"), run.STACK):
        raise Trouble("The stack is still there.")
    written = json.loads(kept.read_text(encoding="utf-8"))["parameters"]
    if written != stays:
        raise Trouble(f"{kept.name} tells other stores than were there: {written}")
    deploy.client("dynamodb").describe_table(TableName=stays["TableName"])


def adopted(kept: Path, stays: dict[str, str]) -> dict[str, str]:
    """Deploy a new stack that adopts the stores, and return its outputs."""
    out = build.package()
    packaged = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    asked = deploy.parameters_of({"ADOPT": str(kept)}, packaged["Parameters"])
    outputs = deploy.create(out, run.STACK, run.BUCKET, asked)
    seed.apply_ignored(run.STACK, packaged["Resources"])
    made = deploy.made(deploy.client("cloudformation"), run.STACK)
    if twice := {"Table", "Sessions", "Evidence", "LinkKey", "StaffPool", "IntakeGroup"} & {*made}:
        raise Trouble(f"The new stack made what it should adopt: {sorted(twice)}")
    if outputs["TableName"] != stays["TableName"]:
        raise Trouble(f"The new stack works on the table {outputs['TableName']}.")
    say(LIFE, f"✓ a new stack has adopted the table {outputs['TableName']} and the other stores")
    return outputs


def works(case: Complaint) -> None:
    """Use what was made before the stack was destroyed. Raises Trouble if it does not work."""
    sealed = case.ask(CONSUMER, "GET")["agreement"]["sealed"]
    say(LIFE, f"✓ the link of {CONSUMER} opens the complaint")
    person = {"number": case.number, "contact": demo_agreed.mailbox("li.yan")}
    sent = len(case.stack.letters(case.number))
    case.stack.call(CONSUMER, "", "POST", "/v1/links", person)
    case.wait("a new link", lambda: len(case.stack.letters(case.number)) > sent, datetime.now(UTC))
    case.tokens[CONSUMER] = link(case, person["contact"])
    case.ask(CONSUMER, "GET")
    say(LIFE, "✓ the lookup finds the complaint by number and address, and the new link opens it")
    case.look()
    say(LIFE, "✓ the supervisor signs in with the account of before")
    found = case.stack.call("anybody", "", "POST", "/v1/verify", {"sha256": sealed["sha256"]})
    if found["verdict"] != "authentic":
        raise Trouble(f"The seal of before is {found['verdict']}.")
    say(LIFE, operated("seals"))
    say(LIFE, operated("verify", case.number))
    file(case.stack, LIFE, COMPLAINT["person"]["name"], COMPLAINT)


def operated(*command: str) -> str:
    """Run a command of `infra.ops` on the stack, and return the last line of its output. Raises Trouble if
    it fails."""
    named = ["--stack", run.STACK, "--endpoint", run.EMULATOR]
    done = subprocess.run(
        [sys.executable, "-m", "infra.ops", *named, *command],
        cwd=build.ROOT,
        env=dict(os.environ),
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise Trouble(done.stderr[-500:])
    return f"✓ {command[0]}: {done.stdout.splitlines()[-1]}"


if __name__ == "__main__":
    main()
