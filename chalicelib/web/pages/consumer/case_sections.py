"""The parts of a party's case page, and the moves that the page offers to the party."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.domain.model.case import Case
from chalicelib.domain.moves.evidence import add_evidence
from chalicelib.domain.moves.joint import join_case
from chalicelib.view.answer import answer_view
from chalicelib.view.evidence import appraisals
from chalicelib.view.forwarding import forwards
from chalicelib.view.inquiry import interviews, progress
from chalicelib.view.mediation import mediation_view
from chalicelib.view.outside import outside
from chalicelib.view.people import joint_view, partner_view, people
from chalicelib.web.forms.form_context import until_called
from chalicelib.web.pages.consumer import (
    agreement as case_agreement,
    feedback as case_feedback,
    obligations as case_owed,
    reconsideration as case_anew,
    talks as case_talks,
)
from chalicelib.web.pages.consumer.obligations import obligation_label
from chalicelib.web.pages.consumer.own_view import View


class Moves(NamedTuple):
    """The names of the moves that the case page offers. `now`: the moves that matter at present. `always`:
    the moves that are possible at any time. `more`: rare moves, which are folded."""

    now: list[str]
    always: list[str]
    more: list[str]


def ordered(view: View, adds: bool) -> Moves:
    """Return the offered moves in groups. `adds`: the party can add files. The move for this is then left
    out, because files have a page of their own."""
    files = (add_evidence.__name__,) if adds else ()
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
        "continued": continued(view),
    }
    if view.company:
        return shown
    return {
        **shown,
        "progress": progress(view),
        "outside": outside(view),
        "forwards": [one for one in forwards(view) if not one.replaced],
        "people": people(view),
        "partner": partner_view(view),
        "joint": joint(view),
        "anew": case_anew.reconsideration(view),
        "may_dispute": case_talks.dispute_offer(view),
        "survey": case_feedback.survey(view),
        "opinion": case_feedback.opinion(view),
        "story": case_feedback.story(view),
    }


def joint(view: View) -> dict[str, Any] | None:
    """Return the data of a joint complaint as one of its complainants sees it. The proposed remedies are
    texts. Return None if the complaint is not joint."""
    found = joint_view(view)
    put, comma = found.put if found else None, "，" if view.language == "zh" else ", "
    return found and {
        **found._asdict(),
        "remedies": [
            comma.join((obligation_label(owed, view.language), until_called(view.language, owed)))
            for owed in (put.remedies if put else ())
        ],
    }


class Continued(NamedTuple):
    """The case in which a joined complaint goes on. `number`: its number. `stage`: its stage. `team`: the id
    of its team, whom the person of the joined complaint asks. `link`: the link to it for that person; "" if
    they use the links that they have."""

    number: str
    stage: str
    team: str
    link: str


def continued(view: View) -> Continued | None:
    """Return the case in which this joined complaint goes on. Return None if the complaint is not joined. A
    representative gets no link."""
    joined = view.case.together.joined
    if joined is None:
        return None
    leading, party = view.product.casework.joint_member(view.case) or (
        view.product.file.load(joined.ref),
        None,
    )
    links = view.product.links
    link = links.path(leading.ref, party.id, party.generation) if party and not view.party.represents else ""
    return Continued(leading.ref, leading.stage, leading.team, link)


def invitation(view: View, move: str) -> Case | None:
    """Return the joint case that the form of the move `join_case` is about. Return None for any other
    move."""
    invited = view.case.together.invited
    return view.product.file.load(invited) if invited and move == join_case.__name__ else None
