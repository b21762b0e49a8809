"""The page of a question to a department, for people of the department who have no account. They open it by
the link in their letter. It shows this question only, and takes the answer."""

import json
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller, NotFound, ReaderRole, Thing, closed_to
from chalicelib.cases.casework import once
from chalicelib.domain.engine.deadlines import open_questions
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Question
from chalicelib.domain.moves.investigation import answer_department
from chalicelib.web import callers, forms, inputs, pages, read_log, request_models
from chalicelib.web.move_form import Frame, move_form
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.wiring import product

routes = Blueprint(__name__)
ANSWER = answer_department.__name__
NAMED = "question"
"""The parameter that names the question. The link decides it, so the form does not ask for it."""


@routes.route("/question/{ref}/{token}", methods=pages.GET)
@pages.answered
def by_link(request: Any, ref: str, token: str) -> Response:
    """Open the page of a question by its link. The token goes into a cookie, so that the page has no token in
    its address."""
    try:
        callers.by_question(ref, token, callers.network(request))
    except NotFound:
        return _over(request, 404, "dead")
    kept = pages.cookie(callers.QUESTION_COOKIE, f"{inputs.number(ref)}.{token}")
    return pages.redirect("/question", cookies=[kept])


@routes.route("/question", methods=pages.GET)
@pages.answered
def ask(request: Any) -> Response:
    """Show the question and the form of the answer. Say so if it is answered, or if the link is dead."""
    try:
        caller, asked = _asked(request)
    except NotFound:
        return _over(request, 404, "dead")
    return _form(request, caller, asked) if _waits(caller, asked) else _over(request, 200, "over")


@routes.route("/question", methods=["POST"], content_types=pages.FORM)
@pages.answered
def answer(request: Any) -> Response:
    """Record the answer. After an error, the form is shown again with the typed words. They are shown too if
    the question does not wait any more, or if the link is dead."""
    form = pages.form(request)
    try:
        caller, asked = _asked(request)
    except NotFound:
        return _over(request, 404, "dead", form["answer"])
    said = {**json.loads(forms.body(ANSWER, form, (NAMED,))), NAMED: asked.id}
    body, ref = json.dumps(said, ensure_ascii=False), _case(caller).ref
    key = once(caller, f"{ref}/{ANSWER}", form["key"], body)
    if not _waits(caller, asked):
        again = key and product.file.remembered(key)
        return pages.redirect("/question") if again else _over(request, 409, "over", form["answer"])
    try:
        product.ceilings.take("question", account=callers.account(caller, ref))
        product.casework.move(ANSWER, ref, caller, request_models.arguments(ANSWER, body, product.now()), key)
    except pages.KEPT as error:
        return _form(request, caller, asked, form, error)
    return pages.redirect("/question")


def _asked(request: Any) -> tuple[Caller, Question]:
    """Return the person whom the cookie identifies, and the question to them. Raises NotFound without a valid
    cookie."""
    ref, _, token = pages.cookies(request).get(callers.QUESTION_COOKIE, "").partition(".")
    return callers.by_question(ref, token, callers.network(request))


def _case(caller: Caller) -> Case:
    assert caller.seen, "by_question loads the case"
    return caller.seen


def _waits(caller: Caller, asked: Question) -> bool:
    """Return whether the question still waits for an answer of this person. It does not if they are recused
    from the case, or have another part in it."""
    case = _case(caller)
    return asked in open_questions(case) and closed_to(case, caller) is ReaderRole.DEPARTMENT


def _form(
    request: Any,
    caller: Caller,
    asked: Question,
    form: pages.Form | None = None,
    error: Exception | None = None,
) -> Response:
    """Return the page with the question and the form of its answer, and record the read. `form`, `error`: the
    last post and its error."""
    case = read_log.load_and_log(_case(caller).ref, Thing.CASE, caller, _case(caller))
    language = pages.language(request)
    reading = Reading(product.file.dossier_of(case), caller, language, product)
    questions = [one for one in reading.questions() if one["id"] == asked.id]

    def show(status: int, **context: Any) -> Response:
        return pages.page(request, "question.html", status=status, questions=questions, **context)

    return move_form(Frame(ANSWER, language, show, case, leave=(NAMED,)), form, error)


def _over(request: Any, status: int, why: str, unsent: str = "") -> Response:
    """Return the page that says why nothing can be answered: `over` or `dead`. It does not say whether there
    is such a case. `unsent`: the words that were typed and not recorded."""
    return pages.page(request, "question_over.html", status=status, why=why, unsent=unsent)
