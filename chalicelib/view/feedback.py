"""What people say of us and of their case afterwards, as it is told to them: their answer to the survey, and
the story that they want to have published."""

from typing import Any

from chalicelib.domain.model.case_records import Story
from chalicelib.domain.moves.feedback import answer_survey, consent_story, release_story
from chalicelib.view.party import Facts, PartyReader


def survey_answer(reader: PartyReader) -> tuple[Facts, Facts] | None:
    """Facts and words of the answer of whose case it is to the last survey, as far as they are for the
    reader."""

    def theirs(line: dict[str, Any]) -> bool:
        facts = line["facts"]
        return facts["party"] == reader.principal and reader.sees(line["n"], line["move"], line, facts)

    n = reader.dossier.last(answer_survey, fits=theirs)
    if not n:
        return None
    line, words = reader.dossier.entry(n)
    return line["facts"], words


def story_words(reader: PartyReader, story: Story) -> str:
    """The words of a story that are, or would be, public; "" once they were erased."""
    n = reader.dossier.last(release_story, fits=lambda line: line["facts"]["story"] == story.id)
    words = reader.words(n) if n else reader.words(story.entry, consent_story)
    return str(words.get("published" if n else "text", ""))
