"""Our mail is no relay: an unconfirmed address gets no words of a party, in whatever field they stand."""

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
from tests.life.complaint import report
from tests.scenario import CONSUMER, HOUR, SUN, WANG, ZHAO, Scenario, complaint

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


OURS = "我们查过记录，说明如下"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_unconfirmed_address_gets_no_words_of_a_party(
    scenario: Scenario, post: FakePost, language: str
) -> None:
    """Before confirmation letters contain the words of our staff, but no words of the party.

    Not even staff who quote the party send its words. The call script contains all of it, and so do the mails
    after confirmation.
    """
    assert {"name", "address", "on_behalf_of"} == {*free(Person)}
    assert {"story", "business", "order"} <= {*free(Account)}
    person = {**free(Person), "phone": "13800138000", "email": VICTIM, "way": "email", "language": language}
    matters = [*complaint()["matters"], {"type": "other", "sub_type": "other"}]
    ref = scenario.submit(person=person, account=free(Account), matters=matters).ref
    quoted = f"{OURS}：您写道“{WRITTEN}”。"
    scenario.move(WANG, "ask_information", ref, items=["photos"], why=quoted)
    scenario.post()  # later it would no longer be true
    scenario.move(scenario.by_link(ref), "give_information", ref, answer=WRITTEN)
    scenario.move(WANG, "accept", ref)
    said = report(next_morning(scenario.time).date(), 1, 2, 3)
    words = {
        "reasons": dict.fromkeys(said["reasons"], quoted),
        "terms": quoted,
        "findings": [{**found, "fact": quoted} for found in said["findings"]],
    }
    scenario.move(ZHAO, "file_report", ref, **{**said, **words})
    scenario.move(SUN, "answer", ref)
    scenario.move(scenario.by_link(ref), "message", ref, text="请加微信号 pay-13912345678 领取")
    scenario.move(SUN, "message", ref, text=f"{OURS}：没有 pay-13912345678 这个账号。")
    scenario.post()
    scenario.time = next_morning(scenario.time)
    scenario.minute()
    sent = mailed(post)
    assert len(sent) >= 5
    assert not [mail for mail in sent if WRITTEN in mail]
    assert not [mail for mail in sent if "13912345678" in mail]
    assert sum(OURS in mail for mail in sent) == 3
    dossier, roster = scenario.product.file.whole(ref), scenario.product.file.roster()
    asked = next(letter for letter in dossier.letters if letter["name"] == "information_request")
    assert WRITTEN in scenario.product.correspondence.rendered(dossier, asked, roster, scenario.time).text
    scenario.confirm(ref)
    scenario.move(SUN, "message", ref, text=quoted)
    scenario.post()
    assert quoted in mailed(post)[-1]


def test_a_representative_whom_a_party_named_gets_no_words_at_all(scenario: Scenario, post: FakePost) -> None:
    """The address was not given at filing, so even the words of our staff wait for its confirmation."""
    ref = scenario.submit(person={"name": "李雷", "email": "li@mail.example"}).ref
    agent = {"name": "王芳", "email": VICTIM, "capacity": "agent"}
    scenario.move(scenario.by_link(ref), "add_representative", ref, person=agent, powers=["answer"])
    scenario.post()
    scenario.move(WANG, "check_authority", ref, representative="p2", document="委托书", powers=["answer"])
    scenario.move(WANG, "message", ref, text=OURS, party="p2")
    scenario.post()
    assert len(mailed(post)) == 2
    assert not [mail for mail in mailed(post) if OURS in mail]


def flooded(scenario: Scenario, post: FakePost) -> str:
    """Create a case whose person has had the day's limit of letters. Its receipt waits for the morning."""
    for _ in range(UNCONFIRMED_A_DAY + 1):
        ref = scenario.submit(account={"story": WRITTEN, "product": WRITTEN}).ref
    scenario.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY
    return ref


def test_confirmation_releases_the_waiting_letter(scenario: Scenario, post: FakePost) -> None:
    """Confirmation sends the waiting letter at once, in full."""
    ref = flooded(scenario, post)
    scenario.confirm(ref)
    scenario.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY + 1
    assert WRITTEN in mailed(post)[-1]


def links(scenario: Scenario, ref: str) -> list[tuple[str, str | None]]:
    """Return the state of each link sent to the first person, and the reason why it was not sent."""
    letters = (one for one in scenario.product.file.whole(ref).letters if one["name"] == "access_link")
    return [(one["state"], (one["sent"] or {}).get("why")) for one in letters]


def request_link(scenario: Scenario, ref: str, times: int = 1) -> None:
    """Request the link by number and address, an hour after each other."""
    for _ in range(times):
        scenario.product.casework.send_link(ref, scenario.product.lookups.of(VICTIM))
        scenario.post()
        scenario.later(HOUR)


def test_a_link_that_is_asked_for_is_not_kept_back_by_other_letters(
    scenario: Scenario, post: FakePost
) -> None:
    """The link leads to the button that confirms the mailbox, and contains no free text.

    The day's limit of links to one case is separate; further requests for the same link are not sent.
    """
    ref = flooded(scenario, post)
    request_link(scenario, ref, UNCONFIRMED_A_DAY + 1)
    sent = mailed(post)[UNCONFIRMED_A_DAY:]
    assert len(sent) == UNCONFIRMED_A_DAY
    assert all(f"/address/{ref}/" in mail and WRITTEN not in mail for mail in sent)
    assert links(scenario, ref) == [("sent", None)] * UNCONFIRMED_A_DAY + [("skipped", "same_link")]


def test_links_to_one_case_keep_back_no_link_to_another(scenario: Scenario, post: FakePost) -> None:
    """A stranger who requests one link all day does not use up the other; the next day counts again."""
    ref, other = scenario.submit().ref, scenario.submit().ref
    request_link(scenario, ref, UNCONFIRMED_A_DAY + 2)
    request_link(scenario, other)
    assert links(scenario, other) == [("sent", None)]
    scenario.time = next_morning(scenario.time)
    request_link(scenario, ref)
    assert links(scenario, ref)[-1] == ("sent", None)


def test_links_of_many_cases_flood_no_mailbox(scenario: Scenario, post: FakePost) -> None:
    """Links of ten cases of one sender leave on a day, the others in the morning.

    Links of another sender's case leave at once.
    """
    theirs = [scenario.submit().ref for _ in range(CASES_A_DAY + 3)]
    said = request_models.arguments("submit", json.dumps(complaint()), scenario.time)
    own = scenario.product.casework.submit(CONSUMER, said, network="198.51.100.1").ref
    scenario.post()
    for ref in [*theirs, own]:
        request_link(scenario, ref)
        scenario.time -= HOUR
    assert [links(scenario, ref) for ref in theirs].count([("sent", None)]) == CASES_A_DAY
    assert [links(scenario, ref) for ref in theirs].count([("owed", None)]) == 3
    assert links(scenario, own) == [("sent", None)]


def test_a_renewed_link_is_another_link(scenario: Scenario, post: FakePost) -> None:
    """The replaced link opens nothing, so it does not delay the new one, not even for ten minutes."""
    ref = scenario.submit().ref
    request_link(scenario, ref, UNCONFIRMED_A_DAY)
    scenario.move(WANG, "renew_link", ref)
    scenario.post()
    assert links(scenario, ref)[-1] == ("sent", None)
    scenario.product.casework.send_link(ref, scenario.product.lookups.of(VICTIM))
    person = {"name": "王小芳", "email": "new@mail.example"}
    scenario.move(
        WANG, "substitute_party", ref, party="p1", person=person, document="继承公证", reason="继承"
    )
    scenario.product.casework.send_link(ref, scenario.product.lookups.of("new@mail.example"))
    scenario.post()
    assert post.to("new@mail.example") != []


def test_a_link_that_the_provider_never_accepted_keeps_back_none(scenario: Scenario, post: FakePost) -> None:
    """While the address refuses mail nothing arrives; once it accepts mail, the requested link leaves."""
    ref = scenario.submit().ref
    scenario.post()
    post.trouble = Unreachable(Undelivered.BOUNCE)
    request_link(scenario, ref, UNCONFIRMED_A_DAY)
    assert links(scenario, ref) == [("skipped", "bounce")] * UNCONFIRMED_A_DAY
    post.trouble = None
    request_link(scenario, ref)
    assert links(scenario, ref)[-1] == ("sent", None)


def test_one_sender_keeps_back_no_letter_about_the_complaint_of_another(
    scenario: Scenario, post: FakePost
) -> None:
    """Complaints from another network, and those of a partner, are counted separately."""
    said = request_models.arguments("submit", json.dumps(complaint()), scenario.time)
    for _ in range(UNCONFIRMED_A_DAY + 5):
        scenario.product.casework.submit(CONSUMER, said, network="198.51.100.1")
        scenario.product.casework.submit(PARTNER, said)
    scenario.post()
    assert len(mailed(post)) == 2 * UNCONFIRMED_A_DAY
    ref = scenario.submit().ref
    scenario.post()
    assert len(mailed(post)) == 2 * UNCONFIRMED_A_DAY + 1
    assert ref in mailed(post)[-1].replace("-", "")


def test_letters_about_the_readers_own_moves_are_limited(scenario: Scenario, post: FakePost) -> None:
    """Letters about the reader's own move count, although they open a window; our decision still leaves."""
    ref = scenario.submit().ref
    for _ in range(8):
        scenario.move(scenario.by_link(ref), "withdraw", ref)
        scenario.post()
        scenario.move(scenario.by_link(ref), "undo_withdrawal", ref)
        scenario.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY
    scenario.move(WANG, "accept", ref)
    scenario.post()
    assert len(mailed(post)) == UNCONFIRMED_A_DAY + 1


def test_a_tag_after_a_plus_makes_no_other_mailbox(scenario: Scenario, post: FakePost) -> None:
    """Tags and capitals lead to the same mailbox."""
    name, _, domain = VICTIM.partition("@")
    for tag in range(UNCONFIRMED_A_DAY + 3):
        scenario.submit(person={"name": "王芳", "email": f"{name.title()}+{tag}@{domain}"})
    scenario.post()
    assert len(post.taken) == UNCONFIRMED_A_DAY


def test_counts_of_the_release_before_keep_back_nothing(scenario: Scenario, post: FakePost) -> None:
    """The earlier release counted by address alone, so anybody could use that up; its rows expire."""
    key, day = scenario.product.lookups.of(VICTIM)[0], scenario.time.astimezone(SHANGHAI).date()
    rows.Row(rows.address(key), f"DAY#{day}", letters={"a.0", "b.0", "c.0"}).save()
    scenario.submit()
    scenario.post()
    assert len(mailed(post)) == 1
