"""What a consumer sees of their complaint: stages, who holds it, what runs and what silence means, the timeline, letters, what they sent.

Only what is named here is shown: entries that are not in SHOWN and deadlines that are not in RUNS stay inside the house.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.casework import Caller, Dossier
from chalicelib.correspondence import said_in
from chalicelib.domain.calendar import instant
from chalicelib.domain.case import Case
from chalicelib.domain.codes import Stage
from chalicelib.domain.deadlines import Running, deadlines
from chalicelib.domain.roster import Roster
from chalicelib.letters.saying import label, late, money
from chalicelib.web.pages import say
from chalicelib.wiring import product

SHOWN: Mapping[str, tuple[str, ...]] = {
    "submit": (), "accept": (), "decline": (), "ask_information": ("why",), "give_information": ("answer",),
    "extend_information": ("reason",), "lapse_information": (), "lapse_decline": (), "reopen": ("facts",), "link_duplicate": (),
    "unlink_duplicate": (), "withdraw": ("reason",), "message": ("text",), "assign": (),
}
"""The entries a consumer sees, each with the words of it that are shown."""
RUNS = ("acknowledgement", "scope_decision", "information", "assignment", "investigation", "message_reply", "answer_window",
        "reopen_window")
"""The deadlines a consumer sees, also those that run against them."""
ABOVE = ("lead", "supervisor", "executive")
"""Whom an escalation is reported to, as consumers are told."""
STILL: Mapping[str, str] = {Stage.AWAITING_INFORMATION: "information"}
"""Stages in which a clock stands still, and the reason as people read it."""
LISTED = {"wishes": "wish", "hurt": "hurt", "asked_business": "asked_business"}


class Runs(NamedTuple):
    """A deadline as the page tells it: what, until when, what silence means; `still` is why it stands still."""

    name: str
    what: str
    silence: str
    ours: bool
    due: datetime | None
    left: str
    late: bool
    provisional: bool
    still: str


class Line(NamedTuple):
    """An entry of the timeline as the page tells it; `mine` when this consumer made it, `said` are (our sentence, somebody's own words)."""

    n: int
    move: str
    at: datetime
    what: str
    who: str
    mine: bool
    said: list[tuple[str, str]]


def seen(dossier: Dossier, caller: Caller, language: str) -> dict[str, Any]:
    """Everything the case page shows."""
    case, roster = dossier.case, product.file.roster()
    team, owner = roster.teams.get(case.team), roster.member(case.owner) if case.owner else None
    return {"case": case, "team": team, "owner": owner, "runs": runs(case, language), "lines": timeline(dossier, caller, language),
            "letters": letters(dossier, caller, language, roster), "own": list(own(dossier, caller, language)),
            "moves": product.casework.offered(case, caller)}


def runs(case: Case, language: str) -> list[Runs]:
    """The running deadlines, the next one first; those that stand still last."""
    found = [_runs(case, run, language) for run in deadlines(case).values() if run.name in RUNS]
    return sorted(found, key=lambda run: (run.due is None, run.due or case.received_at))


def _runs(case: Case, run: Running, language: str) -> Runs:
    silence = "silence"
    if run.name == "information" and case.request:
        silence = "later" if case.request.stage != Stage.RECEIVED else "shielded" if case.shielded else "received"
    still = label(language, STILL.get(run.stopped, run.stopped), "pause_reason") if run.stopped else ""
    left = late(language, product.now() - run.due) if run.due else ""
    what, silent = (say(language, f"consumer.runs.{run.name}.{key}") for key in ("what", silence))
    overdue, provisional = bool(run.due and run.due < product.now()), bool(run.end and run.end.provisional)
    return Runs(run.name, what, silent, run.duty, run.due, left, overdue, provisional, still)


def timeline(dossier: Dossier, caller: Caller, language: str) -> list[Line]:
    """The entries a consumer may see, the newest first. A move that waited for a second person appears once it is taken."""
    asked: dict[str, dict[str, Any]] = {}
    found = []
    for n in range(1, len(dossier.entries) + 1):
        line, words = said_in(dossier, n)
        move, facts = line["move"], line["facts"]
        if move == "approve":
            move, words, facts = facts["move"], asked.get(facts["approval"], {}), facts["asked"]
        elif isinstance(facts.get("asked"), str):
            asked[facts["asked"]] = words
            continue
        if move == "take_step" and (facts["early"] or facts.get("role") not in ABOVE or facts["deadline"] not in RUNS):
            continue
        if move in SHOWN or move == "take_step":
            found.append(_line(n, move, line, facts, words, caller, language))
    return found[::-1]


def _line(n: int, move: str, line: Mapping[str, Any], facts: Mapping[str, Any], words: Mapping[str, Any], caller: Caller,
          language: str) -> Line:
    mine = line["role"] in ("consumer", "representative") and (line["who"] == caller.party or move == "submit")
    unnamed = "you" if mine else "system" if line["role"] == "clock" else ""
    who = say(language, f"consumer.case.{unnamed}") if unnamed else label(language, line["role"], "role")
    what = label(language, move, "move")
    said: list[tuple[str, str]] = []
    if move == "take_step":
        what = say(language, "consumer.case.escalated", role=label(language, facts["role"], "role"))
        said = [(say(language, "consumer.case.escalated_says", deadline=label(language, facts["deadline"], "deadline")), "")]
    if move == "ask_information":
        said = [(say(language, "consumer.case.asked", items=_list(language, facts["items"], "missing_item")), "")]
    if move == "assign" and (owner := product.file.roster().member(facts["to"])):
        what = say(language, "consumer.case.owner", owner=owner.name)
    grounds, reasons = facts.get("declined") or facts.get("grounds") or {}, words.get("reasons") or {}
    for n_, ground in grounds.items():
        matter = say(language, "consumer.case.matter", n=n_), label(language, ground, "decline_ground")
        said.append((("：" if language == "zh" else ": ").join(matter), reasons.get(n_, "")))
    said += [("", words[name]) for name in SHOWN.get(move, ()) if name in words]
    return Line(n, move, instant(line["at"]), what, who, mine, said)


def letters(dossier: Dossier, caller: Caller, language: str, roster: Roster) -> list[dict[str, Any]]:
    """The letters to this consumer, the newest first, each with its text: as it was sent, or as it will be told."""
    mine = [row for row in dossier.letters if row["to"] == f"party:{caller.party}"]
    return [{"name": label(language, row["name"], "letter"), "at": instant(row["at"]), "how": _how(row), **_text(dossier, row, roster)}
            for row in sorted(mine, key=lambda row: (row["at"], row["id"]), reverse=True)]


def _text(dossier: Dossier, row: Mapping[str, Any], roster: Roster) -> dict[str, str]:
    sent = row.get("sent") or {}
    if "text" in sent:
        return {"subject": sent["subject"], "text": sent["text"]}
    told = product.correspondence.rendered(dossier, row, roster, product.now())
    return {"subject": told.subject, "text": told.text}


def _how(row: Mapping[str, Any]) -> str:
    if row["way"] in ("telling", "fetch"):
        return {"telling": "letter_told", "fetch": "letter_fetch"}[row["way"]]
    return {"sent": "letter_sent", "owed": "letter_waits", "sending": "letter_waits"}.get(row["state"], "letter_failed")


def own(dossier: Dossier, caller: Caller, language: str) -> Iterator[tuple[str, str]]:
    """What the consumer sent, as (label, words): the record that they keep."""
    case, person = dossier.case, dossier.people.get(caller.party, {})
    for name in ("name", "phone", "email", "address", "on_behalf_of"):
        if person.get(name):
            yield label(language, name, "label"), person[name]
    _, words = said_in(dossier, 1)
    for name, text in words.get("account", {}).items():
        yield label(language, name, "label"), text
    if case.happened_on:
        yield label(language, "happened_on", "label"), case.happened_on.isoformat()
    for name, section in LISTED.items():
        value = getattr(case, name)
        yield label(language, name, "label"), _list(language, value if isinstance(value, tuple) else [value], section)
    if case.wish_amount is not None:
        yield label(language, "wish_amount", "label"), money(language, case.wish_amount)
    if case.outside:
        yield label(language, "outside_body", "label"), label(language, case.outside.body, "route")
    yield label(language, "consents", "label"), "\n".join(label(language, name, "label") for name in case.consents)


def _list(language: str, codes: Any, section: str) -> str:
    return ("、" if language == "zh" else ", ").join(label(language, code, section) for code in codes)
