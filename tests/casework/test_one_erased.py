"""The destruction of the personal data of one person of a joint complaint: nothing of theirs is found
afterwards, and everything of the others is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from chalicelib.access.authorization import CLOCK
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.model.case import Refusal
from tests.casework.destroyed import (
    SAID,
    STORY,
    WHY,
    erased,
    holds,
    hour,
    joined,
    left,
    load,
    over,
    split_off,
    stored,
)
from tests.casework.joint import OTHER
from tests.personal_data import PERSONAL, strings
from tests.scenario import DAY, WANG, WU, ZHOU, Scenario
from tests.store import Store, photograph


def texts(ref: str, own: str, id: str) -> tuple[set[str], set[str]]:
    """Return the personal texts of one person in a joint case and on their own case (their row, their words,
    what staff wrote to them alone, their letters), and all other personal texts. A text that is in both, such
    as the subject of a letter to everybody, is nobody's."""
    mine, others = set[str](), set[str]()
    for row in Row.scan():
        (kind, of), body = rows.kind(row.sk), json.loads(row.body or "{}") if row.pk[:5] == "CASE#" else {}
        theirs = (kind == "PARTY" and of == id) or {
            "ENTRY": id in (body.get("who"), *map(body.get("facts", {}).get, ("party", "left")))
            or (id == "p1" and body.get("move") == "submit"),
            "LETTER": body.get("to") == f"party:{id}",
        }.get(kind, False)
        found = mine if row.pk == rows.case(own) or (row.pk == rows.case(ref) and theirs) else others
        found |= {*strings(body)} if kind == "PARTY" else set()
        said = [text for _, text in json.loads(row.words or "{}").values()]
        found |= {*said} if kind == "LETTER" else {one for text in said for one in strings(json.loads(text))}
    mine, others = ({text for text in found if PERSONAL.search(text)} for found in (mine, others))
    return mine - others, others - mine


@pytest.mark.parametrize(
    ("prepare", "of", "id"),
    [
        pytest.param(over, "joint", "p2", id="closed"),
        pytest.param(left, "own", "p2", id="left"),
        pytest.param(split_off, "own", "p1", id="first person left"),
    ],
)
def test_one_person_goes_and_the_others_stay(
    scenario: Scenario, prepare: Callable[[Scenario], tuple[str, str]], of: str, id: str
) -> None:
    """No word, address, keyed hash or file of one person is left on either of their cases, and each word and
    file of the others is. The record of both cases still verifies."""
    ref, own = prepare(scenario)
    before = load(scenario, ref)
    keys, others = {*before.party(id).known_by}, [p for p in before.parties if p.id != id]
    files = {f"evidence/{ref}/{piece.file}" for piece in before.evidence if piece.file and piece.by == id}
    kept = {f"evidence/{ref}/{piece.file}" for piece in before.evidence if piece.file} - files
    mine, stays = texts(ref, own, id)
    assert len(mine) > 5
    assert len(stays) > 5
    assert files
    assert kept
    scenario.product.record.hour()
    scenario.watch()
    erased(scenario, ref if of == "joint" else own, **({"party": id} if of == "joint" else {}))
    found = stored(scenario)
    assert [text for text in mine | keys | files if holds(found, text)] == []
    assert [text for text in stays | kept if not holds(found, text)] == []
    for number in {ref, own}:
        assert scenario.product.record.check(number) == []
        scenario.moves(number)
    scenario.product.record.hour()
    scenario.watch()
    after = load(scenario, ref)
    assert not after.doubted
    assert [p.known_by for p in after.parties if p.id != id] == [p.known_by for p in others]


def refused(scenario: Scenario, ref: str, **said: str) -> tuple[str, str | None]:
    """Return code and field of the refusal of a destruction."""
    with pytest.raises(Refusal) as refusal:
        scenario.move(ZHOU, "destroy_data", ref, **{**WHY, **said})
    return refusal.value.code, refusal.value.field


def test_a_joint_complaint_needs_the_person(scenario: Scenario) -> None:
    """Nobody destroys everybody's data because one person asked."""
    ref, _ = over(scenario)
    assert refused(scenario, ref) == ("whose_data", "party")
    assert refused(scenario, ref, party="p9") == ("unknown_person", "party")


def test_who_still_takes_part_leaves_first(scenario: Scenario) -> None:
    """The own complaint of somebody in an open joint complaint cannot be destroyed yet."""
    _, own = joined(scenario)
    assert refused(scenario, own) == ("still_together", None)


@pytest.mark.parametrize("held", ["joint", "own"])
def test_a_hold_on_either_complaint_refuses_it(scenario: Scenario, held: str) -> None:
    """A hold on the joint complaint or on the own one keeps the person's data on both."""
    ref, own = over(scenario)
    scenario.agreed({"joint": ref, "own": own}[held], ZHOU, WU, "hold_records", reason="法院要求保全。")
    assert refused(scenario, ref, party="p2") == ("records_held", "ground")
    assert refused(scenario, own) == ("records_held", "ground")


def test_a_hold_within_the_day_keeps_the_data(scenario: Scenario) -> None:
    """A hold gives up the destruction of one person too."""
    ref, _ = over(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY, party="p2")
    scenario.agreed(ref, ZHOU, WU, "hold_records", reason="当天收到起诉状。")
    scenario.later(DAY)
    hour(scenario)
    assert load(scenario, ref).party("p2").known_by
    assert [*scenario.product.destruction.rows.decided()] == []


def test_the_last_person_takes_the_complaint_along(scenario: Scenario) -> None:
    """Once one of two has lost their data, those of the other are those of the complaint."""
    ref, _ = over(scenario)
    erased(scenario, ref, party="p2")
    assert not load(scenario, ref).retention.destroyed
    erased(scenario, ref)
    assert load(scenario, ref).retention.destroyed
    assert not holds(stored(scenario), STORY)


def test_two_who_ask_on_one_day_are_both_gone(scenario: Scenario) -> None:
    """The second of two who ask is the last person, so the whole complaint is destroyed once."""
    ref, own = over(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY, party="p2")
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY, party="p1")
    scenario.later(DAY)
    hour(scenario)
    hour(scenario)
    assert [load(scenario, one).retention.destroyed is not None for one in (ref, own)] == [True, True]
    assert [*scenario.product.destruction.rows.decided()] == []


def test_a_destruction_of_one_that_broke_off_is_finished(scenario: Scenario) -> None:
    """After a crash once it began the check finds nothing changed, and the next hour goes on."""
    ref, _ = over(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY, party="p2")
    scenario.later(DAY)
    scenario.product.casework.move("begin_destruction", ref, CLOCK, {"party": "p2"})
    assert scenario.product.record.check(ref) == []
    assert holds(stored(scenario), SAID)
    hour(scenario)
    assert not holds(stored(scenario), SAID)
    assert (ref, "p2") in scenario.product.ledger.erased_since(scenario.time - 2 * DAY)


def test_only_that_person_gets_the_letter(scenario: Scenario) -> None:
    """The person is told, and that their own complaint goes too; the others are not."""
    ref, _ = over(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY, party="p2")
    scenario.post()
    told = [mail for mail in scenario.sent() if "将被删除" in mail["subject"]]
    assert [mail["to"] for mail in told] == [OTHER["email"]]
    assert "您自己的投诉一并删除" in told[0]["text"]


def test_a_representative_goes_with_the_person(scenario: Scenario) -> None:
    """The row, words and keyed hashes of somebody who speaks for the person are destroyed too, and the
    record still verifies."""
    ref, own = joined(scenario)
    agent = {"name": "代理人老周", "phone": "13900139000", "capacity": "agent"}
    scenario.move(
        scenario.by_link(ref, "p2"), "add_representative", ref, person=agent, powers=["submit", "answer"]
    )
    case = load(scenario, ref)
    (id,) = (party.id for party in case.parties if party.represents == "p2")
    keys = {*case.party(id).known_by}
    scenario.post()
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    scenario.move(scenario.by_link(own), "withdraw", own)
    assert holds(stored(scenario), agent["name"])
    erased(scenario, own)
    found = stored(scenario)
    assert [one for one in {agent["name"], "+8613900139000", *keys} if holds(found, one)] == []
    assert scenario.product.record.check(ref) == []
    assert [load(scenario, ref).erased(one) for one in ("p1", "p2", id)] == [False, True, True]


@pytest.mark.parametrize("stop", ["undo_withdrawal", "hold_records"])
def test_the_part_waits_for_the_own_complaint(scenario: Scenario, stop: str) -> None:
    """If the person goes on with their own complaint within the day, or it is held, their files and words in
    the joint one stay, because the own complaint shows them. Decided again, both go."""
    ref, own = left(scenario)
    scenario.agreed(own, ZHOU, WU, "destroy_data", **WHY)
    if stop == "hold_records":
        scenario.agreed(own, ZHOU, WU, stop, reason="法院要求保全。")
    else:
        scenario.move(scenario.by_link(own), stop, own)
    scenario.later(DAY)
    assert hour(scenario) == 0
    assert holds(stored(scenario), SAID)
    if stop == "hold_records":
        scenario.agreed(own, ZHOU, WU, "release_records", reason="诉讼已经结束。")
    else:
        scenario.move(scenario.by_link(own), "withdraw", own)
    erased(scenario, own)
    assert not holds(stored(scenario), SAID)
    assert not load(scenario, ref).retention.waiting


def test_the_last_of_a_joint_complaint_takes_it_along_from_their_own(scenario: Scenario) -> None:
    """The own complaint of the last person asks for the whole joint one, which nobody else is on."""
    ref, own = over(scenario)
    erased(scenario, ref, party="p1")
    erased(scenario, own)
    assert [load(scenario, one).retention.destroyed is not None for one in (ref, own)] == [True, True]


@pytest.mark.parametrize(
    ("prepare", "id"), [pytest.param(left, "p2", id="second"), pytest.param(split_off, "p1", id="first")]
)
def test_files_of_who_left_outlive_the_joint_complaint(
    scenario: Scenario, prepare: Callable[[Scenario], tuple[str, str]], id: str
) -> None:
    """The time of the joint complaint is over while the own one goes on. Its person still opens the file that
    they had sent to the joint one. A sweep finds their files there, locked by the own complaint, and nothing
    else. They go with the own complaint."""
    ref, own = prepare(scenario)
    scenario.move(scenario.by_link(own), "undo_withdrawal", own)
    whole = load(scenario, ref)
    locked = {piece.file for piece in whole.evidence if piece.file and piece.by == id}
    stays = next(p.id for p in whole.parties if p.id != id and not p.left)
    scenario.move(scenario.by_link(ref, stays), "withdraw", ref)
    keep_years(scenario, ref)
    assert load(scenario, ref).retention.destroyed
    assert swept(scenario, ref) == locked
    assert scenario.product.record.check(ref) == []
    uploads = scenario.product.uploads
    seen = uploads.seen(scenario.product.file.whole(own), scenario.by_link(own))
    assert {upload.id for upload in seen} == locked
    assert [uploads.link(upload, load(scenario, own)) for upload in seen]
    scenario.move(scenario.by_link(own), "withdraw", own)
    erased(scenario, own)
    assert load(scenario, own).retention.destroyed
    assert not swept(scenario, ref)


def keep_years(scenario: Scenario, ref: str) -> None:
    """Let the time of retention of a closed case pass, and run the schedule until its data are destroyed."""
    last = max(load(scenario, ref).taken.values())
    scenario.time = last.replace(year=last.year + 3) + DAY
    for _ in range(2):
        hour(scenario)
        scenario.later(DAY)
    hour(scenario)


def swept(scenario: Scenario, ref: str) -> set[str]:
    """Return the ids of the files of a case of which a row or an object is left."""
    found = set(re.findall(rf"(?:evidence|thumbs|incoming)/{ref}/(\w+)", stored(scenario)))
    files = {rows.kind(row.sk)[1] for row in Row.query(rows.case(ref)) if rows.kind(row.sk)[0] == "FILE"}
    assert files == found
    return found


AGENT = {
    "name": "代理人老周",
    "phone": "13900139000",
    "email": "zhou.agent@mail.example",
    "capacity": "agent",
}
FOR_HER = "发票在我手里，可以来取。"


def represented(scenario: Scenario) -> str:
    """Return the number of an open complaint whose person had a representative. Staff checked the authority;
    the representative changed their mailbox, wrote for the person, sent a file, and was then dismissed."""
    scenario.played = None
    ref = scenario.submit().ref
    scenario.move(scenario.by_link(ref), "add_representative", ref, person=AGENT, powers=["submit", "answer"])
    said = {"representative": "p2", "document": "老周的委托书", "powers": ["submit", "answer"]}
    scenario.move(WANG, "check_authority", ref, **said)
    agent = scenario.by_link(ref, "p2")
    scenario.confirm(ref, "p2")
    scenario.move(agent, "change_contact", ref, email="old.zhou@mail.example")
    scenario.move(agent, "message", ref, text=FOR_HER)
    store = Store(scenario)
    store.tell(store.put(store.declare(load(scenario, ref), agent), photograph(size=(900, 600))))
    scenario.post()
    scenario.move(scenario.by_link(ref), "end_representation", ref, representative="p2")
    scenario.post()
    return ref


def test_a_former_representative_goes_alone(scenario: Scenario) -> None:
    """The erasure removes the representative's row, addresses, keyed hashes and letters, and what others
    wrote about them. The complaint stays open and keeps what the representative wrote and sent for the
    person. Its record still verifies."""
    ref = represented(scenario)
    before = load(scenario, ref)
    theirs = {*before.party("p2").known_by, AGENT["name"], "老周的委托书", "+8613900139000"}
    theirs |= {AGENT["email"], "old.zhou@mail.example"}
    assert [one for one in theirs if not holds(stored(scenario), one)] == []
    erased(scenario, ref, party="p2")
    found = stored(scenario)
    # a letter to the person gives the name of their representative, and is theirs
    assert [one for one in theirs if holds(found, one)] == [AGENT["name"]]
    files = [piece.file for piece in before.evidence if piece.file]
    assert [one for one in (FOR_HER, *files, "王芳") if one and not holds(found, one)] == []
    after = load(scenario, ref)
    assert (after.stage, after.erased("p1"), after.erased("p2")) == (before.stage, False, True)
    assert after.messages == before.messages
    assert scenario.product.record.check(ref) == []
    scenario.moves(ref)
    told = [mail for mail in scenario.sent() if "将被删除" in mail["subject"]]
    assert [mail["to"] for mail in told] == [AGENT["email"]]
    assert "您代表别人写的内容" in told[0]["text"]


def test_only_former_representatives_go_from_an_open_complaint(scenario: Scenario) -> None:
    """An open complaint refuses the erasure of its person, of a present representative, and of an erased
    one."""
    ref = scenario.submit().ref
    scenario.move(scenario.by_link(ref), "add_representative", ref, person=AGENT, powers=["submit"])
    in_stage = ("move_not_allowed_in_stage", None)
    assert [refused(scenario, ref, party=id) for id in ("p1", "p2")] == [in_stage] * 2
    scenario.move(scenario.by_link(ref), "end_representation", ref, representative="p2")
    erased(scenario, ref, party="p2")
    assert refused(scenario, ref, party="p2") == in_stage


def test_a_former_representative_goes_after_the_complaint_too(scenario: Scenario) -> None:
    """The destruction of the closed complaint removes what the erasure of the representative left."""
    ref = represented(scenario)
    erased(scenario, ref, party="p2")
    scenario.move(scenario.by_link(ref), "withdraw", ref)
    erased(scenario, ref)
    assert load(scenario, ref).retention.destroyed
    assert not holds(stored(scenario), FOR_HER)


def test_earlier_states_of_the_case_stay_readable(scenario: Scenario) -> None:
    """A letter to the other person can be rendered from the state after its move, because the destruction
    takes only the keyed hashes of addresses out of the stored states."""
    ref, _ = over(scenario)
    erased(scenario, ref, party="p2")
    dossier = scenario.product.file.whole(ref)
    states = [dossier.past(int(rows.kind(row.sk)[1])) for row in Row.query(rows.heads(ref))]
    assert len(states) > 5
    assert all(state and state.party("p1").known_by for state in states)
    assert not [
        state for state in states if state for one in state.parties if one.id == "p2" and one.known_by
    ]
