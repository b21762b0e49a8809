"""Tests of the search at the desk: its keys, its readers, its log and its cost."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws.read_rows import ReadRows
from chalicelib.cases import search
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.reference import shown
from tests.aws_calls import Calls, calls as calls
from tests.casework.destroyed import destroyed, erased, load, over
from tests.casework.terminal import Operator
from tests.scenario import HOUR, SUN, WANG, ZHAO, Scenario
from tests.web.desk import GROUPS, Desk, visible

SHOP = Caller("shop", Role.PARTNER, channel=Channel.API)
ACCOUNT = {
    "story": "洗衣机坏了，商家不退。",
    "order": "TB-2026 0007",
    "business": "晴天电器",
    "shop": "晴天旗舰店",
}


@pytest.fixture
def at(client: Any, scenario: Scenario) -> Any:
    """Return the desk of a staff member: `at("wang")`, `at("wang", "zh")`."""
    return lambda who, language="en": Desk(client, scenario, who, language)


def found(desk: Desk, words: str, status: int = 200) -> list[str]:
    """Return the case numbers on the page of a search."""
    page = desk.post("/desk/find", {"words": words}, status)
    return re.findall(r'href="[^"]*/desk/(?:cases|actions|trainings)/(\d{12})"', page)


@pytest.mark.parametrize(
    "words",
    [
        "王芳",
        "王 芳 女士",
        "138 0013-8000",
        "+8613800138000",
        "WANG.FANG@mail.example",
        "tb20260007",
        "ＴＢ２０２６０００７",
        "晴天电器",
        "晴天 旗舰店",
        "own-77",
    ],
)
def test_case_is_found_by_what_people_say(at: Any, scenario: Scenario, words: str) -> None:
    """Name, telephone, mailbox, order, company, shop and a partner's number lead to the case."""
    case = scenario.submit(SHOP, account=ACCOUNT, external_id="OWN 77", consent=None)
    assert found(at("wang"), words) == [case.ref]


@pytest.mark.parametrize(
    "words",
    [
        "13800138000 王芳",
        "王芳 13800138000",
        "王芳１３８－００１３－８０００",
        "王 芳 女士，+86 138 0013 8000",
        "13800138000 TB-2026 0007",
        "own 77 王芳",
        "晴天电器 王芳",
    ],
)
def test_several_parts_find_the_case_that_has_all(
    at: Any, scenario: Scenario, calls: Calls, words: str
) -> None:
    """A number and a name, and other parts in one search, find the case that has all of them. Other cases of
    the name or of the number are left out, and the calls are few."""
    other = {"name": "王芳", "phone": "13900139000"}, {"name": "李强", "phone": "13800138000"}
    scenario.submit(person=other[0])
    case = scenario.submit(SHOP, account=ACCOUNT, external_id="OWN 77", consent=None)
    scenario.submit(person=other[1])
    desk = at("wang")
    calls.made()
    page = desk.post("/desk/find", {"words": words}, 200)
    made = calls.made()
    assert re.findall(r"/desk/cases/(\d{12})", page) == [case.ref]
    assert "fits all of it" not in page
    assert made.get("BatchGetItem", 0) <= 3
    assert made["Query"] <= 12


@pytest.mark.parametrize(
    "phone",
    ["021-5555 1234", "+86 755 8888 1234", "(010) 62345678转803", "0571-8888 6666-803", "+852 2345 6789"],
)
def test_telephone_is_found_as_it_was_given(at: Any, scenario: Scenario, phone: str) -> None:
    """A search finds a fixed line by the number as its owner wrote it, with or without country code."""
    case, desk = scenario.submit(person={"name": "王芳", "phone": phone}), at("wang")
    bare = phone.removesuffix("-803").partition("转")[0]
    for words in (phone, bare, bare.replace("+86 ", "0"), f"{bare} 王芳"):
        assert found(desk, words) == [case.ref], words


def test_words_that_no_case_has_do_not_hide_the_exact_part(at: Any, scenario: Scenario) -> None:
    """A telephone number with a name and another word finds the case with the number and the name. With
    words that no case has, it finds all cases of the number. The page says so."""
    other = scenario.submit(person={"name": "李强", "phone": "13800138000"})
    scenario.time += HOUR
    case, desk = scenario.submit(), at("wang", "zh")
    assert found(desk, "+86 138 0013 8000 王芳 退款") == [case.ref]
    assert found(desk, "13800138000 退款") == [case.ref, other.ref]
    assert "以下投诉符合“13800138000”" in desk.post("/desk/find", {"words": "13800138000 退款"}, 200)
    for words in ("王芳 退款", "13912345678 王芳", "王芳 李强"):
        assert found(desk, words) == [], words


def test_text_of_many_parts_costs_few_calls(at: Any, scenario: Scenario, calls: Calls) -> None:
    """A text of many exact parts that no case has costs a bounded number of queries, and no batch read."""
    scenario.submit()
    calls.made()
    assert found(at("wang"), "x@y.example a@b.example 1234 5678 9012 3456 c7 d8 e9 f10") == []
    made = calls.made()
    assert "BatchGetItem" not in made
    assert made["Query"] <= 30


def test_parts_tell_nobody_more_than_they_may_know(at: Any, scenario: Scenario) -> None:
    """An auditor, who may not know the people, finds a case by its number, whatever name stands beside it.
    Another team finds nothing."""
    case = scenario.submit()
    for name in ("王芳", "李强"):
        assert found(at("auditor"), f"{case.ref} {name}") == [case.ref]
        assert found(at("stranger"), f"{case.ref} {name}") == []
    pages = {
        at("auditor").post("/desk/find", {"words": f"{case.ref} {name}"}, 200) for name in ("王芳", "李强")
    }
    assert len({page.replace("王芳", "").replace("李强", "") for page in pages}) == 1
    assert found(at("auditor"), "13800138000 王芳") == []


def test_next_page_of_parts_goes_on(at: Any, scenario: Scenario) -> None:
    """The next page has the older cases with the same parts, each once."""
    refs = []
    for n in range(24):
        refs.append(scenario.submit(person={"name": "王芳" if n % 2 else "李强", "phone": "13800138000"}).ref)
        scenario.time += HOUR
    desk, seen, fields = at("wang"), list[str](), {"words": "王芳 13800138000"}
    while True:
        page = desk.post("/desk/find", fields, 200)
        seen += re.findall(r'/desk/cases/(\d{12})"', page)
        after = re.search(r'name="after" value="([^"]+)"', page)
        if not after:
            break
        fields["after"] = after[1]
    assert seen == refs[::-2]


def test_case_is_found_by_its_number_and_its_ends(at: Any, scenario: Scenario) -> None:
    """The whole number in any spelling, four or more digits of its beginning or end, and its middle four lead
    to the case."""
    ref, desk = scenario.submit().ref, at("wang")
    parts = [ref, shown(ref), f" {ref[:4]} {ref[4:]}", ref[:4], ref[:6], ref[:8], ref[:11]]
    for words in (*parts, ref[-4:], ref[-7:], ref[-8:], ref[-9:], shown(ref)[5:], ref[4:8]):
        assert found(desk, words) == [ref], words
    assert found(desk, ref[2:6] + "0") == []


def test_newest_filing_comes_first(at: Any, scenario: Scenario) -> None:
    """Several cases of a person are listed by the time of their filing."""
    refs = []
    for _ in range(3):
        refs.append(scenario.submit().ref)
        scenario.time += HOUR
    assert found(at("wang"), "王芳") == refs[::-1]


def test_result_shows_stage_person_company_day_and_type(at: Any, scenario: Scenario) -> None:
    """A line has what tells cases apart before one is opened, in both languages."""
    case = scenario.submit(account=ACCOUNT)
    page = visible(at("wang").post("/desk/find", {"words": "王芳"}, 200))
    for said in (shown(case.ref), "王芳", "晴天电器", "Registered, decision pending", "Quality"):
        assert said in page
    assert "找到的投诉" in at("wang", "zh").post("/desk/find", {"words": "王芳"}, 200)


def test_address_that_was_replaced_still_finds_the_case(at: Any, scenario: Scenario) -> None:
    """A search finds the case by the changed telephone number and by the former one."""
    case = scenario.submit()
    scenario.move(WANG, "change_contact", case.ref, phone="13900139000")
    for phone in ("13900139000", "13800138000"):
        assert found(at("wang"), phone) == [case.ref]


def test_representative_and_successor_are_found(at: Any, scenario: Scenario) -> None:
    """A search finds the case by the name of a representative who joined it later."""
    case = scenario.submit()
    lawyer = {"name": "赵律师傅", "phone": "13700137000", "capacity": "lawyer"}
    said = {"person": lawyer, "powers": ["submit"], "checked": True, "document": "委托书"}
    scenario.move(WANG, "add_representative", case.ref, **said)
    assert found(at("wang"), "赵律师傅") == [case.ref]


def test_nobody_finds_a_case_that_they_may_not_know(at: Any, scenario: Scenario) -> None:
    """Another team finds nothing, by number or name; a supervisor finds it by both. The auditor, who may not
    know the people, finds it by its number alone."""
    case = scenario.submit()
    for words, audited in ((case.ref, True), (case.ref[:4], True), ("王芳", False), ("13800138000", False)):
        assert found(at("stranger"), words) == []
        assert found(at("zhou"), words) == [case.ref]
        assert found(at("auditor"), words) == ([case.ref] if audited else [])


def test_department_finds_a_case_by_its_number_alone(at: Any, scenario: Scenario) -> None:
    """A department that is asked may know that the case exists, and not who is on it."""
    case = scenario.submit()
    scenario.move(WANG, "accept", case.ref)
    scenario.move(ZHAO, "ask_department", case.ref, department="repair", question="请说明维修记录。")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GROUPS, "he", ["role:department", "team:repair"])
        desk = at("he")
        assert found(desk, "王芳") == []
        page = desk.post("/desk/find", {"words": case.ref}, 200)
    assert shown(case.ref) in page
    assert "王芳" not in page


def test_administrator_is_told_that_they_see_no_cases(at: Any, scenario: Scenario) -> None:
    """An administrator gets no box and no result."""
    case = scenario.submit()
    page = at("zheng").post("/desk/find", {"words": case.ref}, 200)
    assert shown(case.ref) not in page
    assert "Administrators do not see complaints" in page


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("' OR 1=1", "No complaint that you may see was found"),
        ("a", "at least 2 letters"),
        ("😡", "Signs alone"),
        ("123", "at least 4 digits"),
        ("x" * 10_000, "at most 200 characters"),
        ("<script>alert(1)</script>", "No complaint that you may see was found"),
        ("\x00\x00ab\ud83d".encode("utf-8", "replace").decode(), "No complaint that you may see was found"),
    ],
)
def test_odd_searches_get_a_clear_answer(at: Any, scenario: Scenario, words: str, says: str) -> None:
    """Every odd text gets an answer in words, and stays in the box."""
    scenario.submit()
    desk = at("wang")
    answer = desk.client.http.post(
        "/desk/find",
        headers={**desk.headers, "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({"words": words}).encode(),
    )
    assert says in answer.body.decode()
    assert answer.status_code in (200, 422)
    assert "<script>alert" not in answer.body.decode()


def test_wrong_check_digit_is_told(at: Any, scenario: Scenario) -> None:
    """A whole number whose last digit does not fit is called mistyped."""
    ref = scenario.submit().ref
    wrong = ref[:-1] + str((int(ref[-1]) + 1) % 10)
    assert "does not fit" in at("wang").post("/desk/find", {"words": wrong}, 200)


def test_every_page_of_the_desk_has_an_empty_box(at: Any, scenario: Scenario) -> None:
    """The list and the case have the box in their head, and nothing is written in it."""
    case = scenario.submit()
    for path in ("/desk", f"/desk/cases/{case.ref}", "/desk/find"):
        [box] = re.findall(r'<input[^>]*name="words"[^>]*>', at("wang").get(path))
        assert 'value="' not in box.replace('value=""', "")
        assert 'data-key="/"' in box


def test_searches_leave_no_words_behind(
    at: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log names the searcher and the number of results, and the record of reads the case. Neither has the
    words."""
    case = scenario.submit()
    capsys.readouterr()
    found(at("wang"), "王芳")
    log = capsys.readouterr().out
    assert "王芳" not in log
    [line] = [json.loads(line) for line in log.splitlines() if '"searched"' in line]
    assert (line["who"], line["results"], line["number"]) == ("wang", 1, False)
    reads, _ = ReadRows(scenario.product.now).of_case(case.ref, "", 10)
    assert [(one["who"], one["thing"]) for one in reads] == [("wang", "people")]


def test_typed_words_stand_in_no_address(at: Any, scenario: Scenario) -> None:
    """The form posts, and an address with words shows the empty search."""
    scenario.submit()
    desk = at("wang")
    assert 'method="post"' in desk.get("/desk/find")
    assert "王芳" not in desk.get("/desk/find?words=王芳")


def test_name_of_many_people_is_read_page_by_page(
    at: Any, scenario: Scenario, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page has the next results, and costs a bounded number of calls whatever the number of cases."""
    monkeypatch.setattr(search, "WINDOW", 20)
    monkeypatch.setattr(search, "LOOKED_AT", 8)
    refs = []
    for _ in range(35):
        refs.append(scenario.submit().ref)
        scenario.time += HOUR
    desk, seen, fields = at("wang"), list[str](), {"words": "王芳"}
    calls.made()
    while True:
        page = desk.post("/desk/find", fields, 200)
        made = calls.made()
        assert made.get("BatchGetItem", 0) <= search.ROUNDS + 1
        assert made.get("Query", 0) <= 2 * search.ROUNDS + 2
        seen += re.findall(r'/desk/cases/(\d{12})"', page)
        after = re.search(r'name="after" value="([^"]+)"', page)
        if not after:
            break
        fields = {"words": "王芳", "after": after[1]}
    assert seen == refs[::-1]


def test_cases_of_others_do_not_end_the_search(
    at: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the newest cases are those of another team, the page says so and leads on to the older ones."""
    monkeypatch.setattr(search, "LOOKED_AT", 2)
    monkeypatch.setattr(search, "ROUNDS", 1)
    mine = scenario.submit().ref
    others = []
    for _ in range(4):
        scenario.time += HOUR
        others.append(scenario.submit().ref)
    real = scenario.product.search._may_find
    object.__setattr__(
        scenario.product.search,
        "_may_find",
        lambda caller, case, personal: case.ref == mine and real(caller, case, personal),
    )
    desk, fields, pages = at("wang"), {"words": "王芳"}, 0
    while after := re.search(r'name="after" value="([^"]+)"', page := desk.post("/desk/find", fields, 200)):
        assert not [ref for ref in others if shown(ref) in page]
        fields, pages = {"words": "王芳", "after": after[1]}, pages + 1
    assert shown(mine) in page
    assert pages == 2


def test_cursor_of_another_person_is_refused(at: Any, scenario: Scenario) -> None:
    """The place where a search goes on is bound to its reader."""
    from chalicelib.web.sealed_cursors import sealed

    page = at("wang").post("/desk/find", {"words": "王芳", "after": sealed("find", "sun", "2026")}, 422)
    assert "王芳" in page


def test_destruction_takes_what_finds_the_case(at: Any, scenario: Scenario) -> None:
    """After a destruction nobody finds the case by its person, and no row of the search is left."""
    ref = destroyed(scenario)
    for words in ("王芳", "13800138000", ref[:4]):
        assert ref not in found(at("zhou"), words)
    assert rows_of(ref) == []


def test_destruction_of_one_person_leaves_the_others(at: Any, scenario: Scenario) -> None:
    """The second person of a joint case is gone from the search, and the first one is found."""
    ref, _ = over(scenario)
    other = scenario.product.file.whole(ref).people["p2"]["name"]
    assert ref in found(at("zhou"), other)
    erased(scenario, ref, party="p2")
    assert load(scenario, ref).erased("p2")
    assert ref not in found(at("zhou"), other)
    assert ref in found(at("zhou"), "王芳")


def rows_of(ref: str) -> list[str]:
    """Return the keys of all rows of the search of a case."""
    from chalicelib.aws.rows import Row

    kinds = ("FIND#find#", "FIND#found#")
    return [row.pk for row in Row.scan() if row.pk.startswith(kinds) and ref in f"{row.pk} {row.sk}"]


def test_older_cases_get_their_keys_by_command(
    at: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case without keys, as of an earlier release, is found after the command, which can be repeated."""
    case = scenario.submit(account=ACCOUNT)
    scenario.product.find_rows.forget(case)
    operator, day = Operator(scenario, capsys), ("--since", f"{scenario.time:%Y-%m-%d}")
    assert found(at("wang"), "王芳") == []
    assert "1 cases so far" in operator.says("findable", *day, "--until", day[1])
    assert found(at("wang"), "王芳") == []
    for _ in range(2):
        operator.says("findable", *day, "--until", day[1], "--do")
        for words in ("王芳", "tb20260007", case.ref[:4], case.ref[4:8]):
            assert found(at("wang"), words) == [case.ref]


def test_ordinary_move_writes_no_key(scenario: Scenario) -> None:
    """Only a filing and a move that writes a person's row write keys."""
    case: Case = scenario.submit()
    before = rows_of(case.ref)
    scenario.move(WANG, "accept", case.ref)
    change = scenario.product.casework.change("note", case.ref, SUN, {"text": "电话里说过。"}, None)
    assert change.lookups == ()
    assert rows_of(case.ref) == before


def written(desk: Desk, words: str, status: int = 200, **more: str) -> str:
    """Return the page of a search for words in accounts and messages."""
    return str(desk.post("/desk/find", {"words": words, "in": "words", **more}, status))


def test_words_of_accounts_are_found_with_their_place(
    at: Any, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page shows the text around the words and the months that were searched. The read is recorded, and
    the log has no words."""
    case = scenario.submit(account={"story": "洗衣机漏水，要求全额退款。"})
    scenario.product.word_writer.run(lambda: 10**6)
    capsys.readouterr()
    page = visible(written(at("wang"), "退款"))
    assert "要求全额退款" in page
    assert "Searched: February 2026" in page
    log = capsys.readouterr().out
    assert "退款" not in log
    assert '"searched words"' in log
    reads, _ = ReadRows(scenario.product.now).of_case(case.ref, "", 10)
    assert [(one["who"], one["thing"]) for one in reads] == [("wang", "people")]
    assert "已查找：2026年2月" in visible(written(at("wang", "zh"), "退款"))


def test_what_was_just_written_is_said_to_be_found_later(at: Any, scenario: Scenario) -> None:
    """A search that finds no words says when new ones can be found."""
    scenario.submit(account={"story": "要求退款。"})
    soon = "can be found in about ten minutes"
    assert soon in written(at("wang"), "退款")
    scenario.product.word_writer.run(lambda: 10**6)
    assert soon not in written(at("wang"), "退款")


def test_without_search_files_cases_are_found_by_key(at: Any, scenario: Scenario) -> None:
    """The page reports a broken search file, and a name still finds the case."""
    case = scenario.submit(account={"story": "要求退款。"})
    scenario.product.word_writer.run(lambda: 10**6)
    [(key, _)] = scenario.product.shelf.etags("sought/")
    scenario.product.shelf.put(key, b"broken")
    page = written(at("wang"), "退款")
    assert "cannot be searched at present" in page
    assert "ten minutes" not in page
    assert found(at("wang"), "王芳") == [case.ref]


def test_one_character_is_too_short_for_words(at: Any, scenario: Scenario) -> None:
    """The refusal keeps what was typed."""
    page = written(at("wang"), "退", 422)
    assert "at least 2 letters" in page
    assert 'value="退"' in page


def test_next_page_of_words_goes_on(at: Any, scenario: Scenario) -> None:
    """The form of the next page searches words again, not keys."""
    for n in range(12):
        scenario.submit(account={"story": f"第{n}次要求退款。"})
    scenario.product.word_writer.run(lambda: 10**6)
    first = written(at("wang"), "退款")
    after = re.search(r'name="after" value="([^"]+)"', first)
    assert after
    second = written(at("wang"), "退款", after=after[1])
    shown_on = [re.findall(r"第\d+次", visible(page)) for page in (first, second)]
    assert [len(some) for some in shown_on] == [10, 2]
    assert not {*shown_on[0]} & {*shown_on[1]}
