"""What a party sees of a complaint: stages, who holds it, what runs and what silence means, the timeline,
letters, what they sent.

Only what is named is shown: entries whose move does not declare what it `shows`, and deadlines that are not
in RUNS, are for staff only.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import day_end, instant
from chalicelib.domain.engine.running import Running
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import AT_TABLE, Duty, Role, Stage
from chalicelib.domain.moves.answer import final
from chalicelib.domain.moves.work import take_step
from chalicelib.domain.policy import policy
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.letters import without_links
from chalicelib.letters.saying import label, late, moment, money, texts
from chalicelib.view.next import Expected
from chalicelib.view.party import OF_A_DUTY, Facts, shows
from chalicelib.view.road import road
from chalicelib.view.timeline import Told, told
from chalicelib.web import filing
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer import (
    agreement as case_agreement,
    mediation as case_mediation,
    obligations as case_owed,
    parts as case_parts,
    talks as case_talks,
)
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.turning import NEWEST, Turn

OF_PARTS = (
    *OF_A_DUTY,
    "offer",
    "drafting",
    "mediation_consent",
    "company_consent",
    "company_silence",
    "challenge",
    "meeting",
    "signing",
    "judicial_confirmation",
    "survey",
)
"""Deadlines that are shown beside what they are about: a promise, an offer, an invitation, a meeting, a text
to sign."""
TOLD_ABOVE = frozenset({"talks", "obligation", "feedback"})
"""Parts that say until when above their forms."""
AT_ONCE, ENOUGH = 25, 10
"""How many entries, and how many letters, a page shows or reads at once; and with how many of one's own
letters found no more are read."""
LETTERS_READ = 100
"""How many letters a page reads at most: most of them may be other people's, or letters to staff."""
FOREIGN = frozenset({"contact_changed", "authority_request", "authority_ending"})
"""Letters that only their own recipient reads."""


class Runs(NamedTuple):
    """A deadline as the page tells it: what, until when, what silence means; `still` is why it stands still,
    `id` what it is about."""

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
    """An entry of the timeline as the page tells it; `mine` when this party made it, `said` are (our
    sentence, somebody's own words)."""

    n: int
    move: str
    at: datetime
    what: str
    who: str
    mine: bool
    said: list[tuple[str, str]]
    cut: bool


def seen(view: View, turn: Turn = NEWEST) -> dict[str, Any]:
    """Everything the case page shows; of a case whose representative is not authorised, only that and their
    own letters."""
    case, roster, language = view.case, view.roster, view.language
    team, owner = roster.teams.get(case.team), roster.member(case.owner) if case.owner else None
    found, older = letters(view, roster, turn.letters)
    shown = {
        "case": case,
        "view": view,
        "team": team,
        "owner": owner,
        "letters": found,
        "letters_older": older,
        "turn": turn,
        "authorities": policy(case.policy).competent(case.intake.subject.service_class),
    }
    if not view.authorised:
        return {**shown, "offered": view.offers}
    running, (lines, before) = runs(view), timeline(view, turn.before, turn.whole)
    shown |= {
        "awaited": next((run for run in running if view.next and _answers(view.next, run)), None),
        "contest": next((run for run in running if run.name == "answer_window" and _open(view, run)), None),
        "runs": [
            run for run in running if run.name not in OF_PARTS and not run.id.startswith("change_proposed#")
        ],
        "lines": lines,
        "older": before,
        "own": list(own(view)),
        "moves": case_parts.ordered(view),
        "offered": view.offers,
        **case_parts.parts(view, case_owed.about(running)),
    }
    if view.company:
        return {
            **shown,
            "owner": owner if case.stage in case_talks.HOLDS else None,
            "wishes": list(wishes(case, language)),
        }
    return {
        **shown,
        "road": list(road(case)),
        "promises": list(promised(case, language)),
        "triage": next((run for run in running if run.name == "safety_triage"), None),
    }


def _answers(expected: Expected, run: Runs) -> bool:
    """Whether this is the deadline that the expected act answers."""
    return (run.name, run.due) == (expected.deadline, expected.due)


def _open(view: View, run: Runs) -> bool:
    """Whether the window to contest a decision runs, and has not ended."""
    return view.case.stage in (Stage.ANSWERED, Stage.DECLINED) and run.due is not None and not run.late


def noted(language: str, move: str) -> str:
    """What somebody is told who has just taken a move: that we have it, where they sent us something; ""
    where there was none."""
    received: Mapping[str, str] = texts(language)["page"]["consumer"]["case"]["received"]
    if move in received:
        return received[move]
    named = move and say(language, f"consumer.move.{move}.name")
    return named and say(language, "consumer.case.done_says", move=named)


def by_phrase(view: View) -> dict[str, Any]:
    """What is shown to whoever came by number and passphrase: stage, deadlines, and what they can add."""
    team = view.roster.teams.get(view.case.team)
    shown = {"case": view.case, "road": list(road(view.case)), "team": team, "offered": view.offers}
    return {**shown, "runs": runs(view)}


def promised(case: Case, language: str) -> Iterator[tuple[datetime, datetime, str]]:
    """Each date that was promised for the answer, the latest first: (told when, by when, why it changed)."""
    for promise in (each for each in reversed(case.promises) if each.what == "answer"):
        why = promise.reason or ""
        listed = "extension_reason" if why in texts(language)["extension_reason"] else "move"
        yield promise.told, promise.by, label(language, why, listed) if why else ""


def runs(view: View) -> list[Runs]:
    """The running deadlines, the next one first; those that stand still last."""
    shown = view.authorised or view.caller.by_phrase
    found = [_runs(view, run) for run in view.runs() if shown]
    return sorted(found, key=lambda run: (run.due is None, run.due or view.case.received_at))


def _runs(view: View, run: Running) -> Runs:
    language = view.language
    still = label(language, run.stopped, "pause_reason") if run.stopped else ""
    left = _left(view, run)
    what, silent = (say(language, f"consumer.runs.{run.name}.{key}") for key in _texts(view, run))
    overdue, provisional = bool(run.due and run.due < view.now), bool(run.end and run.end.provisional)
    return Runs(run.name, run.id, what, silent, run.duty, run.due, left, overdue, provisional, still)


def _left(view: View, run: Running) -> str:
    """How much time is left; once it has passed, that we are late, or that a window is closed."""
    if view.past(run.due):
        return say(view.language, f"consumer.case.{'late' if run.duty else 'closed'}")
    return late(view.language, view.now - run.due) if run.due else ""


def _texts(view: View, run: Running) -> tuple[str, str]:
    """Which sentences tell a deadline: what it is, and what silence means."""
    case, letter = view.case, run.id.partition("#")[0]
    if run.name == "party_reply":
        mine = (
            "mine_"
            if any(
                run.id == f"change_proposed#{o.id}" and o.proposed and o.proposed.by_side == view.principal
                for o in view.owed()
            )
            else ""
        )
        return f"{letter}.{mine}what", f"{letter}.{mine}silence"
    if run.name in OF_A_DUTY:
        owed = next(o for o in view.owed() if o.id == run.id)
        if run.name == "breach_decision":
            return ("breach_what" if owed.notice and owed.state == Duty.IN_CURE else "what"), "silence"
        role = "owe_" if owed.debtor == view.principal else "agreed_" if owed.term else ""
        return f"{role}what", f"{role}silence"
    if run.name in ("signing", "mediation"):
        return "what", view.lapse(f"lapse_{run.name}", run.due)
    if run.name == "assignment" and case.stage == Stage.NEGOTIATING:
        return "talks", "talks_silence"
    if run.name == "information" and case.request:
        return (
            "what",
            "later" if case.request.stage != Stage.RECEIVED else "shielded" if case.shielded else "received",
        )
    if run.name == "answer_window" and case.stage in AT_TABLE:
        return "answered", "paused"
    if run.name == "answer_window" and case.stage == Stage.ANSWERED:
        kept, what = any(not o.offer for o in case.owed), "final" if final(case) else "answered"
        return what, "answered_shielded" if case.shielded and not kept else f"{what}_silence"
    if run.name == "answer_window" and case.shielded:
        return "what", "shielded"
    return "what", "silence"


def timeline(view: View, before: int | None = None, whole: int = 0) -> tuple[list[Line], int | None]:
    """The newest entries that a party may see, or the next older ones before an entry, the newest first, and
    before which entry it goes on; long words are cut short but for those of entry `whole`."""

    def shown(n: int) -> Line | None:
        one = told(view, n, n == whole)
        return _line(view, one) if one else None

    return view.dossier.page(shown, AT_ONCE, before) if view.authorised else ([], None)


def last(view: View, move: str) -> Line | None:
    """The last entry of a move that a party may see, with all of its words."""
    found = view.dossier.last(move, fits=lambda line: told(view, line["n"]))
    one = told(view, found, whole=True) if found else None
    return _line(view, one) if one else None


def _line(view: View, one: Told) -> Line:
    n, move, line, facts, words, cut = one
    language, mine = view.language, view.mine(move, line, facts)
    unnamed = "you" if mine else "system" if line["role"] == "clock" else ""
    who = say(language, f"consumer.case.{unnamed}") if unnamed else label(language, line["role"], "role")
    party = bool(Role[line["role"].upper()] & Role.PARTY)
    what = (
        say(language, f"consumer.move.{move}.name")
        if party and move != "submit"
        else label(language, move, "move")
    )
    if move == "ask_extension":
        what = say(language, "consumer.case.extended")
    if move == take_step.__name__:
        what = say(language, "consumer.case.escalated", role=label(language, facts["role"], "role"))
    if move in ("assign", "hand_over", "assign_negotiator") and (owner := view.roster.member(facts["to"])):
        what = say(
            language,
            "consumer.case." + ("negotiator" if move == "assign_negotiator" else "owner"),
            owner=owner.name,
        )
    said = [(sentence, "") for sentence in _sentences(view, move, line, facts)]
    said += _by_matter(language, facts, words.get("reasons") or {})
    if party or not shows(move).written:
        said += [("", words[name]) for name in shows(move).words if name in words and name != "reasons"]
    return Line(
        n, move, instant(line["at"]), what, who, mine, said, cut and any(own_words for _, own_words in said)
    )


def _by_matter(language: str, facts: Facts, reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What an entry decides on each matter, or asks about it, with the reason."""
    codes = facts.get("declined") or facts.get("grounds") or facts.get("results") or {}
    listed = "result" if facts.get("results") else "decline_ground"
    for n in codes or reasons:
        said = [
            say(language, "consumer.case.matter", n=n),
            *([label(language, codes[n], listed)] if codes else []),
        ]
        yield ("：" if language == "zh" else ": ").join(said), reasons.get(n, "")


def _sentences(view: View, move: str, line: Facts, facts: Facts) -> Iterator[str]:
    """What the facts of an entry say."""
    language = view.language
    if move == take_step.__name__:
        yield say(
            language, "consumer.case.escalated_says", deadline=label(language, facts["deadline"], "deadline")
        )
    if move == "ask_information":
        yield say(language, "consumer.case.asked", items=_list(language, facts["items"], "missing_item"))
    if move == "invite_interview":
        yield say(
            language,
            "consumer.case.meeting",
            at=moment(language, instant(facts["meeting"]), end=False),
            how=label(language, facts["how"], "way"),
        )
    if move == "note_outside_proceeding":
        yield label(language, facts["body"], "route")
    if shows(move).facts is not None:
        yield from _of_talks(language, line, facts)
        yield from case_mediation.sentences(language, facts)
        yield from case_agreement.sentences(view, facts)
    if move == "dismiss_request":
        yield label(language, facts["ground"], "dismissal")
    if move == "ask_reconsideration" and "own" in facts:
        yield say(language, "consumer.case.ask_reconsideration.own", number=shown(facts["own"]))
    if view.duty(facts):
        yield from case_owed.sentences(view, move, facts)
    if yes := shows(move).yes:
        yield say(language, f"consumer.case.{move}.{'yes' if facts.get(yes) else 'no'}")


def _of_talks(language: str, line: Facts, facts: Facts) -> Iterator[str]:
    """What the facts of an entry of the talks say: for which side it was written down, which offer, what is
    disputed, how it ended."""
    if "side" in facts and not Role[line["role"].upper()] & Role.PARTY:
        yield label(language, facts["side"], "side")
    if "offer" in facts:
        said = [say(language, "consumer.parts.talks.offer", id=facts["offer"])]
        said += [money(language, facts["amount"])] if "amount" in facts else []
        if "until" in facts:
            ends = day_end(date.fromisoformat(facts["until"]))
            said.append(say(language, "consumer.parts.talks.valid", by=moment(language, ends)))
        yield ("，" if language == "zh" else ", ").join(said)
    if "nature" in facts:
        yield say(language, "consumer.parts.talks.nature", nature=label(language, facts["nature"], "nature"))
    if "ending" in facts:
        yield label(language, facts["ending"], "ending")


def letters(view: View, roster: Roster, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """The newest letters to this person and to who speaks for them, or the next older ones before a letter,
    each with its text: as sent, or as it will be told; and before which letter it goes on ("": these were the
    last).

    One that went to several of them is shown once.
    """
    kept: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for _ in range(LETTERS_READ // AT_ONCE):
        read = view.dossier.letters.newest(AT_ONCE, before)
        for row in read:
            kind, _, to = row["to"].partition(":")
            own = row["to"] == f"party:{view.party.id}"
            if own or (
                view.authorised and kind == "party" and to in view.circle and row["name"] not in FOREIGN
            ):
                key = row["name"], row["entry"], str(row["facts"].get("about"))
                kept[key] = row if own else kept.get(key, row)
        before = read[-1]["id"] if len(read) == AT_ONCE else ""
        if not before or len(kept) >= ENOUGH:
            break
    rows = sorted(kept.values(), key=lambda row: (row["at"], row["id"]), reverse=True)
    return [
        {
            "name": label(view.language, row["name"], "letter"),
            "at": instant(row["at"]),
            "how": _how(row),
            **_text(view, row, roster),
        }
        for row in rows
    ], before


def _text(view: View, row: Mapping[str, Any], roster: Roster) -> dict[str, str]:
    sent = row.get("sent") or {}
    if "text" in sent:
        subject, text = sent["subject"], sent["text"]
    else:
        subject, text, *_ = view.product.correspondence.rendered(view.dossier, row, roster, view.now)
    return {"subject": subject, "text": without_links(text)}


def _how(row: Mapping[str, Any]) -> str:
    if row["way"] in ("telling", "fetch"):
        return {"telling": "letter_told", "fetch": "letter_fetch"}[row["way"]]
    states = {
        "sent": "letter_sent",
        "owed": "letter_waits",
        "sending": "letter_waits",
        "skipped": "letter_page",
    }
    return states.get(row["state"], "letter_failed")


def own(view: View) -> Iterator[tuple[str, str]]:
    """What this person sent, as (label, words): the record that they keep. The words of a complaint are the
    first person's."""
    case, language, person = view.case, view.language, view.dossier.people.get(view.party.id, {})
    for name in ("name", "phone", "email", "address", "on_behalf_of"):
        if person.get(name):
            yield label(language, name, "label"), person[name]
    if not view.first:
        return
    words = view.words(1, "submit")
    for name, text in words.get("account", {}).items():
        yield label(language, name, "label"), text
    for pointer, text in words.get("unread", {}).items():
        if text:
            yield filing.called(language, pointer), text
    if case.intake.happened_on:
        yield label(language, "happened_on", "label"), case.intake.happened_on.isoformat()
    yield from wishes(case, language)
    for name in ("hurt", "asked_business"):
        yield label(language, name, "label"), label(language, getattr(case.intake, name), name)
    yield (
        label(language, "consents", "label"),
        "\n".join(label(language, name, "label") for name in case.intake.consents),
    )


def wishes(case: Case, language: str) -> Iterator[tuple[str, str]]:
    """What is wanted, as (label, words)."""
    yield label(language, "wishes", "label"), _list(language, case.intake.wishes, "wish")
    if case.intake.wish_amount is not None:
        yield label(language, "wish_amount", "label"), money(language, case.intake.wish_amount)


def _list(language: str, codes: Any, section: str) -> str:
    return ("、" if language == "zh" else ", ").join(label(language, code, section) for code in codes)
