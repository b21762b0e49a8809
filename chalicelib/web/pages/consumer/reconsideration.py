"""Reconsideration on a party's case page: its conditions, the pending request, who decides, and the
decision."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.domain.model.case_records import Matter
from chalicelib.domain.model.codes import AT_TABLE, Result, Stage
from chalicelib.domain.moves.dispute import raise_dispute
from chalicelib.domain.moves.reconsideration import GOING_ON, ask_reconsideration, contestable
from chalicelib.locale.formats import joined, label
from chalicelib.view import review
from chalicelib.view.people import deciders
from chalicelib.view.review import decided_by, decision_due, review_view
from chalicelib.web.pages.consumer.own_view import View


class One(NamedTuple):
    """A matter in a reconsideration. `n`: the number of the matter. `reason`: the party's reason. After the
    decision: `result`; `conclusion`, which is empty unless it is new; `votes`, the number of votes for the
    result."""

    n: int
    matter: Matter
    reason: str
    result: str = ""
    conclusion: str = ""
    votes: int = 0


def reconsideration(view: View) -> dict[str, Any] | None:
    """Return the data on reconsideration for the case page. Return None if there is nothing to show.

    `first`: the page shows the data above the answer. That is so while a request is pending, and while our
    refusal to accept the complaint is in force. It is also so after a decision newer than the answer, unless
    talks or an agreement followed."""
    done, request, answered = last_decision(view), pending_request(view), view.case.taken.get("answer")
    found = {
        "may": reconsideration_offer(view),
        "asked": request,
        "decided": done,
        "dismissed": review.dismissed(view),
        "apart": list(separate_cases(view)),
    }
    newest = done and (answered is None or done["at"] >= answered)
    overtaken = view.case.stage in AT_TABLE or view.case.bound is not None
    return (
        {**found, "first": bool(request or (newest and not overtaken) or view.case.stage == Stage.DECLINED)}
        if any(found.values())
        else None
    )


def reconsideration_offer(view: View) -> dict[str, Any] | None:
    """Return what a party should know before they ask for reconsideration: the matters, until when they can
    ask, and when a decision would be due. Return None if the party cannot ask."""
    case = view.case
    if ask_reconsideration.__name__ not in view.offers:
        return None
    window = next(iter(view.runs_of("answer_window")), None)
    return {
        "matters": [(n, case.matters[n - 1]) for n in contestable(case)],
        "until": window and window.due,
        "by": decision_due(view),
        "late": bool(window and view.past(window.due)),
        "apart": case.stage in GOING_ON,
        **decided_by(view)._asdict(),
    }


def pending_request(view: View) -> dict[str, Any] | None:
    """Return the data of the pending request for reconsideration, with the moves that the party can take
    meanwhile. Return None if no request is pending. The reasons are given only to the author of the request
    and their representatives."""
    case, request = view.case, review_view(view)
    if request is None:
        return None
    reasons = review.reasons(view, request.entry)
    return {
        "matters": [One(n, case.matters[n - 1], reasons.get(str(n), "")) for n in request.matters],
        "at": request.at,
        "by": request.expected,
        "overdue": view.past(request.expected),
        "still": request.stopped,
        "waits": request.late,
        "panel": list(panel(view)),
        "moves": view.moves("request"),
        "from": view.dossier.line(1)["facts"].get("from"),
        **decided_by(view)._asdict(),
    }


def panel(view: View) -> Iterator[tuple[bool, str]]:
    """Yield (chairs, teams) for each member of the panel. The first tells whether the member chairs the
    panel. The second names the member's teams. The party learns no names of people."""
    for seat in deciders(view, view.roster):
        units = (team.label[view.language] for team in seat.teams)
        yield seat.chair, joined(view.language, units)


def last_decision(view: View) -> dict[str, Any] | None:
    """Return the data of the last decision on reconsideration. `matters`: result, reason and votes for each
    matter. `final`: none of these matters can be reconsidered again. Return None if nothing was decided
    yet."""
    last = review.decided(view)
    if last is None:
        return None
    matters = [
        One(
            int(n),
            view.case.matters[int(n) - 1],
            last.reasons.get(n, ""),
            result,
            label(view.language, last.conclusions[n], "conclusion") if n in last.conclusions else "",
            last.votes.get(n, 0),
        )
        for n, result in last.results.items()
    ]
    return {
        "matters": matters,
        "at": last.at,
        "of": last.of,
        "contests": raise_dispute.__name__ in view.offers,
        "final": all(one.n in view.case.recourse.reviewed for one in matters),
        "changed": {one.n for one in matters if one.result == Result.CHANGED and one.conclusion},
    }


def separate_cases(view: View) -> Iterator[dict[str, Any]]:
    """Yield the data of each request for reconsideration that became a separate case: the matters of the
    request, the number of the separate case, and the party's link to it."""
    for one in review.separate_cases(view):
        yield {
            **one._asdict(),
            "matters": [(n, view.case.matters[n - 1]) for n in one.matters],
            "link": _link(view, one.number),
        }


def _link(view: View, number: str) -> str:
    there = next(
        (p for p in view.product.file.load(number).parties if p.id == view.party.id and not p.left), None
    )
    if there is None or there.known_by != view.party.known_by or not there.same(view.party):
        return ""  # the party has left the separate case, or somebody else has their id
    return view.product.links.path(number, there.id, there.generation)
