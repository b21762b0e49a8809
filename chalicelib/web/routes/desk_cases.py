"""The desk's pages of one case: the case itself, its further pages, and the forms of moves."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from chalice import Blueprint, Response

from chalicelib.access.authorization import APPOINTED, STAFF, Caller, NotFound, ReaderRole, Thing
from chalicelib.cases.casework import Once, WriteConflict, once
from chalicelib.cases.drafts import Draft
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, refuse_if
from chalicelib.domain.model.codes import LEARNING, TALKS
from chalicelib.view.expected import expected
from chalicelib.web import desk_drafts, forms, inputs, pages, read_log, request_models
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages.desk import (
    agreement as desk_agreed,
    canned,
    case_sections as desk_parts,
    mentions,
    sections as desk_sections,
    timeline as desk_timeline,
)
from chalicelib.web.pages.desk.case_acts import case_acts
from chalicelib.web.pages.desk.case_head import case_head
from chalicelib.web.pages.desk.comparable import comparable
from chalicelib.web.pages.desk.conversation import conversation
from chalicelib.web.pages.desk.evidence_files import asks_evidence, evidence_files
from chalicelib.web.pages.desk.letter_preview import (
    LETTERS,
    LetterPreview,
    is_seen,
    is_shown_first,
    letter_preview,
)
from chalicelib.web.pages.desk.move_content import differences_since, facts_of, move_content
from chalicelib.web.pages.desk.next_person import next_person, suggested
from chalicelib.web.pages.desk.passphrase import spoken_passphrase
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.web.pages.desk.shown_facts import Difference, ShownFacts
from chalicelib.web.pages.desk.since_opened import since_opened
from chalicelib.web.pages.desk.urgency import tone
from chalicelib.web.pages.paging import turn
from chalicelib.web.problems import PRIVATE, AccessForbidden, Problem, forbid_unless
from chalicelib.web.routes.desk import SCRIPTED, case_path, page, staffed
from chalicelib.wiring import product

routes = Blueprint(__name__)
TAKEN = frozenset(name for name, move in MOVES.items() if move.at and move.takers & STAFF)
"""The names of the moves that staff take on a case."""
BESIDE = frozenset({"obligations", "evidence"})
"""The groups of items that the page shows beside the conversation."""
PART = re.compile(r"\d{1,7}|p\d{1,4}|[a-z]{1,20}|\w{26}\.\d{1,4}\.\d{1,4}")
"""The format of a part of a page: the id of a person, the number of an entry, the name of a group of items,
or the id of a letter."""
MOST_REVEALED = 20
"""The most parts of a page whose masked details are shown at once."""
OF_TALKS = ("mediation", "meetings", "dispute", "offers", "drafting", "invitation")
"""The modules of moves for negotiation and mediation, in the order in which the desk lists them."""
OF_WORK = frozenset(
    {"approvals", "assignment", "call_tasks", "ladder_steps", "mentions", "messages", "team_change"}
)
"""The modules of moves that the desk lists together under the heading `work`. The moves of any other module
have a heading of their own."""


@staffed
def case(request: Any, caller: Caller, ref: str) -> Response:
    """Show all that the caller may know of a case, and what they can do now. After a post, details that the
    page masks are shown too (see `_revealed`)."""
    reading = _reading(request, caller, ref, opens=False)
    opened = product.desk.record_opening(caller.who, reading.dossier.case)
    if reading.case.stage in LEARNING:
        return pages.redirect(case_path(reading.case))
    if (mention := mentions.mention(reading)) and mentions.record_reading(reading):
        reading = _reading(request, caller, ref)
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
    talk = conversation(reading)
    next, runs, work = expected(reading.reader, moves), reading.runs(), desk_parts.work(reading)
    acts = case_acts(reading, next)
    return page(
        request,
        caller,
        "desk_case.html",
        reading=reading,
        case=reading.case,
        mention=mention,
        tone=tone,
        phrase=spoken_passphrase(reading, done),
        next=next,
        acts=acts,
        comparable=comparable(reading, *(act.move for act in acts if act.fields is not None)),
        readers=reading.consumers,
        phases=_phases(reading.case, [name for name in moves if name not in {act.move for act in acts}]),
        head=case_head(reading, next, runs),
        runs=runs,
        talk=talk,
        since=since_opened(reading, opened),
        drafts=desk_drafts.every(caller.who, ref),
        work=[part for part in work if part.name not in BESIDE],
        aside=[part for part in work if part.name in BESIDE],
        sections=list(desk_sections.reader_pages(reading)),
        beside=desk_parts.related_matters(reading),
        safety=desk_parts.safety_state(reading),
        coming=next_person(reading),
        done=done if done in MOVES else "",
        policy=_with_files(),
    )


REVEALING = frozenset(
    f"/desk/cases/{{ref}}{page}"
    for page in ("", "/timeline", "/letters", "/receipt", "/moves/{move}", "/moves/{move}/preview")
)
"""The paths of the pages that can show masked details."""


def _placed(path: str, view: Callable[..., Response], name: str) -> None:
    """Serve a page of a case at a path. If the page masks details, its forms post to the same path, and get
    the page with these details."""
    routes.route(path, methods=pages.GET, name=name)(view)
    if path in REVEALING:
        routes.route(path, methods=["POST"], content_types=pages.FORM, name=f"{name}_revealed")(view)


_placed("/desk/cases/{ref}", case, "desk_case")


def _with_files() -> str:
    """Return the additions to the content security policy of a page with our scripts and files of
    evidence."""
    return f"{SCRIPTED}{pages.shows_files()}"


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
            phrase=spoken_passphrase(reading, (request.query_params or {}).get("done", "")),
            **shows(reading, back),
        )

    return section


for _name in desk_sections.SHOWN:
    _placed(f"/desk/cases/{{ref}}/{_name}", _section(_name), f"desk_case_{_name}")


@routes.route("/desk/cases/{ref}/moves/{move}", methods=pages.GET)
@staffed
def ask_move(request: Any, caller: Caller, ref: str, move: str) -> Response:
    """Show the form of a move, filled with the caller's draft. If the caller cannot take the move now, go
    back to the case, or show their draft as it was."""
    reading = _reading(request, caller, ref)
    draft = desk_drafts.found(request, caller.who, reading.case, move) if move in TAKEN else None
    if draft and (move in reading.offers or not reading.closed):
        return _move_form(request, reading, move, pages.Form(draft.pairs), draft=draft)
    if move not in reading.offers:
        return pages.redirect(case_path(reading.case))
    return _move_form(request, reading, move)


@routes.route("/desk/cases/{ref}/moves/{move}/draft", methods=["POST"], content_types=pages.FORM)
@staffed
def keep_draft(request: Any, caller: Caller, ref: str, move: str) -> Response:
    """Store the values of a form as the caller's draft, and go to the case. A script gets no page. `drop`:
    delete the draft instead, and go to the form without it."""
    form = pages.form(request)
    forbid_unless(move in TAKEN)
    reading = _reading(request, caller, ref)
    if form["drop"]:
        desk_drafts.drop(caller.who, ref, move)
        return pages.redirect(f"{case_path(reading.case)}/moves/{move}")
    desk_drafts.keep(caller.who, reading.case, move, form)
    return Response("", {**PRIVATE}, 204) if form["auto"] else pages.redirect(case_path(reading.case))


@routes.route("/desk/cases/{ref}/moves/{move}/texts", methods=["POST"], content_types=pages.FORM)
@staffed
def canned_text(request: Any, caller: Caller, ref: str, move: str) -> Response:
    """Return a canned text as it reads on the case, for the script of a form. `text`: the key of the text, as
    the form offers it."""
    form = pages.form(request)
    forbid_unless(move in TAKEN)
    said = canned.one_text(_reading(request, caller, ref), move, form)
    return Response(said, {"Content-Type": "text/plain; charset=utf-8", **PRIVATE})


@routes.route("/desk/cases/{ref}/moves/{move}", methods=["POST"], content_types=pages.FORM)
@staffed
def take_move(request: Any, caller: Caller, ref: str, move: str) -> Response:
    """Take a move, and go to the case. If the move sends letters to people outside, a page first shows them,
    unless the officer has seen them. If the case has changed since the form was opened, the form first shows
    what happened. After an error, the form is shown again with everything typed. `reveal`: show details that
    the page masks instead."""
    form = pages.form(request)
    forbid_unless(move in TAKEN)
    key = once(caller, f"{ref}/{move}", form["key"], forms.body(move, form))
    try:
        return _take_move(request, caller, ref, move, form, key)
    except NotFound:
        if key and product.file.remembered(key):  # a second click: the move itself has ended the access
            return pages.redirect(f"/desk?done={move}")
        read_log.refuse_lost(ref, caller)
        raise


def _take_move(
    request: Any, caller: Caller, ref: str, move: str, form: pages.Form, key: Once | None
) -> Response:
    """Answer the posted form of a move, see `take_move`. Raises NotFound."""
    if form["more"] or form["edit"] or form["reveal"] not in ("", LETTERS):
        return _move_form(request, _reading(request, caller, ref), move, form)
    if form["insert"]:
        reading = _reading(request, caller, ref)
        return _move_form(request, reading, move, canned.inserted(reading, move, form))
    by_text = bool(MOVES[move].by_digest or MOVES[move].naming("telling"))
    body, seen = forms.body(move, form), None if by_text else inputs.whole_number(form["seen"])

    def unchanged(case: Case) -> bool:
        """Return whether the case still shows what the officer saw in the form."""
        return by_text or not differences_since(case, move, caller, form)

    try:
        _refuse_other_roles(caller, move)
        said = request_models.arguments(move, body, product.now())
        if is_shown_first(move) and not (key and product.file.remembered(key)):
            reading = _reading(request, caller, ref)
            if form["reveal"] or not is_seen(reading, move, said, form["shown"]):
                found = letter_preview(reading, move, said, reading.now, unchanged)
                if found.letters:
                    return _letters(request, reading, move, form, found)
        if form["reveal"]:  # nothing leaves any more
            return _move_form(request, _reading(request, caller, ref), move, form)
        after = product.casework.move(move, ref, caller, said, key, seen, unchanged)
        desk_drafts.drop(caller.who, ref, move)
    except pages.KEPT as error:
        return _move_form(request, _reading(request, caller, ref), move, form, error)
    product.desk.record_opening(caller.who, after)  # their own act is no news to them
    if form["list"]:
        return pages.redirect(f"/desk?{urlencode([*parse_qsl(form['list'].lstrip('?')), ('done', move)])}")
    seen_on = case_path(after) if product.casework.sees(after, caller) else "/desk"
    return pages.redirect(f"{seen_on}?done={move}")


def _refuse_other_roles(caller: Caller, move: str) -> None:
    """Raise Refusal if the caller can take a move in no role, not even in one to which a case appoints them.
    Without this check, a caller who may never take the move would be asked to complete its form."""
    role = next(iter(caller.roles)).code
    refuse_if(
        not (caller.roles | APPOINTED) & MOVES[move].takers, "move_not_allowed_for_role", move=move, role=role
    )


@routes.route("/desk/cases/{ref}/moves/{move}/preview", methods=["POST"], content_types=pages.FORM)
@staffed
def preview_move(request: Any, caller: Caller, ref: str, move: str) -> Response:
    """Return the letters that a posted form would send, as a part of a page for a script. If the form has an
    error, return the error instead. Nothing is written or sent, and the idempotency key stays unused. The
    case does not count as opened, because a script asks for the letters by itself."""
    form = pages.form(request)
    forbid_unless(move in TAKEN)
    reading = _reading(request, caller, ref, opens=False)
    try:
        _refuse_other_roles(caller, move)
        said = request_models.arguments(move, forms.body(move, form), product.now())
        found = letter_preview(reading, move, said, reading.now)
    except pages.KEPT as error:
        frame = _frame(request, reading, move, form, error)._replace(
            show=partial(page, request, caller, "desk_preview.html")
        )
        return move_form(frame, form, error)
    return page(request, caller, "desk_preview.html", found=found, reading=reading)


def _letters(request: Any, reading: Reading, move: str, form: pages.Form, found: LetterPreview) -> Response:
    """Show the letters that the move would send, with their recipients. Nothing is sent yet. `form`: the
    post, which the page posts again."""
    return page(
        request,
        reading.caller,
        "desk_letters.html",
        reading=reading,
        case=reading.case,
        move=move,
        reveal_form="letters",
        found=found,
        again=bool(form["shown"]) and not form["reveal"],
        kept=[(name, value) for name, value in form.pairs() if name not in ("shown", "reveal")],
    )


def _move_form(
    request: Any,
    reading: Reading,
    move: str,
    form: pages.Form | None = None,
    error: Exception | None = None,
    draft: Draft | None = None,
) -> Response:
    """Return the form of a move for the present state of the case. `form`, `error`: the last post and its
    error. The form shows the error, and what happened since it was opened. `draft`: the draft that `form` was
    made from."""
    return move_form(_frame(request, reading, move, form, error, draft), form, error)


def _picked(request: Any, move: str, form: pages.Form | None) -> str:
    """Return the id of the obligation that a form, or the link to it, names; "" if it names none."""
    name = MOVES[move].naming("obligation")
    return form[name] if form else (request.query_params or {}).get("obligation", "")


def _unasked(move: str, form: pages.Form, fields: Iterable[forms.Field]) -> list[str]:
    """Return what was typed into a form of a move, without what the page shows again in `fields`."""
    again = {field.name for field in forms.with_parts(fields)}
    return forms.typed(form, forms.kinds(move, [name for name in form.names if name not in again]))


def _frame(
    request: Any,
    reading: Reading,
    move: str,
    form: pages.Form | None,
    error: Exception | None,
    draft: Draft | None = None,
) -> Frame:
    """Return the `Frame` for the form of a move. `form`, `error`, `draft`: see `_move_form`."""
    if reading.closed and move not in reading.offers:
        raise error or AccessForbidden  # no form, because it would reveal parts of the case
    found = move_content(reading, move, _picked(request, move, form))
    differences, news = list[Difference](), list[dict[str, Any]]()
    if form and (error or draft) and not reading.closed:
        before = ShownFacts.read(form["seen"])
        entries = before.entries if before else inputs.whole_number(form["seen"])
        differences = differences_since(reading.dossier.case, move, reading.caller, form)
        if differences or isinstance(error, WriteConflict):
            news = desk_timeline.news(reading, entries or reading.case.entries)

    def around(fields: list[forms.Field], wrong: Problem | None) -> dict[str, Any]:
        kept = form["seen"] if form and not (differences or news) else ""
        return {
            "reading": reading,
            "reveal_form": "" if found.choose else "act",
            "shown_first": is_shown_first(move),
            "draft": draft,
            "unasked": _unasked(move, form, fields) if form and (error or draft) else [],
            "differences": differences,
            "news": news,
            "seen": "" if reading.closed else kept or facts_of(reading, found, () if form else fields).packed,
            "about": found.about,
            "choose": found.choose,
            "questions": reading.questions(),
            "effects": found.effects,
            "comparable": None if reading.closed else comparable(reading, move),
            "canned": bool(canned.offered(reading, move, form)),
            "files": list(evidence_files(reading)) if asks_evidence(move) else [],
        }

    return Frame(
        found.ask,
        partial(page, request, reading.caller, "desk_move.html", policy=_with_files()),
        leave=found.leave,
        grows=True,
        adapted=lambda fields, _: canned.offering(reading, move, form, suggested(reading, move, fields)),
        around=around,
    )


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


def _reading(
    request: Any, caller: Caller, ref: str, thing: Thing = Thing.CASE, opens: bool = True
) -> Reading:
    """Return a case as the caller sees it, after checking that they may read the part `thing` of it. `opens`:
    see `read_log.log_read`. Raises NotFound for an invalid number, and the same errors as
    `read_log.load_and_log`."""
    if inputs.number(ref) != ref:
        raise NotFound(ref)
    case = read_log.load_and_log(ref, thing, caller, opens=opens)
    revealed = _revealed(request, case, caller) if request.path in REVEALING else None
    return Reading(product.file.dossier_of(case), caller, pages.language(request), product, revealed)


def _revealed(request: Any, case: Case, caller: Caller) -> list[str]:
    """Return the parts of the page whose masked details the caller had shown by a post. Each is recorded
    first, with the person and the time. Raises the same errors as `read_log.log_reveal`."""
    if request.method != "POST":
        return []
    asked = pages.form(request).all("reveal")[:MOST_REVEALED]
    parts = [part for part in dict.fromkeys(asked) if PART.fullmatch(part)]
    for part in parts:
        read_log.log_reveal(case, part, caller)
    return parts
