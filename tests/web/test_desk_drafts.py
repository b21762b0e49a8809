"""Tests of drafts at the desk, which survive a pause, the end of a session and a change of the case, until
the officer sends them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.sessions import Sessions
from chalicelib.cases.drafts import KEPT
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.web import callers, desk_drafts, signin
from tests.scenario import DAY, HOUR, SUN, WANG, Scenario
from tests.web.desk import GROUPS, Desk, hidden
from tests.web.feedback import closed

LONG = "拆机以后看到排水泵烧坏，照片在证据里。" * 90
"""A long report, as somebody writes it for half an hour."""


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Callable[..., Desk]:
    """Return the desk of a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def form(case: Case, move: str) -> str:
    """Return the address of the form of a move."""
    return f"/desk/cases/{case.ref}/moves/{move}"


def autosave(desk: Desk, case: Case, move: str, **said: Any) -> None:
    """Type into a form, as a browser with script."""
    place = form(case, move)
    desk.post(f"{place}/draft", {**hidden(desk.get(place)), **said, "auto": "yes"}, 204)


def drafts(case: Case) -> list[str]:
    """Return the keys of the drafts on a case."""
    return [row.sk for row in Row.query(rows.drafts(case.ref))]


def test_draft_fills_the_form_again(at: Any, scenario: Scenario) -> None:
    """The form that an officer opens on a later day shows the draft with its time, and the case has no new
    move."""
    case, desk = scenario.submit(), at("wang")
    autosave(desk, case, "message", text="写到一半")
    scenario.later(DAY)
    page = desk.get(form(case, "message"))
    assert "写到一半" in page
    assert "Your draft of" in page
    assert scenario.moves(case.ref) == ["submit"]


def test_draft_is_kept_without_script(at: Any, scenario: Scenario) -> None:
    """A button of the form keeps what was typed, and leads back to the case, which names the draft."""
    case, desk = scenario.submit(), at("wang")
    place = form(case, "note")
    assert "Keep as a draft" in desk.get(place)
    back = desk.once(f"{place}/draft", {**hidden(desk.get(place)), "text": "先记到这里"})
    assert back == f"/desk/cases/{case.ref}"
    assert "先记到这里" in desk.get(place)


def test_draft_is_of_one_officer(at: Any, scenario: Scenario) -> None:
    """A colleague opens the form empty, and keeps a draft of their own."""
    case = scenario.submit()
    autosave(at("wang"), case, "note", text="王的草稿")
    assert "王的草稿" not in at("sun").get(form(case, "note"))
    autosave(at("sun"), case, "note", text="孙的草稿")
    assert drafts(case) == ["sun#note", "wang#note"]


def test_draft_ends_once_it_is_sent(at: Any, scenario: Scenario) -> None:
    """The next form of the move is empty after the words were sent, also after the page with the letters."""
    case, desk = scenario.submit(), at("wang")
    for move in ("note", "message"):
        autosave(desk, case, move, text="写好了")
        desk.post(form(case, move), {**hidden(desk.get(form(case, move))), "text": "写好了"})
        assert drafts(case) == [], move
        assert "写好了</textarea>" not in desk.get(form(case, move)), move


def test_draft_is_discarded(at: Any, scenario: Scenario) -> None:
    """An officer who discards a draft gets the empty form."""
    case, desk = scenario.submit(), at("wang")
    autosave(desk, case, "note", text="不要了")
    assert desk.once(f"{form(case, 'note')}/draft", {"drop": "yes"}) == form(case, "note")
    assert drafts(case) == []


def test_draft_expires(at: Any, scenario: Scenario) -> None:
    """After its days, a draft is not shown, even if the table still has its row."""
    case, desk = scenario.submit(), at("wang")
    autosave(desk, case, "note", text="很久以前")
    scenario.later(KEPT + timedelta(minutes=1))
    assert "很久以前" not in desk.get(form(case, "note"))


def test_draft_older_than_the_case_shows_what_changed(at: Any, scenario: Scenario) -> None:
    """A draft from before a decision opens with the old and the new stage and the entry. Sent after that, it
    is accepted."""
    case, desk = scenario.submit(), at("sun")
    autosave(desk, case, "message", text="还没受理时写的")
    scenario.move(WANG, "accept", case.ref)
    page = desk.get(form(case, "message"))
    assert "Under investigation" in page
    assert "Registered, decision pending" in page
    assert "还没受理时写的" in page
    desk.post(form(case, "message"), {**hidden(page), "text": "还没受理时写的"})
    assert scenario.moves(case.ref)[-1] == "message"


def test_draft_for_what_is_not_possible_any_more_stays_readable(at: Any, scenario: Scenario) -> None:
    """The form of a decision that a colleague took shows the draft, and says that it is too late."""
    case, desk = scenario.submit(), at("wang")
    autosave(desk, case, "decline", reasons__1="写了半小时的理由", **{"reasons.1": "写了半小时的理由"})
    scenario.move(SUN, "accept", case.ref)
    page = desk.get(form(case, "decline"))
    assert "写了半小时的理由" in page
    assert "This act is not possible now" in page


def test_session_over_in_a_long_report_loses_no_word(at: Any, scenario: Scenario, client: Any) -> None:
    """The session ends while an officer writes. What they send is kept, and after they have signed in again
    the form opens with every word; then it is sent."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    place, desk = form(case, "tell_progress"), short_session(at("zhao"), scenario)
    typed = {**hidden(desk.get(place)), "done": LONG, "upcoming": "出报告"}
    scenario.later(9 * HOUR)
    ended = desk._posted(place, typed, {})
    assert ended.status_code == 401
    assert "kept for an hour" in ended.body.decode()
    assert f"/desk/sign-in?back={place.replace('/', '%2F')}" in ended.body.decode()
    cookie = cookies(ended)
    again = Desk(client, scenario, "zhao")
    again.headers["Cookie"] += f"; {cookie}"
    page = again.get(place)
    assert LONG in page
    again.post(place, {**hidden(page), "done": LONG, "upcoming": "出报告"})
    assert scenario.moves(case.ref)[-1] == "tell_progress"


def test_words_of_an_ended_session_are_only_for_their_officer(
    at: Any, scenario: Scenario, client: Any
) -> None:
    """Another officer in the same browser does not get the kept words, and after two hours their own officer
    does not either."""
    case = scenario.submit()
    desk = short_session(at("wang"), scenario)
    typed = {**hidden(desk.get(form(case, "note"))), "text": "只给我自己"}
    scenario.later(9 * HOUR)
    cookie = cookies(desk._posted(form(case, "note"), typed, {}))
    other = Desk(client, scenario, "sun")
    other.headers["Cookie"] += f"; {cookie}"
    assert "只给我自己" not in other.get(form(case, "note"))
    scenario.later(2 * HOUR)
    late = Desk(client, scenario, "wang")
    late.headers["Cookie"] += f"; {cookie}"
    assert "只给我自己" not in late.get(form(case, "note"))


def test_a_stranger_keeps_nothing(client: Any, scenario: Scenario, at: Any) -> None:
    """A post without a session of ours stores nothing, and an officer of another team gets no draft."""
    case = scenario.submit()
    answer = client.http.post(form(case, "note"), headers={"Content-Type": FORM}, body=b"text=x")
    assert answer.status_code == 401
    assert desk_drafts.TYPED_COOKIE not in str(answer.headers)
    at("stranger").post(f"{form(case, 'note')}/draft", {"text": "x", "auto": "yes"}, 404)
    assert drafts(case) == []


FORM = "application/x-www-form-urlencoded"


def test_draft_too_long_for_a_row_is_said(at: Any, scenario: Scenario) -> None:
    """The server refuses a draft that is too long for a row with 413, so that the page can say that it keeps
    nothing."""
    case, desk = scenario.submit(), at("wang")
    desk.post(f"{form(case, 'note')}/draft", {"text": "长" * 120_000, "auto": "yes"}, 413)


def test_destroyed_case_has_no_drafts(at: Any, scenario: Scenario) -> None:
    """The destruction of a case destroys the drafts on it."""
    ref = closed(scenario)
    case = scenario.product.file.load(ref)
    autosave(at("sun"), case, "note", text="有姓名的草稿")
    scenario.product.destruction.rows.erase(case)
    assert drafts(case) == []


def test_draft_stands_in_no_log(at: Any, scenario: Scenario, capsys: Any) -> None:
    """No line of the log has the words of a draft."""
    case, desk = scenario.submit(), at("wang")
    autosave(desk, case, "note", text="绝不能进日志")
    assert "绝不能进日志" not in capsys.readouterr().out


def short_session(desk: Desk, scenario: Scenario) -> Desk:
    """Return a desk whose session lasts as long as in the product."""
    who = desk.headers["Cookie"].partition(";")[0].partition("=")[2]
    kept = {"sub": who, "groups": GROUPS[who], "since": stamp(scenario.time)}
    Sessions().keep(signin.SESSION, f"{who}-short", kept, scenario.time + signin.SESSION_LASTS)
    desk.headers["Cookie"] = f"{callers.DESK_COOKIE}={who}-short; __Host-lang=en"
    return desk


def cookies(answer: Any) -> str:
    """Return the cookie with the secret of typed words that an answer sets."""
    said = json.dumps(dict(answer.headers.multi) if hasattr(answer.headers, "multi") else {**answer.headers})
    found = said.partition(f"{desk_drafts.TYPED_COOKIE}=")[2].partition(";")[0]
    assert found, said
    return f"{desk_drafts.TYPED_COOKIE}={found}"


FORMS = (
    ("zheng", "/desk/texts/add?team=general", "text", "尊敬的顾客，"),
    ("zheng", "/desk/roster/member?team=general&role=intake", "name", "欧阳娜娜"),
    ("zheng", "/desk/roster/team", "place_zh", "世纪大道100号"),
    ("zheng", "/desk/routing/rule", "reason", "华东的件归零售组"),
    ("zheng", "/desk/keys/give", "partner", "一网通办"),
    ("zheng", "/desk/administration", "why", "邮件服务商故障，先停"),
    ("sun", "/desk/roster/hand_over", "reason", "调到总部"),
    ("zhou", "/desk/what-if", "length.mediation", "97d"),
    ("sun", "/desk/open-action?cause=manufacture", "why", "泵总是烧坏"),
    ("wang", "/desk/complain", "account.story", "打了七次电话没人理！！！"),
)
"""Forms that are about no case: who fills them in, the address, a field, and what is typed."""


@pytest.mark.parametrize(("who", "place", "field", "said"), FORMS)
def test_form_about_no_case_keeps_what_is_typed(
    at: Any, scenario: Scenario, who: str, place: str, field: str, said: str
) -> None:
    """The words of an officer return to the form after a pause, and after they were sent when the session had
    ended. A colleague's form is empty. Discarding it opens the form as new. No draft has the key of the
    form, under which a secret is shown."""
    desk, action = at(who), place.partition("?")[0]
    keeps = "/desk/complain" if action == "/desk/complain" else "/desk/draft"
    desk.post(keeps, {**hidden(desk.get(place)), field: said, "auto": "yes"}, 204)
    page = desk.get(place)
    assert said in page
    assert "Your draft of" in page
    bodies = [str(row.body) for row in Row.query(rows.drafts(desk_drafts.NEW))]
    assert len(bodies) == 1
    assert '"key"' not in bodies[0]
    desk.post(keeps, {**hidden(page), "drop": "yes"})
    page = desk.get(place)
    assert said not in page
    kept = Sessions().find(signin.SESSION, who, scenario.time)
    assert kept
    Sessions().keep(signin.SESSION, who, kept, scenario.time - HOUR)
    posted = {**hidden(page), field: said}
    page = desk.post("/desk/administration/hold" if "administration" in action else action, posted, 401)
    assert quote(place, safe="") in page
    typed = re.search(r"__Host-typed=[^;]+", str(desk.answered))
    assert typed
    Sessions().keep(signin.SESSION, who, kept, scenario.time + 8 * HOUR)
    desk.headers["Cookie"] += f"; {typed[0]}"
    assert said in desk.get(place)


def test_draft_of_a_form_ends_once_it_is_carried_out(at: Any, scenario: Scenario) -> None:
    """A canned text that was saved leaves no draft. One that was refused keeps it."""
    desk, place = at("zheng"), "/desk/texts/add"
    form = hidden(desk.get(place))
    desk.post("/desk/draft", {**form, "text": "您好，", "auto": "yes"}, 204)
    page = desk.post(place, {**form, "text": "您好，"}, 422)
    assert "您好，" in page
    assert len([*Row.query(rows.drafts(desk_drafts.NEW))]) == 1
    desk.post(place, {**hidden(page), "title": "开头", "language": "zh", "text": "您好，"})
    assert [*Row.query(rows.drafts(desk_drafts.NEW))] == []


def test_draft_is_kept_for_forms_of_the_desk_only(at: Any, scenario: Scenario) -> None:
    """Another address is refused, also one to which a redirect would lead away."""
    for name in ("", "https://evil.example/", "//evil.example", "/desk/../x", "/case"):
        at("wang").post("/desk/draft", {"draft": name, "text": "x", "auto": "yes"}, 403)


FURTHER = (
    ("zheng", "/desk/webhooks/new"),
    ("zheng", "/desk/mediators/entry"),
    ("sun", "/desk/record-training"),
)
"""Further forms at the desk: who fills them in, and the address."""


def typed_into(page: str, action: str) -> dict[str, str]:
    """Return a plain word, such as could be a code, for each field of a form into which people type."""
    form = next(
        found for found in re.findall(r"<form\b.*?</form>", page, re.S) if f'action="{action}' in found
    )
    inputs = re.findall(r'<input(?![^>]*type="(?:hidden|radio|checkbox|search)")[^>]* name="([^"]+)"', form)
    names = dict.fromkeys([*inputs, *re.findall(r'<textarea[^>]* name="([^"]+)"', form)])
    return {name: f"word{n}" for n, name in enumerate(names)}


def given_back(page: str) -> set[str]:
    """Return what a page of a post that was refused gives back."""
    return set(re.findall(r'<div class="govuk-inset-text site-words">([^<]*)</div>', page))


def test_words_come_back_if_the_role_was_removed_meanwhile(at: Any, scenario: Scenario) -> None:
    """Somebody loses their role while they fill in a form. Nothing is done, and the page has each field into
    which they typed, also a plain word or a number, and nothing that they chose. Another site gets nothing
    back."""
    forms = [
        (who, action, hidden(page), typed_into(page, action))
        for who, place in (*(one[:2] for one in FORMS), *FURTHER)
        for page in (at(who).get(place),)
        for action in (place.partition("?")[0].replace("administration", "administration/hold"),)
    ]
    bulk = {"move": ["change_team"], "line": ["166538919068 general "], "team": ["retail"]}
    for who, action, posted, words in (*forms, ("sun", "/desk/bulk", bulk, {"reason": "1200"})):
        assert words, action
        form = {"hurt": "no", "channel": "api", **posted, **words}
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(GROUPS, who, ["role:auditor", "team:general"])
            desk = at(who)
        assert given_back(desk.post(action, form, 403)) == {*words.values()}, action
        assert not given_back(desk.post(action, form, 403, **{"Sec-Fetch-Site": "cross-site"}))


def test_words_come_back_if_the_session_cannot_keep_them(at: Any, scenario: Scenario) -> None:
    """Somebody was signed out everywhere, or their session is gone, while they typed a note. The page gives
    back the note, although it is a plain word."""
    case, desk = scenario.submit(), at("wang")
    form = {**hidden(desk.get(f"/desk/cases/{case.ref}/moves/note")), "text": "called", "marks": "sun"}
    scenario.later(HOUR)
    scenario.product.staff.sign_out("wang", scenario.time)
    action = f"/desk/cases/{case.ref}/moves/note"
    assert given_back(desk.post(action, form, 403)) == {"called"}
    desk.headers["Cookie"] = "__Host-desk=gone"
    assert given_back(desk.post(action, form, 401)) == {"called"}


@pytest.mark.parametrize(("page", "field"), [("moves/note", "text"), ("files/add", "shows")])
def test_plain_word_comes_back_from_a_case_of_another_team(
    at: Any, scenario: Scenario, page: str, field: str
) -> None:
    """The case went to another team while its officer typed a note or described a file. The page gives back
    the words, and no id."""
    case, desk = scenario.submit(), at("wang")
    action = f"/desk/cases/{case.ref}/{page}"
    form = {**hidden(desk.get(action)), field: "called"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GROUPS, "wang", ["role:intake", "team:retail"])
        assert given_back(at("wang").post(action, form, 404)) == {"called"}
