"""The declared process, printed: the matrix of roles and moves, the stages, the deadlines, and a diagram for
the README.

`python -m tests.process_picture` writes `tests/process.md` and the diagram in `README.md`. A change of the
process shows in the difference of those two files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from chalicelib.domain import moves
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.engine.declare import MOVES, Move, Tell
from chalicelib.domain.engine.letters_owed import HOLDERS
from chalicelib.domain.engine.running import MET_BY, Deadline, rule_of
from chalicelib.domain.model.codes import ANY, EVERY, LEARNING, OPEN, Role, Stage
from chalicelib.domain.policy import Rule, Step, policy

HERE = Path(__file__).parent
GOLDEN, README = HERE / "process.md", HERE.parent / "README.md"
BEGIN, END = "<!-- process:begin -->", "<!-- process:end -->"
POLICY = "default-1"
PHASES = (
    "intake",
    "safety",
    "information",
    "parties",
    "partner_access",
    "joint",
    "outside",
    "forwarding",
    "evidence",
    "investigation",
    "answer",
    "reconsideration",
    "dispute",
    "offers",
    "invitation",
    "mediation",
    "meetings",
    "drafting",
    "signing",
    "leaving",
    "performance",
    "changing",
    "breach",
    "approvals",
    "assignment",
    "team_change",
    "messages",
    "mentions",
    "call_tasks",
    "ladder_steps",
    "closing",
    "feedback",
    "improvement",
    "training",
    "integrity",
    "retention",
)
"""The modules of moves in the order of a case's life."""
COLUMNS = {
    "C": Role.C,
    "B": Role.BUSINESS_REP,
    "I": Role.INTAKE,
    "V": Role.INVESTIGATOR,
    "D": Role.DEPARTMENT | Role.DEPARTMENT_HEAD,
    "L": Role.LEAD,
    "S": Role.SAFETY,
    "P": Role.PANEL,
    "H": Role.CHAIR,
    "N": Role.NEGOTIATOR,
    "M": Role.MEDIATOR,
    "F": Role.FOLLOWUP,
    "U": Role.SUPERVISOR,
    "E": Role.EXECUTIVE,
    "K": Role.PARTNER,
    "T": Role.CLOCK,
}
"""The columns of the matrix by the letter in its heading: consumer side, business, intake and so on."""
GO_BACK = frozenset({"give_information", "lapse_information", "unlink_duplicate", "undo_withdrawal"})
"""Moves that return a case to an earlier stage; taken alone they bring it to no new stage."""
NEVER = {
    ("reopen", "declined", "investigating"),
    ("reopen", "declined", "performing"),
    ("ask_reconsideration", "investigating", "under_reconsideration"),
    ("find_breach", "performing", "closed"),
    ("find_breach", "breached", "closed"),
    ("find_breach", "closed", "breached"),
    ("record_cure", "breached", "closed"),
    ("record_cure", "closed", "performing"),
    ("refer_breach", "closed", "performing"),
    *(
        ("ask_reconsideration", stage, "under_reconsideration")
        for stage in ("awaiting_information", "negotiating", "mediating")
    ),
}
"""Transitions that a move's declared stages would allow but the move never takes. One reason: a contested
part is split off while the rest goes on."""
UNITS = {
    "m": "minutes",
    "h": "clock hours",
    "l": "hours within 08:00–21:00",
    "d": "calendar days",
    "w": "working days",
}


def document() -> str:
    """Return the text of `tests/process.md`."""
    assert set(PHASES) == set(moves.__all__), "a phase is missing in PHASES"
    return (
        "\n\n".join(
            [
                "# The process, as declared",
                f"Written by `python -m tests.process_picture` from the declared moves, the declared "
                f"deadlines and the policy `{POLICY}`. "
                "Do not edit: a test compares.",
                "● decides or does it · ○ records it for the person named in the row · blank: refused",
                "; ".join(
                    f"**{letter}** {', '.join(role.code for role in roles)}"
                    for letter, roles in COLUMNS.items()
                ),
                "## Moves",
                *(part for phase in PHASES for part in (f"### {phase}", _matrix(phase))),
                "## Stages",
                _stages(),
                "## Deadlines",
                _deadlines(),
            ]
        )
        + "\n"
    )


def picture() -> str:
    """Return the stages of a complaint and the transitions between them, as a diagram for README.md. It
    names no move, so a new move changes it only by a new transition."""
    drawn = [stage for stage in Stage if stage in reached() - LEARNING]
    arrows = {arrow for move in MOVES.values() for arrow in _arrows(move, drawn)}
    order = ["[*]", *drawn]
    lines = [f"{source} --> {target}" for source in order for target in order if (source, target) in arrows]
    note = [
        "note right of closed",
        "    by withdrawal or a court from any open stage,",
        "    and back to it",
        "end note",
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in (*lines, *note)), "```"])


def with_picture(readme: str) -> str:
    """Return a README with the current diagram between its marks. Raises ValueError where the marks are
    missing."""
    if not (BEGIN in readme and END in readme):
        raise ValueError(f"README.md has no place for the picture: {BEGIN} and {END}")
    before, _, rest = readme.partition(BEGIN)
    return f"{before}{BEGIN}\n{picture()}\n{END}{rest.partition(END)[2]}"


def reached() -> frozenset[Stage]:
    """Return the stages that some move brings a case to."""
    return frozenset(stage for move in MOVES.values() if move.name not in GO_BACK for stage in move.to)


def marks(move: Move) -> dict[str, str]:
    """Return the matrix row of a move: column → ● or ○."""
    seen = {
        letter: "●" if roles & move.by else "○" if roles & move.recorded_by else ""
        for letter, roles in COLUMNS.items()
    }
    return {letter: mark for letter, mark in seen.items() if mark}


def _phase(move: Move) -> str:
    return move.do.__module__.rpartition(".")[2]


def _matrix(phase: str) -> str:
    head = ["move", "stage → stage", *COLUMNS, "tells", "confirmed, second person", "what it does"]
    rows = [
        [
            f"`{move.name}`",
            _way(move),
            *(marks(move).get(letter, "") for letter in COLUMNS),
            _told(move.tells),
            _second(move),
            " ".join(move.says.split()),
        ]
        for move in MOVES.values()
        if _phase(move) == phase
    ]
    return _table(head, rows, centred=COLUMNS)


def _way(move: Move) -> str:
    to = move.to & reached() if move.name in GO_BACK else move.to
    return f"{_named(move.at) or '–'} → {_named(to)}" if to else _named(move.at)


def _named(stages: Iterable[Stage]) -> str:
    wide = {EVERY: "any, also of an action", ANY: "any", OPEN: "any open", OPEN & reached(): "any open"}
    return wide.get(frozenset(stages)) or ", ".join(f"`{stage}`" for stage in Stage if stage in stages)


def _told(tells: Iterable[Tell]) -> str:
    def where(tell: Tell) -> str:
        return " (where it applies)" if tell.optional and len(tell.letters) == 1 else ""

    return "; ".join(f"{' or '.join(tell.letters)}{where(tell)} → {tell.to}" for tell in tells)


def _second(move: Move) -> str:
    gives_up = ["gives something up: the party confirms it"] if move.gives_up else []
    if not move.second:
        return "".join(gives_up)
    roles = " or ".join(role.code for role in policy(POLICY).approver(move.name))
    return "; ".join([*gives_up, f"{roles}: {move.second.says}"])


def _stages() -> str:
    rows = []
    for stage in (stage for stage in Stage if stage in reached()):
        enters = [
            move.name
            for move in MOVES.values()
            if any(_leads(move, source, stage) for source in move.at or (None,))
        ]
        ways = [
            (move.name, {target for target in reached() if _leads(move, stage, target)})
            for move in MOVES.values()
            if stage in move.at
        ]
        leaves = [f"{name} → {_named(targets)}" for name, targets in ways if targets]
        holder = "consumer" if stage == Stage.AWAITING_INFORMATION else HOLDERS.get(stage, Role.LEAD).code
        rows.append(
            [
                f"`{stage}`",
                holder,
                ", ".join(enters),
                "; ".join(leaves),
                ", ".join(declared.name for declared in DEADLINES.values() if stage in declared.during),
            ]
        )
    return _table(
        ["stage", "held by, until somebody takes it", "entered by", "left by", "deadlines that can run"], rows
    )


def _deadlines() -> str:
    rules = {name: rule_of(POLICY, name) for name in DEADLINES}
    rows = [
        [
            f"`{name}`",
            _length(declared, rules[name]),
            declared.since,
            _named(declared.during),
            ", ".join(sorted(declared.paused_by)),
            ", ".join(MET_BY[declared.name]),
            " · ".join(map(_step, rules[name].ladder)) or "ends",
            rules[name].source,
        ]
        for name, declared in DEADLINES.items()
    ]
    heads = ["deadline", "length", "starts", "runs in", "stands still for", "met by", "ladder", "source"]
    return _table(heads, rows)


def _length(declared: Deadline, rule: Rule) -> str:
    whose = "ours" if declared.duty else "granted"
    if not rule.length:
        return f"its own day; {whose}"
    most = "".join(f" (+{more[:-1]})" for more in rule.extensions)
    other = "".join(f" ({tag}: {length[:-1]})" for tag, length in rule.lengths.items())
    reading = (", generous" if rule.generous else ", strict") if rule.length[-1] in "dw" else ""
    return f"{rule.length[:-1]}{most}{other} {UNITS[rule.length[-1]]}{reading}; {whose}"


def _step(step: Step) -> str:
    told = [step.tell, step.consumer and f"consumer: {step.consumer}", step.take and f"**{step.take}**"]
    return f"{f'then every {step.every}' if step.every else step.at} {', '.join(filter(None, told))}"


def _table(head: list[str], rows: list[list[str]], centred: Iterable[str] = ()) -> str:
    rule = [":-:" if name in centred else "---" for name in head]
    return "\n".join(
        f"| {' | '.join(re.sub(r'[|]', '/', cell) for cell in row)} |" for row in (head, rule, *rows)
    )


def _arrows(move: Move, drawn: list[Stage]) -> list[tuple[str, str]]:
    if OPEN in (move.at, move.to):
        return []  # the note says it: an arrow from every stage would hide the others
    sources = [stage for stage in drawn if stage in move.at] or [None]
    return [
        (str(source or "[*]"), str(target))
        for source in sources
        for target in drawn
        if _leads(move, source, target)
    ]


def _leads(move: Move, source: Stage | None, target: Stage) -> bool:
    """Return whether a move brings a case from `source` to `target`. A move that may leave a case in its
    stage does not bring it to another of its own source stages."""
    stays = source in move.to and target in move.at and move.at != OPEN
    return (
        target in move.to
        and source != target
        and not stays
        and (move.name, str(source), str(target)) not in NEVER
    )


def write() -> None:
    """Write both files."""
    GOLDEN.write_text(document(), "utf-8")
    if README.exists():
        README.write_text(with_picture(README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    write()
