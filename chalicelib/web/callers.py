"""Who is calling: found out from link, session or bearer key by the server, never from the body."""

import secrets
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Any

from chalicelib.access.authorization import STAFF, Caller, NotFound
from chalicelib.cases.casework import Once
from chalicelib.domain.addresses import mailbox
from chalicelib.domain.engine.declare import named
from chalicelib.domain.engine.link_expiry import link_ended
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Party, refuse_if
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.domain.moves.information import give_information
from chalicelib.domain.moves.parties import change_contact, renew_link
from chalicelib.domain.moves.work import message
from chalicelib.logs import carry
from chalicelib.web import inputs, partners
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Unauthenticated
from chalicelib.wiring import product

CASE_COOKIE, DESK_COOKIE = "__Host-case", "__Host-desk"
PHRASED, PHRASED_AS, PHRASE_LASTS = "said_", "PHRASED", timedelta(hours=1)
"""For somebody who came by passphrase: the beginning of their case cookie, the kind under which their session
is kept, and how long it lasts."""
AGENTS = ("MicroMessenger", "Edg", "OPR", "Firefox", "Chrome", "Safari")
"""Families of programs, by a part of the User-Agent header. A program also names some families that stand
after its own here, so the first match counts."""
RENEWS = named(renew_link, change_contact)
"""Moves after which the party who takes them goes on with a new access link."""
SAID = named(message, add_evidence, give_information)
"""The moves with which a party or a partner can write again and again."""
ANYBODY = Caller("consumer", Role.CONSUMER, channel=Channel.WEB)
"""Somebody who has not said who they are: may file a complaint, nothing else."""


def by_token(ref: str, token: str, network: str) -> Caller:
    """Return the party of an access link, who calls from this network.

    Raises NotFound for an unknown number, a wrong token and a party who has left the case alike, and the
    Refusal that a link has ended for its own token only."""
    case = product.file.load(inputs.number(ref))
    for party in case.parties:
        if not party.left and any(
            product.links.fits(token, case.ref, party.id, generation) for generation in party.generations
        ):
            refuse_if(link_ended(case, product.now()), "link_ended")
            return replace(of_party(case, party), network=network)
    product.meters.count("WrongLink")
    raise NotFound(ref)


def by_phrase(ref: str, phrase: str) -> str:
    """The value of the case cookie for whoever knows number and passphrase: the secret of a short session,
    never the token of a link. Raises NotFound."""
    case = product.file.load(inputs.number(ref))
    for party in case.parties:
        if party.says_phrase and product.links.says(phrase, case.ref, party.id, party.generation):
            secret = PHRASED + secrets.token_urlsafe(32)
            whose = {"ref": case.ref, "party": party.id, "generation": party.generation}
            product.sessions.keep(PHRASED_AS, secret, whose, product.now() + PHRASE_LASTS)
            return f"{case.ref}.{secret}"
    product.meters.count("WrongPassphrase")
    raise NotFound(ref)


def _phrased(ref: str, secret: str) -> Caller | None:
    """Who came by number and passphrase; None when their session is over or their passphrase was replaced."""
    kept = product.sessions.find(PHRASED_AS, secret, product.now())
    if kept is None or kept.get("ref") != ref:
        return None
    case = product.file.load(ref)
    for party in case.parties:
        if (party.id, party.generation) == (kept["party"], kept["generation"]) and party.says_phrase:
            return replace(of_party(case, party), by_phrase=True)
    return None


def party(request: Any) -> Caller | None:
    """The party of the case cookie, which the access link or the passphrase has set; None without one. Raises
    NotFound for a revoked link."""
    ref, _, token = cookies(request).get(CASE_COOKIE, "").partition(".")
    if token.startswith(PHRASED):
        return _phrased(ref, token)
    return by_token(ref, token, network(request)) if token else None


def staff(request: Any) -> Caller | None:
    """The member of staff of a session; None when there is none or it has ended. Raises signin.Refused for
    somebody who is out."""
    from chalicelib.web import signin

    sid = cookies(request).get(DESK_COOKIE)
    return signin.session(sid) if sid else None


def bearer(request: Any, scope: Scope | None = None) -> Caller:
    """The caller of an API request: `Bearer <access link token>` with the case in the path, the issuer's ID
    token of a member of staff, or a partner's key, which must have the `scope`. Raises Unauthenticated, and
    Refusal for a key that may not do this."""
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


def counted(caller: Caller, move: str, ref: str, key: Once | None) -> None:
    """Count what a party or a partner writes on a case, unless a request is repeated. Raises TooMany beyond a
    ceiling."""
    if move in SAID and not caller.roles & STAFF and not (key and product.file.remembered(key)):
        product.ceilings.take("message", account=account(caller, ref))


def looked_for(request: Any, contact: str) -> None:
    """Count a request for an access link by somebody's contact. Raises TooMany beyond a ceiling."""
    product.ceilings.take("finding", network=network(request), address=mailbox(contact))


def account(caller: Caller, ref: str) -> str:
    """The key under which additions to a case are counted: for each case by itself, since a partner has filed
    many."""
    return f"{ref}/{caller.who}"


def network(request: Any) -> str:
    """The network that a request comes from, as API Gateway saw it and never as a header says: an IPv4
    address, of IPv6 the 64 bits that one household has."""
    address = str(request.context.get("identity", {}).get("sourceIp") or "")
    return ":".join(IPv6Address(address).exploded.split(":")[:4]) if ":" in address else address


def neighbourhood(network: str) -> str:
    """The part of a network that one customer of a provider may have whole: of IPv6 the first 48 bits. An
    IPv4 address stays as it is."""
    return ":".join(network.split(":")[:3])


def agent(request: Any) -> str:
    """The family of the program that somebody uses, as it names itself; `other` for any that is not known."""
    named = request.headers.get("user-agent") or ""
    return next((family for family in AGENTS if family in named), "other")


def token(case: Case, caller: Caller) -> str:
    """The token with which a party goes on from here: while a new address of theirs waits, the one that will
    be good once it is confirmed too."""
    return product.links.token(case.ref, caller.party, case.party(caller.party).generations[-1])


def cookies(request: Any) -> dict[str, str]:
    """The cookies of a request; of several with one name the first."""
    found: dict[str, str] = {}
    for part in (request.headers.get("cookie") or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.setdefault(name, value)
    return found


def of_party(case: Case, party: Party) -> Caller:
    """A party of a case as a caller: in the role in which they act on it, for nobody but themselves or whom
    they represent."""
    carry(ref=case.ref)
    return Caller(party.id, party.role, ref=case.ref, party=party.id, channel=Channel.WEB, seen=case)
