"""The parts of a case page that stand on their own: what can be done, the answer, tests, people, other
bodies."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, published
from chalicelib.domain.model.case import Party
from chalicelib.domain.model.parts import Owed
from chalicelib.view.answer import answer_view
from chalicelib.view.evidence import appraisals
from chalicelib.view.inquiry import interviews, progress
from chalicelib.view.outside import outside
from chalicelib.web.forms.asking import until_called
from chalicelib.web.pages.consumer import (
    agreement as case_agreement,
    anew as case_anew,
    feedback as case_feedback,
    mediation as case_mediation,
    obligations as case_owed,
    talks as case_talks,
)
from chalicelib.web.pages.consumer.obligations import called
from chalicelib.web.pages.consumer.own_view import View, member


class Moves(NamedTuple):
    """What can be done: now, at any time, and what is rarely wanted."""

    now: list[str]
    always: list[str]
    more: list[str]


def ordered(view: View) -> Moves:
    """The moves that are offered, what matters now first."""
    return Moves(view.moves("now"), view.moves("always"), view.moves(""))


def parts(view: View, about: Mapping[str, Any]) -> dict[str, Any]:
    """Every part that there is something to say about, by its name; `about` are the deadlines of what was
    promised."""
    shown = {
        "answer": answer_view(view),
        "ledger": case_owed.ledger(view, about),
        "test": next(iter(appraisals(view)), None),
        "meetings": interviews(view),
        "talks": case_talks.talks(view),
        "mediation": case_mediation.mediation(view),
        "agreement": case_agreement.agreement(view),
        "unsigned": case_agreement.unsigned(view),
    }
    if view.company:
        return shown
    return {
        **shown,
        "progress": progress(view),
        "outside": outside(view),
        "people": people(view),
        "joint": joint(view),
        "joint_link": joint_link(view),
        "anew": case_anew.anew(view),
        "may_dispute": case_talks.may(view),
        "survey": case_feedback.survey(view),
        "opinion": case_feedback.opinion(view),
        "story": case_feedback.story(view),
    }


def remedy(owed: Owed, language: str) -> str:
    """A remedy that is proposed: what, and until the end of which day."""
    return ("，" if language == "zh" else ", ").join((called(owed, language), until_called(language, owed)))


def people(view: View) -> list[dict[str, Any]]:
    """Who speaks for this person, within which powers and until when; for a representative, only
    themselves."""
    agents = [view.party] if view.party.represents else view.agents()
    ends = "end_representation" in view.offers
    return [
        {
            "id": agent.id,
            "name": view.dossier.people.get(agent.id, {}).get("name"),
            "capacity": agent.capacity,
            "powers": agent.powers,
            "until": day_end(agent.until) if agent.until else None,
            "checked": agent.checked,
            "ends": ends,
            "valid": agent.valid(published().day_of(view.now)),
        }
        for agent in agents
    ]


def joint(view: View) -> dict[str, Any] | None:
    """A joint complaint as one person sees it: how many they are, who speaks, what was put to each; nobody
    else by name."""
    case, whose = view.case, view.whose
    if not case.joint:
        return None
    put = (
        view.words(case.together.proposal.entry, "ask_consent").get("settlement", "")
        if case.together.proposal
        else ""
    )
    mine = case.together.proposal.of(whose.id) if case.together.proposal else ()
    return {
        "people": len(case.consumers),
        "number": number(whose),
        "own": whose.own,
        "speak": [number(party) for party in case.consumers if party.speaks],
        "put": put,
        "consents": whose.consents,
        "remedies": [remedy(owed, view.language) for owed in mine],
        "asked": case.together.proposal is not None,
    }


def number(party: Party) -> str:
    """The number by which a person of a joint complaint is called to the others; it stays theirs."""
    return party.id[1:]


def joint_link(view: View) -> str:
    """The link from one's own case to the joint one that it belongs to."""
    found = None if view.party.represents else member(view.product.file, view.case)
    return view.product.links.path(found[0].ref, found[1].id, found[1].generation) if found else ""
