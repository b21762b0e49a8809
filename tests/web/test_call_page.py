"""Letters that staff read out by telephone, one call after another."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.sessions import Sessions
from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import CallTask
from chalicelib.domain.moves.call_tasks import next_try
from chalicelib.domain.phone_hours import PhoneHours
from chalicelib.domain.reference import shown
from chalicelib.web import desk_drafts, signin
from tests.aws_calls import Calls
from tests.scenario import DAY, HOUR, ROLES, SUN, ZHAO, Scenario
from tests.web.desk import GROUPS, Desk, visible

NIGHT = datetime(2026, 3, 10, 20, tzinfo=SHANGHAI)
"""A Tuesday evening, after the usual hours."""
WEEKDAYS = tuple(PhoneHours(day, time(9), time(17)) for day in range(1, 6))
LINK = r'href="(/desk/calls\?call=[^"#]+)#call-'
"""The link that opens a letter."""
SCRIPT = {"Sec-Fetch-Dest": "empty"}
"""What a browser sends when a script asks."""
TASK = CallTask("L1", "receipt", "p1", NIGHT - 10 * HOUR)


@pytest.fixture
def wang(client: Any, scenario: Scenario) -> Desk:
    """An intake officer at the desk."""
    return Desk(client, scenario, "wang")


def caller(scenario: Scenario, n: int = 0) -> Case:
    """Return a complaint of a person who gets letters by telephone; its receipt is to be read out."""
    return scenario.submit(
        person={"name": f"李雷{n}", "phone": f"139{n:08}"}, account={"story": f"第{n}件：洗衣机坏了。"}
    )


def both(scenario: Scenario) -> tuple[Case, Case]:
    """Return two such complaints, the second an hour later."""
    first = caller(scenario, 1)
    scenario.later(HOUR)
    return first, caller(scenario, 2)


def line(page: str, case: Case) -> dict[str, str]:
    """Return the hidden fields of the form of a case's call."""
    form = next(part for part in page.split("<form")[1:] if f'value="{case.ref}"' in part)
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.split("</form>")[0]))


def test_a_call_is_made_from_the_page_and_the_rest_stays(wang: Desk, scenario: Scenario) -> None:
    """Each line has its number. The first has its letter and its form. Recording one, even twice, leaves the
    others."""
    first, second = both(scenario)
    page = wang.get("/desk/calls")
    assert 'href="tel:+8613900000001"' in page
    assert 'href="tel:+8613900000002"' in page
    assert page.count("您的投诉已经登记") == 1
    said = {**line(page, first), "outcome": "told"}
    assert {wang.post("/desk/calls", said) for _ in range(2)} == {
        f"/desk/calls?done=told&call={said['telling']}"
    }
    assert scenario.moves(first.ref) == ["submit", "record_telling"]
    after = wang.get("/desk/calls?done=told")
    assert shown(first.ref) not in after
    assert shown(second.ref) in after
    assert "Recorded: Reached, and read to the end" in visible(after)


def test_ten_calls_fill_the_page(wang: Desk, scenario: Scenario) -> None:
    """The eleventh letter waits until one of the ten is done, and the page says that there is more."""
    for n in range(11):
        caller(scenario, n)
    page = wang.get("/desk/calls")
    assert page.count('class="site-card" id="call-') == 10
    assert "There are more on the list" in page


def test_any_call_can_be_opened_and_no_other_letter_is_set(wang: Desk, scenario: Scenario) -> None:
    """Each line but the open one leads to its letter. An unknown letter leads to the first."""
    first, second = both(scenario)
    page, unknown = wang.get("/desk/calls"), wang.get("/desk/calls?call=unknown")
    (link,) = re.findall(LINK, page)
    opened = wang.get(link)
    assert opened.count("您的投诉已经登记") == 1
    assert re.findall(r'name="ref" value="(\d+)"', page + opened + unknown) == [
        first.ref,
        second.ref,
        first.ref,
    ]


@pytest.mark.parametrize("n", [1, 9])
def test_calls_take_as_many_reads_however_many_they_are(
    wang: Desk, scenario: Scenario, calls: Calls, n: int
) -> None:
    """Beside the session and the draft, the page reads the list, the cases and the people in three calls, and
    the letter in three."""
    for at in range(n):
        caller(scenario, at)
    wang.get("/desk/calls")
    calls.made()
    wang.get("/desk/calls")
    assert calls.made() == {"GetItem": 2, "Query": 2, "BatchGetItem": 4}


def asked(desk: Desk, case: Case, task: str = "", status: int = 200) -> str:
    """Return what a script gets for the link of a case's letter. `task`: another call task than its own."""
    id = task or case.tellings[0].id
    desk.headers |= SCRIPT
    page = desk.get(f"/desk/calls?call={id}&ref={case.ref}", status)
    del desk.headers["Sec-Fetch-Dest"]
    return page


def test_script_opens_one_letter_and_reads_its_case_only(
    client: Any, wang: Desk, scenario: Scenario, calls: Calls
) -> None:
    """A link asked for by a script answers with the line of its letter, and with the kept draft. It reads and
    records one case, in fewer calls than the page."""
    first, second = both(scenario)
    asked(wang, second)
    calls.made()
    part = asked(wang, second)
    assert calls.made() == {"GetItem": 3, "BatchGetItem": 3, "Query": 1}
    assert len(part) < 6_000
    assert (part.count("<section"), "<html" in part, shown(first.ref) in part) == (1, False, False)
    assert (part.count("您的投诉已经登记"), line(part, second)["ref"]) == (1, second.ref)
    assert "If nobody answers, call again: Friday 13 February 2026, 09:00" in visible(part)
    read = Desk(client, scenario, "zhou").get("/desk/reads/wang")
    assert (shown(first.ref) in read, shown(second.ref) in read) == (False, True)
    wang.post("/desk/draft", {**line(part, second), "note": "周末打给她儿子", "auto": "yes"}, 204)
    assert 'value="周末打给她儿子"' in asked(wang, second)


def test_script_gets_no_letter_that_is_not_to_be_read_out(
    client: Any, wang: Desk, scenario: Scenario
) -> None:
    """Other teams and roles get nothing. A letter of another case, one that a colleague has read out, and one
    that is to be read tomorrow come without their text."""
    first, second = both(scenario)
    tasks = [case.tellings[0].id for case in (first, second)]
    assert "李雷" not in asked(Desk(client, scenario, "stranger"), first, status=404)
    asked(Desk(client, scenario, "zhou"), first, status=403)
    scenario.move(SUN, "record_telling", second.ref, telling=tasks[1], how="phone", told=True, said="读完")
    for part in (asked(wang, first, tasks[1]), asked(wang, second), asked(wang, first, "unknown")):
        assert "need not be read out" in part
        assert ("<form" in part, "李雷" in part) == (False, False)
    scenario.move(SUN, "record_telling", first.ref, telling=tasks[0], how="phone", told=False, said="没人接")
    part = asked(wang, first)
    assert "Next: Friday 13 February 2026, 09:00" in visible(part)
    assert "<form" not in part


def test_letter_that_is_true_again_is_not_recorded_as_out_of_date(wang: Desk, scenario: Scenario) -> None:
    """Somebody ends the task of a letter that is to be read out after all: nothing is recorded, and the text
    stands there."""
    case = caller(scenario)
    said = {**line(asked(wang, case), case), "outcome": "over"}
    assert "您的投诉已经登记" in wang.post("/desk/calls", said, 422, **SCRIPT)
    assert "您的投诉已经登记" in wang.post("/desk/calls", said, 422)
    assert scenario.moves(case.ref) == ["submit"]


def test_letter_whose_time_has_passed_is_ended_without_being_read(wang: Desk, scenario: Scenario) -> None:
    """An invitation to an interview that is over comes without its text. Only its end can be recorded."""
    case = caller(scenario)
    scenario.move(SUN, "accept", case.ref)
    scenario.move(SUN, "assign", case.ref, to="zhao")
    meeting = (scenario.time + HOUR).isoformat()
    scenario.move(ZHAO, "invite_interview", case.ref, meeting=meeting, how="phone", purpose="核实漏水的经过")
    scenario.post()
    task = next(
        task
        for task in scenario.product.file.load(case.ref).tellings
        if task.letter.startswith("interview_invitation")
    )
    assert "核实漏水的经过" in asked(wang, case, task.id)
    scenario.later(2 * HOUR)
    part = asked(wang, case, task.id)
    assert "Do not read it out" in part
    assert ("核实漏水的经过" in part, 'value="told"' in part) == (False, False)
    said = line(part, case)
    assert said["outcome"] == "over"
    assert "The letter is out of date" in wang.post("/desk/calls", said, 200, **SCRIPT)
    assert task not in scenario.product.file.load(case.ref).tellings


def test_script_records_a_call_and_gets_the_next_try(wang: Desk, scenario: Scenario) -> None:
    """A call that a script records is answered with what was recorded and when to call next, also when it is
    sent twice. Its draft is over. After three days in vain nobody calls again."""
    case = caller(scenario)
    said = {**line(asked(wang, case), case), "outcome": "not_reached", "note": "响了很久"}
    wang.post("/desk/draft", {**said, "auto": "yes"}, 204)
    for _ in range(2):
        part = wang.post("/desk/calls", said, 200, **SCRIPT)
        assert visible(part).strip() == "Recorded: Nobody answered · Next: Friday 13 February 2026, 09:00"
    assert scenario.moves(case.ref) == ["submit", "record_telling"]
    assert [*Row.query(rows.drafts(case.ref))] == []
    for _ in range(2):
        scenario.later(DAY)
        page = asked(wang, case)
        said = {**line(page, case), "outcome": "not_reached"}
        part = wang.post("/desk/calls", said, 200, **SCRIPT)
    assert "the letter goes by post" in page
    assert visible(part).strip() == "Recorded: Nobody answered"


def test_script_gets_the_refused_line_with_everything_typed(wang: Desk, scenario: Scenario) -> None:
    """What is refused comes back in its own line: a call without an outcome, one without its time, and one
    that a colleague has recorded meanwhile."""
    first, second = both(scenario)
    note = "<b>三天了！！</b> 谁都不管；她要找“12345”。" * 5
    typed = {**line(asked(wang, second), second), "note": note}
    part = wang.post("/desk/calls", typed, 422, **SCRIPT)
    assert (part.count(note), "how the call ended" in part, "<html" in part) == (1, True, False)
    part = wang.post("/desk/calls", {**typed, "outcome": "call_back", "call_at": "礼拜八"}, 422, **SCRIPT)
    assert (part.count(note), 'value="礼拜八"' in part, shown(first.ref) in part) == (1, True, False)
    task = typed["telling"]
    scenario.move(SUN, "record_telling", second.ref, telling=task, how="phone", told=True, said="读完")
    part = wang.post("/desk/calls", {**typed, "outcome": "told"}, 422, **SCRIPT)
    assert (part.count(note), "need not be read out" in part) == (1, True)
    assert scenario.moves(second.ref) == ["submit", "record_telling"]


def test_words_on_a_call_wait_on_the_server(client: Any, wang: Desk, scenario: Scenario) -> None:
    """What an officer typed about a call returns when they open this call again. Another call and a colleague
    have none of it. It belongs to the case, and ends once the call is recorded."""
    first, second = both(scenario)
    page = wang.get("/desk/calls")
    typed = {**line(page, first), "outcome": "not_reached", "note": "家人说晚上八点以后再打，别找她爸！"}
    assert typed["draft"].startswith("/desk/calls?call=")
    wang.post("/desk/draft", {**typed, "auto": "yes"}, 204)
    assert [row.sk.partition("#")[0] for row in Row.query(rows.drafts(first.ref))] == ["wang"]
    assert "Your drafts" not in wang.get(f"/desk/cases/{first.ref}")
    scenario.later(HOUR)
    page = wang.get(typed["draft"])
    assert f'value="{typed["note"]}"' in page
    assert "Your draft of" in page
    assert re.search(r'value="not_reached" checked', page)
    (link,) = re.findall(LINK, page)
    for other in (wang.get(link), Desk(client, scenario, "sun").get(typed["draft"])):
        assert typed["note"] not in other
        assert "Your draft of" not in other
    wang.post("/desk/calls", {**line(page, first), **typed})
    assert scenario.moves(first.ref) == ["submit", "record_telling"]
    assert [*Row.query(rows.drafts(first.ref)), *Row.query(rows.drafts(desk_drafts.NEW))] == []
    assert scenario.moves(second.ref) == ["submit"]


def test_two_officers_who_call_the_same_person_lose_no_word(
    client: Any, wang: Desk, scenario: Scenario
) -> None:
    """A colleague has recorded the call meanwhile, or the officer has left the team: nothing is recorded, and
    the remark stands on the page."""
    first, second = both(scenario)
    page, note = wang.get("/desk/calls"), "她说函件里的金额不对，应该是 1,655 元！"
    typed = {**line(page, first), "outcome": "not_reached", "note": note, "call_at": "下午三点"}
    colleague = Desk(client, scenario, "zhao")
    colleague.post("/desk/calls", {**line(colleague.get("/desk/calls"), first), "outcome": "told"})
    answer = wang.post("/desk/calls", typed, 422)
    assert (answer.count(note), answer.count("下午三点"), shown(second.ref) in answer) == (1, 1, True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GROUPS, "wang", ["role:intake", "team:retail"])
        answer = Desk(client, scenario, "wang").post("/desk/calls", {**typed, "ref": second.ref}, 404)
    assert (note in answer, "李雷" in answer) == (True, False)
    assert scenario.moves(second.ref) == ["submit"]


def test_session_over_during_a_call_loses_no_word(wang: Desk, scenario: Scenario) -> None:
    """What was sent after the session had ended stands in the form of the same call after the sign-in, as a
    draft on its case."""
    first, second = both(scenario)
    typed = {**line(wang.get("/desk/calls"), first), "outcome": "call_back", "note": "在地铁上，听不清 <br>"}
    session = Sessions().find(signin.SESSION, "wang", scenario.time)
    assert session
    Sessions().keep(signin.SESSION, "wang", session, scenario.time - HOUR)
    page = wang.post("/desk/calls", typed, 401)
    assert quote(typed["draft"], safe="") in page
    kept = re.search(r"__Host-typed=[^;]+", str(wang.answered))
    assert kept
    Sessions().keep(signin.SESSION, "wang", session, scenario.time + 8 * HOUR)
    wang.headers["Cookie"] += f"; {kept[0]}"
    assert typed["note"] not in wang.get(f"/desk/cases/{second.ref}")
    page = wang.get(typed["draft"])
    assert (typed["note"] in page, "Your draft of" in page) == (True, True)
    assert [row.sk.partition("#")[0] for row in Row.query(rows.drafts(first.ref))] == ["wang"]


def test_draft_of_a_call_ends_with_the_data_of_its_case(client: Any, wang: Desk, scenario: Scenario) -> None:
    """The destruction of a case deletes what was typed about a call, and nothing is kept any more. Nobody
    keeps a draft about a case that they may not know."""
    first, second = both(scenario)
    typed = {**line(wang.get("/desk/calls"), first), "note": "李雷的妈妈接的，说他住院了"}
    wang.post("/desk/draft", {**typed, "auto": "yes"}, 204)
    scenario.product.destruction.rows.erase(scenario.product.file.load(first.ref))
    assert [*Row.query(rows.drafts(first.ref))] == []
    Desk(client, scenario, "stranger").post("/desk/draft", {**typed, "ref": second.ref, "auto": "yes"}, 404)
    wang.post("/desk/draft", {**typed, "ref": "123", "auto": "yes"}, 404)
    assert [*Row.query(rows.drafts(second.ref)), *Row.query(rows.drafts(desk_drafts.NEW))] == []


@pytest.mark.parametrize("outcome", ["not_reached", "wrong_number"])
def test_a_call_in_vain_says_when_to_try_again(wang: Desk, scenario: Scenario, outcome: str) -> None:
    """The call is recorded, and its line moves to the later ones with the next morning."""
    case = caller(scenario)
    wang.post("/desk/calls", {**line(wang.get("/desk/calls"), case), "outcome": outcome, "note": "响了很久"})
    assert scenario.product.file.load(case.ref).tellings[0].tries == (scenario.time,)
    page = visible(wang.get("/desk/calls"))
    assert "There is no call to make now" in page
    assert "Next: Friday 13 February 2026, 09:00" in page
    scenario.later(DAY)
    assert "Not reached: Thursday 12 February 2026" in visible(wang.get("/desk/calls"))


def test_a_person_who_names_a_time_is_called_then(wang: Desk, scenario: Scenario) -> None:
    """A requested call-back needs a time and counts as no vain call, and a refused line keeps the typed
    text."""
    case = caller(scenario)
    said = {**line(wang.get("/desk/calls"), case), "outcome": "call_back", "note": "在开会"}
    page = wang.post("/desk/calls", said, 422)
    assert "Please say when the person wants to be called" in page
    assert 'value="在开会"' in page
    page = wang.post("/desk/calls", {**said, "call_at": "下午"}, 422)
    assert 'value="下午"' in page
    wang.post("/desk/calls", {**said, "call_at": "今天 下午3点"})
    task = scenario.product.file.load(case.ref).tellings[0]
    assert (task.tries, task.call_at) == ((), datetime(2026, 2, 12, 7, tzinfo=UTC))
    assert "Next: Thursday 12 February 2026, 15:00" in visible(wang.get("/desk/calls"))
    scenario.later(6 * HOUR)
    assert 'name="outcome" value="told"' in wang.get("/desk/calls")


def test_a_text_that_changed_is_not_recorded_as_read(wang: Desk, scenario: Scenario) -> None:
    """If the letter says something else by then, the line comes back with the new text."""
    case = caller(scenario)
    said = {**line(wang.get("/desk/calls"), case), "outcome": "told", "key": "k"}
    said["on_page"] = said["on_page"].partition("/")[0] + "/" + "0" * 16
    page = wang.post("/desk/calls", said, 422)
    assert "您的投诉已经登记" in page
    assert scenario.moves(case.ref) == ["submit"]


def test_calls_of_others_are_not_shown(client: Any, scenario: Scenario) -> None:
    """Roles that read out no letters have no such page, and another team's letters are not on it. An unknown
    outcome is refused."""
    case = caller(scenario)
    for who in ("zhou", "wu", "zheng", "auditor"):
        Desk(client, scenario, who).get("/desk/calls", 403)
    assert shown(case.ref) not in Desk(client, scenario, "stranger").get("/desk/calls")
    desk = Desk(client, scenario, "wang")
    desk.post("/desk/calls", {"ref": case.ref, "outcome": "maybe"}, 403)
    assert ROLES["wang"] == "intake"


def test_each_case_on_the_page_is_recorded_as_read(client: Any, wang: Desk, scenario: Scenario) -> None:
    """The record of reads names each case on the page."""
    case = caller(scenario)
    wang.get("/desk/calls")
    assert shown(case.ref) in Desk(client, scenario, "zhou").get("/desk/reads/wang")


@pytest.mark.parametrize(
    ("task", "hours", "at"),
    [
        (TASK, (), NIGHT + 13 * HOUR),
        (TASK, WEEKDAYS, NIGHT + 13 * HOUR),
        (CallTask("L1", "receipt", "p1", NIGHT, (NIGHT - 9 * HOUR,)), WEEKDAYS, NIGHT + 13 * HOUR),
        (CallTask("L1", "receipt", "p1", NIGHT, call_at=NIGHT + HOUR), WEEKDAYS, NIGHT + HOUR),
    ],
)
def test_the_next_try_keeps_to_the_hours(task: CallTask, hours: Any, at: datetime) -> None:
    """Nobody is called at night, nor twice on a day, except at a time that they named."""
    assert next_try(task, hours, NIGHT.astimezone(UTC)) == at


def test_a_weekend_is_skipped_by_a_team_that_rests() -> None:
    """The next try after Friday evening is on Monday."""
    friday = NIGHT + timedelta(days=3)
    assert next_try(TASK, WEEKDAYS, friday.astimezone(UTC)) == friday + timedelta(days=2, hours=13)
