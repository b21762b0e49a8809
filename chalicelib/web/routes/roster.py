"""The roster on the desk and in the interface: who is on duty, deputies, hours of duty, absences, roles
without staff, and handing over cases."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

from chalice import Blueprint, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chalicelib.access.authorization import HOUSE, Caller
from chalicelib.domain.frozen import replace as replaced
from chalicelib.domain.model.case import Refusal, refuse_if
from chalicelib.domain.model.codes import Assigns, Language, Role
from chalicelib.domain.phone_hours import MIDNIGHT, PhoneHours, fault
from chalicelib.domain.roster import COVER, ON_DUTY, Hours, Member, Roster, Team, weekly
from chalicelib.locale.formats import date_called, label, listed, phone_hours_on
from chalicelib.web import callers, desk_drafts, forms, inputs, pages, request_models
from chalicelib.web.api.values import view_json
from chalicelib.web.partners import Scope
from chalicelib.web.problems import Answer, answers, forbid_unless, problem
from chalicelib.web.routes import desk
from chalicelib.web.routes.api import replaced_version
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import Absences, HandedByRules, HandedOver

routes = Blueprint(__name__)
PHONE = 40
"""The most characters of a telephone number that letters give."""


class Rota(BaseModel):
    """The teams of the roster by id. A team has its people by role, with their hours of duty and absences.
    `teams`: the teams."""

    model_config = ConfigDict(defer_build=True)

    teams: dict[str, Team] = Field(default_factory=dict)


def _zoned(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("datetime_zone", "a moment needs its time zone")
    return value.replace(microsecond=0)


ShortLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
ZonedMoment = Annotated[datetime, AfterValidator(_zoned)]


class RosterRequest(BaseModel):
    """A request about the roster, from a form or the interface."""

    model_config = request_models.STRICT


class Away(RosterRequest):
    """A new absence, until `until`. `who`: the absent person, by default the caller. `since`: by default
    now."""

    who: ShortLine | None = None
    since: ZonedMoment | None = None
    until: ZonedMoment


class Back(RosterRequest):
    """An absence to be removed. `who`: by default the caller. `since` and `until` must be those on the
    roster."""

    who: ShortLine | None = None
    since: ZonedMoment
    until: ZonedMoment


Spoken = TypeVar("Spoken", Away, Back)


class HandOver(RosterRequest):
    """A request to hand over all open cases of one person (`from`) to another (`to`)."""

    giver: ShortLine = Field(alias="from")
    to: ShortLine
    reason: Reason


class TeamNamed(RosterRequest):
    """A team that is to be closed, or opened again."""

    team: ShortLine


class Reroute(TeamNamed):
    """A request to hand over those cases of a team that the rules send elsewhere. `after`: where an earlier
    request ended."""

    reason: Reason
    after: Annotated[str, StringConstraints(pattern=r"^[0-2] [!-~]*$", max_length=200)] | None = None


class SeatRequest(RosterRequest):
    """A person (`who`) in a role of a team, for example to be removed from the role."""

    team: ShortLine
    role: ShortLine
    who: ShortLine


class MemberRequest(SeatRequest):
    """A person to be entered in a role of a team. `name` is shown on lists and in letters. `email` and
    `phone` are the person's own. `languages` and `most` limit the cases that are assigned to them by itself.
    `seen`: see `_settings_seen`."""

    name: ShortLine
    email: Annotated[ShortLine, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]
    phone: str = Field("", max_length=PHONE)
    languages: tuple[Language, ...] = ()
    most: int | None = Field(None, ge=1, le=10_000)
    seen: str | None = Field(None, max_length=300)


class Shift(SeatRequest):
    """Hours of duty of a person, repeated weekly for `weeks` weeks."""

    since: ZonedMoment
    until: ZonedMoment
    weeks: int = Field(1, ge=1, le=26)


class Off(SeatRequest):
    """Hours of duty to be removed. `since` and `until` must be those on the roster."""

    since: ZonedMoment
    until: ZonedMoment


class TeamRequest(RosterRequest):
    """A team to be entered or changed. `zh` and `en`: its name in each language. `phone`: the telephone
    number that letters give. `place_zh` and `place_en`: where it works. `monday` to `sunday`: its telephone
    hours as typed, for example "9:00-12:00, 13:00-17:30". `seen`: see `_settings_seen`."""

    team: ShortLine
    zh: ShortLine
    en: ShortLine
    phone: str = Field("", max_length=PHONE)
    place_zh: str = Field("", max_length=200)
    place_en: str = Field("", max_length=200)
    assigns: Assigns = Assigns.HAND
    monday: str = Field("", max_length=100)
    tuesday: str = Field("", max_length=100)
    wednesday: str = Field("", max_length=100)
    thursday: str = Field("", max_length=100)
    friday: str = Field("", max_length=100)
    saturday: str = Field("", max_length=100)
    sunday: str = Field("", max_length=100)
    seen: str | None = Field(None, max_length=300)


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The fields of the telephone hours in the form of a team, from Monday on."""
TYPED_HOURS = re.compile(
    r"([0-9]{1,2})[:：]([0-5][0-9])\s*(?:[-–—~～至到]|to)\s*([0-9]{1,2})[:：]([0-5][0-9])"
)


def _typed_hours(day: int, typed: str) -> tuple[PhoneHours, ...]:
    """Return the telephone hours that a person typed for a day of the week (from 1). Raises Refusal, with the
    day's field, for text that is no hours and for invalid hours."""
    place, rest = WEEK[day - 1], TYPED_HOURS.sub("", typed)
    refuse_if(rest.strip(" ,，、;；"), "phone_hours_typed", field=place)
    found = []
    for since, since_minute, until, until_minute in TYPED_HOURS.findall(typed):
        refuse_if(int(since) > 23 or int(until + until_minute) > 2400, "phone_hours_typed", field=place)
        end = MIDNIGHT if until == "24" else time(int(until), int(until_minute))
        found.append(PhoneHours(day, time(int(since), int(since_minute)), end))
    if wrong := fault(found):
        raise Refusal(wrong, field=place)
    return tuple(found)


def _team(said: TeamRequest) -> Roster:
    """Enter or change a team, and return the roster. Raises Refusal for invalid telephone hours, or a place
    in one language only."""
    refuse_if(bool(said.place_zh) != bool(said.place_en), "team_place", field="place_zh")
    place = {"zh": said.place_zh, "en": said.place_en} if said.place_zh else {}
    hours = tuple(one for n, day in enumerate(WEEK, 1) for one in _typed_hours(n, getattr(said, day)))
    label = {"zh": said.zh, "en": said.en}
    return product.cover.edit(
        lambda roster: _as_seen(roster, "team", said.team, said.seen).with_team(
            said.team, label, said.phone, place, hours, said.assigns
        )
    )


def _away(caller: Caller, said: Away) -> Roster:
    return product.cover.away(caller, said.who or caller.who, Hours(said.since or product.now(), said.until))


def _back(caller: Caller, said: Back) -> Roster:
    return product.cover.back(caller, said.who or caller.who, Hours(said.since, said.until))


class RosterChange(NamedTuple):
    """The declaration of a kind of change of the roster on the desk. `asks`: the request model. `by`: the
    roles that may make the change. `do(caller, request)`: makes the change. `fields`: the fields of the form,
    name → widget."""

    asks: type[RosterRequest]
    by: Role
    do: Callable[[Caller, Any], Any]
    fields: Mapping[str, str]


PLACE = {"team": "hidden", "role": "hidden", "who": "hidden"}
STRETCH = {"since": "moment", "until": "moment"}
DEEDS = {
    "absence": RosterChange(Away, HOUSE, _away, {"who": "select", **STRETCH}),
    "absence_end": RosterChange(Back, HOUSE, _back, dict.fromkeys(("who", "since", "until"), "hidden")),
    "hand_over": RosterChange(
        HandOver,
        Role.LEAD | Role.SUPERVISOR,
        lambda caller, said: product.cover.hand_over(caller, said.giver, said.to, said.reason),
        {"from": "select", "to": "select", "reason": "text"},
    ),
    "member": RosterChange(
        MemberRequest,
        Role.ADMINISTRATOR,
        lambda _, said: product.cover.enlist(
            said.team,
            said.role,
            Member(said.who, said.name, said.email, said.phone, languages=said.languages, most=said.most),
            lambda roster, person: _entered(roster, person, said.seen),
        ),
        {
            "team": "select",
            "role": "select",
            "who": "line",
            "name": "line",
            "email": "email",
            "phone": "phone",
            "languages": "many",
            "most": "number",
        },
    ),
    "member_out": RosterChange(
        SeatRequest,
        Role.ADMINISTRATOR,
        lambda _, said: product.cover.dismiss(said.team, said.role, said.who),
        PLACE,
    ),
    "member_sooner": RosterChange(
        SeatRequest,
        Role.ADMINISTRATOR,
        lambda _, said: product.cover.edit(lambda roster: roster.sooner(said.team, said.role, said.who)),
        PLACE,
    ),
    "hours": RosterChange(
        Shift,
        Role.ADMINISTRATOR,
        lambda _, said: product.cover.edit(
            lambda roster: roster.on(
                said.team,
                said.role,
                said.who,
                weekly(Hours(said.since, said.until), said.weeks),
                product.now(),
            )
        ),
        {**PLACE, **STRETCH, "weeks": "number"},
    ),
    "hours_end": RosterChange(
        Off,
        Role.ADMINISTRATOR,
        lambda _, said: product.cover.edit(
            lambda roster: roster.off(said.team, said.role, said.who, Hours(said.since, said.until))
        ),
        {**PLACE, **dict.fromkeys(STRETCH, "hidden")},
    ),
    "team": RosterChange(
        TeamRequest,
        Role.ADMINISTRATOR,
        lambda _, said: _team(said),
        {
            **dict.fromkeys(("team", "zh", "en"), "line"),
            "phone": "phone",
            **dict.fromkeys(("place_zh", "place_en"), "line"),
            "assigns": "radios",
            **dict.fromkeys(WEEK, "line"),
        },
    ),
    "reroute": RosterChange(
        Reroute,
        Role.LEAD | Role.SUPERVISOR,
        lambda caller, said: product.cover.reroute(caller, said.team, said.reason, said.after),
        {"team": "select", "reason": "text", "after": "hidden"},
    ),
    "team_close": RosterChange(
        TeamNamed, Role.ADMINISTRATOR, lambda _, said: product.cover.close(said.team), {"team": "radios"}
    ),
    "team_open": RosterChange(
        TeamNamed,
        Role.ADMINISTRATOR,
        lambda _, said: product.cover.edit(lambda roster: roster.reopening(said.team)),
        {"team": "hidden"},
    ),
}


@routes.route("/desk/roster", methods=pages.GET)
@desk.staffed
def roster(request: Any, caller: Caller) -> Response:
    """Show who is on duty now and next, by team and role. Also show the roles that will have nobody on duty
    in the next 48 hours."""
    done = (request.query_params or {}).get("done", "")
    forbid_unless(caller.roles & HOUSE)
    found, _ = product.file.fresh_roster()
    return desk.page(
        request,
        caller,
        "roster.html",
        roster=found,
        gaps=product.cover.gaps(found),
        names=names(found),
        untrained=product.cover.untrained(found),
        called=partial(date_called, pages.language(request)),
        done=done if done in DEEDS else "",
        owned_by=product.cover.assigned_by() if "waits" in (request.query_params or {}) else None,
        teams=[(id, team, _manned(found, id)) for id, team in found.teams.items()],
        speaks=product.cover.speaks_for(caller, found),
        heads=bool(product.cover.heads(caller, found)),
        administers=caller.administers,
        now=product.now(),
    )


@routes.route("/desk/roster/{deed}", methods=pages.GET)
@desk.staffed
def ask(request: Any, caller: Caller, deed: str) -> Response:
    """Show the form for a change of the roster. `deed`: the name of the change, a key of `DEEDS`."""
    if deed not in DEEDS or (
        "hidden" in set(DEEDS[deed].fields.values()) and not (request.query_params or {})
    ):
        return pages.redirect("/desk/roster")
    forbid_unless(caller.roles & DEEDS[deed].by)
    return _form(
        request,
        caller,
        deed,
        _first(deed, request.query_params or {}, caller.who if deed == "absence" else ""),
    )


@routes.route("/desk/roster/{deed}", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda _, names: DEEDS[names["deed"]].fields if names["deed"] in DEEDS else {})
def change(request: Any, caller: Caller, deed: str) -> Response:
    """Make a change of the roster, or hand over cases. `deed`: the name of the change, a key of `DEEDS`.
    After an error, show the form again with everything typed."""
    form = pages.form(request)
    forbid_unless(deed in DEEDS and caller.roles & DEEDS[deed].by)
    try:
        kinds = {name: STRETCH.get(name, widget) for name, widget in DEEDS[deed].fields.items()}
        kinds |= {"seen": "hidden"} if _sees(deed) else {}
        said = json.dumps(forms.posted_values(form, kinds), ensure_ascii=False)
        done = DEEDS[deed].do(caller, DEEDS[deed].asks.model_validate_json(said))
    except pages.KEPT as error:
        return _form(request, caller, deed, form, error)
    if deed in ("hand_over", "reroute"):
        return desk.page(request, caller, "roster_handed.html", deed=deed, handed=done, said=form)
    assigns = deed == "team" and done.assigns_itself(form["team"])
    return pages.redirect(f"/desk/roster?done={deed}{'&waits=owner' if assigns else ''}")


@routes.route("/v1/roster", methods=["GET"])
@answers
def whole() -> Answer[Rota]:
    """Get the roster: the people of each team by role, with their hours of duty. For staff."""
    forbid_unless(callers.bearer(routes.current_request).roles & HOUSE)
    return _whole()


@routes.route("/v1/roster", methods=["PUT"], content_types=inputs.JSON)
@answers
def replace() -> Answer[Rota]:
    """Replace all teams of the roster; for the administrator. `If-Match` has the ETag last seen. The answer
    is 412 if the roster has changed since, so no absence that was recorded meanwhile is lost. Without the
    header the answer is 428, except for the first roster; `*` overwrites any roster. The rules of the routing
    stay, and the teams that they name must stay with their people."""
    request = routes.current_request
    forbid_unless(callers.bearer(request).administers)
    duty = Rota.model_validate_json(inputs.body(request, inputs.MOST_ENTRIES))
    _, stored = product.file.fresh_roster()
    product.cover.replace_teams(duty.teams, replaced_version(request, stored))
    return _whole()


def _whole() -> Answer[Rota]:
    found, version = product.file.fresh_roster()
    return Answer(Rota(teams=dict(found.teams)), ETag=f'"{version}"')


@routes.route("/v1/absences", methods=["POST"], content_types=inputs.JSON)
@answers
def absent() -> Absences:
    """Record that a person is absent. Staff record their own absence. The head of a team records absences of
    its people. The administrator and the key of a personnel system record those of anybody."""
    return _absences(Away, _away)


@routes.route("/v1/absences", methods=["DELETE"], content_types=inputs.JSON)
@answers
def present() -> Absences:
    """Remove an absence. The callers who may record an absence may also remove it."""
    return _absences(Back, _back)


def _absences(asked: type[Spoken], taken: Callable[[Caller, Spoken], Roster]) -> Absences:
    request = routes.current_request
    caller, raw = callers.bearer(request, Scope.ABSENCES), inputs.body(request)
    forbid_unless(caller.roles & (HOUSE | Role.PARTNER))
    said = asked.model_validate_json(raw)
    who = said.who or caller.who
    found = taken(caller, said).member(who)
    away = found.absent if found else ()
    return {"who": who, "absent": [view_json({"since": hours.since, "until": hours.until}) for hours in away]}


@routes.route("/v1/hand-overs", methods=["POST"], content_types=inputs.JSON)
@answers
def hand_over() -> HandedOver:
    """Hand over all open cases of one person to another person of the same team. If `left` in the answer is
    not 0, cases were not tried yet: send the same request again."""
    request = routes.current_request
    caller, said = callers.bearer(request), HandOver.model_validate_json(inputs.body(request))
    forbid_unless(caller.roles & DEEDS["hand_over"].by)
    handed = product.cover.hand_over(caller, said.giver, said.to, said.reason)
    return {"moved": len(handed.moved), "failed": list(handed.failed), "left": handed.left}


@routes.route("/v1/hand-overs/by-rules", methods=["POST"], content_types=inputs.JSON)
@answers
def reroute() -> HandedByRules:
    """Hand over the open cases of a team that the routing rules now send to another team; for its leads and
    for supervisors. At most 100 cases are looked at. If `after` in the answer is not null, send the request
    again with it."""
    request = routes.current_request
    caller, said = callers.bearer(request), Reroute.model_validate_json(inputs.body(request))
    forbid_unless(caller.roles & DEEDS["reroute"].by)
    handed = product.cover.reroute(caller, said.team, said.reason, said.after)
    return {"moved": list(handed.moved), "failed": list(handed.failed), "after": handed.after}


def _manned(roster: Roster, id: str) -> Iterator[dict[str, Any]]:
    """Yield each role that a team has or needs, then its cover rota if it has telephone hours. `code`: the
    role. `on`: who is on duty. `people`: everybody in the role, in the order in which they are asked.
    `borrowed`: whether these people belong to other teams, because the team has nobody in the role."""
    duty, needed = roster.teams[id].duty, product.cover.needed(roster, id)
    for role in (role for role in ON_DUTY if role in duty or role in needed):
        people = roster.people(id, role)
        yield {
            "code": role,
            "on": roster.on_duty(id, Role[role.upper()], product.now()).member,
            "people": people,
            "borrowed": bool(people) and not duty.get(role),
        }
    if (team := roster.teams[id]).hours or team.cover:
        on = next((member for member in team.cover if member.present(product.now())), None)
        yield {"code": COVER, "on": on, "people": team.cover, "borrowed": False}


def names(roster: Roster) -> dict[str, str]:
    """Return the names of everybody on the roster: id → name."""
    return {member.id: member.name for team in roster.teams.values() for member in team.people()}


def _first(deed: str, query: Mapping[str, str], who: str) -> pages.Form:
    """Return the form of a change as it is first shown. It has the values in the link (`query`), the person
    `who`, and what the roster knows of the chosen person or team."""
    said = {"who": who, **{name: query[name] for name in DEEDS[deed].fields if name in query}}
    found, _ = product.file.fresh_roster()
    id = said.get("team" if deed == "team" else "who", "")
    seen = [("seen", _settings_seen(found, deed, id))] if _sees(deed) else []
    return pages.Form([*said.items(), *seen, *_settings(found, deed, id)])


def _sees(deed: str) -> bool:
    """Return whether the form of a change shows stored settings, and sends back which it showed."""
    return "seen" in DEEDS[deed].asks.model_fields


def _settings(roster: Roster, deed: str, id: str) -> list[tuple[str, str]]:
    """Return what the form of a person (`deed` "member") or a team ("team") shows of the one with this id, as
    fields and values. Return nothing for any other form or an unknown id."""
    if deed == "member" and (known := roster.member(id)):
        said = {"name": known.name, "email": known.email, "phone": known.phone, "most": str(known.most or "")}
        return [*said.items(), *(("languages", one) for one in known.languages)]
    if deed == "team" and (team := roster.teams.get(id)):
        said = {**team.label, "phone": team.phone, "assigns": team.assigns}
        said |= {f"place_{one}": place for one, place in team.place.items()}
        return [*said.items(), *((day, phone_hours_on(n, team.hours)) for n, day in enumerate(WEEK, 1))]
    return []


def _settings_seen(roster: Roster, deed: str, id: str) -> str:
    """Return the id of a person or team, a colon, and a digest of the settings that the form shows. The form
    sends this back as `seen`, so that we notice a change that somebody else made after it was opened."""
    said = json.dumps(_settings(roster, deed, id))
    return f"{id}:{sha256(said.encode()).hexdigest()[:16]}"


def _as_seen(roster: Roster, deed: str, id: str, seen: str | None) -> Roster:
    """Return the roster if the person or team with this id has the settings that its form showed, or if
    `seen` is None. Raise Refusal `roster_changed` for other settings. Raise Refusal `team_exists` if the form
    was that of another or a new team, but the roster has this team."""
    if seen and seen.rpartition(":")[0] == id:
        refuse_if(seen != _settings_seen(roster, deed, id), "roster_changed")
    else:
        refuse_if(seen and deed == "team" and id in roster.teams, "team_exists", field="team")
    return roster


def _entered(roster: Roster, person: Member, seen: str | None) -> Member:
    """Return the person as typed in the form. If the form was opened for nobody, what it left blank stays as
    the roster has it. Raises Refusal `roster_changed`; see `_as_seen`."""
    known = _as_seen(roster, "member", person.id, seen).member(person.id)
    if known is None or seen != _settings_seen(roster, "member", ""):
        return person
    kept = {
        name: getattr(known, name) for name in ("phone", "languages", "most") if not getattr(person, name)
    }
    return replaced(person, **kept)


def _form(
    request: Any, caller: Caller, deed: str, form: pages.Form, error: Exception | None = None
) -> Response:
    opened, draft = desk_drafts.open_form(request, caller.who, desk.address(request), form)
    form = opened or form
    language, (found, _) = pages.language(request), product.file.fresh_roster()
    wrong = problem(language, error) if error else None
    errors = {one["pointer"][1:]: one["message"] for one in wrong.errors} if wrong else {}
    choices, asks = _choices(deed, caller, found, language), DEEDS[deed].asks.model_fields
    required = {"who", *(field.alias or name for name, field in asks.items() if field.is_required())}
    fields = [
        forms.Field(
            name,
            widget,
            pages.say(language, f"roster.field.{name}"),
            forms.hinted(
                language,
                widget,
                pages.say(language, f"roster.hint.{deed}_{name}") if f"{deed}_{name}" in HINTS else "",
            ),
            name in required,
            tuple(choices.get(name, ())),
            # a single option is chosen when the form opens
            values=tuple(form.all(name))
            if widget == "many"
            else tuple(
                filter(None, [form[name] or (of[0].code if len(of := choices.get(name, [])) == 1 else "")])
            ),
            error=errors.get(name, ""),
        )
        for name, widget in DEEDS[deed].fields.items()
    ]
    who = found.member(form["who"])
    return desk.page(
        request,
        caller,
        "roster_form.html",
        wrong.status if wrong else 200,
        deed=deed,
        draft=draft,
        fields=fields,
        problem=wrong,
        lines=forms.summary(language, fields, wrong.errors) if wrong else [],
        place=form["role"] if who else "",
        who=who.name if who and "hidden" in DEEDS[deed].fields.values() else "",
        seen=form["seen"],
    )


HINTS = frozenset(
    {
        "absence_since",
        "hours_weeks",
        "member_team",
        "member_who",
        "member_languages",
        "member_most",
        "team_team",
        "team_assigns",
        "team_monday",
        "hand_over_reason",
        "reroute_reason",
    }
)
"""The fields that have a hint. Each is written as the name of the change, "_" and the name of the field."""


def _choices(deed: str, caller: Caller, roster: Roster, language: str) -> dict[str, list[forms.Option]]:
    """Return the options of each field of a form that offers a list: name of the field → options. `deed`: the
    name of the change."""

    def people(ids: list[str]) -> list[forms.Option]:
        known = (roster.member(id) for id in ids)
        return [
            forms.Option(member.id, f"{member.name} · {_roles(roster, member.id, language)}")
            for member in known
            if member
        ]

    if deed == "absence":
        return {"who": people(product.cover.speaks_for(caller, roster))}
    if deed == "hand_over":
        teams = product.cover.heads(caller, roster)
        mine = people(
            list(dict.fromkeys(m.id for id in roster.teams if id in teams for m in roster.teams[id].people()))
        )
        return {"from": mine, "to": mine}
    if deed == "reroute":
        teams = product.cover.heads(caller, roster)
        return {
            "team": [forms.Option(id, roster.teams[id].label[language]) for id in roster.teams if id in teams]
        }
    if deed == "team_close":
        return {
            "team": [
                forms.Option(
                    id,
                    pages.say(
                        language, "roster.open_work", team=team.label[language], n=product.cover.open_work(id)
                    ),
                )
                for id, team in roster.teams.items()
                if not team.closed
            ]
        }
    if deed == "member":
        return {
            "team": [forms.Option(id, team.label[language]) for id, team in roster.teams.items()],
            "role": [
                *(forms.Option(role, label(language, role, "role")) for role in ON_DUTY),
                forms.Option(COVER, pages.say(language, "roster.cover")),
            ],
            "languages": [forms.Option(one, label(language, one, "spoken_language")) for one in Language],
        }
    if deed == "team":
        return {"assigns": [forms.Option(one, label(language, one, "assigns")) for one in Assigns]}
    return {}


def _roles(roster: Roster, id: str, language: str) -> str:
    has = {
        role
        for team in roster.teams.values()
        for role, people in team.duty.items()
        if any(m.id == id for m in people)
    }
    return listed(language, (role for role in ON_DUTY if role in has), "role")
