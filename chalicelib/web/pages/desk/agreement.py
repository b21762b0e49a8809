"""Formal mediation and the agreement, as staff see them at the desk: mediator, meetings, text, signatures,
seal."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.model.case_records import Agreement, Signature
from chalicelib.locale import formats
from chalicelib.locale.lengths import lengths
from chalicelib.view.agreement import apply_by, confirmation_entry, referral_papers, sign_by, text_of
from chalicelib.view.mediation import AbsenceView, MediationInside, MeetingView, mediation_inside
from chalicelib.web import pages
from chalicelib.web.pages import file_list
from chalicelib.web.pages.desk.items import DeskItem
from chalicelib.web.pages.desk.reading import Line, Reading

GOOD: Mapping[bool | None, tuple[str, str]] = {
    None: ("open", "orange"),
    True: ("good", "green"),
    False: ("bad", "grey"),
}
"""The finding of the mediator on the reason for an absence, as (name of the text, color). The key is True for
a good reason, False for a bad one, and None if the mediator has not decided yet."""
APPOINTED = {"over": "grey", "accepted": "green", "asked": "orange", "sought": "orange"}
"""The color for each state of the mediator's appointment."""
MEETS = {"cancelled": "grey", "recorded": "green", "ahead": "blue", "on": "blue", "past": "orange"}
"""The color for each state of a meeting."""


def conflict_check(reading: Reading) -> list[Line]:
    """Return, as labelled lines, what a proposed mediator must know to say whether they are independent. It
    is the people and companies concerned, the nature of the dispute, and the matters."""
    found = reading.reader.concerned()
    said = {
        "names": [f"{name} · {reading.label(role.code, 'role')}" for role, name in found.people if name],
        "business": found.businesses,
        "nature": [reading.label(nature, "nature") for nature in found.natures],
        "about": [reading.matter(n) for n in range(1, len(found.matters) + 1)],
    }
    return [(reading.words_of("when", name), lines) for name, lines in said.items() if lines]


def mediation(reading: Reading) -> Iterator[DeskItem]:
    """Yield items about the formal mediation of a case. The first items are for the mediator, former
    mediators, an objection to the mediator, and an extension. An item for each meeting follows, with items
    for the absences from the meeting. Yield nothing if there is no mediation."""
    found = mediation_inside(reading.reader)
    if found is None:
        return
    yield _mediator(reading, found)
    record, n = found.record, found.objection_entry
    if record.past:
        yield DeskItem(
            reading.words_of("comma").join(map(reading.name, record.past)),
            reading.words_of("mediation", "former"),
        )
    if record.challenge:
        entry = reading.entry(n) if n else {"facts": [], "words": []}
        yield DeskItem(
            reading.words_of("mediation", "challenge", side=reading.label(record.challenge.side, "side")),
            reading.moment(record.challenge.at),
            reading.words_of("mediation", "undecided"),
            "red",
            lines=(*entry["facts"], *entry["words"]),
        )
    if found.extension.agreed:
        numbers = lengths(reading.language, reading.case.policy)
        yield DeskItem(
            reading.words_of("mediation", "extends", **numbers),
            reading.words_of("comma").join(map(reading.bound, found.extension.agreed)),
            reading.words_of("mediation", "extended" if found.extension.extended else "waits", **numbers),
            "green" if found.extension.extended else "orange",
        )
    for meeting in found.meetings:
        yield _meeting(reading, meeting)
        yield from (_absence(reading, absence) for absence in found.absences(meeting.id))


def _mediator(reading: Reading, found: MediationInside) -> DeskItem:
    record, known = found.record, found.mediator(reading.roster)
    lines = [_line(reading, "body", known.body)] if known else []
    lines += [_line(reading, "qualification", f"{known.qualification} · {known.number}")] if known else []
    confirmable = reading.words_of("mediation", "lawful" if record.lawful else "unlawful")
    lines += [(reading.words_of("agreement", "confirmation"), [confirmable])] if record.mediator else []
    times = {
        "since": record.since,
        "appointed": record.appointed,
        "independent": record.accepted,
        "vacant": record.vacant,
    }
    lines += [_line(reading, name, reading.moment(at)) for name, at in times.items() if at]
    title = reading.name(record.mediator) if record.mediator else reading.words_of("mediation", "nobody")
    state = reading.words_of("mediation", found.state)
    return DeskItem(title, "", state, APPOINTED[found.state], lines=tuple(lines))


def _meeting(reading: Reading, meeting: MeetingView) -> DeskItem:
    """Return the item for a meeting, with its time, kind, place and papers, and how often a side asked for
    another time. Only permitted readers get the minutes."""
    notes = [
        reading.words_of(
            "mediation", "length", way=reading.label(meeting.way, "meeting_way"), minutes=meeting.minutes
        )
    ]
    notes += [reading.words_of("mediation", "moved", n=meeting.sequence)] if meeting.sequence else []
    called = {"place": meeting.place, "papers": meeting.papers}
    lines = [_line(reading, name, said) for name, said in called.items() if said]
    asks = [
        reading.words_of("mediation", "times", side=reading.label(side, "side"), n=n)
        for side, n in meeting.asks.items()
    ]
    lines += [_line(reading, "asks", *asks)] if asks and reading.reader.hears else []
    if meeting.written:
        there = [reading.label(side, "side") for side in meeting.present]
        lines += [
            _line(reading, "present", *(there or [reading.words_of("mediation", "none")])),
            *reading.words(meeting.written),
        ]
    title = reading.words_of("mediation", "meeting", id=meeting.id, at=reading.moment(meeting.at))
    state = reading.words_of("mediation", meeting.state)
    return DeskItem(title, " · ".join(notes), state, MEETS[meeting.state], lines=tuple(lines))


def _absence(reading: Reading, absence: AbsenceView) -> DeskItem:
    state, tone = GOOD[absence.good]
    return DeskItem(
        reading.words_of("mediation", "absent", side=reading.label(absence.side, "side")),
        reading.moment(absence.asked),
        reading.words_of("mediation", state),
        tone,
        lines=tuple(reading.words(absence.n)) if absence.n else (),
    )


def agreement(reading: Reading) -> Iterator[DeskItem]:
    """Yield items about the agreement: its text, each signature, the sealed document, and judicial
    confirmation. Only permitted readers get the text. Yield nothing if there is no agreement."""
    found = reading.case.talks.agreement
    if found is None:
        return
    text = text_of(reading.reader, found) or {}
    yield _outline(reading, found, text)
    if text:
        yield from (_clause(reading, text, clause) for clause in text["clauses"])
    yield from (_signature(reading, found, signer) for signer in found.signers)
    if found.in_force:
        yield _document(reading, found)
        if found.lawful:
            yield _confirmation(reading, found)


def _outline(reading: Reading, found: Agreement, text: Mapping[str, Any]) -> DeskItem:
    """Return the item for the agreement as a whole, with its kind, dates, digest, parties, mediator, facts
    and remarks, and the obligations that it replaces. `found`: the agreement. `text`: its text; empty for a
    reader who may not read the text."""
    state, tone = ("in_force", "green") if found.in_force else ("waits", "orange")
    title = (
        reading.words_of("agreement", text["kind"], number=text["number"])
        if text
        else reading.words_of("agreement", "draft", n=found.version)
    )
    lines = [_of(reading, "force", reading.moment(found.in_force))] if found.in_force else []
    lines += [_of(reading, "digest", found.digest)]
    if text:
        named = [
            reading.words_of("agreement", "represented", name=p["name"], by=p["represented_by"])
            if p.get("represented_by")
            else p["name"]
            for p in text["parties"]
        ]
        who = text.get("mediator")
        lines += [
            _of(
                reading,
                "parties",
                *(
                    f"{name} · {reading.label(p['side'], 'side')}"
                    for name, p in zip(named, text["parties"], strict=True)
                ),
            )
        ]
        lines += (
            [
                _of(
                    reading,
                    "mediator",
                    " · ".join([who["name"], who["body"], who["qualification"], who["number"]]),
                )
            ]
            if who
            else []
        )
        lines += [_of(reading, name, *_both(text[name])) for name in ("facts", "remarks") if text.get(name)]
        lines += (
            [_of(reading, "replaces", *(_replaced(reading, old) for old in text["replaces"]))]
            if text["replaces"]
            else []
        )
    return DeskItem(
        title,
        reading.words_of("agreement", "drafted", at=reading.moment(found.drafted)),
        reading.words_of("agreement", state),
        tone,
        lines=tuple(lines),
    )


def _clause(reading: Reading, text: Mapping[str, Any], clause: Mapping[str, Any]) -> DeskItem:
    """Return the item for a clause of the agreement. `text`: the text of the agreement. `clause`: a clause of
    this text. The item uses the words that the parties sign."""
    names = {party["id"]: party["name"] for party in text["parties"]}
    money = [formats.money(reading.language, clause["amount"])] if "amount" in clause else []
    after = clause.get("after")
    form = formats.texts(reading.language)["page"]["form"]
    if after and after.get("clause"):
        first = formats.clause(reading.language, after["clause"])
        when = form["after"].format(after=first, days=after["days"])
    elif after:
        when = form["in_force"].format(days=after["days"])
    else:
        when = reading.date(date.fromisoformat(clause["by"]))
    penalty = [formats.money(reading.language, clause["penalty"])] if "penalty" in clause else []
    lines = (
        _of(reading, "when", when),
        _of(reading, "proof", reading.label(clause["proof"], "proof")),
        _of(reading, "confirms", reading.label(clause["confirms"], "confirms")),
        _of(reading, "cure", reading.words_of("agreement", "days", n=clause["cure_days"])),
        _of(reading, "measure", " · ".join([reading.label(clause["measure"], "measure"), *penalty])),
    )
    owes = reading.words_of(
        "agreement", "owes", debtor=names[clause["debtor"]], creditor=names[clause["creditor"]]
    )
    title = " · ".join(
        [
            formats.clause(reading.language, clause["id"]).capitalize(),
            reading.label(clause["kind"], "obligation_kind"),
            *money,
        ]
    )
    return DeskItem(title, owes, text="\n".join(_both(clause["what"])), lines=lines)


def _both(said: Mapping[str, str]) -> list[str]:
    """Return the Chinese version and the English version of a text. A version that does not exist is left
    out. `said`: the versions, by language."""
    return [said[language] for language in ("zh", "en") if language in said]


def _replaced(reading: Reading, old: Mapping[str, Any]) -> str:
    money = [formats.money(reading.language, old["amount"])] if "amount" in old else []
    return " · ".join(
        [old["id"], reading.label(old["kind"], "obligation_kind"), *money, *filter(None, [old.get("what")])]
    )


def _signature(reading: Reading, found: Agreement, signer: str) -> DeskItem:
    """Return the item for a signature. `found`: the agreement. `signer`: the id of the person or company. The
    item tells when and how the signer signed, and who recorded the signature. If the signer has not signed,
    the item tells until when they can."""
    title = reading.words_of("agreement", "signature", who=reading.bound(signer))
    given: Signature | None = next((one for one in found.signatures if one.of == signer), None)
    if given:
        note = [
            reading.words_of(
                "agreement", "signed", at=reading.moment(given.at), way=reading.label(given.way, "signed")
            )
        ]
        note += (
            [reading.words_of("agreement", "by", by=reading.name(given.by)), given.evidence]
            if given.evidence
            else []
        )
        return DeskItem(title, " · ".join(note), reading.words_of("agreement", "yes"), "green")
    until = sign_by(reading.case, signer)
    note = (
        [reading.words_of("agreement", "until", until=formats.moment(reading.language, until))]
        if until
        else []
    )
    return DeskItem(title, " · ".join(note), reading.words_of("agreement", "missing"), "orange")


def _document(reading: Reading, found: Agreement) -> DeskItem:
    """Return the item for the sealed document of the agreement `found`, with the size and digest of the
    document. A reader who may know the parties gets links too. They lead to the document, to the application
    to the court, and to the papers for the court about unperformed obligations."""
    title, sealed = reading.words_of("agreement", "document"), found.sealed
    if sealed is None:
        return DeskItem(title, tag=reading.words_of("agreement", "sealing"), tone="blue")
    lines = (_of(reading, "sha256", sealed.sha256), _of(reading, "size", file_list.size(sealed.size)))
    papers = [("", reading.words_of("agreement", "download"))]
    papers += (
        [("?paper=application", reading.words_of("agreement", "application"))] if sealed.application else []
    )
    papers += [
        (f"?paper={name}", reading.words_of("agreement", name.partition("-")[2], id=id))
        for name, id in referral_papers(reading.reader).items()
    ]
    links = (
        tuple((document_link(reading) + query, said) for query, said in papers)
        if reading.reader.known
        else ()
    )
    return DeskItem(
        title,
        reading.moment(sealed.at),
        reading.words_of("agreement", "sealed"),
        "green",
        lines=lines,
        links=links,
    )


def document_link(reading: Reading) -> str:
    """Return the address at which staff download the sealed document of the case."""
    return f"{pages.root()}/desk/cases/{reading.case.ref}/agreement"


def _confirmation(reading: Reading, found: Agreement) -> DeskItem:
    """Return the item for the judicial confirmation of the agreement `found`. The item tells the state, and
    until when the parties can apply to the court."""
    due = apply_by(reading.case)
    state, tone = (
        ("confirmed", "green")
        if found.confirmed
        else ("rejected", "grey")
        if found.confirmed is False
        else ("applied", "blue")
        if found.applied
        else ("over", "grey")
        if reading.reader.past(due)
        else ("offered", "orange")
    )
    lines = (
        [_of(reading, "agree", *(reading.label(side, "side") for side in found.applies))]
        if found.applies and not found.applied
        else []
    )
    note = (
        [reading.words_of("agreement", "apply_until", until=formats.moment(reading.language, due))]
        if due and state == "offered"
        else []
    )
    n = confirmation_entry(reading.reader)
    lines += reading.words(n) if n else []
    return DeskItem(
        reading.words_of("agreement", "confirmation"),
        " · ".join(note),
        reading.words_of("agreement", state),
        tone,
        lines=tuple(lines),
    )


def _line(reading: Reading, name: str, *said: str) -> Line:
    return reading.words_of("mediation", name), list(said)


def _of(reading: Reading, name: str, *said: str) -> Line:
    return reading.words_of("agreement", name), list(said)
