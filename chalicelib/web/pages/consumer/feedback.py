"""Feedback on the page of a closed case: the survey, the opinion on the process, and the story about the
complaint that a party wants published."""

from typing import Any

from chalicelib.locale.formats import label
from chalicelib.view.feedback import (
    answered,
    can_give_story,
    can_reopen,
    opinion_asked,
    own_story,
    story_words,
    survey_answer,
    survey_asked,
)
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
    if not answered(view):
        return (asked := survey_asked(view, view.offers)) and asked._asdict()
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
        "reopens": poor and can_reopen(view, view.offers),
    }


def opinion(view: View) -> dict[str, Any] | None:
    """Return the data of the opinion on the process: until when the party can give an opinion, or that they
    have given it. Return None if the party is not asked for an opinion."""
    if view.principal in view.case.feedback.opined:
        return {"given": True}
    return (asked := opinion_asked(view, view.offers)) and asked._asdict()


def story(view: View) -> dict[str, Any] | None:
    """Return the data of the story that the party wants published: its text, and when it was published. If
    there is no story yet, return that the party can submit one. Return None if the party cannot submit a
    story."""
    found = own_story(view)
    if found is None:
        return {"may": True} if can_give_story(view.offers) else None
    return {"may": False, "text": story_words(view, found), "released": found.released}
