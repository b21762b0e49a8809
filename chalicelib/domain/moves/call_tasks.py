"""Call tasks. A call task means that a letter did not reach a person, so staff read the letter out on the
phone, or post it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Annotated, Any

from chalicelib.domain.calendar import day_end, instant, published, stamp
from chalicelib.domain.engine.declare import OFTEN, Done, move
from chalicelib.domain.engine.letters_owed import delivered, left
from chalicelib.domain.engine.overtaken import Unsent, overtaken, waiting_calls
from chalicelib.domain.engine.permission import NEUTRAL
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if, required
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.model.codes import ANY, Role as R, Side, Undelivered, Way
from chalicelib.domain.model.field_marks import (
    RARE,
    Choice,
    Future,
    Given,
    Names,
    PartyId,
    Personal,
    ShownTexts,
    Text,
    YesNo,
)
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.dispute import of_the_talks
from chalicelib.domain.moves.parties import People
from chalicelib.domain.phone_hours import MONDAY, SUNDAY, PhoneHours, edges, is_open

TRIED = 3
"""How many days with calls in vain are needed before staff post the letter."""
BY_POST = timedelta(days=7)
"""A posted letter counts as arrived after this time, or earlier if its receipt was signed."""
TOLD_BY = (Way.PHONE, Way.POST, Way.COUNTER)
"""The ways in which staff tell a letter."""
READ = "read_text"
"""The field of an entry's words that holds the text that was read out or posted."""
SHOWN_FOR = timedelta(days=1)
"""How long the text that a page showed can be read out before its call is recorded."""
USUAL_HOURS = tuple(PhoneHours(day, time(9), time(18)) for day in range(MONDAY, SUNDAY + 1))
"""When staff call people if their team has no telephone hours."""
LOOKED_AHEAD = timedelta(days=14)
"""How far ahead the next telephone hours are looked for. No team is closed for longer."""
DIGITS = 16
"""The number of characters of a digest by which a page names a text that it shows."""


def shown_text(text: str, now: datetime) -> str:
    """Return what the form of `record_telling` posts about a text that its page shows: the moment `now` (UTC)
    at which the page was made, and a short digest of the text."""
    return f"{stamp(now)}/{sha256(text.encode()).hexdigest()[:DIGITS]}"


@fills(READ)
def _read_text(server: Server, wanted: FactContext) -> str | None:
    """Return the text of the letter of the call task that the request names, as the page of the form showed
    it. Return None for a call that failed, and for an unknown call task."""
    if not wanted.body.get("told"):
        return None
    return server.read_out(wanted.case, wanted.body["telling"], _shown_at(wanted.body, wanted.at))


def _shown_at(body: Mapping[str, Any], now: datetime) -> datetime:
    """Return when the page of a form showed its texts (UTC). Return `now` for a form without texts, and for a
    page that is too old."""
    try:
        at = instant(str(next(iter(body.get("on_page") or ()), "")).partition("/")[0])
    except ValueError:
        return now
    return at if now - SHOWN_FOR <= at <= now else now


@move(
    at=ANY,
    by=R.INTAKE | R.INVESTIGATOR | R.LEAD | R.SAFETY | R.NEGOTIATOR | R.FOLLOWUP,
    fits=waiting_calls,
    handles=False,
    reads_talks=lambda case: (
        "told_in_confidence"
        if (calls := waiting_calls(case)) and all(of_the_talks(case, t.letter, t.since) for t in calls)
        else ""
    ),
    kept=OFTEN,
    even=("recused",),
    answers=("telling",),
    shortcut="c",
)
def record_telling(
    case: Case,
    act: Act,
    *,
    telling: Annotated[str, Names("telling")],
    how: Annotated[Way, Choice(lambda case, _: TOLD_BY)],
    told: YesNo,
    said: Text,
    signed: Annotated[YesNo, RARE] = False,
    call_at: Annotated[datetime | None, Future()] = None,
    on_page: Annotated[ShownTexts, Personal()] = (),
    read_text: Annotated[str | None, Given()] = None,
    people: People,
) -> Case | Done:
    """Record a call about a letter. `telling` is the id of the call task, `how` the way in which the person
    was reached, and `said` what was read out. `told` means that the person now has the letter, so its time
    limit starts. Without `told` the failed call is recorded. A call needs a number on record, and a posted
    letter needs a postal address on record.

    `call_at` is when a person who answered asked to be called. Such a call does not count as failed.

    A failed call, and a `call_at`, hold for every letter that is to be read out to this person, so that
    nobody calls them again at once.

    After calls on three days without an answer the letter is posted. A posted letter has arrived when its
    receipt is `signed`, or after seven days. If there is no postal address, the letter waits, and staff look
    for an address every 30 days. Meanwhile only the time limit of this letter stops.

    A letter that is no longer true is not read out. To record this ends its call task.

    A reminder counts as read out if neither telephone nor post reaches the person, because the letter of
    which it reminds has reached them before.

    Only a neutral officer who may know what was said in the talks may read out a letter about the talks.

    `on_page` names the texts that the page of the form showed, see `shown_text`. The text of the letter is
    stored with the entry, as `read_text`. Raises Refusal `other_text` if the letter has another text now."""
    found = required(
        next((t for t in case.tellings if t.id == telling), None), "telling_unknown", field="telling"
    )
    confided = of_the_talks(case, found.letter, found.since)
    refuse_if(confided and ("deaf" in act.limits or act.role not in NEUTRAL), "told_in_confidence")
    if not told and overtaken(
        case, Unsent(found.id, found.letter, f"party:{found.party}", found.since), act.now
    ):
        return replace(case, tellings=tuple(t for t in case.tellings if t is not found))
    person = people.get(found.party, {})
    refuse_if(how not in TOLD_BY, "told_otherwise", field="how")
    refuse_if(signed and not (told and how == Way.POST), "signed_not_posted", field="signed")
    refuse_if(how == Way.PHONE and not person.get("phone"), "phone_not_on_record", field="how")
    refuse_if(told and how == Way.POST and not person.get("address"), "address_not_on_record", field="how")
    refuse_if(
        read_text is not None
        and on_page
        and shown_text(read_text, _shown_at({"on_page": on_page}, act.now)) not in on_page,
        "other_text",
        field="telling",
    )
    words = {READ: read_text} if read_text else {}
    if not told and call_at and how == Way.PHONE:
        return replace(
            case,
            tellings=tuple(
                replace(t, call_at=call_at) if t is found or _read_with(t, found) else t
                for t in case.tellings
            ),
        )
    if not told:
        tried = _tried(found, act, how, callable=bool(person.get("phone")))
        if tried.nowhere and letter_of(found.letter).reminds:
            rest = tuple(t for t in case.tellings if t is not found)
            return delivered(replace(case, tellings=rest), found.letter, act.now)
        return replace(
            case,
            tellings=tuple(
                tried
                if t is found
                else after_vain_call(t, act.now)
                if how == Way.PHONE and _read_with(t, found)
                else t
                for t in case.tellings
            ),
        )
    newer = case.tellings[case.tellings.index(found) + 1 :]
    case = replace(case, tellings=tuple(t for t in case.tellings if t.id != telling))
    # a newer letter of the same kind must still be read out to this person, and only the newer letter starts
    # the time limit
    if any((t.letter, t.party) == (found.letter, found.party) for t in newer):
        return Done(case, words=words)
    at = act.now + BY_POST if how == Way.POST and not signed else act.now
    if how == Way.PHONE:
        case = case.with_party(replace(case.party(found.party), phone_confirmed=True))
    return Done(delivered(case, found.letter, at), words=words)


def _read_with(other: CallTask, telling: CallTask) -> bool:
    """Return whether the letter of `other` can be read out in the same call as that of `telling`."""
    return other.party == telling.party and len(other.tries) < TRIED


def _tried(telling: CallTask, act: Act, how: Way, *, callable: bool) -> CallTask:
    """Return the call task after a failed call; the time of the call is added. With `how` post, the letter
    cannot be posted, so the task goes on waiting. Raises Refusal `try_first` for post before calls on three
    days, if the person has a number on record (`callable`)."""
    tried = len(telling.tries) >= TRIED or not callable
    refuse_if(how == Way.POST and not tried, "try_first", field="how", days=TRIED)
    if how == Way.POST:
        return replace(telling, nowhere=act.now)
    return after_vain_call(telling, act.now)


def after_vain_call(telling: CallTask, now: datetime) -> CallTask:
    """Return the call task after a call at `now` (UTC) that nobody answered. A second call on a day replaces
    the first."""
    other_days = (at for at in telling.tries if published().day_of(at) != published().day_of(now))
    return replace(telling, tries=(*tuple(other_days)[-TRIED + 1 :], now), nowhere=None, call_at=None)


def next_try(telling: CallTask, hours: Iterable[PhoneHours], now: datetime) -> datetime:
    """Return when staff call for this call task next (UTC); `now` if they can call at once. A person is
    called at the time that they asked for, and otherwise once a day. Calls are made in the telephone `hours`
    of the team, or from 09:00 to 18:00 if it has none."""
    open_hours = tuple(hours) or USUAL_HOURS
    first = now
    if telling.call_at and telling.call_at > now:
        return telling.call_at
    if not telling.call_at and any(published().day_of(at) == published().day_of(now) for at in telling.tries):
        first = day_end(published().day_of(now))
    if is_open(open_hours, first):
        return first
    ahead = sorted(edges(open_hours, first, first + LOOKED_AHEAD))
    return next((at for at in ahead if is_open(open_hours, at)), first)


def by_post(case: Case, telling: CallTask) -> bool:
    """Return whether the letter of a call task is to be posted: the party chose to get letters by post, or
    calls have failed."""
    return case.party(telling.party).way == Way.POST or to_post(telling)


def to_post(telling: CallTask) -> bool:
    """Return whether the letter of this call task must be posted now. Calls on the required number of days
    must have failed, and nobody has recorded that there is no postal address."""
    return len(telling.tries) >= TRIED and telling.nowhere is None


@move(at=ANY, by=R.CLOCK, tells="undelivered → owner")
def letter_failed(
    case: Case,
    act: Act,
    *,
    letter: Annotated[str, Names("letter")],
    id: str,
    party: PartyId,
    why: Undelivered,
) -> Case:
    """Record that a letter did not arrive, and create a call task for it. `id` is the id of the letter. The
    time limit of this letter stops. If the person has left the case, the call task is for their successor or
    the person they represented.

    A letter that is no longer true needs no call task."""
    over = overtaken(case, Unsent(id, letter, f"party:{party}"))
    refuse_if(over or any(t.id == id for t in case.tellings), "telling_unknown")
    hears = _instead(case, party)
    if hears is None:
        return case
    return replace(
        delivered(case, letter, None), tellings=(*case.tellings, CallTask(id, letter, hears, act.now))
    )


@move(at=ANY, by=R.CLOCK)
def letter_late(
    case: Case, act: Act, *, letter: Annotated[str, Names("letter")], id: str, since: datetime, at: datetime
) -> Case:
    """Record that a letter left more than an hour after its move. `since` is when the letter was written, and
    `at` when it left. A time limit that the letter starts runs from `at`. A time limit that the letter
    reminds of ends later, as the letter says. Nobody needs to read the letter out."""
    after = left(case, letter, id, since, at)
    refuse_if(after == case, "telling_unknown")
    return after


def _instead(case: Case, id: str) -> str | None:
    """Return the id of the person who now gets the letters of the person `id`. This is `id`, unless they have
    left the case. Then it is the company's new representative, or the person that they represented. Return
    None if nobody gets their letters."""
    gone = next((p for p in case.parties if p.id == id and p.left), None)
    if gone is None:
        return id
    if gone.side == Side.BUSINESS:
        return case.business.id if case.business else None
    return _instead(case, gone.represents) if gone.represents else None
