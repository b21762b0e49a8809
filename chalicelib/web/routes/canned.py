"""The canned texts on the desk. All staff read them. Leads keep those of their teams, administrators all."""

from __future__ import annotations

import json
import re
import secrets
from typing import Annotated, Any

from chalice import Blueprint, Response
from pydantic import BaseModel, StringConstraints

from chalicelib.access.authorization import HOUSE, Caller
from chalicelib.domain.canned_texts import LONGEST, MOST_TEXTS, TITLE, CannedText, suited
from chalicelib.domain.model.codes import Language
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import LANGUAGES, label
from chalicelib.locale.slot_names import slot_names, with_names
from chalicelib.operations.canned_texts import may_change_texts
from chalicelib.web import forms, inputs, pages, request_models
from chalicelib.web.problems import forbid_unless, problem
from chalicelib.web.routes import desk, roster
from chalicelib.wiring import product

routes = Blueprint(__name__)
SHOWN = 20
"""The highest number of changes on one page."""
SAVES, REMOVES = frozenset({"add", "edit"}), "remove"
ID = re.compile(r"[\w-]{12}", re.ASCII)
"""The format of the id of a text: that of `secrets.token_urlsafe(9)`."""
FIELDS = {"title": "line", "language": "radios", "text": "story", "moves": "many"}
"""The fields of the form of a text: name → widget."""
SEEN = dict.fromkeys(("id", "version", "team"), "hidden")
"""The fields that say which version of which text the form was made from. A draft has them too, so that it
does not overwrite a later version."""


class TextRequest(BaseModel):
    """A canned text as the form sends it. `text`: its slots have the names that people type. `moves`: the
    moves that it suits; empty for all."""

    model_config = request_models.STRICT

    title: Annotated[str, StringConstraints(min_length=1, max_length=TITLE)]
    language: Language
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    moves: tuple[str, ...] = ()


@routes.route("/desk/texts", methods=pages.GET)
@desk.staffed
def texts(request: Any, caller: Caller) -> Response:
    """Show the texts of a team, and the changes of all texts. `team`: the id of the team; empty for the texts
    of all teams. `before`: show only changes older than this one."""
    forbid_unless(caller.roles & HOUSE)
    query, language = request.query_params or {}, pages.language(request)
    found, before = product.file.roster(), query.get("before", "")
    team = query.get("team", "") if query.get("team") in found.teams else ""
    done = query.get("done", "")
    made = product.canned_texts.changes(before, SHOWN)
    return desk.page(
        request,
        caller,
        "canned.html",
        texts=[_shown(text, language) for text in product.canned_texts.fresh(team)],
        team=team,
        teams=[("", _team(language, found, "")), *((id, _team(language, found, id)) for id in found.teams)],
        changes_texts=may_change_texts(caller, team, found),
        closed=bool(team and found.teams[team].closed),
        changes=[change for _, change in made],
        shown=lambda text: _shown(text, language),
        team_of=lambda text: _team(language, found, text.team),
        names=roster.names(found),
        older=made[-1][0] if len(made) == SHOWN else None,
        back=bool(before),
        done=done if done in (*SAVES, REMOVES) else "",
    )


@routes.route("/desk/texts/{deed}", methods=pages.GET)
@desk.staffed
def ask(request: Any, caller: Caller, deed: str) -> Response:
    """Show the form for a new text (`add`) or a change (`edit`), or ask whether to remove a text. `team` and
    `id` name the text."""
    query, found = request.query_params or {}, product.file.roster()
    team, id = query.get("team", ""), query.get("id", "")
    forbid_unless(may_change_texts(caller, team, found))
    if deed == "add":
        language = pages.language(request)
        form = pages.Form([("team", team), ("language", language), ("id", secrets.token_urlsafe(9))])
        return _form(request, caller, deed, form)
    text = product.canned_texts.find(team, id)
    if text is None or deed not in (*SAVES, REMOVES):
        return pages.redirect(f"/desk/texts?team={team}" if team in found.teams else "/desk/texts")
    if deed == REMOVES:
        return _ask_removal(request, caller, text)
    said = [
        ("title", text.title),
        ("team", text.team),
        ("language", text.language),
        ("text", with_names(text.language, text.text)),
        *(("moves", move) for move in text.moves),
        ("id", text.id),
        ("version", str(text.version)),
    ]
    return _form(request, caller, deed, pages.Form(said))


@routes.route("/desk/texts/{deed}", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda _, __: FIELDS)
def change(request: Any, caller: Caller, deed: str) -> Response:
    """Store or remove a text. After an error, show the form again with everything typed."""
    form = pages.form(request)
    seen, id, team = inputs.whole_number(form["version"]) or 0, form["id"], form["team"]
    forbid_unless(deed in (*SAVES, REMOVES) and may_change_texts(caller, team, product.file.roster()))
    forbid_unless(ID.fullmatch(id))
    try:
        if deed == REMOVES:
            product.text_keeper.remove(caller, team, id, seen)
        else:
            said = {"moves": [], "title": "", "text": "", "language": ""} | forms.posted_values(form, FIELDS)
            asked = TextRequest.model_validate_json(json.dumps(said, ensure_ascii=False))
            moves = tuple(move for move in suited() if move in asked.moves)
            new = CannedText(id, asked.title, asked.language, asked.text, team, moves)
            product.text_keeper.save(caller, new, seen if deed == "edit" else 0)
    except pages.KEPT as error:
        if deed == REMOVES:
            text = product.canned_texts.find(team, id)
            return _ask_removal(request, caller, text, error) if text else pages.redirect("/desk/texts")
        return _form(request, caller, deed, form, error)
    return pages.redirect(f"/desk/texts?done={deed}{f'&team={team}' if team else ''}")


def _form(
    request: Any, caller: Caller, deed: str, form: pages.Form, error: Exception | None = None
) -> Response:
    language, found = pages.language(request), product.file.roster()
    options = {
        "language": tuple(forms.Option(one, label(language, one, "language")) for one in LANGUAGES),
        "moves": tuple(forms.Option(move, label(language, move, "move")) for move in suited()),
    }
    asked = desk.AdministratorForm("canned", "canned_form.html", FIELDS | SEEN, options)
    return desk.form_page(
        request,
        caller,
        asked,
        form,
        error,
        deed=deed,
        team=form["team"],
        team_name=_team(language, found, form["team"]),
        slots=list(slot_names(language).values()),
        longest=LONGEST,
        most=MOST_TEXTS,
    )


def _ask_removal(request: Any, caller: Caller, text: CannedText, error: Exception | None = None) -> Response:
    language = pages.language(request)
    wrong = problem(language, error) if error else None
    return desk.page(
        request,
        caller,
        "canned_remove.html",
        wrong.status if wrong else 200,
        text=_shown(text, language),
        team=text.team,
        problem=wrong,
        lines=[],
    )


def _shown(text: CannedText | None, language: str) -> dict[str, Any] | None:
    """Return a text as a page shows it: the names of its slots in its own language, and the labels of the
    moves that it suits."""
    if text is None:
        return None
    return {
        "id": text.id,
        "title": text.title,
        "text": with_names(text.language, text.text),
        "language": text.language,
        "moves": [label(language, move, "move") for move in text.moves if move in suited()],
        "version": text.version,
    }


def _team(language: str, found: Roster, id: str) -> str:
    return found.team_name(id, language) if id else pages.say(language, "canned.all_teams")
