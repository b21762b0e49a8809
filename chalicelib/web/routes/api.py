"""The interface for integrators, staff tools and consumers' own programs: JSON over `/v1`, errors as problem
documents."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint
from pydantic import BaseModel, Field

from chalicelib import models
from chalicelib.access import (
    LISTS,
    STAFF,
    Caller,
    NotFound,
    Reader,
    Thing,
    closed_to,
    mediation_of,
    sees_votes,
    talks_of,
)
from chalicelib.casework import Dossier, once
from chalicelib.domain.awaited import LISTED
from chalicelib.domain.calendar import stamp
from chalicelib.domain.engine.deadlines import deadlines, due
from chalicelib.domain.engine.process import MOVES
from chalicelib.domain.engine.running import running_of
from chalicelib.domain.model.case import Case, refuse_if, required
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.reference import read
from chalicelib.domain.roster import Roster
from chalicelib.logs import carry
from chalicelib.offers import Offers
from chalicelib.view.agreement import agreement_view
from chalicelib.view.mediation import mediation_view
from chalicelib.view.next import Expected, line, next_of_party, next_of_staff
from chalicelib.view.party import RUNS, PartyReader
from chalicelib.view.reader import Staff
from chalicelib.view.talks import talks_view
from chalicelib.web import callers, filing, gate, inputs, partners
from chalicelib.web.api import obligations as api_owed, talks as api_talks, timeline as api_timeline
from chalicelib.web.api.values import money, plain, stamped
from chalicelib.web.pages.consumer import confirming
from chalicelib.web.pages.turning import NUMBER, cursor, start
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Accepted, Created, Forbidden, answers, language
from chalicelib.web.routes import handed
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import CodeSent, Filed, GivenKey, Keys, LinkSent, Next, Revoked, Work
    from chalicelib.web.api.case_answers import CaseAnswer, Deadlines, Entry, Timeline

routes = Blueprint(__name__)
PAGE = 50
QUEUES = {
    "mine": "PERSON#{who}",
    "team": "TEAM#{team}",
    "unassigned": "TEAM#{team}#unassigned",
    "tellings": "TEAM#{team}#tellings",
    "approvals": "TEAM#{team}#approvals",
    "messages": "TEAM#{team}#messages",
    **{role.code: f"TEAM#{{team}}#{role.code}" for role in LISTED},
}
"""Where each work list is kept: somebody's own, a team's, those of what waits there, and what waits for a
role."""
JSON = ["application/json"]
ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
"""How the ETag of a case is written: its count of entries."""


@routes.route("/v1/complaints", methods=["POST"], content_types=JSON)
@answers
def submit() -> Created[Filed]:
    """File a complaint. Nobody needs to sign in; staff and partners record for others with `channel` and
    `received_at`, and get no link: it goes to the consumer. The `hand_over` link that a partner passes on to
    them has it mailed again, once within a day.

    A report of danger (`hurt`) is never refused for a field: the answer begins with the `advice` that is to
    be told to whoever reported it, and `asked` names the parts that could not be taken in or lack.
    """
    request = routes.current_request
    caller = callers.bearer(request, Scope.FILE) if request.headers.get("authorization") else callers.ANYBODY
    raw = inputs.body(request)
    case, unread = filing.file(caller, raw, _once(request, caller, "submit", raw), callers.network(request))
    carry(ref=case.ref)
    told = filed(case, caller)
    if case.unsafe:
        told = {**filing.warned(language(request), case, unread), **told}
    return Created(told, Location=f"/v1/cases/{case.ref}")


@routes.route("/v1/links", methods=["POST"], content_types=JSON)
@answers
def send_link() -> Accepted[LinkSent]:
    """Ask for an access link again, by number and e-mail address. The answer is the same whether there is
    such a complaint or not."""
    request = routes.current_request
    asked = models.link_asked(inputs.body(request))
    product.ceilings.take("finding", address=asked["email"], network=callers.network(request))
    product.casework.send_link(**asked)
    return Accepted({"sent": "if_known"})


@routes.route("/v1/cases/{ref}", methods=["GET"])
@answers
def case(ref: str) -> CaseAnswer:
    """Tell where a case stands: stage, matters, what runs and until when, what the caller can do now."""
    told: CaseAnswer = _shown(*_case(ref, Thing.CASE))
    return told


@routes.route("/v1/cases/{ref}/timeline", methods=["GET"])
@answers
def timeline(ref: str) -> Timeline:
    """Read a page of the timeline, the newest entry first, each with its hash; `next` is the `cursor` of the
    page after it, in which nothing is skipped or repeated however much is added meanwhile. Words are given
    only to staff who handle cases and to the parties, who do not see what is for staff only: a page may hold
    fewer than `limit`. Where words are long an entry has their beginning and, in `whole`, where all are."""
    found, caller = _case(ref, Thing.TIMELINE)
    before, limit = start(found, routes.current_request)
    dossier, show = api_timeline.entries(found, caller)
    items, older = dossier.page(show, limit, before)
    return {"items": items, "next": cursor(found, older)}


@routes.route("/v1/cases/{ref}/timeline/{n}", methods=["GET"])
@answers
def entry(ref: str, n: str) -> Entry:
    """Read one entry of the timeline with all of its words."""
    found, caller = _case(ref, Thing.TIMELINE)
    dossier, show = api_timeline.entries(found, caller, whole=True)
    shown: Entry | None = show(int(n)) if NUMBER.fullmatch(n) and dossier.stands(int(n)) else None
    if shown is None:
        raise NotFound(n)
    return shown


@routes.route("/v1/cases/{ref}/deadlines", methods=["GET"])
@answers
def running(ref: str) -> Deadlines:
    """List what runs on a case, also against the consumer; staff see the next step of each ladder."""
    found, caller = _case(ref, Thing.TIMELINE)
    return {"items": _deadlines(found, caller, _view(product.file.opened(found), caller)), "next": None}


@routes.route("/v1/cases/{ref}/moves/{move}", methods=["POST"], content_types=JSON)
@answers
def move(ref: str, move: str) -> CaseAnswer:
    """Take a move; the body is its parameters. `If-Match` with the ETag last seen makes a later change a 409.
    What a party gives something up by is answered with 403 `code_needed` until the code that was sent for it
    stands in `Confirmation-Code`."""
    request = routes.current_request
    caller, raw = callers.bearer(request, Scope.ADD), inputs.body(request)
    refuse_if(move not in MOVES or MOVES[move].by == Role.CLOCK or move == "submit", "unknown_move")
    number = read(ref)  # one idempotency key is one move, however the number is written
    if number is None:
        raise NotFound(ref)
    said, once_only = (
        models.arguments(move, raw, product.now()),
        _once(request, caller, f"{number}/{move}", raw),
    )
    callers.counted(caller, move, number)
    code = request.headers.get("confirmation-code") or ""
    if caller.party:
        case = confirming.taken(request, caller, move, said, once_only, seen(request), code)
    else:
        case = product.casework.move(move, number, caller, said, once_only, seen(request))
    # they cannot see the case any more: they have answered, have left, or wrote to the leading case
    if not product.casework.sees(case, caller):
        return {"number": case.ref, "moves": [], "etag": case.entries}
    renewed = caller.party and move in callers.RENEWS
    # a request that is repeated shows the case as it has become since
    gate.noted(case, Thing.CASE, caller)
    told: CaseAnswer = _shown(case, caller) | ({"token": callers.token(case, caller)} if renewed else {})
    return told


class AskedCode(BaseModel):
    """What a party wants to confirm: a move, and what its body will say."""

    model_config = models.STRICT
    move: str = Field(max_length=100)
    said: dict[str, Any] = Field(default_factory=dict)


@routes.route("/v1/cases/{ref}/codes", methods=["POST"], content_types=JSON)
@answers
def send_code(ref: str) -> CodeSent:
    """Have a one-time code sent to one's confirmed e-mail address, for a move that gives something up: for
    this act only and in these terms, good until `until`. It goes into the header `Confirmation-Code` of the
    move."""
    request = routes.current_request
    caller, asked = callers.bearer(request), AskedCode.model_validate_json(inputs.body(request))
    refuse_if(not caller.party or asked.move not in MOVES, "unknown_move")
    said = models.arguments(asked.move, json.dumps(asked.said), product.now())
    until = product.codes.send(caller, asked.move, said)
    return {"sent": True, "until": stamp(until)}


def seen(request: Any) -> int | None:
    """The ETag last seen; raises Refusal for one that we never gave, since its caller relies on it."""
    told = request.headers.get("if-match")
    if told is None or told.strip() == "*":
        return None
    return int(required(ETAG.fullmatch(told.strip()), "bad_if_match")[1])


@routes.route("/v1/work", methods=["GET"])
@answers
def work() -> Work:
    """Read a work list of the caller's, the next deadline first: mine, team, unassigned, tellings, approvals,
    messages, or what waits for a role, such as lead."""
    request = routes.current_request
    caller = callers.bearer(request)
    query: Any = request.query_params or {}
    if not caller.roles & STAFF & ~Role.ADMINISTRATOR:
        raise Forbidden
    team = query.get("team") or min(caller.teams, default="")
    queue = query.get("queue") if query.get("queue") in QUEUES else "mine"
    of_team = team in caller.teams and caller.roles & LISTS
    if queue != "mine" and not (of_team or caller.roles & Role.SUPERVISOR):
        raise Forbidden
    seat = QUEUES[queue].format(who=caller.who, team=team)
    items, after = product.file.work(seat, query.get("cursor"), PAGE)
    shown: list[Any] = [line(item, caller, queue) for item in items]
    return {"items": shown, "next": after}


class NewKey(BaseModel):
    """A key for a partner system: its name, the channel that its complaints come by, what it may do, how many
    days it is good for."""

    model_config = models.STRICT
    partner: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")
    channel: Channel = Channel.API
    scopes: tuple[Scope, ...] = Field(partners.FILES, min_length=1)
    days: int = Field(365, ge=1, le=730)


class OldKey(BaseModel):
    """A key to be revoked at once: its `id` as it is listed, or all of it."""

    model_config = models.STRICT
    key: str = Field(max_length=100)


@routes.route("/v1/keys", methods=["GET"])
@answers
def keys() -> Keys:
    """List the keys of partners without their secrets; for the administrator."""
    _administers()
    return {"items": [*partners.listed()], "next": None}


@routes.route("/v1/keys", methods=["POST"], content_types=JSON)
@answers
def give_key() -> Created[GivenKey]:
    """Give a partner a key, shown this once; for the administrator. A partner has two at most: to rotate,
    give the next one, and revoke the last once it is in use."""
    _administers()
    asked = NewKey.model_validate_json(inputs.body(routes.current_request))
    key, kept = partners.give(asked.partner, asked.channel, asked.scopes, timedelta(days=asked.days))
    return Created({"key": key, **kept})


@routes.route("/v1/keys", methods=["DELETE"], content_types=JSON)
@answers
def revoke_key() -> Revoked:
    """Revoke a partner's key at once; for the administrator."""
    _administers()
    partners.revoke(OldKey.model_validate_json(inputs.body(routes.current_request)).key)
    return {"revoked": True}


def _administers() -> None:
    if not callers.bearer(routes.current_request).roles & Role.ADMINISTRATOR:
        raise Forbidden


def filed(case: Case, caller: Caller) -> Filed:
    """What somebody who has filed a complaint is told: number, and what happens next by when. The access link
    is the consumer's: whoever records for them never holds it (finding S18), and a partner gets a link that
    has it mailed to them. Whoever sends the same request again gets nothing that was renewed since."""
    party = case.parties[0]
    whose = (case.ref, party.id, party.generation)
    comes: list[Next] = [
        {"what": name, "by": stamp(at)} for name, at in sorted(due(case).items(), key=lambda item: item[1])
    ]
    answer: Filed = {"number": case.ref, "stage": case.stage, "next": comes}
    if party.generation == 1 and caller == callers.ANYBODY:
        answer["link"] = product.setting("PUBLIC_URL") + product.links.path(*whose)
        answer["token"] = product.links.token(*whose)
    if party.generation == 1 and party.says_phrase:
        answer["passphrase"] = product.links.phrase(*whose)
    if caller.roles & Role.PARTNER and (hand_over := handed.link(case)):
        answer["hand_over"] = hand_over
    return answer


INSIDE = (
    "owner",
    "team",
    "policy",
    "severity",
    "hurt",
    "safety",
    "questions",
    "appraisals",
    "extensions",
    "report",
    "outside",
    "recused",
    "goods_back",
    "approvals",
    "tellings",
    "evidence",
    "invited",
    "reviewed",
    "sent_back",
    "stories",
)
"""What staff see of a case's head beside what parties see."""


def _shown(case: Case, caller: Caller) -> Any:
    if closed := closed_to(case, caller):
        told: dict[str, Any] = {}
        if closed is Reader.DEPARTMENT:
            told = _questions(case, caller)
        elif closed is Reader.INVITED:
            told = _concerned(case)
        moves = [*product.casework.offered(case, caller)]
        return {"number": case.ref, **told, "moves": moves, "etag": case.entries}
    staff, dossier, now = bool(caller.roles & STAFF), product.file.opened(case), product.now()
    view = _view(dossier, caller)
    if view and not view.authorised:
        return {"number": case.ref, "moves": [], "etag": case.entries}
    offers = product.casework.offered(case, caller)
    if view and view.company:
        return _to_company(view, offers)
    own = view is None or view.first
    shown = {
        "number": case.ref,
        "stage": case.stage,
        "outcome": case.outcome,
        "received_at": stamp(case.received_at),
        "channel": case.channel,
        "wishes": case.intake.wishes if own else (),
        "wish_amount": money(case.intake.wish_amount if own else None),
        "promised": stamped(case.promised),
        "matters": [
            {**asdict(matter), "n": n, "amount": money(matter.amount if own else None)}
            for n, matter in enumerate(case.matters, 1)
        ],
        "stages": [
            {"stage": s.stage, "since": stamp(s.since), "until": stamped(s.until)} for s in case.spells
        ],
        "obligations": api_owed.obligations(view or Staff(dossier, now, caller)) if view or staff else [],
        "totals": {"owe": money(view.totals.owes), "owed": money(view.totals.owed)} if view else {},
        "reconsideration": _anew(case, caller),
        "reconsideration_decision": _decided_anew(dossier),
        "dispute": None,
        **(_agreed(view, offers) if view else {}),
        "deadlines": _deadlines(case, caller, view),
        "etag": case.entries,
        "moves": [*offers],
        "next": _next(next_of_party(view, offers) if view else next_of_staff(case, caller, offers)),
    }
    inside = (
        {
            **{name: plain(had) for name, had in case.flat.items() if name in INSIDE},
            "dispute": _inside(case, caller),
            "mediation": plain(mediation_of(case, caller)),
            "agreement": api_talks.kept(Staff(dossier, now, caller)),
        }
        if staff
        else {}
    )
    people = (
        [{**plain(replace(p, known_by=(), kept="")), "role": p.role.code} for p in case.parties]
        if staff
        else []
    )
    return shown | inside | ({"parties": people} if staff else {})


def _to_company(view: PartyReader, offers: Offers) -> dict[str, Any]:
    """All that the company's representative sees of a case."""
    case = view.case
    return {
        "number": case.ref,
        "stage": case.stage,
        "outcome": case.outcome,
        "wishes": case.intake.wishes,
        "wish_amount": money(case.intake.wish_amount),
        "matters": [
            {"n": n, "type": matter.type, "sub_type": matter.sub_type, "amount": money(matter.amount)}
            for n, matter in enumerate(case.matters, 1)
        ],
        "conclusions": {int(n): code for n, code in case.answer.conclusions.items()} if case.answer else {},
        "obligations": api_owed.obligations(view),
        "totals": {"owe": money(view.totals.owes), "owed": money(view.totals.owed)},
        **_agreed(view, offers),
        "deadlines": _deadlines(case, view.caller, view),
        "moves": [*offers],
        "next": _next(next_of_party(view, offers)),
        "etag": case.entries,
    }


def _next(expected: Expected | None) -> dict[str, Any] | None:
    """The act that is expected of the caller."""
    return expected and {**expected._asdict(), "about": expected.about or None, "due": stamped(expected.due)}


def _agreed(view: PartyReader, offers: Offers) -> dict[str, Any]:
    """Talks, mediation and agreement as a party may know them: what was said and offered; who mediates and
    when they meet; the text and its digest, and who signs it until when."""
    talking = view.case.talks.dispute or view.case.talks.mediation
    roster = product.file.roster() if talking else Roster()  # else nobody on it is named
    talks, mediation = talks_view(view, roster), mediation_view(view, roster)
    agreement = agreement_view(view, offers.get("record_confirmation", ()))
    return {
        "dispute": talks and api_talks.TALKS(talks),
        "mediation": mediation and api_talks.MEDIATION(mediation),
        "agreement": agreement and api_talks.agreement(view, agreement),
    }


def _inside(case: Case, caller: Caller) -> dict[str, Any] | None:
    """The talks as this member of staff may know them; the words of what was said stand on the timeline."""
    talks = talks_of(case, caller)
    offers = [{**plain(offer), "amount": money(offer.amount)} for offer in talks.offers] if talks else []
    return {**plain(talks), "offers": offers} if talks else None


def _concerned(case: Case) -> dict[str, Any]:
    """All that somebody who is asked to mediate learns before they take it on: who is concerned, and what
    about."""
    people, talks = product.file.opened(case).people, case.talks.dispute
    names = [
        {"role": p.role.code, "name": people.get(p.id, {}).get("name")} for p in case.parties if not p.left
    ]
    return {
        "parties": names,
        "nature": [talks.nature, *talks.others] if talks else [],
        "matters": [{"type": matter.type, "sub_type": matter.sub_type} for matter in case.matters],
    }


def _anew(case: Case, caller: Caller) -> dict[str, Any] | None:
    """The request to decide anew that is before us: which matters, since when, by when it is decided, whether
    it waits because it came late; staff see the panel, who voted how only those who may."""
    asked = case.recourse.reconsideration
    if asked is None:
        return None
    panel = [seat if sees_votes(case, caller) else replace(seat, votes={}) for seat in asked.panel]
    return {
        "matters": asked.matters,
        "at": stamp(asked.at),
        "expected": stamped(next((run.due for run in running_of(case, "reconsideration")), None)),
        "late": asked.late,
        **({"panel": plain(panel)} if caller.roles & STAFF else {}),
    }


def _decided_anew(dossier: Dossier) -> dict[str, Any] | None:
    """What a reconsideration last decided, per matter, and by how many of how many votes; not whose."""
    line = dossier.latest("decide_reconsideration")
    return (
        {"at": line["at"], **{name: line["facts"][name] for name in ("results", "votes", "of")}}
        if line
        else None
    )


def _view(dossier: Dossier, caller: Caller) -> PartyReader | None:
    """The case as a party sees it."""
    return PartyReader(dossier, product.now(), caller) if caller.party else None


def _questions(case: Case, caller: Caller) -> dict[str, Any]:
    """All that a department sees of a case: what it was asked, and by when it answers."""
    dossier, runs = product.file.opened(case), {run.id: run.due for run in deadlines(case).values()}
    asked = [
        {"id": q.id, "due": stamped(runs.get(q.id)), **dossier.said(q.entry)[1]}
        for q in case.inquiry.questions
        if q.department in caller.teams and not q.answered
    ]
    return {"questions": asked}


def _deadlines(case: Case, caller: Caller, view: PartyReader | None) -> list[Any]:
    found, staff = [], bool(caller.roles & STAFF)
    for run in deadlines(case).values():
        theirs = view.concerns(run) if view else run.name in RUNS
        if not (staff or theirs):
            continue
        item: dict[str, Any] = {
            "deadline": run.name,
            "about": run.id or None,
            "since": stamped(run.start),
            "due": stamped(run.due),
            "stopped": run.stopped or None,
            "provisional": bool(run.end and run.end.provisional),
        }
        inside = {"next_step": stamped(run.at), "work_by": stamped(run.end.work_by if run.end else None)}
        found.append(item | (inside if staff else {}))
    return found


def _case(ref: str, thing: Thing) -> tuple[Case, Caller]:
    caller = callers.bearer(routes.current_request, Scope.READ)
    return gate.opened(ref, thing, caller, caller.seen), caller


def _once(request: Any, caller: Caller, route: str, raw: bytes) -> Any:
    return once(caller, route, request.headers.get("idempotency-key"), raw)
