"""Letters of real lives in both languages, stored in `tests/letters/real` so that people can read them.

`python -m tests.letters.real_letters` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from chalicelib.domain.calendar import published
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.case_records import UndoneAct
from chalicelib.domain.model.codes import (
    Conclusion,
    Fault,
    HelpNeed,
    Hurt,
    MailFault,
    MailOutcome,
    Result,
    Role,
    Side,
    Undelivered,
)
from chalicelib.domain.model.letters import LETTERS, letter_of
from tests.domain.actions import Action
from tests.domain.life import (
    AGENT,
    ASK,
    BY_PHONE,
    DAY,
    DECLINED,
    HOUR,
    PERSON,
    Life,
    answered,
    both_heard,
    called,
    contested,
    decided,
    disputed,
    drafted,
    offered,
    reported,
    represented,
    seated,
    settle,
    speaker,
    talking,
    unopposed,
)
from tests.domain.recomputed import promise_later, recomputed
from tests.domain.variants import role_of, variants
from tests.letters.mediated import mediation_without_mediator, with_mediator
from tests.letters.office_letters import office_letters
from tests.letters.performed import agreed, broken, by_two, late
from tests.letters.rendered import RenderedLife, rendered_life

FOLDER = Path(__file__).parent / "real"
FIRST, APART = 9_000_000_000, 10_000
"""The first number of the first life, and how far apart the first numbers of two lives are. So a new step in
one life changes no number in the others. They are far from the numbers of other tests."""


class RenderedAction(Action, RenderedLife):
    """An improvement action whose letters are rendered in both languages."""


def does(life: Life, move: str, who: str, role: Role | None = None, **said: Any) -> None:
    """Take a move with these words; other parameters get the first values that the case allows."""
    role = role or role_of(life, who)
    found = "no input"
    for one in [{}, *variants(life, life.case).get(move, [])]:
        try:
            life.take(move, who, role, **{**one, **said})
        except Refusal as refusal:
            found = refusal.code
        except TypeError:
            continue
        else:
            return
    raise AssertionError(f"{move}: {found}")


def answered_and_paid() -> Iterator[RenderedLife]:
    """A complaint is investigated, answered, accepted and paid late."""
    life = rendered_life()
    yield life
    does(life, "invite_interview", "zhao", how="phone", purpose="想了解机器是怎样坏的。", where=None)
    does(life, "cancel_interview", "zhao", reason="您在电话里已经说清楚了。")
    does(life, "ask_handler_change", "li", reason="承办人认识店长。")
    does(life, "decide_handler_change", "sun", change=False, reason="查过了，两人不认识。")
    life.take("message", "li", text="什么时候有结果？")
    life.take("message", "zhao", text="我们正在等厂家的检测报告。")
    life.take("tell_progress", "zhao", done="联系了厂家。", upcoming="等厂家的检测报告。")
    life.take(
        "approve",
        "sun",
        approval=life.ask_approval("ask_extension", "zhao", reason="complex", why="需要厂家确认。"),
    )
    does(life, "edit_matters", "sun", reason="第二项说的也是质量问题。")
    life.take("file_report", "zhao", **reported(life))
    life.take("answer", "zhou")
    does(life, "correct_answer", "sun", wrong="退款900元", right="退款1655元")
    life.live(11 * DAY)
    life.take("accept_answer", "li")
    life.live(20 * DAY)
    does(
        life, "claim_done", "feng", obligation="O1", proof="payment_record", what="已经转账，流水号在附件里。"
    )
    does(life, "dispute_done", "li", obligation="O1", reason="没有到账。")
    does(life, "decide_proof", "chen", obligation="O1", accepted=False, reason="回单上的账号不对。")
    does(life, "claim_done", "feng", obligation="O1", proof="payment_record", what="已经重新转账。")
    does(life, "confirm_done", "li", obligation="O1")
    for owed in life.case.open_obligations:
        does(life, "confirm_done", "li", obligation=owed.id)
    life.live(DAY)
    does(life, "consent_story", "li", text="洗衣机退了，谢谢。", agrees=True)
    life.live(20 * DAY)
    does(life, "ask_opinion", "clock")
    does(life, "release_story", "lan", Role.SUPERVISOR, story="S1")
    does(life, "withdraw_story", "li")
    does(life, "reopen", "li", facts="又坏了。")


def asked_for_papers() -> Iterator[RenderedLife]:
    """The consumer is asked for papers and sends some."""
    life = RenderedLife(PERSON)
    yield life
    life.take("ask_information", "wang", **ASK)
    life.live(4 * DAY)
    life.take("give_information", "li", answer="发票找到了。")
    other = RenderedLife(PERSON)
    yield other
    other.take("ask_information", "wang", **ASK)
    other.live(60 * DAY)
    third = RenderedLife(replace(PERSON, help=(HelpNeed.ELDERLY,)))
    yield third
    third.take("ask_information", "wang", **ASK)
    third.live(9 * DAY)
    does(third, "lapse_information", "sun", pursue=True, reason="现有材料足够决定。")


def decided_again() -> Iterator[RenderedLife]:
    """Declines and answers are decided again."""
    life = RenderedLife(PERSON)
    yield life
    life.take("decline", "wang", **DECLINED)
    contested(life)
    decided(Result.CONFIRMED, seated(life))
    life = RenderedLife(PERSON)
    yield life
    life.take("accept", "wang", declined={2: "not_complaint"}, reasons={2: "这一项是咨询。"})
    life = rendered_life()
    yield life
    contested(answered(Conclusion.NOT_UPHELD, life))
    does(life, "dismiss_request", "zhou", reason="双方已经和解。")
    life = RenderedLife(PERSON)
    yield life
    life.take("decline", "wang", **DECLINED)
    life.live(60 * DAY)
    life.live(40 * DAY)
    life.take("message", "li", text="我找到了订单，请重新处理。")
    does(life, "refuse_reopening", "sun", reason="没有新的事实。")


def nobody_acts() -> Iterator[RenderedLife]:
    """Nobody decides, and nobody investigates."""
    life = RenderedLife(PERSON)
    yield life
    life.live(6 * DAY)
    life = rendered_life()
    yield life
    life.live(70 * DAY)


def withdrawn() -> Iterator[RenderedLife]:
    """The consumer withdraws, and undoes it."""
    life = rendered_life()
    yield life
    life.take("withdraw", "li")
    life.later(DAY).take("undo_withdrawal", "li")
    life.take("withdraw", "li")


def settled_for_a_father() -> Iterator[RenderedLife]:
    """A daughter accepts the answer for her father, who has no mailbox."""
    life = represented(rendered_life(person=BY_PHONE))
    yield life
    answered(life=life)
    life.says("accept_answer", "p2")


def dangers() -> Iterator[RenderedLife]:
    """Somebody is hurt, and a product is taken off sale."""
    life = RenderedLife(PERSON, hurt=Hurt.HURT)
    yield life
    does(
        life,
        "decide_stop_sale",
        "zhou",
        stop=True,
        departments=("repair",),
        product="洗衣机A1，2025年批次",
        reason="电池会起火。",
    )


def others_help() -> Iterator[RenderedLife]:
    """Relatives speak, addresses change, links are sent again."""
    life = rendered_life()
    yield life
    does(
        life,
        "add_representative",
        "li",
        person=AGENT["person"],
        powers=AGENT["powers"],
        until=published().day_of(life.time) + 40 * DAY,
    )
    does(life, "change_contact", "li", email="new@mail.example")
    does(life, "confirm_address", "clock", party="p1", new=True)
    does(life, "send_link", "clock", party="p1")
    does(life, "renew_link", "li")
    does(life, "end_representation", "li", representative="p2")
    life.live(4 * DAY)
    life.take(
        "note_outside_proceeding",
        "sun",
        body="samr_12315",
        number="A-2",
        due=published().day_of(life.time) + 4 * DAY,
    )
    does(life, "reply_outside", "sun", body="samr_12315", reply="我们已经受理，正在调查。")
    does(life, "send_code", "clock", party="p1", confirms="waive", code="c")
    does(life, "note_outside_proceeding", "li", body="samr_12315", number="A-1")
    passed = {"body": None, "company": "顺达物流", "contact": "投诉电话95500"}
    kept = "退款的部分我们继续办理。"
    does(life, "refer_outside", "zhao", **passed, sent="洗衣机在运输中摔坏，运单号SD100。", kept=kept)
    does(life, "consent_forward", "li", forward="W1", agrees=True)
    does(life, "send_forward", "zhao", forward="W1")
    does(life, "record_forward", "zhao", forward="W1")
    does(life, "stop_forward", "li", forward="W1")
    life.take(
        "note_outside_proceeding",
        "sun",
        body="post_12305",
        number="YZ-77",
        due=published().day_of(life.time) + 8 * DAY,
    )
    life.live(6 * DAY)
    does(life, "hand_over", "sun", to="wang", reason="承办人调岗。", cases=(life.case.ref,))
    does(life, "close_in_court", "sun", body="court", number="（2026）沪01民初1号")
    life = rendered_life(person=BY_PHONE)
    yield life
    does(life, "send_link", "clock", party="p1")
    other = rendered_life()
    yield other
    bounced = other.letters[-1]
    failed = {"letter": bounced.key, "id": bounced.id, "party": "p1", "why": Undelivered.BOUNCE}
    other.take("letter_failed", "clock", **failed)


def tested() -> Iterator[RenderedLife]:
    """The product is tested."""
    life = rendered_life()
    yield life
    life.take(
        "propose_appraisal",
        "zhao",
        laboratory="市产品质量检验院",
        question="是否符合标准",
        custody="双方到场封存",
        cost="企业先付",
    )
    for side in Side:
        does(life, "consent_appraisal", "zhao", agrees=True, side=side)
    does(life, "start_appraisal", "zhao")
    does(life, "end_appraisal", "zhao", result="电机线圈短路，不符合标准。")


def together() -> Iterator[RenderedLife]:
    """Several people complain together."""
    life = RenderedLife(PERSON)
    yield life
    other = RenderedLife(replace(PERSON, name="韩梅", phone="+8613600136000", email="han@mail.example"))
    yield other
    life.take("accept", "wang")
    other.take("invite_to_join", "sun", leading=life.case)
    life.keep(other.take("join_case", "li", own_wish=True, joint=life.case).also[0])
    life.take("take", "zhao")
    talking(disputed(life))
    does(life, "ask_consent", "sun", settlement="企业给每个人全额退款。")
    does(life, "consent_represented", "li", agrees=True)
    life.live(20 * DAY)
    first, second = RenderedLife(PERSON), RenderedLife(PERSON)
    yield first
    yield second
    does(second, "link_duplicate", "wang", leading=first.case)
    does(second, "unlink_duplicate", "wang")
    choosing, third = RenderedLife(PERSON), RenderedLife(replace(PERSON, name="韩梅", phone="+8613600136000"))
    yield choosing
    yield third
    third.take("invite_to_join", "sun", leading=choosing.case)
    choosing.keep(third.take("join_case", "li", own_wish=True, joint=choosing.case).also[0])
    choosing.says("appoint_joint_representatives", "p1", representatives=("p1",))
    choosing.says("agree_representatives", "p2", agrees=True)


def settled() -> Iterator[RenderedLife]:
    """A plain case is settled at once; another on the spot."""
    life = RenderedLife(PERSON)
    yield life
    life.take("settle_at_once", "wang", **settle())
    does(life, "waive", "li", obligation="O1", words="不用退了。")
    life = rendered_life()
    yield life
    talking(disputed(life))
    does(
        life,
        "record_on_the_spot",
        "ma",
        done="企业当场换了新机。",
        consumer_confirms=True,
        business_confirms=True,
    )


def talks() -> Iterator[RenderedLife]:
    """The two sides negotiate, and then do not agree."""
    life = rendered_life()
    yield life
    both_heard(talking(disputed(answered(Conclusion.OFFER, life))))
    id = offered(life, Side.BUSINESS)
    does(life, "refuse_offer", "li", offer=id, reason="太少。")
    offered(life, Side.CONSUMER)
    does(life, "end_negotiation", "ma", ending="no_prospect", reason="双方差距太大。")
    life.live(2 * DAY)
    does(life, "refuse_mediation", "li", reason="想去法院。")
    life = rendered_life()
    yield life
    both_heard(talking(disputed(answered(Conclusion.NOT_UPHELD, life))))
    life.live(80 * DAY)


def mediated() -> Iterator[RenderedLife]:
    """A mediator is chosen, challenged, holds meetings, and nobody agrees."""
    life = mediation_without_mediator()
    yield life
    with_mediator(life)
    does(life, "challenge_mediator", "li", reason="他是店长的同学。")
    does(life, "decide_challenge", "zhou", upheld=False, reason="查过了，不是同学。")
    unopposed(life)
    for who in ("li", speaker(life, Side.BUSINESS), "yan"):
        does(life, "agree_extension", who)
    called(life)
    does(life, "ask_meeting_change", "li", meeting="M1", reason="那天要上班。")
    does(
        life,
        "change_meeting",
        "yan",
        meeting="M1",
        cancel=False,
        at=life.time + 12 * DAY,
        reason="消费者要上班。",
    )
    life.live(10 * DAY)
    life.live(3 * DAY)
    does(
        life,
        "record_meeting",
        "yan",
        meeting="M1",
        present=(Side.BUSINESS,),
        nobody=False,
        minutes="企业说明了情况。",
        next_step="再开一次会。",
    )
    called(life)
    does(life, "change_meeting", "yan", meeting="M2", cancel=True, reason="调解员生病。")
    does(life, "end_mediation", "yan", reason="双方差距太大。")
    life = with_mediator()
    yield life
    unopposed(life)
    drafted(life)
    does(life, "amend_draft", "yan", changed="第一条的日期。")
    life.live(5 * DAY)
    does(life, "refuse_to_sign", "li", reason="金额不对。")


def performed() -> Iterator[RenderedLife]:
    """An agreement is confirmed, changed, broken, and passed on."""
    life = agreed()
    yield life
    life.live(2 * DAY)
    shop = speaker(life, Side.BUSINESS)
    does(life, "propose_change", shop, obligation="O1", reason="月底才能打款。")
    does(life, "agree_change", "li", obligation="O1")
    does(life, "propose_change", "li", obligation="O1", reason="那几天我不在。")
    does(life, "refuse_change", shop, obligation="O1", reason="款项已经排好。")
    does(life, "propose_change", "li", obligation="O1", reason="那几天我还在外地。")
    life.over("change_reply")
    life = agreed()
    yield life
    life.live(25 * DAY)
    life = broken()
    yield life
    does(life, "take_measure", "feng", obligation="O1", basis="协议第1条。")
    life.live(DAY)
    life.over("measure")
    by_two(life, "refer_breach", obligation="O1", reason="多次要求仍没有履行。")
    life = broken()
    yield life
    does(life, "record_cure", "feng", obligation="O1", what="银行流水显示已经到账。")
    life = late()
    yield life
    life.over("cure")
    by_two(life, "excuse", obligation="O1", ground="force_majeure", reason="银行系统停机一周。", by=None)


def refused_while_talking() -> Iterator[RenderedLife]:
    """The consumer refuses mediation while the sides still negotiate."""
    life = rendered_life()
    yield life
    both_heard(talking(disputed(answered(Conclusion.NOT_UPHELD, life))))
    does(life, "invite_mediation", "ma")
    does(life, "refuse_mediation", "li", reason="想先和企业谈。", share=True)


def recounted() -> Iterator[RenderedLife]:
    """The consumer is asked for papers, and a deadline ends later because of published holidays."""
    life = RenderedLife(PERSON)
    yield life
    life.take("ask_information", "wang", **ASK)
    recomputed(promise_later(life, "information", -1))


def handed_on() -> Iterator[RenderedLife]:
    """Another team gets the complaint."""
    life = rendered_life()
    yield life
    does(life, "change_team", "sun", to="south", reason="消费者住在广州，由南区组办理。")


def doubted() -> Iterator[RenderedLife]:
    """Somebody changed the record of a case in the table."""
    life = rendered_life()
    yield life
    life.take("doubt_record", "clock", entry=1, fault=Fault.ENTRY)


def restored() -> Iterator[RenderedLife]:
    """A restore of the table undoes a message of the consumer and the step of an officer."""
    life = rendered_life()
    yield life
    moment = life.time
    lost = [
        UndoneAct(moment + HOUR, "accept", Role.INTAKE, "wang"),
        UndoneAct(moment + 2 * HOUR, "message", Role.CONSUMER, "p1"),
    ]
    life.live(DAY / 2)
    undone = tuple(map(str, lost))
    life.take("record_restored", "clock", moment=moment, undone=undone, concerned=("p1",))


def likened() -> Iterator[RenderedLife]:
    """A complaint like an open one is filed with the same mailbox."""
    life = rendered_life()
    yield life
    life.live(DAY)
    said = {"party": "p1", "similar": "000000000042", "on": published().day_of(life.time)}
    life.take("tell_similar", "clock", **said, company="海澜电器")


def mailed() -> Iterator[RenderedLife]:
    """The consumer replies by mail, with a file that is not taken, and somebody else writes to the same
    address."""
    life = rendered_life()
    yield life
    does(life, "message", "li", text="什么时候有结果？", mail="1")
    said = {"party": "p1", "unfiled": "1. 合同.exe", "file_faults": (MailFault.TYPE,)}
    life.take("note_mail", "clock", became=MailOutcome.MESSAGE, **said)


def improved() -> Iterator[RenderedLife]:
    """An improvement action is done late, verified, and its cause returns."""
    life = RenderedAction()
    yield life
    life.live(40 * DAY)


def destroyed() -> Iterator[RenderedLife]:
    """The consumer of a closed complaint asks for the destruction of their data."""
    life = rendered_life()
    yield life
    life.take("withdraw", "li")
    asked = life.ask_approval("destroy_data", "zhou", ground="asked", reason="本人来电要求删除，已核对身份。")
    life.take("approve", "wu", approval=asked)


LIVES = (
    answered_and_paid,
    asked_for_papers,
    decided_again,
    nobody_acts,
    withdrawn,
    dangers,
    others_help,
    tested,
    together,
    settled,
    talks,
    mediated,
    performed,
    refused_while_talking,
    recounted,
    doubted,
    improved,
    handed_on,
    settled_for_a_father,
    destroyed,
    restored,
    likened,
    mailed,
)


def letters() -> dict[str, str]:
    """Return the text of each kind of letter in both languages, by the name of its file.

    A kind is stored as the consumer reads it, or else as its first reader does."""
    found: dict[str, dict[str, str]] = {}
    for key, to, language, text in sent():
        kind = found.setdefault(letter_of(key).name, {})
        kind.setdefault(f"{to == 'party:p1':d}{language}", text)
    return {
        f"{name}.txt": f"{kind.get('1zh') or kind['0zh']}\n{'=' * 60}\n\n{kind.get('1en') or kind['0en']}"
        for name, kind in sorted(found.items())
    }


def sent() -> Iterator[tuple[str, str, str, str]]:
    """Yield each letter of all lives in each language: (key, recipient, language, text)."""
    before = Life.numbers
    try:
        for n, lived in enumerate(LIVES):
            Life.numbers = count(FIRST + n * APART)
            held = [*lived()]
            for life in held:
                yield from life.texts
    finally:
        Life.numbers = before
    yield from office_letters()


def main() -> None:
    """Write the files, and remove those of kinds that are no longer sent."""
    FOLDER.mkdir(exist_ok=True)
    texts = letters()
    for file in FOLDER.glob("*.txt"):
        if file.name not in texts:
            file.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, "utf-8")
    print(f"{len(texts)} kinds of letters of {len(LETTERS)}")


if __name__ == "__main__":
    main()
