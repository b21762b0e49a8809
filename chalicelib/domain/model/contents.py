"""What the head of a case keeps of its timeline, so that the whole of it need not be read: the numbers of the
entries that are looked for again, and who has had a part in the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

NOT_HANDLING = frozenset(
    {
        "record_telling",
        "message",
        "ask_reconsideration",
        "appoint_panel",
        "declare_interest",
        "vote",
        "release_story",
        "release_address",
    }
)
"""Moves that somebody may have taken on a case and still sit on its panel (tables.md §1)."""
FOR_THE_COMPANY = frozenset({"file_report", "answer", "settle_at_once", "decide_reconsideration", "vote"})
"""Moves of those who answered for the company, or confirmed its answer."""
OFTEN, BY_EACH = 25, 250
"""Of how many of the newest entries of a move the numbers are kept; and of how many where each of many people
takes the move, or it is taken for each of many promises."""
KEPT: Mapping[str, int] = {
    **dict.fromkeys(
        (
            "join_case",
            "sign",
            "accept_answer",
            "claim_done",
            "dispute_done",
            "propose_change",
            "answer_survey",
        ),
        BY_EACH,
    ),
    # more than both sides together may make in one negotiation
    **dict.fromkeys(("state_position", "share_statement"), 100),
    **dict.fromkeys(
        (
            "ask_information",
            "note_outside_proceeding",
            "link_duplicate",
            "invite_to_join",
            "leave_case",
            "invite_interview",
            "tell_progress",
            "file_report",
            "ask_reconsideration",
            "admit_late_request",
            "dismiss_request",
            "withdraw_request",
            "decide_reconsideration",
            "appoint_panel",
            "vote",
            "record_try",
            "offer",
            "refuse_offer",
            "end_negotiation",
            "lapse_consent",
            "record_on_the_spot",
            "end_mediation",
            "lapse_mediation",
            "appoint_mediator",
            "accept_appointment",
            "challenge_mediator",
            "decide_challenge",
            "call_meeting",
            "change_meeting",
            "record_meeting",
            "decide_absence",
            "draft_agreement",
            "amend_draft",
            "refuse_to_sign",
            "lapse_signing",
            "record_seal",
            "record_confirmation",
            "release_story",
        ),
        OFTEN,
    ),
}
"""The moves whose entries pages, letters and documents look for again, with how many of each are kept. All
other entries are found on the timeline only."""


@dataclass(frozen=True)
class Contents:
    """The numbers of `entries` by their move, and of those in which a second person's yes took a move
    (`granted`), in order; everybody who has `handled` the case, with entry and move of their first handling;
    who `investigated` it or answered for the company. Codes only."""

    entries: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    granted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    handled: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    investigated: tuple[str, ...] = ()

    def including(self, line: Mapping[str, Any]) -> Contents:
        """The contents with one more entry, by its line."""
        n, move, who = line["n"], line["move"], line["who"]
        first = {who: (n, move)} if move not in NOT_HANDLING and who not in self.handled else {}
        more = dict.fromkeys(chain(self.investigated, _investigating(line)))
        entries = _with(self.entries, move, n) if move in KEPT else self.entries
        granted = _with(self.granted, line["facts"]["move"], n) if move == "approve" else self.granted
        return Contents(entries, granted, {**self.handled, **first}, tuple(more))


def _with(kept: Mapping[str, tuple[int, ...]], move: str, n: int) -> Mapping[str, tuple[int, ...]]:
    return {**kept, move: (*kept.get(move, ()), n)[-KEPT.get(move, OFTEN) :]}


def contents(lines: Iterable[Mapping[str, Any]]) -> Contents:
    """The contents of a whole timeline, by its lines in order: of a case whose head does not have them."""
    found = Contents()
    for line in lines:
        found = found.including(line)
    return found


def _investigating(line: Mapping[str, Any]) -> Iterable[str]:
    """Those whom an entry shows to have investigated, answered or spoken for the company: they can never be
    the neutral officer of the same case."""
    taken = line["facts"].get("move") if line["move"] == "approve" else line["move"]
    if line["role"] == "investigator" or taken in FOR_THE_COMPANY:
        yield line["who"]
    if line["move"] == "name_business_representative":
        yield from filter(None, [line["facts"].get("colleague")])
