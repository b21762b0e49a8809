"""Tests of canned texts: who keeps them, which slots they have, and how a form inserts them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.canned_texts import MOST_TEXTS, CannedText, TextChange, slots
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.reference import shown
from chalicelib.locale.slot_names import slot_names
from tests.aws_calls import Calls
from tests.scenario import SUN, WANG, Scenario, complaint
from tests.web.desk import GROUPS, Desk, visible

MINUTE = timedelta(minutes=1)
WHOLE = "{投诉人姓名}您好：投诉{投诉编号}（{商品或者服务}）由{团队名称}的{经办人姓名}办理，电话{团队电话}。{今天的日期}"


class TextsPage:
    """A member of staff at the page of canned texts."""

    def __init__(self, client: Any, scenario: Scenario, who: str, language: str = "en") -> None:
        self.desk, self.scenario = Desk(client, scenario, who, language), scenario

    def blank_form(self, team: str = "general") -> dict[str, Any]:
        """Open the form for a new text; return its hidden fields."""
        return hidden(self.desk.get(f"/desk/texts/add?team={team}"))

    def add(self, text: str, status: int = 303, team: str = "general", **more: Any) -> Any:
        """Store a new text by its form."""
        said = {"title": "Thanks", "language": "zh", "text": text, **more}
        return self.desk.post("/desk/texts/add", {**self.blank_form(team), **said}, status)

    def stored(self, team: str = "general") -> list[CannedText]:
        """Return the stored texts of a team."""
        return self.scenario.product.canned_texts.fresh(team)

    def form_of(self, text: CannedText, deed: str = "edit") -> dict[str, Any]:
        """Open the form of a stored text; return its hidden fields."""
        return hidden(self.desk.get(f"/desk/texts/{deed}?team={text.team}&id={text.id}"))


def hidden(page: str) -> dict[str, Any]:
    """Return the hidden fields of a page's form."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.fixture
def lead(client: Any, scenario: Scenario) -> TextsPage:
    """The lead of the team `general`."""
    return TextsPage(client, scenario, "sun")


@pytest.fixture
def case(scenario: Scenario) -> Case:
    """A complaint about a washing machine."""
    account = {"story": "洗衣机坏了，商家不退。", "product": "滚筒洗衣机", "business": "好家电"}
    return scenario.submit(account=account)


def written(client: Any, scenario: Scenario, text: str, who: str = "sun", **more: Any) -> str:
    """Store a canned text, wait until every container knows it, and return its key in a form."""
    page = TextsPage(client, scenario, who)
    page.add(text, **more)
    scenario.later(2 * MINUTE)
    team = more.get("team", "general")
    [found] = [one for one in page.stored(team) if one.title == more.get("title", "Thanks")]
    return f"{team}.{found.id}"


@pytest.mark.parametrize("who", sorted(GROUPS))
def test_texts_are_changed_by_leads_of_the_team_and_administrators(
    client: Any, scenario: Scenario, who: str
) -> None:
    """Other staff read the texts without the forms, and a lead cannot change the texts of other teams or of
    all teams."""
    page = TextsPage(client, scenario, who).desk
    keeps = who in ("sun", "zheng", "lin")
    assert ("Add a text" in page.get("/desk/texts?team=general")) is keeps
    page.get("/desk/texts/add?team=general", 200 if keeps else 403)
    page.get("/desk/texts/add?team=retail", 200 if who in ("zheng", "stranger") else 403)
    page.get("/desk/texts/add", 200 if who == "zheng" else 403)


@pytest.mark.parametrize("deed", ["add", "edit", "remove"])
def test_texts_of_another_team_are_refused_whatever_a_form_says(
    lead: TextsPage, deed: str, scenario: Scenario
) -> None:
    """The server decides the scope, so a forged form is refused."""
    form = {"id": "aaaaaaaaaaaa", "team": "", "version": "1", "title": "x", "language": "zh", "text": "x"}
    lead.desk.post(f"/desk/texts/{deed}", form, 403)
    assert lead.stored("") == []


@pytest.mark.parametrize(
    "text",
    [
        "{ 投诉人姓名 }您好",
        "｛投诉人姓名｝您好",
        "{投诉人姓名}您好",
        "{name}您好",
        "{Complainant's  Name}您好",
    ],
)
def test_a_slot_has_spaces_and_wide_braces_removed(lead: TextsPage, text: str) -> None:
    """The names of both languages and the codes count, whatever spaces or braces somebody typed."""
    lead.add(text)
    assert [one.text for one in lead.stored()] == ["{name}您好"]


@pytest.mark.parametrize("text", ["{身份证号}", "{}", "a { b", "a } b", "{{name}}", "{name", "{na{name}me}"])
def test_an_unknown_slot_is_refused(lead: TextsPage, text: str) -> None:
    """The page refuses a text with an unknown slot or a single brace, stores nothing, and keeps the typed
    text in the form."""
    page = lead.add(text, 422)
    assert "There is no slot" in page
    assert text in page
    assert lead.stored() == []


def test_a_text_of_5000_characters_is_stored_and_a_longer_one_refused(lead: TextsPage) -> None:
    """A text is as long as a message may be."""
    lead.add("长" * 5_000)
    assert "5,001" not in lead.add("长" * 5_001, 422, title="Longer")
    assert [len(one.text) for one in lead.stored()] == [5_000]


def test_the_second_of_two_changes_is_refused_with_who_and_when(client: Any, scenario: Scenario) -> None:
    """Two administrators change a text at once. The second one reads who was first, and keeps the words."""
    first, second = (TextsPage(client, scenario, who) for who in ("zheng", "sun"))
    first.add("one")
    [text] = first.stored()
    forms = [page.form_of(text) for page in (first, second)]
    said = {"title": "Thanks", "language": "zh"}
    first.desk.post("/desk/texts/edit", {**forms[0], **said, "text": "two"})
    page = second.desk.post("/desk/texts/edit", {**forms[1], **said, "text": "my words"}, 409)
    assert "Zheng changed or removed this text" in page
    assert "my words" in page
    assert [one.text for one in first.stored()] == ["two"]
    second.desk.post("/desk/texts/remove", forms[1], 409)
    assert len(first.stored()) == 1


def test_a_change_of_a_removed_text_is_refused(lead: TextsPage) -> None:
    """The refused form keeps the words, so that the lead can save them as a new text."""
    lead.add("one")
    [text] = lead.stored()
    form = lead.form_of(text)
    assert lead.desk.post("/desk/texts/remove", lead.form_of(text, "remove")).startswith("/desk/texts?done")
    said = {"title": "Thanks", "language": "zh", "text": "my words"}
    assert "my words" in lead.desk.post("/desk/texts/edit", {**form, **said}, 409)
    assert lead.stored() == []


def test_a_form_sent_twice_stores_one_text(lead: TextsPage) -> None:
    """The second click stores nothing more, and is no error."""
    form = {**lead.blank_form(), "title": "Thanks", "language": "zh", "text": "one"}
    for _ in range(2):
        lead.desk.post("/desk/texts/add", form)
    assert len(lead.stored()) == 1


def test_changes_say_who_changed_what(lead: TextsPage) -> None:
    """The page shows each change, the newest first, with the words before and after."""
    lead.add("one")
    [text] = lead.stored()
    lead.scenario.later(MINUTE)
    said = {"title": "Thanks", "language": "zh", "text": "two"}
    lead.desk.post("/desk/texts/edit", {**lead.form_of(text), **said})
    lead.scenario.later(MINUTE)
    [text] = lead.stored()
    lead.desk.post("/desk/texts/remove", lead.form_of(text, "remove"))
    page = visible(lead.desk.get("/desk/texts?team=general"))
    places = [page.index(f"“Thanks” was {made}") for made in ("removed", "changed", "added")]
    assert places == sorted(places)
    assert "one" in page


def test_texts_of_a_closed_team_are_only_removed(lead: TextsPage) -> None:
    """A closed team gets no new texts, and its texts can be removed."""
    lead.add("one")
    file = lead.scenario.product.file
    found, seen = file.fresh_roster()
    shut = replace(found.teams["general"], closed=date(2026, 1, 1))
    [text] = lead.stored()
    forms = lead.blank_form(), lead.form_of(text), lead.form_of(text, "remove")
    file.keep_roster(replace(found, teams={**found.teams, "general": shut}), seen)
    said = {"title": "Thanks", "language": "zh", "text": "two"}
    lead.desk.post("/desk/texts/add", {**forms[0], **said}, 422)
    lead.desk.post("/desk/texts/edit", {**forms[1], **said}, 422)
    assert [one.text for one in lead.stored()] == ["one"]
    assert "closed" in lead.desk.get("/desk/texts?team=general")
    lead.desk.post("/desk/texts/remove", forms[2])
    assert lead.stored() == []


def test_a_team_has_no_more_texts_than_the_limit(lead: TextsPage) -> None:
    """The limit keeps the list of a form short."""
    store = lead.scenario.product.canned_texts
    for n in range(MOST_TEXTS):
        text = CannedText(f"text{n:08}", str(n), "zh", "x", "general", version=1)
        store.keep(TextChange(lead.scenario.time, "sun", None, text))
    assert "at most 100" in lead.add("one more", 409)


def test_a_text_is_inserted_with_its_slots_filled_and_all_typed_kept(
    client: Any, scenario: Scenario, case: Case
) -> None:
    """Without script, the button reloads the form. Typed words and choices stay, and nothing is sent."""
    key = written(client, scenario, WHOLE)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    scenario.move(WANG, "accept", case.ref)
    desk = Desk(client, scenario, "zhao", "zh")
    path = f"/desk/cases/{case.ref}/moves/tell_progress"
    typed = {"done": "您好，<b>", "upcoming": "约谈商家", "canned.done": key, "insert": "done"}
    page = desk.post(path, {**hidden(desk.get(path)), **typed}, 200)
    [said] = re.findall(r'(?s)<textarea[^>]* id="done"[^>]*>(.*?)</textarea>', page)
    assert said.startswith("您好，<b>\n\n王芳您好：投诉")
    assert shown(case.ref) in said
    assert "滚筒洗衣机" in said
    assert "{" not in said
    assert ">约谈商家</textarea>" in page
    assert scenario.moves(case.ref) == ["submit", "assign", "accept"]


def test_the_script_gets_the_text_as_it_reads_on_the_case(
    client: Any, scenario: Scenario, case: Case
) -> None:
    """The answer is plain text for those who may take the move, and 404 for anything else."""
    key = written(client, scenario, "{投诉人姓名}您好")
    path, desk = f"/desk/cases/{case.ref}/moves/message/texts", Desk(client, scenario, "wang")
    assert desk.post(path, {"text": key}, 200) == "王芳您好"
    desk.post(path, {"text": "general.nothing"}, 404)
    desk.post(path, {"text": ""}, 404)
    Desk(client, scenario, "stranger").post(path, {"text": key}, 404)


@pytest.mark.parametrize("slot", ["商家", "name", "product or service"])
def test_a_letter_with_an_empty_slot_is_refused_before_it_leaves(
    client: Any, scenario: Scenario, slot: str
) -> None:
    """A slot that the complaint has no value for keeps its name in braces. The move is refused at its field,
    and the words stay in the form."""
    case = scenario.submit(account={"story": "洗衣机坏了，商家不退。"})
    desk = Desk(client, scenario, "wang")
    page = desk.take(case, "message", 422, text=f"您好，{{{slot}}}", party="p1")
    assert f"The slot “{{{slot}}}” is not filled in" in page
    assert f"您好，{{{slot}}}" in page
    assert scenario.moves(case.ref) == ["submit"]
    assert scenario.letters(case.ref) == ["receipt"]


def test_an_empty_slot_in_a_part_of_a_form_is_refused(client: Any, scenario: Scenario, case: Case) -> None:
    """The reasons of a refusal to accept are parts of a mapping, and are looked through too."""
    desk = Desk(client, scenario, "wang")
    page = desk.take(case, "note", 422, text="{officer}")
    assert "is not filled in" in page


def test_words_of_a_consumer_may_have_braces(scenario: Scenario, case: Case) -> None:
    """Only the words of our staff are refused, because a consumer does not know our slots."""
    scenario.move(scenario.party(case), "message", case.ref, text="我看到的是{name}")
    assert scenario.moves(case.ref) == ["submit", "message"]


def test_texts_in_the_language_of_the_letter_lead(client: Any, scenario: Scenario) -> None:
    """For a reader of English, the English text comes first in a Chinese desk, and the other says its
    language. A note is written in the language of the desk."""
    person = {**complaint()["person"], "language": "en"}
    case = scenario.submit(person=person)
    written(client, scenario, "您好", title="A", language="zh")
    written(client, scenario, "Hello", title="B", language="en")
    desk = Desk(client, scenario, "wang", "zh")

    def offered(move: str) -> list[str]:
        page = desk.get(f"/desk/cases/{case.ref}/moves/{move}")
        [inside] = re.findall(r'(?s)<select[^>]*name="canned.text">(.*?)</select>', page)
        return [said.strip() for said in re.findall(r"<option[^>]*>([^<]*)", inside)][1:]

    assert offered("message") == ["B", "A · 简体中文"]
    assert offered("note") == ["A", "B · English"]


def test_a_text_is_offered_for_the_moves_that_it_suits(client: Any, scenario: Scenario, case: Case) -> None:
    """A note offers no text for messages, and no form offers a text of another team."""
    written(client, scenario, "您好", title="For messages", moves=["message"])
    written(client, scenario, "您好", who="zheng", team="", title="For all")
    written(client, scenario, "您好", who="zheng", team="repair", title="Elsewhere")
    desk = Desk(client, scenario, "wang")
    pages = {move: desk.get(f"/desk/cases/{case.ref}/moves/{move}") for move in ("message", "note")}
    assert "For messages" in pages["message"]
    assert "For messages" not in pages["note"]
    assert all("For all" in page for page in pages.values())
    assert not any("Elsewhere" in page for page in pages.values())


def test_a_form_reads_the_texts_once_a_minute(
    client: Any, scenario: Scenario, case: Case, calls: Calls
) -> None:
    """A form reads the texts of the team and those of all teams with a query each, and again only after a
    minute."""
    desk, path = Desk(client, scenario, "wang"), f"/desk/cases/{case.ref}/moves/message"
    desk.get(path)
    calls.made()
    desk.get(path)
    known = calls.made()
    scenario.product.canned_texts._known.clear()
    desk.get(path)
    assert calls.made()["Query"] - known["Query"] == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_slot_has_a_name_of_its_own(language: str) -> None:
    """No two slots have the same name, so that a typed name means one slot."""
    names = slot_names(language)
    assert [*names] == [*slots()]
    assert len({*names.values()}) == len(names)


def test_draft_of_a_text_never_overwrites_a_later_version(client: Any, scenario: Scenario) -> None:
    """A draft belongs to the version from which it was begun. If somebody else has changed the text since, it
    is refused."""
    mine, other = TextsPage(client, scenario, "sun"), TextsPage(client, scenario, "lin")
    mine.add("原来的话")
    (text,) = mine.stored()
    said = {"title": "Thanks", "language": "zh"}
    address = f"/desk/texts/edit?team={text.team}&id={text.id}"
    draft = {**mine.form_of(text), **said, "text": "草稿里的话", "draft": address, "keep": "yes"}
    mine.desk.post("/desk/draft", draft)
    other.desk.post("/desk/texts/edit", {**other.form_of(text), **said, "text": "别人改的话"})
    mine.desk.post("/desk/texts/edit", {**mine.form_of(text), **said, "text": "草稿里的话"}, 409)
    assert [one.text for one in mine.stored()] == ["别人改的话"]
