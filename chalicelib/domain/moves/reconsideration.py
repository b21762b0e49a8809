"""Reconsideration: people who had no part in the case look again at a decision. The request is followed by
the panel, its votes, and the new decision, which is final inside the company."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from chalicelib.domain.calendar import published
from chalicelib.domain.engine.declare import ALWAYS, OFTEN, Done, Shows, move, move_names, on_leaving, where
from chalicelib.domain.engine.grounds import About, missing_fact, on_record
from chalicelib.domain.engine.letters_owed import appoints
from chalicelib.domain.engine.process import note
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.engine.server_facts import FactContext, Server, fills, origins
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.carrying import carried, reset
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Owed, Reconsideration, Seat, Waiting
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import (
    TALKS,
    Conclusion,
    Conflict,
    Dismissal,
    Fact,
    Ground,
    Outcome,
    Power,
    Result,
    Role as R,
    Route,
    Side,
    Stage as S,
)
from chalicelib.domain.model.field_marks import (
    Choice,
    FormRule,
    Gist,
    Given,
    Names,
    OfficialStory,
    OfficialText,
    ReadBack,
    Scan,
    Text,
    YesNo,
)
from chalicelib.domain.model.letters import key_of
from chalicelib.domain.moves.answer import GIVES, promise_remedies, remedied
from chalicelib.domain.moves.intake import NOTHING
from chalicelib.domain.moves.joint import for_all, heard_for_all, still_doubted
from chalicelib.domain.moves.parties import asked_again
from chalicelib.domain.policy import policy
from chalicelib.domain.register import Mediator
from chalicelib.domain.roster import Roster

GOING_ON = TALKS | {S.INVESTIGATING, S.AWAITING_INFORMATION}
ASKED_AT = GOING_ON | {S.DECLINED, S.ANSWERED, S.PERFORMING, S.BREACHED, S.CLOSED}
REVIEW = S.UNDER_RECONSIDERATION
DECIDED = frozenset(
    {
        Outcome.DECLINED,
        Outcome.ANSWERED_ACCEPTED,
        Outcome.ANSWERED_NOT_CONTESTED,
        Outcome.ANSWERED_FINAL,
        Outcome.SETTLED_AT_ONCE,
        Outcome.NOT_SETTLED,
        Outcome.PERFORMED_ON_THE_SPOT,
        Outcome.FULFILLED,
        Outcome.FULFILLED_AFTER_BREACH,
    }
)
"""The outcomes of closed cases whose decision can be reconsidered."""
NO_JUDGES = frozenset({"administrator", "auditor", "executive"})
"""The codes of roles that never sit on a panel. An administrator does not handle cases, and an auditor audits
other people's work. The executive decides alone where no panel can decide."""
PANEL = 3
"""The smallest number of members of a panel. Every panel has an odd number of members."""
Handled = Annotated[Mapping[str, tuple[int, str]], Given()]
"""The people who have handled the case, keyed by their id. The value is the number of their first entry on
the case, and the move of this entry."""


@fills("handled")
def handlers(server: Server, context: FactContext) -> Mapping[str, tuple[int, str]]:
    """Return the people who have handled this case, keyed by their id. The value is the number of their first
    entry, and its move. If the case was split off from another case, the people who handled that case are
    included."""
    kept = (server.contents(each).handled for each in origins(server, context.case))
    return {who: first for handled in kept for who, first in handled.items()}


def contestable(case: Case) -> tuple[int, ...]:
    """Return the numbers of the matters for which reconsideration can be asked now. This is possible once for
    each matter. For a declined matter it is also possible while the accepted matters are still worked on, or
    after an agreement."""
    if case.stage not in ASKED_AT or (case.stage == S.CLOSED and case.outcome not in DECIDED):
        return ()
    settled = case.stage in GOING_ON or case.outcome == Outcome.PERFORMED_ON_THE_SPOT or case.bound
    answered = (
        ()
        if settled or case.inquiry.report is None
        else (*case.inquiry.report.conclusions, *case.recourse.answered)
    )
    return tuple(
        n
        for n, matter in enumerate(case.matters, 1)
        if n not in case.recourse.reviewed and (matter.accepted is False or n in answered)
    )


def ready(case: Case) -> bool:
    """Return whether the panel is complete and all its members have voted. Then the chair can write the
    decision."""
    asked = case.recourse.reconsideration
    return asked is not None and asked.complete and all(seat.votes for seat in asked.panel)


def majority(request: Reconsideration) -> dict[int, Result]:
    """Return the result of the panel's votes for each matter, keyed by the number of the matter.

    The result with most votes wins. In a tie, the chair's vote wins if it is for one of the tied results.
    Otherwise the tied result that leaves the consumer most chances wins: changed, then sent back, then
    confirmed. Raises Refusal `votes_missing` if not all members have voted."""
    if not request.complete or not all(seat.votes for seat in request.panel):
        raise Refusal("votes_missing", n=sum(not seat.votes for seat in request.panel))
    chair = next(seat for seat in request.panel if seat.chair)
    found = {}
    for n in request.matters:
        votes = Counter(seat.votes[n] for seat in request.panel)
        most = max(votes.values())
        found[n] = (
            chair.votes[n]
            if votes[chair.votes[n]] == most
            else next(
                result
                for result in (Result.CHANGED, Result.SENT_BACK, Result.CONFIRMED)
                if votes[result] == most
            )
        )
    return found


def asked_about(case: Case) -> tuple[int, ...]:
    """Return the numbers of the matters under reconsideration."""
    return case.recourse.reconsideration.matters if case.recourse.reconsideration else ()


def changed(case: Case) -> tuple[int, ...]:
    """Return the numbers of the matters for which the decision must name a new conclusion. These are answered
    matters with the result "changed". While votes are missing, all answered matters under reconsideration are
    returned."""
    asked = case.recourse.reconsideration
    results = majority(asked) if asked and ready(case) else dict.fromkeys(asked_about(case), Result.CHANGED)
    return tuple(n for n, to in results.items() if to == Result.CHANGED and case.matters[n - 1].accepted)


def _unchanged(case: Case) -> bool:
    return ready(case) and not changed(case)


def _results(case: Case, n: str) -> Collection[Result]:
    """Return the results that can be chosen for matter number `n`. A matter can be sent back only if it was
    answered, and only if nothing on this case was sent back before."""
    never = case.recourse.sent_back or not case.matters[int(n) - 1].accepted
    return frozenset(Result) - ({Result.SENT_BACK} if never else frozenset())


@on_record(Fact.ASKED_LATE)
def _was_late(case: Case, about: About) -> bool:
    """Return whether the present request was late and was not admitted in spite of that."""
    asked = case.recourse.reconsideration
    return asked is not None and asked.late and case.stage != REVIEW


@on_record(Fact.ASKED_BEFORE)
def _was_asked_before(case: Case, about: About) -> bool:
    ends = move_names(decide_reconsideration, dismiss_request, withdraw_request)
    return any(move in case.taken for move in ends)


on_record(Fact.AGREEMENT)(lambda case, _: case.bound is not None or case.inquiry.settled is not None)


@on_record(Fact.UNDECIDED)
def _is_undecided(case: Case, about: About) -> bool:
    """Return whether no matter of the request was declined or answered."""
    answered = (*(case.inquiry.report.conclusions if case.inquiry.report else ()), *case.recourse.answered)
    return not any(n in answered or case.matters[n - 1].accepted is False for n in asked_about(case))


@move(
    at=ASKED_AT,
    to=ASKED_AT | {REVIEW},
    by=R.C,
    recorded_by=R.INTAKE | R.INVESTIGATOR | R.PARTNER,
    tells="reconsideration_received? → consumer, task? → role:supervisor",
    fits=lambda case: contestable(case) and not case.recourse.reconsideration,
    shows=Shows(words=("reasons",), about_one=True),
    kept=OFTEN,
    handles=False,
    part="request",
    answers=("answer_window",),
    task_due="message_reply",
    about=where(lambda case, act: heard_for_all(case, case.party(case.stands_for(act.who)))),
    needs_panel=True,
)
def ask_reconsideration(
    case: Case,
    act: Act,
    *,
    reasons: Annotated[dict[int, Text], Choice(matters=contestable)],
    ref: Annotated[str, Given()],
    people: Annotated[Mapping[str, Mapping[str, Any]], Given()],
) -> Done:
    """Ask that other people reconsider the decision on some matters. `reasons` has a reason for each of these
    matters, keyed by its number. This is possible once for each matter, within the time to contest.

    A late request waits as a message until the supervisor admits it. While the accepted matters are still
    worked on, the contested declined matters move to a new case. `ref` is the number of the new case.
    `people` are the personal data of each party, keyed by id."""
    _may_ask(case, act, reasons)
    window = next(running_of(case, "answer_window"), None)
    late = window is not None and window.due is not None and window.due <= act.now
    if case.stage in GOING_ON:
        own = _split_off(case, act, tuple(sorted(reasons)), reasons, ref, people)
        return Done(
            replace(
                case,
                recourse=replace(case.recourse, reviewed=tuple(sorted({*case.recourse.reviewed, *reasons}))),
            ),
            facts={"own": ref},
            also=(own,),
        )
    asked = Reconsideration(
        act.now,
        case.said_by(act),
        tuple(sorted(reasons)),
        case.stage,
        case.outcome,
        case.owner,
        _own(case, act),
        late,
    )
    if late:
        waits = (*case.messages, Waiting(act.id, act.now, act.who))
        return Done(
            replace(case, recourse=replace(case.recourse, reconsideration=asked), messages=waits),
            (("task", "role:supervisor"),),
        )
    return _taken_up(case, asked)


def _may_ask(case: Case, act: Act, reasons: Mapping[int, str]) -> None:
    may = contestable(case)
    refuse_if(case.recourse.reconsideration, "reconsideration_asked")
    if again := sorted(set(reasons) & set(case.recourse.reviewed)):
        raise Refusal("reconsidered_before", field=f"reasons/{again[0]}", n=again[0])
    refuse_if(not may, "nothing_to_review")
    if wrong := sorted(set(reasons) - set(may)):
        raise Refusal("unknown_matter", field=f"reasons/{wrong[0]}", n=wrong[0])
    for_all(case, act)


def _own(case: Case, act: Act) -> str:
    """Return the id of the complainant who asks for reconsideration: the actor, or the person whom the actor
    represents. Return "" if staff record the request in a joint case."""
    if act.role in R.C:
        return case.party(act.who).represents or act.who
    return "" if case.joint else case.consumers[0].id


def _taken_up(case: Case, asked: Reconsideration) -> Done:
    return Done(
        replace(
            case,
            stage=REVIEW,
            outcome=None,
            owner=None,
            recourse=replace(case.recourse, reconsideration=asked),
        ),
        (("reconsideration_received", "consumer"), ("task", f"role:{appoints(case).code}")),
    )


def _split_off(
    case: Case,
    act: Act,
    matters: tuple[int, ...],
    reasons: Mapping[int, str],
    ref: str,
    people: Mapping[str, Any],
) -> Change:
    """Return the new case to which declined matters move, because they are contested while this case goes on.
    `matters` are the numbers of these matters, and `reasons` are keyed by number. The new case has the number
    `ref`, the same people, and is under reconsideration. `people` are the personal data of each party, keyed
    by id."""
    asked = Reconsideration(act.now, 1, tuple(range(1, len(matters) + 1)), S.DECLINED, by=_own(case, act))
    told = {
        "declined" + key.removeprefix("accepted_in_part"): at or act.now
        for key, at in case.told.items()
        if key.startswith("accepted_in_part")
    }
    own = carried(
        "contest",
        replace(case, ref=ref, entries=0, head=""),
        case,
        stage=REVIEW,
        matters=tuple(case.matters[n - 1] for n in matters),
        reconsideration=asked,
        origin=(case.ref, "p1"),
        told=told,
        evidence=case.evidence[:1],
        taken={name: at for name, at in case.taken.items() if name == "submit"},
        parties=tuple(reset("arrives", p) for p in case.parties if p.side == Side.CONSUMER),
        doubts=still_doubted(case, 1),
    )
    own, confirms = asked_again(own, own.parties)
    rows = {party.id: people.get(party.id, {}) for party in own.parties}
    words = {"reasons": {new: reasons[n] for new, n in enumerate(matters, 1)}}
    told_of = (("reconsideration_received", "consumer"), ("task", f"role:{appoints(case).code}"), *confirms)
    return note("ask_reconsideration", None, own, act, {"from": case.ref}, told_of, rows, words)


@move(
    at=ASKED_AT - GOING_ON,
    to=REVIEW,
    by=R.SUPERVISOR,
    tells="reconsideration_received? → consumer, task? → role:supervisor",
    fits=lambda case: case.recourse.reconsideration and case.recourse.reconsideration.late,
    shows=Shows(),
    kept=OFTEN,
    part="reconsideration",
    needs_panel=True,
)
def admit_late_request(case: Case, act: Act, *, reason: Text) -> Done:
    """Admit a late request for reconsideration, for a good reason such as illness, a letter that did not
    arrive, or a holiday."""
    asked = _late(case)
    # the case may have been withdrawn since the request, or gone to court, so check the matters again
    refuse_if(not set(asked.matters) <= set(contestable(case)), "nothing_to_review")
    now = replace(asked, at=act.now, back=case.stage, outcome=case.outcome, owner=case.owner, late=False)
    return _taken_up(_answered(case, asked), now)


def _late(case: Case) -> Reconsideration:
    asked = case.recourse.reconsideration
    return required(asked if asked and asked.late else None, "no_late_request")


def _answered(case: Case, asked: Reconsideration) -> Case:
    """Return the case without the waiting message that belongs to this late request."""
    return replace(case, messages=tuple(waiting for waiting in case.messages if waiting.at != asked.at))


def _asked_anew(case: Case) -> Reconsideration:
    return required(case.recourse.reconsideration, "nothing_asked")


@move(
    at=REVIEW,
    by=R.SUPERVISOR | R.EXECUTIVE,
    tells="panel_appointment? → members, panel_named? → consumer",
    fits=lambda case: not ready(case),
    kept=OFTEN,
    handles=False,
    part="reconsideration",
    answers=("panel_appointment",),
    begins=lambda case, _: (
        {"members": [seat.who for seat in case.panel], "chair": case.chair} if case.panel else {}
    ),
    turn=lambda case, act, *, roster, handled: (
        decider(case, act.who, roster, handled, act.now) is not R.EXECUTIVE
    ),
)
def appoint_panel(
    case: Case,
    act: Act,
    *,
    members: tuple[Annotated[str, Names("impartial", "members")], ...],
    chair: Annotated[str, Names("impartial", "chair")],
    roster: Annotated[Roster, Given()],
    handled: Handled,
) -> Done:
    """Appoint the panel: an odd number of people, three or more. `chair` is one of the `members` (ids).
    Nobody who handled the case or stood back from it can be a member, and nobody can appoint themselves.

    Until all have voted, the panel can be changed if a member is absent or stood back. Members who have voted
    stay. Once a member has voted, the size and the chair stay too.

    If neither a panel nor the executive can decide, one outside person is appointed instead. The outside
    person is in the register of mediators, fits the matters, and has no part in the case."""
    asked, decides = _asked_anew(case), decider(case, act.who, roster, handled, act.now)
    refuse_if(
        decides is R.EXECUTIVE,
        "higher_office_decides" if policy(case.policy).higher_office else "executive_decides",
    )
    refuse_if(act.who in members, "own_appointment", field="members")
    before = {seat.who: seat for seat in asked.panel}
    if decides is R.MEDIATOR:
        refuse_if(len(members) != 1 or chair not in members, "outside_alone", field="members")
        _untied(case, members[0], _fit(case, members[0], roster, act.now).name, handled, "members")
    else:
        _well_formed(case, act, members, chair, roster)
        for who in members:  # a seated member may have asked questions before
            _impartial(case, who, roster, {} if who in before else handled)
    panel = tuple(replace(before.get(who, Seat(who)), chair=who == chair) for who in members)
    told = tuple(("panel_appointment", f"staff:{who}") for who in members if who not in before)
    after = replace(asked, panel=panel, size=len(panel), vacant=None)
    named = (("panel_named", "consumer"),) if after.complete and set(members) != set(before) else ()
    return Done(replace(case, recourse=replace(case.recourse, reconsideration=after)), (*told, *named))


def decider(case: Case, who: str, roster: Roster, handled: Iterable[str], now: datetime) -> R:
    """Return the role that decides on the reconsideration: chair, executive or mediator.

    The chair decides if the panel is complete, or if enough people without a part in the case can form a
    panel. The person `who` appoints the panel, so they cannot be a member.

    Otherwise the executive decides. If the policy names a higher office, the executive decides too, unless a
    complete panel sits. If every executive has a part in the case, or if there is no executive, a mediator
    from the register decides as the one outside person.

    Somebody who is absent until after the decision is due is not counted, except for a vote already given.
    `handled` are the ids of the people who handled the case."""
    asked, office = case.recourse.reconsideration, policy(case.policy).higher_office
    sitting = _there(case, roster, now)
    complete = asked is not None and asked.complete and len(sitting) == len(case.panel)
    whole = complete and (len(sitting) >= PANEL or ready(case))
    free = (id for id in candidates(case, roster, handled) if not _away(case, roster, id, now))
    able = {*free, *sitting} - {who}
    if whole or (len(able) >= _least(case, roster) and not office):
        return R.CHAIR
    tied, executives = _tied(case, handled), roster.people(case.team, R.EXECUTIVE.code)
    return R.MEDIATOR if all(member.id in tied for member in executives) else R.EXECUTIVE


def _away(case: Case, roster: Roster, who: str, now: datetime) -> bool:
    member = roster.member(who)
    absent = [hours for hours in member.absent if now in hours] if member else []
    due = next((run.due for run in running_of(case, "reconsideration") if run.due), now) if absent else now
    return member is None or any(hours.until > due for hours in absent)


def _there(case: Case, roster: Roster, now: datetime) -> frozenset[str]:
    """Return the ids of the panel members who can still do their part. An absent member is included if they
    have voted. An absent chair is not included, because the chair must still write the decision."""
    return frozenset(
        seat.who
        for seat in case.panel
        if not _away(case, roster, seat.who, now)
        or (roster.member(seat.who) and seat.votes and not seat.chair)
    )


def _least(case: Case, roster: Roster) -> int:
    """Return the smallest number of members that the panel must have. If a member has voted and is still on
    the roster, the panel keeps its size."""
    voted = any(seat.votes and roster.member(seat.who) for seat in case.panel)
    return max(PANEL, _asked_anew(case).size) if voted else PANEL


def _fit(case: Case, who: str, roster: Roster, now: datetime) -> Mediator:
    """Return the mediator `who` (an id) from the register, if they fit the matters of the request. Raises
    Refusal if they do not; its code names the ground."""
    languages, today = tuple({person.language for person in case.consumers}), published().day_of(now)
    return roster.mediators.fit(
        who,
        fields=tuple(case.matters[n - 1].type for n in _asked_anew(case).matters),
        languages=languages,
        today=today,
        at="members",
    )


def _tied(case: Case, handled: Iterable[str]) -> frozenset[str]:
    return frozenset({*handled, *case.inquiry.recused, *case.colleagues})


def _well_formed(case: Case, act: Act, members: tuple[str, ...], chair: str, roster: Roster) -> None:
    """Raise Refusal unless the `members` are an odd number of people and include the chair.

    After a member who can still take part has voted, the size of the panel may not change, and everybody who
    voted must stay. The chair must stay too, unless they are absent."""
    there = {who: member for who in _there(case, roster, act.now) if (member := roster.member(who))}
    voted = [seat.who for seat in case.panel if seat.votes and seat.who in there]
    least = _least(case, roster)
    if gone := [who for who in voted if who not in members]:
        raise Refusal("voted_stays", field="members", who=gone)
    refuse_if(
        len(members) < least
        or len(members) % 2 == 0
        or len(set(members)) < len(members)
        or (voted and len(members) > least),
        "panel_odd",
        field="members",
        least=least,
    )
    refuse_if(chair not in members, "chair_on_panel", field="chair")
    kept = case.chair in there and case.chair in members and there[case.chair].present(act.now)
    refuse_if(voted and chair != case.chair and kept, "voted_stays", field="chair", who=[case.chair])


def _impartial(case: Case, who: str, roster: Roster, handled: Mapping[str, tuple[int, str]]) -> None:
    member = required(roster.member(who), "unknown_person", field="members")
    # `known` are the people who could sit on a panel, and people with a part in the case; any other id is
    # unknown
    known = {*candidates(case, roster, ()), *case.inquiry.recused, *case.colleagues}
    refuse_if(who not in known, "unknown_person", field="members")
    _untied(case, who, member.name, handled, "members")


def _untied(
    case: Case, who: str, name: str, handled: Mapping[str, tuple[int, str]], field: str | None = None
) -> None:
    refuse_if(who in case.colleagues, "speaks_for_company", field=field)
    refuse_if(who in case.inquiry.recused, "stood_back", field=field, who=name)
    if who in handled:
        entry, move = handled[who]
        raise Refusal("handled_before", field=field, who=name, entry=entry, move=move)


def candidates(case: Case, roster: Roster, handled: Iterable[str]) -> list[str]:
    """Return the ids of everybody on the roster who could sit on the panel. They have a role that may open
    cases, and no part in this case. `handled` are the ids of the people who handled this case."""
    duty = (each for team in roster.teams.values() for each in team.duty.items())
    people = dict.fromkeys(member.id for role, members in duty if role not in NO_JUDGES for member in members)
    return [id for id in people if id not in _tied(case, handled)]


def appointable(
    case: Case, by: str, roster: Roster, handled: Collection[str], now: datetime
) -> Iterator[str]:
    """Yield the ids of the people whom the person `by` can appoint to decide: as members of a panel, or as
    the one outside person. Yield nobody if the executive decides. `handled` are the ids of the people who
    handled the case."""
    decides = decider(case, by, roster, handled, now)
    if decides is R.CHAIR:
        yield from candidates(case, roster, {*handled, by})
    for who in roster.mediators.entries if decides is R.MEDIATOR else ():
        with suppress(Refusal):
            if _fit(case, who, roster, now).id not in _tied(case, handled):
                yield who


@move(
    at=ASKED_AT - GOING_ON | {REVIEW},
    to=ASKED_AT - GOING_ON,
    by=R.SUPERVISOR,
    tells="reconsideration_dismissed → consumer",
    fits=lambda case: case.recourse.reconsideration,
    decides=True,
    shows=Shows(words=("reason",), code="ground"),
    kept=OFTEN,
    part="reconsideration",
)
def dismiss_request(
    case: Case, act: Act, *, ground: Dismissal, reason: OfficialText, routes: tuple[Route, ...] = ()
) -> Case:
    """Dismiss a request for reconsideration on a listed ground, with the reason. The case returns to its
    stage before the request. `routes` are other bodies to which the consumer can turn."""
    refuse_if(case.recourse.reconsideration is None, "nothing_asked")
    refuse_if(any(seat.votes for seat in case.panel), "panel_decides")
    settled = (
        _asked_anew(case).matters if ground in (Dismissal.SECOND_REQUEST, Dismissal.NOTHING_TO_REVIEW) else ()
    )
    return _back(
        replace(
            case, recourse=replace(case.recourse, reviewed=tuple(sorted({*case.recourse.reviewed, *settled})))
        )
    )


@on_leaving(*S)
def _over(case: Case, act: Act) -> Case:
    """Return the case without its request for reconsideration, once the case has left the reconsideration. A
    late request stays, until the case is joined to another case."""
    asked = case.recourse.reconsideration
    goes_on = asked is None or (not case.together.joined if asked.late else case.place == REVIEW)
    return case if goes_on else replace(case, recourse=replace(case.recourse, reconsideration=None))


def _own_request(case: Case, act: Act) -> None:
    may = {_asked_anew(case).by, *(p.id for p in case.consumers if p.speaks)}
    refuse_if(act.role in R.C and case.joint and _own(case, act) not in may, "leave_first")


@move(
    at=REVIEW,
    to=ASKED_AT - GOING_ON,
    by=R.C,
    recorded_by=R.INTAKE,
    power=Power.SETTLE,
    gives_up=ALWAYS,
    shows=Shows(words=("reason",), about_one=True),
    kept=OFTEN,
    part="request",
    rank=1,
    about=where(_own_request),
)
def withdraw_request(
    case: Case, act: Act, *, reason: Text | None = None, read_back: ReadBack = False, scan: Scan = None
) -> Case:
    """Withdraw the request for reconsideration. In a joint case only the person who made the request or a
    chosen representative can withdraw it. The case returns to its stage before the request. The time to
    contest does not start again."""
    _own_request(case, act)
    return _back(case)


def _back(case: Case) -> Case:
    asked = _asked_anew(case)
    if case.stage != REVIEW:
        answered = _answered(case, asked)
        return replace(answered, recourse=replace(answered.recourse, reconsideration=None))
    return replace(
        case,
        stage=asked.back,
        outcome=asked.outcome,
        owner=_owner(case, asked),
        recourse=replace(case.recourse, reconsideration=None),
    )


def _owner(case: Case, asked: Reconsideration) -> str | None:
    """Return the id of the person who owns the case after the reconsideration: its present owner, or else its
    owner before the reconsideration. Return None if this person stood back from the case."""
    who = case.owner or asked.owner
    return None if who in case.inquiry.recused else who


def _seat(case: Case, act: Act) -> Seat:
    return required(case.seat(act.who), "not_on_panel")


@move(
    at=REVIEW,
    by=R.PANEL | R.CHAIR,
    tells="panel_named? → consumer, task? → role:supervisor",
    handles=False,
    even=("undeclared",),
    answers=("reconsideration",),
    needs_panel=True,
    turn=lambda case, act: any(seat.who == act.who and not seat.declared for seat in case.panel),
)
def declare_interest(
    case: Case, act: Act, *, interest: YesNo, conflict: Conflict | None = None, reason: Text | None = None
) -> Done:
    """Declare, as a panel member, whether one has a tie to the case (`interest`). A member cannot open the
    file before this declaration. A member with a tie stands back, and another member must be appointed."""
    seat, asked = _seat(case, act), _asked_anew(case)
    if not interest:
        refuse_if(seat.declared, "declared_before")
        panel = tuple(replace(s, declared=act.now) if s.who == act.who else s for s in asked.panel)
        after = replace(asked, panel=panel)
        return Done(
            replace(case, recourse=replace(case.recourse, reconsideration=after)),
            (("panel_named", "consumer"),) if after.complete else (),
        )
    refuse_if(conflict is None, "conflict_needed", field="conflict")
    return Done(vacated(case, act, act.who), (("task", "role:supervisor"),))


def vacated(case: Case, act: Act, who: str) -> Case:
    """Return the case without the person `who` on its panel, because they stood back. Their place on the
    panel is vacant."""
    asked = _asked_anew(case)
    rest = tuple(seat for seat in asked.panel if seat.who != who)
    return replace(
        case,
        recourse=replace(case.recourse, reconsideration=replace(asked, panel=rest, vacant=act.now)),
        inquiry=replace(case.inquiry, recused=(*case.inquiry.recused, who)),
    )


@move(
    at=REVIEW,
    by=R.PANEL | R.CHAIR,
    fits=lambda case: case.recourse.reconsideration and case.recourse.reconsideration.complete,
    confided="panel",
    kept=OFTEN,
    handles=False,
    for_company=True,
    part="reconsideration",
    rank=1,
    answers=("reconsideration",),
    turn=lambda case, act: any(seat.who == act.who and not seat.votes for seat in case.panel),
)
def vote(
    case: Case,
    act: Act,
    *,
    results: Annotated[dict[int, Result], Choice(_results, asked_about)],
    reasons: Annotated[dict[int, Text], Choice(matters=asked_about)],
) -> Case:
    """Vote once, as a panel member, on every matter of the request. `results` and `reasons` are keyed by the
    number of the matter. If something on the case was sent back before, no matter can be sent back again."""
    seat, asked = _seat(case, act), _asked_anew(case)
    refuse_if(seat.votes, "voted_before")
    refuse_if(not asked.complete, "panel_incomplete")
    _for_each(asked, results, "results")
    _for_each(asked, reasons, "reasons")
    _once(case, results)
    panel = tuple(replace(s, votes=results) if s.who == act.who else s for s in asked.panel)
    return replace(case, recourse=replace(case.recourse, reconsideration=replace(asked, panel=panel)))


def _for_each(asked: Reconsideration, given: Mapping[int, Any], field: str) -> None:
    refuse_if(set(given) != set(asked.matters), "every_matter_voted", field=field)


def _once(case: Case, results: Mapping[int, Result]) -> None:
    for n, result in results.items():
        ground = case.matters[n - 1].ground
        if (
            result == Result.CONFIRMED
            and ground == Ground.IMPROPER_GAIN
            and (fact := missing_fact(case, ground, About()))
        ):
            raise Refusal("ground_without_fact", field=f"results/{n}", ground=ground, fact=fact)
        refuse_if(
            result == Result.SENT_BACK and (case.recourse.sent_back or not case.matters[n - 1].accepted),
            "sent_back_before" if case.recourse.sent_back else "declined_not_sent_back",
            field=f"results/{n}",
        )


@move(
    at=REVIEW,
    to=frozenset({S.ANSWERED, S.INVESTIGATING, S.PERFORMING, S.CLOSED}),
    by=R.CHAIR | R.EXECUTIVE,
    tells="reconsideration_decision → consumer, task → role:lead, task? → investigator",
    fits=lambda case: case.recourse.reconsideration,
    decides=True,
    shows=Shows(words=("reasons", "terms")),
    kept=OFTEN,
    for_company=True,
    part="reconsideration",
    task_due="investigation",
    starts=("investigation", "assignment"),
    answers=("reconsideration",),
    turn=lambda case, act, *, roster, handled: (
        ready(case)
        if act.role is R.CHAIR
        else decider(case, act.who, roster, handled, act.now) is R.EXECUTIVE
    ),
)
def decide_reconsideration(
    case: Case,
    act: Act,
    *,
    results: Annotated[
        dict[int, Result], Choice(_results, asked_about), FormRule(("",), unless=ready)
    ] = NOTHING,
    conclusions: Annotated[
        dict[int, Conclusion], Choice(matters=changed), FormRule(("",), ready, _unchanged)
    ] = NOTHING,
    reasons: Annotated[dict[int, OfficialStory], Choice(matters=asked_about)],
    remedies: Annotated[tuple[Owed, ...], Choice(matters=changed), FormRule(unless=_unchanged)] = (),
    terms: Annotated[OfficialText | None, Gist(), FormRule(unless=_unchanged)] = None,
    routes: tuple[Route, ...] = (),
    roster: Annotated[Roster, Given()],
    handled: Handled,
) -> Done:
    """Decide on the request for reconsideration. With a panel, the chair writes the decision that follows
    from the votes. A person who decides alone gives the `results` themselves. `results`, `conclusions` and
    `reasons` are keyed by the number of the matter.

    The executive decides alone if the policy names a higher office, or if no panel can be formed or finished.
    If every executive has a part in the case, one outside person decides. After a decision without a panel,
    mediation is offered at once.

    A changed matter gets a new conclusion and remedies. A matter that is sent back is investigated again. Any
    other decision is final inside the company."""
    asked = _asked_anew(case)
    # a party has objected to a person who decides, and this objection must be decided on first
    refuse_if(case.handler_change, "objection_waits")
    decided = majority(asked) if act.role is R.CHAIR else _alone(case, act, results, roster, handled)
    _for_each(asked, reasons, "reasons")
    _once(case, decided)
    changed = {n for n, result in decided.items() if result == Result.CHANGED}
    answered = {n for n in changed if case.matters[n - 1].accepted}
    refuse_if(set(conclusions) != answered, "changed_needs_conclusion", field="conclusions")
    was = case.inquiry.report.conclusions if case.inquiry.report else {}
    if same := [
        n for n, conclusion in conclusions.items() if was.get(n) == conclusion and conclusion not in GIVES
    ]:
        raise Refusal("nothing_changed_in", field=f"conclusions/{same[0]}", n=same[0])
    remedied(case, act, conclusions, remedies, terms)
    after = _decided(case, act, decided, conclusions, remedies)
    voted = asked.panel if act.role is R.CHAIR else ()
    if len(voted) < PANEL and (voted or not policy(case.policy).higher_office):
        after = replace(after, talks=replace(after.talks, mediation_offered=True))
    votes = {n: sum(seat.votes[n] == result for seat in voted) for n, result in decided.items()}
    facts = {"results": decided, "votes": votes, "of": len(voted)}
    return Done(after, (("task", f"staff:{case.inquiry.report.by}"),) if case.inquiry.report else (), facts)


def _alone(
    case: Case, act: Act, results: Mapping[int, Result], roster: Roster, handled: Mapping[str, Any]
) -> dict[int, Result]:
    """Return the results that the executive or the outside person decided, keyed by the number of the matter.
    Raises Refusal if this person has a part in the case, or if a panel can decide."""
    member = roster.member(act.who)
    _untied(case, act.who, member.name if member else act.who, handled)
    refuse_if(decider(case, act.who, roster, handled, act.now) is R.CHAIR, "panel_first")
    _for_each(_asked_anew(case), results, "results")
    return dict(results)


def _decided(
    case: Case,
    act: Act,
    decided: Mapping[int, Result],
    conclusions: Mapping[int, Conclusion],
    remedies: tuple[Owed, ...],
) -> Case:
    """Return the case after the decision. If a matter was sent back or should not have been declined, the
    case is investigated again. Otherwise the case is answered, if there is an answer. Without an answer it
    returns to its stage before the request if other matters were accepted. If none was accepted, it is closed
    as declined.

    `decided` are the results and `conclusions` the new conclusions, both keyed by the number of the
    matter."""
    asked = _asked_anew(case)
    opened = {
        n for n, result in decided.items() if result == Result.CHANGED and not case.matters[n - 1].accepted
    }
    anew = opened | {n for n, result in decided.items() if result == Result.SENT_BACK}
    matters = tuple(
        replace(m, accepted=True, ground=None, earlier=None) if n in opened else m
        for n, m in enumerate(case.matters, 1)
    )
    stands = {n for n, matter in enumerate(matters, 1) if matter.accepted} - anew
    kept = tuple(o for o in case.obligations if not o.offer or o.matter not in anew | conclusions.keys())
    told = {
        letter: at
        for letter, at in case.told.items()
        if key_of(letter).topic not in ("answer", "declined", "unlinked")
    }
    offered = {n for n, conclusion in conclusions.items() if conclusion == Conclusion.OFFER}
    after = promise_remedies(
        replace(case, matters=matters, obligations=kept, told=told), act, remedies, case.said_by(act), offered
    )
    # a case without a report was settled, so no further decision is made on its accepted matters
    final = {*case.recourse.reviewed, *decided.keys() - anew, *(() if case.inquiry.report else stands)}
    after = replace(
        after,
        recourse=replace(
            after.recourse,
            reviewed=tuple(sorted(final)),
            sent_back=case.recourse.sent_back or bool(anew - opened),
            reconsideration=None,
        ),
        owner=_owner(case, asked),
        parties=case.without_consents,
    )
    if anew:
        return replace(
            after,
            stage=S.INVESTIGATING,
            owner=after.owner if asked.back == S.ANSWERED else case.owner,
            inquiry=replace(after.inquiry, report=None),
            recourse=replace(after.recourse, answered=tuple(sorted(stands))),
            clock=replace(after.clock, extensions=()),
        )
    if case.inquiry.report:
        return replace(
            after,
            stage=S.ANSWERED,
            inquiry=replace(
                after.inquiry,
                report=replace(
                    case.inquiry.report, conclusions={**case.inquiry.report.conclusions, **conclusions}
                ),
            ),
        )
    if stands:
        return replace(after, stage=asked.back, outcome=asked.outcome)
    return replace(after, stage=S.CLOSED, outcome=Outcome.DECLINED)
