"""The part of a case page about reconsideration: how to ask for it, what was asked, who decides, what was
decided, and what became of it."""

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
    """A matter that is, or was, asked about: the reason given for it; once decided the result, its new
    conclusion, how many voted so."""

    n: int
    matter: Matter
    reason: str
    result: str = ""
    conclusion: str = ""
    votes: int = 0


def anew(view: View) -> dict[str, Any] | None:
    """Everything there is to say about reconsideration; `first` when it stands above the answer: it is not
    what matters any more while the two sides talk, or once they have agreed."""
    done, request, answered = decided(view), asked(view), view.case.taken.get("answer")
    found = {
        "may": may(view),
        "asked": request,
        "decided": done,
        "dismissed": review.dismissed(view),
        "apart": list(apart(view)),
    }
    newest = done and (answered is None or done["at"] >= answered)
    overtaken = view.case.stage in AT_TABLE or view.case.bound is not None
    return (
        {**found, "first": bool(request or (newest and not overtaken) or view.case.stage == Stage.DECLINED)}
        if any(found.values())
        else None
    )


def may(view: View) -> dict[str, Any] | None:
    """What can be asked about now, until when, and by when it would be decided; None where nothing can."""
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


def asked(view: View) -> dict[str, Any] | None:
    """The request that is before us, with its reasons for whoever gave them; what can be done meanwhile."""
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
    """Who decides: the executive where the rules name a higher office, else a panel of so many at least."""
    return {"office": policy(case.policy).higher_office, "least": PANEL}


def panel(view: View) -> Iterator[tuple[bool, str]]:
    """Who sits on the panel: whether it is the chair, and of which units."""
    for seat in deciders(view, view.roster):
        units = (team.label[view.language] for team in seat.teams)
        yield seat.chair, ("、" if view.language == "zh" else ", ").join(units)


def decided(view: View) -> dict[str, Any] | None:
    """What was last decided: per matter the result and why, by how many; and whether any of it is final."""
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


def apart(view: View) -> Iterator[dict[str, Any]]:
    """The matters that became a case of their own, each with its number, and the way there for who is the
    same person on it."""
    for one in review.apart(view):
        matters = [(n, view.case.matters[n - 1]) for n in one.matters]
        yield {**one._asdict(), "matters": matters, "link": _link(view, one.number)}


def _link(view: View, number: str) -> str:
    there = next(
        (p for p in view.product.file.load(number).parties if p.id == view.party.id and not p.left), None
    )
    if there is None or there.known_by != view.party.known_by or not there.same(view.party):
        return ""  # somebody else has taken their place on either
    return view.product.links.path(number, there.id, there.generation)
