"""The work on a case: load it, take one move, save it. The rules of the process are in `domain`; this module
knows neither AWS nor HTTP."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field, is_dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import (
    CLOCK,
    STAFF,
    Caller,
    NotFound,
    Thing,
    acting,
    authorize_read,
    limits,
    may_read,
)
from chalicelib.access.offers import Offers, acts_of, offers
from chalicelib.cases.dossier import KEPT, Dossier as Dossier, PersonalWords
from chalicelib.domain import finding, moves, routing  # noqa: F401  (moves: declares every move)
from chalicelib.domain.addresses import our_addresses
from chalicelib.domain.alike import alike
from chalicelib.domain.assigning import NextFree, free_again, next_free, wants_owner
from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.engine.deadlines import deadlines, leads, moved_ends
from chalicelib.domain.engine.declare import MOVES, move_names
from chalicelib.domain.engine.overtaken import waiting_calls
from chalicelib.domain.engine.permission import may, permit
from chalicelib.domain.engine.process import take
from chalicelib.domain.engine.running import DEADLINES, Running, announced_end
from chalicelib.domain.engine.sending_limits import next_morning
from chalicelib.domain.engine.server_facts import FILLS, CauseCounts, Days, FactContext, Server, filled
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.frozen import frozen, replace, values
from chalicelib.domain.model.case import Act, Case, Party, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Approval, Contents, Ruling
from chalicelib.domain.model.change import Change, Lookup, Recipient, TeamTurns
from chalicelib.domain.model.codes import (
    AT_TABLE,
    AUTOMATIC,
    LEARNING,
    Channel,
    Fault,
    Result,
    Role,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.moves.approvals import approve
from chalicelib.domain.moves.assignment import assign_next
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.domain.moves.feedback import answer_survey, ask_opinion
from chalicelib.domain.moves.improvement import open_action
from chalicelib.domain.moves.information import give_information
from chalicelib.domain.moves.intake import filed_facts, is_earlier, similar, submit, tell_similar
from chalicelib.domain.moves.integrity import already_noted, doubt_record
from chalicelib.domain.moves.joint import leave_case
from chalicelib.domain.moves.ladder_steps import recompute_deadline
from chalicelib.domain.moves.mentions import mentioned
from chalicelib.domain.moves.messages import confirm_mail
from chalicelib.domain.moves.parties import circle_of, release_address, send_link
from chalicelib.domain.moves.reconsideration import decide_reconsideration, handlers
from chalicelib.domain.moves.team_change import follow_rules
from chalicelib.domain.moves.training import record_training
from chalicelib.domain.policy import policy
from chalicelib.domain.reference import reference
from chalicelib.domain.roster import OVERSEES, Roster
from chalicelib.domain.timeline import is_bound
from chalicelib.domain.undelivered_windows import delivery_failures
from chalicelib.domain.work_queues import pending_roles
from chalicelib.locale.slot_names import unfilled
from chalicelib.logs import log

TRIES = 4
"""The maximum number of tries to save one move. If another write came first, the case is loaded again, and
the move is taken on the case as it is then."""
ANSWER, EVIDENCE = move_names(give_information, add_evidence)
"""The names of two moves: `give_information`, which answers our request for information, and `add_evidence`,
which adds evidence without a request."""
(CONFIRM_MAIL,) = move_names(confirm_mail)
"""The name of the move by which a party says that a mail is theirs. It can be their answer too."""
HINTS = 20
"""The maximum number of keyed hashes of addresses that `related` looks up."""
FOR_OTHERS = frozenset({"channel", "external_id", "received_at", "late_reason"})
"""The facts of a complaint that only staff and partners may give, because they record it for another
person."""
STEPS_AT_ONCE = 20
"""The maximum number of due steps of a case that one run takes. It is also the maximum number of people whom
one run splits off. The case stays due for the rest, so the next run continues."""


TRIED_AGAIN = timedelta(hours=1)
"""How often the clock looks for a free person for a case, after it found none."""
TextReadOut = Callable[[Case, str, datetime], str | None]
"""A function that returns the text that staff read out for a call task. It gets the case, the id of the call
task, and the moment (UTC). It returns None if the case has no such call task."""
SENDER = 16
"""The number of characters that are stored of the hash of a sender."""
TRAININGS, TRAININGS_ASKED = "TRAININGS", "TRAININGS_ASKED"
"""The names of two work lists that all teams share. `TRAININGS`: the trainings that were held, sorted by day.
`TRAININGS_ASKED`: the improvement actions that ask for a training, sorted by the date of their opening."""
DOUBTED = "DOUBTED"
"""The name of the work list of the cases whose record was changed from outside the application. All teams
share this list."""


class WriteConflict(Exception):
    """Another write came first, so nothing was written."""


class Repeated(Exception):
    """The idempotency key was used before, so nothing was written. `ref` is the case of the first request.
    `digest` is the digest of the first request's body."""

    def __init__(self, ref: str, digest: str) -> None:
        super().__init__(ref)
        self.ref, self.digest = ref, digest


class Unavailable(Exception):
    """A service that we depend on does not answer. What was written before this error stays written."""


class Newer(Unavailable):
    """A row was written by a newer release and cannot be read by this one. A worker of the newer release
    handles it."""


class MovesHeld(Unavailable):
    """Operators hold all changes of cases, for example during a restore. Nothing was written."""


class KeptOther(Exception):
    """The key of a write-once store is taken by a different object. The text of the error is the key's
    folder."""


class Unreadable(Exception):
    """A row has a form that no release writes. The row is broken; the request was valid."""


class Forged(Exception):
    """Somebody changed the row of a letter in the table. The letter is held until an officer has looked at
    it. `entry` is the number of the timeline entry that caused the letter."""

    def __init__(self, entry: int) -> None:
        super().__init__(entry)
        self.entry = entry


@frozen
class Once:
    """The idempotency record of a request. `key`: the idempotency key, hashed together with caller and route.
    `digest`: the digest of the request's body."""

    key: str
    digest: str


class NewComplaint(NamedTuple):
    """A new complaint, for the worker that looks for complaints like it. `known_by`: the keyed hashes of its
    addresses. `here`: the number of the complaint that is open in the sender's browser; "" for none."""

    known_by: tuple[str, ...]
    here: str


class CaseFile(Protocol):
    """The store of cases. `save` writes in one transaction. If it raises WriteConflict or Repeated, nothing
    was written."""

    def load(self, ref: str) -> Case: ...
    def whole(self, ref: str) -> Dossier: ...
    def dossier_of(self, case: Case) -> Dossier: ...
    def save(self, change: Change, once: Once | None = None) -> Case: ...
    def posted(self, ref: str, post: str) -> tuple[dict[str, Any], ...]: ...
    def remembered(self, once: Once) -> Repeated | None: ...
    def filed_before(self, once: Once | None, external: Collection[str]) -> bool: ...
    def found(self, kind: str, key: str) -> list[str]: ...
    def settle(self, case: Case, by: datetime | None = None) -> None: ...
    def caught_up(self, case: Case) -> Case | None: ...
    def all_split_off(self, ref: str, id: str) -> None: ...
    def roster(self) -> Roster: ...
    def turns(self, team: str) -> TeamTurns: ...
    def open_cases(self, who: str) -> int: ...


class Tasks(Protocol):
    """The queues of tasks for workers. A lost message only delays work, because the clock finds everything
    that is due. There are two exceptions, which raise Unavailable if they cannot be sent. The request of
    `find` is stored nowhere else. `check` asks for the check of the record of a shard; with `rest`, a worker
    continues a check that was begun."""

    def nudge(
        self, ref: str, letters: Iterable[str], posts: Iterable[str] = (), filed: NewComplaint | None = None
    ) -> None: ...
    def find(self, ref: str, known_by: Iterable[str]) -> None: ...
    def document(self, ref: str) -> None: ...
    def walk(self, shard: int) -> None: ...
    def walk_letters(self, shard: int) -> None: ...
    def check(self, shard: int, rest: bool = False) -> None: ...


class Recurrences(Protocol):
    """How often complaints had the cause of an improvement action, as the nightly figures say. `counts` and
    `sign` are those of `domain.engine.server_facts.Server`. `weeks` returns the weeks of a run chart: the
    first day, the complaints with any cause, and those with the cause of the action."""

    def counts(self, action: Case, before: Days, after: Days, through: date) -> CauseCounts | None: ...
    def weeks(self, action: Case) -> Iterable[tuple[date, int, int]]: ...
    def sign(self, action: Case, since: date) -> date | None: ...


class Addresses(Protocol):
    """The state of e-mail addresses for all cases: whether they bounce or refuse our letters, and how many
    letters each got today. `key` and `keys` are keyed hashes of addresses. `refusing` returns those of the
    addresses that refuse letters. `release` allows letters to the addresses again."""

    def refusing(self, keys: Iterable[str]) -> frozenset[str]: ...
    def refuses(self, key: str, why: str, now: datetime) -> None: ...
    def release(self, keys: Iterable[str]) -> None: ...
    def counted(self, key: str, under: str, id: str, most: int, now: datetime) -> bool: ...
    def today(self, key: str, under: str, now: datetime) -> frozenset[str]: ...


class Ceilings(Protocol):
    """The counts of attempts for the rate limits. `take` counts an attempt, and raises TooMany beyond a
    limit.

    `next` counts one message of a network to somebody whose address is not confirmed. It returns when the
    message may leave (UTC): at `first` or later. `text`: it is a short message. Raises Unavailable."""

    def take(self, kind: str, /, **parts: str) -> None: ...
    def next(self, network: str, text: bool, first: datetime) -> datetime: ...


class Meters(Protocol):
    """The metrics for operators. `count` reports one value of the metric `name`."""

    def count(self, name: str, value: float = 1, unit: str = "Count", team: str = "") -> None: ...


@frozen
class Knows:
    """The server's side of a move: facts that a move needs and its caller cannot know. `file`: the store of
    cases. `random`: returns a random number. `lookups`: returns the keyed hashes of an address. `counts`:
    counts how often a cause occurs (None: this is not counted). `script` returns the text of a letter that
    staff read out."""

    file: CaseFile
    random: Callable[[], int]
    lookups: Callable[[str], tuple[str, ...]]
    counts: Recurrences | None
    script: TextReadOut

    def number(self) -> str:
        """Return a new case number."""
        return reference(self.random())

    def roster(self) -> Roster:
        """Return the roster, read at most a minute ago."""
        return self.file.roster()

    def load(self, ref: str) -> Case:
        """Return the case with this number as stored now. Raises NotFound."""
        return self.file.load(ref)

    def complaint(self, ref: str) -> Case | None:
        """Return the complaint with this number as stored now. Return None if there is none."""
        with suppress(NotFound):
            found = self.file.load(ref)
            return found if found.stage not in LEARNING else None
        return None

    def people(self, case: Case) -> Mapping[str, Mapping[str, Any]]:
        """Return what is stored of each person on a case: name, addresses and other personal data. The key is
        the party id."""
        return self.file.dossier_of(case).people

    def words(self, case: Case) -> Mapping[int, Mapping[str, Any]]:
        """Return the free text of a case's entries. The key is the entry number. Each text is read at first
        use."""
        return PersonalWords(self.file.dossier_of(case))

    def contents(self, case: Case) -> Contents:
        """Return the entry numbers of each move of a case, as the head of the case holds them."""
        return self.file.dossier_of(case).contents

    def hashes(self, *addresses: str | None) -> tuple[str, ...]:
        """Return the keyed hashes of these addresses under every key, so that cases filed under an older key
        are found too. Addresses that are None are skipped."""
        return tuple(key for address in addresses if address for key in self.lookups(address))

    def reread(self, move: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the stored facts of a move, converted back to the types that the move's parameters have."""
        from chalicelib.cases.stored_facts import reread

        return reread(move, facts)

    def read_out(self, case: Case, telling: str, at: datetime) -> str | None:
        """Return the text that staff read out for the call task `telling` at the moment `at` (UTC)."""
        return self.script(case, telling, at)

    def recurrences(self, action: Case, before: Days, after: Days, through: date) -> CauseCounts | None:
        """Return how often the cause of an action occurred in the periods `before` and `after`. Return None
        if the figures are not complete up to the day `through`."""
        return self.counts.counts(action, before, after, through) if self.counts else None

    def sign(self, action: Case, since: date) -> date | None:
        """Return the newest day after `since` with an early sign of the cause of an action, or None."""
        return self.counts.sign(action, since) if self.counts else None


@frozen
class Casework:
    """The use cases: they read and change cases through the store, queues and metrics. Time, ids and random
    numbers come from the caller.

    `fresh` returns a new id. `lookups` returns the keyed hashes of an address. `addresses` is the
    state of e-mail addresses. `ceilings` holds the rate limits. `pause` waits between two tries.
    `recurrences` counts how often a cause occurs. `own_domains` are the domains of our letters and pages.
    `read_out` returns the text of a letter that staff read out.
    """

    file: CaseFile
    tasks: Tasks
    meters: Meters
    now: Callable[[], datetime]
    fresh: Callable[[], str]
    random: Callable[[], int]
    lookups: Callable[[str], tuple[str, ...]]
    policy: str
    addresses: Addresses
    ceilings: Ceilings
    pause: Callable[[int], None] = field(default=lambda attempt: None)
    recurrences: Recurrences | None = None
    own_domains: tuple[str, ...] = ()
    read_out: TextReadOut = field(default=lambda case, telling, at: None)

    @cached_property
    def server(self) -> Server:
        """The source of the facts that a move needs and its caller cannot know."""
        return Knows(self.file, self.random, self.lookups, self.recurrences, self.read_out)

    def handled(self, case: Case) -> Mapping[str, tuple[int, str]]:
        """Return everybody who handled this case, by id. For a case that was split off, include those who
        handled the joint case. The value is a person's first handling: the number of the timeline entry, and
        the name of the move."""
        return handlers(self.server, FactContext(case, {}, self.now()))

    def act(self, caller: Caller, role: Role, now: datetime, case: Case | None = None) -> Act:
        """Return the act with which a caller takes a move in one role. With `case`, the act holds the
        caller's limits on that case."""
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
        body: Mapping[str, Any],
        once: Once | None = None,
        mailed: bool = True,
        network: str = "",
        here: str = "",
        content: str = "",
    ) -> Case:
        """File a complaint and return its case. `mailed` false: no letter about the complaint leaves by mail,
        nor one about earlier complaints like it. `network`: the network from which it came. `here`: the
        number of the complaint that is open in the sender's browser; "" for none. `content`: the digest of
        the request's content. If the idempotency key or the partner's own number is known, return the earlier
        case. It was read from the store, so its `kept` is not empty. Raises Refusal, and `external_id_taken`
        if the partner filed other content under its number.

        It costs one transaction and one message to a queue. Only the roster is read, once a minute.
        """
        now, person = self.now(), body["person"]
        claimed = sorted(FOR_OTHERS & body.keys())
        if claimed and not caller.roles & (STAFF | Role.PARTNER):
            raise Refusal("only_for_others", field=claimed[0])
        known_by = self.server.hashes(person.phone, person.email)
        sender = caller.who if caller.roles & (STAFF | Role.PARTNER) else network
        channel = caller.channel or body.get("channel", Channel.PHONE)

        def filed() -> Change:
            given = {**body, "channel": channel, "known_by": known_by, "named_by": self._sender(sender)}
            given |= self._routed(given)
            change = self._first(submit.__name__, caller, now, given)
            change = change if mailed else change.unmailed
            new = self._new_lookups(caller, body, known_by, content)
            return replace(change, lookups=(*change.lookups, *new))

        looks = mailed and not caller.roles & Role.PARTNER
        return self._begun(filed, once, NewComplaint(known_by, here) if looks else None)

    def tell_similar(self, ref: str, filed: NewComplaint) -> None:
        """Tell the people of earlier open complaints that the new complaint `ref` is much like theirs, if it
        was filed with one of their addresses. The person of the complaint `filed.here` was asked in their
        browser, and is not told again.

        It costs a query for each address of the new complaint, and nothing more if no other is found."""
        found = {one for key in filed.known_by for one in self.file.found("person", key)}
        others = sorted(found - {ref, filed.here})[-HINTS:]
        if others and (case := self.server.complaint(ref)):
            for other in others:
                with suppress(
                    Newer, Unreadable, Refusal
                ):  # the letters to the other people leave nevertheless
                    self._tell_similar(case, other)

    def _tell_similar(self, case: Case, ref: str) -> None:
        """Write to the person of the earlier complaint `ref` about the new complaint `case`, if the two are
        alike. Raises Newer, Unreadable, and Refusal if such a letter to this person left today."""
        other = self.server.complaint(ref)
        if not other or not similar(case, other):
            return
        new, old = (self.server.words(one)[1].get("account") or {} for one in (case, other))
        if alike(old.get("story") or "", new.get("story") or ""):
            # any other name of a company may be a text that a stranger wants mailed
            known = new.get("business") if new.get("business") == old.get("business") else None
            said = {"company": case.intake.company or known, "on": published().day_of(case.recorded_at)}
            whose = {"party": other.parties[0].id, "similar": case.ref}
            self.move(tell_similar.__name__, ref, CLOCK, {**whose, **said})

    def open_action(self, caller: Caller, body: Mapping[str, Any], once: Once | None = None) -> Case:
        """Open an improvement action and return its case. For a known idempotency key, return the earlier
        action. Raises Refusal."""
        given = {**body, "roster": self.file.roster()}
        if complaint := body.get("complaint"):
            given["complaint"] = self._complaint(complaint, caller, "complaint")
        return self._begun(lambda: self._first(open_action.__name__, caller, self.now(), given), once)

    def record_training(self, caller: Caller, body: Mapping[str, Any], once: Once | None = None) -> Case:
        """Record a training and return its case. For a known idempotency key, return the earlier record.
        Raises Refusal."""
        given = {**body, "roster": self.file.roster()}
        if action := body.get("action"):
            with suppress(NotFound):
                given["action"] = self.visible(self.file.load(action), caller)
            refuse_if(given["action"] == action, "unknown_case", field="action")
        return self._begun(lambda: self._first(record_training.__name__, caller, self.now(), given), once)

    def _first(self, name: str, caller: Caller, now: datetime, body: Mapping[str, Any]) -> Change:
        """Return the change that opens a new case. `name` is the move that opens it. The case gets a new
        number. Raises Refusal."""
        self.refuse_ours(name, body)
        role = next(iter(caller.roles & MOVES[name].takers), caller.roles)
        new = {"ref": reference(self.random()), "rules": self.policy}
        return self._findable(take(name, None, self.act(caller, role, now), **{**body, **new}))

    def _begun(
        self, made: Callable[[], Change], once: Once | None, filed: NewComplaint | None = None
    ) -> Case:
        """Save a new case and return it. `made` returns the change that opens the case, with a new case
        number on each call, because a number may be taken. With `filed`, a worker looks for similar
        complaints (see `tell_similar`). Raises WriteConflict after `TRIES` failed tries."""
        for attempt in range(TRIES):
            change = made()
            try:
                self.file.save(change, once)
            except Repeated as repeated:
                return self._again(repeated, once)
            except WriteConflict:
                self.pause(attempt)
                continue
            self._nudge(change, filed)
            return change.case
        raise WriteConflict

    def _new_lookups(
        self, caller: Caller, body: Mapping[str, Any], known_by: tuple[str, ...], content: str
    ) -> tuple[Lookup, ...]:
        """Return the lookups by which a new case is found. There is one for each of the consumer's addresses.
        There is one for the partner's own number, which may name one case only. `content`: the digest of the
        request's content, or ""."""
        said = self.lookups(f"content {content}") if content else ()
        alone = [Lookup("external", key, True, said) for key in self._external(caller, body)]
        return (*(Lookup("person", key) for key in known_by), *alone)

    def _external(self, caller: Caller, body: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the keyed hashes of the number that a partner gave a complaint. Return () if there is no
        such number."""
        own = body.get("external_id")
        return self.lookups(f"external {caller.who} {own}") if own else ()

    def filed_under(self, partner: str, external_id: str) -> list[str]:
        """Return the number of the complaint that `partner` filed under its own number `external_id`; [] if
        there is none."""
        keys = self.lookups(f"external {partner} {external_id}")
        return sorted({ref for key in keys for ref in self.file.found("external", key)})

    def _routed(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the team that the rules choose for a complaint, and the rule, as server facts. Return {} if
        there are neither rules nor a default team: the team of the policy gets the complaint. `said`: the
        fields of the filing."""
        try:
            roster = self.file.roster()
        except Unavailable:  # an outage must not block a complaint
            return {}
        if not (roster.routing.rules or roster.routing.default):
            return {}
        to = routing.team(filed_facts(self.policy, **said), roster, policy(self.policy).team)
        return {"team": to.team, "rule": routing.ruling(to, roster)}

    def _sender(self, sender: str) -> str:
        """Return a keyed hash of the sender of a complaint. `sender` is a network, or the id of a partner or
        officer. Return an empty text for an empty sender."""
        return self.lookups(f"sender {sender}")[0][:SENDER] if sender else ""

    def repeats(self, caller: Caller, body: Mapping[str, Any], once: Once | None) -> bool:
        """Return whether a complaint was filed before under the same idempotency key, or under the same
        number of the partner. It costs one read, or none if both are absent."""
        keys = self._external(caller, body)
        return bool(once or keys) and self.file.filed_before(once, keys)

    def refuse_ours(self, name: str, body: Mapping[str, Any]) -> None:
        """Raise Refusal `own_address` if a person gives one of our addresses as another person's. `body`
        holds the facts of the move `name`. Our addresses are those of our domains, of staff and of mediators.
        They are refused because the consumer's letters would go to them."""
        given = {field: email for field in MOVES[name].emails if (email := _part(body, field))}
        if not given:
            return
        try:
            people = self.file.roster().addresses
        except Unavailable:  # an outage must not block a complaint
            people = frozenset()
        own = our_addresses(self.own_domains, people)
        for field_, email in given.items():
            refuse_if(own.hold(email), "own_address", field=field_)

    def related(self, case: Case) -> list[str]:
        """Return the numbers of other cases of the same people, in ascending order. Such a case may be the
        same complaint. At most `HINTS` keyed hashes are looked up, with one query each."""
        keys = dict.fromkeys(key for party in case.consumers for key in party.known_by)
        found = {ref for key in islice(keys, HINTS) for ref in self.file.found("person", key)}
        return sorted(found - {case.ref})

    def earlier(self, case: Case) -> list[Case]:
        """Return the earlier complaints of the same consumers, by number in ascending order; at most `HINTS`
        of the newest are read."""
        found = (self.server.complaint(ref) for ref in self.related(case)[-HINTS:])
        return [one for one in found if one and is_earlier(self.server, case, one)]

    def afresh(self, asked: Approval, case: Case) -> Mapping[str, Any]:
        """Return the facts of the move for which approval was asked, with the server facts as of now."""
        facts = self.server.reread(asked.move, asked.facts)
        return {**filled(asked.move, self.server, FactContext(case, facts, self.now())), **facts}

    def move(
        self,
        name: str,
        ref: str,
        caller: Caller,
        body: Mapping[str, Any],
        once: Once | None = None,
        seen: int | None = None,
        unchanged: Callable[[Case], bool] = lambda case: True,
    ) -> Case:
        """Take the move `name` on a case and return the saved case. `body` holds the facts of the move.
        `seen` is the number of entries that the case had when the caller saw the form. Raises WriteConflict
        if the case has another number of entries now. `unchanged` returns whether the case still is as the
        caller saw it, whatever its number of entries; if not, WriteConflict is raised too. Raises Refusal and
        NotFound."""
        limits: dict[str, datetime | None] = {}
        for attempt in range(TRIES):
            try:
                change = self.change(name, ref, caller, {**body, **limits}, seen, unchanged)
            except (Refusal, NotFound, WriteConflict):
                if once and (before := self.file.remembered(once)):
                    # After a double click, the first request has already taken the move.
                    return self._again(before, once)
                raise
            if change.reaches and change.reaches.counted and not limits:
                if once and (before := self.file.remembered(once)):
                    return self._again(before, once)  # count a repeated request only once
                limits = {"leaves": self._turn(change.reaches, caller)}
                if limits["leaves"]:
                    continue
            try:
                self.file.save(change, once)
            except Repeated as repeated:
                return self._again(repeated, once)
            except WriteConflict:
                if name != doubt_record.__name__:  # `_examine` itself takes `doubt_record`
                    self._examine(change)
                self.pause(attempt)
                continue
            if name in move_names(decide_reconsideration, answer_survey):
                self._count(name, change.case.team, json.loads(change.entry.line)["facts"])
            # A crash before the address is released does no harm: the page still shows that the address
            # refuses letters, and the move can be taken again.
            if name == release_address.__name__:
                party = change.case.party(json.loads(change.entry.line)["facts"]["party"])
                email = self.file.dossier_of(change.case).people.get(party.id, {}).get("email")
                self.addresses.release({*party.known_by, *self.server.hashes(email)})
            self._nudge(change)
            return self._rerouted(change)
        raise WriteConflict

    def _rerouted(self, change: Change) -> Case:
        """Hand a case over to another team if the rules say so, and return it. This is a move of its own. The
        first reason: a rule names another team for the new severity of a case without an owner. The second
        reason: a closed case is reopened, and its team is closed. After any other change the case stays with
        its team."""
        case, before = change.case, change.before
        if before and before.stage == Stage.CLOSED != case.stage:
            return self._to_open_team(case) or case
        return self._to_ruled_team(case)

    def _to_ruled_team(self, case: Case) -> Case:
        """Give a case to the team that a rule named for its severity, and return it. The case stays due until
        this is done, so that the clock does it after a crash. Later changes of the rules do not count."""
        to = case.goes_to
        return (self._to_team(case, to.team, to.ruling) if to else None) or case

    def _unbound(self, case: Case) -> Case:
        """Return the case without the team that a rule named for its severity, if that team was closed,
        removed or left without people since: it cannot take the case. The next move stores this."""
        to = case.goes_to
        unable = to and self.file.roster().fault(to.team, "cases")
        return replace(case, goes_to=None) if unable else case

    def _to_open_team(self, case: Case) -> Case | None:
        """Give a case of a closed team to the team that the rules name, and return it. Return None if its
        team is open, or cannot be left."""
        roster = self.file.roster()
        team = roster.teams.get(case.team)
        if team is None or not team.closed:
            return None
        to = self.routed(case, roster)
        return self._to_team(case, to.team, routing.ruling(to, roster))

    def routed(self, case: Case, roster: Roster) -> routing.Routed:
        """Return the team that the rules name for a case as it is now, under the policy of new cases."""
        return routing.team(routing.facts_of(case), roster, policy(self.policy).team)

    def _to_team(self, case: Case, team: str, rule: Ruling) -> Case | None:
        """Give a case to another team by this rule, and return it. Return None if that fails: the case then
        stays, and its team can hand it over."""
        with suppress(Refusal, WriteConflict, Unavailable):
            return self.move(follow_rules.__name__, case.ref, CLOCK, {"to": team, "rule": rule})
        return None

    def change(
        self,
        name: str,
        ref: str,
        caller: Caller,
        body: Mapping[str, Any],
        seen: int | None,
        unchanged: Callable[[Case], bool] = lambda case: True,
    ) -> Change:
        """Return the change that the move `name` makes with the facts in `body`, without saving it. Raises
        Refusal and NotFound. Raises WriteConflict if the case has another number of entries than `seen`
        (None: any number), or if it is not `unchanged`."""
        case = self.file.load(ref)
        if case.altered and name != doubt_record.__name__:
            case = self.doubt(case, case.entries, Fault.HEAD)
        case, speaks = self.visible(self._unbound(case), caller), caller
        if (seen is not None and case.entries != seen) or not unchanged(case):
            raise WriteConflict
        while case.together.joined and name in ("message", ANSWER) and speaks.party:
            case, speaks = self._leading(case, case.together.joined.ref, speaks)
        caller = acting(case, speaks)
        if name == EVIDENCE and self.answers(case, caller):
            name, body = (
                ANSWER,
                {"answer" if part == "shows" else part: value for part, value in body.items()},
            )
        elif name == CONFIRM_MAIL and body.get("mine") and self.answers(case, caller):
            name, body = ANSWER, self._mailed(case, caller, body["mail"])
        elif name == ANSWER and _answered(case, caller):
            name, body = EVIDENCE, {"shows": body["answer"]}
        return self._findable(found_again(self._take(name, case, caller, body)))

    def approved(self, asked: Change) -> Change | None:
        """Return the change that a second person would make by approving this request now, without saving it.
        `asked`: the change that makes the request. Return None if it makes none, or if nobody could approve
        it now."""
        case, at = asked.case, self.now()
        request = next((one for one in case.approvals if one.entry == asked.entry.n), None)
        if request is None:
            return None
        act = self.act(Caller("", STAFF), Role[request.roles[0].upper()], at)
        facts = request.facts
        afresh = filled(request.move, self.server, FactContext(case, facts, at))
        with suppress(Refusal):
            return take(approve.__name__, case, act, approval=request.id, asked=facts, afresh=afresh)
        return None

    def _findable(self, change: Change) -> Change:
        """Return the change with the keys by which officers find the case: those of a new case, and those of
        the people whose rows the change writes. It is the same for the other cases that the move changes."""
        words = change.entry.words if change.before is None else {}
        account = json.loads(words["account"][1]) if "account" in words else {}
        keys = finding.keys_of(change.case, change.before is None, change.people.values(), account)
        return replace(
            change,
            lookups=(*change.lookups, *self.find_lookups(change.case, keys[: finding.MOST_KEYS])),
            also=tuple(map(self._findable, change.also)),
        )

    def find_lookups(self, case: Case, keys: Iterable[finding.Key]) -> tuple[Lookup, ...]:
        """Return the lookups by which officers find a case by these keys."""
        return tuple(Lookup("find", self.find_hashes(key.text)[0], at=case.recorded_at) for key in keys)

    def present_keys(
        self, dossier: Dossier, without: Collection[str] = (), filing: bool = True
    ) -> tuple[finding.Key, ...]:
        """Return all keys by which officers find a case, from its present rows. Those of the people with the
        ids `without` are left out. `filing`: with those of the words of the complaint."""
        told = dossier.entry(1)[1].get("account") if filing and dossier.has_entry(1) else None
        people = [person for id, person in dossier.people.items() if id not in without]
        return finding.keys_of(dossier.case, True, people, told or {})

    def find_hashes(self, key: str) -> tuple[str, ...]:
        """Return the keyed hashes of a key by which officers find cases, the one under the present key
        first."""
        return self.lookups(f"find {key}")

    def _mailed(self, case: Case, caller: Caller, mail: str) -> Mapping[str, Any]:
        """Return the words of a mail that this party confirms, as the facts of their answer. Raises Refusal
        `mail_unknown` if no such mail waits for them."""
        waits = next((one for one in case.mails if (one.id, one.by) == (mail, caller.party)), None)
        found = required(waits, "mail_unknown", field="mail")
        words = self.file.dossier_of(case).entry(found.entry)[1]
        return {"answer": words.get("text") or "", "mail": mail}

    def _turn(self, reached: Recipient, caller: Caller) -> datetime | None:
        """Return when a message to a new recipient may leave (UTC); None means now. The limit of the caller's
        network decides. If the counter is unavailable, the message waits until the next morning, so that no
        message leaves uncounted."""
        try:
            at = self.ceilings.next(caller.network, reached.way == Way.SMS, reached.leaves)
        except Unavailable:
            at = max(reached.leaves, next_morning(self.now()))
        return at if at > self.now() else None

    def answers(self, case: Case, caller: Caller) -> bool:
        """Return whether evidence that the caller adds now would answer our request for information. Any text
        or file from the consumer's side answers the request. The reason: without an answer the case is
        closed, and the consumer has replied."""
        answer = MOVES[ANSWER]
        roles = caller.roles & (Role.C | Role.PARTNER)
        if not roles or case.stage not in answer.at:
            return False
        return may(answer, case, self.act(caller, next(iter(roles)), self.now(), case)) is None

    def _count(self, name: str, team: str, facts: Mapping[str, Any]) -> None:
        """Report a metric about one move (`name`) from its facts, without naming the case. For an answer to
        the survey, report the team's score. For a decision on reconsideration, report how many matters were
        reviewed, and how many of them were decided differently."""
        if name == answer_survey.__name__:
            return self.meters.count("SurveyScore", facts["overall"], "None", team)
        results = facts["results"].values()
        self.meters.count("Reconsidered", len(results), team=team)
        return self.meters.count(
            "Overturned", sum(result != Result.CONFIRMED for result in results), team=team
        )

    def _leading(self, case: Case, ref: str, caller: Caller) -> tuple[Case, Caller]:
        """Return the leading case of a linked case, and the caller as a party to the leading case. `case` is
        the linked case, `ref` the number of the leading one. A reply on the linked case is recorded on the
        leading case. Raises Refusal `linked_case` if the person is not on the leading case."""
        here, leading = case.party(caller.party), self.file.load(ref)
        whose = case.party(here.represents) if here.represents else here
        # `same` excludes a person who has replaced this one on the leading case
        joined = [p for p in leading.consumers if p.own == case.ref and p.same(whose)]
        there = next(
            iter(joined or [p for p in leading.consumers if set(p.known_by) & set(whose.known_by)]), None
        )
        if there and here.represents:
            agents = (p for p in leading.parties if p.represents == there.id and not p.left)
            there = next((p for p in agents if set(p.known_by) & set(here.known_by)), None)
        there = required(there, "linked_case", leading=ref)
        return leading, replace(caller, who=there.id, party=there.id)

    def joint_member(self, case: Case) -> tuple[Case, Party] | None:
        """Return the joint case to which a case belongs, and the person of the case as a party there. Return
        None if the case belongs to no joint case, or if the person has left the joint case."""
        if not case.together.joined:
            return None
        leading, whose = self.file.load(case.together.joined.ref), case.parties[0]
        there = (p for p in leading.parties if p.own == case.ref and not p.left and p.same(whose))
        return next(((leading, party) for party in there), None)

    def ask_link(self, number: str, contact: str) -> None:
        """Ask a worker to send an access link again. `number` is a case number, `contact` an e-mail address
        or telephone number. The worker looks up both, so that neither our answer nor its duration reveals
        whether they exist. Raises Unavailable."""
        self.tasks.find(number, self.lookups(contact))

    def send_link(self, ref: str, known_by: Iterable[str]) -> None:
        """Send the access link again to each party with one of the keyed hashes `known_by`. A party who has
        left the case gets none."""
        with suppress(NotFound):
            for party in self.file.load(ref).parties:
                if set(known_by).intersection(party.known_by) and not party.left:
                    with suppress(Refusal):
                        self.move(send_link.__name__, ref, CLOCK, {"party": party.id})

    def ask_opinion(self, ref: str) -> None:
        """Ask the people of a complaint for their opinion of the process. Do nothing if they were asked
        before, or if the survey cannot be sent now."""
        with suppress(NotFound, Refusal):
            self.move(ask_opinion.__name__, ref, CLOCK, {})

    def visible(self, case: Case, caller: Caller, thing: Thing = Thing.CASE) -> Case:
        """Return the case if this caller may read the section `thing` of it now. Raises NotFound if the
        caller may not know of the case. Raises the Refusal that gives the reason if the caller may know of
        the case, but not read this section."""
        return authorize_read(case, thing, caller, self.now())

    def sees(self, case: Case, caller: Caller) -> bool:
        """Return whether this caller may know that the case exists."""
        return may_read(case, Thing.CASE, caller, self.now())

    def offered(
        self, dossier: Dossier, caller: Caller, refusing: Callable[[], Collection[str]] | None = None
    ) -> Offers:
        """Return the moves that the caller can take now. Some moves depend on the roster, on who handled the
        case, on the joint case to which it was invited, or on the addresses that refuse our letters. These
        facts are read and checked here too.

        `refusing`: a function that returns the ids of the people whose address refuses our letters. Without
        it, they are read from the store.
        """
        case, now = dossier.case, self.now()
        found, acts = offers(case, caller, now), acts_of(case, caller, now)
        context = FactContext(case, {}, now)
        reads = {"refusing": refusing or (lambda: self.refusing(dossier))}

        def turn(name: str) -> bool:
            needed = {
                fact: reads[fact]() if fact in reads else FILLS[fact](self.server, context)
                for fact in MOVES[name].turns_on
            }
            return any(
                MOVES[name].turn(case, act, **needed) for act in acts if act.role in MOVES[name].takers
            )

        return {name: about for name, about in found.items() if turn(name)}

    def refusing(self, dossier: Dossier) -> frozenset[str]:
        """Return the ids of the people on a case whose e-mail address bounces or refuses our letters."""
        known = {id: self.server.hashes(person.get("email")) for id, person in dossier.people.items()}
        refused = self.addresses.refusing(key for keys in known.values() for key in keys)
        return frozenset(id for id, keys in known.items() if not refused.isdisjoint(keys))

    def look_at(self, ref: str, now: datetime) -> int:
        """Take all due steps of a case, the longest overdue first, and return how many were taken. It costs
        one read, and one transaction per step. If the letter that opened a window has not arrived, the window
        is suspended, and its step is not taken. Before the steps, a case goes to the team that a rule names
        for its new severity. A case without an owner then gets one, if the clock assigns the cases of its
        team. Before a due step, a case of a closed team goes to another team."""
        case, taken = self.file.load(ref), 0
        with suppress(WriteConflict):  # after another write, all other steps stay due
            if case.altered:
                case = self.doubt(case, case.entries, Fault.HEAD)
            case = self._assigned(self._to_ruled_team(self._unbound(self._recomputed(case, now))), now)
            for taken in range(STEPS_AT_ONCE):
                running = due_step(case, now)
                while running and self._stopped(case, running):
                    case = self.file.load(ref)
                    running = due_step(case, now)
                if running is None:
                    if not taken:
                        # Nothing was due, so the index is out of date, for example after a new calendar.
                        self.file.settle(case, self._next_try(case, now))
                    return taken
                if moved := self._to_open_team(case):  # the step is then one of the new team
                    case = moved
                    continue
                held = running.name == "information" and self._on_its_way(case)
                act, context = self.act(CLOCK, Role.CLOCK, now), FactContext(case, {}, now)
                given = lambda move: filled(move, self.server, context)  # noqa: B023, E731
                change = step(case, running, act, self.file.roster(), held, given)
                kept = self._save(change)
                ladder = policy(case.policy).rules[running.name].ladder
                self._measure(change, running.name, change.case.clock.steps[running.key] >= len(ladder))
                self._nudge(change)
                case = kept
            return STEPS_AT_ONCE
        return taken

    def _assigned(self, case: Case, now: datetime) -> Case:
        """Give the case to the next free person, if the clock must do so, and return the case. If nobody is
        free, return it unchanged; its deadlines then run as in any team. It costs two reads, one count for
        each person who may get it, and one transaction. Raises WriteConflict after `TRIES` failed tries."""
        for attempt in range(TRIES):
            turns = self.file.turns(case.team) if wants_owner(case, self.file.roster) else None
            found = turns and next_free(case, self.file.roster(), now, self.file.open_cases, turns)
            if not (turns and found):
                return case
            roster, act = self.file.roster(), self.act(CLOCK, Role.CLOCK, now)
            people = [member.id for member in roster.teams[case.team].people()]
            said = {"to": found.member.id, "assigns": found.why, "load": found.load, "roster": roster}
            change = take(assign_next.__name__, case, act, **said)
            try:
                kept = self.file.save(
                    replace(change, turns=turns.with_next(found.member.id, found.load, now, people))
                )
            except WriteConflict:
                self.pause(attempt)
                case = self.file.load(case.ref)
                continue
            self._nudge(change)
            return kept
        raise WriteConflict

    def next_owners(self, cases: Iterable[Case]) -> Iterator[tuple[Case, NextFree | None]]:
        """Yield each of these cases that the clock must assign, with its next owner or None if nobody is
        free. The order is that in which the clock would assign them, and each case counts for the next. The
        turns of a team are read once, and a person's cases are counted once."""
        loads, given, turns = cache(self.file.open_cases), Counter[str](), dict[str, TeamTurns]()
        now, roster = self.now(), self.file.roster
        for case in cases:
            if not wants_owner(case, roster):
                continue
            of = turns[case.team] if case.team in turns else self.file.turns(case.team)
            found = next_free(case, roster(), now, lambda who: loads(who) + given[who], of)
            if found:
                people = [member.id for member in roster().teams[case.team].people()]
                turns[case.team] = of.with_next(found.member.id, None, now, people)
                given[found.member.id] += 1
            yield case, found

    def _next_try(self, case: Case, now: datetime) -> datetime | None:
        """Return when the clock must try again to assign a case for which nobody was free. That is when the
        next person comes on duty, but in an hour at the latest, because people finish other cases. Return
        None for any other case."""
        if not wants_owner(case, self.file.roster):
            return None
        return min(free_again(case, self.file.roster(), now) or now + TRIED_AGAIN, now + TRIED_AGAIN)

    def _on_its_way(self, case: Case) -> bool:
        """Return whether a file from the consumer's side that answers our request is still being uploaded or
        checked. If so, the case must not be closed for a missing answer."""
        theirs = [party.id for party in case.parties if party.side == Side.CONSUMER]
        sent = self.file.dossier_of(case).sent(theirs, case.request.at) if case.request else ()
        return any(file["state"] != KEPT for file in sent)

    def _save(self, change: Change) -> Case:
        """Save a step of the clock and return the case. If the step cannot be saved, find out whether
        somebody changed the record from outside, and note such a change on the case. Then raise
        WriteConflict."""
        try:
            return self.file.save(change)
        except WriteConflict:
            self._examine(change)
            raise

    def _recomputed(self, case: Case, now: datetime) -> Case:
        """Record each deadline that a new calendar extends, and notify the parties. Return the case with
        these deadlines."""
        while run := next(moved_ends(case), None):
            change = take(
                recompute_deadline.__name__,
                case,
                self.act(CLOCK, Role.CLOCK, now),
                deadline=run.name,
                run=run.key,
                about=run.id,
                was_due=announced_end(case, DEADLINES[run.name], run.key),
                due=run.due,
            )
            case = self._save(change)
            self._nudge(change)
        return case

    def split_off(self, ref: str, id: str) -> None:
        """Split off from a joint case the people who leave it, at most `STEPS_AT_ONCE` in one run, with one
        transaction each. `id` names the row of the split, which stays due until all of them have left. If the
        move is refused for one person, the other people are split off first; then the Refusal is raised."""
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
        """Find out why a change could not be saved. There are two possible reasons: another write came first,
        or somebody changed the record from outside. A change from outside is noted on the case."""
        for changed in (change, *change.also):
            if changed.before:
                case = self.sound(self.file.load(changed.case.ref))
                if behind := self.file.caught_up(case):
                    self._doubt_behind(behind, behind.entries, Fault.HEAD)

    def sound(self, case: Case) -> Case:
        """Compare the head of a case with its last timeline entry, and return the case. This costs one read.
        If the two do not match, note this on the case, and return the case with the note."""
        try:
            last = self.file.dossier_of(case).entries[-1]
            whole = is_bound(case, last) and not case.altered
        except LookupError:
            whole = False
        return case if whole else self.doubt(case, case.entries, Fault.HEAD)

    def doubt(self, case: Case, entry: int, fault: Fault) -> Case:
        """Note on the case that somebody changed its record from outside, and return the case with the note.
        `entry` is the number of the changed entry, `fault` the kind of change. Do nothing if the same change
        is noted already.

        The metric is reported first, so that operators are alerted even after a crash. If the head is older
        than the timeline, the note becomes the entry after the newest one.
        """
        if already_noted(case, entry, fault):
            return case
        self.meters.count("RecordChanged")
        try:
            return self.move(doubt_record.__name__, case.ref, CLOCK, {"entry": entry, "fault": fault})
        except Refusal:  # another process has just noted this change
            return case
        except WriteConflict:
            behind = self.file.caught_up(case)
            return self._doubt_behind(behind, entry, fault) if behind else case

    def _doubt_behind(self, case: Case, entry: int, fault: Fault) -> Case:
        """Note a change from outside on a case whose head is older than its timeline. `case` has the number
        and the hash of the newest entry, so the note becomes the entry after it."""
        self.meters.count("RecordChanged")
        with suppress(Refusal, WriteConflict):  # another process has just noted this change
            act = self.act(CLOCK, Role.CLOCK, self.now())
            change = take(doubt_record.__name__, case, act, entry=entry, fault=fault)
            case = self.file.save(change)
            self._nudge(change)
        return case

    def _stopped(self, case: Case, window: Running) -> bool:
        """Record the undelivered letters of a window, and return whether there were any. If a letter was not
        sent, the window is suspended until staff have called the recipient. If a letter left late, the window
        ends later. The reason: the parties must not lose rights because our letter did not arrive."""
        recorded = False
        for move, said in delivery_failures(case, window, lambda post: self.file.posted(case.ref, post)):
            with suppress(Refusal):  # the undelivered letter was recorded already
                self.move(move, case.ref, CLOCK, said)
                recorded = True
        return recorded

    def _take(self, name: str, case: Case, caller: Caller, body: Mapping[str, Any]) -> Change:
        declared = required(MOVES.get(name), "unknown_move", move=name)
        self.refuse_ours(name, body)
        if caller.roles & STAFF:
            refuse_unfilled(body)
        roles = list(caller.roles & declared.takers)
        if not roles:
            permit(declared, case, self.act(caller, next(iter(caller.roles)), self.now(), case))
        given = {**body, **filled(name, self.server, FactContext(case, body, self.now(), caller.party))}
        for name_, (hint, _) in declared.parameters.items():
            if hint is Case and isinstance(given.get(name_), str):
                given[name_] = self._complaint(given[name_], caller, name_)
        refused: Refusal | None = None
        asking: Change | None = None
        # Of the caller's roles, prefer one in which the move needs no approval.
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
        """Return the complaint with the number `ref`, which the caller gave in the field `field`. Raises
        Refusal `unknown_case` if the caller may not know of the case, or if the case is no complaint."""
        with suppress(NotFound):
            found = self.visible(self.file.load(ref), caller)
            if found.stage not in LEARNING:
                return found
        raise Refusal("unknown_case", field=field)

    def _again(self, repeated: Repeated, once: Once | None) -> Case:
        refuse_if(once and repeated.digest != once.digest, "wrong_key_reuse")
        return self.file.load(repeated.ref)

    def _nudge(self, change: Change, filed: NewComplaint | None = None) -> None:
        for changed in (change, *change.also):
            now = [post for post in changed.posts if not post.waits]
            posts = [post.id for post in now if len(post.audience) > 1]
            single = (post.letters[0] for post in now if len(post.audience) == 1)
            letters = [letter.id for letter in single if letter.way in AUTOMATIC]
            if changed.confirmed:  # letters that waited for this confirmation leave now
                whose = {f"party:{id}" for id in changed.confirmed}
                rows = self.file.dossier_of(changed.case).letters
                letters += [row["id"] for row in rows if row["to"] in whose and row["state"] == "owed"]
            if letters or posts or filed:
                self.tasks.nudge(changed.case.ref, letters, posts, filed)
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
        # All levels of the escalation have been notified, or this step reached nobody. No step follows.
        if (top and told) or not (change.letters or change.repeated):
            self.meters.count("LadderExhausted")


FOUND_TWICE = 20
"""A limit for the lookups of a case that is split off. If the people who stay in the joint case have more
keyed hashes than this, their addresses get no lookups on the new case."""


def found_again(change: Change, here: frozenset[str] = frozenset()) -> Change:
    """Return the change with the lookups that it needs. There is one for each new address on the case, and
    one for a sealed document. The other cases that the move changes get theirs too.

    `here` are keyed hashes that get no lookup, because each lookup is an item of the transaction, which has a
    limited number of items. For a case that is split off, these are the addresses of the people who stay in
    the joint case, if there are more than `FOUND_TWICE`.
    """
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


def _part(body: Mapping[str, Any], field: str) -> Any:
    """Return the value of a field in the facts of a move; None if it is absent. The field `person/email` is
    the part `email` of the value `person`."""
    name, _, part = field.partition("/")
    value = body.get(name)
    return getattr(value, part, None) if part else value


def refuse_unfilled(said: Any, place: str = "") -> None:
    """Raise Refusal `slot_unfilled` if a canned text with an empty slot is among the facts of a move. `said`:
    the facts, or a part of them. `place`: the path of the part."""
    if isinstance(said, str):
        refuse_if(slot := unfilled(said), "slot_unfilled", field=place, slot=slot)
    elif isinstance(said, (Mapping, list, tuple)) or is_dataclass(said):
        parts = values(said) if is_dataclass(said) else said
        inside = parts.items() if isinstance(parts, Mapping) else enumerate(parts)
        for name, part in inside:
            refuse_unfilled(part, f"{place}.{name}" if place else str(name))


def _answered(case: Case, caller: Caller) -> bool:
    """Return whether a file of this party has already answered our request for information. If so, a later
    text of the party, for example one sent along with photographs, is recorded as evidence."""
    asked = case.request
    if asked is None or not caller.party or case.stage != asked.stage:
        return False
    theirs = circle_of(case, case.stands_for(caller.party))
    return any(piece.file and piece.at >= asked.at and piece.by in theirs for piece in case.evidence)


def _known(parties: Iterable[Party]) -> frozenset[str]:
    return frozenset(key for party in parties for key in party.known_by)


def once(caller: Caller, route: str, key: str | None, body: bytes | str) -> Once | None:
    """Return the idempotency record of a request. `key` is the idempotency key that the request names. Return
    None if it names none."""
    raw = body if isinstance(body, bytes) else body.encode()
    return (
        Once(sha256(f"{caller.who}\n{route}\n{key}".encode()).hexdigest(), sha256(raw).hexdigest())
        if key
        else None
    )


def work_lists(case: Case) -> dict[str, datetime | None]:
    """Return the work lists that a case is on. The key is the name of the list, the value the time by which
    the case is sorted on that list (None: last). Everything follows from the case alone.

    `PERSON#` lists what one person has. `TEAM#` lists what a team has: all of it, what waits for a role, or
    one kind of waiting work. `ROLE#` lists what waits for a role that oversees all teams."""
    team, at = f"TEAM#{case.team}", leads(case)
    found: dict[str, datetime | None] = {}
    # A mediator has the case on their list from the day when they are asked to mediate.
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
        # a case under reconsideration is held by a panel, not by one person
        if case.owner or not case.recourse.reconsideration or case.recourse.reconsideration.late:
            found[f"PERSON#{case.owner}" if case.owner else f"{team}#unassigned"] = at
    if case.doubted:
        found[DOUBTED] = min(doubt.since for doubt in case.doubts if not doubt.cleared)
    if calls := waiting_calls(case):
        found[f"{team}#tellings"] = min(task.since for task in calls)
        if unreached := [task.nowhere for task in calls if task.nowhere]:
            found[f"{team}#undelivered"] = min(unreached)
    if case.approvals:
        found[f"{team}#approvals"] = min(a.at for a in case.approvals)
    if case.messages:
        found[f"{team}#messages"] = min(m.at for m in case.messages)
    # A closed case stays on the team's list while an obligation or a safety matter is open.
    if case.stage == "closed" and (case.unsafe or case.open_obligations):
        found[team] = at
    for role in pending_roles(case):
        found[f"{team}#{role.code}"] = at
        if role in OVERSEES:
            found[f"ROLE#{role.code}"] = at
    for mention in mentioned(case):  # until the person opens the case
        own = f"PERSON#{mention.who}"
        found[own] = min(found.get(own) or mention.at, mention.at)
    asked_of = {question.id: question.department for question in case.inquiry.questions}
    return found | {
        f"TEAM#{asked_of[run.id]}": run.due
        for run in deadlines(case).values()
        if run.name == "department_answer"
    }
