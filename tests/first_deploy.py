"""A whole first deploy into an empty AWS on the emulator: `make firstdeploy`.

The packaged application is deployed as `make deploy` does it, from the checks to the test of the site, with
an administrator and a roster. A complaint is filed, and the same deploy is repeated, which changes nothing.
What the emulator lacks is a fake that knows AWS's descriptions: rights, limits, the proofs of the sender."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from infra import build, deploy, environments, install
from infra.local import run
from tests.infra.account import STAFF, Account
from tests.infra.running import Emulator, ask, within

LACKING = ("acm", "iam", "sesv2")
"""The services of the checks that are fakes, because the emulator lacks operations of them."""
CERTIFICATE = run.PARAMETERS["Certificate"]
COMPLAINT = {
    "person": {"name": "王芳", "phone": "13800138000", "email": "wang.fang@mail.example"},
    "account": {"story": "洗衣机坏了，商家不退。"},
    "matters": [{"type": "quality", "sub_type": "defect"}],
    "wishes": ["refund"],
    "hurt": "no",
    "consents": {"truthful": True, "data_use": True},
}


class Functions:
    """The client for Lambda of the emulator, with the limit of an account that is ready."""

    def __init__(self, account: Account) -> None:
        self.get_account_settings = account.get_account_settings
        self._client = deploy.client("lambda")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def clients(service: str, region: str = "") -> Any:
    """Return the client of a service."""
    account = Account()
    if service in LACKING:
        return account(service)
    return Functions(account) if service == "lambda" else deploy.client(service, region)


def words(folder: Path, emulator: int, site: str) -> dict[str, str]:
    """Return the words of `make deploy`."""
    roster = folder / "staff.toml"
    roster.write_text(STAFF, encoding="utf-8")
    parameters = {
        "Emulator": f"http://127.0.0.1:{emulator}",
        "Production": "no",
        "Domain": run.SITE_NAME,
        "Certificate": CERTIFICATE,
        "PublicUrl": site,
        **{name: value for name, value in run.PARAMETERS.items() if name.startswith("Operator")},
    }
    return {
        "MAIL_FROM": "complaints@company.example",
        "OPS_EMAIL": "operations@company.example",
        "ADMIN": "王川 <wang.chuan@company.example>",
        "ROSTER": str(roster),
        "PARAMETERS": " ".join(f'{name}="{value}"' for name, value in parameters.items()),
    }


def deployed(asked: dict[str, str]) -> str:
    """Deploy, and return what the operator reads, which is also printed."""
    said = StringIO()
    with redirect_stdout(said):
        install.install(run.STACK, asked, clients)
    print(said.getvalue())
    return said.getvalue()


def main() -> None:
    """Play all of it. Exit with what does not work."""
    os.environ |= {"AWS_DEFAULT_REGION": "us-east-1"} | dict.fromkeys(run.KEYS, "test")
    os.environ.pop("AWS_PROFILE", None)
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(environments.emulator(), Path(folder))
        os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{emulator.port}"
        site = f"http://127.0.0.1:{emulator.site}"
        try:
            asked = words(Path(folder), emulator.port, site)
            deploy.client("ses").verify_email_identity(EmailAddress=asked["MAIL_FROM"])
            first = deployed(asked)
            ask(f"{os.environ['AWS_ENDPOINT_URL']}{run.KEEP}")  # the emulator reads queues from now on
            status, _, filed = ask(f"{site}/v1/complaints", COMPLAINT)
            mailbox = f"{os.environ['AWS_ENDPOINT_URL']}/_ministack/ses/messages"
            receipt = within(60, lambda: "wang.fang@mail.example" in ask(mailbox)[2])
            again = deployed(asked)
        finally:
            emulator.kill()
    wanted = {
        "the site answers": "✓ The site, the interface and every function answer" in first,
        "the roster is written": "The roster is written." in first,
        "a complaint is filed": status == 201,
        "its receipt leaves": receipt,
        "the same deploy changes nothing": "Nothing has changed." in again,
    }
    for what, true in wanted.items():
        print("✓" if true else "✗", what)
    sys.exit(None if all(wanted.values()) else filed)


if __name__ == "__main__":
    try:
        main()
    except build.Broken as broken:
        sys.exit(str(broken))
