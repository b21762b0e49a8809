"""Who holds an access link, what it opens and when it ends."""
from __future__ import annotations

import re
from typing import Any

from tests.house import House, complaint
from tests.web.provider import Provider
from tests.web.test_api import EN, bearing, link, post

OPENS = re.compile(r"/case/\d+/|p\d+-\d+-[a-z2-7]{26}")
"""A link that opens a case, or the token in it."""


def test_whoever_records_for_a_consumer_never_holds_their_link(client: Any, house: House, provider: Provider) -> None:
    """Staff and partners get the number and what happens next; only who files for themselves gets a link."""
    key = post(client, "/v1/keys", {"partner": "call-centre"}, bearing(provider, "zheng", "role:administrator")).json_body["key"]
    for caller in (bearing(provider, "wang", "role:intake"), {**EN, "Authorization": f"Bearer {key}"}):
        answer = post(client, "/v1/complaints", complaint(), caller)
        assert answer.status_code == 201 and answer.json_body["next"] and not OPENS.search(answer.body.decode())
    assert OPENS.search(post(client, "/v1/complaints", complaint()).body.decode())


def test_one_key_takes_a_move_once_however_the_number_is_written(client: Any, house: House) -> None:
    """The number with dashes or spaces is the same number (finding S25)."""
    filed = post(client, "/v1/complaints", complaint())
    ref, keyed = filed.json_body["number"], {**link(filed), "Idempotency-Key": "one"}
    for spelt in (ref, f"{ref[:4]}-{ref[4:8]}-{ref[8:]}", f"{ref[:6]} {ref[6:]}"):
        answer = post(client, f"/v1/cases/{spelt}/moves/message", {"text": "请问进展如何？"}, keyed)
        assert answer.status_code == 200
    assert house.moves(ref) == ["submit", "message"]
