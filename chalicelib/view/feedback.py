"""What people say of us and of their case afterwards, as it is told to them: their answer to the survey, and
the story that they want to have published."""

from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.moves.feedback import answer_survey, consent_story, release_story, standing
from chalicelib.view.party import Facts, PartyReader


class StoryView(NamedTuple):
    """A story in the words that are, or would be, public; "" once they were erased."""

    text: str
    released: datetime | None


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


def story_view(reader: PartyReader) -> StoryView | None:
    """The story that stands; None where there is none."""
    found = standing(reader.case, reader.principal)
    if found is None:
        return None
    released = reader.dossier.last(release_story, fits=lambda line: line["facts"]["story"] == found.id)
    text: str = (
        reader.words(released).get("published", "")
        if released
        else reader.words(found.entry, consent_story).get("text", "")
    )
    return StoryView(text, found.released)
