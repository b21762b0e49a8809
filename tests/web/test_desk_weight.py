"""The weight of each page of the desk of a busy team."""

from __future__ import annotations

import gzip
import re
from typing import Any

from chalicelib.web.pages import STATIC
from tests.desk_pages import desk_pages
from tests.scenario import Scenario


def test_pages_of_a_busy_desk_stay_small(client: Any, scenario: Scenario) -> None:
    """A page weighs at most 20 kB, and at most 60 kB with the style sheets and scripts that a first visit
    loads, all compressed as the site sends them. Without compression the page alone has at most 60 kB."""
    heavy = []
    for page in desk_pages(scenario):
        html = page.sent(client).body
        names = re.findall(r"/static/([\w-]+)\.\w{12}\.(css|js)", html.decode())
        loaded = [next(STATIC.rglob(f"{stem}.{ending}")).read_bytes() for stem, ending in names]
        assert len(loaded) >= 3, page
        next_, first = (sum(len(gzip.compress(one)) for one in sent) for sent in ([html], [html, *loaded]))
        if next_ > 20_000 or first > 60_000 or len(html) > 60_000:
            heavy.append((page.name, next_, first, len(html)))
    assert heavy == []
