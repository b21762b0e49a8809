"""Reconsideration on a case page: conditions, request, deciders, decision and outcome."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.running import Run, ends, running_of
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import Matter
from chalicelib.domain.model.codes import AT_TABLE, Result, Stage
from chalicelib.domain.moves.dispute import raise_dispute
from chalicelib.domain.moves.reconsideration import GOING_ON, PANEL, ask_reconsideration, contestable
from chalicelib.domain.policy import policy
from chalicelib.locale.formats import label
from chalicelib.view import review
from chalicelib.view.people import deciders
from chalicelib.view.review import review_view
from chalicelib.web.pages.consumer.own_view import View


class One(NamedTuple):
    """A matter under reconsideration: the party's reason, and after the decision the result, new conclusion
    and votes."""

    n: int
    matter: Matter
    reason: str
    result: str = ""
    conclusion: str = ""
    votes: int = 0


def reconsideration(view: View) -> dict[str, Any] | None:
    """Return all data on reconsideration; None if there is none. `first` puts it above the answer, unless the
    sides talk or have agreed."""
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
    """Return the matters to reconsider, the end of the window, and the date of a decision; None if the party
    cannot ask."""
    case = view.case
    if ask_reconsideration.__name__ not in view.offers:
        return None
    window = next(running_of(case, "answer_window"), None)
    rule = policy(case.policy).rules["reconsideration"]
    by = ends(case, DEADLINES["reconsideration"], rule, Run("", view.now), []).at
    return {
        "matters": [(n, case.matters[n - 1]) for n in contestable(case)],
        "until": window and window.due,
        "by": by,
        "late": bool(window and view.past(window.due)),
        "apart": case.stage in GOING_ON,
        **_deciders(case),
    }


def pending_request(view: View) -> dict[str, Any] | None:
    """Return the pending request with the moves meanwhile; None if there is none. Only the author of the
    reasons and their representatives see them."""
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
        **_deciders(case),
    }


def _deciders(case: Case) -> dict[str, Any]:
    """Return the decider: the executive if the policy names a higher office, else a panel of at least PANEL
    members."""
    return {"office": policy(case.policy).higher_office, "least": PANEL}


def panel(view: View) -> Iterator[tuple[bool, str]]:
    """Yield each member of the panel as (is the chair, units)."""
    for seat in deciders(view, view.roster):
        units = (team.label[view.language] for team in seat.teams)
        yield seat.chair, ("、" if view.language == "zh" else ", ").join(units)


def last_decision(view: View) -> dict[str, Any] | None:
    """Return the last decision: result, reason and votes per matter, and whether all of it is final. Return
    None if there is none."""
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
    """Yield the matters that became a separate case, with its number, and a link for the same person
    there."""
    for one in review.separate_cases(view):
        matters = [(n, view.case.matters[n - 1]) for n in one.matters]
        yield {**one._asdict(), "matters": matters, "link": _link(view, one.number)}


def _link(view: View, number: str) -> str:
    there = next(
        (p for p in view.product.file.load(number).parties if p.id == view.party.id and not p.left), None
    )
    if there is None or there.known_by != view.party.known_by or not there.same(view.party):
        return ""  # another person has taken the party's place on one of the cases
    return view.product.links.path(number, there.id, there.generation)
