"""An internal note reaches no party, in whole lives and both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client

import app
from chalicelib.access.authorization import Caller
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Role
from chalicelib.view.staff import Staff
from tests.cloud import laws
from tests.cloud.driven import Driven, driven
from tests.cloud.faults import Faults
from tests.cloud.lives import decided_anew, never_signed, three_together
from tests.scenario import SUN, WANG

SECRET = "只给同事看的话 for colleagues only"
OUTSIDE = Caller("yan", Role.MEDIATOR)
"""A mediator, who is no member of staff."""
PAGES = (
    "/complain/done",
    "/case",
    "/case/files",
    *(f"/case/moves/{name}" for name, move in MOVES.items() if move.by & Role.PARTY),
)
ASKED = ("", "/timeline?limit=100", "/deadlines", "/files")


class Noted(Driven):
    """A scenario in which a note follows every move on a case."""

    def _insisted(self, name: str, do: Any) -> Case:
        case = super()._insisted(name, do)
        self._move(SUN, "note", case.ref, None, None, {"text": f"{SECRET} {case.entries}"})
        return self.product.file.load(case.ref)


def outside(scenario: Driven, ref: str) -> Iterator[str]:
    """Yield all answers of pages and interface to every party of a case, in both languages."""
    case, answers = scenario.product.file.load(ref), [f"/v1/cases/{ref}{part}" for part in ASKED]
    answers += [f"/v1/cases/{ref}/timeline/{n}" for n in range(1, case.entries + 1)]
    with Client(app.app, stage_name="v1") as client:
        for party in case.parties:
            token = scenario.product.links.token(ref, party.id, party.generation)
            for language in ("zh", "en"):
                theirs = {"cookie": f"__Host-case={ref}.{token}", "authorization": f"Bearer {token}"}
                shown = {
                    path: client.http.get(path, headers={**theirs, "accept-language": language})
                    for path in (*PAGES, *answers)
                }
                assert party.left or shown["/case"].status_code == shown[answers[0]].status_code == 200
                yield from (answer.body.decode() for answer in shown.values())


@pytest.mark.parametrize("life", [decided_anew, never_signed, three_together], ids=lambda life: life.__name__)
def test_a_note_leaves_the_house_by_no_way(life: Any) -> None:
    """No mail, call script, page or answer to a party contains a word of a note; nor does the mediator read
    it.
    """
    faults = Faults(0)
    faults.cease()
    with driven(faults) as scenario:
        scenario.__class__ = Noted
        life(scenario)
        for ref in laws.refs(scenario):
            dossier = scenario.product.file.whole(ref)
            written = [n for n in range(1, dossier.case.entries + 1) if dossier.line(n)["move"] == "note"]
            assert written
            assert all(SECRET in dossier.entry(n)[1]["text"] for n in written)
            assert not [letter for letter in dossier.letters if letter["entry"] in written]
            assert {
                Staff(dossier, scenario.time, who).reads(dossier.line(n))
                for who in (SUN, WANG)
                for n in written
            } == {True}
            assert not any(Staff(dossier, scenario.time, OUTSIDE).reads(dossier.line(n)) for n in written)
            assert SECRET not in json.dumps([entry.line for entry in dossier.entries], ensure_ascii=False)
            for letter in dossier.letters:
                text = scenario.product.correspondence.rendered(
                    dossier, letter, scenario.product.file.roster(), scenario.time
                ).text
                assert SECRET not in text, letter["name"]
            assert not any(SECRET in shown for shown in outside(scenario, ref))
        assert not any(SECRET in mail.text for mail in scenario.cloud.mails)
