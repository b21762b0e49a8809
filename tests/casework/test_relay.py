"""Our mail is no relay: an unconfirmed address gets no free text, in whatever field somebody wrote it."""

from __future__ import annotations

import json
from typing import get_type_hints

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws import rows
from chalicelib.delivery.correspondence import Unreachable
from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.sending_limits import CASES_A_DAY, UNCONFIRMED_A_DAY, next_morning
from chalicelib.domain.model.codes import Channel, Role, Undelivered
from chalicelib.domain.moves.intake import Account, Person
from chalicelib.web import request_models
from tests.casework.post import FakePost
from tests.house import CONSUMER, HOUR, SUN, WANG, ZHAO, House, complaint
from tests.life.complaint import report

PARTNER = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
VICTIM, WRITTEN = "wang.fang@mail.example", "您的退款在这里领取"


def free(kind: type) -> dict[str, str]:
    """Return every free-text field of a type, filled in."""
    hints = get_type_hints(kind, include_extras=True)
    return dict.fromkeys((name for name, hint in hints.items() if "Words(" in repr(hint)), WRITTEN)


def mailed(post: FakePost) -> list[str]:
    """Return every mail to the victim: subject, text, HTML and files."""
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
    """Before confirmation letters contain only codes, dates, the number and where to read the rest.

    The call script contains all of it, and so do the mails after confirmation.
    """
    assert {"name", "address", "on_behalf_of"} == {*free(Person)}
    assert {"story", "business", "order"} <= {*free(Account)}
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
    assert len(mailed(post)) >= 5
    assert not [mail for mail in mailed(post) if WRITTEN in mail]
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
    """Create a case whose person has had the day's limit of letters, and one more waits for the morning."""
    for _ in range(UNCONFIRMED_A_DAY):
        ref = house.submit().ref
    house.move(SUN, "message", ref, text=WRITTEN)
    house.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY
    return ref


def test_what_waited_only_for_the_confirmation_leaves_with_it(house: House, post: FakePost) -> None:
    """Confirmation sends the waiting letter at once, in full."""
    ref = flooded(house, post)
    house.confirm(ref)
    house.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY + 1
    assert WRITTEN in mailed(post)[-1]


def links(house: House, ref: str) -> list[tuple[str, str | None]]:
    """Return the state of each link sent to the first person, and the reason why it was not sent."""
    letters = (one for one in house.product.file.whole(ref).letters if one["name"] == "access_link")
    return [(one["state"], (one["sent"] or {}).get("why")) for one in letters]


def request_link(house: House, ref: str, times: int = 1) -> None:
    """Request the link by number and address, an hour after each other."""
    for _ in range(times):
        house.product.casework.send_link(ref, house.product.lookups.of(VICTIM))
        house.post()
        house.later(HOUR)


def test_a_link_that_is_asked_for_is_not_kept_back_by_other_letters(house: House, post: FakePost) -> None:
    """The link leads to the button that confirms the mailbox, and contains no free text.

    The day's limit of links to one case is separate; further requests for the same link are not sent.
    """
    ref = flooded(house, post)
    request_link(house, ref, UNCONFIRMED_A_DAY + 1)
    sent = mailed(post)[UNCONFIRMED_A_DAY:]
    assert len(sent) == UNCONFIRMED_A_DAY
    assert all(f"/address/{ref}/" in mail and WRITTEN not in mail for mail in sent)
    assert links(house, ref) == [("sent", None)] * UNCONFIRMED_A_DAY + [("skipped", "same_link")]


def test_links_to_one_case_keep_back_no_link_to_another(house: House, post: FakePost) -> None:
    """A stranger who requests one link all day does not use up the other; the next day counts again."""
    ref, other = house.submit().ref, house.submit().ref
    request_link(house, ref, UNCONFIRMED_A_DAY + 2)
    request_link(house, other)
    assert links(house, other) == [("sent", None)]
    house.time = next_morning(house.time)
    request_link(house, ref)
    assert links(house, ref)[-1] == ("sent", None)


def test_links_of_many_cases_flood_no_mailbox(house: House, post: FakePost) -> None:
    """Links of ten cases of one sender leave on a day, the others in the morning.

    Links of another sender's case leave at once.
    """
    theirs = [house.submit().ref for _ in range(CASES_A_DAY + 3)]
    said = request_models.arguments("submit", json.dumps(complaint()), house.time)
    own = house.product.casework.submit(CONSUMER, said, network="198.51.100.1").ref
    house.post()
    for ref in [*theirs, own]:
        request_link(house, ref)
        house.time -= HOUR
    assert [links(house, ref) for ref in theirs].count([("sent", None)]) == CASES_A_DAY
    assert [links(house, ref) for ref in theirs].count([("owed", None)]) == 3
    assert links(house, own) == [("sent", None)]


def test_a_renewed_link_is_another_link(house: House, post: FakePost) -> None:
    """The replaced link opens nothing, so it does not delay the new one, not even for ten minutes."""
    ref = house.submit().ref
    request_link(house, ref, UNCONFIRMED_A_DAY)
    house.move(WANG, "renew_link", ref)
    house.post()
    assert links(house, ref)[-1] == ("sent", None)
    house.product.casework.send_link(ref, house.product.lookups.of(VICTIM))
    person = {"name": "王小芳", "email": "new@mail.example"}
    house.move(WANG, "substitute_party", ref, party="p1", person=person, document="继承公证", reason="继承")
    house.product.casework.send_link(ref, house.product.lookups.of("new@mail.example"))
    house.post()
    assert post.to("new@mail.example") != []


def test_a_link_that_the_provider_never_accepted_keeps_back_none(house: House, post: FakePost) -> None:
    """While the address refuses mail nothing arrives; once it accepts mail, the requested link leaves."""
    ref = house.submit().ref
    house.post()
    post.trouble = Unreachable(Undelivered.BOUNCE)
    request_link(house, ref, UNCONFIRMED_A_DAY)
    assert links(house, ref) == [("skipped", "bounce")] * UNCONFIRMED_A_DAY
    post.trouble = None
    request_link(house, ref)
    assert links(house, ref)[-1] == ("sent", None)


def test_one_sender_keeps_back_no_letter_about_the_complaint_of_another(house: House, post: FakePost) -> None:
    """Complaints from another network, and those of a partner, are counted separately."""
    said = request_models.arguments("submit", json.dumps(complaint()), house.time)
    for _ in range(UNCONFIRMED_A_DAY + 5):
        house.product.casework.submit(CONSUMER, said, network="198.51.100.1")
        house.product.casework.submit(PARTNER, said)
    house.post()
    assert len(mailed(post)) == 2 * UNCONFIRMED_A_DAY
    ref = house.submit().ref
    house.post()
    assert len(mailed(post)) == 2 * UNCONFIRMED_A_DAY + 1
    assert ref in mailed(post)[-1].replace("-", "")


def test_what_somebody_does_and_undoes_floods_no_stranger(house: House, post: FakePost) -> None:
    """Letters about the reader's own move count, although they open a window; our decision still leaves."""
    ref = house.submit().ref
    for _ in range(8):
        house.move(house.by_link(ref), "withdraw", ref)
        house.post()
        house.move(house.by_link(ref), "undo_withdrawal", ref)
        house.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY
    house.move(WANG, "accept", ref)
    house.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY + 1


def test_a_tag_after_a_plus_makes_no_other_mailbox(house: House, post: FakePost) -> None:
    """Tags and capitals lead to the same mailbox."""
    name, _, domain = VICTIM.partition("@")
    for tag in range(UNCONFIRMED_A_DAY + 3):
        house.submit(person={"name": "王芳", "email": f"{name.title()}+{tag}@{domain}"})
    house.post()
    assert len(post.taken) == UNCONFIRMED_A_DAY


def test_counts_of_the_release_before_keep_back_nothing(house: House, post: FakePost) -> None:
    """The earlier release counted by address alone, so anybody could use that up; its rows expire."""
    key, day = house.product.lookups.of(VICTIM)[0], house.time.astimezone(SHANGHAI).date()
    rows.Row(rows.address(key), f"DAY#{day}", letters={"a.0", "b.0", "c.0"}).save()
    house.submit()
    house.post()
    assert len(mailed(post)) == 1
