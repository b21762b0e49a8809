"""The view of a person's feedback: their answer to the survey, and their story for publication."""

from typing import Any

from chalicelib.domain.model.case_records import Story
from chalicelib.domain.moves.feedback import answer_survey, consent_story, release_story
from chalicelib.view.party import Facts, PartyReader


def survey_answer(reader: PartyReader) -> tuple[Facts, Facts] | None:
    """Return the facts and the words of the last answer to the survey by the reader, or by the person they
    represent. Return None if there is none that the reader may see."""

    def theirs(line: dict[str, Any]) -> bool:
        facts = line["facts"]
        return facts["party"] == reader.principal and reader.sees(line["n"], line["move"], line, facts)

    n = reader.dossier.last(answer_survey, fits=theirs)
    if not n:
        return None
    line, words = reader.dossier.entry(n)
    return line["facts"], words


def story_words(reader: PartyReader, story: Story) -> str:
    """Return the words of a story: as published, or before that as the person consented to; "" if they were
    erased."""
    n = reader.dossier.last(release_story, fits=lambda line: line["facts"]["story"] == story.id)
    words = reader.words(n) if n else reader.words(story.entry, consent_story)
    return str(words.get("published" if n else "text", ""))
