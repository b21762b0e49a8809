"""The pages of the desk of a busy team, each as a member of staff opens it: what the bench times and the
tests weigh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalicelib.aws.rows import Row
from chalicelib.aws.sessions import Sessions
from chalicelib.domain.calendar import stamp
from chalicelib.web import signin
from tests.browser.busy import begun
from tests.scenario import DAY, Scenario, once
from tests.web.boards import listed
from tests.web.mediated import mediating
from tests.web.own import answered

BEGUN, LISTED, CALLS = 60, 400, 11
"""The number of complaints that have begun, of further lines on the list of each of two roles, and of
complaints with a letter to read out."""
STAFF = {
    "sun": ("lead", "intake"),
    "zhou": ("supervisor",),
    "zheng": ("administrator",),
    "audit": ("auditor",),
    "zhao": ("investigator",),
    "feng": ("followup",),
    "bian": ("intake", "lead", "investigator"),
}
"""The members of staff who open the pages, and their roles."""


class DeskPage(NamedTuple):
    """A page of the desk. `who` opens it. `resource`: its route. `names`: the values in its path. `query`:
    the parameters of its address. `form`: what is posted; None for a page that is only opened."""

    name: str
    who: str
    resource: str
    names: Mapping[str, str] = MappingProxyType({})
    query: Mapping[str, str] = MappingProxyType({})
    form: Mapping[str, str] | None = None

    @property
    def path(self) -> str:
        """Return the path of the page, without its query."""
        return self.resource.format(**self.names)

    def sent(self, client: Any) -> Any:
        """Return the site's answer to a client of the application."""
        headers, path = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"}, self.path
        if self.form is not None:
            sent_as = {"Content-Type": "application/x-www-form-urlencoded"}
            return client.http.post(path, headers=headers | sent_as, body=urlencode(self.form).encode())
        return client.http.get(path + ("?" + urlencode(self.query) if self.query else ""), headers=headers)

    @property
    def cookie(self) -> str:
        """Return the cookie with the session of the member of staff."""
        return f"__Host-desk={self.who}"


@once
def full_desk(scenario: Scenario) -> dict[str, str]:
    """Build a busy team, and return the numbers of cases by their purpose. The lists of two roles have more
    than a hundred lines, and more letters are to be read out than a page shows."""
    further = {"answered": answered(scenario), "mediation": mediating(scenario)}
    *_, new, _, accepted = begun(scenario, BEGUN)
    for n in range(CALLS):
        person = {"name": f"李雷{n}", "phone": f"139{n:08}"}
        scenario.submit(person=person, account={"story": f"第{n}件：洗衣机坏了，商家不退。"})
    for role in ("lead", "intake"):
        with Row.batch_write() as write:
            for n in range(LISTED):
                due = scenario.time + 30 * DAY + timedelta(minutes=n)
                write.save(listed(n, f"general#{role}", due, "investigating", None))
    scenario.time = scenario.time.replace(hour=2) + DAY  # 10:00 in Shanghai, when people are called
    return {"new": new, "accepted": accepted, **further}


def desk_pages(scenario: Scenario) -> Iterator[DeskPage]:
    """Sign the staff in, and yield the pages of a busy team."""
    cases = full_desk(scenario)
    for who, roles in STAFF.items():
        groups = [*(f"role:{role}" for role in roles), "team:general"]
        kept = {"sub": who, "groups": groups, "since": stamp(scenario.time)}
        Sessions().keep(signin.SESSION, who, kept, scenario.time + timedelta(days=400))
    yield DeskPage("list", "sun", "/desk")
    yield DeskPage("list_filtered", "sun", "/desk", query={"stage": "investigating"})
    yield DeskPage("list_of_many", "bian", "/desk")
    yield DeskPage("list_of_team", "sun", "/desk", query={"list": "team"})
    for what, ref in cases.items():
        who = "zhao" if what == "accepted" else "sun"
        yield DeskPage(f"case_{what}", who, "/desk/cases/{ref}", {"ref": ref})
        yield DeskPage(f"timeline_{what}", who, "/desk/cases/{ref}/timeline", {"ref": ref})
        yield DeskPage(f"letters_{what}", who, "/desk/cases/{ref}/letters", {"ref": ref})
    for move, who, what in (
        ("accept", "sun", "new"),
        ("decline", "sun", "new"),
        ("message", "zhao", "accepted"),
        ("file_report", "zhao", "accepted"),
    ):
        names = {"ref": cases[what], "move": move}
        yield DeskPage(f"form_{move}", who, "/desk/cases/{ref}/moves/{move}", names)
    yield DeskPage("calls", "sun", "/desk/calls")
    yield DeskPage("complain", "sun", "/desk/complain")
    yield DeskPage("find", "sun", "/desk/find")
    yield DeskPage("found", "sun", "/desk/find", form={"words": "王芳"})
    yield DeskPage("calendar", "sun", "/desk/calendar")
    yield DeskPage("board", "zhou", "/desk/board")
    yield DeskPage("teams", "zhou", "/desk/teams")
    yield DeskPage("roster", "zhou", "/desk/roster")
    yield DeskPage("texts", "zhou", "/desk/texts")
    yield DeskPage("reports", "zhou", "/desk/reports")
    yield DeskPage("signs", "zhou", "/desk/signs")
    yield DeskPage("what_if", "zhou", "/desk/what-if")
    yield DeskPage("mediators", "zhou", "/desk/mediators")
    yield DeskPage("record", "audit", "/desk/record")
    yield DeskPage("case_record", "audit", "/desk/cases/{ref}/record", {"ref": cases["mediation"]})
    yield DeskPage("administration", "zheng", "/desk/administration")
    yield DeskPage("routing", "zheng", "/desk/routing")
    yield DeskPage("keys", "zheng", "/desk/keys")
