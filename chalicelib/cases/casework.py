"""What people and the clock do with a case: load, one move, save. The rules are in `domain`; AWS and HTTP are
at the edges."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import field
from datetime import datetime, time
from functools import cached_property
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol

from chalicelib.access.authorization import (
    CLOCK,
    STAFF,
    Caller,
    NotFound,
    Thing,
    acting,
    limits,
    may_read,
    opened,
)
from chalicelib.access.offers import Offers, acts_of, offers
from chalicelib.cases.dossier import KEPT, Dossier as Dossier, Said
from chalicelib.domain import moves  # noqa: F401  (declares every move)
from chalicelib.domain.addresses import ours
from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.deadlines import deadlines, leads, moved
from chalicelib.domain.engine.declare import MOVES, named
from chalicelib.domain.engine.permission import may, permit
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.sending_limits import next_morning
from chalicelib.domain.engine.server_facts import Days, Pair, Server, Wanted, filled
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Case, Party, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Contents
from chalicelib.domain.model.change import Change, Lookup, Recipient
from chalicelib.domain.model.codes import (
    AT_TABLE,
    AUTOMATIC,
    LEARNING,
    Cause,
    Channel,
    Fault,
    Result,
    Role,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.domain.moves.feedback import answer_survey, ask_opinion
from chalicelib.domain.moves.improvement import open_action
from chalicelib.domain.moves.information import give_information
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.integrity import doubt_record, noted
from chalicelib.domain.moves.joint import leave_case
from chalicelib.domain.moves.parties import circle_of, release_address, send_link
from chalicelib.domain.moves.reconsideration import decide_reconsideration, handlers
from chalicelib.domain.moves.training import record_training
from chalicelib.domain.moves.work import recompute_deadline
from chalicelib.domain.policy import policy
from chalicelib.domain.reference import reference
from chalicelib.domain.roster import Roster
from chalicelib.domain.timeline import bound
from chalicelib.domain.undelivered_windows import unheard
from chalicelib.domain.work_queues import awaited

log = logging.getLogger("redress")
TRIES = 4
"""How often one move is tried: each time somebody else has saved the case first, it is taken anew on the case
as it is then."""
ANSWER, EVIDENCE = named(give_information, add_evidence)
"""The moves by which somebody answers a request for information, and adds something unasked."""
HINTS = 20
"""How many keyed hashes of addresses at most are looked up to find other cases of the same people."""
FOR_OTHERS = frozenset({"channel", "external_id", "received_at", "late_reason"})
"""Facts of a complaint that may only be given by staff or partners who record it for somebody else."""
STEPS_AT_ONCE = 20
"""How many due steps of a case are taken, or people split off from it, in one look; the rest is due again at
once."""


SENDER = 16
"""How many characters of the keyed hash of a sender are kept."""
TRAININGS, TRAININGS_ASKED = "TRAININGS", "TRAININGS_ASKED"
"""The lists, shared by all teams, of the trainings that were held, by day, and of the improvement actions
that ask for one, by when they were opened."""
DOUBTED = "DOUBTED"
"""The work list, shared by all teams, of the cases whose record is in doubt."""


class Conflict(Exception):
    """Somebody else saved the case first: nothing was written."""


class Repeated(Exception):
    """The same idempotency key was used before: nothing was written. `ref` is the case it made then, `digest`
    that of the body it came with."""

    def __init__(self, ref: str, digest: str) -> None:
        super().__init__(ref)
        self.ref, self.digest = ref, digest


class Unavailable(Exception):
    """A service that we depend on does not answer; what was saved before stands."""


class Newer(Unavailable):
    """A newer release wrote this row in a form that this release cannot read: it is left for a worker of the
    newer one."""


class KeptOther(Exception):
    """Something else is kept under this key, and what is kept is never written again. The text names the
    key's folder."""


class Unreadable(Exception):
    """A row in a form that no release writes: it is broken, and whoever asked for it made no mistake."""


class Forged(Exception):
    """The row of a letter, or of a post, is not as a release of ours wrote it. It waits for a person now.
    `entry` is the number of the entry that owes it, as the row says."""

    def __init__(self, entry: int) -> None:
        super().__init__(entry)
        self.entry = entry


@frozen
class Once:
    """An idempotency key, hashed with caller and route, and the digest of the body that came with it."""

    key: str
    digest: str


class CaseFile(Protocol):
    """Where cases are kept. `save` is one transaction and raises Conflict or Repeated with nothing
    written."""

    def load(self, ref: str) -> Case: ...
    def whole(self, ref: str) -> Dossier: ...
    def opened(self, case: Case) -> Dossier: ...
    def save(self, change: Change, once: Once | None = None) -> Case: ...
    def posted(self, ref: str, post: str) -> tuple[dict[str, Any], ...]: ...
    def remembered(self, once: Once) -> Repeated | None: ...
    def filed_before(self, once: Once | None, external: Collection[str]) -> bool: ...
    def found(self, kind: str, key: str) -> list[str]: ...
    def settle(self, case: Case) -> None: ...
    def caught_up(self, case: Case) -> Case | None: ...
    def all_split_off(self, ref: str, id: str) -> None: ...
    def roster(self) -> Roster: ...


class Tasks(Protocol):
    """The queues. A message that is lost costs only time, since the clock finds what is due without it; only
    `find`, of which nothing is written anywhere else, raises Unavailable."""

    def nudge(self, ref: str, letters: Iterable[str], posts: Iterable[str] = ()) -> None: ...
    def find(self, ref: str, known_by: Iterable[str]) -> None: ...
    def document(self, ref: str) -> None: ...
    def walk(self, shard: int) -> None: ...
    def walk_letters(self, shard: int) -> None: ...


class Recurrences(Protocol):
    """How often a cause of complaints is there: on the days before and after an action, the first and the
    last of them. None where the figures of these days are not there yet."""

    def counts(self, cause: Cause, before: Days, after: Days) -> tuple[Pair, Pair] | None: ...


class Suppressions(Protocol):
    """The e-mail addresses that return or refuse our letters, over all cases, by their keyed hashes;
    `release` lets letters go to them again."""

    def refusing(self, keys: Iterable[str]) -> frozenset[str]: ...
    def release(self, keys: Iterable[str]) -> None: ...


class Turns(Protocol):
    """The limits of how many people who confirmed nothing we write to for one network. `next` takes a turn
    and gives the moment (UTC) from which it is; never before `first`. Raises Unavailable."""

    def next(self, network: str, text: bool, first: datetime) -> datetime: ...


class Meters(Protocol):
    """Metrics for those who operate the system."""

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None: ...


@frozen
class Knows:
    """The server facts over a case file, random numbers, keyed hashes and counts."""

    file: CaseFile
    random: Callable[[], int]
    lookups: Callable[[str], tuple[str, ...]]
    counts: Recurrences | None

    def number(self) -> str:
        """A new case number."""
        return reference(self.random())

    def roster(self) -> Roster:
        """The roster, a minute old at most."""
        return self.file.roster()

    def load(self, ref: str) -> Case:
        """A case as it stands. Raises NotFound."""
        return self.file.load(ref)

    def people(self, case: Case) -> Mapping[str, Mapping[str, Any]]:
        """The personal rows of everybody on a case."""
        return self.file.opened(case).people

    def words(self, case: Case) -> Mapping[int, Mapping[str, Any]]:
        """The words of a case's entries, each read when it is first used."""
        return Said(self.file.opened(case))

    def contents(self, case: Case) -> Contents:
        """What the head remembers of a case's entries."""
        return self.file.opened(case).contents

    def hashes(self, *addresses: str | None) -> tuple[str, ...]:
        """The keyed hashes of somebody's addresses, under every key that is kept, so that cases filed under
        an older key are found too."""
        return tuple(key for address in addresses if address for key in self.lookups(address))

    def reread(self, move: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Facts that were kept as plain data, in the types of their move's parameters."""
        from chalicelib.cases.stored_facts import reread

        return reread(move, facts)

    def recurrences(self, cause: Cause, before: Days, after: Days) -> tuple[Pair, Pair] | None:
        """The counts of a cause before and after an action; None where there are none."""
        return self.counts.counts(cause, before, after) if self.counts else None


@frozen
class Casework:
    """Reads and changes cases, over a case file, queues and metrics. The time, ids and random numbers come
    from outside. `lookups` gives the keyed hashes of an address; `turns` limits to how many strangers we
    write for one network; `pause` waits between two tries; `recurrences` counts causes; `own_domains` are
    those that our letters and pages come from."""

    file: CaseFile
    tasks: Tasks
    meters: Meters
    now: Callable[[], datetime]
    fresh: Callable[[], str]
    random: Callable[[], int]
    lookups: Callable[[str], tuple[str, ...]]
    policy: str
    suppressions: Suppressions
    turns: Turns
    pause: Callable[[int], None] = field(default=lambda attempt: None)
    recurrences: Recurrences | None = None
    own_domains: tuple[str, ...] = ()

    @cached_property
    def server(self) -> Server:
        """What moves are given of what the server knows."""
        return Knows(self.file, self.random, self.lookups, self.recurrences)

    def handled(self, case: Case) -> Mapping[str, tuple[int, str]]:
        """Return who has handled this case, or one that it was split off from."""
        return handlers(self.server, Wanted(case, {}, self.now()))

    def act(self, caller: Caller, role: Role, now: datetime, case: Case | None = None) -> Act:
        """Who acts, in which role, when, and with which limits on a case: what every move is given."""
        return Act(
            caller.who,
            role,
            now,
            self.fresh(),
            self.fresh() + f"{self.random():x}",
            caller.teams,
            confirmed=caller.confirmed,
            limits=limits(case, caller) if case else frozenset(),
        )

    def submit(
        self,
        caller: Caller,
        said: Mapping[str, Any],
        once: Once | None = None,
        mailed: bool = True,
        network: str = "",
    ) -> Case:
        """Record a complaint, sent from a network: one transaction and one queue send, no reads but the
        roster once a minute. A repeated idempotency key or partner's number gives the case that it made.
        Unless `mailed`, no letter leaves by mail. Raises Refusal."""
        now, person = self.now(), said["person"]
        claimed = sorted(FOR_OTHERS & said.keys())
        if claimed and not caller.roles & (STAFF | Role.PARTNER):
            raise Refusal("only_for_others", field=claimed[0])
        known_by = self.server.hashes(person.phone, person.email)
        sender = caller.who if caller.roles & (STAFF | Role.PARTNER) else network
        channel = caller.channel or said.get("channel", Channel.PHONE)

        def filed() -> Change:
            given = {**said, "channel": channel, "known_by": known_by, "named_by": self._sender(sender)}
            change = self._first(submit.__name__, caller, now, given)
            change = change if mailed else change.unmailed
            return replace(change, lookups=self._new_lookups(caller, said, known_by))

        return self._begun(filed, once)

    def open_action(self, caller: Caller, said: Mapping[str, Any], once: Once | None = None) -> Case:
        """Open an improvement action; a repeated idempotency key gives the one that it made. Raises
        Refusal."""
        given = {**said, "roster": self.file.roster()}
        if complaint := said.get("complaint"):
            given["complaint"] = self._complaint(complaint, caller, "complaint")
        return self._begun(lambda: self._first(open_action.__name__, caller, self.now(), given), once)

    def record_training(self, caller: Caller, said: Mapping[str, Any], once: Once | None = None) -> Case:
        """Record a training; a repeated idempotency key gives the record that it made. Raises Refusal."""
        given = {**said, "roster": self.file.roster()}
        if action := said.get("action"):
            with suppress(NotFound):
                given["action"] = self.visible(self.file.load(action), caller)
            refuse_if(given["action"] == action, "unknown_case", field="action")
        return self._begun(lambda: self._first(record_training.__name__, caller, self.now(), given), once)

    def _first(self, name: str, caller: Caller, now: datetime, said: Mapping[str, Any]) -> Change:
        """The move with which a case begins, under a number of its own. Raises Refusal."""
        self.refuse_ours(name, said)
        role = next(iter(caller.roles & MOVES[name].takers), caller.roles)
        new = {"ref": reference(self.random()), "rules": self.policy}
        return take(name, None, self.act(caller, role, now), **{**said, **new})

    def _begun(self, made: Callable[[], Change], once: Once | None) -> Case:
        """A new case, saved; it is made anew under another number while the one it got is taken."""
        for attempt in range(TRIES):
            change = made()
            try:
                self.file.save(change, once)
            except Repeated as repeated:
                return self._again(repeated, once)
            except Conflict:
                self.pause(attempt)
                continue
            self._nudge(change)
            return change.case
        raise Conflict

    def _new_lookups(
        self, caller: Caller, said: Mapping[str, Any], known_by: tuple[str, ...]
    ) -> tuple[Lookup, ...]:
        """The keyed hashes under which a new case is found again; a partner's own number finds one case
        only."""
        alone = [Lookup("external", key, True) for key in self._external(caller, said)]
        return (*(Lookup("person", key) for key in known_by), *alone)

    def _external(self, caller: Caller, said: Mapping[str, Any]) -> tuple[str, ...]:
        """The keyed hashes of a partner's own number of a complaint."""
        own = said.get("external_id")
        return self.lookups(f"external {caller.who} {own}") if own else ()

    def _sender(self, sender: str) -> str:
        """A keyed hash of the sender of a complaint: of a network, a partner or a member of staff."""
        return self.lookups(f"sender {sender}")[0][:SENDER] if sender else ""

    def repeats(self, caller: Caller, said: Mapping[str, Any], once: Once | None) -> bool:
        """Whether a complaint was filed before: its idempotency key, or a partner's own number of it, is
        known. One read; none where it carries neither."""
        keys = self._external(caller, said)
        return bool(once or keys) and self.file.filed_before(once, keys)

    def refuse_ours(self, name: str, said: Mapping[str, Any]) -> None:
        """Raise the Refusal for an e-mail address of ours where a move needs somebody else's.

        Our own mailboxes, those of staff and those of mediators would get the letters of a consumer.
        """
        given = {field: email for field in MOVES[name].emails if (email := _part(said, field))}
        if not given:
            return
        try:
            people = self.file.roster().addresses
        except Unavailable:  # an outage stops nobody's complaint
            people = frozenset()
        own = ours(self.own_domains, people)
        for field_, email in given.items():
            refuse_if(own.hold(email), "own_address", field=field_)

    def related(self, case: Case) -> list[str]:
        """Numbers of other cases of the same people, the newest last: a hint at a duplicate, never more. At
        most `HINTS` keyed hashes are looked up, with one query each."""
        keys = dict.fromkeys(key for party in case.consumers for key in party.known_by)
        found = {ref for key in islice(keys, HINTS) for ref in self.file.found("person", key)}
        return sorted(found - {case.ref})

    def move(
        self,
        name: str,
        ref: str,
        caller: Caller,
        said: Mapping[str, Any],
        once: Once | None = None,
        seen: int | None = None,
    ) -> Case:
        """Take one move on a case. Raises Refusal, NotFound, and Conflict when the case has more entries than
        `seen`, the number it had when the form was shown."""
        limits: dict[str, datetime | None] = {}
        for attempt in range(TRIES):
            try:
                change = self.change(name, ref, caller, {**said, **limits}, seen)
            except (Refusal, NotFound, Conflict):
                if once and (before := self.file.remembered(once)):
                    # the second of two clicks: the first has already done it
                    return self._again(before, once)
                raise
            if change.reaches and change.reaches.counted and not limits:
                if once and (before := self.file.remembered(once)):
                    return self._again(before, once)  # what was done before is not counted again
                limits = {"leaves": self._turn(change.reaches, caller)}
                if limits["leaves"]:
                    continue
            try:
                self.file.save(change, once)
            except Repeated as repeated:
                return self._again(repeated, once)
            except Conflict:
                if name != doubt_record.__name__:  # this move itself notes what the examination would find
                    self._examine(change)
                self.pause(attempt)
                continue
            if name in named(decide_reconsideration, answer_survey):
                self._count(name, change.case.team, json.loads(change.entry.line)["facts"])
            # if we crash before this, the page still says that the address refuses letters, and the move can
            # be repeated
            if name == release_address.__name__:
                party = change.case.party(json.loads(change.entry.line)["facts"]["party"])
                email = self.file.opened(change.case).people.get(party.id, {}).get("email")
                self.suppressions.release({*party.known_by, *self.server.hashes(email)})
            self._nudge(change)
            return change.case
        raise Conflict

    def change(
        self, name: str, ref: str, caller: Caller, said: Mapping[str, Any], seen: int | None
    ) -> Change:
        """What a move would make of a case as it is now, with nothing written; raises Refusal, NotFound, or
        Conflict."""
        case = self.file.load(ref)
        if case.altered and name != doubt_record.__name__:
            case = self.doubt(case, case.entries, Fault.HEAD)
        case, speaks = self.visible(case, caller), caller
        if seen is not None and case.entries != seen:
            raise Conflict
        while case.together.joined and name in ("message", ANSWER) and speaks.party:
            case, speaks = self._leading(case, case.together.joined.ref, speaks)
        caller = acting(case, speaks)
        if name == EVIDENCE and self.answers(case, caller):
            name, said = (
                ANSWER,
                {"answer" if part == "shows" else part: value for part, value in said.items()},
            )
        elif name == ANSWER and _answered(case, caller):
            name, said = EVIDENCE, {"shows": said["answer"]}
        return found_again(self._take(name, case, caller, said))

    def _turn(self, reached: Recipient, caller: Caller) -> datetime | None:
        """When the message to somebody new may leave by the limits of the caller's network (UTC); None: at
        once. Where that cannot be counted the message waits for the next morning, so that nobody is written
        to uncounted."""
        try:
            at = self.turns.next(caller.network, reached.way == Way.SMS, reached.leaves)
        except Unavailable:
            at = max(reached.leaves, next_morning(self.now()))
        return at if at > self.now() else None

    def answers(self, case: Case, caller: Caller) -> bool:
        """Whether evidence that somebody adds is the answer to our request for information. Words or a file
        from the consumer's side are, since the case would otherwise be closed although they answered (issue
        13)."""
        answer = MOVES[ANSWER]
        roles = caller.roles & (Role.C | Role.PARTNER)
        if not roles or case.stage not in answer.at:
            return False
        return may(answer, case, self.act(caller, next(iter(roles)), self.now(), case)) is None

    def _count(self, name: str, team: str, facts: Mapping[str, Any]) -> None:
        """Report for a team the score of a survey, or how many of its decisions a reconsideration did not
        confirm. The metric does not say which case it was."""
        if name == answer_survey.__name__:
            return self.meters.count("SurveyScore", facts["overall"], "None", team)
        results = facts["results"].values()
        self.meters.count("Reconsidered", len(results), team=team)
        return self.meters.count(
            "Overturned", sum(result != Result.CONFIRMED for result in results), team=team
        )

    def _leading(self, case: Case, ref: str, caller: Caller) -> tuple[Case, Caller]:
        """The leading case of a linked one, and the caller as the same person there: a reply to the linked
        case goes to it. Raises Refusal `linked_case` where they are not on the leading case."""
        here, leading = case.party(caller.party), self.file.load(ref)
        whose = case.party(here.represents) if here.represents else here
        # not somebody who took their place
        joined = [p for p in leading.consumers if p.own == case.ref and p.same(whose)]
        there = next(
            iter(joined or [p for p in leading.consumers if set(p.known_by) & set(whose.known_by)]), None
        )
        if there and here.represents:
            agents = (p for p in leading.parties if p.represents == there.id and not p.left)
            there = next((p for p in agents if set(p.known_by) & set(here.known_by)), None)
        there = required(there, "linked_case", leading=ref)
        return leading, replace(caller, who=there.id, party=there.id)

    def ask_link(self, number: str, contact: str) -> None:
        """Ask for somebody's access link again, by the number of a complaint and a contact of theirs. A
        worker looks whether there are such a complaint and such a person, so that neither the answer nor the
        time that it takes tells that. Raises Unavailable."""
        self.tasks.find(number, self.lookups(contact))

    def send_link(self, ref: str, known_by: Iterable[str]) -> None:
        """Send the access link of a case again to whoever on it is known by one of these keyed hashes, if
        there are such a case and such a person."""
        with suppress(NotFound):
            for party in self.file.load(ref).parties:
                if set(known_by).intersection(party.known_by) and not party.left:
                    with suppress(Refusal):
                        self.move(send_link.__name__, ref, CLOCK, {"party": party.id})

    def ask_opinion(self, ref: str) -> None:
        """Ask the people of a complaint that was drawn about the process, where they can be asked and were
        not asked before."""
        with suppress(NotFound, Refusal):
            self.move(ask_opinion.__name__, ref, CLOCK, {})

    def visible(self, case: Case, caller: Caller, thing: Thing = Thing.CASE) -> Case:
        """The case, if this caller may read this of it now; raises NotFound, or the Refusal that
        says why not."""
        return opened(case, thing, caller, self.now())

    def sees(self, case: Case, caller: Caller) -> bool:
        """Whether this caller may know of the case."""
        return may_read(case, Thing.CASE, caller, self.now())

    def offered(
        self, dossier: Dossier, caller: Caller, refusing: Callable[[], Collection[str]] | None = None
    ) -> Offers:
        """Return what this caller can do on the case now, each move only in their turn by the facts that the
        server fills in; `refusing` gives those of refused addresses, where a page has read them already."""
        case, now = dossier.case, self.now()
        found, acts = offers(case, caller, now), acts_of(case, caller, now)
        fills = {
            "roster": self.file.roster,
            "handled": lambda: self.handled(case),
            "refusing": refusing or (lambda: self.refusing(dossier)),
        }

        def turn(name: str) -> bool:
            needed = {fact: fills[fact]() for fact in MOVES[name].turns_on}
            return any(
                MOVES[name].turn(case, act, **needed) for act in acts if act.role in MOVES[name].takers
            )

        return {name: about for name, about in found.items() if turn(name)}

    def refusing(self, dossier: Dossier) -> frozenset[str]:
        """The people on a case whose e-mail address returns or refuses our letters."""
        known = {id: self.server.hashes(person.get("email")) for id, person in dossier.people.items()}
        refused = self.suppressions.refusing(key for keys in known.values() for key in keys)
        return frozenset(id for id, keys in known.items() if not refused.isdisjoint(keys))

    def look_at(self, ref: str, now: datetime) -> int:
        """Take every step that is due on a case, the one that has been due longest first; gives how many were
        taken. It costs one read, and one transaction a step. Before a step of a window the letter that opened
        it is looked at: if that has not arrived, the window is stopped instead."""
        case, taken = self.file.load(ref), 0
        with suppress(Conflict):  # somebody else saved first: what is still due stays in the index
            if case.altered:
                case = self.doubt(case, case.entries, Fault.HEAD)
            case = self._recomputed(case, now)
            for taken in range(STEPS_AT_ONCE):
                running = due_step(case, now)
                while running and self._stopped(case, running.name):
                    case = self.file.load(ref)
                    running = due_step(case, now)
                if running is None:
                    if not taken:
                        # the index was out of date, as after a new calendar was loaded
                        self.file.settle(case)
                    return taken
                held = running.name == "information" and self._on_its_way(case)
                act, current = self.act(CLOCK, Role.CLOCK, now), case
                given = lambda move: filled(move, self.server, Wanted(current, {}, now))  # noqa: B023, E731
                change = step(case, running, act, self.file.roster(), held, given)
                kept = self._save(change)
                ladder = policy(case.policy).rules[running.name].ladder
                self._measure(change, running.name, change.case.clock.steps[running.key] >= len(ladder))
                self._nudge(change)
                case = kept
            return STEPS_AT_ONCE
        return taken

    def _on_its_way(self, case: Case) -> bool:
        """Whether a file that answers our request was sent, or was about to be, and has not been checked:
        then nobody loses anything by what looks like silence (issue 16, point 2)."""
        theirs = [party.id for party in case.parties if party.side == Side.CONSUMER]
        sent = self.file.opened(case).sent(theirs, case.request.at) if case.request else ()
        return any(file["state"] != KEPT for file in sent)

    def _save(self, change: Change) -> Case:
        """Save what the clock did. Raises Conflict when somebody else saved first, or when the record was
        changed from outside, which is then noted on the case."""
        try:
            return self.file.save(change)
        except Conflict:
            self._examine(change)
            raise

    def _recomputed(self, case: Case, now: datetime) -> Case:
        """The case after every deadline that ends later by a newly loaded calendar has been recorded and
        told."""
        while run := next(moved(case), None):
            change = take(
                recompute_deadline.__name__,
                case,
                self.act(CLOCK, Role.CLOCK, now),
                deadline=run.name,
                run=run.key,
                about=run.id,
                was_due=case.clock.provisional[run.key],
                due=run.due,
            )
            case = self._save(change)
            self._nudge(change)
        return case

    def split_off(self, ref: str, id: str) -> None:
        """Give those who are leaving a joint case one of their own, each in one transaction and so many at
        once; the row that owes it stays due until nobody is left. One who cannot be split off does not hold
        up the others; the Refusal is raised after them."""
        case, refused = self.file.load(ref), None
        for party in case.together.leaving[:STEPS_AT_ONCE] if case.joint else ():
            try:
                case = self.move(leave_case.__name__, ref, CLOCK, {"party": party})
            except Refusal as refusal:
                refused = refusal
        if refused:
            raise refused
        if not case.joint or not case.together.leaving:
            self.file.all_split_off(ref, id)

    def _examine(self, change: Change) -> None:
        """Find out why a change was not written: somebody else saved first, or the record that it was made on
        had been changed from outside, which is now noted on the case."""
        for changed in (change, *change.also):
            if changed.before:
                case = self.sound(self.file.load(changed.case.ref))
                if behind := self.file.caught_up(case):
                    self._doubt_behind(behind, behind.entries, Fault.HEAD)

    def sound(self, case: Case) -> Case:
        """The case, its head compared with the last entry of its timeline; one that does not fit is noted on
        the case first (issue 14). One read."""
        try:
            last = self.file.opened(case).entries[-1]
            whole = bound(case, last) and not case.altered
        except LookupError:
            whole = False
        return case if whole else self.doubt(case, case.entries, Fault.HEAD)

    def doubt(self, case: Case, entry: int, fault: Fault) -> Case:
        """Note on a case that a place of its record was changed from outside, once. The metric is reported
        before the note is written, so that operations hear of it even if we crash. Where entries stand that
        the head does not know, the note goes behind the last of them."""
        if noted(case, entry, fault):
            return case
        self.meters.count("RecordChanged")
        try:
            return self.move(doubt_record.__name__, case.ref, CLOCK, {"entry": entry, "fault": fault})
        except Refusal:  # somebody else has just noted it
            return case
        except Conflict:
            behind = self.file.caught_up(case)
            return self._doubt_behind(behind, entry, fault) if behind else case

    def _doubt_behind(self, case: Case, entry: int, fault: Fault) -> Case:
        """Note on a case whose head is older than its timeline that a place of its record was changed."""
        self.meters.count("RecordChanged")
        with suppress(Refusal, Conflict):  # somebody else has just noted it
            act = self.act(CLOCK, Role.CLOCK, self.now())
            change = take(doubt_record.__name__, case, act, entry=entry, fault=fault)
            case = self.file.save(change)
            self._nudge(change)
        return case

    def _stopped(self, case: Case, window: str) -> bool:
        """Whether the letters that opened a window need recording before its step may be taken. A letter that
        has not left stops the window and becomes a call task; one that left late, without our having noted
        it, moves the window. Nobody loses anything by silence if our letter did not reach them (issue 12)."""
        recorded = False
        for move, said in unheard(case, window, lambda post: self.file.posted(case.ref, post)):
            with suppress(Refusal):  # it has been recorded already
                self.move(move, case.ref, CLOCK, said)
                recorded = True
        return recorded

    def _take(self, name: str, case: Case, caller: Caller, said: Mapping[str, Any]) -> Change:
        declared = required(MOVES.get(name), "unknown_move", move=name)
        self.refuse_ours(name, said)
        roles = list(caller.roles & declared.takers)
        if not roles:
            permit(declared, case, self.act(caller, next(iter(caller.roles)), self.now(), case))
        given = {**said, **filled(name, self.server, Wanted(case, said, self.now(), caller.party))}
        for name_, (hint, _) in declared.parameters.items():
            if hint is Case and isinstance(given.get(name_), str):
                given[name_] = self._complaint(given[name_], caller, name_)
        refused: Refusal | None = None
        asking: Change | None = None
        # of somebody's roles, take the one that needs no second person
        for role in roles:
            try:
                change = take(name, case, self.act(caller, role, self.now(), case), **given)
            except Refusal as refusal:
                refused = refused or refusal
                continue
            if len(change.case.approvals) <= len(case.approvals):
                return change
            asking = asking or change
        if asking is None:
            assert refused
            raise refused
        return asking

    def _complaint(self, ref: str, caller: Caller, field: str) -> Case:
        """The complaint that somebody names in a field; raises Refusal for one that they may not know of, and
        for what is no complaint."""
        with suppress(NotFound):
            found = self.visible(self.file.load(ref), caller)
            if found.stage not in LEARNING:
                return found
        raise Refusal("unknown_case", field=field)

    def _again(self, repeated: Repeated, once: Once | None) -> Case:
        refuse_if(once and repeated.digest != once.digest, "wrong_key_reuse")
        return self.file.load(repeated.ref)

    def _nudge(self, change: Change) -> None:
        for changed in (change, *change.also):
            now = [post for post in changed.posts if not post.waits]
            posts = [post.id for post in now if len(post.audience) > 1]
            single = (post.letters[0] for post in now if len(post.audience) == 1)
            letters = [letter.id for letter in single if letter.way in AUTOMATIC]
            if changed.confirmed:  # what has waited for the morning only because of that leaves now
                whose = {f"party:{id}" for id in changed.confirmed}
                rows = self.file.opened(changed.case).letters
                letters += [row["id"] for row in rows if row["to"] in whose and row["state"] == "owed"]
            if letters or posts:
                self.tasks.nudge(changed.case.ref, letters, posts)
            if changed.needs_documents:
                self.tasks.document(changed.case.ref)

    def _measure(self, change: Change, deadline: str, top: bool) -> None:
        if deadline in ("acknowledgement", "scope_decision") and any(
            letter.name == "late_acknowledgement" for letter in change.letters
        ):
            self.meters.count("AcknowledgementMissed")
        inside = [letter.name for letter in change.letters if letter.to.startswith("staff:")]
        told = {"escalation", "outside_deadline"} & {*inside} or change.repeated
        if json.loads(change.entry.line)["facts"].get("all_away"):
            self.meters.count("StepReachedNobody")
            about = {"ref": change.case.ref, "deadline": deadline}
            log.warning("everybody a step was meant for is away", extra=about)
        # the executive has been told, or there is nobody to tell
        if (top and told) or not (change.letters or change.repeated):
            self.meters.count("LadderExhausted")


FOUND_TWICE = 20
"""If those who stay in a joint case have more keyed hashes of addresses than this, a case that is split off
from it is not found by theirs."""


def found_again(change: Change, here: frozenset[str] = frozenset()) -> Change:
    """The change with a lookup for every address that it adds to this case, or to another one, and for the
    document it records. `here` are keyed hashes that need no lookup: when a case is split off from a large
    joint one, those of the people who stay there, since each lookup costs an item of the transaction."""
    before = _known(change.before.parties) if change.before else frozenset()
    new = _known(change.case.parties) - before - here
    people = change.case.parties if change.case.joint else ()
    stay = _known(party for party in people if not party.left)
    stay = stay if len(stay) > FOUND_TWICE else frozenset()
    sealed = change.case.bound and change.case.bound.sealed
    was = change.before.bound if change.before else None
    document = [Lookup("document", sealed.sha256)] if sealed and not (was and was.sealed) else []
    return replace(
        change,
        lookups=(*change.lookups, *(Lookup("person", key) for key in sorted(new)), *document),
        also=tuple(found_again(one, frozenset() if one.before else stay) for one in change.also),
    )


def _part(said: Mapping[str, Any], field: str) -> Any:
    """The value of a parameter, or of a part of one, such as `person/email`; None where it is not given."""
    name, _, part = field.partition("/")
    value = said.get(name)
    return getattr(value, part, None) if part else value


def _answered(case: Case, caller: Caller) -> bool:
    """Whether files of theirs have answered what was asked, after which words of theirs can only add to it:
    whoever writes an answer beside photographs loses neither."""
    asked = case.request
    if asked is None or not caller.party or case.stage != asked.stage:
        return False
    theirs = circle_of(case, case.stands_for(caller.party))
    return any(piece.file and piece.at >= asked.at and piece.by in theirs for piece in case.evidence)


def _known(parties: Iterable[Party]) -> frozenset[str]:
    return frozenset(key for party in parties for key in party.known_by)


def once(caller: Caller, route: str, key: str | None, body: bytes | str) -> Once | None:
    """The idempotency record of a request that carries a key."""
    raw = body if isinstance(body, bytes) else body.encode()
    return (
        Once(sha256(f"{caller.who}\n{route}\n{key}".encode()).hexdigest(), sha256(raw).hexdigest())
        if key
        else None
    )


def work_lists(case: Case) -> dict[str, datetime | None]:
    """The work lists on which a case stands, each with the moment by which it is sorted there. They are
    derived from the case, so no move can leave it on nobody's list."""
    team, at = f"TEAM#{case.team}", leads(case)
    found: dict[str, datetime | None] = {}
    # a mediator has the case on their list from the day on which they were asked
    mediates = {case.mediator} - {None, *case.inquiry.recused} if case.stage in AT_TABLE else set()
    for who in (*(seat.who for seat in case.panel), *mediates):
        found[f"PERSON#{who}"] = at
    if case.improvement:
        found[f"{team}#{case.stage}"] = at
        if case.stage == Stage.IMPROVING:
            found[f"PERSON#{case.owner}"] = at
        if case.improvement.training:
            found[TRAININGS_ASKED] = case.received_at
    elif case.training:
        found[TRAININGS] = datetime.combine(case.training.day, time(), SHANGHAI)
    elif case.stage != "closed":
        found[team] = at
        # what is under reconsideration is held by a panel, not by one person
        if case.owner or not case.recourse.reconsideration or case.recourse.reconsideration.late:
            found[f"PERSON#{case.owner}" if case.owner else f"{team}#unassigned"] = at
    if case.doubted:
        found[DOUBTED] = min(doubt.since for doubt in case.doubts if not doubt.cleared)
    if case.tellings:
        found[f"{team}#tellings"] = min(t.since for t in case.tellings)
    if case.approvals:
        found[f"{team}#approvals"] = min(a.at for a in case.approvals)
    if case.messages:
        found[f"{team}#messages"] = min(m.at for m in case.messages)
    # what goes on after the case was closed keeps it on the team's list
    if case.stage == "closed" and (case.unsafe or case.owed):
        found[team] = at
    for role in awaited(case):
        found[f"{team}#{role.code}"] = at
    asked_of = {question.id: question.department for question in case.inquiry.questions}
    return found | {
        f"TEAM#{asked_of[run.id]}": run.due
        for run in deadlines(case).values()
        if run.name == "department_answer"
    }
