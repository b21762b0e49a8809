"""The view of the feedback of one person: their answer to the survey, and their story for publication."""

from typing import Any

from chalicelib.domain.model.case_records import Story
from chalicelib.domain.moves.feedback import answer_survey, consent_story, release_story
from chalicelib.view.party import Facts, PartyReader


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
