"""Calendar feeds of staff. A person makes a feed of their own cases, or of a team, and gives its secret
address to a calendar program. Everybody with the address can read the feed, so it names only case numbers and
acts."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from chalice import Blueprint, Response

from chalicelib.access.authorization import LISTS, Caller, NotFound
from chalicelib.cases.waiting import QUEUES
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.codes import Role
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import OVERSEES, Roster
from chalicelib.locale.formats import label
from chalicelib.view.calendar_feed import DUE, INTERVIEW, MEETING, Entry, entries
from chalicelib.web import callers, conditions, pages
from chalicelib.web.pages import say
from chalicelib.web.problems import PRIVATE, forbid_unless
from chalicelib.web.routes import desk
from chalicelib.wiring import product

routes = Blueprint(__name__)
HOME = "/desk/calendar"
FEED = "/calendar/{secret}/desk.ics"
KEPT_AS = "CALENDAR"
"""The kind of row under which a feed is stored."""
SECRET = re.compile(r"[a-z2-7]{26}")
LASTS = timedelta(days=366)
"""How long the address of a feed works. The page says until when, and renews it."""
MOST = 500
"""The highest number of cases in a feed: those with the next deadlines. They are read in one query."""
DONE = ("make", "end")


@routes.route(HOME, methods=pages.GET)
@desk.staffed
def read(request: Any, caller: Caller) -> Response:
    """Show the feeds that the caller can have, with the addresses of those that they have."""
    query, language, roster = request.query_params or {}, pages.language(request), product.file.roster()
    held = {one.kept["team"]: one.kept for one in _held(caller.who)}
    owner = _owner(caller.who, roster)
    return desk.page(
        request,
        caller,
        "desk_calendar.html",
        done=query.get("done") if query.get("done") in DONE else "",
        feeds=[
            {
                "team": team,
                "name": _name(language, team, roster),
                "address": _address(caller.who, held[team]) if team in held else "",
                "until": held[team]["until"] if team in held else "",
            }
            for team in (("", *_teams(owner, roster)) if owner else ())
        ],
    )


@routes.route(HOME, methods=["POST"], content_types=pages.FORM)
@desk.staffed
def change(request: Any, caller: Caller) -> Response:
    """Make a feed with a new address, which ends the earlier one, or end a feed."""
    form, roster = pages.form(request), product.file.roster()
    team, owner = form["team"], _owner(caller.who, roster)
    forbid_unless(form["do"] in DONE and owner and (not team or team in _teams(owner, roster)))
    earlier = [one for one in _held(caller.who) if one.kept["team"] == team]
    if form["do"] == "make":
        now, until = product.now(), product.now() + LASTS
        kept = {
            "who": caller.who,
            "team": team,
            "made": product.calendars.new(),
            "since": stamp(now),
            "until": stamp(until),
            "language": pages.language(request),
        }
        secret = product.calendars.secret(caller.who, kept["made"])
        product.sessions.keep(KEPT_AS, secret, kept, until, caller.who)
    for one in earlier:
        product.sessions.forget(KEPT_AS, one.id, caller.who)
    return pages.redirect(f"{HOME}?done={form['do']}")


@routes.route(FEED, methods=pages.GET)
@pages.answered
def feed(request: Any, secret: str) -> Response:
    """Return a feed to a calendar program (text/calendar), or 304 if the program has it. The roster of this
    moment decides whether its owner may still read it. It costs five AWS calls. A wrong address, and the
    address of an ended feed, get 404. Only these requests count towards the limit of the network."""
    known = SECRET.fullmatch(secret)
    kept = product.sessions.find(KEPT_AS, secret, product.now()) if known else None
    owner = _owner_now(kept) if kept else None
    if kept is None or owner is None:
        product.ceilings.take("calendar", network=callers.network(request))
        raise NotFound("calendar")
    product.ceilings.take("calendar", account=kept["made"])
    team, language = kept["team"], kept["language"]
    queue = "team" if team else "mine"
    items, _ = product.file.work(QUEUES[queue].format(who=owner.who, team=team), None, MOST)
    found = [*entries(items, owner, queue, product.now())]
    name = _name(language, team, product.file.roster())
    tag = conditions.entity_tag(repr((name, language, found)))
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/calendar; charset=utf-8",
        "ETag": tag,
        **PRIVATE,
    }
    if conditions.not_modified(request, tag):
        return Response("", headers, 304)
    return Response(_written(language, name, found), headers)


def _written(language: str, name: str, found: list[Entry]) -> str:
    from chalicelib.letters import ics

    site = product.setting("PUBLIC_URL")
    events = (
        ics.FeedEvent(
            f"{one.id}@{urlsplit(site).hostname}",
            one.sequence,
            one.start,
            one.end,
            say(language, "calendar.entry", number=shown(one.ref), act=_act(language, one.act)),
            f"{site}{one.path}",
            one.act in (MEETING, INTERVIEW),
        )
        for one in found
    )
    return ics.feed(name, events, product.now()).decode()


def _act(language: str, act: str) -> str:
    return (
        say(language, f"calendar.{act}") if act in (MEETING, INTERVIEW, DUE) else label(language, act, "move")
    )


def _name(language: str, team: str, roster: Roster) -> str:
    """Return the name of a feed: of the person ("" for `team`), or of a team."""
    if not team:
        return say(language, "calendar.mine")
    return say(language, "calendar.of_team", team=roster.team_name(team, language))


def _held(who: str) -> list[Any]:
    """Return the feeds of a person, the newest last."""
    found = product.sessions.held(KEPT_AS, who, product.now())
    return sorted(found, key=lambda one: one.kept["since"])


def _address(who: str, kept: Mapping[str, Any]) -> str:
    """Return the address of a feed. It is computed again, because no secret is stored."""
    secret = product.calendars.secret(who, kept["made"])
    return product.setting("PUBLIC_URL") + FEED.format(secret=secret)


def _owner_now(kept: Mapping[str, Any]) -> Caller | None:
    """Return the owner of a feed with the roles and teams that they have at this moment. Return None if they
    have lost the right to it: they have left, are disabled or signed out, or have no role for its team."""
    who, team = kept["who"], kept["team"]
    if product.staff.standing(who, product.now()).refuses(instant(kept["since"])):
        return None
    roster, _ = product.file.fresh_roster()
    if roster.member(who) is None:  # only a mediator needs the register
        register, _ = product.file.fresh_register()
        roster = Roster(mediators=register)
    owner = _owner(who, roster)
    return owner if owner and (not team or team in _teams(owner, roster)) else None


def _owner(who: str, roster: Roster) -> Caller | None:
    """Return a person with the roles and teams that the roster gives them. Return None if it gives none."""
    roles = roster.roles(who) or (Role.MEDIATOR if roster.mediators.member(who) else Role(0))
    teams = frozenset(team for team in roster.teams if roster.serves(who, team))
    return Caller(who, roles, teams) if roles else None


def _teams(owner: Caller, roster: Roster) -> list[str]:
    """Return the teams whose feed a person can have: their own, or all teams for those who oversee them."""
    if owner.roles & OVERSEES:
        return sorted(roster.teams)
    return sorted(owner.teams) if owner.roles & LISTS else []
