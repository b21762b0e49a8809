"""The view of the talks, for one side and for staff: the dispute, the statements and offers of each side, the
invitation to mediation, and the end."""

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
from chalicelib.domain.moves.mediation import end_mediation, lapse_mediation
from chalicelib.domain.moves.offers import accept_offer, lapse_offer, offer, record_on_the_spot, refuse_offer
from chalicelib.domain.roster import Roster
from chalicelib.view.party import PartyReader, side_of
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Line, Staff

ENDED = (end_negotiation, lapse_consent, record_on_the_spot, end_mediation, lapse_mediation)
"""The moves that end the talks and name a reason."""
ANSWER_BY = {declared.answers_for: name for name, declared in DEADLINES.items() if declared.answers_for}
"""For each side, the name of the deadline by which it must answer the invitation to mediation."""
ANSWERED = {accept_offer: Reply.ACCEPTED, refuse_offer: Reply.REFUSED, lapse_offer: Reply.LAPSED}
"""For each move that answers or ends an offer, the state of the offer after the move."""
RAISED = (raise_dispute, identify_dispute)
Words = Literal["dispute", "statement", "attempt", "offer"]
WORDS_IN: Mapping[Words, tuple[Take, ...]] = {
    "dispute": RAISED,
    "statement": (state_position,),
    "attempt": (record_try,),
    "offer": (offer,),
}
"""For each kind of thing in the talks, the moves whose entries hold its words."""


class Said(NamedTuple):
    """A statement of the reader's side (`own`), or one that the other side has shared. `shared`: when it was
    shown to the other side; None: not yet."""

    id: str
    own: bool
    at: datetime
    shared: datetime | None
    text: str


class Offered(NamedTuple):
    """An offer of either side. `own`: the reader's side made it. `until`: the end of its last day.
    `counters`: the id of the offer that it answers; None without one."""

    id: str
    own: bool
    at: datetime
    until: datetime
    amount: int | None
    state: Reply
    terms: str
    counters: str | None


class MediationInvitation(NamedTuple):
    """The invitation to mediation, as one side sees it. `mine`, `theirs`: the answer of this side, and of the
    other; None before it. `due`, `due_theirs`: until when each must answer. `late`, `late_theirs`: that
    moment has passed. `waits`: this side refused, and a second person has yet to confirm the refusal. `ends`:
    when the negotiation ends if the company does not answer. `leads`: the stage that follows then."""

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
    """The talks as one side sees them. `about`: the subject of the dispute, in words. `ends`: when they end
    if nothing happens. `negotiator`: the name of the neutral officer; None without one. `named_by`: until
    when an officer must be named. `statements`: those of the reader's side first.

    `invited`: when the sides were invited to mediation. `consents`: the answer of each side; None before it.
    `asked`: the invitation in detail. `drafted`: until when the text of an accepted offer is due. `why`: the
    recorded reason of the end.
    """

    about: str
    nature: Nature
    others: tuple[Nature, ...]
    since: datetime
    ends: datetime | None
    ended: datetime | None
    negotiator: str | None
    named_by: datetime | None
    statements: list[Said]
    offers: list[Offered]
    invited: datetime | None
    consents: Mapping[Side, bool | None]
    asked: MediationInvitation | None
    drafted: datetime | None
    why: Mapping[str, str]


class Try(NamedTuple):
    """An attempt to hear a side. `n`: its timeline entry. `by`: the officer who made it."""

    n: int
    by: str
    side: Side


@frozen(kw_only=True)
class TalksInside(Dispute):
    """The talks as staff see them. `heard`: the attempts to hear each side. `refused`: for each refused
    offer, the entry of the refusal, by the offer's id. `ended_in`: the entry that ended the negotiation; 0
    without one."""

    state: Literal["going", "agreed", "ended", "mediating", "over"]
    heard: tuple[Try, ...]
    refused: Mapping[str, int]
    ended_in: int


def talks_view(reader: PartyReader, roster: Roster) -> TalksView | None:
    """Return the talks as the reader's side sees them; None without talks."""
    case, dispute = reader.case, reader.case.talks.dispute
    if dispute is None or not reader.has_entry(dispute.entry, *RAISED):
        return None
    owner = roster.member(case.owner) if case.owner and case.stage in TALKS else None
    due = {run.name: run.due for run in deadlines(case).values()}
    return TalksView(
        about=reader.words(dispute.entry, *RAISED).get("about", ""),
        nature=dispute.nature,
        others=dispute.others,
        since=dispute.at,
        ends=due.get("negotiation") or due.get("mediation"),
        ended=dispute.ended,
        negotiator=owner.name if owner else None,
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
    """Return the talks as staff see them; None without talks."""
    found, stage = reader.head.talks.dispute, reader.case.stage
    if found is None:
        return None
    since = [
        (n, line)
        for n, (line, _) in reader.dossier.of(record_try, refuse_offer, end_negotiation)
        if instant(line["at"]) >= found.at
    ]

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
        ended_in=next((n for n, _ in of(end_negotiation)), 0),
    )


def has_words(reader: Staff, n: int, of: Words) -> bool:
    """Return whether entry `n`, with the words of a thing of the kind `of`, is in this timeline. After a
    split it may be in the timeline of the other case."""
    return reader.has_entry(n, *WORDS_IN[of])


def _said(reader: PartyReader, dispute: Dispute) -> Iterator[Said]:
    for one in dispute.statements:
        line, words = reader.dossier.entry(one.entry)
        if reader.sees(one.entry, state_position.__name__, line, line["facts"]):
            own = reader.is_own_statement(line, line["facts"])
            yield Said(one.id, own, instant(line["at"]), one.shared, words.get("text", ""))


def offered(reader: Reader, n: int, state: Reply) -> Offered:
    """Return the offer in entry `n`, with the given state. For staff, `own` is never true."""
    line, words = reader.dossier.entry(n)
    made = line["facts"]
    return Offered(
        made["offer"],
        side_of(line, made) == reader.side,
        instant(line["at"]),
        day_end(date.fromisoformat(made["until"])),
        made.get("amount"),
        state,
        words.get("terms", ""),
        made.get("counters"),
    )


def offer_until(reader: Reader, id: str, until: int) -> Offered | None:
    """Return the offer with this id as of entry `until`, which may have answered it; None without one."""
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
    """Return the recorded reason why these talks ended, as `ending`, with the words of that entry. If a
    second person approved the end of a mediation, only `ending` is returned. Without a recorded end the
    result is empty."""
    for n, (line, words) in reversed(reader.dossier.of(*ENDED, granted=True)):
        move, facts = line["facts"].get("move", line["move"]), line["facts"].get("asked", line["facts"])
        if move == lapse_consent.__name__ and "ending" not in facts:  # only the company's silence ends talks
            continue
        if n > dispute.entry and instant(line["at"]) >= dispute.at and not isinstance(facts, str):
            return {**(words if move == line["move"] else {}), "ending": facts.get("ending", "")}
    return {}
