"""The parts of a case page, each made of its view, and what can be done."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.domain.engine.declare import named
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.view.answer import answer_view
from chalicelib.view.evidence import appraisals
from chalicelib.view.inquiry import interviews, progress
from chalicelib.view.mediation import mediation_view
from chalicelib.view.outside import outside
from chalicelib.view.people import joint_view, people
from chalicelib.web.forms.form_context import until_called
from chalicelib.web.pages.consumer import (
    agreement as case_agreement,
    feedback as case_feedback,
    obligations as case_owed,
    reconsideration as case_anew,
    talks as case_talks,
)
from chalicelib.web.pages.consumer.obligations import called
from chalicelib.web.pages.consumer.own_view import View, member


class Moves(NamedTuple):
    """What can be done: now, at any time, and what is rarely wanted."""

    now: list[str]
    always: list[str]
    more: list[str]


def ordered(view: View, adds: bool) -> Moves:
    """The moves that are offered, what matters now first; where this party `adds` files, there is a page for
    them."""
    files = named(add_evidence) if adds else ()
    always = [move for move in view.moves("always") if move not in files]
    return Moves(view.moves("now"), always, view.moves(""))


def parts(view: View, about: Mapping[str, Any]) -> dict[str, Any]:
    """Every part that there is something to say about, by its name; `about` are the deadlines of what was
    promised."""
    shown = {
        "answer": answer_view(view),
        "ledger": case_owed.ledger(view, about),
        "test": next(iter(appraisals(view)), None),
        "meetings": interviews(view),
        "talks": case_talks.talks(view),
        "mediation": mediation_view(view, view.roster),
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


def joint(view: View) -> dict[str, Any] | None:
    """A joint complaint as one person sees it, with what is proposed to them in words."""
    found = joint_view(view)
    put = found.put if found else None
    return found and {
        **found._asdict(),
        "remedies": [remedy(owed, view.language) for owed in put.remedies] if put else [],
    }


def joint_link(view: View) -> str:
    """The link from one's own case to the joint one that it belongs to."""
    found = None if view.party.represents else member(view.product.file, view.case)
    return view.product.links.path(found[0].ref, found[1].id, found[1].generation) if found else ""
