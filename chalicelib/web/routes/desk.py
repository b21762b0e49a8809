"""The desk of staff: sign-in and sign-out, work lists, cases, forms of moves, and complaints that staff
record for consumers."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from chalice import Blueprint, Response

from chalicelib.access.authorization import (
    HANDLES,
    HOUSE,
    LISTS,
    OF_DEPARTMENTS,
    READS_REGISTER,
    SEES_ALL,
    STAFF,
    Caller,
    NotFound,
    ReaderRole,
    Thing,
    acting,
)
from chalicelib.cases.casework import Once, WriteConflict, once
from chalicelib.domain.engine.declare import MOVES, move_names
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import LEARNING, TALKS, Channel, Role
from chalicelib.domain.moves.answer import accept_answer
from chalicelib.domain.moves.improvement import open_action
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.messages import message
from chalicelib.domain.moves.offers import accept_offer
from chalicelib.domain.moves.parties import renew_link
from chalicelib.domain.moves.signing import sign
from chalicelib.domain.work_queues import LISTED
from chalicelib.letters import without_links
from chalicelib.locale.formats import texts
from chalicelib.logs import carry, log
from chalicelib.view.expected import WAITING, expected, line
from chalicelib.web import callers, filing, forms, inputs, pages, read_log, request_models, signin
from chalicelib.web.forms import as_written, obligations as owed
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages.consumer.effects import Table, effects_table
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.desk import (
    agreement as desk_agreed,
    case_sections as desk_parts,
    obligations as desk_owed,
    sections as desk_sections,
    timeline as desk_timeline,
)
from chalicelib.web.pages.desk.next_person import next_on_list, next_people, suggested
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.paging import turn
from chalicelib.web.problems import AccessForbidden, Problem, forbid_unless, problem
from chalicelib.web.routes.api import QUEUES
from chalicelib.wiring import product

routes = Blueprint(__name__)
READS_CASES = STAFF & ~Role.ADMINISTRATOR
RECORDS = MOVES[submit.__name__].recorded_by & STAFF
TAKEN = frozenset(name for name, move in MOVES.items() if move.at and move.takers & STAFF)
"""The names of the moves that staff take on a case."""
HOLDS_CASES = READS_CASES & ~(Role.AUDITOR | OF_DEPARTMENTS)
PAGE = 25
HEARD = [channel for channel in Channel if channel not in (Channel.WEB, Channel.API, Channel.APP)]
"""The channels on which staff hear a complaint and record it, such as the telephone."""
FIRST = ("channel", "received_at", "late_reason")
"""The names of the fields that come first in the form for recording a complaint."""
ACCEPTED = move_names(accept_answer, accept_offer, sign)
"""The moves by which a consumer accepts something, and which staff record for them."""
SHOWN_FIRST = move_names(message)
"""The moves that send an officer's own words to people outside the company. For these moves, the desk shows
the letters and their recipients before anything is sent."""
SEES_SIGNS = SEES_ALL | Role.LEAD | Role.SAFETY
"""Roles that see which kinds of complaints come more often than usual."""
HEARS = SEES_ALL | Role.LEAD
"""The roles that read the suggestion box."""
SEES_REPORTS = SEES_ALL | Role.LEAD
"""Roles that read the reports of a month or a year. A lead reads only those of teams that they
lead."""
SEES_TEAMS = Role.SUPERVISOR | Role.LEAD
"""The roles that read the load and the times of teams and people. A lead reads only those of teams that they
lead."""
MENDS = Role.SUPERVISOR | Role.ADMINISTRATOR
"""The roles that see how many rows failed too often and now wait for repair by a person."""
PARKED_COUNTED, PARKED_SHOWN = 100, 20
"""Limits for the rows that failed too often. `PARKED_COUNTED`: up to how many of them the desk counts.
`PARKED_SHOWN`: how many of their case numbers it shows."""
SOON = timedelta(hours=4)
"""If the time left until a due moment is at most this long, pages mark it as `soon`."""
OF_TALKS = ("mediation", "meetings", "dispute", "offers", "drafting", "invitation")
"""The modules of moves for negotiation and mediation, in the order in which the desk lists them."""
OF_WORK = frozenset({"approvals", "assignment", "call_tasks", "ladder_steps", "messages", "team_change"})
"""The modules of moves that the desk lists together under the heading `work`. The moves of any other module
have a heading of their own."""


NO_SESSION = pages.cookie(callers.DESK_COOKIE, "", 0)


def staffed(view: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate a view of the desk: it gets the signed-in member of staff as second argument. Without a
    session, the browser is sent to the sign-in, and after it to the page that was asked for."""

    @pages.answered
    @wraps(view)
    def seen(request: Any, **names: str) -> Response:
        try:
            caller = callers.staff(request)
        except signin.Refused as refused:
            return pages.page(
                request, "desk_signin.html", status=403, code=refused.code, cookies=[NO_SESSION]
            )
        if caller is None and request.method == "POST":
            # no redirect, so that the typed words are still there after "back" in the browser
            return pages.page(request, "desk_signin.html", status=401, code="ended")
        if caller is None:
            return pages.redirect(f"/desk/sign-in?{urlencode({'back': _path(request)})}")
        return view(request, caller, **names)

    return seen


@routes.route("/desk/sign-in", methods=["GET"])
@pages.answered
def sign_in(request: Any) -> Response:
    """Send the browser to the identity provider's sign-in page."""
    address, state = signin.start((request.query_params or {}).get("back", signin.HOME))
    kept = pages.cookie(signin.STATE_COOKIE, state, int(signin.SIGN_IN_WITHIN.total_seconds()))
    return pages.redirect(address, cookies=[kept], absolute=True)


@routes.route("/desk/callback", methods=["GET"])
@pages.answered
def callback(request: Any) -> Response:
    """Finish the sign-in, when the identity provider sends the browser back."""
    query, forget = request.query_params or {}, pages.cookie(signin.STATE_COOKIE, "", 0)
    try:
        kept = callers.cookies(request).get(signin.STATE_COOKIE, "")
        sid, back = signin.finish(query.get("code", ""), query.get("state", ""), kept, callers.agent(request))
    except signin.Refused as refused:
        log.warning("not signed in", extra={"code": refused.code})
        return pages.page(
            request,
            "desk_signin.html",
            status=403 if refused.code in ("no_role", "out") else 400,
            code=refused.code,
            cookies=[forget],
        )
    if before := callers.cookies(request).get(callers.DESK_COOKIE):
        signin.forget(before)
    return pages.redirect(back, cookies=[forget, pages.cookie(callers.DESK_COOKIE, sid)])


@routes.route("/desk/sign-out", methods=["POST"], content_types=pages.FORM)
@pages.answered
def sign_out(request: Any) -> Response:
    """End the session here and at the identity provider."""
    pages.form(request)
    address = signin.end(callers.cookies(request).get(callers.DESK_COOKIE, ""))
    return pages.redirect(address, cookies=[NO_SESSION], absolute=True)


@routes.route("/desk", methods=pages.GET)
@staffed
def desk(request: Any, caller: Caller) -> Response:
    """Show a work list, the next deadline first. If the request names no list, show the first that is not
    empty. The order is: the caller's own list, those of their roles, the team's."""
    query, roster = request.query_params or {}, product.file.roster()
    own = caller.teams if caller.roles & LISTS else frozenset[str]()
    teams = sorted(set(roster.teams) | caller.teams if caller.roles & SEES_ALL else own)
    wanted = [team for team in (query.get("team"), *sorted(caller.teams)) if team in teams]
    team = next(iter(wanted or teams), "")
    opens = [query["list"]] if query.get("list") in QUEUES else _opens(caller)
    readable = [name for name in opens if caller.roles & READS_CASES and (team or name == "mine")]
    lists = (
        (name, *product.file.work(QUEUES[name].format(who=caller.who, team=team), query.get("after"), PAGE))
        for name in readable
    )
    queue, items, after = next((found for found in lists if found[1]), (opens[0], [], None))
    return page(
        request,
        caller,
        "desk.html",
        roster=roster,
        queue=queue,
        queues=_lists(caller) if teams else ["mine"],
        team=team,
        teams=teams,
        parked=_parked(caller),
        items=[shown_line(item, caller, queue) for item in items],
        coming=next_on_list(pages.language(request), team, items if queue == "unassigned" else []),
        # the move just taken, if the caller can no longer open its case
        sent=done
        if (done := query.get("done", "")) in texts(pages.language(request))["page"]["desk"]["taken"]
        else "",
        after=after or "",
        number=query.get("number", ""),
        reads_cases=bool(caller.roles & READS_CASES),
    )


@routes.route("/desk/find", methods=["GET"])
@staffed
def find(request: Any, caller: Caller) -> Response:
    """Go to the page of the case whose number was typed. The number may have any spelling."""
    number = (request.query_params or {}).get("number", "")
    return pages.redirect(f"/desk/cases/{inputs.number(number)}")


@routes.route("/desk/cases/{ref}", methods=pages.GET)
@staffed
def case(request: Any, caller: Caller, ref: str) -> Response:
    """Show all that the caller may know of a case, and what they can do now."""
    reading = _reading(request, caller, ref)
    if reading.case.stage in LEARNING:
        return pages.redirect(case_path(reading.case))
    moves, done = reading.offers, (request.query_params or {}).get("done", "")
    if reading.closed:
        invited = reading.closed is ReaderRole.INVITED
        return page(
            request,
            caller,
            "desk_asked.html",
            reading=reading,
            case=reading.case,
            questions=reading.questions(),
            moves=moves,
            next=expected(reading.reader, moves),
            why=reading.closed,
            concerned=desk_agreed.conflict_check(reading) if invited else [],
            by=reading.reader.concerned().by if invited else None,
        )
    # Read first, because one query then reads most entries that the other parts of the page need.
    newest = desk_timeline.newest_entries(reading)
    return page(
        request,
        caller,
        "desk_case.html",
        reading=reading,
        case=reading.case,
        tone=tone,
        phrase=_phrase(reading, done),
        next=expected(reading.reader, moves),
        phases=_phases(reading.case, moves),
        work=desk_parts.work(reading),
        newest=newest,
        sections=list(desk_sections.reader_pages(reading)),
        beside=desk_parts.related_matters(reading),
        safety=desk_parts.safety_state(reading),
        coming=next_people(reading.language, [reading.case]).get(ref),
        done=done if done in MOVES else "",
    )


def _section(name: str) -> Callable[..., Response]:
    """Return the view that shows a further page of a case. `name`: the page, such as timeline, letters, or
    other complaints of the same people."""
    thing, shows = desk_sections.SHOWN[name]

    @staffed
    def section(request: Any, caller: Caller, ref: str) -> Response:
        reading, back = _reading(request, caller, ref, thing), turn(request)
        return page(
            request,
            caller,
            f"desk_case_{name}.html",
            reading=reading,
            case=reading.case,
            section=name,
            turn=back,
            **shows(reading, back),
        )

    return section


for _name in desk_sections.SHOWN:
    routes.route(f"/desk/cases/{{ref}}/{_name}", methods=pages.GET, name=f"desk_case_{_name}")(
        _section(_name)
    )


@routes.route("/desk/cases/{ref}/moves/{move}", methods=pages.GET)
@staffed
def ask_move(request: Any, caller: Caller, ref: str, move: str) -> Response:
    """Show the form of a move. If the caller cannot take it now, go back to the case."""
    reading = _reading(request, caller, ref)
    if move not in reading.offers:
        return pages.redirect(case_path(reading.case))
    return _move_form(request, reading, move)


@routes.route("/desk/cases/{ref}/moves/{move}", methods=["POST"], content_types=pages.FORM)
@staffed
def take_move(request: Any, caller: Caller, ref: str, move: str) -> Response:
    """Take a move, and go to the case. If the case has changed since the form was opened, the form first
    shows what happened. After an error, the form is shown again with everything typed."""
    form = pages.form(request)
    forbid_unless(move in TAKEN)
    if form["more"] or form["edit"]:
        return _move_form(request, _reading(request, caller, ref), move, form)
    by_text = MOVES[move].by_digest or MOVES[move].naming("telling")
    body, seen = forms.body(move, form), None if by_text else inputs.whole_number(form["seen"])
    key = once(caller, f"{ref}/{move}", form["key"], body)
    try:
        if move in SHOWN_FIRST and not form["shown"]:
            return _letters(
                request,
                _reading(request, caller, ref),
                move,
                form,
                request_models.arguments(move, body, product.now()),
            )
        after = product.casework.move(
            move, ref, caller, request_models.arguments(move, body, product.now()), key, seen
        )
    except pages.KEPT as error:
        return _move_form(request, _reading(request, caller, ref), move, form, error)
    except NotFound:  # after a second click: the move itself may have ended the caller's access
        if not (key and product.file.remembered(key)):
            read_log.refuse_lost(ref, caller)
            raise
        return pages.redirect(f"/desk?done={move}")
    seen_on = case_path(after) if product.casework.sees(after, caller) else "/desk"
    return pages.redirect(f"{seen_on}?done={move}")


@routes.route("/desk/complain", methods=pages.GET)
@staffed
def complain(request: Any, caller: Caller) -> Response:
    """Show the empty form for a complaint that staff record for a consumer."""
    return _complaint_form(request, caller)


@routes.route("/desk/complain", methods=["POST"], content_types=pages.FORM)
@staffed
def record(request: Any, caller: Caller) -> Response:
    """Record a complaint for a consumer. If it belongs to a team of which the officer is no member, show its
    number and its team instead of its page."""
    form = pages.form(request)
    forbid_unless(caller.roles & RECORDS)
    if form["more"]:
        return _complaint_form(request, caller, form)
    today = product.today()
    body = forms.body(submit.__name__, pages.Form(as_written.pairs(form.pairs(), today)))
    try:
        key = once(caller, submit.__name__, form["key"], body)
        made, _ = filing.file(caller, body, key, callers.network(request))
    except pages.KEPT as error:
        return _complaint_form(request, caller, form, error)
    carry(ref=made.ref)
    if product.casework.sees(made, caller):
        return pages.redirect(f"/desk/cases/{made.ref}?done={submit.__name__}")
    # the rules gave the complaint to another team, so the officer gets number and passphrase here
    return page(
        request,
        caller,
        "desk_recorded.html",
        case=made,
        team=product.file.roster().teams.get(made.team),
        phrase=_first_phrase(made),
    )


def case_path(case: Case) -> str:
    """Return the path of the page on the desk for a case, an improvement action, or a training."""
    kind = "actions" if case.improvement else "trainings" if case.training else "cases"
    return f"/desk/{kind}/{case.ref}"


def begun_form(
    request: Any,
    caller: Caller,
    move: str,
    template: str,
    form: pages.Form | None = None,
    error: Exception | None = None,
) -> Response:
    """Return the page with the form of the move that begins an improvement action or a training. `template`:
    the template of the page. After an error, `form` is the last post, and the page shows the error and
    everything typed."""
    asking = Asking(move, None, pages.language(request), product.file.roster())
    return move_form(Frame(asking, partial(page, request, caller, template)), form, error)


def begin(
    request: Any,
    caller: Caller,
    move: str,
    template: str,
    take: Callable[[Caller, dict[str, Any], Once | None], Case],
    to: str,
) -> Response:
    """Take the move that begins an improvement action or a training, and go to the page of the new action or
    training, under the path `to`. `take(caller, arguments, key)` carries the move out and returns the new
    case.

    After an error, show the form (`template`) again with everything typed."""
    form = pages.form(request)
    body = forms.body(move, form)
    try:
        said = request_models.arguments(move, body, product.now())
        made = take(caller, said, once(caller, move, form["key"], body))
    except pages.KEPT as error:
        return begun_form(request, caller, move, template, form, error)
    return pages.redirect(f"{to}/{made.ref}?done={move}")


def _phrase(reading: Reading, done: str) -> str:
    """Return the passphrase that the officer reads out to a party without mail, or "". `done`: the move just
    taken.

    Only the officer who has just recorded the complaint or renewed the passphrase gets it. If a passphrase
    was renewed later, the officer who recorded the complaint does not get the new one."""
    n = {submit.__name__: 1, renew_link.__name__: reading.case.entries}.get(done, 0)
    line = reading.dossier.line(n) if n else {}
    if not n or (line["move"], line["who"]) != (done, reading.caller.who):
        return ""
    if n == 1:
        return _first_phrase(reading.case)
    party = reading.case.party(line["facts"].get("party") or reading.case.consumers[0].id)
    return product.links.phrase(reading.case.ref, party.id, party.generation) if party.says_phrase else ""


def _first_phrase(case: Case) -> str:
    """Return the passphrase of a new complaint. Return "" if its complainant gets mail, or if the passphrase
    was renewed since."""
    party = case.consumers[0]
    first = party.says_phrase and party.generation == 1
    return product.links.phrase(case.ref, party.id, party.generation) if first else ""


def _complaint_form(
    request: Any, caller: Caller, form: pages.Form | None = None, error: Exception | None = None
) -> Response:
    forbid_unless(caller.roles & RECORDS)
    language = pages.language(request)

    def adapted(fields: list[forms.Field], wrong: Problem | None) -> list[forms.Field]:
        channel = next(field for field in fields if field.name == "channel")
        heard = tuple(option for option in channel.options if option.code in HEARD)
        fields[fields.index(channel)] = channel.changed(
            options=heard, values=channel.values if form else (Channel.PHONE.value,)
        )
        return sorted(
            fields,
            key=lambda field: (
                field.name == "consents",
                FIRST.index(field.name) if field.name in FIRST else len(FIRST),
            ),
        )

    def around(fields: list[forms.Field], wrong: Problem | None) -> dict[str, Any]:
        # sent before with other values, so the page says that this form has recorded a complaint
        again = wrong and wrong.code == "wrong_key_reuse"
        said = pages.say(language, "desk.complain.again")
        return {"problem": wrong._replace(title=said)} if wrong and again else {}

    show = partial(page, request, caller, "desk_complain.html")
    asking = Asking(submit.__name__, None, language)
    frame = Frame(asking, show, grows=True, adapted=adapted, around=around)
    return move_form(frame, form, error)


def _letters(request: Any, reading: Reading, move: str, form: pages.Form, said: dict[str, Any]) -> Response:
    """Show the letters that the move would send, with their recipients. Nothing is sent yet. `form`: the
    post. `said`: the arguments of the move."""
    change = product.casework.change(move, reading.case.ref, reading.caller, said, None)
    drafts = product.correspondence.drafted(reading.dossier, change, reading.roster, reading.now)
    return page(
        request,
        reading.caller,
        "desk_letters.html",
        reading=reading,
        case=reading.case,
        move=move,
        letters=[
            (reading.recipient(row["to"]), row["way"], without_links(letter.text)) for row, letter in drafts
        ],
        kept=[(name, form[name]) for name in ("key", "seen", *MOVES[move].parameters)],
    )


def _move_form(
    request: Any, reading: Reading, move: str, form: pages.Form | None = None, error: Exception | None = None
) -> Response:
    """Return the form of a move for the present state of the case. `form`, `error`: the last post and its
    error. The form shows the error, and what happened since it was opened."""
    if reading.closed and move not in reading.offers:
        raise error or AccessForbidden  # no form, because it would reveal parts of the case
    case, declared = reading.case, MOVES[move]
    about_one = declared.naming("obligation")
    picked = form[about_one] if form else (request.query_params or {}).get("obligation", "")
    ask = desk_owed.asking(reading, move, picked)
    acted_on = (
        owed.acted_on(ask)
        if about_one
        else desk_owed.asked_of(reading)
        if declared.naming("approval")
        else []
    )
    # mediators sign only for themselves, so their form does not ask whose signature it is
    signs = declared.by & acting(case, reading.caller).roles == Role.MEDIATOR and declared.naming("signer")
    own = (signs, declared.naming("scan")) if signs else ()
    choose = bool(about_one) and not ask.seen.obligation and len(acted_on) > 1
    seen = (inputs.whole_number(form["seen"]) if form else None) or case.entries
    news = (
        desk_timeline.news(reading, seen) if isinstance(error, WriteConflict) and not reading.closed else []
    )

    def around(fields: list[forms.Field], wrong: Problem | None) -> dict[str, Any]:
        found = desk_owed.to_choose if choose else desk_owed.about
        return {
            "reading": reading,
            "shown_first": move in SHOWN_FIRST,
            "news": news,
            "seen": case.entries if news else seen,
            "about": [
                *found(reading, move, acted_on),
                *(part for part in desk_parts.work(reading) if part.name == declared.part),
            ],
            "choose": choose,
            "questions": reading.questions(),
            "effects": _effects(request, reading, move),
        }

    frame = Frame(
        ask,
        partial(page, request, reading.caller, "desk_move.html"),
        leave=declared.parameters if choose else (*own, *owed.omitted_fields(ask)),
        grows=True,
        adapted=lambda fields, _: suggested(reading, move, fields),
        around=around,
    )
    return move_form(frame, form, error)


def _effects(request: Any, reading: Reading, move: str) -> Table | None:
    """Return the table of sums and promises that the consumer sees before they accept something. Staff who
    record the acceptance read it out. Return None for any other move, for several complainants, who each
    accept by themselves, and for a mediator, who signs for themselves."""
    if move not in ACCEPTED or len(reading.case.consumers) != 1 or reading.caller.roles & Role.MEDIATOR:
        return None
    caller = callers.of_party(reading.case, reading.case.consumers[0])
    view = View(reading.dossier, product.now(), caller, pages.language(request), product)
    return effects_table(view, move, {})


def _phases(case: Case, moves: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return the moves in groups, each as (group, moves), in the order in which the desk lists them. The name
    of a group is the module that declares its moves, or `work`.

    Open safety work comes first. During negotiation or mediation, the groups in `OF_TALKS` follow, in the
    order given there. The remaining groups are sorted by the number of stages at which their moves are
    possible, the fewest first."""
    phases: dict[str, list[str]] = {}
    for move in moves:
        subject = MOVES[move].do.__module__.rpartition(".")[2]
        phases.setdefault("work" if subject in OF_WORK else subject, []).append(move)

    def place(phase: tuple[str, list[str]]) -> tuple[bool, int, int]:
        now = case.stage in TALKS and phase[0] in OF_TALKS
        first = 0 if now else min(len(MOVES[move].at) for move in phase[1])
        return (
            not (phase[0] == "safety" and case.unsafe),
            first,
            OF_TALKS.index(phase[0]) if now else phase[0] != "signing",
        )

    return sorted(phases.items(), key=place)


def _opens(caller: Caller) -> list[str]:
    """Return the names of the work lists that the desk tries for this caller if the request names no list.
    The desk shows the first that is not empty."""
    own = ["mine"] if caller.roles & HOLDS_CASES else []
    return [*own, *(role.code for role in LISTED if role in caller.roles), "team"]


def _lists(caller: Caller) -> list[str]:
    """Return the names of all work lists that the desk offers to the caller: their own, those of their roles,
    then the team's."""
    mine, *others = (name for name in QUEUES if name not in {role.code for role in LISTED})
    return [mine, *(role.code for role in LISTED if role in caller.roles), *others]


def _parked(caller: Caller) -> dict[str, Any] | None:
    """Return how many cases and letters failed too often and now wait for a person, and the first case
    numbers. Return None if there are none, or if the caller has no role in `MENDS`."""
    found = product.waiting(PARKED_COUNTED) if caller.roles & MENDS else []
    cases = [due for due in found if due.kind == "CASE"]
    return (
        {
            "cases": len(cases),
            "letters": len(found) - len(cases),
            "refs": list(dict.fromkeys(due.ref for due in found if due.ref.isdecimal()))[:PARKED_SHOWN],
            "more": len(found) == PARKED_COUNTED,
        }
        if found
        else None
    )


def _reading(request: Any, caller: Caller, ref: str, thing: Thing = Thing.CASE) -> Reading:
    """Return a case as the caller sees it, after checking that they may read the part `thing` of it. Raises
    NotFound for an invalid number, and the same errors as `read_log.load_and_log`."""
    if inputs.number(ref) != ref:
        raise NotFound(ref)
    dossier = product.file.dossier_of(read_log.load_and_log(ref, thing, caller))
    return Reading(dossier, caller, pages.language(request), product)


def page(request: Any, caller: Caller, template: str, status: int = 200, **context: Any) -> Response:
    me = product.file.roster().member(caller.who)
    return pages.page(
        request,
        template,
        status=status,
        me=me.name if me else caller.name,
        roles=[role.code for role in caller.roles],
        records=bool(caller.roles & RECORDS),
        house=bool(caller.roles & HOUSE),
        page_of=case_path,
        opens_actions=bool(caller.roles & MOVES[open_action.__name__].takers),
        improves=bool(caller.roles & (HANDLES | SEES_ALL)),
        appoints=bool(caller.roles & READS_REGISTER),
        audits=bool(caller.roles & SEES_ALL),
        hears=bool(caller.roles & HEARS),
        sees_signs=bool(caller.roles & SEES_SIGNS),
        sees_reports=bool(caller.roles & SEES_REPORTS),
        sees_teams=bool(caller.roles & SEES_TEAMS),
        gives_keys=bool(caller.roles & Role.ADMINISTRATOR),
        **context,
    )


class AdministratorForm(NamedTuple):
    """A form of the administrator. `page`: the page that has the texts of its fields. `template`: the file
    that shows it. `widgets`: the fields and their widgets. `options`: the choices of the fields that have
    some."""

    page: str
    template: str
    widgets: Mapping[str, str]
    options: Mapping[str, tuple[forms.Option, ...]]


def form_page(
    request: Any,
    caller: Caller,
    asked: AdministratorForm,
    form: pages.Form,
    error: Exception | None,
    **context: Any,
) -> Response:
    """Show a form of the administrator with the values in `form`. `error`: the reason why the form was
    refused; None if it was not."""
    language = pages.language(request)
    wrong = problem(language, error) if error else None
    errors = {one["pointer"].split("/")[1]: one["message"] for one in wrong.errors} if wrong else {}
    fields = [
        forms.Field(
            name,
            widget,
            pages.say(language, f"{asked.page}.field.{name}"),
            pages.say(language, f"{asked.page}.hint.{name}"),
            options=asked.options.get(name, ()),
            values=tuple(filter(None, form.all(name))),
            error=errors.get(name, ""),
        )
        for name, widget in asked.widgets.items()
    ]
    lines = [{"pointer": f"/{name}", "message": message} for name, message in errors.items()]
    return page(
        request,
        caller,
        asked.template,
        wrong.status if wrong else 200,
        fields=fields,
        problem=wrong,
        lines=forms.summary(language, fields, lines),
        **context,
    )


def shown_line(item: Mapping[str, Any], caller: Caller, queue: str) -> dict[str, Any]:
    """Return an item of a work list as its page shows it. `item`: the stored row. `queue`: the name of the
    list."""
    now = product.now()
    one = line(item, caller, queue, now)
    owner = one.seen.get("owner")
    member = product.file.roster().member(owner) if owner else None
    return {
        **one.seen,
        "at": one.at,
        "act": one.act,
        "waits": queue in WAITING,
        "tone": tone(one.at, now),
        "owner": member.name if member else owner,
        "left": now - one.at if one.at else None,
    }


def _path(request: Any) -> str:
    """Return the path and query of a request, as a link."""
    path = request.path.format(
        **{name: quote(value, safe="") for name, value in (request.uri_params or {}).items()}
    )
    query = urlencode(request.query_params or {})
    return f"{path}?{query}" if query else path


def tone(at: datetime | None, now: datetime) -> str:
    """Return how urgent a due moment is: `late`, `soon` (see `SOON`), or "" for a later moment and for
    None."""
    return "" if at is None else "late" if at <= now else "soon" if at - now <= SOON else ""
