"""The local run: the application on this machine until Ctrl-C. PORT is the port of the site, and
EMULATOR_PORT that of the emulated AWS. POLICY=demo chooses a policy that counts in minutes. The data is kept
in .local/emulator/data, or in the folder that DATA names."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from infra import build, deploy, environments, smoke
from infra.local import seed

HERE = build.LOCAL / "emulator"
DATA = Path(os.environ.get("DATA") or HERE / "data").absolute()
LOG, DEPLOYED, CODE = DATA / "log", DATA / "deployed", DATA / "code"
PORT, EMULATOR_PORT = int(os.environ.get("PORT") or 8000), int(os.environ.get("EMULATOR_PORT") or 4566)
SITE, EMULATOR = f"http://127.0.0.1:{PORT}", f"http://127.0.0.1:{EMULATOR_PORT}"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
KEEP = "/_local/keep"
STACK, BUCKET, SITE_NAME = "redress", "packages", "redress.internal"
PARAMETERS = {
    "Production": "no",
    "PublicUrl": SITE,
    "MailFrom": f"complaints@{seed.MAIL_DOMAIN}",
    "ReplyDomain": f"reply.{seed.MAIL_DOMAIN}",
    "SecurityContact": f"security@{seed.MAIL_DOMAIN}",
    "OperatorName": "安居家电（演示）有限公司 | Anju Appliances (Demo) Co., Ltd.",
    "OperatorAddress": "上海市演示区示例路1号 | 1 Example Road, Demo District, Shanghai",
    "OperatorPhone": "400-800-1234",
    "OperatorHours": "工作日9:00–18:00 | working days 9:00–18:00",
    "Policy": {"": "default-1", "demo": "demo-1"}.get(
        os.environ.get("POLICY", ""), os.environ.get("POLICY", "")
    ),
    "Scanner": "signature",
    "SmsGateway": "sns",
    "SmsReports": '{"id": "id", "state": "state", "delivered": ["delivered"],'
    ' "number": "number", "text": "text"}',
    "Emulator": EMULATOR,
    "Domain": SITE_NAME,
    "Certificate": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000",
}


def say(words: str) -> None:
    """Print a line for the person at the terminal."""
    print(words, flush=True)


def main() -> None:
    """Start the emulator, deploy to it, wait for Ctrl-C, and stop it."""
    # Both signals must stop the run; a process that a shell starts in the background would ignore Ctrl-C.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)
    try:
        for port, word in ((PORT, "PORT"), (EMULATOR_PORT, "EMULATOR_PORT")):
            refuse_taken(port, word)
        python = environments.emulator()
        say("Building the package …")
        out = build.package()
        wanted = json.dumps([(out / "digest").read_text(), PARAMETERS])
        changed = not (DEPLOYED.exists() and DEPLOYED.read_text() == wanted)
        if changed:
            remove(CODE)
        with emulator(python) as process:
            come_up(out, wanted, changed, process)
            process.wait()
            sys.exit(f"The emulator stopped by itself; see {LOG}.")
    except build.Broken as broken:
        sys.exit(str(broken))
    except KeyboardInterrupt:
        say("Stopped.")


def refuse_taken(port: int, word: str, patience: float = 5) -> None:
    """Exit with a message if another process listens at the port. `word` is the environment variable that
    chooses another port; the message names it. `patience` is how many seconds a process that was just killed
    has to free the port."""
    until = time.monotonic() + patience
    while _taken(port):
        if time.monotonic() > until:
            sys.exit(f"Port {port} is taken: choose another with {word}=.")
        time.sleep(0.1)


def _taken(port: int) -> bool:
    """Return whether a process listens at the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def surroundings(data: Path, site: int, emulator: int) -> dict[str, str]:
    """Return the environment variables of the emulator's process. `data` is the folder for its data, `site`
    the port of the site, and `emulator` the port of the emulated AWS. The emulator listens on the loopback
    interface only."""
    deployed = json.loads((build.ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    stage = deployed["stages"][build.STAGE]
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "TMPDIR": str(data / "functions"),
        "CODE_DIR": str(data / "code"),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(emulator),
        "SITE_PORT": str(site),
        "SITE_NAME": SITE_NAME,
        "COMPRESSED_FROM": str(stage["minimum_compression_size"]),
        "KEEP": KEEP,
        "MAIL_TOPIC": f"arn:aws:sns:us-east-1:000000000000:{STACK}-post-events",
        "AUTH": "true",  # without this MiniStack does not check signatures and roles
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        "MINISTACK_REGION": "us-east-1",
        "MINISTACK_ACCOUNT_ID": "000000000000",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


@contextlib.contextmanager
def emulator(python: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the emulator as a child process with the kept data, and yield the process. At the end the process
    is stopped. `python` is the path of its Python. The folder for its functions is emptied first."""
    folder = DATA / "functions"
    remove(folder)
    for path in (folder, CODE):
        path.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [python, "-m", "infra.local.emulator"],
            cwd=build.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=surroundings(DATA, PORT, EMULATOR_PORT),
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def remove(folder: Path) -> None:
    """Delete a folder in the background, because this can take minutes. The folder is renamed at once, so its
    name is free. Leftovers of earlier runs are deleted too."""
    with contextlib.suppress(FileNotFoundError):
        folder.rename(folder.with_name(f"{folder.name}-left-{time.time_ns()}"))
    for left in folder.parent.glob(f"{folder.name}-left-*"):
        threading.Thread(target=shutil.rmtree, args=(left, True), daemon=True).start()


def come_up(out: Path, wanted: str, changed: bool, process: subprocess.Popen[bytes]) -> None:
    """Bring up the stack: deploy the package in the folder `out` if it has `changed`, add the first content
    that is missing, start every function once, and print the address. `process` is the emulator.

    `wanted` describes the package and its parameters. It is stored at the end, when everything is deployed
    and saved. Until then only items and objects are kept, so an interrupted start begins again."""
    wait_for(f"{EMULATOR}/_ministack/health", process)
    os.environ |= {"AWS_ENDPOINT_URL": EMULATOR, "AWS_DEFAULT_REGION": "us-east-1"} | dict.fromkeys(
        KEYS, "test"
    )
    os.environ.pop("AWS_PROFILE", None)
    if changed:
        say("Deploying …")
        deploy.create(out, STACK, BUCKET, PARAMETERS)
        seed.apply_ignored(STACK, json.loads((out / "sam.json").read_text(encoding="utf-8"))["Resources"])
    outputs = deploy.outputs(STACK)
    accounts = seed.accounts(outputs, DATA / "accounts.json")
    say("Warming up …")
    complaints = smoke.functions(STACK)
    wait_for(f"{SITE}/", process)
    for complaint in complaints + seed.roster(SITE, outputs, accounts, DATA / "roster-is-seeded"):
        say(complaint)
    urllib.request.urlopen(f"{EMULATOR}{KEEP}{'?all' if changed else ''}", timeout=60).close()
    DEPLOYED.write_text(wanted)  # stored last, when the deployed state is on disk
    say("\nStaff accounts:")
    for account in accounts.values():
        say(f"  {account['email']:32} {account['password']:20} {account['name']}")
    say(f"\n{SITE}/  is ready. Ctrl-C stops it; what it keeps is in {DATA}.")


def wait_for(url: str, process: subprocess.Popen[bytes], patience: float = 60) -> None:
    """Wait until the address `url` answers, with any status. `process` is the emulator. Raises Broken after
    `patience` seconds, or if the emulator has ended."""
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=30).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise build.Broken(f"{url} does not answer; see {LOG}.")


if __name__ == "__main__":
    main()
