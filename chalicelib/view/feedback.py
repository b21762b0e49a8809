"""The view of the feedback of one person: their answer to the survey, and their story for publication."""

from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.access.offers import Offers
from chalicelib.domain.model.case_records import Story
from chalicelib.domain.model.codes import Stage
from chalicelib.domain.moves.closing import reopen
from chalicelib.domain.moves.feedback import (
    answer_survey,
    consent_story,
    give_opinion,
    opinion_until,
    release_story,
    standing,
    survey_until,
)
from chalicelib.view.party import Facts, PartyReader


class OpenQuestion(NamedTuple):
    """A question that a party can still answer. `until`: until when (UTC)."""

    until: datetime | None


def answered(reader: PartyReader) -> bool:
    """Return whether the principal has answered the survey of the closed case."""
    return reader.case.stage == Stage.CLOSED and reader.principal in reader.case.feedback.surveyed


def survey_asked(reader: PartyReader, offers: Offers) -> OpenQuestion | None:
    """Return until when the party can answer the survey; None if they cannot. `offers`: the moves that the
    party can take now."""
    return OpenQuestion(survey_until(reader.case)) if answer_survey.__name__ in offers else None


def opinion_asked(reader: PartyReader, offers: Offers) -> OpenQuestion | None:
    """Return until when the party can give an opinion on the process; None if they cannot. `offers`: see
    `survey_asked`."""
    return OpenQuestion(opinion_until(reader.case)) if give_opinion.__name__ in offers else None


def can_reopen(reader: PartyReader, offers: Offers) -> bool:
    """Return whether the party can reopen the case, and the time for it has not ended. A suspended deadline
    has not ended. `offers`: see `survey_asked`."""
    runs = reader.runs_of("reopen_window") if reopen.__name__ in offers else ()
    return any(run.due is None or run.due > reader.now for run in runs)


def own_story(reader: PartyReader) -> Story | None:
    """Return the story of the principal that waits for publication or is published; None if there is none."""
    return standing(reader.case, reader.principal)


def can_give_story(offers: Offers) -> bool:
    """Return whether the party can submit a story for publication. `offers`: see `survey_asked`."""
    return consent_story.__name__ in offers


def survey_answer(reader: PartyReader) -> tuple[Facts, Facts] | None:
    """Return the last answer to the survey that the reader may see, as a pair of its facts and its words. The
    answer is from the reader or the represented person. Return None if there is no such answer."""

    def theirs(line: dict[str, Any]) -> bool:
        facts = line["facts"]
        return facts["party"] == reader.principal and reader.sees(line["n"], line["move"], line, facts)

    n = reader.dossier.last(answer_survey, fits=theirs)
    if not n:
        return None
    line, words = reader.dossier.entry(n)
    return line["facts"], words


def story_words(reader: PartyReader, story: Story) -> str:
    """Return the words of a story for publication. If the story was published, they are the published words;
    otherwise those that the person agreed to publish. Return "" if the words were erased."""
    n = reader.dossier.last(release_story, fits=lambda line: line["facts"]["story"] == story.id)
    words = reader.words(n) if n else reader.words(story.entry, consent_story)
    return str(words.get("published" if n else "text", ""))
