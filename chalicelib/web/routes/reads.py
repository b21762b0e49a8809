"""The record of who read which case. It can be listed by case and by reader, on the desk and in the
interface, by the roles that see every case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalice import Blueprint, Response

from chalicelib.access.authorization import SEES_ALL, Caller, Thing
from chalicelib.locale import formats
from chalicelib.web import callers, pages, read_log
from chalicelib.web.pages.paging import whole_cursor
from chalicelib.web.problems import answers, forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import Reads

routes = Blueprint(__name__)
PAGE = 50
CURSOR = re.compile(r"\d{4}-\d\d-\d\dT\d\d#[a-z]{1,20}#[^\x00-\x1f]{1,256}")
"""The format of a cursor. A cursor is the position of the last row of the page before."""


@routes.route("/v1/cases/{ref}/reads", methods=["GET"])
@answers
def of_case(ref: str) -> Reads:
    """List which staff and partners read which parts of a case, the newest first. If a reader reads a part
    several times in an hour, the part is listed once. `next` is the `cursor` of the next page."""
    case = read_log.load_and_log(ref, Thing.READS, callers.bearer(routes.current_request))
    items, after = product.reads.of_case(case.ref, _after(routes.current_request, "cursor"), PAGE)
    return {"items": items, "next": after}


@routes.route("/v1/reads/{who}", methods=["GET"])
@answers
def of_reader(who: str) -> Reads:
    """List which parts of all cases a member of staff or a partner (`who`) read, the newest first. If a part
    is read several times in an hour, the part is listed once. `next` is the `cursor` of the next page."""
    forbid_unless(callers.bearer(routes.current_request).roles & SEES_ALL)
    items, after = product.reads.of_reader(who, _after(routes.current_request, "cursor"), PAGE)
    return {"items": items, "next": after}


@routes.route("/desk/cases/{ref}/reads", methods=pages.GET)
@desk.staffed
def reads_of_case(request: Any, caller: Caller, ref: str) -> Response:
    """Show which staff and partners read which parts of a case."""
    case = read_log.load_and_log(ref, Thing.READS, caller)
    return _page(request, caller, *product.reads.of_case(case.ref, _after(request, "after"), PAGE), case=case)


@routes.route("/desk/reads/{who}", methods=pages.GET)
@desk.staffed
def reads_of_reader(request: Any, caller: Caller, who: str) -> Response:
    """Show which parts of all cases the person `who`, a member of staff or a partner, read."""
    forbid_unless(caller.roles & SEES_ALL)
    return _page(request, caller, *product.reads.of_reader(who, _after(request, "after"), PAGE), who=who)


def _after(request: Any, name: str) -> str:
    """Return the cursor in the query parameter `name`; "" without one. Raises Refusal `bad_cursor` for an
    invalid cursor."""
    return whole_cursor((request.query_params or {}).get(name, ""), CURSOR)


def _what(language: str, item: Mapping[str, Any]) -> str:
    """Return what a reader read, as text. If they had masked details shown, the text says where these stand,
    but names nobody."""
    shown = str(item.get("revealed") or "")
    if not shown:
        return pages.say(language, f"desk.reads.thing.{item['thing']}")
    if shown.isdecimal():
        return pages.say(language, "desk.reads.revealed.entry", n=shown)
    parts = formats.texts(language)["page"]["desk"]["parts"]
    if shown in parts:
        return pages.say(language, "desk.reads.revealed.part", part=parts[shown])
    kind = shown if shown in ("letters", "aloud", "record") else "letter" if "." in shown else "person"
    return pages.say(language, f"desk.reads.revealed.{kind}", id=shown)


def _page(
    request: Any, caller: Caller, items: list[dict[str, Any]], after: str | None, **about: Any
) -> Response:
    roster = product.file.roster()

    def name(who: str) -> str:
        member = roster.member(who)
        return member.name if member else who

    return desk.page(
        request,
        caller,
        "desk_reads.html",
        items=items,
        after=after,
        name=name,
        what=partial(_what, pages.language(request)),
        link=partial(quote, safe=":@"),
        **about,
    )
