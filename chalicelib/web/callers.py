"""The caller of a request. The server learns who calls from an access link, a session or a bearer key, never
from the body."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Any, NamedTuple

from chalicelib.access.authorization import STAFF, Caller, NotFound
from chalicelib.cases.casework import Once
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.link_expiry import refuse_ended
from chalicelib.domain.model.case import Case, Party, Refusal
from chalicelib.domain.model.case_records import Question
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.logs import carry
from chalicelib.web import inputs, partners
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Unauthenticated, forbid_unless
from chalicelib.wiring import product

CASE_COOKIE, DESK_COOKIE, QUESTION_COOKIE = "__Host-case", "__Host-desk", "__Host-question"
PHRASED, PHRASED_AS, PHRASE_LASTS = "said_", "PHRASED", timedelta(hours=1)
"""Constants of a sign-in by case number and passphrase. `PHRASED`: the first characters of the secret in the
case cookie. `PHRASED_AS`: the kind of row under which the session is stored. `PHRASE_LASTS`: how long the
session lasts."""
AGENTS = ("MicroMessenger", "Edg", "OPR", "Firefox", "Chrome", "Safari")
"""Browser families, each by the word that names it in the User-Agent header. If a header names several
families, the first of them in this order counts."""
FILER, FIRST = "p1", 1
"""The party id of the person who filed, and the generation of a party's first access link and passphrase."""
ANYBODY = Caller("consumer", Role.CONSUMER, channel=Channel.WEB)
"""The caller of a request without credentials. This caller may file a complaint and do nothing else."""


def by_token(ref: str, token: str, network: str) -> Caller:
    """Return the party whose access link has this token, as a caller. `ref`: the case number. `network`: the
    caller's network.

    Raises the same NotFound for an unknown number, a wrong token and a party who has left the case. Raises
    Refusal if the token is right: `link_ended` if the links of the case have ended, `your_data_destroyed` if
    its personal data are destroyed, `case_lost` if a restore of the table undid the case."""
    number = inputs.number(ref)
    party_id = product.links.party(token)
    case = _found(number, lambda: product.links.fits(token, number, party_id, FIRST))
    for party in case.parties:
        if not party.left and any(
            product.links.fits(token, case.ref, party.id, generation) for generation in party.generations
        ):
            refuse_ended(case, product.now())
            return of_party(case, party, network=network)
    product.meters.count("WrongLink")
    raise NotFound(ref)


class AskedByLink(NamedTuple):
    """A question to a department, opened by the link of a person who may answer it. `caller`: this person.
    `case`: the case of the question."""

    caller: Caller
    case: Case
    question: Question


def by_question(ref: str, token: str, network: str) -> AskedByLink:
    """Return the question whose link has this token, and the person of the department whose link it is. The
    roster of today decides who is in the department. The question may be answered already.

    Raises the same NotFound for an unknown number, a wrong token and a person who left the department. Such a
    try is counted. Raises TooMany beyond the limit."""
    with suppress(NotFound):
        case = product.file.load(inputs.number(ref))
        asked = next((one for one in case.inquiry.questions if one.id == product.links.party(token)), None)
        people = product.file.roster().answering(asked.department) if asked else {}
        for who, roles in people.items():
            if asked and product.links.asks(token, case.ref, asked.id, who):
                carry(ref=case.ref)
                teams = frozenset({asked.department})
                return AskedByLink(Caller(who, roles, teams, network=network), case, asked)
    product.meters.count("WrongLink")
    product.ceilings.take("question", network=network)
    raise NotFound(ref)


def by_phrase(ref: str, phrase: str) -> str:
    """Start a short session for a party who gives a case number (`ref`) and the passphrase. Return the value
    of the case cookie. It holds the secret of the session, never the token of an access link. Raises NotFound
    if the number and the passphrase do not match. Raises Refusal `case_lost` if they match and a restore of
    the table undid the case."""
    number = inputs.number(ref)
    case = _found(number, lambda: product.links.says(phrase, number, FILER, FIRST))
    for party in case.parties:
        if party.says_phrase and product.links.says(phrase, case.ref, party.id, party.generation):
            secret = PHRASED + secrets.token_urlsafe(32)
            whose = {"ref": case.ref, "party": party.id, "generation": party.generation}
            product.sessions.keep(PHRASED_AS, secret, whose, product.now() + PHRASE_LASTS)
            return f"{case.ref}.{secret}"
    product.meters.count("WrongPassphrase")
    raise NotFound(ref)


def _found(ref: str, proven: Callable[[], bool]) -> Case:
    """Return the case with this number. Raises NotFound for an unknown number. If a restore of the table
    undid the case, and `proven` returns that the caller is one of its people, raises Refusal `case_lost`."""
    try:
        return product.file.load(ref)
    except NotFound:
        if proven():
            refuse_lost(ref)
        raise


def refuse_lost(ref: str) -> None:
    """Raise Refusal `case_lost` if a restore of the table undid the case with this number. The caller of this
    function has checked that the reader may know it."""
    if lost := product.file.lost(ref):
        raise Refusal("case_lost", received=lost.received or lost.at) from None


def _phrased(ref: str, secret: str) -> Caller | None:
    """Return the party of a passphrase session. `ref` and `secret` come from the case cookie. Return None if
    the session has ended or the passphrase was replaced."""
    kept = product.sessions.find(PHRASED_AS, secret, product.now())
    if kept is None or kept.get("ref") != ref:
        return None
    case = product.file.load(ref)
    for party in case.parties:
        if (party.id, party.generation) == (kept["party"], kept["generation"]) and party.says_phrase:
            return of_party(case, party, by_phrase=True)
    return None


def party(request: Any) -> Caller | None:
    """Return the party whom the case cookie identifies. The cookie was set by an access link or by a
    passphrase.

    Return None without a cookie or with an ended passphrase session. Raises NotFound for a revoked link,
    Refusal `link_ended` for an ended link."""
    ref, _, token = cookies(request).get(CASE_COOKIE, "").partition(".")
    if token.startswith(PHRASED):
        return _phrased(ref, token)
    return by_token(ref, token, network(request)) if token else None


def staff(request: Any) -> Caller | None:
    """Return the member of staff whose session the desk cookie names. Return None without a session, or when
    it has ended. Raises signin.Refused for an account that is disabled or signed out."""
    from chalicelib.web import signin

    sid = cookies(request).get(DESK_COOKIE)
    return signin.session(sid) if sid else None


def bearer(request: Any, scope: Scope | None = None) -> Caller:
    """Return the caller of an API request, by the credential in the header `Authorization: Bearer`. The
    credential is the token of a case's access link, the ID token of a member of staff, or a partner's key.
    `scope`: what a partner's key must permit.

    Raises Unauthenticated for a missing or invalid credential. Raises NotFound for a wrong access link.
    Raises Refusal for an access link that has ended, or for a partner's key without `scope`."""
    kind, _, token = (request.headers.get("authorization") or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated
    if token.startswith(partners.KEY):
        return partners.caller(token, scope)
    if token.count(".") == 2:
        from chalicelib.web import signin

        try:
            return signin.bearer(token)
        except signin.Refused as refused:
            raise Unauthenticated from refused
    return by_token((request.uri_params or {}).get("ref", ""), token, network(request))


def partner(request: Any, scope: Scope) -> Caller:
    """Return the partner system that makes an API request. Raises AccessForbidden for any other caller, and
    what `bearer` raises."""
    caller = bearer(request, scope)
    forbid_unless(caller.is_partner)
    return caller


def count_move(caller: Caller, move: str, ref: str, key: Once | None) -> None:
    """Count a move by which a party or a partner adds to the case `ref`. Other moves are not counted, nor
    those of staff, nor a repetition of a request with the same idempotency `key`. Raises TooMany if the
    sender has reached the limit."""
    if MOVES[move].counted and not caller.roles & STAFF and not (key and product.file.remembered(key)):
        product.ceilings.take("message", account=account(caller, ref))


def looked_for(request: Any, contact: str) -> None:
    """Count a request for an access link. It counts under the network together with the e-mail address or
    telephone number in `contact`. Raises TooMany beyond the limit."""
    product.ceilings.take("finding", network=network(request), address=contact)


def account(caller: Caller, ref: str) -> str:
    """Return the key under which a caller's additions to a case are counted. The key contains the case
    number, because a partner writes on many cases and has a limit for each."""
    return f"{ref}/{caller.who}"


def network(request: Any) -> str:
    """Return the network of a request: the IPv4 address, or the first 64 bits of an IPv6 address, which one
    household shares. The address is the one that API Gateway saw. Headers are not trusted, because callers
    write them."""
    address = str(request.context.get("identity", {}).get("sourceIp") or "")
    return ":".join(IPv6Address(address).exploded.split(":")[:4]) if ":" in address else address


def neighbourhood(network: str) -> str:
    """Return the first 48 bits of an IPv6 network, because one customer of a provider can hold that many
    addresses. Return an IPv4 address unchanged."""
    return ":".join(network.split(":")[:3])


def agent(request: Any) -> str:
    """Return the browser family that the User-Agent header names; `other` for an unknown family."""
    named = request.headers.get("user-agent") or ""
    return next((family for family in AGENTS if family in named), "other")


def token(case: Case, caller: Caller) -> str:
    """Return the token of the party's newest access link. While a new address waits for confirmation, a party
    has two links, and the newest is the one that stays valid afterwards."""
    return product.links.token(case.ref, caller.party, case.party(caller.party).generations[-1])


def cookies(request: Any) -> dict[str, str]:
    """Return the cookies of a request by name. If a name occurs twice, the first cookie counts."""
    found: dict[str, str] = {}
    for part in (request.headers.get("cookie") or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found


def of_party(case: Case, party: Party, network: str = "", by_phrase: bool = False) -> Caller:
    """Return a party of a case as a caller, in the role that they have on the case. `network`, `by_phrase`:
    see `Caller`."""
    carry(ref=case.ref)
    return Caller(
        party.id,
        party.role,
        ref=case.ref,
        party=party.id,
        channel=Channel.WEB,
        by_phrase=by_phrase,
        network=network,
        seen=case,
    )
