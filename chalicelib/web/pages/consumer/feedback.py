"""Feedback on the page of a closed case: the survey, the opinion on the process, and the story about the
complaint that a party wants published."""

from typing import Any

from chalicelib.domain.model.codes import Stage
from chalicelib.domain.moves.closing import reopen
from chalicelib.domain.moves.feedback import (
    answer_survey,
    consent_story,
    give_opinion,
    opinion_until,
    standing,
    survey_until,
)
from chalicelib.locale.formats import label
from chalicelib.view.feedback import story_words, survey_answer
from chalicelib.web.pages.consumer import reconsideration as case_anew
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.figures import QUESTIONS

POOR = 2
"""The highest overall score in the survey that counts as poor. After a poor score, the page shows at once
what the party can still do."""


def survey(view: View) -> dict[str, Any] | None:
    """Return the data of the survey. Before the party answers, it is the end of the time to answer.
    Afterwards, it is their answers. After a poor score, the data also tell whether the party can ask for
    reconsideration or reopen the case. Return None if the party has not answered and cannot answer."""
    case = view.case
    if case.stage != Stage.CLOSED or view.principal not in case.feedback.surveyed:
        return {"until": survey_until(case)} if answer_survey.__name__ in view.offers else None
    facts, words = survey_answer(view) or ({}, {})
    poor, anew = facts.get("overall", POOR + 1) <= POOR, case_anew.reconsideration_offer(view)
    answers = [
        (label(view.language, name, "label"), label(view.language, str(facts[name]), "score"))
        for name in QUESTIONS
        if facts
    ]
    return {
        "answers": answers,
        "comment": words.get("comment"),
        "anew": anew if poor and anew and not anew["late"] else None,
        "reopens": poor and reopen.__name__ in view.offers and _open(view, "reopen_window"),
    }


def opinion(view: View) -> dict[str, Any] | None:
    """Return the data of the opinion on the process: until when the party can give an opinion, or that they
    have given it. Return None if the party is not asked for an opinion."""
    if view.principal in view.case.feedback.opined:
        return {"given": True}
    return {"until": opinion_until(view.case)} if give_opinion.__name__ in view.offers else None


def story(view: View) -> dict[str, Any] | None:
    """Return the data of the story that the party wants published: its text, and when it was published. If
    there is no story yet, return that the party can submit one. Return None if the party cannot submit a
    story."""
    found = standing(view.case, view.principal)
    if found is None:
        return {"may": True} if consent_story.__name__ in view.offers else None
    return {"may": False, "text": story_words(view, found), "released": found.released}


def _open(view: View, window: str) -> bool:
    """Return whether the deadline named `window` runs and has not ended. A suspended deadline has not
    ended."""
    return any(run.due is None or run.due > view.now for run in view.runs_of(window))
