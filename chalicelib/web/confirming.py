"""How a party confirms on the page what gives something up: a one-time code by mail, or, without a confirmed
address, by telephone or on paper. What they have typed goes from page to page with them, in fields that
nobody sees."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from chalice import Response

from chalicelib.access.authorization import CLOCK, Caller
from chalicelib.cases.casework import Conflict, Once, Unavailable, once
from chalicelib.domain.engine.declare import MOVES, named
from chalicelib.domain.engine.sending_limits import UNCONFIRMED_A_DAY
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Confirmed, Party, Refusal
from chalicelib.domain.model.codes import ConfirmedBy, Role, Way
from chalicelib.domain.moves.offers import offer
from chalicelib.domain.moves.parties import confirm_address, send_link, takes_codes
from chalicelib.domain.moves.work import message
from chalicelib.locale.formats import choice, masked
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
"""Refusals after which the code is asked for on its page."""
INSTEAD = ("address_unconfirmed", "address_new", "code_unsent")
"""Refusals after which somebody is told what they can do without a code."""
OWN = frozenset({"code", "way"})
"""Fields of these pages themselves, which are not carried on."""
MEANWHILE = named(confirm_address)
"""Moves that somebody takes between their form and its confirmation, so that they need not be told of them as
new."""


def taken(
    request: Any,
    caller: Caller,
    name: str,
    said: dict[str, Any],
    key: Once | None,
    seen: int | None,
    code: str,
) -> Case:
    """Take a party's move, with the code by which they confirm it. A request that comes again after it was
    done finds what it did, since its code is used up by then."""
    if not code or (key and product.file.remembered(key)):
        return product.casework.move(name, caller.ref, _signed_in(request, caller), said, key, seen)
    with product.codes.confirming(caller, name, said, code, client(request)) as confirmed:
        return product.casework.move(name, caller.ref, confirmed, said, key, seen)


def _signed_in(request: Any, caller: Caller) -> Caller:
    """Whether the company's representative is signed in at the desk as that member of staff, which shows who
    they are. It does not count when they were disabled or signed out there."""
    if not caller.roles & Role.BUSINESS_REP:
        return caller
    try:
        staff = callers.staff(request)
    except signin.Refused:
        return caller
    if staff is None or product.file.load(caller.ref).party(caller.party).colleague != staff.who:
        return caller
    return replace(caller, confirmed=Confirmed(ConfirmedBy.SIGNED_IN, client(request)))


def client(request: Any) -> dict[str, str]:
    """What is recorded of the program that somebody uses: its family, and a keyed hash of its network
    address, never the address itself."""
    return {
        "agent": callers.agent(request),
        "network": product.lookups.of(f"network {callers.network(request)}")[0][:16],
    }


def ask(
    request: Any, view: View, name: str, form: pages.Form, said: dict[str, Any], refusal: Refusal
) -> Response:
    """The page on which the code is entered; one is sent when none was asked for yet, or another one is
    wanted. To whom none can be sent it says what they can do instead."""
    wrong: Exception | None = refusal
    if refusal.code == "code_needed":
        try:
            product.codes.send(view.caller, name, said)
            wrong = None
        except (Refusal, Conflict, Unavailable) as unsent:
            if isinstance(unsent, Refusal) and unsent.code in INSTEAD:
                return instead(request, view, name, form)
            wrong = unsent
    return _page(request, view, name, form, "case_code.html", problem=wrong and problem(view.language, wrong))


def instead(request: Any, view: View, name: str, form: pages.Form) -> Response:
    """The page for somebody to whom no code can be sent: they confirm their address first, are called by
    phone, or do it on paper. What they have asked for by its buttons is done first, and is not shown to them
    as new afterwards."""
    caller, seen = view.caller, form["seen"]
    if form["way"] == "address":
        with suppress(Refusal):  # the letter was sent just now
            sent = product.casework.move(send_link.__name__, caller.ref, CLOCK, {"party": caller.party})
            seen = str(sent.entries)
    if form["way"] == "call":
        about = " ".join(filter(None, [choice(view.language, name), form["obligation"], form["offer"]]))
        said = pages.say(view.language, "consumer.code.call_me", what=about)
        text = "\n".join([said, *(": ".join(line) for line in _typed(view, name, form))])
        move = message.__name__
        asked = request_models.arguments(move, json.dumps({"text": text}), product.now())
        key = once(caller, f"{caller.ref}/call", form["key"], text)
        callers.counted(caller, move, caller.ref, key)
        seen = str(product.casework.move(move, caller.ref, caller, asked, key).entries)
    why = _why(view.party)
    shown = {"why": why, "done": form["way"], "links_a_day": UNCONFIRMED_A_DAY}
    return _page(request, view, name, form, "case_unconfirmed.html", seen, **shown)


def _why(party: Party) -> str:
    """Why no code can be sent to somebody now."""
    try:
        takes_codes(party, product.now())
    except Refusal as refusal:
        return "new" if refusal.code == "address_new" else "not_yet" if party.way == Way.EMAIL else "no_mail"
    return "unsent"


def _page(
    request: Any, view: View, name: str, form: pages.Form, template: str, seen: str = "", **shown: Any
) -> Response:
    person = view.dossier.people.get(view.party.id) or {}
    kept = [
        (field, seen or value if field == "seen" else value)
        for field, value in form.pairs()
        if field not in OWN
    ]
    wrong, team = shown.get("problem"), product.file.roster().teams.get(view.case.team)
    return pages.page(
        request,
        template,
        status=wrong.status if wrong else 200,
        move=name,
        warns=MOVES[name].warns,
        kept=kept,
        phone=team.phone if team else "",
        typed=list(_typed(view, name, form)),
        to=masked(person.get("email") or ""),
        rings=bool(person.get("phone")),
        **shown,
    )


def _typed(view: View, name: str, form: pages.Form) -> Iterator[tuple[str, str]]:
    """What somebody is about to do: which promise or offer it is about, and the words that they have typed,
    each with its label."""
    offers = view.case.talks.dispute.offers if view.case.talks.dispute else ()
    about = [
        *(case_owed.called(one, view.language) for one in view.owed() if one.id == form["obligation"]),
        *(view.words(one.entry, offer).get("terms") for one in offers if one.id == form["offer"]),
    ]
    yield from ((pages.say(view.language, "consumer.code.about"), one) for one in about if one)
    for field in MOVES[name].parameters:
        if field in MOVES[name].personal and form[field]:
            yield forms.word(view.language, "label", name, field), form[field]
