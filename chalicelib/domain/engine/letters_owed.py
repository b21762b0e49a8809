"""The letters that a move owes: who gets them and how. One row holds a letter for all its recipients. For a
letter that cannot leave by itself, staff get a task to call. A window starts with the letter that opens
it."""

from datetime import datetime

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import Done
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Party
from chalicelib.domain.model.case_records import MEDIATOR, Approval, CallTask
from chalicelib.domain.model.change import Addressee, Post
from chalicelib.domain.model.codes import AT_TABLE, AUTOMATIC, Role, Side, Stage, Way
from chalicelib.domain.model.letters import key_of, letter_key, letter_of
from chalicelib.domain.outages import LATE
from chalicelib.domain.policy import policy

HOLDERS = {
    Stage.RECEIVED: Role.INTAKE,
    Stage.DECLINED: Role.INTAKE,
    Stage.UNDER_RECONSIDERATION: Role.CHAIR,
    Stage.NEGOTIATING: Role.NEGOTIATOR,
    Stage.PERFORMING: Role.FOLLOWUP,
    Stage.BREACHED: Role.FOLLOWUP,
}
"""For each stage, the role that holds a case without a named owner. In all other stages the lead holds the
case until it is assigned."""


def asker_of(approval: Approval) -> str:
    """Return the recipient of a letter to the person who asked for a second person's confirmation, as letters
    name recipients."""
    return "business" if approval.role == Role.BUSINESS_REP.code else f"staff:{approval.by}"


def to_both_sides(letter: str) -> tuple[tuple[str, str], ...]:
    """Return the letters that tell both sides, as pairs of letter and recipient. `letter` is the name of the
    letter."""
    return ((letter, "consumer"), (f"{letter}#{Side.BUSINESS}", "business"))


def to_all(letter: str) -> tuple[tuple[str, str], ...]:
    """Return the letters that tell both sides and the mediator, as pairs of letter and recipient. Without a
    mediator, the last pair reaches nobody."""
    return (*to_both_sides(letter), (letter, MEDIATOR))


def to_mediator(case: Case, letter: str) -> tuple[tuple[str, str], ...]:
    """Return the letter to the appointed or invited mediator, as pairs of letter and recipient; empty without
    a mediator. It is for a mediation that ends for a reason outside the talks."""
    return ((letter, MEDIATOR),) if case.stage in AT_TABLE and case.mediator else ()


def owe(case: Case, act: Act, done: Done, entry: int) -> tuple[Case, tuple[Post, ...]]:
    """Return the case after a move, and the letters that the move owes. Each letter is one post for all its
    recipients.

    `done`: the result of the move, with the letters to send. `entry`: the number of the move's timeline
    entry. For a letter that cannot leave by itself, the case gets a call task. A window starts with the
    letter that opens it. Staff and parties get separate posts of the same letter, since `Case.told` records
    only the delivery to parties.
    """
    owed: dict[tuple[str, bool], dict[str, Addressee]] = {}
    before = {letter_of(key).name for key in case.told}
    for said, to in done.tells:
        letter = letter_of(said)
        for one in _recipients(case, to, act):
            if (
                letter.repeats in before
                and one.way in AUTOMATIC
                and one.whose
                and not (one.way == Way.EMAIL and case.party(one.to[6:]).confirmed)
            ):
                one = one._replace(way="page")
            if one.way in AUTOMATIC | {"page"} or not letter.leaves_alone:
                owed.setdefault((said, one.to.startswith("party:")), {}).setdefault(one.to, one)
    posts: list[Post] = []
    for (said, outside), found in owed.items():
        name, about, _ = key_of(said)
        each = outside and len(found) > 1
        audience = tuple(
            one._replace(key=letter_key(name, about, one.to[6:] if each else "")) for one in found.values()
        )
        n = done.said_in if done.said_in and name != "approval_decided" else entry
        waits = done.reaches.leaves if outside and done.reaches else act.now
        facts = {"about": about} if about else {}
        id = f"{act.id}.{len(posts)}"
        posts.append(Post(id, name, n, audience, facts, waits if waits > act.now else None))
        if outside:
            case = _told(case, said, posts[-1], act)
    return case, tuple(posts)


def _told(case: Case, said: str, post: Post, act: Act) -> Case:
    """Return the case with the letter `said` of `post` recorded as delivered. For a recipient who must be
    called, add a call task, and record the letter as undelivered."""
    # A letter that an anonymous caller fetches counts as delivered at once. Otherwise no deadline would run,
    # and the clock would never look at the case.
    rest = {key: at for key, at in case.told.items() if key_of(key).topic != said}
    opened = {**case.posted, said: post.id} if letter_of(post.name).of_window else case.posted
    case = delivered(replace(case, told=rest, posted=opened), said, act.now)
    for letter in post.letters:
        if letter.way == "telling":
            case = delivered(case, letter.key, None)
            older = (letter.key, letter.to[6:])
            # Drop the task for an older letter with this key: the newer letter says all that it said.
            rest_ = tuple(t for t in case.tellings if (t.letter, t.party) != older)
            case = replace(case, tellings=(*rest_, CallTask(letter.id, letter.key, letter.to[6:], act.now)))
    return case


def delivered(case: Case, letter: str, at: datetime | None) -> Case:
    """Return the case with a party's letter recorded as delivered at `at`. `letter` is its key. With None as
    `at`, the letter counts as undelivered, so a window that depends on it stops."""
    return replace(case, told={**case.told, letter: at})


def delivered_late(case: Case, letter: str, since: datetime) -> bool:
    """Return whether a letter that was owed at `since` reached its recipient by a call, or left late. Its
    window then runs from that moment. `letter` is its key."""
    told = case.told.get(letter)
    return told is not None and (bool(key_of(letter).person) or told != since)


def left(case: Case, letter: str, id: str, since: datetime, at: datetime) -> Case:
    """Return the case after a letter that was owed at `since` left at `at`. `letter` is the key of the
    letter, `id` its id.

    The call task for this letter ends. If it left late, the window that it opens runs from `at`, and a window
    that it reminds of lapses later. If staff told its content by telephone meanwhile, that delivery counts.
    """
    name = key_of(letter).topic
    told = case.told.get(letter, case.told.get(name))
    waits = any(telling.id == id for telling in case.tellings)
    begins = letter_of(name).of_window and (told is None or at - told > LATE)
    if name not in case.told or delivered_late(case, letter, since) or not (waits or begins):
        return case
    rest = tuple(telling for telling in case.tellings if telling.id != id)
    return delivered(replace(case, tellings=rest), letter if waits or told is None else name, at)


def _recipients(case: Case, to: str, act: Act) -> list[Addressee]:
    ways = {**{way: way.value for way in AUTOMATIC}, Way.NONE: "fetch"}

    def sent(party: Party, whose: Party) -> Addressee:
        way = "telling" if party.held_back else ways.get(party.way, "telling")
        return Addressee(f"party:{party.id}", way, whose=whose.id)

    # "consumer" is every complainant, "for:<id>" one of them. Their representatives may receive the letter.
    if to == "consumer" or to.startswith("for:"):
        today = published().day_of(act.now)
        people = case.consumers if to == "consumer" else (case.party(to[4:]),)
        return [sent(speaker, party) for party in people for speaker in case.speakers(party, today)]
    if to.startswith("party:"):
        party = case.party(to[6:])
        return [sent(party, party)]
    # "email:<id>" or "sms:<id>" sends the letter that way, whatever way the party has chosen.
    if (way := to.partition(":")[0]) in AUTOMATIC:
        id = to.partition(":")[2]
        return [Addressee(f"party:{id}", way, whose=id)]
    # Without a representative of the company nobody gets the letter. One named later sees it on their page.
    if to == "business":
        return [sent(case.business, case.business)] if case.business else []
    if to == MEDIATOR:
        return [Addressee(f"staff:{case.mediator}")] if case.mediator else []
    if to == "owner":
        who = case.chair or case.handler
        return [Addressee(f"staff:{who}" if who else f"role:{holding_role(case).code}")]
    return [Addressee(to)]


def holding_role(case: Case) -> Role:
    """Return the role that holds a case without a named owner. Before a panel is appointed, it is the role
    that appoints the panel."""
    if case.place == Stage.UNDER_RECONSIDERATION and not case.chair:
        return appoints(case)
    if case.stage == Stage.CLOSED and case.open_obligations:
        return Role.FOLLOWUP
    return HOLDERS.get(case.place, Role.LEAD)


def appoints(case: Case) -> Role:
    """Return the role that first gets a request for reconsideration as a task. It is the executive if the
    policy has a higher office decide, else the supervisor, who appoints a panel."""
    return Role.EXECUTIVE if policy(case.policy).higher_office else Role.SUPERVISOR
