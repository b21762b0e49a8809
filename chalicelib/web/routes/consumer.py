"""The consumer's pages: first page, complaint form, access link, case, forms of moves, and the mailbox of a
local run."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache, partial
from typing import Any

from chalice import Blueprint, Response
from pydantic import ValidationError

from chalicelib.access.authorization import Caller, NotFound, Thing
from chalicelib.access.links import TO_PARTNER
from chalicelib.cases.casework import TRIES, Unavailable, WriteConflict, once
from chalicelib.domain.alike import alike
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.model.codes import FiledAs, Side, Way
from chalicelib.domain.moves.answer import accept_answer
from chalicelib.domain.moves.feedback import answer_survey
from chalicelib.domain.moves.information import ask_information, give_information
from chalicelib.domain.moves.intake import submit, withdraw
from chalicelib.domain.moves.joint import leave_case
from chalicelib.domain.moves.parties import renew_link
from chalicelib.domain.moves.partner_access import end_partner_access
from chalicelib.domain.reference import read
from chalicelib.locale.formats import consent_texts, moment
from chalicelib.locale.lengths import lengths
from chalicelib.logs import carry, log
from chalicelib.view.contact import message_at
from chalicelib.view.safety import advice
from chalicelib.web import callers, confirming, drafts, filing, forms, inputs, pages, read_log, request_models
from chalicelib.web.forms.form_context import Asking, Seen
from chalicelib.web.move_form import Frame, fields_in, key_of, move_form
from chalicelib.web.pages import file_list
from chalicelib.web.pages.consumer import (
    acts as case_acts,
    agreement as case_agreement,
    case as case_page,
    case_sections as case_parts,
    complaint as complaint_form,
    deadlines as case_deadlines,
    effects as case_effects,
    forwarding as case_forwarding,
    history as case_history,
    mailbox,
    mediation as case_mediation,
    obligations as case_owed,
    own_view,
    sections as case_sections,
    sent as case_sent,
    talks as case_talks,
)
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.help import team_to_call
from chalicelib.web.pages.paging import turn
from chalicelib.web.problems import Problem, problem
from chalicelib.wiring import product

routes = Blueprint(__name__)
CHOSEN = ("obligation", "representative", "agrees", "statement", "step", "forward")
"""Names of form fields. A link to the form of a move may give the values of these fields in its query."""
WORDS = ("text", "story")
"""The kinds of form fields for free text. A form with such a field also offers to add photos and files."""
NOTHING: Mapping[str, str] = {}
"""No errors: the default for the errors of a form, by field."""


@routes.route("/", methods=pages.GET)
@pages.answered
def start(request: Any) -> Response:
    """Show the first page: what this site is for, what happens to a complaint, and where to begin."""
    language = pages.language(request)
    told_of = tuple(pages.operator(language).values())
    return pages.html(_start(language, pages.root(), product.policy.name, told_of), language=language)


@cache
def _start(language: str, root: str, rules: str, operator: tuple[str, ...]) -> str:
    """Return the HTML of the first page. It is the same for everybody, and therefore cached until the policy
    (`rules`) or what is said of the operator changes."""
    return pages.rendered(
        language,
        "start.html",
        root=root,
        authorities=filing.all_authorities(rules),
        lengths=lengths(language, rules),
    )


@routes.route("/static/{name}", methods=pages.GET)
@pages.answered
def static(request: Any, name: str) -> Response:
    """Return a static file, such as a style sheet."""
    return pages.static(request, name)


@routes.route("/complain", methods=pages.GET)
@pages.answered
def complain(request: Any) -> Response:
    """Show the first page of the complaint form. A caller with a draft is sent to the page at which they
    stopped."""
    draft = drafts.begun(request)
    if draft and not draft.sent:
        page = complaint_form.onward(draft)
        return pages.redirect(f"/complain/{page}" + ("" if page == complaint_form.FIRST else "?resumed=1"))
    language, ended = pages.language(request), [pages.cookie(drafts.COOKIE, "", 0)] if draft else ()
    known, blank = _open_here(request), _blank(language)
    gone = bool(callers.cookies(request).get(drafts.DELETED))
    shown = {"known": known, "gone": gone, "warns": False, "policy": pages.SCRIPT, **blank}
    return pages.page(request, "complain.html", cookies=ended, **shown)


def _near(request: Any, story: str) -> Case | None:
    """Return the case that is open in this browser if the reader filed it with nearly the same story, or
    None. No other case is looked at, because that would tell a stranger about it."""
    with suppress(Refusal, NotFound):
        caller = callers.party(request)
        if caller and not caller.by_phrase:
            view = _view(request, caller)
            if view.first and alike(view.complaint.get("account", {}).get("story", ""), story):
                return view.case
    return None


def _open_here(request: Any) -> str:
    """Return the number of the case that is open in this browser, or "" if none is. The complaint form asks
    whether the new complaint is about that case."""
    with suppress(Refusal, NotFound):
        caller = callers.party(request)
        return caller.ref if caller else ""
    return ""


@cache
def _blank(language: str) -> dict[str, Any]:
    """Return the empty fields of the first page of the complaint form. They are cached, because they are the
    same for everybody."""
    return _fields(language, complaint_form.FIRST, pages.Form(), ())


@routes.route("/complain/danger", methods=pages.GET)
@pages.answered
def danger(request: Any) -> Response:
    """Show what to do at once if a person was or could be hurt. The page is shown before anything is sent."""
    return pages.page(request, "complain_danger.html", onward=complaint_form.SECOND, advice=advice())


@routes.route("/complain/report", methods=pages.GET)
@pages.answered
def report(request: Any) -> Response:
    """Show how a report of a violation differs from a complaint, and which authorities examine it. The page
    is shown before anything is sent."""
    return pages.page(
        request,
        "complain_report.html",
        onward=complaint_form.SECOND,
        authorities=filing.all_authorities(product.policy.name),
    )


@routes.route("/complain/forget", methods=pages.GET)
@pages.answered
def ask_to_forget(request: Any) -> Response:
    """Show what a deletion of the draft takes away, and ask whether to delete it."""
    draft, language = drafts.begun(request), pages.language(request)
    if draft is None or draft.sent:
        return pages.redirect("/complain")
    return pages.page(
        request,
        "complain_forget.html",
        answers=[(part, rows) for part, rows in complaint_form.answers(language, draft.form) if rows],
        files=len(draft.files),
        until=product.now() + drafts.UNDO,
        onward=complaint_form.onward(draft),
    )


@routes.route("/complain/forget", methods=["POST"], content_types=pages.FORM)
@pages.answered
def forget_draft(request: Any) -> Response:
    """Delete the draft. The browser can restore it for a day. With `for_good`, nothing remains: "all" deletes
    the draft and one that was deleted before, "deleted" only the latter. A shared device needs this."""
    form = pages.form(request)
    current, old = drafts.begun(request), drafts.deleted(request)
    if not form["for_good"]:
        return pages.redirect("/complain/forgotten", cookies=drafts.set_aside(current) if current else ())
    doomed = {drafts.DELETED: old, **({drafts.COOKIE: current} if form["for_good"] == "all" else {})}
    for draft in doomed.values():
        if draft:
            drafts.forget(draft)
    return pages.redirect("/", cookies=[pages.cookie(name, "", 0) for name in doomed])


@routes.route("/complain/forgotten", methods=pages.GET)
@pages.answered
def forgotten(request: Any) -> Response:
    """Show that a draft was deleted, and until when this browser can restore it."""
    old, new = drafts.deleted(request), drafts.begun(request)
    if old is None:
        return pages.redirect("/")
    swaps = new is not None and not new.sent
    return pages.page(request, "complain_forgotten.html", until=old.restorable_until, swaps=swaps)


@routes.route("/complain/restore", methods=["POST"], content_types=pages.FORM)
@pages.answered
def restore_draft(request: Any) -> Response:
    """Restore the deleted draft and go to the page at which it stopped."""
    pages.form(request)
    return pages.redirect("/complain", cookies=drafts.restored(request))


@routes.route("/complain/{page}", methods=pages.GET)
@pages.answered
def complain_page(request: Any, page: str) -> Response:
    """Show a page of the complaint form with the answers so far. If the page was answered before, it also
    shows the errors. The last page shows everything that will be sent."""
    if page not in complaint_form.PAGES:
        raise NotFound(page)
    draft = drafts.begun(request)
    if draft is None:
        return pages.redirect("/complain")
    if draft.sent:
        return _sent_before(request)
    if page == complaint_form.LAST and not draft.warns and (missing := complaint_form.onward(draft)) != page:
        return pages.redirect(f"/complain/{missing}")
    wrong = _wrong(request, draft, page) if page in draft.answered and not draft.warns else None
    return _complaint_page(request, draft, page, wrong)


@routes.route("/complain/{page}", methods=["POST"], content_types=pages.FORM)
@pages.answered
def answer_page(request: Any, page: str) -> Response:
    """Store the answers of a page of the complaint form. Then go to the next unanswered page, or send the
    complaint.

    A page with an error is shown again, except in a report of danger. If the reader changes the language, or
    looks for another type of problem, the page is shown again with the typed words."""
    if page not in complaint_form.PAGES:
        raise NotFound(page)
    return _answer(request, page, pages.form(request))


def _answer(request: Any, page: str, form: pages.Form, again: int = TRIES) -> Response:
    """Store the answers of a page, and return the response. If another window stores the draft at the same
    moment, the answers are stored in that draft, at most `again` times."""
    draft = drafts.Draft("", "")
    try:
        draft = drafts.begun(request) or drafts.fresh(request)
        if draft.sent:
            return _sent_before(request, form)
        typed = complaint_form.page_answers(page, form), partial(complaint_form.is_on_page, page)
        if pages.turned(request) or complaint_form.looks_on(page, form):
            draft = drafts.keep(draft.typing(page, *typed))
            return pages.redirect(f"/complain/{page}", cookies=[draft.cookie])
        if _changed_elsewhere(draft, page, form):
            return _complaint_page(request, draft.answering(page, *typed), page, None, draft)
        draft = draft.answering(page, *typed)
        wrong = None if draft.warns else _wrong(request, draft, page)
        draft = drafts.keep(draft.judged(page, wrong is not None))
    except pages.KEPT as error:
        if isinstance(error, WriteConflict) and again:
            return _answer(request, page, form, again - 1)
        draft = draft.answering(
            page, complaint_form.page_answers(page, form), partial(complaint_form.is_on_page, page)
        )
        return _complaint_page(request, draft, page, problem(pages.language(request), error))
    if wrong is None and (page == complaint_form.LAST or form["send"]):
        near = None if draft.warns or form["apart"] else _near(request, draft.form["account.story"])
        return _complaint_page(request, draft, page, None, near=near) if near else _sent(request, draft, page)
    told = "danger" if draft.warns else "report" if draft.form["filed_as"] == FiledAs.REPORT else ""
    onward = (
        page if wrong else told if page == complaint_form.FIRST and told else complaint_form.onward(draft)
    )
    if form["files"]:
        onward = "files"
    return pages.redirect(f"/complain/{onward}", cookies=[draft.cookie])


def _sent_before(request: Any, form: pages.Form | None = None) -> Response:
    """Return the page that says that the complaint of this draft was sent before, for example from another
    window. `form`: the answers that were not sent; the page shows the words among them."""
    return pages.page(request, "complain_again.html", status=409, unsent=_typed(submit.__name__, form))


def _stored(draft: drafts.Draft, page: str) -> Mapping[str, Any]:
    """Return the stored answers that `page` shows: its own, or all of them on the last page."""
    return draft.said if page == complaint_form.LAST else complaint_form.page_answers(page, draft.form)


def _changed_elsewhere(draft: drafts.Draft, page: str, form: pages.Form) -> bool:
    """Return whether another window stored other answers after this form was opened, so that they would be
    lost by the posted form, or sent unread by the last page. A report of danger is sent in any case."""
    stored, typed = _stored(draft, page), complaint_form.page_answers(page, form)
    last = page == complaint_form.LAST
    if form["stored"] in ("", drafts.digest(stored)) or (draft.warns and (last or form["send"])):
        return False
    return last or any(typed.get(name) != values for name, values in stored.items())


def _wrong(request: Any, draft: drafts.Draft, page: str) -> Problem | None:
    """Return the error in the answers of a page, or None if there is none. For the last page, the answers of
    all pages are checked."""
    language = pages.language(request)
    whole = page == complaint_form.LAST
    body = (
        complaint_form.body(language, draft.form)
        if whole
        else complaint_form.page_body(page, language, draft.form)
    )
    error = filing.lacks(body)
    return problem(language, error) if error else None


def _sent(request: Any, draft: drafts.Draft, page: str) -> Response:
    """File the complaint in a draft, and send the browser to the receipt. After an error, return the page
    `page` of the form with the error. The draft's idempotency key makes repeated sending harmless. Afterwards
    the draft holds only the number of the complaint."""
    language = pages.language(request)
    body = json.dumps(complaint_form.body(language, draft.form), ensure_ascii=False)
    try:
        again = once(callers.ANYBODY, submit.__name__, draft.key, body)
        case, _ = filing.file(callers.ANYBODY, body, again, callers.network(request), _open_here(request))
        _hand_over(draft, case)
    except pages.KEPT as error:
        if isinstance(error, Refusal) and error.code == "wrong_key_reuse":
            return _sent_before(request, draft.form)
        return _complaint_page(request, draft, page, problem(language, error))
    carry(ref=case.ref)
    drafts.keep(draft.filed_as(case.ref), anyway=True)
    own = callers.of_party(case, case.parties[0])
    if case.parties[0].generation > 1:  # a repeated form must not get a renewed link
        return pages.redirect("/case/link")
    return pages.redirect("/complain/done", cookies=[_key(case.ref, callers.token(case, own)), draft.cookie])


def _hand_over(draft: drafts.Draft, case: Case) -> None:
    """Move the files of a draft to its case. If the moving is interrupted, sending the form again completes
    it. A report of danger is filed even if the moving fails, because files can be added to the case later."""
    try:
        seen = drafts.looked_at(draft)
        own = callers.of_party(case, case.parties[0])
        product.enclosures.hand_over(seen.folder, seen.enclosed, case, own)
    except pages.KEPT:
        if not draft.warns:
            raise
        log.exception("files of a report of danger were left behind")


@routes.route("/complain/done", methods=pages.GET)
@pages.answered
def complained(request: Any) -> Response:
    """Show the receipt of a filed complaint: number, access link, passphrase, and what happens next. After a
    report of danger, the advice comes first, and the parts still needed are listed."""
    caller = callers.party(request)
    if caller is None:
        return _find(request)
    if caller.by_phrase:  # this page shows the access link, which a passphrase alone must not give
        return pages.redirect("/case")
    case = read_log.load_and_log(caller.ref, Thing.TIMELINE, caller)
    dossier, party = product.file.dossier_of(case), case.party(caller.party)
    if party.side == Side.BUSINESS:  # the company's side does not see the consumer's receipt
        return pages.redirect("/case")
    person = dossier.people.get(party.id, {})
    link = product.setting("PUBLIC_URL") + product.links.path(case.ref, party.id, party.generation)
    return pages.page(
        request,
        "complain_done.html",
        case=case,
        party=party,
        advice=advice(case),
        authorities=filing.authorities(case),
        lacking=filing.lacking(pages.language(request), case, dossier.entry(1)[1].get("unread", ())),
        to=person.get("phone" if party.way == Way.SMS else party.way.value),
        due=due(case),
        team=product.file.roster().teams.get(case.team),
        link=link,
        code=_code(link),
        phrase=(product.links.phrase(case.ref, party.id, party.generation) if party.says_phrase else ""),
        enclosed=product.uploads.seen(dossier, caller),
    )


@routes.route("/case/{ref}", methods=pages.GET)
@pages.answered
def by_number(request: Any, ref: str) -> Response:
    """Show how to find a case, for an access link that has lost its token. The case opens if it is already
    open in this browser."""
    number = read(ref)
    if number is None:
        return _find(request, 404)
    if _open_here(request) == number:
        return pages.redirect("/case")
    return _find(request, lost=pages.Form([("number", number)]), phrased=pages.Form([("number", number)]))


@routes.route("/case/{ref}/{token}", methods=pages.GET)
@pages.answered
def by_link(request: Any, ref: str, token: str) -> Response:
    """Open a case by its access link. The token in the link is put into a cookie, and the page that opens has
    no token in its address. The link can be used any number of times. With `TO_PARTNER`, the page opens on
    which the person ends what their partner reads; opening it ends nothing."""
    try:
        caller = callers.by_token(ref, token, callers.network(request))
    except Refusal as refusal:
        return _ended(request, refusal)
    ends = (request.query_params or {}).get("to") == TO_PARTNER
    page = f"/case/moves/{end_partner_access.__name__}" if ends else "/case"
    return pages.redirect(page, cookies=[_key(caller.ref, token)])


@routes.route("/case/find", methods=["POST"], content_types=pages.FORM)
@pages.answered
def by_phrase(request: Any) -> Response:
    """Open a case by its number and passphrase, for a party who gets no mail. A malformed number or
    passphrase is reported at its field. Otherwise the page does not tell an unknown number from a wrong
    passphrase."""
    form, network = pages.form(request), callers.network(request)
    product.ceilings.take("passphrase", number=str(read(form["number"])), network=network)
    language, wrong = pages.language(request), {}
    if read(form["number"]) is None:
        wrong["number"] = pages.say(language, "consumer.find.number_wrong")
    if not product.links.whole(form["phrase"]):
        wrong["phrase"] = pages.say(language, "consumer.find.phrase_wrong")
    if wrong:
        return _find(request, 422, phrased=form, wrong=wrong)
    try:
        session = callers.by_phrase(form["number"], form["phrase"])
    except NotFound:
        wrong = {"number": pages.say(language, "consumer.find.wrong")}
        return _find(request, 404, phrased=form, wrong=wrong)
    return pages.redirect("/case", cookies=[pages.cookie(callers.CASE_COOKIE, session)])


@routes.route("/case/link", methods=pages.GET)
@pages.answered
def lost_link(request: Any) -> Response:
    """Show the form by which people ask for their access link again."""
    return _find(request)


@routes.route("/case/link", methods=["POST"], content_types=pages.FORM)
@pages.answered
def send_link(request: Any) -> Response:
    """Ask a background worker to send the access link again. The worker looks up the posted number and
    contact. So neither the page nor the response time reveals whether there is such a complaint."""
    form = pages.form(request)
    try:
        asked = request_models.link_asked(json.dumps({name: form[name] for name in ("number", "contact")}))
    except ValidationError as error:
        errors = problem(pages.language(request), error).errors
        bad = {error["pointer"][1:]: error["message"] for error in errors}
        return _find(request, 422, lost=form, bad=bad)
    callers.looked_for(request, asked["contact"])
    product.casework.ask_link(**asked)
    return _find(request, lost=form, sent=True)


@routes.route("/case/leave", methods=["POST"], content_types=pages.FORM)
@pages.answered
def leave(request: Any) -> Response:
    """Delete the cookie that opens the case in this browser."""
    pages.form(request)
    return pages.redirect("/", cookies=[pages.cookie(callers.CASE_COOKIE, "", 0)])


@routes.route("/case", methods=pages.GET)
@pages.answered
def case(request: Any) -> Response:
    """Show the state of the complaint, and what the caller can do now."""
    try:
        caller = callers.party(request)
    except Refusal as refusal:
        return _ended(request, refusal)
    if caller is None:
        return _find(request, 401)
    view, asked = _view(request, caller), request.query_params or {}
    done = asked.get("done", "") if own_view.takes(asked.get("done", ""), caller) else ""
    past = asked.get("past", "")
    past = past if own_view.takes(past, caller) and past not in view.offers else ""
    if caller.by_phrase:
        return pages.page(
            request,
            "case_by_phrase.html",
            done=case_page.done_message(view.language, done),
            past=past,
            view=view,
            **case_page.by_phrase(view),
            files=file_list.listed_files(product.uploads, view.dossier, caller, view.language),
        )
    following = (
        _link_renewed(view)
        if done == renew_link.__name__
        else _message_waits(view)
        if done and MOVES[done].limited
        else case_owed.after(view, done, asked.get("about", ""), case_owed.about(case_deadlines.runs(view)))
        if done
        else ""
    )
    survey = answer_survey.__name__
    return pages.page(
        request,
        "case.html",
        done=case_page.done_message(view.language, done),
        past=past,
        next=following,
        asked_how=fields_in(_frame(view, survey)) if survey in view.offers else [],
        key=key_of(None),
        not_taken=file_list.not_taken(product.uploads, view.dossier, caller, view.language),
        **case_page.case_data(view),
    )


def _section(name: str) -> Callable[..., Response]:
    """Return the view that shows a further page of the case. `name`: the page, such as history, letters,
    obligations or deadlines."""

    @pages.answered
    def section(request: Any) -> Response:
        caller = callers.party(request)
        if caller is None:
            return _find(request, 401)
        if caller.by_phrase:
            return pages.redirect("/case")
        shown = case_sections.section_data(_view(request, caller), name, turn(request))
        return pages.page(request, f"case_{name}.html", section=name, **shown)

    return section


# a route for each page, because `/case/{page}` would clash with `/case/{ref}` of the access link
for _name in case_sections.SHOWN:
    routes.route(f"/case/{_name}", methods=pages.GET, name=f"case_{_name}")(_section(_name))


@routes.route("/case/moves/{move}", methods=pages.GET)
@pages.answered
def ask_move(request: Any, move: str) -> Response:
    """Show the form of a move, and an explanation of the move."""
    caller = callers.party(request)
    if caller is None:
        return _find(request, 401)
    chosen = [(name, value) for name, value in (request.query_params or {}).items() if name in CHOSEN]
    return _move_form(request, caller, _own(move, caller), chosen=pages.Form(chosen) if chosen else None)


@routes.route("/case/moves/{move}", methods=["POST"], content_types=pages.FORM)
@pages.answered
def take_move(request: Any, move: str) -> Response:
    """Take a move, and go to the case. If the move gives something up, a page first asks the party to confirm
    it. If the case has changed in a way that the party should know, the form first shows the change. After an
    error, the form is shown again with everything typed."""
    caller, form = callers.party(request), pages.form(request)
    if caller is None:
        return _find(request, 401, unsent=_typed(move, form))
    name = _own(move, caller)
    if form["way"] == "back" or pages.turned(request):
        return _move_form(request, caller, name, form)
    body = _said(name, form)
    try:
        refuse_if(
            case_agreement.needs_reading(name, form[MOVES[name].naming("digest")])
            and not form[case_agreement.READ],
            "text_unread",
            field=case_agreement.READ,
        )
        said = request_models.arguments(name, body, product.now())
        key = once(caller, f"{caller.ref}/{name}", form["key"], body)
        if form["way"] in ("address", "call") and MOVES[name].gives_up:
            return confirming.instead(request, _view(request, caller), name, form)
        callers.count_move(caller, name, caller.ref, key)
        after = _taken(
            request,
            name,
            caller,
            said,
            key,
            None if MOVES[name].by_digest else inputs.whole_number(form["seen"]),
            "" if form["way"] == "again" else form["code"],
        )
    except pages.KEPT as error:
        if isinstance(error, Refusal) and error.code in confirming.ASKED:
            return confirming.ask(request, _view(request, caller), name, form, said, error)
        sent_before = isinstance(error, Refusal) and error.code == "wrong_key_reuse"
        if already := _taken_already(request, caller, name, form):
            return already
        return _move_form(request, caller, name, form, WriteConflict() if sent_before else error)
    # their old link opens nothing now, and the link to their own case comes by mail
    if name == leave_case.__name__:
        return pages.page(request, "case_left.html", cookies=[pages.cookie(callers.CASE_COOKIE, "", 0)])
    about = f"&about={form[MOVES[name].naming('obligation')]}" if MOVES[name].about_one else ""
    goes_on = [_key(caller.ref, callers.token(after, caller))] if MOVES[name].renews else []
    return pages.redirect(f"/case?done={name}{about}", cookies=goes_on)


@routes.route("/mailbox", methods=pages.GET)
@pages.answered
def letters_caught(request: Any) -> Response:
    """Show the mailbox of a local run: every letter and short message that would have been sent."""
    return pages.page(
        request,
        "mailbox.html",
        mails=_caught(),
        texts=mailbox.texts(product.setting("MAILBOX")),
        posted=product.setting("MAILBOX") + mailbox.POSTED,
        public=product.setting("PUBLIC_MAIL"),
    )


@routes.route("/mailbox/{n}", methods=pages.GET)
@pages.answered
def letter_caught(request: Any, n: str) -> Response:
    """Show letter `n` of the local mailbox as a mail program would show it."""
    found = next((mail for mail in _caught() if str(mail.n) == n), None)
    if found is None:
        raise NotFound("mail")
    return pages.html(found.html, language=pages.language(request), style="'unsafe-inline'")


def _caught() -> list[mailbox.CaughtLetter]:
    """Return the letters in the local mailbox. Raises NotFound in the cloud, where letters are really
    sent."""
    if product.setting("LOCAL") != "1":
        raise NotFound("mailbox")
    return mailbox.mails(product.setting("MAILBOX"))


def _said(name: str, form: pages.Form) -> str:
    """Return the request body for the posted form of the move `name`. The body includes the hidden fields
    that name the thing that the move is about, such as an obligation."""
    told = _told(name) & MOVES[name].parameters.keys()
    about = {part: form[part] for part in told if form[part]}
    return json.dumps(
        {**json.loads(forms.body(name, form, MOVES[name].by_staff | told)), **about}, ensure_ascii=False
    )


def _message_waits(view: View) -> str:
    """Return a sentence that says when a delayed message to a new address leaves. Return "" if no message is
    delayed, or if the page says so already."""
    at = None if view.contact.new_way else message_at(view.case, view.party, view.now)
    return (
        pages.say(view.language, "consumer.contact.message_at", at=moment(view.language, at, False))
        if at
        else ""
    )


def _link_renewed(view: View) -> str:
    """Return the sentence for a party who has renewed their access link. It says that the link comes by mail.
    For a party without mail, it gives the link itself."""
    if view.party.way == Way.EMAIL:
        return pages.say(view.language, "consumer.case.link_mailed")
    link = product.links.path(view.case.ref, view.party.id, view.party.generation)
    return pages.say(view.language, "consumer.case.link_kept", link=product.setting("PUBLIC_URL") + link)


def _taken(
    request: Any, name: str, caller: Caller, said: dict[str, Any], key: Any, seen: int | None, code: str
) -> Case:
    """Take the move `name` and return the case. `seen`: the newest entry that the party has seen. `code`: the
    one-time code. If there are newer entries, raises WriteConflict only if the party may see one of them and
    it may matter to them."""
    try:
        return confirming.taken(request, caller, name, said, key, seen, code)
    except WriteConflict:
        if seen is None:
            raise
        news = (line for line in case_history.timeline(_view(request, caller))[0] if line.n > seen)
        if any(line.move not in confirming.MEANWHILE for line in news):
            raise
        return confirming.taken(request, caller, name, said, key, None, code)


def _taken_already(request: Any, caller: Caller, move: str, form: pages.Form) -> Response | None:
    """Return the page that says that this party took the move before, for example in another window, and
    shows the words that were not registered. Return None if the move is still offered, or if this party has
    not taken it since the form was opened."""
    view, seen = _view(request, caller), inputs.whole_number(form["seen"])
    if seen is None or move in view.offers:
        return None
    own = [one for one in case_history.timeline(view)[0] if one.mine and one.move == move and one.n > seen]
    return (
        pages.page(
            request,
            "case_taken_before.html",
            view=view,
            case=view.case,
            move=move,
            at=own[-1].at,
            unsent=_typed(move, form),
        )
        if own
        else None
    )


def _move_form(
    request: Any,
    caller: Caller,
    move: str,
    form: pages.Form | None = None,
    error: Exception | None = None,
    chosen: pages.Form | None = None,
) -> Response:
    """Return the form of a move for a party. `form`, `error`: the last post and its error; the page shows the
    error, and what happened since the form was opened. `chosen`: the values in the link to the form.

    If the move is not offered now, send the party to the case instead."""
    view = _view(request, caller)
    if move not in view.offers and (form is None or not (error or view.authorised)):
        return pages.redirect(f"/case?past={move}")
    if error and not view.authorised and move not in view.offers:
        raise error  # no form, because it would show parts of a case that this party may not see
    declared, picked = MOVES[move], form or chosen or pages.Form()
    digest, obligation = map(declared.naming, ("digest", "obligation"))
    about = {
        **case_talks.form_subject(view, move, picked[declared.naming("statement")]),
        **case_mediation.form_subject(view, move),
        **case_forwarding.form_subject(view, move, picked[declared.naming("forward")]),
        **case_agreement.form_subject(view, move, picked[case_agreement.STEP]),
        **case_owed.form_subject(view, move, picked[obligation]),
    }
    of_none = declared.about_one and obligation not in about
    if of_none and form is None:
        return pages.redirect("/case")
    other_text = bool(picked[digest] and picked[digest] != about.get(digest))

    def adapted(fields: list[forms.Field], wrong: Problem | None) -> list[forms.Field]:
        fields = case_mediation.form_fields(view, case_talks.form_fields(view, move, fields))
        fields = case_agreement.form_fields(view, move, fields, about, wrong)
        return case_owed.form_fields(view, move, fields, about.get(obligation, ""))

    def around(fields: list[forms.Field], wrong: Problem | None) -> dict[str, Any]:
        running = case_deadlines.runs(view)
        parts = case_parts.parts(view, case_owed.about(running))
        # a move on a text (`by_digest`) depends only on that text, so no other news is shown
        lines = case_history.timeline(view)[0] if form and not declared.by_digest else []
        seen = inputs.whole_number(form["seen"]) if form else None
        gives = move == give_information.__name__
        said = about.get(case_agreement.STEP, "object" if view.objects(move) else move)
        return {
            "said": said,
            "view": view,
            "about": about,
            "other_text": other_text,
            **({"summary": []} if other_text else {}),
            "news": [line for line in lines if seen is not None and line.n > seen],
            "runs": [
                run
                for run in running
                # `answers` names a `party_reply` deadline by the letter that asks for the reply
                if (run.id if run.name == "party_reply" else run.name) in declared.answers
                and declared.part not in case_page.TOLD_ABOVE
                and not (run.late and run.name == "challenge")
            ],
            "gives": gives,
            "why": case_history.last(view, ask_information) if gives else None,
            "adds": any(field.widget in WORDS for field in fields)
            and not declared.warns
            and product.uploads.takes(view.case, caller),
            "duty": next(
                (one for one in parts["ledger"]["every"] if one.owed.id == about.get(obligation)), None
            ),
            "given_up": case_acts.given_up(view.language, said, view.case.policy),
            "lengths": lengths(view.language, view.case.policy),
            "letters": case_acts.letters(view, move),
            "leads": case_talks.leads(view, move),
            "effects": case_effects.effects_table(view, move, about),
            "wishes": [*case_sent.wishes(view)] if move == accept_answer.__name__ else [],
            "then": case_acts.open_after_withdrawal(view) if move == withdraw.__name__ else {},
            "invitation": case_parts.invitation(view, move),
            "consent_text": consent_texts(view.language).get(
                part.text if (part := parts.get("partner")) else ""
            ),
            "gone": of_none
            or (declared.by_digest and not (parts["agreement"] and parts["agreement"]["signs"])),
            **parts,
        }

    frame = _frame(view, move)._replace(
        show=partial(pages.page, request, "case_move.html", policy=pages.SCRIPT),
        chosen=chosen,
        adapted=adapted,
        around=around,
    )
    return move_form(frame, form, error)


def _frame(view: View, move: str) -> Frame:
    """Return the `Frame` for the form of a move on a party's page."""
    names = {id: view.dossier.people.get(id, {}).get("name") or "" for id in view.circle}
    seen = Seen(names, now=product.now(), party=view.party.id)
    leave = MOVES[move].by_staff | _told(move)
    return Frame(Asking(move, view.case, view.language, seen=seen), pages.page, leave)


def _told(move: str) -> frozenset[str]:
    """Return the names of the parameters of this move that a party's form does not ask for, because the form
    shows them."""
    return MOVES[move].stated | {case_agreement.STEP}


def _view(request: Any, caller: Caller) -> View:
    """Return the caller's case as they see it. For a posted form, the case is loaded again. Otherwise a case
    that was loaded a moment ago is used."""
    case = read_log.load_and_log(
        caller.ref, Thing.CASE, caller, caller.seen if request.method != "POST" else None
    )
    return View(product.file.dossier_of(case), product.now(), caller, pages.language(request), product)


def _complaint_page(
    request: Any,
    draft: drafts.Draft,
    page: str,
    wrong: Problem | None,
    other: drafts.Draft | None = None,
    near: Case | None = None,
) -> Response:
    """Return a page of the complaint form, with its error if there is one. The last page shows the answers of
    all pages. `other`: the draft as another window stored it; the page shows its answers beside these.
    `near`: an earlier case with nearly the same story; the page asks whether this is another matter."""
    language, stored = pages.language(request), _stored(other or draft, page)
    if page == complaint_form.LAST:
        with suppress(Unavailable):  # the page then shows the states of the files as last known
            draft = drafts.looked_at(draft)
    asked = _fields(language, page, draft.form, wrong.errors if wrong else ())
    return pages.page(
        request,
        "complain.html",
        status=wrong.status if wrong and wrong.status != 422 else 200,
        enclosed=file_list.enclosed(language, draft.enclosed),
        here=f"/complain/{page}",
        problem=wrong,
        stored=drafts.digest(stored),
        near=near,
        resumed=request.method == "GET" and bool((request.query_params or {}).get("resumed")),
        changed=other is not None,
        other=dict(complaint_form.answers(language, other.form)).get(page, []) if other else [],
        warns=draft.warns,
        authorities=product.policy.competent(complaint_form.in_charge(draft.form)) if asked["last"] else (),
        policy=pages.SCRIPT,
        **asked,
    )


def _fields(
    language: str, page: str, form: pages.Form, errors: Iterable[Mapping[str, str]]
) -> dict[str, Any]:
    asked = complaint_form.page_data(language, page, form, errors)
    return {**asked, "fields": pages.rendered(language, "complain_fields.html", **asked)}


def _find(
    request: Any,
    status: int = 200,
    *,
    lost: pages.Form | None = None,
    bad: Mapping[str, str] = NOTHING,
    phrased: pages.Form | None = None,
    wrong: Mapping[str, str] = NOTHING,
    sent: bool = False,
    ended: str = "",
    unsent: list[str] | None = None,
) -> Response:
    """Return the page on which people find their case.

    `lost`: the posted request for an access link. `bad`: its errors by field. `sent`: whether it was
    accepted. `phrased`: the posted number and passphrase. `wrong`: their errors by field. `ended`: why the
    reader's link has ended. `unsent`: what was typed into a form that could not be accepted because no case
    was open. The page shows it, so that it is not lost."""
    return pages.page(
        request,
        "find.html",
        status=status,
        here="/case/link" if request.method == "POST" else "",
        lost=lost or pages.Form(),
        bad=bad,
        phrased=phrased or pages.Form(),
        wrong=wrong,
        sent=sent,
        ended=ended,
        unsent=unsent,
        **team_to_call(pages.language(request))._asdict(),
    )


def _typed(move: str, form: pages.Form | None) -> list[str]:
    """Return what a person typed into the form of a move."""
    return forms.typed(form, forms.kinds(move, form.names)) if form else []


def _ended(request: Any, refusal: Refusal) -> Response:
    """Return the page on which people find their case, if the reader's link has ended. Raises any other
    refusal, because it has a page of its own: a restore of the table undid the case, or its personal data are
    destroyed."""
    if refusal.code != "link_ended":
        raise refusal
    return _find(request, 410, ended=pages.say(pages.language(request), "consumer.find.ended"))


def _own(move: str, caller: Caller) -> str:
    """Return the name `move` unchanged if this party may ever take the move. Raises Refusal `unknown_move`
    otherwise."""
    refuse_if(not own_view.takes(move, caller), "unknown_move")
    return move


def _code(link: str) -> str:
    """Return the QR code of a link, as a data URI for an image."""
    from segno import make_qr  # imported here, since no other page needs it

    return make_qr(link).svg_data_uri(scale=4, svgclass=None, lineclass=None)


def _key(ref: str, token: str) -> str:
    return pages.cookie(callers.CASE_COOKIE, f"{ref}.{token}")
