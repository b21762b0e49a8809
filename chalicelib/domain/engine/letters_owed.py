"""The letters that a move owes: their recipients and their ways, one row a letter for all its recipients. A
letter that cannot go by itself opens a call task. A window starts with the letter that opens it."""

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
"""The role that holds a case without a named owner, by stage. In all other stages the lead holds it until it
is assigned."""


def asker_of(approval: Approval) -> str:
    """Return the recipient of a letter to the person who asked for a second person's confirmation."""
    return "business" if approval.role == Role.BUSINESS_REP.code else f"staff:{approval.by}"


def both(letter: str) -> tuple[tuple[str, str], ...]:
    """Return a letter to both sides."""
    return ((letter, "consumer"), (f"{letter}#{Side.BUSINESS}", "business"))


def to_all(letter: str) -> tuple[tuple[str, str], ...]:
    """Return a letter to both sides and to the mediator, if there is one."""
    return (*both(letter), (letter, MEDIATOR))


def to_mediator(case: Case, letter: str) -> tuple[tuple[str, str], ...]:
    """Return a letter to the mediator, appointed or invited, for an end of the mediation that comes from
    outside the talks."""
    return ((letter, MEDIATOR),) if case.stage in AT_TABLE and case.mediator else ()


def owe(case: Case, act: Act, done: Done, entry: int) -> tuple[Case, tuple[Post, ...]]:
    """Return the case and the letters that a move owes, each letter once for all its recipients.

    A letter that cannot go by itself opens a call task. A window starts with the letter that opens it. A
    letter is named "letter" or, where several of a name run side by side, "letter#what it is about". Letters
    to staff and letters to parties are two posts, since only a party's letter has a name in `Case.told`.
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
    """Record a letter that goes at once as delivered. For each recipient who must be called, open a call task
    and leave the delivery open."""
    # An anonymous caller fetches the letter, so it counts as delivered. Otherwise no deadline would run, and
    # the clock would never look at the case.
    rest = {key: at for key, at in case.told.items() if key_of(key).topic != said}
    opened = {**case.posted, said: post.id} if letter_of(post.name).of_window else case.posted
    case = delivered(replace(case, told=rest, posted=opened), said, act.now)
    for letter in post.letters:
        if letter.way == "telling":
            case = delivered(case, letter.key, None)
            older = (letter.key, letter.to[6:])
            # The newer letter says what the older one said.
            rest_ = tuple(t for t in case.tellings if (t.letter, t.party) != older)
            case = replace(case, tellings=(*rest_, CallTask(letter.id, letter.key, letter.to[6:], act.now)))
    return case


def delivered(case: Case, letter: str, at: datetime | None) -> Case:
    """Record when a party's letter reached them; None stops the window that began with it."""
    return replace(case, told={**case.told, letter: at})


def delivered_late(case: Case, letter: str, since: datetime) -> bool:
    """Return whether a letter owed at `since` was delivered by a call, or left late. Its window runs from
    then."""
    told = case.told.get(letter)
    return told is not None and (bool(key_of(letter).person) or told != since)


def left(case: Case, letter: str, id: str, since: datetime, at: datetime) -> Case:
    """Return the case after a letter owed at `since` left `at`.

    The call task for the letter ends. If the letter left late, its window runs from `at`, and a lapse that it
    reminds of waits. A delivery by a call in the meantime takes precedence.
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

    # Every complainant, or one of them: each letter goes to the people who receive letters for them.
    if to == "consumer" or to.startswith("for:"):
        today = published().day_of(act.now)
        people = case.consumers if to == "consumer" else (case.party(to[4:]),)
        return [sent(speaker, party) for party in people for speaker in case.speakers(party, today)]
    if to.startswith("party:"):
        party = case.party(to[6:])
        return [sent(party, party)]
    # A named way takes precedence over the party's usual way.
    if (way := to.partition(":")[0]) in AUTOMATIC:
        id = to.partition(":")[2]
        return [Addressee(f"party:{id}", way, whose=id)]
    # The company may not have named a representative yet. A later one sees every letter on their page.
    if to == "business":
        return [sent(case.business, case.business)] if case.business else []
    if to == MEDIATOR:
        return [Addressee(f"staff:{case.mediator}")] if case.mediator else []
    if to == "owner":
        who = case.chair or case.handler
        return [Addressee(f"staff:{who}" if who else f"role:{holder(case).code}")]
    return [Addressee(to)]


def holder(case: Case) -> Role:
    """Return the role that holds a case without a named owner. Before a panel is appointed, that is the role
    that appoints it."""
    if case.place == Stage.UNDER_RECONSIDERATION and not case.chair:
        return appoints(case)
    if case.stage == Stage.CLOSED and case.open_obligations:
        return Role.FOLLOWUP
    return HOLDERS.get(case.place, Role.LEAD)


def appoints(case: Case) -> Role:
    """Return the role that gets the task of a request for reconsideration first: to appoint a panel, or to
    decide as the higher office."""
    return Role.EXECUTIVE if policy(case.policy).higher_office else Role.SUPERVISOR
