"""The parts of a party's case page, and the moves that the page offers to the party."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.domain.engine.declare import move_names
from chalicelib.domain.model.case_records import Owed
from chalicelib.domain.model.codes import Forwarded
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.view.answer import answer_view
from chalicelib.view.evidence import appraisals
from chalicelib.view.forwarding import forwards
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
from chalicelib.web.pages.consumer.obligations import obligation_label
from chalicelib.web.pages.consumer.own_view import View, member


class Moves(NamedTuple):
    """The names of the moves that the case page offers. `now`: the moves that matter at present. `always`:
    the moves that are possible at any time. `more`: rare moves, which are folded."""

    now: list[str]
    always: list[str]
    more: list[str]


def ordered(view: View, adds: bool) -> Moves:
    """Return the offered moves in groups. `adds`: the party can add files. The move for this is then left
    out, because files have a page of their own."""
    files = move_names(add_evidence) if adds else ()
    always = [move for move in view.moves("always") if move not in files]
    return Moves(view.moves("now"), always, view.moves(""))


def parts(view: View, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of the case page, by name. A part without content is None or empty. `about`: the
    deadline of each obligation, by the id of the obligation."""
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
        "forwards": [one for one in forwards(view) if one.state != Forwarded.REPLACED],
        "people": people(view),
        "joint": joint(view),
        "joint_link": joint_link(view),
        "anew": case_anew.reconsideration(view),
        "may_dispute": case_talks.dispute_offer(view),
        "survey": case_feedback.survey(view),
        "opinion": case_feedback.opinion(view),
        "story": case_feedback.story(view),
    }


def remedy(obligation: Owed, language: str) -> str:
    """Return a proposed remedy as text, with its kind, amount and due date."""
    return ("，" if language == "zh" else ", ").join(
        (obligation_label(obligation, language), until_called(language, obligation))
    )


def joint(view: View) -> dict[str, Any] | None:
    """Return the data of a joint complaint as one of its complainants sees it. The proposed remedies are
    texts. Return None if the complaint is not joint."""
    found = joint_view(view)
    put = found.put if found else None
    return found and {
        **found._asdict(),
        "remedies": [remedy(owed, view.language) for owed in put.remedies] if put else [],
    }


def joint_link(view: View) -> str:
    """Return the link to the joint case that this party's own case became part of. Return an empty string if
    there is no joint case. A representative gets no link either."""
    found = None if view.party.represents else member(view.product.file, view.case)
    return view.product.links.path(found[0].ref, found[1].id, found[1].generation) if found else ""
