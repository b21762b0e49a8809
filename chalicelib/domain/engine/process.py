"""The function `take`, which takes every move. It checks the stage, the role and the second person. It writes
the stage history and the timeline entry, and adds the letters that the move owes."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.domain import timeline
from chalicelib.domain.calendar import published
from chalicelib.domain.engine.deadlines import unsettled
from chalicelib.domain.engine.declare import ENTERING, FOLLOWING, LEAVING, MOVES, Done, Move
from chalicelib.domain.engine.entry_index import including
from chalicelib.domain.engine.grounds import refuse_groundless
from chalicelib.domain.engine.lateness import standing_still
from chalicelib.domain.engine.letters_owed import asker_of, owe, to_all, to_both_sides, to_the_person
from chalicelib.domain.engine.obligation_deadlines import watched
from chalicelib.domain.engine.permission import permit
from chalicelib.domain.engine.running import drop_past_steps, running_of
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Confirmed, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Approval, Contents, Entered, Holder, Promise
from chalicelib.domain.model.change import Change, Entry
from chalicelib.domain.model.codes import ConfirmedBy, EvidenceKind, PauseReason, Role
from chalicelib.domain.policy import policy

LONGEST = timedelta(days=150)
"""How far from now an end can be that moves when a calendar is published. If the calendars until then are
published, no end can move."""


def take(name: str, case: Case | None, act: Act, **body: Any) -> Change:
    """Take the move `name`, and return the change that it makes. `case`: None for a move that creates a case.
    `body`: the facts and words of the move, by parameter. Raises Refusal if the move is unknown, or if its
    stage, its role or its function does not allow it."""
    declared = required(MOVES.get(name), "unknown_move", move=name)
    permit(declared, case, act)
    if act.role in Role.PARTY and (claimed := sorted(declared.by_staff & body.keys())):
        raise Refusal("only_for_others", field=claimed[0])
    done = _done(declared, case, act, body)
    if case is not None:
        refuse_groundless(declared, case, body)
    confirmed = confirmation(declared, case, act, body)
    facts = {
        key: value
        for key, value in body.items()
        if key not in declared.personal and (key not in declared.given or declared.given[key].noted)
    }
    words = {key: body[key] for key in declared.personal if key in body}
    if case is not None and declared.second and declared.second.needed(case, act, **facts):
        # The approval looks up the server facts again, because they may have changed.
        done = _ask(declared, case, act, {key: facts[key] for key in facts if key not in declared.given})
    after = done.case
    if not done.facts.get("asked"):
        moved = dict.fromkeys(filter(None, (name, done.granted)), facts.get("received_at") or act.now)
        others = {move: at for move, at in after.taken.items() if move not in moved}
        after = replace(after, taken=others | moved)
    after, done = _followed(case, after, done, act, name)
    after = _with_holder(case, after, act)
    line = {
        **{key: value.ref if isinstance(value, Case) else value for key, value in facts.items()},
        **done.facts,
    }
    if confirmed:
        line["confirmed"] = {"by": confirmed.by, "at": act.now}
        words |= {"client": confirmed.client} if confirmed.client else {}
    entry = timeline.write(case, name, act, line, {**words, **done.words})
    if declared.tells_person(body) and not done.facts.get("asked"):
        done = replace(done, tells=(*done.tells, *to_the_person(after, act, done, entry.n)))
    after, posts = owe(count_entry(case, after, entry), act, done, entry.n)
    after = standing_still(after, act.now)  # after the letters, because a letter can end a delay
    if after.clock.provisional or not published().knows((act.now + LONGEST).year):
        after = replace(after, clock=replace(after.clock, provisional=unsettled(after)))
    return Change(
        case, after, entry, posts, done.people, done.also, repeated=done.repeated, reaches=done.reaches
    )


def played(declared: Move, case: Case, act: Act, body: Mapping[str, Any]) -> Case:
    """Return the case as a move would leave it, without an entry, letters, and a second person. `declared`:
    the declaration of the move. `body`: its facts and words. Raises Refusal as `take` does, except for a
    missing confirmation."""
    permit(declared, case, act)
    done = _done(declared, case, act, body)
    return _followed(case, done.case, done, act, declared.name)[0]


def _followed(case: Case | None, after: Case, done: Done, act: Act, name: str) -> tuple[Case, Done]:
    """Return the case `after` the move `name` with its stage history, adapted by the functions in
    `FOLLOWING`. Also return the result of the move, which they can change."""
    after = _history(after, act, name)
    for follows in FOLLOWING:
        after, done = follows(case, after, done, act)
    return after, done


def confirmation(declared: Move, case: Case | None, act: Act, body: Mapping[str, Any]) -> Confirmed | None:
    """Return how a party confirmed a move by which they give something up. Return None for a move that needs
    no confirmation. `declared`: the declaration of the move. `body`: its facts and words.

    A party confirms by a one-time code, or by having signed in. Staff who record the move for a party have
    called the number on file and read the move out, or they have a paper. The scan of the paper must be among
    the evidence. Staff who act for themselves at the desk have signed in. Raises Refusal if the confirmation
    is missing, because a right that was given up does not come back.
    """
    if declared.gives_up is None or not declared.gives_up(body):
        return None
    if act.role in Role.PARTY:
        return required(act.confirmed, "code_needed")
    if act.role in declared.by & ~Role.PARTY and declared.by & Role.PARTY:
        return Confirmed(ConfirmedBy.SIGNED_IN)
    # In a joint case, each person has confirmed the move before staff take it.
    if case and case.joint and not declared.by & Role.PARTY:
        return None
    if body.get("scan"):
        files = {piece.id for piece in case.evidence if piece.kind == EvidenceKind.FILE} if case else set()
        refuse_if(body["scan"] not in files, "scan_needed", field="scan")
        return Confirmed(ConfirmedBy.PAPER)
    refuse_if(not body.get("read_back"), "read_back_needed", field="read_back")
    return Confirmed(ConfirmedBy.CALL)


def granted(case: Case, act: Act, approval: Approval, facts: Mapping[str, Any]) -> Done:
    """Return the result of the move that `approval` requests. The second person confirms it by `act`. The
    move is taken now, with the id and the role of its requester. `facts`: the facts of the move.

    The state of the case counts as it is now. Time limits count as they were at the request. Raises Refusal
    if the requester may no longer take the move."""
    declared = MOVES[approval.move]
    # The approver's teams and reading limits do not count here, and the requester's were checked at the
    # request. The requester counts as a member of the team that had the case then, so a team that has lost
    # the case cannot act on it.
    had = next((term.team for term in case.teams if approval.at < term.until), case.team)
    asker = replace(
        act,
        who=approval.by,
        role=Role[approval.role.upper()],
        teams=frozenset({had}),
        said_in=approval.entry,
        limits=frozenset(),
        asked=approval.at,
    )
    permit(declared, case, asker)
    done = _done(declared, case, asker, {**dict.fromkeys(declared.personal), **facts})
    refuse_groundless(declared, case, facts)
    return replace(
        done,
        tells=(*done.tells, ("approval_decided", asker_of(approval))),
        granted=approval.move,
        said_in=approval.entry,
        facts={**done.facts, "move": approval.move, "asked_in": approval.entry},
    )


def note(
    name: str,
    before: Case | None,
    case: Case,
    act: Act,
    facts: Mapping[str, Any],
    tells: tuple[tuple[str, str], ...] = (),
    people: Mapping[str, Any] | None = None,
    words: Mapping[str, Any] | None = None,
) -> Change:
    """Return the change of one case that a move on another case causes. `name`: the name of that move, for
    the timeline entry. `before`, `case`: the case before and after the change; `before` is None for a new
    case. `facts`, `words`: those of the entry. `tells`: the letters to send, as pairs of letter and
    recipient. `people`: the rows with personal data to be saved, by the id of the person."""
    case = _with_holder(before, _history(case, act, name), act)
    entry = timeline.write(before, name, act, facts, words or {})
    after, posts = owe(count_entry(before, case, entry), act, Done(case, tells), entry.n)
    return Change(before, standing_still(after, act.now), entry, posts, people or {})


def count_entry(before: Case | None, after: Case, entry: Entry) -> Case:
    """Return the case `after` with its number of entries, its last hash and its index updated for the new
    entry. `before`: the case before the move; None for a new case. If `before` has no index, the result has
    none. Counts of steps are removed for deadline runs that can never come back."""
    kept = before.contents if before else Contents()
    return replace(
        drop_past_steps(after),
        entries=entry.n,
        head=entry.hash,
        contents=kept and including(kept, json.loads(entry.line)),
    )


def _done(declared: Move, case: Case | None, act: Act, said: Mapping[str, Any]) -> Done:
    result = declared.do(case, act, **said)
    done = result if isinstance(result, Done) else Done(result)
    if len(declared.to) == 1:
        done = replace(done, case=replace(done.case, stage=min(declared.to)))
    assert done.granted or done.case.stage in (declared.to or {case and case.stage}), (
        f"{declared.name} chose {done.case.stage}"
    )
    wide: dict[str, Callable[[str], tuple[tuple[str, str], ...]]] = {"both": to_both_sides, "all": to_all}
    told = (
        each
        for letter, to in declared.always_tells
        for each in (wide[to](letter) if to in wide else ((letter, to),))
    )
    return replace(done, tells=(*done.tells, *told))


def _ask(declared: Move, case: Case, act: Act, facts: Mapping[str, Any]) -> Done:
    """Return the result of a move that must wait for a second person: the case with a request for approval.
    The request keeps the facts of the move. The words of the move are in its timeline entry. Raises Refusal
    `asked_before` if the same request waits already."""
    refuse_if(any((a.move, a.facts) == (declared.name, facts) for a in case.approvals), "asked_before")
    roles = policy(case.policy).approver(declared.name, 1 + case.extended("investigation"))
    asked = Approval(
        act.id,
        declared.name,
        facts,
        act.who,
        act.role.code,
        act.now,
        tuple(each.code for each in roles),
        case.entries + 1,
    )
    first = f"role:{min(roles & ~act.role or roles, key=lambda each: each.value).code}"
    return Done(
        replace(case, approvals=(*case.approvals, asked)), (("approval_request", first),), {"asked": asked.id}
    )


def _history(case: Case, act: Act, move: str) -> Case:
    """Return the case with the present stage in its stage history. If the stage has changed, the functions in
    `LEAVING` and `ENTERING` run for the old and the new stage. `move`: the name of the move."""
    case = watched(case)
    if case.stages and case.stages[-1].stage == case.stage:
        return case
    for ends in LEAVING[case.stages[-1].stage] if case.stages else ():
        case = ends(case, act)
    stages = (*case.stages, Entered(case.stage, act.now))
    case = replace(case, stages=stages, clock=replace(case.clock, review=None))
    for begins in ENTERING[case.stage]:
        case = begins(case, act, move)
    return case


def _with_holder(before: Case | None, case: Case, act: Act) -> Case:
    """Return the case with its present team and owner as its last holder. `before`: the case before the move;
    None for a new case. A case that an older release saved starts with the holder that it had before. A case
    that got an owner or another team no longer has to go to the team that a rule named for it."""
    if case.goes_to and not (case.awaits_owner and before and case.team == before.team):
        case = replace(case, goes_to=None)
    held = case.holders
    if not held and before:
        held = (Holder(before.team, before.owner, before.recorded_at, 1),)
    if not held or (held[-1].team, held[-1].owner) != (case.team, case.owner):
        held = (*held, Holder(case.team, case.owner, act.now, case.entries + 1))
    return replace(case, holders=held) if held != case.holders else case


def resumed(case: Case, act: Act, why: PauseReason) -> Case:
    """Return the case with all suspensions ended that have the reason `why`."""
    halts = tuple(
        replace(h, until=act.now) if (h.why, h.until) == (why, None) else h for h in case.clock.halts
    )
    return replace(case, clock=replace(case.clock, halts=halts))


def promise_answer(case: Case, act: Act, why: str) -> Case:
    """Return the case with a promise of the answer by the date on which it is now due. `why`: the reason why
    the date is later than before. If an equal or later date was promised before, the case does not change,
    because a promise is never shortened."""
    new = min((run.due for run in running_of(case, "investigation") if run.due), default=None)
    if new is None or (case.promised and new <= case.promised):
        return case
    return replace(
        case, promises=(*case.promises, Promise("answer", new, act.now, why if case.promises else None))
    )
