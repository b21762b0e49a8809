"""The view of the talks, for one side and for staff: the dispute, the statements and offers of each side, the
invitation to mediation, and how the talks ended."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple

from chalicelib.domain.calendar import day_end, instant
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.declare import Take
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.frozen import frozen, values
from chalicelib.domain.model.case_records import Dispute
from chalicelib.domain.model.codes import TALKS, Nature, Reply, Side, Stage
from chalicelib.domain.moves.dispute import identify_dispute, raise_dispute, record_try, state_position
from chalicelib.domain.moves.invitation import end_negotiation, lapse_consent, refusal_asked
from chalicelib.domain.moves.leaving import leave_talks
from chalicelib.domain.moves.mediation import end_mediation, lapse_mediation
from chalicelib.domain.moves.offers import accept_offer, lapse_offer, offer, record_on_the_spot, refuse_offer
from chalicelib.domain.roster import Roster
from chalicelib.view.party import PartyReader, side_of
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Line, Staff

ENDED = (end_negotiation, lapse_consent, record_on_the_spot, end_mediation, lapse_mediation, leave_talks)
"""The moves that end the talks and record a reason."""
ANSWER_BY = {declared.answers_for: name for name, declared in DEADLINES.items() if declared.answers_for}
"""The name of the deadline by which a side must answer the invitation to mediation. The key is the side."""
ANSWERED = {accept_offer: Reply.ACCEPTED, refuse_offer: Reply.REFUSED, lapse_offer: Reply.LAPSED}
"""The state that a move gives to an offer. The key is the move, which answers the offer or lets it lapse."""
RAISED = (raise_dispute, identify_dispute)
Words = Literal["dispute", "statement", "attempt", "offer"]
WORDS_IN: Mapping[Words, tuple[Take, ...]] = {
    "dispute": RAISED,
    "statement": (state_position,),
    "attempt": (record_try,),
    "offer": (offer,),
}
"""The moves whose entries hold words of the talks. The key says which words: those that open the dispute, a
statement, an attempt to hear a side, or an offer."""


class Said(NamedTuple):
    """A statement in the talks that the reader may read. `own`: True for a statement of the reader's side;
    False for one that the other side has shared. `shared`: when it was shown to the other side; None if it
    was not. `text`: its words."""

    id: str
    own: bool
    at: datetime
    shared: datetime | None
    text: str


class Offered(NamedTuple):
    """An offer in the talks. `own`: whether the reader's side made it. `until`: until when (UTC) it can be
    accepted: the end of the day that it names, or of the talks, if they end earlier. `amount`: in fen; None
    if it is not about money. `terms`: its words. `counters`: the id of the earlier offer that it answers;
    None if it answers none."""

    id: str
    own: bool
    at: datetime
    until: datetime
    amount: int | None
    state: Reply
    terms: str
    counters: str | None


class MediationInvitation(NamedTuple):
    """The invitation to mediation, as one side sees it. `mine`: whether this side agreed; None before its
    answer. `theirs`: whether the other side agreed; None before its answer. `due`, `due_theirs`: until when
    each side must answer. `late`, `late_theirs`: whether that moment has passed. `waits`: whether this side
    refused, and a second person must still confirm the refusal.

    The last two fields say what follows if the company does not answer. `ends`: when the negotiation then
    ends; None if that time does not run. `leads`: the stage that follows; "" if that time does not run. All
    moments are UTC.
    """

    mine: bool | None
    theirs: bool | None
    due: datetime | None
    due_theirs: datetime | None
    waits: bool
    late: bool
    late_theirs: bool
    ends: datetime | None
    leads: str


@frozen(kw_only=True)
class TalksView:
    """The talks as one side sees them. `about`: what the dispute is about, in words. `nature`: its chief
    subject, as a code. `others`: its further subjects. `ends`: when the negotiation or mediation ends if
    nothing happens. `ended`: when the negotiation has ended. `negotiator`: the name of the neutral officer;
    None if there is none, or if they are away (`away`). `named_by`: until when the officer must be named.
    `statements`: the statements that the reader may read, those of the reader's side first.

    `invited`: when the sides were invited to mediation; None if they were not. `consents`: whether each side
    agreed to the mediation; None before its answer. `asked`: the invitation in detail. `drafted`: until when
    the text for an accepted offer must be drafted. `why`: the recorded reason why the talks ended; empty if
    none is recorded. All moments are UTC. `offers`: the offers that the reader may read."""

    about: str
    nature: Nature
    others: tuple[Nature, ...]
    since: datetime
    ends: datetime | None
    ended: datetime | None
    negotiator: str | None
    away: bool
    named_by: datetime | None
    statements: list[Said]
    offers: list[Offered]
    invited: datetime | None
    consents: Mapping[Side, bool | None]
    asked: MediationInvitation | None
    drafted: datetime | None
    why: Mapping[str, str]


class Try(NamedTuple):
    """An attempt of an officer to hear a side. `n`: the number of its timeline entry. `by`: the id of the
    officer. `side`: the side that was to be heard."""

    n: int
    by: str
    side: Side


@frozen(kw_only=True)
class TalksInside(Dispute):
    """The talks as staff see them. `heard`: the attempts to hear a side. `refused`: the number of the
    timeline entry in which an offer was refused, by the id of the offer. `ended_in`: the number of the entry
    that ended the negotiation; 0 if none has. `state`: how far the talks are."""

    state: Literal["going", "agreed", "ended", "mediating", "over"]
    heard: tuple[Try, ...]
    refused: Mapping[str, int]
    ended_in: int


def talks_view(reader: PartyReader, roster: Roster) -> TalksView | None:
    """Return the talks as the reader's side sees them. Return None if the case has no talks that the reader
    can see."""
    case, dispute = reader.case, reader.case.talks.dispute
    if dispute is None or not reader.has_entry(dispute.entry, *RAISED):
        return None
    holds = case.owner if case.stage in TALKS else None
    owner = roster.contact(holds, reader.now)
    due = {run.name: run.due for run in deadlines(case).values()}
    return TalksView(
        about=reader.words(dispute.entry, *RAISED).get("about", ""),
        nature=dispute.nature,
        others=dispute.others,
        since=dispute.at,
        ends=due.get("negotiation") or due.get("mediation"),
        ended=dispute.ended,
        negotiator=owner.name if owner else None,
        away=owner is None and bool(holds and roster.member(holds)),
        named_by=due.get("assignment"),
        statements=sorted(_said(reader, dispute), key=lambda one: not one.own),
        offers=[offered(reader, one.entry, one.state) for one in dispute.offers],
        invited=dispute.invited,
        consents={side: dispute.consents.get(side) for side in Side},
        asked=_asked(reader, dispute, due),
        drafted=due.get("drafting"),
        why=_why(reader, dispute),
    )


def talks_inside(reader: Staff) -> TalksInside | None:
    """Return the talks as staff see them. Return None if the case has no talks."""
    found, stage = reader.head.talks.dispute, reader.case.stage
    if found is None:
        return None
    since = [
        (n, line)
        for n, (line, _) in reader.dossier.of(record_try, refuse_offer)
        if instant(line["at"]) >= found.at
    ]

    # the reason is in the request if a second person approved the end, and a request that waits ends nothing
    ended = (
        line["facts"].get("asked_in", n)
        for n, (line, _) in reader.dossier.of(end_negotiation, granted=True)
        if instant(line["at"]) >= found.at and not isinstance(line["facts"].get("asked"), str)
    )

    def of(move: Take) -> list[tuple[int, Line]]:
        return [(n, line) for n, line in since if line["move"] == move.__name__]

    return TalksInside(
        **values(found),
        state="over"
        if stage not in TALKS
        else "mediating"
        if stage == Stage.MEDIATING
        else "ended"
        if found.ended
        else "agreed"
        if found.accepted
        else "going",
        heard=tuple(Try(n, line["who"], Side(line["facts"]["side"])) for n, line in of(record_try)),
        refused={line["facts"]["offer"]: n for n, line in of(refuse_offer)},
        ended_in=max(ended, default=0),
    )


def has_words(reader: Staff, n: int, of: Words) -> bool:
    """Return whether the timeline of this case has entry `n`, with words of the kind `of`. A case that was
    split off can refer to an entry that only the other case has."""
    return reader.has_entry(n, *WORDS_IN[of])


def _said(reader: PartyReader, dispute: Dispute) -> Iterator[Said]:
    for one in dispute.statements:
        line, words = reader.dossier.entry(one.entry)
        if reader.sees(one.entry, state_position.__name__, line, line["facts"]):
            own = reader.is_own_statement(line, line["facts"])
            yield Said(one.id, own, instant(line["at"]), one.shared, words.get("text", ""))


def offered(reader: Reader, n: int, state: Reply) -> Offered:
    """Return the offer that entry `n` makes. `state`: the state of the offer. For staff, `own` is False."""
    line, words = reader.dossier.entry(n)
    made = line["facts"]
    runs = reader.runs_of("offer") if state == Reply.OPEN else ()
    ends = next((run.due for run in runs if run.id == made["offer"]), None)
    return Offered(
        made["offer"],
        side_of(line, made) == reader.side,
        instant(line["at"]),
        ends or day_end(date.fromisoformat(made["until"])),
        made.get("amount"),
        state,
        words.get("terms", ""),
        made.get("counters"),
    )


def offer_until(reader: Reader, id: str, until: int) -> Offered | None:
    """Return the offer with this id, as of entry `until`. Return None if there was no such offer. Its state
    is OPEN unless entry `until` answers it or lets it lapse."""
    n = reader.dossier.last(offer, until=until, fits=lambda line: line["facts"]["offer"] == id)
    state = next((reply for move, reply in ANSWERED.items() if reader.has_entry(until, move)), Reply.OPEN)
    return offered(reader, n, state) if n else None


def _asked(
    reader: PartyReader, dispute: Dispute, due: Mapping[str, datetime | None]
) -> MediationInvitation | None:
    if dispute.invited is None:
        return None
    side = reader.party.side
    waits = reader.company and refusal_asked(reader.case)
    mine, theirs = (dispute.consents.get(each) for each in (side, side.other))
    mine_by, theirs_by = (due.get(ANSWER_BY[each]) for each in (side, side.other))
    late, late_theirs = map(reader.past, (mine_by, theirs_by))
    ends = due.get("company_silence")
    leads = reader.lapse(lapse_consent, ends, side=Side.BUSINESS) if ends else ""
    return MediationInvitation(mine, theirs, mine_by, theirs_by, waits, late, late_theirs, ends, leads)


def _why(reader: PartyReader, dispute: Dispute) -> Mapping[str, str]:
    """Return why the present talks ended. The key `ending` has the code of the reason; the other keys are the
    words of the entry that ended them. If a second person approved the end, the words are left out. The
    result is empty if no end was recorded."""
    for n, (line, words) in reversed(reader.dossier.of(*ENDED, granted=True)):
        move, facts = line["facts"].get("move", line["move"]), line["facts"].get("asked", line["facts"])
        # A lapse without `ending` is the consumer's silence, which does not end the talks.
        if move == lapse_consent.__name__ and "ending" not in facts:
            continue
        if n > dispute.entry and instant(line["at"]) >= dispute.at and not isinstance(facts, str):
            return {**(words if move == line["move"] else {}), "ending": facts.get("ending", "")}
    return {}
