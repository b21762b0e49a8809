"""The lists of the complaints that a partner filed, the complaint with the partner's own number, and the
texts by which a person lets the partner read."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, cast

from chalice import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from chalicelib.access.authorization import STAFF, Caller, NotFound, Thing
from chalicelib.domain.calendar import day_end, stamp
from chalicelib.domain.model.case import Refusal, refuse_if, required
from chalicelib.domain.model.codes import ConsentText, Language
from chalicelib.domain.moves.partner_access import PRESENT_TEXT
from chalicelib.locale.formats import consent_texts
from chalicelib.view.filed import Between, FiledCase, State, filed_case, place
from chalicelib.web import callers, read_log
from chalicelib.web.api.values import view_json
from chalicelib.web.pages.paging import LIMIT, MOST
from chalicelib.web.partners import Scope
from chalicelib.web.problems import answers, forbid_unless
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import ConsentItem, Consents, FiledCases

routes = Blueprint(__name__)
CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)_(\d{12})_([0-9a-f]{8})")
"""The format of a cursor: the position of the last item of a page, and the mark of its list."""
STATES: tuple[State, ...] = ("open", "closed")
EARLIEST, LATEST = date(2000, 1, 1), date(9999, 12, 30)
"""The first and the last day of a list whose request names none."""


class FiledAsked(BaseModel):
    """The query of a list of complaints. `external_id`: the partner's own number; without it, the query asks
    for a list. `partner`: the name of the partner, which only staff give. `state`: open or closed complaints;
    without it, both. `from` and `to`: the first and the last day (in China) on which they were recorded.
    `order`: whether the newest or the oldest comes first."""

    model_config = ConfigDict(extra="forbid")
    external_id: str | None = Field(None, min_length=1, max_length=200)
    partner: str | None = Field(None, max_length=60)
    state: State | None = None
    first: date = Field(EARLIEST, alias="from", ge=EARLIEST, le=LATEST)
    last: date = Field(LATEST, alias="to", ge=EARLIEST, le=LATEST)
    order: Literal["newest", "oldest"] = "newest"
    limit: int = Field(LIMIT, ge=1, le=MOST)
    cursor: str = Field("", max_length=100)


@routes.route("/v1/cases", methods=["GET"])
@answers
def filed_cases() -> FiledCases:
    """List the complaints that the partner filed, the newest first. `state` is `open` or `closed`; `from` and
    `to` are days in China on which the complaints were recorded; `order` is `newest` or `oldest`. `next` is
    the `cursor` of the next page. A cursor belongs to its list: with another `state`, day or order it is
    refused.

    With `external_id`, find the complaint to which the partner gave this number. There are several if a
    complaint was split. Staff name the `partner` too, and find only complaints that they may see.

    The lists hold complaints that were recorded since they exist. Earlier ones are found by `external_id`."""
    caller = callers.bearer(routes.current_request, Scope.READ)
    asked = FiledAsked.model_validate(routes.current_request.query_params or {})
    named = caller.roles & STAFF and asked.partner and asked.external_id
    forbid_unless(caller.is_partner or named)
    refuse_if(not named and asked.partner, "only_for_others", field="partner")
    whose = f"partner:{asked.partner}" if named else caller.who
    if asked.external_id:
        return {"items": view_json(_numbered(caller, whose, asked.external_id)), "next": None}
    mark = sha256(f"{whose} {asked.state} {asked.first} {asked.last} {asked.order}".encode()).hexdigest()[:8]
    after = ""
    if asked.cursor:
        at, ref, of = required(CURSOR.fullmatch(asked.cursor), "bad_cursor", field="cursor").groups()
        refuse_if(of != mark, "cursor_of_another_list", field="cursor")
        after = place(at, ref)
    days = place(stamp(day_end(asked.first - timedelta(days=1)))), place(stamp(day_end(asked.last)))
    states = (asked.state,) if asked.state else STATES
    items, more = product.filed.page(
        whose, states, Between(*days, after, asked.order == "newest"), asked.limit
    )
    following = f"{items[-1].place.replace('#', '_')}_{mark}" if more else None
    return {"items": view_json(items), "next": following}


@routes.route("/v1/consents", methods=["GET"])
@answers
def consents() -> Consents:
    """Get the texts that a partner shows to a person before it files for them with `consent`, in both
    languages. A version never changes. Show the one that is `present`, unchanged and whole. Then send its
    `version` and the moment at which the person agreed. The receipt repeats what they agreed to, with a link
    that ends it."""
    found = [
        {"version": version, "language": language, "present": version == PRESENT_TEXT}
        | dict(consent_texts(language)[version])
        for version in ConsentText
        for language in Language
    ]
    return {"items": cast("list[ConsentItem]", found), "next": None}


def _numbered(caller: Caller, partner: str, external_id: str) -> list[FiledCase]:
    """Return the complaints that `partner` filed under its own number, as far as the caller may read how they
    stand. One that an earlier release took in is found by the hash of the number alone."""
    found = list[FiledCase]()
    for ref in product.filed.numbers(partner, external_id) or product.casework.filed_under(
        partner, external_id
    ):
        with suppress(NotFound, Refusal):
            found.append(filed_case(read_log.load_and_log(ref, Thing.TIMELINE, caller)))
    return found
