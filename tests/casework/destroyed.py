"""Complaints whose personal data are destroyed, and joint complaints of which one person's are."""

from __future__ import annotations

import json

import boto3

from chalicelib.aws.rows import Row, Secret
from chalicelib.domain.data_kinds import Place
from chalicelib.domain.model.case import Case
from chalicelib.operations.destruction import WAITS
from tests.casework.joint import OTHER
from tests.scenario import DAY, SUN, WANG, WU, ZHOU, Scenario
from tests.store import Store, photograph

MINUTES_MS = 600_000
STORY = "洗衣机坏了😡，商家不退，客服还骂人，电话录音在我手里。"
WHY = {"ground": "asked", "reason": "本人来电要求删除，已核对身份。"}
THEIRS = "空调漏水，邻居家的地板也泡坏了。"
SAID = "我的地板照片已经寄出，请看一下，门牌三单元。"
OWN = "我家的电表箱也进水了，请一起看，楼下五号。"
REPLY = "三单元的照片已经收到，周五上门看。"
TO_ALL = "各位的投诉由同一组办理。"


def closed(scenario: Scenario, **changes: object) -> str:
    """Return the number of a closed complaint with words, a photograph and letters."""
    case = scenario.submit(account={"story": STORY}, **changes)
    store = Store(scenario)
    store.tell(store.put(store.declare(case), photograph()))
    scenario.move(WANG, "accept", case.ref)
    scenario.post()
    scenario.move(scenario.party(case), "withdraw", case.ref, reason="不想再等了，算了。")
    scenario.post()
    return case.ref


def load(scenario: Scenario, ref: str) -> Case:
    """Return a case."""
    return scenario.product.file.load(ref)


def hour(scenario: Scenario, left_ms: int = MINUTES_MS) -> int:
    """Run the schedule of an hour; return how many cases lost their data."""
    return scenario.product.destruction.hour(lambda: left_ms)


def destroyed(scenario: Scenario) -> str:
    """Return the number of a closed complaint whose person asked for the destruction, a day later."""
    ref = closed(scenario)
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY)
    scenario.post()
    scenario.later(WAITS)
    assert hour(scenario) == 1
    return ref


def stored(scenario: Scenario) -> str:
    """Return all rows of both tables, and the keys of all versions in the buckets, as one text."""
    found = [
        str(each) for kind in (Row, Secret) for row in kind.scan() for each in row.attribute_values.values()
    ]
    s3 = boto3.client("s3", "us-east-1")
    for place in (Place.EVIDENCE, Place.FIGURES):
        bucket = scenario.product.setting(place.upper())
        found += [one["Key"] for one in s3.list_object_versions(Bucket=bucket).get("Versions", [])]
    return "\n".join(found)


def holds(found: str, text: str) -> bool:
    """Return whether stored rows hold a text: as it is, as JSON, or as JSON inside of JSON."""
    once = json.dumps(text, ensure_ascii=False)[1:-1]
    return any(form in found for form in (text, once, json.dumps(once, ensure_ascii=False)[1:-1]))


def joined(scenario: Scenario, accepts: bool = True) -> tuple[str, str]:
    """Return a joint complaint of two with words, a file and letters of each, and the own number of the
    second person."""
    scenario.played = None
    first = scenario.submit(account={"story": STORY})
    second = scenario.submit(person=OTHER, account={"story": THEIRS})
    scenario.post()
    scenario.move(SUN, "invite_to_join", second.ref, leading=first.ref)
    scenario.move(scenario.by_link(second.ref), "join_case", second.ref, own_wish=True)
    if accepts:
        scenario.move(WANG, "accept", first.ref)
    store = Store(scenario)
    for id, words in (("p1", OWN), ("p2", SAID)):
        caller = scenario.by_link(first.ref, id)
        scenario.move(caller, "message", first.ref, text=words)
        store.tell(store.put(store.declare(load(scenario, first.ref), caller), photograph(size=(900, 600))))
    scenario.move(WANG, "message", first.ref, party="p2", text=REPLY)
    scenario.move(WANG, "message", first.ref, text=TO_ALL)
    scenario.post()
    return first.ref, second.ref


def over(scenario: Scenario) -> tuple[str, str]:
    """Return a joint complaint of two that was declined and is closed, and the own number of the second
    person."""
    ref, own = joined(scenario, accepts=False)
    no = {"1": "not_for_living", "2": "not_for_living"}
    scenario.agreed(
        ref, WANG, SUN, "decline", grounds=no, reasons=dict.fromkeys(no, "用于经营。"), routes=["court"]
    )
    scenario.live(40 * DAY, ref)
    assert load(scenario, ref).stage == "closed"
    return ref, own


def left(scenario: Scenario) -> tuple[str, str]:
    """Return a joint complaint that the second person has left, and their own complaint, which they have
    withdrawn."""
    ref, own = joined(scenario)
    scenario.move(scenario.by_link(ref, "p2"), "leave_case", ref)
    scenario.move(scenario.by_link(own), "withdraw", own, reason="不想再等了。")
    scenario.post()
    return ref, own


def split_off(scenario: Scenario) -> tuple[str, str]:
    """Return a joint complaint that its first person has left, and their own complaint, which they have
    withdrawn."""
    ref, _ = joined(scenario)
    scenario.move(scenario.by_link(ref), "leave_case", ref)
    own = load(scenario, ref).party("p1").own
    assert own
    scenario.move(scenario.by_link(own), "withdraw", own)
    scenario.post()
    return ref, own


def erased(scenario: Scenario, ref: str, **said: str) -> None:
    """Let two people decide the destruction, and do it a day later."""
    scenario.agreed(ref, ZHOU, WU, "destroy_data", **WHY, **said)
    scenario.post()
    scenario.later(DAY)
    hour(scenario)
