"""The rules of the roster choose the team of each complaint. A later change of the rules moves nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws.case_file import DynamoCaseFile
from chalicelib.cases.casework import Once
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import Assigns, Role, Severity
from chalicelib.domain.moves.intake import filed_facts
from chalicelib.domain.roster import Hours, Member, Roster
from chalicelib.domain.routing import CODES, Rule, facts_of
from chalicelib.figures.replay import played
from chalicelib.web import request_models
from tests.casework.routed import BEIJING, GUO, HAN, NORTH_PHONE, RULES, SHANGHAI, TAN, routed, three_teams
from tests.cloud.faults import Died
from tests.scenario import CONSUMER, DAY, DEPARTMENT, HOUR, SUN, WANG, ZHAO, ZHOU, Scenario, complaint, roster
from tests.web.browser import Browser
from tests.web.desk import Desk, visible
from tests.web.own import open_case_page


def noted(scenario: Scenario, ref: str, move: str = "submit") -> dict[str, Any]:
    """Return the facts of the first entry of a move; by default of the filing."""
    facts: dict[str, Any] = scenario.lines(ref, move)[0]
    return facts


def test_a_complaint_goes_to_the_team_that_a_rule_names(scenario: Scenario) -> None:
    """The team is a fact of the first entry. Without a matching rule the team of the policy gets it."""
    routed(scenario)
    assert scenario.submit(region=BEIJING).team == "north"
    assert scenario.submit(WANG, region=BEIJING, channel="phone").team == "north"
    elsewhere = scenario.submit(region="440000")
    assert elsewhere.team == "general"
    assert noted(scenario, elsewhere.ref)["team"] == "general"


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (Rule(to="north", problems=("warranty",)), {}),
        (Rule(to="north", channels=("phone",)), {"channel": "phone"}),
        (
            Rule(to="north", languages=("en",)),
            {"person": {"name": "Li", "phone": "13800138000", "language": "en"}},
        ),
        (
            Rule(to="north", services=("telecom",)),
            {"subject": {"kind": "service", "service_class": "telecom"}},
        ),
        (Rule(to="north", goods=("food",)), {"subject": {"kind": "goods", "goods_class": "food"}}),
    ],
)
def test_every_criterion_counts_at_filing(scenario: Scenario, rule: Rule, changes: dict[str, Any]) -> None:
    """The facts are those of the complaint as it is filed. A rule for something else does not match."""
    routed(scenario, rule)
    assert scenario.submit(WANG, **changes).team == "north"
    routed(scenario, Rule(to="north", problems=("privacy",), channels=("post",)))
    assert scenario.submit(WANG, **changes).team == "general"


def test_the_facts_of_a_filing_are_those_of_its_case(scenario: Scenario) -> None:
    """Otherwise a rule would match at filing and not later, or the reverse."""
    scenario.product.casework.__dict__["policy"] = "demo-1"
    said = {
        "account": {"story": "坏了。", "business": "捷运快递", "product": "安居家电"},
        "subject": {"kind": "goods", "goods_class": "appliance"},
        "person": {"name": "Li", "phone": "13800138000", "language": "en"},
        "channel": "post",
    }
    body = request_models.arguments("submit", json.dumps(complaint(**said)), scenario.time)
    facts = facts_of(scenario.submit(WANG, **said))
    assert facts == filed_facts("demo-1", **body)
    assert all(getattr(facts, name) for name in CODES if name not in ("services", "severities"))


def test_a_listed_brand_or_company_counts(scenario: Scenario) -> None:
    """The names are those that the policy lists, as product, shop or business, whatever the capitals."""
    scenario.product.casework.__dict__["policy"] = "demo-1"
    routed(scenario, Rule(to="north", companies=("安居家电",)))
    for name in ("business", "product", "shop"):
        account = {"story": "洗衣机坏了。", name: " 安居家电 "}
        assert scenario.submit(account=account).team == "north"
    assert scenario.submit(account={"story": "洗衣机坏了。", "business": "某店"}).team == "general"


def test_without_rules_nothing_is_noted(scenario: Scenario) -> None:
    """An installation with one team writes the entries that it wrote before."""
    case = scenario.submit()
    assert case.team == "general"
    assert not {"team", "rule"} & noted(scenario, case.ref).keys()


def test_a_later_change_of_the_rules_moves_nothing(scenario: Scenario) -> None:
    """The case stays with its team, and a replay asks the entry, not the roster of today."""
    routed(scenario)
    ref = scenario.submit(region=BEIJING).ref
    scenario.move(TAN, "accept", ref)
    scenario.move(HAN, "take", ref)
    scenario.product.file.keep_roster(Roster())
    dossier = scenario.product.file.whole(ref)
    assert dossier.case.team == "north"
    (again,) = played([dossier], Roster())
    assert again.broken is None
    routed(scenario, *RULES[1:])
    assert scenario.product.file.load(ref).team == "north"


def test_the_receipt_names_the_team_and_its_number(scenario: Scenario) -> None:
    """The consumer gets the number of the team that has the complaint."""
    routed(scenario)
    ref = scenario.submit(CONSUMER, region=BEIJING).ref
    scenario.confirm(ref)
    scenario.post()
    (receipt,) = (mail["text"] for mail in scenario.sent() if "回执" in mail["subject"])
    assert (NORTH_PHONE in receipt, "北方组" in receipt) == (True, True)


def severe(scenario: Scenario, ref: str, severity: str = "S1") -> list[str]:
    """Set the severity of a complaint, and return the moves of its timeline."""
    scenario.move(WANG, "set_severity", ref, severity=severity, why="多人受影响。")
    return scenario.moves(ref)


def test_a_new_severity_moves_a_case_without_an_owner(scenario: Scenario) -> None:
    """The move has an entry of its own. No date changes, and the new team sees the case, the old one not."""
    routed(scenario)
    ref = scenario.submit(region=SHANGHAI).ref
    before = deadlines(scenario.product.file.load(ref))
    assert severe(scenario, ref) == ["submit", "set_severity", "follow_rules"]
    case = scenario.product.file.load(ref)
    assert (case.team, case.severity) == ("south", "S1")
    assert {name: run.due for name, run in deadlines(case).items()} == {
        name: run.due for name, run in before.items()
    }
    assert not scenario.product.casework.sees(case, WANG)
    assert scenario.product.casework.sees(case, GUO)
    (again,) = played([scenario.product.file.whole(ref)], scenario.product.file.roster())
    assert again.broken is None


class Dying(DynamoCaseFile):
    """A file whose worker dies before it saves the move of a case to another team."""

    def save(self, change: Change, once: Once | None = None) -> Case:
        """Save any other change."""
        if json.loads(change.entry.line)["move"] == "follow_rules":
            raise Died
        return super().save(change, once)


def died(scenario: Scenario, ref: str) -> None:
    """Set the severity by a worker that dies right after it."""
    product = scenario.product
    file = Dying(lambda: scenario.time, macs=product.macs, outages=product.outages)
    with pytest.raises(Died):
        replace(product.casework, file=file).move(
            "set_severity", ref, WANG, {"severity": Severity.S1, "why": "多人受影响。"}
        )
    assert scenario.product.file.load(ref).team == "general"


def test_the_clock_moves_a_case_whose_worker_died(scenario: Scenario) -> None:
    """The severity is stored, and the case is due in the same minute. Rules that changed meanwhile do not
    count: the team is the one that the rule named then."""
    routed(scenario)
    ref = scenario.submit(region=SHANGHAI).ref
    died(scenario, ref)
    routed(scenario, Rule(to="north", severities=("S1",)))
    scenario.minute()
    assert scenario.moves(ref) == ["submit", "set_severity", "follow_rules"]
    assert scenario.product.file.load(ref).team == "south"
    assert noted(scenario, ref, "follow_rules")["rule"] == {"rule": 2, "version": 1}
    (again,) = played([scenario.product.file.whole(ref)], scenario.product.file.roster())
    assert again.broken is None
    scenario.live(2 * HOUR, ref)
    assert scenario.moves(ref).count("follow_rules") == 1


def test_the_clock_gives_such_a_case_to_nobody_of_the_old_team(scenario: Scenario) -> None:
    """Both teams assign by the clock. The case first goes to the team of the rule, also once it is
    accepted."""
    found = routed(scenario)
    teams = {id: replace(team, assigns=Assigns.ROTATION) for id, team in found.teams.items()}
    scenario.product.file.keep_roster(replace(found, teams=teams))
    ref = scenario.move(WANG, "accept", scenario.submit(region=SHANGHAI).ref).ref
    died(scenario, ref)
    scenario.minute()
    assert scenario.moves(ref)[2:] == ["set_severity", "follow_rules", "assign_next"]
    assert scenario.product.file.load(ref).owner == "guo"


@pytest.mark.parametrize("then", ["owned", "moved", "said again", "elsewhere"])
def test_act_of_a_person_cancels_the_pending_move_by_rule(scenario: Scenario, then: str) -> None:
    """If a person takes the case or hands it over, the rule no longer applies. The same severity again
    changes nothing. Another severity goes through the rules again."""
    routed(scenario)
    ref = scenario.submit(region=SHANGHAI).ref
    died(scenario, ref)
    match then:
        case "owned":
            scenario.move(SUN, "assign", ref, to="zhao")
        case "moved":
            scenario.move(SUN, "change_team", ref, to="north", reason="由北方组办理。")
        case "said again":
            scenario.move(WANG, "set_severity", ref, severity="S1", why="同上。")
        case "elsewhere":
            scenario.move(ZHOU, "set_severity", ref, severity="S3", why="只有一人受影响。")
    scenario.minute()
    case = scenario.product.file.load(ref)
    assert case.team == {"moved": "north", "said again": "south"}.get(then, "general")
    assert case.goes_to is None
    assert scenario.product.clockwork.parked() == 0


@pytest.mark.parametrize("unable", ["closed", "without people"])
@pytest.mark.parametrize("by", ["clock", "person"])
def test_a_team_that_closes_before_the_clock_moves_the_case_is_dropped(
    scenario: Scenario, by: str, unable: str
) -> None:
    """The worker died, and the team of the rule was closed, or lost its people, before the clock came. The
    case stays, and the clock does not come back for this: the next look is at the next deadline."""
    found = routed(scenario)
    ref = scenario.submit(region=SHANGHAI).ref
    died(scenario, ref)
    change = {"closed": scenario.time.date()} if unable == "closed" else {"duty": {}}
    south = replace(found.teams["south"], **change)
    left = replace(
        found, teams={**found.teams, "south": south}, routing=replace(found.routing, rules=RULES[:1])
    )
    scenario.product.file.keep_roster(left)
    if by == "person":
        scenario.move(WANG, "accept", ref)
        scenario.moves(ref)  # checks that the case is not due at once
    else:
        scenario.minute()
        scenario.live(HOUR, ref)
        assert scenario.moves(ref) == ["submit", "set_severity"]
        scenario.move(WANG, "accept", ref)
    case = scenario.product.file.load(ref)
    assert (case.team, case.goes_to) == ("general", None)
    assert scenario.product.clockwork.parked() == 0
    (again,) = played([scenario.product.file.whole(ref)], left)
    assert again.broken is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_desk_reads_which_rule_chose_the_team(scenario: Scenario, client: Any, language: str) -> None:
    """The entry of the filing has the number and the version of the rule, and the case page says them in
    words. The consumer does not read them."""
    routed(scenario)
    ruled, other = (scenario.submit(region=region).ref for region in (BEIJING, "440000"))
    assert noted(scenario, ruled)["rule"] == {"rule": 1, "version": 1}
    assert noted(scenario, other)["rule"] == {"rule": 0, "version": 1}
    pages = [
        visible(Desk(client, scenario, "zhou", language).get(f"/desk/cases/{ref}")) for ref in (ruled, other)
    ]
    words = {
        "zh": ("团队 北方组 选定依据 分派规则（第1版）第1条", "没有规则符合，由默认团队办理"),
        "en": ("Team Team North Chosen by rule 1 of the routing rules, version 1", "no rule matched"),
    }[language]
    for page, said in zip(pages, words, strict=True):
        assert said in page
    own = visible(open_case_page(Browser(client, language), scenario, ruled))
    assert not any(said in own for said in ("选定依据", "Chosen by"))


def test_a_new_severity_leaves_other_cases_where_they_are(scenario: Scenario) -> None:
    """A case with an owner stays, and so does one that no rule about severity matches."""
    routed(scenario)
    owned, slight, elsewhere = (
        scenario.submit(region=region).ref for region in (SHANGHAI, SHANGHAI, "440000")
    )
    scenario.move(SUN, "accept", owned)
    scenario.move(SUN, "assign", owned, to="zhao")
    for ref, severity in ((owned, "S1"), (slight, "S3"), (elsewhere, "S1")):
        assert "follow_rules" not in severe(scenario, ref, severity)
        assert scenario.product.file.load(ref).team == "general"


def test_a_new_severity_moves_no_case_that_a_panel_decides(scenario: Scenario) -> None:
    """Such a case has no owner and needs none."""
    routed(scenario)
    ref = scenario.submit(region=SHANGHAI).ref
    said = {"grounds": {"1": "not_complaint", "2": "not_complaint"}, "routes": ["samr_12315"]}
    scenario.move(WANG, "decline", ref, **said, reasons={"1": "这是咨询。", "2": "这是咨询。"})
    scenario.tell(ref)
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"1": "不是咨询。"})
    scenario.move(ZHOU, "set_severity", ref, severity="S1", why="多人受影响。")
    case = scenario.product.file.load(ref)
    assert (case.stage, case.owner, case.team) == ("under_reconsideration", None, "general")


def test_a_rule_without_severity_moves_nothing_later(scenario: Scenario) -> None:
    """Rules that changed since the filing do not move a case when its severity is set."""
    ref = scenario.submit(region=BEIJING).ref
    routed(scenario)
    assert "follow_rules" not in severe(scenario, ref)


GUANGDONG = "440000"
ASKED = {"question": "这台机器修过几次？"}


def question_asked(scenario: Scenario, *rules: Rule, **more: Any) -> Case:
    """Return a case of Zhao under these rules, on which a department was asked, as a rule unless named."""
    routed(scenario, *rules)
    ref = scenario.submit(region=GUANGDONG).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    return scenario.move(ZHAO, "ask_department", ref, **ASKED, **more)


def test_the_rule_names_the_department_of_a_question(scenario: Scenario) -> None:
    """The letter goes to the department. The entry notes it, so that a replay under other rules agrees."""
    case = question_asked(scenario, Rule(to="repair", regions=(GUANGDONG,)))
    assert [question.department for question in case.inquiry.questions] == ["repair"]
    assert noted(scenario, case.ref, "ask_department")["by_rule"] == "repair"
    (again,) = played([scenario.product.file.whole(case.ref)], three_teams(Rule(to="north")))
    assert again.broken is None


def test_a_department_that_is_named_by_hand_is_asked_against_the_rule(scenario: Scenario) -> None:
    """The entry then names no rule, as in a release without rules."""
    case = question_asked(scenario, Rule(to="repair", regions=(SHANGHAI,)), department="repair")
    assert noted(scenario, case.ref, "ask_department") == {"department": "repair"}


@pytest.mark.parametrize(
    ("rules", "more", "code"),
    [
        ((), {}, "department_unruled"),
        ((Rule(to="repair", regions=(SHANGHAI,)),), {}, "department_unruled"),
        ((), {"department": "stock"}, "department_closed"),
        ((Rule(to="stock"),), {}, "department_unruled"),
        ((), {"department": "nowhere"}, "department_unknown"),
    ],
)
def test_a_question_without_a_department_to_ask_is_refused(
    scenario: Scenario, rules: tuple[Rule, ...], more: dict[str, str], code: str
) -> None:
    """No rule fits, or the only one that does names a closed department."""
    case = question_asked(scenario, *rules, department="repair")
    known = three_teams(*rules)
    stock = replace(known.teams["repair"], closed=date(2026, 1, 1))
    scenario.product.file.keep_roster(replace(known, teams={**known.teams, "stock": stock}))
    with pytest.raises(Refusal) as refusal:
        scenario.move(ZHAO, "ask_department", case.ref, **ASKED, **more)
    assert (refusal.value.code, refusal.value.field) == (code, "department")


def left(scenario: Scenario, **duty: tuple[Member, ...]) -> None:
    """Give the repair department these people only."""
    known = scenario.product.file.roster()
    repair = replace(known.teams["repair"], duty=duty)
    scenario.product.file.keep_roster(replace(known, teams={**known.teams, "repair": repair}))


@pytest.mark.parametrize(("away", "gets"), [((), "he"), (("he",), "shi"), (("he", "shi"), "zhou")])
def test_the_task_of_a_department_climbs_to_somebody_who_is_there(
    scenario: Scenario, away: tuple[str, ...], gets: str
) -> None:
    """The task goes to the contact of the department, then to its head, then to the supervisor of all
    teams."""
    people = {
        role: () if who in away else (Member(who, who, f"{who}@house.example"),)
        for who, role in DEPARTMENT.items()
    }
    routed(scenario, Rule(to="repair"))
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    left(scenario, **people)
    scenario.post()
    sent = len(scenario.sent())
    scenario.move(ZHAO, "ask_department", ref, **ASKED, department="repair")
    scenario.post()
    (mail,) = scenario.sent()[sent:]
    assert mail["to"] == f"{gets}@house.example"
    assert ("没有人在岗" in mail["text"], "不用登录" in mail["text"]) == (gets == "zhou", gets != "zhou")


@pytest.mark.parametrize(("away", "gets"), [((), "he"), (("he",), "lu"), (("he", "lu"), "shi")])
def test_a_department_has_its_own_deputies_and_head(
    scenario: Scenario, away: tuple[str, ...], gets: str
) -> None:
    """If the contact is absent, the question goes to the deputy of the department, and then to its head.
    Nobody else of the department gets a letter before the end."""
    known = roster().enlisted("repair", "department", Member("lu", "Lu", "lu@house.example"))
    for who in away:
        known = known.away(who, Hours(scenario.time, scenario.time + 20 * DAY), scenario.time)
    scenario.product.file.keep_roster(known)
    ref = scenario.submit().ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.post()
    sent = len(scenario.sent())
    scenario.move(ZHAO, "ask_department", ref, **ASKED, department="repair")
    scenario.live(12 * DAY, ref)
    told = {mail["to"] for mail in scenario.sent()[sent:]}
    assert {f"{who}@house.example" for who in ("he", "lu", "shi")} & told == {f"{gets}@house.example"}


def test_the_head_of_a_department_can_answer_for_it(scenario: Scenario) -> None:
    """A department without a contact still answers."""
    case = question_asked(scenario, Rule(to="repair"))
    left(scenario, department=(), department_head=(Member("shi", "Shi", "shi@house.example"),))
    shi = Caller("shi", Role.DEPARTMENT_HEAD, frozenset({"repair"}))
    after = scenario.move(shi, "answer_department", case.ref, question="Q1", answer="修过两次。")
    assert after.inquiry.questions[0].answered == scenario.time
