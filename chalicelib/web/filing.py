"""Filing of a complaint from a request body. Of a report of danger, everything readable is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chalicelib.access.authorization import STAFF, Caller
from chalicelib.access.rate_limits import TooMany
from chalicelib.cases.casework import Once
from chalicelib.domain.addresses import mailbox
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Hurt, Role
from chalicelib.domain.moves.intake import DANGER, submit
from chalicelib.web import inputs, request_models
from chalicelib.web.callers import ANYBODY, neighbourhood
from chalicelib.web.forms import word
from chalicelib.web.pages import say
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import MissingPart, Warned

MOST_UNREAD = 20_000
"""The most characters kept of parts that could not be read, counted with the names of their fields."""
NOTHING_SAID: dict[str, Any] = {
    "person": {},
    "account": {"story": "—"},
    "wishes": ["explanation"],
    "consents": {"truthful": False, "data_use": False},
}
"""Values for the parts that every complaint needs and a report of danger may leave out."""
KIND = {Hurt.HURT: "injury", Hurt.COULD_BE: "hazard"}
"""The subtype of the matter that a report of danger gets if it names none."""


def file(caller: Caller, raw: bytes | str, once: Once | None, network: str) -> tuple[Case, dict[str, str]]:
    """File the complaint in a request body, sent from a network. Return the case, and the unread parts of a
    report of danger.

    A report that a person was or could be hurt is kept from every caller. A wrong part of it is set aside as
    it was sent, by its JSON pointer; a missing part is noted as empty text. Beyond its sender's ceiling the
    report is kept without a mail. Any other body raises ValidationError or Refusal (TooMany among them),
    which say what is wrong with it. A repeated request is not counted again."""
    body, unread = _read(raw), dict[str, str]()
    warns = _warns(body, unread)
    text, mailed = json.dumps(body) if unread else raw, None
    while True:
        try:
            said = request_models.arguments(submit.__name__, text, product.now()) | (
                {"unread": unread} if unread else {}
            )
            if "/wishes" in unread and not body.get("wishes"):
                said["wishes"] = ()
            if mailed is None:
                repeated = product.casework.repeats(caller, said, once)
                mailed = repeated or _within(caller, said, network, warns)
            return product.casework.submit(caller, said, once, mailed, neighbourhood(network)), unread
        except (ValidationError, Refusal) as error:
            before, text = text, json.dumps(_less(body, error, unread) if warns else body, ensure_ascii=False)
            if not warns or text == before:
                raise


def lacks(body: Mapping[str, Any]) -> ValidationError | Refusal | None:
    """Return the error that keeps a body from being filed, or None. The check writes nothing."""
    now = product.now()
    try:
        said = request_models.arguments(submit.__name__, json.dumps(body, ensure_ascii=False), now)
        by = product.casework.act(ANYBODY, Role.CONSUMER, now)
        submit(None, by, ref="", rules=product.casework.policy, known_by=(), **said)
        product.casework.refuse_ours(submit.__name__, said)
    except (ValidationError, Refusal) as error:
        return error
    return None


def _within(caller: Caller, said: dict[str, Any], network: str, warns: bool) -> bool:
    """Count a complaint under its sender, so that no other sender can use up the limit. A sender is a member
    of staff, a partner's key, or a network with the contact that it names.

    Returns False for a report of danger beyond a ceiling, else True. Raises TooMany for any other complaint
    beyond it. The mails from one sender to one address are limited where they are sent."""
    if caller.roles & STAFF:
        sender = {"account": caller.who}
    elif caller.roles & Role.PARTNER:
        sender = {"key": caller.who}
    else:
        named = said["person"].email or said["person"].phone or ""
        sender = {"network": network, "address": mailbox(named)}
    try:
        product.ceilings.take("filing", **sender)
    except TooMany:
        if not warns:
            raise
        return False
    return True


def warned(language: str, case: Case, unread: Iterable[str]) -> Warned:
    """Return the first answer to a report of danger: the advice on what to do now, and the parts still asked
    for."""
    steps = ("emergency", "stop", "keep", "leave", "care")
    advice = [say(language, f"consumer.parts.safety.{step}") for step in steps]
    return {"advice": advice, "asked": lacking(language, case, unread)}


def lacking(language: str, case: Case, unread: Iterable[str]) -> list[MissingPart]:
    """Return the parts still asked for after a report of danger, as {pointer, label}: unread parts and
    missing consents."""
    needed = ("truthful", "data_use", "sensitive") if case.intake.hurt in DANGER else ()
    consents = [f"/consents/{name}" for name in needed if name not in case.intake.consents]
    asked = dict.fromkeys([*unread, *consents])
    return [{"pointer": pointer, "label": part_label(language, pointer)} for pointer in asked]


def part_label(language: str, pointer: str) -> str:
    """Return the label of a part of a complaint on its form. A part that no form has keeps its own name."""
    try:
        return word(language, "label", submit.__name__, pointer[1:].replace("/", "."))
    except KeyError:
        return pointer[1:]


def _read(raw: bytes | str) -> dict[str, Any]:
    """Return the fields of a body that is a JSON object; an empty dict for any other body."""
    try:
        said = inputs.parsed(raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _warns(body: dict[str, Any], unread: dict[str, str]) -> bool:
    """Return whether a body reports that a person was or could be hurt. Without a valid answer to that
    question, a matter of safety counts as "could be"; `body` and `unread` are changed accordingly."""
    matters = body["matters"] if isinstance(body.get("matters"), list) else []
    kinds = [matter.get("type") for matter in matters if isinstance(matter, dict)]
    if body.get("hurt") not in list(Hurt) and "safety" in kinds:
        unread["/hurt"], body["hurt"] = str(body.get("hurt") or ""), Hurt.COULD_BE
    return body.get("hurt") in [*DANGER]


def _less(body: dict[str, Any], error: ValidationError | Refusal, unread: dict[str, str]) -> dict[str, Any]:
    """Return the body of a report of danger without the parts that an error names, the last of a list first.
    Each part that a complaint needs gets a substitute. The removed parts are added to `unread`."""
    places = sorted(_places(error), key=lambda one: [str(part).zfill(9) for part in one[0]], reverse=True)
    left = MOST_UNREAD - sum(map(len, (*unread, *unread.values())))
    for place, fits in dict(places).items():
        inside = reduce(getitem, place[:-1], body)
        there = place[-1] in (inside if isinstance(inside, dict) else range(len(inside)))
        value = inside.pop(place[-1]) if there else ""
        if fits is not None:
            inside[place[-1]], value = value[:fits], value[fits:]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        pointer = "/" + "/".join(map(str, place))
        if left > len(pointer):
            unread[pointer] = text[: left - len(pointer)]
            left -= len(pointer) + len(unread[pointer])
    least = NOTHING_SAID | {"matters": [{"type": "safety", "sub_type": KIND[Hurt(body["hurt"])]}]}
    return body | {
        name: value | body.get(name, {}) if isinstance(value, dict) else body.get(name) or value
        for name, value in least.items()
    }


def _places(error: ValidationError | Refusal) -> Iterator[tuple[tuple[Any, ...], int | None]]:
    """Yield the places that an error names; for a text that is too long, with the length that fits. If a
    missing part has no substitute, yield the place of the part that contains it."""
    if isinstance(error, Refusal):
        named = (error.field or "").split("/")
        yield tuple(int(part) if part.isdecimal() else part for part in named)[:2], None
        return
    for one in error.errors(include_url=False, include_input=False):
        place, kind = one["loc"], one["type"]
        whole = kind == "missing" and len(place) > 1 and place[-1] not in NOTHING_SAID.get(str(place[0]), ())
        fits = one["ctx"]["max_length"] if kind == "string_too_long" else None
        yield place[:-1][:2] if whole else place[:2], fits
