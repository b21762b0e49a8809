"""The form of a move, for the pages of parties and of staff: its fields, its errors, and what was typed."""

import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from chalice import Response

from chalicelib.domain.engine.declare import MOVES
from chalicelib.web.forms import Field, fields, summary
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.pages import Form
from chalicelib.web.problems import Problem, problem

Context = Mapping[str, Any]
AGAIN = ("wrong_key_reuse", "stage_or_version_changed")
"""The codes of the errors after which the form gets a new idempotency key. After them the old key is useless:
it was used with other values, or the case has changed."""


class Frame(NamedTuple):
    """The page around the form of a move.

    `show(status, **context)`: renders the page. `asking`, `leave` and `grows` are arguments of
    `forms.fields`, where they are explained. `chosen`: the values that the form shows when it opens, from
    the link to the form.

    `adapted(fields, problem)`: returns the fields as this page changes them. `around(fields, problem)`:
    returns more values for the template of the page. `problem` is the error of the last post, or None."""

    asking: Asking
    show: Callable[..., Response]
    leave: Collection[str] = ()
    grows: bool = False
    chosen: Form | None = None
    adapted: Callable[[list[Field], Problem | None], list[Field]] = lambda asked, wrong: asked
    around: Callable[[list[Field], Problem | None], Context] = lambda asked, wrong: {}


def fields_in(frame: Frame, form: Form | None = None, wrong: Problem | None = None) -> list[Field]:
    """Return the fields of a form as its page shows them. `form` is the last post and `wrong` its error, if
    there was one: the fields then show the posted values and the messages."""
    asked = fields(
        frame.asking,
        form=form or frame.chosen,
        errors=wrong.errors if wrong else (),
        leave=frame.leave,
        grows=frame.grows,
    )
    return frame.adapted(asked, wrong)


def move_form(frame: Frame, form: Form | None = None, error: Exception | None = None) -> Response:
    """Return the page with the form of a move. After an error, `form` is the last post, and the page shows
    everything that was typed."""
    asking = frame.asking
    wrong = problem(asking.language, error) if error else None
    asked = fields_in(frame, form, wrong)
    context: Context = {
        "move": asking.move,
        "declared": MOVES[asking.move],
        "case": asking.head,
        "fields": asked,
        "problem": wrong,
        "summary": summary(asking.language, asked, wrong.errors) if wrong else [],
        "key": key_of(None if wrong and wrong.code in AGAIN else form),
    }
    return frame.show(status=wrong.status if wrong else 200, **{**context, **frame.around(asked, wrong)})


def key_of(form: Form | None) -> str:
    """Return the idempotency key of a form: the posted key, or a new one. Because of this key, a second click
    does not repeat the move."""
    return (form and form["key"]) or secrets.token_urlsafe(16)
