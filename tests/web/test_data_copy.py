"""The copy of a person's data as JSON: everything of theirs, nothing of others, and reasons for the rest."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from chalicelib.domain.data_kinds import DataKind, data_kinds
from chalicelib.locale.formats import texts
from chalicelib.web.pages.consumer import data_copy
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.routes.files import file_json
from tests.casework.destroyed import OTHER, OWN, SAID, STORY, TO_ALL, joined, load
from tests.scenario import WANG, Scenario
from tests.web.desk import GROUPS, Desk
from tests.web.links import FORM, held
from tests.web.mediated import negotiating
from tests.web.own import acting

OF_PEOPLE = [kind for kind in data_kinds() if kind.of != "staff"]


def copied(client: Any, link: dict[str, str], status: int = 200) -> Any:
    """Return the copy that the holder of a link downloads."""
    answer = client.http.post(
        "/case/data", headers={**link, **FORM, "Sec-Fetch-Site": "same-origin"}, body=b""
    )
    assert answer.status_code == status, answer.body.decode()
    return json.loads(answer.body.decode()) if status == 200 else answer


def test_the_copy_has_everything_of_the_person(client: Any, scenario: Scenario) -> None:
    """It has name, addresses, complaint, messages in both directions, letters with their text, and files with
    name, size and checksum. It fits its schema."""
    ref, _ = joined(scenario)
    found = copied(client, held(scenario, ref))
    schema = json.loads(client.http.get("/data-copy.schema.json").body.decode())
    jsonschema_rs.Draft202012Validator(schema).validate(found)
    assert found["person"]["name"] == "王芳"
    assert found["complaint"]["account"]["story"] == STORY
    text = json.dumps(found, ensure_ascii=False)
    assert [one for one in ("wang.fang@mail.example", OWN, TO_ALL) if one not in text] == []
    assert [len(file["sha256"]) for file in found["files"]] == [64]
    assert {"投诉登记回执"} <= {one["subject"][:6] for one in found["letters"]}
    assert all(one["text"] for one in found["letters"])
    assert found["complete"]


def test_the_copy_has_nothing_of_others(client: Any, scenario: Scenario) -> None:
    """In a joint complaint neither person finds words, names or addresses of the other, nor any keyed hash or
    link."""
    ref, _ = joined(scenario)
    first, second = (
        json.dumps(copied(client, held(scenario, ref, id=id)), ensure_ascii=False) for id in ("p1", "p2")
    )
    assert [one for one in (SAID, OTHER["email"], OTHER["name"]) if one in first] == []
    assert [one for one in (OWN, STORY, "王芳", "wang.fang@mail.example") if one in second] == []
    keys = {key for party in load(scenario, ref).parties for key in (*party.known_by, party.kept)}
    token = scenario.product.links.token(ref, "p1", 1)
    assert [one for one in keys | {token} if one in first] == []


@pytest.mark.parametrize("kind", OF_PEOPLE, ids=lambda kind: kind.name)
def test_every_kind_of_data_is_in_the_copy_or_left_out_with_a_reason(kind: DataKind) -> None:
    """A kind of data.toml names parts of the copy that exist, or a reason with words in both languages."""
    parts = data_copy.DataCopy.__annotations__
    reasons = [texts(language)["page"]["consumer"]["copy"]["left_out"] for language in ("zh", "en")]
    assert bool(kind.copied) != bool(kind.left_out), (
        f"say in data.toml which parts of the copy have {kind.name} (`copied`), or why it is `left_out`"
    )
    assert {*kind.copied} <= parts.keys()
    assert not kind.left_out or all(kind.left_out in one for one in reasons)


def test_the_copy_names_what_it_leaves_out(client: Any, scenario: Scenario) -> None:
    """Each kind that is not in the copy stands in it with the reason."""
    found = copied(client, held(scenario, scenario.submit().ref))
    assert found["left_out"].keys() == {kind.name for kind in OF_PEOPLE if kind.left_out}


def test_staff_download_the_same_copy(client: Any, scenario: Scenario) -> None:
    """Staff who handle the complaint get the copy of each person, and the record of reads has it. The copy
    of somebody who is not on the complaint is not found."""
    ref, _ = joined(scenario)
    desk = Desk(client, scenario, "sun", "zh")
    found = json.loads(desk.get(f"/desk/cases/{ref}/data/p2"))
    assert {**found, "made": ""} == {**copied(client, held(scenario, ref, id="p2")), "made": ""}
    desk.get(f"/desk/cases/{ref}/data/p9", 422)
    assert f"/desk/cases/{ref}/data/p2" in desk.get(f"/desk/cases/{ref}")


def test_copy_with_words_of_talks_is_offered_to_the_neutral_officer_only(
    client: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of a case in negotiation leads to the copy for the negotiator, and not for the lead, who may
    not read what was said and is refused."""
    monkeypatch.setitem(GROUPS, "ma", ["role:negotiator", "team:general"])
    ref = negotiating(scenario)
    link = f"/desk/cases/{ref}/data/p1"
    for who, status in (("ma", 200), ("sun", 409)):
        desk = Desk(client, scenario, who)
        assert (link in desk.get(f"/desk/cases/{ref}")) == (status == 200), who
        desk.get(link, status)


def test_an_auditor_gets_no_copy(client: Any, scenario: Scenario) -> None:
    """Those who may not know the people get no copy."""
    ref = scenario.submit().ref
    Desk(client, scenario, "auditor").get(f"/desk/cases/{ref}/data/p1", 403)


def test_a_large_copy_is_bounded(scenario: Scenario) -> None:
    """Beyond the limit the oldest entries are missing, and the copy says so."""
    ref = scenario.submit().ref
    for _ in range(3):
        scenario.move(WANG, "message", ref, text="请补充说明。" * 50)
    scenario.post()
    dossier = scenario.product.file.whole(ref)
    view = View(dossier, scenario.time, acting(dossier.case), "zh", scenario.product)
    whole = data_copy.data_copy(view, "", file_json)
    most = len(whole) - 1_000
    part = data_copy.data_copy(view, "", file_json, most)
    assert len(part) <= most
    assert [json.loads(one)["complete"] for one in (whole, part)] == [True, False]
    assert json.loads(part)["letters"]
