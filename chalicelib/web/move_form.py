"""The form of a move: one function builds it for parties and staff, each in the frame of their page."""

import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any

from chalice import Response

from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.roster import Roster
from chalicelib.web.forms import Field, fields, summary
from chalicelib.web.forms.form_context import Seen
from chalicelib.web.pages import Form
from chalicelib.web.problems import Problem, problem

Context = Mapping[str, Any]
AGAIN = ("wrong_key_reuse", "stage_or_version_changed")
"""Errors after which the same form is another act: it was sent before with other values, or others acted."""


@frozen
class Frame:
    """The page around the form of a move.

    `show`: renders the page, by status and context. `case` to `grows`: see `forms.fields`. `chosen`: the
    values that a link to the form fills in. `adapted`: returns the fields as this page asks them, by the
    error of the earlier post. `around`: returns the rest of the page, by the fields and the error."""

    move: str
    language: str
    show: Callable[..., Response]
    case: Case | None = None
    roster: Roster | None = None
    seen: Seen | None = None
    leave: Collection[str] = ()
    grows: bool = False
    chosen: Form | None = None
    adapted: Callable[[list[Field], Problem | None], list[Field]] = lambda asked, wrong: asked
    around: Callable[[list[Field], Problem | None], Context] = lambda asked, wrong: {}


def fields_in(frame: Frame, form: Form | None = None, wrong: Problem | None = None) -> list[Field]:
    """Return the fields of a form in its frame, with the values and errors of an earlier post."""
    asked = fields(
        frame.move,
        frame.case,
        frame.language,
        roster=frame.roster,
        form=form or frame.chosen,
        errors=wrong.errors if wrong else (),
        leave=frame.leave,
        seen=frame.seen,
        grows=frame.grows,
    )
    return frame.adapted(asked, wrong)


def move_form(frame: Frame, form: Form | None = None, error: Exception | None = None) -> Response:
    """Return the page with a move's form. After an error it keeps all that was typed."""
    wrong = problem(frame.language, error) if error else None
    asked = fields_in(frame, form, wrong)
    context: Context = {
        "move": frame.move,
        "declared": MOVES[frame.move],
        "case": frame.case,
        "fields": asked,
        "problem": wrong,
        "summary": summary(frame.language, asked, wrong.errors) if wrong else [],
        "key": key_of(None if wrong and wrong.code in AGAIN else form),
    }
    return frame.show(status=wrong.status if wrong else 200, **{**context, **frame.around(asked, wrong)})


def key_of(form: Form | None) -> str:
    """Return the key that makes two clicks one act: the posted one, or a fresh one."""
    return (form and form["key"]) or secrets.token_urlsafe(16)
