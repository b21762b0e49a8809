"""The letters that a move owes: who gets them, and in what way. A letter is stored in one row for all its
recipients. If a letter cannot leave by itself, staff get a call task."""

from datetime import datetime

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import Done
from chalicelib.domain.engine.lateness import announced_to, missed_duties
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, Approval, CallTask
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
"""The role that works on a case that has no owner, by the stage of the case. In any other stage, the team
lead works on it until it has an owner."""
REPRESENTED = "represented"
"""The recipient code of a letter that also goes to the represented complainants themselves."""


def asker_of(approval: Approval) -> str:
    """Return the recipient of letters about `approval`: the person who requested the move. The result is
    "business" or "staff:<id>"."""
    return "business" if approval.role == Role.BUSINESS_REP.code else f"staff:{approval.by}"


def to_both_sides(letter: str) -> tuple[tuple[str, str], ...]:
    """Return the letters that tell the consumer and the company, as pairs of letter and recipient. `letter`:
    the name of the letter."""
    return ((letter, "consumer"), (f"{letter}#{Side.BUSINESS}", "business"))


def to_all(letter: str) -> tuple[tuple[str, str], ...]:
    """Return the letters that tell the consumer, the company and the mediator, as pairs of letter and
    recipient. If the case has no mediator, the pair for the mediator sends nothing."""
    return (*to_both_sides(letter), (letter, MEDIATOR))


def to_whom(letter: str, whom: str) -> tuple[str, str]:
    """Return the letter to some of the parties, as a pair of letter key and recipient. `letter`: the name of
    the letter. `whom`: "business", the id of a complainant, or "" for every complainant."""
    to = BUSINESS if whom == BUSINESS else f"for:{whom}" if whom else "consumer"
    return letter_key(letter, whom), to


def to_mediator(case: Case, letter: str) -> tuple[tuple[str, str], ...]:
    """Return the letter to the mediator, as a tuple with one pair of letter and recipient. The mediator may
    have accepted or only be invited. Return () without a mediator or outside the talks. It is used when a
    mediation ends because the whole case ends."""
    return ((letter, MEDIATOR),) if case.stage in AT_TABLE and case.mediator else ()


def to_the_person(case: Case, act: Act, done: Done, entry: int) -> tuple[tuple[str, str], ...]:
    """Return the letter that tells a represented complainant what their representative did for them, as a
    tuple with one pair of letter and recipient. Return () for any other actor, for a person who has left the
    case, and if another letter of the move tells the person. `entry`: the number of the move's entry."""
    person = case.party(act.who).represents if act.role is Role.REPRESENTATIVE else None
    if not person or case.party(person).left or any(to == REPRESENTED for _, to in done.tells):
        return ()
    return ((letter_key("acted_for", str(entry)), f"party:{person}"),)


def owe(case: Case, act: Act, done: Done, entry: int) -> tuple[Case, tuple[Post, ...]]:
    """Return the case after a move, and the letters that the move owes. Each letter is one `Post` for all its
    recipients. `done`: the result of the move, with the letters to send. `entry`: the number of the move's
    timeline entry.

    The case records when parties get the letters, because windows begin with their delivery. If a letter
    cannot leave by itself, the case gets a call task. Staff and parties get separate posts of the same
    letter, because `Case.told` records only the delivery to parties.
    """
    owed: dict[tuple[str, bool], dict[str, Addressee]] = {}
    for said, to in done.tells:
        letter, repeated = letter_of(said), _repeated(case, said)
        for one in _recipients(case, to, act):
            if (
                repeated
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


def _repeated(case: Case, said: str) -> bool:
    """Return whether the letter with the key `said` says the same as an earlier letter to the same people. A
    letter without a subject went to every complainant, but not to the company. An apology says something new
    if another duty was missed since the last one."""
    letter, about = letter_of(said), key_of(said).about
    topics = {
        letter_key(letter.repeats, about),
        letter_key(letter.repeats, about if about == BUSINESS else ""),
    }
    told = [at for topic in topics for at in case.reached.get(topic, ())]
    if not letter.apology:
        return bool(told)
    last = max((at for at in told if at), default=None)
    since = (run.due for run in missed_duties(case) if about in announced_to(case, run))
    return last is not None and all(due is None or due <= last for due in since)


def _told(case: Case, said: str, post: Post, act: Act) -> Case:
    """Return the case after the letter with the key `said` was owed to parties, with the recipients in
    `post`. The letter counts as delivered now. For a recipient whom staff must call, it counts as
    undelivered, and the case gets a call task."""
    # An anonymous caller's letter counts as delivered at once: otherwise no deadline of the case would run.
    rest = {key: at for key, at in case.told.items() if key_of(key).topic != said}
    opened = {**case.posted, said: post.id} if letter_of(post.name).of_window else case.posted
    case = delivered(replace(case, told=rest, posted=opened), said, act.now)
    for letter in post.letters:
        if letter.way == "telling":
            case = delivered(case, letter.key, None)
            older = (letter.key, letter.to[6:])
            # Drop the call task for an older letter with this key: the newer letter repeats its content.
            rest_ = tuple(t for t in case.tellings if (t.letter, t.party) != older)
            case = replace(case, tellings=(*rest_, CallTask(letter.id, letter.key, letter.to[6:], act.now)))
    return case


def delivered(case: Case, letter: str, at: datetime | None) -> Case:
    """Return the case with a letter recorded as delivered at the moment `at` (UTC). `letter`: the key of the
    letter. If `at` is None, the letter counts as undelivered, so that a window that depends on it does not
    run."""
    return replace(case, told={**case.told, letter: at})


def delivered_late(case: Case, letter: str, since: datetime) -> bool:
    """Return whether a letter reached its recipient later than at `since`, the moment at which it was owed.
    That happens if staff called the recipient, or the letter left late. `letter`: the key of the letter."""
    told = case.told.get(letter)
    return told is not None and (bool(key_of(letter).person) or told != since)


def left(case: Case, letter: str, id: str, since: datetime, at: datetime) -> Case:
    """Return the case after a letter left at the moment `at`, which was owed at the moment `since`. `letter`:
    the key of the letter. `id`: the id of the letter, which is also that of its call task.

    The call task for the letter ends. If the letter left late, the window that it opens begins at `at`, and a
    window of which it reminds lapses later. Nothing changes if staff have told the recipient the content by
    telephone in the meantime.
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

    # "consumer": every complainant. "for:<id>": one of them. A representative may get the letter instead.
    if to == "consumer" or to.startswith("for:"):
        today = published().day_of(act.now)
        people = case.consumers if to == "consumer" else (case.party(to[4:]),)
        return [sent(speaker, party) for party in people for speaker in case.speakers(party, today)]
    if to == REPRESENTED:
        agents = {p.represents for p in case.parties if not p.left}
        return [sent(party, party) for party in case.consumers if party.id in agents]
    if to.startswith("party:"):
        party = case.party(to[6:])
        return [sent(party, party)]
    # "email:<id>" or "sms:<id>": the letter leaves by this way, even if the party has chosen another.
    if (way := to.partition(":")[0]) in AUTOMATIC:
        id = to.partition(":")[2]
        return [Addressee(f"party:{id}", way, whose=id)]
    # If the company has no representative, nobody gets the letter. A later one reads it on the case's page.
    if to == "business":
        return [sent(case.business, case.business)] if case.business else []
    if to == MEDIATOR:
        return [Addressee(f"staff:{case.mediator}")] if case.mediator else []
    if to == "owner":
        who = case.chair or case.handler
        return [Addressee(f"staff:{who}" if who else f"role:{holding_role(case).code}")]
    return [Addressee(to)]


def holding_role(case: Case) -> Role:
    """Return the role that works on a case that has no owner. In a reconsideration without a panel, it is the
    role that appoints the panel."""
    if case.place == Stage.UNDER_RECONSIDERATION and not case.chair:
        return appoints(case)
    if case.stage == Stage.CLOSED and case.open_obligations:
        return Role.FOLLOWUP
    return HOLDERS.get(case.place, Role.LEAD)


def appoints(case: Case) -> Role:
    """Return the role that must deal with a new request for reconsideration. If the policy has a higher
    office decide, it is the executive. Otherwise it is the supervisor, who appoints a panel."""
    return Role.EXECUTIVE if policy(case.policy).higher_office else Role.SUPERVISOR
