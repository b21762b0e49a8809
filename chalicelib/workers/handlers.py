"""The functions that schedules and queues start, which is everything except the site. No page or route is
imported here, so that they start faster."""

import gc
from contextlib import suppress
from typing import Any

from chalice import Blueprint, Rate
from chalice.app import CloudWatchEvent, SQSEvent

from chalicelib import logs
from chalicelib.wiring import product
from chalicelib.workers.batch import do_asked, do_each, do_scheduled

logs.set_up()  # the site imports this module too
gc.freeze()  # objects made until now live on: the garbage collector need not check them
gc.set_threshold(100_000)  # the start is over
with suppress(ImportError):  # only Lambda has this module, with Python 3.12 or later
    from snapshot_restore_py import register_after_restore

    register_after_restore(product.restored)
woken = Blueprint(__name__)


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def clock(event: CloudWatchEvent) -> None:
    """Each minute: ask a worker to handle each shard with due cases or letters."""
    do_scheduled(event, lambda left: product.clockwork.tick())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def cover(event: CloudWatchEvent) -> None:
    """Each hour: report the roles that will be empty within 48 hours, and the mediators whose qualification
    ends soon. Bring to the clock the cases that wait for an owner. Report how much of the daily quota of mail
    is used."""
    do_scheduled(event, lambda left: product.look_ahead())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def record(event: CloudWatchEvent) -> None:
    """Each hour: ask for the check of the record of every shard."""
    do_scheduled(event, lambda left: product.record.hour())


@woken.schedule(Rate(1, unit=Rate.HOURS))
def night(event: CloudWatchEvent) -> None:
    """Each hour: export every finished day (UTC) that is not exported yet, and compute the figures. Then
    replay complaints under the proposals of other lengths. A run without time left is continued by the
    next."""
    do_scheduled(event, product.nightly)


@woken.schedule(Rate(10, unit=Rate.MINUTES))
def words(event: CloudWatchEvent) -> None:
    """Every ten minutes: add the words of new entries to the search files, and take destroyed words out."""
    do_scheduled(event, product.word_writer.run)


@woken.lambda_function()
def seek(event: dict[str, Any], context: Any) -> Any:
    """Search one month's words for the site, which waits for the answer."""
    return do_asked(event, context, product.seek)


@woken.schedule(Rate(1, unit=Rate.HOURS))
def destroy(event: CloudWatchEvent) -> None:
    """Each hour: destroy the personal data that are due, and decide for cases whose retention is over."""
    do_scheduled(event, product.destruction.hour)


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def accounts(event: CloudWatchEvent) -> None:
    """Each minute: disable the members of staff whose account the identity provider has disabled or removed.
    One run checks twice."""
    do_scheduled(event, lambda left: product.watch_accounts())


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def hooks(event: CloudWatchEvent) -> None:
    """Each minute: send the webhooks that are due to the endpoints of partners."""
    do_scheduled(event, product.webhooks.run)


@woken.schedule(Rate(1, unit=Rate.MINUTES))
def fetch(event: CloudWatchEvent) -> None:
    """Each minute: fetch the mails that wait in the mailbox, if this deployment has one."""
    do_scheduled(event, product.fetch_mails)


@woken.on_sqs_message(queue="redress-clock", batch_size=1)
def walk(event: SQSEvent) -> dict[str, Any]:
    """Handle the due cases of a shard, the longest due first."""
    return do_each(event, lambda task, left: product.clockwork.walk(task["shard"], left))


@woken.on_sqs_message(queue="redress-record", batch_size=1)
def watch(event: SQSEvent) -> dict[str, Any]:
    """Compare the heads of the cases of a shard with the signed lists, and check these cases."""
    return do_each(
        event, lambda task, left: product.record.watch(task["shard"], left, task.get("rest", False))
    )


@woken.on_sqs_message(queue="redress-post", batch_size=1)
def post(event: SQSEvent) -> dict[str, Any]:
    """Send the due letters of a shard, the urgent ones first."""
    return do_each(event, lambda task, left: product.clockwork.walk_letters(task["shard"], left))


@woken.on_sqs_message(queue="redress-letters", batch_size=10)
def letters(event: SQSEvent) -> dict[str, Any]:
    """Send the letters of a move that was just saved, an access link again, or the survey about the
    process."""
    return do_each(event, product.letters_asked)


@woken.on_sqs_message(queue="redress-post-events", batch_size=10)
def post_events(event: SQSEvent) -> dict[str, Any]:
    """Record what the mail provider reports on letters: that a letter was sent, has bounced, or was marked as
    spam."""
    return do_each(event, lambda task, left: product.provider_says(task))


@woken.on_sqs_message(queue="redress-documents", batch_size=1)
def documents(event: SQSEvent) -> dict[str, Any]:
    """Make a document. For an agreement in force, make, seal and store its documents. If somebody asked for a
    copy of a complaint or report, make that copy."""
    return do_each(event, lambda task, left: product.documents.make(task["ref"], task.get("copy", "")))


@woken.on_sqs_message(queue="redress-mails", batch_size=1)
def mails(event: SQSEvent) -> dict[str, Any]:
    """Take a mail that arrived."""
    return do_each(event, lambda task, left: product.mail_arrived(task))


@woken.on_sqs_message(queue="redress-files", batch_size=1)
def files(event: SQSEvent) -> dict[str, Any]:
    """Check evidence files that have arrived."""
    return do_each(event, product.store_says)
