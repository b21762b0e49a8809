"""A case of five thousand entries costs as much as one of a hundred: requests and letters read only what they
need."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from time import process_time
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.access.authorization import CLOCK
from chalicelib.aws import letter_rows, rows
from chalicelib.aws.case_file import HEAD_REFUSED
from chalicelib.aws.rows import Row
from chalicelib.cases.dossier import AT_ONCE
from chalicelib.domain import timeline
from chalicelib.domain.engine.process import note
from chalicelib.domain.escalation import due_step, step
from chalicelib.domain.model.case import Act, Case, Refusal
from chalicelib.domain.model.change import Addressee, Change, Entry, Post
from chalicelib.domain.model.codes import Role
from chalicelib.domain.model.field_marks import STORY
from chalicelib.domain.moves.messages import MESSAGES_A_DAY
from chalicelib.web import request_models
from chalicelib.web.callers import CASE_COOKIE
from tests.aws_calls import observed_calls
from tests.life.complaint import report
from tests.scenario import DAY, SUN, T0, WANG, ZHAO, Scenario, complaint
from tests.web.browser import Browser
from tests.web.desk import Desk
from tests.web.provider import Provider

LONG, SHORT = 5_000, 100
MOST_READ = 130
"""The most items that any request or step may read."""
FIRST_PAGE_READ = 4
"""The most items for the case page: the head and the current words, no timeline, no letter."""
Doing = Callable[[Any], Any]


class Reads:
    """A counter of table reads: calls by operation, and items."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.items = 0

    def note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        """Count the items of one call."""
        if model.name in ("GetItem", "Query", "BatchGetItem"):
            self.calls.append(model.name)
            self.items += (
                parsed.get("Count", 0)
                + ("Item" in parsed)
                + sum(map(len, parsed.get("Responses", {}).values()))
            )

    def of(self, doing: Doing, case: Case) -> tuple[tuple[list[str], int], Any]:
        """Return the calls and items that `doing` reads of a case, and its answer."""
        self.calls, self.items = [], 0
        answer = doing(case)
        return (sorted(self.calls), self.items), answer


@pytest.fixture
def reads() -> Iterator[Reads]:
    """Count reads while the test runs."""
    counted = Reads()
    with observed_calls("after-call", counted.note):
        yield counted


def busy(scenario: Scenario) -> Case:
    """Return a case with questions, an answer, a progress report and evidence."""
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(ZHAO, "tell_progress", ref, done="已经联系商家。", upcoming="本周检测。")
    scenario.move(scenario.party(scenario.product.file.load(ref)), "add_evidence", ref, shows="照片")
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))
    scenario.move(SUN, "answer", ref)
    scenario.post()
    return scenario.product.file.load(ref)


def grown(scenario: Scenario, case: Case, entries: int) -> Case:
    """Return the case with this many entries: messages, calls and steps of the clock, each with a letter.
    Only the newest are written as rows, so a reader of older ones fails."""
    moves = (
        ("message", "p1", Role.CONSUMER, {}),
        ("message", "wang", Role.INTAKE, {}),
        ("message", "p1", Role.CONSUMER, {}),
        (
            "take_step",
            "clock",
            Role.CLOCK,
            {"deadline": "approval", "run": "approval", "step": 1, "early": True, "role": "lead"},
        ),
        ("record_telling", "wang", Role.INTAKE, {"telling": "none", "how": "phone", "told": False}),
    )
    with Row.batch_write() as write:
        for n in range(case.entries, entries):
            move, who, role, facts = moves[n % len(moves)]
            act = Act(who, role, scenario.time, scenario.product.casework.fresh(), "salt")
            change = note(
                move, case, case, act, facts, words={"text": f"第{n}条"} if move == "message" else {}
            )
            case, entry = change.case, change.entry
            if n < entries - AT_ONCE:
                continue
            write.save(
                Row(
                    rows.case(case.ref),
                    rows.entry(entry.n),
                    body=entry.line,
                    hash=entry.hash,
                    words=timeline.canonical(entry.words),
                )
            )
            post = Post(
                f"{act.id}.0", "message_reply", entry.n, (Addressee(f"party:{'p1' if n % 2 else 'p9'}"),)
            )
            (letter,) = letter_rows.owed_rows(replace(change, posts=(post,)), scenario.time)
            letter.state, letter.sent = (
                "sent",
                timeline.canonical({"at": scenario.time, "subject": "回复", "text": "收到。"}),
            )
            letter.shard = letter.look_at = None
            write.save(letter)
    scenario.keep(case)
    return case


@pytest.fixture
def pair(reads: Reads, scenario: Scenario) -> tuple[Case, Case]:
    """Return a case larger than one page, and one of five thousand entries."""
    return grown(scenario, busy(scenario), SHORT), grown(scenario, busy(scenario), LONG)


def test_a_long_case_is_read_like_a_short_one(
    reads: Reads, pair: tuple[Case, Case], scenario: Scenario, client: Any, provider: Provider
) -> None:
    """Each page, answer, letter, move and step of the clock makes the same calls on both cases."""
    product, desk = scenario.product, Desk(client, scenario, "sun", "zh")
    bearer = provider.token(sub="sun", **{"cognito:groups": ["role:lead", "team:general"]})

    def link(case: Case) -> str:
        return str(product.links.token(case.ref, "p1", 1))

    def api(path: str, staff: bool = False) -> Doing:
        return lambda case: client.http.get(
            f"/v1/cases/{case.ref}{path}",
            headers={"Authorization": f"Bearer {bearer if staff else link(case)}"},
        )

    def page(path: str) -> Doing:
        return lambda case: client.http.get(
            path.format(older=case.entries - 30), headers={"cookie": f"{CASE_COOKIE}={case.ref}.{link(case)}"}
        )

    def letter(case: Case) -> None:
        answer = Post("x", "answer", 7, (Addressee("party:p1"),))
        (owed,) = letter_rows.owed_rows(Change(case, case, Entry(7, "", ""), (answer,)), scenario.time)
        row = json.loads(owed.body or "")
        assert product.correspondence.rendered(
            product.file.whole(case.ref), row, product.file.roster(), scenario.time
        ).text

    def clock(case: Case) -> None:
        head, later = product.file.load(case.ref), scenario.time + 40 * DAY
        soon = due_step(head, later)
        assert soon
        product.file.save(
            step(head, soon, product.casework.act(CLOCK, Role.CLOCK, later), product.file.roster())
        )

    doing: dict[str, Doing] = {
        "party page": page("/case"),
        "history": page("/case/history"),
        "older": page("/case/history?before={older}"),
        "letters": page("/case/letters"),
        "party form": page("/case/moves/message"),
        "desk page": lambda case: desk.get(f"/desk/cases/{case.ref}"),
        "desk timeline": lambda case: desk.get(f"/desk/cases/{case.ref}/timeline?before={case.entries - 30}"),
        "desk letters": lambda case: desk.get(f"/desk/cases/{case.ref}/letters"),
        "desk form": lambda case: desk.get(f"/desk/cases/{case.ref}/moves/message"),
        "party api": api(""),
        "staff api": api("", True),
        "party timeline": api("/timeline"),
        "staff timeline": api("/timeline", True),
        "letter": letter,
        "message": lambda case: scenario.move(scenario.party(case), "message", case.ref, text="还要多久？"),
        "handled": product.casework.handled,
        "clock": clock,
    }
    for name, do in doing.items():
        # the first run reads secrets and the roster, which stay cached, and marks the case as opened
        for case in pair:
            do(case)
        (short, one), (long, other) = (reads.of(do, case) for case in pair)
        assert all(getattr(answer, "status_code", 200) == 200 for answer in (one, other)), name
        most = FIRST_PAGE_READ if name == "party page" else MOST_READ
        assert short == long, (name, short, long)
        assert long[1] <= most, (name, short, long)


def test_a_head_that_kept_no_contents_is_read_from_its_timeline(scenario: Scenario, client: Any) -> None:
    """A head of an older release, without contents, is read from its timeline. Moves go on."""
    case = busy(scenario)
    scenario.keep(replace(case, contents=None))
    assert scenario.product.file.whole(case.ref).contents == case.contents
    assert scenario.product.casework.handled(scenario.product.file.load(case.ref)).keys() >= {
        "wang",
        "sun",
        "zhao",
    }
    headers = {"cookie": f"{CASE_COOKIE}={case.ref}.{product_link(scenario, case)}"}
    assert "电机不合格" in client.http.get("/case", headers=headers).body.decode()
    assert scenario.move(WANG, "message", case.ref, text="在办。").contents is None


def test_a_timeline_neither_skips_nor_repeats_while_it_grows(
    scenario: Scenario, client: Any, provider: Provider
) -> None:
    """The pages go from the newest entry to the oldest. A later entry appears on no later page, for staff and
    parties alike."""
    case = grown(scenario, busy(scenario), SHORT)
    bearer = provider.token(sub="sun", **{"cognito:groups": ["role:lead", "team:general"]})
    for token, every in ((bearer, True), (product_link(scenario, case), False)):
        at, found, start = (
            f"/v1/cases/{case.ref}/timeline?limit=7",
            [],
            scenario.product.file.load(case.ref).entries,
        )
        path: str | None = at
        while path:
            page = client.http.get(path, headers={"Authorization": f"Bearer {token}"}).json_body
            found += [item["n"] for item in page["items"]]
            scenario.move(WANG, "message", case.ref, text="又一条")
            path = page["next"] and f"{at}&cursor={page['next']}"
        assert found == sorted(set(found), reverse=True)
        assert found[-1] == 1
        assert found[0] == start
        assert not every or found == [*range(start, 0, -1)]


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "cursor=", "cursor={other}-5", "cursor={ref}-0", "cursor={ref}-99999", "cursor={ref}-5-5"],
)
def test_a_place_on_no_page_of_this_case_is_refused(scenario: Scenario, client: Any, query: str) -> None:
    """A broken cursor, one of another case and an invalid limit are refused, in the interface and on the
    page."""
    case, other = scenario.submit(), scenario.submit()
    headers = {"Authorization": f"Bearer {product_link(scenario, case)}", "accept-language": "en"}
    answer = client.http.get(
        f"/v1/cases/{case.ref}/timeline?{query.format(ref=case.ref, other=other.ref)}", headers=headers
    )
    assert (answer.status_code, answer.json_body["type"]) == (422, "/problems/bad_cursor")
    for limit in ("0", "101", "-1", "x"):
        answer = client.http.get(f"/v1/cases/{case.ref}/timeline?limit={limit}", headers=headers)
        assert answer.json_body["type"] == "/problems/bad_limit"
        assert "100" in answer.json_body["title"]
    cookie = {"cookie": f"{CASE_COOKIE}={case.ref}.{product_link(scenario, case)}"}
    assert client.http.get("/case/history?before=-3", headers=cookie).status_code == 409


@pytest.mark.parametrize(("language", "said"), [("zh", f"{STORY}字"), ("en", f"{STORY:,} characters")])
def test_the_form_says_how_much_can_be_told(client: Any, language: str, said: str) -> None:
    """The form names the largest size of a story that is accepted, in both languages."""
    assert said in Browser(client, language).post("/complain/story", {}).body.decode()


def test_a_page_of_long_words_stays_small(scenario: Scenario, client: Any, provider: Provider) -> None:
    """Long narratives appear by their beginnings, each with a link to the whole text. Nothing is lost."""
    story = "长" * 50_000
    case = scenario.submit(account={"story": story})
    case = scenario.move(WANG, "accept", case.ref)
    for n in range(3):
        case = scenario.move(
            ZHAO, "record_interview", case.ref, person="店长", note=story[1:] + str(n), shown=True
        )
    bearer = {
        "Authorization": "Bearer "
        + provider.token(sub="sun", **{"cognito:groups": ["role:lead", "team:general"]})
    }
    answer = client.http.get(f"/v1/cases/{case.ref}/timeline", headers=bearer)
    newest = answer.json_body["items"][0]
    assert len(answer.body) < 5 * 2_000 * 3
    assert newest["words"]["note"] == "长" * 500 + "…"
    whole = client.http.get(newest["whole"], headers=bearer).json_body
    assert whole["words"]["note"] == story[1:] + "2"
    assert "whole" not in whole
    assert whole["hash"] == newest["hash"]
    # The chain also covers words that are stored in rows of their own.
    assert scenario.moves(case.ref)
    desk = Desk(client, scenario, "sun", "en")
    page = desk.get(f"/desk/cases/{case.ref}")
    link = re.search(rf'href="(/desk/cases/{case.ref}/timeline[?]before=6&whole=5#entry-5)"', page)
    assert link
    assert story[1:] + "2" not in page
    assert story[1:] + "2" in desk.get(link[1].partition("#")[0])
    assert client.http.get(f"/v1/cases/{case.ref}/timeline/6", headers=bearer).status_code == 404


def test_the_fifty_first_message_of_a_day_is_refused_and_the_next_day_goes_on(scenario: Scenario) -> None:
    """The limit counts each party separately. Staff have no limit, and a danger can always be reported."""
    case = scenario.submit()
    her = scenario.party(case)
    for n in range(MESSAGES_A_DAY):
        scenario.move(her, "message", case.ref, text=f"第{n}条")
    with pytest.raises(Refusal, match="too_many_messages"):
        scenario.move(her, "message", case.ref, text="再一条")
    scenario.move(WANG, "message", case.ref, text="收到。")
    scenario.move(her, "tag_safety", case.ref, facts="冒烟了")
    scenario.later(DAY)
    assert scenario.move(her, "message", case.ref, text="新的一天").written == {
        "p1": (scenario.time.date(), 1)
    }


def test_a_message_too_long_says_where_what_is_longer_goes(scenario: Scenario, client: Any) -> None:
    """The error names its field in both languages and says where a longer text goes. The form says so
    before."""
    case = scenario.submit()
    for language, words in (("zh", "存成PDF"), ("en", "as a PDF")):
        headers = {
            "Authorization": f"Bearer {product_link(scenario, case)}",
            "accept-language": language,
            "content-type": "application/json",
        }
        body = json.dumps({"text": "长" * 5_001}).encode()
        answer = client.http.post(f"/v1/cases/{case.ref}/moves/message", headers=headers, body=body)
        [error] = answer.json_body["errors"]
        assert (answer.status_code, error["pointer"], error["code"]) == (422, "/text", "message_too_long")
        assert words in error["message"]
        cookie = f"{CASE_COOKIE}={case.ref}.{product_link(scenario, case)}"
        form = client.http.get("/case/moves/message", headers={**headers, "cookie": cookie})
        assert words in form.body.decode()


def test_the_clock_is_never_refused_for_size(scenario: Scenario) -> None:
    """A full head refuses a person's move with the reason; it accepts a step of the clock."""
    case = scenario.submit()
    full = replace(
        case,
        inquiry=replace(
            case.inquiry,
            recused=tuple(sha256(str(n).encode()).hexdigest() for n in range(3 * HEAD_REFUSED // 64)),
        ),
    )
    later = scenario.time + DAY
    soon = due_step(full, later)
    assert soon
    scenario.product.file.save(
        step(
            full,
            soon,
            scenario.product.casework.act(CLOCK, Role.CLOCK, later),
            scenario.product.file.roster(),
        )
    )
    with pytest.raises(Refusal, match="case_full"):
        scenario.move(WANG, "accept", case.ref)


def product_link(scenario: Scenario, case: Case) -> str:
    """Return the access token of the first person on a case."""
    return str(scenario.product.links.token(case.ref, "p1", 1))


def test_shortened_words_keep_codes_dates_and_names() -> None:
    """Long texts are cut to their beginning and long lists to their first rows. A code, date or name stays
    whole."""
    clause = {"proof": "payment_record", "by": "2026-03-20", "what": "长" * 2_000, "amount": 165500}
    found = timeline.brief_words(
        {
            "clauses": ("salt", timeline.canonical([clause] * 20)),
            "facts": ("salt", timeline.canonical("长" * 50_000)),
        }
    )
    words = {name: json.loads(text) for name, (_, text) in found.items()}
    assert len(words["clauses"]) == timeline.FEW
    assert len(words["facts"]) == timeline.BEGINNING + 1
    assert words["clauses"][0] == {**clause, "what": "长" * timeline.SHORTEST + "…"}


@pytest.mark.parametrize(
    "text", ["a" + "\u0301" * 60_000 + "\u0323" * 60_000, "a" + "\u0301" * 20_000 + "\u0323" * 20_000]
)
def test_words_that_would_take_long_to_compose_cost_nothing(text: str) -> None:
    """Text beyond the limit is refused before it is composed. A letter keeps only as many marks as any script
    uses."""
    body = json.dumps(complaint(account={"story": text}))
    start = process_time()
    with suppress(ValidationError):
        said = request_models.arguments("submit", body, T0)
        assert len(said["account"].story) <= request_models.MOST_MARKS + 1
    with pytest.raises(ValidationError):
        request_models.arguments(
            "submit",
            json.dumps(complaint(person={"name": "x", "email": "a" * 200_000 + "@mail.example"})),
            T0,
        )
    assert process_time() - start < 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [("e\u0301", "é"), ("  가\r\n나 ", "가\n나"), ("ก็", "ก็"), ("a\x00b", "ab"), ("장" * 2, "장" * 2)],
)
def test_words_are_kept_as_they_were_meant(said: str, meant: str) -> None:
    """Text is composed (NFC), with one kind of line end, without control characters and outer spaces, in any
    script."""
    assert request_models.arguments("message", json.dumps({"text": said}), T0)["text"] == meant
