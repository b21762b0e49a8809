"""Tests of the case page at the desk: its head, its conversation, its masked details, and the evidence next
to the facts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.moves.evidence import MOST_PIECES
from chalicelib.domain.scrub import mask
from chalicelib.locale.formats import label
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.conversation import LOOKED_AT
from tests.aws_calls import Calls
from tests.life.complaint import report
from tests.scenario import HOUR, SUN, WANG, ZHAO, Scenario
from tests.store import PDF, Store, photograph
from tests.web.calls import bearing
from tests.web.desk import GROUPS, Desk, hidden, visible
from tests.web.provider import Provider

IDENTITY, CARD, STREET = "310104198505123217", "6222021001116245702", "上海市徐汇区天钥桥路1188弄12号楼503室"
STORY = f"""10月3号买的洗衣机不到二十天就漏水！！！打了七次400电话，次次“已登记”😡😡
我身份证{IDENTITY}，退款打到我的卡{CARD}。再不解决我就去12315！！！"""
PERSON = {"name": "王芳", "phone": "13800138000", "email": "wang.fang@mail.example", "address": STREET}
NOTE = f"已电话核实，卡号是{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}。"

At = Callable[..., Desk]


@pytest.fixture
def at(client: Any, scenario: Scenario) -> At:
    """Return a function that opens the desk as a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


@pytest.fixture
def ref(scenario: Scenario) -> str:
    """Return a complaint in investigation, with private details in its words, a note and a message."""
    account = {"story": STORY, "product": "滚筒洗衣机 XQG80-14", "shop": "某某家电徐汇店"}
    ref = scenario.submit(person=PERSON, account=account).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(ZHAO, "note", ref, text=NOTE)
    scenario.later(HOUR)
    scenario.move(
        scenario.by_link(ref), "message", ref, text="又是等！换了电话，打139 1234 5678或021-6234 5678。"
    )
    return ref


def reveals(scenario: Scenario, ref: str) -> list[tuple[str, str]]:
    """Return reader and part of each recorded reveal on a case."""
    items = scenario.product.reads.of_case(ref, "", 100)[0]
    return [(item["who"], item["revealed"]) for item in items if item.get("revealed")]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["", "/timeline"])
def test_private_details_are_masked(at: At, ref: str, path: str, language: str) -> None:
    """Identity and card numbers stand masked in words and notes, an address among the people. Nothing is
    recorded as revealed."""
    page = at("zhao", language).get(f"/desk/cases/{ref}{path}")
    found = [said for said in (IDENTITY, CARD, NOTE, STREET) if said in page]
    assert found == []
    assert mask("card", language) in page
    assert reveals(at("zhao").scenario, ref) == []


def test_a_letter_is_masked_and_revealed(at: At, scenario: Scenario, ref: str) -> None:
    """The text of a letter that quotes a number hides it until a post asks for that letter."""
    scenario.move(ZHAO, "message", ref, text=f"请核对您的卡号{CARD}。")
    scenario.post()
    desk, letters = at("zhao"), f"/desk/cases/{ref}/letters"
    page = desk.get(letters)
    assert CARD not in page
    asked = re.search(r'name="reveal" value="([^"]+)"', page)
    assert asked
    assert CARD in desk.post(letters, {"reveal": asked[1]}, 200)
    assert reveals(scenario, ref) == [("zhao", asked[1])]


SAID = f"请把退款打到卡{CARD}，不要寄到{STREET}。"


def test_letters_before_they_leave_are_masked_and_revealed(at: At, scenario: Scenario, ref: str) -> None:
    """The letters that an act would send are masked. A recorded reveal shows them, sends nothing and keeps
    the form, which then sends the whole words."""
    desk, place = at("zhao"), f"/desk/cases/{ref}/moves/message"
    typed = {**hidden(desk.get(place)), "text": SAID}
    letters = desk.post(place, typed, 200)
    region = letters[letters.index('class="desk-leaving"') :].partition('name="shown"')[0]
    assert [one for one in (CARD, STREET) if one in region] == []
    assert mask("card", "en") in region
    before = scenario.moves(ref)
    letters = desk.post(place, {**hidden(letters), "reveal": "letters"}, 200)
    assert SAID in letters[letters.index('class="desk-leaving"') :]
    assert (reveals(scenario, ref), scenario.moves(ref)) == ([("zhao", "letters")], before)
    desk.once(place, hidden(letters))
    scenario.post()
    assert SAID in scenario.product.file.whole(ref).letters[-1]["sent"]["whole"]


def test_reveal_in_the_form_of_an_act_keeps_what_was_typed(at: At, scenario: Scenario, ref: str) -> None:
    """A button inside the form of an act shows what it names on the page of the act, with everything typed.
    The act is not taken."""
    scenario.move(ZHAO, "ask_extension", ref, reason="complex", why=SAID)
    desk = at("sun")
    page = desk.get(f"/desk/cases/{ref}")
    form = page[page.index('id="act-approve"') :].partition("</form>")[0]
    part = re.findall(r'<button[^>]* name="reveal" value="(\d+)"', form)
    assert part
    assert CARD not in form
    place = f"/desk/cases/{ref}/moves/approve"
    page = desk.post(place, {**hidden(form), "reveal": part[0]}, 200)
    assert CARD in page
    assert scenario.moves(ref)[-1] == "ask_extension"
    assert reveals(scenario, ref) == [("sun", part[0])]
    place = f"/desk/cases/{ref}/moves/refuse_approval"
    page = desk.post(place, {**hidden(desk.get(place)), "reason": "写到一半", "reveal": part[0]}, 200)
    assert "写到一半" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_to_read_out_are_masked_until_revealed(at: At, scenario: Scenario, language: str) -> None:
    """Words to read out are masked on the case, on the page of the act and on the page of calls. A recorded
    reveal of one letter shows them, and keeps the typed fields."""
    person = {"name": "李雷", "phone": "13900139000"}
    ref = scenario.submit(person=person).ref
    scenario.post()
    scenario.move(WANG, "accept", ref)
    scenario.move(WANG, "message", ref, text=SAID)
    scenario.post()
    desk = at("wang", language)
    task = next(one for one in scenario.product.file.load(ref).tellings if one.letter.startswith("message"))
    places = (f"/desk/cases/{ref}", f"/desk/cases/{ref}/moves/record_telling", f"/desk/calls?call={task.id}")
    for place in places:
        page = desk.get(place)
        assert [one for one in (CARD, STREET) if one in page] == [], place
        assert re.search(rf'<button[^>]* name="reveal" value="{re.escape(task.id)}"', page), place
    typed = {"ref": ref, "telling": task.id, "outcome": "told", "note": "说了一半", "reveal": task.id}
    page = desk.post("/desk/calls", typed, 200)
    assert CARD in page
    assert "说了一半" in page
    assert CARD in desk.post(f"/desk/cases/{ref}/moves/record_telling", {"reveal": task.id}, 200)
    assert {*reveals(scenario, ref)} == {("wang", task.id)}
    assert "record_telling" not in scenario.moves(ref)


def test_list_of_files_masks_captions_and_names(at: At, scenario: Scenario, ref: str) -> None:
    """Private details stay masked in the caption and the name of a file, on the list of files and on the
    case, until the evidence is revealed."""
    store, home = Store(scenario), f"/desk/cases/{ref}"
    case = scenario.product.file.load(ref)
    store.tell(
        store.put(store.declare(case, shows=f"我的证 {IDENTITY}", name=f"{IDENTITY}.jpg"), photograph())
    )
    page = at("zhao").get(f"{home}/files")
    assert IDENTITY not in page
    assert mask("identity", "en") in page
    assert IDENTITY not in at("zhao").get(home)
    assert IDENTITY in at("zhao").post(home, {"reveal": "evidence"}, 200)


def test_reveal_shows_one_part_and_is_recorded(at: At, scenario: Scenario, ref: str) -> None:
    """A reveal unmasks the requested part on one page, records its reader, and leaves the other parts
    masked."""
    desk, home = at("zhao"), f"/desk/cases/{ref}"
    page = desk.post(home, {"reveal": "p1"}, 200)
    assert STREET in page
    assert IDENTITY not in page
    assert reveals(scenario, ref) == [("zhao", "p1")]
    page = desk.post(home, {"reveal": ["p1", "1"]}, 200)
    assert STREET in page
    assert IDENTITY in page
    assert NOTE not in page
    assert IDENTITY not in desk.get(home)
    assert sorted(reveals(scenario, ref)) == [("zhao", "1"), ("zhao", "p1")]


def test_buttons_lead_to_every_masked_part(at: At, ref: str) -> None:
    """Each masked part has a button that posts its name and comes back to it. A part that was revealed has
    none, and stays revealed when the next one is."""
    desk, home = at("zhao"), f"/desk/cases/{ref}"
    assert set(re.findall(r'<button[^>]* name="reveal" value="([^"]+)"', desk.get(home))) == {
        "1",
        "4",
        "evidence",
        "p1",
    }
    page = desk.post(home, {"reveal": "4"}, 200)
    assert NOTE in page
    assert set(re.findall(r'<button[^>]* name="reveal" value="([^"]+)"', page)) == {"1", "evidence", "p1"}
    assert set(re.findall(r'<input[^>]* name="reveal" value="([^"]+)"', page)) == {"4"}
    for part, anchor in (("1", "entry-1"), ("p1", "person-p1")):
        assert re.search(rf'<button[^>]* value="{part}" form="reveal" formaction="#{anchor}"', page)
        assert f'id="{anchor}"' in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_reveals_stand_in_the_record_of_reads(at: At, ref: str, language: str) -> None:
    """The record says who had what shown and when, by case and by reader, and names nobody of the case."""
    at("zhao").post(f"/desk/cases/{ref}", {"reveal": ["p1", "4"]}, 200)
    for path in (f"/desk/cases/{ref}/reads", "/desk/reads/zhao"):
        page = visible(at("auditor", language).get(path))
        assert say(language, "desk.reads.revealed.entry", n=4) in page
        assert say(language, "desk.reads.revealed.person", id="p1") in page
        assert "王芳" not in page


def test_reveals_are_in_the_interface(at: At, client: Any, provider: Provider, ref: str) -> None:
    """The interface lists a reveal as a read of the people, with the part that was shown."""
    provider.now = at("zhao").scenario.time
    at("zhao").post(f"/desk/cases/{ref}", {"reveal": "p1"}, 200)
    answer = client.http.get(f"/v1/cases/{ref}/reads", headers=bearing(provider, "auditor", "role:auditor"))
    items = [item for item in answer.json_body["items"] if item.get("revealed")]
    assert [(item["who"], item["thing"], item["revealed"]) for item in items] == [("zhao", "people", "p1")]


def test_interface_of_staff_keeps_its_words(
    client: Any, scenario: Scenario, provider: Provider, ref: str
) -> None:
    """Programs of staff get the words as before; masks are for pages."""
    provider.now = scenario.time
    own = bearing(provider, "zhao", *GROUPS["zhao"])
    assert IDENTITY in client.http.get(f"/v1/cases/{ref}/timeline/1", headers=own).body.decode()


def test_who_knows_nobody_reveals_nothing(at: At, scenario: Scenario, ref: str) -> None:
    """An auditor, another team and another site reveal no detail and leave no record."""
    at("auditor").post(f"/desk/cases/{ref}", {"reveal": "p1"}, 403)
    at("stranger").post(f"/desk/cases/{ref}", {"reveal": "p1"}, 404)
    at("zhao").post(f"/desk/cases/{ref}", {"reveal": "p1"}, 403, **{"Sec-Fetch-Site": "cross-site"})
    assert reveals(scenario, ref) == []


def test_unrecorded_reveal_shows_nothing(down: set[str], at: At, scenario: Scenario, ref: str) -> None:
    """If the record cannot be written, the details stay masked."""
    desk = at("zhao")
    desk.get(f"/desk/cases/{ref}")
    down.add("PutItem")
    page = desk.post(f"/desk/cases/{ref}", {"reveal": "p1"}, 503)
    assert STREET not in page
    assert reveals(scenario, ref) == []


@pytest.mark.parametrize("part", ["", "x" * 500, "1' OR '1'='1", "../p1", "p1\n", "<b>"])
def test_a_part_that_cannot_be_is_ignored(at: At, scenario: Scenario, ref: str, part: str) -> None:
    """Nonsense in place of a part shows the page as it was, and is not recorded."""
    page = at("zhao").post(f"/desk/cases/{ref}", {"reveal": part}, 200)
    assert STREET not in page
    assert reveals(scenario, ref) == []


def test_telephone_numbers_call(at: At, ref: str) -> None:
    """Numbers of people and numbers in messages are links with the country code; other numbers are none."""
    page = at("zhao").post(f"/desk/cases/{ref}", {"reveal": ["1", "4"]}, 200)
    assert set(re.findall(r'href="tel:([^"]+)">([^<]+)<', page)) >= {
        ("+8613800138000", "+8613800138000"),
        ("+8613912345678", "139 1234 5678"),
        ("+862162345678", "021-6234 5678"),
    }
    assert not [number for number in re.findall(r'href="tel:\+86([^"]+)"', page) if number in IDENTITY + CARD]


NUMBERS = {
    "+1 (212) 555-0123": "+12125550123",
    "+49 (0)30 901820": "+4930901820",
    "00852 91234567": "+85291234567",
    "0044 20 7946 0958": "+442079460958",
    "0086 13912345678": "+8613912345678",
    "（0755）26012345": "+8675526012345",
    "0571-8888 6666": "+8657188886666",
    "１３９１２３４５６７８": "+8613912345678",
    "400-820-8820": "4008208820",
    "8008100000": "8008100000",
}
"""Telephone numbers as people write them, and what a link to each calls."""


def test_numbers_are_called_however_they_are_written(at: At, scenario: Scenario, ref: str) -> None:
    """Foreign numbers, full-width digits and brackets, and service numbers are called; an extension is left
    out. Numbers of orders, hotlines and longer numbers are no links."""
    others = "订单02112345678901，12315，010-12345678-1234-5678，95588"
    scenario.move(
        scenario.by_link(ref), "message", ref, text="；".join(NUMBERS).replace("6666", "6666-803") + others
    )
    links = re.findall(r'href="tel:([^"]+)">([^<]+)<', at("zhao").get(f"/desk/cases/{ref}"))
    assert {text: to for to, text in links}.items() >= NUMBERS.items()
    assert not {text for _, text in links if text in others}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_head_says_who_about_what_until_when(at: At, ref: str, language: str) -> None:
    """The head names complainant, product, shop, next act, its due moment, what silence does, and handler."""
    page = at("zhao", language).get(f"/desk/cases/{ref}")
    head = visible(page[page.index('<div class="desk-head">') : page.index('<div class="desk-main">')])
    for said in ("王芳", "滚筒洗衣机 XQG80-14", "某某家电徐汇店", "Zhao", label(language, "message", "move")):
        assert said in head
    assert say(language, "desk.top.silence") in head
    assert say(language, "desk.step.owner") in head


def test_the_conversation_tells_voices_apart(at: At, scenario: Scenario, ref: str) -> None:
    """Words of the consumer, of ours and internal ones look different, in the order of time; a note says that
    no party sees it."""
    scenario.later(HOUR)
    scenario.move(ZHAO, "message", ref, text="工单已经要到。")
    page = at("zhao").get(f"/desk/cases/{ref}")
    turns = re.findall(r'desk-turn--(\w+)" id="entry-(\d+)"', page)
    assert turns == [
        ("ours", "6"),
        ("consumer", "5"),
        ("internal", "4"),
        ("step", "3"),
        ("step", "2"),
        ("consumer", "1"),
    ]
    assert page.count(say("en", "desk.talk.internal")) == 1
    scenario.post()
    page = at("zhao").get(f"/desk/cases/{ref}")
    assert visible(page).count(label("en", "message_reply", "letter")) == 1


@pytest.fixture
def filed(scenario: Scenario, ref: str) -> dict[str, str]:
    """Return the ids of files of the complaint: a photograph, an invoice, and a recording."""
    store, found = Store(scenario, "signature"), {}
    wav = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)
    for shows, content in (("漏水的照片", photograph()), ("发票", PDF), ("通话录音", wav)):
        upload = store.declare(scenario.product.file.load(ref), type="*/*", shows=shows)
        store.tell(store.put(upload, content))
        found[shows] = upload.id
    return found


def test_evidence_is_shown_in_place(at: At, ref: str, filed: dict[str, str]) -> None:
    """A photograph enlarges, a PDF opens in the browser's viewer, a recording has controls. The page may load
    them from here and from the store, and nothing else."""
    desk = at("zhao")
    answer = desk.client.http.get(f"/desk/cases/{ref}", headers=desk.headers)
    page, files = answer.body.decode(), f"/desk/cases/{ref}/files"
    assert f'<img class="desk-file__small" src="{files}/{filed["漏水的照片"]}/picture"' in page
    assert f'src="{files}/{filed["漏水的照片"]}/view"' in page
    assert f'<iframe class="desk-file__pages" src="{files}/{filed["发票"]}/view"' in page
    assert f'<audio controls preload="none" src="{files}/{filed["通话录音"]}/view"' in page
    store = desk.scenario.product.setting("STORE_ORIGIN")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert f"media-src 'self' {store}" in policy
    assert f"frame-src 'self' {store}" in policy
    assert "default-src 'none'" in policy


def test_view_of_a_file_is_checked_and_shown(at: At, ref: str, filed: dict[str, str]) -> None:
    """The address leads to a link that expires and shows the file; without the right to read files it leads
    nowhere."""
    path = f"/desk/cases/{ref}/files/{filed['发票']}/view"
    desk = at("zhao")
    answer = desk.client.http.get(path, headers=desk.headers)
    assert answer.status_code == 303
    assert "response-content-disposition=inline" in answer.headers["Location"]
    assert "response-content-type=application%2Fpdf" in answer.headers["Location"]
    assert "X-Amz-Expires=300" in answer.headers["Location"]
    at("auditor").get(path, 403)
    at("stranger").get(path, 404)


def test_form_of_the_report_shows_the_evidence(at: At, ref: str, filed: dict[str, str]) -> None:
    """The form of a report shows the files next to the facts, and a form that needs no evidence shows no
    files."""
    page = at("zhao").get(f"/desk/cases/{ref}/moves/file_report")
    proof = page[page.index('class="desk-proof"') :]
    assert [id for id in filed.values() if f"/files/{id}/view" not in proof] == []
    assert "desk-proof" not in at("zhao").get(f"/desk/cases/{ref}/moves/note")


@pytest.mark.parametrize("who", ["zhao", "sun"])
def test_report_shows_each_finding_with_its_files(
    at: At, scenario: Scenario, ref: str, filed: dict[str, str], who: str
) -> None:
    """Each finding of the report stands with the numbers and the files of the evidence on which it rests."""
    numbers = {piece.file: piece.id for piece in scenario.product.file.load(ref).evidence if piece.file}
    photo, invoice = filed["漏水的照片"], filed["发票"]
    findings = [
        {"matter": n, "fact": f"查明的第{n}项。", "evidence": [numbers[id]]}
        for n, id in ((1, photo), (2, invoice))
    ]
    body = report(scenario.time.date(), 1, 2, conclusion="not_upheld")
    scenario.move(ZHAO, "file_report", ref, **body | {"findings": findings})
    page = at(who).get(f"/desk/cases/{ref}")
    page = page[page.index('id="report"') :]
    first, second = page.index("查明的第1项"), page.index("查明的第2项")
    assert first < page.index(f"/files/{photo}/view") < second < page.index(f"/files/{invoice}/view")
    assert say("en", "desk.part.rests_on", ids=numbers[photo]) in page


def test_a_long_case_costs_no_more_calls(at: At, scenario: Scenario, calls: Calls, ref: str) -> None:
    """The page of a case with much evidence and many entries takes no more calls to AWS than that of a short
    case."""
    desk, home = at("zhao"), f"/desk/cases/{ref}"

    def cost() -> int:
        desk.get(home)  # record first that zhao reads the case
        calls.made()
        desk.get(home)
        return sum(calls.made().values())

    short = cost()
    for n in range(MOST_PIECES - 1):
        scenario.move(scenario.by_link(ref), "add_evidence", ref, shows=f"第{n}张小票")
    for n in range(LOOKED_AT):
        scenario.move(ZHAO, "note", ref, text=f"第{n}次联系门店")
    assert cost() <= short
    page = desk.get(home)
    assert "第0张小票" in page
    assert f"第{LOOKED_AT - 1}次联系门店" in page
