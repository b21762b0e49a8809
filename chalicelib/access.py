"""Who may know what of a case, and in which of their roles they act on it: decided here, for pages and interfaces alike."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chalicelib.domain import moves  # noqa: F401  (declares every move)
from chalicelib.domain.calendar import instant
from chalicelib.domain.case import Case, Confirmed
from chalicelib.domain.codes import AT_TABLE, TALKS, Channel, Role, Stage
from chalicelib.domain.mediated import Agreement, Mediation
from chalicelib.domain.moves.dispute import IN_CONFIDENCE, TOLD_IN_CONFIDENCE
from chalicelib.domain.parts import Dispute
from chalicelib.domain.process import NEUTRAL

if TYPE_CHECKING:
    from chalicelib.dossier import Dossier

SEES_ALL = Role.SUPERVISOR | Role.EXECUTIVE | Role.AUDITOR
OF_DEPARTMENTS = Role.DEPARTMENT | Role.DEPARTMENT_HEAD
STAFF = (Role.INTAKE | Role.INVESTIGATOR | OF_DEPARTMENTS | Role.LEAD | Role.SAFETY | Role.PANEL | Role.CHAIR | Role.NEGOTIATOR
         | Role.MEDIATOR | Role.FOLLOWUP | SEES_ALL | Role.ADMINISTRATOR)
HOUSE = STAFF & ~Role.MEDIATOR
"""Who works for the company: a mediator signs in at the desk as staff do, and comes from outside."""
READS_REGISTER = Role.ADMINISTRATOR | Role.LEAD | Role.SUPERVISOR
"""Who keeps the register of mediators, and who appoints from it."""
DECIDES = Role.INVESTIGATOR | Role.LEAD | Role.PANEL | Role.CHAIR | Role.FOLLOWUP | Role.SUPERVISOR | Role.EXECUTIVE
"""Who finds facts or decides: for that nothing said in talks is ever used."""
OF_THE_TEXT = frozenset({"draft_agreement", "amend_draft"})
TO_BE_SIGNED = OF_THE_TEXT | {"propose_change"}
"""Moves whose words are put together into a text, which is shown as it is signed."""
TO_DECIDE = frozenset({"refuse_mediation", "challenge_mediator", "end_mediation"})
"""What is said in confidence and put before the supervisor to decide or confirm, who reads why."""
OUTLINE = frozenset({"side", "offer", "counters", "statement", "telling", "how", "told", "version", "digest", "meeting", "ending"})
"""What everybody who sees the case may know of an entry made in confidence: that there was one, whose, about which."""


class NotFound(Exception):
    """There is no such case, or the caller may not know that there is: the two look alike."""


@dataclass(frozen=True)
class Caller:
    """Who asks, as the server found out: never taken from the request's body.

    A party has `ref` and `party`; staff have `teams`; `channel` is set where the caller's way in names it.
    `by_phrase`: a party who came by number and passphrase, which others may have overheard. `confirmed` is set while a
    party does what they have confirmed to be their own will.
    """

    who: str
    roles: Role
    teams: frozenset[str] = frozenset()
    ref: str = ""
    party: str = ""
    channel: Channel | None = None
    name: str = ""
    by_phrase: bool = False
    confirmed: Confirmed | None = None


CLOCK = Caller("clock", Role.CLOCK)


def asked(case: Case, caller: Caller) -> bool:
    """Whether this caller's department has a question on the case that waits for its answer."""
    waits = [q.department for q in case.asked if case.stage != Stage.CLOSED]
    return bool(caller.roles & OF_DEPARTMENTS) and not caller.teams.isdisjoint(waits)


def only_asked(case: Case, caller: Caller) -> bool:
    """Whether a question is all that this caller has to do with the case: they see nothing else of it."""
    sees = case.team in caller.teams or caller.roles & SEES_ALL or case.seat(caller.who) or case.mediated_by(caller.who)
    return asked(case, caller) and not sees


def card(item: Mapping[str, Any], caller: Caller, queue: str) -> Mapping[str, Any]:
    """A line of a work list as this caller may see it: number and date only of another team's case that asks their department, and of
    one on their own list because they sit on its panel, or are asked to mediate and have not taken it on."""
    if queue == "mine" and item["stage"] == Stage.UNDER_RECONSIDERATION:
        return {"ref": item["ref"], "next_due": item["next_due"], "panel": True}
    if queue == "mine" and item["stage"] == Stage.MEDIATING and item.get("owner") != caller.who:
        return {"ref": item["ref"], "next_due": item["next_due"], "mediator": True}
    foreign = caller.roles & OF_DEPARTMENTS and not caller.roles & SEES_ALL and item.get("team") not in caller.teams
    return {"ref": item["ref"], "next_due": item["next_due"], "asked": True} if foreign else item


def undeclared(case: Case, caller: Caller) -> bool:
    """Whether this caller sits on the panel, or is asked to mediate, and has not said yet that nothing ties them to the case: the file
    opens for them after that."""
    seat = case.seat(caller.who)
    return to_mediate(case, caller) or (seat is not None and not seat.declared)


def to_mediate(case: Case, caller: Caller) -> bool:
    """Whether this caller is asked to mediate and has neither taken it on nor stood back."""
    mediation = case.mediation
    return mediation is not None and mediation.mediator == caller.who and not mediation.accepted


def limited(case: Case, caller: Caller) -> bool:
    """Whether the file is closed to this caller: only asked something, or to say first whether anything ties them to the case."""
    return only_asked(case, caller) or undeclared(case, caller)


def sees_votes(case: Case, caller: Caller) -> bool:
    """Whether this caller may know who voted how: the panel itself, and whoever sees every case."""
    return bool(caller.roles & SEES_ALL) or case.seat(caller.who) is not None


def hears(case: Case, caller: Caller) -> bool:
    """Whether this caller may know what was said in the talks: the neutral officers, and the auditor. Whoever has a role in which they
    investigate or decide as well does only while they hold the talks; whoever is barred from holding them never."""
    roles, talks = acting(case, caller).roles, case.dispute
    neutral = roles & NEUTRAL and not (talks and caller.who in (*talks.barred, *case.recused))
    return bool(neutral or roles & Role.AUDITOR) and (not roles & DECIDES or bool(neutral and holds_talks(case, caller)))


def holds_talks(case: Case, caller: Caller) -> bool:
    """Whether this caller is the neutral officer of talks that go on, or of the text that is before both sides."""
    return case.stage in AT_TABLE and case.owner == caller.who


def confided(dossier: Dossier, line: Mapping[str, Any]) -> bool:
    """Whether an entry's words are for the talks only: what was said there, the text put to each person of a joint case meanwhile, what
    somebody noted who told such a letter."""
    if line["move"] == "ask_consent":
        at = instant(line["at"])
        return any(spell.stage in TALKS and spell.since <= at and (not spell.until or at < spell.until) for spell in dossier.case.spells)
    if line["move"] in OF_THE_TEXT and dossier.case.bound and dossier.case.bound.version == line["facts"]["version"]:
        return False                                                # it is in force: whoever looks after it reads it
    told = line["facts"].get("telling")
    letter = dossier.letters.get(told) if told else None
    return line["move"] in IN_CONFIDENCE or (letter is not None and letter["name"] in TOLD_IN_CONFIDENCE)


def reads(dossier: Dossier, caller: Caller, line: Mapping[str, Any]) -> bool:
    """Whether this member of staff may read what an entry says: a vote, or what was said in talks, is not for everybody on the case."""
    if line["move"] == "vote":
        return sees_votes(dossier.case, caller)
    if line["move"] == "note":                          # inside the house: a mediator is from outside, a colleague may be its side
        return bool(caller.roles & STAFF & ~Role.MEDIATOR) and caller.who not in dossier.case.colleagues
    if line["move"] == "answer_survey":                         # nobody who had a part in the case, so that it can be honest
        return bool(caller.roles & SEES_ALL) and caller.who not in dossier.contents.handled
    if line["move"] in TO_DECIDE:
        own = line["move"] == "challenge_mediator" and caller.roles & Role.MEDIATOR         # who is objected to takes no part in it
        return bool(caller.roles & SEES_ALL) or (hears(dossier.case, caller) and not own)
    return not confided(dossier, line) or hears(dossier.case, caller)


def facts_of(dossier: Dossier, caller: Caller, line: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts of an entry that this member of staff may know."""
    facts: Mapping[str, Any] = line["facts"]
    return facts if reads(dossier, caller, line) else {name: facts[name] for name in facts if name in OUTLINE}


def line_of(dossier: Dossier, caller: Caller, line: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as this member of staff may know it: of an answer to a survey that they do not read, only that one came in."""
    unnamed = line["move"] == "answer_survey" and not reads(dossier, caller, line)
    by = {"who": Role.CONSUMER.code, "role": Role.CONSUMER.code} if unnamed else {}
    return {**line, **by, "facts": facts_of(dossier, caller, line)}


def reads_letter(dossier: Dossier, caller: Caller, row: Mapping[str, Any]) -> bool:
    """Whether this member of staff may read a letter, and so tell it."""
    kept = row["name"] in TOLD_IN_CONFIDENCE or confided(dossier, dossier.line(row["entry"]))
    return not kept or hears(dossier.case, caller)


def mediation_of(case: Case, caller: Caller) -> Mediation | None:
    """Formal mediation as this member of staff may know it: who was absent, and why, is for the talks."""
    mediation = case.mediation
    return mediation if mediation is None or hears(case, caller) else replace(mediation, absences=())


def agreement_of(case: Case, caller: Caller) -> Agreement | None:
    """The agreement as this member of staff may know it: what a draft says is for the talks until it is in force."""
    agreement = case.agreement
    return agreement if agreement is None or agreement.in_force or hears(case, caller) else replace(agreement, terms=())


def talks_of(case: Case, caller: Caller) -> Dispute | None:
    """The talks as this member of staff may know them: without what was offered, where that is not for them."""
    talks = case.dispute
    if talks is None or hears(case, caller):
        return talks
    return replace(talks, offers=tuple(replace(offer, amount=None) for offer in talks.offers))


def acting(case: Case, caller: Caller) -> Caller:
    """The caller in the roles that count on this case: whoever sits on the panel acts as its member and as nothing else, and nobody
    else does; so does whoever mediates; whoever was only asked is the department's contact."""
    seat = case.seat(caller.who)
    if seat:
        return replace(caller, roles=Role.PANEL | (Role.CHAIR if seat.chair else Role(0)))
    if only_asked(case, caller):
        return replace(caller, roles=caller.roles & OF_DEPARTMENTS)
    if case.mediated_by(caller.who):
        return replace(caller, roles=Role.MEDIATOR)
    return replace(caller, roles=caller.roles & ~(Role.PANEL | Role.CHAIR | Role.MEDIATOR) or caller.roles)
