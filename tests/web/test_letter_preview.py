"""Tests of the letters that the desk shows before a move: their readers get the same text."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chalicelib.access.authorization import STAFF, Caller
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Way
from chalicelib.web import request_models
from chalicelib.web.pages.desk.letter_preview import MOST, letter_preview
from chalicelib.web.pages.desk.reading import Reading
from tests.casework.messages import BY_TEXT, Messages
from tests.scenario import DAY, HOUR, SUN, WANG, ZHAO, Scenario, sure
from tests.web import mediated
from tests.web.desk import Desk, hidden, visible
from tests.web.worked import story

MORE = {"reason": "complex", "why": "事实复杂，需要再查。"}


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return the desk of a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


class Watched(Scenario):
    """A scenario in which the letters of each move of staff are written before the move, and compared with
    those that leave afterwards. `compared`: names and ways of the letters that were the same. `asked`: the
    letters that the askers of open requests saw, by the id of the request, with the moment."""

    compared: list[str]
    asked: dict[str, tuple[datetime, set[tuple[str, ...]]]]

    def move(self, caller: Caller, name: str, ref: str, seen: int | None = None, **body: Any) -> Case:
        """Take a move, as `Scenario.move` does."""
        if not caller.roles & STAFF:
            return super().move(caller, name, ref, seen, **body)
        product, (by, said) = self.product, sure(caller, name, body)
        self.post()
        before = {row["id"] for row in product.file.whole(ref).letters}
        facts = request_models.arguments(name, json.dumps(said), self.time)
        reading = Reading(product.file.dossier_of(product.file.load(ref)), by, "en", product)
        preview = letter_preview(reading, name, facts, self.time)
        shown = {(letter.to, letter.subject, letter.text, letter.whole) for letter in preview.letters}
        case = super().move(caller, name, ref, seen, **body)
        self.post()
        if preview.approvers:
            self.asked[case.approvals[-1].id] = self.time, shown
            assert not self.left(by, ref, before)
            return case
        at, promised = self.asked.get(str(said.get("approval")), (None, set[tuple[str, ...]]()))
        for which, to, letter in self.left(by, ref, before):
            assert (to, *letter) in shown, (name, which)
            self.compared.append(which)
            if at == self.time and not which.startswith("approval_decided"):
                assert (to, *letter) in promised, (name, which)
                self.compared.append(f"{which} of a request")
        return case

    def left(self, by: Caller, ref: str, before: set[str]) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return the new letters to parties that an officer may read: name and way, recipient, and subject,
        text and whole text as they left or are read out."""
        dossier = self.product.file.whole(ref)
        reading = Reading(dossier, by, "en", self.product)
        calls = {task.id: task for task in dossier.case.tellings}
        found = list[tuple[str, str, tuple[str, ...]]]()
        for row in dossier.letters:
            if row["id"] in before or row["to"][:6] != "party:" or not reading.reader.reads_letter(row):
                continue
            sent, to = (
                row["sent"] or {},
                reading.words_of("leaves", "to", row["way"], to=reading.recipient(row["to"])),
            )
            if row["id"] in calls:
                script = self.product.correspondence.script(
                    dossier, calls[row["id"]], reading.roster, self.time
                )
                subject = self.product.correspondence.read_out(
                    dossier, row, reading.roster, self.time
                ).subject
                found.append((f"{row['name']} by telephone", to, (subject, script.stored, "")))
            elif row["state"] == "sent" and "short" in sent:
                found.append(
                    (f"{row['name']} by text message", to, (sent["subject"], sent["short"], sent["text"]))
                )
            elif row["state"] == "sent" and row["way"] == Way.EMAIL:
                found.append((row["name"], to, (sent["subject"], sent["text"], sent.get("whole", ""))))
        return found


def watched(scenario: Scenario) -> list[str]:
    """Watch each move of staff in this scenario, without what it remembers of other tests. Return the names
    of the letters that were compared; the list grows."""
    scenario.__class__, scenario.played, found = Watched, None, list[str]()
    scenario.__dict__ |= {"compared": found, "asked": {}}
    return found


def played(scenario: Scenario, life: str) -> None:
    """Play a life up to its end."""
    if life == "story":
        list(story(scenario))
        return
    if life == "requests":
        requests(scenario)
        return
    mediated.registered(scenario)
    if life == "mediation":
        list(mediated.life(scenario, mediated.negotiating(scenario)))
    else:
        run = mediated.signing if life == "signing" else mediated.run_obligations
        list(run(scenario, mediated.mediating(scenario)))


def requests(scenario: Scenario) -> None:
    """Play acts that wait for a second person, for people who get text messages, mails, or calls."""
    Messages(scenario)
    no = dict.fromkeys(("1", "2"), "not_for_living")
    people = (
        BY_TEXT,
        {"name": "王芳", "email": "wang.fang@mail.example"},
        {"name": "王芳", "phone": "13800138000"},
    )
    for person in people:
        ref = scenario.submit(person=person).ref
        scenario.move(WANG, "ask_information", ref, items=["photos"], why="看不清")
        scenario.move(scenario.party(scenario.product.file.load(ref)), "give_information", ref, answer="有")
        why = dict.fromkeys(no, "用于经营。")
        scenario.agreed(ref, WANG, SUN, "decline", grounds=no, reasons=why, routes=["court"])
        ref = scenario.submit(person=person).ref
        scenario.move(WANG, "accept", ref)
        scenario.move(SUN, "assign", ref, to="zhao")
        scenario.agreed(ref, ZHAO, SUN, "ask_extension", **MORE)


@pytest.mark.parametrize("life", ["story", "requests", "mediation", "signing", "obligations"])
def test_letter_that_leaves_has_the_words_that_were_shown(scenario: Scenario, life: str) -> None:
    """A letter that leaves by mail, or is read out to a person outside, has the subject and the text that its
    officer saw before the move. The officer who asked for it saw the same."""
    compared = watched(scenario)
    played(scenario, life)
    assert len({*compared}) > 4
    expected = {f"declined{way} of a request" for way in ("", " by telephone", " by text message")}
    assert life != "requests" or expected <= {*compared}


def accept(case: Case) -> str:
    """Return the address of the form that accepts a case."""
    return f"/desk/cases/{case.ref}/moves/accept"


def test_decision_is_shown_before_it_leaves(at: Any, scenario: Scenario) -> None:
    """The desk shows the letter of an acceptance with its reader, and one more click sends it."""
    case, desk = scenario.submit(), at("wang")
    page = desk.post(accept(case), hidden(desk.get(accept(case))), 200)
    assert "By e-mail to: 王芳" in page
    assert "我们决定受理" in page
    assert scenario.moves(case.ref) == ["submit"]
    assert desk.post(accept(case), hidden(page)) == f"/desk/cases/{case.ref}?done=accept"
    assert scenario.moves(case.ref) == ["submit", "accept"]


def test_preview_writes_nothing(at: Any, scenario: Scenario, client: Any) -> None:
    """A script gets the letters of a form. Neither table nor queue has anything new but the read, and the key
    of the form still takes the move."""
    case, desk = scenario.submit(), at("wang")
    form = hidden(desk.get(accept(case)))
    scenario.post()
    part = desk.post(f"{accept(case)}/preview", form, 200)
    assert "<html" not in part
    assert "我们决定受理" in part
    assert scenario.moves(case.ref) == ["submit"]
    assert scenario.post() == 0
    desk.post(accept(case), {**form, **hidden(part)})
    assert scenario.moves(case.ref) == ["submit", "accept"]


def test_preview_of_a_bad_form_names_its_errors(at: Any, scenario: Scenario) -> None:
    """A form with an error gets the error instead of letters, with a link to its field."""
    case, desk = scenario.submit(), at("wang")
    part = desk.post(f"/desk/cases/{case.ref}/moves/ask_information/preview", {"items": "photos"}, 422)
    assert 'href="#why"' in part
    assert "<html" not in part


def test_preview_is_refused_to_who_may_not_take_the_move(at: Any, scenario: Scenario) -> None:
    """A stranger gets nothing, and a colleague in another role gets the refusal and no letter."""
    case = scenario.submit()
    at("stranger").post(f"{accept(case)}/preview", {}, 404)
    assert "我们决定受理" not in at("feng").post(f"{accept(case)}/preview", {}, 403)


def test_words_that_changed_after_the_letters_were_seen_are_shown_again(at: Any, scenario: Scenario) -> None:
    """An officer who goes back and changes their words sees the new letter before it leaves."""
    case, desk = scenario.submit(), at("wang")
    place = f"/desk/cases/{case.ref}/moves/message"
    page = desk.post(place, {**hidden(desk.get(place)), "text": "请寄照片。"}, 200)
    page = desk.post(place, {**hidden(page), "text": "请寄发票。"}, 200)
    assert "请寄发票。" in page
    assert "have changed since you read them" in page
    assert scenario.moves(case.ref) == ["submit"]
    desk.post(place, hidden(page))
    assert scenario.moves(case.ref) == ["submit", "message"]


def test_letters_that_were_seen_may_leave_later(at: Any, scenario: Scenario) -> None:
    """Time alone does not make the officer read the same letter twice, though its dates move with it."""
    case, desk = scenario.submit(), at("wang")
    place = f"/desk/cases/{case.ref}/moves/ask_information"
    page = desk.post(place, {**hidden(desk.get(place)), "items": "photos", "why": "看不清"}, 200)
    scenario.later(3 * HOUR)
    desk.post(place, hidden(page))
    assert scenario.moves(case.ref) == ["submit", "ask_information"]


def test_a_forged_token_shows_the_letters_again(at: Any, scenario: Scenario) -> None:
    """A token of tomorrow, of no moment, or with another digest counts as unseen."""
    case, desk = scenario.submit(), at("wang")
    form = hidden(desk.get(accept(case)))
    for token in ("yes", ".", "2026-02-12T01:00:00Z.0000", "2036-02-12T01:00:00Z.0cbc3fa4f328989f"):
        assert "我们决定受理" in desk.post(accept(case), {**form, "shown": token}, 200)
    assert scenario.moves(case.ref) == ["submit"]


def test_second_click_after_the_letters_does_it_once(at: Any, scenario: Scenario) -> None:
    """A double click on either of the two pages takes the move once, and goes to the case each time."""
    case, desk = scenario.submit(), at("wang")
    form = hidden(desk.get(accept(case)))
    page = hidden(desk.post(accept(case), form, 200))
    assert len({desk.post(accept(case), page) for _ in range(2)}) == 1
    assert desk.post(accept(case), form) == f"/desk/cases/{case.ref}?done=accept"
    assert scenario.moves(case.ref) == ["submit", "accept"]


def test_approver_sees_what_their_approval_sends(at: Any, scenario: Scenario) -> None:
    """The consumer's letter about more time stands before the approver before they approve."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    asked = scenario.move(ZHAO, "ask_extension", case.ref, **MORE)
    desk, place = at("sun"), f"/desk/cases/{case.ref}/moves/approve"
    page = desk.post(place, {**hidden(desk.get(place)), "approval": asked.approvals[0].id}, 200)
    assert "By e-mail to: 王芳" in page
    assert MORE["why"] in page
    desk.post(place, hidden(page))
    assert scenario.moves(case.ref)[-1] == "approve"


def test_asker_sees_what_leaves_once_a_second_person_approves(at: Any, scenario: Scenario) -> None:
    """The consumer's letter about more time stands before the investigator who asks for it, with the role
    that must approve it. Nothing leaves before."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    desk, place = at("zhao"), f"/desk/cases/{case.ref}/moves/ask_extension"
    scenario.post()
    before = len(scenario.sent())
    page = desk.post(place, {**hidden(desk.get(place)), **MORE}, 200)
    for words in ("By e-mail to: 王芳", MORE["why"], "second person approves", "Ask for approval"):
        assert words in page, words
    desk.once(place, hidden(page))
    scenario.post()
    assert [one["to"] for one in scenario.sent()[before:]] == ["sun@house.example"]


def test_approval_that_came_too_late_says_so_before_the_click(at: Any, scenario: Scenario) -> None:
    """A request for more time that was made in time can be approved after the due time. Once the longer time
    is over too, the page says that before anybody approves."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    scenario.move(ZHAO, "ask_extension", case.ref, **MORE)
    scenario.later(60 * DAY)
    assert "can no longer be approved" in at("sun").get(f"/desk/cases/{case.ref}")
    assert "can no longer be approved" not in at("zhao").get(f"/desk/cases/{case.ref}")


def test_page_names_who_else_reads(at: Any, scenario: Scenario) -> None:
    """A representative gets the letter, the person whom they speak for finds it on their page, and colleagues
    read it too."""
    case, desk = scenario.submit(), at("wang")
    who = {"name": "赵律师", "email": "zhao@law.example", "capacity": "lawyer"}
    scenario.move(SUN, "add_representative", case.ref, person=who, powers=["submit", "answer"])
    party = scenario.product.file.load(case.ref).parties[-1].id
    scenario.move(
        SUN, "check_authority", case.ref, representative=party, document="委托书", powers=["submit", "answer"]
    )
    place = f"/desk/cases/{case.ref}/moves/message"
    page = visible(desk.post(place, {**hidden(desk.get(place)), "text": "请寄发票。"}, 200))
    assert "They act for 王芳." in page or "can read it on the complaint page too" in page
    assert "Colleagues who handle the complaint can read it." in page


def test_move_that_tells_nobody_outside_takes_one_click(at: Any, scenario: Scenario) -> None:
    """A note, and a move without facts, are registered by one post."""
    case, desk = scenario.submit(), at("wang")
    for move, said in (("note", {"text": "像是上个月那批货"}), ("take", {})):
        place = f"/desk/cases/{case.ref}/moves/{move}"
        desk.once(place, {**hidden(desk.get(place)), **said})
    assert scenario.moves(case.ref) == ["submit", "note", "take"]


def test_hundreds_of_readers_are_named(at: Any, scenario: Scenario) -> None:
    """The desk shows the first `MOST` letters of one kind whole, and names the readers of the others."""
    case = scenario.submit()
    for n in range(MOST + 3):
        person = {"name": f"同伴{n:02}", "email": f"p{n}@mail.example"}
        other = scenario.submit(person=person)
        scenario.move(WANG, "invite_to_join", other.ref, leading=case.ref)
        scenario.move(scenario.party(other), "join_case", other.ref, own_wish=True)
        scenario.later(DAY)
    desk, place = at("sun"), f"/desk/cases/{case.ref}/moves/message"
    page = desk.post(place, {**hidden(desk.get(place)), "text": "请寄发票。"}, 200)
    assert page.count("请寄发票。") - 1 == MOST
    assert f"同伴{MOST + 2:02}" in page
