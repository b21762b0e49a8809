"""The page of a question to a department, for people of the department who have no account. They open it by
the link in their letter. It shows this question only, and takes the answer."""

import json
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import NotFound, Thing, awaits_answer
from chalicelib.cases.casework import once
from chalicelib.domain.moves.investigation import answer_department
from chalicelib.web import callers, forms, inputs, pages, read_log, request_models
from chalicelib.web.callers import AskedByLink
from chalicelib.web.forms.form_context import Asking
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
        asked = _asked(request)
    except NotFound:
        return _over(request, 404, "dead")
    return _form(request, asked) if _waits(asked) else _over(request, 200, "over")


@routes.route("/question", methods=["POST"], content_types=pages.FORM)
@pages.answered
def answer(request: Any) -> Response:
    """Record the answer. After an error, the form is shown again with the typed words. They are shown too if
    the question does not wait any more, or if the link is dead."""
    form = pages.form(request)
    try:
        asked = _asked(request)
    except NotFound:
        return _over(request, 404, "dead", form["answer"])
    fields = {**json.loads(forms.body(ANSWER, form, (NAMED,))), NAMED: asked.question.id}
    body, ref = json.dumps(fields, ensure_ascii=False), asked.case.ref
    key = once(asked.caller, f"{ref}/{ANSWER}", form["key"], body)
    if not _waits(asked):
        again = key and product.file.remembered(key)
        return pages.redirect("/question") if again else _over(request, 409, "over", form["answer"])
    try:
        product.ceilings.take("question", account=callers.account(asked.caller, ref))
        facts = request_models.arguments(ANSWER, body, product.now())
        product.casework.move(ANSWER, ref, asked.caller, facts, key)
    except pages.KEPT as error:
        return _form(request, asked, form, error)
    return pages.redirect("/question")


def _asked(request: Any) -> AskedByLink:
    """Return the question that the cookie identifies. Raises NotFound without a valid cookie."""
    ref, _, token = callers.cookies(request).get(callers.QUESTION_COOKIE, "").partition(".")
    return callers.by_question(ref, token, callers.network(request))


def _waits(asked: AskedByLink) -> bool:
    """Return whether the question still waits for an answer of this person. It does not if they are recused
    from the case, or have another part in it."""
    return awaits_answer(asked.case, asked.question, asked.caller)


def _form(
    request: Any, asked: AskedByLink, form: pages.Form | None = None, error: Exception | None = None
) -> Response:
    """Return the page with the question and the form of its answer, and record the read. `form`, `error`: the
    last post and its error."""
    case = read_log.load_and_log(asked.case.ref, Thing.CASE, asked.caller, asked.case)
    language = pages.language(request)
    reading = Reading(product.file.dossier_of(case), asked.caller, language, product)
    questions = [one for one in reading.questions() if one["id"] == asked.question.id]

    def show(status: int, **context: Any) -> Response:
        return pages.page(request, "question.html", status=status, questions=questions, **context)

    return move_form(Frame(Asking(ANSWER, case, language), show, leave=(NAMED,)), form, error)


def _over(request: Any, status: int, why: str, unsent: str = "") -> Response:
    """Return the page that says why nothing can be answered: `over` or `dead`. It does not say whether there
    is such a case. `unsent`: the words that were typed and not recorded."""
    return pages.page(request, "question_over.html", status=status, why=why, unsent=unsent)
