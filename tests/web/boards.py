"""A company of ten teams with sixty people, and its open cases as rows of work lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.calendar import stamp
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.codes import OPEN
from chalicelib.domain.roster import Member, Roster, Team
from chalicelib.domain.timeline import canonical
from chalicelib.figures.team_figures import TREND
from tests.scenario import roster

NAMES = ["王芳", "李伟", "张敏", "刘洋", "陈静", "杨磊", "赵丽", "黄强", "周杰", "吴艳", "徐涛", "孙娜"]
ROLES = ("intake", "investigator", "lead", "followup", "negotiator", "safety")
STAGES = sorted(str(stage) for stage in OPEN if stage != "improving")


def company() -> Roster:
    """Return the roster of the tests with nine more teams of six people each."""
    found = roster()
    more = {
        f"team{n}": Team(
            {"zh": f"第{n}投诉组", "en": f"Complaints team {n}"},
            "400-800-1234",
            {
                role: (Member(f"{role}{n}", NAMES[(n * 6 + at) % 12], f"{role}{n}@house.example"),)
                for at, role in enumerate(ROLES)
            },
        )
        for n in range(1, 10)
    }
    return replace(found, teams={**found.teams, **more})


def listed(n: int, team: str, due: datetime | None, stage: str, owner: str | None, **card: Any) -> Row:
    """Return the row of case `n` on the work list of a team."""
    ref, name = f"{n:012}", f"TEAM#{team}"
    return Row(
        rows.case(ref),
        rows.listed(name),
        seat=name,
        pool=rows.WAITS if "#" in team else None,
        ref=ref,
        stage=stage,
        next_due=stamp(due) if due else "9999",
        card=canonical(
            {
                "owner": owner,
                "type": "quality",
                "channel": "web",
                "received_at": stamp(datetime.fromisoformat("2026-02-01T01:00:00+00:00")),
                "severity": "S3",
                "unsafe": False,
                "team": team,
                "cause": None,
                "training": None,
                "deadline": [],
                **card,
            }
        ),
    )


def stored(rows: list[Row]) -> list[Row]:
    """Store rows and return them."""
    with Row.batch_write() as write:
        for row in rows:
            write.save(row)
    return rows


def open_cases(now: datetime, n: int) -> list[Row]:
    """Return `n` open cases of the nine teams: one in ten late, one in twenty due within four hours."""
    found = []
    for i in range(n):
        hours = -i % 40 if i % 10 == 0 else 2 if i % 20 == 1 else 10 + i % 200
        team = 1 + (i * i) % 9 if i % 3 else 1 + i % 9
        role = ROLES[i % 5]
        owner = None if i % 13 == 0 else f"{role}{team}"
        late = -abs(hours) - 1 if i % 10 == 0 else hours
        found.append(listed(i, f"team{team}", now + timedelta(hours=late), STAGES[i % len(STAGES)], owner))
    return found


def trend(weeks: int, busy: int) -> dict[str, Any]:
    """Return the figures of a team over these weeks, as the nightly run stores them."""
    counts = {
        what: lambda w, at=at: max(0, busy * (at + 3) // 6 + (w * 37 + at * 11) % (busy // 2 + 1) - (w % 4))
        for at, what in enumerate(TREND)
    }
    counts["acknowledged_late"] = lambda w: w % 3
    counts["answered_late"] = lambda w: 2 + w % 5

    def one(begun: str, w: int) -> dict[str, Any]:
        return {
            "begun": begun,
            **{
                what: [of(w), [f"{w:04}{at:04}{i:04}" for i in range(min(of(w), 20))]]
                for at, (what, of) in enumerate(counts.items())
            },
        }

    first = datetime.fromisoformat("2025-11-17")
    return {
        "until": "2026-02-11",
        "week": [one(str((first + timedelta(weeks=w)).date()), w) for w in range(weeks)],
        "month": [one(f"2025-{m:02}-01" if m <= 12 else f"2026-{m - 12:02}-01", m) for m in range(2, 15)],
    }


def half_replayed() -> dict[str, Any]:
    """Return the result of a proposal of which 1,200 of 2,000 complaints were replayed."""
    found = {}
    for at, deadline in enumerate(("acknowledgement", "answer_window", "investigation", "signing")):
        for more, column in enumerate(("warned", "late", "supervisor", "lapsed")):
            sides = {"today": 40 + 7 * at, "proposed": 40 + 7 * at + (more * 9 - 9) * (at < 2)}
            found[f"{deadline} {column}"] = {
                side: [n, [f"{i:012}" for i in range(min(n, 20))]] for side, n in sides.items()
            }
    refs = [f"{i:012}" for i in range(2_000)]
    return {
        "refs": refs[1_200:],
        "done": 1_200,
        "of": 2_000,
        "until": "2026-02-12T01:00:00Z",
        "numbers": found,
        "broken": refs[:3],
        "late": refs[3:40],
        "letters": {"today": 3_120, "proposed": 3_388},
    }
