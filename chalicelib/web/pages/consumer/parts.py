"""The parts of a case page that stand on their own: what can be done, the answer, tests, people, other
bodies."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, instant, published
from chalicelib.domain.model.case import Party
from chalicelib.domain.model.codes import Side, Stage
from chalicelib.domain.model.parts import Owed
from chalicelib.domain.moves.investigation import HEARING
from chalicelib.letters.saying import label
from chalicelib.view.answer import answer_view
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
        "test": test(view),
        "meetings": list(meetings(view)),
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
        "outside": list(outside(view)),
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


def test(view: View) -> dict[str, Any] | None:
    """The expert test that is proposed or under way: what was put to both sides, who has agreed, since when,
    until when."""
    found = view.case.appraisal
    if found is None:
        return None
    words = view.words(found.entry, "propose_appraisal")
    said = [
        (label(view.language, name, "label"), words[name])
        for name in ("laboratory", "question", "custody", "cost")
        if name in words
    ]
    expected = published().own(found.at, found.expected).at if found.expected else None
    mine = view.party.side in found.agreed or view.whose.id in found.said
    return {
        "said": said,
        "agreed": [side for side in Side if side in found.agreed],
        "mine": mine,
        "started": found.started,
        "expected": expected,
        "sides": list(Side),
    }


def meetings(view: View) -> Iterator[dict[str, Any]]:
    """The talks that this person is invited to and that are still to come, while the facts are being
    found."""
    if view.case.stage not in HEARING:
        return
    for n, (line, words) in view.dossier.of("invite_interview"):
        facts = line["facts"]
        if view.made_by("invite_interview", line, facts) in view.circle and n >= view.since:
            at = instant(facts["meeting"])
            if at > view.now:
                yield {
                    "at": at,
                    "how": facts["how"],
                    "where": words.get("where"),
                    "purpose": words.get("purpose", ""),
                }


def progress(view: View) -> dict[str, Any] | None:
    """What was last told of the work, while it goes on."""
    n = view.dossier.last("tell_progress") if view.case.stage == Stage.INVESTIGATING else 0
    if not n or n < view.since:
        return None
    line, words = view.dossier.entry(n)
    return {"at": instant(line["at"]), **words}


def outside(view: View) -> Iterator[dict[str, Any]]:
    """The same dispute at other bodies, with its number there where that is this person's to see."""
    for other in view.case.outside:
        if other.party not in (None, view.whose.id):
            continue
        due = day_end(other.due) if other.due else None
        yield {
            "body": other.body,
            "number": _number(view, other.body),
            "since": other.since,
            "due": due,
            "replied": other.replied,
        }


def _number(view: View, body: str) -> str:
    """The number that another body gave the matter: noted by this person, or on a case that is theirs
    alone."""

    def noted(line: Mapping[str, Any]) -> bool:
        return line["facts"]["body"] == body and view.sees(line["n"], line["move"], line, line["facts"])

    if n := view.dossier.last("note_outside_proceeding", fits=noted):
        line, words = view.dossier.entry(n)
        theirs = view.made_by(line["move"], line, line["facts"]) or not view.others
        return str(words.get("number", "")) if theirs else ""
    line, words = view.dossier.entry(1)
    first = (
        view.first and line["move"] == "submit" and (line["facts"].get("outside") or {}).get("body") == body
    )
    return str((words.get("account") or {}).get("outside_number", "")) if first else ""


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
