"""The public page on how we handle complaints: stages, deadlines, who decides, and what happens if nobody
acts. The page is made from a policy and from the declarations of moves and deadlines."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import NamedTuple

from chalicelib.access.authorization import STAFF
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES, NOBODY
from chalicelib.domain.model.codes import Outcome, Role, Severity, Stage as S
from chalicelib.domain.model.letters import LETTERS
from chalicelib.domain.model.public_terms import PublicTerm
from chalicelib.domain.policy import Rule, policy
from chalicelib.locale.formats import joined, label
from chalicelib.locale.lengths import lasts, lengths
from chalicelib.view.progress import ROAD
from chalicelib.web.pages import say

STAGES = (
    S.RECEIVED,
    S.INVESTIGATING,
    S.ANSWERED,
    S.PERFORMING,
    S.CLOSED,
    S.AWAITING_INFORMATION,
    S.DECLINED,
    S.UNDER_RECONSIDERATION,
    S.NEGOTIATING,
    S.MEDIATING,
    S.SIGNING,
    S.BREACHED,
)
"""The stages in the order of the page. The stages of the main path come first, and all others follow."""
FEW = 4
"""The highest number of roles that the page names for a decision. If more roles may decide, the page names
only the team."""


class StageDeadline(NamedTuple):
    """A deadline as the page shows it, as texts.

    `what`: what is to be done. `lasts`: the usual length. `others`: the lengths in special cases. `longer`:
    the possible extensions. `rolls`: an end on a rest day moves to the next working day. `by`: the roles that
    act. `second`: the roles that must confirm the act. `silence`: what happens if nobody acts. `source`: the
    law that sets the deadline; empty if only our policy sets it."""

    what: str
    lasts: str
    others: list[str]
    longer: list[str]
    rolls: bool
    by: list[str]
    second: list[str]
    silence: str
    source: str


class StageStep(NamedTuple):
    """A stage as the page shows it. `says`: the description of the stage. `terms`: its deadlines. `ways`: the
    stages off the main path that can come next."""

    stage: S
    says: str
    terms: list[StageDeadline]
    ways: list[S]


def process_data(language: str, rules: str) -> dict[str, list[StageStep] | list[StageDeadline]]:
    """Return the data of the page, by name. `rules`: the name of the policy. The data are `road`: the stages
    of the main path; `others`: all other stages; `always`: the deadlines that can run at most stages."""
    anew = "higher_office" if policy(rules).higher_office else S.UNDER_RECONSIDERATION
    steps = [
        StageStep(
            stage,
            say(language, f"process.stage.{anew if stage == S.UNDER_RECONSIDERATION else stage}"),
            [*_terms(language, rules, stage)],
            _side_stages(stage),
        )
        for stage in STAGES
    ]
    return {
        "road": steps[: len(ROAD)],
        "others": steps[len(ROAD) :],
        "always": [*_terms(language, rules, None)],
    }


def _side_stages(stage: S) -> list[S]:
    """Return the stages off the main path to which a move leads from `stage`. A move that may lead to several
    such stages is left out."""
    off = (move.to - {*ROAD} for move in MOVES.values() if stage in move.at and stage not in move.to)
    found = {next(iter(to)) for to in off if len(to) == 1}
    return [one for one in STAGES if one in found]


class ProcessLine(NamedTuple):
    """A line of the page about a deadline. `told`: the stage at which the page has the line, and the names of
    its texts. `deadline`: the name of the deadline. `letter`: the name of the letter, if the deadline is for
    the reply to a letter; otherwise empty."""

    told: PublicTerm
    deadline: str
    letter: str = ""

    @property
    def texts(self) -> str:
        """Return where the texts of this line are in `locale/`, as a path with dots. The case page uses the
        same texts."""
        return f"consumer.runs.{self.deadline}" + (f".{self.letter}" if self.letter else "")


def lines(stage: S | None) -> list[ProcessLine]:
    """Return the lines about the deadlines of a stage, in their order. `stage`: None for the deadlines that
    can run at most stages."""
    ours = (ProcessLine(told, name) for name, declared in DEADLINES.items() for told in declared.told)
    asked = (ProcessLine(letter.told, "party_reply", name) for name, letter in LETTERS.items() if letter.told)
    found = (line for line in (*ours, *asked) if line.told.stage == stage)
    return sorted(found, key=lambda line: line.told.place)


def _terms(language: str, rules: str, stage: S | None) -> Iterator[StageDeadline]:
    found = policy(rules)
    for line in lines(stage):
        one, rule = line.told, found.rules[line.deadline]
        if found.higher_office and one.panel:
            continue
        by, second = _decide(rules, line.deadline, stage)
        yield StageDeadline(
            say(language, f"{line.texts}.{one.what}"),
            lasts(language, rule.lengths.get(line.letter or one.what, rule.length)),
            [*_others(language, rule)],
            [lasts(language, more) for more in rule.extensions],
            rule.generous,
            _roles(language, by),
            _roles(language, second),
            say(
                language,
                f"{line.texts}.{one.silence}" if one.silence else f"process.silence.{line.deadline}",
                **lengths(language, rules),
            ),
            label(language, rule.source, "page", "process", "source") if rule.source else "",
        )


def _others(language: str, rule: Rule) -> Iterator[str]:
    """Yield a sentence for each special length of a deadline. The sentence names the outcomes or severities
    that have this length. `rule`: what the policy says about the deadline."""
    for other in dict.fromkeys(rule.lengths.values()):
        tags = [_tag(language, tag) for tag, text in rule.lengths.items() if text == other]
        if any(tags):
            yield say(language, "process.for", who=joined(language, tags), lasts=lasts(language, other))


def _tag(language: str, tag: str) -> str:
    """Return the label of a special case of a deadline: an outcome, a severity, or a joint complaint. `tag`:
    the code of the special case. Return an empty string for a letter, because the page has a line for each
    letter."""
    if tag in [*Outcome]:
        return label(language, tag, "outcome")
    if tag in [*Severity]:
        return label(language, tag, "severity")
    return say(language, "process.joint") if tag == "joint" else ""


def _decide(rules: str, deadline: str, stage: S | None) -> tuple[Role, Role]:
    """Return (roles that meet a deadline, roles that must confirm). The first take a move that meets the
    deadline. The second confirm such a move. `rules`: the name of the policy.

    Return no roles if the deadline is not a duty, or if more than FEW roles can act."""
    found = policy(rules)
    moves = [m for m in MOVES.values() if deadline in m.answers and (stage is None or stage in m.at)]
    if not DEADLINES[deadline].duty:
        return NOBODY, NOBODY
    by = reduce(or_, (move.by for move in moves), NOBODY) & STAFF
    if found.higher_office:
        by &= ~(Role.PANEL | Role.CHAIR)
    second = (
        found.approver(m.name) for m in moves if m.second and m.name in found.approvers and m.by & STAFF
    )
    return (by, reduce(or_, second, NOBODY)) if len(by) <= FEW else (NOBODY, NOBODY)


def _roles(language: str, roles: Role) -> list[str]:
    return [label(language, role.code, "role") for role in roles]
