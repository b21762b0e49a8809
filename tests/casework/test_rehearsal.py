"""The restore of the table by the operator's command. A complaint is filed and accepted, a mediation drafted,
signed and sealed; then the table is restored to a moment before each of these steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.documents.paperwork import agreement_key_of
from chalicelib.domain.holds import Switching
from infra.build import Broken
from infra.restore import STEPS
from tests.casework.recorded import an_hour
from tests.casework.restored import Restorable
from tests.casework.restoring import Operator
from tests.documents.reader import words
from tests.life.agreed import YAN, mediated, sign, text
from tests.scenario import DAY, HOUR, WANG, Scenario

POINTS = ("file", "accept", "draft", "sign", "seal")


@pytest.fixture
def table(scenario: Scenario) -> Restorable:
    """A scenario whose table can be restored."""
    return Restorable(scenario)


@pytest.fixture
def operator(table: Restorable) -> Operator:
    """Somebody who restores the table; an hour ago it was copied, and a complaint was accepted since."""
    ref = table.scenario.submit().ref
    an_hour(table.scenario)
    table.deliver()
    table.copied()
    table.scenario.move(WANG, "accept", ref)
    table.deliver()
    table.scenario.later(HOUR)
    an_hour(table.scenario)
    return Operator(table)


class Life:
    """The steps of a complaint up to the sealed agreement. `facts` stands in the text that is drafted."""

    def __init__(self, table: Restorable) -> None:
        self.table, self.scenario, self.facts = table, table.scenario, "第一次写下的事实。"
        self.ref, self.signers = "", list[Caller]()
        self.other = ""

    def step(self, name: str, copied: bool = False) -> None:
        """Take a step, and let its letters leave. `copied`: the table is copied while they are owed."""
        getattr(self, name)()
        if copied:
            self.table.copied()
        self.table.deliver()

    def file(self) -> None:
        """File another complaint."""
        self.other = self.scenario.submit(person={"name": "李雪", "email": "li.xue@mail.example"}).ref

    def accept(self) -> None:
        """Accept it."""
        self.scenario.move(WANG, "accept", self.other)

    def draft(self) -> None:
        """Draft the agreement of the mediation."""
        self.scenario.move(YAN, "draft_agreement", self.ref, **text(self.scenario, facts=self.facts))

    def sign(self) -> None:
        """Let everybody sign."""
        sign(self.scenario, self.ref, *self.signers)

    def seal(self) -> None:
        """Seal it."""
        self.scenario.documents()


CONSUMER, SHOP, OTHER = "wang.fang@mail.example", "qin@shop.example", "li.xue@mail.example"
OFFICER, MEDIATOR = "wang@house.example", "yan@mediators.example"
TOLD = {
    "file": {CONSUMER, SHOP, MEDIATOR},
    "accept": {CONSUMER, SHOP, MEDIATOR, OTHER, OFFICER},
    "draft": {CONSUMER, SHOP, MEDIATOR},
    "sign": {CONSUMER, SHOP, MEDIATOR},
    "seal": {CONSUMER, SHOP},
}
"""Who is told of missing entries after a restore to before a step. The parties have signed, the mediator has
drafted and signed, the officer has accepted; a complaint that is lost as a whole has nobody to tell."""


@pytest.mark.parametrize("point", POINTS)
def test_restore_before_each_step_harms_nobody(
    table: Restorable, fonts: Path, point: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No letter leaves twice, no case is in doubt, and the sealed paper has the text that is signed last."""
    scenario, life = table.scenario, Life(table)
    life.ref, consumer, shop = mediated(scenario)
    life.signers = [consumer, shop, YAN]
    scenario.confirm(life.ref), scenario.confirm(life.ref, shop.party)
    table.deliver(), an_hour(scenario)
    table.copied()
    for name, following in zip(POINTS, (*POINTS[1:], ""), strict=True):
        life.step(name, copied=following == point)
    lost = life.other
    scenario.later(HOUR)
    an_hour(scenario)
    before = Counter(table.letters())
    operator = Operator(table)
    operator.tables.first = table.moment - DAY
    capsys.readouterr()
    operator.all()
    assert Counter(table.letters()) == before
    table.deliver()
    assert Counter(table.letters()) == before
    told = table.about_missing()
    assert {len(texts) for texts in told.values()} == {1}
    assert {*told} == TOLD[point]
    if point == "file":
        assert scenario.product.file.lost(lost)
    life.facts = "恢复以后写下的事实。"
    for name in POINTS[POINTS.index(point) :]:
        life.step(name)
    for _ in range(3):
        scenario.later(9 * HOUR)
        scenario.minute(), an_hour(scenario)
    assert '"RecordChanged"' not in capsys.readouterr().out
    case = scenario.product.file.load(life.ref)
    assert not case.doubts
    assert case.bound
    assert case.bound.sealed
    pdf = words(scenario.product.archive.read(agreement_key_of(case)))
    again = POINTS.index(point) <= POINTS.index("draft")
    assert ("恢复以后写下的事实。" in pdf) == again
    assert ("第一次写下的事实。" in pdf) != again
    paper = scenario.product.archive.read(agreement_key_of(case))
    assert any(paper == file.content for _, _, letter in table.post.taken for file in letter.attachments)


def test_undone_seal_is_asked_for_at_the_release(table: Restorable, fonts: Path) -> None:
    """The task of the document was done before the restore, so it is asked for again."""
    scenario, life = table.scenario, Life(table)
    life.ref, consumer, shop = mediated(scenario)
    life.signers = [consumer, shop, YAN]
    scenario.confirm(life.ref), scenario.confirm(life.ref, shop.party)
    life.draft(), life.sign(), table.deliver(), an_hour(scenario)
    table.copied()
    life.step("seal")
    scenario.later(HOUR)
    an_hour(scenario)
    table.restore()
    table.reconcile()
    list(scenario._tasks("DOCUMENTS_QUEUE"))  # the worker has failed during the hold, and the task waits
    table.scenario.product.restoration.seal_again(table.moment)
    assert scenario.documents() == 1
    bound = scenario.product.file.load(life.ref).bound
    assert bound
    assert bound.sealed


def test_each_command_takes_one_step(operator: Operator) -> None:
    """Without --do nothing changes; with it one step is taken, and the next command goes on there."""
    operator.run(do=False)
    assert operator.stack.parameters["Hold"] == ""
    assert operator.said[-1] == "Nothing was done. With --do it is."
    operator.run()
    assert {*operator.stack.parameters["Hold"].split(",")} == {"mail", "hooks", "clock", "moves"}
    assert operator.tables.denied == []
    operator.run()
    assert operator.tables.denied == ["redress"]
    operator.run()
    assert "is in the state CREATING. Run the same command again" in operator.said[-1]
    operator.run(), operator.run()
    assert operator.stack.parameters["TableName"] == ""
    operator.run()
    assert operator.stack.parameters["TableName"] == "redress-20260212T010000Z"


def test_parts_are_released_one_by_one(operator: Operator) -> None:
    """Moves first, then the clock, then hooks, then mail."""
    held = []
    for _ in range(len(STEPS) + 2):
        operator.run()
        held.append(operator.stack.parameters["Hold"])
    assert [*dict.fromkeys(held)] == ["clock,hooks,mail,moves", "clock,hooks,mail", "hooks,mail", "mail", ""]


def test_operator_reads_whom_to_call(operator: Operator) -> None:
    """The list has numbers and names of letters, and nothing of a person. The locked store has it too."""
    operator.all()
    (line,) = [line for line in operator.said if line.startswith("call:")]
    assert "has 1 entries of 2; had left: accepted" in line
    assert "王芳" not in "".join(operator.said)
    archive = operator.table.scenario.product.archive
    (logged,) = [key for key in archive.keys("restores/") if key.endswith("_cases")]
    assert line in archive.read(logged).decode()


def test_operator_calls_nobody_for_steps_of_the_clock(operator: Operator) -> None:
    """Only a reminder of the clock is missing, which the clock sends by itself."""
    table = operator.table
    table.scenario.later(7 * HOUR)
    table.deliver(), an_hour(table.scenario)
    table.copied()
    table.scenario.later(12 * DAY)
    for _ in range(3):
        table.scenario.minute()
        table.deliver()
    an_hour(table.scenario)
    operator.all()
    (line,) = [line for line in operator.said if "acts missing" in line]
    assert line.startswith("no call: ")
    assert line.endswith("acts missing: -")


def test_finished_restore_does_nothing(operator: Operator) -> None:
    """The same command says that it is finished; another moment can be restored then."""
    operator.all()
    parameters = dict(operator.stack.parameters)
    operator.run()
    assert operator.stack.parameters == parameters
    with pytest.raises(
        Broken, match=r"can be restored to moments from .* let the stack use the table before"
    ):
        operator.run(at=operator.tables.first - HOUR)
    assert operator.stack.parameters == parameters


REFUSED: dict[str, tuple[Callable[[Operator], Any], str]] = {
    "the future": (lambda one: one.table.scenario.time + HOUR, "is in the future"),
    "just now": (
        lambda one: one.table.scenario.time - timedelta(minutes=4),
        "five minutes ago at the latest",
    ),
    "long ago": (lambda one: one.table.scenario.time - 36 * DAY, "can be restored for 35 days"),
    "before the stack": (lambda one: one.table.moment - 21 * DAY, "it did not exist before"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_impossible_moment_is_refused(operator: Operator, name: str) -> None:
    """One sentence says why and what to do; nothing is held."""
    at, why = REFUSED[name]
    with pytest.raises(Broken, match=why):
        operator.run(at=at(operator))
    assert operator.stack.parameters["Hold"] == ""


def test_release_that_would_delete_the_table_is_refused(operator: Operator) -> None:
    """The switch to another table would delete the present one."""
    operator.stack.retained = False
    with pytest.raises(Broken, match="would delete the table"):
        operator.run()


def test_operator_without_rights_is_refused(operator: Operator) -> None:
    """The rights that lack are named before anything is held."""
    operator.lacking = ["dynamodb:PutResourcePolicy"]
    with pytest.raises(Broken, match="You lack rights: dynamodb:PutResourcePolicy"):
        operator.run()


def test_wrong_clock_is_refused(operator: Operator) -> None:
    """With a wrong clock the moment would be another one."""
    operator.astray = True
    with pytest.raises(Broken, match="clock of this machine"):
        operator.run()


def test_second_restore_is_refused_while_one_is_in_progress(operator: Operator) -> None:
    """It says how to finish the first."""
    operator.run()
    with pytest.raises(Broken, match=r"in progress. Finish it with --at 2026-02-12T01:00:00Z first"):
        operator.run(at=operator.table.moment - HOUR)


def test_second_restore_is_refused_until_the_last_release(operator: Operator) -> None:
    """After the moves are released people work again, and mail is still held."""
    while operator.stack.parameters["Hold"] != "mail":
        operator.run()
        operator.table.scenario.later(timedelta(minutes=1))
    with pytest.raises(Broken, match="Finish it with --at"):
        operator.run(at=operator.table.moment - HOUR)
    assert operator.stack.parameters["Hold"] == "mail"


def test_restore_that_was_not_begun_is_not_given_up(operator: Operator) -> None:
    """The sentence names the moment, so a wrong one is noticed."""
    with pytest.raises(Broken, match="No restore to 2026-02-12T01:00:00Z is in progress"):
        operator.give_up()


def test_steps_after_the_switch_need_the_restored_table(operator: Operator) -> None:
    """A deploy that put the old table back is noticed."""
    while operator.stack.parameters["TableName"] == "":
        operator.run()
    operator.stack.parameters["TableName"] = ""
    with pytest.raises(Broken, match="does not use redress-20260212T010000Z"):
        operator.run()


def test_restore_is_given_up_before_the_switch(operator: Operator) -> None:
    """Nothing is held or denied then, and a restore to another moment may begin."""
    for _ in range(5):
        operator.run()
    operator.give_up()
    assert operator.tables.denied == []
    assert operator.stack.parameters == {"Hold": "", "TableName": ""}
    with pytest.raises(Broken, match="was given up"):
        operator.run()
    operator.run(do=False, at=operator.table.moment - HOUR)


def test_restore_is_not_given_up_after_the_switch(operator: Operator) -> None:
    """The restored table is in use, so what is missing must be recorded."""
    while operator.stack.parameters["TableName"] == "":
        operator.run()
    with pytest.raises(Broken, match="Take the restore to its end"):
        operator.give_up()


def test_stack_made_on_the_restored_table_goes_on_after_the_switch(operator: Operator) -> None:
    """After the loss of a region the table is restored by other means, and a new stack is made on it. The
    command takes the steps up to the switch for done, compares with the lists alone, and goes on to the
    end."""
    operator.table.restore()
    operator.stack.parameters |= {"TableName": f"redress-{operator.table.moment:%Y%m%dT%H%M%SZ}"}
    operator.stack.parameters |= {"Hold": "clock,hooks,mail,moves"}
    operator.run(do=False)
    assert operator.said[-1] == "Nothing was done. With --do it is."
    operator.all()
    assert operator.tables.denied == []
    assert operator.stack.parameters["Hold"] == ""


def test_stack_made_on_the_restored_table_has_to_be_held(operator: Operator) -> None:
    """Mail would leave twice and moves be taken, so nothing is logged before everything is held."""
    operator.table.restore()
    operator.stack.parameters["TableName"] = f"redress-{operator.table.moment:%Y%m%dT%H%M%SZ}"
    with pytest.raises(Broken, match="Hold=clock,hooks,mail,moves"):
        operator.run()


def test_the_switch_of_the_desk_stays_as_it_was_used_last(operator: Operator) -> None:
    """The restored table has an older row that holds webhooks. It holds and releases nothing: the newest rows
    are copied, and the operator reads what the desk still holds."""
    table, holds = operator.table, operator.table.scenario.product.holds
    holds.switch(Switching(1, ("hooks",), table.scenario.time, "zheng", "试"))
    table.copied()
    holds.switch(Switching(2, ("mail",), table.scenario.time, "zheng", "有一封信写错了"))
    table.scenario.later(HOUR)
    an_hour(table.scenario)
    operator.all()
    assert (holds.newest().version, holds.newest().parts) == (2, ("mail",))
    still = [line for line in operator.said if "switch still holds mail" in line]
    assert len(still) == 1


def test_differing_settings_are_awaited(operator: Operator) -> None:
    """The stack does not take over a table that lacks a setting."""
    operator.tables.differing = ["expires"]
    for _ in range(8):
        operator.run()
    assert operator.stack.parameters["TableName"] == ""
    assert "still differs in: expires." in operator.said[-1]
