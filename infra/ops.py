"""Commands for an operator who repairs a stack by hand, on AWS or in the local run. A command that changes
something only says what it would do, unless --do is given. No output names a person."""

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from getpass import getuser
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra import deploy, releases

A_SECOND = 10
"""The number of rows or messages that are put back in a second, at most. More could flood the part of the
system that was just repaired."""
QUEUES = ("clock", "letters", "post", "post-events", "mails", "files", "documents", "record")
"""The queues that have a dead-letter queue. The full name of a queue is the name of the stack, "-", and the
name given here."""


SECRETS = {
    "link": "LINK_KEY_ARN",
    "lookup": "LOOKUP_KEY_ARN",
    "record": "RECORD_KEY_ARN",
    "hook": "HOOK_KEY_ARN",
}
"""The keys that can be rotated. The value is the setting that holds the ARN of the key's secret."""
KNOWN_AFTER_S = 330
"""The number of seconds after which every function uses a changed secret. A function reads its secrets again
after `wiring.KEYS_KEPT_S`, and by then must also have finished the requests that it began before."""
LONGEST_OUTAGE = timedelta(days=31)
"""The longest outage that can be entered. A longer one is probably a typing error, and its effect on
deadlines could not be taken back."""


ENDLESS_MS = 3_600_000
"""The time left, in milliseconds, that is passed to a check which runs at the terminal, where no Lambda limit
ends it. It is longer than any check takes."""


def say(words: str) -> None:
    """Print a line for the operator, without buffering."""
    print(words, flush=True)


def main(arguments: Sequence[str] | None = None, connect: Callable[[str, str], None] | None = None) -> None:
    """Run a command with the settings of a stack. `arguments` are by default those of the command line.
    `connect` takes the stack and the endpoint, and is by default `connect_to`."""
    asked = parser().parse_args(arguments)
    try:
        (connect or connect_to)(asked.stack, asked.endpoint)
        _run(asked)
    except (ClientError, BotoCoreError) as error:
        sys.exit(f"AWS does not answer as it should: {error}")


def _run(asked: argparse.Namespace) -> None:
    """Run the command of these arguments. The application is imported here, after the settings are known."""
    from chalicelib.cases.casework import MovesHeld

    try:
        asked.command(asked)
    except MovesHeld:
        sys.exit(
            "All changes are held: finish the restore, take moves out of the parameter Hold, or release them "
            "with `hold moves --release`."
        )


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.ops", description=__doc__)
    parser.add_argument("--stack", default="redress", help="the name of the stack (redress)")
    parser.add_argument(
        "--endpoint",
        default="",
        help="the address of the local emulator, as http://127.0.0.1:4566; AWS without it",
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(does: Any, doing: bool = True) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = commands.add_parser(
            does.__name__, help=does.__doc__, description=does.__doc__
        )
        added.set_defaults(command=does)
        if doing:
            added.add_argument(
                "--do", action="store_true", help="do it; without this only say what would be done"
            )
        return added

    command(parked, doing=False)
    which = command(unpark)
    which.add_argument(
        "number", nargs="?", default="", help="the number of a complaint, as `parked` shows it"
    )
    which.add_argument("--all", action="store_true", help="everything that is parked")
    letter = command(resend)
    letter.add_argument("number", help="the number of a complaint")
    letter.add_argument(
        "letter",
        nargs="?",
        default="",
        help="the id of a letter; without it the letters of the complaint are listed",
    )
    letter.add_argument(
        "--again", action="store_true", help="also a letter that was sent: it then arrives twice"
    )
    command(redrive).add_argument("queue", choices=QUEUES)
    turn = command(rotate)
    turn.add_argument(
        "keys", choices=[*SECRETS], help="of access links and passphrases, of lookups, or of MACs"
    )
    turn.add_argument("--end", action="store_true", help="drop the key before: what it made opens nothing")
    turn.add_argument(
        "--wait", type=int, default=KNOWN_AFTER_S, help="seconds until every function knows the next"
    )
    command(texts, doing=False)
    checked = command(verify, doing=False)
    checked.add_argument("number", nargs="?", default="", help="the number of a complaint")
    checked.add_argument(
        "--day",
        type=date.fromisoformat,
        help="all cases of the signed lists of a day (UTC), as 2026-11-28; without a number",
    )
    checked.add_argument(
        "--now",
        action="store_true",
        help="compare every shard with the last list, make the next, check every open case; without a number",
    )
    sealed = command(seals)
    sealed.add_argument("--after", default="", help="the number of a complaint: only those behind it")
    sealed.add_argument("--most", type=int, default=1000, help="how many complaints at most (1000)")
    found = command(findable)
    found.add_argument(
        "--since", type=date.fromisoformat, required=True, help="the first day (UTC), as 2026-01-01"
    )
    found.add_argument("--until", type=date.fromisoformat, help="the last day (UTC), today without it")
    sought = command(words)
    sought.add_argument("month", type=lambda text: date.fromisoformat(f"{text}-01"), help="as 2026-11")
    night = command(figures)
    night.add_argument("--since", type=date.fromisoformat, help="the first day (UTC), as 2026-01-01")
    night.add_argument("--again", type=date.fromisoformat, help="one day that is exported though it is there")
    night.add_argument(
        "--today", action="store_true", help="count for the house what has happened today, too"
    )
    loaded = command(volumes)
    loaded.add_argument("file", type=Path, help="a CSV file in UTF-8 with the header month,by,code,customers")
    loaded.add_argument("--by", help="your name, for the page of these numbers (the user of this machine)")
    out = command(signout)
    out.add_argument("who", help="an id of the sign-in provider, or the e-mail address of a member of staff")
    how = out.add_mutually_exclusive_group()
    how.add_argument("--disable", action="store_true", help="and let them in no more")
    how.add_argument("--enable", action="store_true", help="let them in again")
    command(sessions, doing=False).add_argument("who", help="as for signout")
    of_partners = command(keys)
    either = of_partners.add_mutually_exclusive_group()
    either.add_argument("--give", metavar="PARTNER", help="give this partner a key, and print it, this once")
    either.add_argument("--revoke", metavar="ID", help="revoke the key with this id at once")
    of_partners.add_argument(
        "--scopes", nargs="+", default=["file", "add", "read"], help="what it permits (file add read)"
    )
    of_partners.add_argument("--channel", default="api", help="the channel of its complaints (api)")
    of_partners.add_argument("--days", type=int, default=365, help="how long it is valid (365)")
    away = command(outage)
    away.add_argument("--from", dest="since", type=_moment, help="when it began, as 2026-11-28T09:30+08:00")
    away.add_argument("--to", dest="until", type=_moment, help="when it was over; it must be over")
    what = away.add_mutually_exclusive_group()
    what.add_argument(
        "--of", choices=["site", "mail"], help="what did not work; the clock finds its own gaps"
    )
    what.add_argument("--correct", metavar="ID", help="give this outage, as the list names it, these times")
    what.add_argument(
        "--settle",
        action="store_true",
        help="after a change in the table: take out what is not ours, put back what the last signed list has",
    )
    switch = command(hold)
    switch.add_argument("parts", nargs="*", metavar="PART", help="mail, hooks, clock or moves")
    switch.add_argument("--release", action="store_true", help="let these parts run again")
    switch.add_argument("--why", default="", help="the reason, which administrators read")
    back = command(restore)
    back.add_argument("--at", type=_moment, required=True, help="the moment, as 2026-11-28T09:30+08:00")
    back.add_argument("--give-up", action="store_true", help="end it before the stack uses the new table")
    back.add_argument("--unchecked", action="store_true", help="do not check your rights first")
    return parser


def _moment(text: str) -> datetime:
    """Return a moment in UTC from an argument of the command line (ISO). Raises ArgumentTypeError with one
    sentence if the text is no moment, or has no time zone."""
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(text)
        if at.tzinfo:
            return at.astimezone(UTC).replace(microsecond=0)
    raise argparse.ArgumentTypeError(
        f"{text!r} is no moment with a time zone; write it as 2026-11-28T09:30+08:00"
    )


def connect_to(stack: str, endpoint: str) -> None:
    """Set the environment variables of this process to those of the stack's functions. The application then
    works on the data of the stack. `endpoint` is the address of the local emulator, or "" for AWS."""
    if endpoint:
        os.environ |= {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
        os.environ.pop("AWS_PROFILE", None)
    os.environ |= settings(stack)
    os.environ.setdefault("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))


def settings(stack: str) -> dict[str, str]:
    """Return the environment variables of the version in use of the stack's function that sends letters."""
    found = deploy.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId="Post")
    function = deploy.client("lambda").get_function_configuration(
        FunctionName=found["StackResourceDetail"]["PhysicalResourceId"], Qualifier=releases.ALIAS
    )
    return dict(function["Environment"]["Variables"])


def parked(asked: argparse.Namespace) -> None:
    """List the rows (cases and letters) that failed too often and wait for a person: number of the complaint,
    kind, letter, since when."""
    from chalicelib.aws.repairs import parked_rows

    found = 0
    for one in parked_rows():
        found += 1
        say(_line(one))
    say(f"{found} parked." if found else "Nothing is parked.")


def unpark(asked: argparse.Namespace) -> None:
    """Put cases and letters that failed too often back to work. Their number of errors is reset, and they are
    due now."""
    from chalicelib.aws.repairs import parked_rows, unpark
    from chalicelib.wiring import product

    if bool(asked.number) == asked.all:
        sys.exit("Name one complaint by its number, or --all.")
    number = _number(asked.number)
    found = [one for one in parked_rows() if asked.all or one.due.ref == number]
    for n, one in _each(found, asked.do):
        if not asked.do:
            say(f"would put back: {_line(one)}")
        elif unpark(one, _now(), product.macs):
            say(f"{n}/{len(found)} put back: {_line(one)}")
        else:
            say(f"{n}/{len(found)} somebody else has put it back: {_line(one)}")
    _closing(len(found), asked.do, "Nothing of it is parked." if number else "Nothing is parked.")


def resend(asked: argparse.Namespace) -> None:
    """Send a letter again that ended unsent (skipped, given up, bounced, parked). The letter leaves when the
    clock next handles what is due."""
    from chalicelib.access.authorization import NotFound
    from chalicelib.aws.repairs import UNSENT, owe_again
    from chalicelib.domain.model.codes import AUTOMATIC
    from chalicelib.wiring import product

    ref = _number(asked.number)
    if not asked.letter:
        return _letters(ref)
    try:
        letter = product.outbox.letter(ref, asked.letter)
    except NotFound:
        sys.exit(
            f"There is no letter {asked.letter} on {asked.number}; name only the number, and its "
            f"letters are listed."
        )
    state, what = letter["state"], f"{letter['name']} ({asked.letter}), {letter['state']}"
    if state == "sent" and not asked.again:
        sys.exit(f"{what}: it has left. With --again it is sent a second time.")
    if letter["way"] not in AUTOMATIC or not (letter["parked"] or state in UNSENT | {"sent"}):
        sys.exit(f"{what}: there is nothing to send again; it is on its way, or a person tells it.")
    if not asked.do:
        say(f"would owe again: {what}")
    elif not owe_again(ref, asked.letter, state, _now(), product.macs):
        sys.exit(f"{what}: it has changed meanwhile; look again.")
    else:
        say(f"owed again: {what}")
    return _closing(1, asked.do, "")


def _letters(ref: str) -> None:
    """Print a line for each letter of a case: id, name, state, reason. `ref` is the number of the case as
    stored. Exits if there is no such case."""
    from chalicelib.access.authorization import NotFound
    from chalicelib.wiring import product

    try:
        letters = product.file.whole(ref).letters
    except NotFound:
        sys.exit(f"There is no complaint {ref}.")
    for letter in sorted(letters, key=lambda one: (one["at"], one["id"])):
        why = (letter["sent"] or {}).get("why", "")
        say(
            "  ".join(
                filter(
                    None,
                    [letter["id"], letter["name"], "parked" if letter["parked"] else letter["state"], why],
                )
            )
        )


def redrive(asked: argparse.Namespace) -> None:
    """Move the messages of a dead-letter queue back to the queue from which they came."""
    sqs = deploy.client("sqs")
    url, dead = (
        sqs.get_queue_url(QueueName=f"{asked.stack}-{asked.queue}{end}")["QueueUrl"] for end in ("", "-dead")
    )
    counted = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessages"])[
        "Attributes"
    ]
    most = int(counted["ApproximateNumberOfMessages"])
    if not asked.do:
        say(f"would move back about {most} messages of {asked.queue}")
        return _closing(most, asked.do, "The dead-letter queue is empty.")
    moved = 0
    for moved, message in _each(_messages(sqs, dead), asked.do):
        # Send first, then delete, so that no message is lost. A crash in between only makes a task run twice.
        sqs.send_message(QueueUrl=url, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
        say(f"{moved}/{max(moved, most)} moved back")
    return _closing(moved, asked.do, "The dead-letter queue is empty.")


def rotate(asked: argparse.Namespace) -> None:
    """Make the next key of links, of lookups, of the record's MACs or of the secrets of webhooks, and keep
    the previous key. With --end drop the previous key of links. The other keys are all kept, because stored
    hashes, MACs and secrets in use were made with them."""
    from chalicelib.access.links import PurposeKeys
    from chalicelib.wiring import product

    vault, arn = deploy.client("secretsmanager"), os.environ[SECRETS[asked.keys]]
    kept = PurposeKeys.read(vault.get_secret_value(SecretId=arn)["SecretString"])
    newest = max(kept.by_id, key=int)

    def keep(keys: PurposeKeys) -> None:
        vault.put_secret_value(SecretId=arn, SecretString=keys.written())

    if asked.end:
        if asked.keys != "link" or len(kept.by_id) == 1 or kept.current != newest:
            sys.exit("There is no key that can be dropped.")
        if asked.do:
            keep(PurposeKeys(newest, {newest: kept.by_id[newest]}))
        say(f"only key {newest} is kept: earlier links and passphrases open nothing")
        return _closing(1, asked.do, "")
    if kept.current == newest and asked.keys == "link" and len(kept.by_id) > 1:
        sys.exit("Two keys are kept. Drop the one before with --end first.")
    # a run that was interrupted has left a newest key that is not current yet
    following = str(int(newest) + 1) if kept.current == newest else newest
    if asked.do:
        kept = PurposeKeys(kept.current, {following: secrets.token_urlsafe(48), **kept.by_id})
        keep(kept)  # every function must have this key before it is used
        say(f"key {following} is there; in {asked.wait} seconds every function knows it")
        product.pause(asked.wait)
        keep(PurposeKeys(following, kept.by_id))
    say(f"key {following} is the current one, key {kept.current} is still read")
    return _closing(1, asked.do, "")


class NoMeters:
    """Metrics that record nothing, because the operator reads the results at the terminal."""

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None:
        """Do nothing."""


def verify(asked: argparse.Namespace) -> None:
    """Verify the record of one complaint, of all complaints in the signed lists of a day, or of all open
    complaints. A change that was made outside the application is noted on the case."""
    from chalicelib.access.authorization import NotFound
    from chalicelib.aws.rows import shards
    from chalicelib.wiring import product

    if sum(map(bool, (asked.number, asked.day, asked.now))) != 1:
        sys.exit("Name one complaint by its number, a day with --day, or --now.")
    record = _unmetered(product.record)
    if asked.number:
        try:
            found = record.check(_number(asked.number))
        except NotFound:
            sys.exit(f"There is no complaint {asked.number}.")
        for entry, fault in found:
            say(f"entry {entry}: {fault}")
        return say("Changed, and noted on the case." if found else "Whole.")
    listed = [n for n in range(shards()[1]) if asked.now or asked.day in record.lists.days(n)]
    if not listed:
        sys.exit(f"There is no list of {asked.day}.")
    changed = 0
    for shard in listed:
        here = _watched(record, shard) if asked.now else record.verify(asked.day, shard)
        say(f"shard {shard}: {here} changed")
        changed += here
    return say(f"{changed} changed, and noted on the cases." if changed else "All whole.")


def seals(asked: argparse.Namespace) -> None:
    """Validate the stored sealed agreements in the order of their complaints' numbers, and name the invalid
    ones. With --do the seal of an invalid agreement is withdrawn, a new document is made, and every party
    gets it."""
    os.environ.update(TZ="UTC")  # the worker of documents does the same
    from chalicelib.access.authorization import CLOCK, NotFound
    from chalicelib.cases.casework import Unavailable, Unreadable
    from chalicelib.documents.paperwork import agreement_key_of
    from chalicelib.domain.moves.signing import withdraw_seal
    from chalicelib.domain.reference import shown
    from chalicelib.wiring import product

    # "~" sorts after every key in the folder of this complaint, so the search starts at the next complaint.
    start = f"agreements/{_number(asked.after)}/~" if asked.after else ""
    refs = _once(key.split("/")[1] for key in product.archive.keys("agreements/", start))
    looked, wrong, last = 0, 0, ""
    for last in islice(refs, asked.most):
        try:
            case = product.file.load(last)
            sealed = case.bound and case.bound.sealed
            if not sealed:
                continue
            fault = product.documents.fault(case, product.archive.read(agreement_key_of(case)))
        except NotFound:
            say(f"{shown(last)}: there is no such complaint")
            continue
        except (Unavailable, Unreadable) as error:
            sealed, fault = None, f"could not be read: {type(error).__name__}"
        looked += 1
        if fault:
            wrong += 1
            say(f"{shown(last)}: {fault}")
        if fault and asked.do and sealed:
            product.casework.move(withdraw_seal.__name__, last, CLOCK, {"sha256": sealed.sha256})
    say(f"{looked} looked at, {wrong} wrong.")
    if next(refs, None):
        say(f"There are more: --after {shown(last)}")
    return _closing(wrong, asked.do, "All valid.")


def findable(asked: argparse.Namespace) -> None:
    """Write the keys by which officers find cases, for the cases on which a move was taken on these days.
    Cases of an earlier release have none. It names each day that is done, so that it can go on from there."""
    from chalicelib.aws import rows
    from chalicelib.wiring import product

    day, last, found = asked.since, asked.until or _now().date(), 0
    while day <= last:
        refs = (ref for shard in range(rows.shards()[1]) for ref in product.file.moved_on(day, shard))
        for _, ref in _each(refs, asked.do):
            found += 1
            if asked.do:
                _make_findable(ref)
        say(f"{day}: {found} cases so far")
        day += timedelta(days=1)
    return _closing(found, asked.do, "No case was moved on these days.")


def _make_findable(ref: str) -> None:
    """Write the keys by which officers find a case. A case that is destroyed or unreadable is left alone."""
    from chalicelib.access.authorization import NotFound
    from chalicelib.cases.casework import Unreadable
    from chalicelib.wiring import product

    with suppress(NotFound, Unreadable):
        case = product.file.load(ref)
        if not case.retention.destroyed:
            keys = product.casework.present_keys(product.file.dossier_of(case))
            product.find_rows.add(case, product.casework.find_lookups(case, keys))


def words(asked: argparse.Namespace) -> None:
    """Rebuild the search file of a month from the table, for instance a broken one, or that of a month before
    the search existed. The search finds nothing in this month until it is done."""
    from chalicelib.wiring import product

    if not asked.do:
        say(f"would make the search file of {asked.month:%Y-%m} anew")
    elif not product.word_writer.rebuild(asked.month):
        sys.exit("The function words is writing; try again in some minutes.")
    return _closing(1, asked.do, "")


def _once(found: Iterator[str]) -> Iterator[str]:
    return (name for name, _ in groupby(found))


def _unmetered(record: Any) -> Any:
    """Return the application's watch over the record without metrics, for a check at the terminal."""
    meters = NoMeters()
    casework, lists = (replace(part, meters=meters) for part in (record.casework, record.lists))
    return replace(record, casework=casework, lists=lists)


def _watched(record: Any, shard: int) -> int:
    """Check all cases of a shard, and return how many of them were changed outside the application. `record`
    is the application's watch over the record."""
    return len({*record.watch(shard, lambda: ENDLESS_MS, again=True)})


def figures(asked: argparse.Namespace) -> None:
    """Export the days that are not exported, including those too old for the nightly run, and compute the
    figures again."""
    from chalicelib.wiring import product

    nightly = replace(product.figures, meters=NoMeters())
    if asked.again and asked.again >= _now().date():
        sys.exit(f"{asked.again} is not over (UTC): a day is exported once it is. --today counts this one.")
    days = [asked.again] if asked.again else nightly.missing(asked.since)
    for n, day in enumerate(days, 1):
        if asked.do:
            nightly.export(day)
        say(f"{day} ({n} of {len(days)})")
    if asked.do and (days or not asked.today):
        nightly.reckon()
    if asked.today:
        say("today so far, for the house")
    if asked.today and asked.do:
        nightly.today()
    return _closing(len(days) + asked.today, asked.do, "")


def volumes(asked: argparse.Namespace) -> None:
    """Load the numbers of customers from a file, in place of those that were loaded before. A file with any
    problem is refused as a whole. The page of the numbers shows when and by whom they were loaded."""
    from chalicelib.figures.volumes import LOADED, VOLUMES, WrongVolumes, loaded, read_volumes
    from chalicelib.wiring import product

    try:
        found = read_volumes(asked.file.read_bytes(), product.policy.companies)
    except OSError as error:
        sys.exit(f"{asked.file}: {error.strerror}")
    except WrongVolumes as error:
        sys.exit("\n".join([*error.problems, "Nothing was loaded."]))
    before = json.loads(product.shelf.read(VOLUMES)) if VOLUMES in product.shelf.keys(VOLUMES) else {}
    for part, months in found.items():
        say(f"{part}: {min(months)} to {max(months)}")
    for part in before:
        if left := sorted(before[part].keys() - found.get(part, {}).keys()):
            say(f"{part}: no longer known of {', '.join(left)}")
    if asked.do:
        content = json.dumps(found, ensure_ascii=False).encode()
        note = loaded(content, product.now(), asked.by or getuser(), asked.file.name)
        product.shelf.put(LOADED, note, "application/json")
        product.shelf.put(VOLUMES, content, "application/json")
    return _closing(len(found), asked.do, "")


def signout(asked: argparse.Namespace) -> None:
    """Sign a member of staff out everywhere within a minute: their sessions, their bearer tokens, and their
    account in our own user pool."""
    from chalicelib.web import signin
    from chalicelib.wiring import product

    who = _member(asked.who)
    out = "signed out everywhere" + (" and disabled" if asked.disable else "")
    what = f"{who}, {'let in again' if asked.enable else out}"
    if not asked.do:
        say(f"would do: {what}")
        return _closing(1, False, "")
    if asked.enable:
        product.staff.enable(who)
    else:
        if asked.disable:
            product.staff.disable(who)
        signin.end_all(who)
        if pool := product.setting("STAFF_POOL"):
            cognito = deploy.client("cognito-idp")
            with suppress(cognito.exceptions.UserNotFoundException):  # the account no longer exists
                cognito.admin_user_global_sign_out(UserPoolId=pool, Username=who)
    say(f"done: {what}")
    return _closing(1, True, "")


def sessions(asked: argparse.Namespace) -> None:
    """List the sessions of a member of staff: id, since when, and the family of the browser."""
    from chalicelib.web import signin

    found = signin.sessions(_member(asked.who))
    for held in found:
        say(f"{held.id[:12]}  since {held.kept['since']}  {held.kept['agent']}")
    say(f"{len(found)} sessions." if found else "No sessions.")


def keys(asked: argparse.Namespace) -> None:
    """List the keys of partners, give one, or revoke one. A new key is printed once and stored nowhere."""
    from pydantic import ValidationError

    from chalicelib.domain.model.case import Refusal
    from chalicelib.web import partners
    from chalicelib.web.routes.api import NewKey

    valid = {key["id"]: key for key in partners.valid_keys()}
    if asked.give:
        try:
            wanted = {"channel": asked.channel, "scopes": asked.scopes, "days": asked.days}
            new = NewKey.model_validate_json(json.dumps({"partner": asked.give, **wanted}))
            if not asked.do:
                say(f"would give {new.partner} a key for {new.days} days: {' '.join(new.scopes)}")
            else:
                lasts = timedelta(days=new.days)
                key, kept = partners.give(new.partner, new.channel, new.scopes, lasts, by="")
                say(key)
                valid = {kept["id"]: kept}
        except ValidationError as error:
            sys.exit("; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors()))
        except Refusal:
            sys.exit(f"{asked.give} has two keys already: revoke one first.")
    elif asked.revoke and asked.revoke not in valid:
        sys.exit(f"There is no valid key {asked.revoke}.")
    elif asked.revoke and asked.do:
        partners.revoke(asked.revoke)
    for one in valid.values() if asked.do or not asked.give else ():
        used = f"last used {one['used']}" if one["used"] else "never used"
        if asked.revoke in (None, one["id"]):
            say(f"{one['id']}  {' '.join(one['scopes'])}  {one['channel']}  until {one['until']}  {used}")
    if asked.give or asked.revoke:
        _closing(1, asked.do, "")


def texts(asked: argparse.Namespace) -> None:
    """Print the address to which the gateway of short messages posts its reports and the messages that people
    send back. The address is a secret: with it anybody can write in the name of any number."""
    from chalicelib.wiring import product

    say(f"{product.setting('PUBLIC_URL')}/texts/{product.text_keys[0]}")


def outage(asked: argparse.Namespace) -> None:
    """List the outages, enter an outage of the site or of mail, or correct one. Parties' deadlines during
    which the outage lay end later at once; our own deadlines do not. A correction to a shorter outage brings
    no deadline forward, because a date that a party knows is never made earlier."""
    from chalicelib.cases.casework import WriteConflict
    from chalicelib.domain.outages import Outage, Part
    from chalicelib.wiring import product

    if asked.settle:
        return _settled(asked.do)
    if not (asked.of or asked.correct):
        if asked.since or asked.until:
            sys.exit("Say what did not work with --of, or which outage is corrected with --correct.")
        found, _, doubted = product.outages.listed(_now())
        for one in found:
            say(_told(one))
        if doubted:
            say("The register was changed in the table: no window lapses until you settle it with --settle.")
        return say(f"{len(found)} outages." if found else "No outages.")
    if not (asked.since and asked.until and asked.since < asked.until):
        sys.exit("Say when it began and when it was over, with --from and --to.")
    if asked.until > _now():
        sys.exit("It must be over. Enter what has passed, and correct it when it is over.")
    if asked.until - asked.since > LONGEST_OUTAGE:
        sys.exit(f"It is longer than {LONGEST_OUTAGE.days} days: enter it in parts, if that is true.")
    known = {one.id: one for one in product.outages.listed(_now()).outages}
    if asked.correct and asked.correct not in known:
        sys.exit(f"There is no outage {asked.correct}.")
    new = Outage(Part(asked.of or known[asked.correct].part), asked.since, asked.until, entered=_now())
    if not asked.do:
        say(f"would {'correct' if asked.correct else 'enter'}: {_told(new)}")
        return _closing(1, False, "")
    try:
        if asked.correct:
            new = product.outages.correct(asked.correct, asked.since, asked.until, _now())
        else:
            product.outages.enter(new)
    except WriteConflict:
        sys.exit("It is entered already, or somebody else has just corrected it; look at the list.")
    say(f"{'corrected' if asked.correct else 'entered'}: {_told(new)}")
    say("Within a minute every function knows it.")
    return _closing(1, True, "")


def hold(asked: argparse.Namespace) -> None:
    """Say what the switch of the desk holds and who used it last, hold parts, or release them. Every function
    knows it within ten seconds. The parts that the parameter Hold of the stack holds stay held."""
    from chalicelib.cases.casework import WriteConflict
    from chalicelib.domain.holds import PARTS, next_use
    from chalicelib.domain.model.case import Refusal
    from chalicelib.wiring import product

    if unknown := [part for part in asked.parts if part not in PARTS]:
        sys.exit(f"There is no part {unknown[0]}; the parts are {', '.join(PARTS)}.")
    if not asked.parts:
        for use in reversed(product.holds.uses(10)):
            when = f"{use.at:%Y-%m-%d %H:%M:%S} UTC" if use.at else "unreadable, so everything is held"
            say(f"{when}  {use.who or 'a command'}  held: {', '.join(use.parts) or 'nothing'}  {use.why}")
        say(f"by the switch: {', '.join(product.holds.newest().parts) or 'nothing'}")
        return say(f"by the parameter Hold: {', '.join(sorted(product.held_by_operators)) or 'nothing'}")
    if not asked.why:
        sys.exit("Say why with --why: administrators read it on their page.")
    newest, named = product.holds.newest(), {*asked.parts}
    parts = {*newest.parts} - named if asked.release else {*newest.parts} | named
    try:
        use = next_use(newest, newest.version, parts, _now(), "", asked.why)
        say(f"{'held' if asked.do else 'would be held'} by the switch: {', '.join(use.parts) or 'nothing'}")
        if asked.do:
            product.holds.switch(use)
    except Refusal:
        sys.exit("Nothing would change.")
    except WriteConflict:
        sys.exit("Somebody else has just used the switch; look again.")
    if still := sorted(product.held_by_operators):
        say(f"held by the parameter Hold besides: {', '.join(still)}")
    return _closing(1, asked.do, "")


def restore(asked: argparse.Namespace) -> None:
    """Restore the table of cases to an earlier moment, one step for each run: the same command shows how far
    the restore is, and what its next step would do."""
    from chalicelib.domain.reference import shown
    from chalicelib.wiring import product
    from infra import build, restore as table_restore

    os.environ["HOLD"] = ""  # what is held is for the functions of the stack, not for this command
    product.holds.ignore()

    def verified() -> int:
        record = _unmetered(product.record)
        return sum(_watched(record, shard) for shard in range(record.shards()))

    def astray() -> bool:
        product.outages.listed(_now())
        return product.clockwork.astray()

    parts = table_restore.Product(
        product.archive, product.restoration, verified, astray, shown, lambda: product.holds.newest().parts
    )
    lacking = (lambda: []) if asked.unchecked else (lambda: table_restore.lacking(deploy.client))
    stack = table_restore.Stack(deploy.client, asked.stack)
    tables = table_restore.Tables(deploy.client("dynamodb"))
    try:
        restoring = table_restore.Restore(stack, tables, parts, asked.at, _now, lacking, say)
        (restoring.give_up if asked.give_up else restoring.run)(asked.do)
    except build.Broken as broken:
        sys.exit(str(broken))


def _settled(do: bool) -> None:
    """Repair the register of outages after somebody changed its rows in the table. If `do` is False, only
    print what the repair would do.

    The repair matters because no deadline of a party lapses while the register is in doubt."""
    from chalicelib.cases.casework import WriteConflict
    from chalicelib.wiring import product

    if not product.outages.listed(_now()).doubted:
        return say("The register is whole.")
    lists = product.record.lists
    try:
        gone, back = product.outages.settle(lists.register(_now()), _now(), do)
    except WriteConflict:
        sys.exit("Somebody else wrote meanwhile; look again.")
    if do and (settled := product.outages.snapshot(_now())):
        lists.keep_register(settled, _now())
    for ids, what in ((gone, "not ours, taken out"), (back, "put back as it was listed")):
        for id in ids:
            say(f"{id}: {what if do else f'would be {what}'}")
    say("Enter by hand what is still missing: an outage younger than the last list is not in it.")
    return _closing(1, do, "")


def _told(one: Any) -> str:
    """Return an outage (`one`) as a line of text: its id, its part of the system, its times (UTC), and its
    times before each correction."""
    times = [(one.since, one.until), *((span.since, span.until) for span in reversed(one.before))]
    first, *before = (f"{since:%Y-%m-%d %H:%M:%S} to {until:%Y-%m-%d %H:%M:%S} UTC" for since, until in times)
    return "  ".join([one.id, str(one.part), first, *(f"before: {it}" for it in before)])


def _member(typed: str) -> str:
    """Return a staff member's id at the sign-in provider. `typed` is this id, or an e-mail address on the
    roster or in our own user pool: an administrator may serve in no team. Exits if neither has the address,
    because no one would be signed out."""
    from chalicelib.wiring import product

    roster, _ = product.file.fresh_roster()
    people = (member for team in roster.teams.values() for member in team.people())
    found = next((member.id for member in people if member.email.lower() == typed.lower()), typed)
    if "@" not in found:
        return found
    if pool := product.setting("STAFF_POOL"):
        cognito = deploy.client("cognito-idp")
        with suppress(cognito.exceptions.UserNotFoundException):
            account = cognito.admin_get_user(UserPoolId=pool, Username=typed)
            return next(str(one["Value"]) for one in account["UserAttributes"] if one["Name"] == "sub")
    sys.exit(f"Nobody on the roster or in the user pool has the address {typed}.")


def _messages(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    """Yield the messages of the queue at the address `url`, until the queue is empty. `sqs` is a boto3
    client."""
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=A_SECOND, WaitTimeSeconds=1).get(
        "Messages"
    ):
        yield from found


def _each(found: Any, doing: bool) -> Iterator[tuple[int, Any]]:
    """Yield each item of `found` with its number, from 1. `doing` tells that the caller changes the items and
    does not only list them; then there is a pause of a second after every `A_SECOND` items."""
    left = enumerate(found, 1)
    while batch := list(islice(left, A_SECOND)):
        yield from batch
        if doing and len(batch) == A_SECOND:
            time.sleep(1)


def _closing(n: int, done: bool, nothing: str) -> None:
    say(nothing if not n else "Done." if done else "Nothing was done. With --do it is.")


def _line(one: Any) -> str:
    from chalicelib.domain.reference import shown

    kind = {"CASE": "case", "LETTER": "letter", "POST": "letter to several"}.get(one.due.kind, one.due.kind)
    # A letter to staff may belong to no case. Its reference is then a key, which is printed unchanged.
    number = shown(one.due.ref) if one.due.ref.isdecimal() else one.due.ref
    return "  ".join(
        filter(None, [number, kind, one.letter, one.due.id, f"since {one.due.at:%Y-%m-%d %H:%M} UTC"])
    )


def _number(typed: str) -> str:
    """Return a complaint's number in the form in which it is stored. `typed` is returned unchanged if it is
    no such number."""
    from chalicelib.domain.reference import read

    return read(typed) or typed


def _now() -> datetime:
    """Return the present moment (UTC) by the application's own clock."""
    from chalicelib.wiring import product

    return product.now().astimezone(UTC)


if __name__ == "__main__":
    main()
