"""The routes of the JSON interface under `/v1`, for integrators, staff tools and consumers' own programs.
Errors are problem documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint
from pydantic import BaseModel, Field

from chalicelib.access.authorization import LISTS, STAFF, Caller, NotFound, Thing, closed_to
from chalicelib.cases.casework import Once, once
from chalicelib.cases.waiting import QUEUES, read_together, waiting_lists
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.moves import intake
from chalicelib.domain.moves.improvement import open_action
from chalicelib.domain.moves.training import record_training
from chalicelib.logs import carry
from chalicelib.view.contact import message_at
from chalicelib.view.expected import line
from chalicelib.view.party import Partner, PartyReader, reader_of
from chalicelib.view.staff import Staff
from chalicelib.web import callers, conditions, confirming, filing, inputs, partners, read_log, request_models
from chalicelib.web.api import cases, timeline as api_timeline
from chalicelib.web.api.values import view_json
from chalicelib.web.pages.paging import NUMBER, cursor, start
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Accepted, Created, CreatedOnce, answers, forbid_unless, language
from chalicelib.web.routes import handover_link
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import (
        CodeSent,
        FiledComplaint,
        GivenKey,
        Keys,
        LinkSent,
        Next,
        Revoked,
        Work,
    )
    from chalicelib.web.api.case_answers import CaseAnswer, Deadlines, Timeline, TimelineEntry

routes = Blueprint(__name__)
PAGE = 50
ON_PAGES = frozenset({"rights", "goods", "company", "brand", "people", "party", "apart", "news"})
"""The fields of a row of a work list that only pages show or use."""
BEGINS = {
    "/v1/complaints": intake.submit.__name__,
    "/v1/actions": open_action.__name__,
    "/v1/trainings": record_training.__name__,
}
"""The routes that create a case, an improvement action or a training: path → the move that begins it."""


@routes.route("/v1/complaints", methods=["POST"], content_types=inputs.JSON)
@answers
def submit() -> CreatedOnce[FiledComplaint]:
    """File a complaint. Callers need not sign in. Staff and partners file for a consumer, with `channel` and
    `received_at`. Staff and partners get no access link, because the link goes to the consumer. A partner
    gets a `hand_over` link to give to the consumer. With it, the consumer can have the access link mailed
    again, once within a day.

    `external_id` is the sender's own number. It makes one complaint, however often it is sent: the same
    content again is answered with 200 and the number. Other content is refused with 409 `external_id_taken`,
    which names the number. Small and capital letters of it count as the same.

    A report of danger (`hurt`) is never refused because of a field. Its answer begins with `advice` for the
    person who reported it. `asked` names the parts that were invalid or are missing.

    A report of a violation (举报, `filed_as` "report") is another thing than a complaint (投诉): its sender
    wants nothing for themselves, and an authority examines it. We take it as information, without a name if
    the sender likes. The answer then has `report` and `routes`, the authorities to which it belongs."""
    request = routes.current_request
    caller = callers.bearer(request, Scope.FILE) if request.headers.get("authorization") else callers.ANYBODY
    raw = inputs.body(request)
    key = _once(request, caller, intake.submit.__name__, raw)
    case, unread = filing.file(caller, raw, key, callers.network(request))
    carry(ref=case.ref)
    told = filed(case, caller)
    if case.reports:
        told = {**told, **filing.reported(language(request), case)}
    if case.unsafe:
        told = {**filing.warned(language(request), case, unread), **told}
    found = bool(case.kept and case.intake.external_id)
    return CreatedOnce(told, found, Location=f"/v1/cases/{case.ref}")


@routes.route("/v1/links", methods=["POST"], content_types=inputs.JSON)
@answers
def send_link() -> Accepted[LinkSent]:
    """Ask for an access link again, by the number of the complaint and the e-mail address or telephone number
    given with it. The answer does not tell whether there is such a complaint."""
    request = routes.current_request
    asked = request_models.link_asked(inputs.body(request))
    callers.looked_for(request, asked["contact"])
    product.casework.ask_link(**asked)
    return Accepted({"sent": "if_known"})


@routes.route("/v1/cases/{ref}", methods=["GET"])
@answers
def case(ref: str) -> CaseAnswer:
    """Get a case: its stage, its matters, its deadlines, and what the caller can do now."""
    told: CaseAnswer = _shown(*_case(ref, Thing.CASE))
    return told


@routes.route("/v1/cases/{ref}/timeline", methods=["GET"])
@answers
def timeline(ref: str) -> Timeline:
    """Read a page of the timeline, the newest entry first, each entry with its hash. `next` is the `cursor`
    of the next page; new entries do not shift the pages. Only the parties and staff who handle cases get the
    texts that people wrote (`words`). Parties do not get internal entries, so a page may hold fewer entries
    than `limit`. If an entry has only the beginning of a long text, its `whole` is the path that returns the
    text in full."""
    found, caller = _case(ref, Thing.TIMELINE)
    before, limit = start(found, routes.current_request)
    reader = _timeline(found, caller)
    items, older = reader.dossier.page(api_timeline.entries(reader), limit, before)
    return {"items": items, "next": cursor(found, older)}


@routes.route("/v1/cases/{ref}/timeline/{n}", methods=["GET"])
@answers
def entry(ref: str, n: str) -> TimelineEntry:
    """Read one entry of the timeline, with long texts in full. `n`: the number of the entry."""
    found, caller = _case(ref, Thing.TIMELINE)
    reader = _timeline(found, caller)
    there = NUMBER.fullmatch(n) and reader.dossier.has_entry(int(n))
    shown: TimelineEntry | None = api_timeline.entries(reader, untruncated=True)(int(n)) if there else None
    if shown is None:
        raise NotFound(n)
    return shown


@routes.route("/v1/cases/{ref}/deadlines", methods=["GET"])
@answers
def running(ref: str) -> Deadlines:
    """List the deadlines that run on a case, including those that the consumer must meet. For staff, each
    deadline also has its next escalation."""
    found, caller = _case(ref, Thing.TIMELINE)
    return {"items": cases.running(_reader(found, caller), product.file.roster), "next": None}


@routes.route("/v1/cases/{ref}/moves/{move}", methods=["POST"], content_types=inputs.JSON)
@answers
def move(ref: str, move: str) -> CaseAnswer:
    """Take a move; the body holds its parameters. A party's move that gives something up needs a one-time
    code in `Confirmation-Code`. Without the code, the answer is 403 `code_needed`."""
    request = routes.current_request
    caller, raw = callers.bearer(request, Scope.ADD), inputs.body(request)
    refuse_if(
        move not in MOVES or MOVES[move].by == Role.CLOCK or move == intake.submit.__name__, "unknown_move"
    )
    number = inputs.number(ref)  # one spelling of the number, because the idempotency key contains it
    said = request_models.arguments(move, raw, product.now())
    once_only = _once(request, caller, f"{number}/{move}", raw)
    callers.count_move(caller, move, number, once_only)
    code = request.headers.get("confirmation-code") or ""
    if caller.party:
        case = confirming.taken(request, caller, move, said, once_only, seen_version(request), code)
    else:
        try:
            case = product.casework.move(move, number, caller, said, once_only, seen_version(request))
        except NotFound:
            read_log.refuse_lost(number, caller)
            raise
    renewed = caller.party and MOVES[move].renews and product.casework.sees(case, caller)
    told: CaseAnswer = _after(case, caller) | ({"token": callers.token(case, caller)} if renewed else {})
    if caller.party and MOVES[move].limited and product.casework.sees(case, caller):
        at = message_at(case, case.party(caller.party), product.now())
        told |= {"message_at": view_json(at)} if at else {}
    return told


@routes.route("/v1/actions", methods=["POST"], content_types=inputs.JSON)
@answers
def action() -> Created[CaseAnswer]:
    """Open an improvement action. Like a case, it has a number, can be read, and has its moves."""
    return _begun(open_action.__name__, product.casework.open_action)


@routes.route("/v1/trainings", methods=["POST"], content_types=inputs.JSON)
@answers
def training() -> Created[CaseAnswer]:
    """Record a training that was held. Like a case, it has a number and can be read."""
    return _begun(record_training.__name__, product.casework.record_training)


class AskedCode(BaseModel):
    """A move that a party wants to confirm by a one-time code. `said`: the body that the move will have.
    `move`: the name of the move."""

    model_config = request_models.STRICT
    move: str = Field(max_length=100)
    said: dict[str, Any] = Field(default_factory=dict)


@routes.route("/v1/cases/{ref}/codes", methods=["POST"], content_types=inputs.JSON)
@answers
def send_code(ref: str) -> CodeSent:
    """Send a one-time code to the caller's confirmed e-mail address. The caller sends it back in the header
    `Confirmation-Code` of a move that gives something up. The code is valid until `until`, and only for the
    move and the parameters in this request."""
    request = routes.current_request
    caller, asked = callers.bearer(request), AskedCode.model_validate_json(inputs.body(request))
    refuse_if(not caller.party or asked.move not in MOVES, "unknown_move")
    said = request_models.arguments(asked.move, json.dumps(asked.said), product.now())
    return {"sent": True, "until": view_json(product.codes.send(caller, asked.move, said))}


def seen_version(request: Any) -> int | None:
    """Return the version that the header `If-Match` names; None without the header, or for `*`. Raises
    Refusal `bad_if_match` for an invalid value, because the caller relies on this check."""
    try:
        return conditions.seen(request)
    except ValueError:
        raise Refusal("bad_if_match") from None


def replaced_version(request: Any, stored: int) -> int | None:
    """Return the version that a request to replace everything has seen; None for `*`, which overwrites any
    version. Raises Refusal `if_match_needed` without the header, unless nothing is stored: a caller who has
    not seen the `stored` version would overwrite the change of another person."""
    if request.headers.get("if-match") is None:
        refuse_if(stored, "if_match_needed", version=stored)
        return 0
    return seen_version(request)


@routes.route("/v1/work", methods=["GET"])
@answers
def work() -> Work:
    """Read a work list of the caller, the next deadline first. `queue` names the list: `waiting`, `mine`,
    `team`, `unassigned`, `tellings` (telephone calls), `approvals`, `messages`, or a role such as `lead`.
    `waiting` has what waits for the caller's name, roles or vote, in all of their teams. `mine` has all
    cases of the caller. The list of a role has the cases that wait for a person in this role. `team`: the id
    of the team; by default the first team of the caller."""
    request = routes.current_request
    caller = callers.bearer(request)
    query: Any = request.query_params or {}
    forbid_unless(caller.roles & STAFF & ~Role.ADMINISTRATOR)
    team = query.get("team") or min(caller.teams, default="")
    if query.get("queue") == "waiting":
        lists = waiting_lists(caller, product.file.roster().departments)
        found = read_together(product.file, lists, query.get("cursor"), PAGE)
        return {
            "items": [_work_item(one.item, caller, name) for name, one in found.lines],
            "next": found.after,
        }
    queue = query.get("queue") if query.get("queue") in QUEUES else "mine"
    of_team = team in caller.teams and caller.roles & LISTS
    forbid_unless(queue == "mine" or of_team or caller.roles & Role.SUPERVISOR)
    seat = QUEUES[queue].format(who=caller.who, team=team)
    items, after = product.file.work(seat, query.get("cursor"), PAGE)
    return {"items": [_work_item(item, caller, queue) for item in items], "next": after}


def _work_item(item: Mapping[str, Any], caller: Caller, queue: str) -> Any:
    """Return an item of a work list as the interface shows it to the caller: the fields of `WorkItem`. An
    improvement action and a training have fields of their own."""
    one = line(item, caller, queue, product.now())
    seen = {name: had for name, had in one.seen.items() if name not in ON_PAGES}
    return {**seen, **({"next": one.act.move} if one.act else {})}


class NewKey(BaseModel):
    """A new key for a partner system. `channel`: the channel that is recorded for its complaints. `scopes`:
    what the key permits. `days`: how long the key is valid. `partner`: the name of the partner."""

    model_config = request_models.STRICT
    partner: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")
    channel: Channel = Channel.API
    scopes: tuple[Scope, ...] = Field(partners.FILES, min_length=1)
    days: int = Field(365, ge=1, le=partners.LONGEST.days)


class OldKey(BaseModel):
    """A key to be revoked at once, by its `id` or by the whole key. `key`: its `id`, or the whole key."""

    model_config = request_models.STRICT
    key: str = Field(max_length=100)


@routes.route("/v1/keys", methods=["GET"])
@answers
def keys() -> Keys:
    """List the keys of partners without their secrets; for the administrator."""
    _administers()
    return {"items": [*partners.valid_keys()], "next": None}


@routes.route("/v1/keys", methods=["POST"], content_types=inputs.JSON)
@answers
def give_key() -> Created[GivenKey]:
    """Give a partner a key, which is shown only this once; for the administrator. A partner has two keys at
    most. To replace a key, give the new one, and revoke the old one once the new one is in use."""
    by = _administers()
    asked = NewKey.model_validate_json(inputs.body(routes.current_request))
    lasts = timedelta(days=asked.days)
    key, kept = partners.give(asked.partner, asked.channel, asked.scopes, lasts, by.who)
    return Created({"key": key, **kept})


@routes.route("/v1/keys", methods=["DELETE"], content_types=inputs.JSON)
@answers
def revoke_key() -> Revoked:
    """Revoke a partner's key at once; for the administrator."""
    _administers()
    partners.revoke(OldKey.model_validate_json(inputs.body(routes.current_request)).key)
    return {"revoked": True}


def _administers() -> Caller:
    caller = callers.bearer(routes.current_request)
    forbid_unless(caller.administers)
    return caller


def filed(case: Case, caller: Caller) -> FiledComplaint:
    """Return the answer to a filed complaint: its number, its stage, and the deadlines that run.

    Only a consumer who filed for themselves gets the access link. A partner gets a hand-over link, which has
    the access link mailed to the consumer. A repeated request does not get an access link or a passphrase
    that was replaced since."""
    party = case.parties[0]
    whose = (case.ref, party.id, party.generation)
    comes: list[Next] = [
        {"what": name, "by": view_json(at)}
        for name, at in sorted(due(case).items(), key=lambda item: item[1])
    ]
    answer: FiledComplaint = {"number": case.ref, "stage": case.stage, "next": comes}
    if case.intake.external_id:
        answer["external_id"] = case.intake.external_id
    if party.generation == 1 and caller == callers.ANYBODY:
        answer["link"] = product.setting("PUBLIC_URL") + product.links.path(*whose)
        answer["token"] = product.links.token(*whose)
    if party.generation == 1 and party.says_phrase:
        answer["passphrase"] = product.links.phrase(*whose)
    if caller.roles & Role.PARTNER:
        answer["reads"] = cases.reads(case)
        if hand_over := handover_link.link(case):
            answer["hand_over"] = hand_over
    return answer


def _begun(move: str, take: Callable[[Caller, dict[str, Any], Once | None], Case]) -> Created[Any]:
    """Take the move that begins an improvement action or a training, and return the answer with it.
    `take(caller, arguments, key)` carries the move out and returns the new case."""
    request = routes.current_request
    caller = callers.bearer(request)
    forbid_unless(caller.roles & MOVES[move].takers)
    raw = inputs.body(request)
    case = take(caller, request_models.arguments(move, raw, product.now()), _once(request, caller, move, raw))
    carry(ref=case.ref)
    return Created(_after(case, caller), Location=f"/v1/cases/{case.ref}")


def _after(case: Case, caller: Caller) -> Any:
    """Return the case, as JSON, after the caller's move. A caller who lost access by the move, for example
    because they left the case, gets only the number and the version."""
    if not product.casework.sees(case, caller):
        return {"number": case.ref, "moves": [], "etag": case.entries}
    # record a read, because a repeated request also returns the case as it is now
    read_log.log_read(case, Thing.CASE, caller)
    return _shown(case, caller)


def _shown(case: Case, caller: Caller) -> Any:
    reader = _reader(case, caller)
    offers = product.casework.offered(reader.dossier, caller)
    if isinstance(reader, Staff) and (capacity := closed_to(case, caller)):
        return cases.closed(reader, capacity, offers)
    return cases.open_case(reader, offers, product.file.roster)


def _timeline(case: Case, caller: Caller) -> PartyReader | Staff:
    """Return the case as the caller may read its timeline. A partner may read what the complainant may
    read."""
    reader = _reader(case, caller)
    return reader.person if isinstance(reader, Partner) else reader


def _reader(case: Case, caller: Caller) -> PartyReader | Partner | Staff:
    return reader_of(product.file.dossier_of(case), product.now(), caller)


def _case(ref: str, thing: Thing) -> tuple[Case, Caller]:
    caller = callers.bearer(routes.current_request, Scope.READ)
    return read_log.load_and_log(ref, thing, caller, caller.seen), caller


def _once(request: Any, caller: Caller, route: str, raw: bytes) -> Any:
    return once(caller, route, request.headers.get("idempotency-key"), raw)
