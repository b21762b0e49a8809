"""After a case is closed: people say how we did, and whether they want their story published."""

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
from chalicelib.domain.model.field_marks import Given, Number, Text, Whom, Words
from chalicelib.domain.moves.parties import People, meant
from chalicelib.domain.moves.reconsideration import Handled
from chalicelib.domain.policy import policy
from chalicelib.domain.roster import Roster
from chalicelib.domain.scrub import hidden, scrub

Score = Annotated[int, Number(1, 5)]
"""From 1, very dissatisfied, to 5, very satisfied."""
Said = Annotated[Mapping[int, Mapping[str, Any]], Given()]
"""The words of every entry, by its number."""
Agreement = Annotated[int, Number(1, 5, "agreement")]
"""How far somebody agrees with a sentence, from 1, not at all, to 5, wholly."""


@on_leaving(S.CLOSED)
def _asked_anew(case: Case, act: Act) -> Case:
    return replace(case, feedback=replace(case.feedback, surveyed=()))


def _unanswered(case: Case, act: Act) -> bool:
    """Whether the survey is open, and a party has not answered it; staff say for whom they write down."""
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
    """Somebody says how we did, once after a closing and within its window; whoever represents them says it
    for them. The scores are shown to nobody who had a part in the case; a supervisor looks at them and notes
    what follows."""
    whose = meant(case, act, party).id
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
    """Until when the survey about a closed case can be answered (UTC), also by somebody whom no letter
    reaches."""
    return ends(
        case, DEADLINES["survey"], policy(case.policy).rules["survey"], Run("", case.spells[-1].since), []
    ).at


@move(at=S.CLOSED, by=R.CLOCK, tells="opinion → consumer")
def ask_opinion(case: Case, act: Act) -> Done:
    """Ask people about the process itself, once in the life of a complaint that was drawn by lot among those
    closed in the quarter before (issue 17)."""
    refuse_if(case.outcome in UNASKED, "no_survey")
    refuse_if(case.feedback.asked, "opinion_asked")
    refuse_if(not any(written_to(case, person, act.now) for person in case.consumers), "nobody_to_ask")
    return Done(replace(case, feedback=replace(case.feedback, asked=act.now)), (("opinion", "consumer"),))


def _unopined(case: Case, act: Act) -> bool:
    """Whether people are asked about the process, and a party has not said; staff say for whom they write
    down."""
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
    findable: Agreement,
    predictable: Agreement,
    listened: Agreement,
    alternatives: Agreement,
    trusting: Agreement,
    comment: Text | None = None,
    party: Whom = None,
) -> Done:
    """Somebody who was asked says what they think of the process itself, once and within its window; whoever
    represents them says it for them. It is shown to nobody who had a part in the case."""
    whose, until = meant(case, act, party).id, required(opinion_until(case), "no_opinion_asked")
    refuse_if(whose in case.feedback.opined, "opined_before")
    refuse_if(until <= act.now, "opinion_over")
    feedback = replace(case.feedback, opined=(*case.feedback.opined, whose))
    return Done(replace(case, feedback=feedback), facts={"party": whose})


def opinion_until(case: Case) -> datetime | None:
    """Until when whoever was asked about the process can say what they think of it (UTC); None where nobody
    was asked."""
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
    text: Annotated[str, Words(10_000)],
    agrees: bool,
    people: People,
    roster: Annotated[Roster, Given()],
    said: Said,
) -> Done:
    """Somebody agrees, separately and by an explicit yes, that their story may be published in these words.
    What tells who they are is taken out before it is kept."""
    refuse_if(not agrees, "story_needs_yes", field="agrees")
    refuse_if(standing(case, act.who), "story_stands")
    story = Story(f"S{len(case.feedback.stories) + 1}", act.who, case.said_by(act))
    scrubbed = scrub(text, case.party(act.who).language, **known(case, people, roster, said))
    return Done(
        replace(case, feedback=replace(case.feedback, stories=(*case.feedback.stories, story))),
        facts={"story": story.id, "party": act.who},
        words={"text": scrubbed},
    )


def standing(case: Case, who: str) -> Story | None:
    """The story of a person that they have not withdrawn."""
    return next((story for story in case.feedback.stories if story.of == who and not story.withdrawn), None)


def waiting(case: Case) -> Iterator[Story]:
    """The stories that could be published and have not been."""
    return (story for story in case.feedback.stories if not story.released and not story.withdrawn)


def known(
    case: Case, people: Mapping[str, Mapping[str, Any]], roster: Roster, said: Said
) -> dict[str, list[str]]:
    """What is known from the case that would tell who somebody is: the names of everybody, staff included,
    how and where people are reached, the order. The shop's name is not among these, since the story is about
    the shop."""
    account = said.get(1, {}).get("account") or {}
    mediator = roster.member(case.mediator) if case.mediator else None
    house = [member.name for team in roster.teams.values() for member in team.people()] + (
        [mediator.name] if mediator else []
    )

    def told(rows: Any, *names: str) -> list[str]:
        return [str(row[name]) for row in rows for name in names if row.get(name)]

    return {
        "names": [*told(people.values(), "name", "on_behalf_of"), *house],
        "numbers": [
            case.ref,
            *told(people.values(), "phone", "email"),
            *told([account], "order", "outside_number"),
        ],
        "places": told(people.values(), "address"),
        "keep": told([account], "business", "shop"),
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
    """Somebody takes their story back, at any time and without a reason, also before it was published; it is
    off the page at once."""
    whose = (
        case.stands_for(act.who)
        if act.role in R.C
        else party or next((s.of for s in case.feedback.stories if not s.withdrawn), "")
    )
    story = required(standing(case, whose), "no_story")
    gone = replace(story, withdrawn=act.now)
    return Done(
        _with(case, gone),
        ((f"story_withdrawn#{story.id}", f"for:{whose}"),),
        {"story": story.id, "party": whose, "released": bool(story.released)},
    )


@move(
    at=S.CLOSED,
    by=R.SUPERVISOR,
    tells="story_released? → consumer",
    fits=lambda case: any(waiting(case)),
    shows=Shows(),
    kept=OFTEN,
    handles=False,
    part="stories",
)
def release_story(
    case: Case, act: Act, *, story: str, hide: tuple[Text, ...] = (), handled: Handled, said: Said
) -> Done:
    """Publish a story, by somebody who has not handled the case. They read it as it was scrubbed and can take
    out more of its words, never put any in."""
    waits = next((one for one in waiting(case) if one.id == story), None)
    found = required(waits, "story_unknown", field="story")
    text = str(said.get(found.entry, {}).get("text") or "")
    refuse_if(not text, "story_unknown", field="story")  # the words may have been erased
    if act.who in handled:
        entry, name = handled[act.who]
        raise Refusal("own_case", entry=entry, move=name)
    if missing := [n for n, piece in enumerate(hide) if piece not in text]:
        raise Refusal("not_in_story", field="hide", n=missing[0] + 1)
    published = hidden(text, hide, case.party(found.of).language)
    return Done(
        _with(case, replace(found, released=act.now)),
        ((f"story_released#{story}", f"for:{found.of}"),),
        {"party": found.of},
        words={"hide": None, "published": published},
    )


def _with(case: Case, story: Story) -> Case:
    return replace(
        case,
        feedback=replace(
            case.feedback,
            stories=tuple(story if one.id == story.id else one for one in case.feedback.stories),
        ),
    )
