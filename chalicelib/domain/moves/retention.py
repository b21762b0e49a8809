"""The end of the personal data of a case, or of one person of a joint case. Two people keep them for a
lawsuit, or have them destroyed. The clock has them destroyed when the time of retention is over."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Any

from chalicelib.domain.engine.declare import FOLLOWING, Done, Second, move
from chalicelib.domain.engine.process import note
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import ErasedPart
from chalicelib.domain.model.codes import ANY, DestroyGround, Role as R, Side, Stage as S
from chalicelib.domain.model.field_marks import Choice, FormRule, Given, PartyId, Text
from chalicelib.domain.moves.parties import circle_of, complainant_of
from chalicelib.domain.policy import policy


@move(
    at=ANY,
    by=R.SUPERVISOR | R.EXECUTIVE,
    second=Second(),
    fits=lambda case: not case.retention.held and not case.retention.destroyed,
)
def hold_records(case: Case, act: Act, *, reason: Text) -> Case:
    """Keep the personal data of a case from destruction, for a lawsuit or an authority. A destruction that
    was decided and is not done yet is given up. `reason` says who needs the data."""
    refuse_if(case.retention.held, "records_held")
    done = tuple(part for part in case.retention.parts if part.done)
    return replace(case, retention=replace(case.retention, held=act.now, to_destroy=None, parts=done))


@move(at=ANY, by=R.SUPERVISOR | R.EXECUTIVE, second=Second(), fits=lambda case: case.retention.held)
def release_records(case: Case, act: Act, *, reason: Text) -> Case:
    """End the hold on the personal data of a case. From now on they may be destroyed."""
    refuse_if(not case.retention.held, "records_not_held")
    return replace(case, retention=replace(case.retention, held=None))


def _there(case: Case) -> bool:
    """Return whether the personal data of a case are there, and may be destroyed."""
    found = case.retention
    return not (found.held or found.to_destroy or found.destroyed)


@fills("shared")
def _shared_with_others(server: Server, context: FactContext) -> Case | None:
    """Return the joint case that the person of this case joined, or the case from which this one was split
    off. Return None if there is neither."""
    together = context.case.together
    if together.joined and together.joined.together:
        return server.load(together.joined.ref)
    return server.load(together.origin[0]) if together.origin else None


def former_agents(case: Case) -> tuple[str, ...]:
    """Return the ids of the former representatives, of a complainant or of the company, whose personal data
    are there."""
    return tuple(
        party.id
        for party in case.parties
        if party.left and (party.represents or party.side == Side.BUSINESS)
        if not case.erased(party.id) and party.id not in case.retention.waiting
    )


def _erasable(case: Case, _: str) -> tuple[str, ...]:
    """Return the ids of the people of whom one alone can have their personal data destroyed."""
    people = case.consumers if case.joint and case.stage == S.CLOSED else ()
    return (*(party.id for party in people), *former_agents(case))


@move(
    at=ANY,
    by=R.SUPERVISOR,
    tells="data_destroyed? → consumer, data_destroyed? → party",
    second=Second(),
    fits=lambda case: _there(case) and (case.stage == S.CLOSED or former_agents(case)),
    decides=True,
    warns=True,
)
def destroy_data(
    case: Case,
    act: Act,
    *,
    ground: DestroyGround,
    reason: Text,
    party: Annotated[
        PartyId | None, Choice(_erasable), FormRule(unless=lambda case: not _erasable(case, ""))
    ] = None,
    own: Annotated[Case | None, Given()],
    shared: Annotated[Case | None, Given()],
) -> Done:
    """Decide to destroy the personal data of a closed case: names, addresses, everything that was written,
    and files. It is done a day later. Codes, dates and digests stay, so the record can still be checked.
    Sealed papers stay until their lock ends. `reason`: who asked, and how that was checked.

    In a joint case only the data of the person `party` are destroyed, and the case of the others goes on. The
    data of all are destroyed without `party`, once the time of retention is over. A person's data in a joint
    case and on their own case (`own`, `shared`) go together.

    A former representative can have their own data destroyed while the case goes on: their name, addresses
    and letters, and what was written about them. What they wrote or sent for the person stays with the case.

    The person gets a letter, unless the time of retention is over. (After 个人信息保护法 47.)"""
    refuse_if(case.retention.held, "records_held", field="ground")
    refuse_if(not _there(case), "data_destroyed")
    over = ground is DestroyGround.RETENTION_OVER
    if party and party in former_agents(case):
        refuse_if(over, "retention_not_over", field="ground")
        return Done(_with_part(case, act, [party]), (("data_destroyed", f"party:{party}"),))
    refuse_if(
        case.stage != S.CLOSED, "move_not_allowed_in_stage", move=destroy_data.__name__, stage=case.stage
    )
    refuse_if(over and act.now < kept_until(case), "retention_not_over", field="ground")
    named = complainant_of(case, act, party) if party else None
    facts: dict[str, Any] = {"ground": ground}
    if named:
        after, to = _parting(case, act, named.id), f"party:{named.id}"
    else:
        refuse_if(case.joint and not over, "whose_data", field="party")
        refuse_if(case.open_obligations and not over, "promises_to_keep")
        after, to = _destroying(case, act), "consumer"
    also = []
    if own and not over and own.stage == S.CLOSED and not own.retention.destroyed:
        refuse_if(own.retention.held, "records_held", field="ground")
        also.append(note(destroy_data.__name__, own, _destroying(own, act), act, facts))
    if shared and not over and (id := _known_as(shared, case)):
        marked = _parting(shared, act, id)
        also.append(note(destroy_data.__name__, shared, marked, act, {**facts, "party": id}))
    elsewhere = {"cases": [change.case.ref for change in also]} if also else {}
    return Done(after, () if over else (("data_destroyed", to),), elsewhere, also=tuple(also))


def _known_as(joint: Case, case: Case) -> str | None:
    """Return the id that the person of `case` has or had in a joint case, if their data are still there."""
    ids = (p.id for p in joint.parties if p.own == case.ref and not p.represents)
    gone = {part.of for part in joint.retention.parts}
    return None if joint.retention.destroyed else next((id for id in ids if id not in gone), None)


def _parting(case: Case, act: Act, id: str) -> Case:
    """Return the case with the decision to destroy the data of one person, or of all if this is the last
    person. A person who left and joined again has several ids in it. Raises Refusal if the person still takes
    part in an open case."""
    own = case.party(id).own
    ids = [p.id for p in case.parties if p.id == id or (own and p.own == own)]
    refuse_if(case.retention.held, "records_held", field="ground")
    refuse_if(case.stage != S.CLOSED and any(not case.party(one).left for one in ids), "still_together")
    refuse_if(any(not {o.to, o.debtor}.isdisjoint(ids) for o in case.open_obligations), "promises_to_keep")
    if not any(one.id not in {*ids, *case.retention.waiting} for one in case.consumers):
        return _destroying(case, act)
    return _with_part(case, act, ids)


def _with_part(case: Case, act: Act, ids: Collection[str]) -> Case:
    """Return the case with the decision to destroy the data of these people."""
    known = {part.of for part in case.retention.parts}
    parts = (*case.retention.parts, *(ErasedPart(one, act.now) for one in ids if one not in known))
    return replace(case, retention=replace(case.retention, parts=parts))


@move(at=S.CLOSED, by=R.CLOCK, fits=_there, decides=True)
def expire_data(case: Case, act: Act) -> Case:
    """Decide to destroy the personal data of a closed case, because the time of retention is over. It is done
    a day later."""
    refuse_if(case.retention.held, "records_held")
    refuse_if(not _there(case), "data_destroyed")
    refuse_if(act.now < kept_until(case), "retention_not_over")
    return _destroying(case, act)


@move(at=ANY, by=R.CLOCK, fits=_there, decides=True)
def destroy_again(case: Case, act: Act, *, party: PartyId | None = None) -> Case:
    """Decide again to destroy the personal data of a closed case, or of one person of a joint case (`party`),
    because a restore of the table undid their destruction. It is done a day later."""
    refuse_if(case.retention.held, "records_held")
    refuse_if(not _there(case), "data_destroyed")
    if party:
        agent = party in former_agents(case)
        return _with_part(case, act, [party]) if agent else _parting(case, act, party)
    refuse_if(
        case.stage != S.CLOSED, "move_not_allowed_in_stage", move=destroy_again.__name__, stage=case.stage
    )
    return _destroying(case, act)


def _destroying(case: Case, act: Act) -> Case:
    return replace(case, retention=replace(case.retention, to_destroy=act.now))


@FOLLOWING.append
def _goes_on(before: Case | None, case: Case, done: Done, act: Act) -> tuple[Case, Done]:
    """Give up a destruction that was decided, if the case is no longer closed. Those of people who have left
    the case stay decided."""
    found = case.retention
    if case.stage != S.CLOSED and (found.to_destroy or found.waiting):
        parts = tuple(part for part in found.parts if part.done or case.party(part.of).left)
        case = replace(case, retention=replace(found, to_destroy=None, parts=parts))
    return case, done


@move(at=ANY, by=R.CLOCK, fits=lambda case: case.retention.to_destroy or case.retention.waiting)
def begin_destruction(
    case: Case, act: Act, *, party: PartyId | None = None, own: Annotated[Case | None, Given()]
) -> Case:
    """Begin to destroy the personal data of a case. From now on nobody can take a move on it. The keyed
    hashes of addresses and a partner's own number leave the case at once.

    With `party`, begin to destroy those of one person and their representatives, or of a former
    representative. The person leaves the case, and the others go on. Raises Refusal if the destruction on the
    person's own case (`own`) was given up, because that case uses their files."""
    found = case.retention
    if party is None:
        refuse_if(not found.to_destroy, "records_held")
        parties = tuple(replace(one, known_by=(), kept="") for one in case.parties)
        return replace(
            case,
            parties=parties,
            intake=replace(case.intake, external_id=None),
            retention=replace(found, to_destroy=None, destroyed=act.now),
        )
    refuse_if(party not in found.waiting, "records_held")
    refuse_if(own and not (own.retention.to_destroy or own.retention.destroyed), "still_together")
    circle = circle_of(case, party)
    agent = case.party(party).represents or case.party(party).side == Side.BUSINESS
    return replace(
        case,
        parties=tuple(
            replace(one.gone(act.now), known_by=(), kept="", pending=None) if one.id in circle else one
            for one in case.parties
        ),
        messages=case.messages if agent else tuple(one for one in case.messages if one.by not in circle),
        tellings=tuple(one for one in case.tellings if one.party not in circle),
        feedback=replace(
            case.feedback,
            stories=tuple(
                replace(one, withdrawn=one.withdrawn or act.now) if one.of in circle else one
                for one in case.feedback.stories
            ),
        ),
        retention=replace(
            found, parts=tuple(replace(one, done=act.now) if one.of == party else one for one in found.parts)
        ),
    )


def kept_until(case: Case) -> datetime:
    """Return the moment (UTC) until which the personal data of a case are kept: so many years after its last
    move as its policy says."""
    last = max(case.taken.values())
    return datetime.combine(later(last.date(), policy(case.policy).keep_years), last.timetz())


def later(day: date, years: int) -> date:
    """Return the same day so many years later; 28 February for a 29 February that the year lacks."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))
