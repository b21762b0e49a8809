"""Tests of read access: every GET route, for every kind of caller, on their own case, another one and a
closed one. The tables follow tables.md §1 and the table of `chalicelib/access/authorization.py`. A route or a
kind of reader without a row fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib.access.authorization import READS, Caller, ReaderRole, readers
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.web import callers, partners
from chalicelib.web.pages.consumer.sections import SHOWN
from chalicelib.web.pages.desk.sections import SHOWN as AT_THE_DESK
from tests.closed import complete
from tests.cloud.moto_pool import whole_scenario
from tests.life.complaint import answer
from tests.life.contested import MA
from tests.scenario import DAY, SUN, WANG, ZHAO, ZHOU, Scenario
from tests.store import Store, photograph
from tests.web.desk import GROUPS, Desk
from tests.web.mediated import REN, YAN, appointed, bound, consented, negotiating, registered, sealed
from tests.web.provider import running

AS = {".": 200, ">": 303, "?": 401, "x": 403, "0": 404, "!": 409, "#": 400}
"""The sign of each status in the tables: shown, redirect, not signed in, forbidden, not found, conflict, bad
request.
"""
AFTER = datetime(2026, 4, 1, 4, tzinfo=UTC)
"""A time after the end of the authority, before the clock has run."""
STORY, PHONE = "洗衣机坏了", "13800138000"
"""The story and the telephone of 王芳 (p1). Readers without access to personal data find neither on any page.
"""

LINK = (
    "/case",
    *(f"/case/{name}" for name in SHOWN),
    "/case/moves/{move}",
    "/complain/done",
    "/case/files",
    "/case/files/add",
    "/case/files/{id}",
    "/case/files/{id}/picture",
    "/case/files/{id}/upload",
    "/case/agreement",
    "/case/copy",
    "/case/copy/{id}",
    "/case/{ref}/{token}",
    "/case/easy",
    "/case/easy/promises",
    "/case/easy/sign",
)
DESK = (
    "/desk/cases/{ref}",
    *(f"/desk/cases/{{ref}}/{name}" for name in AT_THE_DESK),
    "/desk/cases/{ref}/moves/{move}",
    "/desk/cases/{ref}/files",
    "/desk/cases/{ref}/files/add",
    "/desk/cases/{ref}/files/{id}",
    "/desk/cases/{ref}/files/{id}/picture",
    "/desk/cases/{ref}/files/{id}/view",
    "/desk/cases/{ref}/files/{id}/upload",
    "/desk/cases/{ref}/agreement",
    "/desk/cases/{ref}/reads",
    "/desk/cases/{ref}/data/{party}",
    "/desk/cases/{ref}/record",
    "/desk/cases/{ref}/record/{id}",
    "/desk/cases/{ref}/record-json",
)
API = (
    "/v1/cases/{ref}",
    "/v1/cases/{ref}/timeline",
    "/v1/cases/{ref}/timeline/{n}",
    "/v1/cases/{ref}/deadlines",
    "/v1/cases/{ref}/files",
    "/v1/cases/{ref}/files/{id}",
    "/v1/cases/{ref}/reads",
)
"""The routes that read a case, in the order of the tables: by access link, at the desk, through the
interface. The move is `tag_safety`, the entry the complaint, the file a photograph of p1.
"""

BY_LINK = """
nobody        -       - ????????.>>>>>>>>0>>> ???????
consumer      own     s ...........>>>>.0>..0 ......x
consumer      other   - 000000000000000000000 0000000
consumer      closed  s ...0......!>>>0.0>.00 ......x
joined        own     - ...0.......0000.0>.00 ..0..0x
joined        other   - 000000000000000000000 0000000
joined        closed  - ...0......!0000.0>.00 ..0..0x
checked       own     s ...........>>>>.0>..0 ......x
checked       other   - 000000000000000000000 0000000
checked       closed  s ...0......!>>>0.0>.00 ......x
unchecked     own     - .0.0000.x..000xxx>>>> .xxx.0x
unchecked     other   - 000000000000000000000 0000000
unchecked     closed  - .0.0000.x.!000xxx>>>> .xxx.0x
expired       own     - .0.0000.x.!000xxx>>>> .xxx.0x
expired       other   - 000000000000000000000 0000000
expired       closed  - .0.0000.x.!000xxx>>>> .xxx.0x
ended         own     - 000000000000000000000 0000000
ended         other   - 000000000000000000000 0000000
ended         closed  - 000000000000000000000 0000000
left          own     - 000000000000000000000 0000000
left          other   - 000000000000000000000 0000000
left          closed  - 000000000000000000000 0000000
phrased       own     - .>>>>>>.>..000xxx0>>> 0000000
phrased       other   - ????????.>>>>>>>>0>>> 0000000
phrased       closed  - .>>>>>>.>.!000xxx0>>> 0000000
company       own     - ......0.>..000>00>>>> ..0..0x
company       other   - 000000000000000000000 0000000
company       closed  - ...0..0.>.!000000>>>> ..0..0x
replaced_rep  own     - 000000000000000000000 0000000
replaced_rep  other   - 000000000000000000000 0000000
replaced_rep  closed  - 000000000000000000000 0000000
by_question   own     - 000000000000000000000 0000000
by_question   other   - 000000000000000000000 0000000
by_question   closed  - 000000000000000000000 0000000
"""
"""Holders of access links: kind, case, story readable (s) or not (-), signs of `LINK`, signs of `API`. The
link to a question is tried too, wherever a token can be, and opens none of these pages."""

AT_DESK = """
nobody        -       - >>>>>>>>>>>>>>>>>> ???????
partner       own     - >>>>>>>>>>>>>>>>>> .....0x
partner       other   - >>>>>>>>>>>>>>>>>> 0000000
partner       closed  - >>>>>>>>>>>>>>>>>> .....0x
handler       own     s ........>>>>>xxxxx ......x
handler       other   - 000000000000000xxx 0000000
handler       closed  s .......!>>>>0xxxxx ......x
lead          own     s ........>>>>>x!xxx ......x
lead          other   - 000000000000000xxx 0000000
lead          closed  s .......!>>>>0x!xxx ......x
former_team   own     - 000000000000000xxx 0000000
former_team   other   - 000000000000000xxx 0000000
former_team   closed  - 000000000000000xxx 0000000
new_team      own     s ........>>>>0x.xxx ......x
new_team      other   - 000000000000000xxx 0000000
new_team      closed  s .......!>>>>0x.xxx ......x
third_team    own     - 000000000000000xxx 0000000
third_team    other   - 000000000000000xxx 0000000
third_team    closed  - 000000000000000xxx 0000000
supervisor    own     s .......x>>>>>.!.0. .......
supervisor    other   s .......x>>>>>.!.0. .......
supervisor    closed  s .......!>>>>0.!.0. .......
executive     own     s .....>.x>>>>>.x.0. .......
executive     other   s .....>.x>>>>>.x.0. .......
executive     closed  s .....>.!>>>>0.x.0. .......
auditor       own     - ...xx>xxxxxxx.x.0. ....xx.
auditor       other   - ...xx>xxxxxxx.x.0. ....xx.
auditor       closed  - ...xx>xxxxxxx.x.0. ....xx.
administrator own     - 000000000000000xxx 0000000
administrator other   - 000000000000000xxx 0000000
administrator closed  - 000000000000000xxx 0000000
department    own     - .xxxx.xxxxxxxxxxxx .xxxxxx
department    other   - 000000000000000xxx 0000000
department    closed  - 000000000000000xxx 0000000
recused       own     - .xxxx.xxxxxxxxxxxx .xxxxxx
recused       other   - 000000000000000xxx 0000000
recused       closed  - .xxxx.xxxxxxxxxxxx .xxxxxx
colleague     own     - .xxxx.xxxxxxxxxxxx .xxxxxx
colleague     other   - 000000000000000xxx 0000000
colleague     closed  - .xxxx.xxxxxxxxxxxx .xxxxxx
member        own     s .......x>>>>0xxxxx ......x
member        other   - 000000000000000xxx 0000000
member        closed  - 000000000000000xxx 0000000
undeclared    own     - .xxxx>xxxxxxxxxxxx .xxxxxx
undeclared    other   - 000000000000000xxx 0000000
undeclared    closed  - 000000000000000xxx 0000000
of_the_panels own     - 000000000000000xxx 0000000
of_the_panels other   - 000000000000000xxx 0000000
of_the_panels closed  - 000000000000000xxx 0000000
mediator      own     s ........>>>>>xxxxx ......x
mediator      other   - 000000000000000xxx 0000000
mediator      closed  - 000000000000000xxx 0000000
invited       own     - .xxxx>xxxxxxxxxxxx .xxxxxx
invited       other   - 000000000000000xxx 0000000
invited       closed  - 000000000000000xxx 0000000
replaced      own     - 000000000000000xxx 0000000
replaced      other   - 000000000000000xxx 0000000
replaced      closed  - 000000000000000xxx 0000000
"""
"""Signed-in staff and partner keys: kind, case, story readable, signs of `DESK`, signs of `API`. The other
case of a staff role belongs to another team.
"""

ELSEWHERE = """
/                        ............
/static/{name}           ............
/complain                ............
/complain/danger         ............
/complain/forget         >>>>>>>>>>>>
/complain/forgotten      >>>>>>>>>>>>
/complain/report         ............
/complain/files          >>>>>>>>>>>>
/complain/files/{id}/upload >>>>>>>>>>>>
/complain/{page}         >>>>>>>>>>>>
/case/link               ............
/case/{ref}              .>..........
/stories                 ............
/figures                 ............
/figures/dictionary      ............
/figures/dictionary.json ............
/process                 ............
/easy                    ............
/easy/next               ............
/suggestions             >>>>>>>>>>>>
/suggestions/sent        ............
/accessibility           ............
/.well-known/security.txt 000000000000
/privacy                 ............
/verify                  ............
/verify/{id}             !!!!!!!!!!!!
/address/{ref}/{token}   000000000000
/calendar/{secret}/desk.ics 000000000000
/handed/{token}          000000000000
/question                000000000000
/question/{ref}/{token}  000000000000
/mailbox                 000000000000
/mailbox/{n}             000000000000
/openapi.json            ............
/data-copy.schema.json   ............
/report.schema.json      ............
/reference               ............
/reference/operations/{name} 000000000000
/reference/types/{name}  000000000000
/v1/stories              ............
/v1/figures              ............
/v1/figures/{table}      ............
/v1/verify/uploads/{id}  !!!!!!!!!!!!
/desk/sign-in            >>>>>>>>>>>>
/desk/callback           ############
/desk                    >>>........>
/desk/find               >>>.........
/desk/next               >>>>>>>>>>>>
/desk/complain           >>>xxx..xxxx
/desk/calls              >>>xxx..xxxx
/desk/actions            >>>xxx.....x
/desk/actions/{ref}      >>>000000000
/desk/open-action        >>>xxxx..xxx
/desk/trainings          >>>xxx.....x
/desk/trainings/{ref}    >>>000000000
/desk/record-training    >>>xxxx..xxx
/desk/roster             >>>x........
/desk/roster/{deed}      >>>x........
/desk/routing            >>>x........
/desk/routing/{deed}     >>>xxxxxxxx.
/desk/administration     >>>xxxxxxxx.
/desk/administration/hold >>>xxxxxxxx>
/desk/texts              >>>x........
/desk/texts/{deed}       >>>xxxxxxxx.
/desk/mediators          >>>xxxx..xx.
/desk/mediators/{deed}   >>>xxxxxxxx.
/desk/keys               >>>xxxxxxxx.
/desk/keys/{deed}        >>>xxxxxxxx.
/desk/webhooks           >>>xxxxxxxx.
/desk/webhooks/{deed}    >>>xxxxxxxx.
/desk/record             >>>xxxxx...x
/desk/calendar           >>>.........
/desk/sessions           >>>.........
/desk/board              >>>xxxx...xx
/desk/board/cases        >>>xxxx...xx
/desk/what-if            >>>xxxxx..xx
/desk/what-if/{id}       >>>xxxxx00xx
/desk/signs              >>>xxxx....x
/desk/suggestions        >>>xxxx....x
/desk/report-foreword    >>>xxxx0000x
/desk/reports            >>>xxxx....x
/desk/reports/{period}   >>>xxxx0000x
/desk/reports/{period}/data >>>xxxx0000x
/desk/reports/{period}/{id} >>>xxxx0000x
/desk/reports/measures   >>>xxxx....x
/desk/reports/volumes    >>>xxxxx...x
/desk/teams              >>>xxxx..xxx
/desk/teams/csv          >>>xxxx00xxx
/desk/survey             >>>xxxx....x
/desk/reads/{who}        >>>xxxxx...x
/v1/reads/{who}          ?0xxxxxx...x
/v1/cases                ?0.xxxxxxxxx
/v1/changes              ?0.xxxxxxxxx
/v1/consents             ............
/v1/work                 ?0x........x
/v1/roster               ?0xx........
/v1/routing              ?0xx........
/v1/routing/changes      ?0xx........
/v1/team-figures/{period} ?0xxxxx00xxx
/v1/keys                 ?0xxxxxxxxx.
/v1/webhooks             ?0xxxxxxxxx.
/v1/webhooks/{id}        ?0xxxxxxxxx0
/v1/webhooks/{id}/deliveries ?0xxxxxxxxx0
/v1/mediators            ?0xxxxx..xx.
"""
"""Routes that belong to no case. Columns: nobody, a party, a partner, a mediator, a panel member, a
department, handler, lead, supervisor, executive, auditor, administrator.
"""
CLASSES = (
    "nobody",
    "consumer",
    "partner",
    "mediator",
    "of_the_panels",
    "department",
    "handler",
    "lead",
    "supervisor",
    "executive",
    "auditor",
    "administrator",
)
ACTS = frozenset(
    {
        "POST /address/{ref}/{token}",
        "POST /case/files/add",
        "POST /case/files/{id}/parts",
        "POST /case/files/{id}/remove",
        "POST /case/copy",
        "POST /case/data",
        "POST /case/find",
        "POST /case/leave",
        "POST /case/link",
        "POST /case/moves/{move}",
        "POST /complain/files/add",
        "POST /complain/files/{id}/parts",
        "POST /complain/files/{id}/remove",
        "POST /complain/forget",
        "POST /complain/restore",
        "POST /complain/{page}",
        "POST /desk/cases/{ref}",
        "POST /desk/cases/{ref}/letters",
        "POST /desk/cases/{ref}/receipt",
        "POST /desk/cases/{ref}/timeline",
        "POST /desk/cases/{ref}/files/add",
        "POST /desk/cases/{ref}/files/{id}/parts",
        "POST /desk/cases/{ref}/files/{id}/remove",
        "POST /desk/cases/{ref}/moves/{move}",
        "POST /desk/cases/{ref}/moves/{move}/texts",
        "POST /desk/cases/{ref}/record",
        "POST /desk/cases/{ref}/moves/{move}/preview",
        "POST /desk/cases/{ref}/moves/{move}/draft",
        "POST /desk/bulk",
        "POST /desk/draft",
        "POST /desk/filters",
        "POST /desk/complain",
        "POST /desk/calls",
        "POST /desk/find",
        "POST /desk/open-action",
        "POST /desk/record-training",
        "POST /desk/keys/{deed}",
        "POST /desk/webhooks/{deed}",
        "POST /desk/mediators/{deed}",
        "POST /desk/roster/{deed}",
        "POST /desk/routing/{deed}",
        "POST /desk/texts/{deed}",
        "POST /desk/administration",
        "POST /desk/administration/hold",
        "POST /desk/sign-out",
        "POST /handed/{token}",
        "POST /question",
        "POST /desk/record",
        "POST /desk/report-foreword",
        "POST /desk/reports/{period}",
        "POST /desk/suggestions",
        "POST /suggestions",
        "POST /texts/{key}",
        "POST /desk/calendar",
        "POST /desk/what-if",
        "POST /desk/what-if/{id}",
        "POST /desk/sessions",
        "POST /v1/cases/{ref}/check",
        "POST /v1/cases/{ref}/codes",
        "POST /verify",
        "POST /v1/actions",
        "POST /v1/absences",
        "DELETE /v1/absences",
        "POST /v1/cases/{ref}/files",
        "POST /v1/cases/{ref}/moves/{move}",
        "POST /v1/complaints",
        "POST /v1/hand-overs",
        "POST /v1/hand-overs/by-rules",
        "POST /v1/keys",
        "DELETE /v1/keys",
        "POST /v1/webhooks",
        "PUT /v1/webhooks/{id}",
        "DELETE /v1/webhooks/{id}",
        "POST /v1/webhooks/{id}/pause",
        "POST /v1/webhooks/{id}/resume",
        "POST /v1/webhooks/{id}/secret",
        "POST /v1/webhooks/{id}/test",
        "POST /v1/webhooks/{id}/replay",
        "POST /v1/webhooks/{id}/deliveries/{webhook_id}",
        "POST /v1/links",
        "POST /v1/trainings",
        "POST /v1/mediators",
        "DELETE /v1/mediators",
        "PUT /v1/roster",
        "PUT /v1/routing",
        "POST /v1/verify",
        "POST /v1/verify/uploads",
    }
)
"""Routes that change something; other tests check them."""

PARTNER = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
NAN = Caller("nan", Role.LEAD, frozenset({"south"}))
MEI, HU = (Caller(who, Role.PANEL, frozenset({"office"})) for who in ("mei", "hu"))
PARTIES = {
    "consumer": "p1",
    "checked": "p2",
    "unchecked": "p3",
    "expired": "p4",
    "ended": "p5",
    "replaced_rep": "p6",
    "company": "p7",
    "joined": "p2",
    "left": "p3",
    "phrased": "p1",
}
"""The party id of each kind of link holder."""
DESKS = {
    "handler": ("wang", "intake"),
    "lead": ("sun", "lead"),
    "former_team": ("zhao", "investigator"),
    "new_team": ("nan", "lead"),
    "third_team": ("xi", "lead"),
    "supervisor": ("zhou", "supervisor"),
    "executive": ("wu", "executive"),
    "auditor": ("shen", "auditor"),
    "administrator": ("zheng", "administrator"),
    "department": ("he", "department"),
    "recused": ("zhao", "investigator"),
    "colleague": ("chen", "followup"),
    "member": ("mei", "panel"),
    "undeclared": ("hu", "panel"),
    "of_the_panels": ("luo", "panel"),
    "mediator": ("yan", "mediator"),
    "invited": ("yan", "mediator"),
    "replaced": ("ren", "mediator"),
}
"""The user name and the role of each kind of staff."""
TEAMS = {
    "new_team": "south",
    "third_team": "west",
    "department": "repair",
    "member": "office",
    "undeclared": "office",
    "mediator": "",
    "invited": "",
    "replaced": "",
}
"""The team of a reader, if it differs from the case's team."""
STANDS_ON = {
    **dict.fromkeys(("former_team", "new_team", "third_team"), "moved"),
    "joined": "joint",
    "left": "joint",
    "member": "panel",
    "undeclared": "panel",
    "of_the_panels": "panel",
    "invited": "invitation",
    "phrased": "mailless",
}
"""The case of a reader, if it is not the one with talks. The closed case is of the same sort."""


def people(scenario: Scenario) -> None:
    """Set up the usual roster with a negotiator, mediators and an office of panel members."""
    registered(scenario)
    members = tuple(Member(who, who, f"{who}@house.example") for who in ("mei", "hu", "gao", "luo"))
    office = Team({"zh": "总部", "en": "Head office"}, "", {"panel": members})
    south = Team({"zh": "南区组", "en": "South"}, "", {"lead": (Member("nan", "Nan", "nan@house.example"),)})
    known = scenario.product.file.roster().teams
    scenario.product.file.keep_roster(Roster({**known, "office": office, "south": south}))


def photographed(scenario: Scenario, ref: str, photos: dict[str, str]) -> None:
    """Keep a photograph of p1 as evidence of the case."""
    store = Store(scenario)
    upload = store.declare(scenario.product.file.load(ref))
    store.tell(store.put(upload, photograph()))
    photos[ref] = upload.id


def talks(scenario: Scenario, over: bool, photos: dict[str, str]) -> str:
    """Return a partner's complaint with all kinds of readers. They are agents of p1, a department, a recused
    investigator, and the former and current representative and mediator. Unless `over`, its agreement is in
    force and sealed.
    """
    ref = scenario.submit(PARTNER).ref
    photographed(scenario, ref, photos)
    for name in ("checked", "unchecked", "expired", "ended"):
        proved = {} if name == "unchecked" else {"checked": True, "document": "委托书"}
        scenario.move(
            WANG,
            "add_representative",
            ref,
            person={"name": name, "email": f"{name}@mail.example", "capacity": "agent"},
            powers=["answer"],
            **proved,
            **({"until": "2026-03-31"} if name == "expired" else {}),
        )
    scenario.move(scenario.by_link(ref), "end_representation", ref, representative="p5")
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    scenario.move(ZHAO, "ask_department", ref, department="repair", question="修过几次？")
    scenario.move(ZHAO, "recuse", ref, conflict="other_doubt", reason="是我表妹。")
    scenario.move(scenario.by_link(ref), "raise_dispute", ref, nature="remedy", about="只肯修。")
    scenario.move(SUN, "assign_negotiator", ref, to="ma", severity="S4")
    for mail in ("chen@house.example", "qin@shop.example"):
        scenario.move(MA, "name_business_representative", ref, person={"name": "店长", "email": mail})
    consented(scenario, ref)
    appointed(scenario, ref, REN)
    scenario.move(
        scenario.by_link(ref), "challenge_mediator", ref, conflict="business_tie", reason="有业务往来。"
    )
    scenario.move(ZHOU, "decide_challenge", ref, upheld=True, reason="属实。")
    appointed(scenario, ref, YAN)
    if not over:
        bound(scenario, ref)
        sealed(scenario, ref)
    return ref


def joint(scenario: Scenario, _: bool, photos: dict[str, str]) -> str:
    """Return a complaint of two people that a third one has left."""
    ref = scenario.submit().ref
    photographed(scenario, ref, photos)
    for name, mail in (("赵敏", "zhao.min@mail.example"), ("李强", "li.qiang@mail.example")):
        own = scenario.submit(person={"name": name, "email": mail}, account={"story": "也是这一款。"})
        scenario.move(WANG, "invite_to_join", own.ref, leading=ref)
        scenario.move(scenario.party(own), "join_case", own.ref, own_wish=True)
    scenario.move(scenario.by_link(ref, "p3"), "leave_case", ref)
    return ref


def panel(scenario: Scenario, _: bool, photos: dict[str, str]) -> str:
    """Return a complaint in reconsideration, of which one panel member has declared their interests."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    photographed(scenario, ref, photos)
    answer(scenario, ref, conclusion="not_upheld")
    scenario.move(scenario.by_link(ref), "ask_reconsideration", ref, reasons={"1": "没有核实。"})
    scenario.move(ZHOU, "appoint_panel", ref, members=["mei", "hu", "gao"], chair="mei")
    scenario.move(MEI, "declare_interest", ref, interest=False)
    return ref


def invitation(scenario: Scenario, _: bool, photos: dict[str, str]) -> str:
    """Return a complaint with a mediator who is asked but has not accepted."""
    ref = negotiating(scenario)
    photographed(scenario, ref, photos)
    consented(scenario, ref)
    scenario.move(SUN, "appoint_mediator", ref, mediator="yan")
    return ref


def mailless(scenario: Scenario, _: bool, photos: dict[str, str]) -> str:
    """Return a complaint of a person without mail, who comes back by number and passphrase."""
    ref = scenario.submit(person={"name": "王芳", "phone": PHONE}).ref
    photographed(scenario, ref, photos)
    return ref


def moved(scenario: Scenario, _: bool, photos: dict[str, str]) -> str:
    """Return a complaint that zhao investigated until it went to another team."""
    ref = scenario.move(WANG, "accept", scenario.submit().ref).ref
    photographed(scenario, ref, photos)
    scenario.move(ZHAO, "take", ref)
    scenario.move(SUN, "change_team", ref, to="south", reason="消费者住在广州。")
    return ref


BUILDS = {
    "moved": moved,
    "talks": talks,
    "joint": joint,
    "panel": panel,
    "invitation": invitation,
    "mailless": mailless,
}


@dataclass(frozen=True)
class Built:
    """The application with every case, open and closed, each with a photograph of p1, and a client for its
    routes.
    """

    scenario: Scenario
    http: Any
    bearer: Any
    key: str
    patch: pytest.MonkeyPatch
    refs: dict[tuple[str, bool], str]
    photos: dict[str, str]

    def case(self, kind: str, which: str) -> str:
        """Return the number of the own, other or closed case of a kind of reader."""
        own = STANDS_ON.get(kind, "talks")
        if (own, which) == ("mailless", "other"):  # another person's case that also has a passphrase
            return self.refs[own, True]
        if which == "other" and not (
            kind in DESKS and TEAMS.get(kind, "general") == "general" and own == "talks"
        ):
            own = "joint" if own != "joint" else "panel"
        return self.refs[own, which == "closed"]

    def headers(self, kind: str, which: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the headers of a kind of reader for pages and for the interface."""
        ref, page = self.case(kind, which), {"Sec-Fetch-Site": "same-origin"}
        if kind in PARTIES:
            own = self.case(kind, "closed" if which == "closed" else "own")
            token = self.scenario.product.links.token(own, PARTIES[kind], 1)
            if kind == "phrased":
                phrase = self.scenario.product.links.phrase(own, "p1", 1)
                token = callers.by_phrase(own, phrase).partition(".")[2]
            return {**page, "Cookie": f"__Host-case={ref}.{token}; __Host-lang=zh"}, {
                "Authorization": f"Bearer {token}"
            }
        if kind == "by_question":  # in every place where a token can be tried
            own = self.case(kind, "closed" if which == "closed" else "own")
            token = self.scenario.product.links.question_path(own, "Q1", "he").rpartition("/")[2]
            kept = "; ".join(f"__Host-{name}={ref}.{token}" for name in ("case", "question", "desk"))
            return {**page, "Cookie": f"{kept}; __Host-lang=zh"}, {"Authorization": f"Bearer {token}"}
        if kind == "partner":
            return page, {"Authorization": f"Bearer {self.key}"}
        if kind == "nobody":
            return page, {}
        who, role = DESKS[kind]
        team = (
            "retail"
            if which == "other" and TEAMS.get(kind, "general") == "general"
            else TEAMS.get(kind, "general")
        )
        groups = [f"role:{role}", *([f"team:{team}"] if team else [])]
        self.patch.setitem(GROUPS, who, groups)
        token = self.bearer(sub=who, **{"cognito:groups": groups})
        return Desk(self.http, self.scenario, who, "zh").headers, {"Authorization": f"Bearer {token}"}

    def ask(self, route: str, ref: str, headers: dict[str, str], **slots: str) -> tuple[str, str]:
        """Return the answer of a route: its sign in the table and its text."""
        deeds = {
            "/desk/roster": "absence",
            "/desk/routing": "rule",
            "/desk/texts": "add",
            "/desk/keys": "give",
            "/desk/webhooks": "new",
        }
        deed = next((deed for start, deed in deeds.items() if route.startswith(start)), "entry")
        path = route.format(
            **{
                "ref": ref,
                "move": "tag_safety",
                "n": "1",
                "party": "p1",
                "id": self.photos.get(ref, "x"),
                "token": "x",
                "secret": "x",
                "name": "site.css",
                "deed": deed,
                "who": "wang",
                "page": "story",
                "table": "received",
                "period": "2026-02",
                **slots,
            }
        )
        got = self.http.get(path, headers=headers)
        said = {status: sign for sign, status in AS.items()}
        return said.get(got.status_code, f"({got.status_code})"), got.body.decode(errors="replace")


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    """Yield the application with every case, built once; no test here changes one."""
    with (
        pytest.MonkeyPatch.context() as patch,
        whole_scenario() as scenario,
        running() as provider,
        Client(app, project_dir=str(Path(__file__).parents[2])) as client,
    ):
        for name, value in provider.environment().items():
            patch.setenv(name, value)
        people(scenario)
        photos: dict[str, str] = {}
        refs = {
            (name, over): build(scenario, over, photos)
            for name, build in BUILDS.items()
            for over in (False, True)
        }
        for name in BUILDS:
            lead = NAN if name == "moved" else SUN
            scenario.move(lead, "close_in_court", refs[name, True], body="court", number="民初1号")
        scenario.time = max(scenario.time, AFTER)
        key, _ = partners.give("shop", Channel.API, partners.FILES, DAY, "zheng")
        provider.now = scenario.time
        yield Built(scenario, client.http, provider.token, key, patch, refs, photos)


def rows(table: str) -> Iterator[list[str]]:
    """Yield the rows of a table, split into words."""
    return (line.split() for line in table.strip().splitlines())


def test_every_route_and_every_reader_has_its_row() -> None:
    """A new route or a new kind of reader needs a row here before its release."""
    routes = {
        f"{method} {path}" for path, methods in app.routes.items() for method in methods if method != "HEAD"
    }
    elsewhere = {row[0] for row in rows(ELSEWHERE)}
    complete(
        {f"GET {path}" for path in (*LINK, *DESK, *API, *elsewhere)} | ACTS,
        routes,
        "tests/web/test_reads.py",
        "decide who may read it. Add a page of a case to LINK, DESK or API and a sign to each row of its "
        "table, another page to ELSEWHERE, and a route that changes something to ACTS",
    )
    here, reads = (
        "tests/web/test_reads.py",
        "decide what this kind of reader reads: a row for each of three cases",
    )
    links = {*PARTIES, "by_question", "nobody"}
    complete({row[0] for row in rows(BY_LINK)}, links, f"{here}, table BY_LINK", reads)
    complete(
        {row[0] for row in rows(AT_DESK)}, {*DESKS, "partner", "nobody"}, f"{here}, table AT_DESK", reads
    )
    for table, pages in ((BY_LINK, LINK), (AT_DESK, DESK)):
        known = [(kind, which) for kind, which, *_ in rows(table) if kind != "nobody"]
        assert known == [
            (kind, which)
            for kind in dict.fromkeys(kind for kind, _ in known)
            for which in ("own", "other", "closed")
        ]
        assert {(len(page), len(api)) for *_, page, api in rows(table)} == {(len(pages), len(API))}
    assert {len(row[1]) for row in rows(ELSEWHERE)} == {len(CLASSES)}


def test_only_listed_modules_load_cases_unchecked() -> None:
    """Only these modules load a case without the read check. They identify the caller by a link, a letter or
    a partner key, find a person's place in a joint case, or describe the joint case that invites a person.
    One names the next person for the cases of a list that the reader may read. One compares team and owner
    of ticked cases before a move, and shows nothing of them.
    """
    web = Path(callers.__file__).parent
    opens = {
        str(path.relative_to(web))
        for path in web.rglob("*.py")
        if re.search(r"\bfile\.(load|whole)\b|casework\.visible\b", path.read_text())
    }
    assert opens == {
        "read_log.py",
        "callers.py",
        "routes/address.py",
        "routes/handover_link.py",
        "confirming.py",
        "pages/consumer/reconsideration.py",
        "pages/consumer/case_sections.py",
        "pages/desk/next_person.py",
        "pages/desk/bulk.py",
    }


def test_the_rows_stand_for_every_reader_there_is(built: Built) -> None:
    """The cases have every reader that the read check knows, except the clock, which reads no page."""
    found = set()
    for kind in (*PARTIES, *DESKS):
        case = built.scenario.product.file.load(built.case(kind, "own"))
        who, role = DESKS.get(kind, (PARTIES.get(kind, ""), ""))
        teams = frozenset({TEAMS.get(kind, "general")})
        party = (
            replace(built.scenario.by_link(case.ref, who), by_phrase=kind == "phrased") if not role else None
        )
        reader = party or Caller(who, Role[role.upper()], teams)
        found |= {*readers(case, reader, built.scenario.time)}
    assert found | {ReaderRole.PARTNER, ReaderRole.CLOCK} == set(ReaderRole) == set(READS)


@pytest.mark.parametrize(("kind", "which", "reads", "pages", "api"), [*rows(BY_LINK), *rows(AT_DESK)])
def test_each_page_has_its_status_per_reader(
    built: Built, kind: str, which: str, reads: str, pages: str, api: str
) -> None:
    """Each page and each answer has its status. Only readers of personal data find the story and the
    telephone of 王芳.
    """
    page, bearer = built.headers(kind, which)
    ref, told, found = built.case(kind, which), "", {}
    token = page.get("Cookie", "").partition(".")[2].partition(";")[0] or "x"
    for routes, headers in (
        (LINK if kind in PARTIES or len(pages) == len(LINK) else DESK, page),
        (API, bearer),
    ):
        signs = ""
        for route in routes:
            sign, text = built.ask(route, ref, headers, token=token)
            signs, told = signs + sign, told + text
        found[routes] = signs
    assert [*found.values()] == [pages, api]
    assert (STORY in told) == (reads == "s")
    assert PHONE not in told or reads == "s"


@pytest.mark.parametrize(("route", "signs"), list(rows(ELSEWHERE)))
def test_routes_without_a_case_answer_by_role(built: Built, route: str, signs: str) -> None:
    """Public routes open to everybody, and desk routes to their roles."""
    found = ""
    for kind in CLASSES:
        page, bearer = built.headers(kind, "own")
        found += built.ask(route, built.case(kind, "own"), bearer if route.startswith("/v1/") else page)[0]
    assert found == signs
