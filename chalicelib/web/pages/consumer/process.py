"""How complaints are handled, for anybody to read: the stages with the deadlines that consumers are told of,
who decides and what silence means; made from the declared moves, the declared deadlines and a policy."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import NamedTuple

from chalicelib.access import STAFF
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES, NOBODY
from chalicelib.domain.model.codes import Outcome, Role, Severity, Stage as S
from chalicelib.domain.policy import Rule, policy
from chalicelib.letters.saying import label
from chalicelib.view.road import ROAD
from chalicelib.web.pages import say
from chalicelib.web.pages.lengths import lasts, lengths


class Told(NamedTuple):
    """A deadline with the texts, in those of the case page, that say what it is and what silence means. What
    silence means in several stages is said here: `silence` is then empty."""

    deadline: str
    what: str = "what"
    silence: str = "silence"


def _letter(name: str) -> Told:
    return Told("party_reply", f"{name}.what", f"{name}.silence")


TOLD: dict[S, tuple[Told, ...]] = {
    S.RECEIVED: (Told("acknowledgement"), Told("scope_decision")),
    S.INVESTIGATING: (
        Told("investigation"),
        Told("assignment"),
        Told("progress"),
        Told("statutory_remedy"),
        Told("appraisal"),
        _letter("appraisal_proposal"),
    ),
    S.ANSWERED: (
        Told("answer_window", "answered", "answered_silence"),
        Told("answer_window", "final", "final_silence"),
    ),
    S.PERFORMING: (
        Told("obligation"),
        Told("creditor_answer"),
        Told("obligation", "owe_what", "owe_silence"),
        _letter("change_proposed"),
        Told("return_refund"),
        Told("judicial_confirmation"),
    ),
    S.CLOSED: (Told("reopen_window"), Told("undo_withdrawal"), Told("survey"), Told("opinion")),
    S.AWAITING_INFORMATION: (Told("information", silence=""),),
    S.DECLINED: (Told("answer_window"),),
    S.UNDER_RECONSIDERATION: (Told("reconsideration"), Told("panel_appointment"), _letter("panel_named")),
    S.NEGOTIATING: (
        Told("negotiation"),
        Told("assignment", "talks", "talks_silence"),
        Told("offer"),
        Told("drafting"),
        Told("answer_window", "answered", "paused"),
        Told("mediation_consent"),
        Told("company_consent"),
        Told("company_silence"),
    ),
    S.MEDIATING: (
        Told("mediation", silence=""),
        Told("mediator_appointment"),
        Told("challenge"),
        Told("challenge_decision"),
        Told("meeting"),
        _letter("absence_asked"),
        _letter("minutes"),
    ),
    S.SIGNING: (Told("signing", silence=""),),
    S.BREACHED: (
        Told("cure", "agreed_what", "agreed_silence"),
        Told("cure", "owe_what", "owe_silence"),
        Told("breach_decision", "breach_what"),
        Told("measure"),
    ),
}
"""The deadlines that consumers are told of, by the stage where they matter first, the main one first."""
ALWAYS = (
    Told("safety_triage"),
    Told("message_reply"),
    Told("handler_change"),
    Told("new_date"),
    Told("overdue_notice"),
    Told("lapse_review"),
    _letter("joint_invitation"),
    _letter("joint_consent"),
    _letter("authority_request"),
)
"""Those that can run in most stages."""
OF_PANELS = frozenset({Told("panel_appointment"), _letter("panel_named")})
"""Those that run only where a panel decides anew, and not the higher office."""
FEW = 4
"""So many roles at most are named as deciding; where more may, it is the team."""


class Term(NamedTuple):
    """A deadline as the page tells it: what is done, how long it lasts, who does it, who confirms it where a
    second person must, what silence means, and the law that it follows (none where a
    policy only shows how it runs). `rolls`: an end on a rest day moves
    to the next working day."""

    what: str
    lasts: str
    others: list[str]
    longer: list[str]
    rolls: bool
    by: list[str]
    second: list[str]
    silence: str
    source: str


class Step(NamedTuple):
    """A stage: what happens in it, its deadlines, and the stages off the road into which it can lead."""

    stage: S
    says: str
    terms: list[Term]
    ways: list[S]


def told(language: str, rules: str) -> dict[str, list[Step] | list[Term]]:
    """The road, the other stages, and what can run in any of them, under a policy of this name."""
    anew = "higher_office" if policy(rules).higher_office else S.UNDER_RECONSIDERATION
    steps = [
        Step(
            stage,
            say(language, f"process.stage.{anew if stage == S.UNDER_RECONSIDERATION else stage}"),
            [*_terms(language, rules, TOLD[stage], stage)],
            _ways(stage),
        )
        for stage in TOLD
    ]
    return {
        "road": steps[: len(ROAD)],
        "others": steps[len(ROAD) :],
        "always": [*_terms(language, rules, ALWAYS)],
    }


def _ways(stage: S) -> list[S]:
    """The stages off the road into which a move leads from here; one that leads back into any of several is
    none."""
    off = (move.to - {*ROAD} for move in MOVES.values() if stage in move.at and stage not in move.to)
    found = {next(iter(to)) for to in off if len(to) == 1}
    return [way for way in TOLD if way in found]


def _terms(language: str, rules: str, those: tuple[Told, ...], stage: S | None = None) -> Iterator[Term]:
    found = policy(rules)
    for one in those:
        if found.higher_office and one in OF_PANELS:
            continue
        rule, letter = found.rules[one.deadline], one.what.partition(".")[0]
        silence = f"consumer.runs.{one.deadline}.{one.silence}"
        by, second = _decide(rules, one.deadline, stage)
        yield Term(
            say(language, f"consumer.runs.{one.deadline}.{one.what}"),
            lasts(language, rule.lengths.get(letter, rule.length)),
            [*_others(language, rule)],
            [lasts(language, more) for more in rule.extensions],
            rule.generous,
            _roles(language, by),
            _roles(language, second),
            say(
                language,
                silence if one.silence else f"process.silence.{one.deadline}",
                **lengths(language, rules),
            ),
            label(language, rule.source, "page", "process", "source") if rule.source else "",
        )


def _others(language: str, rule: Rule) -> Iterator[str]:
    """The other lengths that a deadline has, each with the outcomes or severities for which it is."""
    for other in dict.fromkeys(rule.lengths.values()):
        tags = [_tag(language, tag) for tag, text in rule.lengths.items() if text == other]
        if any(tags):
            yield say(language, "process.for", who=_joined(language, tags), lasts=lasts(language, other))


def _tag(language: str, tag: str) -> str:
    """For whom another length is; empty where it is a letter's, which has a line of its own."""
    if tag in [*Outcome]:
        return label(language, tag, "outcome")
    if tag in [*Severity]:
        return label(language, tag, "severity")
    return say(language, "process.joint") if tag == "joint" else ""


def _decide(rules: str, deadline: str, stage: S | None) -> tuple[Role, Role]:
    """The roles of our staff, and the mediator, that do what is due by a deadline; and those of which one
    confirms it where a second person must."""
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


def _joined(language: str, words: list[str]) -> str:
    return ("、" if language == "zh" else ", ").join(words)
