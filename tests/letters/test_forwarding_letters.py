"""The letters about a complaint that is passed on: the whole text before the consent, nothing beyond it
after."""

from __future__ import annotations

import pytest

from chalicelib.domain.model.codes import Route
from chalicelib.locale import formats
from tests.domain.life import DAY, Life
from tests.letters.rendered import BOTH, RenderedLife, rendered_life

SENT = "空调维修后不制冷，收据编号7712。\n\n请上门检查，并告诉我结果。"
PROPOSAL = {
    "company": "城东家电维修中心",
    "contact": "电话0571-88001234",
    "sent": SENT,
    "kept": "我们核对是否收过您的钱。",
}


def lines(text: str) -> list[str]:
    """Return the lines of a letter without the marks of quotes."""
    return [line.lstrip("> ") for line in text.splitlines()]


def proposed(**said: object) -> RenderedLife:
    """Return a complaint under investigation that staff propose to pass on."""
    life = rendered_life()
    life.take("refer_outside", "zhao", **{**PROPOSAL, **said})
    return life


def sent(**said: object) -> RenderedLife:
    """Return a complaint that was passed on."""
    life = proposed(**said)
    life.take("consent_forward", "li", forward="W1", agrees=True)
    life.take("send_forward", "zhao", forward="W1")
    return life


def own_data(life: Life) -> list[str]:
    """Return the personal data of the consumer that the register of people holds."""
    person = life.people["p1"]
    return [str(person[name]) for name in ("name", "phone", "email") if person.get(name)]


@BOTH
def test_the_question_shows_receiver_and_text_word_for_word(language: str) -> None:
    """The whole text stands in the letter that asks, with receiver, contact, last day, and what silence
    means."""
    life = proposed()
    text = life.text("forward_proposed#W1", language)
    assert set(SENT.split("\n")) <= set(lines(text))
    assert all(part in text for part in (PROPOSAL["company"], PROPOSAL["contact"], PROPOSAL["kept"]))
    assert life.until("party_reply", language) in text


@BOTH
def test_the_receivers_letter_has_only_what_was_consented_to(language: str) -> None:
    """The letter for the receiver has the text word for word, our number and our telephone, and no data of
    the consumer beyond the text."""
    life = sent()
    text = life.text("forwarded_complaint#W1", language, "staff:")
    assert set(SENT.split("\n")) <= set(lines(text))
    assert own_data(life)
    assert not any(datum in text for datum in own_data(life))
    assert life.until("forward_confirmation", language) in text


@BOTH
def test_the_consumer_reads_what_was_sent_and_by_when_it_is_confirmed(language: str) -> None:
    """After the sending the letter repeats the text and names the day of the receiver's answer."""
    life = sent()
    text = life.text("referred_outside#W1", language)
    assert set(SENT.split("\n")) <= set(lines(text))
    assert life.until("forward_confirmation", language) in text


@BOTH
def test_each_answer_of_the_receiver_is_told(language: str) -> None:
    """A confirmation names number and contact; a refusal its reason; silence neither. Refusal and silence
    name the authority in charge."""
    authority = formats.label(language, Route.SAMR_12315, "route")
    taken, refused, silent = sent(), sent(), sent()
    answer = {"forward": "W1", "on": taken.time.date()}
    taken.take("record_forward", "zhao", **answer, takes=True, number="CD-18", contact="何师傅")
    refused.take("record_forward", "zhao", **answer, takes=False, reason="不是我们修的。")
    silent.live(12 * DAY)
    texts = [life.text("forward_answered#W1", language) for life in (taken, refused, silent)]
    assert all(part in texts[0] for part in ("CD-18", "何师傅"))
    assert "不是我们修的。" in texts[1]
    assert all(authority in text for text in texts[1:])
    assert len({text.splitlines()[0] for text in texts}) == 3


@BOTH
@pytest.mark.parametrize("kind", ["forward_proposed", "forwarded_complaint", "referred_outside"])
def test_an_authority_is_called_by_its_name(kind: str, language: str) -> None:
    """A forward to an authority needs no company and no contact."""
    life = sent(company=None, contact=None, body=Route.SAMR_12315)
    assert formats.label(language, Route.SAMR_12315, "body") in life.text(f"{kind}#W1", language)


@BOTH
def test_a_receiver_is_told_to_stop(language: str) -> None:
    """The letter names our number and no data of the consumer."""
    life = sent()
    life.take("stop_forward", "li", forward="W1")
    text = life.text("forward_stopped#W1", language, "staff:")
    assert PROPOSAL["company"] in text
    assert not any(datum in text for datum in own_data(life))
