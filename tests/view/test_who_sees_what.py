"""Visibility of a case's contents by reader and stage. Only the views decide it, so no page, answer or
letter can show more.

The table is written by hand after tables.md §1 and §5. A reader or content kind that it lacks fails a
test."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import timedelta

import pytest

from chalicelib.access.authorization import Caller, Thing, may_read
from chalicelib.domain.engine.declare import Take
from chalicelib.domain.model.case_records import BUSINESS, Owed
from chalicelib.domain.model.codes import (
    Conclusion,
    Conflict,
    Missing,
    Power,
    Remedy,
    Result,
    Role,
    Route,
    Side,
    Way,
)
from chalicelib.domain.moves.feedback import answer_survey, give_opinion
from chalicelib.domain.moves.offers import offer
from chalicelib.domain.roster import Roster
from chalicelib.view.agreement import text_of
from chalicelib.view.answer import Concluded, answer_view
from chalicelib.view.deadlines import deadlines_view
from chalicelib.view.evidence import appraisals, information_request, pieces
from chalicelib.view.inquiry import interviews, progress
from chalicelib.view.mediation import mediation_view
from chalicelib.view.obligation import change_of, claim_of, ledger, terms_of
from chalicelib.view.outside import outside
from chalicelib.view.party import SEEN, Partner, PartyReader
from chalicelib.view.people import Put, deciders, joint_view, people, put_in
from chalicelib.view.reader import Reader
from chalicelib.view.review import review_view
from chalicelib.view.staff import Staff
from chalicelib.view.talks import talks_inside, talks_view
from chalicelib.view.timeline import party_entry
from tests.domain.life import (
    AGENT,
    Life,
    accepted,
    answered,
    both_heard,
    bound,
    clause,
    disputed,
    drafted,
    held,
    joint,
    mediated,
    mediating,
    offered,
    reported,
    represented,
    returned,
    speaker,
    talking,
    unopposed,
    voted,
)
from tests.domain.promises import both_owe, changing, says_done, speaks
from tests.domain.surveyed import OPINION, SCORES, closed
from tests.newer import rewritten
from tests.view.read import addressee, dossier, house, party, staff


def reported_on() -> Life:
    """Return a case whose report is filed and whose answer is still missing."""
    life = represented(accepted())
    life.take("file_report", "zhao", **reported(life))
    return life


def together() -> Life:
    """Return a joint case of two people with a proposed settlement that has a part for each."""
    life, _ = joint(2, accepted())
    by = life.time.date() + timedelta(days=5)
    remedies = tuple(Owed(1, Remedy.REFUND, by, 10000, id) for id in ("p1", "p2"))
    life.take("ask_consent", "zhao", settlement="各退一百元。", remedies=remedies)
    return life


def inquired() -> Life:
    """Return a case with an answered information request, a proceeding elsewhere, a proposed appraisal, an
    interview invitation and a progress notice."""
    life = Life()
    life.take("ask_information", "wang", items=(Missing.PHOTOS,), why="看不清。")
    life.says("give_information", "p1", answer="见照片。")
    life.take("accept", "wang")
    life.take("take", "zhao")
    life.says("note_outside_proceeding", "p1", body=Route.SAMR_12315, number="第5号")
    said = {"laboratory": "某检测所", "question": "是否漏电？", "custody": "封存。", "cost": "企业承担。"}
    life.take("propose_appraisal", "zhao", **said)
    life.take(
        "invite_interview", "zhao", meeting=life.time + timedelta(days=1), how=Way.PHONE, purpose="核对经过。"
    )
    life.take("tell_progress", "zhao", done="已经调取订单。", upcoming="检测。")
    return represented(life)


def in_talks() -> Life:
    """Return a case with a confidential statement of each side and an offer by the company."""
    life = both_heard(talking(represented(disputed(), checked=False)))
    offered(life, Side.BUSINESS)
    return life


def at_the_table() -> Life:
    """Return a mediation with a meeting that the company missed and a draft agreement."""
    life = held(unopposed(mediated(mediating(talking(disputed())))), Side.CONSUMER)
    return drafted(life, returned(life), clause(life))


def in_dispute() -> Life:
    """Return a case where the consumer claims the return of the goods and the company disputes it."""
    life = says_done(both_owe(), "O1")
    life.take("dispute_done", speaks(life, BUSINESS), Role.BUSINESS_REP, obligation="O1", reason="没有收到。")
    return life


def words(move: str, side: Side | None = None) -> Callable[[Reader, Life], object]:
    """Return a function that gives the text of the last entry of a move, optionally only by one side's
    speaker."""

    def seen(reader: Reader, life: Life) -> object:
        lines = map(dossier(life).line, range(1, life.case.entries + 1))
        fits = [
            one["n"]
            for one in lines
            if one["move"] == move and (side is None or one["who"] == speaker(life, side))
        ]
        if isinstance(reader, PartyReader):
            one = party_entry(reader, fits[-1]) if fits and reader.authorised else None
            return one and one.words
        return fits and not isinstance(reader, Partner) and reader.words(fits[-1])

    return seen


def asked_of_each(reader: Reader, life: Life) -> Put | None:
    """Return the settlement proposed to joint complainants, as the reader sees it."""
    proposal = None if isinstance(reader, Partner) else life.case.together.proposal
    return put_in(reader, proposal.entry) if proposal and reader.principal != BUSINESS else None


def concluded(reader: Reader, life: Life) -> Sequence[Concluded]:
    """Return the conclusion on each matter."""
    found = answer_view(reader)
    return found.matters if found else ()


def offers(reader: Reader, life: Life) -> object:
    """Return the amounts of all offers in fen; for staff, whether any offer has an amount."""
    if isinstance(reader, PartyReader):
        found = reader.authorised and talks_view(reader, life.roster)
        return [one.amount for one in found.offers] if found else None
    talks = talks_inside(reader) if isinstance(reader, Staff) else None
    return talks and any(one.amount for one in talks.offers)


def absences(reader: Reader, life: Life) -> object:
    """Return the absences from meetings that the reader sees, including those implied by a pending
    question."""
    if isinstance(reader, PartyReader):
        found = reader.authorised and mediation_view(reader, life.roster)
        return found and found.absences
    mediation = reader.head.talks.mediation if isinstance(reader, Staff) else None
    asked = any(run.id.startswith("absence_asked") for run in reader.runs())
    return asked or (mediation and mediation.absences)


def draft(reader: Reader, life: Life) -> object:
    """Return the agreement that awaits signatures, or a false value."""
    return (
        not isinstance(reader, Partner)
        and life.case.bound is None
        and life.case.talks.agreement
        and (text_of(reader, life.case.talks.agreement))
    )


def change(reader: Reader, life: Life) -> object:
    """Return whether the reader sees the reason of a proposed change."""
    return any(o.proposed and change_of(reader, o, o.proposed.entry).reason for o in ledger(reader))


THINGS: Mapping[str, Callable[[Reader, Life], object]] = {
    "account": words("submit"),
    "answer": concluded,
    "facts": lambda reader, life: any(one.findings for one in concluded(reader, life)),
    "pieces": lambda reader, life: isinstance(reader, Staff) and any(one.says for one in pieces(reader)),
    "tests": lambda reader, life: any(one.proposed for one in appraisals(reader)),
    "wanted": lambda reader, life: information_request(reader),
    "outside": lambda reader, life: outside(reader),
    "number": lambda reader, life: any(one.number for one in outside(reader)),
    "interview": lambda reader, life: isinstance(reader, PartyReader) and interviews(reader),
    "progress": lambda reader, life: isinstance(reader, PartyReader) and progress(reader),
    "names": lambda reader, life: any(one.name for one in people(reader)),
    "joint": lambda reader, life: isinstance(reader, PartyReader) and joint_view(reader),
    "put": lambda reader, life: (found := asked_of_each(reader, life)) and found.text,
    "remedies": lambda reader, life: (found := asked_of_each(reader, life)) and found.remedies,
    "deciders": lambda reader, life: deciders(reader, life.roster),
    "deadlines": lambda reader, life: reader.authorised and deadlines_view(reader, Roster),
    "owed": lambda reader, life: ledger(reader),
    "clause": lambda reader, life: any(terms_of(reader, owed).said for owed in ledger(reader)),
    "owes": lambda reader, life: any(owed.owes for owed in ledger(reader)),
    "change": change,
    "claim": lambda reader, life: any((claim_of(reader, owed) or ("", ""))[1] for owed in ledger(reader)),
    "claimed_by": lambda reader, life: any(owed.claimed_by for owed in ledger(reader)),
    "objection": words("dispute_done"),
    "statement": words("state_position", Side.CONSUMER),
    "reply": words("state_position", Side.BUSINESS),
    "offers": offers,
    "minutes": words("record_meeting"),
    "absences": absences,
    "draft": draft,
    "reasons": words("ask_reconsideration"),
    "panel": lambda reader, life: (found := review_view(reader)) and found.panel,
    "votes": lambda reader, life: (found := review_view(reader)) and any(s.votes for s in found.panel),
}
STAGES: Mapping[str, Callable[[], Life]] = {
    "together": together,
    "inquiry": inquired,
    "report": reported_on,
    "talks": in_talks,
    "table": at_the_table,
    "in force": bound,
    "changing": changing,
    "dispute": in_dispute,
    "review": lambda: voted(Result.CONFIRMED),
}
READERS: Mapping[str, Callable[[Life], Reader]] = {
    "house": house,
    "letter": addressee,
    "consumer": party,
    "agent": lambda life: party(life, "p2"),
    "neighbour": lambda life: party(life, "p2"),
    "company": lambda life: party(life, speaker(life, Side.BUSINESS)),
    "partner": lambda life: Partner(dossier(life), life.time, Caller("shop-crm", Role.PARTNER)),
    "investigator": lambda life: staff(life, Role.INVESTIGATOR),
    "officer": lambda life: staff(life, Role.NEGOTIATOR, "ma"),
    "mediator": lambda life: staff(life, Role.MEDIATOR, "yan"),
    "member": lambda life: staff(life, Role.PANEL, life.case.panel[0].who if life.case.panel else "x"),
    "supervisor": lambda life: staff(life, Role.SUPERVISOR),
    "auditor": lambda life: staff(life, Role.AUDITOR),
}


SEES = {
    "together": """
        house         account names put remedies deadlines
        letter        account put remedies deadlines
        consumer      account joint put remedies deadlines
        neighbour     joint put remedies deadlines
        partner       deadlines
        investigator  account pieces names put remedies deadlines
        officer       account pieces names put remedies deadlines
        mediator      -
        member        -
        supervisor    account pieces names put remedies deadlines
        auditor       remedies deadlines
    """,
    "inquiry": """
        house         account tests outside number names deadlines
        letter        account tests wanted outside number deadlines
        consumer      account tests wanted outside number interview progress names deadlines
        agent         account tests wanted outside number interview progress names deadlines
        partner       deadlines
        investigator  account pieces tests outside number names deadlines
        officer       account pieces tests outside number names deadlines
        mediator      -
        member        -
        supervisor    account pieces tests outside number names deadlines
        auditor       outside deadlines
    """,
    "report": """
        house         account answer facts names deadlines
        letter        account deadlines
        consumer      account names deadlines
        agent         account names deadlines
        partner       deadlines
        investigator  account answer facts pieces names deadlines
        officer       account answer facts pieces names deadlines
        mediator      -
        member        -
        supervisor    account answer facts pieces names deadlines
        auditor       answer deadlines
    """,
    "talks": """
        consumer      account answer facts names deadlines statement offers
        agent         -
        company       answer deadlines reply offers
        partner       deadlines
        investigator  account answer facts pieces names deadlines
        officer       account answer facts pieces names deadlines statement reply offers
        mediator      -
        member        -
        supervisor    account answer facts pieces names deadlines
        auditor       answer deadlines offers
    """,
    "table": """
        consumer      account answer facts deadlines minutes absences draft
        company       answer deadlines minutes absences draft
        partner       deadlines
        investigator  account answer facts pieces names deadlines
        officer       account answer facts pieces names deadlines minutes absences draft
        mediator      account answer facts pieces names deadlines minutes absences draft
        member        -
        supervisor    account answer facts pieces names deadlines
        auditor       answer deadlines absences
    """,
    "in force": """
        consumer      account answer facts deadlines owed clause
        company       answer deadlines owed clause owes
        partner       -
        investigator  account answer facts pieces names deadlines owed clause
        mediator      account answer facts pieces names deadlines owed clause
        member        -
        supervisor    account answer facts pieces names deadlines owed clause
        auditor       answer deadlines owed
    """,
    "changing": """
        house         account answer facts names deadlines owed clause change
        letter        account answer facts deadlines owed clause owes change
        consumer      account answer facts deadlines owed clause owes change
        company       answer deadlines owed clause owes change
        partner       -
        investigator  account answer facts pieces names deadlines owed clause change
        auditor       answer deadlines owed
    """,
    "dispute": """
        house         account answer facts names deadlines owed clause claim claimed_by objection
        letter        account answer facts deadlines owed clause owes claim objection
        consumer      account answer facts deadlines owed clause owes claim objection
        company       answer deadlines owed clause owes claim objection
        partner       -
        investigator  account answer facts pieces names deadlines owed clause claim claimed_by objection
        supervisor    account answer facts pieces names deadlines owed clause claim claimed_by objection
        auditor       answer deadlines owed claimed_by
    """,
    "review": """
        consumer      account answer facts deciders deadlines reasons panel
        partner       deadlines
        investigator  account answer facts pieces names deciders deadlines reasons panel
        member        account answer facts pieces names deciders deadlines reasons panel votes
        supervisor    account answer facts pieces names deciders deadlines reasons panel votes
        auditor       answer deciders deadlines panel votes
    """,
}
"""What each reader sees at each stage; `-` means nothing."""
ROWS = [(stage, *row.split(None, 1)) for stage in SEES for row in SEES[stage].strip().splitlines()]


@pytest.fixture(scope="module")
def lives() -> Mapping[str, Life]:
    """Return a case for each stage."""
    return {stage: build() for stage, build in STAGES.items()}


@pytest.mark.parametrize(("stage", "name", "things"), ROWS)
def test_reader_sees_exactly_the_contents_of_their_row(
    lives: Mapping[str, Life], stage: str, name: str, things: str
) -> None:
    """A reader sees exactly the contents of their row."""
    life = lives[stage]
    reader = READERS[name](life)
    shut = isinstance(reader, Staff) and not may_read(life.case, Thing.TIMELINE, reader.caller, life.time)
    assert [thing for thing, of in THINGS.items() if not shut and of(reader, life)] == [
        thing for thing in things.split() if thing != "-"
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_fields_of_a_newer_release_are_in_nobodys_way(lives: Mapping[str, Life], stage: str) -> None:
    """Fields saved by a newer release, running beside this one, do not change what a reader sees."""
    newer = copy(lives[stage])
    newer.case = rewritten(newer.case)
    for name in (reader for of, reader, _ in ROWS if of == stage):
        for thing, of in THINGS.items():
            before, after = (bool(of(READERS[name](life), life)) for life in (lives[stage], newer))
            assert before == after, (name, thing)


def test_every_thing_is_seen_and_every_reader_and_stage_has_its_place() -> None:
    """Every stage, reader and content kind appears in the table."""
    assert {stage for stage, *_ in ROWS} == STAGES.keys()
    assert {name for _, name, _ in ROWS} == READERS.keys()
    assert {thing for *_, things in ROWS for thing in things.split()} - {"-"} == THINGS.keys()


def test_partner_system_sees_no_window_of_the_talks(lives: Mapping[str, Life]) -> None:
    """A partner system sees no window between the two sides, and only the windows of its own complainant."""
    told = {stage: {run.name for run in READERS["partner"](life).runs()} for stage, life in lives.items()}
    assert {name for names in told.values() for name in names} <= SEEN["partner"]
    assert not SEEN["partner"] & {"offer", "mediation", "obligation", "signing"}
    assert told["talks"] == {"answer_window", "party_reply"}
    assert told["table"] == {"answer_window"}
    life, _ = joint(2)
    for id in ("p1", "p2"):
        life.says("message", id, text="何时答复？")
    assert [run.id for run in READERS["partner"](life).runs() if run.name == "message_reply"] == [
        message.id for message in life.case.messages if message.by == "p1"
    ]


def test_authority_is_asked_only_of_the_represented_person() -> None:
    """Only the complainant who chose an agent is asked for the authority, until it is checked."""
    life, _ = joint(2)
    life.says("add_representative", "p2", **AGENT)

    def awaiting_reply() -> list[str]:
        return [id for id in ("p1", "p2") if party(life, id).awaits_reply("authority_request")]

    assert awaiting_reply() == ["p2"]
    life.take("check_authority", "wang", representative="p3", document="E1", powers=tuple(Power))
    assert awaiting_reply() == []


def test_unnamed_record_belongs_to_the_first_complainant() -> None:
    """An entry that staff record without naming a person belongs to the first complainant."""
    life, _ = joint(2, accepted())
    answered(Conclusion.NOT_UPHELD, life).take("ask_reconsideration", "wang", reasons={1: "维修单没有看。"})
    assert [party_entry(party(life, id), life.case.entries) is not None for id in ("p1", "p2")] == [
        True,
        False,
    ]


def told_to(life: Life, move: Take, role: Role, who: str = "x") -> Mapping[str, object]:
    """Return the last entry of a move as a member of staff sees it."""
    reader = staff(life, role, who)
    return reader.visible_line(reader.dossier.line(reader.dossier.last(move)))


def test_other_staff_see_no_content_of_confidential_offers() -> None:
    """Other staff see only who made a confidential offer and its number; the negotiator sees all of it."""
    life = in_talks()
    seen, whole = told_to(life, offer, Role.INVESTIGATOR), told_to(life, offer, Role.NEGOTIATOR, "ma")
    assert seen["who"] == whole["who"] == speaker(life, Side.BUSINESS)
    assert seen["facts"] == {"offer": "F1"} != whole["facts"]


@pytest.mark.parametrize(("move", "said"), [(answer_survey, SCORES), (give_opinion, OPINION)])
def test_an_answer_about_us_bears_no_name_for_those_it_is_about(move: Take, said: dict[str, int]) -> None:
    """Staff of the case see feedback without name and content; the auditor sees both."""
    life = closed()
    life.take("ask_opinion", "clock")
    life.take(move.__name__, "li", **said)
    seen, whole = told_to(life, move, Role.INVESTIGATOR), told_to(life, move, Role.AUDITOR)
    assert (seen["who"], seen["role"], seen["facts"]) == ("consumer", "consumer", {})
    assert whole["who"] == "p1"
    assert whole["facts"]


def test_why_a_mediator_is_objected_to_is_not_for_them() -> None:
    """The reasons of an objection are readable to the supervisor, and hidden from the mediator concerned."""
    life = mediated(mediating(talking(disputed())))
    life.take("challenge_mediator", "li", conflict=Conflict.INTEREST, reason="他是股东。")
    readers = [(Role.SUPERVISOR, "x"), (Role.MEDIATOR, "yan"), (Role.INVESTIGATOR, "x")]
    line = dossier(life).line(life.case.entries)
    assert [staff(life, role, who).reads(line) for role, who in readers] == [True, False, False]


def test_for_themselves_everybody_may_do_what_needs_a_power() -> None:
    """A complainant has every power for themselves; an agent has only the powers granted."""
    life = represented(accepted(), powers=(Power.ANSWER,))
    assert [
        (party(life, id).empowered(Power.ANSWER), party(life, id).empowered(Power.SIGN))
        for id in ("p1", "p2")
    ] == [(True, True), (True, False)]
