"""No mail relay: an address that nobody has confirmed gets nothing that anybody wrote, in whatever field
(S21)."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from chalicelib.access import CLOCK
from chalicelib.domain.engine.post import UNCONFIRMED_A_DAY, next_morning
from chalicelib.domain.moves.intake import Account, Person
from tests.casework.post import FakePost
from tests.house import HOUR, SUN, WANG, ZHAO, House, complaint
from tests.life.complaint import report

VICTIM, WRITTEN = "wang.fang@mail.example", "您的退款在这里领取"


def free(kind: type) -> dict[str, str]:
    """Every field of a value that is filled in in somebody's own words, filled in."""
    hints = get_type_hints(kind, include_extras=True)
    return dict.fromkeys((name for name, hint in hints.items() if "Words(" in repr(hint)), WRITTEN)


def mailed(post: FakePost) -> list[str]:
    """Everything that went to the victim, mail by mail: subject, text, html and files."""
    taken = (letter for to, _, letter in post.taken if to == VICTIM)
    return [
        "\n".join(
            (
                letter.subject,
                letter.text,
                letter.html,
                *(file.content.decode("utf-8", "replace") for file in letter.attachments),
            )
        )
        for letter in taken
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_that_anybody_writes_is_mailed_before_the_address_is_confirmed(
    house: House, post: FakePost, language: str
) -> None:
    """From the receipt through message, question and answer: codes, dates and the number, and where the rest
    can be read; the script for the phone has all of it. Confirmed all of it is mailed."""
    assert {"name", "address", "on_behalf_of"} == {*free(Person)} and {"story", "business", "order"} <= {
        *free(Account)
    }
    person = {**free(Person), "phone": "13800138000", "email": VICTIM, "way": "email", "language": language}
    matters = [*complaint()["matters"], {"type": "other", "sub_type": "other"}]
    ref = house.submit(person=person, account=free(Account), matters=matters).ref
    house.move(WANG, "ask_information", ref, items=["photos"], why=WRITTEN)
    house.move(house.by_link(ref), "give_information", ref, answer=WRITTEN)
    house.move(WANG, "accept", ref)
    said = report(next_morning(house.time).date(), 1, 2, 3)
    words = {
        "reasons": dict.fromkeys(said["reasons"], WRITTEN),
        "terms": WRITTEN,
        "findings": [{**found, "fact": WRITTEN} for found in said["findings"]],
    }
    house.move(ZHAO, "file_report", ref, **{**said, **words})
    house.move(SUN, "answer", ref)
    house.move(SUN, "message", ref, text=WRITTEN)
    house.post()
    house.time = next_morning(house.time)
    house.minute()
    assert len(mailed(post)) >= 5 and not [mail for mail in mailed(post) if WRITTEN in mail]
    assert any(
        ("请到投诉页面查看" if language == "zh" else "to be read on the complaint page") in mail
        for mail in mailed(post)
    )
    dossier, roster = house.product.file.whole(ref), house.product.file.roster()
    asked = next(letter for letter in dossier.letters if letter["name"] == "information_request")
    assert WRITTEN in house.product.correspondence.rendered(dossier, asked, roster, house.time).text
    house.confirm(ref)
    house.move(SUN, "message", ref, text=WRITTEN)
    house.post()
    assert WRITTEN in mailed(post)[-1]


def flooded(house: House, post: FakePost) -> str:
    """A case with whose receipt the mailbox of its person has had as many letters as it may today, and of
    which one more letter waits for the morning."""
    for _ in range(UNCONFIRMED_A_DAY):
        ref = house.submit().ref
    house.move(SUN, "message", ref, text=WRITTEN)
    house.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY
    return ref


def test_what_waited_only_for_the_confirmation_leaves_with_it(house: House, post: FakePost) -> None:
    """Not on the next morning: whoever confirms a mailbox reads there at once what was kept back, whole."""
    ref = flooded(house, post)
    house.confirm(ref)
    house.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY + 1 and WRITTEN in mailed(post)[-1]


def test_a_link_that_is_asked_for_is_not_kept_back_by_other_letters(house: House, post: FakePost) -> None:
    """It leads to the button that confirms the mailbox, and says nothing that anybody wrote. As many of them
    may go to an address on one day as of other letters, over all cases; the next one leaves in the
    morning."""
    ref = flooded(house, post)
    for _ in range(UNCONFIRMED_A_DAY + 1):
        house.product.casework.move("send_link", ref, CLOCK, {"party": "p1"})
        house.post()
        house.later(HOUR)
    links = mailed(post)[UNCONFIRMED_A_DAY:]
    assert len(links) == UNCONFIRMED_A_DAY
    assert all(f"/address/{ref}/" in mail and WRITTEN not in mail for mail in links)
