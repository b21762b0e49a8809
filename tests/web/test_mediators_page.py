"""Tests of the register of mediators on the desk and the interface: read by appointing staff, changed by the
administrator, imported as a table.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib.cases.casework import work_lists
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.register import Mediator, Register
from chalicelib.web.pages.desk import mediator_import
from tests.casework.walks import walked
from tests.domain.registered import mediator
from tests.scenario import WANG, Scenario
from tests.web.bearer import bearing
from tests.web.desk import GROUPS, Desk, visible
from tests.web.provider import Provider

ENTRY = {
    "id": "ma",
    "name": "马静",
    "email": "ma@mediation.example",
    "body": "市人民调解委员会",
    "lawful": True,
    "qualification": "人民调解员",
    "number": "沪调0001",
    "until": "2027-12-31",
    "experience": "15年消费纠纷调解",
    "fields": ["any"],
    "languages": ["zh", "en"],
    "employed": False,
}
TABLE = """登录编号,姓名,E-mail,调解组织,lawful,资质,number,资质截止日期,从业经历,擅长领域,语言,是否本企业的员工或者外包人员,phone,ties
ma,马静,ma@mediation.example,市人民调解委员会,是,人民调解员,0001,2027/1/5,"15年，
曾任法官",质量问题；Price and charges、privacy,简体中文/English,否,13800138000,
lu,Lu Wei,lu@mediation.example,商事调解中心,no,Mediator,X-2,2026-12-31,ten years,any,英语,no,,'=曾任顾问
"""


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return a function that opens the desk as a staff member."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def stored_register(scenario: Scenario) -> dict[str, Mediator]:
    """Return the stored register."""
    return dict(scenario.product.file.fresh_register()[0].entries)


def enter(scenario: Scenario, *people: Mediator) -> None:
    """Add mediators to the register."""
    scenario.product.cover.register(lambda register: register.entered(people))


def upload(desk: Desk, content: bytes, status: int, text: str = "") -> Any:
    """Post a file as a browser does; return the redirect target, or the page with its errors."""
    body = (
        b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
            for part in (
                (b"file", b'; filename="a.csv"\r\nContent-Type: text/csv', content),
                (b"text", b"", text.encode()),
            )
        )
        + b"--x--\r\n"
    )
    headers = {**desk.headers, "Content-Type": "multipart/form-data; boundary=x"}
    answer = desk.client.http.post("/desk/mediators/load", headers=headers, body=body)
    assert answer.status_code == status, answer.body.decode()
    return answer.headers["Location"] if status == 303 else answer.body.decode()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_register_page_is_read_by_appointing_roles(at: Any, scenario: Scenario, language: str) -> None:
    """The page has everything a lead must know before an appointment. Other staff get 403, and no page links
    to a place its reader may not open.
    """
    enter(
        scenario,
        mediator(phone="+8613800138000", past=2),
        mediator("lu", name="陆伟", lawful=False, suspended=True, ties="曾任顾问"),
        mediator("xu", name="许明", until=scenario.time.date() - timedelta(days=1)),
    )
    for who in ("zheng", "sun", "zhou"):
        page = at(who, language).get("/desk/mediators")
        text = visible(page)
        assert "None" not in text
        assert "+8613800138000" in text
        for words in {
            "zh": (
                "市人民调解委员会",
                "可以申请司法确认",
                "不能申请司法确认",
                "已暂停",
                "有关联关系",
                "不限",
                "资质已于2026年2月11日（星期三）到期",
                "中文、英语",
            ),
            "en": (
                "judicial confirmation",
                "Suspended",
                "Tied to the company",
                "ended on Wednesday 11 February 2026",
                "Chinese, English",
            ),
        }[language]:
            assert words in text
        assert (
            ("/desk/mediators/entry" in page)
            == ("action=" in page.split("</header>")[-1])
            == (who == "zheng")
        )
        assert 'href="/desk/mediators"' in at(who).get("/desk/sessions")
    for who in ("wang", "zhao", "auditor"):
        at(who).get("/desk/mediators", 403)
        assert 'href="/desk/mediators"' not in at(who).get("/desk/sessions")


def test_a_mediator_signs_in_and_sees_their_own_list_and_nothing_of_the_house(
    client: Any, scenario: Scenario, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mediator needs no team; roster, register and absences are closed to them."""
    monkeypatch.setitem(GROUPS, "ma", ["role:mediator"])
    desk = Desk(client, scenario, "ma")
    page = desk.get("/desk")
    assert "/desk/roster" not in page
    assert "/desk/mediators" not in page
    assert "list=team" not in page
    for path in ("/desk/roster", "/desk/roster/absence", "/desk/mediators"):
        desk.get(path, 403)
    token = provider.token(sub="ma", **{"cognito:groups": ["role:mediator"]})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    assert client.http.get("/v1/work", headers=headers).json_body == {"items": [], "next": None}
    for path in ("/v1/work?queue=team", "/v1/roster", "/v1/mediators"):
        assert client.http.get(path, headers=headers).status_code == 403
    said = json.dumps({"until": "2026-03-01T00:00:00Z"}).encode()
    assert client.http.post("/v1/absences", headers=headers, body=said).status_code == 403


def test_an_entry_is_added_changed_suspended_and_struck_off(at: Any, scenario: Scenario) -> None:
    """The administrator does all of this with forms; fields that a form does not ask keep their values."""
    desk = at("zheng")
    form = {
        **ENTRY,
        "lawful": "true",
        "employed": "false",
        "languages": ["zh", "en"],
        "fields": ["quality", "price"],
        "past": "2",
    }
    assert desk.post("/desk/mediators/entry", form) == "/desk/mediators?done=entry"
    found = stored_register(scenario)["ma"]
    assert (found.lawful, found.past, found.phone, [*map(str, found.fields)]) == (
        True,
        2,
        None,
        ["quality", "price"],
    )
    assert "Saved." in desk.get("/desk/mediators?done=entry")
    desk.post("/desk/mediators/suspend", {"who": "ma"})
    page = desk.get("/desk/mediators/entry?id=ma")
    assert 'value="马静"' in page
    assert page.count(" checked") == 6
    assert 'name="suspended" value="true"' in page
    desk.post("/desk/mediators/entry", {**form, "suspended": "true", "number": "沪调0002"})
    assert stored_register(scenario)["ma"].suspended
    assert stored_register(scenario)["ma"].number == "沪调0002"
    desk.post("/desk/mediators/restore", {"who": "ma"})
    assert not stored_register(scenario)["ma"].suspended
    desk.post("/desk/mediators/strike", {"who": "ma"})
    assert stored_register(scenario) == {}
    assert "not on the register" not in desk.get("/desk/mediators")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"employed": "true"}, "employed", "cannot be mediators"),
        ({"employed": ""}, "employed", "Please fill this in"),
        ({"until": "soon"}, "until", "year-month-day"),
        ({"until": "2050-01-01"}, "until", "check the date"),
        ({"fields": []}, "fields", "Please fill this in"),
        ({"email": "nowhere"}, "email", "valid e-mail"),
        ({"past": "-1"}, "past", "whole number"),
        ({"phone": "12"}, "phone", "valid phone"),
        ({"email": "Sun@house.example"}, "id", "cannot be mediators"),
        ({"id": "sun"}, "id", "cannot be mediators"),
    ],
    ids=str,
)
def test_wrong_mediator_entry_names_its_field(
    at: Any, scenario: Scenario, changes: dict[str, Any], field: str, words: str
) -> None:
    """The form comes back with the typed values; nothing is written."""
    form = {**ENTRY, "lawful": "true", "employed": "false", **changes}
    page = at("zheng").post("/desk/mediators/entry", form, 422)
    assert f'href="#{field}"' in page
    assert words in visible(page)
    assert 'value="15年消费纠纷调解"' in page
    assert stored_register(scenario) == {}


def test_a_table_is_loaded_as_spreadsheets_save_it(at: Any, scenario: Scenario) -> None:
    """The import takes columns and words in both languages, lists, dates and line breaks in cells. Mediators
    missing from the table stay.
    """
    enter(scenario, mediator("xu"), mediator("lu", past=9))
    assert (
        upload(at("zheng"), b"\xef\xbb\xbf" + TABLE.encode() + b",,,\r\n , ,,\r\n", 303)
        == "/desk/mediators?done=load&n=2"
    )
    found = stored_register(scenario)
    assert [*found] == ["xu", "lu", "ma"]
    assert found["xu"] == mediator("xu")
    ma, lu = found["ma"], found["lu"]
    assert [*map(str, ma.fields)] == ["quality", "price", "privacy"]
    assert [[*map(str, one.languages)] for one in (ma, lu)] == [["zh", "en"], ["en"]]
    assert (ma.lawful, ma.until.isoformat(), ma.experience, ma.phone) == (
        True,
        "2027-01-05",
        "15年， 曾任法官",
        "+8613800138000",
    )
    assert (lu.lawful, lu.ties, lu.past) == (False, "=曾任顾问", 0)
    assert "Mediators loaded: 2." in at("zheng").get("/desk/mediators?done=load&n=2")


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_a_pasted_table_and_json_are_loaded_too(at: Any, scenario: Scenario, separator: str) -> None:
    """The form takes a table copied from a spreadsheet, and the interface's JSON with or without its outer
    object.
    """
    pasted = StringIO()
    csv.writer(pasted, delimiter=separator).writerows(csv.reader(StringIO(TABLE)))
    upload(at("zheng"), b"", 303, pasted.getvalue())
    assert [*stored_register(scenario)] == ["ma", "lu"]
    upload(at("zheng"), json.dumps([{**ENTRY, "id": "xu"}]).encode(), 303)
    upload(
        at("zheng"),
        json.dumps({"mediators": [{**ENTRY, "id": "he2", "email": "he2@mediation.example"}]}).encode(),
        303,
    )
    assert [*stored_register(scenario)] == ["ma", "lu", "xu", "he2"]


def test_every_bad_line_is_named_and_nothing_is_half_loaded(at: Any, scenario: Scenario) -> None:
    """The page names the spreadsheet's row number and the column label, and keeps the text for correction."""
    bad = TABLE
    for right, wrong in (
        ("2027/1/5", "明年"),
        ("lu@mediation.example", "nowhere"),
        (",否,", ",是,"),
        (",no,Mediator", ",maybe,Mediator"),
    ):
        bad = bad.replace(right, wrong)
    page = upload(at("zheng", "zh"), bad.encode(), 422)
    for words in (
        "第2行，资质截止日期：",
        "第2行，是否本企业的员工或者外包人员：本企业的员工和外包人员",
        "第3行，电子邮箱：",
        "第3行，调解组织是否依法设立：",
    ):
        assert words in visible(page)
    assert "一个都没有导入" in page
    assert "曾任法官" in page
    assert stored_register(scenario) == {}
    page = upload(at("zheng"), (TABLE + TABLE.split("\n", 1)[1]).encode(), 422)
    assert visible(page).count("named before") == 2
    assert "Row 4, Sign-in identifier" in visible(page)
    assert stored_register(scenario) == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "choose a file"),
        (b"\xef\xbb\xbf \r\n", "choose a file"),
        (TABLE.encode("gbk"), "not in UTF-8"),
        (b"id,name\n1,2\n", "lacks these columns: "),
        (b'id,name\n"1,2\n', "cannot be read"),
        (b"{", "JSON"),
        (b"[1]", "Entry 1"),
        (b"%PDF-1.7\n\x00\x01", "lacks these columns"),
    ],
    ids=str,
)
def test_invalid_register_import_is_refused(at: Any, scenario: Scenario, content: bytes, words: str) -> None:
    """An import that is empty, in another encoding, without its columns or broken is refused."""
    assert words in visible(upload(at("zheng"), content, 422 if content != b"{" else 400))
    assert stored_register(scenario) == {}


def test_downloaded_register_can_be_imported(at: Any, scenario: Scenario) -> None:
    """The downloaded table restores the register in either language. A cell that a spreadsheet would compute
    is escaped.
    """
    people = [
        mediator(phone="+8613800138000", past=3, ties="=1+1", suspended=True),
        mediator("lu", lawful=False, name="-Lu"),
    ]
    enter(scenario, *people)
    for language in ("zh", "en"):
        answer = at("sun", language).client.http.get(
            "/desk/mediators/table.csv", headers=at("sun", language).headers
        )
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert "attachment" in answer.headers["Content-Disposition"]
        table = answer.body.decode()
        assert "'=1+1" in table
        assert "'-Lu" in table
        scenario.product.file.keep_register(Register())
        upload(at("zheng"), table.encode(), 303)
        assert stored_register(scenario) == {"ma": people[0], "lu": people[1]}
    assert mediator_import.write([], "en").count("\n") == 1


def test_three_hundred_fit_and_too_many_are_refused(scenario: Scenario) -> None:
    """The register is one row of the table; it refuses entries before the row exceeds DynamoDB's limit."""
    many = [
        mediator(
            f"{n:0>36}",
            email=f"mediator.number.{n}@mediation.example",
            phone="+8613800138000",
            experience="二十年民商事和消费纠纷调解经验，曾任基层法院法官" * 2,
        )
        for n in range(300)
    ]
    enter(scenario, *many)
    assert len(scenario.product.file.roster().mediators.entries) == 300
    assert scenario.product.file.roster().member(many[299].id)
    with pytest.raises(Refusal, match="register_full"):
        enter(scenario, *[mediator(str(n), experience="长" * 200, ties="长" * 200) for n in range(300)])
    assert len(stored_register(scenario)) == 300


def test_register_and_roster_do_not_touch_each_other(
    at: Any, client: Any, scenario: Scenario, provider: Provider
) -> None:
    """Register and roster are stored apart; the roster's interface returns teams only. A mediator on the
    register cannot join the roster.
    """
    enter(scenario, mediator())
    at("zheng").post("/desk/roster/team", {"team": "shop", "zh": "门店", "en": "Shop"})
    roster = scenario.product.file.roster()
    assert [*stored_register(scenario)] == [*roster.mediators.entries] == ["ma"]
    assert "shop" in roster.teams
    assert client.http.get("/v1/roster", headers=bearing(provider, "zheng")).json_body.keys() == {"teams"}
    member = {
        "team": "general",
        "role": "investigator",
        "who": "x",
        "name": "X",
        "email": "MA@mediation.example",
    }
    assert "on the register of mediators" in at("zheng").post("/desk/roster/member", member, 422)
    assert 'value="mediator"' not in at("zheng").get("/desk/roster/member")


def test_mediator_with_open_cases_cannot_be_struck_off(at: Any, scenario: Scenario) -> None:
    """A mediator with open cases can be suspended, but not struck off."""
    case = scenario.submit()
    enter(scenario, mediator("wang"))
    case = scenario.move(WANG, "take", case.ref)
    assert "PERSON#wang" in work_lists(case)
    assert "open mediations" in at("zheng").post("/desk/mediators/strike", {"who": "wang"}, 422)
    at("zheng").post("/desk/mediators/suspend", {"who": "wang"})
    assert stored_register(scenario)["wang"].suspended


@pytest.mark.parametrize("who", ["sun", "zhou", "wang"])
def test_only_the_administrator_changes_it(at: Any, scenario: Scenario, who: str) -> None:
    """Other staff can use neither form, post nor file; a form from another site is refused too."""
    enter(scenario, mediator())
    for deed in ("entry", "load", "suspend", "strike", "nonsense"):
        at(who).post(f"/desk/mediators/{deed}", {"who": "ma"}, 403)
    at(who).get("/desk/mediators/entry", 403)
    at("zheng").post("/desk/mediators/strike", {"who": "ma"}, 403, **{"Sec-Fetch-Site": "cross-site"})
    at("zheng").post("/desk/mediators/nonsense", {"who": "ma"}, 403)
    assert at("zheng").get("/desk/mediators/nonsense", 303) == ""
    assert stored_register(scenario) == {"ma": mediator()}


def test_register_is_read_and_written_by_interface(
    client: Any, scenario: Scenario, provider: Provider
) -> None:
    """The interface takes JSON or a table and returns JSON. It names every bad field by its pointer.
    Appointing staff read it, the administrator changes it.
    """

    def call(method: str, who: str, body: Any = None, **headers: str) -> Any:
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        return client.http.request(
            method, "/v1/mediators", headers={**bearing(provider, who), **headers}, body=raw
        )

    entered = call("POST", "zheng", {"mediators": [ENTRY]})
    assert entered.status_code == 200
    assert entered.json_body["mediators"][0]["until"] == "2027-12-31"
    assert call("POST", "zheng", TABLE, **{"Content-Type": "text/csv"}).status_code == 200
    assert [m["id"] for m in call("GET", "sun").json_body["mediators"]] == ["ma", "lu"]
    wrong = call(
        "POST",
        "zheng",
        {
            "mediators": [
                ENTRY,
                {**ENTRY, "id": "xu", "employed": True, "fields": ["cooking"], "until": "x"},
                {},
            ]
        },
    )
    pointers = {error["pointer"] for error in wrong.json_body["errors"]}
    assert wrong.status_code == 422
    assert {
        "/mediators/1/employed",
        "/mediators/1/fields/0",
        "/mediators/1/until",
        "/mediators/2/id",
    } <= pointers
    assert call("POST", "sun", {"mediators": [ENTRY]}).status_code == 403 == call("GET", "wang").status_code
    assert call("POST", "zheng", "x" * 600_000).status_code == 413
    gone = call("DELETE", "zheng", {"who": "lu"})
    assert [m["id"] for m in gone.json_body["mediators"]] == ["ma"]
    assert call("DELETE", "zheng", {"who": "lu"}).json_body["type"] == "/problems/mediator_unknown"
    document = client.http.get("/openapi.json").json_body
    assert document["paths"]["/v1/mediators"]["post"]["requestBody"]["content"]["application/json"]["schema"][
        "$ref"
    ].endswith("/Mediators")
    assert not re.search("mediators", json.dumps(document["components"]["schemas"]["Duty"]))


def test_ending_qualifications_are_counted(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """The hourly watch emits the metric along with the empty roles."""
    enter(scenario, mediator(until=scenario.time.date() + timedelta(days=59)), mediator("lu"))
    scenario.product.cover.watch()
    (said,) = [line for line in capsys.readouterr().out.splitlines() if '"MediatorsExpiring": ' in line]
    assert json.loads(said)["MediatorsExpiring"] == 1


def test_an_ending_qualification_is_told_to_the_mediator_and_the_administrator(scenario: Scenario) -> None:
    """One letter goes out sixty days before and one fourteen days before, however often the watch runs; none
    after a renewal.
    """
    ends = scenario.time.date() + timedelta(days=60)
    enter(scenario, mediator(until=ends))
    told = {mediator().email, "zheng@house.example"}
    for hour in range(3):
        scenario.time += timedelta(hours=hour)
        scenario.product.cover.watch()
        walked(scenario)
    assert {mail["to"] for mail in scenario.sent()} == told
    assert len(scenario.sent()) == 2
    assert all("RT-" in mail["subject"] or mediator().number in mail["subject"] for mail in scenario.sent())

    def sent() -> list[dict[str, Any]]:
        return [mail for mail in scenario.sent() if mail["to"] in told]  # leave out the supervisor's digest

    scenario.time += timedelta(days=46)
    scenario.product.cover.watch()
    walked(scenario)
    assert len(sent()) == 4
    enter(scenario, mediator(until=ends - timedelta(days=1)))
    scenario.product.cover.watch()
    enter(scenario, mediator(until=ends + timedelta(days=365)))
    walked(scenario)
    assert len(sent()) == 4, "it ends on another day by now"
