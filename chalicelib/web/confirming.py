"""Confirmation of a move by which a party gives something up: by a one-time code, by telephone or on paper.

The code is mailed to a confirmed address. A party without a confirmed address confirms by telephone or on
paper. Hidden form fields carry the typed words from page to page."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from chalice import Response

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.cases.casework import Once, Unavailable, WriteConflict, once
from chalicelib.domain.engine.declare import MOVES, move_names
from chalicelib.domain.engine.sending_limits import UNCONFIRMED_A_DAY
from chalicelib.domain.model.case import Case, Confirmed, Party, Refusal
from chalicelib.domain.model.codes import ConfirmedBy, Role, Way
from chalicelib.domain.moves.messages import message
from chalicelib.domain.moves.offers import offer
from chalicelib.domain.moves.parties import confirm_address, send_link, takes_codes
from chalicelib.locale.formats import choice, masked
from chalicelib.locale.lengths import lengths
from chalicelib.web import callers, forms, pages, request_models, signin
from chalicelib.web.pages.consumer import obligations as case_owed
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.problems import problem
from chalicelib.wiring import product

ASKED = (
    "code_needed",
    "code_unknown",
    "code_wrong",
    "code_used",
    "code_late",
    "code_spent",
    "code_of_another_act",
)
"""The refusals (by code) after which the page asks the party for a one-time code."""
INSTEAD = ("address_unconfirmed", "address_new", "code_unsent")
"""The refusals (by code) after which the page tells the party how to confirm without a code."""
OWN = frozenset({"code", "way"})
"""The form fields of the confirmation pages themselves. These pages repeat all other fields as hidden
fields."""
MEANWHILE = move_names(confirm_address)
"""The moves that a party may take between opening a form and confirming it. The form does not tell the party
about them as news."""


def taken(
    request: Any,
    caller: Caller,
    name: str,
    body: dict[str, Any],
    key: Once | None,
    seen: int | None,
    code: str,
) -> Case:
    """Take the party's move `name` with the arguments `body`, and return the case. `key`: makes the request
    idempotent. `seen`: the last entry that the party has seen. `code`: the one-time code that confirms the
    move, or "".

    A repeated request returns its first result. Its code is not checked again, because the code is used
    up."""
    if not code or (key and product.file.remembered(key)):
        return product.casework.move(name, caller.ref, _signed_in(request, caller), body, key, seen)
    with product.codes.confirming(caller, name, body, code, client(request)) as confirmed:
        return product.casework.move(name, caller.ref, confirmed, body, key, seen)


def _signed_in(request: Any, caller: Caller) -> Caller:
    """Return the caller. The company's representative counts as confirmed if they are also signed in at the
    desk as the same member of staff. A disabled or signed-out account at the desk confirms nothing."""
    if not caller.roles & Role.BUSINESS_REP:
        return caller
    try:
        staff = callers.staff(request)
    except signin.Refused:
        return caller
    if staff is None or product.file.load(caller.ref).party(caller.party).colleague != staff.who:
        return caller
    return caller.with_confirmation(Confirmed(ConfirmedBy.SIGNED_IN, client(request)))


def client(request: Any) -> dict[str, str]:
    """Return what is recorded of the party's device: the browser family, and a keyed hash of the network. The
    network address itself is never recorded."""
    return {
        "agent": callers.agent(request),
        "network": product.lookups.of(f"network {callers.network(request)}")[0][:16],
    }


def ask(
    request: Any, view: View, name: str, form: pages.Form, body: dict[str, Any], refusal: Refusal
) -> Response:
    """Send a one-time code if the refusal is `code_needed`, and return the page on which the party types the
    code. `name` and `body`: the move to confirm and its arguments. `form`: the posted form. `refusal`: why
    the move was refused so far.

    If this party cannot get a code, return the page of `instead`."""
    wrong: Exception | None = refusal
    if refusal.code == "code_needed":
        try:
            product.codes.send(view.caller, name, body)
            wrong = None
        except (Refusal, WriteConflict, Unavailable) as unsent:
            if isinstance(unsent, Refusal) and unsent.code in INSTEAD:
                return instead(request, view, name, form)
            wrong = unsent
    return _page(request, view, name, form, "case_code.html", problem=wrong and problem(view.language, wrong))


def instead(request: Any, view: View, name: str, form: pages.Form) -> Response:
    """Return the page for a party who cannot get a one-time code. It explains how to confirm the e-mail
    address, how to ask for a call, or how to use paper.

    `form["way"]` names the button that the party pressed, if any, and is acted on first. For `address`, a new
    confirmation link is sent. For `call`, a message on the case asks for a call."""
    caller, seen = view.caller, form["seen"]
    if form["way"] == "address":
        with suppress(Refusal):  # refused if the link was sent a moment ago
            sent = product.casework.move(send_link.__name__, caller.ref, CLOCK, {"party": caller.party})
            seen = str(sent.entries)
    if form["way"] == "call":
        about = " ".join(filter(None, [choice(view.language, name), form["obligation"], form["offer"]]))
        said = pages.say(view.language, "consumer.code.call_me", what=about)
        text = "\n".join([said, *(": ".join(line) for line in _typed(view, name, form))])
        move = message.__name__
        asked = request_models.arguments(move, json.dumps({"text": text}), product.now())
        key = once(caller, f"{caller.ref}/call", form["key"], text)
        callers.count_move(caller, move, caller.ref, key)
        seen = str(product.casework.move(move, caller.ref, caller, asked, key).entries)
    return _page(
        request,
        view,
        name,
        form,
        "case_unconfirmed.html",
        seen,
        why=_why(view.party),
        done=form["way"],
        links_a_day=UNCONFIRMED_A_DAY,
        lengths=lengths(view.language, view.case.policy),
    )


def _why(party: Party) -> str:
    """Return why the party cannot get a code now. `new`: the address is too new. `not_yet`: the address is
    unconfirmed. `no_mail`: there is no e-mail address. `unsent`: the sending failed."""
    try:
        takes_codes(party, product.now())
    except Refusal as refusal:
        return "new" if refusal.code == "address_new" else "not_yet" if party.way == Way.EMAIL else "no_mail"
    return "unsent"


def _page(
    request: Any, view: View, name: str, form: pages.Form, template: str, seen: str = "", **shown: Any
) -> Response:
    person = view.dossier.people.get(view.party.id) or {}
    wrong, team = shown.get("problem"), product.file.roster().teams.get(view.case.team)
    return pages.page(
        request,
        template,
        status=wrong.status if wrong else 200,
        move=name,
        warns=MOVES[name].warns,
        kept=[
            (field, seen or value if field == "seen" else value)
            for field, value in form.pairs()
            if field not in OWN
        ],
        phone=team.phone if team else "",
        typed=list(_typed(view, name, form)),
        to=masked(person.get("email") or ""),
        rings=bool(person.get("phone")),
        **shown,
    )


def _typed(view: View, name: str, form: pages.Form) -> Iterator[tuple[str, str]]:
    """Yield (label, text) of what the party is about to confirm: first the obligation or offer that the move
    is about, then each free text of the form."""
    offers = view.case.talks.dispute.offers if view.case.talks.dispute else ()
    about = [
        *(
            case_owed.obligation_label(one, view.language)
            for one in view.visible_obligations()
            if one.id == form["obligation"]
        ),
        *(view.words(one.entry, offer).get("terms") for one in offers if one.id == form["offer"]),
    ]
    yield from ((pages.say(view.language, "consumer.code.about"), one) for one in about if one)
    for field in MOVES[name].parameters:
        if field in MOVES[name].personal and form[field]:
            yield forms.word(view.language, "label", name, field), form[field]
