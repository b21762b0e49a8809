"""Two releases run side by side: neither loses the other's data or touches a row that it cannot read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from chalicelib.access.authorization import Caller
from chalicelib.aws import rows
from chalicelib.aws.case_file import CASE, OLDER, READ_ONLY, DynamoCaseFile
from chalicelib.aws.rows import READS, SCHEMA, Row
from chalicelib.aws.versions import RowShape, Step
from chalicelib.cases.casework import Casework, Newer, Once, work_lists
from chalicelib.domain import register, roster
from chalicelib.domain.engine.deadlines import deadlines
from chalicelib.domain.engine.process import take
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model import case, case_records, obligation
from chalicelib.domain.model.case import Case, Party, Refusal
from chalicelib.domain.model.case_records import Matter, Seat, Waiting
from chalicelib.domain.model.change import Change
from chalicelib.domain.roster import Hours
from chalicelib.evidence import uploads
from chalicelib.web import request_models
from chalicelib.web.callers import CASE_COOKIE
from tests.domain.life import Life, answered, bound, joint, mediated, seated, talking
from tests.domain.promises import breached
from tests.newer import records
from tests.scenario import DAY, HOUR, SUN, T0, WANG, ZHAO, Scenario, complaint, roster as staffed
from tests.store import PDF, Store
from tests.web.calls import JSON, link, post
from tests.web.mediated import REGISTER as MEDIATORS


def row(pk: str, sk: str) -> dict[str, Any]:
    """Return a row as stored in the table, with attributes unknown to this release."""
    found: dict[str, Any] = rows.connection().client.get_item(
        TableName=Row.Meta.table_name, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
    )["Item"]
    return found


def head(ref: str) -> dict[str, Any]:
    """Return the stored body of a case's head."""
    found: dict[str, Any] = json.loads(row(rows.case(ref), rows.HEAD)["body"]["S"])
    return found


def write(pk: str, sk: str, **attributes: Any) -> None:
    """Change a row directly, as another release may."""
    rows.connection().client.put_item(
        TableName=Row.Meta.table_name,
        Item=row(pk, sk)
        | {
            name: {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in attributes.items()
        },
    )


@frozen
class NextParty(Party):
    """A party in the next release."""

    pronoun: str = ""


@frozen
class NextMatter(Matter):
    """A matter in the next release."""

    class_: str = ""


@frozen
class NextWaiting(Waiting):
    """A waiting message in the next release."""

    mood: str = ""


@frozen
class NextCase(Case):
    """A case in the next release, with a new field of its own and one in each party, matter and message."""

    parties: tuple[NextParty, ...]
    matters: tuple[NextMatter, ...]
    messages: tuple[NextWaiting, ...] = ()
    region: str = ""


NEXT: dict[type, tuple[type, str]] = {
    Party: (NextParty, "pronoun"),
    Matter: (NextMatter, "class_"),
    Waiting: (NextWaiting, "mood"),
}


class NextFile(DynamoCaseFile):
    """The case file of the next release, which fills its own empty fields, each with another value."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(
            lambda: scenario.time,
            RowShape[Case](NextCase, older=OLDER, leaves=READ_ONLY),
            scenario.product.macs,
        )
        self.written = 0

    def save(self, change: Change, once: Once | None = None) -> None:
        """Write a change with the new fields."""
        case = change.case
        case = replace(
            case,
            **{
                name: tuple(map(self._filled, getattr(case, name)))
                for name in ("parties", "matters", "messages")
            },
        )
        super().save(
            replace(change, case=replace(case, region=getattr(case, "region", "") or self._value())), once
        )

    def _filled(self, record: Any) -> Any:
        kind, name = NEXT.get(type(record)) or (
            type(record),
            next(new for kind, new in NEXT.values() if kind is type(record)),
        )
        return kind(**{**vars(record), name: getattr(record, name, "") or self._value()})

    def _value(self) -> str:
        self.written += 1
        return f"next {self.written}"


def news(ref: str) -> dict[tuple[str, Any], str | None]:
    """Return the records in a head, each with the value that the next release has added."""
    said = head(ref)
    return {
        ("case", ""): said.get("region"),
        **{("party", one["id"]): one.get("pronoun") for one in said["parties"]},
        **{("matter", n): one.get("class_") for n, one in enumerate(said["matters"])},
        **{("message", one["id"]): one.get("mood") for one in said["messages"]},
    }


PARENT = {"name": "王建国", "phone": "13900000001", "capacity": "lawyer"}
MOVES: tuple[tuple[Caller | None, str, dict[str, Any]], ...] = (
    (WANG, "take", {}),
    (WANG, "accept", {}),
    (ZHAO, "take", {}),
    (WANG, "message", {"text": "我们在查。"}),
    (WANG, "ask_information", {"items": ["photos"], "why": "看不清。"}),
    (WANG, "withdraw", {}),
    (None, "message", {"text": "还要多久？"}),
    (None, "change_contact", {"address": "上海市黄浦区"}),
    (None, "add_representative", {"person": PARENT, "powers": ["submit"]}),
    (None, "give_information", {"answer": "X-1"}),
)
"""Moves that keep, change, add and remove records of a head; the consumer takes those without a caller."""


@settings(
    max_examples=6,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(turns=st.lists(st.tuples(st.booleans(), st.sampled_from(MOVES)), min_size=4, max_size=6))
def test_moves_of_two_releases_take_turns(
    scenario: Scenario, turns: list[tuple[bool, tuple[Caller | None, str, dict[str, Any]]]]
) -> None:
    """A value of the newer release stays as long as its record, in whatever order the releases move."""
    older, newer = scenario.product.casework, replace(scenario.product.casework, file=NextFile(scenario))
    ref = scenario.submit(key=None).ref
    newer.move("take", ref, WANG, {})
    before = news(ref)
    assert len(before) == 4
    assert all(before.values())
    for new, (caller, name, said) in turns:
        worker: Casework = newer if new else older
        try:
            worker.move(
                name,
                ref,
                caller or scenario.party(newer.file.load(ref)),
                request_models.arguments(name, json.dumps(said), scenario.time),
            )
        except Refusal:
            continue
        after = news(ref)
        assert all(after[where] == value for where, value in before.items() if value and where in after), name
        assert all(after.values()) or not new
        before = after
    older.look_at(ref, scenario.time + 16 * HOUR)
    assert news(ref) == before


LIVES: dict[str, Callable[[], Life]] = {
    "answered": answered,
    "panel": seated,
    "mediated": mediated,
    "agreed": bound,
    "breached": breached,
    "joint": lambda: joint(3)[0],
}


def at(body: bytes | str) -> Row:
    """Return a row with this body."""
    return Row(body=body if isinstance(body, str) else body.decode(), v=SCHEMA)


@pytest.mark.parametrize("name", LIVES)
def test_unknown_fields_are_written_back_to_their_records(name: str) -> None:
    """An unknown field of any kind, at any record of a head, is written back where it was read.

    The case is equal with and without it.
    """
    case = LIVES[name]().case
    plain = json.loads(CASE.written(case))
    for n, record in enumerate(records(plain)):
        record |= {f"new_{n}": [None, n, "新", {"deep": [1.5, True]}][n % 4], "class": n, "carried_on": None}
    shape = RowShape(Case, older=OLDER, leaves=READ_ONLY)
    found = shape.read(at(json.dumps(plain)))
    assert found == case
    assert case == found
    assert hash(found.parties) == hash(case.parties)
    assert json.loads(shape.written(found)) == plain
    assert asdict(found) == asdict(case)
    assert json.loads(shape.written(replace(found, entries=99))) == plain | {"entries": 99}
    assert shape.written(case) == CASE.written(case)


def test_records_take_their_new_fields_with_them() -> None:
    """A record keeps its own new fields when records are moved, replaced or removed."""
    shape = RowShape(Case, older=OLDER)
    plain = json.loads(CASE.written(seated().case))
    for seat in plain["reconsideration"]["panel"]:
        seat["room"] = f"room of {seat['who']}"
    case = shape.read(at(json.dumps(plain)))
    assert case.recourse.reconsideration
    _, *stay = case.recourse.reconsideration.panel
    panel = (*(replace(seat, chair=False) for seat in reversed(stay)), Seat("new"))
    said = json.loads(
        shape.written(
            replace(
                case,
                recourse=replace(
                    case.recourse, reconsideration=replace(case.recourse.reconsideration, panel=panel)
                ),
            )
        )
    )
    assert [seat.get("room") for seat in said["reconsideration"]["panel"]] == [
        *(f"room of {seat.who}" for seat in reversed(stay)),
        None,
    ]


def test_the_domain_does_not_see_them() -> None:
    """A move gives the same case, line and letters with and without unknown fields."""
    life = talking()
    act, said = life.act("li"), json.loads(CASE.written(life.case))
    for record in records(said):
        record["new"] = 1
    carrying = RowShape(Case, older=OLDER).read(at(json.dumps(said)))
    assert take("message", carrying, act, text="还要多久？") == take(
        "message", life.case, act, text="还要多久？"
    )
    assert work_lists(carrying) == work_lists(life.case)
    assert deadlines(carrying) == deadlines(life.case)


def test_rows_keep_attributes_and_fields_of_another_release(scenario: Scenario) -> None:
    """Moves, letters, checks and edits of this release keep attributes and fields that others added."""
    scenario.product.file.keep_register(MEDIATORS)
    store, case = Store(scenario), scenario.submit()
    upload, pk = store.declare(case, type="application/pdf"), rows.case(case.ref)
    (letter,) = (letter["id"] for letter in scenario.product.file.whole(case.ref).letters)
    kept = [
        (pk, rows.HEAD),
        (pk, rows.party("p1")),
        (pk, rows.letter(letter)),
        (pk, rows.file(upload.id)),
        (rows.ROSTER, rows.ROSTER),
        (rows.ROSTER, rows.REGISTER),
    ]
    for key in kept:
        said = json.loads(row(*key)["body"]["S"])
        nested = {rows.ROSTER: "teams", rows.REGISTER: "entries"}.get(key[1])
        for inner in said[nested].values() if nested else [said["by"]] if key == kept[3] else []:
            inner["nested"] = "theirs"
        write(*key, colour="green", body=json.dumps({**said, "colour": "blue"}, ensure_ascii=False))
    scenario.post()
    scenario.move(scenario.party(case), "change_contact", case.ref, address="上海市黄浦区")
    store.tell(store.put(upload, PDF))
    cover = scenario.product.cover
    cover.edit(
        lambda roster: roster.away("sun", Hours(T0, T0 + DAY), T0).with_team(
            "general", {"zh": "甲", "en": "A"}, ""
        )
    )
    cover.register(lambda register: register.with_suspended("yan", True).entered([MEDIATORS.entries["yan"]]))
    assert store.now(upload).state == "kept"
    assert scenario.letters(case.ref)
    for key in kept:
        found = row(*key)
        assert found["colour"] == {"S": "green"}, key
        assert json.loads(found["body"]["S"])["colour"] == "blue", key
    assert json.loads(row(*kept[3])["body"]["S"])["by"]["nested"] == "theirs"
    assert json.loads(row(*kept[4])["body"]["S"])["teams"]["general"]["nested"] == "theirs"
    assert json.loads(row(*kept[5])["body"]["S"])["entries"]["yan"]["nested"] == "theirs"


def test_a_roster_without_settings_of_teams_is_read(scenario: Scenario) -> None:
    """An older release wrote no place, telephone hours, assignment or cover rota, and no languages or limits
    of people."""
    said = json.loads(row(rows.ROSTER, rows.ROSTER)["body"]["S"])
    for team in said["teams"].values():
        for name in ("place", "hours", "assigns", "cover"):
            del team[name]
        for member in (member for people in team["duty"].values() for member in people):
            del member["languages"], member["most"]
    write(rows.ROSTER, rows.ROSTER, body=json.dumps(said, ensure_ascii=False))
    assert scenario.product.file.fresh_roster()[0] == staffed()


@pytest.mark.parametrize(("speaks", "says"), [("zh-CN", "系统正在更新"), ("en", "being updated")])
def test_a_request_for_a_newer_row_is_to_come_again(
    client: Any, scenario: Scenario, speaks: str, says: str
) -> None:
    """Reading and moving answer 503 with `Retry-After`, in the caller's language, as JSON and as a page.

    Nothing is written.
    """
    filed = post(client, "/v1/complaints", complaint())
    ref, headers = (
        filed.json_body["number"].replace("-", ""),
        {**link(filed), **JSON, "Accept-Language": speaks},
    )
    write(rows.case(ref), rows.HEAD, v=READS + 1)
    before = row(rows.case(ref), rows.HEAD)
    for answer in (
        client.http.get(f"/v1/cases/{ref}", headers=headers),
        client.http.get(f"/v1/cases/{ref}/timeline", headers=headers),
        client.http.post(f"/v1/cases/{ref}/moves/withdraw", headers=headers, body=b"{}"),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert says in answer.json_body["title"]
        assert answer.json_body["type"] == "/problems/updating"
    page = client.http.get(
        "/case", headers={**headers, "Cookie": f"{CASE_COOKIE}={ref}.{filed.json_body['token']}"}
    )
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "60"
    assert says in page.body.decode()
    assert row(rows.case(ref), rows.HEAD) == before


def test_clock_and_letters_leave_a_newer_case_alone(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newer case gets no step, no letter and no fault and is not parked; a worker that can read it does
    all.
    """
    case, other = scenario.submit(), scenario.submit()
    pk = rows.case(case.ref)
    write(pk, rows.HEAD, v=READS + 1)
    before = row(pk, rows.HEAD)
    # the nudge of the other case; the one of this case is dropped
    assert scenario.post() == 2
    assert len(scenario.sent()) == 1
    scenario.later(16 * HOUR)
    for _ in range(10):
        scenario.minute(), scenario.later(timedelta(minutes=1))
    assert row(pk, rows.HEAD) == before
    assert '"Parked": ' not in (said := capsys.readouterr().out)
    assert "UnhandledError" not in said
    assert scenario.moves(other.ref) == ["submit", "take_step"]
    (letter,) = (row for row in Row.query(pk, Row.sk.startswith("LETTER#")))
    assert (letter.state, letter.faults) == ("owed", None)
    assert letter.look_at
    assert letter.shard is not None
    next_one = writes(scenario, RowShape(Case, READS + 1, OLDER, READ_ONLY))
    scenario.later(timedelta(minutes=5))
    scenario.minute(), scenario.post()
    assert scenario.moves(case.ref) == ["submit", "take_step"]
    assert row(pk, rows.HEAD)["v"] == {"N": str(READS + 1)}
    assert {letter["state"] for letter in next_one.whole(case.ref).letters} == {"sent"}


def writes(scenario: Scenario, shape: RowShape[Case]) -> DynamoCaseFile:
    """Give the product a store of cases with this shape of their heads, and return the store."""
    product = scenario.product.__dict__
    for part in ("file", "casework", "correspondence", "clockwork"):
        product.pop(part, None)
    product["file"] = DynamoCaseFile(lambda: scenario.time, shape, scenario.product.macs)
    return scenario.product.file


NEXT_STEP = Step(
    lambda body: {("holder" if name == "owner" else name): value for name, value in body.items()},
    lambda body: {("owner" if name == "holder" else name): value for name, value in body.items()},
)
"""A step to a next version, which has the owner of a case under another name."""


@frozen
class RenamedCase(Case):
    """A case in a release that reads `NEXT_STEP`."""

    holder: str | None = None


def test_case_keeps_its_row_version(scenario: Scenario) -> None:
    """A release that reads the next version writes new cases in its own, and newer ones in theirs. Each row
    has the body of its version, also the head that is stored again for letters."""
    steps = {**OLDER, READS: NEXT_STEP}
    ref = scenario.submit().ref
    for version, name in ((READS, "owner"), (READS + 1, "holder"), (READS, "holder")):
        shape = RowShape[Case](RenamedCase, READS + 1, steps, (*READ_ONLY, "owner"), writes=version)
        writes(scenario, shape)
        scenario.move(scenario.party(scenario.product.file.load(ref)), "message", ref, text="还要多久？")
        found = row(rows.case(ref), rows.HEAD)
        assert {"owner", "holder"} & json.loads(found["body"]["S"]).keys() == {name}
        assert found["v"] == {"N": str(READS if name == "owner" else READS + 1)}
    assert {row.v for row in Row.query(rows.heads(ref))} == {SCHEMA}
    scenario.move(WANG, "accept", ref)
    assert [row.v for row in Row.query(rows.heads(ref))][-1] == READS + 1


def test_first_version_of_rows_has_the_ends_of_stages() -> None:
    """A head of version 1, with the end of each stage, is read as the same case. Unknown fields of a stage
    are kept."""
    case = talking().case
    plain = json.loads(CASE.written(case))
    plain["stages"][0]["why"] = "新"
    stages = plain["stages"]
    ends = [*(one["since"] for one in stages[1:]), None]
    spells = [one | {"until": end} for one, end in zip(stages, ends, strict=True)]
    first = {name: value for name, value in plain.items() if name != "stages"} | {"spells": spells}
    found = CASE.read(Row(body=json.dumps(first), v=1))
    assert found == case
    assert json.loads(CASE.written(found)) == plain


def test_a_newer_letter_file_or_roster_is_left_alone(scenario: Scenario) -> None:
    """A letter is not claimed, a file not decided and a roster not replaced, even without a look before."""
    store, case = Store(scenario), scenario.submit()
    upload, pk = store.declare(case, type="application/pdf"), rows.case(case.ref)
    (letter,) = (letter["id"] for letter in scenario.product.file.whole(case.ref).letters)
    kept = [(pk, rows.letter(letter)), (pk, rows.file(upload.id)), (rows.ROSTER, rows.ROSTER)]
    created = store.put(upload, PDF)
    for key in kept:
        write(*key, v=READS + 1)
    before = [row(*key) for key in kept]
    scenario.post()
    scenario.later(HOUR)
    scenario.minute()
    for act in (
        lambda: store.tell(created),
        lambda: scenario.product.file.keep_roster(scenario.product.file.roster()),
        scenario.product.file.fresh_roster,
        lambda: list(scenario.product.file.whole(case.ref).letters),
    ):
        with pytest.raises(Newer):
            act()
    assert [row(*key) for key in kept] == before
    assert scenario.sent() == []


def test_an_older_row_is_read_as_this_release_writes_it(scenario: Scenario) -> None:
    """Changes between versions are applied in turn, and the next move writes the present version."""
    case = scenario.submit()
    said = head(case.ref)
    said["holder"] = said.pop("owner")
    write(rows.case(case.ref), rows.HEAD, v=0, body=json.dumps({**said, "holder": "wang"}))

    def renamed(raw: dict[str, Any]) -> dict[str, Any]:
        return {
            **{name: value for name, value in raw.items() if name != "holder"},
            "owner": raw["holder"].title(),
        }

    def lowered(raw: dict[str, Any]) -> dict[str, Any]:
        return {**raw, "owner": raw["owner"].lower()}

    file = DynamoCaseFile(lambda: scenario.time, RowShape(Case, 4, {0: Step(renamed), 3: Step(lowered)}))
    assert file.load(case.ref) == replace(case, owner="wang") == file.whole(case.ref).case
    replace(scenario.product.casework, file=file).move("message", case.ref, WANG, {"text": "我们在查。"})
    assert "holder" not in head(case.ref)
    assert row(rows.case(case.ref), rows.HEAD)["v"] == {"N": "4"}


@pytest.mark.parametrize("marks", [None, [1, {"TEAM#general#unassigned": "0" * 16}]])
def test_lists_follow_a_case_whose_head_an_older_release_has_written(
    scenario: Scenario, marks: object
) -> None:
    """An older release stores no marks of the case's work-list rows, or outdated ones.

    The next move still leaves and joins lists.
    """
    ref = scenario.move(WANG, "take", scenario.submit().ref).ref
    kept = json.dumps(head(ref) | {"listed": marks})
    write(rows.case(ref), rows.HEAD, body=kept)
    write(rows.case(ref), rows.entry(2), kept=sha256(kept.encode()).hexdigest())
    scenario.move(SUN, "assign", ref, to="zhao")
    standing = {row.seat for row in Row.query(rows.case(ref), Row.sk.startswith("SEAT#"))}
    assert standing == work_lists(scenario.product.file.load(ref)).keys()


def test_no_record_has_a_field_of_that_name() -> None:
    """`carried` is reserved for the fields of another release on a record."""
    kept = [
        kind
        for part in (case, uploads, obligation, case_records, register, roster)
        for kind in vars(part).values()
        if isinstance(kind, type) and is_dataclass(kind)
    ]
    assert len(kept) > 40
    assert not [kind for kind in kept if "carried" in {field.name for field in fields(kind)}]
