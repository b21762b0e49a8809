"""Numbers in texts: each comes from the policy, or is listed here with the reason why it is written out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from chalicelib.access import links
from chalicelib.aws import (
    case_file,
    changed_rows,
    due_index,
    hook_rows,
    letter_rows,
    read_rows,
    suggestion_rows,
)
from chalicelib.domain import canned_texts, finding, register
from chalicelib.domain.engine.link_expiry import LINK_LASTS
from chalicelib.domain.engine.sending_limits import CODE_GOOD_FOR
from chalicelib.domain.model.field_marks import MESSAGE, STORY
from chalicelib.domain.moves import answer, call_tasks, dispute, drafting, mediation, meetings, parties
from chalicelib.domain.policy import POLICIES
from chalicelib.figures import editions, filed, signs, survey
from chalicelib.hooks import endpoint, https, target
from chalicelib.letters import render
from chalicelib.locale.lengths import lengths
from chalicelib.operations import signed_lists, staffing
from chalicelib.web import drafts, inputs, partners, problems, request_models, signin
from chalicelib.web.pages.desk import board, urgency
from chalicelib.web.routes import handover_link, roster
from tests.letters.literal_numbers import literals, numbers
from tests.letters.sample import slots

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Literal(NamedTuple):
    """Numbers that these texts (places, with `*`) write out, and why they may."""

    reason: str
    numbers: frozenset[int]
    places: tuple[str, ...]


def listed(reason: str, numbers: set[int] | range, *places: str) -> Literal:
    """Return an entry of the list."""
    return Literal(reason, frozenset(numbers), places)


YEARS = range(1997, 2027)
LITERALS = (
    listed(
        "the year of a law",
        YEARS,
        "codes.law.*",
        "codes.decline_ground_must_say.improper_gain",
        "pages.process.source.*",
        "pages.privacy.law.*",
    ),
    listed("law: 网络购买商品七日无理由退货暂行办法, its name", {7}, "codes.law.seven_day_return_2020"),
    listed(
        "law: 民法典 188, three years",
        {3},
        "codes.*.out_of_time",
        "codes.fact.three_years",
        "codes.route_note.court",
    ),
    listed("law: 市场监督管理投诉举报处理办法 (2026), three years", {3}, "codes.route_note.samr_12315"),
    listed("law: 电信用户申诉处理办法, five months and two years", {2, 5}, "codes.route_note.telecom_12300"),
    listed("law: 消费者权益保护法 25, seven days", {7}, "*return_refund*"),
    listed("law: 人民调解法 33, cited in an agreement", {30}, "documents.document.effect.confirmation"),
    listed("law: 民事诉讼法 250 and 民法典 188", {2, 3}, "letters/breach_referred"),
    listed(
        "law: 市场监督管理投诉举报处理办法 (2026) 15, above our own length",
        {7},
        "pages.process.source.our own*",
    ),
    listed("law: 个人信息保护法 31, the age of children", {14}, "pages.privacy.kept.sensitive.law.*"),
    listed("a limit of our code", {drafting.MOST_CURE_DAYS}, "forms.hint.days"),
    listed(
        "a default of our code",
        {drafting.Clause.__dataclass_fields__["cure_days"].default},
        "forms.hint.cure_days",
    ),
    listed("a limit of our code", {MESSAGE}, "forms.hint.message.text"),
    listed("a limit of our code", {canned_texts.LONGEST}, "pages.canned.hint.text"),
    listed("a limit of our code", {canned_texts.TITLE}, "pages.canned.hint.title"),
    listed("a limit of our code", {finding.FEWEST_DIGITS}, "pages.find.hint", "pages.find.try"),
    listed("a limit of our code", {finding.ENDS[-1]}, "pages.find.mistyped"),
    listed("a limit of our code", {urgency.SOON // HOUR}, "pages.board.head.soon"),
    listed("a limit of our code", {board.AHEAD // DAY}, "pages.board.gaps"),
    listed("a limit of our code", {STORY}, "forms.hint.story"),
    listed("a limit of our code", {10_000}, "forms.hint.consent_story.text"),
    listed("a limit of our code", {answer.MOST_CAUSES}, "forms.hint.causes", "*.too_many_causes"),
    listed("a limit of our code", {dispute.ENOUGH_TRIES}, "forms.hint.record_try.what", "*.hear_first"),
    listed(
        "a limit of our code",
        {mediation.ENOUGH_ABSENCES},
        *(
            "codes.ending.absent",
            "codes.fact.absent_twice",
            "letters/absence_asked",
            "letters/parts/absent",
            "*.absence_asked.silence",
        ),
        *("pages.consumer.parts.mediation.absence", "pages.consumer.parts.mediation.explain_how"),
    ),
    listed(
        "a limit of our code",
        {meetings.MOST_ASKS},
        *("pages.consumer.parts.mediation.asked_often", "pages.consumer.move.ask_meeting_change.says"),
    ),
    listed(
        "a limit of our code",
        {CODE_GOOD_FOR // MINUTE},
        "letters/one_time_code",
        "*.code.good",
        "*.code_late",
    ),
    listed("a limit of our code", {parties.NEW_ADDRESS // DAY}, "pages.consumer.code.new", "*.address_new"),
    listed("a limit of our code", {parties.LINK_AGAIN // MINUTE}, "pages.consumer.contact.*", "*.find.sent"),
    listed("a limit of our code", {LINK_LASTS // DAY}, "pages.consumer.find.ended"),
    listed("a limit of our code", {handover_link.LASTS // HOUR}, "pages.consumer.handed.*"),
    listed("a limit of our code", {drafts.KEPT // DAY}, "pages.consumer.complain.kept"),
    listed("a limit of our code", {call_tasks.TRIED}, "pages.desk.telling.post"),
    listed("a limit of our code", {due_index.PARKED_AFTER, letter_rows.PARKED_AFTER}, "pages.desk.parked.*"),
    listed("a limit of our code", {read_rows.KEPT // (366 * DAY)}, "pages.desk.reads.says"),
    listed("a limit of our code", {suggestion_rows.KEPT // (365 * DAY)}, "*.suggestions*"),
    listed("a limit of our code", {register.ENDS_SOON // DAY}, "pages.mediators.*ending"),
    listed("a limit of our code", {staffing.AHEAD // HOUR}, "pages.roster.*gaps"),
    listed("a limit of our code", {staffing.AT_ONCE}, "pages.roster.reroute_says", "pages.roster.owned_by"),
    listed("a limit of our code", {26}, "pages.roster.hint.hours_weeks"),
    listed("a limit of our code", {problems.HELD_S // 60}, "*.held"),
    listed("the method of the figures", {filed.DAYS}, "pages.routing.*", "pages.reports.teams.lately"),
    listed("a limit of our code", {signin.SESSION_LASTS // HOUR}, "pages.sessions.says"),
    listed("a limit of our code", {roster.PHONE}, "*.team_code"),
    listed("a limit of our code", {endpoint.GIVEN_UP // DAY}, "letters/hook_disabled", "pages.webhooks.says"),
    listed("a limit of our code", {changed_rows.KEPT // DAY}, "letters/hook_disabled"),
    listed("a limit of our code", {hook_rows.LOGGED // DAY}, "pages.webhooks.*"),
    listed("a limit of our code", {int(https.IN_ALL_S)}, "pages.webhooks.fault.silent"),
    listed("a limit of our code", {2}, "pages.webhooks.ask_says.rotate"),
    listed("a limit of our code", {target.LONGEST}, "*.hook_url"),
    listed("a limit of our code", {partners.LONGEST // DAY}, "pages.keys.hint.days"),
    listed("a limit of our code", {case_file.REMEMBERED // DAY}, "pages.reference.retry.says"),
    listed("a limit of our code", {inputs.BODY}, "pages.reference.limits.says"),
    listed("a limit of our code", {1}, "*.clause_needs_days", "*.cure_days", "*.meeting_length"),
    listed("a limit of our code", {5}, "*.code_wrong"),
    listed(
        "a limit of our code",
        {request_models.EARLIEST.year, request_models.AHEAD // (366 * DAY)},
        "forms.field.date_range",
    ),
    listed(
        "the method of the figures",
        {7, signs.PAST, signs.COOL.days},
        "letters/*_warning",
        "letters/group_alert",
        "pages.signs.*",
    ),
    listed("the worlds in which early signs are measured", {2, 3, 5, 10, 330}, "pages.signs.rate"),
    listed("the method of the figures", {editions.LEAST}, "pages.figures.*", "pages.reports.*"),
    listed("the method of the figures", {editions.LEAST}, "pages.measures.status.few"),
    listed("the method of the figures", {survey.FEW}, "pages.reports.protects.rounded"),
    listed("the method of the figures", {95}, "pages.reports.*"),
    listed("the method of the figures", {signed_lists.ROUND}, "pages.record.says"),
    listed(
        "ages and shares of the figures, in days and weeks", {3, 4, 8}, "pages.figures.*", "pages.reports.*"
    ),
    listed("days until the final edition, seconds of the clock", {60}, "pages.figures.*", "pages.reports.*"),
    listed("percent of an interval", {95}, "pages.figures.*", "pages.reports.*"),
    listed("the year of a method: 8D", {1987}, "pages.process.source.8D*"),
    listed("the name of a figure", {24}, "pages.figures.*", "pages.reports.head.*"),
    listed("percent, quantiles, per thousand", {9, 90, 99, 100}, "pages.figures.*", "pages.*actions.*"),
    listed("percent, quantiles, per thousand", {9, 12, 1000}, "pages.reports.*"),
    listed("the scale of the survey", {1, 5}, "pages.figures.*", "pages.reports.*", "pages.desk.aloud.how"),
    listed("the method of the figures", {24}, "pages.board.*.acknowledged*"),
    listed("the method of the figures", {7, 30, 60}, "pages.board.trend.open_*"),
    listed(
        "how many characters of a name and a subject a line of the list shows", {8, 28}, "templates/desk.html"
    ),
    listed("the schedule of the function `words`, in minutes", {10}, "pages.find.written_later"),
    listed("the way in which search files are made", {2}, "pages.privacy.times.sought"),
    listed("the form of a number", {4}, "pages.desk.receipt.number"),
    listed("the form of a number", {links.DIGITS}, "*.reference", "*.find.*", "*.no_number"),
    listed(
        "the form of a number", {2, 6, 64}, "forms.field.money", "*.code.*", "*.sha256_hint", "*.no_digest"
    ),
    listed(
        "the number of questions on the form, and the time that they take",
        {2, 5},
        *("letters/opinion", "letters/survey*", "*.answer_survey*", "*.give_opinion*"),
        *("*.survey.fill", "*.opinion.fill"),
    ),
    listed(
        "plain language: about so long",
        {3, 10},
        "letters/visit",
        "pages.consumer.start.takes",
        "pages.easy.start.takes",
    ),
    listed(
        "the scores of a survey",
        {1, 2, 3, 4, 5, 10},
        "pages.measures.score.*",
        "pages.measures.says.survey_*",
    ),
    listed("the scores that count as content", {4, 5}, "pages.measures.name.survey_content"),
    listed(
        "the confidence of an interval",
        {95},
        "pages.measures.says.survey_high",
        "pages.measures.says.survey_low",
    ),
    listed("a measure: nine tenths", {9}, "pages.measures.*.step_p90_hours"),
    listed("a measure: per 1,000 customers", {1000}, "pages.measures.*.per_*", "pages.volumes.*"),
    listed(
        "the rule of sums of money: ten people, none with more than half",
        {2, 10},
        "pages.measures.says.total",
        "pages.reports.part.redress.says",
    ),
    listed(
        "a limit of our SQL: days to a repeat",
        {90},
        "pages.measures.says.repeats",
        "pages.reports.part.rates.says",
    ),
    listed("whole days above so many hours", {72}, "pages.figures.table.times"),
    listed(
        "rules of FCA, FOS and CFPB",
        {2, 3, 8, 12, 15, 30, 60, 2025},
        "pages.measures.counterpart.*",
        "pages.measures.source.fca_2027",
    ),
    listed("an example", {1, 2, 3, 5, 10, 15, 1280, 1655}, "forms.*", "pages.mediators.hint.experience"),
    listed("an example", {5, 1280}, "pages.consumer.complain.day_hint", "pages.consumer.complain.sum_hint"),
    listed("the number of pages in easy language", {5}, "pages.accessibility.does.easy"),
    listed("plain language: two wishes, each named", {2}, "pages.consumer.complain.fold.fair"),
    listed("storage settings of the template", {2}, "*.file_infected"),
    listed("a standard: WCAG", {400}, "pages.accessibility.does.zoom"),
    listed(
        "plain language: a second person, two sides, two numbers",
        {2},
        *("letters/record_doubted", "pages.desk.doubt", "pages.record.says", "*.record_in_doubt"),
        *("letters/outside_noted", "letters/unlinked", "*.not_same_consumer", "*.check_says"),
    ),
)
"""The numbers that texts write out. Those of our code are compared with it."""


def allowed(place: str) -> Iterator[int]:
    """Yield the numbers that a text may write out."""
    for literal in LITERALS:
        if any(fnmatch(place, pattern) for pattern in literal.places):
            yield from literal.numbers


def test_numbers_in_texts_come_from_the_policy() -> None:
    """A text that fails states a number. Write the slot of `locale/lengths.py` instead, such as
    `{{ 'overdue_notice' | under(policy) }}` in a letter or `{overdue_notice}` on a page. A number of a law or
    of plain language is added to LITERALS here, with its reason."""
    found = [
        f"{place} ({language}) states {n}"
        for (place, language), said in literals().items()
        for n in said
        if n not in {*allowed(place)}
    ]
    assert found == []


def test_no_listed_number_has_gone() -> None:
    """Each number in LITERALS still stands in a text. If its constant has changed, the text must follow;
    otherwise the entry is removed."""
    said = {(place, n) for (place, _), found in literals().items() for n in found}
    gone = [
        (pattern, literal.numbers)
        for literal in LITERALS
        for pattern in literal.places
        if not any(fnmatch(place, pattern) and n in literal.numbers for place, n in said)
    ]
    assert gone == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in three working days", [3]),
        ("至少三人，24小时以内，十五个工作日", [3, 24, 15]),
        ("at least 12 people, twice, 5 % or more than seven", [12, 2, 5, 7]),
        ("每{{ 'overdue_notice' | under(policy) }}再告诉您一次", []),
        ("第二人、第三方、《民法典》第一百八十八条", []),
        ("within {undo_withdrawal} of being told", []),
        ("一百二十天", [120]),
    ],
)
def test_numbers_are_found_in_digits_and_words(text: str, said: list[int]) -> None:
    """A number counts with its unit, in both languages; ordinals and articles of laws do not."""
    assert sorted(numbers(text)) == sorted(said)


@pytest.mark.parametrize(
    ("language", "before", "after"), [("zh", "每7天再", "每9天再"), ("en", "7 days", "9 days")]
)
def test_a_text_follows_a_change_of_the_policy(
    language: str, before: str, after: str, tmp_path: Path
) -> None:
    """A letter and a sentence of a page give the length of the policy of their case."""
    other = tmp_path / "next.toml"
    rules = (POLICIES / "default-1.toml").read_text("utf-8")
    other.write_text(
        rules.replace('length = "168h"', 'length = "216h"').replace('length = "3d"', 'length = "4d"')
    )
    told = {name: render("accepted", language, slots(policy=name)).text for name in ("default-1", str(other))}
    assert before in told["default-1"]
    assert after in told[str(other)]
    assert before not in told[str(other)]
    assert lengths(language, str(other))["undo_withdrawal"].startswith("4")
