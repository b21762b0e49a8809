"""Filing of a complaint from a request body. In a report of danger, parts that are invalid are set aside and
the rest is filed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from hashlib import sha256
from operator import getitem
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chalicelib.access.authorization import STAFF, Caller
from chalicelib.access.rate_limits import TooMany
from chalicelib.cases.casework import Once
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import FiledAs, Hurt, Role, Route, Sector
from chalicelib.domain.moves.intake import DANGER, submit
from chalicelib.domain.policy import policy
from chalicelib.domain.timeline import canonical
from chalicelib.locale.formats import label
from chalicelib.view.safety import advice
from chalicelib.web import inputs, request_models
from chalicelib.web.callers import ANYBODY, neighbourhood
from chalicelib.web.forms import word
from chalicelib.web.pages import say
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import MissingPart, Reported, Warned

MOST_UNREAD = 20_000
"""The most characters kept of the invalid parts of a report of danger. The names of the fields count too."""
NOTHING_SAID: dict[str, Any] = {
    "person": {},
    "account": {"story": "—"},
    "wishes": ["explanation"],
    "consents": {"truthful": False, "data_use": False},
}
"""Substitutes for required parts of a complaint: field → value. They are used if a report of danger lacks
these parts."""
KIND = {Hurt.HURT: "injury", Hurt.COULD_BE: "hazard"}
"""The subtype of the safety matter that is filed if a report of danger names no matter. The key is the answer
to the question about danger (`hurt`)."""


def file(
    caller: Caller, raw: bytes | str, once: Once | None, network: str, here: str = ""
) -> tuple[Case, dict[str, str]]:
    """File the complaint in a request body. Return the case, and the parts that were set aside: JSON pointer
    → text. `raw`: the body. `once`: the idempotency key. `network`: the sender's network.
    `here`: the number of the complaint that is open in the sender's browser.

    A report that a person was or could be hurt is accepted from every caller. Its invalid parts are set aside
    as they were sent, and its missing parts as "". Beyond the sender's limit it is filed, but no mail is sent
    about it.

    For any other body, raises ValidationError for wrong fields, TooMany beyond the limit, or another Refusal.
    A repeated request is not counted again. Its case was read from the store, so `kept` is not empty."""
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
            content = sha256(canonical(inputs.parsed(text)).encode()).hexdigest()
            case = product.casework.submit(caller, said, once, mailed, neighbourhood(network), here, content)
            return case, unread
        except (ValidationError, Refusal) as error:
            before, text = text, json.dumps(_less(body, error, unread) if warns else body, ensure_ascii=False)
            if not warns or text == before:
                raise


def lacks(body: Mapping[str, Any]) -> ValidationError | Refusal | None:
    """Return the error that filing this body would raise, or None if it would raise none. Nothing is
    filed."""
    now = product.now()
    try:
        said = request_models.arguments(submit.__name__, json.dumps(body, ensure_ascii=False), now)
        by = product.casework.act(ANYBODY, Role.CONSUMER, now)
        submit(None, by, ref="", rules=product.policy.name, known_by=(), **said)
        product.casework.refuse_ours(submit.__name__, said)
    except (ValidationError, Refusal) as error:
        return error
    return None


def _within(caller: Caller, said: dict[str, Any], network: str, warns: bool) -> bool:
    """Count a complaint under its sender, so that no sender can use up another's limit. The sender is a
    member of staff, a partner's key, or a network together with the contact in the complaint (`said`).

    Return whether mail may be sent: False for a report of danger (`warns`) beyond the limit. Raises TooMany
    for any other complaint beyond the limit."""
    if caller.roles & STAFF:
        sender = {"account": caller.who}
    elif caller.roles & Role.PARTNER:
        sender = {"key": caller.who}
    else:
        sender = {"network": network, "address": said["person"].email or said["person"].phone or ""}
    try:
        product.ceilings.take("filing", **sender)
    except TooMany:
        if not warns:
            raise
        return False
    return True


def warned(language: str, case: Case, unread: Iterable[str]) -> Warned:
    """Return the start of the answer to a report of danger: the safety advice, and the parts still needed.
    `unread`: the JSON pointers of the parts that were set aside."""
    return {
        "advice": [label(language, step, "safety_step") for step in advice(case)],
        "asked": lacking(language, case, unread),
    }


def reported(language: str, case: Case) -> Reported:
    """Return what the answer to a report of a violation says besides: what we do with it, and the
    authorities that examine it."""
    return {"report": say(language, "consumer.done.report"), "routes": [*authorities(case)]}


def authorities(case: Case) -> tuple[Route, ...]:
    """Return the authorities that are in charge of what a case is about."""
    return policy(case.policy).competent(case.sectors)


def all_authorities(rules: str) -> tuple[Route, ...]:
    """Return the authorities in charge of anything that a case can be about. `rules`: the name of the
    policy."""
    return policy(rules).competent((Sector.GENERAL, *Sector))


def lacking(language: str, case: Case, unread: Iterable[str]) -> list[MissingPart]:
    """Return the parts of a complaint that are still needed, each as {pointer, label}. These are the parts
    set aside (`unread`, as JSON pointers) and, after a report of danger, the missing consents."""
    needed = ("truthful", "data_use", "sensitive") if case.intake.hurt in DANGER else ()
    consents = [f"/consents/{name}" for name in needed if name not in case.intake.consents]
    asked = dict.fromkeys([*unread, *consents])
    return [{"pointer": pointer, "label": part_label(language, pointer)} for pointer in asked]


def part_label(language: str, pointer: str) -> str:
    """Return the label that the complaint form has for a part of the request body. `pointer`: the JSON
    pointer of the part. A part that is on no form keeps its own name."""
    try:
        return word(language, "label", submit.__name__, pointer[1:].replace("/", "."))
    except KeyError:
        return pointer[1:]


def _read(raw: bytes | str) -> dict[str, Any]:
    """Return the body as a dict; an empty dict if it is not a JSON object."""
    try:
        said = inputs.parsed(raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _warns(body: dict[str, Any], unread: dict[str, str]) -> bool:
    """Return whether a body reports that a person was or could be hurt (`hurt`). If a body has a safety
    matter and no valid `hurt`, `hurt` is set to "could be" in `body`, and the invalid value is noted in
    `unread`."""
    matters = body["matters"] if isinstance(body.get("matters"), list) else []
    kinds = [matter.get("type") for matter in matters if isinstance(matter, dict)]
    if body.get("hurt") not in list(Hurt) and "safety" in kinds:
        unread["/hurt"], body["hurt"] = str(body.get("hurt") or ""), Hurt.COULD_BE
    return body.get("hurt") in [*DANGER]


def _less(body: dict[str, Any], error: ValidationError | Refusal, unread: dict[str, str]) -> dict[str, Any]:
    """Return the body of a report of danger without the parts named by an error. Each required part that is
    missing is replaced by a substitute. Removed parts are added to `unread`. Items of a list are removed from
    the end, so that the indexes in the error stay right."""
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
    if not body.get("wishes") and body.get("filed_as") != FiledAs.REPORT:
        unread.setdefault("/wishes", "")
    least = NOTHING_SAID | {"matters": [{"type": "safety", "sub_type": KIND[Hurt(body["hurt"])]}]}
    return body | {
        name: value | body.get(name, {}) if isinstance(value, dict) else body.get(name) or value
        for name, value in least.items()
    }


def _places(error: ValidationError | Refusal) -> Iterator[tuple[tuple[Any, ...], int | None]]:
    """Yield (path, length) for each faulty part that an error names. `length` is the longest allowed text if
    the text is too long, else None. If a part is missing and has no substitute, the path is that of the
    object around it."""
    if isinstance(error, Refusal):
        named = (error.field or "").split("/")
        yield tuple(int(part) if part.isdecimal() else part for part in named)[:2], None
        return
    for one in error.errors(include_url=False, include_input=False):
        place, kind = one["loc"], one["type"]
        whole = kind == "missing" and len(place) > 1 and place[-1] not in NOTHING_SAID.get(str(place[0]), ())
        fits = one["ctx"]["max_length"] if kind == "string_too_long" else None
        yield place[:-1][:2] if whole else place[:2], fits
