"""What a party sees of a complaint: stages, who holds it, what runs and what silence means, the timeline, letters, what they sent.

Only what is named here is shown: entries that are not in SHOWN and deadlines that are not in RUNS stay inside the house.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import instant
from chalicelib.domain.case import Case
from chalicelib.domain.codes import Role, Stage
from chalicelib.domain.deadlines import deadlines
from chalicelib.domain.moves.answer import final
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.domain.running import Running
from chalicelib.letters.saying import label, late, moment, money, texts
from chalicelib.web import case_parts
from chalicelib.web.own_view import Facts, View
from chalicelib.web.pages import say
from chalicelib.wiring import product

SHOWN: Mapping[str, tuple[str, ...]] = {
    "submit": (), "accept": (), "decline": (), "ask_information": ("why",), "give_information": ("answer",), "add_evidence": ("shows",),
    "extend_information": ("reason",), "lapse_information": (), "lapse_decline": (), "reopen": ("facts",), "link_duplicate": (),
    "unlink_duplicate": (), "withdraw": ("reason",), "message": ("text",), "assign": (), "hand_over": (), "edit_matters": (),
    "change_contact": (), "add_representative": (), "check_authority": (), "end_representation": (), "substitute_party": (),
    "invite_to_join": (), "join_case": (), "leave_case": ("reason",), "appoint_joint_representatives": (), "ask_consent": ("settlement",),
    "consent_represented": (), "ask_handler_change": ("reason",), "decide_handler_change": ("reason",), "tag_safety": ("facts",),
    "note_outside_proceeding": ("number",), "reply_outside": (), "refer_outside": (), "close_in_court": (), "close_information": (),
    "invite_interview": ("where", "purpose"), "propose_appraisal": (), "consent_appraisal": ("reason",), "start_appraisal": (),
    "end_appraisal": ("result",), "tell_progress": ("done", "upcoming"), "ask_extension": ("why",), "record_return": (), "answer": (),
    "correct_answer": ("wrong", "right"), "accept_answer": (), "lapse_answer": (), "settle_at_once": ("agreement", "terms"),
    "claim_done": ("what",), "confirm_done": ("remark",), "dispute_done": ("reason",), "decide_proof": ("reason",), "close_fulfilled": (),
    "ask_reconsideration": ("reasons",), "admit_late_request": (), "dismiss_request": ("reason",), "withdraw_request": ("reason",),
    "decide_reconsideration": ("reasons", "terms"),
}
"""The entries a party sees, each with the words of it that are shown."""
OWN_WORDS = frozenset({"tag_safety", "note_outside_proceeding"})
"""Entries whose words are shown only where a party wrote them."""
RUNS = ("acknowledgement", "scope_decision", "information", "assignment", "investigation", "message_reply", "answer_window",
        "reopen_window", "lapse_review", "safety_triage", "return_refund", "progress", "appraisal", "party_reply", "handler_change",
        "obligation", "creditor_answer", "breach_decision", "reconsideration", "panel_appointment")
"""The deadlines a party sees, also those that run against them."""
OF_OBLIGATION = ("obligation", "creditor_answer", "breach_decision")
"""Deadlines that are told where the promise stands that they belong to."""
ABOVE = ("lead", "supervisor", "executive")
"""Whom an escalation is reported to, as parties are told."""
LISTED = {"wishes": "wish", "hurt": "hurt", "asked_business": "asked_business"}
SAYS = {"consent_appraisal": "agrees", "consent_represented": "agrees", "decide_handler_change": "change", "decide_proof": "accepted"}
"""Entries that say yes or no to something."""
FOREIGN = frozenset({"contact_changed", "authority_request", "authority_ending"})
"""Letters that only their own recipient reads."""


class Runs(NamedTuple):
    """A deadline as the page tells it: what, until when, what silence means; `still` is why it stands still, `id` what it is about."""

    name: str
    id: str
    what: str
    silence: str
    ours: bool
    due: datetime | None
    left: str
    late: bool
    provisional: bool
    still: str


class Line(NamedTuple):
    """An entry of the timeline as the page tells it; `mine` when this party made it, `said` are (our sentence, somebody's own words)."""

    n: int
    move: str
    at: datetime
    what: str
    who: str
    mine: bool
    said: list[tuple[str, str]]


def seen(view: View) -> dict[str, Any]:
    """Everything the case page shows; of a case whose representative is not authorised, only that and their own letters."""
    case, roster, language = view.case, product.file.roster(), view.language
    team, owner = roster.teams.get(case.team), roster.member(case.owner) if case.owner else None
    shown = {"case": case, "view": view, "team": team, "owner": owner, "letters": letters(view, roster)}
    if not view.authorised:
        return {**shown, "offered": view.offered()}
    running = runs(view)
    about = {run.id: run for run in running if run.name in OF_OBLIGATION}
    return {**shown, "runs": [run for run in running if run.name not in OF_OBLIGATION], "lines": timeline(view), "own": list(own(view)),
            "moves": case_parts.ordered(view), "offered": view.offered(), "promises": list(promised(case, language)),
            **case_parts.parts(view, about),
            "triage": next((run for run in running if run.name == "safety_triage"), None)}


def promised(case: Case, language: str) -> Iterator[tuple[datetime, datetime, str]]:
    """Each date that was promised for the answer, the latest first: (told when, by when, why it changed)."""
    for promise in reversed(case.promises):
        why = promise.reason or ""
        listed = "extension_reason" if why in texts(language)["extension_reason"] else "move"
        yield promise.told, promise.by, label(language, why, listed) if why else ""


def runs(view: View) -> list[Runs]:
    """The running deadlines, the next one first; those that stand still last."""
    found = [_runs(view, run) for run in deadlines(view.case).values() if view.authorised and run.name in RUNS and view.concerns(run)]
    return sorted(found, key=lambda run: (run.due is None, run.due or view.case.received_at))


def _runs(view: View, run: Running) -> Runs:
    language = view.language
    still = label(language, run.stopped, "pause_reason") if run.stopped else ""
    left = late(language, product.now() - run.due) if run.due else ""
    what, silent = (say(language, f"consumer.runs.{run.name}.{key}") for key in _texts(view.case, run))
    overdue, provisional = bool(run.due and run.due < product.now()), bool(run.end and run.end.provisional)
    return Runs(run.name, run.id, what, silent, run.duty, run.due, left, overdue, provisional, still)


def _texts(case: Case, run: Running) -> tuple[str, str]:
    """Which sentences tell a deadline: what it is, and what silence means."""
    if run.name == "party_reply":
        return f"{run.id}.what", f"{run.id}.silence"
    if run.name == "information" and case.request:
        return "what", "later" if case.request.stage != Stage.RECEIVED else "shielded" if case.shielded else "received"
    if run.name == "answer_window" and case.stage == Stage.ANSWERED:
        kept, what = any(not o.offer for o in case.owed), "final" if final(case) else "answered"
        return what, "answered_shielded" if case.shielded and not kept else f"{what}_silence"
    if run.name == "answer_window" and case.shielded:
        return "what", "shielded"
    return "what", "silence"


def timeline(view: View) -> list[Line]:
    """The entries a party may see, the newest first. A move that waited for a second person appears once it is taken."""
    asked: dict[str, dict[str, Any]] = {}
    found = []
    for n, (line, words) in view.lines if view.authorised else ():
        move, facts = line["move"], line["facts"]
        if move == "approve":
            move, words, facts = facts["move"], asked.get(facts["approval"], {}), facts["asked"]
        elif isinstance(facts.get("asked"), str):
            asked[facts["asked"]] = words
            continue
        if (_told_of(view, facts) if move == "take_step" else move in SHOWN) and view.sees(n, move, line, facts):
            found.append(_line(view, n, move, line, facts, words))
    return found[::-1]


def _told_of(view: View, facts: Facts) -> bool:
    """Whether a step of the clock is told: that something of ours to this party was late, reported to somebody above."""
    if facts["early"] or facts.get("role") not in ABOVE or facts["deadline"] not in RUNS:
        return False
    about = facts["run"].split("#")[1:2]
    if facts["deadline"] in OF_OBLIGATION:
        return any(o.id in about for o in view.owed())
    return not view.others or facts["deadline"] not in ("message_reply", "handler_change", "party_reply")


def _line(view: View, n: int, move: str, line: Facts, facts: Facts, words: Mapping[str, Any]) -> Line:
    language, mine = view.language, view.mine(move, line, facts)
    unnamed = "you" if mine else "system" if line["role"] == "clock" else ""
    who = say(language, f"consumer.case.{unnamed}") if unnamed else label(language, line["role"], "role")
    party = bool(Role[line["role"].upper()] & Role.PARTY)
    what = say(language, f"consumer.move.{move}.name") if party and move != "submit" else label(language, move, "move")
    if move == "ask_extension":
        what = say(language, "consumer.case.extended")
    if move == "take_step":
        what = say(language, "consumer.case.escalated", role=label(language, facts["role"], "role"))
    if move in ("assign", "hand_over") and (owner := product.file.roster().member(facts["to"])):
        what = say(language, "consumer.case.owner", owner=owner.name)
    said = [(sentence, "") for sentence in _sentences(view, move, facts)]
    said += _by_matter(language, facts, words.get("reasons") or {})
    if party or move not in OWN_WORDS:
        said += [("", words[name]) for name in SHOWN.get(move, ()) if name in words and name != "reasons"]
    return Line(n, move, instant(line["at"]), what, who, mine, said)


def _by_matter(language: str, facts: Facts, reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What an entry decides on each matter, or asks about it, with the reason."""
    codes = facts.get("declined") or facts.get("grounds") or facts.get("results") or {}
    listed = "result" if facts.get("results") else "decline_ground"
    for n in codes or reasons:
        said = [say(language, "consumer.case.matter", n=n), *([label(language, codes[n], listed)] if codes else [])]
        yield ("：" if language == "zh" else ": ").join(said), reasons.get(n, "")


def _sentences(view: View, move: str, facts: Facts) -> Iterator[str]:
    """What the facts of an entry say."""
    language = view.language
    if move == "take_step":
        yield say(language, "consumer.case.escalated_says", deadline=label(language, facts["deadline"], "deadline"))
    if move == "ask_information":
        yield say(language, "consumer.case.asked", items=_list(language, facts["items"], "missing_item"))
    if move == "invite_interview":
        yield say(language, "consumer.case.meeting", at=moment(language, instant(facts["meeting"]), end=False),
                  how=label(language, facts["how"], "way"))
    if move == "note_outside_proceeding":
        yield label(language, facts["body"], "route")
    if move == "dismiss_request":
        yield label(language, facts["ground"], "dismissal")
    if move == "ask_reconsideration" and "own" in facts:
        yield say(language, "consumer.case.ask_reconsideration.own", number=shown(facts["own"]))
    owed = next((o for o in view.owed() if o.id == facts.get("obligation")), None)
    if owed:
        yield case_parts.called(owed, language)
    if move in SAYS:
        yield say(language, f"consumer.case.{move}.{'yes' if facts.get(SAYS[move]) else 'no'}")


def letters(view: View, roster: Roster) -> list[dict[str, Any]]:
    """The letters to this person and to who speaks for them, the newest first, each with its text: as sent, or as it will be told.

    One that went to several of them is shown once; an access link stands only in one's own.
    """
    kept: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in view.dossier.letters:
        kind, _, to = row["to"].partition(":")
        own = row["to"] == f"party:{view.party.id}"
        if own or (view.authorised and kind == "party" and to in view.circle and row["name"] not in FOREIGN):
            key = row["name"], row["entry"], str(row["facts"].get("about"))
            kept[key] = row if own else kept.get(key, row)
    rows = sorted(kept.values(), key=lambda row: (row["at"], row["id"]), reverse=True)
    return [{"name": label(view.language, row["name"], "letter"), "at": instant(row["at"]), "how": _how(row), **_text(view, row, roster)}
            for row in rows]


def _text(view: View, row: Mapping[str, Any], roster: Roster) -> dict[str, str]:
    sent = row.get("sent") or {}
    if "text" in sent:
        subject, text = sent["subject"], sent["text"]
    else:
        subject, text, *_ = product.correspondence.rendered(view.dossier, row, roster, product.now())
    return {"subject": subject, "text": text if row["to"] == f"party:{view.party.id}" else without_links(view.case, text)}


def without_links(case: Case, text: str) -> str:
    """A letter's text without access links: whoever has one can act as the person it was sent to."""
    return re.sub(rf"/case/{case.ref}/[\w-]+", "/case/…", text)


def _how(row: Mapping[str, Any]) -> str:
    if row["way"] in ("telling", "fetch"):
        return {"telling": "letter_told", "fetch": "letter_fetch"}[row["way"]]
    return {"sent": "letter_sent", "owed": "letter_waits", "sending": "letter_waits"}.get(row["state"], "letter_failed")


def own(view: View) -> Iterator[tuple[str, str]]:
    """What this person sent, as (label, words): the record that they keep. The words of a complaint are the first person's."""
    case, language, person = view.case, view.language, view.dossier.people.get(view.party.id, {})
    for name in ("name", "phone", "email", "address", "on_behalf_of"):
        if person.get(name):
            yield label(language, name, "label"), person[name]
    if not view.first:
        return
    for name, text in view.words(1, "submit").get("account", {}).items():
        yield label(language, name, "label"), text
    if case.happened_on:
        yield label(language, "happened_on", "label"), case.happened_on.isoformat()
    for name, section in LISTED.items():
        value = getattr(case, name)
        yield label(language, name, "label"), _list(language, value if isinstance(value, tuple) else [value], section)
    if case.wish_amount is not None:
        yield label(language, "wish_amount", "label"), money(language, case.wish_amount)
    yield label(language, "consents", "label"), "\n".join(label(language, name, "label") for name in case.consents)


def _list(language: str, codes: Any, section: str) -> str:
    return ("、" if language == "zh" else ", ").join(label(language, code, section) for code in codes)
