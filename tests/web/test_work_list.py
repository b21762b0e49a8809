"""Tests of the work lists: their cases, cost, filters and unread lines, the next case, and moves on many
cases at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from chalicelib.access.authorization import STAFF, Caller, card, shows_whole
from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.aws.sessions import Sessions
from chalicelib.cases.waiting import COUNTED, FILTERED, POOLED, UNDATED
from chalicelib.domain.calendar import stamp
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role, Stage
from chalicelib.domain.work_queues import LISTED
from chalicelib.web import desk_drafts, signin
from tests.aws_calls import Calls, observed_calls
from tests.casework.routed import routed
from tests.scenario import DAY, HOUR, LIN, SUN, WANG, ZHAO, ZHOU, Scenario
from tests.web.calls import bearing
from tests.web.desk import GROUPS, Desk, hidden as posted_again, visible
from tests.web.provider import Provider

At = Callable[..., Desk]


@pytest.fixture
def at(client: Any, scenario: Scenario) -> At:
    """Return the desk of a member of staff."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def accepted(scenario: Scenario, owner: str = "", **changes: Any) -> Case:
    """Return a case that was accepted, and assigned if an owner is named."""
    case = scenario.submit(**changes)
    scenario.move(WANG, "accept", case.ref)
    return scenario.move(SUN, "assign", case.ref, to=owner) if owner else scenario.product.file.load(case.ref)


def listed(page: str) -> list[str]:
    """Return the case numbers of a page, in the order of its lines."""
    return [number.replace("-", "") for number in re.findall(r'work-number">([\d-]+)', page)]


def hidden(page: str, form: str) -> dict[str, str]:
    """Return the hidden fields of the form with this action."""
    start = page.index(f'action="{form}"')
    return dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page[start : page.index("</form>", start)])
    )


def ticks(page: str) -> dict[str, str]:
    """Return the value of the tick of each line, by case number."""
    found = re.findall(r'name="line" value="((\d+) [^"]*)"', page)
    return {ref: value for value, ref in found}


class Reads:
    """A counter of the queries, the items read, and the bytes of the answers."""

    def __init__(self) -> None:
        self.queries = self.batches = self.items = self.scanned = self.size = 0

    def note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        """Count one answer."""
        if model.name == "Query":
            self.queries += 1
            self.items += parsed["Count"]
            self.scanned += parsed["ScannedCount"]
            self.size += len(json.dumps(parsed["Items"], default=str))
        self.batches += model.name == "BatchGetItem"


def fill(scenario: Scenario, case: Case, lists: dict[str, int]) -> None:
    """Put rows of other cases on work lists, as if so many cases waited. Each row is a copy of that of
    `case`."""
    client, table = rows.connection().client, Row.Meta.table_name
    one = next(row for row in Row.query(rows.case(case.ref)) if row.sk.startswith("SEAT#"))
    for name, n in lists.items():
        new = []
        for k in range(n):
            due = stamp(scenario.time + timedelta(minutes=k))
            card = json.dumps({**json.loads(one.card or "{}"), "severity": "S1" if k == n - 1 else "S3"})
            made = Row(
                rows.case(f"{k:012}"),
                rows.listed(name),
                seat=name,
                next_due=due,
                ref=f"{k:012}",
                stage="investigating",
                card=card,
                pool=rows.WAITS if name.count("#") > 1 else None,
            )
            new.append({"PutRequest": {"Item": made.serialize()}})
        for start in range(0, n, 25):
            client.batch_write_item(RequestItems={table: new[start : start + 25]})


def test_list_has_what_waits_for_name_role_and_vote(at: At, scenario: Scenario) -> None:
    """A case that waits for its owner is on the owner's list alone, and one that waits for a role on the list
    of everybody in it. A case that waits for the consumer is on neither, and comes last among the owner's
    cases."""
    new, held, waits = scenario.submit(), accepted(scenario, "zhao"), accepted(scenario, "zhao")
    scenario.move(ZHAO, "ask_information", waits.ref, items=["photos"], why="需要照片")
    assert listed(at("wang").get("/desk")) == [new.ref]
    assert listed(at("zhao").get("/desk")) == [held.ref]
    assert listed(at("sun").get("/desk")) == []
    assert listed(at("zhao").get("/desk?list=mine")) == [held.ref, waits.ref]
    assert {*listed(at("sun").get("/desk?list=team"))} == {new.ref, held.ref, waits.ref}


def test_first_page_takes_three_queries_and_one_batch_read(
    at: At, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page takes at most three queries and one batch read, however many roles and teams its reader
    has: the roster's, the person's, and the roles'."""
    accepted(scenario)
    scenario.submit()
    teams = [f"team:t{n}" for n in range(20)]
    for groups in (
        ["role:lead", "role:intake", "team:general"],
        ["role:intake", "team:general", "team:retail"],
        ["role:supervisor", *teams, "team:general"],
        ["role:intake", "role:lead", "role:followup", "team:general"],
        ["role:intake", "role:department", *teams, "team:repair", "team:general"],
        [*(f"role:{role.code}" for role in LISTED), *teams, "team:general"],
    ):
        monkeypatch.setitem(GROUPS, "both", groups)
        at("both").get("/desk")  # the roster is cached for a minute
        reads = Reads()
        with observed_calls("after-call", reads.note):
            at("both").get("/desk")
        assert reads.queries <= 3, groups
        assert reads.batches == 1, groups


@pytest.mark.parametrize("open_cases", [10, 10_000])
def test_page_costs_the_same_however_many_cases_wait(at: At, scenario: Scenario, open_cases: int) -> None:
    """The page reads at most a hundred lines of each list, and shows 99+ for more cases."""
    fill(scenario, accepted(scenario), {"TEAM#general#lead": open_cases})
    at("sun").get("/desk")
    reads = Reads()
    with observed_calls("after-call", reads.note):
        page = at("sun").get("/desk")
    assert reads.queries == 2
    assert reads.items <= COUNTED + 1
    assert reads.size < 150_000
    assert len(page.encode()) < 60_000
    assert len(listed(page)) == min(open_cases + 1, 25)
    assert ("99+" in visible(page)) == (open_cases > COUNTED)


def test_filter_stops_and_offers_to_go_on(at: At, scenario: Scenario) -> None:
    """A filter reads about 1 MB, says how many lines that were, and goes on until it has found what is
    asked for."""
    fill(scenario, accepted(scenario), {"TEAM#general#lead": 2 * FILTERED})
    path, found, pages = "/desk?severity=S1", list[str](), 0
    while path:
        page = at("sun").get(path)
        found += listed(page)
        pages += 1
        link = re.search(r'rel="next" href="([^"]+)"', page)
        path = link[1] if link else ""
        if link:
            assert "The rest was not looked through yet" in page
    assert found == [f"{2 * FILTERED - 1:012}"]
    assert pages in (4, 5)


def test_every_line_is_on_exactly_one_page(at: At, scenario: Scenario) -> None:
    """Lines of several lists are merged by their time, also where many have the same time."""
    lead = [accepted(scenario).ref for _ in range(32)]
    own = [accepted(scenario, "sun").ref for _ in range(31)]
    path, found = "/desk", list[str]()
    while path:
        page = at("sun").get(path)
        found += listed(page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        path = link[1] if link else ""
    assert sorted(found) == sorted(lead + own)


def test_line_is_unread_until_it_was_opened(at: At, scenario: Scenario) -> None:
    """A line is new until its reader opens the case, and again once a person did something on it."""
    case, unread = accepted(scenario, "zhao"), '<li class="work-new">'
    scenario.later(HOUR)
    assert unread in at("zhao").get("/desk")
    at("zhao").get(f"/desk/cases/{case.ref}")
    assert unread not in at("zhao").get("/desk")
    assert unread in at("lin").get("/desk?list=team")
    scenario.later(HOUR)
    scenario.move(scenario.party(case), "message", case.ref, text="到哪一步了？")
    assert unread in at("zhao").get("/desk")


def test_own_act_leaves_no_line_unread(at: At, scenario: Scenario) -> None:
    """A reader's own act marks no line as new."""
    case = accepted(scenario, "zhao")
    scenario.later(HOUR)
    at("zhao").take(case, "note", text="像是上个月那批货")
    assert '<li class="work-new">' not in at("zhao").get("/desk")


def test_names_are_shown_to_those_who_may_read_them_and_recorded(at: At, scenario: Scenario) -> None:
    """An officer of the team sees name, product and company, and the record of reads says so. An auditor sees
    no name. Nobody sees the name on a case from which they stood back."""
    said = {"story": "坏了", "product": "洗衣机", "business": "某某家电"}
    case = accepted(scenario, "zhao", account=said)
    page = visible(at("zhao").get("/desk"))
    assert "王芳 洗衣机 · 某某家电" in page
    assert "王芳" not in at("auditor").get("/desk?list=team")
    items, _ = scenario.product.reads.of_case(case.ref, "", 9)
    assert [(item["who"], item["thing"]) for item in items] == [("zhao", "name")]
    scenario.move(ZHAO, "recuse", case.ref, conflict="relative")
    assert "王芳" not in at("zhao").get("/desk?list=team")
    assert "王芳" in at("sun").get("/desk?list=team")


def test_product_of_a_line_is_masked(at: At, scenario: Scenario) -> None:
    """The number of a bank card that somebody typed as product stands masked on the list."""
    accepted(scenario, "zhao", account={"story": "盗刷", "product": "借记卡 6222 0210 0111 6245 702"})
    page = at("zhao", "zh").get("/desk")
    assert "6245" not in page
    assert "借记卡 〔银行卡号〕" in page


def test_case_whose_time_stands_still_comes_behind_those_with_a_time(at: At, scenario: Scenario) -> None:
    """A case with suspended time comes last and is not late, and its line names the suspension."""
    still, dated = accepted(scenario, "zhao"), accepted(scenario, "zhao")
    for row in [*Row.query(rows.case(still.ref))]:
        if row.sk == rows.listed("PERSON#zhao"):
            card = json.loads(row.card or "{}")
            card["deadline"][0][3] = None
            row.card, row.next_due = json.dumps(card), UNDATED
            row.save()
    scenario.later(30 * DAY)
    page = at("zhao").get("/desk")
    assert listed(page) == [dated.ref, still.ref]
    assert "time stands still" in visible(page)
    assert listed(at("zhao").get("/desk?late=late")) == [dated.ref]


def test_index_holds_no_personal_words(scenario: Scenario) -> None:
    """The rows of lists hold codes only, in some 400 bytes."""
    said = {"story": "坏了", "product": "洗衣机", "business": "某某家电"}
    case = accepted(scenario, "zhao", account=said)
    cards = [row.card or "" for row in Row.query(rows.case(case.ref)) if row.sk.startswith("SEAT#")]
    assert cards
    for one in cards:
        assert not re.search("[\u4e00-\u9fff]", one)
        assert len(one) <= 480, one


def test_row_of_an_earlier_release_still_shows(at: At, scenario: Scenario) -> None:
    """A row without the newer fields shows what it has, in its place."""
    case = accepted(scenario, "zhao")
    for row in [*Row.query(rows.case(case.ref))]:
        if row.sk.startswith("SEAT#"):
            newer = ("rights", "goods", "company", "brand", "people", "party", "apart", "news")
            row.card = json.dumps({k: v for k, v in json.loads(row.card or "{}").items() if k not in newer})
            row.save()
    page = at("zhao").get("/desk")
    assert listed(page) == [case.ref]
    assert "Tell the progress" in visible(page)


def test_filters_in_the_address_narrow_the_list(at: At, scenario: Scenario) -> None:
    """Each filter leaves the lines with its value, and two leave the lines with both."""
    fee = [{"type": "price", "sub_type": "overcharge", "rights": ["fair_trade"]}]
    price, other = accepted(scenario, matters=fee), accepted(scenario, "zhao")
    new = scenario.submit()
    scenario.move(SUN, "set_severity", other.ref, severity="S2", why="老人。")
    expects = {
        "type=price": [price],
        "right=fair_trade": [price],
        "stage=received": [new],
        "person=zhao": [other],
        "person=-": [price, new],
        "severity=S2": [other],
        "act=tell_progress": [other],
        "channel=web": [price, other, new],
        "channel=web&stage=received": [new],
        "late=late": [],
        "type=%27+OR+1%3D1": [],
    }
    desk = at("lin")
    found = {query: {*listed(desk.get(f"/desk?list=team&{query}"))} for query in expects}
    assert found == {query: {case.ref for case in cases} for query, cases in expects.items()}
    scenario.later(3 * DAY)
    assert listed(desk.get("/desk?list=team&late=late"))


def test_empty_list_says_whether_filters_emptied_it(at: At, scenario: Scenario) -> None:
    """A filter that no line fits leads back to the whole list of the same team."""
    accepted(scenario, "zhao")
    page = at("lin").get("/desk?list=team&team=general&stage=closed&late=late")
    assert "No complaint here fits these filters" in page
    assert 'href="/desk?list=team&team=general">Show the whole list' in page
    assert 'href="/desk">Show the whole list' in at("zhao").get("/desk?severity=S1")
    assert "There is no complaint on this list" in at("wang").get("/desk")


def test_filter_is_stored_by_a_name_and_removed(at: At, scenario: Scenario) -> None:
    """A stored filter is one click away, for its owner only. One without a name is refused."""
    accepted(scenario)
    desk, path = at("sun"), "/desk?stage=investigating&type=quality"
    form = hidden(desk.get(path), "/desk/filters")
    for unseen in (" ", "\u200b\u202e"):
        assert "Give the filter a name" in desk.post("/desk/filters", {**form, "name": unseen}, 422)
    back = desk.post("/desk/filters", {**form, "name": "质量\u202e\u3000· 调查中"})
    assert dict(parse_qsl(urlsplit(back).query)) == {"stage": "investigating", "type": "quality"}
    page = desk.get("/desk")
    link = re.search(r'href="(/desk\?[^"]+)">质量 · 调查中</a>', page)
    assert link
    assert len(listed(desk.get(link[1].replace("&amp;", "&")))) == 1
    assert "质量 · 调查中" not in at("lin").get("/desk")
    desk.post("/desk/filters", {"query": "", "remove": "质量 · 调查中"})
    assert "质量 · 调查中" not in desk.get("/desk")


def test_twenty_filters_can_be_stored(at: At, scenario: Scenario) -> None:
    """One more is refused with the reason; a name that is there already is used again."""
    desk = at("sun")
    for n in range(20):
        desk.post("/desk/filters", {"query": "late=late", "name": f"f{n}"})
    assert "You can store 20 filters" in desk.post(
        "/desk/filters", {"query": "late=late", "name": "more"}, 422
    )
    desk.post("/desk/filters", {"query": "stage=received", "name": "f3"})


def test_many_cases_are_assigned_in_one_step(at: At, scenario: Scenario) -> None:
    """Each ticked case is a move of its own, after its letters were shown. A double click repeats nothing."""
    cases = [accepted(scenario) for _ in range(3)]
    desk = at("sun")
    page = desk.get("/desk")
    ticked = ticks(page)
    form = {
        **hidden(page, "/desk/bulk"),
        "move": "assign",
        "to": "zhao",
        "line": [ticked[one.ref] for one in cases[:2]],
    }
    letters = desk.post("/desk/bulk", form, 200)
    assert letters.count('aria-label="By e-mail to: 王芳"') == 2
    assert [scenario.moves(case.ref).count("assign") for case in cases] == [0, 0, 0]
    assert desk.post("/desk/bulk", {**posted_again(letters), "edit": "yes"}, 200).count(" checked>") == 2
    for _ in range(2):
        assert desk.post("/desk/bulk", posted_again(letters)) == "/desk?saved=2&waits=0"
    assert "Done: 2." in desk.get("/desk?saved=2&waits=0")
    owners = [scenario.product.file.load(case.ref).owner for case in cases]
    assert owners == ["zhao", "zhao", None]
    assert [scenario.moves(case.ref).count("assign") for case in cases] == [1, 1, 0]


def test_what_a_bulk_act_is_refused_stays_ticked(at: At, scenario: Scenario) -> None:
    """A bulk act leaves the cases that changed meanwhile ticked, with a reason and without a letter, and does
    the others."""
    routed(scenario)
    cases = [accepted(scenario) for _ in range(5)]
    desk = at("sun")
    page = desk.get("/desk?list=team&team=general")
    ticked = ticks(page)
    taken, closed, moved = (case.ref for case in cases[:3])
    scenario.move(LIN, "assign", taken, to="zhao")
    scenario.move(scenario.party(cases[1]), "withdraw", closed)
    scenario.move(LIN, "change_team", moved, to="north", reason="在北方")
    before = {ref: scenario.moves(ref) for ref in (taken, closed, moved)}
    letters = {ref: len(scenario.letters(ref)) for ref in (taken, closed, moved)}
    form = {**hidden(page, "/desk/bulk"), "move": "assign", "to": "sun", "line": [*ticked.values()]}
    page = desk.post("/desk/bulk", posted_again(desk.post("/desk/bulk", form, 200)), 200)
    assert "3 were not done; those that are still on the list stay ticked; 2 were done" in visible(page)
    assert re.findall(r'value="(\d+ \w+ \w*)"[^>]* checked', page) == [f"{taken} general zhao"]
    refused = page[page.index("error-summary") : page.index("</ul>", page.index("error-summary"))]
    assert {*re.findall(r"cases/(\d+)", refused)} == {taken, closed, moved}
    assert "Handler now: Zhao" in visible(refused)
    assert {ref: scenario.moves(ref) for ref in before} == before
    assert {ref: len(scenario.letters(ref)) for ref in letters} == letters
    assert [scenario.product.file.load(case.ref).owner for case in cases[3:]] == ["sun", "sun"]


def test_many_cases_are_handed_over_with_one_reason(at: At, scenario: Scenario) -> None:
    """Without team or reason nothing is done, and what was ticked and typed is kept."""
    routed(scenario)
    cases = [accepted(scenario) for _ in range(2)]
    desk = at("sun")
    page = desk.get("/desk")
    form = {
        **hidden(page, "/desk/bulk"),
        "move": "change_team",
        "line": [*ticks(page).values()],
        "reason": "在北方",
    }
    page = desk.post("/desk/bulk", form, 422)
    assert '<option value="north">' in page
    assert '<option value="general">' not in page
    assert "Choose the team" in page
    assert page.count(" checked>") == 2
    assert 'value="在北方"' in page
    assert "Give the reason" in desk.post("/desk/bulk", {**form, "team": "north", "reason": " "}, 422)
    assert "Tick the complaints first" in desk.post("/desk/bulk", {**form, "line": []}, 422)
    assert desk.post("/desk/bulk", {**form, "team": "north"}) == "/desk?saved=2&waits=0"
    assert {scenario.product.file.load(case.ref).team for case in cases} == {"north"}


def test_bulk_act_keeps_what_was_typed(at: At, scenario: Scenario) -> None:
    """Ticks, team and reason of a hand-over return on the same list, also if they were sent after the session
    had ended; not on another list, nor to a colleague. They end with the hand-over, and after a day."""
    routed(scenario)
    cases = [accepted(scenario) for _ in range(3)]
    desk, place, why = at("sun"), "/desk?stage=investigating", "客户在电话里骂了半小时，说要找北方的人 <b>!!"
    page = desk.get(place)
    ticked = [*ticks(page).values()][:2]
    typed = {**hidden(page, "/desk/bulk"), "line": ticked, "team": "north", "reason": why}
    desk.post("/desk/draft", {**typed, "auto": "yes"}, 204)
    scenario.later(HOUR)
    page = desk.get(place)
    assert (page.count(" checked>"), why in page, "Your draft of" in page) == (2, True, True)
    assert re.search(r'<option value="north" selected>', page)
    for other in (desk.get("/desk"), at("lin").get(place)):
        assert (other.count(" checked>"), why in other, "Your draft of" in other) == (0, False, False)
    assert desk.post("/desk/draft", {**typed, "keep": "yes"}) == place
    scenario.later(DAY)
    assert why not in desk.get(place)
    session = Sessions().find(signin.SESSION, "sun", scenario.time)
    assert session
    Sessions().keep(signin.SESSION, "sun", session, scenario.time - HOUR)
    page = desk.post("/desk/bulk", {**typed, "move": "change_team"}, 401)
    assert quote(place, safe="") in page
    kept = re.search(r"__Host-typed=[^;]+", str(desk.answered))
    assert kept
    Sessions().keep(signin.SESSION, "sun", session, scenario.time + 8 * HOUR)
    desk.headers["Cookie"] += f"; {kept[0]}"
    page = desk.get(place)
    assert (page.count(" checked>"), why in page) == (2, True)
    again = {**hidden(page, "/desk/bulk"), "line": ticked, "team": "north", "reason": why}
    desk.post("/desk/bulk", {**again, "move": "change_team"})
    assert [scenario.product.file.load(case.ref).team for case in cases].count("north") == 2
    assert why not in desk.get(place)
    assert [*Row.query(rows.drafts(desk_drafts.NEW))] == []


def test_masked_details_of_bulk_letters_are_revealed_one_case_at_a_time(at: At, scenario: Scenario) -> None:
    """The letters of a bulk act mask an address until the officer has it shown in those of one case, which is
    recorded for this case only. It stays shown, and nothing has left. Sent after that, the letters leave."""
    routed(scenario)
    cases = [accepted(scenario) for _ in range(2)]
    desk, home = at("sun"), "上海市浦东新区世纪大道100号5栋602室"
    page = desk.get("/desk")
    ticked = {"move": "change_team", "team": "north", "line": [*ticks(page).values()]}
    form = {**hidden(page, "/desk/bulk"), **ticked, "reason": f"人已经搬走了！新家在{home}"}
    page = desk.post("/desk/bulk", form, 200)
    assert page.count(home) == 1  # what the officer typed, for the next post
    revealed, other = re.findall(r'name="reveal" value="(\d+)"', page)
    page = desk.post("/desk/bulk", {**posted_again(page), "reveal": revealed}, 200)
    assert page.count(home) == 2
    assert re.findall(r'name="reveal" value="(\d+)"', page) == [other]
    assert "have changed" not in page
    reads = {ref: scenario.product.reads.of_case(ref, "", 100)[0] for ref in (revealed, other)}
    assert [[one["revealed"] for one in reads[ref] if "revealed" in one] for ref in reads] == [
        ["letters"],
        [],
    ]
    assert {scenario.moves(case.ref)[-1] for case in cases} == {"accept"}
    assert desk.post("/desk/bulk", {**posted_again(page), "reveal": other}, 200).count(home) == 3
    assert desk.post("/desk/bulk", posted_again(page)) == "/desk?saved=2&waits=0"


def test_bulk_act_needs_a_role_that_may_take_it(
    at: At, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An intake officer cannot assign. A lead whose role was removed meanwhile is refused as a whole."""
    page = at("sun").get("/desk") if accepted(scenario) else ""
    form = {**hidden(page, "/desk/bulk"), "move": "assign", "to": "zhao", "line": [*ticks(page).values()]}
    at("wang").post("/desk/bulk", form, 403)
    monkeypatch.setitem(GROUPS, "sun", ["role:intake", "team:general"])
    at("sun").post("/desk/bulk", form, 403)
    at("sun").post("/desk/bulk", {**form, "move": "close_in_court"}, 403)


def test_next_case_follows_the_list_that_was_looked_at(client: Any, at: At, scenario: Scenario) -> None:
    """After an act, the case that followed on the page comes, also under a filter; those before it come last.
    If nothing else waits, the list comes."""
    mine = {accepted(scenario, "zhao").ref for _ in range(3)}
    accepted(scenario)
    desk = at("zhao")
    answer = client.http.get("/desk?of=mine", headers=desk.headers)
    cases = listed(answer.body.decode())
    assert {*cases} == mine
    kept = answer.headers["Set-Cookie"]
    cookie = (kept if isinstance(kept, str) else kept[0]).split(";")[0]
    desk.headers["Cookie"] += f"; {cookie}"

    def after(ref: str) -> str:
        return str(client.http.get(f"/desk/next?after={ref}", headers=desk.headers).headers["Location"])

    assert [after(ref) for ref in cases] == [f"/desk/cases/{ref}" for ref in (*cases[1:], cases[0])]
    scenario.move(SUN, "assign", cases[1], to="sun")
    assert after(cases[1]) == f"/desk/cases/{cases[2]}"
    for ref in cases[::2]:
        scenario.move(SUN, "assign", ref, to="sun")
    assert after(cases[0]) == "/desk?of=mine"


def test_interface_has_the_same_waiting_list(
    client: Any, provider: Provider, at: At, scenario: Scenario
) -> None:
    """The queue `waiting` has the cases of the page, in the fields of the other queues, page by page."""
    refs = [accepted(scenario, "zhao").ref for _ in range(2)]
    own = bearing(provider, "zhao", GROUPS["zhao"][0])
    told = client.http.get("/v1/work?queue=waiting", headers=own).json_body
    assert [item["ref"] for item in told["items"]] == listed(at("zhao").get("/desk"))
    assert {*refs} <= {item["ref"] for item in told["items"]}
    mine = client.http.get("/v1/work?queue=mine", headers=own).json_body["items"]
    assert {frozenset(item) for item in told["items"]} == {frozenset(item) for item in mine}
    assert client.http.get("/v1/work?queue=waiting&cursor=x.y", headers=own).status_code == 422


def test_supervisor_looks_into_any_team(at: At, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first list of a supervisor has the cases of all own teams, and one click opens the list of any
    other team."""
    routed(scenario)
    case = scenario.submit(region="110000")
    grounds = {"1": "not_for_living", "2": "not_for_living"}
    north = Caller("han", Role.INTAKE, frozenset({"north"}))
    scenario.move(north, "decline", case.ref, grounds=grounds, reasons={"1": "a", "2": "b"}, routes=["court"])
    assert listed(at("zhou").get("/desk")) == []
    assert listed(at("zhou").get("/desk?team=north")) == [case.ref]
    for teams in (["north", "south"], ["north", "south", "general"]):
        monkeypatch.setitem(GROUPS, "zhou", ["role:supervisor", *(f"team:{one}" for one in teams)])
        assert listed(at("zhou").get("/desk")) == [case.ref]
        assert listed(at("zhou").get("/desk?team=south")) == []


def test_reader_without_a_team_chooses_one(at: At, scenario: Scenario) -> None:
    """The list of an auditor first asks for a team and says how to find one complaint. The
    list of a team offers no list of their own."""
    case = accepted(scenario)
    page = at("auditor").get("/desk")
    assert listed(page) == []
    assert "choose a team" in visible(page)
    assert "/desk?list=team&team=repair" in page
    page = at("auditor").get("/desk?list=team&team=general")
    assert listed(page) == [case.ref]
    assert {"Waiting for me", "My cases"} & {*re.findall(r">([^<>]+)</a>", page)} == set()
    assert listed(at("auditor").get("/desk?list=waiting")) == []


def everywhere(monkeypatch: pytest.MonkeyPatch, who: str, *roles: str) -> None:
    """Give a member of staff these roles in all teams of the tests and in a hundred further ones."""
    teams = ["general", "north", "repair", "retail", "south", *(f"t{n}" for n in range(100))]
    monkeypatch.setitem(GROUPS, who, [*(f"role:{role}" for role in roles), *(f"team:{one}" for one in teams)])


def test_reader_of_many_lists_sees_what_readers_of_each_list_see(
    at: At, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with several roles in many teams has on one page what colleagues have each on their own, each
    line once, by time, and under the role for which it waits."""
    routed(scenario)
    new, held, waits = scenario.submit(), accepted(scenario, "sun"), accepted(scenario)
    north = scenario.submit(region="110000")
    asked = accepted(scenario, "zhao")
    scenario.move(ZHAO, "ask_department", asked.ref, department="repair", question="查过没有？")
    accepted(scenario, "zhao")
    monkeypatch.setitem(GROUPS, "tan", ["role:lead", "role:intake", "team:north"])
    monkeypatch.setitem(GROUPS, "he", ["role:department", "team:repair"])
    alone = {who: listed(at(who).get("/desk")) for who in ("wang", "sun", "he", "tan")}
    everywhere(monkeypatch, "sun", "intake", "lead", "investigator", "department")
    page = at("sun").get("/desk")
    assert sorted(listed(page)) == sorted([new.ref, held.ref, waits.ref, north.ref, asked.ref])
    assert {who: [ref for ref in listed(page) if ref in alone[who]] for who in alone} == alone
    assert [*re.findall(r"\bof=(\w+)", page)] == ["mine", "intake", "investigator", "lead", "team"]
    assert {*listed(at("sun").get("/desk?of=intake"))} == {new.ref, north.ref}
    assert listed(at("sun").get("/desk?team=north")) == [north.ref]
    assert listed(at("sun").get("/desk?of=team")) == [asked.ref]


@pytest.mark.parametrize("mine", [0, 3, 60])
def test_reader_of_many_lists_finds_each_line_behind_those_of_others(
    at: At, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, mine: int
) -> None:
    """Among more waiting lines than are read at once, each own line is on exactly one page. A page reads at
    most 1 MB, and one with fewer lines than it has room for says how far it has looked."""
    case = scenario.submit()
    fill(scenario, case, {"TEAM#other#lead": 2 * POOLED})
    own = [accepted(scenario, "zhao").ref, case.ref]
    scenario.later(30 * DAY)
    late = [accepted(scenario).ref for _ in range(mine)]
    everywhere(monkeypatch, "zhao", "intake", "lead", "investigator")
    at("zhao").get("/desk")
    path, found, pages = "/desk", list[str](), 0
    while path:
        reads = Reads()
        with observed_calls("after-call", reads.note):
            page = at("zhao").get(path)
        assert reads.queries <= 3
        assert reads.scanned <= FILTERED
        found += listed(page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        assert ("most urgent lines of all teams" in page) == bool(link and len(listed(page)) < 25)
        path, pages = link[1] if link else "", pages + 1
    assert sorted(found) == sorted([*own, *late])
    assert pages >= 3


def test_cursor_of_one_list_is_none_of_many(at: At, scenario: Scenario) -> None:
    """A cursor names the list of its line only where several lists are read together."""
    accepted(scenario)
    for after in (f"{stamp(scenario.time)}_{'1' * 12}_TEAM:general:lead", "x_TEAM:", f"-.-.-_{'1' * 12}"):
        at("sun").get(f"/desk?{urlencode({'after': after})}", 422)


def test_line_of_a_former_release_joins_the_others_at_its_check(
    at: At, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of a release without this index are not found by readers of many lists until the record of their
    case is checked. A move writes them as well."""
    checked, moved = accepted(scenario), accepted(scenario)
    former = [row for case in (checked, moved) for row in Row.query(rows.case(case.ref)) if row.pool]
    for row in former:
        row.update(actions=[Row.pool.remove()])
    everywhere(monkeypatch, "zhao", "intake", "lead", "investigator")
    assert former
    assert listed(at("zhao").get("/desk")) == []
    assert not scenario.product.record.check(checked.ref)
    assert listed(at("zhao").get("/desk")) == [checked.ref]
    scenario.later(HOUR)
    scenario.move(SUN, "set_severity", moved.ref, severity="S1", why="孩子在用")
    assert {*listed(at("zhao").get("/desk"))} == {checked.ref, moved.ref}


def test_list_without_a_bulk_act_has_no_form_for_it(at: At, scenario: Scenario) -> None:
    """A follow-up officer may hand over cases, but with no other team that handles cases there is nothing to
    choose, so the page has no heading for ticked lines."""
    accepted(scenario)
    page = at("feng").get("/desk?list=team&team=general")
    assert listed(page)
    assert "With the ticked complaints" not in visible(page)


def test_page_says_which_companies_can_be_filtered(at: At, scenario: Scenario) -> None:
    """The filter offers a company that the policy lists. It offers no other company, and says how to find
    one."""
    accepted(scenario, account={"story": "坏了。", "business": "没有名录的小店"})
    page = at("sun").get("/desk?list=team&team=general")
    assert 'id="by-company"' not in page
    assert "found by its name" in visible(page)


def test_return_for_the_third_time_waits_for_a_second_person(at: At, scenario: Scenario) -> None:
    """The desk counts the hand-overs that need a second person apart from those that are done."""
    routed(scenario)
    case = accepted(scenario)
    for to in ("north", "general", "north", "general"):
        scenario.move(ZHOU, "change_team", case.ref, to=to, reason="分错了")
    desk = at("sun")
    page = desk.get("/desk")
    form = {**hidden(page, "/desk/bulk"), "move": "change_team", "line": [*ticks(page).values()]}
    to = desk.post("/desk/bulk", {**form, "team": "north", "reason": "在北方"})
    assert to == "/desk?saved=1&waits=1"
    assert "1 of them wait for a second person" in desk.get(to)
    assert scenario.product.file.load(case.ref).team == "general"


def test_spoilt_address_shows_a_list_or_says_what_is_wrong(at: At, calls: Calls, scenario: Scenario) -> None:
    """Unknown lists and values are left out; a spoilt cursor is a problem with its reason."""
    accepted(scenario)
    for query in ("list=%00", "list=QIAN", f"stage={'x' * 500}", "of=nobody&late=maybe", "team=%27%20OR%201"):
        at("sun").get(f"/desk?{query}")
    at("sun").get("/desk?after=%25spoilt", 422)
    desk = at("sun")
    for cookie in ("~", "%00~x", f"{'late=late&' * 300}~..", "list=team~" + "9" * 12):
        desk.headers["Cookie"] = f"__Host-desk=sun; __Host-list={cookie}"
        assert desk.client.http.get("/desk/next?after=%00", headers=desk.headers).status_code == 303
    desk.post("/desk/filters", {"query": "&" * 5_000, "name": "x"})
    desk.post(
        "/desk/bulk", {"query": "a=b&" * 5_000, "move": "assign", "to": "zhao", "line": "x' OR 1=1"}, 200
    )


@pytest.mark.parametrize("queue", ["mine", "team", "investigator"])
@pytest.mark.parametrize("role", [role for role in Role if role & STAFF], ids=lambda role: role.code)
def test_only_whole_cards_are_taken_as_whole(queue: str, role: Role) -> None:
    """Nobody for whom a list hides fields of one of these items counts as a reader of whole items. Otherwise
    a filter would tell them the value of a hidden field."""
    stages = Stage.INVESTIGATING, Stage.MEDIATING, Stage.UNDER_RECONSIDERATION
    reader = Caller("zhao", role, frozenset({"general"}))
    items = [
        {"ref": "1", "next_due": None, "stage": stage, "team": team, "owner": owner}
        for stage in stages
        for team in ("general", "retail")
        for owner in ("zhao", "lin", None)
    ]
    whole = all(card(item, reader, queue) == item for item in items)
    assert whole or not shows_whole(reader, queue)
