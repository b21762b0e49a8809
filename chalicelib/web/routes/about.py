"""Public pages about how we work: complaint handling, accessibility, privacy. They are the same for
everybody."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache, partial
from typing import Any

from chalice import Blueprint, Response

from chalicelib.access.authorization import NotFound
from chalicelib.domain.data_kinds import data_kinds, purposes
from chalicelib.domain.model.codes import Topic
from chalicelib.domain.model.field_marks import SENTENCES
from chalicelib.locale.lengths import lengths
from chalicelib.web import callers, drafts, pages
from chalicelib.web.api.values import view_json
from chalicelib.web.pages.consumer.process import process_data
from chalicelib.web.pages.help import TeamToCall, team_to_call
from chalicelib.web.problems import Problem
from chalicelib.wiring import product

routes = Blueprint(__name__)
BOX: Mapping[str, Any] = {"topics": [*Topic], "most": SENTENCES}
"""The values that the suggestion box on the page needs: its topics, and the most characters of a suggestion
(`most`)."""
SECURITY_LASTS = timedelta(days=180)
"""How long security.txt stays valid. RFC 9116 advises less than a year."""


@routes.route("/process", methods=pages.GET)
@pages.answered
def process(request: Any) -> Response:
    """Show how complaints are handled: the stages, how long each lasts, who decides, and what happens if
    somebody does not reply."""
    return _answer(request, "process.html")


@routes.route("/accessibility", methods=pages.GET)
@pages.answered
def accessibility(request: Any) -> Response:
    """Show the accessibility goals of these pages, their known gaps, and how to get help."""
    return _answer(request, "accessibility.html")


@routes.route("/privacy", methods=pages.GET)
@pages.answered
def privacy(request: Any) -> Response:
    """Show what personal data is kept, why, for how long, who reads it, and which rights people have."""
    return _answer(request, "privacy.html")


@routes.route("/easy", methods=pages.GET)
@pages.answered
def easy_start(request: Any) -> Response:
    """Show the start in easy language."""
    return _answer(request, "easy_start.html")


@routes.route("/easy/next", methods=pages.GET)
@pages.answered
def easy_next(request: Any) -> Response:
    """Show in easy language what happens after a complaint was sent."""
    return _answer(request, "easy_next.html")


@routes.route("/.well-known/security.txt", methods=pages.GET)
@pages.answered
def security(request: Any) -> Response:
    """Return security.txt (RFC 9116), which says where to report a weakness of the site. Raises NotFound if
    no contact is configured."""
    contact = product.setting("SECURITY_CONTACT")
    if not contact:
        raise NotFound("security.txt")
    expires = product.now().replace(hour=0, minute=0, second=0, microsecond=0) + SECURITY_LASTS
    fields = {
        "Contact": contact if ":" in contact else f"mailto:{contact}",
        "Expires": view_json(expires),
        "Preferred-Languages": "zh, en",
        "Canonical": f"{product.setting('PUBLIC_URL')}{request.path}",
    }
    headers: dict[str, Any] = {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "public, max-age=86400",
    }
    return Response("".join(f"{name}: {said}\n" for name, said in fields.items()), headers)


def process_again(request: Any, form: pages.Form, wrong: Problem) -> Response:
    """Return the page about complaint handling after its suggestion box was posted with an error. The page
    shows the error and the typed words. `form`: the post. `wrong`: its error."""
    language, rules = pages.language(request), product.policy.name
    bad = {error["pointer"][1:]: error["message"] for error in wrong.errors} or {"text": wrong.title}
    return pages.page(
        request,
        "process.html",
        status=wrong.status,
        told=partial(process_data, language, rules),
        lengths=lengths(language, rules),
        title=wrong.title,
        lines=[{"href": f"#{name}", "text": text} for name, text in bad.items()],
        typed=form,
        bad=bad,
        **BOX,
    )


def _answer(request: Any, template: str) -> Response:
    language, rules = pages.language(request), product.policy.name
    law = product.setting("PRIVACY_LAW", "pipl")
    copies, told_of = bool(product.setting("REPLICA_REGION")), tuple(pages.operator(language).values())
    page = _page(template, language, pages.root(), rules, law, copies, team_to_call(language), told_of)
    return pages.html(page, language=language)


@cache
def _page(
    template: str,
    language: str,
    root: str,
    rules: str,
    law: str,
    copies: bool,
    call: TeamToCall,
    operator: tuple[str, ...],
) -> str:
    """Return the HTML of a public page about how we work. `law`: the law of the privacy notice, `pipl` or
    `gdpr`. `copies`: another region has copies of the data. The page is cached until the rules (`rules`, the
    name of the policy), the team to call, or what is said of the operator (`operator`) changes."""
    return pages.rendered(
        language,
        template,
        root=root,
        **call._asdict(),
        kept=drafts.KEPT.days,
        kinds=data_kinds(),
        keep=product.policy.keep_years,
        purposes=[*purposes()],
        law=law,
        copies=copies,
        phrased=callers.PHRASE_LASTS // timedelta(hours=1),
        told=partial(process_data, language, rules),
        lengths=lengths(language, rules),
        typed={},
        bad={},
        **BOX,
    )
