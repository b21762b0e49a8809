"""The weight of each page of the desk of a busy team, and its calls to AWS."""

from __future__ import annotations

import gzip
import re
from typing import Any

from chalicelib.web.pages import STATIC
from tests.aws_calls import Calls
from tests.desk_pages import desk_pages
from tests.scenario import Scenario

CALLS = {
    "list": 5,
    "list_filtered": 5,
    "list_of_many": 4,
    "list_of_team": 3,
    "case_new": 6,
    "timeline_new": 4,
    "letters_new": 5,
    "case_accepted": 6,
    "timeline_accepted": 4,
    "letters_accepted": 5,
    "case_answered": 6,
    "timeline_answered": 4,
    "letters_answered": 5,
    "case_mediation": 6,
    "timeline_mediation": 4,
    "letters_mediation": 5,
    "form_accept": 7,
    "form_decline": 7,
    "form_message": 5,
    "form_file_report": 6,
    "calls": 8,
    "complain": 2,
    "find": 1,
    "found": 4,
    "calendar": 2,
    "board": 15,
    "teams": 2,
    "roster": 4,
    "texts": 3,
    "reports": 2,
    "signs": 2,
    "what_if": 3,
    "mediators": 2,
    "record": 2,
    "case_record": 2,
    "administration": 5,
    "routing": 4,
    "keys": 2,
}
"""The calls to AWS of each page when it is opened again within the hour. The first opening also records that
the officer has read the case."""


def test_pages_of_a_busy_desk_stay_small(client: Any, scenario: Scenario, calls: Calls) -> None:
    """A page weighs at most 20 kB, and at most 60 kB with the style sheets and scripts that a first visit
    loads, all compressed as the site sends them. Without compression the page alone has at most 60 kB. No
    page takes more calls to AWS than before."""
    heavy, made = [], {}
    for page in desk_pages(scenario):
        html = page.sent(client).body
        names = re.findall(r"/static/([\w-]+)\.\w{12}\.(css|js)", html.decode())
        loaded = [next(STATIC.rglob(f"{stem}.{ending}")).read_bytes() for stem, ending in names]
        assert len(loaded) >= 3, page
        next_, first = (sum(len(gzip.compress(one)) for one in sent) for sent in ([html], [html, *loaded]))
        if next_ > 20_000 or first > 60_000 or len(html) > 60_000:
            heavy.append((page.name, next_, first, len(html)))
        calls.made()
        page.sent(client)
        made[page.name] = sum(calls.made().values())
    assert heavy == []
    assert made == CALLS
