"""The desk's work lists."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from chalice import Blueprint, Response

from chalicelib.access.authorization import LISTS, OF_DEPARTMENTS, SEES_ALL, Caller
from chalicelib.domain.model.codes import Role
from chalicelib.domain.work_queues import LISTED
from chalicelib.locale.formats import texts
from chalicelib.view.expected import WAITING, line
from chalicelib.web import pages
from chalicelib.web.pages.desk.next_person import next_on_list
from chalicelib.web.pages.desk.urgency import tone
from chalicelib.web.routes.api import QUEUES
from chalicelib.web.routes.desk import PAGE, READS_CASES, page, staffed
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOLDS_CASES = READS_CASES & ~(Role.AUDITOR | OF_DEPARTMENTS)
MENDS = Role.SUPERVISOR | Role.ADMINISTRATOR
"""The roles that see how many rows failed too often and now wait for repair by a person."""
PARKED_COUNTED, PARKED_SHOWN = 100, 20
"""Limits for the rows that failed too often. `PARKED_COUNTED`: up to how many of them the desk counts.
`PARKED_SHOWN`: how many of their case numbers it shows."""


@routes.route("/desk", methods=pages.GET)
@staffed
def desk(request: Any, caller: Caller) -> Response:
    """Show a work list, the next deadline first. If the request names no list, show the first that is not
    empty. The order is: the caller's own list, those of their roles, the team's."""
    query, roster = request.query_params or {}, product.file.roster()
    own = caller.teams if caller.roles & LISTS else frozenset[str]()
    teams = sorted(set(roster.teams) | caller.teams if caller.roles & SEES_ALL else own)
    wanted = [team for team in (query.get("team"), *sorted(caller.teams)) if team in teams]
    team = next(iter(wanted or teams), "")
    opens = [query["list"]] if query.get("list") in QUEUES else _opens(caller)
    readable = [name for name in opens if caller.roles & READS_CASES and (team or name == "mine")]
    lists = (
        (name, *product.file.work(QUEUES[name].format(who=caller.who, team=team), query.get("after"), PAGE))
        for name in readable
    )
    queue, items, after = next((found for found in lists if found[1]), (opens[0], [], None))
    return page(
        request,
        caller,
        "desk.html",
        roster=roster,
        queue=queue,
        queues=_lists(caller) if teams else ["mine"],
        team=team,
        teams=teams,
        parked=_parked(caller),
        items=[shown_line(item, caller, queue) for item in items],
        coming=next_on_list(pages.language(request), team, items if queue == "unassigned" else []),
        # the move just taken, if the caller can no longer open its case
        sent=done
        if (done := query.get("done", "")) in texts(pages.language(request))["page"]["desk"]["taken"]
        else "",
        after=after or "",
        reads_cases=bool(caller.roles & READS_CASES),
    )


@routes.route("/desk/next", methods=["GET"])
@staffed
def next_case(request: Any, caller: Caller) -> Response:
    """Go to the case that follows the case `after` on the caller's list. After the last case comes the first.
    Go to the list if no other case is on it."""
    after = (request.query_params or {}).get("after", "")
    team = min(caller.teams, default="")
    lists = [QUEUES[name].format(who=caller.who, team=team) for name in _opens(caller) if name != "team"]
    found = [item["ref"] for name in lists for item in product.file.work(name, None, PAGE)[0]]
    at = found.index(after) + 1 if after in found else 0
    return pages.redirect(
        next((f"/desk/cases/{ref}" for ref in found[at:] + found[:at] if ref != after), "/desk")
    )


def next_path(ref: str) -> str:
    """Return the path that leads from the case `ref` to the next case of the list that the user came from."""
    return f"/desk/next?{urlencode({'after': ref})}"


def _opens(caller: Caller) -> list[str]:
    """Return the names of the work lists that the desk tries for this caller if the request names no list.
    The desk shows the first that is not empty."""
    own = ["mine"] if caller.roles & HOLDS_CASES else []
    return [*own, *(role.code for role in LISTED if role in caller.roles), "team"]


def _lists(caller: Caller) -> list[str]:
    """Return the names of all work lists that the desk offers to the caller: their own, those of their roles,
    then the team's."""
    mine, *others = (name for name in QUEUES if name not in {role.code for role in LISTED})
    return [mine, *(role.code for role in LISTED if role in caller.roles), *others]


def _parked(caller: Caller) -> dict[str, Any] | None:
    """Return how many cases and letters failed too often and now wait for a person, and the first case
    numbers. Return None if there are none, or if the caller has no role in `MENDS`."""
    found = product.waiting(PARKED_COUNTED) if caller.roles & MENDS else []
    cases = [due for due in found if due.kind == "CASE"]
    return (
        {
            "cases": len(cases),
            "letters": len(found) - len(cases),
            "refs": list(dict.fromkeys(due.ref for due in found if due.ref.isdecimal()))[:PARKED_SHOWN],
            "more": len(found) == PARKED_COUNTED,
        }
        if found
        else None
    )


def shown_line(item: Mapping[str, Any], caller: Caller, queue: str) -> dict[str, Any]:
    """Return an item of a work list as its page shows it. `item`: the stored row. `queue`: the name of the
    list."""
    now = product.now()
    one = line(item, caller, queue, now)
    owner = one.seen.get("owner")
    member = product.file.roster().member(owner) if owner else None
    by = one.seen.get("mentioned_by")
    author = product.file.roster().member(by) if by else None
    return {
        **one.seen,
        "at": one.at,
        "act": one.act,
        "waits": queue in WAITING,
        "tone": tone(one.at, now),
        "owner": member.name if member else owner,
        "mentioned_by": author.name if author else by,
        "left": now - one.at if one.at else None,
    }
