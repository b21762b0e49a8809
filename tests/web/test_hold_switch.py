"""Tests of the hold switch on the administrator's page: its users, its question, and its speed in other
containers. Rows may be broken, newer or written at the same time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.hold_rows import KNOWN, HoldRows
from chalicelib.aws.rows import Row
from chalicelib.cases.casework import MovesHeld, Unavailable
from chalicelib.domain.frozen import replace
from chalicelib.domain.holds import PARTS, Switching
from chalicelib.operations.clockwork import DueRow
from chalicelib.web.pages import say
from tests.aws_calls import Calls
from tests.casework.terminal import Operator
from tests.scenario import WANG, Scenario, complaint
from tests.web.browser import Browser
from tests.web.calls import post
from tests.web.desk import GROUPS, Desk, hidden, visible
from tests.web.own import open_case_page

PAGE, PATH = "/desk/administration", "/desk/administration/hold"
WHY = "有一封信的文字错了"


def ticked(page: str) -> set[str]:
    """Return the parts that are ticked in the form of a page."""
    return {*re.findall(r'name="parts" type="checkbox" value="(\w+)" checked', page)}


def use(desk: Desk, *parts: str, why: str = WHY) -> str:
    """Use the switch as an administrator does: open the page, tick these parts, read, confirm."""
    [seen] = hidden(desk.get(PAGE))["seen"]
    return desk.post(PATH, {"seen": seen, "parts": parts, "why": why})


def stored(version: int, body: str, v: int | None = None) -> None:
    """Store a row of the switch as somebody else wrote it."""
    row = Row(rows.HOLDS, rows.version(version), body=body)
    row.v = v or row.v
    row.save()


@pytest.mark.parametrize("who", sorted(GROUPS))
def test_only_the_administrator_uses_the_switch(client: Any, scenario: Scenario, who: str) -> None:
    """Every other role is refused the question and the use, and nothing is stored."""
    desk = Desk(client, scenario, who)
    desk.post(PATH, {"seen": "0", "parts": "mail", "why": WHY}, 200 if who == "zheng" else 403)
    sent = {"seen": "0", "parts": "mail", "why": WHY, "confirmed": "true"}
    desk.post(PATH, sent, 303 if who == "zheng" else 403)
    assert scenario.product.holds.newest().parts == (("mail",) if who == "zheng" else ())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("part", PARTS)
def test_the_question_says_what_a_part_does(
    client: Any, scenario: Scenario, language: str, part: str
) -> None:
    """Before the use the page says what stops and goes on, what consumers see and what is delayed; nothing is
    stored yet. Released, it says what follows."""
    desk = Desk(client, scenario, "zheng", language)
    asked = desk.post(PATH, {"seen": "0", "parts": part, "why": WHY}, 200)
    for line in ("stops", "goes_on", "seen", "delayed"):
        assert say(language, f"administration.hold.{part}.{line}") in asked
    assert WHY in asked
    assert scenario.product.holds.newest().version == 0
    use(desk, part)
    asked = desk.post(PATH, {"seen": "1", "why": WHY}, 200)
    assert say(language, f"administration.hold.{part}.after") in asked


def test_the_page_says_what_stands_still_and_who_decided(client: Any, scenario: Scenario) -> None:
    """The page shows the state, the form ticks it, and the list has who, when and why, of a release too."""
    desk = Desk(client, scenario, "zheng")
    assert use(desk, "mail", "hooks") == f"{PAGE}?done=held#held"
    page = desk.get(PAGE)
    assert visible(page).count(" stopped ") == 3, "once at the top, and once beside each part"
    assert ticked(page) == {"mail", "hooks"}
    for said in (WHY, "Zheng", "stopped: E-mail and text messages, Webhooks"):
        assert said in visible(page)
    use(desk, why="文字改好了")
    page = desk.get(PAGE)
    assert (ticked(page), visible(page).count(" stopped ")) == (set(), 0)
    assert "everything runs" in visible(page)
    assert len(scenario.product.holds.uses(9)) == 2


def test_all_acts_stop_everything_and_the_switch_works_on(client: Any, scenario: Scenario) -> None:
    """No row is written, and no letter or webhook leaves, while all acts are held. The administrator releases
    them."""
    desk = Desk(client, scenario, "zheng")
    use(desk, "moves")
    assert scenario.product.held == {*PARTS}
    answer = post(client, "/v1/complaints", complaint())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "900")
    assert visible(desk.get(PAGE)).count(" stopped ") == 5
    use(desk)
    assert post(client, "/v1/complaints", complaint()).status_code == 201


def test_an_officer_reads_that_letters_wait_before_they_are_sent(client: Any, scenario: Scenario) -> None:
    """While mail is held, the page that shows the letters of a move says that they leave later."""
    case = scenario.submit()
    said, wang = "These letters wait", Desk(client, scenario, "wang")
    assert said not in visible(wang.take(case, "message", 200, text="请补充发票照片。"))
    use(Desk(client, scenario, "zheng"), "mail")
    assert said in visible(wang.take(case, "message", 200, text="请补充发票照片。"))


def test_another_container_knows_within_ten_seconds(scenario: Scenario, calls: Calls) -> None:
    """A container asks once in ten seconds, and then knows what another one stored."""
    other = HoldRows(lambda: scenario.time)
    assert other.known() == frozenset()
    scenario.product.holds.switch(Switching(1, ("mail",), scenario.time, "zheng", WHY))
    calls.made()
    for _ in range(3):
        assert other.known() == frozenset()
    assert calls.made() == {}
    scenario.later(KNOWN)
    assert (other.known(), other.known()) == ({"mail"}, {"mail"})
    assert calls.made() == {"Query": 1}
    assert timedelta(seconds=10) >= KNOWN


def test_a_page_that_is_read_does_not_ask_what_is_held(
    client: Any, browser: Browser, scenario: Scenario
) -> None:
    """Only a write asks: a case is read, by its person and at the desk, though nobody can say what is
    held."""
    case = scenario.submit()

    def unknown() -> datetime:
        raise Unavailable("hold switch")

    scenario.product.__dict__["holds"] = HoldRows(unknown)
    open_case_page(browser, scenario, case.ref)
    desk = Desk(client, scenario, "wang")
    assert "王芳" in desk.get(f"/desk/cases/{case.ref}")
    desk.get("/desk")
    with pytest.raises(Unavailable):
        scenario.move(WANG, "take", case.ref)


def test_a_hold_stops_runs_that_have_begun(scenario: Scenario) -> None:
    """A walk that has handled one case stops before the next one, and every other walk does nothing."""
    product = scenario.product
    for _ in range(3):
        scenario.submit()
    scenario.later(timedelta(hours=17))

    def holds(due: DueRow, now: datetime) -> None:
        product.holds.switch(Switching(1, ("clock",), scenario.time, "zheng", WHY))

    walks = replace(product.clockwork.cases, do=holds)
    assert sum(walks.walk(one, scenario.time, lambda: 120_000) for one in walks.index.shards()) == 1


@pytest.mark.parametrize(
    ("body", "v"),
    [
        ("", None),
        ("{", None),
        ("[]", None),
        ('{"parts": "mail", "at": "x", "who": "", "why": ""}', None),
        ('{"parts": [], "at": "2026-02-12T01:00:00Z", "who": "zheng"}', None),
        ('{"parts": [], "at": "2026-02-12T01:00:00Z", "who": "zheng", "why": ""}', 99),
    ],
    ids=["empty", "cut", "list", "text", "lacking", "newer"],
)
def test_an_unreadable_row_holds_everything_until_a_new_use(
    client: Any, scenario: Scenario, body: str, v: int | None
) -> None:
    """An unreadable row holds everything: a letter that has left cannot be called back. The page says so, and
    a new use ends it."""
    stored(1, body, v)
    scenario.later(KNOWN)
    assert scenario.product.held == {*PARTS}
    with pytest.raises(MovesHeld):
        scenario.submit()
    desk = Desk(client, scenario, "zheng")
    page = desk.get(PAGE)
    assert "cannot read this entry" in visible(page)
    assert visible(page).count(" stopped ") == 5
    use(desk)
    assert scenario.product.held == frozenset()
    assert scenario.submit().ref


def test_a_newer_part_is_no_reason_to_hold_all(scenario: Scenario) -> None:
    """A newer release may hold a part that this one does not know: the known ones count."""
    stored(1, '{"at":"2026-02-12T01:00:00Z","parts":["mail","uploads"],"who":"zheng","why":"x"}')
    [newest] = scenario.product.holds.uses(9)
    assert (newest.parts, newest.readable) == (("mail",), True)


def test_of_two_administrators_at_once_the_second_is_told(client: Any, scenario: Scenario) -> None:
    """The second use stores nothing, whether asked or confirmed; what was typed comes back, with the present
    state and the fresh version."""
    desk = Desk(client, scenario, "zheng")
    use(desk, "hooks")
    for confirmed in ({}, {"confirmed": "true"}):
        sent = {"seen": "0", "parts": ["mail", "clock"], "why": "第二个人的原因", **confirmed}
        page = desk.post(PATH, sent, 409)
        assert "Somebody has just used the switch" in visible(page)
        assert ticked(page) == {"mail", "clock"}
        assert "第二个人的原因" in page
        assert hidden(page)["seen"] == ["1"]
    assert scenario.product.holds.newest().parts == ("hooks",)


def test_a_use_between_reading_and_writing_loses_nothing(client: Any, scenario: Scenario) -> None:
    """Two presses at the same moment read the same version, and one row is written."""

    class Late(HoldRows):
        """Rows of which the newest is not seen yet."""

        def newest(self) -> Switching:
            return Switching(0)

    product = scenario.product
    product.holds.switch(Switching(1, ("clock",), scenario.time, "other", WHY))
    product.__dict__["holds"] = Late(lambda: scenario.time)
    sent = {"seen": "0", "parts": "mail", "why": WHY, "confirmed": "true"}
    page = Desk(client, scenario, "zheng").post(PATH, sent, 409)
    assert "Somebody has just used the switch" in visible(page)
    assert [one.parts for one in product.holds.uses(9)] == [("clock",)]


def test_a_parked_row_cannot_be_retried_while_everything_is_held(client: Any, scenario: Scenario) -> None:
    """The page says why, and the row stays parked."""
    case = scenario.submit()
    row = Row.get(rows.case(case.ref), rows.HEAD)
    row.update(actions=[Row.shard.set(rows.PARKED), Row.faults.set(7)])
    desk = Desk(client, scenario, "zheng")
    use(desk, "moves")
    [key] = re.findall(r'name="key" value="(\w+)"', desk.get(PAGE))
    assert "We are working on the system" in desk.post(PAGE, {"key": key}, 503)
    assert re.findall(r'name="key" value="(\w+)"', desk.get(PAGE)) == [key]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"parts": "mail", "why": " "}, "why"),
        ({"parts": "mail", "why": "长" * 501}, "why"),
        ({"parts": "everything", "why": WHY}, "parts"),
        ({"why": WHY}, "parts"),
    ],
    ids=["no reason", "long", "unknown", "nothing new"],
)
def test_a_faulty_form_comes_back(client: Any, scenario: Scenario, fields: dict[str, str], said: str) -> None:
    """The page names the field, keeps what was typed, and stores nothing."""
    page = Desk(client, scenario, "zheng").post(PATH, {"seen": "0", **fields}, 422)
    assert f'href="#{said}"' in page
    assert fields["why"].strip() in page
    assert scenario.product.holds.newest().version == 0


def test_the_parameter_holds_beside_the_switch(
    client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part is held if either says so; the page names what only operations release."""
    monkeypatch.setenv("HOLD", "clock")
    desk = Desk(client, scenario, "zheng")
    use(desk, "mail")
    assert scenario.product.held == {"mail", "clock"}
    assert "only operations release them: Deadlines" in visible(desk.get(PAGE))
    use(desk)
    assert scenario.product.held == {"clock"}


def test_the_question_has_no_address_of_its_own(client: Any, scenario: Scenario) -> None:
    """Whoever opens the address of the form comes to the page with the switch."""
    answer = client.http.get(PATH, headers=Desk(client, scenario, "zheng").headers)
    assert answer.headers["Location"] == f"{PAGE}#held"


def test_an_operator_uses_the_switch_by_a_command(
    client: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command holds and releases, also what the desk holds; it needs a reason and `--do`."""
    operator, desk = Operator(scenario, capsys), Desk(client, scenario, "zheng")
    assert "by the switch: nothing" in operator.says("hold")
    assert "There is no part post" in operator.says("hold", "post", "--why", "x")
    assert "Say why" in operator.says("hold", "mail")
    assert "would be held by the switch: mail" in operator.says("hold", "mail", "--why", "x")
    assert scenario.product.holds.newest().version == 0
    use(desk, "moves")
    monkeypatch.setenv("HOLD", "hooks")
    said = operator.says("hold", "moves", "--release", "--why", "restored", "--do")
    assert "held by the switch: nothing" in said
    assert "held by the parameter Hold besides: hooks" in said
    assert "Nothing would change" in operator.says("hold", "moves", "--release", "--why", "x", "--do")
    assert "an operator's command · everything runs" in visible(desk.get(PAGE))
    assert "restored" in operator.says("hold")
