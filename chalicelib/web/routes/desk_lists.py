"""The desk's work lists."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlencode

from chalice import Blueprint, Response

from chalicelib.access.authorization import Caller
from chalicelib.cases.waiting import NAMED, QUEUES
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.model.case import refuse_if
from chalicelib.domain.model.codes import Role
from chalicelib.domain.work_queues import LISTED
from chalicelib.locale.formats import texts
from chalicelib.view.expected import WAITING, line
from chalicelib.web import callers, desk_drafts, forms, inputs, pages
from chalicelib.web.move_form import key_of
from chalicelib.web.pages.desk.bulk import MOVES_OF_MANY, Outcome, letters_of_many, take_on_many
from chalicelib.web.pages.desk.letter_preview import seen_at
from chalicelib.web.pages.desk.next_person import next_on_list
from chalicelib.web.pages.desk.shown_facts import unassigned
from chalicelib.web.pages.desk.urgency import tone
from chalicelib.web.pages.desk.work_list import ListRequest, WorkList, following, list_request, stored_request
from chalicelib.web.problems import forbid_unless, problem
from chalicelib.web.routes.desk import READS_CASES, page, staffed, staffed_form
from chalicelib.wiring import product

routes = Blueprint(__name__)
ORDER_COOKIE = "__Host-list"
"""The cookie with the list that a member of staff looked at last: its query, and the numbers of its cases in
their order."""
PARKED_COUNTED, PARKED_SHOWN = 100, 20
"""Limits for the rows that failed too often. `PARKED_COUNTED`: up to how many of them the desk counts.
`PARKED_SHOWN`: how many of their case numbers it shows."""


@routes.route("/desk", methods=pages.GET)
@staffed
def desk(request: Any, caller: Caller) -> Response:
    """Show what waits for the caller, the next due moment first, or the list that the request names. Lead an
    administrator, who reads no cases, to their own page."""
    if not caller.roles & READS_CASES:
        return pages.redirect("/desk/administration")
    return _list_page(request, caller, list_request(request.query_params or {}, caller))


def _list_page(
    request: Any,
    caller: Caller,
    of: ListRequest,
    *,
    form: pages.Form | None = None,
    error: Exception | None = None,
    outcomes: Sequence[Outcome] = (),
    status: int = 200,
) -> Response:
    """Return the page of a work list. `form`: the last post, if the page shows it again. Of its lines, those
    that were refused in `outcomes` stay ticked, or all of them after an `error`."""
    forbid_unless(caller.roles & READS_CASES)
    query = request.query_params or {} if form is None else {}
    listed = WorkList(caller, of, pages.language(request))
    wrong = problem(listed.language, error) if error else None
    offered = [move for move in MOVES_OF_MANY if MOVES[move].by & caller.roles]
    draft = None
    if offered and form is None:
        draft = desk_drafts.list_draft(request, caller.who, listed.address, listed.details.draft)
        form = pages.Form(draft.pairs) if draft else None
    refused = [one for one in outcomes if one.refused]
    ticked = form.all("line") if form else []
    if refused:  # by their numbers, because the line of such a case can have another owner now
        again = {one.ref for one in refused}
        ticked = [one.ticked for one in listed.items if one.ref in again]
    return page(
        request,
        caller,
        "desk.html",
        status=wrong.status if wrong else status,
        cookies=[pages.cookie(ORDER_COOKIE, listed.order)],
        roster=listed.roster,
        listed=listed,
        queue=of.name,
        queues=list(QUEUES) if listed.teams else ["mine"],
        mine=[role.code for role in LISTED if role in caller.roles],
        parked=_parked(caller),
        items=listed.items,
        unassigned=unassigned(listed.language),
        coming=_coming(listed),
        # the move just taken, if the caller can no longer open its case
        sent=done
        if (done := query.get("done", "")) in texts(listed.language)["page"]["desk"]["taken"]
        else "",
        offered=offered,
        draft=desk_drafts.FormDraft(listed.address, draft.at if draft else None),
        saved=inputs.whole_number(query.get("saved", "")) or 0,
        waits=inputs.whole_number(query.get("waits", "")) or sum(one.waits for one in outcomes),
        done=[one for one in outcomes if not one.refused],
        refused=refused,
        ticked=ticked,
        form=form,
        problem=wrong,
        key=key_of(form if error else None),
    )


def _coming(listed: WorkList) -> dict[str, str]:
    """Return the next owner of each case in words, for the list of cases without an owner."""
    items = listed.items if listed.request.name == "unassigned" else []
    return next_on_list(listed.language, listed.team, items)


@routes.route("/desk/filters", methods=["POST"], content_types=pages.FORM)
@staffed_form(lambda _, __: {"name": "line"})
def keep_filter(request: Any, caller: Caller) -> Response:
    """Store the filters of a list under a name, or remove the stored ones, and go to the list."""
    form = pages.form(request)
    of = stored_request(form["query"], caller)
    # without invisible characters, because a tab with them alone could not be seen
    name = " ".join("".join(c for c in form["name"] if c.isprintable() or c.isspace()).split())
    try:
        if form["remove"]:
            product.desk.drop_filter(caller.who, form["remove"])
            return pages.redirect(f"/desk?{of.query}")
        refuse_if(not name, "filter_unnamed", field="name")
        refuse_if(len(name) > NAMED, "filter_name_long", field="name", most=NAMED)
        product.desk.keep_filter(caller.who, name, of.query)
    except pages.KEPT as error:
        return _list_page(request, caller, of, form=form, error=error)
    return pages.redirect(f"/desk?{of.query}")


@routes.route("/desk/bulk", methods=["POST"], content_types=pages.FORM)
@staffed_form(lambda form, _: forms.kinds(form["move"], form.names))
def give_many(request: Any, caller: Caller) -> Response:
    """Assign the ticked cases to a person, or hand them over to another team. Each case is a move of its own.
    Those that were refused are listed with the reason, and stay ticked. A page first shows the letters that
    this sends to people outside, unless the officer has seen them. `reveal`: show masked details of the
    letters of this case."""
    form = pages.form(request)
    of, move = stored_request(form["query"], caller), form["move"]
    forbid_unless(move in MOVES_OF_MANY and MOVES[move].by & caller.roles)
    if form["edit"]:
        return _list_page(request, caller, of, form=form)
    to_person = move == MOVES_OF_MANY[0]
    said = {"to": form["to"]} if to_person else {"to": form["team"], "reason": form["reason"].strip()}
    try:
        refuse_if(not form.all("line"), "bulk_nothing", field="line")
        refuse_if(
            not said["to"],
            "bulk_whom" if to_person else "bulk_which_team",
            field="to" if to_person else "team",
        )
        refuse_if("reason" in said and not said["reason"], "bulk_reason", field="reason")
        act = caller, form.all("line"), move, said, form["key"], pages.language(request)
        seen = seen_at(form["shown"], product.now())
        revealed = [*form.all("revealed"), *form.all("reveal")]
        found = letters_of_many(*act, seen or product.now(), revealed)
        differs = found.token != form["shown"]
        if found.cases and (differs or form["reveal"]):
            found = letters_of_many(*act, product.now(), revealed) if seen and differs else found
            kept = [(name, value) for name, value in form.pairs() if name not in ("shown", "reveal")]
            kept += [("revealed", ref) for ref in form.all("reveal")]
            shows: dict[str, Any] = {
                "move": move,
                "bulk": found,
                "kept": kept,
                "again": bool(seen and differs),
            }
            return page(request, caller, "desk_bulk_letters.html", **shows)
        outcomes = take_on_many(*act)
    except pages.KEPT as error:
        return _list_page(request, caller, of, form=form, error=error)
    if any(one.refused for one in outcomes):
        return _list_page(request, caller, of, form=form, outcomes=outcomes)
    told = urlencode({"saved": len(outcomes), "waits": sum(one.waits for one in outcomes)})
    return pages.redirect(f"/desk?{'&'.join(filter(None, [of.query, told]))}")


@routes.route("/desk/next", methods=["GET"])
@staffed
def next_case(request: Any, caller: Caller) -> Response:
    """Go to the case that follows the case `after` on the list that the caller looked at last. After the last
    case come new ones, then the first. Go to the list if no other case waits."""
    query, _, refs = callers.cookies(request).get(ORDER_COOKIE, "").rpartition("~")
    listed = WorkList(caller, stored_request(unquote(query), caller), pages.language(request))
    after = (request.query_params or {}).get("after", "")
    item = following(listed, refs.split("."), after) if caller.roles & READS_CASES else None
    if item is None:
        return pages.redirect(f"/desk?{listed.request.query}" if listed.request.query else "/desk")
    return pages.redirect(f"/desk/{'actions' if item.get('cause') else 'cases'}/{item['ref']}")


def next_path(ref: str) -> str:
    """Return the path that leads from the case `ref` to the next case of the list that the user came from."""
    return f"/desk/next?{urlencode({'after': ref})}"


def _parked(caller: Caller) -> dict[str, Any] | None:
    """Return how many cases and letters failed too often and now wait for a person, and the first case
    numbers. Return None if there are none, or if the caller is no supervisor."""
    found = product.waiting(PARKED_COUNTED) if caller.roles & Role.SUPERVISOR else []
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
