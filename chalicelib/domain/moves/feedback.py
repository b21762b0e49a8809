"""Feedback on a closed case: a survey about the case, an opinion on the whole process, and a story. A story
is a person's own account of the case, which can be published."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from chalicelib.domain.engine.deadlines import DEADLINES, UNASKED, written_to
from chalicelib.domain.engine.declare import ANYBODY, BY_EACH, OFTEN, Done, Shows, move, on_leaving, where
from chalicelib.domain.engine.running import Run, ends
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, Refusal, refuse_if, required
from chalicelib.domain.model.case_records import Story
from chalicelib.domain.model.codes import ANY, Role as R, Stage as S
from chalicelib.domain.model.field_marks import EntryWords, Given, Names, Number, Text, Whom, Words
from chalicelib.domain.moves.parties import People, complainant_of
from chalicelib.domain.moves.reconsideration import Handled
from chalicelib.domain.policy import policy
from chalicelib.domain.roster import Roster

Score = Annotated[int, Number(1, 5, "score")]
"""A score from 1, very dissatisfied, to 5, very satisfied."""
AgreementScale = Annotated[int, Number(1, 5, "agreement")]
"""How far a person agrees with a statement, from 1 (not at all) to 5 (wholly)."""


@on_leaving(S.CLOSED)
def _asked_anew(case: Case, act: Act) -> Case:
    return replace(case, feedback=replace(case.feedback, surveyed=()))


def _unanswered(case: Case, act: Act) -> bool:
    """Return whether the actor can still answer the survey. A party can until they have answered, or until
    the time of the survey is over. Staff can until that time is over, because they name the person only
    later."""
    answered = act.role in R.C and case.stands_for(act.who) in case.feedback.surveyed
    return survey_until(case) > act.now and not answered


@move(
    at=S.CLOSED,
    by=R.C,
    recorded_by=R.INTAKE,
    fits=lambda case: (
        case.outcome not in UNASKED and {person.id for person in case.consumers} - {*case.feedback.surveyed}
    ),
    shows=Shows(words=("comment",)),
    confided="uninvolved",
    kept=BY_EACH,
    part="feedback",
    about=where(_unanswered, ANYBODY),
    answers=("survey",),
)
def answer_survey(
    case: Case,
    act: Act,
    *,
    overall: Score,
    ease: Score,
    speed: Score,
    fairness: Score,
    clarity: Score,
    comment: Text | None = None,
    party: Whom = None,
) -> Done:
    """Answer the survey about a closed case, once after each closing and within its time. Staff name the
    person in `party`. A representative answers for the person they represent. Nobody who had a part in the
    case sees the scores. A supervisor reads them and notes what follows."""
    whose = complainant_of(case, act, party).id
    refuse_if(case.outcome in UNASKED, "no_survey")
    refuse_if(whose in case.feedback.surveyed, "surveyed_before")
    refuse_if(survey_until(case) <= act.now, "survey_over")
    return Done(
        replace(
            case,
            feedback=replace(case.feedback, surveyed=(*case.feedback.surveyed, whose), survey_waits=True),
        ),
        facts={"party": whose},
    )


def survey_until(case: Case) -> datetime:
    """Return when the time to answer the survey about a closed case ends (UTC). The time is the same for
    people who cannot get letters."""
    return ends(
        case, DEADLINES["survey"], policy(case.policy).rules["survey"], Run("", case.stages[-1].since), []
    ).at


@move(at=S.CLOSED, by=R.CLOCK, tells="opinion → consumer")
def ask_opinion(case: Case, act: Act) -> Done:
    """Ask the people of a closed case for their opinion on the process, at most once for each case. The cases
    are drawn by lot from those that were closed in the last quarter."""
    refuse_if(case.outcome in UNASKED, "no_survey")
    refuse_if(case.feedback.asked, "opinion_asked")
    refuse_if(not any(written_to(case, person, act.now) for person in case.consumers), "nobody_to_ask")
    return Done(replace(case, feedback=replace(case.feedback, asked=act.now)), (("opinion", "consumer"),))


def _unopined(case: Case, act: Act) -> bool:
    """Return whether the actor can still give an opinion on the process. A party can if they were asked and
    have not answered in time. Staff can until the time is over, because they name the person only later."""
    opined = act.role in R.C and case.stands_for(act.who) in case.feedback.opined
    until = opinion_until(case)
    return until is not None and until > act.now and not opined


@move(
    at=S.CLOSED,
    by=R.C,
    recorded_by=R.INTAKE,
    fits=lambda case: case.feedback.asked and {one.id for one in case.consumers} - {*case.feedback.opined},
    shows=Shows(words=("comment",)),
    confided="uninvolved",
    kept=BY_EACH,
    part="feedback",
    about=where(_unopined, ANYBODY),
    answers=("opinion",),
)
def give_opinion(
    case: Case,
    act: Act,
    *,
    findable: AgreementScale,
    predictable: AgreementScale,
    listened: AgreementScale,
    alternatives: AgreementScale,
    trusting: AgreementScale,
    comment: Text | None = None,
    party: Whom = None,
) -> Done:
    """Give an opinion on the process, once and within its time. Only a person who was asked can do so. Staff
    name the person in `party`. A representative answers for the person they represent. Nobody who had a part
    in the case sees the opinion."""
    whose, until = complainant_of(case, act, party).id, required(opinion_until(case), "no_opinion_asked")
    refuse_if(whose in case.feedback.opined, "opined_before")
    refuse_if(until <= act.now, "opinion_over")
    feedback = replace(case.feedback, opined=(*case.feedback.opined, whose))
    return Done(replace(case, feedback=feedback), facts={"party": whose})


def opinion_until(case: Case) -> datetime | None:
    """Return when the time to give an opinion on the process ends (UTC). Return None if nobody was asked."""
    asked, rule = case.feedback.asked, policy(case.policy).rules["opinion"]
    return ends(case, DEADLINES["opinion"], rule, Run("", asked), []).at if asked else None


@move(
    at=S.CLOSED,
    by=R.CONSUMER,
    tells="task → role:supervisor",
    fits=lambda case: case.outcome not in UNASKED,
    shows=Shows(words=("text",)),
    confided="house",
    part="feedback",
    task_due=None,
    about=where(lambda case, act: not standing(case, case.stands_for(act.who))),
)
def consent_story(
    case: Case,
    act: Act,
    *,
    text: Annotated[str, Words(10_000, box="story")],
    agrees: bool,
    people: People,
    roster: Annotated[Roster, Given()],
    said: EntryWords,
) -> Done:
    """Consent to the publication of one's own story, by an explicit yes (`agrees`). `text` is the story.
    Details that identify people are removed before the text is stored."""
    from chalicelib.domain.scrub import scrub  # its patterns would slow the start of every function

    refuse_if(not agrees, "story_needs_yes", field="agrees")
    refuse_if(standing(case, act.who), "story_stands")
    story = Story(f"S{len(case.feedback.stories) + 1}", act.who, case.said_by(act))
    scrubbed = scrub(text, case.party(act.who).language, **identifying_details(case, people, roster, said))
    return Done(
        replace(case, feedback=replace(case.feedback, stories=(*case.feedback.stories, story))),
        facts={"story": story.id, "party": act.who},
        words={"text": scrubbed},
    )


def standing(case: Case, who: str) -> Story | None:
    """Return the story told by the person `who` (an id). Return None if there is none, or if it was
    withdrawn."""
    return next((story for story in case.feedback.stories if story.of == who and not story.withdrawn), None)


def unpublished_stories(case: Case) -> Iterator[Story]:
    """Return the stories on the case that are neither published nor withdrawn."""
    return (story for story in case.feedback.stories if not story.released and not story.withdrawn)


def identifying_details(
    case: Case, people: Mapping[str, Mapping[str, Any]], roster: Roster, words: EntryWords
) -> dict[str, list[str]]:
    """Return what identifies people in this case, as the arguments of `scrub`. `names` are the names of
    parties and staff, `numbers` contact details and order numbers, `places` addresses. `keep` is the name of
    the shop, which stays because the story is about the shop.

    `people` are the personal data of each party, keyed by id. `words` are the words of each entry, keyed by
    its number."""
    account = words.get(1, {}).get("account") or {}
    mediator = roster.member(case.mediator) if case.mediator else None
    house = [member.name for team in roster.teams.values() for member in team.people()] + (
        [mediator.name] if mediator else []
    )

    def texts_in(rows: Any, *names: str) -> list[str]:
        return [str(row[name]) for row in rows for name in names if row.get(name)]

    return {
        "names": [*texts_in(people.values(), "name", "on_behalf_of"), *house],
        "numbers": [
            case.ref,
            *texts_in(people.values(), "phone", "email"),
            *texts_in([account], "order", "outside_number"),
        ],
        "places": texts_in(people.values(), "address"),
        "keep": texts_in([account], "business", "shop"),
    }


@move(
    at=ANY,
    by=R.C,
    recorded_by=R.INTAKE | R.LEAD,
    tells="story_withdrawn? → consumer",
    fits=lambda case: any(not story.withdrawn for story in case.feedback.stories),
    shows=Shows(),
    confided="house",
    part="stories",
    about=where(lambda case, act: standing(case, case.stands_for(act.who)) is not None),
)
def withdraw_story(case: Case, act: Act, *, party: Whom = None) -> Done:
    """Withdraw a person's story, at any time and without a reason. Staff name the person in `party`. A
    published story disappears from the public page at once."""
    whose = (
        case.stands_for(act.who)
        if act.role in R.C
        else party or next((s.of for s in case.feedback.stories if not s.withdrawn), "")
    )
    story = required(standing(case, whose), "no_story")
    return Done(
        _with(case, replace(story, withdrawn=act.now)),
        ((f"story_withdrawn#{story.id}", f"for:{whose}"),),
        {"story": story.id, "party": whose, "released": bool(story.released)},
    )


@move(
    at=S.CLOSED,
    by=R.SUPERVISOR,
    tells="story_released? → consumer",
    fits=lambda case: any(unpublished_stories(case)),
    shows=Shows(),
    kept=OFTEN,
    handles=False,
    part="stories",
)
def release_story(
    case: Case,
    act: Act,
    *,
    story: Annotated[str, Names("story")],
    hide: tuple[Text, ...] = (),
    handled: Handled,
    said: EntryWords,
) -> Done:
    """Publish a story, as a supervisor who has not handled the case. The supervisor reads the text from which
    identifying details were removed. They can hide more of its words (`hide`), but add none. `handled` are
    the people who have handled the case."""
    from chalicelib.domain.scrub import mask_pieces

    waits = next((one for one in unpublished_stories(case) if one.id == story), None)
    found = required(waits, "story_unknown", field="story")
    text = str(said.get(found.entry, {}).get("text") or "")
    refuse_if(not text, "story_unknown", field="story")  # the text of the story may have been erased
    if act.who in handled:
        entry, name = handled[act.who]
        raise Refusal("own_case", entry=entry, move=name)
    if missing := [n for n, piece in enumerate(hide) if piece not in text]:
        raise Refusal("not_in_story", field="hide", n=missing[0] + 1)
    return Done(
        _with(case, replace(found, released=act.now)),
        ((f"story_released#{story}", f"for:{found.of}"),),
        {"party": found.of},
        words={"hide": None, "published": mask_pieces(text, hide, case.party(found.of).language)},
    )


def _with(case: Case, story: Story) -> Case:
    return replace(
        case,
        feedback=replace(
            case.feedback,
            stories=tuple(story if one.id == story.id else one for one in case.feedback.stories),
        ),
    )
