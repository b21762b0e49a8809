"""What things cost in calls to AWS, counted."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws.case_file import CASE, HEAD_REFUSED
from chalicelib.domain.case import Act, Refusal
from chalicelib.domain.codes import EvidenceKind, Power, Role
from chalicelib.domain.moves.evidence import MOST_OF_ALL, MOST_TOGETHER
from chalicelib.domain.moves.parties import MOST_KNOWN, most_agents
from chalicelib.domain.parts import Waiting
from chalicelib.domain.policy import policy
from chalicelib.domain.process import take
from tests.casework.conftest import Calls
from tests.domain.life import T0, joint
from tests.house import HOUR, SUN, WANG, ZHAO, House
from tests.life.test_lives import report


@pytest.fixture
def warm(calls: Calls, house: House) -> Calls:
    """A counter on a house whose container is warm: secrets read, roster cached."""
    house.submit()
    house.post()
    house.product.file.roster()
    calls.made()
    return calls


def test_a_submission_is_one_transaction_and_one_send(warm: Calls, house: House) -> None:
    """No reads; a repeated key costs the reads that tell it so."""
    house.submit()
    assert warm.made() == {"TransactWriteItems": 1, "SendMessage": 1}


def test_a_move_is_one_read_one_transaction_one_send(warm: Calls, house: House) -> None:
    """Load, one move, save."""
    case = house.submit()
    warm.made()
    house.move(WANG, "accept", case.ref)
    assert warm.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}


def test_an_answer_costs_what_any_move_does(warm: Calls, house: House) -> None:
    """Reporting, answering and a question to a department: one read, one transaction, one send each, whatever they carry."""
    ref = house.move(WANG, "accept", house.submit().ref).ref
    house.product.file.roster()
    for caller, name, body in [(ZHAO, "ask_department", {"department": "repair", "question": "修过几次？"}),
                               (ZHAO, "file_report", report(house.time.date(), 1, 2)), (SUN, "answer", {})]:
        warm.made()
        house.move(caller, name, ref, **body)
        assert warm.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}


def test_a_ladder_step_is_one_read_and_one_transaction(warm: Calls, house: House) -> None:
    """And one send for its letter; roster and mediators are one query, cached for a minute."""
    case = house.submit()
    house.later(16 * HOUR)
    house.product.file.roster()
    warm.made()
    assert house.product.casework.look_at(case.ref, house.time) == 1
    assert warm.made() == {"GetItem": 1, "TransactWriteItems": 1, "SendMessage": 1}
    house.later(timedelta(minutes=2))
    house.product.file.roster()
    assert warm.made() == {"Query": 1}


def test_an_idle_minute_is_one_query_a_shard(warm: Calls, house: House) -> None:
    """Of cases, one a rank and shard of letters, one of what is parked, and whether mail stands still: nothing is due, nothing is asked
    for."""
    house.later(timedelta(minutes=1))
    assert house.product.clockwork.tick() == 0
    assert warm.made() == {"Query": 16 + 4 * 3 + 1, "GetItem": 1}


def test_a_letter_is_one_claim_four_reads_one_mail_two_records(warm: Calls, house: House) -> None:
    """Claimed; the head, the people and the entry it comes from read, its address looked up and counted; sent, recorded, findable by the
    provider's id. Whether mail stands still is read every ten seconds."""
    house.submit()
    warm.made()
    house.post()
    made = warm.made()
    made.pop("ReceiveMessage"), made.pop("DeleteMessage")
    assert made == {"UpdateItem": 3, "GetItem": 1, "Query": 1, "BatchGetItem": 2, "SendEmail": 1, "PutItem": 1}


def test_the_head_of_a_case_stays_small(house: House) -> None:
    """An ordinary head is far below 8 kB, and what is personal is not in it."""
    case = house.submit(account={"story": "长" * 20_000})
    house.move(WANG, "accept", case.ref)
    from chalicelib.aws import rows
    body = str(rows.Row.get(rows.case(case.ref), rows.HEAD).body)
    assert len(body) < 4_000 and "长" not in body and "王芳" not in body and "13800138000" not in body


def test_people_alone_cannot_fill_a_case_up() -> None:
    """The largest joint complaint, everybody with as many representatives, addresses, pieces of evidence and messages as they may have:
    its head still has room for what staff and the clock do."""
    life, _ = joint(policy("default-1").people)
    hashes = tuple(f"{n:040}" for n in range(MOST_KNOWN))
    parties = [replace(party, known_by=hashes) for party in life.case.parties]
    agents = [replace(party, id=f"p{n}{party.id[1:]}", represents=party.id, powers=tuple(Power), until=T0.date(), known_by=hashes[:2])
              for party in parties for n in range(most_agents(life.case))]
    case = replace(life.case, parties=(*parties, *agents))
    for party in parties:
        case = replace(case, messages=(*case.messages, Waiting("i" * 26, T0, party.id)))
    for party in parties:
        for _ in range(min(MOST_TOGETHER, MOST_OF_ALL - len(case.evidence))):
            case = case.with_evidence(EvidenceKind.FILE, life.act(party.id, Role.CONSUMER), "f" * 26)
    assert len(CASE.written(case)) < HEAD_REFUSED * 4 // 5


def test_a_head_that_is_full_is_refused_and_nothing_is_written(house: House) -> None:
    """The reason is told; the case stays as it was."""
    case = house.submit()
    full = replace(case, recused=tuple(f"{n:064}" for n in range(HEAD_REFUSED // 64)))
    change = take("message", full, Act("p1", Role.CONSUMER, house.time, "id", "salt"), text="x")
    with pytest.raises(Refusal, match="case_full"):
        house.product.file.save(change)
    assert house.product.file.load(case.ref) == case and house.moves(case.ref) == ["submit"]
